"""Keys struck where there is no text field: what is a text, and what are commands."""

from __future__ import annotations

from typing import Any

from rpa_agent.browser.recorder.merge import Raw, merge

TERM = {"tag": "pre", "role": "", "classes": (), "generated": (), "near": (), "frames": (), "shadow": (), "box": (), "viewport": ()}


def struck(*keys: str, element: Any = TERM) -> list[tuple[str, str | None, bool]]:
    data = {"url": "http://x/", "element": element, "ref": "0/1|pre..~a" if element else ""}
    raw = [Raw("press", float(n), {**data, "value": key}, url_after="http://x/") for n, key in enumerate(keys)]
    return [(a.kind, a.value, a.keys) for a in merge(raw)[0]]


def test_signs_are_one_text_with_its_spaces_and_without_what_was_taken_back() -> None:
    """The key after it stays a key."""
    keys = ("l", "s", "Space", "-", "x", "Backspace", "l", "Enter")
    assert struck(*keys) == [("fill", "ls -l", True), ("press", "Enter", False)]


def test_commands_stay_keys() -> None:
    """One letter, two, the same one again and again, and signs that nothing on the page takes."""
    assert [kind for kind, *_ in struck("g", "i")] == ["press", "press"]
    assert [kind for kind, *_ in struck("j", "j", "j", "j")] == ["press"] * 4
    assert [kind for kind, *_ in struck("a", "b", "c", element=None)] == ["press"] * 3
