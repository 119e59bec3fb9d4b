"""`teach`: show the step at which a run was parked; it learns that, and the run is done anew."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..domain.errors import BrowserUnfit, UsageInvalid
from .out import answer, answer_json, say
from .place import Json, place_of, wait_for

if TYPE_CHECKING:
    from ..agent import Agent
    from ..teaching import Lesson, Parked
    from ..teaching.session import Demonstration
    from .place import Place

Script = Annotated[Path | None, typer.Option("--script", help="A file with `async def demonstrate(page)`, for a person.")]
EnvFile = Annotated[Path | None, typer.Option("--env-file", help="A file with RPA_SECRET_NAME=value lines.")]


def add_to(app: typer.Typer) -> None:
    """Add this command."""
    app.command("teach")(teach)


def teach(
    ctx: typer.Context,
    run: Annotated[str | None, typer.Argument(help="The run that waits, as `rpa inbox` lists it.")] = None,
    script: Script = None,
    bundle: Annotated[
        Path | None, typer.Option(help="With RUN: write it to this file, for another machine. Without: show it here.")
    ] = None,
    lesson: Annotated[Path | None, typer.Option(help="With RUN: learn what was shown on another machine, from this file.")] = None,
    base_url: Annotated[str | None, typer.Option(help="Where the run took place, if not at the workflow's address.")] = None,
    env_file: EnvFile = None,
    who: Annotated[str | None, typer.Option(help="Who teaches; default: the user of this shell.")] = None,
    json_: Json = False,
) -> int:
    """Show the step that a run broke at: a window opens there; press Stop when the step is done."""
    place = place_of(ctx)
    wanted = Wanted((run or "").strip().upper(), script, base_url, env_file, who, json_)
    if bundle and lesson:
        raise UsageInvalid("--bundle and --lesson exclude each other")
    if not run and (bundle is None or lesson is not None):
        raise UsageInvalid("Missing argument 'RUN': the run that is to be taught", do="Look at `rpa inbox`.")
    with place.logged():
        if bundle is None:
            return wait_for(_taught(place, wanted, lesson))
        from .lessons import shown_here, written

        return wait_for(written(place, wanted, bundle) if run else shown_here(place, wanted, bundle))


@dataclass(frozen=True)
class Wanted:
    """What the command line asks for."""

    run: str
    script: Path | None
    base_url: str | None
    env_file: Path | None
    who: str | None
    as_json: bool


async def _taught(place: Place, wanted: Wanted, file: Path | None) -> int:
    """Show it here, or learn what was shown elsewhere; the run is done anew in both cases."""
    from ..agent import Agent, Order
    from ..domain.result import exit_code
    from ..ops.settings import person
    from ..teaching import Session, learn
    from ..teaching import teach as give
    from .lessons import lesson_in
    from .running import secrets_for

    settings = place.settings
    demonstrate = hands(place, wanted) if file is None else None
    require_runs(place, wanted)
    secrets = secrets_for(place, wanted.env_file)
    async with Agent.open(settings) as agent:
        for line in agent.cut_off:
            say(line)
        parked = await waiting(agent, place, wanted)
        order = Order(
            workflow=parked.workflow, params=parked.values, secrets=secrets, base_url=address_of(place, wanted, parked)
        )
        who = wanted.who or person()
        if file is not None:
            lesson = await learn(agent, parked, lesson_in(file, parked), order, who=who)
        else:
            announce(parked, scripted=demonstrate is not None)
            asks = demonstrate is None and not wanted.as_json and sys.stdin is not None and sys.stdin.isatty()
            session = Session(order, demonstrate, turn=say, agree=agreed if asks else None)
            lesson = await give(agent, parked, session, who=who)
    _write_workflow(place, parked, lesson)
    if wanted.as_json:
        answer_json(lesson_json(parked, lesson))
    else:
        _tell(parked, lesson)
    return exit_code(lesson.done.trajectory) if lesson.done is not None else (4 if lesson.waits(parked) else 0)


def hands(place: Place, wanted: Wanted) -> Demonstration | None:
    """Return the script that shows the step, or None for the person; raises BrowserUnfit where there is no screen."""
    from .script import load_demonstration

    if wanted.script is not None:
        return load_demonstration(wanted.script)
    if not place.settings.screen:
        raise BrowserUnfit(
            "there is no screen to show the step on",
            do="Carry it to a desktop with --bundle FILE, or pass --script FILE.",
        )
    return None


def require_runs(place: Place, wanted: Wanted) -> None:
    """Raise UsageInvalid where nothing ever ran here: looking makes no files."""
    if not place.settings.runs.exists():
        raise UsageInvalid(f"nothing waits under {wanted.run}", do="Look at `rpa inbox`.", where=wanted.run)


async def waiting(agent: Agent, place: Place, wanted: Wanted) -> Parked:
    """Return the run that waits; raises UsageInvalid."""
    from ..store.workflow_files import find_workflow
    from ..teaching import parked_run

    return await parked_run(agent, wanted.run, lambda name: find_workflow(place.settings.workflows_dir, name))


def address_of(place: Place, wanted: Wanted, parked: Parked) -> str:
    """Return where the run took place."""
    return (wanted.base_url or place.settings.base_url_for(parked.workflow.name) or parked.workflow.base_url).rstrip("/")


def announce(parked: Parked, *, scripted: bool) -> None:
    say(f"{parked.workflow.name} stopped: {parked.stopped}")
    if not parked.replays:
        say("Something had been sent: it is not sent again, and the steps before are not done again. Show how it goes on.")
        say(f"If there is nothing to learn, look at the site and decide: rpa resolve {parked.run} … --reason TEXT")
    elif not scripted:
        say("A window opens and the steps before are done again. Wait for your turn.")


async def agreed(edits: Sequence[str], anew: bool) -> bool:
    """Put what would be learned before the person; silence is no yes."""
    from .supervising import next_line

    say("This would be learned:")
    for edit in edits:
        say(f"  {edit}")
    question = f"Learn it{' and do the run anew' if anew else ''}? yes or no"
    say(question)
    while line := await next_line():
        if (said := line.strip().casefold()) in {"y", "yes", "n", "no"}:
            return said.startswith("y")
        say(question)
    return False


def _write_workflow(place: Place, parked: Parked, lesson: Lesson) -> None:
    """Write the workflow file where what was shown needs a value, a secret or a commit that it did not name."""
    if lesson.version is None or lesson.taught.workflow == parked.workflow:
        return
    from ..store.workflow_files import write_workflow

    path = place.settings.workflows_dir / f"{parked.workflow.name}.yaml"
    write_workflow(path, lesson.taught.workflow, {})
    say(f"wrote {path}: look at what is new under params, secrets and commits")


def lesson_json(parked: Parked, lesson: Lesson) -> dict[str, Any]:
    """Return what was taught as one object."""
    from ..domain.result import run_json

    version = lesson.version
    return {
        "schema": 1, "taught": parked.run, "workflow": parked.workflow.name,
        "version": version.number if version is not None else None, "edits": list(lesson.taught.edits),
        "sent_by_hand": list(lesson.sent), "in_doubt": list(lesson.doubtful), "waits": lesson.waits(parked),
        "refused": [{"what": what, "why": why} for what, why in lesson.refused.items()],
        "run": run_json(lesson.done.trajectory) if lesson.done is not None else None,
    }  # fmt: skip


def _tell(parked: Parked, lesson: Lesson) -> None:
    from ..ops.notify import sentence_for

    for edit in lesson.taught.edits if lesson.version is not None else ():
        answer(f"learned: {edit}")
    if lesson.version is not None:
        say(f"It is version {lesson.version.number}; `rpa memory rollback` takes it back.")
    else:
        say("Nothing was learned.")
    if not parked.replays:
        say(f"Something had been sent, so nothing was done again. Close it with `rpa resolve {parked.run} … --reason TEXT`.")
    elif lesson.doubtful:
        say(f"{', '.join(lesson.doubtful)} was sent, and nothing proves that it was taken: look at the site, then `rpa inbox`.")
    elif lesson.sent:
        say(f"You did {', '.join(lesson.sent)} yourself; it counts as done, and {parked.run} is closed.")
    elif lesson.version is None:
        say(f"{parked.run} waits as before; nothing was sent.")
    elif lesson.done is None:
        say("What came by schedule or from a file is done again by `rpa serve`, or when the file is given again.")
    if lesson.done is not None:
        answer(sentence_for(lesson.done.trajectory))
