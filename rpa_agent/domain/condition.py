"""Conditions on steps: comparisons of parameters and texts that are shown or not, and nothing more.

``{{ amount > 10000 and not currency == "EUR" }}``, ``{{ note is given }}``, ``visible: Further details``,
``hidden: Nothing to do``. A comparison with a parameter that has no value is false.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Literal, assert_never

from .template import HOLE, names_in

LONGEST = 500
DEEPEST = 20
_ORDER = {"<", ">", "<=", ">="}
_NUMBERS = {"integer", "decimal"}
_SHOWN = re.compile(r"^\s*(visible|hidden)\s*:\s*(.*?)\s*$", re.DOTALL)
_ASKED = re.compile(r"^\s*\{\{(.*)\}\}\s*$", re.DOTALL)
_TOKEN = re.compile(
    r"""\s*(?:(?P<date>\d{4}-\d{2}-\d{2})(?![\w.])|(?P<number>-?\d+(?:\.\d+)?)(?![\w.])|(?P<text>"[^"]*"|'[^']*')"""
    r"""|(?P<name>[A-Za-z_]\w*)|(?P<sign>==|!=|<=|>=|<|>|\(|\)|\[|\]|,))"""
)
_KEYWORDS = {"and", "or", "not", "in", "is", "empty", "given", "true", "false"}


class BadCondition(ValueError):
    """A condition that cannot be understood; the message says what can be written instead."""


@dataclass(frozen=True)
class Value:
    """A value as the condition writes it."""

    kind: Literal["number", "date", "text", "boolean"]
    value: str


@dataclass(frozen=True)
class Name:
    name: str


@dataclass(frozen=True)
class Compare:
    left: Name | Value
    sign: str
    right: Name | Value


@dataclass(frozen=True)
class Among:
    name: Name
    values: tuple[Value, ...]


@dataclass(frozen=True)
class Given:
    name: Name


@dataclass(frozen=True)
class Not:
    inner: Expression


@dataclass(frozen=True)
class Both:
    """``all_`` tells ``and`` from ``or``."""

    parts: tuple[Expression, ...]
    all_: bool


@dataclass(frozen=True)
class Shown:
    """A text of the page, as a template; true while it is shown, or while it is not."""

    text: str
    shown: bool


Expression = Compare | Among | Given | Not | Both | Name
Condition = Expression | Shown


@lru_cache(maxsize=256)
def parse(when: str) -> Condition:
    """Return the condition that a step's ``when`` says; raises BadCondition."""
    if len(when) > LONGEST:
        raise BadCondition(f"longer than {LONGEST} characters; a condition is one comparison or a few")
    if m := _SHOWN.match(when):
        return _shown(m[1] == "visible", m[2])
    asked = _ASKED.match(when)
    if asked is None:
        raise BadCondition(
            f"{when!r} is no condition; write {{{{ amount > 10000 }}}}, visible: TEXT or hidden: TEXT"
        )
    return _Parser(asked[1]).whole()


def _shown(shown: bool, text: str) -> Shown:
    if len(text) >= 2 and text[0] == text[-1] and text[0] in "\"'":
        text = text[1:-1]
    if not text.strip("* "):
        raise BadCondition("visible and hidden need a text of the page")
    if "{{" in HOLE.sub("", text):
        raise BadCondition(f"{text!r} holds a {{{{ that is no {{{{ name }}}}")
    return Shown(text, shown)


