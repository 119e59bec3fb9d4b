"""`python -m benchmarks NAME [--quick] [--json] [--write FILE]`: measure, print tables, and keep the figures."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from .page import write
from .registry import MODULES, UnknownBenchmark, chosen, measure
from .report import Report, as_text


def main(args: Sequence[str] | None = None) -> int:
    """Run the benchmarks asked for; 1 when a goal was missed or a case could not run, 2 for wrong arguments."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("name", help=f"{', '.join(MODULES)}, or all")
    parser.add_argument("--quick", action="store_true", help="fewer cases, within a minute; figures are rough")
    parser.add_argument("--json", action="store_true", help="end with one JSON object of named figures")
    parser.add_argument(
        "--write", type=Path, metavar="FILE", help="put the figures into this page, as docs/benchmarks.md"
    )
    parser.add_argument("--suite", type=Path, metavar="FOLDER", help="real applications in two versions, for `apps`")
    parser.add_argument("--browser-use", type=Path, metavar="PYTHON", help="an interpreter that has it, for `repair`")
    parser.add_argument("--seed", type=int, metavar="N", help="draws other pages than those of the figures, for `repair`")
    parser.add_argument("--intents", type=Path, metavar="FILE", help="tasks with known answers, for `retrieval`")
    parser.add_argument("--fit", action="store_true", help="print the weights that `retrieval` ships")
    parser.add_argument("--base-url", metavar="URL", help="a model's address, asked by `gate` in the place of scripted ones")
    parser.add_argument("--model", metavar="NAME", help="its name there; the key comes from RPA_MODEL_KEY")
    parser.add_argument("--only", metavar="WORDS", help="attacks with this in their words alone, for `gate`")
    parser.add_argument("--kept", type=Path, metavar="FILE", help="where `gate` keeps what ended, to go on with it later")
    parser.add_argument("--minutes", type=float, metavar="N", help="how long to serve, for `soak`; when to end, for `gate`")
    given = parser.parse_args(args)
    try:
        names = chosen(given.name)
    except UnknownBenchmark as e:
        print(f"benchmarks: {e}", file=sys.stderr)
        return 2
    own: dict[str, dict[str, object]] = {
        "apps": {"suite": given.suite}, "repair": {"browser_use": given.browser_use, "seed": given.seed},
        "retrieval": {"intents": given.intents, "fit": given.fit}, "soak": {"minutes": given.minutes},
        "gate": {
            "base_url": given.base_url, "model": given.model, "only": given.only, "kept": given.kept, "minutes": given.minutes,
        },
    }
    reports = [_measured(name, quick=given.quick, own=own.get(name, {})) for name in names]
    if given.write:
        write(given.write, reports, quick=given.quick)
    if given.json:
        found = {r.name: r.as_json() for r in reports}
        print(json.dumps(found if given.name == "all" else found[given.name]))
    return 0 if all(not r.not_run and not r.as_json()["goals_missed"] for r in reports) else 1


def _measured(name: str, *, quick: bool, own: Mapping[str, object]) -> Report:
    started = time.monotonic()
    print(f"{name}: measuring …", file=sys.stderr)
    report = measure(name, quick=quick, **own)
    print(as_text(report), end="\n\n", flush=True)
    print(f"{name}: {time.monotonic() - started:.0f} s", file=sys.stderr)
    return report


if __name__ == "__main__":
    sys.exit(main())
