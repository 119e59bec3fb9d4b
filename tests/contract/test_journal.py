"""The journal's promise: a key is taken by one run, sent at most once, and doubt is never resolved by sending again."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from rpa_agent.domain import ports
from rpa_agent.domain.errors import NeedsPerson, RpaAgentError, StoreLocked, UsageInvalid
from rpa_agent.domain.trajectory import Trajectory
from rpa_agent.ops.office import Office
from rpa_agent.ops.process.owner import Owner
from rpa_agent.store.sqlite import Database

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
DEAD = Owner(pid=2**22 + 1, started=1.0, token="dead")
KEY, NAME = "KEY", "file-invoice"


@asynccontextmanager
async def office(path: Path, owner: Owner | None = None) -> AsyncIterator[Office]:
    async with Office.open(path / "runs.db", clock=lambda: NOON, owner=owner) as opened:
        yield opened


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Office]:
    """This process's office."""
    async with office(tmp_path) as opened:
        yield opened


@pytest.fixture
async def dead(tmp_path: Path) -> AsyncIterator[Office]:
    """The office of a process that is gone, on the same file."""
    async with office(tmp_path, DEAD) as opened:
        yield opened


async def brought_to(office: Office, state: str, *, run: str = "old") -> None:
    """Bring the key to a state the way a run does."""
    journal = office.journal
    if state == "planned":
        await journal.plan(KEY, name=NAME, run=run)
        return
    await journal.arm(KEY, name=NAME, run=run)
    if state in ("sent", "confirmed", "ambiguous"):
        await journal.sent(KEY)
    if state in ("confirmed", "ambiguous", "not_done"):
        await journal.settle(KEY, state)


async def test_it_is_a_journal_port(here: Office) -> None:
    """The verbs see state, arm, sent and settle."""
    port: ports.Journal = here.journal
    assert await port.state("unknown") is None


async def test_the_way_of_a_commit(here: Office) -> None:
    """Armed, sent, confirmed, each kept with its moment and its run."""
    await here.journal.plan(KEY, name=NAME, run="r1")
    await here.journal.arm(KEY, name=NAME, run="r1")
    await here.journal.sent(KEY)
    await here.journal.settle(KEY, "confirmed", receipt={"number": "INV-1"})
    entry = await here.journal.entry(KEY)
    assert entry and (entry.state, entry.run, entry.receipt) == ("confirmed", "r1", {"number": "INV-1"})
    history = await here.journal.history(KEY)
    assert [t.state for t in history] == ["planned", "armed", "sent", "confirmed"]
    assert {(t.run, t.at[:13]) for t in history} == {("r1", "2026-11-22T12")}


# may another run arm the key? after a dead process, while its process lives, and after the run has ended
ARM_TABLE = [
    ("planned", True, True, True),
    ("armed", True, False, True),
    ("sent", False, False, False),
    ("ambiguous", False, False, False),
    ("not_done", True, True, True),
    ("confirmed", False, False, False),
]


@pytest.mark.parametrize(("state", "after_death", "while_alive", "after_end"), ARM_TABLE)
async def test_who_may_take_a_key(
    tmp_path: Path, state: str, after_death: bool, while_alive: bool, after_end: bool
) -> None:
    """Only what was certainly not sent, and is held by nobody who could still send it."""
    for name, allowed in (("death", after_death), ("life", while_alive), ("end", after_end)):
        folder = tmp_path / name
        async with office(folder, DEAD if name == "death" else None) as first, office(folder) as second:
            await brought_to(first, state)
            if name == "end":
                await first.runs.end_run(
                    Trajectory(run="old", workflow="w", site="s", procedure="p", version=1, started="")
                )
            if allowed:
                await second.journal.arm(KEY, name=NAME, run="new")
                assert await first.journal.state(KEY) == "armed"
                with pytest.raises(NeedsPerson):
                    await first.journal.sent(KEY)
                await second.journal.sent(KEY)
            else:
                with pytest.raises(NeedsPerson) as refused:
                    await second.journal.arm(KEY, name=NAME, run="new")
                assert await second.journal.state(KEY) == state
                assert refused.value.message.startswith(NAME)
                assert "run old (2026-11-22 12:00:00 UTC)" in refused.value.message


SETTLE_TABLE = {
    "planned": {"not_done"},
    "armed": {"confirmed", "not_done"},
    "sent": {"confirmed", "ambiguous", "not_done"},
    "ambiguous": {"confirmed", "ambiguous", "not_done"},
    "not_done": {"confirmed", "not_done"},
    "confirmed": {"confirmed"},
}


