"""EXPLORING: a model finds a way through a sandbox, and what it did is shown to the recorder once more, without the model."""

from __future__ import annotations

import json
import socket
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from .domain.binding import BASE, Binding, secret_of
from .domain.dates import write_date
from .domain.errors import NeedsPerson, PageGone, RpaAgentError
from .domain.exploring import Explored, Move, Quest
from .domain.gate import Change, Decision, Pass, Refuse
from .domain.hosts import allowed_hosts
from .domain.numbers import write_decimal
from .domain.ports import Action, PageAtHand
from .domain.proposal import Candidate, Survey
from .domain.supervision import Said
from .domain.target import Fingerprint, Target, Variant
from .domain.texts import in_short
from .domain.urls import origin
from .domain.values import comma_in, month_first_in, same_value
from .domain.workflow import Workflow

if TYPE_CHECKING:
    from .agent import Agent, Order
    from .build import Built
    from .domain.ports import Model
    from .domain.procedure import Step
    from .domain.recording import Act

SETTLE_S = 5.0
FOUND_S = 10.0          # how long an element may take to come when a way is walked again
_SECRET = "secrets."
_BOUND = Binding(sends_to=(BASE,))      # a secret is typed where the sandbox is, and its form sends nowhere else
_NO_WAY_OUT = ("--proxy-server=127.0.0.1:9", "--proxy-bypass-list=<-loopback>")     # of contexts that have none of their own


@dataclass(frozen=True)
class Entered:
    """What an exploration may enter: the values by name as given, their types, and how the site writes them."""

    values: Mapping[str, str]
    workflow: Workflow

    def kinds(self) -> dict[str, str]:
        """Return what a model is told of them: names and types, no value."""
        params = self.workflow.params
        known = {n: " ".join(filter(None, (params[n].type, params[n].label))) for n in self.values if n in params}
        return known | {f"{_SECRET}{n}": "secret" for n in self.workflow.secrets}

    def written(self) -> dict[str, str]:
        """Return the values by name; those that this site may write otherwise also under NAME_written."""
        text = Fingerprint(tag="input", type="text")
        more = {f"{n}_written": self.typed(n, text) for n in self.values}
        return dict(self.values) | {n: v for n, v in more.items() if v != self.values[n.removesuffix("_written")]}

    def written_told(self) -> str:
        """Return in words what those further names are for."""
        more = [n for n in self.written() if n not in self.values]
        return f"; in plain text fields use {', '.join(more)}" if more else ""

    def typed(self, name: str, field: Fingerprint) -> str:
        """Return a value as it is typed into a field: a browser's own date and number fields have one way of writing."""
        value, locale = self.values[name], self.workflow.locale
        kind = self.workflow.params[name].type
        if kind == "date" and field.type != "date" and locale is not None:
            first = month_first_in(locale)
            fmt = "yyyy-mm-dd" if first is None else "mm/dd/yyyy" if first else "dd.mm.yyyy" if comma_in(locale) else "dd/mm/yyyy"
            return write_date(date.fromisoformat(value), fmt)
        if kind == "decimal" and field.type != "number" and comma_in(locale):
            return write_decimal(Decimal(value), "1234,50")
        return value


class PageHands:
    """Implements domain.exploring.Hands on a page: what is done once, is looked at, and nothing is done again by itself."""

    def __init__(self, page: PageAtHand, entered: Entered) -> None:
        self.page, self._entered = page, entered
        self._last: Candidate | None = None     # the field used last, for the key that sends it

    async def see(self) -> Survey:
        await self.page.settle(SETTLE_S)
        return await self.page.survey()

    async def reached(self) -> str:
        return ""

    async def do(self, move: Move, at: Candidate | None) -> Move:
        if move.kind == "enter":
            if self._last is None:
                return move.but(failed="no field was used before")
            at = self._last
            move = move.but(element=at.fingerprint)
        before = self.page.url
        try:
            await self.page.act(self._action(move, at), at.ref if at is not None else None)
            await self.page.settle(SETTLE_S)
            if why := await self._not_kept(move, at, before):
                return move.but(failed=why)
        except (NeedsPerson, PageGone, RpaAgentError) as e:
            return move.but(failed=e.message)
        if at is not None and move.kind in ("fill", "select"):
            self._last = at
        return move.but(led_to="another page" if self.page.url != before else "")

    def _action(self, move: Move, at: Candidate | None) -> Action:
        match move.kind:
            case "enter":
                return Action(kind="press", value="Enter")
            case "fill" | "select" if move.value.startswith(_SECRET):
                return Action(kind="fill", secret=move.value.removeprefix(_SECRET), bound=_BOUND)
            case "fill" | "select" if at is not None:
                value = self._entered.typed(move.value, at.fingerprint) if move.value else move.text
                exact = self._entered.values.get(move.value)
                return Action(kind=move.kind, value=value, canonical=exact, widget=at.fingerprint, readonly=at.readonly)
            case _:
                return Action(kind=move.kind)

    async def _not_kept(self, move: Move, at: Candidate | None, before: str) -> str:
        """Return why a field does not hold what was entered; a page that went on meanwhile took it."""
        if move.kind not in ("fill", "select") or at is None or move.value.startswith(_SECRET) or self.page.url != before:
            return ""
        kept = await self.page.read_back(at.ref)
        meant = self._entered.typed(move.value, at.fingerprint) if move.value else move.text
        fits = same_value(kept, meant) or meant.casefold() in kept.casefold()
        return "" if fits else "the field does not keep it"


