"""Drives a page along imported steps as the tool they come from would, while the recorder learns from the page."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from ...domain.binding import binding_of, secret_of
from ...domain.errors import NeedsPerson, RpaAgentError, SecretMisplaced
from ...domain.ports import Secrets
from ...domain.procedure import Step
from ...domain.supervision import Said
from ...domain.target import Target
from ...domain.template import names_in, pattern, render
from ...domain.urls import url_matches
from ...domain.workflow import Check
from ..acting.keystroke import fill_secret
from ..session import mapped

if TYPE_CHECKING:
    from playwright.async_api import Dialog, Locator, Page

Ask = Callable[[int, str, Sequence[tuple[str, str]]], Awaitable[Said]]
FOUND_S = 10.0  # how long an element may take to come; imported steps know no signals to wait for
_SHOW = "Correct the recording and import it again, or show the work with `rpa record`."
_ROW = "e => (e.closest('tr, li, [role=row], [role=listitem]') || { innerText: '' }).innerText"
LOOK_MS = 250
OPTION_MS = 1500
CHECK_S = 5.0


@dataclass(frozen=True)
class Supervision:
    """What a supervised run works with. ``texts`` are values by step id, ``shown`` by parameter, as the site writes
    them; ``ask`` puts a step that may send before a person, with all that was entered since the last one."""

    base: str
    allow: Sequence[str]
    texts: Mapping[str, str]
    shown: Mapping[str, str]
    secrets: Secrets
    today: date
    ask: Ask


@dataclass
class Driven:
    """What comes of it, told while it goes on: the steps that a person allowed and left out, the checks that do not
    hold, and why it ended before its time. The recorder's own part is over only after that."""

    allowed: list[int] = field(default_factory=list)
    left_out: list[int] = field(default_factory=list)
    unmet: list[str] = field(default_factory=list)
    stopped: RpaAgentError | None = None


async def drive(page: Page, steps: Sequence[Step], checks: Sequence[Check], given: Supervision, driven: Driven) -> None:
    """Do every step once and measure the checks; ``driven.stopped`` names the step that cannot be done."""
    driver = _Driver(page, given, driven)
    number = 0
    try:
        for number, step in enumerate(steps, 1):
            with mapped(f"step {number} ({step.kind})"):
                await driver.do(number, step)
        for check in checks:
            if not await driver.holds(check):
                driven.unmet.append(check.words())
    except RpaAgentError as e:
        driven.stopped = e


