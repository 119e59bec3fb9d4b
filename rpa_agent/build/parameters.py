"""Finds what changes per run: typed and chosen values become parameters named after their labels, or secrets."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..domain.recording import Act, Recording, RowSeen
from ..domain.styled import plain
from ..domain.template import abstract, stands_alone
from ..domain.values import date_formats, file_names
from ..domain.workflow import RESERVED_SECRETS, Param
from .found import Found, free_name
from .kinds import Evidence, Typed, kind_of
from .naming import label_of, name_of, slug
from .outputs import find_output, from_output
from .secret_fields import is_secret

__all__ = ["Found", "find_parameters", "slug", "without_records"]

def find_parameters(acts: Sequence[Act], recording: Recording) -> Found:
    """Name every typed or chosen value; the same value is one parameter, in one field or in several."""
    found, evidence = Found(vague=_vague(acts)), Evidence.of(recording)
    for i, act in enumerate(acts):
        find_output(i, act, found, evidence)
        if i in found.named_of:
            _use_named(i, act, found.named_of[i], found)
            continue
        if act.kind == "read":
            _record_read(i, act, found)
        elif act.element is not None and act.kind not in {"fill", "select", "upload", "press"}:
            _record_chosen(act, found, edited=_edited(act, acts[i + 1 :]))
            if act.to is not None:  # so is one that it was dropped on
                _record_chosen(act.but(element=act.to, row=None), found)
        if act.answer is not None and act.answer.text:
            found.answer_of[i] = _add_answer(act.dialog, act.answer.text, found)
        for k, more in enumerate(act.further):
            if more.answer.text:
                found.further_of[i, k] = _add_answer(more.question, more.answer.text, found)
        if not _gives_value(act):
            continue
        if is_secret(acts, i, login=recording.login):
            value = recording.secrets.get(act.value or "", "") if act.secret else act.value or ""
            _add_secret(i, act, value, found)
        elif not from_output(i, act, found, evidence):
            _add(i, act, kind_of(act, evidence), found)
    return found


def _use_named(i: int, act: Act, output: str, found: Found) -> None:
    """What the page names is no parameter: every run reads it there."""
    if act.kind == "select":
        found.value_of[i] = f"{{{{ outputs.{output} }}}}"
    elif act.kind == "check":
        found.choice_of[i] = f"outputs.{output}"


def _add_answer(question: str, text: str, found: Found) -> str:
    """What is typed into a question of the browser is a value named after the question; return its template."""
    asked = question.partition(": ")[2]
    name = free_name(slug(asked), text, found.examples, taken={*found.secrets, *found.outputs})
    found.params.setdefault(name, Param(type="string", label=asked[:80]))
    found.examples[name] = found.shown[name] = text
    return f"{{{{ {name} }}}}"


def _gives_value(act: Act) -> bool:
    """A radio button is a choice among its group; a box is ticked or not as it was shown."""
    if act.value is None or act.element is None:
        return False
    return act.kind in {"fill", "select", "upload"} or (act.kind == "check" and len(act.options) > 1)


def _add_secret(i: int, act: Act, value: str, found: Found) -> None:
    same = next((n for n, v in found.secrets.items() if v == value and len(v) >= 4 and act.secret), None)
    used = {n for n, v in found.secrets.items() if v != value} | set(found.params)
    name = same or free_name(name_of(act, used), value, found.secrets, taken={*found.params, *RESERVED_SECRETS})
    found.secrets[name] = value
    found.value_of[i] = f"{{{{ secrets.{name} }}}}"


def _add(i: int, act: Act, typed: Typed, found: Found) -> None:
    """Take a value as a parameter, or as one that is known already."""
    used = {n for n, v in found.examples.items() if v != typed.canonical} | set(found.secrets)
    base = slug(act.option_of) if act.kind == "check" and act.option_of else name_of(act, used)
    name = _same_elsewhere(act, typed, found) or free_name(
        base, typed.canonical, found.examples, taken={*found.secrets, *found.outputs}
    )
    label = act.option_of if act.kind == "check" else label_of(act, used)
    found.params.setdefault(name, Param(type=typed.kind, label=label, options=typed.options))
    found.examples[name] = typed.canonical
    said = plain(act.value or "") if act.styled else act.value or ""
    found.shown.setdefault(name, file_names(said) if typed.kind == "file" else said)
    if act.kind == "check":
        found.choice_of[i] = name
    else:
        found.value_of[i] = f"{{{{ {name} }}}}"
    if typed.format:
        found.format_of[i] = typed.format
        found.formats.setdefault(name, typed.format)
    if typed.readings:
        found.ambiguous[name] = tuple(typed.readings)


def _same_elsewhere(act: Act, typed: Typed, found: Found) -> str | None:
    """Return the parameter that has this value already, where it is too much of its own to be typed twice by chance."""
    text = (act.value or "").strip()
    letters, figures = len(re.findall(r"[^\W\d_]", text)), len(re.findall(r"\d", text))
    round_figure = typed.kind in {"decimal", "integer"} and len(typed.canonical.rstrip("0.")) < 4
    if typed.kind in {"date", "choice", "boolean"} or round_figure or not (letters >= 8 or letters + figures >= 5):
        return None
    if letters < 8 and not figures:
        return None
    kinds = {n: p.type for n, p in found.params.items()}
    return next((n for n, v in found.examples.items() if v == typed.canonical and kinds.get(n) == typed.kind), None)


_PRESSED = frozenset({"click", "dblclick", "rightclick", "drag"})
_PARTS = frozenset({"tr", "td", "th"})


def _record_chosen(act: Act, found: Found, *, edited: bool = False) -> None:
    """A record that was picked from a list is a value of this run: its own text, or the text that names its row.

    A cell that was opened to be ``edited`` names nothing: what it said is what the run changes.
    """
    fp, row = act.element, act.row
    if fp is None or not fp.in_data or fp.capability in {"fill", "select", "upload"}:
        return
    if _named(act, found):
        return
    # What only a script makes clickable is a record too; a cell is a part of one.
    pressed = not _of_grid(act) and (fp.capability == "click" or (act.kind in _PRESSED and fp.tag not in _PARTS))
    whole = row is not None and row.own < 0 and row.count > 1  # the row itself was clicked, and it says many things
    own = not pressed and not edited
    alone = not edited and fp.unique.get("name", 1) < 2 and pressed and not whole
    if alone and fp.name and len(fp.name) <= 80:
        header = (row.headers[row.own] if 0 <= row.own < len(row.headers) else "") or _called_in(row) if row else ""
        _add_record(found, header or fp.heading or "record", fp.name)
    elif row and (row.count > 1 or fp.unique.get("name", 1) > 1) and (at := _naming_cell(row, also_own=own)) is not None:
        header = row.headers[at] if at < len(row.headers) else ""
        _add_record(found, header or "row", row.cells[at])


def _of_grid(act: Act) -> bool:
    """Tell whether it is a cell of a grid, whatever it is drawn with; a calendar's days each stand for themselves."""
    fp, row = act.element, act.row
    cell = fp is not None and (fp.role == "gridcell" or (fp.tag not in _PARTS and fp.role in {"cell", "rowheader"}))
    return cell and row is not None and not all(re.fullmatch(r"\d{0,2}", c) for c in row.cells)


