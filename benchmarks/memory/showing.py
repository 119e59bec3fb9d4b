"""Shows the three workflows once, and looks at their pages for what a step could be mistaken for."""

from __future__ import annotations

import asyncio
from fnmatch import fnmatch
from urllib.parse import urlsplit

from fixtures.backoffice import Backoffice
from rpa_agent.browser.page import LivePage
from rpa_agent.browser.recorder.record import record
from rpa_agent.browser.session import open_context
from rpa_agent.build import build_procedure
from rpa_agent.domain.hosts import allowed_hosts
from rpa_agent.domain.procedure import Procedure
from rpa_agent.domain.target import Fingerprint

from .outcome import Ground, NoSecrets
from .work import WORK, Shown, effects_of, record_before, signed_in

_MOST = 3  # other elements kept for one step


async def show_all(ground: Ground) -> dict[str, Shown]:
    """Return the workflows as they were shown on the first release."""
    return {name: await _show(ground, name) for name in WORK}


async def _show(ground: Ground, name: str) -> Shown:
    task, demonstrate = WORK[name]
    async with ground.site() as site:
        storage = await asyncio.to_thread(signed_in, site)
        async with open_context(ground.browser, storage_state=storage) as context:
            recording = await record(context, site.base_url + "/", demonstrate=demonstrate, storage=storage)
        built = build_procedure(recording, name=name, task=task, site="backoffice", salt="salt")
        effects = await asyncio.to_thread(effects_of, site)
        urls = dict.fromkeys(act.url for act in recording.acts if act.url.startswith("http"))
        others = await _others(ground, site, built.procedure, list(urls))
        await asyncio.to_thread(site.reset)
        record_page = next((urlsplit(u).path for u in urls if fnmatch(urlsplit(u).path, "/customers/*")), "")
        before: dict[str, str] = {}
        if record_page:
            storage = await asyncio.to_thread(signed_in, site)
            before = await asyncio.to_thread(record_before, site, storage, record_page, ("general", "address", "billing"))
    return Shown(name, built.procedure, built.workflow, built.examples, effects, others, before)


async def _others(ground: Ground, site: Backoffice, document: Procedure, urls: list[str]) -> dict[str, list[Fingerprint]]:
    """Return by step what else on its page can be done the same with."""
    found: dict[str, list[Fingerprint]] = {}
    storage = await asyncio.to_thread(signed_in, site)
    hosts = allowed_hosts(site.base_url, ())
    async with open_context(ground.browser, allowed=hosts, storage_state=storage) as context:
        page = await LivePage.open(await context.new_page(), base=site.base_url, secrets=NoSecrets())
        for url in urls:
            await page.page.goto(url)
            view = await page.survey()
            for step in document.steps:
                if step.target is None or step.id in found or not _there(document, step.target.page, url):
                    continue
                mine = step.target.variants[0].fingerprint
                able = [
                    c.fingerprint for c in view.candidates
                    if c.visible and c.fingerprint.capability == mine.capability and c.fingerprint.name
                    and c.fingerprint.name != mine.name and not c.fingerprint.in_data
                ]  # fmt: skip
                if able:
                    found[step.id] = able[:: max(1, len(able) // _MOST)][:_MOST]
    return found


def _there(document: Procedure, page: str, url: str) -> bool:
    template = document.pages[page].template if page in document.pages else ""
    return fnmatch(urlsplit(url).path or "/", template.replace("{base}", "").partition("?")[0] or "/")
