"""Folds a demonstration that does the same for several records into one procedure and a row for each of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit

from ...domain.procedure import Effect
from ...domain.recording import Act, Recording
from ...domain.template import whole_name
from ...domain.workflow import Param
from .. import effects
from ..found import Found
from .alike import VALUES, Alike
from .spoken import Spoken, as_first, of_all_passes, row_texts

_ON_THE_WAY = frozenset({"click", "goto", "back", "forward", "hover", "scroll"})  # acts that lead from pass to pass

Finding = Callable[[Sequence[Act], Recording], Found]


@dataclass(frozen=True)
class Passes:
    """A demonstration of several records as one of the first record. ``rows`` are canonical values, one per pass."""

    recording: Recording
    acts: tuple[Act, ...]
    found: Found
    rows: tuple[dict[str, str], ...]
    key: str = ""  # the parameter that tells the rows apart


@dataclass(frozen=True)
class _Pass:
    """The acts of one pass by their place in the demonstration: where it begins, and where it ends."""

    lead: tuple[int, ...]  # the way from the pass before; a run begins each row at the first step
    core: tuple[int, ...]


@dataclass
class _Template:
    """The acts that all passes share, in the order of the first, and what each pass did at each place."""

    acts: list[int] = field(default_factory=list)
    done: list[dict[int, int]] = field(default_factory=list)  # per pass: act of the template -> act of the pass


def fold_passes(acts: Sequence[Act], recording: Recording, *, find: Finding) -> Passes | None:
    """Return the passes of a demonstration, or None where it shows one record or different things.

    Nothing is ever lost: where one act has no place in the fold, there is no fold.
    """
    alike = Alike(acts, recording.ambient)
    sends = [effects.classify(act, acts[:i], recording)[0] for i, act in enumerate(acts)]
    ends = _ends(acts, sends, alike)
    if len(ends) < 2:
        return None
    passes = _cut(acts, ends, sends, alike)
    if passes and _one_work(acts, passes, alike):
        return None
    template = _aligned(acts, passes, alike) if passes else None
    if template is None or not _sound(acts, sends, passes, template, alike):
        return None
    before, after = range(passes[0].core[0]), range(max(passes[-1].core) + 1, len(acts))
    return _folded(acts, recording, alike, before, template, after, find)


# ---- where the passes are ------------------------------------------------------------------------------------------


def _ends(acts: Sequence[Act], sends: Sequence[Effect], alike: Alike) -> list[int]:
    """Return the acts that end a pass: the last thing that was sent, or where nothing was, the last thing done."""
    commits = [i for i, effect in enumerate(sends) if effect == "commit"]
    if commits:
        return [i for i in commits if alike.same(acts[i], acts[commits[-1]])]
    hard = [i for i, act in enumerate(acts) if i and act.kind not in VALUES]
    return [i for i in hard if alike.same(acts[i], acts[hard[-1]])] if hard and hard[-1] == len(acts) - 1 else []


def _one_work(acts: Sequence[Act], passes: Sequence[_Pass], alike: Alike) -> bool:
    """Tell whether what was done again went on where it was: nothing asked for, nothing brought back, no record picked.

    Guess upon guess, or command upon command, is one work. Rows start afresh, so each needs something that closes it.
    """
    done = [acts[i] for one in passes for i in (*one.lead, *one.core)]
    goes_on = all(
        a.url_after in {"", a.url} and a.kind not in {"goto", "read"} and not (a.download or a.popup or a.dialog)
        and not alike.asks(a) and not (a.row is not None and a.row.count > 1)
        for a in done
    )  # fmt: skip
    return goes_on and len({(a.url, a.tab) for a in done}) == 1


def _cut(acts: Sequence[Act], ends: Sequence[int], sends: Sequence[Effect], alike: Alike) -> list[_Pass]:
    """Return the passes, as long as they are alike from their ends backwards; none where one cannot be cut."""
    windows = [range(1 if n == 0 else ends[n - 1] + 1, end + 1) for n, end in enumerate(ends)]
    hard = [[i for i in window if acts[i].kind not in VALUES] for window in windows]
    shared = min(_shared_end(acts, hard[0], other, alike) for other in hard[1:])
    out = []
    for window, firm in zip(windows, hard, strict=True):
        begin = firm[-shared]
        lead = firm[:-shared]
        start = (lead[-1] + 1) if lead else window.start
        typed = [i for i in range(start, begin) if acts[i].kind in VALUES]
        out.append(_Pass(tuple(range(window.start, start)), (*typed, *range(begin, window.stop))))
    return _without_what_was_typed_before(acts, out, alike)


def _shared_end(acts: Sequence[Act], a: Sequence[int], b: Sequence[int], alike: Alike) -> int:
    shared = 0
    while shared < min(len(a), len(b)) and alike.same(acts[a[-1 - shared]], acts[b[-1 - shared]]):
        shared += 1
    return shared


def _without_what_was_typed_before(acts: Sequence[Act], passes: list[_Pass], alike: Alike) -> list[_Pass]:
    """A value entered once, before all passes and elsewhere, as into a filter, belongs to the way there."""
    first, others = passes[0], passes[1:]
    core = list(first.core)
    while core and acts[core[0]].kind in VALUES:
        act = acts[core[0]]
        again = any(alike.same(act, acts[i]) for p in others for i in p.core)
        beside = any(acts[i].kind in VALUES and _one_form(acts[i], act) for p in others for i in p.core)
        if again or beside:
            break
        core.pop(0)
    begun = core[0] if core else first.core[-1]
    return [_Pass((*range(1, begun),), tuple(core)), *others]


def _one_form(a: Act, b: Act) -> bool:
    return a.element is not None and b.element is not None and (a.url, a.element.form) == (b.url, b.element.form)


# ---- what they share -----------------------------------------------------------------------------------------------


def _aligned(acts: Sequence[Act], passes: Sequence[_Pass], alike: Alike) -> _Template | None:
    """Return the shared acts: clicks and keys in one order, fields between two of them in any; else None."""
    whole = _Template(list(passes[0].core), [{i: i for i in passes[0].core}])
    for one in passes[1:]:
        stretches, others = _stretches(acts, whole.acts), _stretches(acts, one.core)
        if len(stretches) != len(others):
            return None
        done: dict[int, int] = {}
        merged: list[int] = []
        for mine, theirs in zip(stretches, others, strict=True):
            free = list(theirs)
            for i in mine:
                if (twin := next((j for j in free if alike.same(acts[i], acts[j])), None)) is not None:
                    done[i] = twin
                    free.remove(twin)
                elif acts[i].kind not in VALUES:
                    return None
            if any(acts[j].kind not in VALUES for j in free):
                return None
            at = next((n for n, i in enumerate(mine) if acts[i].kind not in VALUES), len(mine))
            done.update({j: j for j in free})
            merged += [*mine[:at], *free, *mine[at:]]
        whole = _Template(merged, [*whole.done, done])
    return whole


def _stretches(acts: Sequence[Act], places: Sequence[int]) -> list[list[int]]:
    """Return runs of fields, each with the click or key that ends it."""
    out: list[list[int]] = [[]]
    for i in places:
        out[-1].append(i)
        if acts[i].kind not in VALUES:
            out.append([])
    return out if out[-1] else out[:-1]


def _sound(
    acts: Sequence[Act], sends: Sequence[Effect], passes: Sequence[_Pass], template: _Template, alike: Alike
) -> bool:
    """Tell whether every act has its place, and what is sent is the same in all passes."""
    inside = {i for done in template.done for i in done.values()}
    tail = range(max(passes[-1].core) + 1, len(acts))
    if any(effect == "commit" and i not in inside for i, effect in enumerate(sends)):
        return False
    for one, done in zip(passes[1:], template.done[1:], strict=True):
        if not _only_the_way(acts, sends, one.lead, tail, alike) or not _begins_alike(acts[one.core[0]], acts[passes[0].core[0]]):
            return False
        if any(sends[i] != sends[j] or not alike.same_change(acts[i], acts[j]) for i, j in done.items()
               if "commit" in (sends[i], sends[j])):
            return False
    return True


def _begins_alike(a: Act, b: Act) -> bool:
    """Tell whether two passes begin on the very same page: the way there is that of the first, so it must not be a record's.

    In a list the row decides, and which page of it was shown does not matter.
    """
    one, other = urlsplit(a.url), urlsplit(b.url)
    in_list = a.element is not None and a.element.in_data and a.row is not None and a.row.count > 1
    if one.path != other.path or in_list:
        return one.path == other.path
    asked, too = dict(parse_qsl(one.query)), dict(parse_qsl(other.query))
    routes = (one.fragment, other.fragment) if "/" in one.fragment + other.fragment else ("", "")
    return routes[0] == routes[1] and all(too.get(k, v) == v for k, v in asked.items())


def _only_the_way(
    acts: Sequence[Act], sends: Sequence[Effect], lead: Sequence[int], tail: Sequence[int], alike: Alike
) -> bool:
    """Tell whether what lies between two passes only leads on, or is what is done after each of them."""
    after = list(lead)
    for t in tail:
        if after and alike.same(acts[after[0]], acts[t]):
            after.pop(0)
    return all(sends[i] == "none" and acts[i].kind in _ON_THE_WAY and acts[i].dialog == "" for i in after)


# ---- one procedure and its rows ------------------------------------------------------------------------------------


def _folded(
    acts: Sequence[Act],
    recording: Recording,
    alike: Alike,
    before: Sequence[int],
    template: _Template,
    after: Sequence[int],
    find: Finding,
) -> Passes | None:
    """Find the parameters of each pass as if it had been shown alone, and set them side by side."""
    acts = _named_alike(acts, template)
    places = [*before, *template.acts, *after]
    alone = [find([acts[done.get(i, i)] if i in done or i not in template.acts else _left_out(acts[i]) for i in places],
                  recording) for done in template.done]
    missing = [{n for n, i in enumerate(places) if i in template.acts and i not in done} for done in template.done]
    found = find([acts[i] for i in places], recording)
    rows = _rows(found, alone, missing)
    if rows is None or not _told_apart([acts[i] for i in places], template, places, acts, alone):
        return None
    varying = [n for n in found.params if len({r.get(n) for r in rows}) > 1]
    optional = {n for n in found.params if any(n not in r for r in rows)}
    # Small differences are one task done twice; where little is shared it is two tasks.
    if not set(varying) - optional or len(optional) > len(found.params) - len(optional):
        return None
    for name in found.params:
        found.params[name] = _joint(found.params[name], [f.params.get(name) for f in alone], name in optional)
    spoken = Spoken(found, alone, row_texts(acts, template.acts, template.done))
    found.examples = dict(rows[0])
    shared = [
        of_all_passes(spoken, alike, n, acts[i], [acts[d[i]] if i in d else None for d in template.done])
        if i in template.acts
        else as_first(spoken, acts[i], last=n > 0 and i in after)
        for n, i in enumerate(places)
    ]
    told = recording.model_copy(update={"last_texts": tuple(spoken.as_first(t, -1) for t in recording.last_texts)})
    return Passes(told, tuple(shared), found, rows, _key(found, rows, varying))


def _named_alike(acts: Sequence[Act], template: _Template) -> list[Act]:
    """Let only such cells name a record as do so in every pass, so that all are picked by the same column."""
    out = list(acts)
    for i in template.acts:
        own = {done[i] for done in template.done if i in done}
        seen = [(a, r) for a in own if (r := acts[a].row) is not None]
        if len(seen) < 2 or len({len(r.cells) for _, r in seen}) > 1 or any(len(r.unique) != len(r.cells) for _, r in seen):
            continue
        tells = [
            all(r.unique[c] for _, r in seen) and len({r.cells[c] for _, r in seen}) == len(seen)
            for c in range(len(seen[0][1].cells))
        ]
        for a, r in seen:
            out[a] = acts[a].but(row=r.but(unique=tuple(tells)))
    return out


def _left_out(act: Act) -> Act:
    return act.but(value=None)


def _rows(found: Found, alone: Sequence[Found], missing: Sequence[set[int]]) -> tuple[dict[str, str], ...] | None:
    """Return each pass's values by the names of the fold; None where they do not fit one set of parameters."""
    rows = []
    for one, gone in zip(alone, missing, strict=True):
        row: dict[str, str] = {}
        named = set()
        holes, own_holes = _holes(found), _holes(one)
        for n, template in holes.items():
            name = whole_name(template) or ""
            if name.startswith("secrets."):
                if n not in gone and _secret(found, template) != _secret(one, own_holes.get(n, "")):
                    return None
                continue
            if name not in found.params:
                continue
            named.add(name)
            own = whole_name(own_holes.get(n, "")) or ""
            if n in gone or own not in one.examples:
                continue
            if row.setdefault(name, one.examples[own]) != one.examples[own]:
                return None  # two fields hold one value in one pass and two in another
        for name in set(found.params) - named:
            if name not in one.examples:
                return None
            row[name] = one.examples[name]
        rows.append({n: row[n] for n in found.params if n in row})
    return tuple(rows)