def _edited(act: Act, later: Sequence[Act]) -> bool:
    """Tell whether what was pressed is a cell that became a field, and was typed into."""
    row, then = act.element.row if act.element else None, next(iter(later), None)
    typed = then.element.row if then and then.element and then.kind in {"fill", "select"} else None
    if row is None or typed is None or then is None or then.url != act.url:
        return False
    return bool(row.column) and (row.column, row.index, row.count) == (typed.column, typed.index, typed.count)


def _called_in(row: RowSeen) -> str:
    """Return what stands before a text in its row and calls it, as in "Phone: 555-0100"."""
    before = row.cells[row.own - 1].strip() if 0 < row.own < len(row.cells) else ""
    return before[:-1] if before[-1:] in {":", "："} and not re.search(r"\d", before) else ""


def _named(act: Act, found: Found) -> bool:
    """Tell whether a parameter names the record already: one that all rows share, a month or a currency, names none."""
    fp, row = act.element, act.row
    assert fp is not None
    if fp.tag == "li" or fp.role in {"listitem", "treeitem", "option"}:
        return abstract(fp.name, found.shown) != fp.name  # a branch that is named names none of its leaves
    if row is None or row.count < 2:
        return any(abstract(t, found.shown) != t for t in (fp.name, *(row.cells if row else ())) if t)
    own = [fp.name] if fp.unique.get("name", 1) < 2 else []
    naming = [c for c, alone in zip(row.cells, row.unique, strict=False) if alone]
    return any(stands_alone(v, t) for t in (*own, *naming) for v in found.shown.values() if len(v) > 1 and v not in found.vague)


