"""What a secret is bound to: the origin and the kind of field it was shown in, and why a field at hand is not that."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal
from urllib.parse import urlsplit

from .frozen import Frozen
from .procedure import Page, Step
from .template import names_in
from .urls import origin

BASE = "{base}"
_PREFIX = "secrets."
_TYPE = 3  # where a compact row of a page says what type a field is


class Binding(Frozen):
    """Where one secret may be typed. ``origin`` and ``sends_to`` are ``{base}`` or a host with its port.

    ``shows`` tells whether the field showed what was typed when it was recorded: ``never`` for a password, ``always``
    for a user name, ``either`` where both were seen or nothing is known. ``passwords`` is how many fields of the page
    hid what is typed, 0 where none is known.
    """

    origin: str = BASE
    field: str = ""
    path: str = ""
    shows: Literal["never", "always", "either"] = "either"
    passwords: int = 0
    sends_to: tuple[str, ...] = ()


class TypedLogin(Frozen):
    """One login as a procedure types it. ``at`` is a host with its port; ``names`` are its secrets in the order they are typed,
    the one that the page hides last."""

    at: str
    names: tuple[str, ...]


class FieldSeen(Frozen):
    """The field at hand as the browser knows it: origins as ``https://host:port``, ``null`` for a document without one."""

    origin: str
    tag: str = "input"
    type: str = "text"
    typed_into: bool = True  # text can be typed there at all
    readonly: bool = False
    visible: bool = True
    sends_to: tuple[str, ...] = ()  # origins that its form, or a button of it, names
    passwords: int = 0  # fields beside it, itself included, that hide what is typed


def secret_of(step: Step) -> str | None:
    """Return the name of the secret that a step types."""
    held = (n for n in names_in(step.value or "") if n.startswith(_PREFIX))
    return next((n.removeprefix(_PREFIX) for n in held), None)


def binding_of(step: Step, steps: Iterable[Step], pages: Mapping[str, Page]) -> Binding:
    """Return where the secret of ``step`` may be typed, as its procedure shows it."""
    steps = tuple(steps)
    target = step.target
    page = pages.get(target.page) if target else None
    symbol, _, path = page.template.partition("/") if page else (BASE, "", "")
    types = {v.fingerprint.type == "password" for v in target.variants if v.fingerprint.type} if target else set()
    hidden_here = sum(len(row) > _TYPE and row[_TYPE] == "password" for row in page.elements) if page else 0
    typed_here = [s for s in steps if target and s.target and s.target.page == target.page and hides(s)]
    return Binding(
        origin=symbol or BASE,
        field=target.words() if target else "",
        path=f"/{path}",
        shows="either" if len(types) != 1 else "never" if types == {True} else "always",
        passwords=max(hidden_here, len({s.target.words() for s in typed_here if s.target})),
        sends_to=tuple(sorted({r.origin for s in steps for r in s.expect.requests} | {symbol or BASE, BASE})),
    )


def bindings(steps: Iterable[Step], pages: Mapping[str, Page]) -> dict[str, list[Binding]]:
    """Return by the name of each secret all places where a procedure types it."""
    steps, found = tuple(steps), dict[str, list[Binding]]()
    for step in steps:
        if (name := secret_of(step)) is not None:
            bound = binding_of(step, steps, pages)
            if bound not in found.setdefault(name, []):
                found[name].append(bound)
    return found


def misplaced(bound: Binding, seen: FieldSeen, base: str) -> str:
    """Return in words why a secret does not belong into the field at hand; nothing where it does."""
    if not belongs(bound.origin, seen.origin, base):
        return f"the page at hand is {_called(seen.origin)}, and it belongs to {_called(_named(bound.origin, base))}"
    strange = next((o for o in seen.sends_to if not any(belongs(s, o, base) for s in bound.sends_to)), "")
    if strange:
        return f"its form sends to {_called(strange)}, which was never shown"
    if not seen.typed_into:
        return f"a {seen.tag} stands where a field was shown"
    if not seen.visible:
        return "the field cannot be seen on the page"
    if seen.readonly:
        return "the field lets nobody type in it"
    if bound.shows == "never" and seen.type != "password":
        return "the field shows what is typed, and the one that was recorded hides it"
    if bound.shows == "always" and seen.type == "password":
        return "the field hides what is typed, and the one that was recorded shows it"
    if bound.passwords and seen.passwords > bound.passwords:
        return f"its form asks for {seen.passwords} passwords, and {bound.passwords} was shown: it may set a new one"
    return ""


def belongs(symbol: str, at: str, base: str) -> bool:
    """Tell whether an origin is the one that a symbol names. Another host is reached without encryption only where the
    workflow's own is too: which of the two it was, a host does not say."""
    if symbol == BASE:
        return at == origin(base)
    scheme, _, host = at.partition("://")
    return host == symbol and (scheme == "https" or (scheme == "http" and urlsplit(base).scheme == "http"))


def _named(symbol: str, base: str) -> str:
    return origin(base) if symbol == BASE else symbol


def _called(place: str) -> str:
    return place if place not in {"", "null"} else "of no origin that can be trusted"


def hides(step: Step) -> bool:
    """Tell whether a step types a secret into a field that hides what is typed."""
    held = step.target.variants if step.target else ()
    return secret_of(step) is not None and any(v.fingerprint.type == "password" for v in held)


def typed_logins(steps: Iterable[Step], pages: Mapping[str, Page], base: str) -> tuple[TypedLogin, ...]:
    """Return the logins that a procedure types, each once: what a page hides, with what was typed in clear there before it.

    Where no page hides anything, all that is typed at one place is one login.
    """
    shown, found = dict[str, tuple[str, ...]](), dict[TypedLogin, None]()
    for step in steps:
        if (name := secret_of(step)) is None:
            continue
        page = pages.get(step.target.page) if step.target else None
        at = _host(page.template.partition("/")[0] if page else BASE, base)
        if hides(step):
            found[TypedLogin(at=at, names=(*shown.get(at, ()), name))] = None
        elif name not in shown.get(at, ()):
            shown[at] = (*shown.get(at, ()), name)
    return tuple(found or (TypedLogin(at=at, names=names) for at, names in shown.items()))


def _host(symbol: str, base: str) -> str:
    """Return the host that a symbol names; its port where it is not the one of the web."""
    host = urlsplit(base).netloc if symbol in {BASE, ""} else symbol
    return host.lower().removesuffix(":443").removesuffix(":80")
