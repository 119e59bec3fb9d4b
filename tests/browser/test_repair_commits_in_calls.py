"""Commits of applications that talk JSON-RPC or GraphQL, sent by a button that is called otherwise now: all share one address."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from mending import run_on, shown_on
from tiny_site import Answer, TinySite

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

ANSWER = Answer('{"data":{"ok":true},"result":true}', headers={"Content-Type": "application/json"})
VALUES = "{name:n.value,city:c.value}"
DIALECTS = {
    "JSON-RPC": ("{jsonrpc:'2.0',id:1,method:'customer.%s',params:%s}", "save", "remove"),
    "GraphQL": (
        "{operationName:'%sCustomer',query:'mutation %sCustomer($name:String,$city:String)"
        "{%s(name:$name,city:$city){id}}',variables:%s}",
        "Save", "Remove",
    ),
}  # fmt: skip


def body_of(dialect: str, verb: str, values: str) -> str:
    text = DIALECTS[dialect][0]
    return text % ((verb, values) if dialect == "JSON-RPC" else (verb, verb, verb.lower(), values))


def form(dialect: str, *, button: str = "Save", verb: str = "", values: str = VALUES) -> str:
    verb = verb or DIALECTS[dialect][1]
    said = body_of(dialect, verb, values)
    send = f"fetch('/api',{{method:'POST',headers:{{'Content-Type':'application/json'}},body:JSON.stringify({said})}})"
    then = ".then(()=>{document.getElementById('said').textContent='The customer was saved'})"
    return (
        "<label>Name <input id=n></label><label>City <input id=c></label>"
        f'<button type=button onclick="{send}{then}">{button}</button><p id=said role=status></p>'
    )


async def hands(page: Page) -> None:
    await page.get_by_label("Name").fill("Acme Ltd")
    await page.get_by_label("City").fill("Kiel")
    await page.get_by_role("button", name="Save").click()
    await page.get_by_text("was saved").wait_for()


def carried(sent: str) -> dict[str, Any]:
    said = json.loads(sent)
    return dict(said.get("params") or said.get("variables"))


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_a_button_called_otherwise_sends_the_call_that_was_shown(browser: Browser, site: TinySite, dialect: str) -> None:
    """Same operation, this run's values: it leaves once and is confirmed."""
    site.pages["/api"] = ANSWER
    built = await shown_on(browser, site, form(dialect), hands)
    done = await run_on(browser, site, built, form(dialect, button="Save customer"), values={"city": "Bremen"})
    assert done.run.outcome == "succeeded", done.run.stopped
    assert done.repairs() == ["button 'Save' -> button 'Save customer'"]
    assert [carried(body) for body in done.posted("/api")] == [{"name": "Acme Ltd", "city": "Bremen"}]
    assert [c.state for c in done.run.commits] == ["confirmed"]


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_another_operation_at_the_same_address_is_refused(browser: Browser, site: TinySite, dialect: str) -> None:
    """The button is called as well as before, and what it would have called is not what was shown."""
    site.pages["/api"] = ANSWER
    built = await shown_on(browser, site, form(dialect), hands)
    page = form(dialect, button="Save customer", verb=DIALECTS[dialect][2])
    done = await run_on(browser, site, built, page)
    assert (done.run.outcome, done.sent) == ("needs_person", []), done.run.stopped
    assert "which was never shown; it was refused, nothing was sent" in done.run.stopped
    assert done.run.sent == "nothing"


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_the_shown_operation_with_values_exchanged_is_refused(browser: Browser, site: TinySite, dialect: str) -> None:
    """The city as the name and the name as the city: the right call about the wrong record."""
    site.pages["/api"] = ANSWER
    built = await shown_on(browser, site, form(dialect), hands)
    page = form(dialect, button="Save customer", values="{name:c.value,city:n.value}")
    done = await run_on(browser, site, built, page)
    assert (done.run.outcome, done.sent) == ("needs_person", []), done.run.stopped


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_an_answer_that_says_no_without_an_error_code_is_not_taken_for_done(
    browser: Browser, site: TinySite, dialect: str
) -> None:
    """Both answer 200 to what they refuse; the page says why."""
    site.pages["/api"] = ANSWER
    built = await shown_on(browser, site, form(dialect), hands)
    page = form(dialect, button="Save customer").replace("role=status", "class=error")
    page = page.replace("The customer was saved", "The customer is locked by somebody else")
    done = await run_on(browser, site, built, page)
    assert (done.run.outcome, done.run.fault) == ("needs_person", "data"), done.run.stopped
    assert "locked by somebody else" in done.run.stopped
    assert [c.state for c in done.run.commits] == ["ambiguous"]
