"""A row of a file whose process died once it had sent: the site is asked where it can tell, else a person decides."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from rpa_agent.domain.schedule import Schedule
from rpa_agent.domain.trajectory import CommitOutcome, Trajectory
from rpa_agent.ops.batches import Given, as_ended
from rpa_agent.ops.batches.rows import BatchRow
from rpa_agent.ops.due.occurrence import Later
from rpa_agent.ops.inbox import How
from rpa_agent.ops.office import Office
from rpa_agent.ops.process.owner import Owner

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
DEAD = Owner(pid=2**22 + 1, started=1.0, token="dead")
GIVEN = Given(
    workflow="release", environment="http://site.test", input="/desk.csv", input_hash="h", day="2026-11-22",
    rows=((2, "P-1", {"order": "P-1"}), (3, "P-2", {"order": "P-2"})), by_key=True, probed=frozenset({"send"}),
)  # fmt: skip


@pytest.fixture
async def dead(tmp_path: Path) -> AsyncIterator[Office]:
    """The office of a process that is gone."""
    async with Office.open(tmp_path / "runs.db", clock=lambda: NOON, owner=DEAD) as opened:
        yield opened


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Office]:
    async with Office.open(tmp_path / "runs.db", clock=lambda: NOON) as opened:
        yield opened


async def sent_by(office: Office, batch: str, *, again: str | None = None, occurrence: str | None = None) -> str:
    """Begin the first row's run and send; return the run."""
    run = await office.runs.begin_run("release", batch=batch, row=2, row_key="P-1", occurrence=occurrence)
    await office.journal.arm("K", name="send", run=run, again=again)
    await office.journal.sent("K")
    return run


async def taken_up(here: Office, given: Given = GIVEN) -> BatchRow:
    """Start anew, and return the row as it is taken up now."""
    await here.recover()
    return (await here.batches.begin(given)).rows[0]


async def still_in_doubt(here: Office, row: BatchRow) -> str:
    """Let the row's next run meet the doubt and find out nothing; return that run."""
    run = await here.runs.begin_run("release", batch=row.batch, row=row.number, row_key=row.key)
    ended = Trajectory(
        run=run, workflow="release", site="s", procedure="p", version=1, started=NOON.isoformat(), outcome="needs_person",
        fault="unknown", stopped="the site does not tell", sent="unknown",
        commits=(CommitOutcome(name="send", key="K", state="ambiguous"),),
    )  # fmt: skip
    await here.runs.end_run(ended)
    await here.inbox.add(run, "release", ended.stopped)
    await here.batches.settle(as_ended(row.but(run=run, attempts=row.attempts + 1), ended))
    return run


async def test_a_row_in_doubt_is_run_again_where_the_site_can_be_asked(dead: Office, here: Office) -> None:
    """Its run asks before it would send; until the site has told, a person sees that it is in doubt."""
    run = await sent_by(dead, (await dead.batches.begin(GIVEN)).batch.id)
    row = await taken_up(here)
    assert (row.state, row.sent, row.attempts) == ("pending", "unknown", 1)
    assert [item.run for item in await here.inbox.items()] == [run]
    await here.journal.settle("K", "confirmed")
    await here.site_settled(["K"])
    assert await here.inbox.items() == []


@pytest.mark.parametrize("given", [
    GIVEN.but(probed=frozenset()), GIVEN.but(probed=frozenset({"another"})), GIVEN.but(keys_last=False),
], ids=["no probe", "a probe of another commit", "a key of one run"])  # fmt: skip
async def test_a_row_in_doubt_waits_where_nobody_can_be_asked(dead: Office, here: Office, given: Given) -> None:
    """Also where the next run would not meet what this one sent."""
    await sent_by(dead, (await dead.batches.begin(given)).batch.id)
    assert (await taken_up(here, given)).state == "parked"
    assert len(await here.inbox.items()) == 1


async def test_what_is_done_once_more_is_not_asked_about(dead: Office, here: Office) -> None:
    """It is on the site from the first time already: a yes would prove nothing."""
    await dead.journal.arm("K", name="send", run="first")
    await dead.journal.sent("K")
    await dead.journal.settle("K", "confirmed")
    given = GIVEN.but(again="it was deleted by mistake")
    await sent_by(dead, (await dead.batches.begin(given)).batch.id, again=given.again)
    assert (await taken_up(here, given)).state == "parked"


async def test_an_answer_that_tells_nothing_waits_once_and_is_asked_for_again_with_the_file(dead: Office, here: Office) -> None:
    """One doubt is one item, under the run that met it last; the same file given again asks once more."""
    await sent_by(dead, (await dead.batches.begin(GIVEN)).batch.id)
    last = await still_in_doubt(here, await taken_up(here))
    assert [item.run for item in await here.inbox.items()] == [last]
    (batch,) = await here.batches.recent()
    assert (await taken_up(here)).state == "parked", "not at once: it was only cut off"
    await here.batches.let_go(batch.id, {}, ended=True)
    row = await taken_up(here)
    assert (row.state, row.sent) == ("pending", "unknown")
    await here.resolve(last, how="done_by_hand", who="Ada", reason="it is there")
    assert await here.journal.state("K") == "confirmed"


