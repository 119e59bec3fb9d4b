"""What the recorder understands of what a person does, on small real pages."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import pytest
from tiny_site import TinySite

from rpa_agent.browser.recorder.record import record
from rpa_agent.build.fold import fold
from rpa_agent.domain.errors import ActionFailed
from rpa_agent.domain.recording import Act, Recording

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, Page

Watch = Callable[..., Awaitable[Recording]]
FORM = (
    "<form method=post action=/save><label for=a>Name</label><input id=a name=name>"
    "<label for=b>City</label><input id=b name=city><button>Save</button></form>"
)


def told(recording: Recording) -> list[tuple[str, str, str | None]]:
    """Every act but the first address as (kind, element, value)."""
    return [
        (a.kind, a.element.name if a.element else "", a.value) for a in recording.acts if a is not recording.acts[0]
    ]


# ---- typing ----


async def test_keystrokes_are_one_value_and_the_click_into_the_field_is_none(watch: Watch) -> None:
    """Two fields clicked and typed into, with Tab between them, are two acts."""

    async def hands(page: Page) -> None:
        await page.get_by_label("Name").click()
        await page.keyboard.type("Ada L")
        await page.keyboard.press("Backspace")
        await page.keyboard.type("Lovelace")
        await page.keyboard.press("Tab")
        await page.keyboard.type("Ulm")

    assert told(await watch(FORM, hands)) == [("fill", "Name", "Ada Lovelace"), ("fill", "City", "Ulm")]


async def test_a_page_too_busy_to_keep_up_with_the_hands_leaves_no_value_behind_the_click_that_used_it(watch: Watch) -> None:
    """Keys and the click wait in line while the page works; what it did to a value by then is told before the click."""
    busy = FORM.replace("<form", "<form oninput=\"for (const t = performance.now(); performance.now() < t + 60;);\"", 1)

    async def hands(page: Page) -> None:
        cdp = await page.context.new_cdp_session(page)
        box = await page.get_by_role("button", name="Save").bounding_box()
        assert box
        await page.get_by_label("Name").focus()
        mouse = {"x": box["x"] + 5, "y": box["y"] + 5, "button": "left", "clickCount": 1}
        await asyncio.gather(
            *(cdp.send("Input.dispatchKeyEvent", {"type": "char", "text": key}) for key in "Ada"),
            *(cdp.send("Input.dispatchMouseEvent", {"type": f"mouse{way}", **mouse}) for way in ("Pressed", "Released")),
        )
        await page.wait_for_url("**/save")

    assert told(await watch(busy, hands)) == [("fill", "Name", "Ada"), ("click", "Save", None)]


async def test_enter_in_a_field_is_told_once_with_what_it_sent(watch: Watch, site: TinySite) -> None:
    """The browser's own click on the form's button belongs to the key."""

    async def hands(page: Page) -> None:
        await page.get_by_label("Name").fill("Ada")
        await page.get_by_label("Name").press("Enter")

    recording = await watch(FORM, hands)
    assert [(k, v) for k, _, v in told(recording)] == [("fill", "Ada"), ("press", "Enter")]
    assert [(r.method, r.fields["name"]) for r in recording.acts[-1].requests] == [("POST", "Ada")]
    assert site.changes() == ["POST /save"]


async def test_a_button_pressed_with_the_space_bar_is_an_act_of_its_own(watch: Watch) -> None:
    """What it sends does not belong to the field before it."""

    async def hands(page: Page) -> None:
        await page.get_by_label("Name").fill("Ada")
        await page.get_by_role("button", name="Save").focus()
        await page.keyboard.press("Space")
        await page.wait_for_url("**/save")

    recording = await watch(FORM, hands)
    assert told(recording) == [("fill", "Name", "Ada"), ("press", "Save", "Space")]
    assert [r.method for r in recording.acts[-1].requests] == ["POST"]


async def test_a_box_ticked_with_the_space_bar_is_ticked_once(watch: Watch) -> None:
    """The change tells it; the key would tick it off again."""

    async def hands(page: Page) -> None:
        await page.get_by_label("Agree").focus()
        await page.keyboard.press("Space")

    assert [k for k, *_ in told(await watch("<label><input type=checkbox> Agree</label>", hands))] == ["check"]


async def test_spaces_typed_into_a_text_are_text(watch: Watch) -> None:
    """A space bar is a key like others where one writes."""

    async def hands(page: Page) -> None:
        await page.get_by_label("Note").click()
        await page.keyboard.type("a b c")
        await page.keyboard.press("Enter")
        await page.keyboard.type("d")

    assert told(await watch("<label>Note <textarea></textarea></label>", hands)) == [("fill", "Note", "a b c\nd")]


async def test_rich_text_is_kept_as_its_text(watch: Watch) -> None:
    """An editable element is a field like others."""

    async def hands(page: Page) -> None:
        await page.get_by_role("textbox").click()
        await page.keyboard.type("Dear all")

    body = "<div contenteditable role=textbox aria-label=Letter></div>"
    assert told(await watch(body, hands)) == [("fill", "Letter", "Dear all")]


# ---- choosing ----


async def test_a_drop_down_is_one_choice_by_its_label(watch: Watch) -> None:
    """Neither the click that opens it nor the option's value is told."""

    async def hands(page: Page) -> None:
        await page.get_by_label("Currency").click()
        await page.get_by_label("Currency").select_option("2")
        await page.get_by_label("Currency").select_option("1")

    body = "<label>Currency <select><option>-<option value=1>Euro<option value=2>Krona</select></label>"
    assert told(await watch(body, hands)) == [("select", "Currency", "Euro")]


