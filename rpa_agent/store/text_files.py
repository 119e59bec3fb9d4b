"""Files that are never half written: a temporary file beside the target, synced, then renamed."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from rpa_agent.domain.errors import StoreReadOnly

_NEW_FILE = 0o644


def write_atomically(path: Path, text: str, *, keep_other_as: str | None = None, private: bool = False) -> bool:
    """Write ``text``; return False when the file held exactly that already.

    An existing file with other content is first kept under the suffix ``keep_other_as``, when one is given.
    ``private`` makes a file that only its owner can read. Raises StoreReadOnly.
    """
    return write_bytes_atomically(path, text.encode("utf-8"), keep_other_as=keep_other_as, private=private)


def write_bytes_atomically(
    path: Path, content: bytes, *, keep_other_as: str | None = None, private: bool = False
) -> bool:
    """Do the same with bytes."""
    path = path.resolve()
    try:
        before = path.read_bytes() if path.exists() else None
        if before == content:
            return False
        path.parent.mkdir(parents=True, exist_ok=True)
        mode = 0o600 if private else path.stat().st_mode & 0o777 if before is not None else _NEW_FILE
        if before is not None and keep_other_as:
            _replace(path.with_name(path.name + keep_other_as), before, mode)
        _replace(path, content, mode)
    except OSError as e:
        do = "Give write permission to this folder, or point --project elsewhere."
        raise StoreReadOnly(f"cannot be written: {e.strerror or e}", do=do, where=str(path)) from e
    return True


def _replace(path: Path, content: bytes, mode: int) -> None:
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as f:
            f.write(content)
            f.flush()
            os.fsync(f.fileno())
        temporary.chmod(mode)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
