"""What becomes of one run, always seen in a real browser: once for each set of things known and each state of the site."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from fixtures.backoffice import Backoffice
from rpa_agent.as_shown import LedAstray, Way
from rpa_agent.browser.page import LivePage
from rpa_agent.browser.session import find_browser, open_browser, open_context
from rpa_agent.domain.change import Interruption, Recall
from rpa_agent.domain.hosts import allowed_hosts
from rpa_agent.domain.procedure import Version
from rpa_agent.domain.target import Target, Variant
from rpa_agent.domain.trajectory import Trajectory
from rpa_agent.domain.values import check_params
from rpa_agent.domain.verdict import Verdict
from rpa_agent.memory.rows import look
from rpa_agent.on_trial import looks_of_parent, looks_on_trial, spare_on_trial
from rpa_agent.reflect import Measure, reflect_on
from rpa_agent.repair.ladder import LadderOnDemand
from rpa_agent.run import Plan, run_procedure
from rpa_agent.run.context import shown_values
from rpa_agent.store.hashes import canonical, digest

from .work import Effects, Shown, State, effects_of, signed_in

DAY = date(2026, 11, 27)
OF_THE_MACHINE = ("timing", "infrastructure")


@dataclass(frozen=True)
class Known:
    """All that a run can know: the recall with what is on trial, and what the site's memory holds."""

    recall: Recall
    elements: Mapping[str, Sequence[Variant]] = field(default_factory=dict)  # by element key
    interruptions: Sequence[Interruption] = ()
    refused: Mapping[str, Sequence[Variant]] = field(default_factory=dict)
    lineage: tuple[Version, ...] = ()       # back to what was shown, for those who keep that way open

    async def version(self, procedure: str, number: int) -> Version:
        """Return one of the versions, as memory would."""
        return next(v for v in self.lineage if v.number == number)

    def key(self) -> str:
        """Return what tells one such knowledge from another, wherever and whenever it was learned."""
        steps = [
            [s.model_dump(mode="json", exclude={"target", "id"}), [_way(v) for v in s.target.variants] if s.target else []]
            for s in self.recall.version.document.steps
        ]
        ids = [s.id for s in self.recall.version.document.steps]
        trial = {s: [_way(v) for v in looks] for s, looks in looks_on_trial(self.recall).items()}
        return digest(canonical([
            steps, [looks_of_parent(self.recall, i) for i in ids], trial,
            [[one.step, _way(one.variant)] for one in self.recall.lent], sorted(spare_on_trial(self.recall)),
            {k: [[_way(v), v.seen > v.failed] for v in looks] for k, looks in self.elements.items()},
            [[i.words, _way(i.variant)] for i in self.interruptions],
            bool(self.lineage and (trial or self.elements or self.recall.lent or self.lineage[1:])),
            {k: sorted(map(canonical, map(_way, looks))) for k, looks in self.refused.items()},
        ]))  # fmt: skip


def _way(variant: Variant) -> list[Any]:
    return [look(variant), [look(v) for v in variant.via], [look(v) for v in variant.then]]


@dataclass(frozen=True)
class Seen:
    """What was seen of one run: its trajectory and verdict as they were, and what the site says it did."""

    trajectory: Trajectory
    verdict: Verdict
    effects: Effects
    astray: Trajectory | None = None        # of a first try, where it was done anew as it was shown


class Journal:
    """The states of one run's commits."""

    def __init__(self) -> None:
        self._states: dict[str, str] = {}

    async def state(self, key: str) -> str | None:
        return self._states.get(key)

    async def arm(self, key: str, *, name: str, run: str, again: str | None = None) -> None:
        self._states[key] = "armed"

    async def sent(self, key: str) -> None:
        self._states[key] = "sent"

    async def settle(self, key: str, state: str, *, receipt: Mapping[str, str] | None = None) -> None:
        self._states[key] = state


class NoSecrets:
    """These workflows begin logged in."""

    def names(self) -> list[str]:
        return []

    def reveal(self, name: str) -> str:
        raise KeyError(name)

    def redactions(self) -> list[str]:
        return []

    def hide(self, text: str, *, but: Any = ()) -> str:
        return text

    def also_hide(self, *texts: str) -> Any:
        return lambda: None


class _Ready:
    """What is on trial, known beforehand."""

    def __init__(self, recall: Recall) -> None:
        self._recall = recall

    async def looks(self, step: str) -> tuple[Variant, ...]:
        lent = (one.variant for one in self._recall.lent if one.step == step)
        return (*looks_on_trial(self._recall).get(step, ()), *lent)

    async def looks_of_parent(self, step: str) -> int | None:
        return looks_of_parent(self._recall, step)

    async def spare(self, step: str) -> bool:
        return step in spare_on_trial(self._recall)


