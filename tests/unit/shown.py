"""Demonstrations made of plain values, and what they become: for the tests of sentences, corrections and merging."""

from __future__ import annotations

from typing import Any

from rpa_agent.build import Built, build_procedure
from rpa_agent.domain.recording import Act, Recording, SeenRequest
from rpa_agent.domain.target import Fingerprint

BASE, SALT = "http://site.test", "salt"
ROLES = {"fill": "textbox", "click": "button", "select": "combobox", "check": "checkbox"}


def element(name: str, capability: str = "fill", **more: Any) -> Fingerprint:
    tag = {"click": "button", "select": "select"}.get(capability, "input")
    told = {"tag": tag, "role": ROLES[capability], "name": name, "capability": capability}
    if capability != "click":
        told["label"] = name
    return Fingerprint.model_validate({**told, **more})


def _act(kind: str, fp: Fingerprint, url: str, to: str, more: dict[str, Any]) -> Act:
    return Act.model_validate({"kind": kind, "url": BASE + url, "url_after": BASE + (to or url), "element": fp, **more})


def fill(label: str, value: str, *, url: str = "/form", **more: Any) -> Act:
    fp = element(label, **more.pop("traits", {}))
    return _act("fill", fp, url, "", {"value": value, **more})


def password(value: str = "k", *, url: str = "/login") -> Act:
    return fill("Password", value, url=url, secret=True, input_type="password", traits={"type": "password"})


def choose(label: str, value: str, *, url: str = "/form", **more: Any) -> Act:
    return _act("select", element(label, "select", **more.pop("traits", {})), url, "", {"value": value, **more})


def tick(label: str, *, url: str = "/form", **more: Any) -> Act:
    return _act("check", element(label, "check", **more.pop("traits", {})), url, "", more)


def click(name: str, *requests: SeenRequest, url: str = "/form", to: str = "", **more: Any) -> Act:
    return _act("click", element(name, "click", **more.pop("traits", {})), url, to, {"requests": requests, **more})


def post(path: str, **fields: str) -> SeenRequest:
    return SeenRequest(method="POST", url=BASE + path, kind="document", fields=fields, status=200)


def login() -> tuple[Act, ...]:
    return (
        fill("User", "clerk", url="/login"),
        password(),
        click("Sign in", post("/login"), url="/login", to="/form"),
    )


def recording(*acts: Act, language: str = "en", **more: Any) -> Recording:
    opened = Act(kind="goto", url=BASE + "/form", url_after=BASE + "/form", value=BASE + "/form")
    told = {"last_url": acts[-1].url_after or acts[-1].url, "secrets": {"k": "hunter2-secret"}, **more}
    return Recording.model_validate(
        {"base_url": BASE, "start": BASE + "/form", "acts": (opened, *acts), "language": language, **told}
    )


def build(*acts: Act, name: str = "file-invoice", **more: Any) -> Built:
    return build_procedure(recording(*acts, **more), name=name, task="File an invoice", site="office", salt=SALT)


def invoice(*, number: str = "RE-77", amount: str = "1.234,50", due: str = "2026-12-31", currency: str = "EUR") -> Built:
    """Log in, enter an invoice, save it: steps 2 to 9, of which step 9 sends."""
    return build(
        *login(),
        fill("Number", number),
        fill("Amount", amount),
        fill("Due date", due),
        choose("Currency", currency),
        click(
            "Save",
            post("/invoices", number=number, amount=amount),
            to="/invoices/77",
            texts=(f"Invoice {number} was filed",),
        ),
        language="de",
    )
