"""A session that ends in the middle of a run: where it goes back to, what it never does again, and when it gives up."""

from __future__ import annotations

from datetime import date
from typing import Any

from fake_page import FakeJournal, FakeLadder, FakePage
from pages import AMOUNT, NUMBER, SAVE, link

from rpa_agent.domain.errors import LoginNeeded
from rpa_agent.domain.ports import Action, PageAtHand
from rpa_agent.domain.procedure import Expectation, Procedure, Request, Step
from rpa_agent.domain.proposal import Ref
from rpa_agent.domain.target import Fingerprint, Target, Variant
from rpa_agent.domain.trajectory import Signals, Trajectory
from rpa_agent.domain.workflow import HttpCheck, Param, Probe
from rpa_agent.run import Plan, run_procedure

POST = Request(method="POST", path="/invoices", fields={"number": "number"}, status=2)
SENT = Signals(url="{base}/invoices/*", requests=(POST,))
ASKED = "/api?number=RE-7"
PROBE = Probe(http=HttpCheck(get="/api?number={{ number }}", status=200), authoritative=True, settle="0s")
FORM = {"n": NUMBER, "a": AMOUNT, "s": SAVE}


def step(step_id: str, kind: str, shown: Fingerprint | None, **more: Any) -> Step:
    target = Target(variants=(Variant(fingerprint=shown),), page="pg") if shown else None
    return Step(**{"id": step_id, "kind": kind, "target": target, **more})


STEPS = (
    step("s0", "goto", None, value="{base}/form"),
    step("s1", "fill", NUMBER, value="{{ number }}"),
    step("s2", "fill", AMOUNT, value="12.00"),
    step("s3", "click", SAVE, effect="commit", commit="file", expect=Expectation(url="{base}/invoices/*", requests=(POST,))),
)


def answered(page: FakePage, action: Action, at: Ref | None) -> Signals | None:
    """Saving works."""
    return SENT if action.kind == "click" else None


def to_login(page: FakePage, action: Action, at: Ref | None) -> Signals | None:
    """Saving leaves, and the login page answers."""
    if action.kind != "click":
        return None
    page.url = "http://site.test/login"
    return Signals(url="{base}/login", requests=(POST,))


def gone_at(ref: str) -> Any:
    """The session ends when this field is filled: the login page stands there, without the fields."""

    def act(page: FakePage, action: Action, at: Ref | None) -> Signals | None:
        if at == ref and action.kind == "fill":
            page.url, page.elements = "http://site.test/login", {}
        return answered(page, action, at)

    return act


class Keeper:
    """Implements ports.LoginKeeper: logs in on the pages it was given, one after the other."""

    def __init__(self, *pages: FakePage, alive: bool = True) -> None:
        self.pages, self.renewed, self._alive = list(pages), 0, alive

    async def lost(self, page: PageAtHand) -> str:
        return "the site showed its login page instead" if page.url.endswith("/login") else ""

    async def alive(self, page: PageAtHand) -> bool:
        return self._alive

    async def renew(self) -> PageAtHand:
        self.renewed += 1
        if not self.pages:
            raise LoginNeeded("the account clerk is paused")
        return self.pages.pop(0)


def page(on_act: Any = answered, **more: Any) -> FakePage:
    return FakePage(elements=dict(FORM), on_act=on_act, **more)


async def run(
    first: FakePage, login: Keeper, journal: FakeJournal | None = None, *, steps: tuple[Step, ...] = STEPS, **plan: Any
) -> Trajectory:
    told = Plan(
        run="r1", values={"number": "RE-7"}, params={"number": Param()}, today=date(2026, 11, 22), keys={"file": "K"},
        step_seconds=0.2, login=login, **plan,
    )  # fmt: skip
    procedure = Procedure(procedure="p", site="s", task="t", steps=steps)
    return await run_procedure(procedure, first, told, ladder=FakeLadder(), journal=journal or FakeJournal())


IN_TABS = (
    step("s0", "goto", None, value="{base}/form"),
    step("s1", "click", SAVE, expect=Expectation(popup="{base}/entry")),
    step("s2", "fill", NUMBER, value="{{ number }}", tab=1),
    step("s3", "fill", AMOUNT, value="12.00", tab=1),
    step("s4", "fill", NUMBER, value="{{ number }}"),
)


def in_tabs(gone: str = "") -> FakePage:
    """A page whose button opens another tab; the session ends when the field ``gone`` is filled, in whichever tab."""

    def act(page: FakePage, action: Action, at: Ref | None) -> Signals | None:
        if action.kind == "click":
            page.tabs += 1
            return Signals(popup="{base}/entry")
        if at == gone:
            page.url, page.elements = "http://site.test/login", {}
        return None

    return page(act)


def clicks(of: FakePage) -> int:
    return sum(kind == "click" for kind, _, _ in of.acts)


