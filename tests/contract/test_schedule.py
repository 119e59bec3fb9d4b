"""The schedule's promise: every due time becomes one occurrence, is claimed once, and is never lost in silence."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from wall import Wall

from rpa_agent.domain.errors import UsageInvalid
from rpa_agent.domain.schedule import Schedule
from rpa_agent.domain.trajectory import Trajectory
from rpa_agent.ops.due.folder import MOST
from rpa_agent.ops.due.occurrence import Later
from rpa_agent.ops.due.queue import Lane
from rpa_agent.ops.inbox import How
from rpa_agent.ops.office import Office
from rpa_agent.ops.process.owner import Owner
from rpa_agent.teaching.parked import day_of

DEAD = Owner(pid=2**22 + 1, started=1.0, token="dead")
DAILY = Schedule(cron="0 7 * * *")
QUARTERS = "*/15 * * * *"


@asynccontextmanager
async def office(
    path: Path, wall: Wall, rules: Mapping[str, Sequence[Schedule]], owner: Owner | None = None
) -> AsyncIterator[Office]:
    async with Office.open(path / "runs.db", lambda: rules, clock=wall, owner=owner) as opened:
        yield opened


@pytest.fixture
def wall() -> Wall:
    return Wall()


async def states(here: Office) -> list[tuple[str, str]]:
    return [(o.occurrence, o.state) for o in await here.occurrences.all()]


async def test_nothing_before_the_first_look_is_due(tmp_path: Path, wall: Wall) -> None:
    """Adding a schedule at noon does not run this morning's."""
    wall.to("2026-11-22T12:00")
    async with office(tmp_path, wall, {"pay": [DAILY]}) as here:
        assert await here.occurrences.materialise() == []
        wall.to("2026-11-23T07:00")
        (due,) = await here.occurrences.materialise()
        assert (due.workflow, due.occurrence, due.state) == ("pay", "2026-11-23T07:00", "due")
        assert due.day == date(2026, 11, 23)


async def test_looking_again_changes_nothing(tmp_path: Path, wall: Wall) -> None:
    """However often and from however many processes one looks."""
    async with office(tmp_path, wall, {"pay": [DAILY]}) as a, office(tmp_path, wall, {"pay": [DAILY]}) as b:
        await a.occurrences.materialise()
        wall.to("2026-11-22T07:00")
        found = await asyncio.gather(*(o.occurrences.materialise() for o in (a, b) * 10))
        assert sum(len(f) for f in found) == 1


@pytest.mark.parametrize(("misfire", "grace", "run"), [
    ("run_once", "2h", ["11:15"]),
    ("run_all", "2h", ["09:30", "09:45", "10:00", "10:15", "10:30", "10:45", "11:00", "11:15"]),
    ("run_all", "20m", ["11:15"]),
    ("skip", "2h", []),
    ("run_once", "5m", []),
])
async def test_after_an_absence(tmp_path: Path, wall: Wall, misfire: str, grace: str, run: list[str]) -> None:
    """Down from 09:00 to 11:25: the policy decides what still runs, and all others are reported as missed."""
    rule = Schedule.model_validate({"cron": QUARTERS, "misfire": misfire, "grace": grace})
    async with office(tmp_path, wall, {"pay": [rule]}) as here:
        wall.to("2026-11-22T09:00")
        await here.occurrences.materialise()
    wall.to("2026-11-22T11:25")
    async with office(tmp_path, wall, {"pay": [rule]}) as here:
        found = await here.occurrences.materialise()
        assert [o.due.strftime("%H:%M") for o in found if o.state == "due"] == run
        assert len(found) == 9 and all(o.reason for o in found if o.state == "missed")


async def test_one_that_is_due_now_stands_for_those_missed(tmp_path: Path, wall: Wall) -> None:
    """run_once means one run, not the last missed one and the present one."""
    rule = Schedule(cron=QUARTERS)
    async with office(tmp_path, wall, {"pay": [rule]}) as here:
        await here.occurrences.materialise()
        wall.to("2026-11-22T06:45:10")
        found = await here.occurrences.materialise()
        assert [(o.due.minute, o.state) for o in found] == [(15, "missed"), (30, "missed"), (45, "due")]


async def test_a_long_absence_is_told_and_bounded(tmp_path: Path, wall: Wall) -> None:
    """A year without a look does not make half a million rows."""
    rule = Schedule(cron="* * * * *")
    async with office(tmp_path, wall, {"pay": [rule], "tick": [Schedule(every="1s")]}) as here:
        await here.occurrences.materialise()
        wall.to("2027-11-22T06:00")
        found = await here.occurrences.materialise()
        assert Counter(o.workflow for o in found if o.state == "due") == {"pay": 2, "tick": 61}
        assert len(found) < 10_000


