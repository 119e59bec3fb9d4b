"""A site that is down, slow, out of order or logged out, and the same work twice: nothing is sent that was not meant."""

from __future__ import annotations

from typing import Any

import pytest
from shell import NAME, Process, Shell

from fixtures.backoffice import Backoffice

THERE = ["--examples", "--param", "invoice_number=2025/0103"]  # this supplier's invoice is in the site's first data
ONCE = [{"name": "save-new-invoice", "once": {"key": ["invoice_number"], "per": "ever"}}]


def entered(site: Backoffice) -> int:
    return site.count("invoice.create")


def started(rpa: Shell, *args: str) -> Process:
    """Start a run as a process, so that the site can change under it."""
    login = ["--env-file", str(rpa.project / "secrets.env")]
    return rpa.start("run", NAME, "--examples", "--json", *login, *args)


def logged_in(site: Backoffice) -> bool:
    return bool(site.count("login.ok"))


def answer_of(process: Process) -> tuple[int, dict[str, Any]]:
    import json

    code, out, err = process.end()
    assert out, err
    answer: dict[str, Any] = json.loads(out.splitlines()[-1])
    return code, answer


@pytest.mark.parametrize(("trouble", "words"), [({"down": True}, "does not answer"), ({"status": 500}, "(500)")])
def test_a_site_out_of_order_at_the_start_ends_the_run_at_once(
    rpa: Shell, backoffice: Backoffice, trouble: dict[str, Any], words: str
) -> None:
    """Exit 5, nothing sent, and the run is kept, so that nobody looks for it."""
    backoffice.configure(**trouble)
    code, answer = rpa.run("--examples")
    assert (code, answer["error"]["code"]) == (5, "site_unreachable")
    assert words in answer["error"]["message"] and "nothing was sent" in " ".join(answer["error"].values())
    assert (entered(backoffice), logged_in(backoffice)) == (0, False)
    last = rpa.items("runs")[0]
    assert (last["outcome"], last["fault"], last["sent"]) == ("failed", "infrastructure", "nothing")


def test_an_address_where_nothing_is_ends_the_run_at_once(rpa: Shell, backoffice: Backoffice) -> None:
    """A wrong --base-url: told with the reason."""
    code, answer = rpa.run("--examples", "--base-url", "http://nowhere.invalid")
    assert (code, answer["error"]["code"]) == (5, "site_unreachable")
    assert "its name is not known" in answer["error"]["message"] and answer["error"]["do"]


def test_the_same_work_runs_on_another_address(rpa: Shell) -> None:
    """--base-url, or the workflow's own variable, moves everything to another site; the recorded one is not touched."""
    with Backoffice() as other:
        assert rpa.run("--examples", "--base-url", other.base_url)[0] == 0
        assert entered(other) == 1


@pytest.mark.parametrize("trouble", [{"status": 500}, {"down": True}])
def test_a_site_that_fails_in_the_middle_needs_nobody(
    rpa: Shell, backoffice: Backoffice, trouble: dict[str, Any]
) -> None:
    """After the login nothing answers any more: failed for infrastructure, nothing sent, the next run starts afresh."""
    backoffice.configure(lag_ms=150)
    process = started(rpa)
    process.until(lambda: logged_in(backoffice))
    backoffice.configure(**trouble)
    code, answer = answer_of(process)
    assert (code, answer["outcome"], answer["fault"], answer["sent"]) == (5, "failed", "infrastructure", "nothing")
    assert answer["stopped"]
    assert (entered(backoffice), rpa.items("inbox")) == (0, [])


def test_a_login_page_in_the_middle_asks_a_person(rpa: Shell, backoffice: Backoffice) -> None:
    """Where no login was shown the password is not typed: exit 4, and the fault is the login."""
    backoffice.configure(lag_ms=150)
    process = started(rpa)
    process.until(lambda: logged_in(backoffice))
    backoffice.configure(expire_sessions=True)
    code, answer = answer_of(process)
    assert (code, answer["outcome"], answer["fault"], answer["sent"]) == (4, "needs_person", "login", "nothing")
    assert "login" in answer["stopped"]
    assert (entered(backoffice), backoffice.count("login.ok")) == (0, 1)
    (item,) = rpa.items("inbox")
    assert (item["run"], item["fault"]) == (answer["run"], "login")


def test_a_wrong_password_is_typed_once(rpa: Shell, backoffice: Backoffice) -> None:
    """A login that is refused is not tried again; accounts get locked that way."""
    (rpa.project / "secrets.env").write_text("RPA_SECRET_USER_NAME=clerk\nRPA_SECRET_PASSWORD=not-this-one\n")
    code, answer = rpa.run("--examples")
    assert (code, answer["outcome"], answer["fault"], answer["sent"]) == (4, "needs_person", "login", "nothing")
    assert backoffice.count("login.refused") == 1
    assert entered(backoffice) == 0
    assert "not-this-one" not in rpa.out + rpa.err


