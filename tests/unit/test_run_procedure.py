"""A run step by step against a page of plain values: what is pressed, what is not, and what the journal says."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import pytest
from fake_page import BASE, FakeJournal, FakeLadder, FakePage
from pages import AMOUNT, DISCARD, NUMBER, SAVE, button, changed

from rpa_agent.domain.errors import ActionFailed, BrowserGone, PageGone, RpaAgentError, SiteUnreachable
from rpa_agent.domain.gate import Change, Refuse
from rpa_agent.domain.ports import Action
from rpa_agent.domain.procedure import Expectation, Procedure, Request, Step
from rpa_agent.domain.proposal import Candidate, Dismiss, Park, Proposal, Skip, UseTarget
from rpa_agent.domain.target import Fingerprint, Target, Variant
from rpa_agent.domain.trajectory import Signals, Trajectory
from rpa_agent.domain.workflow import Param
from rpa_agent.run import Plan, run_procedure
from rpa_agent.run.step import kept_value

POST = Request(method="POST", path="/invoices", fields={"number": "number", "amount": "amount"}, status=2)
SENT = Signals(url="{base}/invoices/*", requests=(POST,), texts=("Filed",))


def step(step_id: str, kind: str, shown: Fingerprint | None, **more: Any) -> Step:
    target = Target(variants=(Variant(fingerprint=shown),), page="pg") if shown else None
    return Step(**{"id": step_id, "kind": kind, "target": target, **more})


OPEN = step("s0", "goto", None, value="{base}/form")
TYPE = step("s1", "fill", NUMBER, value="{{ number }}")
PAY = step("s2", "fill", AMOUNT, value="{{ amount }}", format="1.234,50")
SEND = step(
    "s3", "click", SAVE, effect="commit", commit="file", expect=Expectation(url="{base}/invoices/*", requests=(POST,))
)
SECRET = step("s4", "fill", NUMBER, value="{{ secrets.pin }}")
PARAMS = {"number": Param(), "amount": Param(type="decimal"), "note": Param(required=False)}
PAGE = {"n": NUMBER, "a": AMOUNT, "s": SAVE, "d": DISCARD}


def sends(page: FakePage, action: Action, at: str | None) -> Signals | None:
    """Save sends the form."""
    return SENT if action.kind == "click" and at == "s" else None


class Scene:
    """One page, one journal, one ladder; a run of these steps."""

    def __init__(self, *proposals: list[Proposal], **page: Any) -> None:
        self.page = FakePage(**{"elements": dict(PAGE), "on_act": sends, **page})
        self.journal, self.ladder = FakeJournal(), FakeLadder(list(proposals))

    async def run(self, *steps: Step, **plan: Any) -> Trajectory:
        values = plan.pop("values", {"number": "RE-7", "amount": "1234.5"})
        procedure = Procedure(procedure="p", site="s", task="t", steps=steps or (OPEN, TYPE, PAY, SEND))
        told = {
            "run": "r1",
            "values": values,
            "params": PARAMS,
            "today": date(2026, 11, 22),
            "keys": {"file": "K"},
            "step_seconds": 0.3,
        }
        return await run_procedure(
            procedure, self.page, Plan(**{**told, **plan}), ladder=self.ladder, journal=self.journal
        )

    def pressed(self) -> list[str | None]:
        return [at for kind, at, _ in self.page.acts if kind == "click"]


def use(ref: str, shown: Fingerprint, confidence: float = 0.9) -> UseTarget:
    return UseTarget(
        by="fingerprint", confidence=confidence, candidate=Candidate(ref=ref, fingerprint=shown), evidence=("alike",)
    )


# ---- healthy ----


async def test_a_healthy_run_types_in_the_sites_format_and_sends_once() -> None:
    """The journal is armed before the act, told before the request leaves, and closed by its signals; no ladder."""
    scene = Scene()
    done = await scene.run()
    assert (done.outcome, done.sent) == ("succeeded", "sent")
    assert scene.page.acts == [
        ("goto", None, "{base}/form"),
        ("fill", "n", "RE-7"),
        ("fill", "a", "1.234,50"),
        ("click", "s", None),
    ]
    assert scene.journal.told == ["armed", "sent", "confirmed"]
    assert [c.state for c in done.commits] == ["confirmed"]
    assert (done.refused_requests, done.unknown_requests, scene.ladder.asked) == ((), (), [])


async def test_a_confirmed_key_is_skipped_and_again_sends() -> None:
    """What was filed is not filed twice unless a person says why."""
    scene = Scene()
    scene.journal.states["K"] = "confirmed"
    done = await scene.run()
    assert [s.status for s in done.steps] == ["ok", "ok", "ok", "skipped"]
    assert ([c.state for c in done.commits], scene.pressed()) == (["already"], [])
    repeated = await scene.run(again="wrong month")
    assert ([c.state for c in repeated.commits], scene.pressed()) == (["confirmed"], ["s"])


async def test_a_key_in_doubt_is_never_sent_and_is_nobodys_drift() -> None:
    """Its fate is asked of a person; the procedure is not blamed."""
    scene = Scene()
    scene.journal.states["K"] = "ambiguous"
    done = await scene.run()
    assert (done.outcome, done.fault, scene.pressed()) == ("needs_person", "unknown", [])


async def test_a_parameter_that_may_be_left_out_is_left_out() -> None:
    """Its step is skipped, in the middle of a run as well."""
    note = step("s4", "fill", changed(NUMBER, name="Note", id="note", name_attr="note"), value="{{ note }}")
    scene = Scene()
    done = await scene.run(OPEN, TYPE, PAY, note, SEND)
    assert (done.outcome, [s.status for s in done.steps][3]) == ("succeeded", "skipped")


# ---- what is kept and what is sent ----


@pytest.mark.parametrize(
    ("kept", "meant", "same"),
    [
        ("1.234,50", "1234.5", True),
        ("Müller GmbH  Berlin", "Müller GmbH", True),
        ("Müller GmbH (Berlin)", "Müller GmbH", True),
        ("10000", "100", False),
        ("RE-71", "RE-7", False),
        ("RE-7-2", "RE-7", False),
        ("100,00 EUR", "100,00", False),
        ("", "RE-7", False),
        ("2026-12-310", "2026-12-31", False),
    ],
)
def test_a_field_kept_what_was_meant_or_did_not(kept: str, meant: str, same: bool) -> None:
    """A chosen record may be shown with more words; a figure with more digits is another figure."""
    assert kept_value(kept, meant) is same


async def test_a_field_that_keeps_another_value_ends_the_run_before_anything_is_sent() -> None:
    """A mask cut it off, and nobody pressed Save."""
    scene = Scene(keeps=lambda value: value[:3])
    done = await scene.run()
    assert (done.outcome, done.fault, scene.pressed()) == ("failed", "defect", [])
    assert "instead of" in done.stopped


async def test_a_value_that_changed_after_it_was_typed_is_not_sent() -> None:
    """The form is read once more before the button is pressed."""

    def rewrites(page: FakePage, action: Action, at: str | None) -> Signals | None:
        if at == "a":
            page.fields["n"] = "RE-8"
        return sends(page, action, at)

    scene = Scene(on_act=rewrites)
    done = await scene.run()
    assert (done.outcome, done.sent, scene.pressed(), scene.journal.told) == ("needs_person", "nothing", [], [])
    assert "'RE-8'" in done.stopped


def answering(signals: Signals) -> Callable[[FakePage, Action, str | None], Signals | None]:
    return lambda page, action, at: signals if action.kind == "click" else None


@pytest.mark.parametrize(
    ("signals", "outcome", "state", "sent"),
    [
        (Signals(url="{base}/form"), "failed", "not_done", "nothing"),
        (Signals(url="{base}/form", requests=(POST.but(status=5),)), "needs_person", "ambiguous", "unknown"),
        (
            Signals(url="chrome-error:", requests=(POST.but(path="/other", status=0),)),
            "needs_person",
            "ambiguous",
            "unknown",
        ),
        (SENT.but(requests=(POST, POST)), "succeeded", "confirmed", "sent"),
        (SENT.but(url="{base}/form"), "needs_person", "ambiguous", "unknown"),  # the form came back
        (SENT, "succeeded", "confirmed", "sent"),
    ],
)
async def test_what_followed_decides_what_is_known_of_a_commit(
    signals: Signals, outcome: str, state: str, sent: str
) -> None:
    """Nothing left: not done. Something else left or failed: in doubt. The second time is refused. Answered: confirmed."""
    scene = Scene(on_act=answering(signals))
    done = await scene.run()
    assert (done.outcome, [c.state for c in done.commits], done.sent) == (outcome, [state], sent), done.stopped
    assert scene.journal.states["K"] == state
    assert len(scene.pressed()) == 1


async def test_a_request_that_nobody_answered_confirms_nothing_even_where_no_address_was_shown() -> None:
    """It left, and that is all that is known: a page that stays as it is proves no commit."""
    stays = SEND.but(expect=Expectation(requests=(POST,), texts=("Filed",)))
    unanswered = Signals(url="{base}/form", requests=(POST.but(status=0),))
    scene = Scene(on_act=lambda page, action, at: unanswered if at == "s" else None)
    done = await scene.run(OPEN, TYPE, PAY, stays)
    assert [c.state for c in done.commits] == ["ambiguous"]
    assert (done.outcome, done.sent) == ("needs_person", "unknown")


def breaking(error: BaseException, *, sent: bool) -> Callable[[FakePage, Action, str | None], Signals | None]:
    """Save fails, after or before its request has left."""

    def acted(page: FakePage, action: Action, at: str | None) -> Signals | None:
        page.breaks = error if at == "s" else None
        return SENT if at == "s" and sent else None

    return acted


@pytest.mark.parametrize(
    ("sent", "left", "state", "words"),
    [(True, "unknown", "ambiguous", "not known to have been sent"), (False, "nothing", "not_done", "nothing was sent")],
)
async def test_a_commit_that_cannot_be_pressed_is_in_doubt_once_its_request_has_left(
    sent: bool, left: str, state: str, words: str
) -> None:
    """The gate knows; nothing is tried again in either case."""
    scene = Scene(on_act=breaking(ActionFailed("a notice is in the way"), sent=sent))
    done = await scene.run()
    assert (done.outcome, done.sent, scene.journal.states["K"]) == ("needs_person", left, state)
    assert words in done.stopped
    assert len(scene.pressed()) == 1


@pytest.mark.parametrize(
    ("during", "outcome", "fault"), [("n", "failed", "infrastructure"), ("s", "needs_person", "infrastructure")]
)
async def test_a_browser_that_dies_is_told_with_what_was_sent(during: str, outcome: str, fault: str) -> None:
    """Before the commit's request left it is only a failure; after it nobody knows."""

    def dies(page: FakePage, action: Action, at: str | None) -> Signals | None:
        page.breaks = BrowserGone("the page crashed") if at == during else None
        return SENT if at == "s" else None

    done = await Scene(on_act=dies).run()
    assert (done.outcome, done.fault) == (outcome, fault)


