"""`rpa run --trace`: a trace that Playwright's own viewer opens, and in which no secret and no session is left."""

from __future__ import annotations

import json
import signal
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import playwright
from shell import NAME, Shell

from fixtures.backoffice import PASSWORD, Backoffice
from rpa_agent.ops.secret.secrets import variants

if TYPE_CHECKING:
    from playwright.async_api import Browser

VIEWER = Path(playwright.__file__).parent / "driver" / "package" / "lib" / "vite" / "traceViewer"


def members(trace: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(trace) as held:
        return {name: held.read(name) for name in held.namelist()}


def network(found: dict[str, bytes]) -> list[dict[str, object]]:
    return [json.loads(line) for line in found["trace.network"].splitlines()]


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder on this machine."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


async def seen_in_viewer(browser: Browser, trace: Path, folder: Path) -> list[str]:
    """Return the actions that Playwright's viewer lists; it is the program that people will open the file with."""
    (folder / "viewer").symlink_to(VIEWER)
    (folder / "trace.zip").write_bytes(trace.read_bytes())
    context = await browser.new_context()  # with service workers: the viewer unpacks the trace in one
    with served(folder) as address:
        page = await context.new_page()
        await page.goto(f"{address}/viewer/index.html?trace={address}/trace.zip")
        await page.locator(".action-title").first.wait_for()
        actions = await page.locator(".action-title").all_inner_texts()
        await context.close()
    return actions


async def test_a_trace_shows_the_run_and_no_secret(
    rpa: Shell, backoffice: Backoffice, browser: Browser, tmp_path: Path
) -> None:
    """Login, form and all requests are in it; the password, its spellings and the session are not."""
    import asyncio

    code, told = await asyncio.to_thread(rpa.run, "--examples", "--param", "invoice_number=N-1", "--trace", "on")
    assert (code, told["outcome"]) == (0, "succeeded"), rpa.err
    folder = Path(told["artifacts"])
    trace = folder / "trace.zip"
    assert folder.stat().st_mode & 0o777 == 0o700 and trace.stat().st_mode & 0o777 == 0o600
    found = members(trace)
    everything = b"\0".join(found.values())
    assert [s for s in variants(PASSWORD) if s.encode() in everything] == []
    logins = [e for e in network(found) if "login" in str(e) and "POST" in str(e)]
    assert logins, "the login is in it"
    values = [
        h["value"]
        for e in network(found)
        for part in ("request", "response")
        for h in e["snapshot"][part]["headers"]  # type: ignore[index]
        if h["name"].lower() in {"cookie", "set-cookie"}
    ]
    assert values and set(values) == {"•••"}
    assert b"N-1" in everything, "the business of the run is what a trace is for"
    actions = await seen_in_viewer(browser, trace, tmp_path)
    assert len(actions) > 5 and any("fill" in a.lower() for a in actions), actions
    assert not (rpa.project / ".rpa" / "making").exists() or not list((rpa.project / ".rpa" / "making").iterdir())


def test_a_trace_for_failures_is_kept_for_failures_only(rpa: Shell, backoffice: Backoffice) -> None:
    """A healthy run leaves nothing behind."""
    code, told = rpa.run("--examples", "--param", "invoice_number=N-1", "--trace", "failure")
    assert (code, told["artifacts"]) == (0, "")
    rpa.edit(success=[{"visible": "this is never shown"}])
    code, told = rpa.run("--examples", "--param", "invoice_number=N-2", "--trace", "failure")
    assert code == 1
    assert sorted(p.name for p in Path(told["artifacts"]).iterdir()) == ["end.png", "trace.zip"]
    assert PASSWORD.encode() not in b"".join(members(Path(told["artifacts"]) / "trace.zip").values())


def test_what_a_killed_run_left_unscrubbed_is_gone_with_the_next_start(rpa: Shell, backoffice: Backoffice) -> None:
    """It lay in a folder of its owner's, and never among the artifacts."""
    login = ["--env-file", str(rpa.project / "secrets.env")]
    process = rpa.start("run", NAME, "--examples", "--param", "invoice_number=N-3", "--trace", "on", *login)
    process.until(lambda: backoffice.count("login.ok"))
    process.signal(signal.SIGKILL, group=True)
    process.kill()
    making = rpa.project / ".rpa" / "making"
    (left,) = making.iterdir()
    assert left.stat().st_mode & 0o777 == 0o700
    assert not list(rpa.project.rglob("trace.zip"))
    rpa.run("--examples", "--param", "invoice_number=N-4")
    assert not list(making.iterdir())


def test_a_trace_goes_with_a_run(rpa: Shell) -> None:
    """A rehearsal has its picture."""
    assert rpa("run", NAME, "--trace", "always") == 2
    assert "on, failure or off" in rpa.err
    assert rpa("run", NAME, "--rehearse", "--trace", "on") == 2
