"""The baseline of `replay`: the plain Playwright script of a procedure, as one would write it by hand or by codegen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from playwright.async_api import expect

from rpa_agent.domain.procedure import Step
from rpa_agent.domain.target import Fingerprint

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, Locator, Page


@dataclass(frozen=True)
class Line:
    """One line of the script: what to do, on which element by role and name, with which value."""

    kind: str
    on: Fingerprint | None
    value: str


@dataclass(frozen=True)
class Script:
    """A script for one run: it knows roles, names and values, and nothing of guards, journals or memory."""

    base_url: str
    lines: Sequence[Line]
    success: str

    async def run(self, context: BrowserContext) -> None:
        """Do every line in a new page, up to the success text."""
        page = await context.new_page()
        for line in self.lines:
            await _do(page, line, self.base_url)
        await expect(page.get_by_text(self.success).first).to_be_visible()


def script_of(steps: Sequence[Step], *, base_url: str, values: Mapping[str, str], success: str) -> Script:
    """Return the script of recorded steps; ``values`` hold parameters and ``secrets.*`` as the site writes them."""
    lines = [
        Line(s.kind, s.target.variants[0].fingerprint if s.target else None, _filled(s.value or "", values))
        for s in steps
    ]
    return Script(base_url, lines, _filled(success, values))


def _filled(template: str, values: Mapping[str, str]) -> str:
    for name, value in values.items():
        template = template.replace(f"{{{{ {name} }}}}", value)
    return template


async def _do(page: Page, line: Line, base: str) -> None:
    if line.on is None:
        await page.goto(urljoin(base + "/", line.value.replace("{base}", base)))
        return
    element = _locator(page, line.on)
    match line.kind:
        case "click":
            await element.click()
        case "fill":
            await element.fill(line.value)
        case "press":
            await element.press(line.value)
        case "select" if line.on.tag == "select":
            await element.select_option(label=line.value)
        case "select":
            await element.fill(line.value)
            await page.get_by_role("option", name=line.value).click()
        case _:
            raise ValueError(f"the baseline has no line for {line.kind}")


def _locator(page: Page, fp: Fingerprint) -> Locator:
    return page.get_by_role(fp.role, name=fp.name, exact=True)  # type: ignore[arg-type]  # roles are a closed list there