async def test_what_was_typed_is_typed_again_on_a_new_page() -> None:
    """From the last page that an address leads to; each step is told of once."""
    first, second = page(gone_at("n")), page()
    trajectory = await run(first, Keeper(second))
    assert (trajectory.outcome, trajectory.sent) == ("succeeded", "sent"), trajectory.stopped
    assert [s.index for s in trajectory.steps] == [0, 1, 2, 3]
    assert second.fields == {"n": "RE-7", "a": "12.00"}
    assert (clicks(first), clicks(second)) == (0, 1)


async def test_the_gate_goes_with_the_run() -> None:
    """What leaves the new page is asked about as what left the first, and journaled before it leaves."""
    second, journal = page(), FakeJournal()
    await run(page(gone_at("n")), Keeper(second), journal)
    assert second.authorize is not None
    assert journal.told == ["armed", "sent", "confirmed"]


async def test_a_session_that_ends_again_and_again_is_renewed_twice() -> None:
    """Then whoever looks is told what the page was."""
    login = Keeper(*(page(gone_at("n")) for _ in range(5)))
    trajectory = await run(page(gone_at("n")), login)
    assert (trajectory.outcome, trajectory.fault, trajectory.sent) == ("needs_person", "login", "nothing")
    assert login.renewed == 2


async def test_a_dead_session_is_found_before_the_commit_is_armed() -> None:
    """Nothing is posted to it."""
    first, journal, login = page(), FakeJournal(), Keeper(alive=False)
    trajectory = await run(first, login, journal)
    assert (trajectory.outcome, trajectory.fault) == ("needs_person", "login")
    assert (clicks(first), journal.told) == (0, [])


async def test_a_commit_that_a_login_page_answered_is_not_sent_again() -> None:
    """Without a question that the site could be asked, a person looks; they are told what the page was."""
    first, second, journal = page(to_login), page(), FakeJournal()
    trajectory = await run(first, Keeper(second), journal)
    assert (trajectory.outcome, trajectory.sent) == ("needs_person", "unknown")
    assert "login page" in trajectory.stopped
    assert journal.states == {"K": "ambiguous"}
    assert (clicks(first), clicks(second)) == (1, 0)


async def test_the_site_is_asked_with_the_new_session() -> None:
    """It has it: nothing more is done."""
    second = page(answers={ASKED: (200, "")})
    trajectory = await run(page(to_login), Keeper(second), probes={"file": PROBE})
    assert (trajectory.outcome, trajectory.sent) == ("succeeded", "sent"), trajectory.stopped
    assert clicks(second) == 0


async def test_what_the_site_has_not_got_is_entered_again() -> None:
    """An authoritative no is what lets the next run send it, so this one does."""
    second, journal = page(), FakeJournal()
    trajectory = await run(page(to_login), Keeper(second), journal, probes={"file": PROBE})
    assert (trajectory.outcome, trajectory.sent) == ("succeeded", "sent"), trajectory.stopped
    assert (clicks(second), second.fields["n"]) == (1, "RE-7")
    assert journal.told == ["armed", "sent", "ambiguous", "not_done", "armed", "sent", "confirmed"]


async def test_where_nobody_can_log_in_the_doubt_stays() -> None:
    """The question cannot be asked, and that settles nothing."""
    first, journal = page(to_login), FakeJournal()
    trajectory = await run(first, Keeper(), journal, probes={"file": PROBE})
    assert (trajectory.outcome, trajectory.sent) == ("needs_person", "unknown")
    assert (clicks(first), journal.states) == (1, {"K": "ambiguous"})


async def test_further_tabs_open_again_on_the_way() -> None:
    """Wherever the session ended, the run goes back to before the first of them, in the one tab that there is then."""
    for gone in ("n", "a"):
        second = in_tabs()
        trajectory = await run(in_tabs(gone), Keeper(second), steps=IN_TABS)
        assert trajectory.outcome == "succeeded", trajectory.stopped
        assert [s.index for s in trajectory.steps] == [0, 1, 2, 3, 4]
        assert (clicks(second), second.fields) == (1, {"n": "RE-7", "a": "12.00"})
        assert [tab for tab, _, _ in second.turns] == [1, 0]


async def test_what_was_sent_before_a_tab_opened_is_never_sent_again() -> None:
    """After a commit there is no way back to before the tab: a person looks."""
    first, login = in_tabs("a"), Keeper(in_tabs())
    sends = step("s1", "click", SAVE, effect="commit", commit="file", expect=Expectation(popup="{base}/entry", requests=(POST,)))
    first.on_act = lambda page, action, at: _sent_into_a_tab(page, action, at)
    trajectory = await run(first, login, steps=(IN_TABS[0], sends, *IN_TABS[2:]))
    assert (trajectory.outcome, trajectory.sent, login.renewed) == ("needs_person", "sent", 0), trajectory.stopped