async def explored(
    agent: Agent, order: Order, model: Model, *, guide: str, hide: Any, asked: Any, most_moves: int = 40
) -> Explored:
    """Let a model do the task of a workflow once, in a context of its own at ``order.base_url``.

    Only that host and those of `allow:` are reached, and only that host is sent anything. Raises SiteUnreachable where the
    first page does not answer, BrowserUnfit.
    """
    from .browser.page import LivePage
    from .browser.session import open_context
    from .llm.explorer import explore

    entered = Entered(order.params, order.workflow)
    quest = Quest(task=order.workflow.task, values=entered.kinds(), guide=guide, most_moves=most_moves)
    hosts = allowed_hosts(order.base_url, order.workflow.allow)
    async with open_context(await agent.browser(), allowed=hosts) as context:
        page = await LivePage.open(await context.new_page(), base=order.base_url, secrets=order.secrets)
        await page.ask_before_sending(only_to(order.base_url), reads=(), values=order.params)
        await page.act(Action(kind="goto", value=order.workflow.start), None)
        return await explore(model, quest, PageHands(page, entered), hide=hide, asked=asked)


def only_to(base: str) -> Any:
    """Return a gate that lets changes leave for one origin and nowhere else."""

    async def authorize(change: Change) -> Decision:
        return Pass() if origin(change.url) == origin(base) else Refuse("it leaves the sandbox")

    return authorize


async def explored_by_browser_use(
    agent: Agent, order: Order, model: Model, *, guide: str, asked: Any, most_moves: int = 40
) -> Explored:
    """The same with browser-use, in a browser of its own: it sees every tab of a browser, and this one has no other.

    The default context of that browser, which nobody gates, has no way out at all. Raises also BrowserUnfit where browser-use
    is not installed.
    """
    from .browser.page import LivePage
    from .browser.session import open_context
    from .llm.browser_use_agent import explore_with_browser_use
    from .ops.settings import quieten_browser_use

    workflow, entered = order.workflow, Entered(order.params, order.workflow)
    names = {**entered.written(), **{n: order.secrets.reveal(n) for n in workflow.secrets}}
    told = "; ".join(f"{n}: {kind}" for n, kind in entered.kinds().items())
    task = (
        f"{workflow.task}. Values to enter, each written as <secret>NAME</secret>: {told.replace(_SECRET, '')}"
        f"{entered.written_told()}. Do each thing that sends only once. Stay on this site."
        + (f" Something like it is done so:\n{guide}" if guide else "")
    )
    port = _free_port()
    apart = agent.browser_apart(f"--remote-debugging-port={port}", *_NO_WAY_OUT)
    hosts = allowed_hosts(order.base_url, workflow.allow)
    with tempfile.TemporaryDirectory() as folder:
        quieten_browser_use(Path(folder))
        async with apart as browser, open_context(browser, allowed=hosts) as context:
            page = await LivePage.open(await context.new_page(), base=order.base_url, secrets=order.secrets)
            await page.ask_before_sending(only_to(order.base_url), reads=(), values=order.params)
            await page.act(Action(kind="goto", value=workflow.start), None)
            done, said, history = await explore_with_browser_use(
                model, task, f"http://127.0.0.1:{port}", values=names, host=_host_pattern(order.base_url),
                folder=Path(folder), most_moves=most_moves,
            )  # fmt: skip
    text = json.dumps({"history": [_opened(order), *_without_ways_back(history.get("history", []))]})
    for name in names:
        if name not in workflow.secrets:
            text = text.replace(f"<secret>{name}</secret>", f"{{{{ {name} }}}}")
    return Explored(done=done, said=in_short(order.secrets.hide(said), 200), history=text, asked=asked())


def _opened(order: Order) -> dict[str, Any]:
    """Return the first move, which was made for the explorer: it found its page open."""
    url = order.base_url + order.workflow.start
    return {"model_output": {"action": [{"navigate": {"url": url}}]}, "result": [{}], "state": {"interacted_element": [None]}}


