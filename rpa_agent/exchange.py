"""Imports and exports: a foreign recording is remembered as untrusted, and proved once under a person's eyes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from .domain.errors import NoProcedure, UsageInvalid
from .domain.hosts import allowed_hosts
from .domain.procedure import Procedure, Version
from .domain.template import names_in, whole_name
from .domain.values import check_params, spell
from .domain.workflow import Check, Workflow

if TYPE_CHECKING:
    from .agent import Agent
    from .browser.recorder.drive import Ask, Driven
    from .build import Built
    from .domain.ports import Secrets
    from .formats.given import Imported


@dataclass(frozen=True)
class Supervised:
    """What a supervised run came to: what was learned, or why nothing was."""

    built: Built | None
    version: Version | None
    left_out: tuple[int, ...] = ()
    unmet: tuple[str, ...] = ()


async def import_recording(agent: Agent, imported: Imported, *, name: str, task: str, site: str) -> tuple[Built, Version]:
    """Remember a foreign recording as untrusted: it runs supervised only, until it proved itself there.

    Raises UsageInvalid where the workflow runs already: what works is not put aside for what nobody has seen.
    """
    from .build.imported import FROM, build_imported

    for line in await agent.memory.procedures():
        if line.workflow != name:
            continue
        if any(v.status not in {"untrusted", "retired"} for v in await agent.memory.known(site=line.site, workflow=name)):
            raise UsageInvalid(f"{name} runs here already; nothing was stored", do="Import it with another --name.")
    built = build_imported(
        imported.recording, checks=imported.checks, name=name, task=task, site=site, salt=agent.memory.salt
    )
    note = f"imported from a {imported.format} recording; no page has shown it yet"
    version = await agent.memory.add(built.procedure, workflow=name, author=FROM, status="untrusted", note=note)
    return built, version


async def untrusted_version(agent: Agent, workflow: Workflow) -> Version:
    """Return the imported version that waits for its first supervised run; raises UsageInvalid when there is none."""
    known = await agent.memory.known(site=workflow.site_name(), workflow=workflow.name)
    if not known:
        raise NoProcedure(f"no procedure is known for {workflow.name}", where=workflow.name)
    newest = next((v for v in known if v.status == "untrusted"), None)
    trusted = next((v for v in known if v.status == "active"), None)
    if newest is None or (trusted is not None and trusted.number > newest.number):
        raise UsageInvalid(
            f"{workflow.name} was not imported, or has proved itself already", do=f"Run it: `rpa run {workflow.name}`."
        )
    return newest


async def waits_for_eyes(agent: Agent, workflow: Workflow) -> bool:
    """Tell whether a workflow was imported and no page has shown its steps yet; raises NoProcedure."""
    try:
        await untrusted_version(agent, workflow)
    except UsageInvalid:
        return False
    return True


async def supervise(
    agent: Agent,
    workflow: Workflow,
    *,
    params: Mapping[str, str],
    secrets: Secrets,
    base_url: str,
    ask: Ask,
) -> Supervised:
    """Do the imported steps once while a person decides on whatever may send, and learn from the pages they meet.

    What was seen replaces what was imported: elements with all their traits, what each step sends, how values are
    written. Nothing is learned when a step was left out or a check does not hold.
    """
    from .browser.outbound.hosts import explained, refused_in
    from .browser.recorder.drive import Driven, Supervision, drive
    from .browser.recorder.record import record
    from .browser.session import open_context
    from .browser.storage import for_context
    from .build import build_procedure

    version = await untrusted_version(agent, workflow)
    document, today = version.document, datetime.now().astimezone().date()
    values = check_params(workflow.params, params, today=today)
    await _require_secrets(agent, workflow, document, secrets, base_url=base_url)
    texts, shown = _as_written(version, workflow, values)
    given = Supervision(base_url, workflow.allow, texts, shown, secrets, today, ask)
    driven = Driven()

    async def demonstrate(page: Any) -> None:
        await drive(page, document.steps, workflow.checks(), given, driven)

    async with logged_in(agent, workflow, document, secrets, base_url=base_url) as state:
        stored = for_context(state) if state is not None else None
        hosts = _hosts(agent, workflow, base_url)
        async with open_context(await agent.browser(), storage_state=stored, allowed=hosts) as context:
            url = urljoin(base_url + "/", workflow.start)
            with explained(context, url):
                recording = await record(context, url, demonstrate=demonstrate, storage=state)
            _tell_refused(driven, refused_in(context))
    if driven.stopped is not None and not driven.allowed:
        raise driven.stopped  # before anything that may send
    built = build_procedure(recording, name=workflow.name, task=workflow.task, site=document.site, salt=agent.memory.salt)
    built = replace(built, workflow=_learned(workflow, built.workflow))
    if driven.stopped is not None or driven.unmet or driven.left_out:
        await agent.journal_demonstration(built, version.procedure)  # what was sent was sent, whatever became of the rest
        if driven.stopped is not None:
            raise driven.stopped
        return Supervised(None, None, tuple(driven.left_out), tuple(driven.unmet))
    new = await agent.memory.add(
        built.procedure,
        workflow=workflow.name,
        author=version.author,
        note=f"version {version.number} was run under supervision; what the pages showed is filled in",
    )
    await agent.memory.set_status(version.procedure, version.number, "retired", f"version {new.number} holds it as seen")
    await agent.journal_demonstration(built, new.procedure)
    return Supervised(built, new)


async def _require_secrets(
    agent: Agent, workflow: Workflow, document: Procedure, secrets: Secrets, *, base_url: str
) -> None:
    """Tell what is missing, and what the site refused before, ahead of anything that is opened; raises as a run does."""
    from .lockout import require_untried
    from .planning import Order

    for name in dict.fromkeys((*workflow.secrets, *document.secrets)):
        secrets.reveal(name)
    await require_untried(agent.office, Order(workflow, {}, secrets, base_url), document, run="")


@asynccontextmanager
async def logged_in(
    agent: Agent, workflow: Workflow, document: Procedure, secrets: Secrets, *, base_url: str
) -> AsyncIterator[dict[str, Any] | None]:
    """Hold the workflow's account and give its login; None where it names none."""
    if workflow.account is None:
        yield None
        return
    from .ops.clock import new_id
    from .planning import account_of

    account = account_of(agent.settings, workflow)
    agent.logins.require_no_login_inside(account, document)
    run = new_id(agent.office.clock())
    async with agent.logins.lent(account, secrets, run=run, base_url=base_url) as state:
        yield state


