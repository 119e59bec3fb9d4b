"""What was sent while somebody showed the work counts as sent."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import product
from typing import TYPE_CHECKING

from .domain.trajectory import Trajectory
from .domain.values import check_params
from .ops.commit_key import Moment, keys_in_batches
from .ops.facts import Facts

if TYPE_CHECKING:
    from .build import Built
    from .ops.office import Office

DEMONSTRATION = "the demonstration"  # how a run that was shown, not done, is marked


async def journal_as_done(office: Office, built: Built, procedure: str) -> None:
    """Journal a demonstration's commits as confirmed, so that a batch does not enter the same rows again."""
    today = datetime.now().astimezone().date()
    run = await office.runs.begin_run(built.workflow.name)
    moment = Moment(run=run, day=today, has_rows=True)
    for shown, commit in product(built.rows or (built.examples,), built.workflow.commits):
        typed = {name: value for name, value in shown.items() if name in built.workflow.params}
        params = check_params(built.workflow.params, typed, today=today)  # as every run's: keys are made of them
        address = (built.workflow.base_url, built.workflow.name, commit.name)
        for key in keys_in_batches(*address, params=params, at=moment, identifying=built.identifying):
            if await office.journal.state(key) is not None:
                continue
            office.journal.know(
                key, Facts(origin=address[0], workflow=address[1], name=commit.name, params=params, at=moment)
            )
            await office.journal.arm(key, name=commit.name, run=run)
            await office.journal.sent(key)
            await office.journal.settle(key, "confirmed", receipt={"from": "demonstration"})
    await office.runs.end_run(
        Trajectory(
            run=run,
            workflow=built.workflow.name,
            site=built.procedure.site,
            procedure=procedure,
            version=1,
            started=datetime.now(UTC).isoformat(timespec="milliseconds"),
            params=built.examples,
            outcome="succeeded",
            stopped=DEMONSTRATION,
            sent="sent" if built.workflow.commits else "nothing",
        )
    )
