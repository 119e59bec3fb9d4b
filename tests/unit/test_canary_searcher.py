"""The searcher of the canary test finds what is hidden anywhere, and nothing where nothing is."""

from __future__ import annotations

import base64
import gzip
import html
import io
import json
import re
import sqlite3
import zipfile
import zlib
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
from canary import Mark, Searcher

SECRET = "Zwirbel \"7\" & <fink>/ü+='ß\\"
WORD = "Zwirbelfink"
MARKS = [Mark("secret", SECRET), Mark("word", WORD), Mark("code", "739186", short=True)]


def b64(shift: int) -> Callable[[str], bytes]:
    return lambda text: base64.b64encode(b"user:pass"[:shift] + text.encode() + b"tail")


def utf16(order: str) -> Callable[[str], bytes]:
    return lambda text: text.encode(order)


WRITTEN: dict[str, Callable[[str], bytes]] = {
    "plain": str.encode,
    "url": lambda text: quote(text).encode(),
    "url, everything": lambda text: quote(text, safe="").encode(),
    "url, small letters": lambda text: re.sub("%..", lambda found: found[0].lower(), quote(text, safe="")).encode(),
    "form": lambda text: quote_plus(text).encode(),
    "json": lambda text: json.dumps(text).encode(),
    "json, not only ASCII": lambda text: json.dumps(text, ensure_ascii=False).encode(),
    "json in json": lambda text: json.dumps(json.dumps({"value": text})).encode(),
    "json for scripts": lambda text: json.dumps(text).replace("<", "\\u003c").replace("&", "\\u0026").encode(),
    "html": lambda text: html.escape(text).encode(),
    "html in json": lambda text: json.dumps(html.escape(text)).encode(),
    "form in json": lambda text: json.dumps(f"a={quote_plus(text)}&b=1").encode(),
    "python": lambda text: repr(text).encode(),
    "UTF-16 LE": utf16("utf-16-le"),
    "UTF-16 BE": utf16("utf-16-be"),
    "Latin-1": utf16("latin-1"),
    "base64": b64(0),
    "base64, one off": b64(1),
    "base64, two off": b64(2),
    "base64 for addresses": lambda text: base64.urlsafe_b64encode(b"?" + text.encode()),
    "base64 of a form": lambda text: base64.b64encode(f"u=clerk&p={quote_plus(text)}&x=1".encode()),
    "base64 of json": lambda text: base64.b64encode(json.dumps({"p": text}).encode()),
    "base64 of UTF-16": lambda text: base64.b64encode(text.encode("utf-16-le")),
}


def zipped(data: bytes, name: str = "member") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return out.getvalue()


def in_database(data: bytes, folder: Path) -> bytes:
    """A database whose cell is cut over many pages."""
    path = folder / "inner.db"
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE things (id INTEGER, held BLOB)")
        db.execute("INSERT INTO things VALUES (1, ?)", [b"." * 4070 + data + b"." * 9000])
        db.commit()
    found = path.read_bytes()
    path.unlink()
    return found


@pytest.mark.parametrize("way", WRITTEN)
@pytest.mark.parametrize("value", [SECRET, WORD])
def test_a_value_is_found_however_it_is_written(way: str, value: str) -> None:
    data = b"before " + WRITTEN[way](value) + b" after"
    assert [f.mark for f in Searcher(MARKS).data(data, "here")], way


@pytest.mark.parametrize("way", ["plain", "json", "form", "UTF-16 LE", "base64, one off"])
def test_a_value_is_found_wherever_it_is_packed(way: str, tmp_path: Path) -> None:
    data = b"before " + WRITTEN[way](SECRET) + b" after"
    packed = {
        "zip": zipped(data),
        "zip in zip": zipped(zipped(zipped(data))),
        "gzip": gzip.compress(data),
        "zlib": b"stream\n" + zlib.compress(data) + b"\nendstream",
        "database": in_database(data, tmp_path),
        "zip in a cell": in_database(zipped(data), tmp_path),
        "zlib in a cell": in_database(zlib.compress(data), tmp_path),
        "database in a zip": zipped(in_database(data, tmp_path)),
        "zip as base64 in json": json.dumps({"content": base64.b64encode(zipped(data)).decode()}).encode(),
        "gzip in base64 in a zip": zipped(base64.b64encode(gzip.compress(data))),
    }
    missed = [name for name, blob in packed.items() if "secret" not in {f.mark for f in Searcher(MARKS).data(blob, name)}]
    assert missed == []


def test_names_of_files_folders_and_members_are_searched(tmp_path: Path) -> None:
    (tmp_path / f"of {WORD}").mkdir()
    (tmp_path / "a.zip").write_bytes(zipped(b"nothing", f"{WORD}.txt"))
    assert {f.where for f in Searcher(MARKS).folder(tmp_path)} >= {f"the name of {WORD}", f"a.zip › the name {WORD}.txt"}


def test_what_a_database_has_not_yet_written_to_its_file_is_searched(tmp_path: Path) -> None:
    path = tmp_path / "runs.db"
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("CREATE TABLE things (held)")
        db.commit()
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        db.execute("INSERT INTO things VALUES (?)", [SECRET])
        db.commit()
        assert SECRET.encode() not in path.read_bytes()
        where = {f.where for f in Searcher(MARKS).folder(tmp_path)}
        assert where == {"runs.db-wal", "runs.db › things"}


def test_what_was_deleted_and_still_stands_in_the_file_is_found(tmp_path: Path) -> None:
    path = tmp_path / "runs.db"
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA secure_delete = OFF")
        db.execute("CREATE TABLE things (held)")
        db.execute("INSERT INTO things VALUES (?)", [SECRET])
        db.commit()
        db.execute("DELETE FROM things")
        db.commit()
    assert [f.where for f in Searcher(MARKS).file(path)] == ["runs.db"]


def test_words_of_a_full_text_index_are_searched(tmp_path: Path) -> None:
    path = tmp_path / "memory.db"
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE VIRTUAL TABLE words USING fts5(text, content='')")
        db.execute("INSERT INTO words(rowid, text) VALUES (1, ?)", [f"a {WORD.upper()} b"])
        db.commit()
    assert "memory.db › words (index)" in {f.where for f in Searcher(MARKS).file(path)}


@pytest.mark.parametrize(
    ("text", "count"),
    [("739186", 1), ("code: 739186.", 1), ("a739186b", 0), ("12.739186", 0), ("27391864", 0), ('{"n": 739186}', 1)],
)
def test_a_short_value_counts_only_where_it_stands_alone(text: str, count: int) -> None:
    assert len(Searcher(MARKS).text(text, "here")) == count


def test_nothing_is_found_where_nothing_is(tmp_path: Path) -> None:
    for name, blob in {"a.zip": zipped(b"some text"), "b.db": in_database(b"other text", tmp_path), "c.bin": bytes(70_000)}.items():
        (tmp_path / name).write_bytes(blob)
    searcher = Searcher(MARKS)
    assert searcher.folder(tmp_path) == []
    assert searcher.bytes_searched > 80_000


@pytest.mark.parametrize("damage", [b"PK\x03\x04 no archive", b"\x1f\x8b no gzip", b"\x78\x9c no zlib", b"A" * 25 + b"="])
def test_what_only_looks_packed_is_searched_as_it_is(damage: bytes) -> None:
    assert [f.mark for f in Searcher(MARKS).data(damage + b" " + SECRET.encode(), "here")] == ["secret"]
