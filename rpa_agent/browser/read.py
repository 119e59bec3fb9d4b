"""Reads texts and tables of a page: found by what labels them, since what they say is what is asked for."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..domain.errors import ActionFailed
from ..domain.recording import RowSeen, Shown
from ..domain.target import Fingerprint, RowContext, Target
from ..domain.template import HOLE, pattern
from .asking import is_masked, row_asked
from .scripts import script
from .session import mapped
from .world import World

if TYPE_CHECKING:
    from .signals import Listener

_TRAITS = ("tag", "test_id", "id", "name_attr", "label", "heading", "path", "index")


async def hits_for(world: World, target: Target, around: str, values: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the elements that a target of a text may mean, as page.js describes them."""
    variants = []
    for variant in target.variants:
        fp = variant.fingerprint
        wanted = {t: v for t in _TRAITS if (v := getattr(fp, t)) and t not in fp.generated and not is_masked(str(v))}
        variants.append({**wanted, "index": fp.index, "classes": list(fp.classes)})
    key = row_asked(target.row_key(), target.key_column())
    # What is read may be anything short; what stands around it is as it was shown.
    source = pattern(HOLE.sub(_any_output, around), values, hole=".{1,120}?").pattern if around else ""
    found: list[dict[str, Any]] = await _ask(world, "find", variants, key, source)
    return found


def _any_output(hole: Any) -> str:
    return str(hole[0])


async def kept_file(listener: Listener, folder: str, hide: Callable[[str], str]) -> str:
    """Save the latest download under its own name, without secrets; a name that is there already gets a number."""
    if not listener.downloads:
        raise ActionFailed("no download came")
    download = listener.downloads[-1]
    # The name comes from the site: only its last part, and nothing that a file system reads as more than a name.
    name = re.sub(r"[\x00-\x1f/\\:*?\"<>|]+", "_", hide(download.suggested_filename).replace("\\", "/").rpartition("/")[2])
    plain = name.strip(". ")[-120:] or "download"
    with mapped("keeping a download"):
        Path(folder).mkdir(parents=True, exist_ok=True, mode=0o700)
        path = next(p for n in range(1, 10_000) if not (p := Path(folder) / (f"{n}-{plain}" if n > 1 else plain)).exists())
        await download.save_as(path)
    path.chmod(0o600)
    return str(path)


async def records_at(world: World, ref: str) -> dict[str, Any] | None:
    """Return headers and rows of the table an element is, or lies in."""
    found: dict[str, Any] | None = await _ask(world, "records", ref)
    return found


async def _ask(world: World, function: str, *args: Any) -> Any:
    """Call into texts.js, which a document gets when it is first asked."""
    said = ", ".join(json.dumps(a) for a in args)
    return await world.evaluate(f"{script('texts.js')};\n__rpaTexts.{function}({said})")


def shown_in(data: dict[str, Any], tab: int) -> Iterator[Shown]:
    """Yield the texts that one message of a page tells of."""
    parts, replaced = data.get("parts", {}), data.get("replaced", {})
    for i, (text, element, row, own) in enumerate(data["texts"]):
        context = element.get("row")
        fp = Fingerprint.model_construct(
            **{
                **element,
                "row": RowContext(column=context["column"], index=context["index"], count=context["count"]) if context else None,
                "classes": tuple(element["classes"]),
                "generated": tuple(element["generated"]),
                "frames": tuple(element["frames"]),
                "shadow": tuple(element["shadow"]),
            }
        )
        seen = RowSeen.model_validate({**data["rows"][row], "own": own}) if 0 <= row < len(data["rows"]) else None
        before, changed = replaced.get(str(i)) or ("", 0)
        yield Shown(
            text=text, at=data["t"] / 1000, url=data["url"], tab=tab, element=fp, row=seen, copied=bool(data["copied"]),
            parts=tuple(parts.get(str(i), ())), before=before, changed=changed / 1000,
        )
