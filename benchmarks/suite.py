"""A suite of real applications in two versions: what it offers, and what a workflow did to an application's database.

A suite is a folder with `realapps.py` (`APPS`, `Server(app, version)` with `base` and `db`), `demos/APP/WORKFLOW.py` and
`checks/APP.py` with one function a workflow.
"""

from __future__ import annotations

import importlib.util
import sqlite3
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

OLD, NEW = "old", "new"
Rows = Mapping[str, Counter[str]]


class SuiteUnfit(ValueError):
    """A folder that is no suite."""


@dataclass(frozen=True)
class Case:
    """One workflow of one application: how it is shown, and how its database tells whether the goal was met."""

    app: str
    name: str
    demonstration: Path
    task: str
    met: Callable[[sqlite3.Connection], object]

    @property
    def words(self) -> str:
        return f"{self.app}/{self.name}"


@dataclass(frozen=True)
class Suite:
    """The applications at hand."""

    folder: Path
    module: ModuleType

    @classmethod
    def at(cls, folder: Path) -> Suite:
        """Load a suite; raises SuiteUnfit."""
        path = folder.expanduser().resolve() / "realapps.py"
        if not path.is_file():
            raise SuiteUnfit(f"{folder} holds no realapps.py")
        sys.dont_write_bytecode = True  # the suite may be read-only, and is not ours
        return cls(path.parent, _loaded(path, "realapps"))

    def cases(self) -> list[Case]:
        """Return every demonstration that has a check, by application."""
        found = []
        for path in sorted((self.folder / "demos").glob("*/*.py")):
            checks = _loaded(self.folder / "checks" / f"{path.parent.name}.py", f"checks_{path.parent.name}")
            met = getattr(checks, path.stem, None)
            if met is not None:
                task = " ".join((met.__doc__ or path.stem).split())
                found.append(Case(path.parent.name, path.stem, path, task, met))
        return found

    def installed(self, app: str) -> str:
        """See to it that both versions of an application are there; return why not, in words, or nothing."""
        for version in self.module.APPS[app]:
            try:
                if not self.module.install(app, version):
                    return f"{app} {version} cannot be installed here"
            except (OSError, RuntimeError, ValueError, self.module.subprocess.SubprocessError) as e:
                return f"{app} {version}: {type(e).__name__}: {str(e)[:200]}"
        return ""

    def server(self, app: str, version: str) -> Any:
        """Return a context manager that runs a fresh copy of an application."""
        return self.module.Server(app, version)


def goal_met(case: Case, db: Path) -> bool:
    """Ask the application's own database."""
    with closing(_opened(db)) as connection:
        return bool(case.met(connection))


def rows_of(db: Path) -> Rows:
    """Return the rows of every table, each as one text."""
    with closing(_opened(db)) as connection:
        names = [r[0] for r in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {n: Counter(repr(r) for r in connection.execute(f'SELECT * FROM "{n}"')) for n in names}


def changed(before: Rows, after: Rows) -> dict[str, int]:
    """Return by table how many rows came, went or were altered (an altered one counts as gone and come: once)."""
    counts = {}
    for table in {*before, *after}:
        old, new = before.get(table, Counter()), after.get(table, Counter())
        if n := max((new - old).total(), (old - new).total()):
            counts[table] = n
    return counts


def more_than(shown: Mapping[str, int], done: Mapping[str, int]) -> list[str]:
    """Name what a run changed beyond what the demonstration changed: another table, or more rows of one."""
    return [f"{t}: {n} rows, shown {shown.get(t, 0)}" for t, n in sorted(done.items()) if n > shown.get(t, 0)]


def _opened(db: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{db}?mode=ro", uri=True, timeout=10)


def _loaded(path: Path, name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None or not path.is_file():
        raise SuiteUnfit(f"{path} cannot be loaded")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module