def _without_ways_back(items: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return browser-use's items without those that failed, and without going back from where one of those had led."""
    kept: list[dict[str, Any]] = []
    failed = False
    for item in items:
        results = [r for r in item.get("result") or () if isinstance(r, dict)]
        actions = (item.get("model_output") or {}).get("action") or ()
        back = bool(actions) and all(isinstance(a, dict) and "go_back" in a for a in actions)
        if not (failed and back):
            kept.append(item)
        failed = bool(results) and all(r.get("error") for r in results)
    return kept


def _host_pattern(base_url: str) -> str:
    """Return a site as browser-use names it: with its scheme, and without a port."""
    parts = urlsplit(base_url)
    return f"{parts.scheme}://{parts.hostname}"


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


async def compiled(agent: Agent, order: Order, found: Explored) -> Built:
    """Walk a way once more without a model while the recorder watches, and build its procedure as `rpa record` does.

    What comes of it has every element with all its traits, and what each step sends. Raises NeedsPerson where a move
    cannot be done again, ParamsInvalid where nothing was done.
    """
    from .browser.page import LivePage
    from .browser.recorder.record import record
    from .browser.session import open_context
    from .build import build_procedure
    from .build.called import called_as_in

    entered = Entered(order.params, order.workflow)

    async def demonstrate(page: Any) -> None:
        if found.history:
            await _drive(page, agent, order, found.history, entered)
            return
        live = await LivePage.open(page, base=order.base_url, secrets=order.secrets)
        await live.ask_before_sending(only_to(order.base_url), reads=(), values=order.params)
        await _walk(live, PageHands(live, entered), found.kept())

    hosts = allowed_hosts(order.base_url, order.workflow.allow)
    async with open_context(await agent.browser(), allowed=hosts) as context:
        recording = await record(context, order.base_url + order.workflow.start, demonstrate=demonstrate)
    workflow = order.workflow
    built = build_procedure(
        recording, name=workflow.name, task=workflow.task, site=workflow.site_name(), salt=agent.memory.salt
    )
    return called_as_in(
        workflow, built, values=order.params, secrets={n: order.secrets.reveal(n) for n in workflow.secrets}
    )


async def _drive(page: Any, agent: Agent, order: Order, history: str, entered: Entered) -> None:
    """Walk browser-use's way again, by the names its history has of the elements; raises NeedsPerson, StepError."""
    from .browser.recorder.drive import Driven, Supervision, drive
    from .build.imported import build_imported
    from .formats.browser_use import read_browser_use

    workflow = order.workflow
    imported = read_browser_use(json.loads(history))
    foreign = build_imported(
        imported.recording, checks=(), name=workflow.name, task=workflow.task, site=workflow.site_name(), salt=agent.memory.salt
    )

    async def yes(number: int, words: str, holds: Sequence[tuple[str, str]]) -> Said:
        return "yes"    # it is a sandbox, and it is put back afterwards

    given = Supervision(
        order.base_url, workflow.allow, {}, entered.written(), order.secrets, order.today or date.today(), yes
    )  # fmt: skip
    driven = Driven()
    await drive(page, _with_given_names(foreign.procedure.steps, imported.recording.acts), (), given, driven)
    if driven.stopped is not None:
        raise driven.stopped


def _with_given_names(steps: Sequence[Step], acts: Sequence[Act]) -> list[Step]:
    """Return the steps with the names that secrets have here: an import calls them after the fields that they were typed into."""
    called = [secret_of(s) for s in steps if secret_of(s) is not None]
    names = dict(zip(called, [a.value for a in acts if a.secret], strict=False))
    return [s.but(value=f"{{{{ secrets.{names[secret_of(s)]} }}}}") if secret_of(s) in names else s for s in steps]


async def _walk(page: PageAtHand, hands: PageHands, moves: Sequence[Move]) -> None:
    for number, move in enumerate(moves, 1):
        at = await _again(page, move.element) if move.element is not None and move.kind != "enter" else None
        if move.element is not None and move.kind != "enter" and at is None:
            raise NeedsPerson(f"move {number} ({move.words()}) could not be done again: it is not on the page", fault="drift")
        done = await hands.do(move, at)
        if done.failed:
            raise NeedsPerson(f"move {number} ({move.words()}) could not be done again: {done.failed}", fault="drift")


async def _again(page: PageAtHand, element: Fingerprint) -> Candidate | None:
    """Return the element that was used before, once it is there and nothing else is as much like it."""
    target, until = Target(variants=(Variant(fingerprint=element),)), time.monotonic() + FOUND_S
    while True:
        await page.settle(SETTLE_S)
        hits = await page.find(target)
        if hits and not hits[0].rivals:
            return hits[0].candidate
        if time.monotonic() >= until:
            return None
        await page.visible("\x00", values={}, seconds=0.2)   # wakes up at the next change of the page

