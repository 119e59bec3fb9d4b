"""A model that is opened at the first question: within a run's budget and a day's, metered, and never asked the same twice."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Self

from ..domain.errors import ModelUnavailable
from ..domain.trajectory import Asked

if TYPE_CHECKING:
    from pydantic import SecretStr

    from ..domain.ports import Secrets
    from .client import ChatModel

_MILLION = 1_000_000


@dataclass(frozen=True)
class Offer:
    """Which model, where, at what price (US dollars per million tokens in and out; None = nobody said), and how much of it
    one run may use: ``most_usd`` binds only where the price is known."""

    url: str
    name: str
    key: SecretStr | None = None
    price: tuple[float, float] | None = None
    most_tokens: int = 20_000
    most_usd: float = 0.10
    day_tokens: int = 500_000
    temperature: float = 0  # above 0 where several answers to one question are wanted


class ModelOnDemand:
    """Implements the port ``Model``. A run that asks nothing neither loads nor opens anything."""

    def __init__(self, offer: Offer, *, secrets: Secrets | None, spent_today: Callable[[], Awaitable[int]]) -> None:
        self._offer, self._secrets, self._spent_today = offer, secrets, spent_today
        self._stack = AsyncExitStack()
        self._answers: dict[str, str] = {}
        self._model: ChatModel | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    @property
    def name(self) -> str:
        return self._offer.name

    async def answer(self, system: str, prompt: str, *, seconds: float) -> str:
        """Return the answer, the same one for the same question; raises ModelUnavailable."""
        key = hashlib.sha256(f"{system}\0{prompt}".encode()).hexdigest()
        if key not in self._answers:
            model = await self._opened()
            self._answers[key] = await model.answer(system, prompt, seconds=seconds)
        return self._answers[key]

    def asked(self) -> Asked:
        """Return what was asked so far and what it cost."""
        if self._model is None:
            return Asked()
        spent = self._model.spent
        return Asked(
            model=self.name, calls=spent.calls, input_tokens=spent.tokens_in, output_tokens=spent.tokens_out, usd=self._usd()
        )

    def _usd(self) -> float | None:
        if self._offer.price is None or self._model is None:
            return None
        spent, (per_in, per_out) = self._model.spent, self._offer.price
        return round((spent.tokens_in * per_in + spent.tokens_out * per_out) / _MILLION, 6)

    async def _opened(self) -> ChatModel:
        if self._model is None:
            today = await self._spent_today()
            if today >= self._offer.day_tokens:
                raise ModelUnavailable(f"the day's budget of {self._offer.day_tokens} tokens is spent; the model was not asked")
            from .client import ChatModel

            most = min(self._offer.most_tokens, self._offer.day_tokens - today)
            self._model = await self._stack.enter_async_context(
                ChatModel.open(self._offer.url, self.name, key=self._offer.key, secrets=self._secrets, most_tokens=most,
                               temperature=self._offer.temperature)
            )
        usd = self._usd()
        if usd is not None and usd >= self._offer.most_usd:
            raise ModelUnavailable(f"the budget of {self._offer.most_usd} USD is spent; the model was not asked")
        return self._model
