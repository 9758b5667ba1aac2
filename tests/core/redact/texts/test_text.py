from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runreel.core.redact.texts.text import NO_ORIGIN, Pieces, Text, TextKind

BODY = b"data: ab\ndata: cd\ndata: e"
JOINED = Text(
    b"ab\ncde",
    TextKind.PLAIN,
    Pieces([6, NO_ORIGIN, 15, 20, 24], [2, 1, 2, 0, 1]),
)
RANGES = [
    ("within a piece", 0, 1, [(6, 7)]),
    ("a whole piece", 3, 5, [(15, 17)]),
    ("across bytes that are not in the body", 1, 4, [(7, 8), (15, 16)]),
    ("only a byte that is not in the body", 2, 3, []),
    ("across an empty piece", 4, 6, [(16, 17), (24, 25)]),
    ("all", 0, 6, [(6, 8), (15, 17), (24, 25)]),
    ("nothing", 3, 3, []),
]


@pytest.mark.parametrize(("reason", "start", "end", "ranges"), RANGES, ids=[c[0] for c in RANGES])
def test_ranges_in_the_body(
    reason: str, start: int, end: int, ranges: list[tuple[int, int]]
) -> None:
    assert list(JOINED.iter_ranges(start, end)) == ranges


def test_ranges_of_all_pieces_that_are_in_the_body() -> None:
    starts, ends = JOINED.pieces.list_ranges()
    assert [*zip(starts, ends, strict=True)] == [(6, 8), (15, 17), (24, 25)]
    starts, ends = Pieces([3, 9], [2, 4]).list_ranges()
    assert [*zip(starts, ends, strict=True)] == [(3, 5), (9, 13)]


PLACES = [
    ("in the first piece", 7, 1),
    ("in the last", 24, 5),
    ("at an empty piece", 20, 5),
    ("between pieces", 9, None),
    ("before all", 0, None),
    ("beyond all", 99, None),
]


@pytest.mark.parametrize(("reason", "origin", "place"), PLACES, ids=[c[0] for c in PLACES])
def test_offsets_of_body_bytes_in_the_text(reason: str, origin: int, place: int | None) -> None:
    assert JOINED.find_offset(origin) == place


def test_long_pieces_are_separated_in_a_text_of_their_own() -> None:
    pieces = Pieces([10, 30, NO_ORIGIN, 50], [8, 3, 1, 7])
    text = Text(b"abcdefghijk\nlmnopqr", TextKind.JSON_STRING, pieces, is_channel=True)
    apart = text.separate_pieces(b"ABCDEFGHIJK\nLMNOPQR")
    assert apart is not None
    assert (apart.data, apart.kind) == (b'ABCDEFGH"\n"LMNOPQR', TextKind.JSON_STRING)
    assert list(apart.iter_ranges(11, 18)) == [(12, 19)]
    assert list(apart.iter_ranges(7, 12)) == [(7, 8), (12, 13)]
    assert [apart.is_piece(*place) for place in ((11, 18), (11, 17), (12, 18))] == [
        True,
        False,
        False,
    ]


NOT_SEPARATED = [
    ("short ones", Text(b"abcdef", TextKind.JSON_STRING, Pieces([0, 9], [3, 3]), is_channel=True)),
    ("a text that is not a channel", Text(b"abcdefgh", TextKind.JSON)),
]


@pytest.mark.parametrize(("reason", "text"), NOT_SEPARATED, ids=[c[0] for c in NOT_SEPARATED])
def test_other_pieces_are_not_separated(reason: str, text: Text) -> None:
    assert text.separate_pieces(text.data) is None


LOCATED: list[tuple[str, list[tuple[int, int]], list[tuple[int, int, int]]]] = [
    ("nothing", [], []),
    ("a piece", [(6, 8)], [(0, 0, 2)]),
    ("a part of one", [(7, 8)], [(0, 1, 2)]),
    ("several pieces, and bytes between them", [(0, 6), (14, 19)], [(1, 3, 5)]),
    ("pieces that touch in the text", [(6, 8), (15, 17), (24, 25)], [(0, 0, 2), (1, 3, 6)]),
    ("apart within a piece", [(15, 16), (16, 16), (16, 17)], [(0, 3, 5)]),
]  # fmt: skip


@pytest.mark.parametrize(("reason", "spans", "located"), LOCATED, ids=[c[0] for c in LOCATED])
def test_spans_of_the_body_are_located_in_the_text(
    reason: str, spans: list[tuple[int, int]], located: list[tuple[int, int, int]]
) -> None:
    assert list(JOINED.locate_spans(spans)) == located


def test_a_body_is_a_text_with_the_same_offsets() -> None:
    text = Text(b"abc", TextKind.PLAIN)
    assert list(text.iter_ranges(1, 3)) == [(1, 3)]
    assert text.find_offset(2) == 2


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=6), st.data())
def test_bytes_of_a_text_are_those_of_their_ranges(
    sizes: list[tuple[int, int]], data: st.DataObject
) -> None:
    origins, body, joined = [], b"", b""
    for gap, length in sizes:
        origins.append(len(body) + gap)
        joined += bytes(range(len(joined), len(joined) + length))
        body += b"-" * gap + joined[len(joined) - length :]
    pieces = Pieces(origins, [length for _, length in sizes]) if sizes else None
    text = Text(joined, TextKind.JSON_STRING, pieces)
    start, end = sorted(data.draw(st.tuples(*[st.integers(0, len(joined))] * 2)))
    ranges = list(text.iter_ranges(start, end))
    assert b"".join(body[low:high] for low, high in ranges) == joined[start:end]
    assert all(low < high for low, high in ranges)
    assert all(text.find_offset(low) == joined.index(body[low]) for low, _ in ranges)
