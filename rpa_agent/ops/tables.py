"""The tables of runs.db and how they came to be, in order."""

from __future__ import annotations

from rpa_agent.store.hashes import row_hash
from rpa_agent.store.migrations import Migrations
from rpa_agent.store.sqlite import Database

from . import ledger as ledger_of
from .proofs import FACTS, HISTORY, JOURNAL, hash_run, prove_run

_OWNER = "owner_pid INTEGER, owner_started REAL, owner_token TEXT"

_FIRST = (
    """CREATE TABLE batches (
        id TEXT PRIMARY KEY, workflow TEXT NOT NULL, occurrence TEXT, input_hash TEXT NOT NULL DEFAULT '',
        rows INTEGER NOT NULL DEFAULT 0, started TEXT NOT NULL, ended TEXT, totals TEXT)""",
    f"""CREATE TABLE runs (
        id TEXT PRIMARY KEY, workflow TEXT NOT NULL, batch TEXT REFERENCES batches(id),
        row_key TEXT NOT NULL DEFAULT '', occurrence TEXT, started TEXT NOT NULL, ended TEXT,
        outcome TEXT, fault TEXT, sent TEXT, stopped TEXT, trajectory TEXT, trajectory_hash TEXT,
        verdict TEXT, verdict_applied INTEGER, {_OWNER})""",
    "CREATE INDEX runs_of_workflow ON runs (workflow, id)",
    "CREATE INDEX runs_of_batch ON runs (batch)",
    "CREATE INDEX runs_of_occurrence ON runs (occurrence)",
    "CREATE INDEX runs_unfinished ON runs (id) WHERE ended IS NULL",
    "CREATE INDEX verdicts_unapplied ON runs (id) WHERE verdict_applied = 0",
    f"""CREATE TABLE journal (
        key TEXT NOT NULL, generation INTEGER NOT NULL, epoch INTEGER NOT NULL, name TEXT NOT NULL, run TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('planned', 'armed', 'sent', 'confirmed', 'ambiguous', 'not_done')),
        again TEXT, receipt TEXT, changed TEXT NOT NULL, {_OWNER}, PRIMARY KEY (key, generation)) WITHOUT ROWID""",
    "CREATE INDEX journal_of_run ON journal (run)",
    """CREATE TABLE journal_history (
        id INTEGER PRIMARY KEY, key TEXT NOT NULL, generation INTEGER NOT NULL, epoch INTEGER NOT NULL,
        state TEXT NOT NULL, run TEXT NOT NULL, at TEXT NOT NULL, note TEXT NOT NULL DEFAULT '')""",
    "CREATE INDEX journal_history_of_key ON journal_history (key, id)",
    """CREATE TABLE inbox (
        id TEXT PRIMARY KEY, run TEXT NOT NULL, workflow TEXT NOT NULL, reason TEXT NOT NULL, fault TEXT,
        artifacts TEXT NOT NULL DEFAULT '', candidates TEXT NOT NULL DEFAULT '[]', added TEXT NOT NULL,
        resolved TEXT, how TEXT, who TEXT, because TEXT)""",
    "CREATE UNIQUE INDEX inbox_waits_once ON inbox (run) WHERE resolved IS NULL",
    """CREATE TABLE schedules (
        workflow TEXT NOT NULL, schedule TEXT NOT NULL, upto TEXT NOT NULL, PRIMARY KEY (workflow, schedule))""",
    f"""CREATE TABLE occurrences (
        id TEXT PRIMARY KEY, workflow TEXT NOT NULL, schedule TEXT NOT NULL, occurrence TEXT NOT NULL,
        due TEXT NOT NULL, day TEXT NOT NULL, timezone TEXT NOT NULL, params TEXT NOT NULL, examples INTEGER NOT NULL,
        start_at TEXT NOT NULL, expires TEXT,
        state TEXT NOT NULL CHECK (state IN ('due', 'running', 'done', 'missed', 'skipped', 'parked')),
        outcome TEXT, reason TEXT NOT NULL DEFAULT '', attempts INTEGER NOT NULL DEFAULT 0, changed TEXT NOT NULL,
        {_OWNER}, UNIQUE (workflow, schedule, occurrence))""",
    "CREATE INDEX occurrences_due ON occurrences (start_at) WHERE state = 'due'",
    "CREATE INDEX occurrences_by_time ON occurrences (due)",
    # the last line of defence: whatever the code does, no workflow runs twice at a time
    "CREATE UNIQUE INDEX one_at_a_time ON occurrences (workflow) WHERE state = 'running'",
)


def office(db: Database) -> None:
    """Batches, runs, journal, inbox and occurrences."""
    for statement in _FIRST:
        db.conn.execute(statement)


def accounts(db: Database) -> None:
    """Named logins: who uses one now, and why one must not be used."""
    db.conn.execute(
        f"""CREATE TABLE accounts (
        name TEXT PRIMARY KEY, paused TEXT NOT NULL DEFAULT '', paused_at TEXT NOT NULL DEFAULT '',
        refused TEXT NOT NULL DEFAULT '', logged_in TEXT NOT NULL DEFAULT '', slot INTEGER,
        run TEXT NOT NULL DEFAULT '', {_OWNER})"""
    )


