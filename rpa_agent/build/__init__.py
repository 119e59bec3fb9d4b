"""BUILD: a recording becomes a procedure, a workflow, example values, and one page of plain sentences."""

from __future__ import annotations

from dataclasses import dataclass

from ..domain.errors import ParamsInvalid
from ..domain.procedure import Procedure
from ..domain.recording import Recording
from ..domain.workflow import Workflow
from . import fold, parameters, sentences, steps, success


@dataclass(frozen=True)
class Built:
    """What a demonstration became. ``examples`` and ``secrets`` hold values as typed; they go to their own files."""

    procedure: Procedure
    workflow: Workflow
    examples: dict[str, str]
    secrets: dict[str, str]
    sentences: tuple[str, ...]
    remarks: dict[str, str]  # workflow key -> comment for the person who edits the file
    identifying: str = ""  # the parameter that names the record, as an invoice number does


def build_procedure(recording: Recording, *, name: str, task: str, site: str, salt: str) -> Built:
    """Build from one demonstration; raises ParamsInvalid when nothing was shown.

    ``salt`` is the memory's own: texts of records are kept only as shape and salted hashes.
    """
    acts = fold.fold(recording.acts)
    if not any(a.kind != "goto" for a in acts):
        raise ParamsInvalid("nothing was shown: no click, no typing", do="Record again and work on the page.")
    found = parameters.find_parameters(acts, recording)
    made = steps.make_steps(acts, found, recording, salt=salt)
    procedure = Procedure(
        procedure="p_" + steps.short_id(f"{site}/{name}"),
        site=site,
        task=task,
        params=tuple(found.params),
        secrets=tuple(found.secrets),
        steps=tuple(made.steps),
        pages=made.pages,
    )
    checks = success.propose_checks(acts, procedure, found, recording)
    lines = sentences.page_of_sentences(procedure, found, checks)
    procedure = procedure.model_copy(update={"script": "\n".join(lines), "facts": facts_of(procedure, task)})
    workflow = Workflow(
        schema_=1,
        name=name,
        task=task,
        base_url=recording.base_url,
        start=steps.path_of(recording.start),
        site=site,
        params=found.params,
        secrets=tuple(found.secrets),
        success=tuple(checks),
        commits=tuple(success.commit_rules(procedure)),
    )
    return Built(
        procedure,
        workflow,
        found.examples,
        found.secrets,
        tuple(lines),
        success.remarks(procedure, found),
        success.identifying(found),
    )


def facts_of(procedure: Procedure, task: str) -> tuple[str, ...]:
    """Return the keywords a task is known by: its words, the buttons that send, the pages passed."""
    said = [task, *(s.target.words() for s in procedure.steps if s.target and s.effect == "commit")]
    said += [page.title for page in procedure.pages.values() if page.title]
    return tuple(dict.fromkeys(said))
