"""A value that needs no entering any more: the page holds this run's value itself, and nobody can change it there."""

from __future__ import annotations

from rpa_agent.domain.identity import likeness
from rpa_agent.domain.proposal import Break, Park, Skip, Survey
from rpa_agent.domain.values import same_value

from .circumstances import quoted
from .sheet import human_texts

_CALLED_SO = 0.9
_ENTERS = frozenset({"fill", "select"})


def already_given(break_: Break, view: Survey) -> Skip | Park | None:
    """Return that the value need not be entered, or that another one stands fixed in its place; None where neither is so.

    The page must show a field of the recorded name that cannot be changed, or a text beside that name, and it must hold
    this very value. A field that is merely gone proves nothing: what it would have sent might be missing. What is sent
    later is compared with this run's values all the same.
    """
    step = break_.step
    if step.kind not in _ENTERS or step.effect == "commit" or step.target is None or not break_.value:
        return None
    names = [t for v in step.target.variants for t in human_texts(v.fingerprint)]
    fixed = [(name, value) for name, value in view.shown if any(likeness(name, known) >= _CALLED_SO for known in names)]
    for name, value in fixed:
        if same_value(value, break_.value, step.format):
            why = f"the page shows {name} as {value} and offers no way to change it"
            return Skip(by="structure", confidence=0.9, evidence=(why,))
    if len(fixed) != 1 or break_.why != "covered":
        return None
    name, value = fixed[0]
    return Park(by="structure", confidence=1.0, fault="data", reason=(
        f"the page shows {quoted(name)} as {quoted(value)} and offers no way to change it; {quoted(break_.value)} was to be entered"
    ))
