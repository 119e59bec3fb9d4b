"""Publishing what was learned and merging what others learned, with nothing lost on either side."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from memory_making import SITE, WORKFLOW, document, learned, look, make_seed, step, with_variant

from rpa_agent.domain.change import ElementSeen
from rpa_agent.domain.errors import ImportInvalid, StoreCorrupt, StoreUnfit
from rpa_agent.memory import Memory
from rpa_agent.memory.diff import dump
from rpa_agent.memory.merge import merge
from rpa_agent.memory.pack import write_pack
from rpa_agent.memory.publish import publish
from rpa_agent.memory.rows import know_how, proof
from rpa_agent.memory.unpack import import_pack
from rpa_agent.store.hashes import canonical


async def record(memory: Memory, *names: str, procedure: str = "p_1") -> None:
    await memory.add(
        document(procedure=procedure, steps=tuple(step(f"s{n}", name) for n, name in enumerate(names, 1))),
        workflow=WORKFLOW, author="recording",
    )


async def test_a_published_seed_is_one_sound_file_with_all_that_is_known(tmp_path: Path) -> None:
    """Publishing works while the memory is in use and leaves nothing else beside the seed."""
    path, seed = tmp_path / "state" / "memory.db", tmp_path / "repo" / "memory.db"
    async with Memory.open(path) as memory:
        await record(memory, "New", "Save")
        publish(path, seed)
        await memory.apply(learned("r1", with_variant(document(), "s2", "File"), status="active"))
        publish(path, seed)
        text = await dump(memory)
    assert list(seed.parent.iterdir()) == [seed]
    async with Memory.open(tmp_path / "other" / "memory.db", seed=seed) as copy:
        assert await dump(copy) == text
        assert (await copy.search("enter supplier invoice"))[0].version.number == 2


async def test_an_unsound_memory_is_not_published(tmp_path: Path) -> None:
    """The former seed stays when a row does not prove itself or there is nothing to publish."""
    path, seed = tmp_path / "memory.db", tmp_path / "seed.db"
    await make_seed(path, "a")
    publish(path, seed)
    content = seed.read_bytes()
    with closing(sqlite3.connect(path)) as conn, conn:
        conn.execute("DROP TRIGGER versions_never_change")
        conn.execute("UPDATE versions SET author = 'someone'")
    with pytest.raises(StoreCorrupt, match="not published"):
        publish(path, seed)
    with pytest.raises(StoreUnfit):
        publish(tmp_path / "none.db", seed)
    assert seed.read_bytes() == content


async def test_merging_into_an_empty_memory_brings_everything_as_it_was(tmp_path: Path) -> None:
    """Statuses, history, uses, counts, edits and looks come along, and every row proves itself."""
    async with Memory.open(tmp_path / "theirs.db") as theirs:
        await record(theirs, "New", "Save")
        element = ElementSeen(site=SITE, key="k", variant=look("File"))
        await theirs.apply(learned("r1", with_variant(document(), "s2", "File"), elements=(element,)))
        await theirs.rollback("p_1", 1, why="undone")
        async with Memory.open(tmp_path / "ours.db") as ours:
            brought = await merge(ours, tmp_path / "theirs.db")
            assert (brought.procedures, brought.versions, brought.known, brought.uses) == (1, 2, 0, 1)
            assert brought.salt_differs
            assert await ours.versions("p_1") == await theirs.versions("p_1")
            assert await ours.uses("p_1") == await theirs.uses("p_1")
            assert await ours.elements(SITE, "k") == await theirs.elements(SITE, "k")
            assert await ours.verify() == []
            assert len(await ours.search("enter supplier invoice")) == 1


async def test_merging_twice_brings_nothing_more(tmp_path: Path) -> None:
    """Neither rows nor counts grow when the same file is merged again."""
    async with Memory.open(tmp_path / "theirs.db") as theirs:
        await record(theirs, "New", "Save")
        await theirs.apply(learned("r1", with_variant(document(), "s2", "File")))
    async with Memory.open(tmp_path / "ours.db") as ours:
        await merge(ours, tmp_path / "theirs.db")
        text = await dump(ours)
        again = await merge(ours, tmp_path / "theirs.db")
        assert (again.procedures, again.versions, again.known, again.uses, again.edits) == (0, 0, 2, 0, 0)
        assert await dump(ours) == text


async def test_what_both_learned_apart_stays_on_both_sides(tmp_path: Path) -> None:
    """Two machines that started from one seed: theirs comes in as a candidate beside ours, which stays active."""
    await make_seed(tmp_path / "seed.db", "Enter an invoice")
    base = document("Enter an invoice")
    for name, button in (("ours", "File"), ("theirs", "Submit")):
        async with Memory.open(tmp_path / f"{name}.db", seed=tmp_path / "seed.db") as memory:
            await memory.apply(learned(f"r-{name}", with_variant(base, "s2", button), status="active"))
    async with Memory.open(tmp_path / "ours.db") as ours:
        brought = await merge(ours, tmp_path / "theirs.db")
        assert (brought.procedures, brought.versions, brought.known, brought.salt_differs) == (0, 1, 1, False)
        found = await ours.versions("p_1")
        assert [(v.number, v.parent, v.status) for v in found] == [
            (3, 1, "candidate"), (2, 1, "active"), (1, None, "retired")]
        assert found[0].document.step("s2").target.variants[1].fingerprint.name == "Submit"
        assert {use.run for use in await ours.uses("p_1")} == {"r-ours", "r-theirs"}
        assert await ours.apply(learned("r-theirs", base)) == found[0]
        assert await ours.verify() == []


async def test_the_same_workflow_under_two_ids_becomes_one_procedure(tmp_path: Path) -> None:
    """Two people who recorded the same workflow meet in one history; equal recordings are one version."""
    async with Memory.open(tmp_path / "theirs.db") as theirs:
        await record(theirs, "New", "Save", procedure="p_theirs")
        await record(theirs, "New", "Save all", procedure="p_theirs")
    async with Memory.open(tmp_path / "ours.db") as ours:
        await record(ours, "New", "Save")
        brought = await merge(ours, tmp_path / "theirs.db")
        assert (brought.procedures, brought.versions, brought.known) == (0, 1, 1)
        assert [(v.procedure, v.number, v.status) for v in await ours.versions("p_1")] == [
            ("p_1", 2, "candidate"), ("p_1", 1, "active")]
        assert await ours.verify() == []


async def test_a_file_that_cannot_be_trusted_is_not_merged(tmp_path: Path) -> None:
    """A damaged, missing or forged file changes nothing here and is left as it is."""
    forged, rubbish = tmp_path / "forged.db", tmp_path / "rubbish.db"
    await make_seed(forged, "a")
    with closing(sqlite3.connect(forged)) as conn, conn:
        conn.execute("DROP TRIGGER versions_never_change")
        conn.execute("UPDATE versions SET document = replace(document, 'Save', 'Pay')")
    rubbish.write_bytes(b"rubbish" * 200)
    async with Memory.open(tmp_path / "ours.db") as ours:
        await record(ours, "New", "Save")
        text = await dump(ours)
        for path in (forged, rubbish, tmp_path / "none.db"):
            content = path.read_bytes() if path.exists() else None
            with pytest.raises(StoreUnfit):
                await merge(ours, path)
            assert (path.read_bytes() if path.exists() else None) == content
        assert await dump(ours) == text


async def test_what_an_earlier_rpa_agent_wrote_is_known_by_what_it_knows(tmp_path: Path) -> None:
    """Its text had fewer fields: by pack and by merge, in either order, it comes in once, and verifies."""
    await make_seed(tmp_path / "early.db", "Enter an invoice")
    with closing(sqlite3.connect(tmp_path / "early.db")) as conn, conn:
        conn.row_factory = sqlite3.Row
        conn.execute("DROP TRIGGER versions_never_change")
        row = dict(conn.execute("SELECT * FROM versions").fetchone())
        early = {k: v for k, v in json.loads(row["document"]).items() if k != "facts"}
        row["document"] = canonical(early)
        conn.execute(
            "UPDATE versions SET document = ?, row_hash = ?, know_how = ?", [row["document"], proof(row), know_how(early)]
        )
    async with Memory.open(tmp_path / "early.db") as early_one:
        assert await early_one.verify() == []
        await write_pack(early_one, tmp_path / "early.rpa")
    for number, first in enumerate(("pack", "merge")):
        async with Memory.open(tmp_path / f"{number}.db") as ours:
            if first == "pack":
                assert (await import_pack(ours, tmp_path / "early.rpa")).versions == 1
            merged = await merge(ours, tmp_path / "early.db")
            assert (merged.known, merged.trusted) == ((1, 1) if first == "pack" else (0, 0))
            assert [v.status for v in await ours.versions("p_1")] == ["active"]
            assert (await import_pack(ours, tmp_path / "early.rpa")).known == 1
            assert (await merge(ours, tmp_path / "early.db")).known == 1
            assert await ours.verify() == []


def as_merged_before(path: Path, *also: str) -> None:
    """Write digests of another text, as a merge did before the last step of the shape."""
    with closing(sqlite3.connect(path)) as conn, conn:
        guard = conn.execute("SELECT sql FROM sqlite_master WHERE name = 'versions_never_change'").fetchone()[0]
        for statement in ("DROP TRIGGER versions_never_change", "UPDATE versions SET know_how = 'of another text'", *also, guard):
            conn.execute(statement)
        conn.execute("DELETE FROM _sqlite_migrations WHERE name = 'digests_anew'")
        conn.execute("PRAGMA user_version = 4")


async def test_a_digest_that_an_earlier_merge_copied_is_set_right(tmp_path: Path) -> None:
    """The memory verifies, is merged into others and knows what it knows; versions are as unchangeable as before."""
    path = tmp_path / "memory.db"
    async with Memory.open(path) as memory:
        await record(memory, "New", "Save")
        await record(memory, "New", "File")
    as_merged_before(path)
    async with Memory.open(tmp_path / "ours.db") as ours:
        assert (await merge(ours, path)).versions == 2
        assert await ours.verify() == []
    async with Memory.open(path) as memory:
        assert await memory.verify() == []
        assert (await merge(memory, tmp_path / "ours.db")).known == 2
        with pytest.raises(StoreUnfit, match="never rewritten"):
            await memory.shelf.write(lambda db: db.conn.execute("UPDATE versions SET know_how = ''"))


async def test_what_is_damaged_is_not_set_right(tmp_path: Path) -> None:
    """Who wrote one version was changed: it is told as before, and only it."""
    path = tmp_path / "memory.db"
    async with Memory.open(path) as memory:
        await record(memory, "New", "Save")
        await record(memory, "New", "File")
    as_merged_before(path, "UPDATE versions SET author = 'someone' WHERE number = 1", "UPDATE versions SET know_how = ''")
    async with Memory.open(path) as memory:
        (problem,) = await memory.verify()
        assert problem.startswith("version 1 of procedure p_1 is not what was written")


async def test_a_pack_is_no_memory_and_a_memory_no_pack(tmp_path: Path) -> None:
    """Each is told with the command that it is for; nothing changes."""
    async with Memory.open(tmp_path / "memory.db") as memory:
        await record(memory, "New", "Save")
        await write_pack(memory, tmp_path / "know.pack")
        publish(tmp_path / "memory.db", tmp_path / "seed.db")
        text = await dump(memory)
        with pytest.raises(StoreUnfit, match="is a pack and no memory") as pack:
            await merge(memory, tmp_path / "know.pack")
        with pytest.raises(ImportInvalid, match="no pack") as whole:
            await import_pack(memory, tmp_path / "seed.db")
        assert "rpa memory import" in pack.value.remedy
        assert "rpa memory merge" in whole.value.remedy
        assert await dump(memory) == text
