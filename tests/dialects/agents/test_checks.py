from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runreel.dialects.agents import AGENTS
from runreel.dialects.agents.checks import BODY_TYPES
from runreel.dialects.agents.operations import CHECKED
from runreel.model import OmittedReason, Request
from support.build import make_request

Sent = dict[str, object]
HEADERS = ((b"OpenAI-Beta", b"agents=v1"),)
NONE: Sent = {"type": "none"}
MODEL: Sent = {"model": "model-a"}
FUNCTION: Sent = {
    "type": "function",
    "name": "find",
    "description": "Find it.",
    "parameters": {"type": "object"},
    "async": False,
}
FULL: Sent = {
    "environment": {
        "type": "openai_hosted",
        "container_size": "small",
        "desktop": {"enabled": True},
        "env": {"TZ": "UTC"},
        "files": [
            {"type": "file_id", "file_id": "file_1", "path": "/workspace/a"},
            {"type": "inline", "data": "YQ==", "path": "/workspace/b/c"},
        ],
        "network": {"access": "restricted", "allowed_domains": ["example.org"]},
        "packages": {"npm": ["left-pad"], "python": None},
        "setup_commands": [{"command": "make", "cwd": None}],
        "skills": [
            {"type": "skill_reference", "skill_id": "skill_1", "version": "latest"},
            {
                "type": "inline",
                "name": "n",
                "description": "d",
                "source": {"type": "base64", "data": "", "media_type": "application/zip"},
            },
        ],
    },
    "agent_id": "agent_1",
    "agent": {
        "instructions": None,
        "tools": [
            FUNCTION,
            {"type": "tool_search"},
            {"type": "programmatic_tool_calling", "enabled": False},
            {
                "type": "mcp",
                "server_label": "files",
                "transport": {"type": "http", "server_url": "https://example.org/mcp"},
            },
            {"type": "web_search", "location": {"country": "PT"}, "mode": "live"},
            {"type": "computer_use", "include_screenshots": True},
            {"type": "automations"},
        ],
        "reasoning": {"effort": "high", "summary": "auto"},
        "text": {"format": {"type": "json_schema", "schema": {}}, "verbosity": "low"},
        "service_tier": "flex",
        "multi_agent": {"enabled": True, "max_concurrent_subagents": 2},
        "compaction": {"async": True},
        "experimental": {"time_awareness": True},
    },
    "input": [
        {
            "role": "user",
            "content": [
                {"type": "input_text", "text": "hi"},
                {"type": "input_image", "image_url": "https://example.org/a.png"},
            ],
        }
    ],
    "stream": True,
    "stream_options": {"include_obfuscation": False},
    "metadata": {"a": "b"},
    "prompt_cache_options": {"ttl": "12h"},
    "review": "auto_review",
    "vault_ids": ["vault_1"],
}

SESSIONS: list[tuple[str, Sent, list[str]]] = [
    ("the least", {"environment": NONE, "agent": MODEL, "input": "hi"}, []),
    ("everything", FULL, []),
    ("a saved agent", {"environment": NONE, "agent_id": "agent_1", "input": "hi"}, []),
    ("nothing", {}, ["environment", "agent.model"]),
    (
        "an agent without a model",
        {"environment": NONE, "agent": {"instructions": "x"}, "input": "hi"},
        ["agent.model"],
    ),
    (
        "no input without an environment",
        {"environment": NONE, "agent": MODEL},
        ["input"],
    ),
    (
        "no input with stream",
        {"environment": {"type": "openai_hosted"}, "agent": MODEL, "stream": True},
        ["input"],
    ),
    (
        "no input, self-hosted",
        {
            "environment": {"type": "self_hosted", "workspace_directory": "/src"},
            "agent": MODEL,
            "stream": True,
        },
        [],
    ),
    (
        "an unknown environment",
        {"environment": {"type": "cloud"}, "agent": MODEL, "input": "hi"},
        ["environment.type"],
    ),
    (
        "self-hosted nowhere",
        {"environment": {"type": "self_hosted"}, "agent": MODEL, "input": "hi"},
        ["environment.workspace_directory"],
    ),
    (
        "options of no stream",
        {"environment": NONE, "agent": MODEL, "input": "hi", "stream_options": {}},
        ["stream_options"],
    ),
    (
        "an assistant's message as input",
        {
            "environment": NONE,
            "agent": MODEL,
            "input": [{"role": "assistant", "content": [{"type": "text", "text": "hi"}]}],
        },
        ["input[0].role", "input[0].content[0].type"],
    ),
    (
        "too much metadata",
        {"environment": NONE, "agent": MODEL, "input": "hi", "metadata": {"a": "b" * 513}},
        ["metadata.a"],
    ),
    (
        "a cache for an hour",
        {
            "environment": NONE,
            "agent": MODEL,
            "input": "hi",
            "prompt_cache_options": {"ttl": "1h"},
        },
        ["prompt_cache_options.ttl"],
    ),
    (
        "a function without a description, and a tool of another API",
        {
            "environment": NONE,
            "agent": {
                "model": "m",
                "tools": [
                    {"type": "function", "name": "f", "parameters": {}},
                    {"type": "file_search"},
                ],
            },
            "input": "hi",
        },
        ["agent.tools[0].description", "agent.tools[1].type"],
    ),
    (
        "too many tools",
        {
            "environment": NONE,
            "agent": {"model": "m", "tools": [{**FUNCTION, "description": "x" * 3 * 1024**2}]},
            "input": "hi",
        },
        ["agent.tools"],
    ),
    (
        "an environment that exists, and its configuration",
        {
            "environment": {"type": "openai_hosted", "environment_id": "e", "env": {}},
            "agent": MODEL,
            "input": "hi",
        },
        ["environment.environment_id"],
    ),
    (
        "domains that are blocked in an open network",
        {
            "environment": {
                "type": "openai_hosted",
                "network": {"access": "enabled", "blocked_domains": ["example.org"]},
            },
            "agent": MODEL,
            "input": "hi",
        },
        ["environment.network.blocked_domains"],
    ),
    (
        "domains that are blocked and others that are allowed",
        {
            "environment": {
                "type": "openai_hosted",
                "network": {
                    "access": "restricted",
                    "blocked_domains": ["example.org"],
                    "allowed_domains": ["example.com"],
                },
            },
            "agent": MODEL,
            "input": "hi",
        },
        ["environment.network.blocked_domains"],
    ),
    (
        "a file outside the workspace",
        {
            "environment": {
                "type": "openai_hosted",
                "files": [{"type": "inline", "data": "", "path": "/etc/passwd"}],
            },
            "agent": MODEL,
            "input": "hi",
        },
        ["environment.files[0].path"],
    ),
    (
        "fields of create-run",
        {"environment": NONE, "agent": MODEL, "input": "hi", "assistant_id": "asst_1"},
        ["assistant_id"],
    ),
]

