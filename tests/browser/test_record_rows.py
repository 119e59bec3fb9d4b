"""Records picked from lists of every kind: shown once, found again wherever the list shows them, and never another."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from list_site import Invoice, ListSite, invoices
from sampled import sampled
from showing import Journal, Known

from rpa_agent.browser.page import LivePage
from rpa_agent.browser.recorder.record import record
from rpa_agent.browser.session import open_context
from rpa_agent.build import Built, build_procedure
from rpa_agent.domain.trajectory import Trajectory
from rpa_agent.repair.ladder import LadderOnDemand
from rpa_agent.run import Plan, run_procedure

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

LOOKS = ("table", "grid", "pinned", "list", "cards", "boxes", "terms")
PAGINGS = ("next", "numbers", "icons", "more", "scroll", "inner")


@pytest.fixture(scope="module")
def _lists() -> Iterator[ListSite]:
    with ListSite() as site:
        yield site


@pytest.fixture
def lists(_lists: ListSite) -> ListSite:
    """The list as it is on its first day."""
    _lists.reset()
    return _lists


class Clerk:
    """Shows work on the list, and has it done again."""

    def __init__(self, browser: Browser, site: ListSite) -> None:
        self.browser, self.site = browser, site

    async def show(self, hands: Callable[[Page], Awaitable[Any]]) -> Built:
        async with open_context(self.browser) as context:
            recording = await record(context, self.site.url + "/list", demonstrate=hands)
        return build_procedure(recording, name="approve", task="Approve an invoice", site="lists", salt="salt")

    async def run(self, built: Built, **values: str) -> Trajectory:
        async with open_context(self.browser) as context:
            page = await LivePage.open(await context.new_page(), base=self.site.url, secrets=Known({}))
            plan = Plan(
                run="r1", values={**built.examples, **values}, params=built.workflow.params, today=date(2026, 11, 22),
                step_seconds=3.0, minutes=0.5,
            )  # fmt: skip
            return await run_procedure(
                built.procedure, page, plan, ladder=LadderOnDemand(), journal=Journal(), start=built.workflow.start
            )


@pytest.fixture
def clerk(browser: Browser, lists: ListSite) -> Clerk:
    return Clerk(browser, lists)


def approving(*numbers: str, look: str = "table") -> Callable[[Page], Awaitable[None]]:
    """Press Approve in the row of each number."""

    async def hands(page: Page) -> None:
        for number in numbers:
            if look == "terms":
                row = page.locator(f"dt:text-is('{number}') + dd")
            elif look == "pinned":
                line = await page.locator("[role=row]").filter(has_text=number).get_attribute("aria-rowindex")
                row = page.locator(f"#rows [aria-rowindex='{line}']")
            else:
                boxes = {"grid": "[role=row]", "list": "li", "cards": ".card", "boxes": ".line"}
                row = page.locator(boxes.get(look, "tr")).filter(has_text=number)
            await row.get_by_role("button", name="Approve").click()
            await page.get_by_text(f"Invoice {number} was approved").wait_for()

    return hands


def key_param(built: Built) -> str:
    """The one parameter, which names the row."""
    assert len(built.workflow.params) == 1, built.workflow.params
    return next(iter(built.workflow.params))


# ---- whatever a row is made of -------------------------------------------------------------------------------------


@pytest.mark.parametrize("look", sampled(LOOKS, "table", "cards", "pinned", "terms"))
async def test_a_row_is_known_by_what_it_says_and_not_by_its_place(clerk: Clerk, look: str) -> None:
    """Shown in the second row; run for another record, with the list the other way round."""
    clerk.site.reset(look=look, paging="none")
    built = await clerk.show(approving("RE-1007", look=look))
    key = key_param(built)
    assert "1007" not in built.procedure.model_dump_json()
    clerk.site.reset(look=look, paging="none", rows=invoices()[::-1])
    value = built.examples[key].replace("1007", "1021").replace("Brandt 1 ", "Decker 3 ")
    done = await clerk.run(built, **{key: value})
    assert (done.outcome, clerk.site.approved) == ("succeeded", ["RE-1021"]), done.stopped


@pytest.mark.parametrize("look", ["lines", "links"])
@pytest.mark.parametrize("paging", ["none", "next"])
async def test_a_row_that_is_clicked_itself_is_known_by_what_names_it(clerk: Clerk, look: str, paging: str) -> None:
    """All else that it says is its record's, and may change until the next run."""
    clerk.site.reset(look=look, paging=paging)

    async def hands(page: Page) -> None:
        where = "Brandt 1 GmbH" if paging == "next" else "RE-1007"
        await page.get_by_text(where).click()
        await page.get_by_role("heading", name="RE-1007").wait_for()

    built = await clerk.show(hands)
    assert "1007" not in built.procedure.model_dump_json()
    renamed = [Invoice(i.number, f"New {i.firm}", "1,00") for i in invoices()]
    clerk.site.reset(look=look, paging=paging, rows=renamed)
    done = await clerk.run(built, **{key_param(built): "RE-1070"})
    assert done.outcome == "succeeded", done.stopped
    assert [p for p in clerk.site.asked if p.startswith("/invoices/")] == ["/invoices/RE-1070"]