async def test_overlap(tmp_path: Path, wall: Wall) -> None:
    """While a run goes on, ``skip`` leaves the next due time out and says so; ``queue`` lets it wait."""
    skip, queue = Schedule(cron=QUARTERS), Schedule(cron=QUARTERS, overlap="queue_one")
    async with office(tmp_path, wall, {"skips": [skip], "queues": [queue]}) as here:
        await here.occurrences.materialise()
        wall.to("2026-11-22T06:15")
        await here.occurrences.materialise()
        running = [await here.occurrences.claim(), await here.occurrences.claim()]
        assert {o.workflow for o in running if o} == {"skips", "queues"}
        wall.to("2026-11-22T06:30")
        found = {o.workflow: (o.state, o.reason) for o in await here.occurrences.materialise()}
        assert found == {"skips": ("skipped", "the run before was still going"), "queues": ("due", "")}
        assert await here.occurrences.claim() is None, "one run at a time per workflow"
        for o in running:
            assert o and await here.occurrences.finish(o, "succeeded")
        waiting = await here.occurrences.claim()
        assert waiting and waiting.workflow == "queues"


async def test_two_rules_of_one_workflow_both_run(tmp_path: Path, wall: Wall) -> None:
    """The same time with other parameters is another run, one after the other."""
    rules = [Schedule(cron="0 7 * * *", params={"region": r}) for r in ("north", "south")]
    async with office(tmp_path, wall, {"pay": rules}) as here:
        await here.occurrences.materialise()
        wall.to("2026-11-22T07:00")
        await here.occurrences.materialise()
        seen = []
        for _ in range(2):
            o = await here.occurrences.claim()
            assert o and await here.occurrences.claim() is None
            seen.append(o.params["region"])
            await here.occurrences.finish(o, "succeeded")
        assert sorted(seen) == ["north", "south"]


async def test_too_late_is_missed(tmp_path: Path, wall: Wall) -> None:
    """What could not start within its grace does not start, and is reported."""
    async with office(tmp_path, wall, {"pay": [DAILY]}) as here:
        await here.occurrences.materialise()
        wall.to("2026-11-22T07:00")
        await here.occurrences.materialise()
        wall.to("2026-11-22T09:01")
        assert await here.occurrences.claim() is None
        (missed,) = await here.occurrences.materialise()
        assert (missed.state, missed.reason) == ("missed", "it could not start in time")


async def test_jitter_is_the_same_everywhere(tmp_path: Path, wall: Wall) -> None:
    """It delays the start, not the due time, and does not change with a restart."""
    rules = {f"w{n}": [Schedule(cron="0 7 * * *", jitter="60s")] for n in range(20)}
    found = []
    for folder in ("a", "b"):
        wall.to("2026-11-22T06:00")
        async with office(tmp_path / folder, wall, rules) as here:
            await here.occurrences.materialise()
            wall.to("2026-11-22T07:00")
            found.append({o.workflow: o.start_at - o.due for o in await here.occurrences.materialise()})
    assert found[0] == found[1]
    assert len(set(found[0].values())) > 10
    assert all(timedelta() <= d < timedelta(seconds=60) for d in found[0].values())


async def test_a_clock_that_jumps_ahead_and_back_loses_nothing(tmp_path: Path, wall: Wall) -> None:
    """What was written off for a future that did not come becomes due in its time; nothing runs twice."""
    async with office(tmp_path, wall, {"pay": [DAILY]}) as here:
        await here.occurrences.materialise()
        wall.to("2026-11-25T12:00")
        await here.occurrences.materialise()
        assert [s for _, s in await states(here)] == ["missed"] * 4
        ran = []
        for day in (22, 23, 24, 25, 26):
            wall.to(f"2026-11-{day}T07:00")
            await here.occurrences.materialise()
            while o := await here.occurrences.claim():
                ran.append(o.occurrence)
                await here.occurrences.finish(o, "succeeded")
        assert ran == [f"2026-11-{day}T07:00" for day in (22, 23, 24, 25, 26)]


async def test_what_ran_too_early_does_not_run_again(tmp_path: Path, wall: Wall) -> None:
    """An hour ahead by mistake: the 07:00 run happens once."""
    async with office(tmp_path, wall, {"pay": [DAILY]}) as here:
        await here.occurrences.materialise()
        wall.to("2026-11-22T07:00")
        await here.occurrences.materialise()
        o = await here.occurrences.claim()
        assert o and await here.occurrences.finish(o, "succeeded")
        for time in ("06:00", "06:30", "07:00", "07:30"):
            wall.to(f"2026-11-22T{time}")
            await here.occurrences.materialise()
            assert await here.occurrences.claim() is None


