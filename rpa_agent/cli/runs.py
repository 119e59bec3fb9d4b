"""Commands that do the work and show it: `record`, `run`, `runs`, `show`, `today`, `inbox`, `resolve`, `serve`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from ..domain.errors import ParamsInvalid, UsageInvalid
from .place import Json, place_of, wait_for

if TYPE_CHECKING:
    from ..domain.workflow import TraceMode

RepairOption = Annotated[str | None, typer.Option("--repair", help="off, propose, this_run or remember.")]

Rehearse = Annotated[
    bool, typer.Option("--rehearse", help="Do all up to the first step that sends, and tell what differs.")
]


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    for name, command in (("record", record), ("run", run)):
        app.command(name)(command)


def record(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="Name of the workflow: small letters, digits and -.")],
    url: Annotated[str, typer.Option(help="Where the work begins.")] = "",
    task: Annotated[str, typer.Option(help="What the workflow achieves, in a sentence.")] = "",
    site: Annotated[str, typer.Option(help="Name of the site; default: its host.")] = "",
    script: Annotated[Path | None, typer.Option(help="A file with `async def demonstrate(page)`.")] = None,
    secrets_to: Annotated[str, typer.Option(help="Where typed secrets go: a file, keyring, or none.")] = "none",
    correct: Annotated[list[str] | None, typer.Option(help="A correction by number, as in '4 draft'.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Keep it without asking.")] = False,
    again: Annotated[bool, typer.Option("--again", help="One more demonstration of a workflow that is known.")] = False,
    kept: Annotated[bool, typer.Option("--kept", help="Build from what was shown when nothing was written.")] = False,
    rehearse: Rehearse = False,
    allow: Annotated[
        list[str] | None, typer.Option(help="Reach this host and the site's own, and no others; default: every host.")
    ] = None,
    account: Annotated[str, typer.Option(help="Begin logged in as this account, as every run will.")] = "",
    env_file: Annotated[Path | None, typer.Option("--env-file", help="The secrets of that account.")] = None,
    json_: Json = False,
) -> int:
    """Show a workflow once: in a window, or by a script that drives the page."""
    from .recording import Wanted, record_workflow
    from .running import secrets_for

    place = place_of(ctx)
    wanted = Wanted(
        name=name,
        url=url,
        task=task,
        site=site,
        script=script,
        secrets_to=secrets_to,
        correct=tuple(correct or ()),
        yes=yes,
        again=again,
        kept=kept,
        rehearse=rehearse,
        as_json=json_,
        account=account,
        allow=_hosts(allow or ()),
        secrets=secrets_for(place, env_file) if account else None,
    )
    with place.logged():
        return record_workflow(place, wanted)


def run(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="Name of the workflow.")],
    param: Annotated[list[str] | None, typer.Option("--param", help="A value of this run, as name=value.")] = None,
    examples: Annotated[bool, typer.Option("--examples", help="Use the values of the demonstration.")] = False,
    rows: Annotated[Path | None, typer.Option(help="A CSV, .xlsx or .jsonl file: one run per row.")] = None,
    results: Annotated[Path | None, typer.Option(help="Write outputs, or rows with outcomes, to this file.")] = None,
    base_url: Annotated[str | None, typer.Option(help="Run against this address instead.")] = None,
    env_file: Annotated[Path | None, typer.Option(help="A file with RPA_SECRET_NAME=value lines.")] = None,
    repair: RepairOption = None,
    again: Annotated[str | None, typer.Option(help="Why a commit that was done is done once more.")] = None,
    supervised: Annotated[
        bool, typer.Option("--supervised", help="Under your eyes: asks before each commit. How an import runs first.")
    ] = False,
    rehearse: Rehearse = False,
    trace: Annotated[str, typer.Option(help="Keep a scrubbed Playwright trace: on, failure or off.")] = "off",
    json_: Json = False,
) -> int:
    """Run a workflow: once with --param or --examples, or once per row."""
    from .running import Wanted, run_workflow

    wanted = Wanted(
        name=name,
        params=pairs(param or []),
        examples=examples,
        rows=rows,
        results=results,
        base_url=base_url,
        repair=_mode(repair),
        again=again,
        as_json=json_,
        trace=_trace(trace, alone=not (rehearse or supervised)),
    )
    if again is not None and not again.strip():
        raise UsageInvalid("doing once more what was done needs its reason; nothing was begun", do="Write --again REASON.")
    if rehearse and supervised:
        raise UsageInvalid("--rehearse sends nothing, so there is nothing to supervise", do="Leave one of them out.")
    if rehearse:
        from .procedures import rehearse_workflow

        return wait_for(rehearse_workflow(place_of(ctx), wanted, env_file=env_file))
    if supervised:
        from .supervising import run_supervised

        return wait_for(run_supervised(place_of(ctx), wanted, env_file=env_file))
    return wait_for(run_workflow(place_of(ctx), wanted, env_file=env_file))


def pairs(given: list[str]) -> dict[str, str]:
    """Return values given as name=value; raises UsageInvalid, ParamsInvalid."""
    out: dict[str, str] = {}
    for text in given:
        key, found, value = text.partition("=")
        if not found or not key:
            raise UsageInvalid(f"--param {text!r} is not name=value", do="Write --param amount=12.50.")
        if key in out:
            raise ParamsInvalid(f"--param {key} is given twice")
        out[key] = value
    return out


def _trace(given: str, *, alone: bool) -> TraceMode:
    if given not in {"on", "failure", "off"}:
        raise UsageInvalid(f"--trace {given!r} is unknown", do="Write on, failure or off.")
    if given != "off" and not alone:
        raise UsageInvalid("--trace goes with a run, not with --rehearse or --supervised", do="Leave one of them out.")
    return cast("TraceMode", given)


def _mode(given: str | None) -> str | None:
    if given is not None and given not in {"off", "propose", "this_run", "remember"}:
        raise UsageInvalid(f"--repair {given!r} is unknown", do="Write off, propose, this_run or remember.")
    return given


def _hosts(entries: Sequence[str]) -> tuple[str, ...]:
    from ..domain.hosts import check_entry

    try:
        return tuple(check_entry(e) for e in entries)
    except ValueError as e:
        raise UsageInvalid(f"--allow: {e}") from e
