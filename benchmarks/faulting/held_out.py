"""Faults of other make, whose classes were written down before any of them ran: other releases, wordings, codes, another flow."""

from __future__ import annotations

from dataclasses import replace

from .case import HEALED, Injected, both, later, now, short


def held_out() -> list[Injected]:
    """Return the cases that nothing was worked on with."""
    return [*_entering(), *_approving()]


def _entering() -> list[Injected]:
    return [
        Injected("next release, and Save is gone", "drift", now(generation=2, mutate=["removed-target:invoice.save"], seed=11)),
        Injected("third release, and the amount is gone", "drift", now(generation=3, mutate=["removed-target:invoice.amount"])),
        Injected("orders in the labels, and the number is gone", "drift",
                 now(trap=["hostile-labels"], mutate=["removed-target:invoice.number"], seed=12)),
        Injected("next release asks for one field more", "drift", now(generation=2, mutate=["new-required-field"], seed=13)),
        Injected("another language asks for one field more", "drift", now(mutate=["translate", "new-required-field"], seed=14)),
        Injected("the list of invoices is not there any more", "drift", later(3, status=404)),
        Injected("the form in a frame", HEALED, now(mutate=["iframe"], seed=15)),
        Injected("the form in a dialog", HEALED, now(mutate=["modal"], seed=16)),
        Injected("other places and other codes", HEALED, now(mutate=["reorder", "rename-id-class"], seed=17)),
        Injected("a word about the password after the login", HEALED, now(password_expires_days=2)),
        Injected("out of order for one request", HEALED, both(later(4, status=503), later(5, status=None))),
        Injected("hangs up on one request", HEALED, both(later(4, down=True), later(5, down=False))),
        Injected("the server's clock is an hour ahead", HEALED, now(clock_skew_seconds=3600)),
        Injected("terms come up over the form", "interruption", later(5, trap=["must-agree"])),
        Injected("terms, beside hidden orders", "interruption", now(trap=["must-agree", "hidden-text"], seed=18)),
        Injected("the number is taken, on the third release", "data", now(generation=3), params={"amount": "9.50"}, twice=True),
        Injected("the number is taken, in another language", "data", now(mutate=["translate"], seed=19),
                 params={"amount": "9.50"}, twice=True),
        Injected("an amount of nothing", "data", params={"amount": "0.00"}),
        Injected("an amount that is no number", "data", params={"amount": "twelve"}),
        Injected("a day that does not exist", "data", params={"due_date": "2026-02-30"}),
        Injected("no supplier", "data", params={"supplier": " "}),
        Injected("due before it was issued, on the next release", "data", now(generation=2),
                 params={"invoice_date": "2026-11-20", "due_date": "2026-11-01"}),
        Injected("a supplier that is not there, on the next release", "data", now(generation=2),
                 params={"supplier": "Nobody & Sons Ltd"}),
        Injected("a changed password, on the next release", "login", now(generation=2, password="another-pass-9")),
        Injected("a changed password, on the fourth release", "login", now(generation=4, password="another-pass-9")),
        Injected("the account is locked", "login", now(lock_after=1, password="another-pass-9")),
        Injected("a picture of letters once the password was wrong", "login", now(captcha_after=1, password="another-pass-9"),
                 also=("interruption",)),
        Injected("a word of the phone is waited for", "login", now(number_match=True), also=("interruption",)),
        Injected("a session of three pages", "login", now(session_requests=3)),
        Injected("a session that is over at once", "login", now(session_life_seconds=0.0)),
        Injected("the session ends over the form, on the next release", "login",
                 both(now(generation=2), later(5, expire_sessions=True))),
        *[Injected(f"the site answers {code}", "infrastructure", now(status=code)) for code in (429, 504)],
        Injected("too many requests over the form", "infrastructure", later(4, status=429)),
        Injected("out of order as the supplier is looked for", "infrastructure", later(5, status=500)),
        Injected("it becomes slow with the first page", "timing", now(lag_ms=40_000), workflow=short(0.2),
                 also=("infrastructure",)),
        Injected("it sends twice per press, and is slow", "defect", later(1, trap=["double-post"], lag_ms=300)),
    ]


def _approving() -> list[Injected]:
    gone = ("approval.approve", "nav.approvals")
    cases = [
        *[Injected(f"{one} is gone", "drift", now(mutate=[f"removed-target:{one}"], seed=21)) for one in gone],
        Injected("an invoice that is in no list", "data", params={"invoice_number": "RE-99999"}),
        Injected("an invoice that was approved before", "data", params={"invoice_number": "RE-25148"}),
        Injected("no number", "data", params={"invoice_number": " "}),
        Injected("rows in other codes", HEALED, now(mutate=["rename-id-class", "wrap"], seed=22)),
        Injected("a bar over the list", HEALED, now(mutate=["banner"], seed=23)),
        Injected("orders in the labels", HEALED, now(trap=["hostile-labels"], seed=24)),
        Injected("terms lie over the list", "interruption", later(2, trap=["must-agree"])),
        Injected("a changed password", "login", now(password="another-pass-9")),
        Injected("the session ends before the list", "login", later(2, expire_sessions=True)),
        Injected("the session ends over the list", "login", later(4, expire_sessions=True)),
        Injected("out of order before the list", "infrastructure", later(3, status=502)),
        Injected("hangs up as it is approved", "infrastructure", later(4, down=True), also=("unknown",)),
        Injected("the answer to the approval is lost", "infrastructure", later(2, lose_answers=True), also=("unknown",)),
        Injected("slow before the list", "timing", later(2, lag_ms=30_000), workflow=short(0.25), also=("infrastructure",)),
        Injected("it approves twice per press", "defect", later(1, trap=["double-post"])),
    ]
    return [replace(one, work="approve", words=f"approving: {one.words}") for one in cases]
