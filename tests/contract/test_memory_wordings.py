"""Tasks of an office asked for in other words, answered by the model that is shipped."""

from __future__ import annotations

from benchmarks.wordings import held_out, read
from rpa_agent.domain.errors import ModelUnavailable
from rpa_agent.memory.embeddings import SentenceTransformersEmbedder


def has_model() -> bool:
    try:
        SentenceTransformersEmbedder().embed(["one"])
    except ModelUnavailable:
        return False
    return True


async def test_what_a_person_asks_for_in_other_words_is_first_more_often_than_not() -> None:
    """Two of three by meaning, of tasks that nothing was fitted on; without the package words find a third. Little is guessed."""
    meaning = has_model()
    found = await held_out(meaning=meaning)
    assert found.first >= (0.65 if meaning else 0.2)
    assert found.false <= 0.1
    of_invoice = next(row for row in found.rows if row[0] == "File a supplier's invoice")
    assert of_invoice[1] == of_invoice[2]


def test_what_is_held_out_is_not_fitted_on() -> None:
    """No wording stands in both files."""
    fitted, kept = ({q for t in read(name) for q in (t.task, *t.asked)} - {None} for name in ("worked_on", "held_out"))
    assert not {str(q).casefold() for q in fitted} & {str(q).casefold() for q in kept}