@pytest.mark.parametrize("error", [PageGone("the page changed"), SiteUnreachable("no answer"), BrowserGone("gone")])
async def test_whatever_goes_wrong_in_a_commit_leaves_it_in_doubt_once_it_has_left(error: RpaAgentError) -> None:
    """Then a person looks. What did not pass the gate was not sent, and may be tried another time."""
    scene = Scene(on_act=breaking(error, sent=True))
    done = await scene.run()
    assert (done.outcome, done.sent, scene.journal.states["K"]) == ("needs_person", "unknown", "ambiguous")
    scene = Scene(on_act=breaking(error, sent=False))
    done = await scene.run()
    assert (done.outcome, done.sent, scene.journal.states["K"]) == ("failed", "nothing", "not_done")


async def test_before_the_first_step_nothing_begins() -> None:
    """Then the caller is told by an error."""

    def down(page: FakePage, action: Action, at: str | None) -> Signals | None:
        raise SiteUnreachable("no answer")

    with pytest.raises(SiteUnreachable):
        await Scene(on_act=down).run()
    with pytest.raises(SiteUnreachable, match="503"):
        await Scene(status=503).run()


async def test_a_site_that_leads_on_to_a_host_that_may_not_be_reached_is_no_outage() -> None:
    """It is the same another time. Where a secret is still to be typed, people log in there now."""

    def elsewhere(page: FakePage, action: Action, at: str | None) -> Signals | None:
        raise SiteUnreachable("no connection")

    for steps, fault in (((OPEN, TYPE), "drift"), ((OPEN, SECRET), "login")):
        scene = Scene(on_act=elsewhere, refused_to=("id.test",))
        done = await scene.run(*steps)
        assert (done.outcome, done.fault, done.sent) == ("needs_person", fault, "nothing")
        assert "id.test, which `allow:`" in done.stopped and done.refused_hosts == ("id.test (step 1)",)
        assert [kind for kind, _, _ in scene.page.acts] == ["goto"], "it is not tried again"


