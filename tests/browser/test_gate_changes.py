"""What a run may send: what its steps were shown to send, each commit once, and nothing in disguise."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest
from showing import Journal
from tiny_site import TinySite
from waiting import until

from rpa_agent.browser.page import LivePage
from rpa_agent.domain.errors import NeedsPerson
from rpa_agent.domain.plan import Mode
from rpa_agent.domain.procedure import Expectation, Request, Step
from rpa_agent.run.warden import Warden

Live = Callable[..., Awaitable[LivePage]]
SAVE = Request(method="POST", path="/save", fields={"number": "number", "amount": "amount"}, status=2)
VALUES = {"number": "RE-7", "amount": "1.234,50"}
DRAFT = Step(id="s1", kind="click", effect="draft", expect=Expectation(requests=(SAVE,)))
COMMIT = Step(id="s2", kind="click", effect="commit", commit="save", expect=Expectation(requests=(SAVE,)))


async def guarded(page: LivePage, *steps: Step, mode: Mode = "learned") -> Warden:
    """Put the gate before a page, as a run of these steps does."""
    warden = Warden(page, steps, mode, VALUES)
    await warden.stand()
    return warden


def sends(kind: str = "form", number: str = "RE-7", amount: str = "1234.50", path: str = "/save", more: Any = ()) -> str:
    """A script that sends these two values as a form, in parts, as JSON, or so that nobody can read them."""
    fields = json.dumps({"number": number, "amount": amount, **dict(more)})
    body = {
        "form": f"new URLSearchParams({fields})",
        "multipart": f"(() => {{ const d = new FormData();"
        f" for (const [k, v] of Object.entries({fields})) d.append(k, v); return d; }})()",
        "json": f"JSON.stringify({fields})",
        "renamed": f"JSON.stringify({{token: 'x', invoice: {{no: {json.dumps(number)},"
        f" total: {json.dumps(amount)}}}}})",
        "text in a blob": f"new Blob([JSON.stringify({fields})], {{type: 'application/json'}})",
        "bytes in a blob": "new Blob([new Uint8Array([1, 2, 3])], {type: 'application/octet-stream'})",
        "large": f"JSON.stringify({{...{fields}, note: ''.padEnd(2000000)}})",
        "packed": f"await new Response(new Blob([JSON.stringify({fields})]).stream()"
        ".pipeThrough(new CompressionStream('gzip'))).blob()",
    }[kind]
    heads = {"json": "application/json", "renamed": "application/json", "large": "application/json"}
    head = {"Content-Type": heads[kind]} if kind in heads else {}
    if kind == "packed":
        head = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    return (
        f"(async () => fetch('{path}', {{method: 'POST', headers: {json.dumps(head)}, body: {body}}})"
        ".then(() => 'sent', () => 'refused'))()"
    )


# ---- while nothing is proven ----


@pytest.mark.parametrize(
    ("kind", "more", "passes"),
    [
        ("form", {}, True),
        ("multipart", {"amount": "1.234,50"}, True),
        ("json", {"amount": "1234.5"}, True),
        ("renamed", {"amount": "1234.5"}, True),  # a new version of the site may call its fields anew
        ("text in a blob", {}, True),
        ("large", {}, True),
        ("packed", {}, True),
        ("form", {"number": "RE-8"}, False),  # another record
        ("form", {"amount": "1234.51"}, False),  # another amount
        ("form", {"number": "1234.50", "amount": "RE-7"}, False),  # exchanged fields
        ("json", {"number": "1234.50", "amount": "RE-7"}, False),
        ("form", {"path": "/delete"}, False),  # another address
        ("bytes in a blob", {}, False),  # unreadable
        ("form", {"more": {"csrf_token": "abc"}}, True),
        ("form", {"more": {"_note": ""}}, True),
        ("form", {"more": {"pay_at_once": "1"}}, False),  # a field that nobody showed
    ],
)
async def test_a_closed_gate_lets_only_what_resembles_the_shown_request_pass(
    live: Live, site: TinySite, kind: str, more: dict[str, Any], passes: bool
) -> None:
    """Same method and address, every shown field with this run's own value, and nothing added."""
    page = await live("<p>x</p>")
    warden = await guarded(page)
    await warden.close((SAVE,))
    answer = await page.page.evaluate(sends(kind, **more))
    refused = warden.open()
    path = more.get("path", "/save")
    assert (answer, site.changes()) == (("sent", ["POST /save"]) if passes else ("refused", []))
    assert refused == ([] if passes else [f"POST {{base}}{path}"])


