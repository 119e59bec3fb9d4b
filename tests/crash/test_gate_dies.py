"""A worker that dies while its commit waits in the gate: the request never leaves, though its browser lives on a moment."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

PAGE = b"<form method=post action=/save><input name=a value=1></form>"


@pytest.mark.parametrize("kind", ["form", "fetch"])
async def test_what_waits_in_the_gate_of_a_killed_worker_does_not_leave(kind: str) -> None:
    """Nor when the page is asked to send something else afterwards: its only way out is gone."""
    asked: list[str] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            if b" HTTP/1." in line:
                asked.append(line.decode().split()[0])
            if line == b"\r\n":
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n%s" % (len(PAGE), PAGE))
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        worker = await asyncio.create_subprocess_exec(
            sys.executable, str(Path(__file__).parent / "holding.py"), url, kind, stdout=asyncio.subprocess.PIPE
        )
        assert worker.stdout is not None
        async with asyncio.timeout(30):
            assert await worker.stdout.readline() == b"held\n"
        os.kill(worker.pid, signal.SIGKILL)
        await worker.wait()
        async with asyncio.timeout(20):
            await worker.stdout.read()  # ends when the last process that inherited it has ended
        assert "GET" in asked
        assert "POST" not in asked