async def test_cancelled_in_the_middle_everything_is_closed() -> None:
    """The run returns, says so, and leaves nothing armed."""

    for sent, left, state in ((True, "unknown", "ambiguous"), (False, "nothing", "not_done")):
        scene = Scene(on_act=breaking(asyncio.CancelledError(), sent=sent))
        done = await scene.run()
        assert (done.outcome, done.sent, scene.journal.states["K"]) == ("cancelled", left, state)


@pytest.mark.parametrize(
    ("error", "outcome"), [(asyncio.CancelledError(), "cancelled"), (BrowserGone("gone"), "needs_person")]
)
async def test_broken_off_while_the_journal_is_told_it_is_in_doubt(error: BaseException, outcome: str) -> None:
    """The line may be written and its answer not heard: then the run does not say that nothing was sent."""

    class Unheard(FakeJournal):
        async def sent(self, key: str) -> None:
            await super().sent(key)
            raise error

    scene = Scene()
    scene.journal = Unheard()
    done = await scene.run()
    assert (done.outcome, done.sent, scene.journal.states["K"]) == (outcome, "unknown", "ambiguous")


@pytest.mark.parametrize("elements", [PAGE, {**{r: f for r, f in PAGE.items() if r != "s"}}], ids=["seen", "gone"])
async def test_what_a_page_sends_once_the_journal_says_not_done_does_not_leave(elements: dict[str, Fingerprint]) -> None:
    """A request may come late, when the run has just made up its mind: it would be sent twice the next time."""
    late: list[object] = []

    class Late(FakeJournal):
        async def settle(self, key: str, state: str, *, receipt: Mapping[str, str] | None = None) -> None:
            assert scene.page.authorize is not None
            fields = {"number": "RE-7", "amount": "1.234,50"}
            late.append(await scene.page.authorize(Change("POST", f"{BASE}/invoices", BASE, "", fields, digest="late")))
            await super().settle(key, state)

    scene = Scene(elements=dict(elements), on_act=lambda page, action, at: None)
    scene.journal = Late()
    await scene.run()
    assert scene.journal.told == ["armed", "not_done"]
    assert [isinstance(one, Refuse) for one in late] == [True]


