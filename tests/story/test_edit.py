"""The end of a recording and what comes after it: corrected, refused, rehearsed, edited, shown once more."""

from __future__ import annotations

import json
import os
import pty
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import yaml
from shell import NAME, Shell

from fixtures.backoffice import PASSWORD, Backoffice

DEMONSTRATION = Path(__file__).parents[2] / "fixtures" / "demonstrations" / "enter_supplier_invoice.py"
AGAIN = '''

async def demonstrate(page):
    """The same work for another paper invoice."""
    await page.get_by_label("User name").fill("clerk")
    await page.get_by_label("Password").fill("{password}")
    await page.keyboard.press("Enter")
    await page.get_by_role("link", name="Invoices").click()
    await page.get_by_role("link", name="New", exact=True).click()
    await page.get_by_role("combobox", name="Supplier").click()
    await page.keyboard.type("Fjord")
    await page.get_by_role("option", name="Fjord Timber AB").click()
    await page.get_by_label("Invoice number").fill("RE-30001")
    await page.get_by_label("Invoice date").fill("2026-11-05")
    await page.get_by_label("Due date").fill("12.12.2026")
    await page.get_by_label("Amount").fill("99,00")
    await page.get_by_label("Currency").select_option(label="USD")
    await page.get_by_label("Cost centre").select_option(label="4000 IT and telephony")
    await page.get_by_label("Note").fill("paper copy follows")
    await page.get_by_role("button", name="Save").click()
    await page.get_by_role("heading", name="RE-30001").first.wait_for()
'''


@pytest.fixture
def empty(project: Path, backoffice: Backoffice, capsys: pytest.CaptureFixture[str]) -> Iterator[Shell]:
    """The `rpa` command in a project where nothing was shown yet."""
    shell = Shell(project, capsys)
    yield shell
    shell.close()


def record(shell: Shell, site: Backoffice, *more: str, script: Path = DEMONSTRATION) -> tuple[int, Any]:
    """Record as JSON; return the exit code and the answer."""
    where = ["--url", f"{site.base_url}/", "--site", "backoffice", "--script", str(script)]
    return shell.json("record", NAME, *where, "--secrets-to", str(shell.project / "secrets.env"), *more)


def workflow_of(shell: Shell) -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load((shell.project / "workflows" / f"{NAME}.yaml").read_text())
    return data


def changes(site: Backoffice) -> list[str]:
    """Every request that changed something, logins left out."""
    return [f"{r['method']} {r['path']}" for r in site.truth()["requests"] if "login" not in r["path"]]


# ---- the end of a recording ----


def test_corrections_are_made_before_anything_is_written(empty: Shell, backoffice: Backoffice) -> None:
    """A script says them; memory, files and the next run follow."""
    code, told = record(
        empty, backoffice, "--correct", "8 name=number", "--correct", "10 today + 30", "--correct", "12 constant",
        "--correct", "14 commit file-invoice",
    )  # fmt: skip
    assert (code, told["commits"]) == (0, ["file-invoice"])
    workflow = workflow_of(empty)
    assert workflow["params"]["due_date"]["default"] == "{{ today + 30 }}"
    assert workflow["params"]["currency"]["default"] == "USD"
    assert {"visible": "Invoice {{ number }} was filed"} in workflow["success"]
    code, done = empty.run("--examples", "--param", "number=RE-9")
    assert (code, done["outcome"], backoffice.count("invoice.create", "RE-9")) == (0, "succeeded", 1)


def test_what_was_shown_is_kept_when_a_correction_is_refused(empty: Shell, backoffice: Backoffice) -> None:
    """Nothing is written; it needs not be shown again, and no secret is in what is kept."""
    code, told = record(empty, backoffice, "--correct", "1 constant")
    assert (code, told["error"]["code"]) == (2, "usage")
    assert "'1 constant': this step enters no value" in told["error"]["message"]
    assert list((empty.project / "workflows").iterdir()) == []
    kept = empty.project / ".rpa" / "recordings" / f"{NAME}.json"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert PASSWORD not in kept.read_text()
    assert json.loads(kept.read_text())["recording"]["acts"]

    code, told = empty.json("record", NAME, "--kept", "--correct", "12 constant")
    assert (code, told["commits"], told["secrets"]) == (0, ["save-new-invoice"], ["user_name", "password"])
    assert not kept.exists()
    assert backoffice.count("invoice.create") == 1
    assert empty("run", NAME, "--rows", str(_shown_row(empty)), "--env-file", str(_login(empty)), "--json") == 0
    assert backoffice.count("invoice.create") == 1, "what was sent while showing counts as sent"


