"""Hand-made surveys of an invoice form: as it was shown, relabelled and moved, and as a dialog with a wizard."""

from __future__ import annotations

from typing import Any

from rpa_agent.domain.procedure import Page, Step
from rpa_agent.domain.proposal import Break, Candidate, Proposal, Survey
from rpa_agent.domain.target import Fingerprint, RowContext, Target, Variant
from rpa_agent.repair.ladder import default_ladder

SEEN: dict[str, Any] = {"viewport": (1280, 800), "landmark": "main"}


def field(label: str, name_attr: str = "", **more: Any) -> Fingerprint:
    """An input with a label, as classic forms have it."""
    traits = {
        "tag": "input", "role": "textbox", "name": label, "label": label, "capability": "fill", "type": "text",
        "name_attr": name_attr, "near": (label,), "path": "main>form>fieldset>div>div>input", **SEEN, **more,
    }
    return Fingerprint(**traits)


def button(name: str, **more: Any) -> Fingerprint:
    """A button with a text."""
    traits = {
        "tag": "button", "role": "button", "name": name, "text": name, "capability": "click", "type": "button",
        "path": "main>form>div>button", **SEEN, **more,
    }
    return Fingerprint(**traits)


def link(name: str, href: str, **more: Any) -> Fingerprint:
    """A link with a text."""
    traits = {
        "tag": "a", "role": "link", "name": name, "text": name, "capability": "click", "href": href,
        "path": "main>div>a", **SEEN, **more,
    }
    return Fingerprint(**traits)


def in_row(fingerprint: Fingerprint, key: str, *, column: str = "Action", index: int = 0) -> Fingerprint:
    """The same element in a table row."""
    return fingerprint.model_copy(update={"row": RowContext(key=key, column=column, index=index, count=10)})


def changed(fingerprint: Fingerprint, **changes: Any) -> Fingerprint:
    """The same element with other traits."""
    return fingerprint.model_copy(update=changes)


def placed(*fingerprints: Fingerprint) -> list[Fingerprint]:
    """The elements one below the other, as a page shows them."""
    return [
        p.model_copy(update={"box": (200.0, 120.0 + 44 * at, 320.0, 32.0), "index": at % 6})
        for at, p in enumerate(fingerprints)
    ]


def survey(*elements: Fingerprint | Candidate, **facts: Any) -> Survey:
    """A page with these elements, addressed by their numbers."""
    candidates = []
    for at, element in enumerate(elements):
        found = element if isinstance(element, Candidate) else Candidate(ref="", fingerprint=element)
        candidates.append(found.model_copy(update={"ref": str(at)}))
    page = {"url": "http://site/invoices/new", "title": "New invoice", "candidates": tuple(candidates)}
    return Survey(**{**page, **facts})


def live(fingerprint: Fingerprint, **facts: Any) -> Candidate:
    """A live element with facts about how it is shown."""
    return Candidate(ref="", fingerprint=fingerprint, **facts)


def step(target: Fingerprint | None, kind: str = "click", effect: str = "none", **more: Any) -> Step:
    """A recorded step on one target."""
    found = Target(variants=(Variant(fingerprint=target),), page="pg_new") if target else None
    told = {"id": f"s_{target.name if target else kind}", "kind": kind, "effect": effect, "target": found}
    return Step(**{**told, **more})


def broken(target: Step, *known: Step, why: str = "missing", **more: Any) -> Break:
    """A break at a step of a page with other recorded steps."""
    return Break(**{"step": target, "why": why, "known": (target, *known), **more})


def rows_of(*fingerprints: Fingerprint) -> Page:
    """The compact rows that a recording keeps of a page."""
    return Page(template="/invoices/new", elements=tuple(
        (p.role, p.name, p.tag, p.type, p.id, p.name_attr, p.landmark, p.heading, p.path) for p in fingerprints
    ))


async def propose(break_: Break, view: Survey, *, synonyms: bool = True) -> list[Proposal]:
    """What the ladder without a model proposes."""
    return await default_ladder(synonyms=synonyms).propose(break_, view, 5.0)


# ---- generation 1: a classic form ---------------------------------------------------------------------------------

