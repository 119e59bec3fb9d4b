"""What came of a page and what did not, as the browser and the network tell it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from tiny_site import TinySite

from rpa_agent.browser.page import LivePage
from rpa_agent.domain.ports import Action
from rpa_agent.domain.proposal import Came

Live = Callable[..., Awaitable[LivePage]]
LIST = "<title>List</title><a href=/next>On</a><table>" + "<tr><td><a href=/1>Open</a></td></tr>" * 200 + "</table>"
LOGIN = "<!doctype html><html><body><h1>Sign in</h1><form><input type=password></form><script>var x = 1</script></body></html>"


async def came_at(page: LivePage) -> Came:
    """What came of the page that the first link leads to."""
    await page.act(Action(kind="click"), (await page.survey()).candidates[0].ref)
    await page.settle(3.0)
    return (await page.survey()).came


async def test_a_page_is_read_without_what_stands_around_every_page(live: Live) -> None:
    page = await live(
        "<nav><a href=/>Maintenance</a></nav><header>Acme</header><div role=alert>It failed</div>"
        "<main>Hello <div id=host></div><div aria-busy=true>Loading</div><p hidden>secret</p></main>"
        "<script>document.getElementById('host').attachShadow({mode: 'open'}).innerHTML = '<p>from within</p>'</script>"
    )
    came = (await page.survey()).came
    assert came.text.startswith("Hello") and "from within" in came.text
    assert not {"Maintenance", "Acme", "secret"} & set(came.text.split())
    assert (came.busy, came.warned, came.cut_off) == (True, ("It failed",), False)


async def test_a_page_without_marks_is_read_but_for_its_menu(live: Live) -> None:
    page = await live("<nav>Maintenance</nav><p>You are offline</p><div role=progressbar aria-valuenow=3>3</div>")
    came = (await page.survey()).came
    assert (came.text, came.busy) == ("You are offline 3", False)


@pytest.mark.parametrize(
    ("path", "body", "how", "cut_off", "not_given"),
    [
        ("/page", LIST, {"half": True}, True, ()),
        ("/frame", "<p>Bad gateway</p>", {"status": 502}, False, ("frame 502",)),
        ("/app.js", "", {"status": 404}, False, ("script 404",)),
        ("/picture", "", {"status": 404}, False, ()),
        ("/page", LIST, {}, False, ()),
    ],
    ids=["half", "frame", "script", "picture", "whole"],
)
async def test_what_a_page_did_not_get_is_known(
    live: Live, site: TinySite, path: str, body: str, how: dict[str, Any], cut_off: bool, not_given: tuple[str, ...]
) -> None:
    page = await live("<a href=/page>On</a>")
    parts = "<iframe src=/frame></iframe><img src=/picture><script src=/app.js></script>"
    site.show("/page", f"<a href=/next>On</a>{parts}")
    site.show("/frame", "<p>Inside</p>")
    site.show("/app.js", "1", headers={"Content-Type": "text/javascript"})
    site.show(path, body, **how)
    came = await came_at(page)
    assert (came.cut_off, came.not_given) == (cut_off, not_given)
    site.show("/next", "<p>All is well</p>")
    after = await came_at(page)
    assert (after.cut_off, after.not_given, after.text) == (False, (), "All is well"), "that was of another page"


@pytest.mark.parametrize(
    ("body", "login"), [(LOGIN, True), ("<p>A to F</p>", False), ("<html><p>An error occurred</p></html>", False)]
)
async def test_a_page_that_a_script_got_in_the_place_of_data_is_read(live: Live, site: TinySite, body: str, login: bool) -> None:
    """A part of a page is what some sites answer with; a whole one is none of it."""
    site.show("/find", body, headers={"Content-Type": "text/html"})
    page = await live("<button onclick=\"fetch('/find').then((r) => r.text()).then((t) => document.title = t)\">Find</button>")
    came = await came_at(page)
    assert came.login_given is login
    assert bool(came.answers) is ("<html" in body)
    assert not any("<" in text or "var x" in text for text in came.answers)
