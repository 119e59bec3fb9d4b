"""Shows a task in one seed, replays what was built there and in another seed, and asks the page how it went."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

from playwright.async_api import Error

from rpa_agent.agent import Agent, Order
from rpa_agent.domain.errors import RpaAgentError, SecretMissing

from .server import Episodes
from .task import Task

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, Page

    from rpa_agent.agent import Result
    from rpa_agent.browser.session import Browser
    from rpa_agent.build import Built

LOCALE = "en_US"
# What may go wrong with one page, defects of the product included: one of them must not hide all other measurements.
WRONG = (RpaAgentError, Error, ValueError, LookupError, TypeError, AttributeError, AssertionError)
HAND_MS = 3000  # how long a demonstration waits for what it wants to click


@dataclass(frozen=True)
class Try:
    """One replay. ``reached`` is what the page says, ``well`` what the run says of itself."""

    seed: int
    reached: bool
    well: bool
    why: str = ""

    @property
    def misled(self) -> bool:
        """Whether the run believed it had done what the page says it has not."""
        return self.well and not self.reached


@dataclass
class Trial:
    """What became of a task."""

    task: Task
    not_solved: str = ""  # why the demonstration did not solve it: then it is no task
    not_built: str = ""  # why the recording could not be built
    steps: int = 0
    warned: bool = False  # the page of sentences said that little or nothing speaks of success
    same: Try | None = None
    other: Try | None = None

    @property
    def misled(self) -> int:
        """How many of its replays believed to be well and were not."""
        return sum(bool(r and r.misled) for r in (self.same, self.other))

    @property
    def is_task(self) -> bool:
        return not self.not_solved


class Known:
    """The secrets typed in a demonstration."""

    def __init__(self, secrets: Mapping[str, str]) -> None:
        self._secrets = dict(secrets)

    def names(self) -> list[str]:
        return list(self._secrets)

    def reveal(self, name: str) -> str:
        if name not in self._secrets:
            raise SecretMissing(f"{name} was not typed in the demonstration")
        return self._secrets[name]

    def redactions(self) -> list[str]:
        return list(self._secrets.values())

    def hide(self, text: str, *, but: Collection[str] = ()) -> str:
        return text  # nothing of a trial is kept

    def also_hide(self, *texts: str) -> Callable[[], None]:
        return lambda: None


@dataclass(frozen=True)
class Reward:
    """What the page says of its episode; ``value`` is 0 while it goes on."""

    value: float = 0.0
    reason: str = ""

    def __str__(self) -> str:
        return f"reward {self.value:g}" + (f" ({self.reason})" if self.reason else "")


async def reward_of(page: Page) -> Reward:
    """Ask the page how its episode went."""
    try:
        value, reason = await page.evaluate("[WOB_REWARD_GLOBAL, String(WOB_REWARD_REASON || '')]")
    except Error as e:
        return Reward(0.0, f"the page cannot be asked: {first_line(e)}")
    return Reward(float(value), reason)


class Observed(Agent):
    """The agent as it is; each run's page is asked for its reward when the run lets it go."""

    last = Reward()

    async def browser(self) -> Browser:
        return cast("Browser", _Browser(await super().browser(), self))


class _Browser:
    """A browser whose contexts are looked at before they close."""

    def __init__(self, browser: Browser, agent: Observed) -> None:
        self._browser, self._agent = browser, agent

    def __getattr__(self, name: str) -> Any:
        return getattr(self._browser, name)

    async def new_context(self, **options: Any) -> BrowserContext:
        context = await self._browser.new_context(**options)
        close, agent = context.close, self._agent
        agent.last = Reward()

        async def closing() -> None:
            if context.pages:
                agent.last = await reward_of(context.pages[0])
            await close()

        context.close = closing  # type: ignore[method-assign,assignment]
        return context


async def try_task(agent: Observed, episodes: Episodes, task: Task) -> Trial:
    """Show, build and replay one task; whatever goes wrong is in the trial."""
    seed, other = task.seeds
    trial = Trial(task)
    built = await _shown(agent, episodes, trial, seed)
    if built is None:
        return trial
    trial.steps = len(built.procedure.steps)
    trial.warned = any(a.kind == "success" for a in built.advice)
    trial.same = await _replayed(agent, episodes, built, _values_of(built), seed=seed)
    again = Trial(task)
    anew = await _shown(agent, episodes, again, other)
    if anew is None:
        trial.other = Try(other, False, False, f"no values: {again.not_solved or again.not_built}")
    else:
        trial.other = await _replayed(agent, episodes, built, values_for(built, anew), seed=other)
    return trial


