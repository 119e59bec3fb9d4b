"""Rows from another workflow: what each of its runs brought back is taken once, in order, and the same again after a crash."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from wall import Wall

from rpa_agent.agent import Order
from rpa_agent.batch import Table, table_from
from rpa_agent.domain.errors import NeedsPerson, ParamsInvalid
from rpa_agent.domain.schedule import Schedule
from rpa_agent.domain.trajectory import Trajectory
from rpa_agent.domain.workflow import Output, Param, Rows, Workflow
from rpa_agent.ops.batches import Given
from rpa_agent.ops.office import Office
from rpa_agent.ops.secret.secrets import SecretSources

TYPES = {"number": Output(), "amount": Output(type="decimal"), "due": Output(type="date")}
LIST = {"open": Output(type="table", columns={"number": "string", "amount": "decimal"})}


def taking(source: str = "list-invoices.outputs", **more: Any) -> Workflow:
    return Workflow.model_validate({
        "name": "pay", "task": "Pay", "base_url": "http://x", "success": "none", "locale": "de_DE",
        "params": {"number": Param(), "amount": Param(type="decimal"), "due": Param(type="date", required=False)},
        "rows": {"from": source, "key": "number"}, **more,
    })  # fmt: skip


class Place:
    """One state folder in which a source has run."""

    def __init__(self, folder: Path, office: Office, wall: Wall) -> None:
        self.folder, self.office, self.wall = folder, office, wall

    async def brought(self, outcome: str = "succeeded", occurrence: str | None = None, **outputs: Any) -> str:
        self.wall.now += timedelta(seconds=1)
        run = await self.office.runs.begin_run("list-invoices", occurrence=occurrence)
        plain = {"run": run, "workflow": "list-invoices", "site": "s", "procedure": "p", "version": 1, "started": ""}
        await self.office.runs.end_run(Trajectory.model_validate({**plain, "outcome": outcome, "outputs": outputs}))
        return run

    async def take(self, occurrence: str | None = None, workflow: Workflow | None = None, types: Any = TYPES) -> Table:
        workflow = workflow or taking()
        order = Order(workflow, {}, SecretSources([]), "http://x", today=date(2026, 11, 22), occurrence=occurrence)
        return await table_from(self.office, self.folder, workflow, types=types, order=order)

    async def begin(self, table: Table, occurrence: str | None = None) -> Any:
        rows = tuple((r.number, r.key, r.values) for r in table.rows)
        return await self.office.batches.begin(Given(
            workflow="pay", environment="http://x", input=str(table.sheet.path), input_hash=table.hash, day="2026-11-22", rows=rows,
            occurrence=occurrence,
        ))  # fmt: skip


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    wall = Wall()
    rules = {"list-invoices": [Schedule(cron="0 * * * *", misfire="run_all", overlap="queue_one")]}
    async with Office.open(tmp_path / "runs.db", lambda: rules, clock=wall) as office:
        yield Place(tmp_path, office, wall)


def keys(table: Table) -> list[str]:
    return [row.key for row in table.rows]


async def test_what_came_last_is_taken_first_and_then_what_is_new_once(place: Place) -> None:
    """A workflow that is added takes no years of history; each due time takes what no other has taken."""
    for number in ("RE-0", "RE-1"):
        await place.brought(number=number, amount="1.500", due="2026-12-31")
    first = await place.take("o1")
    assert keys(first) == ["RE-1"]
    assert first.rows[0].values == {"number": "RE-1", "amount": "1.5", "due": "2026-12-31"}, "not fifteen hundred"
    for number in ("RE-2", "RE-3"):
        await place.brought(number=number, amount="2")
    await place.brought("failed", number="RE-9", amount="2")
    assert keys(await place.take("o2")) == ["RE-2", "RE-3"]
    assert (await place.take("o1")).hash == first.hash, "tried again it works on the very same rows"
    assert keys(await place.take("o2")) == ["RE-2", "RE-3"]


async def test_in_the_order_of_due_times_whenever_they_ran(place: Place) -> None:
    """What was retried later still comes where it was due."""
    await place.brought(number="RE-0", amount="1")
    await place.take("o1")
    await place.office.occurrences.materialise()
    place.wall.to("2026-11-22T08:01")
    await place.office.occurrences.materialise()
    earlier, later = [o.id for o in await place.office.occurrences.all()]
    await place.brought(number="RE-8", amount="1", occurrence=later)
    await place.brought(number="RE-7", amount="1", occurrence=earlier)
    assert keys(await place.take("o2")) == ["RE-7", "RE-8"]


async def test_the_records_of_a_table_are_rows(place: Place) -> None:
    """All of them, with the numbers as they were read; none at all is nothing to do, and no fault."""
    workflow = taking("list-invoices.outputs.open")
    await place.brought(open=[{"number": "RE-1", "amount": "10.50"}, {"number": "RE-2", "amount": "3"}], total="2")
    table = await place.take("o1", workflow, LIST)
    assert [row.values for row in table.rows] == [{"number": "RE-1", "amount": "10.5"}, {"number": "RE-2", "amount": "3"}]
    await place.brought(open=[])
    empty = await place.take("o2", workflow, LIST)
    begun = await place.begin(empty, "o2")
    assert (empty.rows, begun.rows) == ((), ())


async def test_where_there_is_nothing_a_person_is_told_why(place: Place) -> None:
    """Not yet run, still running, failed, or taken already: each with what to do."""
    with pytest.raises(NeedsPerson, match="has not run yet; nothing was sent"):
        await place.take("o1")
    running = await place.office.runs.begin_run("list-invoices")
    with pytest.raises(NeedsPerson, match=f"still running .{running}."):
        await place.take("o1")
    failed = await place.brought("failed")
    with pytest.raises(NeedsPerson, match="ended as failed") as told:
        await place.take("o1")
    assert failed in told.value.remedy and "--retry" in told.value.remedy
    await place.brought(number="RE-1", amount="1")
    await place.take("o1")
    with pytest.raises(NeedsPerson, match="brought back nothing since it was last taken") as told:
        await place.take("o2")
    assert "`rpa resolve RUN --retry`" in told.value.remedy and "`rpa resolve RUN --skip`" in told.value.remedy
    with pytest.raises(NeedsPerson) as told:
        await place.take()
    assert "rpa run" in told.value.remedy and "resolve" not in told.value.remedy, "nothing waits of what was begun by hand"


async def test_what_does_not_fit_is_named_and_taken_all_the_same(place: Place) -> None:
    """The next due time does not stumble over it again; this one can be tried again once the workflow reads it."""
    await place.brought(number="RE-1")
    with pytest.raises(ParamsInvalid, match="amount"):
        await place.take("o1")
    await place.brought(number="RE-2", amount="2")
    assert keys(await place.take("o2")) == ["RE-2"]


async def test_by_hand_it_goes_on_with_what_was_taken_and_not_done(place: Place) -> None:
    """Ctrl-C in the middle: the same rows first, what came meanwhile after them."""
    await place.brought(number="RE-1", amount="1")
    taken = await place.take()
    await place.brought(number="RE-2", amount="2")
    assert (await place.take()).hash == taken.hash, "it was taken, and no batch was begun"
    begun = await place.begin(taken)
    assert (await place.take()).hash == taken.hash, "it was begun, and not done"
    await place.office.batches.settle(begun.rows[0].but(state="succeeded", outcome="succeeded"))
    await place.office.batches.let_go(begun.batch.id, {"succeeded": 1}, ended=True)
    assert keys(await place.take()) == ["RE-2"]


@pytest.mark.parametrize("rows", [
    {}, {"file": "a.csv", "from": "b.outputs"}, {"from": "b"}, {"from": "b.outputs.Not A Name"}, {"from": "b.outputs", "sheet": 1},
    {"from": "../b.outputs"},
])
def test_rows_come_from_one_place(rows: dict[str, Any]) -> None:
    """A file or a workflow, and what belongs to a file is not said of a workflow."""
    with pytest.raises(ValidationError):
        Rows.model_validate(rows)
