from __future__ import annotations

import json
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runreel.core.redact.streams.event_shape import (
    Column,
    EventRows,
    EventShape,
    PieceRole,
    find_columns,
    split_event,
    split_events,
)
from runreel.core.redact.texts.json_leaves import iter_leaves
from runreel.core.redact.texts.leaf import Leaf
from support.streams import EVENTS, make_event

LIKE = [
    ("other strings", b'{"a": "x", "b": "y"}', b'{"a": "", "b": "z\\" \\\\"}', [b"", rb"z\" \\"]),
    ("other numbers", b'{"a": 1}', b'{"a": -2.5e-7}', [b"-2.5e-7"]),
    ("in objects and arrays", b'{"a":[{"b":1}]}', b'{"a":[{"b":22}]}', [b"22"]),
    ("a name in a value", b'{"a": "x"}', b'{"a": "\\": 5"}', [rb"\": 5"]),
]
UNLIKE = [
    ("another name", b'{"a": 1}', b'{"b": 1}'),
    ("a string for a number", b'{"a": 1}', b'{"a": "1"}'),
    ("true for a number", b'{"a": 1}', b'{"a": true}'),
    ("other spaces", b'{"a": 1}', b'{"a":1}'),
    ("another item of an array", b'{"a": ["x"]}', b'{"a": ["y"]}'),
    ("a string that is cut off", b'{"a": "x"}', b'{"a": "x'),
    ("a string with a line end", b'{"a": "x"}', b'{"a": "x\n"}'),
    ("an escaped line end", b'{"a": "x"}', b'{"a": "x\\\r"}'),
]


TEXTS = (
    [b"a", b"\\", b'"', rb"\"", b'", "n": 1, "o": [{"s": "', b"\n", b"\r", b"\\\n"],
    [b"1", b"-2", b"e-7", b".", b"x", b'"', b" ", b"\n"],
    [b"b", b'"}]}\n\n', b"\\"],
)
"""Parts of texts, of numbers and of texts, some of which make events of another shape."""


@pytest.mark.parametrize(
    ("one", "other", "values"), [row[1:] for row in LIKE], ids=[row[0] for row in LIKE]
)
def test_events_of_one_shape_differ_in_values_only(
    one: bytes, other: bytes, values: list[bytes]
) -> None:
    assert split_event(one)[0] == split_event(other)[0]
    assert split_event(other)[1] == values


@pytest.mark.parametrize(
    ("one", "other"), [row[1:] for row in UNLIKE], ids=[row[0] for row in UNLIKE]
)
def test_other_events_have_another_shape(one: bytes, other: bytes) -> None:
    assert split_event(one)[0] != split_event(other)[0]


ALIKE = st.lists(
    st.builds(
        lambda text, number, more: (
            b'data: {"x": "m", "text": "%b", "n": %b, "o": [{"s": "%b"}]}\n\n'
            % (text, number, more)
        ),
        *(st.lists(st.sampled_from(parts), max_size=3).map(b"".join) for parts in TEXTS),
    ),
    max_size=9,
)


@given(st.lists(ALIKE | st.lists(EVENTS, max_size=2), max_size=3))
def test_events_are_split_together_as_one_by_one(batches: list[list[bytes]]) -> None:
    events = [raw for batch in batches for raw in batch]
    split = [*split_events(events)]
    assert [raw for each in split for raw in each.raws] == events
    together = [(each.key, [*values]) for each in split for values in each.values]
    assert together == [split_event(raw) for raw in events]


def count_alike(events: list[bytes]) -> list[int]:
    return [len(each.raws) for each in split_events(events)]


def test_only_events_of_one_shape_are_split_together() -> None:
    alike = [make_event({"id": "m", "n": n, "text": f"t{n}"}) for n in range(9)]
    other = make_event({"id": "m", "text": "t", "n": True})
    assert count_alike(alike) == [9]
    assert count_alike([*alike, other, *alike[:5]]) == [9, 1, 5]
    assert count_alike(alike[:3]) == [1, 1, 1]
    assert count_alike(alike * 30) == [256, 14]


def test_events_are_split_one_by_one_if_one_of_them_is_another() -> None:
    alike = [make_event({"id": "m", "n": n, "text": "t"}) for n in range(9)]
    for other in ({"id": "o", "n": 7, "text": "t"}, {"id": "m", "n": [7], "text": "t"}):
        assert count_alike([*alike[:4], make_event(other), *alike[4:]]) == [1] * 10


def list_leaves(raw: bytes) -> list[Leaf]:
    return [*iter_leaves(raw, [(0, len(raw))])]


@given(EVENTS, st.lists(st.text('ab"\\\n\u00e9:{', max_size=4), min_size=40, max_size=40))
def test_with_other_values_the_json_has_the_same_structure(raw: bytes, texts: list[str]) -> None:
    """The paths of all scalars are the same, and those outside of columns as well."""
    columns = find_columns(raw, list_leaves(raw))
    if columns is None:
        return
    shape, values = split_event(raw)
    new = [
        json.dumps(text).encode()[1:-1] if leaf.is_string else b"%d" % len(text)
        for leaf, text in zip(columns, texts, strict=False)
    ]
    parts = iter(new)
    other = b"".join(part + (next(parts) if at % 2 else b"") for at, part in enumerate(shape))
    assert split_event(other) == (shape, new)
    leaves = list_leaves(other)
    assert [leaf.path for leaf in leaves] == [leaf.path for leaf in list_leaves(raw)]
    assert [other[leaf.start : leaf.end] for leaf in find_columns(other, leaves) or ()] == new
    assert len(values) == len(new)


