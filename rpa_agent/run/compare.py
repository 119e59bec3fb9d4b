"""Compares the signals that came with those that were recorded; what is missing is named in plain words."""

from __future__ import annotations

from collections.abc import Mapping

from ..domain.procedure import READS, Expectation, Request
from ..domain.template import pattern
from ..domain.trajectory import Signals

_MOST = 0.7  # how much of a text a template must be; the rest may be a sign or a close button


def missing_signals(expect: Expectation, seen: Signals, values: Mapping[str, str], *, strict: bool) -> tuple[str, ...]:
    """Return the recorded signals that did not come.

    Hard signals are changes (method, path, answered without an error), addresses, downloads, popups. Texts are soft:
    they count only when ``strict``, and then one of them is enough, since a new version of a site words things anew.
    """
    out = []
    for wanted in expect.requests:
        if wanted.method in READS:
            continue
        came = next((r for r in seen.requests if _same(wanted, r)), None)
        if came is None:
            out.append(f"{wanted.method} {wanted.path} was not sent")
        elif not came.status and wanted.status:
            out.append(f"{wanted.method} {wanted.path} was not answered")
        elif came.status >= 4 and wanted.status < 4:
            out.append(f"{wanted.method} {wanted.path} was answered with an error ({came.status}xx)")
    changes = any(r.method not in READS for r in expect.requests)
    said = any(says(t, x, values) for t in expect.texts for x in seen.texts)
    if expect.url and seen.url and not fits(expect.url, seen.url) and not (changes and said):
        # A form that comes back with an error is answered without one: the address or the page's word must agree.
        out.append(f"the address is {seen.url}, not {expect.url}")
    if expect.download and not seen.download:
        out.append("no download came")
    if expect.popup and not seen.popup:
        out.append("no new tab opened")
    if strict and expect.texts and not changes and not expect.url and not said:
        out.append(f"the page does not say {' or '.join(repr(t) for t in expect.texts[:2])}")
    return tuple(out)


def shows_itself(expect: Expectation, seen: Signals, values: Mapping[str, str], *, moved: bool) -> bool:
    """Tell whether anything that was recorded came that would not be there anyway; an address that stayed proves nothing.

    ``moved`` tells whether the address changed. Where nothing was missing, what is asked here is whether there was anything.
    """
    if any(r.method not in READS for r in expect.requests) or expect.download or expect.popup or expect.read_back:
        return True
    if expect.url and moved:
        return True
    return any(says(t, x, values) for t in expect.texts for x in seen.texts)


def says(template: str, text: str, values: Mapping[str, str]) -> bool:
    """Tell whether a text says what the template does and little else: not *Invoice 7* in *Invoice 7 already exists*."""
    found = pattern(template, values).search(text)
    return found is not None and len(found.group().strip()) >= _MOST * len(text.strip())


def _same(wanted: Request, seen: Request) -> bool:
    return (
        wanted.method == seen.method
        and wanted.origin == seen.origin
        and wanted.operation == seen.operation
        and fits(wanted.path, seen.path)
    )


def refused_as(wanted: Request, said: str) -> bool:
    """Tell whether a refused request, told as ``POST {base}/invoices/*``, is the one that was recorded."""
    method, address, operation = (*said.split(" ", 2), "")[:3]
    return method == wanted.method and operation == wanted.operation and fits(f"{wanted.origin}{wanted.path}", address)


def fits(template: str, seen: str) -> bool:
    """Tell whether two templates name the same address: segment by segment, ``*`` and holes fit anything."""
    a, b = template.rstrip("/").split("/"), seen.rstrip("/").split("/")
    return len(a) == len(b) and all(
        x == y or x == "*" or y == "*" or "{{" in x or "{{" in y for x, y in zip(a, b, strict=True)
    )
