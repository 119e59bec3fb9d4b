"""How the demonstration looks in a terminal: calm, in sections, readable at 80 columns and without colours."""

from __future__ import annotations

import re
from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Self, assert_never

from .out import harmless

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.text import Text

    from ..demo import Event
    from ..demo.events import Changed, Checked, Ended, Learned, Ran, Repaired, Scene, Shown

WIDEST = 110
_INTRODUCTION = "A web task is shown once; then it runs on schedule, repairs itself with evidence, and remembers."
_TERMS = "All of it here and now: a practice site, a real browser, no network, no key, no model."
_BROKE = "{n} steps broke: what was recorded is not there as it was. What was used instead, and why:"
_LEGEND = "comparisons: ways of telling which element is meant; neighbours: shown beside it and still there"
_SIGNS = {"held": "✓", "failed": "✗", "change": "▲", "stop": "■", "then": "→", "dash": "–", "times": "·"}
_PLAIN_SIGNS = {"held": "ok", "failed": "NO", "change": ">>", "stop": "!!", "then": "->", "dash": "-", "times": "-"}
_HOLES = re.compile(r"\{\{ (?:secrets\.)?(\w+) \}\}")
_DIFF = re.compile(r"^(step \d+ .+?): (.*)$", re.DOTALL)
_BREATHES = {"scene", "site", "end"}        # events that begin something new stand apart
_WAITING = {
    1: "a clerk works in the browser", 2: "the rows are entered", 3: "the schedule goes on",
    4: "the pages are tried", 5: "memory is read",
}


