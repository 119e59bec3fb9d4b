"""Which texts of a page name what was used, and which only speak of it."""

from __future__ import annotations

from typing import Any

import pytest

from rpa_agent.build.named import with_named
from rpa_agent.domain.recording import Act, Recording, SeenRequest, Shown
from rpa_agent.domain.target import Fingerprint

URL = "http://site.test/desk"


def pressed(name: str, at: float = 5.0, **more: Any) -> Act:
    traits = {"tag": "button", "role": "button", "name": name, "capability": "click", "path": "main>div>button"}
    return Act(kind="click", at=at, url=URL, url_after=URL, element=Fingerprint(**traits), **more)


def chosen(value: str, *others: str, at: float = 3.0) -> Act:
    fp = Fingerprint(tag="select", role="combobox", label="Currency", capability="select", path="main>select")
    return Act(kind="select", at=at, url=URL, url_after=URL, element=fp, value=value, options=(value, *others))


def says(text: str, at: float = 1.0, *, place: int = 0, parts: tuple[str, ...] = (), **traits: Any) -> Shown:
    fp = Fingerprint(**{"tag": "p", "path": "main>p", "index": place, **traits})
    return Shown(text=text, at=at, url=URL, element=fp, parts=parts)


def read(acts: tuple[Act, ...], *shown: Shown) -> list[str | None]:
    told = with_named(acts, Recording(base_url="http://site.test", start=URL, acts=acts, shown=shown))
    return [a.value for a in told if a.kind == "read"]


@pytest.mark.parametrize(
    "text", ['Press "Next" to go on', "Press “Next” to go on", "Dann „Next“ wählen", "Appuyez sur «Next» ici", "「Next」を押して"]
)
def test_quotes_of_any_script_mark_a_name(text: str) -> None:
    assert read((pressed("Next"),), says(text)) == [text]


def test_a_name_in_an_element_of_its_own_is_marked() -> None:
    assert read((pressed("Next"),), says("Press Next to go on", parts=("Next",))) == ["Press Next to go on"]
    assert read((pressed("Next"),), says("Next comes the rest")) == []


@pytest.mark.parametrize(
    "shown",
    [
        (says('Use "Back" to return and "Next" to go on'),),  # it describes the page: Back was not used
        (says('Press "Next" now'), says('"Next" leads on', place=1)),  # two, of which one may go
        (says('Press "Next" now', in_data=True),),  # a record's own text
        (says('"Next"'),),  # nothing but the name: a caption
        (says('Press "Next" now', 9.0),),  # it came afterwards
        (says('Press "Next" now', 1.0), says("Press anything", 4.0)),  # it was gone by then
    ],
)
def test_what_only_speaks_of_a_button_does_not_name_it(shown: tuple[Shown, ...]) -> None:
    assert read((pressed("Next"),), *shown) == []


def test_what_tells_that_it_was_pressed_before_does_not_name_it() -> None:
    assert read((pressed("Next", 2.0), pressed("Next", 5.0)), says('You pressed "Next"', 3.0)) == []


def test_nothing_is_bound_before_or_at_what_sends() -> None:
    """Whatever a page says there could decide what is sent."""
    sends = (SeenRequest(method="POST", url="http://site.test/orders", kind="document"),)
    assert read((pressed("Next", 2.0), pressed("Save", 5.0, requests=sends)), says('Press "Next", then "Save"')) == []
    assert read((pressed("Save", 2.0, requests=sends), pressed("Next", 5.0)), says('Press "Next" now', 3.0)) == ['Press "Next" now']


def test_a_choice_without_a_mark_is_named_only_by_an_instruction() -> None:
    """A sentence that also names the button pressed next tells what to do; one with another option in it describes."""
    acts = (chosen("EUR", "USD"), pressed("Submit"))
    assert read(acts, says("Select EUR and click Submit.")) == ["Select EUR and click Submit."]
    assert read(acts, says("Invoices in EUR are paid on Friday.")) == []
    assert read(acts, says("Select EUR or USD and click Submit.")) == []


def test_what_else_a_sentence_names_is_left_open() -> None:
    acts = (pressed("One", 2.0), pressed("Two", 3.0))
    assert read(acts, says('Press "One", then "Two".')) == ['Press "One", then "*".', 'Press "*", then "Two".']
