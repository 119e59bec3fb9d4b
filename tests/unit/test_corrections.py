"""What a person typed by mistake leaves no trace; what was used in between stays."""

from __future__ import annotations

from typing import Any

from rpa_agent.browser.recorder.corrections import corrected, led_to
from rpa_agent.browser.recorder.merge import Raw
from rpa_agent.browser.signals import Seen

URL = "http://site.test/form"


def event(kind: Any, field: str, value: str = "", **more: Any) -> Raw:
    """One event on a field of the form; ``initial`` is what the field held before the person came."""
    requests = more.pop("requests", [])
    data = {"url": URL, "ref": field, "value": value, "initial": "", "element": {"tag": "input"}, **more}
    return Raw(kind, 1.0, data, requests=requests, url_after=URL)


def post(path: str = "/save") -> Seen:
    return Seen(method="POST", url=f"http://site.test{path}", kind="fetch", at=1.0, navigation=False)


def told(events: list[Raw]) -> list[tuple[str, str, str]]:
    return [(e.kind, e.data["ref"], e.data["value"]) for e in events]


def test_a_field_that_is_corrected_later_keeps_its_place_and_the_last_value() -> None:
    """Another field was filled in between, which does not matter."""
    events = [event("fill", "name", "Adam"), event("fill", "city", "Ulm"), event("fill", "name", "Ada")]
    assert told(corrected(events)) == [("fill", "name", "Ada"), ("fill", "city", "Ulm")]


def test_a_wrong_field_that_is_cleared_again_leaves_no_trace() -> None:
    """It holds what it held before."""
    events = [event("fill", "city", "Ada"), event("fill", "city", ""), event("fill", "name", "Ada")]
    assert told(corrected(events)) == [("fill", "name", "Ada")]


def test_a_field_that_had_a_value_is_emptied() -> None:
    """That changes what will be sent."""
    assert told(corrected([event("fill", "city", "", initial="Ulm")])) == [("fill", "city", "")]


def test_a_value_that_a_button_used_before_it_was_changed_is_kept() -> None:
    """A search box is filled twice because it was searched twice, and emptied at last."""
    search = event("click", "go")
    events = [event("fill", "q", "a"), search, event("fill", "q", "b"), search, event("fill", "q", "")]
    assert [t[2] for t in told(corrected(events)) if t[0] == "fill"] == ["a", "b", ""]


def test_a_value_that_was_sent_while_typing_is_kept() -> None:
    """What left the page is not a mistake without consequences."""
    events = [event("fill", "q", "a", requests=[post()]), event("fill", "q", "b")]
    assert [t[2] for t in told(corrected(events))] == ["a", "b"]


def test_of_a_group_of_radios_the_last_counts_with_its_own_element() -> None:
    """The first one was a slip."""
    first = event("check", "r1", "Standard", group="Delivery", element={"name": "Standard"})
    last = event("check", "r2", "Express", group="Delivery", element={"name": "Express"})
    kept = corrected([first, last])
    assert [(e.data["value"], e.data["element"]["name"]) for e in kept] == [("Express", "Express")]


def test_tags_that_are_chosen_one_after_the_other_all_stay() -> None:
    """The same field, and each choice adds to it."""
    events = [event("select", "tags", "a", adds=True), event("select", "tags", "b", adds=True)]
    assert [t[2] for t in told(corrected(events))] == ["a", "b"]


def test_what_led_to_a_value_is_absorbed_with_what_it_caused() -> None:
    """Also by way of a value that was absorbed itself; an event that nothing absorbs stays."""
    open_, turn = event("click", "field", n="1"), event("click", "next", n="2", requests=[post("/month")])
    early = event("fill", "field", "1 May", n="3", absorbs=["1", "2"])
    day, late = event("click", "15", n="4"), event("fill", "field", "15 May", n="5", absorbs=["3", "4"])
    kept = led_to([event("click", "menu", n="0"), open_, turn, early, day, late])
    assert told(kept) == [("click", "menu", ""), ("fill", "field", "15 May")]
    assert [r.url for r in kept[1].requests] == ["http://site.test/month"]


def test_a_value_that_names_steps_nobody_knows_stays_as_it_is() -> None:
    """They may have been told by a page that is gone."""
    assert told(led_to([event("fill", "field", "x", n="1", absorbs=["9"])])) == [("fill", "field", "x")]
