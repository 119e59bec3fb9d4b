"""Work that goes through tabs, frames, shadow roots, dialogs and histories: shown once, replayed without repair."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import suppress
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import pytest
from playwright.async_api import Error
from showing import Shown, replay, show, unwell
from tiny_site import TinySite

from rpa_agent.browser.page import LivePage
from rpa_agent.browser.recorder.record import record
from rpa_agent.browser.session import find_browser, open_browser
from rpa_agent.domain.errors import UsageInvalid
from rpa_agent.domain.procedure import Answer

if TYPE_CHECKING:
    from playwright.async_api import Browser, BrowserContext, Dialog, Page

    from rpa_agent.domain.trajectory import Trajectory

Hands = Callable[["Page"], Awaitable[Any]]
Live = Callable[..., Awaitable[LivePage]]


@pytest.fixture(scope="session")
def _other() -> Iterator[TinySite]:
    with TinySite() as site:
        yield site


@pytest.fixture
def other(_other: TinySite) -> TinySite:
    """A second site, on another port."""
    _other.clear()
    return _other


def sent(site: TinySite) -> list[tuple[str, dict[str, str]]]:
    """What was sent to a site, as (path, fields)."""
    return [(path, dict(parse_qsl(body))) for _, path, body in site.sent]


class Stage:
    """Shows the site's front page to the recorder, and replays what it became."""

    def __init__(self, browser: Browser, site: TinySite, *others: TinySite) -> None:
        self.browser, self.site, self.others = browser, site, others

    async def shown(self, hands: Hands, *, path: str = "/") -> Shown:
        return await show(self.browser, self.site.url, SimpleNamespace(PAGE=path, demonstrate=hands))

    async def again(self, shown: Shown, values: Mapping[str, str] | None = None) -> Trajectory:
        for site in (self.site, *self.others):
            site.sent.clear()
        return await replay(self.browser, shown, values or {})


@pytest.fixture
def stage(browser: Browser, site: TinySite, other: TinySite) -> Stage:
    return Stage(browser, site, other)


def page(body: str, title: str = "Work") -> str:
    return f"<!doctype html><title>{title}</title><body>{body}"


FORM = "<form method=post action={to}><label>{label} <input name={name}></label><button>{button}</button></form>"


def form(to: str, label: str, name: str, button: str = "Save") -> str:
    return FORM.format(to=to, label=label, name=name, button=button)


# ---- tabs ----


async def test_work_goes_on_in_a_new_tab_and_back_in_the_first(stage: Stage, site: TinySite) -> None:
    """A link opens a tab, its form is sent there, the person closes it and sends a form in the first."""
    site.show("/", page("<a href=/detail target=_blank>Details</a>" + form("/close", "Reason", "reason", "Close case")))
    site.show("/detail", page(form("/note", "Note", "note")))

    async def hands(first: Page) -> None:
        async with first.expect_popup() as opened:
            await first.click("text=Details")
        detail = await opened.value
        await detail.get_by_label("Note").fill("called back")
        await detail.click("text=Save")
        await detail.wait_for_url("**/note")
        await detail.close()
        await first.get_by_label("Reason").fill("solved")
        await first.click("text=Close case")
        await first.wait_for_url("**/close")

    shown = await stage.shown(hands)
    assert [(s.kind, s.tab) for s in shown.built.procedure.steps] == [
        ("goto", 0), ("click", 0), ("fill", 1), ("click", 1), ("fill", 0), ("click", 0),
    ]  # fmt: skip
    assert shown.recording.acts[1].popup == site.url + "/detail"
    done = await stage.again(shown, {"note": "wrote back"})
    assert unwell(done) == []
    assert sent(site) == [("/note", {"note": "wrote back"}), ("/close", {"reason": "solved"})]


async def test_a_popup_that_returns_a_choice_and_closes_itself(stage: Stage, site: TinySite) -> None:
    """The click in the popup closes it and fills the field of the page that opened it."""
    choose = "<button onclick=\"window.open('/choose', 'choose', 'width=300')\">Choose</button>"
    site.show("/", page(choose + form("/order", "Article", "article", "Order")))
    pick = "<button onclick=\"opener.document.forms[0].article.value = '{}'; window.close()\">{}</button>"
    site.show("/choose", page(pick.format("A-7", "Bolt") + pick.format("A-8", "Nut")))

    async def hands(first: Page) -> None:
        async with first.expect_popup() as opened:
            await first.click("text=Choose")
        popup = await opened.value
        with suppress(Error):  # Playwright may find the popup closed before it has said that the click is done
            await popup.click("text=Nut")
        if not popup.is_closed():
            await popup.wait_for_event("close")
        await first.click("text=Order")
        await first.wait_for_url("**/order")

    shown = await stage.shown(hands)
    assert [(s.kind, s.tab) for s in shown.built.procedure.steps] == [
        ("goto", 0),
        ("click", 0),
        ("click", 1),
        ("click", 0),
    ]
    done = await stage.again(shown)
    assert unwell(done) == []
    assert sent(site) == [("/order", {"article": "A-8"})]


