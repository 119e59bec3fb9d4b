"""What a notice says, in a clerk's words: what happened, whether anything was sent, what is next, what you can do."""

from __future__ import annotations

import unicodedata
from typing import assert_never

from rpa_agent.domain.account import account_of_login
from rpa_agent.domain.texts import in_short
from rpa_agent.domain.trajectory import Fault, StepOutcome, Trajectory

_LONGEST = 120
_LONGEST_WHY = 300  # why a run stopped ends with whether anything was sent
_NAMED = 3      # repairs told one by one; the rest is counted

_FAULTS: dict[Fault, str] = {
    "drift": "the page has changed and nothing on it was surely what was meant",
    "timing": "the page was too slow",
    "interruption": "something covered the page that I could not close safely",
    "data": "the site did not accept the data",
    "login": "the site asked for a login that did not work",
    "infrastructure": "the browser or the network gave way",
    "defect": "every step worked but the result is not the one asked for: look at the site or the data",
    "unknown": "the reason is not clear",
}


def sentence_for(trajectory: Trajectory, *, when: str = "This time") -> str:
    """Return the run as a few plain sentences. ``when`` opens the account of a repair, as in *Tonight*."""
    happened, sent = _happened(trajectory), _sent(trajectory)
    told = sent.rstrip(".").casefold() in happened.casefold()  # once is enough
    parts = [happened, *_repairs(trajectory, when), "" if told else sent, _next(trajectory), _you_can(trajectory)]
    return " ".join(part for part in parts if part)


def repairs_for(trajectory: Trajectory, *, when: str = "This time") -> str:
    """Return only what was repaired, or would be, as plain sentences."""
    asked = [
        f"{when} the {_called(step.target)} was not there as shown. I would use the {_called(step.proposed.now)}"
        f" ({_clean('; '.join(step.proposed.evidence)) or 'no more is known of it'}). Nothing was tried."
        for step in trajectory.steps
        if step.proposed is not None
    ]
    return " ".join([*_repairs(trajectory, when), *asked])


def reason_for(trajectory: Trajectory) -> str:
    """Return why a run did not succeed, in plain words; nothing where it did."""
    return "" if trajectory.outcome == "succeeded" else _why(trajectory)


def _happened(t: Trajectory) -> str:
    called = t.workflow
    match t.outcome:
        case "succeeded":
            shown = _result(t)
            return f"{called} is done{': ' + shown if shown else ''}."
        case "failed":
            return f"{called} did not succeed: {_why(t)}."
        case "needs_person":
            return f"{called} waits for you: {_why(t)}."
        case "business_exception":
            return f"{called} stopped because the site said: {_why(t)}."
        case "cancelled":
            return f"{called} was cancelled{': ' + _clean(t.stopped) if t.stopped else ''}."
        case _:
            assert_never(t.outcome)


def _why(t: Trajectory) -> str:
    if t.stopped:
        return _clean(t.stopped, _LONGEST_WHY).rstrip(".")
    unmet = [check.check for check in t.checks if not check.met]
    if unmet:
        return "this could not be seen afterwards: " + _clean("; ".join(unmet))
    return _FAULTS[t.fault or "unknown"]


def _result(t: Trajectory) -> str:
    return _clean(", ".join(f"{name} {value}" for name, value in t.outputs.items()))


def _repairs(t: Trajectory, when: str) -> list[str]:
    repaired = t.repaired()
    out = [_repair(step, when if n == 0 else "Also") for n, step in enumerate(repaired[:_NAMED])]
    if len(repaired) > _NAMED:
        out.append(f"{len(repaired) - _NAMED} more steps were found again in the same way.")
    return out


def _repair(step: StepOutcome, when: str) -> str:
    assert step.repair is not None
    was, now = _called(step.repair.was), _called(step.repair.now)
    told = []
    if step.repair.dismissed:
        words, _ = step.repair.dismissed[0]
        told.append(f"{when} a notice stood in the way ('{_clean(words)}'). I closed it.")
    if step.repair.revealed:
        opened = _called(step.repair.revealed[0].fingerprint.words())
        told.append(f"{when} the {was} was hidden. I opened the {opened}.")
    if now and was and now != was:
        called = f"was called {_name(now)}" if _name(now) != _name(was) else f"was there as the {now}"
        told.append(f"{when} the {was} {called}. I used it{_shown(step)}.")
    if step.repair.confirmed:
        answer = _called(step.repair.confirmed[0].fingerprint.words())
        told.append(f"{when} the page asked once more. I answered with the {answer}.")
    return " ".join(told) or f"{when} the {was or step.kind} was found in another place. I used it{_shown(step)}."


