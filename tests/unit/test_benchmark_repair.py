"""The benchmark `repair`: what it is compared with, and what it says where that is not there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from benchmarks.repair.counted import Case, figures, tables
from benchmarks.repair.history_rerun import NoBrowserUse, history_rerun
from benchmarks.repair.rerun_worker import truth_of
from benchmarks.repair.screens import Change
from benchmarks.report import Report


class Node:
    """What the worker asks of a node of browser-use's: its attributes, what holds it and what it holds."""

    def __init__(self, *holds: Node, **attributes: str) -> None:
        self.attributes = {name.replace("_", "-"): value for name, value in attributes.items()}
        self.children_and_shadow_roots, self.parent_node = list(holds), None
        for node in holds:
            node.parent_node = self  # type: ignore[assignment]


async def test_an_interpreter_without_browser_use_is_named_and_not_waited_for(tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\necho 'No package metadata was found for browser-use' >&2\nexit 1\n", encoding="utf-8")
    python.chmod(0o755)
    with pytest.raises(NoBrowserUse, match="No package metadata"):
        async with history_rerun(python):
            pass


def test_an_element_is_what_it_is_tagged_what_holds_it_or_the_one_thing_that_it_holds() -> None:
    inner = Node(data_truth="invoice.save")
    box = Node(inner)
    icon = Node()
    button = Node(icon, data_truth="line.remove")
    Node(button, data_truth_key="7")
    two = Node(Node(data_truth="a"), Node(data_truth="b"))
    assert [truth_of(n) for n in (inner, box, icon, two)] == [
        ("invoice.save", ""), ("invoice.save", ""), ("line.remove", "7"), ("", ""),
    ]  # fmt: skip


def test_ours_and_others_are_told_side_by_side_each_on_the_cases_it_could_be_asked() -> None:
    def case(*, rerun: tuple[str, str] | None, ran: bool) -> Case:
        wanted = ("invoice.save", "")
        return Case(
            change=Change(1, 1, "relabel"), screen="invoice", truth="invoice.save", key="", commit=True, present=True,
            wanted=wanted, chosen=wanted, repaired=True, skipped=False, why="", what="button 'Save'", located=None,
            similo=("invoice.delete", ""), similo_ran=True, rerun=rerun, rerun_ran=ran,
        )  # fmt: skip

    side_by_side = tables([case(rerun=("invoice.delete", ""), ran=True), case(rerun=None, ran=False)])[0]
    shares = {str(row[0]): row[1:5] for row in side_by_side.rows}
    assert shares["ours"] == (2, 2, 1.0, 0)
    assert shares["published Similo, its best candidate"] == (2, 2, 0.0, 2)
    assert shares["browser-use's history rerun"] == (1, 1, 0.0, 1)


def test_what_a_model_would_be_asked_is_counted_of_the_steps_that_were_not_acted_on() -> None:
    """Of four: one repaired without it, one that offers the right element, one that does not, one that asks nothing."""
    wanted = ("invoice.save", "")

    def case(chosen: tuple[str, str] | None, **more: Any) -> Case:
        told = {
            "change": Change(1, 1, "relabel"), "screen": "invoice", "truth": "invoice.save", "key": "", "commit": True,
            "present": True, "wanted": wanted, "chosen": chosen, "repaired": True, "skipped": False, "why": "", "what": "Save",
            "located": None, "similo": None, "similo_ran": True,
        }  # fmt: skip
        return Case(**{**told, **more})

    report = Report("repair", baseline="", how="")
    figures(report, [
        case(wanted, question_tokens=9), case(None, question_tokens=700, offered=True), case(None, question_tokens=900),
        case(None),
    ])  # fmt: skip
    told = {f.name: f.value for f in report.figures}
    assert (told["model_asked_share"], told["model_needed_share"], told["model_offered_share"]) == (0.6667, 0.5, 0.5)
    assert (told["question_tokens_p50"], told["question_tokens_max"]) == (800, 900)
