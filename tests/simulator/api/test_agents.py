"""Sessions of agents, over a socket."""

from __future__ import annotations

import json
from typing import Any

import aiohttp
import pytest

from runreel.simulator import serve_simulator

HEADERS = {"OpenAI-Beta": "agents=v1", "Authorization": "Bearer any"}
SESSIONS = "/v1/agents/sessions"
MESSAGE = {
    "type": "agent.session.input.message",
    "input": [{"role": "user", "content": [{"type": "input_text", "text": "Hello?"}]}],
}
FUNCTION = {"type": "function", "name": "find", "description": "d", "parameters": {}}
SELF_HOSTED = {"type": "self_hosted", "workspace_directory": "/src"}


async def ask(
    client: aiohttp.ClientSession, method: str, path: str, body: object = None
) -> tuple[int, Any]:
    async with client.request(method, path, json=body, headers=HEADERS) as answer:
        text = await answer.text()
        return answer.status, json.loads(text) if text else None


async def read_events(answer: aiohttp.ClientResponse, last: str) -> list[dict[str, Any]]:
    """Read events up to the one whose name ends so."""
    events = []
    async for line in answer.content:
        if line.startswith(b"data: "):
            events.append(json.loads(line[6:]))
            if events[-1]["type"].endswith(last):
                break
    return events


async def test_a_stream_has_what_happens_while_it_is_open() -> None:
    async with serve_simulator() as url, aiohttp.ClientSession(url) as client:
        agent = {"model": "m", "tools": [FUNCTION]}
        _, session = await ask(
            client, "POST", SESSIONS, {"environment": SELF_HOSTED, "agent": agent}
        )
        path = f"{SESSIONS}/{session['id']}"
        async with client.get(f"{path}/events", headers=HEADERS) as stream:
            assert await ask(client, "POST", f"{path}/events", {"events": [MESSAGE]}) == (202, None)
            [*_, action] = await read_events(stream, "requires_action")
            [call] = action["session"]["required_actions"]
            result = {
                "type": "agent.session.input.tool_result",
                "turn_id": call["turn_id"],
                "call_id": call["call_id"],
                "success": True,
                "output": "42",
            }
            await ask(client, "POST", f"{path}/events", {"events": [result]})
            [*_, idle] = await read_events(stream, "idle")
        assert idle["session"]["status"] == "idle"
        _, items = await ask(client, "GET", f"{path}/items")
        assert [item["type"] for item in items["data"]] == [
            *("message", "function_call", "function_call_output", "message"),
        ]
        assert (await ask(client, "GET", path))[1]["status"] == "idle"
        assert len((await ask(client, "GET", f"{path}/turns"))[1]["data"]) == 1


async def test_a_session_may_be_created_with_its_stream() -> None:
    body = {"environment": {"type": "none"}, "agent": {"model": "m"}, "input": "Hi", "stream": True}
    async with serve_simulator() as url, aiohttp.ClientSession(url) as client:
        async with client.post(SESSIONS, json=body, headers=HEADERS) as answer:
            events = await read_events(answer, "idle")
        assert answer.status == 201
        assert events[0]["type"] == "agent.session.created"
        assert "".join(event.get("delta", "") for event in events).startswith("Hello")


ERRORS: list[tuple[str, str, str, object, int]] = [
    ("no environment", "POST", SESSIONS, {"agent": {"model": "m"}}, 400),
    ("no model", "POST", SESSIONS, {"environment": SELF_HOSTED}, 400),
    (
        "no input",
        "POST",
        SESSIONS,
        {"environment": {"type": "none"}, "agent": {"model": "m"}},
        400,
    ),
    ("no session", "GET", f"{SESSIONS}/sess_x", None, 404),
    ("no events of it", "GET", f"{SESSIONS}/sess_x/events", None, 404),
]


@pytest.mark.parametrize(
    ("reason", "method", "path", "body", "status"), ERRORS, ids=[row[0] for row in ERRORS]
)
async def test_mistakes_are_refused(
    reason: str, method: str, path: str, body: object, status: int
) -> None:
    async with serve_simulator() as url, aiohttp.ClientSession(url) as client:
        answered, error = await ask(client, method, path, body)
    assert answered == status
    assert error["error"]["message"]


async def test_the_header_and_a_pending_call_are_needed() -> None:
    result = {"type": "agent.session.input.tool_result", "call_id": "exec_9"}
    async with serve_simulator() as url, aiohttp.ClientSession(url) as client:
        body = {"environment": SELF_HOSTED, "agent": {"model": "m"}}
        async with client.post(SESSIONS, json=body, headers={"Authorization": "x"}) as answer:
            assert answer.status == 400
        _, session = await ask(client, "POST", SESSIONS, body)
        path = f"{SESSIONS}/{session['id']}/events"
        _, error = await ask(client, "POST", path, {"events": [result]})
        assert error["error"]["message"] == "Unknown pending tool call: exec_9"
        assert (await ask(client, "POST", path, {"events": [{"type": "x"}]}))[0] == 400
