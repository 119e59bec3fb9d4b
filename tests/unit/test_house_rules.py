"""The habits of this house, checked on its own source: what reviews would otherwise repeat."""

from __future__ import annotations

import ast
import importlib
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import typer

from rpa_agent.browser.scripts import script
from rpa_agent.cli.app import build

ROOT = Path(__file__).parents[2]
PRODUCT = sorted((ROOT / "rpa_agent").rglob("*.py"))
# where an unexpected exception may end: one run, one occurrence, one command line
BORDERS = {"rpa_agent/agent.py", "rpa_agent/service.py", "rpa_agent/cli/border.py"}
ENVIRONMENT = {
    "rpa_agent/ops/settings.py", "rpa_agent/ops/secret/secrets.py",
    "rpa_agent/cli/__init__.py",  # reads nothing: it tells pydantic something before that is loaded
}  # fmt: skip
LONGEST_MODULE, LONGEST_FUNCTION = 400, 60
NEVER_CALLED = re.compile(r"heal(?!th)|selector|skill", re.IGNORECASE)
# names that other packages gave
FOREIGN_NAMES = {"selectors", "wait_for_selector", "set_default_selector_timeout"}
# joined here, so that this file does not name them itself
PLACES = re.compile("|".join((
    "pypi" r"\.org", "python" r"hosted\.", "regis" r"try\.npm", "docker" r"\.io", "gh" r"cr\.io",
    r"(?<![\w.-])/" r"work/", "/o" r"pt/(?!rpa|google)", "/ro" r"ot/", r"(?<![\w/])/" r"home/(?!rpa\b)\w",
)))
TEXT = {".py", ".js", ".md", ".toml", ".yaml", ".yml", ".json", ".html", ".css", ".j2", ".txt", ""}


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def nodes(kind: type[ast.AST] | tuple[type[ast.AST], ...]) -> Iterator[tuple[Path, ast.AST]]:
    """Yield every node of a kind in the product, with its file."""
    for path in PRODUCT:
        for node in ast.walk(tree_of(path)):
            if isinstance(node, kind):
                yield path, node


def test_every_module_says_in_one_sentence_what_it_is() -> None:
    """The first line of the docstring is the module's purpose."""
    silent = [name_of(p) for p in PRODUCT if not (ast.get_docstring(tree_of(p)) or "").split("\n")[0].strip()]
    assert silent == []


def test_modules_stay_readable_in_one_sitting() -> None:
    """A module that grows past the limit holds two ideas."""
    long = {name_of(p): n for p in PRODUCT if (n := len(p.read_text(encoding="utf-8").splitlines())) > LONGEST_MODULE}
    assert long == {}


def test_functions_fit_on_a_screen() -> None:
    """A function that does not has parts worth naming."""
    long = {
        f"{name_of(path)}:{node.name}": n
        for path, node in nodes((ast.FunctionDef, ast.AsyncFunctionDef))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (n := (node.end_lineno or 0) - node.lineno + 1) > LONGEST_FUNCTION
    }
    assert long == {}


def test_unexpected_exceptions_end_at_named_borders_only() -> None:
    """Anywhere else `except Exception` hides a defect; each border has one."""
    broad = [
        name_of(path)
        for path, node in nodes(ast.ExceptHandler)
        if isinstance(node, ast.ExceptHandler) and (node.type is None or _names(node.type) & {"Exception"})
    ]
    assert set(broad) <= BORDERS
    assert len(broad) == len(set(broad))


def _names(node: ast.expr) -> set[str]:
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}


