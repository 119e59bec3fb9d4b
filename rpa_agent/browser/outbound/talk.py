"""Tells of one connection, as its bytes pass, whether it is a WebSocket, and when the page sends something on it.

An open socket (ws) is read: its messages are told from what browsers say by themselves, as pongs. Of a sealed one (wss)
only records of TLS are seen. It is known by what it offers before it is sealed: Chromium takes HTTP/2 where it can for
all but its sockets. Sites that want HTTP/1.1 look the same, so that somebody else must say whether it is one.
"""

from __future__ import annotations

import re

_LONGEST_START = 70_000
_HELLO, _DATA = 22, 23  # kinds of TLS records
_SMALL = 150  # bytes of a record that ends a handshake; a request is longer
_SOCKET = re.compile(rb"\r\nupgrade:[ \t]*websocket[ \t]*\r\n", re.IGNORECASE)


class Talk:
    """What passes on one connection. Nothing is kept but what is needed to know where a message begins."""

    def __init__(self) -> None:
        self._start: bytes | None = b""  # until it is known what this is
        self._rest = b""  # the beginning of a frame or record
        self._within = 0  # bytes of it that are still to come
        self._asked = False  # the request that opens it has passed
        self.path = ""
        self.sealed = False
        self.may_be_socket = True
        self.open = False  # the site has answered: from now on messages pass

    def said(self, data: bytes) -> bool:
        """The browser says this; tell whether there is something in it that a page sends on a socket."""
        if self._start is not None:
            data = self._begin(data)
        if not self.may_be_socket or self._start is not None:
            return False
        return self._records(data) if self.sealed else self._frames(data)

    def answered(self) -> None:
        """The site said something."""
        self.open = self.open or (self.may_be_socket and self._asked)

    def _begin(self, data: bytes) -> bytes:
        """Find out what this is; return what follows its beginning."""
        start = self._start = (self._start or b"") + data
        if start[0] == _HELLO:
            size = 5 + int.from_bytes(start[3:5], "big") if len(start) >= 5 else _LONGEST_START
            if len(start) < size and len(start) < _LONGEST_START:
                return b""
            self.sealed, self.may_be_socket = True, offered(start[:size]) == [b"http/1.1"]
        elif start.startswith(b"GET "[: len(start)]):
            size = start.find(b"\r\n\r\n") + 4
            if size < 4 and len(start) < _LONGEST_START:
                return b""
            self.may_be_socket = self._asked = size >= 4 and _SOCKET.search(start[:size]) is not None
            self.path = start.split(b" ", 2)[1].decode("latin-1") if self.may_be_socket else ""
        else:
            size, self.may_be_socket = 0, False
        self._start = None
        return start[size:]

    def _frames(self, data: bytes) -> bool:
        """Walk over frames of RFC 6455; those that a browser sends by itself are no messages."""
        data, sent = self._rest + data, self._within > 0 and self._message
        while data:
            if self._within:
                passed = min(self._within, len(data))
                self._within, data = self._within - passed, data[passed:]
                continue
            head = _head_of_frame(data)
            if head is None:
                break
            self._message = not data[0] & 0x08
            sent = sent or self._message
            self._within, data = head[1], data[head[0] :]
        self._rest = data
        return sent

    _message = False

    def _records(self, data: bytes) -> bool:
        """Walk over records of TLS: after the request and its answer each is taken for a message."""
        data, sent = self._rest + data, False
        while data:
            if self._within:
                passed = min(self._within, len(data))
                self._within, data = self._within - passed, data[passed:]
                sent = sent or self.open
                continue
            if len(data) < 5:
                break
            kind, self._within, data = data[0], int.from_bytes(data[3:5], "big"), data[5:]
            if kind == _DATA and self.open:
                sent = True
            elif kind == _DATA and self._within > _SMALL:
                self._asked = True
        self._rest = data
        return sent


def _head_of_frame(data: bytes) -> tuple[int, int] | None:
    """Return how long a frame's head is and what it holds; None while its head is incomplete."""
    if len(data) < 2:
        return None
    size = data[1] & 0x7F
    wide = {126: 2, 127: 8}.get(size, 0)
    head = 2 + wide + (4 if data[1] & 0x80 else 0)
    if len(data) < head:
        return None
    return head, int.from_bytes(data[2 : 2 + wide], "big") if wide else size


def offered(hello: bytes) -> list[bytes]:
    """Return the protocols that the first record of a TLS connection offers; none where it tells of none.

    A record that is cut short, or no such record at all, offers nothing.
    """
    try:
        at = 5 + 4 + 2 + 32
        at += 1 + hello[at]  # session
        at += 2 + int.from_bytes(hello[at : at + 2], "big")  # ciphers
        at += 1 + hello[at]  # compression
        at += 2
        while at + 4 <= len(hello):
            kind, size = int.from_bytes(hello[at : at + 2], "big"), int.from_bytes(hello[at + 2 : at + 4], "big")
            if kind == 16:
                return _names(hello[at + 6 : at + 4 + size])
            at += 4 + size
    except IndexError:
        return []
    return []


def _names(listed: bytes) -> list[bytes]:
    names = []
    while listed:
        names.append(listed[1 : 1 + listed[0]])
        listed = listed[1 + listed[0] :]
    return names
