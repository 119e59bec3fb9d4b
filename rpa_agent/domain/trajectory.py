"""What happened in one run, step by step: outcomes, signals, repairs, commits; immutable."""

from __future__ import annotations

from typing import Any, Literal, get_args

from pydantic import Field

from .frozen import Frozen
from .judged import Judged
from .procedure import Request, StepKind
from .target import Variant

Outcome = Literal["succeeded", "failed", "needs_person", "business_exception", "cancelled"]
Fault = Literal["drift", "timing", "interruption", "data", "login", "infrastructure", "defect", "unknown"]
LOGIN_REFUSED = "the login was refused"  # so begins what a run says that stopped for it
StepStatus = Literal["ok", "repaired", "skipped", "failed", "refused"]
RungName = Literal["alternate", "memory", "fingerprint", "structure", "model", "explorer", "person"]
CommitState = Literal["confirmed", "already", "ambiguous", "not_done"]


class Signals(Frozen):
    """What an action was seen to cause."""

    url: str = ""
    loaded: bool = False                # a document came, also one of the same address
    requests: tuple[Request, ...] = ()
    texts: tuple[str, ...] = ()
    dialog: str = ""
    strange: tuple[str, ...] = ()       # native dialogs that nobody showed; each was answered with no
    popup: str = ""
    download: str = ""
    read_back: str | None = None
    refused: tuple[str, ...] = ()       # requests that the gate refused, "POST {base}/invoices/*"


class Weighed(Frozen):
    """An element of the page that was weighed for a broken step: what spoke for it, and what against."""

    words: str
    likeness: float                         # all rankers together, 0..1
    probability: float                      # that it is the one meant; 0 where it was out of the question
    scores: dict[str, float] = {}           # by ranker, 0..1
    favoured_by: tuple[str, ...] = ()       # the rankers whose only favourite it is
    evidence: tuple[str, ...] = ()
    objections: tuple[str, ...] = ()        # empty where nothing forbids it
    used: bool = False                      # it was acted on
    ref: str = ""                           # its address on the page as it was then
    box: tuple[float, float, float, float] = (0, 0, 0, 0)   # x, y, width, height in CSS pixels


class Proposed(Frozen):
    """What would have been done for a broken step, where a person wanted to be asked first."""

    by: RungName
    confidence: float
    now: str
    evidence: tuple[str, ...] = ()
    variant: Variant | None = None          # the look that `rpa review keep` makes known; None: nothing to make known
    dismissed: tuple[str, Variant] | None = None    # an interruption that would have been closed: words, closing element


class Repair(Frozen):
    """A change made in flight to keep a run going, with its evidence."""

    by: RungName
    confidence: float
    was: str
    now: str
    evidence: tuple[str, ...] = ()
    variant: Variant | None = None          # set when another element is used for the target
    dismissed: tuple[tuple[str, Variant], ...] = ()     # interruptions that were closed first: words, closing element
    revealed: tuple[Variant, ...] = ()      # clicks needed before the target appeared, in order
    confirmed: tuple[Variant, ...] = ()     # clicks needed after it until the signals came, in order
    candidates: tuple[Weighed, ...] = ()    # what else was weighed, likeliest first, at most ten


class StepOutcome(Frozen):
    """What became of one step."""

    index: int
    id: str
    kind: StepKind
    target: str = ""
    status: StepStatus
    repair: Repair | None = None
    variant: int = -1                   # which known variant matched, -1 = none or no target
    misled: tuple[int, ...] = ()        # unproven variants that were tried before and did not prove themselves
    unproven: bool = False              # a look that is still on trial, of a candidate or another procedure, did it
    needless: Literal["", "found", "trial", "known"] = ""   # left out, as nothing of it is needed here; who knew that
    left_out_by: str = ""               # the model that said so, where one did
    went_back: bool = False             # the variants added since the version's parent misled; one of the parent's did it
    signals: Signals = Signals()
    missing: tuple[str, ...] = ()       # recorded signals that did not come
    score: float | None = None          # identity score of the element acted on, 0..1
    note: str = ""
    ms: int = 0
    candidates: tuple[Weighed, ...] = ()    # what was weighed and not used, where the step was not repaired
    proposed: Proposed | None = None


