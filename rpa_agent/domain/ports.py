"""The doors between the rooms: what a verb needs from the browser, memory and office, on one page."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from .binding import Binding
from .change import Interruption, MemoryChange, Use
from .frozen import Frozen
from .gate import Authorize, Change
from .procedure import Answer, Asked, Expectation, Request, Version
from .proposal import Break, Candidate, Proposal, Ref, Survey
from .target import Fingerprint, Target, Variant
from .trajectory import Signals

if TYPE_CHECKING:
    from pydantic import BaseModel


class Hit(Frozen):
    """A live element that one of a target's known variants points to."""

    candidate: Candidate
    variant: int  # index of the variant whose locators found it
    votes: int  # how many independent encodings of that variant named this element
    voters: int  # how many encodings the variant has
    rivals: int = 0  # other elements that got as many votes
    place: bool = False  # of as many alike as when it was shown, this one stands where the one shown stood


class ListSeen(Frozen):
    """The list of records on the page at hand, as far as a record is looked for in it."""

    rows: int = 0
    digest: str = ""  # of all it says: the same again is no other page
    here: bool = False  # a row holds the key
    next: Ref = ""  # the control that shows the next page; empty where there is none, or no next page
    inside: Ref | None = None  # the box that it scrolls in; None: the page


class Seen(Frozen):
    """What another page of the site shows: its status, whether it asks for a login, and the text looked for."""

    status: int = 0
    login: bool = False
    text: str | None = None


class Records(Frozen):
    """A table of the page at hand: the headers of its columns, and its rows as texts."""

    headers: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


class Action(Frozen):
    """What to do with an element. ``value`` is text in the format the site showed, ``canonical`` the same value as
    ISO date or plain decimal, for a widget of another kind; ``widget`` is what is there now. A ``secret`` is revealed
    only in browser/."""

    kind: str
    value: str | None = None
    canonical: str | None = None
    widget: Fingerprint | None = None
    secret: str | None = None  # name of a secret whose value is typed instead of ``value``
    bound: Binding | None = None  # where that secret may be typed; None: into any field of {base}
    files: tuple[str, ...] = ()
    dialog: str = ""  # the native dialog that may be accepted, "confirm: Really send?"; others are refused
    readonly: bool = False  # the page lets nobody type there: a calendar or buttons set it
    keys: bool = False  # typed key by key, where what was put in at once was not taken
    chooser: bool = False  # files are given to the choice of files that a click opens
    leave: bool = False  # the field is left afterwards: many save what was typed only then
    answer: Answer | None = None  # how that dialog is answered; None accepts it
    further: tuple[Asked, ...] = ()  # dialogs that may follow it, each with its own answer
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

    @property
    def base(self) -> str:
        """The origin that templates call {base}."""

    @property
    def come_back(self) -> str:
        """When the document's answer asked to be asked again (its Retry-After header); empty where it did not."""

    @property
    def only_read(self) -> bool:
        """Tell whether loading the document again only reads: the last thing asked for it was a GET."""

    @property
    def denied(self) -> int:
        """With which status the site did not give what the page itself asked it for since the last act: 401, 403 or one from
        500 on; below 0 where it hung up; 0 where it gave all."""

    async def load_again(self) -> None:
        """Ask for the document at hand once more. Raises SiteUnreachable, ActionFailed, BrowserGone."""

    async def turn_to(self, tab: int, *, seconds: float, opening: bool = False, closing: bool = False) -> None:
        """Work in this tab from now on, in the order they were opened; raises PageGone when there is none.

        ``opening`` opens it where it is not there, for an address that was typed into a new tab; ``closing`` closes the
        one that is left.
        """

    async def settle(self, seconds: float) -> None:
        """Wait until navigation, requests and DOM changes have calmed down, at most ``seconds``."""

    async def find(self, target: Target) -> Sequence[Hit]:
        """Return the elements a rendered target's known variants point to, best voted first; one evaluation per frame."""

    async def find_text(self, target: Target, around: str, *, values: Mapping[str, str]) -> Sequence[Hit]:
        """Return the elements a rendered target of a text may mean, by what labels them and the words ``around``.

        What an element says now is its fingerprint's text.
        """

    async def records(self, at: Ref) -> Records | None:
        """Return the table that an element is, or lies in; None where there is none."""

    async def keep_download(self, folder: str) -> str:
        """Save the file that the last act brought into ``folder``; return its path. Raises ActionFailed."""

    async def survey(self, *, row_key: str = "", key_column: str = "") -> Survey:
        """Return all interactable elements and the page facts; rows that hold ``row_key`` are named by it.

        Where the list has a column called ``key_column``, only that one names a row.
        """

    async def list_seen(self, target: Target) -> ListSeen:
        """Return the list in which a rendered target's record should stand, as it is on the page at hand."""

    async def act(self, action: Action, at: Ref | None) -> None:
        """Act once; raises TargetMissing, ActionFailed, PageGone, BrowserGone. Nothing is retried."""

    async def read_back(self, at: Ref, *, ahead: Target | None = None) -> str:
        """Return the value that a field or choice shows now.

        ``ahead`` names the target of the next find: it may be looked for in the same look at the page.
        """

    async def chosen(self, at: Ref) -> Mapping[str, Sequence[str]]:
        """Return what the option said of itself that was chosen last in a field: its words as ``text``, its attributes."""

    async def read_all(self, at: Sequence[Ref]) -> Sequence[str]:
        """Return the values that several fields and choices show now; empty where one is not there."""

    async def signals(
        self, expect: Expectation, *, values: Mapping[str, str], seconds: float, ahead: Target | None = None
    ) -> Signals:
        """Wait until the expected signals of the last act came or ``seconds`` passed; return all that were seen."""

    async def announced(self) -> tuple[str, ...]:
        """Return the headlines, alerts and status texts that the page shows now."""

    async def visible(self, text: str, *, values: Mapping[str, str], seconds: float) -> str | None:
        """Return the visible text that matches the template, or None when none came within ``seconds``."""

    async def get(self, path: str) -> tuple[int, str]:
        """GET an address with the run's cookies; return status and body. Raises SiteUnreachable."""

    async def seen_at(self, path: str, text: str, *, values: Mapping[str, str]) -> Seen:
        """Look at another page of the site with the run's cookies, in a context of its own that only reads.

        Raises SiteUnreachable, PageGone, ActionFailed, BrowserGone.
        """

    async def ask_before_sending(
        self, authorize: Authorize, *, reads: Sequence[Request], values: Mapping[str, str], own: Sequence[Request] = (),
        everything: bool = True,
    ) -> None:
        """From now on ask about every change before it leaves, and about reads that resemble ``reads``. Not ``everything``:
        see `hold`."""

    async def hold(self, everything: bool) -> None:
        """Ask about every change; or, of those that are documents, only where one may be among the ``own`` requests of
        `ask_before_sending`. Back when it is so."""

    def unasked(self) -> Sequence[Change]:
        """Return the changes that left since the last call and were not asked about, for `hold` did not ask for it."""

    async def written(self, wanted: Mapping[str, str], *, seconds: float) -> None:
        """Wait until the form fields of these names hold the words of these values, as editors write them there a moment
        after the keys; at most ``seconds``, and not at all where the page has no field of such a name."""

    async def given_fields(self) -> Sequence[str]:
        """Return the names of form fields that are as the site gave them: hidden, or touched by nobody."""

    async def screenshot(self, path: str, marks: Sequence[tuple[Ref, str]] = ()) -> None:
        """Save a masked picture of the page as PNG; raises ActionFailed, BrowserGone.

        With ``marks`` it is an SVG of the whole page with a named box around each element, the PNG beside it.
        """

    def refused_hosts(self) -> Sequence[str]:
        """Return the hosts that the page wanted since the last call, and that are not allowed."""


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

    async def ran(self, procedure: str, number: int, *, last: int) -> Sequence[Use]:
        """Return the ``last`` uses in which a version ran, oldest first."""

    async def interruptions(self, site: str) -> Sequence[Interruption]:
        """Return the interruption handlers learned on a site."""

    async def versions(self, procedure: str) -> Sequence[Version]:
        """Return every version, newest first, the retired ones too; raises NoProcedure, StoreCorrupt."""

    async def neighbours(self, site: str, procedure: str) -> Sequence[Version]:
        """Return what the other procedures of a site know that is in use or on trial, the last used first."""

    async def rejected_looks(self, procedure: str) -> Sequence[tuple[str, Variant]]:
        """Return the looks that were rejected, each with its step's id."""

    async def rejected_spares(self, procedure: str) -> Sequence[str]:
        """Return the ids of the steps of which it was rejected that they may be left out."""

    async def apply(self, change: MemoryChange) -> Version | None:
        """Apply a change in one transaction, once per run; return the version it wrote, or wrote before. Raises
        VersionMovedOn where another version came after it was decided."""


