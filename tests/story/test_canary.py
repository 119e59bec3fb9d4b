"""The canary: however work fails, no secret is left anywhere, and no business value in what is shared.

`aftermath` lets everything fail that can fail, with marked values; `canary` searches all that is left, in every
spelling and container. That it would find them is proved in `tests/unit/test_canary_searcher.py`.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from aftermath import (
    BROKEN_SCRIPT,
    FAILURES,
    NAME,
    PASSWORD,
    SCRIPT,
    SUPPLIER,
    USER,
    Failure,
    Place,
    business_marks,
    environment,
    fill,
    happen,
    record,
    secret_marks,
    shared,
)
from aftermath_logins import LOGINS, SCRIPTS
from canary import Found, Mark, Searcher

from fixtures.backoffice import Backoffice
from fixtures.model_server import ModelServer

CODEGEN = Path(__file__).parents[2] / "fixtures" / "foreign" / "enter_invoice.codegen.py"
AT_ONCE = 2
ALL = (*LOGINS, *FAILURES)  # the long ones first
pytestmark = pytest.mark.timeout(600)  # all failures happen in one go, before the first test


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

        shown = place("shown", root / "shown")
        for folder in ("workflows", "data"):
            (shown.project / folder).mkdir(parents=True)
        with shown.site:
            said = record(shown, NAME, given / "shown.py")
            shown.handed_out = shown.site.truth()["issued"]
        assert said.code == 0, (said.out, said.err)

        def let(failure: Failure) -> Place:
            return happen(failure, place(failure.name, shutil.copytree(shown.project, root / failure.name.replace(" ", "-"))))

        with ThreadPoolExecutor(AT_ONCE) as pool:
            places = dict(zip((f.name for f in ALL), pool.map(let, ALL), strict=True))
        for one in (shown, *places.values()):
            one.look()
        yield Aftermath(root, shown, places, model)


@pytest.mark.parametrize("failure", ALL, ids=lambda failure: failure.name)
def test_it_ended_as_it_was_meant_to(aftermath: Aftermath, failure: Failure) -> None:
    """Otherwise nothing is proved about it."""
    place = aftermath.places[failure.name]
    said = next(said for said in reversed(place.said) if said.args[0] in {"run", "record", "login"})
    codes = failure.code if isinstance(failure.code, tuple) else (failure.code,)
    assert said.code in codes and failure.says in said.out + said.err, (said.code, said.out, said.err)


def told(found: list[Found]) -> str:
    return "\n".join(sorted({str(one) for one in found}))


def test_no_secret_is_left_in_any_file(aftermath: Aftermath) -> None:
    searcher = Searcher(aftermath.secrets())
    asked_for = [place.project / "secrets.env" for place in aftermath.everybody()]
    found = searcher.folder(aftermath.root, leave_out=asked_for)
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
    searcher = Searcher(business_marks())
    found = [
        one
        for path in sorted(aftermath.root.rglob("*"))
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
    learned = ("the page was changed", "batch with one row that fails")
    for place in (aftermath.shown, *(aftermath.places[name] for name in learned)):
        for said in shared(place, tmp_path):
            assert told(searcher.text(said.out + said.err, " ".join(said.args[:2]))) == ""
    assert told(searcher.folder(tmp_path)) == ""


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
