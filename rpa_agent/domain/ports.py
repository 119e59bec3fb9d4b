"""The doors between the rooms: what a verb needs from the browser, memory and office, on one page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from .change import Interruption, MemoryChange, Use
from .frozen import Frozen
from .procedure import Answer, Expectation, Request, Version
from .proposal import Break, Candidate, Proposal, Ref, Survey
from .target import Fingerprint, Target
from .trajectory import Signals


class Hit(Frozen):
    """A live element that one of a target's known variants points to."""

    candidate: Candidate
    variant: int  # index of the variant whose locators found it
    votes: int  # how many independent encodings of that variant named this element
    voters: int  # how many encodings the variant has
    rivals: int = 0  # other elements that got as many votes


class Action(Frozen):
    """What to do with an element. ``value`` is text in the format the site showed, ``canonical`` the same value as
    ISO date or plain decimal, for a widget of another kind; ``widget`` is what is there now. A ``secret`` is revealed
    only in browser/."""

    kind: str
    value: str | None = None
    canonical: str | None = None
    widget: Fingerprint | None = None
    secret: str | None = None  # name of a secret whose value is typed instead of ``value``
    files: tuple[str, ...] = ()
    dialog: str = ""  # the native dialog that may be accepted, "confirm: Really send?"; others are refused
    answer: Answer | None = None  # how that dialog is answered; None accepts it
    to: Ref | None = None  # where a drag ends
    point: tuple[float, float] | None = None  # where in the element, as shares of its size; None: the middle
    to_point: tuple[float, float] | None = None


class PageAtHand(Protocol):
    """One open page, its frames and its open shadow roots."""

    @property
    def url(self) -> str:
        """The address of the page now."""

    @property
    def status(self) -> int:
        """The HTTP status of the document, 0 when unknown."""

    async def turn_to(self, tab: int, *, seconds: float) -> None:
        """Work in this open tab from now on, in the order they were opened; raises PageGone when there is none."""

    async def settle(self, seconds: float) -> None:
        """Wait until navigation, requests and DOM changes have calmed down, at most ``seconds``."""

    async def find(self, target: Target) -> Sequence[Hit]:
        """Return the elements a rendered target's known variants point to, best voted first; one evaluation per frame."""

    async def survey(self, *, row_key: str = "") -> Survey:
        """Return all interactable elements and the page facts; rows that hold ``row_key`` are named by it."""

    async def act(self, action: Action, at: Ref | None) -> None:
        """Act once; raises TargetMissing, ActionFailed, PageGone, BrowserGone. Nothing is retried."""

    async def read_back(self, at: Ref, *, ahead: Target | None = None) -> str:
        """Return the value that a field or choice shows now.

        ``ahead`` names the target of the next find: it may be looked for in the same look at the page.
        """

    async def read_all(self, at: Sequence[Ref]) -> Sequence[str]:
        """Return the values that several fields and choices show now; empty where one is not there."""

    async def signals(
        self, expect: Expectation, *, values: Mapping[str, str], seconds: float, ahead: Target | None = None
    ) -> Signals:
        """Wait until the expected signals of the last act came or ``seconds`` passed; return all that were seen."""

    async def visible(self, text: str, *, values: Mapping[str, str], seconds: float) -> str | None:
        """Return the visible text that matches the template, or None when none came within ``seconds``."""

    async def get(self, path: str) -> tuple[int, str]:
        """GET an address with the run's cookies; return status and body. Raises SiteUnreachable."""

    async def guard_requests(self, expected: Sequence[Request], values: Mapping[str, str]) -> None:
        """From now on let only plain reads and requests that resemble ``expected`` pass; refuse all other changes."""

    async def release_requests(self) -> Sequence[str]:
        """Stop guarding; return the refused requests as text."""


class Rung(Protocol):
    """One way of going on after a break. It proposes and never acts."""

    name: str

    async def propose(self, break_: Break, view: Survey, budget: float) -> list[Proposal]:
        """Return proposals, best first; empty when this rung cannot prove anything within ``budget`` seconds."""


class Embedder(Protocol):
    """Turns texts into unit vectors."""

    name: str

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """Return one vector per text; raises ModelUnavailable when the model cannot be loaded."""


class ProcedureMemory(Protocol):
    """What the verbs need of memory."""

    async def known(self, *, site: str, workflow: str) -> Sequence[Version]:
        """Return every version of the workflow's own procedure that is not retired, newest first."""

    async def version(self, procedure: str, number: int) -> Version:
        """Return one version, its row hash verified; raises StoreCorrupt."""

    async def uses(self, procedure: str, number: int) -> Sequence[Use]:
        """Return the credited uses of one version, oldest first."""

    async def interruptions(self, site: str) -> Sequence[Interruption]:
        """Return the interruption handlers learned on a site."""

    async def apply(self, change: MemoryChange) -> Version | None:
        """Apply a change in one transaction, once per run; return the version it wrote, or wrote before."""


class Secrets(Protocol):
    """Names to values at the last moment."""

    def names(self) -> Sequence[str]:
        """The names that have a value here."""

    def reveal(self, name: str) -> str:
        """Return the value for the keystroke; raises SecretMissing."""


class Journal(Protocol):
    """What was committed under which key, so that nothing is sent twice."""

    async def state(self, key: str) -> str | None:
        """Return planned, armed, sent, confirmed, ambiguous, not_done or None when the key is new."""

    async def arm(self, key: str, *, name: str, run: str, again: str | None = None) -> None:
        """Take the key for this run, synced to disk; raises NeedsPerson when another run holds it unresolved."""

    async def sent(self, key: str) -> None:
        """Write that the request is about to leave, synced to disk."""

    async def settle(self, key: str, state: str, *, receipt: Mapping[str, str] | None = None) -> None:
        """Close the key as confirmed, ambiguous or not_done, with what proves it."""
