"""A model that is set in the settings helps a run where evidence alone would have asked a person, and is told of in full."""

from __future__ import annotations

import json
from typing import Any

import pytest
from shell import Shell

from fixtures.backoffice import Backoffice
from fixtures.model_server import ModelServer, Prompt

MEANT = {"New": "Add invoice"}


def picks(prompt: Prompt) -> str:
    """Answer as somebody would who knows both versions of the site."""
    asked: dict[str, Any] = json.loads(json.loads(prompt.body)["messages"][1]["content"])
    wanted = MEANT.get(asked["step"]["element"].get("name", ""), "")
    choice = next((one["n"] for one in asked["elements"] if one.get("name") == wanted), None)
    return json.dumps({"choice": choice, "why": "it opens the same form"})


def test_two_upgrades_at_once_are_one_question(
    rpa: Shell, backoffice: Backoffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the first generation to the third one word is too far for evidence: the model says which button it is now, the
    rest proves itself; what was asked, spent and chosen stands in the answer, and the lesson has the model's name."""
    backoffice.configure(generation=3)
    code, alone = rpa.run("--examples", "--param", "invoice_number=R-1")
    assert (code, alone["outcome"]) == (4, "needs_person") and backoffice.count("invoice.create") == 0
    assert alone["model"] == {"calls": 0, "input_tokens": 0, "output_tokens": 0, "usd": 0.0}
    with ModelServer(picks) as model:
        monkeypatch.setenv("RPA_MODEL_URL", model.url)
        monkeypatch.setenv("RPA_MODEL_NAME", "scripted-1")
        code, done = rpa.run("--examples", "--param", "invoice_number=R-2")
    assert done["stopped"] == "" and (code, backoffice.count("invoice.create", "R-2")) == (0, 1)
    chosen = [s["repair"] for s in done["steps"] if s["repair"] and s["repair"]["by"] == "model"]
    assert [c["now"] for c in chosen] == ["button 'Add invoice'"]
    assert done["model"]["calls"] == len(model.prompts) >= 1 and done["model"]["usd"] is None
    assert done["model"]["name"] == "scripted-1"
    assert all(len(prompt.body) / 4 <= 1500 for prompt in model.prompts)
    assert "scripted-1" in json.dumps(rpa.items("memory", "history", "enter-supplier-invoice"))
