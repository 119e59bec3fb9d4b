"""The invoice flow that benchmarks replay: recorded once on the practice site into a project of its own."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from fixtures.backoffice import Backoffice
from fixtures.demonstrations.enter_supplier_invoice import demonstrate
from rpa_agent.agent import Agent, Order
from rpa_agent.build import Built
from rpa_agent.ops.secret.secrets import SecretSources, gather
from rpa_agent.ops.settings import Settings

NAME = "enter-supplier-invoice"


@dataclass(frozen=True)
class Flow:
    """A recorded project: what was built, its settings and secrets, and the site it runs on."""

    site: Backoffice
    settings: Settings
    built: Built
    secrets: SecretSources
    numbers: count[int]

    def values(self) -> dict[str, str]:
        """Return the values of one more invoice: those of the demonstration with a number that is new."""
        return {**self.built.examples, "invoice_number": f"RE-{next(self.numbers)}"}

    def order(self, values: Mapping[str, str]) -> Order:
        """Return the order to enter one invoice."""
        return Order(workflow=self.built.workflow, params=values, secrets=self.secrets, base_url=self.site.base_url)


@asynccontextmanager
async def recorded(
    name: str = NAME, demonstrate: Callable[[Any], Awaitable[None]] = demonstrate
) -> AsyncIterator[Flow]:
    """Start the site in a process of its own, show it the work once, and keep all files in a scratch folder."""
    with tempfile.TemporaryDirectory(prefix="rpa-bench-") as folder, Backoffice(process=True) as site:
        settings = Settings.load(Path(folder))
        async with Agent.open(settings) as agent:
            built = await agent.record(name, f"{site.base_url}/login", site="backoffice", demonstrate=demonstrate)
        _write(settings, built)
        yield Flow(site, settings, built, gather(settings.project / "secrets.env"), count(50_000))


def _write(settings: Settings, built: Built) -> None:
    from rpa_agent.cli.recording import write_files

    write_files(settings, built, secrets_to=str(settings.project / "secrets.env"))
