"""What an exploration may do and what it came to: moves on elements of the page, from a closed set, never an address or code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from .frozen import Frozen
from .proposal import Candidate, Survey
from .target import Fingerprint
from .trajectory import Asked

MoveKind = Literal["click", "fill", "select", "check", "uncheck", "enter", "back"]


class Move(Frozen):
    """One thing that was done. ``value`` is the name of a parameter, ``secrets.name``, or empty where ``text`` was chosen:
    words of the application itself, as an option has them."""

    kind: MoveKind
    element: Fingerprint | None = None
    value: str = ""
    text: str = ""
    led_to: str = ""                    # what followed, in words; empty where nothing was seen to follow
    failed: str = ""                    # why it could not be done

    def words(self) -> str:
        """Return the move as one line, with names in the place of values."""
        what = self.element.words() if self.element is not None else ""
        entered = f" = {{{{ {self.value} }}}}" if self.value else f" = {self.text}" if self.text else ""
        return f"{self.kind} {what}{entered}".strip()


class Explored(Frozen):
    """An exploration that ended. ``said`` is the model's reason, or why it was stopped."""

    done: bool
    said: str = ""
    moves: tuple[Move, ...] = ()
    history: str = ""                   # what browser-use keeps of its moves, as JSON with names in the place of values
    asked: Asked = Asked()

    def kept(self) -> tuple[Move, ...]:
        """Return the moves without those that failed, and without what was gone back from."""
        out: list[Move] = []
        for move in self.moves:
            if move.failed:
                continue
            if move.kind == "back" and out and out[-1].kind == "click":
                out.pop()
                continue
            out.append(move)
        return tuple(out)


@dataclass(frozen=True)
class Quest:
    """What is to be found out: the task in words, the script of something like it, and which values may be entered."""

    task: str
    values: Mapping[str, str]           # name -> what kind of value it is, in words; secrets as ``secrets.name``
    guide: str = ""
    most_moves: int = 40


class Hands(Protocol):
    """What an explorer sees and does with; it neither knows the page nor this run's values."""

    async def see(self) -> Survey:
        """Return the page at hand when it has calmed down."""

    async def do(self, move: Move, at: Candidate | None) -> Move:
        """Do it once; return the move with what followed, or with why it failed."""

    async def reached(self) -> str:
        """Return why it is over, where what was looked for is there already; else nothing."""
