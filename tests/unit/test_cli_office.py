"""What ran, what waits, what is scheduled: the commands that show it, on a real runs.db."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from shell import Shell

from rpa_agent.domain.schedule import Schedule
from rpa_agent.domain.target import Fingerprint, Variant
from rpa_agent.domain.trajectory import Trajectory
from rpa_agent.domain.workflow import Once
from rpa_agent.ops.batches import Given, as_ended
from rpa_agent.ops.commit_key import Moment
from rpa_agent.ops.facts import Facts
from rpa_agent.ops.office import Office
from rpa_agent.ops.process.owner import Owner

DEAD = Owner(pid=2**22 + 1, started=1.0, token="dead")
WORKFLOW = "name: {}\ntask: Pay\nbase_url: http://localhost:1\nsuccess: none\n"
BUTTON = {"tag": "button", "role": "button"}
STEPS = (
    {"index": 0, "id": "s1", "kind": "fill", "target": "textbox 'Amount'", "status": "ok", "ms": 12},
    {
        "index": 1,
        "id": "s2",
        "kind": "click",
        "target": "button 'Save'",
        "status": "repaired",
        "ms": 41,
        "repair": {
            "by": "fingerprint",
            "confidence": 0.97,
            "was": "button 'Save'",
            "now": "button 'File invoice'",
            "evidence": ("same form", "same request"),
            "variant": Variant(fingerprint=Fingerprint(**BUTTON)),
        },
    },
)


@pytest.fixture
def rpa(project: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    """An empty project that knows one workflow."""
    (project / "workflows" / "pay.yaml").write_text(WORKFLOW.format("pay"))
    return Shell(project, capsys)


def in_office(rpa: Shell, work: Callable[[Office], Awaitable[Any]], **more: Any) -> Any:
    """Do something in the project's office."""

    async def done() -> Any:
        async with Office.open(rpa.project / ".rpa" / "runs.db", **more) as office:
            return await work(office)

    return asyncio.run(done())


def ran(rpa: Shell, workflow: str = "pay", **facts: Any) -> str:
    """Keep a run that ended; return its id."""

    async def work(office: Office) -> str:
        run = await office.runs.begin_run(workflow, row_key=facts.pop("row", ""))
        whole = {
            "run": run,
            "workflow": workflow,
            "site": "s",
            "procedure": "p_1",
            "version": 1,
            "started": datetime.now(UTC).isoformat(),
            "outcome": "succeeded",
            **facts,
        }
        trajectory = Trajectory.model_validate(whole)
        await office.runs.end_run(trajectory)
        if trajectory.outcome == "needs_person":
            await office.inbox.add(run, workflow, trajectory.stopped, fault=trajectory.fault)
        return run

    return str(in_office(rpa, work))


WAITS = {"outcome": "needs_person", "fault": "drift", "stopped": "the button 'Save' is not on the page"}


# ---- runs and show ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "args",
    [
        ["runs"],
        ["runs", "pay"],
        ["inbox"],
        ["inbox", "--resolved"],
        ["today"],
        ["schedule", "list"],
        ["schedule", "next"],
        ["schedule", "list", "pay"],
    ],
)
def test_where_nothing_is_yet_lists_are_empty_and_say_so(rpa: Shell, args: list[str]) -> None:
    """Exit 0, no rows, a sentence for the person, and looking makes no files."""
    assert rpa(*args) == 0
    assert (rpa.out, bool(rpa.err)) == ("", True)
    assert rpa.items(*args) == []
    assert not (rpa.project / ".rpa").exists()


@pytest.mark.parametrize(
    "args", [["runs", "pya"], ["inbox", "pya"], ["schedule", "list", "pya"], ["schedule", "next", "pya"]]
)
def test_a_workflow_that_nobody_knows_is_not_just_empty(rpa: Shell, args: list[str]) -> None:
    """A slip of the pen is named, with what was probably meant."""
    code, answer = rpa.json(*args)
    assert (code, answer["error"]["code"]) == (3, "workflow_invalid")
    assert "did you mean pay?" in answer["error"]["message"]


