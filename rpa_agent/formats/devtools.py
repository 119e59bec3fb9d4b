"""Reads a Chrome DevTools Recorder JSON: every step type of its public schema (@puppeteer/replay)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ..domain.errors import ImportInvalid
from ..domain.procedure import Answer, StepKind
from ..domain.workflow import Check
from .elements import MOST_CHARACTERS, Element, by_label, by_role, by_text, css_into, within, xpath_into
from .given import Imported, Reader

CUSTOM = "rpa-agent/"  # custom steps that our own export wrote
_MODIFIERS = {"Control", "Shift", "Alt", "Meta", "ControlLeft", "ControlRight", "ShiftLeft", "ShiftRight", "AltLeft",
              "AltRight", "MetaLeft", "MetaRight"}  # fmt: skip
_ARIA = re.compile(r'^aria/(?P<name>.*?)(?:\[role="(?P<role>[\w-]+)"\])?$', re.DOTALL)
_SKIPPED = {
    "setViewport": "a run has a window of its own",
    "emulateNetworkConditions": "a run uses the network as it is",
    "waitForExpression": "JavaScript of a recording is never executed; a run waits by itself",
    "close": "tabs are closed at the end of a run",
}
_KINDS: dict[str, StepKind] = {"doubleClick": "dblclick", "hover": "hover"}
_PLAIN = {"generic", "StaticText", "paragraph", "none", "presentation", "image", "img"}  # inside of what is meant
_CLICKED = ("button", "link", "option", "menuitem", "tab", "checkbox", "radio", "switch", "treeitem", "combobox")
_TYPED = ("textbox", "combobox", "searchbox", "spinbutton")


def read_devtools(data: Any) -> Imported:
    """Return what the recording shows; raises ImportInvalid naming the step."""
    if not isinstance(data, dict) or not isinstance(data.get("steps"), list):
        raise ImportInvalid("a DevTools recording is an object with a list of `steps`")
    title = data.get("title")
    flow = _Flow(Reader("devtools", title=title[:200] if isinstance(title, str) else ""))
    for number, step in enumerate(data["steps"], 1):
        flow.read(step, f"step {number}")
    return flow.reader.finished()


class _Flow:
    """Reads step after step; knows the tabs met and the keys held down."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self._tabs: list[str] = ["main"]
        self._held: list[str] = []

    def read(self, step: Any, where: str) -> None:
        if not isinstance(step, dict) or not isinstance(step.get("type"), str):
            raise ImportInvalid(f"{where} has no type: it is no step")
        kind, tab = step["type"], self._tab(step)
        match kind:
            case "navigate":
                self.reader.opened(_text(step, "url", where), where, tab=tab)
            case "click" | "doubleClick" | "hover":
                self._pointed(step, where, tab)
            case "change":
                self._changed(step, where, tab)
            case "keyDown":
                self._key(step, where, tab)
            case "keyUp":
                key = _key_name(_text(step, "key", where))
                self._held = [k for k in self._held if k != key]
            case "scroll":
                self._scrolled(step, where, tab)
            case "waitForElement":
                self._waited(step, where)
            case "customStep":
                self._custom(step, where, tab)
            case "waitForExpression" if isinstance(change := _hints(step).get("change"), dict):
                self._changed({**change, "rpa": {**_hints(step), "kind": "select"}}, where, tab)
            case _:
                if not (kind == "waitForExpression" and self._hinted(step, where)):
                    self.reader.skipped(where, kind[:80], _SKIPPED.get(kind, "this type of step is not known"))
                return
        self._led_to(step, tab)

    def _tab(self, step: Mapping[str, Any]) -> int:
        """Return which tab a step is done in. A target that was never met is a tab that the last act opened."""
        target = step.get("target")
        if not isinstance(target, str) or target in {"", "main"}:
            return 0
        if target not in self._tabs:
            self._tabs.append(target)
            self.reader.caused(popup=target)
        return self._tabs.index(target)

    def _pointed(self, step: Mapping[str, Any], where: str, tab: int) -> None:
        button = step.get("button", "primary")
        if button not in {"primary", "secondary", "auxiliary"}:
            self.reader.skipped(where, f"click with the {button} button"[:80], "only left, right and middle are used")
            return
        kind: StepKind = _KINDS.get(step["type"], "rightclick" if button == "secondary" else "click")
        hint = _hints(step).get("kind")
        if kind == "click" and hint in {"check", "uncheck"}:
            kind = hint
        held = "Middle" if button == "auxiliary" else "+".join(self._held)
        more = {"value": held} if held and kind in {"click", "dblclick", "rightclick"} else {}
        self.reader.add(kind, where, self._element(step, where, kind), tab=tab, **more)
        self._answered(step)

    def _scrolled(self, step: Mapping[str, Any], where: str, tab: int) -> None:
        if step.get("selectors"):
            self.reader.add("scroll", where, self._element(step, where, "scroll"), tab=tab)
        else:
            self.reader.skipped(where, "scroll", "a run scrolls to what it needs")

    def _changed(self, step: Mapping[str, Any], where: str, tab: int) -> None:
        value = _text(step, "value", where, empty=True)
        element = self._element(step, where, "change")
        kind: StepKind = "fill"
        if element.type == "file" or "\\fakepath\\" in value:
            kind, value = "upload", value.rpartition("\\")[2]
        elif element.type in {"checkbox", "radio"} or element.role in {"checkbox", "radio", "switch"}:
            kind = "uncheck" if value.casefold() in {"false", "off", ""} else "check"
        elif (hint := _hints(step).get("kind")) in {"fill", "select"}:
            kind = hint
        elif element.tag == "select" or element.role in {"combobox", "listbox"}:
            kind = "select"
        self.reader.add(kind, where, element, value=value, tab=tab)
        self._answered(step)

    def _key(self, step: Mapping[str, Any], where: str, tab: int) -> None:
        name = _key_name(_text(step, "key", where))
        if name in {"Control", "Shift", "Alt", "Meta"}:
            if name not in self._held:
                self._held.append(name)
            return
        if len(name) == 1 and set(self._held) <= {"Shift"}:
            self.reader.skipped(where, f"key {name}", "what was typed is taken from the field's value")
            return
        before = self.reader.acts[-1] if self.reader.acts else None
        combination = "+".join([*self._held, name])
        if isinstance(on := _hints(step).get("on"), dict):
            self.reader.add("press", where, self._element(on, where, "press"), value=combination, tab=tab)
            return
        # A key right after typing goes to the field that was typed into.
        if before is not None and before.kind == "fill" and before.tab == tab and name in {"Enter", "Escape"}:
            self.reader.add("press", where, value=combination, tab=tab)
            self.reader.caused(element=before.element, locators=before.locators)
        else:
            self.reader.add("press", where, value=combination, tab=tab)

    def _waited(self, step: Mapping[str, Any], where: str) -> None:
        if self._hinted(step, where):
            return
        element = self._element(step, where, "waitForElement")
        said = element.name or element.text
        absent = step.get("count") == 0 or step.get("visible") is False
        if not said:
            self.reader.skipped(where, "waitForElement", "a run waits by itself; it names no text that could be a check")
            return
        self.reader.check(Check(hidden=said) if absent else Check(visible=said), where)

    def _hinted(self, step: Mapping[str, Any], where: str) -> bool:
        """Take a check as our own export wrote it, values left out."""
        hints = _hints(step)
        for name in ("visible", "hidden", "url"):
            if isinstance(said := hints.get(name), str) and 0 < len(said) < 500:
                self.reader.check(Check.model_validate({name: said}), where)
                return True
        return False

    def _custom(self, step: Mapping[str, Any], where: str, tab: int) -> None:
        name, given = step.get("name"), step.get("parameters")
        if not isinstance(name, str) or not name.startswith(CUSTOM) or not isinstance(given, dict):
            self.reader.skipped(where, f"customStep {name if isinstance(name, str) else ''}", "it is made for another tool")
            return
        kind = name.removeprefix(CUSTOM)
        if kind in {"back", "forward"}:
            self.reader.add(kind, where, tab=tab)  # type: ignore[arg-type]  # the two are step kinds
        elif kind in {"upload", "drag", "read"}:
            more: dict[str, Any] = {"value": v} if isinstance(v := given.get("value"), str) else {}
            if isinstance(to := given.get("to"), list):
                target = self._element({"selectors": to, "frame": given.get("frame")}, where, "drag")
                more.update(to=target.fingerprint("drag"), to_locators=tuple(target.locators))
            if kind == "read":
                more["output"] = str(given.get("output") or "")
            self.reader.add(kind, where, self._element(given, where, kind), tab=tab, **more)  # type: ignore[arg-type]
        else:
            self.reader.skipped(where, f"customStep {name}"[:120], "this version does not know it")

    def _led_to(self, step: Mapping[str, Any], tab: int) -> None:
        events = step.get("assertedEvents")
        for event in events if isinstance(events, list) else ():
            if isinstance(event, dict) and isinstance(url := event.get("url"), str) and event.get("type") == "navigation":
                self.reader.went_to(url, tab=tab)

    def _answered(self, step: Mapping[str, Any]) -> None:
        hints = _hints(step)
        if isinstance(dialog := hints.get("dialog"), str):
            text = hints.get("text")
            answer = Answer(accept=bool(hints.get("accept", True)), text=text if isinstance(text, str) else None)
            self.reader.answered(dialog, answer)
        if isinstance(download := hints.get("download"), str):
            self.reader.caused(download=download)

    def _element(self, step: Mapping[str, Any], where: str, kind: str) -> Element:
        """Return the element that any of the alternatives names; raises ImportInvalid when none can be used."""
        given = step.get("selectors")
        if not isinstance(given, list) or not given:
            raise ImportInvalid(f"{where} ({kind}) names no element: its list of selectors is missing or empty")
        element, unusable = Element(), []
        for alternative in given:
            chain = [alternative] if isinstance(alternative, str) else alternative
            if not isinstance(chain, list) or not chain or not all(isinstance(c, str) and c.strip() for c in chain):
                unusable.append(str(alternative)[:60])
                continue
            if sum(map(len, chain)) > MOST_CHARACTERS or not _chain_into(element, chain, kind):
                unusable.append(" ".join(chain)[:60])
        if not element.locators:
            raise ImportInvalid(f"{where} ({kind}): no element can be found by {'; '.join(unusable)}")
        if isinstance(frame := step.get("frame"), list) and frame:
            if not all(isinstance(i, int) and 0 <= i < 1000 for i in frame):
                raise ImportInvalid(f"{where}: its frame is no list of positions")
            frames = [f"iframe >> nth={i}" for i in frame]
            element.locators = [within(frames, locator) for locator in element.locators]
        element.locators = list(dict.fromkeys(element.locators))
        return element


