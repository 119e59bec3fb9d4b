"""What a demonstration was found to hold: parameters, outputs, secrets, and which act carried which."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, field

from ..domain.procedure import Step
from ..domain.template import whole_name
from ..domain.workflow import Output, Param


@dataclass
class Found:
    """Parameters, outputs and secrets of a demonstration. ``value_of`` maps an act's index to its template."""

    params: dict[str, Param] = field(default_factory=dict)
    examples: dict[str, str] = field(default_factory=dict)  # canonical values
    shown: dict[str, str] = field(default_factory=dict)  # values as the site showed them, outputs as outputs.name
    named: dict[str, str] = field(default_factory=dict)  # outputs.name -> what the page named, where that says what to use
    formats: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    hidden: tuple[str, ...] = ()  # secrets that were not typed here, and may stand on the pages
    outputs: dict[str, Output] = field(default_factory=dict)
    output_of: dict[int, str] = field(default_factory=dict)  # act's index -> the output that it becomes
    columns_of: dict[int, dict[str, str]] = field(default_factory=dict)  # a table's names of columns -> their headers
    value_of: dict[int, str] = field(default_factory=dict)
    choice_of: dict[int, str] = field(default_factory=dict)  # act's index -> the parameter that says which radio button
    named_of: dict[int, str] = field(default_factory=dict)  # act's index -> the output that names its element on the page
    answer_of: dict[int, str] = field(default_factory=dict)  # act's index -> what is typed into the question it causes
    further_of: dict[tuple[int, int], str] = field(default_factory=dict)  # the same for questions that follow the first
    format_of: dict[int, str] = field(default_factory=dict)
    ambiguous: dict[str, tuple[str, ...]] = field(default_factory=dict)
    vague: frozenset[str] = frozenset()  # typed texts that stand in what names several of the records worked on

    def said(self) -> dict[str, str]:
        """Return the values that a page may say again as they are: an output in a type of its own is kept in plain form."""
        typed = {f"outputs.{n}" for n, o in self.outputs.items() if o.type != "string"}
        return {name: text for name, text in self.shown.items() if name not in typed}

    def naming(self, i: int) -> dict[str, str]:
        """Return what the page named an act's element by, where it did: what follows may say it again."""
        full = f"outputs.{self.named_of[i]}" if i in self.named_of else ""
        return {full: self.named[full]} if full else {}

    def known_at(self, i: int) -> dict[str, str]:
        """Return the values that a run has when it comes to an act, as the site shows them: what is read later is not."""
        unread = {f"outputs.{name}" for at, name in self.output_of.items() if at >= i}
        return {name: text for name, text in self.shown.items() if name not in unread}


NAMED = "named_"  # outputs that a page names something by are called so


def named_by_page(step: Step) -> str:
    """Return the output that says which element, or which choice, a step uses; empty where the page does not name it."""
    names = [step.value or "", *(v.fingerprint.name for v in step.target.variants)] if step.target else []
    held = (whole_name(n) or "" for n in names)
    return next((h.removeprefix("outputs.") for h in held if h.startswith(f"outputs.{NAMED}")), "")


def free_name(base: str, value: str, have: dict[str, str], *, taken: Container[str]) -> str:
    """Return ``base``, or with a number behind it where another value has that name."""
    names = [base, *(f"{base}_{n}" for n in range(2, 100))]
    for name in names:
        if (name not in have or have[name] == value) and name not in taken:
            return name
    raise ValueError(f"more than 99 fields are called {base!r}")
