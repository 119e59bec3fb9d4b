"""The keystroke of a secret: it is revealed here, after the field at hand proved to be the one that it is bound to."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from ...domain.binding import BASE, Binding, FieldSeen, belongs, misplaced
from ...domain.errors import ActionFailed, SecretMisplaced
from ...domain.ports import Action, Secrets
from ...domain.urls import origin
from ..scripts import script
from .hands import TIMEOUT_MS, Hands

if TYPE_CHECKING:
    from playwright.async_api import ElementHandle, Locator

_SET = {"file", "checkbox", "radio", "button", "submit", "hidden"}  # inputs in which nothing is typed


async def type_secret(hands: Hands, action: Action, *, base: str, secrets: Secrets) -> None:
    """Type a secret into the element that was looked at, as long as it is what it was: what takes its place gets nothing.

    What is typed goes to an element that comes from the same origin, is of the same kind and sends to the same places:
    that is sealed when it is looked at here, and asked again by the very call that types.
    Raises SecretMisplaced, SecretMissing, ActionFailed; Playwright's errors are the caller's to map.
    """
    name, bound = action.secret or "", action.bound or Binding()
    if action.kind != "fill":
        raise _refused(name, f"a secret is only typed into a field, and this step is a {action.kind}")
    told = await hands.evaluate(f"({script('secret_field.js').strip()})({json.dumps(hands.local)})")
    if told is None:
        raise ActionFailed("the field went away before the secret was typed")
    seal = told.pop("seal")
    if why := misplaced(bound, FieldSeen.model_validate(told), base):
        raise _refused(name, why)
    element, value = hands.sealed(seal), secrets.reveal(name)
    if action.keys:
        await element.press_sequentially(value, timeout=TIMEOUT_MS * 4)
    else:
        await element.fill(value, timeout=TIMEOUT_MS)


async def fill_secret(found: Locator, name: str, bound: Binding, *, base: str, secrets: Secrets) -> None:
    """Type a secret where an import's own locator leads: the page is not read in a world of ours there.

    Raises SecretMisplaced, SecretMissing; Playwright's errors are the caller's to map.
    """
    element = await found.element_handle(timeout=TIMEOUT_MS)
    require_origin(await origin_of(element), bound, base, name)
    tag, kind = await element.evaluate("e => [e.tagName.toLowerCase(), e.type || '']")
    at = FieldSeen(origin=origin(base), tag=tag, type=kind, typed_into=tag in {"input", "textarea"} and kind not in _SET)
    if why := misplaced(bound.but(origin=BASE), at, base):
        raise _refused(name, why)
    await element.fill(secrets.reveal(name), timeout=TIMEOUT_MS)


async def origin_of(element: ElementHandle) -> str:
    """Ask the browser, which no page can talk into anything, where the element's document is from; "null" is nowhere.

    The element is held by its document: once that was the right one, a keystroke reaches no other.
    """
    frame = await element.owner_frame()
    while frame is not None and not frame.url.startswith(("http://", "https://")):
        frame = frame.parent_frame  # a document without an address of its own is its parent's
    return origin(frame.url) if frame is not None else "null"


def require_origin(at: str, bound: Binding, base: str, name: str) -> None:
    """Raise SecretMisplaced where a secret is not bound to where its field's document is from."""
    if not belongs(bound.origin, at, base):
        raise _refused(name, misplaced(bound, FieldSeen(origin=at), base))


def _refused(name: str, why: str) -> SecretMisplaced:
    return SecretMisplaced(f"the secret {name!r} was not typed: {why}; nothing was typed", where=name)