def test_runs_come_latest_first_and_say_what_was_sent(rpa: Shell) -> None:
    """Of all workflows or of one, as a table or as JSON."""
    first = ran(rpa, sent="sent", row="A-1")
    second = ran(rpa, "other", outcome="failed", fault="infrastructure", stopped="the site does not answer")
    assert [i["run"] for i in rpa.items("runs")] == [second, first]
    assert [i["run"] for i in rpa.items("runs", "-n", "1")] == [second]
    (item,) = rpa.items("runs", "pay")
    assert (item["state"], item["outcome"], item["sent"], item["row"]) == ("ended", "succeeded", "sent", "A-1")
    assert rpa("runs", "other") == 0  # its file is gone, its runs are not
    assert second in rpa.out and "the site does not answer" in rpa.out and first not in rpa.out


def test_a_run_is_told_in_sentences_and_then_in_detail(rpa: Shell) -> None:
    """What happened and what can be done first; then steps with repairs and evidence, commits, checks, files."""
    run = ran(
        rpa,
        sent="sent",
        steps=STEPS,
        commits=({"name": "file-invoice", "key": "k", "state": "confirmed"},),
        checks=({"check": "visible filed", "met": True},),
        outputs={"invoice_id": "INV-7"},
        artifacts="/tmp/pictures",
    )
    assert rpa("show", run.lower()) == 0
    first, rest = rpa.out.split("\n", 1)
    assert "pay is done: invoice_id INV-7." in first and "was called 'File invoice'" in first
    for words in (
        "button 'Save' -> button 'File invoice'",
        "97%",
        "evidence: same form",
        "commit     file-invoice: confirmed",
        "met: visible filed",
        "invoice_id = INV-7",
        "/tmp/pictures",
        "p_1 version 1",
    ):
        assert words in rest, words
    code, answer = rpa.json("show", run)
    assert (code, answer["schema"], answer["run"], answer["outcome"]) == (0, 1, run, "succeeded")
    assert answer["steps"][1]["repair"]["now"] == "button 'File invoice'"
    assert (answer["inbox"], answer["journal"]) == (None, [])


def test_a_run_that_waits_says_how_to_decide(rpa: Shell) -> None:
    """And afterwards who decided what, and why."""
    run = ran(rpa, **WAITS)
    assert rpa("show", run) == 0
    assert "waits for you" in rpa.out and f"rpa resolve {run}" in rpa.out
    rpa("resolve", run, "--skip", "--reason", "entered on paper", "--who", "Ada")
    assert rpa("show", run) == 0
    assert "by Ada: skip, entered on paper" in rpa.out


def test_a_run_without_an_end_is_told_too(rpa: Shell) -> None:
    """One still going, and one whose process died."""
    going = in_office(rpa, lambda office: office.runs.begin_run("pay"))
    lost = in_office(rpa, lambda office: office.runs.begin_run("pay"), owner=DEAD)
    assert [i["state"] for i in rpa.items("runs")] == ["cut_off", "running"]
    assert rpa("show", going) == 0 and "pay is running" in rpa.out
    assert rpa("show", lost) == 0 and "cut off" in rpa.out and "nothing is sent twice" in rpa.out


@pytest.mark.parametrize("command", [["show"], ["resolve", "--skip", "--reason", "x"]])
@pytest.mark.parametrize("some", [True, False])
def test_a_run_that_is_not_there(rpa: Shell, command: list[str], some: bool) -> None:
    """Says where the runs are listed, whether there are any or not."""
    if some:
        ran(rpa)
    code, answer = rpa.json(command[0], "01ABC", *command[1:])
    assert (code, answer["error"]["code"], answer["error"]["where"]) == (2, "usage", "01ABC")
    assert "rpa" in answer["error"]["do"]


