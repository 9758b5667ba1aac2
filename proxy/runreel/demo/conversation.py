"""What the demo says: a create-run conversation as a table of steps.

``{thread_id}`` and the like stand for what earlier answers have named; see the API reference,
https://platform.openai.com/docs/api-reference/runs.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from runreel.core.http.sse import parse
from runreel.dialects.assistants import Assistants
from runreel.model import Answer, Headers, Request

Json: TypeAlias = str | bool | Sequence["Json"] | Mapping[str, "Json"]

HEADERS: Headers = (
    (b"Content-Type", b"application/json"),
    (b"OpenAI-Beta", b"assistants=v2"),
    (b"User-Agent", b"runreel-demo"),
)

_DIALECT = Assistants()
_EVENT_STREAM: Headers = ((b"Content-Type", b"text/event-stream"),)


class Known(dict[str, str]):
    """What answers have named; a name that none has given stands for itself, so that the server
    refuses it and the conversation ends there."""

    def __missing__(self, name: str) -> str:
        return name


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to ask for."""

    title: str
    method: str
    path: str
    body: Json | None = None
    until: str = ""
    """The status of a run; the step is repeated until it is reached."""

    def request(self, known: Known) -> Request:
        """The step as a request, with what is ``known`` filled in."""
        body = b"" if self.body is None else json.dumps(_filled(self.body, known)).encode()
        return Request(self.method, self.path.format_map(known).encode(), HEADERS, body)


@dataclass(frozen=True, slots=True)
class Turn:
    """One request of a conversation, and its answer as the client saw it come."""

    request: Request
    answer: Answer
    whole: bool
    """Whether the answer came to the end that its framing promised."""

    @property
    def line(self) -> str:
        """Method and target."""
        return f"{self.request.method} {self.request.target.decode()}"

    @property
    def streamed(self) -> bool:
        """Whether the answer is a stream of events."""
        headers = {name.lower(): value for name, value in self.answer.headers}
        return headers.get(b"content-type", b"").startswith(b"text/event-stream")

    def names(self) -> dict[str, str]:
        """What later steps can refer to: ids, and the run's ``status``."""
        outline = _DIALECT.outline(self.request, self.answer)
        names = {**outline.ids, "status": outline.status}
        if outline.tool_calls:
            names["tool_call_id"] = outline.tool_calls[-1].id
        return names


def operation_of(request: Request) -> str:
    """What a request means: ``runs.create`` …"""
    return _DIALECT.read(request).operation


def spoken(raw: bytes) -> str:
    """The piece of text, or of a function call, that one raw event brings; often none."""
    if not parse(raw).event.endswith(".delta"):
        return ""
    answer = Answer(200, b"OK", _EVENT_STREAM, raw)
    outline = _DIALECT.outline(Request("POST", b"/", ()), answer)
    names = [f"{call.name}: " if call.name else "" for call in outline.tool_calls]
    arguments = [call.arguments for call in outline.tool_calls]
    return "".join((*outline.texts, *names, *arguments))


def _filled(value: Json, known: Known) -> Json:
    if isinstance(value, str):
        return value.format_map(known)
    if isinstance(value, Mapping):
        return {name: _filled(inner, known) for name, inner in value.items()}
    if isinstance(value, Sequence):
        return [_filled(inner, known) for inner in value]
    return value


_MESSAGES = "/v1/threads/{thread_id}/messages"
_RUNS = "/v1/threads/{thread_id}/runs"
_RUN = "/v1/threads/{thread_id}/runs/{run_id}"

_WEATHER: Json = {
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


def _said(text: str) -> Json:
    return {"role": "user", "content": text}


CONVERSATION: tuple[Step, ...] = (
    Step(
        "create an assistant",
        "POST",
        "/v1/assistants",
        {"model": "gpt-4o", "name": "Demo", "instructions": "Answer in one sentence."},
    ),
    Step("create a thread", "POST", "/v1/threads", {"metadata": {"purpose": "demo"}}),
    Step("add a message", "POST", _MESSAGES, _said("Are you there, without any network?")),
    Step(
        "create a run, streamed", "POST", _RUNS, {"assistant_id": "{assistant_id}", "stream": True}
    ),
    Step("add a message", "POST", _MESSAGES, _said("What is the weather in Lisbon?")),
    Step(
        "create a run that calls a function, streamed",
        "POST",
        _RUNS,
        {"assistant_id": "{assistant_id}", "tools": [_WEATHER], "stream": True},
    ),
    Step(
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
    Step("add a message", "POST", _MESSAGES, _said("Thank you. This time I poll.")),
    Step("create a run, to be polled", "POST", _RUNS, {"assistant_id": "{assistant_id}"}),
    Step("poll the run", "GET", _RUN, until="completed"),
    Step("list the messages", "GET", _MESSAGES + "?order=asc"),
)
"""Create-run streamed, with a function call, and polled; and the calls that go with it."""
