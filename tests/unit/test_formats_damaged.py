"""Files that are no recording: empty, cut off, huge, deep, binary, of another kind; told in words, nothing kept."""

from __future__ import annotations

import json

import pytest

from rpa_agent.domain.errors import ImportInvalid
from rpa_agent.formats.given import MOST_STEPS
from rpa_agent.formats.reading import read_recording

CLICK = {"type": "click", "selectors": [["#a"]], "offsetX": 1, "offsetY": 1}
OPEN = {"type": "navigate", "url": "https://shop.example/"}
WHOLE = json.dumps({"title": "x", "steps": [OPEN, CLICK]})


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"  \n ", "empty"),
        (WHOLE[:-20].encode(), "cut off"),
        (WHOLE.encode() + b"x", "no JSON"),
        (b"\xff\xfe\x00", "no UTF-8"),
        (b"page.goto\x00", "zero bytes"),
        (b'{"a": 1}', "no recording that is known"),
        (b"[1, 2]", "no recording that is known"),
        (b"dear diary", "no recording that is known"),
        (b'{"steps": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "nests deeper"),
        (b'{"steps": [' + b"9" * 6000 + b"]}", "no JSON that can be read|no type"),
        (b'{"steps": []}', "no click and no typing"),
        (b'{"history": []}', "no click and no typing"),
        (b"import playwright\npage.goto('https://a.example')\n", "no click and no typing"),
        (b"import playwright\ndef run(page:\n", "no Python"),
        (b"playwright = " + b"(" * 5000 + b")" * 5000, "no Python|nests"),
        (b"playwright = " + b"-" * 5000 + b"1", "no Python|nests"),
        (b"import playwright\nx" + b".get_by_role('a')" * 900 + b".click()", "nests deeper"),
        (json.dumps({"steps": [OPEN, *[CLICK] * (MOST_STEPS + 1)]}).encode(), "no person showed"),
        (b" " * 20_000_001, "20 MB"),
    ],
)
def test_a_file_that_is_no_recording_is_refused_in_words(data: bytes, words: str) -> None:
    """Whatever is in it, the answer is one error that says what is wrong."""
    with pytest.raises(ImportInvalid, match=words):
        read_recording(data, where="file.json")


@pytest.mark.parametrize("as_", ["devtools", "playwright", "browser-use"])
def test_a_file_of_another_kind_than_said_is_refused(as_: str) -> None:
    """The person's word decides, and a file that does not keep it is not guessed at."""
    with pytest.raises(ImportInvalid):
        read_recording(b'{"other": []}', as_=as_)


def test_an_unknown_kind_is_a_wrong_word() -> None:
    """The known ones are listed."""
    with pytest.raises(ImportInvalid, match="selenium") as told:
        read_recording(WHOLE.encode(), as_="selenium")
    assert "browser-use" in told.value.remedy


def test_a_byte_order_mark_is_no_harm() -> None:
    """Windows writes one."""
    assert read_recording(b"\xef\xbb\xbf" + WHOLE.encode()).format == "devtools"
