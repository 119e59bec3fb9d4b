"""Asks the site beside the page, with the run's cookies."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urljoin

from ..domain.errors import ActionFailed, SiteUnreachable
from ..domain.urls import origin
from .session import mapped

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext


async def fetched(context: BrowserContext, base: str, path: str) -> tuple[int, str]:
    """GET an address; return status and body. No redirect to another origin is followed. Raises SiteUnreachable."""
    url = urljoin(base + "/", path)
    try:
        with mapped("asking the site"):
            for _ in range(4):
                if origin(url) != origin(base):
                    raise SiteUnreachable(f"asking the site: {origin(url)} is another site, which is not asked")
                answer = await context.request.get(url, max_redirects=0, timeout=15_000)
                if answer.status not in {301, 302, 303, 307, 308} or "location" not in answer.headers:
                    return answer.status, await answer.text()
                url = urljoin(url, answer.headers["location"])
    except ActionFailed as e:
        raise SiteUnreachable(e.message) from e
    raise SiteUnreachable("asking the site: it redirects in a circle")


async def asked(context: BrowserContext, base: str, path: str) -> tuple[int, str]:
    """GET a path; return status and body as they are: being sent elsewhere is an answer. Raises SiteUnreachable."""
    url = urljoin(base + "/", path)
    if origin(url) != origin(base):
        raise SiteUnreachable(f"asking the site: {origin(url)} is another site, which is not asked")
    try:
        with mapped("asking the site"):
            answer = await context.request.get(url, max_redirects=0, timeout=15_000)
            return answer.status, await answer.text()
    except ActionFailed as e:
        raise SiteUnreachable(e.message) from e
