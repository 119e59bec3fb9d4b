"""Asking the site after a commit in doubt: a yes settles it, a no must come twice, everything else is left to a person."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import pytest
from fake_page import FakePage

from rpa_agent.domain.errors import RpaAgentError, SiteUnreachable
from rpa_agent.domain.ports import Seen
from rpa_agent.domain.workflow import HttpCheck, Probe
from rpa_agent.run.probe import Found, ask

DAY = date(2026, 11, 22)
YES, NO, LOGIN, BROKEN = (200, '{"count": 1}'), (200, '{"count": 0}'), (401, "{}"), (500, "oops")
PAGE = "/invoices/A 7"


@dataclass
class Site(FakePage):
    """Gives one answer after the other; the last one for ever."""

    says: list[tuple[int, str] | RpaAgentError] = field(default_factory=list)

    async def get(self, path: str) -> tuple[int, str]:
        self.asked.append(path)
        answer = self.says.pop(0) if len(self.says) > 1 else self.says[0]
        if isinstance(answer, RpaAgentError):
            raise answer
        return answer


async def asked(*answers: tuple[int, str] | RpaAgentError, authoritative: bool, settled: bool = False) -> tuple[Found, Site, float]:
    site, waited = Site({}, says=list(answers)), [0.0]
    probe = Probe(
        http=HttpCheck(get="/api/invoices?number={{ number }}", json={"count": 1}), authoritative=authoritative, settle="7s"
    )

    async def wait(seconds: float) -> None:
        waited[0] += seconds

    found = await ask(probe, site, shown={"number": "A 7&x=1"}, day=DAY, settled=settled, wait=wait)
    return found, site, waited[0]


@pytest.mark.parametrize(
    ("answers", "authoritative", "state", "waited"),
    [
        ([YES], False, "confirmed", 0),  # there is no need to wait for good news
        ([NO, YES], False, "confirmed", 7),  # it was only slow
        ([NO, NO, YES], False, "confirmed", 14),
        ([NO, NO, NO], True, "not_done", 14),  # the first no came before its time and counts for nothing
        ([NO, NO, NO], False, "ambiguous", 14),
        ([NO, NO, BROKEN, NO, NO], True, "not_done", 28),  # twice in a row
        ([NO, LOGIN, NO, NO], True, "not_done", 21),
        ([LOGIN], True, "ambiguous", 28),  # an answer that is none is never a no
        ([SiteUnreachable("down")], True, "ambiguous", 28),
        ([(200, "<html><input type=password>")], True, "ambiguous", 28),
        ([(404, "")], True, "not_done", 14),
        ([(200, '{"count": 2}')], True, "ambiguous", 28),  # there already, and once too often: never sent again
        ([BROKEN, YES], True, "confirmed", 7),
    ],
)
async def test_what_settles_a_doubt(
    answers: list[tuple[int, str] | RpaAgentError], authoritative: bool, state: str, waited: float
) -> None:
    """The whole table of answers; the site is asked by GET, with the value quoted."""
    found, site, spent = await asked(*answers, authoritative=authoritative)
    assert (found.state, spent) == (state, waited)
    assert set(site.asked) == {"/api/invoices?number=A%207%26x%3D1"}
    assert found.words


async def test_after_a_crash_the_site_had_its_time() -> None:
    """The first look counts, and one more is enough."""
    found, _, spent = await asked(NO, NO, authoritative=True, settled=True)
    assert (found.state, spent) == ("not_done", 7)


@pytest.mark.parametrize(
    ("seen", "state"),
    [
        ([Seen(status=200, text="Invoice A 7")], "confirmed"),
        ([Seen(status=200)], "not_done"),
        ([Seen(status=200, login=True)], "ambiguous"),
        ([Seen(status=503)], "ambiguous"),
    ],
)
async def test_a_page_is_looked_at_where_there_is_no_interface(seen: list[Seen], state: str) -> None:
    """A page that asks for a login, or an error, shows nothing."""
    site = FakePage({}, elsewhere=seen)
    probe = Probe(visible="Invoice {{ number }}", open="/invoices/{{ number }}", authoritative=True, settle="1ms")
    found = await ask(probe, site, shown={"number": "A 7"}, day=DAY)
    assert found.state == state
    assert set(site.asked) == {"/invoices/A%207"}


async def test_only_the_workflows_own_site_is_asked() -> None:
    """An address elsewhere proves nothing, and nothing is fetched from it."""
    site = Site({}, says=[YES])
    probe = Probe(http=HttpCheck(get="{{ number }}"), authoritative=True, settle="1ms")
    found = await ask(probe, site, shown={"number": "//evil.example"}, day=DAY)
    assert (found.state, site.asked) == ("ambiguous", [])
