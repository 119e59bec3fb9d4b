"""`secret`: keep a secret, see which ones workflows need and where each is found, test one. No value is ever shown."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from pydantic import SecretStr

from ..domain.errors import UsageInvalid
from ..domain.workflow import RESERVED_SECRETS
from .out import answer, answer_items, answer_json, answer_table, say
from .place import Json, WorkflowFiles, place_of, settings_of

if TYPE_CHECKING:
    from ..ops.secrets import SecretSources
    from .place import Place

_NAME = r"[a-z_][a-z0-9_]{0,63}"
EnvFile = Annotated[Path | None, typer.Option("--env-file", help="A file with RPA_SECRET_NAME=value lines.")]


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    secret = typer.Typer(no_args_is_help=True, help="Keep, list and test secrets; values are never shown.")
    secret.command("set")(set_secret)
    secret.command("list")(list_secrets)
    secret.command("test")(test_secret)
    app.add_typer(secret, name="secret")


def set_secret(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="As a workflow names it under `secrets:`.")],
    to: Annotated[str, typer.Option(help="keyring, or an env file.")] = "keyring",
    json_: Json = False,
) -> int:
    """Keep a secret. It is asked for without being shown, or read from standard input; never an argument, which stays in
    the shell's history."""
    from ..ops.secrets import write_env_file
    from ..ops.vaults import Keyring

    _checked(name)
    value = _entered(name)
    if to == "keyring":
        place = Keyring.words
        Keyring().put(name, value)
    else:
        place = to
        write_env_file(Path(to).expanduser(), {name: value.get_secret_value()})
    if json_:
        answer_json({"schema": 1, "secret": name, "kept_in": place})
    else:
        say(f"{name} is kept in {place}")
    return 0


def list_secrets(ctx: typer.Context, env_file: EnvFile = None, json_: Json = False) -> int:
    """List every secret that a workflow names, where its value is found, and who uses it; 1 where one is missing."""
    found = secrets_at(place_of(ctx), env_file)
    users: dict[str, list[str]] = {}
    for name, workflow in WorkflowFiles(settings_of(ctx)).valid().items():
        for secret in workflow.secrets:
            users.setdefault(secret, []).append(name)
    for name in found.names():
        users.setdefault(name, [])
    items: list[dict[str, Any]] = [
        {"name": name, "found_in": found.source_of(name), "used_by": used} for name, used in sorted(users.items())
    ]
    missing = any(item["found_in"] is None for item in items)
    if json_:
        answer_items(items)
    elif items:
        rows = [(i["name"], i["found_in"] or "missing", ", ".join(i["used_by"]) or "no workflow") for i in items]
        answer_table(rows, "secret", "found in", "used by")
    else:
        say("No workflow names a secret.")
    return 1 if missing else 0


def test_secret(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="As a workflow names it under `secrets:`.")],
    env_file: EnvFile = None,
    json_: Json = False,
) -> int:
    """Tell where a secret is found, and what in it looks like a mistake; 3 where it has no value."""
    _checked(name)
    found = secrets_at(place_of(ctx), env_file)
    doubts = _doubts(found.reveal(name))  # one without a value says where it was looked for
    place = found.source_of(name)
    if json_:
        answer_json({"schema": 1, "secret": name, "found_in": place, "doubts": doubts})
    else:
        answer(f"{name} is found in {place}" + "".join(f"; {doubt}" for doubt in doubts))
    return 0


def secrets_at(place: Place, env_file: Path | None) -> SecretSources:
    """Return the secrets at hand with the vaults that settings name, and see to it that nobody prints them."""
    from ..ops.secrets import gather
    from ..ops.vaults import vaults_of

    settings = place.settings
    found = gather(env_file, vaults=vaults_of(settings.secret_command, keyring=settings.keyring))
    place.redactions = found.redactions
    return found


def _checked(name: str) -> None:
    if not re.fullmatch(_NAME, name):
        raise UsageInvalid(f"{name!r} is no secret's name", do="Use small letters, digits and _, as in bank_password.")
    if name in RESERVED_SECRETS:
        raise UsageInvalid(
            f"a secret cannot be called {name!r}: RPA_SECRET_{name.upper()} is a setting of its own", do="Choose another name."
        )


def _entered(name: str) -> SecretStr:
    if sys.stdin.isatty():
        text = typer.prompt(f"Value of {name}", hide_input=True, confirmation_prompt=True, err=True)
    else:
        text = sys.stdin.read().removesuffix("\n").removesuffix("\r")
    if not text:
        raise UsageInvalid(f"no value was given for {name}", do="Type it when asked, or pipe it in; nothing was changed.")
    return SecretStr(text)


def _doubts(value: str) -> list[str]:
    """Return what often is a mistake; a password may be so on purpose."""
    out = []
    if value != value.strip():
        out.append("it begins or ends with white space")
    if "\n" in value or "\r" in value:
        out.append("it has more than one line")
    if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"":
        out.append("it stands in quotes")
    if any(ord(c) < 32 and c not in "\t\r\n" for c in value) or "\ufeff" in value:
        out.append("it holds characters that cannot be typed")
    return out
