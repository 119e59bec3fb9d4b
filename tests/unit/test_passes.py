"""A demonstration of several records: what is folded into one procedure with rows, and what is left as it was shown."""

from __future__ import annotations

from typing import Any

import pytest

from rpa_agent.build.parameters import find_parameters
from rpa_agent.build.several.passes import Passes, fold_passes
from rpa_agent.domain.recording import Act, Recording, RowSeen, SeenRequest
from rpa_agent.domain.target import Fingerprint, RowContext

BASE = "http://site.test"


def element(name: str, capability: str, **more: Any) -> Fingerprint:
    role = {"fill": "textbox", "click": "button", "select": "combobox"}[capability]
    tag = {"click": "button", "select": "select"}.get(capability, "input")
    label = name if capability != "click" else ""
    return Fingerprint(**{"tag": tag, "role": role, "name": name, "label": label, "capability": capability, **more})


def act(kind: str, name: str, capability: str, url: str, **more: Any) -> Act:
    traits = more.pop("traits", {})
    told = {"kind": kind, "url": BASE + url, "url_after": BASE + url, "element": element(name, capability, **traits)}
    return Act(**{**told, **more})


def fill(label: str, value: str, *, url: str = "/new", **more: Any) -> Act:
    return act("fill", label, "fill", url, value=value, **more)


def click(name: str, *, url: str = "/new", to: str | None = None, sends: str = "", **more: Any) -> Act:
    sent = (SeenRequest(method="POST", url=BASE + sends, kind="document", status=200),) if sends else ()
    return act("click", name, "click", url, url_after=BASE + (to or url), requests=sent, **more)


def approve(number: str, record: int, word: str = "Approve", *, at: int = 9, **more: Any) -> Act:
    """The button in the row of an invoice, which is the same button in all rows."""
    cells = (number, f"Firm {record}", word)
    row = RowSeen(cells=cells, headers=("Number", "Supplier", ""), unique=(True, True, False), own=2, count=at)
    traits = {"in_data": True, "unique": {"name": at}, "row": RowContext(key=number, column="Action", count=at)}
    return click(word, url="/approvals", sends=f"/invoices/{record}/{word.lower()}", traits=traits, row=row, **more)


def shown(*acts: Act, **more: Any) -> Recording:
    opened = Act(kind="goto", url=BASE + "/", url_after=BASE + "/", value=BASE + "/")
    told = {"base_url": BASE, "start": BASE + "/", "acts": (opened, *acts), "last_url": acts[-1].url_after}
    return Recording(**{**told, **more})


def folded(*acts: Act, **more: Any) -> Passes | None:
    recording = shown(*acts, **more)
    return fold_passes(recording.acts, recording, find=find_parameters)


def told(passes: Passes | None) -> list[str]:
    assert passes is not None
    return [a.element.name for a in passes.acts if a.element]


LOGIN = (
    fill("User", "clerk", url="/login"),
    fill("Password", "k", url="/login", secret=True),
    click("Sign in", url="/login", to="/", sends="/login"),
)
NEW = click("New", url="/invoices", to="/new")
LIST = click("Invoices", url="/", to="/invoices")


def enter(number: str, amount: str, *more: Act) -> tuple[Act, ...]:
    saved = click("Save", to=f"/invoices/{len(number)}", sends="/invoices")
    return (fill("Number", number), fill("Amount", amount), *more, saved)


# ---- what is folded ------------------------------------------------------------------------------------------------


def test_two_passes_are_one_procedure_and_two_rows() -> None:
    """What comes before both is kept outside, and the values that differ are the rows."""
    passes = folded(*LOGIN, LIST, NEW, *enter("RE-1", "10.50"), LIST, NEW, *enter("RE-22", "7.25"))
    assert told(passes) == ["User", "Password", "Sign in", "Invoices", "New", "Number", "Amount", "Save"]
    assert passes is not None
    assert passes.rows == ({"number": "RE-1", "amount": "10.50"}, {"number": "RE-22", "amount": "7.25"})
    assert passes.key == "number"


