"""Secrets by name: from the environment, an env file, mounted files or a vault; revealed only for the keystroke."""

from __future__ import annotations

import json
import os
import re
import stat
import tempfile
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import SecretStr

from rpa_agent.domain.errors import SecretMissing, SettingsInvalid

from .hiding import HIDDEN as HIDDEN
from .hiding import longest_first, variants
from .hiding import redacted as redacted

if TYPE_CHECKING:
    from .vaults import Vault

PREFIX = "RPA_SECRET_"
FOLDER = "RPA_SECRETS_DIR"
_SETTING = "command"  # RPA_SECRET_COMMAND is no secret
_LINE = re.compile(r"^(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=(.*)$")
_LARGEST = 64 * 1024


class SecretSources:
    """The secrets at hand, and for whoever asks why one is missing: where each was looked for.

    Vaults come last, and are asked for a name when it is needed: they cannot be listed, and may be slow. ``own`` are names
    of the project that may be said even where a secret is a part of them; see `redacted`.
    """

    def __init__(
        self,
        sources: Sequence[tuple[str, Mapping[str, SecretStr]]],
        warnings: Sequence[str] = (),
        vaults: Sequence[Vault] = (),
        own: Sequence[str] = (),
    ) -> None:
        self._sources = tuple(sources)
        self._own = tuple(own)
        self.warnings = tuple(warnings)
        self._vaults = tuple(vaults)
        self._given: dict[str, tuple[str, SecretStr]] = {}  # what vaults gave, and which
        self._more: list[str] = []  # what else must not be written
        self._hidden: tuple[str, ...] | None = None  # every spelling, made when first asked for: each log line asks

    def __repr__(self) -> str:
        return f"SecretSources({', '.join(self.names()) or 'none'})"

    def after(self, place: str, values: Mapping[str, str]) -> SecretSources:
        """Return the same with another source before all of them."""
        first = (place, {name: SecretStr(value) for name, value in values.items()})
        return SecretSources([first, *self._sources], self.warnings, self._vaults, self._own)

    def names(self) -> Sequence[str]:
        """Return the names that have a value here."""
        return sorted({name for _, values in self._sources for name, v in values.items() if v.get_secret_value()})

    def source_of(self, name: str) -> str | None:
        """Return in words where the value of ``name`` comes from."""
        at_hand = next((place for place, values in self._sources if _plain(values, name)), None)
        return at_hand or (given[0] if (given := self._from_vaults(name)) else None)

    def reveal(self, name: str) -> str:
        """Return the value for the keystroke; raises SecretMissing."""
        for _, values in self._sources:
            if value := _plain(values, name):
                return value
        if given := self._from_vaults(name):
            return given[1].get_secret_value()
        empty = [place for place, values in self._sources if name.casefold() in values]
        why = f"is empty in {', '.join(empty)}" if empty else "has no value here"
        refused = "".join(f"; {vault.refused}" for vault in self._vaults if vault.refused)
        raise SecretMissing(
            f"the secret {name!r} {why}{refused}; nothing was typed",
            do=f"Set {PREFIX}{name.upper()} in the environment, pass --env-file FILE, or keep it with"
            f" `rpa secret set {name}`.",
            where=name,
        )

    def _from_vaults(self, name: str) -> tuple[str, SecretStr] | None:
        key = name.casefold()
        for vault in self._vaults if key not in self._given else ():
            if (value := vault.get(key)) is not None:
                self._given[key] = (vault.words, value)
                self._hidden = None
                break
        return self._given.get(key)

    def also_hide(self, *texts: str) -> Callable[[], None]:
        """Hide more texts: a session's cookies, a token, a one-time code. Return what forgets them again, since a code
        is an ordinary number once its run is over."""
        self._more.extend(texts)
        self._hidden = None

        def forget() -> None:
            for text in texts:
                if text in self._more:
                    self._more.remove(text)
            self._hidden = None

        return forget

    def redactions(self) -> tuple[str, ...]:
        """Return every text that must never be written: all values in all encodings, longest first."""
        if self._hidden is None:
            self._hidden = longest_first(spelling for value in self._values() for spelling in variants(value))
        return self._hidden

    def hide(self, text: str, *, but: Collection[str] = ()) -> str:
        """Return ``text`` without any of them; secrets named in ``but`` may stand there."""
        if not but:
            return redacted(text, self.redactions(), self._own)
        return redacted(text, longest_first(v for value in self._values(but) for v in variants(value)), self._own)

    def _values(self, but: Collection[str] = ()) -> list[str]:
        held = [(n, s) for _, values in self._sources for n, s in values.items()]
        held += [(n, s) for n, (_, s) in self._given.items()]
        return [s.get_secret_value() for n, s in held if n not in but] + self._more


def _plain(values: Mapping[str, SecretStr], name: str) -> str:
    held = values.get(name.casefold())
    return held.get_secret_value() if held else ""


def environment() -> Mapping[str, str]:
    """Return the environment that secrets are looked for in."""
    return os.environ