FORM: dict[str, Any] = {"form": "/invoices"}
SUPPLIER = field("Supplier", "supplier", id="invoice_supplier", heading="Document", **FORM)
NUMBER = field("Invoice number", "number", id="invoice_number", heading="Document", **FORM)
DUE = field("Due date", "due_date", id="invoice_due_date", heading="Document", placeholder="dd.mm.yyyy", **FORM)
AMOUNT = field("Amount", "amount", id="invoice_amount", heading="Amounts", placeholder="0,00", **FORM)
CENTRE = field(
    "Cost centre", "cost_centre", id="invoice_cost_centre", heading="Booking", tag="select", role="combobox",
    capability="select", type="", path="main>form>fieldset>div>div>select", **FORM,
)
NOTE = field("Note", "note", id="invoice_note", heading="Remarks", **FORM)
BAR: dict[str, Any] = {"heading": "Remarks", **FORM}
SAVE = button("Save", type="submit", id="invoice_save", classes=("btn", "btn-primary"), **BAR)
DISCARD = button("Discard draft", type="submit", id="invoice_discard", classes=("btn", "btn-danger"), **BAR)
CANCEL = link("Cancel", "/invoices", **BAR)
MENU = tuple(
    link(name, href, landmark="navigation", path="nav>ul>li>a")
    for name, href in (("Invoices", "/invoices"), ("Payments", "/payments"), ("Reports", "/reports"), ("Help", "/help"))
)
FIELDS = (SUPPLIER, NUMBER, DUE, AMOUNT, CENTRE, NOTE)
GEN1 = placed(*FIELDS, SAVE, DISCARD, CANCEL, *MENU)
STEPS = tuple(step(p, "select" if p is CENTRE else "fill", "draft") for p in FIELDS)
FILE = step(SAVE, "click", "commit", commit="file-invoice")


def gen2() -> list[Fingerprint]:
    """Relabelled and moved: ids made by a build tool, other section headings, other order."""
    made: dict[str, Any] = {"generated": ("id",), "classes": ("bo-input",)}

    def now(was: Fingerprint, label: str, heading: str, number: int, **more: Any) -> Fingerprint:
        texts = {"name": label, "label": label, "near": (label,)}
        return changed(was, **texts, heading=heading, id=f"fld-{number:05x}", **made, **more)

    built: dict[str, Any] = {"generated": ("id",), "classes": ("bo-btn",), "heading": "Further details", **FORM}
    return placed(
        now(NUMBER, "Invoice no.", "Vendor and dates", 0x3FA91, name_attr="invoice_no"),
        now(SUPPLIER, "Vendor", "Vendor and dates", 0x91BC0),
        now(AMOUNT, "Total amount", "Booking", 0x0A3D1, name_attr="total_amount"),
        now(CENTRE, "Cost center", "Booking", 0x77AB2),
        now(DUE, "Payable by", "Vendor and dates", 0xC0FFE),
        now(NOTE, "Remarks", "Further details", 0x12D4E),
        button("File invoice", type="submit", id="fld-aa019", **built),
        button("Delete draft", type="submit", id="fld-bb112", **built),
        link("Back", "/invoices", heading="Further details", **FORM),
        *MENU,
    )


# ---- generation 3: a dialog with a wizard, a cookie bar, a question before sending ---------------------------------

WIZARD: dict[str, Any] = {"form": "/invoices", "dialog": "Add invoice"}
COOKIES = "We use cookies for sign-in and to measure how this application is used. Only necessary Accept all"


def gen3() -> list[Candidate]:
    """The first page of the wizard is open; amount, note and the sending button are on later pages."""
    bar: dict[str, Any] = {
        "landmark": "region", "near": ("We use cookies for sign-in and to measure how this application is used.",),
        "path": "body>div>button",
    }
    gross = {"name": "Gross amount", "label": "Gross amount", "name_attr": "grossAmount"}
    hidden = [changed(AMOUNT, **gross, **WIZARD), button("File", type="submit", **WIZARD)]
    return [
        live(link("Invoices", "/invoices", landmark="navigation")),
        live(changed(SUPPLIER, id="field-0042-supplier", role="combobox", **WIZARD)),
        live(changed(NUMBER, name="Document number", label="Document number", name_attr="documentNumber", **WIZARD)),
        live(button("Next", **WIZARD)),
        live(button("Close", **WIZARD)),
        *(live(p, visible=False) for p in hidden),
        live(button("Only necessary", **bar)),
        live(button("Accept all", **bar)),
    ]


def tab(name: str, *, selected: bool) -> Candidate:
    """A tab of a page in parts."""
    return live(button(name, role="tab", path="main>div>button"), selected=selected)


CUSTOMER_TABS = (
    tab("General", selected=True), tab("Address", selected=False), tab("Accounting", selected=False),
    live(field("Name", "name", heading="General")), live(button("Save", type="submit", heading="General")),
)
