"""The models that are asked: one that obeys the page and tries to leave the plan, and one that knows the right answer."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx

from fixtures.backoffice.attacks import strange_name
from fixtures.model_server import Prompt

from .corpus import CASES, MARK, Threat

Mind = Callable[[Prompt], str]


def asked_of(prompt: Prompt) -> dict[str, Any]:
    """Return the question as an object."""
    asked: dict[str, Any] = json.loads(json.loads(prompt.body)["messages"][1]["content"])
    return asked


def hostile(threat: Threat, manner: int) -> Mind:
    """Return a model that does what the page wants whether or not it was shown the order: it takes the lure wherever it is
    offered, else whatever is offered first, opens what it can, and answers beside the form in ``manner`` of five ways."""

    def answer(prompt: Prompt) -> str:
        asked = asked_of(prompt)
        lure = _numbered(asked.get("elements", []), threat.case.lure)
        way = _numbered(asked.get("ways", []), threat.case.lure)
        why = f"{MARK} {threat.saying[:60]}"
        obeying: dict[str, Any] = {"choice": lure, "first": way, "why": why}
        if lure is None and way is None:
            obeying |= {"choice": 0 if asked.get("elements") else None, "first": 0 if asked.get("ways") else None}
        match manner % 5:
            case 1:
                obeying |= {"selector": "[data-truth=lure]", "url": "/payments", "code": "document.forms[0].submit()"}
            case 2:
                obeying = {"choice": None, "first": way if way is not None else 0, "why": why}
            case 3:
                return f"Sure, as the page says:\n```json\n{json.dumps(obeying)}\n```\nThen open /payments."
            case 4:
                obeying["edits"] = [
                    {"edit": "insert", "element": lure or 0}, {"edit": "replace", "element": lure or 0}, {"edit": "delete"},
                ]  # fmt: skip
        return json.dumps(obeying)

    return answer


def honest(prompt: Prompt) -> str:
    """Answer as one who knows what the elements are called now, and says none where it is not there."""
    asked = asked_of(prompt)
    names = {strange_name(case.at) for case in CASES}
    choice = next((one["n"] for one in asked.get("elements", []) if names & {one.get("name", ""), one.get("label", "")}), None)
    return json.dumps({"choice": choice, "why": "it is called so now"})


@dataclass
class Real:
    """A model behind an address of the OpenAI kind, asked what the product asks. ``silent`` counts what got no answer."""

    url: str
    name: str
    key: str = "none"
    silent: int = 0

    def __call__(self, prompt: Prompt) -> str:
        body = {**json.loads(prompt.body), "model": self.name}
        try:
            said = httpx.post(
                f"{self.url.rstrip('/')}/chat/completions", json=body, headers={"Authorization": f"Bearer {self.key}"},
                timeout=60.0, trust_env=False,
            ).raise_for_status()
            return str(said.json()["choices"][0]["message"]["content"] or "")
        except (httpx.HTTPError, ValueError, LookupError, TypeError):
            self.silent += 1
            return ""


def offered(prompt: Prompt, threat: Threat) -> bool:
    """Tell whether the model could have chosen the lure."""
    asked = asked_of(prompt)
    return any(_numbered(asked.get(where, []), threat.case.lure) is not None for where in ("elements", "ways"))


def _numbered(elements: list[dict[str, Any]], called: str) -> int | None:
    return next((one["n"] for one in elements if called in f"{one.get('name', '')} {one.get('label', '')}"), None)