async def test_a_budget_that_is_spent_is_no_drift() -> None:
    """Time ran out; the page is not to blame."""
    done = await Scene().run(minutes=0)
    assert (done.outcome, done.fault) == ("needs_person", "timing")


# ---- breaks ----


def without(*refs: str, **also: Fingerprint) -> dict[str, Fingerprint]:
    return {**{r: f for r, f in PAGE.items() if r not in refs}, **also}


async def test_a_target_that_is_gone_is_asked_for_and_nothing_is_pressed() -> None:
    """No proposal, no act: a person decides."""
    scene = Scene(elements=without("s"))
    done = await scene.run()
    assert (done.outcome, done.fault, done.sent, scene.pressed()) == ("needs_person", "drift", "nothing", [])
    assert scene.journal.states["K"] == "not_done"
    assert scene.ladder.asked[0].why == "missing"


async def test_with_repair_off_nobody_is_asked_for_proposals() -> None:
    """And where only proposals are wanted, they are told and not tried."""
    renamed = changed(NUMBER, name="Document no.", label="Document no.", id="x", name_attr="y")
    off = Scene([use("x", renamed)], elements=without("n", x=renamed))
    assert (await off.run(repair="off")).outcome == "needs_person"
    assert off.ladder.asked == []
    propose = Scene([use("x", renamed)], elements=without("n", x=renamed))
    done = await propose.run(repair="propose")
    assert done.outcome == "needs_person"
    assert "use textbox 'Document no.'" in done.stopped
    assert [a for a in propose.page.acts if a[0] == "fill"] == []


