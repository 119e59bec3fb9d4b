"""Reads the history that browser-use saves of an agent's run: what it did, on which elements."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ..domain.errors import ImportInvalid
from .elements import Element, attributes_into, by_css_attribute, by_label, by_role, quoted, xpath_into
from .given import Imported, Reader

_OPEN = {"navigate", "go_to_url", "open_tab"}
_CLICK = {"click", "click_element", "click_element_by_index"}
_TYPE = {"input", "input_text"}
_CHOOSE = {"select_dropdown", "select_dropdown_option"}
_UPLOAD = {"upload_file", "upload_file_to_element"}
_LOOKED = {
    "wait": "a run waits by itself",
    "scroll": "a run scrolls to what it needs", "scroll_down": "a run scrolls to what it needs",
    "scroll_up": "a run scrolls to what it needs", "find_text": "a run scrolls to what it needs",
    "scroll_to_text": "a run scrolls to what it needs",
    "extract": "a model read the page; add a `read` step for what is needed",
    "extract_structured_data": "a model read the page; add a `read` step for what is needed",
    "extract_content": "a model read the page; add a `read` step for what is needed",
    "screenshot": "it changes nothing", "search_page": "it changes nothing", "find_elements": "it changes nothing",
    "dropdown_options": "it changes nothing", "get_dropdown_options": "it changes nothing",
    "write_file": "it changes nothing on the site", "replace_file": "it changes nothing on the site",
    "read_file": "it changes nothing on the site", "save_as_pdf": "it changes nothing on the site",
    "evaluate": "JavaScript of a recording is never executed",
    "search": "search engines are not part of a workflow", "search_google": "search engines are not part of a workflow",
    "close": "tabs are closed at the end of a run", "close_tab": "tabs are closed at the end of a run",
}  # fmt: skip
_ROLES = {"a": "link", "button": "button", "select": "combobox", "textarea": "textbox"}
_INPUT_ROLES = {"checkbox": "checkbox", "radio": "radio", "submit": "button", "button": "button", "reset": "button",
                "number": "spinbutton", "search": "searchbox", "range": "slider"}  # fmt: skip


def read_browser_use(data: Any) -> Imported:
    """Return what the agent did; raises ImportInvalid naming the step."""
    if not isinstance(data, dict) or not isinstance(data.get("history"), list):
        raise ImportInvalid("a browser-use history is an object with a list called `history`")
    story = _Story(Reader("browser-use"))
    for number, item in enumerate(data["history"], 1):
        if not isinstance(item, dict):
            raise ImportInvalid(f"step {number} is no object")
        story.read(item, number)
    return story.reader.finished()


class _Story:
    """Reads one history item after the other; knows the tabs that were open."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self._tabs: list[str] = []
        self._tab = 0

    def read(self, item: Mapping[str, Any], number: int) -> None:
        output, state = item.get("model_output"), item.get("state")
        actions = output.get("action") if isinstance(output, dict) else None
        if not isinstance(actions, list):
            self.reader.skipped(f"step {number}", "no action", "the agent did nothing in this step")
            return
        state = state if isinstance(state, dict) else {}
        self._now_at(state)
        elements = state.get("interacted_element")
        results = item.get("result")
        for i, action in enumerate(actions):
            where = f"step {number}" + (f", action {i + 1}" if len(actions) > 1 else "")
            if not isinstance(action, dict) or len(action) != 1:
                raise ImportInvalid(f"{where} is no action: it has no single name")
            (name, given), = action.items()
            result = results[i] if isinstance(results, list) and i < len(results) else None
            if isinstance(result, dict) and result.get("error"):
                self.reader.skipped(where, name, f"it failed when the agent did it: {str(result['error'])[:100]}")
                continue
            seen = elements[i] if isinstance(elements, list) and i < len(elements) else None
            self._action(name, given if isinstance(given, dict) else {}, where, seen)

    def _now_at(self, state: Mapping[str, Any]) -> None:
        """The page on which a step begins is where the one before it led to."""
        for tab in state.get("tabs") or () if isinstance(state.get("tabs"), list) else ():
            identity = str(tab.get("target_id") or tab.get("tab_id") or tab.get("page_id")) if isinstance(tab, dict) else ""
            if identity and identity not in self._tabs:
                if self._tabs:
                    self.reader.caused(popup=str(tab.get("url") or ""))
                self._tabs.append(identity)
        url = state.get("url")
        if isinstance(url, str) and url.startswith(("http://", "https://")) and self.reader.acts:
            self.reader.went_to(url, tab=self._tab)

    def _action(self, name: str, given: Mapping[str, Any], where: str, seen: Any) -> None:
        reader = self.reader
        match name:
            case _ if name in _OPEN:
                reader.opened(str(given.get("url") or ""), where, tab=self._tab)
            case _ if name in _CLICK:
                reader.add("click", where, _element(seen, where, name), tab=self._tab)
            case _ if name in _TYPE:
                if given.get("clear") is False:
                    reader.skipped(where, name, "text added to what stood there cannot be told from its value")
                    return
                element = _element(seen, where, name)
                reader.add("fill", where, element, value=_filled(str(given.get("text") or "")), tab=self._tab)
            case _ if name in _CHOOSE:
                element = _element(seen, where, name)
                reader.add("select", where, element, value=str(given.get("text") or ""), tab=self._tab)
            case _ if name in _UPLOAD:
                reader.add("upload", where, _element(seen, where, name), value=str(given.get("path") or ""), tab=self._tab)
            case "send_keys":
                self._keys(str(given.get("keys") or ""), where)
            case "go_back":
                reader.add("back", where, tab=self._tab)
            case "switch" | "switch_tab":
                self._turned(str(given.get("tab_id") or given.get("page_id") or ""), where)
            case "done":
                said = str(given.get("text") or "").strip()
                if given.get("success") is False:
                    raise ImportInvalid("the agent itself said that it did not succeed", do="Import a run that succeeded.")
                reader.skipped(where, f"done: {said}", "what a model says is no check; add one to the workflow file")
            case _:
                reader.skipped(where, name[:80], _LOOKED.get(name, "this action is not known"))

    def _keys(self, keys: str, where: str) -> None:
        if not re.fullmatch(r"(?:(?:Control|Shift|Alt|Meta)\+)*(?:[A-Z][A-Za-z0-9]+|.)", keys):
            self.reader.skipped(where, f"keys {keys}", "text typed without a field has no target")
            return
        before = self.reader.acts[-1] if self.reader.acts else None
        self.reader.add("press", where, value=keys, tab=self._tab)
        if before is not None and before.kind == "fill" and keys in {"Enter", "Escape"}:
            self.reader.caused(element=before.element, locators=before.locators)

    def _turned(self, tab: str, where: str) -> None:
        at = next((i for i, known in enumerate(self._tabs) if tab and known.endswith(tab)), None)
        if at is None:
            raise ImportInvalid(f"{where} turns to a tab that was never open: {tab!r}")
        self._tab = at


