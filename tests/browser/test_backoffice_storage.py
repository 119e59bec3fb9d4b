"""What only a browser shows of the practice site's sign-in: its scripts, its storage, its frames."""

from __future__ import annotations

import pytest
from playwright.async_api import BrowserContext, Page, expect

from fixtures.backoffice import PASSWORD, USER, Backoffice
from fixtures.backoffice.config import Keeping

_DROP: dict[str, str] = {
    "localStorage": "localStorage.clear()",
    "sessionStorage": "sessionStorage.clear()",
    "indexedDB": "new Promise((done) => { indexedDB.deleteDatabase('backoffice').onsuccess = done; })",
}


async def _sign_in(page: Page, site: Backoffice) -> None:
    await page.goto(f"{site.base_url}/suppliers")
    await page.get_by_label("User name").fill(USER)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()


@pytest.mark.parametrize("where", sorted(_DROP))
async def test_without_its_token_a_page_shows_the_login(page: Page, backoffice: Backoffice, where: Keeping) -> None:
    backoffice.configure(session_in=where)
    await _sign_in(page, backoffice)
    await expect(page.get_by_role("heading", name="Suppliers")).to_be_visible()
    await page.evaluate(_DROP[where])
    await page.goto(f"{backoffice.base_url}/suppliers")
    await expect(page.get_by_label("User name")).to_be_visible()
    assert page.url == f"{backoffice.base_url}/login?next=%2Fsuppliers"


async def test_a_cookie_alone_opens_no_page_in_another_context(
    page: Page, context: BrowserContext, backoffice: Backoffice
) -> None:
    backoffice.configure(session_in="sessionStorage")
    await _sign_in(page, backoffice)
    await expect(page.get_by_role("heading", name="Suppliers")).to_be_visible()
    other = await context.new_page()
    await other.goto(f"{backoffice.base_url}/suppliers")
    await expect(other.get_by_label("User name")).to_be_visible()


async def test_single_sign_on_with_phone_and_puzzle_works_in_a_browser(page: Page, backoffice: Backoffice) -> None:
    backoffice.configure(sso=True, number_match=True, captcha_after=0, expire_identity=True)
    await page.goto(f"{backoffice.base_url}/suppliers")
    await page.get_by_label("User name").fill(USER)
    await page.get_by_role("button", name="Next").click()
    await page.get_by_label("Password").fill(PASSWORD)
    puzzle = page.frame_locator('iframe[title="CAPTCHA"]')
    await puzzle.get_by_label("I'm not a robot").check()
    await puzzle.get_by_label("Type the letters").fill(backoffice.truth()["captcha"])
    await puzzle.get_by_role("button", name="Verify").click()
    await expect(puzzle.get_by_role("status")).to_have_text("Thank you.")
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("heading", name="Approve the sign-in")).to_be_visible()
    backoffice.approve_sign_in()
    await expect(page.get_by_role("heading", name="Suppliers")).to_be_visible()
