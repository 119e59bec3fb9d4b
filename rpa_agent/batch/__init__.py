"""BATCH: a file of rows, checked as a whole, then one run per row; it goes on where it stopped, and retries at its end.

What the site said about a row's data is never tried again; a technical fault is, after the other rows, by the
workflow's `retries:`. How far each row is stands in runs.db, so that the same file given again after a crash, Ctrl-C or a
restart begins no row twice; what was sent is guarded by the journal besides.
"""

from __future__ import annotations

from .sitting import Doer, Job, run_batch
from .table import Table, input_kept, read_table, results_again, table_from
from .told import BatchEnd, Began, Event, ResultsUnwritten, RowBegins, RowEnded, Tell, Waiting

__all__ = [
    "BatchEnd", "Began", "Doer", "Event", "Job", "ResultsUnwritten", "RowBegins", "RowEnded", "Table", "Tell", "Waiting",
    "input_kept", "read_table", "results_again", "run_batch", "table_from",
]  # fmt: skip