@pytest.mark.parametrize(("how", "state"), [("done_by_hand", "succeeded"), ("retry", "pending"), ("skip", "cancelled")])
async def test_a_decision_before_the_file_is_given_again_counts(dead: Office, here: Office, how: How, state: str) -> None:
    """Whoever decides at once is not asked a second time."""
    run = await sent_by(dead, (await dead.batches.begin(GIVEN)).batch.id)
    await here.recover()
    await here.resolve(run, how=how, who="Ada", reason="looked at the site")
    assert (await taken_up(here, GIVEN.but(probed=frozenset()))).state == state


async def test_a_row_that_kills_its_process_each_time_waits_if_something_is_in_doubt(dead: Office, here: Office) -> None:
    """It has not failed with nothing sent; once more with the same file, the site is asked once more."""
    begun = await dead.batches.begin(GIVEN)
    first = await sent_by(dead, begun.batch.id)
    for _ in range(4):
        assert (await taken_up(here)).state == "pending"
        await dead.runs.begin_run("release", batch=begun.batch.id, row=2, row_key="P-1")
    row = await taken_up(here)
    assert (row.state, row.sent) == ("parked", "unknown")
    assert "5 times" in row.reason and "not known" in row.reason
    assert [item.run for item in await here.inbox.items()] == [row.run] == [first]
    await here.batches.let_go(begun.batch.id, {}, ended=True)
    assert (await taken_up(here)).state == "pending"


async def test_what_a_process_had_no_time_to_tell_is_told_by_the_next(dead: Office, here: Office) -> None:
    """A run that ended before a person, whose process died right then: in the inbox once, and a decision stands."""
    ended = {
        "workflow": "release", "site": "s", "procedure": "p", "version": 1, "started": NOON.isoformat(), "stopped": "no button",
        "outcome": "needs_person", "fault": "drift",
    }  # fmt: skip
    for office in (dead, here):
        await office.runs.end_run(Trajectory.model_validate({**ended, "run": await office.runs.begin_run("release")}))
    for _ in range(2):
        await here.recover()
        (item,) = await here.inbox.items()
        assert item.reason == "no button", "of the process that is gone; the other one tells by itself"
    await here.resolve(item.run, how="skip", who="Ada", reason="not needed")
    await here.recover()
    assert await here.inbox.items() == []


async def test_a_batch_that_was_put_off_often_has_not_died_often(tmp_path: Path) -> None:
    """Its rows were tried again, with pauses: the first time that its process dies it goes on."""
    rules, clock = {"release": [Schedule(cron="0 7 * * *")]}, [NOON.replace(hour=6)]

    async with Office.open(tmp_path / "runs.db", lambda: rules, clock=lambda: clock[0], owner=DEAD) as dead:
        await dead.occurrences.materialise()
        for n in range(12):
            clock[0] = NOON.replace(hour=7, minute=n)
            await dead.occurrences.materialise()
            claimed = await dead.occurrences.claim()
            assert claimed is not None
            batch = (await dead.batches.begin(GIVEN.but(occurrence=claimed.id))).batch.id
            await dead.runs.begin_run("release", batch=batch, row=2, row_key="P-1", occurrence=claimed.id)
            if n < 11:
                await dead.occurrences.put_off(claimed, Later(until=clock[0], reason="the site was busy"))
        (released,) = await dead.occurrences.release_dead()
        assert (released.occurrence.attempts, released.occurrence.state) == (12, "due")


@pytest.mark.parametrize("probed", [True, False])
async def test_of_a_due_time_only_the_row_in_doubt_waits(tmp_path: Path, probed: bool) -> None:
    """The others are done all the same: the due time is due again, and its batch goes on."""
    rules, path = {"release": [Schedule(cron="0 7 * * *")]}, tmp_path / "runs.db"
    async with Office.open(path, lambda: rules, clock=lambda: NOON.replace(hour=6)) as first:
        await first.occurrences.materialise()
    async with Office.open(path, lambda: rules, clock=lambda: NOON.replace(hour=7, minute=1), owner=DEAD) as dead:
        await dead.occurrences.materialise()
        claimed = await dead.occurrences.claim()
        assert claimed is not None
        given = GIVEN.but(occurrence=claimed.id, probed=frozenset({"send"} if probed else ()))
        run = await sent_by(dead, (await dead.batches.begin(given)).batch.id, occurrence=claimed.id)
    async with Office.open(path, lambda: rules, clock=lambda: NOON.replace(hour=7, minute=2)) as here:
        (released,) = await here.occurrences.release_dead(lambda workflow, commit: probed)
        assert released.occurrence.state == "due"
        assert [item.run for item in await here.inbox.items()] == ([] if probed else [run])
        assert (await here.occurrences.claim()) is not None
        in_doubt, other = (await here.batches.begin(given)).rows
        assert (in_doubt.state, other.state) == ("pending" if probed else "parked", "pending")
