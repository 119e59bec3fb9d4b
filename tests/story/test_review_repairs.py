"""The morning after a page changed, on the practice site: what a run used, why, and what a person says to it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from shell import NAME, Shell

from fixtures.backoffice import Backoffice


def run(rpa: Shell, number: str) -> tuple[int, dict[str, Any]]:
    return rpa.run("--examples", "--param", f"invoice_number={number}")


def repairs(answer: dict[str, Any]) -> list[dict[str, Any]]:
    return [s["repair"] for s in answer["steps"] if s["repair"]]


def test_a_repair_that_is_kept_needs_none_the_next_time(rpa: Shell, backoffice: Backoffice) -> None:
    """The button that sends is called otherwise: used with evidence, pictured, told, kept, and then known."""
    backoffice.configure(generation=2)
    code, done = run(rpa, "R-1")
    assert (code, backoffice.count("invoice.create", "R-1")) == (0, 1)
    sent = next(s for s in done["steps"] if s["repair"] and s["repair"]["now"] == "button 'File invoice'")
    [used] = [c for c in sent["repair"]["candidates"] if c["used"]]
    assert (used["words"], used["objections"]) == ("button 'File invoice'", [])
    assert {"lexical", "structural"} <= set(used["scores"])
    picture = Path(done["artifacts"]) / f"candidates-{sent['index'] + 1}.svg"
    assert picture.with_suffix(".png").stat().st_size > 1000
    assert "button &#x27;File invoice&#x27;" in picture.read_text(encoding="utf-8")
    assert rpa("show", done["run"]) == 0
    assert "considered:" in rpa.out
    assert "against it:" in rpa.out

    [waits] = rpa.items("review", "list")
    assert (waits["run"], waits["state"], len(waits["changes"])) == (done["run"], "used", len(repairs(done)))
    assert "was called 'File invoice'. I used it" in waits["words"] or "more steps were found" in waits["words"]
    code, kept = rpa.json("review", "keep", done["run"], "--who", "ana", "--reason", "same page, new words")
    assert (code, kept["who"], kept["version"]) == (0, "ana", 2)
    code, again = run(rpa, "R-2")
    assert (code, repairs(again), backoffice.count("invoice.create", "R-2")) == (0, [], 1)
    assert rpa.items("review", "list") == []


def test_what_a_person_took_back_is_not_done_again(rpa: Shell, backoffice: Backoffice) -> None:
    """The next run stops before anything is sent, and says what there was."""
    backoffice.configure(generation=2)
    _, done = run(rpa, "R-1")
    assert rpa("review", "undo", done["run"], "--reason", "not yet") == 0
    code, stopped = run(rpa, "R-2")
    assert (code, stopped["sent"], backoffice.count("invoice.create", "R-2")) == (4, "nothing", 0)
    assert stopped["steps"][-1]["candidates"]
    assert list(Path(stopped["artifacts"]).glob("candidates-*.svg"))


def test_a_workflow_that_asks_first_goes_on_with_what_was_kept(rpa: Shell, backoffice: Backoffice) -> None:
    """Nothing is tried; what a person keeps is known, and the run that waited is done again."""
    rpa.edit(repair="propose")
    backoffice.configure(generation=2)
    code, first = run(rpa, "R-1")
    assert (code, first["sent"]) == (4, "nothing")
    [waits] = rpa.items("review", "list")
    assert (waits["run"], waits["state"]) == (first["run"], "proposed")
    assert "I would use the" in waits["words"]
    assert rpa("review", "keep", first["run"], "--reason", "it is that field") == 0
    assert rpa("resolve", first["run"], "--retry", "--reason", "kept") == 0
    code, second = run(rpa, "R-1")
    assert len(second["steps"]) > len(first["steps"]), "it goes further than before"
    assert repairs(second) == []
    file = rpa.project / "workflows" / f"{NAME}.yaml"
    assert yaml.safe_load(file.read_text(encoding="utf-8"))["repair"] == "propose"
