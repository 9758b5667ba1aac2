"""The table: figures side by side, the ratio of their rounds, and the bar for the ratio."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

COLUMNS = ("row", "what", "runreel", "beside it", "ratio", "bar", "")


@dataclass(frozen=True, slots=True)
class Bar:
    """A limit for a figure or a ratio."""

    limit: float
    at_least: bool = False

    def is_kept(self, value: float) -> bool:
        """Return whether the value is on the right side of the limit."""
        return value >= self.limit if self.at_least else value <= self.limit

    def invert(self) -> Bar:
        """Return the bar for the inverse figure: from answers a second to seconds an answer."""
        return Bar(1 / self.limit, at_least=not self.at_least)

    def __str__(self) -> str:
        return f"{'>=' if self.at_least else '<='} {self.limit:.3g}"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the table. The bar is for the ratio if there is one, else for the figure."""

    row: str
    label: str
    figure: float
    unit: str
    beside: float | None = None
    ratio: float | None = None
    bar: Bar | None = None

    @property
    def verdict(self) -> str:
        """``ok`` or ``MISSED``; empty without a bar."""
        if self.bar is None:
            return ""
        return (
            "ok"
            if self.bar.is_kept(self.figure if self.ratio is None else self.ratio)
            else "MISSED"
        )


def make_line(
    row: str, label: str, figures: Sequence[float], unit: str, bar: Bar | None = None
) -> Line:
    """Make a line with the median of the rounds."""
    return Line(row, label, median(figures), unit, bar=bar)


def compare_rounds(
    row: str,
    label: str,
    figures: Sequence[float],
    beside: Sequence[float],
    *,
    unit: str,
    bar: Bar | None = None,
) -> Line:
    """Make a line with two medians and the median of the rounds' ratios.

    The drift of the machine's speed cancels out in the ratios.
    """
    ratio = median(ours / theirs for ours, theirs in zip(figures, beside, strict=True))
    return Line(row, label, median(figures), unit, median(beside), ratio, bar)


def render(lines: Iterable[Line]) -> str:
    """Return the lines as a table."""
    rows = [COLUMNS, *map(_format_cells, lines)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(COLUMNS))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column < 2 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


def _format_cells(line: Line) -> tuple[str, ...]:
    return (
        line.row,
        line.label,
        f"{_format_figure(line.figure)} {line.unit}",
        "" if line.beside is None else f"{_format_figure(line.beside)} {line.unit}",
        "" if line.ratio is None else f"{line.ratio:.2f}",
        "" if line.bar is None else str(line.bar),
        line.verdict,
    )


def _format_figure(figure: float) -> str:
    """Format a figure with three significant digits, or as an integer from 1,000."""
    return f"{figure:,.0f}" if abs(figure) >= 1000 else f"{figure:.3g}"
