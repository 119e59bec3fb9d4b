"""The practice site is itself under test: everything else leans on its truth."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from bs4 import BeautifulSoup
from clerk import Clerk, fields_of, form_of

from fixtures.backoffice import KINDS, TOTP_SECRET, TRUTH_HEADER, TRUTH_TOKEN, USER, Backoffice
from fixtures.backoffice.config import ConfigError
from fixtures.backoffice.labels import LABELS
from fixtures.backoffice.mutate import MUTATIONS
from fixtures.backoffice.numbers import format_cents, parse_cents, parse_date
from fixtures.backoffice.totp import code_at

GENERATIONS = (1, 2, 3, 4)
INTERACTIVE = "a[href], button, input:not([type=hidden]), select, textarea, [role=button], [role=tab], [role=switch]"
PAGES = (
    "/invoices", "/invoices/new", "/invoices/5", "/approvals", "/payments", "/payments/confirm?ids=1&ids=8",
    "/suppliers", "/suppliers/new", "/suppliers/3", "/customers", "/customers/2", "/reports", "/messages",
    "/messages/box", "/settings",
)  # fmt: skip


@pytest.fixture(scope="module")
def running() -> Iterator[Backoffice]:
    with Backoffice() as site:
        yield site


@pytest.fixture
def site(running: Backoffice) -> Backoffice:
    """The site of this module as on its first day."""
    running.reset()
    running.configure(
        generation=1, lag_ms=0, mutate=(), seed=0, trap=(), down=False, status=None, lose_answers=False,
        session_seconds=1800, allow_duplicates=False, totp=False, expire_sessions=True,
    )  # fmt: skip
    return running


@pytest.fixture
def clerk(site: Backoffice) -> Clerk:
    someone = Clerk(site)
    someone.sign_in()
    return someone


# Signing in


def test_a_clerk_who_signs_in_lands_on_the_invoices(site: Backoffice) -> None:
    answer = Clerk(site).sign_in()
    assert answer.url.path == "/invoices"
    assert site.count("login.ok", USER) == 1


def test_signing_in_leads_back_to_the_page_that_was_asked_for(site: Backoffice) -> None:
    assert Clerk(site).sign_in(path="/approvals?page=2").url.raw_path == b"/approvals?page=2"


def test_a_wrong_password_is_refused_and_counted(site: Backoffice) -> None:
    answer = Clerk(site).sign_in(password="wrong")
    assert answer.status_code == 401
    assert "is wrong" in answer.text
    assert site.count("login.refused", USER) == 1


def test_signing_in_never_leads_to_another_site(site: Backoffice) -> None:
    answer = Clerk(site).sign_in(path="/login?next=//collector.example")
    assert answer.url.path == "/invoices"


def test_with_a_second_factor_the_code_is_needed(site: Backoffice) -> None:
    import time

    site.configure(totp=True)
    assert Clerk(site).sign_in().status_code == 401
    assert Clerk(site).sign_in(code=code_at(time.time(), TOTP_SECRET)).url.path == "/invoices"


def test_expired_sessions_lead_back_to_the_login(site: Backoffice, clerk: Clerk) -> None:
    site.configure(expire_sessions=True)
    assert clerk.http.get("/suppliers").url.raw_path == b"/login?next=/suppliers"
    assert clerk.http.get("/api/invoices?number=1").status_code == 401


def test_idle_sessions_end_by_themselves(site: Backoffice, clerk: Clerk) -> None:
    site.configure(session_seconds=0)
    assert clerk.http.get("/invoices").url.path == "/login"


def test_a_form_of_another_session_is_refused(site: Backoffice, clerk: Clerk) -> None:
    form = form_of(clerk.page("/invoices/new"), "invoice.save")
    answer = clerk.http.post("/invoices", data=fields_of(form) | {"csrf_token": "guessed"})
    assert answer.status_code == 403
    assert site.count("invoice.create") == 0


# Invoices


@pytest.mark.parametrize("generation", GENERATIONS)
def test_an_invoice_can_be_filed_in_every_generation(site: Backoffice, clerk: Clerk, generation: int) -> None:
    site.configure(generation=generation)
    clerk.file()
    (effect,) = [one for one in site.truth()["effects"] if one["kind"] == "invoice.create"]
    assert (effect["key"], effect["count"]) == ("4711", 1)
    facts = ("supplier", "amount", "invoice_date", "due_date", "cost_centre", "currency", "id")
    assert [effect["data"][fact] for fact in facts] == [
        "Müller Transporte GmbH", "1234.50", "2025-06-02", "2025-07-02", "2100", "EUR", "INV-0041",
    ]  # fmt: skip


def test_after_filing_the_page_says_so_once_and_shows_the_internal_id(clerk: Clerk) -> None:
    answer = clerk.file()
    assert answer.url.path == "/invoices/41"
    assert "Invoice 4711 was filed" in answer.text
    assert "INV-0041" in answer.text
    assert "was filed" not in clerk.http.get("/invoices/41").text


def test_the_interface_counts_the_invoices_of_a_number(clerk: Clerk) -> None:
    assert clerk.http.get("/api/invoices?number=4711").json() == {"count": 0, "items": []}
    clerk.file()
    answer = clerk.http.get("/api/invoices?number=4711").json()
    assert answer["count"] == 1
    assert answer["items"][0]["amount"] == "1234.50"


def test_a_duplicate_is_refused_without_an_effect(site: Backoffice, clerk: Clerk) -> None:
    clerk.file()
    assert "Invoice 4711 already exists" in clerk.file().text
    assert site.count("invoice.create", "4711") == 1


def test_a_duplicate_sent_by_script_is_a_conflict(site: Backoffice, clerk: Clerk) -> None:
    site.configure(generation=3)
    clerk.file()
    answer = clerk.file()
    assert answer.status_code == 409
    assert answer.json()["message"] == "Invoice 4711 already exists"


def test_the_same_number_of_another_supplier_is_no_duplicate(site: Backoffice, clerk: Clerk) -> None:
    clerk.file()
    clerk.file(supplier="Voss Telekom")
    assert site.count("invoice.create", "4711") == 2


def test_a_site_without_that_guard_shows_the_double_submission(site: Backoffice, clerk: Clerk) -> None:
    site.configure(allow_duplicates=True)
    clerk.file()
    clerk.file()
    assert site.count("invoice.create", "4711") == 2


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("supplier", "Nobody", "Choose a supplier"),
        ("number", "", "required"),
        ("amount", "12,345", "Enter an amount"),
        ("due_date", "31.02.2025", "Enter a date"),
        ("due_date", "01.01.2025", "before the invoice date"),
        ("cost_centre", "", "Please choose"),
    ],
)
def test_wrong_entries_are_named_near_their_field(
    site: Backoffice, clerk: Clerk, field: str, value: str, says: str
) -> None:
    answer = clerk.file(**{field: value})
    error = BeautifulSoup(answer.text, "html.parser").find(attrs={"data-truth-part": f"error:{field}"})
    assert error is not None
    assert says in error.get_text()
    assert site.count("invoice.create") == 0


def test_a_refused_form_keeps_what_was_typed(clerk: Clerk) -> None:
    answer = clerk.file(amount="twelve", note="call them first")
    assert 'value="twelve"' in answer.text
    assert "call them first" in answer.text


def test_line_items_and_an_attachment_are_kept(site: Backoffice, clerk: Clerk) -> None:
    form = form_of(clerk.page("/invoices/new"), "invoice.save")
    fields: dict[str, str | list[str]] = dict(fields_of(form))
    fields |= {"supplier": "Voss Telekom", "number": "77", "invoice_date": "2025-06-02", "due_date": "2025-07-02"}
    fields |= {"amount": "10", "cost_centre": "1000", "line_description": ["Cable", "Socket"]}
    fields |= {"line_quantity": ["2", "1"], "line_price": ["1,50", "7"]}
    pdf = ("scan.pdf", b"%PDF-1.4 scan", "application/pdf")
    answer = clerk.http.post("/invoices", data=fields, files={"attachment": pdf})
    data = site.truth()["effects"][-1]["data"]
    assert data["lines"] == [["Cable", "2", "1.50"], ["Socket", "1", "7.00"]]
    assert data["attachment"] == "scan.pdf"
    assert clerk.http.get(f"{answer.url.path}/attachment").content == b"%PDF-1.4 scan"


def test_save_and_delete_on_an_invoice_do_what_they_say(site: Backoffice, clerk: Clerk) -> None:
    form = form_of(clerk.page("/invoices/7"), "invoice.update")
    number = clerk.page("/invoices/7").find("h1")
    assert number is not None
    key = number.get_text().removeprefix("Invoice ")
    clerk.send(form, {"invoice.note": "checked"})
    assert (site.count("invoice.update", key), site.count("invoice.delete", key)) == (1, 0)
    clerk.send(form, {}, action="/invoices/7/delete")
    assert site.count("invoice.delete", key) == 1
    assert clerk.http.get("/invoices/7").status_code == 404


def test_discarding_a_draft_files_nothing(site: Backoffice, clerk: Clerk) -> None:
    form = form_of(clerk.page("/invoices/new"), "invoice.discard")
    clerk.send(form, {"invoice.number": "4711"}, action="/invoices/discard")
    assert site.count("invoice.discard", "4711") == 1
    assert site.count("invoice.create") == 0


def test_the_list_is_searched_filtered_and_paged(clerk: Clerk) -> None:
    def numbers(path: str) -> list[str]:
        rows = clerk.page(path).find_all(attrs={"data-truth": "invoice.open"})
        return [str(row["data-truth-key"]) for row in rows]

    assert len(numbers("/invoices")) == 10
    assert not set(numbers("/invoices")) & set(numbers("/invoices?page=2"))
    (found,) = numbers(f"/invoices?q={numbers('/invoices')[3]}")
    assert found == numbers("/invoices")[3]
    assert "Paid" not in clerk.page("/invoices?status=pending").select_one("tbody").get_text()  # type: ignore[union-attr]


# Approvals, payments and the other screens


@pytest.mark.parametrize("generation", GENERATIONS)
def test_approving_one_row_approves_exactly_that_invoice_once(site: Backoffice, clerk: Clerk, generation: int) -> None:
    site.configure(generation=generation)
    buttons = clerk.page("/approvals?page=2").find_all(attrs={"data-truth": "approval.approve"})
    assert len(buttons) == 5
    key = str(buttons[2]["data-truth-key"])
    form = buttons[2].find_parent("form")
    assert form is not None
    clerk.send(form, {})
    approvals = [(one["key"], one["count"]) for one in site.truth()["effects"] if one["kind"] == "invoice.approve"]
    assert approvals == [(key, 1)]


def test_the_truth_counts_a_double_post_as_two(site: Backoffice, clerk: Clerk) -> None:
    form = form_of(clerk.page("/approvals"), "approval.approve")
    clerk.send(form, {})
    clerk.send(form, {})
    (effect,) = [one for one in site.truth()["effects"] if one["kind"] == "invoice.approve"]
    assert effect["count"] == 2
    posts = [one["path"] for one in site.truth()["requests"] if one["path"].endswith("/approve")]
    assert len(posts) == 2


def test_payments_are_released_only_after_the_confirmation(site: Backoffice, clerk: Clerk) -> None:
    boxes = clerk.page("/payments").find_all(attrs={"data-truth": "payment.select"})
    chosen = boxes[:2]
    page = clerk.page("/payments/confirm?" + "&".join(f"ids={box['value']}" for box in chosen))
    assert site.count("payment.release") == 0
    form = form_of(page, "payment.release")
    ids = [str(box["value"]) for box in chosen]
    clerk.http.post("/payments/release", data={**fields_of(form), "ids": ids})
    assert site.count("payment.release") == 2
    assert site.count("payment.release", str(chosen[0]["data-truth-key"])) == 1


def test_suppliers_are_created_once_and_changed(site: Backoffice, clerk: Clerk) -> None:
    new = form_of(clerk.page("/suppliers/new"), "supplier.save")
    values = {"supplier.name": "Zeta GmbH", "supplier.city": "Bonn"}
    clerk.send(new, values)
    assert "Supplier Zeta GmbH already exists" in clerk.send(new, values).text
    clerk.send(form_of(clerk.page("/suppliers/31"), "supplier.save"), {"supplier.city": "Köln"})
    assert (site.count("supplier.create", "Zeta GmbH"), site.count("supplier.update", "S-1031")) == (1, 1)


def test_the_supplier_box_offers_what_matches(clerk: Clerk) -> None:
    names = [item["name"] for item in clerk.http.get("/api/suppliers?q=müller").json()["items"]]
    assert names == ["Müller Reinigung", "Müller Transporte GmbH"]


@pytest.mark.parametrize("generation", GENERATIONS)
def test_a_customer_is_changed_on_any_tab(site: Backoffice, clerk: Clerk, generation: int) -> None:
    site.configure(generation=generation)
    clerk.send(form_of(clerk.page("/customers/3?tab=address"), "customer.save"), {"customer.street": "Neue Str. 1"})
    (effect,) = [one for one in site.truth()["effects"] if one["kind"] == "customer.update"]
    assert effect["key"] == "C-2003"
    assert effect["data"]["street"] == "Neue Str. 1"


@pytest.mark.parametrize("generation", GENERATIONS)
def test_messages_and_settings_reach_the_server(site: Backoffice, clerk: Clerk, generation: int) -> None:
    site.configure(generation=generation)
    values = {"message.recipient": "Treasury", "message.subject": "Hello", "message.body": "Please call."}
    clerk.send(form_of(clerk.page("/messages/box"), "message.send"), values)
    clerk.send(form_of(clerk.page("/settings"), "settings.save"), {"settings.reminder_days": "9"})
    assert (site.count("message.send", "Hello"), site.count("settings.update")) == (1, 1)


def test_reports_are_files(clerk: Clerk) -> None:
    table = clerk.http.get("/reports/open-items.csv?month=2025-03")
    assert table.headers["content-disposition"] == 'attachment; filename="open-items-2025-03.csv"'
    assert all(".03.2025" in line for line in table.text.splitlines()[1:])
    paper = clerk.http.get("/reports/open-items.pdf?view=1")
    assert paper.headers["content-disposition"].startswith("inline")
    assert paper.content.startswith(b"%PDF") and paper.content.rstrip().endswith(b"%%EOF")


# Behind the stage


def test_the_truth_needs_its_token(site: Backoffice) -> None:
    assert httpx.get(f"{site.base_url}/truth").status_code == 403
    wrong = {TRUTH_HEADER: "guessed"}
    assert httpx.post(f"{site.base_url}/__control/reset", headers=wrong).status_code == 403
    right = {TRUTH_HEADER: TRUTH_TOKEN}
    assert httpx.get(f"{site.base_url}/truth", headers=right).json()["generation"] == 1


def test_control_requests_are_never_part_of_the_truth(site: Backoffice) -> None:
    site.configure(lag_ms=0)
    assert site.truth()["requests"] == []


def test_an_upgrade_keeps_the_data_and_the_sign_in(site: Backoffice, clerk: Clerk) -> None:
    clerk.file()
    site.configure(generation=3)
    assert clerk.http.get("/api/invoices?number=4711").json()["count"] == 1
    assert site.truth()["generation"] == 3
    assert site.count("invoice.create", "4711") == 1


def test_a_reset_brings_back_the_first_day(site: Backoffice, clerk: Clerk) -> None:
    clerk.file()
    site.reset()
    assert site.truth()["effects"] == []
    assert clerk.http.get("/api/invoices?number=4711").json()["count"] == 0


def test_a_site_that_is_down_hangs_up(site: Backoffice) -> None:
    site.configure(down=True)
    with pytest.raises(httpx.TransportError):
        httpx.get(f"{site.base_url}/login")
    site.configure(down=False)
    assert httpx.get(f"{site.base_url}/login").status_code == 200


def test_a_broken_site_answers_with_its_status(site: Backoffice) -> None:
    site.configure(status=503)
    assert httpx.get(f"{site.base_url}/login").status_code == 503
    site.configure(status=None)
    assert httpx.get(f"{site.base_url}/login").status_code == 200


def test_a_lost_answer_leaves_its_effect_behind(site: Backoffice, clerk: Clerk) -> None:
    form = form_of(clerk.page("/approvals"), "approval.approve")
    site.configure(lose_answers=True)
    with pytest.raises(httpx.TransportError):
        clerk.send(form, {})
    assert site.count("invoice.approve") == 1


def test_lag_delays_every_answer(site: Backoffice) -> None:
    site.configure(lag_ms=60)
    assert httpx.get(f"{site.base_url}/login").elapsed.total_seconds() >= 0.06


def test_unknown_settings_are_named(site: Backoffice) -> None:
    with pytest.raises(ConfigError, match="unknown mutation"):
        site.configure(mutate=["melt"])
    with pytest.raises(ConfigError, match="unknown generation"):
        site.configure(generation=9)
    assert site.truth()["generation"] == 1


def test_two_sites_know_nothing_of_each_other(site: Backoffice, clerk: Clerk) -> None:
    with Backoffice(generation=2) as other:
        clerk.file()
        assert other.truth()["effects"] == []
        assert other.base_url != site.base_url


def test_it_runs_in_a_process_of_its_own(tmp_path: Path) -> None:
    with Backoffice(generation=2, process=True, db=tmp_path / "office.db") as site:
        clerk = Clerk(site)
        clerk.sign_in()
        clerk.file()
        assert site.count("invoice.create", "4711") == 1
    with Backoffice(generation=3, db=tmp_path / "office.db") as again:
        clerk = Clerk(again)
        clerk.sign_in()
        assert clerk.http.get("/api/invoices?number=4711").json()["count"] == 1


async def test_it_can_be_used_from_async_code() -> None:
    async with Backoffice(generation=4) as site, httpx.AsyncClient(base_url=site.base_url) as http:
        assert (await http.get("/login")).status_code == 200
        assert site.truth()["generation"] == 4


def test_the_command_line_names_what_it_does_not_know() -> None:
    command = [sys.executable, "-m", "fixtures.backoffice", "--mutate", "melt"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2])
    assert done.returncode == 2
    assert "unknown mutation 'melt'" in done.stderr


# Generations, mutations and traps


@pytest.mark.parametrize("generation", GENERATIONS)
@pytest.mark.parametrize("path", PAGES)
def test_everything_that_can_be_used_carries_a_truth_tag(
    site: Backoffice, clerk: Clerk, generation: int, path: str
) -> None:
    site.configure(generation=generation)
    assert [str(one) for one in clerk.page(path).select(INTERACTIVE) if not one.get("data-truth")] == []


@pytest.mark.parametrize("generation", GENERATIONS)
def test_ids_are_unique_on_every_page(site: Backoffice, clerk: Clerk, generation: int) -> None:
    site.configure(generation=generation)
    for path in PAGES:
        ids = [str(one["id"]) for one in clerk.page(path).find_all(id=True)]
        assert len(ids) == len(set(ids)), path


def test_every_label_has_a_text_for_each_generation() -> None:
    assert {key for key, texts in LABELS.items() if len(texts) != len(GENERATIONS)} == set()


def test_the_same_meanings_exist_in_every_generation(site: Backoffice, clerk: Clerk) -> None:
    def tags(generation: int) -> set[str]:
        site.configure(generation=generation)
        found = {str(one["data-truth"]) for one in clerk.page("/invoices/new").find_all(attrs={"data-truth": True})}
        return {tag for tag in found if tag.startswith(("invoice.", "line."))}

    first = tags(1)
    assert {"invoice.save", "invoice.discard", "invoice.supplier", "line.add"} <= first
    for generation in (2, 3, 4):
        missing = {tag.removesuffix(".option") for tag in first} - tags(generation)
        assert missing == set(), generation


@pytest.fixture(scope="module")
def as_shown(running: Backoffice) -> dict[tuple[int, str], set[tuple[str, str]]]:
    """The truth tags of pages as they are without any mutation, by generation and path."""
    running.reset()
    running.configure(mutate=(), expire_sessions=True)
    clerk = Clerk(running)
    clerk.sign_in()
    found = {}
    for generation in GENERATIONS:
        running.configure(generation=generation)
        found |= {(generation, path): tags_of(clerk, path) for path in MUTATED}
    return found


MUTATED = ("/invoices/new", "/approvals", "/suppliers/3", "/settings")


def tags_of(clerk: Clerk, path: str) -> set[tuple[str, str]]:
    found = clerk.page(path).find_all(attrs={"data-truth": True})
    return {(str(one["data-truth"]), str(one.get("data-truth-key", ""))) for one in found}


@pytest.mark.parametrize("generation", GENERATIONS)
@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"removed-target", "iframe"}))
def test_a_mutation_keeps_every_truth_tag(
    as_shown: dict[tuple[int, str], set[tuple[str, str]]], site: Backoffice, clerk: Clerk, generation: int, kind: str
) -> None:
    site.configure(generation=generation, mutate=[kind], seed=5)
    for path in MUTATED:
        before = as_shown[generation, path]
        assert before and before - tags_of(clerk, path) == set(), path


@pytest.mark.parametrize("kind", KINDS)
def test_a_mutation_depends_on_its_seed_alone(site: Backoffice, clerk: Clerk, kind: str) -> None:
    site.configure(generation=2, mutate=[kind], seed=3)
    assert clerk.http.get("/invoices/new").text == clerk.http.get("/invoices/new").text


@pytest.mark.parametrize("kind", KINDS)
def test_a_mutation_changes_the_page_and_says_so(site: Backoffice, clerk: Clerk, kind: str) -> None:
    before = clerk.http.get("/invoices/new").text
    site.configure(mutate=[kind], seed=1)
    assert clerk.http.get("/invoices/new").text != before
    assert any(change.startswith(kind) for change in site.truth()["mutated"]["invoice_form.html"])


def test_every_kind_is_implemented() -> None:
    assert set(MUTATIONS) == set(KINDS)


def test_signing_in_is_mutated_only_if_it_is_meant(site: Backoffice) -> None:
    site.configure(mutate=list(KINDS), seed=4)
    assert Clerk(site).sign_in().status_code == 200
    site.configure(mutate=["relabel:login.submit"])
    button = Clerk(site).page("/login").find(attrs={"data-truth": "login.submit"})
    assert button is not None
    assert button.get_text(strip=True) != "Sign in"


def test_a_removed_target_is_gone_and_named(site: Backoffice, clerk: Clerk) -> None:
    site.configure(generation=2, mutate=["removed-target:invoice.save"])
    page = clerk.page("/invoices/new")
    assert page.find_all(attrs={"data-truth": "invoice.save"}) == []
    assert page.find(attrs={"data-truth": "invoice.discard"}) is not None
    assert "removed-target invoice.save" in site.truth()["mutated"]["invoice_form.html"]


def test_one_row_of_many_can_be_removed(site: Backoffice, clerk: Clerk) -> None:
    keys = [str(one["data-truth-key"]) for one in clerk.page("/approvals").select('[data-truth="approval.approve"]')]
    site.configure(mutate=[f"removed-target:approval.approve/{keys[1]}"])
    left = [str(one["data-truth-key"]) for one in clerk.page("/approvals").select('[data-truth="approval.approve"]')]
    assert left == [keys[0], *keys[2:]]


def test_swapped_buttons_do_what_they_say_but_stand_where_the_other_stood(site: Backoffice, clerk: Clerk) -> None:
    def pair() -> list[tuple[str, str, str]]:
        buttons = clerk.page("/invoices/new").select('[data-truth="invoice.save"], [data-truth="invoice.discard"]')
        return [(one.get_text(), str(one["id"]), str(one.get("formaction", ""))) for one in buttons]

    assert pair() == [
        ("Save", "invoice_save", ""),
        ("Discard draft", "invoice_discard", "/invoices/discard"),
    ]
    site.configure(mutate=["swap-save-delete"])
    assert pair() == [
        ("Discard draft", "invoice_save", "/invoices/discard"),
        ("Save", "invoice_discard", ""),
    ]


def test_a_new_required_field_is_insisted_on(site: Backoffice, clerk: Clerk) -> None:
    site.configure(mutate=["new-required-field"])
    assert "A required field is empty." in clerk.file().text
    form = form_of(clerk.page("/invoices/new"), "invoice.save")
    assert site.count("invoice.create") == 0
    values = {"invoice.supplier": "Voss Telekom", "invoice.number": "1", "invoice.invoice_date": "2025-06-02"}
    values |= {"invoice.due_date": "2025-07-02", "invoice.amount": "5", "invoice.cost_centre": "1000"}
    clerk.send(form, values | {"extra.required": "PO-17"})
    assert site.count("invoice.create", "1") == 1


def test_an_iframe_holds_the_form_in_a_document_of_its_own(site: Backoffice, clerk: Clerk) -> None:
    site.configure(mutate=["iframe"])
    outside = clerk.page("/invoices/new")
    assert outside.find(attrs={"data-truth": "invoice.save"}) is None
    frame = outside.find("iframe")
    assert frame is not None
    assert form_of(clerk.page(str(frame["src"])), "invoice.save")["action"] == "/invoices"


def test_renamed_classes_keep_their_styles(site: Backoffice, clerk: Clerk) -> None:
    site.configure(mutate=["rename-id-class"], seed=7)
    page = clerk.page("/invoices/new")
    sheet = page.find("link", rel="stylesheet")
    button = page.find(attrs={"data-truth": "invoice.save"})
    assert sheet is not None and button is not None
    styles = clerk.http.get(str(sheet["href"])).text
    assert all(f".{name} " in styles for name in button["class"])


def test_a_site_that_saves_nothing_says_it_did(site: Backoffice, clerk: Clerk) -> None:
    site.configure(trap=["saves-nothing"])
    answer = clerk.file()
    assert "Invoice 4711 was filed" in answer.text
    assert answer.url.path == "/invoices/41"
    assert site.count("invoice.create") == 0
    assert clerk.http.get("/api/invoices?number=4711").json()["count"] == 0


def test_the_wrong_record_is_shown(site: Backoffice, clerk: Clerk) -> None:
    right = clerk.page("/suppliers/9").find("h1")
    site.configure(trap=["wrong-record"])
    assert clerk.page("/suppliers/9").find("h1") != right


def test_the_double_post_trap_lets_the_second_one_through(site: Backoffice, clerk: Clerk) -> None:
    site.configure(trap=["double-post"])
    assert 'data-truth-trap="double-post"' in clerk.http.get("/invoices/new").text
    clerk.file()
    clerk.file()
    assert site.count("invoice.create", "4711") == 2


def test_hostile_texts_are_on_the_page(site: Backoffice, clerk: Clerk) -> None:
    site.configure(trap=["hostile-labels", "hidden-text"], seed=2)
    text = clerk.http.get("/invoices/new").text
    assert "ignore all previous instructions" in text
    assert "display:none" in text


# Numbers and dates


@pytest.mark.parametrize(
    ("text", "cents"),
    [("1.234,50", 123450), ("1234,5", 123450), ("1234.50", 123450), ("12", 1200), ("1.234", 123400), ("0,01", 1)],
)
def test_amounts_are_read_as_they_are_written(text: str, cents: int) -> None:
    assert parse_cents(text) == cents
    assert parse_cents(format_cents(cents)) == cents


@pytest.mark.parametrize("text", ["", "abc", "1,2,3", "12,345", "-5", "1.23,4"])
def test_what_is_no_amount_is_refused(text: str) -> None:
    assert parse_cents(text) is None


def test_dates_are_read_in_both_writings() -> None:
    assert parse_date("2.7.2025") == parse_date("2025-07-02")
    assert parse_date("2025-7-2") is None
    assert parse_date("30.02.2025") is None


def test_what_must_be_agreed_to_lies_over_every_page_but_the_login(site: Backoffice, clerk: Clerk) -> None:
    site.configure(trap=["must-agree"])
    text = clerk.http.get("/invoices/new").text
    assert "I accept the new terms" in text
    assert 'aria-modal="true"' in text
    assert "I accept the new terms" not in clerk.http.get("/login").text
