"""What is kept of a demonstration until a person agrees, and what of all of them afterwards."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from memory_making import WORKFLOW, document
from pydantic import SecretStr
from shown import click, fill, login, post, recording

from rpa_agent.domain.errors import UsageInvalid, VersionMovedOn
from rpa_agent.memory import Memory
from rpa_agent.ops.secret.secrets import SecretSources
from rpa_agent.store.recordings import (
    HIDDEN,
    Demonstration,
    Kept,
    add_demonstration,
    demonstrations,
    keep_recording,
    kept_recording,
)

SECRETS = {"user": "clerk", "password": "hunter2-secret"}


def test_a_recording_is_kept_for_its_owner_and_without_secrets(tmp_path: Path) -> None:
    """Wherever they stand: typed, sent, shown by the page."""
    path = tmp_path / "deep" / "r.json"
    shown = recording(
        *login(),
        fill("Note", "hunter2-secret is what I typed"),
        click("Save", post("/s", note="hunter2-secret", who="clerk"), texts=("Signed in as clerk",)),
        last_texts=("Welcome clerk",),
        last_url="http://site.test/form?as=clerk%20",
    )
    secrets = SecretSources([("the test", {name: SecretStr(value) for name, value in SECRETS.items()})])
    keep_recording(path, Kept(task="T", site="S", recording=shown), SECRETS, hide=secrets.hide)
    assert path.stat().st_mode & 0o777 == 0o600
    assert "hunter2" not in path.read_text()
    assert "clerk" not in path.read_text()
    kept = kept_recording(path)
    assert (kept.task, kept.site, len(kept.recording.acts)) == ("T", "S", len(shown.acts))
    assert kept.recording.acts[1].value == HIDDEN
    assert kept.recording.secrets == {}


@pytest.mark.parametrize("text", ["", "{", '{"recording": {}}', '{"acts": []}', "[]", '{"recording": {"unknown": 1}}'])
def test_what_cannot_be_read_is_said(tmp_path: Path, text: str) -> None:
    """Cut off in the middle, or made by something else."""
    path = tmp_path / "r.json"
    path.write_text(text)
    with pytest.raises(UsageInvalid, match="cannot be read as a recording"):
        kept_recording(path)


def test_demonstrations_are_noted_one_after_the_other(tmp_path: Path) -> None:
    """A first one begins anew; a damaged line costs no more than itself."""
    path = tmp_path / "d.jsonl"
    one, two = (Demonstration(examples={"n": n}, steps=("s1",)) for n in "12")
    add_demonstration(path, one, first=True)
    with path.open("a") as f:
        f.write('{"examples": \n')
    add_demonstration(path, two, first=False)
    assert demonstrations(path) == (one, two)
    assert [json.loads(line)["examples"] for line in path.read_text().splitlines()] == [{"n": "1"}, {"n": "2"}]
    add_demonstration(path, two, first=True)
    assert demonstrations(path) == (two,)
    assert demonstrations(tmp_path / "none") == ()


async def test_a_version_is_added_only_after_the_one_that_was_edited(tmp_path: Path) -> None:
    """Of two people who edit the same version at the same time, the second is told."""
    async with Memory.open(tmp_path / "memory.db") as memory:
        first = await memory.add(document(), workflow=WORKFLOW, author="recording")
        await memory.add(document("Another task"), workflow=WORKFLOW, author="Ana", after=first.number)
        with pytest.raises(VersionMovedOn, match=r"version 2 of .* came after version 1"):
            await memory.add(document("A third task"), workflow=WORKFLOW, author="Ben", after=first.number)
        assert [v.number for v in await memory.versions(first.procedure)] == [2, 1]
