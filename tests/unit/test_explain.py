"""Why an element was used or refused: what was weighed, what each ranker gave it, and what spoke against it."""

from __future__ import annotations

from pathlib import Path

from pages import DISCARD, FILE, GEN1, SAVE, STEPS, broken, button, changed, gen2, rows_of, survey
from test_run_procedure import NUMBER, OPEN, PAY, POST, SEND, SENT, TYPE, Scene, answering, use, without

from rpa_agent.browser.boxes import drawn
from rpa_agent.domain.procedure import Expectation
from rpa_agent.domain.result import run_json
from rpa_agent.domain.trajectory import Trajectory
from rpa_agent.repair.ladder import default_ladder

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + (640).to_bytes(4, "big") + (480).to_bytes(4, "big")


def test_a_relabelled_button_comes_first_with_every_rankers_score() -> None:
    """The likeliest is the one the ladder would use; each ranker's figure stands beside it, and nothing against it."""
    found = default_ladder().weigh(broken(FILE, *STEPS), survey(*gen2()))
    first = found[0]
    assert (first.words, first.objections) == ("button 'File invoice'", ())
    assert set(first.scores) >= {"lexical", "structural", "similo"}
    assert set(first.favoured_by) <= set(first.scores)
    assert first.probability > 0.9
    assert first.evidence
    assert len(found) <= 10


def test_what_is_refused_says_why() -> None:
    """What was there beside the target when it was shown is no candidate; the opposite of it is none either."""
    page = [p for p in GEN1 if p.name != SAVE.name]
    found = default_ladder().weigh(broken(FILE, *STEPS, page=rows_of(*GEN1)), survey(*page))
    assert found
    assert all(c.objections for c in found)
    why = {c.words: c.objections for c in found}
    assert why["button 'Discard draft'"] == ("it says the opposite",)
    assert why["link 'Payments'"] == ("it was there beside the recorded one when that was shown",)
    assert {c.probability for c in found} == {0.0}


def test_what_was_tried_already_is_told_as_such() -> None:
    """It stays in the list, out of the question."""
    view = survey(*gen2())
    at = next(c.ref for c in view.candidates if c.fingerprint.name == "File invoice")
    found = default_ladder().weigh(broken(FILE, *STEPS, tried=(at,)), view)
    tried = next(c for c in found if c.ref == at)
    assert tried.objections == ("it was tried and did not prove itself",)


def test_an_empty_page_has_nothing_to_weigh() -> None:
    assert default_ladder().weigh(broken(FILE, *STEPS), survey()) == ()


# ---- in a run ----


def told(done: Trajectory) -> list[dict[str, object]]:
    return list(run_json(done)["steps"])


async def test_a_repair_keeps_what_else_was_weighed_and_which_one_was_used() -> None:
    """The answer of a run says it: by, confidence, evidence, candidates; no address of a page that is gone."""
    renamed = changed(NUMBER, name="Document no.", label="Document no.", id="x", name_attr="y")
    done = await Scene([use("x", renamed)], elements=without("n", x=renamed)).run()
    repair = told(done)[1]["repair"]
    assert isinstance(repair, dict)
    assert repair["evidence"] == ["alike"]
    assert [c["words"] for c in repair["candidates"] if c["used"]] == ["textbox 'Document no.'"]
    assert "ref" not in repair["candidates"][0]


async def test_a_refused_step_keeps_what_was_weighed_with_a_picture_of_it(tmp_path: Path) -> None:
    """Nothing was used, and a person sees what there was."""
    scene = Scene(elements=without("s"))
    done = await scene.run(artifacts=str(tmp_path / "run"))
    last = told(done)[-1]
    assert (last["status"], last["repair"]) == ("refused", None)
    assert len(last["candidates"]) == 3
    assert not any(c["used"] for c in last["candidates"])
    [(path, marks)] = [(path, marks) for path, marks in scene.page.pictures if "candidates" in path]
    assert path.endswith("candidates-4.svg")
    assert next(words for _, words in marks).startswith("1. textbox 'Invoice number'")


async def test_a_commit_that_nothing_recorded_could_prove_is_explained_too() -> None:
    """It is refused before anything is tried."""
    done = await Scene(elements=without("s")).run(OPEN, TYPE, PAY, SEND.but(expect=Expectation()))
    assert (done.outcome, done.sent) == ("needs_person", "nothing")
    assert len(done.steps[-1].candidates) == 3


async def test_a_commits_substitute_is_pictured_before_it_is_pressed(tmp_path: Path) -> None:
    """A field that was repaired needs no picture; what sends does. A healthy run takes none and weighs nothing."""
    other = button("File invoice", type="submit", id="f")
    scene = Scene([use("f", other)], elements=without("s", f=other), on_act=answering(SENT))
    assert (await scene.run(artifacts=str(tmp_path / "run"))).outcome == "succeeded"
    assert [Path(path).name for path, _ in scene.page.pictures if "candidates" in path] == ["candidates-4.svg"]
    healthy = Scene()
    done = await healthy.run(artifacts=str(tmp_path / "healthy"))
    assert (healthy.page.pictures, [s.candidates for s in done.steps if s.candidates]) == ([], [])
    assert not (tmp_path / "healthy").exists()


async def test_a_proposal_that_waits_is_kept_as_a_look_nobody_has_seen_work() -> None:
    """With `repair: propose` the trajectory says what would have been used."""
    renamed = changed(NUMBER, name="Document no.", label="Document no.", id="x", name_attr="y")
    done = await Scene([use("x", renamed)], elements=without("n", x=renamed)).run(repair="propose")
    proposed = done.steps[-1].proposed
    assert proposed is not None
    assert proposed.variant is not None
    assert (proposed.now, proposed.variant.seen, proposed.variant.fingerprint.name) == (
        "textbox 'Document no.'",
        0,
        "Document no.",
    )
    assert told(done)[-1]["proposed"] == {
        "by": "fingerprint",
        "confidence": 0.9,
        "now": "textbox 'Document no.'",
        "evidence": ["alike"],
    }


def test_boxes_are_drawn_around_the_picture_and_page_text_is_only_text() -> None:
    """What a page calls its buttons cannot become a part of the file."""
    svg = drawn(PNG, [("1. button '<script>x</script>\x07' 12%", (10, 20, 30, 40)), (f"2. {DISCARD.words()}", (1, 2, 3, 4))])
    assert 'width="640" height="480"' in svg
    assert '<rect x="10.0" y="20.0" width="30.0" height="40.0"' in svg
    assert "<script" not in svg
    assert "\x07" not in svg
    assert POST.method not in svg
