"""What is planned of commits before the first act: which one it is, and which questions the site may be asked about it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from rpa_agent.domain.change import Recall
from rpa_agent.domain.procedure import Procedure, Step, Version
from rpa_agent.domain.workflow import Workflow
from rpa_agent.memory import Memory
from rpa_agent.ops.office import Office
from rpa_agent.ops.secret.secrets import SecretSources
from rpa_agent.ops.settings import Settings
from rpa_agent.planning import Order, Planner
from rpa_agent.teaching import Parked

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
WORKFLOW = Workflow.model_validate(
    {
        "name": "release", "task": "Release", "base_url": "http://site.test", "success": "none",
        "params": {"order": {"type": "string"}},
        "commits": [{
            "name": "send", "once": {"key": ["order"]},
            "probe": {"http": {"get": "/api/orders?order={{ order }}", "json": {"count": 1}}, "authoritative": True},
        }],
    }
)  # fmt: skip
SEND = Procedure(procedure="p", site="s", task="t", steps=(Step(id="s1", kind="press", effect="commit", commit="send"),))


@pytest.mark.parametrize(
    ("before", "again", "asked"),
    [
        ("nothing", None, True),
        ("in doubt", None, True),
        ("nothing", "the customer lost it", False),
        ("in doubt once more", None, False),
    ],
)
async def test_what_is_done_once_more_is_not_asked_about(project: Path, before: str, again: str | None, asked: bool) -> None:
    """It is on the site from the first time: no answer tells whether it arrived again, in this run or after its death."""
    settings = Settings.load(project)
    order = Order(WORKFLOW, {"order": "O-1"}, SecretSources([]), "http://site.test", repair="off", again=again)
    recall = Recall(version=Version(procedure="p", number=1, status="active", document=SEND))
    async with Office.open(settings.runs, clock=lambda: NOON) as office, Memory.open(settings.memory) as memory:
        planner = Planner(settings, memory, office)

        async def planned(run: str) -> tuple[str, set[str]]:
            plan = await planner.plan(order, recall, run, params={"order": "O-1"}, today=date(2026, 11, 22))
            return plan.keys["send"], set(plan.probes)

        key, _ = await planned("r0")
        if before != "nothing":
            await office.journal.arm(key, name="send", run="r1")
            await office.journal.sent(key)
        if before == "in doubt once more":
            await office.journal.settle(key, "confirmed")
            await office.journal.arm(key, name="send", run="r2", again="the customer lost it")
            await office.journal.sent(key)
        assert (await planned("r3"))[1] == ({"send"} if asked else set())


@pytest.mark.parametrize("per", [None, "day", "occurrence"])
async def test_what_is_sent_by_hand_while_a_due_time_is_taught_is_that_due_times(project: Path, per: str | None) -> None:
    """The next morning, too: it neither stands for that day's own due time, nor is the old one sent once more."""
    night, once = date(2026, 11, 21), {"once": {"key": ["order"], "per": per}} if per else {}
    workflow = Workflow.model_validate({**WORKFLOW.model_dump(mode="json", by_alias=True), "commits": [{"name": "send", **once}]})
    settings, version = Settings.load(project), Version(procedure="p", number=1, status="active", document=SEND)
    by_hand = Order(workflow, {"order": "O-1"}, SecretSources([]), "http://site.test", repair="off")
    due = replace(by_hand, today=night, occurrence="O1")
    parked = Parked("r1", workflow, version, "s1", {}, "nothing", "", "", own=False, day=night, occurrence="O1")
    row = replace(by_hand, today=night, has_rows=True, row_key="7")
    of_row = Parked("r1", workflow, version, "s1", {}, "nothing", "", "", own=False, day=night, has_rows=True, row_key="7")
    async with Office.open(settings.runs, clock=lambda: NOON) as office, Memory.open(settings.memory) as memory:
        planner = Planner(settings, memory, office)

        async def key(order: Order, run: str) -> str:
            today = order.today or NOON.date()
            plan = await planner.plan(order, Recall(version=version), run, params={"order": "O-1"}, today=today)
            return plan.keys["send"]

        assert await key(parked.again(by_hand), "lesson") == await key(due, "r2")
        assert await key(parked.again(by_hand), "lesson") != await key(replace(by_hand, today=NOON.date(), occurrence="O2"), "r3")
        if per != "occurrence":
            assert await key(of_row.again(by_hand), "lesson") == await key(row, "r4")
