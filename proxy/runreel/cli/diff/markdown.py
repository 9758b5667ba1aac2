"""A comparison of two recordings as Markdown, for a comment on a change."""

from __future__ import annotations

from collections.abc import Iterator

from runreel.cli.diff.page import format_numbers, format_places, format_title
from runreel.cli.terminal import escape_line
from runreel.core.diff.changes.model import Change, DiffVerdict, ExchangeDiff, RecordingDiff
from runreel.core.diff.documents import count_verdicts, find_first_change

_MAX_VALUE = 500
_MAX_EXCHANGES = 100
"""Exchanges that are listed: a comment has a limit."""


def iter_markdown(diff: RecordingDiff, left: str, right: str) -> Iterator[str]:
    """Yield the lines of a Markdown document."""
    names = " → ".join(_format_code(name) for name in (left, right))
    yield f"### {str(diff.verdict).capitalize()}: {names}"
    yield ""
    counts = count_verdicts(diff)
    yield ", ".join(f"{count} {name}" for name, count in counts.items() if count) + "."
    yield ""
    first = find_first_change(diff)
    if first is not None:
        exchange, change = first
        place = f"{format_numbers(exchange)} {exchange.call}{format_places(change)}"
        yield f"First difference: {_escape(place)}: {_format_code(format_title(change))}"
        yield ""
    exchanges = [each for each in diff.exchanges if each.verdict > DiffVerdict.EQUIVALENT]
    for exchange in exchanges[:_MAX_EXCHANGES]:
        yield from _format_exchange(exchange)
    if len(exchanges) > _MAX_EXCHANGES:
        yield f"… and {len(exchanges) - _MAX_EXCHANGES} more exchanges."


def _format_exchange(exchange: ExchangeDiff) -> Iterator[str]:
    yield f"**{exchange.verdict}** {_escape(f'{format_numbers(exchange)} {exchange.call}')}"
    yield ""
    for change in exchange.changes:
        yield f"- {_format_code(format_title(change))}{_escape(format_places(change))}"
        yield from _format_values(change)
    yield ""


def _format_values(change: Change) -> Iterator[str]:
    lines = [
        f"{sign} {escape_line(text)[:_MAX_VALUE]}"
        for sign, text in (("-", change.left), ("+", change.right))
        if text
    ]
    if lines:
        fence = "`" * max(3, _count_backticks("\n".join(lines)) + 1)
        yield from ("", f"  {fence}diff", *(f"  {line}" for line in lines), f"  {fence}", "")


def _count_backticks(text: str) -> int:
    """Return the length of the longest run of backticks."""
    longest = count = 0
    for character in text:
        count = count + 1 if character == "`" else 0
        longest = max(longest, count)
    return longest


def _format_code(text: str) -> str:
    fence = "`" * (_count_backticks(text) + 1)
    return f"{fence}{escape_line(text)}{fence}" if fence == "`" else f"{fence} {text} {fence}"


def _escape(text: str) -> str:
    return "".join(f"\\{each}" if each in "\\`*_[]<>#|" else each for each in escape_line(text))