class Evidence(Frozen):
    """What is kept of a commit that was tried: what the fields showed right before it, by field; what was sent, as
    "POST {base}/invoices: answered 3xx"; and masked pictures before and after it, as files among the run's artifacts."""

    values: dict[str, str] = {}
    requests: tuple[str, ...] = ()
    before: str = ""
    after: str = ""


class CommitOutcome(Frozen):
    """What became of one commit. ``asked`` is what the site itself said of it: where it was
    asked, or where it refused in declared words."""

    name: str
    key: str
    state: CommitState
    asked: str = ""
    again: str = ""                         # what the page tried to send once more, and was refused
    evidence: Evidence = Evidence()


class CheckOutcome(Frozen):
    check: str
    met: bool
    note: str = ""


class Asked(Frozen):
    """What a run asked a model, and what that cost; ``usd`` is None where nobody said what the model costs."""

    model: str = ""
    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    usd: float | None = None

    def and_(self, more: Asked) -> Asked:
        """Return both together; where the price of one is not known, that of both is not."""
        if not self.calls or not more.calls:
            return self if self.calls else more
        usd = None if self.usd is None or more.usd is None else round(self.usd + more.usd, 6)
        return Asked(
            model=", ".join(dict.fromkeys((*self.model.split(", "), more.model))), calls=self.calls + more.calls, usd=usd,
            input_tokens=self.input_tokens + more.input_tokens, output_tokens=self.output_tokens + more.output_tokens,
        )


class Trajectory(Frozen):
    """One run. ``params`` never holds a secret; ``stopped`` says in a clerk's words why the run ended early."""

    run: str
    workflow: str
    site: str
    procedure: str
    version: int                        # the version whose looks matched; its parent's where none of its own was needed
    started: str
    params: dict[str, str] = {}         # canonical values of this run; kept in runs.db only
    steps: tuple[StepOutcome, ...] = ()
    commits: tuple[CommitOutcome, ...] = ()
    outputs: dict[str, Any] = {}
    checks: tuple[CheckOutcome, ...] = ()
    judged: Judged | None = None        # what a model thinks of it, where the workflow asks for a judge
    refused_requests: tuple[str, ...] = ()      # "POST {base}/invoices/*"
    refused_hosts: tuple[str, ...] = ()         # "cdn.example.net (step 3)"
    unknown_requests: tuple[str, ...] = ()      # changes that nobody had shown, and that passed
    outcome: Outcome = "failed"
    fault: Fault | None = None
    stopped: str = ""
    left_out: bool = False              # cancelled by the person who watched, who wanted to go on with the next
    sent: Literal["nothing", "sent", "unknown"] = "nothing"
    not_before: str = ""                # until when the site asked to be left alone, where it did; UTC
    begun_again: tuple[str, ...] = ()           # how earlier tries ended, before anything was sent
    asked: Asked = Asked()              # of a model; nothing on a healthy run
    duration_ms: int = 0
    artifacts: str = ""
    timings: dict[str, float] = Field(default_factory=dict)     # summed ms by part: guard, act, settle, journal

    def on_trial(self) -> bool:
        """Tell whether a repair, or a look that is still on trial, had a part in it."""
        return any(s.repair is not None or s.unproven or s.needless == "trial" for s in self.steps)

    def login_refused(self) -> bool:
        """Tell whether the site refused what this run typed to log in."""
        return self.fault == "login" and self.stopped.startswith(LOGIN_REFUSED)

    def repaired(self) -> tuple[StepOutcome, ...]:
        return tuple(s for s in self.steps if s.repair is not None)


def fault_named(name: str) -> Fault:
    """Return the fault class that a refusal names; unknown names are unknown faults."""
    return next((f for f in get_args(Fault) if f == name), "unknown")