def test_three_passes_are_three_rows() -> None:
    """As many as were shown."""
    passes = folded(NEW, *enter("A-1", "1.10"), NEW, *enter("A-2", "1.20"), NEW, *enter("A-3", "1.30"))
    assert passes is not None
    assert [r["number"] for r in passes.rows] == ["A-1", "A-2", "A-3"]


def test_records_picked_in_their_rows_are_told_apart_by_what_names_the_row() -> None:
    """Nothing is typed: the row that was chosen is the value."""
    passes = folded(*LOGIN, approve("RE-1", 7), approve("RE-2", 8))
    assert told(passes) == ["User", "Password", "Sign in", "Approve"]
    assert passes is not None
    assert passes.rows == ({"number": "RE-1"}, {"number": "RE-2"})
    assert passes.key == "number"


def test_what_is_looked_up_for_each_record_is_a_row_although_its_page_stays() -> None:
    """Nothing is sent and no page is left, but the server was asked for each of them."""
    asked = SeenRequest(method="GET", url=BASE + "/api/stock", kind="fetch", status=200)
    find = [click("Find").but(requests=(asked,)) for _ in range(2)]
    passes = folded(fill("Article", "A-100"), find[0], fill("Article", "B-200"), find[1])
    assert passes is not None
    assert passes.rows == ({"article": "A-100"}, {"article": "B-200"})


def test_the_way_from_one_record_to_the_next_is_not_part_of_a_row() -> None:
    """A row begins at the first step, so a link that only the second pass took leads nowhere new."""
    another = click("Enter another", url="/invoices/4", to="/new")
    passes = folded(LIST, NEW, *enter("RE-1", "10.50"), another, *enter("RE-2", "7.25"))
    assert told(passes) == ["Invoices", "New", "Number", "Amount", "Save"]


def test_a_page_of_the_list_that_was_turned_is_no_step_of_the_fold() -> None:
    """The second record stood on the second page."""
    pager = element("Next", "click", role="link", tag="a")
    turned = click("Next", url="/approvals", pager=pager, traits={"role": "link", "tag": "a"})
    passes = folded(*LOGIN, approve("RE-1", 7), turned, approve("RE-2", 8, pager=pager))
    assert told(passes) == ["User", "Password", "Sign in", "Approve"]
    assert passes is not None
    assert passes.acts[-1].pager == pager


def test_what_follows_the_last_record_stays_behind_all() -> None:
    """Logging out is done after each row."""
    passes = folded(NEW, *enter("RE-1", "10.50"), NEW, *enter("RE-2", "7.25"), click("Log out", url="/", to="/login"))
    assert told(passes)[-2:] == ["Save", "Log out"]


def test_what_is_done_after_every_record_is_one_step() -> None:
    """The message that closes each pass, also the last."""
    close = click("Close", url="/invoices/4", to="/invoices")
    passes = folded(NEW, *enter("RE-1", "10.50"), close, NEW, *enter("RE-2", "7.25"), close)
    assert told(passes) == ["New", "Number", "Amount", "Save", "Close"]


# ---- small differences ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("at", [0, 1])
def test_a_field_that_only_one_pass_filled_is_optional(at: int) -> None:
    """Its column is empty in the other row."""
    extra = [(), ()]
    extra[at] = (fill("Note", "urgent"),)
    passes = folded(NEW, *enter("RE-1", "10.50", *extra[0]), NEW, *enter("RE-2", "7.25", *extra[1]))
    assert told(passes) == ["New", "Number", "Amount", "Note", "Save"]
    assert passes is not None
    assert passes.found.params["note"].required is False
    assert passes.found.params["number"].required is True
    assert [r.get("note") for r in passes.rows] == ["urgent" if n == at else None for n in range(2)]


def test_fields_may_be_filled_in_another_order() -> None:
    """The first pass's order is kept."""
    number, amount, save = enter("RE-2", "7.25")
    passes = folded(NEW, *enter("RE-1", "10.50"), NEW, amount, number, save)
    assert told(passes) == ["New", "Number", "Amount", "Save"]
    assert passes is not None
    assert passes.rows[1] == {"number": "RE-2", "amount": "7.25"}


