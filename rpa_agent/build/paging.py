"""Leaves out the turning of pages that only led to a record: the run turns them itself until it has found the record."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from ..domain.procedure import READS
from ..domain.recording import Act
from ..domain.target import Fingerprint
from ..domain.urls import path_template


def without_paging(acts: Sequence[Act]) -> tuple[Act, ...]:
    """Return the acts; one on a record keeps what showed its page as its ``pager``, and how that asked for it."""
    out: list[Act] = []
    turned: list[Act] = []
    for act in acts:
        if _turns_a_page(act):
            turned.append(act)
            continue
        if turned and _on_a_record(act):
            act = _with_pager(act, turned)
        else:
            out.extend(turned)
        turned = []
        out.append(act)
    return (*out, *turned)


def _turns_a_page(act: Act) -> bool:
    if act.kind == "scroll":
        return True
    return act.kind == "click" and bool(act.element and act.pager and _one_control(act.element, act.pager))


def _one_control(a: Fingerprint, b: Fingerprint) -> bool:
    return (a.tag, a.role, a.name, a.path) == (b.tag, b.role, b.name, b.path)


def _on_a_record(act: Act) -> bool:
    """Tell whether an act is done in a row that something names: that is how it is found on any page."""
    in_list = act.element is not None and act.element.in_data and act.row is not None and act.row.count > 1
    return in_list and act.row is not None and any(act.row.unique)


def _with_pager(act: Act, turned: Sequence[Act]) -> Act:
    pressed = [t for t in turned if t.kind == "click" and t.element]
    if not pressed:
        return act
    last = pressed[-1].element
    assert last is not None
    # A number leads to one page only; what shows the page after this one is told by the page itself.
    pager = (act.pager or last) if last.name.strip().isdigit() else last
    sent = [r for t in pressed for r in t.requests if r.method not in READS]
    postback = f"{sent[-1].method} {path_template(urlsplit(sent[-1].url).path, {})}" if sent else ""
    return act.but(pager=pager, postback=postback)
