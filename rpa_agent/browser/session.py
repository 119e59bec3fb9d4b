"""Finds a browser, starts it, and opens one isolated context per run."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..domain.errors import (
    ActionFailed,
    BrowserGone,
    BrowserMissing,
    BrowserUnfit,
    NotInTime,
    PageGone,
    SiteUnreachable,
)
from .outbound.hosts import Hosts, leading
from .outbound.upstream import Upstream, go_through, upstream_of
from .scripts import script

if TYPE_CHECKING:
    from playwright.async_api import Browser as Browser
    from playwright.async_api import BrowserContext as BrowserContext
    from playwright.async_api import Playwright

# Chromium's own calls home are refused on closed networks many at a time; none of them is ours to make.
FLAGS = (
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",  # what is no TCP would pass by the way out
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",  # its older name
    "--disable-default-apps",
    "--no-default-browser-check",
    # What a page asks the system itself for (showOpenFilePicker) nobody can give it but a person: without that, pages use
    # the file field that they have for other browsers, which is recorded and replayed.
    "--disable-blink-features=FileSystemAccessLocal",
)
VIEWPORT = (1280, 900)  # of a run's page
_CHANNELS = ("chrome", "msedge")
_CHANNEL_PATHS = {"chrome": "google-chrome", "msedge": "microsoft-edge"}
_SYSTEM_HEADLESS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")


@dataclass(frozen=True)
class Choice:
    """A browser to start: an executable, a channel, or (neither) Playwright's own."""

    words: str
    executable: str | None = None
    channel: str | None = None
    headless_only: bool = False
    proxy: Upstream | None = None  # what its contexts go through


def find_browser(setting: str | None = None, *, headless: bool = True, downloaded: Path | None = None) -> Choice:
    """Return the browser to use, in the order of docs/reference/browsers.md; raises BrowserMissing.

    ``setting`` is a path or a channel name; it wins, and a setting that does not exist is an error, not a fallback.
    ``downloaded`` is Playwright's folder of browsers, where it is not the usual one.
    """
    if setting:
        if setting in _CHANNELS:
            return Choice(f"channel {setting}", channel=setting)
        found = setting if Path(setting).is_file() else shutil.which(setting)
        if not found or not os.access(found, os.X_OK):
            raise BrowserMissing(f"RPA_BROWSER names {setting!r}, which is no executable file or channel")
        return Choice(found, executable=found, headless_only="headless" in Path(found).name)
    if own := _playwrights_own(downloaded, headless=headless):
        return Choice("Playwright's own chromium", executable=own)
    for channel in _CHANNELS:
        if path := shutil.which(_CHANNEL_PATHS[channel]):
            return Choice(f"{channel} ({path})", executable=path)
    for name in _SYSTEM_HEADLESS:
        if "headless" in name and not headless:
            continue
        if path := shutil.which(name):
            return Choice(path, executable=path, headless_only="headless" in name)
    raise BrowserMissing


def _playwrights_own(folder: Path | None, *, headless: bool) -> str | None:
    """Look into Playwright's download cache without starting its driver, which costs a third of a second."""
    usual = {"darwin": "~/Library/Caches/ms-playwright"}.get(os.uname().sysname.lower(), "~/.cache/ms-playwright")
    folder = (folder or Path(usual)).expanduser()
    wanted = ("chromium_headless_shell-*", "chromium-*") if headless else ("chromium-*",)
    for glob in wanted:
        for kind in sorted(folder.glob(glob), reverse=True):
            for exe in (
                "*/headless_shell",
                "*/chrome-headless-shell",
                "*/chrome",
                "*/Chromium.app/Contents/MacOS/Chromium",
                "*/Google Chrome for Testing.app/Contents/MacOS/Google Chrome for Testing",
            ):
                for path in kind.glob(exe):
                    if os.access(path, os.X_OK):
                        return str(path)
    return None


CLOSING_S = 20.0  # a trace may have to be written
_LONGEST_LINE = 200


@contextmanager
def mapped(what: str) -> Iterator[None]:
    """Turn Playwright's errors into ours at this room's door."""
    from playwright.async_api import Error, TimeoutError

    try:
        yield
    except TimeoutError as e:
        raise NotInTime(f"{what}: not possible in time ({_first_line(e)})") from e
    except Error as e:
        raise translate(e, what) from e


def translate(e: Exception, what: str) -> ActionFailed | PageGone | BrowserGone | SiteUnreachable | BrowserUnfit:
    """Return our error for one of Playwright's, by what its message says."""
    text = str(e)
    if "has been closed" in text or "Target closed" in text or "Connection closed" in text or "Browser closed" in text:
        return BrowserGone(f"{what}: the browser or its page went away")
    if "crashed" in text:
        return BrowserGone(f"{what}: the page crashed")
    if "net::ERR_" in text:
        reason = text.split("net::", 1)[1].split(" ", 1)[0].split("\n", 1)[0]
        if reason in {"ERR_ABORTED"}:
            return PageGone(f"{what}: the navigation was aborted")
        return SiteUnreachable(f"{what}: the site does not answer ({reason})")
    if "Executable doesn't exist" in text or "Failed to launch" in text or "ENOENT" in text:
        return BrowserUnfit(f"{what}: {_first_line(e)}")
    if "Execution context was destroyed" in text or "frame was detached" in text or "Frame was detached" in text:
        return PageGone(f"{what}: the page changed underneath")
    return ActionFailed(f"{what}: {_first_line(e)}")


