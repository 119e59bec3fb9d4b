"""A turn: one at a time, of all processes that share a folder; the dead have none."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from rpa_agent.domain.errors import StoreReadOnly
from rpa_agent.ops.process.turn import Turn

HOLDS = """
import sys, time
from pathlib import Path
from rpa_agent.ops.process.turn import Turn
assert Turn(Path(sys.argv[1])).take("R1")
print("taken", flush=True)
time.sleep(600)
"""


def test_one_has_it_at_a_time(tmp_path: Path) -> None:
    """Also within a process; whoever waits can say who has it."""
    first, second = Turn(tmp_path / "new" / "site"), Turn(tmp_path / "new" / "site")
    assert first.take("R1") and first.take("R1")
    assert not second.take("R2") and not second.taken
    assert second.holder() == "R1"
    assert Turn(tmp_path / "new" / "other").take("R3")
    first.give_back()
    first.give_back()
    assert second.take("R2") and second.holder() == "R2"


async def test_who_waits_is_woken_when_it_is_given_back(tmp_path: Path) -> None:
    """Within a process nobody looks again and again; what another process holds is looked at after a while."""
    first, second = Turn(tmp_path / "site"), Turn(tmp_path / "site")
    assert first.take("R1")
    waiting = [asyncio.ensure_future(second.wait(600)), asyncio.ensure_future(second.wait(0.01))]
    await waiting[1]
    assert not waiting[0].done()
    first.give_back()
    await waiting[0]
    assert second.take("R2")


def test_the_dead_have_none(tmp_path: Path) -> None:
    """A process that is killed has no time to give anything back."""
    turn = Turn(tmp_path / "site")
    with subprocess.Popen([sys.executable, "-c", HOLDS, str(tmp_path / "site")], stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None and other.stdout.readline() == "taken\n"
        assert not turn.take("R2")
        other.kill()
    assert turn.take("R2")


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    """Then nobody types anything."""
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(StoreReadOnly, match="nothing was typed"):
        Turn(tmp_path / "file" / "site").take("R1")
