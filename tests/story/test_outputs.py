"""What a run brings back: read on the way, downloaded, kept in the result and checked, through the whole loop."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from one_of_many import agent_in
from pydantic import SecretStr

from fixtures.backoffice import PASSWORD, Backoffice
from rpa_agent.agent import Agent, Order, Result
from rpa_agent.cli.recording import write_files
from rpa_agent.ops.secret.secrets import SecretSources
from rpa_agent.ops.settings import Settings
from rpa_agent.store.workflow_files import find_workflow, read_examples

if TYPE_CHECKING:
    from playwright.async_api import Browser

NAME = "report-of-an-invoice"


async def demonstrate(page: Any) -> None:
    """Take an invoice's number from the approvals, search for it, and fetch the month's report."""
    await page.get_by_label("User name").fill("clerk")
    await page.get_by_label("Password").fill(PASSWORD)
    await page.keyboard.press("Enter")
    await page.get_by_role("link", name="Approvals").click()
    row = page.get_by_role("row").filter(has=page.get_by_role("button", name="Approve")).first
    number = (await row.get_by_role("cell").all_inner_texts())[0].strip()
    await page.get_by_role("link", name="Invoices").click()
    await page.get_by_role("searchbox").fill(number)
    await page.get_by_role("searchbox").press("Enter")
    await page.get_by_role("cell", name=number).first.wait_for()
    await page.get_by_role("link", name="Reports").click()
    async with page.expect_download():
        await page.get_by_role("link", name="CSV").first.click()


async def run(agent: Agent, settings: Settings, site: Backoffice, **params: str) -> Result:
    workflow = find_workflow(settings.workflows_dir, NAME)
    examples = read_examples(settings.data_dir / f"{NAME}.examples.yaml")
    secrets = SecretSources([("the test", {"user_name": SecretStr("clerk"), "password": SecretStr(PASSWORD)})])
    return await agent.run(Order(workflow=workflow, params={**examples, **params}, secrets=secrets, base_url=site.base_url))


async def test_what_was_read_and_fetched_is_in_the_result(backoffice: Backoffice, browser: Browser, tmp_path: Path) -> None:
    """The number as text, the report as a file in the run's own folder; nothing of either is in memory."""
    settings = Settings.load(tmp_path)
    async with agent_in(browser, settings) as agent:
        built = await agent.record(NAME, backoffice.base_url, site="backoffice", demonstrate=demonstrate)
        write_files(settings, built, secrets_to="none")
        result = await run(agent, settings, backoffice)
        outputs = result.trajectory.outputs
    assert result.trajectory.outcome == "succeeded", result.trajectory.stopped
    assert [o.type for o in built.workflow.outputs.values()] == ["string", "file"]
    number, file = outputs["invoice_number"], Path(list(outputs.values())[1])
    assert number.startswith("RE-")
    assert file.is_relative_to(settings.artifacts / result.trajectory.run)
    assert "Invoice" in file.read_text(encoding="utf-8-sig")
    memory = b"".join(p.read_bytes() for p in settings.memory.parent.glob("memory.db*"))
    assert memory
    assert number.encode() not in memory