def _hints(step: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what our own export said beyond the schema; DevTools ignores it."""
    hints = step.get("rpa")
    return hints if isinstance(hints, dict) else {}


def _chain_into(element: Element, chain: list[str], kind: str) -> bool:
    """Note one alternative: the last part names the element, those before it the shadow hosts it is in."""
    while len(chain) > 1 and (m := _ARIA.match(chain[-1])) and (m["role"] in _PLAIN or not m["role"]) and not m["name"]:
        chain = chain[:-1]  # the text inside of a link is clicked by clicking the link
    before: list[str] = []
    for host in chain[:-1]:
        of = Element()
        if not _part_into(of, host, "host"):
            return False
        before.append(of.locators[0])
    here = Element()
    if not _part_into(here, chain[-1], kind):
        return False
    element.locators.extend(" >> ".join([*before, locator]) for locator in here.locators)
    for trait in ("tag", "role", "name", "label", "text", "test_id", "id", "name_attr", "type", "placeholder", "title"):
        if not getattr(element, trait):
            setattr(element, trait, getattr(here, trait))
    element.classes = element.classes or here.classes
    return True


def _part_into(element: Element, part: str, kind: str) -> bool:
    if m := _ARIA.match(part):
        return _aria_into(element, m["name"], m["role"] or "", kind)
    if part.startswith("text/"):
        element.text = part.removeprefix("text/")
        element.locators.append(by_text(element.text))
        return bool(element.text.strip())
    if part.startswith("xpath/"):
        xpath_into(element, part.removeprefix("xpath/"))
        return True
    css = part.removeprefix("pierce/").removeprefix("css/")
    if "::-p-" in css or ">>>" in css:
        return False
    css_into(element, css)
    return True


def _aria_into(element: Element, name: str, role: str, kind: str) -> bool:
    if not name and not role:
        return False
    element.name, element.role = name, role if role not in _PLAIN else ""
    if role and role not in _PLAIN:
        element.locators.append(by_role(role, name))
        if role in _TYPED and name:
            element.label = name
            element.locators.append(by_label(name))  # a password field has no role
        return True
    if kind == "change":
        element.label = name
        element.locators += [by_label(name), *(by_role(r, name) for r in _TYPED)]
    else:
        element.locators += [*(by_role(r, name) for r in _CLICKED), by_label(name), by_text(name, exact=True)]
    return True


def _key_name(key: str) -> str:
    """Return Playwright's name of a key."""
    if key in _MODIFIERS:
        return re.sub(r"(Left|Right)$", "", key)
    if m := re.fullmatch(r"(?:Key|Digit)([A-Z0-9])", key):
        return m[1].lower()
    return {"\r": "Enter", "\n": "Enter", "NumpadEnter": "Enter", " ": "Space"}.get(key, key)


def _text(step: Mapping[str, Any], name: str, where: str, *, empty: bool = False) -> str:
    value = step.get(name)
    if not isinstance(value, str) or not (value or empty):
        raise ImportInvalid(f"{where} ({step['type']}) has no {name}")
    if len(value) > 100_000:
        raise ImportInvalid(f"{where} ({step['type']}): its {name} has {len(value)} characters, which nobody types")
    return value
