"""Every way in which work can fail, each with marked secrets and marked business values: what is left behind?

Each failure happens to a copy of one project that was shown one workflow, on a site of its own, through the command as
a person types it. What it said and what it left is kept for whoever wants to search it.
"""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import psutil
import pytest
import yaml
from canary import Mark
from clerk import Clerk, form_of
from shell import Process

from fixtures.backoffice import TOTP_SECRET, Backoffice
from fixtures.backoffice.config import Settings
from rpa_agent.cli.border import run_command

NAME, IMPORTED = "enter-supplier-invoice", "enter-imported"
USER, PASSWORD, WRONG = "quendelspatz", "Zwirbel \"7\" & <fink>/ü+='ß", 'Zipfel "8" & <meise>/ö+=x'
MODEL_KEY, STATE_KEY, HOOK_PASSWORD = "sk-zaunkoenig-77421", "YmxhdWtlaGxjaGVuLWJsYXVrZWhsY2hlbi0wMDAwMTE=", "rotkehlchen55"
OTHER_KEY = "cm90c2Nod2FlbnpjaGVuLXJvdHNjaHdhZW56LTAwMjI="
SUPPLIER, NOTE, CENTRE = "Pirolwerk Günther & Söhne", "Bitte an Frau Weidenkätzchen", "4000 IT and telephony"
SHOWN, FILED, RUN, RUN_AGAIN = "PX-90417-Q", "PX-90416-Q", "PX-90418-Q", "PX-90419-Q"
BUSINESS = {
    "supplier": SUPPLIER, "a word of the supplier": "Pirolwerk", "another word of it": "Günther",
    "city": "Wendelsheim-Ost", "IBAN": "DE75512108001245126199", "e-mail": "pirol@wendelsheim.example",
    "number shown": SHOWN, "number there before": FILED, "number run": RUN, "another number run": RUN_AGAIN,
    "note": NOTE, "word of the note": "Weidenkätzchen",
    "cost centre": CENTRE, "supplier on the list": "Müller Transporte GmbH", "another on the list": "Stadtwerke Lübeck",
    "a number on the list": "RE-25001",
}  # fmt: skip
SHORT = {
    "amount": "7.391,86", "amount by script": "7391.86", "amount in cents": "739186", "invoice date": "2031-03-17",
    "invoice date as shown": "17.03.2031", "due date": "2031-04-29", "due date as shown": "29.04.2031",
}  # fmt: skip
SCRIPT = f"""
async def demonstrate(page):
    await page.get_by_label("User name").fill({USER!r})
    await page.get_by_label("Password").click()
    await page.keyboard.type({PASSWORD!r})
    await page.keyboard.press("Enter")
    await page.get_by_role("link", name="Invoices").click()
    await page.get_by_role("link", name="New", exact=True).click()
    await page.get_by_role("combobox", name="Supplier").click()
    await page.keyboard.type("Pirol")
    await page.get_by_role("option", name={SUPPLIER!r}).click()
    await page.get_by_label("Invoice number").fill({SHOWN!r})
    await page.get_by_label("Invoice date").fill("2031-03-17")
    await page.get_by_label("Due date").fill("29.04.2031")
    await page.get_by_label("Amount").fill("7.391,86")
    await page.get_by_label("Currency").select_option(label="USD")
    await page.get_by_label("Cost centre").select_option(label={CENTRE!r})
    await page.get_by_label("Note").fill({NOTE!r})
    await page.get_by_role("button", name="Save").click()
    await page.get_by_role("heading", name={SHOWN!r}).first.wait_for()
"""
# The recording of another tool, with marked values in place of its own.
FOREIGN = {
    "clerk": USER, "practice-pass-7": PASSWORD, "Müller Transporte GmbH": SUPPLIER, "Müller": "Pirol",
    "RE-31001": SHOWN, "2026-11-03": "2031-03-17", "03.12.2026": "29.04.2031", "1.234,50": "7.391,86",
}  # fmt: skip
BROKEN_SCRIPT = SCRIPT.split("    await page.get_by_role(\"link\", name=\"Invoices\")")[0] + (
    f'    await page.get_by_role("button", name={PASSWORD!r}).click(timeout=300)\n'
)
# A library that fails in a way that nobody expects, and says what it was given.
BREAKS_INSIDE = """
import sys
from playwright.async_api import ElementHandle, Locator
async def fill(self, value, **more):
    raise RuntimeError(f"the protocol broke while filling {value}")
ElementHandle.fill = Locator.fill = ElementHandle.type = fill
from rpa_agent.cli.border import run_command
sys.exit(run_command(sys.argv[1:]))
"""


@dataclass(frozen=True)
class Said:
    """One command: what was asked, how it ended, and what it said."""

    args: tuple[str, ...]
    code: int
    out: str
    err: str

    @property
    def answer(self) -> dict[str, Any]:
        last: dict[str, Any] = json.loads(self.out.splitlines()[-1])
        return last


