"""`rpa secret`: values come in unseen and never come out."""

from __future__ import annotations

import asyncio
import io
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from shell import Shell

WORKFLOW = "name: pay\ntask: Pay\nbase_url: http://localhost:1\nsuccess: none\nsecrets: [bank_password, bank_user]\n"


@pytest.fixture
def rpa(project: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    """A project with a workflow that needs two secrets, and a command that knows one of them."""
    (project / "workflows" / "pay.yaml").write_text(WORKFLOW)
    vault = project / "vault.py"
    vault.write_text("import sys\nprint('from the vault') if sys.argv[1] == 'bank_user' else sys.exit(1)\n")
    (project / "rpa.toml").write_text(f'keyring = false\nsecret_command = ["{sys.executable}", "{vault}", "{{name}}"]\n')
    return Shell(project, capsys)


def given(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(text))


def test_a_secret_is_kept_in_a_file_and_found_there(rpa: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is read from standard input, and nothing that is printed holds it."""
    given(monkeypatch, "hunter2 ä\n")
    file = rpa.project / "secrets.env"
    assert rpa("secret", "set", "bank_password", "--to", str(file)) == 0
    assert "hunter2" not in rpa.out + rpa.err
    assert file.stat().st_mode & 0o777 == 0o600
    assert rpa("secret", "test", "bank_password", "--env-file", str(file)) == 0
    assert rpa.out.strip() == f"bank_password is found in {file}"


def test_what_is_wrong_with_a_place_is_told(rpa: Shell) -> None:
    """A command that ended badly is more than a place that has none; a file that others can read is warned about."""
    assert rpa("secret", "test", "bank_password") == 3
    assert f"the command {sys.executable} ended with 1; nothing was typed" in rpa.err
    file = rpa.project / "secrets.env"
    file.write_text("RPA_SECRET_BANK_PASSWORD=hunter2\n")
    file.chmod(0o644)
    assert rpa("secret", "test", "bank_password", "--env-file", str(file)) == 0
    assert "can be read by others" in rpa.err and "hunter2" not in rpa.out + rpa.err


def test_the_list_says_what_is_missing_and_who_needs_it(rpa: Shell) -> None:
    """A vault is asked too."""
    code, listed = rpa.json("secret", "list")
    assert code == 1
    assert [(i["name"], bool(i["found_in"]), i["used_by"]) for i in listed["items"]] == [
        ("bank_password", False, ["pay"]),
        ("bank_user", True, ["pay"]),
    ]
    assert "from the vault" not in rpa.out + rpa.err


def test_the_list_knows_what_accounts_type(rpa: Shell) -> None:
    """An account whose password is missing would stop every workflow that names it."""
    folder = rpa.project / "accounts"
    folder.mkdir()
    lines = ("schema: 1", "name: clerk", "base_url: http://site.test", "secrets: {password: clerk_password}", "probe: {open: /}")
    (folder / "clerk.yaml").write_text("\n".join(lines))
    (folder / "broken.yaml").write_text("schema: 1\nname: broken\n")
    listed = rpa.json("secret", "list")[1]
    assert [(i["found_in"], i["used_by"]) for i in listed["items"] if i["name"] == "clerk_password"] == [
        (None, ["account clerk"])
    ]


def test_a_secret_without_a_value_says_how_to_give_it_one(rpa: Shell) -> None:
    """As a run would."""
    assert rpa("secret", "test", "bank_password") == 3
    assert "RPA_SECRET_BANK_PASSWORD" in rpa.err and "rpa secret set bank_password" in rpa.err


def test_what_looks_like_a_mistake_is_told_without_telling_the_value(rpa: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """Quotes and spaces come along when values are copied."""
    file = rpa.project / "secrets.env"
    for text, words in (("'quoted'", "stands in quotes"), (" spaced", "white space"), ("two\nlines", "more than one line")):
        given(monkeypatch, text)
        rpa("secret", "set", "bank_password", "--to", str(file))
        assert rpa("secret", "test", "bank_password", "--env-file", str(file)) == 0
        assert words in rpa.out and text.strip(" '") not in rpa.out


@pytest.mark.parametrize("name", ["Bank", "a-b", "", "../x"])
def test_a_name_that_no_workflow_could_use_is_refused(rpa: Shell, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Before a value is asked for."""
    given(monkeypatch, "x")
    assert rpa("secret", "set", name, "--to", str(rpa.project / "f.env")) == 2
    assert not (rpa.project / "f.env").exists()


def test_an_empty_value_changes_nothing(rpa: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was kept stays."""
    file = rpa.project / "secrets.env"
    given(monkeypatch, "first")
    rpa("secret", "set", "bank_password", "--to", str(file))
    before = file.read_text()
    given(monkeypatch, "\n")
    assert rpa("secret", "set", "bank_password", "--to", str(file)) == 2
    assert file.read_text() == before


@pytest.fixture
def no_keyring(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A system whose keyring package finds nothing that works, as on a server."""
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    import keyring
    from keyring.backends import fail

    before = keyring.get_keyring()
    keyring.set_keyring(fail.Keyring())
    yield
    keyring.set_keyring(before)


@pytest.mark.usefixtures("no_keyring")
def test_without_a_keyring_another_place_is_named(rpa: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server has none; what was typed is not repeated."""
    (rpa.project / "rpa.toml").write_text("keyring = true\n")
    given(monkeypatch, "hunter2")
    assert rpa("secret", "set", "bank_password") == 3
    assert "no keyring that works" in rpa.err and "--env-file" in rpa.err and "hunter2" not in rpa.err


def test_nothing_is_kept_where_no_run_looks(rpa: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """The setting leaves the keyring out, for finding and so for keeping."""
    given(monkeypatch, "hunter2")
    assert rpa("secret", "set", "bank_password") == 3
    assert "left out by the setting" in rpa.err and "--to FILE" in rpa.err


def test_the_list_says_where_an_account_types_its_secrets(rpa: Shell) -> None:
    """Its login knows them by names of its own."""
    folder = rpa.project / "accounts"
    folder.mkdir()
    lines = (
        "schema: 1", "name: clerk", "base_url: http://localhost:1", "secrets: {bank_password: clerk_password}", "probe: {open: /}",
    )  # fmt: skip
    (folder / "clerk.yaml").write_text("\n".join(lines))
    asyncio.run(remembered(rpa.project, ("login:clerk", "{base}/login")))
    bound = {item["name"]: item["bound_to"] for item in rpa.json("secret", "list")[1]["items"]}
    assert bound["clerk_password"] == ["http://localhost:1/login, textbox 'PIN'"]
    assert bound["bank_password"] == []


def test_a_new_value_takes_the_old_ones_place(rpa: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither is ever printed."""
    file = rpa.project / "secrets.env"
    for verb, value in (("set", "old-canary"), ("rotate", "new-canary")):
        given(monkeypatch, value)
        to = ["--to", str(file)] if verb == "set" else ["--env-file", str(file)]
        assert rpa("secret", verb, "bank_password", *to) == 0
        assert "canary" not in rpa.out + rpa.err
    assert "new-canary" in file.read_text() and "old-canary" not in file.read_text()
    assert rpa("secret", "rotate") == 2
    assert rpa("secret", "rotate", "bank_password", "--logins") == 2


def test_a_secret_is_taken_away_and_who_needs_it_is_told(rpa: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is kept elsewhere is not touched, and the key of saved logins is never taken away by itself."""
    given(monkeypatch, "hunter2\n")
    file = rpa.project / "secrets.env"
    assert rpa("secret", "set", "bank_password", "--to", str(file)) == 0
    assert rpa("secret", "remove", "bank_password", "--env-file", str(file)) == 0
    assert rpa.err.strip() == f"bank_password is gone from {file}; still named by pay"
    assert "hunter2" not in file.read_text()
    code, told = rpa.json("secret", "remove", "bank_password", "--env-file", str(file))
    assert (code, told["error"]["code"]) == (3, "secret_missing")
    code, told = rpa.json("secret", "remove", "bank_user")
    assert (code, told["error"]["code"]) == (3, "settings_invalid") and "comes from the command" in told["error"]["message"]
    assert rpa("secret", "remove", "state_key") == 2 and "rotate --logins" in rpa.err


def test_a_name_that_is_a_setting_is_refused(rpa: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """RPA_SECRET_COMMAND is run, not typed."""
    given(monkeypatch, "x")
    assert rpa("secret", "set", "command", "--to", str(rpa.project / "f.env")) == 2
    assert "RPA_SECRET_COMMAND is a setting" in rpa.err


def test_the_key_of_saved_logins_is_no_secret_like_others(rpa: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is kept beside them in a keyring: what is no key is refused, unquoted, and it is changed with all that it seals."""
    file = rpa.project / "f.env"
    given(monkeypatch, "hunter2")
    assert rpa("secret", "set", "state_key", "--to", str(file)) == 3
    assert "no Fernet key" in rpa.err and "hunter2" not in rpa.err and not file.exists()
    assert rpa("secret", "rotate", "state_key", "--env-file", str(file)) == 2
    assert "--logins" in rpa.err


@pytest.mark.parametrize(
    ("to", "words"),
    [("keyring", "left out by the setting"), ("nowhere/secrets.env", "not there"), ("workflows", "is a folder"),
     ("broken.env", "broken.env, line 2, is not NAME=value")],
)  # fmt: skip
@pytest.mark.parametrize(
    "args", [("record", "enter"), ("login", "clerk"), ("import", "recording.json")], ids=["record", "login", "import"]
)
def test_where_secrets_cannot_be_kept_is_told_before_anything_is_shown(
    rpa: Shell, to: str, words: str, args: tuple[str, ...]
) -> None:
    """What was typed in a demonstration would be lost with it: no browser opens, and nothing is written."""
    (rpa.project / "broken.env").write_text("RPA_SECRET_A=1\nhunter2 hunter2\n")
    (rpa.project / "recording.json").write_text('{"title": "t", "steps": []}')
    whole = [str(rpa.project / a) if a.endswith(".json") else a for a in args]
    url = [] if args[0] == "import" else ["--url", "http://127.0.0.1:9/", "--script", "no-such-script.py"]
    place = to if to == "keyring" else str(rpa.project / to)
    assert rpa(*whole, *url, "--secrets-to", place) == 3
    assert words in rpa.err and "hunter2" not in rpa.err
    assert not (rpa.project / "accounts").exists() and not (rpa.project / ".rpa").exists()


@pytest.mark.usefixtures("no_keyring")
def test_without_a_keyring_nobody_shows_anything_for_it(rpa: Shell) -> None:
    """Told at once, with another place to name."""
    (rpa.project / "rpa.toml").write_text("keyring = true\n")
    assert rpa("login", "clerk", "--url", "http://127.0.0.1:9/", "--secrets-to", "keyring") == 3
    assert "no keyring that works" in rpa.err and "--secrets-to FILE" in rpa.err


def test_a_short_value_is_doubted(rpa: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """It cannot be hidden well."""
    given(monkeypatch, "abc")
    file = rpa.project / "secrets.env"
    rpa("secret", "set", "bank_password", "--to", str(file))
    assert rpa("secret", "test", "bank_password", "--env-file", str(file)) == 0
    assert "shorter than 4" in rpa.out


async def remembered(project: Path, *workflows: tuple[str, str]) -> None:
    """Remember for each workflow that it types bank_password on the page of this template."""
    from rpa_agent.domain.procedure import Page, Procedure, Step
    from rpa_agent.domain.target import Fingerprint, Target, Variant
    from rpa_agent.memory import Memory

    look = Variant(fingerprint=Fingerprint(tag="input", type="password", role="textbox", name="PIN"))
    step = Step(id="s1", kind="fill", value="{{ secrets.bank_password }}", target=Target(variants=(look,), page="pg"))
    async with Memory.open(project / ".rpa" / "memory.db") as memory:
        for name, template in workflows:
            pages = {"pg": Page(template=template)}
            more = {"site": "localhost:1", "task": "Pay", "secrets": ("bank_password",), "steps": (step,)}
            document = Procedure(schema=1, procedure=f"p_{name}", pages=pages, **more)
            await memory.add(document, workflow=name, author="recording")


def test_the_list_says_where_a_secret_is_typed_and_warns_of_two_doors(rpa: Shell) -> None:
    """What is shown at one origin is typed there only; one value for two of them is a person's to decide."""
    (rpa.project / "workflows" / "look.yaml").write_text(WORKFLOW.replace("name: pay", "name: look"))
    asyncio.run(remembered(rpa.project, ("pay", "{base}/login")))
    _, listed = rpa.json("secret", "list")
    assert listed["items"][0]["bound_to"] == ["http://localhost:1/login, textbox 'PIN'"]
    assert "origins" not in rpa.err
    asyncio.run(remembered(rpa.project, ("look", "id.test/sign-in")))
    rpa("secret", "list")
    assert "bank_password is typed at 2 origins (http://localhost:1, id.test)" in rpa.err
