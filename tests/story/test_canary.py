"""The canary: however work fails, no secret is left anywhere, and no business value in what is shared.

`aftermath` lets everything fail that can fail, with marked values; `canary` searches all that is left, in every
spelling and container. That it would find them is proved in `tests/unit/test_canary_searcher.py`.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from aftermath import (
    BROKEN_SCRIPT,
    FAILURES,
    HOOK_PASSWORD,
    NAME,
    PASSWORD,
    SCRIPT,
    SUPPLIER,
    USER,
    Failure,
    Place,
    Said,
    business_marks,
    environment,
    fill,
    happen,
    record,
    secret_marks,
    shared,
)
from aftermath_logins import LOGINS, SCRIPTS, know_work
from aftermath_office import OFFICE
from canary import Found, Mark, Searcher
from test_canary_before import BEFORE

from fixtures.backoffice import Backoffice
from fixtures.model_server import ModelServer
from rpa_agent.domain.errors import RpaAgentError
from rpa_agent.domain.trajectory import CommitState, Fault, Outcome

CODEGEN = Path(__file__).parents[2] / "fixtures" / "foreign" / "enter_invoice.codegen.py"
AT_ONCE = 2
ALL = (*OFFICE, *LOGINS, *FAILURES)  # what takes longest comes first, so that no thread is idle at the end
LEARNED = ("the page was changed", "batch with one row that fails", "service that tells people")
HANDED_ON = (*LEARNED, "account with single sign-on", "ambiguous commit", "defect inside")
# Errors that end no command here, and why: a new one is a failure of its own above, or is explained here.
_INSIDE = ("step", "target_missing", "action_failed", "page_gone", "needs_person", "secret_misplaced")
ELSEWHERE = {
    **dict.fromkeys(("error", "invalid", "environment", "browser"), "only what others have in common"),
    **dict.fromkeys(_INSIDE, "inside a run, which ends with a fault"),
    **dict.fromkeys(("seal_broken", "trace_unclean", "model_unavailable"), "said in the log of a run that goes on"),
    **dict.fromkeys(("store_locked", "store_read_only", "batch_busy"), "another process has it; nothing was typed or read"),
    **dict.fromkeys(("export_impossible", "version_moved_on"), "a procedure is looked at, which holds no value"),
    "browser_gone": "a run whose browser dies begins again",
    "practice_site_missing": "a demo without its site has not begun",
    "declined": "a run that was watched ends as cancelled",
}
# All failures happen in one go, before the first test.
pytestmark = [pytest.mark.timeout(1200), pytest.mark.long]


@dataclass(frozen=True)
class Aftermath:
    """All that is left when everything has failed once."""

    root: Path
    shown: Place
    places: dict[str, Place]
    model: ModelServer

    def everybody(self) -> list[Place]:
        return [self.shown, *self.places.values()]

    def secrets(self) -> list[Mark]:
        handed_out: dict[str, list[str]] = {}
        for place in self.everybody():
            for kind, values in place.handed_out.items():
                handed_out.setdefault(kind, []).extend(values)
        return secret_marks(handed_out)


@pytest.fixture(scope="module")
def aftermath(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aftermath]:
    root, given = tmp_path_factory.mktemp("canary"), tmp_path_factory.mktemp("given")
    (root / "tmp").mkdir()
    scripts = {"shown.py": SCRIPT, "broken.py": BROKEN_SCRIPT, "codegen.py": CODEGEN.read_text("utf-8"), **SCRIPTS}
    for name, text in scripts.items():
        (given / name).write_text(text, "utf-8")
    with Backoffice(user=USER, password=PASSWORD, db=given / "books.db") as site:
        fill(site)
    with ModelServer() as model:
        env = environment(root / "tmp", given, model.url)

        def place(name: str, project: Path) -> Place:
            books = shutil.copyfile(given / "books.db", given / f"{project.name}.db")
            return Place(name, project, Backoffice(user=USER, password=PASSWORD, db=books), env)

        def copy(project: Path, name: str) -> Path:
            return shutil.copytree(project, root / name.replace(" ", "-"))

        shown = place("shown", root / "shown")
        for folder in ("workflows", "data"):
            (shown.project / folder).mkdir(parents=True)
        with shown.site:
            said = record(shown, NAME, given / "shown.py")
            shown.handed_out = shown.site.truth()["issued"]
        assert said.code == 0, (said.out, said.err)

        def let(failure: Failure) -> Place:
            before = knows.result() if failure in LOGINS else shown
            return happen(failure, place(failure.name, copy(before.project, failure.name)))

        with ThreadPoolExecutor(AT_ONCE) as pool:
            knows = pool.submit(lambda: know_work(place("work of an account", copy(shown.project, "work of an account"))))
            places = dict(zip((f.name for f in ALL), pool.map(let, ALL), strict=True))
            places["work of an account"] = knows.result()
        for one in (shown, *places.values()):
            one.look()
        for one in (shown, *(places[name] for name in HANDED_ON)):
            one.hand_on()
        yield Aftermath(root, shown, places, model)


@pytest.mark.parametrize("failure", ALL, ids=lambda failure: failure.name)
def test_it_ended_as_it_was_meant_to(aftermath: Aftermath, failure: Failure) -> None:
    """Otherwise nothing is proved about it."""
    said = aftermath.places[failure.name].ended
    codes = failure.code if isinstance(failure.code, tuple) else (failure.code,)
    assert said is not None
    assert said.code in codes and failure.says in said.out + said.err, (said.code, said.out, said.err)


def test_every_end_there_is_has_its_failure(aftermath: Aftermath) -> None:
    """An outcome, a fault, an exit code or an error that is new, or comes no more, is noticed here."""
    runs = [run for place in aftermath.everybody() for run in ended(place)]
    commits = {commit["state"] for run in runs for commit in run["commits"]}
    assert set(get_args(Outcome)) - {run["outcome"] for run in runs} == set()
    assert set(get_args(Fault)) - {run["fault"] for run in runs} == set()
    assert set(get_args(CommitState)) - commits == set()
    assert {"nothing", "sent", "unknown"} - {run["sent"] for run in runs} == set()
    said = [one for place in aftermath.everybody() for one in place.said]
    assert {0, 1, 3, 4, 5, 130} - {one.code for one in said} == set()  # 2, a wrong command line, ends before a run
    errors = {error["code"] for one in said if (error := error_of(one))} | {code for code, *_ in BEFORE}
    assert codes_of(RpaAgentError) - errors - ELSEWHERE.keys() == set()


def ended(place: Place) -> list[dict[str, Any]]:
    """Return the trajectories of all runs that ended in a place."""
    path = place.project / ".rpa" / "runs.db"
    with closing(sqlite3.connect(path)) as db:
        return [json.loads(text) for (text,) in db.execute("SELECT trajectory FROM runs WHERE trajectory IS NOT NULL")]


def error_of(said: Said) -> dict[str, str]:
    """Return the error that a command answered with, if any."""
    found: dict[str, str] = said.answer.get("error", {}) if said.out.startswith('{"schema": 1, "error"') else {}
    return found


def codes_of(kind: type[RpaAgentError]) -> set[str]:
    """Return the codes of an error and of all lesser ones of the product; other tests may have loaded a benchmark's own."""
    own = {kind.code} if kind.__module__.startswith("rpa_agent.") else set()
    return own.union(*(codes_of(lesser) for lesser in kind.__subclasses__()))


