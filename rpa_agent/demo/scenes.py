"""The scenes of the demonstration in their order; every claim is one check against the site's own ground truth."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ..domain.errors import NeedsPerson, PersonMustEdit, StepError
from ..memory.diff import diff, dump
from .events import Changed, Ended, Learned, Scene, Shown
from .invoices import NUMBER, invoices
from .scheduled import on_schedule
from .stage import EVERY, TASK, WORKFLOW, Stage

if TYPE_CHECKING:
    from ..domain.procedure import Version
    from ..domain.trajectory import Trajectory

MODELS = ("openai", "anthropic", "browser_use", "torch", "sentence_transformers")


async def play(stage: Stage, *, folder: str = "") -> Ended:
    """Play all scenes; return what was proven. A scene that cannot go on is a claim that failed."""
    loaded = {name for name in MODELS if name in sys.modules}
    desk = invoices()
    try:
        await show_once(stage)
        await run_rows(stage, [desk.pop(0) for _ in range(3)])
        await schedule(stage, desk)
        await refuse(stage, desk)
        await remember(stage)
    except (NeedsPerson, PersonMustEdit, StepError) as e:
        stage.check("played-to-the-end", "every scene could be played", False, seen=e.message)
    await count(stage, loaded)
    return stage.end(folder=folder)


async def show_once(stage: Stage) -> None:
    """A demonstration becomes a procedure."""
    from fixtures.demonstrations.enter_supplier_invoice import demonstrate

    stage.tell(Scene(number=1, title="Show it once", text=(
        "A clerk enters one supplier invoice in a browser. The recorder listens in the page and learns only from there."
    )))
    url = f"{stage.site.base_url}/"
    built = await stage.agent.record(WORKFLOW, url, task=TASK, site="backoffice", demonstrate=demonstrate)
    workflow = stage.adopt(built)
    stage.tell(Shown(sentences=built.sentences))
    shown = {k: v for k, v in built.examples.items() if k in workflow.params}
    stage.entered.append(shown)
    stage.file.append({NUMBER: shown.get(NUMBER, ""), **shown})
    wrong, commits = stage.wrong_on_site(), built.procedure.commits()
    stage.check(
        "recorded",
        f"the demonstration became a procedure of {len(built.procedure.steps)} steps; exactly one of them sends",
        not wrong and len(commits) == 1, seen=wrong or f"{len(commits)} steps send",
    )
    written = "".join(p.read_text("utf-8") for p in stage.settings.workflows_dir.glob("*.yaml"))
    password = built.secrets.get("password", "")
    leaked = password in written + built.procedure.model_dump_json() + "".join(shown.values())
    stage.check(
        "password-kept-out", "the password that was typed is in neither workflow nor examples nor procedure",
        bool(password) and not leaked, seen="it was found there" if password else "no password was recognised",
    )


async def run_rows(stage: Stage, rows: list[dict[str, str]]) -> None:
    """Three rows of a file, then the same file again."""
    stage.tell(Scene(number=2, title="Run three rows of a file", text=(
        "data/invoices.csv holds three new invoices, and the one that was just shown."
    )))
    stage.lay_on_desk(*rows)
    done = await stage.work_off()
    wrong, repaired = stage.wrong_on_site(), sum(len(t.repaired()) for t in done)
    stage.check(
        "rows-entered-once",
        "the three new invoices were entered once, each with its own values; the shown one not again",
        len(done) == 3 and not wrong, seen=wrong or f"{len(done)} runs had something to do",
    )
    stage.check(
        "healthy-without-repair", "none of them needed a repair", not repaired, seen=f"{repaired} steps were repaired"
    )
    before = stage.changes_sent()
    again = await stage.work_off()
    sent = stage.changes_sent() - before
    stage.check(
        "same-file-again-sends-nothing", "the same file once more: nothing is sent, no browser is opened",
        not again and not sent, seen=f"{len(again)} runs, {sent} requests",
    )


async def schedule(stage: Stage, desk: list[dict[str, str]]) -> None:
    """An interval schedule goes on while the site is upgraded twice and set back."""
    stage.tell(Scene(number=3, title=f"On schedule every {EVERY}, while the site is upgraded", text=(
        "New invoices keep coming into the file. Nobody tells the schedule that the site changes."
    )))
    await on_schedule(stage, desk)
    known = await stage.agent.memory.versions(stage.procedure)
    stage.learned = next((v for v in known if v.status == "active"), None)


async def refuse(stage: Stage, desk: list[dict[str, str]]) -> None:
    """What must not be done is not done."""
    stage.tell(Scene(number=4, title="What must not happen", text=(
        "Pages that would lead a script astray. Where nothing proves what was meant, a person is asked."
    )))
    site, invoice = stage.site, desk.pop(0)
    site.configure(generation=1, mutate=("swap-save-delete",))
    stage.tell(Changed(generation=1, text=(
        "Save and Delete are exchanged: each stands in the other's place, with its id and look."
    )))
    await _refused(
        stage, invoice, "exchanged-refused",
        "a page with Save and Delete exchanged is refused: nothing pressed, nothing sent",
    )
    site.configure(generation=1, mutate=())
    stage.tell(Changed(generation=1, text="The page is put right."))
    done, wrong = await stage.enter(invoice), stage.wrong_on_site()
    stage.check(
        "refused-is-not-lost",
        "what was refused is not lost: once the page is right again, the same invoice is entered once",
        done.outcome == "succeeded" and not wrong, seen=wrong or f"{done.outcome}: {done.stopped}",
    )
    site.configure(generation=1, mutate=("removed-target:invoice.save",))
    stage.tell(Changed(generation=1, text="The button Save is gone."))
    await _refused(
        stage, desk.pop(0), "gone-needs-person",
        "a target that is gone ends with a person: no click on anything else, nothing sent",
    )
    site.configure(generation=1, mutate=())
    waiting = await stage.agent.office.inbox.items(workflow=WORKFLOW)
    stage.check(
        "refused-runs-wait-in-the-inbox",
        "both refused runs wait in the inbox, with the reason and a picture of the page",
        len(waiting) == 2 and all(i.reason and _has_picture(i.artifacts) for i in waiting),
        seen=f"{len(waiting)} runs wait there",
    )


def _has_picture(artifacts: str) -> bool:
    return any(Path(artifacts).glob("*.png"))


async def _refused(stage: Stage, invoice: dict[str, str], name: str, claim: str) -> None:
    """One run that must end with a person, its last step refused and nothing sent."""
    before = stage.changes_sent()
    done = await stage.enter(invoice)
    sent, wrong = stage.changes_sent() - before, stage.wrong_on_site()
    changed = any(stage.site.truth()["mutated"].values())
    last = done.steps[-1] if done.steps else None
    held = (
        done.outcome == "needs_person" and done.sent == "nothing" and not sent and not wrong and changed
        and last is not None and last.status == "refused" and last.id in _sending(stage, done)
    )
    why = done.stopped or ("" if changed else "the page was as ever")
    stage.check(name, claim, held, seen=wrong or f"{done.outcome}, {sent} requests sent: {why}")


def _sending(stage: Stage, done: Trajectory) -> set[str]:
    """Return the steps that send, so that a run that stopped somewhere else proves nothing."""
    return {s.id for s in done.steps if stage.learned and stage.learned.document.step(s.id).effect == "commit"}


async def remember(stage: Stage) -> None:
    """How memory changed."""
    memory, active = stage.agent.memory, stage.learned
    versions = await memory.versions(stage.procedure)
    first = min(versions, key=lambda v: v.number)
    stage.tell(Scene(number=5, title="What memory learned", text=(
        "Looks are added, never replaced: every generation stays known. A change counts for good after two clean runs."
    )))
    active = active or first
    changes = tuple(line for line in diff(first, active) if not line.startswith("status:"))
    stage.tell(Learned(old=first.number, new=active.number, changes=changes))
    stage.check(
        "learned-for-good", "what was learned became the active version, after two clean runs of different invoices",
        active.number > first.number,
        seen=", ".join(f"version {v.number} {v.status}" for v in versions),
    )
    lost = _lost(first, active)
    problems = await memory.verify()
    stage.check(
        "memory-only-grew",
        "memory only grew: every look known before is still known, and every version is as it was written",
        bool(changes) and not lost and not problems, seen="; ".join([*lost, *problems]) or "nothing was learned",
    )
    text = await dump(memory)
    private = {v for row in stage.entered for k, v in row.items() if k in {NUMBER, "supplier"}}
    private.add(stage.secrets.reveal("password"))
    found = sorted(v for v in private if v and v in text)
    stage.check(
        "memory-holds-no-business-data",
        f"memory holds know-how only: {len(private)} invoice numbers, suppliers and the password are not in it",
        not found, seen=f"found: {', '.join(found)}",
    )


def _lost(first: Version, active: Version) -> list[str]:
    """Return the steps of the first version that lost one of the looks they were known by."""
    known = {s.id: [v.fingerprint for v in s.target.variants] for s in active.document.steps if s.target}
    return [
        f"step {s.id} lost a look" for s in first.document.steps
        if s.target and any(v.fingerprint not in known.get(s.id, ()) for v in s.target.variants)
    ]


async def count(stage: Stage, loaded: set[str]) -> None:
    """What it cost, and the truth over everything."""
    wrong = stage.wrong_on_site()
    stage.check(
        "nothing-twice",
        f"the site's own books: {len(stage.entered)} invoices, each once with its own values, nothing else changed",
        not wrong, seen=wrong,
    )
    fresh = [name for name in MODELS if name in sys.modules and name not in loaded]
    stage.check(
        "no-model-call", f"{len(stage.trajectories)} runs, 0 model calls: no model was configured, and none was loaded",
        stage.settings.model_url is None and not fresh, seen=f"loaded: {', '.join(fresh)}",
    )