def test_what_a_page_calls_its_buttons_does_not_drive_the_terminal(rpa: Shell) -> None:
    """Control characters in kept page text are shown as what they are: rubbish."""
    ran(rpa, outcome="failed", stopped="the button '\x1b[2J\x1b]0;owned\x07' is gone")
    for command in ("runs", "today"):
        assert rpa(command) == 0
        assert "\x1b" not in rpa.out and "owned" in rpa.out


# ---- inbox and resolve -----------------------------------------------------------------------------------------------


def test_the_inbox_says_why_and_since_when(rpa: Shell) -> None:
    """Oldest first, and how to decide; of one workflow on request."""
    run, other = ran(rpa, **WAITS), ran(rpa, "other", **WAITS)
    assert rpa("inbox") == 0
    assert rpa.out.index(run) < rpa.out.index(other)
    assert "the button 'Save' is not on the page" in rpa.out and "--done-by-hand" in rpa.err
    (item,) = rpa.items("inbox", "other")
    assert (item["run"], item["fault"], item["resolved"]) == (other, "drift", None)


def test_a_file_that_came_and_is_no_table_of_rows_is_named(rpa: Shell) -> None:
    """Where many files come, what is wrong with one of them is of no use without its name."""
    folder = rpa.project / "in"
    folder.mkdir()
    rule = "params: {number: {}}\nschedule: [{folder: in/, stable_for: 1s}]\n"
    (rpa.project / "workflows" / "pay.yaml").write_text(WORKFLOW.format("pay") + rule)
    assert rpa("serve", "--once") == 0      # what lay there before the rule would be left alone
    path = folder / "may.csv"
    path.write_text("amount\n1\n")
    os.utime(path, (path.stat().st_mtime - 60,) * 2)
    assert rpa("serve", "--once") == 4
    (item,) = rpa.items("inbox")
    assert "may.csv: no column is named" in item["reason"] and "nothing was sent" in item["reason"]


def test_the_inbox_says_which_record_waits(rpa: Shell) -> None:
    """A row by its key, else by the values that its commit is known by, also where the process died and left no more."""
    once = "commits: [{name: pay, once: {key: [number], per: ever}}]\nparams: {number: {}, amount: {}}\n"
    (rpa.project / "workflows" / "pay.yaml").write_text(WORKFLOW.format("pay") + once)
    ran(rpa, row="R-1", **WAITS)
    ran(rpa, params={"number": "N-1", "amount": "5"}, **WAITS)

    async def dies(office: Office) -> None:
        run = await office.runs.begin_run("pay")
        facts = Facts(
            origin="http://x", workflow="pay", name="pay", params={"number": "N-2", "amount": "5"},
            at=Moment(run=run, day=date(2026, 11, 22)),
        )  # fmt: skip
        key = await office.journal.key_for(facts, Once(key=("number",), per="ever"))
        await office.journal.arm(key, name="pay", run=run)
        await office.journal.sent(key)

    async def recovers(office: Office) -> None:
        await office.recover()

    in_office(rpa, dies, owner=DEAD)
    in_office(rpa, recovers)
    assert [item["about"] for item in rpa.items("inbox")] == [{"row": "R-1"}, {"number": "N-1"}, {"number": "N-2"}]
    assert rpa("inbox") == 0
    assert "pay, row R-1, since" in rpa.out and "pay, number N-1, since" in rpa.out and "pay, number N-2, since" in rpa.out


@pytest.mark.parametrize(
    ("way", "how"),
    [
        ("--done-by-hand", "done_by_hand"),
        ("--retry", "retry"),
        ("--skip", "skip"),
        ("--cancel", "cancel"),
    ],
)
def test_a_decision_is_kept_with_who_and_why(rpa: Shell, way: str, how: str) -> None:
    """It leaves the inbox, and a second decision is refused with the first."""
    run = ran(rpa, **WAITS)
    code, item = rpa.json("resolve", run, way, "--reason", "seen on the site", "--who", "Ada")
    assert (code, item["schema"], item["how"], item["who"], item["because"]) == (0, 1, how, "Ada", "seen on the site")
    assert rpa.items("inbox") == []
    assert [i["how"] for i in rpa.items("inbox", "--resolved")] == [how]
    code, answer = rpa.json("resolve", run, "--retry", "--reason", "again")
    told = f"decided already: {way[2:].replace('-', ' ')} by Ada"
    assert code == 2 and told in answer["error"]["message"] and f"rpa show {run}" in answer["error"]["do"]
    assert rpa("today") == 0 and "Decided by Ada" in rpa.out and f"rpa resolve {run}" not in rpa.out