@dataclass
class Place:
    """One project and its site, with everything that was said there and all that the site handed out."""

    name: str
    project: Path
    site: Backoffice
    env: Mapping[str, str]
    said: list[Said] = field(default_factory=list)
    handed_out: dict[str, list[str]] = field(default_factory=dict)
    planted: list[Path] = field(default_factory=list)  # files that hold a secret because a person put it there
    ended: Said | None = None  # how what was to fail ended

    def __post_init__(self) -> None:
        self.planted.append(self.project / "secrets.env")

    def rpa(self, *args: str, stdin: str = "", by: tuple[str, ...] = ("-m", "rpa_agent")) -> Said:
        command = [sys.executable, *by, *args, "--project", str(self.project)]
        done = subprocess.run(command, input=stdin, capture_output=True, text=True, env=self.env, timeout=120, check=False)
        return self.keep(args, done.returncode, done.stdout, done.stderr)

    def run(self, *args: str, name: str = NAME, **more: Any) -> Said:
        """Run the workflow on this place's site with the number that is not there yet."""
        return self.rpa("run", name, *self.order(*args), **more)

    def order(self, *args: str) -> tuple[str, ...]:
        given = args if {"--rows", "--param"} & set(args) else ("--param", f"invoice_number={RUN}", *args)
        given = given if "--rows" in args else ("--examples", *given)
        given = given if {"--rehearse", "--supervised"} & set(args) else ("--trace", "on", *given)
        return ("--env-file", str(self.project / "secrets.env"), "--base-url", self.site.base_url, "--json", *given)

    def started(self, act: Callable[[Process], object]) -> Said:
        """Run, and do something to it when it has signed in: the site keeps it waiting there for as long as that takes."""
        args = ("run", NAME, *self.order(), "--project", str(self.project))
        self.site.configure_later(2, from_post=True, lag_ms=60_000)
        process = Process(list(args), env=self.env)
        try:
            process.until(lambda: self.site.count("login.ok") and self.site.truth()["under_way"])
            self.site.configure(lag_ms=0)  # for what it asks for from now on
            act(process)
            return self.keep(args, *process.end())
        finally:
            process.kill()

    def edit(self, **keys: Any) -> None:
        path = self.project / "workflows" / f"{NAME}.yaml"
        path.write_text(yaml.safe_dump(yaml.safe_load(path.read_text("utf-8")) | keys, allow_unicode=True), "utf-8")

    def ask(self, *args: str, env: Mapping[str, str] | None = None) -> Said:
        """A command that only tells, in this process, as starting one takes longer than telling."""
        out, err = io.StringIO(), io.StringIO()
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
            for name, value in {**self.env, **(env or {})}.items():
                patch.setenv(name, value)
            code = run_command([*args, "--project", str(self.project)])
        return self.keep(args, code, out.getvalue(), err.getvalue())

    def look(self) -> None:
        """Ask for everything that is told about a run."""
        run = next((said.answer.get("run") for said in reversed(self.said) if said.out.startswith("{")), None)
        shown = (("show", run), ("show", run, "--json")) if run else ()
        for args in (("inbox",), ("today",), *shown):
            self.ask(*args)

    def hand_on(self) -> None:
        """Make the files that hold what was entered: a copy of everything, and all that is kept of the last run."""
        (last, *_) = json.loads(self.ask("runs", "--json").out)["items"]
        for args in (("backup", "copy.zip"), ("show", last["run"], "--export", "run.zip")):
            done = self.ask(*args[:-1], str(self.project / args[-1]))
            assert done.code == 0, done

    def keep(self, args: tuple[str, ...], code: int, out: str, err: str) -> Said:
        """Take down what a command said."""
        said = Said(args, code, out, err)
        self.said.append(said)
        return said


@dataclass(frozen=True)
class Failure:
    """One way to fail: what happens, and how the command must end, so that it is known to have happened."""

    name: str
    act: Callable[[Place], Said]
    code: int | tuple[int, ...]
    says: str
    settings: Settings = field(default_factory=lambda: Settings())


def _later(after: int, **changes: Any) -> Callable[[Place], Said]:
    def act(place: Place) -> Said:
        place.site.configure_later(after, **changes)
        return place.run()

    return act


def _wrong_password(place: Place) -> Said:
    (place.project / "secrets.env").write_text(f"RPA_SECRET_USER_NAME={USER}\nRPA_SECRET_PASSWORD={json.dumps(WRONG)}\n")
    return place.run()


def _business_exception(place: Place) -> Said:
    place.edit(exceptions=[{"name": "duplicate", "when": {"visible": "*already exists*"}, "then": "skip_row"}])
    return place.run("--param", f"invoice_number={FILED}")


