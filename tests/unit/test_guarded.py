"""Guarded updating on a real memory: nothing is erased, nothing learned twice, and what misled goes by itself."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from memory_making import WORKFLOW, document, look, step
from sampled import sampled

from rpa_agent.domain.change import Lent, MemoryChange, Recall, Use
from rpa_agent.domain.procedure import Procedure, Version
from rpa_agent.domain.trajectory import StepOutcome, Trajectory
from rpa_agent.domain.verdict import AddVariant, Verdict
from rpa_agent.memory import Memory
from rpa_agent.on_trial import Trial, credited, looks_on_trial, spare_on_trial, version_used
from rpa_agent.update import update_memory
from rpa_agent.update.status import GUARDED

TEN = ("Archive", "Book", "Check out", "Deliver", "Export", "Finish", "Go ahead", "Hand in", "Issue", "Join")


class Office:
    """A memory with one recorded procedure, and runs that come back from it."""

    def __init__(self, memory: Memory) -> None:
        self.memory, self.runs = memory, 0

    async def versions(self) -> list[tuple[int, str, list[str]]]:
        """Return number, status and the names that the step s2 is known by, oldest first."""
        found = await self.memory.versions("p_1")
        return [(v.number, v.status, names(v.document)) for v in reversed(found)]

    async def recall(self) -> Recall:
        known = await self.memory.known(site="backoffice", workflow=WORKFLOW)
        active = next(v for status in ("active", "suspect", "candidate") for v in known if v.status == status)
        newer = next((v for v in known if v.status == "candidate" and v.number != active.number), None)
        trial = Trial(Recall(version=active, candidate=newer), self.memory)
        await trial.looks("s2")
        return trial.recall

    async def run(
        self, *, at: str | None = None, found: str | None = None, met: bool = True, recall: Recall | None = None,
        misled: tuple[str, ...] = (), went_back: bool = False, needless: str = "", **more: Any,
    ) -> Version | None:
        """One run in which s2 was done by a known look ``at``, or by a repair that ``found`` another; ``needless`` tells
        who left s1 out."""
        self.runs += 1
        recall = recall or await self.recall()
        every = await looks_of(recall)
        outcome = StepOutcome(
            index=1, id="s2", kind="click", status="ok", variant=every.index(at) if at else -1,
            misled=tuple(every.index(m) for m in misled), went_back=went_back,
            unproven=at is not None and every.index(at) >= len(names(recall.version.document)),
        )
        trajectory = Trajectory(
            run=more.pop("run", f"r{self.runs}"), workflow=WORKFLOW, site="backoffice", procedure="p_1", version=0,
            started="2026-11-22",
            steps=(StepOutcome(index=0, id="s1", kind="click", status="skipped", needless=needless), outcome),
        )
        told: dict[str, Any] = {
            "run": trajectory.run, "workflow": WORKFLOW, "procedure": "p_1", "met": met,
            "version": version_used(recall, trajectory), "outcome": "succeeded" if met else "failed",
            "needless": ("s1",) if needless == "found" else (), "spared": ("s1",) if needless == "trial" else (),
            "row": trajectory.run, "day": "2026-11-22", "edits": (added("s2", found),) if found else (),
        }
        verdict = credited(Verdict(**{**told, **more}), recall, trajectory)
        return await update_memory(self.memory, recall, verdict, mode="remember")

    async def uses(self, number: int) -> list[tuple[str, str, bool]]:
        return [(u.run, u.part, u.clean) for u in await self.memory.uses("p_1", number)]


def names(doc: Procedure) -> list[str]:
    target = doc.step("s2").target
    assert target is not None
    return [v.fingerprint.name for v in target.variants]


async def looks_of(recall: Recall) -> list[str]:
    """Return all names that a run would know for s2, in the order it counts them."""
    lent = [one.variant for one in recall.lent if one.step == "s2"]
    more = [v.fingerprint.name for v in (*looks_on_trial(recall).get("s2", ()), *lent)]
    return [*names(recall.version.document), *more]


def added(step_id: str, name: str, **more: Any) -> AddVariant:
    return AddVariant(step=step_id, variant=look(name, came_from="fingerprint", seen=1, **more))


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with Memory.open(tmp_path / "memory.db") as memory:
        await memory.add(document(), workflow=WORKFLOW, author="recording")
        yield Office(memory)


# ---- promotion and the way back ----


async def test_a_look_becomes_known_by_two_clean_runs_that_needed_it(office: Office) -> None:
    """Runs that did not need it prove nothing of it, however many."""
    await office.run(found="File")
    for _ in range(5):
        await office.run(at="Save")
    assert await office.versions() == [(1, "active", ["Save"]), (2, "candidate", ["Save", "File"])]
    await office.run(at="File")
    await office.run(at="File")
    assert await office.versions() == [(1, "retired", ["Save"]), (2, "active", ["Save", "File"])]


async def test_only_looks_that_were_needed_are_promoted(office: Office) -> None:
    """Another look of the same candidate stays on trial: nobody has seen it work again."""
    await office.run(found="File")
    await office.run(found="Discard")
    await office.run(at="File")
    await office.run(at="File")
    versions = await office.versions()
    assert versions[-1] == (4, "active", ["Save", "File"])
    assert versions[2] == (3, "candidate", ["Save", "File", "Discard"])
    assert await looks_of(await office.recall()) == ["Save", "File", "Discard"]


async def test_a_promoted_look_that_misleads_is_rolled_back_by_itself(office: Office) -> None:
    """Where the parent's look does the very step: the parent is active again, the look is kept as rejected."""
    await office.run(found="Discard")
    await office.run(at="Discard")
    await office.run(at="Discard")
    assert (await office.versions())[-1][1] == "active"
    await office.run(at="Save", went_back=True)
    assert await office.versions() == [(1, "active", ["Save"]), (2, "retired", ["Save", "Discard"])]
    assert [s for s, _ in await office.memory.rejected_looks("p_1")] == ["s2"]
    why = [e.why for e in await office.memory.history("p_1") if e.version == 1][-1]
    assert "rolled back" in why
    assert await office.run(found="Discard") is None, "and it is not learned again"
    assert await office.memory.verify() == []


