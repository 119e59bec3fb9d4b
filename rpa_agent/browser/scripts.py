"""The texts of the in-page scripts of this room."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

_INCLUDED = re.compile(r"INCLUDED\('([\w./]+)'\)")  # scripts go into pages as text, where nothing can be imported


@cache
def script(name: str) -> str:
    """Return the text of a script, with what it shares with others in its place."""
    text = files(__package__).joinpath("js", name).read_text(encoding="utf-8")
    return _INCLUDED.sub(lambda m: script(m[1]).rstrip(), text)
