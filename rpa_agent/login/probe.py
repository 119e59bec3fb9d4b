"""Is somebody logged in? Asked of the site beside the page, or seen on a page that only then shows itself."""

from __future__ import annotations

import json
from urllib.parse import urlsplit

from ..browser.fetch import asked
from ..browser.page import LivePage
from ..domain.account import Account
from ..domain.asked import contains
from ..domain.errors import ActionFailed, PageGone, SiteUnreachable
from ..domain.hosts import allows, port_of
from ..domain.ports import Action, PageAtHand
from ..domain.urls import origin, url_matches
from ..domain.workflow import HttpCheck

SETTLE_S = 10.0
SHOWN_S = 3.0
SENT_AWAY = frozenset({301, 302, 303, 307, 308, 401, 403})


async def is_alive(page: LivePage, account: Account) -> bool:
    """Tell whether a page's context is logged in; a probe of the kind `open` leaves the page where it looked.

    Raises SiteUnreachable: a site that does not answer says nothing about a login.
    """
    probe = account.probe
    if probe.http is not None:
        return await _answered(page, account, probe.http)
    path = probe.open or "/"
    status, _ = await asked(page.page.context, account.base_url, path)
    if status in SENT_AWAY:
        return False
    _in_order(status)
    try:
        await page.act(Action(kind="goto", value="{base}" + path), None)
        await page.settle(SETTLE_S)
        if probe.visible and await page.visible(probe.visible, values={}, seconds=SHOWN_S) is None:
            return False
        return await _shows(page, account, path)
    except (ActionFailed, PageGone):
        return False


async def _shows(page: LivePage, account: Account, path: str) -> bool:
    at, wanted = urlsplit(page.url), urlsplit(path)
    there = origin(page.url) == account.base_url and at.path.rstrip("/") == wanted.path.rstrip("/")
    return there and page.status < 400 and not (await page.survey()).has_password


async def answers_alive(page: LivePage, account: Account) -> bool | None:
    """Ask beside the page, whose place and fields stay as they are; None where that cannot tell."""
    probe = account.probe
    if probe.http is not None:
        return await _answered(page, account, probe.http)
    status, _ = await asked(page.page.context, account.base_url, probe.open or "/")
    return False if status in SENT_AWAY else None


async def _answered(page: LivePage, account: Account, check: HttpCheck) -> bool:
    status, body = await asked(page.page.context, account.base_url, check.get)
    if status != check.status:
        _in_order(status)
        return False
    if check.json_ is None:
        return True
    try:
        return contains(json.loads(body), check.json_)
    except ValueError:
        return False


def _in_order(status: int) -> None:
    if status >= 500 or status == 429:
        raise SiteUnreachable(f"the site answers with an error ({status}); whether somebody is logged in is not known")


async def login_shown(page: PageAtHand, account: Account, pages: tuple[str, ...]) -> str:
    """Return in words how a page shows that nobody is logged in: it is the login's own page, asks for a password, or was
    refused; empty where it shows nothing of the kind. ``pages`` are templates of the pages that the login is typed on."""
    url = page.url
    host = urlsplit(url).hostname or ""
    if allows(account.allow_login, host, port_of(url)) or any(url_matches(t, url, account.base_url, {}) for t in pages):
        return "the site showed its login page instead"
    if page.status == 401:
        return "the site answered that nobody is logged in (401)"
    try:
        if (await page.survey()).has_password:
            return "the site asks for a password"
    except PageGone:
        return ""
    return ""
