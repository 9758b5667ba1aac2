"""The conversations of the demo: tables of requests of several APIs.

``{thread_id}`` and the like are replaced by values from earlier answers. API references:
https://platform.openai.com/docs/api-reference/runs and the pages beside it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from msgspec import Struct

from runreel.core.http.sse import parse_event
from runreel.core.http.stream_reader import split_stream
from runreel.core.trace.reader import read_answer
from runreel.dialects import find_dialect
from runreel.model import Answer, Headers, Request

BodyTemplate: TypeAlias = str | bool | Sequence["BodyTemplate"] | Mapping[str, "BodyTemplate"]

HEADERS: Headers = (
    (b"Content-Type", b"application/json"),
    (b"OpenAI-Beta", b"assistants=v2"),
    (b"User-Agent", b"runreel-demo"),
)

AGENTS_HEADERS: Headers = (
    (b"Content-Type", b"application/json"),
    (b"OpenAI-Beta", b"agents=v1"),
    (b"User-Agent", b"runreel-demo"),
)
_EVENT_STREAM: Headers = ((b"Content-Type", b"text/event-stream"),)


class KnownNames(dict[str, str]):
    """Values from earlier answers by name: ids, and the status of the run.

    An unknown name is its own value, so that the server rejects the request and the conversation
    ends there.
    """

    def __missing__(self, name: str) -> str:
        return name


@dataclass(frozen=True, slots=True)
class ConversationStep:
    """One request of the conversation."""

    title: str
    method: str
    path: str
    body: BodyTemplate | None = None
    until: str = ""
    """The status of a run until which the step is repeated; empty: it is not repeated."""
    headers: Headers = HEADERS
    leaves_at: str = ""
    """The event of a stream at which the client leaves, if the server never ends it."""
    is_background: bool = False
    """True if the stream is read beside the following steps."""
    after: str = ""
    """The event of the stream in the background for which the step waits; ``end``: for its end."""

    def build_request(self, known: KnownNames) -> Request:
        """Build the request, with the ``known`` values filled in."""
        body = b"" if self.body is None else json.dumps(_fill_in(self.body, known)).encode()
        return Request(self.method, self.path.format_map(known).encode(), self.headers, body)


class Turn(Struct, frozen=True):
    """A request of a conversation, and its answer with the times seen by the client."""

    request: Request
    answer: Answer
    is_whole: bool
    """True if the answer has reached its end, or the event at which the client leaves."""

    @property
    def line(self) -> str:
        """The method and the target."""
        return f"{self.request.method} {self.request.target.decode()}"

    @property
    def is_stream(self) -> bool:
        """True if the answer is a stream of events."""
        return split_stream(self.answer.headers, self.answer.body) is not None

    def collect_names(self) -> dict[str, str]:
        """Return the values for later steps by name: ids, and the run's ``status``."""
        reader = read_answer(self.answer, find_dialect(self.request).trace_table)
        calls = [block.call_id for block in reader.transcript.build() if block.call_id]
        names = {**reader.ids.build(), "status": reader.status}
        return {**names, "tool_call_id": calls[-1]} if calls else names


def find_operation(request: Request) -> str:
    """Return the operation of a request: ``runs.create`` …"""
    return find_dialect(request).interpret(request).operation


def extract_delta(raw: bytes, request: Request) -> str:
    """Return the piece of a text or function call in one raw event; empty for other events.

    ``request`` is the one that the stream answers.
    """
    if not parse_event(raw).event.endswith(".delta"):
        return ""
    answer = Answer(200, b"OK", _EVENT_STREAM, raw)
    reader = read_answer(answer, find_dialect(request).trace_table)
    blocks = reader.transcript.build()
    return "".join(f"{block.name}: {block.text}" if block.name else block.text for block in blocks)


def _fill_in(value: BodyTemplate, known: KnownNames) -> BodyTemplate:
    if isinstance(value, str):
        return value.format_map(known)
    if isinstance(value, Mapping):
        return {name: _fill_in(inner, known) for name, inner in value.items()}
    if isinstance(value, Sequence):
        return [_fill_in(inner, known) for inner in value]
    return value


_MESSAGES = "/v1/threads/{thread_id}/messages"
_RUNS = "/v1/threads/{thread_id}/runs"
_RUN = "/v1/threads/{thread_id}/runs/{run_id}"

_WEATHER: BodyTemplate = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather in a city, now.",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string", "examples": ["Lisbon"]}},
            "required": ["city"],
        },
    },
}


def _make_message(text: str) -> BodyTemplate:
    return {"role": "user", "content": text}


