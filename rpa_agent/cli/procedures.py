"""`procedure show|edit`: a procedure as text that people read and change; and a workflow's rehearsal."""

from __future__ import annotations

import shlex
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..domain.errors import ProcedureInvalid, RpaAgentError, UsageInvalid, WorkflowInvalid
from .memory_names import Name, Number, opened, procedure_of, version_json, version_of
from .out import answer, answer_json, say
from .place import Json, Place, settings_of, wait_for

if TYPE_CHECKING:
    from ..build import Built
    from ..domain.procedure import Procedure, Version
    from ..domain.workflow import Workflow
    from ..memory.rows import ProcedureLine
    from ..ops.settings import Settings
    from .running import Wanted

CANNOT_EDIT = "Set VISUAL or EDITOR, or edit a file: `rpa procedure show NAME > FILE`, then `--file FILE`."


def add_to(app: typer.Typer) -> None:
    """Add these commands under `procedure`."""
    group = typer.Typer(no_args_is_help=True, help="How a workflow is done: read it, correct it, edit it.")
    for command in (show, edit):
        group.command(command.__name__)(command)
    app.add_typer(group, name="procedure")


def show(ctx: typer.Context, name: Name, version: Number = None, json_: Json = False) -> int:
    """Show a procedure as text that can be edited: the same for the same know-how."""
    known = wait_for(_known(settings_of(ctx), name, version))
    if json_:
        document = known.version.document.model_dump(mode="json", by_alias=True)
        answer_json({"schema": 1, **version_json(known.version), "document": document})
    else:
        answer(_text(known).rstrip("\n"))
    return 0


def edit(
    ctx: typer.Context,
    name: Name,
    file: Annotated[Path | None, typer.Option(help="The edited text; - for standard input; default: opens $EDITOR.")] = None,
    correct: Annotated[list[str] | None, typer.Option(help="A correction by number, as in '4 draft'.")] = None,
    reason: Annotated[str, typer.Option(help="Why; kept with the version.")] = "",
    by: Annotated[str, typer.Option(help="Who; default: you.")] = "",
    json_: Json = False,
) -> int:
    """Save a procedure as you changed it as a new version; what was before can be brought back."""
    if file and correct:
        raise UsageInvalid("--file and --correct exclude each other")
    settings = settings_of(ctx)
    known = wait_for(_known(settings, name, None))
    if correct:
        return _correct(settings, known, tuple(correct), _Saying(reason, by, json_))
    text, source = _edited(settings, known, file)
    return _save_text(settings, known, text, source, _Saying(reason, by, json_))


@dataclass(frozen=True)
class _Known:
    line: ProcedureLine
    version: Version
    workflow: Workflow | None


@dataclass(frozen=True)
class _Saying:
    reason: str
    by: str
    as_json: bool


async def _known(settings: Settings, name: str, number: int | None) -> _Known:
    from ..store.workflow_files import find_workflow

    async with opened(settings) as memory:
        line = await procedure_of(memory, name)
        version = await version_of(memory, line, number)
    try:
        workflow = find_workflow(settings.workflows_dir, line.workflow)
    except WorkflowInvalid:
        workflow = None  # what memory knows can be read and edited where no file, or no valid one, goes with it
    return _Known(line, version, workflow)


def _text(known: _Known) -> str:
    from ..build.telling.sentences import sentence
    from ..store.procedure_text import to_text

    version = known.version
    return to_text(
        version.document,
        version=version.number,
        header=f"How {known.line.workflow} is done on {version.document.site}, version {version.number}.",
        sentences=[f"{i}. {sentence(s)}" for i, s in enumerate(version.document.steps, 1)],
    )


# ---- edit as text ---------------------------------------------------------------------------------------------------


def _edited(settings: Settings, known: _Known, file: Path | None) -> tuple[str, str]:
    """Return the edited text and where it came from."""
    if file is not None:
        return _read(file), str(file)
    from ..ops.settings import editor

    command = editor()
    if not command:
        raise UsageInvalid("there is no editor to open", do=CANNOT_EDIT)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{known.line.workflow}.procedure.yaml"
        path.write_text(_text(known), encoding="utf-8")
        try:
            done = subprocess.run([*shlex.split(command), str(path)], check=False)
        except (OSError, ValueError) as e:
            raise UsageInvalid(f"the editor {command!r} cannot be started: {e}", do=CANNOT_EDIT) from e
        if done.returncode:
            raise UsageInvalid(f"the editor {command!r} ended with {done.returncode}; nothing was saved")
        return _read(path), ""


def _read(path: Path) -> str:
    from ..store.yaml_text import MAX_BYTES

    try:
        if str(path) == "-":
            import sys

            return sys.stdin.read(MAX_BYTES + 1)
        with path.open("rb") as f:
            return f.read(MAX_BYTES + 1).decode("utf-8-sig")
    except UnicodeDecodeError as e:
        raise ProcedureInvalid("the file is not UTF-8 text; save it as UTF-8", where=str(path)) from e
    except OSError as e:
        raise ProcedureInvalid(f"cannot be read: {e.strerror or e}", do="Check the name.", where=str(path)) from e


