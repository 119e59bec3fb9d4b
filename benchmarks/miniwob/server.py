"""Serves the tasks of the package `miniwob` on loopback, one port a seed, each episode begun by itself."""

from __future__ import annotations

import importlib.util
import mimetypes
import threading
from collections.abc import Sequence
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Self

from rpa_agent.domain.errors import EnvironmentUnfit

# The episode begins when the page has loaded, as a page of any site that draws itself: no click starts it, no clock
# ends it, and what it draws depends on the seed alone. Rewards shrink with time; in an hour they hardly do.
_BEGIN = """<script>
window.addEventListener('load', function () {
  core.EPISODE_MAX_TIME = 3600000;
  Math.seedrandom('%d');
  core.startEpisodeReal();
});
</script>
"""


class PagesMissing(EnvironmentUnfit):
    """The package miniwob, which holds the pages, is not installed."""

    code, do = "miniwob_missing", "Run `pip install --no-deps miniwob`: only its pages are needed, not what it drives."


def pages_folder(package: str = "miniwob") -> Path:
    """Return the folder of the pages; the package itself is not imported. Raises PagesMissing."""
    spec = importlib.util.find_spec(package)
    for place in (spec.submodule_search_locations or ()) if spec else ():
        folder = Path(place) / "html"
        if (folder / "core" / "core.js").is_file():
            return folder
    raise PagesMissing()


class Episodes:
    """`with Episodes((1, 2)) as episodes:` serves each seed under an address of its own, with equal paths."""

    def __init__(self, seeds: Sequence[int], folder: Path | None = None) -> None:
        self.folder = folder or pages_folder()
        self._servers = {seed: ThreadingHTTPServer(("127.0.0.1", 0), _handler(self.folder, seed)) for seed in seeds}
        self._stack = ExitStack()

    def base(self, seed: int) -> str:
        return f"http://127.0.0.1:{self._servers[seed].server_port}"

    def url(self, seed: int, task: str) -> str:
        """Return the address of a task, whose episode is the seed's."""
        return f"{self.base(seed)}/miniwob/{task}.html"

    def names(self) -> list[str]:
        """Return all tasks there are."""
        return sorted(p.stem for p in (self.folder / "miniwob").glob("*.html"))

    def __enter__(self) -> Self:
        for server in self._servers.values():
            server.daemon_threads = True
            threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
            self._stack.callback(server.server_close)
            self._stack.callback(server.shutdown)
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()


def _handler(folder: Path, seed: int) -> type[BaseHTTPRequestHandler]:
    root = folder.resolve()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            pass

        def do_GET(self) -> None:  # the base class names it so
            file = (root / self.path.split("?")[0].lstrip("/")).resolve()
            known = file.is_relative_to(root) and file.is_file()
            content = file.read_bytes() if known else b""
            if known and file.parent.name == "miniwob" and file.suffix == ".html":
                content = _begun(content.decode("utf-8"), seed).encode()
            kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
            try:
                self.send_response(200 if known else 404)
                self.send_header("Content-Type", f"{kind}; charset=utf-8" if kind.startswith("text/") else kind)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)
            except ConnectionError:
                return  # the browser went on

    return Handler


def _begun(html: str, seed: int) -> str:
    """Put the beginning of the episode behind everything the page itself says."""
    head, body, tail = html.rpartition("</body>")
    return head + _BEGIN % seed + body + tail if body else html + _BEGIN % seed
