"""The table: figures side by side, the ratio of their rounds, and the bar that it has to keep."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

COLUMNS = ("row", "what", "runreel", "beside it", "ratio", "bar", "")


@dataclass(frozen=True, slots=True)
class Bar:
    """A limit that a figure has to keep."""

    limit: float
    at_least: bool = False

    def is_kept(self, value: float) -> bool:
        """Whether the value is on the right side of the limit."""
        return value >= self.limit if self.at_least else value <= self.limit

    def invert(self) -> Bar:
        """The same bar for the inverse figure: of a rate, that of the time each one takes."""
        return Bar(1 / self.limit, at_least=not self.at_least)

    def __str__(self) -> str:
        return f"{'>=' if self.at_least else '<='} {self.limit:.3g}"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table. A bar judges the ratio where there is one, else the figure."""

    row: str
    what: str
    figure: float
    unit: str
    beside: float | None = None
    ratio: float | None = None
    bar: Bar | None = None

    @property
    def verdict(self) -> str:
        """``ok`` or ``MISSED``; empty where there is no bar."""
        if self.bar is None:
            return ""
        return (
            "ok"
            if self.bar.is_kept(self.figure if self.ratio is None else self.ratio)
            else "MISSED"
        )


def make_line(
    row: str, what: str, figures: Sequence[float], unit: str, bar: Bar | None = None
) -> Line:
    """The median of the rounds, by itself."""
    return Line(row, what, median(figures), unit, bar=bar)


def compare_rounds(
    row: str,
    what: str,
    figures: Sequence[float],
    beside: Sequence[float],
    *,
    unit: str,
    bar: Bar | None = None,
) -> Line:
    """Two medians, and the median of the rounds' ratios, in which the machine's drift cancels."""
    ratio = median(ours / theirs for ours, theirs in zip(figures, beside, strict=True))
    return Line(row, what, median(figures), unit, median(beside), ratio, bar)


def render(lines: Iterable[Line]) -> str:
    """The lines in columns."""
    rows = [COLUMNS, *map(_format_cells, lines)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(COLUMNS))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if place < 2 else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


def _format_cells(line: Line) -> tuple[str, ...]:
    return (
        line.row,
        line.what,
        f"{_format_figure(line.figure)} {line.unit}",
        "" if line.beside is None else f"{_format_figure(line.beside)} {line.unit}",
        "" if line.ratio is None else f"{line.ratio:.2f}",
        "" if line.bar is None else str(line.bar),
        line.verdict,
    )


def _format_figure(figure: float) -> str:
    """Three significant digits at least, and no digits of noise."""
    return f"{figure:,.0f}" if abs(figure) >= 1000 else f"{figure:.3g}"
