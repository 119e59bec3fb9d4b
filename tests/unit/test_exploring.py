"""What an exploration enters and where it may send; what is left of another's history; the names that a workflow gives."""

from __future__ import annotations

from typing import Any

import pytest

from rpa_agent.build.called import _name_of
from rpa_agent.domain.gate import Change, Pass
from rpa_agent.domain.target import Fingerprint
from rpa_agent.domain.workflow import Workflow
from rpa_agent.exploring import Entered, only_to
from rpa_agent.exploring.by_browser_use import _without_ways_back

TEXT, DAY, NUMBER = (Fingerprint(tag="input", type=kind) for kind in ("text", "date", "number"))
VALUES = {"amount": "1234.50", "due": "2026-12-03", "who": "Muster"}


def entered(locale: str | None) -> Entered:
    params = {"amount": {"type": "decimal"}, "due": {"type": "date", "label": "Due date"}, "who": {}}
    workflow = Workflow.model_validate({
        "name": "w", "task": "t", "base_url": "http://s.test", "params": params, "secrets": ["pin"], "success": "none",
        "locale": locale,
    })  # fmt: skip
    return Entered(VALUES, workflow)


@pytest.mark.parametrize(("locale", "due", "amount"), [
    ("de_DE", "03.12.2026", "1234,50"), ("en_US", "12/03/2026", "1234.50"), ("en_GB", "03/12/2026", "1234.50"),
    (None, "2026-12-03", "1234.50"),
])  # fmt: skip
def test_a_plain_field_gets_what_people_write_there_and_a_browsers_own_field_what_it_takes(
    locale: str | None, due: str, amount: str
) -> None:
    one = entered(locale)
    assert (one.typed("due", TEXT), one.typed("amount", TEXT), one.typed("who", TEXT)) == (due, amount, "Muster")
    assert (one.typed("due", DAY), one.typed("amount", NUMBER)) == ("2026-12-03", "1234.50")


def test_a_model_is_told_names_and_types_alone() -> None:
    one = entered("de_DE")
    assert one.kinds() == {"amount": "decimal", "due": "date Due date", "who": "string", "secrets.pin": "secret"}
    assert set(one.written()) == {"amount", "due", "who", "amount_written", "due_written"}
    assert entered(None).written() == VALUES and entered(None).written_told() == ""


async def test_only_the_sandbox_is_sent_anything() -> None:
    authorize = only_to("http://test.example:81")

    async def passes(url: str) -> bool:
        return isinstance(await authorize(Change("POST", url, "http://test.example:81")), Pass)

    assert await passes("http://test.example:81/save")
    assert not [u for u in ("http://test.example/save", "https://test.example:81/", "http://other.example:81/") if await passes(u)]


def test_what_failed_and_the_way_back_from_it_are_not_walked_again() -> None:
    def item(action: str, error: str = "") -> dict[str, Any]:
        return {"model_output": {"action": [{action: {}}]}, "result": [{"error": error or None}]}

    went = [item("click"), item("navigate", "refused"), item("go_back"), item("click"), item("go_back"), {"result": []}]
    assert _without_ways_back(went) == [item("click"), item("navigate", "refused"), item("click"), item("go_back"), {"result": []}]


def test_a_value_is_known_by_what_it_is_and_a_secret_comes_first() -> None:
    """However the page wrote it, and whatever it calls its field."""
    assert _name_of("1.234,50", VALUES, {}) == "amount" and _name_of("03.12.2026", VALUES, {}) == "due"
    assert _name_of("Muster", VALUES, {"user": "Muster"}) == "secrets.user" and _name_of("else", VALUES, {}) is None