async def test_the_dst_fold_is_one_occurrence(tmp_path: Path, wall: Wall) -> None:
    """Looking every ten minutes through the night of 25 October 2026 in Berlin."""
    wall.to("2026-10-24T20:00")
    async with office(tmp_path, wall, {"pay": [Schedule(cron="30 2 * * *", timezone="Europe/Berlin")]}) as here:
        for _ in range(60):
            await here.occurrences.materialise()
            wall.now += timedelta(minutes=10)
        assert [name for name, _ in await states(here)] == ["2026-10-25T02:30"]


async def test_an_edited_rule_starts_now(tmp_path: Path, wall: Wall) -> None:
    """And what the old rule still had waiting is not run, but told when it expires."""
    rules: dict[str, list[Schedule]] = {"pay": [DAILY]}
    async with office(tmp_path, wall, rules) as here:
        await here.occurrences.materialise()
        wall.to("2026-11-22T07:00")
        await here.occurrences.materialise()
        rules["pay"] = [Schedule(cron="0 8 * * *")]
        assert await here.occurrences.claim() is None
        wall.to("2026-11-22T07:30")
        await here.occurrences.materialise()
        wall.to("2026-11-22T09:30")
        await here.occurrences.materialise()
        assert await states(here) == [("2026-11-22T07:00", "missed"), ("2026-11-22T08:00", "due")]


async def test_a_rule_that_cannot_be_read_does_not_stop_the_others(tmp_path: Path, wall: Wall) -> None:
    """One broken file in the folder is that file's problem."""
    async with office(tmp_path, wall, {"broken": [Schedule(cron="99 7 * * *")], "pay": [DAILY]}) as here:
        await here.occurrences.materialise()
        wall.to("2026-11-22T07:00")
        assert [o.workflow for o in await here.occurrences.materialise()] == ["pay"]


async def brought_to_claim(path: Path, wall: Wall, owner: Owner | None) -> str:
    """Let an office claim the 07:00 occurrence of ``pay`` and close without finishing; return its id."""
    async with office(path, wall, {"pay": [DAILY]}, owner) as here:
        wall.to("2026-11-22T06:00")
        await here.occurrences.materialise()
        wall.to("2026-11-22T07:00")
        await here.occurrences.materialise()
        o = await here.occurrences.claim()
        assert o
        return o.id


@pytest.mark.parametrize(("reached", "probed", "then", "sent"), [
    ("nothing", False, "due", "nothing"),
    ("armed", False, "due", "nothing"),
    ("sent", False, "parked", "unknown"),
    ("sent", True, "due", "unknown"),
    ("ambiguous", False, "parked", "unknown"),
    ("not_done", False, "due", "nothing"),
    ("confirmed", False, "due", "sent"),
])
async def test_what_becomes_of_a_dead_claim(
    tmp_path: Path, wall: Wall, reached: str, probed: bool, then: str, sent: str
) -> None:
    """Due again when nothing is in doubt or the site can be asked; a person otherwise."""
    id = await brought_to_claim(tmp_path, wall, DEAD)
    async with office(tmp_path, wall, {"pay": [DAILY]}, DEAD) as dead:
        run = await dead.runs.begin_run("pay", occurrence=id)
        if reached != "nothing":
            await dead.journal.arm("K", name="release", run=run)
        if reached in ("sent", "ambiguous", "confirmed"):
            await dead.journal.sent("K")
        if reached in ("ambiguous", "confirmed", "not_done"):
            await dead.journal.settle("K", reached)
    async with office(tmp_path, wall, {"pay": [DAILY]}) as here:
        (released,) = await here.occurrences.release_dead(lambda workflow, commit: probed)
        assert await here.occurrences.release_dead() == []
        after = await here.occurrences.get(id)
        assert after and after.state == then == released.occurrence.state
        assert (await here.runs.get(run)).sent == sent
        assert [i.run for i in await here.inbox.items()] == ([run] if then == "parked" else [])
        assert bool(await here.occurrences.claim()) == (then == "due")


async def test_a_live_claim_is_left_alone(tmp_path: Path, wall: Wall) -> None:
    """Neither by a second office of this process nor for being slow."""
    id = await brought_to_claim(tmp_path, wall, None)
    async with office(tmp_path, wall, {"pay": [DAILY]}) as here:
        wall.to("2026-11-22T23:00")
        assert await here.occurrences.release_dead() == []
        o = await here.occurrences.get(id)
        assert o and o.state == "running"


