"""Colour, tables and the width of the terminal."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import struct
import termios
from collections.abc import Iterator
from contextlib import redirect_stdout
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runreel.cli.terminal import (
    ProgressLine,
    format_table,
    get_width,
    print_json,
    print_pieces,
    should_color,
    style,
)


class Screen(StringIO):
    def isatty(self) -> bool:
        return True


COLORS = [
    ("a terminal is coloured", {}, True, True),
    ("a file is not", {}, False, False),
    ("a terminal without colour is not", {"TERM": "dumb"}, True, False),
    ("NO_COLOR", {"NO_COLOR": "1"}, True, False),
    ("an empty NO_COLOR does not count", {"NO_COLOR": ""}, True, True),
    ("FORCE_COLOR", {"FORCE_COLOR": "1"}, False, True),
    ("NO_COLOR takes precedence", {"NO_COLOR": "1", "FORCE_COLOR": "1"}, True, False),
]


@pytest.mark.parametrize(
    ("environ", "is_terminal", "colored"), [c[1:] for c in COLORS], ids=[c[0] for c in COLORS]
)
def test_colour(
    environ: dict[str, str], is_terminal: bool, colored: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    stream = Screen() if is_terminal else StringIO()
    assert should_color(stream) is colored
    assert style("x", stream=stream, fg="red", bold=True) == (
        "\x1b[31m\x1b[1mx\x1b[0m" if colored else "x"
    )


def split_lines(text: str) -> list[str]:
    return text.split("\n")


def test_numbers_are_aligned_to_the_right_and_text_to_the_left() -> None:
    rows = [("a", 5, "x"), ("long name", 1234, "y")]
    assert split_lines(format_table(rows, ("NAME", "N", "WHAT"), stream=StringIO())) == [
        "NAME          N  WHAT",
        "a             5  x",
        "long name  1234  y",
    ]


def test_no_rows_leave_the_headers() -> None:
    assert format_table([], ("A", "B"), stream=StringIO()) == "A  B"


def test_a_cell_stays_on_one_line() -> None:
    assert (
        split_lines(format_table([("a\nb\x1b", 1)], ("X", "N"), stream=StringIO()))[1]
        == "a\\x0ab\\x1b  1"
    )


def test_wide_and_combining_characters_are_aligned() -> None:
    rows = [("漢字", "|"), ("e\u0301", "|"), ("abcd", "|")]
    assert split_lines(format_table(rows, ("", ""), stream=StringIO()))[1:] == [
        "漢字  |",
        "e\u0301     |",
        "abcd  |",
    ]


def test_the_widest_column_is_cut_to_fit_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    assert (
        split_lines(format_table([("short", "a" * 40)], ("A", "B"), stream=Screen()))[1]
        == "short  aaaaaaaaaaaa…"
    )


def test_output_to_a_file_is_not_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    assert "a" * 40 in format_table([("short", "a" * 40)], ("A", "B"), stream=StringIO())


def test_a_name_that_is_too_long_keeps_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "50")
    rows = [("agent.session.turn.output_text.delta", "x" * 40)]
    table = format_table(rows, ("EVENT", "DATA"), stream=Screen(), names=("EVENT",))
    name, data = split_lines(table)[1].split()
    assert name.startswith("agent")
    assert name.endswith("text.delta")
    assert data == "x" * (len(data) - 1) + "…"


@given(st.text("aé漢\u0301 ", max_size=30), st.integers(min_value=22, max_value=40))
def test_no_line_is_wider_than_the_terminal(text: str, columns: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", str(columns))
        shown = format_table([(text, 12, text)], ("NAME", "N", "WHAT"), stream=Screen())
    for line in split_lines(shown):
        wide = len(re.findall("漢", line))
        assert len(line.replace("\u0301", "")) + wide <= columns


WIDTHS = [
    ("COLUMNS", {"COLUMNS": "33"}, 33),
    ("a terminal whose width is unknown", {"COLUMNS": ""}, 80),
    ("no number", {"COLUMNS": "wide"}, 80),
    ("no width", {"COLUMNS": "0"}, 80),
]


@pytest.mark.parametrize(
    ("environ", "width"), [row[1:] for row in WIDTHS], ids=[row[0] for row in WIDTHS]
)
def test_the_width(environ: dict[str, str], width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    assert get_width(Screen()) == width
    assert get_width(StringIO()) is None


def test_the_width_is_that_of_the_stream_and_not_of_standard_output(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    main, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 57, 0, 0))
    with os.fdopen(terminal, "w") as stream:
        assert get_width(stream) == 57
    os.close(main)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: (
        st.lists(inner) | st.lists(inner).map(tuple) | st.dictionaries(st.text(max_size=3), inner)
    ),
    max_leaves=20,
)


@given(JSON_VALUES)
def test_json_is_indented_as_the_standard_library_does(value: object) -> None:
    output = StringIO()
    with redirect_stdout(output):
        print_json(value)
    assert output.getvalue() == json.dumps(value, indent=2) + "\n"


def test_columns_of_figures_are_never_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runreel.cli.terminal.get_width", lambda stream: 30)
    rows = [("a name that is far too long", "1234567/123456789")]
    table = format_table(rows, ("NAME", "TOOK"), whole=("TOOK",))
    assert table.splitlines()[1].endswith("…  1234567/123456789")
    assert max(map(len, table.splitlines())) == 30


@pytest.mark.parametrize("items", [[], [1], [{"a": [1, {"b": []}]}, "x", None]])
def test_an_iterator_is_printed_as_an_array(items: list[object]) -> None:
    output = StringIO()
    with redirect_stdout(output):
        print_json({"version": 1, "items": iter(items)})
    assert output.getvalue() == json.dumps({"version": 1, "items": items}, indent=2) + "\n"


def test_pieces_are_printed_many_at_once_up_to_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    writes: list[str] = []
    screen = Screen()
    monkeypatch.setattr(screen, "write", writes.append)
    monkeypatch.setattr("sys.stdout", screen)

    def iter_pieces() -> Iterator[str]:
        yield from ("x" * 1000 for _ in range(70))
        yield "long" * 50_000
        yield from "ends"
        raise ValueError("damaged")

    with pytest.raises(ValueError, match="damaged"):
        print_pieces(iter_pieces())
    assert list(map(len, writes)) == [66_000, 204_000, 4]


def test_progress_is_shown_on_a_terminal_after_a_second_and_removed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now, stream = [0.0], Screen()
    monkeypatch.setattr("runreel.cli.terminal.time.monotonic", lambda: now[0])
    monkeypatch.setattr("sys.stderr", stream)
    progress = ProgressLine("reading", 3)
    progress.advance()
    assert stream.getvalue() == ""
    now[0] = 1.5
    progress.advance()
    progress.clear()
    progress.clear()
    assert stream.getvalue() == "\r\x1b[Kreading 2 of 3\r\x1b[K"