async def test_a_form_that_answers_in_a_new_tab_has_its_request_with_the_button(stage: Stage, site: TinySite) -> None:
    """What a popup sends and says counts for the act that opened it."""
    site.show(
        "/",
        page(
            "<form method=post action=/print target=_blank><input name=n value=1 type=hidden><button>Print</button></form>"
        ),
    )
    site.show("/print", page("<h1>Printed</h1>"))

    async def hands(first: Page) -> None:
        async with first.expect_popup() as opened:
            await first.click("text=Print")
        await (await opened.value).wait_for_load_state()

    shown = await stage.shown(hands)
    (pressed,) = shown.recording.acts[1:]
    assert [(r.method, r.url.removeprefix(site.url)) for r in pressed.requests] == [("POST", "/print")]
    assert (pressed.popup, pressed.texts) == (site.url + "/print", ("Printed",))
    assert unwell(await stage.again(shown)) == []
    assert sent(site) == [("/print", {"n": "1"})]


async def test_an_address_typed_into_a_new_tab_opens_one_again(stage: Stage, site: TinySite) -> None:
    """A tab without an opener is the person's own, and so is its first address."""
    site.show("/", page("<h1>Home</h1><button>Stay</button>"))
    site.show("/tool", page(form("/count", "Pieces", "pieces")))

    async def hands(first: Page) -> None:
        await first.click("text=Stay")
        tool = await first.context.new_page()
        await tool.goto(site.url + "/tool")
        await tool.get_by_label("Pieces").fill("12")
        await tool.click("text=Save")
        await tool.wait_for_url("**/count")

    shown = await stage.shown(hands)
    assert [(s.kind, s.tab) for s in shown.built.procedure.steps][2:] == [("goto", 1), ("fill", 1), ("click", 1)]
    assert unwell(await stage.again(shown)) == []
    assert sent(site) == [("/count", {"pieces": "12"})]


async def test_a_tab_that_does_not_come_is_told_and_nothing_is_done_elsewhere(stage: Stage, site: TinySite) -> None:
    """The same form in the first tab is not taken for the one in the second."""
    site.show("/", page("<a href=/detail target=_blank>Details</a>" + form("/wrong", "Note", "note")))
    site.show("/detail", page(form("/note", "Note", "note")))

    async def hands(first: Page) -> None:
        async with first.expect_popup() as opened:
            await first.click("text=Details")
        detail = await opened.value
        await detail.get_by_label("Note").fill("x")
        await detail.click("text=Save")
        await detail.wait_for_url("**/note")

    shown = await stage.shown(hands)
    site.show("/", page("<a href=#>Details</a>" + form("/wrong", "Note", "note")))
    done = await stage.again(shown)
    assert done.outcome == "needs_person"
    assert "tab 2 did not open" in done.stopped
    assert sent(site) == []


# ---- frames ----


def framed(to: str, **more: str) -> str:
    attributes = " ".join(f'{k}="{v}"' for k, v in more.items())
    return f'<iframe src="{to}" {attributes} width=400 height=200></iframe>'


PAY = """<h1>Payment</h1><form method=post action=/pay><label>Card holder <input name=holder></label>
<label>Kind <select name=kind><option>Debit<option>Credit</select></label><button>Pay</button></form>"""


def hands_in(*names: str) -> Hands:
    """Fill the payment form inside these frames."""

    async def hands(first: Page) -> None:
        inside: Any = first
        for name in names:
            inside = inside.frame_locator(f"iframe[name={name}]")
        await inside.get_by_label("Card holder").fill("Ada")
        await inside.get_by_label("Kind").select_option("Credit")
        await inside.get_by_role("button", name="Pay").click()
        await inside.get_by_text("Thank you").wait_for()

    return hands