async def test_a_reused_process_number_is_not_the_old_process(tmp_path: Path, wall: Wall) -> None:
    """Containers start with the same number again and again."""
    me = Owner.me()
    for owner in (Owner(me.pid, me.started, "before"), Owner(1, me.started + 10**6, "init's number")):
        folder = tmp_path / str(owner.pid)
        await brought_to_claim(folder, wall, owner)
        async with office(folder, wall, {"pay": [DAILY]}) as here:
            assert len(await here.occurrences.release_dead()) == 1


async def test_a_late_worker_cannot_finish_what_was_taken_over(tmp_path: Path, wall: Wall) -> None:
    """The one that took over writes the outcome."""
    id = await brought_to_claim(tmp_path, wall, DEAD)
    async with office(tmp_path, wall, {"pay": [DAILY]}, DEAD) as dead, office(tmp_path, wall, {"pay": [DAILY]}) as here:
        stale = await dead.occurrences.get(id)
        await here.occurrences.release_dead()
        mine = await here.occurrences.claim()
        assert stale and mine and mine.id == id and mine.attempts == 2
        assert not await dead.occurrences.finish(stale, "failed")
        assert await here.occurrences.finish(mine, "succeeded")
        assert not await here.occurrences.finish(mine, "failed")


async def test_a_run_that_kills_its_process_each_time_is_parked(tmp_path: Path, wall: Wall) -> None:
    """It does not take the service down for ever."""
    await brought_to_claim(tmp_path, wall, DEAD)
    async with office(tmp_path, wall, {"pay": [DAILY]}, DEAD) as here:
        for _ in range(20):
            await here.occurrences.release_dead()
            if await here.occurrences.claim() is None:
                break
        (item,) = await here.inbox.items()
        assert "10 times" in item.reason


@pytest.mark.parametrize(("how", "state", "key"), [
    ("done_by_hand", "done", "confirmed"), ("retry", "due", "not_done"),
    ("skip", "done", "sent"), ("cancel", "done", "sent"),
])
async def test_a_person_decides(tmp_path: Path, wall: Wall, how: How, state: str, key: str) -> None:
    """The decision settles inbox, journal and due time in one step; a retry is never too late."""
    id = await brought_to_claim(tmp_path, wall, DEAD)
    async with office(tmp_path, wall, {"pay": [DAILY]}, DEAD) as dead:
        run = await dead.runs.begin_run("pay", occurrence=id)
        await dead.journal.arm("K", name="release", run=run)
        await dead.journal.sent("K")
    async with office(tmp_path, wall, {"pay": [DAILY]}) as here:
        await here.occurrences.release_dead()
        wall.to("2026-11-23T06:00")
        await here.resolve(run, how=how, who="kim", reason="looked at the site")
        o = await here.occurrences.get(id)
        assert o and o.state == state
        assert await here.journal.state("K") == key
        assert await here.inbox.items() == []
        again = await here.occurrences.claim()
        assert bool(again) == (how == "retry")
        if again:
            assert again.day == date(2026, 11, 22), "the original date is kept"


async def test_a_run_that_is_taught_later_is_of_its_due_times_day(tmp_path: Path, wall: Wall) -> None:
    id = await brought_to_claim(tmp_path, wall, DEAD)
    async with office(tmp_path, wall, {"pay": [DAILY]}) as here:
        waits, by_hand = await here.runs.begin_run("pay", occurrence=id), await here.runs.begin_run("pay")
        wall.to("2026-11-23T06:00")
        assert await day_of(here, await here.runs.get(waits)) == date(2026, 11, 22)
        assert await day_of(here, await here.runs.get(by_hand)) is None


async def test_today(tmp_path: Path, wall: Wall) -> None:
    """What ran, runs, waits, comes, and what did not run and why."""
    rules = {
        "done": [Schedule(cron="0 7 * * *")], "runs": [Schedule(cron="1 7 * * *")],
        "waits": [Schedule(cron="2 7 * * *")],
        "missed": [Schedule(cron="0 7 * * *", misfire="skip")], "comes": [Schedule(cron="0 22 * * *")],
        "tomorrow": [Schedule(cron="30 5 * * *")],
    }
    async with office(tmp_path, wall, rules) as here:
        await here.occurrences.materialise()
        wall.to("2026-11-22T07:02")
        await here.occurrences.materialise()
        first = await here.occurrences.claim()
        assert first and first.workflow == "done"
        await here.occurrences.finish(first, "succeeded")
        await here.occurrences.claim()
        today = await here.occurrences.today()
        named = {k: [o.workflow for o in getattr(today, k)] for k in type(today).model_fields}
        assert named == {
            "ran": ["done"], "running": ["runs"], "waiting": ["waits"], "coming": ["comes"],
            "not_run": ["missed"], "parked": [],
        }
        wall.to("2026-11-23T04:00")
        today = await here.occurrences.today()
        assert (today.ran, today.not_run) == ((), ())


