"""A trace is scrubbed in every member or thrown away; what the viewer needs to open it stays."""

from __future__ import annotations

import base64
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from rpa_agent.domain.errors import TraceUnclean
from rpa_agent.ops.secret import traces
from rpa_agent.ops.secret.secrets import gather

PASSWORD = "canary/hunter2 ä"
SECRETS = gather(environ={"RPA_SECRET_PASSWORD": PASSWORD, "RPA_SECRET_PIN": "482913"})


def made(path: Path, members: dict[str, bytes | list[Any]]) -> Path:
    with zipfile.ZipFile(path, "w") as trace:
        for name, content in members.items():
            if isinstance(content, list):
                content = "".join(json.dumps(line) + "\n" for line in content).encode()
            trace.writestr(name, content)
    return path


def scrubbed(folder: Path, **members: bytes | list[Any]) -> dict[str, bytes]:
    """Return the members of the scrubbed trace; a dot in a name is written as two underscores."""
    source = made(folder / "raw.zip", {name.replace("__", "."): content for name, content in members.items()})
    traces.scrub(source, folder / "clean.zip", SECRETS.redactions())
    with zipfile.ZipFile(folder / "clean.zip") as clean:
        return {name: clean.read(name) for name in clean.namelist()}


def exchange(**more: Any) -> dict[str, Any]:
    return {"type": "resource-snapshot", "snapshot": {"request": {"headers": [], **more}, "response": {"headers": []}}}


def test_a_typed_value_goes_from_every_member_and_the_rest_stays(tmp_path: Path) -> None:
    """What was done, the page as it was, the form's body as bytes and in UTF-16, an inner encoding."""
    basic = base64.b64encode(f"clerk:{PASSWORD}".encode()).decode()
    untouched = {"type": "before", "callId": "call@1", "startTime": 482913.5, "params": {"selector": "#user"}}
    left = scrubbed(
        tmp_path,
        trace__trace=[
            untouched,
            {"type": "before", "callId": "call@2", "params": {"value": PASSWORD, "pin": 482913}, "startTime": 482913},
            {"type": "frame-snapshot", "snapshot": {"html": ["INPUT", {"__playwright_value_": PASSWORD}]}},
        ],
        trace__network=[exchange(url=f"http://x/?p={PASSWORD}", postData={"text": json.dumps({"p": PASSWORD})})],
        trace__stacks=json.dumps({"files": [], "stacks": []}).encode(),
        form=f"password={PASSWORD}&basic={basic}&pin=482913&amount=14829130".encode(),
        wide=PASSWORD.encode("utf-16-le"),
        picture=bytes(range(256)) * 3,
    )
    text = b"\0".join(left.values())
    for spelling in SECRETS.redactions():
        assert spelling.encode() not in text.replace(b"14829130", b"").replace(b"482913.5", b"").replace(
            b'"startTime":482913', b""
        )
    first, second, _ = (json.loads(line) for line in left["trace.trace"].splitlines())
    assert first == untouched and second["startTime"] == 482913 and second["params"] == {"value": "•••", "pin": "•••"}
    assert b"amount=14829130" in left["form"] and left["picture"] == bytes(range(256)) * 3


def test_what_sessions_are_made_of_goes_wherever_it_stands(tmp_path: Path) -> None:
    """Nobody typed them: cookies both ways, tokens, a saved login that a context began with."""
    headers = [
        {"name": "Cookie", "value": "sid=canary-cookie-1; theme=dark"},
        {"name": "authorization", "value": "Bearer canary-token-2"},
        {"name": "Accept", "value": "*/*"},
    ]
    sent = exchange(headers=headers, cookies=[{"name": "sid", "value": "canary-cookie-1"}])
    sent["snapshot"]["response"] = {"headers": [{"name": "Set-Cookie", "value": "sid=canary-cookie-3; Path=/; HttpOnly"}]}
    kept = [{"localStorage": [{"name": "t", "value": "canary-token-5"}]}]
    state = {"cookies": [{"name": "a", "value": "canary-cookie-4"}], "origins": kept}
    left = scrubbed(
        tmp_path,
        trace__trace=[{"type": "context-options", "options": {"storageState": state}}, {"message": "canary-cookie-3"}],
        trace__network=[sent],
        script=b"const token = 'canary-token-2', other = 'canary-token-5'",
    )  # fmt: skip
    assert b"canary" not in b"".join(left.values())
    (line,) = left["trace.network"].splitlines()
    assert {h["name"]: h["value"] for h in json.loads(line)["snapshot"]["request"]["headers"]} == {
        "Cookie": "•••", "authorization": "•••", "Accept": "*/*",
    }  # fmt: skip


@pytest.mark.parametrize("content", [b"no zip", b"", b"PK\x03\x04 cut off"])
def test_what_is_no_trace_is_thrown_away(tmp_path: Path, content: bytes) -> None:
    """As one is that the browser did not finish."""
    (tmp_path / "raw.zip").write_bytes(content)
    with pytest.raises(TraceUnclean):
        traces.scrub(tmp_path / "raw.zip", tmp_path / "clean.zip", SECRETS.redactions())
    assert not (tmp_path / "clean.zip").exists()


def test_a_trace_that_cannot_be_understood_is_thrown_away(tmp_path: Path) -> None:
    """Another version of Playwright may write it otherwise: then nobody can say that it is clean."""
    with pytest.raises(TraceUnclean):
        scrubbed(tmp_path, trace__trace=b'{"type": "before"\n')
    assert not (tmp_path / "clean.zip").exists()


def test_a_scrubbed_trace_is_its_owners_alone(tmp_path: Path) -> None:
    """It still shows the business."""
    scrubbed(tmp_path, trace__trace=[{"type": "log"}])
    assert (tmp_path / "clean.zip").stat().st_mode & 0o777 == 0o600


def test_a_packed_bomb_is_not_unpacked(tmp_path: Path) -> None:
    """A page decides what its answers weigh."""
    source = tmp_path / "raw.zip"
    with zipfile.ZipFile(source, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as trace:
        trace.writestr("resources/zeros", bytes(3_000_000))
    assert source.stat().st_size < 100_000
    with pytest.raises(TraceUnclean, match="larger"):
        traces.scrub(source, tmp_path / "clean.zip", [], largest=2_000_000)
