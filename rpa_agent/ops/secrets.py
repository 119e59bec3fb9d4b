"""Secrets by name: from the environment, an env file, mounted files or a vault; revealed only for the keystroke."""

from __future__ import annotations

import base64
import html
import json
import os
import re
import stat
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

from pydantic import SecretStr

from rpa_agent.domain.errors import SecretMissing, SettingsInvalid

if TYPE_CHECKING:
    from .vaults import Vault

PREFIX = "RPA_SECRET_"
FOLDER = "RPA_SECRETS_DIR"
HIDDEN = "•••"
_LINE = re.compile(r"^(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=(.*)$")
_LARGEST = 64 * 1024


class SecretSources:
    """The secrets at hand, and for whoever asks why one is missing: where each was looked for.

    Vaults come last, and are asked for a name when it is needed: they cannot be listed, and may be slow.
    """

    def __init__(
        self,
        sources: Sequence[tuple[str, Mapping[str, SecretStr]]],
        warnings: Sequence[str] = (),
        vaults: Sequence[Vault] = (),
    ) -> None:
        self._sources = tuple(sources)
        self.warnings = tuple(warnings)
        self._vaults = tuple(vaults)
        self._given: dict[str, tuple[str, SecretStr]] = {}  # what vaults gave, and which

    def __repr__(self) -> str:
        return f"SecretSources({', '.join(self.names()) or 'none'})"

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
        raise SecretMissing(
            f"the secret {name!r} {why}; nothing was typed",
            do=f"Set {PREFIX}{name.upper()} in the environment, pass --env-file FILE, or keep it with"
            f" `rpa secret set {name}`.",
            where=name,
        )

    def _from_vaults(self, name: str) -> tuple[str, SecretStr] | None:
        key = name.casefold()
        for vault in self._vaults if key not in self._given else ():
            if (value := vault.get(key)) is not None:
                self._given[key] = (vault.words, value)
                break
        return self._given.get(key)

    def redactions(self) -> tuple[str, ...]:
        """Return every text that must never be written: all values in all encodings, longest first."""
        held = [s for _, values in self._sources for s in values.values()] + [s for _, s in self._given.values()]
        found = {v for s in held for v in variants(s.get_secret_value())}
        return tuple(sorted(found, key=lambda text: (-len(text), text)))


def _plain(values: Mapping[str, SecretStr], name: str) -> str:
    held = values.get(name.casefold())
    return held.get_secret_value() if held else ""


def gather(
    env_file: Path | None = None, *, environ: Mapping[str, str] | None = None, vaults: Sequence[Vault] = ()
) -> SecretSources:
    """Read the sources once, in this order: environment, env file, files in RPA_SECRETS_DIR, then ``vaults``."""
    environ = os.environ if environ is None else environ
    warnings: list[str] = []
    sources = [("the environment", _held(environ))]
    if env_file is not None:
        sources.append((str(env_file), _held(read_env_file(env_file))))
        warnings += _readable_by_others(env_file)
    if folder := environ.get(FOLDER):
        sources.append((folder, _mounted(Path(folder))))
    return SecretSources(sources, warnings, vaults)


def _held(lines: Mapping[str, str]) -> dict[str, SecretStr]:
    return {k.removeprefix(PREFIX).casefold(): SecretStr(v) for k, v in lines.items() if k.startswith(PREFIX)}


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
        raise SettingsInvalid(f"{path} cannot be read: {e.strerror}", where=str(path)) from e
    except UnicodeDecodeError as e:
        raise SettingsInvalid(f"{path} is not UTF-8 text", where=str(path)) from e


def read_env_file(path: Path) -> dict[str, str]:
    """Return NAME -> value of an env file; no shell sees it. Messages never quote a line, it may be the secret."""
    values: dict[str, str] = {}
    for number, line in enumerate(_text(path).splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        m = _LINE.match(line.strip())
        if m is None:
            raise SettingsInvalid(f"{path}, line {number}: write NAME=value", where=f"{path}:{number}")
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
    kept = _text(path).splitlines() if path.exists() else []
    kept = [line for line in kept if not ((m := _LINE.match(line.strip())) and m[1] in names)]
    text = "\n".join([*kept, *(f"{name}={_quoted(value)}" for name, value in names.items())]) + "\n"
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


@lru_cache(maxsize=256)
def variants(value: str) -> tuple[str, ...]:
    """Return every spelling of ``value`` to search for and redact: plain, URL, base64, JSON, HTML; longest first."""
    if not value:
        return ()
    found = {value, repr(value)[1:-1], json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]}
    found |= {json.dumps(value)[1:-1].replace("/", "\\/")}
    for url in (quote(value, safe=""), quote(value), quote_plus(value)):
        found |= {url, re.sub(r"%[0-9A-F]{2}", lambda m: m[0].lower(), url)}
    markup = html.escape(value)
    found |= {markup, html.escape(value, quote=False)}
    found |= {markup.replace("&#x27;", apostrophe) for apostrophe in ("&#39;", "&apos;", "'")}
    found |= set(_base64(value.encode()))
    return tuple(sorted(found, key=lambda text: (-len(text), text)))


def _base64(raw: bytes) -> Iterable[str]:
    """Yield the encodings alone and inside longer data (``user:password``), at each of the three alignments."""
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        whole = encode(raw).decode()
        yield from (whole, whole.rstrip("="))
        for shift in (1, 2):
            text = encode(b"\0" * shift + raw).decode().rstrip("=")
            core = text[shift + 1 : (shift + len(raw)) * 8 // 6]
            if len(core) >= 6:      # shorter pieces occur in any text
                yield core
        inner = whole[: len(raw) * 8 // 6]
        if len(inner) >= 6:
            yield inner


def redacted(text: str, hidden: Iterable[str]) -> str:
    """Return ``text`` with every hidden text replaced; give the longest first, as ``redactions`` does."""
    for secret in hidden:
        if secret and secret in text:
            text = text.replace(secret, HIDDEN)
    return text
