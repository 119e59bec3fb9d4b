"""`ledger`: who did what, when and with which version; what was begun, sent, decided, paused, cancelled, removed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ..domain.texts import in_short
from .out import answer_items, answer_table, say
from .place import Json, local, office_to_read, settings_of, wait_for

if TYPE_CHECKING:
    from ..ops.ledger import Line
    from ..ops.settings import Settings

_LONGEST = 90
_UNSAID = ("proof", "entry", "procedure")       # for machines


def add_to(app: typer.Typer) -> None:
    """Add this command."""
    app.command("ledger")(ledger)


def ledger(
    ctx: typer.Context,
    about: Annotated[str | None, typer.Argument(help="Only what tells of this run, batch, account or workflow.")] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=100_000, help="How many lines, latest first.")] = 50,
    json_: Json = False,
) -> int:
    """List who did what, when and with which version, latest first; `rpa verify` proves that no line was changed."""
    lines = wait_for(_lines(settings_of(ctx), about, limit))
    if json_:
        answer_items([line.model_dump() for line in lines])
        return 0
    answer_table([_row(line) for line in lines], "WHEN", "WHO", "WHAT", "ABOUT", "WORKFLOW", "MORE")
    if not lines:
        say("The ledger is empty." if about is None else f"The ledger tells nothing of {about}.")
    return 0


async def _lines(settings: Settings, about: str | None, limit: int) -> list[Line]:
    async with office_to_read(settings) as office:
        if office is None:
            return []
        found = await office.ledger.lines(about, limit)
        return found or (await office.ledger.lines(about.upper(), limit) if about else [])


def _row(line: Line) -> tuple[str, ...]:
    more = "; ".join(f"{name.replace('_', ' ')}: {value}" for name, value in line.detail.items() if name not in _UNSAID)
    about = "" if line.about == line.workflow else line.about
    return local(line.at), line.who, line.what.replace("_", " "), about, line.workflow, in_short(more, _LONGEST)
