"""Recordings as a debugger has them: streams of four APIs, with requests and events all unlike.

The same seed and number give the same program; each recording of it has ids and times of its own.
"""

from __future__ import annotations

import json
import random
import string
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from benchmarks.samples import make_exchange
from runreel.model import Answer, Exchange, Frame

_TEXT = (
    "refund order weather train ticket morning agent book flight hotel change invoice"
    " address customer summary table report plan step answer question"
    " river bridge market station spring autumn"
)
_WORDS = _TEXT.split(" ")
_OF_IDS = string.ascii_letters + string.digits
_INSTRUCTIONS = "Answer briefly, and name the page of the guide. " * 12
_FEWEST_WORDS = 24
_MOST_WORDS = 54
_GAPS_US = (2_000, 40_000)

JsonObject: TypeAlias = dict[str, object]
_NamedEvent: TypeAlias = tuple[str, JsonObject]


@dataclass(frozen=True, slots=True)
class _Call:
    """One call: what it says, which each recording repeats, and the ids of this recording."""

    number: int
    question: str
    words: Sequence[str]
    ids: random.Random

    def make_id(self, prefix: str) -> str:
        """Return the next id."""
        return f"{prefix}_{''.join(self.ids.choices(_OF_IDS, k=24))}"

    @property
    def text(self) -> str:
        """The whole answer."""
        return "".join(self.words)


def iter_recording(
    count: int, *, recording: int = 1, change_each: int = 0, events: int = 0
) -> Iterator[Exchange]:
    """Yield the exchanges of a program, which are the same but for ids and times in each recording.

    ``change_each``: in each of so many answers, a word is another one. ``events``: the pieces of
    each text, by default 24 to 54.
    """
    ids = random.Random(recording)  # noqa: S311 - the same each time
    for number in range(1, count + 1):
        says = random.Random(number)  # noqa: S311 - the same each time
        question = " ".join(says.choices(_WORDS, k=80))
        length = events or says.randint(_FEWEST_WORDS, _MOST_WORDS)
        words = [f" {word}" for word in says.choices(_WORDS, k=length)]
        if change_each and number % change_each == 0:
            words[length // 2] = " otherwise"
        call = _Call(number, f"Question {number}: {question}", words, ids)
        yield APIS[number % len(APIS)](call)


def _build_exchange(
    call: _Call, target: str, request: JsonObject, events: Sequence[bytes]
) -> Exchange:
    at_us, frames = 100_000, []
    for event in events:
        at_us += call.ids.randint(*_GAPS_US)
        frames.append(Frame(at_us, len(event), True))
    headers = ((b"Content-Type", b"text/event-stream"), (b"Transfer-Encoding", b"chunked"))
    answer = Answer(200, b"OK", headers, b"".join(events), tuple(frames))
    body = json.dumps({**request, "stream": True}).encode()
    return make_exchange(call.number, answer, target=target, body=body)


def _encode_events(events: Sequence[_NamedEvent]) -> list[bytes]:
    return [f"event: {name}\ndata: {json.dumps(data)}\n\n".encode() for name, data in events]


def _make_chat(call: _Call) -> Exchange:
    shared: JsonObject = {
        "id": call.make_id("chatcmpl"),
        "object": "chat.completion.chunk",
        "created": 1_700_000_000 + call.ids.randrange(10**7),
        "model": "gpt-4o-mini-2024-07-18",
        "system_fingerprint": "fp_0123456789",
    }

    def make_chunk(delta: JsonObject, reason: str | None = None) -> JsonObject:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}
        padding = "".join(call.ids.choices(_OF_IDS, k=8))
        return {**shared, "choices": [choice], "usage": None, "obfuscation": padding}

    size = len(call.words)
    usage = {"prompt_tokens": 180, "completion_tokens": size, "total_tokens": 180 + size}
    chunks = [
        make_chunk({"role": "assistant", "content": "", "refusal": None}),
        *(make_chunk({"content": word}) for word in call.words),
        make_chunk({}, "stop"),
        {**shared, "choices": [], "usage": usage},
    ]
    request: JsonObject = {
        "model": "gpt-4o-mini",
        "messages": [
            {"role": "system", "content": _INSTRUCTIONS},
            {"role": "user", "content": call.question},
        ],
        "stream_options": {"include_usage": True},
    }
    events = [b"data: " + json.dumps(chunk).encode() + b"\n\n" for chunk in chunks]
    return _build_exchange(call, "/v1/chat/completions", request, [*events, b"data: [DONE]\n\n"])