def test_a_script_that_leads_to_a_forbidden_host_ends_there(empty: Shell, backoffice: Backoffice) -> None:
    """The host is told and never reached, nothing is built from half of the work by itself, and what was shown is kept."""
    script = empty.project / "astray.py"
    script.write_text(
        "async def demonstrate(page):\n"
        "    await page.get_by_label('User name').fill('clerk')\n"
        "    await page.goto('http://partner.example/')\n"
    )
    code, told = record(empty, backoffice, "--allow", "cdn.example", script=script)
    assert (code, told["error"]["code"]) == (5, "action_failed"), told
    assert "partner.example was not reached: --allow does not name it" in empty.err
    assert list((empty.project / "workflows").iterdir()) == []
    assert (empty.project / ".rpa" / "recordings" / f"{NAME}.json").exists()
    code, told = record(empty, backoffice, "--allow", "http://cdn.example/x", script=script)
    assert (code, "write it as cdn.example.net" in told["error"]["message"]) == (2, True)


def test_a_person_at_a_terminal_is_asked_and_may_discard_or_agree(empty: Shell, backoffice: Backoffice) -> None:
    """Page, correction, page again; only what was agreed to is written."""
    assert record(empty, backoffice, "--correct", "14 nonsense")[0] == 2
    code, said = at_a_terminal(empty, "12 constnt", "12 constant", "discard")
    assert code == 130
    assert "'constnt' is unknown" in said
    assert "Nothing was written" in said
    assert list((empty.project / "workflows").iterdir()) == []
    code, said = at_a_terminal(empty, "12 constant", "", "no")
    assert (code, workflow_of(empty)["params"]["currency"]["default"]) == (0, "USD")
    assert "Rehearse it now" in said


