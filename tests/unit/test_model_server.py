"""The scripted model answers in order and forgets nothing that it was sent."""

from __future__ import annotations

import httpx

from fixtures.model_server import ModelServer


def test_it_answers_from_its_script_and_keeps_every_request() -> None:
    with ModelServer(["first", "second"]) as model, httpx.Client(trust_env=False) as http:
        asked = [
            http.post(f"{model.url}/chat/completions", json={"messages": [word]}, headers={"Authorization": "Bearer k"})
            for word in ("one", "two", "three")
        ]
        assert [a.json()["choices"][0]["message"]["content"] for a in asked[:2]] == ["first", "second"]
        assert asked[2].status_code == 503
        assert http.get(f"{model.url}/models").status_code == 404
        assert [p.path for p in model.prompts] == ["/v1/chat/completions"] * 3 + ["/v1/models"]
        assert b"three" in model.prompts[2].body
        assert model.prompts[0].headers["authorization"] == "Bearer k"
