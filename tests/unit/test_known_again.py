"""Words that were kept as shape and hashes are known again where the page says them, and other words are other elements."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from pages import FORM, MENU, broken, button, changed, in_row, link, placed, rows_of, step, survey

from rpa_agent.domain.identity import ELSEWHERE, identity
from rpa_agent.domain.ports import Hit
from rpa_agent.domain.procedure import Effect
from rpa_agent.domain.proposal import Candidate, UseTarget
from rpa_agent.domain.target import Fingerprint, Target, Variant
from rpa_agent.repair.ladder import default_ladder
from rpa_agent.run.known_again import known_again
from rpa_agent.run.resolve import Found, resolve
from rpa_agent.store.hashes import hashes_in, mask
from rpa_agent.store.known_again import Vocabulary

SALT = "of this memory"
CELL: dict[str, Any] = {"path": "main>form>table>tbody>tr>td>button", "in_data": True, **FORM}


def kept(fingerprint: Fingerprint) -> Fingerprint:
    """The element as memory keeps it where it stood among records."""
    masked = {t: mask(v, SALT) for t in ("name", "text", "label", "title") if (v := getattr(fingerprint, t))}
    return changed(fingerprint, **masked, row=None, near=(), in_data=True)


def pressed(shown: Fingerprint, *there: Fingerprint, effect: Effect = "none", salt: str = SALT, **look: Any) -> str:
    """What the guard of a healthy run takes for it by its place; an empty text where it takes nothing."""
    hits = [Hit(candidate=Candidate(ref=str(n), fingerprint=p), variant=0, votes=3, voters=3) for n, p in enumerate(there)]
    target = Target(variants=(Variant(fingerprint=shown, **look),))
    sight = resolve(*known_again(target, hits, salt), effect)
    return sight.hit.candidate.fingerprint.name if isinstance(sight, Found) else ""


async def repaired(shown: Fingerprint, *there: Fingerprint, page: Sequence[Fingerprint] = (), salt: str = SALT) -> str:
    """What the ladder proposes to use instead."""
    broke = broken(step(shown), page=rows_of(*page) if page else None)
    found = await default_ladder(salt=salt).propose(broke, survey(*placed(*there)), 5.0)
    return next((p.candidate.fingerprint.name for p in found if isinstance(p, UseTarget)), "")


# ---- the guard ----------------------------------------------------------------------------------------------------

REMOVE, COPY = button("Remove", **CELL), button("Copy", **CELL)


def test_a_button_among_records_is_known_by_what_it_says() -> None:
    """`Remove` is gone and `Copy` has its place, its kind, its classes and its form."""
    assert pressed(kept(REMOVE), REMOVE) == "Remove"
    assert pressed(kept(REMOVE), COPY) == ""
    assert pressed(kept(REMOVE), COPY, REMOVE) == "Remove"


def test_without_the_salt_its_place_must_be_the_very_same() -> None:
    """A procedure from a pack: nothing is left of it but kind, form and place, and the next page's button has two of them."""
    assert pressed(kept(REMOVE), REMOVE, salt="") == "Remove"
    assert pressed(kept(REMOVE), button("Next", path="main>form>div>button", **FORM), salt="") == ""


@pytest.mark.parametrize("change", [{"classes": ("plain",)}, {"id": "line-remove"}, {"name": "Remove", "text": "Remove"}])
def test_what_has_something_of_its_own_may_stand_elsewhere(change: dict[str, Any]) -> None:
    shown = changed(kept(changed(REMOVE, classes=("plain",))), **change)
    there = changed(REMOVE, path="main>form>div>span>button", classes=("plain",), id="line-remove")
    assert identity(shown, there) > ELSEWHERE


