from __future__ import annotations

import json

import pytest

from runreel.core.dialect import CallMeaning
from runreel.dialects.agents import AGENTS
from support.build import make_answer, make_request

HEADERS = ((b"OpenAI-Beta", b"agents=v1"),)

CALLS = [
    ("GET /agents", "agents.list", ""),
    ("POST /agents/agent_1", "agents.update", ""),
    ("POST /agents/sessions", "agents.sessions.create", ""),
    ("GET /agents/sessions/s", "agents.sessions.retrieve", "s"),
    ("POST /agents/sessions/s/events", "agents.sessions.events.create", "s"),
    (
        "GET /agents/sessions/s/events?include_obfuscation=false",
        "agents.sessions.events.stream",
        "s",
    ),
    ("GET /agents/sessions/s/items", "agents.sessions.items.list", "s"),
    ("GET /agents/sessions/s/turns/t/items", "agents.sessions.turns.items.list", "s"),
    (
        "GET /agents/sessions/s/subagents/a/turns/t/items",
        "agents.sessions.subagents.turns.items.list",
        "s",
    ),
    ("GET /agents/sessions/s/traces", "agents.sessions.traces.list", "s"),
    ("GET /agents/sessions/s/artifacts/a/content", "agents.sessions.artifacts.content", "s"),
    ("POST /agents/environments", "agents.environments.create", ""),
    ("GET /agents/environments/e/files", "agents.environments.files.list", "e"),
    ("DELETE /agents/environments/templates/t", "agents.environments.templates.delete", ""),
    ("POST /agents/automations/a/pause", "agents.automations.pause", "a"),
    ("GET /agents/automations/a/invocations/i", "agents.automations.invocations.retrieve", "a"),
    ("POST /vaults/v/credentials", "vaults.credentials.create", "v"),
    ("DELETE /vaults/v/credentials/c", "vaults.credentials.delete", "v"),
]


@pytest.mark.parametrize("prefix", ["", "/v1", "/openai/v1"])
@pytest.mark.parametrize(("call", "operation", "scope"), CALLS, ids=[row[1] for row in CALLS])
def test_the_operation_and_the_scope_of_a_call(
    call: str, operation: str, scope: str, prefix: str
) -> None:
    method, path = call.split(" ")
    request = make_request(method, f"{prefix}{path}".encode(), HEADERS, b"{}")
    meaning = AGENTS.interpret(request)
    assert (meaning.operation, meaning.scope) == (operation, scope)


def test_the_summary_has_the_ids_and_whether_it_streams() -> None:
    body = {"environment": {"type": "none"}, "agent_id": "agent_1", "input": "hi", "stream": True}
    request = make_request("POST", b"/v1/agents/sessions", HEADERS, json.dumps(body).encode())
    assert AGENTS.interpret(request) == CallMeaning(
        "agents.sessions.create", "", {"agent_id": "agent_1", "stream": True}
    )


CREATED = [
    ("a document", b'{"id": "sess_1", "object": "agent.session"}', "sess_1"),
    (
        "a stream",
        b'data: {"session":{"metadata":{},"id":"sess_2"}}\n\n',
        "sess_2",
    ),
    ("an error", b'{"error": {"message": "no"}}', ""),
]


@pytest.mark.parametrize(("reason", "body", "session"), CREATED, ids=[row[0] for row in CREATED])
def test_the_session_that_a_call_creates(reason: str, body: bytes, session: str) -> None:
    request = make_request("POST", b"/v1/agents/sessions", HEADERS)
    assert AGENTS.find_created(request, make_answer(body)) == session