CONVERSATION: tuple[ConversationStep, ...] = (
    ConversationStep(
        "create an assistant",
        "POST",
        "/v1/assistants",
        {"model": "gpt-4o", "name": "Demo", "instructions": "Answer in one sentence."},
    ),
    ConversationStep("create a thread", "POST", "/v1/threads", {"metadata": {"purpose": "demo"}}),
    ConversationStep(
        "add a message", "POST", _MESSAGES, _make_message("Are you there, without any network?")
    ),
    ConversationStep(
        "create a run, streamed", "POST", _RUNS, {"assistant_id": "{assistant_id}", "stream": True}
    ),
    ConversationStep(
        "add a message", "POST", _MESSAGES, _make_message("What is the weather in Lisbon?")
    ),
    ConversationStep(
        "create a run that calls a function, streamed",
        "POST",
        _RUNS,
        {"assistant_id": "{assistant_id}", "tools": [_WEATHER], "stream": True},
    ),
    ConversationStep(
        "submit the function's output, streamed",
        "POST",
        _RUN + "/submit_tool_outputs",
        {
            "tool_outputs": [
                {"tool_call_id": "{tool_call_id}", "output": "18 °C, a light breeze from the sea"}
            ],
            "stream": True,
        },
    ),
    ConversationStep(
        "add a message", "POST", _MESSAGES, _make_message("Thank you. This time I poll.")
    ),
    ConversationStep(
        "create a run, to be polled", "POST", _RUNS, {"assistant_id": "{assistant_id}"}
    ),
    ConversationStep("poll the run", "GET", _RUN, until="completed"),
    ConversationStep("list the messages", "GET", _MESSAGES + "?order=asc"),
)
"""Runs that are streamed, call a function, or are polled, with the calls that they need."""

_SESSIONS = "/v1/agents/sessions"
_SESSION = f"{_SESSIONS}/{{session_id}}"
_EVENTS = f"{_SESSION}/events"
_IDLE = "agent.session.idle"
_FLAT_WEATHER: BodyTemplate = {
    "type": "function",
    "name": "get_weather",
    "description": "The weather in a city, now.",
    "parameters": {
        "type": "object",
        "properties": {"city": {"type": "string", "examples": ["Lisbon"]}},
        "required": ["city"],
    },
}


def _ask_agents(
    title: str,
    method: str,
    path: str,
    body: BodyTemplate | None = None,
    *,
    leaves_at: str = "",
    is_background: bool = False,
    after: str = "",
) -> ConversationStep:
    return ConversationStep(
        title,
        method,
        path,
        body,
        headers=AGENTS_HEADERS,
        leaves_at=leaves_at,
        is_background=is_background,
        after=after,
    )


AGENTS_CONVERSATION: tuple[ConversationStep, ...] = (
    _ask_agents(
        "create a session with its first turn, streamed",
        "POST",
        _SESSIONS,
        {
            "environment": {"type": "none"},
            "agent": {"model": "gpt-6", "instructions": "Answer in one sentence."},
            "input": "Are you there, without any network?",
            "stream": True,
        },
        leaves_at=_IDLE,
    ),
    _ask_agents(
        "create a session whose agent has a function",
        "POST",
        _SESSIONS,
        {
            "environment": {"type": "self_hosted", "workspace_directory": "/demo"},
            "agent": {"model": "gpt-6", "tools": [_FLAT_WEATHER]},
        },
    ),
    _ask_agents(
        "open the stream of its events", "GET", _EVENTS, leaves_at=_IDLE, is_background=True
    ),
    _ask_agents(
        "post a message, beside the stream",
        "POST",
        _EVENTS,
        {
            "events": [
                {
                    "type": "agent.session.input.message",
                    "input": [
                        {
                            "role": "user",
                            "content": [
                                {"type": "input_text", "text": "What is the weather in Lisbon?"}
                            ],
                        }
                    ],
                }
            ]
        },
    ),
    _ask_agents(
        "post the function's output",
        "POST",
        _EVENTS,
        {
            "events": [
                {
                    "type": "agent.session.input.tool_result",
                    "turn_id": "{turn_id}",
                    "call_id": "{tool_call_id}",
                    "success": True,
                    "output": "18 °C, a light breeze from the sea",
                }
            ]
        },
        after="agent.session.requires_action",
    ),
    _ask_agents("list the items of the session", "GET", f"{_SESSION}/items", after="end"),
    _ask_agents("retrieve the session", "GET", _SESSION),
)
"""Sessions of agents: a streamed one, and one whose stream is open while its turn goes on."""

_RESPONSES = "/v1/responses"

RESPONSES_CONVERSATION: tuple[ConversationStep, ...] = (
    ConversationStep(
        "create a response",
        "POST",
        _RESPONSES,
        {"model": "gpt-6", "input": "Are you there, without any network?"},
    ),
    ConversationStep(
        "continue it, streamed",
        "POST",
        _RESPONSES,
        {
            "model": "gpt-6",
            "previous_response_id": "{response_id}",
            "input": "Say it again.",
            "stream": True,
        },
    ),
    ConversationStep(
        "create a response that calls a function, streamed",
        "POST",
        _RESPONSES,
        {
            "model": "gpt-6",
            "input": "What is the weather in Lisbon?",
            "tools": [_FLAT_WEATHER],
            "stream": True,
        },
    ),
    ConversationStep(
        "give it the function's output, streamed",
        "POST",
        _RESPONSES,
        {
            "model": "gpt-6",
            "previous_response_id": "{response_id}",
            "input": [
                {
                    "type": "function_call_output",
                    "call_id": "{tool_call_id}",
                    "output": "18 °C, a light breeze from the sea",
                }
            ],
            "tools": [_FLAT_WEATHER],
            "stream": True,
        },
    ),
    ConversationStep("retrieve the response", "GET", _RESPONSES + "/{response_id}"),
)
"""Responses: a chain of them, and one that calls a function."""

CONVERSATIONS: Mapping[str, tuple[ConversationStep, ...]] = {
    "assistants": CONVERSATION,
    "agents": AGENTS_CONVERSATION,
    "responses": RESPONSES_CONVERSATION,
}
"""The conversations by the name of their API."""
