from __future__ import annotations

import json

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from runreel.core.redact.texts.derived_fields import (
    blank_derived_fields,
    find_derived_fields,
    find_token_entry,
    is_logprob_token,
    shift_offsets,
)
from runreel.core.redact.texts.json_leaves import Leaf, LeafPath, iter_leaves
from runreel.core.redact.texts.spans import Edit, Span, apply_edits
from runreel.core.redact.texts.text import Pieces, Text, TextKind

ENTRIES: list[tuple[str, LeafPath, LeafPath | None, bool]] = [
    ("a token", ("logprobs", 1, "token"), ("logprobs", 1), True),
    (
        "of a choice",
        ("choices", 2, "logprobs", "content", 3, "token"),
        ("choices", 2, "logprobs", "content", 3),
        True,
    ),
    ("its bytes", ("logprobs", 1, "bytes", 2), ("logprobs", 1), False),
    ("another in its place", ("logprobs", 1, "top_logprobs", 0, "token"), ("logprobs", 1), False),
    ("no array", ("logprobs", "token"), None, False),
    ("a token of something else", ("choices", 1, "token"), None, False),
    ("nothing", (), None, False),
]


@pytest.mark.parametrize(
    ("reason", "path", "entry", "is_one"), ENTRIES, ids=[c[0] for c in ENTRIES]
)
def test_log_probabilities_are_told_by_their_path(
    reason: str, path: LeafPath, entry: LeafPath | None, is_one: bool
) -> None:
    assert find_token_entry(path) == entry
    assert is_logprob_token(Leaf(path, 0, 0, is_string=True, is_complete=True)) is is_one


AT = 100
"""Where in its body the text of a test begins."""


def found_in(value: object) -> list[tuple[str, str, bool]]:
    """Each companion, the leaf that it says again, and whether it is an offset."""
    data = json.dumps(value).encode()
    return [
        (
            data[one.start - AT : one.end - AT].decode(),
            data[one.source_start - AT : one.source_end - AT].decode(),
            one.is_offset,
        )
        for one in find_derived_fields([*iter_leaves(data, [(0, len(data))])], AT)
    ]


TOKEN = {"token": "ab", "logprob": -1.5, "bytes": [97, 98]}
FOUND: list[tuple[str, object, list[tuple[str, str, bool]]]] = [
    ("bytes", {"logprobs": [TOKEN]}, [("97", "ab", False), ("98", "ab", False)]),
    (
        "alternatives, with their bytes",
        {"logprobs": [{"token": "ab", "top_logprobs": [{"token": "x", "bytes": [1]}]}]},
        [("x", "ab", False), ("1", "ab", False)],
    ),
    ("no bytes", {"logprobs": [{"token": "ab", "bytes": None}]}, []),
    ("bytes in a string", {"logprobs": [{"token": "ab", "bytes": "6"}]}, [("6", "ab", False)]),
    ("bytes of nothing", {"logprobs": [{"bytes": [1]}]}, []),
    ("bytes of no log-probability", {"token": "ab", "bytes": [1]}, []),
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
    ("annotations of nothing", {"annotations": [{"end_index": 1}]}, []),
    ("an offset of no annotation", {"text": "ab", "start_index": 1}, []),
    ("another's text", {"x": {"text": "ab"}, "annotations": [{"end_index": 1}]}, []),
]  # fmt: skip


@pytest.mark.parametrize(("reason", "value", "expected"), FOUND, ids=[c[0] for c in FOUND])
def test_leaves_that_say_others_again(
    reason: str, value: object, expected: list[tuple[str, str, bool]]
) -> None:
    assert found_in(value) == expected


PLACEHOLDER = b"REDACTED-x-1"


def redacted(data: bytes, start: int, end: int) -> bytes:
    """The JSON with these bytes replaced, and all that says them again."""
    found = [*find_derived_fields([*iter_leaves(data, [(0, len(data))])], 0)]
    span = Span(start, end, PLACEHOLDER, "known")
    edits = [Edit(start, end, PLACEHOLDER)]
    offsets = shift_offsets(found, data, [(Text(data, TextKind.JSON), [span])])
    also = [*(offset.edit for offset in offsets), *blank_derived_fields(found, edits)]
    return apply_edits(data, sorted([*edits, *also]))


def test_what_spells_a_secret_again_is_blanked_and_nothing_else() -> None:
    data = json.dumps({"logprobs": [TOKEN, {**TOKEN, "token": "sk-1", "top_logprobs": [TOKEN]}]})
    at = data.index("sk-1")
    blank = {**TOKEN, "token": "", "bytes": [0, 0]}
    assert json.loads(redacted(data.encode(), at, at + 4)) == {
        "logprobs": [
            TOKEN,
            {**blank, "token": PLACEHOLDER.decode(), "top_logprobs": [blank]},
        ]
    }


