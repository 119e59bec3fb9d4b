"""Rows of a file: each done once whatever happens in between, technical faults tried again at the end, the rest never."""

from __future__ import annotations

import asyncio
import csv
import os
import re
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from rpa_agent.agent import Order, Result
from rpa_agent.batch import BatchEnd, Began, Event, Job, ResultsUnwritten, RowEnded, Waiting, read_table, run_batch
from rpa_agent.domain.errors import BatchBusy, BrowserMissing, ParamsInvalid, SiteUnreachable, StoreCorrupt
from rpa_agent.domain.trajectory import Trajectory
from rpa_agent.domain.workflow import Check, CommitRule, ExceptionRule, Once, Param, Retries, Rows, Workflow
from rpa_agent.ops.office import Office
from rpa_agent.ops.process.owner import Owner, after_boot
from rpa_agent.ops.secret.secrets import SecretSources
from rpa_agent.ops.settings import Settings

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
TODAY = date(2026, 11, 22)
EXCEPTIONS = tuple(
    ExceptionRule(name=name, when=Check(visible="*"), then=then)
    for name, then in (("duplicate", "skip_row"), ("closed", "stop_batch"))
)
FINE: dict[str, Any] = {"outcome": "succeeded", "sent": "sent", "outputs": {"invoice": "INV-1"}}
SLOW: dict[str, Any] = {"outcome": "failed", "fault": "timing", "stopped": "the page was too slow"}
DOWN: dict[str, Any] = {"outcome": "failed", "fault": "infrastructure", "stopped": "the site does not answer"}
DRIFT: dict[str, Any] = {"outcome": "needs_person", "fault": "drift", "stopped": "no button is surely Save"}
REFUSED: dict[str, Any] = {"outcome": "business_exception", "fault": "data", "stopped": "duplicate: it is there already"}
CLOSED: dict[str, Any] = {"outcome": "business_exception", "fault": "data", "stopped": "closed: the month is closed"}


MANY = 200


@dataclass
class Desk:
    """Does runs as it is told, and keeps them as the agent does: one ``plan`` of outcomes per row, the last repeats."""

    office: Office
    settings: Settings
    plan: dict[str, list[Any]] = field(default_factory=dict)
    done: list[str] = field(default_factory=list)
    again: list[str | None] = field(default_factory=list)

    async def run(self, order: Order) -> Result:
        number = order.params["number"]
        planned = self.plan.get(number, [FINE])
        what = planned.pop(0) if len(planned) > 1 else planned[0]
        if isinstance(what, BrowserMissing):
            raise what
        run = await self.office.runs.begin_run("pay", batch=order.batch, row=order.row, row_key=order.row_key)
        self.done.append(number)
        self.again.append(order.again)
        if what == "crash":
            raise KeyboardInterrupt
        plain = {"run": run, "workflow": "pay", "site": "s", "procedure": "p", "version": 1, "started": ""}
        ended = dict(what) if isinstance(what, dict) else {"outcome": "cancelled"}
        if isinstance(what, SiteUnreachable):
            ended = DOWN
        trajectory = Trajectory.model_validate({**plain, **ended})
        if order.again is None and await self.office.journal.state(number) == "confirmed":
            trajectory = trajectory.but(sent="nothing")
        elif ended.get("sent") == "sent":
            await self.office.journal.arm(number, name="file", run=run, again=order.again)
            await self.office.journal.sent(number)
            await self.office.journal.settle(number, "confirmed")
        await self.office.runs.end_run(trajectory)
        if trajectory.outcome == "needs_person":
            await self.office.inbox.add(run, "pay", trajectory.stopped)
        if what == "cancel":
            raise asyncio.CancelledError
        if isinstance(what, SiteUnreachable):
            what.run = run
            raise what
        return Result(trajectory, exception=trajectory.stopped.partition(":")[0] if ended.get("fault") == "data" else "")


class Clock:
    """Noon, and later when somebody waits."""

    def __init__(self) -> None:
        self.now, self.waited = NOON, list[timedelta]()

    def __call__(self) -> datetime:
        self.now += timedelta(milliseconds=1)
        return self.now

    async def wait(self, span: timedelta) -> None:
        self.waited.append(timedelta(seconds=round(span.total_seconds())))
        self.now += span


