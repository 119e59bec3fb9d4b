"""A host that nobody allowed: it answers everything and keeps whatever reaches it, connections without a word as well."""

from __future__ import annotations

import socketserver
import threading
from types import TracebackType
from typing import Self

_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nAccess-Control-Allow-Origin: *\r\nConnection: close\r\n\r\nok"
_PATIENCE = 2.0


class Collector:
    """`with Collector() as host:` listens on another host name than the site. ``caught`` is what came, a text each."""

    def __init__(self) -> None:
        caught: list[bytes] = []
        self.caught = caught

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                self.request.settimeout(_PATIENCE)
                try:
                    got = self.request.recv(65536)
                    if b"POST" in got[:8] and b"\r\n\r\n" in got and not got.split(b"\r\n\r\n", 1)[1]:
                        got += self.request.recv(65536)
                except OSError:
                    got = b""
                caught.append(got)
                self.request.sendall(_ANSWER)

        class Listening(socketserver.ThreadingTCPServer):
            daemon_threads = True

            def handle_error(self, request: object, client_address: object) -> None:
                """Who hangs up while it is answered was caught all the same."""

        self._server = Listening(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        return f"http://localhost:{self._server.server_address[1]}/in"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(_PATIENCE)
