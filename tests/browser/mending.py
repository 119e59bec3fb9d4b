"""Shows a small page's work once, changes the page, and runs what was shown with the default ladder."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from showing import Journal, Known
from tiny_site import Answer, TinySite

from rpa_agent.browser.page import LivePage
from rpa_agent.browser.recorder.record import record
from rpa_agent.browser.session import open_context
from rpa_agent.build import Built, build_procedure
from rpa_agent.domain.change import Interruption
from rpa_agent.domain.trajectory import Trajectory
from rpa_agent.domain.values import check_params
from rpa_agent.domain.verdict import AddVariant
from rpa_agent.reflect import Measure, edits_of
from rpa_agent.repair.ladder import default_ladder
from rpa_agent.run import Plan, run_procedure
from rpa_agent.update import with_variant

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

TODAY = date(2026, 11, 22)
Hands = Callable[["Page"], Awaitable[Any]]


@dataclass
class Mended:
    """How a run on the changed page went, and what the site was sent by it."""

    run: Trajectory
    sent: list[tuple[str, str, str]] = field(default_factory=list)

    def repairs(self) -> list[str]:
        """Each repair in words: what was meant, and what was used."""
        return [f"{s.repair.was} -> {s.repair.now}" for s in self.run.repaired() if s.repair]

    def revealed(self) -> list[str]:
        return [v.fingerprint.name for s in self.run.repaired() if s.repair for v in s.repair.revealed]

    def dismissed(self) -> list[str]:
        return [v.fingerprint.name for s in self.run.repaired() if s.repair for _, v in s.repair.dismissed]

    def learned(self) -> list[Interruption]:
        """What its repairs closed, as memory hands it to every procedure of the site."""
        return [
            Interruption(site="tiny", words=words, variant=variant)
            for s in self.run.repaired() if s.repair for words, variant in s.repair.dismissed
        ]

    def skipped(self) -> list[str]:
        return [s.note for s in self.run.steps if s.status == "skipped"]

    def posted(self, path: str = "/save") -> list[str]:
        return [body for method, at, body in self.sent if method == "POST" and at == path]


async def shown_on(browser: Browser, site: TinySite, body: str, hands: Hands, *, path: str = "/form") -> Built:
    """Record ``hands`` at work on a page and build the procedure."""
    address = site.show(path, page_of(body))
    async with open_context(browser) as context:
        recording = await record(context, address, demonstrate=hands)
    return build_procedure(recording, name="work", task="Do the work", site="tiny", salt="salt")


async def run_on(
    browser: Browser, site: TinySite, built: Built, body: str, *, path: str = "/form",
    values: Mapping[str, str] | None = None, known: Sequence[Interruption] = (), ladder: Any = None,
    moved: Answer | None = None, **more: Any,
) -> Mended:
    """Run the procedure on the page as it is now, with every rung that needs no model. ``moved`` is answered in its place."""
    site.show(path, page_of(body))
    if moved is not None:
        site.pages[path] = moved
    site.sent.clear()
    params = built.workflow.params
    given = check_params(params, {**built.examples, **(values or {})}, today=TODAY)
    async with open_context(browser) as context:
        page = await LivePage.open(await context.new_page(), base=built.workflow.base_url, secrets=Known(built.secrets))
        plan = Plan(run="r1", values=given, params=params, today=TODAY, step_seconds=5.0, minutes=1.0, **more)
        done = await run_procedure(
            built.procedure, page, plan, ladder=ladder or default_ladder(), journal=Journal(), interruptions=known
        )
    return Mended(done, list(site.sent))


def wiser(built: Built, done: Mended, values: Mapping[str, str] | None = None) -> Built:
    """Return the procedure with what a run's repairs taught."""
    shown = {**built.examples, **(values or {})}
    measure = Measure(base=built.workflow.base_url, shown=shown, salt="salt", day=TODAY)
    procedure = built.procedure
    for edit in edits_of(done.run, measure):
        if isinstance(edit, AddVariant):
            procedure = with_variant(procedure, edit.step, edit.variant) or procedure
    return replace(built, procedure=procedure)


def page_of(body: str) -> str:
    return f"<!doctype html><title>Customers</title><h1>Customer</h1>{body}"


def saves(site: TinySite, said: str = "The customer was saved", path: str = "/save") -> None:
    site.pages[path] = Answer(page_of(f'<p role="status">{said}</p>'))
