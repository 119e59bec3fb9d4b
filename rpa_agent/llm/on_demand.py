"""A model that is opened at the first question: within its budgets, metered, and never asked the same twice."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Self

from ..domain.asking import SaidBefore
from ..domain.errors import ModelUnavailable
from ..domain.trajectory import Asked

if TYPE_CHECKING:
    from pydantic import BaseModel, SecretStr

    from ..domain.ports import Secrets
    from .client import ChatModel

_MILLION = 1_000_000
_TIMES = 2  # that a question is put to a busy server


@dataclass(frozen=True)
class Left:
    """What of the day's budgets is left, and whose they are, for people. ``usd`` binds only where the price is known."""

    tokens: int = 500_000
    usd: float = float("inf")
    tokens_of: str = "the day's budget"
    usd_of: str = "the day's budget"


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
    temperature: float = 0  # above 0 where several answers to one question are wanted


class ModelOnDemand:
    """Implements the port ``Model``. A run that asks nothing neither loads nor opens anything.

    It is the one place where a question is put again: once, to a server that is busy, where the time for it suffices.
    ``before`` is what other runs of this process were answered: at temperature 0 a question that was answered is not asked.
    """

    def __init__(
        self, offer: Offer, *, secrets: Secrets | None, left_today: Callable[[], Awaitable[Left]],
        before: SaidBefore | None = None,
    ) -> None:  # fmt: skip
        self._offer, self._secrets, self._left_today = offer, secrets, left_today
        self._before = before or SaidBefore()
        self._stack = AsyncExitStack()
        self._left = Left()
        self._own: dict[str, str] = {}
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

    async def answer(self, system: str, prompt: str, *, seconds: float, form: type[BaseModel] | None = None) -> str:
        """Return the answer, the same one for the same question; raises ModelUnavailable."""
        key = hashlib.sha256("\0".join((self._offer.url, self.name, system, prompt)).encode()).hexdigest()
        said = self._own.get(key)
        if said is None and not self._offer.temperature:
            said = self._before.answers.get(key)
        if said is None:
            said = self._own[key] = await self._asked(system, prompt, seconds=seconds, form=form)
            if not self._offer.temperature:
                self._before.keep(key, said)
        return said

    def asked(self) -> Asked:
        """Return what was asked so far and what it cost."""
        if self._model is None:
            return Asked()
        spent = self._model.spent
        return Asked(
            model=self.name, calls=spent.calls, input_tokens=spent.tokens_in, output_tokens=spent.tokens_out, usd=self._usd()
        )

    async def _asked(self, system: str, prompt: str, *, seconds: float, form: type[BaseModel] | None) -> str:
        ends = time.monotonic() + seconds
        for again in range(1, _TIMES + 1):
            model = await self._opened()
            left = ends - time.monotonic()
            try:
                return await model.answer(system, prompt, seconds=left, form=form)
            except ModelUnavailable as e:
                if again == _TIMES or e.again_in is None or e.again_in >= ends - time.monotonic():
                    raise
                await asyncio.sleep(e.again_in)
        raise AssertionError("a question is answered or refused")

    def _usd(self) -> float | None:
        if self._offer.price is None or self._model is None:
            return None
        spent, (per_in, per_out) = self._model.spent, self._offer.price
        return round((spent.tokens_in * per_in + spent.tokens_out * per_out) / _MILLION, 6)

    async def _opened(self) -> ChatModel:
        """Return the model, opened; raises ModelUnavailable where a budget is spent."""
        if self._model is None:
            self._left = await self._left_today()
            if self._left.tokens <= 0:
                raise ModelUnavailable(f"{self._left.tokens_of} of tokens is spent; the model was not asked")
            from .client import ChatModel

            most = min(self._offer.most_tokens, self._left.tokens)
            self._model = await self._stack.enter_async_context(
                ChatModel.open(self._offer.url, self.name, key=self._offer.key, secrets=self._secrets, most_tokens=most,
                               temperature=self._offer.temperature, before=self._before)
            )
        usd = self._usd()
        if usd is not None and usd >= self._offer.most_usd:
            raise ModelUnavailable(f"the budget of {self._offer.most_usd} USD is spent; the model was not asked")
        if usd is not None and usd >= self._left.usd:
            raise ModelUnavailable(f"{self._left.usd_of} in US dollars is spent; the model was not asked")
        return self._model
