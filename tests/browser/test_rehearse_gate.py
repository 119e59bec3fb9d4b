"""A rehearsal in a real browser: whatever the page tries to send that was not shown before the commit does not leave."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from tiny_site import TinySite

from rpa_agent.browser.page import LivePage
from rpa_agent.browser.session import open_context
from rpa_agent.build import build_procedure
from rpa_agent.cli.review import rehearsal_lines
from rpa_agent.domain.procedure import Request, Step
from rpa_agent.domain.recording import Recording
from rpa_agent.run import Plan
from rpa_agent.run.rehearse import Rehearsed, rehearse_procedure

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

Watch = Callable[..., Awaitable[Recording]]
FORM = """<h1>Order</h1><form method=post action=/orders>
<label>Article <input name=article oninput="fetch('/autosave', {method: 'POST', body: 'a=' + this.value})"></label>
<label>Pieces <input name=pieces></label>MORE<button>Order now</button></form>"""


class Untouched:
    """Journal and ladder of a rehearsal: nothing is written, nothing is repaired."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"a rehearsal asked for {name}")


async def shown(watch: Watch, form: str = FORM) -> Recording:
    async def hands(page: Page) -> None:
        await page.get_by_label("Article").fill("Bolt M8")
        await page.get_by_label("Pieces").fill("250")
        await page.get_by_role("button", name="Order now").click()
        await page.wait_for_url("**/orders")

    return await watch(form.replace("MORE", ""), hands)


async def rehearsed(
    browser: Browser, site: TinySite, recording: Recording, *, but: Sequence[Step] | None = None
) -> Rehearsed:
    """``but`` are other steps in the place of those that were shown."""
    built = build_procedure(recording, name="order", task="Order", site="shop", salt="s")
    procedure = built.procedure.but(steps=but) if but is not None else built.procedure
    values = {**built.examples, "article": "Nut M6"}
    plan = Plan(
        run="r", values=values, params=built.workflow.params, today=date(2026, 11, 22), repair="off", step_seconds=5
    )
    untouched: Any = Untouched()
    async with open_context(browser) as context:
        page = await LivePage.open(await context.new_page(), base=site.url, secrets=untouched)
        return await rehearse_procedure(procedure, page, plan, ladder=untouched, journal=untouched)


async def test_what_was_shown_before_the_commit_may_leave_and_the_commit_is_not_pressed(
    watch: Watch, browser: Browser, site: TinySite
) -> None:
    """The autosave of the demonstration is part of filling the form."""
    recording = await shown(watch)
    assert site.changes() == ["POST /autosave", "POST /orders"]
    site.sent.clear()
    done = await rehearsed(browser, site, recording)
    assert (done.outcome, done.refused) == ("as_shown", ())
    assert site.changes() == ["POST /autosave"]
    assert [s.kept for s in done.steps if s.kept] == ["Nut M6", "250"]


async def test_what_was_not_shown_is_refused_and_told(watch: Watch, browser: Browser, site: TinySite) -> None:
    """A page that now orders as soon as the number of pieces is typed orders nothing in a rehearsal."""
    recording = await shown(watch)
    site.sent.clear()
    trap = """<script>document.querySelector('[name=pieces]').addEventListener('input', () => {
        fetch('/orders', {method: 'POST', body: new URLSearchParams(new FormData(document.forms[0]))}).catch(() => 0) })</script>"""
    site.show("/form", "<title>Form</title>" + FORM.replace("MORE", "") + trap)
    done = await rehearsed(browser, site, recording)
    assert [c for c in site.changes() if "orders" in c] == []
    assert done.refused
    assert set(done.refused) == {"POST {base}/orders"}
    assert done.outcome == "different"


async def test_a_draft_that_is_saved_on_leaving_a_field_is_saved_by_the_step_that_fills_it(
    watch: Watch, browser: Browser, site: TinySite
) -> None:
    """Whether the next field takes the focus or not; it carries this run's value and may leave."""
    save = "fetch('/autosave', {method: 'POST', body: 'a=' + this.value})"
    form = FORM.replace("oninput", "data-was").replace("<input name=article", f'<input name=article onblur="{save}"')
    recording = await shown(watch, form)
    site.sent.clear()
    done = await rehearsed(browser, site, recording)
    assert (done.outcome, done.refused, done.held_back) == ("as_shown", (), ())
    assert [body for _, _, body in site.sent] == ["a=Nut M6"]


async def test_a_draft_that_cannot_be_proved_stays_here_and_does_not_end_the_rehearsal(
    watch: Watch, browser: Browser, site: TinySite
) -> None:
    """An autosave on leaving a field, in a body that nobody can read: held back, told as such, and no difference."""
    save = "fetch('/autosave', {method: 'POST', body: new Blob([new Uint8Array([1, 2, this.value.length])])})"
    form = FORM.replace("oninput", "data-was").replace("<input name=article", f'<input name=article onblur="{save}"')
    recording = await shown(watch, form)
    assert site.changes() == ["POST /autosave", "POST /orders"]
    site.sent.clear()
    done = await rehearsed(browser, site, recording)
    assert (done.outcome, done.refused, done.held_back) == ("as_shown", (), ("POST {base}/autosave",))
    assert [s.kept for s in done.steps if s.kept] == ["Nut M6", "250"]
    assert site.changes() == []
    assert "Held back: POST {base}/autosave" in "\n".join(rehearsal_lines(done))


async def test_a_commit_that_is_a_read_is_not_made_by_the_page_itself(watch: Watch, browser: Browser, site: TinySite) -> None:
    """What comes after the rehearsed steps is known as a run knows it: an address that pays is not opened on the way."""
    form = "<label>Article <input name=article></label><a href=/pay/7>Pay</a>"

    async def hands(page: Page) -> None:
        await page.get_by_label("Article").fill("Bolt M8")
        await page.get_by_role("link", name="Pay").click()
        await page.wait_for_url("**/pay/7")

    recording = await watch(form, hands)
    trap = "<script>document.querySelector('input').addEventListener('input', () => fetch('/pay/7').catch(() => 0))</script>"
    site.show("/form", "<title>Form</title>" + form + trap)
    built = build_procedure(recording, name="order", task="Order", site="shop", salt="s")
    *before, pay = built.procedure.steps
    site.asked.clear()
    opened = pay.expect.but(requests=(Request(method="GET", path="/pay/*", status=2),))  # as whoever calls it a commit has it
    done = await rehearsed(browser, site, recording, but=(*before, pay.but(effect="commit", commit="pay", expect=opened)))
    assert (set(done.refused), [a for a in site.asked if "/pay" in a]) == ({"GET {base}/pay/*"}, [])