def test_whoever_is_at_this_shell_decides(rpa: Shell) -> None:
    """Unless another name is given."""
    run = ran(rpa, **WAITS)
    _, item = rpa.json("resolve", run, "--skip", "--reason", "x")
    assert item["who"].strip()


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["--reason", "x"], "no decision"),
        (["--retry", "--skip", "--reason", "x"], "more than one"),
        (["--retry"], "--reason"),
        (["--retry", "--reason", "  "], "--reason"),
        (["--retry", "--reason", "x", "--who", " "], "who"),
    ],
)
def test_half_a_decision_is_none(rpa: Shell, args: list[str], words: str) -> None:
    """Exactly one way, a reason and a name; the item keeps waiting."""
    run = ran(rpa, **WAITS)
    code, answer = rpa.json("resolve", run, *args)
    assert code == 2 and words in answer["error"]["message"] + answer["error"]["do"]
    assert len(rpa.items("inbox")) == 1


def test_a_decision_settles_what_was_in_doubt(rpa: Shell) -> None:
    """Done by hand means it is never sent again; retry means that it may be."""

    async def doubt(office: Office, run: str) -> None:
        await office.journal.arm(run, name="file-invoice", run=run)
        await office.journal.sent(run)
        await office.journal.settle(run, "ambiguous")

    for way, state in (("--done-by-hand", "confirmed"), ("--retry", "not_done"), ("--skip", "ambiguous")):
        run = ran(rpa, **WAITS)
        in_office(rpa, lambda office, run=run: doubt(office, run))
        assert rpa("resolve", run, way, "--reason", "looked it up") == 0
        _, answer = rpa.json("show", run)
        assert [e["state"] for e in answer["journal"]] == [state]


LOGIN_WAITS = {"outcome": "needs_person", "fault": "login", "stopped": "the login waits to be approved on the account's phone"}


def paused(rpa: Shell) -> str:
    """An account whose login waits for a person; return the login's run."""
    run = ran(rpa, "login:erp", **LOGIN_WAITS)
    in_office(rpa, lambda office: office.accounts.pause("erp", "the login waits", secrets={"password": "x"}))
    return run


@pytest.mark.parametrize(
    ("way", "again", "told"),
    [
        ("--done-by-hand", True, "it can be used again"), ("--retry", True, "it can be used again"),
        ("--skip", False, "it stays paused"), ("--cancel", False, "`rpa login erp --resume`"),
    ],
)  # fmt: skip
def test_an_account_that_waits_is_let_go_on_or_stays_paused(rpa: Shell, way: str, again: bool, told: str) -> None:
    """A decision about an account decides about all its workflows, and says so."""
    run = paused(rpa)
    assert rpa("resolve", run, way, "--reason", "phoned them") == 0
    assert told in rpa.out and "login:erp" not in rpa.out
    assert (in_office(rpa, lambda office: office.accounts.get("erp")).paused == "") is again
    assert rpa.items("inbox") == []


def test_the_inbox_says_how_an_account_goes_on(rpa: Shell) -> None:
    """Where its run would be decided stands how to log in; no advice names a workflow that does not exist."""
    run = paused(rpa)
    assert rpa("inbox") == 0
    assert "`rpa login erp` logs in" in rpa.out and "`rpa login erp --resume`" in rpa.out
    for command in (("show", run), ("today",)):
        assert rpa(*command) == 0
        assert "rpa login erp" in rpa.out and "rpa run login:erp" not in rpa.out, rpa.out


