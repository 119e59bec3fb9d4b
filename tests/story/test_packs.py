"""Know-how goes from one project to another by command, and the seed that is committed stays as it is."""

from __future__ import annotations

import asyncio
import hashlib
import shutil
from pathlib import Path

import pytest
from shell import Shell

from rpa_agent.memory import Memory

ROOT = Path(__file__).resolve().parents[2]


def shipped(folder: Path) -> Path:
    """Return a project with the shipped seed and workflows."""
    folder.mkdir()
    shutil.copytree(ROOT / "workflows", folder / "workflows")
    shutil.copy(ROOT / "memory.db", folder / "memory.db")
    return folder


def test_a_pack_carries_know_how_and_nothing_runs_unseen(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Export here, import there, twice: once. What came cannot run unattended, and the answer says how it can."""
    here, pack = Shell(shipped(tmp_path / "here"), capsys), tmp_path / "all.pack"
    code, done = here.json("memory", "export", str(pack))
    assert (code, done["procedures"]) == (0, 2)
    there = Shell(tmp_path / "there", capsys)
    there.project.mkdir()
    shutil.copytree(ROOT / "workflows", there.project / "workflows")
    _, brought = there.json("memory", "import", str(pack))
    assert (brought["procedures"], brought["versions"]) == (2, 2)
    _, again = there.json("memory", "import", str(pack))
    assert (again["versions"], again["known"]) == (0, 2)
    secrets = tmp_path / "secrets.env"
    secrets.write_text("RPA_SECRET_USER_NAME=clerk\nRPA_SECRET_PASSWORD=x\n")
    assert there("run", "approve-invoice", "--param", "invoice_number=1", "--env-file", str(secrets)) == 4
    assert "--supervised" in there.err


def test_a_file_that_is_no_pack_makes_no_memory(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A missing file, a picture, a memory.db: told by name, and nothing was made."""
    rpa = Shell(tmp_path, capsys)
    for name in ("gone.pack", "memory.db"):
        if name == "memory.db":
            shutil.copy(ROOT / "memory.db", tmp_path / name)
        assert rpa("memory", "import", str(tmp_path / name)) in {3, 5}
        assert name in rpa.err
    assert not (tmp_path / ".rpa" / "memory.db").exists()


def test_working_never_changes_the_committed_seed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Looking, searching, learning, importing, rolling back: byte for byte the seed stays; publishing alone writes it."""
    rpa = Shell(shipped(tmp_path / "project"), capsys)
    seed = rpa.project / "memory.db"
    before = hashlib.sha256(seed.read_bytes()).hexdigest()
    pack = tmp_path / "a.pack"
    for command in (
        ("list",), ("search", "Approve an invoice", "--words"), ("stats",), ("dump",), ("export", str(pack)), ("import", str(pack)),
        ("retire", "approve-invoice"), ("rollback", "approve-invoice", "--to", "1"), ("merge",), ("verify",),
    ):
        assert rpa("memory", *command) == 0, (command, rpa.err)
        assert hashlib.sha256(seed.read_bytes()).hexdigest() == before, command
    assert sorted(p.name for p in rpa.project.iterdir()) == [".rpa", "memory.db", "workflows"]
    assert rpa("memory", "publish") == 0
    assert hashlib.sha256(seed.read_bytes()).hexdigest() != before


def test_what_was_searched_for_is_not_published(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Vectors of searches stay here; those of procedures go along."""
    rpa = Shell(shipped(tmp_path / "project"), capsys)
    assert rpa("memory", "retire", "approve-invoice") == 0

    async def search() -> None:
        class Flat:
            name = "flat"

            def embed(self, texts: list[str]) -> list[list[float]]:
                return [[1.0, 0.0] for _ in texts]

        async with Memory.open(rpa.project / ".rpa" / "memory.db", embedder=Flat()) as memory:  # type: ignore[arg-type]
            await memory.search("Pay somebody")

    async def kept() -> int:
        async with Memory.open(rpa.project / "memory.db", read_only=True) as memory:
            return int(await memory.shelf.read(lambda db: db.conn.execute(
                "SELECT count(*) FROM embeddings WHERE model = 'flat'").fetchone()[0]))

    asyncio.run(search())
    assert rpa("memory", "publish") == 0
    assert asyncio.run(kept()) == 2
