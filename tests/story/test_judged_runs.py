"""A workflow with `judge:`: the checks decide, a model's doubt puts the run before a person, and nothing is lifted by it."""

from __future__ import annotations

import json

import pytest
from shell import Shell

from fixtures.backoffice import Backoffice
from fixtures.model_server import ModelServer, Prompt

SENTENCE = "Exactly one invoice was filed, and its amount is {{ amount }}"


def test_a_doubt_holds_a_run_back_and_an_agreement_changes_nothing(
    rpa: Shell, backoffice: Backoffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a model it is said that nobody judged. How often judge and checks agreed is counted."""
    rpa.edit(judge=SENTENCE)
    code, done = rpa.run("--examples", "--param", "invoice_number=R-1")
    assert (code, done["judged"]["opinion"]) == (0, "unjudged") and "model_url" in done["judged"]["reason"]

    says = {"R-2": '{"score": 0.9, "why": "as meant"}', "R-3": '{"score": 0.2, "why": "the amount is another one"}'}
    number = "R-2"

    def answer(prompt: Prompt) -> str:
        asked = json.loads(json.loads(prompt.body)["messages"][1]["content"])
        assert asked["sentence"] == SENTENCE and asked["checks"] and number not in prompt.body.decode()
        return says[number]

    with ModelServer(answer) as model:
        monkeypatch.setenv("RPA_MODEL_URL", model.url)
        monkeypatch.setenv("RPA_MODEL_ROLES", '{"judge": "judge-1"}')
        code, done = rpa.run("--examples", "--param", "invoice_number=R-2")
        assert (code, done["judged"]["opinion"], done["model"]["calls"], done["model"]["name"]) == (0, "holds", 1, "judge-1")
        number = "R-3"
        code, done = rpa.run("--examples", "--param", "invoice_number=R-3")
    assert (code, done["outcome"], done["sent"]) == (4, "needs_person", "sent")
    assert "the amount is another one" in done["stopped"] and all(c["met"] for c in done["checks"])
    assert backoffice.count("invoice.create", "R-3") == 1
    (waits,) = rpa.items("inbox")
    assert waits["run"] == done["run"]
    (stats,) = rpa.items("memory", "stats")
    assert stats["judge"] == {
        "agreed": 1, "doubted_what_checks_met": 1, "held_what_checks_did_not": 0, "alone": 0, "unjudged": 1,
    }
    assert stats["succeeded"] == 2
    # showing it counts as one
    assert stats["by_model"] == {"": {"runs": 2, "succeeded": 2}, "judge-1": {"runs": 2, "succeeded": 1}}
