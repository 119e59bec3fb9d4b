"""The baseline of `replay`: our own Playwright export of the procedure, as one would write it by hand or by codegen."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

from rpa_agent.domain.procedure import Procedure
from rpa_agent.domain.workflow import Workflow
from rpa_agent.formats.playwright import export_playwright

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext

Work = Callable[..., Awaitable[dict[str, Any]]]


@dataclass(frozen=True)
class Script:
    """A script for one run: it knows roles, names and values, and nothing of guards, journals or memory."""

    work: Work
    values: Mapping[str, str]
    secrets: Mapping[str, str]
    base_url: str

    async def run(self, context: BrowserContext) -> None:
        """Do every line in a new page, up to the success text."""
        page = await context.new_page()
        await self.work(page, dict(self.values), dict(self.secrets), self.base_url)


def script_of(
    procedure: Procedure, workflow: Workflow, *, base_url: str, values: Mapping[str, str], secrets: Mapping[str, str]
) -> Script:
    """Return the script of a procedure for one run.

    It checks the success text alone and leaves out the waits for each step's signals: the faster script is the
    stricter measure.
    """
    said = tuple(c for c in workflow.checks() if c.visible)[:1]
    source = export_playwright(procedure, workflow.but(success=said), signals=False)
    return Script(_compiled(source), values, secrets, base_url)


@lru_cache(maxsize=8)
def _compiled(source: str) -> Work:
    """Run the script's own definitions, as importing it would."""
    names: dict[str, Any] = {"__name__": "exported", "__doc__": ""}
    exec(compile(source, "exported.py", "exec"), names)
    return cast(Work, names["work"])
