"""One-time codes from a seed (RFC 6238, through pyotp): never one that is about to end, never one twice."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from pydantic import SecretStr

from rpa_agent.domain.errors import SettingsInvalid

if TYPE_CHECKING:
    from pyotp import TOTP

LEAST_S = 5.0  # a code that ends sooner may end while it is typed and sent
_DO = "Copy the seed anew from the site: letters A to Z and digits 2 to 7, or the whole otpauth:// address."


def is_seed(text: str) -> bool:
    """Tell whether a secret is the address of a one-time seed, as a QR code holds it."""
    return text.startswith("otpauth://")


@dataclass(frozen=True)
class Seed:
    """A seed with its parameters; SHA-1, six digits and 30 seconds where nothing else is said."""

    secret: SecretStr
    digits: int = 6
    period: int = 30
    algorithm: str = "SHA1"

    @classmethod
    def of(cls, text: str, *, where: str = "") -> Seed:
        """Read a base32 seed, spaces and dashes allowed, or an otpauth:// address; raises SettingsInvalid, quoting nothing."""
        if not is_seed(text.strip()):
            return cls(_checked(text, where))
        parts = urlsplit(text.strip())
        said = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        if parts.netloc != "totp":
            raise SettingsInvalid("this is a seed for another kind of codes than timed ones", where=where, do=_DO)
        try:
            digits, period = int(said.get("digits", 6)), int(said.get("period", 30))
        except ValueError:
            raise SettingsInvalid("the seed's digits or period are no numbers", where=where, do=_DO) from None
        algorithm = said.get("algorithm", "SHA1").upper().replace("-", "")
        if not 6 <= digits <= 10 or not 10 <= period <= 300 or algorithm not in {"SHA1", "SHA256", "SHA512"}:
            raise SettingsInvalid("the seed asks for codes that no site uses", where=where, do=_DO)
        return cls(_checked(said.get("secret", ""), where), digits, period, algorithm)

    def code(self, at: datetime) -> str:
        """Return the code of a moment."""
        return self._maker().at(at)

    def left(self, at: datetime) -> float:
        """Return for how many more seconds the code of a moment is the newest."""
        return self.period - at.timestamp() % self.period

    def slot(self, at: datetime) -> int:
        """Return which period a moment lies in, counted from 1970: a code must not be sent twice in one."""
        return int(at.timestamp() // self.period)

    def wait(self, at: datetime, *, last_slot: int | None = None) -> float:
        """Return how many seconds to wait for a code that is neither about to end nor used: 0 where it is good now."""
        used = last_slot is not None and self.slot(at) <= last_slot
        return self.left(at) if used or self.left(at) < LEAST_S else 0.0

    def _maker(self) -> TOTP:
        import hashlib

        from pyotp import TOTP

        class AnyLength(TOTP):
            min_secret_length_bits = 0  # sites decide how long their seeds are: many give out 80 bits

        digest = {"SHA1": hashlib.sha1, "SHA256": hashlib.sha256, "SHA512": hashlib.sha512}[self.algorithm]
        return AnyLength(self.secret.get_secret_value(), digits=self.digits, digest=digest, interval=self.period)


def _checked(text: str, where: str) -> SecretStr:
    import base64
    import binascii

    plain = "".join(text.split()).replace("-", "").upper().rstrip("=")
    try:
        raw = base64.b32decode(plain + "=" * (-len(plain) % 8))
    except (binascii.Error, ValueError):
        raise SettingsInvalid("it is no seed for one-time codes; nothing was typed", where=where, do=_DO) from None
    if len(raw) < 10:
        raise SettingsInvalid("the seed is too short; a part of it may be missing", where=where, do=_DO)
    return SecretStr(plain)


def clock_differs(here: datetime, there: datetime) -> float | None:
    """Return by how many seconds this clock is ahead of the site's, where codes would be refused for it; else None."""
    ahead = (here - there).total_seconds()
    return ahead if abs(ahead) > 25 else None  # sites accept the period before and after, and say whole seconds
