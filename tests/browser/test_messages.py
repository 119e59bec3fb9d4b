"""What a message, a heading and a label say: their own words, not those of what is pressed beside or within them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from showing import Shown, replay, unwell
from tiny_site import TinySite

from rpa_agent.browser.page import LivePage
from rpa_agent.build import build_procedure
from rpa_agent.domain.recording import Recording

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

Live = Callable[..., Awaitable[LivePage]]
Watch = Callable[..., Awaitable[Recording]]

MESSAGES = """<style>li, div, p { display: block }</style>
<div class=alert>Order filed <button type=button aria-label=Close>&times;</button></div>
<div class=alert><svg><title>Done</title></svg> Office 'Lake' updated. <span><a href=/1>View</a> <a href=/2>Edit</a></span></div>
<ul class=messages><li><p><span>user 6 created<br></span> <a href=/clear>clear this message</a></p></li></ul>
<div class=alert>The invoice <a href=/7>RE-7</a> was paid</div>
<div class=alert>The user <a href=/8>dora</a></div>
<div class=alert>Filed. <a href=/9>RE-9</a></div>
<div class=alert><button type=button>Undo</button></div>"""

EDITOR = """<form method=post action=/kept><div id=editor contenteditable role=textbox aria-label=Body></div>
<input type=hidden name=body><button>Send</button></form>
<script>
  let due = 0;
  const keep = () => { document.forms[0].body.value = JSON.stringify({ blocks: [{ key: 'k' + due, text: editor.innerText }] }); };
  editor.oninput = () => { clearTimeout(due); due = setTimeout(keep, LATER); };
</script>"""


async def announced(page: LivePage) -> list[str]:
    """What a recording hears."""
    said: list[str] = await page.worlds()[page.page].call("announced", False)
    return said


async def test_a_message_is_its_own_words(live: Live) -> None:
    """Not the button that closes it, a picture, or a link after its end; but a link in its sentence, or to a record."""
    assert await announced(await live(MESSAGES)) == [
        "Order filed",
        "Office 'Lake' updated.",
        "user 6 created",
        "The invoice RE-7 was paid",
        "The user dora",
        "Filed. RE-9",
        "Undo",
    ]


async def test_a_heading_and_a_label_are_their_own_words(live: Live) -> None:
    """Not the buttons within them; one that is nothing but a button says what that says. Two labels of one text are one."""
    page = await live("""
<h3>Add <button type=button>Payment</button> <button type=button>Note</button></h3><input id=first>
<h3><button type=button>Details</button></h3><input id=second>
<label>Narration <input id=third><button type=button>m</button></label>
<label for=fourth>Number:</label> <label for=fourth>Number</label><input id=fourth>
<table><tr><th><label for=fifth>Password</label><td><input id=fifth>
<tr><th><label for=fifth>Confirm</label><td><input id=again></table>""")
    found: dict[str, Any] = {c.fingerprint.id: c.fingerprint for c in (await page.survey()).candidates if c.fingerprint.id}
    assert (found["first"].heading, found["first"].near) == ("Add", ("Add",))
    assert found["second"].heading == "Details"
    assert [found[i].label for i in ("third", "fourth", "fifth")] == ["Narration", "Number", "Password"]


async def test_what_an_editor_writes_on_a_moment_later_is_sent(
    watch: Watch, browser: Browser, site: TinySite,
) -> None:
    """The hidden field must hold this run's words before the button is pressed."""
    shown = await written(watch, later=300)
    (request,) = shown.built.procedure.commits()[0].expect.requests
    assert request.within == {"body": "body"}
    site.sent.clear()
    assert unwell(await replay(browser, shown, {"body": "Open until midnight, says Jörg."})) == []
    ((_, _, sent),) = site.sent
    assert "Open until midnight, says Jörg." in parse_qs(sent)["body"][0]


async def test_what_an_editor_never_writes_on_is_not_sent_without_it(
    watch: Watch, browser: Browser, site: TinySite,
) -> None:
    """A page that broke would send an empty text: nothing leaves."""
    shown = await written(watch, later=0)
    site.sent.clear()
    site.show("/form", EDITOR.replace("LATER", "3e6"))
    done = await replay(browser, shown, {"body": "Closed on Monday"})
    assert (site.sent, done.commits[0].state) == ([], "not_done")


async def written(watch: Watch, *, later: int) -> Shown:
    async def hands(page: Page) -> None:
        await page.click("#editor")
        await page.keyboard.type("The street is closed")
        await page.wait_for_function("document.forms[0].body.value.includes('is closed')")
        await page.click("button")
        await page.wait_for_url("**/kept")

    recording = await watch(EDITOR.replace("LATER", str(later)), hands)
    return Shown(recording, build_procedure(recording, name="note", task="Write a note", site="tiny", salt="salt"))
