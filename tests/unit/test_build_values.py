"""How values get their names and kinds, and which of them a page had shown before."""

from __future__ import annotations

from typing import Any

import pytest

from rpa_agent.build import Built, build_procedure
from rpa_agent.build.kinds import Evidence, kind_of_text
from rpa_agent.build.naming import name_of, slug
from rpa_agent.build.origins import around
from rpa_agent.domain.procedure import Answer
from rpa_agent.domain.recording import Act, Recording, RowSeen, SeenRequest, Shown, TableSeen
from rpa_agent.domain.target import Fingerprint, RowContext
from rpa_agent.run.read import part_of

BASE = "http://site.test"


def field(label: str = "", **more: Any) -> Fingerprint:
    return Fingerprint(**{"tag": "input", "role": "textbox", "name": label, "label": label, "capability": "fill", **more})


def typed(label: str, value: str, at: float, *, url: str = "/form", **more: Any) -> Act:
    element = more.pop("element", None) or field(label)
    page = BASE + url
    return Act(kind="fill", at=at, url=page, url_after=page, element=element, value=value, **more)


def went(at: float, url: str, to: str, *requests: SeenRequest) -> Act:
    button = Fingerprint(tag="button", role="button", name="Go", capability="click")
    return Act(kind="click", at=at, url=BASE + url, url_after=BASE + to, element=button, requests=requests)


def text(said: str, at: float, url: str, **more: Any) -> Shown:
    element = Fingerprint(**{"tag": "dd", "path": f"dl>dd{at}", "label": "Name", "in_data": True, **more.pop("traits", {})})
    return Shown(text=said, at=at, url=BASE + url, element=element, **more)


def listed(said: str, at: float, *cells: str) -> Shown:
    """A cell of a list with a number, a name and an amount in each row."""
    row = RowSeen(cells=cells, headers=("Number", "Name", "Net"), unique=(True,) * 3, own=cells.index(said), count=9)
    traits = {"tag": "td", "role": "cell", "label": row.headers[row.own], "row": RowContext(column=row.headers[row.own], count=9)}
    return text(said, at, "/list", row=row, traits=traits)


def build(*acts: Act, shown: tuple[Shown, ...] = (), language: str = "en") -> Built:
    opened = Act(kind="goto", at=0.0, url=BASE + "/list", url_after=BASE + "/list", value=BASE + "/list")
    recording = Recording(
        base_url=BASE, start=BASE + "/list", acts=(opened, *acts), shown=shown, language=language, last_url=acts[-1].url_after
    )
    return build_procedure(recording, name="values", task="Values", site="office", salt="salt")


# ---- names ----


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("Größe & Höhe", "groesse_hoehe"),
        ("Номер счёта", "nomer_scheta"),
        ("Αριθμός", "arithmos"),
        ("Prénom", "prenom"),
        ("2nd address", "value_2nd_address"),
        ("Today", "today_value"),
        ("請求書番号", "value"),
        ("Please tell us in your own words what happened there", "please_tell_us_in_your_own_words_what"),
    ],
)
def test_names_are_short_and_fit_into_templates(label: str, name: str) -> None:
    """From any language; none begins with a figure or is a word of the templates."""
    assert slug(label) == name


@pytest.mark.parametrize(
    ("traits", "name"),
    [
        ({"label": "Amount (EUR) *", "name": "Amount (EUR) *"}, "amount"),
        ({"label": "Due (dd.mm.yyyy)", "name": "Due"}, "due"),
        ({"name": "Search orders", "placeholder": "Order"}, "search_orders"),
        ({"placeholder": "Order number", "name": "Order number"}, "order_number"),
        ({"placeholder": "e.g. Jane", "near": ("First name:",)}, "first_name"),
        ({"placeholder": "dd.mm.yyyy", "near": ("Birthday",)}, "birthday"),
        ({"row": RowContext(column="Quantity")}, "quantity"),
        ({"near": ("2 x 4 =",), "name_attr": "answer"}, "answer"),
        ({"near": ("iux",), "id": "field-88123", "generated": ("id",)}, "value"),
        ({"label": "請求書番号", "name_attr": "invoiceNo"}, "invoiceno"),
    ],
)
def test_a_value_is_named_after_what_the_application_calls_its_field(traits: dict[str, Any], name: str) -> None:
    """Its label before a hint, and never a text that belongs to a record."""
    assert name_of(typed("", "x", 1, element=field(**traits))) == name


# ---- kinds ----


