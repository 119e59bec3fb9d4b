"""Joins acts that are one step to a person: typing into a combobox and clicking its option is one choice."""

from __future__ import annotations

from collections.abc import Sequence

from ..domain.procedure import READS
from ..domain.recording import Act

_PLACE = ("tag", "name", "label", "id", "name_attr", "form", "dialog", "frames", "shadow", "path", "index")
_KIND = {"combobox": "select"}  # an input that opens a list is chosen from, whatever else it can do


def fold(acts: Sequence[Act]) -> tuple[Act, ...]:
    """Return the acts as a person would tell them."""
    out: list[Act] = []
    for act in acts:
        last = out[-1] if out else None
        if last and _pressed_within(last, act):
            out[-1] = _with_signals(last, act)
        elif last and _more_of_it(last, act):
            out[-1] = _with_signals(last.but(value=act.value, read_back=act.read_back), act)
        elif last and _option_after_typing(last, act):
            out[-1] = _with_signals(last.but(kind="select", value=_chosen(last, act)), act)
        elif last and last.kind == "select" and act.kind == "fill" and _same_field(last, act):
            # The page wrote the chosen option into the field; what it wrote is the value, unless it is the option's code.
            wrote = {} if last.shown_by is not None else {"value": act.value, "read_back": act.read_back}
            out[-1] = _with_signals(last.but(**wrote), act)
        elif last and act.kind == "click" and act.option_of and last.kind == "click" and _opens(last, act):
            out[-1] = _with_signals(last.but(kind="select", value=act.element.name if act.element else ""), act)
        else:
            out.append(act)
    return tuple(out)


def _pressed_within(chosen: Act, press: Act) -> bool:
    """An option of a list that lies open was pressed, with or without a key held down: the list's value tells it."""
    if chosen.kind != "select" or press.kind != "click" or not chosen.element or not press.element:
        return False
    one_place = (chosen.url, chosen.tab, chosen.element.frames) == (press.url, press.tab, press.element.frames)
    return chosen.element.tag == "select" and press.element.tag == "option" and one_place


def _more_of_it(first: Act, then: Act) -> bool:
    """Further options of one list were chosen, or some taken back: what is chosen in the end is one value."""
    a, b = first.element, then.element
    if first.kind != "select" or then.kind != "select" or not a or not b or a.tag != "select":
        return False
    several = "\n" in f"{first.value}{then.value}" or not (first.value and then.value)
    # What was chosen first and sent is done; what is chosen then is another step.
    sent = any(r.method not in READS for r in first.requests)
    return several and not sent and (first.url, first.tab) == (then.url, then.tab) and a.box[:2] == b.box[:2] and all(
        getattr(a, t) == getattr(b, t) for t in _PLACE
    )


def _chosen(typed: Act, option: Act) -> str:
    """Return the option's name; what was typed in full where the page left it so, since its list may say more of a record
    ("Muster GmbH  Berlin") than its field. Only a list that was seen shows that no other option is meant."""
    name = " ".join(option.element.name.split()) if option.element else ""
    kept = " ".join((typed.value or "").split())
    if kept and _begins(name, kept) and sum(_begins(" ".join(o.split()), kept) for o in option.options) == 1:
        return kept
    return name or kept


def _begins(name: str, kept: str) -> bool:
    """Tell whether a name is these words, or begins with them."""
    return name == kept or (name.startswith(kept) and not name[len(kept)].isalnum())


def _option_after_typing(typed: Act, option: Act) -> bool:
    if typed.kind not in {"fill", "select"} or option.kind != "click" or not option.element or not typed.element:
        return False
    if option.element.role != "option":
        return False
    label = typed.element.name or typed.element.label
    return option.option_of == label or (not option.option_of and typed.element.role == "combobox")


def _opens(click: Act, option: Act) -> bool:
    field = click.element
    return (
        field is not None
        and "select" in (field.capability, _KIND.get(field.role))
        and option.option_of in (field.name, "")
    )


def _same_field(a: Act, b: Act) -> bool:
    if not a.element or not b.element:
        return False
    return (a.element.name, a.element.id, a.element.name_attr) == (b.element.name, b.element.id, b.element.name_attr)


def _with_signals(first: Act, then: Act) -> Act:
    return first.model_copy(
        update={
            "requests": first.requests + then.requests,
            "texts": first.texts + then.texts,
            "options": then.options or first.options,
            "url_after": then.url_after or first.url_after,
            "settle_ms": max(first.settle_ms, then.settle_ms),
        }
    )
