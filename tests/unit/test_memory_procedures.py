"""Memory adds and never rewrites: versions, statuses, uses, rollback, and proof of every row."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from memory_making import SITE, WORKFLOW, document, learned, look, make_seed, step, with_variant

from rpa_agent.domain.change import Counts, ElementSeen, Interruption, MemoryChange, StatusChange, Use
from rpa_agent.domain.errors import NoProcedure, StoreCorrupt, StoreTooNew, StoreUnfit
from rpa_agent.memory import Memory


async def test_what_was_recorded_is_known(tmp_path: Path) -> None:
    """A recording becomes version 1, active, exactly as it was given."""
    async with Memory.open(tmp_path / "memory.db") as memory:
        version = await memory.add(document(), workflow=WORKFLOW, author="recording", evidence=("r1",), note="shown")
        assert (version.number, version.status, version.parent) == (1, "active", None)
        assert (version.author, version.evidence, version.note) == ("recording", ("r1",), "shown")
        assert version.document == document()
        assert await memory.known(site=SITE, workflow=WORKFLOW) == [version]
        assert await memory.known(site="elsewhere", workflow=WORKFLOW) == []
        assert await memory.known(site=SITE, workflow="other") == []


async def test_recording_again_supersedes_and_keeps(tmp_path: Path) -> None:
    """A second recording is the next version of the same procedure; the first is retired, readable and revivable."""
    async with Memory.open(tmp_path / "memory.db") as memory:
        await memory.add(document(), workflow=WORKFLOW, author="recording")
        again = await memory.add(
            document(procedure="p_new", steps=(step("s9", "Create"),)), workflow=WORKFLOW, author="recording"
        )
        assert (again.procedure, again.number, again.parent, again.status) == ("p_1", 2, 1, "active")
        assert again.document.procedure == "p_1"
        assert [v.number for v in await memory.known(site=SITE, workflow=WORKFLOW)] == [2]
        assert [(v.number, v.status) for v in await memory.versions("p_1")] == [(2, "active"), (1, "retired")]
        assert "superseded by version 2" in [e.why for e in await memory.history("p_1")]


async def test_recording_the_same_twice_adds_nothing(tmp_path: Path) -> None:
    """Know-how that is there already is not written again, but it is made active again when it was not."""
    async with Memory.open(tmp_path / "memory.db") as memory:
        for _ in range(2):
            assert (await memory.add(document(), workflow=WORKFLOW, author="recording")).number == 1
        await memory.add(document(facts=("new",)), workflow=WORKFLOW, author="recording")
        assert (await memory.add(document(), workflow=WORKFLOW, author="recording")).status == "active"
        assert [(v.number, v.status) for v in await memory.versions("p_1")] == [(2, "retired"), (1, "active")]


async def test_two_workflows_never_share_a_history(tmp_path: Path) -> None:
    """A copied workflow with the same document gets a procedure of its own."""
    async with Memory.open(tmp_path / "memory.db") as memory:
        a = await memory.add(document(), workflow="a", author="recording")
        b = await memory.add(document(), workflow="b", author="recording")
        assert a.procedure != b.procedure
        assert b.document.procedure == b.procedure
        assert [line.workflow for line in await memory.procedures()] == ["a", "b"]


async def test_an_import_waits_until_it_is_trusted(tmp_path: Path) -> None:
    """Untrusted and candidate versions stand beside the active one and do not push it out."""
    async with Memory.open(tmp_path / "memory.db") as memory:
        await memory.add(document(), workflow=WORKFLOW, author="recording")
        other = document(steps=(step("s7", "Import"),))
        await memory.add(other, workflow=WORKFLOW, author="import", status="untrusted")
        assert [v.status for v in await memory.known(site=SITE, workflow=WORKFLOW)] == ["untrusted", "active"]


async def test_a_change_is_applied_once_per_run(tmp_path: Path) -> None:
    """The second time the same run asks, memory answers with what it wrote the first time."""
    async with Memory.open(tmp_path / "memory.db") as memory:
        await memory.add(document(), workflow=WORKFLOW, author="recording")
        change = learned("r1", with_variant(document(), "s2", "File invoice"))
        first, second = await memory.apply(change), await memory.apply(change)
        assert first is not None
        assert first == second
        assert (first.number, first.status, first.parent, first.evidence) == (2, "candidate", 1, ("r1",))
        assert len(await memory.uses("p_1", 1)) == 1
        assert (await memory.version("p_1", 1)).document.step("s1").target.variants[0].seen == 1


async def test_a_promoted_version_takes_the_place_of_the_active_one(tmp_path: Path) -> None:
    """There is one active version at most, whether it comes new or is promoted."""
    async with Memory.open(tmp_path / "memory.db") as memory:
        await memory.add(document(), workflow=WORKFLOW, author="recording")
        second = with_variant(document(), "s2", "File invoice")
        await memory.apply(learned("r1", second, status="active"))
        await memory.apply(learned("r2", with_variant(second, "s1", "Add"), parent=2))
        await memory.apply(MemoryChange(run="r3", procedure="p_1", statuses=(
            StatusChange(procedure="p_1", version=3, status="active", why="2 clean runs"),)))
        assert [(v.number, v.status) for v in await memory.versions("p_1")] == [
            (3, "active"), (2, "retired"), (1, "retired")]
        events = [(e.version, e.what, e.why) for e in await memory.history("p_1")]
        assert events[-2:] == [(2, "active -> retired", "superseded by version 3"),
                               (3, "candidate -> active", "2 clean runs")]


async def test_a_change_that_cannot_be_applied_whole_is_not_applied(tmp_path: Path) -> None:
    """One wrong part takes everything back, so that the run can be applied later."""
    async with Memory.open(tmp_path / "memory.db") as memory:
        await memory.add(document(), workflow=WORKFLOW, author="recording")
        wrong = StatusChange(procedure="p_1", version=9, status="active", why="?")
        doc = with_variant(document(), "s2", "File")
        with pytest.raises(NoProcedure, match="no version 9"):
            await memory.apply(learned("r1", doc, statuses=(wrong,)))
        assert len(await memory.versions("p_1")) == 1
        assert await memory.uses("p_1") == []
        assert (await memory.apply(learned("r1", doc))).number == 2
        with pytest.raises(NoProcedure, match="p_none"):
            await memory.apply(MemoryChange(run="r9", procedure="p_none"))


async def test_every_used_version_is_credited_once(tmp_path: Path) -> None:
    """Uses come back as they were given, oldest first, and a run counts once per version."""
    async with Memory.open(tmp_path / "memory.db") as memory:
        await memory.add(document(), workflow=WORKFLOW, author="recording")
        uses = [
            Use(run=f"r{n}", procedure="p_1", version=1, outcome=outcome, fault=fault, own_fault=fault == "drift",
                clean=fault is None, row=f"row{n}", day="2026-11-22", at=f"2026-11-22T0{n}:00:00Z")
            for n, (outcome, fault) in enumerate((("succeeded", None), ("failed", "drift"), ("failed", "login")))
        ]
        for use in uses:
            await memory.apply(MemoryChange(run=use.run, procedure="p_1", use=use))
            await memory.apply(MemoryChange(run=f"{use.run}-more", procedure="p_1", use=use))
        assert await memory.uses("p_1", 1) == uses
        assert await memory.ran("p_1", 1, last=2) == uses[1:]
        assert await memory.ran("p_1", 2, last=2) == []
        assert [await memory.clean_runs("p_1", most=most) for most in (0, 5)] == [0, 1]
        line = (await memory.procedures())[0]
        assert (line.uses, line.successes, line.active, line.last_used) == (3, 1, 1, "2026-11-22T02:00:00Z")


async def test_counts_change_without_touching_the_proof(tmp_path: Path) -> None:
    """Counting makes no new version and breaks no hash; counts for looks that are not there are harmless."""
    async with Memory.open(tmp_path / "memory.db") as memory:
        shown = document(steps=(step("s1", "New"),))
        shown = shown.but(steps=(shown.steps[0].but(target=shown.steps[0].target.but(
            variants=(look("New", seen=3, first="2026-01-01", last="2026-01-02"),))),))
        before = await memory.add(shown, workflow=WORKFLOW, author="recording")
        counts = (Counts(step="s1", variant=0, seen=2, failed=1, day="2026-11-22"),
                  Counts(step="gone", variant=0, seen=1), Counts(step="s1", variant=7, seen=1))
        await memory.apply(MemoryChange(run="r1", procedure="p_1", counts=counts, counted_version=1))
        after = await memory.version("p_1", 1)
        variant = after.document.step("s1").target.variants[0]
        assert (variant.seen, variant.failed, variant.first, variant.last) == (5, 1, "2026-01-01", "2026-11-22")
        assert after.row_hash == before.row_hash
        assert await memory.verify() == []


async def test_rollback_brings_back_the_parent_and_rejects_its_edits(tmp_path: Path) -> None:
    """What was undone is not proposed again; nothing is erased, and the way forward stays open."""
    async with Memory.open(tmp_path / "memory.db") as memory:
        await memory.add(document(), workflow=WORKFLOW, author="recording")
        second = with_variant(document(), "s2", "File")
        await memory.apply(learned("r1", second, status="active"))
        await memory.apply(learned("r2", with_variant(second, "s1", "Add"), parent=2, status="active"))
        back = await memory.rollback("p_1", 1, why="it pressed the wrong button")
        assert (back.number, back.status) == (1, "active")
        assert {edit["run"] for edit in await memory.rejected("p_1")} == {"r1", "r2"}
        assert (await memory.rollback("p_1", 3, why="it was right")).status == "active"
        assert {edit["run"] for edit in await memory.rejected("p_1")} == {"r1"}
        assert (await memory.rollback("p_1", why="to the parent")).number == 2
        assert len(await memory.versions("p_1")) == 3
        assert await memory.verify() == []


async def test_a_first_version_has_nothing_to_go_back_to(tmp_path: Path) -> None:
    """Rollback says so instead of leaving the workflow without a procedure."""
    async with Memory.open(tmp_path / "memory.db") as memory:
        await memory.add(document(), workflow=WORKFLOW, author="recording")
        with pytest.raises(NoProcedure, match="no earlier version"):
            await memory.rollback("p_1", why="?")
        with pytest.raises(NoProcedure, match="no version 5"):
            await memory.rollback("p_1", 5, why="?")
        assert (await memory.rollback("p_1", 1, why="again")).status == "active"


async def test_a_suspect_version_can_be_rolled_back_or_cleared(tmp_path: Path) -> None:
    """A version under suspicion is still the one in use: back means its parent, and naming it clears it."""
    async with Memory.open(tmp_path / "memory.db") as memory:
        await memory.add(document(), workflow=WORKFLOW, author="recording")
        await memory.apply(learned("r1", with_variant(document(), "s2", "File"), status="active"))
        await memory.set_status("p_1", 2, "suspect", "2 own faults in a row")
        assert (await memory.rollback("p_1", 2, why="it was the site")).status == "active"
        await memory.set_status("p_1", 2, "suspect", "again")
        assert (await memory.rollback("p_1", why="enough")).number == 1
        assert [v.status for v in await memory.versions("p_1")] == ["retired", "active"]


async def test_retired_is_not_erased(tmp_path: Path) -> None:
    """A retired procedure is no longer known to runs, stays readable, and can be revived."""
    async with Memory.open(tmp_path / "memory.db") as memory:
        await memory.add(document(), workflow=WORKFLOW, author="recording")
        await memory.retire("p_1", why="the site is gone")
        assert await memory.known(site=SITE, workflow=WORKFLOW) == []
        assert (await memory.version("p_1", 1)).status == "retired"
        assert (await memory.rollback("p_1", 1, why="it is back")).status == "active"
        await memory.set_status("p_1", 1, "suspect", "2 own faults in a row")
        assert [e.what for e in await memory.history("p_1")] == [
            "added", "active -> retired", "retired -> active", "active -> suspect"]


async def test_elements_and_interruptions_belong_to_a_site(tmp_path: Path) -> None:
    """A proved look is offered to every procedure of its site, the most reliable first, counted when met again."""
    async with Memory.open(tmp_path / "memory.db") as memory:
        await memory.add(document(), workflow=WORKFLOW, author="recording")
        for run, name in (("r1", "Save"), ("r2", "File"), ("r3", "File")):
            seen = ElementSeen(site=SITE, key="k", variant=look(name, first="2026-11-22"))
            bar = Interruption(site=SITE, words="We use cookies", variant=look("Reject"))
            await memory.apply(MemoryChange(run=run, procedure="p_1", elements=(seen,), interruptions=(bar,)))
        assert [(v.fingerprint.name, v.seen) for v in await memory.elements(SITE, "k")] == [("File", 2), ("Save", 1)]
        assert await memory.elements("elsewhere", "k") == []
        [bar] = await memory.interruptions(SITE)
        assert (bar.words, bar.variant.fingerprint.name, bar.variant.seen) == ("We use cookies", "Reject", 3)


async def test_a_rewritten_row_is_noticed_wherever_it_is_read(tmp_path: Path) -> None:
    """A document changed behind memory's back is refused by name, and `verify` lists it."""
    path = tmp_path / "memory.db"
    await make_seed(path, "Enter an invoice")
    with closing(sqlite3.connect(path)) as conn, conn:
        with pytest.raises(sqlite3.IntegrityError, match="never rewritten"):
            conn.execute("UPDATE versions SET author = 'someone'")
        with pytest.raises(sqlite3.IntegrityError, match="never erased"):
            conn.execute("DELETE FROM versions")
        conn.execute("DROP TRIGGER versions_never_change")
        conn.execute("UPDATE versions SET document = replace(document, 'Save', 'Delete')")
    async with Memory.open(path) as memory:
        for read in (memory.version("p_1", 1), memory.versions("p_1"), memory.known(site=SITE, workflow="w1")):
            with pytest.raises(StoreCorrupt, match="version 1 of procedure p_1") as caught:
                await read
            assert "rpa verify" in caught.value.remedy
        assert len(await memory.verify()) == 1


