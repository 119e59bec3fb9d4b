"""A tiny server of WebSockets, open and sealed, that keeps what pages send, and says what a test lets it say."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import ssl
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

_MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class SocketSite:
    """`async with SocketSite.serve() as site:` keeps messages in ``heard`` and other requests in ``asked``."""

    def __init__(self) -> None:
        self.page = b"x"  # what every address answers
        self.answer = b""  # what it says to every message, if anything
        self.heard: list[str] = []
        self.asked: list[str] = []
        self.opened = 0
        self.host = ""
        self._writers: list[asyncio.StreamWriter] = []

    @classmethod
    @asynccontextmanager
    async def serve(cls, sealed: ssl.SSLContext | None = None) -> AsyncIterator[Self]:
        site = cls()
        server = await asyncio.start_server(site._talk, "127.0.0.1", 0, ssl=sealed)
        site.host = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        try:
            yield site
        finally:
            server.close()
            for writer in site._writers:
                writer.close()

    async def ping(self) -> None:
        """Ask every page whether it is there, as servers do; a browser answers by itself."""
        for writer in self._writers:
            writer.write(b"\x89\x00")

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                fields = {k.lower(): v for k, _, v in (line.partition(b": ") for line in head.split(b"\r\n")[1:])}
                if b"sec-websocket-key" in fields:
                    await self._socket(reader, writer, fields[b"sec-websocket-key"])
                    return
                self.asked.append(head.split(b" HTTP")[0].decode())
                await reader.readexactly(int(fields.get(b"content-length", b"0")))
                told = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n"
                writer.write(told % len(self.page) + self.page)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def _socket(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, key: bytes) -> None:
        accept = base64.b64encode(hashlib.sha1(key + _MAGIC).digest())
        writer.write(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
        )
        self._writers.append(writer)
        self.opened += 1
        while True:
            first, size = await reader.readexactly(2)
            size &= 0x7F
            if size > 125:
                size = int.from_bytes(await reader.readexactly(2 if size == 126 else 8), "big")
            mask, body = await reader.readexactly(4), await reader.readexactly(size)
            text = bytes(b ^ mask[i % 4] for i, b in enumerate(body)).decode("utf-8", "replace")
            if self.answer and first & 0x0F < 8:
                writer.write(bytes([0x81, len(self.answer)]) + self.answer)
            self.heard.append(text if first & 0x0F < 8 else {8: "(close)", 10: "(pong)"}.get(first & 0x0F, "(?)"))


def own_seal(folder: Path) -> ssl.SSLContext:
    """Return what a server of this machine seals with; nobody but a test trusts it."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(1).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    plain = serialization.NoEncryption()
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    )
    (folder / "seal.pem").write_bytes(made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "seal.pem", folder / "key.pem")
    return context