async def test_backfill(tmp_path: Path, wall: Wall) -> None:
    """Missed days are made due again however late, with their own dates; what ran does not run again."""
    async with office(tmp_path, wall, {"pay": [Schedule(cron="0 7 * * *", overlap="queue_one")]}) as here:
        await here.occurrences.materialise()
        wall.to("2026-11-25T07:00")
        await here.occurrences.materialise()
        o = await here.occurrences.claim()
        assert o
        await here.occurrences.finish(o, "succeeded")
        since = datetime(2026, 11, 20, tzinfo=UTC)
        filled = await here.occurrences.backfill("pay", since, wall.now)
        assert [f.day.day for f in filled] == [20, 21, 22, 23, 24]
        ran = []
        while o := await here.occurrences.claim():
            ran.append(o.day.day)
            await here.occurrences.finish(o, "succeeded")
        assert ran == [20, 21, 22, 23, 24]
        assert await here.occurrences.backfill("pay", since, wall.now) == []
        with pytest.raises(UsageInvalid):
            await here.occurrences.backfill("pay", since, wall.now + timedelta(days=1))
        with pytest.raises(UsageInvalid, match="has no schedule"):
            await here.occurrences.backfill("other", since, wall.now)


async def test_the_next_look(tmp_path: Path, wall: Wall) -> None:
    """At the next due time, or when a jittered start comes; never when nothing is scheduled."""
    async with office(tmp_path, wall, {}) as here:
        assert await here.occurrences.next_look() is None
    async with office(tmp_path, wall, {"pay": [DAILY], "q": [Schedule(cron="30 6 * * *")]}) as here:
        assert await here.occurrences.next_look() == datetime(2026, 11, 22, 6, 30, tzinfo=UTC)


async def test_four_offices_race_over_a_thousand(tmp_path: Path, wall: Wall) -> None:
    """1,000 due at once: each materialised, claimed and finished exactly once."""
    rules = {f"w{n:03}": [DAILY] for n in range(1000)}
    async with AsyncExitStack() as stack:
        offices = [await stack.enter_async_context(office(tmp_path, wall, rules)) for _ in range(4)]
        await offices[0].occurrences.materialise()
        wall.to("2026-11-22T07:00")
        found = await asyncio.gather(*(o.occurrences.materialise() for o in offices))
        assert sum(len(f) for f in found) == 1000
        claimed: list[str] = []

        async def work(here: Office) -> None:
            for _ in range(40):
                o = await here.occurrences.claim()
                assert o
                claimed.append(o.id)
                assert await here.occurrences.finish(o, "succeeded")

        await asyncio.gather(*(work(o) for o in offices))
        assert len(set(claimed)) == len(claimed) == 160


async def test_what_waited_for_a_login_is_due_again_when_the_account_works(tmp_path: Path, wall: Wall) -> None:
    """Where nothing was sent and it is not too old; a person's other decisions are not touched."""
    async with office(tmp_path, wall, {"pay": [DAILY], "ask": [DAILY]}) as here:
        await here.occurrences.materialise()
        wall.to("2026-11-22T07:00")
        await here.occurrences.materialise()
        for _ in range(2):
            due = await here.occurrences.claim()
            assert due is not None
            run = await here.runs.begin_run(due.workflow, occurrence=due.id)
            fault = "login" if due.workflow == "pay" else "data"
            ended = Trajectory(
                run=run, workflow=due.workflow, site="", procedure="", version=0, started=wall().isoformat(),
                outcome="needs_person", fault=fault, stopped="the account is paused",
            )  # fmt: skip
            await here.runs.end_run(ended)
            await here.occurrences.finish(due, "needs_person")
        assert await here.wake_account(["pay", "ask"]) == ["pay"]
        assert await here.wake_account(["pay", "ask"]) == []
        again = await here.occurrences.claim()
        assert again is not None and (again.workflow, again.occurrence) == ("pay", "2026-11-22T07:00")
        assert await here.occurrences.claim() is None


# ---- pauses, blackouts, side by side, deadlines, files ---------------------------------------------------------------