@pytest.mark.parametrize("where", ["same origin", "other port", "other site"])
async def test_a_form_in_a_frame_is_shown_and_replayed(
    stage: Stage, site: TinySite, other: TinySite, where: str
) -> None:
    """Whatever may be read of the frame from outside; a twin of its button beside it is not taken for it."""
    holder = site if where == "same origin" else other
    url = holder.url.replace("127.0.0.1", "localhost") if where == "other site" else holder.url
    holder.show("/card", page(PAY))
    holder.show("/pay", page("<h1>Thank you</h1>"))
    site.show("/", page("<h1>Order</h1><button>Pay</button>" + framed(url + "/card", name="card")))
    shown = await stage.shown(hands_in("card"))
    frames = {s.target.variants[0].fingerprint.frames for s in shown.built.procedure.steps if s.target}
    assert frames == {("card",)}
    done = await stage.again(shown, {"card_holder": "Grace", "kind": "Debit"})
    assert unwell(done) == []
    assert sent(holder) == [("/pay", {"holder": "Grace", "kind": "Debit"})]


@pytest.fixture(scope="session")
async def isolating() -> AsyncIterator[Browser]:
    """A browser that gives every site a process of its own, as desktop browsers do."""
    async with open_browser(find_browser(), args=("--site-per-process",)) as browser:
        yield browser


async def test_frames_in_processes_of_their_own_are_shown_and_replayed(
    isolating: Browser, site: TinySite, other: TinySite
) -> None:
    """A frame of another site that holds one of the first site's again."""
    stage = Stage(isolating, site, other)
    site.show("/card", page(PAY))
    site.show("/pay", page("<h1>Thank you</h1>"))
    other.show("/shop", page("<h1>Shop</h1>" + framed(site.url + "/card", name="card")))
    site.show("/", page("<h1>Order</h1>" + framed(other.url.replace("127.0.0.1", "localhost") + "/shop", name="shop")))
    shown = await stage.shown(hands_in("shop", "card"))
    frames = {s.target.variants[0].fingerprint.frames for s in shown.built.procedure.steps if s.target}
    assert frames == {("shop", "card")}
    assert unwell(await stage.again(shown)) == []
    assert sent(site) == [("/pay", {"holder": "Ada", "kind": "Credit"})]


async def test_nested_frames_of_both_kinds_are_told_by_title_and_address(
    stage: Stage, site: TinySite, other: TinySite
) -> None:
    """A frame without a name is known by its title, one without that by the path it shows, and never by its place."""
    other.show("/editor/7731", page(form("/note", "Note", "note")))
    other.show("/outer", page(framed("/editor/7731")))
    site.show("/", page(framed("about:blank") + framed(other.url + "/outer", title="Notes")))

    async def hands(first: Page) -> None:
        inside = first.frame_locator("iframe[title=Notes]").frame_locator("iframe")
        await inside.get_by_label("Note").fill("deep")
        await inside.get_by_role("button").click()
        await first.wait_for_timeout(100)

    shown = await stage.shown(hands)
    fill = shown.built.procedure.steps[1]
    assert fill.target is not None
    assert fill.target.variants[0].fingerprint.frames == ("Notes", "/editor/*")
    other.show("/editor/9", page(form("/note", "Note", "note")))
    other.show("/outer", page(framed("/editor/9")))
    site.show("/", page(framed(other.url + "/outer", title="Notes") + framed("about:blank")))
    assert unwell(await stage.again(shown)) == []
    assert sent(other) == [("/note", {"note": "deep"})]


async def test_nothing_is_done_beside_a_frame_that_has_not_come(stage: Stage, site: TinySite, other: TinySite) -> None:
    """A button of the same name on the page itself is another button."""
    site.show("/card", page(PAY))
    site.show("/pay", page("<h1>Thank you</h1>"))
    site.show("/", page(framed("/card", name="card")))
    shown = await stage.shown(hands_in("card"))
    site.show("/", page(PAY))
    done = await stage.again(shown)
    assert done.outcome == "needs_person"
    assert sent(site) == []


async def test_what_another_sites_frame_offers_is_not_taken_for_the_sites_own(live: Live, other: TinySite) -> None:
    """An advertisement may say Save, and that the invoice was saved: neither is surveyed nor believed."""
    other.show("/ad", page("<h1>Invoice 7 was saved</h1><button>Save</button>"))
    at_hand = await live(framed(other.url + "/ad") + "<h1>Invoice</h1><button>Leave</button>")
    await at_hand.settle(3.0)
    assert [c.fingerprint.name for c in (await at_hand.survey()).candidates] == ["Leave"]
    assert await at_hand.visible("Invoice 7 was saved", values={}, seconds=0.3) is None


