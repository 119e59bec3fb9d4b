"""DevTools recordings: every step type of the public schema is read, or named with the reason why not."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rpa_agent.domain.errors import ImportInvalid
from rpa_agent.domain.recording import Act
from rpa_agent.domain.workflow import Check
from rpa_agent.formats.given import Imported
from rpa_agent.formats.reading import read_recording

URL = "https://shop.example/login"
OPEN = {"type": "navigate", "url": URL}


def read(*steps: dict[str, Any]) -> Imported:
    return read_recording(json.dumps({"title": "Order", "steps": [OPEN, *steps]}).encode())


def last(*steps: dict[str, Any]) -> Act:
    return read(*steps).recording.acts[-1]


def on(kind: str, *ways: str | list[str], **more: Any) -> dict[str, Any]:
    return {"type": kind, "selectors": [[w] if isinstance(w, str) else w for w in ways], "offsetX": 1, "offsetY": 1, **more}


@pytest.mark.parametrize(
    ("step", "kind", "value"),
    [
        (on("click", "aria/Save"), "click", None),
        (on("click", "aria/Save", button="secondary"), "rightclick", None),
        (on("click", "aria/Save", button="auxiliary"), "click", "Middle"),
        (on("doubleClick", "aria/Save"), "dblclick", None),
        (on("hover", "aria/Menu"), "hover", None),
        (on("scroll", "#list", x=0, y=300), "scroll", None),
        (on("change", "aria/Town", value="Ulm"), "fill", "Ulm"),
        (on("change", "select#town", value="ulm"), "select", "ulm"),
        (on("change", 'aria/Town[role="combobox"]', value="ulm"), "select", "ulm"),
        (on("change", 'input[type="checkbox"]', value="true"), "check", "true"),
        (on("change", "#file", value="C:\\fakepath\\a.pdf"), "upload", "a.pdf"),
        ({"type": "keyDown", "key": "Escape"}, "press", "Escape"),
        ({"type": "keyDown", "key": "\r"}, "press", "Enter"),
    ],
)
def test_every_act_of_the_schema_is_read(step: dict[str, Any], kind: str, value: str | None) -> None:
    """What is done to a page becomes one step of ours."""
    act = last(on("click", "aria/Begin"), step)
    assert (act.kind, act.value) == (kind, value)


@pytest.mark.parametrize(
    ("step", "why"),
    [
        ({"type": "setViewport", "width": 1, "height": 1}, "window"),
        ({"type": "emulateNetworkConditions", "download": 1}, "network"),
        ({"type": "close"}, "closed"),
        ({"type": "waitForExpression", "expression": "alert(1)"}, "never executed"),
        ({"type": "customStep", "name": "other-tool", "parameters": {}}, "another tool"),
        ({"type": "scroll", "x": 0, "y": 100}, "scrolls"),
        ({"type": "keyDown", "key": "a"}, "field's value"),
        ({"type": "teleport"}, "not known"),
    ],
)
def test_what_is_no_act_is_named_with_its_reason(step: dict[str, Any], why: str) -> None:
    """Nothing is left out in silence, an unknown type neither."""
    found = read(step, on("click", "aria/Go"))
    ((where, reason),) = [(t.where, t.why) for t in found.skipped()]
    assert where == "step 2"
    assert why in reason


@pytest.mark.parametrize(
    ("way", "named"),
    [
        ('aria/Save[role="button"]', ['internal:role=button[name="Save"s]']),
        ("text/Save", ['internal:text="Save"i']),
        ("xpath///*[@id='save']", ["xpath=//*[@id='save']"]),
        ("pierce/#save", ["#save"]),
        ("#save", ["#save"]),
        (["app-shell", "#save"], ["app-shell >> #save"]),
        (['aria/Invoices[role="link"]', 'aria/[role="generic"]'], ['internal:role=link[name="Invoices"s]']),
    ],
)
def test_every_way_of_naming_an_element_is_read(way: str | list[str], named: list[str]) -> None:
    """ARIA, text, XPath, pierce and CSS, alone and inside of shadow hosts."""
    assert list(last(on("click", way)).locators) == named


def test_all_alternatives_are_kept_in_their_order() -> None:
    """The traits of all of them together describe the element."""
    act = last(on("change", 'aria/Town[role="textbox"]', "#town", 'input[name="city"]', value="Ulm"))
    assert act.element is not None
    assert (act.element.name, act.element.id, act.element.name_attr) == ("Town", "town", "city")
    assert [way for way in act.locators if way.startswith(("#", "input"))] == ["#town", 'input[name="city"]']


def test_keys_held_down_are_one_combination() -> None:
    """Control down, S down, S up, Control up is Control+s."""
    keys = [("keyDown", "Control"), ("keyDown", "KeyS"), ("keyUp", "KeyS"), ("keyUp", "Control"), ("keyDown", "Tab")]
    acts = read(*[{"type": t, "key": k} for t, k in keys]).recording.acts
    assert [a.value for a in acts[1:]] == ["Control+s", "Tab"]


def test_enter_after_typing_belongs_to_the_field() -> None:
    """So the run presses it there and not wherever the focus is."""
    typed, pressed = read(on("change", "aria/Find", value="x"), {"type": "keyDown", "key": "Enter"}).recording.acts[1:]
    assert (pressed.kind, pressed.locators) == ("press", typed.locators)


def test_another_target_is_another_tab_and_frames_are_entered() -> None:
    """The act before opened the tab; positions of frames become part of the locator."""
    popup = "https://shop.example/report"
    first, second = read(
        on("click", "aria/Report"), on("click", "#csv", target=popup, frame=[0, 1])
    ).recording.acts[1:]
    assert (first.popup, second.tab) == (popup, 1)
    enter = " >> internal:control=enter-frame >> "
    assert second.locators == (f"iframe >> nth=0{enter}iframe >> nth=1{enter}#csv",)


def test_asserted_navigations_tell_where_an_act_leads() -> None:
    """And the login is known as one by the page that follows it."""
    going = {"assertedEvents": [{"type": "navigation", "url": "https://shop.example/home", "title": ""}]}
    act = last(on("click", "aria/Go", **going))
    assert act.url_after == "https://shop.example/home"


def test_waiting_for_a_text_is_a_check() -> None:
    """Its absence too; an element without words proves nothing that could be said."""
    found = read(
        on("click", "aria/Save"),
        on("waitForElement", "text/Saved"),
        on("waitForElement", "aria/Error", count=0),
        on("waitForElement", "#x > div"),
    )
    assert found.checks == (Check(visible="Saved"), Check(hidden="Error"))
    assert [t.where for t in found.skipped()] == ["step 5"]


@pytest.mark.parametrize(
    ("step", "words"),
    [
        (on("click"), "names no element"),
        ({"type": "click"}, "names no element"),
        (on("click", ""), "no element can be found"),
        (on("click", "::-p-weird(x)"), "no element can be found"),
        (on("click", "#" + "x" * 5000), "no element can be found"),
        (on("change", "#a"), "has no value"),
        (on("change", "#a", value=7), "has no value"),
        (on("change", "#a", value="x" * 200_000), "nobody types"),
        ({"type": "navigate"}, "has no url"),
        ({"type": 3}, "no type"),
        ("click", "no type"),
        (on("click", "#a", frame=["x"]), "frame"),
    ],
)
def test_a_malformed_act_stops_the_import_with_its_number(step: Any, words: str) -> None:
    """Without it the procedure would be another one."""
    with pytest.raises(ImportInvalid, match=f"^step 2.*{words}"):
        read(step)


@pytest.mark.parametrize("url", ["javascript:alert(1)", "file:///etc/passwd", "chrome://settings", "https://"])
def test_only_web_addresses_are_opened(url: str) -> None:
    """Anything else is left out; a recording that begins so begins nowhere."""
    with pytest.raises(ImportInvalid, match="before any page"):
        read_recording(json.dumps({"title": "", "steps": [{"type": "navigate", "url": url}, on("click", "#a")]}).encode())
