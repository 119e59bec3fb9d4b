"""Hashes that prove rows, and masks that keep the look of business text without the text."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rpa_agent.store.hashes import MAX_TOKENS, canonical, digest, is_masked, mask, masked_likeness, row_hash

SALT = "a salt"


def test_equal_values_have_one_text() -> None:
    """Order and spacing of keys do not matter; letters stay readable."""
    assert canonical({"b": [1, None], "a": "Müller"}) == '{"a":"Müller","b":[1,null]}'
    assert canonical({"a": "Müller", "b": [1, None]}) == canonical({"b": [1, None], "a": "Müller"})


def test_what_is_no_json_is_refused() -> None:
    """A number that JSON cannot hold must not get a hash."""
    with pytest.raises(ValueError, match="JSON"):
        canonical({"a": float("nan")})


def test_a_row_hash_covers_every_column() -> None:
    """Changing any column changes the hash."""
    row = {"procedure": "p", "number": 1, "parent": None, "document": "{}"}
    hashes = {row_hash(row), *(row_hash({**row, column: "other"}) for column in row)}
    assert len(hashes) == 5
    assert all(len(h) == 64 for h in hashes)


def test_a_digest_takes_even_broken_text() -> None:
    """Pages can hold half a surrogate pair; naming it must not fail."""
    assert len(digest("\ud800 broken")) == 16
    assert digest("a", 6) == digest("a", 6) != digest("b", 6)


def test_a_mask_shows_shape_and_hashes_only() -> None:
    """The words are gone, their kinds and places stay."""
    masked = mask("Muster GmbH 4711", SALT)
    assert re.fullmatch(r"Aa Aa 9#h:[0-9a-f]{4},[0-9a-f]{4},[0-9a-f]{4}", masked)
    assert mask("ACME, Straße 1.234,50 €", SALT).startswith("A, Aa 9 €#h:")


def test_holes_stay_in_a_mask() -> None:
    """A parameter's name is no business text."""
    assert mask("Invoice {{ number }} of Muster", SALT).startswith("Aa {{ number }} a Aa#h:")


def test_salts_keep_memories_apart() -> None:
    """The same text under another salt has other hashes and the same shape."""
    a, b = mask("Muster GmbH", SALT), mask("Muster GmbH", "other")
    assert a != b
    assert a.partition("#")[0] == b.partition("#")[0]


@settings(derandomize=True)
@given(st.text(max_size=200))
def test_a_mask_never_holds_a_word_and_is_masked_once(text: str) -> None:
    """Whatever the text: no word of it remains, and masking again changes nothing."""
    masked = mask(text, SALT)
    assert mask(masked, SALT) == masked
    if not is_masked(" ".join(text.split())):
        words = {w for w in re.findall(r"[^\W\d_]{3,}", text) if not re.search(r"[{}]", text)}
        assert not words & set(re.findall(r"[^\W\d_]{3,}", masked.partition("#h:")[0]))


def test_text_that_only_looks_masked_is_masked() -> None:
    """A value cannot smuggle itself in by ending like a mask."""
    assert not is_masked("Muster GmbH#h:1234")
    assert "Muster" not in mask("Muster GmbH#h:1234", SALT)
    assert not is_masked("Aa Aa#h:1234")


def test_a_huge_cell_has_a_short_mask() -> None:
    """A letter pasted into a cell costs no more than its first words."""
    assert mask("word " * 100_000, SALT).count(",") == MAX_TOKENS - 1


@pytest.mark.parametrize(
    ("clear", "low", "high"),
    [("Muster GmbH 4711", 1.0, 1.0), ("muster  gmbh 4711", 0.8, 0.99), ("Muster GmbH 4712", 0.6, 0.8),
     ("Andere AG 4712", 0.0, 0.3), ("", 0.0, 0.0)],
)
def test_likeness_grows_with_shared_words(clear: str, low: float, high: float) -> None:
    """The same text is certain, a shared name is likely, a shared shape is little."""
    assert low <= masked_likeness(mask("Muster GmbH 4711", SALT), clear, SALT) <= high


@pytest.mark.parametrize("text", ["0²", "1{{ a }}2", "1.2,3 4", "ǅ X9y", "١٢٣ 発注書"])
def test_odd_letters_and_digits_are_masked_once(text: str) -> None:
    """Superscripts, holes between digits and other scripts keep a stable mask."""
    assert is_masked(mask(text, SALT))
    assert mask(mask(text, SALT), SALT) == mask(text, SALT)
