"""The client of a language model, against a real server of its protocol: times, budget, and nothing secret leaves."""

from __future__ import annotations

import json
import threading

import pytest
from pydantic import SecretStr

from fixtures.model_server import ModelServer, Prompt
from rpa_agent.domain.errors import ModelUnavailable
from rpa_agent.llm.client import MOST_QUESTION, ChatModel
from rpa_agent.ops.secret.secrets import SecretSources


async def test_one_question_gets_one_answer_and_is_counted() -> None:
    """Temperature zero, no retries, the key as given."""
    with ModelServer(["yes"]) as server:
        async with ChatModel.open(server.url, "scripted", key=SecretStr("k-1")) as model:
            assert await model.answer("You decide.", "Is it?", seconds=20) == "yes"
            assert (model.spent.calls, model.spent.tokens > 0, model.name) == (1, True, "scripted")
    (asked,) = server.prompts
    body = json.loads(asked.body)
    assert asked.headers["authorization"] == "Bearer k-1"
    assert (body["model"], body["temperature"]) == ("scripted", 0)
    assert [m["content"] for m in body["messages"]] == ["You decide.", "Is it?"]


async def test_a_server_that_fails_is_asked_once_and_told() -> None:
    """Who asked goes on without."""
    with ModelServer([]) as server:
        async with ChatModel.open(server.url, "scripted") as model:
            with pytest.raises(ModelUnavailable, match="did not answer"):
                await model.answer("s", "p", seconds=20)
    assert len(server.prompts) == 1


async def test_an_answer_that_does_not_come_in_time_is_given_up() -> None:
    """However long the model would think."""
    over = threading.Event()

    def slow(prompt: Prompt) -> str:
        over.wait(20)
        return "late"

    with ModelServer(slow) as server:
        async with ChatModel.open(server.url, "scripted") as model:
            with pytest.raises(ModelUnavailable, match="did not answer"):
                await model.answer("s", "p", seconds=0.2)
            over.set()


async def test_a_spent_budget_ends_all_asking() -> None:
    """Before anything is sent."""
    with ModelServer(["one", "two"]) as server:
        async with ChatModel.open(server.url, "scripted", most_tokens=1) as model:
            await model.answer("s", "p", seconds=20)
            with pytest.raises(ModelUnavailable, match="budget"):
                await model.answer("s", "p", seconds=20)
    assert len(server.prompts) == 1


@pytest.mark.parametrize("usage", [None, {"prompt_tokens": 0, "completion_tokens": -5, "total_tokens": 0}])
async def test_a_server_that_does_not_say_what_it_used_is_counted_by_what_was_said(usage: dict[str, int] | None) -> None:
    """A budget that nobody counts would bind nobody."""
    with ModelServer(["one" * 40, "two"], usage=usage) as server:
        async with ChatModel.open(server.url, "scripted", most_tokens=25) as model:
            await model.answer("s", "x" * 400, seconds=20)
            assert model.spent.tokens_in >= 25 and model.spent.tokens_out >= 0
            with pytest.raises(ModelUnavailable, match="budget"):
                await model.answer("s", "p", seconds=20)


async def test_a_secret_in_a_question_never_leaves() -> None:
    """The bytes themselves are looked at, wherever the secret came from; the message does not repeat it."""
    secrets = SecretSources([("the test", {"password": SecretStr("Tulpe-4711-x")})])
    secrets.reveal("password")
    with ModelServer(["never"]) as server:
        async with ChatModel.open(server.url, "scripted", secrets=secrets) as model:
            with pytest.raises(ModelUnavailable, match="nothing was sent") as refused:
                await model.answer("s", "the page shows Tulpe-4711-x", seconds=20)
            with pytest.raises(ModelUnavailable, match="too long"):
                await model.answer("s", "x" * (MOST_QUESTION + 1), seconds=20)
    assert server.prompts == []
    assert "Tulpe" not in str(refused.value)