class _Driver:
    def __init__(self, page: Page, given: Supervision, driven: Driven) -> None:
        self._pages = [page]
        self._given = given
        self._entered: list[tuple[str, str]] = []
        self._opened = False
        self.driven = driven
        page.context.on("page", lambda opened: self._pages.append(opened))

    async def do(self, number: int, step: Step) -> None:
        page = await self._tab(step.tab, number)
        element = await self._find(page, step.target, step, number) if step.target is not None else None
        if step.effect == "commit":
            said = await self._given.ask(number, await self._words(step, element), tuple(self._entered))
            if said == "stop":
                raise NeedsPerson(f"stopped before step {number}; nothing of it was sent", fault="unknown")
            if said == "skip":
                self.driven.left_out.append(number)
                return
            self.driven.allowed.append(number)
            self._entered.clear()
        if step.kind == "goto":
            await self._goto(page, step, number)
        elif step.kind == "back":
            await page.go_back(wait_until="domcontentloaded")
        elif step.kind == "forward":
            await page.go_forward(wait_until="domcontentloaded")
        elif step.kind == "press" and step.target is None:
            await page.keyboard.press(self._text(step))
        elif element is not None:
            self._answer(page, step)
            await self._on(element, page, step, number)
        self._opened = True

    async def holds(self, check: Check) -> bool:
        """Tell whether a check holds on the last page; what only a run can measure is left to the first run."""
        page, shown = self._pages[-1] if self._pages[-1].url != "about:blank" else self._pages[0], self._given.shown
        if check.url is not None:
            with suppress(TimeoutError):
                await _within(lambda: url_matches(check.url or "", page.url, self._given.base, shown), page)
                return True
            return False
        text = check.visible if check.visible is not None else check.hidden
        if text is None:
            return True
        like = re.compile(pattern(text, shown, hole=r"[^\n]+?").pattern, re.IGNORECASE)
        seen = page.get_by_text(like).filter(visible=True).first
        from playwright.async_api import Error

        try:
            await seen.wait_for(state="visible" if check.visible is not None else "hidden", timeout=CHECK_S * 1000)
        except Error:
            return False
        return True

    async def _tab(self, tab: int, number: int) -> Page:
        if tab >= len(self._pages):
            from playwright.async_api import Error

            with suppress(Error):
                await self._pages[0].context.wait_for_event("page", timeout=FOUND_S * 1000)
        if tab >= len(self._pages):
            raise NeedsPerson(f"step {number}: no new tab opened before it", fault="unknown")
        return self._pages[tab]

    async def _goto(self, page: Page, step: Step, number: int) -> None:
        base = self._given.base
        url = urljoin(base + "/", (step.value or "").replace("{base}", base))
        url = url if "://" in url else f"{urlsplit(base).scheme}://{url}"
        url = self._fill(url)
        if not self._opened and urlsplit(url)._replace(fragment="") == urlsplit(page.url)._replace(fragment=""):
            return  # the recorder opened it
        host = urlsplit(url).netloc
        if host != urlsplit(base).netloc and host not in self._given.allow:
            raise NeedsPerson(
                f"step {number} opens {host}, which this workflow does not allow; nothing was sent",
                do=f"Add {host} to `allow:` in the workflow file if it belongs to it.",
            )
        await page.goto(url, wait_until="domcontentloaded")

    def _fill(self, template: str) -> str:
        known = [n for n in names_in(template) if n == "today" or n in self._given.shown]
        return render(template, self._given.shown, self._given.today) if len(known) == len(names_in(template)) else template

    async def _words(self, step: Step, element: Locator | None) -> str:
        """Return what a step does in words, with this run's values and the row that it is found in."""
        words = self._fill(f"{step.kind} the {step.target.words()}" if step.target else f"{step.kind} {step.value or ''}")
        row = str(await element.evaluate(_ROW)) if element is not None else ""
        return f"{words}, which stands beside “{' '.join(row.split())[:120]}”" if row.strip() else words

    def _way(self, locator: str) -> str:
        """Return a locator with this run's values, which stand in quotes there."""
        held = {name: json.dumps(value, ensure_ascii=False)[1:-1] for name, value in self._given.shown.items()}
        return render(locator, held, self._given.today) if set(names_in(locator)) <= set(held) else locator

    def _text(self, step: Step) -> str:
        if (name := secret_of(step)) is not None:
            raise SecretMisplaced(f"the secret {name!r} is only typed into a field, not by a {step.kind}; nothing was typed")
        return self._given.texts.get(step.id, self._fill(step.value or ""))

    def _answer(self, page: Page, step: Step) -> None:
        if step.answer is None:
            return
        answer = step.answer

        async def given(dialog: Dialog) -> None:
            if answer.accept:
                await dialog.accept(self._fill(answer.text)) if answer.text is not None else await dialog.accept()
            else:
                await dialog.dismiss()

        page.once("dialog", given)

    async def _find(self, page: Page, target: Target, step: Step, number: int) -> Locator:
        """Return the one element that one of the ways names; raises NeedsPerson when none does, or several."""
        from playwright.async_api import Error

        ways = [page.locator(self._way(way)) for variant in target.variants for way in variant.locators]
        called = f"step {number} ({step.kind} {target.words()})"
        deadline, several, at, why = time.monotonic() + FOUND_S, 0, 0, ""
        while ways:
            for way in ways:
                try:
                    found = await way.count()
                    shown = way.filter(visible=True)
                    if found == 1 and (step.kind == "upload" or await shown.count() == 1):
                        return way
                    if found > 1 and (seen := await shown.count()) >= 1:
                        if seen == 1:
                            return shown
                        several = max(several, seen)
                except Error as e:
                    why = e.message.splitlines()[0]
            if time.monotonic() > deadline:
                break
            with suppress(Error):
                await ways[at % len(ways)].first.wait_for(state="detached" if several else "visible", timeout=LOOK_MS)
            at += 1
        if several:
            raise NeedsPerson(f"{called}: {several} elements are called so; it was not done", do=_SHOW)
        where = f"{urlsplit(page.url).path}{f' ({why})' if why else ''}"
        raise NeedsPerson(f"{called}: there is no such element on {where}", do=_SHOW)

    async def _on(self, element: Locator, page: Page, step: Step, number: int) -> None:
        match step.kind:
            case "fill" | "select" | "upload":
                await self._enter(element, page, step)
            case "press":
                await element.press(self._text(step))
            case "dblclick":
                await element.dblclick()
            case "rightclick":
                await element.click(button="right")
            case "check" | "uncheck":
                await element.set_checked(step.kind == "check")
            case "hover":
                await element.hover()
            case "scroll":
                await element.scroll_into_view_if_needed()
            case "drag" if step.to is not None:
                await element.drag_to(await self._find(page, step.to, step, number))
            case "click":
                await element.click()
            case _:
                return  # what is read, is read by a run

    async def _enter(self, element: Locator, page: Page, step: Step) -> None:
        """Enter a value into whatever stands there: what was imported does not always tell what kind of field it is."""
        field_ = self._fill(step.target.words()) if step.target else step.id
        if secret_of(step) is not None and step.kind == "fill":
            bound = binding_of(step, (), {})  # nobody saw the page: the workflow's own origin is all that is known
            await fill_secret(element, secret_of(step) or "", bound, base=self._given.base, secrets=self._given.secrets)
            self._entered.append((field_, "•••"))
            return
        value = self._text(step)
        self._entered.append((field_, value))
        tag, kind, combobox = await element.evaluate(
            "e => [e.tagName, e.type || '', e.getAttribute('role') === 'combobox' && !e.list]"
        )
        if kind == "file":
            await element.set_input_files(value.split("\n"))
        elif tag == "SELECT":
            # Others name an option by its value or by what it shows.
            await element.select_option(value.split("\n") if "\n" in value else value)
        elif kind in {"checkbox", "radio"}:
            await element.set_checked(value.casefold() not in {"false", "off", "no", "0", ""})
        elif step.kind == "select" and (tag != "INPUT" or combobox):
            await self._choose(element, page, value, typed=tag == "INPUT")
        else:
            await element.fill(value)

    async def _choose(self, element: Locator, page: Page, value: str, *, typed: bool) -> None:
        """Choose from a list that opens; one that is searched by its beginning gets less to search for.

        Raises NeedsPerson where several options could be meant: a list's first is nobody's choice.
        """
        from playwright.async_api import Error

        words = r"\s+".join(re.escape(w) for w in value.split())
        called = (rf"^\s*{words}\s*$", rf"^\s*{words}(?!\w)", words)  # the whole name, its beginning, a part of it
        ways = [page.get_by_role("option", name=re.compile(c, re.IGNORECASE)).filter(visible=True) for c in called]
        for searched in dict.fromkeys((value, " ".join(value.split()[:1]))):
            await (element.fill(searched) if typed else element.click())
            try:
                await ways[-1].first.wait_for(state="visible", timeout=OPTION_MS)
            except Error:
                continue
            for way in ways:
                if (count := await way.count()) > 1:
                    raise NeedsPerson(
                        f"{count} options are called {value!r} or like it; none was chosen, and nothing was sent",
                        fault="data", do="Give the full name of the one that is meant with --param.",
                    )  # fmt: skip
                if count:
                    await way.click()
                    return
        if typed:
            await element.fill(value)  # a list that only suggests leaves what was typed


async def _within(true: Callable[[], bool], page: Page) -> None:
    """Wait until something is true of the page's address; raises TimeoutError."""
    from playwright.async_api import Error

    if not true():
        try:
            await page.wait_for_url(lambda _: true(), wait_until="commit", timeout=CHECK_S * 1000)
        except Error as e:
            raise TimeoutError from e


__all__ = ["Ask", "Driven", "Said", "Supervision", "drive"]
