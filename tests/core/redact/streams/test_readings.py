from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runreel.core.redact.streams.readings import build_readings
from runreel.core.redact.streams.strands import AnyStrand, Strands
from runreel.core.redact.streams.stream import Stream
from runreel.core.redact.texts.joined_text import JoinedText
from runreel.core.redact.texts.text import NO_ORIGIN, Text, TextKind
from support.streams import EVENTS, make_event, split_at_once, split_one_by_one


def read(stream: Stream) -> tuple[Sequence[Text], Sequence[AnyStrand], list[JoinedText]]:
    """Return the texts that are searched anyway, all strands that vary, and the readings."""
    texts = stream.finish()
    searched = [texts.rest, *texts.channels]
    strands = texts.strands.list_varying()
    return searched, strands, build_readings(texts.strands)


def join(*values: object) -> set[bytes]:
    """Return the readings of a stream of these values, one in each event."""
    return {reading.data for reading in read(split_at_once([*map(make_event, values)]))[2]}


A, B, C = ({"text": letter * 2} for letter in "abc")

READINGS: list[tuple[str, list[object], set[bytes]]] = [
    ("one text is a channel, which needs no reading", [A, B, C], set()),
    (
        "each event has an id of its own",
        [{"id": f"m{at}", **each} for at, each in enumerate([A, B, C])],
        {b"aabbcc"},
    ),
    (
        "two messages alternate: each is a channel, and they may still be one text",
        [{"id": f"m{at % 2}", "text": each} for at, each in enumerate(["a1", "b1", "a2", "b2"])],
        {b"a1b1a2b2"},
    ),
    (
        "a text goes on in another kind of event",
        [{"type": "start", **A}, {"type": "delta", **B}, {"type": "delta", **C}],
        {b"aabbcc"},
    ),
    (
        "a text goes on in another member",
        [{"text": "ab"}, {"delta": "cd"}, {"text": "ef"}],
        {b"abcdef"},
    ),
    (
        "by message, whatever the member and the kind of event",
        [
            {"type": "x", "id": "m1", "text": "a1"},
            {"type": "x", "id": "m2", "text": "b1"},
            {"type": "y", "id": "m1", "delta": "a2"},
            {"type": "y", "id": "m2", "delta": "b2"},
        ],
        {b"a1a2", b"b1b2", b"a1b1", b"a2b2", b"a1b1a2b2"},
    ),
    (
        "strings of the rest are joined too",
        [{"text": "ab", "note": "n1"}, {"text": "cd", "note": "n2"}],
        {b"n1n2"},
    ),
    (
        "a constant is in no reading",
        [{"text": "ab", "note": "same"}, {"text": "cd", "note": "same"}],
        set(),
    ),
    ("an array of pieces", [{"text": ["ab", "cd"]}], {b"abcd"}),
    ("two events without a text", [{"n": 1}, {"n": 2}], set()),
    ("a label is not a piece", [{"id": "ab"}, {"id": "cd"}], set()),
]


@pytest.mark.parametrize(("reason", "values", "joined"), READINGS, ids=[c[0] for c in READINGS])
def test_pieces_are_joined_in_several_ways(
    reason: str, values: list[object], joined: set[bytes]
) -> None:
    assert join(*values) == joined


def test_personal_data_is_sought_only_where_one_member_is_joined() -> None:
    values = [{"id": "m1", "text": "a1"}, {"id": "m2", "text": "b1"}, {"id": "m3", "delta": "c1"}]
    readings = read(split_at_once([*map(make_event, values)]))[2]
    assert {(each.data, each.has_personal) for each in readings} == {
        (b"a1b1", True),
        (b"a1b1c1", False),
    }


def test_keys_are_not_guessed_across_the_members_of_a_document() -> None:
    values = [{"id": "m1", "text": "a1"}, {"id": "m2", "text": "b1"}, {"id": "m3", "delta": "c1"}]
    texts = split_at_once([*map(make_event, values)]).finish()
    for is_document in (True, False):
        readings = build_readings(texts.strands, is_document=is_document)
        assert {each.data: each.has_general for each in readings} == {
            b"a1b1": True,
            b"a1b1c1": not is_document,
        }


def test_lines_of_plain_text_stay_lines() -> None:
    events = [b"event: x\ndata: ab\ndata: cd\n\n", b"event: x\ndata: ef\n\n"]
    events += [b"event: y\ndata: gh\n\n", b"event: x\ndata: ij\n\n", b"event: z\n\n"]
    [reading] = read(split_at_once(events))[2]
    assert (reading.kind, reading.data) == (TextKind.PLAIN, b"ab\ncdefghij")
    body = b"".join(events)
    ranges = [*reading.iter_ranges(0, len(reading.data))]
    assert [body[start:end] for start, end in ranges] == [b"ab", b"cd", b"ef", b"gh", b"ij"]


def test_events_without_data_have_no_reading() -> None:
    assert read(split_at_once([b"event: x\n\n", b"event: y\n\n"]))[2] == []


