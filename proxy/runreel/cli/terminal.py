"""What a terminal shows: colour, tables, sizes and durations.

Colour follows https://no-color.org and https://force-color.org; nothing is cut where the output is
not a terminal, since a program may be reading it.
"""

from __future__ import annotations

import os
import shutil
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from typing import TextIO, TypeAlias

import click

from runreel.core.report.visible import visible, visible_line

__all__ = [
    "complain",
    "duration",
    "size",
    "style",
    "table",
    "visible",
    "visible_line",
    "wants_color",
    "width_of",
]

Cell: TypeAlias = str | int | float

_GAP = "  "
_NARROWEST = 8


def wants_color(stream: TextIO) -> bool:
    """Whether to colour what goes to the stream."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def style(
    text: str, *, stream: TextIO | None = None, fg: str | None = None, bold: bool = False
) -> str:
    """The text, coloured if the stream (standard output) wants colour; make it visible first."""
    if not wants_color(stream or sys.stdout):
        return text
    return click.style(text, fg=fg, bold=bold or None)


def width_of(stream: TextIO) -> int | None:
    """Columns of the terminal that the stream is, COLUMNS first; None where it is none."""
    return shutil.get_terminal_size().columns if stream.isatty() else None


def table(
    rows: Iterable[Sequence[Cell]], headers: Sequence[str], *, stream: TextIO | None = None
) -> str:
    """Aligned columns with no line end at the end: numbers to the right, text made visible.

    Where the stream (standard output) is a terminal, the widest columns are cut to fit it.
    """
    grid = list(rows)
    numeric = [all(isinstance(row[i], (int, float)) for row in grid) for i in range(len(headers))]
    texts = [[visible_line(str(cell)) for cell in row] for row in (headers, *grid)]
    widths = [max(map(_columns, column)) for column in zip(*texts, strict=True)]
    _shrink(widths, width_of(stream or sys.stdout))
    return "\n".join(_line(row, widths, numeric) for row in texts)


def _shrink(widths: list[int], limit: int | None) -> None:
    """Take columns off the widest until all fit, or none is wider than the narrowest allowed."""
    if limit is None:
        return
    available = limit - len(_GAP) * (len(widths) - 1)
    while sum(widths) > available and max(widths) > _NARROWEST:
        widths[widths.index(max(widths))] -= 1


def _line(cells: Sequence[str], widths: Sequence[int], numeric: Sequence[bool]) -> str:
    padded = map(_padded, cells, widths, numeric)
    return _GAP.join(padded).rstrip()


def _padded(text: str, width: int, right: bool) -> str:
    cut = _cut(text, width)
    space = " " * (width - _columns(cut))
    return space + cut if right else cut + space


def _cut(text: str, width: int) -> str:
    if _columns(text) <= width:
        return text
    while _columns(text) > width - 1:
        text = text[:-1]
    return text + "…"


def _columns(text: str) -> int:
    """How many columns a terminal gives the text (Unicode TR 11, and combining marks none)."""
    return len(text) if text.isascii() else sum(map(_character_columns, text))


def _character_columns(character: str) -> int:
    if unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def size(count: int) -> str:
    """A number of bytes for people: ``812 B``, ``1.2 KiB``, ``64.0 MiB``."""
    if count < 1024:
        return f"{count} B"
    scaled = float(count)
    for unit in ("KiB", "MiB", "GiB"):
        scaled /= 1024
        if scaled < 1023.95 or unit == "GiB":
            break
    return f"{scaled:.1f} {unit}"


def duration(us: int) -> str:
    """Microseconds for people: ``850 µs``, ``12.3 ms``, ``4.56 s``, ``2 min 3 s``."""
    if us < 1000:
        return f"{us} µs"
    if us < 999_950:
        return f"{us / 1000:.1f} ms"
    if us < 59_995_000:
        return f"{us / 1_000_000:.2f} s"
    minutes, seconds = divmod(round(us / 1_000_000), 60)
    return f"{minutes} min {seconds} s"


def complain(lines: Sequence[str]) -> None:
    """Print these lines, if there are any, to standard error as all errors are."""
    if lines:
        mark = style("runreel:", stream=sys.stderr, fg="red", bold=True)
        text = visible("\n".join(lines))
        click.echo(f"{mark} {text}", err=True, color=True)
