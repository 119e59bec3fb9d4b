"""The loop: retrieve, run, reflect, update, once for one workflow; the one module that knows all rooms."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Self, Unpack
from urllib.parse import urlsplit

from loguru import logger

from .adopt import adopt_procedure
from .artifacts import Artifacts, Left
from .as_shown import Way
from .asking import hiding, looking, model_for
from .browser.outbound.upstream import Upstream
from .browser.session import find_browser, open_browser, open_context
from .domain.account import login_name
from .domain.change import Recall
from .domain.errors import BrowserGone, NeedsPerson, RpaAgentError, StoreUnfit
from .domain.hosts import allowed_hosts
from .domain.points import Reached, unwatched
from .domain.target import Target, Variant
from .domain.trajectory import Fault, Outcome, Trajectory, fault_named
from .domain.values import check_params
from .learning import Learner
from .lockout import OwnLogin, require_untried
from .memory import Memory
from .on_trial import Trial, version_used
from .ops.crash import reached_for
from .ops.office import Office, no_rules
from .ops.process.tree import ending_with_us
from .ops.secret.secretless import secretless
from .ops.settings import Settings
from .outlasting import outlast, require_alive
from .planning import Order as Order
from .planning import Planner, account_of, all_done_before, measure_of
from .retrieve import document_to_run, retrieve_procedure, why_none
from .rooms import load_rooms

if TYPE_CHECKING:
    from .browser.page import LivePage
    from .browser.session import Browser
    from .build import Built
    from .domain.plan import Plan
    from .domain.procedure import Procedure
    from .domain.recording import Recording
    from .domain.workflow import Workflow
    from .judging import Judging
    from .login import Logins, Session
    from .ops.due.queue import Lanes
    from .ops.due.schedule import Rules
    from .watching import Watching


@dataclass(frozen=True)
class Result:
    """What became of an order."""

    trajectory: Trajectory
    version_written: int | None = None
    exception: str = ""  # the name of the business exception that the site announced


class Agent:
    """Does workflows with one memory, one office and, once it is needed, one browser."""

    def __init__(self, settings: Settings, memory: Memory, office: Office, stack: AsyncExitStack) -> None:
        self.settings, self.memory, self.office = settings, memory, office
        self._stack = stack
        self._browser: Browser | None = None
        self._reached: Reached = unwatched
        self.cut_off: tuple[str, ...] = ()  # what was found of processes that died, a line each for the person
        self.learner = Learner(settings, memory, office, partial(model_for, settings, office))
        self.artifacts = Artifacts(settings.artifacts, settings.state)
        self._one_at_a_time = asyncio.Lock()  # runs side by side share one browser; only one of them starts it

    @classmethod
    @asynccontextmanager
    async def open(cls, settings: Settings, *, rules: Rules = no_rules, lanes: Lanes | None = None) -> AsyncIterator[Self]:
        """Open the stores of a project; what a crash left undone is applied first."""
        async with AsyncExitStack() as stack:
            memory = await stack.enter_async_context(Memory.open(settings.memory, seed=settings.seed))
            reached = reached_for(settings.crash_at)
            opening = Office.open(settings.runs, rules, reached=reached, lease=settings.lease, lanes=lanes)
            office = await stack.enter_async_context(opening)
            agent = cls(settings, memory, office, await stack.enter_async_context(AsyncExitStack()))
            agent._reached = reached
            await stack.enter_async_context(office.leases.held())
            agent.cut_off = tuple(one.words() for one in await office.recover())
            reached("recovered")
            agent.artifacts.clear_leftovers()
            await agent.learner.leftovers()
            yield agent

    async def run(self, order: Order) -> Result:
        """Do one run. Raises where nothing was begun: ParamsInvalid, SecretMissing, NoProcedure, BrowserUnfit,
        SiteUnreachable; every other end is in the result. Cancelled, it closes the run first."""
        workflow, today = order.workflow, order.today or datetime.now().astimezone().date()
        params = check_params(workflow.params, order.params, today=today)
        recall = await retrieve_procedure(workflow, self.memory)
        if recall is None:
            why = await why_none(workflow, self.memory)
            recall = None if isinstance(why, NeedsPerson) else await adopt_procedure(workflow, self.memory)
            if recall is None:
                raise why
        if workflow.account is not None:
            account_of(self.settings, workflow)
        for name in dict.fromkeys((*workflow.secrets, *document_to_run(recall).document.secrets)):
            await asyncio.to_thread(order.secrets.reveal, name)  # what is missing is told before anything is opened
        run = await self.office.runs.begin_run(
            workflow.name, batch=order.batch, row=order.row, row_key=order.row_key, occurrence=order.occurrence
        )
        self._reached("begun")
        async with self._closed_in_any_case(order, recall, run, params):
            plan = await Planner(self.settings, self.memory, self.office).plan(
                order, recall, run, params=params, today=today
            )
            if done := await all_done_before(order, plan, recall, self.office.journal):
                await self.office.runs.end_run(done)  # nothing was tried, so it proves nothing of the procedure
                return Result(done)
            await require_untried(self.office, order, document_to_run(recall).document, run=run)
            way = Way(recall, self.memory, open=self.settings.learning.update == "guarded")
            result = await outlast(plan, partial(self._work, order, way))
            if result.trajectory.outcome == "cancelled" and not result.trajectory.left_out:
                raise asyncio.CancelledError
            return result

    async def _work(self, order: Order, way: Way, plan: Plan, before: tuple[str, ...]) -> Result:
        recall, learned = way.recall, way.astray is None  # led astray, it does without all that was learned
        document = document_to_run(recall).document
        async with (
            self.opened(order, plan.run, document) as (page, login),
            self.artifacts.of(plan.run, page.page.context, order.secrets, trace=order.trace, login=login) as left,
            model_for(
                self.settings, self.office, secrets=order.secrets, budget=order.workflow.budget, workflow=order.workflow.name
            ) as model,
            OwnLogin(self.office, order, document, run=plan.run, state=self.settings.state) as own,
        ):
            self._reached("opened")
            from .repair.ladder import LadderOnDemand
            from .run import run_procedure

            known = partial(self.known_looks, order.workflow.site_name()) if learned else None
            refused = partial(self.memory.refused_looks, recall.version.procedure)
            hide = hiding(order.secrets, plan.values)
            ladder = LadderOnDemand(known, refused, model=model, hide=hide, salt=self.memory.salt)
            explore = looking(model, guide=document.script, hide=hide) if model is not None else None
            trial = Trial(recall, self.memory)
            try:
                trajectory = await run_procedure(
                    document, page,
                    replace(own.guarding(plan), login=login, trial=trial if learned else None, explore=explore), ladder=ladder,
                    journal=self.office.journal, start=order.workflow.start, workflow=order.workflow.name,
                    interruptions=await self.memory.interruptions(order.workflow.site_name()) if learned else (),
                )  # fmt: skip
            except BrowserGone as e:
                require_alive(page.died(), e, before)
                raise
            await own.note(trajectory)
            require_alive((page if login is None else login.page).died(), trajectory, before)
            trajectory = trajectory.but(begun_again=before, **({"asked": model.asked()} if model is not None else {}))
            way.recall = trial.recall  # with what was on trial, where that was asked for
            return await self._conclude(order, way, plan, way.told(trajectory), page=page, left=left, login=login)

    async def known_looks(self, site: str, target: Target) -> list[Variant]:
        """Return what repairs of other procedures of the site learned of an element."""
        from .update import element_key

        return await self.memory.elements(site, element_key(target))

    async def _conclude(
        self, order: Order, way: Way, plan: Plan, trajectory: Trajectory, *, page: LivePage, left: Left,
        login: Session | None,
    ) -> Result:
        from .reflect import reflect_on
        recall = way.recall
        self._reached("ran")
        page = login.page if login is not None else page
        trajectory = trajectory.but(version=version_used(recall, trajectory))
        measure = measure_of(order, recall, plan, salt=self.memory.salt)
        seen = page if trajectory.outcome != "cancelled" else None  # who cancels does not want to wait for checks
        done = trajectory
        trajectory, verdict = await reflect_on(done, measure, page=seen)
        unmet = done.outcome == "succeeded" and not (verdict.met or verdict.exception)
        if login is not None and unmet and (again := await login.seen_again(page)) is not None:
            seen = page = again  # the session ended after the last step: what was done is there all the same
            trajectory, verdict = await reflect_on(done, measure, page=seen)
        await way.require_not_astray(plan, trajectory, verdict)
        if order.workflow.judge is not None:
            trajectory, verdict = await self.judging.of(order, trajectory, verdict, page=seen, shown=measure.shown)
        if verdict.exception:
            trajectory = await self._believed(trajectory, verdict.exception)
        trajectory = trajectory.but(timings=page.timings, artifacts=await left.keep(seen, trajectory))
        verdict = way.credited(verdict, trajectory)
        trajectory, verdict = secretless(trajectory, verdict, order.secrets, recall.version.document)
        self._reached("measured")
        await self.office.runs.end_run(trajectory)
        self._reached("kept")
        if settled := [c.key for c in trajectory.commits if c.asked or c.state in ("confirmed", "already")]:
            await self.office.site_settled(settled)
        verdict = verdict.but(remember=plan.repair == "remember")
        await self.office.runs.save_verdict(verdict)
        self._reached("judged")
        told = trajectory.fault == "login" and trajectory.sent == "nothing" and await self._account_waits(order.workflow)
        if (trajectory.outcome == "needs_person" and not told) or trajectory.sent == "unknown":
            await self.office.inbox.add(
                trajectory.run,
                trajectory.workflow,
                trajectory.stopped,
                fault=trajectory.fault,
                artifacts=trajectory.artifacts,
            )
            self._reached("told")
        try:
            written = await self.learner.learn(way.of(), verdict, mode=plan.repair, reached=self._reached)
        except StoreUnfit as e:
            logger.warning("{}: {} What this run taught is kept and taken in later.", trajectory.workflow, e.message)
            return Result(trajectory, exception=verdict.exception)  # what was done is done, whatever becomes of the lesson
        return Result(trajectory, written.number if written else None, verdict.exception)

    async def _believed(self, trajectory: Trajectory, exception: str) -> Trajectory:
        """The site's declared word settles what was in doubt: this submission was not taken."""
        commits = []
        for commit in trajectory.commits:
            if commit.state == "ambiguous" and trajectory.sent == "unknown":
                await self.office.journal.settle(commit.key, "not_done", receipt={"exception": exception})
                commit = commit.but(state="not_done", asked=f"it said: {exception}")
            commits.append(commit)
        sent = "sent" if any(c.state == "confirmed" for c in commits) else "nothing"
        return trajectory.but(commits=tuple(commits), sent=sent)

    async def _account_waits(self, workflow: Workflow) -> bool:
        """Tell whether the account's own notice waits already: one is enough for all its workflows."""
        if workflow.account is None:
            return False
        return bool(await self.office.inbox.items(workflow=login_name(workflow.account)))

    # ---- before and after ---------------------------------------------------------------------------------------------

    async def browser(self) -> Browser:
        """Return this agent's browser, started when first asked for and again after it died."""
        async with self._one_at_a_time:
            if self._browser is None or not self._browser.is_connected():
                await self._stack.aclose()  # what is left of one that died
                self._browser = await self._stack.enter_async_context(
                    self._start_browser(headless=self.settings.headless, meanwhile=load_rooms)
                )
            return self._browser

    @cached_property
    def logins(self) -> Logins:
        """Return what logs accounts in; a workflow without one loads none of it."""
        from .login import Logins

        return Logins(self)

    @cached_property
    def judging(self) -> Judging:
        """Return what judges runs; a workflow without `judge:` loads none of it."""
        from .judging import Judging

        return Judging(self.settings, self.office)

    @asynccontextmanager
    async def opened(self, order: Order, run: str, document: Procedure) -> AsyncIterator[tuple[LivePage, Session | None]]:
        """Open a run's page in a context of its own, logged in where its workflow names an account."""
        if order.workflow.account is None:
            hosts = allowed_hosts(order.base_url, order.workflow.allow)
            async with open_context(await self.browser(), allowed=hosts) as context:
                from .browser.page import LivePage

                yield await LivePage.open(await context.new_page(), base=order.base_url, secrets=order.secrets), None
            return
        account = account_of(self.settings, order.workflow)
        self.logins.require_no_login_inside(account, document)
        async with self.logins.session(account, order.secrets, run=run, base_url=order.base_url, of=order.workflow) as login:
            yield login.page, login

    def browser_apart(self, *args: str) -> AbstractAsyncContextManager[Browser]:
        """Start a browser of its own with further arguments, for an explorer that sees all there is in it."""
        return self._start_browser(headless=self.settings.headless, args=args)

    def _start_browser(
        self, *, headless: bool, meanwhile: Callable[[], object] | None = None, args: tuple[str, ...] = ()
    ) -> AbstractAsyncContextManager[Browser]:
        s = self.settings
        choice = find_browser(s.browser, headless=headless, downloaded=s.playwright_browsers)
        if s.proxy_used:
            choice = replace(choice, proxy=Upstream.at(*s.proxy_used))
        started = open_browser(
            choice, headless=headless, sandbox=not s.no_sandbox, traces=self.artifacts.making, meanwhile=meanwhile, args=args
        )
        return ending_with_us(started, told=self.office.leases.beat)

    @asynccontextmanager
    async def _closed_in_any_case(
        self, order: Order, recall: Recall, run: str, params: Mapping[str, str]
    ) -> AsyncIterator[None]:
        """Whatever ends a run early: runs.db says so, nothing stays half sent, and nobody looks for it."""
        unbegun = Trajectory(
            run=run,
            workflow=order.workflow.name,
            site=order.workflow.site_name(),
            procedure=recall.version.procedure,
            version=recall.version.number,
            started=datetime.now(UTC).isoformat(timespec="milliseconds"),
            params=dict(params),
        )
        hide = order.secrets.hide
        try:
            yield
        except NeedsPerson as e:
            e.run = run
            under = login_name(order.workflow.account) if order.workflow.account and e.of_account else ""
            await self._end_early(unbegun, "needs_person", fault_named(e.fault), hide(e.message), under=under)
            raise
        except RpaAgentError as e:
            from .run import not_before

            e.run = run
            await self._end_early(unbegun.but(not_before=not_before(e)), "failed", "infrastructure", hide(e.message))
            raise
        except asyncio.CancelledError:
            await self._end_early(unbegun, "cancelled", None, "")
            raise
        except Exception as e:
            await self._end_early(unbegun, "failed", "unknown", f"this is a defect of rpa-agent: {type(e).__name__}")
            raise

    async def _end_early(
        self, unbegun: Trajectory, outcome: Outcome, fault: Fault | None, why: str, *, under: str = ""
    ) -> None:
        """Close a run that has no trajectory of its own; one that was closed already stays as it is. ``under`` names who
        waits where it is not the workflow: an account has one notice, however many workflows wait for it."""
        with suppress(StoreUnfit):  # then the store is what failed, and the first error says so
            sent = await self.office.journal.let_go(unbegun.run)
            left = self.artifacts.left_by(unbegun.run)
            ended = unbegun.but(outcome=outcome, fault=fault, stopped=why, sent=sent, artifacts=left)
            await self.office.runs.end_run(ended)
            told = bool(under) and bool(await self.office.inbox.items(workflow=under))
            if (outcome == "needs_person" and not told) or sent == "unknown":
                waits = under if under and sent != "unknown" else ended.workflow
                await self.office.inbox.add(ended.run, waits, why or "cancelled while something was sent", fault=fault)

    # ---- recording ----------------------------------------------------------------------------------------------------

    async def watch(self, url: str, **how: Unpack[Watching]) -> Recording:
        """Return what a person, or a script in their place, shows in a browser of its own; see `watching.watch`."""
        from .watching import watch

        return await watch(self._start_browser, url, screenless=self.settings.headless, **how)

    async def record(
        self,
        name: str,
        url: str,
        *,
        task: str = "",
        site: str = "",
        demonstrate: Callable[[Any], Awaitable[None]] | None = None,
    ) -> Built:
        """Watch a demonstration, build its procedure, remember it, and journal what it sent; files are the caller's."""
        from .build import build_procedure
        from .build.memp import kept

        recording = await self.watch(url, demonstrate=demonstrate)
        task, site = task or name.replace("-", " ").capitalize(), site or urlsplit(url).netloc
        built = build_procedure(recording, name=name, task=task, site=site, salt=self.memory.salt)
        known = kept(built.procedure, self.settings.learning.build)
        version = await self.memory.add(known, workflow=name, author="recording")
        await self.journal_demonstration(built, version.procedure)
        return built

    async def journal_demonstration(self, built: Built, procedure: str) -> None:
        """What was sent while showing counts as sent: the same row is not entered again by a batch."""
        from .demonstrated import journal_as_done

        await journal_as_done(self.office, built, procedure)