def _holes(found: Found) -> dict[int, str]:
    """Return by the place of each act what it takes of a parameter or secret."""
    return {**{i: f"{{{{ {n} }}}}" for i, n in found.choice_of.items()}, **found.answer_of, **found.value_of}


def _secret(found: Found, template: str) -> str | None:
    return found.secrets.get((whole_name(template) or "").removeprefix("secrets."))


def _told_apart(
    shown: Sequence[Act], template: _Template, places: Sequence[int], acts: Sequence[Act], alone: Sequence[Found]
) -> bool:
    """Tell whether each record that was clicked in its row is named by a value of its pass: a position names nothing."""
    for i in template.acts:
        twins = [(acts[done[i]], one) for done, one in zip(template.done, alone, strict=True) if i in done]
        rows = [a.row for a, _ in twins if a.row and a.element and a.element.in_data and a.row.count > 1]
        if len({r.cells for r in rows}) < 2:
            continue
        for act, one in twins:
            words = {*(act.row.cells if act.row else ()), act.element.name if act.element else ""}
            if not any(v and any(v in w for w in words) for v in one.shown.values()):
                return False
    return True


def _joint(param: Param, others: Sequence[Param | None], optional: bool) -> Param:
    """Return the parameter that holds every pass's value: of their common type, with all options, needed by all."""
    known = [p for p in others if p is not None]
    changes: dict[str, object] = {}
    if len({p.type for p in known}) > 1:
        decimal = {p.type for p in known} <= {"integer", "decimal"}
        changes["type"] = "decimal" if decimal else "string"
    options = tuple(dict.fromkeys(o for p in known for o in p.options))
    if options != param.options:
        changes["options"] = options
    if optional:
        changes["required"] = False
    return param.model_copy(update=changes) if changes else param


def _key(found: Found, rows: Sequence[Mapping[str, str]], varying: Sequence[str]) -> str:
    """Return the parameter that names the record: the row that was picked, a number, else the first distinct text."""
    from ..success import identifying

    apart = [n for n in varying if all(n in r for r in rows) and len({r[n] for r in rows}) == len(rows)]
    typed = {whole_name(t) for t in _holes(found).values()}
    picked = [n for n in apart if n not in typed]
    texts = [n for n in apart if found.params[n].type in {"string", "email", "integer"}]
    named = identifying(found)
    return next(iter((*picked, *([named] if named in apart else []), *texts)), "")