async def test_fields_that_the_page_hides_or_nobody_touched_may_be_added(live: Live, site: TinySite) -> None:
    """A new version of a form brings such fields along; one that somebody filled in is another matter."""
    form = """<form method=post action=/save><input name=number value=RE-7><input name=amount value=1234.50>
<input type=hidden name=version value=9><select name=kind><option>plain<option>express</select>
<input name=discount value=7><button>Save</button></form>"""
    for touched, passes in ((False, True), (True, False)):
        site.clear()
        page = await live(form)
        warden = await guarded(page)
        await warden.close((SAVE,))
        if touched:
            await page.page.get_by_role("textbox").nth(2).fill("50")
        await warden.acting(DRAFT)
        await page.page.get_by_role("button").click()
        await page.settle(5)
        assert site.changes() == (["POST /save"] if passes else [])
        if not passes:
            assert page.url == site.url + "/form", "the form is still there"


async def test_while_something_is_looked_for_every_change_is_refused_and_no_read(live: Live, site: TinySite) -> None:
    """By whatever path: forms, beacons, other methods, new tabs, workers, frames."""
    page = await live(
        "<form method=post action=/save><button>Save</button></form><a href=/next>Next</a>"
        "<form id=f method=post action=/popup target=_blank></form><form id=g method=post action=/frame target=i></form>"
        "<iframe name=i></iframe>"
    )
    warden = await guarded(page, DRAFT)
    await warden.close(())
    await page.page.get_by_role("button").click()
    await page.page.evaluate("navigator.sendBeacon('/beacon', 'x')")
    await page.page.evaluate("fetch('/thing', {method: 'DELETE'}).catch(() => 0)")
    await page.page.evaluate("f.submit(), g.submit()")
    work = f"fetch(`{site.url}/worker`, {{method: `POST`, body: `x`}}).catch(() => 0)"
    await page.page.evaluate("s => void new Worker(URL.createObjectURL(new Blob([s])))", work)
    await page.settle(3)
    names = ("save", "beacon", "popup", "frame", "worker")
    await until(lambda: len(warden.refused) >= 6, page)
    assert await page.page.evaluate("fetch('/read').then(a => a.status)") == 200
    await page.page.get_by_role("link").click()
    await page.page.wait_for_url("**/next")
    assert site.changes() == []
    assert set(warden.open()) == {*(f"POST {{base}}/{n}" for n in names), "DELETE {base}/thing"}


async def test_a_redirect_with_its_body_may_lead_on_at_home_and_nowhere_else(live: Live, site: TinySite) -> None:
    """The same effect at another address of the site is one; another host was not shown."""
    other = site.url.replace("127.0.0.1", "localhost")
    site.show("/save", "", status=307, headers={"Location": "/save/final"})
    page = await live("<p>x</p>")
    warden = await guarded(page, COMMIT)
    armed = await warden.arm(COMMIT, "K", await armed_journal())
    assert await page.page.evaluate(sends()) == "sent"
    assert (site.changes(), armed.left, armed.again) == (["POST /save", "POST /save/final"], {"POST {base}/save ": 1}, "")
    site.clear()
    site.show("/save", "", status=307, headers={"Location": other + "/save"})
    await warden.arm(COMMIT, "K", await armed_journal())
    assert await page.page.evaluate(sends()) == "refused"
    assert site.changes() == ["POST /save"]


# ---- commits ----


async def armed_journal() -> Journal:
    journal = Journal()
    await journal.arm("K", name="save", run="r1")
    return journal


