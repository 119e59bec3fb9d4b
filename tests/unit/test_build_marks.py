"""What a person pointed at becomes checks and business exceptions, this run's values as parameters."""

from __future__ import annotations

from rpa_agent.build import build_procedure
from rpa_agent.domain.recording import Act, Mark, Recording
from rpa_agent.domain.target import Fingerprint
from rpa_agent.domain.workflow import Workflow

NUMBER = Fingerprint(tag="input", role="textbox", name="Number", label="Number", capability="fill", unique={"name": 1})


def workflow(*marks: Mark) -> Workflow:
    acts = (
        Act(kind="goto", url="http://x/new", url_after="http://x/new", value="http://x/new"),
        Act(kind="fill", url="http://x/new", url_after="http://x/new", element=NUMBER, value="RE-1042"),
    )
    recording = Recording(base_url="http://x", start="http://x/new", acts=acts, last_url="http://x/new", marks=marks)
    return build_procedure(recording, name="file", task="File", site="x", salt="s").workflow


def test_a_marked_text_is_the_check() -> None:
    """Instead of what would have been proposed; figures that the site gave away may change."""
    found = workflow(Mark(kind="success", text="Invoice RE-1042 was filed  as INV-0042"))
    assert [c.words() for c in found.checks()] == ["visible Invoice {{ number }} was filed as *"]


def test_a_marked_refusal_is_a_business_exception() -> None:
    """By the name it was given, or its own words."""
    found = workflow(
        Mark(kind="exception", text="RE-1042 already exists", name="Duplicate!"),
        Mark(kind="exception", text="The period is closed"),
    )
    assert [(e.name, e.when.visible, e.then) for e in found.exceptions] == [
        ("duplicate", "{{ number }} already exists", "skip_row"),
        ("the-period-is-closed", "The period is closed", "skip_row"),
    ]


def test_a_text_of_figures_alone_proves_nothing() -> None:
    """As a pattern it would fit every page; what would have been proposed stays."""
    found = workflow(Mark(kind="success", text="4711"), Mark(kind="exception", text="12.50"))
    assert [c.words() for c in found.checks()] == [c.words() for c in workflow().checks()]
    assert found.exceptions == ()
