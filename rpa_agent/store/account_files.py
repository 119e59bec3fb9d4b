"""Account files: read strictly, found by name, written as people like to read them. They name secrets and hold none."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from rpa_agent.domain.account import Account
from rpa_agent.domain.errors import AccountInvalid, WorkflowInvalid
from rpa_agent.domain.workflow import NAME

from .text_files import write_atomically
from .workflow_files import workflow_paths
from .workflow_problems import problems_of
from .yaml_text import read_yaml, write_yaml

SCHEMA_LINE = "yaml-language-server: $schema=../schemas/account.schema.json"
_SUFFIXES = (".yaml", ".yml")


def read_account(path: Path) -> Account:
    """Return the account a file describes; raises AccountInvalid naming file, line, key and what is allowed."""
    try:
        text = read_yaml(path)
    except WorkflowInvalid as e:
        raise AccountInvalid(e.message, where=e.where) from e
    try:
        account = Account.model_validate(text.data)
    except ValidationError as e:
        problems = problems_of(e, text, Account)
        raise AccountInvalid("\n".join(p.words() for p in problems), where=f"{path}:{problems[0].line}") from e
    if account.name != path.stem:
        do = "Give the file and its `name:` the same name."
        raise AccountInvalid(f"this file's name is {account.name!r}, not {path.stem!r}", do=do, where=str(path))
    return account


def account_paths(folder: Path) -> list[Path]:
    """Return the account files of a folder in the order of their names; none when there is no such folder."""
    return workflow_paths(folder)


def account_path(folder: Path, name: str) -> Path:
    """Return where the account of this name stands, or would stand."""
    known = (folder / f"{name}{suffix}" for suffix in _SUFFIXES)
    return next((p for p in known if p.exists()), folder / f"{name}.yaml")


def find_account(folder: Path, name: str) -> Account:
    """Return the account of this name; raises AccountInvalid listing the known names."""
    if re.fullmatch(NAME, name) and (path := account_path(folder, name)).exists():
        return read_account(path)
    known = ", ".join(p.stem for p in account_paths(folder))
    listed = f"known here: {known}" if known else "there is no account here yet"
    do = f"Check the name and --project, or show the login once with `rpa login {name} --url URL`."
    raise AccountInvalid(f"no account is named {name!r}; {listed}", do=do, where=str(folder))


def write_account(path: Path, account: Account, comments: Mapping[str, str] | None = None) -> bool:
    """Write an account file; return False when it says this already. Other content is kept as NAME.yaml.bak."""
    said = account.model_dump(mode="json", by_alias=True, exclude_defaults=True, exclude_none=True)
    data = {"schema": 1, **{k: v for k, v in said.items() if k != "schema"}}
    return write_atomically(path, write_yaml(data, header=SCHEMA_LINE, comments=comments), keep_other_as=".bak")


def account_schema() -> dict[str, Any]:
    """Return the JSON schema of account files, for editors and other tools."""
    schema = Account.model_json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "rpa-agent account"}
