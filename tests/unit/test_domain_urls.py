"""Addresses as templates: what numbers a record, what is a parameter, and what fits."""

from __future__ import annotations

import pytest

from rpa_agent.domain.urls import path_template, query_fields, symbolic, url_matches, url_template

BASE = "http://127.0.0.1:8765"
VALUES = {"number": "RE-20417", "supplier": "Müller & Co"}


@pytest.mark.parametrize(
    ("path", "template"),
    [
        ("/invoices/4711", "/invoices/*"),
        ("/invoices/4711/edit", "/invoices/*/edit"),
        ("/invoices/new", "/invoices/new"),
        ("/i/0b5f2c9e-7a61-4a3e-9a2f-0c8d7e6f5a4b", "/i/*"),
        ("/i/RE-20417", "/i/{{ number }}"),
        ("/s/M%C3%BCller%20%26%20Co", "/s/{{ supplier }}"),
        ("/", "/"),
    ],
)
def test_record_numbers_become_stars_and_parameters_holes(path: str, template: str) -> None:
    """Words of the application stay."""
    assert path_template(path, VALUES) == template


def test_origins_are_symbols() -> None:
    """What is recorded on one host runs on another; foreign hosts keep their names."""
    assert url_template(f"{BASE}/invoices/7?tab=1#x", BASE, {}) == "{base}/invoices/*"
    assert url_template("https://cdn.example.net/a", BASE, {}) == "cdn.example.net/a"
    assert symbolic("https://127.0.0.1:8765/", BASE) != "{base}", "another scheme is another origin"
    assert url_template("about:blank", BASE, {}) == "about:"


@pytest.mark.parametrize(
    ("template", "url", "fits"),
    [
        ("{base}/invoices/*", f"{BASE}/invoices/7", True),
        ("{base}/invoices/*", f"{BASE}/invoices/7/edit", False),
        ("{base}/invoices/*", f"{BASE}/invoices/", False),
        ("{base}/invoices", f"{BASE}/invoices/", True),
        ("{base}/i/{{ number }}", f"{BASE}/i/RE-20417", True),
        ("{base}/i/{{ number }}", f"{BASE}/i/RE-20418", False),
        ("{base}/i/{{ unknown }}", f"{BASE}/i/anything", True),
        ("**/invoices/*", f"{BASE}/app/invoices/7", True),
        ("**/invoices/*", f"{BASE}/app/invoices/7/lines", False),
        ("**/invoices/**", f"{BASE}/app/invoices/7/lines", True),
        ("{base}/", f"{BASE}/", True),
        ("{base}/", f"{BASE}/login", False),
        ("http://other.example/a", "http://other.example/a", True),
        ("http://other.example/a", f"{BASE}/a", False),
        ("{base}/a", "http://other.example/a", False),
        ("{base}/a", "http://127.0.0.1:8765.evil.example/a", False),
        ("{base}/a.b", f"{BASE}/axb", False),
    ],
)
def test_an_address_fits_or_does_not(template: str, url: str, fits: bool) -> None:
    """The whole path counts, on the origin that was meant."""
    assert url_matches(template, url, BASE, VALUES) is fits


def test_query_fields_keep_empty_values() -> None:
    """Of repeated fields the last counts."""
    assert query_fields("http://x/?a=1&b=&a=2") == {"a": "2", "b": ""}