@pytest.mark.parametrize("look", ["table", "cards", "boxes"])
async def test_two_rows_of_one_name_are_not_chosen_between(clerk: Clerk, look: str) -> None:
    """Whichever were pressed might be the wrong one."""
    clerk.site.reset(look=look, paging="none")
    built = await clerk.show(approving("RE-1007", look=look))
    twin = Invoice("RE-1007", "Brandt 1 GmbH", "7,00")
    clerk.site.reset(look=look, paging="none", rows=[*invoices(), twin])
    done = await clerk.run(built)
    assert (done.outcome, clerk.site.approved) == ("needs_person", [])
    assert "more than one" in done.stopped


async def test_a_number_inside_a_longer_one_is_another_record(clerk: Clerk) -> None:
    """RE-1007 is neither RE-10071 nor RE-1007-2."""
    clerk.site.reset(paging="none")
    built = await clerk.show(approving("RE-1007"))
    others = [Invoice("RE-10071", "Brandt", "1,00"), Invoice("RE-1007-2", "Brandt", "1,00"), *invoices(1)]
    clerk.site.reset(paging="none", rows=others)
    done = await clerk.run(built)
    assert (done.outcome, done.fault, clerk.site.approved) == ("needs_person", "data", [])


async def test_a_row_that_only_mentions_the_record_is_another_record(clerk: Clerk) -> None:
    """A credit note for RE-1007 is not RE-1007, whether that one is still in the list or not."""
    clerk.site.reset(paging="none")
    built = await clerk.show(approving("RE-1007"))
    mention = Invoice("RE-5000", "RE-1007", "7,00")
    clerk.site.reset(paging="none", rows=[mention, *invoices()])
    assert (await clerk.run(built)).outcome == "succeeded"
    assert clerk.site.approved == ["RE-1007"]
    clerk.site.reset(paging="none", rows=[mention, *invoices(1)])
    done = await clerk.run(built)
    assert (done.outcome, done.fault, clerk.site.approved) == ("needs_person", "data", [])


# ---- wherever the list shows it ------------------------------------------------------------------------------------


@pytest.mark.parametrize("paging", sampled(PAGINGS, "numbers", "scroll"))
async def test_a_record_on_a_later_page_is_found_there(clerk: Clerk, paging: str) -> None:
    """Shown on the first page, where nobody turned a page; run for one on the fourth."""
    clerk.site.reset(paging=paging)
    built = await clerk.show(approving("RE-1007"))
    key = key_param(built)
    clerk.site.reset(paging=paging)
    done = await clerk.run(built, **{key: "RE-1119"})
    assert (done.outcome, clerk.site.approved, clerk.site.sent) == ("succeeded", ["RE-1119"], []), done.stopped


@pytest.mark.parametrize("paging", sampled(PAGINGS, "next", "more", "inner"))
async def test_a_record_that_is_on_no_page_is_missing_data(clerk: Clerk, paging: str) -> None:
    """Every page was looked at, and nothing was pressed."""
    clerk.site.reset(paging=paging)
    built = await clerk.show(approving("RE-1007"))
    clerk.site.reset(paging=paging)
    done = await clerk.run(built, **{key_param(built): "RE-9999"})
    assert (done.outcome, done.fault, clerk.site.approved) == ("needs_person", "data", [])
    assert "'RE-9999' is not in the list (5 pages looked at)" in done.stopped
    assert clerk.site.sent == []


