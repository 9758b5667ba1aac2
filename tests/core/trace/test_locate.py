"""Byte ranges of JSON values."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runreel.core.redact.texts.leaf import LeafPath
from runreel.core.trace.locate import JsonSource

A: tuple[LeafPath, object] = ("a",), {}

ROWS: list[tuple[str, bytes, LeafPath, object, bytes | None]] = [
    ("a member", b'{"a": "x"}', ("a",), "x", b"x"),
    ("with escapes", rb'{"a": "\u0041\n\""}', ("a",), 'A\n"', rb"\u0041\n\""),
    ("whose name occurs twice", b'{"b": {"a": "x"}, "a": "x"}', ("a",), "x", b"x"),
    ("whose name is escaped", rb'{"\u0061": "x", "b": "a"}', ("a",), "x", b"x"),
    ("whose name is in a text", rb'{"b": "\"a\": \"x\"", "a": "x"}', ("a",), "x", b"x"),
    ("whose name is a text", b'{"b": "a", "a": "x"}', ("a",), "x", b"x"),
    ("an element", b'{"a": ["x", "y"]}', ("a", 1), "y", b"y"),
    ("an object", b'{"a": {"b": [1, 2], "c": {}}, "d": 1}', ("a",), {}, b'{"b": [1, 2], "c": {}}'),
    ("an array", b'{"a": [[1], {"b": 2}]}', ("a",), [], b'[[1], {"b": 2}]'),
    ("an object in one of its name", b'{"a": {"a": {"a": 1}}}', ("a", "a"), {}, b'{"a": 1}'),
    (
        "with an empty one before",
        b'{"a": {"x": {"a": {}}, "b": 1}}',
        ("a",),
        {},
        b'{"x": {"a": {}}, "b": 1}',
    ),
    ("an empty object", b'{"a": {}}', ("a",), {}, None),
    ("nothing", b'{"a": "x"}', ("b",), "x", None),
    ("not JSON", b'{"a": ', ("a",), "x", None),
]


@pytest.mark.parametrize(
    ("data", "location", "value", "expected"), [r[1:] for r in ROWS], ids=[r[0] for r in ROWS]
)
def test_values_are_located(
    data: bytes, location: LeafPath, value: object, expected: bytes | None
) -> None:
    extent = JsonSource(data).locate({location: value}).get(location)
    assert (None if extent is None else data[slice(*extent)]) == expected


def test_the_second_of_two_equal_values_is_located() -> None:
    data = b'{"b": {"a": "x"}, "a": "x"}'
    assert JsonSource(data).locate({("a",): "x"}) == {("a",): (24, 25)}


def test_json_in_several_regions() -> None:
    data = b'data: {"a":\ndata: "x"}\n\n'
    source = JsonSource(data, lambda _: [(6, 11), (18, 22)])
    assert source.locate({("a",): "y"}) == {("a",): (19, 20)}


@given(st.lists(st.sampled_from(["x", "y", 'q"', "\\"]), min_size=6, max_size=9))
def test_many_values_are_located_at_once(values: list[str]) -> None:
    data = json.dumps({"a": values}).encode()
    ranges = JsonSource(data).locate({("a", index): each for index, each in enumerate(values)})
    texts = [json.loads(b'"%s"' % data[slice(*ranges["a", i])]) for i in range(len(values))]
    assert texts == values
