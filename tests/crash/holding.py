"""A run whose commit waits in the gate for ever: started as a process of its own, to be killed."""

from __future__ import annotations

import asyncio
import os
import sys

from rpa_agent.browser.page import LivePage
from rpa_agent.browser.session import find_browser, open_browser, open_context
from rpa_agent.domain.gate import Change, Decision
from rpa_agent.domain.hosts import entry_of


class NoSecrets:
    def names(self) -> list[str]:
        return []

    def reveal(self, name: str) -> str:
        raise KeyError(name)


async def wait_for_ever(change: Change) -> Decision:
    sys.stdout.write("held\n")
    sys.stdout.flush()
    await asyncio.Event().wait()
    raise AssertionError


async def main(url: str, kind: str) -> None:
    async with (
        open_browser(find_browser(os.environ.get("RPA_BROWSER"))) as browser,
        open_context(browser, allowed=[entry_of(url)]) as context,
    ):
        page = await LivePage.open(await context.new_page(), base=url, secrets=NoSecrets())
        await page.ask_before_sending(wait_for_ever, reads=(), values={})
        await page.page.goto(url + "/form")
        how = "document.forms[0].submit()" if kind == "form" else "void fetch('/save', {method: 'POST', body: 'x'})"
        await page.page.evaluate(f"setTimeout(() => {{ {how} }}, 0)")
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