@dataclass
class Bench:
    """A project folder with one row file, and everything that was told."""

    folder: Path
    desk: Desk
    clock: Clock
    told: list[Event] = field(default_factory=list)

    async def run(self, *numbers: str, amounts: dict[str, str] | None = None, **more: Any) -> BatchEnd:
        job = self.job(*numbers, amounts=amounts, **more)
        return await run_batch(self.desk, job, tell=self.told.append, wait=None if more.get("occurrence") else self.clock.wait)

    def job(
        self, *numbers: str, amounts: dict[str, str] | None = None, retries: Retries | None = None,
        commits: tuple[CommitRule, ...] = (), **order: Any,
    ) -> Job:
        path = self.folder / "in.csv"
        lines = [f"{n};{(amounts or {}).get(n, '1.50')}" for n in numbers]
        path.write_text("\n".join(["number;amount", *lines]) + "\n")
        workflow = Workflow.model_validate(
            {
                "name": "pay", "task": "Pay", "base_url": "http://x", "success": "none", "exceptions": EXCEPTIONS,
                "params": {"number": Param(), "amount": Param(type="decimal")}, "commits": commits,
                "rows": Rows(file="in.csv", key="number", stop_after_in_a_row=3), "outputs": {"invoice": {"type": "string"}},
                **({"retries": retries} if retries else {}),
            }
        )  # fmt: skip
        shared = Order(workflow, {}, SecretSources([]), "http://x", today=TODAY, **order)
        return Job(shared, read_table(path, workflow, given={}, today=TODAY))

    def began(self) -> Began:
        return [event for event in self.told if isinstance(event, Began)][-1]

    def results(self, end: BatchEnd) -> list[tuple[str, str]]:
        with end.results.open(encoding="utf-8-sig", newline="") as f:
            return [(row["number"], row["outcome"]) for row in csv.DictReader(f, delimiter=";")]


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    clock = Clock()
    (tmp_path / "project").mkdir()
    settings = Settings.load(tmp_path / "project")
    async with Office.open(settings.runs, clock=clock) as office:
        yield Bench(tmp_path, Desk(office, settings), clock)


def states(end: BatchEnd) -> dict[str, str]:
    return {row.key: row.state for row in end.rows}


# ---- one batch ---------------------------------------------------------------------------------------------------------


async def test_every_row_is_one_run_and_the_file_says_what_became_of_it(bench: Bench) -> None:
    """A row that the site refused, one that waits for a person, and one that failed stop nobody else."""
    failed = {"outcome": "failed", "fault": "defect", "stopped": "not met: visible Filed"}
    bench.desk.plan = {"B": [REFUSED], "C": [DRIFT], "D": [failed]}
    end = await bench.run("A", "B", "C", "D", "E")
    assert bench.desk.done == ["A", "B", "C", "D", "E"]
    assert states(end) == {"A": "succeeded", "B": "exception", "C": "parked", "D": "failed", "E": "succeeded"}
    assert end.totals() == {"succeeded": 2, "business_exception": 1, "needs_person": 1, "failed": 1}
    assert (end.code(), bench.clock.waited) == (4, [])
    assert bench.results(end)[2:4] == [("C", "needs_person"), ("D", "failed")]
    assert [p.read_bytes() for p in (bench.desk.settings.state / "inputs").iterdir()] == [(bench.folder / "in.csv").read_bytes()]


async def test_a_refusal_that_stops_the_batch_leaves_the_rest(bench: Bench) -> None:
    """The rows behind it are not begun, and the reason is told."""
    bench.desk.plan = {"B": [CLOSED]}
    end = await bench.run("A", "B", "C")
    assert (bench.desk.done, states(end)["C"], end.code()) == (["A", "B"], "pending", 1)
    assert "row 3" in end.stopped and "the month is closed" in end.stopped


async def test_too_many_in_a_row_stop_the_batch(bench: Bench) -> None:
    """Waiting rows count as well; those behind are done when it is run again, after the ones that waited."""
    bench.desk.plan = {"A": [DRIFT, FINE], "B": [DRIFT, FINE], "C": [DRIFT, FINE]}
    end = await bench.run("A", "B", "C", "D")
    assert ("3 rows in a row" in end.stopped, states(end)["D"]) == (True, "pending")
    end = await bench.run("A", "B", "C", "D")
    assert bench.desk.done == ["A", "B", "C", "A", "B", "C", "D"]
    assert set(states(end).values()) == {"succeeded"}
    assert await bench.desk.office.inbox.items() == [], "nobody has to decide what was done since"


# ---- technical faults ----------------------------------------------------------------------------------------------------