@pytest.mark.parametrize("state", SETTLE_TABLE)
@pytest.mark.parametrize("to", ["confirmed", "ambiguous", "not_done", "armed", "sent", "planned", "rubbish"])
async def test_what_may_follow_what(tmp_path: Path, state: str, to: str) -> None:
    """A confirmed commit never becomes doubtful, and nothing is un-sent."""
    async with office(tmp_path, DEAD) as old, office(tmp_path) as here:
        await brought_to(old, state)
        if to in SETTLE_TABLE[state]:
            await here.journal.settle(KEY, to)
            assert await here.journal.state(KEY) == to
        else:
            with pytest.raises(NeedsPerson, match="cannot become"):
                await here.journal.settle(KEY, to)
            assert await here.journal.state(KEY) == state


async def test_a_live_flight_is_left_alone(here: Office, tmp_path: Path) -> None:
    """A probe that came too early must not settle what another live process has just sent."""
    await brought_to(here, "sent")
    other = Owner(pid=1, started=Owner.me().started, token="other")
    async with office(tmp_path, other) as second:
        for state in ("not_done", "confirmed", "ambiguous"):
            with pytest.raises(NeedsPerson, match="in flight"):
                await second.journal.settle(KEY, state)
    assert await here.journal.state(KEY) == "sent"


async def test_after_a_probe_found_nothing_it_may_go_again(dead: Office, here: Office) -> None:
    """Sent by a dead run, settled as not done, armed and sent by the next."""
    await brought_to(dead, "sent")
    await here.journal.settle(KEY, "not_done", note="probe negative twice")
    await here.journal.arm(KEY, name=NAME, run="new")
    await here.journal.sent(KEY)
    await here.journal.settle(KEY, "confirmed")
    states = [t.state for t in await here.journal.history(KEY)]
    assert states == ["armed", "sent", "not_done", "armed", "sent", "confirmed"]


async def test_sending_needs_arming_here_and_now(here: Office, tmp_path: Path) -> None:
    """Not without arming, not twice, not by another process, not after settling."""
    with pytest.raises(NeedsPerson, match="not held"):
        await here.journal.sent(KEY)
    await here.journal.arm(KEY, name=NAME, run="r1")
    async with office(tmp_path) as second:
        with pytest.raises(NeedsPerson, match="not held"):
            await second.journal.sent(KEY)
    await here.journal.sent(KEY)
    with pytest.raises(NeedsPerson, match="not armed"):
        await here.journal.sent(KEY)
    await here.journal.settle(KEY, "not_done")
    with pytest.raises(NeedsPerson, match="not held"):
        await here.journal.sent(KEY)


async def test_a_run_does_not_resend_its_own(here: Office) -> None:
    """Also the run that sent it may not arm it again before it is settled."""
    await brought_to(here, "sent", run="r1")
    with pytest.raises(NeedsPerson, match="whether it arrived is not known"):
        await here.journal.arm(KEY, name=NAME, run="r1")


async def test_arming_twice_in_one_run_is_one(here: Office) -> None:
    """A step that is tried again before anything was sent keeps its key."""
    await here.journal.arm(KEY, name=NAME, run="r1")
    await here.journal.arm(KEY, name=NAME, run="r1")
    await here.journal.sent(KEY)


async def test_repetition_on_purpose_begins_a_new_generation(here: Office) -> None:
    """The reason is kept, the old entry stays, and the new one is as strict as the first."""
    await brought_to(here, "confirmed", run="r1")
    await here.journal.arm(KEY, name=NAME, run="r2", again="the customer asked for a second copy")
    await here.journal.sent(KEY)
    await here.journal.settle(KEY, "confirmed")
    entry = await here.journal.entry(KEY)
    assert entry and (entry.generation, entry.run, entry.again) == (2, "r2", "the customer asked for a second copy")
    assert [(t.generation, t.state) for t in await here.journal.history(KEY)] == [
        (1, "armed"), (1, "sent"), (1, "confirmed"), (2, "armed"), (2, "sent"), (2, "confirmed"),
    ]
    assert [e.generation for e in await here.journal.of_run("r1")] == [1]


