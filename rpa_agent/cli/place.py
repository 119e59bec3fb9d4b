"""Where a command works: the project and state folders, and the settings read once from them."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from ..domain.errors import RpaAgentError, StoreReadOnly

if TYPE_CHECKING:
    from ..domain.schedule import Schedule
    from ..domain.workflow import Workflow
    from ..ops.due.queue import Lane
    from ..ops.office import Office
    from ..ops.settings import Settings

T = TypeVar("T")
LOADED_S = 5            # by then a command has loaded what it needs
Json = Annotated[bool, typer.Option("--json", help="Answer with JSON on stdout.")]


def _from_environment(text: str) -> str:
    from ..ops.secret.secrets import gather

    return gather().hide(text)


@dataclass
class Place:
    """The folders of one invocation. ``hides`` takes out what must never be written; a command may know more of it."""

    project: Path = Path()
    state: Path | None = None
    hides: Callable[[str], str] = field(default=_from_environment)
    names: tuple[str, ...] = ()  # of the account or workflow that the command makes, whose file is not there yet

    def hide(self, text: str) -> str:
        """Return a text without the secrets that this command works with, where it works with any."""
        return text if self.hides is _from_environment else self.hides(text)

    def also_hide(self, *texts: str) -> None:
        """Hide more from now on: what was typed in a demonstration."""
        from ..ops.secret.secrets import SecretSources

        more, before = SecretSources((), own=self.own_words()), self.hides
        more.also_hide(*texts)
        self.hides = lambda text: more.hide(before(text))

    def own_words(self) -> list[str]:
        """Return the names that people gave in clear, as messages say them: no advice could be followed without them."""
        accounts = [*self.names, *(path.stem for path in self.settings.accounts_dir.glob("*.yaml"))]
        workflows = [*self.names, *(path.stem for path in self.settings.workflows_dir.glob("*.yaml"))]
        called = ("account {}", "login:{}", "login {}", "logging in {}", "password of {}", "accounts/{}.yaml", "{}.sealed", "{}")
        said = [form.format(name) for name in accounts for form in called]
        said += [name.replace("-", "_") + "_" for name in accounts]  # as its secrets are called
        said += [form.format(name) for name in workflows for form in ("run {}", "record {}", "workflows/{}.yaml", "{}")]
        folders = (self.settings.project, self.settings.state)
        return [*said, *(str(path) for folder in folders for path in (folder, folder.resolve()))]

    @contextmanager
    def logged(self) -> Iterator[None]:
        """Log inside the ``with`` block, freed of what this command hides by then; libraries' own sinks are shut."""
        from ..ops.telemetry import log_to

        end = log_to("warning", self.settings.log_file, lambda text: self.hides(text))
        try:
            yield
        finally:
            end()

    @cached_property
    def settings(self) -> Settings:
        """Return the settings, read once; raises SettingsInvalid."""
        from ..ops.settings import Settings

        return Settings.load(self.project, self.state)


def place_of(ctx: typer.Context) -> Place:
    """Return the place that the global options name."""
    place = ctx.find_object(Place)
    assert place is not None, "run_command gives every context its place"
    return place


def settings_of(ctx: typer.Context) -> Settings:
    """Return the settings of the place that the global options name; raises SettingsInvalid."""
    return place_of(ctx).settings


def wait_for(work: Coroutine[Any, Any, T]) -> T:
    """Run a command's asynchronous part to its end; Ctrl-C and SIGTERM cancel it and let it clean up."""
    try:
        return asyncio.run(_beyond_the_start(work))
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None


async def _beyond_the_start(work: Coroutine[Any, Any, T]) -> T:
    """Collect garbage from when all is loaded: what lasts longer than a start may make some."""
    loop, me = asyncio.get_running_loop(), asyncio.current_task()
    loop.call_later(LOADED_S, gc.enable)
    if me is not None and threading.current_thread() is threading.main_thread():
        with suppress(NotImplementedError):     # a system without signals
            loop.add_signal_handler(signal.SIGTERM, me.cancel)
    return await work


@asynccontextmanager
async def office_to_read(settings: Settings) -> AsyncIterator[Office | None]:
    """Open what ran here, to look at it; None where nothing ever ran, so that looking makes no files."""
    from ..ops.office import Office

    async with AsyncExitStack() as stack:
        if not settings.runs.exists():
            yield None
            return
        files = WorkflowFiles(settings)
        try:
            office = await stack.enter_async_context(Office.open(settings.runs, files.rules))
        except StoreReadOnly:
            office = await stack.enter_async_context(Office.open(settings.runs, files.rules, read_only=True))
        yield office


class WorkflowFiles:
    """The workflow files of a project, read again only when one of them changed."""

    def __init__(self, settings: Settings) -> None:
        self._folder, self._project, self._site_limits = settings.workflows_dir, settings.project, settings.site_limits
        self._seen: tuple[tuple[str, int, int], ...] | None = None
        self._valid: dict[str, Workflow] = {}
        self._told: set[str] = set()

    def valid(self) -> Mapping[str, Workflow]:
        """Return the valid workflows by name; each problem of the others is said once."""
        from ..store.workflow_files import all_workflows, workflow_paths

        seen = tuple((str(p), s.st_mtime_ns, s.st_size) for p in workflow_paths(self._folder) if (s := _stat(p)))
        if seen != self._seen:
            workflows, errors = all_workflows(self._folder)
            for error in errors:
                self._tell_once(error)
            self._seen, self._valid = seen, {w.name: w for w in workflows}
        return self._valid

    def rules(self) -> Mapping[str, Sequence[Schedule]]:
        """Return the schedules by workflow; a folder is one of the project, unless its path is whole."""
        found = {name: workflow.schedule for name, workflow in self.valid().items() if workflow.schedule}
        return {name: tuple(self._in_project(rule) for rule in rules) for name, rules in found.items()}

    def _in_project(self, rule: Schedule) -> Schedule:
        return rule if rule.folder is None else rule.but(folder=str((self._project / rule.folder).absolute()))

    def lane(self, workflow: str) -> Lane:
        """Return where a workflow's runs queue, and whether it changes what matters on the server."""
        from ..ops.due.queue import Lane

        known = self.valid().get(workflow)
        if known is None:
            return Lane()
        site, limits = known.site_name(), self._site_limits
        return Lane(
            sends=bool(known.commits), site=site, account=known.account or "", priority=known.priority,
            at_once=known.at_once, site_at_once=limits.get(site, limits.get("*")),
        )

    def probed(self, workflow: str, commit: str) -> bool:
        """Tell whether the site can be asked if this commit arrived."""
        known = self.valid().get(workflow)
        return known is not None and any(c.name == commit and c.probe is not None for c in known.commits)

    def _tell_once(self, error: RpaAgentError) -> None:
        from .out import say

        told = f"{error.where}: {error.message}"
        if told not in self._told:
            self._told.add(told)
            say(f"left out: {told}")


def workflows_of_account(settings: Settings, account: str) -> list[str]:
    """Return the names of the workflows that run logged in as an account."""
    return [name for name, workflow in WorkflowFiles(settings).valid().items() if workflow.account == account]


def _stat(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except OSError:
        return None     # it was removed between listing and looking


def local(moment: datetime | str | None) -> str:
    """Return a moment as a clock on the wall shows it here; nothing for none."""
    if not moment:
        return ""
    at = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return at.astimezone().strftime("%Y-%m-%d %H:%M:%S")
