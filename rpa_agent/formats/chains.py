"""Reads a Playwright locator as it stands in Python source, `page.get_by_role("button", name="Save").first`, as syntax."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from .elements import (
    Element,
    by_attribute,
    by_label,
    by_role,
    by_text,
    css_into,
    quoted,
    xpath_into,
)

ENTER = "internal:control=enter-frame"
_BY_ATTRIBUTE = {"get_by_placeholder": "placeholder", "get_by_alt_text": "alt", "get_by_title": "title"}
_STATES = {"checked", "disabled", "expanded", "pressed", "selected", "include_hidden", "level"}


class Inexpressible(ValueError):
    """This way of naming an element cannot be read; the message says which part."""


@dataclass
class Names:
    """What the names of a script stand for: pages by tab, texts, and locators that were put aside."""

    pages: dict[str, int] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    locators: dict[str, ast.expr] = field(default_factory=dict)


@dataclass(frozen=True)
class Regex:
    """A pattern in place of a text."""

    source: str
    flags: str = ""

    def written(self) -> str:
        return "/" + self.source.replace("/", "\\/") + "/" + self.flags

    def plain(self) -> str:
        """Return the text it stands for, where it is nothing but anchors around a text."""
        text = self.source.removeprefix("^").removesuffix("$")
        bare = re.sub(r"\\([^\w\s])", "", text)
        return "" if re.search(r"[\\^$.|?*+()\[\]{}]", bare) else re.sub(r"\\([^\w\s])", r"\1", text)


def element_of(node: ast.expr, names: Names) -> tuple[int, Element]:
    """Return the tab and the element that a chain names; raises Inexpressible."""
    chain = _Chain(names)
    tab = chain.walk(node)
    element = chain.element
    element.locators = [" >> ".join(chain.parts)]
    element.row = chain.row or element.row
    return tab, element


def page_of(node: ast.expr, names: Names) -> int | None:
    """Return the tab that an expression is the page of, or None."""
    return names.pages.get(node.id) if isinstance(node, ast.Name) else None


def text_of(node: ast.expr | None, names: Names) -> str | None:
    """Return the text that an expression is, without running anything; None where it is none."""
    match node:
        case ast.Constant(value=str(value)):
            return value
        case ast.Constant(value=int(value) | float(value)) if not isinstance(value, bool):
            return str(value)
        case ast.Name(id=name):
            return names.texts.get(name)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            a, b = text_of(left, names), text_of(right, names)
            return a + b if a is not None and b is not None else None
        case ast.JoinedStr(values=values):
            parts = [text_of(v.value if isinstance(v, ast.FormattedValue) else v, names) for v in values]
            return "".join(p for p in parts if p is not None) if None not in parts else None
        case _:
            return None


def said_of(node: ast.expr | None, names: Names) -> str | Regex | None:
    """Return a text or a `re.compile(...)`."""
    if (
        isinstance(node, ast.Call)
        and ast.unparse(node.func) in {"re.compile", "compile"}
        and node.args
        and (source := text_of(node.args[0], names)) is not None
    ):
        flags = ast.unparse(node.args[1]) if len(node.args) > 1 else ""
        return Regex(source, "i" if "IGNORECASE" in flags or re.search(r"\bre\.I\b", flags) else "")
    return text_of(node, names)


class _Chain:
    """Walks a chain from its page outwards and collects the parts of one locator."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self.parts: list[str] = []
        self.element = Element()
        self.row = ""

    def walk(self, node: ast.expr) -> int:
        match node:
            case ast.Name(id=name) if name in self.names.pages:
                return self.names.pages[name]
            case ast.Name(id=name) if name in self.names.locators:
                return self.walk(self.names.locators[name])
            case ast.Await(value=value):
                return self.walk(value)
            case ast.Attribute(value=value, attr=attr):
                tab = self.walk(value)
                self._attribute(attr)
                return tab
            case ast.Call(func=ast.Attribute(value=value, attr=attr), args=args, keywords=keywords):
                tab = self.walk(value)
                self._call(attr, args, {k.arg: k.value for k in keywords if k.arg})
                return tab
            case _:
                raise Inexpressible(f"{ast.unparse(node)[:60]!r} is no page and no locator")

    def _attribute(self, attr: str) -> None:
        match attr:
            case "first":
                self.parts.append("nth=0")
            case "last":
                self.parts.append("nth=-1")
            case "content_frame":
                self._into_frame()
            case "main_frame":
                return
            case _:
                raise Inexpressible(f".{attr} is no way to name an element")

    def _into_frame(self) -> None:
        of = self.element
        called = of.name_attr or of.title or of.id
        self.element = Element(frames=(*of.frames, called) if called else of.frames)
        self.parts.append(ENTER)

    def _call(self, method: str, args: list[ast.expr], named: Mapping[str, ast.expr]) -> None:
        said = said_of(args[0], self.names) if args else None
        exact = isinstance(e := named.get("exact"), ast.Constant) and e.value is True
        match method:
            case "get_by_role" if isinstance(said, str):
                self._role(said, named, exact)
            case "get_by_label" | "get_by_text" if said is not None:
                self._worded(method, said, exact)
            case _ if method in _BY_ATTRIBUTE and said is not None:
                self._next()
                name = _BY_ATTRIBUTE[method]
                setattr(self.element, name, _plain(said))
                self.parts.append(
                    by_attribute(name, said, exact=exact) if isinstance(said, str) else f"internal:attr=[{name}={said.written()}]"
                )
            case "get_by_test_id" if said is not None:
                self._next()
                self.element.test_id = _plain(said)
                written = quoted(said) + "s" if isinstance(said, str) else said.written()
                self.parts.append(f"internal:testid=[data-testid={written}]")
            case "locator" | "query_selector" | "wait_for_selector" if args:
                self._located(args[0], said)
                self._filters({k: v for k, v in named.items() if k != "state"})
            case "frame_locator" if isinstance(said, str):
                self._located(args[0], said)
                self._into_frame()
            case "filter":
                self._filters(named)
            case "nth" if args and isinstance(args[0], ast.Constant | ast.UnaryOp):
                self.parts.append(f"nth={int(ast.literal_eval(args[0]))}")
            case _:
                raise Inexpressible(f".{method}(…) cannot be read as a way to name an element")

    def _next(self) -> None:
        """A further step of the chain names an element inside of the one before, which may be a row."""
        of = self.element
        self.row = self.row or of.row
        if of.role in {"row", "listitem", "option"} or of.tag in {"tr", "li"}:
            self.row = self.row or of.name or of.text
        self.element = Element(frames=of.frames)

    def _role(self, role: str, named: Mapping[str, ast.expr], exact: bool) -> None:
        self._next()
        self.element.role = role
        name = said_of(named.get("name"), self.names)
        states = "".join(
            f"[{k.replace('_', '-')}={str(v.value).lower()}]"
            for k, v in named.items()
            if k in _STATES and isinstance(v, ast.Constant)
        )
        if isinstance(name, Regex):
            self.element.name = name.plain()
            self.parts.append(f"internal:role={role}[name={name.written()}]{states}")
            return
        self.element.name = name or ""
        self.parts.append(by_role(role, name or "", exact=exact) + states)

    def _worded(self, method: str, said: str | Regex, exact: bool) -> None:
        self._next()
        plain = _plain(said)
        engine = "label" if method == "get_by_label" else "text"
        if engine == "label":
            self.element.label = self.element.name = plain
        else:
            self.element.text = plain
        written = (by_label if engine == "label" else by_text)(said, exact=exact) if isinstance(said, str) else (
            f"internal:{engine}={said.written()}"
        )  # fmt: skip
        self.parts.append(written)

    def _located(self, node: ast.expr, said: str | Regex | None) -> None:
        if not isinstance(said, str):
            if not isinstance(node, ast.Call | ast.Attribute):
                raise Inexpressible("locator(…) is given something that is no text")
            inner = _Chain(self.names)
            inner.walk(node)
            self._next()
            self.element = inner.element
            self.parts.extend(inner.parts)
            return
        self._next()
        for i, part in enumerate(re.split(r"\s*>>\s*", said.strip())):
            if not part:
                raise Inexpressible("locator(…) holds an empty part")
            if i:
                self._next()
            self._engine(part)

    def _engine(self, part: str) -> None:
        of = self.element
        if part.startswith(("xpath=", "//", "..")):
            xpath_into(of, part)
        elif part.startswith("text="):
            of.text = part.removeprefix("text=").strip("\"'")
            of.locators.append(part)
        elif part.startswith(("id=", "data-testid=", "data-test-id=", "data-test=")):
            key, _, value = part.partition("=")
            setattr(of, "id" if key == "id" else "test_id", value)
            of.locators.append(part)
        elif m := re.match(r"role=([\w-]+)(?:\[name=\"(.*?)\"[si]?\s*[si]?\])?", part):
            of.role, of.name = m[1], m[2] or ""
            of.locators.append(part)
        elif part.startswith(("nth=", "visible=", "internal:")):
            of.locators.append(part)
        else:
            css = part.removeprefix("css=")
            css_into(of, css)
            if m := re.search(r":(?:has-text|text|text-is)\((['\"])(.*?)\1\)", css):
                of.text = m[2]
        self.parts.append(of.locators[-1])

    def _filters(self, named: Mapping[str, ast.expr]) -> None:
        for key, node in named.items():
            said = said_of(node, self.names)
            match key:
                case "has_text" | "has_not_text" if said is not None:
                    engine = "internal:has-text" if key == "has_text" else "internal:has-not-text"
                    self.parts.append(f"{engine}={quoted(said) + 'i' if isinstance(said, str) else said.written()}")
                    if key == "has_text":
                        self.element.text = _plain(said)
                        self._row_named(_plain(said))
                case "has" | "has_not":
                    inner = _Chain(self.names)
                    inner.walk(node)
                    engine = "internal:has" if key == "has" else "internal:has-not"
                    self.parts.append(f"{engine}={quoted(' >> '.join(inner.parts))}")
                    if key == "has":
                        self._row_named(inner.element.name or inner.element.text)
                case "visible" if isinstance(node, ast.Constant):
                    self.parts.append(f"visible={str(node.value).lower()}")
                case _:
                    raise Inexpressible(f"filter({key}=…) cannot be read")

    def _row_named(self, text: str) -> None:
        if self.element.role in {"row", "listitem"} or self.element.tag in {"tr", "li"}:
            self.element.name = text


def _plain(said: str | Regex) -> str:
    return said if isinstance(said, str) else said.plain()
