"""The last border before the shell: every end of a command becomes an exit code and two lines that help."""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING, Any

import typer

from ..domain.errors import RpaAgentError, UsageInvalid
from .out import answer_error, hides, say
from .place import Place

if TYPE_CHECKING:
    from .app import Concern

CANCELLED = 130
_DEFECT = 5
_GLOBAL = ("--project", "--state")
_ONLY_HELP = "NoArgsIsHelpError"
# typer carries a click of its own in some versions, and the common base of its errors has no public name in all
_CLICK_ERROR: type[Exception] = typer.BadParameter.__mro__[2]


class Defect(RpaAgentError):
    """Something unexpected happened; this is a defect of rpa-agent."""

    code = "defect"
    do = "Run it again with RPA_LOG_LEVEL=debug; report it with the log file."


def run_command(args: Sequence[str]) -> int:
    """Run one command line and return its exit code. Nothing but SystemExit leaves here."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    as_json = "--json" in _options(args)
    place = Place()
    hides.set(place.hide)
    try:
        code = _run(_globals_first(args), place)
        if code == CANCELLED:
            say("cancelled")
        return code
    except RpaAgentError as e:
        if isinstance(e, UsageInvalid):
            e.message = _quoted(e.message, place)
        answer_error(e, as_json=as_json)
        return e.exit_code
    except (KeyboardInterrupt, typer.Abort):
        say("cancelled")
        return CANCELLED
    except _CLICK_ERROR as e:
        if type(e).__name__ == _ONLY_HELP and not as_json:
            say(_message(e))
        else:
            answer_error(_usage(e, place), as_json=as_json)
        return UsageInvalid.exit_code
    except Exception as e:  # noqa: BLE001  # a named border: a traceback helps nobody at a shell
        answer_error(_defect(e, place), as_json=as_json)
        return _DEFECT


def _run(args: Sequence[str], place: Place) -> int:
    from .app import needed

    command = _command(needed(_asked(args)))
    code = command.main(list(args), prog_name="rpa", standalone_mode=False, obj=place)
    return code if isinstance(code, int) else 0


@cache
def _command(concerns: tuple[Concern, ...]) -> Any:
    """Return the commands, read from their functions once: that takes longer than most of them."""
    from .app import build

    return typer.main.get_command(build(concerns))


def _asked(args: Sequence[str]) -> str | None:
    """Return the command's name; the global options with their values stand before it."""
    rest = list(args)
    while rest and rest[0] in _GLOBAL:
        del rest[:2]
    if rest and rest[0].startswith(tuple(f"{name}=" for name in _GLOBAL)):
        return _asked(rest[1:])
    return rest[0] if rest else None


def _options(args: Sequence[str]) -> Sequence[str]:
    return args[: args.index("--")] if "--" in args else args


def _globals_first(args: Sequence[str]) -> list[str]:
    """Let --project and --state stand anywhere, since nobody remembers which options come before the command."""
    rest, first, ours = [], [], list(_options(args))
    while ours:
        arg = ours.pop(0)
        if arg in _GLOBAL and ours:
            first += [arg, ours.pop(0)]
        elif arg.startswith(tuple(f"{name}=" for name in _GLOBAL)):
            first.append(arg)
        else:
            rest.append(arg)
    return [*first, *rest, *args[len(_options(args)):]]


def _usage(error: Exception, place: Place) -> UsageInvalid:
    """Return a wrong command line in our words, with the help page to read."""
    path = getattr(getattr(error, "ctx", None), "command_path", "rpa")
    message = "a command is missing" if type(error).__name__ == _ONLY_HELP else " ".join(_message(error).split())
    return UsageInvalid(_quoted(message, place), do=f"Read `{path} --help`.")


def _quoted(message: str, place: Place) -> str:
    """Return what is said of a wrong command line, which it quotes, without the secrets of the environment."""
    from ..ops.secret.secrets import gather

    with suppress(RpaAgentError):  # settings or places of secrets cannot be read
        return gather(own=place.own_words()).hide(message)
    return message


def _message(error: Exception) -> str:
    return str(getattr(error, "format_message", lambda: error)())


def _defect(error: Exception, place: Place) -> Defect:
    """Keep the traceback in the log file, secrets redacted, and return what the person is told."""
    from loguru import logger

    from ..ops.telemetry import log_to

    message = f"this is a defect of rpa-agent: {type(error).__name__}"
    try:
        file = place.settings.log_file
        end = log_to("error", file, place.hides, stream=io.StringIO())
    except RpaAgentError:
        return Defect(message)
    logger.opt(exception=error).error("a command ended in a defect")
    end()
    return Defect(message, where=str(file), do=f"The details are in {file}; please report it with them.")
