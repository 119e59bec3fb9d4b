"""What of an element may be kept, where a secret stands in it."""

from __future__ import annotations

from rpa_agent.domain.target import Fingerprint
from rpa_agent.store.privacy import unspoken


def test_a_part_of_an_address_that_is_a_secret_may_be_anything() -> None:
    """Who signs in as `admin` does not lose the address of everything under `/admin/`."""
    shown = Fingerprint(tag="a", name="Reset password of admin", href="/admin/users/7/password/")
    kept = unspoken(shown, ("admin",))
    assert (kept.href, kept.name) == ("/*/users/7/password/", "Reset password of")
