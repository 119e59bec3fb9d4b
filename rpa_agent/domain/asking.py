"""What is known of the models that were asked, for as long as a process works: what they said, and how they want to be asked."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Literal

MOST_ANSWERS = 500

# How a server is told to answer: by a JSON schema, as any JSON object, or by the words of the question alone.
Form = Literal["schema", "object", "words"]


@dataclass(frozen=True)
class Manner:
    """How a server takes a question; found out once by asking, as servers and models differ."""

    form: Form = "schema"
    length: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    temperature: bool = True


@dataclass
class SaidBefore:
    """Answers by question, the oldest forgotten first, and manners by server and model."""

    answers: OrderedDict[str, str] = field(default_factory=OrderedDict)
    manners: dict[tuple[str, str], Manner] = field(default_factory=dict)

    def keep(self, question: str, answer: str) -> None:
        self.answers[question] = answer
        while len(self.answers) > MOST_ANSWERS:
            self.answers.popitem(last=False)


@dataclass(frozen=True)
class Used:
    """What models were asked within some time: tokens in and out together, US dollars as far as prices are known, and in
    how many runs they were not."""

    tokens: int = 0
    usd: float = 0.0
    runs_without_price: int = 0
