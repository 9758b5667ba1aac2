"""Recordings of one program against servers that give other ids, at other times.

Two agents run at the same time: one looks up the weather with a tool, the other one answers at
once. ``seed`` decides all ids, the moment, how texts are cut into events, and which agent is first.
"""

from __future__ import annotations

import json
import random
import string
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from runreel.core.cassette import encode_exchange
from runreel.dialects import find_dialect
from runreel.model import Answer, End, Exchange, ExchangeHead, Frame, Headers, Request, Timings
from support.build import make_cassette

START_NS = 1_764_500_000_000_000_000
JSON: Headers = ((b"Content-Type", b"application/json"),)
STREAM: Headers = ((b"Content-Type", b"text/event-stream"), (b"openai-version", b"2020-10-01"))

GREETING = "Good morning! I can look up the weather for you, and plan a trip by train."


class Facts(Struct, frozen=True):
    """Everything that may be otherwise in another recording of the agent with the tool."""

    prompt: str = "You are a helpful travel assistant who answers briefly and in plain words."
    question: str = "What is the weather in Lisbon?"
    answer: str = "It is sunny in Lisbon today, with 24 degrees and a light wind from the sea."
    city: str = "Lisbon"
    city_type: str = "string"
    output: str = '{"sky": "clear", "degrees": 24}'
    model: str = ""
    """Empty for the usual one of the API."""
    temperature: float = 0.2
    source: str = "https://weather.example/lisbon"
    tokens: int = 20

    @property
    def arguments(self) -> Mapping[str, object]:
        """The arguments of the tool's call."""
        return {"city": self.city, "days": 3}

    @property
    def arguments_text(self) -> str:
        """The same as JSON."""
        return json.dumps(self.arguments)

    @property
    def schema(self) -> Mapping[str, object]:
        """The parameters of the tool."""
        properties = {"city": {"type": self.city_type}, "days": {"type": "integer"}}
        return {"type": "object", "properties": properties, "required": ["city"]}


USUAL = Facts()
GREETER = Facts(question="Good morning, what can you do?", answer=GREETING)
"""The agent without the tool."""


