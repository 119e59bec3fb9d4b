"""What a rung may propose when a step breaks, and what it sees of the page: it proposes and never acts."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from .frozen import Frozen
from .procedure import Page, Step
from .target import Fingerprint

Ref = str       # address of a live element on the page at hand; only browser/ understands it


class Sends(Frozen):
    """What the browser itself sends when a button of a form is pressed: where to, and the names of what it carries."""

    method: str                         # GET or POST
    url: str                            # without a query
    fields: tuple[str, ...] = ()        # the form's, of buttons the pressed one's apart
    own: str = ""                       # the name and value that the button adds
    value: str = ""
    form: Ref = ""                      # whose values these are


class Candidate(Frozen):
    """A live element of the page: its address, its fingerprint in clear, and what covers it."""

    ref: Ref
    fingerprint: Fingerprint
    visible: bool = True
    enabled: bool = True
    covered_by: str = ""
    expanded: bool | None = None        # aria-expanded or an open <details>; None where it does not apply
    haspopup: bool = False
    readonly: bool = False              # shows a value that nobody can type
    selected: bool | None = None        # aria-selected of tabs and options
    chosen: bool | None = None          # of radio buttons and buttons that stay pressed; None where it does not apply
    # What the form says of a field; known in a survey only.
    required: bool = False              # it must be filled in
    blank: bool = False                 # nothing is in it
    invalid: bool = False               # the form, or the browser, does not take what is in it
    trouble: str = ""                   # what stands at it as being wrong
    group: str = ""                     # what the group of an option is called
    sends: Sends | None = None          # None where it is no button of a form, or a script may say otherwise


def same_request(a: Candidate, b: Candidate) -> bool:
    """Tell whether two buttons send one form to one address, and nothing in what they send tells them apart."""
    return a.sends is not None and a.sends == b.sends


# What follows is made ready when first used: a healthy run surveys nothing and mends nothing.
class Came(Frozen, defer_build=True):
    """What came of the page and what did not, beside its elements."""

    text: str = ""                          # what its main part says, in a row; at most 2,000 characters
    busy: bool = False                      # it says of itself that it is still on its way
    warned: tuple[str, ...] = ()            # what it says as an alert, not as a mere status
    cut_off: bool = False                   # only a part of its document arrived
    not_given: tuple[str, ...] = ()         # what it is made of and did not get: "frame 502", "script 404"
    answers: tuple[str, ...] = ()           # what whole pages say that its scripts got since the last act
    login_given: bool = False               # one of those is a login
    sent: tuple[tuple[str, str, int], ...] = ()     # method, path and status of what was sent since the last act


class Survey(Frozen, defer_build=True):
    """The page at hand as a rung sees it."""

    url: str
    title: str = ""
    candidates: tuple[Candidate, ...] = ()
    headings: tuple[str, ...] = ()
    alerts: tuple[str, ...] = ()            # error and status texts
    errors: tuple[str, ...] = ()            # those that the page marks as errors
    shown: tuple[tuple[str, str], ...] = () # values that stand fixed on the page, with what they are called
    dialogs: tuple[str, ...] = ()           # names of open modal dialogs
    has_password: bool = False
    status: int = 0                         # HTTP status of the document, 0 = unknown
    came: Came = Came()


class Break(Frozen, defer_build=True):
    """Where and why a step cannot go on as recorded; the step's templates are already rendered for this run."""

    step: Step
    why: Literal["missing", "ambiguous", "identity", "covered", "no_signals"]
    best_score: float = 0.0
    upcoming: tuple[Step, ...] = ()         # the rest of the procedure, nearest first
    known: tuple[Step, ...] = ()            # all steps recorded on the same page: matching siblings is evidence
    tried: tuple[str, ...] = ()             # refs and proposals refuted already
    value: str = ""                         # what is to be entered, as the site writes it; empty for secrets
    page: Page | None = None                # the page as it was when shown: what was there then is not the target now
    names: tuple[str, ...] = ()             # of this run's values; none is a secret's
    said: tuple[str, ...] = ()              # what the page announced after a commit, and not before it
    doubtful: bool = False                  # something that was to follow that commit did not


class _Proposal(Frozen, defer_build=True):
    by: str
    confidence: float
    evidence: tuple[str, ...] = ()
    author: str = ""                        # the model that chose it, where one did


class UseTarget(_Proposal):
    """Act on this element instead."""

    kind: Literal["use_target"] = "use_target"
    candidate: Candidate


class Dismiss(_Proposal):
    """Close an interruption with this element, then look again."""

    kind: Literal["dismiss"] = "dismiss"
    candidate: Candidate
    words: str


class Reveal(_Proposal):
    """Open something harmless (menu, tab, next wizard page) with this element, then look again."""

    kind: Literal["reveal"] = "reveal"
    candidate: Candidate


class Confirm(_Proposal):
    """The page asks once more before it does what the step asked for: answer with this element."""

    kind: Literal["confirm"] = "confirm"
    candidate: Candidate


class Skip(_Proposal):
    """The step is no longer needed: the next one is already possible."""

    kind: Literal["skip"] = "skip"


class Insertion(Frozen, defer_build=True):
    """An act that comes before a step now: a click that opens, or a search for one of this run's values, told by its name."""

    candidate: Candidate
    search: str = ""


class EditSteps(_Proposal):
    """Do these acts first, in order; then the step as it is known, on another element, or not at all."""

    kind: Literal["edit_steps"] = "edit_steps"
    insert: tuple[Insertion, ...] = ()
    instead: Candidate | None = None
    leave_out: bool = False


class Delegate(_Proposal):
    """Give this sub-goal to the explorer."""

    kind: Literal["delegate"] = "delegate"
    goal: str


class Park(_Proposal):
    """Stop and ask a person, with the reason in plain words."""

    kind: Literal["park"] = "park"
    reason: str
    fault: str = "drift"
    do: str = ""                            # what the person can do, where that is known
    candidates: tuple[str, ...] = ()


Proposal = Annotated[
    UseTarget | Dismiss | Reveal | Confirm | Skip | EditSteps | Delegate | Park, Field(discriminator="kind")
]
