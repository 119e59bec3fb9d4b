"""What a demonstration showed: acts in order, each with its element, its value and the signals it caused."""

from __future__ import annotations

from typing import Literal

from .frozen import Frozen
from .procedure import Answer, Asked, StepKind
from .target import Fingerprint


class SeenRequest(Frozen):
    """A request with what it carried, in clear: it lives in memory while building and is never stored."""

    method: str
    url: str
    kind: str = ""
    operation: str = ""
    fields: dict[str, str] = {}
    readable: bool = True
    carried: dict[str, str] | None = None       # all of a small body, nothing interpreted; see browser/outbound/bodies.py
    status: int = 0
    late: float = 0.0                   # how long after the act that it is told of it left, in seconds

    def address(self) -> str:
        """Return what says that two requests are of one kind: method, address and operation."""
        return f"{self.method} {self.url} {self.operation}".strip()


class RowSeen(Frozen):
    """The record an element stood in: its cells, their column headers, and which are unique in their column."""

    cells: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    unique: tuple[bool, ...] = ()
    own: int = -1                       # the cell that holds the element
    count: int = 0                      # rows in the list, this one included


class TableSeen(Frozen):
    """A table that was pointed at: its headers, and its first rows in clear while building."""

    headers: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


class Shown(Frozen):
    """A short text of a record as a page showed it, so that a value typed later can be traced to where it came from."""

    text: str
    at: float = 0.0                     # seconds since the recording began
    url: str = ""
    tab: int = 0
    element: Fingerprint | None = None
    row: RowSeen | None = None
    copied: bool = False                # the person copied it
    parts: tuple[str, ...] = ()         # what stands in an element of its own within it: bold, quoted, code
    before: str = ""                    # what stood there before, where it was exchanged in place, and when that was
    changed: float = 0.0


class Mark(Frozen):
    """What a person pointed at in the overlay: a text that proves success, or one that announces a business exception."""

    kind: Literal["success", "exception"]
    text: str
    after: int = 0                      # how many acts had been done
    name: str = ""


class Act(Frozen):
    """One thing the person did. Values are in clear except secrets, which are named by ``secret``."""

    kind: StepKind
    at: float = 0.0                     # seconds since the recording began
    url: str = ""                       # the page when it was done
    title: str = ""
    element: Fingerprint | None = None
    option_of: str = ""                 # label of the field whose list offered the clicked option
    value: str | None = None
    options: tuple[str, ...] = ()       # what else could be chosen there, as far as it was seen
    input_type: str = ""
    day: int = 0                        # the day of the month picked in a calendar: it settles how the date is written
    shown_by: str | None = None         # the field shows a code instead: where the option says it, "" where it does not
    secret: bool = False
    keys: bool = False                  # typed into a field that holds nothing and only passes the keys on
    styled: bool = False                # the value says which words are bold: see domain/styled.py
    chooser: bool = False               # a click on it opens a choice of files, for a field that is in no document
    row: RowSeen | None = None
    rows: tuple[tuple[str, ...], ...] = ()      # compact rows of all interactables, once per page
    tab: int = 0                        # which open tab, in the order they were opened
    to: Fingerprint | None = None       # where a drag ended
    point: tuple[float, float] | None = None    # where in the element, as shares of its size, where that matters
    to_point: tuple[float, float] | None = None
    answer: Answer | None = None        # how the dialog that it caused was answered
    further: tuple[Asked, ...] = ()     # dialogs that followed the first one
    closes: bool = False                # its tab was closed after it
    pager: Fingerprint | None = None    # the control that shows the next page of the list it acts on
    postback: str = ""                  # what that control sent when it was pressed, "POST /list", where that is no read
    output: str = ""                    # a read: the name a person gave it, else found later
    table: TableSeen | None = None      # a read of a whole table
    names_next: bool = False            # a read: what it says names the element, or the choice, of the act that follows
    optional: bool = False              # marked so by the person
    locators: tuple[str, ...] = ()      # how a foreign recording names the element; empty where it was seen on a page
    to_locators: tuple[str, ...] = ()   # the same for where a drag ends
    # signals
    url_after: str = ""
    requests: tuple[SeenRequest, ...] = ()
    sockets: tuple[str, ...] = ()       # addresses of WebSockets on which the page said something, as of the web
    texts: tuple[str, ...] = ()
    dialog: str = ""
    popup: str = ""
    download: str = ""
    read_back: str | None = None
    settle_ms: int = 0


class Recording(Frozen):
    """A whole demonstration; with ``login`` that of an account's login, where whatever is typed is a secret."""

    base_url: str
    start: str
    acts: tuple[Act, ...]
    login: bool = False
    secrets: dict[str, str] = {}        # secret name -> value as typed; handed to --secrets-to, then forgotten
    before_all: tuple[SeenRequest, ...] = ()    # changes that left before the first act, and so without any
    talking: tuple[str, ...] = ()       # WebSockets on which pages said something without an act
    last_texts: tuple[str, ...] = ()    # what the final page announces
    last_url: str = ""
    language: str = ""
    shown: tuple[Shown, ...] = ()       # texts of records that pages showed, in clear: never stored
    marks: tuple[Mark, ...] = ()
    before: float = 0.0                 # until then (seconds of its own clock) a run worked, and no person showed anything
    stopped: str = ""                   # why it ended before its time, in plain words; what was shown until then is kept
    failed: bool = False                # and whether that was a failure: nothing is built from half of the work by itself
    hosts: tuple[str, ...] = ()         # that answered the pages beyond the site's own: scripts, styles, data; no pictures
    remarks: tuple[str, ...] = ()       # what the person should know: other hosts that were visited, what was refused

    @property
    def ambient(self) -> frozenset[str]:
        """What left before the first act, as "POST https://…/metrics"."""
        return frozenset(r.address() for r in self.before_all)
