"""Builds the seed: records the demonstrations of fixtures/ on the practice site and publishes memory.db and workflows/."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from fixtures.backoffice import Backoffice  # noqa: E402
from fixtures.demonstrations import approve_invoice, enter_supplier_invoice  # noqa: E402
from rpa_agent.agent import Agent  # noqa: E402
from rpa_agent.domain.workflow import CommitRule, Once, Rows, Workflow  # noqa: E402
from rpa_agent.memory import Memory  # noqa: E402
from rpa_agent.memory.publish import publish  # noqa: E402
from rpa_agent.ops.settings import Settings  # noqa: E402
from rpa_agent.store.workflow_files import write_workflow  # noqa: E402

BASE_URL = "http://127.0.0.1:8765"
SALT = "5eed" * 8
SHOWN = {
    "enter-supplier-invoice": ("Enter a supplier invoice and file it for approval", enter_supplier_invoice.demonstrate),
    "approve-invoice": ("Approve a supplier invoice", approve_invoice.demonstrate),
}


def finished(workflow: Workflow) -> Workflow:
    """Return the workflow as its owner would keep it: an invoice counts once, for good."""
    commits = tuple(CommitRule(name=c.name, once=Once(key=("invoice_number",))) for c in workflow.commits)
    rows = Rows(file="data/invoices.csv", key="invoice_number") if workflow.name == "enter-supplier-invoice" else None
    return workflow.but(commits=commits, rows=rows, repair="remember")


async def build(into: Path) -> None:
    """Record everything in a scratch folder; write ``into``/memory.db and ``into``/workflows."""
    with tempfile.TemporaryDirectory() as scratch, Backoffice(generation=1) as site:
        settings = Settings.load(Path(scratch))
        async with Memory.open(settings.memory) as memory:
            # masked texts of two builds can be compared; it is in the committed file anyway
            await memory.shelf.write(lambda db: db.conn.execute("UPDATE meta SET value = ? WHERE key = 'salt'", [SALT]))
        async with Agent.open(settings) as agent:
            for name, (task, demonstrate) in SHOWN.items():
                built = await agent.record(
                    name, site.base_url + "/", task=task, site="backoffice", demonstrate=demonstrate
                )
                workflow = finished(built.workflow).but(base_url=BASE_URL)
                write_workflow(into / "workflows" / f"{name}.yaml", workflow)
        publish(settings.memory, into / "memory.db")
    for backup in (into / "workflows").glob("*.bak"):
        backup.unlink()


if __name__ == "__main__":
    asyncio.run(build(ROOT))
