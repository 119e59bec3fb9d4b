"""ASKING: the model that a run may ask where evidence does not suffice, and what of the page it is told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import TYPE_CHECKING

from .domain.ports import Secrets
from .domain.workflow import Budget
from .ops.office import Office
from .ops.settings import Settings

if TYPE_CHECKING:
    from .llm.on_demand import ModelOnDemand

_LEAST = 3      # characters; shorter values are everywhere


def model_for(
    settings: Settings, office: Office, *, secrets: Secrets | None = None, budget: Budget | None = None
) -> AbstractAsyncContextManager[ModelOnDemand | None]:
    """Return the model of the settings, to be opened when it is first asked; None where no address is set."""
    if settings.model_url is None:
        return nullcontext()
    from .llm.on_demand import ModelOnDemand, Offer

    name = settings.model_name or "default"
    offer = Offer(
        url=settings.model_url, name=name, price=settings.model_prices.get(name), key=settings.model_key,
        most_tokens=settings.model_tokens, most_usd=(budget or Budget()).model_usd, day_tokens=settings.model_tokens_a_day,
    )
    return ModelOnDemand(offer, secrets=secrets, spent_today=office.runs.tokens_today)


def hiding(secrets: Secrets, values: Mapping[str, str]) -> Callable[[str], str]:
    """Return what takes secrets out of a text, and puts names of parameters in the place of this run's values."""
    named = sorted(((v, n) for n, v in values.items() if len(v) >= _LEAST), key=lambda pair: -len(pair[0]))

    def hide(text: str) -> str:
        for value, name in named:
            text = text.replace(value, f"{{{{ {name} }}}}")
        return secrets.hide(text)

    return hide
