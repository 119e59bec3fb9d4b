"""What a model thinks of a run's result where no check measures it: an opinion, kept beside what the checks say."""

from __future__ import annotations

from typing import Literal

from .frozen import Frozen

Opinion = Literal["holds", "doubted", "unjudged"]
HOLDS_FROM = 0.5    # a score below it is a doubt


class Judged(Frozen):
    """An opinion on the sentence of `judge:`. ``score`` is how likely the sentence holds, 0..1; None where nobody judged, and
    ``reason`` says why. ``checks_met`` is what the checks said of the same run; None where there are none."""

    sentence: str                       # as the workflow has it, with the names of values
    opinion: Opinion
    score: float | None = None
    reason: str = ""
    model: str = ""
    checks_met: bool | None = None

    def agrees(self) -> bool | None:
        """Tell whether judge and checks say the same; None where one of them says nothing."""
        if self.opinion == "unjudged" or self.checks_met is None:
            return None
        return (self.opinion == "holds") == self.checks_met

    def words(self) -> str:
        """Return the opinion as one line for people."""
        if self.opinion == "unjudged":
            return f"unjudged: {self.reason}"
        sure = f", {self.score:.0%} that it holds" if self.score is not None else ""
        return f"{self.opinion} by {self.model}{sure}: {self.reason or 'it gave no reason'}"
