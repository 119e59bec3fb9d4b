"""`login`: an account's login is shown once, done on demand, and let be used again after a pause."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..domain.errors import UsageInvalid
from .out import answer, answer_json, say
from .place import Json, Place, place_of, settings_of, wait_for, workflows_of_account

if TYPE_CHECKING:
    from pydantic import SecretStr

    from ..agent import Agent
    from ..domain.account import Account
    from ..domain.recording import Recording
    from ..login.enrol import Enrolled
    from ..login.shown import ShownLogin
    from ..ops.secret.secrets import SecretSources
    from ..ops.settings import Settings
    from ..repair.login_page import Asked
    from .recording import Demonstration
    from .recording import Wanted as Recorded

HOLD_S = 60.0  # how long a person waits for a run that uses the account


@dataclass(frozen=True)
class Wanted:
    """What the command line asks for."""

    name: str
    url: str = ""
    site: str = ""
    script: Path | None = None
    totp: str | None = None
    secrets_to: str = "none"
    env_file: Path | None = None
    again: bool = False
    as_json: bool = False


def add_to(app: typer.Typer) -> None:
    """Add this command."""
    app.command("login")(login)


def login(
    ctx: typer.Context,
    account: Annotated[
        str | None, typer.Argument(help="The account, as workflows name it under `account:`; without one all are listed.")
    ] = None,
    url: Annotated[str, typer.Option(help="Where logging in begins: shows the login once.")] = "",
    script: Annotated[Path | None, typer.Option(help="A script that shows it in a person's place.")] = None,
    site: Annotated[str, typer.Option(help="What keys memory; default: the host.")] = "",
    totp: Annotated[str | None, typer.Option(help="The secret that holds the seed of one-time codes.")] = None,
    secrets_to: Annotated[str, typer.Option(help="Where typed secrets go: a file, keyring, or none.")] = "none",
    env_file: Annotated[Path | None, typer.Option("--env-file", help="A file with RPA_SECRET_NAME=value lines.")] = None,
    again: Annotated[bool, typer.Option("--again", help="Show a login anew that is known already.")] = False,
    resume: Annotated[bool, typer.Option("--resume", help="Let a paused account be used again; nothing is typed.")] = False,
    forget: Annotated[bool, typer.Option("--forget", help="Take away the saved session; nothing is typed.")] = False,
    json_: Json = False,
) -> int:
    """Log an account in and keep the session for its workflows; with --url the login is shown first. Without an account:
    list them.

    Where the login asks for an approval on a phone, the number to match is shown here and waited for.
    """
    from ..domain.workflow import NAME
    from .accounts import forget_login, list_accounts

    shows = bool(url or again)
    if account is None:
        if shows or resume or forget or script:
            raise UsageInvalid("no account is named", do="Write rpa login ACCOUNT …; `rpa login` alone lists them.")
        return wait_for(list_accounts(settings_of(ctx), as_json=json_))
    if not re.fullmatch(NAME, account):
        raise UsageInvalid(f"{account!r} is no account name", do="Use small letters, digits and -, as in erp-clerk.")
    if (resume or forget) and (shows or script or resume is forget):
        raise UsageInvalid("--resume only ends a pause, and --forget only takes a session away; neither shows anything")
    if forget:
        return wait_for(forget_login(settings_of(ctx), account, seconds=HOLD_S, as_json=json_))
    place = place_of(ctx)
    place.names = (account,)
    wanted = Wanted(account, url, site, script, totp, secrets_to, env_file, again, json_)
    if resume:
        return wait_for(_resume(place, wanted))
    if shows:
        wait_for_known(place, wanted)
    with place.logged():
        return wait_for(_show(place, wanted) if shows else _log_in(place, wanted))


def wait_for_known(place: Place, wanted: Wanted) -> None:
    """Raise UsageInvalid where showing would replace what is known without being asked to."""
    from ..store.account_files import account_path

    if account_path(place.settings.accounts_dir, wanted.name).exists() and not wanted.again:
        raise UsageInvalid(
            f"the account {wanted.name} is known already", where=wanted.name,
            do=f"Log in with `rpa login {wanted.name}`; to show the login anew, add --again.",
        )  # fmt: skip


async def _log_in(place: Place, wanted: Wanted) -> int:
    from ..agent import Agent
    from ..ops.clock import new_id
    from ..store.account_files import find_account
    from .running import secrets_for

    settings = place.settings
    account = find_account(settings.accounts_dir, wanted.name)
    secrets = secrets_for(place, wanted.env_file)
    async with Agent.open(settings) as agent:
        async with agent.office.accounts.held(account.name, run=new_id(agent.office.clock()), seconds=HOLD_S):
            done, saved = await agent.logins.log_in(account, secrets, approve=_approve if _person() else None)
        woken = await agent.office.wake_account(workflows_of_account(settings, account.name))
    _tell(wanted, account, saved=saved, notice=done.notice, woken=woken)
    return 0


async def _resume(place: Place, wanted: Wanted) -> int:
    from ..ops.office import Office
    from ..ops.settings import person
    from ..store.account_files import find_account

    account = find_account(place.settings.accounts_dir, wanted.name)
    async with Office.open(place.settings.runs) as office:
        was = (await office.accounts.get(account.name)).paused
        await office.resume_account(account.name, who=person())
        woken = await office.wake_account(workflows_of_account(place.settings, account.name))
    if wanted.as_json:
        answer_json({"schema": 1, "account": account.name, "outcome": "resumed", "was": was, "woken": woken})
    else:
        answer(f"the account {account.name} can be used again" + (f"; it was paused: {was}" if was else "; it was not paused"))
        _say_woken(woken)
    return 0


async def _show(place: Place, wanted: Wanted) -> int:
    from ..agent import Agent
    from ..build.secret_fields import typed_secrets
    from ..login.enrol import enrol
    from ..ops.clock import new_id
    from ..ops.secret.handing import hand_over, require_place
    from ..store.account_files import account_path, find_account, write_account
    from .recording import Wanted as Watched
    from .recording import hands, url_of

    settings = place.settings
    require_place(wanted.secrets_to, keyring=settings.keyring)
    path = account_path(settings.accounts_dir, wanted.name)
    known = find_account(settings.accounts_dir, wanted.name) if path.exists() else None
    url = wanted.url or (known.base_url + known.start if known else "")
    recorded = Watched(name=wanted.name, url=url, script=wanted.script)
    url = url_of(recorded, None)
    secrets = _seeds(place, wanted)
    async with Agent.open(settings) as agent:
        recording = await agent.watch(url, demonstrate=hands(settings, recorded))
        place.also_hide(*typed_secrets(recording.but(login=True)))
        shown = _understood(agent, wanted, known, recording, secrets)
        at_hand = secrets.after("the demonstration", shown.secrets)  # what was typed a moment ago comes first
        hold = agent.office.accounts.held(wanted.name, run=new_id(agent.office.clock()), seconds=HOLD_S)
        files = hand_over(shown.secrets, wanted.secrets_to) if wanted.secrets_to != "none" else []
        async with hold:
            await agent.office.accounts.resume(wanted.name)  # a person has just logged in
            done = await enrol(agent.logins, agent, shown, at_hand, approve=_approve if _person() else None)
    account = done.account if known is None else _kept(known, done.account)
    write_account(path, account, {k: v for k, v in _COMMENTS.items() if getattr(account, k)})
    _tell(wanted, account, saved=done.saved, notice=done.done.notice, enrolled=done, files=[path, *files])
    return 0


def _seeds(place: Place, wanted: Wanted) -> SecretSources:
    from .running import secrets_for

    secrets = secrets_for(place, wanted.env_file)
    if wanted.totp is not None:
        secrets.reveal(wanted.totp)  # told before anything is opened
    return secrets


def _understood(
    agent: Agent, wanted: Wanted, known: Account | None, recording: Any, secrets: SecretSources
) -> ShownLogin:
    from ..login.shown import shown_login
    from ..ops.secret.totp import Seed

    totp = wanted.totp or (known.secrets.get(known.totp) if known and known.totp else None)
    seed = Seed.of(secrets.reveal(totp), where=totp) if totp else None
    site = wanted.site or (known.site_name() if known else "")
    return shown_login(recording, name=wanted.name, site=site, salt=agent.memory.salt, totp=totp, seed=seed)


def _kept(known: Account, shown: Account) -> Account:
    """What a person wrote into the file stays where the demonstration says nothing else."""
    names = {role: known.secrets.get(role, name) for role, name in shown.secrets.items()}
    return shown.but(allow=known.allow, secrets=names)


def _person() -> bool:
    return sys.stdin.isatty() and sys.stderr.isatty()


async def _approve(asked: Asked) -> None:
    words = asked.words()
    say(f"{words[:1].upper()}{words[1:]}. Approve it there; I wait up to three minutes.")


def _say_woken(woken: list[str]) -> None:
    if woken:
        say(f"due again: {', '.join(woken)}")


def _tell(
    wanted: Wanted,
    account: Account,
    *,
    saved: bool,
    notice: str,
    woken: list[str] | None = None,
    enrolled: Enrolled | None = None,
    files: list[Path] | None = None,
) -> None:
    probe = account.probe
    told = f"http {probe.http.get}" if probe.http else f"open {probe.open}" + (f", {probe.visible}" if probe.visible else "")
    if wanted.as_json:
        out: dict[str, Any] = {"schema": 1, "account": account.name, "outcome": "logged_in", "saved": saved, "probe": told}
        out |= {"notice": notice, "woken": woken or [], "files": [str(f) for f in files or []]}
        if enrolled is not None:
            out["procedure"] = {"id": enrolled.version.procedure, "version": enrolled.version.number}
            out["secrets"] = dict(account.secrets)
        answer_json(out)
        return
    answer(f"the account {account.name} is logged in at {account.base_url}" + ("" if saved else "; the session could not be saved"))
    for file in files or []:
        say(f"wrote {file}")
    if enrolled is not None:
        say(f"that somebody is logged in is told by: {told}")
        if account.allow_login:
            say(f"allowed while logging in, and never else: {', '.join(account.allow_login)}")
        if wanted.secrets_to == "none":
            say("set before a run: " + ", ".join(f"RPA_SECRET_{n.upper()}" for n in account.secrets.values()))
    if notice:
        say(f"the site says: {notice}")
    _say_woken(woken or [])


_COMMENTS = {
    "allow_login": "hosts that may be reached while logging in, and never else",
    "secrets": "for each value that the login types, the name of the secret; `rpa secret set NAME` keeps one",
    "probe": "how to tell that somebody is logged in",
}


async def watched(agent: Agent, wanted: Recorded, demonstrate: Demonstration | None) -> Recording:
    """Watch with the account's login in place, where one is named; nobody else uses the account meanwhile."""
    if not wanted.account or wanted.secrets is None:
        return await agent.watch(wanted.url, demonstrate=demonstrate, allow=wanted.allow, partial=True)
    from ..ops.clock import new_id
    from ..store.account_files import find_account

    account = find_account(agent.settings.accounts_dir, wanted.account)
    async with agent.office.accounts.held(account.name, run=new_id(agent.office.clock()), seconds=60):
        state = await agent.logins.state(account, wanted.secrets)
        return await agent.watch(
            wanted.url, demonstrate=demonstrate, state=state, allow=wanted.allow, partial=True
        )


def account_secrets(settings: Settings, wanted: Recorded) -> dict[str, SecretStr]:
    """Return the secrets of the account that a workflow was recorded with, by name; none where it was without."""
    from pydantic import SecretStr

    from ..store.account_files import find_account

    if not wanted.account or wanted.secrets is None:
        return {}
    names = find_account(settings.accounts_dir, wanted.account).secrets.values()
    return {name: SecretStr(wanted.secrets.reveal(name)) for name in names}


def of_account(settings: Settings, wanted: Recorded) -> dict[str, str]:
    """Return the same in clear, for whoever takes them out of what the pages said."""
    from ..store.account_files import find_account

    if not wanted.account or wanted.secrets is None:
        return {}
    names = find_account(settings.accounts_dir, wanted.account).secrets.values()
    return {name: wanted.secrets.reveal(name) for name in names}
