"""Files that only who has a key can read: saved logins, each bound to its account and the host it belongs to.

A sealed file begins with a line in clear that says what it is for. The same line is inside the seal, so a file that was
renamed or edited to serve another account does not open.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rpa_agent.domain.errors import SealBroken, SettingsInvalid

from .text_files import write_bytes_atomically

MAGIC = b"rpa-sealed 1\n"
_LARGEST = 50_000_000


@dataclass(frozen=True)
class Keys:
    """Fernet keys, the one to seal with first; the others open what was sealed before a rotation."""

    texts: tuple[bytes, ...]

    def __repr__(self) -> str:
        return f"Keys({len(self.texts)})"

    @classmethod
    def of(cls, texts: Sequence[str | bytes], *, where: str) -> Keys:
        """Check the keys; raises SettingsInvalid without quoting one."""
        from cryptography.fernet import Fernet

        found = tuple(t.encode() if isinstance(t, str) else t for t in texts)
        if not found:
            raise SettingsInvalid("there is no key to seal logins with", where=where)
        for number, text in enumerate(found, start=1):
            try:
                Fernet(text)
            except (ValueError, TypeError):
                raise SettingsInvalid(
                    f"key {number} is no Fernet key", where=where,
                    do="A key is 32 bytes in url-safe base64; `rpa secret rotate --logins` makes one.",
                ) from None  # fmt: skip
        return cls(found)


def new_key() -> bytes:
    """Return a fresh key."""
    from cryptography.fernet import Fernet

    return Fernet.generate_key()


def seal(path: Path, content: Mapping[str, Any], keys: Keys, **about: str) -> None:
    """Write ``content`` so that only these keys open it, for its owner's eyes alone; raises StoreReadOnly."""
    head = _head(about)
    box = _box(keys).encrypt(head + json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode())
    write_bytes_atomically(path, MAGIC + head + box + b"\n", private=True)


def unseal(path: Path, keys: Keys, **about: str) -> Any:
    """Return what was sealed, provided it was sealed for exactly this; None where there is no file. Raises SealBroken."""
    try:
        with path.open("rb") as f:
            raw = f.read(_LARGEST + 1)
    except FileNotFoundError:
        return None
    except OSError as e:
        raise SealBroken(f"cannot be read: {e.strerror}", where=str(path)) from e
    if not raw.startswith(b"rpa-sealed ") or len(raw) > _LARGEST:
        raise _unopened(path, "is no saved login")
    if not raw.startswith(MAGIC):
        raise _unopened(path, "was saved by another version")
    head, _, box = raw.removeprefix(MAGIC).partition(b"\n")
    if head + b"\n" != _head(about):
        raise _unopened(path, f"was saved for {_words(head)}, not for {_words(_head(about))}")
    return _opened(path, head + b"\n", box, keys)


def reseal(path: Path, keys: Keys) -> None:
    """Seal a file anew with the first key; raises SealBroken where none of them opens it."""
    raw = path.read_bytes()
    head, _, box = raw.removeprefix(MAGIC).partition(b"\n")
    if not raw.startswith(MAGIC):
        raise _unopened(path, "is no saved login")
    _opened(path, head + b"\n", box, keys)
    write_bytes_atomically(path, MAGIC + head + b"\n" + _box(keys).rotate(box.strip()) + b"\n", private=True)


def _opened(path: Path, head: bytes, box: bytes, keys: Keys) -> Any:
    from cryptography.fernet import InvalidToken

    try:
        inside = _box(keys).decrypt(box.strip())
    except InvalidToken:
        raise _unopened(path, "does not open with this key, or was damaged") from None
    if not inside.startswith(head):
        raise _unopened(path, "was changed after it was saved")
    return json.loads(inside.removeprefix(head))


def _box(keys: Keys) -> Any:
    from cryptography.fernet import Fernet, MultiFernet

    return MultiFernet([Fernet(text) for text in keys.texts])


def _head(about: Mapping[str, str]) -> bytes:
    return json.dumps(dict(sorted(about.items())), ensure_ascii=False).encode() + b"\n"


def _words(head: bytes) -> str:
    try:
        return " at ".join(str(v) for v in json.loads(head).values())
    except (ValueError, AttributeError):
        return "something else"


def _unopened(path: Path, what: str) -> SealBroken:
    return SealBroken(f"{path.name} {what}", where=str(path))
