"""`serve`: runs workflows when they are due, until it is asked to end; every run is told as `run` tells it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..domain.errors import NeedsPerson, ParamsInvalid, RpaAgentError, SettingsInvalid
from .batch import Ended
from .listening import address_of, beating, listening
from .out import said_to, say
from .place import Json, Place, WorkflowFiles, local, place_of, wait_for
from .tidying import tidying

if TYPE_CHECKING:
    from ..agent import Agent
    from ..domain.workflow import Notify
    from ..ops.due.occurrence import Later, Occurrence
    from ..ops.notices.announce import Announcer
    from ..ops.office import Office
    from ..ops.secret.secrets import SecretSources
    from ..ops.settings import Settings

_OUTCOMES = {0: "succeeded", 1: "failed", 4: "needs_person", 5: "failed", 130: "cancelled"}


def _rows_of(occurrence: Occurrence) -> Path | None:
    """Return the file that is this due time; raises ParamsInvalid where it is no longer what came."""
    if occurrence.file is None:
        return None
    from ..ops.due.folder import digest

    path = Path(occurrence.file)
    try:
        same = digest(path) == occurrence.occurrence
    except OSError as e:
        raise ParamsInvalid(f"the file {path} that came is gone: {e.strerror}; nothing was sent", where=str(path)) from e
    if not same:
        raise ParamsInvalid(
            f"the file {path} was changed after it came; nothing of the old content was sent",
            do="As it is now it is a file of its own and comes by itself.", where=str(path),
        )
    return path


def add_to(app: typer.Typer) -> None:
    """Add this command."""
    app.command("serve")(serve)


def serve(
    ctx: typer.Context,
    env_file: Annotated[Path | None, typer.Option(help="A file with RPA_SECRET_NAME=value lines.")] = None,
    once: Annotated[bool, typer.Option("--once", help="Run what is due now, then end.")] = False,
    parallel: Annotated[
        int | None, typer.Option(min=1, max=16, help="How many workflows run side by side at most; default: the setting, else 2.")
    ] = None,
    listen: Annotated[str | None, typer.Option(help="Answer /healthz, /readyz and /metrics, as on 127.0.0.1:9464.")] = None,
    json_: Json = False,
) -> int:
    """Run workflows when their schedule says so. SIGTERM or Ctrl-C lets running ones finish; a second one closes them."""
    if listen is not None:
        address_of(listen)      # what cannot be meant is said before anything is opened
    duty = Duty(env_file=env_file, once=once, parallel=parallel, listen=listen, as_json=json_)
    return wait_for(serve_schedules(place_of(ctx), duty))


@dataclass(frozen=True)
class Duty:
    """How to serve, as the command line says."""

    env_file: Path | None = None
    once: bool = False
    parallel: int | None = None
    listen: str | None = None
    as_json: bool = False


async def serve_schedules(place: Place, duty: Duty) -> int:
    """Serve until asked to end, or only what is due; return 0, or with ``once`` the worst exit code of its runs."""
    from loguru import logger

    from .. import service
    from ..agent import Agent
    from ..domain.retry import worst
    from ..ops.health import Pulse
    from ..ops.telemetry import log_to
    from .running import secrets_for

    settings = place.settings
    secrets = secrets_for(place, duty.env_file)
    files = WorkflowFiles(settings)
    as_json = settings.log_format == "json" or (settings.log_format == "auto" and not sys.stderr.isatty())
    end_logging = log_to(settings.log_level, settings.log_file, secrets.hide, as_json=as_json)
    heard = said_to.set((lambda text: logger.info("{}", text)) if as_json else None)
    try:
        async with Agent.open(settings, rules=files.rules, lanes=files.lane) as agent:
            stop = asyncio.Event()
            worker = Worker(agent, secrets, files, as_json=duty.as_json, leave=stop.is_set)
            for line in agent.cut_off:
                logger.warning("{}", line)
            pulse = Pulse(agent.office.clock, ending=stop.is_set)
            announcer = announcer_for(agent.office, settings, files, secrets)
            habits = service.Habits(
                max_parallel=duty.parallel or settings.parallel, breaker=settings.breaker, announcer=announcer,
                looked=pulse.looked, stop_within=settings.stop_within, look_ahead=worker.look_ahead,
            )
            if duty.once:
                await service.serve_due(agent.office, worker.run, stop=stop, habits=habits, probed=files.probed)
                if not worker.codes:
                    say("Nothing is due.")
                return worst(worker.codes)
            await _say_begin(agent, files)
            async with (
                listening(duty.listen, agent.office, pulse), beating(settings.heartbeat_url, pulse),
                tidying(agent.office, settings),
            ):  # fmt: skip
                await service.serve(agent.office, worker.run, stop=stop, habits=habits, probed=files.probed)
            return 0
    finally:
        said_to.reset(heard)
        end_logging()


def announcer_for(office: Office, settings: Settings, files: WorkflowFiles, secrets: SecretSources) -> Announcer:
    """Return who tells people; raises SettingsInvalid where the digest's time is none."""
    from ..domain.schedule import clock_time
    from ..ops.notices.announce import Announcer, Targets
    from ..ops.secret.hiding import redacted

    try:
        at = clock_time(settings.digest_at) if settings.digest_at else None
    except ValueError as e:
        raise SettingsInvalid(f"digest_at: {e}", where="digest_at") from e

    def wanted(workflow: str) -> Sequence[Notify]:
        known = files.valid().get(workflow)
        return known.notify if known is not None else ()

    targets = Targets(addresses=settings.notify, digest_at=at, digest_to=settings.digest_to)
    return Announcer(office, targets, wanted=wanted, hide=lambda text: redacted(text, secrets.redactions()))


