"""A question put to the site by GET, and what its answer says: the same for checks of success and for probes."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date
from typing import Any, Literal
from urllib.parse import quote

from .template import render
from .workflow import HttpCheck

Answer = Literal["there", "not_there", "unclear"]
GONE = (404, 410)
_LOGIN = re.compile(r"""type\s*=\s*["']?password""", re.IGNORECASE)


def path_of(template: str, shown: Mapping[str, str], day: date) -> str:
    """Return the path to ask, this run's values quoted; empty where it leads off the workflow's own site."""
    path = render(template, {name: quote(value, safe="") for name, value in shown.items()}, day)
    return path if path.startswith("/") and not path.startswith("//") else ""


def says(check: HttpCheck, status: int, body: str, *, shown: Mapping[str, str], day: date) -> tuple[Answer, str]:
    """Return whether what is asked for is there, and why not.

    ``unclear`` is every answer that is none: an error, a page to log in, text where JSON was meant. To take one for a
    no would have a submission repeated that has arrived.
    """
    if status != check.status:
        return ("not_there" if status in GONE else "unclear"), f"answered {status}"
    if check.json_ is None:
        return ("unclear", "it asks for a login") if _LOGIN.search(body) else ("there", "")
    try:
        answer = json.loads(body)
    except ValueError:
        return "unclear", "the answer is not JSON"
    wanted = filled(check.json_, shown, day)
    if contains(answer, wanted):
        return "there", ""
    # Two where one was asked for is no sign that nothing arrived: to send again would make it three.
    return ("unclear", "the answer differs: it has more") if _more(answer, wanted) else ("not_there", "the answer differs")


def _more(answer: Any, wanted: Any) -> bool:
    """Tell whether a number in the answer is larger than the one asked for in its place."""
    if isinstance(wanted, dict) and isinstance(answer, dict):
        return any(_more(answer[k], w) for k, w in wanted.items() if k in answer)
    numbers = all(isinstance(n, int | float) and not isinstance(n, bool) for n in (answer, wanted))
    return bool(numbers and answer > wanted)


def filled(wanted: Any, shown: Mapping[str, str], day: date) -> Any:
    """Return what is wanted with its templates filled, at every depth."""
    match wanted:
        case str():
            return render(wanted, shown, day)
        case dict():
            return {name: filled(one, shown, day) for name, one in wanted.items()}
        case list():
            return [filled(one, shown, day) for one in wanted]
        case _:
            return wanted


def contains(answer: Any, wanted: Any) -> bool:
    """Tell whether ``wanted`` is a subset of ``answer``: named keys equal, lists hold every wanted item."""
    if isinstance(wanted, dict):
        return isinstance(answer, dict) and all(k in answer and contains(answer[k], v) for k, v in wanted.items())
    if isinstance(wanted, list):
        return isinstance(answer, list) and all(any(contains(a, w) for a in answer) for w in wanted)
    return bool(answer == wanted)