@pytest.mark.parametrize("paging", sampled(["next", "numbers", "icons", "more"], "icons"))
async def test_pages_that_were_turned_to_find_a_record_are_no_steps(clerk: Clerk, paging: str) -> None:
    """Shown on the third page; the next record stands on the first."""
    clerk.site.reset(paging=paging)

    async def hands(page: Page) -> None:
        names = {"next": ("Next",) * 2, "numbers": ("2", "3"), "icons": ("Next page",) * 2, "more": ("Load more",) * 2}
        for n, name in enumerate(names[paging], 2):
            role = "button" if paging in {"icons", "more"} else "link"
            await page.get_by_role(role, name=name, exact=True).click()
            await page.get_by_text(f"RE-{1000 + 7 * 5 * (n - 1)}").wait_for()
        await approving("RE-1084")(page)

    built = await clerk.show(hands)
    assert [s.kind for s in built.procedure.steps] == ["goto", "click"]
    clerk.site.reset(paging=paging)
    done = await clerk.run(built, **{key_param(built): "RE-1014"})
    assert (done.outcome, clerk.site.approved) == ("succeeded", ["RE-1014"]), done.stopped


async def test_scrolling_that_brought_the_record_is_no_step(clerk: Clerk) -> None:
    """The run scrolls itself, as far as it must."""
    clerk.site.reset(paging="inner")

    async def hands(page: Page) -> None:
        await page.locator("#box").hover()
        for n in (5, 10):
            await page.mouse.wheel(0, 3000)
            await page.get_by_text(f"RE-{1000 + 7 * n}").wait_for(state="attached")
        await approving("RE-1084")(page)

    built = await clerk.show(hands)
    assert [s.kind for s in built.procedure.steps] == ["goto", "click"]
    clerk.site.reset(paging="inner")
    done = await clerk.run(built, **{key_param(built): "RE-1119"})
    assert (done.outcome, clerk.site.approved) == ("succeeded", ["RE-1119"]), done.stopped


async def test_a_list_that_goes_round_in_a_circle_ends(clerk: Clerk) -> None:
    """The first page again is no new page."""
    clerk.site.reset(paging="circle")
    built = await clerk.show(approving("RE-1007"))
    clerk.site.reset(paging="circle")
    done = await clerk.run(built, **{key_param(built): "RE-9999"})
    assert "(5 pages looked at)" in done.stopped


# ---- without side effects ------------------------------------------------------------------------------------------


async def test_a_pager_that_sends_is_pressed_only_where_that_was_shown(clerk: Clerk) -> None:
    """Nobody showed that turning the page sends nothing that matters."""
    clerk.site.reset(paging="post")
    built = await clerk.show(approving("RE-1007"))
    clerk.site.reset(paging="post")
    done = await clerk.run(built, **{key_param(built): "RE-1049"})
    assert (done.outcome, clerk.site.approved, clerk.site.sent) == ("needs_person", [], [])
    assert "POST {base}/list" in done.stopped


async def test_a_pager_that_was_shown_to_send_is_pressed(clerk: Clerk) -> None:
    """As old applications turn their pages."""
    clerk.site.reset(paging="post")

    async def hands(page: Page) -> None:
        await page.get_by_role("button", name="Next").click()
        await page.get_by_text("RE-1035").wait_for()
        await approving("RE-1042")(page)

    built = await clerk.show(hands)
    assert [s.kind for s in built.procedure.steps] == ["goto", "click"]
    assert [c.name for c in built.workflow.commits] == ["approve-invoices"]
    clerk.site.reset(paging="post")
    done = await clerk.run(built, **{key_param(built): "RE-1084"})
    assert (done.outcome, clerk.site.approved) == ("succeeded", ["RE-1084"]), done.stopped


async def test_the_next_of_a_form_is_no_pager(clerk: Clerk) -> None:
    """It goes on with what a person filled in."""
    clerk.site.reset(paging="wizard")
    built = await clerk.show(approving("RE-1007"))
    clerk.site.reset(paging="wizard")
    done = await clerk.run(built, **{key_param(built): "RE-9999"})
    assert (done.outcome, clerk.site.sent, clerk.site.approved) == ("needs_person", [], [])


