"""Before the night: what would break is told while there is time, with what would be used instead, and nothing is sent."""

from __future__ import annotations

from shell import NAME, Shell

from fixtures.backoffice import Backoffice


def sent(site: Backoffice) -> list[str]:
    """What the site's own ledger holds besides logins."""
    return [e["kind"] for e in site.truth()["effects"] if not e["kind"].startswith("login.")]


def test_all_as_shown(rpa: Shell, backoffice: Backoffice) -> None:
    """It logs in, fills the form, finds the button and leaves it alone; a wrong password is told as what it is."""
    login = ["--env-file", str(rpa.project / "secrets.env")]
    code, found = rpa.json("preflight", NAME, "--examples", *login)
    assert (code, found["ready"], found["breaks"], found["run"]) == (0, True, [], None), rpa.err
    assert found["rehearsal"]["steps"][-1]["note"] == "found, and not pressed"
    assert sent(backoffice) == []

    assert rpa("preflight", NAME, "--examples") == 4, "there is no password here"
    assert "secret" in rpa.out and "Nothing was sent" in rpa.out
    assert rpa("preflight", NAME, *login) == 4, "a value is missing, as it would be tonight"


def test_what_would_break_is_proposed_and_kept_before_the_night(rpa: Shell, backoffice: Backoffice) -> None:
    """On the next release of the site: every element that is another one, the one that sends too; once kept it is ready."""
    backoffice.configure(generation=2)
    login = ["--env-file", str(rpa.project / "secrets.env")]
    code, found = rpa.json("preflight", NAME, "--examples", *login)
    assert code == 4 and found["proposed"], (found["breaks"], rpa.err)
    assert len(found["breaks"]) >= len(found["proposed"])
    assert sent(backoffice) == []

    (review,) = [r for r in rpa.items("review", "list") if r["run"] == found["run"]]
    assert review["state"] == "proposed"
    assert rpa("review", "keep", found["run"], "--reason", "looked at it") == 0, rpa.err
    code, again = rpa.json("preflight", NAME, "--examples", *login)
    assert (code, again["breaks"]) == (0, [])
    assert sent(backoffice) == []
