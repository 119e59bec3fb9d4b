"""The door: the `rpa` command. Data goes to stdout, talk to stderr, and the exit code says what became of it."""

from __future__ import annotations

__all__ = ["main"]


def main() -> None:
    """Run the command line and leave with its exit code."""
    import gc
    import os
    import sys

    # What is loaded at the start stays, and looking for garbage in it takes a tenth of the time; wait_for turns it on.
    gc.disable()

    # It would look through all installed packages for plugins of its own, which costs as much as reading a workflow.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")

    from .border import run_command

    sys.exit(run_command(sys.argv[1:]))
