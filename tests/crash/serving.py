"""A serving process for crash tests: every run sends one effect to a ledger file, journaled as the product does it.

Says on stdout which point each run has reached, and kills itself with SIGKILL at the point it is told to.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import sys
from datetime import timedelta
from pathlib import Path

from rpa_agent.domain.errors import NeedsPerson
from rpa_agent.domain.schedule import Schedule
from rpa_agent.domain.trajectory import Trajectory
from rpa_agent.ops.commit_key import Moment, commit_key
from rpa_agent.ops.due.occurrence import Occurrence
from rpa_agent.ops.office import Office
from rpa_agent.service import Habits, serve


class Runner:
    def __init__(self, office: Office, options: argparse.Namespace) -> None:
        self.office, self.ledger, self.probe = office, options.ledger, options.probe
        self.crash_at, self.pause = options.crash_at, options.pause

    def at(self, point: str, workflow: str) -> None:
        sys.stdout.write(f"{point} {workflow}\n")
        sys.stdout.flush()
        if point == self.crash_at:
            os.kill(os.getpid(), signal.SIGKILL)

    def arrived(self, key: str) -> bool:
        return self.ledger.exists() and key in self.ledger.read_text().split()

    async def run(self, occurrence: Occurrence) -> str:
        name, journal = occurrence.workflow, self.office.journal
        self.at("claimed", name)
        run = await self.office.runs.begin_run(name, occurrence=occurrence.id)
        self.at("begun", name)
        moment = Moment(run=run, day=occurrence.day, occurrence=occurrence.id)
        key = commit_key("http://127.0.0.1", name, "send", once=None, params={}, at=moment)
        if await journal.state(key) == "sent":
            if not self.probe:
                raise NeedsPerson("it may have arrived")
            await journal.settle(key, "confirmed" if self.arrived(key) else "not_done")
        if await journal.state(key) != "confirmed":
            await journal.arm(key, name="send", run=run)
            self.at("armed", name)
            await asyncio.sleep(self.pause)
            await journal.sent(key)
            self.at("sent", name)
            ledger = os.open(self.ledger, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
            os.write(ledger, f"{key}\n".encode())
            os.close(ledger)
            self.at("effect", name)
            await journal.settle(key, "confirmed")
            self.at("confirmed", name)
        await self.office.runs.end_run(
            Trajectory(run=run, workflow=name, site="s", procedure="p", version=1, started="", outcome="succeeded")
        )
        self.at("ended", name)
        return "succeeded"


async def main(options: argparse.Namespace) -> None:
    files = json.loads(options.rules.read_text())
    rules = {name: [Schedule.model_validate(rule) for rule in rules] for name, rules in files.items()}
    async with Office.open(options.runs, lambda: rules) as office:
        await serve(
            office, Runner(office, options).run, stop=asyncio.Event(), habits=Habits(max_parallel=options.parallel),
            look_every=timedelta(milliseconds=200), probed=lambda workflow, commit: options.probe,
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=Path, required=True)
    parser.add_argument("--rules", type=Path, required=True)
    parser.add_argument("--ledger", type=Path, required=True)
    parser.add_argument("--probe", action="store_true")
    parser.add_argument("--parallel", type=int, default=2)
    parser.add_argument("--pause", type=float, default=0.0)
    parser.add_argument("--crash-at", default="")
    asyncio.run(main(parser.parse_args()))
