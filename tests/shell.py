"""The `rpa` command as tests use it: in this process where that is enough, or as a process of its own."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
import pytest
import yaml

from rpa_agent.cli.border import run_command
from rpa_agent.domain.schedule import Schedule
from rpa_agent.ops.office import Office

NAME = "enter-supplier-invoice"
PATIENCE_S = 60.0


def become_due(project: Path, *rules: Mapping[str, object]) -> datetime:
    """Give the workflow a schedule; each rule became due at the last midnight UTC. Return that moment."""
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    whole = [{"every": "1d", "grace": "3d", "examples": True, **rule} for rule in rules]
    path = project / "workflows" / f"{NAME}.yaml"
    path.write_text(yaml.safe_dump(yaml.safe_load(path.read_text("utf-8")) | {"schedule": whole}, allow_unicode=True), "utf-8")
    known = {NAME: [Schedule.model_validate(rule) for rule in whole]}

    async def register() -> None:
        before = midnight - timedelta(minutes=1)
        async with Office.open(project / ".rpa" / "runs.db", lambda: known, clock=lambda: before) as office:
            await office.occurrences.materialise()

    asyncio.run(register())
    return midnight


class Shell:
    """Commands in one project; what they said is kept in ``out`` and ``err``."""

    def __init__(self, project: Path, capture: pytest.CaptureFixture[str]) -> None:
        self.project, self._capture = project, capture
        self.out = self.err = ""
        self._started: list[Process] = []

    def __call__(self, *args: str) -> int:
        code = run_command([*args, "--project", str(self.project)])
        self.out, self.err = self._capture.readouterr()
        return code

    def json(self, *args: str) -> tuple[int, Any]:
        """Return the exit code and the last JSON line on stdout."""
        code = self(*args, "--json")
        return code, json.loads(self.out.splitlines()[-1])

    def items(self, *args: str) -> list[dict[str, Any]]:
        """Return the items of a list command, which must succeed."""
        code, answer = self.json(*args)
        assert (code, answer["schema"]) == (0, 1)
        found: list[dict[str, Any]] = answer["items"]
        return found

    def run(self, *args: str, secrets: bool = True) -> tuple[int, Any]:
        """Run the workflow that was shown, as JSON."""
        login = ["--env-file", str(self.project / "secrets.env")] if secrets else []
        return self.json("run", NAME, *login, *args)

    def edit(self, **keys: Any) -> None:
        """Change keys of the workflow file; None takes a key away."""
        path = self.project / "workflows" / f"{NAME}.yaml"
        data = yaml.safe_load(path.read_text())
        for key, value in keys.items():
            data.pop(key, None)
            if value is not None:
                data[key] = value
        path.write_text(yaml.safe_dump(data, allow_unicode=True, sort_keys=False))

    def start(self, *args: str) -> Process:
        """Start the command as a process group of its own, as a terminal does."""
        process = Process([*args, "--project", str(self.project)])
        self._started.append(process)
        return process

    def close(self) -> None:
        """Leave no process behind, however the test ended."""
        for process in self._started:
            process.kill()


class Process:
    """One running `rpa`, and the browser it started."""

    def __init__(
        self, args: list[str], *, by: tuple[str, ...] = (sys.executable, "-m", "rpa_agent"), env: Mapping[str, str] | None = None
    ) -> None:
        self._popen = subprocess.Popen(
            [*by, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            start_new_session=True, env=os.environ | {"PYTHONUNBUFFERED": "1", **(env or {})},
        )
        self.pid = self._popen.pid

    def until(self, seen: Callable[[], object], *, seconds: float = PATIENCE_S) -> None:
        """Look until something is so; the process must not end before it."""
        deadline = time.monotonic() + seconds
        while not seen():
            assert time.monotonic() < deadline, "it never came to that"
            if self._popen.poll() is not None and not seen():
                raise AssertionError(f"it ended before that: {self._popen.communicate()}")
            time.sleep(0.01)

    def browsers(self) -> list[psutil.Process]:
        """Return the browser's main process below this one: neither a script that starts it nor a helper of its own."""
        below = [p for p in psutil.Process(self.pid).children(recursive=True) if "chrom" in p.name()]
        return [p for p in below if not any(a.startswith("--type=") or a.endswith("/sh") for a in p.cmdline())]

    def below(self, name: str) -> list[psutil.Process]:
        """Return the processes of this name that it started."""
        return [p for p in psutil.Process(self.pid).children(recursive=True) if p.name() == name]

    def signal(self, number: int, *, group: bool = False) -> None:
        if group:
            os.killpg(self.pid, number)
        else:
            os.kill(self.pid, number)

    def kill(self) -> None:
        if self._popen.poll() is None:
            os.killpg(self.pid, signal.SIGKILL)
            self._popen.communicate()

    def end(self, *, seconds: float = PATIENCE_S) -> tuple[int, str, str]:
        """Wait for the end; return exit code, stdout and stderr."""
        out, err = self._popen.communicate(timeout=seconds)
        return self._popen.returncode, out, err
