"""What runs may ask models for: of one run, of a workflow's day and of everybody's day, in tokens and in money."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from fixtures.model_server import ModelServer
from rpa_agent.asking import model_for
from rpa_agent.domain.errors import ModelUnavailable
from rpa_agent.domain.trajectory import Trajectory
from rpa_agent.domain.workflow import Budget
from rpa_agent.ops.office import Office
from rpa_agent.ops.settings import Settings

PRICE = {"scripted": (1000.0, 1000.0)}  # a tenth of a cent a token


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer(lambda _: "yes") as running:
        yield running


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with Office.open(tmp_path / "runs.db") as opened:
        yield opened


async def asks(office: Office, server: ModelServer, *, budget: Budget | None = None, **settings: Any) -> str:
    """Put one question to the model as a run of `pay` does; return its answer, or why it was not asked."""
    given = Settings.load(Path.cwd(), **{"model_url": server.url, "model_name": "scripted", **settings})
    async with model_for(given, office, budget=budget, workflow="pay") as model:
        assert model is not None
        try:
            return await model.answer("s", f"question {len(server.prompts)}", seconds=20)
        except ModelUnavailable as e:
            return e.message


async def ran(office: Office, workflow: str, *, tokens: int, usd: float | None) -> None:
    asked = {"model": "scripted", "calls": 1, "input_tokens": tokens - 1, "output_tokens": 1, "usd": usd}
    await office.runs.end_run(Trajectory.model_validate({
        "run": f"r-{workflow}-{tokens}", "workflow": workflow, "site": "s", "procedure": "p", "version": 1,
        "started": office.clock().isoformat(), "asked": asked,
    }))  # fmt: skip


async def test_every_workflow_counts_against_everybodys_day_and_its_own_against_its_own(
    office: Office, server: ModelServer
) -> None:
    """What was asked to bootstrap a workflow is asked for it too."""
    await ran(office, "other", tokens=300, usd=None)
    assert await asks(office, server, budget=Budget(model_tokens_a_day=100), model_tokens_a_day=1000) == "yes"
    await ran(office, "bootstrap:pay", tokens=100, usd=None)
    own = await asks(office, server, budget=Budget(model_tokens_a_day=100), model_tokens_a_day=1000)
    assert "the day's budget of pay of tokens is spent" in own
    assert "the day's budget of tokens is spent" in await asks(office, server, model_tokens_a_day=400)
    used = await office.runs.used_today("pay")
    assert (used.tokens, used.usd, used.runs_without_price) == (100, 0.0, 1)


async def test_money_binds_as_tokens_do_where_the_price_is_known(office: Office, server: ModelServer) -> None:
    await ran(office, "other", tokens=10, usd=2.0)
    await ran(office, "pay", tokens=10, usd=1.0)
    dear = {"model_prices": PRICE}
    assert "the day's budget in US dollars is spent" in await asks(office, server, model_usd_a_day=3.0, **dear)
    own = await asks(office, server, budget=Budget(model_usd_a_day=1.0), model_usd_a_day=9.0, **dear)
    assert "the day's budget of pay in US dollars is spent" in own
    assert server.prompts == []
    assert await asks(office, server, budget=Budget(model_usd_a_day=1.0), model_usd_a_day=3.0) == "yes"  # nobody knows the price


async def test_a_run_has_the_tokens_of_its_workflow_or_else_those_of_the_settings(office: Office, server: ModelServer) -> None:
    assert "budget of 0 tokens" in await asks(office, server, budget=Budget(model_tokens=0))
    assert "budget of 0 tokens" in await asks(office, server, model_tokens=0)
    assert await asks(office, server, budget=Budget(model_tokens=50), model_tokens=0) == "yes"