async def test_boxes_and_radios_are_told_as_what_they_became(watch: Watch) -> None:
    """A click on the label ticks the box, and ticking off is another act."""

    async def hands(page: Page) -> None:
        await page.get_by_text("Digest").click()
        await page.get_by_text("Weekly").click()
        await page.get_by_label("Digest").uncheck()

    body = (
        "<label><input type=checkbox name=d> Digest</label>"
        "<label><input type=radio name=r value=day> Daily</label>"
        "<label><input type=radio name=r value=week> Weekly</label>"
    )
    assert [(k, n) for k, n, _ in told(await watch(body, hands))] == [
        ("check", "Digest"),
        ("check", "Weekly"),
        ("uncheck", "Digest"),
    ]


STATIC_LIST = """<label for=s>Supplier</label><input id=s role=combobox aria-controls=l aria-expanded=false readonly>
<ul id=l role=listbox hidden><li role=option>Fjord Timber AB</li><li role=option>Voss Telekom</li></ul>
<script>s.onclick = () => { l.hidden = false; };
for (const o of l.children) o.onclick = () => { s.value = o.textContent; l.hidden = true; };</script>"""


async def test_a_list_that_a_click_opened_is_one_choice(watch: Watch) -> None:
    """Without the field that opens it the option could not be clicked again."""

    async def hands(page: Page) -> None:
        await page.get_by_label("Supplier").click()
        await page.get_by_role("option", name="Voss").click()

    folded = fold((await watch(STATIC_LIST, hands)).acts)[1:]
    assert [(a.kind, a.element.name if a.element else "", a.value) for a in folded] == [
        ("select", "Supplier", "Voss Telekom")
    ]


async def test_typing_into_a_combobox_and_clicking_its_option_is_one_choice(watch: Watch) -> None:
    """What the page wrote into the field afterwards is the value."""
    body = STATIC_LIST.replace("readonly", "").replace("s.onclick", "s.oninput")

    async def hands(page: Page) -> None:
        await page.get_by_label("Supplier").click()
        await page.keyboard.type("Vo")
        await page.get_by_role("option", name="Voss").click()

    folded = fold((await watch(body, hands)).acts)[1:]
    assert [(a.kind, a.value) for a in folded] == [("select", "Voss Telekom")]


# ---- trust ----


async def test_what_the_page_does_by_itself_is_not_told(watch: Watch) -> None:
    """Scripted clicks are ignored; a scripted change event counts only where the value changed."""
    body = (
        FORM.replace("<form", "<form onsubmit='return false'")
        + """<select id=s><option>One<option>Two</select><button type=button id=x>Start</button>
<script>x.onclick = () => {
  s.dispatchEvent(new Event('change', {bubbles: true}));
  a.dispatchEvent(new Event('change', {bubbles: true}));
  b.dispatchEvent(new Event('input', {bubbles: true}));
  document.querySelector('form button').click();
};</script>"""
    )

    async def hands(page: Page) -> None:
        await page.get_by_role("button", name="Start").click()

    assert [(k, n) for k, n, _ in told(await watch(body, hands))] == [("click", "Start")]


