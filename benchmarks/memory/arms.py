"""The arms: one memory each, real SQLite and the product's own update; what they are asked is the same for all."""

from __future__ import annotations

import json
import random
import tempfile
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fixtures.model_server import ModelServer, Prompt
from rpa_agent.as_shown import Astray, back_to_what_was_shown, blamed
from rpa_agent.domain.change import Recall
from rpa_agent.domain.policy import Learning
from rpa_agent.domain.target import Fingerprint, Variant
from rpa_agent.domain.verdict import AddVariant, Verdict
from rpa_agent.llm.client import ChatModel
from rpa_agent.memory import Memory
from rpa_agent.memory.rows import one
from rpa_agent.on_trial import Trial, credited, version_used
from rpa_agent.update import update_memory

from .outcome import Ground, Known, Seen
from .work import Shown, Turn

ERRORS = (0, 10, 30)


@dataclass(frozen=True)
class Arm:
    """A strategy. ``errors`` is the share of the model's answers that are wrong, in per cent."""

    name: str
    rule: Learning | None
    errors: int = 0


ARMS = (
    Arm("none", None),
    Arm("vanilla", Learning(update="vanilla")),
    Arm("validation", Learning(update="validation")),
    *(Arm(f"adjustment_{e}", Learning(update="adjustment", delete_rule=True), e) for e in ERRORS),
    Arm("guarded", Learning()),
)


@dataclass
class Told:
    """What one arm came to on one stream."""

    arm: str
    seed: int
    runs: int = 0
    possible: int = 0           # runs that the site allowed: no real defect
    successes: int = 0
    wrong_effects: int = 0
    refailures: int = 0
    kept: int = 0               # false repairs in use at the end
    on_trial: int = 0           # ... and those that lie in a candidate, never trusted
    repairs: int = 0
    anew: int = 0               # runs that what was learned led astray, done anew as it was shown
    steps: int = 0
    model_calls: int = 0
    size: int = 0               # bytes of all that memory holds of procedures and elements
    versions: int = 0
    solved: set[tuple[str, str]] = field(default_factory=set)
    failed: list[str] = field(default_factory=list)


