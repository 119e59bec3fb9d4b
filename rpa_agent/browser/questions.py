"""Answers a page's native dialogs as they were answered when shown, and everything else with no."""

from __future__ import annotations

from ..domain.ports import Action
from ..domain.procedure import Answer, Asked
from ..domain.template import pattern


class Questions:
    """The dialogs that one act may cause, each answered once, in any order; ``strange`` collects the others."""

    def __init__(self, action: Action, strange: list[str]) -> None:
        first = [Asked(question=action.dialog, answer=action.answer or Answer())] if action.dialog else []
        self._shown = [*first, *action.further]
        self._strange = strange

    def answer(self, kind: str, text: str) -> tuple[bool, str | None]:
        """Return whether to accept, and what to type into a prompt (None: what stands there)."""
        question = f"{kind}: {text}"
        for shown in self._shown:
            if pattern(shown.question).fullmatch(question) is not None:
                if len(self._shown) > 1:
                    self._shown.remove(shown)  # asked again it has the next answer; the last one stays
                return shown.answer.accept, shown.answer.text
        if kind == "beforeunload":
            return True, None  # leaving a page was shown by leaving it
        self._strange.append(question)
        return False, None
