"""Files to hand on: a run with all that is kept of it, and a bundle that tells nothing of what was entered."""

from __future__ import annotations

import asyncio
import hashlib
import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from shell import Shell

from rpa_agent.domain.trajectory import Trajectory
from rpa_agent.ops.office import Office

MARK, SECRET = "Zwiebelfisch", "korrekt-pferd-batterie"
WORKFLOW = f"""name: pay
task: Pay {MARK}
base_url: http://{MARK.lower()}.test
params: {{number: {{type: string}}}}
success: [{{visible: "{MARK} was paid"}}]
schedule: [{{cron: "0 7 * * *", params: {{number: "{MARK}"}}}}]
"""


@pytest.fixture
def rpa(project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shell:
    """A project in which one run failed; every text of a record in it is marked, and its log holds a secret by mistake."""
    monkeypatch.setenv("RPA_SECRET_BANK", SECRET)
    (project / "workflows" / "pay.yaml").write_text(WORKFLOW)
    (project / "rpa.toml").write_text(f'[notify]\n{MARK.lower()} = "mailto://u:{SECRET}@{MARK}.test"\n')
    log = project / ".rpa" / "log" / "rpa.jsonl"
    log.parent.mkdir(parents=True)
    trace = f'Traceback\n  File "/x/run.py", line 3, in pay\n    raise\nrpa_agent.domain.errors.NeedsPerson: {MARK}\n{MARK}\n'
    log.write_text(json.dumps({"time": "t", "level": "ERROR", "message": f"{MARK} {SECRET}", "exception": trace}) + "\n{half")
    return Shell(project, capsys)


@pytest.fixture
def run(rpa: Shell) -> str:
    async def ran() -> str:
        async with Office.open(rpa.project / ".rpa" / "runs.db") as office:
            id_ = await office.runs.begin_run("pay", row_key=MARK)
            await office.journal.arm("K", name="file", run=id_)
            await office.journal.sent("K")
            await office.journal.settle("K", "ambiguous", receipt={"text": MARK})
            step = {"index": 0, "id": "s1", "kind": "click", "target": f"button '{MARK}'", "status": "failed", "note": MARK}
            await office.runs.end_run(Trajectory.model_validate({
                "run": id_, "workflow": "pay", "site": MARK, "procedure": "p", "version": 3, "outcome": "needs_person",
                "started": datetime.now(UTC).isoformat(), "params": {"number": MARK}, "steps": (step,), "sent": "unknown",
                "stopped": f"it is not sure that {MARK} was taken, {SECRET}", "fault": "drift",
            }))  # fmt: skip
            await office.inbox.add(id_, "pay", f"{MARK} is in doubt", fault="drift")
            folder = rpa.project / ".rpa" / "artifacts" / id_
            folder.mkdir(parents=True)
            (folder / "end.png").write_bytes(b"\x89PNG")
            return id_

    return asyncio.run(ran())


def inside(file: Path) -> dict[str, bytes]:
    """Everything in an archive; each part is what the manifest says."""
    with zipfile.ZipFile(file) as packed:
        parts = {name: packed.read(name) for name in packed.namelist()}
    manifest = json.loads(parts["manifest.json"])
    for name, told in manifest["parts"].items():
        assert hashlib.sha256(parts[name]).hexdigest() == told["sha256"]
    assert set(parts) == {*manifest["parts"], "manifest.json"}
    return parts


def test_all_that_is_kept_of_a_run(rpa: Shell, run: str, tmp_path: Path) -> None:
    """Its account, what it did, its commit's history, its ledger lines and its picture; a secret is taken out once more."""
    file = tmp_path / "run.zip"
    assert rpa("show", run, "--export", str(file)) == 0, rpa.err
    parts = inside(file)
    assert {"told.txt", "run.json", "trajectory.json", "journal.json", "ledger.json", "files/end.png"} <= set(parts)
    assert json.loads(parts["run.json"])["steps"][0]["target"] == f"button '{MARK}'"
    assert [line["state"] for line in json.loads(parts["journal.json"])["K"]] == ["armed", "sent", "ambiguous"]
    assert [line["what"] for line in json.loads(parts["ledger.json"])] == ["begun", "armed", "sent", "ambiguous", "ended"]
    assert not [name for name, content in parts.items() if SECRET.encode() in content]
    assert file.stat().st_mode & 0o077 == 0
    assert rpa("show", run, "--export", str(file)) == 2, "another archive is not written over"
    assert "exists already" in rpa.err


def test_a_bundle_for_who_helps_holds_no_secret_and_no_value(rpa: Shell, run: str, tmp_path: Path) -> None:
    """Kinds, states, faults, times and versions are enough to see where it hurts."""
    file = tmp_path / "bundle.zip"
    rpa("doctor", "--bundle", str(file))
    parts = inside(file)
    said = b"\n".join((*parts.values(), *(name.encode() for name in parts)))
    for word in (MARK, SECRET):
        assert word.lower().encode() not in said.lower()
    (told,) = json.loads(parts["runs.json"])
    assert (told["id"], told["fault"], told["steps"][0]["status"], told["commits"]) == (run, "drift", "failed", [])
    assert json.loads(parts["office.json"])["waits_by_fault"] == {"drift": 1}
    assert json.loads(parts["verify.json"]) == {"runs.db": 0}
    (line,) = parts["log.jsonl"].decode().splitlines()
    assert json.loads(line) == {
        "time": "t", "level": "ERROR", "trace": ['File "/x/run.py", line 3, in pay', "rpa_agent.domain.errors.NeedsPerson"],
    }  # fmt: skip
    assert json.loads(parts["workflows.json"])[0]["checks"] == {"visible": 1}
    assert rpa("doctor", "--bundle", str(file)) == 2


def test_where_much_is_out_of_order_the_bundle_says_so(rpa: Shell, run: str, tmp_path: Path) -> None:
    """A damaged store or a wrong setting is why one asks for help."""
    (rpa.project / ".rpa" / "runs.db").write_bytes(b"SQLite format 3\0" + b"\xff" * 5000)
    (rpa.project / "workflows" / "pay.yaml").write_text("name: [")
    file = tmp_path / "bundle.zip"
    rpa("doctor", "--bundle", str(file))
    assert json.loads(inside(file)["workflows.json"]) == [{"not_valid": 1}]
    assert "error" in json.loads(inside(file)["runs.json"])
    (rpa.project / "rpa.toml").write_text("log_level = 7\n")
    rpa("doctor", "--bundle", str(tmp_path / "other.zip"))
    assert json.loads(inside(tmp_path / "other.zip")["settings.json"]) == {"error": "settings_invalid"}
