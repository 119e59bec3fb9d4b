"""What the demonstration of the product tells, one value per event: for a terminal and for machines alike."""

from __future__ import annotations

from typing import Any, Literal

from ..domain.frozen import Frozen


class Scene(Frozen):
    """A new part begins."""

    event: Literal["scene"] = "scene"
    number: int
    title: str
    text: str


class Shown(Frozen):
    """What the recorder understood of the work that was shown."""

    event: Literal["procedure"] = "procedure"
    sentences: tuple[str, ...]


class Changed(Frozen):
    """The site is not what it was."""

    event: Literal["site"] = "site"
    generation: int
    text: str


class Repaired(Frozen):
    """One step that broke, what it was recorded as, what was used instead, and on which evidence."""

    step: int                           # as people count
    was: str
    now: str
    by: str
    because: tuple[str, ...] = ()
    then: str = ""                      # what the page did after it


class Ran(Frozen):
    """One run ended. ``result`` is the object that `rpa run --json` gives."""

    event: Literal["run"] = "run"
    due: str = ""                       # the due time, local; empty when started by hand
    invoice: str
    about: str
    outcome: str
    stopped: str = ""
    ms: int
    steps: int
    repaired: tuple[Repaired, ...] = ()
    result: dict[str, Any]


class Said(Frozen):
    """A sentence in between."""

    event: Literal["said"] = "said"
    text: str


class Checked(Frozen):
    """One claim, and whether it held. ``seen`` says what was measured."""

    event: Literal["check"] = "check"
    name: str
    claim: str
    held: bool
    seen: str = ""


class Learned(Frozen):
    """How memory changed between two versions of the procedure."""

    event: Literal["memory"] = "memory"
    old: int
    new: int
    changes: tuple[str, ...]


class Failed(Frozen):
    """A claim that did not hold, with what was seen instead."""

    name: str
    claim: str
    seen: str


class Ended(Frozen):
    """The end: the names of all claims that were proven, and those that were not."""

    event: Literal["end"] = "end"
    shown: tuple[str, ...]
    failed: tuple[Failed, ...]
    claims: tuple[str, ...]             # what was proven, in words
    seconds: float
    runs: int
    folder: str = ""                    # where everything was kept, when it was


Event = Scene | Shown | Changed | Ran | Said | Checked | Learned | Ended