def _hosts(agent: Agent, workflow: Workflow, base_url: str) -> tuple[str, ...]:
    """Return the hosts that an import may reach while it proves itself: those of every later run."""
    from .planning import account_of

    of_account = account_of(agent.settings, workflow).allow if workflow.account is not None else ()
    return allowed_hosts(base_url, (*of_account, *workflow.allow))


def _tell_refused(driven: Driven, refused: Sequence[str]) -> None:
    """Say which hosts the pages wanted, where something did not go as imported: that may be why."""
    why = f"the pages wanted {', '.join(refused)}, which `allow:` in the workflow does not name"
    if refused and driven.stopped is not None:
        driven.stopped.message += f"; {why}"
    elif refused and driven.unmet:
        driven.unmet.append(why)


def _as_written(version: Version, workflow: Workflow, values: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Return the values by step id and by parameter, each in the format that the recording wrote it in."""
    texts, shown = {}, dict(values)
    for step in version.document.steps:
        name = whole_name(step.value) if step.value else None
        if name is None or name not in values:
            continue
        kind = workflow.params[name].type if name in workflow.params else "string"
        texts[step.id] = shown[name] = spell(values[name], kind, step.format, workflow.locale)
    return texts, shown


def _learned(before: Workflow, seen: Workflow) -> Workflow:
    """Return the workflow with what was seen; what a person wrote into the file since the import stays."""
    from .build.imported import SOMEWHERE

    ruled = {c.name: c for c in before.commits}
    kept = [c for c in before.checks() if _of(c) <= set(seen.params) and c not in (*seen.checks(), SOMEWHERE)]
    return before.but(
        allow=tuple(dict.fromkeys((*before.allow, *seen.allow))),
        params={n: before.params.get(n, p) if _same_type(before, n, p.type) else p for n, p in seen.params.items()},
        secrets=seen.secrets,
        commits=tuple(ruled.get(c.name, c) for c in seen.commits),
        success=(*kept, *seen.checks()),
        repair=before.repair or "remember",
    )


def _same_type(workflow: Workflow, name: str, kind: str) -> bool:
    return name in workflow.params and workflow.params[name].type == kind


def _of(check: Check) -> set[str]:
    text = check.visible or check.hidden or check.url or ""
    return set(names_in(text))