def test_a_run_that_waits_for_its_account_points_to_the_inbox(rpa: Shell) -> None:
    """Nothing waits under its own name, so nothing could be resolved there."""
    run = ran(rpa, **LOGIN_WAITS)
    assert rpa("show", run) == 0
    assert "`rpa inbox`" in rpa.out and "rpa resolve" not in rpa.out
    assert "due again when the account can log in" in rpa.out


# ---- today and schedule ----------------------------------------------------------------------------------------------


def test_the_day_is_told_in_parts(rpa: Shell) -> None:
    """What waits first, then what ran and what did not, each with its sentence."""
    ran(rpa, sent="sent", commits=({"name": "file-invoice", "key": "k", "state": "confirmed"},))
    run = ran(rpa, **WAITS)
    assert rpa("today") == 0
    assert rpa.out.index("Waits for you") < rpa.out.index("Ran")
    assert "Sent and confirmed: file-invoice." in rpa.out and f"rpa resolve {run}" in rpa.out
    assert [i["part"] for i in rpa.items("today")] == ["waits", "ran", "ran"]


def test_rows_of_a_batch_are_told_as_their_totals(rpa: Shell) -> None:
    """A clerk does not read three hundred sentences."""

    async def work(office: Office) -> None:
        rows = tuple((n, f"R-{n}", {}) for n in range(2, 8))
        given = Given(workflow="pay", environment="", input="in.csv", input_hash="a", day="2026-11-22", rows=rows)
        batch = (await office.batches.begin(given)).batch.id
        ends = ("succeeded", "succeeded", "business_exception", "")
        for outcome, row in zip(ends, await office.batches.rows(batch), strict=False):
            run = await office.runs.begin_run("pay", batch=batch, row=row.number, row_key=row.key)
            if outcome:
                plain = {"run": run, "workflow": "pay", "site": "s", "procedure": "p", "version": 1, "started": ""}
                ended = Trajectory.model_validate({**plain, "outcome": outcome})
                await office.runs.end_run(ended)
                await office.batches.settle(as_ended(row.but(run=run), ended))

    in_office(rpa, work, owner=DEAD)
    (item,) = rpa.items("today")
    assert item["words"] == (
        "6 rows: 2 succeeded, 1 business exception, 2 not begun, 1 cut off. `rpa run pay` with the same file goes on there"
    )


def test_a_run_that_was_cut_off_is_not_called_nothing_and_can_be_decided(rpa: Shell) -> None:
    """Nobody has looked at it yet, and it may have been sent: the inbox says so, and a decision looks first."""

    async def dies(office: Office) -> str:
        run = await office.runs.begin_run("pay")
        await office.journal.arm("key", name="pay", run=run)
        await office.journal.sent("key")
        return run

    run = in_office(rpa, dies, owner=DEAD)
    assert rpa("inbox") == 0 and run in rpa.err and "Nothing waits" not in rpa.err
    assert rpa("today") == 0 and "was cut off" in rpa.out
    assert rpa("resolve", run, "--done-by-hand", "--reason", "it is there", "--who", "Ada") == 0
    assert "It is not known whether pay arrived" in rpa.err
    assert rpa("inbox") == 0 and "Nothing waits for you." in rpa.err


def test_due_times_that_nobody_served_are_told(rpa: Shell) -> None:
    """The day's report does not pretend that all is well when nothing was running."""
    (rpa.project / "workflows" / "pay.yaml").write_text(WORKFLOW.format("pay") + 'schedule: [{cron: "0 0 * * *"}]\n')
    (item,) = [i for i in rpa.items("today") if i["part"] == "not_run"]
    assert "rpa serve" in item["words"]
    assert not (rpa.project / ".rpa").exists()


