"""The work of the stream: three workflows of the practice site, each shown once, and the states the site goes through."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
from bs4 import BeautifulSoup

from fixtures.backoffice import PASSWORD, USER, Backoffice
from fixtures.demonstrations.enter_invoice_logged_in import demonstrate as in_the_module
from rpa_agent.domain.target import Fingerprint

Effects = tuple[tuple[str, str, tuple[tuple[str, str], ...], int], ...]  # kind, key, data, count


async def approve_invoice(page: Any) -> None:
    await page.get_by_role("link", name="Approvals").click()
    row = page.get_by_role("row").filter(has_text="RE-").nth(2)
    await row.get_by_role("button", name="Approve").click()
    await page.get_by_text("was approved").first.wait_for()


async def change_customer(page: Any) -> None:
    await page.get_by_role("link", name="Customers").click()
    await page.get_by_role("row").nth(2).get_by_role("link", name="Open").click()
    await page.get_by_role("link", name="Address").click()
    await page.get_by_label("City").fill("Rostock")
    await page.get_by_role("button", name="Save").click()
    await page.get_by_text("was saved").first.wait_for()


async def enter_invoice(page: Any) -> None:
    await page.get_by_role("link", name="Invoices").click()
    await in_the_module(page)


WORK: Mapping[str, tuple[str, Any]] = {
    "approve-invoice": ("Approve a supplier invoice", approve_invoice),
    "change-customer": ("Change where a customer is", change_customer),
    "enter-invoice": ("Enter a supplier invoice and file it", enter_invoice),
}
SHARES = ("approve-invoice",) * 6 + ("change-customer",) * 5 + ("enter-invoice",)


@dataclass(frozen=True)
class State:
    """How the site is at one run. ``kind``: steady, interruption or defect; ``why`` names a defect."""

    generation: int = 1
    mutate: tuple[str, ...] = ()
    trap: tuple[str, ...] = ()
    seed: int = 3
    kind: str = "steady"

    @property
    def key(self) -> str:
        return f"{self.generation}/{','.join(self.mutate)}/{','.join(self.trap)}/{self.seed}"


RELEASES = (
    State(1), State(1, ("relabel", "rename-id-class")), State(2), State(1, ("change-tag", "strip-attributes")), State(3),
    State(4), State(1, ("translate",)), State(1, ("move-section", "button-to-link")),
)  # fmt: skip


@dataclass(frozen=True)
class Turn:
    """One run of the stream: what is to be done, how the site is, and whether a wrong lesson is injected afterwards."""

    number: int
    workflow: str
    state: State
    wrong: tuple[str, Fingerprint] | None = None  # (step id, the look of another element)


@dataclass
class Shown:
    """One workflow as it was shown: document, workflow, values, what it did, and other elements that its steps could be
    mistaken for, by step id."""

    name: str
    document: Any
    workflow: Any
    values: dict[str, str]
    effects: Effects
    others: dict[str, list[Fingerprint]] = field(default_factory=dict)
    before: dict[str, str] = field(default_factory=dict)  # what the record held before, by field

    def wrong(self, done: Effects) -> list[str]:
        """Return what was done beyond what was shown. A form that sends all its fields may send what was there before."""
        meant = {(kind, key): (dict(data), count) for kind, key, data, count in self.effects}
        found = []
        for kind, key, data, count in done:
            wanted, times = meant.get((kind, key), ({}, 0))
            other = [k for k, v in data if (wanted[k] != v if k in wanted else not self._as_before(k, v))]
            if count > times or other:
                found.append(f"{kind} {key} x{count} {other}")
        return found

    def reached(self, done: Effects) -> bool:
        """Tell whether exactly what was shown was done."""
        want, have = ({(kind, key, count) for kind, key, _, count in e} for e in (self.effects, done))
        return want == have and not self.wrong(done)

    def _as_before(self, name: str, value: str) -> bool:
        was = self.before.get(name)
        return was == value or (was is not None and re.sub(r"\D", "", was) == value)  # an amount is kept in cents


def stream(seed: int, length: int, shown: Mapping[str, Shown], *, phase: tuple[int, int] = (14, 24)) -> list[Turn]:
    """Return the turns of one seed: releases one after the other, each for some runs, with the former one still served
    now and then; interruptions (8 %), real defects (6 %), and wrong lessons (2 %). The same for all arms.

    The calendar of releases is the same for all seeds; which work comes when, what goes wrong and what is taught wrongly
    differ."""
    rng, calendar = random.Random(seed), random.Random("calendar")
    turns: list[Turn] = []
    former = now = RELEASES[0]
    left = calendar.randint(*phase)
    for number in range(length):
        if left == 0:
            former, now, left = now, calendar.choice([r for r in RELEASES if r != now]), calendar.randint(*phase)
        left -= 1
        name = rng.choice(SHARES)
        state = former if rng.random() < 0.12 else now
        luck = rng.random()
        if luck < 0.08:
            state = State(state.generation, (*state.mutate, "banner"), kind="interruption")
        elif luck < 0.11:
            state = State(state.generation, state.mutate, ("saves-nothing",), kind="defect")
        elif luck < 0.14:
            sends = {"approve-invoice": "approval.approve", "change-customer": "customer.save", "enter-invoice": "invoice.save"}
            state = State(state.generation, (*state.mutate, f"removed-target:{sends[name]}"), kind="defect")
        wrong = None
        if rng.random() < 0.02 and number > 5 and (able := sorted(shown[name].others)):
            step = rng.choice(able)
            wrong = (step, rng.choice(shown[name].others[step]))
        turns.append(Turn(number, name, state, wrong))
    return turns


def signed_in(site: Backoffice) -> dict[str, Any]:
    """Log the clerk in by plain requests; return the storage that a browser begins with."""
    with httpx.Client(base_url=site.base_url, trust_env=False, follow_redirects=False) as http:
        form = http.get("/login").text
        token = re.search(r'name="csrf_token" value="([^"]+)"', form)
        if token is None:
            raise RuntimeError("the practice site's login page has no token")
        http.post("/login", data={"username": USER, "password": PASSWORD, "csrf_token": token.group(1)})
        host = httpx.URL(site.base_url).host
        cookies = [
            {"name": c.name, "value": c.value or "", "domain": host, "path": "/", "expires": -1, "httpOnly": True,
             "secure": False, "sameSite": "Lax"}
            for c in http.cookies.jar
        ]  # fmt: skip
    return {"cookies": cookies, "origins": []}


def record_before(site: Backoffice, storage: dict[str, Any], path: str, tabs: tuple[str, ...]) -> dict[str, str]:
    """Return what a record's forms hold, read by plain requests."""
    found: dict[str, str] = {}
    cookies = {c["name"]: c["value"] for c in storage["cookies"]}
    with httpx.Client(base_url=site.base_url, trust_env=False, cookies=cookies) as http:
        for tab in tabs:
            page = BeautifulSoup(http.get(path, params={"tab": tab}).text, "html.parser")
            for field_ in page.select("main input[name], main select[name], form.card input[name], form.card select[name]"):
                chosen = field_.select_one("option[selected]")
                found[str(field_["name"])] = str(chosen["value"] if chosen else field_.get("value", ""))
    return found


def effects_of(site: Backoffice) -> Effects:
    """Return what really happened on the server, logins left out: kind and key with the values, and how often."""
    found = []
    for one in site.truth()["effects"]:
        if not one["kind"].startswith("login"):
            data = tuple(sorted((k, str(v)) for k, v in one["data"].items() if k != "id"))
            found.append((one["kind"], one["key"], data, one["count"]))
    return tuple(sorted(found))
