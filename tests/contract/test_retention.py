"""What is old goes, by its kind; what waits for a person, is in doubt or keeps a thing from happening twice stays."""

from __future__ import annotations

import asyncio
import sqlite3
import tracemalloc
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from wall import Wall

from rpa_agent.cli.place import Place
from rpa_agent.cli.serving import Duty, serve_schedules
from rpa_agent.domain.schedule import Schedule
from rpa_agent.domain.trajectory import Trajectory
from rpa_agent.ops.batches import Given
from rpa_agent.ops.office import Office
from rpa_agent.ops.retention import Tidied
from rpa_agent.store.database import Database

RULES = {"pay": [Schedule(cron="0 7 * * *")]}
AGES = {"pictures": timedelta(days=30), "runs": timedelta(days=365)}


class State:
    """One state folder, and a clock."""

    def __init__(self, folder: Path, wall: Wall, office: Office) -> None:
        self.folder, self.wall, self.office = folder, wall, office

    async def run(self, outcome: str = "succeeded", **more: str) -> str:
        """One run that leaves a picture, a trace and a download."""
        run = await self.office.runs.begin_run("pay", **more)
        plain = {"run": run, "workflow": "pay", "site": "s", "procedure": "p", "version": 1, "started": "", "outcome": outcome}
        await self.office.runs.end_run(Trajectory.model_validate(plain))
        place = self.folder / "artifacts" / run
        place.mkdir(parents=True)
        for name in ("end.png", "trace.zip", "statement.csv"):
            (place / name).write_text(name)
        return run

    def files(self, run: str) -> set[str]:
        place = self.folder / "artifacts" / run
        return {one.name for one in place.iterdir()} if place.is_dir() else set()

    async def tidy(self, *, dry_run: bool = False) -> Tidied:
        return await self.office.retention(self.folder).tidy(**AGES, dry_run=dry_run)

    async def known(self) -> set[str]:
        return {run.id for run in await self.office.runs.recent(n=100)}

    def damaged(self) -> list[str]:
        from rpa_agent.ops.proofs import damaged

        with closing(sqlite3.connect(self.folder / "runs.db")) as conn:
            return damaged(Database(conn))


@pytest.fixture
async def state(tmp_path: Path) -> AsyncIterator[State]:
    wall = Wall()
    async with Office.open(tmp_path / "runs.db", lambda: RULES, clock=wall) as office:
        yield State(tmp_path, wall, office)


ALL = {"end.png", "trace.zip", "statement.csv"}


async def test_pictures_go_after_a_month_and_runs_after_a_year(state: State) -> None:
    """What a run brought back as a file is no picture. The ledger tells what went, and the rest still proves itself."""
    run = await state.run()
    state.wall.to("2026-12-21T06:00")
    assert await state.tidy() == Tidied() and state.files(run) == ALL
    state.wall.to("2026-12-23T06:00")
    later = await state.run()
    assert (await state.tidy()).pictures == 1
    assert (state.files(run), state.files(later), await state.known()) == ({"statement.csv"}, ALL, {run, later})
    state.wall.to("2027-11-23T06:00")
    assert (await state.tidy(dry_run=True)).runs == 1 and await state.known() == {run, later}
    assert (await state.tidy()).runs == 1
    assert (state.files(run), await state.known()) == (set(), {later})
    assert [line.what for line in await state.office.ledger.lines(run)] == ["removed", "ended", "begun"]
    assert state.damaged() == []
    assert (await state.tidy()).runs == 0


async def test_what_waits_or_is_in_doubt_stays_with_its_pictures(state: State) -> None:
    """Until it is decided; what was decided goes by its age."""
    waits, doubt = await state.run("needs_person"), await state.office.runs.begin_run("pay")
    await state.office.inbox.add(waits, "pay", "no button is surely Save")
    await state.office.journal.arm("K", name="file", run=doubt)
    await state.office.journal.sent("K")
    await state.office.journal.settle("K", "ambiguous")
    plain = {"run": doubt, "workflow": "pay", "site": "s", "procedure": "p", "version": 1, "started": ""}
    await state.office.runs.end_run(Trajectory.model_validate(plain | {"outcome": "failed"}))
    state.wall.to("2028-11-22T06:00")
    assert await state.tidy() == Tidied()
    assert (state.files(waits), await state.known()) == (ALL, {waits, doubt})
    await state.office.resolve(waits, how="skip", who="Ada", reason="paid by hand")
    await state.office.journal.settle("K", "confirmed")
    assert (await state.tidy()).runs == 2
    assert await state.known() == set()
    assert await state.office.journal.state("K") == "confirmed", "what was sent is known for ever"
    assert state.damaged() == []


