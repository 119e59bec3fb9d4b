"""Performs one act on one element, with Playwright's own actionability checks, and adapts to the kind of widget."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from ..domain.errors import ActionFailed, TargetMissing
from ..domain.ports import Action, Secrets
from ..domain.proposal import Ref
from ..domain.values import write_date
from .session import mapped

if TYPE_CHECKING:
    from playwright.async_api import FrameLocator, Locator, Page

_ISO = re.compile(r"\d{4}-\d\d-\d\d")
_HINT = re.compile(r"(dd|mm|yyyy)([./-])(dd|mm)\2(dd|mm|yyyy)")
TIMEOUT_MS = 4000  # an element that was just verified is ready at once, or something is in the way


def document_of(page: Page, ref: Ref) -> Page | FrameLocator:
    """Return the document that holds an address that page.js gave: the page, or a same-origin frame in it."""
    scope: Page | FrameLocator = page
    for part in ref.split("@")[:-1]:
        scope = scope.locator(f"rpa={part}").content_frame
    return scope


def locate(page: Page, ref: Ref) -> Locator:
    """Return the locator for an address that page.js gave."""
    return document_of(page, ref).locator(f"rpa={ref.split('@')[-1]}")


async def perform(page: Page, action: Action, at: Ref | None, *, base: str, secrets: Secrets) -> None:
    """Act once. Raises TargetMissing, ActionFailed, PageGone, BrowserGone, SecretMissing; nothing is retried."""
    value = secrets.reveal(action.secret) if action.secret else action.value
    if action.kind == "goto":
        with mapped("opening the page"):
            await page.goto(
                urljoin(base + "/", (value or "").replace("{base}", base)),
                wait_until="domcontentloaded",
                timeout=30_000,
            )
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
        await _on_element(locate(page, at), action, value or "", document_of(page, at))


async def _on_element(element: Locator, action: Action, value: str, document: Page | FrameLocator) -> None:
    match action.kind:
        case "click":
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
            await _fill(element, action, value, document)
        case "select":
            await _select(element, action, value, document)
        case "check" | "uncheck":
            await element.set_checked(action.kind == "check", timeout=TIMEOUT_MS)
        case "upload":
            await element.set_input_files(list(action.files), timeout=TIMEOUT_MS)
        case "scroll":
            await element.scroll_into_view_if_needed(timeout=TIMEOUT_MS)
        case _:
            raise ActionFailed(f"acts of kind {action.kind!r} cannot be replayed yet")


async def _fill(element: Locator, action: Action, value: str, document: Page | FrameLocator) -> None:
    """Type into a field; a drop-down that took the field's place is chosen from instead."""
    if action.widget is not None and action.widget.tag == "select":
        await _select(element, action, value, document)
    else:
        await element.fill(spelled_for(action, value), timeout=TIMEOUT_MS)


def spelled_for(action: Action, value: str) -> str:
    """Return the value as the widget at hand wants it: native pickers take ISO, a text field what its hint shows."""
    now, canonical = action.widget, action.canonical
    if now is None or canonical is None:
        return value
    if now.type in {"date", "number", "range"}:
        return canonical
    hint = now.placeholder.casefold().replace("t", "d").replace("j", "y")  # German hints say tt.mm.jjjj
    if _ISO.fullmatch(value) and _HINT.fullmatch(hint):
        return write_date(date.fromisoformat(canonical), hint)
    return value


async def _select(element: Locator, action: Action, value: str, document: Page | FrameLocator) -> None:
    """Choose by label; a combobox that took the drop-down's place is typed into and its option clicked."""
    tag = action.widget.tag if action.widget is not None else "select"
    if tag == "select":
        await element.select_option(label=value.split("\n") if "\n" in value else value, timeout=TIMEOUT_MS)
        return
    if tag == "input":
        await element.fill(value, timeout=TIMEOUT_MS)
    else:
        await element.click(timeout=TIMEOUT_MS)
    await (await _option(document, value)).click(timeout=TIMEOUT_MS)


async def _option(document: Page | FrameLocator, value: str) -> Locator:
    """Return the one visible option that is called ``value``, else the one whose name begins with it.

    Lists show records with more words than their name ("Muster GmbH  Berlin"); two that fit are not told apart here.
    """
    options = document.get_by_role("option").filter(visible=True)
    fitting = options.filter(has_text=value)
    await fitting.first.wait_for(state="visible", timeout=TIMEOUT_MS)
    texts = [" ".join(t.split()) for t in await options.all_inner_texts()]
    wanted = " ".join(value.split())
    exact = [i for i, text in enumerate(texts) if text == wanted]
    longer = [i for i, text in enumerate(texts) if text.casefold().startswith(wanted.casefold() + " ")]
    found = exact or longer
    if len(found) != 1:
        raise ActionFailed(f"{len(found)} options are called {value!r}; choose one by its full name")
    return options.nth(found[0])
