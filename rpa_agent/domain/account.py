"""A named login: which site it belongs to, which secrets it types, and how to tell that it is alive. No secret value."""

from __future__ import annotations

import re
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from .frozen import Frozen
from .hosts import allows, check_entry, port_of
from .urls import origin
from .workflow import NAME, RESERVED_SECRETS, HttpCheck

PREFIX = "login:"  # what a login's procedure and runs are filed under: no workflow can have such a name
_ROLE = re.compile(r"[a-z_][a-z0-9_]{0,63}")


def login_name(account: str) -> str:
    """Return the name that an account's login procedure and login runs are filed under."""
    return PREFIX + account


def account_of_login(workflow: str) -> str | None:
    """Return the account whose login something is filed under; None where it is a workflow's."""
    return workflow.removeprefix(PREFIX) if workflow.startswith(PREFIX) else None


class AccountProbe(Frozen):
    """How to tell that somebody is logged in: a GET that only then is answered so, or a page that only then shows
    itself. ``http`` follows no redirect: being sent to a login page is an answer too."""

    http: HttpCheck | None = None
    open: str | None = None             # "/invoices": opens at its own address, without a login form
    visible: str | None = None          # what that page must show too

    @model_validator(mode="after")
    def _exactly_one(self) -> AccountProbe:
        if (self.http is None) == (self.open is None):
            raise ValueError("a probe has exactly one of: http, open")
        if self.visible is not None and self.open is None:
            raise ValueError("`visible` says what the page of `open` shows; `http` shows none")
        path = self.open if self.http is None else self.http.get
        if path is not None and (not path.startswith("/") or path.startswith("//")):
            raise ValueError(f"{path!r} is not a path on the account's own site; it begins with one /")
        return self


class Account(Frozen):
    """An account file, validated. ``secrets`` says for each value of the login procedure which secret is typed there;
    ``totp`` names the one that holds the seed of one-time codes instead of a text to type."""

    schema_: Literal[1] = Field(1, alias="schema")
    name: str = Field(pattern=NAME)
    base_url: str
    start: str = "/"                    # where logging in begins: a page of the site that asks for it
    site: str = ""                      # keys memory; default: the host of base_url
    allow: tuple[str, ...] = ()         # further hosts of the site itself, as in a workflow
    allow_login: tuple[str, ...] = ()   # hosts that are allowed while logging in, and never else
    secrets: dict[str, str] = {}
    values: dict[str, str] = {}         # what is typed or chosen besides, and is no secret: a client, a language
    totp: str | None = None
    probe: AccountProbe

    @field_validator("base_url")
    @classmethod
    def _http(cls, v: str) -> str:
        parts = urlsplit(v)
        if parts.scheme not in {"http", "https"} or not parts.netloc or parts.username or parts.password:
            raise ValueError(f"{v!r} is not an http(s) address")
        return origin(v)

    @field_validator("start")
    @classmethod
    def _path(cls, v: str) -> str:
        if not v.startswith("/") or v.startswith("//"):
            raise ValueError(f"{v!r} is not a path on the account's own site; it begins with one /")
        return v

    @field_validator("allow", "allow_login")
    @classmethod
    def _hosts(cls, v: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(check_entry(host) for host in v)

    @model_validator(mode="after")
    def _names(self) -> Account:
        for name in (*self.secrets, *self.secrets.values(), *self.values):
            if not _ROLE.fullmatch(name):
                raise ValueError(f"{name!r} is not a name: small letters, digits and _ only")
        for name in self.secrets.values():
            if why := RESERVED_SECRETS.get(name):
                raise ValueError(f"a secret cannot be called {name!r}: {why}")
        if both := set(self.secrets) & set(self.values):
            raise ValueError(f"{', '.join(sorted(both))} is both a secret and a value")
        if self.totp is not None and self.totp not in self.secrets:
            raise ValueError(f"totp {self.totp!r} is none of the secrets: {', '.join(self.secrets) or 'there are none'}")
        if allows(self.allow_login, urlsplit(self.base_url).hostname or "", port_of(self.base_url)):
            raise ValueError("allow_login names the site itself; it is always allowed")
        return self

    def site_name(self) -> str:
        """Return what keys memory: ``site``, or the host of base_url."""
        return self.site or urlsplit(self.base_url).netloc

    def host(self) -> str:
        return urlsplit(self.base_url).netloc
