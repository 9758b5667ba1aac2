"""Paths into JSON, read off its text."""

from __future__ import annotations

import pytest

from runreel.core.scan.json_location import format_path, iter_paths_at

HERE = b"^"
CASES = [
    ("a member", '{"a": "^"}', "a"),
    ("a number", '{"a": 1, "b": ^2}', "b"),
    ("an item", '["x", [1, "^"]]', "[1][1]"),
    ("deep", '{"a": {"b": [{"c": 1}, {"d": "x^y"}]}, "e": 1}', "a.b[1].d"),
    ("a name belongs to its object", '{"a": {"^b": 1}}', "a"),
    ("behind an object", '{"a": {"b": 1}, "c": "^"}', "c"),
    ("brackets in a string", '{"a": "{[,:", "b": "^"}', "b"),
    ("an escaped quote", '{"a": "\\"", "b": "^"}', "b"),
    ("broken off", '{"a": [{"b": "x^', "a[0].b"),
    ("a root", '"^"', ""),
    ("behind it all", '{"a": 1}^', ""),
]


@pytest.mark.parametrize(("text", "path"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_the_path_of_an_offset(text: str, path: str) -> None:
    data = b"data: " + text.encode()
    [found] = iter_paths_at(data, 6, [data.index(HERE)])
    assert format_path(found) == path


def test_many_paths_are_read_off_in_one_go() -> None:
    data = b'[{"a": "x x"}, 7, "x"]'
    offsets = [at for at, letter in enumerate(data) if letter in b"x7"]
    assert [format_path(path) for path in iter_paths_at(data, 0, offsets)] == [
        "[0].a",
        "[0].a",
        "[1]",
        "[2]",
    ]


NAMES = [
    ("plain names", ("a", 0, "b_c", "$d-e"), "a[0].b_c.$d-e"),
    ("a name of words", ("it is", "a"), "*.a"),
    ("a name that is too long", ("a" * 65,), "*"),
    ("an empty name", ("",), "*"),
    ("a name that steers terminals", ("\x1b[2J", 1), "*[1]"),
    ("nothing", (), ""),
]


@pytest.mark.parametrize(("path", "text"), [c[1:] for c in NAMES], ids=[c[0] for c in NAMES])
def test_only_plain_names_are_shown(path: tuple[str | int, ...], text: str) -> None:
    assert format_path(path) == text


def test_behind_the_last_value_there_is_the_root() -> None:
    assert list(iter_paths_at(b"[1, 2]", 0, [1, 5])) == [(0,), ()]
