"""One login: its procedure is run like any other, judged by the account's probe, and learned from; nobody is locked out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any

from loguru import logger

from ..browser.page import LivePage
from ..browser.storage import storage_of
from ..browser.words import words_of
from ..domain.account import Account, login_name
from ..domain.change import Recall
from ..domain.errors import LoginNeeded, NeedsPerson, PageGone, RpaAgentError, SiteUnreachable, StoreUnfit
from ..domain.plan import Plan
from ..domain.ports import Action, Secrets
from ..domain.trajectory import Fault, Trajectory, fault_named
from ..on_trial import Trial, credited, version_used
from ..ops.secret.secretless import secretless
from ..reflect import Measure, reflect_on
from ..repair.ladder import LadderOnDemand
from ..repair.language import language
from ..repair.login_page import Asked, asked_by, expiry_told
from ..retrieve import document_to_run, retrieve_login
from ..run import run_procedure
from ..update import update_memory
from .door import Door
from .opened import House, account_page
from .probe import is_alive, login_shown
from .saved import tokens_in
from .typed import TypedSecrets

MINUTES = 5.0
APPROVAL_S = 180.0  # how long a person has to take out the phone
LOOK_S = 2.0


Approve = Callable[[Asked], Awaitable[None]]


@dataclass(frozen=True)
class Done:
    """A login that worked: what it left in the browser, its run, and what the site said about the password's end."""

    state: dict[str, Any]
    run: str
    notice: str = ""


