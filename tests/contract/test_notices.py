"""People are told once, in few messages, until it arrives; against a real server that takes Apprise's JSON."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from postbox import Postbox
from pydantic import SecretStr
from wall import Wall

from rpa_agent.domain.schedule import Schedule
from rpa_agent.domain.trajectory import Trajectory
from rpa_agent.domain.workflow import Notify
from rpa_agent.ops.batches import Given
from rpa_agent.ops.due.occurrence import Occurrence
from rpa_agent.ops.notices.announce import Announcer, Targets
from rpa_agent.ops.notices.outbox import Notice
from rpa_agent.ops.office import Office


@pytest.fixture
def box() -> Iterator[Postbox]:
    with Postbox() as mailbox:
        yield mailbox


class Desk:
    """An office with an announcer whose targets are one server."""

    def __init__(self, office: Office, wall: Wall, announcer: Announcer) -> None:
        self.office, self.wall, self.announcer = office, wall, announcer

    async def ended(self, outcome: str, *, minutes: int = 5, **of: Any) -> Occurrence:
        """Let the next due time come and end."""
        self.wall.now += timedelta(minutes=minutes)
        await self.office.occurrences.materialise()
        occurrence = await self.office.occurrences.claim()
        assert occurrence is not None
        run = await self.office.runs.begin_run(occurrence.workflow, occurrence=occurrence.id, **of)
        await self.office.runs.end_run(Trajectory.model_validate({
            "run": run, "workflow": occurrence.workflow, "site": "s", "procedure": "p", "version": 1,
            "started": "2026-11-23T06:00:00Z", "outcome": outcome, "fault": "drift", "stopped": "the button 'Pay' is gone",
        }))
        await self.office.occurrences.finish(occurrence, outcome)
        await self.announcer.ended(occurrence, outcome)
        return occurrence


RULES = {"pay": [Schedule(cron="*/5 * * * *")]}


@asynccontextmanager
async def desk(
    path: Path, box: Postbox, *, notify: tuple[Notify, ...] = (), targets: dict[str, str] | None = None, **more: object
) -> AsyncIterator[Desk]:
    wall = Wall("2026-11-23T06:00")
    address = f"json://127.0.0.1:{box.port}/"
    named = {name: SecretStr(url) for name, url in (targets or {"default": address}).items()}
    async with Office.open(path / "runs.db", lambda: RULES, clock=wall) as office:
        announcer = Announcer(office, Targets(addresses=named, **more), wanted=lambda w: notify)  # type: ignore[arg-type]
        await office.occurrences.materialise()
        yield Desk(office, wall, announcer)


async def test_a_failure_is_told_with_what_was_sent_and_what_you_can_do(tmp_path: Path, box: Postbox) -> None:
    async with desk(tmp_path, box) as here:
        await here.ended("failed")
        await here.announcer.deliver()
        (got,) = box.got
        assert got["title"] == "pay did not succeed"
        assert "the button 'Pay' is gone" in got["message"] and "Nothing was sent." in got["message"]
        assert "`rpa show" in got["message"]


async def test_rows_that_were_not_begun_are_told(tmp_path: Path, box: Postbox) -> None:
    """A batch that stopped after its first row is not told as a file of one."""
    async with desk(tmp_path, box) as here:
        rows = tuple((n, str(n), {}) for n in (2, 3, 4))
        given = Given(workflow="pay", environment="", input="in.csv", input_hash="a", day="2026-11-23", rows=rows)
        batch = (await here.office.batches.begin(given)).batch.id
        await here.ended("failed", batch=batch, row=2)
        await here.announcer.deliver()
        assert box.got[0]["message"].startswith("3 rows: 1 failed, 2 not done. The first that did not: the button 'Pay' is gone.")


async def test_the_same_is_told_once(tmp_path: Path, box: Postbox) -> None:
    async with desk(tmp_path, box) as here:
        occurrence = await here.ended("failed")
        await here.announcer.ended(occurrence, "failed")
        await here.announcer.deliver()
        await here.announcer.deliver()
        assert len(box.got) == 1


async def test_what_went_well_is_told_only_to_who_asked(tmp_path: Path, box: Postbox) -> None:
    async with desk(tmp_path, box) as here:
        await here.ended("succeeded")
        await here.announcer.deliver()
        assert box.got == []
    asked = (Notify(on=("succeeded",), to="default"),)
    async with desk(tmp_path / "other", box, notify=asked) as here:
        await here.ended("succeeded")
        await here.announcer.deliver()
        assert [got["title"] for got in box.got] == ["pay is done"]


async def test_many_at_a_time_are_one_message(tmp_path: Path, box: Postbox) -> None:
    """The first is told at once; what follows within a minute comes together."""
    async with desk(tmp_path, box) as here:
        await here.ended("failed")
        await here.announcer.deliver()
        await here.office.outbox.put(
            Notice(kind="missed", target="default", about=str(n), title=f"w{n} did not run", body="It was due.") for n in range(50)
        )
        await here.announcer.deliver()
        assert len(box.got) == 1
        here.wall.now += timedelta(minutes=1)
        await here.announcer.deliver()
        assert len(box.got) == 2 and box.got[1]["title"] == "50 notices: 50 missed"
        assert "w0 did not run" in box.got[1]["message"] and "and 30 more" in box.got[1]["message"]


async def test_a_flood_comes_less_and_less_often(tmp_path: Path, box: Postbox) -> None:
    async with desk(tmp_path, box) as here:
        for n in range(60):
            await here.office.outbox.put([Notice(kind="failed", target="default", about=str(n), title="t", body="b")])
            await here.announcer.deliver()
            here.wall.now += timedelta(minutes=1)
        assert len(box.got) <= 16


async def test_what_does_not_arrive_is_tried_again(tmp_path: Path, box: Postbox) -> None:
    async with desk(tmp_path, box) as here:
        box.status = 503
        await here.ended("failed")
        await here.announcer.deliver()
        (waiting,) = await here.office.outbox.unsent()
        assert waiting["error"] == "the service did not take it" and waiting["tries"] == 1
        await here.announcer.deliver()
        box.status = 200
        here.wall.now += timedelta(minutes=2)
        await here.announcer.deliver()
        assert len(box.got) == 1 and await here.office.outbox.unsent() == []


async def test_a_target_that_nobody_set_is_said_and_stops_no_other(tmp_path: Path, box: Postbox) -> None:
    rules = (Notify(on=("failed",), to="nobody"), Notify(on=("failed",), to="default"))
    async with desk(tmp_path, box, notify=rules) as here:
        await here.ended("failed")
        await here.announcer.deliver()
        assert len(box.got) == 1
        (waiting,) = await here.office.outbox.unsent()
        assert "no target nobody" in waiting["error"]


async def test_an_address_is_never_told(tmp_path: Path, box: Postbox) -> None:
    async with desk(tmp_path, box, targets={"default": "jsonx://user:geheim@nowhere"}) as here:
        await here.ended("failed")
        await here.announcer.deliver()
        (waiting,) = await here.office.outbox.unsent()
        assert "geheim" not in json.dumps(waiting) and "none that Apprise knows" in waiting["error"]


async def test_after_two_days_it_is_given_up_and_said_so(tmp_path: Path, box: Postbox) -> None:
    async with desk(tmp_path, box) as here:
        box.status = 500
        await here.ended("failed")
        for _ in range(3):
            await here.announcer.deliver()
            here.wall.now += timedelta(days=1, minutes=1)
        (given_up,) = await here.office.outbox.unsent()
        assert given_up["sent"] == "never"


async def test_the_digest_is_sent_every_morning_also_when_all_is_well(tmp_path: Path, box: Postbox) -> None:
    at = datetime(2026, 11, 23, 6, 2, tzinfo=UTC).astimezone().time()
    async with desk(tmp_path, box, digest_at=at) as here:
        await here.announcer.look()
        await here.announcer.deliver()
        assert box.got == []
        await here.ended("succeeded")
        for _ in range(2):
            await here.announcer.look()
            await here.announcer.deliver()
        (got,) = box.got
        assert got["title"] == "All is well: 1 done" and "pay" in got["message"]
        here.wall.now += timedelta(days=1)
        await here.announcer.look()
        await here.announcer.deliver()
        assert len(box.got) == 2


async def test_the_digest_says_what_is_not_well(tmp_path: Path, box: Postbox) -> None:
    async with desk(tmp_path, box) as here:
        await here.ended("failed")
        await here.office.occurrences.pause("pay", who="Ann", because="year end")
        await here.office.inbox.add("R1", "pay", "the total is not the one shown")
        _, about, title, body = await here.announcer.digest(here.wall.now.astimezone())
        assert about == date(2026, 11, 23).isoformat()
        assert title == "0 done, 1 did not succeed or run, 1 wait for you"
        assert "paused by Ann: year end" in body and "rpa resolve R1" in body and "pay: failed" in body


async def test_three_failures_with_one_fault_pause_a_workflow(tmp_path: Path, box: Postbox) -> None:
    """After it was resumed the count begins anew."""
    async with desk(tmp_path, box) as here:
        for n in range(3):
            await here.ended("failed")
            pause = await here.office.occurrences.break_circuit("pay", times=3)
            assert (pause is not None) == (n == 2)
        assert pause is not None and pause.because == "it failed 3 times in a row (drift)"
        assert await here.office.occurrences.break_circuit("pay", times=3) is None
        await here.office.occurrences.resume("pay")
        await here.ended("failed")
        assert await here.office.occurrences.break_circuit("pay", times=3) is None


async def test_a_success_between_failures_keeps_it_going(tmp_path: Path, box: Postbox) -> None:
    async with desk(tmp_path, box) as here:
        for outcome in ("failed", "failed", "succeeded", "failed", "failed"):
            await here.ended(outcome)
        assert await here.office.occurrences.break_circuit("pay", times=3) is None


async def test_what_is_late_or_did_not_run_is_told(tmp_path: Path, box: Postbox) -> None:
    async with desk(tmp_path, box) as here:
        here.wall.now += timedelta(hours=5)
        found = await here.office.occurrences.materialise()
        await here.announcer.not_run([o for o in found if o.state == "missed"][-1:])
        await here.announcer.deliver()
        (got,) = box.got
        assert got["title"] == "pay did not run" and "Nothing was sent." in got["message"]
        assert "rpa schedule backfill pay --from" in got["message"]
