"""Tidying on a real memory: what does the same goes on as one, what nobody used sleeps, and both can be taken back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from memory_making import SITE, document, look, step

from rpa_agent.domain.change import MemoryChange, Recall, Use
from rpa_agent.domain.errors import NoProcedure
from rpa_agent.domain.procedure import Expectation, Procedure, Request, Step
from rpa_agent.domain.structure import same_work
from rpa_agent.domain.verdict import Verdict
from rpa_agent.learning import Learner
from rpa_agent.memory import Memory
from rpa_agent.ops.office import Office
from rpa_agent.ops.settings import Settings


def sent(path: str, field: str) -> Expectation:
    return Expectation(requests=(Request(method="POST", path=path, fields={"number": field}),))


def steps(*saves: str, **more: Any) -> tuple[Step, ...]:
    """Type a number and save it; ``saves`` are the looks of the button."""
    number = Step(id="n", kind="fill", value="{{ number }}", target=step("n", "Number").target)
    return number, step("s", *saves, effect="commit", commit="save", expect=more.pop("expect", sent("/invoices", "number")), **more)


def work(name: str, *saves: str, **more: Any) -> Procedure:
    given = more.pop("steps", None) or steps(*(saves or ("Save",)))
    return document(f"Do {name}", procedure=name, params=("number",), steps=given, **more)


@asynccontextmanager
async def no_model() -> AsyncIterator[None]:
    yield None


@pytest.fixture
async def memory(tmp_path: Path) -> AsyncIterator[Memory]:
    async with Memory.open(tmp_path / "memory.db") as memory:
        yield memory


async def shown(memory: Memory, *names: str, **more: Any) -> None:
    for name in names:
        await memory.add(work(name, **more), workflow=name, author="recording")


async def ran(memory: Memory, name: str, times: int = 1, at: str = "2026-11-22T10:00:00Z") -> None:
    for n in range(times):
        use = Use(run=f"{name}-{n}-{at}", procedure=name, version=1, outcome="succeeded", clean=True, row=str(n), at=at)
        await memory.apply(MemoryChange(run=use.run, procedure=name, use=use))


async def used(memory: Memory, workflow: str) -> list[str]:
    """Return the procedure that a workflow runs, and the names of its button."""
    version = next(v for v in await memory.known(site=SITE, workflow=workflow) if v.status == "active")
    target = version.document.steps[-1].target
    assert target is not None
    return [version.procedure, *(v.fingerprint.name for v in target.variants)]


@pytest.mark.parametrize("other", [
    pytest.param(work("b", site="elsewhere"), id="another site"),
    pytest.param(work("b", "Delete"), id="another button"),
    pytest.param(work("b", steps=steps("Save", value="x")), id="another value"),
    pytest.param(work("b", steps=steps("Save")[1:]), id="fewer steps"),
    pytest.param(work("b", secrets=("pin",)), id="another secret"),
    pytest.param(work("b", steps=steps("Save", when="visible: Draft")), id="a condition"),
    pytest.param(work("b", steps=steps("Save", expect=sent("/drafts", "number"))), id="sent elsewhere"),
    pytest.param(work("b", steps=steps("Save", expect=sent("/invoices", "amount"))), id="sent in another field"),
])  # fmt: skip
def test_what_differs_in_anything_but_its_looks_is_other_work(other: Procedure) -> None:
    assert not same_work(work("a"), other)
    assert same_work(work("a"), work("b", "Save", "File"))


async def test_two_procedures_that_do_the_same_go_on_as_one(memory: Memory) -> None:
    """The most used one goes on with the counts of both; a look that only the other knew is on trial there. Nothing is erased."""
    await shown(memory, "a", "b")
    await memory.add(work("b", "Save", "File"), workflow="b", author="fingerprint")
    await ran(memory, "a", 3)
    assert (await memory.tidy()).merged == (("b", "a"),)
    assert await used(memory, "b") == ["a", "Save"]
    newest = (await memory.versions("a"))[0]
    assert (newest.status, newest.author, newest.evidence) == ("candidate", "merged", ("b@2",))
    assert len(await memory.versions("b")) == 2
    assert [(p.id, p.same_as) for p in await memory.procedures()] == [("a", ""), ("b", "a")]
    assert [r.version.procedure for r in await memory.search("Do b", nearest=True)] == ["a"], "it is found once"
    assert (await memory.tidy()).merged == (), "twice is once"
    assert await memory.verify() == []


async def test_what_was_merged_can_go_on_by_itself_with_what_was_learned_meanwhile(memory: Memory) -> None:
    await shown(memory, "a", "b")
    await memory.tidy()
    await memory.add(work("a", "Save", "File"), workflow="a", author="fingerprint")
    with pytest.raises(NoProcedure, match="goes on for both"):
        await memory.retire("b", why="no")
    back = await memory.split("b", why="they will differ")
    assert (back.number, back.parent, back.evidence) == (2, 1, ("a@2",))
    assert await used(memory, "b") == ["b", "Save", "File"]
    with pytest.raises(NoProcedure, match="was not merged"):
        await memory.split("b", why="again")


async def test_one_that_is_shown_anew_takes_nobody_with_it(memory: Memory) -> None:
    """Whichever of the two it is, the other one does what it was shown."""
    await shown(memory, "a", "b")
    await memory.tidy()
    await memory.add(work("a", "Delete"), workflow="a", author="recording")
    assert (await used(memory, "a"), await used(memory, "b")) == (["a", "Delete"], ["b", "Save"])
    await shown(memory, "c")
    await memory.tidy()
    assert await used(memory, "c") == ["b", "Save"]
    await memory.add(work("c", "Print"), workflow="c", author="recording")
    assert (await used(memory, "b"), await used(memory, "c")) == (["b", "Save"], ["c", "Print"])


async def test_one_that_is_retired_leaves_the_other_at_work(memory: Memory) -> None:
    await shown(memory, "a", "b")
    await memory.tidy()
    await memory.retire("a", why="not needed any more")
    assert await used(memory, "b") == ["b", "Save"]


async def test_by_itself_only_what_both_have_proved_is_merged(memory: Memory) -> None:
    await shown(memory, "a", "b")
    await ran(memory, "a", 2)
    assert (await memory.tidy(proved=2)).merged == ()
    await ran(memory, "b", 2)
    assert (await memory.tidy(proved=2)).merged == (("b", "a"),)


async def test_beyond_the_cap_of_a_site_those_not_used_for_longest_sleep(memory: Memory) -> None:
    """Each still runs for its own workflow, which wakes it."""
    for n, name in enumerate("abcd"):
        button = work(name, f"Save {name}")
        await memory.add(button, workflow=name, author="recording")
        await ran(memory, name, at=f"2026-11-{20 - n}T10:00:00Z")
    await memory.add(work("e", "Save e"), workflow="e", author="recording")
    assert (await memory.tidy(most=3)).asleep == ("c", "d")
    assert (await memory.tidy(most=3)).asleep == ()
    found = {r.version.procedure for r in await memory.search("Do", k=9, nearest=True)}
    assert (found, {v.procedure for v in await memory.neighbours(SITE, "a")}) == ({"a", "b", "e"}, {"b", "e"})
    assert await used(memory, "d") == ["d", "Save d"]
    await ran(memory, "d", at="2026-11-23T10:00:00Z")
    assert [p.id for p in await memory.procedures() if p.asleep] == ["c"]
    assert "d" in {r.version.procedure for r in await memory.search("Do", k=9, nearest=True)}
    assert [e.what for e in await memory.history("d")][-2:] == ["asleep", "awake"]


async def test_what_nobody_has_proved_puts_no_active_procedure_to_sleep(memory: Memory) -> None:
    """Of three on a site for two, the candidate that came last sleeps, not what is in use."""
    for name in "ab":
        await memory.add(work(name, f"Save {name}"), workflow=name, author="recording")
    await memory.add(work("c", "Save c"), workflow="c", author="adopted from a version 1", status="candidate")
    assert (await memory.tidy(most=2)).asleep == ("c",)


async def test_a_merged_look_is_proved_again_where_it_came_to(memory: Memory) -> None:
    """It is one of a candidate, beside those that wait there already."""
    await shown(memory, "a")
    await memory.add(work("a", "Save", "Store"), workflow="a", author="fingerprint", status="candidate")
    await memory.add(work("b", "Save", "File"), workflow="b", author="recording")
    await ran(memory, "a")
    await memory.tidy()
    waiting = [v for v in await memory.versions("a") if v.status == "candidate"]
    assert len(waiting) == 1
    target = waiting[0].document.steps[-1].target
    assert target is not None
    assert [v.fingerprint.name for v in target.variants] == ["Save", "Store", "File"]
    assert look("File").fingerprint == target.variants[2].fingerprint


async def test_what_was_adopted_grows_into_its_source_once_both_are_proved(memory: Memory, tmp_path: Path) -> None:
    """With the run that makes the adopted one active; from then on one repair serves both workflows."""
    await shown(memory, "a")
    await ran(memory, "a", 2)
    adopted = await memory.add(work("b"), workflow="b", author="adopted from a version 1", status="candidate")
    async with Office.open(tmp_path / "runs.db") as office:
        learner = Learner(Settings.load(tmp_path), memory, office, no_model)
        for n, expected in ((1, ["b"]), (2, ["a"])):
            verdict = Verdict(
                run=f"r{n}", workflow="b", procedure="b", version=1, outcome="succeeded", met=True, row=str(n), day="2026-11-22"
            )
            await learner.learn(Recall(version=adopted), verdict, mode="remember")
            assert [v.procedure for v in await memory.known(site=SITE, workflow="b")] == expected
