"""What a commit was made of, kept with its journal entry, so that it is met again under another rule of what is the same.

A key is a digest: it cannot be asked for the values behind it. These can. Somebody adds ``once:`` to a workflow, or does
the rows of a file after single runs by hand: the same business effect then has another key, and is not to be sent again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rpa_agent.domain.errors import ParamsInvalid, StoreCorrupt
from rpa_agent.domain.frozen import Frozen
from rpa_agent.domain.workflow import Once
from rpa_agent.store.hashes import row_hash
from rpa_agent.store.sqlite import Database

from .commit_key import Moment, commit_key, origin_of, plain
from .proofs import FACTS, is_sound

_ALL, _DAY = "=", "@day"  # no parameter has such a name


class Facts(Frozen):
    """Where and with what a commit happens. ``params`` are canonical texts."""

    origin: str
    workflow: str
    name: str
    params: dict[str, str]
    at: Moment

    def key(self, once: Once | None) -> str:
        """Return the key of this commit; raises ParamsInvalid where a value of it is missing."""
        return commit_key(self.origin, self.workflow, self.name, once=once, params=self.params, at=self.at)

    def as_row(self, named_by: str) -> Facts | None:
        """Return the same as a row of a file whose rows are named by this parameter; None where it has no value."""
        row = self.at.row_key or self.params.get(named_by, "")
        return self.but(at=self.at.but(has_rows=True, row_key=row)) if row or not named_by else None

    def by_hand(self, once: Once | None) -> bool:
        """Tell whether such a commit counts for its run alone."""
        return self.at.occurrence is None and (once.per in {"run", "occurrence"} if once else not self.at.has_rows)


def keep(db: Database, key: str, generation: int, facts: Facts) -> None:
    """Keep the facts of an entry that is being armed, inside somebody's transaction."""
    kept = {
        "key": key, "generation": generation, "origin": origin_of(facts.origin), "workflow": facts.workflow,
        "facts": facts.model_dump_json(),
    }  # fmt: skip
    sql = "UPDATE journal SET origin = ?, workflow = ?, facts = ?, facts_hash = ? WHERE key = ? AND generation = ?"
    db.execute(sql, [kept["origin"], kept["workflow"], kept["facts"], row_hash(kept), key, generation])
    place = [origin_of(facts.origin), facts.workflow, facts.name]
    db.conn.executemany(
        "INSERT OR IGNORE INTO journal_values (origin, workflow, name, param, value, key) VALUES (?, ?, ?, ?, ?, ?)",
        [(*place, param, value, key) for param, value in _values(facts)],
    )


def damaged(db: Database) -> Iterator[str]:
    """Yield one line for every entry that is not found any more by what it was made of."""
    kept: dict[str, set[tuple[str, ...]]] = {}
    for row in db.query("SELECT * FROM journal_values"):
        kept.setdefault(row["key"], set()).add((row["origin"], row["workflow"], row["name"], row["param"], row["value"]))
    for row in db.query("SELECT key, name, facts FROM journal WHERE facts IS NOT NULL"):
        try:
            facts = Facts.model_validate_json(row["facts"])
            place = (origin_of(facts.origin), facts.workflow, facts.name)
        except ValueError:
            continue  # told by its hash; an address may be damaged so that it is none
        if not {(*place, *value) for value in _values(facts)} <= kept.get(row["key"], set()):
            yield f"journal entry {row['key']} (commit {row['name']}) is not found by its values any more"


def _values(facts: Facts) -> Iterator[tuple[str, str]]:
    for name, value in facts.params.items():
        yield name, _short(plain(value))
    yield _ALL, _digest(facts.params)
    yield _DAY, facts.at.day.isoformat()


def _digest(params: Mapping[str, str]) -> str:
    return _short(json.dumps({k: plain(v) for k, v in params.items()}, sort_keys=True), 0)


def _short(value: str, longest: int = 64) -> str:
    return value if len(value) <= longest else hashlib.sha256(value.encode()).hexdigest()


def same_commit(db: Database, facts: Facts, once: Once | None, named_by: str) -> str | None:
    """Return the key under which this very commit was journaled before by another rule; None where it was not.

    What is confirmed comes first, then what is in doubt or in flight. ``named_by`` is the parameter that names a row.
    """
    wanted = facts.key(once)
    rows = []
    for row in _alike(db, facts, _asked(facts, once, named_by)):
        other = Facts.model_validate_json(row["facts"])
        seen_as = other.as_row(named_by) if once is None and facts.at.has_rows else other
        try:
            if seen_as is not None and seen_as.key(once) == wanted:
                rows.append(row)
        except ParamsInvalid:
            continue  # it was made before the parameter existed
    rows.sort(key=lambda r: (r["state"] != "confirmed", r["changed"]))
    return str(rows[0]["key"]) if rows else None


def _asked(facts: Facts, once: Once | None, named_by: str) -> Sequence[tuple[str, str]]:
    """Return values that every entry of the same commit has."""
    if once is not None and once.key:
        return [(k, _short(plain(facts.params[k]))) for k in once.key if k in facts.params]
    if once is not None:
        return [(_DAY, facts.at.day.isoformat())] if once.per == "day" else []
    if facts.at.row_key and named_by:
        return [(named_by, _short(plain(facts.at.row_key)))]
    return [(_ALL, _digest(facts.params))]


def twins(db: Database, facts: Facts, once: Once | None, *, since: str) -> list[dict[str, Any]]:
    """Return what other runs by hand did with the same values and nobody may send beside: in doubt, in flight, or
    confirmed ``since`` this run began, as where a person started it twice."""
    if not facts.by_hand(once):
        return []
    found = _alike(db, facts, [(_ALL, _digest(facts.params))])
    return [
        row
        for row in found
        if row["run"] != facts.at.run
        and Facts.model_validate_json(row["facts"]).by_hand(once)
        and (row["state"] != "confirmed" or row["changed"] > since)
    ]


def _alike(db: Database, facts: Facts, values: Sequence[tuple[str, str]]) -> list[dict[str, Any]]:
    place = [origin_of(facts.origin), facts.workflow, facts.name]
    every = "SELECT key FROM journal_values WHERE origin = ? AND workflow = ? AND name = ?"
    named = " INTERSECT ".join([f"{every} AND param = ? AND value = ?"] * len(values)) or every
    given = [part for value in values for part in (*place, *value)] or place
    sql = (
        f"SELECT * FROM journal j WHERE key IN ({named}) AND facts IS NOT NULL AND state NOT IN ('planned', 'not_done')"
        " AND generation = (SELECT max(generation) FROM journal WHERE key = j.key) ORDER BY changed DESC LIMIT 1000"
    )
    found = list(db.query(sql, given))
    for row in found:
        if not is_sound(row, FACTS, "facts_hash"):
            raise StoreCorrupt(
                f"what commit {row['name']} was made of is not what was written; nothing was sent",
                do="Run `rpa verify`, then restore a backup with `rpa restore FILE`.", where=row["key"],
            )  # fmt: skip
    return found
