"""Someone who uses the practice site by its pages, without a browser."""

from __future__ import annotations

import httpx
from bs4 import BeautifulSoup, Tag

from fixtures.backoffice import PASSWORD, USER, Backoffice


class Clerk:
    """Someone who uses the application by its pages: fills the fields that are there, sends them as they say."""

    def __init__(self, site: Backoffice) -> None:
        # nothing here is encrypted, and to read the certificates of the world takes longer than a page
        self.http = httpx.Client(base_url=site.base_url, follow_redirects=True, trust_env=False, verify=False)

    def page(self, path: str) -> BeautifulSoup:
        return BeautifulSoup(self.http.get(path).text, "html.parser", string_containers={})

    def sign_in(self, password: str = PASSWORD, code: str = "", path: str = "/login", *, user: str = USER) -> httpx.Response:
        form = form_of(self.page(path), "login.submit")
        return self.send(form, {"login.user": user, "login.password": password, "login.code": code})

    def send(self, form: Tag, values: dict[str, str], action: str = "") -> httpx.Response:
        """Send a form with these values, given by truth tag, as its page would."""
        fields = fields_of(form)
        for tag, value in values.items():
            control = form.find(attrs={"data-truth": tag})
            if isinstance(control, Tag):
                fields[named(control)] = value
        url = action or str(form["action"])
        match form.get("data-truth-fetch"):
            case None:
                return self.http.post(url, data=fields)
            case "form":
                return self.http.post(url, data=fields, headers=self._script(form))
            case _:
                return self.http.post(url, json=fields, headers=self._script(form))

    def file(self, number: str = "4711", **others: str) -> httpx.Response:
        form = form_of(self.page("/invoices/new"), "invoice.save")
        values = {
            "invoice.supplier": "Müller Transporte GmbH", "invoice.number": number,
            "invoice.invoice_date": "2025-06-02", "invoice.due_date": "02.07.2025",
            "invoice.amount": "1.234,50", "invoice.cost_centre": "2100",
        }  # fmt: skip
        return self.send(form, values | {f"invoice.{name}": value for name, value in others.items()})

    @staticmethod
    def _script(form: Tag) -> dict[str, str]:
        return {"Accept": "application/json", "X-CSRF-Token": fields_of(form)["csrf_token"]}


def form_of(page: BeautifulSoup, truth: str) -> Tag:
    """The form that the element with this meaning belongs to."""
    element = page.find(attrs={"data-truth": truth})
    assert isinstance(element, Tag), f"there is no {truth}"
    form = element.find_parent("form")
    assert isinstance(form, Tag)
    return form


def fields_of(form: Tag) -> dict[str, str]:
    """What the form sends when nothing is changed."""
    fields = {}
    for control in form.find_all(["input", "select", "textarea"]):
        kind, name = control.get("type"), str(control.get("name", ""))
        if not name or kind == "file" or (kind in ("checkbox", "radio") and not control.has_attr("checked")):
            continue
        if control.name == "select":
            chosen = control.find("option", selected=True) or control.find("option")
            fields[name] = str(chosen["value"]) if isinstance(chosen, Tag) else ""
        else:
            fields[name] = str(control.get("value", control.get_text()))
    return fields


def named(control: Tag) -> str:
    """The field that a control fills: its own, or the hidden one behind a box with a fixed list."""
    if control.get("name"):
        return str(control["name"])
    box = control.find_parent(attrs={"data-truth-part": "combo"})
    hidden = box.find("input", type="hidden") if isinstance(box, Tag) else None
    return str(hidden["name"]) if isinstance(hidden, Tag) else ""
