"""What to achieve, when, and how success is measured: the workflow file's contract."""

from __future__ import annotations

import re
from datetime import date
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from .frozen import Frozen
from .hosts import check_entry
from .schedule import Schedule
from .spans import seconds
from .values import parse_decimal

NAME = r"^[a-z0-9][a-z0-9-]{0,63}$"
# Names that are something else already, and why a secret that is typed somewhere cannot be called so.
RESERVED_SECRETS = {
    "command": "RPA_SECRET_COMMAND is a setting of its own",
    "state_key": "so is the key of saved logins called in the keyring",
}
_EMAIL = re.compile(r"[^\s@<>(),;:]{1,64}@[^\s@<>(),;:]{1,255}")


class Param(Frozen):
    """A value that changes per run. Canonical text: ISO dates, ``1234.50``, ``true``/``false``."""

    type: Literal["string", "integer", "decimal", "date", "boolean", "choice", "email", "file"] = "string"
    required: bool = True
    default: str | int | float | bool | None = None
    min: float | None = None
    max: float | None = None
    options: tuple[str, ...] = ()
    label: str = ""

    def canonical(self, text: str) -> str:
        """Return ``text`` in canonical form; raises ValueError saying what is expected."""
        text = text.strip() if self.type != "string" else text
        match self.type:
            case "integer":
                if not re.fullmatch(r"[+-]?\d+", text):
                    raise ValueError(f"{text!r} is not a whole number")
                self._in_range(float(text))
                return str(int(text))
            case "decimal":
                value = parse_decimal(text)
                self._in_range(float(value))
                return format(value.normalize() if value else abs(value), "f")    # 120.0 and 120.00 are one value
            case "date":
                try:
                    return date.fromisoformat(text).isoformat()
                except ValueError as e:
                    raise ValueError(f"{text!r} is not a date; write it as 2026-12-31") from e
            case "boolean":
                if text.casefold() not in {"true", "false", "yes", "no", "1", "0"}:
                    raise ValueError(f"{text!r} is not yes or no")
                return "true" if text.casefold() in {"true", "yes", "1"} else "false"
            case "choice":
                if self.options and text not in self.options:
                    raise ValueError(f"{text!r} is none of {', '.join(self.options)}")
                return text
            case "email":
                if not _EMAIL.fullmatch(text):
                    raise ValueError(f"{text!r} is not an e-mail address; write it as name@example.org")
                return text
            case _:
                return text

    def _in_range(self, value: float) -> None:
        if self.min is not None and value < self.min:
            raise ValueError(f"{value:g} is below {self.min:g}")
        if self.max is not None and value > self.max:
            raise ValueError(f"{value:g} is above {self.max:g}")


class HttpCheck(Frozen):
    """A GET with the run's cookies on an allowed host; ``json`` must be a subset of the answer."""

    get: str
    json_: dict[str, Any] | None = Field(None, alias="json")
    status: int = 200


class Check(Frozen):
    """One plain measurement of success: exactly one of visible, hidden, url, output, http."""

    visible: str | None = None
    hidden: str | None = None
    url: str | None = None
    output: dict[str, str] | None = None
    http: HttpCheck | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> Check:
        if sum(v is not None for v in (self.visible, self.hidden, self.url, self.output, self.http)) != 1:
            raise ValueError("a check has exactly one of: visible, hidden, url, output, http")
        return self

    def words(self) -> str:
        """Return the check as one line of text, as shown in results."""
        if self.http is not None:
            return f"http {self.http.get}"
        if self.output is not None:
            return "output " + ", ".join(f"{k} ~ {v}" for k, v in self.output.items())
        kind, text = next((k, v) for k in ("visible", "hidden", "url") if (v := getattr(self, k)) is not None)
        return f"{kind} {text}"


class ExceptionRule(Frozen):
    """A business outcome that the site announces; never repaired."""

    name: str
    when: Check
    then: Literal["skip_row", "stop_batch", "needs_person"] = "skip_row"


