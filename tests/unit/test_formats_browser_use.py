"""browser-use histories: what the agent did successfully, on elements as its history keeps them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rpa_agent.domain.errors import ImportInvalid
from rpa_agent.domain.recording import Act
from rpa_agent.formats.given import Imported
from rpa_agent.formats.reading import read_recording

URL = "https://shop.example/login"


def element(tag: str = "BUTTON", called: str | None = "Save", **attributes: str) -> dict[str, Any]:
    return {"node_name": tag, "attributes": attributes, "x_path": f"html/body/{tag.lower()}", "ax_name": called}


def item(action: dict[str, Any], on: Any = None, *, url: str = URL, tabs: Any = (), **more: Any) -> dict[str, Any]:
    state = {"url": url, "tabs": list(tabs), "interacted_element": [on]}
    return {"model_output": {"action": [action]}, "state": state, "result": [more]}


OPEN = item({"navigate": {"url": URL}}, url="about:blank")


def read(*items: Any) -> Imported:
    return read_recording(json.dumps({"history": [OPEN, *items]}).encode())


def last(*items: Any) -> Act:
    return read(*items).recording.acts[-1]


FIELD = element("INPUT", "Town", type="text", id="town")


@pytest.mark.parametrize(
    ("action", "on", "kind", "value"),
    [
        ({"click": {"index": 1}}, element(), "click", None),
        ({"click_element_by_index": {"index": 1}}, element(), "click", None),
        ({"input": {"index": 1, "text": "Ulm", "clear": True}}, FIELD, "fill", "Ulm"),
        ({"input_text": {"index": 1, "text": "Ulm"}}, FIELD, "fill", "Ulm"),
        ({"select_dropdown": {"index": 1, "text": "Ulm"}}, element("SELECT", "Town"), "select", "Ulm"),
        ({"upload_file": {"index": 1, "path": "a.pdf"}}, element("INPUT", "File", type="file"), "upload", "a.pdf"),
        ({"send_keys": {"keys": "Control+s"}}, None, "press", "Control+s"),
        ({"go_back": {}}, None, "back", None),
    ],
)
def test_every_act_is_read(action: dict[str, Any], on: Any, kind: str, value: str | None) -> None:
    """Names of this year's and of earlier versions."""
    act = last(item({"click": {"index": 9}}, element(called="Begin")), item(action, on))
    assert (act.kind, act.value) == (kind, value)


def test_an_element_is_named_by_all_that_the_history_keeps() -> None:
    """Role and name first, the path through the page last."""
    act = last(item({"input": {"index": 1, "text": "x"}}, element("INPUT", "Town", id="town", name="city")))
    assert act.locators[0] == 'internal:role=textbox[name="Town"s]'
    assert act.locators[-1] == "xpath=/html/body/input"
    assert {'[id="town"]', 'input[name="city"]'} <= set(act.locators)


def test_the_agents_own_hole_for_a_secret_stays_one() -> None:
    """No value is known, so none is handed over."""
    found = read(item({"input": {"index": 1, "text": "<secret>shop_pin</secret>"}}, FIELD))
    assert (found.recording.acts[-1].value, found.recording.acts[-1].secret) == ("shop_pin", True)
    assert found.recording.secrets == {}


def test_what_failed_or_only_looked_is_left_out_with_the_reason() -> None:
    """A repeated attempt is not a step, and what a model read is no check."""
    found = read(
        item({"click": {"index": 1}}, None, error="Element with index 1 does not exist."),
        item({"wait": {"seconds": 3}}),
        item({"evaluate": {"code": "alert(1)"}}),
        item({"fly": {}}),
        item({"click": {"index": 2}}, element()),
        item({"done": {"text": "All well", "success": True}}),
    )
    assert [a.kind for a in found.recording.acts] == ["goto", "click"]
    reasons = [t.why for t in found.skipped()]
    assert [w in r for w, r in zip(("failed", "waits", "never executed", "not known", "no check"), reasons, strict=True)] == [
        True
    ] * 5


def test_another_tab_is_turned_to_by_its_end() -> None:
    """browser-use names tabs by the last four letters; the act before is the one that opened it."""
    one, two = {"target_id": "AAAA1111", "url": URL}, {"target_id": "BBBB2222", "url": URL + "/report"}
    found = read(
        item({"click": {"index": 1}}, element(called="Report"), tabs=[one]),
        item({"switch": {"tab_id": "2222"}}, tabs=[one, two]),
        item({"click": {"index": 1}}, element(called="CSV"), tabs=[one, two]),
    )
    report, csv = found.recording.acts[1:]
    assert (report.popup, csv.tab) == (URL + "/report", 1)


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (item({"click": {"index": 1}}, None), "step 2.*which element"),
        (item({"click": {"index": 1}}, {"node_name": "DIV", "attributes": {}}), "step 2.*nothing names"),
        (item({"a": 1, "b": 2}), "step 2 is no action"),
        (item({"switch": {"tab_id": "zzzz"}}), "never open"),
        (item({"done": {"text": "Sorry", "success": False}}), "did not succeed"),
        ("text", "step 2 is no object"),
    ],
)
def test_a_history_that_cannot_be_repeated_is_refused(bad: Any, words: str) -> None:
    """The step is named, and nothing is kept."""
    with pytest.raises(ImportInvalid, match=words):
        read(item({"click": {"index": 9}}, element(called="Begin"))) and read(bad)
