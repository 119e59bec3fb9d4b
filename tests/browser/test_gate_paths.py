"""Every way in which a page can send something that it was shown to send: reads that commit, files, workers, goodbyes."""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable

import pytest
from showing import Journal
from tiny_site import TinySite
from waiting import until

from rpa_agent.browser.page import LivePage
from rpa_agent.domain.procedure import Expectation, Request, Step
from rpa_agent.run.warden import Warden

Live = Callable[..., Awaitable[LivePage]]
PAY = Request(method="GET", path="/pay/*", status=2)
LIST = Request(method="GET", path="/list", status=2)
LINK = Step(id="s2", kind="click", effect="commit", commit="pay", expect=Expectation(requests=(PAY,), url="{base}/pay/*"))
LOOK = Step(id="s1", kind="click", expect=Expectation(requests=(LIST,), url="{base}/list"))


class Watching(Journal):
    """Keeps what had arrived when `sent` was written."""

    def __init__(self, site: TinySite) -> None:
        super().__init__({"K": "armed"})
        self.site, self.before = site, list[list[str]]()

    async def sent(self, key: str) -> None:
        self.before.append([a for a in self.site.asked if "/pay" in a or not a.startswith("GET")])
        await super().sent(key)


async def guarded(page: LivePage, *steps: Step) -> Warden:
    warden = Warden(page, steps, "learned", {"number": "RE-7"})
    await warden.stand()
    return warden


def paid(site: TinySite) -> list[str]:
    return [a for a in site.asked if "/pay/" in a]


# ---- commits that are reads ----


@pytest.mark.parametrize(
    ("way", "once_more"),
    [
        ("fetch('/pay/7').catch(() => 0)", "fetch('/pay/7').catch(() => 0)"),
        ("document.links[0].click()", "document.links[0].click()"),
        ("document.forms[0].submit()", "document.forms[0].submit()"),
        ("fetch('/pay/7', {keepalive: true}).catch(() => 0)", "location.href = '/pay/7'"),
    ],
    ids=["fetch", "link", "form", "fetch and link"],
)
async def test_a_read_that_commits_is_journaled_before_it_leaves_and_leaves_once(
    live: Live, site: TinySite, way: str, once_more: str
) -> None:
    """Not before it is due, once while it is, and never afterwards."""
    answered = threading.Event()
    site.show("/pay/7", "paid", after=answered)
    page = await live("<a href=/pay/7>Pay</a><form action=/pay/7><input name=number value=RE-7></form>")
    warden = await guarded(page, LOOK, LINK)
    await page.page.evaluate(f"void setTimeout(() => {{ {way} }})")
    await until(lambda: bool(warden.refused), page)
    assert (paid(site), warden.why) == ([], "it belongs to a step that sends, and that is not due")
    journal = Watching(site)
    armed = await warden.arm(LINK, "K", journal)
    await page.page.evaluate(f"void setTimeout(() => {{ {way} }})")
    await until(lambda: bool(paid(site)), page)
    await page.page.evaluate(f"void setTimeout(() => {{ {once_more} }})")
    if told := once_more != way or way.startswith("fetch"):  # a press while the same page is on its way may be none
        await until(lambda: armed.again != "", page)
    answered.set()
    await page.settle(5)
    warden.disarm()
    await page.page.evaluate("fetch('/pay/7').catch(() => 0)")
    assert await page.page.evaluate("fetch('/list').then(a => a.status)") == 200, "other reads pass"
    assert (paid(site), armed.again) == (["GET /pay/7"], "GET {base}/pay/*" if told else armed.again)
    assert (journal.before, journal.states) == ([[]], {"K": "sent"})


async def test_a_single_press_on_a_link_that_commits_arrives(live: Live, site: TinySite) -> None:
    """And where it leads, the page goes."""
    page = await live("<a href=/pay/7>Pay</a>")
    site.show("/pay/7", "", status=303, headers={"Location": "/paid"})
    warden = await guarded(page, LOOK, LINK)
    journal = Watching(site)
    armed = await warden.arm(LINK, "K", journal)
    await page.page.get_by_role("link").click()
    await page.page.wait_for_url("**/paid")
    assert (paid(site), journal.before, armed.again, warden.refused) == (["GET /pay/7"], [[]], "", [])


async def test_a_read_that_commits_leaves_for_this_runs_record_alone(live: Live, site: TinySite) -> None:
    """What it is about stands in its query: another record's does not leave."""
    asked = Request(method="GET", path="/pay", fields={"number": "number"}, status=2)
    pay = LINK.model_copy(update={"expect": Expectation(requests=(asked,), url="{base}/paid")})
    page = await live("<a href=/pay?number=RE-8>Other</a> <a href=/pay?number=RE-7&kind=full>This</a>")
    site.show("/pay", "", status=303, headers={"Location": "/paid"})
    warden = await guarded(page, LOOK, pay)
    journal = Watching(site)
    await warden.arm(pay, "K", journal)
    await page.page.get_by_text("Other").click()
    await until(lambda: bool(warden.refused), page)
    assert (site.asked.count("GET /pay"), journal.states, warden.why) == (0, {"K": "armed"}, "it does not carry number as meant")
    await page.page.get_by_text("This").click()
    await page.page.wait_for_url("**/paid")
    assert (site.asked.count("GET /pay"), journal.before, journal.states) == (1, [[]], {"K": "sent"})


