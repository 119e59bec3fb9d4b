"""Widgets as well-known kits draw them: shown once by hand, replayed, and run for another value."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from kit_pages import BESIDE_A_SELECT, CALENDAR, COMPONENTS, DRAWN_BOXES, GRID, PATHS, TAGS, TRACK
from showing import unwell
from test_record_reach import Stage, sent
from tiny_site import TinySite

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page


@pytest.fixture
def stage(browser: Browser, site: TinySite) -> Stage:
    return Stage(browser, site)


async def _save(page: Page) -> None:
    await page.get_by_role("button", name="Save").click()
    await page.get_by_text("Saved", exact=True).wait_for()


@pytest.mark.parametrize("searched", [False, True])
async def test_a_list_that_took_the_place_of_a_select_is_one_choice(
    stage: Stage, site: TinySite, searched: bool
) -> None:
    """The select behind it changes with it and is no choice of its own; it is called as the select is."""
    site.show("/", BESIDE_A_SELECT)

    async def hands(page: Page) -> None:
        await page.locator(".select2-selection").click()
        if searched:
            await page.keyboard.type("Germ")
        await page.locator("li", has_text="Germany").click()
        await _save(page)

    shown = await stage.shown(hands)
    assert shown.built.examples == {"country": "Germany"}
    assert unwell(await stage.again(shown, {"country": "France"})) == []
    assert sent(site) == [("/save", {"country": "FR"})]


async def test_a_calendar_whose_year_is_a_field_is_turned(stage: Stage, site: TinySite) -> None:
    """Also into another year."""
    site.show("/", CALENDAR)

    async def hands(page: Page) -> None:
        await page.get_by_placeholder("Select Date..").click()
        await page.locator(".flatpickr-next-month").click()
        await page.get_by_label("December 5, 2026").click()
        await _save(page)

    shown = await stage.shown(hands)
    assert list(shown.built.examples) == ["first_day"]
    assert unwell(await stage.again(shown, {"first_day": "2027-02-14"})) == []
    assert sent(site) == [("/save", {"first": "2027-02-14"})]


async def test_tags_in_front_of_their_field_are_chosen_one_by_one(stage: Stage, site: TinySite) -> None:
    """Each tag moves the field to another place in the document: it is the same field."""
    site.show("/", TAGS)

    async def hands(page: Page) -> None:
        for colour in ("Red", "Blue"):
            await page.locator(".css-control").click()
            await page.get_by_role("option", name=colour).click()
        await _save(page)

    shown = await stage.shown(hands)
    assert list(shown.built.examples.values()) == ["Red", "Blue"]
    first, second = shown.built.examples
    assert unwell(await stage.again(shown, {first: "Green", second: "Ocean"})) == []
    assert sent(site) == [("/save", {"colors": "Green+Ocean"})]


@pytest.mark.parametrize("dragged", [False, True])
async def test_a_track_is_moved_to_a_number(stage: Stage, site: TinySite, dragged: bool) -> None:
    """The mouse moves it, and the number counts: a field in it that nobody sees says which."""
    site.show("/", TRACK)

    async def hands(page: Page) -> None:
        box = await page.locator("#s").bounding_box()
        assert box is not None
        y = box["y"] + box["height"] / 2
        if dragged:
            await page.mouse.move(box["x"] + 90, y)
            await page.mouse.down()
            await page.mouse.move(box["x"] + 240, y, steps=6)
            await page.mouse.up()
        else:
            await page.mouse.click(box["x"] + 240, y)
        await _save(page)

    shown = await stage.shown(hands)
    assert shown.built.examples == {"volume": "80"}
    assert unwell(await stage.again(shown, {"volume": "15"})) == []
    assert sent(site) == [("/save", {"volume": "15"})]


async def test_what_is_done_inside_components_is_recorded(stage: Stage, site: TinySite) -> None:
    """Their boxes tell a change inside alone, their lists use the same ids; what a page refuses to tick was still pressed."""
    site.show("/", COMPONENTS)

    async def hands(page: Page) -> None:
        await page.locator("x-list").first.click()
        await page.get_by_role("option", name="Germany").click()
        await page.locator("x-list").nth(1).click()
        await page.get_by_role("option", name="Franc", exact=True).click()
        await page.get_by_role("radio", name="High").click()
        for text in ("Express", "I accept the terms", "Hold back"):
            await page.get_by_text(text).click()
        await page.get_by_text("Tone").click()
        await page.locator("x-tick").click()
        await _save(page)

    shown = await stage.shown(hands)
    assert shown.built.examples == {"country": "Germany", "currency": "Franc", "priority": "High"}
    assert [t for t in shown.told() if t.startswith(("check", "click"))] == [
        "check radio '{{ priority }}' None",
        "check switch 'Express' None",
        "check checkbox 'I accept the terms' None",
        "click checkbox 'Hold back' None",
        "click button 'Tone …' None",
        "check checkbox 'Signed' None",
        "click button 'Save' None",
    ]
    assert unwell(await stage.again(shown, {"country": "Austria", "priority": "Low"})) == []
    others = {"country": "AT", "currency": "CHF", "prio": "Low", "express": "true", "terms": "true", "held": "pressed"}
    assert sent(site) == [("/save", {**others, "tone": "1", "signed": "true"})]


async def test_what_is_drawn_in_the_place_of_a_box_is_that_box(stage: Stage, site: TinySite) -> None:
    """Cut away, below its drawing, or ticked by a script: one is pressed, and the other is meant."""
    site.show("/", DRAWN_BOXES)

    async def hands(page: Page) -> None:
        await page.get_by_text("Large").click()
        await page.locator(".below i").click()
        await page.locator(".switch b").click()
        await _save(page)

    shown = await stage.shown(hands)
    assert [t.split(" None")[0] for t in shown.told()[1:4]] == [
        "check radio '{{ size }}'", "check checkbox 'Gift wrap'", "check switch 'Express'",
    ]
    assert unwell(await stage.again(shown)) == []
    assert sent(site) == [("/save", {"size": "L", "gift": "yes", "express": "yes"})]
    assert unwell(await stage.again(shown, {"size": "Small"})) == []
    assert sent(site) == [("/save", {"size": "S", "gift": "yes", "express": "yes"})]


async def test_a_way_through_lists_is_one_choice_and_what_stays_open_is_left(stage: Stage, site: TinySite) -> None:
    """A field around a field is one field, too; and a calendar that lies over what comes next is left by Tab."""
    site.show("/", PATHS)

    async def hands(page: Page) -> None:
        await page.locator("#cat").click()
        await page.get_by_role("menuitem", name="Hardware").click()
        await page.get_by_role("menuitem", name="Monitors").click()
        await page.locator("#unit").click()
        await page.get_by_role("menuitem", name="Box").click()
        await page.get_by_label("Due date").click()
        await page.keyboard.type("2026-12-15")
        await page.keyboard.press("Tab")
        await page.get_by_label("Express").click()
        await _save(page)

    shown = await stage.shown(hands)
    assert shown.built.examples == {"category": "Hardware / Monitors", "unit": "Box", "due_date": "2026-12-15"}
    other = {"category": "Software / Licences", "unit": "Pallet", "due_date": "2027-02-09"}
    assert unwell(await stage.again(shown, other)) == []
    assert sent(site) == [("/save", {"category": "Software / Licences", "unit": "Pallet", "due": "2027-02-09", "express": "true"})]
    done = await stage.again(shown, {"category": "Hardware / Licences"})
    assert "'Licences', of 'Hardware / Licences'" in " ".join(unwell(done)) and sent(site) == []


STOCK = "[['A-100','Bolt',12],['A-200','Nut',7],['A-300','Washer',40]]"
SORTED = "[['A-300','Washer',40],['A-200','Nut',9],['A-100','Bolt',12]]"
GONE = "[['A-100','Bolt',12],['A-300','Washer',7]]"
TWICE = "[['A-100','Nut',12],['A-200','Nut',7],['A-300','Washer',40]]"


async def test_a_cell_of_a_grid_is_changed_in_its_own_row(stage: Stage, site: TinySite) -> None:
    """The row is known by what names it, not by the value that is changed; no other row will do."""
    site.show("/", GRID.replace("ROWS", STOCK))

    async def hands(page: Page) -> None:
        await page.get_by_role("gridcell", name="7", exact=True).dblclick()
        await page.keyboard.type("21")
        await page.keyboard.press("Enter")
        await _save(page)

    shown = await stage.shown(hands)
    assert shown.built.examples == {"name": "Nut", "quantity": "21"}
    site.show("/", GRID.replace("ROWS", SORTED))
    assert unwell(await stage.again(shown, {"quantity": "34"})) == []
    assert sent(site) == [("/save", {"A-300": "40", "A-200": "34", "A-100": "12"})]
    for other in (GONE, TWICE):
        site.show("/", GRID.replace("ROWS", other))
        assert unwell(await stage.again(shown, {"quantity": "34"}))
        assert sent(site) == []