async def test_what_sends_and_was_missed_waits_for_a_person(tmp_path: Path, wall: Wall) -> None:
    """Perhaps it was done by hand; it is neither made up for by itself nor forgotten."""
    rules = {"pay": [Schedule(cron="0 7 * * *", misfire="skip")], "look": [Schedule(cron="0 7 * * *", misfire="skip")]}
    async with Office.open(tmp_path / "runs.db", lambda: rules, clock=wall, lanes=lambda w: Lane(sends=w == "pay")) as here:
        await here.occurrences.materialise()
        wall.to("2026-11-22T09:00")
        found = {o.workflow: o for o in await here.occurrences.materialise()}
        assert (found["pay"].state, found["look"].state) == ("parked", "missed")
        (item,) = await here.inbox.items()
        assert item.workflow == "pay" and "did not run: nothing was running then" in item.reason
        await here.resolve(item.run, how="retry", who="Ann", reason="nobody did it")
        claimed = await here.occurrences.claim()
        assert claimed is not None and claimed.day == date(2026, 11, 22)


async def test_where_a_later_one_stands_for_them_nobody_is_asked(tmp_path: Path, wall: Wall) -> None:
    async with Office.open(
        tmp_path / "runs.db", lambda: {"pay": [Schedule(cron=QUARTERS)]}, clock=wall, lanes=lambda w: Lane(sends=True)
    ) as here:
        await here.occurrences.materialise()
        wall.to("2026-11-22T08:07")
        await here.occurrences.materialise()
        assert await here.inbox.items() == []
        assert [s for _, s in await states(here)].count("due") == 1


async def test_a_long_absence_asks_about_the_latest_only(tmp_path: Path, wall: Wall) -> None:
    """A flood of questions is no better than silence."""
    rule = Schedule(cron=QUARTERS, misfire="skip")
    async with Office.open(tmp_path / "runs.db", lambda: {"pay": [rule]}, clock=wall, lanes=lambda w: Lane(sends=True)) as here:
        await here.occurrences.materialise()
        wall.to("2026-11-23T06:07")
        await here.occurrences.materialise()
        assert len(await here.inbox.items()) == 20
        assert Counter(s for _, s in await states(here)) == {"parked": 20, "missed": 76}


async def test_what_could_not_start_in_time_and_sends_waits_for_a_person(tmp_path: Path, wall: Wall) -> None:
    rule = Schedule(cron="0 7 * * *", grace="10m")
    async with Office.open(tmp_path / "runs.db", lambda: {"pay": [rule]}, clock=wall, lanes=lambda w: Lane(sends=True)) as here:
        await here.occurrences.materialise()
        wall.to("2026-11-22T07:00")
        await here.occurrences.materialise()
        wall.to("2026-11-22T07:11")
        (late,) = await here.occurrences.materialise()
        assert late.state == "parked" and len(await here.inbox.items()) == 1


async def test_a_paused_workflow_does_not_start_and_does_not_catch_up(tmp_path: Path, wall: Wall) -> None:
    async with office(tmp_path, wall, {"pay": [DAILY]}) as here:
        await here.occurrences.materialise()
        assert await here.occurrences.pause("pay", who="Ann", because="year end")
        assert not await here.occurrences.pause("pay", who="Bob", because="other")
        wall.to("2026-11-22T07:00")
        (due,) = await here.occurrences.materialise()
        assert (due.state, due.reason) == ("skipped", "paused by Ann: year end")
        assert await here.occurrences.resume("pay") and not await here.occurrences.resume("pay")
        assert await here.occurrences.claim() is None
        wall.to("2026-11-23T07:00")
        await here.occurrences.materialise()
        assert await here.occurrences.claim() is not None


async def test_what_was_due_before_the_pause_waits_for_its_end(tmp_path: Path, wall: Wall) -> None:
    async with office(tmp_path, wall, {"pay": [DAILY]}) as here:
        await here.occurrences.materialise()
        wall.to("2026-11-22T07:00")
        await here.occurrences.materialise()
        await here.occurrences.pause("pay", who="Ann", because="the site is being moved")
        assert await here.occurrences.claim() is None
        await here.occurrences.resume("pay")
        assert await here.occurrences.claim() is not None


async def test_a_pause_needs_a_reason(tmp_path: Path, wall: Wall) -> None:
    async with office(tmp_path, wall, {}) as here:
        with pytest.raises(UsageInvalid, match="who made it and why"):
            await here.occurrences.pause("pay", who="Ann", because="  ")


async def test_nothing_starts_in_a_blackout(tmp_path: Path, wall: Wall) -> None:
    """What is due in it starts at its end; what would wait longer than its grace is told as skipped."""
    short = Schedule(cron="0 7 * * *", blackout=("06:30-07:30",))
    long = Schedule(cron="0 7 * * *", blackout=("06:30-12:00",), grace="1h")
    async with office(tmp_path, wall, {"pay": [short], "long": [long]}) as here:
        await here.occurrences.materialise()
        wall.to("2026-11-22T07:00")
        found = {o.workflow: o for o in await here.occurrences.materialise()}
        assert found["long"].state == "skipped" and "blackout" in found["long"].reason
        assert found["pay"].start_at.strftime("%H:%M") == "07:30"
        assert await here.occurrences.claim() is None
        wall.to("2026-11-22T07:30")
        assert (await here.occurrences.claim()) is not None


