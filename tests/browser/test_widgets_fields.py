"""Every way to enter a value: shown once on a real page, replayed with the same and with other values, judged by the server."""

from __future__ import annotations

import importlib
import pkgutil
from typing import TYPE_CHECKING, Any

import pytest
from sampled import sampled
from showing import replay, show, unwell

from benchmarks.record_overhead import event_cost
from fixtures.demonstrations import widgets
from fixtures.demonstrations.widgets import choices as radios
from fixtures.demonstrations.widgets import coded, coded_unsaid, controlled, listbox, password_shown, suggest_click
from fixtures.widgets import Widgets

if TYPE_CHECKING:
    from playwright.async_api import Browser

POINTER = "pointer_"
FIELDS = sorted(m.name for m in pkgutil.iter_modules(widgets.__path__) if not m.name.startswith(POINTER))
ONE_OF_A_KIND = (
    "autofilled", "calendar", "chips", "choices", "composed", "controlled", "dropdown_plain", "editor_rich", "listbox", "masked",
    "native", "searchable", "selects", "sliders_mouse", "suggest_click", "wrong_field",
)  # fmt: skip


@pytest.mark.parametrize("name", sampled(FIELDS, *ONE_OF_A_KIND))
async def test_a_value_entered_this_way_is_entered_again(name: str, browser: Browser, gallery: Widgets) -> None:
    """Shown once; replayed with the same values and with others, without repair; the server holds what was meant."""
    demonstration: Any = importlib.import_module(f"{widgets.__name__}.{name}")
    shown = await show(browser, gallery.base_url, demonstration)
    assert gallery.held() == [demonstration.HELD]
    gallery.reset()
    same = await replay(browser, shown, {})
    assert (unwell(same), gallery.held()) == ([], [demonstration.HELD]), shown.told()
    gallery.reset()
    other = await replay(browser, shown, demonstration.OTHER)
    assert (unwell(other), gallery.held()) == ([], [demonstration.HELD_OTHER]), shown.told()


async def test_an_option_that_the_list_does_not_offer_is_not_replaced_by_another(
    browser: Browser, gallery: Widgets
) -> None:
    """The run stops with its name, and nothing is sent."""
    shown = await show(browser, gallery.base_url, suggest_click)
    gallery.reset()
    done = await replay(browser, shown, {"city": "Atlantis"})
    assert (done.outcome == "succeeded", gallery.held()) == (False, [])


async def test_a_code_that_no_option_says_is_believed_for_the_shown_choice_alone(
    browser: Browser, gallery: Widgets
) -> None:
    """With another bank nothing tells that the code is that bank's: the run stops before it is sent."""
    shown = await show(browser, gallery.base_url, coded_unsaid)
    gallery.reset()
    done = await replay(browser, shown, {"bank": "Danske"})
    assert (done.outcome == "succeeded", gallery.held()) == (False, [])
    assert "the field keeps 'DABADKKK' instead of 'Danske'" in " ".join(unwell(done))


async def test_a_code_that_belongs_to_another_option_is_not_believed(browser: Browser, gallery: Widgets) -> None:
    """A site with a fault: Finland is clicked, and the field shows Sweden's code."""
    shown = await show(browser, gallery.base_url, coded)
    gallery.reset()
    done = await replay(browser, shown, {"country": "Finland"})
    assert (done.outcome == "succeeded", gallery.held()) == (False, [])
    assert "the field keeps 'SE' instead of 'Finland'" in " ".join(unwell(done))


async def test_the_last_of_several_choices_counts(browser: Browser, gallery: Widgets) -> None:
    """A slip in a list of its own kind is corrected by choosing again; one step remains."""

    class Slip:
        PAGE = "/dropdown-plain"

        @staticmethod
        async def demonstrate(page: Any) -> None:
            for wanted in ("Sales", "Legal"):
                await page.locator("#dep").click()
                await page.locator("#menu").get_by_text(wanted).click()
            await page.get_by_role("button", name="Save").click()
            await page.get_by_text("Saved").wait_for()

    shown = await show(browser, gallery.base_url, Slip)
    assert [a.value for a in shown.recording.acts if a.kind == "select"] == ["Legal"]


async def test_a_password_that_was_shown_while_typing_is_in_no_act_and_no_step(
    browser: Browser, gallery: Widgets
) -> None:
    """The eye beside it makes a text field of it, and it stays a secret."""
    shown = await show(browser, gallery.base_url, password_shown)
    kept = [act.but(requests=()).model_dump_json() for act in shown.recording.acts]
    kept += [text.model_dump_json() for text in shown.recording.shown]
    assert not [said for said in (*kept, shown.built.procedure.model_dump_json()) if "correct-horse" in said]
    assert shown.built.secrets == password_shown.SECRETS


async def test_what_a_page_computes_is_no_value_of_the_person(browser: Browser, gallery: Widgets) -> None:
    """The total changes with every key typed into the quantity, and tells it with events of its own."""
    shown = await show(browser, gallery.base_url, controlled)
    assert [a.element.name for a in shown.recording.acts if a.kind == "fill" and a.element] == ["Code", "Quantity"]


async def test_what_is_recorded_says_what_else_could_be_chosen(browser: Browser, gallery: Widgets) -> None:
    """Options of lists that a script makes, of radios, and of the browser's own."""
    choices = (
        await show(browser, gallery.base_url, listbox),
        await show(browser, gallery.base_url, radios),
    )
    offered = [a.options for s in choices for a in s.recording.acts if a.options]
    assert offered == [
        ("Low", "Medium", "High", "Very urgent"),
        ("Standard", "Express", "Collect in person"),
        ("Invoice", "Card", "Cash"),
    ]


async def test_the_cost_of_an_event_is_measured_for_every_kind_of_event(browser: Browser) -> None:
    """Clicks, keystrokes, ticks and choices each leave one figure."""
    costs = await event_cost(browser)
    assert len(costs) > 50
    assert min(costs) >= 0
