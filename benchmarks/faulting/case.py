"""One fault: what it is, and how the site, the values or the workflow are made to have it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from fixtures.backoffice import Backoffice
from rpa_agent.domain.workflow import Check, HttpCheck, Workflow

HEALED = "none: it went on"
Work = Literal["enter", "approve"]


@dataclass(frozen=True)
class Injected:
    """One fault: what it is, in words and by class, and how the site, the values or the workflow are made to have it."""

    words: str
    fault: str
    site: Callable[[Backoffice], None] = lambda site: None
    params: Mapping[str, str] = field(default_factory=dict)
    workflow: Callable[[Workflow], Workflow] = lambda workflow: workflow
    twice: bool = False  # the same number was filed before, with the values that were shown
    also: tuple[str, ...] = ()  # classes that are right as well: the site itself does not tell them apart
    work: Work = "enter"


def now(**changes: Any) -> Callable[[Backoffice], None]:
    return lambda site: site.configure(**changes)


def later(after: int, **changes: Any) -> Callable[[Backoffice], None]:
    """From ``after`` requests on, counted from the answer to the login."""
    return lambda site: site.configure_later(after, from_post=True, **changes)


def both(*changes: Callable[[Backoffice], None]) -> Callable[[Backoffice], None]:
    """One change and another."""

    def made(site: Backoffice) -> None:
        for change in changes:
            change(site)

    return made


def asked(workflow: Workflow) -> Workflow:
    """Ask the site itself whether it has the invoice, and the page whose it is."""
    api = Check(http=HttpCheck(get="/api/invoices?number={{ invoice_number }}", json_={"count": 1}))
    return workflow.but(success=(*workflow.checks(), api, Check(visible="{{ supplier }}")))


def short(minutes: float) -> Callable[[Workflow], Workflow]:
    return lambda workflow: workflow.but(budget=workflow.budget.but(minutes=minutes))