def attempts(db: Database) -> None:
    """Logins that were begun and not answered, and what was told about an account last."""
    for column in ("tried TEXT NOT NULL DEFAULT ''", "attempts INTEGER NOT NULL DEFAULT 0", "notice TEXT NOT NULL DEFAULT ''"):
        db.conn.execute(f"ALTER TABLE accounts ADD COLUMN {column}")


def batch_rows(db: Database) -> None:
    """What every row of a batch was given and what became of it; who works on a batch; hashes that prove rows."""
    for column in (
        "environment TEXT NOT NULL DEFAULT ''", "input TEXT NOT NULL DEFAULT ''", "day TEXT NOT NULL DEFAULT ''",
        "again TEXT", "results TEXT NOT NULL DEFAULT ''", "followed_by TEXT", "row_hash TEXT NOT NULL DEFAULT ''",
        *_OWNER.split(", "),
    ):
        db.conn.execute(f"ALTER TABLE batches ADD COLUMN {column}")
    db.conn.execute("ALTER TABLE runs ADD COLUMN row INTEGER")
    db.conn.execute(
        """CREATE TABLE batch_rows (
        batch TEXT NOT NULL REFERENCES batches(id), number INTEGER NOT NULL, key TEXT NOT NULL, given TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN
            ('pending', 'running', 'succeeded', 'exception', 'parked', 'failed', 'cancelled')),
        outcome TEXT, fault TEXT, sent TEXT, reason TEXT NOT NULL DEFAULT '', outputs TEXT NOT NULL DEFAULT '{}',
        run TEXT NOT NULL DEFAULT '', attempts INTEGER NOT NULL DEFAULT 0, tries INTEGER NOT NULL DEFAULT 0,
        due TEXT, changed TEXT NOT NULL, row_hash TEXT NOT NULL, PRIMARY KEY (batch, number)) WITHOUT ROWID"""
    )
    db.conn.execute("CREATE INDEX batches_of_workflow ON batches (workflow, id)")
    db.conn.execute("CREATE INDEX batches_of_occurrence ON batches (occurrence)")


def values(db: Database) -> None:
    """What a commit was made of, so that it is found again where what counts as the same was changed."""
    for statement in (
        "ALTER TABLE journal ADD COLUMN origin TEXT",
        "ALTER TABLE journal ADD COLUMN workflow TEXT",
        "ALTER TABLE journal ADD COLUMN facts TEXT",
        """CREATE TABLE journal_values (
        origin TEXT NOT NULL, workflow TEXT NOT NULL, name TEXT NOT NULL, param TEXT NOT NULL, value TEXT NOT NULL,
        key TEXT NOT NULL, PRIMARY KEY (workflow, name, origin, param, value, key)) WITHOUT ROWID""",
    ):
        db.conn.execute(statement)


def leases(db: Database) -> None:
    """Which processes work here, when each was last heard of, and the processes it started."""
    db.conn.execute(
        """CREATE TABLE workers (
        token TEXT PRIMARY KEY, pid INTEGER NOT NULL, started REAL NOT NULL, beat REAL NOT NULL,
        beats INTEGER NOT NULL DEFAULT 0, below TEXT NOT NULL DEFAULT '[]') WITHOUT ROWID"""
    )


def proofs(db: Database) -> None:
    """Every row of the journal proves itself, and so does a verdict; what was written before is taken as it stands."""
    for table, columns in (("journal", JOURNAL), ("journal_history", HISTORY)):
        db.conn.execute(f"ALTER TABLE {table} ADD COLUMN row_hash TEXT NOT NULL DEFAULT ''")
        which = ("key", "generation") if table == "journal" else ("id",)
        for row in list(db.query(f"SELECT * FROM {table}")):
            values = [row_hash({name: row[name] for name in columns}), *(row[name] for name in which)]
            db.execute(f"UPDATE {table} SET row_hash = ? WHERE {' AND '.join(f'{name} = ?' for name in which)}", values)
    db.conn.execute("ALTER TABLE runs ADD COLUMN verdict_hash TEXT NOT NULL DEFAULT ''")
    db.conn.execute("ALTER TABLE journal ADD COLUMN facts_hash TEXT NOT NULL DEFAULT ''")
    for row in list(db.query("SELECT * FROM journal WHERE facts IS NOT NULL")):
        values = [row_hash({name: row[name] for name in FACTS}), row["key"], row["generation"]]
        db.execute("UPDATE journal SET facts_hash = ? WHERE key = ? AND generation = ?", values)


def reviews(db: Database) -> None:
    """What people decided about repairs, once for all runs that repaired the very same."""
    db.conn.execute(
        """CREATE TABLE reviews (
        mark TEXT PRIMARY KEY, run TEXT NOT NULL, workflow TEXT NOT NULL,
        decision TEXT NOT NULL CHECK (decision IN ('keep', 'undo', 'ask')), who TEXT NOT NULL, because TEXT NOT NULL,
        at TEXT NOT NULL) WITHOUT ROWID"""
    )


