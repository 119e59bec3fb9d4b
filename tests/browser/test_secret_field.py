"""A secret is typed where it was shown and nowhere else: real pages that turn into something else at night."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from showing import Journal, Known, NoLadder
from tiny_site import TinySite

from rpa_agent.browser.acting.hands import Hands
from rpa_agent.browser.page import LivePage
from rpa_agent.browser.session import open_context
from rpa_agent.build import Built, build_procedure
from rpa_agent.domain.recording import Recording
from rpa_agent.domain.trajectory import Trajectory
from rpa_agent.repair.ladder import LadderOnDemand
from rpa_agent.run import Plan, run_procedure

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

Watch = Callable[..., Awaitable[Recording]]
PASSWORD = "canary-hunter2"
FORM = """<title>Sign in</title><h1>Sign in</h1><form method=post action=/login id=login>
<label>User <input name=user></label><label>Password <input name=password type=password></label>
<button>Sign in</button></form>"""


@pytest.fixture(scope="session")
def _other() -> Iterator[TinySite]:
    with TinySite() as site:
        yield site


@pytest.fixture
def other(_other: TinySite) -> TinySite:
    """Another origin that looks the same."""
    _other.clear()
    return _other


async def hands(page: Page) -> None:
    await page.get_by_label("User").fill("clerk")
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()
    await page.wait_for_url("**/login")


@asynccontextmanager
async def opened(browser: Browser, base: str) -> AsyncIterator[LivePage]:
    async with open_context(browser) as context:
        secrets = Known({"user": "clerk", "password": PASSWORD})
        yield await LivePage.open(await context.new_page(), base=base, secrets=secrets)


async def run(built: Built, page: LivePage, *, ladder: Any = None) -> Trajectory:
    plan = Plan(run="r1", values={}, params={}, today=date(2026, 11, 22), step_seconds=2.0, minutes=1.0)
    return await run_procedure(built.procedure, page, plan, ladder=ladder or NoLadder(), journal=Journal())


async def typed_anywhere(page: LivePage) -> list[str]:
    """Return what stands in the fields of the page and its frames."""
    found: list[str] = []
    for frame in page.page.frames:
        found += await frame.locator("input, textarea").evaluate_all("all => all.map(e => e.value)")
    return [value for value in found if value]


@pytest.fixture
async def built(watch: Watch) -> Built:
    """The procedure of a plain login."""
    return build_procedure(await watch(FORM, hands, path="/sign-in"), name="log-in", task="Log in", site="s", salt="s")


async def test_the_page_that_was_shown_gets_its_secret(built: Built, browser: Browser, site: TinySite) -> None:
    """Typed once and sent once."""
    async with opened(browser, site.url) as page:
        site.sent.clear()
        done = await run(built, page)
    assert done.outcome == "succeeded", done.stopped
    assert site.sent == [("POST", "/login", f"user=clerk&password={PASSWORD}")]


@pytest.mark.parametrize(
    ("was", "becomes", "words"),
    [
        ("type=password", "type=text", "shows what is typed"),
        ("type=password", "type=password readonly", "lets nobody type"),
        ("type=password", "type=password style='opacity:0'", "cannot be seen"),
        ("type=password", "type=password style='position:absolute;left:-900px'", "cannot be seen"),
        ("action=/login", "action=http://127.0.0.1:9/collect", "sends to http://127.0.0.1:9"),
        ("<button>", "<button formaction=http://127.0.0.1:9/collect>", "sends to http://127.0.0.1:9"),
        ("<button>", "<label>New password <input type=password name=new></label><button>", "asks for 2 passwords"),
    ],
)
async def test_a_form_that_is_not_the_one_that_was_shown_gets_no_password(
    built: Built, browser: Browser, site: TinySite, was: str, becomes: str, words: str
) -> None:
    """The run stops for a person, and the page never held the password."""
    async with opened(browser, site.url) as page:
        site.show("/sign-in", FORM.replace(was, becomes))
        site.sent.clear()
        done = await run(built, page)
        assert (done.outcome, done.fault) == ("needs_person", "login"), done.stopped
        assert words in done.stopped and "nothing was typed" in done.stopped
        assert PASSWORD not in done.model_dump_json()
        assert PASSWORD not in await typed_anywhere(page)
    assert site.sent == []


async def test_a_look_alike_on_another_origin_gets_nothing(
    built: Built, browser: Browser, site: TinySite, other: TinySite
) -> None:
    """The site sends the browser on to a page that looks the same to the letter."""
    other.show("/sign-in", FORM)
    async with opened(browser, site.url) as page:
        site.show("/sign-in", "", status=302, headers={"Location": other.url + "/sign-in"})
        done = await run(built, page)
        assert done.outcome == "needs_person" and f"the page at hand is {other.url}" in done.stopped
        assert await typed_anywhere(page) == []
    assert other.sent == []


async def test_a_frame_that_shows_another_site_by_now_gets_nothing(
    watch: Watch, browser: Browser, site: TinySite, other: TinySite
) -> None:
    """The login stood in a frame of another host when it was shown; that very host is meant, and no other."""
    other.show("/in", FORM)

    async def in_frame(page: Page) -> None:
        frame = page.frame_locator("iframe")
        await frame.get_by_label("User").fill("clerk")
        await frame.get_by_label("Password").fill(PASSWORD)

    outside = "<h1>Portal</h1><iframe name=login width=600 height=400 src={}></iframe>"
    recording = await watch(outside.format(other.url + "/in"), in_frame, path="/portal")
    built = build_procedure(recording, name="log-in", task="Log in", site="s", salt="s")
    async with opened(browser, site.url) as page:
        done = await run(built, page)
        assert done.outcome == "succeeded", done.stopped
        assert PASSWORD in await typed_anywhere(page)
    with TinySite() as third:
        third.show("/in", FORM)
        site.show("/portal", outside.format(third.url + "/in"))
        async with opened(browser, site.url) as page:
            done = await run(built, page)
            assert done.outcome == "needs_person" and f"belongs to {other.host}" in done.stopped
            assert await typed_anywhere(page) == []


async def test_no_repair_puts_a_password_into_another_field(built: Built, browser: Browser, site: TinySite) -> None:
    """Its field is gone, and one that is called alike shows what is typed."""
    changed = FORM.replace("<label>Password <input name=password type=password></label>",
                           "<label>Password hint <input name=password_hint></label>")  # fmt: skip
    async with opened(browser, site.url) as page:
        site.show("/sign-in", changed)
        done = await run(built, page, ladder=LadderOnDemand())
        assert done.outcome == "needs_person"
        assert PASSWORD not in await typed_anywhere(page)


DECOY = "<form method=post action=/news><label>Password <input name=code type=password></label><button>Sign in</button></form>"
ALIKE = DECOY.replace("name=code", "name=password")
MINE = "<label>Password <input name=password type=password></label>"
LIKE = "<label>Password <input name=password></label>"
FRAME = "<iframe width=600 height=400 src={other}/in></iframe>"


@pytest.mark.parametrize(
    ("was", "becomes", "typed"),
    [
        ("<form method=post action=/login", f"{DECOY}<form method=post action=/login", True),
        ("<form method=post action=/login", f"{ALIKE}<form method=post action=/login", True),
        ("</form>", f"</form>{DECOY.replace('action=/news', 'action={other}/news')}", True),
        (MINE, f"<div style='display:none'>{MINE.replace('name=password', 'name=trap')}</div>{MINE}", True),
        (MINE, f"{MINE}{MINE.replace('name=password', 'name=again')}", False),
        (MINE, f"{LIKE}{MINE.replace('name=password', 'name=repeat')}", False),
        (MINE, LIKE, False),
        (MINE, "", False),
        (MINE, FRAME, False),
        (MINE, LIKE + FRAME, False),
        ("</form>", f"</form>{FRAME}", True),
    ],
    ids=["a form before it", "a form before it, named alike", "a form of another origin", "a hidden one before it",
         "a second one in its form", "a field that shows it, and it moved on", "a field that shows it", "gone",
         "moved to another origin", "moved, and a field that shows it", "another origin beside it"],
)  # fmt: skip
async def test_a_twin_gets_no_password(
    built: Built, browser: Browser, site: TinySite, other: TinySite, was: str, becomes: str, typed: bool
) -> None:
    """It goes into a password field of the login's own form, or nowhere; whatever the ladder proposes."""
    other.show("/in", FORM)
    async with opened(browser, site.url) as page:
        site.show("/sign-in", FORM.replace(was, becomes.replace("{other}", other.url), 1))
        site.sent.clear()
        done = await run(built, page, ladder=LadderOnDemand())
        assert done.outcome == ("succeeded" if typed else "needs_person"), done.stopped
        assert typed or PASSWORD not in await typed_anywhere(page)
    assert [path for _, path, body in site.sent if PASSWORD in body] == ["/login"] * typed
    assert other.sent == []


