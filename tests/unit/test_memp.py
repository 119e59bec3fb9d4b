"""Memp's strategies by name, each doing what the paper says of it, and the settings they are chosen by."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from memory_making import WORKFLOW, document, look

from fixtures.model_server import ModelServer
from rpa_agent.build.memp import kept
from rpa_agent.domain.change import Recall
from rpa_agent.domain.errors import SettingsInvalid
from rpa_agent.domain.policy import Learning
from rpa_agent.domain.procedure import Procedure
from rpa_agent.domain.verdict import AddVariant, Verdict
from rpa_agent.llm.client import ChatModel
from rpa_agent.memory import Memory
from rpa_agent.ops.settings import Settings
from rpa_agent.update import update_memory
from rpa_agent.update.memp import prompt, revision_of


@pytest.fixture
async def memory(tmp_path: Path) -> AsyncIterator[Memory]:
    async with Memory.open(tmp_path / "memory.db") as memory:
        await memory.add(document(), workflow=WORKFLOW, author="recording")
        yield memory


async def ran(memory: Memory, name: str, *, found: str = "", met: bool = True, model: Any = None, **rule: Any) -> None:
    """One run of what is active, which repaired s2 where ``found`` says so."""
    known = await memory.known(site="backoffice", workflow=WORKFLOW)
    active = next(v for v in known if v.status == "active")
    edits = (AddVariant(step="s2", variant=look(found, came_from="fingerprint", seen=1)),) if found else ()
    verdict = Verdict(
        run=name, workflow=WORKFLOW, procedure="p_1", version=active.number, base=active.number, met=met, row=name,
        outcome="succeeded" if met else "failed", fault=None if met else "unknown", day="2026-11-27",
        edits=edits if met else (), attempted=() if met else edits, failed_step="" if met else "s2",
        reason="" if met else "button 'Save' is not on the page",
    )
    await update_memory(
        memory, Recall(version=active), verdict, mode="remember", rule=Learning(**rule), model=model
    )


async def in_use(memory: Memory) -> list[str]:
    known = await memory.known(site="backoffice", workflow=WORKFLOW)
    return names(next((v.document for v in known if v.status == "active"), None))


def names(doc: Procedure | None) -> list[str]:
    target = doc.step("s2").target if doc is not None else None
    return [v.fingerprint.name for v in target.variants] if target else []


# ---- build ----


def test_what_a_trajectory_a_script_and_both_keep() -> None:
    """Words alone run nothing; steps alone tell nobody anything."""
    doc = document(script="1. Click New.", facts=("invoice",))
    assert (kept(doc, "trajectory").script, kept(doc, "trajectory").steps) == ("", doc.steps)
    assert (kept(doc, "script").script, kept(doc, "script").steps) == ("1. Click New.", ())
    assert kept(doc, "proceduralization") == doc


# ---- update ----


async def test_vanilla_appends_what_any_run_did_and_uses_it_at_once(memory: Memory) -> None:
    """Also what failed."""
    await ran(memory, "r1", found="Discard", met=False, update="vanilla")
    assert await in_use(memory) == ["Save", "Discard"]


async def test_validation_keeps_successful_runs_only(memory: Memory) -> None:
    """And what is known already is not appended again."""
    await ran(memory, "r1", found="Discard", met=False, update="validation")
    assert await in_use(memory) == ["Save"]
    await ran(memory, "r2", found="File", update="validation")
    await ran(memory, "r3", found="File", update="validation")
    assert await in_use(memory) == ["Save", "File"]
    assert len(await memory.versions("p_1")) == 2


async def test_adjustment_revises_in_place_after_a_failed_run(memory: Memory) -> None:
    """By a real model server; the memory it replaces is no longer used, and still there."""
    answer = {"analysis": "renamed", "edits": [{"op": "relocate", "step": "s2", "role": "button", "name": "File"}]}
    with ModelServer([f"Here it is: {json.dumps(answer)}"]) as server:
        async with ChatModel.open(server.url, "scripted") as model:
            await ran(memory, "r1", met=False, update="adjustment", model=model)
            await ran(memory, "r2", update="adjustment", model=model)
    assert await in_use(memory) == ["File"]
    assert [v.status for v in await memory.versions("p_1")] == ["active", "retired"]
    (asked,) = server.prompts
    assert b"button 'Save' is not on the page" in asked.body


async def test_a_model_that_answers_nonsense_changes_nothing(memory: Memory) -> None:
    """The use is counted all the same."""
    for said in ("I would rather not.", '{"edits": [{"op": "run", "code": "rm -rf"}]}', "{}"):
        with ModelServer([said]) as server:
            async with ChatModel.open(server.url, "scripted") as model:
                await ran(memory, f"r-{len(said)}", met=False, update="adjustment", model=model)
    assert await in_use(memory) == ["Save"]
    assert len(await memory.uses("p_1")) == 3


async def test_the_delete_rule_of_the_paper_drops_what_helped_less_than_half(memory: Memory) -> None:
    """Three uses are enough for it, whoever was at fault; what the entry was made from comes back, and goes the same way."""
    await ran(memory, "r0", found="File", update="validation", delete_rule=True)
    for n in range(3):
        await ran(memory, f"r{n + 1}", met=False, update="validation", delete_rule=True)
    assert await in_use(memory) == ["Save"]
    for n in range(2):
        await ran(memory, f"s{n + 1}", met=False, update="validation", delete_rule=True)
    assert await in_use(memory) == [], "and then nothing is left to run"
    assert len(await memory.versions("p_1")) == 2, "nothing is erased"


@pytest.mark.parametrize("wrong", ["", "[]", "{", '{"edits": 3}', '{"edits": [{"op": "delete"}]}', "{}" * 9])
def test_an_answer_that_is_none_is_no_revision(wrong: str) -> None:
    assert revision_of(wrong) is None


def test_more_than_three_edits_are_no_revision() -> None:
    """A rewrite is not what was asked for."""
    edits = [{"op": "delete", "step": f"s{n}"} for n in range(4)]
    assert revision_of(json.dumps({"edits": edits})) is None
    assert revision_of(json.dumps({"edits": edits[:3]})) is not None


def test_the_prompt_is_the_same_for_the_same_run() -> None:
    """Templates stand where values were, so nothing of a record is in it."""
    verdict = Verdict(run="r", workflow="w", procedure="p_1", version=1, outcome="failed", reason="gone")
    assert prompt(document(), verdict) == prompt(document(), verdict)


# ---- settings ----


def test_strategies_and_figures_are_settings(tmp_path: Path) -> None:
    """Ours is the default; a name that is none is refused with the place it stands at."""
    assert Settings.load(tmp_path).learning == Learning()
    (tmp_path / "rpa.toml").write_text('[learning]\nupdate = "validation"\nbatch = 10\n', encoding="utf-8")
    learning = Settings.load(tmp_path).learning
    assert (learning.update, learning.batch, learning.build) == ("validation", 10, "proceduralization")
    (tmp_path / "rpa.toml").write_text('[learning]\nupdate = "forget"\n', encoding="utf-8")
    with pytest.raises(SettingsInvalid, match=r"learning\.update.*guarded"):
        Settings.load(tmp_path)
