"""The client of a language model, against a real server of its protocol: times, budget, and nothing secret leaves."""

from __future__ import annotations

import json
import threading
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import pytest
from pydantic import BaseModel, Field, SecretStr

from fixtures.model_server import ModelServer, Prompt, Refusal
from rpa_agent.domain.asking import Manner, SaidBefore
from rpa_agent.domain.errors import ModelUnavailable
from rpa_agent.llm.client import MOST_QUESTION, ChatModel
from rpa_agent.llm.on_demand import Left, ModelOnDemand, Offer
from rpa_agent.ops.secret.secrets import SecretSources


class Choice(BaseModel):
    choice: int | None = Field(None, ge=0)


def bodies(server: ModelServer) -> list[dict[str, Any]]:
    return [json.loads(prompt.body) for prompt in server.prompts]


@asynccontextmanager
async def on_demand(
    server: ModelServer, *, left: Left | None = None, before: SaidBefore | None = None, **more: Any
) -> AsyncIterator[ModelOnDemand]:
    async def today() -> Left:
        return left or Left()

    offer = Offer(url=server.url, name="scripted", **more)
    async with ModelOnDemand(offer, secrets=None, left_today=today, before=before) as model:
        yield model


@contextmanager
def thinking_long() -> Iterator[ModelServer]:
    """A model that would answer when nobody waits any more."""
    over = threading.Event()

    def slow(prompt: Prompt) -> str:
        over.wait(20)
        return "late"

    with ModelServer(slow) as server:
        try:
            yield server
        finally:
            over.set()


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
    with thinking_long() as server:
        async with ChatModel.open(server.url, "scripted") as model:
            with pytest.raises(ModelUnavailable, match="did not answer"):
                await model.answer("s", "p", seconds=0.2)


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


# ---- how a server wants to be asked -----------------------------------------------------------------------------------


async def test_a_server_is_told_what_an_answer_looks_like() -> None:
    """As a strict schema, where it knows of those."""
    with ModelServer(['{"choice": 1}']) as server:
        async with ChatModel.open(server.url, "scripted") as model:
            await model.answer("s", "p", seconds=20, form=Choice)
    (asked,) = bodies(server)
    told = asked["response_format"]["json_schema"]
    assert (told["name"], told["strict"], told["schema"]["required"]) == ("Choice", True, ["choice"])
    assert told["schema"]["additionalProperties"] is False


@pytest.mark.parametrize(("knows_not", "manner", "times"), [
    (("json_schema",), Manner(form="object"), 2),
    (("json_schema", "json_object"), Manner(form="words"), 3),
    (("max_tokens",), Manner(length="max_completion_tokens"), 2),
    (("max_tokens", "temperature", "json_schema"), Manner("object", "max_completion_tokens", temperature=False), 4),
])  # fmt: skip
async def test_what_a_server_does_not_know_is_left_out_and_not_tried_again(
    knows_not: tuple[str, ...], manner: Manner, times: int
) -> None:
    """Found out at the first question; another run of this process begins with it. Only what was answered is counted."""
    before = SaidBefore()
    with ModelServer(lambda _: '{"choice": 1}', knows_not=knows_not) as server:
        async with ChatModel.open(server.url, "scripted", before=before) as model:
            assert await model.answer("s", "p", seconds=20, form=Choice) == '{"choice": 1}'
            assert (len(server.prompts), model.spent.calls) == (times, 1)
        async with ChatModel.open(server.url, "scripted", before=before) as model:
            await model.answer("s", "another", seconds=20, form=Choice)
        assert len(server.prompts) == times + 1 and list(before.manners.values()) == [manner]
        async with ChatModel.open(server.url, "another model", before=before) as model:
            await model.answer("s", "p", seconds=20, form=Choice)
        assert len(server.prompts) == 2 * times + 1


async def test_a_question_that_no_manner_helps_is_told_and_nothing_is_remembered() -> None:
    before = SaidBefore()
    with ModelServer(lambda _: Refusal(400, "the context is too long")) as server:
        async with ChatModel.open(server.url, "scripted", before=before) as model:
            with pytest.raises(ModelUnavailable, match="did not answer"):
                await model.answer("s", "p", seconds=20, form=Choice)
    assert len(server.prompts) == 3 and before.manners == {}


