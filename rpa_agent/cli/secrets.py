"""`secret`: keep secrets, see where each is found and typed, test and change them. No value is ever shown."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from pydantic import SecretStr

from ..domain.errors import SettingsInvalid, UsageInvalid
from ..domain.workflow import RESERVED_SECRETS
from .out import answer, answer_items, answer_json, answer_table, say
from .place import Json, place_of, settings_of, wait_for
from .secret_use import bound_to, several, told, users_of

if TYPE_CHECKING:
    from ..ops.secret.kept import Kept
    from ..ops.secret.secrets import SecretSources
    from ..ops.settings import Settings
    from .place import Place

_NAME = r"[a-z_][a-z0-9_]{0,63}"
_SHORT = 4
KEY_OF_LOGINS = "state_key"  # kept in the keyring beside secrets, and typed nowhere
EnvFile = Annotated[Path | None, typer.Option("--env-file", help="A file with RPA_SECRET_NAME=value lines.")]


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    secret = typer.Typer(no_args_is_help=True, help="Keep, list, test and change secrets; values are never shown.")
    secret.command("set")(set_secret)
    secret.command("list")(list_secrets)
    secret.command("test")(test_secret)
    secret.command("rotate")(rotate)
    secret.command("remove")(remove)
    app.add_typer(secret, name="secret")


def set_secret(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="As a workflow names it under `secrets:`.")],
    to: Annotated[str, typer.Option(help="keyring, or an env file.")] = "keyring",
    json_: Json = False,
) -> int:
    """Keep a secret. It is asked for without being shown, or read from standard input; never an argument, which stays in
    the shell's history."""
    from ..ops.secret.secrets import write_env_file
    from ..ops.secret.vaults import Keyring
    from ..store.sealed import Keys

    _checked(name)
    value = _entered(name)
    if name == KEY_OF_LOGINS:
        Keys.of(value.get_secret_value().split(","), where=name)
    if to == "keyring":
        if not settings_of(ctx).keyring:
            raise SettingsInvalid(
                "the keyring is left out by the setting `keyring`, and nothing kept there would be found", where="keyring",
                do="Write --to FILE, which a run reads with --env-file FILE, or take the setting away.",
            )  # fmt: skip
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
    """List every secret that a workflow or an account names, where its value is found, and who uses it; 1 where one is missing."""
    found = secrets_at(place_of(ctx), env_file)
    users = users_of(settings_of(ctx))
    for name in found.names():
        users.setdefault(name, [])
    bound = wait_for(bound_to(settings_of(ctx)))
    items: list[dict[str, Any]] = [
        {"name": name, "found_in": found.source_of(name), "used_by": used, "bound_to": told(bound.get(name, []))}
        for name, used in sorted(users.items())
    ]
    missing = any(item["found_in"] is None for item in items)
    if json_:
        answer_items(items)
    elif items:
        rows = [
            (i["name"], i["found_in"] or "missing", ", ".join(i["used_by"]) or "no workflow", "; ".join(i["bound_to"]))
            for i in items
        ]
        answer_table(rows, "secret", "found in", "used by", "typed only at")
    else:
        say("Neither a workflow nor an account names a secret.")
    for name, places in sorted(bound.items()):
        if doors := several(places):
            say(f"{name} {doors}")
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
    bound = wait_for(bound_to(settings_of(ctx))).get(name, [])
    doubts += [doors] if (doors := several(bound)) else []
    place = found.source_of(name)
    if json_:
        answer_json({"schema": 1, "secret": name, "found_in": place, "doubts": doubts, "bound_to": told(bound)})
    else:
        answer(f"{name} is found in {place}" + "".join(f"; {doubt}" for doubt in doubts))
    return 0


