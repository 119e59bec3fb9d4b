"""Writes a procedure as a Chrome DevTools Recorder JSON, which its schema accepts and which can be imported again."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from ..domain.errors import ExportImpossible
from ..domain.procedure import Procedure, Step
from ..domain.target import Fingerprint, Variant
from ..domain.template import HOLE, whole_name
from ..domain.values import spell
from ..domain.workflow import Check, Workflow
from .devtools import CUSTOM

_TEST_ID = "data-testid"
_CUSTOM_KINDS = {"back", "forward", "upload", "drag", "read"}


def export_devtools(procedure: Procedure, workflow: Workflow, *, values: Mapping[str, str] | None = None) -> str:
    """Return the JSON text; raises ExportImpossible naming the step.

    ``values`` (canonical) are filled in for parameters; without them, and for secrets always, ``{{ name }}`` stands
    there. What DevTools has no words for is a custom step, or stands under ``rpa``, which DevTools leaves alone.
    """
    flow = _Flow(procedure, workflow, values or {})
    return json.dumps({"title": workflow.task, "steps": list(flow.steps())}, indent=2, ensure_ascii=False) + "\n"


class _Flow:
    def __init__(self, procedure: Procedure, workflow: Workflow, values: Mapping[str, str]) -> None:
        self.procedure, self.workflow = procedure, workflow
        self._values = {
            n: spell(v, workflow.params[n].type, self._format(n), workflow.locale)
            for n, v in values.items()
            if n in workflow.params
        }
        self._tabs = {0: "main"}

    def _format(self, name: str) -> str | None:
        return next((s.format for s in self.procedure.steps if s.format and whole_name(s.value or "") == name), None)

    def steps(self) -> Iterator[dict[str, Any]]:
        yield {
            "type": "setViewport", "width": 1280, "height": 900, "deviceScaleFactor": 1, "isMobile": False,
            "hasTouch": False, "isLandscape": False,
        }  # fmt: skip
        before: Step | None = None
        for number, step in enumerate(self.procedure.steps, 1):
            if step.tab not in self._tabs:
                raise ExportImpossible(f"step {number} works in tab {step.tab + 1}, and no step before it opened that")
            try:
                written = list(self._step(step, before))
            except ExportImpossible as e:
                raise ExportImpossible(f"step {number}: {e.message}", do=e.remedy) from e
            for one in written:
                yield {**one, "target": self._tabs[step.tab]} if one["type"] != "setViewport" else one
            if step.expect.popup:
                self._tabs[len(self._tabs)] = self._address(step.expect.popup)
            before = step
        for check in self.workflow.checks():
            yield from self._check(check)

    def _step(self, step: Step, before: Step | None) -> Iterator[dict[str, Any]]:
        match step.kind:
            case "goto":
                url = self._address(step.value or "")
                yield {"type": "navigate", "url": url, "assertedEvents": [{"type": "navigation", "url": url, "title": ""}]}
            case "fill":
                yield {"type": "change", **self._on(step), "value": self._filled(step.value or ""), **self._signals(step)}
            case "select":
                yield from self._select(step)
            case "press":
                yield from self._keys(step, before)
            case "hover":
                yield {"type": "hover", **self._on(step), **self._signals(step)}
            case "scroll" if step.target is None:
                yield {"type": "scroll", "x": 0, "y": 100_000}
            case "scroll":
                yield {"type": "scroll", **self._on(step), "x": 0, "y": 0}
            case "click" | "dblclick" | "rightclick" | "check" | "uncheck":
                yield from self._click(step)
            case _ if step.kind in _CUSTOM_KINDS:
                yield self._custom(step)

    def _on(self, step: Step) -> dict[str, Any]:
        if step.target is None:
            raise ExportImpossible(f"a {step.kind} needs an element")
        return self._named(step.target.variants[0])

    def _named(self, variant: Variant) -> dict[str, Any]:
        frames = len(variant.fingerprint.frames)
        ways = [[self._filled(way)] for way in _ways(variant)]
        return {"selectors": ways, **({"frame": [0] * frames} if frames else {})}

    def _signals(self, step: Step, **hints: Any) -> dict[str, Any]:
        """Return the navigation that follows, and what only we can say."""
        out: dict[str, Any] = {}
        if url := step.expect.url:
            literal = url.startswith("{base}") and "*" not in url and not HOLE.search(url)
            out["assertedEvents"] = [{"type": "navigation", **({"url": self._address(url), "title": ""} if literal else {})}]
        if step.expect.dialog:
            hints |= {"dialog": step.expect.dialog, "accept": step.answer.accept if step.answer else True}
            if step.answer and step.answer.text is not None:
                hints["text"] = step.answer.text
        if step.expect.download:
            hints["download"] = step.expect.download
        return {**out, **({"rpa": hints} if hints else {})}

    def _click(self, step: Step) -> Iterator[dict[str, Any]]:
        assert step.target is not None
        _, _, width, height = step.target.variants[0].fingerprint.box
        x, y = step.point or (0.5, 0.5)
        held = [k for k in (step.value or "").split("+") if k and k != "Middle"]
        hints = {"kind": step.kind} if step.kind in {"check", "uncheck"} else {}
        button = "secondary" if step.kind == "rightclick" else "auxiliary" if step.value == "Middle" else "primary"
        for key in held:
            yield {"type": "keyDown", "key": key}
        yield {
            "type": "doubleClick" if step.kind == "dblclick" else "click", **self._on(step),
            "offsetX": round(width * x, 1) or 1, "offsetY": round(height * y, 1) or 1, "deviceType": "mouse",
            "button": button, **self._signals(step, **hints),
        }  # fmt: skip
        for key in reversed(held):
            yield {"type": "keyUp", "key": key}

    def _select(self, step: Step) -> Iterator[dict[str, Any]]:
        assert step.target is not None
        fp, value = step.target.variants[0].fingerprint, self._filled(step.value or "")
        if fp.tag == "select":
            # A change step chooses by an option's value attribute, and silently nothing where none has it. A person sees labels.
            on = self._on(step)
            frame = {"frame": on["frame"]} if "frame" in on else {}
            change = {"type": "change", **on, "value": value}
            yield {
                "type": "waitForExpression", **frame, "expression": _chosen(fp, value), **self._signals(step, change=change),
            }  # fmt: skip
            return
        if fp.tag == "input" or fp.capability == "fill":
            yield {"type": "change", **self._on(step), "value": value, "rpa": {"kind": "fill"}}
        else:
            yield {"type": "click", **self._on(step), "offsetX": 1, "offsetY": 1, "deviceType": "mouse", "button": "primary"}
        option = Fingerprint(tag="li", role="option", name=step.value or "", capability="click", frames=fp.frames)
        named = self._named(Variant(fingerprint=option))
        # Lists say more of a record than its name, and a name for aria/ must be whole.
        named["selectors"].append([f"xpath///*[@role='option'][starts-with(normalize-space(), {_xpath_text(value)})]"])
        yield {
            "type": "click", **named, "offsetX": 1, "offsetY": 1,
            "deviceType": "mouse", "button": "primary", **self._signals(step),
        }  # fmt: skip

    def _keys(self, step: Step, before: Step | None) -> Iterator[dict[str, Any]]:
        keys = (step.value or "").split("+")
        hints: dict[str, Any] = {}
        same = before is not None and before.target is not None and before.target == step.target and before.kind == "fill"
        if step.target is not None and not same:
            hints["on"] = self._on(step)
        for i, key in enumerate(keys):
            last = i == len(keys) - 1
            yield {"type": "keyDown", "key": key, **(self._signals(step, **hints) if last else {})}
        for key in reversed(keys):
            yield {"type": "keyUp", "key": key}

    def _custom(self, step: Step) -> dict[str, Any]:
        parameters: dict[str, Any] = {}
        if step.target is not None:
            parameters.update(self._on(step))
        if step.value is not None:
            parameters["value"] = self._filled(step.value)
        if step.to is not None:
            parameters["to"] = self._named(step.to.variants[0])["selectors"]
        if step.output:
            parameters["output"] = step.output
        return {"type": "customStep", "name": f"{CUSTOM}{step.kind}", "parameters": parameters, **self._signals(step)}

    def _check(self, check: Check) -> Iterator[dict[str, Any]]:
        if check.url is not None:
            like = re.escape(check.url.removeprefix("{base}").removeprefix("**")).replace(r"\*", "[^/]+")
            like = re.sub(r"\\\{\\\{.*?\\\}\\\}", "[^/]+", like).replace("/", "\\/")
            yield {"type": "waitForExpression", "expression": f"/{like}/.test(location.href)", "rpa": {"url": check.url}}
        elif (said := check.visible if check.visible is not None else check.hidden) is not None:
            filled = self._filled(said)
            piece = max(filled.split("*"), key=len).strip() or filled
            hints = {"visible" if check.visible is not None else "hidden": said} if filled != said or "*" in said else {}
            count = {} if check.visible is not None else {"count": 0, "operator": "=="}
            more = {"rpa": hints} if hints else {}
            yield {"type": "waitForElement", "selectors": [[f"text/{piece}"]], **count, **more}

    def _filled(self, template: str) -> str:
        return HOLE.sub(lambda m: self._values.get(m[1], m[0]) if not m[2] else m[0], template)

    def _address(self, template: str) -> str:
        base = self.workflow.base_url
        if template.startswith("{base}"):
            return base + self._filled(template.removeprefix("{base}"))
        return template if "://" in template else f"{base.partition(':')[0]}://{template}"


def _chosen(fp: Fingerprint, value: str) -> str:
    """Return the expression that chooses options by their labels, and is true once they are there and chosen."""
    css = next((w for w in _ways(Variant(fingerprint=fp)) if re.match(r"[#\[]|select\[", w)), "")
    called = json.dumps(fp.label or fp.name, ensure_ascii=False)
    found = (
        f"document.querySelector({json.dumps(css, ensure_ascii=False)})"
        if css
        else "[...document.querySelectorAll('select')].find((s) => [...s.labels].some((l) => "
        f"said([...l.childNodes].filter((n) => !n.contains(s)).map((n) => n.textContent).join(' ')) === {called}))"
    )
    return (
        "(() => { const said = (t) => t.replace(/\\s+/g, ' ').trim(), "
        f"wanted = {json.dumps(value.split(chr(10)), ensure_ascii=False)}, list = {found}; "
        "const chosen = list ? [...list.options].filter((o) => wanted.includes(said(o.label))) : []; "
        "if (chosen.length !== wanted.length) return false; "
        "for (const o of list.options) if (o.selected !== chosen.includes(o)) o.selected = chosen.includes(o); "
        "for (const type of ['input', 'change']) list.dispatchEvent(new Event(type, { bubbles: true })); return true; })()"
    )


def _ways(variant: Variant) -> list[str]:
    """Return how DevTools finds the element, best first; raises ExportImpossible when there is no way."""
    fp = variant.fingerprint
    if fp.row and fp.row.key:
        return [_in_row(fp)]
    out: list[str] = []
    if fp.name and "#h:" not in fp.name:
        out.append(f'aria/{fp.name}[role="{fp.role}"]' if fp.role else f"aria/{fp.name}")
    if fp.test_id and "#h:" not in fp.test_id:
        out.append(f"[{_TEST_ID}={json.dumps(fp.test_id, ensure_ascii=False)}]")
    if fp.id and "id" not in fp.generated:
        out.append(f"#{fp.id}" if re.fullmatch(r"[A-Za-z_][\w-]*", fp.id) else f"[id={json.dumps(fp.id, ensure_ascii=False)}]")
    if fp.name_attr and "name_attr" not in fp.generated:
        tag = fp.tag if fp.tag != "*" else ""
        out.append(f"{tag}[name={json.dumps(fp.name_attr, ensure_ascii=False)}]")
    if fp.placeholder:
        out.append(f"[placeholder={json.dumps(fp.placeholder, ensure_ascii=False)}]")
    if fp.text and "#h:" not in fp.text:
        out.append(f"text/{fp.text}")
    out += _as_imported(variant)
    if not out:
        raise ExportImpossible(f"{fp.words()} has no name or id that DevTools could find it by")
    return list(dict.fromkeys(out))


def _as_imported(variant: Variant) -> Iterator[str]:
    """Yield the ways of an imported element that are CSS or XPath, as both tools know them."""
    for locator in variant.locators if variant.came_from == "import" else ():
        if locator.startswith("xpath="):
            yield "xpath/" + locator.removeprefix("xpath=")
        elif not re.search(r"internal:|>>|=|^text", re.sub(r"\[[^\]]*\]", "", locator)):
            yield locator


def _in_row(fp: Fingerprint) -> str:
    """Return the path to an element of a row that is known by one of its texts."""
    assert fp.row is not None
    row = next((t for t in reversed(fp.path.split(">")[:-1]) if t in {"tr", "li"}), "tr")
    named = fp.name and "#h:" not in fp.name
    own = f"//{fp.tag}[normalize-space()={_xpath_text(fp.name)}]" if named else f"//{fp.tag}"
    return f"xpath///{row}[.//*[normalize-space()={_xpath_text(fp.row.key)}]]{own}"


def _xpath_text(plain: str) -> str:
    if '"' not in plain:
        return f'"{plain}"'
    return f"'{plain}'" if "'" not in plain else 'concat("' + plain.replace('"', '", \'"\', "') + '")'

