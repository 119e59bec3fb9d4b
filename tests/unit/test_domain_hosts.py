"""Which hosts are allowed: the workflow's own and those it names, each with its ports."""

from __future__ import annotations

import pytest

from rpa_agent.domain.hosts import allowed_hosts, allows, check_entry, entry_of


@pytest.mark.parametrize(
    ("entry", "host", "port", "allowed"),
    [
        ("shop.example", "shop.example", 443, True),
        ("shop.example", "SHOP.example.", 80, True),
        ("shop.example", "shop.example", 8443, False),  # another service on the same machine
        ("shop.example", "evil-shop.example", 443, False),
        ("shop.example", "shop.example.evil.test", 443, False),
        ("shop.example", "cdn.shop.example", 443, False),
        ("*.shop.example", "cdn.shop.example", 443, True),
        ("*.shop.example", "a.b.shop.example", 443, True),
        ("*.shop.example", "shop.example", 443, False),
        ("*.shop.example", "evilshop.example", 443, False),
        ("*.shop.example:8443", "cdn.shop.example", 8443, True),
        ("*.shop.example:8443", "cdn.shop.example", 443, False),
        ("127.0.0.1:8765", "127.0.0.1", 8765, True),
        ("127.0.0.1:8765", "localhost", 8765, False),
        ("127.0.0.1:8765", "127.0.0.1", 8766, False),
        ("[::1]:8765", "::1", 8765, True),
        ("[::1]:8765", "::2", 8765, False),
    ],
)
def test_an_entry_names_a_host_and_its_ports_and_nothing_that_only_looks_like_it(
    entry: str, host: str, port: int, allowed: bool
) -> None:
    """Names are compared whole; without a port the two usual ones are meant."""
    assert allows([check_entry(entry)], host, port) is allowed


@pytest.mark.parametrize(
    "text", ["", "*", "*.", "https://shop.example", "shop.example/path", "a b", "shop.example:0", "x:y"]
)
def test_what_is_no_host_is_refused_with_how_to_write_it(text: str) -> None:
    """A star alone would allow everything."""
    with pytest.raises(ValueError, match=r"cdn\.example\.net"):
        check_entry(text)


def test_a_run_may_speak_to_its_own_host_and_to_those_named() -> None:
    """The host of the address it runs against, not of the one it was recorded on."""
    assert allowed_hosts("https://test.example/app", ("cdn.example.net",)) == ("test.example", "cdn.example.net")
    assert entry_of("http://[::1]:8765/x") == "[::1]:8765"
    assert entry_of("http://user:word@shop.example:80/") == "shop.example"