def _sent_into_a_tab(page: FakePage, action: Action, at: Ref | None) -> Signals | None:
    if action.kind == "click":
        page.tabs += 1
        return Signals(popup="{base}/entry", requests=(POST,))
    if at == "a":
        page.url, page.elements = "http://site.test/login", {}
    return None


# ---- after something was sent while further tabs are open ----------------------------------------------------------------

FIRST, SECOND = link("First", "/first"), link("Second", "/second")


def after_sending(*tabs: int, before: tuple[Step, ...] = ()) -> tuple[Step, ...]:
    """What is done once a form was sent and answered in a tab of its own: two links in turn, each in this tab."""
    sends = step("s1", "click", SAVE, effect="commit", commit="file", expect=Expectation(popup="{base}/entry", requests=(POST,)))
    links = (step(f"l{n}", "click", (FIRST, SECOND)[n % 2], tab=tab) for n, tab in enumerate(tabs))
    return (step("s0", "goto", None, value="{base}/form"), *before, sends, *links)


def with_links(gone_at_link: int = 0, opens: str = "s") -> FakePage:
    """A page on which the session ends when a link is followed for this time, counted over all tabs. ``opens`` is what opens
    another tab."""
    followed = 0

    def act(page: FakePage, action: Action, at: Ref | None) -> Signals | None:
        nonlocal followed
        if action.kind != "click":
            return None
        popup = "{base}/entry" if at == opens else ""
        page.tabs += bool(popup)
        if at == "s":
            page.url = "http://site.test/invoices/7"
            return Signals(popup=popup, requests=(POST,))
        followed += 1
        page.url = f"http://site.test/page/{followed}"
        if followed == gone_at_link:
            page.url, page.elements = "http://site.test/login", {}
        return Signals(popup=popup)

    return FakePage(elements={**FORM, "f": FIRST, "g": SECOND}, on_act=act)


def went_to(page: FakePage) -> list[str | None]:
    return [value for kind, _, value in page.acts if kind == "goto"]


async def test_where_no_other_tab_is_needed_any_more_the_run_goes_on_from_its_page() -> None:
    """A receipt stands open beside it: nothing is sent again, and what is done twice only reads."""
    second = with_links()
    trajectory = await run(with_links(gone_at_link=1), Keeper(second), steps=after_sending(0, 0, 0))
    assert (trajectory.outcome, trajectory.sent) == ("succeeded", "sent"), trajectory.stopped
    assert [s.id for s in trajectory.steps] == ["s0", "s1", "l0", "l1", "l2"]
    assert went_to(second) == ["http://site.test/invoices/7"]
    assert ("click", "s", None) not in second.acts


async def test_the_tab_that_all_the_rest_is_done_in_is_opened_at_its_address() -> None:
    """As the second one, since the steps name it so."""
    second = with_links()
    trajectory = await run(with_links(gone_at_link=2), Keeper(second), steps=after_sending(1, 1, 1))
    assert (trajectory.outcome, trajectory.sent) == ("succeeded", "sent"), trajectory.stopped
    assert (second.turns, went_to(second)) == ([(1, True, False)], ["http://site.test/page/1"])
    assert ("click", "s", None) not in second.acts


async def test_a_form_half_filled_in_before_another_was_sent_is_lost_with_its_session() -> None:
    """Its page can be opened again, and would be empty: a person looks."""
    half = step("n", "fill", NUMBER, value="{{ number }}")
    login = Keeper(with_links())
    trajectory = await run(with_links(gone_at_link=1), login, steps=after_sending(0, 0, before=(half,)))
    assert (trajectory.outcome, login.renewed) == ("succeeded", 1), "its form was sent, so nothing is half filled in"
    opens = step("o", "click", FIRST, expect=Expectation(popup="{base}/entry"))
    sends = step("s1", "click", SAVE, tab=1, effect="commit", commit="file", expect=Expectation(requests=(POST,)))
    back = (step("l0", "click", FIRST), step("l1", "click", SECOND))
    login = Keeper(with_links())
    steps = (step("s0", "goto", None, value="{base}/form"), half, opens, sends, *back)
    trajectory = await run(with_links(gone_at_link=2, opens="f"), login, steps=steps)
    assert (trajectory.outcome, trajectory.sent, login.renewed) == ("needs_person", "sent", 0), trajectory.stopped


async def test_where_another_tab_is_needed_again_a_person_looks() -> None:
    """What it showed is gone with the session, and the way to it leads past what was sent."""
    login = Keeper(with_links())
    trajectory = await run(with_links(gone_at_link=1), login, steps=after_sending(0, 0, 1))
    assert (trajectory.outcome, trajectory.sent, login.renewed) == ("needs_person", "sent", 0), trajectory.stopped
