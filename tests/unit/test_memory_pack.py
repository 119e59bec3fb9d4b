"""Packs: know-how in one file, doubted on arrival."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import struct
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from memory_making import document, learned, with_variant

from rpa_agent.domain.errors import ImportInvalid, StoreTooNew, StoreUnfit
from rpa_agent.domain.procedure import Step
from rpa_agent.memory import Memory, unpack
from rpa_agent.memory.diff import dump
from rpa_agent.memory.pack import write_pack
from rpa_agent.memory.rows import proof
from rpa_agent.memory.unpack import import_pack, read_pack

Lines = list[dict[str, Any]]


class Flat:
    """An embedder of one direction."""

    name = "flat"

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        return [[1.0, 0.0] for _ in texts]


async def packed(tmp_path: Path, *tasks: str, name: str = "a.pack", site: str = "backoffice") -> Path:
    """Return a pack of a memory that was taught these tasks."""
    path = tmp_path / name
    async with Memory.open(tmp_path / f"{name}.db", embedder=Flat()) as memory:
        for task in tasks:
            word = task.split()[0].lower()
            await memory.add(document(task, procedure=f"p_{word}", site=site), workflow=word, author="recording")
        await memory.search(tasks[0])
        await write_pack(memory, path)
    return path


def opened(path: Path) -> Lines:
    return [json.loads(line) for line in gzip.decompress(path.read_bytes()).decode().splitlines()]


def closed(path: Path, lines: Lines) -> Path:
    """Write lines as a pack whose hashes are right, as one who means harm would."""
    for line in lines:
        if line.get("kind") == "version":
            line["row_hash"] = proof(line)
    text = "".join(json.dumps(line, sort_keys=True, separators=(",", ":"), ensure_ascii=False) + "\n" for line in lines[:-1])
    end = {"kind": "end", "lines": len(lines) - 2, "sha256": hashlib.sha256(text.encode()).hexdigest()}
    path.write_bytes(gzip.compress((text + json.dumps(end) + "\n").encode()))
    return path


async def test_what_was_learned_arrives_untrusted(tmp_path: Path) -> None:
    """Every version is there, none may run unattended, its vector came along, and it can be found."""
    pack = await packed(tmp_path, "Enter an invoice", "Pay a bill")
    async with Memory.open(tmp_path / "here.db") as memory:
        done = await import_pack(memory, pack)
        assert (done.procedures, done.versions, done.known) == (2, 2, 0)
        assert [v.status for p in await memory.procedures() for v in await memory.versions(p.id)] == ["untrusted"] * 2
        assert [p.active for p in await memory.procedures()] == [None, None]
        assert (await memory.search("Pay a bill"))[0].version.document.task == "Pay a bill"
        assert await memory.verify() == []
        assert await memory.shelf.read(lambda db: db.conn.execute("SELECT count(*) FROM embeddings").fetchone()[0]) == 2


async def test_twice_is_once_and_what_is_here_stays(tmp_path: Path) -> None:
    """The second import changes nothing; an active version here stays active, whatever the pack knows of it."""
    pack = await packed(tmp_path, "Enter an invoice")
    async with Memory.open(tmp_path / "here.db") as memory:
        await memory.add(document("Enter an invoice", procedure="p_1"), workflow="enter", author="recording")
        await memory.apply(learned("r1", with_variant(document("Enter an invoice"), "s2", "File")))
        await import_pack(memory, pack)
        before = await dump(memory)
        done = await import_pack(memory, pack)
        assert (done.procedures, done.versions) == (0, 0)
        assert await dump(memory) == before
        assert (await memory.procedures())[0].active == 1


async def test_two_packs_in_either_order_know_the_same(tmp_path: Path) -> None:
    """Nothing is lost, whichever comes first, also where both know the same workflow differently."""
    one = await packed(tmp_path, "Enter an invoice", "Pay a bill", name="a.pack")
    two = await packed(tmp_path, "Enter an order", "Pay a bill", name="b.pack")
    known = []
    for n, order in enumerate(((one, two), (two, one))):
        async with Memory.open(tmp_path / f"{n}.db") as memory:
            for pack in order:
                await import_pack(memory, pack)
            known.append({
                (p.site, p.workflow, v.status, v.document.but(procedure="").model_dump_json())
                for p in await memory.procedures() for v in await memory.versions(p.id)
            })
    assert known[0] == known[1]
    assert len(known[0]) == 3


async def test_equal_memories_make_equal_packs(tmp_path: Path) -> None:
    """A pack can be compared by its bytes; salt, dates of the file and uses are not in it."""
    path = await packed(tmp_path, "Enter an invoice")
    async with Memory.open(tmp_path / "a.pack.db") as memory:
        await write_pack(memory, tmp_path / "again.pack")
        assert (tmp_path / "again.pack").read_bytes() == path.read_bytes()
        assert memory.salt.encode() not in gzip.decompress(path.read_bytes())


def _task(text: str) -> Callable[[Lines], None]:
    def change(lines: Lines) -> None:
        document_ = json.loads(lines[2]["document"])
        lines[2]["document"] = json.dumps({**document_, "task": text})
    return change


def _goto(address: str) -> Callable[[Lines], None]:
    def change(lines: Lines) -> None:
        doc = document("Enter an invoice", procedure="p_enter", steps=(Step(id="s1", kind="goto", value=address),))
        lines[2]["document"] = doc.model_dump_json(by_alias=True)
    return change


def _document(**changes: Any) -> Callable[[Lines], None]:
    def change(lines: Lines) -> None:
        lines[2]["document"] = json.dumps({**json.loads(lines[2]["document"]), **changes})
    return change


def _line(index: int, **changes: Any) -> Callable[[Lines], None]:
    return lambda lines: lines[index].update(changes)


HOSTILE: dict[str, Callable[[Lines], None]] = {
    "a name that is a path": _line(1, workflow="../../etc/cron.d/x"),
    "a site of no length": _line(1, site=""),
    "letters that turn a terminal's text around": _task("Pay \u202etxt.exe"),
    "letters that a terminal obeys": _task("Pay \x1b[2J now"),
    "a script as an address": _goto("javascript:alert(1)"),
    "a file of this machine": _goto("file:///etc/passwd"),
    "a kind of step that does not exist": _document(steps=[{"id": "s1", "kind": "eval", "value": "1"}]),
    "keys that nobody knows": _document(run="rm -rf /"),
    "another schema of documents": _document(schema=99),
    "a document of another site": _document(site="bank"),
    "a version of a procedure that is not there": _line(2, procedure="p_other"),
    "a number that is none": _line(2, number=-1),
    "a line of a kind that does not exist": _line(1, kind="table"),
    "a vector that is not one": _line(3, vector=base64.b64encode(struct.pack("2f", float("nan"), 1.0)).decode()),
    "a vector that outshines all": _line(3, vector=base64.b64encode(struct.pack("2f", 900.0, 900.0)).decode()),
    "a vector that is no base64": _line(3, vector="%%%"),
    "nesting without end": lambda lines: lines[2].update(document="[" * 100_000),
    "the same procedure twice": lambda lines: lines.insert(2, dict(lines[1])),
}


@pytest.mark.parametrize("change", HOSTILE.values(), ids=HOSTILE)
async def test_a_hostile_pack_brings_nothing(tmp_path: Path, change: Callable[[Lines], None]) -> None:
    """Though every hash in it is right, it is refused as a whole with the line that is wrong."""
    pack = await packed(tmp_path, "Enter an invoice")
    lines = opened(pack)
    change(lines)
    closed(pack, lines)
    async with Memory.open(tmp_path / "here.db") as memory:
        with pytest.raises(ImportInvalid, match=r"line \d+: "):
            await import_pack(memory, pack)
        assert await memory.procedures() == []


async def test_a_pack_cannot_outshine_what_is_here(tmp_path: Path) -> None:
    """A vector for the task of a procedure that is here already is not taken."""
    pack = await packed(tmp_path, "Enter an invoice", site="elsewhere")
    async with Memory.open(tmp_path / "here.db") as memory:
        await memory.add(document("Enter an invoice", procedure="p_mine"), workflow="enter", author="recording")
        await import_pack(memory, pack)
        assert await memory.shelf.read(lambda db: db.conn.execute("SELECT count(*) FROM embeddings").fetchone()[0]) == 0


async def test_one_changed_letter_is_noticed(tmp_path: Path) -> None:
    """A pack that is not what was written is refused, whichever line was touched."""
    pack = await packed(tmp_path, "Enter an invoice")
    text = gzip.decompress(pack.read_bytes())
    for old, new in ((b"Enter an", b"Enter no"), (b"recording", b"recordinG"), (b'"lines":3', b'"lines":2')):
        assert old in text
        pack.write_bytes(gzip.compress(text.replace(old, new)))
        with pytest.raises(ImportInvalid, match=r"hash does not match|end is missing"):
            read_pack(pack)


async def test_a_pack_cut_off_anywhere_brings_nothing(tmp_path: Path) -> None:
    """Whether the file or its text ends early."""
    pack = await packed(tmp_path, "Enter an invoice")
    whole = pack.read_bytes()
    text = gzip.decompress(whole)
    for cut in (b"", whole[:1], whole[:20], whole[: len(whole) // 2], whole[:-1], gzip.compress(text[:-2]),
                gzip.compress(text[: text.rindex(b'{"kind":"end"')]), gzip.compress(text.split(b"\n")[0]), b"PK\x03\x04 zip"):
        pack.write_bytes(cut)
        with pytest.raises(ImportInvalid):
            read_pack(pack)


async def test_an_import_that_fails_half_way_leaves_nothing(tmp_path: Path) -> None:
    """All of a pack is one transaction."""
    pack = await packed(tmp_path, "Enter an invoice", "Pay a bill")
    async with Memory.open(tmp_path / "here.db") as memory:
        await memory.shelf.write(lambda db: db.conn.execute(
            "CREATE TRIGGER full BEFORE INSERT ON versions WHEN new.procedure = 'p_pay' BEGIN SELECT RAISE(ABORT, 'disk'); END"
        ))
        before = await dump(memory)
        with pytest.raises(StoreUnfit):
            await import_pack(memory, pack)
        assert await dump(memory) == before


async def test_what_unpacks_to_too_much_is_refused(tmp_path: Path) -> None:
    """A few kilobytes that would become gigabytes are read no further than the limit; so are endless lines."""
    bomb = tmp_path / "bomb.pack"
    with gzip.open(bomb, "wb", compresslevel=1) as f:
        for _ in range(unpack.MOST_BYTES // (1 << 22) + 1):
            f.write(b"0" * (1 << 22))
    with pytest.raises(ImportInvalid, match="unpacks to more than"):
        read_pack(bomb)
    bomb.write_bytes(gzip.compress(b"x" * (unpack.MOST_IN_LINE + 1) + b"\n\n\n"))
    with pytest.raises(ImportInvalid, match="line 1 is longer"):
        read_pack(bomb)
    bomb.write_bytes(gzip.compress(b"\n" * (unpack.MOST_LINES + 1)))
    with pytest.raises(ImportInvalid, match="more than"):
        read_pack(bomb)


async def test_a_pack_of_another_rpa_agent_says_so(tmp_path: Path) -> None:
    """Neither guessed at nor half read."""
    pack = await packed(tmp_path, "Enter an invoice")
    lines = opened(pack)
    lines[0]["schema"] = 2
    with pytest.raises(StoreTooNew):
        read_pack(closed(pack, lines))
    lines[0]["pack"] = "something else"
    with pytest.raises(ImportInvalid, match="no pack of rpa-agent"):
        read_pack(closed(pack, lines))
