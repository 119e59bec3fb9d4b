"""A row that waits for a person: what each decision does to the row, its commit, and the batch's next run."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from rpa_agent.domain.errors import NeedsPerson, UsageInvalid
from rpa_agent.domain.trajectory import CommitOutcome, Trajectory
from rpa_agent.ops.batches import Begun, Given, as_ended
from rpa_agent.ops.batches.rows import BatchRow
from rpa_agent.ops.inbox import How
from rpa_agent.ops.office import Office

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
GIVEN = Given(
    workflow="release", environment="http://site.test", input="/desk.csv", input_hash="h", day="2026-11-22",
    rows=((2, "P-1", {"order": "P-1"}), (3, "P-2", {"order": "P-2"})), by_key=True, occurrence=None, again=None,
    keys_last=True,
)  # fmt: skip


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with Office.open(tmp_path / "runs.db", clock=lambda: NOON) as opened:
        yield opened


async def parked(office: Office) -> str:
    """Do the first row, leave the second in doubt, and end the batch; return the run that waits."""
    begun = await office.batches.begin(GIVEN)
    first, second = begun.rows
    await office.batches.settle(first.but(state="succeeded", outcome="succeeded", sent="sent"))
    run = await office.runs.begin_run("release", batch=begun.batch.id, row=second.number, row_key=second.key)
    await office.journal.arm("K", name="send", run=run)
    await office.journal.sent("K")
    await office.journal.settle("K", "ambiguous")
    ended = Trajectory(
        run=run, workflow="release", site="s", procedure="p", version=1, started=NOON.isoformat(), outcome="needs_person",
        fault="infrastructure", stopped="the answer was lost", sent="unknown",
        commits=(CommitOutcome(name="send", key="K", state="ambiguous"),),
    )  # fmt: skip
    await office.runs.end_run(ended)
    await office.inbox.add(run, "release", ended.stopped, fault="infrastructure")
    await office.batches.settle(as_ended(second.but(run=run, attempts=1), ended))
    await office.batches.let_go(begun.batch.id, {}, ended=True)
    return run


async def next_run(office: Office) -> tuple[Begun, BatchRow]:
    begun = await office.batches.begin(GIVEN)
    return begun, begun.rows[1]


async def test_a_row_in_doubt_waits_until_somebody_decides(office: Office) -> None:
    """Run again without a decision it stays where it is, and its commit cannot be armed."""
    await parked(office)
    begun, row = await next_run(office)
    assert (begun.resumed, row.state, row.sent) == (True, "parked", "unknown")
    with pytest.raises(NeedsPerson):
        await office.journal.arm("K", name="send", run="another")


@pytest.mark.parametrize(
    ("how", "row_state", "commit"),
    [
        ("done_by_hand", "succeeded", "confirmed"),
        ("retry", "pending", "not_done"),
        ("skip", "cancelled", "ambiguous"),
        ("cancel", "cancelled", "ambiguous"),
    ],
)
async def test_what_a_decision_makes_of_the_row(office: Office, how: How, row_state: str, commit: str) -> None:
    """The next run takes it up as decided; only a retry may be sent, and only once more."""
    run = await parked(office)
    await office.resolve(run, how=how, who="Ada", reason="looked at the site")
    assert await office.journal.state("K") == commit
    begun, row = await next_run(office)
    if how == "retry":
        assert (begun.resumed, row.state, row.attempts) == (True, row_state, 1)
        await office.journal.arm("K", name="send", run="another")
        assert await office.journal.state("K") == "armed"
        return
    assert (begun.resumed, row.state) == (True, row_state)
    assert "Ada: looked at the site" in row.reason
    with pytest.raises(NeedsPerson):
        await office.journal.arm("K", name="send", run="another")
    assert await office.inbox.items() == []


async def test_deciding_twice_changes_nothing(office: Office) -> None:
    """The first word stands."""
    run = await parked(office)
    await office.resolve(run, how="done_by_hand", who="Ada", reason="it is there")
    with pytest.raises(UsageInvalid, match="decided already"):
        await office.resolve(run, how="retry", who="Bob", reason="it is not")
    assert await office.journal.state("K") == "confirmed"
