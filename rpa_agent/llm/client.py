"""A model behind an OpenAI-compatible address: one question, one answer, within a time, a budget and without a secret."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, Self

from ..domain.errors import ModelUnavailable

if TYPE_CHECKING:
    from openai import AsyncOpenAI
    from pydantic import SecretStr

    from ..domain.ports import Secrets

MOST_ANSWER = 2_000  # tokens of one answer
MOST_QUESTION = 200_000  # bytes of one request
PATIENCE = 60.0
_BYTES_A_TOKEN = 4
_UNDERSTATED = 4  # a server that names less than this part of what was asked counts wrongly


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


class ChatModel:
    """Asks without retries: who asks decides what happens next. The same question gets the same answer at temperature 0."""

    def __init__(self, client: AsyncOpenAI, name: str, *, most_tokens: int, temperature: float = 0) -> None:
        self._client, self._name, self._most, self._temperature = client, name, most_tokens, temperature
        self.spent = Spent()

    @property
    def name(self) -> str:
        """The model's name."""
        return self._name

    @classmethod
    @asynccontextmanager
    async def open(
        cls, url: str, name: str, *, key: SecretStr | None = None, secrets: Secrets | None = None, most_tokens: int = 100_000,
        temperature: float = 0,
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
            yield cls(client, name, most_tokens=most_tokens, temperature=temperature)

    async def answer(self, system: str, prompt: str, *, seconds: float) -> str:
        """Return the answer to one question.

        Raises ModelUnavailable where nothing useful comes within ``seconds``, where the budget is spent, or where a secret
        would have left: nothing was sent then.
        """
        from openai import OpenAIError

        if self.spent.tokens >= self._most:
            raise ModelUnavailable(f"the budget of {self._most} tokens is spent; the model was not asked")
        try:
            said = await self._client.chat.completions.create(
                model=self._name, temperature=self._temperature, max_tokens=MOST_ANSWER, timeout=seconds,
                messages=[{"role": "system", "content": system}, {"role": "user", "content": prompt}],
            )  # fmt: skip
        except (OpenAIError, ValueError) as e:
            if isinstance(e.__cause__, ModelUnavailable):
                raise e.__cause__ from e
            raise ModelUnavailable(f"{self._name} did not answer: {type(e).__name__}") from e
        text = said.choices[0].message.content if said.choices else None
        asked, answered = _tokens(system + prompt), _tokens(text or "")
        if (usage := said.usage) is not None:
            asked, answered = max(asked // _UNDERSTATED, usage.prompt_tokens), max(0, usage.completion_tokens)
        self.spent = Spent(self.spent.calls + 1, self.spent.tokens_in + asked, self.spent.tokens_out + answered)
        if not text:
            raise ModelUnavailable(f"{self._name} answered nothing")
        return text


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
