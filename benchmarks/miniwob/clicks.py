"""Buttons, links, tabs, dialogs and menus."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .hands import centre, part, quoted, said, submit
from .task import Task, family

if TYPE_CHECKING:
    from playwright.async_api import Page

_PANEL_OF = """wanted => {
  const link = [...document.querySelectorAll('#area .alink')].find(e => e.textContent === wanted);
  return link ? link.closest('[role=tabpanel]').id : null;
}"""


async def button_named(page: Page) -> None:
    """Click on the "ok" button."""
    (name,) = await quoted(page)
    await page.locator("#area").get_by_role("button", name=name, exact=True).first.click()


async def link_named(page: Page) -> None:
    """Click on the link "sit"."""
    (name,) = await quoted(page)
    await page.locator("#area .alink").get_by_text(name, exact=True).first.click()


async def only_button(page: Page) -> None:
    """Click the button."""
    await page.get_by_role("button", name="Click Me!").click()


async def button_one(page: Page) -> None:
    """Click button ONE."""
    await page.get_by_role("button", name="ONE").click()


async def one_then_two(page: Page) -> None:
    """Click button ONE, then click button TWO."""
    await page.get_by_role("button", name="ONE").click()
    # Drawn at random, one may lie on a part of the other: what lies free of it is clicked.
    await page.get_by_role("button", name="TWO").click()


async def tab_named(page: Page) -> None:
    """Click on Tab #2."""
    await page.locator("#area ul a").get_by_text(part(r"(Tab #\d)", await said(page))).click()


async def link_behind_tab(page: Page) -> None:
    """Switch between the tabs to find and click on the link."""
    (name,) = await quoted(page)
    panel = await page.evaluate(_PANEL_OF, name)
    if panel is None:  # the link was on the tab that is empty: opening it is all there is to do
        await page.locator("#area ul a").get_by_text("Tab #2").click()
        return
    if not await page.locator(f"#{panel}").is_visible():
        await page.locator(f'#area a[href="#{panel}"]').click()
    await page.locator(f"#{panel} .alink").get_by_text(name, exact=True).first.click()


async def section(page: Page) -> None:
    """Expand the section below and click submit."""
    await page.locator("#area h3").click()
    await page.locator("#area h3 + div").wait_for()
    await submit(page)


async def link_in_section(page: Page) -> None:
    """Expand the sections below, to find and click on the link."""
    (name,) = await quoted(page)
    panel = await page.evaluate(_PANEL_OF, name)
    if not await page.locator(f"#{panel}").is_visible():
        await page.locator(f'#area h3[aria-controls="{panel}"]').click()
    await page.locator(f"#{panel} .alink").get_by_text(name, exact=True).first.click()


async def close_dialog(page: Page) -> None:
    """Close the dialog box by clicking the "x"."""
    await page.locator(".ui-dialog-titlebar-close").click()


async def dialog_button(page: Page) -> None:
    """Click the button in the dialog box labeled "OK"."""
    (name,) = await quoted(page)
    if name == "x":
        await close_dialog(page)
    else:
        await page.locator(".ui-dialog-buttonpane").get_by_role("button", name=name, exact=True).click()


async def menu_path(page: Page) -> None:
    """Select Anna>Ben>Carl in a menu that opens under the mouse."""
    *ways, last = part(r"Select (.+)$", await said(page)).split(">")
    for name in ways:
        await page.locator("#menu div").get_by_text(name, exact=True).hover()
    await page.locator("#menu div").get_by_text(last, exact=True).click()


async def menu_item(page: Page) -> None:
    """Click the "Menu" button, and then the item with this label or this icon."""
    names = (await quoted(page))[1:]
    if names:
        item = page.locator("#menu li").filter(has_not=page.locator("ul")).get_by_text(names[0], exact=True)
    else:
        icon = part(r"(ui-icon-\w[\w-]*)", await page.locator("#query .ui-icon").get_attribute("class") or "")
        item = page.locator(f"#menu div:has(> .{icon})")
    await page.get_by_role("button", name="Menu").click()
    if not await item.is_visible():
        await page.locator("#menu div").get_by_text("Playback", exact=True).hover()
    await item.click()


async def widget_of_kind(page: Page) -> None:
    """Click on a "textarea" widget."""
    (kind,) = await quoted(page)
    await page.locator(f'#area [data-type="{kind}"]').first.click()


async def focus_only(page: Page) -> None:
    """Focus into the textbox."""
    await page.locator("#area input").click()


async def focus_nth(page: Page) -> None:
    """Focus into the 2nd input textbox."""
    await page.locator("#area input").nth(int(part(r"the (\d)", await said(page))) - 1).click()


async def pie_item(page: Page) -> None:
    """Expand the pie menu below and click on the item labeled "H"."""
    (name,) = await quoted(page)
    await page.mouse.click(*await centre(page.locator("#wheelnav-divWheel-spreader")))
    item = page.locator("#divWheel text").get_by_text(name, exact=True)
    await page.wait_for_function(_WIDE, arg=await item.element_handle())
    await page.mouse.click(*await centre(item))


# Folded up, the items are a thousandth of their size.
_WIDE = """e => {
  const box = e.getBoundingClientRect(), moved = JSON.stringify(box) !== e.dataset.was;
  e.dataset.was = JSON.stringify(box);
  return !moved && box.width > 5;
}"""


TASKS = (
    *family(button_named, "click-button", "unicode-test", differs="named"),
    Task("click-link", link_named, "named"),
    Task("click-test", only_button, "nothing"),
    *family(button_one, "click-test-2", "click-test-transfer", differs="nothing"),
    Task("click-button-sequence", one_then_two, "nothing"),
    Task("click-tab", tab_named, "named"),
    Task("click-tab-2-easy", link_behind_tab, "named"),
    *family(
        link_behind_tab,
        "click-tab-2",
        "click-tab-2-medium",
        "click-tab-2-hard",
        why_not="which tab holds the link has to be looked for",
    ),
    *family(section, "click-collapsible", "click-collapsible-nodelay", differs="nothing"),
    *family(
        link_in_section,
        "click-collapsible-2",
        "click-collapsible-2-nodelay",
        why_not="which section holds the link has to be looked for",
    ),
    Task("click-dialog", close_dialog, "nothing"),
    Task("click-dialog-2", dialog_button, "named"),
    Task("click-menu", menu_path, why_not="the menu has other items and other depths"),
    Task("click-menu-2", menu_item, why_not="asks for a label or for an icon, at another depth of the menu"),
    # In seed 1 the wanted item is the one that is chosen before anyone clicks.
    *(Task(f"click-pie{more}", pie_item, "named", seeds=(2, 3)) for more in ("", "-nodelay")),
    Task("click-widget", widget_of_kind, why_not="asks for a kind of element, not for one"),
    Task("focus-text", focus_only, "nothing"),
    Task("focus-text-2", focus_nth, why_not="the field is chosen by its position"),
)
