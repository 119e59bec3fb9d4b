"""Commands that exchange recordings with other tools: `import`, `export`, and the first run of what was imported."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..domain.errors import ImportInvalid, NoProcedure, UsageInvalid
from ..domain.workflow import NAME
from .out import answer, answer_json, say
from .place import Json, Place, settings_of, wait_for
from .recording import built_json

if TYPE_CHECKING:
    from ..agent import Agent
    from ..build import Built
    from ..domain.procedure import Procedure
    from ..domain.workflow import Workflow
    from ..exchange import Supervised
    from ..formats.given import Imported
    from ..ops.settings import Settings
    from .running import Wanted

TARGETS = ("playwright", "devtools")


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    app.command("import")(import_)
    app.command("export")(export)


def import_(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="A recording: DevTools JSON, Playwright Python, browser-use history.")],
    name: Annotated[str, typer.Option(help="Name of the workflow; default: after the file.")] = "",
    task: Annotated[str, typer.Option(help="What the workflow achieves, in a sentence.")] = "",
    site: Annotated[str, typer.Option(help="Name of the site; default: its host.")] = "",
    as_: Annotated[str | None, typer.Option("--as", help="devtools, playwright or browser-use; default: found.")] = None,
    secrets_to: Annotated[str, typer.Option(help="Where secrets of the file go: a file, keyring, or none.")] = "none",
    json_: Json = False,
) -> int:
    """Read another tool's recording; it runs supervised only, until it proved itself there."""
    from ..ops.secret.handing import require_place

    settings = settings_of(ctx)
    require_place(secrets_to, keyring=settings.keyring)
    imported = _read(file, as_)
    name = _name_of(settings, name, file)
    wanted = task or imported.title or name.replace("-", " ").capitalize()
    built = wait_for(_remember(settings, imported, name=name, task=wanted, site=site))
    files = _written(settings, built, secrets_to=secrets_to)
    _tell_imported(imported, built, files, as_json=json_)
    return 0


def _read(file: Path, as_: str | None) -> Imported:
    from ..formats.reading import MOST_BYTES, read_recording

    try:
        with file.open("rb") as f:
            data = f.read(MOST_BYTES + 1)
    except OSError as e:
        raise ImportInvalid(f"it cannot be read: {e.strerror or e}", do="Check the name.", where=str(file)) from e
    return read_recording(data, as_=as_, where=str(file))


def _name_of(settings: Settings, given: str, file: Path) -> str:
    name = given or re.sub(r"[^a-z0-9]+", "-", file.stem.casefold()).strip("-")[:64]
    if not re.fullmatch(NAME, name):
        raise UsageInvalid(f"{name!r} is no workflow name", do="Name it with --name, as in --name enter-invoice.")
    if not given and (settings.workflows_dir / f"{name}.yaml").exists():
        do = f"Write --name {name} to import it once more, or another name."
        raise UsageInvalid(f"there is a workflow {name} already", do=do)
    return name


async def _remember(settings: Settings, imported: Imported, *, name: str, task: str, site: str) -> Built:
    from urllib.parse import urlsplit

    from ..agent import Agent
    from ..exchange import import_recording

    async with Agent.open(settings) as agent:
        host = urlsplit(imported.recording.base_url).netloc
        built, _ = await import_recording(agent, imported, name=name, task=task, site=site or host)
    return built


def _written(settings: Settings, built: Built, *, secrets_to: str) -> list[Path]:
    """Write workflow, examples and secrets; return the files. What was there before is kept as .bak."""
    from ..ops.secret.handing import hand_over
    from ..store.workflow_files import write_examples, write_workflow

    name = built.workflow.name
    files = [settings.workflows_dir / f"{name}.yaml"]
    remarks = {**built.remarks, "success": "checked at the end of every run; add what proves that the work was done"}
    write_workflow(files[0], built.workflow, remarks)
    if built.examples:
        files.append(settings.data_dir / f"{name}.examples.yaml")
        write_examples(files[-1], built.examples)
    if any(built.secrets.values()) and secrets_to != "none":
        files += hand_over(built.secrets, secrets_to)
    return files


def _tell_imported(imported: Imported, built: Built, files: Sequence[Path], *, as_json: bool) -> None:
    name = built.workflow.name
    if as_json:
        answer_json(
            built_json(built, files)
            | {
                "format": imported.format,
                "status": "untrusted",
                "imported": [t.as_json() for t in imported.imported()],
                "skipped": [t.as_json() for t in imported.skipped()],
            }
        )
        return
    for line in built.sentences:
        answer(line)
    for told in imported.skipped():
        say(f"left out {told.where}: {told.what} ({told.why})")
    for file in files:
        say(f"wrote {file}")
    if built.workflow.secrets:
        say("set before a run: " + ", ".join(f"RPA_SECRET_{n.upper()}" for n in built.workflow.secrets))
    examples = " --examples" if built.examples else ""
    say(f"No page has shown these steps yet. Do them once under your eyes: rpa run {name} --supervised{examples}")


