"""Tells where a tab's navigations come from: an address typed in, the browser's own buttons, or what was done before."""

from __future__ import annotations

import asyncio
import time
from typing import Any
from urllib.parse import urlsplit

from ...domain.errors import PageGone
from .merge import Raw
from .watch import FrameSeen, Tab, Watch

WEB = ("http://", "https://")
NO_PAGE = ("about:", "blob:")  # nothing to record, and nothing to refuse: empty tabs, files made by script
CONSEQUENCE_S = 0.6  # a way back that begins this soon after a click was the click's doing
ATTEMPTS = 60  # to give a tab an order, 0.05 s apart
EMPTY = "about:blank"
NO_ANSWER = "chrome-error://"  # what the browser shows in place of a page that did not come


def recordable(url: str) -> bool:
    """Tell a web page, or an empty tab, from a file of this machine and the browser's own pages."""
    return url.startswith((*WEB, *NO_PAGE))


class Ways:
    """Follows every tab through its history; ``raw`` is what was done so far, by the recorder."""

    def __init__(self, base: str, watch: Watch, raw: list[Raw]) -> None:
        self._base, self._watch, self._raw = base, watch, raw
        self._opened_by: dict[Tab, Raw] = {}  # a popup and the act that opened it
        self._led_back: set[Tab] = set()  # by us, from what is no web page: nobody's way
        self._one_by_one = asyncio.Lock()
        self.remarks: list[str] = []

    def opened(self, tab: Tab) -> None:
        """A tab that another one opened is what the last act led to."""
        if tab.opener in self._watch.tabs and self._raw:
            self._opened_by[tab] = self._raw[-1]
            self._raw[-1].popup = self._raw[-1].popup or EMPTY

    def gone(self, tab: Tab) -> None:
        """A tab that closes without a document had opened for a download."""
        opened_by = self._opened_by.get(tab)
        if opened_by is not None and not tab.shown and opened_by.popup == EMPTY:
            opened_by.popup = ""

    def act_for(self, tab: Tab, frame: FrameSeen, how: str, *, asked: bool, within: bool) -> Raw | None:
        """Return the act that a navigation is by itself, or None where it followed from another."""
        history = how.startswith("history")
        if frame.parent:
            return self._through_history(tab) if history and frame.documents > 1 and not self._by_page(tab) else None
        if not recordable(frame.url):
            self._refuse(tab, frame.url)
            return None
        self._elsewhere(frame.url)
        if history and tab in self._led_back:
            self._led_back.discard(tab)
            self._watch.spawn(self._follow(tab))
            return None
        if history and not self._by_page(tab):
            return self._through_history(tab)
        self._watch.spawn(self._follow(tab))
        opened = self._first_document(tab)
        typed = how == "sameDocument" if within else not (asked or opened or self._consequence())
        if history or not typed or not frame.url.startswith(WEB):
            return None
        return Raw("goto", time.time(), {"url": frame.url, "value": frame.url, "title": ""}, url_after=frame.url)

    def _first_document(self, tab: Tab) -> bool:
        opened_by = self._opened_by.get(tab)
        if opened_by is None or opened_by.popup != EMPTY:
            return False
        opened_by.popup = tab.url
        return True

    def _consequence(self) -> bool:
        """A redirect, or a document that answers the last act's own request, is no address typed in."""
        last = self._raw[-1] if self._raw else None
        asking = any(t.asked for t in self._watch.tabs.values())
        return bool(last and last.kind != "goto" and any(r.navigation for r in last.requests) and asking)

    def _by_page(self, tab: Tab) -> bool:
        """Tell whether the page itself went back: at once after a click that had led nowhere else."""
        last = self._raw[-1] if self._raw else None
        acted = last is not None and last.kind in {"click", "dblclick", "press"} and last.data["in"][0] is tab
        return bool(acted and last and not last.data.get("went") and time.time() - last.at < CONSEQUENCE_S)

    def _through_history(self, tab: Tab) -> Raw:
        last = next((raw for raw in reversed(self._raw) if raw.data["in"][0] is tab), None)
        former = last.url_after if last is not None else tab.url
        back = Raw("back", time.time(), {"url": former, "title": ""}, url_after=tab.url)
        self._watch.spawn(self._follow(tab, back))
        return back

    async def _follow(self, tab: Tab, through: Raw | None = None) -> None:
        """Keep where the tab is in its history; of a way through it find out whether it was back or forward, how far."""
        async with self._one_by_one:
            told = await _ordered(tab, "Page.getNavigationHistory", {})
            now, before = told["currentIndex"], tab.at
            tab.entries = [e["id"] for e in told["entries"]]
            if through is not None:
                there = [i for i, e in enumerate(told["entries"]) if e["url"] == through.url_after and i != before]
                if now not in there:  # it went on already by the time it could answer
                    now = min(there, key=lambda i: abs(i - before), default=now)
                if now == before:  # it was gone so soon that where it came from was never asked: that is beside it now
                    beside = told["entries"][now - 1]["url"] if now else ""
                    before = now - 1 if beside == through.data["url"] else now + 1
                through.kind = "forward" if now > before else "back"
                through.data["times"] = abs(now - before)
            tab.at = now

    def _refuse(self, tab: Tab, url: str) -> None:
        """What is no web page cannot be replayed, and may be a file of this machine: leave it and say so."""
        scheme = urlsplit(url).scheme
        why = f"{scheme}: addresses are not recorded, only web pages (http, https)"
        if url.startswith(NO_ANSWER):
            why = "a page did not open: its host did not answer, or may not be reached"
        self.remarks.append(f"{why}; the tab was led back")
        self._watch.spawn(self._lead_back(tab))

    async def _lead_back(self, tab: Tab) -> None:
        async with self._one_by_one:  # where it is in its history is known when that was asked
            if 0 <= tab.at < len(tab.entries):
                self._led_back.add(tab)
                await _ordered(tab, "Page.navigateToHistoryEntry", {"entryId": tab.entries[tab.at]})
            else:
                await _ordered(tab, "Page.navigate", {"url": EMPTY})

    def _elsewhere(self, url: str) -> None:
        if url.startswith(WEB) and not url.startswith(self._base + "/") and url != self._base:
            self.remarks.append(f"the work went to {urlsplit(url).netloc}, which is not the site it began on")


async def _ordered(tab: Tab, method: str, params: dict[str, Any]) -> dict[str, Any]:
    """Return a tab's answer. While its document is given to another process it takes no orders, and nothing tells until when."""
    for attempt in range(ATTEMPTS):
        try:
            if tab.channel is not None:
                return await tab.channel.send(method, params)
        except PageGone:
            if tab.closed or attempt == ATTEMPTS - 1:
                raise
        await asyncio.sleep(0.05)
    raise PageGone("the tab takes no orders")