class Model(Protocol):
    """A language model. What it answers is data: whoever asked reads it with care."""

    @property
    def name(self) -> str:
        """Its name, as the author of what it wrote."""

    async def answer(self, system: str, prompt: str, *, seconds: float, form: type[BaseModel] | None = None) -> str:
        """Return its answer to one question; raises ModelUnavailable, also where the budget is spent.

        ``form`` is what the answer should look like. A server may not know of forms: what comes is read with care anyway.
        """


class Secrets(Protocol):
    """Names to values at the last moment."""

    def names(self) -> Sequence[str]:
        """The names that have a value here."""

    def reveal(self, name: str) -> str:
        """Return the value for the keystroke; raises SecretMissing."""

    def redactions(self) -> Sequence[str]:
        """Return every text that must never be written: all values in all spellings, longest first."""

    def hide(self, text: str, *, but: Collection[str] = ()) -> str:
        """Return a text with every secret replaced, in every spelling; those named in ``but`` may stand there."""

    def also_hide(self, *texts: str) -> Callable[[], None]:
        """Hide more texts: a session's cookies, a token, a one-time code. Return what forgets them again."""


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


class LoginKeeper(Protocol):
    """Keeps a run logged in."""

    async def lost(self, page: PageAtHand) -> str:
        """Return in words how the page at hand shows that nobody is logged in; empty where it does not."""

    async def alive(self, page: PageAtHand) -> bool:
        """Tell whether somebody is logged in, asked beside the page; True where that cannot be asked."""

    async def renew(self) -> PageAtHand:
        """Log in again and return a new, empty page that is logged in; the one before is gone. Raises LoginNeeded."""
