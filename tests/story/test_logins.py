"""Logins on the practice site: shown once, kept, renewed when they end, and nobody is ever locked out."""

from __future__ import annotations

import asyncio
import json
import shutil
import signal
import time
import zipfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from pydantic import SecretStr
from sampled import sampled
from shell import Process, Shell

from fixtures.backoffice import PASSWORD, TOTP_SECRET, Backoffice
from fixtures.backoffice.attacks import Attack, strange_name
from fixtures.backoffice.config import Keeping, SiteConfig
from fixtures.backoffice.totp import code_at
from fixtures.demonstrations import enter_invoice_logged_in, enter_supplier_invoice, log_in, log_in_elsewhere
from rpa_agent.agent import Agent, Order, Result
from rpa_agent.build import build_procedure
from rpa_agent.cli.border import run_command
from rpa_agent.cli.recording import write_files
from rpa_agent.domain.account import Account
from rpa_agent.domain.errors import AccountInvalid, LoginNeeded, SecretMissing, SiteUnreachable, WorkflowInvalid
from rpa_agent.domain.ports import Action
from rpa_agent.domain.workflow import TraceMode, Workflow
from rpa_agent.exchange import Supervised, import_recording, supervise
from rpa_agent.formats.reading import read_recording
from rpa_agent.login.enrol import Enrolled, enrol
from rpa_agent.login.opened import account_page
from rpa_agent.login.shown import shown_login
from rpa_agent.ops.secret.secrets import SecretSources
from rpa_agent.ops.secret.totp import Seed
from rpa_agent.ops.settings import Settings
from rpa_agent.repair.login_page import Asked
from rpa_agent.retrieve import retrieve_login
from rpa_agent.showing import keep
from rpa_agent.store.account_files import find_account, write_account
from rpa_agent.store.sealed import new_key
from rpa_agent.store.workflow_files import find_workflow, read_examples

if TYPE_CHECKING:
    from playwright.async_api import Browser

NAME = "enter-invoice"
FOREIGN_LOGIN = ("User name", "Password", "Sign in")
SECRETS = {"clerk_user_name": "clerk", "clerk_password": PASSWORD}
Demonstration = Callable[[Any], Awaitable[None]]


def secrets_of(**other: str) -> SecretSources:
    return SecretSources([("the test", {n: SecretStr(v) for n, v in {**SECRETS, **other}.items()})])


class OneOfMany(Agent):
    """An agent that works in a browser in which others work too; each run has a context of its own in it, as in a service."""

    shared: Browser

    async def browser(self) -> Browser:
        return self.shared


class Desk:
    """One project with its agent, and the site."""

    def __init__(self, site: Backoffice, agent: Agent, folder: Path) -> None:
        self.site, self.agent, self.folder = site, agent, folder

    @asynccontextmanager
    async def other_process(self) -> AsyncIterator[Desk]:
        """What another process knows: all that is on disk, and nothing else."""
        async with desk_at(self.folder, self.site, await self.agent.browser()) as desk:
            yield desk

    @property
    def workflow(self) -> Workflow:
        return find_workflow(self.folder / "workflows", NAME)

    @property
    def account(self) -> Account:
        return find_account(self.folder / "accounts", "clerk")

    async def enrol(
        self, demonstration: Demonstration, *, totp: str | None = None, approve: Any = None, **more: str
    ) -> Enrolled:
        """Show the login and let it prove itself, as `rpa login clerk --url …` does."""
        recording = await self.agent.watch(f"{self.site.base_url}/invoices", demonstrate=demonstration)
        secrets = secrets_of(**more)
        seed = Seed.of(secrets.reveal(totp)) if totp else None
        shown = shown_login(
            recording, name="clerk", site="backoffice", salt=self.agent.memory.salt, totp=totp, seed=seed
        )
        async with self.agent.office.accounts.held("clerk", run="shown", seconds=0):
            done = await enrol(self.agent.logins, self.agent, shown, secrets, approve=approve)
        write_account(self.folder / "accounts" / "clerk.yaml", done.account)
        return done

    async def show_work(self) -> None:
        """Show the work of somebody who is logged in, as `rpa record NAME --account clerk` does."""
        async with self.agent.office.accounts.held("clerk", run="shown", seconds=0):
            state = await self.agent.logins.state(self.account, secrets_of())
            recording = await self.agent.watch(
                f"{self.site.base_url}/invoices", demonstrate=enter_invoice_logged_in.demonstrate, state=state
            )
        built = build_procedure(
            recording, name=NAME, task="Enter an invoice", site="backoffice", salt=self.agent.memory.salt
        )
        assert built.secrets == {}
        await keep(self.agent, built)
        write_files(self.agent.settings, built, secrets_to="none")
        self.edit(account="clerk")

    def edit(self, **keys: Any) -> None:
        path = self.folder / "workflows" / f"{NAME}.yaml"
        path.write_text(yaml.safe_dump({**yaml.safe_load(path.read_text()), **keys}, allow_unicode=True))

    async def run(
        self,
        number: str,
        *,
        secrets: SecretSources | None = None,
        workflow: Workflow | None = None,
        trace: TraceMode = "off",
    ) -> Result:
        examples = read_examples(self.folder / "data" / f"{NAME}.examples.yaml")
        order = Order(
            workflow=workflow or self.workflow,
            params={**examples, "invoice_number": number},
            secrets=secrets or secrets_of(),
            base_url=self.site.base_url,
            trace=trace,
        )
        return await self.agent.run(order)

    async def log_in(self) -> None:
        """Have a session that lives, and count from there."""
        async with self.agent.office.accounts.held("clerk", run="by hand", seconds=0):
            await self.agent.logins.log_in(self.account, secrets_of())
        self.site.reset()

    def attempts(self) -> list[str]:
        return [one["outcome"] for one in self.site.truth()["sign_ins"]]

    def posts(self) -> int:
        return sum((r["method"], r["path"]) == ("POST", "/invoices") for r in self.site.truth()["requests"])

    def entered(self, number: str) -> int:
        return self.site.count("invoice.create", number)

    async def waiting(self) -> list[tuple[str, str]]:
        return [(item.workflow, item.reason) for item in await self.agent.office.inbox.items()]


