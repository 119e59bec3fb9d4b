"""The door: the `rpa` command. Data goes to stdout, talk to stderr, and the exit code says what became of it."""

from __future__ import annotations

__all__ = ["main"]


def main() -> None:
    """Run the command line and leave with its exit code."""
    import sys

    from .border import run_command

    sys.exit(run_command(sys.argv[1:]))
