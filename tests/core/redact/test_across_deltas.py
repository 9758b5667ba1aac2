"""What holds of every stream, however its texts were cut into events and its bytes into frames."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

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


class Speech(NamedTuple):
    """How a kind of stream brings a piece of a channel."""

    name: str
    channels: Channels
    event: Callable[[int, str], Any]
    place: Callable[[Any], tuple[int, str]]
    """Channel and piece of an event."""


def of_message(channel: int, piece: str) -> Any:
    content = [{"index": channel, "type": "text", "text": {"value": piece, "annotations": []}}]
    return {"id": "msg_1", "object": "thread.message.delta", "delta": {"content": content}}


def of_arguments(channel: int, piece: str) -> Any:
    call = {"index": channel, "type": "function", "function": {"arguments": piece}}
    details = {"type": "tool_calls", "tool_calls": [call]}
    return {"id": "s", "object": "thread.run.step.delta", "delta": {"step_details": details}}


def called(event: Any) -> tuple[int, str]:
    [call] = event["delta"]["step_details"]["tool_calls"]
    return call["index"], call["function"]["arguments"]


def of_response(channel: int, piece: str) -> Any:
    where = {"item_id": f"i{channel}", "output_index": channel, "sequence_number": len(piece)}
    return {"type": "response.output_text.delta", **where, "delta": piece, "obfuscation": "aB3"}


def of_choice(channel: int, piece: str) -> Any:
    choice = {"index": channel, "delta": {"content": piece}, "finish_reason": None}
    return {"id": "c", "object": "chat.completion.chunk", "created": 17, "choices": [choice]}


def of_block(channel: int, piece: str) -> Any:
    delta = {"type": "input_json_delta", "partial_json": piece}
    return {"type": "content_block_delta", "index": channel, "delta": delta}


SPEECHES = [
    Speech(
        "thread.message.delta",
        Assistants.channels,
        of_message,
        lambda e: (e["delta"]["content"][0]["index"], e["delta"]["content"][0]["text"]["value"]),
    ),
    Speech("thread.run.step.delta", Assistants.channels, of_arguments, called),
    Speech(
        "response.output_text.delta",
        RESPONSES.channels,
        of_response,
        lambda e: (e["output_index"], e["delta"]),
    ),
    Speech(
        "",
        CHAT.channels,
        of_choice,
        lambda e: (e["choices"][0]["index"], e["choices"][0]["delta"]["content"]),
    ),
    Speech(
        "content_block_delta",
        ANTHROPIC.channels,
        of_block,
        lambda e: (e["index"], e["delta"]["partial_json"]),
    ),
    Speech("thread.run.step.delta", Plain.channels, of_arguments, called),
]

SECRETS = {
    KEY: KEY,
    "ann@example.org": "ann@example.org",
    json.dumps({"password": 'open "sesame" 1'}): "sesame",
    json.dumps(json.dumps({"k": KEY + "\n"})): "canary",
    KEY.replace("/", "%2F"): "canary",
    KEY.replace("-", "\\u002d"): "canary",
}
"""Texts, and what must not be left of them."""

WORDS = st.sampled_from([*SECRETS, "a", "\u00fc", "\U0001f600", '"', "\\", "{", "\n", "b:"])
TEXTS = st.lists(WORDS, max_size=5).map(" ".join)
ESCAPES: list[tuple[str, str]] = [("~", "~"), ("/", "\\/"), ("sk-", "\\u0073k-")]
"""What some writers of JSON escape, and how."""


class Told(NamedTuple):
    """A stream in the making."""

    speech: Speech
    texts: list[str]
    """One a channel."""
    whole: bytes
    """With one event for each."""
    body: bytes
    """With many, those of all channels in turn."""
    frames: list[bytes]


@st.composite
def streams(draw: st.DrawFn) -> Told:
    speech = draw(st.sampled_from(SPEECHES))
    texts = draw(st.lists(TEXTS, min_size=1, max_size=2))
    escape = draw(st.sampled_from(ESCAPES))
    ascii_only = draw(st.booleans())

    def event(channel: int, piece: str) -> bytes:
        said = json.dumps(speech.event(channel, piece), ensure_ascii=ascii_only).replace(*escape)
        name = f"event: {speech.name}\n" if speech.name else ""
        return f"{name}data: {said}\n\n".encode()

    queues = [draw(pieces_of(text)) for text in texts]
    turns = draw(st.permutations([n for n, pieces in enumerate(queues) for _ in pieces]))
    events = [event(channel, queues[channel].pop(0)) for channel in turns]
    body = b"".join(events)
    whole = b"".join(event(channel, text) for channel, text in enumerate(texts))
    return Told(speech, texts, whole, body, draw(pieces_of(body)))


@st.composite
def pieces_of(draw: st.DrawFn, whole: Any) -> list[Any]:
    """The whole, cut anywhere."""
    cuts = sorted(draw(st.lists(st.integers(0, len(whole)), max_size=5)))
    return [whole[start:end] for start, end in pairwise([0, *cuts, len(whole)])]


def redacted(channels: Channels, *frames: bytes) -> tuple[Exchange, Exchange, Vault]:
    """An exchange, what is stored of it, and the vault that knows its secrets."""
    vault = Vault()
    live = make_exchange(request=REQUEST, answer=make_answer(*frames))
    return live, Redactor(Rules.build(), vault).redact_exchange(live, channels), vault


def events_in(body: bytes) -> list[Any]:
    return [json.loads(each.event.data) for each in sse.parse_events(body)]


def joined(speech: Speech, body: bytes) -> dict[int, str]:
    said: dict[int, str] = {}
    for channel, piece in map(speech.place, events_in(body)):
        said[channel] = said.get(channel, "") + piece
    return said


def without_numbers(said: dict[int, str]) -> dict[int, str]:
    """Which of two values came first is another question."""
    return {channel: re.sub(r"-[0-9]+", "-N", text) for channel, text in said.items()}


def skeleton(value: Any) -> Any:
    """The shape of a value: names, lengths and types."""
    if isinstance(value, dict):
        return {name: skeleton(inner) for name, inner in value.items()}
    return [*map(skeleton, value)] if isinstance(value, list) else type(value)


def names_in(body: bytes) -> Iterator[str]:
    return (each.event.event for each in sse.parse_events(body))


def is_clean(texts: Sequence[str], said: dict[int, str]) -> bool:
    left = [rest for text, rest in SECRETS.items() if any(text in told for told in texts)]
    return not any(rest in text for rest in left for text in said.values())


@given(streams())
def test_how_a_text_is_cut_does_not_change_what_is_found(told: Told) -> None:
    _, stored, _ = redacted(told.speech.channels, *told.frames)
    _, at_once, _ = redacted(told.speech.channels, told.whole)
    said = joined(told.speech, stored.answer.body)
    assert without_numbers(said) == without_numbers(joined(told.speech, at_once.answer.body))
    assert is_clean(told.texts, said), said


@given(streams())
def test_events_keep_their_number_order_names_and_shapes(told: Told) -> None:
    live, stored, _ = redacted(told.speech.channels, *told.frames)
    before, after = live.answer, stored.answer
    assert [*names_in(after.body)] == [*names_in(before.body)]
    assert [*map(skeleton, events_in(after.body))] == [*map(skeleton, events_in(before.body))]
    assert [told.speech.place(each)[0] for each in events_in(after.body)] == [
        told.speech.place(each)[0] for each in events_in(before.body)
    ]
    assert [each._replace(length=0) for each in after.frames] == [
        each._replace(length=0) for each in before.frames
    ]


@given(streams())
def test_what_is_put_back_is_the_live_answer(told: Told) -> None:
    live, stored, vault = redacted(told.speech.channels, *told.frames)
    answer = stored.answer
    values = {one.placeholder: vault.get_value(one.placeholder) for one in answer.marks}
    known = {name: value for name, value in values.items() if value is not None}
    edits = build_restoring_edits(answer.body, answer.marks, known)
    assume(all(one.encoding for one in answer.marks))  # as of few: two encodings in one value
    assert apply_edits(answer.body, edits) == live.answer.body
    assert adjust_frames(answer.frames, edits) == live.answer.frames


@given(streams())
def test_redacting_the_redacted_changes_nothing(told: Told) -> None:
    _, once, _ = redacted(told.speech.channels, *told.frames)
    again = Redactor(Rules.build(), Vault()).redact_exchange(once, told.speech.channels)
    assert again.answer == once.answer


@given(streams())
def test_nothing_that_the_session_knows_is_in_what_is_stored(told: Told) -> None:
    live, stored, vault = redacted(told.speech.channels, *told.frames)
    assert Redactor(Rules.build(), vault).prove(stored.answer.body) == stored.answer.body
    assert live.answer.body == told.body


@given(streams(), st.text('"\\\n/a', max_size=9))
def test_another_value_in_its_place_leaves_every_event_whole(told: Told, other: str) -> None:
    _, stored, _ = redacted(told.speech.channels, *told.frames)
    answer = stored.answer
    values = {one.placeholder: other.encode() for one in answer.marks}
    edits = build_restoring_edits(answer.body, answer.marks, values)
    events = events_in(apply_edits(answer.body, edits))
    assert [*map(skeleton, events)] == [*map(skeleton, events_in(answer.body))]
