"""One-time codes: those of the standard, from seeds as sites give them, never about to end and never twice."""

from __future__ import annotations

from base64 import b32encode
from datetime import UTC, datetime, timedelta

import pytest

from rpa_agent.domain.errors import SettingsInvalid
from rpa_agent.ops.secret.totp import Seed, clock_differs, is_seed

# RFC 6238, appendix B: seeds of 20, 32 and 64 bytes for the three algorithms
TEXTS = {"SHA1": b"12345678901234567890", "SHA256": b"12345678901234567890123456789012", "SHA512": b"1234567890" * 6 + b"1234"}
MOMENTS = [
    (59, "94287082", "46119246", "90693936"),
    (1111111109, "07081804", "68084774", "25091201"),
    (2000000000, "69279037", "90698825", "38618901"),
]
SEED = "JBSW Y3DP-EHPK 3PXP jbsw y3dp"


def at(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


@pytest.mark.parametrize(("moment", "sha1", "sha256", "sha512"), MOMENTS)
def test_the_standards_own_codes(moment: int, sha1: str, sha256: str, sha512: str) -> None:
    """For every algorithm that sites use."""
    for (algorithm, raw), wanted in zip(TEXTS.items(), (sha1, sha256, sha512), strict=True):
        address = f"otpauth://totp/x?secret={b32encode(raw).decode()}&digits=8&algorithm={algorithm}"
        assert Seed.of(address).code(at(moment)) == wanted


def test_a_seed_is_read_as_sites_show_it() -> None:
    """In groups, in small letters, with dashes, or as the address in a QR code."""
    plain = SEED.replace(" ", "").replace("-", "").upper()
    same = [Seed.of(SEED), Seed.of(plain), Seed.of(f"otpauth://totp/Bank:me?secret={plain}&issuer=Bank")]
    assert len({seed.code(at(1_700_000_000)) for seed in same}) == 1
    assert is_seed("otpauth://totp/x?secret=A") and not is_seed(plain)


@pytest.mark.parametrize(
    "text",
    ["", "not base32!", "JBSW", "otpauth://hotp/x?secret=JBSWY3DPEHPK3PXP&counter=1", "otpauth://totp/x",
     "otpauth://totp/x?secret=JBSWY3DPEHPK3PXP&digits=99", "otpauth://totp/x?secret=JBSWY3DPEHPK3PXP&period=x",
     "otpauth://totp/x?secret=JBSWY3DPEHPK3PXP&algorithm=MD5"],
)  # fmt: skip
def test_what_is_no_seed_is_refused_without_being_repeated(text: str) -> None:
    """The remedy says what a seed looks like."""
    with pytest.raises(SettingsInvalid) as raised:
        Seed.of(text, where="bank_totp")
    assert "otpauth" in raised.value.remedy
    assert not text or text not in raised.value.message


def test_a_code_that_is_about_to_end_is_waited_out() -> None:
    """The next one is good for its whole period."""
    seed = Seed.of(SEED)
    assert seed.wait(at(60)) == 0
    assert seed.wait(at(84.9)) == 0
    assert seed.wait(at(86)) == pytest.approx(4)


def test_no_code_is_used_twice() -> None:
    """Sites refuse the second use, and some count it as an attack."""
    seed = Seed.of(SEED)
    used = seed.slot(at(61))
    assert seed.wait(at(63), last_slot=used) == pytest.approx(27)
    assert seed.wait(at(91), last_slot=used) == 0


def test_a_clock_that_is_off_is_noticed() -> None:
    """By more than sites forgive, in either direction."""
    now = at(1_700_000_000)
    assert clock_differs(now, now + timedelta(seconds=20)) is None
    assert clock_differs(now, now - timedelta(seconds=90)) == 90
    assert clock_differs(now, now + timedelta(seconds=90)) == -90


def test_a_seed_does_not_show_itself() -> None:
    """Neither in a log nor in a traceback."""
    assert "JBSW" not in repr(Seed.of(SEED))
