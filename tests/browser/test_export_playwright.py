"""Exported Playwright scripts do in a real browser what the procedure does: tabs, frames, dialogs, files, rows, reads."""

from __future__ import annotations

import ast
import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tiny_site import TinySite

from rpa_agent.domain.errors import ExportImpossible
from rpa_agent.domain.procedure import Answer, Expectation, Procedure, Request, Step, Table
from rpa_agent.domain.target import Fingerprint, RowContext, Target, Variant
from rpa_agent.domain.workflow import Check, Output, Param, Workflow
from rpa_agent.formats.devtools_export import export_devtools
from rpa_agent.formats.playwright import export_playwright

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, Page

CLICKED = '<button onclick="fetch(\'/clicked/{0}\', {{method: \'POST\'}})">{0}</button>'
OPEN = Step(id="open", kind="goto", value="{base}/")


def on(role: str, name: str, *, tag: str = "button", pager: Target | None = None, **traits: Any) -> Target:
    fp = Fingerprint(tag=tag, role=role, name=name, **traits)
    return Target(variants=(Variant(fingerprint=fp),), pager=pager.variants[0] if pager else None)


def click(name: str, **more: Any) -> Step:
    return Step(id=name, kind="click", target=on("button", name), **more)


def script(*steps: Step, params: dict[str, Param] | None = None, **more: Any) -> str:
    steps = tuple(s.but(id=f"s{i}") for i, s in enumerate((OPEN, *steps)))
    params = params or {}
    procedure = Procedure(procedure="p_1", site="tiny", task="Do it", params=tuple(params), steps=steps)
    more = {"success": "none", **more}
    workflow = Workflow(name="do-it", task="Do it", base_url="http://nowhere.example", params=params, **more)
    return export_playwright(procedure, workflow)


async def do(source: str, page: Page, site: TinySite, downloads: Path = Path(), **given: str) -> Any:
    """Run the script's own work on a page of ours."""
    names: dict[str, Any] = {"__name__": "exported", "__doc__": ""}
    exec(compile(source, "exported.py", "exec"), names)
    return await names["work"](page, given, {"pin": "s3cret"}, site.url, downloads)


async def arrived(site: TinySite, expected: list[str]) -> list[str]:
    """Return what the server got; the script has ended, and its last request may still be on its way."""
    for _ in range(200):
        if len(site.changes()) >= len(expected):
            break
        await asyncio.sleep(0.02)
    return site.changes()


async def test_a_popup_is_waited_for_and_worked_in(page: Page, site: TinySite) -> None:
    """The click that opens it, a click in it, and one in the first tab again."""
    site.show("/", CLICKED.format("Here") + '<button onclick="window.open(\'/other\')">Report</button>')
    site.show("/other", CLICKED.format("There"))
    opens = click("Report", expect=Expectation(popup="{base}/other"))
    await do(script(opens, click("There", tab=1), click("Here")), page, site)
    assert await arrived(site, ["POST /clicked/There", "POST /clicked/Here"]) == ["POST /clicked/There", "POST /clicked/Here"]


@pytest.mark.parametrize(
    ("question", "answer", "said"),
    [
        ("confirm('Sure?')", None, "true"),
        ("confirm('Sure?')", Answer(accept=False), "false"),
        ("prompt('How many?')", Answer(accept=True, text="{{ count }}"), "7"),
    ],
)
async def test_a_dialog_is_answered_as_shown(
    page: Page, site: TinySite, question: str, answer: Answer | None, said: str
) -> None:
    """Yes, no, and a text that is this run's value."""
    site.show("/", f"<button onclick=\"fetch('/said/' + {question}, {{method: 'POST'}})\">Go</button>")
    step = click("Go", answer=answer, expect=Expectation(dialog="confirm: Sure?"))
    sent = Step(id="x", kind="press", value="Tab", expect=Expectation())
    await do(script(step, sent, params={"count": Param()}), page, site, count="7")
    assert await arrived(site, [f"POST /said/{said}"]) == [f"POST /said/{said}"]


async def test_frames_and_shadow_roots_are_entered(page: Page, site: TinySite) -> None:
    """A frame by its name, an open shadow root as if it were not there."""
    site.show("/", '<iframe name="box" src="/inner"></iframe>')
    inner = "<x-box></x-box><script>document.querySelector('x-box').attachShadow({mode:'open'}).innerHTML = {0}</script>"
    site.show("/inner", inner.replace("{0}", repr(CLICKED.format("Deep"))))
    deep = Step(id="d", kind="click", target=on("button", "Deep", frames=("box",), shadow=("x-box",)))
    await do(script(deep), page, site)
    assert await arrived(site, ["POST /clicked/Deep"]) == ["POST /clicked/Deep"]


