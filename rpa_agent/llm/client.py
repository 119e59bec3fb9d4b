"""A model behind an OpenAI-compatible address: one question, one answer, within a time, a budget and without a secret."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol, Self

from ..domain.asking import Form, Manner, SaidBefore
from ..domain.errors import ModelUnavailable

if TYPE_CHECKING:
    from openai import APIStatusError, AsyncOpenAI
    from openai.types.chat import ChatCompletion
    from pydantic import BaseModel, SecretStr

    from ..domain.ports import Secrets

MOST_ANSWER = 2_000  # tokens of one answer
MOST_QUESTION = 200_000  # bytes of one request
PATIENCE = 60.0
AGAIN_S = 1.0  # before a busy server is asked again, unless it says when
_BYTES_A_TOKEN = 4
_UNDERSTATED = 4  # a server that names less than this part of what was asked counts wrongly
_NOT_UNDERSTOOD = frozenset({400, 415, 422, 501})  # a server that does not know a part of the question
_BUSY = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})
_LESS: dict[Form, Form] = {"schema": "object", "object": "words"}  # what is asked for next where a form is not known


class Leaving(Protocol):
    """A request as it is about to leave."""

    @property
    def content(self) -> bytes: ...


@dataclass(frozen=True)
class Spent:
    """What was asked so far."""

    calls: int = 0
    tokens_in: int = 0
    tokens_out: int = 0

    @property
    def tokens(self) -> int:
        return self.tokens_in + self.tokens_out

    def and_(self, tokens_in: int, tokens_out: int) -> Spent:
        return Spent(self.calls + 1, self.tokens_in + tokens_in, self.tokens_out + tokens_out)


class ChatModel:
    """Asks without retries: who asks decides what happens next. The same question gets the same answer at temperature 0.

    What is not tried again but differently is a question in a manner that the server does not know; the manner it takes is
    kept in ``before`` and used from the first question on the next time.
    """

    def __init__(
        self, client: AsyncOpenAI, name: str, *, most_tokens: int, temperature: float = 0, before: SaidBefore | None = None
    ) -> None:
        self._client, self._name, self._most, self._temperature = client, name, most_tokens, temperature
        self._before = before or SaidBefore()
        self.spent = Spent()

    @property
    def name(self) -> str:
        """The model's name."""
        return self._name

    @classmethod
    @asynccontextmanager
    async def open(
        cls, url: str, name: str, *, key: SecretStr | None = None, secrets: Secrets | None = None, most_tokens: int = 100_000,
        temperature: float = 0, before: SaidBefore | None = None,
    ) -> AsyncIterator[Self]:
        """Open a client. ``secrets`` are those that must never leave; ``most_tokens`` ends all asking."""
        from openai import AsyncOpenAI, DefaultAsyncHttpxClient

        async def look(request: Leaving) -> None:
            _require_clean(request, secrets.redactions() if secrets is not None else ())

        given = key.get_secret_value() if key else "none"
        async with (
            DefaultAsyncHttpxClient(event_hooks={"request": [look]}, trust_env=False, follow_redirects=False) as http,
            AsyncOpenAI(base_url=url, api_key=given, http_client=http, max_retries=0, timeout=PATIENCE) as client,
        ):
            yield cls(client, name, most_tokens=most_tokens, temperature=temperature, before=before)

    async def answer(self, system: str, prompt: str, *, seconds: float, form: type[BaseModel] | None = None) -> str:
        """Return the answer to one question, as text; ``form`` is what the server is told that it looks like.

        Raises ModelUnavailable where nothing useful comes within ``seconds``, where the budget is spent, or where a secret
        would have left: nothing was sent then. Its ``again_in`` says whether asking once more may help.
        """
        if self.spent.tokens >= self._most:
            raise ModelUnavailable(f"the budget of {self._most} tokens is spent; the model was not asked")
        ends, server = time.monotonic() + seconds, (str(self._client.base_url), self._name)
        manner = self._before.manners.get(server, Manner())
        while True:
            said = await self._asked(system, prompt, manner, seconds=max(0.1, ends - time.monotonic()), form=form)
            if not isinstance(said, Manner):
                break
            manner = said
        self._before.manners[server] = manner
        text = said.choices[0].message.content if said.choices else None
        asked, answered = _tokens(system + prompt), _tokens(text or "")
        if (usage := said.usage) is not None:
            asked, answered = max(asked // _UNDERSTATED, usage.prompt_tokens), max(0, usage.completion_tokens)
        self.spent = self.spent.and_(asked, answered)
        if not text:
            raise ModelUnavailable(f"{self._name} answered nothing")
        return text

    async def _asked(
        self, system: str, prompt: str, manner: Manner, *, seconds: float, form: type[BaseModel] | None
    ) -> ChatCompletion | Manner:
        """Ask once; return the answer, or the manner in which to ask instead."""
        from openai import APIConnectionError, APIStatusError, APITimeoutError, OpenAIError

        try:
            said: ChatCompletion = await self._client.chat.completions.create(
                model=self._name, messages=[{"role": "system", "content": system}, {"role": "user", "content": prompt}],
                timeout=seconds, **self._told(manner, form),
            )  # fmt: skip
            return said
        except APIStatusError as e:
            other = _other(manner, e, formed=form is not None)
            if other is not None:
                return other
            raise self._silent(e, again_in=_again_in(e)) from e
        except APITimeoutError as e:
            self.spent = self.spent.and_(_tokens(system + prompt), 0)  # it may be at work on it, and send a bill
            raise self._silent(e) from e
        except (OpenAIError, ValueError) as e:
            if isinstance(e.__cause__, ModelUnavailable):
                raise e.__cause__ from e
            raise self._silent(e, again_in=AGAIN_S if isinstance(e, APIConnectionError) else None) from e

    def _told(self, manner: Manner, form: type[BaseModel] | None) -> dict[str, Any]:
        told: dict[str, Any] = {manner.length: MOST_ANSWER}
        if manner.temperature:
            told["temperature"] = self._temperature
        match manner.form if form is not None else "words":
            case "schema":
                assert form is not None
                told["response_format"] = {"type": "json_schema", "json_schema": _schema(form)}
            case "object":
                told["response_format"] = {"type": "json_object"}
        return told

    def _silent(self, error: Exception, *, again_in: float | None = None) -> ModelUnavailable:
        unavailable = ModelUnavailable(f"{self._name} did not answer: {type(error).__name__}")
        unavailable.again_in = again_in
        return unavailable


def _schema(form: type[BaseModel]) -> dict[str, Any]:
    """Return the strict schema of an answer, by the SDK's own hand."""
    from openai import pydantic_function_tool

    told = pydantic_function_tool(form)["function"]
    return {"name": form.__name__, "strict": True, "schema": told["parameters"]}


def _other(manner: Manner, error: APIStatusError, *, formed: bool) -> Manner | None:
    """Return how to ask a server that did not know a part of the question; None where it is not that, or nothing is left."""
    if error.status_code not in _NOT_UNDERSTOOD:
        return None
    said = f"{getattr(error, 'param', None) or ''} {error.message}".lower()
    if "max_tokens" in said and manner.length == "max_tokens":
        return replace(manner, length="max_completion_tokens")
    if "temperature" in said and manner.temperature:
        return replace(manner, temperature=False)
    less = _LESS.get(manner.form) if formed else None
    return replace(manner, form=less) if less is not None else None


def _again_in(error: APIStatusError) -> float | None:
    """Return after how many seconds a server wants to be asked again; None where that would not help."""
    if error.status_code not in _BUSY:
        return None
    try:
        return max(0.0, float(error.response.headers.get("retry-after", AGAIN_S)))
    except ValueError:
        return AGAIN_S  # a date: nobody waits that long for an answer


def _tokens(text: str) -> int:
    """Return about how many tokens a text is, for a server that does not say: a budget that nobody counts binds nobody."""
    return -(-len(text.encode()) // _BYTES_A_TOKEN)


def _require_clean(request: Leaving, redactions: Sequence[str]) -> None:
    """Look at the very bytes that are about to leave; raise ModelUnavailable where one of these texts is in them."""
    body = request.content
    if len(body) > MOST_QUESTION:
        raise ModelUnavailable(f"a question of {len(body)} bytes is too long; nothing was sent")
    text = body.decode("utf-8", "replace")
    if any(secret and secret in text for secret in redactions):
        raise ModelUnavailable("a secret stood in a question for the model; nothing was sent")
