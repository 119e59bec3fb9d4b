"""Reads Playwright codegen Python, sync and async, as syntax: nothing in the file is ever executed or imported."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from typing import Any

from ..domain.errors import ImportInvalid
from ..domain.procedure import Answer, StepKind
from ..domain.workflow import Check
from .chains import Inexpressible, Names, Regex, element_of, page_of, said_of, text_of
from .given import Imported, Reader

MOST_DEEP = 200  # nesting of expressions; a chain of locators has about ten

_ACTS: dict[str, StepKind] = {
    "click": "click", "dblclick": "dblclick", "fill": "fill", "type": "fill", "press_sequentially": "fill",
    "check": "check", "uncheck": "uncheck", "set_checked": "check", "select_option": "select", "press": "press",
    "set_input_files": "upload", "hover": "hover", "drag_to": "drag", "clear": "fill", "tap": "click",
    "scroll_into_view_if_needed": "scroll",
}  # fmt: skip
_ON_PAGE = {"click", "dblclick", "fill", "type", "check", "uncheck", "select_option", "press", "set_input_files", "hover"}
_AROUND = re.compile(
    r"^(browser|context|playwright|p|pw)\d*\.|\.(launch|new_context|new_page|close|set_default_timeout|"
    r"set_default_navigation_timeout|set_viewport_size|pause|bring_to_front|route|unroute|storage_state|stop|start)\("
)
_WAITS = re.compile(r"^(wait_for\w*|focus|blur|highlight|screenshot|title|content|dispatch_event)$")
_VISIBLE = {"to_be_visible", "to_be_attached", "to_be_in_viewport"}
_HIDDEN = {"to_be_hidden", "not_to_be_visible"}
_SAYS = {"to_contain_text", "to_have_text"}


def read_codegen(text: str) -> Imported:
    """Return what the script does; raises ImportInvalid naming the line. Only known statements are read."""
    try:
        tree = ast.parse(text)
    except SyntaxError as e:
        cut = e.lineno is not None and e.lineno >= text.rstrip().count("\n") + 1
        raise ImportInvalid(f"line {e.lineno}: it is no Python{'; the file may be cut off' if cut else ''}: {e.msg}") from e
    except (RecursionError, MemoryError, ValueError) as e:
        raise ImportInvalid("it nests so deep that it cannot be read") from e
    if _deeper_than(tree, MOST_DEEP):
        raise ImportInvalid(f"it nests deeper than {MOST_DEEP} levels, which no recording does")
    script = _Script(Reader("playwright"))
    for statement in tree.body:
        script.top(statement)
    return script.finished()


def _deeper_than(tree: ast.AST, most: int) -> bool:
    level: list[ast.AST] = [tree]
    for _ in range(most):
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        if not level:
            return False
    return True


class _Script:
    """Reads one statement after the other; knows pages, answers to come, and where checks stand."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.names = Names()
        self._answer: Answer | None = None
        self._infos: dict[str, str] = {}  # page1_info -> what was expected
        self._checks: list[tuple[int, Check, str]] = []
        self._tabs = 0
        self._functions: set[str] = set()
        self._read = ""  # the function whose acts were taken

    # ---- the file ---------------------------------------------------------------------------------------------------

    def top(self, node: ast.stmt) -> None:
        match node:
            case ast.Import() | ast.ImportFrom():
                if not ast.unparse(node).removeprefix("from ").removeprefix("import ").startswith(
                    ("playwright", "re", "asyncio", "pytest", "typing", "__future__", "os", "sys", "argparse")
                ):
                    self._not_understood(node)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self._function(node)
            case ast.With() | ast.AsyncWith():
                self.statement(node)
            case ast.Expr(value=ast.Call(func=func)) if ast.unparse(func) in {"asyncio.run", "run", "main"}:
                return
            case ast.Expr(value=ast.Constant()) | ast.Pass() | ast.ClassDef():
                return
            case ast.If(test=test, body=body) if "__name__" in ast.unparse(test):
                for inner in body:
                    self.top(inner)
            case _:
                self.statement(node)

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self._functions.add(node.name)
        if any("fixture" in ast.unparse(d) for d in node.decorator_list):
            return
        if self._read:
            if any(isinstance(n, ast.Attribute) and n.attr in {"goto", *_ACTS} for n in ast.walk(node)):
                self.reader.skipped(f"line {node.lineno}", f"def {node.name}", f"{self._read} was read; this is another one")
            return
        for argument in node.args.args:
            if argument.arg == "page" or (argument.annotation and ast.unparse(argument.annotation).endswith("Page")):
                self._page(argument.arg)
        for statement in node.body:
            self.statement(statement)
        if self.reader.acts:
            self._read = node.name

    def finished(self) -> Imported:
        acts = len(self.reader.acts)
        for at, check, where in self._checks:
            if at == acts:
                self.reader.check(check, where)
            else:
                self.reader.skipped(where, f"check: {check.words()}", "checks are measured at the end of a run")
        return self.reader.finished()

    # ---- statements --------------------------------------------------------------------------------------------------

    def statement(self, node: ast.stmt) -> None:
        match node:
            case ast.Expr(value=ast.Constant()) | ast.Pass() | ast.Return():
                return
            case ast.Expr(value=ast.Await(value=value) | value):
                self._expression(value, node)
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Await(value=value) | value):
                self._assigned(name, value, node)
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.Await(value=value) | value) if value is not None:
                self._assigned(name, value, node)
            case ast.With(items=items, body=body) | ast.AsyncWith(items=items, body=body):
                self._with(items, body, node)
            case _:
                self._not_understood(node)

    def _page(self, name: str) -> int:
        if name not in self.names.pages:
            self.names.pages[name] = self._tabs
            self._tabs += 1
        return self.names.pages[name]

    def _assigned(self, name: str, value: ast.expr, node: ast.stmt) -> None:
        said = ast.unparse(value)
        if said.endswith(".new_page()"):
            self._page(name)
        elif isinstance(value, ast.Attribute) and value.attr == "value" and isinstance(value.value, ast.Name):
            if self._infos.get(value.value.id) == "popup":
                self._page(name)
            elif value.value.id not in self._infos:
                self._not_understood(node)
        elif (text := text_of(value, self.names)) is not None:
            self.names.texts[name] = text
        elif _AROUND.search(said) or said.endswith(("sync_playwright()", "async_playwright()")):
            return
        else:
            try:
                element_of(value, self.names)
            except Inexpressible:
                self._not_understood(node)
            else:
                self.names.locators[name] = value

    def _with(self, items: Sequence[ast.withitem], body: Sequence[ast.stmt], node: ast.stmt) -> None:
        expected = []
        for item in items:
            call = item.context_expr
            said = ast.unparse(call)
            kind = m[1] if (m := re.search(r"\.expect_(\w+)\(", said)) else ""
            if kind:
                expected.append(kind)
                if isinstance(item.optional_vars, ast.Name):
                    self._infos[item.optional_vars.id] = kind
            elif not (said.endswith("_playwright()") or _AROUND.search(said)):
                self._not_understood(node)
                return
        before = len(self.reader.acts)
        for statement in body:
            self.statement(statement)
        if len(self.reader.acts) > before:
            if "popup" in expected or "page" in expected:
                self.reader.caused(popup="about:blank")
            if "download" in expected:
                self.reader.caused(download="*")

    def _expression(self, value: ast.expr, node: ast.stmt) -> None:
        if isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id in self._functions:
            return  # its own statements were read where they stand
        if not isinstance(value, ast.Call) or not isinstance(value.func, ast.Attribute):
            self._not_understood(node)
            return
        method, on, where = value.func.attr, value.func.value, f"line {node.lineno}"
        named = {k.arg: k.value for k in value.keywords if k.arg}
        tab = page_of(on, self.names)
        if _expect_of(on) is not None:
            self._expected(value, method, where)
        elif tab is not None and method not in _ON_PAGE:
            self._on_page(tab, method, value.args, node)
        elif isinstance(on, ast.Attribute) and on.attr == "keyboard" and page_of(on.value, self.names) is not None:
            self._keyboard(page_of(on.value, self.names) or 0, method, value.args, node)
        elif method in _ACTS:
            self._act(method, on, value.args, named, where)
        elif _AROUND.search(ast.unparse(value)):
            return
        elif _WAITS.match(method):
            self.reader.skipped(where, ast.unparse(value), "a run waits by itself")
        else:
            self._not_understood(node)

    def _on_page(self, tab: int, method: str, args: Sequence[ast.expr], node: ast.stmt) -> None:
        where = f"line {node.lineno}"
        match method:
            case "goto":
                url = text_of(args[0], self.names) if args else None
                if url is None:
                    raise ImportInvalid(f"{where}: the address that is opened is no plain text")
                self.reader.opened(url, where, tab=tab)
            case "go_back" | "go_forward":
                self.reader.add("back" if method == "go_back" else "forward", where, tab=tab)
            case "once" | "on" if args and text_of(args[0], self.names) == "dialog":
                self._answer = _answer_of(args[1] if len(args) > 1 else None, self.names)
            case "wait_for_url" if args and isinstance(said := said_of(args[0], self.names), str) and "*" not in said:
                self.reader.went_to(said, tab=tab)
                self.reader.told.append(_told(where, f"the page is {said}"))
            case _ if _WAITS.match(method) or method in {"wait_for_load_state", "wait_for_timeout"}:
                self.reader.skipped(where, ast.unparse(node), "a run waits by itself")
            case "close" | "pause" | "bring_to_front" | "set_viewport_size" | "set_default_timeout":
                return
            case _:
                self._not_understood(node)

    def _keyboard(self, tab: int, method: str, args: Sequence[ast.expr], node: ast.stmt) -> None:
        said, where = text_of(args[0], self.names) if args else None, f"line {node.lineno}"
        last = self.reader.acts[-1] if self.reader.acts else None
        if said is None:
            self._not_understood(node)
        elif method == "press":
            self.reader.add("press", where, value=said, tab=tab)
            if last is not None and last.kind == "fill":
                self.reader.caused(element=last.element, locators=last.locators)
        elif method in {"type", "insert_text"} and last is not None and last.kind == "click" and last.element:
            # The field that was clicked is typed into: to us that is one act.
            fp = last.element.but(capability="fill", tag="input" if last.element.tag == "*" else last.element.tag)
            self.reader.acts[-1] = last.but(kind="fill", element=fp, value=said)
            self.reader.told.append(_told(where, f"fill {fp.words()}"))
        else:
            self._not_understood(node)

    def _act(
        self, method: str, on: ast.expr, args: Sequence[ast.expr], named: dict[str, ast.expr], where: str
    ) -> None:
        kind = _ACTS[method]
        if page_of(on, self.names) is not None:  # page.click("#save"): the older way
            on, args = ast.Call(func=ast.Attribute(value=on, attr="locator"), args=list(args[:1]), keywords=[]), args[1:]
        try:
            tab, element = element_of(on, self.names)
            more: dict[str, Any] = {"tab": tab}
            if kind in {"fill", "select", "press", "upload"}:
                more["value"] = self._value(method, args, named, where)
            elif kind == "drag":
                _, to = element_of(args[0], self.names) if args else (0, None)
                if to is None:
                    raise Inexpressible("drag_to(…) has no target")
                more.update(to=to.fingerprint("drag"), to_locators=tuple(to.locators))
        except Inexpressible as e:
            raise ImportInvalid(
                f"{where}: {e}", do="Change this line to a plain locator, or record this workflow with `rpa record`."
            ) from e
        if isinstance(button := named.get("button"), ast.Constant) and kind == "click":
            kind = "rightclick" if button.value == "right" else kind
            more |= {"value": "Middle"} if button.value == "middle" else {}
        if isinstance(held := named.get("modifiers"), ast.List) and kind in {"click", "dblclick", "rightclick"}:
            more["value"] = "+".join(t for n in held.elts if (t := text_of(n, self.names)))
        if method == "set_checked" and args and isinstance(args[0], ast.Constant) and args[0].value is False:
            kind = "uncheck"
        self.reader.add(kind, where, element, **more)
        if self._answer is not None:
            # What it asks was not kept: whatever is asked after this act is answered so.
            self.reader.answered("*", self._answer)
            self._answer = None

    def _value(self, method: str, args: Sequence[ast.expr], named: dict[str, ast.expr], where: str) -> str:
        if method == "clear":
            return ""
        node = args[0] if args else next((named[k] for k in ("value", "label", "files", "text", "key") if k in named), None)
        if isinstance(node, ast.List | ast.Tuple):
            texts = [text_of(n, self.names) for n in node.elts]
            if texts and None not in texts:
                return "\n".join(t for t in texts if t is not None)
        elif (text := text_of(node, self.names)) is not None:
            return text
        raise ImportInvalid(
            f"{where}: what {method}(…) enters is computed, and scripts are never executed", do="Write the value as a text."
        )

    def _expected(self, value: ast.Call, method: str, where: str) -> None:
        """An assertion becomes a check where it is about a text or the address."""
        assert isinstance(value.func, ast.Attribute)
        of = _expect_of(value.func.value)
        said = said_of(value.args[0], self.names) if value.args else None
        check: Check | None = None
        if of is not None and page_of(of, self.names) is not None:
            if method == "to_have_url" and said is not None:
                check = Check(url=_url_pattern(said))
        elif of is not None:
            try:
                _, element = element_of(of, self.names)
            except Inexpressible as e:
                self.reader.skipped(where, ast.unparse(value), str(e))
                return
            words = element.name or element.text or element.label or element.placeholder
            if method in _SAYS and isinstance(said, str) and said.strip():
                check = Check(visible=" ".join(said.split()))
            elif method in _VISIBLE and words:
                check = Check(visible=words)
            elif method in _HIDDEN and words:
                check = Check(hidden=words)
        if check is None:
            self.reader.skipped(where, ast.unparse(value), "only visible, hidden, contained text and the address can be checked")
        else:
            self._checks.append((len(self.reader.acts), check, where))

    def _not_understood(self, node: ast.stmt) -> None:
        first = ast.unparse(node).splitlines()[0]
        self.reader.skipped(f"line {node.lineno}", first, "not understood; it was not executed")


def _told(where: str, what: str) -> Any:
    from .given import Told

    return Told(where, what)


def _expect_of(node: ast.expr) -> ast.expr | None:
    """Return what `expect(…)` is about, `.not_` included."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "expect" and node.args:
        return node.args[0]
    return None


def _answer_of(node: ast.expr | None, names: Names) -> Answer:
    call = node.body if isinstance(node, ast.Lambda) else None
    if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
        if call.func.attr == "dismiss":
            return Answer(accept=False)
        return Answer(accept=True, text=text_of(call.args[0], names) if call.args else None)
    return Answer(accept=False)


def _url_pattern(said: str | Regex) -> str:
    if isinstance(said, str):
        return said
    plain = said.source.removeprefix("^").removesuffix("$").replace(".*", "\x00").replace("\\d+", "\x01")
    plain = re.sub(r"\\(.)", r"\1", plain)
    return "**/" + plain.replace("\x00", "**").replace("\x01", "*").removeprefix("**").lstrip("/")
