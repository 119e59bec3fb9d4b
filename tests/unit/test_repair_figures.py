"""Distances, likenesses, assignment and probabilities, each checked against something simpler."""

from __future__ import annotations

import json
import random
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pages import (
    AMOUNT,
    CENTRE,
    DUE,
    FILE,
    FORM,
    GEN1,
    NUMBER,
    SAVE,
    STEPS,
    SUPPLIER,
    broken,
    button,
    changed,
    field,
    gen2,
    live,
    placed,
    step,
    survey,
)

from rpa_agent.domain.identity import likeness
from rpa_agent.domain.procedure import Effect, StepKind
from rpa_agent.repair.assign import assign, bystanders
from rpa_agent.repair.calibrate import Facts, calibration, risk
from rpa_agent.repair.distance import edit_likeness
from rpa_agent.repair.language import language
from rpa_agent.repair.rank import RANKERS, rank_all, score_all
from rpa_agent.repair.search import search
from rpa_agent.repair.sheet import Column, Sheet

TEXT = st.text(alphabet="abcde ü1", max_size=60)


def plain_distance(a: str, b: str) -> int:
    """Levenshtein as in the books."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        previous, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            previous, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, previous + (x != y))
    return row[-1]


@given(TEXT, st.lists(TEXT, max_size=6))
def test_edit_likeness_is_that_of_the_books(text: str, others: list[str]) -> None:
    """One pass over many texts gives what one pair at a time gives."""
    wanted = [1 - plain_distance(text, o) / max(len(text), len(o)) if text or o else 1.0 for o in others]
    assert edit_likeness(text, others).tolist() == pytest.approx(wanted)


@given(TEXT, st.lists(TEXT, min_size=1, max_size=6))
def test_a_column_compares_as_the_guard_does(text: str, others: list[str]) -> None:
    """What ranks and what guards read texts alike."""
    assert Column(others).like(text).tolist() == pytest.approx([likeness(text, o) for o in others])


def test_every_ranker_prefers_the_element_itself() -> None:
    """On an unchanged page each names the recorded element, and scores lie in 0..1."""
    sheet = Sheet(survey(*GEN1), language())
    pool = sheet.boxes[:, 0] >= 0
    for at, fingerprint in enumerate(GEN1):
        scores = score_all(fingerprint, sheet)
        assert all(raw.min() >= 0 and raw.max() <= 1 + 1e-9 for raw in scores.values())
        rankings = rank_all(scores, pool)
        assert [r.favourite for r in rankings.values()] == [at] * len(RANKERS), fingerprint.name
        assert all(r.gap.max() == 0 for r in rankings.values())


def test_traits_the_target_never_had_count_for_nothing() -> None:
    """An element is not less like because it has more to say."""
    bare = changed(field("Amount"), near=(), path="", landmark="")
    rich = field("Amount", "amount", id="a1", title="Gross", placeholder="EUR", heading="Booking")
    sheet = Sheet(survey(rich, field("Note")), language())
    scores = score_all(bare, sheet)
    assert [scores[name][0] for name in ("lexical", "naming")] == pytest.approx([1.0, 1.0])


def test_no_two_recorded_elements_get_one_candidate() -> None:
    """And every relabelled field gets its own."""
    sheet = Sheet(survey(*gen2()), language())
    result = assign(SUPPLIER, (*STEPS, FILE), sheet)
    pairs = zip(result.targets, result.chosen, strict=True)
    got = {target.name: sheet.prints[at].name for target, at in pairs if at >= 0}
    assert got == {
        "Supplier": "Vendor", "Invoice number": "Invoice no.", "Due date": "Payable by", "Amount": "Total amount",
        "Cost centre": "Cost center", "Note": "Remarks", "Save": "File invoice",
    }
    assert len(set(result.chosen)) == len(result.chosen)


def test_several_steps_on_one_element_are_one_target() -> None:
    """Clicking into a field and typing into it must not ask for two fields."""
    twice = (step(AMOUNT, "click"), step(AMOUNT, "fill", "draft"), *STEPS)
    result = assign(AMOUNT, twice, Sheet(survey(*GEN1), language()))
    assert len(result.targets) == len(STEPS)
    assert result.mine == 3


def test_a_target_that_is_gone_gets_nothing() -> None:
    """Doing without costs less than taking something unlike."""
    sheet = Sheet(survey(*(p for p in GEN1 if p.name != "Due date")), language())
    assert assign(DUE, STEPS, sheet).mine == -1


def test_elements_that_stood_there_before_are_bystanders() -> None:
    """By role, name and field name; namesakes of the target only at their own place."""
    from pages import rows_of

    twin = changed(SAVE, heading="Filters", path="aside>form>button")
    page = rows_of(*GEN1, twin)
    sheet = Sheet(survey(*GEN1, twin, button("Brand new")), language())
    names = {(sheet.prints[at].name, sheet.prints[at].heading) for at in bystanders(SAVE, page, sheet)}
    assert ("Save", "Filters") in names and ("Save", "Remarks") not in names
    assert ("Amount", "Amounts") in names and ("Brand new", "") not in names
    assert bystanders(SAVE, None, sheet) == set()


def facts(**more: float) -> Facts:
    good = {
        "score": 0.8, "margin": 1.0, "agreement": 1.0, "name_equal": 1.0, "reading": 1.0, "coded_equal": 1.0,
        "role_equal": 1.0, "unique": 1.0, "crowd": 0.3, "assigned": 1.0, "kin": 1.0, "codes": 1.0, "leads_same": 0.0,
    }
    return Facts(**{**good, **more})


def test_evidence_against_never_makes_more_probable() -> None:
    """Each fact but the crowd speaks for the candidate."""
    for name, weight in calibration().weights.items():
        lower, higher = (calibration().probability(facts(**{name: value})) for value in (0.0, 1.0))
        assert (lower < higher) == (weight > 0)


def test_thresholds_rise_with_what_is_at_stake() -> None:
    """Reading, drafting, committing; the file says from how many cases it was fitted."""
    raw = json.loads(files("rpa_agent.repair").joinpath("calibration.json").read_text(encoding="utf-8"))
    assert raw["fitted"] is True and raw["cases"] > 100
    assert raw["thresholds"] == {"none": 0.80, "draft": 0.90, "commit": 0.97}
    assert calibration().probability(facts()) > 0.99
    assert calibration().probability(facts(name_equal=0, reading=0, coded_equal=0, codes=0, score=0.4, assigned=0)) < 0.8


@pytest.mark.parametrize(("kind", "effect", "judged"), [
    ("click", "none", "none"), ("fill", "none", "draft"), ("select", "none", "draft"), ("click", "draft", "draft"),
    ("click", "commit", "commit"), ("press", "commit", "commit"),
])
def test_a_value_in_a_field_is_a_draft_at_least(kind: StepKind, effect: Effect, judged: Effect) -> None:
    """A later step sends it."""
    assert risk(step(NUMBER, kind, effect)) == judged


def test_facts_say_what_the_page_says() -> None:
    """Alone, agreed, assigned, and beside its form-mates."""
    found = search(CENTRE, broken(STEPS[4], *STEPS), Sheet(survey(*gen2()), language()))
    assert found is not None and found.live.name == "Cost center"
    assert (found.facts.coded_equal, found.facts.kin, found.facts.assigned, found.matched) == (1.0, 1.0, 1.0, 5)


def test_a_thousand_elements_are_ranked_alike_in_any_order() -> None:
    """The order of candidates decides nothing."""
    chance = random.Random(7)
    noise = [field(f"Field {n}", f"f{n}", heading=f"Section {n % 9}", form=f"/{'abcdef'[n % 6]}") for n in range(1000)]
    page = [live(p) for p in placed(*noise, *gen2())]
    names = set()
    for _ in range(3):
        chance.shuffle(page)
        found = search(AMOUNT, broken(STEPS[3], *STEPS), Sheet(survey(*page), language()))
        names.add(found.live.name if found else "")
    assert names == {"Total amount"}
    assert FORM["form"] == "/invoices"
