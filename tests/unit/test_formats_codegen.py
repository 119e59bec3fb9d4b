"""Playwright codegen scripts as recordings: known statements are read as syntax, nothing is ever executed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from rpa_agent.domain.errors import ImportInvalid
from rpa_agent.domain.procedure import Answer
from rpa_agent.domain.workflow import Check
from rpa_agent.formats.given import Imported
from rpa_agent.formats.reading import read_recording

if TYPE_CHECKING:
    from playwright.async_api import Page

BEGIN = 'page.goto("https://shop.example/login")'


def script(*lines: str, asynchronous: bool = False) -> bytes:
    """Return a script as codegen writes it, with these lines after its page was opened."""
    head = "async def run(playwright: Playwright) -> None:" if asynchronous else "def run(playwright: Playwright) -> None:"
    body = "\n".join(f"    {line}" for line in ("page = context.new_page()", BEGIN, *lines))
    return f"from playwright.sync_api import Playwright, expect\nimport re\n\n{head}\n{body}\n".encode()


def read(*lines: str) -> Imported:
    return read_recording(script(*lines))


def locator_of(line: str) -> str:
    """Return how the element of one line is named to Playwright."""
    return read(line).recording.acts[-1].locators[0]


@pytest.mark.parametrize(
    ("chain", "named"),
    [
        ('get_by_role("button", name="Save", exact=True)', 'internal:role=button[name="Save"s]'),
        ('get_by_role("button", name="Save")', 'internal:role=button[name="Save"i]'),
        ('get_by_role("button", name=re.compile("^Save$", re.I))', "internal:role=button[name=/^Save$/i]"),
        ('get_by_role("checkbox", checked=True)', "internal:role=checkbox[checked=true]"),
        ('get_by_label("Amount")', 'internal:label="Amount"i'),
        ('get_by_placeholder("dd.mm.yyyy", exact=True)', 'internal:attr=[placeholder="dd.mm.yyyy"s]'),
        ('get_by_text("Say \\"yes\\"")', 'internal:text="Say \\"yes\\""i'),
        ('get_by_test_id("save")', 'internal:testid=[data-testid="save"s]'),
        ('get_by_alt_text("Logo")', 'internal:attr=[alt="Logo"i]'),
        ('get_by_title("Close")', 'internal:attr=[title="Close"i]'),
        ('locator("#save")', "#save"),
        ('locator("css=form > .a")', "form > .a"),
        ('locator("xpath=//button[1]")', "xpath=//button[1]"),
        ('locator("//button[1]")', "xpath=//button[1]"),
        ('locator("text=Save")', "text=Save"),
        ('locator("form").get_by_role("button").nth(2)', "form >> internal:role=button >> nth=2"),
        ('get_by_role("button").first', "internal:role=button >> nth=0"),
        ('get_by_role("button").last', "internal:role=button >> nth=-1"),
        ('locator("div").filter(has_text="Total")', 'div >> internal:has-text="Total"i'),
        (
            'locator("iframe[name=\\"box\\"]").content_frame.get_by_label("Text")',
            'iframe[name="box"] >> internal:control=enter-frame >> internal:label="Text"i',
        ),
        (
            'frame_locator("#box").get_by_label("Text")',
            '#box >> internal:control=enter-frame >> internal:label="Text"i',
        ),
    ],
)
def test_every_way_of_naming_an_element_is_playwrights_own(chain: str, named: str) -> None:
    """What codegen writes as calls is kept as the locator that Playwright makes of them."""
    assert locator_of(f"page.{chain}.click()") == named


async def test_the_names_are_exactly_those_of_playwright_itself(page: Page) -> None:
    """A locator made by the library from the same calls names the element by the same words."""
    made = page.frame_locator("#f").get_by_role("row", name="A").filter(has_text='say "x"').get_by_title("T").nth(1)
    line = 'page.frame_locator("#f").get_by_role("row", name="A").filter(has_text="say \\"x\\"").get_by_title("T").nth(1).click()'
    assert made._impl_obj._selector == locator_of(line)


@pytest.mark.parametrize(
    ("line", "kind", "value"),
    [
        ('page.get_by_label("A").fill("x")', "fill", "x"),
        ('page.get_by_label("A").press_sequentially("x")', "fill", "x"),
        ('page.get_by_label("A").clear()', "fill", ""),
        ('page.get_by_label("A").check()', "check", None),
        ('page.get_by_label("A").uncheck()', "uncheck", None),
        ('page.get_by_label("A").set_checked(False)', "uncheck", None),
        ('page.get_by_label("A").select_option(["a", "b"])', "select", "a\nb"),
        ('page.get_by_label("A").select_option(label="Blue")', "select", "Blue"),
        ('page.get_by_label("A").press("Control+s")', "press", "Control+s"),
        ('page.keyboard.press("Escape")', "press", "Escape"),
        ('page.get_by_label("A").set_input_files("a.pdf")', "upload", "a.pdf"),
        ('page.get_by_label("A").hover()', "hover", None),
        ('page.get_by_label("A").dblclick()', "dblclick", None),
        ('page.get_by_label("A").click(button="right")', "rightclick", None),
        ('page.get_by_label("A").click(modifiers=["Control"])', "click", "Control"),
        ('page.click("#a")', "click", None),
        ('page.fill("#a", "x")', "fill", "x"),
        ("page.go_back()", "back", None),
    ],
)
def test_every_act_is_read(line: str, kind: str, value: str | None) -> None:
    """Each method that works on a page is one kind of step, with the value that it enters."""
    act = read('page.get_by_text("Begin").click()', line).recording.acts[-1]
    assert (act.kind, act.value) == (kind, value)


def test_a_drag_knows_where_it_ends() -> None:
    """Both elements are kept."""
    act = read('page.get_by_text("A").drag_to(page.get_by_text("B"))').recording.acts[-1]
    assert (act.kind, act.locators, act.to_locators) == ("drag", ('internal:text="A"i',), ('internal:text="B"i',))


def test_clicking_into_a_field_and_typing_there_is_one_step() -> None:
    """As it is to a person."""
    found = read('page.get_by_label("Town").click()', 'page.get_by_label("Town").fill("Ulm")')
    assert [a.kind for a in found.recording.acts] == ["goto", "fill"]


def test_a_password_is_a_secret_and_no_value() -> None:
    """The value goes to the secrets alone, under the field's name."""
    found = read('page.get_by_label("Password").fill("hunter2")')
    assert found.recording.secrets == {"password": "hunter2"}
    assert (found.recording.acts[-1].value, found.recording.acts[-1].secret) == ("password", True)
    assert "hunter2" not in str(found.told)


