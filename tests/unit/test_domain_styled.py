"""Text with bold, italic and underlined words: read into pieces, compared, and written plainly."""

from __future__ import annotations

import pytest

from rpa_agent.domain.styled import STYLED, plain, runs, same_styles, same_text
from rpa_agent.domain.values import same_value, spell

BOLD, BOTH, NONE = frozenset("b"), frozenset("bi"), frozenset[str]()


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("plain", [(NONE, "plain")]),
        ("This is <b>really</b> new", [(NONE, "This is "), (BOLD, "really"), (NONE, " new")]),
        ("<b>a</b> <b>c</b>", [(BOLD, "a c")]),
        ("<b>a<i>b</i></b>", [(BOLD, "a"), (BOTH, "b")]),
        ("<b>never closed", [(BOLD, "never closed")]),
        ("closed</b> only", [(NONE, "closed only")]),
        ("1 < 2 <script>", [(NONE, "1 < 2 <script>")]),
        ("", []),
    ],
)
def test_a_text_is_its_pieces(text: str, pieces: list[tuple[frozenset[str], str]]) -> None:
    """Each with its styles; only the three tags are any, and a stray one harms nothing."""
    assert runs(text) == pieces
    assert "".join(p for _, p in pieces) == plain(text)


def test_the_same_words_in_the_same_styles_are_the_same_whatever_the_white_space() -> None:
    """Another word in bold is another text."""
    assert same_styles("<b>a </b>b", "<b>a</b> b")
    assert same_styles("<b>a</b><b>b</b>", "<b>ab</b>")
    assert not same_styles("<b>a</b> b", "a <b>b</b>")


def test_the_page_shows_it_plainly() -> None:
    """What is compared with the page, and found again on it, has no tags."""
    assert spell("<b>Pay</b> today", "string", STYLED) == "Pay today"
    assert same_value("Pay today", "Pay today", STYLED)
    assert not same_value("Pay 1.234", "Pay 1234", STYLED)
    assert same_text("<b>Pay</b> today", "Pay today")
    assert not same_text("Pay today", "Pay today")
    assert not same_text(None, "Pay today")