async def test_a_download_is_kept_and_told(page: Page, site: TinySite, tmp_path: Path) -> None:
    """The file is where downloads go, and its path is the output."""
    site.show("/", '<a href="/list.csv" download>List</a>')
    site.show("/list.csv", "a;b", headers={"Content-Disposition": "attachment; filename=list.csv"})
    step = Step(
        id="l", kind="click", target=on("link", "List", tag="a"), expect=Expectation(download="list.csv"), output="file"
    )
    outputs = await do(script(step, outputs={"file": Output(type="file")}), page, site, tmp_path)
    assert outputs == {"file": str(tmp_path / "list.csv")}
    assert (tmp_path / "list.csv").read_text() == "a;b"


ROWS = "<table><tr><th>No</th><th>Sum</th><th></th></tr>{}</table>"
ROW = "<tr><td>{0}</td><td>{1}</td><td><button onclick=\"fetch('/ok/{0}', {{method: 'POST'}})\">Approve</button></td></tr>"


async def test_a_row_is_found_by_its_key_also_on_a_later_page(page: Page, site: TinySite) -> None:
    """Never by its place; the pager is used until the row is there."""
    pager = '<a href="/page2">Next</a>'
    site.show("/", ROWS.format(ROW.format("A1", "1,00") + ROW.format("A2", "2,00")) + pager)
    site.show("/page2", ROWS.format(ROW.format("B11", "3,00") + ROW.format("B1", "4,00")))
    target = on(
        "button", "Approve", row=RowContext(key="{{ number }}"), path="table>tbody>tr>td>button",
        pager=on("link", "Next", tag="a"),
    )  # fmt: skip
    approve = Step(id="a", kind="click", target=target, effect="commit", commit="approve",
                   expect=Expectation(requests=(Request(method="POST", path="/ok/{{ number }}"),)))  # fmt: skip
    await do(script(approve, params={"number": Param()}), page, site, number="B1")
    assert await arrived(site, ["POST /ok/B1"]) == ["POST /ok/B1"]


async def test_texts_fields_and_tables_are_read(page: Page, site: TinySite) -> None:
    """A value inside of a sentence, a whole table with the columns that are wanted, and its use in a later step."""
    site.show("/", '<h2 id="said">Order 4711 was created</h2><input aria-label="Order">' + ROWS.format(ROW.format("A1", "1,00")))
    steps = (
        Step(id="r", kind="read", target=on("", "", tag="h2", id="said"), output="order",
             value="Order {{ outputs.order }} was created"),
        Step(id="f", kind="fill", target=on("textbox", "Order", tag="input"), value="{{ outputs.order }}"),
        Step(id="g", kind="read", target=on("textbox", "Order", tag="input"), output="again"),
        Step(id="t", kind="read", target=on("table", "", tag="table", path="table"), output="sums",
             table=Table(columns={"number": "No", "total": "Sum"})),
    )  # fmt: skip
    outputs = await do(script(*steps), page, site)
    assert outputs == {"order": "4711", "again": "4711", "sums": [{"number": "A1", "total": "1,00"}]}


async def test_conditions_and_optional_steps(page: Page, site: TinySite) -> None:
    """A condition on a parameter, one on the page, a step for what may not be there, and a value that is not given."""
    site.show("/", CLICKED.format("Large") + CLICKED.format("Small") + CLICKED.format("Seen") + '<input aria-label="Note">')
    steps = (
        click("Large", when="{{ amount > 1000 }}"),
        click("Small", when="{{ amount <= 1000 and not (kind in ['x']) }}"),
        click("Seen", when="visible: Large"),
        click("Gone", optional=True),
        Step(id="n", kind="fill", target=on("textbox", "Note", tag="input"), value="{{ note }}"),
        Step(id="r", kind="read", target=on("textbox", "Note", tag="input"), output="x", when="{{ note is given }}"),
    )
    params = {"amount": Param(type="decimal"), "kind": Param(), "note": Param(required=False)}
    assert await do(script(*steps, params=params), page, site, amount="20000", kind="y") == {}
    assert await arrived(site, ["POST /clicked/Large", "POST /clicked/Seen"]) == ["POST /clicked/Large", "POST /clicked/Seen"]


FORM = """<form><input aria-label="Day"><input aria-label="Sum"><input type=checkbox aria-label="Agree">
<select aria-label="Town"><option value=1>Ulm</option><option value=2>Bonn</option></select>
<input type=password aria-label="Pin"></form>
<div id=from draggable=true>Card</div><div id=to ondragover="event.preventDefault()"
ondrop="fetch('/dropped', {method: 'POST'})" style="width:90px;height:50px">Done list</div>
<p oncontextmenu="fetch('/menu', {method: 'POST'}); return false">Area</p>"""


