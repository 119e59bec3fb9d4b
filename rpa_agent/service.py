"""Serve: look what is due, claim it, run it, write what became of it; a restart neither doubles nor loses one."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from loguru import logger

from rpa_agent.domain.errors import NeedsPerson, RpaAgentError, StoreLocked
from rpa_agent.ops.due.alarm import Alarm
from rpa_agent.ops.due.occurrence import Later, Occurrence
from rpa_agent.ops.due.takeover import Probed
from rpa_agent.ops.office import Office

if TYPE_CHECKING:
    from rpa_agent.ops.notices.announce import Announcer

RunOccurrence = Callable[[Occurrence], Awaitable[str | Later]]
LookAhead = Callable[[Occurrence], Awaitable[str]]      # what would break, in words; nothing where all would go well

LOOK_EVERY = timedelta(seconds=10)      # also how long a due time whose process died waits at most to be taken over


def _no_probe(workflow: str, commit: str) -> bool:
    return False


@dataclass(frozen=True)
class Habits:
    """How a service works: runs side by side at most, failures in a row with one fault that pause a workflow (0: none
    do), and seconds that runs may take to finish once it is asked to end. ``announcer`` tells people; ``looked`` is called
    after each look that went well; ``look_ahead`` looks at a due time before it comes."""

    max_parallel: int = 2
    breaker: int = 3
    stop_within: float = 90
    announcer: Announcer | None = None
    looked: Callable[[], None] = lambda: None
    look_ahead: LookAhead | None = None


async def serve(
    office: Office, run_occurrence: RunOccurrence, *,
    stop: asyncio.Event, habits: Habits = Habits(), look_every: timedelta = LOOK_EVERY, probed: Probed = _no_probe,
) -> None:
    """Run what is due until ``stop`` is set, or the process is asked to end; what is running then is finished, or closed and
    handed back where it takes too long or the process is asked a second time.

    ``run_occurrence`` returns the outcome, or when to go on; whatever it raises ends its due time only. ``probed`` tells whether a
    commit in doubt can be asked of the site, so that a crashed run may be repeated without a person.
    """
    desk = _Desk(office, run_occurrence, probed, habits)
    ring = asyncio.Event()
    with _asked_to_end(stop, desk.cancel):
        async with Alarm(ring.set, clock=office.clock, at_most=look_every) as alarm:
            try:
                while not stop.is_set():
                    ring.clear()
                    alarm.set(await desk.look(stop))
                    await _first(stop.wait(), ring.wait(), *desk.running)
            except asyncio.CancelledError:
                desk.cancel()
                raise
            finally:
                await desk.finish_all()
                await desk.tell_all()


async def serve_due(
    office: Office, run_occurrence: RunOccurrence, *,
    stop: asyncio.Event | None = None, habits: Habits = Habits(), probed: Probed = _no_probe,
) -> None:
    """Run what is due now, and what waits behind it; what becomes due meanwhile is left for the next time."""
    desk, stop = _Desk(office, run_occurrence, probed, habits), stop or asyncio.Event()
    with _asked_to_end(stop, desk.cancel):
        try:
            await desk.gather_due()
            await desk.fill_places(stop)
            while desk.running and not stop.is_set():
                await _first(stop.wait(), *desk.running)
                await desk.close_ended()
                await desk.fill_places(stop)
        except asyncio.CancelledError:
            desk.cancel()
            raise
        finally:
            await desk.finish_all()
            await desk.tell_all()


class _Desk:
    """The runs this process has in hand."""

    def __init__(self, office: Office, run_occurrence: RunOccurrence, probed: Probed, habits: Habits) -> None:
        self._office, self._run, self._probed, self._habits = office, run_occurrence, probed, habits
        self._telling: asyncio.Task[None] | None = None
        self._ahead: asyncio.Task[None] | None = None
        self.running: dict[asyncio.Task[str | Later], Occurrence] = {}

    async def look(self, stop: asyncio.Event) -> datetime | None:
        """Close what has ended, take over, materialise, and fill the free places; return the next due time."""
        try:
            await self.close_ended()
            await self.gather_due()
            await self.fill_places(stop)
            await self._look_ahead(stop)
            self._tell()
            self._habits.looked()
            return await self._office.occurrences.next_look()
        except StoreLocked as e:
            logger.warning("{} It is tried again at the next look.", e.message)
            return None

    async def gather_due(self) -> None:
        """Take over what a dead process held, and write down what became due."""
        await self._office.leases.end_stale()
        for released in await self._office.occurrences.release_dead(self._probed):
            logger.warning("{}: taken over from a process that died: {}", *_told(released.occurrence))
            if released.item is not None and self._habits.announcer is not None:
                await self._habits.announcer.waits(released.occurrence)
        new = await self._office.occurrences.materialise()
        for found in new:
            if found.state in ("missed", "skipped", "parked"):
                logger.warning("{}: {} did not run: {}", found.workflow, found.occurrence, found.reason)
        if self._habits.announcer is not None:
            await self._habits.announcer.not_run(new)

    async def fill_places(self, stop: asyncio.Event) -> None:
        while len(self.running) < self._habits.max_parallel and not stop.is_set():
            occurrence = await self._office.occurrences.claim()
            if occurrence is None:
                return
            self.running[asyncio.ensure_future(self._run(occurrence))] = occurrence

    async def _look_ahead(self, stop: asyncio.Event) -> None:
        """Look at a due time before it comes, one at a time and only where a place is free."""
        look, busy = self._habits.look_ahead, self._ahead is not None and not self._ahead.done()
        if look is None or busy or stop.is_set() or len(self.running) >= self._habits.max_parallel:
            return
        if self._ahead is not None and not self._ahead.cancelled() and (error := self._ahead.exception()) is not None:
            logger.opt(exception=error).error("a due time could not be looked at before it comes")
        self._ahead = None
        if (coming := await self._office.occurrences.look_ahead()) is not None:
            self._ahead = asyncio.ensure_future(self._looked_at(look, coming))

    async def _looked_at(self, look: LookAhead, coming: Occurrence) -> None:
        try:
            found = await look(coming)
        except RpaAgentError as e:
            found = e.message
        if found:
            logger.warning("{}: what is due at {} would not go well: {}", coming.workflow, coming.due, found)
            if self._habits.announcer is not None:
                await self._habits.announcer.would_break(coming, found)

    def cancel(self) -> None:
        for task in (*self.running, *([self._ahead] if self._ahead is not None else [])):
            task.cancel()

    async def finish_all(self) -> None:
        """Wait for what is running and write how it ended; what takes longer than it may is closed and handed back."""
        if self._ahead is not None:
            self._ahead.cancel()        # it sends nothing, so nobody waits for it
            await asyncio.wait([self._ahead])
        loop = asyncio.get_running_loop()
        until = loop.time() + self._habits.stop_within
        while self.running:
            left = max(0.0, until - loop.time())
            done, _ = await asyncio.wait(self.running, timeout=left, return_when=asyncio.FIRST_COMPLETED)
            if not done:
                logger.warning("{} runs are not over in {:g} s and are closed", len(self.running), self._habits.stop_within)
                self.cancel()
                await asyncio.wait(self.running)
            await self.close_ended()

    async def close_ended(self) -> None:
        for task in [task for task in self.running if task.done()]:
            occurrence = self.running[task]
            if task.cancelled():
                await self._office.occurrences.hand_back(occurrence, self._probed)
            elif not await self._closed(occurrence, await self._outcome(task, occurrence)):
                logger.warning("{}: {} was taken over by another process", occurrence.workflow, occurrence.occurrence)
            del self.running[task]

    async def _closed(self, occurrence: Occurrence, outcome: str | Later) -> bool:
        if not isinstance(outcome, Later):
            mine = await self._office.occurrences.finish(occurrence, outcome)
            if mine:
                await self._ended(occurrence, outcome)
            return mine
        logger.warning("{}: {} goes on at {}: {}", occurrence.workflow, occurrence.occurrence, outcome.until, outcome.reason)
        return await self._office.occurrences.put_off(occurrence, outcome)

    async def _ended(self, occurrence: Occurrence, outcome: str) -> None:
        announcer = self._habits.announcer
        if announcer is not None:
            await announcer.ended(occurrence, outcome)
        if outcome != "failed" or not self._habits.breaker:
            return
        pause = await self._office.occurrences.break_circuit(occurrence.workflow, times=self._habits.breaker)
        if pause is None:
            return
        logger.warning("{} was paused: {}. Go on with `rpa schedule resume {}`.", pause.workflow, pause.because, pause.workflow)
        if announcer is not None:
            await announcer.paused(pause)

    def _tell(self) -> None:
        """Let people be told beside the work: a mail server that is slow must hold up nothing."""
        if self._telling is not None:
            if not self._telling.done():
                return
            if not self._telling.cancelled() and (error := self._telling.exception()) is not None:
                logger.opt(exception=error).error("people could not be told")
        if self._habits.announcer is not None:
            self._telling = asyncio.ensure_future(self._told_people(self._habits.announcer))

    async def _told_people(self, announcer: Announcer) -> None:
        try:
            await announcer.look()
            await announcer.deliver()
        except StoreLocked as e:
            logger.warning("{} People are told at the next look.", e.message)

    async def tell_all(self) -> None:
        """Tell what is still to be told before the end; what does not arrive waits for the next service."""
        for _ in range(2):      # the one that is under way may have begun before the last run ended
            if self._telling is not None:
                await asyncio.wait([self._telling])
            self._tell()
        if self._telling is not None:
            await asyncio.wait([self._telling])

    async def _outcome(self, task: asyncio.Task[str | Later], occurrence: Occurrence) -> str | Later:
        error = task.exception()
        if error is None:
            return task.result()
        logger.opt(exception=error).error("{}: {} ended with an error", occurrence.workflow, occurrence.occurrence)
        if not isinstance(error, NeedsPerson):
            return "failed"
        runs = await self._office.runs.of_occurrence(occurrence.id)
        run = runs[-1].id if runs else occurrence.id
        await self._office.inbox.add(run, occurrence.workflow, error.message)
        return "needs_person"


def _told(occurrence: Occurrence) -> tuple[str, str]:
    return occurrence.workflow, occurrence.reason or occurrence.occurrence


async def _first(*awaited: Awaitable[object]) -> None:
    """Wait until one of these is done; those started here are ended, runs in hand go on."""
    futures = {asyncio.ensure_future(a): isinstance(a, asyncio.Future) for a in awaited}
    try:
        await asyncio.wait(futures, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for future, goes_on in futures.items():
            if not goes_on:
                future.cancel()


@contextmanager
def _asked_to_end(stop: asyncio.Event, cancel: Callable[[], None]) -> Iterator[None]:
    """Let SIGTERM and SIGINT set ``stop``, and ``cancel`` what runs when they come a second time; asked a third time the
    process ends as it would without us."""
    loop, taken = asyncio.get_running_loop(), [signal.SIGTERM, signal.SIGINT]

    def give_back() -> None:
        while taken:
            loop.remove_signal_handler(taken.pop())

    def asked() -> None:
        if not stop.is_set():
            logger.info("Asked to end: no new run is started, those running are finished; asked again, they are closed.")
            stop.set()
            return
        logger.info("Asked to end a second time: what runs is closed, and due again where nothing is in doubt.")
        cancel()
        give_back()

    try:
        for number in tuple(taken):
            loop.add_signal_handler(number, asked)
    except (NotImplementedError, RuntimeError, ValueError):
        taken.clear()       # not the main thread, or a system without signals: whoever started us sets ``stop``
    try:
        yield
    finally:
        give_back()