def gather(
    env_file: Path | None = None,
    *,
    environ: Mapping[str, str] | None = None,
    vaults: Sequence[Vault] = (),
    own: Sequence[str] = (),
) -> SecretSources:
    """Read the sources once, in this order: environment, env file, files in RPA_SECRETS_DIR, then ``vaults``."""
    environ = environment() if environ is None else environ
    warnings: list[str] = []
    sources = [("the environment", _held(environ))]
    if env_file is not None:
        sources.append((str(env_file), _held(read_env_file(env_file))))
        warnings += _readable_by_others(env_file)
    if folder := environ.get(FOLDER):
        sources.append((folder, _mounted(Path(folder))))
    return SecretSources(sources, warnings, vaults, own)


def _held(lines: Mapping[str, str]) -> dict[str, SecretStr]:
    held = {k.removeprefix(PREFIX).casefold(): SecretStr(v) for k, v in lines.items() if k.startswith(PREFIX)}
    for name, value in held.items():
        if any("\ud800" <= sign <= "\udfff" for sign in value.get_secret_value()):
            raise SettingsInvalid(f"{PREFIX}{name.upper()} is not UTF-8 text", where=f"{PREFIX}{name.upper()}")
    return {name: value for name, value in held.items() if name and name != _SETTING}


def _mounted(folder: Path) -> dict[str, SecretStr]:
    """Read one secret per file; hidden names are how orchestrators mount, not secrets."""
    if not folder.is_dir():
        raise SettingsInvalid(f"{FOLDER}: {folder} is no folder", where=FOLDER)
    files = [p for p in sorted(folder.iterdir()) if p.is_file() and not p.name.startswith(".")]
    return {
        p.name.removeprefix(PREFIX).casefold(): SecretStr(_text(p).removesuffix("\n").removesuffix("\r")) for p in files
    }


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > _LARGEST:
            raise SettingsInvalid(f"{path} is larger than {_LARGEST} bytes; that is no secret", where=str(path))
        return path.read_text(encoding="utf-8-sig")
    except OSError as e:
        do = "Check the path, and that you may read it."
        raise SettingsInvalid(f"{path} cannot be read: {e.strerror}", where=str(path), do=do) from e
    except UnicodeDecodeError as e:
        raise SettingsInvalid(f"{path} is not UTF-8 text", where=str(path), do="Save it as UTF-8.") from e


def read_env_file(path: Path) -> dict[str, str]:
    """Return NAME -> value of an env file; no shell sees it. Messages never quote a line, it may be the secret."""
    values: dict[str, str] = {}
    for number, line in enumerate(_text(path).splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        m = _LINE.match(line.strip())
        if m is None:
            raise SettingsInvalid(
                f"{path}, line {number}, is not NAME=value", where=str(path),
                do="Correct that line. It is not shown here, since it may hold the secret.",
            )  # fmt: skip
        values[m[1]] = _unquoted(m[2].strip(), f"{path}:{number}")
    return values


def _unquoted(text: str, where: str) -> str:
    if len(text) < 2 or text[0] != text[-1] or text[0] not in "'\"":
        return text
    if text[0] == "'":
        return text[1:-1]
    try:
        return str(json.loads(text))
    except ValueError as e:
        raise SettingsInvalid(
            f"{where.replace(':', ', line ')}: what stands in double quotes is not valid text",
            do="Escape \\ and \" with a backslash, or use single quotes.", where=where,
        ) from e


def write_env_file(path: Path, values: Mapping[str, str]) -> None:
    """Add or replace secrets by name, mode 600, in one step: an interruption leaves the old file."""
    names = {f"{PREFIX}{name.upper()}": value for name, value in values.items()}
    kept = _without(path, names) if path.exists() else []
    _write_lines(path, [*kept, *(f"{name}={_quoted(value)}" for name, value in names.items())])


def take_from_env_file(path: Path, name: str) -> None:
    """Take a secret's line out, in one step; everything else stays as it is."""
    _write_lines(path, _without(path, {f"{PREFIX}{name.upper()}"}))


def _without(path: Path, names: Collection[str]) -> list[str]:
    return [line for line in _text(path).splitlines() if not ((m := _LINE.match(line.strip())) and m[1] in names)]


def _write_lines(path: Path, lines: Sequence[str]) -> None:
    path = path.resolve()  # where a link leads: the link itself stays
    text = "".join(f"{line}\n" for line in lines)
    try:
        handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")     # made with mode 600
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(draft).replace(path)
    except OSError as e:
        raise SettingsInvalid(f"{path} cannot be written: {e.strerror}", where=str(path)) from e


def _quoted(value: str) -> str:
    plain = value == value.strip() and value.isprintable() and value[:1] not in ("'", '"')
    return value if plain else json.dumps(value)


def _readable_by_others(path: Path) -> list[str]:
    if os.name == "posix" and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        return [f"{path} can be read by others; run: chmod 600 {path}"]
    return []
