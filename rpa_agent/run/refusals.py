"""Says in words why a step was not repaired, for the person who decides."""

from __future__ import annotations

from ..domain.errors import NeedsPerson, NotInTime, NotOffered
from ..domain.procedure import Step
from ..domain.proposal import (
    Candidate,
    Confirm,
    Delegate,
    Dismiss,
    EditSteps,
    Park,
    Proposal,
    Reveal,
    Survey,
    UseTarget,
)
from ..domain.target import Target
from .context import Hindered
from .resolve import NotFound


def parked(park: Park) -> NeedsPerson:
    """Return a refusal of the ladder as what ends the run."""
    return NeedsPerson(park.reason, fault=park.fault, do=park.do)


def told_of(proposal: Proposal) -> str:
    match proposal:
        case UseTarget() | Dismiss() | Reveal() | Confirm():
            verb = {"use_target": "use", "dismiss": "close", "reveal": "open", "confirm": "answer"}[proposal.kind]
            return f"{verb} {proposal.candidate.fingerprint.words()} ({'; '.join(proposal.evidence)})"
        case Delegate():
            return "let an explorer look for the way"
        case EditSteps():
            return f"{', then '.join(_changes(proposal))} ({'; '.join(proposal.evidence)})"
        case _:
            return proposal.kind


def _changes(edits: EditSteps) -> list[str]:
    if edits.leave_out:
        return ["leave the step out"]
    first = [
        f"search for {one.search} in {one.candidate.fingerprint.words()}" if one.search
        else f"open {one.candidate.fingerprint.words()}"
        for one in edits.insert
    ]
    return [*first, f"use {edits.instead.fingerprint.words()}"] if edits.instead is not None else first


def what(step: Step) -> str:
    return step.target.words() if step.target else step.kind


WHY = {
    "missing": "is not on the page",
    "ambiguous": "is there more than once, and nothing tells which was meant",
    "identity": "looks like something else now",
    "covered": "is there but cannot be used",
}


def given_up(target: Target, sight: NotFound, view: Survey | None = None) -> NeedsPerson:
    """Say what is missing. A record that is not in the list is missing data, which no repair may replace; where its row is
    in ``view``, the record is there and the page has changed."""
    if target.row_key() and sight.why == "ambiguous":
        why = f"the list shows {target.row_key()!r} more than once, and nothing tells which row was meant; nothing was done"
        return NeedsPerson(why, fault="data")
    if target.row_key():
        there = sight.why == "missing" and view is not None and _shows_row(view, target.row_key())
        why = "; its row is there, and nothing in it could prove itself" if there else ""
        return NeedsPerson(f"there is no {target.words()}{why}; nothing was done", fault="drift" if there else "data")
    if sight.hit is not None and sight.hit.candidate.covered_by:
        return lies_under(target.words(), sight.hit.candidate, "nothing was done")
    return NeedsPerson(f"{target.words()} {WHY[sight.why]}; no repair could prove itself, so nothing was done")


def _shows_row(view: Survey, key: str) -> bool:
    return any(c.visible and c.fingerprint.row is not None and c.fingerprint.row.key == key for c in view.candidates)


def because(refused: NeedsPerson, hindered: Hindered | None) -> NeedsPerson:
    """Say why the element could not be used where the act itself told: the site did not give its page what it asked for, the
    list has not got it, or the page took too long.

    What lies over it, what is missing and what the page complains about is known better, and stays as it is.
    """
    if refused.fault != "drift" or hindered is None:
        return refused
    if hindered.denied:
        return _denied(refused, hindered.denied)
    match hindered.error:
        case NotOffered():
            why = f"{refused.message}: {hindered.error.message}"
            return NeedsPerson(why, fault="data", do="Correct the value, then run it again.")
        case NotInTime():
            return NeedsPerson(f"{refused.message}: the page did not react in time", fault="timing", do="Run it again later.")
        case _:
            return refused


def _denied(refused: NeedsPerson, status: int) -> NeedsPerson:
    if status < 0:
        why = f"{refused.message}: the page asked the site for something, and the site hung up"
        return NeedsPerson(why, fault="infrastructure", do="Run it again later.")
    if status >= 500:
        why = f"{refused.message}: the page asked the site for something and got an error ({status})"
        return NeedsPerson(why, fault="infrastructure", do="Run it again later.")
    why = f"{refused.message}: the page asked the site for something, and the site wants a login first ({status})"
    return NeedsPerson(why, fault="login", do="Run it again; where it comes again, name an `account:`, which logs in anew.")


def lies_under(what: str, candidate: Candidate, done: str) -> NeedsPerson:
    """Say what lies over an element, for a person: nothing there was known to close it without agreeing to something."""
    words = " ".join(candidate.covered_by.split())
    return NeedsPerson(
        f"{what} lies under “{words}”, and nothing there was known to close it without agreeing to something; {done}",
        fault="interruption",
        do="Look at the page, answer it once by hand, and run it again.",
    )
