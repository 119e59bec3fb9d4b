"""Dragging, sliding, drawing, scrolling and marking text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .hands import centre, drag, part, quoted, said, submit
from .task import Task, family

if TYPE_CHECKING:
    from playwright.async_api import Locator, Page

Point = tuple[float, float]


async def box_into_box(page: Page) -> None:
    """Drag the smaller box so that it is completely inside the larger box."""
    await drag(page, await centre(page.locator("#draggableSmall")), await centre(page.locator("#draggableLarge")))
    await submit(page)


async def one_way(page: Page) -> None:
    """Drag the circle, or item, left then press Submit."""
    way = part(r"(left|right|up|down) then", await said(page))
    x, y = await centre(page.locator("#area svg > *"))
    dx, dy = {"left": (-15, 0), "right": (15, 0), "up": (0, -15), "down": (0, 15)}[way]
    await drag(page, (x, y), (x + dx, y + dy))
    await submit(page)


async def sort_item(page: Page) -> None:
    """Drag Anna to the 3rd position, to the top, or up by one position."""
    name, where = re.findall(r"Drag (\S+) (.*)\.", await said(page))[0]
    names = [t.strip() for t in await page.locator("#sortable li").all_inner_texts()]
    start = names.index(name)
    nth = re.search(r"(\d)\w\w position", where)
    end = (
        int(nth.group(1)) - 1
        if nth
        else {
            "to the top": 0,
            "to the bottom": len(names) - 1,
            "down by one position": start + 1,
            "up by one position": start - 1,
        }[where]
    )
    await _move_item(page, start, end)


async def _move_item(page: Page, start: int, end: int) -> None:
    items = page.locator("#sortable li")
    x, y = await centre(items.nth(start))
    _, other = await centre(items.nth(end))
    await drag(page, (x, y), (x, other + (4 if other > y else -4)))


async def sort_in_grid(page: Page) -> None:
    """Drag Anna to the top left, or left by one."""
    name, where = re.findall(r"Drag (\S+) (.*)\.", await said(page))[0]
    names = [t.strip() for t in await page.locator("#sortable li").all_inner_texts()]
    start = names.index(name)
    steps = {"up by one": -3, "down by one": 3, "left by one": -1, "right by one": 1}
    if where in steps:
        end = start + steps[where]
    else:
        row = 0 if "top" in where else 2 if "bottom" in where else 1
        end = 3 * row + (0 if "left" in where else 2 if "right" in where else 1)
    items = page.locator("#sortable li")
    here, there = await centre(items.nth(start)), await centre(items.nth(end))
    # An item gives way when another covers more than half of it.
    way = [8 if b > a + 1 else -8 if b < a - 1 else 0 for a, b in zip(here, there, strict=True)]
    await drag(page, here, (there[0] + way[0], there[1] + way[1]))


async def sort_numbers(page: Page) -> None:
    """Sort the numbers in increasing order, starting with the lowest number at the top of the list."""
    for place in range(3):
        numbers = [int(t) for t in await page.locator("#sortable li").all_inner_texts()]
        least = numbers.index(min(numbers[place:]), place)
        if least != place:
            await _move_item(page, least, place)
    await submit(page)


async def shapes_into_box(page: Page) -> None:
    """Drag all circles into the black box."""
    kind = {"rectangles": "rect:not(#shape-container)", "circles": "circle", "triangles": "polygon"}[
        part(r"all (\w+) into", await said(page))
    ]
    meant = page.locator(f"#area_svg > :is({kind})")
    goal = await centre(page.locator("#shape-container"))
    for i in range(await meant.count()):
        await drag(page, await centre(meant.nth(i)), (goal[0], goal[1]))
    await submit(page)


async def resize(page: Page) -> None:
    """Resize the textarea so that the width is larger than its initial size then press Submit."""
    dimension, way = re.findall(r"the (\w+) is (\w+) than", await said(page))[0]
    handle = await page.locator(".ui-resizable-e" if dimension == "width" else ".ui-resizable-s").bounding_box()
    if handle is None:
        raise LookupError("there is no handle")
    # Only the inner edge of a handle is seen: what lies outside the box is cut off.
    x, y = (handle["x"] + 1, handle["y"] + 20) if dimension == "width" else (handle["x"] + 20, handle["y"] + 1)
    by = 20 if way == "larger" else -20
    await drag(page, (x, y), (x + by, y) if dimension == "width" else (x, y + by))
    await submit(page)


async def highlight(page: Page) -> None:
    """Highlight the text in the (2nd) paragraph and click submit."""
    nth = re.search(r"the (\d)", await said(page))
    text = page.locator("#randomText p").nth(int(nth.group(1)) - 1) if nth else page.locator("#randomText")
    await text.click(click_count=3)
    await submit(page)


async def scroll_to_end(page: Page) -> None:
    """Scroll the textarea to the bottom, or top, of the text hit submit."""
    down = "bottom" in await said(page)
    await page.mouse.move(*await centre(page.locator("#text-area")))
    await page.mouse.wheel(0, 5000 if down else -5000)
    await page.wait_for_function(_AT_END, arg=down)
    await submit(page)


_AT_END = """down => {
  const t = document.querySelector('#text-area');
  return down ? t.scrollTop + t.clientHeight >= t.scrollHeight - 2 : t.scrollTop === 0;
}"""


async def slide(page: Page) -> None:
    """Select 17 with the slider and hit Submit."""
    await _slide_to(page, page.locator("#slider"), "#val", int(part(r"Select (-?\d+) with", await said(page))))
    await submit(page)


async def _slide_to(page: Page, slider: Locator, shown: str, wanted: int) -> None:
    """Drag the handle near the value, then go the rest with the arrow keys."""
    low, high = await slider.evaluate("e => [$(e).slider('option', 'min'), $(e).slider('option', 'max')]")
    box = await slider.bounding_box()
    if box is None:
        raise LookupError("there is no slider")
    share = (wanted - low) / (high - low)
    upright = box["height"] > box["width"]
    end = (
        (box["x"] + box["width"] / 2, box["y"] + box["height"] * (1 - share))
        if upright
        else (box["x"] + box["width"] * share, box["y"] + box["height"] / 2)
    )
    await drag(page, await centre(slider.locator(".ui-slider-handle")), end)
    while (now := int(await page.locator(shown).inner_text())) != wanted:
        await page.keyboard.press("ArrowRight" if now < wanted else "ArrowLeft")


async def slide_three(page: Page) -> None:
    """Set the sliders to the combination [3,17,9] and submit."""
    for i, number in enumerate(part(r"\[(.*)\]", await said(page)).split(","), start=1):
        await _slide_to(page, page.locator(f"#slider-{i}"), f"#val-{i}", int(number))
    await submit(page)


async def slide_and_check(page: Page) -> None:
    """Select 4 with the slider, click the 2nd checkbox, then hit Submit."""
    sentence = await said(page)
    await _slide_to(page, page.locator("#slider"), "#val", int(part(r"Select (-?\d+) with", sentence)))
    await page.locator("#area input[type=checkbox]").nth(int(part(r"the (\d)", sentence)) - 1).click()
    await submit(page)


async def midpoint(page: Page) -> None:
    """Find and click on the shortest mid-point between the two points, then press submit."""
    a, b = [await centre(page.locator(".black-circle").nth(i)) for i in (0, 1)]
    await page.mouse.click((a[0] + b[0]) / 2, (a[1] + b[1]) / 2)
    await submit(page)


async def circle_centre(page: Page) -> None:
    """Find and click on the center of the circle, then press submit."""
    await page.mouse.click(*await centre(page.locator(".black-circle")))
    await submit(page)


async def right_angle(page: Page) -> None:
    """Add a third point to create a right angle, then press submit."""
    a, v = await centre(page.locator("#init-black")), await centre(page.locator("#init-blue"))
    await page.mouse.click(*await _free(page, v, (-(a[1] - v[1]), a[0] - v[0])))
    await submit(page)


async def bisect(page: Page) -> None:
    """Create a line that bisects the angle evenly in two, then press submit."""
    v = await centre(page.locator(".init-blue"))
    ways = []
    for i in (0, 1):
        x, y = await centre(page.locator(".init-black").nth(i))
        length = ((x - v[0]) ** 2 + (y - v[1]) ** 2) ** 0.5
        ways.append(((x - v[0]) / length, (y - v[1]) / length))
    await page.mouse.click(*await _free(page, v, (ways[0][0] + ways[1][0], ways[0][1] + ways[1][1])))
    await submit(page)


async def _free(page: Page, start: Point, way: Point) -> Point:
    """Return a point of the drawing some way off, on whichever side there is room."""
    box = await page.locator("#area svg").bounding_box()
    length = (way[0] ** 2 + way[1] ** 2) ** 0.5
    if box is None or not length:
        raise LookupError("there is nothing to draw on")
    for by in (30, -30, 20, -20, 12, -12):
        x, y = start[0] + way[0] / length * by, start[1] + way[1] / length * by
        if box["x"] + 2 < x < box["x"] + box["width"] - 2 and box["y"] + 2 < y < box["y"] + box["height"] - 2:
            return x, y
    raise LookupError("there is no room for the point")


async def style_text(page: Page) -> None:
    """Using the text editor, give the text "sit" the style bold (or a colour) and press Submit."""
    sentence = await said(page)
    editor = page.locator(".ql-editor")
    word = re.search(r"give the text (.*) the (?:style|color)", sentence)
    if word:
        ends = await editor.evaluate(_ENDS_OF, word.group(1))
        if ends is None:
            raise LookupError(f"{word.group(1)!r} is not in the editor")
        await drag(page, (ends[0], ends[2]), (ends[1], ends[2]))
    else:
        await editor.click()
        await page.keyboard.press("Control+a")
    await page.wait_for_function("() => (editor.getSelection() || {}).length >= getSelection().toString().length")
    style = re.search(r"style (\w+)", sentence)
    if style:
        await page.locator(
            {"bold": ".ql-bold", "italics": ".ql-italic", "underlined": ".ql-underline"}[style.group(1)]
        ).click()
    else:
        colours = await page.evaluate("COLOR_MAP")
        name = part(r"color (\w+)", sentence)
        await page.locator(".ql-color .ql-picker-label").click()
        await page.locator(f'.ql-color .ql-picker-item[data-value="{colours[name][0]}"]').click()
    await submit(page)


_ENDS_OF = """(editor, word) => {
  const walker = document.createTreeWalker(editor, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const at = node.data.split(' ').indexOf(word);
    if (at < 0) continue;
    const from = node.data.split(' ').slice(0, at).join(' ').length + (at ? 1 : 0);
    const range = document.createRange();
    range.setStart(node, from); range.setEnd(node, from + word.length);
    const box = range.getBoundingClientRect();
    return [box.left + 0.5, box.right - 0.5, box.y + box.height / 2];
  }
}"""


async def terminal(page: Page) -> None:
    """Use the terminal below to delete a file ending with this extension."""
    sentence = await said(page)
    await page.locator("#terminal").click()
    await page.keyboard.type("ls")
    await page.keyboard.press("Enter")
    names = (await page.locator(".terminal-output").last.inner_text()).split()
    ending = "" if "no file extension" in sentence else part(r"extension (\.\S+)", sentence)
    name = next(n for n in names if (n.endswith(ending) if ending else "." not in n))
    await page.keyboard.type(f"rm {name}")
    await page.keyboard.press("Enter")


async def agreement(page: Page) -> None:
    """Scroll to the bottom of the textarea, enter the name "Ann" then press "Agree"; or only cancel."""
    names = await quoted(page)
    if names:
        await page.mouse.move(*await centre(page.locator("#text-area")))
        await page.mouse.wheel(0, 9000)
        await page.locator("#name:enabled").click()
        await page.keyboard.type(names[0])
    await page.locator("#area").get_by_role("button", name=names[1] if names else "Cancel").click()


TASKS = (
    Task("drag-box", box_into_box, "nothing"),
    *family(one_way, "drag-circle", "drag-single-shape", why_not="the way to drag is drawn anew"),
    Task("drag-items", sort_item, why_not="the place to drag to is drawn anew"),
    Task("drag-items-grid", sort_in_grid, why_not="the place to drag to is drawn anew"),
    Task("drag-sort-numbers", sort_numbers, why_not="the order has to be reckoned"),
    # In seed 1 no figure is of the kind that is asked for.
    Task("drag-shapes", shapes_into_box, why_not="what is drawn has to be seen", seeds=(2, 3)),
    Task("resize-textarea", resize, why_not="the side and the way are drawn anew"),
    Task("highlight-text", highlight, "nothing"),
    Task("highlight-text-2", highlight, why_not="the paragraph is chosen by its position"),
    Task("scroll-text-2", scroll_to_end, why_not="up or down is drawn anew"),
    Task("use-slider", slide, why_not="the slider has other bounds, and lies or stands"),
    Task("use-slider-2", slide_three, why_not="where the handles stand at first is drawn anew"),
    Task("form-sequence", slide_and_check, why_not="the box is chosen by its position"),
    Task("find-midpoint", midpoint, why_not="a point of a drawing"),
    Task("circle-center", circle_centre, why_not="a point of a drawing"),
    Task("right-angle", right_angle, why_not="a point of a drawing"),
    Task("bisect-angle", bisect, why_not="a point of a drawing"),
    Task("text-editor", style_text, why_not="another word and another style"),
    Task("terminal", terminal, "typed"),
    Task("sign-agreement", agreement, why_not="to agree, to refuse or to leave is drawn anew"),
)
