"""What `serve` answers over HTTP: /healthz, /readyz and /metrics; and the heartbeat that it sends out by itself."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING

from ..domain.errors import UsageInvalid
from .out import say

if TYPE_CHECKING:
    from pydantic import SecretStr
    from starlette.applications import Starlette

    from ..ops.health import Pulse
    from ..ops.office import Office

HEARTBEAT_S, ANSWER_S = 60, 10


def address_of(listen: str) -> tuple[str, int]:
    """Return host and port of ``127.0.0.1:9464``, ``[::1]:9464`` or ``:9464``; raises UsageInvalid."""
    host, colon, port = listen.rpartition(":")
    if not colon or not port.isdigit() or not 0 <= int(port) < 65536:
        raise UsageInvalid(f"--listen {listen!r} is no address", do="Write it as 127.0.0.1:9464.")
    return host.strip("[]") or "127.0.0.1", int(port)


def application(office: Office, pulse: Pulse) -> Starlette:
    """Return what answers. It tells counts and names of workflows, and neither values nor texts of pages."""
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import PlainTextResponse, Response
    from starlette.routing import Route

    from ..ops.health import as_metrics

    def told(well: bool, words: str) -> Response:
        return PlainTextResponse(f"{words}\n", status_code=200 if well else 503)

    async def healthz(_: Request) -> Response:
        return told(pulse.alive(), "alive" if pulse.alive() else "the service has not looked for ten minutes")

    async def readyz(_: Request) -> Response:
        return told(pulse.ready(), "ready" if pulse.ready() else "not ready: starting, ending, or not looking")

    async def metrics(_: Request) -> Response:
        text = as_metrics(await office.figures(), pulse)
        return PlainTextResponse(text, media_type="text/plain; version=0.0.4; charset=utf-8")

    return Starlette(routes=[Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", metrics)])


@asynccontextmanager
async def listening(listen: str | None, office: Office, pulse: Pulse) -> AsyncIterator[None]:
    """Answer on an address while inside; raises UsageInvalid where it cannot be taken."""
    if listen is None:
        yield
        return
    import uvicorn

    host, port = address_of(listen)

    class Server(uvicorn.Server):
        @contextmanager
        def capture_signals(self) -> Iterator[None]:
            yield       # who serves ends us

    config = uvicorn.Config(application(office, pulse), log_config=None, access_log=False, lifespan="off")
    try:
        taken = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as e:
        raise UsageInvalid(f"{listen} cannot be listened on: {e.strerror}", do="Name another one with --listen.") from e
    server = Server(config)
    task = asyncio.ensure_future(server.serve(sockets=[taken]))
    say(f"answering on http://{host}:{taken.getsockname()[1]}/healthz, /readyz and /metrics")
    try:
        yield
    finally:
        server.should_exit = True
        await task


@asynccontextmanager
async def beating(url: SecretStr | None, pulse: Pulse, *, every: float = HEARTBEAT_S) -> AsyncIterator[None]:
    """Ask for an address again and again while the service is well, so that somebody notices when it is not."""
    if url is None:
        yield
        return
    from ..ops.process.beside import beside

    async with beside(_beat(url, pulse, every)):
        yield


async def _beat(url: SecretStr, pulse: Pulse, every: float) -> None:
    from loguru import logger

    while True:
        if pulse.ready() and (why := await asyncio.to_thread(_ask, url.get_secret_value())):
            logger.warning("the heartbeat did not arrive: {}", why)
        await asyncio.sleep(every)


def _ask(url: str) -> str:
    """Return why an address did not answer, without naming it, or nothing."""
    from urllib.error import HTTPError, URLError
    from urllib.request import urlopen

    try:
        with urlopen(url, timeout=ANSWER_S):  # a person's own setting
            return ""
    except HTTPError as e:
        return f"it answered {e.code}"
    except (URLError, TimeoutError, ValueError, OSError) as e:
        return type(e).__name__
