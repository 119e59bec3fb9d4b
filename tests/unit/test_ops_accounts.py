"""Accounts: one run at a time, never a refused password twice, one notice."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from rpa_agent.domain.errors import LoginNeeded
from rpa_agent.ops.office import Office
from rpa_agent.ops.process.owner import Owner

DEAD = Owner(pid=2**22 + 1, started=1.0, token="dead")
WRONG, RIGHT = {"password": "hunter2"}, {"password": "hunter3"}


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Office]:
    async with Office.open(tmp_path / "runs.db") as office:
        yield office


async def test_one_run_at_a_time(here: Office) -> None:
    """The second waits until the first is done."""
    order: list[str] = []
    first_in = asyncio.Event()

    async def use(run: str) -> None:
        async with here.accounts.held("clerk", run=run, seconds=20):
            order.append(f"{run} in")
            first_in.set()
            await asyncio.sleep(0)
            order.append(f"{run} out")

    first = asyncio.ensure_future(use("r1"))
    await first_in.wait()
    await asyncio.gather(first, use("r2"))
    assert order == ["r1 in", "r1 out", "r2 in", "r2 out"]
    assert (await here.accounts.get("clerk")).run == ""


async def test_who_waits_too_long_is_told_who_has_it(here: Office) -> None:
    """Nothing was typed; other accounts are free."""
    async with here.accounts.held("clerk", run="r1", seconds=0):
        with pytest.raises(LoginNeeded, match="in use by the run r1"):
            async with here.accounts.held("clerk", run="r2", seconds=0):
                pass
        async with here.accounts.held("boss", run="r2", seconds=0) as account:
            assert account.run == "r2"


async def test_the_dead_hold_nothing(tmp_path: Path) -> None:
    """A process that was killed had no time to give its account back."""
    async with Office.open(tmp_path / "runs.db", owner=DEAD) as office:
        held = office.accounts.held("clerk", run="r1", seconds=0)
        await held.__aenter__()
        async with Office.open(tmp_path / "runs.db") as other, other.accounts.held("clerk", run="r2", seconds=0):
            assert (await other.accounts.get("clerk")).run == "r2"


async def test_a_refused_password_is_not_tried_again(here: Office) -> None:
    """Until there is another one; then nobody has to do anything more."""
    assert await here.accounts.pause("clerk", "the password was refused", secrets=WRONG)
    with pytest.raises(LoginNeeded, match="the password was refused") as raised:
        await here.accounts.require_usable("clerk", secrets=WRONG)
    assert "rpa secret set" in raised.value.remedy and "hunter2" not in f"{raised.value} {raised.value.remedy}"
    await here.accounts.require_usable("clerk", secrets=RIGHT)
    with pytest.raises(LoginNeeded, match="refused before"):
        await here.accounts.require_usable("clerk", secrets=WRONG)  # however often it is set back


async def test_a_login_that_works_forgets_what_was_refused(here: Office) -> None:
    """The site knows best."""
    await here.accounts.pause("clerk", "locked", secrets=WRONG)
    await here.accounts.logged_in("clerk")
    await here.accounts.require_usable("clerk", secrets=WRONG)
    account = await here.accounts.get("clerk")
    assert (account.paused, bool(account.logged_in)) == ("", True)


async def test_logins_without_an_answer_are_counted_over_restarts(tmp_path: Path) -> None:
    """A killed process may have sent the password; after two of them a person looks first."""
    for _ in range(2):
        async with Office.open(tmp_path / "runs.db", owner=DEAD) as office:
            await office.accounts.begin_attempt("clerk", secrets=WRONG)
    async with Office.open(tmp_path / "runs.db") as office:
        with pytest.raises(LoginNeeded, match="2 logins in a row ended without an answer") as raised:
            await office.accounts.begin_attempt("clerk", secrets=WRONG)
        assert raised.value.of_account
        with pytest.raises(LoginNeeded, match="paused") as raised:
            await office.accounts.begin_attempt("clerk", secrets=WRONG)
        assert raised.value.of_account
        await office.accounts.begin_attempt("clerk", secrets=RIGHT)


async def test_a_login_that_sent_nothing_does_not_count(here: Office) -> None:
    """The site was down before anything was typed."""
    for _ in range(5):
        await here.accounts.begin_attempt("clerk", secrets=WRONG)
        await here.accounts.take_back_attempt("clerk")


async def test_a_thing_is_told_once(here: Office) -> None:
    """Every night says the same; another number of days is another thing."""
    news = [await here.accounts.is_news("clerk", text) for text in ("5 days", "5 days", "4 days")]
    assert news == [True, False, True]


async def test_a_person_can_end_a_pause(here: Office) -> None:
    """The site may have unlocked the account."""
    await here.accounts.pause("clerk", "locked", secrets=WRONG)
    await here.accounts.resume("clerk")
    await here.accounts.require_usable("clerk", secrets=WRONG)


async def test_what_waits_for_an_approval_may_be_tried_by_a_person_only(here: Office) -> None:
    """Each try by night would ring the phone again; the password was right."""
    await here.accounts.begin_attempt("clerk", secrets=RIGHT)
    await here.accounts.pause("clerk", "to be approved on the phone", secrets=RIGHT, refused=False)
    for _ in range(3):
        with pytest.raises(LoginNeeded, match="approved on the phone") as raised:
            await here.accounts.begin_attempt("clerk", secrets=RIGHT)
        assert raised.value.remedy == "Log in while you are there to approve it: `rpa login clerk`."
        await here.accounts.begin_attempt("clerk", secrets=RIGHT, by_person=True)
        await here.accounts.pause("clerk", "to be approved on the phone", secrets=RIGHT, refused=False)
        await here.accounts.take_back_attempt("clerk")
    await here.accounts.pause("clerk", "refused", secrets=WRONG)
    await here.accounts.begin_attempt("clerk", secrets=WRONG | {"password": "another"})
    assert (await here.accounts.get("clerk")).paused == ""


async def test_a_person_does_not_try_a_refused_password_either(here: Office) -> None:
    """They can say that it is right now; nobody types it by accident."""
    await here.accounts.pause("clerk", "refused", secrets=WRONG)
    with pytest.raises(LoginNeeded, match="refused"):
        await here.accounts.begin_attempt("clerk", secrets=WRONG, by_person=True)


async def test_one_notice_is_enough(here: Office) -> None:
    """However many workflows meet the pause."""
    told = [await here.accounts.pause("clerk", "refused", secrets=WRONG) for _ in range(3)]
    assert told == [True, False, False]


async def test_what_was_refused_cannot_be_read_from_the_file(here: Office, tmp_path: Path) -> None:
    """Not the password, and not the same fingerprint twice for one password."""
    await here.accounts.pause("clerk", "refused", secrets=WRONG)
    await here.accounts.pause("boss", "refused", secrets=WRONG)
    assert b"hunter2" not in b"".join(f.read_bytes() for f in tmp_path.iterdir())
    with closing(sqlite3.connect(tmp_path / "runs.db")) as db:
        one, other = (refused for (refused,) in db.execute("SELECT refused FROM accounts"))
    assert one != other


async def test_a_periods_code_is_used_once(here: Office) -> None:
    """By whichever process comes first; a login leaves it as it is."""
    assert await here.accounts.use_slot("clerk", 7)
    assert not await here.accounts.use_slot("clerk", 7)
    await here.accounts.logged_in("clerk")
    assert (await here.accounts.get("clerk")).slot == 7
    assert await here.accounts.use_slot("clerk", 8)