def _vague(acts: Sequence[Act]) -> frozenset[str]:
    """Return the typed texts that stand in what names two of the records that were acted on in one list: they searched for
    both, and name neither."""
    places = ((a.url.partition("?")[0], c) for a in acts if a.row and a.kind not in {"fill", "select", "read"}
              for c, alone in zip(a.row.cells, a.row.unique, strict=False) if alone)
    named = set(places)
    typed = {a.value for a in acts if a.kind == "fill" and a.value and not a.secret and len(a.value) > 1}
    holding = {v: [(url, c) for url, c in named if v != c and stands_alone(v, c)] for v in typed}
    return frozenset(v for v, held in holding.items() if any(u == w and c != d for u, c in held for w, d in held))


def _record_read(at_act: int, act: Act, found: Found) -> None:
    """A text of a list is read from the record that one of this run's values names."""
    row = act.row
    if row is None or row.count < 2 or act.table is not None or act.names_next:
        return
    naming = [c for i, (c, alone) in enumerate(zip(row.cells, row.unique, strict=False)) if alone and i != row.own]
    values = [t for n, t in found.shown.items() if n != f"outputs.{found.output_of.get(at_act, '')}" and len(t) > 1]
    if any(stands_alone(v, c) for v in values for c in naming):
        return
    if (at := _naming_cell(row)) is not None:
        _add_record(found, (row.headers[at] if at < len(row.headers) else "") or "row", row.cells[at])


def _naming_cell(row: RowSeen, *, also_own: bool = False) -> int | None:
    """Return the cell that names the record: unique in its column, words before figures, the first of them."""
    unique = [i for i, only in enumerate(row.unique) if only and (also_own or i != row.own) and row.cells[i]]
    lettered = [i for i in unique if re.search(r"[^\W\d_]{2}", row.cells[i]) and not date_formats(row.cells[i])]
    first = next(iter(lettered or unique), None)
    if first is None or len(row.cells[first].split()) < 3:
        return first
    # Of a sentence about the record, the number in it is what people know the record by.
    return next((i for i in unique if i != first and stands_alone(row.cells[i], row.cells[first])), first)


def without_records(text: str, acts: Sequence[Act]) -> str:
    """Return a text with ``*`` for what it tells of the records that were worked on beyond this run's parameters."""
    rows = [a.row for a in acts if a.row is not None]
    cells = {
        c
        for r in rows
        for i, c in enumerate(r.cells)
        if len(c) > 2 and i != r.own and i < len(r.unique) and r.unique[i]
    }
    several = [a.value for a in acts if a.kind == "select" and a.value and "\n" in a.value]
    cells |= {line for value in several for line in value.split("\n") if len(line) > 2}
    for cell in sorted(cells, key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(cell)}(?!\w)", "*", text)
    return text


def _add_record(found: Found, label: str, value: str) -> None:
    name = free_name(slug(label), value, found.examples, taken={*found.secrets, *found.outputs})
    found.params.setdefault(name, Param(type="string", label=label))
    found.examples[name] = found.shown[name] = value
