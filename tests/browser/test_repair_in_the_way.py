"""What comes up over a page that was shown without it: closed where that agrees to nothing, never accepted, and remembered."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from mending import Mended, run_on, saves, shown_on
from tiny_site import TinySite

from rpa_agent.build import Built

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

FORM = """<form action=/save method=post><label>Name <input name=name></label><label>E-mail <input name=email></label>
<button>Save</button></form>"""
AWAY = "document.getElementById('over').remove()"
AGREED = f"fetch('/agreed',{{method:'POST',body:'x'}});{AWAY}"


async def hands(page: Page) -> None:
    await page.get_by_label("Name").fill("Acme Ltd")
    await page.get_by_label("E-mail").fill("a@acme.example")
    await page.get_by_role("button", name="Save").click()
    await page.get_by_text("was saved").wait_for()


def over(said: str, *answers: tuple[str, str], role: str = "dialog") -> str:
    """The form with something over it; each answer is its words and what its press does."""
    buttons = "".join(f'<button type=button onclick="{does}">{words}</button>' for words, does in answers)
    modal = "role=dialog aria-modal=true" if role == "dialog" else ""
    layer = "position:fixed;inset:0;background:#fffc;padding:80px"
    return f'{FORM}<div id=over {modal} style="{layer}"><p>{said}</p>{buttons}</div>'


@pytest.fixture
async def built(browser: Browser, site: TinySite) -> Built:
    saves(site)
    return await shown_on(browser, site, FORM, hands)


def filed(done: Mended) -> bool:
    return done.run.outcome == "succeeded" and done.posted() == ["name=Acme+Ltd&email=a%40acme.example"]


@pytest.mark.parametrize(("said", "closing", "others"), [
    ("We use cookies to improve this application.", "Reject all", ("Accept all",)),
    ("How satisfied are you with the back office?", "No, thanks", ("Take the survey",)),
    ("New: invoices from photos. Step 1 of 3", "End tour", ("Next",)),
    ("Your session will end in 60 seconds.", "Stay signed in", ("Log out",)),
    ("Ihre Sitzung läuft in Kürze ab.", "Angemeldet bleiben", ("Abmelden",)),
    ("Would you like to receive notifications?", "Don't allow", ("Allow",)),
])  # fmt: skip
async def test_what_covers_the_button_that_sends_is_closed_and_agreed_to_nowhere(
    browser: Browser, site: TinySite, built: Built, said: str, closing: str, others: tuple[str, ...]
) -> None:
    """Only then the button is pressed, once; the closing is what memory learns of it."""
    page = over(said, *[(o, AGREED) for o in others], (closing, AWAY))
    done = await run_on(browser, site, built, page)
    assert filed(done), done.run.stopped
    assert done.dismissed() == [closing]
    assert [m for m, path, _ in done.sent if path == "/agreed"] == []
    assert said[:20] in done.learned()[0].words


@pytest.mark.parametrize(("said", "answers"), [
    ("Our terms of use have changed.", ("I accept the new terms",)),
    ("You have an unsaved draft.", ("Restore", "Discard")),
    ("Your session has ended.", ("Log out",)),
    ("Approve this customer?", ("Approve", "Reject")),
])  # fmt: skip
async def test_what_can_only_be_agreed_to_is_left_to_a_person_who_is_told_what_it_says(
    browser: Browser, site: TinySite, built: Built, said: str, answers: tuple[str, ...]
) -> None:
    """It is an interruption and no changed page; nothing was pressed."""
    done = await run_on(browser, site, built, over(said, *[(a, AGREED) for a in answers]))
    assert (done.run.outcome, done.run.fault) == ("needs_person", "interruption"), done.run.stopped
    assert said in done.run.stopped
    assert "nothing was sent" in done.run.stopped
    assert done.sent == []


async def test_closing_never_sends_whoever_learned_it(browser: Browser, site: TinySite, built: Built) -> None:
    """A Close that reports home is closed all the same and its report stays here: when it is new, and when it is known."""
    page = over("What is new", ("Close", f"fetch('/seen',{{method:'POST',body:'x'}});{AWAY}"))
    first = await run_on(browser, site, built, page)
    again = await run_on(browser, site, built, page, known=first.learned())
    for done in (first, again):
        assert filed(done), done.run.stopped
        assert done.posted("/seen") == []
        assert done.run.refused_requests == ("POST {base}/seen",)
    assert again.repairs() == [], "what is known needs no repair"


async def test_what_one_procedure_closed_another_of_the_site_closes_without_a_repair(
    browser: Browser, site: TinySite, built: Built
) -> None:
    """The words and the button are the site's, not the procedure's."""
    survey = ("How satisfied are you?", ("Take the survey", AGREED), ("No, thanks", AWAY))
    learned = (await run_on(browser, site, built, over(*survey))).learned()
    other = FORM.replace("Name", "Street").replace("name=name", "name=street").replace("E-mail", "City")

    async def elsewhere(page: Page) -> None:
        await page.get_by_label("Street").fill("Main St 1")
        await page.get_by_role("button", name="Save").click()
        await page.get_by_text("was saved").wait_for()

    second = await shown_on(browser, site, other, elsewhere, path="/address")
    done = await run_on(browser, site, second, over(*survey).replace(FORM, other), path="/address", known=learned)
    assert (done.run.outcome, done.repairs()) == ("succeeded", []), done.run.stopped
    assert len(done.posted()) == 1


async def test_a_known_close_button_does_not_close_another_dialog(browser: Browser, site: TinySite, built: Built) -> None:
    """The form's own dialog has a Close, too: what was learned of a tour says nothing about it."""
    learned = (await run_on(browser, site, built, over("Take the tour?", ("Close", AWAY)))).learned()
    closing = '<button type=button onclick="this.parentElement.remove()">Close</button>'
    own = f'<div role=dialog aria-label="New customer">{closing}{FORM.replace("E-mail", "Fax").replace("email", "fax")}</div>'
    done = await run_on(browser, site, built, own, known=learned)
    assert (done.run.outcome, done.sent) == ("needs_person", []), done.run.stopped
    assert "E-mail" in done.run.stopped
