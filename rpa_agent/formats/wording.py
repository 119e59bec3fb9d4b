"""Writes parts of a Playwright Python script: texts with values, locators, conditions, all as Python source."""

from __future__ import annotations

import re
from typing import assert_never

from ..domain.condition import Among, Both, Compare, Condition, Given, Name, Not, Shown, Value, parse
from ..domain.errors import ExportImpossible
from ..domain.target import Fingerprint, Target
from ..domain.template import HOLE, WHOLE, names_in
from ..domain.workflow import Param

ROLES = {
    "alert", "alertdialog", "button", "cell", "checkbox", "columnheader", "combobox", "dialog", "grid", "gridcell",
    "group", "heading", "img", "link", "list", "listbox", "listitem", "menu", "menubar", "menuitem", "menuitemcheckbox",
    "menuitemradio", "option", "progressbar", "radio", "radiogroup", "region", "row", "rowheader", "searchbox",
    "slider", "spinbutton", "switch", "tab", "table", "tablist", "tabpanel", "textbox", "tree", "treegrid", "treeitem",
}  # fmt: skip
_TEST_IDS = ("data-testid", "data-test-id", "data-test", "data-qa", "data-cy")
_ROWS = "tr, li, [role=row], [role=listitem], [role=option]"


def text(template: str) -> str:
    """Return a Python expression for a text with holes: values as the site writes them come from ``site``."""
    if not HOLE.search(template):
        return quoted(template)
    if (m := WHOLE.match(template)) and m[1] != "today" and m[0] == template:
        return value(m[1]).replace("'", '"')
    out, at = "", 0
    for m in HOLE.finditer(template):
        out += _inside(template[at : m.start()]) + "{" + value(m[1], m[2], m[3]) + "}"
        at = m.end()
    out += _inside(template[at:])
    return f'f"{out}"'


def value(name: str, sign: str | None = None, days: str | None = None) -> str:
    """Return the expression that a hole stands for, in single quotes so that it fits into an f-string."""
    if name == "today":
        count = int(f"{sign or '+'}{days or 0}")
        shift = f" + timedelta(days={count})" if count else ""
        return f"(date.today(){shift}).isoformat()"
    if name.startswith("secrets."):
        return f"secrets['{name.removeprefix('secrets.')}']"
    if name.startswith("outputs."):
        return f"outputs['{name.removeprefix('outputs.')}']"
    return f"site['{name}']"


def quoted(plain: str) -> str:
    """Return a Python text, in double quotes as people write it."""
    return '"' + _escaped(plain) + '"'


def _escaped(plain: str) -> str:
    return "".join(
        {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}.get(c)
        or (c if c.isprintable() else c.encode("unicode_escape").decode())
        for c in plain
    )


def _inside(plain: str) -> str:
    return _escaped(plain).replace("{", "{{").replace("}", "}}")


def regex(template: str) -> str:
    """Return the expression of a pattern for a text template: ``*`` is any text, a hole this run's value."""
    return f"re.compile({_joined(_regex_parts(template, any_='.*'))}, re.IGNORECASE | re.DOTALL)"


def path_regex(path: str, *, before: str = "") -> str:
    """Return the expression of a pattern for a path template; ``before`` is an expression of what precedes it."""
    parts = [*([("plain", "^"), ("value", before)] if before else []), *_regex_parts(path.rstrip("/"), any_="[^/]+")]
    return f"re.compile({_joined([*parts, ('plain', r'/?([?#].*)?$')])})"


def _regex_parts(template: str, *, any_: str) -> list[tuple[str, str]]:
    parts: list[tuple[str, str]] = []
    at = 0
    for m in re.finditer(rf"{HOLE.pattern}|\*\*|\*", template):
        parts.append(("plain", _spaced(template[at : m.start()])))
        at = m.end()
        if m[0] in {"*", "**"}:
            parts.append(("plain", any_ if m[0] == "*" else ".*"))
        else:
            parts.append(("value", f"re.escape({value(m[1], m[2], m[3])})".replace("'", '"')))
    return [*parts, ("plain", _spaced(template[at:]))]


def _spaced(plain: str) -> str:
    """Return a regex for plain text; white space matches however the page breaks its lines."""
    return r"\s+".join(re.escape(p).replace("\\-", "-").replace("/", "/") for p in re.split(r"\s+", plain))


def _joined(parts: list[tuple[str, str]]) -> str:
    out: list[str] = []
    plain = ""
    for kind, source in [*parts, ("end", "")]:
        if kind == "plain":
            plain += source
            continue
        if plain:
            out.append(f'r"{plain}"' if '"' not in plain and plain.isprintable() and plain[-1] != "\\" else quoted(plain))
            plain = ""
        if kind == "value":
            out.append(source)
    return " + ".join(out) or '""'


# ---- locators -------------------------------------------------------------------------------------------------------------


