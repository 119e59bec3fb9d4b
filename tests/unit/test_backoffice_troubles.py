"""What stands in the practice site's place: it meets the requests that it names, and the site then knows nothing of them."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from clerk import Clerk

from fixtures.backoffice import Backoffice
from fixtures.backoffice.config import ConfigError


@pytest.fixture(scope="module")
def running() -> Iterator[Backoffice]:
    with Backoffice() as site:
        yield site


@pytest.fixture
def clerk(running: Backoffice) -> Clerk:
    running.reset()
    running.configure(trouble=(), generation=1)
    someone = Clerk(running)
    someone.sign_in()
    return someone


def test_a_page_stands_in_the_place_of_one_and_of_no_other(running: Backoffice, clerk: Clerk) -> None:
    running.configure(trouble=["maintenance"])
    assert "scheduled maintenance" in clerk.http.get("/invoices").text
    assert "scheduled maintenance" not in clerk.http.get("/approvals").text


@pytest.mark.parametrize("generation", [1, 2, 3, 4])
def test_what_is_refused_has_no_effect_and_shows_the_page_again(running: Backoffice, clerk: Clerk, generation: int) -> None:
    running.configure(trouble=["locked-record"], generation=generation)
    answer = clerk.http.post("/invoices/5/approve", data={"page": "1"})
    assert "is being edited" in answer.text
    assert not running.count("invoice.approve")


def test_half_of_a_page_arrives_and_no_more(running: Backoffice, clerk: Clerk) -> None:
    running.configure(trouble=["cut-off"])
    with pytest.raises(httpx.HTTPError):
        clerk.http.get("/approvals")


def test_a_trouble_that_nobody_knows_is_refused(running: Backoffice) -> None:
    with pytest.raises(ConfigError, match="unknown trouble"):
        running.configure(trouble=["gremlins"])
