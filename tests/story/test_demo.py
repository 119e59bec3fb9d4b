"""The demonstration: every claim is proven anew, nothing is left behind, and every other end is a clean one."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest
from rich.console import Console

from rpa_agent.cli.demo_view import View
from rpa_agent.demo.events import Changed, Checked, Ended, Failed, Ran, Repaired, Said, Scene, Shown
from rpa_agent.demo.evidence import plain
from rpa_agent.demo.invoices import differences, invoices

NOWHERE = "http://127.0.0.1:9"
CLAIMS = {
    "recorded", "rows-entered-once", "same-file-again-sends-nothing", "repaired-generation-2",
    "no-repair-next-run-generation-2", "repaired-generation-3", "no-repair-next-run-generation-3",
    "no-repair-back-on-generation-1", "schedule-went-on", "exchanged-refused", "refused-is-not-lost",
    "gone-needs-person", "learned-for-good", "memory-only-grew", "nothing-twice", "no-model-call",
}


@dataclass(frozen=True)
class Played:
    """One whole performance, as `--json` told it."""

    code: int
    lines: list[dict[str, Any]]
    err: str
    left: list[str]

    def of(self, event: str) -> list[dict[str, Any]]:
        return [line for line in self.lines if line.get("event") == event]


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    """The demonstration played once, offline, in an empty folder, with a model configured that nobody may ask."""
    folder = tmp_path_factory.mktemp("demo")
    (folder / "tmp").mkdir()
    (folder / "project").mkdir()
    closed = {"TMPDIR": str(folder / "tmp"), "RPA_MODEL_URL": NOWHERE, "HTTP_PROXY": NOWHERE, "HTTPS_PROXY": NOWHERE}
    done = subprocess.run(
        [sys.executable, "-m", "rpa_agent", "demo", "--json"], cwd=folder / "project", env=os.environ | closed,
        capture_output=True, text=True, timeout=170, check=False,
    )
    left = [str(p) for p in [*(folder / "tmp").glob("rpa-*"), *(folder / "project").iterdir()]]
    yield Played(done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr, left)


@pytest.mark.long
def test_every_claim_is_proven(played: Played) -> None:
    """The last line names what was shown and what was not, and nothing is missing from it."""
    assert played.lines[-1].keys() == {"schema", "shown", "failed"}
    assert played.lines[-1]["failed"] == []
    assert set(played.lines[-1]["shown"]) >= CLAIMS
    assert (played.code, played.err) == (0, "")


@pytest.mark.long
def test_each_repair_is_told_with_its_evidence(played: Played) -> None:
    """Both upgrades broke steps; for each one stands what it was, what was used, and why."""
    repaired = [step for run in played.of("run") for step in run["repaired"]]
    assert {site["generation"] for site in played.of("site")} == {1, 2, 3}
    assert repaired
    assert all(step["was"] and step["now"] and step["by"] and step["because"] for step in repaired)


@pytest.mark.long
def test_it_tells_runs_as_the_run_command_does(played: Played) -> None:
    """Whoever reads `rpa run --json` can read the runs of the demonstration."""
    results = [run["result"] for run in played.of("run")]
    assert {r["schema"] for r in results} == {1}
    assert {r["outcome"] for r in results} == {"succeeded", "needs_person"}
    assert sum(r["model"]["calls"] for r in results) == 0


@pytest.mark.long
def test_memory_is_shown_as_a_diff(played: Played) -> None:
    """What was learned stands there line by line, and nothing was taken away."""
    (memory,) = played.of("memory")
    assert any("also known as" in line for line in memory["changes"])
    assert not any("removed" in line or "no longer" in line for line in memory["changes"])


@pytest.mark.long
def test_nothing_is_left_behind(played: Played) -> None:
    """Neither the temporary folder nor anything in the folder it was started from."""
    assert played.left == []


def test_interrupted_it_cleans_up(tmp_path: Path) -> None:
    """Ctrl-C ends it with 130, without browser and folder left."""
    demo = subprocess.Popen(
        [sys.executable, "-m", "rpa_agent", "demo", "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, start_new_session=True, env=os.environ | {"TMPDIR": str(tmp_path)},
    )
    try:
        browsers = browsers_of(demo)
        demo.send_signal(signal.SIGINT)
        _, err = demo.communicate(timeout=60)
    finally:
        demo.kill()
        demo.wait()
    assert (demo.returncode, err.strip()) == (130, "cancelled")
    assert not any(b.is_running() and b.status() != psutil.STATUS_ZOMBIE for b in browsers)
    assert list(tmp_path.glob("rpa-*")) == []


def browsers_of(process: subprocess.Popen[str]) -> list[psutil.Process]:
    """Wait until a browser runs below this process; return its processes."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        below = [p for p in psutil.Process(process.pid).children(recursive=True) if "chrom" in p.name()]
        if below:
            return below
        time.sleep(0.02)
    raise AssertionError("no browser was started")


