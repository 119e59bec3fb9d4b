"""What hands do that a page takes in only later, or passes on at once: hovered pictures, marked text, keys of a terminal."""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

import pytest
from showing import Shown, replay, unwell
from tiny_site import TinySite

from rpa_agent.build import build_procedure
from rpa_agent.domain.recording import Recording

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

Watch = Callable[..., Awaitable[Recording]]

LIKE = """<style>.like { content: url(/grey.svg) } .like:hover { content: url(/red.svg) }</style>
<p>A post <span class=like></span></p>
<script>document.querySelector('.like').onclick = () => fetch('/liked', { method: 'POST' })</script>"""
SQUARE = '<svg xmlns="http://www.w3.org/2000/svg" width="20" height="20"><rect width="20" height="20"/></svg>'
EDITOR = """<div id=editor contenteditable style="font: 16px monospace; width: 400px"><p>{}</p></div>
<button id=bold type=button>Bold</button>
<form method=post action=/kept><input type=hidden name=marked><button>Send</button></form>
<script>
  let marked = '';
  const look = () => setTimeout(() => {{ marked = String(getSelection()) }}, 100);
  editor.onmouseup = look; editor.onkeyup = look;
  bold.onclick = () => {{ document.forms[0].marked.value = marked }};
</script>"""
TERMINAL = """<h1>Terminal</h1><input aria-label=Command>
<script>
  const field = document.querySelector('input');
  let line = '';
  field.onkeydown = (e) => {
    if (e.key.length === 1) line += e.ctrlKey ? '^' + e.key : e.key;
    else if (e.key === 'Backspace') line = line.slice(0, -1);
    else if (e.key === 'Enter') { fetch('/run', { method: 'POST', body: line }); line = ''; }
    field.value = '';
  };
</script>"""
_WORD = """() => {
  const range = document.createRange(), text = editor.querySelector('p').firstChild;
  range.setStart(text, 0); range.setEnd(text, 5);
  const box = range.getBoundingClientRect();
  return [box.left + 0.5, box.right - 0.5, box.y + box.height / 2];
}"""


class Late(threading.Event):
    """Sets itself a moment after it is waited for, as a server far away answers."""

    def wait(self, timeout: float | None = None) -> bool:
        return super().wait(0.2)


def built_of(recording: Recording) -> Shown:
    return Shown(recording, build_procedure(recording, name="hands", task="Hands", site="tiny", salt="salt"))


async def test_a_picture_that_is_exchanged_under_the_pointer_is_pressed_when_it_is_there(
    watch: Watch, site: TinySite, browser: Browser
) -> None:
    """Until the other picture came it has no size, and a press would miss it."""
    for name in ("grey", "red"):
        headers = {"Content-Type": "image/svg+xml"}
        site.show(f"/{name}.svg", SQUARE, headers=headers, **({"after": Late()} if name == "red" else {}))

    async def hands(page: Page) -> None:
        await page.locator(".like").hover()
        await page.locator(".like").click()

    shown = built_of(await watch(LIKE, hands))
    assert site.changes() == ["POST /liked"]
    site.sent.clear()
    done = await replay(browser, shown, {})
    assert (unwell(done), site.changes()) == ([], ["POST /liked"])


async def _drag_over_a_word(page: Page) -> None:
    left, right, y = await page.evaluate(_WORD)
    await page.mouse.move(left, y)
    await page.mouse.down()
    await page.mouse.move(right, y, steps=6)
    await page.mouse.up()


async def _mark_all(page: Page) -> None:
    await page.locator("#editor").click()
    await page.keyboard.press("Control+a")


@pytest.mark.parametrize(
    ("mark", "first", "second"),
    [(_drag_over_a_word, "alpha", "omega"), (_mark_all, "alpha beta gamma", "omega beta gamma")],
    ids=["a word", "everything"],
)
async def test_text_is_marked_again_and_taken_in_before_the_button_that_uses_it(
    watch: Watch, site: TinySite, browser: Browser, mark: Callable[[Page], Awaitable[None]], first: str, second: str
) -> None:
    """Editors look at what is marked a moment later; what the text says is no value of the work."""

    async def hands(page: Page) -> None:
        await mark(page)
        await page.wait_for_function("() => marked")
        await page.get_by_role("button", name="Bold").click()
        await page.get_by_role("button", name="Send").click()

    shown = built_of(await watch(EDITOR.format("alpha beta gamma"), hands))
    assert (shown.built.examples, _posted(site)) == ({}, first)
    assert unwell(await replay(browser, shown, {})) == []
    assert _posted(site) == first
    site.show("/form", f"<title>Form</title>{EDITOR.format('omega beta gamma')}")
    assert unwell(await replay(browser, shown, {})) == []
    assert _posted(site) == second


def _posted(site: TinySite) -> str:
    return parse_qs(site.sent[-1][2])["marked"][0]


async def test_a_field_that_is_emptied_at_every_key_is_typed_into_key_by_key(
    watch: Watch, site: TinySite, browser: Browser
) -> None:
    """A terminal's field holds nothing of what was typed; the keys are the value, corrections taken out."""

    async def hands(page: Page) -> None:
        await page.get_by_label("Command").click()
        await page.keyboard.type("lx")
        await page.keyboard.press("Backspace")
        await page.keyboard.type("s")
        await page.keyboard.press("Enter")

    recording = await watch(TERMINAL, hands)
    assert [(a.kind, a.value, a.keys) for a in recording.acts[1:]] == [("fill", "ls", True), ("press", "Enter", False)]
    shown = built_of(recording)
    done = await replay(browser, shown, {"command": "pwd"})
    assert unwell(done) == []
    assert [body for _, path, body in site.sent if path == "/run"] == ["ls", "pwd"]


async def test_the_same_command_twice_is_typed_twice(watch: Watch) -> None:
    """It was sent in between, so the second is no echo of the first."""

    async def hands(page: Page) -> None:
        await page.get_by_label("Command").click()
        for _ in range(2):
            await page.keyboard.type("ls")
            await page.keyboard.press("Enter")

    acts = (await watch(TERMINAL, hands)).acts[1:]
    assert [(a.kind, a.value) for a in acts] == [("fill", "ls"), ("press", "Enter")] * 2


async def test_a_digit_that_replaces_another_is_the_value_alone(watch: Watch) -> None:
    """A one-character field that makes room for the next digit passes nothing on."""
    page_of_code = "<input aria-label=Digit maxlength=1 onkeydown=\"if (/^\\d$/.test(event.key)) this.value = ''\">"

    async def hands(page: Page) -> None:
        await page.get_by_label("Digit").click()
        await page.keyboard.type("1")
        await page.keyboard.type("2")

    acts = (await watch(page_of_code, hands)).acts[1:]
    assert [(a.kind, a.value, a.keys) for a in acts] == [("fill", "2", False)]