class Once(Frozen):
    """What makes a commit the same commit: the parameters of its key and the period they count for."""

    key: tuple[str, ...] = ()           # none: one in each period, whatever the values
    per: Literal["ever", "day", "month", "occurrence", "run"] = "ever"

    @model_validator(mode="after")
    def _again_some_day(self) -> Once:
        if not self.key and self.per == "ever":
            raise ValueError("needs a key or a period: without both it would be done once and never again")
        return self


class Probe(Frozen):
    """A read-only question to the site: did the commit arrive? ``visible`` is looked for on the page ``open``.

    ``settle`` is how long the site may take to show what it took. Only an ``authoritative`` no lets it be sent again.
    """

    http: HttpCheck | None = None
    visible: str | None = None
    open: str = ""
    authoritative: bool = False
    settle: str = "5s"

    @model_validator(mode="after")
    def _one_question(self) -> Probe:
        if (self.http is None) == (self.visible is None):
            raise ValueError("a probe has exactly one of: http, visible")
        if (self.visible is None) != (not self.open):
            raise ValueError("a probe for a visible text names the page that shows it: open: /path")
        return self

    @field_validator("settle")
    @classmethod
    def _span(cls, v: str) -> str:
        seconds(v)
        return v


class CommitRule(Frozen):
    name: str = Field(pattern=NAME)
    once: Once | None = None
    probe: Probe | None = None


class Output(Frozen):
    """A value that a run brings back: read by a step of the procedure, or at the end from a text template's hole or
    the last URL. A ``table`` is a list of records with one type per column; a ``file`` is a download."""

    type: Literal["string", "integer", "decimal", "date", "table", "file"] = "string"
    columns: dict[str, Literal["string", "integer", "decimal", "date"]] = {}
    text: str | None = None             # "Filed as {{ invoice_id }}"
    url: str | None = None              # "/invoices/{{ invoice_id }}"


class Rows(Frozen):
    """Run once per row: of a file, or of what another workflow brought back, as ``other.outputs``, or ``other.outputs.name``
    for the records of a table."""

    file: str = ""
    from_: str | None = Field(None, alias="from", pattern=r"^[a-z0-9][a-z0-9-]{0,63}\.outputs(\.[a-z_][a-z0-9_]{0,63})?$")
    sheet: int | str | None = None
    key: str | None = None
    columns: dict[str, str] = {}
    header: int | None = Field(None, ge=1)      # the row that names the columns, where it is not the first
    encoding: str | None = None         # of a CSV file, where it is neither UTF-8 nor what Windows writes
    delimiter: str | None = Field(None, min_length=1, max_length=3)     # one character, or `tab`
    stop_after_in_a_row: int = Field(5, ge=1)

    @model_validator(mode="after")
    def _one_source(self) -> Rows:
        if (not self.file) == (self.from_ is None):
            raise ValueError("rows come from exactly one of: file, from")
        given = [name for name in ("sheet", "header", "encoding", "delimiter") if getattr(self, name) is not None]
        if self.from_ is not None and given:
            raise ValueError(f"{', '.join(given)} belongs to file; what a workflow brought back has neither")
        return self

    @property
    def source(self) -> tuple[str, str]:
        """Return the workflow that rows come from, and the table of its outputs that they are; nothing for each."""
        workflow, _, table = (self.from_ or "").partition(".outputs")
        return workflow, table.removeprefix(".")


class Retries(Frozen):
    technical: int = Field(3, ge=0, le=20)
    backoff: tuple[str, ...] = ("30s", "5m", "20m")


class Budget(Frozen):
    """What one run may take, and what all runs of a workflow may ask models for in a day (UTC)."""

    model_usd: float = Field(0.10, ge=0)
    model_tokens: int | None = Field(None, ge=0)            # None: model_tokens of the settings
    model_usd_a_day: float | None = Field(None, ge=0)       # None: as much as all workflows together may
    model_tokens_a_day: int | None = Field(None, ge=0)
    minutes: float = Field(10, gt=0)


