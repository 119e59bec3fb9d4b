"""What has to be read, reckoned or looked for on the page before it is typed or clicked."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .hands import part, said, submit, type_into
from .task import Task, family

if TYPE_CHECKING:
    from playwright.async_api import Page


async def _answer(page: Page, text: str) -> None:
    await type_into(page, page.locator("#area input[type=text]"), text)
    await submit(page)


async def nth_word(page: Page) -> None:
    """Find the 3rd word in the paragraph, type that into the textbox and press "Submit"."""
    words = (await page.locator("#area p").inner_text()).split()
    await _answer(page, words[int(part(r"the (\d+)", await said(page))) - 1].strip(".,"))


async def last_word(page: Page) -> None:
    """Find the last word in the text area, enter it into the text field and hit Submit."""
    await _answer(page, (await page.locator("#text-area").input_value()).split()[-1].strip(".,"))


async def value_of_row(page: Page) -> None:
    """Enter the value of Religion into the text field and press Submit."""
    await _answer(page, (await _table(page))[part(r"value of (.*) into", await said(page))])


async def values_of_rows(page: Page) -> None:
    """Enter the value that corresponds with each label into the form and submit when done."""
    table = await _table(page)
    for n in (1, 2):
        label = (await page.locator(f"#ll{n}").inner_text()).strip().rstrip(":")
        await type_into(page, page.locator(f"#tt{n}"), table[label])
    await submit(page)


async def _table(page: Page) -> dict[str, str]:
    cells = [c.strip() for c in await page.locator("#tab td").all_inner_texts()]
    return dict(zip(cells[::2], cells[1::2], strict=True))


async def sum_up(page: Page) -> None:
    """Solve the math problem and type your answer into the textbox."""
    a, sign, b = re.findall(r"(\d+) ([-+x]) (\d+)", await page.locator("#math-problem").inner_text())[0]
    x, y = int(a), int(b)
    await _answer(page, str(x + y if sign == "+" else x - y if sign == "-" else x * y))


async def solve(page: Page) -> None:
    """Solve for x and type your answer into the textbox."""
    left, sign, right, total = re.findall(
        r"(\w+) ([-+]) (\w+) = (-?\d+)", await page.locator("#math-problem").inner_text()
    )[0]
    if left == "x":
        found = int(total) - int(right) if sign == "+" else int(total) + int(right)
    else:
        found = int(total) - int(left) if sign == "+" else int(left) - int(total)
    await _answer(page, str(found))


async def count_blocks(page: Page) -> None:
    """Type the total number of blocks into the textbox and press Submit."""
    await _answer(page, str(await page.locator(".addition-block").count()))


async def slanted_text(page: Page) -> None:
    """Type the text below into the text field and press Submit."""
    await _answer(page, "".join(t.strip() for t in await page.locator("#captcha span").all_inner_texts()))


async def copy_paste(page: Page) -> None:
    """Copy the text in the (2nd) textarea, paste it into the textbox and press Submit."""
    nth = re.search(r"the (\d)", await said(page))
    await page.locator("#area textarea").nth(int(nth.group(1)) - 1 if nth else 0).click()
    await page.keyboard.press("Control+a")
    await page.keyboard.press("Control+c")
    await page.locator("#answer-input").click()
    await page.keyboard.press("Control+v")
    await submit(page)


async def odd_or_even(page: Page) -> None:
    """Mark the numbers below as odd or even and press submit when done."""
    rows = page.locator("#area .row")
    for i in range(await rows.count()):
        number = int(await rows.nth(i).locator(".display-number").inner_text())
        await rows.nth(i).get_by_role("button", name="Odd" if number % 2 else "Even").click()
    await submit(page)


async def greatest_card(page: Page) -> None:
    """Find and pick the card with the greatest number, then press submit."""
    cards = page.locator(".card")
    numbers = [int(t) for t in await page.locator(".card-value").all_text_contents()]
    await cards.nth(numbers.index(max(numbers))).click()
    await submit(page)


async def generate_number(page: Page) -> None:
    """Generate a number less than 5, or an odd number, then press submit."""
    sentence = await said(page)
    bound = re.search(r"(less|greater) than (\d+)", sentence)

    def fits(n: int) -> bool:
        if bound:
            return n < int(bound.group(2)) if bound.group(1) == "less" else n > int(bound.group(2))
        return n % 2 == (1 if "odd" in sentence else 0)

    while True:
        await page.locator("#generate").click()
        if fits(int(await page.locator("#display-number").inner_text())):
            break
    await submit(page)


async def guess_number(page: Page) -> None:
    """Guess the number between 0-9, led by what the page answers."""
    low, high = 0, 9
    while low <= high:
        guess = (low + high) // 2
        await type_into(page, page.locator("#tt"), str(guess))
        await page.locator("#subbtn").click()
        if await page.locator("#higher").is_visible():
            low = guess + 1
        elif await page.locator("#lower").is_visible():
            high = guess - 1
        else:
            return


async def what_shape(page: Page) -> None:
    """Click the button that best describes the figure below."""
    tag, text = await page.locator("#area_svg > *").evaluate("e => [e.tagName, e.textContent]")
    kinds = {"rect": "Rectangle", "circle": "Circle", "polygon": "Triangle"}
    await page.get_by_role("button", name=kinds.get(tag) or ("Number" if text.isdigit() else "Letter")).click()


# Each figure as a sentence would call it: size, colour, name and kind.
_FIGURES = """() => [...document.querySelectorAll('#area_svg > *')].map((e, at) => {
  const tag = e.tagName, text = e.textContent;
  const name = {rect: 'rectangle', circle: 'circle', polygon: 'triangle'}[tag] || text;
  const kind = tag !== 'text' ? 'shape' : /[0-9]/.test(text) ? 'digit' : 'letter';
  const size = tag === 'text' ? parseFloat(e.getAttribute('font-size')) : e.getBBox().width;
  return {at, words: [size > 15 ? 'large' : 'small', e.getAttribute('fill'), name, kind, 'item']};
})"""


async def _figures(page: Page, meant: str) -> list[int]:
    """Return the positions of the figures that a description such as ``small red letter`` fits."""
    return [f["at"] for f in await page.evaluate(_FIGURES) if set(meant.split()) <= set(f["words"])]


async def click_figure(page: Page) -> None:
    """Click on a large red triangle."""
    fits = await _figures(page, part(r"Click on an? (.*)$", await said(page)))
    await page.locator("#area_svg > *").nth(fits[0]).click()


async def count_figures(page: Page) -> None:
    """How many large red triangles are there?"""
    fits = await _figures(page, part(r"How many (.*)s are there", await said(page)))
    await page.locator("#count-buttons").get_by_role("button", name=str(len(fits)), exact=True).click()


async def coloured_box(page: Page) -> None:
    """Click on the red colored box, the colour said or shown."""
    if await page.locator("#query-color").count():
        colour = part(r"background-color: (\w+)", await page.locator("#query-color").get_attribute("style") or "")
    else:
        colour = part(r"the (\w+) colored", await said(page))
    await page.locator(f'#area [data-color="{colour}"]').click()


async def shades(page: Page) -> None:
    """Select all the shades of blue and press Submit."""
    colour = part("shades of (.*) and", await said(page))
    alike = page.locator(f'#area [data-color="{colour}"]')
    for i in range(await alike.count()):
        await alike.nth(i).click()
    await submit(page)


async def grid_point(page: Page) -> None:
    """Click on the grid coordinate (1,-2)."""
    point = part(r"(\([-\d]+,[-\d]+\))", await said(page))
    await page.locator(f'[id="{point}"]').click()


async def ascending(page: Page) -> None:
    """Click on the numbers in ascending order; after the first they are hidden."""
    await page.locator("#area_svg text").get_by_text("1", exact=True).click()
    while await page.locator("#area_svg rect").count():
        await page.locator("#area_svg rect").first.click()
        if await page.evaluate("WOB_DONE_GLOBAL"):
            return


async def digit_in_boxes(page: Page) -> None:
    """Draw the number "7" in the checkboxes and press Submit when finished."""
    pattern = await page.evaluate("n => PATTERNS[n].flat()", int(part(r'"(\d)"', await said(page))))
    for i, wanted in enumerate(pattern):
        if wanted:
            await page.locator("#checkboxes input").nth(i).click()
    await submit(page)


async def simon(page: Page) -> None:
    """Push the buttons in the order displayed."""
    order: list[int] = await page.evaluate(_WATCH)
    for number in order:
        await page.locator(f"#button-{number}").click()


# They flash every 600 ms from the start; what has flashed before this looks is found by its pause.
_WATCH = """() => new Promise(done => {
  const seen = []; let last = performance.now();
  const look = new MutationObserver(changes => {
    for (const c of changes)
      if (c.target.classList.contains('push')) { seen.push(+c.target.dataset.button); last = performance.now(); }
  });
  look.observe(document.querySelector('#area'), {subtree: true, attributes: true, attributeFilter: ['class']});
  const timer = setInterval(() => {
    if (performance.now() - last > 1500) { clearInterval(timer); look.disconnect(); done(seen); }
  }, 50);
})"""


TASKS = (
    Task("find-word", nth_word, "typed"),
    Task("scroll-text", last_word, "typed"),
    Task("read-table", value_of_row, "typed"),
    Task("read-table-2", values_of_rows, why_not="the labels of the fields are drawn anew"),
    Task("simple-arithmetic", sum_up, "typed"),
    Task("simple-algebra", solve, "typed"),
    Task("visual-addition", count_blocks, "typed"),
    Task("text-transform", slanted_text, "typed"),
    Task("copy-paste", copy_paste, "typed"),
    Task("copy-paste-2", copy_paste, why_not="the text to copy is chosen by its position"),
    Task("odd-or-even", odd_or_even, why_not="which button is right has to be reckoned"),
    Task("find-greatest", greatest_card, why_not="which card is right has to be reckoned"),
    Task("generate-number", generate_number, why_not="how often to press depends on what comes"),
    Task("guess-number", guess_number, why_not="each guess depends on the answer to the one before"),
    Task("identify-shape", what_shape, why_not="what is drawn has to be seen"),
    Task("click-shape", click_figure, why_not="what is drawn has to be seen"),
    Task("count-shape", count_figures, why_not="what is drawn has to be counted"),
    Task("click-color", coloured_box, why_not="the boxes differ in nothing but their colour"),
    Task("click-shades", shades, why_not="the boxes differ in nothing but their colour"),
    Task("grid-coordinate", grid_point, why_not="the points have no text; which is meant is drawn anew"),
    Task("ascending-numbers", ascending, why_not="the numbers lie elsewhere, and are hidden"),
    Task("number-checkboxes", digit_in_boxes, why_not="another digit is drawn with other boxes"),
    *family(simon, "simon-says", why_not="the order is shown by flashes"),
)
