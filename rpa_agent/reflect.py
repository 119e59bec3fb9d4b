"""REFLECT: a trajectory and the checks become a verdict: met or not, the fault class, and the edits it proposes."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from .domain.asked import path_of, says
from .domain.errors import BrowserGone, PageGone, SiteUnreachable
from .domain.frozen import Frozen
from .domain.outputs import typed_output
from .domain.ports import PageAtHand
from .domain.procedure import READS, Request
from .domain.template import HOLE, names_in, pattern
from .domain.trajectory import CheckOutcome, Fault, Outcome, Trajectory
from .domain.urls import url_matches
from .domain.verdict import AddVariant, Edit, LearnInterruption, Verdict
from .domain.workflow import Check, ExceptionRule, HttpCheck, Output
from .store.hashes import digest
from .store.privacy import clean_variant

LOOK_S = 0.1  # between two looks for a text that should go
CHECK_S = 3.0  # a confirmation may come a moment after the last step's signals
EXCEPTION_S = 0.0  # what the page says now
_OF_THE_PAGE = ("visible ", "hidden ", "url ")


class Measure(Frozen):
    """What a run is measured by, and the values its templates need."""

    checks: tuple[Check, ...] = ()
    exceptions: tuple[ExceptionRule, ...] = ()
    outputs: dict[str, Output] = {}
    base: str
    shown: dict[str, str] = {}
    locale: str | None = None
    salt: str = ""
    row: str = ""
    day: date


@dataclass
class _Measured:
    checks: list[CheckOutcome] = field(default_factory=list)
    outputs: dict[str, Any] = field(default_factory=dict)
    exception: ExceptionRule | None = None


async def reflect_on(
    trajectory: Trajectory, measure: Measure, *, page: PageAtHand | None
) -> tuple[Trajectory, Verdict]:
    """Measure the outcome; return the completed trajectory and its verdict. Without a page only faults are classed."""
    read = {f"outputs.{n}": v for n, v in trajectory.outputs.items() if isinstance(v, str)}
    measure = measure.model_copy(update={"shown": {**measure.shown, **read}})
    found = _Measured(outputs=dict(trajectory.outputs))
    if page is not None:
        await _measure(found, measure, page, ended_well=trajectory.outcome == "succeeded")
    outcome, fault, stopped = _conclude(trajectory, found)
    whole = trajectory.but(
        checks=tuple(found.checks),
        outputs=found.outputs,
        outcome=outcome,
        fault=fault,
        stopped=stopped,
    )
    # A run that found all done before, or whose answer was lost, has proved nothing of the procedure.
    met = outcome == "succeeded" and page is not None and all(c.met for c in found.checks)
    verdict = Verdict(
        run=trajectory.run,
        workflow=trajectory.workflow,
        procedure=trajectory.procedure,
        version=trajectory.version,
        outcome=outcome,
        fault=fault,
        own_fault=fault == "drift",
        met=met,
        checks=tuple(found.checks),
        exception=found.exception.name if found.exception else "",
        edits=edits_of(trajectory, measure) if met else (),
        attempted=() if met else edits_of(trajectory, measure),
        needless=tuple(s.id for s in trajectory.steps if s.needless == "found") if met else (),
        needless_by={s.id: s.left_out_by for s in trajectory.steps if s.left_out_by and s.needless == "found"} if met else {},
        spared=tuple(s.id for s in trajectory.steps if s.needless == "trial"),
        failed_step=next((s.id for s in trajectory.steps if s.status in {"failed", "refused"}), ""),
        proposed=proposed_by(trajectory, measure) if outcome == "needs_person" else (),
        variants_seen=tuple((s.id, s.variant) for s in trajectory.steps if s.variant >= 0 and s.status == "ok")
        if met
        else (),
        row=measure.row,
        day=measure.day.isoformat(),
        reason=stopped,
    )
    return whole, verdict


def _conclude(trajectory: Trajectory, found: _Measured) -> tuple[Outcome, Fault | None, str]:
    if found.exception is not None and trajectory.outcome in {"succeeded", "failed", "needs_person"}:
        then = f": the site says so ({found.exception.when.words()})"
        outcome: Outcome = "needs_person" if found.exception.then == "needs_person" else "business_exception"
        return outcome, "data", f"{found.exception.name}{then}"
    if trajectory.outcome != "succeeded":
        return trajectory.outcome, trajectory.fault, trajectory.stopped
    unmet = [c for c in found.checks if not c.met]
    if not unmet or (_site_was_asked(trajectory) and all(c.check.startswith(_OF_THE_PAGE) for c in unmet)):
        return "succeeded", None, ""
    not_met = "; ".join(f"not met: {c.check}" + (f" ({c.note})" if c.note else "") for c in unmet)
    if twice := next((c for c in trajectory.commits if c.again and c.state == "confirmed"), None):
        # Its own second try may have been what leads on, so that nothing that should follow could.
        return "needs_person", "defect", (
            f"{twice.name} was sent once, and the site answered well; the page tried to send {twice.again} once more, which"
            f" was refused. Look at the site whether it has it; {not_met}"
        )
    # The steps went as recorded and the result is not there: the site or the data is at fault, and is never repaired.
    fault: Fault = "unknown" if trajectory.on_trial() and not _left_as_meant(trajectory, unmet) else "defect"
    return "failed", fault, not_met


def _left_as_meant(trajectory: Trajectory, unmet: Sequence[CheckOutcome]) -> bool:
    """Tell whether what was sent proves the repairs before it: it is confirmed, nothing after it was found anew, and it carried
    every value that the unmet checks speak of. Then what the site shows instead is the site's own."""
    sent = [s for s in trajectory.steps if any(_carries(r) for r in s.signals.requests)]
    if not sent or not trajectory.commits or any(c.state != "confirmed" or c.again for c in trajectory.commits):
        return False
    carried = {p for r in sent[-1].signals.requests if _carries(r) for p in r.fields.values()}
    later = trajectory.but(steps=tuple(s for s in trajectory.steps if s.index > sent[-1].index))
    spoken_of = [set(names_in(c.check)) for c in unmet]
    return not later.on_trial() and all(names and names <= carried for names in spoken_of)