def _shown(step: StepOutcome) -> str:
    seen = step.signals.texts or ((step.signals.read_back,) if step.signals.read_back else ())
    return f"; the page then showed {_clean(', '.join(seen))}" if seen else ""


def _called(words: str) -> str:
    return _clean(words)


def _name(words: str) -> str:
    """Return only the quoted name where both are of one kind: the button 'Save' was called 'File invoice'."""
    start = words.find("'")
    return words[start:] if start >= 0 else words


def _sent(t: Trajectory) -> str:
    done = [c.name for c in t.commits if c.state == "confirmed"]
    already = [c.name for c in t.commits if c.state == "already"]
    refused = [c.name for c in t.commits if c.state == "not_done" and c.asked]  # it left, and the site itself said no
    turned_away = f"{', '.join(refused)} was sent, and the site did not take it." if refused else ""
    match t.sent:
        case "nothing":
            before = f" {', '.join(already)} had been sent before and was not sent again." if already else ""
            of_another = any(c.state == "ambiguous" for c in t.commits)  # in doubt since a run before, with the same values
            return (turned_away or ("This run sent nothing." if of_another else "Nothing was sent.")) + before
        case "sent":
            told = f"Sent and confirmed: {', '.join(done)}." if done else "Something was sent."
            return f"{told} {turned_away}".rstrip()
        case "unknown":
            open_ = ", ".join(c.name for c in t.commits if c.state == "ambiguous") or "the last request"
            return f"It is not known whether {open_} arrived; it is not sent again by itself."
        case _:
            assert_never(t.sent)


def _next(t: Trajectory) -> str:
    match t.outcome:
        case "succeeded":
            return "The next run tries what was found first." if t.repaired() else ""
        case "needs_person" if _waits_for_account(t):
            return "What came by schedule is due again when the account can log in, where it is not too old then."
        case "needs_person":
            return "It stays as it is until you decide."
        case "failed" if t.sent == "nothing":
            return "The next run starts afresh."
        case "failed":
            return "The next run does not repeat what was sent."
        case "business_exception" | "cancelled":
            return ""
        case _:
            assert_never(t.outcome)


def _you_can(t: Trajectory) -> str:
    match t.outcome:
        case "succeeded":
            ways = f"`rpa review keep {t.run}` · `rpa review undo {t.run}` · `rpa review ask {t.run}`"
            return f"Keep · Undo · Ask me each time: {ways}." if t.repaired() else ""
        case "needs_person" if account := account_of_login(t.workflow):
            return f"You can look at `rpa inbox`, and log in with `rpa login {account}`."
        case "needs_person" if _waits_for_account(t):
            return "You can look at `rpa inbox`."
        case "needs_person":
            ways = f"`rpa resolve {t.run} --done-by-hand | --retry | --skip | --cancel --reason TEXT`"
            teach = f", show it the step with `rpa teach {t.run}`," if _may_be_taught(t) else ""
            return f"You can look with `rpa show {t.run}`{teach} and decide with {ways}."
        case "failed" | "business_exception":
            return f"You can look with `rpa show {t.run}`."
        case "cancelled":
            return ""
        case _:
            assert_never(t.outcome)


def _may_be_taught(t: Trajectory) -> bool:
    """Tell whether it stopped at a step that could not be found, with nothing sent: whoever shows it spares the next run that."""
    return t.fault == "drift" and t.sent == "nothing" and bool(t.steps)


def _waits_for_account(t: Trajectory) -> bool:
    """Tell whether a run did not begin because its account could not log in; the account has a notice of its own."""
    return t.fault == "login" and not t.steps and not t.commits and t.sent == "nothing"


def _clean(text: str, longest: int = _LONGEST) -> str:
    """Return page text as one short line: it is quoted data, and must not move a terminal's cursor or fill a mail."""
    return in_short("".join(" " if unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp") else c for c in text), longest)
