from __future__ import annotations

import json
from base64 import b64decode, b64encode

import pytest
from msgspec.structs import replace

from runreel.core.redact.texts.spans import Edit, apply_edits
from runreel.core.redact.texts.wrapped_events import unwrap_events
from runreel.model import PlaceholderMark
from support.build import make_answer
from support.messages import decode_messages, encode_event


def encode_chunk(text: str, padding: str = "ab") -> bytes:
    inner = json.dumps({"type": "content_block_delta", "delta": {"text": text}}).encode()
    return encode_event("chunk", {"bytes": b64encode(inner).decode(), "p": padding})


ONE, TWO = encode_chunk("mail ann@exa"), encode_chunk("mple.org now", "abcdef")
OTHER = encode_event("metadata", {"bytes": "YQ==", "p": "a"})


def test_the_events_take_the_place_of_the_payloads() -> None:
    unwrapped = unwrap_events(make_answer(ONE, OTHER, TWO))
    payloads = [json.loads(payload) for _, payload in decode_messages(unwrapped.answer.body)]
    assert [each.get("delta") for each in payloads] == [
        {"text": "mail ann@exa"},
        None,
        {"text": "mple.org now"},
    ]
    sizes = [frame.length for frame in unwrapped.answer.frames]
    assert sum(sizes) == len(unwrapped.answer.body)


def test_an_answer_that_is_not_changed_is_wrapped_as_it_was() -> None:
    answer = make_answer(ONE[:9], ONE[9:] + TWO)
    unwrapped = unwrap_events(answer)
    assert unwrapped.wrap(unwrapped.answer) is answer


def test_a_changed_event_is_wrapped_in_a_valid_message() -> None:
    unwrapped = unwrap_events(make_answer(ONE, OTHER, TWO))
    marks = (PlaceholderMark(-1, b"x", "", (1, 2, 3)), PlaceholderMark(0, b"y", "", (1, 2, 3)))
    start = unwrapped.answer.body.index(b"mple.org")
    body = apply_edits(unwrapped.answer.body, [Edit(start, start + 8, b"MPLE.ORG")])
    wrapped = unwrapped.wrap(replace(unwrapped.answer, body=body, marks=marks))
    events = [json.loads(payload) for _, payload in decode_messages(wrapped.body)]
    assert [each["p"] for each in events] == ["ab", "a", "abcdef"]
    assert json.loads(b64decode(events[2]["bytes"]))["delta"] == {"text": "MPLE.ORG now"}
    assert events[1]["bytes"] == "YQ=="
    assert wrapped.marks == marks
    assert sum(frame.length for frame in wrapped.frames) == len(wrapped.body)


UNCHANGED = [
    ("no messages", b'data: {"bytes":"YQ=="}\n\n'),
    ("other events", OTHER),
    ("no base64", encode_event("chunk", {"bytes": "***"})),
    ("a broken base64", encode_event("chunk", {"bytes": "YWJ"})),
    ("other JSON", encode_event("chunk", {"data": "YQ=="})),
    ("cut off", ONE[:-3]),
]


@pytest.mark.parametrize(("reason", "body"), UNCHANGED, ids=[row[0] for row in UNCHANGED])
def test_others_stay_as_they_are(reason: str, body: bytes) -> None:
    answer = make_answer(body)
    unwrapped = unwrap_events(answer)
    assert unwrapped.answer is answer
    assert unwrapped.wrap(answer) is answer