def _save_text(settings: Settings, known: _Known, text: str, source: str, saying: _Saying) -> int:
    """Check the text and save it; where it is refused, what was written in an editor stays in a file."""
    from ..domain.errors import VersionMovedOn
    from ..store.procedure_text import from_text, version_in

    where = source or "the text"
    try:
        number = version_in(text, where)
        if number is not None and number != known.version.number:
            raise VersionMovedOn(
                f"this text was made of version {number}; version {known.version.number} of {known.line.workflow} is in use"
            )
        params = known.workflow.params if known.workflow is not None else None
        document = _told(known, from_text(text, known.version.document, params, where=where))
        saved = wait_for(_saved(settings, known, document, saying))
    except RpaAgentError as e:
        if not source or source == "-":
            e.remedy = f"{e.remedy} Your text is kept: correct it and pass it with --file {_keep(settings, known, text)}"
        raise
    _tell(known, saved, saying)
    return 0


def _told(known: _Known, document: Procedure) -> Procedure:
    """A script that was made of the steps follows them; one that a person wrote stays."""
    from ..build.telling.sentences import script_of

    before, checks = known.version.document, known.workflow.checks() if known.workflow else ()
    if document.script != before.script or before.script != "\n".join(script_of(before, checks)):
        return document
    return document.but(script="\n".join(script_of(document, checks)))


def _keep(settings: Settings, known: _Known, text: str) -> Path:
    from ..store.text_files import write_atomically

    path = settings.state / "edits" / f"{known.line.workflow}.procedure.yaml"
    write_atomically(path, text, keep_other_as=".bak", private=True)
    return path


async def _saved(settings: Settings, known: _Known, document: Procedure, saying: _Saying) -> Version | None:
    """Save as a new version in use; None where it knows nothing new."""
    from ..memory.rows import know_how, plain
    from ..ops.settings import person

    if know_how(plain(document)[0]) == know_how(plain(known.version.document)[0]):
        return None
    async with opened(settings, write=True) as memory:
        return await memory.add(
            document,
            workflow=known.line.workflow,
            author=saying.by or person(),
            status="untrusted" if known.version.status == "untrusted" else "active",  # an edit proves nothing
            note=saying.reason or "edited",
            after=known.version.number,
        )


def _tell(known: _Known, saved: Version | None, saying: _Saying) -> None:
    from ..memory.diff import diff

    lines = [t for t in diff(known.version, saved) if not t.startswith("status:")] if saved is not None else []
    if saying.as_json:
        answer_json({
            "schema": 1, "workflow": known.line.workflow, "before": known.version.number,
            "version": saved.number if saved else known.version.number, "saved": saved is not None, "changes": lines,
        })  # fmt: skip
        return
    for line in lines:
        answer(line)
    if saved is None:
        say(f"nothing was changed; version {known.version.number} of {known.line.workflow} stays in use")
    else:
        say(f"{known.line.workflow}: version {saved.number} is in use; `rpa memory rollback {known.line.workflow}` goes back")


# ---- edit by number -------------------------------------------------------------------------------------------------


def _correct(settings: Settings, known: _Known, lines: tuple[str, ...], saying: _Saying) -> int:
    """Make the same corrections as after a recording; the workflow file follows."""
    from ..build.telling.correct import corrected
    from ..store.workflow_files import read_examples, write_examples, write_workflow

    if known.workflow is None:
        raise UsageInvalid(
            f"{known.line.workflow} has no valid workflow file, which corrections by number change too",
            do="Correct it with `rpa validate`, or edit the text.",
        )
    path = settings.data_dir / f"{known.line.workflow}.examples.yaml"
    examples = read_examples(path) if path.exists() else {}
    before = _as_built(known.version.document, known.workflow, examples)
    built = corrected(before, lines)
    saved = wait_for(_saved(settings, known, built.procedure, saying))
    if built.workflow != known.workflow:
        file = settings.workflows_dir / f"{known.line.workflow}.yaml"
        write_workflow(file, built.workflow)
        say(f"wrote {file}; as it was before, with its comments: {file.name}.bak")
    if built.examples != examples:
        write_examples(path, built.examples)
    for secret in built.secrets:
        say(f"set before a run: RPA_SECRET_{secret.upper()}")
    if not saying.as_json:
        for text in built.sentences:
            answer(text)
    _tell(known, saved, saying)
    return 0


def _as_built(document: Procedure, workflow: Workflow, examples: dict[str, str]) -> Built:
    from ..build import Built

    return Built(document, workflow, examples, {}, (), {})


# ---- rehearsals -----------------------------------------------------------------------------------------------------


async def rehearse_workflow(place: Place, wanted: Wanted, *, env_file: Path | None) -> int:
    """Rehearse a workflow with the values of the command line; tell what is not as it was shown."""
    from ..agent import Agent
    from ..ops.telemetry import log_to
    from ..showing import rehearse
    from ..store.workflow_files import find_workflow
    from .review import rehearsal_exit, rehearsal_json, rehearsal_lines
    from .running import order, params_of, secrets_for

    if wanted.rows is not None:
        raise UsageInvalid("a rehearsal is one run: give its values with --param or --examples, not --rows")
    settings = place.settings
    workflow = find_workflow(settings.workflows_dir, wanted.name)
    secrets = secrets_for(place, env_file)
    one = order(settings, workflow, wanted, secrets, params_of(settings, workflow, wanted))
    end_logging = log_to("warning", settings.log_file, secrets.hide)
    try:
        async with Agent.open(settings) as agent:
            rehearsed = await rehearse(agent, one)
    finally:
        end_logging()
    if wanted.as_json:
        answer_json({"schema": 1, "workflow": wanted.name, "rehearsal": rehearsal_json(rehearsed)})
    for line in rehearsal_lines(rehearsed) if not wanted.as_json else ():
        answer(line)
    return rehearsal_exit(rehearsed)
