"""Writes a procedure as a Playwright Python script that runs on its own; no value and no secret stands in it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..domain.errors import ExportImpossible
from ..domain.procedure import READS, Procedure, Request, Step
from ..domain.styled import STYLED
from ..domain.target import Target
from ..domain.template import whole_name
from ..domain.values import preferred
from ..domain.workflow import Check, Param, Workflow
from . import wording
from .script_parts import MAIN, PARTS

_SAMPLE = re.compile(r"^(?P<before>\D*?)-?1(?P<group>\D)?234(?:(?P<point>[.,])(?P<frac>\d*))?(?P<after>\D*)$")
_PLAIN_DATE = re.compile(r"^(?:yyyy|yy|mm|m|dd|d|[^a-z])+$")
_HELP = {"date": "as 2026-12-31", "decimal": "as 1234.50", "integer": "a whole number", "boolean": "true or false",
         "file": "path of a file"}  # fmt: skip


def export_playwright(procedure: Procedure, workflow: Workflow, *, signals: bool = True) -> str:
    """Return the script; raises ExportImpossible naming the step that it has no words for.

    Without ``signals`` it does not wait for what each step led to, beyond what Playwright itself waits for.

    Its ``work(page, given, secrets, base, downloads)`` does every step and asserts the checks, so that a program which
    has a page of its own can call it; run as a program it starts a browser and takes values from the command line.
    """
    return _Script(procedure, workflow, signals=signals).written()


class _Script:
    """Collects the lines of the script and what they need."""

    def __init__(self, procedure: Procedure, workflow: Workflow, *, signals: bool) -> None:
        self.procedure, self.workflow, self.signals = procedure, workflow, signals
        self.params = dict(workflow.params)
        self.lines: list[str] = []
        self.depth = 1
        self.tabs = {0: "page"}
        self.urls: dict[int, str] = {}
        self.coming: dict[int, str] = {}

    def written(self) -> str:
        for number, step in enumerate(self.procedure.steps, 1):
            try:
                self._step(number, step)
            except ExportImpossible as e:
                raise ExportImpossible(f"step {number}: {e.message}", do=e.remedy) from e
        for check in self.workflow.checks():
            self.lines.extend(self._check(check))
        self._put("return outputs")
        body = "\n".join(self.lines)
        opening = "\n".join(self._opening())
        secrets = dict.fromkeys((*self.workflow.secrets, *self.procedure.secrets))
        used = "".join(f"\n{code}" for name, code in PARTS.items() if f"{name}(" in body + opening)
        parameters = ", ".join(wording.quoted(p) for p in self.params)
        names = ", ".join(f'"{s}": "RPA_SECRET_{s.upper()}"' for s in secrets)
        whole = (
            f"BASE_URL = {wording.quoted(self.workflow.base_url)}\nPARAMETERS = [{parameters}]\nSECRETS = {{{names}}}\n"
            f"{used}\n\nasync def work(\n    page: Page, given: dict[str, str], secrets: dict[str, str], base: str = BASE_URL,"
            f" downloads: Path = Path()\n) -> dict[str, object]:\n"
            f'    """Do the work once, and assert that it was done; return what was read."""\n'
            f"    outputs: dict[str, object] = {{}}\n{opening}\n{body}\n\n{MAIN.format(options=self._options())}"
        )
        return f"{self._docstring(list(secrets))}\n\n{_imports(whole)}\n\n{whole}"

    def _docstring(self, secrets: list[str]) -> str:
        file = self.workflow.name.replace("-", "_") + ".py"
        asked = "".join(f" --{n.replace('_', '-')} …" for n, p in self.params.items() if p.required and p.default is None)
        task = self.workflow.task.replace("\\", "/").replace('"""', "'''").strip().rstrip('"')
        lines = [f'"""{task}', "", f"    python {file}{asked}"]
        if secrets:
            lines += ["", "Secrets come from the environment: " + ", ".join(f"RPA_SECRET_{s.upper()}" for s in secrets) + "."]
        return "\n".join([*lines, '"""'])

    def _options(self) -> str:
        out = []
        for name, param in self.params.items():
            said = param.label or name.replace("_", " ")
            hint = _HELP.get(param.type, "")
            fmt = next((s.format for s in self.procedure.steps if whole_name(s.value or "") == name and s.format), None)
            if fmt and self._spelled(name, fmt) is None:
                hint = f"as the site writes it: {fmt}"
            if param.options:
                hint = "one of " + ", ".join(param.options[:20])
            words = (f"{said} ({hint})" if hint else said).replace("%", "%%")
            required = param.required and param.default is None
            default = "" if param.default is None or "{{" in str(param.default) else f", default={str(param.default)!r}"
            flag = wording.quoted("--" + name.replace("_", "-"))
            must = ", required=True" if required else ""
            more = f"dest={wording.quoted(name)}{must}{default}, help={wording.quoted(words)}"
            out.append(f"    parser.add_argument({flag}, {more})\n")
        return "".join(out)

    def _opening(self) -> Iterator[str]:
        """Yield the lines that turn values into what the site writes."""
        for name, param in self.params.items():
            if isinstance(param.default, str) and "{{" in param.default:
                yield f"    given.setdefault({wording.quoted(name)}, {wording.text(param.default)})"
        yield "    site = dict(given)"
        formats = {n: s.format for s in self.procedure.steps if s.format and (n := whole_name(s.value or ""))}
        for name, fmt in formats.items():
            if name in self.params and (spelled := self._spelled(name, fmt)):
                yield f"    if {wording.quoted(name)} in given:\n        site[{wording.quoted(name)}] = {spelled}"

    def _spelled(self, name: str, fmt: str) -> str | None:
        """Return the expression that writes a parameter as the site does; None where the script takes it as written."""
        param = self.params.get(name, Param())
        formats = fmt.split(" | ")
        chosen = formats[0] if len(formats) == 1 else preferred(formats, self.workflow.locale)
        if chosen is None:
            raise ExportImpossible(
                f"{name} could be written {' or '.join(formats)} on this site", do="Say `locale:` in the workflow file."
            )
        given = f"given[{wording.quoted(name)}]"
        if fmt == STYLED:
            return f're.sub("</?[biu]>", "", {given})'
        if param.type == "date" and _PLAIN_DATE.match(chosen):
            return f"as_date({given}, {wording.quoted(chosen)})"
        if param.type in {"decimal", "integer"} and (m := _SAMPLE.match(chosen)):
            around = f", around=({wording.quoted(m['before'])}, {wording.quoted(m['after'])})" if m["before"] or m["after"] else ""
            point, places = m["point"] or ".", len(m["frac"] or "")
            return (
                f"as_number({given}, group={wording.quoted(m['group'] or '')}, point={wording.quoted(point)},"
                f" places={places}{around})"
            )
        return given if param.type not in {"date", "decimal", "integer"} else None

    # ---- steps -------------------------------------------------------------------------------------------------------

    def _put(self, line: str) -> None:
        self.lines.append("    " * self.depth + line)

    def _step(self, number: int, step: Step) -> None:
        page = self._tab(step.tab)
        deep = self.depth
        if step.when:
            self._put(f"if {wording.condition(step.when, self.params, page)}:")
            self.depth += 1
        name = whole_name(step.value or "")
        if name in self.params and not self.params[name].required:
            self._put(f"if given.get({wording.quoted(name)}):")
            self.depth += 1
        if step.optional and step.target is not None:
            self._put(f"if await {wording.locator(step.target, page)}.filter(visible=True).count():")
            self.depth += 1
        self._with_signals(step, page)
        self.depth = deep
        if step.closes:
            self._put(f"await {page}.close()")

    def _tab(self, tab: int) -> str:
        if tab not in self.tabs:
            raise ExportImpossible(f"it works in tab {tab + 1}, and no step before it opened that")
        return self.tabs[tab]

    def _with_signals(self, step: Step, page: str) -> None:
        """Write the act between waiting for what it causes and asserting that it came."""
        answers = self._answers(step)
        if answers:
            self._put(f"answer({page}, {', '.join(answers)})")
        waits = list(self._waits(step, page))
        deep = self.depth
        for opening, _ in waits:
            self._put(opening)
            self.depth += 1
        for line in self._act(step, page):
            self._put(line)
        self.depth = deep
        for _, closing in waits:
            for line in closing:
                self._put(line)
        if self.signals:
            self._arrived(step, page)

    def _arrived(self, step: Step, page: str) -> None:
        """Wait for the page that a step leads to. One that follows typing comes with the key or click after it."""
        url = step.expect.url or self.coming.pop(step.tab, "")
        if step.kind in {"fill", "select"}:
            self.coming[step.tab] = url
            return
        if url.startswith("{base}") and url != self.urls.get(step.tab) and step.kind != "goto" and not step.optional:
            self._put(f"await {page}.wait_for_url({_url_regex(url)}, wait_until=\"commit\")")
        if url:
            self.urls[step.tab] = url

    def _answers(self, step: Step) -> list[str]:
        if not step.expect.dialog and step.answer is None:
            return []
        said = [step.answer, *(f.answer for f in step.further)]
        return [
            "True" if a is None else wording.text(a.text) if a.accept and a.text is not None else str(a.accept) for a in said
        ]

    def _waits(self, step: Step, page: str) -> Iterator[tuple[str, list[str]]]:
        if step.expect.popup:
            name = f"page{len(self.tabs)}"
            self.tabs[len(self.tabs)] = name
            yield f"async with {page}.expect_popup() as opened:", [f"{name} = await opened.value"]
        if step.expect.download:
            kept = ["file = await download.value", "path = downloads / file.suggested_filename", "await file.save_as(path)"]
            if step.output:
                kept.append(f"outputs[{wording.quoted(step.output)}] = str(path)")
            yield f"async with {page}.expect_download() as download:", kept
        change = next((r for r in step.expect.requests if r.method not in READS), None)
        if change is not None and step.effect == "commit" and self.signals:
            yield (
                f"async with {page}.expect_response(lambda r: {_answers_to(change)}) as sent:",
                ["answered = await sent.value", 'assert answered.status < 400, f"{answered.url} answered {answered.status}"'],
            )

    def _element(self, step: Step, page: str, target: Target | None = None) -> str:
        wanted = target or step.target
        if wanted is None:
            raise ExportImpossible(f"a {step.kind} needs an element")
        found = wording.locator(wanted, page)
        if wanted.pager is None or step.kind == "read":
            return found
        pager = wording.locator(Target(variants=(wanted.pager,)), page)
        return f"(await on_its_page({found}, {pager}))"

    def _upload(self, step: Step, page: str) -> Iterator[str]:
        element, files = self._element(step, page), f'{self._value(step)}.split("\\n")'
        if not step.chooser:
            yield f"await {element}.set_input_files({files})"
            return
        yield f"async with {page}.expect_file_chooser() as chooser:"
        yield f"    await {element}.click()"
        yield f"await (await chooser.value).set_files({files})"

    def _act(self, step: Step, page: str) -> Iterator[str]:
        match step.kind:
            case "goto":
                yield f"await {page}.goto({_address(step.value or '', self.workflow.base_url)})"
            case "back" | "forward":
                yield f"await {page}.go_{step.kind}()"
            case "press":
                on = f"{page}.keyboard" if step.target is None else self._element(step, page)
                yield f"await {on}.press({wording.text(step.value or '')})"
            case "click" | "dblclick" | "rightclick":
                yield from self._click(step, page)
            case "fill":
                yield self._fill(step, page)
            case "select":
                yield from self._select(step, page)
            case "upload":
                yield from self._upload(step, page)
            case "check" | "uncheck" | "hover":
                yield f"await {self._element(step, page)}.{step.kind}()"
            case "scroll":
                at_once = step.target is None
                into_view = "" if at_once else f"{self._element(step, page)}.scroll_into_view_if_needed()"
                yield f"await {into_view or f'{page}.mouse.wheel(0, 10_000)'}"
            case "drag":
                yield from self._drag(step, page)
            case "read":
                yield from self._read(step, page)

    def _fill(self, step: Step, page: str) -> str:
        element, name = self._element(step, page), whole_name(step.value or "")
        if name and step.format == STYLED:
            return f"await write_styled({element}, given[{wording.quoted(name)}])"
        return f"await {element}.{'press_sequentially' if step.keys else 'fill'}({self._value(step)})"

    def _value(self, step: Step) -> str:
        name = whole_name(step.value or "")
        if name in self.params:
            first = next(s.format for s in self.procedure.steps if whole_name(s.value or "") == name)
            if step.format and step.format != first and (spelled := self._spelled(name, step.format)):
                return spelled
        return wording.value(name).replace("'", '"') if name and name != "today" else wording.text(step.value or "")

    def _click(self, step: Step, page: str) -> Iterator[str]:
        element = self._element(step, page)
        more = []
        if step.point is not None:
            yield f"element = {element}"
            element = "element"
            more.append(f"position=await place_in(element, {step.point[0]:g}, {step.point[1]:g})")
        held = step.value or ""
        if step.kind == "rightclick":
            more.append('button="right"')
        elif held == "Middle":
            more.append('button="middle"')
        if held and held != "Middle":
            more.append(f"modifiers={[k for k in held.split('+') if k]}".replace("'", '"'))
        yield f"await {element}.{'dblclick' if step.kind == 'dblclick' else 'click'}({', '.join(more)})"

    def _select(self, step: Step, page: str) -> Iterator[str]:
        assert step.target is not None
        element, value, tag = self._element(step, page), self._value(step), step.target.variants[0].fingerprint.tag
        if step.target.variants[0].came_from == "import" and tag != "input":
            yield f"await {element}.select_option({value})"
        elif tag == "select":
            several = '.split("\\n")' if step.target.variants[0].fingerprint.role == "listbox" else ""
            yield f"await {element}.select_option(label={value}{several})"
        else:
            yield f"await {element}.{f'fill({value})' if tag == 'input' else 'click()'}"
            option = f'{page}.get_by_role("option", name=re.compile("^" + re.escape({value})))'
            yield f"await {option}.filter(visible=True).click()"

    def _drag(self, step: Step, page: str) -> Iterator[str]:
        if step.to is None:
            raise ExportImpossible("it is not known where the drag ends")
        yield f"element = {self._element(step, page)}"
        yield f"to = {self._element(step, page, step.to)}"
        more = "".join(
            f", {name}=await place_in({of}, {at[0]:g}, {at[1]:g})"
            for name, of, at in (("source_position", "element", step.point), ("target_position", "to", step.to_point))
            if at is not None
        )
        yield f"await element.drag_to(to{more})"

    def _read(self, step: Step, page: str) -> Iterator[str]:
        element, name = self._element(step, page), wording.quoted(step.output or step.id)
        if step.table is not None:
            pager = step.target.pager if step.target else None
            more = f", {wording.locator(Target(variants=(pager,)), page)}" if pager else ""
            columns = ", ".join(f"{wording.quoted(k)}: {wording.quoted(v)}" for k, v in step.table.columns.items())
            yield f"outputs[{name}] = await read_table({element}, {{{columns}}}{more})"
            return
        around = ""
        if step.value and step.output:
            before, _, after = re.sub(rf"\{{\{{\s*outputs\.{re.escape(step.output)}\s*\}}\}}", "\x00", step.value).partition("\x00")
            if before or after:
                like = rf"{_around(before)}\s*(.+?)\s*{_around(after)}$"
                around = f", {wording.quoted(like)}"
        yield f"outputs[{name}] = await read_text({element}{around})"

    # ---- checks ------------------------------------------------------------------------------------------------------

    def _check(self, check: Check) -> Iterator[str]:
        page = self.tabs[0]
        if check.visible is not None:
            seen = f"{page}.get_by_text({wording.regex(check.visible)}).filter(visible=True).first"
            yield f"    await expect({seen}).to_be_visible()"
        elif check.hidden is not None:
            seen = f"{page}.get_by_text({wording.regex(check.hidden)}).filter(visible=True)"
            yield f"    await expect({seen}).to_have_count(0)"
        elif check.url is not None:
            yield f"    await expect({page}).to_have_url({_url_regex(check.url)})"
        elif check.output is not None:
            for name, like in check.output.items():
                out = f"str(outputs.get({wording.quoted(name)}, \"\"))"
                yield f"    assert re.search({like!r}, {out}), f\"{name} is {{outputs.get({name!r})!r}}\""
        elif check.http is not None:
            yield f"    answered = await {page}.request.get(base + {wording.text(check.http.get)})"
            yield f"    assert answered.status == {check.http.status}, f\"{{answered.url}} answered {{answered.status}}\""
            if check.http.json_ is not None:
                yield f"    assert holds({check.http.json_!r}, await answered.json()), await answered.text()"


