"""What `serve` answers over HTTP, on a real socket; and the heartbeat."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import httpx
import pytest
from pydantic import SecretStr
from wall import Wall

from rpa_agent.cli.listening import address_of, application, beating, listening
from rpa_agent.domain.errors import UsageInvalid
from rpa_agent.domain.schedule import Schedule
from rpa_agent.ops.health import Pulse
from rpa_agent.ops.office import Office


async def asked(office: Office, pulse: Pulse, path: str) -> httpx.Response:
    transport = httpx.ASGITransport(app=application(office, pulse))
    async with httpx.AsyncClient(transport=transport, base_url="http://office") as client:
        return await client.get(path)


async def test_ready_from_the_first_look_until_asked_to_end(tmp_path: Path) -> None:
    wall = Wall("2026-11-23T06:00")
    pulse = Pulse(wall)
    async with Office.open(tmp_path / "runs.db", clock=wall) as office:
        assert (await asked(office, pulse, "/readyz")).status_code == 503
        assert (await asked(office, pulse, "/healthz")).status_code == 200
        pulse.looked()
        assert (await asked(office, pulse, "/readyz")).status_code == 200
        wall.now += timedelta(minutes=2)
        assert (await asked(office, pulse, "/readyz")).status_code == 503
        assert (await asked(office, pulse, "/healthz")).status_code == 200
        wall.now += timedelta(minutes=10)
        assert (await asked(office, pulse, "/healthz")).status_code == 503


async def test_metrics_are_counts_that_survive_a_restart(tmp_path: Path) -> None:
    wall = Wall("2026-11-23T06:00")
    rules = {"pay": [Schedule(cron="*/5 * * * *")]}
    async with Office.open(tmp_path / "runs.db", lambda: rules, clock=wall) as office:
        await office.occurrences.materialise()
        wall.now += timedelta(minutes=5)
        await office.occurrences.materialise()
        await office.inbox.add("R1", "pay", "look at order 4711")
    async with Office.open(tmp_path / "runs.db", lambda: rules, clock=wall) as office:
        wall.now += timedelta(seconds=90)
        text = (await asked(office, Pulse(wall), "/metrics")).text
    assert 'rpa_occurrences{state="due",workflow="pay"} 1.0' in text
    assert "rpa_inbox_open 1.0" in text and "rpa_oldest_due_seconds 90.0" in text
    assert "4711" not in text


async def test_it_answers_on_a_socket_and_stops(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with Office.open(tmp_path / "runs.db") as office:
        async with listening("127.0.0.1:0", office, Pulse(office.clock)):
            url = capsys.readouterr().err.split("on ")[1].split("/healthz")[0]
            async with httpx.AsyncClient() as client:
                assert (await client.get(f"{url}/healthz")).text == "alive\n"
                assert (await client.get(f"{url}/anything")).status_code == 404
        async with httpx.AsyncClient() as client:
            with pytest.raises(httpx.ConnectError):
                await client.get(f"{url}/healthz")


async def test_an_address_in_use_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with Office.open(tmp_path / "runs.db") as office, listening("127.0.0.1:0", office, Pulse(office.clock)):
        port = capsys.readouterr().err.split("127.0.0.1:")[1].split("/")[0]
        with pytest.raises(UsageInvalid, match="cannot be listened on"):
            async with listening(f"127.0.0.1:{port}", office, Pulse(office.clock)):
                pass


@pytest.mark.parametrize("text", ["9464", "localhost:", "localhost:99999", "localhost:http"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(UsageInvalid, match="is no address"):
        address_of(text)


def test_addresses() -> None:
    assert address_of(":9464") == ("127.0.0.1", 9464)
    assert address_of("[::1]:80") == ("::1", 80)


async def test_the_heart_beats_while_all_is_well_and_stops_when_it_is_not() -> None:
    beats: list[str] = []
    loop, thrice = asyncio.get_running_loop(), asyncio.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            beats.append(self.path)
            if len(beats) == 3:
                loop.call_soon_threadsafe(thrice.set)
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    pulse = Pulse(Wall("2026-11-23T06:00"))
    try:
        async with beating(SecretStr(f"http://127.0.0.1:{server.server_address[1]}/beat"), pulse, every=0.01):
            await asyncio.sleep(0.1)
            assert beats == []
            pulse.looked()
            await asyncio.wait_for(thrice.wait(), 20)
    finally:
        server.shutdown()
        server.server_close()
    assert set(beats) == {"/beat"}
