"""The same for what the office does around a run: a service that tells people, a disk that is full, a site that is slow or
asks for more than was shown; and for every command that fails before a run has begun.
"""

from __future__ import annotations

import json
import resource
import shutil
import signal
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from urllib.request import urlopen

import psutil
from aftermath import HOOK_PASSWORD, NAME, NOTE, PASSWORD, RUN, RUN_AGAIN, SUPPLIER, Failure, Place, Said
from postbox import Postbox
from shell import Process, become_due

PATIENCE_S = 200.0
KINDS = ("succeeded", "repaired", "needs_person", "digest")


def _serving(place: Place) -> Said:
    """A run that repairs itself, and a due time with a value that is none; both are told, each kind to a target of its own."""
    with Postbox() as box:
        address = f"json://desk:{HOOK_PASSWORD}@127.0.0.1:{box.port}/hook"
        targets = json.dumps(dict.fromkeys(KINDS, address))
        place.env = {**place.env, "RPA_NOTIFY": targets, "RPA_DIGEST_AT": "00:00", "RPA_DIGEST_TO": "digest"}
        place.edit(notify=[{"on": [kind], "to": kind} for kind in KINDS if kind != "digest"], base_url=place.site.base_url)
        wrong = {"invoice_number": RUN_AGAIN, "due_date": f"{NOTE} {PASSWORD}"}
        become_due(place.project, {"params": {"invoice_number": RUN}}, {"params": wrong})
        login = str(place.project / "secrets.env")
        args = ("serve", "--listen", "127.0.0.1:0", "--env-file", login, "--project", str(place.project))
        service = Process(list(args), env=place.env)
        try:
            service.until(lambda: len({message["title"] for message in box.got}) == len(KINDS), seconds=PATIENCE_S)
            for page in ("metrics", "healthz", "readyz"):
                (place.project / f"answer.{page}").write_text(_answer(service, page), "utf-8")
            service.signal(signal.SIGTERM)
            said = place.keep(args, *service.end(seconds=PATIENCE_S))
        finally:
            service.kill()
    (place.project / "arrived.json").write_text(json.dumps(box.got, ensure_ascii=False, indent=1), "utf-8")
    return said


def _answer(service: Process, page: str) -> str:
    """Return what the service answers; it also listens where its browser's requests go out, and gives no pages there."""
    open_ = [c for c in psutil.Process(service.pid).net_connections("tcp") if c.status == psutil.CONN_LISTEN]
    for port in (c.laddr.port for c in open_):
        with suppress(OSError), urlopen(f"http://127.0.0.1:{port}/{page}", timeout=30) as answer:
            return str(answer.read(), "utf-8")
    raise AssertionError(f"nothing answers /{page}: {open_}")


def _full(place: Place) -> Said:
    """Right before a commit nothing can be written any more: neither journal nor log, nor what was traced."""
    args = ("run", NAME, *place.order(), "--project", str(place.project))
    process = Process(list(args), env={**place.env, "RPA_CRASH_AT": "arming:1:stop"})
    try:
        stopped = psutil.STATUS_STOPPED
        process.until(lambda: psutil.Process(process.pid).status() == stopped, seconds=PATIENCE_S)
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))
        process.signal(signal.SIGCONT)
        return place.keep(args, *process.end(seconds=PATIENCE_S))
    finally:
        process.kill()


def _too_long(place: Place) -> Said:
    """Three pages take longer than the whole run may."""
    place.edit(budget={"minutes": 0.03})
    return place.run()


OFFICE = (
    Failure("service that tells people", _serving, 0, "serving", {"generation": 2}),
    Failure("disk full", _full, 5, ""),
    Failure("run takes too long", _too_long, 4, '"timing"', {"lag_ms": 700}),
    Failure("something to agree to", lambda p: p.run(), 4, '"interruption"', {"trap": ["must-agree"]}),
    Failure("value that the list has not", lambda p: p.run("--param", f"supplier={SUPPLIER} II"), 4, '"data"'),
    Failure("site down from the start", lambda p: p.run(), 5, "site_unreachable", {"down": True}),
)  # fmt: skip


# ---- what fails before a run has begun -------------------------------------------------------------------------------

Asked = tuple[str, ...]


def _broken(folder: str, text: str) -> Callable[[Place], None]:
    """A file in which somebody wrote a password where nobody looks for one."""

    def put(place: Place) -> None:
        path = place.project / folder / "broken.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
        place.planted.append(path)

    return put


def _setting(**more: str) -> Callable[[Place], None]:
    def put(place: Place) -> None:
        place.env = {**place.env, **more}

    return put


def _damaged(place: Place) -> None:
    path = place.project / ".rpa" / "runs.db"
    path.write_bytes(f"{PASSWORD} was a database once ".encode() * 400)
    place.planted.append(path)


def _of_tomorrow(place: Place) -> None:
    with closing(sqlite3.connect(place.project / ".rpa" / "runs.db")) as db:
        db.execute("PRAGMA user_version = 999")


def _of_another(place: Place) -> None:
    (place.project / ".rpa" / "runs.db").unlink()
    shutil.copyfile(place.project / ".rpa" / "memory.db", place.project / ".rpa" / "runs.db")


def _never_shown(place: Place) -> None:
    text = "name: unknown\ntask: Water the plants\nbase_url: http://127.0.0.1:9\nsite: elsewhere\nsuccess: none\n"
    (place.project / "workflows" / "unknown.yaml").write_text(text, "utf-8")


def _nothing(place: Place) -> None:
    """The command is enough."""


_BROKEN = f"name: broken\ntask: {SUPPLIER}\nbase_url: http://127.0.0.1:9\n{{}}: {json.dumps(PASSWORD)}\n"
_RUN = ("run", NAME, "--examples", "--env-file", "secrets.env", "--json")
_FILE = "data/broken.yaml"
# The error's code, what is put there before, and the command. Relative files are the project's.
BEFORE: tuple[tuple[str, Callable[[Place], None], Asked], ...] = (
    ("usage", _nothing, (*_RUN, "--trace", SUPPLIER)),
    ("workflow_invalid", _broken("workflows", _BROKEN.format("password")), ("run", "broken", *_RUN[2:])),
    ("account_invalid", _broken("accounts", _BROKEN.format("password")), ("login", "broken", *_RUN[3:])),
    ("settings_invalid", _setting(RPA_STEP_TIMEOUT=PASSWORD), _RUN),
    ("params_invalid", _nothing, (*_RUN, "--param", f"due_date={PASSWORD}")),
    ("import_invalid", _broken("data", f"await page.fill('#p', {PASSWORD!r}"), ("import", _FILE, "--json")),
    ("procedure_invalid", _broken("data", _BROKEN.format("steps")), ("procedure", "edit", NAME, "--file", _FILE, "--json")),
    ("no_procedure", _never_shown, ("run", "unknown", *_RUN[2:])),
    ("browser_missing", _setting(RPA_BROWSER=f"/nowhere/{SUPPLIER}"), _RUN),
    ("store_too_new", _of_tomorrow, _RUN),
    ("store_corrupt", _damaged, _RUN),
    ("store", _of_another, _RUN),
)  # fmt: skip


def fail_before(place: Place, code: str) -> Said:
    """Let one command fail in this process; each in a copy of its own, since some damage what is there."""
    _, put, args = next(one for one in BEFORE if one[0] == code)
    put(place)
    whole = [str(place.project / a) if a.startswith("data/") or a == "secrets.env" else a for a in args]
    return place.ask(*whole)
