"""What a foreign recording became: acts as far as they are known, checks, and what was left out, line by line."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urljoin, urlsplit

from ..domain.errors import ImportInvalid
from ..domain.procedure import Answer, StepKind
from ..domain.recording import Act, Recording
from ..domain.workflow import Check
from .elements import Element

Format = Literal["devtools", "playwright", "browser-use"]
_FIELDS = {"textbox", "searchbox", "spinbutton", "combobox", "listbox", "slider"}
MOST_STEPS = 2000  # a person shows a hundred steps; more is no demonstration


@dataclass(frozen=True)
class Told:
    """What became of one line or step of the file. ``understood`` is false for what was left out, with the reason."""

    where: str  # "line 12", "step 3"
    what: str  # in words, or as it stands there
    understood: bool = True
    why: str = ""

    def as_json(self) -> dict[str, str]:
        return {"where": self.where, "what": self.what, **({"reason": self.why} if self.why else {})}


@dataclass(frozen=True)
class Imported:
    """A foreign recording, read. ``told`` names every step of the file, imported or skipped."""

    format: Format
    recording: Recording
    title: str = ""
    checks: tuple[Check, ...] = ()
    told: tuple[Told, ...] = ()

    def imported(self) -> tuple[Told, ...]:
        return tuple(t for t in self.told if t.understood)

    def skipped(self) -> tuple[Told, ...]:
        return tuple(t for t in self.told if not t.understood)


@dataclass
class Reader:
    """Collects what the steps of one file say; knows the page as far as the file tells it."""

    format: Format
    title: str = ""
    acts: list[Act] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    secrets: dict[str, str] = field(default_factory=dict)
    start: str = ""
    _urls: dict[int, str] = field(default_factory=dict)
    _pages: int = 0

    def opened(self, url: str, where: str, *, tab: int = 0) -> None:
        """An address was opened; the first one is where the work begins."""
        parts = urlsplit(urljoin(self._urls.get(tab) or self.start, url))
        if parts.scheme not in {"http", "https"} or not parts.netloc:
            self.skipped(where, f"open {url[:80]}", "only http and https addresses are opened")
            return
        url = parts.geturl()
        self._urls[tab] = url
        if not self.start:
            self.start = url
        self.acts.append(Act(kind="goto", url=url, value=url, url_after=url, tab=tab))
        self.told.append(Told(where, f"open {url}"))

    def add(self, kind: StepKind, where: str, on: Element | None = None, **more: Any) -> None:
        """One act was read."""
        if len(self.acts) >= MOST_STEPS:
            raise ImportInvalid(f"{where}: it has more than {MOST_STEPS} steps, which no person showed")
        tab = more.get("tab", 0)
        if not self.start:
            raise ImportInvalid(
                f"{where}: it acts before any page was opened", do="Begin the recording with opening an address."
            )
        fp = on.fingerprint(kind) if on is not None else None
        if fp is not None and kind == "fill" and on is not None and (name := on.secret_name(more.get("value") or "")):
            typed = str(more.get("value") or "")
            if not typed.startswith(("{{", "<secret>")):
                self.secrets[name] = typed
            more.update(value=name, secret=True)
        self._without_click_before(kind, on, tab)
        self.acts.append(
            Act(
                kind=kind,
                url=self._page(tab),
                url_after=self._page(tab),
                element=fp,
                locators=tuple(on.locators) if on is not None else (),
                row=on.row_seen() if on is not None else None,
                input_type=on.type if on is not None else "",
                **more,
            )
        )
        nameless = on is not None and not (fp and (fp.name or fp.label or fp.placeholder or fp.text or fp.test_id))
        called = on.locators[0] if on is not None and nameless else fp.words() if fp else more.get("value") or ""
        said = f"{kind} {called}".strip()
        self.told.append(Told(where, said))
        leads = kind in {"click", "dblclick"} and (fp is None or fp.role not in _FIELDS)
        if leads or (kind == "press" and more.get("value") == "Enter"):
            self._pages += 1  # whatever stands there now may be another page

    def _without_click_before(self, kind: StepKind, on: Element | None, tab: int) -> None:
        """Clicking into a field and typing there is one act."""
        last = self.acts[-1] if self.acts else None
        if kind in {"fill", "select"} and last is not None and on is not None and last.kind == "click":
            same = bool(set(last.locators) & set(on.locators)) and last.tab == tab
            if same and not (last.popup or last.download or last.dialog):
                self.acts.pop()

    def _page(self, tab: int) -> str:
        """Return the address as far as the file tells it; pages that may have changed since are told apart."""
        url = self._urls.get(tab) or self.start
        return f"{url}#after-{self._pages}" if self._pages else url

    def went_to(self, url: str, *, tab: int = 0) -> None:
        """The file says which page the last act led to."""
        known = self._urls.get(tab) or self.start
        url = urljoin(known, url)
        if urlsplit(url).scheme in {"http", "https"} and self.acts:
            self._urls[tab] = url
            self.acts[-1] = self.acts[-1].but(url_after=url)

    def caused(self, **signals: Any) -> None:
        """The last act opened a tab, downloaded a file or asked something."""
        if self.acts:
            self.acts[-1] = self.acts[-1].but(**signals)

    def answered(self, question: str, answer: Answer) -> None:
        self.caused(dialog=question, answer=answer)

    def skipped(self, where: str, what: str, why: str) -> None:
        self.told.append(Told(where, " ".join(what.split())[:160], understood=False, why=why))

    def check(self, check: Check, where: str) -> None:
        self.checks.append(check)
        self.told.append(Told(where, f"check: {check.words()}"))

    def finished(self) -> Imported:
        """Return all that was read; raises ImportInvalid when nothing is left to do."""
        if not any(a.kind != "goto" for a in self.acts):
            why = "; ".join(f"{t.where}: {t.why}" for t in self.told if not t.understood)[:400]
            raise ImportInvalid(
                f"no click and no typing was found in it{f' ({why})' if why else ''}",
                do="Record again and work on the page.",
            )
        parts = urlsplit(self.start)
        recording = Recording(
            base_url=f"{parts.scheme}://{parts.netloc}",
            start=self.start,
            acts=tuple(self.acts),
            secrets=self.secrets,
            last_url=next((a.url_after for a in reversed(self.acts) if a.url_after), ""),
        )
        return Imported(self.format, recording, self.title, tuple(self.checks), tuple(self.told))
