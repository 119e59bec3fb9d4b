"""Decides which requests may leave while a repair is unproven: plain reads, and what resembles the recorded change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ..domain.procedure import READS, Request
from ..domain.urls import url_matches, url_template
from ..domain.values import same_value
from .bodies import fields_of
from .session import mapped

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, Route


class Gate:
    """Open on the healthy path, where it costs nothing; closed from a repaired act until its signals have matched."""

    def __init__(self, context: BrowserContext, base: str) -> None:
        self._context, self._base = context, base
        self._expected: tuple[Request, ...] = ()
        self._values: Mapping[str, str] = {}
        self._closed = False
        self.refused: list[str] = []

    async def close(self, expected: Sequence[Request], values: Mapping[str, str]) -> None:
        """From now on refuse changes that the demonstration does not justify."""
        self._expected, self._values = tuple(expected), dict(values)
        self.refused.clear()
        if not self._closed:
            with mapped("closing the gate"):
                await self._context.route("**/*", self._decide)
            self._closed = True

    async def open(self) -> list[str]:
        """Let everything pass again; return what was refused."""
        if self._closed:
            with mapped("opening the gate"):
                await self._context.unroute("**/*", self._decide)
            self._closed = False
        return list(self.refused)

    async def _decide(self, route: Route) -> None:
        request = route.request
        if request.method in READS:
            await route.continue_()
            return
        body = fields_of(request.post_data_buffer, request.headers.get("content-type", ""))
        if body is not None and any(self._resembles(r, request.method, request.url, body) for r in self._expected):
            await route.continue_()
            return
        self.refused.append(f"{request.method} {url_template(request.url, self._base, self._values)}")
        await route.abort("aborted")  # any other reason would put an error page in the place of the form

    def _resembles(self, wanted: Request, method: str, url: str, body: tuple[str, dict[str, str]]) -> bool:
        operation, fields = body
        if method != wanted.method or operation != wanted.operation:
            return False
        if not url_matches(wanted.origin + wanted.path, url, self._base, self._values):
            return False
        # Fields may be renamed by a new version of the site, but this run's values must all be in the request.
        # A field that kept its name must hold its own value: two that were exchanged are not what was shown.
        return all(
            any(
                same_value(v, self._values.get(param, ""))
                for v in ([fields[name]] if name in fields else fields.values())
            )
            for name, param in wanted.fields.items()
            if param
        )
