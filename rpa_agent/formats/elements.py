"""How foreign recordings name an element, as the traits and the Playwright locators of ours."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from ..domain.identity import words
from ..domain.procedure import StepKind
from ..domain.recording import RowSeen
from ..domain.target import Capability, Fingerprint, RowContext
from ..domain.template import HOLE

MOST_CHARACTERS = 4000  # of one locator; a longer one names no element

_SECRET = re.compile(r"passw|kennwort|passwd|\bsecret\b|\bpin\b|one.?time|\botp\b|\btotp\b", re.I)
_SECRET_HOLE = re.compile(r"^\s*\{\{\s*secrets\.(\w+)\s*\}\}\s*$|^<secret>(\w+)</secret>$")
_CAPABILITY: dict[str, Capability] = {
    "fill": "fill", "select": "select", "check": "check", "uncheck": "check", "upload": "upload",
    "click": "click", "dblclick": "click", "rightclick": "click",
}  # fmt: skip
_ROLE_OF_TAG = {"a": "link", "button": "button", "select": "combobox", "textarea": "textbox", "summary": "button"}
_ROLE_OF_TYPE = {"checkbox": "checkbox", "radio": "radio", "submit": "button", "button": "button", "reset": "button"}
_TAG_OF_ROLE = {"link": "a", "button": "button", "textbox": "input", "checkbox": "input", "radio": "input",
                "spinbutton": "input", "searchbox": "input", "option": "option", "slider": "input"}  # fmt: skip
TEST_IDS = ("data-testid", "data-test-id", "data-test", "data-qa", "data-cy")


@dataclass
class Element:
    """An element as far as a foreign recording tells it. ``row`` is the text that names its row."""

    locators: list[str] = field(default_factory=list)
    tag: str = ""
    role: str = ""
    name: str = ""
    label: str = ""
    text: str = ""
    test_id: str = ""
    id: str = ""
    name_attr: str = ""
    type: str = ""
    placeholder: str = ""
    title: str = ""
    alt: str = ""
    href: str = ""
    classes: tuple[str, ...] = ()
    row: str = ""
    frames: tuple[str, ...] = ()

    def fingerprint(self, kind: StepKind) -> Fingerprint:
        """Return the traits that are known; what was never seen stays empty and counts for nothing."""
        tag = self.tag or _TAG_OF_ROLE.get(self.role, "select" if kind == "select" and not self.role else "")
        if kind == "fill" and not tag:
            tag = "input"
        role = self.role or _ROLE_OF_TYPE.get(self.type, "") or _ROLE_OF_TAG.get(tag, "")
        if not role and kind == "fill":
            role = "textbox"
        name = self.name or self.label or (self.text if role in {"button", "link", "option", ""} else "")
        return Fingerprint(
            tag=tag or "*",
            role=role,
            name=name,
            capability=_CAPABILITY.get(kind, "none"),
            type=self.type,
            test_id=self.test_id,
            id=self.id,
            name_attr=self.name_attr,
            classes=self.classes,
            generated=tuple(t for t in ("id", "name_attr") if machine_made(getattr(self, t))),
            label=self.label or self._words_of_id(kind),
            placeholder=self.placeholder,
            title=self.title,
            alt=self.alt,
            href=self.href,
            text=self.text,
            frames=self.frames,
            row=RowContext(key=self.row, count=2) if self.row else None,
            in_data=bool(self.row),
            unique={"name": 2} if self.row else {},
        )

    def _words_of_id(self, kind: StepKind) -> str:
        """A field that only its id names is called by the words of it, until a page was seen."""
        if kind not in {"fill", "select", "upload"} or self.name or self.placeholder or self.name_attr:
            return ""
        return " ".join(words(self.id)) if self.id and not machine_made(self.id) else ""

    def row_seen(self) -> RowSeen | None:
        """Return the row it stood in, named by one text: that text is what varies."""
        if not self.row:
            return None
        return RowSeen(cells=(self.row, ""), headers=("row", ""), unique=(True, False), own=1, count=2)

    def secret_name(self, value: str) -> str:
        """Return the name of the secret that is typed here, or nothing where it is an ordinary value."""
        if held := _SECRET_HOLE.match(value):
            return held.group(1) or held.group(2)
        said = (self.type, self.name, self.label, self.placeholder, self.name_attr, self.id, *self.locators)
        if self.type != "password" and not any(_SECRET.search(t) for t in said):
            return ""
        words = self.label or self.name or self.placeholder or self.name_attr or self.id or "password"
        return re.sub(r"[^a-z0-9]+", "_", words.casefold()).strip("_")[:40] or "password"


def machine_made(value: str) -> bool:
    """Tell whether an id looks as if a program had counted it out; the same rule as the page's own script."""
    return bool(value) and not HOLE.search(value) and bool(
        re.search(
            r"\d{3,}|[0-9a-f]{6,}|^:r|^(ember|ext-|react-|radix-|mui-|headlessui-|__)|[-_:][0-9a-z]*\d[0-9a-z]{2,}$",
            value, re.I,
        )
    )  # fmt: skip