async def test_fields_take_values_in_the_sites_formats(page: Page, site: TinySite) -> None:
    """Dates, numbers, boxes, lists, secrets, drags and the other mouse button."""
    site.show("/", FORM)

    def fill(name: str, value: str, fmt: str | None = None) -> Step:
        return Step(id=name, kind="fill", target=on("textbox", name, tag="input"), value=value, format=fmt)

    steps = (
        fill("Day", "{{ day }}", "d/m/yy"),
        fill("Sum", "{{ sum }}", "1'234.50"),
        Step(id="c", kind="check", target=on("checkbox", "Agree", tag="input")),
        Step(id="s", kind="select", target=on("combobox", "Town", tag="select"), value="{{ town }}"),
        fill("Pin", "{{ secrets.pin }}"),
        Step(id="d", kind="drag", target=on("", "", tag="div", id="from"), to=on("", "", tag="div", id="to"),
             to_point=(0.9, 0.1)),
        Step(id="m", kind="rightclick", target=on("", "", tag="p", text="Area")),
    )  # fmt: skip
    params = {"day": Param(type="date"), "sum": Param(type="decimal"), "town": Param()}
    await do(script(*steps, params=params, secrets=("pin",)), page, site, day="2026-02-01", sum="-1234567.5", town="Bonn")
    values = "[...document.querySelectorAll('input,select')].map(e => e.type === 'checkbox' ? e.checked : e.value)"
    shown = await page.evaluate(values)
    assert shown == ["1/2/26", "-1'234'567.50", True, "2", "s3cret"]
    assert await arrived(site, ["POST /dropped", "POST /menu"]) == ["POST /dropped", "POST /menu"]


@pytest.mark.parametrize(
    ("check", "holds"),
    [
        (Check(visible="Order {{ number }} is *"), True),
        (Check(visible="Order 12 is done"), False),
        (Check(hidden="Error"), True),
        (Check(hidden="Order"), False),
        (Check(url="{base}/"), True),
        (Check(url="**/orders/*"), False),
        (Check(http={"get": "/api/{{ number }}", "json": {"count": 1}}), True),  # type: ignore[arg-type]
        (Check(http={"get": "/api/{{ number }}", "json": {"count": 2}}), False),  # type: ignore[arg-type]
        (Check(output={"x": "^a"}), False),
    ],
)
async def test_checks_are_asserted(page: Page, site: TinySite, check: Check, holds: bool) -> None:
    """The script ends with an error where a check does not hold."""
    from playwright.async_api import expect

    expect.set_options(timeout=500)
    site.show("/", "<p>Order 4711 is filed</p>" + CLICKED.format("Go"))
    site.show("/api/4711", '{"count": 1, "more": 2}')
    source = script(click("Go"), params={"number": Param()}, success=(check,))
    try:
        if holds:
            await do(source, page, site, number="4711")
        else:
            with pytest.raises(AssertionError):
                await do(source, page, site, number="4711")
    finally:
        expect.set_options(timeout=5000)


def test_hostile_texts_stay_texts() -> None:
    """Names and tasks with quotes, braces and newlines cannot become code."""
    evil = '"); import os; os.system("x") #\n{__import__("os")}\\'
    source = script(click(evil), params={"a": Param(label=evil)}, success=(Check(visible=evil + "{{ a }}"),))
    called = [n.func for n in ast.walk(ast.parse(source)) if isinstance(n, ast.Call)]
    assert not [f for f in called if isinstance(f, ast.Attribute) and f.attr == "system"]
    assert not [f for f in called if isinstance(f, ast.Name) and f.id == "__import__"]


def test_an_element_without_any_name_is_not_guessed_at() -> None:
    """A script that would press whatever stands at a place is not written."""
    nameless = Step(id="x", kind="click", target=on("", "", tag="div"))
    with pytest.raises(ExportImpossible, match="step 2"):
        script(nameless)


async def test_the_devtools_export_chooses_by_label_what_its_change_step_cannot(context: BrowserContext) -> None:
    """The options' values are other than their labels, and the page is told; an option that is not there stays awaited."""
    def expression(fp: Fingerprint, value: str) -> str:
        step = Step(id="s", kind="select", target=Target(variants=(Variant(fingerprint=fp),)), value=value)
        procedure = Procedure(procedure="p", site="s", task="t", steps=(step,))
        workflow = Workflow.model_validate(
            {"schema": 1, "name": "w", "task": "t", "base_url": "http://x", "start": "/", "success": "none"}
        )
        (wait,) = [s for s in json.loads(export_devtools(procedure, workflow))["steps"] if s["type"] == "waitForExpression"]
        return str(wait["expression"])

    page = await context.new_page()
    await page.set_content(
        """<label>Cost centre <select id=cc onchange="document.title = value">
        <option value=1>1000 Sales<option value=4>4000 IT \n and telephony</select></label>"""
    )
    by_id = Fingerprint(tag="select", role="combobox", name="Cost centre", id="cc", capability="select")
    assert await page.evaluate(expression(by_id, "4000 IT and telephony")) is True
    assert await page.title() == "4"
    by_label = by_id.model_copy(update={"id": "", "label": "Cost centre"})
    assert await page.evaluate(expression(by_label, "1000 Sales")) is True
    assert await page.title() == "1"
    assert await page.evaluate(expression(by_id, "9000 Space")) is False
