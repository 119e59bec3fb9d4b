"""What leaves while a person shows a step: a commit once and through the journal, however the page sends it now."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest
from fake_page import FakeJournal

from rpa_agent.domain.errors import NeedsPerson
from rpa_agent.domain.gate import SOCKET, Change, Pass
from rpa_agent.domain.procedure import Expectation, Request, Step
from rpa_agent.teaching.by_hand import ByHand

BASE = "https://shop.example"
SAVE = Request(method="POST", path="/orders", fields={"number": "number", "amount": "amount"}, status=3)
SEARCH = Request(method="POST", path="/pick", fields={"q": "number"}, status=2)
STEPS = (
    Step(id="s1", kind="click", effect="draft", expect=Expectation(requests=(SEARCH,))),
    Step(id="s2", kind="click", effect="commit", commit="order", expect=Expectation(requests=(SAVE,))),
)
PAY = Request(method="GET", path="/pay/*", status=2)
READ = Step(id="s2", kind="click", effect="commit", commit="order", expect=Expectation(requests=(PAY,)))
VALUES = {"number": "RE-7", "amount": "1.234,50"}
OWN = {"number": "RE-7", "amount": "1234.50"}


def by_hand(*steps: Step, keys: Mapping[str, str] | None = None, **more: Any) -> ByHand:
    known = {"order": "K"} if keys is None else keys
    return ByHand(more.pop("journal", FakeJournal()), "r1", steps or STEPS, known, VALUES, **more)


def change(path: str = "/orders", method: str = "POST", *, fields: Mapping[str, str] | None = OWN, **more: Any) -> Change:
    digest = f"{method} {path} {dict(fields) if fields is not None else None}"
    return Change(method, BASE + path, BASE, fields=fields, digest=digest, **more)


async def passes(guard: ByHand, *changes: Change) -> list[bool]:
    return [isinstance(await guard.authorize(c), Pass) for c in changes]


@pytest.mark.parametrize(
    ("sent", "journaled"),
    [
        (change(), True),
        (change("/v2/orders"), True),  # a new release sends it elsewhere
        (change("/graphql", fields={"input.no": "RE-7", "input.total": "1234.5"}, operation="mutation placeOrder"), True),
        (change("/v2/orders", fields={"number": "RE-8", "amount": "9"}), False),  # another record: it is no repetition of ours
        (change("/pick", fields={"q": "RE-7"}), False),
        (change("/autosave"), False),
    ],
)
async def test_what_may_be_the_commit_is_journaled_before_it_leaves(sent: Change, journaled: bool) -> None:
    journal = FakeJournal()
    guard = by_hand(journal=journal)
    assert await passes(guard, sent) == [True]
    assert (guard.left, journal.states) == (({"order": "K"}, {"K": "sent"}) if journaled else ({}, {}))


async def test_what_does_not_leave_is_told_at_once_and_only_once() -> None:
    """The page stays as it is, and the person presses again."""
    said: list[str] = []
    guard = by_hand(keys={}, tell=said.append)
    assert await passes(guard, change(), change(fields={**OWN, "note": "again"})) == [False, False]
    assert said == ["order did not leave: what tells it apart is read on the way, by a run: let the run send it."]


async def test_a_commit_that_is_a_read_is_journaled_as_any_other() -> None:
    guard = by_hand(READ)
    assert await passes(guard, change("/pay/7", "GET", fields={})) == [True]
    assert guard.left == {"order": "K"}


async def test_a_page_that_sends_twice_at_once_sends_once_and_a_person_may_correct_what_came_back() -> None:
    """The very same once more is the page's doing; other words are a person's."""
    guard = by_hand()
    both = await asyncio.gather(guard.authorize(change()), guard.authorize(change()))
    assert sorted(isinstance(d, Pass) for d in both) == [False, True]
    assert "sent already" in guard.refused["order"]
    assert await passes(guard, change(fields={**OWN, "note": "corrected"})) == [True]


async def test_what_only_a_run_can_tell_apart_is_left_to_the_run() -> None:
    """Its key is made of what is read on the way: sent by hand nobody could know it again, and the run would send it once more."""
    guard = by_hand(keys={})
    assert await passes(guard, change(), change("/v2/orders")) == [False, False]
    assert "by a run" in guard.refused["order"]


async def test_what_the_journal_does_not_take_does_not_leave() -> None:
    class Taken(FakeJournal):
        async def arm(self, key: str, *, name: str, run: str, again: str | None = None) -> None:
            raise NeedsPerson("it was sent and confirmed before")

    guard = by_hand(journal=Taken())
    assert await passes(guard, change()) == [False]
    assert guard.refused == {"order": "it was sent and confirmed before"}


async def test_from_another_machine_nothing_leaves_that_nobody_showed() -> None:
    """Searches and drafts do; a socket does where the commit is no message on one."""
    guard = by_hand(sends=False)
    sent = (change(), change("/v2/orders"), change("/file", fields=None), change("/pick", fields={"q": "x"}), change("/search"))
    assert await passes(guard, *sent) == [False, False, False, True, True]
    assert await passes(guard, change("/live", SOCKET)) == [True]
    says = STEPS[1].but(expect=Expectation(socket="{base}/live"))
    assert await passes(by_hand(says, sends=False), change("/live", SOCKET)) == [False]


async def test_what_was_shown_to_send_and_left_unknown_is_not_done_anew() -> None:
    """Nobody could read it as it left: afterwards it counts as sent, and is in doubt until its answer proves it."""
    guard = by_hand()
    assert await passes(guard, change("/v2/file", fields=None)) == [True]
    pressed = Step(
        id="n1", kind="click", effect="commit", commit="file",
        expect=Expectation(requests=(Request(method="POST", path="/v2/file", status=3),)),
    )  # fmt: skip
    await guard.also_left((pressed,))
    assert (guard.left, guard.unnamed) == ({"order": "K"}, [])


async def test_what_the_journal_knows_already_is_not_counted_again() -> None:
    guard = by_hand()
    await passes(guard, change())
    await guard.also_left((STEPS[1],))
    assert (guard.left, guard.unnamed) == ({"order": "K"}, [])


async def test_a_commit_that_nobody_has_a_name_for_is_told() -> None:
    guard = by_hand(STEPS[0], keys={})
    await guard.also_left((STEPS[1],))
    assert guard.unnamed == ["order"]