async def test_a_message_in_another_sites_frame_is_waited_for(stage: Stage, site: TinySite, other: TinySite) -> None:
    """What follows a click may be told in a frame that the page cannot read, and that is listened to seldom, as it never rests."""
    other.show(
        "/log",
        page(
            "<div role=status id=s></div><script>onmessage = e => setTimeout(() => s.textContent = 'Parcel booked', 300);"
            "setInterval(() => { document.body.dataset.at = Date.now() }, 20)</script>" + "<p class=message>of yesterday" * 1500
        ),
    )
    site.show(
        "/",
        page(
            framed(other.url + "/log", name="log") + "<button onclick=\"frames[0].postMessage(1, '*')\">Book</button>"
        ),
    )

    async def hands(first: Page) -> None:
        await first.click("text=Book")
        await first.frame_locator("iframe").get_by_text("Parcel booked").wait_for()

    shown = await stage.shown(hands)
    assert shown.built.procedure.steps[-1].expect.texts == ("Parcel booked",)
    done = await stage.again(shown)
    assert unwell(done) == []
    assert "Parcel booked" in done.steps[-1].signals.texts


DRAWING = """<canvas width=200 height=100 style="border:1px solid"></canvas><div draggable=true id=a>Task</div>
<div id=b style="height:60px;width:200px;border:1px solid">Done</div><script>
const tell = (path, body) => fetch(path, {method: 'POST', headers: {'Content-Type': 'application/x-www-form-urlencoded'}, body});
document.querySelector('canvas').onclick = (e) => tell('/point', `x=${Math.round(e.offsetX / 10)}&y=${Math.round(e.offsetY / 10)}`);
a.ondragstart = (e) => e.dataTransfer.setData('text', 'Task'); b.ondragover = (e) => e.preventDefault();
b.ondrop = (e) => { e.preventDefault(); tell('/moved', 'what=' + e.dataTransfer.getData('text')); };</script>"""


async def test_points_and_drags_in_another_sites_frame_land_where_they_were_shown(
    stage: Stage, site: TinySite, other: TinySite
) -> None:
    """Whatever stands above the frame by then."""
    other.show("/board", page(DRAWING))
    board = framed(other.url + "/board", name="board").replace("height=200", "height=300")
    site.show("/", page("<h1>Board</h1>" + board))

    async def hands(first: Page) -> None:
        inside = first.frame_locator("iframe")
        async with first.expect_response("**/point"):
            await inside.locator("canvas").click(position={"x": 151, "y": 31})
        async with first.expect_response("**/moved"):
            await inside.get_by_text("Task").drag_to(inside.get_by_text("Done"))

    shown = await stage.shown(hands)
    assert [s.kind for s in shown.built.procedure.steps] == ["goto", "click", "drag"]
    site.show("/", page("<h1>Board</h1><p style='padding: 60px 0 0 90px'>News</p>" + board))
    assert unwell(await stage.again(shown)) == []
    assert sent(other) == [("/point", {"x": "15", "y": "3"}), ("/moved", {"what": "Task"})]


# ---- shadow roots ----


async def test_nested_open_shadow_roots_are_reached_also_in_a_frame_of_another_site(
    stage: Stage, site: TinySite, other: TinySite
) -> None:
    """Custom elements within custom elements, within a frame."""
    other.show(
        "/inner",
        page("""<x-form></x-form><script>
customElements.define('x-field', class extends HTMLElement { connectedCallback() {
  this.attachShadow({mode: 'open'}).innerHTML = '<label>Colour <input></label>'; } });
customElements.define('x-form', class extends HTMLElement { connectedCallback() {
  const root = this.attachShadow({mode: 'open'});
  root.innerHTML = '<x-field></x-field><button>Paint</button>';
  root.querySelector('button').onclick = () => fetch('/paint', {method: 'POST', headers: {'Content-Type':
    'application/x-www-form-urlencoded'}, body: 'colour=' +
  root.querySelector('x-field').shadowRoot.querySelector('input').value}); } });
</script>"""),
    )
    site.show("/", page(framed(other.url + "/inner", name="tools")))

    async def hands(first: Page) -> None:
        inside = first.frame_locator("iframe")
        await inside.get_by_label("Colour").fill("red")
        await inside.get_by_role("button", name="Paint").click()

    shown = await stage.shown(hands)
    fill = shown.built.procedure.steps[1]
    assert fill.target is not None
    assert (fill.target.variants[0].fingerprint.frames, fill.target.variants[0].fingerprint.shadow) == (
        ("tools",),
        ("x-form", "x-field"),
    )
    assert unwell(await stage.again(shown, {"colour": "blue"})) == []
    assert sent(other) == [("/paint", {"colour": "blue"})]


# ---- native dialogs ----

ASK = """<button onclick="const n = prompt('New name?', 'old'); if (n !== null && confirm('Rename to ' + n + '?'))
fetch('/rename', {method: 'POST', headers: {'Content-Type': 'application/x-www-form-urlencoded'},
body: 'name=' + n})">Rename</button>
<button onclick="fetch(confirm('Delete 17 drafts?') ? '/delete' : '/keep', {method: 'POST'})">Tidy</button>"""