async def test_what_a_person_kept_is_not_rolled_back(office: Office) -> None:
    """The run went on by the parent's look all the same."""
    doc = document(steps=(step("s1", "New"), step("s2", "Save", "Discard", effect="commit", commit="file-invoice")))
    await office.memory.add(doc, workflow=WORKFLOW, author="person")
    await office.run(at="Save", went_back=True)
    assert [v[1] for v in await office.versions()] == ["retired", "active"]
    assert await office.memory.rejected("p_1") == []


# ---- steps that may be left out ----


async def spare(office: Office) -> list[tuple[str, bool]]:
    return [(v.status, v.document.step("s1").spare) for v in reversed(await office.memory.versions("p_1"))]


async def test_a_step_may_be_left_out_after_two_runs_that_did_without_it(office: Office) -> None:
    """The version before can do it still; who was shown that it is needed after all brings that one back."""
    await office.run(needless="found", at="Save")
    assert await spare(office) == [("active", False), ("candidate", True)]
    assert (await office.uses(1)) == [("r1", "ran", False)], "a run that left it out on its own account was no clean one"
    await office.run(at="Save")
    await office.run(needless="trial", at="Save")
    await office.run(needless="trial", at="Save")
    assert await spare(office) == [("retired", False), ("active", True)]
    back = await office.memory.rollback("p_1", why="the click is needed")
    assert back.number == 1
    assert await office.run(needless="found", at="Save") is None, "what was taken back is not learned again"


