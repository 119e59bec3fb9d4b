"""Logs: no secret reaches them in any spelling, from any path, and a full disk does not stop a run."""

from __future__ import annotations

import base64
import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from loguru import logger

from rpa_agent.ops.secret.hiding import redacted
from rpa_agent.ops.secret.secrets import gather
from rpa_agent.ops.telemetry import about, log_to

CANARY = 'can"ary/ö <42>'
SECRETS = gather(environ={"RPA_SECRET_A": CANARY, "RPA_SECRET_PIN": "481516"})


@pytest.fixture
def stream() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def file(tmp_path: Path, stream: io.StringIO) -> Iterator[Path]:
    path = tmp_path / "log" / "rpa.jsonl"
    end = log_to("info", path, SECRETS.hide, stream=stream)
    yield path
    end()


def hits(text: str) -> list[str]:
    return [spelling for spelling in SECRETS.redactions() if spelling in text]


def test_no_spelling_reaches_a_log(file: Path, stream: io.StringIO) -> None:
    """Message, argument, bound value, nested value, number, key: all are hidden in both sinks."""
    for text in (CANARY, quote(CANARY), base64.b64encode(CANARY.encode()).decode(), json.dumps(CANARY), repr(CANARY)):
        logger.info("typed {}", text)
        logger.bind(value=text, deep={"k": [text], text: 1}).info("bound")
    logger.bind(pin=481516).info("a number")
    written = file.read_text(encoding="utf-8")
    assert hits(written) == [] and hits(stream.getvalue()) == []
    assert "•••" in written and "•••" in stream.getvalue()
    assert len([json.loads(line) for line in written.splitlines()]) == 11


def test_an_exception_does_not_leak_its_text_or_its_variables(file: Path, stream: io.StringIO) -> None:
    """The message of an exception and of its cause are hidden; variables are not shown at all."""
    password = CANARY
    try:
        try:
            raise KeyError(password)
        except KeyError as e:
            raise ValueError(f"could not type {password}") from e
    except ValueError:
        logger.exception("failed with {}", password)
    written = file.read_text(encoding="utf-8")
    assert hits(written) == [] and hits(stream.getvalue()) == []
    assert "ValueError" in json.loads(written)["exception"]


def test_libraries_log_through_the_same_sink(file: Path, stream: io.StringIO) -> None:
    """A warning of another library's logger is kept, and hidden."""
    logging.getLogger("some.library").warning("request with %s failed", CANARY)
    assert hits(stream.getvalue()) == [] and "some.library" in stream.getvalue()


def test_lines_name_run_and_workflow(file: Path, stream: io.StringIO) -> None:
    """What is logged inside a run can be found by it; outside there is no trace of it."""
    with about(run="01RUN", workflow="pay"):
        logger.info("inside")
    logger.info("outside")
    inside, outside = (json.loads(line) for line in file.read_text().splitlines())
    assert (inside["run"], inside["workflow"]) == ("01RUN", "pay")
    assert "run" not in outside
    assert "pay: inside" in stream.getvalue()


def test_the_level_is_for_people_and_the_file_keeps_all(file: Path, stream: io.StringIO) -> None:
    """Debug lines go to the file only."""
    logger.debug("detail")
    assert "detail" in file.read_text() and stream.getvalue() == ""


def test_the_file_is_private_and_turns_over(tmp_path: Path) -> None:
    """Old files are kept by number, and nobody else can read them."""
    path = tmp_path / "rpa.jsonl"
    end = log_to("error", path, str, stream=io.StringIO(), largest=400)
    for n in range(40):
        logger.info("line {}", n)
    end()
    files = sorted(tmp_path.iterdir())
    assert 3 <= len(files) <= 6
    assert all(f.stat().st_mode & 0o077 == 0 for f in files)
    kept = [json.loads(line)["message"] for f in files for line in f.read_text().splitlines()]
    assert "line 39" in kept


def test_a_full_disk_and_a_closed_terminal_stop_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    """And the record is not dumped elsewhere in clear instead."""
    closed = io.StringIO()
    closed.close()
    end = log_to("info", Path("/dev/full"), SECRETS.hide, stream=closed)
    logger.info("typed {}", CANARY)
    end()
    captured = capfd.readouterr()
    assert hits(captured.out + captured.err) == []


def test_braces_and_markup_in_page_text_are_only_text(file: Path, stream: io.StringIO) -> None:
    """Hostile text cannot reach the formatter."""
    with about(run="r", workflow="{0.__class__}"):
        logger.info("{} <red>{{x}}</red>", "{extra[run].__class__} <red>")
    assert "<red>" in stream.getvalue() and "__class__" in stream.getvalue()


def test_secrets_that_come_later_are_hidden_too(tmp_path: Path) -> None:
    """The list of hidden texts is asked for at every line."""
    known: list[str] = []
    stream = io.StringIO()
    end = log_to("info", tmp_path / "log", lambda text: redacted(text, known), stream=stream)
    known.append("latecomer")
    logger.info("a latecomer")
    end()
    assert "latecomer" not in stream.getvalue() + (tmp_path / "log").read_text()


def test_where_nobody_watches_each_line_is_an_object_without_secrets() -> None:
    stream = io.StringIO()
    end = log_to("info", None, SECRETS.hide, stream=stream, as_json=True)
    with about(run="r1", workflow="file-invoice"):
        logger.warning("typed {}\nand went on", CANARY)
    logger.debug("below the level")
    end()
    (line,) = map(json.loads, stream.getvalue().splitlines())
    assert (line["level"], line["message"], line["run"]) == ("WARNING", "typed •••\nand went on", "r1")