# ---- when it is asked again, and when it is not --------------------------------------------------------------------------


@pytest.mark.parametrize("refusal", [Refusal(429, again_in="0"), Refusal(503, again_in="0"), Refusal(500, again_in="0.01")])
async def test_a_busy_server_is_asked_once_more(refusal: Refusal) -> None:
    with ModelServer([refusal, "yes"]) as server:
        async with on_demand(server) as model:
            assert await model.answer("s", "p", seconds=20) == "yes"
            assert model.asked().calls == 1
    assert len(server.prompts) == 2


@pytest.mark.parametrize(("refusals", "times"), [
    ([Refusal(429, again_in="0"), Refusal(429, again_in="0"), Refusal(429)], 2),
    ([Refusal(429, again_in="3600")], 1),
    ([Refusal(401)], 1),
    ([Refusal(404, "there is no such model")], 1),
])  # fmt: skip
async def test_nobody_insists(refusals: Iterable[Refusal], times: int) -> None:
    """Not a second time, not past the time for an answer, and not where it is no use."""
    with ModelServer(refusals) as server:
        async with on_demand(server) as model:
            with pytest.raises(ModelUnavailable):
                await model.answer("s", "p", seconds=20)
    assert len(server.prompts) == times


async def test_the_same_question_is_asked_once_for_all_runs_of_a_process() -> None:
    """A batch whose rows all meet the same page asks once. Where several answers are wanted, each run asks for its own."""
    before = SaidBefore()
    with ModelServer(["one", "two", "three"]) as server:
        for _ in range(2):
            async with on_demand(server, before=before) as model:
                assert [await model.answer("s", "p", seconds=20) for _ in range(2)] == ["one", "one"]
        async with on_demand(server, before=before, temperature=0.7) as model:
            assert [await model.answer("s", "p", seconds=20) for _ in range(2)] == ["two", "two"]
        async with on_demand(server, before=before) as model:
            assert await model.answer("s", "another", seconds=20) == "three"
    assert len(server.prompts) == 3


# ---- budgets --------------------------------------------------------------------------------------------------------


async def test_what_is_left_of_the_day_binds_in_tokens_and_says_whose_it_is() -> None:
    with ModelServer(lambda _: "yes") as server:
        async with on_demand(server, left=Left(tokens=0, tokens_of="the day's budget of work")) as model:
            with pytest.raises(ModelUnavailable, match="the day's budget of work of tokens is spent"):
                await model.answer("s", "p", seconds=20)
        async with on_demand(server, left=Left(tokens=1)) as model:
            await model.answer("s", "p", seconds=20)
            with pytest.raises(ModelUnavailable, match="budget of 1 tokens is spent"):
                await model.answer("s", "another", seconds=20)
    assert len(server.prompts) == 1


async def test_what_is_left_of_the_day_binds_in_money_where_the_price_is_known() -> None:
    """Of an unknown price nobody says that it is nothing: it is unknown, and tokens alone bind."""
    spent = Left(usd=0.0, usd_of="the day's budget of work")
    with ModelServer(lambda _: "yes") as server:
        async with on_demand(server, left=spent, price=(1.0, 1.0)) as model:
            with pytest.raises(ModelUnavailable, match="the day's budget of work in US dollars is spent"):
                await model.answer("s", "p", seconds=20)
        assert server.prompts == []
        async with on_demand(server, left=spent) as model:
            await model.answer("s", "p", seconds=20)
            assert model.asked().usd is None and model.asked().calls == 1


async def test_an_answer_that_comes_too_late_is_counted_all_the_same() -> None:
    with thinking_long() as server:
        async with ChatModel.open(server.url, "scripted") as model:
            with pytest.raises(ModelUnavailable):
                await model.answer("s", "x" * 400, seconds=0.2)
            assert model.spent.tokens_in >= 100
