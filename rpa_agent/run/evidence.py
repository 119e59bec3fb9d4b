"""What is kept of a commit: the values that the page held, what was sent and how it was answered, and masked pictures.

A picture never decides anything: a run does not end for want of one. A healthy commit has none unless that is asked for,
since two of them cost more than the whole journal; see the decision on evidence.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from ..domain.errors import ActionFailed, BrowserGone, PageGone
from ..domain.procedure import READS
from ..domain.trajectory import CommitOutcome, CommitState, Evidence
from .context import Context
from .step import Done


async def before(ctx: Context, index: int, key: str, *, careful: bool) -> None:
    """Keep what the page holds before a commit is armed; ``careful`` where not all is as it was shown."""
    wanted = careful or ctx.plan.pictures or ctx.plan.ask is not None
    picture = await _picture(ctx, f"commit-{index + 1}-before.png") if wanted else ""
    ctx.evidence[key] = Evidence(values=dict(ctx.read_again), before=picture)
    ctx.announced = await ctx.page.announced()


async def after(ctx: Context, index: int, key: str, done: Done) -> Evidence:
    """Add what was sent and how it was answered, and how the page looked then, where that is wanted or nothing is sure."""
    known = ctx.evidence.get(key, Evidence())
    sent = tuple(
        f"{r.method} {r.origin}{r.path}{f' ({r.operation})' if r.operation else ''}: {_answered(r.status)}"
        for r in done.signals.requests
        if r.method not in READS
    )
    wanted = known.before or done.missing or ctx.plan.pictures
    picture = await _picture(ctx, f"commit-{index + 1}-after.png") if wanted else ""
    known = known.but(values=known.values or dict(ctx.read_again), requests=sent, after=picture)
    ctx.evidence[key] = known
    ctx.read_again.clear()
    return known


def outcome(ctx: Context, name: str, key: str, state: CommitState, *, asked: str = "") -> CommitOutcome:
    """Return what became of a commit, with what is kept of it."""
    return CommitOutcome(name=name, key=key, state=state, asked=asked, evidence=ctx.evidence.get(key, Evidence()))


def receipt(known: Evidence) -> dict[str, str]:
    """Return the same in the journal's words."""
    values = "; ".join(f"{field}: {shown}" for field, shown in known.values.items())
    texts = {"values": values, "request": "; ".join(known.requests), "before": known.before, "after": known.after}
    return {name: text for name, text in texts.items() if text}


def _answered(status: int) -> str:
    return f"answered {status}xx" if status else "no answer"


async def _picture(ctx: Context, name: str) -> str:
    if not ctx.plan.artifacts:
        return ""
    folder = Path(ctx.plan.artifacts)
    with suppress(ActionFailed, PageGone, BrowserGone, OSError):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        await ctx.page.screenshot(str(folder / name))
        return name
    return ""