def _carries(request: Request) -> bool:
    return request.method not in READS and any(request.fields.values())


def _site_was_asked(trajectory: Trajectory) -> bool:
    """The page that should have followed was lost, and the site itself said that it has what was sent."""
    commits = trajectory.commits
    return any(c.asked for c in commits) and all(c.state in {"confirmed", "already"} for c in commits)


def edits_of(trajectory: Trajectory, measure: Measure) -> tuple[Edit, ...]:
    """Return what the repairs of a run that met its checks teach, without business data."""
    edits: list[Edit] = []
    for step in trajectory.repaired():
        repair = step.repair
        if repair is None:
            continue
        if repair.variant is not None:
            edits.append(AddVariant(step=step.id, variant=clean_variant(repair.variant, measure.shown, measure.salt)))
        for words, variant in repair.dismissed:
            edits.append(
                LearnInterruption(
                    site=trajectory.site, words=words, variant=clean_variant(variant, measure.shown, measure.salt)
                )
            )
    return tuple(edits)


def proposed_by(trajectory: Trajectory, measure: Measure) -> tuple[Edit, ...]:
    """Return what a person could make known of the repairs that wait for them, without business data."""
    edits: list[Edit] = []
    for step in trajectory.steps:
        if step.proposed is None:
            continue
        if (look := step.proposed.variant) is not None:
            edits.append(AddVariant(step=step.id, variant=clean_variant(look, measure.shown, measure.salt)))
        if step.proposed.dismissed is not None:
            words, bar = step.proposed.dismissed
            bar = clean_variant(bar, measure.shown, measure.salt)
            edits.append(LearnInterruption(site=trajectory.site, words=words, variant=bar))
    return tuple(edits)


# ---- measuring ---------------------------------------------------------------------------------------------------


async def _measure(found: _Measured, measure: Measure, page: PageAtHand, *, ended_well: bool) -> None:
    for rule in measure.exceptions:
        if (await check_one(rule.when, measure, page, {}, seconds=EXCEPTION_S)).met:
            found.exception = rule
            return
    if not ended_well:
        return
    for check in measure.checks:  # the page's own word first, so that outputs are read when it is there
        if check.output is None:
            found.checks.append(await check_one(check, measure, page, {}, seconds=CHECK_S))
    for name, output in measure.outputs.items():
        value = found.outputs.get(name)
        if value is None and (output.text or output.url or output.type not in {"table", "file"}):
            value = await read_output(name, output, measure, page)
        if value is not None:
            _take(found, name, value, output, measure)
    for check in measure.checks:
        if check.output is not None:
            found.checks.append(await check_one(check, measure, page, found.outputs, seconds=0))


