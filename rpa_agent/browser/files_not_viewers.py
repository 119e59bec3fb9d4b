"""PDFs are files and never a viewer: what a browser would show in a window of its own is downloaded as elsewhere."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.async_api import Browser, CDPSession

_SHOWN = ("application/pdf", "application/x-pdf")


async def make_pdfs_files(browser: Browser) -> None:
    """From now on every PDF that would be shown is downloaded; costs a round trip per document."""
    session = await browser.new_browser_cdp_session()
    answers: set[asyncio.Task[None]] = set()

    def paused(event: dict[str, Any]) -> None:
        job = asyncio.ensure_future(_pass(session, event))
        answers.add(job)
        job.add_done_callback(answers.discard)

    session.on("Fetch.requestPaused", paused)
    await session.send("Fetch.enable", {"patterns": [{"resourceType": "Document", "requestStage": "Response"}]})


async def _pass(session: CDPSession, event: dict[str, Any]) -> None:
    from playwright.async_api import Error

    headers = event.get("responseHeaders") or []
    named = {h["name"].lower(): h["value"] for h in headers}
    answer: dict[str, Any] = {"requestId": event["requestId"]}
    if named.get("content-type", "").split(";")[0].strip().lower() in _SHOWN and not _attached(named):
        kept = [h for h in headers if h["name"].lower() != "content-disposition"]
        answer["responseCode"] = event["responseStatusCode"]
        answer["responseHeaders"] = [*kept, {"name": "Content-Disposition", "value": _as_file(named)}]
    try:
        await session.send("Fetch.continueResponse", answer)
    except Error:
        return  # the page went on, or the browser was closed


def _attached(headers: dict[str, str]) -> bool:
    return headers.get("content-disposition", "").lower().startswith("attachment")


def _as_file(headers: dict[str, str]) -> str:
    """Keep the name that the site gives the file."""
    given = headers.get("content-disposition", "").partition(";")[2]
    return f"attachment;{given}" if given else "attachment"
