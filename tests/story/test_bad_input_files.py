"""Bad workflow files, values, secrets and rows: told before anything is opened, with what to do; nothing is sent."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from shell import NAME, Shell

from fixtures.backoffice import Backoffice

HEADER = "supplier;invoice_number;invoice_date;due_date;amount;currency;cost_centre\n"
ROW = "Müller Transporte GmbH;{};{};2026-12-03;{};USD;4000 IT and telephony\n"


@pytest.fixture(autouse=True)
def _nothing_is_sent(backoffice: Backoffice) -> Iterator[None]:
    """Not even a login: whatever is wrong here is found before a browser is started."""
    yield
    assert backoffice.truth()["requests"] == []


def workflow_file(rpa: Shell) -> Path:
    return rpa.project / "workflows" / f"{NAME}.yaml"


ALIASED = (
    "schema: 1\nname: enter-supplier-invoice\ntask: &t Enter\nbase_url: http://localhost:1\njudge: *t\nsuccess: none\n"
)
DEEP = "task: " + "[" * 200 + "]" * 200 + "\n"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name: [\n", ["line", "workflows"]),
        ("name: a\n\tb: c\n", ["line"]),
        ("", ["empty"]),
        ("- a list\n", ["keys and values"]),
        ("\x00\x01binary\xff", ["workflows"]),
        (ALIASED, ["alias"]),
        ("x: &a [1]\n" + "".join(f"k{n}: [*a, *a, *a]\n" for n in range(50)), ["alias"]),
        ("# " + "x" * 1_100_000, ["1 MB"]),
        (DEEP, ["50"]),
        ("name: a\nname: b\n", ["twice"]),
        ("!!python/object/apply:os.system ['touch owned']\n", ["line"]),
    ],
)
def test_a_file_that_is_no_workflow_is_refused(rpa: Shell, text: str, words: list[str]) -> None:
    """Malformed, empty, huge, aliased, deep, or trying to run code: exit 3, the place, and what is allowed."""
    workflow_file(rpa).write_text(text, encoding="latin-1" if "\xff" in text else "utf-8")
    code, answer = rpa.run("--examples")
    assert (code, answer["error"]["code"]) == (3, "workflow_invalid")
    told = " ".join(answer["error"].values())
    assert all(word in told for word in [*words, "rpa validate"]), told
    assert rpa("validate", str(workflow_file(rpa))) == 3
    assert rpa.items("runs", "-n", "5")[0]["stopped"] == "the demonstration"


def test_an_unknown_key_is_named_with_its_line_and_what_was_meant(rpa: Shell) -> None:
    """The file stays as it is."""
    path = workflow_file(rpa)
    path.write_text(path.read_text() + "repiar: off\n")
    before = path.read_bytes()
    code, answer = rpa.run("--examples")
    assert (code, answer["error"]["code"]) == (3, "workflow_invalid")
    line = path.read_text().splitlines().index("repiar: off") + 1
    assert (
        f"line {line}, repiar" in answer["error"]["message"] and "did you mean `repair`?" in answer["error"]["message"]
    )
    assert path.read_bytes() == before


def test_a_workflow_that_is_not_there_is_told_with_the_known_ones(rpa: Shell) -> None:
    """A slip of the pen costs one second."""
    code, answer = rpa.json("run", "enter-suplier-invoice")
    assert code == 3 and f"did you mean {NAME}?" in answer["error"]["message"]


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ([], ["supplier: missing (string)", "amount: missing (decimal)"]),
        (["--examples", "--param", "amuont=12"], ["amuont: unknown", "amount"]),
        (["--examples", "--param", "amount=12,50"], ["amount: '12,50' is not a number", "1234.50"]),
        (["--examples", "--param", "amount=NaN"], ["amount: 'NaN' is not a number", "1234.50"]),
        (["--examples", "--param", "invoice_date=31.12.2026"], ["invoice_date", "2026-12-31"]),
        (["--examples", "--param", "amount=1", "--param", "amount=2"], ["amount", "twice"]),
    ],
)
def test_wrong_values_are_all_told_at_once(rpa: Shell, args: list[str], words: list[str]) -> None:
    """Missing, unknown, of the wrong type, or given twice: exit 3 and how to write them."""
    code, answer = rpa.run(*args)
    assert (code, answer["error"]["code"]) == (3, "params_invalid")
    told = " ".join(answer["error"].values())
    assert all(word in told for word in words), told
    assert len(rpa.items("runs")) == 1


@pytest.mark.parametrize(
    "args", [["--param", "amount"], ["--param", "=5"], ["--repair", "maybe"], ["--base-url", "ftp://x"], ["--again", " "]]
)
def test_a_command_line_that_makes_no_sense_is_a_usage_error(rpa: Shell, args: list[str]) -> None:
    """Exit 2, with how to write it."""
    code, answer = rpa.run("--examples", *args)
    assert (code, answer["error"]["code"]) == (2, "usage")
    assert answer["error"]["do"]


def test_examples_that_are_not_there_say_where_they_belong(rpa: Shell) -> None:
    """After a checkout they are missing, since they are not in version control."""
    (rpa.project / "data" / f"{NAME}.examples.yaml").unlink()
    code, answer = rpa.run("--examples")
    assert code == 3 and f"{NAME}.examples.yaml" in answer["error"]["do"]


@pytest.mark.parametrize("known", [False, True])
def test_a_missing_secret_is_told_before_a_browser_starts(
    rpa: Shell, monkeypatch: pytest.MonkeyPatch, known: bool
) -> None:
    """None at all, or one that is empty: its name, and where it can be set."""
    if known:
        monkeypatch.setenv("RPA_SECRET_USER_NAME", "clerk")
        monkeypatch.setenv("RPA_SECRET_PASSWORD", "")
    code, answer = rpa.run("--examples", secrets=False)
    name = "password" if known else "user_name"
    assert (code, answer["error"]["code"], answer["error"]["where"]) == (3, "secret_missing", name)
    assert f"RPA_SECRET_{name.upper()}" in answer["error"]["do"]


def test_an_env_file_that_cannot_be_read_is_told_without_its_lines(rpa: Shell) -> None:
    """A line may be the secret."""
    bad = rpa.project / "secrets.env"
    bad.write_text("RPA_SECRET_PASSWORD hunter2\n")
    code, answer = rpa.run("--examples")
    assert code == 3 and f"{bad}, line 1" in answer["error"]["message"]
    assert "hunter2" not in rpa.out + rpa.err


def test_a_workflow_that_was_never_shown_says_how_to_show_it(rpa: Shell) -> None:
    """A file copied from another project has no procedure here."""
    text = workflow_file(rpa).read_text().replace(f"name: {NAME}", "name: copied")
    (rpa.project / "workflows" / "copied.yaml").write_text(text)
    code, answer = rpa.json("run", "copied", *[a for p in VALUES for a in ("--param", p)])
    assert (code, answer["error"]["code"]) == (3, "no_procedure")
    assert "rpa record" in answer["error"]["do"]


VALUES = (
    "supplier=Müller",
    "invoice_number=1",
    "invoice_date=2026-11-03",
    "due_date=2026-12-03",
    "amount=1",
    "currency=USD",
    "cost_centre=4000 IT and telephony",
)


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (ROW.format("A-2", "2026-11-03", "twelve"), ["row 3", "amount", "'twelve' is not a number"]),
        (ROW.format("A-2", "31.02.2026", "12.50"), ["row 3", "invoice_date", "not a date"]),
        ("Müller;A-2\n", ["row 3", "missing"]),
        (ROW.format("A-1", "2026-11-03", "12.50"), ["row 3", "A-1"]),
        (ROW.format("A-2", "2026-11-03", "12.50").rstrip("\n") + ";;and more\n", ["row 3"]),
    ],
)
def test_one_bad_row_stops_the_file_before_its_first_row(rpa: Shell, bad: str, words: list[str]) -> None:
    """Half a file entered is worse than none: the row and column are named, and nothing is sent."""
    rpa.edit(rows={"file": "data/desk.csv", "key": "invoice_number"})
    (rpa.project / "data" / "desk.csv").write_text(HEADER + ROW.format("A-1", "2026-11-03", "10.50") + bad)
    code, answer = rpa.run()
    assert (code, answer["error"]["code"]) == (3, "params_invalid")
    told = " ".join(answer["error"].values())
    assert all(word in told for word in [*words, "nothing was sent"]), told
    assert len(rpa.items("runs")) == 1


@pytest.mark.parametrize(("content", "words"), [(None, "does not exist"), ("", "empty"), ("\x00\x00", "no column")])
def test_a_rows_file_that_is_no_table_is_refused(rpa: Shell, content: str | None, words: str) -> None:
    """Missing, empty, or binary."""
    path = rpa.project / "data" / "desk.csv"
    if content is not None:
        path.write_text(content)
    code, answer = rpa.run("--rows", str(path))
    assert (code, answer["error"]["code"]) == (3, "params_invalid")
    assert words in answer["error"]["message"] and str(path) in " ".join(answer["error"].values())


def test_a_folder_is_no_row_file_and_results_are_not_written_over_one(rpa: Shell) -> None:
    """A slip of the pen takes nobody's file away."""
    data = rpa.project / "data"
    code, answer = rpa.run("--rows", str(data))
    assert code == 3 and "is not a file" in answer["error"]["message"]
    path = data / "desk.csv"
    path.write_text(HEADER + ROW.format("A-1", "2026-11-03", "10.50"))
    code, answer = rpa.run("--rows", str(path), "--results", str(data / ".." / "data" / "desk.csv"))
    assert code == 2 and "written over the row file" in answer["error"]["message"]
    assert path.read_text() == HEADER + ROW.format("A-1", "2026-11-03", "10.50")
