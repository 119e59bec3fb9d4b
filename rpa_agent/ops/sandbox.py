"""Puts a sandbox back to its first day: by a request to itself, or by a command of the project."""

from __future__ import annotations

import asyncio
import shlex
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

from ..domain.errors import SiteUnreachable, WorkflowInvalid
from ..domain.urls import origin
from ..domain.workflow import Sandbox, Workflow

PATIENCE_S = 120


def require_sandbox(workflow: Workflow) -> Sandbox:
    """Return the sandbox that a workflow declares; raises WorkflowInvalid where it has none that can be tried on."""
    sandbox, example = workflow.sandbox, "sandbox: {base_url: https://test.example.com, reset: ./reset.sh}"
    if sandbox is None:
        raise WorkflowInvalid(
            f"{workflow.name} names no sandbox, and nothing is tried out on a site that matters; nothing was opened",
            do=f"Add a copy of the site to the workflow file: {example}", where="sandbox",
        )
    if origin(sandbox.base_url) == origin(workflow.base_url):
        raise WorkflowInvalid(
            f"the sandbox of {workflow.name} is the very site that it works on; nothing was opened",
            do=f"Name a copy of the site: {example}", where="sandbox.base_url",
        )
    if not sandbox.reset:
        raise WorkflowInvalid(
            f"the sandbox of {workflow.name} has no `reset:`, so one try would find what another left; nothing was opened",
            do=f"Say how it is put back to its first day: {example}", where="sandbox.reset",
        )
    return sandbox


async def reset(sandbox: Sandbox, project: Path) -> None:
    """Put the sandbox back: POST to an address of its own, or run a command in the project's folder.

    Raises WorkflowInvalid where the address is another site's, SiteUnreachable where it did not work.
    """
    wanted = sandbox.reset or ""
    if wanted.startswith(("http://", "https://")):
        if origin(wanted) != origin(sandbox.base_url):
            raise WorkflowInvalid(f"sandbox.reset: {wanted} is not of the sandbox itself; nothing was asked", where="sandbox.reset")
        await asyncio.to_thread(_post, wanted)
        return
    await asyncio.to_thread(_command, shlex.split(wanted), project)


def _post(url: str) -> None:
    request = urllib.request.Request(url, data=b"", method="POST")
    try:
        with urllib.request.build_opener(_NoRedirects).open(request, timeout=PATIENCE_S):
            return
    except (urllib.error.URLError, OSError, ValueError) as e:
        raise SiteUnreachable(f"the sandbox was not reset: {url} answers {e}", do="Try `reset:` by hand.") from e


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *asked: object) -> None:
        return None


def _command(words: list[str], project: Path) -> None:
    try:
        done = subprocess.run(words, cwd=project, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as e:
        raise SiteUnreachable(f"the sandbox was not reset: {words[0]}: {e}", do="Try `reset:` by hand.") from e
    if done.returncode:
        why = (done.stderr or done.stdout).strip().splitlines()
        raise SiteUnreachable(
            f"the sandbox was not reset: {words[0]} ended with {done.returncode}{f' ({why[-1][:200]})' if why else ''}",
            do="Try `reset:` by hand.",
        )
