"""Workflow files: what is read, what is refused and in which words, and that writing loses nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rpa_agent.domain.errors import ParamsInvalid, WorkflowInvalid
from rpa_agent.domain.schedule import Schedule
from rpa_agent.domain.workflow import Check, CommitRule, Once, Output, Param, Probe, Workflow
from rpa_agent.store.workflow_files import (
    all_workflows,
    find_workflow,
    json_schema,
    read_examples,
    read_workflow,
    write_examples,
    write_workflow,
)

FULL = """\
# yaml-language-server: $schema=../schemas/workflow.schema.json
schema: 1
name: enter-supplier-invoice
task: Enter a supplier invoice and file it for approval
base_url: http://127.0.0.1:8765
start: /invoices/new
site: backoffice
allow: [cdn.example.net]
params:
  supplier: {type: string}
  amount:   {type: decimal, min: 0.01}
  due:      {type: date, default: "{{ today + 30 }}"}
locale: de_DE
secrets: [backoffice_password]
account: backoffice-clerk
rows: {file: data/invoices.xlsx, sheet: 1, key: supplier, columns: {Betrag: amount}, stop_after_in_a_row: 5}
outputs: {invoice_id: {type: string}}
success:
  - visible: "Invoice {{ supplier }} was filed"
  - output: {invoice_id: "^INV-\\\\d+$"}
  - http: {get: "/api/invoices?number={{ supplier }}", json: {count: 1}}
exceptions:
  - {name: duplicate, when: {visible: "*already exists*"}, then: skip_row}
commits:
  - name: file-invoice
    once: {key: [supplier], per: ever}
    probe: {http: {get: "/api"}, authoritative: true, settle: 5s}
schedule:
  - {cron: "0 7 * * mon-fri", timezone: Europe/Berlin, holidays: DE, misfire: run_once, grace: 2h}