@asynccontextmanager
async def desk_at(folder: Path, site: Backoffice, browser: Browser) -> AsyncIterator[Desk]:
    async with OneOfMany.open(Settings.load(folder)) as agent:
        agent.shared = browser
        yield Desk(site, agent, folder)


@pytest.fixture(scope="session")
def _logins_site() -> Iterator[Backoffice]:
    with Backoffice() as site:
        yield site


@pytest.fixture(autouse=True)
def _no_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RPA_KEYRING", "false")


@pytest.fixture
def site(_logins_site: Backoffice) -> Backoffice:
    """The site on its first day, with nobody signed in."""
    _logins_site.configure(**asdict(SiteConfig()), expire_sessions=True, expire_identity=True)
    _logins_site.reset()
    return _logins_site


@pytest.fixture(scope="session")
async def _enrolled(_logins_site: Backoffice, browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project that knows how the clerk logs in and how an invoice is entered; nobody is signed in any more."""
    folder = tmp_path_factory.mktemp("logins") / "project"
    for name in ("workflows", "data"):
        (folder / name).mkdir(parents=True)
    _logins_site.configure(**asdict(SiteConfig()))
    _logins_site.reset()
    async with desk_at(folder, _logins_site, browser) as desk:
        enrolled = await desk.enrol(log_in.demonstrate)
        assert enrolled.account.probe.http is not None and enrolled.saved
        await desk.show_work()
    return folder


@pytest.fixture
async def desk(_enrolled: Path, site: Backoffice, browser: Browser, tmp_path: Path) -> AsyncIterator[Desk]:
    folder = shutil.copytree(_enrolled, tmp_path / "desk")
    async with desk_at(folder, site, browser) as desk:
        yield desk


@pytest.fixture
async def new_desk(site: Backoffice, browser: Browser, project: Path) -> AsyncIterator[Desk]:
    async with desk_at(project, site, browser) as desk:
        yield desk


# ---- kept and used again ---------------------------------------------------------------------------------------------


async def test_one_login_serves_many_runs_and_processes(desk: Desk) -> None:
    """The first run logs in, since the saved session is over; then nobody types a password again."""
    assert (await desk.run("RE-1")).trajectory.outcome == "succeeded"
    assert (await desk.run("RE-2")).trajectory.outcome == "succeeded"
    async with desk.other_process() as other:
        assert (await other.run("RE-3")).trajectory.outcome == "succeeded"
    assert desk.attempts() == ["accepted"]
    assert [desk.entered(n) for n in ("RE-1", "RE-2", "RE-3")] == [1, 1, 1]
    assert await desk.waiting() == []


async def test_the_login_is_no_workflow_and_holds_no_secret(desk: Desk) -> None:
    """Nobody finds it by looking for work, and neither memory, the account file nor the saved login shows what was typed."""
    lines = await desk.agent.memory.procedures()
    assert {line.workflow for line in lines} == {NAME, "login:clerk"}
    found = await desk.agent.memory.search("Log in as clerk", site="backoffice")
    assert all(recall.version.document.task != "Log in as clerk" for recall in found)
    assert (await desk.run("RE-1")).trajectory.outcome == "succeeded"
    issued = [PASSWORD, *(one for one in desk.site.truth()["issued"] if len(one) > 8)]
    files = [f for f in desk.folder.rglob("*") if f.is_file()]
    assert any(f.suffix == ".sealed" and f.stat().st_mode & 0o777 == 0o600 for f in files)
    assert [f.name for f in files for secret in issued if secret.encode() in f.read_bytes()] == []


async def test_a_saved_login_that_does_not_open_is_left_and_another_made(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another key, as after a rotation without the old one: said in the log, and the run goes on."""
    await desk.log_in()
    monkeypatch.setenv("RPA_STATE_KEY", new_key().decode())
    async with desk.other_process() as other:
        assert (await other.run("RE-2")).trajectory.outcome == "succeeded"
    saved = desk.folder / ".rpa" / "logins" / "clerk.sealed"
    saved.write_bytes(b"rpa-sealed 9\nwho knows\n")
    async with desk.other_process() as other:
        assert (await other.run("RE-3")).trajectory.outcome == "succeeded"
    assert desk.attempts() == ["accepted"] * 2


async def test_runs_of_one_account_follow_each_other(desk: Desk) -> None:
    """Started together, they log in once, and none meets the other."""
    results = await asyncio.gather(*(desk.run(f"RE-{n}") for n in range(3)))
    assert [r.trajectory.outcome for r in results] == ["succeeded"] * 3
    assert desk.attempts() == ["accepted"]
    spans = sorted((r.trajectory.started, r.trajectory.duration_ms) for r in results)
    times = [datetime.fromisoformat(at) for at, _ in spans]
    ends = [at + timedelta(milliseconds=ms) for at, (_, ms) in zip(times, spans, strict=True)]
    assert all(end <= begin for end, begin in zip(ends, times[1:], strict=False))


def test_the_rows_of_a_batch_share_one_login(
    _enrolled: Path, site: Backoffice, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As many logins as sessions that ended: one for each of two evenings."""
    folder = shutil.copytree(_enrolled, tmp_path / "desk")
    env, rows = folder / "secrets.env", folder / "data" / "desk.csv"
    env.write_text("".join(f"RPA_SECRET_{name.upper()}={value}\n" for name, value in SECRETS.items()))
    env.chmod(0o600)
    path = folder / "workflows" / f"{NAME}.yaml"
    keys = yaml.safe_load(path.read_text()) | {"rows": {"file": str(rows), "key": "invoice_number"}, "locale": "de_DE"}
    path.write_text(yaml.safe_dump(keys, allow_unicode=True))
    row = "Müller Transporte GmbH;{};2026-11-03;2026-12-03;1234,50;USD;4000 IT and telephony\n"
    for evening in (("B-1", "B-2"), ("B-3", "B-4")):
        site.configure(expire_sessions=True)
        header = "supplier;invoice_number;invoice_date;due_date;amount;currency;cost_centre\n"
        rows.write_text(header + "".join(row.format(number) for number in evening))
        code = run_command(["run", NAME, "--env-file", str(env), "--base-url", site.base_url, "--project", str(folder)])
        assert code == 0, capsys.readouterr()
    assert [one["outcome"] for one in site.truth()["sign_ins"]] == ["accepted"] * 2
    assert [site.count("invoice.create", f"B-{n}") for n in range(1, 5)] == [1] * 4


def test_a_run_of_an_account_is_taught_in_the_saved_login(
    _enrolled: Path, site: Backoffice, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever shows the step is logged in already, by the login that the run used; nobody types a password again."""
    rpa = Shell(shutil.copytree(_enrolled, tmp_path / "desk"), capsys)
    env = rpa.project / "secrets.env"
    env.write_text("".join(f"RPA_SECRET_{name.upper()}={value}\n" for name, value in SECRETS.items()))
    env.chmod(0o600)
    site.configure(attack=Attack("invoice.save"))
    where = ("--env-file", str(env), "--base-url", site.base_url)
    code, parked = rpa.json("run", NAME, "--examples", "--param", "invoice_number=T-1", *where)
    assert (code, parked["outcome"]) == (4, "needs_person"), parked
    script = rpa.project / "shows.py"
    press = f"page.get_by_role('button', name='{strange_name('invoice.save')}').click()"
    script.write_text(f"async def demonstrate(page):\n    await {press}\n    await page.wait_for_url('**/invoices/*')\n")
    code, lesson = rpa.json("teach", parked["run"], "--script", str(script), *where)
    assert (code, len(lesson["sent_by_hand"])) == (0, 1), lesson
    assert site.count("invoice.create", "T-1") == 1 and rpa.items("inbox") == []
    assert [one["outcome"] for one in site.truth()["sign_ins"]] == ["accepted"]


# ---- sessions that end -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/invoices", "/invoices/new"])
async def test_a_session_that_ends_in_the_middle_is_renewed(desk: Desk, path: str) -> None:
    """Before or under a draft: what was typed is lost with it and typed once more; nothing is posted to the dead session."""
    await desk.log_in()
    running = asyncio.ensure_future(desk.run("RE-2"))
    await _until_at(desk, running, path)
    desk.site.configure(expire_sessions=True)
    result = await running
    assert result.trajectory.outcome == "succeeded", result.trajectory.stopped
    assert desk.entered("RE-2") == 1
    assert desk.attempts() == ["accepted"]
    assert [s.index for s in result.trajectory.steps] == list(range(len(result.trajectory.steps)))
    assert desk.posts() == 1


async def test_a_trace_goes_on_in_another_file_where_the_session_is_renewed(desk: Desk) -> None:
    """Each browser context has its own; both are freed of tokens, and nothing unscrubbed is left."""
    async with Agent.open(Settings.load(desk.folder)) as agent:  # with a browser of its own, which knows where traces go
        alone = Desk(desk.site, agent, desk.folder)
        await alone.log_in()
        desk.site.configure_later(2, expire_sessions=True)  # as the form is asked for
        trajectory = (await alone.run("RE-2", trace="on")).trajectory
    assert (trajectory.outcome, desk.attempts()) == ("succeeded", ["accepted"]), trajectory.stopped
    traces = sorted(Path(trajectory.artifacts).glob("trace*.zip"))
    assert [path.name for path in traces] == ["trace-2.zip", "trace.zip"]
    tokens = [token for kind in ("session", "token") for token in desk.site.truth()["issued"][kind]]
    assert tokens
    for path in traces:
        with zipfile.ZipFile(path) as trace:
            told = b"".join(trace.read(name) for name in trace.namelist())
        assert b"/invoices/new" in told
        assert [token for token in tokens if token.encode() in told] == []
    assert [path for path in (desk.folder / ".rpa" / "making").rglob("*") if path.is_file()] == []


async def test_the_page_after_a_renewal_is_guarded_as_the_one_before(desk: Desk) -> None:
    """A page that sends twice for one press enters one invoice."""
    await desk.log_in()
    desk.site.configure_later(1, from_post=True, trap=["double-post"])  # from the second login on
    running = asyncio.ensure_future(desk.run("RE-2"))
    await _until_at(desk, running, "/invoices")
    desk.site.configure(expire_sessions=True)
    result = await running
    assert desk.attempts() == ["accepted"]
    assert desk.entered("RE-2") == 1
    assert result.trajectory.refused_requests == ("POST {base}/invoices",)


async def _until(seen: Callable[[], object]) -> None:
    for _ in range(3000):
        if await asyncio.to_thread(seen):
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it never came to that")


async def _until_at(desk: Desk, running: asyncio.Future[Result], path: str) -> None:
    """Wait until the run's browser shows a page."""
    browser = await desk.agent.browser()
    for _ in range(3000):
        pages = [page.url for context in browser.contexts for page in context.pages]
        if running.done() or any(url.endswith(path) for url in pages):
            return
        await asyncio.sleep(0.005)


async def test_a_site_that_ends_every_session_is_not_asked_for_ever(desk: Desk) -> None:
    """A few times, then a person looks; nothing was sent."""
    await desk.log_in()
    desk.site.configure(session_requests=1)
    trajectory = (await desk.run("RE-2")).trajectory
    assert (trajectory.outcome, trajectory.fault, trajectory.sent) == ("needs_person", "login", "nothing")
    assert desk.entered("RE-2") == 0
    assert len(desk.attempts()) <= 4


PROBE = {"http": {"get": "/api/invoices?number={{ invoice_number }}", "json": {"count": 1}}}


@pytest.mark.parametrize(
    ("lives_for", "probe", "outcome", "posts", "entered"),
    [
        (1, False, "needs_person", 1, 0),  # the submission itself is answered by the login page, and nobody can be asked
        (1, True, "succeeded", 2, 1),  # asked, the site has not got it: entered again with the new session
        (2, True, "succeeded", 1, 1),  # it was taken, and the page that should say so is the login page
    ],
)
async def test_a_submission_that_is_answered_by_the_login_page(
    desk: Desk, lives_for: int, probe: bool, outcome: str, posts: int, entered: int
) -> None:
    """The session ends exactly there. The site is asked with a new one where the workflow says how; else a person looks."""
    [commit] = desk.workflow.commits
    once = {"name": commit.name, "once": {"key": ["invoice_number"], "per": "ever"}}
    asked = {"probe": {**PROBE, "authoritative": True, "settle": "300ms"}} if probe else {}
    desk.edit(commits=[once | asked])
    await desk.log_in()
    desk.site.configure_later(lives_for, from_post=True, expire_sessions=True)
    trajectory = (await desk.run("RE-2")).trajectory
    assert trajectory.outcome == outcome, trajectory.stopped
    assert (desk.posts(), desk.entered("RE-2")) == (posts, entered)
    if probe:
        assert (trajectory.sent, await desk.waiting()) == ("sent", [])
        return
    assert trajectory.sent == "unknown"
    [(workflow, reason)] = await desk.waiting()
    assert workflow == NAME and "login page" in reason
    again = (await desk.run("RE-2")).trajectory
    assert (again.outcome, desk.posts()) == ("needs_person", 1), "nothing is sent again by itself"


async def test_a_session_that_ends_before_the_checks(desk: Desk) -> None:
    """What was done is looked at with a new session, which sends nothing, instead of called not done."""
    desk.edit(success=[{"visible": "{{ invoice_number }}"}, PROBE])
    await desk.log_in()
    desk.site.configure_later(3, from_post=True, expire_sessions=True)
    trajectory = (await desk.run("RE-2")).trajectory
    assert (trajectory.outcome, [c.met for c in trajectory.checks]) == ("succeeded", [True, True]), trajectory.stopped
    assert desk.attempts() == ["accepted"]
    assert (desk.posts(), desk.entered("RE-2")) == (1, 1)


# ---- nobody is locked out ----------------------------------------------------------------------------------------------


async def test_a_refused_password_is_typed_once(desk: Desk) -> None:
    """By no other run, workflow or process; one notice waits, and the right password ends the pause by itself."""
    wrong = secrets_of(clerk_password="hunter2")
    for _ in range(2):
        with pytest.raises(LoginNeeded, match="paused") as raised:
            await desk.run("RE-1", secrets=wrong)
    async with desk.other_process() as other:
        with pytest.raises(LoginNeeded, match="paused"):
            await other.run("RE-1", secrets=wrong, workflow=other.workflow.but(name=NAME))
    assert desk.attempts() == ["wrong-password"]
    assert "hunter2" not in f"{raised.value} {raised.value.remedy}"
    [(workflow, reason)] = await desk.waiting()
    assert workflow == "login:clerk" and "password" in reason
    runs = await desk.agent.office.runs.recent(NAME, 2)
    assert {(run.outcome, run.fault, run.sent) for run in runs} == {("needs_person", "login", "nothing")}
    assert (await desk.run("RE-1")).trajectory.outcome == "succeeded"
    assert await desk.waiting() == []


@pytest.mark.parametrize("first", ["account", "workflow"])
async def test_an_account_and_a_workflow_with_the_same_password_type_it_once(desk: Desk, first: str) -> None:
    """The workflow logs in by itself, with the account's own steps and secrets of other names; whoever comes first tells both."""
    login = (await retrieve_login(desk.account, desk.agent.memory)).version.document.but(procedure="p_inside")
    await desk.agent.memory.add(login, workflow="look", author="recording")
    look = Workflow(
        name="look", task="Look", base_url=desk.site.base_url, start="/invoices", site="backoffice", secrets=login.secrets,
        success="none",
    )  # fmt: skip
    held = SecretSources([("the test", {"user_name": SecretStr("clerk"), "password": SecretStr(PASSWORD)})])
    desk.site.configure(password="changed-at-the-office")
    says = dict[str, str]()
    for one in (first, "workflow" if first == "account" else "account"):
        try:
            run = desk.run("RE-1") if one == "account" else desk.agent.run(Order(look, {}, held, base_url=desk.site.base_url))
            says[one] = (await run).trajectory.stopped
        except LoginNeeded as e:
            says[one] = f"{e.message} {e.remedy}"
    assert desk.attempts() == ["wrong-password"], says
    other, by = (says["workflow"], "login of the account clerk") if first == "account" else (says["account"], "run of look")
    assert "nothing was typed" in other and by in other
    assert sorted(workflow for workflow, _ in await desk.waiting()) == ["login:clerk", "look"]


@pytest.mark.parametrize(
    ("setting", "told"),
    [({"number_match": True}, "approved on the account's phone with the number"), ({"captcha_after": 0}, "whether a person"),
     ({"must_change_password": True}, "new password"), ({"totp": True}, "a code that this account has no seed for")],
)  # fmt: skip
async def test_what_only_a_person_can_do_waits_at_once(desk: Desk, setting: dict[str, Any], told: str) -> None:
    """Nothing is solved, answered or tried again; a picture is there, and the number to match is said."""
    desk.site.configure(**setting)
    for _ in range(2):
        with pytest.raises(LoginNeeded):
            await desk.run("RE-1")
    assert len(desk.attempts()) <= 1
    [item] = await desk.agent.office.inbox.items()
    assert told in item.reason
    assert (Path(item.artifacts) / "end.png").stat().st_size > 0
    assert desk.site.count("invoice.create") == 0


async def test_a_person_with_the_phone_is_shown_the_number_and_waited_for(desk: Desk) -> None:
    """`rpa login` at a terminal: approved there, the session is kept, and the workflows run."""
    desk.site.configure(number_match=True)
    numbers: list[str] = []

    async def approve(asked: Asked) -> None:
        numbers.append(asked.number)
        await asyncio.to_thread(desk.site.approve_sign_in, int(asked.number))

    async with desk.agent.office.accounts.held("clerk", run="by hand", seconds=0):
        await desk.agent.logins.log_in(desk.account, secrets_of(), approve=approve)
    assert len(numbers) == 1
    assert (await desk.run("RE-1")).trajectory.outcome == "succeeded"
    assert desk.attempts() == ["accepted"]


async def test_a_password_that_will_expire_is_told_of_once(desk: Desk) -> None:
    """The run succeeds; the notice says how many days are left."""
    desk.site.configure(password_expires_days=5)
    for number in ("RE-1", "RE-2"):
        assert (await desk.run(number)).trajectory.outcome == "succeeded"
        desk.site.configure(expire_sessions=True)
    [(workflow, reason)] = await desk.waiting()
    assert workflow == "login:clerk" and "5 days" in reason


async def test_killed_while_logging_in_it_counts_as_tried(desk: Desk) -> None:
    """Between the password and its answer, twice: then nobody types it a third time, since that could lock the account."""
    env = desk.folder / "secrets.env"
    env.write_text("".join(f"RPA_SECRET_{name.upper()}={value}\n" for name, value in SECRETS.items()))
    args = ["login", "clerk", "--project", str(desk.folder), "--env-file", str(env), "--json"]
    for _ in range(2):
        desk.site.configure_later(1, from_post=True, lag_ms=2000)
        process = Process(args)
        try:
            await asyncio.to_thread(process.until, lambda: "POST /login" in desk.site.truth()["under_way"])
            process.signal(signal.SIGKILL, group=True)
            process.end()
        finally:
            process.kill()
        desk.site.configure(lag_ms=0)
        await _until(lambda: not desk.site.truth()["under_way"])
    tried = len(desk.attempts())
    with pytest.raises(LoginNeeded, match="2 logins in a row ended without an answer"):
        await desk.run("RE-1")
    assert len(desk.attempts()) == tried
    [(workflow, reason)] = await desk.waiting()
    assert workflow == "login:clerk" and "could lock the account" in reason
    await desk.agent.office.resume_account("clerk", who="the test")
    assert (await desk.run("RE-1")).trajectory.outcome == "succeeded"


async def test_what_is_missing_is_told_before_anything_is_typed(desk: Desk) -> None:
    """A secret without a value, an account nobody knows, one of another site: the site was not even asked."""
    with pytest.raises(SecretMissing, match="clerk_password"):
        await desk.run("RE-1", secrets=SecretSources([("the test", {"clerk_user_name": SecretStr("clerk")})]))
    with pytest.raises(AccountInvalid, match="no account is named 'boss'"):
        await desk.run("RE-1", workflow=desk.workflow.but(account="boss"))
    with pytest.raises(LoginNeeded, match="belongs to"):
        examples = read_examples(desk.folder / "data" / f"{NAME}.examples.yaml")
        order = Order(desk.workflow, examples, secrets_of(), base_url="http://127.0.0.1:9")
        await desk.agent.run(order)
    assert desk.attempts() == []


async def test_a_site_that_is_down_is_nobodys_password(desk: Desk) -> None:
    """No pause: when it is back the run goes on."""
    desk.site.configure(down=True)
    with pytest.raises(SiteUnreachable):
        await desk.run("RE-1")
    desk.site.configure(down=False)
    assert (await desk.run("RE-1")).trajectory.outcome == "succeeded"


ANOTHER_BUTTON = {"mutate": ["rename-id-class", "relabel:login.submit"]}


@pytest.mark.parametrize(
    "changes",
    sampled([{"generation": 2}, {"generation": 3}, {"mutate": ["banner"]}, ANOTHER_BUTTON], {"generation": 3}, ANOTHER_BUTTON),
    ids=["relabelled", "a cookie bar", "a banner", "another button"],
)  # fmt: skip
async def test_a_login_page_that_changed_is_repaired(desk: Desk, changes: dict[str, Any]) -> None:
    """By the same evidence as any page; the password goes into a password field of the site, once."""
    desk.site.configure(**changes)
    await desk.log_in()
    async with desk.agent.office.accounts.held("clerk", run="look", seconds=0):
        assert await desk.agent.logins.state(desk.account, secrets_of())
    assert desk.attempts() == []  # since it was reset: the session that was kept is used


async def test_a_password_has_no_other_place(desk: Desk) -> None:
    """Its field is gone: it is typed into nothing that is left, and the account's notice waits."""
    desk.site.configure(mutate=["removed-target:login.password"])
    with pytest.raises(LoginNeeded, match="paused"):
        await desk.run("RE-1")
    assert desk.attempts() == []
    assert [workflow for workflow, _ in await desk.waiting()] == ["login:clerk"]


# ---- other origins, other storage, codes -------------------------------------------------------------------------------


async def test_single_sign_on_of_another_origin(new_desk: Desk) -> None:
    """Its host is allowed for the login; while the identity session lives, a new session costs no password."""
    desk = new_desk
    desk.site.configure(sso=True)
    enrolled = await desk.enrol(log_in_elsewhere.demonstrate)
    assert enrolled.account.allow_login == (desk.site.identity_url.partition("//")[2],)
    outside = account_page(desk.agent, desk.account, secrets_of(), None, logging_in=False)
    async with outside as page:
        with pytest.raises(SiteUnreachable):
            await page.act(Action(kind="goto", value=desk.site.identity_url), None)
    await desk.show_work()
    before = len(desk.attempts())
    desk.site.configure(expire_sessions=True)
    assert (await desk.run("RE-1")).trajectory.outcome == "succeeded"
    assert len(desk.attempts()) == before
    desk.site.configure(expire_sessions=True, expire_identity=True)
    assert (await desk.run("RE-2")).trajectory.outcome == "succeeded"
    assert len(desk.attempts()) == before + 1


@pytest.mark.parametrize("kept_in", sampled(["localStorage", "sessionStorage", "indexedDB"], "indexedDB"))
async def test_a_token_that_the_pages_script_keeps(new_desk: Desk, kept_in: Keeping) -> None:
    """It is part of the login, wherever it is kept; a probe that asks with cookies alone is not enough there."""
    desk = new_desk
    desk.site.configure(session_in=kept_in)
    enrolled = await desk.enrol(log_in.demonstrate)
    assert enrolled.account.probe.open == "/invoices"
    attempts = desk.attempts()
    async with desk.other_process() as other, other.agent.office.accounts.held("clerk", run="r", seconds=0):
        assert await other.agent.logins.state(desk.account, secrets_of())
    assert desk.attempts() == attempts


async def test_one_time_codes_come_from_the_seed(new_desk: Desk) -> None:
    """The code that was typed while showing is known by its seed, though it is the one before; each code is sent once."""
    desk = new_desk
    desk.site.configure(totp=True, totp_once=True)

    async def demonstrate(page: Any) -> None:
        await page.get_by_label("User name").fill("clerk")
        await page.get_by_label("Password").fill(PASSWORD)
        await page.get_by_label("code").fill(code_at(time.time() - 30))
        await page.keyboard.press("Enter")
        await page.get_by_role("heading", name="Invoices").first.wait_for()

    enrolled = await desk.enrol(demonstrate, totp="clerk_seed", clerk_seed=TOTP_SECRET)
    assert enrolled.account.totp == "one_time_code"
    assert enrolled.account.secrets["one_time_code"] == "clerk_seed"
    assert desk.attempts() == ["accepted", "accepted"]
    desk.site.configure(clock_skew_seconds=300)
    with pytest.raises(LoginNeeded, match=r"clock is (299|300|301) s behind") as raised:
        async with desk.agent.office.accounts.held("clerk", run="late", seconds=0):
            await desk.agent.logins.log_in(desk.account, secrets_of(clerk_seed=TOTP_SECRET))
    assert "time server" in raised.value.remedy
    assert desk.attempts() == ["accepted", "accepted"]


async def test_a_code_without_a_seed_is_not_kept(new_desk: Desk) -> None:
    """Said while the person still sits there."""
    new_desk.site.configure(totp=True)

    async def demonstrate(page: Any) -> None:
        await page.get_by_label("User name").fill("clerk")
        await page.get_by_label("Password").fill(PASSWORD)
        await page.get_by_label("code").fill(code_at(time.time()))
        await page.keyboard.press("Enter")
        await page.get_by_role("heading", name="Invoices").first.wait_for()

    with pytest.raises(AccountInvalid, match="cannot be typed twice") as raised:
        await new_desk.enrol(demonstrate)
    assert "--totp" in raised.value.remedy


async def test_an_import_is_supervised_logged_in(desk: Desk) -> None:
    """A recording of another tool that begins after the login: it is done once with the account's session, and learned."""
    foreign = Path(__file__).parents[2] / "fixtures" / "foreign" / "enter_invoice.codegen.py"
    text = foreign.read_text("utf-8").replace("http://127.0.0.1:8765/login", f"{desk.site.base_url}/invoices")
    text = "\n".join(line for line in text.splitlines() if not any(word in line for word in FOREIGN_LOGIN))
    imported = read_recording(text.encode(), as_=None, where=foreign.name)
    built, _ = await import_recording(desk.agent, imported, name="imported", task="Enter", site="backoffice")
    workflow = built.workflow.but(account="clerk")

    async def yes(number: int, does: str, entered: Any) -> Any:
        return "yes"

    async def supervised(base_url: str) -> Supervised:
        given = secrets_of()
        return await supervise(desk.agent, workflow, params=built.examples, secrets=given, base_url=base_url, ask=yes)

    with pytest.raises(LoginNeeded, match="belongs to"):
        await supervised("http://127.0.0.1:9")
    done = await supervised(desk.site.base_url)
    assert done.built is not None and done.built.workflow.account == "clerk", done.unmet
    assert desk.attempts() == ["accepted"]
    assert desk.entered("RE-31001") == 1


async def test_a_workflow_logs_in_one_way_only(desk: Desk, site: Backoffice) -> None:
    """An account and a login of its own: it would look for fields that are not there, so it is refused before."""
    recording = await desk.agent.watch(f"{site.base_url}/invoices", demonstrate=enter_supplier_invoice.demonstrate)
    built = build_procedure(recording, name="both", task="Enter", site="backoffice", salt=desk.agent.memory.salt)
    await keep(desk.agent, built)
    before = desk.attempts()
    given = {name: SecretStr("x") for name in built.workflow.secrets} | {n: SecretStr(v) for n, v in SECRETS.items()}
    order = Order(
        built.workflow.but(account="clerk"), {**built.examples, "invoice_number": "RE-5"}, SecretSources([("the test", given)]),
        base_url=site.base_url,
    )  # fmt: skip
    with pytest.raises(WorkflowInvalid, match="logs in by itself") as raised:
        await desk.agent.run(order)
    assert "--account clerk" in raised.value.remedy
    assert desk.attempts() == before


# ---- the door ----------------------------------------------------------------------------------------------------------


def test_the_command_shows_refreshes_and_resumes(
    site: Backoffice, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One account from its first login to the end of a pause, as a person at a shell does it."""
    env = ["--env-file", str(project / "secrets.env")]

    def rpa(*args: str) -> tuple[int, dict[str, Any]]:
        code = run_command([*args, "--project", str(project), "--json"])
        return code, json.loads(capsys.readouterr().out.splitlines()[-1])

    script = Path(log_in.__file__)
    show = ["login", "clerk", "--url", f"{site.base_url}/invoices", "--script", str(script), "--secrets-to", env[1]]
    code, shown = rpa(*show)
    assert (code, shown["outcome"], shown["saved"]) == (0, "logged_in", True)
    assert PASSWORD in (project / "secrets.env").read_text()
    assert PASSWORD not in (project / "accounts" / "clerk.yaml").read_text()
    assert rpa(*show)[0] == 2  # known already: only --again shows it anew
    code, again = rpa("login", "clerk", *env)
    assert (code, again["outcome"]) == (0, "logged_in")
    site.configure(password="changed-at-the-office")
    for _ in range(2):
        code, refused = rpa("login", "clerk", *env)
        assert (code, refused["error"]["code"]) == (4, "login")
    assert [one["outcome"] for one in site.truth()["sign_ins"]] == ["accepted"] * 3 + ["wrong-password"]
    assert len(rpa("inbox")[1]["items"]) == 1
    (listed,) = rpa("login")[1]["items"]
    assert (listed["account"], listed["base_url"], listed["saved"]) == ("clerk", site.base_url, True)
    assert "refused" in listed["paused"] and listed["logged_in"]
    code, resumed = rpa("login", "clerk", "--resume")
    assert (code, resumed["outcome"]) == (0, "resumed") and "refused" in resumed["was"]
    assert rpa("inbox")[1]["items"] == []
    assert rpa("login", "nobody")[0] == 3
    assert rpa("login", "clerk", "--forget")[1]["was_saved"]
    (listed,) = rpa("login")[1]["items"]
    assert (listed["saved"], listed["paused"]) == (False, None)
    assert not rpa("login", "clerk", "--forget")[1]["was_saved"]
    assert rpa("login", "clerk", "--forget", "--resume")[0] == rpa("login", "--forget")[0] == 2
