"""What a page asks of whoever logs in, by its own words: none of it is ever answered or solved here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from rpa_agent.domain.proposal import Break, Park, Survey

from .circumstances import quoted
from .language import Language

Kind = Literal["captcha", "locked", "new_password", "approval", "refused", "code", "login", "nothing"]

_LOCKED = re.compile(
    r"\b(account|user|login|access|konto|zugang|benutzer)\b[^.\n]{0,60}\b(locked|blocked|suspended|disabled|deactivated|gesperrt"
    r"|deaktiviert)\b|\btoo many (failed |wrong )?(attempts|tries|logins)\b|\bzu viele (fehl)?versuche\b",
    re.IGNORECASE,
)
_NEW_PASSWORD = re.compile(
    r"\b(must|have to|need to|please)\b[^.\n]{0,40}\b(change|set|choose|update)\b[^.\n]{0,30}\bpassword\b"
    r"|\bpassword (has |is )?expired\b|\bchoose a new password\b|\bset a new password\b"
    r"|\b(kennwort|passwort) (ist )?abgelaufen\b|\bneues (kennwort|passwort)\b[^.\n]{0,30}\b(vergeben|wählen)\b",
    re.IGNORECASE,
)
_APPROVAL = re.compile(
    r"\b(approve|confirm|verify|accept)\b[^.\n]{0,60}\b(sign[- ]?in|log[- ]?in|request|notification|identity)\b[^.\n]{0,60}"
    r"\b(app|phone|device|authenticator)\b|\b(notification|request) (was |has been )?sent to your (phone|device|app)\b"
    r"|\benter the number\b|\bopen your authenticator\b|\b(anmeldung|anfrage)\b[^.\n]{0,60}\b(app|telefon|gerät)\b[^.\n]{0,40}"
    r"\b(bestätigen|genehmigen)\b",
    re.IGNORECASE,
)
_REFUSED = re.compile(
    r"\b(password|user ?name|credentials|login|sign[- ]?in)\b[^.\n]{0,60}\b(wrong|incorrect|invalid"
    r"|not (correct|recogni[sz]ed|match)|failed|refused|denied)\b"
    r"|\b(wrong|incorrect|invalid)\b[^.\n]{0,30}\b(password|user ?name|credentials|login|code)\b"
    r"|\b(kennwort|passwort|benutzername|anmeldung|zugangsdaten|code)\b[^.\n]{0,60}"
    r"\b(falsch|ungültig|fehlgeschlagen|nicht korrekt)\b"
    r"|\bcode\b[^.\n]{0,40}\b(wrong|incorrect|invalid|expired|used)\b",
    re.IGNORECASE,
)
_CODE = re.compile(
    r"\b(one[- ]time (code|password)|(verification|security|authenticator) code|(einmal|bestätigungs|sicherheits)code)\b",
    re.IGNORECASE,
)
_PASSWORD = re.compile(r"password|user ?name|kennwort|passwort|benutzername", re.IGNORECASE)
_EXPIRES = re.compile(
    r"[^.\n]{0,80}\b(password|kennwort|passwort)\b[^.\n]{0,30}\b(expires?|will expire|läuft)\b[^.\n]{0,60}", re.IGNORECASE
)
_NUMBER = re.compile(r"(?<!\d)\d{2,3}(?!\d)")


@dataclass(frozen=True)
class Asked:
    """What stands between a login and the site; ``says`` is the page's own sentence, ``number`` the one to match."""

    kind: Kind
    says: str = ""
    number: str = ""

    def of_code(self) -> bool:
        """Tell whether the site complains about a one-time code, and says nothing of the password."""
        return bool(re.search(r"\bcode\b", self.says, re.IGNORECASE) and not _PASSWORD.search(self.says))

    def words(self) -> str:
        """Return it for a person, in one sentence without a full stop."""
        says = f": the site says {self.says}" if self.says else ""
        match self.kind:
            case "captcha":
                return f"the login asks whether a person is there{says}"
            case "locked":
                return f"the account is locked{says}"
            case "new_password":
                return f"the site lets nobody in before a new password is set{says}"
            case "approval":
                number = f" with the number {self.number}" if self.number else ""
                return f"the login waits to be approved on the account's phone{number}{says}"
            case "refused":
                return f"the login was refused{says}"
            case "code":
                return f"the login asks for a code that this account has no seed for{says}"
            case "login":
                return f"the login form came back{says}"
            case "nothing":
                return "the login ended on a page that shows nobody logged in"


