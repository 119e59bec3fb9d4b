"""What is hidden, in which spellings, and what stays: short secrets, figures, several lines, late ones, whole values."""

from __future__ import annotations

import json
import unicodedata
from urllib.parse import quote

import pytest
from pydantic import SecretStr

from rpa_agent.domain.procedure import Procedure, Step
from rpa_agent.domain.target import Fingerprint, Target, Variant
from rpa_agent.domain.trajectory import Signals, StepOutcome, Trajectory
from rpa_agent.domain.verdict import AddVariant, Verdict
from rpa_agent.ops.secret.hiding import HIDDEN, redacted, redacted_value, variants
from rpa_agent.ops.secret.secretless import secretless
from rpa_agent.ops.secret.secrets import SecretSources, gather


def hide(text: str, *values: str) -> str:
    return gather(environ={f"RPA_SECRET_S{n}": v for n, v in enumerate(values)}).hide(text)


@pytest.mark.parametrize("text", ["pin 4711.", "pin=4711&x", '"4711"', "4711", "a%204711", "\\n4711", "\\u00204711", "(4711)"])
def test_a_short_number_is_hidden_where_it_stands_apart(text: str) -> None:
    """Behind an escape it stands apart too, though a letter or figure stands before it."""
    assert "4711" not in hide(text, "4711")


@pytest.mark.parametrize("text", ["INV-247110", "147112", "4711000", "x4711"])
def test_a_short_number_stays_inside_a_longer_one(text: str) -> None:
    """A one-time code of six figures is in many numbers, and means nothing there."""
    assert hide(text, "4711") == text


def test_a_short_word_does_not_eat_others() -> None:
    """A password of three letters is weak, and still no reason to make the log unreadable."""
    assert hide("the cabin of abc is in abcess", "abc") == f"the cabin of {HIDDEN} is in abcess"
    assert hide("a log line", "a") == "a log line"


def test_a_word_is_hidden_inside_other_words() -> None:
    """From four letters on, nobody can tell where a secret ends."""
    assert hide("xhunter2y", "hunter2") == f"x{HIDDEN}y"


def test_texts_that_are_composed_otherwise_are_the_same_text() -> None:
    """A page may write ä as one sign or as two."""
    for form in ("NFC", "NFD"):
        assert hide(unicodedata.normalize(form, "Käsekuchen"), "Käsekuchen") == HIDDEN


def test_a_secret_of_several_lines_is_hidden_line_by_line() -> None:
    """As a key is that is printed with other line ends, or cut off half-way."""
    key = "-----BEGIN KEY-----\nMIIEvQIBADANBg\nkqhkiG9w0BAQ\n-----END KEY-----"
    assert "MIIE" not in hide(key.replace("\n", "\r\n"), key)
    assert "kqhk" not in hide("it ends with kqhkiG9w0BAQ", key)
    assert "MIIE" not in hide(json.dumps({"key": key}), key)


@pytest.mark.parametrize("value", ['p"ä\\x', "a&b<c>'d'", "50% off/\u20ac"])
def test_what_is_encoded_twice_is_hidden_too(value: str) -> None:
    """JSON in JSON, an address in an address, JSON made safe for HTML, letters as numbers."""
    inner = json.dumps({"p": value})
    safe = inner.replace("<", "\\u003C").replace(">", "\\u003E").replace("&", "\\u0026").replace("'", "\\u0027")
    for text in (json.dumps({"body": inner}), quote(quote(value, safe=""), safe=""), safe):
        assert HIDDEN in hide(text, value), text


def test_what_comes_late_is_hidden_from_then_on_and_can_be_forgotten() -> None:
    """A session's cookie, or a one-time code, which is an ordinary number tomorrow."""
    found = gather(environ={})
    assert found.hide("sid=canary-session") == "sid=canary-session"
    forget = found.also_hide("canary-session", "123456")
    assert found.hide("sid=canary-session code 123456") == f"sid={HIDDEN} code {HIDDEN}"
    forget()
    forget()
    assert found.hide("code 123456") == "code 123456"


def test_what_a_vault_gave_is_hidden_at_once() -> None:
    """The spellings are made once and again when something comes along."""

    class Vault:
        words, refused = "a vault", ""

        def get(self, name: str) -> SecretStr | None:
            return SecretStr("from-the-vault")

    found = gather(environ={"RPA_SECRET_A": "known"}, vaults=[Vault()])
    assert found.hide("known from-the-vault") == f"{HIDDEN} from-the-vault"
    found.reveal("b")
    assert found.hide("known from-the-vault") == f"{HIDDEN} {HIDDEN}"


def test_no_spelling_of_a_secret_is_a_sign_or_empty() -> None:
    """Else everything would be hidden."""
    assert variants("x") == () and variants("") == ()
    assert all(len(v) > 1 for v in variants("é1"))


def test_a_value_keeps_its_shape() -> None:
    """Numbers and keys are hidden where nobody needs them again, and kept where somebody does."""
    value = {"run": "4711", "pin": 4711, "steps": [{"note": "typed 4711", "4711": None}], "ok": True}

    def hidden(text: str) -> str:
        return redacted(text, ["4711"])

    assert redacted_value(value, hidden) == {
        "run": HIDDEN, "pin": HIDDEN, "steps": [{"note": f"typed {HIDDEN}", HIDDEN: None}], "ok": True,
    }  # fmt: skip
    assert redacted_value(value, hidden, keep=frozenset({"run"}), texts_only=True) == {
        "run": "4711", "pin": 4711, "steps": [{"note": f"typed {HIDDEN}", "4711": None}], "ok": True,
    }  # fmt: skip