def told(found: list[Found]) -> str:
    return "\n".join(sorted({str(one) for one in found}))


def test_no_secret_is_left_in_any_file(aftermath: Aftermath) -> None:
    searcher = Searcher(aftermath.secrets())
    planted = [path for place in aftermath.everybody() for path in place.planted]
    found = searcher.folder(aftermath.root, leave_out=planted)
    assert told(found) == ""
    assert searcher.bytes_searched > 1_000_000


def test_no_secret_is_said(aftermath: Aftermath) -> None:
    searcher = Searcher(aftermath.secrets())
    found = [
        one
        for place in aftermath.everybody()
        for said in place.said
        for text in (said.out, said.err)
        for one in searcher.text(text, f"{place.name}: {' '.join(said.args[:2])}")
    ]
    assert told(found) == ""


def test_no_business_value_is_in_memory_or_in_workflow_files(aftermath: Aftermath) -> None:
    """Neither where they are, nor published, which is what people commit and share. Choices that a list offers are the
    application's own words, and stand in the workflow file.
    """
    searcher, planted = Searcher(business_marks()), {path for place in aftermath.everybody() for path in place.planted}
    found = [
        one
        for path in sorted(set(aftermath.root.rglob("*")) - planted)
        if path.name.startswith("memory.db") or (path.suffix == ".yaml" and path.parent.name in {"workflows", "accounts"})
        for one in searcher.file(path, str(path.relative_to(aftermath.root)))
        if path.suffix != ".yaml" or one.mark != "cost centre"
    ]
    assert told(found) == ""
    assert searcher.bytes_searched > 1_000_000


def test_no_business_value_is_in_what_is_shared(aftermath: Aftermath, tmp_path: Path) -> None:
    """Dumps, exports and procedures as text, of the project that was shown and of those that learned."""
    business = [mark for mark in business_marks() if mark.name != "cost centre"]  # a choice that the application offers
    searcher = Searcher([*business, *aftermath.secrets()])
    for place in (aftermath.shown, *(aftermath.places[name] for name in LEARNED)):
        for said in shared(place, tmp_path):
            assert told(searcher.text(said.out + said.err, " ".join(said.args[:2]))) == ""
    assert told(searcher.folder(tmp_path)) == ""


def test_people_and_machines_are_told_no_secret(aftermath: Aftermath) -> None:
    """What arrived as notices, and what the service answered, is among the files above; here that it is there at all."""
    place = aftermath.places["service that tells people"]
    arrived = json.loads((place.project / "arrived.json").read_text("utf-8"))
    assert len(arrived) >= 4 and all(message["message"] for message in arrived)
    assert "rpa_inbox_open 1.0" in (place.project / "answer.metrics").read_text("utf-8")
    assert HOOK_PASSWORD not in json.dumps(arrived)
    assert list(aftermath.root.rglob("*.har")) == [], "nothing makes one"


def in_prompts(model: ModelServer, marks: list[Mark]) -> str:
    """What a model was told of marked values; the key that opens its door stands in a header, as it must."""
    searcher = Searcher(marks)
    return told([one for n, p in enumerate(model.prompts) for one in searcher.data(p.body, f"prompt {n} to {p.path}")])


def test_a_model_is_told_neither_secrets_nor_business_values(aftermath: Aftermath) -> None:
    """Some of these failures come to the rung that asks one: what it was told is searched, byte by byte as it left."""
    assert aftermath.model.prompts != []
    assert in_prompts(aftermath.model, [*aftermath.secrets(), *business_marks()]) == ""


def test_a_prompt_with_a_secret_would_be_found() -> None:
    with ModelServer() as model:
        body = json.dumps({"messages": [{"role": "user", "content": f"the page says {PASSWORD} and {SUPPLIER}"}]}).encode()
        asked = Request(f"{model.url}/chat/completions", body, {"Content-Type": "application/json"})
        with pytest.raises(HTTPError):
            urlopen(asked, timeout=30)
        found = in_prompts(model, [*secret_marks({}), *business_marks()])
    assert "password as" in found and "supplier as" in found
