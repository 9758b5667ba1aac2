from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from runreel.core.redact.texts.json_leaves import iter_leaves
from runreel.core.redact.texts.leaf import Leaf, LeafPath


def read_leaves(data: bytes) -> list[tuple[LeafPath, bytes, bool]]:
    """Return path, bytes and completeness of each leaf."""
    leaves = iter_leaves(data, [(0, len(data))])
    return [(leaf.path, data[leaf.start : leaf.end], leaf.is_complete) for leaf in leaves]


CASES: list[tuple[str, bytes, list[tuple[LeafPath, bytes, bool]]]] = [
    ("nothing", b"", []),
    ("a scalar alone", b'"a"', [((), b"a", True)]),
    ("a string keeps its escapes", rb'["\u0061\"b"]', [((0,), rb"\u0061\"b", True)]),
    ("a name loses them", rb'{"\u0061\"b": 1}', [(('a"b',), b"1", True)]),
    ("places in arrays", b'[1, [2, {"a": 3}], 4]', [
        ((0,), b"1", True), ((1, 0), b"2", True), ((1, 1, "a"), b"3", True), ((2,), b"4", True),
    ]),
    ("a duplicate key", b'{"a": 1, "a": 2}', [(("a",), b"1", True), (("a",), b"2", True)]),
    ("broken off in a string", b'{"a": "b', [(("a",), b"b", False)]),
    ("broken off in an escape", b'{"a": "b\\', [(("a",), b"b", False), (("a",), b"\\", True)]),
    ("broken off in a name", b'{"a": 1, "b', [(("a",), b"1", True)]),
    ("broken off in an array", b'{"a": [1, ', [(("a", 0), b"1", True)]),
    ("a name that is not a string", b"{1: 2}", [(("",), b"2", True)]),
    ("closed too often", b'}]{"a": 1}', [(("a",), b"1", True)]),
    ("commas around nothing", b',,"a",', [((), b"a", True)]),
    ("two JSON texts", b'{"a": 1}\n{"b": 2}', [(("a",), b"1", True), (("b",), b"2", True)]),
    ("a line end in a string", b'{"a": "b\nc"}', [(("a",), b"b\nc", True)]),
    ("bytes that are not UTF-8", b'{"\xff": "\xfe"}', [(("\ufffd",), b"\xfe", True)]),
]  # fmt: skip


@pytest.mark.parametrize(("reason", "data", "expected"), CASES, ids=[c[0] for c in CASES])
def test_leaves(reason: str, data: bytes, expected: list[tuple[LeafPath, bytes, bool]]) -> None:
    assert read_leaves(data) == expected


def test_regions_are_read_as_one_text() -> None:
    data = b'data: {"a": [1,\ndata: 2]}'
    leaves = iter_leaves(data, [(6, 15), (22, len(data))])
    assert [(leaf.path, leaf.start) for leaf in leaves] == [(("a", 0), 13), (("a", 1), 22)]


NAMES = [
    ("a member", ("a",), "a"),
    ("in an array", ("a", 0, 1), "a"),
    ("in an object in an array", ("a", 0, "b"), "b"),
    ("of no member", (0,), ""),
    ("a scalar alone", (), ""),
]


@pytest.mark.parametrize(("reason", "path", "name"), NAMES, ids=[c[0] for c in NAMES])
def test_the_name_of_a_leaf_is_that_of_its_member(reason: str, path: LeafPath, name: str) -> None:
    assert Leaf(path, 0, 0, is_string=True, is_complete=True).name == name


def test_only_scalars_nested_too_deeply_are_left_out() -> None:
    deep, deeper = b"[" * 255 + b"1" + b"]" * 255, b'[{"a": ["b", 1]}]'
    data = b"[" + deep + b"," + b"[" * 255 + deeper + b"]" * 255 + b",2]"
    leaves = read_leaves(data)
    assert [text for _, text, _ in leaves] == [b"1", b"2"]
    assert [len(path) for path, _, _ in leaves] == [256, 1]


def test_names_nested_too_deeply_are_left_out_too() -> None:
    [leaf] = iter_leaves(data := b"{" * 257 + b'"a"}"b": 1', [(0, len(data))])
    assert (leaf.name, len(leaf.path)) == ("b", 256)


AT_ONCE = 1 << 14
ENDS = [
    ("closed", b'"', b"", True),
    ("with more text", b'a"', b"a", True),
    ("broken off", b"", b"", False),
    ("broken off in text", b"a", b"a", False),
]


@pytest.mark.parametrize("count", [AT_ONCE - 1, AT_ONCE, AT_ONCE + 1, 2 * AT_ONCE, 5 * AT_ONCE + 7])
@pytest.mark.parametrize(("reason", "end", "text", "is_complete"), ENDS, ids=[c[0] for c in ENDS])
def test_a_string_may_have_any_number_of_escapes(
    reason: str, end: bytes, text: bytes, is_complete: bool, count: int
) -> None:
    escapes = b'\\"' * count
    assert read_leaves(b'{"a": "' + escapes + end) == [(("a",), escapes + text, is_complete)]


def test_reading_continues_after_long_strings() -> None:
    long = b"\\n" * 3 * AT_ONCE
    members = b'{"%b": "%b", "b": ["%b", 1]}' % (long, long, long)
    name = "\n" * 3 * AT_ONCE
    assert read_leaves(members) == [
        ((name,), long, True), (("b", 0), long, True), (("b", 1), b"1", True),
    ]  # fmt: skip


def test_a_long_string_may_break_off_in_an_escape() -> None:
    long = b"\\n" * 2 * AT_ONCE
    assert read_leaves(b'["' + long + b"\\") == [((0,), long, False), ((0,), b"\\", True)]


TEXT = st.text('ab"\\:{}[],\n 0é😀', max_size=4)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3)
)


def flatten(value: object, path: LeafPath = ()) -> Iterator[tuple[LeafPath, object]]:
    """Yield path and value of each scalar of a parsed document."""
    match value:
        case dict():
            for name, inner in value.items():
                yield from flatten(inner, (*path, name))
        case list():
            for place, inner in enumerate(value):
                yield from flatten(inner, (*path, place))
        case _:
            yield path, value


@given(VALUES, st.booleans(), st.sampled_from([None, 1]))
def test_the_standard_parser_finds_the_same_scalars(
    value: object, ascii_only: bool, indent: int | None
) -> None:
    data = json.dumps(value, ensure_ascii=ascii_only, indent=indent).encode()
    leaves = list(iter_leaves(data, [(0, len(data))]))
    quoted = (data[leaf.start - leaf.is_string : leaf.end + leaf.is_string] for leaf in leaves)
    assert [*zip([leaf.path for leaf in leaves], map(json.loads, quoted), strict=True)] == [
        *flatten(value)
    ]
    assert all(leaf.is_complete for leaf in leaves)


HOSTILE = st.text('"\\{}[],: a1\n', max_size=30).map(str.encode) | st.binary(max_size=30)


@given(HOSTILE, st.integers(0, 30))
@example(b"[" * 300 + b"]" * 300, 280)
def test_any_bytes_are_accepted(data: bytes, cut: int) -> None:
    regions = [(0, min(cut, len(data))), (min(cut, len(data)), len(data))]
    places = [(leaf.start, leaf.end) for leaf in iter_leaves(data, regions)]
    assert places == sorted(places)
    assert all(0 <= start <= end <= len(data) for start, end in places)
