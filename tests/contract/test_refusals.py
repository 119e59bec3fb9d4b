"""What a site refused, typed by a workflow's own login, is typed by no workflow again until somebody says so."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from rpa_agent.domain.binding import TypedLogin
from rpa_agent.domain.errors import LoginNeeded
from rpa_agent.ops.office import Office

LOGIN = TypedLogin(at="erp.test", names=("user_name", "password"))
WRONG = {"user_name": "clerk", "password": "canary-hunter2"}


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with Office.open(tmp_path / "runs.db") as office:
        yield office


async def refused(office: Office, run: str, by: str, **other: str) -> None:
    await office.refusals.note([LOGIN], values=WRONG | other, by=by, run=run)


async def usable(office: Office, run: str = "R9", *, at: str = "erp.test", **other: str) -> bool:
    try:
        await office.refusals.require_untried([LOGIN.but(at=at)], values=WRONG | other, run=run)
    except LoginNeeded as e:
        assert e.of_account and f"rpa resolve {run} --retry" in e.remedy
        assert "user_name, password" in e.message and "canary" not in e.message + e.remedy
        return False
    return True


async def test_the_same_secrets_are_not_typed_again_where_they_were_refused(office: Office) -> None:
    """By no workflow; others are, and so are these at another site, which has accounts of its own."""
    assert await usable(office)
    await refused(office, "R1", "pay")
    assert not await usable(office)
    assert await usable(office, password="another")
    assert await usable(office, at="bank.test")
    await refused(office, "R2", "pay", password="another")
    assert not await usable(office) and not await usable(office, password="another")


async def test_they_are_free_again_once_the_login_works(office: Office) -> None:
    """Its own workflow's; what another one was refused stays."""
    await refused(office, "R1", "pay")
    await office.refusals.forget(by="file")
    assert not await usable(office)
    await office.refusals.forget(by="pay")
    assert await usable(office)


@pytest.mark.parametrize("run", ["R1", "R7"])
@pytest.mark.parametrize(("how", "free"), [("retry", True), ("done_by_hand", True), ("skip", False)])
async def test_a_person_decides_by_the_run_that_was_refused_or_held_back(office: Office, run: str, how: str, free: bool) -> None:
    """Either of them waits in the inbox."""
    await refused(office, "R1", "pay")
    assert not await usable(office, "R7")
    await office.inbox.add(run, "pay" if run == "R1" else "file", "refused", fault="login")
    await office.resolve(run, how=how, who="Ada", reason="the site was down")  # type: ignore[arg-type]
    assert await usable(office) == free


async def test_what_was_refused_cannot_be_read_from_the_file(office: Office, tmp_path: Path) -> None:
    """Only a slow salted hash is kept, and the account table's own commands do not meet it."""
    await refused(office, "R1", "pay")
    everything = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"canary-hunter2" not in everything
    assert (await office.accounts.get("pay")).paused == ""


async def test_an_account_and_a_workflow_share_what_was_refused(office: Office) -> None:
    """What their secrets are called, and what else either of them types, counts for nothing; the user's name does. Whoever was
    only held back may say that it is tried again."""
    held = {"erp_user": "clerk", "erp_password": "canary-hunter2", "pin": "1234"}
    logins = [LOGIN.but(names=("erp_user", "pin")), LOGIN.but(names=("erp_user", "erp_password"))]
    await refused(office, "R1", "pay")
    with pytest.raises(LoginNeeded, match="refused erp_user, erp_password before, in a run of pay") as raised:
        await office.refusals.require_untried(logins, values=held, run="login:clerk")
    assert "rpa login clerk --resume" in raised.value.remedy and raised.value.where == "clerk"
    await office.refusals.require_untried(logins, values=held | {"erp_user": "boss"}, run="login:boss")
    await office.resume_account("clerk", who="Ada")
    assert await usable(office)
    await office.refusals.note(logins[1:], values=held, by="login:clerk", run="login:clerk")
    with pytest.raises(LoginNeeded, match="in a login of the account clerk"):
        await office.refusals.require_untried([LOGIN], values=WRONG, run="R3")
    await office.refusals.let_in([LOGIN], values=WRONG | {"password": "another"})
    assert not await usable(office)
    await office.refusals.let_in([LOGIN], values=WRONG)
    assert await usable(office)
