"""Joins the events of a demonstration into acts: what a person meant, without the noise of hands."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Any

from ...domain.procedure import Asked, StepKind
from ...domain.recording import Act, RowSeen, SeenRequest, TableSeen
from ..asking import fingerprint_of
from ..signals import Seen
from .corrections import corrected, led_to
from .struck import typed_text

TYPING = ("fill",)
HELD_DOWN_S = 0.5  # how long a button of the mouse is held down, at most


@dataclass
class Raw:
    """One event as it came, and the signals that followed until the next."""

    kind: StepKind
    at: float
    data: dict[str, Any]
    requests: list[Seen] = field(default_factory=list)
    sockets: list[str] = field(default_factory=list)  # addresses of WebSockets on which the page said something
    texts: list[str] = field(default_factory=list)
    url_after: str = ""
    dialog: str = ""
    popup: str = ""
    download: str = ""
    last_signal: float = 0.0
    asked: list[Asked] = field(default_factory=list)  # native dialogs, and how each was answered


def merge(raw: list[Raw]) -> tuple[list[Act], dict[str, str]]:
    """Join what belongs together: keystrokes into one value, a click into the field it focuses, a key and its click."""
    kept: list[Raw] = []
    for event in led_to(raw):
        last = kept[-1] if kept else None
        if last and supersedes(event, last):
            kept[-1] = joined(last, event)
        elif last and is_noise(event, last):
            absorb(last, event)
        else:
            kept.append(event)
    kept = typed_text(used_only(kept))
    kept = [e for i, e in enumerate(kept) if not only_focus(e, kept[i + 1] if i + 1 < len(kept) else None)]
    kept = corrected(kept)
    seen: dict[tuple[str, str], Any] = {}
    for event in raw:  # a page's rows may have come with an act that was merged away
        if event.data.get("rows"):
            seen.setdefault((event.data["url"], ""), event.data["rows"])
    for event in kept:
        event.data["rows"] = seen.pop((event.data["url"], ""), None)
    secrets: dict[str, str] = {}
    return [act_of(e, secrets) for e in kept], secrets


def same(a: Raw, b: Raw) -> bool:
    at = _address(a)
    return bool(at) and at == _address(b) and a.data.get("url") == b.data.get("url")


def _address(event: Raw) -> str:
    """Where the element is; what it said then may have changed with the act."""
    return re.sub(r"~\w*", "", str(event.data.get("ref") or ""))


def supersedes(event: Raw, last: Raw) -> bool:
    if event.kind == "goto" and last.kind == "goto" and event.data["url"] == last.data["url"]:
        return True
    if event.kind in TYPING and last.kind in TYPING and same(event, last):
        return True
    if event.kind == "select" and last.kind == "select" and same(event, last):
        return not event.data.get("adds")  # tags are chosen one after the other
    if event.kind == "upload" and last.kind == "upload" and same(event, last) and not event.data.get("dropped"):
        return True
    if event.kind == "upload" and last.kind == "click" and event.data.get("opened_by"):
        return bool(re.sub(r"~\w*", "", event.data["opened_by"]) == _address(last))  # the button only opened the choice of files
    if event.kind == "click" and event.data.get("value") == "Triple":
        return last.kind == "dblclick" and same(event, last)
    return event.kind == "dblclick" and last.kind == "click" and same(event, last)


def joined(last: Raw, event: Raw) -> Raw:
    """Keep the element as it was described first, and the value as it was left last."""
    element = last.data.get("element") or event.data.get("element")
    if event.kind == "upload":
        element = event.data.get("element")
    merged = {**event.data, "element": element, "rows": last.data.get("rows") or event.data.get("rows")}
    return replace(
        event,
        at=last.at,
        data=merged,
        requests=last.requests + event.requests,
        sockets=last.sockets + event.sockets,
        texts=last.texts + event.texts,
        url_after=event.url_after,
    )


def is_noise(event: Raw, last: Raw) -> bool:
    if event.kind == "click" and event.data.get("synthetic"):
        return True  # Enter or a label pressed it; that act was told already
    if event.kind == "click" and last.kind == "click" and same(event, last) and event.data.get("detail", 1) > 1:
        return True
    if event.kind == "press":
        value = event.data.get("value", "")
        if value in {"Tab", "Shift+Tab"} or value.lower() in {
            "control+a",
            "control+c",
            "control+v",
            "meta+a",
            "meta+v",
        }:
            return not event.data.get("meant")  # a whole text marked for what comes next
        if (value in {"Delete", "ArrowUp"} and event.data.get("typing")) or (value == "Enter" and event.data.get("multiline")):
            return True
    return False


def absorb(last: Raw, event: Raw) -> None:
    last.requests.extend(event.requests)
    last.sockets.extend(event.sockets)
    last.texts.extend(event.texts)
    last.url_after = event.url_after or last.url_after


def used_only(events: list[Raw]) -> list[Raw]:
    """Leave out what hands did without anything coming of it: scrolling that loaded nothing used, idle drags, hovers."""
    out: list[Raw] = []
    for i, event in enumerate(events):
        following = events[i + 1] if i + 1 < len(events) else None
        last = out[-1] if out else None
        if event.kind == "scroll" and not (_loaded(event, events[i + 1 :]) or _to_its_end(event, following)):
            if last is not None:  # what the page sent meanwhile is the last act's, what it read for the scrolling nobody's
                last.requests.extend(r for r in event.requests if r.method not in {"GET", "HEAD"})
                last.texts.extend(event.texts)
        elif event.kind == "scroll" and last is not None and last.kind == "scroll" and _same_or_page(event, last):
            absorb(last, event)
            last.data["value"] = event.data.get("value") if not _loaded(event, events[i + 1 :]) else None
        elif event.kind == "drag" and _idle(event, following):
            if last is not None:
                absorb(last, event)
        elif event.kind == "fill" and _told_already(event, out):
            absorb(out[-1], event)
        elif event.kind == "hover" and last is not None and last.kind == "hover" and same(event, last):
            absorb(last, event)
        else:
            out.append(event)
    return out


def _told_already(fill: Raw, before: list[Raw]) -> bool:
    """A field that goes away on Enter tells its value once more as it goes."""
    if len(before) < 2 or before[-1].kind != "press" or fill.data.get("keys"):
        return False
    last = before[-2]
    a, b = fill.data.get("element") or {}, last.data.get("element") or {}
    alike = all(a.get(k) == b.get(k) for k in ("tag", "name", "id", "name_attr"))
    return last.kind == "fill" and alike and fill.data.get("value") == last.data.get("value")


def _loaded(scroll: Raw, later: list[Raw]) -> bool:
    """Tell whether something came into the page with the scrolling that was acted on afterwards."""
    for event in later:
        if event.data.get("url") != scroll.data.get("url"):
            return False
        if event.data.get("added", 0) / 1000 > scroll.at and _inside(event, scroll):
            return True
    return False


def _to_its_end(scroll: Raw, following: Raw | None) -> bool:
    """A text that was read to its end before something beside it was pressed."""
    if scroll.data.get("value") != "end" or following is None or following.kind not in {"click", "check", "press"}:
        return False
    return not _inside(following, scroll)


def _inside(event: Raw, scroll: Raw) -> bool:
    """What lies in the element that was scrolled has an address that begins like its own; a page holds everything."""
    within = scroll.data.get("ref")
    return not within or str(event.data.get("ref", "")).startswith(within.rpartition("|")[0] + "/")


def _same_or_page(a: Raw, b: Raw) -> bool:
    return a.data.get("ref") == b.data.get("ref") and a.data.get("url") == b.data.get("url")


def _idle(drag: Raw, following: Raw | None) -> bool:
    """A drag that moved nothing, or a text that was marked and then not used."""
    if drag.data.get("selecting"):
        return following is None or following.kind in {"goto", "fill", "scroll", "drag"}
    caused = drag.requests or drag.texts or drag.dialog or drag.popup or drag.download
    return bool(drag.data.get("still")) and not caused and drag.url_after == drag.data.get("url")


def only_focus(event: Raw, following: Raw | None) -> bool:
    """A click that only put the cursor into a field which is then typed into says nothing by itself."""
    if event.kind not in {"click", "dblclick"} or not event.data.get("typing"):
        return False
    if following is not None and (following.data.get("option_of") or _came_with(event, following)):
        return False  # it opened the list that was chosen from
    if event.texts or event.popup or event.dialog or any(r.method not in {"GET", "HEAD"} for r in event.requests):
        return False
    return following is not None and (same(event, following) or not event.requests)


def _came_with(click: Raw, following: Raw) -> bool:
    """Tell whether what is clicked next came into the page with a click, which may open it as the button goes down."""
    came = following.data.get("added", 0) / 1000 > click.at - HELD_DOWN_S
    return following.kind == "click" and came and not same(click, following)


def _pair(point: list[float] | None) -> tuple[float, float] | None:
    return (point[0], point[1]) if point else None


def _kept(event: Raw, hidden: bool) -> str | None:
    """What a field kept of what was typed, or the part of a text that was pointed at."""
    if event.kind == "read":
        return event.data.get("part")
    return None if hidden or event.kind not in {"fill", "select"} else event.data.get("read_back", event.data.get("value"))


def act_of(event: Raw, secrets: dict[str, str]) -> Act:
    data = event.data
    raw = data.get("element")
    row = data.get("row")
    if raw and raw.get("row"):
        raw["row"].pop("cells", None)
    for other in (data.get("to"), data.get("pager")):
        if other and other.get("row"):
            other["row"].pop("cells", None)
    hidden = bool(data.get("secret"))
    value = data.get("value")
    place = f"{data['url'].split('?')[0]}|{data.get('ref', '')}"  # two pages may have their password at the same spot
    if hidden and value:
        secrets[place] = value
    return Act(
        kind=event.kind,
        at=event.at,
        url=data["url"],
        title=data.get("title", ""),
        element=fingerprint_of(raw) if raw else None,
        option_of=data.get("group") or data.get("option_of", ""),
        value=place if hidden else value,
        options=tuple(data.get("options") or ()),
        input_type=data.get("input_type", ""),
        day=data.get("day") or 0,
        shown_by=data.get("shown_by"),
        to=fingerprint_of(data["to"]) if data.get("to") else None,
        pager=fingerprint_of(data["pager"]) if data.get("pager") else None,
        point=_pair(data.get("point")),
        to_point=_pair(data.get("to_point")),
        # Text may be marked for a button that uses it, or by a hand that slipped: no run ends for that.
        optional=bool(data.get("optional") or (data.get("selecting") and not data.get("typing"))),
        output=str(data.get("output") or ""),
        table=TableSeen.model_validate(data["table"]) if data.get("table") else None,
        secret=hidden,
        keys=bool(data.get("keys")),
        styled=bool(data.get("styled")),
        chooser=bool(data.get("chooser")),
        row=RowSeen.model_validate(row) if row else None,
        rows=tuple(tuple(r) for r in data.get("rows") or ()),
        tab=data.get("tab", 0),
        answer=event.asked[0].answer if event.asked else None,
        further=tuple(event.asked[1:]),
        closes=bool(data.get("closes")),
        url_after=event.url_after,
        requests=tuple(as_seen(s) for s in event.requests),
        sockets=tuple(dict.fromkeys(event.sockets)),
        texts=tuple(dict.fromkeys(event.texts)),
        dialog=event.dialog,
        popup=event.popup,
        download=event.download,
        read_back=_kept(event, hidden),
        settle_ms=int(max(0.0, event.last_signal - event.at) * 1000),
    )


def as_seen(s: Seen) -> SeenRequest:
    return SeenRequest(
        method=s.method, url=s.url, kind=s.kind, operation=s.operation, fields=s.fields, carried=s.carried,
        status=max(0, s.status), late=round(s.late, 1),
    )