class Login:
    """Logs one account in. With ``approve`` a person is there: told what to approve on the phone, and waited for."""

    def __init__(self, house: House, account: Account, secrets: Secrets, *, approve: Approve | None = None) -> None:
        self._house, self._account, self._approve = house, account, approve
        self._accounts = house.office.accounts
        self._secrets = TypedSecrets(account, secrets, accounts=self._accounts, clock=house.office.clock)

    async def still_known(self, state: dict[str, Any] | None) -> dict[str, Any] | None:
        """Return a fresh state where an identity provider still knows the account: then nothing is typed at all."""
        if state is None or not self._account.allow_login:
            return None
        async with account_page(self._house, self._account, self._secrets, state) as page:
            try:
                await page.act(Action(kind="goto", value="{base}" + self._account.start), None)
                await page.settle(10.0)
                return await storage_of(page) if await is_alive(page, self._account) else None
            except (NeedsPerson, PageGone):
                return None

    async def perform(self) -> Done:
        """Log in with the account's secrets, each tried once.

        Raises LoginNeeded where a person is needed, SecretMissing and SettingsInvalid before anything is opened,
        NoProcedure where the login was never shown, SiteUnreachable where the site does not answer.
        """
        recall = await retrieve_login(self._account, self._house.memory)
        held = await self._secrets.all()
        await self._accounts.begin_attempt(self._account.name, secrets=held, by_person=self._approve is not None)
        run = await self._house.office.runs.begin_run(login_name(self._account.name))
        door = Door(self._house, self._account, document_to_run(recall).document, held, run=run, seconds=MINUTES * 60)
        opened = account_page(self._house, self._account, self._secrets, None)
        async with self._closed_in_any_case(run, recall), door, opened as page:
            self._secrets.page = page
            trial = Trial(recall, self._house.memory)
            trajectory = await self._run(trial, page, run)
            recall = trial.recall
            alive, asked = await self._judged(trajectory, page)
            if not alive and asked.kind in _SAYS_NO:
                await door.refused(self._secrets.typed)
            if not alive and asked.kind == "approval" and self._approve is not None:
                door.answered()  # the password was right
                await self._approve(asked)
                alive = await self._approved(page)
            notice = self._secrets.hide(expiry_told(await words_of(page))) if alive else ""
            state = await self._left_in(page, needed=alive)
            trajectory = await self._concluded(recall, trajectory, page, alive=alive, asked=asked)
        if trajectory.outcome == "cancelled":
            raise asyncio.CancelledError
        if not alive:
            raise await self._refused(trajectory, asked, held)
        await door.works()
        await self._welcome(run, notice)
        return Done(state, run, notice)

    async def _left_in(self, page: LivePage, *, needed: bool) -> dict[str, Any]:
        """Return what the login left in the browser; none of it is written in clear, also where it did not work."""
        try:
            state = await storage_of(page)
        except RpaAgentError:
            if needed:
                raise
            return {}  # a browser that is gone
        self._secrets.also_hide(*tokens_in(state))
        return state

    async def _run(self, trial: Trial, page: LivePage, run: str) -> Trajectory:
        document = document_to_run(trial.recall).document
        plan = Plan(
            run=run,
            values=self._account.values,
            params={},
            today=datetime.now().astimezone().date(),
            repair="remember",
            step_seconds=self._house.settings.step_timeout,
            minutes=MINUTES,
            ready=self._secrets.ready,
            trial=trial,
            salt=self._house.memory.salt,
        )
        trajectory = await run_procedure(
            document,
            page,
            plan,
            ladder=LadderOnDemand(salt=self._house.memory.salt),
            journal=self._house.office.journal,
            start=self._account.start,
            workflow=login_name(self._account.name),
            interruptions=await self._house.memory.interruptions(self._account.site_name()),
        )
        return trajectory.but(version=version_used(trial.recall, trajectory))

    async def _judged(self, trajectory: Trajectory, page: LivePage) -> tuple[bool, Asked]:
        """Tell whether the login worked, whatever its steps came to; else what the page asks."""
        if trajectory.outcome == "cancelled" or trajectory.fault == "infrastructure" or self._secrets.stopped:
            return False, Asked("nothing")
        try:
            await page.settle(5.0)
            asked = await self._asked(page)
            if self._account.probe.http is None and asked.kind in _STANDS_BEFORE:
                return False, asked  # to open another page would lead away from it
            if await login_shown(page, self._account, ()):
                return False, asked
            return await is_alive(page, self._account), asked
        except (SiteUnreachable, PageGone):
            return False, Asked("nothing")

    async def _asked(self, page: LivePage) -> Asked:
        try:
            asked = asked_by(await words_of(page), await page.survey(), language())
        except (RpaAgentError, PageGone):
            return Asked("nothing")
        if asked.kind == "refused" and asked.of_code() and self._account.totp is None:
            return Asked("code", asked.says)  # none was typed, as none was shown: the password is not at fault
        return asked

    async def _approved(self, page: LivePage) -> bool:
        """Wait until the person approved it: the page leads on by itself, as it did when shown."""
        deadline = monotonic() + APPROVAL_S
        while monotonic() < deadline:
            await page.visible("\x00", values={}, seconds=LOOK_S)  # wakes up at the next change of the page
            await page.settle(LOOK_S)
            asked = await self._asked(page)
            if asked.kind == "approval":
                continue
            return not await login_shown(page, self._account, ()) and await is_alive(page, self._account)
        return False

    async def _concluded(
        self, recall: Recall, trajectory: Trajectory, page: LivePage, *, alive: bool, asked: Asked
    ) -> Trajectory:
        """Write what became of it, and what its repairs teach."""
        if alive:
            trajectory = trajectory.but(outcome="succeeded", fault=None, stopped="")
        elif trajectory.outcome == "succeeded" or trajectory.fault in {"login", "defect", "interruption", "unknown"}:
            trajectory = trajectory.but(outcome="needs_person", fault="login", stopped=self._why(trajectory, asked))
        today = datetime.now().astimezone().date()
        measure = Measure(base=self._account.base_url, salt=self._house.memory.salt, row=today.isoformat(), day=today)
        trajectory, verdict = await reflect_on(trajectory, measure, page=page if alive else None)
        verdict = credited(verdict, recall, trajectory)
        artifacts = "" if alive else await self._picture(page, trajectory.run)
        trajectory = trajectory.but(timings=page.timings, artifacts=artifacts)
        trajectory, verdict = secretless(trajectory, verdict, self._secrets, recall.version.document)
        await self._house.office.runs.end_run(trajectory)
        verdict = verdict.but(remember=True)
        await self._house.office.runs.save_verdict(verdict)
        try:
            await update_memory(self._house.memory, recall, verdict, mode="remember")
        except StoreUnfit as e:
            logger.warning("{}: {} What this login taught is kept and taken in later.", trajectory.workflow, e.message)
            return trajectory
        await self._house.office.runs.mark_applied(trajectory.run)
        return trajectory

    def _why(self, trajectory: Trajectory, asked: Asked) -> str:
        if self._secrets.stopped is not None:
            return trajectory.stopped
        if asked.kind in {"nothing", "login"} and trajectory.stopped:
            return f"the login did not work: {trajectory.stopped}"
        return asked.words()

    async def _picture(self, page: LivePage, run: str) -> str:
        """Keep a picture with every field masked; a number to match is what it is for."""
        folder: Path = self._house.settings.artifacts / run
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            await page.screenshot(str(folder / "end.png"))
        except RpaAgentError:
            return ""
        return str(folder)

    async def _refused(self, trajectory: Trajectory, asked: Asked, held: dict[str, str]) -> RpaAgentError:
        """Return what to raise. The account is paused where its secrets were sent, so that nothing is tried a second time."""
        name, why = self._account.name, self._secrets.hide(trajectory.stopped or asked.words())
        if (stopped := self._secrets.stopped) is not None:
            await self._accounts.take_back_attempt(name)
            await self._tell(trajectory, stopped.message, "login")
            return LoginNeeded(stopped.message, where=name, do=stopped.remedy, of_account=True)
        if trajectory.fault == "infrastructure" and asked.kind in {"nothing", "code"}:
            return SiteUnreachable(f"logging in {name}: {why}", do="It is tried again with the next run.")
        if self._secrets.typed:
            await self._accounts.pause(name, why, secrets=held, refused=asked.kind not in _FOR_A_PERSON)
            why = f"the account {name} is paused: {why}"
        else:
            why = f"logging in {name} did not come as far as a secret: {why}"
        await self._tell(trajectory, why, "login")
        remedy = _WRONG_CODE if asked.kind == "refused" and asked.of_code() else _REMEDIES.get(asked.kind, _LOOK)
        return LoginNeeded(why, where=name, do=remedy.format(name=name), of_account=True)

    async def _tell(self, trajectory: Trajectory, why: str, fault: Fault) -> None:
        """One notice for the account, however many workflows wait for it."""
        inbox, name = self._house.office.inbox, login_name(self._account.name)
        if not any(item.fault == fault for item in await inbox.items(workflow=name)):
            await inbox.add(trajectory.run, name, why, fault=fault, artifacts=trajectory.artifacts)

    async def _welcome(self, run: str, notice: str) -> None:
        """The login works: what waited for it is settled, and a password that will expire is told of once."""
        office, name = self._house.office, login_name(self._account.name)
        await self._accounts.logged_in(self._account.name)
        for item in await office.inbox.items(workflow=name):
            if item.fault is None:
                continue  # a notice that is still true
            await office.inbox.resolve(item.id, how="retry", who="rpa-agent", reason="the login works again")
        if await self._accounts.is_news(self._account.name, notice) and notice:
            logger.warning("account {}: {}", self._account.name, notice)
            why = f"the password of {self._account.name} will expire: {notice}. Change it at the site, then `rpa secret set`"
            await office.inbox.add(run, name, why)

    @asynccontextmanager
    async def _closed_in_any_case(self, run: str, recall: Recall) -> AsyncIterator[None]:
        """Close a login's run whatever ends it; where nothing was typed, it does not count as a try."""
        why, outcome, fault = "", "cancelled", None
        try:
            yield
            return
        except RpaAgentError as e:
            why, outcome = e.message, "failed"
            fault = fault_named(e.fault) if isinstance(e, NeedsPerson) else "infrastructure"
            raise
        finally:
            if not self._secrets.typed:
                await self._accounts.take_back_attempt(self._account.name)
            ended = Trajectory(
                run=run,
                workflow=login_name(self._account.name),
                site=self._account.site_name(),
                procedure=recall.version.procedure,
                version=recall.version.number,
                started=datetime.now(UTC).isoformat(timespec="milliseconds"),
                outcome=outcome,
                fault=fault,
                stopped=why,
            )
            await self._house.office.runs.end_run(ended)  # one that has its trajectory already keeps it
            self._secrets.forget()


_FOR_A_PERSON = frozenset({"approval", "captcha"})  # the password was right, as far as it was looked at
_SAYS_NO = frozenset({"refused", "locked", "new_password", "login"})  # to what was typed, whoever types it
_STANDS_BEFORE = frozenset({"captcha", "locked", "new_password", "approval"})
_LOOK = "Look at the picture in `rpa inbox`, then show the login again: `rpa login {name} --again`."
_WRONG_CODE = (
    "Compare the seed of the codes with the site's, and this machine's clock; `rpa secret set` the right seed, and the next run"
    " uses it by itself, or `rpa login {name} --resume`."
)
_REMEDIES = {
    "captcha": "Log in by hand once, so that the site trusts the account again; then `rpa login {name}`.",
    "locked": "Have the account unlocked at the site, then `rpa login {name} --resume`.",
    "new_password": "Set a new password at the site, then `rpa secret set` it; the next run uses it by itself.",
    "approval": "Log in while you have the phone at hand: `rpa login {name}`.",
    "refused": "Check the password at the site, then `rpa secret set` the right one; the next run uses it by itself.",
    "code": "Name the secret that holds the seed: `rpa login {name} --again --totp SECRET`.",
}
