"""What `rpa run` has loaded when it asks for a browser: the start of every run, many times a day."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PARAMS = {
    "supplier": "Adler", "invoice_number": "RE-1", "invoice_date": "2026-01-02", "due_date": "2026-02-01",
    "amount": "12.50", "currency": "EUR", "cost_centre": "3000 Sales",
}  # fmt: skip
# Ends `rpa` where Playwright's driver would start, which comes before the browser; no browser is needed.
ENDS_AT_THE_DRIVER = """
import json, os, sys
def heard(event, args):
    if event == "subprocess.Popen" and "playwright" in str(args[0]):
        print("LOADED " + json.dumps(sorted(sys.modules)), flush=True)
        os._exit(0)
sys.addaudithook(heard)
from rpa_agent.cli import main
main()
"""
OF_OTHERS = (
    "torch", "sentence_transformers", "numpy", "scipy", "browser_use", "openai", "rich", "apscheduler", "openpyxl", "httpx",
    "keyring", "sqlite_utils", "pydantic.v1", "email.mime", "asyncio.tools", "unittest", "pytest",
)  # fmt: skip
OF_OURS = (
    "run", "reflect", "update", "repair", "build", "formats", "login", "batch", "service", "demo", "reviewing", "exchange",
    "showing", "browser.page", "browser.gate", "browser.record", "memory.embeddings", "memory.index", "ops.schedule",
    "ops.traces", "cli.review", "cli.recording", "cli.batch_view",
)  # fmt: skip


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> frozenset[str]:
    """The modules that a run of a shipped workflow has loaded when it starts Playwright's driver."""
    state = tmp_path_factory.mktemp("start") / "state"
    params = [a for name, value in PARAMS.items() for a in ("--param", f"{name}={value}")]
    secrets = {"RPA_SECRET_USER_NAME": "clerk", "RPA_SECRET_PASSWORD": "secret", "RPA_BROWSER": sys.executable}
    command = [sys.executable, "-c", ENDS_AT_THE_DRIVER, "--project", str(ROOT), "--state", str(state)]
    for _ in range(2):  # the first start makes the stores, and is not the one of every day
        done = subprocess.run(
            [*command, "run", "enter-supplier-invoice", *params], cwd=ROOT, env={**os.environ, **secrets},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
    told = [line for line in done.stdout.splitlines() if line.startswith("LOADED ")]
    assert len(told) == 1, done.stdout + done.stderr
    return frozenset(json.loads(told[0].removeprefix("LOADED ")))


def among(loaded: frozenset[str], names: tuple[str, ...]) -> list[str]:
    return sorted(n for n in names if any(m == n or m.startswith(f"{n}.") for m in loaded))


def test_nothing_heavy_of_others_is_loaded_before_the_browser(loaded: frozenset[str]) -> None:
    """A known workflow needs neither a model nor a table of rows, and nobody looks at a picture of its progress."""
    assert "pydantic" in loaded
    assert among(loaded, OF_OTHERS) == []


def test_what_works_in_pages_is_loaded_while_the_browser_starts(loaded: frozenset[str]) -> None:
    """Of this house only what reads the plan, the memory and the journal is there; the rest comes when there is time."""
    assert "rpa_agent.planning" in loaded
    assert among(loaded, tuple(f"rpa_agent.{n}" for n in OF_OURS)) == []


def test_what_is_loaded_meanwhile_is_all_there() -> None:
    """A name that moved would only be missed when a browser starts."""
    from rpa_agent.rooms import ROOMS, load_rooms

    load_rooms()
    assert [n for n in ROOMS if f"rpa_agent.{n}" not in sys.modules] == []
