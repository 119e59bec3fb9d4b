"""Text, dates, lists, boxes and everything else that takes a value."""

from __future__ import annotations

import re
from datetime import date, datetime
from itertools import permutations
from typing import TYPE_CHECKING

from .hands import part, quoted, said, submit, type_into
from .task import Task, family

if TYPE_CHECKING:
    from playwright.async_api import Page


async def text_then_submit(page: Page) -> None:
    """Enter "Karrie" into the text field and press Submit."""
    (text,) = await quoted(page)
    await type_into(page, page.locator("#area input[type=text]"), text)
    await submit(page)


async def text_in_case(page: Page) -> None:
    """Type "KARRIE" in all lower case letters in the text input and press "Submit."."""
    sentence = await said(page)
    text = (await quoted(page))[0]
    text = text.upper() if "all upper case" in sentence else text.lower() if "all lower case" in sentence else text
    await type_into(page, page.locator("#area input[type=text]"), text)
    await submit(page)


async def password_twice(page: Page) -> None:
    """Enter the password "x7" into both text fields and press submit."""
    (text,) = await quoted(page)
    await type_into(page, page.locator("#password"), text)
    await type_into(page, page.locator("#verify"), text)
    await submit(page)


async def date_field(page: Page) -> None:
    """Enter 05/03/2016 as the date and hit submit."""
    day = datetime.strptime(part(r"(\d\d/\d\d/\d{4})", await said(page)), "%m/%d/%Y").date()
    await page.locator("#tt").fill(day.isoformat())
    await submit(page)


async def time_field(page: Page) -> None:
    """Enter 3:05 PM as the time and press submit."""
    hours, minutes, half = re.findall(r"(\d+):(\d\d) ([AP]M)", await said(page))[0]
    await page.locator("#tt").fill(f"{int(hours) % 12 + (12 if half == 'PM' else 0):02}:{minutes}")
    await submit(page)


async def login(page: Page) -> None:
    """Enter the username "ann" and the password "x7" into the text fields and press login."""
    user, password = await quoted(page)
    for field, text in (("#username", user), ("#password", password)):
        await page.locator(field).click()
        notice = page.locator("#popup-cancel")
        if await notice.count():
            await notice.click()
            await page.locator(field).click()
        await page.keyboard.type(text)
    await page.locator("#subbtn").click()


async def pick_date(page: Page) -> None:
    """Select 05/03/2016 as the date in a calendar that opens, and hit submit."""
    day = datetime.strptime(part(r"(\d\d/\d\d/\d{4})", await said(page)), "%m/%d/%Y").date()
    await page.locator("#datepicker").click()
    await in_calendar(page, day)
    await submit(page)


async def in_calendar(page: Page, day: date) -> None:
    """Turn to the month and click the day."""
    while True:
        title = " ".join((await page.locator(".ui-datepicker-title").inner_text()).split())
        shown = datetime.strptime(title, "%B %Y").date()
        if (shown.year, shown.month) == (day.year, day.month):
            break
        await page.locator(".ui-datepicker-prev" if shown > day else ".ui-datepicker-next").click()
    await page.locator(".ui-datepicker-calendar a").get_by_text(str(day.day), exact=True).click()


async def boxes(page: Page) -> None:
    """Select these words and click Submit."""
    for name in _listed(part(r"Select (.*),? and click Submit", await said(page))):
        await page.get_by_label(name, exact=True).click()
    await submit(page)


def _listed(text: str) -> list[str]:
    return [] if text == "nothing" else text.split(", ")


async def similar_boxes(page: Page) -> None:
    """Select words similar to these and click Submit."""
    groups: list[list[str]] = await page.evaluate("SYNONYMS")
    labels = [label.strip() for label in await page.locator("#boxes label").all_inner_texts()]
    for name in _listed(part(r"similar to (.*) and click Submit", await said(page))):
        alike = next(group for group in groups if name in group)
        await page.get_by_label(next(x for x in labels if x in alike), exact=True).click()
    await submit(page)


async def option(page: Page) -> None:
    """Select this word among the options and click Submit."""
    await page.get_by_label(part(r"Select (.*) and click Submit", await said(page)), exact=True).click()
    await submit(page)


async def from_list(page: Page) -> None:
    """Select Peru from the list and click Submit."""
    await page.locator("#options").select_option(label=part(r"Select (.*) from the list", await said(page)))
    await submit(page)


async def several_from_list(page: Page) -> None:
    """Select Peru, Chile from the scroll list and click Submit."""
    meant = part(r"Select (.*) from the scroll list", await said(page))
    offered = await page.locator("#options option").all_inner_texts()
    chosen = next(c for n in (1, 2) for c in permutations(offered, n) if ", ".join(c) == meant)
    for i, name in enumerate(chosen):
        entry = page.locator("#options option").get_by_text(name, exact=True)
        await entry.click(modifiers=["Control"] if i else [])
    await submit(page)


