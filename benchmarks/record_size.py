"""How large a procedure of thirty steps becomes: a registration over five pages of sixty controls each."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rpa_agent.agent import Agent
    from rpa_agent.build import Built

PAGES = ("address", "contract", "delivery", "payment", "approval")
CONTROLS, FILLED = 60, 5
STEPS = len(PAGES) * (FILLED + 1)
_ABOUT = ("street", "partner", "goods", "bank", "office", "depot", "invoice", "tax", "customs", "insurance")
_FIELDS = ("code", "name", "reference", "department", "remark", "number")
_DONE = "Partner registered"


async def size_of_thirty_steps(agent: Agent) -> float:
    """Record the registration; return the size of its procedure document in kB."""
    with _pages() as base:
        built: Built = await agent.record("register-partner", f"{base}/{PAGES[0]}", demonstrate=_demonstrate)
    done = len([s for s in built.procedure.steps if s.kind != "goto"])
    assert done == STEPS, f"{STEPS} steps were shown and {done} recorded"
    return round(len(built.procedure.model_dump_json(by_alias=True).encode()) / 1000, 1)


async def _demonstrate(page: Any) -> None:
    for at, topic in enumerate(PAGES):
        for nth in range(FILLED):
            await page.get_by_label(_label(topic, nth * 7), exact=True).click()
            await page.keyboard.type(f"{_FIELDS[nth]} {at}{nth}x")
        await page.get_by_role("button", name="Continue").click()
        await page.get_by_role("heading", name=_title(_next(topic))).wait_for()


def _label(topic: str, nth: int) -> str:
    return f"{topic.capitalize()} {_ABOUT[nth % len(_ABOUT)]} {_FIELDS[nth // len(_ABOUT)]}"


def _next(topic: str) -> str:
    return dict(zip(PAGES, [*PAGES[1:], ""], strict=True))[topic]


def _title(topic: str) -> str:
    return f"Partner: {topic}" if topic else _DONE


def _body(topic: str) -> str:
    if topic not in PAGES:
        return f"<!doctype html><title>{_DONE}</title><h1>{_DONE}</h1>"
    labels = [_label(topic, n) for n in range(CONTROLS - 1)]
    fields = "".join(f'<p><label>{label} <input name="{label}"></label></p>' for label in labels)
    return (
        f"<!doctype html><title>{_title(topic)}</title><main><h1>{_title(topic)}</h1>"
        f'<form action="/{_next(topic)}">{fields}<button>Continue</button></form></main>'
    )


@contextmanager
def _pages() -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            pass

        def do_GET(self) -> None:
            content = _body(self.path.split("?")[0].strip("/")).encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
