"""Writes a text with bold, italic and underlined words into an editor, as hands do: style on, words, style off."""

from __future__ import annotations

from ...domain.errors import ActionFailed
from ...domain.styled import KEYS, plain, runs, same_styles
from ..scripts import script
from ..world import calling
from .hands import TIMEOUT_MS, Hands


async def write(hands: Hands, styled: str) -> None:
    """Replace what the editor holds; raises ActionFailed when its words do not become as they should be."""
    keyboard = hands.page.keyboard
    await hands.element.focus(timeout=TIMEOUT_MS)
    if await hands.ask("readValue", hands.local):
        await keyboard.press("ControlOrMeta+a")
        await keyboard.press("Delete")
    now, written = frozenset[str](), ""
    for styles, piece in runs(styled):
        await _toggle(hands, now ^ styles)
        await keyboard.type(piece)
        written += _tagged(styles, piece)
        if not same_styles(await _read(hands), written):
            # A style that the editor began with, or did not take over from the piece before: the other way round, once.
            wrong = _styles_at_end(await _read(hands)) ^ styles
            for _ in range(len(piece)):
                await keyboard.press("Backspace")
            await _toggle(hands, wrong)
            await keyboard.type(piece)
        now = styles
    kept = await _read(hands)
    if not same_styles(kept, styled):
        raise ActionFailed(f"the editor keeps {kept!r} of {styled!r}: its words are not bold, italic or underlined as shown")


async def _toggle(hands: Hands, styles: frozenset[str]) -> None:
    for style in sorted(styles):
        await hands.page.keyboard.press(KEYS[style])


async def _read(hands: Hands) -> str:
    asked = calling("at", hands.local).replace("__rpa.", "__rpaStyled.", 1)
    return str(await hands.evaluate(f"{script('styled.js')};\n{asked}") or "")


def _tagged(styles: frozenset[str], piece: str) -> str:
    opened, closed = "".join(f"<{s}>" for s in sorted(styles)), "".join(f"</{s}>" for s in sorted(styles))
    return f"{opened}{piece}{closed}" if plain(piece).strip() else piece


def _styles_at_end(styled: str) -> frozenset[str]:
    said = [styles for styles, piece in runs(styled) if piece.strip()]
    return said[-1] if said else frozenset()
