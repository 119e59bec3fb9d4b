"""A batch as it is seen at a shell: one line per row, JSON lines, or a bar on stderr with counts and the time that is left."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any, assert_never

from ..domain.result import run_json
from ..ops.batches.rows import totals
from .out import answer, answer_json, harmless, say
from .place import local
from .running import Wanted

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from ..batch import BatchEnd, Began, Event, RowEnded, Table, Waiting
    from ..ops.batches.rows import BatchRow

_WORDS = {
    "succeeded": "succeeded", "failed": "failed", "needs_person": "wait for you", "business_exception": "refused by the site",
    "cancelled": "left out", "not_begun": "not begun", "pending": "to be tried again",
}  # fmt: skip


@contextmanager
def teller(wanted: Wanted, table: Table) -> Iterator[Callable[[Event], None]]:
    """Give what tells a batch: with a bar where a person watches, which is gone when the batch ends."""
    view = _View(wanted, table.sheet.kind)
    if wanted.ask is not None or not sys.stderr.isatty():  # a bar would be drawn over the questions
        yield view.tell
        return
    with _bar() as bar:
        view.show_in(bar)
        yield view.tell


def _bar() -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    return Progress(
        TextColumn("{task.description}", markup=False), BarColumn(bar_width=24),
        TextColumn("{task.fields[counts]}", markup=False), console=Console(stderr=True), transient=True,
        redirect_stdout=sys.stdout.isatty(), refresh_per_second=4,
    )  # fmt: skip


class _View:
    """What was told so far, and how long rows took in this sitting."""

    def __init__(self, wanted: Wanted, kind: str) -> None:
        self._wanted, self._word = wanted, "line" if kind == "jsonl" else "row"
        self._rows: dict[int, BatchRow] = {}
        self._left = self._done = 0
        self._began = time.monotonic()
        self._batch = self._unwritten = ""
        self._bar: Progress | None = None
        self._task: TaskID | None = None

    def show_in(self, bar: Progress) -> None:
        self._bar, self._task = bar, bar.add_task("", total=None, counts="")

    def tell(self, event: Event) -> None:
        """Tell one event."""
        from ..batch import BatchEnd, Began, ResultsUnwritten, RowBegins, RowEnded, Waiting

        match event:
            case Began():
                self._begin(event)
            case RowBegins():
                self._describe(self._named(event.row))
            case RowEnded():
                self._row(event)
            case Waiting():
                self._wait(event)
            case ResultsUnwritten():
                self._cannot_write(event.why)
            case BatchEnd():
                self._end(event)
            case _:
                assert_never(event)

    def _cannot_write(self, why: str) -> None:
        """Told once: as long as it stays so, each row would say it again."""
        if why != self._unwritten:
            say(f"the results could not be written: {why}. They are kept: `rpa show {self._batch} --results FILE` writes them")
        self._unwritten = why

    # ---- rows ----

    def _begin(self, event: Began) -> None:
        begun = event.begun
        self._batch = begun.batch.id
        self._rows = {row.number: row for row in begun.rows}
        self._left, done = event.left, len(begun.rows) - event.left
        if begun.resumed:
            counted = _counted(totals(begun.rows), but=("not_begun", "pending"))
            known = f"{done} of {len(begun.rows)} rows are not begun again ({counted}), {event.left} are left"
            again = "" if self._wanted.occurrence else ". To do all of them once more: --again REASON"
            told = known if done else f"all {event.left} rows are left"
            say(f"going on with batch {begun.batch.id} of {local(begun.batch.started)}: {told}{again}")
        for change in begun.changes:
            say(f"the file has changed: {change}")
        self._describe("")

    def _row(self, event: RowEnded) -> None:
        from ..ops.notify import sentence_for

        row, trajectory = event.row, event.trajectory
        self._rows[row.number] = row
        named = self._named(row)
        if row.due and row.state == "pending":
            say(f"{named}: {row.reason}. It is tried again at {_clock(row.due)} (try {row.tries + 1}).")
            self._describe(named)
            return
        self._done, self._left = self._done + 1, self._left - 1
        if self._wanted.as_json:
            line = run_json(trajectory, version_written=event.written)
            answer_json({**line, "row": row.number, "key": row.key})
            if self._bar is None:
                say(f"{named}: {_WORDS[row.counted_as()]}{self._rest()}")
        else:
            answer(f"{self._word} {row.number}: {sentence_for(trajectory)}")
            if trajectory.outcome != "succeeded":
                say(f"more: rpa show {trajectory.run}")
        self._describe(named)

    def _wait(self, event: Waiting) -> None:
        n = event.rows
        words = f"{n} row{'s wait' if n != 1 else ' waits'} to be tried again; going on at {_clock(event.until)}"
        if self._bar is None:
            say(words)
        self._describe(words)

    def _named(self, row: BatchRow) -> str:
        key = f" ({harmless(row.key)})" if row.key != str(row.number) else ""
        return f"{self._word} {row.number}{key}"

    def _rest(self) -> str:
        if not self._left:
            return ""
        each = (time.monotonic() - self._began) / max(1, self._done)
        return f"; {self._left} left, about {_span(each * self._left)}"

    def _describe(self, words: str) -> None:
        if self._bar is None or self._task is None:
            return
        counts = _counted(totals(self._rows.values()), but=("not_begun", "pending"))
        done = len(self._rows) - self._left
        rest = self._rest().removeprefix("; ") if self._done else f"{self._left} left"
        text = " · ".join(t for t in (f"{done}/{len(self._rows)}", counts, rest) if t)
        self._bar.update(self._task, description=words, total=len(self._rows) or 1, completed=done, counts=text)

    # ---- the end ----

    def _end(self, event: BatchEnd) -> None:
        counts, left = event.totals(), [row for row in event.rows if row.state in ("pending", "running")]
        self._say_what_is_left(event, left)
        if self._wanted.as_json:
            more: dict[str, Any] = {"stopped": event.stopped} if event.stopped else {}
            more |= {"cancelled": True} if event.cancelled else {}
            more |= {} if event.written else {"results_written": False}
            more |= {"later": event.later.isoformat(timespec="seconds")} if event.later else {}
            answer_json(
                {
                    "schema": 1, "summary": True, "batch": event.batch.id, "rows": len(event.rows), "by_outcome": counts,
                    "results": str(event.results), **more,
                }
            )  # fmt: skip
            return
        answer(f"{len(event.rows)} rows: " + (_counted(counts, plain=True) or "none"))
        say(f"wrote {event.results}" if event.written else f"{event.results} holds not all of them, since it could not be written")

    def _say_what_is_left(self, event: BatchEnd, left: list[BatchRow]) -> None:
        if event.stopped:
            say(event.stopped)
        if not left:
            return
        done = len(event.rows) - len(left)
        if event.later:
            say(f"{len(left)} of {len(event.rows)} rows are to be tried again at {_clock(event.later)}")
            return
        how = f" --rows {self._wanted.rows}" if self._wanted.rows else ""
        go_on = f"`rpa run {self._wanted.name}{how}` goes on there" if not self._wanted.occurrence else "the next run goes on there"
        say(f"{done} of {len(event.rows)} rows are done, {len(left)} rows were not done; {go_on}")


def _counted(counts: dict[str, int], *, but: tuple[str, ...] = (), plain: bool = False) -> str:
    """Return totals in words: those of the contract, or a clerk's."""
    shown = ((n, o.replace("_", " ") if plain else _WORDS.get(o, o)) for o, n in counts.items() if o not in but)
    return ", ".join(f"{n} {words}" for n, words in shown)


def _span(seconds: float) -> str:
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{round(seconds / 60)} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def _clock(moment: datetime | str) -> str:
    return local(moment)[11:]
