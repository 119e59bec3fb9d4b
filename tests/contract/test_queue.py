"""The queue: what may start now and what comes first, however many processes ask; what a person ends is ended."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from wall import Wall

from rpa_agent.domain.errors import UsageInvalid, WorkflowInvalid
from rpa_agent.domain.schedule import Schedule
from rpa_agent.ops.due.occurrence import Occurrence
from rpa_agent.ops.due.queue import Lane
from rpa_agent.ops.office import Office

DAILY = Schedule(cron="0 7 * * *")
LATER = Schedule(cron="1 7 * * *")


@asynccontextmanager
async def due(
    path: Path, lanes: Mapping[str, Lane], rules: Mapping[str, Sequence[Schedule]] | None = None, *, offices: int = 1
) -> AsyncIterator[list[Office]]:
    """Offices on one file, everything of which is due since a minute."""
    wall, known = Wall(), rules or {name: [DAILY] for name in lanes}
    opened = [
        Office.open(path / "runs.db", lambda: known, clock=wall, lanes=lambda w: lanes.get(w, Lane())) for _ in range(offices)
    ]
    here = [await one.__aenter__() for one in opened]
    try:
        await here[0].occurrences.materialise()
        wall.to("2026-11-22T07:01")
        await here[0].occurrences.materialise()
        yield here
    finally:
        for one in reversed(opened):
            await one.__aexit__(None, None, None)


async def claimed(*offices: Office) -> list[Occurrence]:
    """Everything that may start now, each office asking until it gets nothing."""
    found = []
    for here in offices:
        while (one := await here.occurrences.claim()) is not None:
            found.append(one)
    return found


async def test_the_greater_priority_comes_first_and_the_longest_wait_among_equals(tmp_path: Path) -> None:
    """Nothing overtakes within a priority, except what has to be over sooner."""
    lanes = {name: Lane(priority=n) for name, n in {"low": -1, "a": 0, "b": 0, "soon": 0, "high": 5}.items()}
    rules = {name: [DAILY] for name in lanes} | {
        "b": [LATER], "high": [LATER], "soon": [LATER.but(must_finish_by="08:00")],
    }
    async with due(tmp_path, lanes, rules) as (here,):
        assert [o.workflow for o in await claimed(here)] == ["high", "soon", "a", "b", "low"]


@pytest.mark.parametrize(("lanes", "start"), [
    ({"a": Lane(site="shop", site_at_once=1), "b": Lane(site="shop", site_at_once=1), "c": Lane(site="bank")}, {"a", "c"}),
    ({"a": Lane(account="clerk"), "b": Lane(account="clerk"), "c": Lane(account="boss")}, {"a", "c"}),
    ({"a": Lane(site="shop", site_at_once=2), "b": Lane(site="shop", site_at_once=2), "c": Lane(site="bank")}, {"a", "b", "c"}),
])
async def test_a_site_and_an_account_have_so_many_places(tmp_path: Path, lanes: dict[str, Lane], start: set[str]) -> None:
    """Whichever process asks; the next one starts when a place is free, and takes no place of a worker before."""
    async with due(tmp_path, lanes, {"a": [DAILY], "b": [LATER], "c": [DAILY]}, offices=2) as (here, there):
        running = await claimed(here, there)
        assert {o.workflow for o in running} == start
        for one in running:
            assert await here.occurrences.finish(one, "succeeded")
        assert {o.workflow for o in await claimed(there)} == set(lanes) - start


async def test_two_processes_that_ask_at_once_do_not_share_a_place(tmp_path: Path) -> None:
    """The count and the claim are one step."""
    lanes = {f"w{n}": Lane(site="shop", site_at_once=2) for n in range(12)}
    async with due(tmp_path, lanes, offices=3) as offices:
        found = await asyncio.gather(*(here.occurrences.claim() for here in offices * 4))
        assert sum(one is not None for one in found) == 2


async def test_side_by_side_up_to_its_own_limit(tmp_path: Path) -> None:
    """`overlap: allow` without end is not what a small site stands."""
    rules = {"pay": [DAILY.but(overlap="allow", params={"n": str(n)}) for n in range(4)]}
    async with due(tmp_path, {"pay": Lane(at_once=2)}, rules) as (here,):
        assert len(await claimed(here)) == 2


async def test_an_account_that_a_person_uses_is_not_waited_for_in_a_place(tmp_path: Path) -> None:
    """What is begun by hand holds its account; a due time of the same account stays in the queue meanwhile."""
    async with due(tmp_path, {"pay": Lane(account="clerk")}) as (here,):
        async with here.accounts.held("clerk", run="by-hand", seconds=1):
            assert await claimed(here) == []
        assert len(await claimed(here)) == 1


async def test_what_must_not_go_on_after_its_deadline_does_not_start_either(tmp_path: Path) -> None:
    """It is told as missed; without `if_late: stop` it would be late and go on."""
    rules = {w: [DAILY.but(must_finish_by="30s", if_late=late)] for w, late in {"stops": "stop", "goes-on": "tell"}.items()}
    async with due(tmp_path, {name: Lane() for name in rules}, rules) as (here,):
        assert [o.workflow for o in await claimed(here)] == ["goes-on"]
        (missed,) = [o for o in await here.occurrences.materialise() if o.workflow == "stops"]
        assert (missed.state, missed.stops) == ("missed", True)
    with pytest.raises((ValueError, WorkflowInvalid), match="must_finish_by"):
        Schedule(cron="0 7 * * *", if_late="stop")


async def test_what_a_person_cancelled(tmp_path: Path) -> None:
    """A due time that waits does not start; a run is noted as no longer wanted; what is over cannot be cancelled."""
    async with due(tmp_path, {"a": Lane(), "b": Lane()}) as (here,):
        (waiting,) = [o for o in await here.occurrences.all() if o.workflow == "a"]
        assert "due time" in await here.cancels.ask(waiting.id, who="Ada", because="paid by hand")
        assert [o.workflow for o in await claimed(here)] == ["b"]
        skipped = await here.occurrences.get(waiting.id)
        assert skipped and (skipped.state, skipped.reason) == ("skipped", "cancelled by Ada: paid by hand")

        run = await here.runs.begin_run("b")
        assert await here.cancels.of(run, None) is None
        for _ in range(2):
            await here.cancels.ask(run, who="Ada", because="wrong file")
        found = await here.cancels.of(None, run)
        assert found and found.words() == "cancelled by Ada: wrong file"

        for name in (waiting.id, "01NOTHING"):
            with pytest.raises(UsageInvalid):
                await here.cancels.ask(name, who="Ada", because="again")
        with pytest.raises(UsageInvalid, match="who made it and why"):
            await here.cancels.ask(run, who="Ada", because=" ")


async def test_a_cancellation_that_another_process_writes_is_seen_before_the_next_step(tmp_path: Path) -> None:
    """Between two steps nothing is read where nobody has written; what somebody else wrote is."""
    async with due(tmp_path, {"a": Lane()}, offices=2) as (here, there):
        run = await here.runs.begin_run("a")
        for _ in range(3):
            assert await here.cancels.of(run, None) is None
        await there.cancels.ask(run, who="Ada", because="wrong file")
        found = await here.cancels.of(run, None)
        assert found is not None and found.words() == "cancelled by Ada: wrong file"


async def test_a_due_time_is_looked_at_before_it_comes_once(tmp_path: Path) -> None:
    """By whichever process comes first; not while its workflow is paused, and what is not to be looked at is not."""
    wall, rules = Wall("2026-11-22T04:00"), {"pay": [DAILY.but(preflight="2h")], "file": [DAILY]}
    async with (
        Office.open(tmp_path / "runs.db", lambda: rules, clock=wall) as here,
        Office.open(tmp_path / "runs.db", lambda: rules, clock=wall) as there,
    ):
        assert await here.occurrences.look_ahead() is None
        assert await here.occurrences.next_look() == wall.to("2026-11-22T05:00")
        await here.occurrences.pause("pay", who="Ada", because="year end")
        assert await here.occurrences.look_ahead() is None
        await here.occurrences.resume("pay")
        found = await asyncio.gather(*(office.occurrences.look_ahead() for office in (here, there) * 3))
        assert [(o.workflow, o.occurrence) for o in found if o] == [("pay", "2026-11-22T07:00")]
        wall.to("2026-11-23T05:30")
        again = await there.occurrences.look_ahead()
        assert again and again.occurrence == "2026-11-23T07:00"