def _filled(text: str) -> str:
    """Return the text; ``<secret>name</secret>`` is browser-use's own hole for a secret."""
    return text if re.fullmatch(r"<secret>\w+</secret>", text) else re.sub(r"</?secret>", "", text)


def _element(seen: Any, where: str, action: str) -> Element:
    """Return the element of an action; raises ImportInvalid where the history did not keep it."""
    if not isinstance(seen, dict):
        raise ImportInvalid(f"{where} ({action}): the history does not say which element was used")
    element = Element()
    attributes = seen.get("attributes")
    attributes_into(element, attributes if isinstance(attributes, dict) else {})
    # Older histories say tag_name and xpath, newer ones node_name and x_path.
    element.tag = str(seen.get("node_name") or seen.get("tag_name") or "").lower().lstrip("#")
    if isinstance(named := seen.get("ax_name"), str) and named.strip():
        element.name = element.name or " ".join(named.split())[:200]
    element.role = element.role or _ROLES.get(element.tag, "")
    if element.tag == "input" and not element.role:
        element.role = _INPUT_ROLES.get(element.type, "textbox")
    if element.tag in {"input", "select", "textarea"} and element.type not in {"submit", "button", "reset"}:
        element.label = element.label or element.name
    _ways(element, str(seen.get("x_path") or seen.get("xpath") or ""))
    if not element.locators:
        raise ImportInvalid(f"{where} ({action}): nothing names its element")
    return element


def _ways(element: Element, xpath: str) -> None:
    """Note how the element is found, the surest first; the path through the page comes last."""
    e = element
    if e.test_id:
        e.locators.append(f"internal:testid=[data-testid={quoted(e.test_id)}s]")
    if e.role and e.name:
        e.locators.append(by_role(e.role, e.name))
    if e.label:
        e.locators.append(by_label(e.label))
    if e.id:
        e.locators.append(by_css_attribute("id", e.id))
    if e.name_attr:
        e.locators.append(by_css_attribute("name", e.name_attr, e.tag))
    if e.placeholder:
        e.locators.append(by_css_attribute("placeholder", e.placeholder))
    if xpath:
        path = xpath if xpath.startswith("/") else "/" + xpath
        xpath_into(e, path if "/html" in path[:6] else "/" + path)


