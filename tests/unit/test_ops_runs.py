"""Runs, verdicts and the inbox: kept in order, found again, damaged ones noticed, decisions made once."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from rpa_agent.domain.errors import StoreCorrupt, UsageInvalid
from rpa_agent.domain.target import Fingerprint, Variant
from rpa_agent.domain.trajectory import Trajectory
from rpa_agent.domain.verdict import AddVariant, Verdict
from rpa_agent.ops.batches import Given
from rpa_agent.ops.clock import new_id
from rpa_agent.ops.office import Office
from rpa_agent.ops.process.owner import Owner
from rpa_agent.ops.runs import Runs

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
VARIANT = Variant(fingerprint=Fingerprint(tag="button", name="Save"))
DEAD = Owner(pid=2**22 + 1, started=1.0, token="dead")


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Office]:
    ticks = iter(range(10**6))
    async with Office.open(tmp_path / "runs.db", clock=lambda: NOON + timedelta(seconds=next(ticks))) as office:
        yield office


def trajectory(run: str, **changes: Any) -> Trajectory:
    plain = {"run": run, "workflow": "pay", "site": "s", "procedure": "p", "version": 1, "started": "2026-11-22"}
    return Trajectory.model_validate({**plain, **changes})


def verdict(run: str) -> Verdict:
    edits = (AddVariant(step="s1", variant=VARIANT),)
    return Verdict(run=run, workflow="pay", procedure="p", version=1, outcome="succeeded", edits=edits)


def test_ids_sort_by_time() -> None:
    """A later run has a greater id, and no two are alike."""
    ids = [new_id(NOON + timedelta(milliseconds=n)) for n in range(50)]
    assert ids == sorted(ids) and len({len(i) for i in ids}) == 1 and len(ids[0]) == 26
    assert len({new_id(NOON) for _ in range(500)}) == 500


async def test_a_run_from_begin_to_verdict(here: Office) -> None:
    """What was written comes back as it was, and the verdict waits until memory has taken it in."""
    rows = ((2, "A", {"key": "A"}), (3, "B", {"key": "B"}))
    given = Given(workflow="pay", environment="http://x", input="in.csv", input_hash="abc", day="2026-11-22", rows=rows)
    batch = (await here.batches.begin(given)).batch.id
    run = await here.runs.begin_run("pay", batch=batch, row=2, row_key="A", occurrence="o1")
    assert [(r.state, r.run) for r in await here.batches.rows(batch)] == [("running", run), ("pending", "")]
    begun = await here.runs.get(run)
    assert (begun.alive, begun.trajectory, begun.row_key, begun.batch) == (True, None, "A", batch)
    done = trajectory(run, outcome="succeeded", sent="sent", outputs={"id": "1"}, stopped="")
    await here.runs.end_run(done)
    await here.runs.save_verdict(verdict(run))
    kept = await here.runs.get(run)
    assert kept.trajectory == done and kept.verdict == verdict(run)
    assert (kept.outcome, kept.sent, kept.alive, kept.verdict_applied) == ("succeeded", "sent", False, False)
    assert await here.runs.unapplied() == [verdict(run)]
    await here.runs.mark_applied(run)
    assert await here.runs.unapplied() == []
    await here.batches.let_go(batch, {"succeeded": 1}, ended=True)
    ended = await here.batches.get(batch)
    assert ended is not None and (ended.totals, ended.alive) == ({"succeeded": 1}, False)


async def test_an_applied_verdict_is_not_opened_again(here: Office) -> None:
    """Saving it once more after a crash changes nothing."""
    run = await here.runs.begin_run("pay")
    await here.runs.save_verdict(verdict(run))
    await here.runs.mark_applied(run)
    await here.runs.save_verdict(verdict(run))
    assert await here.runs.unapplied() == []


async def test_ending_twice_keeps_the_first(here: Office) -> None:
    """A trajectory does not change."""
    run = await here.runs.begin_run("pay")
    await here.runs.end_run(trajectory(run, outcome="succeeded"))
    await here.runs.end_run(trajectory(run, outcome="failed"))
    assert (await here.runs.get(run)).outcome == "succeeded"


async def test_a_run_nobody_announced_is_kept(here: Office) -> None:
    """A trajectory is never thrown away."""
    await here.runs.end_run(trajectory("01STRAY"))
    assert (await here.runs.get("01STRAY")).workflow == "pay"


async def test_recent_runs_newest_first(here: Office) -> None:
    """Of one workflow or of all, as many as asked for."""
    ids = [await here.runs.begin_run(name) for name in ("pay", "file", "pay", "pay")]
    assert [r.id for r in await here.runs.recent("pay", 2)] == [ids[3], ids[2]]
    assert [r.id for r in await here.runs.recent()] == ids[::-1]


async def test_unknown_runs_are_refused(here: Office) -> None:
    """With the command that lists the known ones."""
    for call in (here.runs.get("nothing"), here.runs.save_verdict(verdict("nothing"))):
        with pytest.raises(UsageInvalid) as raised:
            await call
        assert "rpa runs" in raised.value.remedy


async def test_a_changed_trajectory_is_noticed(here: Office, tmp_path: Path) -> None:
    """One flipped letter inside the file is enough."""
    good, bad = [await here.runs.begin_run("pay") for _ in range(2)]
    for run in (good, bad):
        await here.runs.end_run(trajectory(run, stopped="paid 100"))
    with sqlite3.connect(tmp_path / "runs.db") as plain:
        plain.execute("UPDATE runs SET trajectory = replace(trajectory, 'paid 100', 'paid 900') WHERE id = ?", [bad])
    assert await here.runs.damaged() == [f"the trajectory of run {bad} is not what was written"]
    assert (await here.runs.get(good)).stopped == "paid 100"
    with pytest.raises(StoreCorrupt, match=bad):
        await here.runs.get(bad)


async def test_runs_of_a_dead_process_are_told_from_live_ones(tmp_path: Path) -> None:
    """Both have not ended; only one can still do so."""
    async with Office.open(tmp_path / "runs.db", owner=DEAD) as dead, Runs.open(tmp_path / "runs.db") as runs:
        lost = await dead.runs.begin_run("pay")
        mine = await runs.begin_run("pay")
        assert {r.id: r.alive for r in await runs.unfinished()} == {lost: False, mine: True}


async def test_hand_started_runs_of_a_dead_process_are_closed(tmp_path: Path) -> None:
    """What may have been sent goes to the inbox, what was not is only noted."""
    async with Office.open(tmp_path / "runs.db", owner=DEAD) as dead, Office.open(tmp_path / "runs.db") as here:
        quiet, doubtful = await dead.runs.begin_run("pay"), await dead.runs.begin_run("pay")
        await dead.journal.arm("K", name="release", run=doubtful)
        await dead.journal.sent("K")
        await here.occurrences.release_dead()
        await here.occurrences.release_dead()
        ended = {r.id: (r.outcome, r.sent) for r in await here.runs.recent()}
        assert ended == {quiet: ("failed", "nothing"), doubtful: ("needs_person", "unknown")}
        (item,) = await here.inbox.items()
        assert item.run == doubtful and "release" in item.reason


CHANGED = [("sent", "nothing"), ("outcome", "failed"), ("stopped", "All is well."), ("sent", b"x")]


@pytest.mark.parametrize(("column", "value"), CHANGED)
async def test_what_became_of_a_run_that_was_cut_off_proves_itself(
    tmp_path: Path, column: str, value: str | bytes
) -> None:
    """It has no trajectory that could contradict it; what was changed is told, and nobody acts on it."""
    path = tmp_path / "runs.db"
    async with Office.open(path, owner=DEAD) as before:
        run = await before.runs.begin_run("pay")
        await before.journal.arm("KEY-1", name="pay", run=run)
        await before.journal.sent("KEY-1")
    async with Office.open(path) as office:
        assert [one.in_doubt for one in await office.recover()] == [("pay",)]
        assert await office.runs.damaged() == []
        with sqlite3.connect(path) as db:
            db.execute(f"UPDATE runs SET {column} = ?", [value])
        assert await office.runs.damaged() == [f"run {run} is not what was written"]
        with pytest.raises(StoreCorrupt, match="not what was written"):
            await office.runs.get(run)


async def test_the_inbox_holds_one_open_item_per_run(here: Office) -> None:
    """Adding twice renews it; after a decision a new one may come."""
    first = await here.inbox.add("r1", "pay", "unclear", candidates=["button 'Save'"])
    again = await here.inbox.add("r1", "pay", "still unclear", fault="drift", artifacts="a/b")
    assert first == again
    (item,) = await here.inbox.items()
    assert (item.reason, item.fault, item.artifacts, item.candidates) == ("still unclear", "drift", "a/b", ())
    await here.inbox.resolve("r1", how="skip", who="kim", reason="not needed")
    assert await here.inbox.items() == []
    assert await here.inbox.add("r1", "pay", "once more") != first
    (old,) = await here.inbox.items(resolved=True)
    assert (old.how, old.who, old.because) == ("skip", "kim", "not needed")


async def test_a_decision_is_made_once_and_with_a_reason(here: Office) -> None:
    """By whom and why is part of it; unknown items and decisions are refused."""
    item = await here.inbox.add("r1", "pay", "unclear")
    empty: dict[str, Any] = {"how": "skip", "who": "kim", "reason": " "}
    wrong = [empty, {**empty, "reason": "x", "who": ""}, {**empty, "reason": "x", "how": "forget"}]
    for decision in wrong:
        with pytest.raises(UsageInvalid):
            await here.inbox.resolve(item, **decision)
    await here.inbox.resolve(item, how="retry", who="kim", reason="the site was down")
    with pytest.raises(UsageInvalid, match="decided already: retry by kim"):
        await here.inbox.resolve(item, how="skip", who="lee", reason="late")
    with pytest.raises(UsageInvalid, match="nothing waits"):
        await here.inbox.resolve("unknown", how="skip", who="kim", reason="x")


async def test_the_inbox_of_one_workflow(here: Office) -> None:
    """The list can be narrowed; an item is found by its run."""
    await here.inbox.add("r1", "pay", "a")
    await here.inbox.add("r2", "file", "b")
    assert [i.run for i in await here.inbox.items(workflow="file")] == ["r2"]
    found = await here.inbox.of_run("r2")
    assert found is not None and found.reason == "b" and await here.inbox.of_run("r3") is None