async def test_a_batch_goes_with_its_last_run_and_its_file_with_it(state: State) -> None:
    """One that has rows to do stays; so does the file that both were given."""
    inputs = state.folder / "inputs"
    inputs.mkdir()
    begun = []
    for name in ("a", "b"):
        rows = ((2, "RE-1", {"number": "RE-1"}),)
        given = Given(workflow="pay", environment="http://x", input=name, input_hash=name * 64, day="2026-11-22", rows=rows)
        begun.append(await state.office.batches.begin(given))
        (inputs / (name * 32)).write_text("number\nRE-1\n")
    done, open_ = (one.batch.id for one in begun)
    made, named = state.folder / "results" / "pay.csv", state.folder / "mine.csv"
    made.parent.mkdir()
    for path in (named, made):
        path.write_text("number,outcome\nRE-1,succeeded\n")
        await state.office.batches.note_results(done, str(path))
    run = await state.run(batch=done, row=2)  # type: ignore[arg-type]
    row = begun[0].rows[0].but(state="succeeded", outcome="succeeded", run=run)
    await state.office.batches.settle(row)
    await state.office.batches.let_go(done, {"succeeded": 1}, ended=True)
    state.wall.to("2028-11-22T06:00")
    removed = await state.tidy()
    assert (removed.runs, removed.batches) == (1, 1)
    assert await state.office.batches.get(done) is None and await state.office.batches.get(open_) is not None
    assert (made.exists(), named.exists()) == (False, True), "what was named is its owner's"
    assert state.damaged() == []


async def test_the_next_batch_reads_nothing_of_those_that_are_kept(state: State) -> None:
    """A service begins thousands between two tidyings; those in hand and the one that is gone on with are all it needs."""

    async def begin(n: int) -> int:
        rows = ((2, "RE-1", {"number": "RE-1"}),)
        given = Given(
            workflow="pay", environment="http://x", input=f"{n}.csv", input_hash=f"{n:064}", day="2026-11-22", rows=rows
        )
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        batch = (await state.office.batches.begin(given)).batch
        taken = tracemalloc.get_traced_memory()[1] - before
        await state.office.batches.let_go(batch.id, {"succeeded": 1}, ended=True)
        return taken

    tracemalloc.start()
    try:
        few = max([await begin(n) for n in range(20)][10:])
        with closing(sqlite3.connect(state.folder / "runs.db")) as conn:
            names = ", ".join(row[1] for row in conn.execute("PRAGMA table_info(batches)") if row[1] != "id")
            conn.execute(
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100)"
                f" INSERT INTO batches (id, {names}) SELECT id || '-' || i, {names} FROM batches, n"
            )
            conn.commit()
        many = max([await begin(n) for n in range(20, 25)])
    finally:
        tracemalloc.stop()
    assert many < 4 * few + 200_000, "two thousand batches take megabytes"


async def test_serve_removes_what_is_old(tmp_path: Path) -> None:
    """By itself: nobody has to think of `rpa tidy`."""
    wall = Wall()
    wall.to("2020-01-02T06:00")
    (tmp_path / ".rpa").mkdir()
    async with Office.open(tmp_path / ".rpa" / "runs.db", clock=wall) as office:
        await State(tmp_path / ".rpa", wall, office).run()
    service = asyncio.ensure_future(serve_schedules(Place(project=tmp_path), Duty()))
    try:
        async with asyncio.timeout(120), Office.open(tmp_path / ".rpa" / "runs.db") as office:
            while await office.runs.recent(n=1) or any((tmp_path / ".rpa" / "artifacts").iterdir()):
                await asyncio.wait([service], timeout=0.05)
                assert not service.done(), "it serves until it is asked to end"
    finally:
        service.cancel()
        await asyncio.wait([service])


async def test_old_due_times_go_and_a_file_that_came_is_remembered(state: State) -> None:
    """Else it would be taken for a new one."""
    await state.office.occurrences.materialise()
    for moment in ("2026-11-22T07:01", "2026-11-23T07:01"):
        state.wall.to(moment)
        await state.office.occurrences.materialise()
        due = await state.office.occurrences.claim()
        assert due and await state.office.occurrences.finish(due, "succeeded")
    with closing(sqlite3.connect(state.folder / "runs.db")) as conn:
        conn.execute("UPDATE occurrences SET file = 'in.xlsx' WHERE id = ?", [due.id])
        conn.commit()
    state.wall.to("2028-11-22T06:00")
    assert (await state.tidy()).due_times == 1
    assert [o.id for o in await state.office.occurrences.all()] == [due.id]