def test_what_is_paused_is_not_told_as_coming(rpa: Shell) -> None:
    """Neither what is due already, nor what the schedule says for the rest of the day."""
    (rpa.project / "workflows" / "pay.yaml").write_text(WORKFLOW.format("pay") + "schedule: [{every: 1m}]\n")
    moments = [datetime.now(UTC) - timedelta(minutes=3)]

    async def work(office: Office) -> None:
        await office.occurrences.materialise()
        moments.append(datetime.now(UTC))
        await office.occurrences.materialise()

    in_office(rpa, work, rules=lambda: {"pay": [Schedule(every="1m")]}, clock=lambda: moments[-1])
    due = [i["words"] for i in rpa.items("today") if i["part"] == "coming"]
    assert due[0] == "is due and waits for its turn"
    assert rpa("schedule", "pause", "pay", "--reason", "year end") == 0
    words = {i["words"] for i in rpa.items("today") if i["part"] == "coming"}
    assert len(words) == 1 and words.pop().startswith("will not run: paused by")


def test_a_missed_due_time_says_why(rpa: Shell) -> None:
    """As the service wrote it down when it came back too late."""
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    rule = {"every": "1d", "misfire": "skip", "grace": "3d"}
    (rpa.project / "workflows" / "pay.yaml").write_text(
        WORKFLOW.format("pay") + "schedule: [{every: 1d, misfire: skip}]\n"
    )
    moments = [midnight - timedelta(minutes=1)]

    async def work(office: Office) -> None:
        await office.occurrences.materialise()
        moments.append(midnight + timedelta(hours=1))
        await office.occurrences.materialise()

    in_office(rpa, work, rules=lambda: {"pay": [Schedule.model_validate(rule)]}, clock=lambda: moments[-1])
    (item,) = [i for i in rpa.items("today") if i["part"] == "not_run"]
    assert item["words"] == "nothing was running then"


def test_schedules_are_listed_with_their_next_due_time(rpa: Shell) -> None:
    """The rules as written, and the due times to come over all workflows in order."""
    rule = 'schedule: [{cron: "30 7 * * *", timezone: Europe/Berlin}]\n'
    (rpa.project / "workflows" / "pay.yaml").write_text(WORKFLOW.format("pay") + rule)
    (rpa.project / "workflows" / "tick.yaml").write_text(WORKFLOW.format("tick") + "schedule: [{every: 8h}]\n")
    assert rpa("schedule", "list") == 0
    assert "30 7 * * *" in rpa.out and "Europe/Berlin" in rpa.out and "every 8h" in rpa.out
    pay, tick = rpa.items("schedule", "list")
    assert (pay["workflow"], pay["cron"], tick["every"]) == ("pay", "30 7 * * *", "8h")
    items = rpa.items("schedule", "next", "-n", "6")
    assert [i["due"] for i in items] == sorted(i["due"] for i in items) and len(items) == 6
    assert {i["workflow"] for i in items} == {"pay", "tick"}
    assert {i["workflow"] for i in rpa.items("schedule", "next", "tick")} == {"tick"}


@pytest.mark.parametrize("rule", ['{cron: "0 25 * * *"}', "{every: 1d, holidays: XX}", "{every: 0s}"])
def test_a_rule_that_cannot_be_computed_is_said_and_left_out(rpa: Shell, rule: str) -> None:
    """Nobody waits for a due time that never comes."""
    (rpa.project / "workflows" / "pay.yaml").write_text(WORKFLOW.format("pay") + f"schedule: [{rule}]\n")
    for command in (["schedule", "list"], ["schedule", "next"], ["today"]):
        assert rpa.items(*command) == []
        assert "pay" in rpa.err


def test_looking_needs_no_permission_to_write(rpa: Shell) -> None:
    """A state folder that is only readable can still be read."""
    run = ran(rpa)
    state = rpa.project / ".rpa"
    for path in (state / "runs.db", state):
        path.chmod(path.stat().st_mode & ~0o222)
    try:
        assert [i["run"] for i in rpa.items("runs")] == [run]
        assert rpa("show", run) == 0
    finally:
        state.chmod(0o755)
