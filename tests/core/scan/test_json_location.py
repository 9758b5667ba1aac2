"""Paths of offsets in JSON text."""

from __future__ import annotations

import pytest

from runreel.core.scan.json_location import format_path, iter_paths_at

HERE = b"^"
CASES = [
    ("a member", '{"a": "^"}', "a"),
    ("a number", '{"a": 1, "b": ^2}', "b"),
    ("an element of an array", '["x", [1, "^"]]', "[1][1]"),
    ("nested objects and arrays", '{"a": {"b": [{"c": 1}, {"d": "x^y"}]}, "e": 1}', "a.b[1].d"),
    ("a name has the path of its object", '{"a": {"^b": 1}}', "a"),
    ("after an object", '{"a": {"b": 1}, "c": "^"}', "c"),
    ("brackets in a string", '{"a": "{[,:", "b": "^"}', "b"),
    ("an escaped quote", '{"a": "\\"", "b": "^"}', "b"),
    ("truncated", '{"a": [{"b": "x^', "a[0].b"),
    ("the root", '"^"', ""),
    ("after all values", '{"a": 1}^', ""),
]


@pytest.mark.parametrize(("text", "path"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_the_path_of_an_offset(text: str, path: str) -> None:
    data = b"data: " + text.encode()
    [location] = iter_paths_at(data, (6, len(data)), [data.index(HERE)])
    assert format_path(location) == path


def test_many_paths_are_found_in_one_pass() -> None:
    data = b'[{"a": "x x"}, 7, "x"]'
    offsets = [at for at, letter in enumerate(data) if letter in b"x7"]
    assert [format_path(path) for path in iter_paths_at(data, (0, len(data)), offsets)] == [
        "[0].a",
        "[0].a",
        "[1]",
        "[2]",
    ]


NAMES = [
    ("plain names", ("a", 0, "b_c", "$d-e"), "a[0].b_c.$d-e"),
    ("a name with spaces", ("it is", "a"), "*.a"),
    ("a name that is too long", ("a" * 65,), "*"),
    ("an empty name", ("",), "*"),
    ("a name with a terminal escape sequence", ("\x1b[2J", 1), "*[1]"),
    ("the root", (), ""),
]


@pytest.mark.parametrize(("path", "text"), [c[1:] for c in NAMES], ids=[c[0] for c in NAMES])
def test_only_plain_names_are_shown(path: tuple[str | int, ...], text: str) -> None:
    assert format_path(path) == text


def test_after_the_last_value_the_path_is_the_root() -> None:
    assert list(iter_paths_at(b"[1, 2]", (0, 6), [1, 5])) == [(0,), ()]
