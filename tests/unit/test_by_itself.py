"""What leaves without any act: what is kept of it, what no act is held for, and what the gate takes for it and does not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from fake_page import BASE, FakePage

from rpa_agent.build.by_itself import ambient_of, without
from rpa_agent.domain.gate import Change, Pass
from rpa_agent.domain.procedure import Ambient, Expectation, Request, Step
from rpa_agent.domain.recording import Act, Recording, SeenRequest
from rpa_agent.run.by_itself import ByItself
from rpa_agent.run.warden import Warden

Body = dict[str, str]
ALIVE = "/alive"


def beat(late: float, *, path: str = ALIVE, status: int = 204, **carried: str) -> SeenRequest:
    return SeenRequest(method="POST", url=BASE + path, kind="fetch", carried=carried, status=status, late=late)


def recording(*each: tuple[SeenRequest, ...]) -> Recording:
    """The page is opened; then a click for each of these."""
    opened = Act(kind="goto", url=BASE + "/form")
    return Recording(base_url=BASE, start=BASE + "/form", acts=(opened, *(Act(kind="click", requests=r) for r in each)))


def kept(*each: tuple[SeenRequest, ...], values: tuple[str, ...] = ()) -> list[tuple[str, tuple[str, ...]]]:
    return [(a.path, a.counts) for a in ambient_of(recording(*each), values, "salt")]


# ---- what is kept ----


def test_what_left_long_after_an_act_is_kept_and_what_an_act_sent_is_not() -> None:
    assert kept((beat(0.2, path="/save"), beat(9.0))) == [(ALIVE, ())]


@pytest.mark.parametrize(
    ("bodies", "counts"),
    [
        ([{"n": "1"}, {"n": "2"}, {"n": "9"}], ("n",)),
        ([{"at": '"2026-11-28T09:00:00Z"'}, {"at": '"2026-11-28T09:01:00Z"'}], ("at",)),
        ([{"n": "5"}, {"n": "3"}], ()),  # a count never goes back: these are two things
        ([{"n": "1", "who": "a"}, {"n": "2", "who": "b"}], ()),
        ([{"n": "1"}], ()),  # one example tells nothing
    ],
)
def test_a_field_counts_where_it_was_a_later_figure_each_time(bodies: list[Body], counts: tuple[str, ...]) -> None:
    found = kept(*((beat(9.0, **b),) for b in bodies))
    assert found == ([(ALIVE, counts)] if counts else [(ALIVE, ())] * len(bodies))


def test_what_carries_a_value_or_a_secret_is_not_kept() -> None:
    """Not as a digest either: a short one could be guessed."""
    assert kept((beat(9.0, who='"clerk"'),), values=("clerk",)) == []
    assert kept((beat(9.0, text='"seen by clerk today"'),), values=("clerk",)) == []
    assert kept((beat(9.0, path="/of/clerk/alive"),), values=("clerk",)) == []
    assert kept((beat(9.0, total='"1234.50"'),), values=("1.234,50",)) == []


def test_another_salt_makes_another_digest() -> None:
    one, other = (ambient_of(recording((beat(9.0, a="1"),)), (), salt)[0].digest for salt in ("salt", "pepper"))
    assert one != other


# ---- what no act is held for ----


def left(*each: tuple[SeenRequest, ...]) -> list[list[str]]:
    return [[r.url.removeprefix(BASE) for r in act.requests] for act in without(recording(*each)).acts[1:]]


def test_a_clock_is_no_acts_doing() -> None:
    """It beat in the same words long after two acts, and also soon after a third."""
    assert left((beat(8.0),), (beat(20.0),), (beat(2.0), beat(0.1, path="/save"))) == [[], [], ["/save"]]


@pytest.mark.parametrize(
    "each",
    [
        ((beat(8.0), beat(9.0)),),  # asked for again and again by one act alone
        ((beat(0.1), beat(8.0)), (beat(0.1), beat(8.0))),  # each time the act itself began it
        ((beat(8.0, status=503),), (beat(8.0, status=503),)),  # tried again
        ((beat(8.0, id="1"),), (beat(9.0, id="2"),)),  # what is undone within seconds leaves late, each for its own record
        ((beat(8.0),), (beat(2.0),)),  # once by itself
    ],
)
def test_what_an_act_may_have_sent_stays_its_doing(each: tuple[tuple[SeenRequest, ...], ...]) -> None:
    assert left(*each) == [[r.url.removeprefix(BASE) for r in requests] for requests in each]


# ---- the gate ----

POST = Request(method="POST", path="/save", fields={"name": "name"}, status=2)
COMMIT = Step(id="s1", kind="click", effect="commit", commit="save", expect=Expectation(requests=(POST,)))
VALUES = {"name": "Bolt & Co", "amount": "12.50"}


def change(carried: Mapping[str, str] | None, *, path: str = ALIVE, base: str = BASE, **more: Any) -> Change:
    return Change("POST", base + path, BASE, fields=dict(carried or {}), carried=carried, **more)


async def passes(change: Change, *shown: Ambient, salt: str = "salt", values: Mapping[str, str] = VALUES) -> bool:
    warden = Warden(FakePage({}), (COMMIT,), "learned", values, (), ByItself(shown, salt, values).knows)
    await warden.close(())
    return isinstance(await warden.authorize(change), Pass)


def shown(*bodies: Body, path: str = ALIVE) -> tuple[Ambient, ...]:
    return ambient_of(recording(*((beat(9.0, path=path, **b),) for b in bodies)), (), "salt")


async def test_the_very_same_passes_while_nothing_else_may_leave() -> None:
    assert await passes(change({"page": '"x"'}), *shown({"page": '"x"'}))
    assert not await passes(change({"page": '"x"'}))  # an old procedure holds nothing of the kind


@pytest.mark.parametrize(
    "other",
    [
        change({"page": '"y"', "n": "9"}),
        change({"page": '"x"', "n": "9", "more": "1"}),
        change({"page": '"x"'}),
        change({"page": '"x"', "n": '"all"'}),  # no figure any more
        change({"page": '"x"', "n": "12.5"}),  # this run's amount, in whatever way it is written
        change({"page": '"x"', "n": "9"}, path="/alive/2"),
        change({"page": '"x"', "n": "9"}, path="/alive?all=1"),
        change({"page": '"x"', "n": "9"}, base="http://other.test"),
        change({"page": '"x"', "n": "9"}, hop_of="http://other.test/x"),
        change(None),  # nobody can read it
    ],
)
async def test_anything_else_is_refused(other: Change) -> None:
    known = shown({"page": '"x"', "n": "1"}, {"page": '"x"', "n": "2"})
    assert await passes(change({"page": '"x"', "n": "9"}), *known)
    assert not await passes(other, *known)
    assert not await passes(change({"page": '"x"', "n": "9"}), *known, salt="pepper")


async def test_where_a_commit_goes_nothing_leaves_by_itself() -> None:
    """However often the demonstration sent the very same there: what is not due is held."""
    assert not await passes(change({"a": "1"}, path="/save"), *shown({"a": "1"}, {"a": "1"}, path="/save"))
    assert not await passes(change({"a": "1"}, path="/save/"), *shown({"a": "1"}, {"a": "1"}, path="/save/"))
