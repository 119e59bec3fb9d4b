"""Two workflows that begin alike: what one of them learns of the common steps serves the other too."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from one_of_many import agent_in
from pydantic import SecretStr

from fixtures.backoffice import PASSWORD, Backoffice
from fixtures.demonstrations import approve_invoice, log_in
from rpa_agent.agent import Agent, Order, Result
from rpa_agent.build import Built
from rpa_agent.domain.structure import shared_prefix, sub_procedures
from rpa_agent.ops.secret.secrets import SecretSources
from rpa_agent.ops.settings import Settings

if TYPE_CHECKING:
    from playwright.async_api import Browser


async def reject(page: Any) -> None:
    """Work as a clerk does who turns an invoice down."""
    await log_in.demonstrate(page)
    await page.get_by_role("link", name="Approvals").click()
    row = page.get_by_role("row").filter(has_text="RE-")
    await row.nth(1).get_by_role("button", name="Reject").click()
    await page.get_by_text("was rejected").first.wait_for()


async def run(agent: Agent, built: Built, site: Backoffice) -> Result:
    known = {"user_name": SecretStr("clerk"), "password": SecretStr(PASSWORD)}
    secrets = SecretSources([("the test", known)])
    order = Order(
        workflow=built.workflow, params=built.examples, secrets=secrets, base_url=site.base_url, repair="remember",
        again="the site is as on its first day",
    )  # fmt: skip
    return await agent.run(order)


async def test_a_changed_beginning_is_repaired_once_for_all(backoffice: Backoffice, browser: Browser, tmp_path: Path) -> None:
    """The second workflow needs no repair of the steps they share: it tries what the first one learned, and proves it."""
    async with agent_in(browser, Settings.load(tmp_path)) as agent:
        url = f"{backoffice.base_url}/login"
        first = await agent.record("approve-invoice", url, site="backoffice", demonstrate=approve_invoice.demonstrate)
        second = await agent.record("reject-invoice", url, site="backoffice", demonstrate=reject)
        shared = shared_prefix(second.procedure, first.procedure)
        (group,) = sub_procedures([first.procedure, second.procedure])
        assert (len(group.steps), set(group.procedures)) == (shared, {first.procedure.procedure, second.procedure.procedure})

        backoffice.reset()
        backoffice.configure(generation=2)
        theirs = (await run(agent, first, backoffice)).trajectory
        beginning = [s.id for s in second.procedure.steps[:shared]]
        assert theirs.outcome == "succeeded", theirs.stopped
        assert any(s.index < shared for s in theirs.repaired()), "the login or the menu had changed"

        ours = await run(agent, second, backoffice)
        assert ours.trajectory.outcome == "succeeded", ours.trajectory.stopped
        assert [s.id for s in ours.trajectory.repaired() if s.id in beginning] == []
        assert [s.id for s in ours.trajectory.steps if s.unproven] == beginning_repaired(theirs, second)
        lent = await agent.memory.uses(theirs.procedure)
        assert [(u.run, u.part) for u in lent if u.run == ours.trajectory.run] == [(ours.trajectory.run, "lent")]
        assert ours.version_written is not None
        learned = await agent.memory.version(ours.trajectory.procedure, ours.version_written)
        assert learned.status == "candidate", "used once: it has yet to prove itself"
        assert any(e.startswith(theirs.procedure) for e in learned.evidence)


def beginning_repaired(theirs: Any, built: Built) -> list[str]:
    """Return the second workflow's steps that stand where the first one was repaired within the beginning."""
    ids = [s.id for s in built.procedure.steps]
    return [ids[s.index] for s in theirs.repaired() if s.index < len(ids) - 1]
