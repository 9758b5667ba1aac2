from __future__ import annotations

import json

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from runreel.core.redact.texts.derived_fields import (
    blank_derived_fields,
    find_derived_fields,
    shift_offsets,
)
from runreel.core.redact.texts.json_leaves import iter_leaves
from runreel.core.redact.texts.spans import Edit, Span, apply_edits
from runreel.core.redact.texts.text import Pieces, Text, TextKind

EVENT_START = 100
"""The offset of the tests' JSON in its body."""


def find_fields(value: object) -> list[tuple[str, str, bool]]:
    """Return each derived field, its source, and whether it is an offset."""
    data = json.dumps(value).encode()
    return [
        (
            data[field.start - EVENT_START : field.end - EVENT_START].decode(),
            data[field.source_start - EVENT_START : field.source_end - EVENT_START].decode(),
            field.is_offset,
        )
        for field in find_derived_fields([*iter_leaves(data, [(0, len(data))])], EVENT_START)
    ]


TOKEN = {"token": "ab", "logprob": -1.5, "bytes": [97, 98]}
FOUND: list[tuple[str, object, list[tuple[str, str, bool]]]] = [
    ("bytes", {"logprobs": [TOKEN]}, [("97", "ab", False), ("98", "ab", False)]),
    (
        "alternatives, with their bytes",
        {"logprobs": [{"token": "ab", "top_logprobs": [{"token": "x", "bytes": [1]}]}]},
        [("x", "ab", False), ("1", "ab", False)],
    ),
    (
        "names of alternatives, in the older format",
        {"logprobs": {"tokens": ["ab", "cd"], "top_logprobs": [{"x": -1, "y": -2}, {"z": -1}]}},
        [("x", "ab", False), ("y", "ab", False), ("z", "cd", False)],
    ),
    (
        "names without a token",
        {"logprobs": {"tokens": ["ab"], "top_logprobs": [None, {"z": -1}]}},
        [],
    ),
    (
        "names in an object below",
        {"logprobs": {"tokens": ["a"], "top_logprobs": [{"x": {"y": 1}}]}},
        [],
    ),
    ("no bytes", {"logprobs": [{"token": "ab", "bytes": None}]}, []),
    ("bytes in a string", {"logprobs": [{"token": "ab", "bytes": "6"}]}, [("6", "ab", False)]),
    ("bytes without a token", {"logprobs": [{"bytes": [1]}]}, []),
    ("bytes outside of log-probabilities", {"token": "ab", "bytes": [1]}, []),
    (
        "offsets",
        {"value": "ab", "annotations": [{"text": "b", "start_index": 1, "end_index": 2}]},
        [("1", "ab", True), ("2", "ab", True)],
    ),
    (
        "an offset in an object of its own",
        {"text": "ab", "annotations": [{"url_citation": {"start_index": 1}}]},
        [("1", "ab", True)],
    ),
    (
        "annotations before their text",
        {"annotations": [{"end_index": 1}], "content": "a"},
        [("1", "a", True)],
    ),
    ("an offset as a string", {"text": "ab", "annotations": [{"end_index": "1"}]}, []),
    ("annotations without a text", {"annotations": [{"end_index": 1}]}, []),
    ("an offset outside of annotations", {"text": "ab", "start_index": 1}, []),
    ("the text of another object", {"x": {"text": "ab"}, "annotations": [{"end_index": 1}]}, []),
]  # fmt: skip


@pytest.mark.parametrize(("reason", "value", "expected"), FOUND, ids=[c[0] for c in FOUND])
def test_derived_fields_are_found(
    reason: str, value: object, expected: list[tuple[str, str, bool]]
) -> None:
    assert find_fields(value) == expected


PLACEHOLDER = b"REDACTED-x-1"


def redact(data: bytes, start: int, end: int) -> bytes:
    """Return the JSON with these bytes and the fields derived from them redacted."""
    fields = [*find_derived_fields([*iter_leaves(data, [(0, len(data))])], 0)]
    span = Span(start, end, PLACEHOLDER, "known")
    edits = [Edit(start, end, PLACEHOLDER)]
    offsets = shift_offsets(fields, data, [(Text(data, TextKind.JSON), [span])])
    also = [*(offset.edit for offset in offsets), *blank_derived_fields(fields, edits)]
    return apply_edits(data, sorted([*edits, *also]))


def test_copies_of_a_secret_are_blanked_and_nothing_else() -> None:
    data = json.dumps({"logprobs": [TOKEN, {**TOKEN, "token": "sk-1", "top_logprobs": [TOKEN]}]})
    at = data.index("sk-1")
    blank = {**TOKEN, "token": "", "bytes": [0, 0]}
    assert json.loads(redact(data.encode(), at, at + 4)) == {
        "logprobs": [
            TOKEN,
            {**blank, "token": PLACEHOLDER.decode(), "top_logprobs": [blank]},
        ]
    }