class Ground:
    """Sites and one browser; what was seen once is not run again."""

    def __init__(self, browser: Any, sites: Sequence[Backoffice]) -> None:
        self.browser = browser
        self._free: asyncio.Queue[Backoffice] = asyncio.Queue()
        for site in sites:
            self._free.put_nowait(site)
        self._seen: dict[str, asyncio.Future[Seen]] = {}
        self.runs, self.asked, self.again, self.seconds = 0, 0, 0, 0.0

    @classmethod
    @asynccontextmanager
    async def open(cls, places: int) -> AsyncIterator[Ground]:
        async with AsyncExitStack() as stack:
            sites = [stack.enter_context(Backoffice(process=True)) for _ in range(places)]
            yield cls(await stack.enter_async_context(open_browser(find_browser(None))), sites)

    @asynccontextmanager
    async def site(self) -> AsyncIterator[Backoffice]:
        """Take a site of one's own, as on its first day."""
        site = await self._free.get()
        try:
            await asyncio.to_thread(site.reset)
            await asyncio.to_thread(site.configure, generation=1, mutate=(), trap=(), seed=3)
            yield site
        finally:
            self._free.put_nowait(site)

    async def outcome(self, shown: Shown, known: Known, state: State) -> Seen:
        """Return what becomes of a run; the first time it is asked for, it is run in the browser."""
        self.asked += 1
        key = f"{shown.name} {state.key} {known.key()}"
        if key not in self._seen:
            future: asyncio.Future[Seen] = asyncio.get_running_loop().create_future()
            self._seen[key] = future
            try:
                future.set_result(await self._settled(shown, known, state))
            except BaseException as e:
                future.set_exception(e)
                raise
        return await self._seen[key]

    async def _settled(self, shown: Shown, known: Known, state: State) -> Seen:
        """No state of a stream is slow: a run that failed for time met a busy machine, and is done once more, for all arms."""
        seen = await self._run(shown, known, state)
        if seen.verdict.fault not in OF_THE_MACHINE or seen.effects:
            return seen
        self.again += 1
        return await self._run(shown, known, state)

    async def _run(self, shown: Shown, known: Known, state: State) -> Seen:
        async with self.site() as site:
            started = time.monotonic()
            storage = await asyncio.to_thread(signed_in, site)
            await asyncio.to_thread(
                site.configure, generation=state.generation, mutate=state.mutate, trap=state.trap, seed=state.seed
            )
            way = Way(known.recall, known, open=bool(known.lineage))
            try:
                trajectory, verdict = await self._try(shown, known, way, site, storage)
            except LedAstray:
                without = replace(known, elements={}, interruptions=())
                trajectory, verdict = await self._try(shown, without, way, site, storage)
            effects = await asyncio.to_thread(effects_of, site)
            self.runs, self.seconds = self.runs + 1, self.seconds + time.monotonic() - started
            return Seen(trajectory, verdict, effects, way.astray.trajectory if way.astray else None)

    async def _try(
        self, shown: Shown, known: Known, way: Way, site: Backoffice, storage: Any
    ) -> tuple[Trajectory, Verdict]:
        hosts = allowed_hosts(site.base_url, ())
        async with open_context(self.browser, allowed=hosts, storage_state=storage) as context:
            page = await LivePage.open(await context.new_page(), base=site.base_url, secrets=NoSecrets())
            return await _done(shown, known, way, page, site.base_url)


async def _done(shown: Shown, known: Known, way: Way, page: LivePage, base: str) -> tuple[Trajectory, Verdict]:
    """Run the procedure as the product does, with everything on but the files: gate, guard, ladder, looks on trial."""
    from rpa_agent.update import element_key

    async def elements(target: Target) -> Sequence[Variant]:
        return known.elements.get(element_key(target), ())

    async def refused(step: str) -> Sequence[Variant]:
        return known.refused.get(step, ())

    workflow = shown.workflow
    values = check_params(workflow.params, shown.values, today=DAY)
    recall = way.recall
    document = recall.version.document
    plan = Plan(
        run="r", values=values, params=workflow.params, today=DAY, repair="remember", step_seconds=15.0, minutes=2.0,
        trial=_Ready(recall) if way.astray is None else None, salt="salt",
    )  # fmt: skip
    trajectory = await run_procedure(
        document, page, plan, ladder=LadderOnDemand(elements, refused, salt="salt"), journal=Journal(),
        start=workflow.start, workflow=workflow.name, interruptions=known.interruptions,
    )  # fmt: skip
    measure = Measure(
        checks=workflow.checks(), exceptions=workflow.exceptions, outputs=workflow.outputs, base=base,
        shown=shown_values(plan, document.steps), locale=workflow.locale, salt="salt", row="row", day=DAY,
    )  # fmt: skip
    trajectory, verdict = await reflect_on(way.told(trajectory), measure, page=page)
    await way.require_not_astray(plan, trajectory, verdict)
    return trajectory, verdict
