"""Leaves out what was taken back while showing: a wrong page and back, a value typed anew, a box ticked and unticked."""

from __future__ import annotations

from collections.abc import Sequence

from ..domain.procedure import READS
from ..domain.recording import Act

_ENTERS = {"fill", "select", "check", "uncheck"}
_LOOKS = {"scroll", "hover"}


def without_mistakes(acts: Sequence[Act]) -> tuple[Act, ...]:
    """Return the acts without those that left no trace on the server or in the form."""
    return _without_corrected(_without_wrong_pages(acts))


def _without_wrong_pages(acts: Sequence[Act]) -> list[Act]:
    """A page that was opened and left by going back, with nothing changed there, was not meant; nor was a look back.

    Where the way forward leads to it again later, it was: without it there is nowhere to go forward to.
    """
    out: list[Act] = []
    for n, act in enumerate(acts):
        if act.kind == "forward" and (looked := _look_back(out, act)) is not None:
            del out[looked:]
            continue
        if act.kind != "back" or _returned_to(acts[n + 1 :], act):
            out.append(act)
            continue
        opened = next((k for k in range(len(out) - 1, -1, -1) if _opened_from(out[k], act)), None)
        if opened is not None and all(_traceless(a) for a in out[opened:]):
            del out[opened:]
        else:
            out.append(act)
    return out


def _look_back(before: Sequence[Act], forward: Act) -> int | None:
    """Return where a way back stands that this way forward undoes, with nothing but looking in between."""
    for k in range(len(before) - 1, -1, -1):
        if before[k].kind not in _LOOKS:
            there_and_back = (before[k].kind, before[k].tab, before[k].url, before[k].url_after)
            return k if there_and_back == ("back", forward.tab, forward.url_after, forward.url) else None
    return None


def _returned_to(later: Sequence[Act], back: Act) -> bool:
    """Tell whether the page that was left by going back is gone forward to, while the browser still knows it."""
    for act in later:
        if act.tab != back.tab:
            continue
        if act.kind == "forward":
            return act.url_after == back.url
        if act.kind != "back" and act.url_after != act.url:
            return False
    return False


def _opened_from(act: Act, back: Act) -> bool:
    """Tell whether this act left the page that going back returned to."""
    return act.tab == back.tab and act.kind != "goto" and act.url == back.url_after != act.url_after


def _traceless(act: Act) -> bool:
    """Tell whether an act can be left out: it sent nothing, brought nothing back, and was asked nothing."""
    kept = act.download or act.dialog or act.popup or act.output or act.kind in {"read", "upload"} or act.secret
    said = act.sockets and act.kind in {"click", "dblclick", "press"}  # nobody knows what
    return not (kept or said) and all(r.method in READS for r in act.requests)


def _without_corrected(acts: Sequence[Act]) -> tuple[Act, ...]:
    """Of several values entered into one field, with nothing but entering in between, the last is the one that was meant."""
    dropped: set[int] = set()
    for i, act in enumerate(acts):
        if act.kind not in _ENTERS or not act.element or i in dropped:
            continue
        for j in range(i + 1, len(acts)):
            later = acts[j]
            if later.kind not in _ENTERS or later.url != act.url or later.tab != act.tab:
                break
            if _one_field(act, later):
                dropped.add(i)
                if _undone(act, later):
                    dropped.add(j)  # ticked and unticked: as it was before
                break
            if act.kind != "fill" or not _traceless(later):
                break  # a choice may have brought the next field to light; what was entered may have been kept by then
    return tuple(a for i, a in enumerate(acts) if i not in dropped)


def _one_field(a: Act, b: Act) -> bool:
    one, other = a.element, b.element
    if one is None or other is None or any(r.method not in READS for r in a.requests):
        return False
    place = ("tag", "name", "label", "id", "name_attr", "form", "dialog", "frames", "shadow", "path", "index")
    radio = one.role == other.role == "radio" and bool(one.name_attr) and a.kind == b.kind == "check"
    if radio:
        return one.name_attr == other.name_attr and one.form == other.form
    if one.row != other.row or one.box[:2] != other.box[:2]:
        return False
    kinds = {a.kind, b.kind}
    return (len(kinds) == 1 or kinds == {"check", "uncheck"}) and all(getattr(one, t) == getattr(other, t) for t in place)


def _undone(a: Act, b: Act) -> bool:
    return {a.kind, b.kind} == {"check", "uncheck"}