def answering(*answers: bool | str) -> Callable[[Dialog], Awaitable[None]]:
    """Answer one dialog after the other: yes, no, or a text."""
    left = list(answers)

    async def answer(dialog: Dialog) -> None:
        given = left.pop(0)
        await (dialog.dismiss() if given is False else dialog.accept(given if isinstance(given, str) else ""))

    return answer


async def test_a_prompt_and_the_question_after_it_are_answered_as_shown(stage: Stage, site: TinySite) -> None:
    """What was typed into the prompt is a parameter, and the question that repeats it follows."""
    site.show("/", page(ASK))

    async def hands(first: Page) -> None:
        first.on("dialog", answering("Alpha", True))
        async with first.expect_response("**/rename"):
            await first.click("text=Rename")

    shown = await stage.shown(hands)
    (act,) = shown.recording.acts[1:]
    assert (act.dialog, act.answer and act.answer.text) == ("prompt: New name?", "Alpha")
    assert [(a.question, a.answer.accept) for a in act.further] == [("confirm: Rename to Alpha?", True)]
    (name,) = shown.built.examples
    step = shown.built.procedure.steps[-1]
    assert [a.question for a in step.further] == [f"confirm: Rename to {{{{ {name} }}}}?"]
    assert unwell(await stage.again(shown, {name: "Beta"})) == []
    assert sent(site) == [("/rename", {"name": "Beta"})]


async def test_what_is_typed_into_a_second_prompt_is_a_parameter_too(stage: Stage, site: TinySite) -> None:
    """Two questions in a row ask for two values."""
    two = "fetch('/key', {method: 'POST', body: prompt('First word?') + ' ' + prompt('Second word?')})"
    site.show("/", page(f'<button onclick="{two}">Unlock</button>'))

    async def hands(first: Page) -> None:
        first.on("dialog", answering("red", "green"))
        async with first.expect_response("**/key"):
            await first.click("text=Unlock")

    shown = await stage.shown(hands)
    assert shown.built.examples == {"first_word": "red", "second_word": "green"}
    assert "green" not in shown.built.procedure.model_dump_json()
    assert unwell(await stage.again(shown, {"first_word": "blue", "second_word": "grey"})) == []
    assert [body for _, _, body in site.sent] == ["blue grey"]


@pytest.mark.parametrize(("yes", "path"), [(True, "/delete"), (False, "/keep")])
async def test_a_question_gets_the_answer_that_was_shown(stage: Stage, site: TinySite, yes: bool, path: str) -> None:
    """No is an answer too."""
    site.show("/", page(ASK))

    async def hands(first: Page) -> None:
        first.on("dialog", answering(yes))
        async with first.expect_response("**" + path):
            await first.click("text=Tidy")

    shown = await stage.shown(hands)
    assert shown.recording.acts[-1].answer == Answer(accept=yes)
    assert unwell(await stage.again(shown)) == []
    assert sent(site) == [(path, {})]


async def test_a_dialog_that_nobody_answers_is_accepted_while_showing(stage: Stage, site: TinySite) -> None:
    """A script without a handler of its own goes on as if a person had pressed Enter."""
    site.show("/", page("<button onclick=\"alert('Noted'); document.title = 'done'\">Note</button>" + ASK))

    async def hands(first: Page) -> None:
        await first.click("text=Note")
        async with first.expect_response("**/rename"):
            await first.click("text=Rename")

    shown = await stage.shown(hands)
    assert [a.dialog for a in shown.recording.acts[1:]] == ["alert: Noted", "prompt: New name?"]
    assert unwell(await stage.again(shown)) == []
    assert sent(site) == [("/rename", {"name": "old"})]


async def test_a_question_that_nobody_showed_is_told_no_and_named(stage: Stage, site: TinySite) -> None:
    """The reason of the break is what the page asked."""
    site.show("/", page("<button onclick=\"fetch('/save', {method: 'POST'})\">Save</button>"))

    async def hands(first: Page) -> None:
        async with first.expect_response("**/save"):
            await first.click("text=Save")

    shown = await stage.shown(hands)
    site.show(
        "/", page("<button onclick=\"if (confirm('Overwrite?')) fetch('/save', {method: 'POST'})\">Save</button>")
    )
    done = await stage.again(shown)
    assert done.outcome != "succeeded"
    assert "confirm: Overwrite?" in done.stopped
    assert sent(site) == []


