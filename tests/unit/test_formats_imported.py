"""What is built from a foreign recording: untrusted steps, effects on the safe side, no value where memory keeps it."""

from __future__ import annotations

import pytest

from rpa_agent.build import Built
from rpa_agent.build.imported import build_imported
from rpa_agent.domain.errors import ImportInvalid
from rpa_agent.domain.workflow import Check
from rpa_agent.formats.reading import read_recording


def built(*lines: str) -> Built:
    """Build from a codegen script with these lines."""
    body = "\n".join(f"    {line}" for line in ('page.goto("https://shop.example/login")', *lines))
    found = read_recording(f"# playwright\ndef test_it(page: Page) -> None:\n{body}\n".encode())
    return build_imported(found.recording, checks=found.checks, name="it", task="It", site="shop", salt="salt")


LOGIN = (
    'page.get_by_label("User").fill("ann")',
    'page.get_by_label("Password").fill("pw")',
    'page.get_by_role("button", name="Sign in").click()',
)


def test_a_button_counts_as_sending_until_a_page_was_seen() -> None:
    """A link, a tab and a box do not; what follows a password logs in, once."""
    found = built(
        *LOGIN,
        'page.get_by_role("link", name="Orders").click()',
        'page.get_by_role("tab", name="New").click()',
        'page.get_by_label("Express").check()',
        'page.get_by_role("button", name="Next").click()',
        'page.get_by_text("Go").click()',
        'page.get_by_role("button", name="Next").click()',
    )
    effects = [(s.effect, s.commit) for s in found.procedure.steps if s.kind in {"click", "check"}]
    assert effects == [
        ("draft", None), ("none", None), ("none", None), ("none", None),
        ("commit", "next"), ("commit", "go"), ("commit", "next-2"),
    ]  # fmt: skip
    assert [c.name for c in found.workflow.commits] == ["next", "go", "next-2"]


def test_what_no_page_has_shown_yet_is_not_held_against_a_file() -> None:
    """A file says neither whether a field hides its text nor what the site answered: no advice is drawn from that."""
    assert built(*LOGIN, 'page.get_by_role("button", name="Save").click()').advice == ()


def test_enter_counts_as_sending_too() -> None:
    """A form is sent by it as by a button."""
    found = built(*LOGIN, 'page.get_by_label("Find").fill("x")', 'page.get_by_label("Find").press("Enter")')
    assert found.procedure.steps[-1].effect == "commit"


def test_values_are_parameters_in_steps_locators_and_checks() -> None:
    """No typed value stands in the procedure; an id that is spelled like a value stays as it is."""
    found = built(
        *LOGIN,
        'page.get_by_label("Order number").fill("A-4711")',
        'page.locator("#A-4711").click()',
        'page.get_by_role("link", name="Order A-4711").click()',
        'expect(page.get_by_text("Order A-4711 is open")).to_be_visible()',
    )
    assert found.examples == {"order_number": "A-4711"}
    assert found.secrets == {"user": "ann", "password": "pw"}
    assert found.workflow.success == (Check(visible="Order {{ order_number }} is open"),)
    locators = [s.target.variants[0].locators[0] for s in found.procedure.steps if s.target]
    assert locators[-2:] == ["#A-4711", 'internal:role=link[name="Order {{ order_number }}"i]']
    assert {v.came_from for s in found.procedure.steps if s.target for v in s.target.variants} == {"import"}


@pytest.mark.parametrize(
    "row",
    [
        'get_by_role("row", name="A-4711 Smith")',
        'get_by_role("row", name=re.compile("A-4711"))',
        'get_by_role("row").filter(has_text="A-4711")',
        'get_by_role("row").filter(has=page.get_by_text("A-4711"))',
        'locator("tr").filter(has_text="A-4711")',
        'locator("//tr[.//*[normalize-space()=\'A-4711\']]//td")',
    ],
)
def test_a_row_is_bound_to_its_text_in_every_way_of_naming_it(row: str) -> None:
    """Another value finds another row: no locator is left that holds the recorded one."""
    step = built(*LOGIN, f'page.{row}.get_by_role("button", name="Open").click()').procedure.steps[-1]
    assert step.target is not None
    (variant,) = step.target.variants
    assert variant.fingerprint.row is not None
    assert variant.fingerprint.row.key == "{{ row }}"
    assert all("{{ row }}" in way and "4711" not in way for way in variant.locators), variant.locators


def test_a_row_that_cannot_be_bound_is_refused() -> None:
    """A pattern with signs of its own cannot take another value."""
    with pytest.raises(ImportInvalid, match="row"):
        built(*LOGIN, 'page.get_by_role("row", name=re.compile(r"A\\-4711")).get_by_role("button", name="Open").click()')


def test_a_file_without_assertions_gets_a_check_that_claims_nothing() -> None:
    """Where the work ended is not known, so no address is made up; the first run proposes what proves success."""
    assert built(*LOGIN).workflow.success == (Check(url="{base}/**"),)


def test_holes_of_an_exported_file_keep_their_names() -> None:
    """A parameter that was called otherwise than its field is called so again, and a hole is no example value."""
    found = built(*LOGIN, 'page.get_by_label("Order number").fill("{{ order }}")')
    assert (list(found.workflow.params), found.examples) == (["order"], {})
    assert found.procedure.steps[-1].value == "{{ order }}"
