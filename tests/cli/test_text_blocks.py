"""Recorded texts as lines that are safe to print."""

from __future__ import annotations

import pytest

from runreel.cli.text_blocks import body_lines, brief, json_lines, line, pairs, text_lines
from runreel.model import Omitted

BODIES = [
    ("no body, no lines", b"", []),
    ("JSON is laid out", b'{"a":1}', ["", "  {", '    "a": 1', "  }"]),
    ("text keeps its lines", b"a\r\nb\rc\n", ["", "  a", "  b", "  c", ""]),
    ("escapes are text", b"\x1b[2J", ["", "  \\x1b[2J"]),
    ("a character cut off at the end", "aé".encode()[:-1], ["", "  a"]),
    (
        "bytes that are no text",
        b"\xff\xfea",
        ["", f"  00000000  ff fe 61{' ' * 39}  ..a", "  (3 B of binary data)"],
    ),
    ("NUL is no text", b"\0", ["", f"  00000000  00{' ' * 45}  .", "  (1 B of binary data)"]),
]


@pytest.mark.parametrize(("body", "lines"), [c[1:] for c in BODIES], ids=[c[0] for c in BODIES])
def test_bodies(body: bytes, lines: list[str]) -> None:
    assert body_lines(body, None, full=False) == lines


@pytest.mark.parametrize("why", Omitted)
def test_a_body_that_was_not_kept_says_why(why: Omitted) -> None:
    [blank, text] = body_lines(b"", why, full=False)
    assert blank == ""
    assert text.startswith("  (the body was not kept: ")


def test_a_text_that_happens_to_be_json_is_left_as_it_is() -> None:
    assert list(text_lines('{"a":1}', full=False)) == ['  {"a":1}']
    assert len(list(json_lines('{"a":1}', full=False))) == 3


def test_forty_lines_are_not_too_many() -> None:
    assert len(list(text_lines("\n".join("x" * 40), full=False))) == 40
    cut = list(text_lines("\n".join("x" * 41), full=False))
    assert cut[40:] == ["  … more lines; --full shows all"]
    assert len(list(text_lines("\n".join("x" * 41), full=True))) == 41


def test_values_stand_below_each_other() -> None:
    assert pairs({"a": "1", "bcd": "2\n3"}, full=False) == ["  a    1", "  bcd  2\\x0a3"]
    assert pairs({}, full=False) == []


def test_one_long_name_does_not_push_all_values_away() -> None:
    short, long = pairs({"a": "1", "b" * 100: "2"}, full=False)
    assert short == f"  a{' ' * 41}1"
    assert long == f"  {'b' * 100}  2"


def test_a_line_stays_one() -> None:
    assert line("a\nb\u2028") == "  a\\x0ab\\u2028"


def test_two_hundred_characters_are_not_too_long() -> None:
    assert brief("x" * 200, full=False) == "x" * 200
    assert brief("x" * 201, full=False) == "x" * 200 + "… (1 more characters; --full shows all)"
    assert brief("x" * 201, full=True) == "x" * 201
