"""The faults that classification was worked on with: each miss among them was looked at, and its cause mended."""

from __future__ import annotations

from .case import HEALED, Injected, asked, later, now, short


def worked_on() -> list[Injected]:
    """Return the cases that the product was worked on with."""
    gone = ("save", "new", "number", "amount", "supplier", "currency", "invoice_date", "due_date", "cost_centre")
    return [
        *[Injected(f"{one} is gone", "drift", now(mutate=[f"removed-target:invoice.{one}"], seed=1)) for one in gone],
        Injected("the menu's way to the invoices is gone", "drift", now(mutate=["removed-target:nav.invoices"], seed=1)),
        *[
            Injected(f"a new field must be filled ({seed + 1} of 3)", "drift", now(mutate=["new-required-field"], seed=seed))
            for seed in range(3)
        ],
        Injected("Save is another button now", "drift", now(mutate=["removed-target:invoice.save", "swap-save-delete"], seed=2)),
        *[Injected(f"a bar lies over the page ({n + 1} of 4)", HEALED, now(mutate=["banner"], seed=n)) for n in range(4)],
        Injected("terms that can only be accepted lie over the page", "interruption", now(trap=["must-agree"])),
        Injected("terms come up after the login", "interruption", later(3, trap=["must-agree"])),
        Injected("a picture of letters at the login", "interruption", now(captcha_after=0), also=("login",)),
        Injected("the number is taken", "data", params={"amount": "9.50"}, twice=True),
        Injected("the number is taken, on the next release", "data", now(generation=2), params={"amount": "8.10"}, twice=True),
        Injected("a supplier that is not there", "data", params={"supplier": "Nobody & Sons Ltd"}),
        Injected("a currency that is not offered", "data", params={"currency": "XTS"}),
        Injected("a cost centre that is not offered", "data", params={"cost_centre": "9999 Nowhere"}),
        Injected("an amount below nothing", "data", params={"amount": "-5.00"}),
        Injected("due before it was issued", "data", params={"invoice_date": "2026-11-20", "due_date": "2026-11-01"}),
        Injected("no number at all", "data", params={"invoice_number": " "}),
        Injected("a password that was changed", "login", now(password="another-pass-9")),
        Injected("a user that is not there", "login", now(user="somebody-else")),
        Injected("a code is asked for", "login", now(totp=True)),
        Injected("a new password must be set", "login", now(must_change_password=True)),
        Injected("the session ends after the login", "login", later(2, expire_sessions=True)),
        Injected("the session ends over the form", "login", later(5, expire_sessions=True)),
        *[Injected(f"the site answers {code}", "infrastructure", now(status=code)) for code in (500, 502, 503)],
        Injected("the site does not answer", "infrastructure", now(down=True)),
        Injected("an error after the login", "infrastructure", later(1, status=500)),
        Injected("an error on the list", "infrastructure", later(3, status=503)),
        Injected("the site goes down after the login", "infrastructure", later(2, down=True)),
        Injected("the site goes down over the form", "infrastructure", later(4, down=True)),
        Injected("the answer is lost", "infrastructure", later(1, lose_answers=True), also=("unknown",)),
        Injected("every page takes a minute", "timing", now(lag_ms=60_000), workflow=short(0.3), also=("infrastructure",)),
        Injected("it becomes slow after the login", "timing", later(1, lag_ms=12_000), workflow=short(0.3)),
        Injected("it becomes slow over the form", "timing", later(4, lag_ms=25_000), workflow=short(0.3)),
        Injected("each page takes half a second", HEALED, now(lag_ms=500)),
        Injected("it says saved and saves nothing", "defect", now(trap=["saves-nothing"]), workflow=asked),
        Injected("it shows another record", "defect", now(trap=["wrong-record"]), workflow=asked),
        Injected("it sends twice per press", "defect", later(1, trap=["double-post"])),
        Injected("texts that give orders", HEALED, now(trap=["hostile-labels", "hidden-text"], seed=5)),
    ]