def _failed_check(place: Place) -> Said:
    place.edit(success=[{"visible": "Never on this page"}])
    return place.run()


def _refused_request(place: Place) -> Said:
    place.edit(gate="strict")
    return place.run()


def _missing_secret(place: Place) -> Said:
    (place.project / "secrets.env").write_text(f"RPA_SECRET_USER_NAME={USER}\n")
    return place.run()


def _batch(place: Place) -> Said:
    header = "supplier;invoice_number;invoice_date;due_date;amount;currency;cost_centre;note\n"
    row = f"{SUPPLIER};{{}};2031-03-17;2031-04-29;7391,86;USD;{CENTRE};{NOTE}\n"
    rows = place.project / "data" / "desk.csv"
    rows.write_text(header + row.format(RUN) + row.format(FILED), "utf-8")
    place.edit(rows={"file": "data/desk.csv", "key": "invoice_number"}, locale="de_DE")
    return place.run("--rows", str(rows), "--results", str(place.project / "data" / "done.csv"))


def _import(place: Place) -> Said:
    given = Path(place.env["GIVEN"]) / "codegen.py"
    text = given.read_text("utf-8").replace("http://127.0.0.1:8765", place.site.base_url)
    for old, new in FOREIGN.items():
        assert old in text
        text = text.replace(old, json.dumps(new, ensure_ascii=False)[1:-1])
    given.write_text(text, "utf-8")
    login = str(place.project / "secrets.env")
    said = place.rpa("import", str(given), "--name", IMPORTED, "--site", "backoffice", "--secrets-to", login, "--json")
    assert said.code == 0, said
    return place.run("--supervised", name=IMPORTED, stdin="yes\n")


def _recording_fails(place: Place) -> Said:
    return record(place, "enter-again", Path(place.env["GIVEN"]) / "broken.py")


def _crash_page(process: Process) -> None:
    pages = [p for p in psutil.Process(process.pid).children(recursive=True) if "--type=renderer" in p.cmdline()]
    assert pages
    for page in pages:
        page.kill()


def _kill_browser(process: Process) -> None:
    (browser,) = process.browsers()
    browser.kill()


def _inside(place: Place) -> Said:
    return place.rpa("run", NAME, *place.order(), by=("-c", BREAKS_INSIDE))


def _done_before(place: Place) -> Said:
    place.edit(commits=[{"name": "save-new-invoice", "once": {"key": ["invoice_number"], "per": "ever"}}])
    place.run()
    return place.run()


def _killed(place: Place) -> Said:
    """A trace that was being written is still raw then; whatever opens the state folder next removes it."""
    said = place.started(lambda process: process.signal(signal.SIGKILL, group=True))
    place.rpa("serve", "--once")
    return said


_IN_THE_WAY: Settings = {"mutate": ["duplicate-twin:invoice.save", "modal"], "trap": ["hostile-labels", "hidden-text"]}
FAILURES = (
    Failure("nothing fails", lambda p: p.run(), 0, '"succeeded"'),
    Failure("the page was changed", lambda p: p.run(), 0, "repair", {"generation": 2}),
    Failure("wrong target", lambda p: p.run(), 4, "", {"mutate": ["swap-save-delete"]}),
    Failure("gone target", lambda p: p.run(), 4, "", {"mutate": ["removed-target:invoice.amount"]}),
    Failure("a twin, a notice in the way, words that command", lambda p: p.run(), 0, '"succeeded"', _IN_THE_WAY),
    Failure("stopped under supervision", lambda p: p.run("--supervised", stdin="stop\n"), 130, "cancelled"),
    Failure("site down in the middle", _later(4, down=True), 5, "infrastructure"),
    Failure("error 500 in the middle", _later(4, status=500), 5, "infrastructure"),
    Failure("page crash", lambda p: p.started(_crash_page), 0, "begun again"),
    Failure("browser killed", lambda p: p.started(_kill_browser), 0, "begun again"),
    Failure("killed", _killed, -9, ""),
    Failure("cancelled", lambda p: p.started(lambda process: process.signal(signal.SIGINT, group=True)), 130, "cancelled"),
    Failure("refused login", _wrong_password, 4, "login", {"lock_after": 1}),
    Failure("login moved to another origin", lambda p: p.run(), (4, 5), "", {"sso": True}),
    Failure("done before", _done_before, 0, '"already"'),
    Failure("expired session", _later(4, expire_sessions=True), 4, "login"),
    Failure("business exception", _business_exception, 1, "duplicate"),
    Failure("failed check", _failed_check, 1, "Never on this page"),
    Failure("ambiguous commit", _later(5, lose_answers=True), 4, "ambiguous"),
    # Which of the two requests is the first to leave is the browser's choice: sent and reported, or asked about.
    Failure("refused request", _refused_request, (1, 4), "", {"trap": ["double-post"]}),
    Failure("missing secret", _missing_secret, 3, "secret"),
    Failure("batch with one row that fails", _batch, 4, '"summary"'),
    Failure("import under supervision", _import, 0, '"succeeded"'),
    Failure("rehearsal", lambda p: p.run("--rehearse"), 0, ""),
    Failure("failing demonstration", _recording_fails, 5, ""),
    Failure("defect inside", _inside, 5, "defect"),
)


