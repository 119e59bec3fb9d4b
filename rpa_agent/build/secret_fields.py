"""Tells which of the values that were typed are secrets: by the field, by the form, and because a login was shown."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from ..domain.recording import Act, Recording
from ..domain.target import Fingerprint

# Fields that hold a secret although they show what is typed.
_SECRET_WORDS = re.compile(
    r"\b(one[- ]time|otp|tan|cvv|cvc|passcode|passwort|password|kennwort|mot de passe|contraseña|wachtwoord|verification code"
    r"|security code|sicherheitscode|authenticator|api[- ]key)\b|^\s*pin\s*:?\s*$",
    re.IGNORECASE,
)
_CODE_WORDS = re.compile(
    r"\b(\d[- ]digit code|second factor|one[-_ ]?time|t?otp|m?tan|2fa|mfa|authenticator"
    r"|(verification|security|access|login|sign[- ]?in|sms)[-_ ]?code"
    r"|(einmal|sicherheits|bestätigungs|zugangs|sms)[-_ ]?(code|kennwort|passwort)|code de (vérification|sécurité)"
    r"|código de (verificación|seguridad))\b|^\s*(pass)?code\b",
    re.IGNORECASE,
)
_USER_WORDS = re.compile(
    r"user|login|log[- ]?in|sign[- ]?in|e-?mail|benutzer|anmelde|kennung|identifiant|utilisateur|usuario|utente|gebruiker",
    re.IGNORECASE,
)
# What is typed into these says where one logs in, not who.
_PLACE_WORDS = re.compile(
    r"\b(tenant|client|company|firm|organi[sz]ation|workspace|branch|domain|realm|database|mandant\w*|firma|filiale|standort"
    r"|datenbank|buchungskreis|société|empresa)\b",
    re.IGNORECASE,
)


def is_secret(acts: Sequence[Act], i: int, *, login: bool = False) -> bool:
    """Tell whether an act types a secret. In an account's login that is all but the tenant or company one logs in to."""
    act = acts[i]
    if act.kind != "fill":
        return False
    if act.secret or _says(_SECRET_WORDS, act.element) or login_form(acts, i) or _name_before_password(acts, i):
        return True
    return login and not (_says(_PLACE_WORDS, act.element) and any(_says_who(a) for a in acts if a is not act))


def typed_secrets(recording: Recording) -> tuple[str, ...]:
    """Return the values that were typed as secrets, as far as the recording still has them."""
    acts = recording.acts
    typed = (a.value for i, a in enumerate(acts) if a.value and not a.secret and is_secret(acts, i, login=recording.login))
    return tuple(dict.fromkeys((*recording.secrets.values(), *typed)))


def asks_code(field: Fingerprint | None) -> bool:
    """Tell whether a field is one for one-time codes, by what it is called."""
    return field is not None and _says(_CODE_WORDS, field)


def login_form(acts: Sequence[Act], i: int) -> bool:
    """Tell whether an act belongs to a login: one password and at most one other text in its form, on its page, and perhaps
    a one-time code.

    A form with more fields or a repeated password creates or changes an account, which is work and not a login. So is
    a password asked for on a later page: it confirms something.
    """
    first = next((a for a in acts if a.secret), None)
    if first is None or urlsplit(first.url).path != urlsplit(acts[i].url).path:
        return False
    beside = [a for a in acts if a.kind in {"fill", "select"} and a.url == acts[i].url and _form(a) == _form(acts[i])]
    known = [a for a in beside if not asks_code(a.element)]
    passwords = [a for a in known if a.secret]
    return len(passwords) == 1 and len(known) - len(passwords) <= 1


def _name_before_password(acts: Sequence[Act], i: int) -> bool:
    """Tell whether an act is the first that types, says who one is, and is followed by a password on a page of its own."""
    typed = [a for a in acts if a.kind in {"fill", "select", "upload"}]
    if len(typed) < 2 or typed[0] is not acts[i] or not _says(_USER_WORDS, acts[i].element):
        return False
    after = [a for a in typed[1:] if a.url == typed[1].url and _form(a) == _form(typed[1])]
    return typed[1].url != acts[i].url and sum(a.secret and not asks_code(a.element) for a in after) == 1 and typed[1].secret


def _says_who(act: Act) -> bool:
    return act.kind == "fill" and not act.secret and not asks_code(act.element) and not _says(_PLACE_WORDS, act.element)


def _says(words: re.Pattern[str], field: Fingerprint | None) -> bool:
    return field is not None and any(words.search(t) for t in (field.label, field.name, field.placeholder))


def _form(act: Act) -> str:
    return act.element.form if act.element else ""