def test_a_value_entered_once_before_all_records_is_shared_by_the_rows() -> None:
    """A filter on the list is on the way to every record, and is no optional field of the first."""
    filtered = fill("Month", "2026-11", url="/approvals", traits={"form": "filter"})
    passes = folded(filtered, approve("RE-1", 7), approve("RE-2", 8))
    assert passes is not None
    assert passes.found.params["month"].required is True
    assert [r["month"] for r in passes.rows] == ["2026-11", "2026-11"]


def test_what_was_equal_in_all_passes_stays_a_column() -> None:
    """Two records prove no rule, and a constant would be kept with the procedure."""
    first, second = (enter(n, a, fill("Centre", "4000")) for n, a in (("RE-1", "10.50"), ("RE-2", "7.25")))
    passes = folded(NEW, *first, NEW, *second)
    assert passes is not None
    assert [r["centre"] for r in passes.rows] == ["4000", "4000"]


def test_a_column_holds_every_passs_value() -> None:
    """A code that looked like a number in one pass is a text where another shows letters."""
    passes = folded(NEW, *enter("RE-1", "12.50"), NEW, *enter("RE-2", "ask me"))
    assert passes is not None
    assert passes.found.params["amount"].type == "string"


# ---- what the page said --------------------------------------------------------------------------------------------


def test_what_was_said_of_the_last_record_is_read_as_of_the_first() -> None:
    """So that the sentence proves any row, and no record's words stay in it."""
    passes = folded(approve("RE-100", 7), approve("RE-200", 8), last_texts=("Invoice RE-200 of Firm 8 was approved",))
    assert passes is not None
    assert passes.recording.last_texts == ("Invoice RE-100 of Firm 7 was approved",)


def test_only_what_was_said_in_all_passes_is_expected() -> None:
    """How many are left is said once and never again."""
    one = approve("RE-100", 7, texts=("RE-100 was approved", "Eight are left"))
    two = approve("RE-200", 8, texts=("RE-200 was approved", "Seven are left"))
    passes = folded(one, two)
    assert passes is not None
    assert passes.acts[-1].texts == ("RE-100 was approved",)


def test_an_address_that_differs_in_a_word_is_the_records_own() -> None:
    """Pages are named after records in words too."""
    one, two = (
        (NEW, fill("Name", n), click("Save", to=f"/suppliers/{n.lower()}", sends="/suppliers")) for n in ("Acme", "Beta")
    )
    passes = folded(*one, *two)
    assert passes is not None
    assert passes.acts[-1].url_after == BASE + "/suppliers/0"


# ---- what is not folded --------------------------------------------------------------------------------------------

OTHER_FORM = (fill("Number", "C-1", url="/credit/new"), click("Save", url="/credit/new", sends="/credit"))

