"""Output for a terminal: colour, tables, sizes, durations and errors.

Colour follows https://no-color.org and https://force-color.org. Text is cut to the width of the
terminal only; output to a file or a pipe is complete.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Container, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any, TextIO, TypeAlias, cast

import click

from runreel.core.report.columns import count_columns, cut_end, cut_middle
from runreel.core.report.units import format_duration, format_size
from runreel.core.report.visible import escape_controls, escape_line

__all__ = [
    "ProgressLine",
    "escape_controls",
    "escape_line",
    "format_duration",
    "format_size",
    "format_table",
    "get_width",
    "list_excess_columns",
    "print_error",
    "print_json",
    "print_pieces",
    "should_color",
    "style",
]

Cell: TypeAlias = str | int | float

_Container: TypeAlias = dict[str, Any] | list[Any] | tuple[Any, ...]
_CONTAINERS = (dict, list, tuple)
_SCALARS = frozenset({str, int, float, bool, type(None)})
_BATCH = 1 << 16
"""Characters of pieces of text that are written at once."""
_GAP = "  "
_MIN_WIDTH = 8
_NAME_WIDTH = 12
"""Characters that a name keeps as long as another column can be left out."""
_DEFAULT_WIDTH = 80
_PROGRESS_DELAY = 1.0
"""Seconds before a line of progress is shown."""
_PROGRESS_INTERVAL = 0.2
_CLEAR_LINE = "\r\x1b[K"


def should_color(stream: TextIO) -> bool:
    """Return whether to colour output to the stream."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def style(
    text: str, *, stream: TextIO | None = None, fg: str | None = None, bold: bool = False
) -> str:
    """Return the text, coloured if the stream (default: standard output) should be.

    Escape recorded text first: this adds control characters.
    """
    if not should_color(stream or sys.stdout):
        return text
    return click.style(text, fg=fg, bold=bold or None)


def get_width(stream: TextIO) -> int | None:
    """Return the width of the terminal (``COLUMNS`` overrides it), or None for any other stream."""
    if not stream.isatty():
        return None
    columns = os.environ.get("COLUMNS", "")
    if columns.isdecimal() and int(columns):
        return int(columns)
    try:
        return os.get_terminal_size(stream.fileno()).columns or _DEFAULT_WIDTH
    except OSError:  # the stream only says that it is a terminal
        return _DEFAULT_WIDTH


def format_table(
    rows: Iterable[Sequence[Cell]],
    headers: Sequence[str],
    *,
    stream: TextIO | None = None,
    names: Container[str] = (),
    whole: Container[str] = (),
) -> str:
    """Return a table of aligned columns, without a final line end.

    Columns of numbers are aligned to the right, and control characters are escaped. If the stream
    (default: standard output) is a terminal, the widest columns are cut to fit its width. ``names``
    are the headers of columns whose texts differ at their ends: their middle is cut out. Columns in
    ``whole`` are never cut.
    """
    cuts = [cut_middle if header in names else cut_end for header in headers]
    grid = list(rows)
    numeric = [all(isinstance(row[i], (int, float)) for row in grid) for i in range(len(headers))]
    texts = [[escape_line(str(cell)) for cell in row] for row in (headers, *grid)]
    widths = [max(map(count_columns, column)) for column in zip(*texts, strict=True)]
    _shrink(widths, get_width(stream or sys.stdout), [header not in whole for header in headers])
    columns = list(zip(cuts, widths, strict=True))
    texts = [
        [cut(text, width) for text, (cut, width) in zip(row, columns, strict=True)] for row in texts
    ]
    return "\n".join(_format_row(row, widths, numeric) for row in texts)


def list_excess_columns(
    rows: Iterable[Sequence[Cell]],
    headers: Sequence[str],
    candidates: Iterable[str],
    names: Container[str] = (),
) -> list[str]:
    """Return the first of ``candidates`` without which a table fits the terminal.

    ``names`` are the headers of columns that may be cut. Empty if standard output is no terminal.
    """
    limit = get_width(sys.stdout)
    if limit is None:
        return []
    columns = zip(headers, *rows, strict=True)
    texts = ([escape_line(str(cell)) for cell in column] for column in columns)
    widths = [len(_GAP) + max(map(count_columns, column)) for column in texts]
    pairs = zip(headers, widths, strict=True)
    needed = {name: min(width, _NAME_WIDTH) if name in names else width for name, width in pairs}
    excess = []
    for name in candidates:
        if sum(needed.values()) - len(_GAP) > limit and name in needed:
            del needed[name]
            excess.append(name)
    return excess


def _shrink(widths: list[int], limit: int | None, may_shrink: Sequence[bool]) -> None:
    """Reduce the widest column, in place, until all fit the limit or ``_MIN_WIDTH`` is reached."""
    columns = [column for column, may in enumerate(may_shrink) if may]
    if limit is None or not columns:
        return
    available = limit - len(_GAP) * (len(widths) - 1)
    while sum(widths) > available:
        widest = max(columns, key=widths.__getitem__)
        if widths[widest] <= _MIN_WIDTH:
            return
        widths[widest] -= 1


