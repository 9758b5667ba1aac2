from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runreel.core.redact.texts.spans import (
    Edit,
    Span,
    adjust_frames,
    apply_edits,
    build_edits,
    get_frame_ends,
    merge_spans,
)
from runreel.model import Frame


def make_span(
    start: int, end: int, placeholder: bytes = b"REDACTED-x-1", rule: str = "known"
) -> Span:
    return Span(start, end, placeholder, rule)


def build_all_edits(spans: list[Span], frame_ends: tuple[int, ...] = ()) -> list[Edit]:
    return [edit for one in spans for edit in build_edits(one, [(one.start, one.end)], frame_ends)]


MERGED = [
    ("apart and in order", [make_span(4, 6), make_span(0, 2)], [(0, 2), (4, 6)]),
    ("touching spans stay two", [make_span(0, 2), make_span(2, 4)], [(0, 2), (2, 4)]),
    ("overlapping ones become one", [make_span(0, 3), make_span(2, 5)], [(0, 5)]),
    ("one within another is dropped", [make_span(0, 9), make_span(2, 5)], [(0, 9)]),
]


@pytest.mark.parametrize(("reason", "spans", "ranges"), MERGED, ids=[c[0] for c in MERGED])
def test_overlapping_spans_are_merged(
    reason: str, spans: list[Span], ranges: list[tuple[int, int]]
) -> None:
    assert [(one.start, one.end) for one in merge_spans(spans, b"0123456789")] == ranges


def test_the_longest_of_overlapping_spans_gives_its_placeholder() -> None:
    short, long = make_span(0, 3, b"REDACTED-a-1"), make_span(2, 9, b"REDACTED-b-1")
    assert merge_spans([short, long], bytes(9)) == [make_span(0, 9, b"REDACTED-b-1")]


def test_of_equal_spans_the_first_gives_its_placeholder() -> None:
    by_name, known = (
        make_span(0, 3, b"REDACTED-a-1", "fields"),
        make_span(0, 3, b"REDACTED-b-1", "known"),
    )
    assert merge_spans([by_name, known], bytes(9)) == [by_name]


ESCAPES = [
    ("the n of a line end", rb'"\nfoo"', 2, 6, rb'"REDACTED-x-1"'),
    ("not the backslash of a pair", rb'"\\nfoo"', 3, 7, rb'"\\REDACTED-x-1"'),
    ("digits of a \\u", rb'"\u00e9foo"', 4, 10, rb'"REDACTED-x-1"'),
    ("an end in the middle of an escape", rb'"foo\n"', 1, 5, rb'"REDACTED-x-1"'),
    ("an odd number of backslashes", rb'"\\\nfoo"', 4, 8, rb'"\\REDACTED-x-1"'),
]


@pytest.mark.parametrize(
    ("reason", "text", "start", "end", "expected"), ESCAPES, ids=[c[0] for c in ESCAPES]
)
def test_no_escape_is_cut(reason: str, text: bytes, start: int, end: int, expected: bytes) -> None:
    result = apply_edits(text, build_all_edits(merge_spans([make_span(start, end)], text)))
    assert result == expected
    json.loads(result)


DISTRIBUTED = [
    ("one piece gets all", [(0, 4)], (), [b"REDACTED-x-1"]),
    ("two equal ones get half each", [(0, 4), (9, 13)], (), [b"REDACT", b"ED-x-1"]),
    ("in proportion", [(0, 2), (9, 13)], (), [b"REDA", b"CTED-x-1"]),
    ("a piece of one byte gets one", [(0, 90), (91, 92)], (), [b"REDACTED-x", b"-1"]),
    ("a byte each", [(n, n + 1) for n in range(12)], (), [bytes([c]) for c in b"REDACTED-x-1"]),
    ("more pieces than bytes", [(n, n + 1) for n in range(0, 48, 2)], (), None),
    ("cut where a frame ends", [(0, 8)], (4,), [b"REDACT", b"ED-x-1"]),
    ("frames that end at its ends cut nothing", [(2, 8)], (2, 8), [b"REDACTED-x-1"]),
    ("an empty frame frame_ends once", [(0, 8)], (4, 4), [b"REDACT", b"ED-x-1"]),
]


@pytest.mark.parametrize(
    ("reason", "ranges", "frame_ends", "pieces"), DISTRIBUTED, ids=[c[0] for c in DISTRIBUTED]
)
def test_a_placeholder_is_distributed(
    reason: str,
    ranges: list[tuple[int, int]],
    frame_ends: tuple[int, ...],
    pieces: list[bytes] | None,
) -> None:
    edits = build_edits(make_span(0, 1), ranges, frame_ends)
    assert b"".join(edit.data for edit in edits) == b"REDACTED-x-1"
    assert pieces is None or [edit.data for edit in edits] == pieces


def make_frames(*lengths: int) -> tuple[Frame, ...]:
    return tuple(Frame(place, length, place % 2 == 0) for place, length in enumerate(lengths))


FRAMES = [
    ("no frames", (), [], ()),
    ("within one frame", (4, 6, 5), [make_span(5, 9)], (4, 14, 5)),
    ("all of a frame", (4, 6, 5), [make_span(4, 10)], (4, 12, 5)),
    ("over two frames, half and half", (4, 4), [make_span(2, 6)], (8, 8)),
    ("over three frames", (2, 2, 2), [make_span(0, 6)], (4, 4, 4)),
    ("the end of a chunk has no length", (4, 0, 4), [make_span(2, 6)], (8, 0, 8)),
    ("two in one frame", (20,), [make_span(0, 4), make_span(8, 12)], (36,)),
]


@pytest.mark.parametrize(("reason", "before", "spans", "after"), FRAMES, ids=[c[0] for c in FRAMES])
def test_frames_are_adjusted_to_edits(
    reason: str, before: tuple[int, ...], spans: list[Span], after: tuple[int, ...]
) -> None:
    edits = build_all_edits(spans, tuple(get_frame_ends(make_frames(*before))))
    assert tuple(frame.length for frame in adjust_frames(make_frames(*before), edits)) == after


def test_a_frame_that_ends_within_an_edit_gets_its_share() -> None:
    edits = [Edit(2, 6, b"REDACTED")]
    assert [frame.length for frame in adjust_frames(make_frames(3, 5), edits)] == [4, 8]


@given(st.lists(st.integers(0, 9), max_size=9), st.data())
def test_frames_add_up_and_keep_their_times(lengths: list[int], data: st.DataObject) -> None:
    before, body = make_frames(*lengths), bytes(sum(lengths))
    place = st.integers(0, max(len(body) - 1, 0))
    ends = data.draw(st.lists(st.tuples(place, place), max_size=4)) if body else []
    spans = merge_spans([make_span(min(pair), max(pair) + 1) for pair in ends], body)
    edits = build_all_edits(spans, tuple(get_frame_ends(before)))
    after = adjust_frames(before, edits)
    assert sum(frame.length for frame in after) == len(apply_edits(body, edits))
    assert [(f.dt_us, f.end_of_chunk) for f in after] == [(f.dt_us, f.end_of_chunk) for f in before]
    assert all(frame.length >= 0 for frame in after)
