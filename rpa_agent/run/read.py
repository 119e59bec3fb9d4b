"""Reads a value or a table off the page and keeps it as an output: later steps use it, the result brings it back."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from copy import copy
from typing import TYPE_CHECKING, Any, cast

from ..domain.errors import NeedsPerson
from ..domain.ports import Hit, PageAtHand, Records
from ..domain.procedure import Step
from ..domain.target import Target
from ..domain.template import HOLE, pattern, whole_name
from ..domain.trajectory import StepOutcome
from ..domain.values import canonical
from .context import Context
from .paging import list_of, postback_of, through_pages, turn
from .resolve import Found, NotFound, resolve
from .step import look, outcome_of

if TYPE_CHECKING:
    from ..domain.proposal import Ref

MOST_PAGES = 1000
MOST_ROWS = 100_000


async def read(ctx: Context, index: int, step: Step) -> StepOutcome:
    """Read what a step names; nothing is done to the page. Raises NeedsPerson where it is not there, or is empty."""
    started = time.monotonic()
    target = ctx.target_of(step)
    name = step.output or step.id
    by_text = copy(ctx)
    exact = not step.format and whole_name(step.value or "") == f"outputs.{name}"  # all that stands there, with its white space
    around = "" if exact else step.value or ""
    by_text.page = cast("PageAtHand", _ByText(ctx.page, around, ctx.shown))
    sight = await look(by_text, step, target, patience=0.0 if step.optional else None)
    if isinstance(sight, NotFound):
        sight = await through_pages(by_text, step, target, sight)
    if isinstance(sight, NotFound):
        if step.optional:
            return outcome_of(index, step, "skipped", started, note="optional, and not there")
        why = "is there more than once" if sight.why == "ambiguous" else "is not on the page"
        raise NeedsPerson(f"{target.words()} {why}, so {name!r} could not be read; nothing was done with it", fault="drift")
    if step.table is not None:
        records = await _whole_table(by_text, target, sight)
        rows = _columns(records, step.table.columns, target.words())
        ctx.keep(name, rows)
        return outcome_of(index, step, "ok", started, found=sight, note=f"{len(rows)} rows")
    said = sight.hit.candidate.fingerprint.text
    if exact:
        ctx.keep(name, said, shown=said)
    else:
        _keep_text(ctx, step, name, said)
    return outcome_of(index, step, "ok", started, found=sight)


def _keep_text(ctx: Context, step: Step, name: str, text: str) -> None:
    value = part_of(text, step.value, name, ctx.shown) if step.value else text.strip()
    if not value:
        raise NeedsPerson(f"where {name!r} is read the page says {text!r}; nothing was done with it", fault="data")
    plain = canonical(value, step.format) if step.format else value
    if plain is None:
        raise NeedsPerson(f"{name!r} reads {value!r}, which is not written like {step.format}", fault="data")
    ctx.keep(name, plain, shown=value)


def part_of(text: str, template: str, name: str, values: Mapping[str, str]) -> str:
    """Return what stands in a text where the template has its hole; empty where the text is another one."""
    out, at = [], 0
    for hole in HOLE.finditer(template):
        out.append(pattern(template[at : hole.start()]).pattern)
        held = values.get(hole.group(1))
        own = hole.group(1) == f"outputs.{name}"
        at = hole.end()
        one_word = template[at : at + 1] == "*"
        it = r"(?P<it>\S+)" if one_word else "(?P<it>.+?)"
        out.append(it if own else re.escape(held) if held is not None else ".+?")
    out.append(pattern(template[at:]).pattern)
    m = re.fullmatch("".join(out), " ".join(text.split()), re.IGNORECASE | re.DOTALL)
    return m["it"].strip() if m and "it" in m.groupdict() else ""


class _ByText:
    """The page at hand, which finds a target by what stands beside it: what it says is what is asked for."""

    def __init__(self, page: PageAtHand, around: str, values: Mapping[str, str]) -> None:
        self._page, self._around, self._values = page, around, values

    def __getattr__(self, name: str) -> Any:
        return getattr(self._page, name)

    async def find(self, target: Target) -> Sequence[Hit]:
        hits = await self._page.find_text(target, self._around, values=self._values)
        return [h for h in hits if h.candidate.fingerprint.text.strip()]


# ---- tables ----------------------------------------------------------------------------------------------------------


async def _whole_table(ctx: Context, target: Target, sight: Found) -> Records:
    """Read a table's rows, page by page until its last: no further page, the same again, or more than anyone can want."""
    table = await _records(ctx, sight.hit.candidate.ref, target)
    rows, seen = list(table.rows), await list_of(ctx, target)
    if seen is None:
        return table
    known, turns = {seen.digest}, 0
    await ctx.warden.close(postback_of(target))
    try:
        while turns < MOST_PAGES and len(rows) < MOST_ROWS:
            ctx.left()
            turned, turns = await turn(ctx, target, seen), turns + 1
            if turned is None or (turned.digest in known and seen.next):
                break
            if turned.digest not in known:
                again = resolve(target, await ctx.page.find(target), "none")
                if not isinstance(again, Found):
                    raise NeedsPerson(f"{target.words()} is gone on page {turns + 1} of its list", fault="drift")
                rows = _joined(rows, (await _records(ctx, again.hit.candidate.ref, target)).rows)
            known.add(turned.digest)
            seen = turned
    finally:
        ctx.warden.open()
    return table.but(rows=tuple(rows))


async def _records(ctx: Context, ref: Ref, target: Target) -> Records:
    found = await ctx.page.records(ref)
    if found is None:
        raise NeedsPerson(f"{target.words()} holds no table any more", fault="drift")
    return found


def _joined(rows: list[tuple[str, ...]], more: Sequence[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """A list that grows shows the rows before again; the pages of a list follow one another."""
    return list(more) if len(more) >= len(rows) and list(more[: len(rows)]) == rows else [*rows, *more]


def _columns(records: Records, columns: Mapping[str, str], called: str) -> list[dict[str, str]]:
    """Return rows as records by the names of the columns; raises NeedsPerson where a column is not there."""
    headers = [h.casefold() for h in records.headers]
    at: dict[str, int] = {}
    for name, header in columns.items():
        place = int(header[1:]) - 1 if re.fullmatch(r"#\d+", header) else -1
        if place < 0 and header.casefold() in headers:
            place = headers.index(header.casefold())
        if place < 0:
            told = ", ".join(h for h in records.headers if h) or "none"
            raise NeedsPerson(f"{called} has no column {header!r}; there are: {told}", fault="drift")
        at[name] = place
    return [{name: row[place] if place < len(row) else "" for name, place in at.items()} for row in records.rows]
