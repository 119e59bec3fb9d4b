"""Tells a procedure in plain sentences, one line a step."""

from __future__ import annotations

from collections.abc import Sequence

from ..domain.procedure import Procedure, Step
from ..domain.workflow import Check
from .parameters import Found


def page_of_sentences(procedure: Procedure, found: Found, checks: Sequence[Check]) -> list[str]:
    """Return the page a recording ends with: numbered steps, what sends, what changes, what is secret, what proves it."""
    lines = [f"{i}. {sentence(step)}" for i, step in enumerate(procedure.steps, 1)]
    sends = [str(i) for i, s in enumerate(procedure.steps, 1) if s.effect == "commit"]
    lines.append(f"Sends something at step {', '.join(sends)}." if sends else "Sends nothing.")
    if found.params:
        lines.append("Changes per run: " + ", ".join(f"{n} ({p.type})" for n, p in found.params.items()) + ".")
    if found.secrets:
        lines.append("Secret: " + ", ".join(found.secrets) + ".")
    lines.append("Success is: " + "; ".join(c.words() for c in checks) + ".")
    return lines


def sentence(step: Step) -> str:
    """Return one step as a sentence."""
    on = step.target.words() if step.target else ""
    value = (step.value or "").replace("{base}", "the site")
    match step.kind:
        case "goto":
            said = f"Open {value}."
        case "fill":
            said = f"Type {value} into the {on}."
        case "select":
            said = f"Choose {value} in the {on}."
        case "press":
            said = f"Press {value} in the {on}." if on else f"Press {value}."
        case "check" | "uncheck":
            said = f"{'Tick' if step.kind == 'check' else 'Untick'} the {on}."
        case "upload":
            said = f"Upload {value} at the {on}."
        case "dblclick":
            said = f"Double-click the {on}."
        case "rightclick":
            said = f"Right-click the {on}."
        case _:
            said = f"{step.kind.capitalize()} the {on}."
    return f"{said} This SENDS ({step.reason.removeprefix('sends ')})." if step.effect == "commit" else said
