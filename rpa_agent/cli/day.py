"""`today`: one day told to a clerk: what waits for you, what ran, what did not run and why, what is still to come."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby, islice
from typing import TYPE_CHECKING, Any, Literal

import typer

from ..domain.account import account_of_login
from .batches import found as batch_found
from .batches import in_short_of
from .out import answer, answer_items, say
from .place import Json, WorkflowFiles, office_to_read, settings_of, wait_for

if TYPE_CHECKING:
    from ..domain.schedule import Schedule
    from ..ops.due.occurrence import Occurrence
    from ..ops.due.pauses import Pause
    from ..ops.office import Office
    from ..ops.runs import Run
    from ..ops.settings import Settings

Part = Literal["waits", "running", "ran", "not_run", "coming"]
_TITLES: dict[Part, str] = {
    "waits": "Waits for you", "running": "Runs now", "ran": "Ran", "not_run": "Did not run", "coming": "Still to come",
}
_ALIKE = 5          # due times of one workflow with one fate told one by one; the rest is counted
_BY_HAND = 500      # runs looked through for those started by hand today
_MOST = 1000        # due times of one rule looked at
_NOT_SERVED = "`rpa serve` was not running then, or the schedule is newer"


def add_to(app: typer.Typer) -> None:
    """Add this command."""
    app.command("today")(today)


def today(ctx: typer.Context, json_: Json = False) -> int:
    """Tell the day: what waits for you, what ran, what did not run and why, what is still to come."""
    items = wait_for(_items(settings_of(ctx), datetime.now().astimezone()))
    if json_:
        answer_items(items)
        return 0
    for line in _lines(items):
        answer(line)
    if not items:
        say("Nothing ran today, nothing waits, and nothing is scheduled for the rest of the day.")
    return 0


async def _items(settings: Settings, now: datetime) -> list[dict[str, Any]]:
    rules = WorkflowFiles(settings).rules()
    async with office_to_read(settings) as office:
        if office is None:
            return [*_unseen(rules, (), now), *_coming(rules, now)]
        day = await office.occurrences.today(now)
        waits = [
            _item("waits", i.workflow, at=i.added, run=i.run, words=i.reason) for i in await office.inbox.items()
        ]
        pauses = await office.occurrences.paused()
        waits += [
            _item("waits", p.workflow, at=p.since, words=f"is {p.words()}. Go on with `rpa schedule resume {p.workflow}`.")
            for p in pauses.values()
        ]
        waits += [
            _item("waits", n["target"], at=n["made"], words=f"was not told that {n['title']}: {n['error'] or 'not sent yet'}")
            for n in await office.outbox.unsent() if n["error"]
        ]
        running = [_item("running", o.workflow, at=o.due, words="is running") for o in day.running]
        ran = [await _ran(office, o) for o in day.ran]
        ran += await _by_hand(office, await office.runs.recent(n=_BY_HAND), now)
        missed = [_item("not_run", o.workflow, at=o.due, words=o.reason) for o in day.not_run]
        known = await office.occurrences.all()
        due = [_item("coming", o.workflow, at=o.due, words=_unless(pauses, o, _waits(o, now))) for o in day.waiting]
        coming = [_item("coming", o.workflow, at=o.due, words=_unless(pauses, o, "is scheduled")) for o in day.coming]
    missed += _unseen(rules, known, now)
    return [*waits, *running, *sorted(ran, key=_time), *sorted(missed, key=_time), *due, *coming]


def _item(part: str, workflow: str, *, at: datetime | str, words: str, **more: Any) -> dict[str, Any]:
    moment = datetime.fromisoformat(at) if isinstance(at, str) else at
    here = moment.astimezone().isoformat(timespec="seconds")
    return {"part": part, "workflow": workflow, "at": here, "words": words, **more}


def _waits(occurrence: Occurrence, now: datetime) -> str:
    if occurrence.attempts and occurrence.start_at > now:
        at = occurrence.start_at.astimezone().strftime("%H:%M")
        return f"is tried again at {at}: {occurrence.reason}"
    return "is due and waits for its turn"


def _unless(pauses: Mapping[str, Pause], occurrence: Occurrence, words: str) -> str:
    """A paused workflow does not start, whatever its schedule says."""
    pause = pauses.get(occurrence.workflow)
    return words if pause is None else f"will not run: {pause.words()}"


def _time(item: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(item["at"])


async def _ran(office: Office, occurrence: Occurrence) -> dict[str, Any]:
    runs = [r for r in await office.runs.of_occurrence(occurrence.id) if r.ended]
    words = await _told(office, runs) if runs else f"ended: {(occurrence.outcome or 'unknown').replace('_', ' ')}"
    last = runs[-1].id if runs else None
    return _item("ran", occurrence.workflow, at=occurrence.due, words=words, run=last, outcome=occurrence.outcome)


async def _by_hand(office: Office, runs: Iterable[Run], now: datetime) -> list[dict[str, Any]]:
    by_hand = (r for r in runs if r.occurrence is None)
    here = [r for r in by_hand if datetime.fromisoformat(r.started).astimezone().date() == now.date()]
    found = []
    for _, group in groupby(reversed(here), key=lambda r: r.batch or r.id):
        together = list(group)
        first, last = together[0], together[-1]
        if any(r.ended is None and r.alive for r in together):
            words, part, outcome = "is running, started by hand", "running", None
        else:
            words, part, outcome = await _told(office, together), "ran", last.outcome if len(together) == 1 else None
        found.append(_item(part, first.workflow, at=first.started, words=words, run=last.id, outcome=outcome))
    return found


async def _told(office: Office, runs: Sequence[Run]) -> str:
    """Return one run as its sentence, what a person decided since, and the rows of a batch as their totals."""
    from ..demonstrated import DEMONSTRATION
    from ..ops.notify import sentence_for
    from .history import cut_off_words, state_of

    last = runs[-1]
    if last.batch and (batch := await batch_found(office, last.batch)):
        return in_short_of(*batch)
    if last.trajectory and last.trajectory.stopped == DEMONSTRATION:
        return f"{last.workflow} was shown. What was sent then is noted, and not sent again by a batch."
    if last.ended is None:
        return cut_off_words(last)
    item = await office.inbox.of_run(last.id)
    if item is not None and item.resolved:
        why, how = (last.stopped or item.reason).rstrip("."), (item.how or "").replace("_", " ")
        return f"{last.workflow} waited for you: {why}. Decided by {item.who}: {how}, {item.because}."
    if last.trajectory:
        return sentence_for(last.trajectory)
    if item is not None:
        return f"{last.workflow} waits for you: {item.reason}"
    return f"{state_of(last)}: {last.stopped or 'no reason is known'}"


# ---- by the calendar -------------------------------------------------------------------------------------------------


def _unseen(
    rules: Mapping[str, Sequence[Schedule]], known: Sequence[Occurrence], now: datetime
) -> list[dict[str, Any]]:
    """Return the due times of today that no service ever looked at."""
    from ..ops.due.occurrence import rule_name

    looked_at = {(o.workflow, o.schedule, o.occurrence) for o in known}
    return [
        _item("not_run", workflow, at=due.instant, words=_NOT_SERVED)
        for workflow, rule, due in _dues(rules, now, past=True)
        if (workflow, rule_name(rule), due.label) not in looked_at
    ]


def _coming(rules: Mapping[str, Sequence[Schedule]], now: datetime) -> list[dict[str, Any]]:
    return [_item("coming", w, at=due.instant, words="is scheduled") for w, _, due in _dues(rules, now, past=False)]


def _dues(
    rules: Mapping[str, Sequence[Schedule]], now: datetime, *, past: bool
) -> Iterator[tuple[str, Schedule, Any]]:
    """Yield today's due times, before or after ``now``; a rule that cannot be computed has none."""
    from datetime import timedelta
    from zoneinfo import ZoneInfo

    from ..domain.errors import WorkflowInvalid
    from ..ops.due.calendar import check_schedule, dues

    for workflow, rule in ((w, r) for w, rules_of in rules.items() for r in rules_of):
        day = now.astimezone(ZoneInfo(rule.timezone)).date()
        after, until = (now - timedelta(days=2), now) if past else (now, now + timedelta(days=2))
        try:
            check_schedule(rule)
        except WorkflowInvalid as e:
            say(f"{workflow}: its schedule is left out: {e.message}")
            continue
        here = (d for d in dues(rule, after, until) if d.day == day)
        yield from ((workflow, rule, d) for d in islice(here, _MOST))