def rotate(
    ctx: typer.Context,
    name: Annotated[str | None, typer.Argument(help="As a workflow names it under `secrets:`.")] = None,
    logins: Annotated[bool, typer.Option("--logins", help="Make a new key and seal all saved logins with it.")] = False,
    env_file: EnvFile = None,
    json_: Json = False,
) -> int:
    """Put a new value wherever the old one is kept; it is asked for as by `set`. With --logins: a new key for saved logins."""
    from ..ops.secret.rotate import rotate_login_key

    settings = settings_of(ctx)
    if (name is None) != logins:
        raise UsageInvalid("name a secret, or say --logins", do="Write rpa secret rotate NAME, or rpa secret rotate --logins.")
    if name is None:
        place, sealed, broken = rotate_login_key(settings)
        if json_:
            answer_json({"schema": 1, "key_kept_in": place, "logins": sealed, "left_as_they_are": broken})
            return 0
        say(f"{sealed} saved login{' is' if sealed == 1 else 's are'} sealed with a new key, which is kept in {place}")
        for one in broken:
            say(f"left as it is, the next run logs in anew: {one}")
        return 0
    _checked(name)
    if name == KEY_OF_LOGINS:
        raise UsageInvalid("the key of saved logins is changed with all that it seals", do="Write rpa secret rotate --logins.")
    places = _kept(settings, name, env_file).put(_entered(name))
    if json_:
        answer_json({"schema": 1, "secret": name, "changed_in": places})
    else:
        say(f"{name} was changed in {', '.join(places)}; the old value is gone from there")
    return 0


def remove(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="As a workflow named it under `secrets:`.")],
    env_file: EnvFile = None,
    json_: Json = False,
) -> int:
    """Take a secret out of every place where it is kept; said is who still needs it."""
    settings = settings_of(ctx)
    _checked(name)
    if name == KEY_OF_LOGINS:
        raise UsageInvalid(
            "without the key of saved logins none of them opens; nothing was changed", do="Write rpa secret rotate --logins."
        )
    places = _kept(settings, name, env_file).remove()
    users = users_of(settings).get(name, [])
    if json_:
        answer_json({"schema": 1, "secret": name, "removed_from": places, "used_by": users})
    else:
        say(f"{name} is gone from {', '.join(places)}" + (f"; still named by {', '.join(users)}" if users else ""))
    return 0


def secrets_at(place: Place, env_file: Path | None) -> SecretSources:
    """Return the secrets at hand with the vaults that settings name, and see to it that nobody prints them."""
    from ..ops.secret.secrets import gather
    from ..ops.secret.vaults import vaults_of

    settings = place.settings
    vaults = vaults_of(settings.secret_command, keyring=settings.keyring)
    found = gather(env_file, vaults=vaults, own=place.own_words())
    place.hides = found.hide
    for warning in found.warnings:
        say(warning)
    return found


def _kept(settings: Settings, name: str, env_file: Path | None) -> Kept:
    from ..ops.secret.kept import kept
    from ..ops.secret.vaults import vaults_of

    return kept(name, env_file=env_file, vaults=vaults_of(settings.secret_command, keyring=settings.keyring))


def _checked(name: str) -> None:
    if not re.fullmatch(_NAME, name):
        raise UsageInvalid(f"{name!r} is no secret's name", do="Use small letters, digits and _, as in bank_password.")
    if name in RESERVED_SECRETS and name != KEY_OF_LOGINS:
        raise UsageInvalid(f"a secret cannot be called {name!r}: {RESERVED_SECRETS[name]}", do="Choose another name.")


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
    if len(value) < _SHORT:
        out.append(f"it is shorter than {_SHORT} signs: it is easy to guess, and hidden only where it stands apart")
    if value != value.strip():
        out.append("it begins or ends with white space")
    if "\n" in value or "\r" in value:
        out.append("it has more than one line")
    if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"":
        out.append("it stands in quotes")
    if any(ord(c) < 32 and c not in "\t\r\n" for c in value) or "\ufeff" in value:
        out.append("it holds characters that cannot be typed")
    return out
