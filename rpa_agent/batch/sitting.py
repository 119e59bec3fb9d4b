"""One process's work on a batch, from taking it up to letting it go."""

from __future__ import annotations

import asyncio
import heapq
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from ..domain.errors import BrowserMissing, EnvironmentUnfit, NeedsPerson, StoreReadOnly, StoreUnfit
from ..domain.retry import due_again, keys_last, may_be_tried_again
from ..ops.batches import Begun, Given, as_ended
from ..ops.batches.rows import BatchRow
from ..ops.clock import read_stamp, stamp
from .table import Table, became, keep_input
from .told import BatchEnd, Began, ResultsUnwritten, RowBegins, RowEnded, Tell, Waiting

if TYPE_CHECKING:
    from ..agent import Order, Result
    from ..domain.trajectory import Trajectory
    from ..formats.results import ResultFile
    from ..ops.office import Office
    from ..ops.settings import Settings

Wait = Callable[[timedelta], Awaitable[None]]
IN_A_ROW = 5


@dataclass(frozen=True)
class Job:
    """What a batch is asked to do. ``order`` is what all rows share; its params hold for every row."""

    order: Order
    table: Table
    results: Path | None = None  # where the result file is to be; default: the state folder
    replace_results: bool = False  # it was named for this batch, so a file that is there already is replaced


class Doer(Protocol):
    """What does single runs, with its office and its folders: an `Agent`."""

    office: Office
    settings: Settings

    async def run(self, order: Order) -> Result: ...


def _stays() -> bool:
    return False


async def run_batch(
    agent: Doer, job: Job, *, tell: Tell, wait: Wait | None = None, leave: Callable[[], bool] = _stays
) -> BatchEnd:
    """Do what is left of a batch, telling each step. Raises BatchBusy while another process works on it.

    Rows that are to be tried again are waited for with ``wait``; without it the end says when to come back.
    Once ``leave`` says so no further row begins, and the end says that it wants to go on at once.
    Whatever ends it early, the state of every row is kept, the result file holds the rows so far, and the batch is let go.
    """
    await asyncio.to_thread(keep_input, agent.settings.state, job.table)
    begun = await agent.office.batches.begin(_given(job))
    return await _Sitting(agent, job, begun, tell=tell, wait=wait, leave=leave).work()


def _given(job: Job) -> Given:
    order, table = job.order, job.table
    rows = tuple((r.number, r.key, {**order.params, **r.values}) for r in table.rows)
    return Given(
        workflow=order.workflow.name, environment=order.base_url, input=str(table.sheet.path.absolute()),
        input_hash=table.hash, day=_day(order).isoformat(), rows=rows, by_key=table.by_key,
        occurrence=order.occurrence, again=order.again, keys_last=_keys_last(order), probed=_probed(order),
    )  # fmt: skip


def _keys_last(order: Order) -> bool:
    return keys_last(order.workflow, has_rows=True, occurrence=order.occurrence)


def _probed(order: Order) -> frozenset[str]:
    return frozenset(commit.name for commit in order.workflow.commits if commit.probe)


def _day(order: Order) -> date:
    return order.today or datetime.now().astimezone().date()


