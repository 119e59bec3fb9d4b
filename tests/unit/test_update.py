"""The status table: what a verdict does to a version, and what never counts against it."""

from __future__ import annotations

from typing import Any

import pytest
from memory_making import document, look
from memory_making import with_variant as known_with

from rpa_agent.domain.change import MemoryChange, Recall, Use
from rpa_agent.domain.procedure import Status, Version
from rpa_agent.domain.target import Variant
from rpa_agent.domain.verdict import AddVariant, LearnInterruption, Verdict
from rpa_agent.domain.workflow import RepairMode
from rpa_agent.retrieve import value_of
from rpa_agent.update import decide, doubtful, element_key, with_variant


def version(number: int = 1, status: Status = "active", **more: Any) -> Version:
    return Version(procedure="p_1", number=number, status=status, document=more.pop("document", document()), **more)


def verdict(run: str = "r9", **more: Any) -> Verdict:
    told = {
        "run": run,
        "workflow": "w",
        "procedure": "p_1",
        "version": 1,
        "outcome": "succeeded",
        "met": True,
        "row": run,
        "day": "2026-11-22",
    }
    return Verdict(**{**told, **more})


def fault(run: str = "r9", **more: Any) -> Verdict:
    return verdict(run, **{"outcome": "needs_person", "met": False, "fault": "drift", "own_fault": True, **more})


def use(run: str, *, good: bool = True, own_fault: bool = False, row: str = "", day: str = "2026-11-22") -> Use:
    return Use(
        run=run,
        procedure="p_1",
        version=1,
        outcome="succeeded" if good else "failed",
        own_fault=own_fault,
        clean=good,
        row=row or run,
        day=day,
    )


def decided(
    verdict: Verdict,
    status: Status = "active",
    *uses: Use,
    mode: RepairMode = "remember",
    recall: Recall | None = None,
) -> MemoryChange:
    return decide(verdict, recall or Recall(version=version(1, status)), version(1, status), uses, mode=mode)


def statuses(change: MemoryChange) -> list[str]:
    return [s.status for s in change.statuses]


# ---- candidates ----


@pytest.mark.parametrize(
    ("before", "now", "promoted"),
    [
        ([], verdict("r2", row="a"), False),
        ([use("r1", row="a")], verdict("r2", row="a"), False),  # the same row on the same day
        ([use("r1", row="a")], verdict("r2", row="b"), True),
        ([use("r1", row="a", day="2026-11-21")], verdict("r2", row="a"), True),  # another day
        ([use("r1", row="a", good=False)], verdict("r2", row="b"), False),
        ([use("r2", row="a")], verdict("r2", row="b"), False),  # the same run told twice
    ],
)
def test_a_candidate_is_promoted_by_two_clean_runs_of_different_rows_or_days(
    before: list[Use], now: Verdict, promoted: bool
) -> None:
    """Repeating one thing proves it once."""
    assert statuses(decided(now, "candidate", *before)) == (["active"] if promoted else [])


def repaired(run: str = "r9", *edits: Any, **more: Any) -> Verdict:
    return verdict(
        run, edits=edits or (AddVariant(step="s2", variant=look("File invoice", came_from="fingerprint")),), **more
    )


def test_a_run_with_repairs_is_not_clean() -> None:
    """It proves the repair, not the version that needed it."""
    change = decided(repaired("r2", row="b"), "candidate", use("r1", row="a"))
    assert change.use is not None
    assert not change.use.clean
    assert statuses(change) == []


# ---- own faults ----


def test_two_own_faults_in_a_row_make_an_active_version_suspect() -> None:
    """One is an accident, and a success between them starts anew."""
    bad, good = use("r1", good=False, own_fault=True), use("r2")
    assert statuses(decided(fault(), "active")) == []
    assert statuses(decided(fault(), "active", bad, good)) == []
    assert statuses(decided(fault(), "active", good, bad)) == ["suspect"]


@pytest.mark.parametrize("kind", ["infrastructure", "login", "data", "timing", "defect", "unknown"])
def test_faults_of_others_never_count(kind: str) -> None:
    """The site, the account and the data may fail a hundred times."""
    history = [use(f"r{i}", good=False) for i in range(100)]
    change = decided(fault(fault=kind, own_fault=False), "active", *history)
    assert statuses(change) == []
    assert not doubtful(history)


