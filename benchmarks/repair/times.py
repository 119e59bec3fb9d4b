"""How long the guard, the noticing that a target is gone, and a look of the ladder take, on pages of a stated size."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from statistics import median, quantiles
from typing import TYPE_CHECKING, cast

from rpa_agent.browser.asking import question_of
from rpa_agent.browser.page import LivePage
from rpa_agent.browser.session import open_context
from rpa_agent.browser.world import calling
from rpa_agent.domain.plan import Plan
from rpa_agent.domain.ports import PageAtHand
from rpa_agent.domain.proposal import Break, Proposal, Survey
from rpa_agent.domain.trajectory import Weighed
from rpa_agent.ops.secret.secrets import gather
from rpa_agent.repair.ladder import LadderOnDemand
from rpa_agent.run.context import Context
from rpa_agent.run.resolve import NotFound
from rpa_agent.run.step import look

from ..report import Figure
from .decide import DAY, STEP_S, Free
from .observe import shown
from .shown import procedures

if TYPE_CHECKING:
    from playwright.async_api import Browser

GUARD_ON, REPAIR_ON = 300, 1_000  # interactables of the page
BASE = "http://127.0.0.1:9"  # nothing is loaded from anywhere


class Nothing:
    """A ladder that is not asked."""

    name = "nothing"

    async def propose(self, break_: Break, view: Survey, budget: float) -> list[Proposal]:
        return []

    def weigh(self, break_: Break, view: Survey) -> tuple[Weighed, ...]:
        return ()


async def times(browser: Browser, *, quick: bool) -> list[Figure]:
    """Return the figures; ``quick`` measures each a few times only."""
    guard, inside = await _guard(browser, 10 if quick else 60)
    gone = await _gone(browser, 4 if quick else 20)
    repair = await _repair(browser, 6 if quick else 40)
    return [
        Figure("guard_ms_p50", round(median(guard), 2), f"identity guard on a page of {GUARD_ON}, ms", goal="<= 3"),
        Figure("guard_in_page_ms_p50", round(median(inside), 2), "of it, in the page itself, without the way there and back, ms"),
        Figure(
            "gone_noticed_ms_p95", _p95(gone), "noticing on a settled page that a target is gone, ms", goal="<= 1000"
        ),
        Figure("repair_ms_p95", _p95(repair), f"one look of the ladder at a page of {REPAIR_ON}, ms", goal="<= 300"),
    ]


async def _guard(browser: Browser, n: int) -> tuple[list[float], list[float]]:
    """Return how long it takes in all, and in the page alone."""
    async with _page(browser, GUARD_ON) as (page, ctx):
        found, inside = [], []
        for step in ctx.steps[:n]:
            target = ctx.target_of(step)
            started = time.perf_counter()
            await page.find(target)
            found.append((time.perf_counter() - started) * 1000)
            asked = calling("find", *question_of(target))
            timed = f"(() => {{ const at = performance.now(); {asked}; return performance.now() - at; }})()"
            inside.append(await page._world.read(timed))
        return found, inside


async def _gone(browser: Browser, n: int) -> list[float]:
    async with _page(browser, GUARD_ON) as (page, ctx):
        found = []
        for step in ctx.steps[:n]:
            assert step.target is not None
            await page.page.evaluate(
                "name => document.getElementsByName(name)[0].closest('p').remove()",
                step.target.variants[0].fingerprint.name_attr,
            )
            await page.settle(2.0)
            started = time.perf_counter()
            sight = await look(ctx, step, ctx.target_of(step))
            if isinstance(sight, NotFound):
                found.append((time.perf_counter() - started) * 1000)
        return found


async def _repair(browser: Browser, n: int) -> list[float]:
    """The page is renamed all over: every target has to be ranked against all others."""
    async with _page(browser, REPAIR_ON) as (page, ctx):
        await page.page.evaluate(_RENAME)
        await page.settle(2.0)
        view, ladder, found = await page.survey(), LadderOnDemand(), []
        for step in ctx.steps[: n + 1]:
            break_ = Break(
                step=step.model_copy(update={"target": ctx.target_of(step)}), why="missing", known=ctx.steps[:14]
            )
            started = time.perf_counter()
            await ladder.propose(break_, view, 5.0)
            found.append((time.perf_counter() - started) * 1000)
        return found[1:]  # the first loads what ranks


@asynccontextmanager
async def _page(browser: Browser, size: int) -> AsyncIterator[tuple[LivePage, Context]]:
    async with open_context(browser) as context:
        page = await LivePage.open(await context.new_page(), base=BASE, secrets=gather(environ={}))
        await page.page.set_content(_html(size))
        await page.settle(3.0)
        seen = await shown(page)
        form = procedures(seen, base=BASE, url=BASE + "/", title="Large", rows=await page._world.call("rows"))[0]
        steps = tuple(m.step for m in form.steps)
        plan = Plan(run="benchmark", values={}, params={}, today=DAY, step_seconds=STEP_S, repair="remember")
        yield page, Context(cast(PageAtHand, page), plan, steps, Nothing(), Free(), form.pages)


def _html(size: int) -> str:
    words = ("Invoice", "Supplier", "Payment", "Delivery", "Contract", "Customer", "Project", "Account")
    parts = ("number", "date", "amount", "reference", "name", "city", "code", "note", "terms", "owner")
    fields = [
        f'<p><label for="f{i}">{words[i % 8]} {parts[i // 8 % 10]} {i}</label>'
        f'<input id="f{i}" name="field_{words[i % 8].lower()}_{i}" data-truth="field.{i}"></p>'
        for i in range(size - 1)
    ]
    sections = [
        f"<fieldset><legend>Part {n // 25}</legend>{''.join(fields[n : n + 25])}</fieldset>"
        for n in range(0, len(fields), 25)
    ]
    return f"<h1>Large</h1><form action='/large' method='post'>{''.join(sections)}<button>Store</button></form>"


_RENAME = """() => document.querySelectorAll('input').forEach((el) => {
  el.id = 'x' + el.id; el.name = 'new_' + el.name.split('_').pop();
  const label = el.previousElementSibling; label.htmlFor = el.id;
  label.textContent = label.textContent.replace('number', 'no.').replace('amount', 'sum').replace('Supplier', 'Vendor'); })"""


def _p95(found: list[float]) -> float | None:
    return round(quantiles(found, n=20)[-1], 1) if len(found) > 1 else None
