"""Logging, set up in one place: text or JSON to stderr, JSON lines to a file, secrets redacted in the sink itself."""

from __future__ import annotations

import json
import logging
import os
import sys
import threading
import traceback
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from loguru import logger

from .secret.hiding import redacted_value

if TYPE_CHECKING:
    from loguru import Message

Hide = Callable[[str], str]

_FORMAT = "{time:HH:mm:ss} {level: <7} {extra[about]}{message}"
_LARGEST = 10_000_000
_KEPT = 5


def log_to(
    level: str, file: Path | None, hide: Hide, *, stream: TextIO | None = None, largest: int = _LARGEST,
    as_json: bool = False,
) -> Callable[[], None]:  # fmt: skip
    """Log to stderr from ``level`` on, one JSON object a line where ``as_json``, and everything from debug on to ``file``;
    return what ends the logging.

    ``hide`` takes the secrets out of a text; it is asked for every line, so that secrets that come later are covered too.
    This happens in the sinks because a patcher sees neither the formatted message nor the text of an exception.
    """
    logger.remove()
    ids = [_add(_Talk(stream or sys.stderr, hide, as_json=as_json), level.upper())]
    if file is not None:
        ids.append(_add(_JsonLines(file, hide, largest), "DEBUG"))
    bridge = _Bridge(logging.WARNING)
    logging.getLogger().addHandler(bridge)
    logging.captureWarnings(True)
    unseen = _hear_what_nobody_catches()

    def end() -> None:
        unseen()
        logging.captureWarnings(False)
        logging.getLogger().removeHandler(bridge)
        for sink in ids:
            logger.remove(sink)

    return end


def _hear_what_nobody_catches() -> Callable[[], None]:
    """Python prints what fails in a thread or a finaliser to stderr as it is; let it come to our sinks instead."""
    before = threading.excepthook, sys.unraisablehook

    def in_thread(told: threading.ExceptHookArgs) -> None:
        if told.exc_value is not None and told.exc_type is not SystemExit:
            logger.opt(exception=told.exc_value).error("a thread ended in a defect")

    def in_finaliser(told: sys.UnraisableHookArgs) -> None:
        logger.opt(exception=told.exc_value).warning("what was left behind could not be cleaned up")

    threading.excepthook, sys.unraisablehook = in_thread, in_finaliser

    def end() -> None:
        threading.excepthook, sys.unraisablehook = before

    return end


def _add(sink: Callable[[Message], None], level: str) -> int:
    # catch=False: loguru reports a failing sink by printing the whole unredacted record; ours never raise
    return logger.add(sink, level=level, format=_line, diagnose=False, backtrace=False, catch=False)


def about(*, run: str, workflow: str) -> AbstractContextManager[None]:
    """Name the run and workflow in every line logged inside the ``with`` block, tasks started there included."""
    return logger.contextualize(run=run, workflow=workflow)


def _line(record: Mapping[str, Any]) -> str:
    record["extra"].setdefault("about", f"{record['extra']['workflow']}: " if "workflow" in record["extra"] else "")
    return _FORMAT + "\n{exception}"


class _Talk:
    """Lines for a person, or for a program that collects them."""

    def __init__(self, stream: TextIO, hide: Hide, *, as_json: bool) -> None:
        self._stream, self._hide, self._as_json = stream, hide, as_json

    def __call__(self, message: Message) -> None:
        try:
            self._stream.write(_as_json(message, self._hide) if self._as_json else self._hide(str(message)))
            self._stream.flush()
        except (OSError, ValueError):
            return      # a closed terminal must not stop a run


def _as_json(message: Message, hide: Hide) -> str:
    """Return a record as one line of JSON."""
    record = message.record
    extra = {k: v for k, v in record["extra"].items() if k != "about"}
    entry: dict[str, Any] = {"time": record["time"].isoformat(), "level": record["level"].name}
    entry["message"] = hide(record["message"])
    entry |= redacted_value(extra, hide)
    if (error := record["exception"]) is not None:
        text = "".join(traceback.format_exception(error.type, error.value, error.traceback))
        entry["exception"] = hide(text)
    return json.dumps(entry, ensure_ascii=False) + "\n"


class _JsonLines:
    """One JSON object per line, appended; the file is renamed when it grows too large."""

    def __init__(self, file: Path, hide: Hide, largest: int) -> None:
        self._file, self._hide, self._largest = file, hide, largest

    def __call__(self, message: Message) -> None:
        try:
            self._append(_as_json(message, self._hide))
        except OSError:
            return      # a full disk must not stop a run; what matters is in runs.db

    def _append(self, line: str) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(self._file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        with os.fdopen(handle, "a", encoding="utf-8", errors="backslashreplace") as out:
            out.write(line)
            size = out.tell()
        if size > self._largest:
            self._rotate()

    def _rotate(self) -> None:
        for n in range(_KEPT - 1, 0, -1):
            older = self._file.with_name(f"{self._file.name}.{n}")
            if older.exists():
                older.replace(self._file.with_name(f"{self._file.name}.{n + 1}"))
        self._file.replace(self._file.with_name(f"{self._file.name}.1"))


class _Bridge(logging.Handler):
    """Hands warnings of libraries to the same redacting sinks."""

    def emit(self, record: logging.LogRecord) -> None:
        level = record.levelname if record.levelno in (30, 40, 50) else record.levelno
        logger.opt(exception=record.exc_info).log(level, "{}: {}", record.name, record.getMessage())