Values = tuple[Mapping[str, str], Mapping[str, str]]  # parameters and secrets of one run


def _values_of(built: Built) -> list[Values]:
    """Return the values of each run: several, where the demonstration was taken for several records."""
    return [(row, built.secrets) for row in built.rows or (built.examples,)]


def values_for(built: Built, anew: Built) -> list[Values]:
    """Return the values of ``built``'s runs for what another demonstration of the same work showed.

    They are taken by name; where a name is missing, from the step at the same place.
    """
    return [_matched(built, anew, row) for row in anew.rows or (anew.examples,)]


def _matched(built: Built, anew: Built, row: Mapping[str, str]) -> Values:
    params = {n: row[n] for n in built.workflow.params if n in row}
    secrets = {n: anew.secrets[n] for n in built.procedure.secrets if n in anew.secrets}
    known = {**row, **{f"secrets.{n}": v for n, v in anew.secrets.items()}}
    for ours, theirs in zip(built.procedure.steps, anew.procedure.steps, strict=False):
        name, value = _only_name(ours.value), known.get(_only_name(theirs.value))
        if ours.kind != theirs.kind or value is None:
            continue
        if name.startswith("secrets."):
            secrets.setdefault(name.removeprefix("secrets."), value)
        elif name in built.workflow.params:
            params.setdefault(name, value)
    return params, secrets


def _only_name(template: str | None) -> str:
    found = re.fullmatch(r"\{\{ ([\w.]+) \}\}", template or "")
    return found.group(1) if found else ""


async def _shown(agent: Observed, episodes: Episodes, trial: Trial, seed: int) -> Built | None:
    """Record one demonstration; None, with the reason in the trial, when it does not solve the task or build."""
    task, end = trial.task, Reward()

    async def demonstrate(page: Page) -> None:
        nonlocal end
        page.set_default_timeout(HAND_MS)
        try:
            await task.demonstrate(page)
        except (Error, LookupError, ValueError, AttributeError) as e:
            end = Reward(0.0, f"{type(e).__name__}: {first_line(e)}")
            return
        end = await reward_of(page)

    built, name = None, f"{task.name}-{seed}"
    try:
        built = await agent.record(name, episodes.url(seed, task.name), site=name, demonstrate=demonstrate)
    except WRONG as e:
        trial.not_built = f"{type(e).__name__}: {first_line(e)}"
    if end.value <= 0:
        trial.not_solved = f"seed {seed}: {end}"
        return None
    # Where 08/04/2016 could be read in two ways, recording asks; whoever works on these pages would say this.
    return replace(built, workflow=built.workflow.but(locale=LOCALE)) if built else None


async def _replayed(agent: Observed, episodes: Episodes, built: Built, values: Sequence[Values], *, seed: int) -> Try:
    """Run the procedure without any repair, for each record that was shown; the page of the last is asked."""
    wrong = []
    for each in values:
        agent.last = Reward()
        try:
            wrong.append(unwell(await run_built(agent, built, each, base_url=episodes.base(seed))))
        except WRONG as e:
            return Try(seed, False, False, f"{type(e).__name__}: {first_line(e)}")
    reward, why = agent.last, next((w for w in wrong if w), "")
    if reward.value <= 0:
        return Try(seed, False, not why, f"{reward}; {why or 'the run saw nothing wrong'}")
    return Try(seed, True, not why, why)


async def run_built(agent: Agent, built: Built, values: Values, *, base_url: str) -> Result:
    """Run what was just built, with these parameters and secrets, and no repair; what was sent is sent again."""
    params, secrets = values
    order = Order(
        workflow=built.workflow,
        params=params,
        secrets=Known(secrets),
        base_url=base_url,
        repair="off",
        again="measured again",
    )
    return await agent.run(order)


def unwell(result: Result) -> str:
    """Return why a run is not a healthy one; nothing when it is."""
    ran = result.trajectory
    if ran.outcome == "succeeded":
        return "a repair was needed" if ran.repaired() else ""
    failed = "; ".join(f"check {c.check!r} {c.note}".strip() for c in ran.checks if not c.met)
    return f"{ran.outcome}: {ran.stopped or failed}"


def first_line(error: BaseException) -> str:
    """Return what an error says, in one line."""
    return str(error).strip().split("\n", 1)[0]
