"""Proves exploration with browser-use on the practice site, with a scripted model: where browser-use is installed.

browser-use pins about 28 packages, so it is no part of CI. Install it beside this package (`pip install 'rpa-agent[explore]'`)
in an environment of its own, and run `python scripts/prove_explore.py`. It prints what it proved, and ends with 1 where
something did not hold, with 2 where browser-use is not there.
"""

from __future__ import annotations

import json
import os
import re
import socket
import sys
import tempfile
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from fixtures.backoffice import PASSWORD, TRUTH_HEADER, TRUTH_TOKEN, USER, Backoffice  # noqa: E402
from fixtures.model_server import ModelServer, Prompt  # noqa: E402
from rpa_agent.cli.border import run_command  # noqa: E402
from rpa_agent.llm.browser_use_agent import is_installed  # noqa: E402

NAME = "enter-invoice"
VALUES = {
    "supplier": "Müller Transporte GmbH", "number": "RE-20417", "invoice_date": "2026-11-03", "due": "2026-12-03",
    "amount": "1234.50", "currency": "USD", "cost_centre": "4000 IT and telephony",
}  # fmt: skip
# act, what the element is known by, what is entered; a line is one answer of the model
PLAN: tuple[tuple[str, str, str], ...] = (
    ("input", "id=login_user", "user"), ("input", "id=login_password", "password"), ("click", "id=login_submit", ""),
    ("evil", "", ""), ("go_back", "", ""), ("click", "Invoices", ""), ("click", "New", ""),
    ("input", "id=invoice_supplier", "supplier"),
    ("click", "<secret>supplier</secret>", ""), ("input", "id=invoice_number", "number"),
    ("input", "id=invoice_invoice_date", "invoice_date"), ("input", "id=invoice_due_date", "due_written"),
    ("input", "id=invoice_amount", "amount_written"), ("select_dropdown", "id=invoice_currency", "currency"),
    ("select_dropdown", "id=invoice_cost_centre", "cost_centre"), ("click", "id=invoice_save", ""), ("done", "", ""),
)  # fmt: skip
_ELEMENT = re.compile(r"\[(\d+)\](<[^\n]*/>)([^\[]*)")


class Plan:
    """Answers browser-use by the numbers that it gives the elements."""

    def __init__(self, elsewhere: str) -> None:
        self._left, self._elsewhere = list(PLAN), elsewhere

    def __call__(self, prompt: Prompt) -> str:
        asked = json.loads(prompt.body)["messages"]
        if "worked" in asked[1]["content"][:60] or '"task"' in asked[1]["content"][:20]:
            return "no script"
        act, known_by, value = self._left.pop(0) if self._left else ("done", "", "")
        page = asked[1]["content"].rsplit("<browser_state>", 1)[-1]
        return json.dumps({
            "evaluation_previous_goal": "", "memory": "", "next_goal": "", "action": [self._action(act, known_by, value, page)],
        })  # fmt: skip

    def _action(self, act: str, known_by: str, value: str, page: str) -> dict[str, Any]:
        if act == "done":
            return {"done": {"text": "the invoice was filed", "success": True}}
        if act == "go_back":
            return {"go_back": {}}
        if act == "evil":       # what it must not be able to do: another host
            return {"navigate": {"url": self._elsewhere, "new_tab": False}}
        found = [
            int(number) for number, tag, text in _ELEMENT.findall(page)
            if re.search(rf"\b{re.escape(known_by)}[ />]", tag) or text.strip().splitlines()[:1] == [known_by]
        ]  # fmt: skip
        if not found:
            return {"wait": {"seconds": 1}}
        at = {"index": found[-1]}
        return {act: at if act == "click" else {**at, "text": f"<secret>{value}</secret>"}}


def project(folder: Path, site: Backoffice) -> None:
    """Write a workflow that nobody has shown, whose sandbox is the practice site."""
    for name in ("workflows", "data"):
        (folder / name).mkdir(parents=True)
    reset = folder / "reset.py"
    reset.write_text(
        "import urllib.request as u\n"
        f"address, headers = {f'{site.base_url}/__control/reset'!r}, {{{TRUTH_HEADER!r}: {TRUTH_TOKEN!r}}}\n"
        "u.urlopen(u.Request(address, data=b'{}', headers=headers))\n"
    )
    types = {"amount": "decimal", "due": "date", "invoice_date": "date"}
    (folder / "workflows" / f"{NAME}.yaml").write_text(yaml.safe_dump({
        "schema": 1, "name": NAME, "task": "Enter a supplier invoice and file it", "base_url": "http://erp.invalid",
        "site": "backoffice", "locale": "de_DE", "secrets": ["user", "password"],
        "params": {n: {"type": types.get(n, "string")} for n in VALUES},
        "success": [{"visible": "Invoice {{ number }} was filed"}],
        "sandbox": {"base_url": site.base_url, "reset": f"{sys.executable} {reset}"},
    }))  # fmt: skip
    (folder / "data" / f"{NAME}.examples.yaml").write_text(yaml.safe_dump(VALUES))
    (folder / "rpa.toml").write_text('explorer = "browser-use"\n')


def main() -> int:
    """Prove it; return the exit code."""
    if not is_installed():
        print("browser-use is not installed here; nothing was proved", file=sys.stderr)
        return 2
    looked_up: list[str] = []
    look_up = socket.getaddrinfo

    def noted(host: Any, *rest: Any, **more: Any) -> Any:
        looked_up.append(str(host))
        return look_up(host, *rest, **more)

    socket.getaddrinfo = noted
    os.environ.update(RPA_SECRET_USER=USER, RPA_SECRET_PASSWORD=PASSWORD)
    with tempfile.TemporaryDirectory() as place, Backoffice() as site, ModelServer() as elsewhere:
        folder = Path(place) / "project"
        project(folder, site)
        with ModelServer(Plan(f"{elsewhere.url}/secrets")) as model:
            os.environ["RPA_MODEL_URL"] = model.url
            explored = run_command(["bootstrap", NAME, "--examples", "--candidates", "1", "--project", str(folder)])
        del os.environ["RPA_MODEL_URL"]
        site.reset()
        run = ["run", NAME, "--examples", "--param", "number=R-9", "--base-url", site.base_url, "--project", str(folder)]
        ran = run_command(run)
        text = " ".join(p.body.decode() for p in model.prompts)
        proved = {
            "the task was explored, compiled and replayed without a model": explored == 0,
            "what was learned runs with another value and without a model": ran == 0 and site.count("invoice.create", "R-9") == 1,
            "no secret and no value stood in a question": not any(v in text for v in (PASSWORD, *VALUES.values()) if len(v) > 4),
            "another host was not reached": not elsewhere.prompts,
            "no name was looked up": not [h for h in looked_up if h not in {"127.0.0.1", "localhost", "::1", "None"}],
        }  # fmt: skip
        for line, held in proved.items():
            print(f"{'proved' if held else 'NOT SO'}  {line}")
        print(f"{len(model.prompts)} questions, {sum(len(p.body) for p in model.prompts) // 4} tokens (four bytes each)")
    return 0 if all(proved.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
