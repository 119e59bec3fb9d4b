"""What others would act on: the recorded Playwright locators alone, and the published Similo taking its best."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rpa_agent.domain.proposal import Survey
from rpa_agent.domain.target import Target
from rpa_agent.repair.language import language
from rpa_agent.repair.rank import similo
from rpa_agent.repair.sheet import Sheet

if TYPE_CHECKING:
    from rpa_agent.browser.page import LivePage

_TRUTH = """el => { const host = (n) => n.parentElement || (n.getRootNode() || {}).host;
  let t = null; for (let p = el; p && !t; p = host(p)) if (p.getAttribute('data-truth')) t = p;
  if (!t) { const d = el.querySelectorAll('[data-truth]'); if (d.length === 1) t = d[0]; }
  if (!t) return ['', '']; let k = '';
  for (let p = t; p && !k; p = host(p)) k = p.getAttribute('data-truth-key') || '';
  return [t.getAttribute('data-truth'), k]; }"""


async def by_locators(page: LivePage, target: Target) -> tuple[str, str] | None:
    """Return the truth of the element that the first recorded selector names; None where none names just one."""
    from playwright.async_api import Error

    for selector in target.variants[0].locators:
        try:
            found = page.page.locator(selector)
            if await found.count() == 1 and await found.is_visible():
                truth, key = await found.evaluate(_TRUTH)
                return (truth, key)
        except Error:
            continue
    return None


def by_similo(view: Survey, target: Target) -> str | None:
    """Return the address of the candidate that the published scoring likes best; it never abstains."""
    sheet = Sheet(view, language())
    seen = [i for i, c in enumerate(view.candidates) if c.visible]
    if not seen:
        return None
    scores = similo(target.variants[0].fingerprint, sheet)
    return view.candidates[max(seen, key=lambda i: float(scores[i]))].ref
