"""The same for what the office does around a run: a service that tells people, a disk that is full, a site that is slow or
asks for more than was shown.
"""

from __future__ import annotations

import json
import resource
import signal
from contextlib import suppress
from urllib.request import urlopen

import psutil
from aftermath import HOOK_PASSWORD, NAME, NOTE, RUN, RUN_AGAIN, SUPPLIER, Failure, Place, Said
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
        wrong = {"invoice_number": RUN_AGAIN, "due_date": NOTE}
        become_due(place.project, {"params": {"invoice_number": RUN}}, {"params": wrong})
        place.planted.append(place.project / "workflows" / f"{NAME}.yaml")  # somebody wrote values there
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