async def test_a_repair_acts_under_the_gate_and_the_commit_after_it_too() -> None:
    """From the first repaired field on, the request itself must prove every value."""
    renamed = changed(NUMBER, name="Document no.", label="Document no.", id="x", name_attr="y")
    scene = Scene([use("x", renamed)], elements=without("n", x=renamed))
    done = await scene.run()
    assert (done.outcome, [s.status for s in done.steps]) == ("succeeded", ["ok", "repaired", "ok", "ok"])
    assert done.steps[1].repair is not None
    assert done.steps[1].repair.variant is not None
    wrong = POST.but(fields={"number": "number"})
    scene = Scene(
        [use("x", renamed)], elements=without("n", x=renamed), on_act=answering(SENT.but(requests=(wrong,)))
    )
    done = await scene.run()
    assert (done.outcome, done.sent, done.refused_requests) == ("needs_person", "nothing", ("POST {base}/invoices",))
    assert "does not carry amount" in done.stopped


async def test_a_commits_substitute_is_pressed_once_and_only_with_the_right_values() -> None:
    """It proves itself by its request, or is in doubt; a second one is never tried."""
    other = button("File invoice", type="submit", id="f")
    scene = Scene([use("f", other)], [use("d", DISCARD)], elements=without("s", f=other), on_act=answering(SENT))
    done = await scene.run()
    assert (done.outcome, scene.pressed(), done.steps[-1].status) == ("succeeded", ["f"], "repaired")
    silent = Scene([use("f", other)], [use("d", DISCARD)], elements=without("s", f=other), on_act=lambda *_: None)
    done = await silent.run()
    assert (done.outcome, silent.pressed()) == ("failed", ["f"])
    assert [c.state for c in done.commits] == ["not_done"]


async def test_a_refused_request_ends_the_run_with_nothing_sent() -> None:
    """The gate held it back: the journal says not done."""
    other = button("File invoice", type="submit", id="f")
    refused = Signals(refused=("POST {base}/delete",))
    scene = Scene([use("f", other)], elements=without("s", f=other), on_act=answering(refused))
    done = await scene.run()
    assert (done.outcome, done.sent, scene.journal.states["K"]) == ("needs_person", "nothing", "not_done")
    assert "POST {base}/delete" in done.stopped


