"""What a page itself names: read there by every run, used under that very name, and never a way to send something."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import pytest
from showing import Shown, replay, unwell
from tiny_site import TinySite

from rpa_agent.build import build_procedure
from rpa_agent.build.telling.correct import corrected
from rpa_agent.domain.recording import Recording

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

Watch = Callable[..., Awaitable[Recording]]

NAMES = ("North", "South", "Pay")


def desk(sentence: str, names: tuple[str, ...] = NAMES) -> str:
    """A page with a sentence and a button per desk; only the button Pay sends something."""
    buttons = "".join(f"<button onclick=\"go('{n}')\">{n}</button>" for n in names)
    script = (
        "<script>function go(n) { if (n === 'Pay') fetch('/pay', {method: 'POST', body: 'all'});"
        " const p = document.createElement('p'); p.setAttribute('role', 'status'); p.textContent = 'Open is desk ' + n.length;"
        " document.body.append(p); fetch('/opened/' + n) }</script>"
    )
    return f"<title>Desks</title><p>{sentence}</p>{buttons}{script}"


def pressing(name: str) -> Callable[[Page], Awaitable[None]]:
    async def hands(page: Page) -> None:
        await page.wait_for_timeout(400)  # a person reads first
        await page.get_by_role("button", name=name, exact=True).click()
        await page.get_by_text("Open is desk").wait_for()

    return hands


def built_of(recording: Recording) -> Shown:
    return Shown(recording, build_procedure(recording, name="desks", task="Open a desk", site="tiny", salt="salt"))


def pressed(shown: Shown) -> str:
    target = shown.built.procedure.steps[-1].target
    return target.words() if target else ""


@pytest.mark.parametrize("sentence", ['Today open “{}”, please.', "Today open <b>{}</b>, please."])
async def test_the_button_that_a_sentence_names_is_the_one_it_names_then(
    watch: Watch, site: TinySite, browser: Browser, sentence: str
) -> None:
    """Shown with North; when the page says South, South is pressed. Without the sentence, or that button, nothing is."""
    shown = built_of(await watch(desk(sentence.format("North")), pressing("North")))
    step = shown.built.procedure.steps[-1]
    assert pressed(shown) == "button '{{ outputs.named_button }}'"
    assert [r.path for r in step.expect.requests] == ["/opened/{{ outputs.named_button }}"]
    site.show("/form", desk(sentence.format("South")))
    done = await replay(browser, shown, {})
    assert (unwell(done), done.outputs) == ([], {"named_button": "South"})
    for changed, why in ((sentence.format("West"), "there is none of that name"), ("Any desk will do today.", "could not be read")):
        site.show("/form", desk(changed))
        done = await replay(browser, shown, {})
        assert done.outcome == "needs_person"
        assert why in done.stopped
        assert done.sent == "nothing"


async def test_a_page_cannot_name_what_sends(watch: Watch, site: TinySite, browser: Browser) -> None:
    """The demonstration sent nothing: a sentence that names the button Pay gets its request refused."""
    shown = built_of(await watch(desk('Today open "North", please.'), pressing("North")))
    site.show("/form", desk('Today open "Pay", please.'))
    done = await replay(browser, shown, {})
    assert done.outcome == "needs_person"
    assert "POST" in done.stopped
    assert site.changes() == []


async def test_what_sends_is_never_bound_to_a_sentence(watch: Watch, browser: Browser) -> None:
    """Also where the page names it: the button that sent is the button that sends."""
    shown = built_of(await watch(desk('To pay all, press "Pay" now.'), pressing("Pay")))
    assert pressed(shown) == "button 'Pay'"
    assert shown.built.workflow.outputs == {}


async def test_a_person_can_say_that_it_is_always_this_one(watch: Watch, site: TinySite, browser: Browser) -> None:
    """The recorder says that the page decides; corrected, its sentence means nothing any more."""
    shown = built_of(await watch(desk('Today open "North", please.'), pressing("North")))
    assert any("a sentence of the page says which one it is" in line for line in shown.built.sentences)
    fixed = Shown(shown.recording, corrected(shown.built, ["3 constant"]))
    assert fixed.built.workflow.params["named_button"].default == "North"
    site.show("/form", desk('Today open "South", please.'))
    done = await replay(browser, fixed, {})
    assert (unwell(done), done.outputs, pressed(fixed)) == ([], {}, "button '{{ named_button }}'")


@pytest.mark.parametrize(("buttons", "found"), [
    ("<button>South</button><button title=Close onclick=\"go('x')\"><svg></svg></button>", True),
    ("<button aria-label=Close>a</button><button aria-label=Close>b</button>", False),
    ("<button>Delete</button>", False),
])
async def test_a_cross_is_the_one_button_that_closes(
    watch: Watch, site: TinySite, browser: Browser, buttons: str, found: bool
) -> None:
    """A sentence says x, and what shows a cross calls itself Close; of two, or of none, no one is taken."""
    shown = built_of(await watch(desk("Today open “North”, please."), pressing("North")))
    site.show("/form", desk("Today open “x”, please.", ()).replace("<script>", f"{buttons}<script>"))
    done = await replay(browser, shown, {})
    assert ((unwell(done), done.outputs) == ([], {"named_button": "x"})) if found else done.outcome == "needs_person", done.stopped
