"""The tries of a bootstrap: what each came to, which is the best, and what they cost."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..domain.exploring import Explored
from ..domain.procedure import Version
from ..domain.trajectory import Asked, Trajectory

if TYPE_CHECKING:
    from ..build import Built


@dataclass(frozen=True)
class Try:
    """One candidate: how it was explored, what it became, and the replay without a model that measured it."""

    number: int
    explored: Explored
    built: Built | None = None
    replayed: Trajectory | None = None
    why: str = ""           # why it is out, in plain words

    @property
    def asked(self) -> Asked:
        """What was asked for it, by the explorer and by the judge."""
        judged = self.replayed.asked if self.replayed is not None else Asked()
        return self.explored.asked.and_(judged)

    @property
    def moves(self) -> int:
        """How many moves were made."""
        return len(self.explored.moves) or len(json.loads(self.explored.history or '{"history": []}')["history"])

    @property
    def fits(self) -> bool:
        """Tell whether it met all checks, without a repair and without a doubt of the judge."""
        return self.replayed is not None and self.replayed.outcome == "succeeded" and not self.replayed.on_trial()

    def rank(self) -> tuple[float, int, int]:
        """Return what sorts those that fit: the judge's score, then fewer steps, then what it cost to find."""
        judged = self.replayed.judged if self.replayed is not None else None
        score = judged.score if judged is not None and judged.score is not None else 0.5
        steps = len(self.built.procedure.steps) if self.built is not None else 0
        return -score, steps, self.explored.asked.input_tokens + self.explored.asked.output_tokens

    def words(self) -> str:
        """Return it as one line."""
        moves = f"{self.moves} moves"
        if not self.fits or self.built is None:
            return f"try {self.number}: {moves}, out: {self.why}"
        judged = self.replayed.judged if self.replayed is not None else None
        opinion = f", judge: {judged.words()}" if judged is not None else ""
        return f"try {self.number}: {moves}, {len(self.built.procedure.steps)} steps, all checks met{opinion}"


@dataclass(frozen=True)
class Wanted:
    """How much may be tried. ``most_usd`` binds where the model's price is known; None is no limit but the day's."""

    candidates: int = 5
    most_usd: float | None = None
    most_moves: int = 40
    guide: str = ""         # the script of something like it, found in memory


@dataclass
class Bootstrapped:
    """What came of it: the tries, the version that was kept, and why it ended before all were made."""

    tries: list[Try] = field(default_factory=list)
    version: Version | None = None
    built: Built | None = None
    asked: Asked = field(default_factory=Asked)
    ended: str = ""
    under_way: Asked = field(default_factory=Asked)  # by the try at hand


def enough(known: Bootstrapped, wanted: Wanted) -> str:
    spent = known.asked.usd
    if wanted.most_usd is not None and spent is not None and spent >= wanted.most_usd:
        return f"{spent:.4f} USD are spent"
    if known.tries and not known.tries[-1].explored.moves and not known.tries[-1].explored.asked.calls:
        return known.tries[-1].explored.said      # the model did not answer at all: nor will it the next time
    return ""


def cost(asked: Asked) -> str:
    """Return what was asked in words; a price that nobody named is not zero."""
    tokens = f"{asked.calls} questions, {asked.input_tokens + asked.output_tokens} tokens"
    return f"{tokens}, {asked.usd:.4f} USD" if asked.usd is not None else f"{tokens}, price unknown" if asked.calls else tokens