def _url_regex(template: str) -> str:
    if template.startswith("{base}"):
        return wording.path_regex(template.removeprefix("{base}"), before="re.escape(base)")
    return wording.path_regex(template.removeprefix("**") if template.startswith("**/") else template)


def _address(template: str, base_url: str) -> str:
    if template.startswith("{base}"):
        return f"base + {wording.text(template.removeprefix('{base}'))}"
    return wording.text(template if "://" in template else f"{base_url.partition(':')[0]}://{template}")


def _answers_to(request: Request) -> str:
    like = wording.path_regex(request.path)
    return f'r.request.method == {wording.quoted(request.method)} and {like}.search(r.url)'


def _around(template: str) -> str:
    """Return the pattern of the text on one side of a value that is read."""
    plain = re.sub(r"\{\{.*?\}\}", "*", " ".join(template.split()))
    return ".*".join(re.escape(part) for part in plain.split("*"))


def _imports(source: str) -> str:
    """Return the import lines of what a script uses."""
    plain = [m for m in ("argparse", "asyncio", "json", "os", "re", "sys") if re.search(rf"\b{m}\.", source)]
    dates = [n for n in ("date", "timedelta") if re.search(rf"\b{n}[.(]", source)]
    typed = [n for n in ("Dialog", "Locator", "Page") if re.search(rf": {n}\b", source)]
    lines = [f"import {m}" for m in plain]
    if dates:
        lines.append(f"from datetime import {', '.join(dates)}")
    if "Decimal(" in source:
        lines.append("from decimal import Decimal")
    lines.append("from pathlib import Path")
    wanted = [*typed, "async_playwright", *(["expect"] if "expect(" in source.replace("_expect(", "") else [])]
    return "\n".join([*lines, "", f"from playwright.async_api import {', '.join(wanted)}"])



