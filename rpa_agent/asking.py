"""ASKING: the model that a run may ask where evidence does not suffice, and what of the page it is told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import TYPE_CHECKING

from .domain.ports import Secrets
from .domain.trajectory import Asked
from .domain.workflow import Budget
from .ops.office import Office
from .ops.settings import Role, Settings

if TYPE_CHECKING:
    from .llm.on_demand import ModelOnDemand

_LEAST = 3      # characters; shorter values are everywhere


def model_for(
    settings: Settings, office: Office, *, secrets: Secrets | None = None, budget: Budget | None = None,
    role: Role = "repair", before: Asked | None = None, temperature: float = 0.0,
) -> AbstractAsyncContextManager[ModelOnDemand | None]:
    """Return the model that the settings give a role, to be opened when it is first asked; None where no address is set.

    ``before`` is what the same run asked already: it counts against the run's budget.
    """
    if settings.model_url is None:
        return nullcontext()
    from .llm.on_demand import ModelOnDemand, Offer

    name = settings.model_roles.get(role) or settings.model_name or "default"
    used = before or Asked()
    offer = Offer(
        url=settings.model_url, name=name, price=settings.model_prices.get(name), key=settings.model_key,
        most_tokens=max(0, settings.model_tokens - used.input_tokens - used.output_tokens),
        most_usd=max(0.0, (budget or Budget()).model_usd - (used.usd or 0.0)), day_tokens=settings.model_tokens_a_day,
        temperature=temperature,
    )
    return ModelOnDemand(offer, secrets=secrets, spent_today=office.runs.tokens_today)


def hiding(secrets: Secrets, *values: Mapping[str, str]) -> Callable[[str], str]:
    """Return what takes secrets out of a text, and puts names of parameters in the place of this run's values, of which
    there may be several spellings."""
    pairs = {(v, n) for spelling in values for n, v in spelling.items() if len(v) >= _LEAST}
    named = sorted(pairs, key=lambda pair: (-len(pair[0]), pair))

    def hide(text: str) -> str:
        for value, name in named:
            text = text.replace(value, f"{{{{ {name} }}}}")
        return secrets.hide(text)

    return hide