def test_what_belongs_to_a_record_may_be_called_otherwise_for_the_next() -> None:
    """The first link of a list, and the box of a record's row, are called as their records are."""
    first = link("Muster GmbH", "", path="main>ul>li>a")
    assert pressed(kept(first), changed(first, name="Beispiel AG", text="Beispiel AG")) == "Beispiel AG"
    box: dict[str, Any] = {"role": "checkbox", "type": "checkbox", "capability": "check"}
    shown = in_row(kept(button("Muster GmbH", **box)), "RE-7")
    assert pressed(shown, in_row(button("Beispiel AG", **box), "RE-7")) == "Beispiel AG"


@pytest.mark.parametrize("came_from", ["recording", "fingerprint"])
def test_what_sends_is_pressed_by_its_own_words_though_these_were_masked(came_from: str) -> None:
    """Approve is approved also where it was learned in a list of one; Reject in its place is not."""
    learned = in_row(kept(button("Approve", **CELL)), "RE-7")
    approve, reject = (in_row(button(name, **CELL), "RE-7") for name in ("Approve", "Reject"))
    assert pressed(learned, approve, effect="commit", came_from=came_from) == "Approve"
    assert pressed(learned, reject, effect="commit", came_from=came_from) == ""


def test_a_button_that_names_its_record_is_no_other_button() -> None:
    """A word that both have is enough: what differs may be the record."""
    shown = kept(button("Approve Muster", **CELL))
    assert pressed(shown, button("Approve Beispiel", **CELL)) == "Approve Beispiel"


# ---- the ladder ---------------------------------------------------------------------------------------------------


async def test_a_masked_name_is_found_where_the_page_says_it() -> None:
    """The link of a table became an entry of the side bar; nothing else of it is the same."""
    shown = kept(link("My View", "", path="table>tbody>tr>td>a"))
    now = link("My View", "/my", path="div>ul>li>a", landmark="navigation")
    assert await repaired(shown, *MENU, now) == "My View"
    assert await repaired(shown, *MENU, now, salt="") == ""


async def test_words_of_every_interface_are_known_without_the_page() -> None:
    """`Choose` is not on the page any more; `Select` means the same and stands at its place, `Remove` does not."""
    shown = kept(button("Choose", id="add_link", **CELL))
    other = button("Remove", id="remove_link", **CELL)
    assert await repaired(shown, button("Select", id="add", **CELL), other, *MENU) == "Select"
    assert await repaired(shown, other, *MENU) == ""


async def test_a_masked_button_that_is_gone_is_not_replaced_by_its_neighbours() -> None:
    assert await repaired(kept(REMOVE), COPY, button("Next", path="main>form>div>button", **FORM), *MENU) == ""


# ---- the words ----------------------------------------------------------------------------------------------------


def test_whole_texts_come_first_and_signs_were_never_hidden() -> None:
    said = Vocabulary(["Add row", "Supplier"], ["add", "file"], SALT)
    assert said.clear(mask("ADD ROW", SALT)) == "Add row"
    assert said.clear(mask("Add file", SALT)) == "add file"
    assert said.clear(mask("Add something", SALT)) == ""
    assert said.clear("×#h:") == "×"
    assert said.clear("no masked text") == said.clear("Aa#h:zzzz") == said.clear("") == ""


def test_two_words_with_one_hash_are_neither() -> None:
    """A hash of 16 bits is no proof."""
    by_hash: dict[str, str] = {}
    for n in range(100_000):
        word = "".join(chr(97 + int(figure)) for figure in str(n))
        (told,) = hashes_in(mask(word, SALT)) or ("",)
        if told in by_hash:
            break
        by_hash[told] = word
    assert Vocabulary([], [word, by_hash[told]], SALT).clear(mask(word, SALT)) == ""
    assert Vocabulary([word, by_hash[told]], [], SALT).clear(mask(word, SALT)) == ""


def test_a_text_whose_record_is_filled_in_is_compared_by_nothing() -> None:
    """Its shape says a value of this run, which has no hash."""
    assert hashes_in(mask("RE-7 of {{ name }}", SALT).replace("{{ name }}", "Muster")) is None