@dataclass
class Recorder:
    """Collects the exchanges of one recording."""

    seed: int
    facts: Facts = USUAL
    """Those of the agent that is recorded now."""
    first_ns: int = 0
    letters: random.Random = field(default_factory=random.Random)
    cuts: random.Random = field(default_factory=random.Random)
    """Decides how texts are cut into events."""
    exchanges: list[Exchange] = field(default_factory=list)
    at_us: int = 0
    """The moment of the agent that is recorded now, since the start of the recording."""

    def __post_init__(self) -> None:
        self.letters.seed(self.seed)
        self.cuts.seed(self.seed)
        self.first_ns = START_NS + self.seed * 90_000_000_000_000

    def make_id(self, prefix: str, length: int = 24) -> str:
        return prefix + "".join(
            self.letters.choices(string.ascii_letters + string.digits, k=length)
        )

    def make_uuid(self) -> str:
        return str(UUID(int=self.letters.getrandbits(128), version=4))

    @property
    def now(self) -> int:
        """Seconds since 1970."""
        return (self.first_ns // 1000 + self.at_us) // 1_000_000

    def cut(self, text: str) -> list[str]:
        """Cut a text into pieces of one to three words."""
        words = text.split(" ")
        pieces = []
        while words:
            count = self.cuts.randint(1, 3)
            pieces.append(" ".join(words[:count]) + (" " if words[count:] else ""))
            words = words[count:]
        return pieces

    def add(
        self,
        method: str,
        target: str,
        body: object,
        *pieces: bytes,
        headers: Headers = JSON,
        status: int = 200,
        sent: Headers = ((b"OpenAI-Beta", b"v2"),),
    ) -> None:
        """Add an exchange whose answer arrives in these pieces, 10 milliseconds apart."""
        data = b"" if body is None else json.dumps(body).encode()
        request = Request(method, target.encode(), (*JSON, *sent), data)
        frames = tuple(
            Frame((index + 1) * 10_000, len(piece), True) for index, piece in enumerate(pieces)
        )
        answer = Answer(status, b"OK", headers, b"".join(pieces), frames)
        end_us = 10_000 * (len(pieces) + 1)
        timings = Timings(self.first_ns + self.at_us * 1000, 5_000, end_us)
        self.exchanges.append(build_exchange(request, answer, timings))
        self.at_us += end_us + 5_000

    def add_document(self, method: str, target: str, body: object, document: object) -> None:
        """Add an exchange whose answer is a JSON document."""
        self.add(method, target, body, json.dumps(document).encode())

    def add_stream(
        self, target: str, body: object, events: Iterable[tuple[str, object] | object]
    ) -> None:
        """Add an exchange whose answer is a stream: names and data, or data alone."""
        self.add("POST", target, body, *map(encode_event, events), headers=STREAM)


def encode_event(event: tuple[str, object] | object) -> bytes:
    """Return a server-sent event."""
    name, data = event if isinstance(event, tuple) else ("", event)
    text = data if isinstance(data, str) else json.dumps(data)
    return (f"event: {name}\n" if name else "").encode() + f"data: {text}\n\n".encode()


def build_exchange(request: Request, answer: Answer, timings: Timings) -> Exchange:
    """Return an exchange with what its dialect says of it."""
    dialect = find_dialect(request)
    meaning = dialect.interpret(request)
    head = ExchangeHead(
        number=0,
        session="",
        request=request,
        status=answer.status,
        size=len(answer.body),
        end=End.COMPLETE,
        whole=True,
        timings=timings,
        dialect=dialect.name,
        operation=meaning.operation,
        summary=meaning.summary,
    )
    return Exchange(head, answer)


def number(exchanges: Iterable[Exchange]) -> list[Exchange]:
    """Return the exchanges in the order of their requests, numbered from 1."""
    ordered = sorted(exchanges, key=lambda each: each.head.timings.started_ns)
    return [
        Exchange(replace(each.head, number=index), each.answer)
        for index, each in enumerate(ordered, start=1)
    ]


def record_chat(recorder: Recorder, *, with_tool: bool) -> None:
    """Record an agent that uses the chat completions API."""
    facts = recorder.facts
    messages: list[object] = [
        {"role": "system", "content": facts.prompt},
        {"role": "user", "content": facts.question},
    ]
    function = {
        "name": "get_weather",
        "description": "Look up the weather",
        "parameters": facts.schema,
    }
    body = {
        "model": facts.model or "gpt-4o",
        "messages": messages,
        "tools": [{"type": "function", "function": function}],
        "temperature": facts.temperature,
        "stream": True,
    }
    if with_tool:
        call_id = recorder.make_id("call_")
        arguments = facts.arguments_text
        start = {"index": 0, "id": call_id, "type": "function"}
        calls: list[object] = [{**start, "function": {"name": "get_weather", "arguments": ""}}]
        calls += [{"index": 0, "function": {"arguments": part}} for part in recorder.cut(arguments)]
        deltas = [{"tool_calls": [call]} for call in calls]
        recorder.add_stream(
            "/v1/chat/completions", body, _chat_events(recorder, deltas, "tool_calls")
        )
        call = {"id": call_id, "type": "function"}
        function_call = {"name": "get_weather", "arguments": arguments}
        history: list[object] = [
            *messages,
            {"role": "assistant", "tool_calls": [{**call, "function": function_call}]},
            {"role": "tool", "tool_call_id": call_id, "content": facts.output},
        ]
        body = {**body, "messages": history}
    texts = [{"content": piece} for piece in recorder.cut(facts.answer)]
    recorder.add_stream("/v1/chat/completions", body, _chat_events(recorder, texts, "stop"))


def _chat_events(
    recorder: Recorder, deltas: Iterable[Mapping[str, object]], reason: str
) -> Iterator[object]:
    head = {
        "id": recorder.make_id("chatcmpl-", 29),
        "object": "chat.completion.chunk",
        "created": recorder.now,
        "model": "gpt-4o-2024-08-06",
        "system_fingerprint": recorder.make_id("fp_", 10),
    }

    def build(delta: object, finish_reason: str | None = None) -> object:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
        return {**head, "choices": [choice], "obfuscation": recorder.make_id("", 6)}

    yield build({"role": "assistant", "content": ""})
    yield from map(build, deltas)
    yield build({}, reason)
    usage = {"prompt_tokens": 80, "completion_tokens": recorder.facts.tokens, "total_tokens": 100}
    yield {**head, "choices": [], "usage": usage}
    yield "[DONE]"


def record_anthropic(recorder: Recorder, *, with_tool: bool) -> None:
    """Record an agent that uses Anthropic's messages API."""
    facts = recorder.facts
    messages: list[object] = [{"role": "user", "content": facts.question}]
    tool = {"name": "get_weather", "description": "Look it up", "input_schema": facts.schema}
    body = {
        "model": facts.model or "claude-sonnet-4-5",
        "system": facts.prompt,
        "messages": messages,
        "tools": [tool],
        "temperature": facts.temperature,
        "max_tokens": 500,
        "stream": True,
    }
    if with_tool:
        call_id, signature = recorder.make_id("toolu_01"), recorder.make_id("EuYB", 60) + "+/=="
        thought = "The user wants the weather, so the tool has to be called."
        pieces = recorder.cut(facts.arguments_text)
        blocks: list[tuple[object, Sequence[object]]] = [
            (
                {"type": "thinking", "thinking": "", "signature": ""},
                [
                    *(
                        {"type": "thinking_delta", "thinking": each}
                        for each in recorder.cut(thought)
                    ),
                    {"type": "signature_delta", "signature": signature},
                ],
            ),
            (
                {"type": "tool_use", "id": call_id, "name": "get_weather", "input": {}},
                [{"type": "input_json_delta", "partial_json": each} for each in pieces],
            ),
        ]
        recorder.add_stream("/v1/messages", body, _anthropic_events(recorder, blocks, "tool_use"))
        thinking = {"type": "thinking", "thinking": thought, "signature": signature}
        use = {"type": "tool_use", "id": call_id, "name": "get_weather", "input": facts.arguments}
        output = {"type": "tool_result", "tool_use_id": call_id, "content": facts.output}
        history: list[object] = [
            *messages,
            {"role": "assistant", "content": [thinking, use]},
            {"role": "user", "content": [output]},
        ]
        body = {**body, "messages": history}
    citation = {
        "type": "web_search_result_location",
        "cited_text": "Sunny, 24 degrees",
        "url": facts.source,
        "title": "Weather in Lisbon",
    }
    deltas: list[object] = [
        {"type": "text_delta", "text": each} for each in recorder.cut(facts.answer)
    ]
    deltas.append({"type": "citations_delta", "citation": citation})
    blocks = [({"type": "text", "text": ""}, deltas)]
    recorder.add_stream("/v1/messages", body, _anthropic_events(recorder, blocks, "end_turn"))


def _anthropic_events(
    recorder: Recorder, blocks: Sequence[tuple[object, Sequence[object]]], reason: str
) -> Iterator[object]:
    usage = {"input_tokens": 80, "cache_read_input_tokens": 0, "output_tokens": 1}
    message: Mapping[str, object] = {
        "id": recorder.make_id("msg_01"),
        "type": "message",
        "role": "assistant",
        "model": "claude-sonnet-4-5",
        "content": [],
        "stop_reason": None,
        "usage": usage,
    }
    events: list[Mapping[str, object]] = [{"type": "message_start", "message": message}]
    if recorder.seed % 2:
        events.append({"type": "ping"})
    for index, (block, deltas) in enumerate(blocks):
        events.append({"type": "content_block_start", "index": index, "content_block": block})
        events += (
            {"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas
        )
        events.append({"type": "content_block_stop", "index": index})
    end = {"stop_reason": reason, "stop_sequence": None}
    events.append(
        {"type": "message_delta", "delta": end, "usage": {"output_tokens": recorder.facts.tokens}}
    )
    events.append({"type": "message_stop"})
    return ((str(event["type"]), event) for event in events)


def record_responses(recorder: Recorder, *, with_tool: bool) -> None:
    """Record an agent that uses the responses API."""
    facts = recorder.facts
    tool = {"type": "function", "name": "get_weather", "parameters": facts.schema, "strict": True}
    body: dict[str, object] = {
        "model": facts.model or "gpt-4o",
        "instructions": facts.prompt,
        "input": [{"role": "user", "content": facts.question}],
        "tools": [tool],
        "temperature": facts.temperature,
        "stream": True,
    }
    if with_tool:
        call_id, response_id = recorder.make_id("call_"), recorder.make_id("resp_", 48)
        item = {
            "type": "function_call",
            "id": recorder.make_id("fc_", 48),
            "call_id": call_id,
            "name": "get_weather",
            "arguments": "",
        }
        whole = {**item, "arguments": facts.arguments_text}
        pieces = recorder.cut(facts.arguments_text)
        place = {"item_id": item["id"], "output_index": 0}
        name = "response.function_call_arguments"
        middle: list[Mapping[str, object]] = [
            {"type": "response.output_item.added", "output_index": 0, "item": item},
            *({"type": f"{name}.delta", **place, "delta": piece} for piece in pieces),
            {"type": f"{name}.done", **place, "arguments": whole["arguments"]},
            {"type": "response.output_item.done", "output_index": 0, "item": whole},
        ]
        recorder.add_stream(
            "/v1/responses", body, _response_events(recorder, response_id, body, middle, whole)
        )
        output = {
            "type": "function_call_output",
            "call_id": call_id,
            "output": facts.output,
        }
        body = {**body, "input": [output], "previous_response_id": response_id}
    place = {"item_id": recorder.make_id("msg_", 48), "output_index": 0, "content_index": 0}
    note = {"type": "url_citation", "url": facts.source, "title": "Weather"}
    part = {"type": "output_text", "text": facts.answer, "annotations": [note]}
    message: Mapping[str, object] = {"type": "message", "id": place["item_id"], "role": "assistant"}
    answer_item = {**message, "status": "in_progress", "content": []}
    answer = {**message, "status": "completed", "content": [part]}
    empty = {**part, "text": "", "annotations": []}
    annotation = {"annotation_index": 0, "annotation": note}
    texts = [
        {"type": "response.output_text.delta", **place, "delta": each}
        for each in recorder.cut(facts.answer)
    ]
    middle = [
        {"type": "response.output_item.added", "output_index": 0, "item": answer_item},
        {"type": "response.content_part.added", **place, "part": empty},
        *texts,
        {"type": "response.output_text.annotation.added", **place, **annotation},
        {"type": "response.output_text.done", **place, "text": facts.answer},
        {"type": "response.content_part.done", **place, "part": part},
        {"type": "response.output_item.done", "output_index": 0, "item": answer},
    ]
    response_id = recorder.make_id("resp_", 48)
    recorder.add_stream(
        "/v1/responses", body, _response_events(recorder, response_id, body, middle, answer)
    )


def _response_events(
    recorder: Recorder,
    response_id: str,
    body: Mapping[str, object],
    middle: Sequence[Mapping[str, object]],
    output: object,
) -> Iterator[object]:
    response = {
        "id": response_id,
        "object": "response",
        "created_at": recorder.now,
        "status": "in_progress",
        "model": "gpt-4o-2024-08-06",
        "output": [],
        "previous_response_id": body.get("previous_response_id"),
        "temperature": body["temperature"],
        "tools": body["tools"],
        "usage": None,
    }
    usage = {"input_tokens": 80, "output_tokens": recorder.facts.tokens, "total_tokens": 100}
    final = {**response, "status": "completed", "output": [output], "usage": usage}
    events: list[Mapping[str, object]] = [
        {"type": "response.created", "response": response},
        {"type": "response.in_progress", "response": response},
        *middle,
        {"type": "response.completed", "response": final},
    ]
    for index, event in enumerate(events):
        noise = {"obfuscation": recorder.make_id("", 7)} if "delta" in event else {}
        yield str(event["type"]), {**event, "sequence_number": index, **noise}


def record_assistants(recorder: Recorder, *, with_tool: bool) -> None:
    """Record an agent that uses the assistants API: streamed with a tool, or polled."""
    facts = recorder.facts
    thread_id, run_id = recorder.make_id("thread_"), recorder.make_id("run_")
    message_id = recorder.make_id("msg_")
    assistant_id = f"asst_{recorder.seed:08}travel"
    thread = {"id": thread_id, "object": "thread", "created_at": recorder.now, "metadata": {}}
    recorder.add_document("POST", "/v1/threads", {}, thread)
    base = f"/v1/threads/{thread_id}"
    asked = {"role": "user", "content": facts.question}
    content = [{"type": "text", "text": {"value": facts.question, "annotations": []}}]
    message = {
        "id": message_id,
        "object": "thread.message",
        "created_at": recorder.now,
        "thread_id": thread_id,
        "role": "user",
        "content": content,
    }
    recorder.add_document("POST", f"{base}/messages", asked, message)
    function = {"name": "get_weather", "parameters": facts.schema}
    body: dict[str, object] = {
        "assistant_id": assistant_id,
        "model": facts.model or "gpt-4o",
        "additional_instructions": facts.prompt,
        "tools": [{"type": "function", "function": function}],
        "temperature": facts.temperature,
    }
    run = {
        "id": run_id,
        "object": "thread.run",
        "created_at": recorder.now,
        "thread_id": thread_id,
        "assistant_id": assistant_id,
        "status": "queued",
        "model": facts.model or "gpt-4o",
        "temperature": facts.temperature,
        "usage": None,
    }
    usage = {"prompt_tokens": 80, "completion_tokens": recorder.facts.tokens, "total_tokens": 100}
    if with_tool:
        _record_streamed_run(recorder, base, {**body, "stream": True}, run, usage)
    else:
        recorder.add_document("POST", f"{base}/runs", body, run)
        for status in ("queued", "in_progress", *["in_progress"] * (recorder.seed % 3)):
            recorder.add_document("GET", f"{base}/runs/{run_id}", None, {**run, "status": status})
        final = {**run, "status": "completed", "completed_at": recorder.now, "usage": usage}
        recorder.add_document("GET", f"{base}/runs/{run_id}", None, final)
    note = {"type": "file_citation", "text": "[1]", "file_citation": {"quote": facts.source}}
    answer = [{"type": "text", "text": {"value": facts.answer, "annotations": [note]}}]
    reply = {
        **message,
        "id": recorder.make_id("msg_"),
        "role": "assistant",
        "run_id": run_id,
        "assistant_id": assistant_id,
        "content": answer,
    }
    listing = {"object": "list", "data": [reply, message], "first_id": reply["id"]}
    recorder.add_document("GET", f"{base}/messages", None, listing)


def _record_streamed_run(
    recorder: Recorder,
    base: str,
    body: Mapping[str, object],
    run: Mapping[str, object],
    usage: Mapping[str, object],
) -> None:
    facts = recorder.facts
    call_id, step_id = recorder.make_id("call_"), recorder.make_id("step_")
    function = {"name": "get_weather", "arguments": facts.arguments_text}
    call = {"id": call_id, "type": "function", "function": function}
    step = {
        "id": step_id,
        "object": "thread.run.step",
        "run_id": run["id"],
        "type": "tool_calls",
        "status": "in_progress",
        "step_details": {"type": "tool_calls", "tool_calls": []},
    }
    action = {"type": "submit_tool_outputs", "submit_tool_outputs": {"tool_calls": [call]}}
    first = {"index": 0, **call, "function": {"name": "get_weather", "arguments": ""}}
    rest = [
        {"index": 0, "type": "function", "function": {"arguments": piece}}
        for piece in recorder.cut(facts.arguments_text)
    ]
    deltas = [
        {
            "id": step_id,
            "object": "thread.run.step.delta",
            "delta": {"step_details": {"type": "tool_calls", "tool_calls": [each]}},
        }
        for each in (first, *rest)
    ]
    waiting = {**run, "status": "requires_action", "required_action": action}
    recorder.add_stream(
        f"{base}/runs",
        body,
        [
            ("thread.run.created", run),
            ("thread.run.queued", run),
            ("thread.run.in_progress", {**run, "status": "in_progress"}),
            ("thread.run.step.created", step),
            ("thread.run.step.in_progress", step),
            *(("thread.run.step.delta", delta) for delta in deltas),
            ("thread.run.requires_action", waiting),
            ("done", "[DONE]"),
        ],
    )
    message = {
        "id": recorder.make_id("msg_"),
        "object": "thread.message",
        "created_at": recorder.now,
        "thread_id": run["thread_id"],
        "run_id": run["id"],
        "role": "assistant",
        "status": "in_progress",
        "content": [],
    }
    text = {"value": facts.answer, "annotations": []}
    whole = {**message, "status": "completed", "content": [{"type": "text", "text": text}]}
    pieces = [
        {
            "id": message["id"],
            "object": "thread.message.delta",
            "delta": {"content": [{"index": 0, "type": "text", "text": {"value": piece}}]},
        }
        for piece in recorder.cut(facts.answer)
    ]
    done = {**step, "status": "completed", "usage": usage}
    outputs = [{"tool_call_id": call_id, "output": facts.output}]
    recorder.add_stream(
        f"{base}/runs/{run['id']}/submit_tool_outputs",
        {"tool_outputs": outputs, "stream": True},
        [
            ("thread.run.step.completed", done),
            ("thread.run.queued", run),
            ("thread.run.in_progress", {**run, "status": "in_progress"}),
            ("thread.message.created", message),
            ("thread.message.in_progress", message),
            *(("thread.message.delta", piece) for piece in pieces),
            ("thread.message.completed", whole),
            ("thread.run.completed", {**run, "status": "completed", "usage": usage}),
            ("done", "[DONE]"),
        ],
    )


def record_plain(recorder: Recorder, *, with_tool: bool) -> None:
    """Record a program that uses an API of its own, which sends lines of JSON."""
    facts = recorder.facts
    body = {
        "question": facts.question,
        "context": facts.prompt,
        "temperature": facts.temperature,
        "model": facts.model or "house-7b",
        "session_id": recorder.make_id("sess_"),
    }
    step = {"id": recorder.make_id("st_"), "kind": "search", "arguments": facts.arguments}
    usage = {"input_tokens": 80, "output_tokens": facts.tokens}
    events: list[object] = [
        {"event": "start", "session_id": body["session_id"], "created": recorder.now},
        {"event": "step", "step": step},
        {"event": "answer", "answer": facts.answer},
        {"event": "sources", "citations": [{"url": facts.source}]},
        {"event": "end", "usage": usage},
    ]
    lines = (json.dumps(event).encode() + b"\n" for event in events)
    headers = ((b"Content-Type", b"application/x-ndjson"),)
    recorder.add("POST", "/api/ask", body, *lines, headers=headers)


PROGRAMS: Mapping[str, Callable[..., None]] = {
    "chat": record_chat,
    "anthropic": record_anthropic,
    "responses": record_responses,
    "assistants": record_assistants,
    "plain": record_plain,
}


def record_program(
    dialect: str, seed: int, facts: Facts = USUAL, *, cut: int | None = None
) -> list[Exchange]:
    """Return the exchanges of both agents, at the same time.

    With an odd seed, the agent with the tool is the first one. ``cut`` is a seed for how texts are
    cut into events.
    """
    recorder = Recorder(seed)
    recorder.cuts.seed(seed if cut is None else cut)
    for index, with_tool in enumerate((True, False)):
        recorder.at_us = 1000 * (index if seed % 2 else 1 - index)
        recorder.facts = facts if with_tool else GREETER
        PROGRAMS[dialect](recorder, with_tool=with_tool)
    return number(recorder.exchanges)


def write_recording(path: Path, exchanges: Iterable[Exchange]) -> Path:
    """Write a cassette with these exchanges."""
    path.write_bytes(make_cassette(*map(encode_exchange, exchanges)))
    return path