def _first_line(e: Exception) -> str:
    line = str(e).strip().split("\n", 1)[0]
    return line if len(line) <= _LONGEST_LINE else line[:_LONGEST_LINE] + "…"


@asynccontextmanager
async def driver() -> AsyncIterator[Playwright]:
    """Start Playwright's driver with our element addresses known to it."""
    from playwright.async_api import async_playwright

    async with async_playwright() as p:
        await p.selectors.register("rpa", script=script("engine.js"), content_script=True)
        yield p


def _is_shell(choice: Choice) -> bool:
    return "headless" in Path(choice.executable or "").name


@asynccontextmanager
async def open_browser(
    choice: Choice, *, headless: bool = True, sandbox: bool = True, args: tuple[str, ...] = (), traces: Path | None = None,
    meanwhile: Callable[[], object] | None = None,
) -> AsyncIterator[Browser]:
    """Start a browser for many runs; raises BrowserUnfit when it cannot start. As root there is no sandbox.

    ``traces`` is where traces are made, when there are any: they hold secrets until they are scrubbed.
    ``meanwhile`` is done once while the browser starts, when there would be nothing to do but wait.
    """
    from playwright.async_api import Error

    async with driver() as p:
        if meanwhile is not None:
            asyncio.get_running_loop().call_soon(meanwhile)  # launch() asks for the browser before it first waits
        try:
            browser = await p.chromium.launch(
                executable_path=choice.executable,
                channel=choice.channel,
                headless=headless or choice.headless_only,
                args=[*FLAGS, *args],
                chromium_sandbox=sandbox and hasattr(os, "geteuid") and os.geteuid() != 0,
                traces_dir=traces,
                handle_sigint=False,  # Ctrl-C is ours to handle: the run is closed before its browser
            )
        except Error as e:
            raise BrowserUnfit(
                f"{choice.words} does not start: {_first_line(e)}",
                do="Run `rpa doctor`; set RPA_BROWSER to another browser.",
            ) from e
        go_through(browser, choice.proxy)
        try:
            if not _is_shell(choice):
                from .files_not_viewers import make_pdfs_files  # the shell has no viewer

                await make_pdfs_files(browser)
            yield browser
        finally:
            # A dead browser cannot be closed; its absence is what we wanted.
            await _closed(browser)


@asynccontextmanager
async def open_context(
    browser: Browser,
    *,
    storage_state: Mapping[str, Any] | None = None,
    viewport: tuple[int, int] | None = VIEWPORT,
    downloads: bool = True,
    locale: str | None = None,
    allowed: Sequence[str] | None = None,
) -> AsyncIterator[BrowserContext]:
    """Open one run's context: always a new one, since a default context outlives its client and can still submit.

    It reaches the hosts that ``allowed`` names and no others, as `domain.hosts` writes them; None is every host, for
    a person who shows something. Without a ``viewport`` pages are as large as their window, for a person who works in it.
    """
    upstream = upstream_of(browser)
    straight = upstream.for_playwright() if upstream is not None else None
    async with AsyncExitStack() as stack:
        way_out = await stack.enter_async_context(Hosts.open(allowed, upstream)) if allowed is not None else None
        with mapped("opening a browser context"):
            context = await browser.new_context(
                viewport={"width": viewport[0], "height": viewport[1]} if viewport is not None else None,
                no_viewport=viewport is None,
                service_workers="block",
                accept_downloads=downloads,
                storage_state=storage_state,  # type: ignore[arg-type]  # Playwright's TypedDict is not exported
                locale=locale,
                proxy={"server": way_out.proxy} if way_out is not None else straight,  # type: ignore[arg-type]
            )
        if way_out is not None:
            stack.enter_context(leading(way_out, context))
        try:
            yield context
        finally:
            await _closed(context)


async def _closed(what: Browser | BrowserContext) -> None:
    """Close it, in vain where it is gone already; one that does not answer holds nobody up, its process ends with ours."""
    with suppress_playwright(), suppress(TimeoutError):
        async with asyncio.timeout(CLOSING_S):
            await what.close()


@contextmanager
def suppress_playwright() -> Iterator[None]:
    """For clean-up only: what is gone need not be closed."""
    from playwright.async_api import Error

    try:
        yield
    except Error:
        return


async def check_browser(choice: Choice, *, sandbox: bool = True) -> str:
    """Start and stop the browser; return its version. Raises BrowserUnfit."""
    async with open_browser(choice, sandbox=sandbox) as browser:
        return browser.version
