"""How to achieve it: an ordered list of steps on targets, with the signals expected after each."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator

from .frozen import Frozen
from .shown_as import ShownAs
from .target import Target

# A native dialog, a download and a new tab are what a step causes, not steps: see Answer, Expectation and Step.tab.
StepKind = Literal[
    "goto", "click", "dblclick", "rightclick", "fill", "press", "select", "check", "uncheck",
    "upload", "drag", "hover", "scroll", "back", "forward", "read",
]
Effect = Literal["none", "draft", "commit"]
Status = Literal["untrusted", "candidate", "active", "suspect", "retired"]


READS = frozenset({"GET", "HEAD", "OPTIONS"})      # what asks and changes nothing, as far as HTTP says


class Request(Frozen):
    """A request that a step caused: method, symbolic origin and path template, and where parameters travelled."""

    method: str
    path: str                           # "/invoices/*" below the origin
    origin: str = "{base}"
    operation: str = ""                 # GraphQL operation or JSON-RPC method
    fields: dict[str, str] = {}         # field name -> parameter name it carried, "" when constant or unknown
    within: dict[str, str] = {}         # parameter written into an editor -> name of the field whose longer text held its words
    status: int = 0                     # status class of the answer: 2, 3, 4, 5; 0 = not seen


class Ambient(Frozen):
    """A change that pages sent by themselves while the work was shown, as a heartbeat is. It is known by a salted digest of
    its address and of all that it carried, but for what ``counts``: fields that held a figure or a time, each time a later
    one. Address and path are for people."""

    method: str
    path: str                           # "/session/alive" below the origin
    origin: str = "{base}"
    digest: str
    counts: tuple[str, ...] = ()


class Expectation(Frozen):
    """The signals that followed a step when it was shown, as templates."""

    url: str = ""                       # "{base}/invoices/*"
    requests: tuple[Request, ...] = ()
    socket: str = ""                    # of a commit that was only said on a WebSocket: that one's address, as of the web
    texts: tuple[str, ...] = ()         # headings, toasts, dialog titles that appeared
    dialog: str = ""                    # native dialog: "alert: text", "confirm: text", ...
    popup: str = ""                     # URL template of a tab that opened
    download: str = ""                  # file name template
    read_back: str = ""                 # the value the site kept, as a template in the site's format
    settle_ms: int = 0                  # how long the demonstration waited for the signals


class Answer(Frozen):
    """How the native dialog that a step causes is answered; ``text`` is a template, typed into a prompt."""

    accept: bool = True
    text: str | None = None


class Asked(Frozen):
    """A native dialog that follows another one from the same act: its question as a template, and the answer."""

    question: str
    answer: Answer


class Table(Frozen):
    """A table that is read as records: the name of each column in the output, and its header on the page."""

    columns: dict[str, str] = {}


class Step(Frozen):
    """One action on one target. ``value`` is a template: ``{{ param }}``, ``{{ secrets.name }}``, ``{{ outputs.name }}``
    or constant text. A step of kind ``read`` does nothing to the page: it keeps what its target says as ``output``;
    its ``value`` is the text around it, ``Invoice {{ outputs.number }} was filed``, or None for the whole text."""

    id: str
    kind: StepKind
    effect: Effect = "none"
    commit: str | None = None           # the commit's stable name when effect is commit
    reason: str = ""                    # why the recorder proposed this effect
    optional: bool = False
    spare: bool = False                 # learned: left out where the page it leads to is at hand already; see run/needless.py
    when: str | None = None
    target: Target | None = None
    value: str | None = None
    shown_as: ShownAs | None = None     # where the field shows a code in the place of what was chosen
    format: str | None = None           # how the site wrote the value: "dd.mm.yyyy", "1.234,50", "yyyy-mm-dd"
    expect: Expectation = Expectation()
    tab: int = 0                        # the open tab it is done in, in the order they were opened; 0 is the first
    to: Target | None = None            # where a drag ends
    point: tuple[float, float] | None = None    # where in the element, as shares of its width and height; None: the middle
    to_point: tuple[float, float] | None = None
    answer: Answer | None = None        # None: a dialog that was shown is accepted
    further: tuple[Asked, ...] = ()     # dialogs that follow the first one from the same act, in order
    closes: bool = False                # its tab is closed after it, before work goes on in another
    keys: bool = False                  # typed key by key into a field that keeps nothing of it, as a terminal's
    chooser: bool = False               # files are given to the choice that a click on it opens, not dropped on it
    output: str | None = None           # the output that a read, a table or a download becomes
    table: Table | None = None          # a read of a whole table

    @field_validator("when")
    @classmethod
    def _understood(cls, v: str | None) -> str | None:
        if v is not None:
            from .condition import parse  # most procedures have no condition, and every run reads one

            parse(v)
        return v


class Page(Frozen):
    """A page as it was when shown: its template, title and compact rows of all interactable elements."""

    template: str
    title: str = ""
    elements: tuple[tuple[str, ...], ...] = ()      # (role, name, tag, type, id, name_attr, landmark, heading, path)


class Procedure(Frozen):
    """The document that a version holds. Step ids, commit names and page ids stay for life."""

    schema_: Literal[1] = Field(1, alias="schema")
    procedure: str
    site: str
    task: str
    params: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    steps: tuple[Step, ...]
    pages: dict[str, Page] = {}
    script: str = ""
    facts: tuple[str, ...] = ()
    ambient: tuple[Ambient, ...] = ()

    def step(self, step_id: str) -> Step:
        """Return the step with this id; raises KeyError."""
        for step in self.steps:
            if step.id == step_id:
                return step
        raise KeyError(step_id)

    def commits(self) -> tuple[Step, ...]:
        return tuple(s for s in self.steps if s.effect == "commit")


class Version(Frozen):
    """A procedure document with its place in history."""

    procedure: str                      # procedure id
    number: int
    status: Status
    document: Procedure
    parent: int | None = None
    author: str = "recording"           # recording | rung name | model name | person
    evidence: tuple[str, ...] = ()      # run ids
    note: str = ""
    created: str = ""
    row_hash: str = ""
