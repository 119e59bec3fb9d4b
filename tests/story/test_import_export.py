"""Recordings of other tools on the practice site: read, done once under supervision, then run as any other workflow."""

from __future__ import annotations

import asyncio
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from shell import NAME as SHOWN
from shell import Shell

from fixtures.backoffice import PASSWORD, Backoffice
from rpa_agent.memory import Memory
from rpa_agent.store.workflow_files import find_workflow

FOREIGN = Path(__file__).parents[2] / "fixtures" / "foreign"
WRITTEN_FOR = "http://127.0.0.1:8765"
NAME = "enter-invoice"
LOGIN = f"RPA_SECRET_USER_NAME=clerk\nRPA_SECRET_PASSWORD={PASSWORD}\n"


APPROVE = f"""
def test_approve(page: Page) -> None:
    page.goto("{WRITTEN_FOR}/login")
    page.get_by_label("User name").fill("clerk")
    page.get_by_label("Password").fill("{PASSWORD}")
    page.get_by_label("Password").press("Enter")
    page.get_by_role("link", name="Approvals").click()
    page.get_by_role("row", name="RE-25037").get_by_role("button", name="Approve").click()
"""


@pytest.fixture
def rpa(project: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Shell]:
    """The command in a project that was never shown anything."""
    (project / "secrets.env").write_text(LOGIN)
    (project / "secrets.env").chmod(0o600)
    shell = Shell(project, capsys)
    yield shell
    shell.close()


