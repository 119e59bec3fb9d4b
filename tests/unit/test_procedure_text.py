"""A procedure as text: the same for the same know-how, nothing lost on the way back, every slip told by line and key."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shown import invoice

from rpa_agent.domain.errors import ProcedureInvalid
from rpa_agent.domain.procedure import Answer, Expectation, Page, Procedure, Request, Step, Table
from rpa_agent.domain.target import Fingerprint, RowContext, Target, Variant
from rpa_agent.domain.workflow import Param
from rpa_agent.store.procedure_text import from_text, to_text, version_in

PARAMS = {"number": Param(), "amount": Param(type="decimal")}
SAVE = Fingerprint(
    tag="button", role="button", name="Save", capability="click", row=RowContext(key="{{ number }}"), near=("Amount",),
    box=(1, 2.5, 3, 4), unique={"name": 1},
)  # fmt: skip
MASKED = Fingerprint(tag="a", role="link", name="Aa 9#h:1a2b,3c4d", capability="click", in_data=True)


def full() -> Procedure:
    """A procedure that uses every field."""
    look = Variant(fingerprint=SAVE, locators=('role=button[name="Save"s]',), seen=12, failed=1, first="2026-11-01")
    other = Variant(fingerprint=MASKED, came_from="fingerprint", via=(look,), seen=3, last="2026-11-22")
    send = Step(
        id="s2", kind="click", effect="commit", commit="file-it", reason="sends POST /x", when="{{ amount > 10000 }}",
        target=Target(variants=(look, other), page="pg_1", pager=look), tab=1, answer=Answer(text="because {{ number }}"),
        expect=Expectation(
            url="{base}/x/*", requests=(Request(method="POST", path="/x", fields={"n": "number", "t": ""}),),
            texts=("Filed: {{ number }}",), settle_ms=40,
        ),
    )  # fmt: skip
    steps = (
        Step(id="s0", kind="goto", value="{base}/x"),
        Step(id="s1", kind="fill", value="{{ amount }}", format="1.234,50", target=Target(variants=(look,), page="pg_1")),
        send,
        Step(id="s3", kind="read", output="rows", table=Table(columns={"no": "No."}), target=Target(variants=(other,)),
             when='visible: "Further: details"'),
        Step(id="s4", kind="fill", value="{{ secrets.pin }} {{ outputs.rows }}", target=Target(variants=(look,))),
        Step(id="s5", kind="drag", target=Target(variants=(look,)), to=Target(variants=(other,)), point=(0.5, 0.25)),
    )  # fmt: skip
    rows = (("button", "Save | all", "button", ""), ("link", "a\\b", "", " x "), (), ("",))
    pages = {"pg_1": Page(template="{base}/x", title="Ä: ü", elements=rows), "pg_0": Page(template="{base}/y")}
    return Procedure(
        procedure="p_1", site="office", task="File: it", params=("number", "amount"), secrets=("pin",), steps=steps,
        pages=pages, script="1. Open.\n\n2. Say “yes”: no.", facts=("File it", "yes"),
    )  # fmt: skip


def back(text: str, before: Procedure | None = None, params: dict[str, Param] | None = PARAMS) -> Procedure:
    return from_text(text, before or full(), params, where="edited.yaml")


def refused(text: str) -> str:
    with pytest.raises(ProcedureInvalid) as error:
        back(text)
    return error.value.message


# ---- there and back ----


def test_nothing_is_lost_on_the_way() -> None:
    """Counts are left out of the text and put back from the version."""
    text = to_text(full(), version=3)
    assert back(text) == full()
    assert text.count("seen: 12") == 4, "only where no run counts on"
    assert version_in(text, "x") == 3


def test_a_recorded_procedure_comes_back_as_it_was() -> None:
    """As `record` makes them."""
    built = invoice()
    assert from_text(to_text(built.procedure), built.procedure, dict(built.workflow.params), where="x") == built.procedure


def test_the_same_know_how_is_the_same_text() -> None:
    """How often a look matched, and the order of pages, make no difference."""
    used = full()
    target = used.steps[1].target
    assert target is not None
    counted = target.but(variants=(target.variants[0].but(seen=99, last="2027-01-01"),))
    other = used.but(
        steps=(used.steps[0], used.steps[1].but(target=counted), *used.steps[2:]),
        pages=dict(reversed(used.pages.items())),
    )
    assert to_text(other) == to_text(used)


def test_rows_of_a_page_are_one_line_each_and_hashes_stay() -> None:
    """A page of three hundred elements is read, not scrolled over."""
    text = to_text(full())
    assert "'button | Save \\\\| all | button | '" in text or "button | Save \\| all | button" in text
    assert "Aa 9#h:1a2b,3c4d" in text


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(st.lists(st.text(max_size=12), max_size=4), max_size=3))
def test_whatever_a_cell_holds_comes_back(rows: list[list[str]]) -> None:
    """Bars, backslashes, blanks, controls."""
    cells = tuple(tuple(row) for row in rows)
    doc = full().but(pages={**full().pages, "pg_1": Page(template="t", elements=cells)})
    assert back(to_text(doc), doc).pages["pg_1"].elements == cells


def test_sentences_stand_as_comments_above_the_steps() -> None:
    """They help to find the step and are not read back."""
    text = to_text(full(), sentences=["1. Open it: now", "2. Type"])
    assert "  # 1. Open it: now\n  - {id: s0" in text
    assert back(text) == full()


# ---- edits ----


def test_an_edit_changes_what_it_says_and_keeps_the_rest() -> None:
    """Here: the step is optional, and its page is waited for longer."""
    text = to_text(full()).replace("  - id: s1\n    kind: fill", "  - id: s1\n    kind: fill\n    optional: true")
    edited = back(text)
    assert edited.steps[1].optional is True
    assert edited.steps[1].target == full().steps[1].target


def test_conditions_on_visibility_may_be_written_as_keys() -> None:
    """No quotes within quotes."""
    text = to_text(full())
    assert "when: {visible: 'Further: details'}" in text
    assert back(text.replace("visible: 'Further: details'", "hidden: Done")).steps[3].when == 'hidden: "Done"'


# ---- slips ----


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("kind: goto", "kind: gotto", "steps.0.kind: 'gotto' is not allowed; did you mean `goto`?"),
        ("kind: goto", "kind: goto, zzz: red", "steps.0.zzz: unknown key; allowed here: id, kind"),
        ("  - id: s1\n", "  - id: s0\n", "steps.1.id: 's0' is the id of step 1 too"),
        ("page: pg_1", "page: pg_9", "there is no page 'pg_9' (known: pg_0, pg_1)"),
        ('value: "{{ amount }}"', 'value: "{{ amunt }}"', "steps.1.value: 'amunt' is no parameter, secret or output here"),
        ('value: "{{ amount }}"', 'value: "{{ amount * 2 }}"', "'{{ amount * 2 }}' is no template"),
        ("secrets.pin", "secrets.pan", "'secrets.pan' is no parameter"),
        ("outputs.rows", "outputs.row", "'outputs.row' is no parameter"),
        ("amount > 10000", "amount > much", "steps.2.when: 'much' is no parameter"),
        ("amount > 10000", "amount >", "steps.2.when: expected a parameter or a value at the end"),
        ("{visible: 'Further: details'}", "{seen: x}", "steps.3.when: expected \"{{ amount > 10000 }}\""),
        ("effect: commit", "effect: draft", "steps.2.commit: a step of effect draft has no commit name"),
        ("    commit: file-it\n", "", "steps.2.effect: a step that sends needs a name"),
        ("commit: file-it", "commit: File It", "is not a name"),
        ("effect: commit", "effect: send", "'send' is not allowed; allowed: none, draft, commit"),
        ("procedure: p_1", "procedure: p_2", "procedure: this is 'p_1' for life"),
        ("site: office", "site: shop", "site: this is 'office' for life"),
        ("kind: goto, value: '{base}/x'", "kind: goto", "steps.0.kind: a step of kind goto needs a value"),
        ("kind: goto, value: '{base}/x'", "kind: click", "steps.0.kind: a step of kind click needs a target"),
        ("    output: rows\n", "", "steps.3.kind: a step of kind read needs the name of its output"),
        ("params: [number, amount]", "params: [number, amount, due]", "params.2: 'due' is no parameter of the workflow"),
        ("fields: {n: number, t: ''}", "fields: {n: numbr}", "the field 'n' carries 'numbr'"),
        ("tab: 1", "tab: -1", "steps.2.tab: tabs are counted from 0"),
        ("schema: 1", "schema: 2", "schema: "),
        ("task: 'File: it'", "task: &a x", "anchors and aliases"),
    ],
)  # fmt: skip
def test_a_slip_is_told_by_line_and_key(old: str, new: str, told: str) -> None:
    """With what is allowed there."""
    text = to_text(full())
    assert old in text
    message = refused(text.replace(old, new))
    assert told in message
    assert message.startswith("line ")


def test_all_slips_are_told_at_once_in_the_order_of_the_text() -> None:
    """So that the text is corrected in one go."""
    text = to_text(full()).replace("page: pg_1", "page: pg_9").replace("  - id: s3\n", "  - id: s0\n")
    lines = refused(text).splitlines()
    assert len(lines) >= 3
    numbers = [int(line.split()[1].rstrip(",")) for line in lines]
    assert numbers == sorted(numbers)


@pytest.mark.parametrize("text", ["", "just words", "- a\n- b", "steps: []", "{", "a: 1\n---\nb: 2", "x" * 1_000_001, "\0"])
def test_what_is_no_procedure_at_all_is_refused(text: str) -> None:
    """Empty, huge, malformed: one clear error, never a defect."""
    assert refused(text)


def test_deep_nesting_is_refused() -> None:
    """It would only be there to break a reader."""
    assert "nested deeper" in refused("a: " + "{a: " * 80 + "1" + "}" * 80)


def test_what_was_strange_before_is_no_slip_of_the_edit() -> None:
    """An older version may name what is no longer known; that does not stop a person from correcting another step."""
    old: Any = full().but(params=("number",))
    text = to_text(old).replace("  - id: s1\n    kind: fill", "  - id: s1\n    kind: fill\n    optional: true")
    assert back(text, old).steps[1].optional