async def test_what_was_put_off_into_a_blackout_waits(tmp_path: Path, wall: Wall) -> None:
    rule = Schedule(cron="0 7 * * *", blackout=("08:00-08:30",))
    async with office(tmp_path, wall, {"pay": [rule]}) as here:
        await here.occurrences.materialise()
        wall.to("2026-11-22T07:00")
        await here.occurrences.materialise()
        claimed = await here.occurrences.claim()
        assert claimed is not None
        await here.occurrences.put_off(claimed, Later(until=wall.now + timedelta(minutes=70), reason="the site is down"))
        wall.to("2026-11-22T08:15")
        assert await here.occurrences.claim() is None
        wall.to("2026-11-22T08:30")
        assert await here.occurrences.claim() is not None


async def test_side_by_side_only_where_the_rule_allows_it(tmp_path: Path, wall: Wall) -> None:
    rules = {"many": [Schedule(cron=QUARTERS, overlap="allow")], "one": [Schedule(cron=QUARTERS, overlap="queue_one")]}
    async with office(tmp_path, wall, rules) as here:
        await here.occurrences.materialise()
        started = []
        for minute in (15, 30, 45):
            wall.to(f"2026-11-22T06:{minute}")
            await here.occurrences.materialise()
            while (claimed := await here.occurrences.claim()) is not None:
                started.append((claimed.workflow, minute))
        assert started == [("many", 15), ("one", 15), ("many", 30), ("many", 45)] or sorted(started) == [
            ("many", 15), ("many", 30), ("many", 45), ("one", 15),
        ]
        one = [(o.occurrence[-3:-1], o.state) for o in await here.occurrences.all("one")]
        assert [state for _, state in one] == ["running", "due", "skipped"]


async def test_what_is_not_over_in_time_is_told_once(tmp_path: Path, wall: Wall) -> None:
    async with office(tmp_path, wall, {"pay": [Schedule(cron="0 7 * * *", must_finish_by="07:30")]}) as here:
        await here.occurrences.materialise()
        wall.to("2026-11-22T07:00")
        await here.occurrences.materialise()
        claimed = await here.occurrences.claim()
        assert claimed is not None and await here.occurrences.late() == []
        wall.to("2026-11-22T07:31")
        assert [o.id for o in await here.occurrences.late()] == [claimed.id]
        assert await here.occurrences.late() == []


async def test_a_deadline_before_the_start_is_of_the_next_day(tmp_path: Path, wall: Wall) -> None:
    async with office(tmp_path, wall, {"pay": [Schedule(cron="0 23 * * *", must_finish_by="05:00")]}) as here:
        await here.occurrences.materialise()
        wall.to("2026-11-22T23:00")
        (due,) = await here.occurrences.materialise()
        assert due.finish_by == datetime(2026, 11, 23, 5, tzinfo=UTC)


async def test_backfill_can_be_tried_dry(tmp_path: Path, wall: Wall) -> None:
    async with office(tmp_path, wall, {"pay": [DAILY]}) as here:
        since = wall.now - timedelta(days=3)
        dry = await here.occurrences.backfill("pay", since, wall.now, dry_run=True)
        assert len(dry) == 3 and await here.occurrences.all() == []
        done = await here.occurrences.backfill("pay", since, wall.now)
        assert [o.occurrence for o in done] == [o.occurrence for o in dry]


class Tray:
    """A folder whose files are as old as a test says, by the wall's clock."""

    def __init__(self, path: Path, wall: Wall) -> None:
        self.path, self._wall = path, wall
        path.mkdir()

    def put(self, name: str, text: str, *, age_s: float = 60) -> Path:
        file = self.path / name
        file.write_text(text)
        at = self._wall.now.timestamp() - age_s
        os.utime(file, (at, at))
        return file


@pytest.fixture
def tray(tmp_path: Path, wall: Wall) -> Tray:
    return Tray(tmp_path / "inbox", wall)


async def test_a_file_comes_once_for_each_content(tmp_path: Path, wall: Wall, tray: Tray) -> None:
    """A copy under another name is no second due time; a new content of the same name is one."""
    async with office(tmp_path, wall, {"pay": [Schedule(folder=str(tray.path), pattern="*.csv")]}) as here:
        await here.occurrences.materialise()
        tray.put("a.csv", "one")
        tray.put("copy of a.csv", "one")
        tray.put("b.txt", "not asked for")
        (came,) = await here.occurrences.materialise()
        assert came.file == str(tray.path / "a.csv") and came.state == "due"
        assert await here.occurrences.materialise() == []
        tray.put("a.csv", "two")
        (again,) = await here.occurrences.materialise()
        assert again.occurrence != came.occurrence


