"""What a repair of one procedure learned of an element is offered to every other procedure of the site."""

from __future__ import annotations

from collections.abc import Sequence

from pages import AMOUNT, FILE, SAVE, STEPS, broken, changed, gen2, survey

from rpa_agent.domain.procedure import Step
from rpa_agent.domain.proposal import Proposal, Survey, UseTarget
from rpa_agent.domain.target import Fingerprint, Target, Variant
from rpa_agent.repair.ladder import default_ladder
from rpa_agent.repair.rungs.memory import KnownLooks

KEYED = changed(AMOUNT, name="Wert", label="Wert", name_attr="w1", id="", heading="Buchung", placeholder="")


def knowing(*looks: Variant) -> KnownLooks:
    """A site whose element memory has these looks of whatever is asked for."""

    async def known(target: Target) -> Sequence[Variant]:
        return looks

    return known


async def asked(view: Survey, *looks: Variant, step: Step = STEPS[3]) -> list[Proposal]:
    ladder = default_ladder(known=knowing(*looks))
    return await ladder.propose(broken(step, *STEPS), view, 5.0)


def look(fingerprint: Fingerprint, *, seen: int = 1, failed: int = 0) -> Variant:
    return Variant(fingerprint=fingerprint, seen=seen, failed=failed, came_from="person")


def renamed_page() -> Survey:
    """The form with a name for the amount that no likeness explains."""
    return survey(*(p for p in gen2() if p.name != "Total amount"), KEYED)


async def test_an_element_that_another_procedure_found_is_used_at_once() -> None:
    """No likeness of names explains it; the other procedure's proof does."""
    proposals = await asked(renamed_page(), look(KEYED))
    assert [(type(p), p.by, p.candidate.fingerprint.name) for p in proposals if isinstance(p, UseTarget)] == [
        (UseTarget, "memory", "Wert")
    ]


async def test_without_that_proof_nothing_is_found() -> None:
    """The same page, and a site nobody repaired anything on."""
    assert not [p for p in await asked(renamed_page()) if isinstance(p, UseTarget)]


async def test_a_look_that_failed_more_often_than_it_was_right_is_not_offered() -> None:
    """It lost its rank."""
    assert not [p for p in await asked(renamed_page(), look(KEYED, seen=1, failed=2)) if isinstance(p, UseTarget)]


async def test_looks_that_point_to_two_elements_prove_nothing() -> None:
    """One was right on another page."""
    other = changed(AMOUNT, name="Ziffer", label="Ziffer", name_attr="z9", id="", heading="Summe", placeholder="")
    view = survey(*(p for p in gen2() if p.name != "Total amount"), KEYED, other)
    assert not [p for p in await asked(view, look(KEYED), look(other)) if isinstance(p, UseTarget)]


async def test_what_sends_is_never_taken_for_what_deletes_whatever_memory_says() -> None:
    """A wrong lesson does not make Delete of Save."""
    delete = changed(SAVE, name="Delete", text="Delete", name_attr="", id="x9")
    view = survey(*(p for p in gen2() if p.name != "File invoice"), delete)
    assert not [p for p in await asked(view, look(delete), step=FILE) if isinstance(p, UseTarget)]
