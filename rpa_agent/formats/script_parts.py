"""The few functions that an exported Playwright script may need, each put into it only where it is used."""

from __future__ import annotations

PARTS = {
    "as_date": '''
def as_date(value: str, pattern: str) -> str:
    """Write an ISO date as the site does: dd.mm.yyyy and the like."""
    day = date.fromisoformat(value)
    parts = {"yyyy": f"{day.year:04d}", "yy": f"{day.year % 100:02d}", "mm": f"{day.month:02d}", "m": str(day.month)}
    parts |= {"dd": f"{day.day:02d}", "d": str(day.day)}
    return re.sub("yyyy|yy|mm|m|dd|d", lambda m: parts[m[0]], pattern)
''',
    "as_number": '''
def as_number(value: str, *, group: str, point: str, places: int, around: tuple[str, str] = ("", "")) -> str:
    """Write a plain decimal as the site does."""
    number = Decimal(value)
    places = max(places, -int(number.as_tuple().exponent))
    whole, _, rest = f"{abs(number):,.{places}f}".partition(".")
    written = whole.replace(",", group) + (point + rest if rest else "")
    return around[0] + ("-" if number < 0 else "") + written + around[1]
''',
    "write_styled": '''
async def write_styled(editor: Locator, text: str) -> None:
    """Write into an editor; what stands between <b>, <i> or <u> becomes bold, italic or underlined."""
    await editor.fill("")
    await editor.focus()
    for piece in re.split("(</?[biu]>)", text):
        if re.fullmatch("</?[biu]>", piece):
            await editor.page.keyboard.press(f"ControlOrMeta+{piece[-2]}")
        else:
            await editor.page.keyboard.type(piece)
''',
    "answer": '''
def answer(page: Page, *answers: bool | str) -> None:
    """Answer the next questions of the page in this order: yes, no, or a text that is typed."""
    rest = list(answers)

    async def on_dialog(dialog: Dialog) -> None:
        said = rest.pop(0)
        if not rest:
            page.remove_listener("dialog", on_dialog)
        if said is False:
            await dialog.dismiss()
        else:
            await dialog.accept(*([said] if isinstance(said, str) else []))

    page.on("dialog", on_dialog)
''',
    "place_in": '''
async def place_in(element: Locator, x: float, y: float) -> dict[str, float]:
    """Return a place in an element that is given as shares of its size."""
    box = await element.bounding_box()
    assert box is not None, "the element is not shown"
    return {"x": box["width"] * x, "y": box["height"] * y}
''',
    "read_text": '''
async def read_text(element: Locator, around: str = "") -> str:
    """Return what an element says, or a field holds; ``around`` is the pattern of the text around the value."""
    tag = await element.evaluate("e => e.tagName")
    said = await (element.input_value() if tag in {"INPUT", "TEXTAREA", "SELECT"} else element.inner_text())
    said = " ".join(said.split())
    if around:
        found = re.search(around, said, re.IGNORECASE | re.DOTALL)
        assert found, f"the page says {said!r}"
        said = found[1]
    assert said, "there is nothing to read"
    return said
''',
    "read_table": '''
async def read_table(table: Locator, columns: dict[str, str], pager: Locator | None = None) -> list[dict[str, str]]:
    """Return a table as records, page after page."""
    records: list[dict[str, str]] = []
    for _ in range(1000):
        rows = await table.evaluate(
            "t => [...t.querySelectorAll('tr, [role=row]')].map(r => [...r.querySelectorAll("
            "'th, td, [role=columnheader], [role=cell], [role=gridcell]')].map(c => c.innerText.trim()))"
        )
        heads = next((row for row in rows if set(columns.values()) <= set(row)), None)
        assert heads, f"the table has no columns {list(columns.values())}"
        page = [dict(zip(heads, row)) for row in rows if row != heads and len(row) == len(heads)]
        records += [{name: row[head] for name, head in columns.items()} for row in page]
        if pager is None or not await pager.count() or not await pager.is_enabled():
            break
        before = await table.inner_text()
        await pager.click()
        await table.page.wait_for_load_state()
        if await table.inner_text() == before:
            break
    return records
''',
    "on_its_page": '''
async def on_its_page(element: Locator, pager: Locator) -> Locator:
    """Turn the pages of a list until the element is there."""
    for _ in range(200):
        if await element.count() or not await pager.count() or not await pager.is_enabled():
            break
        await pager.click()
        await element.page.wait_for_load_state()
    return element
''',
    "holds": '''
def holds(wanted: object, found: object) -> bool:
    """Tell whether an answer holds what is wanted: every key of it, every element in its place."""
    if isinstance(wanted, dict):
        return isinstance(found, dict) and all(k in found and holds(v, found[k]) for k, v in wanted.items())
    if isinstance(wanted, list):
        return isinstance(found, list) and len(wanted) == len(found) and all(map(holds, wanted, found))
    return wanted == found
''',
}

MAIN = '''
def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\\n")[0], formatter_class=argparse.RawTextHelpFormatter)
{options}    parser.add_argument("--base-url", default=BASE_URL, help="where the site is (default: %(default)s)")
    parser.add_argument("--downloads", type=Path, default=Path(), help="where downloaded files go (default: here)")
    parser.add_argument("--browser", help="path of a browser (default: Playwright's own)")
    parser.add_argument("--headed", action="store_true", help="show the window")
    return parser.parse_args()


async def main() -> None:
    asked = arguments()
    given = {{name: value for name in PARAMETERS if (value := getattr(asked, name)) is not None}}
    missing = [name for name in SECRETS.values() if not os.environ.get(name)]
    if missing:
        sys.exit(f"set {{', '.join(missing)}}")
    secrets = {{name: os.environ[variable] for name, variable in SECRETS.items()}}
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=asked.browser, headless=not asked.headed)
        context = await browser.new_context(viewport={{"width": 1280, "height": 900}})
        page = await context.new_page()
        outputs = await work(page, given, secrets, asked.base_url.rstrip("/"), asked.downloads)
        await context.close()
        await browser.close()
    print(json.dumps({{"outcome": "succeeded", "outputs": outputs}}, ensure_ascii=False, default=str))


if __name__ == "__main__":
    asyncio.run(main())
'''