async def test_unknown_versions_are_named(tmp_path: Path) -> None:
    """Asking for what is not there says what to do."""
    async with Memory.open(tmp_path / "memory.db") as memory:
        await memory.add(document(), workflow=WORKFLOW, author="recording")
        for ask in (memory.version("p_1", 2), memory.version("p_9", 1), memory.history("p_9"), memory.versions("p_9"),
                    memory.retire("p_9", why="?"), memory.set_status("p_1", 2, "active", "?")):
            with pytest.raises(NoProcedure) as caught:
                await ask
            assert "rpa memory" in caught.value.remedy


async def test_the_working_copy_starts_from_the_seed_and_never_touches_it(tmp_path: Path) -> None:
    """The seed is copied once, only read, and not copied again over what was learned."""
    seed, path = tmp_path / "repo" / "memory.db", tmp_path / "state" / "memory.db"
    await make_seed(seed, "Enter an invoice")
    seed.chmod(0o444)
    content = seed.read_bytes()
    async with Memory.open(path, seed=seed) as memory:
        assert len(await memory.procedures()) == 1
        await memory.add(document(), workflow="learned", author="recording")
    async with Memory.open(path, seed=seed) as memory:
        assert len(await memory.procedures()) == 2
    assert seed.read_bytes() == content
    assert list(seed.parent.iterdir()) == [seed]
    assert [p.name for p in path.parent.iterdir()] == ["memory.db"]