def field_for(secret: str, kind: str) -> Step:
    look = Variant(fingerprint=Fingerprint(tag="input", type=kind, name=secret))
    return Step(id=secret, kind="fill", value=f"{{{{ secrets.{secret} }}}}", target=Target(variants=(look,)))


def test_what_a_run_leaves_holds_no_secret() -> None:
    """A page that greets with the password, and a look of it that memory would keep. The user name may be an output."""
    secrets = SecretSources([("the test", {"user": SecretStr("clerk"), "password": SecretStr("hunter2")})])
    seen = Signals(texts=("Welcome clerk, your password is hunter2",))
    trajectory = Trajectory(
        run="r", workflow="pay", site="s", procedure="p", version=1, started="", stopped="'hunter2' was not taken",
        params={"name": "clerk"}, outputs={"by": "clerk", "token": "hunter2", "rows": [{"by": "clerk"}]},
        steps=(StepOutcome(index=0, id="a", kind="click", status="ok", signals=seen, note="hunter2"),),
    )  # fmt: skip
    look = Variant(fingerprint=Fingerprint(tag="a", name="Log out hunter2"))
    edits = (AddVariant(step="a", variant=look),)
    verdict = Verdict(run="r", workflow="pay", procedure="p", version=1, outcome="failed", edits=edits, reason="hunter2")
    steps = (field_for("user", "text"), field_for("password", "password"))
    document = Procedure(schema=1, procedure="p", site="s", task="Pay", steps=steps)
    left, concluded = secretless(trajectory, verdict, secrets, document)
    assert "hunter2" not in left.model_dump_json() + concluded.model_dump_json()
    assert left.outputs == {"by": "clerk", "token": HIDDEN, "rows": [{"by": "clerk"}]}
    assert left.params == {"name": "clerk"} and left.steps[0].signals.texts == (f"Welcome {HIDDEN}, your password is {HIDDEN}",)


def test_what_holds_no_secret_is_the_very_same_value() -> None:
    """A healthy run pays for one look."""
    trajectory = Trajectory(run="r", workflow="pay", site="s", procedure="p", version=1, started="")
    verdict = Verdict(run="r", workflow="pay", procedure="p", version=1, outcome="succeeded")
    document = Procedure(schema=1, procedure="p", site="s", task="Pay", steps=())
    left, concluded = secretless(trajectory, verdict, gather(environ={"RPA_SECRET_A": "hunter2"}), document)
    assert left is trajectory and concluded is verdict


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("look at `rpa login erp-clerk`, clerk", "look at `rpa login erp-clerk`, •••"),
        ("account clerk: logged in as clerk", "account clerk: logged in as •••"),
        ("the secret 'erp_clerk_password' is missing", "the secret 'erp_clerk_password' is missing"),
        ("/srv/clerk/work/a.yaml of /srv/clerks", "/srv/clerk/work/a.yaml of /srv/•••s"),
        ("xerp-clerk erp-clerky", "xerp-••• erp-•••y"),
    ],
)  # fmt: skip
def test_a_name_of_ours_may_hold_a_secret(text: str, left: str) -> None:
    """An account called after its user: advice with a hole in it could not be followed."""
    own = ("erp-clerk", "account clerk", "erp_clerk_", "/srv/clerk/work", "clerk")
    assert redacted(text, variants("clerk"), own) == left


def test_a_secret_that_is_more_than_a_name_of_ours_is_hidden() -> None:
    assert redacted("typed: my erp-clerk 7", variants("my erp-clerk 7"), ("erp-clerk",)) == "typed: •••"
    assert redacted("typed: erp-clerk", variants("erp-clerk"), ("erp-clerk",)) == "typed: •••"


LONG = "the site says that nobody can be let in with "


@pytest.mark.parametrize("end", ["", "…", "…” and more"])
def test_what_a_cut_left_of_a_secret_is_hidden(end: str) -> None:
    """A sentence of a page is quoted up to some length, and may end within what it repeats."""
    assert redacted(f"{LONG}zaunkoenig-77{end}", variants("zaunkoenig-77421")) == f"{LONG}•••{end}"
    assert redacted(f"{LONG}zaun{end}", variants("zaunkoenig-77421")) == f"{LONG}zaun{end}"
    assert redacted(f"{LONG}zaunkoenige{end}", variants("zaunkoenig-77421")) == f"{LONG}zaunkoenige{end}"


def test_a_run_keeps_no_part_of_a_secret_either() -> None:
    secrets = gather(environ={"RPA_SECRET_A": "zaunkoenig-77421"})
    run = Trajectory(
        run="r", workflow="w", site="s", procedure="p", version=1, started="2026-11-22", outcome="failed",
        stopped=LONG + "zaunkoenig",
    )  # fmt: skip
    verdict = Verdict(run="r", workflow="w", procedure="p", version=1, outcome="failed")
    told, _ = secretless(run, verdict, secrets, Procedure(procedure="p", site="s", task="t", steps=()))
    assert told.stopped == LONG + HIDDEN
