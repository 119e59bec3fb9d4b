"""The document at hand: where it is, how it was answered, and asked for once more where that only reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..domain.procedure import READS
from .outbound.hosts import explained
from .session import mapped

if TYPE_CHECKING:
    from playwright.async_api import Page

    from .signals import Listener


class Document:
    """The part of ports.PageAtHand that speaks of the document in the tab at hand."""

    page: Page
    listener: Listener

    @property
    def url(self) -> str:
        return self.page.url

    @property
    def status(self) -> int:
        return self.listener.document_status

    @property
    def come_back(self) -> str:
        return self.listener.come_back.get(self.page, "")

    @property
    def only_read(self) -> bool:
        return self.listener.document_method in READS

    async def load_again(self) -> None:
        with explained(self.page.context, self.page.url), mapped("loading the page again"):
            await self.page.reload(wait_until="domcontentloaded", timeout=30_000)

    def died(self) -> bool:
        """Tell whether the page crashed or its browser is gone, which is nothing that the site did."""
        browser = self.page.context.browser
        return self.listener.crashed or (browser is not None and not browser.is_connected())
