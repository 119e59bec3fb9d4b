"""The tables of memory.db and how they came to be."""

from __future__ import annotations

import json
import secrets

from ..store.hashes import digest
from ..store.migrations import Migrations
from ..store.sqlite import Database
from .rows import know_how, proof, rows
from .words import Searchable, mask_entities

# versions never change after they are written, whoever opens the file; only the status is bookkeeping
_TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE sites (name TEXT PRIMARY KEY, created TEXT NOT NULL);
CREATE TABLE procedures (
    n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, site TEXT NOT NULL REFERENCES sites(name),
    workflow TEXT NOT NULL, task TEXT NOT NULL, created TEXT NOT NULL,
    search_text TEXT NOT NULL DEFAULT '', text_hash TEXT NOT NULL DEFAULT '', UNIQUE (site, workflow)
);
CREATE INDEX procedures_by_text ON procedures(text_hash);
CREATE TABLE versions (
    procedure TEXT NOT NULL REFERENCES procedures(id), number INTEGER NOT NULL, parent INTEGER,
    document TEXT NOT NULL, script TEXT NOT NULL, status TEXT NOT NULL, author TEXT NOT NULL, evidence TEXT NOT NULL,
    note TEXT NOT NULL, created TEXT NOT NULL, know_how TEXT NOT NULL, row_hash TEXT NOT NULL,
    PRIMARY KEY (procedure, number)
);
CREATE UNIQUE INDEX one_active_version ON versions(procedure) WHERE status = 'active';
CREATE TRIGGER versions_never_change
    BEFORE UPDATE OF procedure, number, parent, document, script, author, evidence, note, created, know_how, row_hash
    ON versions BEGIN SELECT RAISE(ABORT, 'versions are never rewritten'); END;
CREATE TRIGGER versions_stay BEFORE DELETE ON versions BEGIN SELECT RAISE(ABORT, 'versions are never erased'); END;
CREATE TABLE history (
    id INTEGER PRIMARY KEY, at TEXT NOT NULL, procedure TEXT NOT NULL REFERENCES procedures(id),
    version INTEGER, what TEXT NOT NULL, why TEXT NOT NULL, run TEXT NOT NULL DEFAULT ''
);
CREATE INDEX history_by_procedure ON history(procedure);
CREATE TABLE facts (
    procedure TEXT NOT NULL, version INTEGER NOT NULL, fact TEXT NOT NULL, PRIMARY KEY (procedure, version, fact),
    FOREIGN KEY (procedure, version) REFERENCES versions(procedure, number)
);
CREATE TABLE uses (
    id INTEGER PRIMARY KEY, run TEXT NOT NULL, procedure TEXT NOT NULL, version INTEGER NOT NULL,
    outcome TEXT NOT NULL, fault TEXT, own_fault INTEGER NOT NULL, clean INTEGER NOT NULL, row TEXT NOT NULL,
    day TEXT NOT NULL, at TEXT NOT NULL, UNIQUE (run, procedure, version),
    FOREIGN KEY (procedure, version) REFERENCES versions(procedure, number)
);
CREATE INDEX uses_by_version ON uses(procedure, version);
CREATE TABLE counts (
    procedure TEXT NOT NULL, version INTEGER NOT NULL, step TEXT NOT NULL, variant INTEGER NOT NULL,
    seen INTEGER NOT NULL, failed INTEGER NOT NULL, last TEXT NOT NULL,
    PRIMARY KEY (procedure, version, step, variant),
    FOREIGN KEY (procedure, version) REFERENCES versions(procedure, number)
);
CREATE TABLE edits (
    id INTEGER PRIMARY KEY, at TEXT NOT NULL, run TEXT NOT NULL, procedure TEXT NOT NULL REFERENCES procedures(id),
    version INTEGER, accepted INTEGER NOT NULL, edit TEXT NOT NULL
);
CREATE INDEX edits_by_procedure ON edits(procedure);
CREATE TABLE elements (
    site TEXT NOT NULL REFERENCES sites(name), key TEXT NOT NULL, look TEXT NOT NULL, variant TEXT NOT NULL,
    seen INTEGER NOT NULL, failed INTEGER NOT NULL, last TEXT NOT NULL, PRIMARY KEY (site, key, look)
);
CREATE TABLE interruptions (
    site TEXT NOT NULL REFERENCES sites(name), words TEXT NOT NULL, look TEXT NOT NULL, variant TEXT NOT NULL,
    seen INTEGER NOT NULL, failed INTEGER NOT NULL, last TEXT NOT NULL, PRIMARY KEY (site, words, look)
);
CREATE TABLE applied (
    run TEXT NOT NULL, procedure TEXT NOT NULL REFERENCES procedures(id), version INTEGER, at TEXT NOT NULL,
    PRIMARY KEY (run, procedure)
);
CREATE TABLE embeddings (
    model TEXT NOT NULL, text_hash TEXT NOT NULL, vector BLOB NOT NULL, PRIMARY KEY (model, text_hash)
);
CREATE VIRTUAL TABLE words USING fts5(task, slots, facts, tokenize = 'porter unicode61 remove_diacritics 2');
"""


def first_shape(db: Database) -> None:
    """Create every table and this memory's salt."""
    for statement in _statements(_TABLES):
        db.conn.execute(statement)
    db.conn.execute("INSERT INTO meta VALUES ('salt', ?), ('words', '0')", [secrets.token_hex(16)])


