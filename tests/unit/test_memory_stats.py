"""What each procedure has done: counted from its uses, and drawn."""

from __future__ import annotations

import asyncio
import xml.etree.ElementTree as ET
from datetime import date, timedelta
from pathlib import Path

import pytest
from memory_making import document
from shell import Shell

from rpa_agent.domain.change import MemoryChange, Use
from rpa_agent.domain.frozen import Frozen
from rpa_agent.memory import Memory
from rpa_agent.memory.chart import MOST_ROWS, draw
from rpa_agent.memory.stats import Day, Stats, statistics


def use(run: str, outcome: str, day: str, *, clean: bool = True, own: bool = False) -> MemoryChange:
    done = Use(run=run, procedure="p_1", version=1, outcome=outcome, day=day, clean=clean, own_fault=own)  # type: ignore[arg-type]
    return MemoryChange(run=run, procedure="p_1", use=done)


async def taught(path: Path) -> None:
    """A procedure with four runs on two days, and one that never ran."""
    async with Memory.open(path) as memory:
        await memory.add(document(), workflow="enter", author="recording")
        await memory.add(document("Pay", procedure="p_2"), workflow="pay", author="recording")
        for change in (
            use("r1", "succeeded", "2026-11-01"), use("r2", "succeeded", "2026-11-03", clean=False),
            use("r3", "failed", "2026-11-03", clean=False, own=True), use("r4", "failed", "2026-11-03", clean=False),
        ):
            await memory.apply(change)


async def test_uses_successes_repairs_and_the_last_proof_are_counted(tmp_path: Path) -> None:
    """A failure of the site is a use and no fault of the procedure."""
    await taught(tmp_path / "memory.db")
    async with Memory.open(tmp_path / "memory.db") as memory:
        ran, never = await statistics(memory)
    assert (ran.uses, ran.succeeded, ran.repaired, ran.own_faults, ran.value) == (4, 2, 1, 1, 0.6)
    assert (ran.last_verified, ran.steps) == ("2026-11-03", 2)
    assert ran.days == (
        Day(day="2026-11-01", runs=1, succeeded=1), Day(day="2026-11-03", runs=3, succeeded=1, repaired=1),
    )
    assert (never.uses, never.last_verified, never.days) == (0, "", ())


def test_the_command_shows_what_was_saved(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a price nothing is claimed; with one, steps of runs that succeeded without a model are counted."""
    (tmp_path / ".rpa").mkdir()
    asyncio.run(taught(tmp_path / ".rpa" / "memory.db"))
    rpa = Shell(tmp_path, capsys)
    _, plain = rpa.json("memory", "stats")
    assert (plain["items"][0]["without_model"], plain["items"][0]["saved_usd"]) == (4, None)
    _, priced = rpa.json("memory", "stats", "--usd-per-step", "0.01")
    assert priced["items"][0]["saved_usd"] == 0.04
    picture = tmp_path / "runs.svg"
    assert rpa("memory", "stats", "--plot", str(picture)) == 0
    assert "enter" in rpa.out
    assert ET.fromstring(picture.read_text()).tag.endswith("svg")


def test_a_picture_is_named_by_its_kind_and_goes_where_it_may(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Another ending, or a folder that is not there, is told; nothing is written."""
    rpa = Shell(tmp_path, capsys)
    assert rpa("memory", "stats", "--plot", "runs.pdf") == 2
    assert rpa("memory", "stats", "--plot", str(tmp_path / "gone" / "runs.svg")) == 5
    assert list(tmp_path.iterdir()) == []


class Counted(Frozen):
    rows: int
    bars: int


def counted(svg: str) -> Counted:
    root = ET.fromstring(svg)
    kinds = [e.tag.rpartition("}")[2] for e in root.iter()]
    return Counted(rows=kinds.count("line"), bars=kinds.count("title"))


@pytest.mark.parametrize(("procedures", "days", "rows"), [(0, 0, 0), (1, 1, 1), (3, 400, 3), (40, 2, MOST_ROWS)])
def test_a_drawing_stays_a_drawing(procedures: int, days: int, rows: int) -> None:
    """None, one, very many days, very many procedures, and names with signs of markup."""
    first = date(2025, 1, 1)
    known = tuple(Day(day=(first + timedelta(days=d)).isoformat(), runs=2, succeeded=1) for d in range(days))
    found = [
        Stats(id=f"p_{n}", workflow='<&">', site="s", status="active", version=1, steps=1, uses=n, days=known)
        for n in range(procedures)
    ]
    drawn = counted(draw(found))
    assert drawn.rows == rows
    assert bool(drawn.bars) == bool(rows)
