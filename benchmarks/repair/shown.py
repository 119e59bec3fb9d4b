"""Turns a screen as it was shown into procedures, through the same door as a recording: acts, then steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rpa_agent.build.found import Found
from rpa_agent.build.steps import make_steps
from rpa_agent.domain.procedure import Page, Request, Step, StepKind
from rpa_agent.domain.recording import Act, Recording
from rpa_agent.domain.urls import url_template

from .observe import Asked, Seen
from .screens import leads_away, sends

SALT = "benchmark"
RECORD = "record"  # the parameter that names a row
ROWS_EACH = 2  # rows of a list that are meant, of each kind of element in it
_KINDS: dict[str, StepKind] = {
    "fill": "fill",
    "select": "select",
    "check": "check",
    "upload": "upload",
    "click": "click",
}


@dataclass(frozen=True)
class Meant:
    """One step that was shown, and which element it truly means."""

    step: Step
    truth: str
    key: str


@dataclass(frozen=True)
class Shown:
    """A procedure on one screen: its steps in order, and the page as it was."""

    steps: tuple[Meant, ...]
    pages: dict[str, Page]


def procedures(
    seen: Sequence[Seen], *, base: str, url: str, title: str, rows: Sequence[Sequence[str]]
) -> list[Shown]:
    """Return what people would show here: a form filled in and sent, and every other element used alone."""
    fields = [s for s in seen if s.fingerprint.capability != "click" and not s.key and not leads_away(s.truth)]
    submit = next((s for s in seen if sends(s.truth) and not s.key and s.fingerprint.capability == "click"), None)
    of_row: dict[str, int] = {}
    alone = []
    for s in seen:
        if leads_away(s.truth) or s in fields or (s is submit and fields):
            continue
        of_row[s.truth] = of_row.get(s.truth, 0) + 1
        if not s.key or of_row[s.truth] <= ROWS_EACH:
            alone.append(s)
    form = [[*fields, submit] if submit else fields] if fields else []
    return [_shown(steps, base=base, url=url, title=title, rows=rows) for steps in (*form, *([s] for s in alone))]


def _shown(seen: Sequence[Seen], *, base: str, url: str, title: str, rows: Sequence[Sequence[str]]) -> Shown:
    key = next((s.key for s in seen if s.key), "")
    acts = [
        Act(
            kind=_KINDS.get(s.fingerprint.capability, "click"), url=url, title=title, element=s.fingerprint, row=s.row,
            rows=tuple(tuple(r) for r in rows), url_after=url,
        )
        for s in seen
    ]  # fmt: skip
    found = Found(shown={RECORD: key} if key else {})
    made = make_steps(acts, found, Recording(base_url=base, start=url, acts=tuple(acts)), salt=SALT)
    steps = [_with_effect(step, s, base) for step, s in zip(made.steps, seen, strict=True)]
    return Shown(tuple(Meant(step, s.truth, s.key) for step, s in zip(steps, seen, strict=True)), made.pages)


def _with_effect(step: Step, seen: Seen, base: str) -> Step:
    """Nothing is sent while this is measured, so what sends, and where to, is known from the page, as a recording knows it
    from requests."""
    commit = sends(seen.truth)
    name = seen.truth.replace(".", "-") if commit else None
    value = "x" if step.kind in {"fill", "select"} else None
    sent, led = (_sent(seen.asks, base),) if commit else (), ""
    if not commit and seen.asks and seen.asks.method == "GET":
        led = url_template(seen.asks.url, base, {})
    expect = step.expect.model_copy(update={"requests": sent, "url": led})
    return step.model_copy(
        update={"effect": "commit" if commit else "none", "commit": name, "value": value, "expect": expect}
    )


def _sent(asked: Asked | None, base: str) -> Request:
    """Return what a recording would hold of the request; of what scripts send alone, nothing that a page says."""
    if asked is None:
        return Request(method="POST", path="/recorded")
    origin, _, path = url_template(asked.url, base, {}).partition("/")
    return Request(method=asked.method, origin=origin, path=f"/{path}", fields=dict.fromkeys(asked.fields, ""))
