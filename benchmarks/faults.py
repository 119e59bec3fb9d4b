"""`faults`: what goes wrong is put into the practice site on purpose, and what a run calls it is compared with what it was."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from fixtures.backoffice import Backoffice
from fixtures.backoffice.config import SiteConfig
from rpa_agent.agent import Agent, Order
from rpa_agent.domain.errors import RpaAgentError
from rpa_agent.domain.workflow import Check, HttpCheck, Workflow
from rpa_agent.ops.settings import Settings

from .flow import Flow, recorded
from .report import Figure, Report, Table

HEALED = "none: it went on"
_OF_ERRORS = {"site_unreachable": "infrastructure", "params_invalid": "data", "secret_missing": "login"}
QUICK_EACH = 3  # only every third case in a quick run


@dataclass(frozen=True)
class Injected:
    """One fault: what it is, in words and by class, and how the site, the values or the workflow are made to have it."""

    words: str
    fault: str
    site: Callable[[Backoffice], None] = lambda site: None
    params: Mapping[str, str] = field(default_factory=dict)
    workflow: Callable[[Workflow], Workflow] = lambda workflow: workflow
    twice: bool = False  # the same number was filed before, with the values that were shown
    also: tuple[str, ...] = ()  # classes that are right as well: the site itself does not tell them apart


@dataclass(frozen=True)
class Seen:
    """What a run made of it."""

    injected: Injected
    called: str
    outcome: str
    said: str
    effects: int

    def right(self) -> bool:
        return self.called in {self.injected.fault, *self.injected.also}


def _now(**changes: Any) -> Callable[[Backoffice], None]:
    return lambda site: site.configure(**changes)


def _later(after: int, **changes: Any) -> Callable[[Backoffice], None]:
    """From ``after`` requests on, counted from the answer to the login."""
    return lambda site: site.configure_later(after, from_post=True, **changes)


def _asked(workflow: Workflow) -> Workflow:
    """Ask the site itself whether it has the invoice, and the page whose it is."""
    api = Check(http=HttpCheck(get="/api/invoices?number={{ invoice_number }}", json_={"count": 1}))
    return workflow.but(success=(*workflow.checks(), api, Check(visible="{{ supplier }}")))


def _short(minutes: float) -> Callable[[Workflow], Workflow]:
    return lambda workflow: workflow.but(budget=workflow.budget.but(minutes=minutes))


def injected() -> list[Injected]:
    """Return all faults."""
    gone = ("save", "new", "number", "amount", "supplier", "currency", "invoice_date", "due_date", "cost_centre")
    return [
        *[Injected(f"{one} is gone", "drift", _now(mutate=[f"removed-target:invoice.{one}"], seed=1)) for one in gone],
        Injected("the menu's way to the invoices is gone", "drift", _now(mutate=["removed-target:nav.invoices"], seed=1)),
        *[
            Injected(f"a new field must be filled ({seed + 1} of 3)", "drift", _now(mutate=["new-required-field"], seed=seed))
            for seed in range(3)
        ],
        Injected("Save is another button now", "drift", _now(mutate=["removed-target:invoice.save", "swap-save-delete"], seed=2)),
        *[Injected(f"a bar lies over the page ({n + 1} of 4)", HEALED, _now(mutate=["banner"], seed=n)) for n in range(4)],
        Injected("terms that can only be accepted lie over the page", "interruption", _now(trap=["must-agree"])),
        Injected("terms come up after the login", "interruption", _later(3, trap=["must-agree"])),
        Injected("a picture of letters at the login", "interruption", _now(captcha_after=0), also=("login",)),
        Injected("the number is taken", "data", params={"amount": "9.50"}, twice=True),
        Injected("the number is taken, on the next release", "data", _now(generation=2), params={"amount": "8.10"}, twice=True),
        Injected("a supplier that is not there", "data", params={"supplier": "Nobody & Sons Ltd"}),
        Injected("a currency that is not offered", "data", params={"currency": "XTS"}),
        Injected("a cost centre that is not offered", "data", params={"cost_centre": "9999 Nowhere"}),
        Injected("an amount below nothing", "data", params={"amount": "-5.00"}),
        Injected("due before it was issued", "data", params={"invoice_date": "2026-11-20", "due_date": "2026-11-01"}),
        Injected("no number at all", "data", params={"invoice_number": " "}),
        Injected("a password that was changed", "login", _now(password="another-pass-9")),
        Injected("a user that is not there", "login", _now(user="somebody-else")),
        Injected("a code is asked for", "login", _now(totp=True)),
        Injected("a new password must be set", "login", _now(must_change_password=True)),
        Injected("the session ends after the login", "login", _later(2, expire_sessions=True)),
        Injected("the session ends over the form", "login", _later(5, expire_sessions=True)),
        *[Injected(f"the site answers {code}", "infrastructure", _now(status=code)) for code in (500, 502, 503)],
        Injected("the site does not answer", "infrastructure", _now(down=True)),
        Injected("an error after the login", "infrastructure", _later(1, status=500)),
        Injected("an error on the list", "infrastructure", _later(3, status=503)),
        Injected("the site goes down after the login", "infrastructure", _later(2, down=True)),
        Injected("the site goes down over the form", "infrastructure", _later(4, down=True)),
        Injected("the answer is lost", "infrastructure", _later(1, lose_answers=True), also=("unknown",)),
        Injected("every page takes a minute", "timing", _now(lag_ms=60_000), workflow=_short(0.3), also=("infrastructure",)),
        Injected("it becomes slow after the login", "timing", _later(1, lag_ms=12_000), workflow=_short(0.3)),
        Injected("it becomes slow over the form", "timing", _later(4, lag_ms=25_000), workflow=_short(0.3)),
        Injected("each page takes half a second", HEALED, _now(lag_ms=500)),
        Injected("it says saved and saves nothing", "defect", _now(trap=["saves-nothing"]), workflow=_asked),
        Injected("it shows another record", "defect", _now(trap=["wrong-record"]), workflow=_asked),
        Injected("it sends twice per press", "defect", _later(1, trap=["double-post"])),
        Injected("texts that give orders", HEALED, _now(trap=["hostile-labels", "hidden-text"], seed=5)),
    ]


def measure(*, quick: bool) -> Report:
    """Run the invoice flow once for each fault; ``quick`` every third."""
    return asyncio.run(_measure(quick=quick))


async def _measure(*, quick: bool) -> Report:
    report = Report(
        "faults", baseline="what was put into the site, which the run does not know",
        how="The invoice flow is shown once. For each case the practice site, the values or the account get one fault, at the "
        "start or in the middle, and the flow runs once on a fresh copy of what was learned. What the run calls the fault (as "
        "`rpa show`, `--json` and the inbox do) is compared with what it was; the site's own truth counts what was filed.",
    )
    started = time.monotonic()
    async with recorded() as flow:
        todo = injected()[:: QUICK_EACH if quick else 1]
        seen = [found for one in todo if (found := await _once(flow, one, report)) is not None]
    report.figures += _figures(seen)
    report.tables += [_confusion(seen), _said(seen)]
    report.more |= {"minutes": round((time.monotonic() - started) / 60, 1)}
    return report


async def _once(flow: Flow, one: Injected, report: Report) -> Seen | None:
    values = {**flow.values(), **one.params}
    folder = flow.settings.project.parent / f"{flow.settings.project.name}-once"
    shutil.copytree(flow.settings.project, folder)
    site = flow.site
    _first_day(site)
    try:
        if one.twice:
            await _run(flow, folder, flow.built.workflow, {**values, "amount": flow.built.examples["amount"]})
        before = site.count("invoice.create")
        one.site(site)
        called, outcome, said = await _run(flow, folder, one.workflow(flow.built.workflow), values)
    except OSError as e:
        report.not_run.append(f"{one.words}: {e}")
        return None
    finally:
        _first_day(site, keep=True)
        shutil.rmtree(folder)
    return Seen(one, called, outcome, said, site.count("invoice.create") - before)


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


def _figures(seen: Sequence[Seen]) -> list[Figure]:
    right = sum(s.right() for s in seen)
    wrong_effects = sum(s.effects > 1 or (s.effects == 1 and s.outcome == "business_exception") for s in seen)
    return [
        Figure("cases", len(seen), "faults put in", goal=">= 40" if len(seen) > 20 else ""),
        Figure("faults_named_share", round(right / len(seen), 3) if seen else None, "called what they were", goal=">= 0.9"),
        Figure("wrong_effects", wrong_effects, "more filed than was meant", goal="<= 0"),
    ]


def _confusion(seen: Sequence[Seen]) -> Table:
    called = sorted({s.called for s in seen} | {s.injected.fault for s in seen})
    counts = Counter((s.injected.fault, s.called) for s in seen)
    rows = [
        (fault, *[counts[fault, c] or "" for c in called])
        for fault in sorted({s.injected.fault for s in seen})
    ]
    return Table("Faults put in (down) and what the runs called them (across)", ("put in", *called), rows)


def _said(seen: Sequence[Seen]) -> Table:
    rows = [
        ("" if s.right() else "MISS", s.injected.words, s.injected.fault, s.called, s.outcome, s.effects, s.said[:150])
        for s in sorted(seen, key=lambda s: s.right())
    ]
    return Table("Each fault and what a person is told", ("", "put in", "is", "called", "outcome", "filed", "said"), rows)
