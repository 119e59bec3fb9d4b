"""All that is kept of one run in one file: its account, trajectory, journal, ledger lines, procedure, pictures and trace."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..domain.errors import RpaAgentError, UsageInvalid
from .archiving import as_text, write_archive
from .place import Place, office_to_read
from .secrets import secrets_at

if TYPE_CHECKING:
    from ..ops.runs import Run
    from ..ops.settings import Settings

_LINES = 10_000


async def archive_run(place: Place, run: Run, file: Path, *, story: str, as_json: dict[str, Any]) -> None:
    """Write the archive of a run that has ended; raises UsageInvalid where it has not, or ``file`` is there."""
    if run.ended is None:
        raise UsageInvalid(f"the run {run.id} has not ended", do="Wait until it has.", where=run.id)
    settings = place.settings
    texts = {"told.txt": story, "run.json": as_text(as_json)}
    if run.trajectory is not None:
        texts["trajectory.json"] = run.trajectory.model_dump_json(indent=1, by_alias=True)
        if procedure := await _procedure(settings, run.trajectory.procedure, run.trajectory.version):
            texts["procedure.json"] = procedure
    if run.verdict is not None:
        texts["verdict.json"] = run.verdict.model_dump_json(indent=1, by_alias=True)
    async with office_to_read(settings) as office:
        if office is not None:
            history = {e.key: await office.journal.history(e.key) for e in await office.journal.of_run(run.id)}
            texts["journal.json"] = as_text({k: [t.model_dump() for t in lines] for k, lines in history.items()})
            texts["ledger.json"] = as_text([line.model_dump() for line in reversed(await office.ledger.lines(run.id, _LINES))])
            batch = await office.batches.get(run.batch) if run.batch else None
            if batch is not None:
                texts["batch.json"] = as_text(batch.model_dump())
    folder = settings.artifacts / run.id
    files = sorted(one for one in folder.iterdir() if one.is_file()) if folder.is_dir() else []
    about = {"kind": "run", "run": run.id, "workflow": run.workflow, "outcome": run.outcome}
    write_archive(file, about, texts, files=files, hide=secrets_at(place, None).hide)


async def _procedure(settings: Settings, procedure: str, number: int) -> str:
    """Return the document of the version that ran, where memory has it still."""
    from ..memory import Memory

    if not procedure or not settings.memory.exists():
        return ""
    with suppress(RpaAgentError):
        async with Memory.open(settings.memory, read_only=True) as memory:
            return (await memory.version(procedure, number)).document.model_dump_json(indent=1, by_alias=True)
    return ""