async def test_a_notice_is_closed_and_the_known_element_used() -> None:
    """The repair tells what was closed, and teaches no new look."""
    close = button("Only necessary", id="c")

    def closes(page: FakePage, action: Action, at: str | None) -> Signals | None:
        if at == "c":
            page.elements["n"] = NUMBER
        return sends(page, action, at)

    dismiss = Dismiss(
        by="structure", confidence=0.9, candidate=Candidate(ref="c", fingerprint=close), words="We use cookies"
    )
    scene = Scene([dismiss], elements=without("n", c=close), on_act=closes)
    done = await scene.run()
    assert done.outcome == "succeeded"
    repair = done.steps[1].repair
    assert repair is not None
    assert ([w for w, _ in repair.dismissed], repair.variant) == (["We use cookies"], None)


async def test_a_wrong_field_is_put_back_as_it_was() -> None:
    """A proposal that does not prove itself leaves no trace in the form."""
    wrong = changed(NUMBER, name="Customer no.", label="Customer no.", id="w", name_attr="w")
    scene = Scene(
        [use("w", wrong)], elements=without("n", w=wrong), keeps=lambda value: "" if value == "RE-7" else value
    )
    scene.page.fields["w"] = "C-1"
    done = await scene.run()
    assert (done.outcome, scene.page.fields["w"], scene.pressed()) == ("needs_person", "C-1", [])


OPENS = step("s9", "click", button("More", id="m"), expect=Expectation(url="{base}/more"))


async def test_after_an_element_that_did_not_prove_itself_the_page_is_loaded_anew_and_the_next_is_tried() -> None:
    """Two elements at most, each on the page as it was; then a person."""
    first, second, third = (button(name, id=name) for name in ("Details", "Options", "Extras"))

    def opens(page: FakePage, action: Action, at: str | None) -> Signals | None:
        return Signals(url="{base}/more" if at == "b" else "{base}/form")

    proposals = [use("a", first)], [use("b", second)], [use("c", third)]
    shown = {"a": first, "b": second, "c": third}
    scene = Scene(*proposals, elements=shown, on_act=opens)
    done = await scene.run(OPEN, OPENS)
    assert (done.outcome, scene.pressed()) == ("succeeded", ["a", "b"])
    assert [(kind, at) for kind, at, _ in scene.page.acts] == [("goto", None), ("click", "a"), ("goto", None), ("click", "b")]
    never = Scene(*proposals, elements=shown, on_act=answering(Signals(url="{base}/form")))
    done = await never.run(OPEN, OPENS)
    assert (done.outcome, done.sent, never.pressed()) == ("needs_person", "nothing", ["a", "b"])


async def test_with_a_draft_open_nothing_is_loaded_anew() -> None:
    """What was entered would be lost: a person decides after the first element that did not prove itself."""
    first, second = button("Details", id="d1"), button("Options", id="d2")

    def stays(page: FakePage, action: Action, at: str | None) -> Signals | None:
        return Signals(url="{base}/form") if action.kind == "click" else None

    scene = Scene([use("x", first)], [use("y", second)], elements={**PAGE, "x": first, "y": second}, on_act=stays)
    done = await scene.run(OPEN, TYPE, OPENS)
    assert (done.outcome, done.sent, scene.pressed()) == ("needs_person", "nothing", ["x"])
    assert "a draft was open" in done.stopped


async def test_a_wrong_box_is_put_back_as_it_was() -> None:
    """A box that was ticked in place of another is ticked no more."""
    box = Fingerprint(tag="input", role="checkbox", name="Urgent", capability="check", type="checkbox", id="u")
    other = box.model_copy(update={"name": "Archived", "id": "o"})
    scene = Scene([use("o", other)], elements={**PAGE, "o": other}, on_act=lambda *_: None)
    done = await scene.run(OPEN, TYPE, step("s8", "check", box, expect=Expectation(texts=("Urgent now",))))
    assert done.outcome == "needs_person"
    assert [(kind, at) for kind, at, _ in scene.page.acts][-2:] == [("check", "o"), ("uncheck", "o")]