async def test_a_commit_is_journaled_as_sent_before_it_leaves_and_leaves_once(live: Live, site: TinySite) -> None:
    """Two requests of one press, at the same moment: one arrives."""
    page = await live("<p>x</p>")
    warden = await guarded(page, COMMIT)
    states: list[tuple[str, list[str]]] = []

    class Watching(Journal):
        async def sent(self, key: str) -> None:
            states.append((self.states[key], site.changes()))
            await super().sent(key)

    journal = Watching({"K": "armed"})
    armed = await warden.arm(COMMIT, "K", journal)
    answers = await page.page.evaluate(f"Promise.all([{sends()}, {sends('json')}, {sends(number='RE-8')}])")
    assert sorted(answers) == ["refused", "refused", "sent"]
    assert (site.changes(), states, journal.states["K"]) == (["POST /save"], [("armed", [])], "sent")
    assert armed.again == "POST {base}/save"
    warden.disarm()
    assert await page.page.evaluate(sends()) == "refused", "what comes late does not leave either"
    assert site.changes() == ["POST /save"]


@pytest.mark.parametrize("mode", ["strict", "learned", "open"])
async def test_the_request_of_a_commit_that_is_not_due_never_leaves(live: Live, site: TinySite, mode: Mode) -> None:
    """Whatever else passes: a page that sends by itself, too early, sends nothing."""
    page = await live("<p>x</p>")
    warden = await guarded(page, COMMIT, mode=mode)
    assert await page.page.evaluate(sends()) == "refused"
    assert await page.page.evaluate(sends(number="RE-8")) == "refused"
    assert (site.changes(), warden.why) == ([], "it belongs to a step that sends, and that is not due")


@pytest.mark.parametrize("mode", ["strict", "learned", "open"])
async def test_a_commit_never_leaves_with_other_values(live: Live, site: TinySite, mode: Mode) -> None:
    """Not on a healthy step either."""
    page = await live("<p>x</p>")
    warden = await guarded(page, COMMIT, mode=mode)
    journal = await armed_journal()
    armed = await warden.arm(COMMIT, "K", journal)
    assert await page.page.evaluate(sends(number="RE-8")) == "refused"
    assert (site.changes(), armed.sent, journal.states) == ([], False, {"K": "armed"})


async def test_what_is_journaled_as_its_step_ends_does_not_leave(live: Live, site: TinySite) -> None:
    """The step ended while the journal was told, and says that nothing was sent: then nothing is."""
    page = await live("<p>x</p>")
    warden = await guarded(page, COMMIT)

    class Slow(Journal):
        async def sent(self, key: str) -> None:
            await super().sent(key)
            warden.disarm()

    await warden.arm(COMMIT, "K", Slow({"K": "armed"}))
    assert await page.page.evaluate(sends()) == "refused"
    assert site.changes() == []


async def test_what_cannot_be_journaled_does_not_leave(live: Live, site: TinySite) -> None:
    """Another run holds the key by now, or the disk is full."""

    class Lost(Journal):
        async def sent(self, key: str) -> None:
            raise NeedsPerson("commit K is not held by this run; nothing was sent")

    page = await live("<p>x</p>")
    warden = await guarded(page, COMMIT)
    await warden.arm(COMMIT, "K", Lost())
    assert await page.page.evaluate(sends()) == "refused"
    assert site.changes() == []
    assert isinstance(warden.error, NeedsPerson)


async def test_a_commit_in_new_clothes_is_journaled_all_the_same(live: Live, site: TinySite) -> None:
    """The site moved it to another address: it may be the commit, so it leaves once, and is told."""
    page = await live("<p>x</p>")
    warden = await guarded(page, COMMIT)
    journal = await armed_journal()
    await warden.arm(COMMIT, "K", journal)
    moved = sends(path="/v2/save")
    assert await page.page.evaluate(f"Promise.all([{moved}, {moved}])") in (["sent", "refused"], ["refused", "sent"])
    assert (site.changes(), journal.states["K"]) == (["POST /v2/save"], "sent")
    assert warden.unknown == ["POST {base}/*/save"]


# ---- modes ----