LINES = st.builds(
    lambda name, lines: name + b"".join(b"data: %s\n" % line for line in lines) + b"\n",
    st.sampled_from([b"", b"event: x\n", b"event: y\n"]),
    st.lists(st.sampled_from([b"ab", b"c", b""]), max_size=3),
)
STREAMS = st.lists(EVENTS | LINES, max_size=8)


@pytest.mark.slow
@given(STREAMS)
def test_a_reading_leads_back_to_the_body(events: list[bytes]) -> None:
    body = b"".join(events)
    for reading in read(split_one_by_one(events))[2]:
        rows = [*reading.pieces.iter_rows()]
        assert sum(length for _, _, length in rows) == len(reading.data)
        for start, origin, length in rows:
            piece = reading.data[start : start + length]
            if origin == NO_ORIGIN:
                assert piece == b"\n"
                continue
            assert body[origin : origin + length] == piece
            offsets = [reading.find_offset(origin + at) for at in range(length)]
            assert offsets == [*range(start, start + length)]


@given(STREAMS)
def test_a_reading_has_pieces_of_strands_in_the_order_of_the_body(events: list[bytes]) -> None:
    _, strands, readings = read(split_one_by_one(events))
    pieces = {
        origin: data
        for strand in strands
        for origin, data in strand.iter_pieces()
        if origin != NO_ORIGIN
    }
    for reading in readings:
        rows = [row for row in reading.pieces.iter_rows() if row[1] != NO_ORIGIN]
        assert all(one[1] < other[1] for one, other in pairwise(rows))
        for start, origin, length in rows:
            assert pieces[origin] == reading.data[start : start + length]


def list_origins(text: Text) -> list[int]:
    return [*text.pieces.origins]


@given(STREAMS)
def test_no_reading_is_a_text_that_is_searched_anyway(events: list[bytes]) -> None:
    searched, _, readings = read(split_one_by_one(events))
    origins = [list_origins(text) for text in (*searched, *readings)]
    for at, reading in enumerate(readings, start=len(searched)):
        assert list_origins(reading) not in origins[:at]
        assert len(reading.pieces.origins) > 1


def describe(reading: JoinedText) -> object:
    """Return the bytes, their places, and the other texts that they belong to."""
    end = len(reading.data)
    return (
        reading.kind,
        reading.data,
        reading.has_personal,
        list_origins(reading),
        [reading.crosses_owners(at, at + 2) for at in range(end - 1)],
        [reading.crosses_ids(at, at + 2) for at in range(end - 1)],
        [[*reading.iter_ranges(at, at + 1)] for at in range(end)],
    )


ALIKE = st.builds(
    lambda ids, text, n: make_event({"id": ids, "text": text, "n": n}),
    st.sampled_from(["m1", "m2"]),
    st.text('ab"', max_size=3),
    st.integers(1, 3),
)


@given(st.lists(EVENTS | LINES | ALIKE, max_size=12))
def test_readings_are_the_same_for_events_fed_at_once_and_one_by_one(events: list[bytes]) -> None:
    at_once, one_by_one = (
        [describe(each) for each in read(split(events))[2]]
        for split in (split_at_once, split_one_by_one)
    )
    assert at_once == one_by_one


@given(st.lists(st.text("ab", min_size=1, max_size=3), min_size=2, max_size=9), st.data())
def test_some_reading_joins_a_text_however_its_events_are_labelled(
    pieces: list[str], data: st.DataObject
) -> None:
    labels = st.fixed_dictionaries(
        {}, optional={"id": st.sampled_from("mn"), "type": st.sampled_from("xy")}
    )
    names = st.sampled_from(["text", "delta", "content"])
    events = [
        make_event({**data.draw(labels), data.draw(names): f"{at}{piece}"})
        for at, piece in enumerate(pieces)
    ]
    searched, _, readings = read(split_at_once(events))
    whole = "".join(f"{at}{piece}" for at, piece in enumerate(pieces))
    assert whole.encode() in {text.data for text in (*searched, *readings)}


_WORDS = st.sampled_from(["", "a", "ab", "abc", "abcd", "x" * 9, 'q"', "é"])
_NAMES = st.sampled_from(["text", "a", "b", "id", "model", "é", ""])
_DOCUMENTS = st.recursive(
    _WORDS | st.integers(),
    lambda items: st.lists(items) | st.dictionaries(_NAMES, items),
    max_leaves=12,
)


def list_readings(strands: Strands) -> list[tuple[object, ...]]:
    readings = build_readings(strands, is_document=True)
    return sorted(
        (
            each.data,
            each.has_personal,
            each.has_general,
            [*each.pieces.iter_rows()],
            [each.crosses_owners(at, at + 2) for at in range(len(each.data) - 1)],
            [each.crosses_ids(at, at + 2) for at in range(len(each.data) - 1)],
        )
        for each in readings
    )


@given(_DOCUMENTS, st.booleans())
def test_a_document_has_the_readings_of_an_event(document: object, ascii_only: bool) -> None:
    raw = json.dumps(document, ensure_ascii=ascii_only).encode()
    whole, in_runs = Strands(frozenset()), Strands(frozenset())
    whole.add_whole(raw, [(0, len(raw))], 0)
    in_runs.add_document(raw)
    assert list_readings(in_runs) == list_readings(whole)