class _Parser:
    """Reads one expression, left to right; it knows nothing but what the module's first lines show."""

    def __init__(self, source: str) -> None:
        self._source, self._at, self._deep = source, 0, 0
        self._tokens = list(self._read(source))

    def _read(self, source: str) -> Iterator[tuple[str, str]]:
        at = 0
        while source[at:].strip():
            m = _TOKEN.match(source, at)
            if m is None:
                rest = source[at:].strip()
                hint = "; write == to compare" if rest.startswith("=") else ""
                raise BadCondition(f"{rest[:20]!r} cannot be read in {source.strip()!r}{hint}")
            yield str(m.lastgroup), m[str(m.lastgroup)]
            at = m.end()

    def whole(self) -> Expression:
        if not self._tokens:
            raise BadCondition("the condition is empty; write {{ amount > 10000 }}")
        found = self._any_of()
        if self._at < len(self._tokens):
            raise self._wrong("the end")
        return found

    def _any_of(self) -> Expression:
        parts = [self._all_of()]
        while self._skip("or"):
            parts.append(self._all_of())
        return parts[0] if len(parts) == 1 else Both(tuple(parts), all_=False)

    def _all_of(self) -> Expression:
        parts = [self._one()]
        while self._skip("and"):
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else Both(tuple(parts), all_=True)

    def _one(self) -> Expression:
        self._deep += 1
        if self._deep > DEEPEST:
            raise BadCondition(f"nested deeper than {DEEPEST} levels")
        try:
            if self._skip("not"):
                return Not(self._one())
            if self._skip("("):
                inner = self._any_of()
                self._need(")")
                return inner
            return self._comparison()
        finally:
            self._deep -= 1

    def _comparison(self) -> Expression:
        left = self._operand()
        if isinstance(left, Name):
            if self._skip("is"):
                other = self._skip("not")
                given = Given(left)
                if self._skip("given"):
                    return Not(given) if other else given
                self._need("empty")
                return given if other else Not(given)
            negated = self._peek() == "not"
            if negated:
                self._at += 1
                self._need("in")
                return Not(Among(left, self._list()))
            if self._skip("in"):
                return Among(left, self._list())
            if self._peek() in {None, "and", "or", ")"}:
                return left
        sign = self._peek()
        if sign not in {"==", "!=", *_ORDER}:
            raise self._wrong("==, !=, <, >, <=, >=, in, is empty or is given")
        self._at += 1
        right = self._operand()
        if isinstance(left, Value) and isinstance(right, Value):
            raise BadCondition("a condition is about a parameter; two values are always the same")
        return Compare(left, sign or "", right)

    def _list(self) -> tuple[Value, ...]:
        self._need("[")
        values = [self._literal()]
        while self._skip(","):
            values.append(self._literal())
        self._need("]")
        return tuple(values)

    def _literal(self) -> Value:
        found = self._operand()
        if isinstance(found, Name):
            raise BadCondition(f'a list holds values; put quotes around it: "{found.name}"')
        return found

    def _operand(self) -> Name | Value:
        if self._at >= len(self._tokens):
            raise self._wrong("a parameter or a value")
        kind, text = self._tokens[self._at]
        self._at += 1
        if text in {"true", "false"}:
            return Value("boolean", text)
        match kind:
            case "number":
                return Value("number", text)
            case "date":
                return Value("date", text)
            case "text":
                return Value("text", text[1:-1])
            case "name" if text not in _KEYWORDS:
                return Name(text)
        self._at -= 1
        raise self._wrong("a parameter or a value")

    def _peek(self) -> str | None:
        return self._tokens[self._at][1] if self._at < len(self._tokens) else None

    def _skip(self, wanted: str) -> bool:
        if self._peek() != wanted:
            return False
        self._at += 1
        return True

    def _need(self, wanted: str) -> None:
        if not self._skip(wanted):
            raise self._wrong(wanted)

    def _wrong(self, wanted: str) -> BadCondition:
        found = self._peek()
        return BadCondition(
            f"expected {wanted} {f'and not {found!r}' if found else 'at the end'} in {self._source.strip()!r}"
        )


def parameters_of(condition: Condition) -> tuple[str, ...]:
    """Return the names a condition uses."""
    match condition:
        case Shown(text=text):
            return names_in(text)
        case Name(name=name):
            return (name,)
        case Given(name=name) | Among(name=name):
            return (name.name,)
        case Compare(left=left, right=right):
            return tuple(o.name for o in (left, right) if isinstance(o, Name))
        case Not(inner=inner):
            return parameters_of(inner)
        case Both(parts=parts):
            return tuple(dict.fromkeys(n for p in parts for n in parameters_of(p)))
        case _:
            assert_never(condition)


def problems(condition: Condition, types: Mapping[str, str]) -> list[str]:
    """Return what is wrong with a condition given the parameters and their types, one sentence each."""
    known = f"known: {', '.join(types) or 'none'}"
    out = [f"{n!r} is no parameter ({known})" for n in parameters_of(condition) if n not in types and n != "today"]
    return out or list(_mistyped(condition, types))


def _mistyped(condition: Condition, types: Mapping[str, str]) -> Iterator[str]:
    match condition:
        case Shown() | Given():
            return
        case Name(name=name):
            if types[name] != "boolean":
                yield f"{name} is no yes-or-no parameter; compare it, or write `{name} is given`"
        case Not(inner=inner):
            yield from _mistyped(inner, types)
        case Both(parts=parts):
            for part in parts:
                yield from _mistyped(part, types)
        case Among(name=name, values=values):
            for value in values:
                yield from _unfit(value, types[name.name], name.name)
        case Compare():
            yield from _mistyped_comparison(condition, types)
        case _:
            assert_never(condition)


