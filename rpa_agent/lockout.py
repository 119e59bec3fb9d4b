"""Where a workflow logs in by itself, nobody is locked out either: what the site refused is not typed a second time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from .domain.urls import origin

if TYPE_CHECKING:
    from .domain.procedure import Procedure
    from .domain.trajectory import Trajectory
    from .ops.office import Office
    from .planning import Order


async def require_untried(office: Office, order: Order, document: Procedure, *, run: str) -> None:
    """Raise LoginNeeded where the secrets of a run were refused before, whichever workflow typed them."""
    if _inside(order, document):
        await office.refusals.require_untried(run, await _held(order, document))


async def note_refusal(office: Office, order: Order, document: Procedure, trajectory: Trajectory) -> None:
    """After a run: keep that its secrets were refused, or that they are not refused any more."""
    if not _inside(order, document):
        return
    if trajectory.login_refused():
        await office.refusals.note(trajectory.run, order.workflow.name, await _held(order, document))
    elif trajectory.outcome == "succeeded":
        await office.refusals.forget(workflow=order.workflow.name)


def _inside(order: Order, document: Procedure) -> bool:
    return order.workflow.account is None and bool(document.secrets)


async def _held(order: Order, document: Procedure) -> dict[str, str]:
    """Return the secrets of a run by name, and where they are typed: elsewhere the same ones are another login."""
    held = {name: await asyncio.to_thread(order.secrets.reveal, name) for name in document.secrets}
    return {**held, "": origin(order.base_url)}
