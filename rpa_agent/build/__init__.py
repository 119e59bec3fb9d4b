"""BUILD: a recording becomes a procedure, a workflow, example values, and one page of plain sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from ..domain import template
from ..domain.errors import ParamsInvalid
from ..domain.hosts import entry_of
from ..domain.procedure import Procedure
from ..domain.recording import Act, Recording
from ..domain.workflow import Rows, Workflow
from . import by_itself, fold, lint, marks, mistakes, named, origins, paging, parameters, steps, success
from .lint import Advice
from .several import passes
from .telling import sentences
from .telling.sentences import Question


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
    rows: tuple[dict[str, str], ...] = ()  # the values of each pass, where several records were shown
    shown: dict[str, str] = field(default_factory=dict)  # the values as the site wrote them
    questions: tuple[Question, ...] = ()
    advice: tuple[Advice, ...] = ()
    came: tuple[str, ...] = ()  # texts that came with the last act and prove nothing by themselves; see lint


def build_procedure(
    recording: Recording, *, name: str, task: str, site: str, salt: str, hidden: tuple[str, ...] = ()
) -> Built:
    """Build from one demonstration; raises ParamsInvalid when nothing was shown.

    ``salt`` is the memory's own: texts of records are kept only as shape and salted hashes. ``hidden`` are secrets that were
    not typed here and may stand on the pages all the same: whom the site greets.
    """
    recording, alone = by_itself.without(recording), recording
    acts, several = _acts_and_passes(recording)
    if not any(a.kind != "goto" for a in acts):
        raise ParamsInvalid("nothing was shown: no click, no typing", do="Record again and work on the page.")
    if several is not None:
        recording, acts, found = several.recording, several.acts, several.found
    else:
        acts = named.with_named(acts, recording)
        found = parameters.find_parameters(acts, recording)
    found.hidden = hidden
    made = steps.make_steps(acts, found, recording, salt=salt)
    procedure = Procedure(
        procedure="p_" + steps.short_id(f"{site}/{name}"),
        site=site,
        task=task,
        params=tuple(found.params),
        secrets=tuple(found.secrets),
        steps=tuple(made.steps), pages=made.pages,
        ambient=by_itself.ambient_of(alone, (*_values(found, several), *recording.secrets.values(), *hidden), salt),
    )
    checks = marks.marked_checks(acts, found, recording) or success.propose_checks(acts, procedure, found, recording)
    workflow = Workflow(
        schema_=1,
        name=name,
        task=task,
        base_url=recording.base_url,
        start=steps.path_of(recording.start),
        site=site,
        allow=other_hosts(acts, recording),
        params=found.params,
        secrets=tuple(found.secrets),
        outputs=found.outputs,
        success=tuple(checks),
        commits=tuple(success.commit_rules(procedure)),
        exceptions=marks.marked_exceptions(acts, found, recording),
        rows=Rows(file=f"data/{name}.rows.csv", key=several.key or None) if several else None,
    )
    if several is None:
        procedure, workflow = _without_unused(procedure, workflow, found)
    built = Built(
        procedure,
        workflow,
        found.examples,
        found.secrets,
        (),
        success.remarks(procedure, found),
        (several and several.key) or success.identifying(found),
        several.rows if several else (),
        {**found.shown, **found.named},
        came=success.came_last(acts, recording, checks, (*found.secrets.values(), *found.hidden)),
    )
    return told(built)


def _values(found: parameters.Found, several: passes.Passes | None) -> set[str]:
    """Return all that was entered, of every pass, as it is meant and as the site wrote it, secrets too."""
    rows = several.rows if several else ()
    every = (found.examples, found.shown, found.named, found.secrets, *rows)
    return {value for values in every for value in values.values()}


def _without_unused(procedure: Procedure, workflow: Workflow, found: parameters.Found) -> tuple[Procedure, Workflow]:
    """Return both without the values that nothing asks for: a record that was picked, and that no target is known by."""
    texts = (procedure.model_dump_json(), workflow.model_dump_json(exclude={"params"}))
    used = {n for t in texts for n in template.names_in(t)}
    used |= {n for s in procedure.steps for r in s.expect.requests for n in r.fields.values()}
    unused = set(found.params) - used
    for name in unused:
        for known in (found.params, found.examples, found.shown):
            known.pop(name, None)
    kept = tuple(n for n in procedure.params if n not in unused)
    return procedure.but(params=kept), workflow.but(params={n: p for n, p in workflow.params.items() if n not in unused})


def _acts_and_passes(recording: Recording) -> tuple[tuple[Act, ...], passes.Passes | None]:
    """Return the acts as a person would tell them, and the passes where the same was done for several records."""
    shown = origins.with_reads(recording.acts, recording, fold=fold.fold)
    # A value of the second record that the first one's page showed by chance was not read there.
    tellings = [paging.without_paging(fold.fold(mistakes.without_mistakes(a))) for a in (shown, recording.acts)]
    folds = (passes.fold_passes(acts, recording, find=parameters.find_parameters) for acts in tellings)
    return tellings[0], next((several for several in folds if several), None)


def told(built: Built) -> Built:
    """Return what was built with its words: the page for people, and the script that memory keeps, without values."""
    procedure, workflow = built.procedure, built.workflow
    questions = sentences.questions_of(procedure, built.shown, built.examples, workflow.params)
    advice = lint.advice_on(procedure, workflow, built.examples, built.came)
    page = sentences.page_of_sentences(sentences.Told(procedure, workflow, built.examples, questions, advice))
    script = "\n".join(sentences.script_of(procedure, workflow.checks()))
    procedure = procedure.model_copy(update={"script": script, "facts": facts_of(procedure, workflow.task)})
    return replace(built, procedure=procedure, sentences=tuple(page), questions=questions, advice=advice)


def other_hosts(acts: Sequence[Act], recording: Recording) -> tuple[str, ...]:
    """Return the hosts beyond the site's own that were needed: where work was done, and what its pages were made of."""
    visited = (url for act in acts for url in (act.url, act.url_after) if url.startswith(("http:", "https:")))
    own = entry_of(recording.base_url)
    return tuple(h for h in dict.fromkeys((*map(entry_of, visited), *recording.hosts)) if h and h != own)


def facts_of(procedure: Procedure, task: str) -> tuple[str, ...]:
    """Return the keywords a task is known by: its words, the buttons that send, the pages passed."""
    said = [task, *(s.target.words() for s in procedure.steps if s.target and s.effect == "commit")]
    said += [page.title for page in procedure.pages.values() if page.title]
    return tuple(dict.fromkeys(said))