repair: off
notify: [{on: [failed, needs_person], to: ops}]
"""
SHORT = """\
name: pay
task: Pay
base_url: http://localhost:1
success: none
"""


def refused(folder: Path, text: str | bytes) -> WorkflowInvalid:
    """Return the error that reading this text raises."""
    path = folder / "pay.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(WorkflowInvalid) as caught:
        read_workflow(path)
    return caught.value


def test_the_example_of_the_reference_is_read_in_full(tmp_path: Path) -> None:
    """Every section is understood, and words that YAML 1.1 takes for booleans stay words."""
    path = tmp_path / "w.yaml"
    path.write_text(FULL)
    workflow = read_workflow(path)
    assert workflow.repair == "off"
    assert workflow.notify[0].on == ("failed", "needs_person")
    assert workflow.params["due"].default == "{{ today + 30 }}"
    assert workflow.schedule[0].cron == "0 7 * * mon-fri"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("gate: learnt", "line 5, gate: 'learnt' is not allowed; did you mean `learned`? allowed: strict, learned"),
        ("commit: []", "line 5, commit: unknown key; did you mean `commits`? allowed here: schema, name, task"),
        ("params: {amount: {tpye: decimal}}", "line 5, params.amount.tpye: unknown key; did you mean `type`? allowed"),
        ("params: {amount: {type: money}}", "'money' is not allowed; allowed: string, integer, decimal"),
        ("params: [amount]", "line 5, params: expected keys and values"),
        ("retries: {technical: many}", "line 5, retries.technical: expected a whole number"),
        ("secrets: [Pass Word]", "'Pass Word' is not a name"),
        ("judge: 5", 'line 5, judge: expected text; write it in quotes: "5"'),
        ("schedule: [{cron: '* *'}]", "line 5, schedule.0: '* *' is not a cron line"),
        ("schedule: [{every: 5m, timezone: Mars}]", "line 5, schedule.0.timezone: 'Mars' is not a time zone"),
        ("exceptions: [{name: x, when: {visible: a, url: b}}]", "exceptions.0.when: a check has exactly one of"),
        ("task: again", "the key `task` stands here twice (first in line 2)"),
        ("sandbox: &a {base_url: x}", "anchors and aliases"),
        ("sandbox: *a", "anchors and aliases"),
        ("judge: !!python/object:os.system x", "is not allowed; write a plain value"),
        ("sandbox: {<<: {base_url: x}}", "merge keys"),
        ("allow: " + "[" * 60 + "]" * 60, "nested deeper than 50 levels"),
        ("---\nname: two", "a second document"),
        ("allow: [", "this is not YAML"),
        ("judge: a: b", "needs quotes"),
        ("? [a, b]\n: c", "a key must be a plain word"),
    ],
)
def test_what_is_wrong_is_said_with_line_key_and_what_is_allowed(tmp_path: Path, line: str, words: str) -> None:
    """One line that says where and what, so that the person need not look anything up."""
    error = refused(tmp_path, SHORT + line + "\n")
    assert words in error.message
    assert error.where.startswith(str(tmp_path / "pay.yaml") + ":")


def test_every_problem_of_a_file_is_said_at_once(tmp_path: Path) -> None:
    """Correcting one by one would cost a run each."""
    error = refused(tmp_path, "name: Pay!\nbase_url: ftp://x\nsuccess: []\n")
    for words in ("task: this key is missing", "'Pay!' is not a name", "'ftp://x' is not an http", "success: needs"):
        assert words in error.message


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"", "the file is empty"),
        (b"# nothing\n", "the file is empty"),
        (b"- a\n", "expected keys and values"),
        (b"just text\n", "expected keys and values"),
        (b"name: pay\ntask: \xff\n", "line 2: the file is not UTF-8 text"),
        (b"name: pay\ntask: \x00\n", "this is not YAML"),
        (b"#" * 1_000_001, "larger than 1 MB"),
    ],
)
def test_a_file_that_is_no_workflow_is_refused(tmp_path: Path, text: bytes, words: str) -> None:
    """Empty, binary and huge files end in words, not in a traceback."""
    assert words in refused(tmp_path, text).message


def test_a_success_that_is_neither_list_nor_none_says_what_it_may_be(tmp_path: Path) -> None:
    """Both branches of what is allowed are named."""
    assert "success: expected a list or none" in refused(tmp_path, SHORT.replace("none", "yes")).message


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    """The message names the path that was looked at."""
    with pytest.raises(WorkflowInvalid, match="there is no file"):
        read_workflow(tmp_path / "none.yaml")
    (tmp_path / "dir.yaml").mkdir()
    with pytest.raises(WorkflowInvalid, match="this is not a file"):
        read_workflow(tmp_path / "dir.yaml")


def test_an_unknown_name_lists_the_known_ones(tmp_path: Path) -> None:
    """A typo is answered with what is there, and a name can never leave the folder."""
    (tmp_path / "pay.yaml").write_text(SHORT)
    assert find_workflow(tmp_path, "pay").task == "Pay"
    with pytest.raises(WorkflowInvalid, match="did you mean pay"):
        find_workflow(tmp_path, "pya")
    with pytest.raises(WorkflowInvalid, match=r"no workflow is named '\.\./pay'"):
        find_workflow(tmp_path / "sub", "../pay")


def test_one_broken_file_does_not_hide_the_others(tmp_path: Path) -> None:
    """The valid ones run; the broken one is reported."""
    (tmp_path / "pay.yaml").write_text(SHORT)
    (tmp_path / "broken.yaml").write_text("name: [")
    (tmp_path / "twin.yml").write_text(SHORT)
    workflows, errors = all_workflows(tmp_path)
    assert [w.name for w in workflows] == ["pay"]
    assert [Path(e.where.rsplit(":", 1)[0]).name for e in errors] == ["broken.yaml", "twin.yml"]


def test_a_written_file_is_pleasant_and_keeps_what_was_there(tmp_path: Path) -> None:
    """Defaults are left out, comments stand above their key, and another content is kept beside it."""
    path = tmp_path / "pay.yaml"
    path.write_text(FULL)
    workflow = read_workflow(path)
    assert write_workflow(path, workflow, {"commits": "decided by people", "params.amount": "net"})
    text = path.read_text()
    assert text.startswith("# yaml-language-server: $schema=../schemas/workflow.schema.json\nschema: 1\nname: enter")
    assert "# decided by people\ncommits:" in text
    assert "  # net\n  amount: {type: decimal, min: 0.01}" in text
    assert "null" not in text
    assert "gate" not in text
    assert (tmp_path / "pay.yaml.bak").read_text() == FULL
    assert read_workflow(path) == workflow


def test_writing_the_same_again_changes_nothing(tmp_path: Path) -> None:
    """No backup and no new file when there is nothing to say."""
    path = tmp_path / "pay.yaml"
    workflow = Workflow(name="pay", task="Pay", base_url="http://localhost", success="none")
    assert write_workflow(path, workflow)
    assert not write_workflow(path, workflow)
    assert [p.name for p in tmp_path.iterdir()] == ["pay.yaml"]


text = st.text(st.characters(codec="utf-8"), min_size=1, max_size=30)
name = st.from_regex(r"[a-z_][a-z0-9_]{0,10}", fullmatch=True)
slug = st.from_regex(r"[a-z0-9][a-z0-9-]{0,20}", fullmatch=True)
number = st.floats(allow_nan=False, allow_infinity=False)
params = st.builds(
    Param, type=st.sampled_from(["string", "decimal", "date", "choice"]), required=st.booleans(),
    min=st.none() | number,
    default=st.none() | text | number | st.integers(-10**17, 10**17) | st.booleans(), label=text,
    options=st.lists(text, max_size=3).map(tuple),
)
checks = st.builds(lambda t: Check(visible=t), text) | st.builds(lambda k, v: Check(output={k: v}), name, text)
probes = st.none() | st.just(Probe(visible="x", open="/"))
commits = st.builds(CommitRule, name=slug, once=st.none() | st.just(Once(per="day")), probe=probes)
schedules = st.builds(Schedule, every=st.just("5m"), params=st.dictionaries(text, text, max_size=2))
workflows = st.builds(
    Workflow, name=slug, task=text, base_url=st.just("http://127.0.0.1:1"), start=text, account=st.none() | text,
    allow=st.lists(st.from_regex(r"(\*\.)?[a-z]{1,9}(\.[a-z]{2,5})?(:[1-9][0-9]{1,3})?", fullmatch=True), max_size=3).map(tuple),
    params=st.dictionaries(name, params, max_size=3),
    outputs=st.dictionaries(name, st.builds(Output, text=st.none() | text), max_size=2),
    success=st.just("none") | st.lists(checks, min_size=1, max_size=3).map(tuple), judge=st.none() | text,
    commits=st.lists(commits, max_size=2).map(tuple), schedule=st.lists(schedules, max_size=2).map(tuple),
    repair=st.none() | st.sampled_from(["off", "remember"]),
)


thorough = settings(
    max_examples=60, deadline=None, derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@thorough
@given(workflow=workflows)
def test_what_is_written_is_what_is_read(tmp_path: Path, workflow: Workflow) -> None:
    """Any workflow survives the file, whatever its texts contain."""
    path = tmp_path / "any.yaml"
    write_workflow(path, workflow, {"name": "one\ntwo", "success.0": "# three"})
    assert read_workflow(path) == workflow


@thorough
@given(values=st.dictionaries(name, st.text(st.characters(codec="utf-8"), max_size=30), max_size=4))
def test_examples_keep_every_character(tmp_path: Path, values: dict[str, str]) -> None:
    """Amounts, dates and odd texts come back as they were typed."""
    path = tmp_path / "data" / "any.examples.yaml"
    write_examples(path, values)
    assert read_examples(path) == values


def test_examples_are_text_as_written_and_private(tmp_path: Path) -> None:
    """`1234.50` stays `1234.50`, and other users of the machine cannot read it."""
    path = tmp_path / "pay.examples.yaml"
    write_examples(path, {"amount": "1234.50"})
    assert path.stat().st_mode & 0o777 == 0o600
    path.write_text("amount: 1234.50\ndue: 2026-12-31\nflag: yes\n")
    assert read_examples(path) == {"amount": "1234.50", "due": "2026-12-31", "flag": "yes"}


def test_missing_examples_say_where_to_write_them(tmp_path: Path) -> None:
    """The remedy names the file."""
    with pytest.raises(ParamsInvalid) as caught:
        read_examples(tmp_path / "pay.examples.yaml")
    assert "pay.examples.yaml" in caught.value.remedy


def test_examples_with_lists_are_refused(tmp_path: Path) -> None:
    """An example is one value."""
    (tmp_path / "e.yaml").write_text("a: 1\nb: [1, 2]\n")
    with pytest.raises(WorkflowInvalid, match="line 2, b: expected one value"):
        read_examples(tmp_path / "e.yaml")


def test_the_schema_closes_every_object_and_uses_the_files_words() -> None:
    """Editors complete `schema` and `json`, not our internal names, and mark unknown keys."""
    schema = json_schema()
    assert schema["additionalProperties"] is False
    assert "schema" in schema["properties"]
    assert "json" in schema["$defs"]["HttpCheck"]["properties"]
