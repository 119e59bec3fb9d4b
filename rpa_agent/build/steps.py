"""Turns acts into steps: targets without business data, signals as templates, and the effect each step has."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urldefrag, urlsplit

from ..domain.procedure import READS, Answer, Asked, Expectation, Page, Request, Step, Table
from ..domain.recording import Act, Recording, SeenRequest
from ..domain.shown_as import ShownAs
from ..domain.target import Fingerprint, Target, Variant
from ..domain.template import abstract, stands_alone, whole_name
from ..domain.urls import path_template, symbolic, url_template
from ..domain.values import holds_words, same_value
from ..store.privacy import clean, unspoken, without
from . import effects
from .origins import around
from .parameters import Found, slug, without_records


@dataclass
class Made:
    steps: list[Step] = field(default_factory=list)
    pages: dict[str, Page] = field(default_factory=dict)


def short_id(text: str) -> str:
    """Return eight characters that name a text for life."""
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def path_of(url: str) -> str:
    """Return path and query of an address."""
    parts = urlsplit(url)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def make_steps(acts: Sequence[Act], found: Found, recording: Recording, *, salt: str) -> Made:
    """Return the steps and the pages they stand on."""
    made, ids = Made(), set[str]()
    hidden = (*found.secrets.values(), *found.hidden)
    for i, act in enumerate(acts):
        values = found.known_at(i)
        effect, commit, reason = effects.classify(act, acts[:i], recording)
        page = _page_of(act, made, recording.base_url, values, hidden=hidden)
        target = _target(i, act, found, page, salt) if act.element is not None else None
        to = None
        if act.to is not None:
            there = Variant(fingerprint=clean(unspoken(act.to, hidden), values, salt), locators=act.to_locators, seen=1)
            to = Target(variants=(there,), page=page)
        step_id = _stable_id(act, target, ids)
        made.steps.append(
            Step(
                id=step_id,
                kind=act.kind,
                effect=effect,
                commit=_unique_commit(commit, made.steps),
                reason=reason,
                target=target,
                to=to,
                point=act.point,
                to_point=act.to_point,
                keys=act.keys,
                chooser=act.chooser,
                optional=act.optional,
                value=_value(i, act, found, recording, values),
                shown_as=_shown_as(act, short_id(f"{salt}|{step_id}")),
                format=found.format_of.get(i),
                expect=_unspoken(
                    _expectation(act, values | found.naming(i), recording, salt, first=i == 0,
                                 written=_written(acts[:i], found) if commit else {}), hidden
                ).but(socket=_socket(act, recording, values) if commit else ""),
                tab=act.tab,
                answer=_answered(act.answer, found.answer_of.get(i)),
                further=_further(i, act, found, values),
                closes=act.closes,
                output=found.output_of.get(i),
                table=Table(columns=found.columns_of[i]) if i in found.columns_of else None,
            )
        )
    return made


def _target(i: int, act: Act, found: Found, page: str, salt: str) -> Target:
    """Return the element without business data; what is read is known by what stands beside it."""
    assert act.element is not None
    values = _telling(found, i)
    today = datetime.now(UTC).date().isoformat()
    hidden = (*found.secrets.values(), *found.hidden)
    shown, cells = unspoken(act.element, hidden), act.row.cells if act.row else ()
    if act.kind == "read" or _marks_text(act):
        shown = _as_read(shown)
    naming = tuple(c for c, alone in zip(cells, act.row.unique, strict=False) if alone) if act.row else ()
    fp = _under_its_header(clean(shown, values, salt, cells=cells, naming=naming), act, values)
    if act.kind == "check" and i in found.choice_of:
        hole = f"{{{{ {found.choice_of[i]} }}}}"
        fp = fp.model_copy(
            update={"name": hole, "label": hole if fp.label else "", "text": "", "id": "", "test_id": "", "unique": {}}
        )
    if i in found.named_of and act.kind not in {"check", "select"}:
        fp = called_as(fp, f"{{{{ outputs.{found.named_of[i]} }}}}")
    variant = Variant(fingerprint=fp, locators=act.locators or locators(fp), seen=1, first=today, last=today)
    pager = None
    if act.pager is not None:
        turns = clean(unspoken(act.pager, hidden), values, salt)
        pager = Variant(fingerprint=turns, locators=locators(turns), seen=1, first=today, last=today)
    return Target(variants=(variant,), page=page, pager=pager, postback=act.postback)


def called_as(fp: Fingerprint, name: str) -> Fingerprint:
    """Return an element that is known by its kind and by this name alone: all else belongs to the one that was shown."""
    own = {"id": "", "test_id": "", "name_attr": "", "href": "", "alt": "", "title": "", "placeholder": "", "neighbour": ""}
    said = {"name": name, "text": name if fp.text else "", "label": name if fp.label else ""}
    return fp.model_copy(update={**own, **said, "near": (), "unique": {}, "order": -1, "alike": 0})


def _under_its_header(fp: Fingerprint, act: Act, values: dict[str, str]) -> Fingerprint:
    """Add the header over what names the row: in another column the same text is a mention of the record."""
    row, seen = fp.row, act.row
    if row is None or seen is None or not (key := values.get(whole_name(row.key) or "")):
        return fp
    at = [i for i, c in enumerate(seen.cells) if c == key] or [i for i, c in enumerate(seen.cells) if stands_alone(key, c)]
    header = next((seen.headers[i] for i in at if i < len(seen.headers)), "")
    said = "#h:" in fp.name and (fp.capability == "none" or fp.role == "gridcell")
    if fp.in_data and not whole_name(fp.name) and (seen.own < 0 or said):
        # The row itself, or a part of it: what it says beside the key is another record's next time.
        fp = fp.model_copy(update={"name": "", "text": "", "label": "", "title": ""})
    return fp.model_copy(update={"row": row.model_copy(update={"key_column": header})}) if header else fp


def _telling(found: Found, i: int) -> dict[str, str]:
    """Return the values whose text in an element means that value: a chosen "Yes" is also the word of every button."""
    short = {n for n, p in found.params.items() if p.type in {"choice", "boolean"} and len(found.shown.get(n, "")) < 4}
    return {n: v for n, v in found.known_at(i).items() if n not in short and v not in found.vague}


def _marks_text(act: Act) -> bool:
    """Tell whether a text was marked that something else than its own words tells from others: what it says may change."""
    fp = act.element
    if fp is None or act.kind != "click" or act.value != "Triple" or fp.capability != "none" or (fp.row and fp.row.key):
        return False
    return bool(fp.test_id or (fp.id and "id" not in fp.generated) or fp.label)


def _as_read(fp: Fingerprint) -> Fingerprint:
    """What an element says is what is read: it is known by its place, its heading and what labels it."""
    label = fp.label or (fp.row.column if fp.row else "")
    label = "" if re.search(r"\d{2,}", label) else label
    plain = {"name": "", "text": "", "title": "", "alt": "", "placeholder": "", "href": "", "near": (), "label": label}
    return fp.model_copy(update={**plain, "in_data": False, "unique": {}})


def _answered(answer: Answer | None, typed: str | None) -> Answer | None:
    return answer.but(text=typed) if answer is not None and typed is not None else answer


def _further(i: int, act: Act, found: Found, values: dict[str, str]) -> tuple[Asked, ...]:
    """Return the questions that followed the first one, without what they say of this one record."""
    return tuple(
        Asked(
            question=_figures_away(abstract(more.question, values)),
            answer=_answered(more.answer, found.further_of.get((i, k))) or Answer(),
        )
        for k, more in enumerate(act.further)
    )


def _socket(act: Act, recording: Recording, values: dict[str, str]) -> str:
    """Return the template of the WebSocket that a commit is said on; empty where it is sent in the usual way."""
    said = effects.said_on(act, recording)
    return url_template(said, recording.base_url, values) if said else ""


def _value(i: int, act: Act, found: Found, recording: Recording, values: dict[str, str]) -> str | None:
    if i in found.value_of:
        return found.value_of[i]
    if act.kind == "read" and act.read_back and act.value and act.read_back != " ".join(act.value.split()):
        hole = f"{{{{ outputs.{found.output_of[i]} }}}}"
        if act.read_back == act.value:  # all of it, with its white space
            return hole if found.outputs[found.output_of[i]].type == "string" else None
        return around(without_records(abstract(act.value, values), recording.acts), act.read_back, hole)
    if act.kind == "goto":
        url = recording.start if i == 0 else act.value or act.url
        return symbolic(url, recording.base_url).replace("{base}", "{base}") + abstract(path_of(url), values)
    # A key, or the keys held down while clicking.
    return act.value if act.kind in {"press", "click", "dblclick", "rightclick", "scroll"} else None


def _shown_as(act: Act, salt: str) -> ShownAs | None:
    if act.shown_by is None or not act.value or not act.read_back:
        return None
    return ShownAs.seen(act.value, act.read_back, by=act.shown_by, salt=salt)


def _stable_id(act: Act, target: Target | None, taken: set[str]) -> str:
    """Name a step by what it does to what, so that recording the same again gives the same ids."""
    seed = f"{act.kind}|{target.variants[0].fingerprint.words() if target else path_of(act.url)}"
    for n in range(1000):
        if (made := "s" + short_id(f"{seed}|{n}")[:5]) not in taken:
            taken.add(made)
            return made
    raise ValueError("more than 1000 steps do the same to the same element")


def _unique_commit(name: str | None, steps: Sequence[Step]) -> str | None:
    if name is None:
        return None
    taken = {s.commit for s in steps}
    return next(n for n in (name, *(f"{name}-{k}" for k in range(2, 1000))) if n not in taken)


def locators(fp: Fingerprint) -> tuple[str, ...]:
    """Return Playwright selectors that name this element, best first; for people and for export."""
    out = []
    if fp.test_id:
        out.append(f'[data-testid="{fp.test_id}"]')
    if fp.role and fp.name and "#h:" not in fp.name:
        out.append(f'role={fp.role}[name="{fp.name}"s]')
    if fp.id and "id" not in fp.generated:
        out.append(f'[id="{fp.id}"]')
    if fp.name_attr and "name_attr" not in fp.generated:
        out.append(f'{fp.tag}[name="{fp.name_attr}"]')
    if fp.placeholder:
        out.append(f'[placeholder="{fp.placeholder}"]')
    return tuple(out)


# ---- signals ------------------------------------------------------------------------------------------------------


def _written(acts: Sequence[Act], found: Found) -> dict[str, str]:
    """Return what was written into editors: a page writes that on into a field of its form, as HTML or as JSON."""
    typed = ((i, a.element) for i, a in enumerate(acts) if a.kind == "fill" and a.element is not None)
    names = (whole_name(found.value_of.get(i, "")) for i, fp in typed if fp.tag not in {"input", "textarea", "select"})
    return {n: found.shown[n] for n in names if n and n in found.shown}


def _expectation(
    act: Act, values: dict[str, str], recording: Recording, salt: str, *, first: bool, written: dict[str, str]
) -> Expectation:
    base = recording.base_url
    moved = act.url_after != act.url or act.kind == "goto" or any(r.kind == "document" for r in act.requests)
    return Expectation(
        url=url_template(act.url_after, base, values) if moved and act.url_after else "",
        requests=tuple(
            _request(r, values, base, written)
            for r in act.requests
            if r.method not in READS or r.kind in {"xhr", "fetch"} or _may_be_meant(r, act, base)
        ),
        texts=tuple(
            t
            for t in (without_records(abstract(x, values), recording.acts) for x in act.texts if act.kind != "goto")
            if _constant(t, values, salt)
        )[:4],
        dialog=_figures_away(abstract(act.dialog, values)),
        popup=url_template(act.popup, base, values) if act.popup else "",
        download=abstract(act.download, values),
        settle_ms=act.settle_ms,
    )


def _may_be_meant(read: SeenRequest, act: Act, base: str) -> bool:
    """Tell whether a document was asked for that may do something, should a person say that this step sends: what it is
    about stands in its query, or it led on to another one."""
    first = next((r for r in act.requests if r.kind == "document"), None)
    if read is not first or act.kind == "goto" or symbolic(read.url, base) != "{base}":
        return False
    return bool(urlsplit(read.url).query) or urldefrag(read.url).url != urldefrag(act.url_after).url


def _unspoken(expect: Expectation, hidden: Sequence[str]) -> Expectation:
    """What the page says to this one user is said to no other."""
    texts = tuple(t for t in expect.texts if without(t, hidden) == t)
    return expect.model_copy(update={"texts": texts, "dialog": without(expect.dialog, hidden)})


def _figures_away(text: str) -> str:
    """What a question says of this one record changes from run to run."""
    return re.sub(r"(?<![\w{])[A-Z]{0,5}-?\d[\d.,]*\d[\w-]*(?![\w}])", "*", text)


def _constant(text: str, values: dict[str, str], salt: str) -> bool:
    """Keep what the application says; a text with figures or record numbers in it would hold business data."""
    rest = re.sub(r"\{\{ [\w.]+ \}\}", "", text)
    return bool(text) and not re.search(r"\d{2,}", rest) and len(text) <= 100


def _request(seen: SeenRequest, values: dict[str, str], base: str, written: dict[str, str]) -> Request:
    held = seen.fields if seen.method not in READS else dict(parse_qsl(urlsplit(seen.url).query))
    fields = {
        name: next((p for p, v in values.items() if v and text and (text == v or same_value(text, v))), "")
        for name, text in held.items()
    }
    if seen.method in READS:
        fields = {name: param for name, param in fields.items() if param}  # of a query nothing else is kept
    around = {
        p: next((name for name, text in held.items() if name and holds_words(text, value)), "")
        for p, value in written.items() if p not in fields.values() and re.search(r"\w{2}", value)
    }
    return Request(
        method=seen.method,
        origin=symbolic(seen.url, base),
        path=path_template(urlsplit(seen.url).path, values),
        operation=seen.operation,
        fields=fields,
        within={p: name for p, name in around.items() if name},
        status=seen.status // 100,
    )


# ---- pages ---------------------------------------------------------------------------------------------------------


def _page_of(act: Act, made: Made, base: str, values: dict[str, str], *, hidden: Sequence[str]) -> str:
    template = url_template(act.url, base, values)
    page = "pg_" + short_id(template)[:6]
    if page not in made.pages or (act.rows and not made.pages[page].elements):
        title = without(abstract(act.title, values), hidden)
        made.pages[page] = Page(
            template=template,
            title="" if re.search(r"\d{3,}", title) else title,
            elements=tuple(tuple(without(abstract(cell, values), hidden) for cell in row) for row in act.rows),
        )
    return page


def commit_name(act: Act) -> str:
    """Return a stable name for what an act sends: its button's word and what the page is about. The page of one record is
    titled by that record, which is no part of a name: there its address says what it is about."""
    fp = act.element
    said = slug((fp.name if fp else "") or act.kind)
    at = urlsplit(act.url)
    one_record = any(re.search(r"\d", text) for text in (act.title, at.path, at.query))
    words = _kind_in(at.path) if one_record else re.sub(r"[–|·—].*$", "", act.title).strip()
    about = slug(words) if words else ""
    return re.sub(r"_+", "-", f"{said}_{about}" if about and about not in said else said)[:60].strip("-")


def _kind_in(path: str) -> str:
    """Return the last part of a path that is only letters: of ``/tracker/issues/3`` issues."""
    return next((part for part in reversed(path.split("/")) if re.fullmatch(r"[^\W\d]{3,}", part)), "")
