"""What hands do with the pointer: clicks at a place, drags, scrolling until more comes, files dropped on a zone."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

from ...domain.errors import ActionFailed
from ...domain.ports import Action
from .hands import TIMEOUT_MS

if TYPE_CHECKING:
    from playwright.async_api import Locator, Page


MORE_MS = 1500  # how long a list may take to bring more after it was scrolled to its end
_STEPS = 12  # moves of a drag: sortable lists follow the pointer and do not jump after it

Modifier = Literal["Alt", "Control", "ControlOrMeta", "Meta", "Shift"]

# The element's size and the width of its border: Playwright counts from inside the border.
_SIZE = "e => { const b = e.getBoundingClientRect(); return [b.width, b.height, e.clientLeft || 0, e.clientTop || 0] }"
_PART_OF_MAP = """area => {
  const map = area.closest('map'), root = area.getRootNode();
  const img = map && root.querySelector(`[usemap="#${CSS.escape(map.name)}"]`);
  if (!img) return null;
  img.scrollIntoView({ block: 'nearest' });
  const b = img.getBoundingClientRect(), n = (area.getAttribute('coords') || '').split(/[\\s,]+/).map(Number);
  if (/^circ/i.test(area.getAttribute('shape') || '')) return [n[0] / b.width, n[1] / b.height];
  if (n.length < 4) return [0.5, 0.5];
  const xs = n.filter((_, i) => i % 2 === 0), ys = n.filter((_, i) => i % 2);
  const mean = (v) => v.reduce((a, c) => a + c, 0) / v.length;
  return [mean(xs) / b.width, mean(ys) / b.height];
}"""
# Lists take in what was moved with the next frame. Editors take in what was marked once the marking has rested (some
# look only every 100 or 200 ms), and nothing on the page tells when they have.
_TAKEN_IN = """rest => new Promise((done) => {
  let doc = document, active = doc.activeElement;
  while (active && active.contentDocument) { doc = active.contentDocument; active = doc.activeElement; }
  if ((!active || active.tagName !== 'IFRAME') && !String(doc.getSelection() || '')) {
    setTimeout(done, 100);
    requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 0)));
    return;
  }
  const end = () => { doc.removeEventListener('selectionchange', again); done(); };
  const again = () => { clearTimeout(due); due = setTimeout(end, rest); };
  let due = setTimeout(end, rest);
  doc.addEventListener('selectionchange', again);
  setTimeout(end, 4 * rest);
})"""
RESTED_MS = 250
_IMAGE_OF_MAP = "area => document.querySelector(`[usemap=\"#${CSS.escape(area.closest('map').name)}\"]`)"
_FURTHER = """(e, ms) => {
  const doc = e ? e.ownerDocument : document;
  const s = e && e !== doc.documentElement ? e : doc.scrollingElement || doc.documentElement;
  const before = [s.scrollTop, s.scrollHeight, s.scrollLeft];
  const step = Math.max(40, s.clientHeight * 0.8);
  s.scrollTop = before[0] + step;
  if (s.scrollTop === before[0] && s.scrollHeight <= s.clientHeight) s.scrollLeft = before[2] + Math.max(40, s.clientWidth * 0.8);
  if (s.scrollTop !== before[0] || s.scrollLeft !== before[2]) return true;
  return new Promise((done) => {
    const grown = () => s.scrollHeight > before[1];
    const watch = new MutationObserver(() => { if (grown()) end(true); });
    const end = (more) => { watch.disconnect(); clearTimeout(late); done(more); };
    const late = setTimeout(() => end(grown()), ms);
    watch.observe(s, { subtree: true, childList: true });
  });
}"""


async def click(element: Locator, action: Action, held: str) -> None:
    """Click once, twice or with the other button; ``held`` names the keys held down, or the middle button."""
    if action.widget is not None and action.widget.tag == "area":
        shares = await element.evaluate(_PART_OF_MAP, timeout=TIMEOUT_MS)
        if shares is None:
            raise ActionFailed("the image of this map is not there")
        image = (await element.evaluate_handle(_IMAGE_OF_MAP)).as_element()
        if image is None:
            raise ActionFailed("the image of this map is not there")
        width, height, *_ = await image.evaluate(_SIZE)
        await image.click(position={"x": width * shares[0], "y": height * shares[1]}, timeout=TIMEOUT_MS)
        return
    more: dict[str, Any] = {"timeout": TIMEOUT_MS}
    if action.point is not None:
        more["position"] = await _position(element, action.point)
    keys = [k for k in held.split("+") if k and k not in {"Middle", "Triple"}]
    if keys:
        more["modifiers"] = cast("list[Modifier]", keys)
    if _may_change_under_the_pointer(action):
        # The click then waits until it stands still again, and is still what lies under the pointer.
        await element.hover(**more)
    if action.kind == "dblclick":
        await element.dblclick(**more)
    else:
        more["button"] = "right" if action.kind == "rightclick" else "middle" if held == "Middle" else "left"
        await element.click(click_count=3 if held == "Triple" else 1, **more)


def _may_change_under_the_pointer(action: Action) -> bool:
    """Tell whether it is a bare picture: another may be shown while the pointer is over it, and has no size at first."""
    now = action.widget
    return now is not None and now.capability in {"none", "click"} and not (now.name or now.text or now.tag == "canvas")


async def _position(element: Locator, point: tuple[float, float]) -> dict[str, float]:
    width, height, left, top = await element.evaluate(_SIZE, timeout=TIMEOUT_MS)
    return {"x": width * point[0] - left, "y": height * point[1] - top}


async def drag(element: Locator, to: Locator | None, action: Action) -> None:
    """Press on the element, move in small steps to where the drag ended when shown, and let go."""
    mouse = element.page.mouse
    if to is not None:
        await to.scroll_into_view_if_needed(timeout=TIMEOUT_MS)
    start = action.point or (0.5, 0.5)
    # Only what can be reached is taken hold of: Playwright looks whether something lies over it.
    await element.hover(position=cast("Any", await _position(element, start)), timeout=TIMEOUT_MS)
    x, y = await _at(element, start)
    there = (
        await _at(to, action.to_point or (0.5, 0.5)) if to is not None else await _at(element, action.to_point or start)
    )
    await mouse.move(x, y)
    await mouse.down()
    try:
        for n in range(1, _STEPS + 1):
            part = (1 - math.cos(math.pi * n / _STEPS)) / 2
            await mouse.move(x + (there[0] - x) * part, y + (there[1] - y) * part)
        await mouse.move(*there)
    finally:
        await mouse.up()
    await element.page.evaluate(_TAKEN_IN, RESTED_MS)  # what is pressed now would come too early


async def _at(element: Locator, share: tuple[float, float]) -> tuple[float, float]:
    box = await element.bounding_box(timeout=TIMEOUT_MS)
    if box is None:
        raise ActionFailed("the element has no place on the page")
    return box["x"] + box["width"] * share[0], box["y"] + box["height"] * share[1]


_TAKE_FOCUS = """e => {
  const root = e.getRootNode();
  if (!e.contains(root.activeElement)) (e.hasAttribute('tabindex') ? e : e.querySelector('[tabindex="0"]') || e).focus();
}"""
_WALKED = frozenset(
    {"grid", "treegrid", "listbox", "tree", "menu", "menubar", "tablist", "radiogroup", "toolbar", "table", "list"}
)
_MARK_ALL = frozenset({"control+a", "meta+a", "controlormeta+a"})


async def press(element: Locator, action: Action, keys: str) -> None:
    """Press keys on an element; one whose parts are walked by keys keeps the focus where the keys brought it."""
    if action.widget is None or action.widget.role not in _WALKED:
        await element.press(keys, timeout=TIMEOUT_MS)
        if keys.casefold() in _MARK_ALL:
            await element.page.evaluate(_TAKEN_IN, RESTED_MS)
        return
    await element.evaluate(_TAKE_FOCUS, timeout=TIMEOUT_MS)
    await element.page.keyboard.press(keys)


async def scroll(page: Page, element: Locator | None, *, how: str = "") -> None:
    """Scroll one page further, or wait until more comes at the end; raises ActionFailed when nothing more comes."""
    if element is not None and how == "end":
        await element.evaluate("e => { e.scrollTop = e.scrollHeight }", timeout=TIMEOUT_MS)
        return
    if element is not None and how == "into view":
        await element.scroll_into_view_if_needed(timeout=TIMEOUT_MS)
        return
    if element is not None:
        more = await element.evaluate(_FURTHER, MORE_MS, timeout=TIMEOUT_MS)
    else:
        more = await page.evaluate(f"ms => ({_FURTHER})(null, ms)", MORE_MS)
    if not more:
        raise ActionFailed("scrolling brings nothing more")


async def upload(element: Locator, action: Action) -> None:
    """Put files into a file field, or drop them on a zone as a hand would."""
    missing = [f for f in action.files if not Path(f).is_file()]
    if missing or not action.files:
        raise ActionFailed(f"the file {missing[0]} is not there" if missing else "no file was given")
    if action.widget is None or action.widget.capability == "upload":
        await element.set_input_files(list(action.files), timeout=TIMEOUT_MS)
        return
    if action.chooser:
        async with element.page.expect_file_chooser(timeout=TIMEOUT_MS) as opened:
            await element.click(timeout=TIMEOUT_MS)
        await (await opened.value).set_files(list(action.files), timeout=TIMEOUT_MS)
        return
    await element.scroll_into_view_if_needed(timeout=TIMEOUT_MS)
    x, y = await _at(element, (0.5, 0.5))
    session = await element.page.context.new_cdp_session(element.page)
    try:
        held = {"items": [], "files": [str(Path(f).resolve()) for f in action.files], "dragOperationsMask": 1}
        for kind in ("dragEnter", "dragOver", "drop"):
            await session.send("Input.dispatchDragEvent", {"type": kind, "x": x, "y": y, "data": held})
    finally:
        await session.detach()