async def test_a_file_that_is_still_written_waits(tmp_path: Path, wall: Wall, tray: Tray) -> None:
    async with office(tmp_path, wall, {"pay": [Schedule(folder=str(tray.path), stable_for="30s")]}) as here:
        await here.occurrences.materialise()
        tray.put("a.csv", "half", age_s=5)
        tray.put("~$a.csv", "a lock of Excel")
        assert await here.occurrences.materialise() == []
        wall.now += timedelta(seconds=30)
        assert len(await here.occurrences.materialise()) == 1


async def test_what_lay_there_before_the_rule_is_left_alone(tmp_path: Path, wall: Wall, tray: Tray) -> None:
    """Somebody may have entered it by hand."""
    tray.put("old.csv", "old")
    async with office(tmp_path, wall, {"pay": [Schedule(folder=str(tray.path))]}) as here:
        (old,) = await here.occurrences.materialise()
        assert (old.state, old.reason) == ("skipped", "old.csv lay there before the rule")
        assert await here.occurrences.claim() is None


async def test_however_much_lay_there_before_the_rule_is_left_alone(tmp_path: Path, wall: Wall, tray: Tray) -> None:
    """It takes more than one look to read that much; nothing of it is taken for new, also when older ones are taken away."""
    old = [tray.put(f"{n:05}.csv", f"old {n}") for n in range(MOST + 5)]
    async with office(tmp_path, wall, {"pay": [Schedule(folder=str(tray.path))]}) as here:
        looks = [len(await here.occurrences.materialise()) for _ in range(3)]
        assert looks == [MOST, 5, 0]
        old[0].unlink()
        tray.put("new.csv", "new")
        (came,) = await here.occurrences.materialise()
        assert (came.file, came.state) == (str(tray.path / "new.csv"), "due")
        assert Counter(o.state for o in await here.occurrences.all()) == {"skipped": MOST + 5, "due": 1}


async def test_a_file_comes_beside_any_number_of_old_ones(tmp_path: Path, wall: Wall, tray: Tray) -> None:
    """What came is left lying by many; a look reads and remembers what is new, whatever its name, and nothing twice."""
    for n in range(MOST + 5):
        tray.put(f"{n:05}.csv", f"old {n}")
    rules = {"pay": [Schedule(folder=str(tray.path))]}
    async with office(tmp_path, wall, rules) as here:
        for _ in range(2):
            await here.occurrences.materialise()
    async with office(tmp_path, wall, rules) as here:       # after a restart all is read once more
        late = tray.put("zzz.csv", "new", age_s=30)
        found = [o for _ in range(2) for o in await here.occurrences.materialise()]
        assert [(o.file, o.state) for o in found] == [(str(late), "due")]


async def test_what_cannot_be_read_holds_up_no_other_file(tmp_path: Path, wall: Wall, tray: Tray) -> None:
    """However many there are; what became readable comes."""
    async with office(tmp_path, wall, {"pay": [Schedule(folder=str(tray.path))]}) as here:
        await here.occurrences.materialise()
        for n in range(3):
            (tray.path / f"gone-{n}.csv").symlink_to(tmp_path / "nowhere")
        (tray.path / "folder.csv").mkdir()
        tray.put(os.fsdecode(b"\xff.csv"), "named in an old encoding")
        tray.put("a.csv", "one")
        assert [o.file for o in await here.occurrences.materialise()] == [str(tray.path / "a.csv")]


async def test_files_wait_while_their_workflow_is_paused(tmp_path: Path, wall: Wall, tray: Tray) -> None:
    async with office(tmp_path, wall, {"pay": [Schedule(folder=str(tray.path))]}) as here:
        await here.occurrences.materialise()
        await here.occurrences.pause("pay", who="Ann", because="holiday")
        tray.put("a.csv", "one")
        assert await here.occurrences.materialise() == []
        await here.occurrences.resume("pay")
        assert len(await here.occurrences.materialise()) == 1


async def test_a_folder_that_is_missing_stops_nothing(tmp_path: Path, wall: Wall) -> None:
    rules = {"files": [Schedule(folder=str(tmp_path / "nowhere"))], "pay": [DAILY]}
    async with office(tmp_path, wall, rules) as here:
        await here.occurrences.materialise()
        wall.to("2026-11-22T07:00")
        assert [o.workflow for o in await here.occurrences.materialise()] == ["pay"]