# ---- the first run of what was imported ---------------------------------------------------------------------------------


async def supervise_workflow(place: Place, wanted: Wanted, *, env_file: Path | None = None) -> int:
    """Do imported steps once, asking before whatever may send; what the pages showed is remembered."""
    from ..agent import Agent
    from ..domain.errors import ParamsInvalid
    from ..exchange import supervise
    from ..store.workflow_files import find_workflow
    from .running import params_of, secrets_for
    from .supervising import ask_of_import

    settings = place.settings
    workflow = find_workflow(settings.workflows_dir, wanted.name)
    if wanted.rows is not None:
        raise ParamsInvalid("a supervised run does one record", do="Give --param or --examples.")
    secrets = secrets_for(place, env_file)
    params = params_of(settings, workflow, wanted)
    async with Agent.open(settings) as agent:
        base = (wanted.base_url or settings.base_url_for(workflow.name) or workflow.base_url).rstrip("/")
        done = await supervise(agent, workflow, params=params, secrets=secrets, base_url=base, ask=ask_of_import)
    if done.built is not None:
        kept = done.built.workflow.but(base_url=workflow.base_url)
        from dataclasses import replace

        _written(settings, replace(done.built, workflow=kept), secrets_to="none")
    _tell_supervised(workflow, done, as_json=wanted.as_json)
    return 0 if done.built is not None else 1


def _tell_supervised(workflow: Workflow, done: Supervised, *, as_json: bool) -> None:
    why = [f"step {n} was left out" for n in done.left_out] + [f"not met: {check}" for check in done.unmet]
    if as_json:
        procedure: dict[str, Any] = {}
        if done.built is not None and done.version is not None:
            procedure = {"id": done.version.procedure, "version_written": done.version.number}
        answer_json(
            {
                "schema": 1,
                "workflow": workflow.name,
                "outcome": "succeeded" if done.built is not None else "failed",
                "stopped": "; ".join(why),
                "procedure": procedure,
                "steps": len(done.built.procedure.steps) if done.built else 0,
                "commits": [c.name for c in done.built.workflow.commits] if done.built else [],
                "params": list(done.built.workflow.params) if done.built else [],
                "sentences": list(done.built.sentences) if done.built else [],
            }
        )
        return
    if done.built is None:
        say(f"Done, and nothing was learned from it: {'; '.join(why)}.")
        return
    for line in done.built.sentences:
        answer(line)
    say(f"Learned as seen. From now on: rpa run {workflow.name}")


# ---- export -------------------------------------------------------------------------------------------------------------


def export(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="Name of the workflow.")],
    to: Annotated[str, typer.Option(help="playwright (a Python script) or devtools (Recorder JSON).")],
    out: Annotated[Path | None, typer.Option(help="The file to write; default: stdout.")] = None,
    examples: Annotated[
        bool, typer.Option("--examples", help="devtools: fill in the example values, secrets left out.")
    ] = False,
    json_: Json = False,
) -> int:
    """Write a workflow as a script of another tool, which runs on its own."""
    if to not in TARGETS:
        raise UsageInvalid(f"--to {to!r} is unknown", do=f"Write one of {', '.join(TARGETS)}.")
    from ..store.text_files import write_atomically
    from ..store.workflow_files import find_workflow, read_examples

    settings = settings_of(ctx)
    workflow = find_workflow(settings.workflows_dir, name)
    procedure = wait_for(_procedure_of(settings, workflow))
    if to == "playwright":
        from ..formats.playwright import export_playwright

        text = export_playwright(procedure, workflow)
    else:
        from ..formats.devtools_export import export_devtools

        values = read_examples(settings.data_dir / f"{name}.examples.yaml") if examples else {}
        text = export_devtools(procedure, workflow, values=values)
    if out is not None:
        write_atomically(out, text, keep_other_as=".bak")
        say(f"wrote {out}")
    if json_:
        said = {"file": str(out)} if out is not None else {"text": text}
        answer_json({"schema": 1, "workflow": name, "to": to, **said})
    elif out is None:
        sys.stdout.write(text)
    return 0


async def _procedure_of(settings: Settings, workflow: Workflow) -> Procedure:
    from ..agent import Agent

    async with Agent.open(settings) as agent:
        return await _newest(agent, workflow)


async def _newest(agent: Agent, workflow: Workflow) -> Procedure:
    """Return what would run, else what was imported."""
    known = await agent.memory.known(site=workflow.site_name(), workflow=workflow.name)
    for status in ("active", "suspect", "candidate", "untrusted"):
        for version in known:
            if version.status == status:
                return version.document
    raise NoProcedure(f"no procedure is known for {workflow.name}", where=workflow.name)