async def test_a_page_that_does_not_want_to_be_left_is_left(stage: Stage, site: TinySite) -> None:
    """The browser's own question is answered as it was shown."""
    site.show(
        "/",
        page(
            "<label>Draft <input></label><a href=/next>Next</a><script>onbeforeunload = e => e.preventDefault()</script>"
        ),
    )
    site.show("/next", page(form("/send", "Text", "text", "Send")))

    async def hands(first: Page) -> None:
        await first.get_by_label("Draft").fill("half")
        await first.click("text=Next")
        await first.get_by_label("Text").fill("whole")
        await first.click("text=Send")
        await first.wait_for_url("**/send")

    shown = await stage.shown(hands)
    assert [a.dialog for a in shown.recording.acts if a.dialog] == ["beforeunload: "]
    assert unwell(await stage.again(shown)) == []
    assert sent(site) == [("/send", {"text": "whole"})]


# ---- navigation ----

ROUTES = """<nav><a href=/a>List</a> <a href=/b>Detail</a></nav><h1 id=h></h1><button id=back>Back</button><script>
const show = () => { h.textContent = {'/a': 'List', '/b': 'Detail', '/c': 'Saved'}[location.pathname] || 'Home'; };
onpopstate = show; show(); back.onclick = () => history.back();
for (const a of document.links) a.onclick = (e) => { e.preventDefault(); history.pushState(0, '', a.href); show(); };
</script>"""


async def test_ways_back_and_forward_are_steps_when_the_person_took_them(stage: Stage, site: TinySite) -> None:
    """Within one document and between two; a button of the page that goes back is a click and nothing else."""
    for path in ("/", "/a", "/b"):
        site.show(path, page(ROUTES))
    site.show("/far", page("<h1>Far</h1>"))

    async def hands(first: Page) -> None:
        for name in ("List", "Detail"):
            await first.click(f"text={name}")
            await first.locator("h1", has_text=name).wait_for()
        await first.go_back()
        await first.go_forward()
        await first.click("#back")
        await first.locator("h1", has_text="List").wait_for()
        await first.goto(site.url + "/far")
        await first.go_back()
        await first.locator("h1", has_text="List").wait_for()

    shown = await stage.shown(hands)
    told = [
        (a.kind, a.element.name if a.element else "", a.url_after.removeprefix(site.url)) for a in shown.recording.acts
    ]
    assert told == [
        ("goto", "", "/"), ("click", "List", "/a"), ("click", "Detail", "/b"), ("back", "", "/a"), ("forward", "", "/b"),
        ("click", "Back", "/a"), ("goto", "", "/far"), ("back", "", "/a"),
    ]  # fmt: skip


async def test_a_way_back_that_was_needed_is_gone_again(stage: Stage, site: TinySite) -> None:
    """The form stands on the page before, and what was read there is typed into it."""
    site.show("/", page("<a href=/help>Help</a>" + form("/save", "Word", "word")))
    site.show("/help", page("<h1>Help</h1><button onclick=\"fetch('/seen', {method: 'POST'})\">Helpful</button>"))

    async def hands(first: Page) -> None:
        await first.click("text=Help")
        async with first.expect_response("**/seen"):
            await first.click("text=Helpful")
        await first.wait_for_timeout(700)  # at once after a click, the way back would be the page's own doing
        await first.go_back()
        await first.get_by_label("Word").fill("yes")
        await first.click("text=Save")
        await first.wait_for_url("**/save")

    shown = await stage.shown(hands)
    assert [s.kind for s in shown.built.procedure.steps] == ["goto", "click", "click", "back", "fill", "click"]
    assert unwell(await stage.again(shown)) == []
    assert sent(site) == [("/seen", {}), ("/save", {"word": "yes"})]


async def test_redirects_refreshes_and_reloads_by_the_page_are_consequences(stage: Stage, site: TinySite) -> None:
    """A chain of every kind of forwarding behind one link is one click."""
    site.show("/", page("<a href=/one>Go</a>"))
    site.show("/one", "", status=302, headers={"Location": "/two"})
    site.show("/two", page("<meta http-equiv=refresh content='0;url=/three'>"))
    site.show("/three", page("<script>location.replace('/four')</script>"))
    site.show("/four", page("<script>history.replaceState(0, '', '/five')</script>" + form("/save", "Word", "word")))
    site.show("/five", page("<h1>Five</h1>"))

    async def hands(first: Page) -> None:
        await first.click("text=Go")
        await first.get_by_label("Word").fill("end")
        await first.click("text=Save")
        await first.wait_for_url("**/save")

    shown = await stage.shown(hands)
    assert [a.kind for a in shown.recording.acts] == ["goto", "click", "fill", "click"]
    assert shown.recording.acts[1].url_after == site.url + "/five"
    assert unwell(await stage.again(shown)) == []
    assert sent(site) == [("/save", {"word": "end"})]


