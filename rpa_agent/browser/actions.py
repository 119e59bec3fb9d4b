"""Performs one act on one element, with Playwright's own actionability checks, and adapts to the kind of widget."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urljoin

from ..domain.errors import ActionFailed, TargetMissing
from ..domain.ports import Action, Secrets
from ..domain.proposal import Ref
from .session import mapped

if TYPE_CHECKING:
    from playwright.async_api import Locator, Page

TIMEOUT_MS = 4000       # an element that was just verified is ready at once, or something is in the way


def locate(page: Page, ref: Ref) -> Locator:
    """Return the locator for an address that page.js gave, through same-origin frames."""
    parts = ref.split("@")
    scope: Locator = page.locator(f"rpa={parts[0]}")
    for part in parts[1:]:
        scope = scope.content_frame.locator(f"rpa={part}")
    return scope


async def perform(page: Page, action: Action, at: Ref | None, *, base: str, secrets: Secrets) -> None:
    """Act once. Raises TargetMissing, ActionFailed, PageGone, BrowserGone, SecretMissing; nothing is retried."""
    value = secrets.reveal(action.secret) if action.secret else action.value
    if action.kind == "goto":
        with mapped("opening the page"):
            await page.goto(urljoin(base + "/", (value or "").replace("{base}", base)), wait_until="domcontentloaded", timeout=30_000)
        return
    if action.kind == "back":
        with mapped("going back"):
            await page.go_back(wait_until="domcontentloaded", timeout=15_000)
        return
    if action.kind == "press" and at is None:
        with mapped("pressing a key"):
            await page.keyboard.press(value or "")
        return
    if at is None:
        raise TargetMissing(f"a {action.kind} needs an element")
    with mapped(f"{action.kind}"):
        await _on_element(locate(page, at), action, value or "")


async def _on_element(element: Locator, action: Action, value: str) -> None:
    match action.kind:
        case "click" | "download":
            await element.click(timeout=TIMEOUT_MS)
        case "dblclick":
            await element.dblclick(timeout=TIMEOUT_MS)
        case "rightclick":
            await element.click(button="right", timeout=TIMEOUT_MS)
        case "hover":
            await element.hover(timeout=TIMEOUT_MS)
        case "press":
            await element.press(value, timeout=TIMEOUT_MS)
        case "fill":
            await _fill(element, value)
        case "select":
            await _select(element, value)
        case "check" | "uncheck":
            await element.set_checked(action.kind == "check", timeout=TIMEOUT_MS)
        case "upload":
            await element.set_input_files(list(action.files), timeout=TIMEOUT_MS)
        case "scroll":
            await element.scroll_into_view_if_needed(timeout=TIMEOUT_MS)
        case _:
            raise ActionFailed(f"acts of kind {action.kind!r} cannot be replayed yet")


async def _fill(element: Locator, value: str) -> None:
    """Type into a field; a drop-down that took the field's place is chosen from instead."""
    tag = await element.evaluate("e => e.tagName")
    if tag == "SELECT":
        await _select(element, value)
    else:
        await element.fill(value, timeout=TIMEOUT_MS)


async def _select(element: Locator, value: str) -> None:
    """Choose by label; a combobox that took the drop-down's place is typed into and its option clicked."""
    kind = await element.evaluate("e => e.tagName === 'SELECT' ? 'select' : (e.tagName === 'INPUT' ? 'input' : 'other')")
    if kind == "select":
        await element.select_option(label=value.split("\n") if "\n" in value else value, timeout=TIMEOUT_MS)
        return
    page = element.page
    if kind == "input":
        await element.fill(value, timeout=TIMEOUT_MS)
    else:
        await element.click(timeout=TIMEOUT_MS)
    option = page.get_by_role("option", name=value, exact=True)
    await option.first.wait_for(state="visible", timeout=TIMEOUT_MS)
    if await option.count() != 1:
        raise ActionFailed(f"{await option.count()} options are called {value!r}")
    await option.click(timeout=TIMEOUT_MS)
