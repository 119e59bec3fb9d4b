"""The invoices that are entered, and how many of them the practice site really has."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

NUMBER = "invoice_number"
COLUMNS = (NUMBER, "supplier", "invoice_date", "due_date", "amount", "currency", "cost_centre")
_LINES = """\
RE-30107|Nordlicht Energie|2026-11-04|2026-12-04|418.20|EUR|1000 Administration
HS-2291|Harbour Software Ltd|2026-11-05|2026-12-05|1250.00|GBP|4000 IT and telephony
VT/88-410|Voss Telekom|2026-11-05|2026-12-19|79.95|EUR|4000 IT and telephony
RE-30155|Isar Kältetechnik|2026-11-06|2026-12-06|2310.40|EUR|2100 Warehouse North
FT-0917|Fjord Timber AB|2026-11-09|2026-12-23|5600.00|SEK|2200 Warehouse South
EP-7741|Eberhard Papier GmbH|2026-11-10|2026-12-10|136.50|EUR|1000 Administration
BE-5520|Brandt Elektrotechnik|2026-11-11|2026-12-11|987.65|EUR|2100 Warehouse North
AF-1180|Alpenfracht Logistik AG|2026-11-12|2026-12-12|3420.00|CHF|2200 Warehouse South
RE-30198|Petersen Sicherheit|2026-11-12|2026-12-12|640.00|EUR|3000 Sales
MT-6032|Meridian Travel|2026-11-13|2026-12-13|1899.00|EUR|3000 Sales
GG-4417|Gerlach Gebäudetechnik|2026-11-16|2026-12-16|275.30|EUR|1000 Administration
LV-0093|Lindner Verpackung GmbH|2026-11-17|2026-12-17|58.00|EUR|2100 Warehouse North"""


def invoices() -> list[dict[str, str]]:
    """Return the invoices on the desk, in the order they come."""
    return [dict(zip(COLUMNS, line.split("|"), strict=True)) for line in _LINES.splitlines()]


def write_csv(path: Path, rows: Iterable[Mapping[str, str]]) -> None:
    """Write the file that the workflow reads."""
    with path.open("w", encoding="utf-8", newline="") as f:
        out = csv.DictWriter(f, COLUMNS, delimiter=";", extrasaction="ignore")
        out.writeheader()
        out.writerows(rows)


def differences(truth: Mapping[str, Any], wanted: Sequence[Mapping[str, str]]) -> list[str]:
    """Return in words where the site differs from exactly these invoices, each entered once with its own values."""
    created = {e["key"]: e for e in truth["effects"] if e["kind"] == "invoice.create"}
    others = [e for e in truth["effects"] if e["kind"] not in {"invoice.create", "login.ok"}]
    numbers = {w[NUMBER] for w in wanted}
    wrong = [f"{e['kind']} of {e['key']}" for e in others]
    wrong += [f"{key} was entered and nobody asked for it" for key in created if key not in numbers]
    for row in wanted:
        found = created.get(row[NUMBER])
        if found is None:
            wrong.append(f"{row[NUMBER]} is not there")
            continue
        if found["count"] != 1:
            wrong.append(f"{row[NUMBER]} was entered {found['count']} times")
        wrong += [
            f"{row[NUMBER]}: {name} is {found['data'].get(field)!r}, not {row[name]!r}"
            for name, field in ((c, c) for c in COLUMNS if c != NUMBER)
            if not _same(str(found["data"].get(field)), row[name])
        ]
    return wrong


def _same(kept: str, meant: str) -> bool:
    if kept == meant or meant.startswith(f"{kept} "):       # the site keeps a cost centre's code
        return True
    try:
        return Decimal(kept) == Decimal(meant)
    except InvalidOperation:
        return False