def test_a_suspect_is_cleared_by_a_clean_run_only() -> None:
    """A repaired one is not enough."""
    assert statuses(decided(verdict(), "suspect")) == ["active"]
    assert statuses(decided(repaired(), "suspect")) == []


def test_a_version_that_fails_more_often_than_not_is_retired() -> None:
    """With ninety per cent certainty, from five runs on."""

    def history(good: int, bad: int) -> list[Use]:
        return [use(f"g{i}") for i in range(good)] + [use(f"b{i}", good=False, own_fault=True) for i in range(bad)]

    assert [doubtful(history(0, n)) for n in (3, 4, 5)] == [False, False, True]
    assert [doubtful(history(*n)) for n in ((2, 3), (3, 3), (1, 5), (5, 40))] == [False, False, True, True]
    assert statuses(decided(fault(), "candidate", *history(0, 4))) == ["retired"]
    assert statuses(decided(fault(), "suspect", *history(0, 4))) == ["retired"]


def test_untrusted_and_retired_versions_are_moved_by_people_only() -> None:
    """Whatever their runs say."""
    for status in ("untrusted", "retired"):
        assert statuses(decided(verdict(), status, use("r1", row="x"))) == []


# ---- learning ----


def test_a_repair_that_met_all_checks_becomes_a_candidate_with_its_evidence() -> None:
    """A look is added; nothing known is changed."""
    change = decided(repaired())
    new = change.new_version
    assert new is not None
    assert (new.status, new.parent, new.author, new.evidence) == ("candidate", 1, "fingerprint", ("r9",))
    before, after = document().step("s2").target, new.document.step("s2").target
    assert before is not None
    assert after is not None
    assert after.variants[: len(before.variants)] == before.variants
    assert [v.fingerprint.name for v in after.variants] == ["Save", "File invoice"]
    assert [e.key for e in change.elements] == [element_key(before)]


@pytest.mark.parametrize("mode", ["this_run", "propose", "off"])
def test_only_remember_remembers(mode: RepairMode) -> None:
    """Other modes count the use and learn nothing."""
    bar = LearnInterruption(site="s", words="cookies", variant=look("Only necessary"))
    change = decided(repaired("r9", AddVariant(step="s2", variant=look("File")), bar), mode=mode)
    assert change.use is not None
    assert (change.new_version, change.elements, change.interruptions) == (None, (), ())


def test_a_run_that_missed_its_checks_teaches_nothing() -> None:
    """However its repairs looked."""
    assert decided(repaired(met=False, outcome="failed")).new_version is None


def test_a_look_that_is_known_is_not_added_again() -> None:
    """Also where the candidate knows it and the active version does not."""
    doc = known_with(document(), "s2", "File invoice")
    recall = Recall(version=version(), candidate=version(2, "candidate", document=doc))
    assert decided(repaired(), recall=recall).new_version is None
    more = decided(repaired("r9", AddVariant(step="s1", variant=look("Create"))), recall=recall).new_version
    assert more is not None
    assert more.parent == 2, "what was learned before is kept"
    assert more.document.step("s2") == doc.step("s2")


def test_the_same_look_reached_another_way_is_another_look() -> None:
    """A menu to open first is part of it."""
    opened = look("Save").model_copy(update={"via": (look("More"),)})
    changed = with_variant(document(), "s2", opened)
    assert changed is not None
    assert with_variant(changed, "s2", opened) is None
    assert with_variant(document(), "gone", opened) is None


def test_a_closed_bar_is_learned_for_the_whole_site() -> None:
    """Without a new version."""
    change = decided(
        repaired(
            "r9",
            LearnInterruption(
                site="office", words="We use cookies", variant=Variant(fingerprint=look("Close").fingerprint)
            ),
        )
    )
    assert change.new_version is None
    assert [i.site for i in change.interruptions] == ["office"]


def test_value_is_what_can_be_expected() -> None:
    """One half without experience; faults of others change nothing."""
    assert value_of([]) == 0.5
    assert value_of([use("a"), use("b")]) == 0.75
    assert value_of([use("a", good=False)] * 9) == 0.5
    assert value_of([use("a", good=False, own_fault=True)] * 2) == 0.25
