"""Announces what happened in the office to the targets that each workflow names, and the digest every morning."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from pydantic import SecretStr

from rpa_agent.domain.workflow import Notify

from ..due.occurrence import Occurrence
from ..due.pauses import Pause
from ..office import Office
from . import digest, words
from .outbox import Kind, Notice
from .send import send_to

DEFAULT = "default"     # the target of workflows that name none
_ALWAYS: tuple[Kind, ...] = ("failed", "needs_person", "missed", "late", "repaired", "paused")

Wanted = Callable[[str], Sequence[Notify]]      # workflow -> what its file says about whom to tell of what


def tells_nobody(workflow: str) -> Sequence[Notify]:
    """No workflow names anybody."""
    return ()


@dataclass(frozen=True)
class Targets:
    """Where notices go: addresses by name, and when the digest is sent to which of them (no time: never)."""

    addresses: Mapping[str, SecretStr]
    digest_at: time | None = None
    digest_to: str = DEFAULT


class Announcer:
    """Puts notices into the outbox and has them sent. ``hide`` takes out of a text what must never be written."""

    def __init__(
        self, office: Office, targets: Targets, *, wanted: Wanted = tells_nobody, hide: Callable[[str], str] = str
    ) -> None:
        self._office, self._targets, self._wanted, self._hide = office, targets, wanted, hide

    async def ended(self, occurrence: Occurrence, outcome: str) -> None:
        """Tell how a due time ended."""
        runs = await self._office.runs.of_occurrence(occurrence.id)
        batch = runs[-1].batch if runs else None
        left = sum(row.state == "pending" for row in await self._office.batches.rows(batch)) if batch else 0
        await self._put(occurrence.workflow, list(words.of_ended(occurrence, outcome, runs, left=left)))

    async def not_run(self, found: Sequence[Occurrence]) -> None:
        """Tell which due times did not run; those that were left out on purpose are in the digest only."""
        for o in found:
            if o.state in ("missed", "parked"):
                await self._put(o.workflow, [words.of_not_run(o)])

    async def waits(self, occurrence: Occurrence) -> None:
        """Tell of a due time whose process died and that a person must decide about."""
        await self._put(occurrence.workflow, [words.of_waiting(occurrence)])

    async def would_break(self, coming: Occurrence, found: str) -> None:
        """Tell of a due time that would not go well, before it comes."""
        await self._put(coming.workflow, [words.of_preflight(coming, found)])

    async def paused(self, pause: Pause) -> None:
        await self._put(pause.workflow, [words.of_pause(pause)])

    async def look(self) -> None:
        """Tell what is late, and the digest when its time has come."""
        for o in await self._office.occurrences.late():
            await self._put(o.workflow, [words.of_late(o)])
        now, at = self._office.clock().astimezone(), self._targets.digest_at
        if at is None or now.time() < at:
            return
        if await self._office.outbox.knows("digest", self._targets.digest_to, digest.about(now)):
            return
        kind, about, title, body = await self.digest(now)
        await self._office.outbox.put([
            Notice(kind=kind, target=self._targets.digest_to, about=about, title=self._hide(title), body=self._hide(body))
        ])

    async def digest(self, now: datetime) -> words.Told:
        """Return the digest as it would be sent now."""
        occurrences = self._office.occurrences
        known = await occurrences.all(since=now - timedelta(days=1))
        coming = (await occurrences.today(now)).coming
        waits = await self._office.inbox.items()
        pauses = list((await occurrences.paused()).values())
        return digest.of_day(now, known, coming=coming[:200], waits=waits, pauses=pauses)

    async def deliver(self) -> None:
        """Send what waits."""

        async def send(target: str, title: str, body: str) -> str:
            return await send_to(self._targets.addresses, target, title, body)

        await self._office.outbox.deliver(send)

    async def _put(self, workflow: str, told: Sequence[words.Told]) -> None:
        notices = [
            Notice(kind=kind, target=target, about=about, title=self._hide(title), body=self._hide(body), workflow=workflow)
            for kind, about, title, body in told
            for target in self._who(workflow, kind)
        ]
        await self._office.outbox.put(notices)

    def _who(self, workflow: str, kind: Kind) -> list[str]:
        rules = self._wanted(workflow)
        if rules:
            return list(dict.fromkeys(rule.to for rule in rules if kind in rule.on))
        return [DEFAULT] if DEFAULT in self._targets.addresses and kind in _ALWAYS else []