@pytest.mark.parametrize(
    ("proposal", "outcome", "fault"),
    [
        (
            Park(by="circumstances", confidence=1, reason="the site asks for a login", fault="login"),
            "needs_person",
            "login",
        ),
        (
            Park(by="circumstances", confidence=1, reason="the site is down", fault="infrastructure"),
            "failed",
            "infrastructure",
        ),
        (Skip(by="structure", confidence=1, evidence=("the next step is possible",)), "succeeded", None),
    ],
)
async def test_what_is_no_break_of_the_procedure_is_not_called_drift(
    proposal: Proposal, outcome: str, fault: str | None
) -> None:
    """A login, an outage, a step that is no longer needed."""
    scene = Scene([proposal], elements=without("n"))
    done = await scene.run()
    assert (done.outcome, done.fault) == (outcome, fault), done.stopped


async def test_an_optional_step_that_is_not_there_is_passed_at_once() -> None:
    """Without asking anybody."""
    hint = step("s9", "click", button("Close tip", id="tip"), optional=True)
    scene = Scene()
    done = await scene.run(OPEN, hint, TYPE, PAY, SEND)
    assert (done.outcome, done.steps[1].status, scene.ladder.asked) == ("succeeded", "skipped", [])


# ---- another record ----


@pytest.mark.parametrize(("heading", "pressed"), [
    ("Invoice RE-2025-7", ["s"]), ("Invoice RE-2025-8", []), ("Invoice", ["s"]), ("Invoice details", ["s"]),
])
async def test_a_page_about_another_record_is_not_worked_on(heading: str, pressed: list[str]) -> None:
    """The same button, the same form: only the heading says whose it is. One that names no record any more says nothing."""
    shown = changed(SAVE, heading="Invoice {{ number }}")
    scene = Scene(elements={"n": NUMBER, "s": changed(SAVE, heading=heading)})
    send = SEND.but(target=Target(variants=(Variant(fingerprint=shown),), page="pg"))
    done = await scene.run(OPEN, TYPE, send, values={"number": "RE-2025-7"})
    assert scene.pressed() == pressed
    assert (done.outcome == "succeeded") == bool(pressed)


async def test_a_repair_leads_to_no_other_record_either() -> None:
    shown = button("Save", id="old", heading="Invoice {{ number }}")
    now = changed(SAVE, name="File", text="File", id="new", heading="Invoice RE-2025-8")
    scene = Scene([use("f", now)], elements={"n": NUMBER, "f": now})
    send = SEND.but(target=Target(variants=(Variant(fingerprint=shown),), page="pg"))
    done = await scene.run(OPEN, TYPE, send, values={"number": "RE-2025-7"})
    assert scene.pressed() == []
    assert "another record" in done.stopped and "RE-2025-8" in done.stopped


@pytest.mark.parametrize(
    ("typed", "says", "told"),
    [
        (SECRET, "the login was refused: the site says “wrong”", "the login was refused: the site says “wrong”"),
        (SECRET, "the login was refused", "a draft was open"),  # a password field alone may be another page's
        (TYPE, "the login was refused: the site says “wrong”", "a draft was open"),  # no login was typed
    ],
)
async def test_a_login_that_the_page_itself_refuses_was_pressed_at_the_right_place(typed: Step, says: str, told: str) -> None:
    """The button was found anew, nothing recorded followed, and the page says why."""
    other = button("Details", id="d1")

    def stays(page: FakePage, action: Action, at: str | None) -> Signals | None:
        return Signals(url="{base}/form") if action.kind == "click" else None

    refused = Park(by="ladder", confidence=1.0, fault="login", reason=says)
    scene = Scene([use("x", other)], [refused], elements={**PAGE, "x": other}, on_act=stays)
    done = await scene.run(OPEN, typed, OPENS)
    assert (done.outcome, scene.pressed()) == ("needs_person", ["x"])
    assert told in done.stopped and done.login_refused() == (told == says)
