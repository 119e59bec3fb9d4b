"""A login that was shown once: its procedure, filed so that no workflow finds it, and the account file that goes with it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ..domain.account import Account, AccountProbe, login_name
from ..domain.errors import AccountInvalid
from ..domain.procedure import Procedure, Step
from ..domain.recording import Recording
from ..domain.template import whole_name
from ..ops.secret.totp import Seed

if TYPE_CHECKING:
    from ..build import Built

_CODE = re.compile(r"\d{4,10}")
_DEMONSTRATION_S = 900  # how long ago a code may have been typed, at most
CODE = "one_time_code"


@dataclass(frozen=True)
class ShownLogin:
    """What a login became. ``secrets`` hold values as typed, by secret name, for whoever asked for them."""

    account: Account
    procedure: Procedure
    secrets: dict[str, str]
    slot: int | None  # the period of the one-time code that was typed: it is used up
    texts: tuple[str, ...]  # what the page after it announced, of which one may tell that somebody is logged in


def shown_login(
    recording: Recording, *, name: str, site: str, salt: str, totp: str | None = None, seed: Seed | None = None
) -> ShownLogin:
    """Build a login from its demonstration. ``totp`` is the secret that holds the seed of one-time codes, ``seed`` its value.

    Raises ParamsInvalid when nothing was shown, AccountInvalid where what was shown is no login that can be repeated.
    """
    from ..build import build_procedure

    task, site = f"Log in as {name}", site or urlsplit(recording.base_url).netloc
    built = build_procedure(recording.but(login=True), name=name, task=task, site=site, salt=salt)
    roles = dict(built.secrets)
    if any(act.answer and act.answer.text for act in recording.acts):
        raise AccountInvalid(
            "a question of the browser was answered with a text, which would stand in clear in the login", where=name,
            do="A login that asks with such a window cannot be kept; ask whoever runs the site for a login page.",
        )  # fmt: skip
    if not any(act.secret for act in recording.acts):
        raise AccountInvalid("no password was typed; that is no login", where=name, do="Show the login from its first page on.")
    code, slot = _code_typed(built, seed)
    if seed is not None and code is None:
        raise AccountInvalid(
            f"no one-time code of the secret {totp!r} was typed", where=name,
            do="Look whether it is the seed of this account, and whether this machine's clock is right.",
        )  # fmt: skip
    if seed is None and (looks := _code_asked(built)) is not None:
        raise AccountInvalid(
            f"a one-time code was typed ({looks}), and it cannot be typed twice", where=name,
            do="Keep the seed behind it with `rpa secret set NAME` (the site shows it as a QR code), then add --totp NAME.",
        )  # fmt: skip
    names = {role: f"{name.replace('-', '_')}_{role}" for role in roles if role != code}
    account = Account(
        schema_=1,
        name=name,
        base_url=recording.base_url,
        start=built.workflow.start,
        site=site,
        allow_login=built.workflow.allow,
        secrets={**names, **({CODE: totp} if code and totp else {})},
        values={n: v for n, v in built.examples.items() if n != code},
        totp=CODE if code else None,
        probe=AccountProbe(open=urlsplit(recording.last_url).path or "/"),
    )
    procedure = _filed(built.procedure, name, code)
    typed = {names[r]: v for r, v in roles.items() if r != code}
    return ShownLogin(account, procedure, typed, slot, recording.last_texts)


def _typed(built: Built) -> dict[str, str]:
    return {**built.shown, **built.secrets}


def _code_asked(built: Built) -> str | None:
    """Return the value that was typed where the page asks for a one-time code. Figures alone make none: people have numbers
    for names, and for passwords."""
    from ..build.secret_fields import asks_code

    typed = _typed(built)
    asked = [s for s in built.procedure.steps if s.target and any(asks_code(v.fingerprint) for v in s.target.variants)]
    names = [(whole_name(s.value or "") or "").removeprefix("secrets.") for s in asked]
    return next((n for n in names if _CODE.fullmatch(typed.get(n, ""))), None)


def _code_typed(built: Built, seed: Seed | None) -> tuple[str | None, int | None]:
    """Return the value that was one of the seed's codes while the login was shown, and that code's period."""
    if seed is None:
        return None, None
    now = datetime.now(UTC)
    moments = [now + timedelta(seconds=s) for s in range(-_DEMONSTRATION_S, 2 * seed.period, seed.period)]
    slots = {seed.code(at): seed.slot(at) for at in moments}
    return next(((name, slots[value]) for name, value in _typed(built).items() if value in slots), (None, None))


def _filed(procedure: Procedure, account: str, code: str | None) -> Procedure:
    """Return the procedure under the login's own name: it sends no commit, and types its code as a secret."""
    from ..build.steps import short_id

    steps = tuple(_as_login(step, code) for step in procedure.steps)
    secrets = tuple(CODE if s == code else s for s in procedure.secrets)
    if code is not None and CODE not in secrets:
        secrets = (*secrets, CODE)
    return procedure.but(
        procedure="p_" + short_id(f"{procedure.site}/{login_name(account)}"),
        params=tuple(p for p in procedure.params if p != code),
        secrets=secrets,
        steps=steps,
        script="",
    )


def _as_login(step: Step, code: str | None) -> Step:
    if step.effect == "commit":
        step = step.but(effect="draft", commit=None, reason="logs in")
    if code is not None and step.value in {f"{{{{ {code} }}}}", f"{{{{ secrets.{code} }}}}"}:
        step = step.but(value=f"{{{{ secrets.{CODE} }}}}", format=None)
    return step


def probes_for(shown: ShownLogin) -> Sequence[AccountProbe]:
    """Return the probes to try: the page after the login, then the same with each text that it announced."""
    path = shown.account.probe.open or "/"
    return [AccountProbe(open=path), *(AccountProbe(open=path, visible=text) for text in shown.texts if "{" not in text)]
