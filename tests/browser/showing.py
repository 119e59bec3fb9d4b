"""Shows a widget's demonstration to the recorder and replays the procedure it becomes, each in a context of its own."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from rpa_agent.browser.page import LivePage
from rpa_agent.browser.recorder.record import record
from rpa_agent.browser.session import open_context
from rpa_agent.build import Built, build_procedure
from rpa_agent.domain.errors import SecretMissing
from rpa_agent.domain.proposal import Break, Proposal, Survey
from rpa_agent.domain.recording import Recording
from rpa_agent.domain.trajectory import Trajectory, Weighed
from rpa_agent.domain.values import check_params
from rpa_agent.run import Plan, run_procedure

if TYPE_CHECKING:
    from playwright.async_api import Browser

TODAY = date(2026, 11, 22)


@dataclass
class Journal:
    """Keeps the states of one run's commits."""

    states: dict[str, str] = field(default_factory=dict)

    async def state(self, key: str) -> str | None:
        return self.states.get(key)

    async def arm(self, key: str, *, name: str, run: str, again: str | None = None) -> None:
        self.states[key] = "armed"

    async def sent(self, key: str) -> None:
        self.states[key] = "sent"

    async def settle(self, key: str, state: str, *, receipt: Mapping[str, str] | None = None) -> None:
        self.states[key] = state


@dataclass
class NoLadder:
    """Repairs nothing, and keeps what it was asked."""

    asked: list[Break] = field(default_factory=list)

    async def propose(self, break_: Break, view: Survey, budget: float) -> Sequence[Proposal]:
        self.asked.append(break_)
        return []

    def weigh(self, break_: Break, view: Survey) -> tuple[Weighed, ...]:
        return ()


class Known:
    """The secrets of a test: those given, and no others."""

    def __init__(self, known: Mapping[str, str]) -> None:
        self._known = known

    def names(self) -> list[str]:
        return list(self._known)

    def reveal(self, name: str) -> str:
        if name not in self._known:
            raise SecretMissing(f"{name} has no value")
        return self._known[name]

    def redactions(self) -> list[str]:
        return list(self._known.values())

    def hide(self, text: str, *, but: Collection[str] = ()) -> str:
        for name, value in self._known.items():
            text = text.replace(value, "•••") if name not in but else text
        return text

    def also_hide(self, *texts: str) -> Callable[[], None]:
        before = dict(self._known)
        self._known = {**before, **{text: text for text in texts}}
        return lambda: setattr(self, "_known", before)


@dataclass
class Shown:
    """What one demonstration became."""

    recording: Recording
    built: Built

    def told(self) -> list[str]:
        return [f"{s.kind} {s.target.words() if s.target else ''} {s.value}" for s in self.built.procedure.steps]


async def show(browser: Browser, base: str, demonstration: Any, *, name: str = "widget") -> Shown:
    """Record a demonstration module on the gallery and build its procedure."""
    async with open_context(browser) as context:
        recording = await record(context, base + demonstration.PAGE, demonstrate=demonstration.demonstrate)
    return Shown(recording, build_procedure(recording, name=name, task="Show a widget", site="gallery", salt="salt"))


async def replay(browser: Browser, shown: Shown, values: Mapping[str, str], **more: str) -> Trajectory:
    """Run the procedure with the shown values, or others for some of its parameters; nothing is repaired."""
    built = shown.built
    params = built.workflow.params
    unknown = set(values) - set(params)
    assert not unknown, f"no such parameter: {unknown}; there are {sorted(params)}"
    given = check_params(params, {**built.examples, **values}, today=TODAY)
    async with open_context(browser) as context:
        page = await LivePage.open(await context.new_page(), base=built.workflow.base_url, secrets=Known(built.secrets))
        plan = Plan(run="r1", values=given, params=params, today=TODAY, step_seconds=5.0, minutes=1.0, **more)
        return await run_procedure(built.procedure, page, plan, ladder=NoLadder(), journal=Journal())


def unwell(done: Trajectory) -> list[str]:
    """Return what did not go as shown, in words; empty for a healthy run."""
    return [
        f"{s.kind} {s.target}: {s.status} {s.note} {'; '.join(s.missing)}".strip()
        for s in done.steps
        if s.status != "ok" or s.repair is not None or s.missing
    ] + ([done.stopped] if done.stopped else [])