def _take(found: _Measured, name: str, value: Any, output: Output, measure: Measure) -> None:
    """Keep an output in its type; one that is not of its type is an unmet check, and kept as it was read."""
    try:
        found.outputs[name] = typed_output(value, output, measure.locale)
    except ValueError as e:
        found.outputs[name] = value
        found.checks.append(CheckOutcome(check=f"output {name} is a {output.type}", met=False, note=str(e)))


async def check_one(
    check: Check, measure: Measure, page: PageAtHand, outputs: Mapping[str, Any], *, seconds: float
) -> CheckOutcome:
    """Return whether one check is met, and why not."""
    try:
        return await _check(check, measure, page, outputs, seconds=seconds)
    except BrowserGone:
        return CheckOutcome(check=check.words(), met=False, note="the page is gone")


async def _check(
    check: Check, measure: Measure, page: PageAtHand, outputs: Mapping[str, Any], *, seconds: float
) -> CheckOutcome:
    words = check.words()
    if check.visible is not None:
        shown = await page.visible(check.visible, values=measure.shown, seconds=seconds)
        return CheckOutcome(check=words, met=shown is not None)
    if check.hidden is not None:
        shown = await _still(page, check.hidden, measure, seconds=seconds)
        return CheckOutcome(check=words, met=shown is None, note="it is there" if shown is not None else "")
    if check.url is not None:
        met = url_matches(_anywhere(check.url), page.url, measure.base, measure.shown)
        return CheckOutcome(check=words, met=met, note="" if met else "the page is another one")
    if check.output is not None:
        wrong = [n for n, regex in check.output.items() if not re.search(regex, _as_text(outputs.get(n)))]
        return CheckOutcome(check=words, met=not wrong, note=f"{', '.join(wrong)} does not match" if wrong else "")
    if check.http is not None:
        return await _http(check.http, words, measure, page)
    raise ValueError("a check has exactly one measure")


async def _still(page: PageAtHand, text: str, measure: Measure, *, seconds: float) -> str | None:
    """Return the text that is still there when it should have gone; it may take a moment to go, as others take one to come."""
    for left in reversed(range(round(seconds / LOOK_S) + 1)):
        shown = await page.visible(text, values=measure.shown, seconds=0)
        if shown is None or not left:
            return shown
        await page.visible("\x00", values={}, seconds=LOOK_S)  # which is never there: lets the page go on
    return None


def _as_text(value: Any) -> str:
    return "" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _anywhere(template: str) -> str:
    return (
        template
        if template.startswith(("**", "{base}", "http"))
        else "{base}" + (template if template.startswith("/") else "/" + template)
    )


async def _http(check: HttpCheck, words: str, measure: Measure, page: PageAtHand) -> CheckOutcome:
    path = path_of(check.get, measure.shown, measure.day)
    if not path:
        return CheckOutcome(check=words, met=False, note="only paths on the workflow's own site are asked")
    try:
        status, body = await page.get(path)
    except (SiteUnreachable, PageGone) as e:
        return CheckOutcome(check=words, met=False, note=e.message)
    answer, why = says(check, status, body, shown=measure.shown, day=measure.day)
    return CheckOutcome(check=words, met=answer == "there", note=why)


async def read_output(name: str, output: Output, measure: Measure, page: PageAtHand) -> str | None:
    """Return an output's value from the page's text or address; None when it is not there."""
    if output.url is not None:
        regex = re.compile(capture(output.url, name, measure.shown, hole=r"[^/?#]+"))
        m = regex.search(page.url)
        return m.group(name) if m else None
    template = output.text or f"{{{{ {name} }}}}"
    shown = await page.visible(template, values=measure.shown, seconds=CHECK_S)
    if shown is None:
        return None
    m = re.search(capture(template, name, measure.shown, hole=r"\S+"), shown, re.IGNORECASE | re.DOTALL)
    return m.group(name).strip() if m else None


def capture(template: str, name: str, values: Mapping[str, str], *, hole: str) -> str:
    """Return a regex whose group ``name`` is the template's hole of that name."""
    out, at = [], 0
    for m in HOLE.finditer(template):
        out.append(pattern(template[at : m.start()]).pattern)
        held = values.get(m.group(1))
        out.append(f"(?P<{name}>{hole})" if m.group(1) == name else re.escape(held) if held is not None else hole)
        at = m.end()
    out.append(pattern(template[at:]).pattern)
    return "".join(out)


def row_digest(params: Mapping[str, str], salt: str) -> str:
    """Return what tells one row's run from another's in this memory, without holding the row."""
    return digest(json.dumps([salt, dict(params)], sort_keys=True), 12)