class Notify(Frozen):
    on: tuple[Literal["failed", "needs_person", "missed", "late", "repaired", "paused", "succeeded"], ...]
    to: str


class Sandbox(Frozen):
    """A copy of the site where exploring does no harm."""

    base_url: str
    reset: str | None = None


RepairMode = Literal["off", "propose", "this_run", "remember"]
TraceMode = Literal["on", "failure", "off"]
GateMode = Literal["strict", "learned", "open"]


class Workflow(Frozen):
    """A workflow file, validated. ``repair`` is None when the file leaves it to the default of section 4."""

    schema_: Literal[1] = Field(1, alias="schema")
    name: str = Field(pattern=NAME)
    task: str = Field(min_length=1, max_length=2000)
    base_url: str
    start: str = "/"
    site: str = ""
    allow: tuple[str, ...] = ()
    params: dict[str, Param] = {}
    locale: str | None = None
    secrets: tuple[str, ...] = ()
    account: str | None = None
    rows: Rows | None = None
    outputs: dict[str, Output] = {}
    results: str | None = None          # the file that outputs, or a batch's rows with their outcomes, are written to
    success: tuple[Check, ...] | Literal["none"]
    judge: str | None = None
    exceptions: tuple[ExceptionRule, ...] = ()
    commits: tuple[CommitRule, ...] = ()
    schedule: tuple[Schedule, ...] = ()
    priority: int = Field(0, ge=-100, le=100)           # of what is due, the greater starts first
    at_once: int | None = Field(None, ge=1, le=16)      # its runs side by side at most, where `overlap: allow` lets them
    repair: RepairMode | None = None
    gate: GateMode = "learned"
    adopt: Literal["auto", "ask", "never"] = "ask"      # what another workflow of the site was shown, where the task is the same
    retries: Retries = Retries()
    budget: Budget = Budget()
    notify: tuple[Notify, ...] = ()
    sandbox: Sandbox | None = None

    @field_validator("base_url")
    @classmethod
    def _http(cls, v: str) -> str:
        parts = urlsplit(v)
        if parts.scheme not in {"http", "https"} or not parts.netloc:
            raise ValueError(f"{v!r} is not an http(s) address")
        return v.rstrip("/")

    @field_validator("allow")
    @classmethod
    def _hosts(cls, v: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(check_entry(entry) for entry in v)

    @field_validator("success")
    @classmethod
    def _at_least_one(cls, v: tuple[Check, ...] | str) -> tuple[Check, ...] | str:
        if v == ():
            raise ValueError("needs at least one check, or `success: none` said on purpose")
        return v

    @model_validator(mode="after")
    def _names(self) -> Workflow:
        for name in (*self.params, *self.secrets, *self.outputs):
            if not re.fullmatch(r"[a-z_][a-z0-9_]{0,63}", name):
                raise ValueError(f"{name!r} is not a name: small letters, digits and _ only")
        if both := set(self.params) & set(self.secrets):
            raise ValueError(f"{', '.join(sorted(both))} is both a parameter and a secret")
        if both := set(self.outputs) & set(self.secrets):
            raise ValueError(f"{', '.join(sorted(both))} is both an output and a secret")
        for name in self.secrets:
            if why := RESERVED_SECRETS.get(name):
                raise ValueError(f"a secret cannot be called {name!r}: {why}")
        if "today" in self.params:
            raise ValueError("a parameter cannot be called 'today': {{ today }} is the day of the run")
        for commit in self.commits:
            for key in commit.once.key if commit.once else ():
                read = self.outputs.get(key)
                if key not in self.params and (read is None or read.type in {"table", "file"}):
                    raise ValueError(f"commit {commit.name!r}: its key {key!r} is no parameter, and no value that is read")
        return self

    def site_name(self) -> str:
        """Return what keys memory: ``site``, or the host of base_url."""
        return self.site or urlsplit(self.base_url).netloc

    def checks(self) -> tuple[Check, ...]:
        return () if self.success == "none" else self.success
