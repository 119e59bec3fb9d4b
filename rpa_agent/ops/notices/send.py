"""Sends a message through Apprise to the address of a target; addresses may hold passwords and are never told."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping

from pydantic import SecretStr

SEND_S = 60


async def send_to(addresses: Mapping[str, SecretStr], target: str, title: str, body: str) -> str:
    """Send a message; return why it did not arrive, in words without the address, or nothing."""
    address = addresses.get(target)
    if address is None:
        return f"there is no target {target} in the settings ([notify] in rpa.toml)"
    try:
        done = await asyncio.wait_for(asyncio.to_thread(_send, address.get_secret_value(), title, body), SEND_S)
    except TimeoutError:
        return f"no answer within {SEND_S} s"
    return done


def _send(address: str, title: str, body: str) -> str:
    from apprise import Apprise, NotifyFormat  # loads a hundred services; only who sends needs it

    logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)     # what it warns of may name the address
    apprise = Apprise()
    if not apprise.add(address):
        return "its address is none that Apprise knows"
    if not apprise.notify(title=title, body=body, body_format=NotifyFormat.TEXT):
        return "the service did not take it"
    return ""
