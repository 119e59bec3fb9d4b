"""Small applications: mail, flights, a search engine, a contact book, orders, short messages."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING

from .fields import in_calendar
from .hands import part, quoted, said, submit, type_into
from .task import Task, family

if TYPE_CHECKING:
    from playwright.async_api import Locator, Page


async def mail(page: Page) -> None:
    """Find the email by Anna and delete it, star it, forward it to Ben, or reply with a text."""
    sentence = await said(page)
    sender = part(r"email by (\S+) and", sentence)
    thread = (
        page.locator("#main .email-thread")
        .filter(has=page.locator(".email-sender").get_by_text(sender, exact=True))
        .first
    )
    if "trash icon" in sentence:
        await thread.locator(".trash").click()
    elif "star icon" in sentence:
        await thread.locator(".star").click()
    elif "reply" in sentence:
        await _reply(page, thread, (await quoted(page))[0])
    else:
        await _forward(page, thread, part(r"that email to (.*)\.$", sentence))


async def mail_in_other_words(page: Page) -> None:
    """Do what one of many sentences asks for; what it means is taken from the page's own reading of it."""
    asked = await page.evaluate("core.currentFields")
    thread = (
        page.locator("#main .email-thread")
        .filter(has=page.locator(".email-sender").get_by_text(asked["by"], exact=True))
        .first
    )
    if asked.get("task") == "delete":
        await thread.locator(".trash").click()
    elif asked.get("task") == "star":
        await thread.locator(".star").click()
    elif asked.get("task") == "reply":
        await _reply(page, thread, asked["message"])
    else:
        await _forward(page, thread, asked["to"])


async def _reply(page: Page, thread: Locator, text: str) -> None:
    await thread.locator(".email-subject").click()
    await page.locator(".email-reply").click()
    await page.locator("#reply-text").click()
    await page.keyboard.type(text)
    await page.locator("#send-reply").click()


async def _forward(page: Page, thread: Locator, to: str) -> None:
    await thread.locator(".email-subject").click()
    await page.locator(".email-forward").click()
    await page.locator(".forward-sender").click()
    await page.keyboard.type(to)
    await page.locator("#send-forward").click()


async def book_flight(page: Page) -> None:
    """Book the cheapest (or shortest) one-way flight from: Reno to: BOS on 11/03/2016."""
    found = re.search(r"Book the (\w+) one-way flight from: (.*) to: (.*) on (\S+)\.", await said(page))
    if found is None:
        raise LookupError("no flight is asked for")
    measure, start, end, day = found.groups()
    for field, place in (("#flight-from", start), ("#flight-to", end)):
        await page.locator(field).click()
        await page.keyboard.type(place)
        await page.locator(".ui-autocomplete:visible li").filter(has_text=re.compile(re.escape(place))).first.click()
    await page.locator("#datepicker").click()
    await in_calendar(page, datetime.strptime(day, "%m/%d/%Y").date())
    await page.locator("#search").click()
    await _best(page, page.locator(".flight"), "price" if measure == "cheapest" else "duration", least=True)


async def buy_ticket(page: Page) -> None:
    """Buy the ticket with the cheapest cost, shortest duration, longest duration or most expensive cost."""
    sentence = await said(page)
    measure = "price" if "cost" in sentence else "duration"
    await _best(page, page.locator(".flight"), measure, least="cheapest" in sentence or "shortest" in sentence)


async def _best(page: Page, flights: Locator, measure: str, *, least: bool) -> None:
    """Press the button of the flight that costs or lasts least, or most."""
    of = flights.locator(f"[data-{measure}]")
    values = [int(await of.nth(i).get_attribute(f"data-{measure}") or 0) for i in range(await of.count())]
    await flights.nth(values.index(min(values) if least else max(values))).locator("button").click()