class View:
    """Writes every event to the terminal as it comes; ``with`` ends what still moves on it."""

    def __init__(self, console: Console | None = None) -> None:
        from rich.console import Console

        self._console = console or Console(highlight=False, emoji=False)
        self._console.width = min(self._console.width, WIDEST)
        self._wide = self._console.width >= 96
        self._unicode = self._console.encoding.lower().startswith("utf")
        self._before, self._explained = "", False
        self._signs = _SIGNS if self._unicode else _PLAIN_SIGNS
        self._status = self._console.status("", spinner="dots" if self._unicode else "line", spinner_style="cyan")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._status.stop()

    def tell(self, event: Event) -> None:
        """Write one event."""
        if not self._before:
            self._introduce()
        if event.event in _BREATHES or (self._before == "scene" and event.event != "site"):
            self._print("")
        self._before = event.event
        match event.event:
            case "scene":
                self._scene(event)
            case "procedure":
                self._shown(event)
            case "site":
                self._changed(event)
            case "run":
                self._ran(event)
            case "said":
                self._print(_text(f"  {event.text}", "dim"))
            case "check":
                self._checked(event)
            case "memory":
                self._learned(event)
            case "end":
                self._status.stop()
                self._ended(event)
            case _:
                assert_never(event.event)

    # ---- one method per event ---------------------------------------------------------------------------------------

    def _introduce(self) -> None:
        self._print(_text("rpa demo", "bold"))
        self._print(_text(_INTRODUCTION, ""))
        self._print(_text(_TERMS, "dim"))
        if self._console.is_terminal:
            self._status.start()

    def _scene(self, scene: Scene) -> None:
        from rich.rule import Rule

        self._print(Rule(_text(f"{scene.number}  {scene.title}", "bold cyan"), align="left", style="cyan"))
        self._print(_text(scene.text, ""))
        self._status.update(_WAITING.get(scene.number, ""))

    def _shown(self, shown: Shown) -> None:
        from rich.table import Table

        steps = Table.grid(padding=(0, 1))
        steps.add_column(justify="right", style="dim", no_wrap=True)
        steps.add_column()
        for line in shown.sentences:
            number, found, words = line.partition(". ")
            if not (found and number.isdigit()):
                number, words = "", line
            words = re.sub(r"\*\*/", "…/", words) if self._unicode else words
            text = _text(_HOLES.sub(r"\1", words).replace("the site/", "the site"), "" if number else "dim")
            for name in {m[1] for m in _HOLES.finditer(words)}:
                text.highlight_regex(rf"(?<!')\b{re.escape(name)}\b", "cyan")
            text.highlight_regex(r"This SENDS.*", "bold yellow")
            steps.add_row(number, text)
        self._print(_indented(steps))
        self._print("")

    def _changed(self, changed: Changed) -> None:
        self._hang(self._signs["change"], changed.text, "yellow")

    def _ran(self, ran: Ran) -> None:
        from rich.table import Table

        seconds = f"{ran.ms / 1000:.1f} s"
        if ran.outcome == "succeeded":
            repaired = f"{len(ran.repaired)} of {ran.steps} steps repaired" if ran.repaired else "no repair"
            done = f"entered in {seconds}" if self._wide else seconds
            end = _text(f"{done}, {repaired}", "yellow" if ran.repaired else "green")
        else:
            ended = {"needs_person": "needs a person"}.get(ran.outcome, ran.outcome.replace("_", " "))
            end = _text(f"{self._signs['stop']} {ended}, after {seconds}", "magenta")
        line = Table.grid(padding=(0, 2))
        for width in (len(ran.due), 9, 33 if self._wide else 22):
            line.add_column(no_wrap=True, min_width=width)
        line.add_column()
        about = ran.about if self._wide else ran.about.split(", ")[0]
        line.add_row(_text(ran.due, "dim"), _text(ran.invoice, "bold"), _text(about, ""), end)
        self._print(_indented(line))
        if ran.outcome != "succeeded":
            self._hang(" ", ran.stopped, "magenta")
        if ran.repaired:
            self._print("")
            self._hang(" ", _BROKE.format(n=len(ran.repaired)), "dim")
            self._print(_indented(self._table(ran.repaired) if self._wide else self._list(ran.repaired)))
            if not self._explained:
                self._print(_indented(_text(_LEGEND, "dim")))
                self._print("")
                self._explained = True

    def _table(self, repaired: Sequence[Repaired]) -> RenderableType:
        from rich import box
        from rich.table import Table

        table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), header_style="dim", pad_edge=False)
        table.add_column("step", justify="right", style="dim", no_wrap=True)
        table.add_column("recorded as", no_wrap=True)
        table.add_column("now", max_width=24)
        table.add_column("by", style="dim", no_wrap=True)
        table.add_column(f"evidence {self._signs['then']} what followed", ratio=1)
        for one in repaired:
            table.add_row(
                str(one.step), _text(one.was, ""), _text(one.now, "bold"), one.by, self._evidence(one)
            )
        return table

    def _list(self, repaired: Sequence[Repaired]) -> RenderableType:
        """Return the same for a narrow terminal: the evidence stands below its step."""
        from rich.console import Group

        parts: list[RenderableType] = [""]
        for one in repaired:
            told = _text(f"step {one.step:>2}  {one.was} {self._signs['then']} ", "")
            told.append(harmless(one.now), "bold")
            told.append(f"  ({one.by})", "dim")
            parts += [told, _indented(self._evidence(one), 9)]
        return Group(*parts, "")

    def _evidence(self, one: Repaired) -> Text:
        why = _text(", ".join(one.because), "")
        if one.then:
            why.append_text(_text(f"\n{self._signs['then']} {one.then}", "green"))
        return why

    def _checked(self, checked: Checked) -> None:
        if checked.held:
            self._hang(self._signs["held"], checked.claim, "", sign_style="green")
        else:
            seen = checked.seen or "it did not hold"
            self._hang(self._signs["failed"], f"{checked.claim} {self._signs['dash']} but: {seen}", "bold red")

    def _learned(self, learned: Learned) -> None:
        from rich.table import Table

        diff = Table.grid(padding=(0, 1))
        diff.add_column(style="green", no_wrap=True)
        diff.add_column()
        diff.add_column()
        before = ""
        for line in learned.changes:
            step, change = m.groups() if (m := _DIFF.match(line)) else ("", line)
            diff.add_row("+", _text("" if step == before else step, "dim"), _text(change, "green"))
            before = step
        versions = f"version {learned.old} {self._signs['then']} version {learned.new}"
        self._print(_indented(_text(f"memory diff, {versions}", "bold")))
        self._print(_indented(diff))
        self._print("")

    def _ended(self, ended: Ended) -> None:
        from rich.columns import Columns
        from rich.console import Group
        from rich.panel import Panel

        proven = f"{len(ended.shown)} of {len(ended.shown) + len(ended.failed)} claims proven"
        names = [_text(f"{self._signs['held']} {name}", "green") for name in ended.shown]
        parts: list[RenderableType] = [
            _text(f"{proven} in {ended.seconds:.0f} s, with {ended.runs} runs and no model call.", "bold"), "",
            Columns(names, padding=(0, 3), column_first=True),
        ]
        if ended.failed:
            parts += ["", _text("not proven:", "bold red")]
            parts += [_text(f"{self._signs['failed']} {f.name}: {f.seen or f.claim}", "red") for f in ended.failed]
        parts += ["", _text("Your turn: rpa init my-office, then rpa record NAME --url URL", "")]
        if ended.folder:
            parts.append(_text(f"Everything is kept in {ended.folder}", "dim"))
        colour = "red" if ended.failed else "green"
        title = "Not everything held" if ended.failed else "What was proven"
        self._print(Panel(Group(*parts), title=title, border_style=colour, padding=(1, 2)))

    # ---- small parts ------------------------------------------------------------------------------------------------

    def _hang(self, sign: str, text: str, style: str, *, sign_style: str = "") -> None:
        """Write a sign and a text whose further lines stand below its first."""
        from rich.table import Table

        line = Table.grid(padding=(0, 1))
        line.add_column(no_wrap=True)
        line.add_column()
        line.add_row(_text(sign, sign_style or style), _text(text, style))
        self._print(_indented(line))

    def _print(self, what: RenderableType) -> None:
        self._console.print(what)


def _indented(what: RenderableType, by: int = 2) -> RenderableType:
    from rich.padding import Padding

    return Padding(what, (0, 0, 0, by), expand=False)


def _text(text: str, style: str) -> Text:
    """Return text as it is: what a page says is never read as markup, nor can it move the cursor."""
    from rich.text import Text

    return Text(harmless(text), style=style)
