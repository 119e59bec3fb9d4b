"""What all tests share: a closed world around them, a project folder, the practice site, a real browser."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import AsyncIterator, Iterator
from dataclasses import asdict
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from shell import NAME, Shell

from fixtures.backoffice import Backoffice
from fixtures.backoffice.config import SiteConfig

if TYPE_CHECKING:
    from playwright.async_api import Browser, BrowserContext, Page

_BROWSER = os.environ.get("RPA_BROWSER")
_TESTS = Path(__file__).parent
# Files that take longest, and the folders that do: they begin first, so that no worker is left alone with one at the end.
_LONG = (
    "story/test_canary.py", "story/test_logins.py", "story/test_demo.py", "story/test_teach.py", "story/test_import_export.py",
    "browser/test_record_rows.py", "browser/test_record_reach.py", "browser/test_widgets_fields.py", "unit/test_backoffice.py",
    "contract/test_schedule.py",
)  # fmt: skip
_FOLDERS = ("story", "crash", "browser", "unit", "contract")
_OUTSIDE = ("RPA_", "OPENAI_", "ANTHROPIC_", "BROWSER_USE_", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "DEBUG")


def pytest_xdist_auto_num_workers() -> int:
    """Three workers for two cores: a test with a browser waits a third of its time."""
    return (os.cpu_count() or 2) * 3 // 2


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first; within a file all stays as it is written."""

    def turn(item: pytest.Item) -> tuple[int, int]:
        path = item.path.relative_to(_TESTS).as_posix()
        folder = path.partition("/")[0]
        return (
            _LONG.index(path) if path in _LONG else len(_LONG),
            _FOLDERS.index(folder) if folder in _FOLDERS else len(_FOLDERS),
        )

    items.sort(key=turn)


class LeftTheMachineError(AssertionError):
    """A test tried to reach something that is not on this machine."""


def _is_here(host: object) -> bool:
    name = host.decode() if isinstance(host, bytes) else str(host or "")
    if name in {"", "localhost"}:
        return True
    try:
        address = ip_address(name.partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


@pytest.fixture(scope="session", autouse=True)
def _only_this_machine() -> Iterator[None]:
    """Refuse every connection and name look-up that would leave the machine, a model's among them."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("connect", "connect_ex"):
            patch.setattr(socket.socket, name, _guarded(getattr(socket.socket, name)))
        look_up = socket.getaddrinfo

        def local_look_up(host: Any, *rest: Any, **more: Any) -> Any:
            if str(host).endswith(".invalid"):
                raise socket.gaierror(socket.EAI_NONAME, "no such name")  # as everywhere: nobody needs to be asked
            if not _is_here(host):
                raise LeftTheMachineError(f"a test looked up {host!r}")
            return look_up(host, *rest, **more)

        patch.setattr(socket, "getaddrinfo", local_look_up)
        yield


def _guarded(connect: Any) -> Any:
    def local_connect(self: socket.socket, address: Any) -> Any:
        if self.family in {socket.AF_INET, socket.AF_INET6} and not _is_here(address[0]):
            raise LeftTheMachineError(f"a test connected to {address[0]!r}")
        return connect(self, address)

    return local_connect


@pytest.fixture(scope="session", autouse=True)
def _compiled_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Playwright's driver is some megabytes of script, started for every `rpa run`: what Node compiled it reads again."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NODE_COMPILE_CACHE", str(tmp_path_factory.mktemp("node")))
        yield


@pytest.fixture(scope="session")
def _own_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("config")


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch, _own_folder: Path) -> None:
    """Take away what the developer's own shell would bring in: settings, secrets, keys, proxies."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(_own_folder))
    for name in [n for n in os.environ if n.upper().startswith(_OUTSIDE)]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("ANONYMIZED_TELEMETRY", "false")
    if _BROWSER:
        monkeypatch.setenv("RPA_BROWSER", _BROWSER)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """An empty project: a folder with workflows/ and data/."""
    folder = tmp_path / "project"
    for name in ("workflows", "data"):
        (folder / name).mkdir(parents=True)
    return folder


@pytest.fixture(scope="session")
def _site() -> Iterator[Backoffice]:
    with Backoffice() as site:
        yield site


@pytest.fixture
def backoffice(_site: Backoffice) -> Backoffice:
    """The practice site in its first generation, on its first day."""
    _site.configure(**asdict(SiteConfig()))
    _site.reset()
    return _site


@pytest.fixture(scope="session")
def _shown_once(_site: Backoffice, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project that was shown how to enter an invoice: files, memory, journal, and secrets.env with the login."""
    from rpa_agent.cli.border import run_command

    _site.configure(**asdict(SiteConfig()))
    _site.reset()
    folder = tmp_path_factory.mktemp("shown")
    script = Path(__file__).parents[1] / "fixtures" / "demonstrations" / "enter_supplier_invoice.py"
    args = ["--url", f"{_site.base_url}/", "--site", "backoffice", "--script", str(script)]
    args += ["--secrets-to", str(folder / "secrets.env"), "--project", str(folder)]
    assert run_command(["record", NAME, *args]) == 0
    return folder


@pytest.fixture
def shown(_shown_once: Path, backoffice: Backoffice, tmp_path: Path) -> Path:
    """A copy of the project that was shown the work, with the site on its first day."""
    return shutil.copytree(_shown_once, tmp_path / "shown")


@pytest.fixture
def rpa(shown: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Shell]:
    """The `rpa` command in the project that was shown the work."""
    capsys.readouterr()
    shell = Shell(shown, capsys)
    yield shell
    shell.close()


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """A real headless browser, shared: whatever a test opens in it is a context of its own."""
    from rpa_agent.browser.session import find_browser, open_browser

    async with open_browser(find_browser(_BROWSER)) as browser:
        yield browser


@pytest.fixture
async def context(browser: Browser) -> AsyncIterator[BrowserContext]:
    """A fresh context, as every run has one."""
    from rpa_agent.browser.session import open_context

    async with open_context(browser) as context:
        yield context


@pytest.fixture
async def page(context: BrowserContext) -> Page:
    """An empty page in a fresh context."""
    return await context.new_page()