@pytest.mark.parametrize(
    "change",
    ["field.form.action = 'https://elsewhere.example/'", "field.type = 'text'", "field.readOnly = true",
     "field.form.lastElementChild.setAttribute('formaction', 'https://elsewhere.example/')"],
    ids=["sends elsewhere", "shows what is typed", "cannot be typed into", "a button sends elsewhere"],
)  # fmt: skip
async def test_a_field_that_is_another_by_now_is_not_the_one_that_was_looked_at(
    browser: Browser, site: TinySite, change: str
) -> None:
    """The call that types asks once more for what was sealed when the field was looked at."""
    site.show("/sign-in", FORM)
    async with opened(browser, site.url) as page:
        await page.page.goto(f"{site.url}/sign-in")
        (world,) = page.worlds().values()
        ref, seal = await world.evaluate(
            "(field => [__rpa.refOf(field), __rpa.sealOf(field)])(document.querySelector('[type=password]'))"
        )
        field = Hands(page.page, ref, ref, world.evaluate).sealed(seal)
        assert await field.count() == 1
        await page.page.locator("[type=password]").evaluate(f"field => {{ {change} }}")
        assert await field.count() == 0


async def test_a_frame_that_is_swapped_between_look_and_keystroke_gets_nothing(
    built: Built, browser: Browser, site: TinySite, other: TinySite
) -> None:
    """The page goes elsewhere as soon as the secret is asked for: the element that was looked at is gone with it."""
    other.show("/sign-in", FORM)

    class Late(Known):
        """Tells when the value was asked for."""

        def reveal(self, name: str) -> str:
            revealed.append(name)
            return super().reveal(name)

    revealed: list[str] = []
    async with open_context(browser) as context:
        raw = await context.new_page()
        page = await LivePage.open(raw, base=site.url, secrets=Late({"user": "clerk", "password": PASSWORD}))
        leave = f"onfocus=\"location.replace('{other.url}/sign-in')\" oninput=\"this.value=''\""
        site.show("/sign-in", FORM.replace("type=password", f"type=password {leave}"))
        await run(built, page)
        await raw.wait_for_url(other.url + "/**")
        assert PASSWORD not in await typed_anywhere(page)
    assert revealed == ["user", "password"] and PASSWORD not in str(other.sent)
