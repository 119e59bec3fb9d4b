"""The page of plain sentences: every kind of step has one that a clerk understands, without ids and locators."""

from __future__ import annotations

from typing import Any

import pytest
from shown import build, click, element, fill, invoice, login, post

from rpa_agent.build import Built
from rpa_agent.build.telling.sentences import check_words, sentence
from rpa_agent.domain.procedure import Answer, Asked, Expectation, Step, Table
from rpa_agent.domain.target import Fingerprint, RowContext, Target, Variant
from rpa_agent.domain.workflow import Check, ExceptionRule, HttpCheck, Output


def step(kind: str, name: str = "Save", capability: str = "click", *, traits: dict[str, Any] | None = None, **more: Any) -> Step:
    target = Target(variants=(Variant(fingerprint=element(name, capability, **(traits or {}))),))
    return Step.model_validate({"id": "s1", "kind": kind, "target": target, **more})


DROP = Target(variants=(Variant(fingerprint=element("Done")),))
PAGED = Target(
    variants=(Variant(fingerprint=Fingerprint(tag="table", role="table", name="Open invoices")),),
    pager=Variant(fingerprint=element("Next", "click")),
)


@pytest.mark.parametrize(
    ("shown", "told"),
    [
        (Step(id="s", kind="goto", value="{base}/invoices"), "Open the site at /invoices."),
        (step("click"), "Click the button “Save”."),
        (step("dblclick"), "Double-click the button “Save”."),
        (step("rightclick"), "Right-click the button “Save”."),
        (step("click", value="Control"), "Click the button “Save” while holding Control."),
        (step("click", "Map", traits={"role": "", "tag": "canvas"}, point=(0.25, 0.5)),
         "Click the drawing area “Map” at 25% from its left and 50% from its top."),
        (step("fill", "Amount", "fill", value="{{ amount }}"), "Type ‹amount› into the field “Amount”."),
        (step("fill", "Note", "fill", value="urgent"), "Type “urgent” into the field “Note”."),
        (step("fill", "Note", "fill"), "Empty the field “Note”."),
        (step("fill", "Password", "fill", value="{{ secrets.password }}"),
         "Type the secret ‹password› into the field “Password”."),
        (step("fill", "Number", "fill", value="{{ outputs.order }}"), "Type ‹order› into the field “Number”."),
        (step("fill", "Due", "fill", value="{{ today + 30 }}"), "Type ‹today + 30 days› into the field “Due”."),
        (step("select", "Currency", "select", value="{{ currency }}"), "Choose ‹currency› in the list “Currency”."),
        (step("check", "Urgent", "check"), "Tick the box “Urgent”."),
        (step("uncheck", "Urgent", "check"), "Untick the box “Urgent”."),
        (step("press", "Search", "fill", value="Enter"), "Press Enter in the field “Search”."),
        (Step(id="s", kind="press", value="Control+S"), "Press Control+S."),
        (step("upload", "Receipt", "click", value="{{ receipt }}"), "Upload the file ‹receipt› at the button “Receipt”."),
        (step("hover", "Reports"), "Point at the button “Reports”."),
        (step("drag", "Card", to=DROP), "Drag the button “Card” to the field “Done”."),
        (step("drag", "Box", point=(0.5, 0.5), to_point=(7.2, 3.0)), "Drag the button “Box” to the right and down."),
        (step("fill", "Pick a day", value="{{ due }}"), "Choose ‹due› at the button “Pick a day”."),
        (step("scroll", "Row 99"), "Scroll until the button “Row 99” is there."),
        (Step(id="s", kind="scroll"), "Scroll down until more is there."),
        (Step(id="s", kind="back"), "Go back one page."),
        (step("read", "Number", output="number"), "Read the button “Number” and keep it as ‹number›."),
        (step("read", "Note", output="order", value="Order {{ outputs.order }} was created"),
         "Read the button “Note” (the part in “Order ‹order› was created”) and keep it as ‹order›."),
        (Step(id="s", kind="read", target=PAGED, output="open", table=Table(columns={"number": "No.", "amount": "Sum"})),
         "Read the table the table “Open invoices” as records (number, amount), page by page, and keep it as ‹open›."),
        (step("click", expect=Expectation(dialog="confirm: Really send {{ number }}?")),
         "Click the button “Save”. The page asks “Really send ‹number›?”; answer with OK."),
        (step("click", expect=Expectation(dialog="confirm: Delete?"), answer=Answer(accept=False)),
         "Click the button “Save”. The page asks “Delete?”; answer with Cancel."),
        (step("click", expect=Expectation(dialog="prompt: Why?"), answer=Answer(text="{{ reason }}")),
         "Click the button “Save”. The page asks “Why?”; type ‹reason› and answer with OK."),
        (step("click", expect=Expectation(dialog="alert: Saved")), "Click the button “Save”. The page says “Saved”; close it."),
        (step("click", expect=Expectation(dialog="confirm: Sure?"),
              further=(Asked(question="prompt: Why?", answer=Answer(text="{{ reason }}")),), closes=True),
         "Click the button “Save”. The page asks “Sure?”; answer with OK."
         " Then the page asks “Why?”; type ‹reason› and answer with OK. Its tab is closed."),
        (step("click", expect=Expectation(popup="{base}/print")), "Click the button “Save”. A new tab opens."),
        (step("click", expect=Expectation(download="report-*.pdf"), output="report"),
         "Click the button “Save”. The file “report-*.pdf” is downloaded, kept as ‹report›."),
        (step("click", tab=1), "In the second tab: Click the button “Save”."),
        (step("click", optional=True), "If it is there: Click the button “Save”."),
        (step("click", when="{{ amount > 10000 }}"), "Only when amount is more than 10000: Click the button “Save”."),
        (step("click", when="visible: Details"), "Only when the page shows “Details”: Click the button “Save”."),
        (step("click", "Approve", traits={"row": RowContext(key="{{ number }}")}),
         "Click the button “Approve” in the row of ‹number›."),
        (step("click", traits={"frames": ("messages",)}), "Click the button “Save” in the frame “messages”."),
        (step("click", traits={"frames": ("/embed/*",)}), "Click the button “Save” in an embedded page."),
        (step("click", "", traits={"id": "x91", "near": ("Amount",)}), "Click the button without a name beside “Amount”."),
        (step("click", "Aa 9#h:1a2b,3c4d"), "Click the button whose text is a record's own."),
    ],
)  # fmt: skip
def test_each_step_has_its_sentence(shown: Step, told: str) -> None:
    """As a person would tell a colleague; values are called by their names."""
    assert sentence(shown) == told


