"""ASKING: the model that a run may ask where evidence does not suffice, and what of the page it is told."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from .domain.ports import Secrets
from .domain.trajectory import Asked
from .domain.workflow import Budget
from .ops.office import Office
from .ops.settings import Role, Settings

if TYPE_CHECKING:
    from .domain.exploring import Explored, Hands, Quest
    from .domain.proposal import Candidate
    from .llm.on_demand import Left, ModelOnDemand

_NEVER = frozenset({"delete", "reject", "logout", "undo"})     # what these words mean is not clicked to look around
_LEAST = 3      # characters; shorter values are everywhere


def model_for(
    settings: Settings, office: Office, *, secrets: Secrets | None = None, budget: Budget | None = None,
    role: Role = "repair", before: Asked | None = None, temperature: float = 0.0, workflow: str | None = None,
) -> AbstractAsyncContextManager[ModelOnDemand | None]:
    """Return the model that the settings give a role, to be opened when it is first asked; None where no address is set.

    ``before`` is what the same run asked already: it counts against the run's budget. ``workflow`` is whose budget of a day
    ``budget`` names.
    """
    if settings.model_url is None:
        return nullcontext()
    from .llm.on_demand import ModelOnDemand, Offer

    name = settings.model_roles.get(role) or settings.model_name or "default"
    used, budget = before or Asked(), budget or Budget()
    most = settings.model_tokens if budget.model_tokens is None else budget.model_tokens
    offer = Offer(
        url=settings.model_url, name=name, price=settings.model_prices.get(name), key=settings.model_key,
        most_tokens=max(0, most - used.input_tokens - used.output_tokens),
        most_usd=max(0.0, budget.model_usd - (used.usd or 0.0)), temperature=temperature,
    )
    left = partial(_left_today, settings, office, budget, workflow)
    return ModelOnDemand(offer, secrets=secrets, left_today=left, before=office.said)


async def _left_today(settings: Settings, office: Office, budget: Budget, workflow: str | None) -> Left:
    """Return what is left of the day's budgets: the workflow's own where it has one, and that of all together."""
    from .llm.on_demand import Left

    whole, ours, own = await office.runs.used_today(), "the day's budget", f"the day's budget of {workflow}"
    no_end = float("inf")
    most_usd = no_end if settings.model_usd_a_day is None else settings.model_usd_a_day
    tokens = [(settings.model_tokens_a_day - whole.tokens, ours)]
    usd = [(most_usd - whole.usd, ours)]
    if workflow is not None and (budget.model_tokens_a_day is not None or budget.model_usd_a_day is not None):
        used = await office.runs.used_today(workflow)
        tokens += [(budget.model_tokens_a_day - used.tokens, own)] if budget.model_tokens_a_day is not None else []
        usd += [(budget.model_usd_a_day - used.usd, own)] if budget.model_usd_a_day is not None else []
    (least_tokens, tokens_of), (least_usd, usd_of) = min(tokens), min(usd)
    return Left(tokens=least_tokens, usd=least_usd, tokens_of=tokens_of, usd_of=usd_of)


def looking(model: ModelOnDemand, *, guide: str, hide: Callable[[str], str]) -> Callable[[Quest, Hands], Awaitable[Explored]]:
    """Return what lets a model look for a way in a run: it clicks and goes back, and sees nothing that ends or destroys."""

    async def look(quest: Quest, hands: Hands) -> Explored:
        from .llm.explorer import explore
        from .repair.language import language

        words = language()

        def usable(candidate: Candidate) -> bool:
            fp = candidate.fingerprint
            harmful = any(words.against(text) & _NEVER for text in (fp.name, fp.text, fp.title))
            return fp.capability == "click" and fp.type != "submit" and not harmful

        asked = replace(quest, guide=guide)
        return await explore(model, asked, hands, hide=hide, may=("click", "back"), asked=model.asked, usable=usable)

    return look


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