def at_a_terminal(shell: Shell, *lines: str) -> tuple[int, str]:
    """Build from the kept recording in a terminal of its own; return exit code and what was said."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "rpa_agent", "record", NAME, "--kept", "--project", str(shell.project)]
    with subprocess.Popen(command, stdin=theirs, stderr=theirs, stdout=subprocess.DEVNULL) as process:
        os.close(theirs)
        os.write(ours, "".join(f"{line}\n" for line in lines).encode())
        said = b""
        with suppress(OSError):  # how a terminal ends whose other side is closed
            while part := os.read(ours, 4096):
                said += part
        os.close(ours)
    return process.returncode, said.decode()


def _shown_row(shell: Shell) -> Path:
    """A row file with the values of the last demonstration."""
    values = yaml.safe_load((shell.project / "data" / f"{NAME}.examples.yaml").read_text())
    path = shell.project / "shown.csv"
    path.write_text(",".join(values) + "\n" + ",".join(str(v) for v in values.values()) + "\n")
    return path


def _login(shell: Shell) -> Path:
    path = shell.project / "login.env"
    path.write_text(f"RPA_SECRET_USER_NAME=clerk\nRPA_SECRET_PASSWORD={PASSWORD}\n")
    path.chmod(0o600)
    return path


def test_nothing_is_kept_is_said_and_what_url_means_too(empty: Shell) -> None:
    """Two ways to forget something on the command line."""
    assert empty("record", NAME, "--kept") == 2
    assert "no recording was kept" in empty.err
    assert empty("record", NAME, "--script", str(DEMONSTRATION)) == 2
    assert "--url" in empty.err
    assert empty("record", NAME, "--again", "--script", str(DEMONSTRATION)) == 3
    assert "no workflow is named" in empty.err


# ---- rehearsals ----


def test_a_rehearsal_fills_the_form_and_sends_nothing(rpa: Shell, backoffice: Backoffice) -> None:
    """In the browser of the night; with a picture, and step by step by what each element was recognised."""
    code, told = rpa.run("--rehearse", "--examples", "--param", "invoice_number=RE-50")
    rehearsal = told["rehearsal"]
    assert (code, rehearsal["outcome"], rehearsal["sent"]) == (0, "as_shown", "nothing")
    assert changes(backoffice) == []
    assert rehearsal["before"]["commit"] == "save-new-invoice"
    assert rehearsal["steps"][-1]["note"] == "found, and not pressed"
    number = next(s for s in rehearsal["steps"] if s["read_back"] == "RE-50")
    assert "name" in number["found_by"]
    assert Path(rehearsal["picture"]).stat().st_size > 1000
    code, done = rpa.run("--examples", "--param", "invoice_number=RE-50")
    assert (code, done["outcome"]) == (0, "succeeded"), "a rehearsal leaves no trace in the journal"


def test_a_rehearsal_on_a_changed_site_tells_where_it_would_stop(rpa: Shell, backoffice: Backoffice) -> None:
    """Nothing is repaired: exit 1, with the step and the reason."""
    backoffice.configure(generation=2)
    code, told = rpa.run("--rehearse", "--examples")
    assert (code, told["rehearsal"]["outcome"]) == (1, "stopped")
    assert [s["status"] for s in told["rehearsal"]["steps"]].count("stopped") == 1
    assert changes(backoffice) == []
    assert rpa("run", NAME, "--rehearse", "--examples", "--env-file", str(rpa.project / "secrets.env")) == 1
    assert "It could not go on:" in rpa.out


def test_a_recording_may_end_with_its_rehearsal(empty: Shell, backoffice: Backoffice) -> None:
    """With the values and secrets that were just typed."""
    code, told = record(empty, backoffice, "--rehearse")
    assert (code, told["rehearsal"]["outcome"]) == (0, "as_shown")
    assert backoffice.count("invoice.create") == 1, "the demonstration's own, and no other"


def test_rows_are_not_rehearsed(rpa: Shell) -> None:
    """A rehearsal is one run."""
    assert rpa.run("--rehearse", "--rows", "rows.csv")[0] == 2


# ---- edits ----


def shown_text(shell: Shell) -> str:
    assert shell("procedure", "show", NAME) == 0
    return shell.out


def edited(shell: Shell, text: str, *more: str) -> tuple[int, Any]:
    path = shell.project / "edited.yaml"
    path.write_text(text)
    return shell.json("procedure", "edit", NAME, "--file", str(path), *more)


def test_the_text_is_stable_and_an_edit_becomes_a_version_with_author_and_reason(
    rpa: Shell, backoffice: Backoffice
) -> None:
    """What was edited is what the next run does."""
    text = shown_text(rpa)
    assert shown_text(rpa) == text
    assert "# 8. Type ‹invoice_number› into the field “Invoice number”." in text
    assert edited(rpa, text)[1]["saved"] is False

    cost_centre = text.index("# 13. Choose ‹cost_centre›")
    changed = text[:cost_centre] + text[cost_centre:].replace(
        "    kind: select\n", "    kind: select\n    when: \"{{ amount > 1000 }}\"\n", 1
    )
    code, told = edited(rpa, changed, "--reason", "small ones need none", "--by", "Ana")
    assert (code, told["saved"], told["version"]) == (0, True, 2)
    assert told["changes"] == ["step 13 'Cost centre': when: None -> '{{ amount > 1000 }}'", "script changed"]
    assert "13. Only when amount is more than 1000: Choose ‹cost_centre›" in shown_text(rpa)
    assert "Only when amount is more than 1000" in rpa.json("procedure", "show", NAME)[1]["document"]["script"]
    events = [(e["version"], e["why"]) for e in rpa.items("memory", "history", NAME)]
    assert (2, "active, by Ana: small ones need none") in events

    code, done = rpa.run("--examples", "--param", "invoice_number=RE-60", "--param", "amount=12.00")
    skipped = [s for s in done["steps"] if s["status"] == "skipped"]
    assert [s["note"] for s in skipped] == ["left out: not so that amount is more than 1000"]
    assert backoffice.count("invoice.create", "RE-60") <= 1
    code, done = rpa.run("--examples", "--param", "invoice_number=RE-61", "--param", "amount=1200.00")
    assert (code, [s for s in done["steps"] if s["status"] == "skipped"]) == (0, [])


def test_a_text_of_an_older_version_does_not_undo_a_newer_one(rpa: Shell) -> None:
    """Two people edit the same version: the second is told."""
    text = shown_text(rpa)
    assert edited(rpa, text.replace("kind: press\n", "kind: press\n    optional: true\n"))[0] == 0
    code, told = edited(rpa, text.replace("task:", "task: X"))
    assert (code, told["error"]["code"]) == (3, "version_moved_on")
    assert "was made of version 1; version 2" in told["error"]["message"]


def test_a_slip_names_line_and_key_and_saves_nothing(rpa: Shell) -> None:
    """What was typed in an editor stays in a file."""
    text = shown_text(rpa)
    code, told = edited(rpa, text.replace("{{ amount }}", "{{ amunt }}"))
    assert (code, told["error"]["code"]) == (3, "procedure_invalid")
    assert "steps.10.value: 'amunt' is no parameter" in told["error"]["message"]
    assert len(rpa.items("memory", "history", NAME)) == 1


def test_an_editor_is_opened_and_nothing_typed_in_it_is_lost(rpa: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """VISUAL before EDITOR; a refused text can be corrected and passed as a file."""
    monkeypatch.setenv("EDITOR", "false")
    monkeypatch.setenv("VISUAL", "sed -i s/kind:.press/kind:.push/")
    code, told = rpa.json("procedure", "edit", NAME)
    kept = rpa.project / ".rpa" / "edits" / f"{NAME}.procedure.yaml"
    assert (code, str(kept) in told["error"]["do"], "kind:.push" in kept.read_text()) == (3, True, True)
    monkeypatch.setenv("VISUAL", "sed -i 's/^task: .*/task: File what came by mail/'")
    assert rpa.json("procedure", "edit", NAME)[1]["saved"] is True
    assert rpa.json("procedure", "show", NAME)[1]["document"]["task"] == "File what came by mail"
    monkeypatch.delenv("VISUAL")
    assert rpa("procedure", "edit", NAME) == 2
    assert "ended with 1; nothing was saved" in rpa.err
    monkeypatch.setenv("EDITOR", "no-such-editor-anywhere")
    assert rpa("procedure", "edit", NAME) == 2


def test_corrections_by_number_work_later_too(rpa: Shell, backoffice: Backoffice) -> None:
    """Procedure, workflow file and examples follow each other; the file as it was stays beside it."""
    code, told = rpa.json("procedure", "edit", NAME, "--correct", "8 name=number", "--correct", "14 commit file-it")
    assert (code, told["saved"], told["version"]) == (0, True, 2)
    assert workflow_of(rpa)["commits"] == [{"name": "file-it"}]
    assert (rpa.project / "workflows" / f"{NAME}.yaml.bak").exists()
    code, done = rpa.run("--examples", "--param", "number=RE-70")
    assert (code, done["outcome"], backoffice.count("invoice.create", "RE-70")) == (0, "succeeded", 1)
    assert rpa("procedure", "edit", NAME, "--correct", "77 draft") == 2


# ---- once more ----


def test_one_more_demonstration_tells_what_varies_and_what_is_done_sometimes(
    rpa: Shell, backoffice: Backoffice, tmp_path: Path
) -> None:
    """A note was typed only once, so it may be left out; currency and cost centre were always the same."""
    script = tmp_path / "again.py"
    script.write_text(AGAIN.replace("{password}", PASSWORD))
    assert rpa("record", NAME, "--again", "--script", str(script)) == 0
    assert "note (text, may be left out), as in “paper copy follows”" in rpa.out
    params = workflow_of(rpa)["params"]
    assert params["currency"]["default"] == "USD"
    assert params["note"]["required"] is False
    assert "default" not in params["supplier"]
    history = [(e["version"], e["what"]) for e in rpa.items("memory", "history", NAME)]
    assert (2, "added") in history
    assert rpa.json("memory", "show", NAME)[1]["evidence"] == [rpa.items("runs", NAME)[0]["run"]]
    login = ["--env-file", str(rpa.project / "secrets.env")]
    row = ["--param", "supplier=Contoso Cleaning Services", "--param", "amount=5.00"]
    row += ["--param", "invoice_date=2026-11-01", "--param", "due_date=2026-12-01"]
    for number, note in (("RE-80", []), ("RE-81", ["--param", "note=hello"])):
        code, done = rpa.json("run", NAME, *login, *row, "--param", f"invoice_number={number}", *note)
        assert (code, done["outcome"], backoffice.count("invoice.create", number)) == (0, "succeeded", 1)
        assert len([s for s in done["steps"] if s["status"] == "skipped"]) == (0 if note else 1)
    assert rpa("run", NAME, *login, "--rows", str(_shown_row(rpa))) == 0
    assert backoffice.count("invoice.create", "RE-30001") == 1, "what was sent while showing again counts as sent"


def test_a_demonstration_of_something_else_changes_nothing(rpa: Shell, backoffice: Backoffice) -> None:
    """It is refused with the reason, and kept."""
    script = DEMONSTRATION.with_name("approve_invoice.py")
    code, told = rpa.json("record", NAME, "--again", "--script", str(script))
    assert (code, told["error"]["code"]) == (2, "usage")
    assert "something else" in told["error"]["message"]
    assert len(rpa.items("memory", "history", NAME)) == 1