def quoted(text: str) -> str:
    """Return a text as Playwright's locators hold it."""
    return json.dumps(text, ensure_ascii=False)


def by_role(role: str, name: str = "", *, exact: bool = True) -> str:
    if not name:
        return f"internal:role={role}"
    return f"internal:role={role}[name={quoted(name)}{'s' if exact else 'i'}]"


def by_label(text: str, *, exact: bool = True) -> str:
    return f"internal:label={quoted(text)}{'s' if exact else 'i'}"


def by_text(text: str, *, exact: bool = False) -> str:
    return f"internal:text={quoted(text)}{'s' if exact else 'i'}"


def by_attribute(attribute: str, value: str, *, exact: bool = True) -> str:
    return f"internal:attr=[{attribute}={quoted(value)}{'s' if exact else 'i'}]"


def by_css_attribute(attribute: str, value: str, tag: str = "") -> str:
    return f"{tag}[{attribute}={quoted(value)}]"


# ---- CSS and XPath: only what the last part says of the element itself ------------------------------------------------

_PART = re.compile(
    r"""(?P<tag>^[a-zA-Z][\w-]*)|\#(?P<id>(?:\\.|[\w-])+)|\.(?P<cls>(?:\\.|[\w-])+)
    |\[\s*(?P<attr>[\w:-]+)\s*(?:[~|^$*]?=\s*(?P<q>["']?)(?P<val>.*?)(?P=q)\s*(?:[is]\s*)?)?\]
    |:(?P<pseudo>[\w-]+(?:\((?:[^()]|\([^()]*\))*\))?)""",
    re.VERBOSE,
)
_XPATH_LAST = re.compile(r"(?:^|/)(?P<tag>[a-zA-Z][\w-]*|\*)(?P<tests>(?:\[[^\]]*\])*)$")
_XPATH_TEST = re.compile(r"""@(?P<attr>[\w:-]+)\s*=\s*(?P<q>["'])(?P<val>.*?)(?P=q)""")
_XPATH_ROW = re.compile(r"""^//(?:tr|li)\[\.//\*\[normalize-space\(\)=(["'])(?P<key>.*?)\1\]\]//""")
_XPATH_TEXT = re.compile(r"""(?:text\(\)|normalize-space\(\.?\)|normalize-space\(text\(\)\)|\.)\s*=\s*(["'])(.*?)\1""")


def css_into(element: Element, css: str) -> None:
    """Note the traits that a CSS address names of its own element, and the address itself."""
    element.locators.append(f"css={css}" if css[:1] in "/.(" or css.startswith("internal:") else css)
    last = re.split(r"(?<!\\)(?:\s*>\s*|\s*\+\s*|\s*~\s*|\s+)(?![^\[]*\])(?![^(]*\))", css.strip())[-1]
    for m in _PART.finditer(last):
        if m["tag"]:
            element.tag = element.tag or m["tag"].lower()
        elif m["id"]:
            element.id = element.id or re.sub(r"\\(.)", r"\1", m["id"])
        elif m["cls"]:
            element.classes = (*element.classes, m["cls"])
        elif m["attr"] and m["val"]:
            _attribute_into(element, m["attr"], m["val"])


def xpath_into(element: Element, xpath: str) -> None:
    """Note the traits that an XPath names of its own element, and the path itself."""
    xpath = xpath.removeprefix("xpath=")
    if xpath.startswith("//") and re.match(r"^//[\w*]", xpath) is None:
        xpath = "//" + xpath.lstrip("/")
    element.locators.append(f"xpath={xpath}")
    if row := _XPATH_ROW.match(xpath):
        element.row = row["key"]
    if last := _XPATH_LAST.search(xpath.strip()):
        if last["tag"] != "*":
            element.tag = element.tag or last["tag"].lower()
        for test in _XPATH_TEST.finditer(last["tests"]):
            _attribute_into(element, test["attr"], test["val"])
        if said := _XPATH_TEXT.search(last["tests"]):
            element.text = element.text or said[2]


def attributes_into(element: Element, attributes: dict[str, str]) -> None:
    """Note every attribute that names an element, as an agent's history lists them."""
    for name, value in attributes.items():
        if isinstance(value, str) and value:
            _attribute_into(element, name.lower(), value[:300])


def _attribute_into(element: Element, attribute: str, value: str) -> None:
    match attribute:
        case "id" | "type" | "placeholder" | "title" | "alt" | "role" | "href":
            setattr(element, attribute, getattr(element, attribute) or value)
        case "name":
            element.name_attr = element.name_attr or value
        case "aria-label":
            element.name = element.name or value
        case _ if attribute in TEST_IDS:
            element.test_id = element.test_id or value


def within(frames: Sequence[str], locator: str) -> str:
    """Return the locator inside of frames, each named by a locator of its own."""
    return "".join(f"{frame} >> internal:control=enter-frame >> " for frame in frames) + locator
