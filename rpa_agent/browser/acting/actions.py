"""Performs one act on one element, with Playwright's own actionability checks, and adapts to the kind of widget."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urljoin

from ...domain.errors import ActionFailed, TargetMissing
from ...domain.ports import Action, Secrets
from ..outbound.hosts import explained
from ..session import mapped
from . import entering, keystroke, pointing
from .hands import TIMEOUT_MS, Hands, locate

if TYPE_CHECKING:
    from playwright.async_api import Page


async def perform(page: Page, action: Action, at: Hands | None, *, base: str, secrets: Secrets) -> None:
    """Act once, on the element at hand where the act needs one; nothing is retried.

    Raises TargetMissing, ActionFailed, PageGone, BrowserGone, SecretMissing, SecretMisplaced.
    """
    if action.secret is not None:
        if at is None:
            raise TargetMissing(f"a secret needs a field, and this {action.kind} has none; nothing was typed")
        with mapped("typing a secret"):
            await keystroke.type_secret(at, action, base=base, secrets=secrets)
        return
    value = action.value
    if action.kind == "goto":
        url = urljoin(base + "/", (value or "").replace("{base}", base))
        with explained(page.context, url), mapped("opening the page"):
            await page.goto(url, wait_until="domcontentloaded", timeout=30_000)
        return
    if action.kind == "back":
        with mapped("going back"):
            await page.go_back(wait_until="domcontentloaded", timeout=15_000)
        return
    if action.kind == "forward":
        with mapped("going forward"):
            await page.go_forward(wait_until="domcontentloaded", timeout=15_000)
        return
    if action.kind == "press" and at is None:
        with mapped("pressing a key"):
            await page.keyboard.press(value or "")
        return
    if action.kind == "scroll" and at is None:
        with mapped("scrolling"):
            await pointing.scroll(page, None)
        return
    if at is None:
        raise TargetMissing(f"a {action.kind} needs an element")
    with mapped(f"{action.kind}"):
        await _on_element(at, action, value or "")


async def _on_element(hands: Hands, action: Action, value: str) -> None:
    element = hands.element
    match action.kind:
        case "click" | "dblclick" | "rightclick":
            await pointing.click(hands.as_seen, action, value)
        case "hover":
            await hands.as_seen.hover(timeout=TIMEOUT_MS)
        case "press":
            await pointing.press(hands.as_seen, action, value)
        case "fill":
            await entering.fill(hands, action, value)
            if action.leave:
                await hands.ask("leave", hands.local)
        case "select":
            await entering.select(hands, action, value)
        case "check" | "uncheck":
            await entering.tick(hands, wanted=action.kind == "check")
        case "upload":
            await pointing.upload(element, action)
        case "drag":
            await pointing.drag(element, locate(element.page, action.to) if action.to else None, action)
        case "scroll":
            await pointing.scroll(element.page, element, how=value)
        case _:
            raise ActionFailed(f"acts of kind {action.kind!r} cannot be replayed yet")
