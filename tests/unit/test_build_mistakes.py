"""What was taken back while showing leaves no trace; what reached the server does."""

from __future__ import annotations

from typing import Any

from rpa_agent.build.mistakes import without_mistakes
from rpa_agent.domain.recording import Act, SeenRequest
from rpa_agent.domain.target import Fingerprint

LIST, WRONG, FORM = "http://x/list", "http://x/wrong", "http://x/new"


def element(name: str, **traits: Any) -> Fingerprint:
    return Fingerprint(tag="input", role=traits.pop("role", "textbox"), name=name, capability="fill", **traits)


def fill(name: str, value: str, **more: Any) -> Act:
    return Act(kind="fill", url=FORM, url_after=FORM, element=element(name), value=value, **more)


def click(name: str, url: str, after: str, **more: Any) -> Act:
    found = Fingerprint(tag="a", role="link", name=name, capability="click")
    return Act(kind="click", url=url, url_after=after, element=found, **more)


def box(kind: Any, name: str, **traits: Any) -> Act:
    return Act(kind=kind, url=FORM, url_after=FORM, element=element(name, **traits))


def told(*acts: Act) -> list[str]:
    return [f"{a.kind} {a.element.name if a.element else a.url} {a.value or ''}".strip() for a in without_mistakes(acts)]


BACK = Act(kind="back", url=WRONG, url_after=LIST)
POST = (SeenRequest(method="POST", url="http://x/save"),)


def test_a_wrong_page_and_back_are_left_out() -> None:
    """With everything that was looked at there."""
    wrong = click("Wrong", LIST, WRONG)
    looked = click("More", WRONG, WRONG)
    assert told(click("Home", "http://x/", LIST), wrong, looked, BACK, click("New", LIST, FORM)) == ["click Home", "click New"]


FORWARD = Act(kind="forward", url=LIST, url_after=WRONG)


def test_a_page_that_is_gone_forward_to_again_was_meant() -> None:
    """Without the way there is nowhere to go forward to."""
    there, sent = click("Next", LIST, WRONG), click("Seen", LIST, LIST, requests=POST)
    assert told(there, BACK, sent, FORWARD) == ["click Next", f"back {WRONG}", "click Seen", f"forward {LIST}"]


def test_a_look_back_and_forward_again_is_left_out() -> None:
    """Whatever was scrolled there."""
    scrolled = Act(kind="scroll", url=LIST, url_after=LIST)
    assert told(click("Next", LIST, WRONG), BACK, scrolled, FORWARD, click("Save", WRONG, FORM)) == ["click Next", "click Save"]


def test_a_page_behind_which_the_way_led_elsewhere_was_not_meant() -> None:
    """Another way from the page before: the browser then knows no way forward to it."""
    acts = [click("Wrong", LIST, WRONG), BACK, click("New", LIST, FORM)]
    acts += [Act(kind="back", url=FORM, url_after=LIST), Act(kind="forward", url=LIST, url_after=FORM)]
    assert told(*acts) == ["click New"]


def test_a_page_where_something_was_sent_stays() -> None:
    """It was not merely looked at."""
    sent = click("Save", WRONG, WRONG, requests=POST)
    assert told(click("Wrong", LIST, WRONG), sent, BACK) == ["click Wrong", "click Save", "back http://x/wrong"]


def test_going_back_from_where_a_download_came_stays() -> None:
    """The file was wanted."""
    file = click("Report", WRONG, WRONG, download="report.csv")
    assert len(told(click("Wrong", LIST, WRONG), file, BACK)) == 3


def test_the_last_value_of_a_field_counts() -> None:
    """Also when others were filled in between."""
    assert told(fill("A", "wrong"), fill("B", "b"), fill("A", "right")) == ["fill B b", "fill A right"]


def test_a_value_that_was_searched_with_stays() -> None:
    """The click in between used it."""
    search = (fill("A", "one"), click("Search", FORM, FORM), fill("A", "two"), click("Search", FORM, FORM))
    assert told(*search) == ["fill A one", "click Search", "fill A two", "click Search"]


def test_a_value_that_was_saved_while_typing_stays() -> None:
    """Saved is saved."""
    assert told(fill("A", "one", requests=POST), fill("A", "two")) == ["fill A one", "fill A two"]


def test_a_box_ticked_and_unticked_is_as_before() -> None:
    """Ticked again, it is ticked."""
    assert told(box("check", "Terms"), box("uncheck", "Terms"), fill("B", "b")) == ["fill B b"]
    thrice = (box("check", "Terms"), box("uncheck", "Terms"), box("check", "Terms"))
    assert told(*thrice) == ["check Terms"]


def test_of_several_choices_in_a_group_the_last_counts() -> None:
    """Radio buttons of one group are one field; those of another are not."""
    one, two = ({"role": "radio", "name_attr": n} for n in ("size", "colour"))
    assert told(box("check", "S", **one), box("check", "L", **one), box("check", "Red", **two)) == ["check L", "check Red"]


def test_a_choice_that_something_else_followed_stays() -> None:
    """It may have brought the next field to light."""
    acts = (box("check", "Company"), fill("Tax number", "7"), box("uncheck", "Company"))
    assert len(told(*acts)) == 3


def test_two_fields_of_one_name_are_two_fields() -> None:
    """Lines of one form often have the same labels; where they stand tells them apart."""
    upper, lower = element("Amount", box=(0, 10, 5, 5)), element("Amount", box=(0, 40, 5, 5))
    acts = [Act(kind="fill", url=FORM, url_after=FORM, element=e, value=v) for e, v in ((upper, "1"), (lower, "2"))]
    assert told(*acts) == ["fill Amount 1", "fill Amount 2"]
