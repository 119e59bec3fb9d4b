"""A file of rows whose process dies once a row was sent, on the practice site: the site is asked, and the batch goes on."""

from __future__ import annotations

import signal

import pytest
from shell import NAME, Shell

from fixtures.backoffice import Backoffice

HEADER = "supplier;invoice_number;invoice_date;due_date;amount;currency;cost_centre\n"
ROW = "Müller Transporte GmbH;{};2026-11-03;2026-12-03;12,50;USD;4000 IT and telephony\n"
NUMBERS = ("D-1", "D-2")
ASKED = {
    "name": "save-new-invoice", "once": {"key": ["invoice_number"], "per": "ever"},
    "probe": {
        "http": {"get": "/api/invoices?number={{ invoice_number }}", "json": {"count": 1}}, "authoritative": True,
        "settle": "300ms",
    },
}  # fmt: skip


def entered(site: Backoffice) -> list[int]:
    return [site.count("invoice.create", number) for number in NUMBERS]


def killed_at(rpa: Shell, point: str) -> str:
    """Give the file to a process that dies at this point; return what it told."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RPA_CRASH_AT", point)
        process = rpa.start("run", NAME, "--json", "--env-file", str(rpa.project / "secrets.env"))
    code, _, err = process.end()
    assert code == -signal.SIGKILL, err
    return err


def test_a_row_that_was_sent_is_asked_about_and_the_batch_goes_on(rpa: Shell, backoffice: Backoffice) -> None:
    """Killed before its request left, and again once it was there: each time the site tells which, and nobody is asked."""
    rpa.edit(rows={"file": "data/desk.csv", "key": "invoice_number"}, locale="de_DE", commits=[ASKED])
    (rpa.project / "data" / "desk.csv").write_text(HEADER + "".join(ROW.format(number) for number in NUMBERS))
    killed_at(rpa, "sent:1")
    assert entered(backoffice) == [0, 0], "the first row is journaled as sent, and has not left"
    told = killed_at(rpa, "settling:2")  # the first is the site's answer about what was in doubt
    assert "going on with batch" in told
    assert entered(backoffice) == [1, 0], "the site said that it was not there, so it was sent"
    code, summary = rpa.run()
    assert (code, summary["by_outcome"]) == (0, {"succeeded": 2}), rpa.err
    assert entered(backoffice) == [1, 1]
    assert rpa.items("inbox") == []
