"""Looks for marked values in whatever is left behind: files, archives, databases, pictures' notes, file names, texts.

A mark is searched in every spelling that programs give a text on its way (URL, base64 at all three alignments, JSON,
HTML, UTF-16, and one of these inside another), and inside zip, gzip and zlib data, base64 blocks and SQLite cells at
any depth. It shares the list of spellings with the product and adds its own, so that a gap in one does not hide in both.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import html
import io
import json
import re
import shutil
import sqlite3
import tempfile
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import cache, cached_property, partial
from pathlib import Path
from urllib.parse import unquote_to_bytes

import numpy as np
from numpy.typing import NDArray

from rpa_agent.ops.secret.secrets import variants

_DEEPEST = 8
_LARGEST = 64 * 1024 * 1024
_SQLITE = b"SQLite format 3\0"
_PICTURES = (b"\x89PNG\r\n", b"\xff\xd8\xff")
_ZLIB = re.compile(rb"\x78[\x01\x5e\x9c\xda]")
_NUMBERED = re.compile(rb"\\u([0-9a-fA-F]{4})")
_ENTITY = re.compile(rb"&(#\d+|#x[0-9a-fA-F]+|[a-z]{2,6});")
_PERCENT = re.compile(rb"%[0-9a-fA-F]{2}")
_BLOCK = re.compile(rb"[A-Za-z0-9+/_-]{24,}={0,2}")
_SHORTEST_CORE = 8
_START = 3
_CHUNK = 4 * 1024 * 1024
_BESIDE = rb"[0-9A-Za-z]"


@dataclass(frozen=True)
class Mark:
    """A value that must not be found. A ``short`` one counts only where no letter or digit stands beside it."""

    name: str
    value: str
    short: bool = False


@dataclass(frozen=True)
class Found:
    """Which mark was found, in which spelling, and where: files and cells from the outside in."""

    mark: str
    spelling: str
    where: str

    def __str__(self) -> str:
        return f"{self.mark} as {self.spelling[:60]!r} in {self.where}"


@cache
def spellings(value: str) -> frozenset[bytes]:
    """Return every way in which a value may be written down, one inside another included."""
    plain = {value, value.casefold(), unicodedata.normalize("NFD", value), unicodedata.normalize("NFC", value)}
    once = plain | {text for one in plain for text in _quoted(one)}
    twice = once | {text for one in once for text in _quoted(one)}
    found = {text.encode() for text in twice}
    found |= {text.encode(order) for text in once for order in ("utf-16-le", "utf-16-be")}
    found |= {text.encode("latin-1") for text in plain if all(ord(c) < 256 for c in text)}
    for text in once:
        found |= set(_base64(text.encode()))
    for order in ("utf-16-le", "utf-16-be"):
        found |= set(_base64(value.encode(order)))
    return frozenset(found)


def _quoted(text: str) -> set[str]:
    dumped = [json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1]]
    scripts = ["".join(f"\\u{ord(c):04x}" if c in "<>&'" else c for c in one) for one in dumped]     # as templates do
    decimal = "".join(f"&#{ord(c)};" if not c.isalnum() or ord(c) > 126 else c for c in text)
    return {*variants(text), *scripts, decimal}


def _base64(raw: bytes) -> Iterator[bytes]:
    """Yield what stays the same of the encoding wherever in longer data the value stands."""
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        for shift in range(3):
            text = encode(b"\0" * shift + raw)
            first, last = -(-shift * 8 // 6), (shift + len(raw)) * 8 // 6
            if last - first >= _SHORTEST_CORE:
                yield text[first:last]
        yield encode(raw)


class Searcher:
    """Searches for a set of marks; what it finds is told with the way to it."""

    def __init__(self, marks: Iterable[Mark]) -> None:
        self._marks = tuple({mark.value: mark for mark in marks}.values())
        self.bytes_searched = 0
        self._clean: set[bytes] = set()  # digests of what was searched in vain: copies are many

    @cached_property
    def _words(self) -> dict[str, Mark]:
        """The words that a full-text index would hold, where a value is one word."""
        return {_folded(mark.value): mark for mark in self._marks if mark.value.isalnum()}

    def folder(self, root: Path, *, leave_out: Iterable[Path] = ()) -> list[Found]:
        """Search every file below a folder, names included."""
        left_out = {path.resolve() for path in leave_out}
        found: list[Found] = []
        for path in sorted(root.rglob("*")):
            if path.resolve() in left_out or path.is_symlink():
                continue
            where = str(path.relative_to(root))
            found += self._plain(where.encode(errors="surrogateescape"), f"the name {where}")
            if path.is_file() and not path.name.endswith(("-wal", "-shm")):
                found += self.file(path, where)
        return found

    def file(self, path: Path, where: str = "") -> list[Found]:
        """Search one file; a database with what is not yet in its main file."""
        where = where or path.name
        beside = [Path(f"{path}{end}") for end in ("-wal", "-shm") if Path(f"{path}{end}").is_file()]
        data, more = path.read_bytes(), [other.read_bytes() for other in beside]
        copy = _digest(data, b"file", *more)
        if copy in self._clean:
            return []
        found = self.data(data, where, database=False)
        for other, held in zip(beside, more, strict=True):
            found += self._plain(held, f"{where}{other.name.removeprefix(path.name)}")
        if data.startswith(_SQLITE) or (beside and not data):
            found += self._database(path, where, 0)
        self._clean |= set() if found else {copy}
        return found

    def text(self, text: str, where: str) -> list[Found]:
        """Search what a command said or a server was sent."""
        return self.data(text.encode(errors="surrogatepass"), where)

    def data(self, data: bytes, where: str, *, depth: int = 0, database: bool = True) -> list[Found]:
        """Search bytes, and what is packed into them."""
        copy = _digest(data, b"data", str((depth, database)).encode())
        if copy in self._clean:
            return []
        found = self._searched(data, where, depth=depth, database=database)
        self._clean |= set() if found else {copy}
        return found

    def _searched(self, data: bytes, where: str, *, depth: int, database: bool) -> list[Found]:
        found = self._plain(data, where)
        if depth >= _DEEPEST or len(data) > _LARGEST:
            return found
        for inner, name in self._unpacked(data):
            found += self.data(inner, f"{where} › {name}", depth=depth + 1)
        if database and data.startswith(_SQLITE):
            with tempfile.TemporaryDirectory() as folder:
                copy = Path(folder) / "copy.db"
                copy.write_bytes(data)
                found += self._database(copy, where, depth)
        return found

    def _plain(self, data: bytes, where: str) -> list[Found]:
        self.bytes_searched += len(data)
        found = {
            (mark.name, needle): Found(mark.name, needle.decode(errors="backslashreplace"), where)
            for view in _views(data)
            for needle, mark in self._in(view)
            if not mark.short or _stands_alone(needle, view)
        }
        return list(found.values())

    def _in(self, data: bytes) -> Iterator[tuple[bytes, Mark]]:
        """Look at every place whose first bytes begin a needle: some hundred marks have many thousand spellings."""
        starts = self._starts
        for at in range(0, len(data), _CHUNK):
            view = np.frombuffer(data[at : at + _CHUNK + _START - 1], np.uint8).astype(np.uint32)
            if len(view) < _START:
                return
            keys = view[:-2] | view[1:-1] << 8 | view[2:] << 16
            for place in np.flatnonzero(self._begins[keys]):
                begin = at + int(place)
                for needle, mark in starts.get(data[begin : begin + _START], ()):
                    if data.startswith(needle, begin):
                        yield needle, mark

    @cached_property
    def _starts(self) -> dict[bytes, list[tuple[bytes, Mark]]]:
        starts: dict[bytes, list[tuple[bytes, Mark]]] = {}
        for mark in self._marks:
            for needle in sorted(spellings(mark.value)):
                starts.setdefault(needle[:_START], []).append((needle, mark))
        return starts

    @cached_property
    def _begins(self) -> NDArray[np.bool_]:
        table = np.zeros(1 << 24, np.bool_)
        for start in self._starts:
            table[start[0] | start[1] << 8 | start[2] << 16] = True
        return table

    def _unpacked(self, data: bytes) -> Iterator[tuple[bytes, str]]:
        if data.startswith(_PICTURES):
            return  # what is drawn cannot be read here; notes inside stand in the raw bytes
        if data[:2] == b"\x1f\x8b":
            yield from _attempt(partial(gzip.decompress, data), "gzip")
        if b"PK\x03\x04" in data[:4] or b"PK\x05\x06" in data[-70_000:]:
            yield from _members(data)
            return
        for start in _ZLIB.finditer(data):
            yield from _attempt(partial(_inflated, data[start.start() :]), "zlib")
        for block in _BLOCK.finditer(data):
            raw = block[0].rstrip(b"=").translate(bytes.maketrans(b"-_", b"+/"))
            raw = raw[: len(raw) - (len(raw) % 4 == 1)]
            inner = base64.b64decode(raw + b"=" * (-len(raw) % 4))
            if _is_packed(inner):
                yield inner, "base64"

    def _database(self, path: Path, where: str, depth: int) -> list[Found]:
        """Search every cell, since a long one is cut over pages that do not follow each other; and every index word."""
        found: list[Found] = []
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder) / "copy.db"
            for end in ("", "-wal"):  # a copy, so that looking changes nothing
                if Path(f"{path}{end}").is_file():
                    shutil.copyfile(f"{path}{end}", f"{copy}{end}")
            with closing(sqlite3.connect(copy)) as db:
                db.text_factory = bytes
                tables = db.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'").fetchall()
                for name, sql in ((n.decode(), s or b"") for n, s in tables):
                    found += self._table(db, name, f"{where} › {name}", depth)
                    if b"fts5" in sql.lower() and b"virtual" in sql.lower():
                        found += self._index(db, name, f"{where} › {name}")
        return found

    def _table(self, db: sqlite3.Connection, name: str, where: str, depth: int) -> list[Found]:
        found: list[Found] = []
        cursor = db.execute(f'SELECT * FROM "{name}"')
        for rows in iter(partial(cursor.fetchmany, 500), []):
            cells = [cell for row in rows for cell in row]
            texts = [cell for cell in cells if isinstance(cell, bytes)]
            found += self._plain(b"\n".join(texts), where)
            found += self._plain("\n".join(str(c) for c in cells if isinstance(c, (int, float))).encode(), where)
            for cell in texts:
                for inner, kind in self._unpacked(cell):
                    found += self.data(inner, f"{where} › {kind}", depth=depth + 1)
                if cell.startswith(_SQLITE):
                    found += self.data(cell, f"{where} › database", depth=depth + 1)
        return found

    def _index(self, db: sqlite3.Connection, name: str, where: str) -> list[Found]:
        db.execute(f"CREATE VIRTUAL TABLE temp.looked USING fts5vocab('main', '{name}', 'row')")
        words = [word.decode() for (word,) in db.execute("SELECT term FROM temp.looked")]
        db.execute("DROP TABLE temp.looked")
        return [Found(self._words[w].name, w, f"{where} (index)") for w in words if w in self._words]


def _digest(*parts: bytes) -> bytes:
    return b"".join(hashlib.blake2b(part, digest_size=16).digest() for part in parts)


def _views(data: bytes) -> Iterator[bytes]:
    """Yield the data, and what becomes of it where single characters are written as numbers, some of them or all."""
    yield data
    if b"\\u" in data:
        yield _NUMBERED.sub(lambda found: chr(int(found[1], 16)).encode(errors="replace"), data)
    if _ENTITY.search(data):
        yield html.unescape(data.decode(errors="replace")).encode()
    if _PERCENT.search(data):
        yield unquote_to_bytes(data.replace(b"+", b" "))


def _folded(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))


def _stands_alone(needle: bytes, data: bytes) -> bool:
    # 739186 in a hash, a time with microseconds or a picture is no amount.
    return re.search(rb"(?<!%b)(?<![.\x80-\xff])%b(?!%b)" % (_BESIDE, re.escape(needle), _BESIDE), data) is not None


def _is_packed(data: bytes) -> bool:
    return data[:2] == b"\x1f\x8b" or data.startswith((b"PK\x03\x04", _SQLITE)) or _ZLIB.match(data) is not None


def _inflated(data: bytes) -> bytes:
    return zlib.decompressobj().decompress(data, _LARGEST)


def _attempt(unpack: Callable[[], bytes], name: str) -> Iterator[tuple[bytes, str]]:
    try:
        inner = unpack()
    except (OSError, EOFError, zlib.error):
        return  # it only looked like one
    if inner:
        yield inner, name


def _members(data: bytes) -> Iterator[tuple[bytes, str]]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            yield archive.comment, "the comment"
            for info in archive.infolist():
                yield info.filename.encode() + b"\n" + info.comment, f"the name {info.filename}"
                if not info.is_dir() and info.file_size <= _LARGEST:
                    yield archive.read(info), info.filename
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, zlib.error):
        return  # damaged or locked: its raw bytes were searched
