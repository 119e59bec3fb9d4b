"""Where the demonstration plays: a folder of its own, the practice site, one agent, and the list of what was proven."""

from __future__ import annotations

import io
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr

from ..agent import Agent, Order
from ..domain.errors import EnvironmentUnfit
from ..domain.procedure import Version
from ..domain.result import run_json
from ..domain.schedule import Schedule
from ..domain.trajectory import Trajectory
from ..domain.workflow import Rows, Workflow
from ..formats.rows import read_rows
from ..ops.due.occurrence import Occurrence
from ..ops.secret.secrets import SecretSources, gather, write_env_file
from ..ops.settings import Settings
from ..ops.telemetry import log_to
from ..store.workflow_files import find_workflow, write_examples, write_workflow
from .events import Checked, Ended, Event, Failed, Ran
from .evidence import repaired_steps
from .invoices import NUMBER, differences, write_csv

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fixtures.backoffice import Backoffice

    from ..build import Built

Tell = Callable[[Event], None]
WORKFLOW = "enter-supplier-invoice"
TASK = "Enter a supplier invoice and file it for approval"
ROWS = "data/invoices.csv"
EVERY = "2s"


class SiteMissing(EnvironmentUnfit):
    """The practice site is not installed here."""

    code = "practice_site_missing"
    do = "Install what it runs on: pip install starlette uvicorn jinja2 python-multipart httpx beautifulsoup4."


@dataclass
class Stage:
    """One performance: what it works with, and what it has proven so far."""

    site: Backoffice
    agent: Agent
    tell: Tell
    rules: dict[str, Sequence[Schedule]]        # the schedules that are served; none until the schedule's scene
    began: float = field(default_factory=time.monotonic)
    workflow: Workflow | None = None
    procedure: str = ""
    secrets: SecretSources = field(default_factory=lambda: SecretSources(()))
    file: list[dict[str, str]] = field(default_factory=list)        # the lines of the CSV file
    entered: list[Mapping[str, str]] = field(default_factory=list)  # what the site must hold, each once
    trajectories: list[Trajectory] = field(default_factory=list)
    learned: Version | None = None                                  # the active version once the schedule had gone on
    _claims: list[Checked] = field(default_factory=list)

    @property
    def settings(self) -> Settings:
        return self.agent.settings

    # ---- claims ---------------------------------------------------------------------------------------------------

    def check(self, name: str, claim: str, held: bool, *, seen: str = "") -> None:
        """Tell whether a claim held; a failed one is kept with what was seen."""
        checked = Checked(name=name, claim=claim, held=held, seen=seen)
        self._claims.append(checked)
        self.tell(checked)

    def end(self, *, folder: str = "") -> Ended:
        """Tell the end and return it."""
        ended = Ended(
            shown=tuple(c.name for c in self._claims if c.held), claims=tuple(c.claim for c in self._claims if c.held),
            failed=tuple(Failed(name=c.name, claim=c.claim, seen=c.seen) for c in self._claims if not c.held),
            seconds=round(time.monotonic() - self.began, 1), runs=len(self.trajectories), folder=folder,
        )
        self.tell(ended)
        return ended

    def wrong_on_site(self) -> str:
        """Return where the site differs from what must be there, each invoice once with its own values, or nothing."""
        return "; ".join(differences(self.site.truth(), self.entered))

    def changes_sent(self) -> int:
        """Return how many requests the site has had that change something; a login is none."""
        return sum(r["path"] != "/login" for r in self.site.truth()["requests"])

    # ---- work -------------------------------------------------------------------------------------------------------

    def adopt(self, built: Built) -> Workflow:
        """Write the recorded workflow as a person would complete it: its rows, and when it runs; then read it back."""
        schedule = Schedule(every=EVERY, overlap="skip", misfire="skip", grace="1m")
        wanted = built.workflow.but(repair="remember", rows=Rows(file=ROWS), schedule=(schedule,))
        write_workflow(self.settings.workflows_dir / f"{WORKFLOW}.yaml", wanted, built.remarks)
        write_examples(self.settings.data_dir / f"{WORKFLOW}.examples.yaml", built.examples)
        write_env_file(self.settings.project / "secrets.env", built.secrets)
        self.secrets = SecretSources([("the demonstration", {k: SecretStr(v) for k, v in built.secrets.items()})])
        self.procedure = built.procedure.procedure
        self.workflow = find_workflow(self.settings.workflows_dir, WORKFLOW)
        return self.workflow

    def lay_on_desk(self, *rows: dict[str, str]) -> None:
        """Add invoices to the file that the workflow reads."""
        self.file.extend(rows)
        write_csv(self.settings.project / ROWS, self.file)

    async def work_off(self, occurrence: Occurrence | None = None) -> list[Trajectory]:
        """Run every row of the file; return those runs that had something to do."""
        workflow = self._known()
        file = self.settings.project / ROWS
        rows = read_rows(file, rows=workflow.rows or Rows(file=ROWS), params=workflow.params)
        done = [await self.enter(row.values, occurrence) for row in rows]
        return [t for t in done if not is_old(t)]

    async def enter(self, params: Mapping[str, str], occurrence: Occurrence | None = None) -> Trajectory:
        """Run once for one invoice and tell it, unless it was entered before."""
        order = Order(
            workflow=self._known(), params=params, secrets=self.secrets, base_url=self.site.base_url, has_rows=True,
            today=occurrence.day if occurrence else None, occurrence=occurrence.id if occurrence else None,
        )
        result = await self.agent.run(order)
        trajectory = result.trajectory
        if is_old(trajectory):
            return trajectory
        self.trajectories.append(trajectory)
        if trajectory.outcome == "succeeded":
            self.entered.append(dict(params))
        due = occurrence.due.astimezone().strftime("%H:%M:%S") if occurrence else ""
        self.tell(_ran(trajectory, params, due=due, version_written=result.version_written))
        return trajectory

    def _known(self) -> Workflow:
        assert self.workflow is not None, "it is recorded first"
        return self.workflow


