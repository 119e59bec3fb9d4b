"""When a workflow that nobody has shown may take over a procedure: inputs, secrets, commits and checks must all be there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from memory_making import document

from rpa_agent.adopt import adopt_named, adopt_procedure
from rpa_agent.domain.adoption import why_not
from rpa_agent.domain.errors import NoProcedure
from rpa_agent.domain.procedure import Procedure
from rpa_agent.domain.workflow import Workflow
from rpa_agent.memory import Memory


def workflow(**changes: Any) -> Workflow:
    base: dict[str, Any] = {
        "schema": 1, "name": "enter-branch-invoice", "task": "Enter a supplier invoice", "base_url": "http://127.0.0.1:8765",
        "site": "backoffice", "params": {"number": {"type": "string"}}, "secrets": ["password"],
        "success": [{"visible": "filed"}], "commits": [{"name": "file-invoice"}],
    }
    return Workflow.model_validate({**base, **changes})


def known(**changes: Any) -> Procedure:
    return document(**{"params": ("number",), "secrets": ("password",), **changes})


def test_what_binds_one_to_one_can_be_adopted() -> None:
    """Same site, inputs, secrets and commits, and a check."""
    assert why_not(workflow(), known()) == ""


@pytest.mark.parametrize(
    ("changes", "learned", "why"),
    [
        ({"site": "bank"}, {}, "another site"),
        ({"params": {}}, {}, "also needs number"),
        ({"params": {"number": {"type": "string"}, "amount": {"type": "decimal"}}}, {}, "no use for amount"),
        ({"secrets": []}, {}, "needs the secrets password"),
        ({"commits": []}, {}, "sends file-invoice"),
        ({"commits": [{"name": "refuse-invoice"}]}, {}, "sends file-invoice"),
        ({"success": "none"}, {}, "no checks"),
    ],
)
def test_what_does_not_bind_is_refused(changes: dict[str, Any], learned: dict[str, Any], why: str) -> None:
    """Each reason is told."""
    assert why in why_not(workflow(**changes), known(**learned))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Enter a supplier invoice", "Please enter supplier invoices", True),
        ("Enter invoice RE-1 of Muster", "Enter the invoice {{ number }} of {{ supplier }}", True),
        ("Approve an invoice", "Refuse an invoice", False),
        ("Enter a supplier invoice", "Enter a supplier invoice and release it", False),
        ("Send to A from B", "From B send to A", False),
        ("", "", False),
    ],
)
def test_the_same_work_is_said_in_the_same_words(one: str, other: str, same: bool) -> None:
    """One word more, another verb or another order is another work."""
    assert Memory.says_the_same(one, other) is same


async def test_another_verb_is_taken_over_only_where_a_person_names_the_procedure(tmp_path: Path) -> None:
    """Who wants to refuse is not offered what approves, however alike the rest is; a person may know better."""
    refuse = workflow(name="refuse", task="Refuse a supplier invoice", adopt="auto")
    async with Memory.open(tmp_path / "memory.db") as memory:
        shown = await memory.add(known(task="Approve a supplier invoice"), workflow="approve", author="recording")
        for person in (False, True):
            with pytest.raises(NoProcedure, match="nothing says that it does this") as caught:
                await adopt_procedure(refuse, memory, person=person)
        assert "--from p_1" in caught.value.remedy
        assert not await memory.known(site="backoffice", workflow="refuse")
        with pytest.raises(NoProcedure, match="no use for amount"):
            await adopt_named(workflow(params={"number": {"type": "string"}, "amount": {"type": "decimal"}}), shown, memory)
        taken = await adopt_named(refuse, shown, memory)
        assert (taken.version.status, taken.version.document.task) == ("candidate", "Refuse a supplier invoice")