def _make_run(call: _Call) -> Exchange:
    thread, message = f"thread_{call.number:024d}", call.make_id("msg")
    run: JsonObject = {
        "id": call.make_id("run"),
        "object": "thread.run",
        "created_at": 1_700_000_000 + call.ids.randrange(10**7),
        "assistant_id": "asst_benchmark",
        "thread_id": thread,
        "model": "gpt-4o-mini",
        "instructions": _INSTRUCTIONS,
        "tools": [],
    }
    whole: JsonObject = {
        "id": message,
        "object": "thread.message",
        "thread_id": thread,
        "run_id": run["id"],
        "role": "assistant",
    }
    size = len(call.words)
    usage = {"prompt_tokens": 180, "completion_tokens": size, "total_tokens": 180 + size}
    events: list[_NamedEvent] = [
        ("thread.run.created", {**run, "status": "queued", "usage": None}),
        ("thread.run.in_progress", {**run, "status": "in_progress", "usage": None}),
        ("thread.message.created", {**whole, "status": "in_progress", "content": []}),
        *(("thread.message.delta", _make_delta(message, word)) for word in call.words),
        ("thread.message.completed", {**whole, "status": "completed", "content": _list(call.text)}),
        ("thread.run.completed", {**run, "status": "completed", "usage": usage}),
    ]
    request: JsonObject = {
        "assistant_id": "asst_benchmark",
        "additional_messages": [{"role": "user", "content": call.question}],
    }
    encoded = [*_encode_events(events), b"event: done\ndata: [DONE]\n\n"]
    return _build_exchange(call, f"/v1/threads/{thread}/runs", request, encoded)


def _make_delta(message: str, word: str) -> JsonObject:
    content = [{"index": 0, "type": "text", "text": {"value": word}}]
    return {"id": message, "object": "thread.message.delta", "delta": {"content": content}}


def _list(text: str) -> list[JsonObject]:
    return [{"type": "text", "text": {"value": text, "annotations": []}}]


def _make_response(call: _Call) -> Exchange:
    item, numbers = call.make_id("msg"), iter(range(10**6))
    response: JsonObject = {
        "id": call.make_id("resp"),
        "object": "response",
        "created_at": 1_700_000_000 + call.ids.randrange(10**7),
        "model": "gpt-4o-2024-08-06",
        "instructions": _INSTRUCTIONS,
        "tools": [],
    }
    place: JsonObject = {"item_id": item, "output_index": 0, "content_index": 0}
    part = {"type": "output_text", "annotations": [], "logprobs": [], "text": call.text}
    message = {"id": item, "type": "message", "role": "assistant"}
    done = {**message, "status": "completed", "content": [part]}
    size = len(call.words)
    usage = {"input_tokens": 180, "output_tokens": size, "total_tokens": 180 + size}
    begun = {**response, "status": "in_progress", "output": [], "usage": None}
    events: list[_NamedEvent] = [
        ("response.created", {"response": begun}),
        ("response.in_progress", {"response": begun}),
        ("response.output_item.added", {"output_index": 0, "item": {**message, "content": []}}),
        ("response.content_part.added", {**place, "part": {**part, "text": ""}}),
        *(
            ("response.output_text.delta", {**place, "delta": word, "logprobs": []})
            for word in call.words
        ),
        ("response.output_text.done", {**place, "text": call.text, "logprobs": []}),
        ("response.content_part.done", {**place, "part": part}),
        ("response.output_item.done", {"output_index": 0, "item": done}),
        (
            "response.completed",
            {"response": {**response, "status": "completed", "output": [done], "usage": usage}},
        ),
    ]
    numbered: list[_NamedEvent] = [
        (name, {"type": name, **data, "sequence_number": next(numbers)}) for name, data in events
    ]
    request: JsonObject = {
        "model": "gpt-4o",
        "instructions": _INSTRUCTIONS,
        "input": call.question,
    }
    return _build_exchange(call, "/v1/responses", request, _encode_events(numbered))


def _make_message(call: _Call) -> Exchange:
    """Make a call of Anthropic's Messages API that ends in a call of a tool."""
    model, size = "claude-sonnet-4-20250514", len(call.words)
    message: JsonObject = {
        "id": call.make_id("msg"),
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": [],
        "usage": {"input_tokens": 180, "output_tokens": 1},
    }
    tool = {"type": "tool_use", "id": call.make_id("toolu"), "name": "get_weather", "input": {}}
    arguments = json.dumps({"city": call.words[0].strip(), "days": call.number % 9})
    pieces = [arguments[at : at + 4] for at in range(0, len(arguments), 4)]
    text_delta, tool_delta = "text_delta", "input_json_delta"
    bodies: list[JsonObject] = [
        {"type": "message_start", "message": message},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "ping"},
        *(_make_block_delta(0, {"type": text_delta, "text": word}) for word in call.words),
        {"type": "content_block_stop", "index": 0},
        {"type": "content_block_start", "index": 1, "content_block": tool},
        *(_make_block_delta(1, {"type": tool_delta, "partial_json": each}) for each in pieces),
        {"type": "content_block_stop", "index": 1},
        {
            "type": "message_delta",
            "delta": {"stop_reason": "tool_use", "stop_sequence": None},
            "usage": {"output_tokens": size},
        },
        {"type": "message_stop"},
    ]
    request: JsonObject = {
        "model": model,
        "max_tokens": 1024,
        "system": _INSTRUCTIONS,
        "messages": [{"role": "user", "content": call.question}],
        "tools": [{"name": "get_weather", "input_schema": {"type": "object"}}],
    }
    events = _encode_events([(str(body["type"]), body) for body in bodies])
    return _build_exchange(call, "/v1/messages", request, events)


def _make_block_delta(index: int, delta: JsonObject) -> JsonObject:
    return {"type": "content_block_delta", "index": index, "delta": delta}


APIS: Sequence[Callable[[_Call], Exchange]] = (
    _make_chat,
    _make_run,
    _make_response,
    _make_message,
)
