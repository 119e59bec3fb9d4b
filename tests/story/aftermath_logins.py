"""The same for accounts: logins shown, kept, renewed and parked, with everything that a login holds marked.

Each has an account on its own site, in a copy of a project that was shown a login and the work after it. Between them they
keep a session wherever pages keep one: in cookies, localStorage, sessionStorage and IndexedDB.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from aftermath import OTHER_KEY, PASSWORD, RUN_AGAIN, SCRIPT, USER, WRONG, Failure, Place, Said

from fixtures.backoffice.config import Settings

ACCOUNT, WORK = "desk-clerk", "enter-logged-in"
_ARRIVED = '    await page.get_by_role("heading", name="Invoices").first.wait_for()\n'
_NAME = f'    await page.get_by_label("User name").fill({USER!r})\n'
_PASSWORD = f'    await page.get_by_label("Password").fill({PASSWORD!r})\n'
_BEGIN = "async def demonstrate(page):\n"
SCRIPTS = {
    "login.py": _BEGIN + _NAME + _PASSWORD + '    await page.keyboard.press("Enter")\n' + _ARRIVED,
    "login_elsewhere.py": _BEGIN
    + _NAME
    + '    await page.get_by_role("button", name="Next").click()\n'
    + _PASSWORD
    + '    await page.get_by_role("button", name="Sign in").click()\n'
    + _ARRIVED,
    # The code of the period before, which sites accept: the next one is then free for the proof.
    "login_code.py": "import os, time\nimport pyotp\nclass Codes(pyotp.TOTP):\n    min_secret_length_bits = 0\n"
    + _BEGIN + _NAME + _PASSWORD
    + '    code = Codes(os.environ["RPA_SECRET_TOTP"]).at(time.time() - 30)\n'
    + '    await page.get_by_label("code").fill(code)\n    await page.keyboard.press("Enter")\n' + _ARRIVED,
    "work.py": _BEGIN + '    await page.get_by_role("link", name="Invoices")'
    + SCRIPT.partition('    await page.get_by_role("link", name="Invoices")')[2],
}  # fmt: skip


def _log_in(place: Place, *args: str, code: int = 0) -> Said:
    env_file = str(place.project / "secrets.env")
    said = place.rpa("login", ACCOUNT, "--env-file", env_file, "--json", *args)
    assert said.code == code, said
    return said


def _show_login(place: Place, script: str, *args: str) -> None:
    given, secrets = Path(place.env["GIVEN"]) / script, str(place.project / "secrets.env")
    _log_in(place, "--url", f"{place.site.base_url}/invoices", "--script", str(given), "--secrets-to", secrets, *args)


def know_work(place: Place) -> Place:
    """Show a login, and the work of somebody who is logged in: what all others begin with."""
    with place.site:
        _show_login(place, "login.py")
        _show_work(place)
        place.handed_out = place.site.truth()["issued"]
    return place


def _show_work(place: Place) -> None:
    secrets = str(place.project / "secrets.env")
    said = place.rpa(
        "record", WORK, "--url", f"{place.site.base_url}/invoices", "--site", "backoffice", "--account", ACCOUNT,
        "--script", str(Path(place.env["GIVEN"]) / "work.py"), "--env-file", secrets, "--task", "Enter an invoice", "--yes",
        "--json",
    )  # fmt: skip
    assert said.code == 0, said


def _single_sign_on(place: Place) -> Said:
    """Its session is used again by a run, and ends in the middle of another one."""
    _show_login(place, "login_elsewhere.py", "--again")
    before = place.site.count("login.ok")
    said = place.run(name=WORK)
    assert (said.code, place.site.count("login.ok")) == (0, before), said
    place.site.configure_later(4, expire_sessions=True)
    return place.run("--param", f"invoice_number={RUN_AGAIN}", name=WORK)


def _codes(place: Place) -> Said:
    _show_login(place, "login_code.py", "--again", "--totp", "totp")
    before = place.site.count("login.ok")
    said = place.run(name=WORK)
    assert place.site.count("login.ok") == before, said
    return said


def _other_key(place: Place) -> Said:
    """The saved session does not open any more: it logs in anew, and once more when that session ends."""
    _show_login(place, "login.py", "--again")
    place.env = {**place.env, "RPA_STATE_KEY": OTHER_KEY}
    before = place.site.count("login.ok")
    said = place.run(name=WORK)
    assert place.site.count("login.ok") == before + 1, said
    place.site.configure(expire_sessions=True)
    return place.run("--param", f"invoice_number={RUN_AGAIN}", name=WORK)


def _parked(place: Place) -> Said:
    """A number to match, a new password that is asked for, a password that is refused and locks the account."""
    file = place.project / "accounts" / f"{ACCOUNT}.yaml"  # its login is known, and belongs to the site of this place from now on
    text = re.sub(r"(?m)^base_url: .*$", f"base_url: {place.site.base_url}", file.read_text("utf-8"))
    file.write_text(text, "utf-8")
    asks: tuple[dict[str, Any], ...] = ({"number_match": True}, {"number_match": False, "must_change_password": True})
    for changes in asks:
        place.site.configure(**changes)
        _log_in(place, code=4)
        _log_in(place, "--resume")
    place.site.configure(must_change_password=False, lock_after=1)
    name = ACCOUNT.replace("-", "_").upper()
    lines = f"RPA_SECRET_{name}_USER_NAME={USER}\nRPA_SECRET_{name}_PASSWORD={json.dumps(WRONG)}\n"
    (place.project / "secrets.env").write_text(lines, "utf-8")
    return _log_in(place, code=4)


_CODES: Settings = {"totp": True, "totp_once": True, "session_in": "sessionStorage"}
LOGINS = (
    Failure("account with single sign-on", _single_sign_on, 0, '"succeeded"', {"sso": True, "session_in": "indexedDB"}),
    Failure("account with one-time codes", _codes, 0, '"succeeded"', _CODES),
    Failure("account with another state key", _other_key, 0, '"succeeded"', {"session_in": "localStorage"}),
    Failure("account that waits for a person", _parked, 4, "paused"),
)  # fmt: skip