async def test_a_value_set_by_a_date_picker_is_told_as_the_value_it_left(watch: Watch) -> None:
    """The picker writes and fires the events itself."""
    body = """<label for=d>Due</label><input id=d><button type=button id=p>Pick</button>
<script>p.onclick = () => { d.value = '31.12.2026';
  d.dispatchEvent(new Event('change', {bubbles: true})); };</script>"""

    async def hands(page: Page) -> None:
        await page.get_by_label("Due").focus()
        await page.get_by_role("button", name="Pick").click()

    assert ("fill", "Due", "31.12.2026") in told(await watch(body, hands))


async def test_the_page_can_neither_hear_nor_speak_to_the_recorder(watch: Watch) -> None:
    """Its own world holds nothing of ours."""
    seen: list[Any] = []

    async def hands(page: Page) -> None:
        seen.append(await page.evaluate("[typeof __rpa, typeof __rpa_emit, typeof __rpaRecorder]"))
        await page.get_by_role("button", name="Save").click()

    await watch(FORM, hands)
    assert seen == [["undefined", "undefined", "undefined"]]


# ---- secrets ----


LOGIN = "<form method=post action={to}><label>Password <input type=password name=p></label><button>Go</button></form>"


async def test_a_password_is_named_and_never_told_as_a_value(watch: Watch) -> None:
    """The act holds a name; the value is handed over apart, to be forgotten."""

    async def hands(page: Page) -> None:
        await page.get_by_label("Password").click()
        await page.keyboard.type("hunter2-very-secret")

    recording = await watch(LOGIN.format(to="/in"), hands)
    assert [a.secret for a in recording.acts] == [False, True]
    assert list(recording.secrets.values()) == ["hunter2-very-secret"]
    assert "hunter2" not in recording.but(secrets={}).model_dump_json()


async def test_two_pages_with_a_password_at_the_same_spot_keep_two_secrets(watch: Watch, site: TinySite) -> None:
    """The second password does not replace the first."""
    site.show("/second", LOGIN.format(to="/done"))

    async def hands(page: Page) -> None:
        for word in ("first-secret", "second-secret"):
            await page.get_by_label("Password").fill(word)
            await page.get_by_role("button").click()
            await page.wait_for_load_state()

    recording = await watch("<title>x</title>" + LOGIN.format(to="/second"), hands)
    assert sorted(recording.secrets.values()) == ["first-secret", "second-secret"]
    typed = [a for a in recording.acts if a.secret]
    assert [recording.secrets[a.value or ""] for a in typed] == ["first-secret", "second-secret"]


# ---- addresses and requests ----


async def test_an_address_typed_in_is_an_act_and_a_link_or_redirect_is_none(watch: Watch, site: TinySite) -> None:
    """Where a click leads belongs to the click, whatever stands between."""
    site.show("/old", "", status=302, headers={"Location": "/new"})
    site.show("/new", "<h1>New</h1>")
    site.show("/typed", "<h1>Typed</h1>")

    async def hands(page: Page) -> None:
        await page.get_by_role("link").click()
        await page.get_by_role("heading", name="New").wait_for()
        await page.goto(site.url + "/typed")

    recording = await watch("<a href=/old>Further</a>", hands)
    assert [(a.kind, a.url_after.removeprefix(site.url)) for a in recording.acts] == [
        ("goto", "/form"),
        ("click", "/new"),
        ("goto", "/typed"),
    ]
    assert recording.last_url == site.url + "/typed"


async def test_an_address_after_a_download_is_not_swallowed(watch: Watch, site: TinySite) -> None:
    """The link to the file asked for an address that never became a page."""
    site.show("/report", "a;b", headers={"Content-Disposition": 'attachment; filename="report.csv"'})

    async def hands(page: Page) -> None:
        async with page.expect_download():
            await page.get_by_role("link").click()
        await page.goto(site.show("/typed", "<h1>Typed</h1>"))

    recording = await watch("<a href=/report>Report</a>", hands)
    assert [a.kind for a in recording.acts] == ["goto", "click", "goto"]
    assert recording.acts[1].download == "report.csv"


async def test_a_request_belongs_to_the_act_that_caused_it_alone(watch: Watch) -> None:
    """A picture that a later click loads does not bring the earlier submission with it."""
    body = """<button id=a>Save</button><button id=b>Look</button>
<script>a.onclick = () => fetch('/save', {method: 'POST', body: '{"x": 1}',
  headers: {'Content-Type': 'application/json'}});
b.onclick = () => { const i = new Image(); i.src = '/picture.png'; document.body.append(i); };</script>"""

    async def hands(page: Page) -> None:
        async with page.expect_response("**/save"):
            await page.get_by_role("button", name="Save").click()
        async with page.expect_response("**/picture.png"):
            await page.get_by_role("button", name="Look").click()

    recording = await watch(body, hands)
    assert [[r.method for r in a.requests] for a in recording.acts[1:]] == [["POST"], []]


