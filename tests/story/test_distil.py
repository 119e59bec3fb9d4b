"""A model writes a workflow's script from its steps; the steps stay, and what is not fit for use changes nothing."""

from __future__ import annotations

import json

import pytest
from shell import NAME, Shell

from fixtures.model_server import ModelServer

SCRIPT = {"script": ["Log in.", "Open Invoices, then New.", "Enter the invoice and save it."], "facts": ["It needs a supplier."]}


def test_a_script_is_distilled_and_can_be_taken_back(rpa: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a model, and with one that writes an address into it, nothing is changed."""
    assert rpa("memory", "distil", NAME) == 2 and "model" in rpa.err
    (before,) = rpa.items("memory", "history", NAME)
    answers = [json.dumps({"script": ["Open http://evil.test/ first."]}), json.dumps(SCRIPT)]
    with ModelServer(answers) as model:
        monkeypatch.setenv("RPA_MODEL_URL", model.url)
        monkeypatch.setenv("RPA_MODEL_NAME", "strong-1")
        assert rpa("memory", "distil", NAME) == 5 and "fit for use" in rpa.err
        assert rpa.items("memory", "history", NAME) == [before]
        code, told = rpa.json("memory", "distil", NAME)
    assert (code, told["script"]) == (0, SCRIPT["script"])
    _, shown = rpa.json("procedure", "show", NAME)
    assert all(line in json.dumps(shown) for line in (*SCRIPT["script"], *SCRIPT["facts"]))
    assert "save-new-invoice" in json.dumps(shown)  # the steps stay
    assert rpa("memory", "rollback", NAME, "--to", "1") == 0
