"""What the demo says: a create-run conversation as a table of steps.

``{thread_id}`` and the like stand for what earlier answers have named; see the API reference,
https://platform.openai.com/docs/api-reference/runs.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from runreel.core.http.sse import parse_event
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
    """What answers have named; a name that none has given stands for itself, so that the server
    refuses it and the conversation ends there."""

    def __missing__(self, name: str) -> str:
        return name


@dataclass(frozen=True, slots=True)
class ConversationStep:
    """One thing to ask for."""

    title: str
    method: str
    path: str
    body: BodyTemplate | None = None
    until: str = ""
    """The status of a run; the step is repeated until it is reached."""

    def build_request(self, known: KnownNames) -> Request:
        """The step as a request, with what is ``known`` filled in."""
        body = b"" if self.body is None else json.dumps(_fill_in(self.body, known)).encode()
        return Request(self.method, self.path.format_map(known).encode(), HEADERS, body)


@dataclass(frozen=True, slots=True)
class Turn:
    """One request of a conversation, and its answer as the client saw it come."""

    request: Request
    answer: Answer
    is_whole: bool
    """Whether the answer came to the end that its framing promised."""

    @property
    def line(self) -> str:
        """Method and target."""
        return f"{self.request.method} {self.request.target.decode()}"

    @property
    def is_stream(self) -> bool:
        """Whether the answer is a stream of events."""
        headers = {name.lower(): value for name, value in self.answer.headers}
        return headers.get(b"content-type", b"").startswith(b"text/event-stream")

    def collect_names(self) -> dict[str, str]:
        """What later steps can refer to: ids, and the run's ``status``."""
        outline = _DIALECT.outline(self.request, self.answer)
        names = {**outline.ids, "status": outline.status}
        if outline.tool_calls:
            names["tool_call_id"] = outline.tool_calls[-1].id
        return names


def find_operation(request: Request) -> str:
    """What a request means: ``runs.create`` …"""
    return _DIALECT.interpret(request).operation


def extract_delta(raw: bytes) -> str:
    """The piece of text, or of a function call, that one raw event brings; often none."""
    if not parse_event(raw).event.endswith(".delta"):
        return ""
    answer = Answer(200, b"OK", _EVENT_STREAM, raw)
    outline = _DIALECT.outline(Request("POST", b"/", ()), answer)
    names = [f"{call.name}: " if call.name else "" for call in outline.tool_calls]
    arguments = [call.arguments for call in outline.tool_calls]
    return "".join((*outline.texts, *names, *arguments))


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
"""Create-run streamed, with a function call, and polled; and the calls that go with it."""
