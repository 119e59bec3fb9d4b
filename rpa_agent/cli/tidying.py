"""`tidy`: removes what is older than the settings say; `serve` does the same once a day."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from ..domain.errors import StoreUnfit
from .out import answer, answer_json
from .place import Json, settings_of, wait_for

if TYPE_CHECKING:
    from ..ops.office import Office
    from ..ops.retention import Tidied
    from ..ops.settings import Settings

_DAILY_S = 86_400


def add_to(app: typer.Typer) -> None:
    """Add this command."""
    app.command("tidy")(tidy)


def tidy(
    ctx: typer.Context,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what would be removed.")] = False,
    json_: Json = False,
) -> int:
    """Remove pictures, traces and runs that are older than the settings say; never what waits for you or is in doubt."""
    settings = settings_of(ctx)
    done = wait_for(_tidy(settings, dry_run=dry_run))
    if json_:
        answer_json({"schema": 1, "dry_run": dry_run, **done.model_dump()})
    else:
        answer(f"{'would be removed' if dry_run else 'removed'}: {done.words()}")
    return 0


async def _tidy(settings: Settings, *, dry_run: bool) -> Tidied:
    from ..ops.office import Office
    from ..ops.retention import Tidied

    if not settings.runs.exists():
        return Tidied()
    async with Office.open(settings.runs) as office:
        return await tidied(office, settings, dry_run=dry_run)


async def tidied(office: Office, settings: Settings, *, dry_run: bool = False) -> Tidied:
    """Remove what is old by the settings."""
    pictures, runs = timedelta(days=settings.keep_pictures_days), timedelta(days=settings.keep_runs_days)
    return await office.retention(settings.state).tidy(pictures=min(pictures, runs), runs=runs, dry_run=dry_run)


@asynccontextmanager
async def tidying(office: Office, settings: Settings) -> AsyncIterator[None]:
    """Remove what is old now and once a day while inside."""
    from ..ops.process.beside import beside

    async with beside(_every_day(office, settings)):
        yield


async def _every_day(office: Office, settings: Settings) -> None:
    from loguru import logger

    while True:
        try:
            done = await tidied(office, settings)
        except (StoreUnfit, OSError) as e:
            logger.warning("what is old could not be removed: {}", e)
        else:
            if any(done.model_dump().values()):
                logger.info("removed: {}", done.words())
        await asyncio.sleep(_DAILY_S)