class Pupil:
    """One arm at work on one stream."""

    def __init__(self, arm: Arm, seed: int, shown: Mapping[str, Shown], ground: Ground) -> None:
        self.arm, self.shown, self.ground = arm, shown, ground
        self.told = Told(arm.name, seed)
        self._rng = random.Random(f"model {seed} {arm.errors}")
        self._truth: tuple[Turn, Verdict] | None = None
        self._wrong: list[tuple[str, str, Fingerprint]] = []

    async def go(self, turns: list[Turn]) -> Told:
        """Do the whole stream; return what it came to."""
        async with AsyncExitStack() as stack:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="rpa-memory-"))
            self.memory = await stack.enter_async_context(Memory.open(Path(folder) / "memory.db"))
            for shown in self.shown.values():
                await self.memory.add(shown.document, workflow=shown.name, author="recording")
            self.model: ChatModel | None = None
            if self.arm.rule and self.arm.rule.update == "adjustment":
                server = stack.enter_context(ModelServer(self._says))
                self.model = await stack.enter_async_context(
                    ChatModel.open(server.url, "scripted", most_tokens=100_000_000)
                )
            for turn in turns:
                await self._turn(turn)
            await self._closing()
        return self.told

    async def _turn(self, turn: Turn) -> None:
        told, shown = self.told, self.shown[turn.workflow]
        known = await self._known(shown)
        told.runs += 1
        told.possible += turn.state.kind != "defect"
        if known is None:  # all was deleted: nothing can run
            self._count(turn, None, shown)
            return
        seen = await self.ground.outcome(shown, known, turn.state)
        self._count(turn, seen, shown)
        if self.arm.rule is not None:
            await self._learn(turn, known, seen, self.arm.rule)

    def _count(self, turn: Turn, seen: Seen | None, shown: Shown) -> None:
        told, case = self.told, (turn.workflow, turn.state.key)
        if seen is None:
            told.refailures += case in told.solved
            return
        done = shown.wrong(seen.effects)
        told.wrong_effects += len(done)
        good = seen.verdict.met and shown.reached(seen.effects)
        told.successes += good
        told.anew += seen.astray is not None
        told.repairs += len(seen.trajectory.repaired())
        told.steps += sum(s.status in {"ok", "repaired"} for s in seen.trajectory.steps)
        if good:
            told.solved.add(case)
        elif turn.state.kind != "defect":
            told.refailures += case in told.solved
            told.failed.append(f"{turn.workflow} at {turn.state.key}: {seen.verdict.reason[:120]}")
        if done:
            told.failed.append(f"WRONG {turn.workflow} at {turn.state.key}: {done}")

    async def _known(self, shown: Shown) -> Known | None:
        site = shown.document.site
        versions = await self.memory.known(site=site, workflow=shown.name)
        version = next((v for status in ("active", "suspect", "candidate") for v in versions if v.status == status), None)
        if version is None:
            return None
        newer = next((v for v in versions if v.status == "candidate" and v.number != version.number), None)
        guarded = self.arm.rule is not None and self.arm.rule.update == "guarded"
        trial = Trial(Recall(version=version, candidate=newer), self.memory)
        if not guarded:
            return Known(trial.recall, interruptions=await self.memory.interruptions(site))
        await trial.looks("")
        elements = await self.memory.shelf.read(_elements)
        rejected = await self.memory.rejected(version.procedure)
        refused: dict[str, list[Variant]] = {}
        for step in (s.id for s in version.document.steps):
            looks = [Variant.model_validate(e["variant"]) for e in rejected if "variant" in e and e.get("step", step) == step]
            if looks:
                refused[step] = looks
        keys = {key: await self.memory.elements(site, key) for key in elements}
        lineage = await back_to_what_was_shown(version, self.memory)
        return Known(trial.recall, keys, await self.memory.interruptions(site), refused, lineage)

    async def _learn(self, turn: Turn, known: Known, seen: Seen, rule: Learning) -> None:
        """Take in what was seen, and after it the wrong lesson of this turn, where the run met its checks."""
        run = f"{turn.number:04d}"
        astray = Astray(known.recall, seen.astray, known.lineage) if seen.astray is not None else None
        recall = astray.shown() if astray else known.recall
        trajectory = seen.trajectory.but(run=run, procedure=recall.version.procedure)
        trajectory = trajectory.but(version=version_used(recall, trajectory))
        verdict = seen.verdict.but(
            run=run, procedure=recall.version.procedure, version=trajectory.version, row=run, day="2026-11-27", remember=True
        )
        verdict = credited(verdict, recall, trajectory)
        verdict = blamed(astray, verdict, trajectory) if astray else verdict
        if turn.wrong is not None and verdict.met:
            step, fingerprint = turn.wrong
            self._wrong.append((recall.version.procedure, step, fingerprint))
            look = Variant(fingerprint=fingerprint, seen=1, came_from="fingerprint", first="2026-11-27", last="2026-11-27")
            verdict = verdict.but(edits=(*verdict.edits, AddVariant(step=step, variant=look)))
        self._truth = (turn, verdict)
        calls = self.model.spent.calls if self.model else 0
        await update_memory(self.memory, known.recall, verdict, mode="remember", rule=rule, model=self.model)
        self.told.model_calls += (self.model.spent.calls if self.model else 0) - calls

    def _says(self, prompt: Prompt) -> str:
        """The scripted model: told by the truth what is right, and wrong in so many of its answers.

        Right is to change nothing where the site has a defect, and to name the true element where a step broke by
        drift; wrong is to take another element of the same page for the step, or to leave the step out.
        """
        assert self._truth is not None
        turn, verdict = self._truth
        shown = self.shown[turn.workflow]
        wrong = self._rng.random() * 100 < self.arm.errors
        edits: list[dict[str, Any]] = []
        if wrong:
            step = verdict.failed_step or self._rng.choice([s.id for s in shown.document.steps if s.target])
            others = shown.others.get(step, [])
            if others and self._rng.random() < 0.7:
                other = self._rng.choice(others)
                edits = [{"op": "relocate", "step": step, "role": other.role or "button", "name": other.name or other.label}]
            else:
                edits = [{"op": "delete", "step": step}]
        elif turn.state.kind != "defect" and verdict.failed_step:
            right = TRUE_NAMES.get((turn.workflow, turn.state.generation, verdict.failed_step))
            if right is not None:
                edits = [{"op": "relocate", "step": verdict.failed_step, "role": right.role, "name": right.name or right.label}]
        return json.dumps({"analysis": "scripted", "edits": edits})

    async def _closing(self) -> None:
        """Count what is left in memory at the end: false repairs in use and on trial, bytes, versions."""
        told = self.told
        told.size = await self.memory.shelf.read(lambda db: int(one(db, _SIZE)))
        told.versions = await self.memory.shelf.read(lambda db: int(one(db, "SELECT count(*) FROM versions")))
        for procedure, step, fingerprint in {(p, s, f.model_dump_json()): (p, s, f) for p, s, f in self._wrong}.values():
            versions = await self.memory.versions(procedure)
            rejected = [v for s, v in await self.memory.rejected_looks(procedure) if s == step]
            refuted = any(v.fingerprint == fingerprint for v in rejected)
            for status in ("active", "suspect", "candidate"):
                held = [v for v in versions if v.status == status and _has(v.document, step, fingerprint)]
                if held and status == "candidate" and not refuted:
                    told.on_trial += 1
                elif held and status != "candidate":
                    told.kept += 1


# What the model answers where it is right: the element that is true at a state, found out by real runs (see __init__).
TRUE_NAMES: dict[tuple[str, int, str], Fingerprint] = {}

_SIZE = """SELECT coalesce((SELECT sum(length(document)) FROM versions), 0)
    + coalesce((SELECT sum(length(variant)) FROM elements), 0) + coalesce((SELECT sum(length(edit)) FROM edits), 0)"""


def _elements(db: Any) -> list[str]:
    return [str(row[0]) for row in db.conn.execute("SELECT DISTINCT key FROM elements ORDER BY key")]


def _has(document: Any, step: str, fingerprint: Fingerprint) -> bool:
    return any(
        v.fingerprint == fingerprint for s in document.steps if s.id == step and s.target for v in s.target.variants
    )


