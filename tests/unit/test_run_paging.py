"""A record that is not on the page: which pages of its list are turned, and what is never pressed on the way."""

from __future__ import annotations

from datetime import date
from typing import Any

from fake_page import FakeJournal, FakeLadder, FakePage
from pages import button, in_row

from rpa_agent.domain.ports import Action, ListSeen
from rpa_agent.domain.procedure import Expectation, Procedure, Request, Step
from rpa_agent.domain.target import Target, Variant
from rpa_agent.domain.trajectory import Signals, Trajectory
from rpa_agent.domain.workflow import Param
from rpa_agent.run import Plan, run_procedure

POST = Request(method="POST", path="/approve", status=2)
NEXT = button("Next")
SHOWN = in_row(button("Approve"), "{{ number }}")
APPROVE = Step(
    id="s1", kind="click", effect="commit", commit="approve", expect=Expectation(requests=(POST,)),
    target=Target(variants=(Variant(fingerprint=SHOWN),), page="pg"),
)  # fmt: skip


class List:
    """A list of pages, each with the button of one record."""

    def __init__(self, *numbers: str, endless: bool = False, **page: Any) -> None:
        self.numbers, self.endless = numbers, endless
        self.turning = Signals()  # what the pager sends
        self.page = FakePage(**{"elements": {}, "on_act": self._acted, **page})
        self.show(0)

    def show(self, at: int) -> None:
        number = self.numbers[min(at, len(self.numbers) - 1)]
        self.page.turned = at
        self.page.elements = {"a": in_row(button("Approve"), number), "n": NEXT}
        more = self.endless or at + 1 < len(self.numbers)
        self.page.lists = [ListSeen(rows=1, digest=str(n), next="n" if more else "") for n in range(at + 1)]

    def _acted(self, page: FakePage, action: Action, at: str | None) -> Signals | None:
        if at == "n":
            self.show(page.turned + 1)
        if at == "n":
            return self.turning
        if at == "a":
            return Signals(requests=(POST,))
        return None

    async def run(self, step: Step = APPROVE, **plan: Any) -> Trajectory:
        told = {
            "run": "r1", "values": {"number": "RE-7"}, "params": {"number": Param()}, "today": date(2026, 11, 22),
            "keys": {"approve": "K"}, "step_seconds": 0.01,
        }  # fmt: skip
        procedure = Procedure(procedure="p", site="s", task="t", steps=(step,))
        self.ladder = FakeLadder()
        return await run_procedure(
            procedure, self.page, Plan(**{**told, **plan}), ladder=self.ladder, journal=FakeJournal()
        )

    def pressed(self) -> list[str | None]:
        return [at for _, at, _ in self.page.acts]


async def test_a_record_on_the_page_costs_no_look_at_the_list() -> None:
    """The healthy way asks for nothing more."""
    shown = List("RE-7", "RE-8")
    done = await shown.run()
    assert (done.outcome, shown.pressed(), shown.page.looked) == ("succeeded", ["a"], 0)


async def test_pages_are_turned_behind_a_closed_gate_and_the_act_is_free() -> None:
    """Turning is read-only; what is sent in the end is the commit, as always."""
    shown = List("RE-1", "RE-2", "RE-7")
    done = await shown.run()
    assert (done.outcome, shown.pressed()) == ("succeeded", ["n", "n", "a"])
    posting = List("RE-1", "RE-7")
    posting.turning = Signals(requests=(Request(method="POST", path="/list"),))
    done = await posting.run()
    assert (done.outcome, done.refused_requests[:1]) == ("succeeded", ("POST {base}/list",))


async def test_the_request_that_a_pager_was_shown_to_send_may_leave() -> None:
    """And no other."""
    target = APPROVE.target.model_copy(update={"postback": "POST /list"}) if APPROVE.target else None
    shown = List("RE-1", "RE-7")
    shown.turning = Signals(requests=(Request(method="POST", path="/list"), Request(method="POST", path="/delete")))
    done = await shown.run(APPROVE.model_copy(update={"target": target}))
    assert (done.outcome, done.refused_requests) == ("succeeded", ("POST {base}/delete",))


async def test_the_control_that_was_shown_is_pressed_also_where_the_page_tells_of_none() -> None:
    """A person knew it without a word that says so."""
    turning = APPROVE.target.model_copy(update={"pager": Variant(fingerprint=NEXT)}) if APPROVE.target else None
    shown = List("RE-1", "RE-7")
    shown.page.lists = [ListSeen(rows=1, digest="0")]
    done = await shown.run(APPROVE.model_copy(update={"target": turning}))
    assert (done.outcome, shown.pressed()) == ("succeeded", ["n", "a"])


async def test_a_record_that_is_here_with_another_button_is_a_matter_of_repair() -> None:
    """No page is turned: the next one cannot have it."""
    shown = List("RE-7", "RE-8")
    shown.page.elements["a"] = in_row(button("Release"), "RE-7")
    shown.page.lists = [ListSeen(rows=1, digest="0", here=True, next="n")]
    done = await shown.run()
    assert (done.outcome, shown.pressed()) == ("needs_person", [])
    assert len(shown.ladder.asked) > 0


async def test_pages_are_turned_no_further_than_to_the_record() -> None:
    """Its button is another one now, and that is a matter of repair on the page that has it."""
    shown = List("RE-1", "RE-7", "RE-9")
    turned = shown.show

    def show(at: int) -> None:
        turned(at)
        if at == 1:
            shown.page.elements["a"] = in_row(button("Release"), "RE-7")
            shown.page.lists[1] = shown.page.lists[1].but(here=True)

    shown.show = show  # type: ignore[method-assign]
    done = await shown.run()
    assert (done.outcome, shown.pressed()) == ("needs_person", ["n"])


async def test_what_may_be_left_out_is_not_searched_for() -> None:
    """An optional act on a record that is not there is skipped."""
    shown = List("RE-1", "RE-7")
    done = await shown.run(APPROVE.model_copy(update={"optional": True, "effect": "none", "commit": None}))
    assert ([s.status for s in done.steps], shown.pressed()) == (["skipped"], [])


async def test_a_list_without_end_is_given_up() -> None:
    """With how far it was looked."""
    shown = List("RE-1", endless=True)
    done = await shown.run()
    assert (done.outcome, done.fault, done.sent) == ("needs_person", "data", "nothing")
    assert "'RE-7' is not in the list (200 pages looked at)" in done.stopped


async def test_a_record_is_known_without_the_blanks_around_its_name() -> None:
    """No page shows them. A name of nothing but blanks is no record's."""
    for number, pressed in ((" RE-7 ", ["a"]), (" ", [])):
        listed = List("RE-5", "RE-7")
        done = await listed.run(values={"number": number})
        assert [at for _, at, _ in listed.page.acts if at == "a"] == pressed, done.stopped
        assert done.sent == ("sent" if pressed else "nothing")