def test_the_environment_is_read_in_one_room() -> None:
    """Settings come from one place and go everywhere as plain values."""
    readers = {
        name_of(path)
        for path, node in nodes((ast.Attribute, ast.ImportFrom))
        if (isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv", "putenv"})
        or (isinstance(node, ast.ImportFrom) and {a.name for a in node.names} & {"environ", "getenv"})
    }
    assert readers <= ENVIRONMENT


def test_the_product_never_looks_at_the_truth_tag() -> None:
    """What marks the true element in the practice site is for the benchmark alone."""
    tag = "data-" "truth"
    files = [p for p in (ROOT / "rpa_agent").rglob("*") if p.is_file() and p.suffix in TEXT]
    assert [name_of(p) for p in files if tag in p.read_text(encoding="utf-8")] == []


def test_names_use_the_words_of_the_glossary() -> None:
    """One word per thing: repair and target have no second names."""
    strange = set()
    for path in PRODUCT:
        names = {path.stem}
        for node in ast.walk(tree_of(path)):
            match node:
                case ast.Name(id=name) | ast.arg(arg=name) | ast.ClassDef(name=name) | ast.Attribute(attr=name):
                    names.add(name)
                case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                    names.add(name)
        strange |= {f"{name_of(path)}: {n}" for n in names - FOREIGN_NAMES if NEVER_CALLED.search(n)}
    assert strange == set()


def test_public_names_are_declared_and_exist() -> None:
    """`__all__` says what a package gives; it holds no name that is not there."""
    for path in PRODUCT:
        if path.name == "__init__.py" and any(
            isinstance(n, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "__all__" for t in n.targets)
            for n in tree_of(path).body
        ):
            module = importlib.import_module(".".join(path.parent.relative_to(ROOT).parts))
            assert [n for n in module.__all__ if not hasattr(module, n)] == [], name_of(path)
            assert list(module.__all__) == sorted(module.__all__), name_of(path)


def test_the_package_gives_what_it_names() -> None:
    """The flat API is complete, and a name that is not in it is refused as in any module."""
    package = importlib.import_module("rpa_agent")
    assert dir(package) == sorted(package.__all__)
    with pytest.raises(AttributeError, match="Nothing"):
        package.Nothing  # noqa: B018  # asking for it is the test


def commands(group: typer.Typer, before: str = "rpa") -> Iterator[tuple[str, str]]:
    """Yield every command with its help text."""
    for command in group.registered_commands:
        name = command.name or getattr(command.callback, "__name__", "")
        yield f"{before} {name}", command.help or getattr(command.callback, "__doc__", "") or ""
    for child in group.registered_groups:
        assert child.typer_instance is not None
        yield from commands(child.typer_instance, f"{before} {child.name}")


def test_every_command_explains_itself() -> None:
    """Its help begins with one sentence."""
    found = dict(commands(build()))
    assert found
    assert [name for name, text in found.items() if not re.match(r"[A-Z][^\n]+[.;:]?", text.strip())] == []


def repository_files() -> list[Path]:
    """All text files of the repository, whether committed yet or not."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )
    names = listed.stdout.splitlines() if listed.returncode == 0 else []
    found = [ROOT / name for name in names] or [p for p in ROOT.rglob("*") if ".venv" not in p.parts]
    return [p for p in found if p.is_file() and p.suffix in TEXT]


def test_no_file_knows_the_machine_it_was_written_on() -> None:
    """Package registries and absolute paths of one machine do not belong into the project."""
    found = {}
    for path in repository_files():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        if match := PLACES.search(text):
            found[name_of(path)] = match.group()
    assert found == {}


# where a secret's value may be taken out of its wrapping: where it is kept, found, compared, sealed, typed or sent
UNWRAPS = {
    "rpa_agent/ops/secret/secrets.py", "rpa_agent/ops/secret/vaults.py", "rpa_agent/ops/secret/kept.py",
    "rpa_agent/ops/secret/login_keys.py", "rpa_agent/ops/secret/totp.py", "rpa_agent/ops/notices/send.py",
    "rpa_agent/cli/listening.py", "rpa_agent/cli/secrets.py", "rpa_agent/browser/acting/keystroke.py",
    "rpa_agent/llm/client.py",
}  # fmt: skip
INTO_TEXT = {"str", "repr", "format", "print", "say", "answer", "format_map"}


def _unwraps(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get_secret_value"


def test_a_secret_stays_wrapped_until_it_is_typed() -> None:
    """Who takes it out is named here; everybody else hands the wrapping on."""
    strangers = {name_of(path) for path, node in nodes(ast.Call) if _unwraps(node)} - UNWRAPS
    assert strangers == set()


def test_no_secret_is_put_into_a_text() -> None:
    """Neither in an f-string nor by str(), a log line or an answer: a text goes where nobody looks after it."""
    leaks = []
    for path, node in nodes((ast.JoinedStr, ast.Call, ast.BinOp)):
        match node:
            case ast.JoinedStr():
                held: list[ast.expr] = [v.value for v in node.values if isinstance(v, ast.FormattedValue)]
            case ast.Call(func=ast.Name(id=name)) if name in INTO_TEXT:
                held = node.args
            case ast.Call(func=ast.Attribute(value=ast.Name(id="logger"))):
                held = node.args
            case ast.BinOp(op=ast.Mod()):
                held = [node.right]
            case _:
                continue
        revealed = (n for value in held for n in ast.walk(value) if isinstance(n, ast.Call))
        leaks += [f"{name_of(path)}:{node.lineno}" for n in revealed if _unwraps(n) or _reveals(n)]
    assert leaks == []


def test_no_script_for_pages_says_one_name_twice() -> None:
    """JavaScript takes the last of two functions of one name, in silence."""
    twice = []
    for path in sorted((ROOT / "rpa_agent" / "browser" / "js").glob("*.js")):
        told = re.findall(r"^  (?:async )?(?:function\*?|const|let) ([\w$]+)", script(path.name), re.MULTILINE)
        twice += [f"{path.name}: {name}" for name in sorted(set(told)) if told.count(name) > 1]
    assert twice == []


def _reveals(node: ast.Call) -> bool:
    return isinstance(node.func, ast.Attribute) and node.func.attr == "reveal"