@pytest.mark.parametrize(
    ("mode", "closed", "passes"),
    [
        ("strict", False, False),
        ("learned", False, True),
        ("learned", True, False),
        ("open", True, True),
        ("read_only", False, False),
    ],
)
async def test_what_nobody_showed_passes_by_mode_and_is_told(
    live: Live, site: TinySite, mode: Mode, closed: bool, passes: bool
) -> None:
    """Healthy steps of a learned workflow let it pass; an unproven repair never does, unless the mode is open."""
    page = await live("<p>x</p>")
    warden = await guarded(page, DRAFT, mode=mode)
    await warden.acting(DRAFT)
    if closed:
        await warden.close((SAVE,))
    assert await page.page.evaluate(sends()) == "sent", "what was shown"
    assert await page.page.evaluate(sends("bytes in a blob", path="/metrics")) == ("sent" if passes else "refused")
    assert site.changes() == ["POST /save", *(["POST /metrics"] if passes else [])]
    told = (warden.unknown, warden.refused)
    assert told == ((["POST {base}/metrics"], []) if passes else ([], ["POST {base}/metrics"]))


def asks(*calls: dict[str, Any]) -> str:
    """A script that sends these calls in one body."""
    body = json.dumps(calls[0] if len(calls) == 1 else calls)
    return (
        f"fetch('/api', {{method: 'POST', headers: {{'Content-Type': 'application/json'}}, body: {json.dumps(body)}}})"
        ".then(() => 'sent', () => 'refused')"
    )


PAY = {"query": "mutation Pay($n: ID!) { pay(n: $n) }", "operationName": "Pay", "variables": {"number": "RE-7"}}
LIST = {"query": "query List { all }"}
RPC = {"jsonrpc": "2.0", "id": 1, "method": "invoice.pay", "params": {"number": "RE-7"}}
GRAPHQL_PAY = Request(method="POST", path="/api", operation="mutation Pay", fields={"number": "number"})
RPC_PAY = Request(method="POST", path="/api", operation="invoice.pay", fields={"number": "number"})


@pytest.mark.parametrize(
    ("shown", "calls", "passes"),
    [
        (GRAPHQL_PAY, [PAY], True),
        (GRAPHQL_PAY, [LIST], True),  # a query only asks
        (GRAPHQL_PAY, [{**PAY, "query": "mutation Delete { delete }", "operationName": "Delete"}], False),
        (GRAPHQL_PAY, [PAY, {**PAY, "query": "mutation Delete { delete }", "operationName": "Delete"}], False),
        (GRAPHQL_PAY, [{"query": "query A { a } mutation Delete { delete }", "operationName": "Delete"}], False),
        (GRAPHQL_PAY, [{**LIST, "number": "RE-7"}], False),  # a form that only looks like a query
        (RPC_PAY, [RPC], True),
        (RPC_PAY, [{**RPC, "method": "invoice.delete"}], False),
        (RPC_PAY, [RPC, RPC], False),  # twice in one body
        (RPC_PAY, [{**RPC, "params": {"number": "RE-8"}}], False),
    ],
)
async def test_operations_are_told_apart_where_all_go_to_one_address(
    live: Live, site: TinySite, shown: Request, calls: Sequence[dict[str, Any]], passes: bool
) -> None:
    """The name of what is done counts, for each of several in one body."""
    page = await live("<p>x</p>")
    warden = await guarded(page)
    await warden.close((shown,))
    assert await page.page.evaluate(asks(*calls)) == ("sent" if passes else "refused")
    assert bool(site.changes()) is passes


# ---- several runs in one browser ----


async def test_two_runs_in_one_browser_each_have_their_own_gate(live: Live, site: TinySite, browser: Any) -> None:
    """A frame or popup of one is never taken for the other's."""
    from rpa_agent.browser.session import open_context

    page = await live("<iframe srcdoc='<p>in here</p>'></iframe><p>x</p>")
    mine = await guarded(page, DRAFT)
    await mine.close(())
    async with open_context(browser, allowed=["127.0.0.1:" + site.url.rpartition(":")[2]]) as context:
        other = await LivePage.open(await context.new_page(), base=site.url, secrets=page.secrets)
        theirs = await guarded(other, DRAFT)
        await other.page.goto(site.url + "/form")
        await theirs.acting(DRAFT)
        for frame in (other.page.frames[-1], other.page.main_frame):
            assert await frame.evaluate(sends().replace("'/save'", f"'{site.url}/save'")) == "sent"
        for frame in (page.page.frames[-1], page.page.main_frame):
            assert await frame.evaluate(sends().replace("'/save'", f"'{site.url}/save'")) == "refused"
    assert site.changes() == ["POST /save"] * 2
    assert (mine.refused, theirs.refused) == (["POST {base}/save"] * 2, [])
