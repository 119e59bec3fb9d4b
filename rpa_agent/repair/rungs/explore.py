"""The last rung before a person: an explorer is asked to look for the way to an element that is nowhere on the page.

It proposes the sub-goal in words. Who runs decides whether there is an explorer, and what it may do: look, and no more.
"""

from __future__ import annotations

from rpa_agent.domain.proposal import Break, Delegate, Proposal, Survey

from ..calibrate import risk


class ExploreRung:
    """Delegates once for each break, and only where what is missing may have moved elsewhere."""

    name = "explore"

    async def propose(self, break_: Break, view: Survey, budget: float) -> list[Proposal]:
        """Return the sub-goal, or nothing where looking further cannot help: no target, an optional step, a commit."""
        target = break_.step.target
        if break_.why != "missing" or target is None or break_.step.optional or "delegate" in break_.tried:
            return []
        if risk(break_.step) == "commit" or not target.variants:
            return []
        print_ = target.variants[0].fingerprint
        where = "; ".join(t for t in (print_.heading, print_.form, print_.dialog) if t)
        goal = f"Bring the {print_.words()} to light" + (f" (it stood in: {where})" if where else "")
        return [Delegate(by="explorer", confidence=0.3, goal=f"{goal}. Only open what shows more; change nothing.")]
