"""Properties of every redacted stream, however its texts are cut into events and frames."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from runreel.core.dialect import Channels
from runreel.core.http import sse
from runreel.core.redact import Redactor, Rules, Vault
from runreel.core.redact.marks import build_restoring_edits
from runreel.core.redact.texts.spans import adjust_frames, apply_edits
from runreel.dialects.anthropic import ANTHROPIC
from runreel.dialects.assistants import Assistants
from runreel.dialects.chat import CHAT
from runreel.dialects.plain import Plain
from runreel.dialects.responses import RESPONSES
from runreel.model import Exchange
from support.build import make_answer, make_exchange, make_request

KEY = "sk-test/canary-0001"
REQUEST = make_request(headers=((b"Authorization", b"Bearer " + KEY.encode()),))


class EventFormat(NamedTuple):
    """The events of one kind of stream."""

    name: str
    channels: Channels
    build: Callable[[int, str], Any]
    """Builds an event from the number of a channel and a piece."""
    read: Callable[[Any], tuple[int, str]]
    """Returns them."""


def build_message(channel: int, piece: str) -> Any:
    content = [{"index": channel, "type": "text", "text": {"value": piece, "annotations": []}}]
    return {"id": "msg_1", "object": "thread.message.delta", "delta": {"content": content}}


def build_arguments(channel: int, piece: str) -> Any:
    call = {"index": channel, "type": "function", "function": {"arguments": piece}}
    details = {"type": "tool_calls", "tool_calls": [call]}
    return {"id": "s", "object": "thread.run.step.delta", "delta": {"step_details": details}}


def read_arguments(event: Any) -> tuple[int, str]:
    [call] = event["delta"]["step_details"]["tool_calls"]
    return call["index"], call["function"]["arguments"]


def build_response(channel: int, piece: str) -> Any:
    where = {"item_id": f"i{channel}", "output_index": channel, "sequence_number": len(piece)}
    return {"type": "response.output_text.delta", **where, "delta": piece, "obfuscation": "aB3"}


def build_choice(channel: int, piece: str) -> Any:
    choice = {"index": channel, "delta": {"content": piece}, "finish_reason": None}
    return {"id": "c", "object": "chat.completion.chunk", "created": 17, "choices": [choice]}


def build_block(channel: int, piece: str) -> Any:
    delta = {"type": "input_json_delta", "partial_json": piece}
    return {"type": "content_block_delta", "index": channel, "delta": delta}


FORMATS = [
    EventFormat(
        "thread.message.delta",
        Assistants.channels,
        build_message,
        lambda e: (e["delta"]["content"][0]["index"], e["delta"]["content"][0]["text"]["value"]),
    ),
    EventFormat("thread.run.step.delta", Assistants.channels, build_arguments, read_arguments),
    EventFormat(
        "response.output_text.delta",
        RESPONSES.channels,
        build_response,
        lambda e: (e["output_index"], e["delta"]),
    ),
    EventFormat(
        "",
        CHAT.channels,
        build_choice,
        lambda e: (e["choices"][0]["index"], e["choices"][0]["delta"]["content"]),
    ),
    EventFormat(
        "content_block_delta",
        ANTHROPIC.channels,
        build_block,
        lambda e: (e["index"], e["delta"]["partial_json"]),
    ),
    EventFormat("thread.run.step.delta", Plain.channels, build_arguments, read_arguments),
]

SECRETS = {
    KEY: KEY,
    "ann@example.org": "ann@example.org",
    json.dumps({"password": 'open "sesame" 1'}): "sesame",
    json.dumps(json.dumps({"k": KEY + "\n"})): "canary",
    KEY.replace("/", "%2F"): "canary",
    KEY.replace("-", "\\u002d"): "canary",
}
"""Texts, and a part of them that must not be left."""

WORDS = st.sampled_from([*SECRETS, "a", "\u00fc", "\U0001f600", '"', "\\", "{", "\n", "b:"])
TEXTS = st.lists(WORDS, max_size=5).map(" ".join)
ESCAPES: list[tuple[str, str]] = [("~", "~"), ("/", "\\/"), ("sk-", "\\u0073k-")]
"""Escapes that some JSON encoders use."""


class Stream(NamedTuple):
    """A stream of some texts."""

    format: EventFormat
    texts: list[str]
    """The text of each channel."""
    whole: bytes
    """The stream with one event for each text."""
    body: bytes
    """The stream with many events, those of all channels mixed."""
    frames: list[bytes]


@st.composite
def streams(draw: st.DrawFn) -> Stream:
    event_format = draw(st.sampled_from(FORMATS))
    texts = draw(st.lists(TEXTS, min_size=1, max_size=2))
    escape = draw(st.sampled_from(ESCAPES))
    ascii_only = draw(st.booleans())

    def event(channel: int, piece: str) -> bytes:
        data = json.dumps(event_format.build(channel, piece), ensure_ascii=ascii_only).replace(
            *escape
        )
        name = f"event: {event_format.name}\n" if event_format.name else ""
        return f"{name}data: {data}\n\n".encode()

    queues = [draw(cut_anywhere(text)) for text in texts]
    turns = draw(st.permutations([n for n, pieces in enumerate(queues) for _ in pieces]))
    events = [event(channel, queues[channel].pop(0)) for channel in turns]
    body = b"".join(events)
    whole = b"".join(event(channel, text) for channel, text in enumerate(texts))
    return Stream(event_format, texts, whole, body, draw(cut_anywhere(body)))


@st.composite
def cut_anywhere(draw: st.DrawFn, whole: Any) -> list[Any]:
    """Cut a text or bytes at any places."""
    cuts = sorted(draw(st.lists(st.integers(0, len(whole)), max_size=5)))
    return [whole[start:end] for start, end in pairwise([0, *cuts, len(whole)])]


def redact(channels: Channels, *frames: bytes) -> tuple[Exchange, Exchange, Vault]:
    """Return an exchange, the stored exchange, and the vault that knows its secrets."""
    vault = Vault()
    live = make_exchange(request=REQUEST, answer=make_answer(*frames))
    return live, Redactor(Rules.build(), vault).redact_exchange(live, channels), vault


def parse_events(body: bytes) -> list[Any]:
    return [json.loads(each.event.data) for each in sse.parse_events(body)]


def join_channels(event_format: EventFormat, body: bytes) -> dict[int, str]:
    texts: dict[int, str] = {}
    for channel, piece in map(event_format.read, parse_events(body)):
        texts[channel] = texts.get(channel, "") + piece
    return texts


def without_numbers(texts: dict[int, str]) -> dict[int, str]:
    """Blank the numbers of placeholders, which depend on the order of the values."""
    return {channel: re.sub(r"-[0-9]+", "-N", text) for channel, text in texts.items()}


def describe_shape(value: Any) -> Any:
    """Return the shape of a value: its names, lengths and types."""
    if isinstance(value, dict):
        return {name: describe_shape(inner) for name, inner in value.items()}
    return [*map(describe_shape, value)] if isinstance(value, list) else type(value)


def iter_names(body: bytes) -> Iterator[str]:
    return (each.event.event for each in sse.parse_events(body))


def is_clean(live: Sequence[str], stored: dict[int, str]) -> bool:
    parts = [part for secret, part in SECRETS.items() if any(secret in text for text in live)]
    return not any(part in text for part in parts for text in stored.values())


@pytest.mark.slow
@given(streams())
def test_the_cuts_of_a_text_do_not_change_the_secrets_found(stream: Stream) -> None:
    _, stored, _ = redact(stream.format.channels, *stream.frames)
    _, whole, _ = redact(stream.format.channels, stream.whole)
    texts = join_channels(stream.format, stored.answer.body)
    whole_texts = join_channels(stream.format, whole.answer.body)
    assert without_numbers(texts) == without_numbers(whole_texts)
    assert is_clean(stream.texts, texts), texts


@given(streams())
def test_events_keep_their_number_order_names_and_shapes(stream: Stream) -> None:
    live, stored, _ = redact(stream.format.channels, *stream.frames)
    before, after = live.answer, stored.answer
    assert [*iter_names(after.body)] == [*iter_names(before.body)]
    assert [*map(describe_shape, parse_events(after.body))] == [
        *map(describe_shape, parse_events(before.body))
    ]
    assert [stream.format.read(each)[0] for each in parse_events(after.body)] == [
        stream.format.read(each)[0] for each in parse_events(before.body)
    ]
    assert [each._replace(length=0) for each in after.frames] == [
        each._replace(length=0) for each in before.frames
    ]


@given(streams())
def test_restored_values_give_the_live_answer(stream: Stream) -> None:
    live, stored, vault = redact(stream.format.channels, *stream.frames)
    answer = stored.answer
    values = {mark.placeholder: vault.get_value(mark.placeholder) for mark in answer.marks}
    known = {name: value for name, value in values.items() if value is not None}
    edits = build_restoring_edits(answer.body, answer.marks, known)
    assume(all(mark.encoding for mark in answer.marks))  # a few have two encodings in one value
    assert apply_edits(answer.body, edits) == live.answer.body
    assert adjust_frames(answer.frames, edits) == live.answer.frames


@pytest.mark.slow
@given(streams())
def test_redacting_twice_changes_nothing(stream: Stream) -> None:
    _, once, _ = redact(stream.format.channels, *stream.frames)
    again = Redactor(Rules.build(), Vault()).redact_exchange(once, stream.format.channels)
    assert again.answer == once.answer


@given(streams())
def test_the_stored_answer_contains_no_known_value(stream: Stream) -> None:
    live, stored, vault = redact(stream.format.channels, *stream.frames)
    assert Redactor(Rules.build(), vault).prove(stored.answer.body) == stored.answer.body
    assert live.answer.body == stream.body


@pytest.mark.slow
@given(streams(), st.text('"\\\n/a', max_size=9))
def test_restoring_another_value_leaves_every_event_valid(stream: Stream, other: str) -> None:
    _, stored, _ = redact(stream.format.channels, *stream.frames)
    answer = stored.answer
    values = {mark.placeholder: other.encode() for mark in answer.marks}
    edits = build_restoring_edits(answer.body, answer.marks, values)
    events = parse_events(apply_edits(answer.body, edits))
    assert [*map(describe_shape, events)] == [*map(describe_shape, parse_events(answer.body))]
