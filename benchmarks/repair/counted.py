"""What became of the cases, counted: by kind of change, commits apart, with intervals clustered by page."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from rpa_agent.repair.calibrate import Facts, calibration

from ..report import Figure, Report, Table
from .screens import Change, sends
from .upgrades import Upgraded

Truth = tuple[str, str]


@dataclass(frozen=True)
class Rated:
    """What the fingerprint rung rated highest, whether it took it or not: the facts, and whether it was the right one."""

    facts: dict[str, float]
    right: bool
    objection: str


@dataclass(frozen=True)
class Case:
    """One step met on a changed page. ``present``: the element that was meant is in the page, visible or not."""

    change: Change
    screen: str
    truth: str
    key: str
    commit: bool
    present: bool
    wanted: Truth
    chosen: Truth | None  # what a run would have acted on; None: it would not have acted
    repaired: bool
    skipped: bool
    why: str
    what: str
    located: Truth | None
    similo: Truth | None
    similo_ran: bool
    pressed: tuple[str, ...] = ()  # truth of what was pressed in looking for it
    rerun: Truth | None = None  # what browser-use's history rerun would have acted on
    rerun_ran: bool = False
    best: Rated | None = None
    question_tokens: int = 0  # of the question that a model would be asked where nothing else proposes anything; 0: none
    offered: bool = False  # the element meant is among what the model could choose

    @property
    def wrong(self) -> bool:
        return self.chosen is not None and self.chosen != self.wanted

    @property
    def right(self) -> bool:
        return self.chosen == self.wanted

    @property
    def asks(self) -> bool:
        """Tell whether a model would be asked: nothing was acted on, and there is something to choose from."""
        return self.chosen is None and not self.skipped and self.question_tokens > 0

    @property
    def page(self) -> str:
        c = self.change
        return f"{self.screen}/{c.shown}/{c.now}/{c.kind}/{c.with_}/{c.seed}/{self.truth if c.aimed else ''}"

    def words(self) -> str:
        c = self.change
        where = f"{self.screen}, shown in generation {c.shown}, now {c.now}"
        return f"{self.what} ({self.truth}) on {where}{f', {c.kind} {c.with_} seed {c.seed}' if c.kind else ''}"


def figures(report: Report, cases: Sequence[Case]) -> None:
    """Add the figures by name. What is reported for generations 3 and 4 and the other kinds was never fitted on."""
    report.figures += [*_figures(cases), *_for_a_model(cases)]
    report.more["baselines"] = {
        "locators": _baseline(cases, lambda c: c.located),
        "similo": _baseline([c for c in cases if c.similo_ran], lambda c: c.similo),
    }
    reruns = [c for c in cases if c.rerun_ran]
    if reruns:
        report.more["baselines"]["browser_use"] = _baseline(reruns, lambda c: c.rerun) | {
            "could_not_be_built": len(cases) - len(reruns)
        }
    report.more["wrong"] = [c.words() + f" -> {c.chosen[0] if c.chosen else ''}" for c in cases if c.wrong]
    unseen = [c for c in cases if not c.change.fitted]
    report.more["unseen"] = {f.name: f.value for f in _figures(unseen)}


def _figures(cases: Sequence[Case]) -> list[Figure]:
    repairable = [c for c in cases if c.present]
    removed = [c for c in cases if not c.present]
    share = _share(repairable, lambda c: c.right)
    return [
        Figure("cases", len(cases), "changed steps met", goal=">= 3000"),
        Figure("pages", len({c.page for c in cases}), "changed pages"),
        Figure("repairable", len(repairable), "of these, the element meant is there, visible or one reveal away"),
        Figure(
            "repaired_share",
            share,
            "repairable: the right element",
            goal=">= 0.97",
            interval=clustered(repairable, lambda c: c.right),
        ),
        Figure("wrong_actions", sum(c.wrong for c in cases), "another element than the one meant", goal="<= 0"),
        Figure(
            "pressed_senders", sum(sends(t) for c in cases for t in c.pressed), "in looking for it: pressed what sends", goal="<= 0"
        ),
        Figure("abstained_share", _share(repairable, lambda c: c.chosen is None), "repairable: nothing was acted on"),
        Figure("removed", len(removed), "the element meant is not there"),
        Figure(
            "removed_refused_share",
            _share(removed, lambda c: c.chosen is None),
            "removed: refused before any act",
            goal=">= 0.99",
        ),
        Figure(
            "removed_refused_after_signals_share",
            _share(removed, lambda c: c.chosen is None),
            "the same with the signals after the act, each act counted as if no signal had told: a lower bound",
            goal=">= 1.0",
        ),
    ]


def _for_a_model(cases: Sequence[Case]) -> list[Figure]:
    """Return what a model would be asked of the steps that local rungs abstained on; none was asked here."""
    left = [c for c in cases if c.chosen is None and not c.skipped]
    asked = [c for c in cases if c.asks]
    there = [c for c in asked if c.present]
    tokens = sorted(c.question_tokens for c in asked)
    return [
        Figure("model_asked_share", _share(left, lambda c: c.asks), "not acted on: a model would be asked"),
        Figure("model_needed_share", _share(cases, lambda c: c.asks), "all: nothing but a model could help"),
        Figure("model_offered_share", _share(there, lambda c: c.offered), "of those asked about and there: it could choose it"),
        Figure("question_tokens_p50", median(tokens) if tokens else None, "tokens of a question, four bytes each, no schema"),
        Figure("question_tokens_max", tokens[-1] if tokens else None, "of the longest", goal="<= 1500"),
    ]


def upgrades(report: Report, cases: Sequence[Upgraded]) -> None:
    """Add what became of steps on later releases of other applications, those that nobody looked at apart."""
    for name, found in (("held_out", [c for c in cases if c.held_out]), ("worked_on", [c for c in cases if not c.held_out])):
        there, gone = [c for c in found if c.present], [c for c in found if not c.present]
        about = "later releases of other applications, " + ("never looked at" if name == "held_out" else "looked at")
        right = sum(c.right for c in there) / len(there) if there else None
        refused = sum(c.chosen is None for c in gone) / len(gone) if gone else None
        report.figures += [
            Figure(f"upgrades_{name}", len(found), f"steps met on {about}"),
            Figure(f"upgrades_{name}_repaired_share", right and round(right, 4), "of these, there: the right element"),
            Figure(f"upgrades_{name}_wrong_actions", sum(c.wrong for c in found), "another element", goal="<= 0"),
            Figure(f"upgrades_{name}_removed_refused_share", refused and round(refused, 4), "of these, gone: refused"),
        ]
    left = [(c.words(), c.why[:160]) for c in cases if c.present and c.chosen is None]
    wrong = [(c.words(), c.chosen[0] if c.chosen else "") for c in cases if c.wrong]
    report.tables.append(Table("Later releases: acted on another element", ("step", "instead"), wrong))
    report.tables.append(Table("Later releases: refused though it was there", ("step", "why"), left))


def tables(cases: Sequence[Case]) -> list[Table]:
    """Return the tables by kind and by risk, and what was refused though it was there."""
    by_kind: dict[str, list[Case]] = {}
    for c in cases:
        by_kind.setdefault(c.change.words, []).append(c)
    kinds = [(k, *_row(found)) for k, found in sorted(by_kind.items())]
    risks = [
        (w, *_row(f))
        for w, f in (
            ("steps that send", [c for c in cases if c.commit]),
            ("other steps", [c for c in cases if not c.commit]),
        )
    ]
    refused = [(c.words(), c.why[:160]) for c in cases if c.present and c.chosen is None]
    wrong = [
        (c.words(), c.chosen[0] if c.chosen else "", "repair" if c.repaired else "guard") for c in cases if c.wrong
    ]
    pressed = Counter(t or "(none)" for c in cases for t in c.pressed)
    titles = (
        "cases",
        "present",
        "right",
        "wrong",
        "refused",
        "removed",
        "removed, refused",
        "locators right",
        "locators wrong",
        "Similo right",
        "Similo wrong",
        "rerun right",
        "rerun wrong",
    )
    return [
        _baselines(cases),
        _reliability(cases),
        Table("By what changed", ("change", *titles), kinds),
        Table("By risk", ("steps", *titles), risks),
        Table("Acted on another element", ("step", "instead", "by"), wrong),
        Table("Pressed in looking for it", ("truth", "times"), pressed.most_common()),
        Table(
            "Refused though it was there (a sample)",
            ("step", "why"),
            random.Random(1).sample(refused, min(40, len(refused))),
        ),
    ]


def _reliability(cases: Sequence[Case]) -> Table:
    """Return how often what no rule objected to was right, by how sure the calibration was; practice site only."""
    rated = [(calibration().probability(Facts(**c.best.facts)), c.best.right) for c in cases if c.best and not c.best.objection]
    rows = []
    for low, high in pairwise((0.0, 0.2, 0.4, 0.6, 0.8, 0.9, 0.97, 1.0)):
        there = [(p, right) for p, right in rated if low <= p < high or (high == p == 1.0)]
        if there:
            said, was = (sum(x[i] for x in there) / len(there) for i in (0, 1))
            rows.append((f"{low:.2f} to {high:.2f}", len(there), round(said, 3), round(was, 3)))
    return Table("How sure, and how often right, where no rule objected", ("said", "cases", "mean said", "right"), rows)


def _baselines(cases: Sequence[Case]) -> Table:
    """Return ours beside the baselines. Each is compared on the cases that it could be asked about."""
    compared = [
        ("ours", cases, lambda c: c.chosen),
        ("recorded locators alone", cases, lambda c: c.located),
        ("published Similo, its best candidate", [c for c in cases if c.similo_ran], lambda c: c.similo),
        ("browser-use's history rerun", [c for c in cases if c.rerun_ran], lambda c: c.rerun),
    ]
    names = ("cases", "repairable", "repaired_share", "wrong_actions", "abstained_share", "removed_refused_share")
    rows = [(who, *(_baseline(asked, chosen)[n] for n in names)) for who, asked, chosen in compared]
    return Table("Ours and others on the same elements", ("who", *names), rows)


def _row(cases: Sequence[Case]) -> tuple[object, ...]:
    there = [c for c in cases if c.present]
    gone = [c for c in cases if not c.present]
    ran = [c for c in cases if c.similo_ran]
    return (
        len(cases),
        len(there),
        sum(c.right for c in there),
        sum(c.wrong for c in cases),
        sum(c.chosen is None for c in there),
        len(gone),
        sum(c.chosen is None for c in gone),
        sum(c.located == c.wanted for c in there),
        sum(c.located not in (None, c.wanted) for c in cases),
        sum(c.similo == c.wanted for c in ran),
        sum(c.similo not in (None, c.wanted) for c in ran),
        sum(c.rerun == c.wanted for c in there if c.rerun_ran),
        sum(c.rerun not in (None, c.wanted) for c in cases if c.rerun_ran),
    )


def _baseline(cases: Sequence[Case], chosen: Callable[[Case], Truth | None]) -> dict[str, float | int | None]:
    there, gone = [c for c in cases if c.present], [c for c in cases if not c.present]
    return {
        "cases": len(cases),
        "repairable": len(there),
        "repaired_share": _share(there, lambda c: chosen(c) == c.wanted),
        "wrong_actions": sum(chosen(c) not in (None, c.wanted) for c in cases),
        "abstained_share": _share(there, lambda c: chosen(c) is None),
        "removed_refused_share": _share(gone, lambda c: chosen(c) is None),
    }


def clustered(cases: Sequence[Case], holds: Callable[[Case], bool], *, draws: int = 500) -> tuple[float, float] | None:
    """Return the 95 % interval of a share, whole pages drawn with replacement: steps of one page are no independent cases."""
    by_page: dict[str, list[bool]] = {}
    for c in cases:
        by_page.setdefault(c.page, []).append(holds(c))
    if len(by_page) < 2:
        return None
    pages, rng = [(sum(p), len(p)) for p in by_page.values()], random.Random(7)
    shares = sorted(
        sum(a for a, _ in d) / sum(n for _, n in d) for d in (rng.choices(pages, k=len(pages)) for _ in range(draws))
    )
    return round(shares[int(0.025 * draws)], 4), round(shares[int(0.975 * draws)], 4)


def _share(cases: Sequence[Case], holds: Callable[[Case], bool]) -> float | None:
    return round(sum(holds(c) for c in cases) / len(cases), 4) if cases else None
