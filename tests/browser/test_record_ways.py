"""Ways that are seldom taken: forward through history, leaving refused, hosts that may not be reached, closed components."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from showing import unwell
from test_overlay import said_in_bar
from test_record_reach import Stage, form, page, sent
from tiny_site import TinySite

from rpa_agent.browser.recorder.record import Recorder, record
from rpa_agent.browser.session import open_context
from rpa_agent.domain.errors import SiteUnreachable
from rpa_agent.domain.procedure import Answer

if TYPE_CHECKING:
    from playwright.async_api import Browser, BrowserContext, Dialog, Page


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


PICKED = """<button>Attach</button><p role=status id=said></p><script>
const keep = async (file) => {
  const b = new FormData();
  b.append('file', file, file.name);
  await fetch('/save', {method: 'POST', body: b});
  said.textContent = 'Attached'; };
document.querySelector('button').onclick = async () => { PICKER };</script>"""
PICK = "const [h] = await showOpenFilePicker(); await keep(await h.getFile())"
FALLBACK = """if (window.showOpenFilePicker) { const [h] = await showOpenFilePicker(); return keep(await h.getFile()); }
  const i = Object.assign(document.createElement('input'), {type: 'file'}); i.onchange = () => keep(i.files[0]); i.click();"""


async def test_a_page_that_would_ask_the_system_for_a_file_uses_its_file_field(
    stage: Stage, site: TinySite, tmp_path: Path
) -> None:
    """The system's own window can be answered by nobody at night: pages that have another way to a file are led to it."""
    site.show("/", page(PICKED.replace("PICKER", FALLBACK)))
    (tmp_path / "shown.txt").write_text("one")
    (tmp_path / "other.txt").write_text("two")

    async def hands(first: Page) -> None:
        async with first.expect_file_chooser() as opened:
            await first.click("text=Attach")
        await (await opened.value).set_files(str(tmp_path / "shown.txt"))
        await first.get_by_text("Attached").wait_for()

    shown = await stage.shown(hands)
    (name,) = shown.built.workflow.params
    assert unwell(await stage.again(shown, {name: str(tmp_path / "other.txt")})) == []
    assert ["other.txt" in body for _, _, body in site.sent] == [True]


async def test_a_page_that_knows_no_other_way_to_a_file_is_told_of_while_showing(
    context: BrowserContext, site: TinySite
) -> None:
    """In the bar at once, and at the end; the rest of the work is kept."""
    url = site.show("/", page(PICKED.replace("PICKER", PICK)))
    seen = []

    async def hands(first: Page) -> None:
        await first.click("text=Attach")
        seen.append(await said_in_bar(first, "showOpenFilePicker"))

    recording = await record(context, url, demonstrate=hands, overlay=True)
    (remark,) = recording.remarks
    assert remark.startswith("the page asks the system itself for a file")
    assert remark in seen[0]
    assert [a.kind for a in recording.acts] == ["goto", "click"]


MADE = """<button>Attach</button><p role=status id=said></p><script>
const i = window.i = Object.assign(document.createElement('input'), {type: 'file'});
i.oncancel = () => { said.textContent = 'Nothing chosen'; };
i.onchange = () => { said.textContent = 'Chosen ' + i.files[0].name; };
document.querySelector('button').onclick = () => { said.textContent = ''; i.click(); };</script>"""


async def test_a_person_chooses_a_file_for_a_field_that_is_in_no_document(
    context: BrowserContext, site: TinySite, tmp_path: Path
) -> None:
    """The window opens before the person as ever, and the next time too; the file that is chosen in it is recorded."""
    url = site.show("/", page(MADE))
    file = tmp_path / "bill.txt"
    file.write_text("7,50")
    recorder = Recorder(site.url, url, by_hand=True)
    first = await recorder.begin(context)
    await first.goto(url)
    for _ in range(2):  # without a screen there is nobody to choose, and the browser says so at once: it did open
        await first.click("text=Attach")
        await first.get_by_text("Nothing chosen").wait_for()
    field = (await first.evaluate_handle("window.i")).as_element()
    assert field is not None
    await field.set_input_files(str(file))
    await first.get_by_text("Chosen bill.txt").wait_for()
    recording = await recorder.finish()
    await recorder.end()
    assert [(a.kind, a.value, a.chooser) for a in recording.acts if a.kind == "upload"] == [("upload", str(file), True)]


STATUS = """<p>Status: <span id=s>Open</span></p><p><label>Booked as:</label> <span id=b>-</span></p><button>Pay</button><script>
document.querySelector('button').onclick = () => { CHANGES };</script>"""


@pytest.mark.parametrize(
    ("changes", "proof"),
    [
        pytest.param("s.textContent = 'Paid'; b.textContent = '4711'", "visible Status: Paid", id="status"),
        pytest.param("b.innerHTML = '4711'; b.innerHTML = '4711'", "hidden Booked as: -", id="figure"),
    ],
)
async def test_what_the_last_act_exchanged_on_the_page_proves_success(
    stage: Stage, site: TinySite, changes: str, proof: str
) -> None:
    """Nothing announces it, the address stays, and the demonstration ends with the click."""
    site.show("/", page(STATUS.replace("CHANGES", changes)))
    shown = await stage.shown(lambda first: first.click("text=Pay"))
    assert shown.built.workflow.checks()[0].words() == proof