@pytest.mark.parametrize(
    ("check", "told"),
    [
        (Check(visible="Filed {{ number }}"), "the page shows “Filed ‹number›”"),
        (Check(hidden="Error"), "the page does not show “Error”"),
        (Check(url="**/invoices/*"), "the address is like **/invoices/*"),
        (Check(output={"id": "^INV"}), "id looks like ^INV"),
        (Check(http=HttpCheck(get="/api?n={{ number }}")), "the site confirms it (http /api?n=‹number›)"),
    ],
)
def test_each_check_has_its_words(check: Check, told: str) -> None:
    """What proves success, so that a person can tell whether it does."""
    assert check_words(check) == told


def test_the_page_tells_what_sends_and_why_what_varies_what_is_secret_and_what_proves_it() -> None:
    """With types and examples, and the numbers of the steps concerned."""
    page = "\n".join(invoice().sentences)
    assert "9. Click the button “Save”. This SENDS (POST /invoices)." in page
    assert "Sends something: step 9 (save), because it sends POST /invoices." in page
    assert "  amount (number), as in “1234.50” [step 6]" in page
    assert "Secret, and never written down: user [step 2], password [step 3]." in page
    assert "Success is: the page shows “Invoice ‹number› was filed”" in page


def test_memory_keeps_the_words_without_the_values() -> None:
    """The script goes into memory; examples are for the person's eyes."""
    built = invoice(currency="Kronen")
    assert "Kronen" in "\n".join(built.sentences)
    assert "RE-77" in "\n".join(built.sentences)
    assert "Kronen" not in built.procedure.script
    assert "RE-77" not in built.procedure.script
    assert "9. Click the button “Save”" in built.procedure.script


def test_what_could_be_read_in_two_ways_is_asked_with_the_words_that_answer_it() -> None:
    """By step, with both readings."""
    built: Built = build(*login(), fill("Due date", "03/04/2026"), click("Save", post("/save", d="03/04/2026")), language="")
    asked = next(s for s in built.sentences if "can be read as" in s)
    assert "3 April 2026 (dd/mm/yyyy) or 4 March 2026 (mm/dd/yyyy)" in asked
    assert "“5 reading dd/mm/yyyy”" in asked


def test_exceptions_rows_and_outputs_are_told() -> None:
    """Whatever a workflow says has its line."""
    from dataclasses import replace

    from rpa_agent.build import told
    from rpa_agent.domain.workflow import Rows

    built = invoice()
    workflow = built.workflow.but(
        rows=Rows(file="data/x.csv", key="number"),
        outputs={"invoice_id": Output()},
        exceptions=(ExceptionRule(name="duplicate", when=Check(visible="*already exists*")),),
    )
    page = told(replace(built, workflow=workflow)).sentences
    assert "Runs once per row of data/x.csv, told apart by number." in page
    assert "Brings back: invoice_id." in page
    assert "Ends as 'duplicate', which is no fault, when the page shows “*already exists*”." in page
