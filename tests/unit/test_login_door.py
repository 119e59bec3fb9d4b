"""The door where an account's login is typed: one at a time, and never what was refused there, whoever typed it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from rpa_agent.domain.account import Account, AccountProbe
from rpa_agent.domain.errors import LoginNeeded
from rpa_agent.domain.procedure import Page, Procedure, Step
from rpa_agent.domain.target import Fingerprint, Target, Variant
from rpa_agent.login.door import Door
from rpa_agent.memory import Memory
from rpa_agent.ops.office import Office
from rpa_agent.ops.refusals import login_turn
from rpa_agent.ops.settings import Settings

if TYPE_CHECKING:
    from rpa_agent.browser.session import Browser

HELD = {"user": "clerk", "password": "hunter2", "code": "JBSWY3DPEHPK3PXP"}


def typed(role: str, kind: str) -> Step:
    look = Variant(fingerprint=Fingerprint(tag="input", role="textbox", name=role, type=kind, capability="fill"))
    return Step(id=role, kind="fill", target=Target(variants=(look,), page="pg"), value=f"{{{{ secrets.{role} }}}}")


LOGIN = Procedure(
    schema_=1, procedure="p_login", site="erp", task="Log in", secrets=("user", "password", "code"),
    steps=(typed("user", "text"), typed("code", "password"), typed("password", "password")),
    pages={"pg": Page(template="{base}/login")},
)  # fmt: skip


def account(name: str) -> Account:
    secrets = {role: f"{name}_{role}" for role in HELD}
    return Account(
        schema_=1, name=name, base_url="https://erp.test", secrets=secrets, totp="code", probe=AccountProbe(open="/")
    )  # fmt: skip


@dataclass
class OfOffice:
    """Implements login.opened.House as far as a door needs it: no browser, no memory."""

    settings: Settings
    office: Office

    @property
    def memory(self) -> Memory:
        raise AssertionError

    async def browser(self) -> Browser:
        raise AssertionError


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[OfOffice]:
    async with Office.open(tmp_path / "runs.db") as office:
        yield OfOffice(Settings.load(tmp_path), office)


def door(house: OfOffice, name: str, **other: str) -> Door:
    return Door(house, account(name), LOGIN, HELD | other, run="R2")


async def test_nobody_else_types_there_until_it_is_answered(house: OfOffice) -> None:
    """Neither a workflow that logs in by itself nor another account; who leaves by an error gives it back too."""
    other = login_turn(house.settings.state, "erp.test")
    assert other.take("R1")
    with pytest.raises(LoginNeeded, match=r"the run R1 logs in at erp\.test and does not get on; nothing was typed"):
        await door(house, "clerk").__aenter__()
    other.give_back()
    async with door(house, "clerk") as entered:
        assert not other.take("R1")
        entered.answered()
        assert other.take("R1")
        other.give_back()
    assert other.take("R1")


async def test_what_was_refused_to_one_account_is_not_typed_by_another(house: OfOffice) -> None:
    """Whatever its secrets are called and whatever code belongs to it; another user's login is another one."""
    async with door(house, "clerk") as entered:
        await entered.refused(["user"])
    async with door(house, "robot") as entered:  # the password was not typed before
        await entered.refused(["user", "password"])
    with pytest.raises(LoginNeeded, match=r"erp\.test refused clerk_user, clerk_password before, in a login of the account robot"):
        await door(house, "clerk", code="another").__aenter__()
    assert login_turn(house.settings.state, "erp.test").take("R3"), "it was given back"


async def test_a_user_of_his_own_is_let_to_the_door(house: OfOffice) -> None:
    async with door(house, "clerk") as entered:
        await entered.refused(["user", "password"])
    async with door(house, "boss", user="boss"):
        pass
    await door(house, "clerk").was_shown()
    async with door(house, "clerk"):
        pass