@pytest.fixture
def says(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """What the person at the terminal answers, line by line."""

    def answers(text: str) -> None:
        monkeypatch.setattr(sys, "stdin", io.StringIO(text))

    return answers


def foreign(rpa: Shell, name: str, site: Backoffice) -> str:
    """Return a recording of another tool, made for this test's site."""
    file = rpa.project / name
    file.write_text((FOREIGN / name).read_text(encoding="utf-8").replace(WRITTEN_FOR, site.base_url), encoding="utf-8")
    return str(file)


def imported(rpa: Shell, name: str, site: Backoffice) -> Any:
    code, answer = rpa.json("import", foreign(rpa, name, site), "--name", NAME, "--site", "backoffice")
    assert code == 0, rpa.err
    return answer


def run(rpa: Shell, *args: str) -> Any:
    return rpa.json("run", NAME, "--env-file", str(rpa.project / "secrets.env"), *args)


@pytest.mark.parametrize(
    ("file", "number"),
    [
        pytest.param("enter_invoice.devtools.json", "RE-31003", marks=pytest.mark.long),
        ("enter_invoice.codegen.py", "RE-31001"),
        pytest.param("enter_invoice.codegen_async.py", "RE-31002", marks=pytest.mark.long),
        ("enter_invoice.browser_use.json", "RE-31004"),
    ],
)
def test_an_imported_recording_runs_once_supervised_and_then_by_itself(
    rpa: Shell, backoffice: Backoffice, says: Callable[[str], None], file: str, number: str
) -> None:
    """Each format enters the invoice it holds when a person says yes, and another one without anybody there."""
    answer = imported(rpa, file, backoffice)
    assert (answer["status"], answer["secrets"]) == ("untrusted", ["user_name", "password"])
    says("yes\n")
    code, seen = run(rpa, "--supervised", "--examples")
    assert (code, seen.get("outcome")) == (0, "succeeded"), (seen, rpa.err)
    assert backoffice.count("invoice.create", number) == 1
    assert len(seen["commits"]) == 1, "the page showed that only saving sends"

    code, again = run(rpa, "--examples", "--param", "invoice_number=RE-9", "--param", "amount=7.25")
    assert (code, again["outcome"]) == (0, "succeeded"), again
    assert [s["status"] for s in again["steps"] if s["status"] != "ok"] == []
    (entered,) = [e for e in backoffice.truth()["effects"] if e["kind"] == "invoice.create" and e["key"] == "RE-9"]
    assert entered["count"] == 1
    assert entered["data"]["amount"] == "7.25"
    assert (entered["data"]["supplier"], entered["data"]["cost_centre"]) == ("Müller Transporte GmbH", "4000")
    assert backoffice.count("invoice.create") == 2


def test_an_import_never_runs_unattended(rpa: Shell, backoffice: Backoffice) -> None:
    """What no page has shown yet is a person's to watch: nothing is opened."""
    imported(rpa, "enter_invoice.codegen.py", backoffice)
    code, answer = run(rpa, "--examples")
    assert (code, answer["error"]["code"]) == (4, "needs_person")
    assert "--supervised" in answer["error"]["do"]
    assert backoffice.truth()["requests"] == []


def test_what_nobody_allows_is_not_sent(rpa: Shell, backoffice: Backoffice, says: Callable[[str], None]) -> None:
    """Silence, stop and skip send nothing and teach nothing; after each the import can be tried again. Once it is proven it
    is supervised as any other workflow."""
    imported(rpa, "enter_invoice.codegen_async.py", backoffice)
    for answers, code in (("", 4), ("perhaps\nstop\n", 4), ("skip\n", 1)):
        says(answers)
        assert run(rpa, "--supervised", "--examples")[0] == code
        assert backoffice.count("invoice.create") == 0
        assert statuses_of(rpa.project, NAME) == ["untrusted"]
    says("yes\n")
    assert run(rpa, "--supervised", "--examples")[0] == 0
    assert backoffice.count("invoice.create") == 1
    assert statuses_of(rpa.project, NAME) == ["active"]
    says("stop\n")
    assert run(rpa, "--supervised", "--examples", "--param", "invoice_number=RE-10")[0] == 130
    assert backoffice.count("invoice.create") == 1


def test_the_person_sees_what_would_be_sent_and_no_secret(
    rpa: Shell, backoffice: Backoffice, says: Callable[[str], None]
) -> None:
    """Before the one step that may send, every value that was entered is told."""
    imported(rpa, "enter_invoice.codegen_async.py", backoffice)
    says("yes\n")
    run(rpa, "--supervised", "--examples", "--param", "invoice_number=RE-4711")
    assert "RE-4711" in rpa.err
    assert "1.234,50" in rpa.err
    assert PASSWORD not in rpa.err + rpa.out
    assert backoffice.count("invoice.create", "RE-4711") == 1


def test_an_element_that_is_not_there_ends_the_run_with_its_step(
    rpa: Shell, backoffice: Backoffice, says: Callable[[str], None]
) -> None:
    """The step is named, nothing was sent, nothing was learned."""
    file = Path(foreign(rpa, "enter_invoice.codegen_async.py", backoffice))
    file.write_text(file.read_text().replace('name="New"', 'name="Brand new"'))
    assert rpa("import", str(file), "--name", NAME, "--site", "backoffice") == 0
    says("yes\n")
    code, answer = run(rpa, "--supervised", "--examples")
    assert code == 4
    assert "Brand new" in answer["error"]["message"]
    assert "step 6" in answer["error"]["message"]
    assert backoffice.count("invoice.create") == 0


def test_of_two_options_that_begin_alike_none_is_chosen(
    rpa: Shell, backoffice: Backoffice, says: Callable[[str], None]
) -> None:
    """The first of a list is nobody's choice: the supplier's name is asked for in full, and nothing is sent."""
    imported(rpa, "enter_invoice.codegen.py", backoffice)
    says("yes\n")
    code, answer = run(rpa, "--supervised", "--examples", "--param", "supplier=Müller")
    assert (code, "2 options are called 'Müller'" in answer["error"]["message"]) == (4, True), answer
    assert backoffice.count("invoice.create") == 0
    assert statuses_of(rpa.project, NAME) == ["untrusted"]


def test_an_import_reaches_no_host_that_its_workflow_does_not_name(
    rpa: Shell, backoffice: Backoffice, says: Callable[[str], None]
) -> None:
    """A page of the file on another name of this machine is not opened, and the host is told."""
    file = Path(foreign(rpa, "enter_invoice.codegen_async.py", backoffice))
    assert rpa("import", str(file), "--name", NAME, "--site", "backoffice") == 0
    other = backoffice.base_url.replace("127.0.0.1", "localhost")
    workflow = rpa.project / "workflows" / f"{NAME}.yaml"
    workflow.write_text(workflow.read_text().replace("start: ", f"start: {other}", 1))
    says("yes\n")
    code, answer = run(rpa, "--supervised", "--examples")
    assert code != 0
    assert other.removeprefix("http://") in str(answer)
    assert backoffice.count("invoice.create") == 0


def test_a_record_named_by_its_row_is_another_one_in_another_run(
    rpa: Shell, backoffice: Backoffice, says: Callable[[str], None]
) -> None:
    """The file's row text became a value, and the page showed which column it stands in."""
    file = rpa.project / "approve.py"
    file.write_text(APPROVE.replace(WRITTEN_FOR, backoffice.base_url))
    assert rpa("import", str(file), "--name", NAME, "--site", "backoffice") == 0
    says("yes\n")
    code, answer = run(rpa, "--supervised", "--examples")
    assert (code, answer["params"]) == (0, ["invoice_number"]), answer
    assert "RE-25037 Eberhard Papier GmbH" in rpa.err, "the person sees whose button it is"
    assert run(rpa, "--param", "invoice_number=RE-25703")[1]["outcome"] == "succeeded"
    approved = {e["key"] for e in backoffice.truth()["effects"] if e["kind"] == "invoice.approve"}
    assert approved == {"RE-25037", "RE-25703"}


def test_what_was_sent_before_the_import_broke_off_is_known(
    rpa: Shell, backoffice: Backoffice, says: Callable[[str], None]
) -> None:
    """The approval arrived and the step after it is not possible: exit 4, nothing learned, and the run says that it sent."""
    file = rpa.project / "approve.py"
    file.write_text(APPROVE.replace(WRITTEN_FOR, backoffice.base_url) + "    page.get_by_label('Gone').fill('x')\n")
    assert rpa("import", str(file), "--name", NAME, "--site", "backoffice") == 0
    says("yes\n")
    code, answer = run(rpa, "--supervised", "--examples", "--param", "gone=y")
    assert (code, "step 7" in answer["error"]["message"]) == (4, True), answer
    assert backoffice.count("invoice.approve", "RE-25037") == 1
    assert statuses_of(rpa.project, NAME) == ["untrusted"]
    (known,) = rpa.items("runs")
    assert known["sent"] == "sent"


def test_a_secret_of_the_file_goes_only_where_it_is_sent(rpa: Shell, backoffice: Backoffice) -> None:
    """A password stands in a codegen script; it is in the secrets file then, and in nothing else that was written."""
    file = foreign(rpa, "enter_invoice.codegen.py", backoffice)
    kept = rpa.project / "kept.env"
    assert rpa("import", file, "--name", NAME, "--secrets-to", str(kept)) == 0
    assert f"RPA_SECRET_PASSWORD={PASSWORD}" in kept.read_text()
    assert kept.stat().st_mode & 0o777 == 0o600
    Path(file).unlink()
    kept.unlink()
    (rpa.project / "secrets.env").unlink()
    written = b"".join(p.read_bytes() for p in rpa.project.rglob("*") if p.is_file())
    assert PASSWORD.encode() not in written + rpa.out.encode() + rpa.err.encode()
    memory = b"".join(p.read_bytes() for p in (rpa.project / ".rpa").glob("memory.db*"))
    for value in ("RE-31001", "Müller Transporte"):
        assert value.encode() not in memory, value


@pytest.mark.parametrize("text", ["", "{", '{"steps": [{"type": "navigate", "url": "http://a.example/"}, 5]}', "print(1)"])
def test_a_file_that_cannot_be_read_leaves_nothing_behind(rpa: Shell, text: str) -> None:
    """Exit 3, the file is named, and there is neither a workflow nor a procedure."""
    file = rpa.project / "broken.json"
    file.write_text(text)
    code, answer = rpa.json("import", str(file), "--name", NAME)
    assert (code, answer["error"]["code"], answer["error"]["where"]) == (3, "import_invalid", str(file))
    assert list((rpa.project / "workflows").iterdir()) == []
    assert rpa.items("memory", "list") == []


def test_an_import_does_not_take_the_place_of_a_workflow_by_accident(rpa: Shell, backoffice: Backoffice) -> None:
    """A name that was only guessed after the file is refused where it is taken."""
    file = Path(foreign(rpa, "enter_invoice.codegen.py", backoffice)).rename(rpa.project / "pay.py")
    assert rpa("import", str(file)) == 0
    assert rpa.json("import", str(file))[1]["error"]["code"] == "usage"
    assert rpa("import", str(file), "--name", "pay") == 0, "said on purpose it is imported again"


def test_an_import_does_not_put_aside_what_runs(shop: Shell, backoffice: Backoffice) -> None:
    """The proven workflow keeps its file and its procedure."""
    before = (shop.project / "workflows" / f"{SHOWN}.yaml").read_text()
    code, answer = shop.json("import", foreign(shop, "enter_invoice.codegen.py", backoffice), "--name", SHOWN)
    assert (code, answer["error"]["code"]) == (2, "usage")
    assert (shop.project / "workflows" / f"{SHOWN}.yaml").read_text() == before
    assert statuses_of(shop.project, SHOWN) == ["active"]


# ---- exports ----


@pytest.fixture
def shop(shown: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Shell]:
    """The command in a project that was shown how to enter an invoice on the practice site."""
    capsys.readouterr()
    shell = Shell(shown, capsys)
    yield shell
    shell.close()


def do(script: Path, *args: str, secrets: bool = True) -> subprocess.CompletedProcess[str]:
    """Run an exported script as a program of its own, where rpa-agent cannot be imported."""
    from rpa_agent.browser.session import find_browser

    login = {"RPA_SECRET_USER_NAME": "clerk", "RPA_SECRET_PASSWORD": PASSWORD} if secrets else {}
    browser = find_browser(os.environ.get("RPA_BROWSER")).executable
    return subprocess.run(
        [sys.executable, "-I", str(script), *args, *(["--browser", browser] if browser else [])],
        env={"PATH": os.environ["PATH"], "HOME": str(script.parent), **login}, cwd=script.parent,
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


VALUES = {
    "supplier": "Müller Transporte GmbH", "invoice-number": "RE-8", "invoice-date": "2026-01-31", "due-date": "2026-02-28",
    "amount": "1234567.5", "currency": "GBP", "cost-centre": "3000 Sales",
}  # fmt: skip


def test_an_exported_script_does_the_work_on_its_own(shop: Shell, backoffice: Backoffice) -> None:
    """It logs in, enters another invoice in the site's own formats, and proves that it was filed."""
    script = shop.project / "alone" / "enter.py"
    script.parent.mkdir()
    assert shop("export", SHOWN, "--to", "playwright", "--out", str(script)) == 0
    text = script.read_text()
    for value in (PASSWORD, "clerk", "RE-20417", "Müller", "1.234,50", "03.12.2026"):
        assert value not in text, "no value stands in a script"
    assert "rpa_agent" not in text
    done = do(script, *(part for name, value in VALUES.items() for part in (f"--{name}", value)))
    assert (done.returncode, json.loads(done.stdout or "{}").get("outcome")) == (0, "succeeded"), done.stderr
    (entered,) = [e["data"] for e in backoffice.truth()["effects"] if e["kind"] == "invoice.create"]
    wanted = {"number": "RE-8", "invoice_date": "2026-01-31", "due_date": "2026-02-28", "amount": "1234567.50",
              "currency": "GBP", "cost_centre": "3000"}  # fmt: skip
    assert {name: entered[name] for name in wanted} == wanted


def test_an_exported_script_fails_where_the_work_was_not_done(shop: Shell, backoffice: Backoffice) -> None:
    """A duplicate is refused by the site, and the script's checks say so; without its secrets it does not begin."""
    script = shop.project / "enter.py"
    shop("export", SHOWN, "--to", "playwright", "--out", str(script))
    args = [part for name, value in VALUES.items() for part in (f"--{name}", value)]
    without = do(script, *args, secrets=False)
    assert (without.returncode, backoffice.truth()["requests"]) == (1, [])
    assert "RPA_SECRET_PASSWORD" in without.stderr
    assert do(script, *args).returncode == 0
    assert do(script, *args).returncode == 1
    assert backoffice.count("invoice.create", "RE-8") == 1


def statuses_of(project: Path, name: str) -> list[str]:
    """Return the statuses of a workflow's versions that are not retired."""

    async def read() -> list[str]:
        async with Memory.open(project / ".rpa" / "memory.db") as memory:
            return [v.status for v in await memory.known(site="backoffice", workflow=name)]

    return asyncio.run(read())


def steps_of(project: Path, name: str) -> list[tuple[str, str, str | None]]:
    """Return what the steps of a workflow do, to what, with which value."""

    async def read() -> list[tuple[str, str, str | None]]:
        async with Memory.open(project / ".rpa" / "memory.db") as memory:
            version = (await memory.known(site="backoffice", workflow=name))[0]
            return [(s.kind, s.target.words() if s.target else "", s.value) for s in version.document.steps]

    return asyncio.run(read())


def test_a_devtools_export_imported_again_has_the_same_steps(shop: Shell) -> None:
    """Kinds, elements, parameters and secrets, and the checks; no value stands in the file."""
    file = shop.project / "flow.json"
    assert shop("export", SHOWN, "--to", "devtools", "--out", str(file)) == 0
    assert all(value not in file.read_text() for value in (PASSWORD, "RE-20417", "Müller", "1.234,50"))
    code, answer = shop.json("import", str(file), "--name", "again", "--site", "backoffice")
    assert code == 0, shop.err
    assert [t["what"] for t in answer["skipped"]] == ["setViewport"]
    assert steps_of(shop.project, "again") == steps_of(shop.project, SHOWN)
    first, again = (find_workflow(shop.project / "workflows", n) for n in (SHOWN, "again"))
    assert (again.success, list(again.params), again.secrets) == (first.success, list(first.params), first.secrets)


def test_a_devtools_export_with_its_examples_does_the_work_again(
    shop: Shell, backoffice: Backoffice, says: Callable[[str], None]
) -> None:
    """As a recording with values it enters the invoice that was shown."""
    file = shop.project / "flow.json"
    shop("export", SHOWN, "--to", "devtools", "--examples", "--out", str(file))
    shop("import", str(file), "--name", "again", "--site", "backoffice")
    says("yes\n")
    login = ["--env-file", str(shop.project / "secrets.env")]
    code, answer = shop.json("run", "again", *login, "--supervised", "--examples", "--param", "invoice_number=RE-12")
    assert (code, answer.get("outcome")) == (0, "succeeded"), answer
    assert backoffice.count("invoice.create", "RE-12") == 1


def test_what_cannot_be_exported_is_told(shop: Shell) -> None:
    """An unknown tool and an unknown workflow are refused before anything is written."""
    assert shop.json("export", SHOWN, "--to", "devtools")[1]["to"] == "devtools"
    assert shop("export", SHOWN, "--to", "selenium") == 2
    assert shop("export", "no-such", "--to", "playwright") == 3
