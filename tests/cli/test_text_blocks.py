"""Recorded texts as lines that are safe to print."""

from __future__ import annotations

import pytest

from runreel.cli.text_blocks import (
    format_body,
    format_json,
    format_line,
    format_pairs,
    format_passage,
    format_text,
    shorten,
)
from runreel.model import OmittedReason

BODIES = [
    ("an empty body has no lines", b"", []),
    ("JSON is indented", b'{"a":1}', ["", "  {", '    "a": 1', "  }"]),
    ("text keeps its lines", b"a\r\nb\rc\n", ["", "  a", "  b", "  c", ""]),
    ("escapes are text", b"\x1b[2J", ["", "  \\x1b[2J"]),
    ("a character cut off at the end", "aé".encode()[:-1], ["", "  a"]),
    (
        "bytes that are not text",
        b"\xff\xfea",
        ["", f"  00000000  ff fe 61{' ' * 39}  ..a", "  (3 B of binary data)"],
    ),
    ("NUL is not text", b"\0", ["", f"  00000000  00{' ' * 45}  .", "  (1 B of binary data)"]),
]


@pytest.mark.parametrize(("body", "lines"), [c[1:] for c in BODIES], ids=[c[0] for c in BODIES])
def test_bodies(body: bytes, lines: list[str]) -> None:
    assert format_body(body, None, full=False) == lines


@pytest.mark.parametrize("why", OmittedReason)
def test_a_body_that_was_not_kept_has_a_reason(why: OmittedReason) -> None:
    [blank, text] = format_body(b"", why, full=False)
    assert blank == ""
    assert text.startswith("  (the body was not kept: ")


def test_a_text_is_not_formatted_as_json() -> None:
    assert list(format_text('{"a":1}', full=False)) == ['  {"a":1}']
    assert len(list(format_json('{"a":1}', full=False))) == 3


def test_a_text_is_cut_after_forty_lines() -> None:
    assert len(list(format_text("\n".join("x" * 40), full=False))) == 40
    cut = list(format_text("\n".join("x" * 41), full=False))
    assert cut[40:] == ["  … more lines; --full shows all"]
    assert len(list(format_text("\n".join("x" * 41), full=True))) == 41


def test_values_are_aligned() -> None:
    assert format_pairs({"a": "1", "bcd": "2\n3"}, full=False) == ["  a    1", "  bcd  2\\x0a3"]
    assert format_pairs({}, full=False) == []


def test_a_long_name_does_not_move_the_other_values() -> None:
    short, long = format_pairs({"a": "1", "b" * 100: "2"}, full=False)
    assert short == f"  a{' ' * 41}1"
    assert long == f"  {'b' * 100}  2"


def test_a_line_stays_one_line() -> None:
    assert format_line("a\nb\u2028") == "  a\\x0ab\\u2028"


def test_a_value_is_cut_after_two_hundred_characters() -> None:
    assert shorten("x" * 200, full=False) == "x" * 200
    assert shorten("x" * 201, full=False) == "x" * 200 + "… (1 more characters; --full shows all)"
    assert shorten("x" * 201, full=True) == "x" * 201


PASSAGES = [
    ("short", "a\nb", ["a", "b"]),
    ("one more line than fits", "\n".join("a" * 31), ["a"] * 31),
    (
        "many lines",
        "\n".join(map(str, range(100))),
        [*map(str, range(30)), "… 60 lines, 179 B; --full shows all", *map(str, range(90, 100))],
    ),
    ("one long line", "x" * 5000, ["x" * 4000 + " …", "… 1 line, 4.9 KiB; --full shows all"]),
    (
        "a long line at the end",
        "a\n" + "é" * 5000,
        ["a", "… 1 line, 9.8 KiB; --full shows all"],
    ),
    ("nothing", "", [""]),
]


@pytest.mark.parametrize(("text", "lines"), [p[1:] for p in PASSAGES], ids=[p[0] for p in PASSAGES])
def test_a_long_passage_is_shown_by_its_beginning_and_its_end(text: str, lines: list[str]) -> None:
    assert [line.strip() for line in format_passage(text, full=False)] == lines
    assert [line.strip() for line in format_passage(text, full=True)] == text.split("\n")
