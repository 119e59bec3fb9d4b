"""What a demonstration showed: acts in order, each with its element, its value and the signals it caused."""

from __future__ import annotations

from .frozen import Frozen
from .procedure import StepKind
from .target import Fingerprint


class SeenRequest(Frozen):
    """A request with what it carried, in clear: it lives in memory while building and is never stored."""

    method: str
    url: str
    kind: str = ""
    operation: str = ""
    fields: dict[str, str] = {}
    readable: bool = True
    status: int = 0


class RowSeen(Frozen):
    """The record an element stood in: its cells, their column headers, and which are unique in their column."""

    cells: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    unique: tuple[bool, ...] = ()
    own: int = -1                       # the cell that holds the element
    count: int = 0                      # rows in the list, this one included


class Act(Frozen):
    """One thing the person did. Values are in clear except secrets, which are named by ``secret``."""

    kind: StepKind
    at: float = 0.0                     # seconds since the recording began
    url: str = ""                       # the page when it was done
    title: str = ""
    element: Fingerprint | None = None
    option_of: str = ""                 # label of the field whose list offered the clicked option
    value: str | None = None
    input_type: str = ""
    secret: bool = False
    row: RowSeen | None = None
    rows: tuple[tuple[str, ...], ...] = ()      # compact rows of all interactables, once per page
    # signals
    url_after: str = ""
    requests: tuple[SeenRequest, ...] = ()
    texts: tuple[str, ...] = ()
    dialog: str = ""
    popup: str = ""
    download: str = ""
    read_back: str | None = None
    settle_ms: int = 0


class Recording(Frozen):
    """A whole demonstration. ``credential`` fields are the user names typed beside a password."""

    base_url: str
    start: str
    acts: tuple[Act, ...]
    secrets: dict[str, str] = {}        # secret name -> value as typed; handed to --secrets-to, then forgotten
    ambient: tuple[str, ...] = ()       # "POST /metrics": seen without an act
    last_texts: tuple[str, ...] = ()    # what the final page announces
    last_url: str = ""
    language: str = ""
