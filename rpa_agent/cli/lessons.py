"""A lesson that is given on another machine: the parked run goes there as a file, and what was shown comes back as one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..domain.errors import ImportInvalid, UsageInvalid
from .out import answer, answer_json, say
from .teaching import address_of, announce, hands, require_runs, waiting

if TYPE_CHECKING:
    from ..build.taught import Shown
    from ..teaching import Parked
    from .place import Place
    from .teaching import Wanted

TAUGHT = ".taught"  # what is added to the name of a parked run's file for what was shown of it


async def written(place: Place, wanted: Wanted, file: Path) -> int:
    """Write a parked run to a file; refuse where a secret would stand in it."""
    from ..agent import Agent
    from ..store.carried import RUN, carry
    from ..store.hashes import canonical
    from ..teaching import as_carried
    from .running import secrets_for

    require_runs(place, wanted)
    secrets = secrets_for(place, wanted.env_file)
    async with Agent.open(place.settings) as agent:
        parked = await waiting(agent, place, wanted)
    content = as_carried(parked, base_url=address_of(place, wanted, parked))
    text = canonical(content)
    if any(secret and secret in text for secret in secrets.redactions()):
        raise UsageInvalid("a secret would stand in the file; nothing was written", do="Teach the run here.", where=parked.run)
    carry(file, RUN, content)
    if wanted.as_json:
        answer_json({"schema": 1, "run": parked.run, "file": str(file)})
    else:
        answer(f"wrote {file}: it holds this run's values and no secret")
        say(f"On a machine with a screen: rpa teach --bundle {file.name} --env-file FILE")
    return 0


async def shown_here(place: Place, wanted: Wanted, file: Path) -> int:
    """Show the step of a run that was carried here, and write what was shown beside its file."""
    from ..agent import Agent, Order
    from ..build.taught import as_plain
    from ..store.carried import LESSON, RUN, carried, carry
    from ..teaching import Session, from_carried, show_elsewhere
    from .running import secrets_for

    back = file.with_name(file.name + TAUGHT)
    if back.exists():
        raise UsageInvalid(f"{back} exists already; nothing was opened", do="Move it away to show the step again.", where=str(back))
    parked, base = from_carried(carried(file, RUN))
    demonstrate = hands(place, wanted)
    secrets = secrets_for(place, wanted.env_file)
    order = Order(workflow=parked.workflow, params=parked.values, secrets=secrets, base_url=(wanted.base_url or base).rstrip("/"))
    announce(parked, scripted=demonstrate is not None)
    async with Agent.open(place.settings) as agent:
        shown = await show_elsewhere(agent, parked, Session(order, demonstrate, turn=say, sends=False))
    carry(back, LESSON, {"run": parked.run, "at": parked.at, "number": parked.version.number, **as_plain(shown)})
    if wanted.as_json:
        answer_json({"schema": 1, "run": parked.run, "file": str(back), "steps": len(shown.steps)})
    else:
        answer(f"wrote {back}: {len(shown.steps)} steps")
        say(f"Back on its machine: rpa teach {parked.run} --lesson {back.name}")
    return 0


def lesson_in(file: Path, parked: Parked) -> Shown:
    """Return what was shown elsewhere for this very run and version; raises ImportInvalid."""
    from pydantic import ValidationError

    from ..build.taught import from_plain
    from ..store.carried import LESSON, carried

    content = carried(file, LESSON)
    if content.get("run") != parked.run or content.get("at") != parked.at:
        raise ImportInvalid(f"{file} was shown for run {content.get('run')}; nothing was learned", where=str(file))
    if content.get("number") != parked.version.number:
        raise ImportInvalid(
            f"{file} was shown for version {content.get('number')}, and version {parked.version.number} is in use; nothing was "
            "learned", do="Write the run to a file again, and show it again.", where=str(file),
        )  # fmt: skip
    try:
        return from_plain(content)
    except (KeyError, TypeError, ValueError, AttributeError, ValidationError) as e:
        raise ImportInvalid(f"{file} cannot be read as a lesson; nothing was learned", where=str(file)) from e
