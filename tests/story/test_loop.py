"""The whole loop on the practice site: shown once, run, repaired, remembered, and never the wrong thing."""

from __future__ import annotations

import asyncio
import io
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from one_of_many import agent_in
from pydantic import SecretStr

from fixtures.backoffice import PASSWORD, Backoffice
from fixtures.demonstrations import enter_supplier_invoice as shown
from rpa_agent.agent import Agent, Order, Result
from rpa_agent.cli.recording import write_files
from rpa_agent.domain.errors import NoProcedure, SiteUnreachable
from rpa_agent.domain.procedure import Version
from rpa_agent.domain.workflow import Check, CommitRule, HttpCheck, Once, Probe, Workflow
from rpa_agent.ops.secret.secrets import SecretSources
from rpa_agent.ops.settings import Settings
from rpa_agent.ops.telemetry import log_to
from rpa_agent.store.workflow_files import find_workflow, read_examples

if TYPE_CHECKING:
    from playwright.async_api import Browser

NAME, TASK = "enter-supplier-invoice", "Enter a supplier invoice"
SUPPLIERS = ("Bluewater Catering Ltd", "Contoso Cleaning Services", "Fjord Timber AB", "Harbour Software Ltd")


@dataclass(frozen=True)
class Shown:
    """A project right after its first recording."""

    folder: Path
    recorded_on: str
    effects_while_shown: int


