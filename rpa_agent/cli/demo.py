"""`demo`: the product shown in under two minutes, on the practice site, with every claim checked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .out import answer_json
from .place import Json, settings_of, wait_for

if TYPE_CHECKING:
    from ..demo import Event


def add_to(app: typer.Typer) -> None:
    """Add this command."""
    app.command("demo")(demo)


def demo(
    ctx: typer.Context,
    keep: Annotated[Path | None, typer.Option(help="Keep the project it makes in this new or empty folder.")] = None,
    json_: Json = False,
) -> int:
    """See it work: show once, run, upgrade the site twice, repair with evidence, refuse, remember. Offline, no key."""
    from ..demo import perform

    browser = settings_of(ctx).browser
    if json_:
        ended = wait_for(perform(_as_json, browser=browser, keep=keep))
    else:
        from .demo_view import View

        with View() as view:
            ended = wait_for(perform(view.tell, browser=browser, keep=keep))
    return 1 if ended.failed else 0


def _as_json(event: Event) -> None:
    if event.event == "end":
        failed = [f.model_dump() for f in event.failed]
        answer_json({"schema": 1, "shown": list(event.shown), "failed": failed})
        return
    answer_json({"schema": 1, **event.model_dump(mode="json")})
