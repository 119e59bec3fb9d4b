"""What `rpa record` does around a demonstration: watch, show what was understood, take corrections, keep, rehearse."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ..domain.errors import ActionFailed, BrowserUnfit, RpaAgentError, UsageInvalid
from ..domain.workflow import NAME
from .out import answer_json, say
from .place import Place, wait_for
from .review import asked, at_a_terminal, rehearsal_exit, rehearsal_json, rehearsal_lines, review, show, wanted_too

if TYPE_CHECKING:
    from ..agent import Agent
    from ..build import Built
    from ..domain.procedure import Version
    from ..domain.recording import Recording
    from ..domain.workflow import Workflow
    from ..ops.secret.secrets import SecretSources
    from ..ops.settings import Settings
    from ..run.rehearse import Rehearsed

Demonstration = Callable[[Any], Awaitable[None]]
DISCARDED = 130


@dataclass(frozen=True)
class Wanted:
    """What the command line asks for."""

    name: str
    url: str = ""
    task: str = ""
    site: str = ""
    script: Path | None = None
    secrets_to: str = "none"
    correct: Sequence[str] = ()
    yes: bool = False
    again: bool = False
    kept: bool = False
    rehearse: bool = False
    as_json: bool = False
    account: str = ""  # recorded logged in as this account
    secrets: SecretSources | None = None  # of that account
    allow: Sequence[str] = ()  # the only hosts that are reached besides the site's own; empty: every host

    @property
    def asks(self) -> bool:
        """Whether a person is there who agrees or corrects."""
        return not (self.yes or self.as_json or self.script) and at_a_terminal()


@dataclass(frozen=True)
class Shown:
    """What one demonstration became: alone, and together with what was known before."""

    alone: Built
    built: Built
    after: Version | None = None
    steps: Sequence[str] = ()  # of what was built, those that this demonstration had; empty: all


def record_workflow(place: Place, wanted: Wanted) -> int:
    """Record, correct, and only then write procedure, workflow and examples; hand the secrets over; return the exit
    code. What was watched stays in a file until then, so that nothing has to be shown twice."""
    from ..ops.secret.handing import require_place

    settings, place.names = place.settings, (wanted.name,)
    known = _known(settings, wanted)
    require_place(wanted.secrets_to, keyring=settings.keyring)
    wanted = replace(wanted, url=url_of(wanted, known))
    kept = settings.state / "recordings" / f"{wanted.name}.json"
    demonstrate = hands(settings, wanted)
    _tidy_up(settings, wanted)
    before = _written_at(kept)
    try:
        shown = _agreed(wait_for(_watched(place, wanted, demonstrate, known, kept)), wanted)
    except (RpaAgentError, KeyboardInterrupt):
        if wanted.kept or _written_at(kept) != before:
            say(f"Nothing was written. What was shown is kept: rpa record {wanted.name} --kept")
        raise
    if shown is None:
        say(f"Nothing was written. What was shown is kept: rpa record {wanted.name} --kept")
        return DISCARDED
    files = wait_for(_remembered(settings, wanted, shown))
    kept.unlink(missing_ok=True)
    offered = wanted.asks and wanted_too("Rehearse it now, up to the first step that sends?", asked)
    if not wanted.as_json:
        _tell(wanted, shown.built, files)
    if not (wanted.rehearse or offered):
        if wanted.as_json:
            answer_json(_told(shown.built, files))
        return 0
    return _rehearsed_too(settings, wanted, shown, files)


def _tidy_up(settings: Settings, wanted: Wanted) -> None:
    from ..ops.kept_recordings import forget_old

    now = datetime.now().astimezone()
    for name in forget_old(settings.state / "recordings", days=settings.retention_days, now=now, but=wanted.name):
        say(f"What was shown of {name} more than {settings.retention_days} days ago, and never agreed to, was removed.")


def _written_at(path: Path) -> int:
    return path.stat().st_mtime_ns if path.is_file() else 0


def _known(settings: Settings, wanted: Wanted) -> Workflow | None:
    """Return the workflow that one more demonstration is for; raises what is wrong with the command line."""
    if not re.fullmatch(NAME, wanted.name):
        raise UsageInvalid(
            f"{wanted.name!r} is no workflow name", do="Use small letters, digits and -, as in enter-invoice."
        )
    if wanted.kept and wanted.script:
        raise UsageInvalid("--kept builds from what was shown before; --script would show it again")
    if not wanted.again:
        return None
    from ..store.workflow_files import find_workflow

    return find_workflow(settings.workflows_dir, wanted.name)


def url_of(wanted: Wanted, known: Workflow | None) -> str:
    """Return where the demonstration begins; raises UsageInvalid."""
    url = wanted.url or (known.base_url + known.start if known is not None else "")
    if wanted.kept:
        return url
    if not url:
        raise UsageInvalid("Missing option '--url': where the work begins", do="Write --url https://…")
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        raise UsageInvalid(f"--url {url!r} is not an http(s) address")
    return url


def hands(settings: Settings, wanted: Wanted) -> Demonstration | None:
    """Return the script that shows the work, or None for the person, who is told that a window opens."""
    if wanted.kept:
        return None
    if wanted.script:
        from .script import load_demonstration

        return load_demonstration(wanted.script)
    if not settings.screen:
        raise BrowserUnfit("there is no screen to show the work on", do="Record on a desktop, or pass --script FILE.")
    say("A window opens. Work as usual; close the window when you are done.")
    return None


async def _watched(
    place: Place, wanted: Wanted, demonstrate: Demonstration | None, known: Workflow | None, kept: Path
) -> Shown:
    """Watch the demonstration, or take the one that was kept, and build from it."""
    from ..agent import Agent
    from ..build import build_procedure
    from ..build.secret_fields import typed_secrets
    from ..store.recordings import HIDDEN, Kept, keep_recording, kept_recording
    from .login import of_account, watched

    async with Agent.open(settings := place.settings) as agent:
        if wanted.kept:
            before = kept_recording(kept)
            recording = before.recording
            wanted = replace(wanted, task=wanted.task or before.task, site=wanted.site or before.site)
        else:
            recording = await watched(agent, wanted, demonstrate)
        place.also_hide(*(value for value in typed_secrets(recording) if value != HIDDEN))
        for remark in (recording.stopped, *recording.remarks):
            if remark:
                say(remark)
        hidden: Mapping[str, str] = of_account(settings, wanted)
        try:
            alone = build_procedure(
                recording, name=wanted.name,
                task=wanted.task or (known.task if known else "") or wanted.name.replace("-", " ").capitalize(),
                site=_site(wanted, known, recording),
                salt=agent.memory.salt, hidden=tuple(hidden.values()),
            )
            hidden = {**hidden, **alone.secrets}
            alone = replace(alone, secrets={n: v for n, v in alone.secrets.items() if v != HIDDEN})
            alone = replace(alone, workflow=alone.workflow.but(account=wanted.account or None))
        finally:
            if not wanted.kept and len(recording.acts) > 1:
                keep_recording(kept, Kept(task=wanted.task, site=wanted.site, recording=recording), hidden, hide=place.hide)
        if recording.failed and not wanted.kept:
            raise ActionFailed(recording.stopped, do="Mend the script, or build from what it had shown: --kept.")
        if known is None:
            return Shown(alone, alone)
        return await _together(settings, agent, known, alone)


def _site(wanted: Wanted, known: Workflow | None, recording: Recording) -> str:
    return wanted.site or (known.site_name() if known else "") or urlsplit(recording.base_url).netloc


async def _together(settings: Settings, agent: Agent, known: Workflow, alone: Built) -> Shown:
    from ..build.several.together import Known, together
    from ..showing import known_version
    from ..store.recordings import Demonstration as Earlier
    from ..store.recordings import demonstrations
    from ..store.workflow_files import read_examples

    version = await known_version(agent, known.site_name(), known.name)
    path = settings.data_dir / f"{known.name}.examples.yaml"
    examples = read_examples(path) if path.exists() else {}
    earlier = demonstrations(_history(settings, known.name)) or (
        Earlier(examples=examples, steps=tuple(s.id for s in version.document.steps)),
    )
    before = Known(version.document, known, examples, tuple((d.examples, d.steps) for d in earlier))
    merged = together(before, alone)
    return Shown(alone, merged.built, version, merged.shown)


def _agreed(shown: Shown, wanted: Wanted) -> Shown | None:
    """Make the corrections of the command line, then those of the person; None where they do not agree."""
    from ..build.telling.correct import corrected

    built = shown.built
    if wanted.correct:
        if not wanted.as_json:
            show(built)
        built = corrected(built, wanted.correct)
    if not wanted.asks:
        if not wanted.as_json:
            show(built)
        return _corrected(shown, built, wanted)
    agreed = review(built, asked)
    return _corrected(shown, agreed, wanted) if agreed is not None else None


def _corrected(shown: Shown, built: Built, wanted: Wanted) -> Shown:
    """Where nothing was known before, what was corrected is also what was shown."""
    return replace(shown, built=built, alone=shown.alone if wanted.again else built)


def _rehearsed_too(settings: Settings, wanted: Wanted, shown: Shown, files: Sequence[Path]) -> int:
    """Rehearse what was just written; where that is not possible, it is written all the same."""
    try:
        rehearsed = wait_for(_rehearsed(settings, wanted, shown))
    except RpaAgentError as e:
        if not wanted.as_json:
            raise
        answer_json(_told(shown.built, files) | {"rehearsal": {"outcome": "stopped", "error": e.as_json()}})
        return e.exit_code
    if wanted.as_json:
        answer_json(_told(shown.built, files) | {"rehearsal": rehearsal_json(rehearsed)})
    for line in rehearsal_lines(rehearsed) if not wanted.as_json else ():
        say(line)
    return rehearsal_exit(rehearsed)


async def _remembered(settings: Settings, wanted: Wanted, shown: Shown) -> list[Path]:
    from ..agent import Agent
    from ..showing import keep
    from ..store.recordings import Demonstration as Done
    from ..store.recordings import add_demonstration

    async with Agent.open(settings) as agent:
        await keep(agent, shown.built, demonstration=shown.alone, after=shown.after)
        files = write_files(settings, shown.built, secrets_to=wanted.secrets_to, keep_repair=shown.after is not None)
        left = [s.id for s in shown.built.procedure.steps]
        done = Done(examples=shown.built.examples, steps=tuple(s for s in left if s in (shown.steps or left)))
        add_demonstration(_history(settings, wanted.name), done, first=shown.after is None)
    return files


async def _rehearsed(settings: Settings, wanted: Wanted, shown: Shown) -> Rehearsed:
    """Use the values of the demonstration; a secret that was not typed in it is looked for as for a run."""
    from pydantic import SecretStr

    from ..agent import Agent, Order
    from ..ops.secret.secrets import SecretSources, gather
    from ..showing import rehearse
    from .login import account_secrets

    workflow = shown.built.workflow
    typed = {n: SecretStr(v) for n, v in {**shown.alone.secrets, **shown.built.secrets}.items() if v}
    file = Path(wanted.secrets_to).expanduser() if wanted.secrets_to not in {"none", "keyring"} else None
    at_hand = gather(file if file and file.is_file() else None)
    typed |= {n: SecretStr(at_hand.reveal(n)) for n in workflow.secrets if n not in typed}
    typed |= account_secrets(settings, wanted)
    params = {n: v for n, v in shown.built.examples.items() if n in workflow.params}
    order = Order(
        workflow=workflow,
        params=params,
        secrets=SecretSources([("the demonstration", typed)]),
        base_url=settings.base_url_for(workflow.name) or workflow.base_url,
    )
    async with Agent.open(settings) as agent:
        return await rehearse(agent, order)


def _history(settings: Settings, name: str) -> Path:
    return settings.state / "recordings" / f"{name}.shown.jsonl"


def built_json(built: Built, files: Sequence[Path]) -> dict[str, Any]:
    """Return what was built and written, as every command that builds answers."""
    return {
        "schema": 1,
        "workflow": built.workflow.name,
        "procedure": built.procedure.procedure,
        "steps": len(built.procedure.steps),
        "params": list(built.workflow.params),
        "secrets": list(built.workflow.secrets),
        "commits": [c.name for c in built.workflow.commits],
        "files": [str(f) for f in files],
        "sentences": list(built.sentences),
    }


def _told(built: Built, files: Sequence[Path]) -> dict[str, Any]:
    return built_json(built, files) | {
        "questions": [
            {"step": q.step, "param": q.param, "shown": q.shown, "readings": dict(q.readings)} for q in built.questions
        ],
        "advice": [a.as_json() for a in built.advice],
    }


def _tell(wanted: Wanted, built: Built, files: Sequence[Path]) -> None:
    for file in files:
        say(f"wrote {file}")
    if built.workflow.secrets and wanted.secrets_to == "none":
        say("set before a run: " + ", ".join(f"RPA_SECRET_{n.upper()}" for n in built.workflow.secrets))


def write_files(settings: Settings, built: Built, *, secrets_to: str, keep_repair: bool = False) -> list[Path]:
    """Write workflows/NAME.yaml, data/NAME.examples.yaml, the rows and the secrets; return what was written."""
    from ..store.workflow_files import write_examples, write_workflow

    name = built.workflow.name
    written = [settings.workflows_dir / f"{name}.yaml"]
    workflow = built.workflow if keep_repair else built.workflow.but(repair="remember")
    remarks = {
        **built.remarks,
        "repair": "off, propose, this_run or remember; what is learned stays a candidate until proven",
    }
    write_workflow(written[0], workflow, remarks)
    if built.examples:
        written.append(settings.data_dir / f"{name}.examples.yaml")
        write_examples(written[-1], built.examples)
    if built.rows and workflow.rows is not None:
        written.append(settings.project / workflow.rows.file)
        _write_rows(written[-1], built)
    if built.secrets and secrets_to != "none":
        from ..ops.secret.handing import hand_over

        written += hand_over(built.secrets, secrets_to)
    return written


def _write_rows(path: Path, built: Built) -> None:
    """One line per record that was shown, in the columns of the parameters."""
    import csv
    import io

    from ..store.text_files import write_atomically

    text = io.StringIO()
    columns = [n for n in built.workflow.params if any(n in row for row in built.rows)]
    table = csv.DictWriter(text, columns, extrasaction="ignore", restval="", lineterminator="\n")
    table.writeheader()
    table.writerows(built.rows)
    write_atomically(path, text.getvalue(), keep_other_as=".bak")