async def test_a_missing_or_empty_seed_is_no_seed(tmp_path: Path) -> None:
    """A new project starts with an empty memory."""
    (tmp_path / "empty.db").touch()
    for number, seed in enumerate((None, tmp_path / "none.db", tmp_path / "empty.db")):
        async with Memory.open(tmp_path / f"memory{number}.db", seed=seed) as memory:
            assert await memory.procedures() == []


async def test_an_unfit_seed_is_refused_and_makes_no_working_copy(tmp_path: Path) -> None:
    """A damaged, foreign or newer seed is named as the culprit, and the next start can succeed."""
    damaged, newer, foreign = (tmp_path / f"{name}.db" for name in ("damaged", "newer", "foreign"))
    damaged.write_bytes(b"rubbish" * 100)
    await make_seed(newer, "a")
    with closing(sqlite3.connect(newer)) as conn:
        conn.execute("PRAGMA user_version = 99")
    with closing(sqlite3.connect(foreign)) as conn:
        conn.execute("CREATE TABLE theirs (id)")
        conn.execute("PRAGMA application_id = 7")
    for seed, error in ((damaged, StoreCorrupt), (newer, StoreTooNew), (foreign, StoreUnfit)):
        with pytest.raises(error, match=seed.name):
            async with Memory.open(tmp_path / "state" / "memory.db", seed=seed):
                pass
        assert not (tmp_path / "state" / "memory.db").exists()


async def test_a_document_with_every_kind_of_text_survives(tmp_path: Path) -> None:
    """Quotes, newlines, other scripts and holes come back as they were given."""
    task = "It's \"odd\"; DROP TABLE versions; -- {{ number }}\n発注書 🧾 \\"
    async with Memory.open(tmp_path / "memory.db") as memory:
        given = document(task, facts=("a'b", "", "a'b"), script="1. go\n2. done")
        assert (await memory.add(given, workflow="x", author="recording")).document == given
        assert await memory.verify() == []