def test_what_is_no_scalar_of_the_json_is_no_column() -> None:
    raw = b'{"a": ["\\": 5"]}'
    assert find_columns(raw, list_leaves(raw)) is None


def make_shape(raw: bytes, *pieces: str) -> EventShape:
    leaves = list_leaves(raw)
    roles = {leaf.start: PieceRole.CHANNEL for leaf in leaves if leaf.name in pieces}
    return EventShape(raw, b"", leaves, roles, find_columns(raw, leaves) or ())


def test_a_piece_knows_the_columns_that_tell_its_text_apart() -> None:
    raw = (
        b'{"type": "t", "id": "m", "o": {"id": null}, "c": [{"index": 0, "text": "a"}, {"id": 1}]}'
    )
    [piece] = make_shape(raw, "text").pieces
    assert (piece.source, piece.columns_before) == (Column(3), 3)
    assert piece.ids == [
        (("id",), Column(1)),
        (("o", "id"), b"null"),
        (("c", "index"), Column(2)),
    ]
    assert piece.path == ("c", Column(2), "text")
    assert sorted(piece.label_columns) == [0, 1, 2]


def test_the_parts_of_an_event_are_all_of_its_bytes() -> None:
    raw = make_event({"id": "m", "n": 1, "text": "a"})
    shape, values = split_event(raw)
    lengths = accumulate(map(len, (*shape, *values)))
    assert max(lengths) == len(raw)


def make_rows(*values: object, pieces: tuple[str, ...] = ("text",)) -> EventRows:
    """Return the rows of events with these values, all of one shape."""
    raws = [json.dumps(value).encode() for value in values]
    leaves = [*iter_leaves(raws[0], [(0, len(raws[0]))])]
    roles = {leaf.start: PieceRole.CHANNEL for leaf in leaves if leaf.name in pieces}
    shape = EventShape(raws[0], b"", leaves, roles, find_columns(raws[0], leaves) or ())
    starts = [sum(map(len, raws[:at])) for at in range(len(raws))]
    assert len({split_event(raw)[0] for raw in raws}) == 1
    return EventRows(shape, raws, starts, [split_event(raw)[1] for raw in raws])


ROWS = make_rows(
    {"id": "m1", "n": 1, "text": "a", "x": None},
    {"id": "m2", "n": 234, "text": "", "x": None},
    {"id": "m1", "n": 5, "text": "bcd", "x": None},
)
BODY = b"".join(ROWS.raws)


@pytest.mark.parametrize("rows", [[0, 1, 2], [0, 2], [1]])
def test_a_piece_is_read_and_located_in_each_event(rows: list[int]) -> None:
    [piece] = ROWS.shape.pieces
    values = [[b"a", b"", b"bcd"][row] for row in rows]
    assert [*ROWS.read_all(piece.source, rows)] == values
    starts = ROWS.locate(piece.leaf.start, piece.columns_before, rows)
    for start, value in zip(starts, values, strict=True):
        assert BODY[start - 9 : start] == b'"text": "'
        assert BODY[start : start + len(value) + 1] == value + b'"'


def test_labels_of_a_piece() -> None:
    [piece] = ROWS.shape.pieces
    kinds, ids, path = ROWS.read_labels(piece, 1)
    assert (kinds, ids, path) == ([(("",), b"")], [(("id",), b"m2")], ("text",))


def test_events_are_grouped_by_values() -> None:
    assert [[*group] for group in ROWS.group_by([0])] == [[0, 2], [1]]
    assert [[*group] for group in ROWS.group_by([0, 1])] == [[0], [1], [2]]
    assert [[*group] for group in ROWS.group_by([])] == [[0, 1, 2]]


def test_events_are_counted_by_their_labels() -> None:
    assert ROWS.count_labels() == {("",): {b"": 3}, ("id",): {b"m1": 2, b"m2": 1}}
    twice = make_rows({"c": [{"id": 1}, {"id": 1}]}, {"c": [{"id": 2}, {"id": 1}]})
    assert twice.count_labels() == {
        ("",): {b"": 2},
        ("c", "id"): {b"1": 2, b"2": 1},
    }


def test_columns_have_the_values_that_differ_with_their_names() -> None:
    numbers, texts = ROWS.iter_columns(omitted={0})
    assert {*numbers.split(b",")} == {b'"n": 1', b'"n": 234', b'"n": 5', b""}
    assert {*texts.split(b",")} == {b'"text": "a"', b'"text": ""', b'"text": "bcd"', b""}
    same = make_rows({"text": "a"}, {"text": "a"})
    assert not [*same.iter_columns(omitted=set())]


def test_an_event_of_its_own_shape_has_no_columns() -> None:
    raw = make_event({"text": "a"})
    leaves = [*iter_leaves(raw, [(6, len(raw))])]
    roles = {leaves[0].start: PieceRole.CHANNEL}
    rows = EventRows(EventShape(raw, b"x", leaves, roles, ()), [raw], [100], [()])
    [piece] = rows.shape.pieces
    assert [*rows.read_all(piece.source, [0])] == [b"a"]
    assert [*rows.locate(piece.leaf.start, piece.columns_before, [0])] == [
        100 + raw.index(b"a", 14)
    ]