RESULT: Sent = {
    "type": "agent.session.input.tool_result",
    "turn_id": "turn_1",
    "call_id": "exec_1",
    "success": True,
    "output": "42",
}

EVENTS: list[tuple[str, list[Sent], list[str]]] = [
    ("none", [], ["events"]),
    ("a cancellation", [{"type": "agent.session.input.cancel"}], []),
    ("a result", [RESULT], []),
    ("a result of parts", [{**RESULT, "output": [{"type": "input_text", "text": "42"}]}], []),
    ("a failure", [{**RESULT, "success": False, "output": None, "error": "no"}], []),
    ("a failure with an output", [{**RESULT, "success": False}], ["events[0].output"]),
    ("a success with an error", [{**RESULT, "error": "no"}], ["events[0].error"]),
    (
        "a result of nothing",
        [{"type": "agent.session.input.tool_result", "success": True}],
        ["events[0].turn_id", "events[0].call_id"],
    ),
    ("an unknown one", [{"type": "agent.session.input.shout"}], ["events[0].type"]),
    (
        "a message without messages",
        [{"type": "agent.session.input.message", "input": []}],
        ["events[0].input"],
    ),
    (
        "an approval",
        [
            {
                "type": "agent.session.input.mcp_approval_request_result",
                "request_id": "r",
                "response": {"type": "mcp_tool_call", "decision": "maybe"},
            }
        ],
        ["events[0].response.decision"],
    ),
    (
        "a log-in without values",
        [
            {
                "type": "agent.session.input.computer_use_approval_request_result",
                "request_id": "r",
                "response": {"type": "browser_authentication", "action": "submit"},
            }
        ],
        ["events[0].response.fields"],
    ),
]

AGENT_BODIES: list[tuple[str, Sent, list[str]]] = [
    ("the least", {"model": "m"}, []),
    ("no model", {"name": "n", "metadata": {}}, ["model"]),
    (
        "a credential in a saved agent",
        {
            "model": "m",
            "tools": [
                {
                    "type": "mcp",
                    "server_label": "s",
                    "transport": {
                        "type": "http",
                        "server_url": "https://example.org",
                        "authorization": "secret",
                    },
                }
            ],
        },
        ["tools[0].transport.authorization"],
    ),
]


def list_paths(target: str, body: object, omitted: OmittedReason | None = None) -> list[str]:
    """Return the paths of the problems of a POST."""
    request = make_request("POST", target.encode(), HEADERS, json.dumps(body).encode(), omitted)
    return [problem.path for problem in AGENTS.interpret(request).problems]


@pytest.mark.parametrize(("reason", "body", "paths"), SESSIONS, ids=[row[0] for row in SESSIONS])
def test_a_session_is_checked(reason: str, body: Sent, paths: list[str]) -> None:
    assert list_paths("/v1/agents/sessions", body) == paths


@pytest.mark.parametrize(("reason", "events", "paths"), EVENTS, ids=[row[0] for row in EVENTS])
def test_events_are_checked(reason: str, events: list[Sent], paths: list[str]) -> None:
    assert list_paths("/v1/agents/sessions/sess_1/events", {"events": events}) == paths


@pytest.mark.parametrize(
    ("reason", "body", "paths"), AGENT_BODIES, ids=[row[0] for row in AGENT_BODIES]
)
def test_an_agent_is_checked(reason: str, body: Sent, paths: list[str]) -> None:
    assert list_paths("/v1/agents", body) == paths


def test_an_update_of_an_agent_needs_nothing() -> None:
    assert list_paths("/v1/agents/agent_1", {}) == []


def test_a_body_that_was_not_stored_is_said_to_be_so() -> None:
    assert list_paths("/v1/agents/sessions", {}, OmittedReason.MAX_BODY) == ["body"]


def test_each_checked_operation_has_a_type() -> None:
    assert BODY_TYPES.keys() == CHECKED


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["environment", "agent", "input", "events", "tools", "type", "response"]
            ),
            inner,
            max_size=4,
        )
    ),
)


@given(JSON, st.sampled_from(["agents", "agents/sessions", "agents/sessions/s/events"]))
def test_no_body_raises(body: object, path: str) -> None:
    assert isinstance(list_paths(f"/v1/{path}", body), list)


def test_a_problem_does_not_quote_the_value() -> None:
    body = {"environment": {"type": "sk-test-canary"}, "agent": MODEL, "input": "hi"}
    request = Request("POST", b"/v1/agents/sessions", HEADERS, json.dumps(body).encode())
    assert "canary" not in str(AGENTS.interpret(request).problems)
