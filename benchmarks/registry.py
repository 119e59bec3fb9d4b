"""The benchmarks by name. Each module has ``measure(*, quick) -> Report``."""

from __future__ import annotations

from importlib import import_module
from typing import cast

from .report import Report

MODULES = {
    "replay": "benchmarks.replay",
    "startup": "benchmarks.startup",
    "record": "benchmarks.record",
    "apps": "benchmarks.apps",
    "repair": "benchmarks.repair",
    "faults": "benchmarks.faults",
    "releases": "benchmarks.releases",
    "gate": "benchmarks.gate",
    "crash": "benchmarks.crash",
    "schedule": "benchmarks.schedule",
    "soak": "benchmarks.soak",
    "memory": "benchmarks.memory",
    "retrieval": "benchmarks.retrieval",
}

APART = frozenset({"soak"})     # takes as long as one likes, so `all` leaves it out


class UnknownBenchmark(ValueError):
    """A name that stands for no benchmark."""


def chosen(name: str) -> list[str]:
    """Return the names that ``name`` stands for; ``all`` stands for every one but those apart."""
    if name == "all":
        return [one for one in MODULES if one not in APART]
    if name not in MODULES:
        raise UnknownBenchmark(f"there is no benchmark {name!r}; there are {', '.join(MODULES)}, and all")
    return [name]


def measure(name: str, *, quick: bool, **given: object) -> Report:
    """Run one benchmark; only its own module is loaded. ``given`` is what its name alone takes, as a suite's folder."""
    return cast(Report, import_module(MODULES[name]).measure(quick=quick, **given))