async def _say_begin(agent: Agent, files: WorkflowFiles) -> None:
    rules = files.rules()
    due = await agent.office.occurrences.next_look()
    when = f"; next at {local(due)}" if due else ""
    say(f"serving {len(rules)} workflows with a schedule{when}. Files are read again when they change.")


class Worker:
    """Does due times: each opens its workflow by name and runs it with the values of its schedule."""

    def __init__(
        self, agent: Agent, secrets: SecretSources, files: WorkflowFiles, *, as_json: bool, leave: Callable[[], bool]
    ) -> None:
        """``leave`` tells whether a batch is to be left after its present row, since the service is asked to end."""
        self._agent, self._settings, self._secrets, self._files = agent, agent.settings, secrets, files
        self._as_json, self._leave = as_json, leave
        self.codes: list[int] = []

    async def run(self, occurrence: Occurrence) -> str | Later:
        """Do one due time; return its outcome, or when to go on with it. What a person must put right first is in the
        inbox afterwards."""
        from loguru import logger

        from ..ops.due.occurrence import Later

        try:
            ended = await self._run(occurrence)
        except RpaAgentError as e:
            # A value that is none may be a secret that somebody wrote into the file; it is quoted to everybody.
            where = f"{e.where}: " if e.where not in ("", occurrence.workflow) and e.where not in e.message else ""
            why = self._secrets.hide(f"{where}{e.message.removesuffix('.')}. {e.remedy}")
            logger.warning("{}: {}", occurrence.workflow, why)
            ended = Ended(await self._ended_by(occurrence, e, why))
        self.codes.append(ended.code)
        if ended.later is not None:
            return Later(until=ended.later, reason=ended.reason)
        return _OUTCOMES.get(ended.code, "failed")

    async def look_ahead(self, occurrence: Occurrence) -> str:
        """Return what would keep a due time from going well, in words; nothing where all would."""
        from .preflighting import looked_ahead
        from .running import Wanted

        if (workflow := self._files.valid().get(occurrence.workflow)) is None:
            return "its file is not valid, or gone"
        wanted = Wanted(name=workflow.name, params=occurrence.params, examples=occurrence.examples, today=occurrence.day)
        found = await looked_ahead(self._agent, workflow, wanted, self._secrets)
        return "; ".join(found.breaks)

    async def _run(self, occurrence: Occurrence) -> Ended:
        from ..store.workflow_files import find_workflow
        from .batch import table_of
        from .running import Wanted, work

        workflow = self._files.valid().get(occurrence.workflow)
        if workflow is None:    # it was changed or removed since it became due: say what is wrong with it
            workflow = find_workflow(self._settings.workflows_dir, occurrence.workflow)
        wanted = Wanted(
            name=workflow.name, params=occurrence.params, examples=occurrence.examples, as_json=self._as_json,
            occurrence=occurrence.id, today=occurrence.day, rows=_rows_of(occurrence),
            until=occurrence.finish_by if occurrence.stops else None, leave=self._leave,
        )
        table = table_of(self._settings, workflow, wanted)
        before = occurrence.attempts - 1
        return await work(self._agent, self._settings, workflow, wanted, self._secrets, table, tries=before)

    async def _ended_by(self, occurrence: Occurrence, error: RpaAgentError, why: str) -> int:
        """Return the exit code of an error; one that came before a run was begun is kept as a run that waits."""
        from ..domain.trajectory import Trajectory

        if error.run or error.exit_code == 5:
            return error.exit_code
        office = self._agent.office
        run = await office.runs.begin_run(occurrence.workflow, occurrence=occurrence.id)
        await office.runs.end_run(
            Trajectory(
                run=run, workflow=occurrence.workflow, site="", procedure="", version=0,
                params={name: self._secrets.hide(value) for name, value in occurrence.params.items()},
                started=occurrence.due.isoformat(timespec="milliseconds"), outcome="needs_person", stopped=why,
            )
        )
        await office.inbox.add(run, occurrence.workflow, why)
        return NeedsPerson.exit_code