@pytest.mark.parametrize(
    ("label", "said", "language", "kind", "canonical", "fmt"),
    [
        ("Due", "31. Dezember 2026", "de", "date", "2026-12-31", "dd. mmmm yyyy (de)"),
        ("Due", "31 Dec 2026", "nl", "date", "2026-12-31", "dd mmm yyyy (nl)"),
        ("Due", "3.4.26", "de", "string", "3.4.26", None),
        ("Due", "3.4.2026", "de", "date", "2026-04-03", "d.m.yyyy"),
        ("Due", "03.04.26", "de", "date", "2026-04-03", "dd.mm.yy"),
        ("Net", "1’234.50", "de-CH", "decimal", "1234.50", "1’234.50"),
        ("Net", "1\u202f234,50 €", "fr", "decimal", "1234.50", "1\u202f234,50 €"),
        ("Net", "1.234,50-", "de", "decimal", "-1234.50", "1.234,50-"),
        ("Discount", "12,5 %", "de", "decimal", "12.5", "1234,5 %"),
        ("Number of guests", "4", "en", "integer", "4", "1234"),
        ("Contact", "ada@example.org", "en", "email", "ada@example.org", None),
        ("Contact", "@ada", "en", "string", "@ada", None),
    ],
)
def test_the_way_a_value_was_written_is_kept(
    label: str, said: str, language: str, kind: str, canonical: str, fmt: str | None
) -> None:
    """Months by name, short years, narrow spaces, signs around and behind."""
    got = kind_of_text(said, label, Evidence(language=language))
    assert (got.kind, got.canonical, got.format) == (kind, canonical, fmt)


@pytest.mark.parametrize(
    ("evidence", "element", "canonical"),
    [
        (Evidence(), field(), None),
        (Evidence(language="en"), field(), None),
        (Evidence(language="en-US"), field(), "2026-03-04"),
        (Evidence(language="en-US"), field(placeholder="dd/mm/yyyy"), "2026-04-03"),
        (Evidence(language="en-US"), field("Geburtstag (TT/MM/JJJJ)"), "2026-04-03"),
        (Evidence(language="en-US", month_first=False), field(), "2026-04-03"),
        (Evidence(language="en-US", later=((2.0, "3 April 2026"),)), field(), "2026-04-03"),
        (Evidence(language="en-US", later=((0.5, "3 April 2026"),)), field(), "2026-03-04"),
    ],
)
def test_a_date_with_two_readings_is_settled_by_the_best_witness(
    evidence: Evidence, element: Fingerprint, canonical: str | None
) -> None:
    """The field's hint, what a page showed afterwards, other values, the language: else it stays open."""
    got = kind_of_text("03/04/2026", "Due", evidence, act=typed("", "03/04/2026", 1.0, element=element))
    assert got.open is (canonical is None)
    assert canonical is None or got.canonical == canonical


def test_one_value_in_two_fields_is_one_parameter_only_where_that_is_no_chance() -> None:
    """A number of its own is; a one, a currency or a day is not."""
    built = build(
        typed("Order", "PO-50017", 1), typed("Reference", "PO-50017", 2), typed("From", "1", 3), typed("To", "1", 4),
        typed("Begin", "31.12.2026", 5), typed("End", "31.12.2026", 6), typed("Currency", "EUR", 7), typed("Unit", "EUR", 8),
    )  # fmt: skip
    assert list(built.examples) == ["order", "from", "to", "begin", "end", "currency", "unit"]
    assert [s.value for s in built.procedure.steps[1:3]] == ["{{ order }}", "{{ order }}"]


def test_a_code_that_is_shown_while_it_is_typed_is_a_secret_all_the_same() -> None:
    """By what its field asks for."""
    built = build(typed("One-time code", "918273", 1), typed("Note", "hello", 2))
    assert (list(built.secrets), list(built.examples)) == (["one_time_code"], ["note"])
    assert "918273" not in built.procedure.model_dump_json() + built.workflow.model_dump_json()


def test_what_is_answered_to_a_question_is_a_parameter() -> None:
    """Named after the question."""
    asked = went(1, "/form", "/form").but(dialog="prompt: Your reason?", answer=Answer(text="too late"))
    built = build(asked)
    assert built.examples == {"your_reason": "too late"}
    assert built.procedure.steps[1].answer == Answer(text="{{ your_reason }}")


# ---- where values come from ----

LIST = ("PO-50017", "Harbour Software", "1,200.00")
SENT = SeenRequest(method="POST", url=BASE + "/save", kind="document", status=200)


@pytest.mark.parametrize(
    ("shown", "value", "becomes"),
    [
        (listed("PO-50017", 0.5, *LIST), "PO-50017", "{{ outputs.number }}"),
        (listed("PO-50017", 0.5, *LIST), "po-50017", "{{ outputs.number }}"),
        (listed("Harbour Software", 0.5, *LIST), "Harbour Software", "{{ search }}"),
        (listed("1,200.00", 0.5, *LIST), "1,200.00", "{{ search }}"),
        (listed("PO-50017", 0.5, *LIST), "PO-5001", "{{ search }}"),
        (text("Ada Lovelace", 0.5, "/list"), "Ada Lovelace", "{{ outputs.name }}"),
        (text("Ada", 0.5, "/list"), "Ada", "{{ search }}"),
        (text("Ada Lovelace", 0.5, "/form"), "Ada Lovelace", "{{ search }}"),
        (text("Ada Lovelace", 3.5, "/list"), "Ada Lovelace", "{{ search }}"),
        (text("Harbour", 0.5, "/list", copied=True, traits={"label": ""}), "Harbour", "{{ outputs.value }}"),
        (text("1,200.00 EUR", 0.5, "/list"), "1200.00", "{{ outputs.name }}"),
    ],
)
def test_a_value_that_an_earlier_page_showed_is_read_there(shown: Shown, value: str, becomes: str) -> None:
    """Not what people know by themselves, what the same page says, or what came too late."""
    built = build(went(1, "/list", "/form"), typed("Search", value, 3), shown=(shown,))
    assert built.procedure.steps[-1].value == becomes


