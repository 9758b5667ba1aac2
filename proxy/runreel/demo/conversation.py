"""The conversation of the demo: a table of requests of the Assistants API.

``{thread_id}`` and the like are replaced by values from earlier answers. API reference:
https://platform.openai.com/docs/api-reference/runs.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from runreel.core.http.sse import parse_event
from runreel.core.http.stream_reader import split_stream
from runreel.core.trace.reader import read_answer
from runreel.dialects.assistants import Assistants
from runreel.model import Answer, Headers, Request

BodyTemplate: TypeAlias = str | bool | Sequence["BodyTemplate"] | Mapping[str, "BodyTemplate"]

HEADERS: Headers = (
    (b"Content-Type", b"application/json"),
    (b"OpenAI-Beta", b"assistants=v2"),
    (b"User-Agent", b"runreel-demo"),
)

_DIALECT = Assistants()
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

    def build_request(self, known: KnownNames) -> Request:
        """Build the request, with the ``known`` values filled in."""
        body = b"" if self.body is None else json.dumps(_fill_in(self.body, known)).encode()
        return Request(self.method, self.path.format_map(known).encode(), HEADERS, body)


@dataclass(frozen=True, slots=True)
class Turn:
    """A request of a conversation, and its answer with the times seen by the client."""

    request: Request
    answer: Answer
    is_whole: bool
    """True if the answer has reached the end of its HTTP framing."""

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
        reader = read_answer(self.answer, _DIALECT.trace_table)
        calls = [block.call_id for block in reader.transcript.build() if block.call_id]
        names = {**reader.ids.build(), "status": reader.status}
        return {**names, "tool_call_id": calls[-1]} if calls else names


def find_operation(request: Request) -> str:
    """Return the operation of a request: ``runs.create`` …"""
    return _DIALECT.interpret(request).operation


def extract_delta(raw: bytes) -> str:
    """Return the piece of a text or function call in one raw event; empty for other events."""
    if not parse_event(raw).event.endswith(".delta"):
        return ""
    reader = read_answer(Answer(200, b"OK", _EVENT_STREAM, raw), _DIALECT.trace_table)
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