def test_a_slow_site_is_only_slow(rpa: Shell, backoffice: Backoffice) -> None:
    """A third of a second per answer: the same steps, no repair, one invoice."""
    backoffice.configure(lag_ms=300)
    code, answer = rpa.run("--examples")
    assert (code, answer["outcome"]) == (0, "succeeded")
    assert {s["status"] for s in answer["steps"]} == {"ok"}
    assert entered(backoffice) == 1


def test_a_site_slower_than_the_run_may_take_ends_it(rpa: Shell, backoffice: Backoffice) -> None:
    """The workflow's own budget of minutes counts."""
    rpa.edit(budget={"minutes": 0.02})
    backoffice.configure(lag_ms=500)
    code, answer = rpa.run("--examples")
    assert (code, answer["outcome"], answer["sent"]) == (4, "needs_person", "nothing")
    assert "0.02 minutes" in answer["stopped"]
    assert entered(backoffice) == 0


# ---- the same work twice ---------------------------------------------------------------------------------------------


def test_the_same_values_are_not_sent_twice(rpa: Shell, backoffice: Backoffice) -> None:
    """With a key that counts for ever the second run has nothing to do, and does not even open a browser."""
    rpa.edit(commits=ONCE)
    values = ["--examples", "--param", "invoice_number=N-1"]
    assert rpa.run(*values)[0] == 0
    posted = backoffice.truth()["requests"]
    code, answer = rpa.run(*values)
    assert (code, answer["outcome"], answer["sent"]) == (0, "succeeded", "nothing")
    assert [c["state"] for c in answer["commits"]] == ["already"]
    assert backoffice.truth()["requests"] == posted


def test_what_was_sent_while_showing_counts(rpa: Shell, backoffice: Backoffice) -> None:
    """The demonstration's own invoice is not entered again by a batch."""
    rpa.edit(commits=ONCE, rows={"file": "data/desk.csv", "key": "invoice_number"}, locale="de_DE")
    header = "supplier;invoice_number;invoice_date;due_date;amount;currency;cost_centre\n"
    row = "Müller Transporte GmbH;{};2026-11-03;2026-12-03;10,50;USD;4000 IT and telephony\n"
    (rpa.project / "data" / "desk.csv").write_text(header + row.format("RE-20417") + row.format("N-2"))
    code, answer = rpa.run()
    assert (code, answer["summary"], answer["by_outcome"]) == (0, True, {"succeeded": 2})
    assert (backoffice.count("invoice.create", "RE-20417"), backoffice.count("invoice.create", "N-2")) == (0, 1)


def test_a_site_that_refuses_the_second_is_believed(rpa: Shell, backoffice: Backoffice) -> None:
    """The form comes back with *already exists*: nothing is confirmed that was not, and nothing is entered twice."""
    code, answer = rpa.run(*THERE)
    assert (code, answer["outcome"], answer["sent"]) == (4, "needs_person", "unknown")
    assert "already exists" in answer["stopped"]
    assert [c["state"] for c in answer["commits"]] == ["ambiguous"]
    assert entered(backoffice) == 0


def test_a_declared_business_exception_is_no_doubt(rpa: Shell, backoffice: Backoffice) -> None:
    """The site's own word settles it: exit 1, nothing waits for a person, and the row may be tried again later."""
    rpa.edit(exceptions=[{"name": "duplicate", "when": {"visible": "*already exists*"}, "then": "skip_row"}])
    code, answer = rpa.run(*THERE)
    assert (code, answer["outcome"], answer["fault"], answer["sent"]) == (1, "business_exception", "data", "nothing")
    assert "duplicate" in answer["stopped"]
    assert [c["state"] for c in answer["commits"]] == ["not_done"]
    assert rpa("show", answer["run"]) == 0 and "was sent, and the site did not take it." in rpa.out.splitlines()[0]
    assert (rpa.items("inbox"), entered(backoffice)) == ([], 0)


def test_an_answer_that_is_lost_leaves_a_doubt_that_a_person_settles(rpa: Shell, backoffice: Backoffice) -> None:
    """Carried out and never answered: not sent again by itself, and once looked up, done."""
    rpa.edit(commits=ONCE)
    backoffice.configure(lag_ms=100)
    process = started(rpa, "--param", "invoice_number=N-5")
    process.until(lambda: logged_in(backoffice))
    backoffice.configure(lose_answers=True)
    code, answer = answer_of(process)
    backoffice.configure(lose_answers=False, lag_ms=0)
    assert (code, answer["outcome"], answer["sent"]) == (4, "needs_person", "unknown")
    assert [c["state"] for c in answer["commits"]] == ["ambiguous"]
    assert entered(backoffice) == 1
    assert [i["run"] for i in rpa.items("inbox")] == [answer["run"]]

    code, again = rpa.run("--examples", "--param", "invoice_number=N-5")
    assert (code, again["outcome"]) == (4, "needs_person") and answer["run"] in again["stopped"]
    assert entered(backoffice) == 1
    assert rpa("resolve", answer["run"], "--done-by-hand", "--reason", "it is in the list") == 0
    code, done = rpa.run("--examples", "--param", "invoice_number=N-5")
    assert (code, [c["state"] for c in done["commits"]]) == (0, ["already"])
    assert entered(backoffice) == 1