# ---- in words --------------------------------------------------------------------------------------------------------


def _lines(items: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for part, title in _TITLES.items():
        mine = [i for i in items if i["part"] == part]
        if not mine:
            continue
        yield title
        told: dict[tuple[str, str], int] = {}
        for item in mine:
            alike = (item["workflow"], item["words"])
            told[alike] = told.get(alike, 0) + 1
            if told[alike] <= _ALIKE:
                yield f"  {_when(item, part)}  {_sentence(item)}"
        more = ((workflow, words, n - _ALIKE) for (workflow, words), n in told.items() if n > _ALIKE)
        yield from (f"         and {n} more of {workflow}: {words}" for workflow, words, n in more)
        yield ""


def _when(item: Mapping[str, Any], part: Part) -> str:
    at = _time(item).astimezone()
    same_day = at.date() == datetime.now().astimezone().date()
    return at.strftime("%H:%M" if same_day else "%d %b") if part != "waits" or same_day else at.strftime("%d %b")


def _sentence(item: Mapping[str, Any]) -> str:
    """The account of a run begins with the workflow's name; other words need it before them."""
    words = str(item["words"])
    told = words if words.startswith(item["workflow"]) else f"{item['workflow']}: {words}"
    if item["part"] != "waits" or "run" not in item:
        return told
    told = told.rstrip(".") + "."
    account = account_of_login(item["workflow"])
    return f"{told} Decide with `rpa resolve {item['run']}`." if account is None else f"{told} Look at `rpa inbox`."
