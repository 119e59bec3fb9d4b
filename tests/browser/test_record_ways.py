"""Ways that are seldom taken: forward through history, leaving refused, hosts that may not be reached, closed components."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from showing import unwell
from test_record_reach import Stage, form, page, sent
from tiny_site import TinySite

from rpa_agent.browser.recorder.record import record
from rpa_agent.browser.session import open_context
from rpa_agent.domain.errors import SiteUnreachable
from rpa_agent.domain.procedure import Answer

if TYPE_CHECKING:
    from playwright.async_api import Browser, Dialog, Page


@pytest.fixture
def stage(browser: Browser, site: TinySite) -> Stage:
    return Stage(browser, site)


async def test_a_way_forward_that_was_needed_is_gone_again(stage: Stage, site: TinySite) -> None:
    """Two pages of a wizard: something is sent on the first one after it was come back to, the rest on the second."""
    site.show("/", page("<button onclick=\"fetch('/seen', {method: 'POST'})\">Seen</button> <a href=/two>Next</a>"))
    site.show("/two", page(form("/save", "Word", "word")))

    async def hands(first: Page) -> None:
        await first.click("text=Next")
        await first.get_by_label("Word").wait_for()
        await first.go_back()
        async with first.expect_response("**/seen"):
            await first.click("text=Seen")
        await first.wait_for_timeout(700)  # at once after a click, the way forward would be the page's own doing
        await first.go_forward()
        await first.get_by_label("Word").fill("yes")
        await first.click("text=Save")
        await first.wait_for_url("**/save")

    shown = await stage.shown(hands)
    assert [s.kind for s in shown.built.procedure.steps][-3:] == ["forward", "fill", "click"]
    assert unwell(await stage.again(shown, {"word": "no"})) == []
    assert sent(site) == [("/seen", {}), ("/save", {"word": "no"})]


ROUTED = """<nav><a href=/list>List</a> <a href=/edit>Edit</a></nav><main id=m></main><script>
const views = {'/': '<h1>Home</h1>', '/list': '<h1>List</h1><button>Refresh</button>',
  '/edit': '<h1>Edit</h1><label>Word <input id=w></label><button>Save</button>'};
const show = () => { m.innerHTML = views[location.pathname];
  const b = m.querySelector('button');
  if (b) b.onclick = () => fetch(b.textContent === 'Save' ? '/save' : '/refresh', {method: 'POST',
    headers: {'Content-Type': 'application/x-www-form-urlencoded'}, body: b.textContent === 'Save' ? 'word=' + w.value : ''}); };
