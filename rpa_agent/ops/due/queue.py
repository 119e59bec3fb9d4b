"""The queue: which workflows may start one more run now, by workflow, site and account, and which come first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from rpa_agent.store.sqlite import Database

from ..clock import stamp
from ..process.owner import Owner
from .occurrence import Occurrence, read


@dataclass(frozen=True)
class Lane:
    """Where a workflow's runs queue. Those of a greater ``priority`` come first; None is no limit of its own.

    ``sends`` tells whether it changes what matters on the server: what was missed of it is a person's business. ``at_once``
    are runs of this workflow side by side, where its rule allows any; ``site_at_once`` those of all workflows of its site. An
    account is used by one run at a time in any case.
    """

    sends: bool = False
    site: str = ""
    account: str = ""
    priority: int = 0
    at_once: int | None = None
    site_at_once: int | None = None


Lanes = Callable[[str], Lane]


def one_lane(workflow: str) -> Lane:
    """Every workflow queues alike, and none is known to change anything."""
    return Lane()


def open_lanes(db: Database, workflows: Iterable[str], lanes: Lanes) -> dict[str, Lane]:
    """Return the lanes in which one more run may start now, by workflow.

    What is counted are due times that run now, in all processes; an account may be held by a run begun by hand as well.
    """
    running = list(db.query("SELECT workflow, site, account FROM occurrences WHERE state = 'running'"))
    workflows_busy, sites_busy = (Counter(row[name] for row in running) for name in ("workflow", "site"))
    taken = {row["account"] for row in running} | _held(db)

    def free(workflow: str, lane: Lane) -> bool:
        return (
            (lane.at_once is None or workflows_busy[workflow] < lane.at_once)
            and (lane.site_at_once is None or sites_busy[lane.site] < lane.site_at_once)
            and (not lane.account or lane.account not in taken)
        )

    found = {workflow: lanes(workflow) for workflow in dict.fromkeys(workflows)}
    return {workflow: lane for workflow, lane in found.items() if free(workflow, lane)}


def _held(db: Database) -> set[str]:
    """Return the accounts that a run uses now; the dead hold nothing."""
    rows = db.query("SELECT name, owner_pid, owner_started, owner_token FROM accounts WHERE run <> ''")
    return {row["name"] for row in rows if (owner := Owner.of(row)) is not None and owner.lives()}


def take(db: Database, id: str, lanes: Mapping[str, Lane], *, owner: Owner, now: datetime) -> Occurrence:
    """Let a due time run from now on in this process, and hold its places."""
    sql = (
        "UPDATE occurrences SET state = 'running', attempts = attempts + 1, reason = '', changed = ?, owner_pid = ?,"
        " owner_started = ?, owner_token = ?, site = ?, account = ? WHERE id = ? RETURNING *"
    )
    (workflow,) = db.execute("SELECT workflow FROM occurrences WHERE id = ?", [id]).fetchone()
    lane = lanes[workflow]
    values = [stamp(now), owner.pid, owner.started, owner.token, lane.site, lane.account, id]
    (row,) = db.query(sql, values)
    return read(row)
