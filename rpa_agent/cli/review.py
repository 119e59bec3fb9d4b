"""A person reads what a demonstration became and corrects it by number until they agree; nothing is written before."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from ..domain.errors import UsageInvalid
from .out import answer, harmless, say

if TYPE_CHECKING:
    from ..build import Built
    from ..build.telling.sentences import Question
    from ..run.rehearse import Rehearsed, RehearsedStep

Ask = Callable[[str], str]
PROMPT = "Correct it by number, or press Enter to keep it (help, undo, discard): "
_KEEP = {"", "keep", "save", "yes", "y"}
_DISCARD = {"discard", "quit", "exit", "no", "n"}


def at_a_terminal() -> bool:
    """Tell whether a person sits there to be asked."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def asked(question: str) -> str:
    """Ask at the terminal; the question goes to stderr, since stdout holds the answer of the command."""
    print(harmless(question), end="", file=sys.stderr, flush=True)  # noqa: T201  # a question has no line end
    line = sys.stdin.readline()
    if not line:
        raise EOFError
    return line.strip()


def review(built: Built, ask: Ask) -> Built | None:
    """Show the page, take corrections, show it again; return what the person agreed to, None where they did not."""
    from ..build.telling.correct import HELP, corrected

    before: list[Built] = []
    warned: Sequence[Question] = ()
    show(built)
    while True:
        try:
            line = ask(PROMPT).strip()
        except EOFError:
            return None
        word = line.casefold()
        if word in _KEEP:
            if built.questions and built.questions != warned:
                warned = built.questions
                say("Something is still open; a run will ask about it. Answer it, or press Enter once more.")
                continue
            return built
        if word in _DISCARD:
            return None
        if word in {"help", "?"}:
            for text in HELP:
                say(f"  {text}")
            continue
        if word == "undo":
            built = before.pop() if before else built
            show(built)
            continue
        try:
            changed = corrected(built, [line])
        except UsageInvalid as e:
            say(f"  {e.message}")
            continue
        before.append(built)
        built = changed
        show(built)


def show(built: Built) -> None:
    """Print the page of plain sentences."""
    for line in built.sentences:
        answer(line)


def wanted_too(question: str, ask: Ask) -> bool:
    """Ask a question of yes or no; nothing said is no."""
    try:
        return ask(f"{question} [y/N] ").casefold() in {"y", "yes"}
    except EOFError:
        return False


# ---- rehearsals -----------------------------------------------------------------------------------------------------


def rehearsal_lines(rehearsed: Rehearsed) -> list[str]:
    """Return what a rehearsal found, for people: what went as shown in a line, everything else step by step."""
    out = _told(rehearsed.steps)
    out += [f"Refused: {r} - it was not shown before anything was sent." for r in rehearsed.refused]
    held = "a draft, as it was shown. It does not leave in a rehearsal; a run sends it."
    out += [f"Held back: {r} - {held}" for r in rehearsed.held_back]
    if rehearsed.stopped:
        out.append(f"It could not go on: {rehearsed.stopped}")
    elif rehearsed.before is not None:
        at = next(i for i, s in enumerate(rehearsed.steps, 1) if s.step.id == rehearsed.before.id)
        out.append(f"It ended before step {at}, which sends. Nothing was sent.")
    else:
        out.append("It went to the end. Nothing was sent.")
    if rehearsed.picture:
        out.append(f"A picture of the page: {rehearsed.picture}")
    return out


def _told(steps: Sequence[RehearsedStep]) -> list[str]:
    """Return a line for each stretch of steps that went as shown, and one for every other step."""
    out: list[str] = []
    for well, some in groupby(steps, key=lambda s: s.status == "as_shown" and not (s.differences or s.note)):
        stretch = list(some)
        first, last = stretch[0].number, stretch[-1].number
        if well and len(stretch) > 1:
            out.append(f"Steps {first} to {last}: as shown.")
        else:
            out += [_line(s) for s in stretch]
    return out


def _line(s: RehearsedStep) -> str:
    from ..build.telling.sentences import sentence

    said = {"as_shown": "as shown", "not_done": "not done"}.get(s.status, s.status)
    by = f" (recognised by {', '.join(t.replace('_', ' ') for t in s.found_by[:4])})" if s.found_by else ""
    why = f": {'; '.join(s.differences)}" if s.differences else f": {s.note}" if s.note else ""
    return f"{s.number}. {sentence(s.step)} - {said}{by}{why}"


def rehearsal_json(rehearsed: Rehearsed) -> dict[str, object]:
    """Return the same as plain data."""
    before = rehearsed.before
    return {
        "outcome": rehearsed.outcome,
        "sent": "nothing",
        "steps": [
            {
                "number": s.number, "id": s.step.id, "kind": s.step.kind, "status": s.status,
                "target": s.step.target.words() if s.step.target else "",
                "found_by": list(s.found_by), "differences": list(s.differences), "note": s.note, "read_back": s.kept,
            }
            for s in rehearsed.steps
        ],
        "refused_requests": list(rehearsed.refused),
        "held_back": list(rehearsed.held_back),
        "before": {"id": before.id, "commit": before.commit} if before else None,
        "stopped": rehearsed.stopped,
        "picture": rehearsed.picture,
    }  # fmt: skip


def rehearsal_exit(rehearsed: Rehearsed) -> int:
    """Return 0 where it could be done, with or without differences, and 1 where it could not."""
    return 1 if rehearsed.outcome == "stopped" else 0
