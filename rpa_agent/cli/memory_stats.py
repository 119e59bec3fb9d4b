"""`memory stats`: what each procedure has done, and what that would have cost with a model."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..domain.errors import StoreReadOnly, UsageInvalid
from .memory_names import opened
from .out import answer_items, answer_table, say
from .place import Json, office_to_read, settings_of, wait_for

if TYPE_CHECKING:
    from ..memory.stats import Stats
    from ..ops.runs import Judgements
    from ..ops.settings import Settings


@dataclass(frozen=True)
class Known:
    """What runs.db knows of the runs that memory counts."""

    asked: Collection[str] = ()
    judged: Mapping[str, Judgements] = field(default_factory=dict)
    consumers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


def add_to(group: typer.Typer) -> None:
    """Add this command to the `memory` group."""
    group.command("stats")(stats)


def stats(
    ctx: typer.Context,
    plot: Annotated[Path | None, typer.Option(help="Also draw runs by day: a .png or .svg file.")] = None,
    usd_per_step: Annotated[float | None, typer.Option(
        min=0, max=100, help="What a model asks for one step; then the cost saved is shown.")] = None,
    json_: Json = False,
) -> int:
    """Show for each procedure its uses, successes, repairs, when all checks were last met, the model cost saved, and how
    often the judge and the checks said the same."""
    if plot is not None and plot.suffix.lower() not in {".png", ".svg"}:
        raise UsageInvalid(f"{plot} is neither a .png nor a .svg file", do="Give the picture one of these names.")
    settings = settings_of(ctx)

    async def work() -> tuple[list[Stats], Known]:
        from ..memory.stats import statistics

        async with opened(settings) as memory:
            found = await statistics(memory)
        async with office_to_read(settings) as office:
            known = Known() if office is None else Known(
                await office.runs.asked_a_model(), await office.runs.judgements(), await office.runs.consumers()
            )  # fmt: skip
        if plot is not None:
            await _draw(found, plot, settings)
        return found, known

    found, known = wait_for(work())
    items, judged = [_item(s, known, usd_per_step) for s in found], known.judged
    if json_:
        answer_items(items)
        return 0
    answer_table(
        [
            (i["workflow"], i["site"], f"{i['version']} {i['status']}", f"{i['succeeded']}/{i['uses']}", i["repaired"],
             i["without_model"], i["last_verified"] or "never", "-" if i["saved_usd"] is None else f"{i['saved_usd']:.2f}",
             judged[i["id"]].words() if i["id"] in judged else "-")
            for i in items
        ],
        "WORKFLOW", "SITE", "VERSION", "SUCCEEDED", "REPAIRED", "WITHOUT MODEL", "LAST VERIFIED", "SAVED USD", "JUDGE",
    )
    if plot is not None:
        say(f"{plot} shows the runs by day")
    return 0


def _item(found: Stats, known: Known, usd_per_step: float | None) -> dict[str, Any]:
    """Return a procedure's line: a step that succeeded without a model saves what the model would have asked for it."""
    alone = sum(run not in known.asked for run in found.runs)
    done = sum(run not in known.asked for run in found.runs_succeeded)
    saved = None if usd_per_step is None else round(done * found.steps * usd_per_step, 4)
    judge = known.judged[found.id].model_dump() if found.id in known.judged else None
    return {
        **found.model_dump(mode="json", exclude={"runs", "runs_succeeded"}), "without_model": alone, "saved_usd": saved,
        "judge": judge, "by_model": known.consumers.get(found.id, {}),
    }


async def _draw(found: list[Stats], plot: Path, settings: Settings) -> None:
    from ..memory.chart import draw

    svg = draw(found)
    try:
        if plot.suffix.lower() == ".svg":
            plot.write_text(svg, encoding="utf-8")
            return
        from ..browser.drawing import save_picture
        from ..browser.session import find_browser

        choice = find_browser(settings.browser, downloaded=settings.playwright_browsers)
        await save_picture(svg, plot, choice=choice, sandbox=not settings.no_sandbox)
    except OSError as e:
        raise StoreReadOnly(f"{plot} cannot be written: {e.strerror or e}", do="Name another file.", where=str(plot)) from e