async def autocomplete(page: Page) -> None:
    """Enter an item that starts with "Bur" and ends with "undi"."""
    start, *end = await quoted(page)
    await page.locator("#tags").click()
    await page.keyboard.type(start)
    offered = page.locator(".ui-autocomplete li")
    await offered.first.wait_for()
    names = await offered.all_inner_texts()
    await offered.get_by_text(next(n for n in names if not end or n.endswith(end[0])), exact=True).click()
    await submit(page)


async def spinner(page: Page) -> None:
    """Select -3 with the spinner and hit Submit."""
    wanted = int(part(r"Select (-?\d+)", await said(page)))
    await page.locator(f".ui-spinner-{'up' if wanted > 0 else 'down'}").click(click_count=1)
    for _ in range(abs(wanted) - 1):
        await page.keyboard.press("ArrowUp" if wanted > 0 else "ArrowDown")
    await submit(page)


async def colour(page: Page) -> None:
    """Select blue, or the colour shown, with the color picker and hit Submit."""
    if await page.locator("#query .cc").count():
        wanted = await page.locator("#query .cc").evaluate("e => getComputedStyle(e).backgroundColor")
        code = "".join(f"{int(n):02X}" for n in re.findall(r"\d+", wanted))
    else:
        name = part(r"Select (.*) with the color picker", await said(page))
        code = str(await page.evaluate("n => ui_utils.colorNameToHex(n)", name)).lstrip("#").upper()
    await type_into(page, page.locator("#col"), code)
    await page.locator("#query").click()  # the picker covers the button until something else is clicked
    await submit(page)


async def film_search(page: Page) -> None:
    """Search for crime movies directed by Smith from year 1994."""
    found = re.search(r"Search for (.*) movies directed by (.*) from year (\d+)", await said(page))
    if found is None:
        raise LookupError("no film is asked for")
    for word, text in zip(("Genre", "Director", ("Year", "Date")), found.groups(), strict=True):
        await type_into(page, page.locator(await page.evaluate(_FIELD_NEAR, word)), text)
    await page.locator("#area").get_by_text(re.compile(r"^(Submit|Search|Go!)$")).click()


# The fields have no labels of their own: each shares its nearest block with the words that name it.
_FIELD_NEAR = """words => {
  const fields = [...document.querySelectorAll('#area input')];
  const named = f => { let e = f; while (!e.textContent.trim()) e = e.parentElement; return e.textContent; };
  const at = fields.findIndex(f => [].concat(words).some(w => named(f).includes(w)));
  return `#area input >> nth=${at}`;
}"""


async def radio_and_text(page: Page) -> None:
    """Check the 2nd radio button and enter the number "7" into the 3rd textbox."""
    sentence = await said(page)
    await page.locator("#area input[type=radio]").nth(int(part(r"the (\d)\w\w radio", sentence)) - 1).click()
    field = page.locator("#area input[type=text]").nth(int(part(r"the (\d)\w\w textbox", sentence)) - 1)
    await type_into(page, field, (await quoted(page))[0])
    await submit(page)


async def dropdown_and_button(page: Page) -> None:
    """Choose 6 ft from the dropdown, then click the button labeled "Yes"."""
    await page.locator(".selectric").click()
    wanted = part(r"Choose (.*) from the dropdown", await said(page))
    await page.locator(".selectric-items li").get_by_text(wanted, exact=True).click()
    await page.locator("#buttons").get_by_role("button", name=(await quoted(page))[0], exact=True).click()


_OTHER_BOXES = "other boxes, and another number of them"
TASKS = (
    *family(text_then_submit, "enter-text", "enter-text-dynamic", differs="typed"),
    Task("enter-text-2", text_in_case, "typed"),
    Task("enter-password", password_twice, "typed"),
    Task("enter-date", date_field, "typed"),
    Task("enter-time", time_field, "typed"),
    Task("login-user", login, "typed"),
    Task("login-user-popup", login, why_not="a notice stands in the way in some seeds only"),
    *family(pick_date, "choose-date", "choose-date-nodelay", "choose-date-easy", "choose-date-medium", differs="typed"),
    # In seed 1 the first of them asks for none.
    Task("click-checkboxes", boxes, why_not=_OTHER_BOXES, seeds=(2, 3)),
    *family(boxes, "click-checkboxes-transfer", "click-checkboxes-large", why_not=_OTHER_BOXES),
    Task("click-checkboxes-soft", similar_boxes, why_not="which words are alike has to be known"),
    Task("click-option", option, "named"),
    Task("choose-list", from_list, "typed", seeds=(2, 3)),  # in seed 1 the wanted entry is chosen before anyone does
    Task("click-scroll-list", several_from_list, why_not="another number of entries"),
    *family(autocomplete, "use-autocomplete", "use-autocomplete-nodelay", differs="typed"),
    Task("use-spinner", spinner, "typed"),
    *family(colour, "use-colorwheel", "use-colorwheel-2", differs="typed"),
    Task("multi-orderings", film_search, "typed"),
    Task("multi-layouts", film_search, why_not="one of five different forms is drawn"),
    Task("form-sequence-2", radio_and_text, why_not="the fields are chosen by position"),
    Task("form-sequence-3", dropdown_and_button, "named"),
)
