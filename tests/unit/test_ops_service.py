"""Serving: every due time is run and written down, errors stay with their run, places are never exceeded."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from rpa_agent.domain.errors import LoginNeeded, SiteUnreachable
from rpa_agent.domain.schedule import Schedule
from rpa_agent.ops.due.alarm import Alarm
from rpa_agent.ops.due.occurrence import Occurrence
from rpa_agent.ops.notices.announce import Announcer, Targets
from rpa_agent.ops.office import Office
from rpa_agent.service import Habits, serve, serve_due

NOW = datetime(2026, 11, 22, 7, 0, 5, tzinfo=UTC)
LOOK = timedelta(milliseconds=50)


@asynccontextmanager
async def office_with(path: Path, *workflows: str, rules: int = 1) -> AsyncIterator[Office]:
    """An office at five past seven with the 07:00 run of each workflow due."""
    moments = [NOW - timedelta(minutes=10)]
    daily = {name: [Schedule(cron="0 7 * * *", params={"n": str(n)}) for n in range(rules)] for name in workflows}
    async with Office.open(path / "runs.db", lambda: daily, clock=lambda: moments[-1]) as office:
        await office.occurrences.materialise()
        moments.append(NOW)
        yield office


async def served(
    office: Office, run: Callable[[Occurrence], Awaitable[str]], *, expect: int, max_parallel: int = 2
) -> dict[str, Occurrence]:
    """Serve until ``expect`` runs have ended; return the due times by workflow."""
    stop, ended = asyncio.Event(), 0

    async def counted(occurrence: Occurrence) -> str:
        nonlocal ended
        try:
            return await run(occurrence)
        finally:
            ended += 1
            if ended >= expect:
                stop.set()

    async with asyncio.timeout(30):
        await serve(office, counted, stop=stop, habits=Habits(max_parallel=max_parallel), look_every=LOOK)
    return {o.workflow: o for o in await office.occurrences.all()}


async def test_what_is_due_is_run_and_written_down(tmp_path: Path) -> None:
    """The outcome that the run returns is kept."""
    async with office_with(tmp_path, "pay", "file") as office:
        async def run(occurrence: Occurrence) -> str:
            return "succeeded" if occurrence.workflow == "pay" else "business_exception"

        found = await served(office, run, expect=2)
        assert {name: (o.state, o.outcome) for name, o in found.items()} == {
            "pay": ("done", "succeeded"), "file": ("done", "business_exception"),
        }


async def test_an_error_ends_its_run_only(tmp_path: Path) -> None:
    """Known or unknown, the others go on; what needs a person is in the inbox."""
    errors = {"a": SiteUnreachable("down"), "b": LoginNeeded("the site asks for a code"), "c": ZeroDivisionError()}
    async with office_with(tmp_path, "a", "b", "c", "d") as office:
        async def run(occurrence: Occurrence) -> str:
            if error := errors.get(occurrence.workflow):
                raise error
            return "succeeded"

        found = await served(office, run, expect=4)
        assert {name: o.outcome for name, o in found.items()} == {
            "a": "failed", "b": "needs_person", "c": "failed", "d": "succeeded",
        }
        (item,) = await office.inbox.items()
        assert (item.workflow, item.reason) == ("b", "the site asks for a code")


@pytest.mark.parametrize("places", [1, 3])
async def test_places_are_never_exceeded(tmp_path: Path, places: int) -> None:
    """And one workflow never runs beside itself."""
    most, now_running, full = 0, Counter[str](), asyncio.Event()
    async with office_with(tmp_path, *"abcd", rules=3) as office:
        async def run(occurrence: Occurrence) -> str:
            nonlocal most
            now_running[occurrence.workflow] += 1
            most = max(most, now_running.total())
            assert now_running[occurrence.workflow] == 1
            if most >= places:
                full.set()
            await full.wait()       # the first ones, until every place is taken
            await asyncio.sleep(0)
            now_running[occurrence.workflow] -= 1
            return "succeeded"

        await served(office, run, expect=12, max_parallel=places)
        assert Counter((o.state, o.outcome) for o in await office.occurrences.all()) == {("done", "succeeded"): 12}
        assert most == places


async def test_cancelled_it_gives_back_what_it_had(tmp_path: Path) -> None:
    """An embedding program that cancels the service loses no due time."""
    async with office_with(tmp_path, "pay") as office:
        begun = asyncio.Event()

        async def run(occurrence: Occurrence) -> str:
            begun.set()
            await asyncio.Event().wait()
            return "succeeded"

        task = asyncio.create_task(serve(office, run, stop=asyncio.Event(), look_every=LOOK))
        await asyncio.wait_for(begun.wait(), 30)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert [(o.state, o.attempts) for o in await office.occurrences.all()] == [("due", 1)]
        assert (await served(office, lambda o: asyncio.sleep(0, "succeeded"), expect=1))["pay"].outcome == "succeeded"


async def test_once_does_what_is_due_and_what_waits_behind_it(tmp_path: Path) -> None:
    """More than there are places for; what becomes due meanwhile is left for the next time."""
    moments, ran = [NOW - timedelta(minutes=10)], list[str]()
    rules = {name: [Schedule(cron="0 7 * * *")] for name in "abc"} | {"tick": [Schedule(every="1h")]}

    async def run(occurrence: Occurrence) -> str:
        ran.append(occurrence.workflow)
        moments.append(moments[-1] + timedelta(minutes=25))
        return "succeeded"

    async with Office.open(tmp_path / "runs.db", lambda: rules, clock=lambda: moments[-1]) as office:
        await serve_due(office, run)
        assert ran == []
        moments.append(NOW)
        async with asyncio.timeout(30):
            await serve_due(office, run, habits=Habits(max_parallel=2))
        assert sorted(ran) == ["a", "b", "c", "tick"]


async def test_it_wakes_for_what_becomes_due(tmp_path: Path) -> None:
    """With nothing due at the start it waits for the alarm, not for the next look."""
    rules = {"tick": [Schedule(every="1s", misfire="run_all", overlap="queue_one")]}
    async with Office.open(tmp_path / "runs.db", lambda: rules) as office:
        stop, seen = asyncio.Event(), list[datetime]()

        async def run(occurrence: Occurrence) -> str:
            seen.append(occurrence.due)
            if len(seen) == 2:
                stop.set()
            return "succeeded"

        async with asyncio.timeout(30):
            await serve(office, run, stop=stop, look_every=timedelta(hours=1))
        assert seen[1] - seen[0] == timedelta(seconds=1)


async def test_the_alarm_rings_once_per_setting() -> None:
    """At the time, at once for one that has passed, and at most after the longest wait."""
    rung = asyncio.Event()
    async with Alarm(rung.set, clock=lambda: NOW, at_most=timedelta(milliseconds=50)) as alarm:
        for at in (NOW - timedelta(days=1), NOW + timedelta(days=1), None):
            rung.clear()
            alarm.set(at)
            await asyncio.wait_for(rung.wait(), 30)


async def test_asked_to_end_what_takes_too_long_is_closed_and_due_again(tmp_path: Path) -> None:
    """A container is killed some time after it was asked to end: what runs is handed back before that."""
    async with office_with(tmp_path, "pay") as office:
        stop = asyncio.Event()

        async def run(occurrence: Occurrence) -> str:
            stop.set()
            await asyncio.Event().wait()
            return "succeeded"

        async with asyncio.timeout(30):
            await serve(office, run, stop=stop, habits=Habits(stop_within=0.05), look_every=LOOK)
        assert [(o.state, o.attempts) for o in await office.occurrences.all()] == [("due", 1)]


async def test_what_would_not_go_well_is_told_before_it_is_due(tmp_path: Path) -> None:
    """The service looks ahead beside its runs; an error of looking is one of the answers."""
    rules = {name: [Schedule(cron="0 9 * * *", preflight="2h")] for name in ("pay", "down")}
    async with Office.open(tmp_path / "runs.db", lambda: rules, clock=lambda: NOW) as office:
        stop, looked = asyncio.Event(), list[str]()

        async def look(coming: Occurrence) -> str:
            looked.append(coming.workflow)
            if coming.workflow == "down":
                raise SiteUnreachable("the site does not answer")
            return "step 3: button 'Save' is not there as shown"

        async def run(occurrence: Occurrence) -> str:
            raise AssertionError("nothing is due yet")

        announcer = Announcer(office, Targets(addresses={"default": SecretStr("json://localhost:1")}))
        habits = Habits(look_ahead=look, announcer=announcer)
        async with asyncio.timeout(30):
            task = asyncio.create_task(serve(office, run, stop=stop, habits=habits, look_every=LOOK))
            told = list[dict[str, Any]]()
            while len(told) < 2:
                told = await office.outbox.unsent()
                await asyncio.sleep(0.01)
            stop.set()
            await task
        assert sorted(looked) == ["down", "pay"]
        assert {n["workflow"] for n in told} == {"pay", "down"} and all("before that" in n["body"] for n in told)