async def test_another_host_is_remarked_and_replayed(stage: Stage, site: TinySite, other: TinySite) -> None:
    """Work may go on elsewhere; the person is told where."""
    site.show("/", page(f"<a href={other.url}/in>Partner</a>"))
    other.show("/in", page(form("/book", "Seats", "seats")))

    async def hands(first: Page) -> None:
        await first.click("text=Partner")
        await first.get_by_label("Seats").fill("2")
        await first.click("text=Save")
        await first.wait_for_url("**/book")

    shown = await stage.shown(hands)
    assert shown.recording.remarks == (f"the work went to {other.host}, which is not the site it began on",)
    assert shown.built.workflow.allow == (other.host,)
    assert unwell(await stage.again(shown)) == []
    assert sent(other) == [("/book", {"seats": "2"})]


@pytest.mark.parametrize("address", ["file:///etc/hostname", "data:text/html,<button>Save</button>"])
async def test_what_is_no_web_page_is_left_and_not_recorded(stage: Stage, site: TinySite, address: str) -> None:
    """Files of the machine and the browser's own pages are no part of anybody's work."""
    site.show("/", page(form("/save", "Word", "word")))

    async def hands(first: Page) -> None:
        await first.goto(address)
        await first.wait_for_url(site.url + "/")
        await first.get_by_label("Word").fill("back")
        await first.click("text=Save")
        await first.wait_for_url("**/save")

    shown = await stage.shown(hands)
    assert [a.kind for a in shown.recording.acts] == ["goto", "fill", "click"]
    (remark,) = shown.recording.remarks
    assert remark.startswith(address.split(":")[0] + ": addresses are not recorded")
    assert unwell(await stage.again(shown)) == []


async def test_a_start_that_is_no_web_page_is_refused(context: BrowserContext) -> None:
    """Nothing is opened."""
    with pytest.raises(UsageInvalid, match="only http and https"):
        await record(context, "file:///etc/passwd")
    assert context.pages == []


# ---- hostile and broken pages ----


async def test_events_that_the_page_makes_up_are_no_acts(stage: Stage, site: TinySite) -> None:
    """Clicks, keys and inputs dispatched by script, and elements clicked by script."""
    site.show(
        "/",
        page(
            "<button id=b>Delete all</button><label>Amount <input id=i></label><button id=real>Real</button><script>"
            "setInterval(() => { b.click(); for (const t of ['pointerdown', 'mousedown', 'click', 'dblclick', 'contextmenu'])"
            " b.dispatchEvent(new MouseEvent(t, {bubbles: true, composed: true}));"
            " i.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', bubbles: true}));"
            " i.dispatchEvent(new InputEvent('input', {bubbles: true})); i.dispatchEvent(new Event('change', {bubbles: true}));"
            " }, 5)</script>"
        ),
    )

    async def hands(first: Page) -> None:
        await first.click("#real")

    shown = await stage.shown(hands)
    assert [(a.kind, a.element.name if a.element else "") for a in shown.recording.acts[1:]] == [("click", "Real")]


async def test_a_page_that_patches_the_dom_neither_disturbs_nor_reads_the_recorder(
    stage: Stage, site: TinySite
) -> None:
    """Its own world has its own prototypes; the page sees neither the binding nor what goes through it."""
    site.show(
        "/",
        page(
            "<script>window.caught = [];"
            "for (const [o, ms] of [[EventTarget.prototype, ['addEventListener', 'dispatchEvent']], [JSON, ['stringify', 'parse']],"
            " [Element.prototype, ['getAttribute', 'querySelectorAll', 'getBoundingClientRect', 'closest', 'matches']],"
            " [Document.prototype, ['querySelectorAll', 'getElementById']], [Array.prototype, ['map', 'filter', 'push']],"
            " [MutationObserver.prototype, ['observe']], [WeakMap.prototype, ['get', 'set']], [Set.prototype, ['add', 'has']]])"
            " for (const m of ms) { const was = o[m]; o[m] = function (...a) {"
            " if (/__rpa|fingerprint/.test(Error().stack + a.join())) window.caught[window.caught.length] = m;"
            " if (window.armed) throw Error('no'); return was.apply(this, a); }; }"
            "Object.defineProperty(Object.prototype, 'kind', {get() { return 'hover'; }, set() {}, configurable: true});"
            "window.seen = () => [typeof __rpa, typeof __rpa_emit, typeof __rpaRecorder, window.caught.length].join();"
            "</script>" + form("/save", "Word", "word") + "<script>window.armed = true</script>"
        ),
    )
    seen = []

    async def hands(first: Page) -> None:
        await first.get_by_label("Word").click()
        await first.keyboard.type("hi")
        await first.get_by_role("button").click(no_wait_after=True)
        await first.wait_for_url("**/save")
        await first.go_back()
        seen.append(await first.evaluate("delete Object.prototype.kind, window.armed = false, window.seen()"))

    shown = await stage.shown(hands)
    assert [(a.kind, a.value) for a in shown.recording.acts[1:3]] == [("fill", "hi"), ("click", None)]
    assert seen == ["undefined,undefined,undefined,0"]
    assert unwell(await stage.again(shown)) == []


