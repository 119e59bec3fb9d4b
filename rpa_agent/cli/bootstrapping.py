"""`bootstrap`: a task that nobody has shown is tried out in its sandbox, and the best way is remembered."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .out import answer, answer_json, say
from .place import Json, Place, place_of, wait_for

if TYPE_CHECKING:
    from ..bootstrap import Bootstrapped

NOTHING_FIT = 1


def add_to(app: typer.Typer) -> None:
    """Add this command."""
    app.command("bootstrap")(bootstrap)


def bootstrap(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="Name of a workflow that nobody has shown yet.")],
    candidates: Annotated[int, typer.Option("--candidates", min=1, max=50, help="How often it is tried out.")] = 5,
    param: Annotated[list[str] | None, typer.Option("--param", help="A value to try it with, as name=value.")] = None,
    examples: Annotated[bool, typer.Option("--examples", help="Use the values of data/NAME.examples.yaml.")] = False,
    most_usd: Annotated[float | None, typer.Option("--most-usd", min=0, help="Stop where so much is spent.")] = None,
    most_moves: Annotated[int, typer.Option("--most-moves", min=1, max=200, help="Moves of one try at most.")] = 40,
    env_file: Annotated[Path | None, typer.Option("--env-file", help="A file with RPA_SECRET_NAME=value lines.")] = None,
    json_: Json = False,
) -> int:
    """Let a model find out how a task is done, in the workflow's sandbox, and remember the best way as a candidate."""
    from .runs import pairs

    place = place_of(ctx)
    with place.logged():
        done = wait_for(_done(place, name, pairs(param or []), examples, env_file, (candidates, most_usd, most_moves)))
    if json_:
        answer_json(_as_json(name, done))
    else:
        _tell(name, done)
    return 0 if done.version is not None else NOTHING_FIT


async def _done(
    place: Place, name: str, params: dict[str, str], examples: bool, env_file: Path | None,
    limits: tuple[int, float | None, int],
) -> Bootstrapped:  # fmt: skip
    from ..agent import Agent
    from ..bootstrap import Wanted, bootstrap
    from ..store.workflow_files import find_workflow
    from .running import Wanted as Run
    from .running import order, params_of, secrets_for

    settings = place.settings
    workflow = find_workflow(settings.workflows_dir, name)
    secrets, run = secrets_for(place, env_file), Run(name=name, params=params, examples=examples)
    candidates, most_usd, most_moves = limits
    async with Agent.open(settings) as agent:
        one = order(settings, workflow, run, secrets, params_of(settings, workflow, run))
        return await bootstrap(
            agent, one, Wanted(candidates=candidates, most_usd=most_usd, most_moves=most_moves), tell=say
        )


def _tell(name: str, done: Bootstrapped) -> None:
    from ..bootstrap import cost

    if done.version is None or done.built is None:
        answer(f"None of {len(done.tries)} tries fits; nothing is remembered ({done.ended}; {cost(done.asked)}).")
        return
    answer(f"{name} is known now as a candidate, version {done.version.number} ({done.ended}; {cost(done.asked)}):")
    for line in done.built.procedure.script.splitlines():
        answer(f"  {line}")
    sends = [s.commit for s in done.built.procedure.commits() if s.commit]
    if sends:
        answer(f"It SENDS: {', '.join(sends)}. Look at `rpa procedure show {name}`, and name them under `commits:`.")
    answer(f"Try it under your eyes first: rpa run {name} --supervised")


def _as_json(name: str, done: Bootstrapped) -> dict[str, Any]:
    version = done.version
    return {
        "schema": 1, "workflow": name,
        "procedure": None if version is None else {"id": version.procedure, "version": version.number, "status": version.status},
        "tries": [
            {
                "number": t.number, "fits": t.fits, "moves": t.moves, "why": "" if t.fits else t.why,
                "steps": len(t.built.procedure.steps) if t.built else None,
                "tokens": t.explored.asked.input_tokens + t.explored.asked.output_tokens,
            }
            for t in done.tries
        ],
        "ended": done.ended,
        "model": {
            "calls": done.asked.calls, "input_tokens": done.asked.input_tokens,
            "output_tokens": done.asked.output_tokens, "usd": done.asked.usd if done.asked.calls else 0.0,
        },
        "commits": [s.commit for s in done.built.procedure.commits() if s.commit] if done.built else [],
    }  # fmt: skip
