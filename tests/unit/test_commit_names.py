"""What a commit is called: by its button and what its page is about, and never by the record that was open."""

from __future__ import annotations

import pytest

from rpa_agent.build.steps import commit_name
from rpa_agent.domain.recording import Act
from rpa_agent.domain.target import Fingerprint


def pressed(name: str, *, title: str, url: str) -> Act:
    button = Fingerprint(tag="button", role="button", name=name, capability="click", path="main>form>button")
    return Act(kind="click", at=1.0, url=url, url_after=url, title=title, element=button)


@pytest.mark.parametrize(
    ("name", "title", "url", "called"),
    [
        ("Save", "New invoice – Nordwind Handel GmbH", "http://site.test/invoices/new", "save-new-invoice"),
        ("Submit Changes", "Issue 3: Projector flickers", "http://site.test/tracker/issue3", "submit-changes-tracker"),
        ("Save", "Anna Schmidt | Customers", "http://site.test/customers/4711/address", "save-address"),
        ("Save", "Anna Schmidt | Customers", "http://site.test/customers?id=4711", "save-customers"),
        ("Approve", "Approvals | Desk", "http://site.test/approvals", "approve-approvals"),
        ("Send", "Order 12", "http://site.test/12", "send"),
        ("Send", "", "http://site.test/", "send"),
    ],
)
def test_a_record_is_no_part_of_a_name(name: str, title: str, url: str, called: str) -> None:
    assert commit_name(pressed(name, title=title, url=url)) == called