def parts_of_uses(db: Database) -> None:
    """Tell what a version did in a run: it ran, lay beside, or lent a look."""
    db.conn.execute("ALTER TABLE uses ADD COLUMN part TEXT NOT NULL DEFAULT 'ran'")


def tasks_masked_anew(db: Database) -> None:
    """Mask every task as searches do now, and embed the task alone; the vectors are made when they are first needed."""
    known = db.conn.execute("SELECT p.n, p.task, w.slots, w.facts FROM procedures p JOIN words w ON w.rowid = p.n").fetchall()
    for n, task, slots, facts in known:
        text = Searchable(clear_task=task, task=mask_entities(task), slots=slots, facts=facts)
        meant = text.meant()
        db.conn.execute("UPDATE words SET task = ? WHERE rowid = ?", [text.task, n])
        db.conn.execute("UPDATE procedures SET search_text = ?, text_hash = ? WHERE n = ?", [meant, digest(meant, 32), n])
    db.conn.execute("UPDATE meta SET value = CAST(value AS INTEGER) + 1 WHERE key = 'words'")


def merged_and_asleep(db: Database) -> None:
    """Tell which procedure goes on for one that does the same, and since when one is not offered to others."""
    for column in ("same_as", "asleep"):
        db.conn.execute(f"ALTER TABLE procedures ADD COLUMN {column} TEXT NOT NULL DEFAULT ''")
    db.conn.execute("CREATE INDEX procedures_merged ON procedures(same_as) WHERE same_as <> ''")


def digests_anew(db: Database) -> None:
    """Give each version the digest of what it holds: a merge used to copy that of the other memory's text of the same.

    Such a version was told as damaged, and its memory neither merged nor published. What does not prove itself stays as it is.
    """
    guard = db.conn.execute("SELECT sql FROM sqlite_master WHERE name = 'versions_never_change'").fetchone()[0]
    db.conn.execute("DROP TRIGGER versions_never_change")
    for row in rows(db, "SELECT * FROM versions"):
        if proof(row) == row["row_hash"] and (digest_now := know_how(json.loads(row["document"]))) != row["know_how"]:
            db.conn.execute(
                "UPDATE versions SET know_how = ? WHERE procedure = ? AND number = ?",
                [digest_now, row["procedure"], row["number"]],
            )
    db.conn.execute(guard)


# An update inside a trigger does not fire it again: ``changed`` is none of the columns that it looks at.
_TELL = """
    UPDATE meta SET value = CAST(value AS INTEGER) + 1 WHERE key = 'words';
    UPDATE procedures SET changed = (SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'words') WHERE n = new.n;
END
"""
_TOLD = (
    "CREATE INDEX procedures_by_change ON procedures(changed)",
    f"CREATE TRIGGER procedures_told_added AFTER INSERT ON procedures BEGIN {_TELL}",
    f"CREATE TRIGGER procedures_told_changed AFTER UPDATE OF search_text, text_hash, same_as, asleep ON procedures BEGIN {_TELL}",
    """CREATE TRIGGER procedures_told_gone AFTER DELETE ON procedures BEGIN
        UPDATE meta SET value = CAST(value AS INTEGER) + 1 WHERE key = 'words';
        UPDATE meta SET value = (SELECT value FROM meta WHERE key = 'words') WHERE key = 'gone';
    END""",
)


def changes_told(db: Database) -> None:
    """Count every change of what is searched and keep with each procedure the count of its last one.

    So whoever holds words and vectors reads only what changed since. Triggers do it: nobody who writes can forget.
    """
    db.conn.execute("ALTER TABLE procedures ADD COLUMN changed INTEGER NOT NULL DEFAULT 0")
    for statement in _TOLD:
        db.conn.execute(statement)
    db.conn.execute("INSERT INTO meta VALUES ('gone', '0')")


def _statements(script: str) -> list[str]:
    """Split at semicolons that end a line, triggers kept whole; executescript would commit the open transaction."""
    return [s for s in script.split(";\n") if s.strip()]


MEMORY = Migrations("memory", (first_shape, parts_of_uses, tasks_masked_anew, merged_and_asleep, digests_anew, changes_told))