class _Sitting:
    """One process's work on a batch, from taking it up to letting it go."""

    def __init__(
        self, agent: Doer, job: Job, begun: Begun, *, tell: Tell, wait: Wait | None, leave: Callable[[], bool]
    ) -> None:
        self._agent, self._job, self._begun, self._tell, self._wait = agent, job, begun, tell, wait
        self._leave, self._called_off = leave, False
        self._workflow, self._batch = job.order.workflow, begun.batch
        self._rows = {row.number: row for row in begun.rows}
        waiting = [(read_stamp(r.due), r.number) for r in begun.rows if r.state == "pending" and r.due]
        self._deferred = waiting
        heapq.heapify(self._deferred)
        self._fresh = deque(r.number for r in begun.rows if r.state == "pending" and not r.due)
        self._limit = self._workflow.rows.stop_after_in_a_row if self._workflow.rows else IN_A_ROW
        self._unsuccessful = self._technical = 0  # so many rows in a row
        self._came_through = False
        self._later: datetime | None = None
        self._stopped = ""

    async def work(self) -> BatchEnd:
        self._results = self._result_file()
        await self._agent.office.batches.note_results(self._batch.id, str(self._results.path))
        self._tell(Began(self._begun, len(self._fresh) + len(self._deferred)))
        cancelled = came_to_end = False
        try:
            while (number := await self._next()) is not None:
                await self._one(number)
            came_to_end = self._later is None
        except asyncio.CancelledError:
            cancelled = True
            raise
        finally:
            end = BatchEnd(
                self._batch, tuple(self._rows.values()), self._results.path, self._stopped, self._later, cancelled,
                self._called_off,
            )
            end = await self._let_go(end, ended=came_to_end)
        return end

    async def _let_go(self, end: BatchEnd, *, ended: bool) -> BatchEnd:
        with suppress(StoreUnfit):  # then the store is what failed, and the first error says so
            await self._agent.office.batches.let_go(self._batch.id, end.totals(), ended=ended)
        end = replace(end, written=await self._write_results(self._results.close))
        self._tell(end)
        return end

    # ---- which row ----

    async def _next(self) -> int | None:
        """Return the next row, waiting for one where none can be done now; None where there is nothing more to do."""
        await self._look_whether_wanted()
        if self._stopped or self._later is not None:
            return None
        out_of_order = self._technical >= self._limit  # the rows that wait find out whether it works again
        if self._fresh and not (out_of_order and self._deferred):
            return self._fresh.popleft()
        if not self._deferred:
            return None
        if not (self._patient() or self._came_through):
            await self._give_up()
            return None
        due, number = self._deferred[0]
        now = self._agent.office.clock()
        if due > now:
            if self._wait is None:
                self._later = due
                return None
            self._tell(Waiting(due, len(self._deferred)))
            await self._wait(due - now)
        heapq.heappop(self._deferred)
        return number

    async def _look_whether_wanted(self) -> None:
        """Begin no further row where the batch was cancelled, is too late, or whoever works on it is asked to end."""
        if not (self._fresh or self._deferred):
            return
        now, until = self._agent.office.clock(), self._job.order.until
        if (cancel := await self._agent.office.cancels.of(self._batch.id)) is not None:
            self._stopped, self._called_off = cancel.words(), True
        elif until is not None and now >= until:
            self._stopped = f"it had to be over by {until.astimezone():%H:%M}"
        elif self._leave():
            self._later = now

    def _patient(self) -> bool:
        """A person at a terminal is told at once that nothing works, unless the workflow says how long to try."""
        return self._job.order.occurrence is not None or "retries" in self._workflow.model_fields_set

    async def _give_up(self) -> None:
        for _, number in self._deferred:
            row = self._rows[number].but(state="failed", due=None)
            await self._settle(row)
            self._unsuccessful += 1
        self._deferred.clear()
        if self._fresh:
            self._stopped = f"stopped after {self._unsuccessful} rows in a row that did not succeed"

    # ---- one row ----

    async def _one(self, number: int) -> None:
        row = self._rows[number]
        repeated = await self._repeated(row)
        if repeated and len(self._workflow.commits) > 1:
            await self._park(row)
            return
        self._tell(RowBegins(row))
        order = self._order(row, again=None if repeated else self._batch.again)
        exception, written, shut_out = "", None, False
        try:
            result = await self._agent.run(order)
            trajectory, exception, written = result.trajectory, result.exception, result.version_written
        except asyncio.CancelledError:
            last, probed = _keys_last(self._job.order), _probed(self._job.order)
            row = await self._agent.office.batches.cut_off(self._batch.id, number, keys_last=last, probed=probed)
            self._rows[number] = row
            await self._write_results(lambda: self._results.add(number, became(row)))
            raise
        except (EnvironmentUnfit, NeedsPerson) as e:
            trajectory = await self._of_error(e)
            shut_out = isinstance(e, NeedsPerson) and e.of_account
        guarded = order.again is None and _keys_last(order)
        row = self._judged(as_ended(row.but(attempts=row.attempts + 1), trajectory), trajectory, guarded=guarded)
        await self._settle(row)
        self._count(row, exception)
        if shut_out and (self._fresh or self._deferred):
            self._stopped = f"stopped because no row can log in: {row.reason}"
        self._tell(RowEnded(row, trajectory, written))

    def _order(self, row: BatchRow, *, again: str | None) -> Order:
        named = self._workflow.rows is not None and self._workflow.rows.key is not None
        return replace(
            self._job.order, params=row.given, again=again, today=date.fromisoformat(self._batch.day),
            batch=self._batch.id, row=row.number, has_rows=True, row_key=row.key if named else "",
        )  # fmt: skip

    async def _of_error(self, error: EnvironmentUnfit | NeedsPerson) -> Trajectory:
        """Return how the run that an error ended was closed; what ends every row alike ends the batch."""
        if not error.run or isinstance(error, StoreUnfit | BrowserMissing):
            raise error
        run = await self._agent.office.runs.get(error.run)
        if run.trajectory is None:
            raise error
        return run.trajectory

    def _judged(self, row: BatchRow, trajectory: Trajectory, *, guarded: bool) -> BatchRow:
        """Return the row as it ended, or to be tried again when its pause is over."""
        if not may_be_tried_again(trajectory, guarded=guarded):
            return row.but(tries=0)
        row = row.but(tries=row.tries + 1)
        now = self._agent.office.clock()
        due = due_again(self._workflow.retries, row.tries, now=now, not_before=trajectory.not_before)
        if due is None:
            return row.but(reason=f"{row.reason}; tried {row.tries} times") if row.tries > 1 else row
        heapq.heappush(self._deferred, (due, row.number))
        return row.but(state="pending", due=stamp(due))

    def _count(self, row: BatchRow, exception: str) -> None:
        self._technical = self._technical + 1 if row.tries else 0
        if row.state in ("succeeded", "exception"):
            self._came_through, self._unsuccessful = True, 0
        elif row.state in ("failed", "parked"):
            self._unsuccessful += 1
        left = len(self._fresh) + len(self._deferred)
        if any(rule.name == exception and rule.then == "stop_batch" for rule in self._workflow.exceptions):
            self._stopped = f"stopped because the site said in row {row.number}: {row.reason}"
        elif left and self._unsuccessful >= self._limit:
            self._stopped = f"stopped after {self._unsuccessful} rows in a row that did not succeed"

    async def _settle(self, row: BatchRow) -> None:
        self._rows[row.number] = row
        await self._agent.office.batches.settle(row)
        await self._write_results(lambda: self._results.add(row.number, became(row)))

    # ---- once more, on purpose ----

    async def _repeated(self, row: BatchRow) -> bool:
        """Tell whether this batch has done the row's commit once more already: it is not sent a third time."""
        if self._batch.again is None or not row.attempts:
            return False
        runs = await self._agent.office.runs.of_row(self._batch.id, row.number)
        entries = [entry for run in runs for entry in await self._agent.office.journal.of_run(run)]
        return any(entry.state == "confirmed" for entry in entries)

    async def _park(self, row: BatchRow) -> None:
        why = "it was done once more on purpose and cut off after a part had been sent; look how far it is"
        await self._agent.office.inbox.add(row.run, self._workflow.name, why, fault="infrastructure")
        row = row.but(state="parked", outcome="needs_person", fault="infrastructure", sent="sent", reason=why)
        await self._settle(row)
        self._count(row, "")

    # ---- the result file ----

    def _result_file(self) -> ResultFile:
        from ..formats.results import ResultFile, free_path

        job, known = self._job, {row.number: became(row) for row in self._rows.values()}
        if job.results is not None and job.replace_results:
            path = job.results
        elif self._begun.resumed and self._batch.results:
            path = Path(self._batch.results)
        else:
            default = self._agent.settings.state / "results"
            name = f"{self._workflow.name}-{self._batch.id}.{job.table.sheet.kind}"
            path = free_path(job.results or default / name)
        return ResultFile(path, job.table.sheet, tuple(self._workflow.outputs), known)

    async def _write_results(self, write: Callable[[], None]) -> bool:
        try:
            await asyncio.to_thread(write)
        except StoreReadOnly as e:
            self._tell(ResultsUnwritten(f"{self._results.path} {e.message}"))
            return False
        return True