async def test_a_flood_of_changes_does_not_drown_what_is_shown(stage: Stage, site: TinySite) -> None:
    """Ten thousand changes a second, a heading among them, are told a few times a second; the click is there at once."""
    site.show(
        "/",
        page(
            "<h1 id=h>0</h1><div id=d></div><button onclick=\"fetch('/stop', {method: 'POST'})\">Stop</button><script>let n = 0;"
            "setInterval(() => { for (let i = 0; i < 100; i++) { h.textContent = 'Count ' + ++n; d.setAttribute('x', n); }"
            "}, 10)</script>"
        ),
    )

    async def hands(first: Page) -> None:
        await first.wait_for_timeout(1500)
        async with first.expect_response("**/stop"):
            await first.click("text=Stop")
        await first.wait_for_timeout(1500)

    shown = await stage.shown(hands)
    assert [(a.kind, a.element.name if a.element else "") for a in shown.recording.acts[1:]] == [("click", "Stop")]
    assert all(len(a.texts) <= 20 for a in shown.recording.acts)
    assert unwell(await stage.again(shown)) == []


@pytest.mark.parametrize(("how", "reason"), [("Page.close", "was closed"), ("Page.crash", "crashed")])
async def test_a_page_that_goes_away_leaves_what_was_shown(stage: Stage, site: TinySite, how: str, reason: str) -> None:
    """The recording says why it ended, and still becomes a procedure."""
    site.show("/", page("<label>Word <input></label><button>Keep</button>"))

    async def hands(first: Page) -> None:
        await first.get_by_label("Word").fill("kept")
        await first.click("text=Keep")
        session = await first.context.new_cdp_session(first)
        asyncio.ensure_future(session.send(how)).add_done_callback(lambda sent: sent.cancelled() or sent.exception())
        await first.wait_for_event("crash" if how == "Page.crash" else "close")
        await first.click("text=Keep")

    shown = await stage.shown(hands)
    assert reason in shown.recording.stopped
    assert "is kept" in shown.recording.stopped
    assert [s.kind for s in shown.built.procedure.steps] == ["goto", "fill", "click"]


# ---- a person at the window ----


async def test_a_person_answers_in_the_window_and_closes_it_when_done(context: BrowserContext, site: TinySite) -> None:
    """No answer is given for a person; the last closed tab ends the recording, which is no early end."""
    url = site.show("/", page(ASK))
    showing = asyncio.ensure_future(record(context, url, until_closed=True))
    first = await context.wait_for_event("page")
    await first.get_by_text("Tidy").wait_for()
    window = await context.new_cdp_session(first)  # as the window's own buttons do, beside Playwright
    opened = asyncio.Event()
    window.on("Page.javascriptDialogOpening", lambda e: opened.set())
    await window.send("Page.enable")
    pressing = asyncio.ensure_future(first.click("text=Tidy"))
    await opened.wait()
    await asyncio.sleep(1.0)  # longer than a script is given
    await window.send("Page.handleJavaScriptDialog", {"accept": False})
    await pressing
    second = await context.new_page()
    await first.close()
    assert not showing.done()
    await second.close()
    recording = await showing
    assert recording.stopped == ""
    assert (recording.acts[1].dialog, recording.acts[1].answer) == ("confirm: Delete 17 drafts?", Answer(accept=False))


async def test_ctrl_c_ends_a_recording_in_good_order(context: BrowserContext, site: TinySite) -> None:
    """What the person showed until then is returned, with the reason."""
    url = site.show("/", page("<button>Keep</button>"))
    showing = asyncio.ensure_future(record(context, url, until_closed=True))
    first = await context.wait_for_event("page")
    await first.click("text=Keep")
    await asyncio.sleep(0.1)
    showing.cancel()
    recording = await showing
    assert recording.stopped.startswith("stopped by hand")
    assert [a.kind for a in recording.acts] == ["goto", "click"]