def is_old(trajectory: Trajectory) -> bool:
    """Tell whether a run had nothing to do, because its invoice was entered before."""
    return bool(trajectory.commits) and all(c.state == "already" for c in trajectory.commits)


def _ran(trajectory: Trajectory, params: Mapping[str, str], *, due: str, version_written: int | None) -> Ran:
    result: dict[str, Any] = run_json(trajectory, version_written=version_written)
    return Ran(
        due=due, invoice=params.get(NUMBER, ""), outcome=trajectory.outcome, stopped=trajectory.stopped,
        about=f"{params.get('supplier', '')}, {Decimal(params.get('amount', '0')):.2f} {params.get('currency', '')}",
        ms=trajectory.duration_ms, steps=len(trajectory.steps), repaired=repaired_steps(trajectory), result=result,
    )


# ---- opening and closing --------------------------------------------------------------------------------------------


@asynccontextmanager
async def open_stage(folder: Path, tell: Tell, *, browser: str | None) -> AsyncIterator[Stage]:
    """Open site and agent in ``folder``; both are closed and nothing else is touched."""
    for name in ("workflows", "data"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    settings = Settings.load(folder, folder / ".rpa", browser=browser, headless=True)
    settings = settings.model_copy(update={"model_url": None, "model_key": None, "model_name": None, "base_urls": {}})
    end_logging = log_to("error", settings.log_file, gather().hide, stream=io.StringIO())
    try:
        rules: dict[str, Sequence[Schedule]] = {}
        with practice_site() as site:
            async with Agent.open(settings, rules=lambda: rules) as agent:
                yield Stage(site, agent, tell, rules)
    finally:
        end_logging()


@contextmanager
def practice_site() -> Iterator[Backoffice]:
    """Serve the practice site in its first generation on a free port; raises SiteMissing."""
    try:
        from fixtures.backoffice import Backoffice, BackofficeError
    except ImportError as e:
        raise SiteMissing(f"the practice site cannot be started: {e}") from e
    try:
        site = Backoffice(generation=1).start()
    except (BackofficeError, OSError) as e:
        do = "Look whether something can be served on 127.0.0.1."
        raise EnvironmentUnfit(f"the practice site does not start: {e}", do=do) from e
    try:
        yield site
    finally:
        site.stop()
