"""A site that falters while a run works on it: what only reads is asked for again, what sends is not, and both are told."""

from __future__ import annotations

import shutil
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from one_of_many import agent_in
from playwright.async_api import Error
from showing import Known
from tiny_site import Answer, TinySite

from rpa_agent.agent import Agent, Order, Result
from rpa_agent.browser.page import LivePage
from rpa_agent.build import Built
from rpa_agent.domain.errors import ActionFailed, SiteUnreachable
from rpa_agent.ops.notify import sentence_for
from rpa_agent.ops.settings import Settings
from rpa_agent.trying import PutOff, run_and_retry

if TYPE_CHECKING:
    from playwright.async_api import Browser, BrowserContext, Page

START = "<title>Start</title><a href=/form>New order</a>"
FORM = "<title>Order</title><form method=post action=/done><label>Order <input name=order></label><button>Release</button></form>"
DONE = "<title>Done</title><p role=status>The order was released</p>"


async def hands(page: Page) -> None:
    await page.get_by_role("link", name="New order").click()
    await page.get_by_label("Order").fill("PO-1")
    await page.get_by_role("button", name="Release").click()
    await page.get_by_text("was released").wait_for()


class Desk:
    def __init__(self, agent: Agent, site: TinySite, built: Built) -> None:
        self.agent, self.site, self.built = agent, site, built

    def falters(self, path: str, good: str, *, times: int = 1, **how: Any) -> None:
        """Answer so badly, so often, and then as it should."""
        answer = Answer(good)
        for _ in range(times):
            answer = Answer(good, then=answer, **how)
        self.site.pages[path] = answer

    def order(self, **more: Any) -> Order:
        workflow, values = self.built.workflow, self.built.examples
        return Order(workflow=workflow, params=values, secrets=Known({}), base_url=self.site.url, repair="off", **more)

    async def run(self) -> Result:
        return await self.agent.run(self.order())


def put_up(site: TinySite) -> None:
    """The site as it was when the work was shown, and nobody has asked it anything."""
    site.clear()
    for path, body in (("/start", START), ("/form", FORM), ("/done", DONE)):
        site.show(path, body)


@pytest.fixture(scope="session")
async def _released(_tiny: TinySite, browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Built]:
    """A project that was shown how an order is released, and what was built of it."""
    folder = tmp_path_factory.mktemp("released")
    put_up(_tiny)
    async with agent_in(browser, Settings.load(folder)) as agent:
        return folder, await agent.record("release", f"{_tiny.url}/start", site="tiny", demonstrate=hands)


@pytest.fixture
async def desk(_released: tuple[Path, Built], site: TinySite, browser: Browser, tmp_path: Path) -> AsyncIterator[Desk]:
    folder, built = _released
    put_up(site)
    async with agent_in(browser, Settings.load(shutil.copytree(folder, tmp_path / "desk"))) as agent:
        yield Desk(agent, site, built)


@pytest.mark.parametrize(
    "how",
    [{"status": 503, "headers": {"Retry-After": "0"}}, {"status": 429, "headers": {"Retry-After": "1"}}, {"breaks": True}],
    ids=["busy", "too many", "hung up"],
)
async def test_a_document_that_is_not_there_at_once_is_asked_for_again(desk: Desk, how: dict[str, Any]) -> None:
    """The first page, and one that a link leads to; the order is sent once."""
    desk.falters("/start", START, **how)
    desk.falters("/form", FORM, **how)
    done = (await desk.run()).trajectory
    assert (done.outcome, done.sent) == ("succeeded", "sent"), done.stopped
    assert [r for r in desk.site.asked if "favicon" not in r].count("GET /start") >= 2
    assert desk.site.changes() == ["POST /done"]


async def test_a_site_that_wants_more_time_than_a_run_has_is_left_alone(desk: Desk) -> None:
    """An hour is for the schedule: told at once, with what was sent, and not asked again."""
    desk.falters("/start", START, times=5, status=503, headers={"Retry-After": "3600"})
    with pytest.raises(SiteUnreachable, match="left alone for 3600 seconds; nothing was sent"):
        await desk.run()
    assert desk.site.asked.count("GET /start") == 1
    assert desk.site.sent == []