# ---- files, both ways ----

FILE = Request(method="POST", path="/file", fields={"number": "number"}, status=2)
SEND_FILE = Step(id="s3", kind="click", effect="commit", commit="file", expect=Expectation(requests=(FILE,)))
UPLOAD = """<form method=post action=/file enctype=multipart/form-data><input name=number value=%s>
<input type=file name=scan><button>Send</button></form>"""


@pytest.mark.parametrize(("number", "arrives"), [("RE-7", True), ("RE-8", False)])
async def test_a_form_with_a_file_is_told_by_its_fields(live: Live, site: TinySite, number: str, arrives: bool) -> None:
    """The file is large and nobody reads it; what stands beside it must be this run's."""
    page = await live(UPLOAD % number)
    warden = await guarded(page, SEND_FILE)
    journal = Watching(site)
    armed = await warden.arm(SEND_FILE, "K", journal)
    scan = {"name": "scan.bin", "mimeType": "application/octet-stream", "buffer": b"\x00\xff" * 500_000}
    await page.page.locator("[type=file]").set_input_files(scan)  # type: ignore[arg-type]  # Playwright's own dict
    await page.page.get_by_role("button", name="Send").click()
    await page.settle(5)
    await until(lambda: bool(site.changes() or warden.refused), page)
    assert (site.changes(), armed.sent) == ((["POST /file"], True) if arrives else ([], False))
    if arrives:
        assert 'filename="scan.bin"' in site.sent[0][2]
        assert len(site.sent[0][2]) > 900_000, "and it is whole"


async def test_a_file_that_is_asked_for_by_post_comes_once(live: Live, site: TinySite) -> None:
    """As reports do: the answer is a file, the page stays."""
    page = await live("<form method=post action=/file><input name=number value=RE-7><button>Get</button></form>")
    site.show("/file", "a,b", headers={"Content-Type": "text/csv", "Content-Disposition": "attachment; filename=r.csv"})
    warden = await guarded(page, SEND_FILE)
    armed = await warden.arm(SEND_FILE, "K", Watching(site))
    async with page.page.expect_download() as download:
        await page.page.get_by_role("button").click()
    assert (await download.value).suggested_filename == "r.csv"
    await page.page.get_by_role("button").click()
    await until(lambda: armed.again != "", page)
    assert (site.changes(), page.url) == (["POST /file"], site.url + "/form")


# ---- who else may send ----


@pytest.mark.parametrize("kind", ["Worker", "SharedWorker"])
async def test_what_a_worker_sends_is_held_like_a_pages(live: Live, site: TinySite, kind: str) -> None:
    """Dedicated or shared: the commit leaves once, and nothing unshown while nothing is proven."""
    page = await live("<p>x</p>")
    warden = await guarded(page, SEND_FILE)
    journal = Watching(site)
    armed = await warden.arm(SEND_FILE, "K", journal)
    post = f"fetch(`{site.url}/file`, {{method: `POST`, body: new URLSearchParams({{number: `RE-7`}})}}).catch(() => 0)"
    start = f"s => void new {kind}(URL.createObjectURL(new Blob([s])))"
    await page.page.evaluate(start, f"{post}; {post}")
    await until(lambda: armed.again != "" and bool(site.changes()), page)
    warden.disarm()
    await warden.close(())
    await page.page.evaluate(start, f"{post.replace('/file', '/other')}")
    await until(lambda: "POST {base}/other" in warden.refused, page)
    assert (site.changes(), journal.before, journal.states) == (["POST /file"], [[]], {"K": "sent"})


@pytest.mark.parametrize("goodbye", ["pagehide", "visibilitychange"])
async def test_a_page_that_sends_once_more_as_it_goes_sends_once(live: Live, site: TinySite, goodbye: str) -> None:
    """A beacon with the same form as the page is left, which no page waits for."""
    page = await live(
        "<form method=post action=/file><input name=number value=RE-7><button>Send</button></form><script>"
        f"addEventListener('{goodbye}', () => navigator.sendBeacon('/file', new URLSearchParams({{number: 'RE-7'}})),"
        " true)</script>"
    )
    warden = await guarded(page, SEND_FILE)
    journal = Watching(site)
    armed = await warden.arm(SEND_FILE, "K", journal)
    await page.page.get_by_role("button").click()
    await page.page.wait_for_url("**/file")
    await until(lambda: armed.again != "", page)
    assert (site.changes(), journal.before) == (["POST /file"], [[]])
    assert warden.refused == ["POST {base}/file"]
