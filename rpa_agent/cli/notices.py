"""`notify test`: sends one message to a target, to see whether it arrives; `notify list` says what has not arrived."""

from __future__ import annotations

from typing import Annotated

import typer

from ..domain.errors import SettingsInvalid, UsageInvalid
from .out import answer_items, answer_table, say
from .place import Json, local, office_to_read, settings_of, wait_for


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    group = typer.Typer(no_args_is_help=True, help="Who is told what happened.")
    group.command("test")(test)
    group.command("list")(list_)
    app.add_typer(group, name="notify")


def test(
    ctx: typer.Context, target: Annotated[str, typer.Argument(help="A name under [notify] in rpa.toml.")] = "default"
) -> int:
    """Send a message to a target now."""
    from ..ops.notices.send import send_to

    settings = settings_of(ctx)
    if target not in settings.notify:
        known = ", ".join(sorted(settings.notify)) or "none"
        raise UsageInvalid(
            f"there is no target {target} (known: {known})", do="Write its address under [notify] in rpa.toml."
        )
    body = "This is a test. Nothing ran, nothing was sent to any site, and there is nothing for you to do."
    if why := wait_for(send_to(settings.notify, target, "rpa can reach you", body)):
        raise SettingsInvalid(
            f"{target} could not be told: {why}", where=target, do="Look at its address under [notify]."
        )
    say(f"{target} was told. Look whether it arrived.")
    return 0


def list_(ctx: typer.Context, json_: Json = False) -> int:
    """List the notices that have not arrived, and why."""

    async def unsent() -> list[dict[str, str]]:
        async with office_to_read(settings_of(ctx)) as office:
            rows = [] if office is None else await office.outbox.unsent()
        return [
            {
                "target": r["target"],
                "title": r["title"],
                "made": r["made"],
                "next": r["next"],
                "error": r["error"],
                "state": "given up" if r["sent"] else "waits",
            }
            for r in rows
        ]

    items = wait_for(unsent())
    if json_:
        answer_items(items)
        return 0
    answer_table(
        [(local(i["made"]), i["target"], i["title"], i["state"], i["error"]) for i in items],
        "MADE",
        "TARGET",
        "TITLE",
        "",
        "WHY",
    )
    if not items:
        say("All notices have arrived.")
    return 0