@pytest.mark.parametrize("path", ["/start", "/form"])
async def test_a_due_time_comes_back_when_the_site_wants_to_be_asked_again(desk: Desk, path: str) -> None:
    """Whether it says so at once or in the middle: the next try is made then, and not before; nothing was sent."""
    desk.falters(path, START, times=5, status=429, headers={"Retry-After": "3600"})
    now = desk.agent.office.clock()
    later = await run_and_retry(desk.agent, desk.order(occurrence="o1"), tell=lambda put_off: None)
    assert isinstance(later, PutOff)
    assert timedelta(seconds=3600) <= later.until - now <= timedelta(seconds=3900)
    assert (later.trajectory.fault, later.trajectory.sent) == ("infrastructure", "nothing")
    assert "left alone for 3600 seconds" in later.trajectory.stopped
    assert desk.site.sent == []


async def test_a_site_that_stays_busy_is_given_up_after_a_few_tries(desk: Desk) -> None:
    """Three times, and no more."""
    desk.falters("/start", START, times=9, status=503, headers={"Retry-After": "0"})
    with pytest.raises(SiteUnreachable, match="after 3 tries; nothing was sent"):
        await desk.run()
    assert desk.site.asked.count("GET /start") == 3


@pytest.mark.parametrize(
    "how",
    [{"status": 503, "headers": {"Retry-After": "0"}}, {"breaks": True}],
    ids=["busy", "hung up"],
)
async def test_what_was_sent_is_not_sent_again_whatever_the_answer(desk: Desk, how: dict[str, Any]) -> None:
    """The post left once; what became of it is a person's to find out, and the clerk is told so."""
    desk.falters("/done", DONE, times=9, **how)
    done = (await desk.run()).trajectory
    assert desk.site.changes() == ["POST /done"]
    assert (done.outcome, done.sent) == ("needs_person", "unknown"), done.stopped
    assert "It is not known whether" in sentence_for(done)
    assert [c.state for c in done.commits] == ["ambiguous"]


async def test_an_answer_that_breaks_off_in_the_middle_is_no_proof(desk: Desk) -> None:
    """Half of the page came: sent once, and not taken as confirmed by what is not there."""
    desk.falters("/done", DONE.replace("<p", "<!--" + "x" * 4000 + "--><p"), times=9, half=True)
    done = (await desk.run()).trajectory
    assert desk.site.changes() == ["POST /done"]
    assert done.outcome != "succeeded"
    assert done.sent in {"unknown", "sent"}
    assert "Nothing was sent" not in sentence_for(done)


Act = Callable[[Any, Any], Awaitable[None]]


@pytest.fixture
def on_answer(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, Act], None]:
    """Do something to a run's page, as a page would suffer it, whenever this address has answered."""

    def whenever(path: str, do: Act) -> None:
        opened = browser.new_context

        async def new_context(**given: Any) -> Any:
            context = await opened(**given)

            async def answered(response: Any) -> None:
                if response.url.endswith(path):
                    await do(context, response.frame.page)

            context.on("response", answered)
            return context

        monkeypatch.setattr(browser, "new_context", new_context)  # it happens in Playwright, not in ours

    return whenever


async def test_a_line_that_is_down_before_anything_was_sent_says_so(
    desk: Desk, on_answer: Callable[[str, Act], None]
) -> None:
    """The network goes away between two pages: infrastructure, nothing sent, nobody is asked to decide."""
    on_answer("/start", lambda context, page: context.set_offline(True))
    done = (await desk.run()).trajectory
    assert (done.outcome, done.fault, done.sent) == ("failed", "infrastructure", "nothing"), done.stopped
    assert desk.site.sent == []
    assert "Nothing was sent." in sentence_for(done)


async def crash(context: Any, page: Any) -> None:
    """Take a page's renderer down as a defect of the browser does; the page does not answer that."""
    session = await context.new_cdp_session(page)
    with suppress(Error):
        await session.send("Page.crash")


async def test_a_page_that_crashes_in_the_middle_is_outlasted(
    desk: Desk, on_answer: Callable[[str, Act], None]
) -> None:
    """Nothing had left: it is begun again on a new page, says so, and the order is sent once."""
    left = [crash]

    async def once(context: Any, page: Any) -> None:
        while left:
            await left.pop()(context, page)

    on_answer("/form", once)
    done = (await desk.run()).trajectory
    assert (done.outcome, done.sent, len(done.begun_again)) == ("succeeded", "sent", 1), done.stopped
    assert desk.site.changes() == ["POST /done"]


async def test_a_page_that_crashes_every_time_is_given_up(desk: Desk, on_answer: Callable[[str, Act], None]) -> None:
    """Three pages, and no more: infrastructure, nothing sent, nobody is asked to decide."""
    on_answer("/form", crash)
    done = (await desk.run()).trajectory
    assert (done.outcome, done.fault, done.sent) == ("failed", "infrastructure", "nothing"), done.stopped
    assert (len(done.begun_again), desk.site.sent) == (2, [])