def record(place: Place, name: str, script: Path) -> Said:
    return place.rpa(
        "record", name, "--url", f"{place.site.base_url}/", "--site", "backoffice", "--script", str(script),
        "--task", "Enter a supplier invoice", "--secrets-to", str(place.project / "secrets.env"), "--yes", "--json",
    )  # fmt: skip


def environment(tmp: Path, given: Path, model_url: str) -> dict[str, str]:
    """What every command gets: more secrets to leak, all that is logged, and a place for temporary files to look at."""
    return os.environ | {
        "RPA_LOG_LEVEL": "debug", "RPA_MODEL_URL": model_url, "RPA_MODEL_KEY": MODEL_KEY, "RPA_MODEL_NAME": "scripted",
        "RPA_STATE_KEY": STATE_KEY, "RPA_NOTIFY": json.dumps({"desk": f"http://desk:{HOOK_PASSWORD}@127.0.0.1:9/hook"}),
        "RPA_KEYRING": "false", "RPA_SECRET_TOTP": TOTP_SECRET, "TMPDIR": str(tmp), "XDG_CONFIG_HOME": str(tmp / "config"),
        "GIVEN": str(given), "PYTHONUNBUFFERED": "1",
    }  # fmt: skip


def fill(site: Backoffice) -> None:
    """What stands in the site's books before: the supplier, and an invoice of theirs."""
    clerk = Clerk(site)
    clerk.sign_in(PASSWORD, user=USER)
    form = form_of(clerk.page("/suppliers/new"), "supplier.save")
    values = {"name": SUPPLIER, "city": BUSINESS["city"], "iban": BUSINESS["IBAN"], "email": BUSINESS["e-mail"]}
    clerk.send(form, {f"supplier.{key}": value for key, value in (values | {"number": "S-90417", "country": "DE"}).items()})
    clerk.file(FILED, supplier=SUPPLIER)


def shared(place: Place, to: Path) -> list[Said]:
    """Everything that shows or hands on what was learned."""
    path = to / place.project.name
    path.mkdir(parents=True)
    said = [
        place.ask("memory", "dump"), place.ask("memory", "list"), place.ask("memory", "show", NAME),
        place.ask("memory", "history", NAME), place.ask("procedure", "show", NAME), place.ask("secret", "list"),
        place.ask("export", NAME, "--to", "playwright", "--out", str(path / "export.py")),
        place.ask("export", NAME, "--to", "devtools", "--out", str(path / "export.json")),
        place.ask("memory", "publish"), place.ask("memory", "export", str(path / "know-how.rpa")),
        place.ask("doctor", "--bundle", str(path / "support.zip"), env={"RPA_BROWSER": "none"}),  # to start one tells nothing
    ]  # fmt: skip
    failed = [one for one in said if one.code != 0 and one.args[0] not in {"secret", "doctor"}]  # they tell what is missing
    assert not failed, failed
    assert (path / "know-how.rpa").is_file() and (path / "support.zip").is_file()
    return said


def secret_marks(handed_out: Mapping[str, list[str]]) -> list[Mark]:
    """All that must be nowhere."""
    fixed = {
        "user name": USER, "password": PASSWORD, "wrong password": WRONG, "model key": MODEL_KEY, "state key": STATE_KEY,
        "password of a notice's address": HOOK_PASSWORD, "another state key": OTHER_KEY, "TOTP seed": TOTP_SECRET,
    }  # fmt: skip
    kinds: tuple[Literal["session", "token", "grant"], ...] = ("session", "token", "grant")
    marks = [Mark(name, value) for name, value in fixed.items()]
    marks += [Mark(f"a {kind}", value) for kind in kinds for value in handed_out.get(kind, ())]
    return [*marks, *(Mark("a one-time code", value, short=True) for value in handed_out.get("code", ()))]


def business_marks() -> list[Mark]:
    """All that must be neither in memory nor in what is shared."""
    return [Mark(n, v) for n, v in BUSINESS.items()] + [Mark(n, v, short=True) for n, v in SHORT.items()]


def happen(failure: Failure, place: Place) -> Place:
    """Let it fail, look at it in every way there is, and take down what the site handed out."""
    with place.site:
        place.site.configure(**failure.settings)
        place.ended = failure.act(place)
        place.handed_out = place.site.truth()["issued"]
    assert place.ended in place.said
    return place