def test_without_a_browser_it_says_what_to_do(tmp_path: Path) -> None:
    """The standard error, as the last line, with exit code 5."""
    done = subprocess.run(
        [sys.executable, "-m", "rpa_agent", "demo", "--json"], cwd=tmp_path, text=True, check=False,
        env=os.environ | {"RPA_BROWSER": str(tmp_path / "no-browser")}, capture_output=True, timeout=60,
    )
    assert done.returncode == 5
    assert json.loads(done.stdout.splitlines()[-1])["error"]["code"] == "browser_missing"


def test_it_keeps_only_in_a_folder_of_its_own(tmp_path: Path) -> None:
    """A folder that holds something is not written to."""
    (tmp_path / "mine").write_text("kept")
    done = subprocess.run(
        [sys.executable, "-m", "rpa_agent", "demo", "--keep", str(tmp_path)], capture_output=True, text=True,
        timeout=60, check=False,
    )
    assert (done.returncode, [p.name for p in tmp_path.iterdir()]) == (2, ["mine"])
    assert "not an empty folder" in done.stderr


def seen(encoding: str, *, width: int = 80, held: bool = True) -> str:
    """Return what a terminal of this kind shows of a short performance."""
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding=encoding, errors="backslashreplace")
    step = Repaired(
        step=2, was="Save", now="File [bold]invoice\x1b[2J", by="fingerprint", because=("means the same",),
        then="it says Größe",
    )
    run = Ran(
        invoice="RE-1", about="Müller, 1.00 EUR", outcome="succeeded", ms=900, steps=3, repaired=(step,), result={}
    )
    checked = Checked(name="claim", claim="it holds", held=held, seen="it does not")
    failed = () if held else (Failed(name="claim", claim="it holds", seen="it does not"),)
    shown = ("claim",) if held else ()
    with View(Console(file=file, width=width, highlight=False, emoji=False)) as view:
        for event in (
            Scene(number=1, title="Show", text="once"), Shown(sentences=("1. Open {{ url }}.", "Sends nothing.")),
            Changed(generation=2, text="changed"), run, Said(text="so"), checked,
            Ended(shown=shown, failed=failed, claims=(), seconds=1.0, runs=1),
        ):
            view.tell(event)
    file.flush()
    return raw.getvalue().decode(encoding)


@pytest.mark.parametrize("width", [80, 120])
def test_it_is_readable_without_unicode(width: int) -> None:
    """A terminal that knows only ASCII gets signs of its own."""
    text = seen("ascii", width=width)
    assert text.isascii()
    assert "ok it holds" in text
    assert max(map(len, text.splitlines())) <= width


def test_what_a_page_says_cannot_drive_the_terminal() -> None:
    """Names from the page are shown as they are: no markup, no control characters."""
    text = seen("utf-8", width=120)
    assert "File [bold]invoice" in text
    assert "\x1b[2J" not in text


def test_a_claim_that_fails_is_told_with_what_was_seen() -> None:
    """It stands out where it is told and again at the end."""
    text = seen("utf-8", held=False)
    assert "it holds – but: it does not" in text
    assert "0 of 1 claims proven" in text
    assert "Not everything held" in text


def test_evidence_is_told_in_plain_words() -> None:
    """Figures of rankers become words; what is plain already stays."""
    already_plain = "button 'Next' is the next page of the form"
    lines = (
        "'File invoice' for 'Save' (words 0.85)", "same form", "same landmark",
        "4 of 4 rankers agree, likeness 0.77, next best 0.00", already_plain,
    )
    assert plain(lines) == ("means the same", "same form", "4/4 comparisons", already_plain)


def created(row: dict[str, str], *, count: int = 1, **other: str) -> dict[str, Any]:
    """Return one effect as the site's truth tells it."""
    data = {k: v for k, v in row.items() if k != "invoice_number"}
    data["cost_centre"] = row["cost_centre"].split()[0]
    return {"kind": "invoice.create", "key": row["invoice_number"], "count": count, "data": {**data, **other}}


def test_the_sites_books_are_read_strictly() -> None:
    """An invoice that is missing, there twice, with another value or unasked for is a difference; a login is none."""
    first, second, third, fourth = invoices()[:4]
    login = {"kind": "login.ok", "key": "clerk", "count": 3, "data": {}}
    deleted = {"kind": "invoice.delete", "key": "X-1", "count": 1, "data": {}}
    assert differences({"effects": [login, created(first)]}, [first]) == []
    wrong = [created(first, count=2), created(second, amount="1"), deleted, created(fourth)]
    assert differences({"effects": wrong}, [first, second, third]) == [
        "invoice.delete of X-1", f"{fourth['invoice_number']} was entered and nobody asked for it",
        f"{first['invoice_number']} was entered 2 times", f"{second['invoice_number']}: amount is '1', not '1250.00'",
        f"{third['invoice_number']} is not there",
    ]
