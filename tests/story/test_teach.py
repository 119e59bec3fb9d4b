"""A run that waits is taught: somebody shows the step, it is learned, and the run is done anew, never over what was sent."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from shell import Shell, become_due

from fixtures.backoffice import PASSWORD, Backoffice
from fixtures.backoffice.attacks import Attack, strange_name
from fixtures.demonstrations import enter_supplier_invoice
from rpa_agent.agent import Agent, Order
from rpa_agent.cli.script import load_demonstration
from rpa_agent.ops.secret.secrets import gather
from rpa_agent.ops.settings import Settings
from rpa_agent.store.workflow_files import find_workflow
from rpa_agent.teaching import Lesson, Session, parked_run, teach

NAME = "enter-supplier-invoice"
PRESS = "await page.locator('[data-truth=\"invoice.new\"]').click()"


def hand(rpa: Shell, body: str) -> str:
    """Write what a person does, as a script."""
    path = rpa.project / "shows.py"
    path.write_text(f"async def demonstrate(page):\n    {body}\n", encoding="utf-8")
    return str(path)


def taught(rpa: Shell, run: str, script: str, *more: str) -> tuple[int, Any]:
    return rpa.json("teach", run, "--script", script, "--env-file", str(rpa.project / "secrets.env"), *more)


async def not_agreed_to(rpa: Shell, run: str, body: str) -> tuple[Lesson, bool]:
    """Show a step, and say no to what would be learned of it."""

    async def no(edits: Sequence[str], anew: bool) -> bool:
        return not (edits and anew)

    async with Agent.open(Settings.load(rpa.project)) as agent:
        parked = await parked_run(agent, run, lambda name: find_workflow(agent.settings.workflows_dir, name))
        secrets, base = gather(rpa.project / "secrets.env"), parked.workflow.base_url
        order = Order(workflow=parked.workflow, params=parked.values, secrets=secrets, base_url=base)
        shown = load_demonstration(Path(hand(rpa, body)))
        lesson = await teach(agent, parked, Session(order, shown, agree=no), who="Ada")
    return lesson, lesson.waits(parked)


def in_state(rpa: Shell) -> bytes:
    return b"".join(p.read_bytes() for p in Path(rpa.project, ".rpa").rglob("*") if p.is_file())


def test_a_step_that_nobody_could_find_is_shown_once_and_known_from_then_on(rpa: Shell, backoffice: Backoffice) -> None:
    """The person presses the button; the run is done anew, and the next one needs nobody."""
    backoffice.configure(generation=3)
    code, parked = rpa.run("--examples", "--param", "invoice_number=R-1")
    assert (code, parked["outcome"]) == (4, "needs_person")
    script = hand(rpa, PRESS)
    code, lesson = taught(rpa, parked["run"], script, "--who", "Ada")
    assert (code, lesson["run"]["outcome"]) == (0, "succeeded"), lesson["run"]["stopped"]
    assert len(lesson["edits"]) == 1 and "Add invoice" in lesson["edits"][0]
    assert backoffice.count("invoice.create", "R-1") == 1 and rpa.items("inbox") == []
    assert [i["how"] for i in rpa.items("inbox", "--resolved")] == ["taught"]
    assert any("by person" in line["why"] for line in rpa.items("memory", "history", NAME))
    code, again = rpa.run("--examples", "--param", "invoice_number=R-2")
    new = next(s for s in again["steps"] if s["id"] == parked["steps"][-1]["id"])
    assert (code, new["status"]) == (0, "ok"), again["stopped"]
    assert PASSWORD.encode() not in in_state(rpa)
    code, refused = taught(rpa, parked["run"], script)
    assert (code, "decided already" in refused["error"]["message"]) == (2, True)


def test_what_the_person_sends_counts_as_sent_and_is_not_sent_again(rpa: Shell, backoffice: Backoffice) -> None:
    """The button that files is not to be found; whoever shows it files the invoice, and the run is closed."""
    backoffice.configure(attack=Attack("invoice.save"))
    code, parked = rpa.run("--examples", "--param", "invoice_number=R-3")
    assert (code, backoffice.count("invoice.create")) == (4, 0), parked["stopped"]
    press = f"await page.get_by_role('button', name='{strange_name('invoice.save')}').click()"
    code, lesson = taught(rpa, parked["run"], hand(rpa, f"{press}; await page.wait_for_url('**/invoices/*')"))
    assert "error" not in lesson, lesson["error"]["message"]
    assert (code, lesson["run"], len(lesson["sent_by_hand"])) == (0, None, 1), lesson
    assert backoffice.count("invoice.create", "R-3") == 1 and rpa.items("inbox") == []
    code, again = rpa.run("--examples", "--param", "invoice_number=R-4")
    assert (code, backoffice.count("invoice.create", "R-4")) == (0, 1), again["stopped"]


def test_a_row_that_a_schedule_began_is_taught_and_done_by_it(rpa: Shell, backoffice: Backoffice) -> None:
    """The lesson leaves the row to its due time, which is due again: it is entered, once, and nobody is asked."""
    rpa.edit(rows={"file": "data/desk.csv", "key": "invoice_number"}, locale="de_DE")
    (rpa.project / "data" / "desk.csv").write_text(
        "supplier;invoice_number;invoice_date;due_date;amount;currency;cost_centre\n"
        "Müller Transporte GmbH;B-1;2026-11-03;2026-12-03;11,50;USD;4000 IT and telephony\n"
    )
    backoffice.configure(generation=3)
    become_due(rpa.project, {"examples": False})
    serve = ("serve", "--once", "--env-file", str(rpa.project / "secrets.env"))
    assert rpa(*serve) == 4
    (parked,) = rpa.items("inbox")
    code, lesson = taught(rpa, parked["run"], hand(rpa, PRESS))
    assert (code, lesson["run"]) == (0, None) and backoffice.count("invoice.create") == 0
    assert rpa(*serve) == 0, rpa.err
    assert backoffice.count("invoice.create", "B-1") == 1 and rpa.items("inbox") == []
    assert rpa(*serve) == 0 and "Nothing is due." in rpa.err


def test_after_something_was_sent_a_lesson_does_nothing_again(rpa: Shell, backoffice: Backoffice) -> None:
    """Nobody knows whether it was taken: the steps before are not repeated, and the person cannot send it again either."""
    code, doubt = rpa.run("--examples", "--param", "invoice_number=2025/0103")     # it is there, so the site turns it away
    assert (code, doubt["sent"]) == (4, "unknown")
    backoffice.configure(allow_duplicates=True)
    whole = Path(enter_supplier_invoice.__file__).read_text("utf-8").replace(enter_supplier_invoice.NUMBER, "2025/0103")
    path = rpa.project / "shows.py"
    path.write_text(whole[: whole.index("    await page.get_by_role(\"heading\"")], "utf-8")
    code, lesson = taught(rpa, doubt["run"], str(path))
    assert (code, lesson["run"], lesson["waits"]) == (4, None, True), lesson
    assert [r["what"] for r in lesson["refused"]] == ["save-new-invoice"] and backoffice.count("invoice.create") == 0
    assert len(lesson["edits"]) == 1, "the way there is no part of the lesson"
    by_key = path.read_text("utf-8").replace('get_by_role("button", name="Save").click()', 'keyboard.press("Enter")')
    path.write_text(by_key, "utf-8")
    code, held = taught(rpa, doubt["run"], str(path))
    assert code == 2 and "save-new-invoice did not leave" in held["error"]["message"]
    assert "rpa resolve" in held["error"]["do"] and backoffice.count("invoice.create") == 0
    assert [i["run"] for i in rpa.items("inbox")] == [doubt["run"]]


def test_a_lesson_that_fails_leaves_all_as_it_was(rpa: Shell, backoffice: Backoffice) -> None:
    """A script that breaks off, what the person does not agree to, a run that needs no teaching, one that is unknown."""
    backoffice.configure(generation=3)
    _, parked = rpa.run("--examples", "--param", "invoice_number=R-5")
    before = len(rpa.items("memory", "history", NAME))
    code, failed = taught(rpa, parked["run"], hand(rpa, "await page.get_by_text('Nowhere').click(timeout=200)"))
    assert code != 0 and "nothing was learned" in failed["error"]["message"]
    lesson, waits = asyncio.run(not_agreed_to(rpa, parked["run"], PRESS))
    assert (lesson.version, lesson.done, waits) == (None, None, True) and "Add invoice" in lesson.taught.edits[0]
    assert [i["run"] for i in rpa.items("inbox")] == [parked["run"]]
    assert len(rpa.items("memory", "history", NAME)) == before and backoffice.count("invoice.create") == 0
    assert {r["outcome"] for r in rpa.items("runs")} == {"needs_person", "cancelled", "succeeded"}, "no failure of the workflow"
    code, unknown = taught(rpa, "01NOSUCHRUN", hand(rpa, "pass"))
    assert (code, unknown["error"]["code"]) == (2, "usage")


def test_a_machine_without_a_screen_sends_the_run_away_and_gets_the_lesson_back(
    rpa: Shell, backoffice: Backoffice, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """No secret goes with it, nothing is sent from there, and a file that was changed on the way is refused."""
    backoffice.configure(generation=3)
    _, parked = rpa.run("--examples", "--param", "invoice_number=R-6")
    run, file, back = parked["run"], tmp_path / "parked.json", tmp_path / "parked.json.taught"
    secrets = ("--env-file", str(rpa.project / "secrets.env"))
    assert rpa.json("teach", run, "--bundle", str(file), *secrets)[0] == 0
    assert "R-6" in file.read_text() and PASSWORD not in file.read_text()
    assert rpa.json("teach", run, "--bundle", str(file), *secrets)[0] == 2  # it is there already
    desk = Shell(tmp_path / "desk", capsys)
    desk.project.mkdir()
    show = ("teach", "--bundle", str(file), "--script", hand(rpa, PRESS), *secrets)
    code, shown = desk.json(*show)
    assert (code, shown["steps"], PASSWORD in back.read_text()) == (0, 1, False), shown
    assert backoffice.count("invoice.create") == 0 and desk.json(*show)[0] == 2
    whole = back.read_text()
    back.write_text(whole.replace("Add invoice", "Pay invoice"))
    code, refused = rpa.json("teach", run, "--lesson", str(back), *secrets)
    assert (code, refused["error"]["code"]) == (3, "import_invalid") and len(rpa.items("inbox")) == 1
    back.write_text(whole)
    code, lesson = rpa.json("teach", run, "--lesson", str(back), *secrets)
    done = lesson["run"]
    assert (code, done["outcome"], backoffice.count("invoice.create", "R-6")) == (0, "succeeded", 1), done["stopped"]