def make_annotated(value: str, *offsets: int) -> bytes:
    annotations = [{"end_index": offset} for offset in offsets]
    return json.dumps({"value": value, "annotations": annotations}).encode()


def read_offsets(data: bytes) -> list[int]:
    return [each["end_index"] for each in json.loads(data)["annotations"]]


MOVED = [
    ("before the secret", "ab sk-1 cd", 2, 2),
    ("at its beginning", "ab sk-1 cd", 3, 3),
    ("within it: moved to its beginning", "ab sk-1 cd", 5, 5),
    ("at its end", "ab sk-1 cd", 7, 3 + 12),
    ("after it", "ab sk-1 cd", 9, 3 + 12 + 2),
    ("beyond the text", "ab sk-1 cd", 99, 99 + 8),
    ("characters are counted, not bytes", "\u00e9\u20ac\U0001f600sk-1 cd", 8, 8 + 8),
    ("escapes count as one character", '"\n\\sk-1 cd', 8, 8 + 8),
    ("a negative number", "ab sk-1 cd", -5, -5),
    ("a number too long for an offset", "ab sk-1 cd", 10**20, 10**20),
]


@pytest.mark.parametrize(("reason", "value", "offset", "moved"), MOVED, ids=[c[0] for c in MOVED])
def test_offsets_move_with_the_text(reason: str, value: str, offset: int, moved: int) -> None:
    data = make_annotated(value, offset)
    at = data.index(b"sk-1")
    assert read_offsets(redact(data, at, at + 4)) == [moved]


def test_the_offsets_of_another_text_stay() -> None:
    one, other = make_annotated("sk-1 ab", 7), make_annotated("other ab", 7)
    data = b"[" + one + b"," + other + b"]"
    at = data.index(b"sk-1")
    moved = json.loads(redact(data, at, at + 4))
    assert [each["annotations"][0]["end_index"] for each in moved] == [15, 7]


def test_in_a_channel_characters_count_from_its_start() -> None:
    events = [make_annotated("\u00e9 sk", 99), make_annotated("-1 ab", 9)]
    body = b"".join(events)
    starts = [body.index(b'"\\u00e9') + 1, body.index(b"-1 ab")]
    text = Text(b"\\u00e9 sk-1 ab", TextKind.JSON_STRING, Pieces(starts, [9, 5]))
    second = [*iter_leaves(events[1], [(0, len(events[1]))])]
    fields = [*find_derived_fields(second, len(events[0]))]
    spans = [Span(7, 11, PLACEHOLDER, "known")]
    nothing: tuple[Text, list[Span]] = (Text(b"", TextKind.JSON_STRING, Pieces([0], [0])), [])
    [moved] = shift_offsets(fields, body, [nothing, (text, spans)])
    assert (moved.edit.data, moved.placeholders) == (b"17", (PLACEHOLDER,))


PARTS = st.lists(st.text('a\u00e9\U0001f600"\n ', max_size=4), min_size=3, max_size=3)
PLACEHOLDERS = (b"REDACTED-x-1", b"REDACTED-long-2")


@given(PARTS, st.integers(0, 20), st.integers(0, 20))
def test_an_annotation_refers_to_the_same_text_afterwards(
    parts: list[str], one: int, other: int
) -> None:
    value = "sk-1".join(parts)
    offsets = sorted((one % (len(value) + 1), other % (len(value) + 1)))
    secrets = [len(parts[0]), len(parts[0]) + 4 + len(parts[1])]
    assume(not any(at < offset < at + 4 for at in secrets for offset in offsets))
    clean = redact_twice(make_annotated(value, *offsets))
    low, high = read_offsets(clean)
    expected = value[slice(*offsets)]
    for at, placeholder in zip(secrets, PLACEHOLDERS, strict=True):
        if offsets[0] <= at < offsets[1]:
            expected = expected.replace("sk-1", placeholder.decode(), 1)
    assert json.loads(clean)["value"][low:high] == expected


def redact_twice(data: bytes) -> bytes:
    first = data.index(b"sk-1")
    places = first, data.index(b"sk-1", first + 4)
    spans = [
        Span(at, at + 4, placeholder, "known")
        for at, placeholder in zip(places, PLACEHOLDERS, strict=True)
    ]
    fields = [*find_derived_fields([*iter_leaves(data, [(0, len(data))])], 0)]
    offsets = shift_offsets(fields, data, [(Text(data, TextKind.JSON), spans)])
    edits = [Edit(span.start, span.end, span.placeholder) for span in spans]
    return apply_edits(data, sorted([*edits, *(offset.edit for offset in offsets)]))