async def test_a_step_whose_leaving_out_failed_the_checks_twice_stays(office: Office) -> None:
    """The looks that were learned beside it are not held responsible."""
    await office.run(needless="found", found="File")
    for _ in range(2):
        await office.run(needless="trial", at="Save", met=False, fault="unknown")
    assert await office.memory.rejected_spares("p_1") == ["s1"]
    assert await looks_of(await office.recall()) == ["Save", "File"]
    assert spare_on_trial(await office.recall()) == frozenset()


async def test_of_a_look_and_a_step_left_out_each_is_proved_by_itself(office: Office) -> None:
    """Two runs needed the look; whether the step can go, nobody has seen again."""
    await office.run(needless="found", found="File")
    await office.run(at="File")
    await office.run(at="File")
    assert (await spare(office))[-1] == ("active", False)
    assert (await office.versions())[-1] == (3, "active", ["Save", "File"])
    assert spare_on_trial(await office.recall()) == {"s1"}


# ---- what was refuted ----


async def test_a_look_that_misled_is_rejected_and_the_rest_stays_on_trial(office: Office) -> None:
    """Something else did the step: that is evidence against the look, not against what was learned beside it."""
    await office.run(found="File")
    await office.run(found="Discard")
    await office.run(at="File", misled=("Discard",))
    assert await looks_of(await office.recall()) == ["Save", "File"]
    await office.run(at="Save", misled=("File",))
    assert [v[1] for v in await office.versions()] == ["active", "retired", "retired"], "nothing is left on trial"


async def test_a_candidate_that_fails_its_checks_twice_in_a_row_loses_the_looks_it_used(office: Office) -> None:
    """Once may be the site's fault; what was learned stays in memory, as refuted."""
    await office.run(found="Discard")
    await office.run(at="Discard", met=False, fault="unknown")
    assert await looks_of(await office.recall()) == ["Save", "Discard"]
    await office.run(at="Discard", met=False, fault="unknown")
    assert await looks_of(await office.recall()) == ["Save"]
    assert (await office.versions())[1] == (2, "retired", ["Save", "Discard"])


async def test_a_look_that_met_a_defect_of_the_site_is_not_held_against_it(office: Office) -> None:
    """Nothing else did the step either."""
    await office.run(found="File")
    recall = await office.recall()
    verdict = Verdict(run="r9", workflow=WORKFLOW, procedure="p_1", version=2, outcome="failed", fault="defect")
    failed = StepOutcome(index=1, id="s2", kind="click", status="failed", misled=(1,))
    trajectory = Trajectory(
        run="r9", workflow=WORKFLOW, site="backoffice", procedure="p_1", version=2, started="", steps=(failed,)
    )
    told = credited(verdict, recall, trajectory)
    assert (told.misled, told.variants_failed) == ((), (("s2", 1),))


# ---- credit ----


async def test_every_version_that_was_injected_is_credited_once(office: Office) -> None:
    """What lay beside is told apart from what ran, and proves nothing."""
    await office.run(found="File")
    await office.run(at="Save")
    await office.run(at="File")
    assert await office.uses(1) == [("r1", "ran", False), ("r2", "ran", True), ("r3", "beside", False)]
    assert await office.uses(2) == [("r2", "beside", False), ("r3", "ran", True)]


async def test_who_lent_a_look_is_credited_and_the_borrower_learns_it_as_candidate(office: Office) -> None:
    """With the lender and the run as evidence."""
    await office.memory.add(
        document("Pay", procedure="p_2", steps=(step("t1", "Save"),)), workflow="pay", author="recording"
    )
    lent = Lent(step="s2", variant=look("Store", seen=3), procedure="p_2", version=1)
    recall = (await office.recall()).but(lent=(lent,))
    written = await office.run(at="Store", recall=recall)
    assert written is not None
    assert (written.status, written.author, written.evidence) == ("candidate", "memory", ("r1", "p_2@1"))
    assert [(u.run, u.part, u.outcome) for u in await office.memory.uses("p_2")] == [("r1", "lent", "succeeded")]
    assert await office.uses(1) == [("r1", "ran", False)], "its own look had broken"


