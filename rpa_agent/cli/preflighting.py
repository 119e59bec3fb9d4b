"""`preflight`: would it go well tonight? Walks up to what sends, in the night's own browser, and tells what would break."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..domain.errors import NeedsPerson, ParamsInvalid
from .out import answer, answer_json, say
from .place import Json, Place, place_of, wait_for

if TYPE_CHECKING:
    from ..agent import Agent
    from ..domain.workflow import Workflow
    from ..ops.secret.secrets import SecretSources
    from ..preflight import Preflight
    from .running import Wanted


def add_to(app: typer.Typer) -> None:
    """Add this command."""
    app.command("preflight")(preflight)


def preflight(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="Name of the workflow.")],
    param: Annotated[list[str] | None, typer.Option("--param", help="A value to walk with, as name=value.")] = None,
    examples: Annotated[bool, typer.Option("--examples", help="Walk with the values of the demonstration.")] = False,
    base_url: Annotated[str | None, typer.Option(help="Look at this address instead.")] = None,
    env_file: Annotated[Path | None, typer.Option(help="A file with RPA_SECRET_NAME=value lines.")] = None,
    json_: Json = False,
) -> int:
    """Log in, walk up to what sends and look for every element: what would break, and what would be used instead. Nothing is
    sent. Without values those of the schedule are used, or of the first row."""
    from .running import Wanted
    from .runs import pairs

    wanted = Wanted(name=name, params=pairs(param or []), examples=examples, base_url=base_url, as_json=json_)
    found = wait_for(_preflight(place_of(ctx), wanted, env_file=env_file))
    if json_:
        answer_json(as_json(found))
    else:
        for line in lines(found):
            answer(line)
        if found.run:
            say(f"decide now with `rpa review keep {found.run} --reason TEXT` or `undo`; `rpa show {found.run}` has the evidence")
    return 0 if found.ready else NeedsPerson.exit_code


async def _preflight(place: Place, wanted: Wanted, *, env_file: Path | None) -> Preflight:
    from ..agent import Agent
    from ..ops.telemetry import log_to
    from ..store.workflow_files import find_workflow
    from .running import secrets_for

    settings = place.settings
    workflow = find_workflow(settings.workflows_dir, wanted.name)
    secrets = secrets_for(place, env_file)
    end_logging = log_to("warning", settings.log_file, secrets.hide)
    try:
        async with Agent.open(settings) as agent:
            return await looked_ahead(agent, workflow, wanted, secrets)
    finally:
        end_logging()


async def looked_ahead(agent: Agent, workflow: Workflow, wanted: Wanted, secrets: SecretSources) -> Preflight:
    """Look ahead with the values that a run would have: those given, else of the schedule, else of the first row."""
    from ..preflight import Preflight, look_ahead
    from .running import order, params_of

    try:
        given = wanted.params or wanted.examples
        wanted = _with_values(agent, workflow, wanted)
        rule = next(iter(workflow.schedule), None)
        stand_in = not given and wanted.examples and not (rule is not None and rule.examples)
        params = params_of(agent.settings, workflow, wanted)
        return await look_ahead(agent, order(agent.settings, workflow, wanted, secrets, params), stand_in=stand_in)
    except ParamsInvalid as e:
        return Preflight(workflow.name, (e.message,))


def _with_values(agent: Agent, workflow: Workflow, wanted: Wanted) -> Wanted:
    """Return what to walk with; raises ParamsInvalid where the row file could not be worked off tonight either."""
    from .batch import table_of

    if wanted.params or wanted.examples:
        return wanted
    rule = next(iter(workflow.schedule), None)
    if rule is not None:
        wanted = replace(wanted, params=rule.params, examples=rule.examples)
    if workflow.rows is None or wanted.examples or (rule is not None and rule.folder is not None):
        return wanted if rule is None or rule.folder is None else replace(wanted, examples=True)
    if workflow.rows.from_ is not None:
        return replace(wanted, examples=True)       # what will be brought back is not known yet
    table = table_of(agent.settings, workflow, replace(wanted, occurrence="preflight"))
    if table is None or not table.rows:
        return replace(wanted, examples=True)
    return replace(wanted, params={**wanted.params, **table.rows[0].values})


def lines(found: Preflight) -> list[str]:
    """Return what was found, for people."""
    why = "the values of the demonstration stood for tonight's, which nobody knows yet"
    unseen = [f"  not all could be looked at, since {why}: {found.unseen}"] if found.unseen else []
    if found.ready:
        return [f"{found.workflow} would go well as far as can be seen without sending. Nothing was sent.", *unseen]
    told = [f"{found.workflow} would not go as shown. Nothing was sent.", *(f"  {line}" for line in found.breaks), *unseen]
    return told + [f"  proposed for step {n}: {one.now} ({one.by}, {one.confidence:.0%} sure)" for n, one in found.proposed]


def as_json(found: Preflight) -> dict[str, Any]:
    """Return the same as plain data."""
    from .review import rehearsal_json

    proposed = [
        {"step": n, "by": one.by, "confidence": one.confidence, "now": one.now, "evidence": list(one.evidence)}
        for n, one in found.proposed
    ]
    return {
        "schema": 1, "workflow": found.workflow, "ready": found.ready, "sent": "nothing", "breaks": list(found.breaks),
        "proposed": proposed, "run": found.run or None, "unseen": found.unseen or None,
        "rehearsal": rehearsal_json(found.rehearsed) if found.rehearsed is not None else None,
    }  # fmt: skip
