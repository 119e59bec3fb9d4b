"""A person's word on repairs: kept, undone, asked each time; who and why is kept, and nothing is decided twice."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from memory_making import SITE, WORKFLOW, document, look
from pages import broken, button, step, survey

from rpa_agent.cli.border import run_command
from rpa_agent.domain.change import Recall
from rpa_agent.domain.errors import NoProcedure, UsageInvalid, VersionMovedOn, WorkflowInvalid
from rpa_agent.domain.procedure import Procedure, Version
from rpa_agent.domain.target import Variant
from rpa_agent.domain.trajectory import Proposed, Repair, StepOutcome, Trajectory
from rpa_agent.domain.verdict import AddVariant, Edit, LearnInterruption, Verdict
from rpa_agent.memory import Memory
from rpa_agent.ops.office import Office
from rpa_agent.repair.ladder import LadderOnDemand
from rpa_agent.reviewing import keep, undo, waiting
from rpa_agent.store.workflow_files import read_workflow
from rpa_agent.update import decide, element_key

FILE_INVOICE = look("File invoice", came_from="fingerprint", seen=1)
WHO = {"who": "ana", "reason": "I looked"}
YAML = """schema: 1
name: enter-supplier-invoice
task: Enter a supplier invoice   # as every morning
base_url: http://127.0.0.1:8765
site: backoffice
repair: remember   # for now
success: none
"""


class Desk:
    """One office, one memory and one workflow file."""

    def __init__(self, office: Office, memory: Memory, folder: Path) -> None:
        self.office, self.memory, self.folder = office, memory, folder

    async def ran(self, *edits: Edit, mode: str = "this_run", proposed: bool = False, version: int = 1) -> str:
        """A run whose repairs these are; memory learns them where the workflow remembers."""
        run = await self.office.runs.begin_run(WORKFLOW)
        repair = Repair(by="fingerprint", confidence=0.97, was="button 'Save'", now="button 'File invoice'")
        asked = Proposed(by="fingerprint", confidence=0.97, now="button 'File invoice'", evidence=("alike",))
        done = StepOutcome(index=1, id="s2", kind="click", target="button 'Save'", status="refused" if proposed else "repaired",
                           repair=None if proposed else repair, proposed=asked if proposed else None)
        outcome = "needs_person" if proposed else "succeeded"
        await self.office.runs.end_run(Trajectory(
            run=run, workflow=WORKFLOW, site=SITE, procedure="p_1", version=version, started="2026-11-26T22:00:00+00:00",
            steps=(done,), outcome=outcome,
        ))
        verdict = Verdict(
            run=run, workflow=WORKFLOW, procedure="p_1", version=version, outcome=outcome, met=not proposed,
            edits=() if proposed else edits, proposed=edits if proposed else (), row=run, day="2026-11-26",
        )
        await self.office.runs.save_verdict(verdict)
        versions = await self.memory.versions("p_1")
        used = next(v for v in versions if v.status == "active")
        candidate = next((v for v in versions if v.status == "candidate"), None)
        await self.memory.apply(decide(verdict, Recall(version=used, candidate=candidate), used, (), mode=mode))
        return run

    async def in_use(self) -> Version:
        return next(v for v in await self.memory.versions("p_1") if v.status == "active")

    async def waits(self) -> list[str]:
        return [r.run for r in await waiting(self.office, self.memory)]

    async def keep(self, run: str) -> int | None:
        return (await keep(self.office, self.memory, run, workflows=self.folder, **WHO)).version

    async def undo(self, run: str, *, ask: bool = False) -> int | None:
        return (await undo(self.office, self.memory, run, **WHO, ask=self.folder if ask else None)).version


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    folder = tmp_path / "workflows"
    folder.mkdir()
    (folder / f"{WORKFLOW}.yaml").write_text(YAML, encoding="utf-8")
    state = tmp_path / ".rpa"
    async with Office.open(state / "runs.db") as office, Memory.open(state / "memory.db") as memory:
        await memory.add(document(), workflow=WORKFLOW, author="recording")
        yield Desk(office, memory, folder)


def used(name: str = "File invoice", step_id: str = "s2") -> AddVariant:
    return AddVariant(step=step_id, variant=look(name, came_from="fingerprint", seen=1))


def names(doc: Procedure, at: int = 1) -> list[str]:
    target = doc.steps[at].target
    assert target is not None
    return [v.fingerprint.name for v in target.variants]


async def test_a_remembered_repair_waits_until_a_person_keeps_it(desk: Desk) -> None:
    """A word is enough evidence: the candidate becomes active, with who and why, and nothing waits any more."""
    run = await desk.ran(used(), mode="remember")
    assert await desk.waits() == [run]
    assert await desk.keep(run) == 2
    assert names((await desk.in_use()).document) == ["Save", "File invoice"]
    assert any(e.why == "kept by ana: I looked" for e in await desk.memory.history("p_1"))
    assert await desk.waits() == []
    with pytest.raises(UsageInvalid, match="decided already: keep by ana"):
        await desk.undo(run)


async def test_a_repair_of_this_run_only_is_learned_by_a_persons_word(desk: Desk) -> None:
    """A workflow that commits learns nothing by itself at first; runs that repaired the same are one question."""
    first, last = await desk.ran(used()), await desk.ran(used())
    [review] = await waiting(desk.office, desk.memory)
    assert (review.run, review.times, review.version) == (last, 2, None)
    assert await desk.keep(last) == 2
    now = await desk.in_use()
    assert (now.author, now.evidence, names(now.document)) == ("person", (last,), ["Save", "File invoice"])
    assert await desk.waits() == []
    with pytest.raises(UsageInvalid, match="decided already"):
        await desk.keep(first)


async def test_keeping_one_repair_loses_none_that_still_waits(desk: Desk) -> None:
    """The candidate that came before goes on as a candidate of the new version."""
    waits = await desk.ran(used("New invoice", "s1"), mode="remember")
    asked = await desk.ran(used())
    await desk.keep(asked)
    now = await desk.in_use()
    assert (names(now.document, 0), names(now.document)) == (["New"], ["Save", "File invoice"])
    candidate = next(v for v in await desk.memory.versions("p_1") if v.status == "candidate")
    assert (candidate.number > now.number, names(candidate.document, 0)) == (True, ["New", "New invoice"])
    assert await desk.waits() == [waits]


async def test_an_undone_repair_is_in_no_version_and_is_not_proposed_again(desk: Desk) -> None:
    """It is kept as rejected, element memory offers it no more, and the ladder leaves the element alone."""
    run = await desk.ran(used(), mode="remember")
    key = element_key((await desk.in_use()).document.steps[1].target)  # type: ignore[arg-type]
    assert await desk.memory.elements(SITE, key)
    assert await desk.undo(run) == 1
    assert {v.number: v.status for v in await desk.memory.versions("p_1")} == {1: "active", 2: "retired"}
    assert all(v.failed > v.seen for v in await desk.memory.elements(SITE, key))
    assert await desk.memory.rejected("p_1") == [used().model_dump(mode="json")]
    with pytest.raises(UsageInvalid, match="undo by ana"):
        await desk.keep(run)

    async def refused(_: str) -> list[Variant]:
        return await desk.memory.refused_looks("p_1", "s2")

    live, broke = survey(button("File invoice")), broken(step(button("Save")).but(id="s2"))
    broke = broke.model_copy(update={"step": broke.step.but(target=broke.step.target.but(  # type: ignore[union-attr]
        variants=(*broke.step.target.variants, Variant(fingerprint=button("File invoice")))))})  # type: ignore[union-attr]
    assert await LadderOnDemand().propose(broke, live, 5.0)
    assert await LadderOnDemand(refused=refused).propose(broke, live, 5.0) == []


async def test_what_was_learned_on_top_of_an_undone_repair_stays(desk: Desk) -> None:
    """A later candidate goes on without the look that was taken back."""
    first = await desk.ran(used(), mode="remember")
    await desk.ran(used("New invoice", "s1"), mode="remember")
    await desk.undo(first)
    candidate = next(v for v in await desk.memory.versions("p_1") if v.status == "candidate")
    assert (names(candidate.document, 0), names(candidate.document)) == (["New", "New invoice"], ["Save"])


async def test_a_repair_in_use_by_its_own_proof_can_still_be_undone(desk: Desk) -> None:
    """The version before it is in use again."""
    run = await desk.ran(used(), mode="remember")
    await desk.memory.set_status("p_1", 2, "active", "2 clean runs")
    assert await desk.waits() == []
    assert await desk.undo(run) == 1
    assert names((await desk.in_use()).document) == ["Save"]


async def test_ask_me_each_time_sets_it_in_the_file_and_forgets_the_look(desk: Desk) -> None:
    """All else of the file stays as it was; the look may be proposed again."""
    run = await desk.ran(used(), mode="remember")
    await desk.undo(run, ask=True)
    file = desk.folder / f"{WORKFLOW}.yaml"
    assert file.read_text() == YAML.replace("repair: remember", "repair: propose")
    assert read_workflow(file).repair == "propose"
    assert await desk.memory.rejected("p_1") == []
    assert names((await desk.in_use()).document) == ["Save"]


async def test_a_kept_proposal_is_known_before_it_was_ever_tried(desk: Desk) -> None:
    """The run that waits for it can be done again; the look counts as never seen until then."""
    run = await desk.ran(used().model_copy(update={"variant": FILE_INVOICE.but(seen=0)}), proposed=True)
    [review] = await waiting(desk.office, desk.memory)
    assert review.state == "proposed"
    assert await desk.keep(run) == 2
    target = (await desk.in_use()).document.steps[1].target
    assert target is not None
    assert (target.variants[1].fingerprint.name, target.variants[1].seen) == ("File invoice", 0)


async def test_a_closed_notice_is_kept_or_not_closed_again(desk: Desk) -> None:
    """A bar belongs to the site; what a person took back is offered to no run."""
    cookies = LearnInterruption(site=SITE, words="We use cookies", variant=look("Only necessary"))
    await desk.keep(await desk.ran(cookies))
    assert [b.words for b in await desk.memory.interruptions(SITE)] == ["We use cookies"]
    survey_bar = LearnInterruption(site=SITE, words="Rate us", variant=look("Close"))
    run = await desk.ran(survey_bar, mode="remember")
    await desk.undo(run)
    assert [b.words for b in await desk.memory.interruptions(SITE)] == ["We use cookies"]


async def test_what_cannot_be_decided_says_why_and_changes_nothing(desk: Desk) -> None:
    """An unknown run, one without repairs, another procedure by now, a workflow or a memory that is gone."""
    with pytest.raises(UsageInvalid, match="there is no run"):
        await desk.keep("01NONE")
    with pytest.raises(UsageInvalid, match="no repair to decide on"):
        await desk.keep(await desk.ran())
    moved = await desk.ran(used(step_id="s9"))
    with pytest.raises(VersionMovedOn, match="other steps by now"):
        await desk.keep(moved)
    await desk.memory.retire("p_1", why="a test")
    gone = await desk.office.runs.begin_run(WORKFLOW)
    verdict = Verdict(run=gone, workflow=WORKFLOW, procedure="p_1", version=1, outcome="succeeded", edits=(used(),))
    await desk.office.runs.save_verdict(verdict)
    with pytest.raises(NoProcedure, match="in use any more"):
        await desk.keep(gone)
    (desk.folder / f"{WORKFLOW}.yaml").unlink()
    with pytest.raises(WorkflowInvalid, match="no workflow is named"):
        await desk.keep(gone)
    assert [v.number for v in await desk.memory.versions("p_1")] == [1]


async def test_a_repair_undone_elsewhere_is_not_kept(desk: Desk) -> None:
    """`rpa memory rollback` rejected it meanwhile."""
    run = await desk.ran(used(), mode="remember")
    await desk.memory.set_status("p_1", 2, "active", "2 clean runs")
    await desk.memory.rollback("p_1", why="wrong button")
    with pytest.raises(VersionMovedOn, match="undone meanwhile"):
        await desk.keep(run)


async def test_the_command_tells_it_in_a_clerks_words_and_decides(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    """What happened, and the three ways to answer."""
    run = await desk.ran(used(), mode="remember")
    project = ["--project", str(desk.folder.parent)]

    def rpa(*args: str) -> tuple[int, Any]:
        import threading

        code: list[int] = []  # a command has an event loop of its own
        command = threading.Thread(target=lambda: code.append(run_command([*args, *project])))
        command.start()
        command.join()
        return code[0], capsys.readouterr()

    code, said = rpa("review", "list")
    assert code == 0
    assert "the button 'Save' was called 'File invoice'. I used it" in said.out
    assert f"Keep: rpa review keep {run} · Undo: rpa review undo {run}" in said.out
    code, said = rpa("review", "keep", run, "--who", "ana", "--reason", "I looked", "--json")
    assert (code, '"decision": "keep"' in said.out, '"version": 2' in said.out) == (0, True, True)
    assert rpa("review", "list", "--json")[1].out.strip() == '{"schema": 1, "items": []}'
    code, said = rpa("review", "keep", run)
    assert (code, "decided already" in said.err) == (2, True)
    assert rpa("review", "undo", "01NONE", "--reason", " ")[0] == 2