def test_popups_are_tabs_and_downloads_are_files() -> None:
    """A page variable that an expected popup gives works in the next tab."""
    found = read(
        "with page.expect_popup() as page1_info:",
        '    page.get_by_role("link", name="Report").click()',
        "page1 = page1_info.value",
        "with page1.expect_download() as download_info:",
        '    page1.get_by_role("link", name="CSV").click()',
        "download = download_info.value",
        'page.get_by_text("Back").click()',
    )
    report, csv, back = found.recording.acts[1:]
    assert (report.tab, bool(report.popup), csv.tab, bool(csv.download), back.tab) == (0, True, 1, True, 0)
    assert found.skipped() == ()


@pytest.mark.parametrize(
    ("handler", "answer"),
    [
        ("lambda dialog: dialog.dismiss()", Answer(accept=False)),
        ("lambda dialog: dialog.accept()", Answer(accept=True)),
        ('lambda dialog: dialog.accept("7")', Answer(accept=True, text="7")),
    ],
)
def test_a_dialog_is_answered_as_the_script_says(handler: str, answer: Answer) -> None:
    """The handler before an act is the answer to what that act asks, and to nothing later."""
    found = read(f'page.once("dialog", {handler})', 'page.get_by_text("Go").click()', 'page.get_by_text("On").click()')
    assert [a.answer for a in found.recording.acts[1:]] == [answer, None]


def test_assertions_at_the_end_are_checks() -> None:
    """Texts, absence and the address; one in the middle is told to be left out, since checks are measured at the end."""
    found = read(
        'expect(page.get_by_text("Welcome")).to_be_visible()',
        'page.get_by_text("Save").click()',
        'expect(page.get_by_role("main")).to_contain_text("Invoice 7 was filed")',
        'expect(page.get_by_text("Error")).to_be_hidden()',
        'expect(page).to_have_url(re.compile(r".*/invoices/\\d+"))',
        'expect(page.get_by_label("A")).to_have_value("1")',
    )
    assert found.checks == (
        Check(visible="Invoice 7 was filed"),
        Check(hidden="Error"),
        Check(url="**/invoices/*"),
    )
    assert [t.where for t in found.skipped()] == ["line 12", "line 7"]


def test_names_of_locators_and_texts_are_followed() -> None:
    """A script that puts a locator or a text aside first says the same."""
    found = read('amount = "12"', 'field = page.get_by_label("Amount")', "field.fill(amount)")
    act = found.recording.acts[-1]
    assert (act.locators, act.value) == (('internal:label="Amount"i',), "12")


def test_the_asynchronous_flavour_says_the_same() -> None:
    """`await` and `async with` change nothing."""
    plain = read('page.get_by_text("A").click()').recording
    other = read_recording(
        script('await page.get_by_text("A").click()', asynchronous=True).replace(b"page.goto", b"await page.goto")
    ).recording
    assert plain == other


def test_nothing_of_a_script_is_executed(tmp_path: Path) -> None:
    """Calls, imports, loops and conditions that are not codegen's are named line by line, and have no effect."""
    owned = tmp_path / "owned"
    found = read(
        f'__import__("os").system("touch {owned}")',
        f'open({str(owned)!r}, "w").write("x")',
        "eval('1/0')",
        f'exec("open({str(owned)!r}, \'w\')")',
        "for i in range(10**12): page.get_by_text('A').click()",
        "if True: page.get_by_text('B').click()",
        "x = [n for n in range(10**12)]",
        "page.evaluate('alert(1)')",
        'page.get_by_text("C").click()',
    )
    assert not owned.exists()
    assert [a.kind for a in found.recording.acts] == ["goto", "click"]
    assert [t.where for t in found.skipped()] == [f"line {n}" for n in range(7, 15)]
    assert {t.why for t in found.skipped()} == {"not understood; it was not executed"}


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('page.get_by_label("A").fill(secret())', "computed"),
        ('page.get_by_role("a").and_(page.get_by_role("b")).click()', "and_"),
        ("page.locator(name()).click()", "no locator"),
        ("page.goto(address())", "no plain text"),
        ("unknown.get_by_role('a').click()", "no page"),
    ],
)
def test_an_act_that_cannot_be_expressed_stops_the_import(line: str, words: str) -> None:
    """A step left out in silence would be another procedure; the line is named and nothing is kept."""
    with pytest.raises(ImportInvalid, match=f"^line 7: .*{words}"):
        read(line)
