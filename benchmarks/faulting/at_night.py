"""What goes wrong at night, by kinds that no other case has: pages of other machines, refusals, half of what was asked for.

Each class was written down before any of them ran, by what whoever reads the inbox has to do: ask for another time
(infrastructure, timing), another account or a new login (login), other values or a word with a colleague (data), an answer by
hand (interruption).
"""

from __future__ import annotations

from .case import HEALED, Injected, now


def at_night() -> list[Injected]:
    """Return cases of filing an invoice."""
    return [
        Injected("a page of maintenance in the list's place, as if all were well (200)", "infrastructure",
                 now(trouble=["maintenance"])),
        Injected("the account lost its right to enter invoices, told by the page alone (200)", "login",
                 now(trouble=["not-permitted"])),
        Injected("the month is closed, on the next release", "data", now(generation=2, trouble=["period-closed"])),
        Injected("a machine in front wants to know whether a person is there (403)", "interruption",
                 now(trouble=["challenge"])),
        Injected("the form is in a frame, and what gives the frame is out of order", "infrastructure",
                 now(trouble=["frame-down", "portal"])),
        Injected("the form was open for too long (419)", "infrastructure", now(trouble=["stale-token"]), also=("login",)),
        Injected("a value is refused in words that go away by themselves", "data", now(trouble=["toast"])),
        Injected("the month's number of invoices is used up, on the third release", "data",
                 now(generation=3, trouble=["quota"])),
        Injected("nothing can be changed during the year's end", "infrastructure", now(trouble=["read-only"]), also=("timing",)),
        Injected("the lookup answers with a page of errors, as if all were well, on the next release", "infrastructure",
                 now(generation=2, trouble=["lookup-broken"])),
        Injected("the company's day is another", "data", now(trouble=["day-ahead"])),
        Injected("the application in the browser has no connection, on the next release", "infrastructure",
                 now(generation=2, trouble=["offline"])),
        Injected("the site leads on and on to itself", "infrastructure", now(trouble=["redirect-loop"]), also=("login",)),
        Injected("the list never comes to an end of loading", "timing", now(trouble=["spinner"]), also=("infrastructure",)),
        Injected("a box of news tells of last night's faults", HEALED, now(trouble=["news"])),
    ]


def at_night_approving() -> list[Injected]:
    """Return cases of approving an invoice."""
    return [
        Injected("too many requests, told by the page alone, on the next release", "infrastructure",
                 now(generation=2, trouble=["throttled"]), also=("timing",)),
        Injected("somebody else signed in with the account, on the third release", "login",
                 now(generation=3, trouble=["taken-over"])),
        Injected("somebody has the invoice open", "data", now(trouble=["locked-record"])),
        Injected("cookies are taken or paid for, on the fourth release", "interruption",
                 now(generation=4, trouble=["cookie-wall"])),
        Injected("a code is asked for as it is approved", "login", now(trouble=["code-asked"]), also=("interruption",)),
        Injected("somebody changed it meanwhile (409), on the next release", "data",
                 now(generation=2, trouble=["edited-meanwhile"])),
        Injected("half of the list arrives", "infrastructure", now(trouble=["cut-off"]), also=("timing",)),
        Injected("a filter was left on, and the list is empty", "data", now(trouble=["filter-left-on"])),
        Injected("a page that stays white, as its script is not there any more, on the third release", "infrastructure",
                 now(generation=3, trouble=["white"]), also=("timing",)),
        Injected("a box of news tells of last night's faults, on the next release", HEALED,
                 now(generation=2, trouble=["news"])),
    ]