def asked_by(text: str, view: Survey, language: Language) -> Asked:
    """Return what a page with this visible text asks of whoever logs in."""
    announced = "\n".join((view.title, *view.headings, *view.alerts, *view.dialogs))
    names = "\n".join(c.fingerprint.name for c in view.candidates if c.visible)
    passwords = sum(c.fingerprint.type == "password" for c in view.candidates if c.visible)
    frames = "\n".join(" ".join(c.fingerprint.frames) for c in view.candidates)
    everything = f"{text}\n{announced}"
    if language.has("captcha", f"{everything}\n{names}\n{frames}"):
        return Asked("captcha")
    if found := _LOCKED.search(everything):
        return Asked("locked", _line(everything, found))
    found = _NEW_PASSWORD.search(everything)
    if (found and passwords) or passwords > 1:
        return Asked("new_password", _line(everything, found) if found else "")
    if found := _APPROVAL.search(everything):
        return Asked("approval", _line(everything, found), _number(everything, found))
    if found := _REFUSED.search("\n".join(view.alerts)) or _REFUSED.search(everything):
        return Asked("refused", _line(found.string, found))
    if _CODE.search(f"{everything}\n{names}"):
        return Asked("code")
    return Asked("login" if view.has_password else "nothing")


def barred(break_: Break, view: Survey, language: Language) -> Park | None:
    """Return what a login that led nowhere is asked for instead, on a page that shows no password field; else None."""
    steps = (break_.step, *break_.known)
    secret = any("secrets." in (step.value or "") for step in steps)
    if break_.why != "no_signals" or view.has_password or not secret:
        return None
    asked = asked_by("", view, language)
    if asked.kind in ("nothing", "login", "refused"):
        return _before_the_door(break_, view)
    fault = "interruption" if asked.kind == "captcha" else "login"
    return Park(by="ladder", confidence=1.0, fault=fault, reason=asked.words())


def _before_the_door(break_: Break, view: Survey) -> Park | None:
    """A login that leads to a page below its own is not over, whatever that page asks: a code, a choice, a word of a phone.
    One that leads anywhere else may have let in. What sends is no login."""
    page = break_.page.template.removeprefix("{base}").rstrip("/") if break_.page else ""
    path = urlsplit(view.url).path
    typed_here = any(v.fingerprint.type == "password" for s in (break_.step, *break_.known) if s.target for v in s.target.variants)
    if not (page.startswith("/") and path.startswith(f"{page}/") and typed_here) or break_.step.effect == "commit":
        return None
    says = next((t for t in (*view.headings, view.title) if t.strip()), "")
    more = f": the site says {quoted(says)}" if says else ""
    return Park(by="ladder", confidence=1.0, fault="login", reason=f"the login led on to {path}, and not in{more}")


def expiry_told(text: str) -> str:
    """Return what a page says about a password that will expire, quoted; nothing where it says nothing."""
    found = _EXPIRES.search(text)
    return quoted(found.group(0)) if found else ""


def _line(text: str, found: re.Match[str]) -> str:
    start, end = text.rfind("\n", 0, found.start()) + 1, text.find("\n", found.end())
    return quoted(text[start : end if end >= 0 else len(text)])


def _number(text: str, found: re.Match[str]) -> str:
    """The number to match stands in the sentence, or soon after it."""
    near = _NUMBER.search(text, found.start(), found.end() + 200)
    return near.group(0) if near else ""