def annotated(value: str, *offsets: int) -> bytes:
    annotations = [{"end_index": offset} for offset in offsets]
    return json.dumps({"value": value, "annotations": annotations}).encode()


def offsets_in(data: bytes) -> list[int]:
    return [each["end_index"] for each in json.loads(data)["annotations"]]


MOVED = [
    ("before the secret", "ab sk-1 cd", 2, 2),
    ("at its beginning", "ab sk-1 cd", 3, 3),
    ("in it, when it is the first: no place is right", "ab sk-1 cd", 5, 5),
    ("at its end", "ab sk-1 cd", 7, 3 + 12),
    ("behind it", "ab sk-1 cd", 9, 3 + 12 + 2),
    ("beyond the text", "ab sk-1 cd", 99, 99 + 8),
    ("characters count, not bytes", "\u00e9\u20ac\U0001f600sk-1 cd", 8, 8 + 8),
    ("nor escapes", '"\n\\sk-1 cd', 8, 8 + 8),
    ("a number of no sense", "ab sk-1 cd", -5, -5),
    ("a number too long to be one", "ab sk-1 cd", 10**20, 10**20),
]


@pytest.mark.parametrize(("reason", "value", "offset", "moved"), MOVED, ids=[c[0] for c in MOVED])
def test_offsets_move_with_the_text(reason: str, value: str, offset: int, moved: int) -> None:
    data = annotated(value, offset)
    at = data.index(b"sk-1")
    assert offsets_in(redacted(data, at, at + 4)) == [moved]


def test_the_offsets_of_another_text_stay() -> None:
    one, other = annotated("sk-1 ab", 7), annotated("other ab", 7)
    data = b"[" + one + b"," + other + b"]"
    at = data.index(b"sk-1")
    moved = json.loads(redacted(data, at, at + 4))
    assert [each["annotations"][0]["end_index"] for each in moved] == [15, 7]


def test_in_a_channel_characters_count_from_its_start() -> None:
    events = [annotated("\u00e9 sk", 99), annotated("-1 ab", 9)]
    body = b"".join(events)
    starts = [body.index(b'"\\u00e9') + 1, body.index(b"-1 ab")]
    text = Text(b"\\u00e9 sk-1 ab", TextKind.JSON_STRING, Pieces(starts, [9, 5]))
    second = [*iter_leaves(events[1], [(0, len(events[1]))])]
    found = [*find_derived_fields(second, len(events[0]))]
    spans = [Span(7, 11, PLACEHOLDER, "known")]
    nothing: tuple[Text, list[Span]] = (Text(b"", TextKind.JSON_STRING, Pieces([0], [0])), [])
    [moved] = shift_offsets(found, body, [nothing, (text, spans)])
    assert (moved.edit.data, moved.placeholders) == (b"17", (PLACEHOLDER,))


PARTS = st.lists(st.text('a\u00e9\U0001f600"\n ', max_size=4), min_size=3, max_size=3)
PLACEHOLDERS = (b"REDACTED-x-1", b"REDACTED-long-2")


@given(PARTS, st.integers(0, 20), st.integers(0, 20))
def test_what_an_annotation_points_at_stays_the_same(
    parts: list[str], one: int, other: int
) -> None:
    value = "sk-1".join(parts)
    offsets = sorted((one % (len(value) + 1), other % (len(value) + 1)))
    secrets = [len(parts[0]), len(parts[0]) + 4 + len(parts[1])]
    assume(not any(at < offset < at + 4 for at in secrets for offset in offsets))
    clean = twice_redacted(annotated(value, *offsets))
    low, high = offsets_in(clean)
    expected = value[slice(*offsets)]
    for at, placeholder in zip(secrets, PLACEHOLDERS, strict=True):
        if offsets[0] <= at < offsets[1]:
            expected = expected.replace("sk-1", placeholder.decode(), 1)
    assert json.loads(clean)["value"][low:high] == expected


def twice_redacted(data: bytes) -> bytes:
    first = data.index(b"sk-1")
    places = first, data.index(b"sk-1", first + 4)
    spans = [
        Span(at, at + 4, placeholder, "known")
        for at, placeholder in zip(places, PLACEHOLDERS, strict=True)
    ]
    found = [*find_derived_fields([*iter_leaves(data, [(0, len(data))])], 0)]
    offsets = shift_offsets(found, data, [(Text(data, TextKind.JSON), spans)])
    edits = [Edit(span.start, span.end, span.placeholder) for span in spans]
    return apply_edits(data, sorted([*edits, *(offset.edit for offset in offsets)]))