# ---- several records shown -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("look", ["table", "cards"])
async def test_two_records_shown_are_one_procedure_and_two_rows(clerk: Clerk, look: str) -> None:
    """The second stood on another page; both are rows, and a third is done by the same steps."""
    clerk.site.reset(look=look)

    async def hands(page: Page) -> None:
        await approving("RE-1007", look=look)(page)
        await page.get_by_role("link", name="Next").click()
        await page.get_by_text("RE-1042").first.wait_for()
        await approving("RE-1049", look=look)(page)

    built = await clerk.show(hands)
    key = key_param(built)
    assert [s.kind for s in built.procedure.steps] == ["goto", "click"]
    assert built.workflow.rows is not None
    assert built.workflow.rows.key == key
    assert [r[key] for r in built.rows] == ["RE-1007", "RE-1049"]
    assert built.workflow.checks()[0].words() == f"visible Invoice {{{{ {key} }}}} was approved"
    clerk.site.reset(look=look)
    done = await clerk.run(built, **{key: "RE-1119"})
    assert (done.outcome, clerk.site.approved) == ("succeeded", ["RE-1119"]), done.stopped


# ---- what is a list of records, and what is not --------------------------------------------------------------------

CARD = "<div class='card {n}'><h3>{name}</h3><p>{price},00 EUR</p><button>Buy</button></div>"
THREE = (("shirt", "Blue shirt", 12), ("coat", "Red coat", 80), ("hat", "Green hat", 7))
RECORDS = {
    "cards": "".join(CARD.format(n=n, name=name, price=p) for n, name, p in THREE),
    "one of them is marked": "".join(CARD.format(n="new selected" if p == 7 else "", name=name, price=p) for _, name, p in THREE),
    "without classes": "".join(f"<div><span>{name}</span><em>{p}</em><button>Buy</button></div>" for _, name, p in THREE),
    "elements of a framework": "".join(f"<app-item><b>{name}</b><i>{p}</i><button>Buy</button></app-item>" for _, name, p in THREE),
    "links to one shelf": "".join(f"<div><p>{p} EUR</p><a href=/shop/{n}>{name}</a></div>" for n, name, p in THREE),
    "quantities": "".join(f"<div><p>{name}</p><p>{p}</p><input aria-label=Quantity></div>" for _, name, p in THREE),
}  # fmt: skip
NO_RECORDS = {
    "fields of a form": "".join(f"<div><label>{n} <input></label><p>Help</p><button>?</button></div>" for n, *_ in THREE),
    "tiles of a menu": "".join(f"<div><h3>{name}</h3><p>open</p><a href=/{n}>Go to {n}</a></div>" for n, name, _ in THREE),
    "buttons side by side": "".join(f"<div><button>{name}</button></div>" for _, name, _ in THREE),
    "two of a kind": "".join(CARD.format(n=n, name=name, price=p) for n, name, p in THREE[:2]),
    "the same thrice": CARD.format(n="x", name="Blue shirt", price=12) * 3,
    "parts of a page": "<div><h2>A</h2><p>x</p><button>Edit</button></div><div><h2>B</h2><ul><li>1<li>2<li>3<li>4</ul></div>"
    "<div><h2>C</h2><form><input aria-label=c><select aria-label=d></select><button>Edit</button></form></div>",
    "a menu": f"<nav>{RECORDS['cards']}</nav>",
}  # fmt: skip


@pytest.mark.parametrize("body", RECORDS.values(), ids=RECORDS.keys())
async def test_boxes_of_one_shape_that_are_used_alike_are_records(live: Callable[..., Awaitable[LivePage]], body: str) -> None:
    """Each is known by what it says, and its words are a record's."""
    page = await live(f"<main><div class=shop>{body}</div></main>")
    seen = [c.fingerprint for c in (await page.survey(row_key="Red coat")).candidates]
    assert [fp.row.key if fp.row else "" for fp in seen][1] == "Red coat"
    assert [fp.row.index if fp.row else -1 for fp in seen] == [0, 1, 2]
    assert all(fp.in_data for fp in seen)


@pytest.mark.parametrize("body", NO_RECORDS.values(), ids=NO_RECORDS.keys())
async def test_boxes_that_are_parts_of_the_application_are_no_records(live: Callable[..., Awaitable[LivePage]], body: str) -> None:
    """Their words are the application's, by which its controls are known."""
    page = await live(f"<main><div class=shop>{body}</div></main>")
    seen = [c.fingerprint for c in (await page.survey()).candidates]
    assert seen
    assert [fp.in_data for fp in seen] == [False] * len(seen)
