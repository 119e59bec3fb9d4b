"""What a request carries, read from every kind of body, also from broken and hostile ones."""

from __future__ import annotations

import json

import pytest

from rpa_agent.browser.outbound.bodies import fields_of

FORM, JSON = "application/x-www-form-urlencoded", "application/json"


def read(doc: object) -> tuple[str, dict[str, str]] | None:
    return fields_of(json.dumps(doc).encode(), JSON)


def test_forms_are_read_with_empty_and_foreign_letters() -> None:
    """An empty field is a field."""
    assert fields_of(b"a=1&b=&c=M%C3%BCller+%26+Co", FORM) == ("", {"a": "1", "b": "", "c": "Müller & Co"})
    assert fields_of(b"\xff\xfe=%ff", FORM) is not None
    assert fields_of(None, FORM) == fields_of(b"", "") == ("", {})


@pytest.mark.parametrize(
    "kind", ["multipart/form-data; boundary=XX", 'multipart/form-data; boundary="XX"; charset=utf-8']
)
def test_parts_are_read_and_a_file_is_known_by_its_name(kind: str) -> None:
    """The content of a file is nobody's business."""
    body = (
        b'--XX\r\nContent-Disposition: form-data; name="number"\r\n\r\nRE-7\r\n'
        b'--XX\r\nContent-Disposition: form-data; name="scan"; filename="re7.pdf"\r\n'
        b"Content-Type: application/pdf\r\n\r\n%PDF\x00\xff\r\n--XX--\r\n"
    )
    assert fields_of(body, kind) == ("", {"number": "RE-7", "scan": "re7.pdf"})


def test_json_is_read_flat() -> None:
    """Dotted names, lists by position, plain words for yes and no."""
    doc = {"invoice": {"number": "RE-7", "paid": False, "lines": [{"qty": 2}, {"qty": 3.5}]}, "note": None}
    assert read(doc) == (
        "",
        {"invoice.number": "RE-7", "invoice.paid": "false", "invoice.lines.0.qty": "2", "invoice.lines.1.qty": "3.5"},
    )
    assert fields_of(b'{"a": 1}', "") == ("", {"a": "1"}), "sniffed where no kind is given"


def test_graphql_is_known_by_its_operation_and_kind() -> None:
    """A query is a read whatever it is called, and a mutation never is."""
    named = {"query": "mutation FileInvoice($n: String!) { file(n: $n) { id } }", "variables": {"n": "RE-7"}}
    assert read(named) == ("mutation FileInvoice", {"n": "RE-7"})
    assert read({"query": "{ me { id } }"}) == ("query", {})
    assert read({"query": "# list\nquery Dashboard { a }"}) == ("query Dashboard", {})
    assert read({"query": "query A { a } mutation B { b }", "operationName": "A"}) == ("query A", {})


def test_a_search_for_something_is_no_graphql() -> None:
    """Many addresses call what one looks for their query."""
    assert read({"query": "Müller", "page": 1}) == ("", {"query": "Müller", "page": "1"})
    assert read({"query": "query", "page": 1}) == ("", {"query": "query", "page": "1"})


def test_json_rpc_is_known_by_its_method() -> None:
    """The parameters are its fields."""
    assert read({"jsonrpc": "2.0", "id": 1, "method": "invoice.file", "params": {"n": "RE-7"}}) == (
        "invoice.file",
        {"n": "RE-7"},
    )


@pytest.mark.parametrize("depth", [60, 900, 100_000])
def test_deep_json_never_breaks_the_reader(depth: int) -> None:
    """It is read, or it is unreadable; an unreadable change does not pass a closed gate."""
    body = b'{"a":' * depth + b"1" + b"}" * depth
    found = fields_of(body, JSON)
    assert found is None or list(found[1].values()) == ["1"]


def test_huge_bodies_are_cut_and_broken_ones_are_unreadable() -> None:
    """No more fields than anyone shows; nothing guessed."""
    found = read({f"f{i}": i for i in range(20_000)})
    assert found is not None
    assert len(found[1]) <= 501
    assert fields_of(b'{"a": ', JSON) is None
    assert fields_of(b"\x00\x01\x02", "application/octet-stream") is None
    assert fields_of(b"hello", "text/plain") == ("", {"": "hello"})
