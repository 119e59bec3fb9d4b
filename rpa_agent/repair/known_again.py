"""Recorded elements whose words were kept as shape and hashes get them back from the page at hand and the dictionary."""

from __future__ import annotations

from rpa_agent.domain.identity import words
from rpa_agent.domain.procedure import Step
from rpa_agent.domain.proposal import Break, Survey
from rpa_agent.store.known_again import Vocabulary, any_masked, in_clear, texts_of

from .language import Language


def known_again(break_: Break, view: Survey, language: Language, salt: str) -> Break:
    """Return the break with the words in clear that this page says, whole or one by one, or that interfaces are made of.

    The hashes have 16 bits: about one unknown word in seventy is taken for another one. What is found by it must fit in
    everything else as well.
    """
    steps = (break_.step, *break_.known, *break_.upcoming)
    if not salt or not any(any_masked(v.fingerprint) for s in steps if s.target for v in s.target.variants):
        return break_
    texts = [text for c in view.candidates for text in texts_of(c.fingerprint)]
    single = [word for text in (*texts, *view.headings, view.title) for word in words(text)]
    said = Vocabulary(texts, (*language.vocabulary(), *single), salt)

    def told(step: Step) -> Step:
        if step.target is None or not any(any_masked(v.fingerprint) for v in step.target.variants):
            return step
        looks = tuple(v.model_copy(update={"fingerprint": in_clear(v.fingerprint, said)}) for v in step.target.variants)
        return step.model_copy(update={"target": step.target.model_copy(update={"variants": looks})})

    return break_.model_copy(update={
        "step": told(break_.step), "known": tuple(map(told, break_.known)), "upcoming": tuple(map(told, break_.upcoming)),
    })
