"""`repair`: steps shown on one form of the practice site, met again on a changed one: found, refused, or mistaken?"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from fixtures.backoffice import PASSWORD, USER, Backoffice
from rpa_agent.browser.page import LivePage
from rpa_agent.browser.session import find_browser, open_browser, open_context
from rpa_agent.domain.errors import RpaAgentError
from rpa_agent.domain.target import Target, rendered
from rpa_agent.domain.template import render
from rpa_agent.ops.secret.secrets import gather

from ..report import Report
from .baselines import by_locators, by_similo
from .counted import Case, Rated, Truth, figures, tables, upgrades
from .decide import DAY, decide
from .history_rerun import CouldNotBuild, HistoryRerun, NoBrowserUse, history_rerun
from .observe import present, shown, truths_of
from .screens import SCREENS, Change, changes
from .shown import RECORD, Meant, Shown, procedures
from .times import times
from .upgrades import names, upgraded

if TYPE_CHECKING:
    from playwright.async_api import Browser

SEED = 20_261_127
CASES, QUICK = 3_300, 90
AIMED_EACH, STEPS_EACH = 3, 6  # steps of one screen met after one change
WORKERS = 3


@dataclass
class _Bench:
    """One browser page on one site of its own, and what was shown on each screen."""

    site: Backoffice
    page: LivePage
    rerun: HistoryRerun | None = None
    known: dict[tuple[int, str], list[Shown]] = field(default_factory=dict)
    kept: dict[tuple[int, str], dict[Truth, int]] = field(default_factory=dict)  # what browser-use has of each screen
    looked: bool = False  # browser-use has read the page as it is now

    async def screen(self, name: str) -> None:
        await self.page.page.goto(self.site.base_url + SCREENS[name])
        await self.page.settle(3.0)

    async def changed(self, change: Change, name: str, meant: Meant) -> bool:
        """Show a screen as it is now; False where the change found nothing there to change."""
        self.site.configure(generation=change.now, mutate=change.mutate(meant.truth, meant.key), seed=change.seed)
        await self.screen(name)
        if not change.kind:
            return True
        return any(note.startswith(change.kind) for notes in self.site.truth()["mutated"].values() for note in notes)

    async def look(self, *, keep: bool = False) -> dict[Truth, int]:
        """Let browser-use read the page, where it is there to be compared with."""
        try:
            found = await self.rerun.look(self.page, keep=keep) if self.rerun else {}
            self.looked = self.rerun is not None
        except (CouldNotBuild, TimeoutError):
            found, self.looked = {}, False
        return found

    async def rerun_on(self, screen: tuple[int, str], wanted: Truth) -> tuple[bool, Truth | None]:
        """Return whether browser-use could be asked, and on what its rerun would act."""
        element = self.kept.get(screen, {}).get(wanted)
        if self.rerun is None or element is None or not self.looked:
            return False, None
        try:
            return True, await self.rerun.match(self.page, element)
        except (CouldNotBuild, TimeoutError):
            return False, None

    async def shown_on(self, generation: int, name: str) -> list[Shown]:
        """Return the procedures shown on a screen of a generation, unchanged; each is shown once."""
        if (generation, name) not in self.known:
            self.site.configure(generation=generation, mutate=[], seed=0)
            await self.screen(name)
            rows = await self.page._world.call("rows")
            live = self.page.page
            self.known[generation, name] = procedures(
                await shown(self.page), base=self.site.base_url, url=live.url, title=await live.title(), rows=rows
            )
            self.kept[generation, name] = await self.look(keep=True)
        return self.known[generation, name]


def measure(*, quick: bool, browser_use: Path | None = None, seed: int | None = None) -> Report:
    """Meet at least as many changed steps as the goal names; ``quick`` a sample of them, drawn with a fixed ``seed``.

    Of all changed pages there are about five times as many as are drawn: another seed meets others.
    ``browser_use`` is a Python interpreter that has browser-use; without it, its history rerun is no baseline.
    """
    return asyncio.run(_measure(QUICK if quick else CASES, browser_use, SEED if seed is None else seed))


async def _measure(wanted: int, browser_use: Path | None, seed: int) -> Report:
    report = Report(
        "repair",
        baseline="the recorded Playwright locators alone, and the published Similo scoring taking its best candidate, and "
        "browser-use's own history rerun, on the same pages",
        how="Every screen of the practice site is recorded as it is in one generation: a form filled in and sent, and each "
        "other element used alone. Then it is shown changed, by a kind of mutation or as another generation, and a run comes "
        "to the step and is stopped at the moment it would act. What sends is known by the request that its form makes, as in a "
        "recording. What it would have acted on is compared with the truth tag that only the benchmark reads. Repairable is what "
        "the changed page still holds, visible or one reveal away; it is known before anything is looked for.",
    )
    started = time.monotonic()
    async with _baseline_c(browser_use, report) as rerun:
        cases, lost = await gathered(wanted, seed=seed, rerun=rerun)
    report.not_run += lost
    figures(report, cases)
    report.tables += tables(cases)
    async with open_browser(find_browser()) as browser:
        report.figures += await times(browser, quick=wanted == QUICK)
        upgrades(report, await upgraded(browser, only=names()[::5] if wanted == QUICK else ()))
    report.more |= {"seed": seed, "minutes": round((time.monotonic() - started) / 60, 1)}
    return report


@asynccontextmanager
async def _baseline_c(python: Path | None, report: Report) -> AsyncIterator[HistoryRerun | None]:
    """Start browser-use beside the benchmark, and say which release it is, or why it is not compared with."""
    if python is None:
        report.more["browser_use"] = "not compared: no interpreter was named that has it (--browser-use PYTHON)"
        yield None
        return
    try:
        async with history_rerun(python) as rerun:
            report.more["browser_use"] = rerun.version
            yield rerun
    except NoBrowserUse as e:
        report.not_run.append(f"browser-use's history rerun: {e}")
        yield None


async def gathered(
    wanted: int, *, seed: int, only: Sequence[Change] | None = None, rerun: HistoryRerun | None = None
) -> tuple[list[Case], list[str]]:
    """Return at least ``wanted`` cases, where there are so many, drawn screen by screen; and what could not be done."""
    drawn = [(change, name) for change in (only or list(changes(seeds=(1, 2, 3)))) for name in SCREENS]
    random.Random(seed).shuffle(drawn)
    todo, cases, lost = iter(enumerate(drawn)), list[Case](), list[str]()
    async with open_browser(find_browser()) as browser:

        async def work() -> None:
            async with _Opened(browser, rerun) as bench:
                for n, (change, name) in todo:
                    if len(cases) >= wanted:
                        return
                    try:
                        cases.extend(await _screen(bench, change, name, random.Random(f"{seed}/{n}")))
                    except RpaAgentError as e:
                        lost.append(f"{name}, {change.words}, shown in {change.shown}, seed {change.seed}: {e.message}")

        await asyncio.gather(*(work() for _ in range(WORKERS)))
    return cases, lost


class _Opened:
    """Opens a site, a page that is signed in, and closes both."""

    def __init__(self, browser: Browser, rerun: HistoryRerun | None) -> None:
        self._browser, self._rerun = browser, rerun

    async def __aenter__(self) -> _Bench:
        self._site = Backoffice(process=True, session_seconds=1e6).start()
        self._context = open_context(self._browser)
        page = await (await self._context.__aenter__()).new_page()
        live = await LivePage.open(page, base=self._site.base_url, secrets=gather(environ={}))
        await page.goto(self._site.base_url + "/login")
        await page.fill("[name=username]", USER)
        await page.fill("[name=password]", PASSWORD)
        await page.click("[type=submit]")
        await page.wait_for_url("**/invoices")
        return _Bench(self._site, live, self._rerun)

    async def __aexit__(self, *error: object) -> None:
        await self._context.__aexit__(None, None, None)
        self._site.stop()


async def _screen(bench: _Bench, change: Change, name: str, rng: random.Random) -> list[Case]:
    """Return what becomes of steps that were shown on a screen, now that it has changed."""
    meant = [(p, m) for p in await bench.shown_on(change.shown, name) for m in p.steps]
    chosen = rng.sample(meant, min(len(meant), AIMED_EACH if change.aimed else STEPS_EACH))
    cases, loaded = list[Case](), False
    for procedure, step in chosen:
        if change.aimed or not loaded:
            loaded = await bench.changed(change, name, step)
            if not loaded:
                continue  # this kind has nothing to change there: no case
            await bench.look()
        there = await present(bench.page)
        case, loaded = await _case(bench, change, name, procedure, step, there)
        cases.append(case)
    return cases


async def _case(
    bench: _Bench, change: Change, name: str, procedure: Shown, meant: Meant, there: set[tuple[str, str]]
) -> tuple[Case, bool]:
    page, wanted = bench.page, (meant.truth, meant.key)
    rerun_ran, rerun = await bench.rerun_on((change.shown, name), wanted)
    target = _for_key(meant)
    view = await page.survey(row_key=target.row_key(), key_column=target.key_column())
    similo = by_similo(view, target)
    located = await by_locators(page, target)
    decision = await decide(page, procedure, meant)
    best = decision.best
    asked = decision.question if not decision.moved else None
    refs = [r for r in (decision.ref, similo, best.ref if best else "", *(asked.offered if asked else ())) if r]
    try:
        truths = await truths_of(page, refs) if refs else {}
    except RpaAgentError:
        truths = {}
    return Case(
        change=change, screen=name, truth=meant.truth, key=meant.key, commit=meant.step.effect == "commit",
        present=wanted in there, chosen=truths.get(decision.ref) if decision.ref else None, repaired=decision.repaired,
        skipped=decision.skipped, why=decision.why, what=target.words(), pressed=decision.pressed,
        wanted=wanted, located=located, similo=truths.get(similo) if similo and not decision.moved else None,
        similo_ran=not decision.moved, rerun=rerun, rerun_ran=rerun_ran,
        question_tokens=decision.question.tokens if decision.question else 0,
        offered=asked is not None and any(truths.get(ref) == wanted for ref in asked.offered),
        best=Rated(best.facts, truths.get(best.ref) == wanted, best.objection) if best else None,
    ), not decision.moved  # fmt: skip


def _for_key(meant: Meant) -> Target:
    """Return the step's target as a run of this record looks for it."""
    assert meant.step.target is not None
    return rendered(meant.step.target, lambda text: render(text, {RECORD: meant.key}, DAY))
