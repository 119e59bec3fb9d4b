"""Commands that show what ran: `runs` lists, `show` tells one run in plain sentences and then in every detail."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..domain.errors import RpaAgentError, UsageInvalid
from ..domain.texts import in_short
from .batches import as_item as batch_item
from .batches import found as batch_found
from .batches import line_of, no_results, show_batch, totals_of
from .out import answer, answer_items, answer_json, answer_table, say
from .place import Json, local, office_to_read, place_of, settings_of, wait_for

if TYPE_CHECKING:
    from ..domain.trajectory import CommitOutcome, StepOutcome, Trajectory, Weighed
    from ..ops.batches import Batch
    from ..ops.batches.rows import BatchRow
    from ..ops.inbox import Item
    from ..ops.journal import Entry
    from ..ops.runs import Run
    from ..ops.settings import Settings

    Counted = tuple[Batch, dict[str, int]]

_LONGEST = 60
_PLAIN = {"workflow", "outcome", "fault", "sent", "stopped", "batch", "occurrence", "started", "ended"}


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    app.command("runs")(runs)
    app.command("show")(show)


def runs(
    ctx: typer.Context,
    name: Annotated[str | None, typer.Argument(help="Only the runs of this workflow.")] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=10_000, help="How many, latest first.")] = 20,
    json_: Json = False,
) -> int:
    """List the latest runs: when, how they ended, whether anything was sent."""
    found, batches = wait_for(_recent(settings_of(ctx), name, limit))
    if json_:
        answer_items([as_item(run) for run in found], batches=[batch_item(b, counts) for b, counts in batches])
        return 0
    answer_table(
        [
            (r.id, r.workflow, r.row_key, local(r.started), state_of(r), r.sent or "", in_short(r.stopped or "", _LONGEST))
            for r in found
        ],
        "RUN", "WORKFLOW", "ROW", "STARTED", "OUTCOME", "SENT", "WHY",
    )
    if batches:
        answer("")
        lines = [line_of(batch, counts) for batch, counts in batches]
        answer_table(lines, "BATCH", "WORKFLOW", "STARTED", "STATE", "ROWS", "TOTALS")
    if not found:
        say("Nothing ran yet." if name is None else f"{name} did not run yet.")
    return 0


async def _recent(settings: Settings, name: str | None, limit: int) -> tuple[list[Run], list[Counted]]:
    """Return the latest runs, and the batches they belong to with their totals."""
    batches: list[Counted] = []
    async with office_to_read(settings) as office:
        found = await office.runs.recent(name, limit) if office else []
        if office is not None:
            for batch in dict.fromkeys(run.batch for run in found if run.batch):
                if kept := await office.batches.get(batch):
                    batches.append((kept, totals_of(kept, await office.batches.rows(batch))))
    if not found and name is not None:
        from ..store.workflow_files import find_workflow

        find_workflow(settings.workflows_dir, name)     # a slip of the pen is not "did not run yet"
    return found, batches


def as_item(run: Run) -> dict[str, Any]:
    """Return a run as an item of a JSON list."""
    state = "ended" if run.ended else "running" if run.alive else "cut_off"
    return {"run": run.id, "state": state, "row": run.row_key, **run.model_dump(include=_PLAIN)}


def state_of(run: Run) -> str:
    """Return in words how a run ended, or that it has not."""
    if run.outcome:
        return run.outcome.replace("_", " ")
    return "running" if run.alive else "cut off"


# ---- one run ---------------------------------------------------------------------------------------------------------


def show(
    ctx: typer.Context,
    run: Annotated[str, typer.Argument(help="The run's or the batch's id, as `rpa runs` lists it.")],
    results: Annotated[Path | None, typer.Option(help="Write the result file of a batch once more, to this file.")] = None,
    export: Annotated[Path | None, typer.Option(help="Write all that is kept of a run to this new file.")] = None,
    json_: Json = False,
) -> int:
    """Tell one run: what happened and what you can do, then its steps, repairs, commits, checks and files; or a batch."""
    settings, name = settings_of(ctx), run.strip().upper()
    if batch := wait_for(_batch(settings, name)):
        if export is not None:
            raise UsageInvalid(f"{name} is a batch; --export writes one run", do="Name a run, as `rpa runs` lists them.")
        return show_batch(settings, *batch, results=results, as_json=json_)
    found, item, entries, written = wait_for(_one(settings, name))
    if results is not None:
        raise no_results(found.id)
    if export is not None:
        from .run_archive import archive_run

        story = "\n".join(_told(found, item, entries, written)) + "\n"
        wait_for(archive_run(place_of(ctx), found, export, story=story, as_json=_as_json(found, item, entries, written)))
        say(f"wrote {export}. It holds what was entered: hand it only to who may know.")
        return 0
    if json_:
        answer_json(_as_json(found, item, entries, written))
        return 0
    for line in _told(found, item, entries, written):
        answer(line)
    return 0


async def _batch(settings: Settings, name: str) -> tuple[Batch, list[BatchRow]] | None:
    async with office_to_read(settings) as office:
        return await batch_found(office, name) if office else None


async def _one(settings: Settings, run: str) -> tuple[Run, Item | None, list[Entry], int | None]:
    async with office_to_read(settings) as office:
        if office is None:
            raise UsageInvalid(f"there is no run {run}", do="Look at `rpa runs`.", where=run)
        found = await office.runs.get(run)
        item, entries = await office.inbox.of_run(run), await office.journal.of_run(run)
    return found, item, entries, await _version_written(settings, found.trajectory)


async def _version_written(settings: Settings, trajectory: Trajectory | None) -> int | None:
    """Ask memory which version names this run as its evidence; None where it cannot say."""
    from ..memory import Memory

    if trajectory is None or not trajectory.procedure or not settings.memory.exists():
        return None
    try:
        async with Memory.open(settings.memory, read_only=True) as memory:
            versions = await memory.versions(trajectory.procedure)
    except RpaAgentError:
        return None     # a run is shown even when memory is out of order; `rpa doctor` tells about that
    return next((v.number for v in reversed(versions) if trajectory.run in v.evidence), None)


def _as_json(run: Run, item: Item | None, entries: list[Entry], written: int | None) -> dict[str, Any]:
    from ..domain.result import run_json

    told = run_json(run.trajectory, version_written=written) if run.trajectory else {"schema": 1}
    waits = item.model_dump(exclude={"run", "workflow"}) if item else None
    journal = [e.model_dump(exclude={"run"}) for e in entries]
    return {**told, **as_item(run), "inbox": waits, "journal": journal}


def _told(run: Run, item: Item | None, entries: list[Entry], written: int | None) -> Iterator[str]:
    from ..ops.notify import sentence_for

    t = run.trajectory
    yield sentence_for(t) if t else _without_trajectory(run)
    if item and item.resolved:
        yield f"Decided {local(item.resolved)} by {item.who}: {(item.how or '').replace('_', ' ')}, {item.because}."
    yield ""
    yield from _facts(run, written)
    if t is None:
        yield from (f"commit     {e.name}: {e.state.replace('_', ' ')}" for e in entries)
        return
    yield from (f"before     {why}; nothing had been sent, and it was begun again" for why in t.begun_again)
    if t.steps:
        yield "steps"
    for step in t.steps:
        yield from _step(step)
    for commit in t.commits:
        yield from _commit(commit)
    yield from (f"refused    {request}" for request in t.refused_requests)
    yield from (f"output     {name} = {value}" for name, value in t.outputs.items())
    for check in t.checks:
        note = f" ({check.note})" if check.note else ""
        yield f"check      {'met' if check.met else 'NOT met'}: {check.check}{note}"
    if t.judged is not None:
        yield f"judge      “{t.judged.sentence}” {t.judged.words()}"
    if t.artifacts:
        yield f"artifacts  {t.artifacts}"


def _without_trajectory(run: Run) -> str:
    if run.ended is None and run.alive:
        return f"{run.workflow} is running."
    if run.ended is None:
        return cut_off_words(run)
    known = {"sent": "Something was sent.", "nothing": "Nothing was sent."}
    sent = known.get(run.sent or "", "It is not known what was sent.")
    return f"{run.workflow} {state_of(run)}: {(run.stopped or 'no reason is known').rstrip('.')}. {sent}"


def cut_off_words(run: Run) -> str:
    """Return what is known of a run whose process is gone and that nobody has closed."""
    return (
        f"{run.workflow} was cut off: its process is gone. Whether anything was sent is looked at by the next `rpa serve` or"
        f" `rpa run {run.workflow}`; what is in doubt is in `rpa inbox` then, and nothing is sent twice."
    )


def _facts(run: Run, written: int | None) -> Iterator[str]:
    yield f"run        {run.id}"
    yield f"workflow   {run.workflow}" + (f", row {run.row_key}" if run.row_key else "")
    yield f"time       {local(run.started)}" + (f" to {local(run.ended)}" if run.ended else "")
    if (t := run.trajectory) is None:
        return
    if t.procedure:
        learned = f", taught version {written}" if written else ""
        yield f"procedure  {t.procedure} version {t.version}{learned}"
    if t.params:
        yield "values     " + ", ".join(f"{name}={value}" for name, value in t.params.items())


def _commit(commit: CommitOutcome) -> Iterator[str]:
    yield f"commit     {commit.name}: {commit.state.replace('_', ' ')}"
    kept = commit.evidence
    if kept.values:
        yield "       the page held: " + "; ".join(f"{field}: {value}" for field, value in kept.values.items())
    yield from (f"       sent: {request}" for request in kept.requests)
    if pictures := [p for p in (kept.before, kept.after) if p]:
        yield f"       pictures: {', '.join(pictures)}"


def _step(step: StepOutcome) -> Iterator[str]:
    words = f"{step.kind} {step.target}".strip()
    yield f"  {step.index + 1:>3}  {step.status:<9}{words}  ({step.ms} ms)" + (f": {step.note}" if step.note else "")
    if step.missing and not step.note:
        yield f"       missing: {'; '.join(step.missing)}"
    yield from _repair(step)
    if step.proposed is not None:
        p = step.proposed
        yield f"       proposed by {p.by}, {p.confidence:.0%} sure: {p.now}; `rpa review list` tells it"
        yield from (f"       evidence: {one}" for one in p.evidence)
    considered = step.repair.candidates if step.repair else step.candidates
    if considered:
        yield "       considered:"
    for number, candidate in enumerate(considered, 1):
        yield from _weighed(number, candidate)


def _repair(step: StepOutcome) -> Iterator[str]:
    repair = step.repair
    if repair is None:
        return
    yield f"       repaired by {repair.by}, {repair.confidence:.0%} sure: {repair.was} -> {repair.now}"
    yield from (f"       closed first: {words}" for words, _ in repair.dismissed)
    yield from (f"       opened first: {v.fingerprint.words()}" for v in repair.revealed)
    yield from (f"       answered then: {v.fingerprint.words()}" for v in repair.confirmed)
    yield from (f"       evidence: {one}" for one in repair.evidence)


def _weighed(number: int, c: Weighed) -> Iterator[str]:
    """Tell one element that was considered: how sure it was, what each ranker gave it, and what spoke against it."""
    scores = ", ".join(f"{name} {score:.2f}" + ("*" if name in c.favoured_by else "") for name, score in c.scores.items())
    more = (", used" if c.used else "") + (f" ({scores})" if scores else "")
    yield f"         {number}. {c.words}: {c.probability:.1%} sure, likeness {c.likeness:.2f}{more}"
    yield from (f"            for it: {one}" for one in c.evidence)
    yield from (f"            against it: {one}" for one in c.objections)
