"""`releases`: one invoice flow, shown once, over the releases of the practice site, each of its mutations and each trap."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from fixtures.backoffice import KINDS, TRAPS, Backoffice
from fixtures.backoffice.config import SiteConfig
from rpa_agent.agent import Agent, Order
from rpa_agent.domain.errors import RpaAgentError
from rpa_agent.domain.workflow import Check, HttpCheck
from rpa_agent.ops.settings import Settings

from .flow import Flow, recorded
from .report import Figure, Report, Table

PATHS = ((1, 2, 3, 4), (1, 3), (1, 4), (2, 4), (2, 3))
SEEDS = (1, 2)
QUICK = 6  # mutations of a quick run


@dataclass(frozen=True)
class Ran:
    """One run: what the site was, and what became of the invoice."""

    where: str
    outcome: str
    repaired: int
    filed: int
    said: str
    wrong: int = 0  # effects that nobody asked for

    def kept(self) -> bool:
        """Tell whether nothing was done that was not meant: filed once where it succeeded, and at most once anywhere."""
        return self.wrong == 0 and self.filed <= 1


def measure(*, quick: bool) -> Report:
    """Run the flow over all; ``quick`` over one path and a few mutations."""
    return asyncio.run(_measure(quick=quick))


async def _measure(*, quick: bool) -> Report:
    report = Report(
        "releases", baseline="the same flow on the release it was shown on",
        how="The invoice flow is shown once in generation 1 (for paths from 2: learned there first). Each path runs on one "
        "memory from release to release; each mutation and trap on a fresh copy. The site's own truth counts what was filed.",
    )
    started = time.monotonic()
    async with recorded() as flow:
        ran: list[Ran] = []
        for path in PATHS[:1] if quick else PATHS:
            ran += await _along(flow, path)
        kinds = KINDS[:QUICK] if quick else KINDS
        for kind in kinds:
            for seed in SEEDS[:1] if quick else SEEDS:
                ran.append(await _alone(flow, f"{kind}, seed {seed}", mutate=[_aimed(kind)], seed=seed))
        for trap in TRAPS[:2] if quick else TRAPS:
            ran.append(await _alone(flow, f"trap {trap}", trap=[trap], seed=5))
    report.figures += [
        Figure("runs", len(ran), "runs of the flow"),
        Figure("filed_share", round(sum(r.outcome == "succeeded" for r in ran) / len(ran), 3), "went through to the end"),
        Figure("wrong_effects", sum(not r.kept() for r in ran), "runs that did what was not meant", goal="<= 0"),
    ]
    rows = [(r.where, r.outcome, r.repaired or "", r.filed, "" if r.kept() else "WRONG", r.said[:140]) for r in ran]
    titles = ("site", "outcome", "repaired", "filed", "", "said")
    report.tables.append(Table("The flow over releases, mutations and traps", titles, rows))
    report.more |= {"minutes": round((time.monotonic() - started) / 60, 1)}
    return report


def _aimed(kind: str) -> str:
    return "removed-target:invoice.save" if kind == "removed-target" else kind


async def _along(flow: Flow, path: Sequence[int]) -> list[Ran]:
    """Run from release to release on one memory; what comes first teaches what follows."""
    folder = _copy(flow)
    ran: list[Ran] = []
    try:
        for at, generation in enumerate(path):
            if at == 0 and generation == 1:
                continue
            where = " → ".join(str(g) for g in path[: at + 1])
            ran.append(await _run(flow, folder, where, generation=generation))
    finally:
        shutil.rmtree(folder)
    return ran


async def _alone(flow: Flow, where: str, **site: Any) -> Ran:
    folder = _copy(flow)
    try:
        return await _run(flow, folder, where, **site)
    finally:
        shutil.rmtree(folder)


def _copy(flow: Flow) -> Path:
    folder = flow.settings.project.parent / f"{flow.settings.project.name}-copy"
    shutil.copytree(flow.settings.project, folder)
    return folder


async def _run(flow: Flow, folder: Path, where: str, **site: Any) -> Ran:
    flow.site.reset()
    flow.site.configure(**{**asdict(SiteConfig()), **site})
    values, workflow = flow.values(), flow.built.workflow
    asked = Check(http=HttpCheck(get="/api/invoices?number={{ invoice_number }}", json_={"count": 1}))
    workflow = workflow.but(success=(*workflow.checks(), asked), repair="remember")
    try:
        async with Agent.open(Settings.load(folder)) as agent:
            order = Order(workflow=workflow, params=values, secrets=flow.secrets, base_url=flow.site.base_url)
            trajectory = (await agent.run(order)).trajectory
        outcome, said, repaired = trajectory.outcome, trajectory.stopped, len(trajectory.repaired())
    except RpaAgentError as e:
        outcome, said, repaired = "failed", e.message, 0
    finally:
        flow.site.configure(**asdict(SiteConfig()))
    filed = flow.site.count("invoice.create", values["invoice_number"])
    return Ran(where, outcome, repaired, filed, said, wrong=_unasked(flow.site, values["invoice_number"]))


def _unasked(site: Backoffice, number: str) -> int:
    """Return how many effects there were that are neither the login nor this invoice."""
    meant = {"login.ok", "session.start"}
    return sum(
        e["count"] for e in site.truth()["effects"]
        if e["kind"] not in meant and not (e["kind"] == "invoice.create" and e["key"] == number)
    )
