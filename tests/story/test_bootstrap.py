"""A task that nobody has shown is tried out in a sandbox; what is best, and replays without a model, becomes a candidate."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from shell import Process, Shell

from fixtures.backoffice import Backoffice
from fixtures.backoffice.constants import PASSWORD, TRUTH_HEADER, TRUTH_TOKEN, USER
from fixtures.model_server import ModelServer, Prompt
from fixtures.scripted_clerk import BY_A_DETOUR, FORGETFUL, SCRIPT, Clerk

NAME = "enter-invoice"
VALUES = {
    "supplier": "Müller Transporte GmbH", "number": "RE-20417", "invoice_date": "2026-11-03", "due": "2026-12-03",
    "amount": "1234.50", "currency": "USD", "cost_centre": "4000 IT and telephony",
}  # fmt: skip


@pytest.fixture
def office(
    project: Path, backoffice: Backoffice, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Shell]:
    """A project with a workflow that nobody has shown; its own site is not there, its sandbox is the practice site."""
    reset = project / "reset.py"
    reset.write_text(
        "import urllib.request as u\n"
        f"address, headers = {f'{backoffice.base_url}/__control/reset'!r}, {{{TRUTH_HEADER!r}: {TRUTH_TOKEN!r}}}\n"
        "u.urlopen(u.Request(address, data=b'{}', headers=headers))\n"
        f"open({str(project / 'resets')!r}, 'a').write('.')\n"
    )
    (project / "workflows" / f"{NAME}.yaml").write_text(yaml.safe_dump({
        "schema": 1, "name": NAME, "task": "Enter a supplier invoice and file it", "base_url": "http://erp.invalid",
        "site": "backoffice", "locale": "de_DE", "secrets": ["user", "password"],
        "params": {n: {"type": {"amount": "decimal", "due": "date", "invoice_date": "date"}.get(n, "string")} for n in VALUES},
        "success": [{"visible": "Invoice {{ number }} was filed"}],
        "judge": "One invoice was filed, and its amount is {{ amount }}",
        "sandbox": {"base_url": backoffice.base_url, "reset": f"{sys.executable} {reset}"},
    }))  # fmt: skip
    (project / "rpa.toml").write_text('explorer = "own"\n')
    (project / "data" / f"{NAME}.examples.yaml").write_text(yaml.safe_dump(VALUES))
    monkeypatch.setenv("RPA_SECRET_USER", USER)
    monkeypatch.setenv("RPA_SECRET_PASSWORD", PASSWORD)
    shell = Shell(project, capsys)
    yield shell
    shell.close()


def test_what_fits_of_two_tries_is_known_and_runs_without_a_model(
    office: Shell, backoffice: Backoffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One forgets a value, one takes a detour and goes back. Each begins on the site's first day. Then the model is gone."""
    with ModelServer(Clerk([FORGETFUL, BY_A_DETOUR])) as model:
        monkeypatch.setenv("RPA_MODEL_URL", model.url)
        code, told = office.json("bootstrap", NAME, "--examples", "--candidates", "2")
    assert code == 0, (told, office.err)
    assert [t["fits"] for t in told["tries"]] == [False, True]
    assert "amount" in told["tries"][0]["why"] and told["procedure"]["status"] == "candidate"
    assert told["model"]["calls"] == len(model.prompts) and told["model"]["usd"] is None
    assert (office.project / "resets").read_text() == "." * 5
    text = " ".join(p.body.decode() for p in model.prompts)
    assert not any(secret in text for secret in (PASSWORD, *(v for v in VALUES.values() if len(v) > 4)))
    assert [line["workflow"] for line in office.items("memory", "list")] == [NAME]
    assert not list((office.project / ".rpa").glob("bootstrap-*"))

    monkeypatch.delenv("RPA_MODEL_URL")
    backoffice.reset()
    code, done = office.json("run", NAME, "--examples", "--param", "number=R-9", "--base-url", backoffice.base_url)
    assert (code, done["stopped"]) == (0, "") and backoffice.count("invoice.create", "R-9") == 1
    assert all(s["status"] == "ok" for s in done["steps"]) and done["model"]["calls"] == 0
    code, shown = office.json("procedure", "show", NAME)
    assert code == 0 and all(line in json.dumps(shown) for line in SCRIPT["script"])


def test_without_a_model_or_a_sandbox_nothing_is_opened(office: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    assert office("bootstrap", NAME, "--examples") == 2 and "model" in office.err
    monkeypatch.setenv("RPA_MODEL_URL", "http://127.0.0.1:9")
    file = office.project / "workflows" / f"{NAME}.yaml"
    whole = yaml.safe_load(file.read_text())
    for sandbox, said in (
        (None, "names no sandbox"), ({**whole["sandbox"], "reset": None}, "no `reset:`"),
        ({**whole["sandbox"], "base_url": whole["base_url"]}, "the very site"),
    ):  # fmt: skip
        file.write_text(yaml.safe_dump({**whole, "sandbox": sandbox}))
        assert office("bootstrap", NAME, "--examples") == 3 and said in office.err
    file.write_text(yaml.safe_dump(whole))
    monkeypatch.setenv("RPA_EXPLORER", "browser-use")
    monkeypatch.setitem(sys.modules, "browser_use", None)  # as where it is not installed
    assert office("bootstrap", NAME, "--examples") == 5 and "pip install 'rpa-agent[explore]'" in office.err
    assert not (office.project / "resets").exists()


def test_what_is_killed_or_interrupted_leaves_nothing_but_what_was_asked(
    office: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first dies in the midst of its try; the second throws away what that left, is interrupted, and says what it asked."""
    ends = [signal.SIGKILL, signal.SIGINT]
    running: list[int] = []
    clerk = Clerk()

    def answer(prompt: Prompt) -> str:
        said = clerk(prompt)
        if len(clerk.done) == 3 and running:
            os.kill(running.pop(), ends.pop(0))
        return said

    scratch, begin = office.project / ".rpa", ["bootstrap", NAME, "--examples", "--project", str(office.project)]
    with ModelServer(answer) as model:
        monkeypatch.setenv("RPA_MODEL_URL", model.url)
        killed = Process(begin)
        running.append(killed.pid)
        assert killed.end()[0] == -signal.SIGKILL
        assert len(list(scratch.glob("bootstrap-*"))) == 1 and office.items("memory", "list") == []
        before, clerk = len(model.prompts), Clerk()
        interrupted = Process(begin)
        running.append(interrupted.pid)
        code, _, err = interrupted.end()
        asked = len(model.prompts) - before
    assert code == 130 and "Traceback" not in err
    assert office.items("memory", "list") == [] and not list(scratch.glob("bootstrap-*"))
    (booked,) = office.items("runs")
    assert (booked["workflow"], booked["outcome"], booked["sent"]) == (f"bootstrap:{NAME}", "cancelled", "nothing")
    _, told = office.json("show", booked["run"])
    assert told["model"]["calls"] in {asked - 1, asked} and asked >= 3