async def test_a_page_that_crashes_on_the_answer_to_what_was_sent_leaves_a_doubt(
    desk: Desk, on_answer: Callable[[str, Act], None]
) -> None:
    """What had left is not sent again by beginning anew."""
    on_answer("/done", crash)
    done = (await desk.run()).trajectory
    assert desk.site.changes() == ["POST /done"]
    assert (done.sent, done.begun_again) in {("unknown", ()), ("sent", ())}, done.stopped
    assert done.sent == "sent" or done.outcome == "needs_person"


async def test_a_name_that_is_no_longer_known_says_so(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The name service fails between two pages: asked again a few times, nothing sent; the same run works once it is back."""
    for path, body in (("/start", START), ("/form", FORM), ("/done", DONE)):
        desk.site.show(path, body, headers={"Connection": "close"})
    order = replace(desk.order(), base_url=desk.site.url.replace("127.0.0.1", "localhost"))
    with monkeypatch.context() as names:
        known = socket.getaddrinfo

        def look_up(host: Any, *rest: Any, **more: Any) -> Any:
            if host == "localhost" and "GET /start" in desk.site.asked:
                raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
            return known(host, *rest, **more)

        names.setattr(socket, "getaddrinfo", look_up)
        done = (await desk.agent.run(order)).trajectory
    assert (done.outcome, done.fault, done.sent) == ("failed", "infrastructure", "nothing"), done.stopped
    assert "Nothing was sent." in sentence_for(done) and desk.site.sent == []
    assert (await desk.agent.run(order)).trajectory.outcome == "succeeded"
    assert desk.site.changes() == ["POST /done"]


async def test_a_download_that_breaks_off_is_no_file(context: BrowserContext, site: TinySite, tmp_path: Path) -> None:
    """Half of it came: it counts as failed, and nothing is kept that looks like the whole."""
    address = site.show("/list", "<a href=/file download>Get</a>")
    site.show("/file", "x" * 4000, half=True, headers={"Content-Disposition": "attachment; filename=list.csv"})
    page = await LivePage.open(await context.new_page(), base=site.url, secrets=Known({}))
    await page.page.goto(address)
    async with page.page.expect_download():
        await page.page.click("a")
    with pytest.raises(ActionFailed):
        await page.keep_download(str(tmp_path / "kept"))
    assert list((tmp_path / "kept").iterdir()) == []


@pytest.mark.parametrize(
    ("path", "instead", "fault", "outcome"),
    [
        ("/form", "<title>Back soon</title><h1>We are down for maintenance</h1>", "infrastructure", "failed"),
        ("/form", "<h1>Orders</h1><p>Maintenance</p>" + FORM.replace("Order <", "Paper <"), "drift", "needs_person"),
    ],
    ids=["maintenance", "another form"],
)
async def test_what_stands_in_a_pages_place_is_named_and_nothing_is_sent(
    desk: Desk, path: str, instead: str, fault: str, outcome: str
) -> None:
    """Answered as if all were well; a page that still has a form of its own is a changed one, whatever it says."""
    desk.site.show(path, instead.replace("name=order", "name=paper"))
    done = (await desk.agent.run(replace(desk.order(), repair="this_run"))).trajectory
    assert (done.fault, done.outcome, done.sent) == (fault, outcome, "nothing"), done.stopped
    assert desk.site.changes() == []


@pytest.mark.parametrize(
    ("says", "how", "fault"),
    [
        ("<h1>Edit conflict</h1>", {"status": 409}, "data"),
        ("<p role=alert>The month is closed</p>", {"status": 303, "headers": {"Location": "/form"}}, "data"),
        ("<p role=status>The month is closed</p>", {"status": 303, "headers": {"Location": "/form"}}, "defect"),  # it may be news
    ],
    ids=["conflict", "alert", "status"],
)
async def test_what_the_site_answers_to_what_was_sent_is_told_and_leaves_the_doubt(
    desk: Desk, says: str, how: dict[str, Any], fault: str
) -> None:
    desk.site.show("/done", says, **how)
    desk.site.show("/form", FORM, then=Answer(FORM + says))
    done = (await desk.run()).trajectory
    assert (done.fault, done.outcome, done.sent) == (fault, "needs_person", "unknown"), done.stopped
    assert desk.site.changes() == ["POST /done"]
