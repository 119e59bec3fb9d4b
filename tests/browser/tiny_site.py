"""A tiny real web server whose pages a test writes, and which remembers what was sent to it."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self


@dataclass
class Answer:
    """What an address answers with."""

    body: str = ""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    after: threading.Event | None = None  # answered only when this is set
    breaks: bool = False  # hangs up without an answer
    half: bool = False  # hangs up in the middle of the answer
    then: Answer | None = None  # what it answers from the next time on


class TinySite:
    """`with TinySite() as site:` serves ``site.pages``; whatever is not there answers 200 with an empty page."""

    def __init__(self) -> None:
        self.pages: dict[str, Answer | str] = {}
        self.asked: list[str] = []  # every request, "GET /path"
        self.sent: list[tuple[str, str, str]] = []  # method, path, body of every request that is no GET
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self.host = f"127.0.0.1:{self._server.server_port}"

    def show(self, path: str, body: str, **more: Any) -> str:
        """Put a page there and return its address."""
        self.pages[path] = Answer(body, **more)
        return self.url + path

    def clear(self) -> None:
        self.pages.clear()
        self.asked.clear()
        self.sent.clear()

    def changes(self) -> list[str]:
        return [f"{method} {path}" for method, path, _ in self.sent]

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def _handler(site: TinySite) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            pass

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            path = self.path.split("?")[0]
            site.asked.append(f"{self.command} {path}")
            if self.command != "GET":
                site.sent.append((self.command, path, body.decode("utf-8", "replace")))
            found = site.pages.get(path, "")
            answer = found if isinstance(found, Answer) else Answer(found)
            if answer.then is not None:
                site.pages[path] = answer.then
            if answer.after is not None:
                answer.after.wait(10)
            if answer.breaks:
                self.close_connection = True
                return
            content = answer.body.encode()
            try:
                self.send_response(answer.status)
                headers = {"Content-Type": "text/html; charset=utf-8", **answer.headers}
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content[: len(content) // 2] if answer.half else content)
                self.close_connection = self.close_connection or answer.half
            except ConnectionError:
                return  # the browser went on

        do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = _answer  # noqa: N815  # the base class names them so

    return Handler