def _mistyped_comparison(compare: Compare, types: Mapping[str, str]) -> Iterator[str]:
    sides = (compare.left, compare.right)
    names = [side.name for side in sides if isinstance(side, Name)]
    kinds = {types[name] for name in names}
    if compare.sign in _ORDER and not (kinds <= _NUMBERS or kinds == {"date"}):
        yield f"{' and '.join(names)}: only numbers and dates have an order; use == or !="
        return
    for side in sides:
        if isinstance(side, Value):
            yield from _unfit(side, types[names[0]], names[0])


def _unfit(value: Value, kind: str, name: str) -> Iterator[str]:
    """A number in quotes is a number; a date must be one."""
    if _typed(value.value, kind) is None:
        wanted = {"date": "a date such as 2026-12-31", "boolean": "true or false"}.get(kind, "a number such as 10000")
        yield f"{name} is compared with {value.value!r}; it is of type {kind}: write {wanted}"


def _typed(text: str, kind: str) -> Decimal | date | str | None:
    """Return a canonical text as what it is compared by; None where it is none of that type."""
    try:
        if kind in _NUMBERS:
            value = Decimal(text.strip())
            return value if value.is_finite() else None
        if kind == "date":
            return date.fromisoformat(text.strip())
    except (ArithmeticError, ValueError):
        return None
    if kind == "boolean":
        return text if text in {"true", "false"} else None
    return text


def holds(condition: Expression, values: Mapping[str, str], types: Mapping[str, str]) -> bool:
    """Tell whether a condition on parameters is met by this run's canonical values."""
    match condition:
        case Name(name=name):
            return values.get(name) == "true"
        case Given(name=name):
            return bool(values.get(name.name, "").strip())
        case Not(inner=inner):
            return not holds(inner, values, types)
        case Both(parts=parts, all_=all_):
            return (all if all_ else any)(holds(p, values, types) for p in parts)
        case Among(name=name, values=among):
            return any(_compared(name, "==", v, values, types) for v in among)
        case Compare(left=left, sign=sign, right=right):
            return _compared(left, sign, right, values, types)
        case _:
            assert_never(condition)


def _compared(
    left: Name | Value, sign: str, right: Name | Value, values: Mapping[str, str], types: Mapping[str, str]
) -> bool:
    kind = next((types.get(o.name, "string") for o in (left, right) if isinstance(o, Name)), "string")
    a, b = (_typed(values.get(o.name, "") if isinstance(o, Name) else o.value, kind) for o in (left, right))
    if a in (None, "") or b is None:
        return False
    match sign:
        case "==":
            return a == b
        case "!=":
            return a != b
    if isinstance(a, str) or isinstance(b, str):
        return False  # texts have no order
    order = (a > b) - (a < b)  # type: ignore[operator]  # both are numbers, or both dates
    return {"<": order < 0, ">": order > 0, "<=": order <= 0, ">=": order >= 0}[sign]


def words(condition: Condition) -> str:
    """Return a condition as a person reads it: ``amount is more than 10000``."""
    match condition:
        case Shown(text=text, shown=shown):
            return f"the page {'shows' if shown else 'does not show'} “{text}”"
        case Name(name=name):
            return f"{name} is yes"
        case Given(name=name):
            return f"{name.name} is given"
        case Not(inner=Given(name=name)):
            return f"{name.name} is empty"
        case Not(inner=Name(name=name)):
            return f"{name} is no"
        case Not(inner=inner):
            return f"not ({words(inner)})"
        case Both(parts=parts, all_=all_):
            said = [f"({words(p)})" if isinstance(p, Both) else words(p) for p in parts]
            return (" and " if all_ else " or ").join(said)
        case Among(name=name, values=values):
            return f"{name.name} is one of {', '.join(v.value for v in values)}"
        case Compare(left=left, sign=sign, right=right):
            a, b = (o.name if isinstance(o, Name) else o.value for o in (left, right))
            said_sign = {"==": "is", "!=": "is not", "<": "is less than", ">": "is more than",
                         "<=": "is at most", ">=": "is at least"}[sign]
            return f"{a} {said_sign} {b}"
        case _:
            assert_never(condition)