def run_proofs(db: Database) -> None:
    """What became of a run proves itself, also where its process died and left no trajectory."""
    db.conn.execute("ALTER TABLE runs ADD COLUMN row_hash TEXT NOT NULL DEFAULT ''")
    for row in list(db.query("SELECT id FROM runs")):
        hash_run(db, row["id"])


def timetable(db: Database) -> None:
    """Due times that may run side by side, that must be over by a time, that a file brought; pauses."""
    for column in ("alongside INTEGER NOT NULL DEFAULT 0", "finish_by TEXT", "late TEXT", "file TEXT"):
        db.conn.execute(f"ALTER TABLE occurrences ADD COLUMN {column}")
    db.conn.execute("DROP INDEX one_at_a_time")
    db.conn.execute(
        "CREATE UNIQUE INDEX one_at_a_time ON occurrences (workflow) WHERE state = 'running' AND alongside = 0"
    )
    db.conn.execute(
        """CREATE TABLE pauses (
        workflow TEXT PRIMARY KEY, who TEXT NOT NULL, because TEXT NOT NULL, since TEXT NOT NULL,
        resumed TEXT) WITHOUT ROWID"""
    )


def notices(db: Database) -> None:
    """What people are told, once each, until it has arrived."""
    db.conn.execute(
        """CREATE TABLE notices (
        id TEXT PRIMARY KEY, kind TEXT NOT NULL, target TEXT NOT NULL, about TEXT NOT NULL, workflow TEXT NOT NULL,
        title TEXT NOT NULL, body TEXT NOT NULL, made TEXT NOT NULL, next TEXT NOT NULL, sent TEXT,
        tries INTEGER NOT NULL DEFAULT 0, error TEXT NOT NULL DEFAULT '', UNIQUE (kind, target, about))"""
    )
    db.conn.execute("CREATE INDEX notices_unsent ON notices (next) WHERE sent IS NULL")


def queue(db: Database) -> None:
    """Where what runs has its place in the queue, what ends at its deadline, and what a person cancelled."""
    for column in ("site TEXT NOT NULL DEFAULT ''", "account TEXT NOT NULL DEFAULT ''", "stops INTEGER NOT NULL DEFAULT 0"):
        db.conn.execute(f"ALTER TABLE occurrences ADD COLUMN {column}")
    db.conn.execute(
        """CREATE TABLE cancels (
        id TEXT PRIMARY KEY, who TEXT NOT NULL, because TEXT NOT NULL, at TEXT NOT NULL) WITHOUT ROWID"""
    )


def ledger(db: Database) -> None:
    """Who did what, line by line, each proving the one before; what there was is told as it stands."""
    db.conn.execute(
        """CREATE TABLE ledger (
        seq INTEGER PRIMARY KEY, at TEXT NOT NULL, who TEXT NOT NULL, what TEXT NOT NULL, about TEXT NOT NULL,
        workflow TEXT NOT NULL, detail TEXT NOT NULL, before TEXT NOT NULL, hash TEXT NOT NULL)"""
    )
    for column in ("about", "workflow"):
        db.conn.execute(f"CREATE INDEX ledger_of_{column} ON ledger ({column}, seq)")
    for act in ("UPDATE", "DELETE"):
        stays = "SELECT RAISE(ABORT, 'the ledger is only added to')"
        db.conn.execute(f"CREATE TRIGGER ledger_no_{act.lower()} BEFORE {act} ON ledger BEGIN {stays}; END")
    for row in list(db.query("SELECT id FROM runs ORDER BY id")):
        prove_run(db, row["id"])
    for row in list(db.query("SELECT * FROM journal ORDER BY changed, key, generation")):
        detail = {"commit": row["name"], "entry": ledger_of.entry_of(row), "proof": row["row_hash"]}
        ledger_of.write(db, row["state"], at=row["changed"], who=ledger_of.OFFICE, about=row["run"], detail=detail)


def handed_on(db: Database) -> None:
    """Which runs of one workflow another has taken as its rows, by the digest of those rows; none where they were passed."""
    db.conn.execute(
        """CREATE TABLE handed_on (
        workflow TEXT NOT NULL, run TEXT NOT NULL, source TEXT NOT NULL, hash TEXT NOT NULL, occurrence TEXT,
        at TEXT NOT NULL, PRIMARY KEY (workflow, run)) WITHOUT ROWID"""
    )


def looked_ahead(db: Database) -> None:
    """Due times that were looked at before they came."""
    db.conn.execute(
        """CREATE TABLE looked_ahead (
        workflow TEXT NOT NULL, schedule TEXT NOT NULL, occurrence TEXT NOT NULL, at TEXT NOT NULL,
        PRIMARY KEY (workflow, schedule, occurrence)) WITHOUT ROWID"""
    )


RUNS = Migrations(
    "runs",
    (
        office, accounts, attempts, batch_rows, values, leases, proofs, reviews, run_proofs, timetable, notices, queue, ledger,
        handed_on, looked_ahead,
    ),
)