def _format_row(cells: Sequence[str], widths: Sequence[int], numeric: Sequence[bool]) -> str:
    padded = map(_pad, cells, widths, numeric)
    return _GAP.join(padded).rstrip()


def _pad(text: str, width: int, right: bool) -> str:
    space = " " * (width - count_columns(text))
    return space + text if right else text + space


def print_error(lines: Sequence[str]) -> None:
    """Print lines to standard error, the first after a ``runreel:``; nothing if there are none."""
    if lines:
        prefix = style("runreel:", stream=sys.stderr, fg="red", bold=True)
        text = escape_controls("\n".join(lines))
        click.echo(f"{prefix} {text}", err=True, color=True)


def print_json(document: object) -> None:
    """Print a JSON document in pieces; as one text, a large one would take twice the memory.

    An iterator in it is an array whose items are made one by one.
    """
    print_pieces(_iter_json(document, "\n"))
    sys.stdout.write("\n")


def print_pieces(pieces: Iterable[str]) -> None:
    """Print texts, many at once: an unbuffered stream takes long for each."""
    batch: list[str] = []
    size = 0
    try:
        for piece in pieces:
            batch.append(piece)
            size += len(piece)
            if size >= _BATCH:
                text, size = "".join(batch), 0
                batch.clear()
                sys.stdout.write(text)
    finally:
        sys.stdout.write("".join(batch))


def _iter_json(value: object, line: str) -> Iterator[str]:
    """Yield the JSON of a value, indented by two spaces; ``line`` begins the line that ends it.

    Much faster than an encoder with an indentation, which is not written in C.
    """
    if not _has_items(value):
        yield json.dumps(value)
        return
    if not isinstance(value, _CONTAINERS):
        yield from _iter_lazy_items(cast("Iterator[object]", value), line)
        return
    items = value.values() if isinstance(value, dict) else value
    if not _SCALARS.issuperset(map(type, items)) and any(map(_has_items, items)):
        yield from _iter_items(value, line)
        return
    text = _get_encoder(f"{line}  ").encode(value)
    yield f"{text[0]}{line}  {text[1:-1]}{line}{text[-1]}"


def _has_items(value: object) -> bool:
    """Return whether a value is a container with items, or an iterator."""
    if type(value) in _SCALARS:  # nearly always; the check for an iterator is slow
        return False
    return isinstance(value, (*_CONTAINERS, Iterator)) and bool(value)


def _iter_lazy_items(items: Iterator[object], line: str) -> Iterator[str]:
    opening = "["
    for item in items:
        yield f"{opening}{line}  "
        yield from _iter_json(item, f"{line}  ")
        opening = ","
    yield "[]" if opening == "[" else f"{line}]"


def _iter_items(container: _Container, line: str) -> Iterator[str]:
    opening, closing = "{}" if isinstance(container, dict) else "[]"
    for index, item in enumerate(container):
        name = f"{json.dumps(item)}: " if isinstance(container, dict) else ""
        value = container[item] if isinstance(container, dict) else item
        start = f"{',' if index else opening}{line}  {name}"
        if not _has_items(value):
            yield f"{start}{json.dumps(value)}"
            continue
        yield start
        yield from _iter_json(value, f"{line}  ")
    yield f"{line}{closing}"


@lru_cache(64)
def _get_encoder(line: str) -> json.JSONEncoder:
    """Return an encoder that begins a line after each item."""
    return json.JSONEncoder(separators=(f",{line}", ": "))


class ProgressLine:
    """Shows how much is done, after a second and on standard error if that is a terminal."""

    def __init__(self, verb: str, total: int = 0) -> None:
        """``verb``: such as ``comparing``."""
        self._verb = verb
        self._total = total
        self._done = 0
        self._next = time.monotonic() + _PROGRESS_DELAY
        self._is_shown = False

    def begin(self, total: int) -> None:
        """Count anew, up to ``total``; the delay goes on."""
        self._done, self._total = 0, total

    def advance(self) -> None:
        """Count one more."""
        self._done += 1
        now = time.monotonic()
        if now >= self._next and sys.stderr.isatty():
            self._next = now + _PROGRESS_INTERVAL
            self._is_shown = True
            text = f"{self._verb} {self._done:,} of {self._total:,}"
            sys.stderr.write(f"{_CLEAR_LINE}{text}")
            sys.stderr.flush()

    def clear(self) -> None:
        """Remove the line, before something else is printed; ``advance`` shows it again."""
        if self._is_shown:
            self._is_shown = False
            sys.stderr.write(_CLEAR_LINE)
            sys.stderr.flush()
