"""What was sent is met again under another rule of what is the same, and never beside its twin."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from rpa_agent.domain.errors import NeedsPerson, StoreCorrupt
from rpa_agent.domain.workflow import Once
from rpa_agent.ops import proofs
from rpa_agent.ops.commit_key import Moment
from rpa_agent.ops.facts import Facts
from rpa_agent.ops.office import Office
from rpa_agent.store.sqlite import Database

DAY = date(2026, 11, 22)
PARAMS = {"number": "A-7", "amount": "120", "note": "x" * 500}


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with Office.open(tmp_path / "runs.db") as opened:
        yield opened


def facts(run: str, *, origin: str = "https://shop.example", params: dict[str, str] | None = None, **at: Any) -> Facts:
    moment = Moment(run=run, **{"day": DAY, **at})
    return Facts(origin=origin, workflow="pay", name="release", params=params or PARAMS, at=moment)


async def sent(office: Office, made: Facts, once: Once | None = None, *, named_by: str = "", state: str = "confirmed") -> str:
    key = await office.journal.key_for(made, once, named_by=named_by)
    await office.journal.arm(key, name="release", run=made.at.run)
    if state != "armed":
        await office.journal.sent(key)
    if state not in {"armed", "sent"}:
        await office.journal.settle(key, state)
    return key


@pytest.mark.parametrize(
    ("before", "once", "named_by", "at"),
    [
        ({}, Once(key=("number",)), "", {}),  # a key that a person adds after the first runs by hand
        ({"has_rows": True, "row_key": "A-7"}, Once(key=("number", "amount")), "", {}),  # and one after a batch
        ({}, None, "number", {"has_rows": True, "row_key": "A-7"}),  # a row that was done by hand before
        ({}, None, "", {"has_rows": True}),  # the same where no column names the rows
        ({"occurrence": "o1"}, Once(per="day"), "", {}),  # a daily release that has run by schedule
        ({}, Once(key=("number",), per="month"), "", {"occurrence": "o1"}),
    ],
)
async def test_a_rule_that_comes_later_covers_what_was_sent_before(
    office: Office, before: dict[str, Any], once: Once | None, named_by: str, at: dict[str, Any]
) -> None:
    """By its values; another record, another site and another period are not met by it."""
    key = await sent(office, facts("r1", **before))
    assert await office.journal.key_for(facts("r2", **at), once, named_by=named_by) == key
    assert await office.journal.state(key) == "confirmed"
    other = facts("r3", origin="https://test.example", **at)
    assert await office.journal.state(await office.journal.key_for(other, once, named_by=named_by)) is None
    if once is None or once.key:
        row = {"row_key": "A-8"} if at.get("row_key") else {}
        new = facts("r4", params={**PARAMS, "number": "A-8"}, **{**at, **row})
        assert await office.journal.state(await office.journal.key_for(new, once, named_by=named_by)) is None
    if once is not None and once.per in {"day", "month"}:
        later = facts("r5", **{**at, "day": date(2026, 12, 22)})
        assert await office.journal.state(await office.journal.key_for(later, once)) is None


async def test_a_rule_may_change_again_and_again(office: Office) -> None:
    """Each looks at all that was sent, whatever rule it was sent under; what is new under one is known under the next."""
    first = await sent(office, facts("r1"), Once(key=("number",)))
    second = await sent(office, facts("r2", params={**PARAMS, "number": "A-8"}), Once(key=("number", "amount")))
    for number, key in (("A-7", first), ("A-8", second)):
        made = facts("r3", params={**PARAMS, "number": number})
        assert await office.journal.key_for(made, Once(key=("number",))) == key
        assert await office.journal.key_for(made, Once(key=("note", "number"))) == key


async def test_by_hand_counts_for_its_run_alone_once_it_is_settled(office: Office) -> None:
    """The same by hand tomorrow, or an hour later, is meant."""
    one = await sent(office, facts("r1"))
    two = await sent(office, facts("r2"))
    assert one != two


@pytest.mark.parametrize("state", ["sent", "ambiguous"])
async def test_what_is_in_doubt_by_hand_is_not_sent_again_by_hand(office: Office, state: str) -> None:
    """The run that comes after it, with the same values, meets the doubt; one with others does not."""
    doubtful = await sent(office, facts("r1"), state=state)
    key = await office.journal.key_for(facts("r2"), None)
    assert key == doubtful
    with pytest.raises(NeedsPerson):
        await office.journal.arm(key, name="release", run="r2")
    await sent(office, facts("r3", params={**PARAMS, "amount": "9"}))


async def test_started_twice_at_once_it_is_sent_once(office: Office) -> None:
    """Both were planned before either sent: the one that comes second is told, however late it comes."""
    await office.runs.begin_run("pay")
    first = await office.journal.key_for(facts("r1"), None)
    second = await office.journal.key_for(facts("r2"), None)
    await office.runs.begin_run("pay")
    await office.journal.arm(first, name="release", run="r1")
    await office.journal.sent(first)
    with pytest.raises(NeedsPerson, match="same values"):
        await office.journal.arm(second, name="release", run="r2")
    await office.journal.settle(first, "confirmed")
    with pytest.raises(NeedsPerson, match="same values"):
        await office.journal.arm(second, name="release", run="r2")


async def test_a_run_that_died_armed_is_no_obstacle(office: Office) -> None:
    """It certainly sent nothing."""
    await sent(office, facts("gone"), state="armed")
    await office.journal.let_go("gone")
    await sent(office, facts("r2"))


@pytest.mark.parametrize("value", ["replace(facts, '120', '121')", "'{'"])
async def test_facts_that_were_altered_let_nothing_be_sent(office: Office, value: str) -> None:
    """What is not as it was written cannot say that nothing like it was sent."""
    await sent(office, facts("r1"))

    def alter(db: Database) -> None:
        db.execute(f"UPDATE journal SET facts = {value}")

    await office._shelf.write(alter)
    with pytest.raises(StoreCorrupt, match="nothing was sent"):
        await office.journal.key_for(facts("r2"), Once(key=("number",)))


async def test_an_address_that_is_damaged_into_none_is_told_and_stops_no_check(office: Office, tmp_path: Path) -> None:
    """A flipped byte may make a port of letters."""
    await sent(office, facts("r1", origin="http://127.0.0.1:38901"))
    with sqlite3.connect(tmp_path / "runs.db") as db:
        db.execute("UPDATE journal SET facts = replace(facts, ':38901', ':3890y')")
        found = proofs.damaged(Database(db))
    assert len(found) == 1
