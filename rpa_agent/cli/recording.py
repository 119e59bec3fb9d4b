"""What `rpa record` does around a demonstration: load the script, write the files, tell what was understood."""

from __future__ import annotations

import importlib.util
import inspect
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ..domain.errors import BrowserUnfit, UsageInvalid
from ..domain.workflow import NAME
from .out import answer, answer_json, say

if TYPE_CHECKING:
    from ..build import Built
    from ..ops.settings import Settings

Demonstration = Callable[[Any], Awaitable[None]]


async def record_workflow(
    settings: Settings,
    name: str,
    *,
    url: str,
    task: str,
    site: str,
    script: Path | None,
    secrets_to: str,
    as_json: bool,
) -> int:
    """Record, write workflow and examples, hand the secrets over, and end with the page of plain sentences."""
    from ..agent import Agent

    if not re.fullmatch(NAME, name):
        raise UsageInvalid(f"{name!r} is no workflow name", do="Use small letters, digits and -, as in enter-invoice.")
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        raise UsageInvalid(f"--url {url!r} is not an http(s) address")
    if secrets_to == "keyring":
        raise UsageInvalid("--secrets-to keyring is not available yet", do="Name a file, or none.")
    demonstrate = load_demonstration(script) if script else None
    if demonstrate is None:
        if not settings.screen:
            raise BrowserUnfit(
                "there is no screen to show the work on", do="Record on a desktop, or pass --script FILE."
            )
        say("A window opens. Work as usual; close the window when you are done.")
    async with Agent.open(settings) as agent:
        built = await agent.record(name, url, task=task, site=site, demonstrate=demonstrate)
    files = write_files(settings, built, secrets_to=secrets_to)
    if as_json:
        answer_json(
            {
                "schema": 1,
                "workflow": name,
                "procedure": built.procedure.procedure,
                "steps": len(built.procedure.steps),
                "params": list(built.workflow.params),
                "secrets": list(built.secrets),
                "commits": [c.name for c in built.workflow.commits],
                "files": [str(f) for f in files],
                "sentences": list(built.sentences),
            }
        )
        return 0
    for line in built.sentences:
        answer(line)
    for file in files:
        say(f"wrote {file}")
    if built.secrets and secrets_to == "none":
        say("set before a run: " + ", ".join(f"RPA_SECRET_{n.upper()}" for n in built.secrets))
    return 0


def write_files(settings: Settings, built: Built, *, secrets_to: str) -> list[Path]:
    """Write workflows/NAME.yaml, data/NAME.examples.yaml and the secrets; return what was written."""
    from ..ops.secrets import write_env_file
    from ..store.workflow_files import write_examples, write_workflow

    name = built.workflow.name
    written = [settings.workflows_dir / f"{name}.yaml"]
    workflow = built.workflow.but(repair="remember")
    remarks = {
        **built.remarks,
        "repair": "off, propose, this_run or remember; what is learned stays a candidate until proven",
    }
    write_workflow(written[0], workflow, remarks)
    if built.examples:
        written.append(settings.data_dir / f"{name}.examples.yaml")
        write_examples(written[-1], built.examples)
    if built.secrets and secrets_to != "none":
        written.append(Path(secrets_to).expanduser())
        write_env_file(written[-1], dict(built.secrets))
    return written


def load_demonstration(path: Path) -> Demonstration:
    """Return `demonstrate` of a script file; raises UsageInvalid when there is none."""
    if not path.is_file():
        raise UsageInvalid(f"--script {path} does not exist")
    spec = importlib.util.spec_from_file_location(f"demonstration_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise UsageInvalid(f"--script {path} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except (SyntaxError, ImportError, NameError) as e:
        raise UsageInvalid(f"--script {path} cannot be loaded: {e}") from e
    found = getattr(module, "demonstrate", None)
    if not inspect.iscoroutinefunction(found):
        raise UsageInvalid(f"--script {path} holds no `async def demonstrate(page)`")
    return found