async def test_one_run_repeats_once(here: Office) -> None:
    """A retry inside the run that repeats on purpose must not repeat once more."""
    await brought_to(here, "confirmed", run="r1")
    await here.journal.arm(KEY, name=NAME, run="r2", again="reason")
    await here.journal.sent(KEY)
    await here.journal.settle(KEY, "confirmed")
    with pytest.raises(NeedsPerson):
        await here.journal.arm(KEY, name=NAME, run="r2", again="reason")


async def test_again_does_not_jump_over_doubt(dead: Office, here: Office) -> None:
    """First settle what is in doubt, then repeat."""
    await brought_to(dead, "sent")
    with pytest.raises(NeedsPerson, match="not known"):
        await here.journal.arm(KEY, name=NAME, run="new", again="reason")
    with pytest.raises(UsageInvalid):
        await here.journal.arm(KEY, name=NAME, run="new", again="  ")


async def test_a_crash_in_a_repetition_is_taken_up_where_it_was(dead: Office, here: Office) -> None:
    """The second generation was armed by a dead run: the next run takes that one, without a third."""
    await brought_to(dead, "confirmed", run="r1")
    await dead.journal.arm(KEY, name=NAME, run="r2", again="reason")
    await here.journal.arm(KEY, name=NAME, run="r3")
    entry = await here.journal.entry(KEY)
    assert entry and (entry.generation, entry.again, entry.state) == (2, "reason", "armed")


async def test_a_race_has_one_winner(tmp_path: Path) -> None:
    """Of many runs that arm one key at once, exactly one may send."""
    async with office(tmp_path) as a, office(tmp_path) as b, office(tmp_path) as c:

        async def go(n: int, journal: ports.Journal) -> bool:
            try:
                await journal.arm(KEY, name=NAME, run=f"r{n}")
                await asyncio.sleep(0)
                await journal.sent(KEY)
            except RpaAgentError:
                return False
            return True

        won = await asyncio.gather(*(go(n, (a, b, c)[n % 3].journal) for n in range(30)))
        assert sum(won) == 1
        assert [t.state for t in await a.journal.history(KEY)].count("sent") == 1


async def test_what_arm_and_sent_return_is_on_disk(here: Office, tmp_path: Path) -> None:
    """Another connection sees it, and the file asks for a sync at every commit."""
    await brought_to(here, "sent")
    with sqlite3.connect(tmp_path / "runs.db") as plain:
        assert plain.execute("SELECT state FROM journal WHERE key = ?", [KEY]).fetchone() == ("sent",)
    assert await here._shelf.read(lambda db: db.execute("PRAGMA synchronous").fetchone()[0]) == 2


async def test_a_full_disk_refuses_to_arm(here: Office) -> None:
    """What cannot be journaled is not sent: the error comes before the act."""

    def fill(db: Database) -> None:
        pages = db.conn.execute("PRAGMA page_count").fetchone()[0]
        db.conn.execute(f"PRAGMA max_page_count = {pages}")

    await here._shelf.read(fill)
    with pytest.raises(RpaAgentError, match="disk is full"):
        for n in range(2000):
            await here.journal.arm(f"{KEY}{n}" + "x" * 2000, name=NAME, run="r1")


async def test_a_database_that_another_program_holds_lets_nothing_be_sent(here: Office, tmp_path: Path) -> None:
    """Neither arming nor the word that the request leaves can be written: both refuse before anything leaves."""
    await here._shelf.read(lambda db: db.execute("PRAGMA busy_timeout = 30"))
    await here.journal.arm(KEY, name=NAME, run="r1")
    with closing(sqlite3.connect(tmp_path / "runs.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreLocked):
            await here.journal.sent(KEY)
        with pytest.raises(StoreLocked):
            await here.journal.arm(KEY + "2", name=NAME, run="r1")
        other.execute("ROLLBACK")
    assert [await here.journal.state(key) for key in (KEY, KEY + "2")] == ["armed", None]


async def test_settling_an_unknown_key_is_refused(here: Office) -> None:
    """A typing error must not make a commit that never was."""
    with pytest.raises(UsageInvalid, match="knows no commit"):
        await here.journal.settle("nothing", "confirmed")


async def test_receipts_add_up(here: Office) -> None:
    """What proves it first and what a later probe proves are both kept."""
    await brought_to(here, "sent")
    await here.journal.settle(KEY, "confirmed", receipt={"number": "INV-1"})
    await here.journal.settle(KEY, "confirmed", receipt={"status": "200"})
    entry = await here.journal.entry(KEY)
    assert entry and entry.receipt == {"number": "INV-1", "status": "200"}