onpopstate = show; show();
for (const a of document.links) a.onclick = (e) => { e.preventDefault(); history.pushState(0, '', a.href); show(); };
</script>"""


async def test_back_and_forward_within_one_document_are_replayed(stage: Stage, site: TinySite) -> None:
    """A page that routes by script shows other views on the way; what is done in each arrives."""
    for path in ("/", "/list", "/edit"):
        site.show(path, page(ROUTED))

    async def hands(first: Page) -> None:
        await first.click("text=List")
        await first.click("text=Edit")
        await first.get_by_label("Word").wait_for()
        await first.go_back()
        async with first.expect_response("**/refresh"):
            await first.click("text=Refresh")
        await first.wait_for_timeout(700)
        await first.go_forward()
        await first.get_by_label("Word").fill("yes")
        async with first.expect_response("**/save"):
            await first.click("text=Save")

    shown = await stage.shown(hands)
    assert unwell(await stage.again(shown, {"word": "no"})) == []
    assert sent(site) == [("/refresh", {}), ("/save", {"word": "no"})]


async def test_a_page_that_was_not_left_is_worked_on(stage: Stage, site: TinySite) -> None:
    """The person pressed a link, was asked whether to leave, and stayed: so does every run."""
    site.show(
        "/",
        page(
            "<label>Word <input id=w></label><a href=/next>Next</a><button>Save</button><script>let kept = false;"
            "onbeforeunload = e => { if (!kept) e.preventDefault(); };"
            "document.querySelector('button').onclick = () => { kept = true; fetch('/save', {method: 'POST',"
            " headers: {'Content-Type': 'application/x-www-form-urlencoded'}, body: 'word=' + w.value}); };</script>"
        ),
    )
    site.show("/next", page("<h1>Next</h1>"))

    async def stay(dialog: Dialog) -> None:
        await dialog.dismiss()

    async def hands(first: Page) -> None:
        first.on("dialog", stay)
        await first.get_by_label("Word").fill("half")
        await first.get_by_text("Next").click(no_wait_after=True)
        await first.wait_for_timeout(300)
        async with first.expect_response("**/save"):
            await first.click("text=Save")

    shown = await stage.shown(hands)
    asked = [(a.dialog, a.answer) for a in shown.recording.acts if a.dialog]
    assert asked == [("beforeunload: ", Answer(accept=False))]
    assert unwell(await stage.again(shown, {"word": "whole"})) == []
    assert sent(site) == [("/save", {"word": "whole"})]


CLOSED = """<x-card></x-card><p>Below</p><script>customElements.define('x-card', class extends HTMLElement {
  constructor() { super(); const s = this.attachShadow({mode: 'closed'});
    s.innerHTML = '<label>Word <input></label><button>Save</button>';
    s.querySelector('button').onclick = () => fetch('/save', {method: 'POST', body: s.querySelector('input').value}); }
});</script>"""


async def test_work_in_a_closed_component_is_said_to_be_out_of_reach(stage: Stage, site: TinySite) -> None:
    """The person is told while they can still help it, and a run that cannot do it does not say that it did."""
    site.show("/", page(CLOSED))

    async def hands(first: Page) -> None:
        box = await first.locator("x-card").bounding_box()
        assert box is not None
        await first.mouse.click(box["x"] + 60, box["y"] + 10)
        await first.keyboard.type("hello")
        await first.keyboard.press("Tab")
        async with first.expect_response("**/save"):
            await first.keyboard.press("Space")

    shown = await stage.shown(hands)
    (remark,) = shown.recording.remarks
    assert remark.startswith("<x-card> keeps its fields to itself"), remark
    assert (await stage.again(shown)).outcome != "succeeded"
    assert sent(site) == []


async def test_a_host_that_may_not_be_reached_ends_the_way_there_and_keeps_the_rest(
    browser: Browser, site: TinySite
) -> None:
    """The link to it leads nowhere, the work goes on where it was, and the person is told."""
    with TinySite() as other:
        site.show("/", page(f"<a href={other.url}/in>Partner</a>" + form("/save", "Word", "word")))

        async def hands(first: Page) -> None:
            await first.get_by_label("Word").fill("kept")
            await first.click("text=Partner")
            await first.wait_for_url(site.url + "/")
            await first.get_by_label("Word").fill("again")
            await first.click("text=Save")
            await first.wait_for_url("**/save")

        async with open_context(browser, allowed=(site.host,)) as context:
            recording = await record(context, site.url + "/", demonstrate=hands)
        assert [a.kind for a in recording.acts][-2:] == ["fill", "click"]
        assert any("a page did not open" in r for r in recording.remarks), recording.remarks
        assert other.asked == []


@pytest.mark.parametrize("partial", [True, False])
async def test_a_script_that_fails_half_way_leaves_what_it_had_shown(
    browser: Browser, site: TinySite, partial: bool
) -> None:
    """Where that is asked for; else the error is raised."""
    site.show("/", page(form("/save", "Word", "word")))

    async def hands(first: Page) -> None:
        await first.get_by_label("Word").fill("kept")
        await first.goto("http://127.0.0.1:9/")

    async with open_context(browser, allowed=(site.host,)) as context:
        if partial:
            recording = await record(context, site.url + "/", demonstrate=hands, partial=True)
            assert recording.failed
            assert "does not answer" in recording.stopped
            assert [(a.kind, a.value) for a in recording.acts[1:]] == [("fill", "kept")]
        else:
            with pytest.raises(SiteUnreachable):
                await record(context, site.url + "/", demonstrate=hands)
    assert site.sent == []
