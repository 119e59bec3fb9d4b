"""LEARNING: verdicts are taken into memory by the project's strategy, each once, also after a crash."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from loguru import logger

from .domain.change import Recall
from .domain.errors import ModelUnavailable
from .domain.points import Reached, unwatched
from .domain.ports import Model
from .domain.procedure import Version
from .domain.verdict import Verdict
from .domain.workflow import RepairMode
from .memory import Memory
from .ops.office import Office
from .ops.settings import Settings

OpenModel = Callable[[], AbstractAsyncContextManager[Model | None]]


class Learner:
    """Learns with one project's memory and office; ``model`` opens the model that is asked, where one is set."""

    def __init__(self, settings: Settings, memory: Memory, office: Office, model: OpenModel) -> None:
        self._settings, self._memory, self._office, self._model = settings, memory, office, model

    async def learn(
        self, recall: Recall, verdict: Verdict, *, mode: RepairMode, reached: Reached = unwatched
    ) -> Version | None:
        """Take a verdict in and say so in runs.db; return the version it wrote. With a batch size it waits for the others
        of its batch, as Memp's strategies do; what waits at the end of a process is taken in by the next one."""
        rule = self._settings.learning
        if rule.update != "guarded" and rule.batch > 1:
            if len(await self._office.runs.unapplied()) >= rule.batch:
                await self.leftovers()
            return None
        written = await self._take(recall, verdict, mode=mode)
        if verdict.met and "candidate" in {recall.version.status, recall.candidate and recall.candidate.status}:
            # something may have been proved that another procedure does too
            await self._memory.tidy(site=recall.version.document.site, proved=rule.clean_runs, most=rule.active_per_site)
        reached("learned")
        await self._office.runs.mark_applied(verdict.run)
        reached("applied")
        return written

    async def leftovers(self) -> None:
        """Take in the verdicts that wait: a crash left them between reflection and memory, or their batch is full."""
        for verdict in await self._office.runs.unapplied():
            version = await self._memory.version(verdict.procedure, verdict.base or verdict.version)
            mode: RepairMode = "remember" if verdict.remember else "this_run"
            await self._take(Recall(version=version), verdict, mode=mode)
            await self._office.runs.mark_applied(verdict.run)

    async def _take(self, recall: Recall, verdict: Verdict, *, mode: RepairMode) -> Version | None:
        from .update import update_memory  # loaded while the browser loads; see rooms.py

        rule = self._settings.learning
        if rule.update != "adjustment":
            return await update_memory(self._memory, recall, verdict, mode=mode, rule=rule)
        try:
            async with self._model() as model:
                return await update_memory(self._memory, recall, verdict, mode=mode, rule=rule, model=model)
        except ModelUnavailable as e:
            logger.warning("{}: {} What this run taught is taken in without it.", verdict.workflow, e.message)
            return await update_memory(self._memory, recall, verdict, mode=mode, rule=rule)
