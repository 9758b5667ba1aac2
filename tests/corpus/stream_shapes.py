"""Shapes of streams that no table describes: ids anywhere or new each time, snapshots, documents.

A shape is a function from the pieces of a text to the values of its events. ``Leaf`` marks the
strings that hold the text; all other strings are innocent.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import accumulate, cycle
from typing import Any, NamedTuple

from corpus.writing import Json, Leaf

Pieces = Sequence[str]

_OTHER = ("The", "weather", "is", "nice", "today", "and", "I", "go", "out", "for", "a", "walk")


class Event(NamedTuple):
    """One event: its name, if it has one, and its data."""

    name: str | None
    data: Json


class StreamShape(NamedTuple):
    """A way to send a text."""

    build: Callable[[Pieces], Iterator[Event]]
    write: Callable[[Sequence[Event]], bytes]
    read: Callable[[bytes], list[Any]]
    media_type: str
    is_repeated: bool = False
    """True if events repeat the whole text, or what there is of it by then."""

    def list_texts(self, events: Sequence[Event], body: bytes) -> list[str]:
        """Return the strings in a body that stand where the text was in these events."""
        values = zip(events, self.read(body), strict=True)
        return [_get(value, path) for event, value in values for path in _iter_paths(event.data)]


def _iter_paths(value: Json, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, Leaf):
        yield path
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from _iter_paths(inner, (*path, name))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _iter_paths(inner, (*path, index))


def _get(value: Any, path: tuple[Any, ...]) -> str:
    for step in path:
        value = value[step]
    assert isinstance(value, str)
    return value


def _write_sse(events: Sequence[Event]) -> bytes:
    heads = (f"event: {event.name}\n" if event.name else "" for event in events)
    return "".join(
        f"{head}data: {json.dumps(event.data)}\n\n"
        for head, event in zip(heads, events, strict=True)
    ).encode()


def _read_sse(body: bytes) -> list[Any]:
    lines = body.decode().split("\n")
    return [json.loads(line[6:]) for line in lines if line.startswith("data: ")]


def _write_lines(events: Sequence[Event]) -> bytes:
    return "".join(f"{json.dumps(event.data)}\n" for event in events).encode()


def _read_lines(body: bytes) -> list[Any]:
    return [json.loads(line) for line in body.decode().splitlines()]


def _write_document(events: Sequence[Event]) -> bytes:
    [event] = events
    return json.dumps(event.data).encode()


def _read_document(body: bytes) -> list[Any]:
    return [json.loads(body)]


def _write_array_of_lines(events: Sequence[Event]) -> bytes:
    lines = ",\n".join(json.dumps(event.data) for event in events)
    return f"[{lines}]".encode()


def _read_array(body: bytes) -> list[Any]:
    values = json.loads(body)
    assert isinstance(values, list)
    return values


def _alternate(pieces: Pieces, build: Callable[[str, str], Json]) -> Iterator[Event]:
    """Yield the pieces as events of ``a``, each after an event of ``b`` with another text."""
    words = cycle(_OTHER)
    for piece in pieces:
        yield Event(None, build("b", f" {next(words)}"))
        yield Event(None, build("a", Leaf(piece)))


def _number(pieces: Pieces, build: Callable[[int, str], Json]) -> Iterator[Event]:
    return (Event(None, build(number, Leaf(piece))) for number, piece in enumerate(pieces))


def _grow(pieces: Pieces, build: Callable[[int, str], Json]) -> Iterator[Event]:
    return (
        Event(None, build(number, Leaf(text))) for number, text in enumerate(accumulate(pieces))
    )


def _two_nodes(pieces: Pieces) -> Iterator[Event]:
    def build(node: str, text: str) -> Json:
        chunk = {"content": text, "type": "AIMessageChunk", "id": f"run--{node}"}
        return [chunk, {"langgraph_step": 5, "langgraph_node": node}]

    return (event._replace(name="messages") for event in _alternate(pieces, build))


def _start_delta_tail(pieces: Pieces) -> Iterator[Event]:
    kinds = ["start", *["delta"] * (len(pieces) - 2), "tail"]
    members = {"start": "first", "delta": "piece", "tail": "rest"}
    for kind, piece in zip(kinds, pieces, strict=True):
        yield Event(None, {"type": kind, members[kind]: Leaf(piece)})


def _start_block(pieces: Pieces) -> Iterator[Event]:
    start = {"type": "content_block_start", "index": 0}
    yield Event(
        "content_block_start", {**start, "content_block": {"type": "text", "text": Leaf(pieces[0])}}
    )
    for piece in pieces[1:]:
        delta = {"type": "text_delta", "text": Leaf(piece)}
        yield Event(
            "content_block_delta", {"type": "content_block_delta", "index": 0, "delta": delta}
        )


def _new_event_names(pieces: Pieces) -> Iterator[Event]:
    return (Event(f"chunk-{number}", {"text": Leaf(each)}) for number, each in enumerate(pieces))


def _parts(pieces: Pieces) -> Iterator[Event]:
    parts = [{"text": Leaf(piece)} for piece in pieces]
    yield Event(None, {"candidates": [{"content": {"role": "model", "parts": parts}, "index": 0}]})
    yield Event(None, {"usageMetadata": {"totalTokenCount": 5}})


def _strings(pieces: Pieces) -> Iterator[Event]:
    for start in range(0, len(pieces), 3):
        yield Event(None, {"d": [Leaf(piece) for piece in pieces[start : start + 3]]})


def _values(pieces: Pieces) -> Iterator[Event]:
    human = {"type": "human", "content": "hi there", "id": "h1"}

    def build(_: int, text: str) -> Json:
        return {"messages": [human, {"type": "ai", "content": text, "id": "ai1"}]}

    return (event._replace(name="values") for event in _grow(pieces, build))


def _log_lines(pieces: Pieces) -> Iterator[Event]:
    lines = ("Starting with 3 tools", "Connected to a server", "".join(pieces), "Please wait now")
    return _number(lines, lambda _, line: {"line": line})


def _build_chunk(text: str, **more: Json) -> Json:
    return {"choices": [{"index": 0, "delta": {"content": text}}], **more}


_SSE = (_write_sse, _read_sse, "text/event-stream")
_LINES = (_write_lines, _read_lines, "application/x-ndjson")
_DOCUMENT = (_write_document, _read_document, "application/json")

SHAPES: Mapping[str, StreamShape] = {
    "two-nodes": StreamShape(_two_nodes, *_SSE),
    "message-id": StreamShape(
        lambda p: _alternate(p, lambda w, t: {"type": "TEXT", "messageId": f"m_{w}", "delta": t}),
        *_SSE,
    ),
    "id-below": StreamShape(
        lambda p: _alternate(
            p,
            lambda w, t: {"result": {"artifact": {"artifactId": w, "parts": [{"text": t}]}}},
        ),
        *_SSE,
    ),
    "id-beside": StreamShape(
        lambda p: _alternate(p, lambda w, t: {"meta": {"message_id": w}, "delta": t}), *_SSE
    ),
    "block-index": StreamShape(
        lambda p: _alternate(p, lambda w, t: {"block_index": int(w == "a"), "delta": {"t": t}}),
        *_SSE,
    ),
    "new-id": StreamShape(
        lambda p: _number(p, lambda n, t: _build_chunk(t, id=f"chatcmpl-{n}")), *_SSE
    ),
    "new-index": StreamShape(
        lambda p: _number(p, lambda n, t: {"index": n, "token": {"id": 3 * n, "text": t}}), *_SSE
    ),
    "new-event-name": StreamShape(_new_event_names, *_SSE),
    "new-kind": StreamShape(
        lambda p: _number(p, lambda n, t: {"type": f"part-{n}", "text": t}), *_SSE
    ),
    "call-number": StreamShape(
        lambda p: _number(p, lambda n, t: {"jsonrpc": "2.0", "id": n, "result": {"chunk": t}}),
        *_SSE,
    ),
    "start-delta-tail": StreamShape(_start_delta_tail, *_SSE),
    "start-block": StreamShape(_start_block, *_SSE),
    "parts": StreamShape(_parts, *_SSE),
    "array-of-strings": StreamShape(_strings, *_SSE),
    "beside-a-known-member": StreamShape(
        lambda p: _number(p, lambda n, t: _build_chunk(" word", x_thoughts=t)), *_SSE
    ),
    "token": StreamShape(lambda p: _number(p, lambda n, t: {"token": t}), *_LINES),
    "new-time": StreamShape(
        lambda p: _number(p, lambda n, t: {"at": f"2026-01-01T00:00:{n:02}Z", "message": t}),
        *_LINES,
    ),
    "document": StreamShape(
        lambda p: iter([Event(None, {"content": [{"text": Leaf(each)} for each in p]})]),
        *_DOCUMENT,
    ),
    "array-of-lines": StreamShape(
        lambda p: _number(p, lambda n, t: {"candidates": [{"content": {"parts": [{"text": t}]}}]}),
        _write_array_of_lines,
        _read_array,
        "application/json",
    ),
    "values": StreamShape(_values, *_SSE, is_repeated=True),
    "partial": StreamShape(
        lambda p: _grow(p, lambda n, t: [{"type": "ai", "content": t, "id": "run-1"}]),
        *_SSE,
        is_repeated=True,
    ),
    "new-id-each-time": StreamShape(
        lambda p: _grow(p, lambda n, t: {"id": f"e-{n}", "text": t}), *_SSE, is_repeated=True
    ),
    "whole-again": StreamShape(
        lambda p: _number(["".join(p)] * 4, lambda n, t: {"log": t}), *_SSE, is_repeated=True
    ),
    "log-lines": StreamShape(_log_lines, *_SSE, is_repeated=True),
}
