"""What an exploration may enter, and how this site writes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ..domain.dates import write_date
from ..domain.numbers import write_decimal
from ..domain.target import Fingerprint
from ..domain.values import comma_in, month_first_in
from ..domain.workflow import Workflow

SECRET = "secrets."


@dataclass(frozen=True)
class Entered:
    """What an exploration may enter: the values by name as given, their types, and how the site writes them."""

    values: Mapping[str, str]
    workflow: Workflow

    def kinds(self) -> dict[str, str]:
        """Return what a model is told of them: names and types, no value."""
        params = self.workflow.params
        known = {n: " ".join(filter(None, (params[n].type, params[n].label))) for n in self.values if n in params}
        return known | {f"{SECRET}{n}": "secret" for n in self.workflow.secrets}

    def written(self) -> dict[str, str]:
        """Return the values by name; those that this site may write otherwise also under NAME_written."""
        text = Fingerprint(tag="input", type="text")
        more = {f"{n}_written": self.typed(n, text) for n in self.values}
        return dict(self.values) | {n: v for n, v in more.items() if v != self.values[n.removesuffix("_written")]}

    def written_told(self) -> str:
        """Return in words what those further names are for."""
        more = [n for n in self.written() if n not in self.values]
        return f"; in plain text fields use {', '.join(more)}" if more else ""

    def typed(self, name: str, field: Fingerprint) -> str:
        """Return a value as it is typed into a field: a browser's own date and number fields have one way of writing."""
        value, locale = self.values[name], self.workflow.locale
        kind = self.workflow.params[name].type
        if kind == "date" and field.type != "date" and locale is not None:
            first = month_first_in(locale)
            fmt = "yyyy-mm-dd" if first is None else "mm/dd/yyyy" if first else "dd.mm.yyyy" if comma_in(locale) else "dd/mm/yyyy"
            return write_date(date.fromisoformat(value), fmt)
        if kind == "decimal" and field.type != "number" and comma_in(locale):
            return write_decimal(Decimal(value), "1234,50")
        return value