@pytest.fixture(scope="session")
async def shown_once(_site: Backoffice, browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Shown:
    """Record the demonstration once for all stories; each works on a copy."""
    folder = tmp_path_factory.mktemp("shown") / "project"
    for name in ("workflows", "data"):
        (folder / name).mkdir(parents=True)
    settings = Settings.load(folder)
    _site.configure(generation=1)
    _site.reset()
    async with agent_in(browser, settings) as agent:
        built = await agent.record(NAME, _site.base_url, task=TASK, site="backoffice", demonstrate=shown.demonstrate)
    write_files(settings, built, secrets_to=str(folder / "secrets.env"))
    return Shown(folder, _site.base_url, _site.count("invoice.create"))


class Desk:
    """One project, its agent and the site: what a story works with."""

    def __init__(self, site: Backoffice, agent: Agent, folder: Path) -> None:
        self.site, self.agent, self.folder = site, agent, folder
        self.workflow: Workflow = find_workflow(folder / "workflows", NAME)
        self.examples = read_examples(folder / "data" / f"{NAME}.examples.yaml")
        self.secrets = SecretSources(
            [("the test", {"user_name": SecretStr("clerk"), "password": SecretStr(PASSWORD)})]
        )

    async def run(self, number: str, *, workflow: Workflow | None = None, **more: Any) -> Result:
        """Enter one invoice with this number."""
        params = {**self.examples, "invoice_number": number, **more.pop("params", {})}
        return await self.agent.run(
            Order(
                workflow=workflow or self.workflow,
                params=params,
                secrets=self.secrets,
                base_url=self.site.base_url,
                **more,
            )
        )

    async def versions(self) -> list[Version]:
        known = await self.agent.memory.known(site="backoffice", workflow=NAME)
        return await self.agent.memory.versions(known[0].procedure)

    async def signed_in(self, running: asyncio.Future[Result]) -> None:
        """Wait until the run in progress has logged in."""
        for _ in range(3000):
            if running.done() or self.site.count("login.ok"):
                return
            await asyncio.sleep(0.01)  # the run goes on meanwhile

    def entered(self, number: str) -> int:
        return self.site.count("invoice.create", number)

    def changes(self) -> list[str]:
        """Every request that changed something, logins left out."""
        return [f"{r['method']} {r['path']}" for r in self.site.truth()["requests"] if "login" not in r["path"]]


@asynccontextmanager
async def desk_of(shown: Shown, site: Backoffice, browser: Browser, folder: Path) -> AsyncIterator[Desk]:
    shutil.copytree(shown.folder, folder, dirs_exist_ok=True)
    async with agent_in(browser, Settings.load(folder)) as agent:
        yield Desk(site, agent, folder)


@pytest.fixture
async def desk(shown_once: Shown, backoffice: Backoffice, browser: Browser, tmp_path: Path) -> AsyncIterator[Desk]:
    """A copy of the recorded project, and the site on its first day."""
    async with desk_of(shown_once, backoffice, browser, tmp_path / "desk") as desk:
        yield desk


def repaired(result: Result) -> list[str]:
    return [s.target for s in result.trajectory.repaired()]


# ---- the loop ----


def test_showing_it_files_exactly_one_invoice_and_leaves_editable_files(shown_once: Shown) -> None:
    """The demonstration itself is one filed invoice, and what it became are files a person can read."""
    workflow = find_workflow(shown_once.folder / "workflows", NAME)
    assert shown_once.effects_while_shown == 1
    assert list(workflow.params) == [
        "supplier",
        "invoice_number",
        "invoice_date",
        "due_date",
        "amount",
        "currency",
        "cost_centre",
    ]
    assert workflow.secrets == ("user_name", "password")
    assert len(workflow.commits) == 1
    assert any("{{ invoice_number }}" in c.words() for c in workflow.checks())
    assert {p.stat().st_mode & 0o777 for p in [shown_once.folder / "secrets.env"]} == {0o600}


async def test_what_was_shown_once_survives_three_generations_of_the_site(desk: Desk) -> None:
    """Generation 1 runs clean; 2 and 3 are repaired once each and then known; 1 still runs without any repair."""
    first = await desk.run("RE-1001")
    assert (first.trajectory.outcome, repaired(first), first.version_written) == ("succeeded", [], None)

    desk.site.configure(generation=2)
    second = await desk.run("RE-1002")
    assert second.trajectory.outcome == "succeeded"
    assert repaired(second)
    assert second.version_written is not None
    assert [v.status for v in await desk.versions()] == ["candidate", "active"]

    again = await desk.run("RE-1003")
    assert (again.trajectory.outcome, repaired(again)) == ("succeeded", [])
    assert again.trajectory.version == second.version_written, (
        "the candidate is credited for the run it made possible"
    )
    assert [v.status for v in await desk.versions()] == ["candidate", "active"], "one clean run proves too little"

    third = await desk.run("RE-1004")
    assert (third.trajectory.outcome, repaired(third)) == ("succeeded", [])
    assert [v.status for v in await desk.versions()] == ["active", "retired"], "two clean runs of different rows do"

    desk.site.configure(generation=3)
    wizard = await desk.run("RE-1005")
    assert wizard.trajectory.outcome == "succeeded", wizard.trajectory.stopped
    assert repaired(wizard)
    known = await desk.run("RE-1006")
    assert (known.trajectory.outcome, repaired(known)) == ("succeeded", [])

    desk.site.configure(generation=1)
    back = await desk.run("RE-1007")
    assert (back.trajectory.outcome, repaired(back)) == ("succeeded", [])
    for number in range(1001, 1008):
        assert desk.entered(f"RE-{number}") == 1
    assert await desk.agent.memory.verify() == []


# ---- never the wrong thing ----


async def test_a_button_that_is_gone_ends_with_a_person_and_nothing_pressed(desk: Desk) -> None:
    """Where Save stood nothing else is pressed in its place."""
    desk.site.configure(mutate=["removed-target:invoice.save"], seed=1)
    result = await desk.run("RE-2001")
    assert result.trajectory.outcome == "needs_person", result.trajectory.stopped
    assert result.trajectory.sent == "nothing"
    assert result.trajectory.stopped
    assert desk.changes() == []
    assert len(await desk.agent.office.inbox.items()) == 1


async def test_save_and_delete_that_changed_places_are_not_mistaken(desk: Desk) -> None:
    """The button where Save stood is another one now: no request leaves, whatever it is called."""
    desk.site.configure(mutate=["swap-save-delete"], seed=3)
    result = await desk.run("RE-2002")
    changes = desk.changes()
    assert not [c for c in changes if "delete" in c or "discard" in c]
    if result.trajectory.outcome == "succeeded":
        assert desk.entered("RE-2002") == 1
    else:
        assert result.trajectory.outcome == "needs_person"
        assert changes == []


async def test_a_site_that_only_says_saved_is_a_defect_and_never_repaired(desk: Desk) -> None:
    """The steps went as shown and the invoice is not there: the site is at fault and memory learns nothing."""
    desk.site.configure(trap=["saves-nothing"])
    asked = Check(http=HttpCheck(get="/api/invoices?number={{ invoice_number }}", json_={"count": 1}))
    result = await desk.run("RE-2003 & more", workflow=desk.workflow.but(success=(*desk.workflow.checks(), asked)))
    assert [c.met for c in result.trajectory.checks] == [True, True, False], "only the site itself could tell"
    assert (result.trajectory.outcome, result.trajectory.fault) == ("failed", "defect"), result.trajectory.stopped
    assert desk.entered("RE-2003") == 0
    assert [v.number for v in await desk.versions()] == [1]


async def test_a_site_that_shows_another_record_is_not_believed(desk: Desk) -> None:
    """What the page shows at the end is not this run's invoice, so the run did not succeed."""
    desk.site.configure(trap=["wrong-record"])
    whose = Check(visible="{{ supplier }}")
    result = await desk.run("RE-2004", workflow=desk.workflow.but(success=(*desk.workflow.checks(), whose)))
    assert (result.trajectory.outcome, result.trajectory.fault) == ("failed", "defect"), result.trajectory.stopped


async def test_a_second_post_per_click_does_not_leave_and_is_told(desk: Desk) -> None:
    """A page that sends twice for one press enters one invoice. Its own second post was what led on: a person looks."""
    running = asyncio.ensure_future(desk.run("RE-2005"))
    await desk.signed_in(running)
    desk.site.configure(trap=["double-post"])
    result = await running
    assert desk.entered("RE-2005") == 1
    assert (result.trajectory.outcome, result.trajectory.sent) == ("needs_person", "sent")
    assert result.trajectory.stopped.startswith("save-new-invoice was sent once, and the site answered well;")
    assert "once more, which was refused" in result.trajectory.stopped
    assert result.trajectory.refused_requests == ("POST {base}/invoices",)
    assert any("once more, which was refused" in s.note for s in result.trajectory.steps)
    assert [c.state for c in result.trajectory.commits] == ["confirmed"]


async def test_a_page_that_sends_twice_is_asked_about_where_the_site_can_be(desk: Desk) -> None:
    """The site has it: then it is done, whatever the page shows, and nobody needs to look."""
    probed = CommitRule(
        name=desk.workflow.commits[0].name,
        probe=Probe(http=HttpCheck(get="/api/invoices?number={{ invoice_number }}", json={"count": 1}), settle="100ms"),
    )
    running = asyncio.ensure_future(desk.run("RE-2015", workflow=desk.workflow.but(commits=(probed,))))
    await desk.signed_in(running)
    desk.site.configure(trap=["double-post"])
    trajectory = (await running).trajectory
    assert (trajectory.outcome, trajectory.stopped, desk.entered("RE-2015")) == ("succeeded", "", 1)
    (commit,) = trajectory.commits
    assert (commit.state, commit.again) == ("confirmed", "POST {base}/invoices")
    assert "it is there" in commit.asked


async def test_hostile_texts_are_data(desk: Desk) -> None:
    """Labels and hidden texts that give orders change nothing about what is sent."""
    desk.site.configure(trap=["hostile-labels", "hidden-text"], seed=5)
    result = await desk.run("RE-2006")
    assert set(desk.changes()) <= {"POST /invoices"}
    assert desk.entered("RE-2006") == (1 if result.trajectory.outcome == "succeeded" else 0)


# ---- once ----


def once(workflow: Workflow, *key: str) -> Workflow:
    rule = CommitRule(name=workflow.commits[0].name, once=Once(key=key, per="ever"))
    return workflow.but(commits=(rule,))


async def test_a_confirmed_key_is_not_committed_again_unless_a_person_says_why(desk: Desk) -> None:
    """The second run finds the invoice filed and opens no page; --again files it once more."""
    workflow = once(desk.workflow, "invoice_number")
    desk.site.configure(allow_duplicates=True)
    first = await desk.run("RE-3001", workflow=workflow)
    second = await desk.run("RE-3001", workflow=workflow, params={"amount": "9.50"})
    assert [c.state for c in first.trajectory.commits] == ["confirmed"]
    assert (second.trajectory.outcome, [c.state for c in second.trajectory.commits]) == ("succeeded", ["already"])
    assert second.trajectory.workflow == NAME
    assert second.trajectory.sent == "nothing"
    assert desk.entered("RE-3001") == 1

    third = await desk.run("RE-3001", workflow=workflow, again="the first was on the wrong month")
    assert [c.state for c in third.trajectory.commits] == ["confirmed"]
    assert desk.entered("RE-3001") == 2


async def test_a_run_that_had_nothing_to_do_proves_nothing(desk: Desk) -> None:
    """It is no clean run: it cannot promote what it never tried."""
    workflow = once(desk.workflow, "invoice_number")
    await desk.run("RE-3002", workflow=workflow)
    await desk.run("RE-3002", workflow=workflow)
    uses = await desk.agent.memory.uses((await desk.versions())[0].procedure)
    assert sum(u.clean for u in uses) == 1


async def test_the_row_that_was_shown_is_not_entered_again_by_a_batch(desk: Desk) -> None:
    """The demonstration filed that invoice already."""
    result = await desk.run(shown.NUMBER, has_rows=True)
    assert [c.state for c in result.trajectory.commits] == ["already"]
    assert desk.entered(shown.NUMBER) == 0


async def test_an_answer_that_is_lost_after_sending_is_never_sent_again(desk: Desk) -> None:
    """Whether it arrived is not known: a person is asked, and the next run with that key sends nothing."""
    workflow = once(desk.workflow, "invoice_number")
    running = asyncio.ensure_future(desk.run("RE-3003", workflow=workflow))
    await desk.signed_in(running)
    desk.site.configure(lose_answers=True)
    lost = await running
    assert lost.trajectory.outcome == "needs_person", lost.trajectory.stopped
    assert lost.trajectory.sent == "unknown"
    desk.site.configure(lose_answers=False)
    before = desk.entered("RE-3003")
    assert before == 1, "it did arrive, and nobody can know"
    again = await desk.run("RE-3003", workflow=workflow)
    assert again.trajectory.outcome == "needs_person"
    assert desk.entered("RE-3003") == before
    version = (await desk.versions())[0]
    assert version.status == "active"
    assert not [u for u in await desk.agent.memory.uses(version.procedure) if u.own_fault]


async def test_a_site_that_is_down_is_told_before_anything_begins(desk: Desk) -> None:
    """No page came: nothing was sent, and the procedure is not blamed."""
    desk.site.configure(down=True)
    try:
        with pytest.raises(SiteUnreachable):
            await desk.run("RE-3004")
    finally:
        desk.site.configure(down=False)
    assert await desk.agent.memory.uses((await desk.versions())[0].procedure) == []


# ---- privacy ----


CANARY = {"supplier": "Harbour Software Ltd", "amount": "7351.20"}
NUMBER = "CANARY-8842-XZ"


async def test_marked_values_stay_out_of_memory_files_and_logs(desk: Desk, _site: Backoffice) -> None:
    """Secrets are nowhere; this run's business values are in runs.db alone."""
    log = io.StringIO()
    end = log_to("debug", desk.folder / "log.jsonl", lambda text: desk.secrets.hide(text), stream=log)
    try:
        _site.configure(generation=2)  # with repairs, so that memory has something to keep
        result = await desk.run(NUMBER, params=CANARY)
    finally:
        end()
    assert result.trajectory.outcome == "succeeded", result.trajectory.stopped
    assert result.version_written is not None
    business = [NUMBER, *CANARY.values(), "7.351,20", "7351,20", *shown_values_of(desk)]
    memory = b"".join(p.read_bytes() for p in (desk.folder / ".rpa").glob("memory.db*"))
    yaml = (desk.folder / "workflows" / f"{NAME}.yaml").read_text()
    assert memory
    for text in business:
        assert text.encode() not in memory, text
        assert text not in yaml, text
    left = [p for p in desk.folder.rglob("*") if p.is_file() and p.name != "secrets.env"]
    for path in left:
        assert PASSWORD.encode() not in path.read_bytes(), path
    assert PASSWORD not in log.getvalue()


def shown_values_of(desk: Desk) -> list[str]:
    """The values of the demonstration that are no application text."""
    return [shown.SUPPLIER, shown.NUMBER, desk.examples["amount"]]  # its 1.234,50 is also the name of that format


async def test_a_second_workflow_adopts_what_the_first_was_shown(desk: Desk) -> None:
    """With its own name, rows and checks it runs at once, as a candidate; the first one's procedure is not touched."""
    twin = desk.workflow.but(name="enter-branch-invoice", task="Enter supplier invoices", adopt="auto")
    before, entered = await desk.agent.memory.procedures(), desk.site.count("invoice.create")
    result = await desk.run("RE-ADOPTED", workflow=twin)
    assert result.trajectory.outcome == "succeeded", result.trajectory.stopped
    assert desk.site.count("invoice.create") == entered + 1
    after = {p.workflow: p for p in await desk.agent.memory.procedures()}
    assert [after[p.workflow].versions for p in before] == [p.versions for p in before]
    own = (await desk.agent.memory.versions(after[twin.name].id))[-1]
    assert own.author.startswith("adopted from p_")
    assert own.status in {"candidate", "active"}


async def test_what_only_resembles_it_is_asked_about(desk: Desk) -> None:
    """By default a person decides; another verb is never taken for the same; `never` says nothing of it; nothing is opened."""
    asks = desk.workflow.but(name="enter-branch-invoice")
    with pytest.raises(NoProcedure, match=r"seems to do the same.*fits \d"):
        await desk.run("RE-1", workflow=asks)
    with pytest.raises(NoProcedure):
        await desk.run("RE-1", workflow=asks.but(task="Delete a supplier invoice", adopt="auto"))
    with pytest.raises(NoProcedure, match=r"no procedure is known for enter-branch-invoice$"):
        await desk.run("RE-1", workflow=asks.but(adopt="never"))
    assert len(await desk.agent.memory.procedures()) == 1
