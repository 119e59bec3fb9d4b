"""Documents are held where they may be a commit, or where only what was shown may leave; others leave at once and are told."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import pytest
from tiny_site import TinySite
from waiting import until

from rpa_agent.browser.outbound.gate import addresses
from rpa_agent.browser.page import LivePage
from rpa_agent.browser.session import open_context
from rpa_agent.domain.procedure import Expectation, Request, Step
from rpa_agent.run.warden import Warden

if TYPE_CHECKING:
    from playwright.async_api import Browser

Live = Callable[..., Awaitable[LivePage]]
SAVE = Request(method="POST", path="/save", fields={"number": "number"}, status=2)
LOOK = Step(id="s1", kind="click")
COMMIT = Step(id="s2", kind="click", effect="commit", commit="save", expect=Expectation(requests=(SAVE,)))
FORMS = """<form method=post action=/here><button>Here</button></form>
<form method=post action=/popup target=_blank><button>Popup</button></form>
<form method=post action=/frame target=i><button>Frame</button></form><iframe name=i></iframe>"""


async def guarded(page: LivePage) -> Warden:
    """Put the gate before a page, as a healthy run in `learned` does."""
    warden = Warden(page, (LOOK, COMMIT), "learned", {"number": "RE-7"})
    await warden.stand()
    await warden.acting(LOOK)
    return warden


def told(warden: Warden) -> set[str]:
    warden.note_unasked()
    return set(warden.unknown)


async def test_forms_that_nobody_showed_are_told_though_they_are_not_held(live: Live, site: TinySite) -> None:
    """Of the tab, of a frame and of a popup."""
    page = await live(FORMS)
    warden = await guarded(page)
    for name in ("Frame", "Popup", "Here"):
        await page.page.get_by_role("button", name=name).click()
    await until(lambda: len(told(warden)) == 3, page)
    assert told(warden) == {"POST {base}/here", "POST {base}/popup", "POST {base}/frame"}
    assert (warden.refused, len(warden.unknown)) == ([], 3), "each once"


@pytest.mark.parametrize("address", ["/save", "/save/", "/save?now=1", "/save/?now=1", "/save#now"])
async def test_the_form_of_a_commit_that_is_not_due_is_held_at_every_spelling(
    live: Live, site: TinySite, address: str
) -> None:
    """It needs no wider gate: where a commit goes is always asked about."""
    page = await live(f"<form method=post action='{address}'><input name=number value=RE-7><button>Send</button></form>")
    warden = await guarded(page)
    await page.page.get_by_role("button").click()
    await until(lambda: bool(warden.refused), page)
    assert (site.changes(), told(warden)) == ([], set())


async def test_every_form_is_held_from_when_the_gate_is_closed_until_the_next_healthy_act(
    live: Live, site: TinySite
) -> None:
    """Back from `close`, nothing that was not shown leaves; afterwards it is told again, and no more."""
    page = await live(FORMS)
    warden = await guarded(page)
    await warden.close(())
    for name in ("Frame", "Popup", "Here"):
        await page.page.get_by_role("button", name=name).click()
    await until(lambda: len(warden.refused) == 3, page)
    assert (site.changes(), told(warden)) == ([], set())
    warden.open()
    await warden.acting(LOOK)
    await page.page.get_by_role("button", name="Frame").click()
    await until(lambda: bool(told(warden) and site.changes()), page)  # it is told before it leaves
    assert (site.changes(), told(warden)) == (["POST /frame"], {"POST {base}/frame"})


async def test_a_healthy_run_beside_it_does_not_open_the_gate_of_another(
    live: Live, site: TinySite, browser: Browser
) -> None:
    """What one of them wants held is held."""
    page = await live(FORMS)
    warden = await guarded(page)
    await warden.close(())
    async with open_context(browser, allowed=[site.host]) as context:
        other = await LivePage.open(await context.new_page(), base=site.url, secrets=page.secrets)
        await guarded(other)
        await page.page.get_by_role("button", name="Here").click()
        await until(lambda: bool(warden.refused), page)
    assert site.changes() == []


@pytest.mark.parametrize(
    ("path", "patterns"),
    [
        ("/invoices", ["*/invoices", "*/invoices/", r"*/invoices\?*", r"*/invoices/\?*"]),
        ("/invoices/*/file", ["*/invoices/*/file", "*/invoices/*/file/", r"*/invoices/*/file\?*", r"*/invoices/*/file/\?*"]),
        ("/of/{{ number }}/", ["*/of/*", "*/of/*/", r"*/of/*\?*", r"*/of/*/\?*"]),
        ("/a?b", [r"*/a\?b", r"*/a\?b/", r"*/a\?b\?*", r"*/a\?b/\?*"]),
        ("/", ["*/", r"*/\?*"]),
    ],
)
def test_the_browsers_patterns_take_in_every_address_that_the_recorded_one_does(path: str, patterns: list[str]) -> None:
    """Whatever differs from run to run, and with or without a query; a bare question mark would stand for any character."""
    assert addresses(Request(method="POST", path=path)) == patterns