def test_what_the_person_had_typed_before_the_page_showed_it_stays_theirs() -> None:
    """The page only repeats it."""
    built = build(
        typed("Number", "PO-50017", 1, url="/list"), went(2, "/list", "/form", SENT), typed("Search", "PO-50017", 4),
        shown=(text("PO-50017", 3, "/list"),),
    )  # fmt: skip
    assert built.workflow.outputs == {}
    assert list(built.examples) == ["number"]


def test_of_two_records_with_one_text_none_is_meant() -> None:
    """Nobody knows which was read."""
    twins = tuple(listed("PO-50017", 0.5 + n, "PO-50017", f"Firm {n}", "1.00") for n in (0, 0.1))
    built = build(went(1, "/list", "/form"), typed("Search", "PO-50017", 3), shown=twins)
    assert built.workflow.outputs == {}


@pytest.mark.parametrize(
    ("said", "part", "template"),
    [
        ("Order 4711 was created.", "4711", "Order {} was created."),
        ("Order 4711", "4711", "Order {}"),
        ("Order #4711.", "4711", "Order #{}."),
        ("4711", "4711", "{}"),
        ("Order 4711 for Ada Lovelace was created", "4711", "Order {} for *"),
        ("Ada Lovelace: order 4711 of 12.11.2026", "4711", "* order {} of *"),
        ("Thanks for your order, its number is 4711 and it will be sent", "4711", "* order, its number is {} and it will be *"),
        ("No.12/4711", "4711", "*/{}"),
    ],
)
def test_of_a_sentence_only_the_words_of_the_application_are_kept(said: str, part: str, template: str) -> None:
    """Names and figures beside the part are the record's; what a run reads is what stands in the hole."""
    hole = "{{ outputs.it }}"
    made = around(said, part, hole)
    assert made == template.format(hole)
    assert part_of(said, made, "it", {}) == part
    assert part_of(said.replace(part, "99-A"), made, "it", {}) == "99-A"


def test_the_columns_of_a_table_are_named_and_typed() -> None:
    """A column is of the type that all its cells have; two with one header are told apart."""
    table = TableSeen(
        headers=("Order no.", "Net", "Date", "", "Net"),
        rows=(("PO-1", "1.00", "31.12.2026", "x", "a"), ("PO-2", "2,000.50", "01.01.2027", "", "1.00")),
    )
    element = Fingerprint(tag="table", heading="Orders")
    read = Act(kind="read", at=1, url=BASE + "/list", url_after=BASE + "/list", element=element, table=table)
    built = build(read, went(2, "/list", "/form"))
    assert built.workflow.outputs["orders"].columns == {
        "order_no": "string", "net": "decimal", "date": "date", "column_4": "string", "net_5": "string"
    }  # fmt: skip
    step = built.procedure.steps[1]
    assert step.table is not None
    assert step.table.columns == {"order_no": "Order no.", "net": "#2", "date": "Date", "column_4": "#4", "net_5": "#5"}


def test_a_record_that_nothing_names_is_not_read() -> None:
    """A run could not find it again: the value stays a parameter, though it was copied."""
    shown = listed("PO-50017", 0.5, *LIST)
    assert shown.row is not None
    twin = shown.but(row=shown.row.but(unique=(True, False, False)), copied=True)
    built = build(went(1, "/list", "/form"), typed("Search", "PO-50017", 3), shown=(twin,))
    assert (built.workflow.outputs, built.examples) == ({}, {"search": "PO-50017"})


# ---- what proves success, where nothing was announced ----


@pytest.mark.parametrize(
    ("said", "at", "check"),
    [
        ("All totals are up to date", 5.2, "All totals are up to date"),
        ("Totals of INV-7 are up to date", 5.2, "Totals of {{ number }} are up to date"),
        ("Calculated 17 totals", 5.2, None),  # figures of this one run
        ("All totals are up to date", 4.0, None),  # it stood there before
        ("All totals are up to date", 60.0, None),  # it came of itself
    ],
)
def test_a_text_that_the_last_act_brought_proves_success(said: str, at: float, check: str | None) -> None:
    """Also where the page does not announce it: a line that was not there before, in the application's own words."""
    line = Shown(text=said, at=at, url=BASE + "/list", element=Fingerprint(tag="p", path="main>p"))
    built = build(typed("Number", "INV-7", 3.0, url="/list"), went(5.0, "/list", "/list"), shown=(line,))
    assert [c.visible for c in built.workflow.checks()] == [check]
