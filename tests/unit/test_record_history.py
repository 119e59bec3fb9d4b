"""Which way a tab went through its history, as its browser tells of it when asked, which may be late."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, cast

from rpa_agent.browser.recorder.merge import Raw
from rpa_agent.browser.recorder.watch import FrameSeen, Tab, Watch
from rpa_agent.browser.recorder.ways import Ways

SITE = "http://x"


class Channel:
    """Tells where the tab is now."""

    def __init__(self, at: int, *paths: str) -> None:
        self.told = {"currentIndex": at, "entries": [{"id": n, "url": SITE + path} for n, path in enumerate(paths)]}

    async def send(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        return self.told


class Later:
    """Keeps what is to be asked until the test lets it be asked."""

    def __init__(self, tab: Tab) -> None:
        self.tabs, self.jobs = {tab.target: tab}, list[Coroutine[Any, Any, Any]]()

    def spawn(self, job: Coroutine[Any, Any, Any]) -> None:
        self.jobs.append(job)


def test_a_way_back_that_was_taken_before_anyone_asked_where_from_is_one() -> None:
    """An address was typed in and left at once: by the time the browser is asked, the tab is back already."""
    tab = Tab("t1", opener="")
    tab.channel, tab.at, tab.url = cast("Any", Channel(1, "/", "/a", "/far")), 1, SITE + "/far"
    later, raw = Later(tab), [Raw("goto", 0.0, {"url": SITE + "/a", "in": (tab, "t1")}, url_after=SITE + "/a")]
    ways = Ways(SITE, cast("Watch", later), raw)
    frame = FrameSeen("t1")
    frame.url = SITE + "/far"
    typed = ways.act_for(tab, frame, "", asked=False, within=False)
    assert typed is not None
    typed.data["in"] = (tab, "t1")
    raw.append(typed)
    frame.url = tab.url = SITE + "/a"
    back = ways.act_for(tab, frame, "historyDifferentDocument", asked=False, within=False)
    assert back is not None

    async def asked() -> None:
        for job in later.jobs:
            await job

    asyncio.run(asked())
    assert (typed.kind, back.kind, back.data["times"]) == ("goto", "back", 1)