async def test_what_the_page_announces_is_told_with_the_act_that_caused_it(watch: Watch) -> None:
    """Only what is new, and at the end all that stands there."""
    body = (
        "<h1>Orders</h1><div role=status id=s></div><button onclick=\"s.textContent = 'Order 7 saved'\">Save</button>"
    )

    async def hands(page: Page) -> None:
        await page.get_by_role("button").click()
        await page.get_by_text("Order 7 saved").wait_for()

    recording = await watch(body, hands)
    assert recording.acts[-1].texts == ("Order 7 saved",)
    assert recording.last_texts == ("Orders", "Order 7 saved")


async def test_native_questions_are_told(watch: Watch) -> None:
    """With their kind and words."""

    async def hands(page: Page) -> None:
        await page.get_by_role("button").click()

    recording = await watch("<button onclick=\"confirm('Really send?')\">Send</button>", hands)
    assert recording.acts[-1].dialog == "confirm: Really send?"


# ---- frames and shadow roots ----


async def test_work_inside_a_frame_is_seen_and_does_not_repeat_what_the_page_says(
    watch: Watch, site: TinySite
) -> None:
    """A frame of the same site is watched like the page; the page's own words are not news again."""
    site.show("/inner", "<h2>Messages</h2><button onclick=\"document.body.append('x')\">Reply</button>")

    async def hands(page: Page) -> None:
        frame = page.frame_locator("iframe")
        await frame.get_by_role("button", name="Reply").click()
        await page.get_by_role("button", name="Close").click()
        await page.get_by_text("Closed now").wait_for()

    body = """<h1>Mail</h1><iframe src=/inner title=Box></iframe><div role=status id=s></div>
<button onclick="s.textContent = 'Closed now'">Close</button>"""
    recording = await watch(body, hands)
    assert [(k, n) for k, n, _ in told(recording)] == [("click", "Reply"), ("click", "Close")]
    assert recording.acts[-1].texts == ("Closed now",)
    assert set(recording.last_texts) == {"Mail", "Messages", "Closed now"}


async def test_work_inside_an_open_shadow_root_is_seen(watch: Watch) -> None:
    """The element inside is told, not its host."""
    body = """<my-box></my-box><script>
customElements.define('my-box', class extends HTMLElement { connectedCallback() {
  this.attachShadow({mode: 'open'}).innerHTML = '<label for=i>Limit</label><input id=i><button>Apply</button>'; } });
</script>"""

    async def hands(page: Page) -> None:
        await page.get_by_label("Limit").fill("500")
        await page.get_by_role("button", name="Apply").click()

    recording = await watch(body, hands)
    assert told(recording) == [("fill", "Limit", "500"), ("click", "Apply", None)]
    element = recording.acts[-1].element
    assert element is not None
    assert element.shadow == ("my-box",)


# ---- the end ----


async def test_a_person_ends_the_recording_by_closing_the_window(context: BrowserContext, site: TinySite) -> None:
    """Everything up to then is kept, the page's language with it."""
    url = site.show(
        "/form", "<html lang=de><body><button onclick=\"document.body.append('ok')\">Weiter</button></body></html>"
    )

    async def person() -> None:
        page = context.pages[0] if context.pages else await context.wait_for_event("page")
        await page.get_by_role("button").click()
        await page.get_by_text("ok").wait_for()
        await page.close()

    async with asyncio.timeout(20), asyncio.TaskGroup() as both:
        recording = both.create_task(record(context, url, until_closed=True))
        both.create_task(person())
    acts: tuple[Act, ...] = recording.result().acts
    assert [a.kind for a in acts] == ["goto", "click"]
    assert recording.result().language == "de"


async def test_a_script_that_fails_is_told_in_our_words(watch: Watch) -> None:
    """What it could not find is said; no foreign error leaves the room."""

    async def hands(page: Page) -> None:
        await page.get_by_role("button", name="Not there").click(timeout=50)

    with pytest.raises(ActionFailed, match="the demonstration"):
        await watch(FORM, hands)
