"""When nothing more may go to a host: a commit is on its way there, and a connection broke."""

from __future__ import annotations

import pytest

from rpa_agent.browser.outbound.once import Unanswered
from rpa_agent.browser.outbound.tunnel import _asks

HERE, THERE = ("bank.example", 443), ("cdn.example", 443)


async def alive() -> bool:
    return True


async def given_up() -> bool:
    return False


async def test_the_first_connection_that_breaks_bars_the_host_until_the_answer() -> None:
    """And no other host."""
    commits = Unanswered()
    commits.goes("r1", HERE, alive)
    commits.broke(THERE)
    assert await commits.may_open(HERE)
    commits.broke(HERE)
    assert (await commits.may_open(HERE), await commits.may_open(THERE)) == (False, True)
    commits.answered("r1")
    assert await commits.may_open(HERE)


async def test_a_connection_that_breaks_while_nothing_is_on_its_way_bars_nothing() -> None:
    """Servers close idle connections all the time."""
    commits = Unanswered()
    commits.broke(HERE)
    commits.goes("r1", HERE, alive)
    assert await commits.may_open(HERE)


async def test_a_host_stays_barred_until_the_last_of_its_commits_is_answered() -> None:
    """An answer that is told twice, or of a request nobody knows, changes nothing."""
    commits = Unanswered()
    commits.goes("r1", HERE, alive)
    commits.goes("r2", HERE, alive)
    commits.broke(HERE)
    commits.answered("r1")
    commits.answered("r1")
    commits.answered("another")
    assert not await commits.may_open(HERE)


async def test_what_was_given_up_with_its_page_bars_nothing() -> None:
    """Nobody will hear of it again."""
    commits = Unanswered()
    commits.goes("r1", HERE, given_up)
    commits.broke(HERE)
    assert await commits.may_open(HERE)
    assert not commits.bars(HERE)


def record(kind: int, size: int) -> bytes:
    """Return one TLS record."""
    return bytes([kind, 3, 3, *size.to_bytes(2, "big")]) + b"x" * size


@pytest.mark.parametrize(
    ("data", "asks"),
    [
        (b"POST /save HTTP/1.1\r\n", True),
        (record(0x16, 500), False),  # hello
        (record(0x16, 60) + record(0x14, 1) + record(0x16, 40), False),  # TLS 1.2 ends its handshake
        (record(0x14, 1) + record(0x17, 53), False),  # and TLS 1.3
        (record(0x17, 19), False),  # goodbye
        (record(0x17, 400), True),
        (record(0x16, 60) + record(0x14, 1) + record(0x16, 40) + record(0x17, 400), True),
        (record(0x14, 1) + record(0x17, 53) + record(0x17, 400), True),
        (record(0x17, 400)[:100], True),
        (record(0x16, 500)[:100], True),  # cut off: better too much than too little
        (b"\x17", True),
    ],
)
def test_the_beginning_of_an_encrypted_connection_asks_for_nothing(data: bytes, asks: bool) -> None:
    """What may be a request is taken for one."""
    assert _asks(data) is asks