# ---- side by side, twice, and again ----


async def test_runs_side_by_side_add_to_one_another(office: Office) -> None:
    """Each began with the same memory; none of their lessons is lost, and the same lesson is learned once."""
    recall = await office.recall()
    await asyncio.gather(*(office.run(found=name, recall=recall) for name in (*TEN, *TEN[:5])))
    live = [v for v in await office.versions() if v[1] == "candidate"]
    assert len(live) == 1
    assert sorted(live[0][2]) == sorted(["Save", *TEN])


async def test_a_verdict_that_is_told_twice_counts_once(office: Office) -> None:
    """As after a crash between memory and runs.db."""
    recall = await office.recall()
    first = await office.run(found="File", recall=recall, run="r-same")
    again = await office.run(found="File", recall=recall, run="r-same")
    assert first is not None
    assert again is not None
    assert (first.number, again.number) == (2, 2)
    assert len(await office.uses(1)) == 1


async def test_a_version_is_judged_by_its_last_runs(office: Office) -> None:
    """What it did long ago says little of the page as it is now; and no run costs more because many came before it."""
    for n in range(400):
        good = n < 280
        use = Use(
            run=f"old{n}", procedure="p_1", version=1, outcome="succeeded" if good else "failed", clean=good, own_fault=not good,
            row=str(n), day="2026-11-22",
        )
        await office.memory.apply(MemoryChange(run=use.run, procedure="p_1", use=use))
    await office.memory.set_status("p_1", 1, "suspect", "it failed twice in a row")
    assert len(await office.memory.ran("p_1", 1, last=GUARDED.looks_back)) == GUARDED.looks_back == 200
    await office.run(met=False, fault="drift", own_fault=True)
    assert [status for _, status, _ in await office.versions()] == ["retired"]


async def test_what_was_known_and_retired_is_taken_up_again_with_its_history(office: Office) -> None:
    """Two versions that know the very same would each have half of the experience."""
    await office.run(found="File")
    await office.memory.set_status("p_1", 2, "retired", "tidied up")
    await office.run(found="File")
    assert await office.versions() == [(1, "active", ["Save"]), (2, "candidate", ["Save", "File"])]
    assert "learned again" in [e.why for e in await office.memory.history("p_1")][-1]


@pytest.mark.parametrize("seed", sampled(range(4), 0))
async def test_whatever_happens_nothing_is_erased_and_no_more_than_one_version_is_active(office: Office, seed: int) -> None:
    """Two hundred random runs: repairs, faults of its own and of others, looks that mislead, people who step in."""
    rng, before = random.Random(seed), 0
    for _ in range(200):
        recall = await office.recall()
        every, own = await looks_of(recall), len(names(recall.version.document))
        match rng.randrange(7):
            case 0:
                await office.run(found=rng.choice(TEN))
            case 1 | 2:
                await office.run(at=rng.choice(every))
            case 3:
                await office.run(at=rng.choice(every), met=False, fault=rng.choice(["unknown", "defect", "data"]))
            case 4:
                await office.run(met=False, outcome="needs_person", fault="drift", own_fault=rng.random() < 0.5)
            case 5:
                await office.run(at=every[0], misled=tuple(every[own:][:1]))
            case _:
                await office.run(at=every[0], went_back=recall.earlier is not None)
        versions = await office.versions()
        assert len(versions) >= before, "nothing is erased"
        before = len(versions)
        statuses = [v[1] for v in versions]
        assert statuses.count("active") + statuses.count("suspect") + statuses.count("candidate") >= 1
        assert statuses.count("active") <= 1
        assert all("Save" in v[2] for v in versions), "what was shown always stays"
        refused = {v.fingerprint.name for _, v in await office.memory.rejected_looks("p_1")}
        assert not refused & set((await looks_of(await office.recall()))[own:]), "what was refuted is not tried again"
    assert await office.memory.verify() == []