async def test_a_technical_fault_is_tried_again_after_the_other_rows(bench: Bench) -> None:
    """With growing pauses, which hold up nobody; what it says in the end is what counts."""
    bench.desk.plan = {"A": [SLOW, SLOW, FINE]}
    end = await bench.run("A", "B", "C")
    assert bench.desk.done == ["A", "B", "C", "A", "A"]
    assert bench.clock.waited == [timedelta(seconds=30), timedelta(minutes=5)]
    assert (end.totals(), end.code()) == ({"succeeded": 3}, 0)
    assert any(isinstance(event, Waiting) for event in bench.told)


async def test_the_last_try_counts(bench: Bench) -> None:
    """A row that never comes through has failed, with how often it was tried."""
    bench.desk.plan = {"B": [SiteUnreachable("down")]}
    end = await bench.run("A", "B", retries=Retries(technical=2, backoff=("1s",)))
    assert bench.desk.done == ["A", "B", "B", "B"]
    assert (states(end)["B"], end.code(), end.rows[1].reason) == ("failed", 5, "the site does not answer; tried 3 times")


async def test_where_nothing_works_a_person_is_told_at_once(bench: Bench) -> None:
    """Unless the workflow says how long to try, nobody waits half an hour for a site that was never there."""
    bench.desk.plan = {n: [DOWN] for n in "ABCDE"}
    end = await bench.run(*"ABCDE")
    assert (bench.desk.done, bench.clock.waited, end.code()) == (["A", "B", "C"], [], 5)
    assert states(end) == dict(zip("ABCDE", ["failed"] * 3 + ["pending"] * 2, strict=True))
    bench.desk.plan = {}
    assert set(states(await bench.run(*"ABCDE")).values()) == {"succeeded"}


async def test_an_outage_is_waited_for_by_the_rows_it_met(bench: Bench) -> None:
    """The others are not sent into it one after the other."""
    bench.desk.plan = {n: [DOWN, FINE] for n in "ABC"}
    end = await bench.run(*"ABCDE", retries=Retries(technical=3, backoff=("30s",)))
    assert bench.desk.done == ["A", "B", "C", "A", "D", "E", "B", "C"]
    assert (end.totals(), len(bench.clock.waited)) == ({"succeeded": 5}, 1)


async def test_a_due_time_comes_back_instead_of_waiting(bench: Bench) -> None:
    """A worker's place is not blocked by a pause; what failed for good is not tried again by the way."""
    failed = {"outcome": "failed", "fault": "defect", "stopped": "not met"}
    bench.desk.plan = {"A": [SLOW, FINE], "B": [failed], "C": [DRIFT]}
    end = await bench.run("A", "B", "C", occurrence="o1")
    assert end.later is not None and timedelta(seconds=29) < end.later - NOON < timedelta(seconds=31)
    assert states(end) == {"A": "pending", "B": "failed", "C": "parked"}
    bench.clock.now += timedelta(minutes=1)
    end = await bench.run("A", "B", "C", occurrence="o1")
    assert bench.desk.done == ["A", "B", "C", "A"]
    assert (end.later, states(end)["A"]) == (None, "succeeded")


async def test_what_ends_every_row_ends_the_batch(bench: Bench) -> None:
    """No browser is no reason to open none for each row; all is left to be done."""
    bench.desk.plan = {"B": [BrowserMissing()]}
    with pytest.raises(BrowserMissing):
        await bench.run("A", "B", "C")
    bench.desk.plan = {}
    assert set(states(await bench.run("A", "B", "C")).values()) == {"succeeded"}
    assert bench.desk.done == ["A", "B", "C"]


# ---- going on ------------------------------------------------------------------------------------------------------------


async def test_it_goes_on_where_it_was_cancelled(bench: Bench) -> None:
    """Rows that are done are not begun; the row in between is; the result file is the same one."""
    bench.desk.plan = {"B": ["cancel", FINE]}
    with pytest.raises(asyncio.CancelledError):
        await bench.run("A", "B", "C")
    (cut,) = [event for event in bench.told if isinstance(event, BatchEnd)]
    assert (cut.cancelled, bench.results(cut)) == (True, [("A", "succeeded"), ("B", "pending"), ("C", "not_begun")])
    end = await bench.run("A", "B", "C")
    assert bench.desk.done == ["A", "B", "B", "C"]
    assert (bench.began().begun.resumed, end.batch.id, end.results) == (True, cut.batch.id, cut.results)
    assert bench.results(end) == [(n, "succeeded") for n in "ABC"]


