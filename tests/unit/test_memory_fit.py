"""What makes a procedure fit a task: order, opening and words in common, and how far it stands out."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

import pytest

from benchmarks.fitting import Asked, fitted, folds
from benchmarks.intents import IntentsUnfit, read
from rpa_agent.memory.alike import Reading, opening_alike, order_alike, words_alike
from rpa_agent.memory.fit import WITH_MEANING, WORDS_ONLY, Traits, Weights, floor_at, probabilities, weights_for


def test_the_same_words_in_another_order_are_less_alike() -> None:
    """Who sends to whom is told by the order alone."""
    task = Reading.of("Send the order of _ to _")
    assert order_alike(task, task) == 1.0
    assert order_alike(Reading.of("Order to send the _ of _"), task) < 1.0
    assert words_alike(Reading.of("Order to send the _ of _"), task, {}) == 1.0


def test_endings_and_politeness_say_nothing() -> None:
    """The same request asked politely and in the plural begins alike and has the same words."""
    asked, task = Reading.of("Please enter invoices of _"), Reading.of("Enter invoice of _")
    assert opening_alike(asked, task) == 1.0
    assert words_alike(asked, task, {}) == 1.0


def test_a_text_without_words_is_like_nothing() -> None:
    """An empty task, or one that is all names, has nothing in common with any other."""
    for text in ("", "_", "…"):
        empty, task = Reading.of(text), Reading.of("Enter an invoice")
        assert words_alike(empty, task, {}) == words_alike(task, empty, {}) == 0.0
        assert order_alike(empty, task) == 0.0


@pytest.mark.parametrize("weights", [WITH_MEANING, WORDS_ONLY])
def test_more_in_common_never_counts_against_it(weights: Weights) -> None:
    """No weight is below zero."""
    for side in (weights.said, weights.meant):
        if side is not None:
            assert all(w >= 0 for w in (*side.traits.values(), *side.standing_out.values()))


def test_in_other_words_it_is_the_meaning_that_tells() -> None:
    """Small words that stand in both by chance do not outweigh what comes closer by far in meaning."""
    meant, by_chance = Traits(0.0, 0.0, 0.0, 0.56), Traits(0.25, 0.25, 0.08, 0.29)
    right, other = probabilities([meant, by_chance, *[Traits(0.1, 0.0, 0.05, 0.2)] * 10])[:2]
    assert right > 3 * other


def test_what_says_every_word_comes_before_what_lacks_the_verb() -> None:
    """To file an invoice is not to approve one, however alike both sentences are otherwise."""
    longer, other = Traits(0.43, 0.5, 0.63, 0.83, verb=1.0, covered=1.0), Traits(0.67, 0.5, 0.60, 0.76, covered=0.7)
    right, wrong = probabilities([longer, other])
    assert right > 4 * wrong
    assert right > floor_at(2, WITH_MEANING)
    assert probabilities([other])[0] > wrong        # alone it is not held back


def test_whose_it_is_says_nothing() -> None:
    """A supplier's invoice is a supplier invoice."""
    assert Reading.of("File a supplier's invoice") == Reading.of("File a supplier invoice")


def test_the_better_of_two_is_not_good_for_that() -> None:
    """In a memory of two the one that is less unlike does not fit; the same among others that are like it stands out less."""
    near, far = Traits(0.4, 0.25, 0.3, 0.4), Traits(0.1, 0.0, 0.0, 0.1)
    assert max(probabilities([near, far])) < floor_at(2, WITH_MEANING)
    alone, crowded = probabilities([near])[0], probabilities([near] * 30)[0]
    assert crowded < alone


def test_words_alone_decide_where_one_has_no_vector() -> None:
    """A pool is judged by one measure."""
    assert weights_for([Traits(1, 1, 1, 0.9), Traits(1, 1, 1)]) is WORDS_ONLY
    assert weights_for([Traits(1, 1, 1, 0.9)]) is WITH_MEANING


def test_vectors_of_another_model_count_where_there_are_enough_to_compare_with() -> None:
    """How alike unrelated tasks look to it is not known: among few, any of them would stand out."""
    few = [Traits(0.1, 0.0, 0.1, 0.8)] * 3
    assert weights_for(few, known_model=False) is WORDS_ONLY
    assert weights_for(few * 10, known_model=False) is WITH_MEANING


def test_the_floor_rises_with_what_looks_alike_by_chance() -> None:
    """From a memory of one to one of many, never falling."""
    floors = [floor_at(n, WITH_MEANING) for n in (0, 1, 10, 11, 30, 31, 100, 299, 300, 100_000)]
    assert floors == sorted(floors)
    assert floors[-1] == WITH_MEANING.floor


def test_noise_in_the_last_digits_changes_no_weight() -> None:
    """Of tasks that are equally good another one would come first from run to run."""
    chance = Random(3)
    drawn = [[tuple(chance.random() for _ in range(3)) for _ in range(6)] for _ in range(40)]

    def weights(noise: float) -> Weights:
        pools = [[Traits(a * (1 + noise), b, c * (1 - noise), a * b) for a, b, c in pool] for pool in drawn]
        asked = [
            Asked(f"t{n % 10}", pool, [t is max(pool, key=lambda t: t.order + t.words) for t in pool], pool[2:], True)
            for n, pool in enumerate(pools)
        ]
        return fitted(asked, meaning=True)

    assert weights(1e-15) == weights(-1e-14) == weights(0.0)


def test_what_was_fitted_tells_alike_from_unlike() -> None:
    """Weights of two kinds of queries rank what is alike first and refuse what is not; folds keep templates whole."""
    like, unlike = Traits(0.9, 1.0, 0.9, 0.9), Traits(0.2, 0.0, 0.1, 0.3)
    asked = [Asked(f"t{n % 10}", [like, unlike, unlike], [True, False, False], [unlike, unlike], True) for n in range(40)]
    weights = fitted(asked, meaning=True)
    assert max(probabilities(asked[0].gone, weights)) <= weights.floor < probabilities(asked[0].pool, weights)[0]
    of = dict(zip([a.template for a in asked], folds(asked, seed=1), strict=True))
    assert all(of[a.template] == f for a, f in zip(asked, folds(asked, seed=1), strict=True))


@pytest.mark.parametrize("text", ["", "{}\n" * 30, "no json\n", '{"intent": 1}\n'])
def test_a_file_without_intents_is_refused(tmp_path: Path, text: str) -> None:
    """Missing, empty and malformed files say what is wrong with which line."""
    path = tmp_path / "intents.jsonl"
    with pytest.raises(IntentsUnfit, match="cannot be read"):
        read(path)
    path.write_text(text)
    with pytest.raises(IntentsUnfit):
        read(path)


def test_intents_are_read_with_their_template_and_site(tmp_path: Path) -> None:
    """Each line is one task with its known answer."""
    path = tmp_path / "intents.jsonl"
    row = {"intent": "Pay _", "intent_template_id": 7, "intent_template": "Pay {{x}}", "sites": ["shop"]}
    path.write_text((json.dumps(row) + "\n") * 20)
    assert {(i.text, i.template, i.wording, i.site) for i in read(path)} == {("Pay _", "7", "Pay {{x}}", "shop")}