def locator(target: Target, page: str) -> str:
    """Return the expression of a target's locator; raises ExportImpossible where only its place is known."""
    variant = target.variants[0]
    fp = variant.fingerprint
    if variant.came_from == "import" and variant.locators:
        return f"{page}.locator({text(variant.locators[0])})"
    scope = page
    for frame in fp.frames:
        ways = ", ".join("iframe" + _with(a, frame) for a in ("name", "title", "src*"))
        scope = f"{scope}.frame_locator({text(ways)})"
    if fp.row and fp.row.key:
        key = f"page.get_by_text({text(fp.row.key)}, exact=True)" if scope == page else ""
        within = f"has={key.replace('page.', page + '.', 1)}" if key else f"has_text={text(fp.row.key)}"
        scope = f"{scope}.locator({quoted(_row_of(fp))}).filter({within})"
    return f"{scope}.{_own(fp)}"


def _row_of(fp: Fingerprint) -> str:
    tags = fp.path.split(">")[:-1]
    return next((t for t in reversed(tags) if t in {"tr", "li"}), _ROWS)


def _own(fp: Fingerprint) -> str:
    """Return how the element itself is named: the first way that was its alone when it was shown."""
    ways = list(_ways(fp))
    if not ways:
        raise ExportImpossible(
            f"{fp.words()} has no name, label or id that a script could find it by",
            do="Give it a name on the site, or show the step on another element.",
        )
    alone = [way for way, shared in ways if shared <= 1]
    return alone[0] if alone else ways[0][0]


def _ways(fp: Fingerprint) -> list[tuple[str, int]]:
    ways: list[tuple[str, int]] = []

    def way(trait: str, expression: str) -> None:
        said = getattr(fp, trait)
        if said and trait not in fp.generated and "#h:" not in said:
            ways.append((expression, fp.unique.get(trait, 1)))

    tag = fp.tag if re.fullmatch(r"[a-z][a-z0-9-]*", fp.tag) else ""
    if fp.test_id:
        way("test_id", f"locator({text(', '.join(_with(a, fp.test_id) for a in _TEST_IDS))})")
    if fp.role in ROLES and len(fp.name) < 120:
        way("name", f"get_by_role({quoted(fp.role)}, name={text(fp.name)}, exact=True)")
    way("label", f"get_by_label({text(fp.label)}, exact=True)")
    way("placeholder", f"get_by_placeholder({text(fp.placeholder)}, exact=True)")
    way("id", f"locator({text(_with('id', fp.id))})")
    way("name_attr", f"locator({text(tag + _with('name', fp.name_attr))})")
    way("title", f"get_by_title({text(fp.title)}, exact=True)")
    way("alt", f"get_by_alt_text({text(fp.alt)}, exact=True)")
    if fp.href and "*" not in fp.href and tag == "a":
        ways.append((f"locator({text('a' + _with('href$', fp.href))})", 1))
    if len(fp.text) < 120:
        way("text", f"get_by_text({text(fp.text)}, exact=True)")
    if not ways and fp.role in ROLES and (fp.row and fp.row.key):
        ways.append((f"get_by_role({quoted(fp.role)})", 1))
    if not ways and fp.path:
        ways.append((f"locator({quoted('body > ' + ' > '.join(fp.path.split('>')))})", 1))
    return ways


def _with(attribute: str, value: str) -> str:
    """Return the CSS for an attribute; ``name$`` and ``name*`` match its end and a part of it."""
    return f'[{attribute}="{_css(value)}"]'


def _css(plain: str) -> str:
    return plain.replace("\\", "\\\\").replace('"', '\\"')


# ---- conditions --------------------------------------------------------------------------------------------------------------


def condition(when: str, params: dict[str, Param], page: str) -> str:
    """Return a step's condition as a Python expression."""
    return _condition(parse(when), params, page)


def _condition(asked: Condition, params: dict[str, Param], page: str) -> str:
    match asked:
        case Shown(text=words, shown=shown):
            seen = f"await {page}.get_by_text({regex(words)}).filter(visible=True).count()"
            return f"({seen}) > 0" if shown else f"({seen}) == 0"
        case Name(name=name):
            return f"given.get({quoted(name)}) == \"true\""
        case Given(name=name):
            return f"bool(given.get({quoted(name.name)}))"
        case Not(inner=inner):
            return f"not ({_condition(inner, params, page)})"
        case Both(parts=parts, all_=all_):
            return "(" + (" and " if all_ else " or ").join(_condition(p, params, page) for p in parts) + ")"
        case Among(name=name, values=values):
            listed = ", ".join(_operand(v, params, name) for v in values)
            return f"({_present(name)} and {_operand(name, params, name)} in ({listed},))"
        case Compare(left=left, sign=sign, right=right):
            about = left if isinstance(left, Name) else right
            assert isinstance(about, Name)
            there = " and ".join(_present(side) for side in (left, right) if isinstance(side, Name))
            return f"({there} and {_operand(left, params, about)} {sign} {_operand(right, params, about)})"
        case _:
            assert_never(asked)


def _present(name: Name) -> str:
    return "True" if name.name == "today" else f"given.get({quoted(name.name)})"


def _operand(side: Name | Value, params: dict[str, Param], about: Name) -> str:
    kind = params[about.name].type if about.name in params else "string"
    said = ("date.today().isoformat()" if side.name == "today" else f"given[{quoted(side.name)}]") if isinstance(
        side, Name
    ) else quoted(side.value)  # fmt: skip
    return f"Decimal({said})" if kind in {"integer", "decimal"} else said


def uses(template: str | None) -> set[str]:
    return set(names_in(template)) if template else set()