async def test_a_long_file_goes_on_at_the_row_where_its_process_died(bench: Bench) -> None:
    """What was done stays done, the row that was cut off is begun again, and the file tells of every row throughout."""
    numbers = [f"N{n:03}" for n in range(MANY)]
    bench.desk.plan[numbers[MANY // 2]] = ["crash", FINE]
    with pytest.raises(KeyboardInterrupt):
        await bench.run(*numbers)
    end = await bench.run(*numbers)
    assert bench.began().left == MANY // 2
    assert set(states(end).values()) == {"succeeded"}
    assert Counter(bench.desk.done) == Counter(numbers) + Counter([numbers[MANY // 2]])
    assert bench.results(end) == [(number, "succeeded") for number in numbers]


async def test_every_bad_cell_of_a_long_file_is_told_before_its_first_row(bench: Bench) -> None:
    """Three of a thousand rows cannot be right: all three are named with their place, and nothing was begun."""
    numbers = [f"N{n:04}" for n in range(1000)]
    bad = {"N0002": "12,5O", "N0500": "", "N0999": "a lot"}
    with pytest.raises(ParamsInvalid) as refused:
        await bench.run(*numbers, amounts=bad)
    assert re.findall(r"row (\d+)", refused.value.message) == ["4", "502", "1001"]
    assert bench.desk.done == []
    assert await bench.desk.office.batches.recent() == []


async def test_a_batch_that_is_done_is_begun_anew(bench: Bench) -> None:
    """Tomorrow's look at the same accounts is another batch; what was sent is the journal's to guard."""
    first = await bench.run("A")
    second = await bench.run("A", again="the month was reopened")
    assert first.batch.id != second.batch.id and first.results != second.results


async def test_a_changed_file_takes_over_what_did_not_change(bench: Bench) -> None:
    """It is told what is new, what is gone, and which row was done with other values."""
    bench.desk.plan = {"C": [DRIFT, FINE]}
    await bench.run("A", "B", "C", "X")
    end = await bench.run("A", "B", "C", "D", amounts={"B": "9"})
    assert bench.desk.done == ["A", "B", "C", "X", "B", "C", "D"]
    changes = " / ".join(bench.began().begun.changes)
    assert "row 3 (B) has another amount, which had been done with the former values" in changes
    assert "new: row 5" in changes and "no longer there: row 5 (X)" in changes
    assert bench.results(end) == [(n, "succeeded") for n in "ABCD"]


async def test_a_person_decides_about_a_row_that_waits(bench: Bench) -> None:
    """Done by hand and left out are done; what is in doubt stays until somebody decided."""
    doubt = {"outcome": "needs_person", "fault": "timing", "sent": "unknown", "stopped": "no answer came"}
    bench.desk.plan = {"A": [doubt], "B": [doubt], "C": [doubt, FINE]}
    bench.desk.plan["D"] = [FINE]
    end = await bench.run("D", "A", "B")
    await bench.run("D", "A", "B")
    assert bench.desk.done == ["D", "A", "B"], "nothing in doubt is begun again by itself"
    runs = {row.key: row.run for row in end.rows}
    await bench.desk.office.resolve(runs["A"], how="done_by_hand", who="Ada", reason="it is there")
    await bench.desk.office.resolve(runs["B"], how="skip", who="Ada", reason="paid in cash")
    end = await bench.run("D", "A", "B")
    assert states(end) == {"D": "succeeded", "A": "succeeded", "B": "cancelled"}
    assert (end.rows[1].reason, end.code()) == ("done by hand, Ada: it is there", 0)


async def test_once_more_on_purpose_is_once_more(bench: Bench) -> None:
    """Cut off and given again with the same reason, what was repeated is not repeated a third time."""
    await bench.run("A", "B")
    bench.desk.plan = {"B": ["cancel", FINE]}
    with pytest.raises(asyncio.CancelledError):
        await bench.run("A", "B", again="wrong account")
    bench.desk.done.clear()
    end = await bench.run("A", "B", again="wrong account")
    assert (bench.desk.done, bench.desk.again[-1]) == (["B"], "wrong account")
    assert set(states(end).values()) == {"succeeded"}
    assert len(await bench.desk.office.journal.history("A")) == 6, "two generations, no third"


async def test_a_key_of_one_run_only_does_not_guard_the_next(bench: Bench) -> None:
    """Where the journal could not find what was sent, a row that was cut off behind it waits for a person."""
    per_run = (CommitRule(name="file", once=Once(key=("number",), per="run")),)
    bench.desk.plan["A"] = [{**FINE, "outcome": "failed", "fault": "timing"}]
    end = await bench.run("A", commits=per_run)
    assert (states(end), bench.desk.done) == ({"A": "failed"}, ["A"])
    assert states(await bench.run("A", commits=per_run)) == {"A": "failed"}
    assert bench.desk.done == ["A"]


async def test_one_process_at_a_time_works_on_a_file(bench: Bench) -> None:
    """The second is told who does, and begins nothing."""
    parent = os.getppid()
    other = Owner(parent, after_boot(parent), "other")
    job = bench.job("A", "B")
    async with Office.open(bench.desk.settings.runs, owner=other) as office:
        desk = Desk(office, bench.desk.settings, plan={"A": ["crash"]})
        with pytest.raises(KeyboardInterrupt):
            await run_batch(desk, job, tell=bench.told.append)
    with sqlite3.connect(bench.desk.settings.runs) as plain:     # the other has not let go: it is still at it
        plain.execute("UPDATE batches SET row_hash = '', ended = NULL, owner_pid = ?, owner_started = ?, owner_token = 'x'", [
            parent, other.started,
        ])  # fmt: skip
    with pytest.raises(BatchBusy, match=f"process {parent} works on"):
        await bench.run("A", "B")
    assert bench.desk.done == []


async def test_a_row_that_was_changed_outside_is_not_begun(bench: Bench) -> None:
    """Half a batch on damaged rows is worse than none."""
    bench.desk.plan = {"A": [DRIFT]}
    await bench.run("A", "B")
    with sqlite3.connect(bench.desk.settings.runs) as plain:
        plain.execute("UPDATE batch_rows SET given = replace(given, '1.5', '9.5')")
    with pytest.raises(StoreCorrupt, match="row 2 of batch"):
        await bench.run("A", "B")


async def test_a_file_that_is_wrong_keeps_no_trace(bench: Bench) -> None:
    """It is refused before a batch is begun."""
    with pytest.raises(ParamsInvalid, match="2 things are wrong"):
        await bench.run("A", "B", amounts={"A": "one", "B": "two"})
    assert await bench.desk.office.batches.recent() == []
    assert not (bench.desk.settings.state / "inputs").exists()


async def test_a_batch_of_no_rows_is_done(bench: Bench) -> None:
    """An empty day is no fault."""
    end = await bench.run()
    assert (end.totals(), end.code(), bench.desk.done) == ({}, 0, [])
    assert not [event for event in bench.told if isinstance(event, RowEnded)]


async def test_left_between_two_rows_it_goes_on_there(bench: Bench) -> None:
    """A service that is asked to end finishes the row at hand; the next one does the others, none twice."""
    job = bench.job("RE-1", "RE-2", "RE-3", occurrence="o1")
    end = await run_batch(bench.desk, job, tell=bench.told.append, leave=lambda: bench.desk.done == ["RE-1"])
    assert end.later is not None and [row.state for row in end.rows] == ["succeeded", "pending", "pending"]
    end = await run_batch(bench.desk, job, tell=bench.told.append)
    assert (end.later, end.code(), bench.desk.done) == (None, 0, ["RE-1", "RE-2", "RE-3"])


async def test_a_batch_that_a_person_cancels_begins_no_further_row(bench: Bench) -> None:
    """What was done stays done; the rows that were not begun can be done another time."""
    asked: list[Any] = []

    def tell(event: Event) -> None:
        if isinstance(event, Began):
            cancels = bench.desk.office.cancels
            asked.append(asyncio.ensure_future(cancels.ask(event.begun.batch.id, who="Ada", because="wrong file")))

    end = await run_batch(bench.desk, bench.job("RE-1", "RE-2"), tell=tell)
    await asyncio.gather(*asked)
    assert (end.code(), end.stopped) == (130, "cancelled by Ada: wrong file")
    assert [row.state for row in end.rows].count("pending") >= 1


async def test_no_row_begins_after_the_deadline(bench: Bench) -> None:
    """Nothing was sent for the rows that are left."""
    end = await bench.run("RE-1", "RE-2", until=NOON)
    assert (bench.desk.done, [row.state for row in end.rows]) == ([], ["pending", "pending"])
    assert end.stopped.startswith("it had to be over by")


async def test_a_result_file_that_cannot_be_written_stops_nothing_and_is_not_called_written(bench: Bench) -> None:
    """The rows are done and kept; what the person is told is that the file does not hold them."""
    (bench.folder / "a file").write_text("")
    job = replace(bench.job("RE-1", "RE-2"), results=bench.folder / "a file" / "out.csv")
    end = await run_batch(bench.desk, job, tell=bench.told.append)
    assert (end.totals(), end.code(), end.written) == ({"succeeded": 2}, 0, False)
    assert sum(isinstance(event, ResultsUnwritten) for event in bench.told) == 3
    assert (await bench.run("RE-3")).written
