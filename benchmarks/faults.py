"""`faults`: what goes wrong is put into the practice site on purpose, and what a run calls it is compared with what it was."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass
from pathlib import Path

from fixtures.backoffice import Backoffice
from fixtures.backoffice.config import SiteConfig
from fixtures.demonstrations.approve_invoice import demonstrate as approve
from rpa_agent.agent import Agent, Order
from rpa_agent.domain.errors import RpaAgentError
from rpa_agent.domain.workflow import Workflow
from rpa_agent.ops.settings import Settings

from .faulting.case import HEALED, Injected, Work
from .faulting.held_out import held_out, looked_at
from .faulting.worked_on import worked_on
from .flow import Flow, recorded
from .report import Figure, Report, Table

_OF_ERRORS = {"site_unreachable": "infrastructure", "params_invalid": "data", "secret_missing": "login"}
_EFFECTS: dict[Work, str] = {"enter": "invoice.create", "approve": "invoice.approve"}
TO_APPROVE = {"invoice_number": "RE-25185"}  # not the one that was approved while showing
QUICK_EACH = 3  # only every third case in a quick run


BEFORE = (
    "Of those worked on, 112 were held out when they were first measured, in five lots: 44 of 54, 16 of 20, 8 of 12, 9 of "
    "12 and 11 of 14 were named right then, and the causes of most misses were mended since by evidence (decisions 40 and "
    "54). The 25 that stand under held out below are of kinds that none before had, faults of nights: 6 of 25 (0.24) were "
    "named right when they first ran, at 661b6fb, which is the honest figure of what nobody had looked at. What the table "
    "tells of them is after their causes were mended in general, so that they are no longer unseen. No run of any lot did "
    "anything wrong."
)


@dataclass(frozen=True)
class Seen:
    """What a run made of it."""

    injected: Injected
    called: str
    outcome: str
    said: str
    effects: Counter[str]

    def right(self) -> bool:
        return self.called in {self.injected.fault, *self.injected.also}

    def wrong(self) -> int:
        """Count what was done and not meant: anything twice, anything else, and anything at all with values that do not do."""
        meant = Counter({_EFFECTS[self.injected.work]: self.injected.fault != "data"})
        return (self.effects - meant).total()


def measure(*, quick: bool) -> Report:
    """Run the invoice flow once for each fault; ``quick`` every third."""
    return asyncio.run(_measure(quick=quick))


async def _measure(*, quick: bool) -> Report:
    report = Report(
        "faults", baseline="what was put into the site, which the run does not know",
        how="Two flows, filing an invoice and approving one, are shown once each. For each case the practice site, the values or "
        "the account get one fault, at the start or in the middle, and the flow runs once on a fresh copy of what was learned. "
        "What the run calls the fault (as `rpa show`, `--json` and the inbox do) is compared with what it was; the site's own "
        "truth counts what was done there. The classification was worked on with most cases; those held out are of other make "
        "(other releases, wordings and codes, another flow), and their classes were written down before any of them ran. " + BEFORE,
    )
    started = time.monotonic()
    async with AsyncExitStack() as stack:
        flows: dict[Work, Flow] = {
            "enter": await stack.enter_async_context(recorded()),
            "approve": await stack.enter_async_context(recorded("approve-invoice", approve)),
        }
        seen, apart = [
            [found for one in cases[:: QUICK_EACH if quick else 1] if (found := await _once(flows[one.work], one, report))]
            for cases in ([*worked_on(), *looked_at()], held_out())
        ]
    report.figures += _figures(seen, apart)
    report.tables += [_confusion([*seen, *apart]), _said("worked on", seen), _said("held out", apart)]
    report.more |= {"minutes": round((time.monotonic() - started) / 60, 1)}
    return report


async def _once(flow: Flow, one: Injected, report: Report) -> Seen | None:
    values = {**(flow.values() if one.work == "enter" else TO_APPROVE), **one.params}
    folder = flow.settings.project.parent / f"{flow.settings.project.name}-once"
    shutil.copytree(flow.settings.project, folder)
    site = flow.site
    _first_day(site)
    try:
        if one.twice:
            await _run(flow, folder, flow.built.workflow, {**values, "amount": flow.built.examples["amount"]})
        before = _done(site)
        one.site(site)
        called, outcome, said = await _run(flow, folder, one.workflow(flow.built.workflow), values)
    except OSError as e:
        report.not_run.append(f"{one.words}: {e}")
        return None
    finally:
        _first_day(site, keep=True)
        shutil.rmtree(folder)
    return Seen(one, called, outcome, said, _done(site) - before)


def _done(site: Backoffice) -> Counter[str]:
    """Count what was done on the site, logins apart."""
    done: Counter[str] = Counter()
    for effect in site.truth()["effects"]:
        done[effect["kind"]] += effect["count"] * (not effect["kind"].startswith("login"))
    return +done


def _first_day(site: Backoffice, *, keep: bool = False) -> None:
    """Take every setting back, and unless told to keep it, all that was entered."""
    site.forget_later()
    site.configure(**asdict(SiteConfig()))
    if not keep:
        site.reset()


async def _run(flow: Flow, folder: Path, workflow: Workflow, values: Mapping[str, str]) -> tuple[str, str, str]:
    async with Agent.open(Settings.load(folder)) as agent:
        order = Order(workflow=workflow, params=values, secrets=flow.secrets, base_url=flow.site.base_url)
        try:
            trajectory = (await agent.run(order)).trajectory
        except RpaAgentError as e:
            return _OF_ERRORS.get(e.code, e.code), f"exit {e.exit_code}", e.message
    called = HEALED if trajectory.outcome == "succeeded" else str(trajectory.fault)
    return called, trajectory.outcome, trajectory.stopped


def _figures(seen: Sequence[Seen], apart: Sequence[Seen]) -> list[Figure]:
    full = len(seen) > 20
    return [
        Figure("cases", len(seen), "faults put in that the classification was worked on with", goal=">= 40" if full else ""),
        _share("faults_named_share", seen, "called what they were"),
        Figure("held_out_cases", len(apart), "faults put in that it was not"),
        _share("held_out_named_share", apart, "the same of those"),
        Figure("wrong_effects", sum(s.wrong() for s in (*seen, *apart)), "done on the site and not meant, of all", goal="<= 0"),
    ]


def _share(name: str, seen: Sequence[Seen], means: str) -> Figure:
    right = sum(s.right() for s in seen)
    return Figure(name, round(right / len(seen), 3) if seen else None, means, goal=">= 0.9")


def _confusion(seen: Sequence[Seen]) -> Table:
    called = sorted({s.called for s in seen} | {s.injected.fault for s in seen})
    counts = Counter((s.injected.fault, s.called) for s in seen)
    rows = [
        (fault, *[counts[fault, c] or "" for c in called])
        for fault in sorted({s.injected.fault for s in seen})
    ]
    return Table("Faults put in (down) and what the runs called them (across)", ("put in", *called), rows)


def _said(which: str, seen: Sequence[Seen]) -> Table:
    rows = [
        ("" if s.right() else "MISS", s.injected.words, s.injected.fault, s.called, s.outcome, s.effects.total(), s.said[:150])
        for s in sorted(seen, key=lambda s: s.right())
    ]
    titles = ("", "put in", "is", "called", "outcome", "done", "said")
    return Table(f"Each fault and what a person is told: {which}", titles, rows)