async def search_engine(page: Page) -> None:
    """Enter "Ann" and press "Search", then find and click the 5th search result."""
    nth = int(part(r"the (\d)\w\w search result", await said(page))) - 1
    await type_into(page, page.locator("#search-text"), (await quoted(page))[0])
    await page.locator("#search").click()
    if nth >= 3:
        await page.locator("#pagination a").get_by_text(str(nth // 3 + 1), exact=True).click()
    await page.locator("#page-content a").nth(nth % 3).click()


async def contact(page: Page) -> None:
    """Find Anna in the contact book and click on their phone number, email or address."""
    name, kind = re.findall(
        r"Find (.*) in the contact book and click on their (phone|email|address)", await said(page)
    )[0]
    while (await page.locator("#contact .name").inner_text()).strip() != name:
        await page.locator("#pagination a").get_by_text(">", exact=True).click()
    await page.locator(f"#contact a.{kind}").click()


async def order_food(page: Page) -> None:
    """Order one of each item: Garlic bread, Cheese wheel; or 3 items that are vegan."""
    sentence = await said(page)
    counted = re.search(r"Order (\d) items that are (.*)$", sentence)
    items = page.locator(".food-item")
    if counted:
        item = items.filter(has=page.locator(f'img[alt="{counted.group(2)}"]')).first
        for _ in range(int(counted.group(1))):
            await item.locator(".add").click()
    else:
        for name in part(r"each item: (.*)$", sentence).split(", "):
            await items.filter(has=page.get_by_text(name.strip(), exact=True)).locator(".add").click()
    await page.get_by_role("button", name="Order!").click()


_KINDS = {"Reply": "reply", "Retweet": "retweet", "Like": "like", "Share": "share"}
_IN_MENU = {"Share via DM": "share", "Copy link to Tweet": "copy", "Embed Tweet": "embed", "Mute": "menu-user",
            "Block": "block-user", "Report": "report"}  # fmt: skip


def _posts(page: Page, user: str) -> Locator:
    return page.locator("#area .media").filter(has=page.locator(".username").get_by_text(user, exact=True))


async def act_on_post(page: Page) -> None:
    """For the user @ann, click on the "Reply" button."""
    post = _posts(page, part(r"user (@\S+),", await said(page))).first
    (wanted,) = await quoted(page)
    if wanted in _IN_MENU:
        await _press_icon(post.locator(".more"))
        await post.locator(f"li.{_IN_MENU[wanted]}").click()
    else:
        await _press_icon(post.locator(f".controls > .{_KINDS[wanted]}"))


async def _press_icon(icon: Locator) -> None:
    """Another picture is loaded when the mouse is over it; until it has come, there is nothing to press."""
    await icon.hover()
    await icon.page.wait_for_function("e => e.getBoundingClientRect().width > 0", arg=await icon.element_handle())
    await icon.page.wait_for_load_state("networkidle")
    await icon.click()


async def act_on_posts(page: Page) -> None:
    """Click the "Like" button on 2 (or all) posts by @ann and then click Submit."""
    sentence = await said(page)
    posts = _posts(page, part(r"by (@\S+) and", sentence))
    many = re.search(r"on (\d+) post", sentence)
    for i in range(int(many.group(1)) if many else await posts.count()):
        await posts.nth(i).locator(f".{_KINDS[(await quoted(page))[0]]}").click()
    await submit(page)


async def open_tree(page: Page) -> None:
    """Navigate through the file tree. Find and click on the folder or file named "Ann"."""
    (name,) = await quoted(page)
    item = page.locator("#tree span").get_by_text(name, exact=True).first
    for _ in range(3):
        if await item.is_visible():
            break
        # The outermost folder around it that is still shut is opened next.
        await item.locator("xpath=ancestor::li[contains(@class,'expandable')]").first.locator(":scope > span").click()
    await item.click()


_LINES = ((0, 1, 2), (3, 4, 5), (6, 7, 8), (0, 3, 6), (1, 4, 7), (2, 5, 8), (0, 4, 8), (2, 4, 6))


async def tic_tac_toe(page: Page) -> None:
    """Playing as 'X', win a game of tic-tac-toe."""
    for _ in range(5):
        marks = await page.evaluate("[...document.querySelectorAll('.ttt-row span')].map(e => e.className)")
        await page.locator(f"#ttt-{_next(marks)}").click()
        if await page.evaluate("WOB_DONE_GLOBAL"):
            return


def _next(marks: list[str]) -> int:
    """Win, else keep the other from winning, else take what lies in most open lines."""
    for mine in ("mark-x", "mark-o"):
        for line in _LINES:
            held = [marks[i] for i in line]
            if held.count(mine) == 2 and "" in held:
                return line[held.index("")]

    def worth(i: int) -> int:
        open_lines = [[marks[j] for j in line] for line in _LINES if i in line]
        return sum(1 + 2 * held.count("mark-x") for held in open_lines if "mark-o" not in held)

    return max((i for i, mark in enumerate(marks) if not mark), key=worth)


TASKS = (
    # In seed 2 two mails are by the same sender, so that nobody could tell which is meant.
    *(Task(f"email-inbox-{what}", mail, "named", seeds=(1, 3)) for what in ("delete", "important", "forward", "reply")),
    *family(mail, "email-inbox", "email-inbox-noscroll", "email-inbox-star-reply",
            why_not="to delete, mark, forward or reply is drawn anew"),
    Task("email-inbox-forward-nl", mail_in_other_words, "named"),
    *family(mail_in_other_words, "email-inbox-forward-nl-turk", differs="named"),
    Task("email-inbox-nl-turk", mail_in_other_words, why_not="to delete, mark, forward or reply is drawn anew"),
    *family(book_flight, "book-flight", "book-flight-nodelay", why_not="which flight is best has to be reckoned"),
    Task("buy-ticket", buy_ticket, why_not="which ticket is best has to be reckoned"),
    Task("search-engine", search_engine, why_not="the result is chosen by its position, on one of three pages"),
    Task("phone-book", contact, why_not="the phone, the mail or the address is asked for"),
    Task("order-food", order_food, why_not="dishes by name, or any of a kind and how many"),
    Task("social-media", act_on_post, why_not="one of nine buttons, some in a menu, is asked for"),
    *family(act_on_posts, "social-media-some", "social-media-all", why_not="another number of posts"),
    Task("navigate-tree", open_tree, why_not="other folders lie around it"),
    Task("tic-tac-toe", tic_tac_toe, why_not="each move depends on the other player's"),
)  # fmt: skip
