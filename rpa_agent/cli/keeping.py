"""Commands that keep what was learned and done: `verify` proves it, `backup` copies it while in use, `restore` brings it back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..domain.errors import StoreUnfit
from .out import answer, answer_items, answer_json, say
from .place import Json, local, settings_of

if TYPE_CHECKING:
    from ..ops.settings import Settings
    from ..store.bundle import Part

_DAMAGED = 5


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    for name, command in (("verify", verify), ("backup", backup), ("restore", restore)):
        app.command(name)(command)


def parts_of(settings: Settings) -> dict[str, Part]:
    """Return the databases of a state folder. Runs are copied first: a lesson noted in them that memory of a moment later
    has taken in already is taken in once more without a trace, one that is missing would be lost."""
    from ..memory.rows import verify_rows
    from ..memory.schema import MEMORY
    from ..ops.proofs import damaged
    from ..ops.tables import RUNS
    from ..store.bundle import Part

    return {"runs.db": Part(settings.runs, RUNS, damaged), "memory.db": Part(settings.memory, MEMORY, verify_rows)}


def verify(
    ctx: typer.Context,
    file: Annotated[Path | None, typer.Argument(help="A backup; default: what is in use.")] = None,
    ledger: Annotated[str | None, typer.Option(help="The hash of a ledger line that was noted elsewhere.")] = None,
    json_: Json = False,
) -> int:
    """Prove that memory, runs, batches, journal and ledger are exactly what was written; one line for each that is not."""
    settings = settings_of(ctx)
    found = _in_backup(settings, file) if file else _in_use(settings)
    head, held = ("", True) if file else _ledger(settings, ledger)
    if not held:
        found.append({"store": "runs.db", "problem": f"the ledger has no line {ledger}: it was written anew since that was noted"})
    if json_:
        answer_items(found, sound=not found, ledger=head)
        return _DAMAGED if found else 0
    for one in found:
        answer(f"{one['store']}: {one['problem']}")
    if not found:
        say("Everything is what was written.")
        if head:
            say(f"The ledger ends with {head}.")
            say("Note it elsewhere: `rpa verify --ledger HASH` proves later that nothing before it was written anew.")
        return 0
    if file:
        say("This backup cannot be used, and what is in use was not looked at. Take another one, or make one: `rpa backup`.")
        return _DAMAGED
    said = "1 thing is" if len(found) == 1 else f"{len(found)} things are"
    say(f"{said} not what was written. Nothing that depends on them is sent: end `rpa serve`, then")
    say("`rpa restore FILE` with a backup that `rpa verify FILE` finds sound; what was sent since is carried over.")
    return _DAMAGED


def _in_use(settings: Settings) -> list[dict[str, str]]:
    from ..store.backup import problems
    from ..store.bundle import brought_up

    found = []
    for name, part in parts_of(settings).items():
        if part.path.exists():
            brought_up(part)
            found += [{"store": name, "problem": p} for p in problems(part.path, part.verify)]
    return found


def _ledger(settings: Settings, noted: str | None) -> tuple[str, bool]:
    """Return the hash of the ledger's last line, and whether it still has the one that was noted."""
    from contextlib import closing

    from ..ops.ledger import head, holds
    from ..store.backup import reader
    from ..store.database import Database
    from ..store.files import door

    if not settings.runs.exists():
        return "", noted is None
    try:
        with door(settings.runs), closing(reader(settings.runs)) as conn:
            db = Database(conn)
            return head(db), noted is None or holds(db, noted.strip().lower())
    except StoreUnfit:
        return "", True     # what is wrong with the file is told already


def _in_backup(settings: Settings, file: Path) -> list[dict[str, str]]:
    from ..domain.errors import StoreCorrupt
    from ..store.bundle import unpacked

    try:
        with unpacked(file, parts_of(settings)):
            return []
    except StoreCorrupt as e:
        return [{"store": file.name, "problem": e.message}]


def backup(
    ctx: typer.Context,
    file: Annotated[Path | None, typer.Argument(help="A new file; default: backups/ in the state folder.")] = None,
    json_: Json = False,
) -> int:
    """Copy memory and runs into one file, while runs go on; the copy is proved before it counts."""
    from ..store.bundle import pack

    settings, now = settings_of(ctx), datetime.now(UTC)
    parts = parts_of(settings)
    if missing := [str(part.path) for part in parts.values() if not part.path.exists()]:
        raise StoreUnfit(f"there is nothing to copy yet: {missing[0]} does not exist", do="Record or run something first.")
    target = file or settings.state / "backups" / f"rpa-{now.astimezone():%Y%m%d-%H%M%S}.zip"
    pack(parts, target, made=now.isoformat(timespec="seconds"))
    if json_:
        answer_json({"schema": 1, "backup": str(target), "bytes": target.stat().st_size, "made": now.isoformat(timespec="seconds")})
    else:
        answer(str(target))
        say("memory and runs are in it, proved. Keep it where only you can read it: it holds what was entered.")
    return 0


def restore(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="A file that `rpa backup` made.")],
    json_: Json = False,
) -> int:
    """Bring memory and runs back from a backup; what is there now is put aside, and what was sent since is carried over."""
    from ..ops.carry import carry_journal, tell_loss
    from ..store.bundle import put_in_place, require_free, unpacked

    settings = settings_of(ctx)
    parts = parts_of(settings)
    with unpacked(file, parts) as found:
        require_free(parts)     # before what was sent is read: nothing may be sent after that
        carried = carry_journal(settings.runs, found.files["runs.db"])
        if carried.lost:
            tell_loss(found.files["runs.db"], made=local(found.made), why=carried.lost, now=datetime.now(UTC))
        aside = put_in_place(found, parts)
    told: Mapping[str, Any] = {
        "restored": list(parts), "made": found.made, "aside": [str(p) for p in aside.values()],
        "commits_carried": carried.entries, "commits_lost": carried.lost,
    }  # fmt: skip
    if json_:
        answer_json({"schema": 1, **told})
        return 0
    answer(f"memory and runs are as of {local(found.made)}")
    for path in aside.values():
        say(f"put aside: {path}")
    said = "1 commit that was" if carried.entries == 1 else f"{carried.entries} commits that were"
    say(f"{said} journaled since then went into what was restored: what was sent then is known.")
    if carried.lost:
        say(f"{carried.lost}: look at the site for what was sent since then, and at `rpa inbox`.")
    return 0