NO_FOLD: dict[str, tuple[Act, ...]] = {
    "one record": (NEW, *enter("RE-1", "10.50")),
    "the same record twice": (NEW, *enter("RE-1", "10.50"), NEW, *enter("RE-1", "10.50")),
    "another button": (approve("RE-1", 7), approve("RE-2", 8, "Reject")),
    "another button at the end": (approve("RE-1", 7), approve("RE-2", 8), approve("RE-3", 9, "Reject")),
    "the same words on another page": (NEW, fill("Number", "RE-1"), click("Save", sends="/invoices"), *OTHER_FORM),
    "the same button sends something else": (
        NEW, *enter("RE-1", "10.50"), NEW, fill("Number", "RE-2"), fill("Amount", "1.25"), click("Save", sends="/credit"),
    ),
    "a click that only one pass has": (
        NEW, *enter("RE-1", "10.50"), NEW, *enter("RE-2", "7.25", click("Urgent")),
    ),
    "something is sent once before": (click("Open day", url="/", sends="/day"), approve("RE-1", 7), approve("RE-2", 8)),
    "something is sent once after": (approve("RE-1", 7), approve("RE-2", 8), click("Close day", url="/", sends="/day")),
    "lines of one record": (
        NEW, fill("Item", "Pens"), click("Add line"), fill("Item", "Ink"), click("Add line"), click("Save", sends="/i"),
    ),
    "lines that are sent, of one record": (
        NEW, fill("Item", "Pens"), click("Add line", sends="/lines"), fill("Item", "Ink"),
        click("Add line", sends="/lines"), click("Save", sends="/i"),
    ),
    "addresses that no value names": (
        Act(kind="goto", url=BASE + "/invoices/7", value=BASE + "/invoices/7"),
        fill("Note", "first", url="/invoices/7"), click("Approve", url="/invoices/7", sends="/a"),
        Act(kind="goto", url=BASE + "/invoices/8", value=BASE + "/invoices/8"),
        fill("Note", "second", url="/invoices/8"), click("Approve", url="/invoices/8", sends="/a"),
    ),
    "the same button on the page of another record": (
        fill("Note", "first", url="/invoices/7"), click("Approve", url="/invoices/7", sends="/a", to="/next"),
        click("Next", url="/next", to="/invoices/8"),
        fill("Note", "second", url="/invoices/8"), click("Approve", url="/invoices/8", sends="/a"),
    ),
    "the same button on the page of a record that its query names": (
        fill("Note", "first", url="/invoice?id=7"), click("Approve", url="/invoice?id=7", sends="/a"),
        fill("Note", "second", url="/invoice?id=8&said=ok"), click("Approve", url="/invoice?id=8", sends="/a"),
    ),
    "a field of the same name elsewhere": (
        fill("Name", "Ada", traits={"landmark": "main"}), click("Save", sends="/i"),
        fill("Name", "Eve", traits={"landmark": "search"}), click("Save", sends="/i"),
    ),
    "one guess upon another": (
        fill("Guess", "4"), click("Try"), fill("Guess", "7"), click("Try"), fill("Guess", "6"), click("Try"),
    ),
    "one command upon another": (
        fill("Command", "ls"), act("press", "Command", "fill", "/new", value="Enter"),
        fill("Command", "rm notes"), act("press", "Command", "fill", "/new", value="Enter"),
    ),
    "a search that only the second record needed": (
        approve("RE-1", 7), fill("Search", "RE-2", url="/approvals"), click("Find", url="/approvals"), approve("RE-2", 8),
    ),
}  # fmt: skip


@pytest.mark.parametrize("acts", NO_FOLD.values(), ids=NO_FOLD.keys())
def test_what_only_looks_alike_is_left_as_it_was_shown(acts: tuple[Act, ...]) -> None:
    """No step may be lost, and none may be done for a row that was done once."""
    assert folded(*acts) is None


def test_rows_that_nothing_names_are_not_folded() -> None:
    """A position is no record: the second row of today is another one tomorrow."""
    nameless = [a.but(row=RowSeen(cells=("", "x", "Approve"), unique=(False, False, False), own=2, count=9))
                for a in (approve("RE-1", 7), approve("RE-2", 8))]
    different = [nameless[0], nameless[1].but(row=nameless[1].row.but(cells=("", "y", "Approve")))]  # type: ignore[union-attr]
    assert folded(*different) is None
    noted = (fill("Note", "first", url="/approvals"), different[0], fill("Note", "second", url="/approvals"), different[1])
    assert folded(*noted) is None


def test_all_records_are_picked_by_a_column_that_names_each_of_them() -> None:
    """The first one's number was unique on its page, and the second one's was not; their firms were on both."""
    second = approve("RE-2", 8)
    assert second.row is not None
    passes = folded(approve("RE-1", 7), second.but(row=second.row.but(unique=(False, True, False))))
    assert passes is not None
    assert passes.rows == ({"supplier": "Firm 7"}, {"supplier": "Firm 8"})


def test_two_fields_with_one_value_in_one_pass_and_two_in_another_are_not_folded() -> None:
    """One parameter cannot hold both."""
    first = (fill("Name", "Long name A"), fill("Name", "Long name A"), click("Save", sends="/i"))
    second = (fill("Name", "Long name B"), fill("Name", "Long name C"), click("Save", sends="/i"))
    assert folded(NEW, *first, NEW, *second) is None
