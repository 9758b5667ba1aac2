"""Widths of text in columns of a terminal: counting, cutting, wrapping."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

_ELLIPSIS = "…"


def count_columns(text: str) -> int:
    """Return the width of a text in terminal columns (Unicode TR 11; combining marks have none)."""
    return len(text) if text.isascii() else sum(map(_count_character_columns, text))


def _count_character_columns(character: str) -> int:
    if unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def cut_end(text: str, width: int) -> str:
    """Return the text in at most ``width`` columns; an ellipsis replaces the rest."""
    if count_columns(text) <= width:
        return text
    return _take_columns(text, width - 1) + _ELLIPSIS


def cut_middle(text: str, width: int) -> str:
    """Return the text in at most ``width`` columns; an ellipsis replaces the middle."""
    if count_columns(text) <= width:
        return text
    end = _take_columns(text[::-1], (width - 1) * 2 // 3)[::-1]
    return _take_columns(text, width - 1 - count_columns(end)) + _ELLIPSIS + end


def _take_columns(text: str, width: int) -> str:
    """Return the longest beginning that is not wider than ``width`` columns."""
    for length, character in enumerate(text):
        width -= _count_character_columns(character)
        if width < 0:
            return text[:length]
    return text


def wrap(text: str, width: int | None, indent: str = "  ") -> list[str]:
    """Break the text into lines of at most ``width`` columns, the second and later ones indented.

    Without a width, the result is one line. Words that are wider than a line are broken.
    """
    if width is None:
        return [text]
    words = _iter_words(text, width - len(indent))
    lines, line = [], next(words)
    for word in words:
        if count_columns(line) + 1 + count_columns(word) > width:
            lines.append(line.rstrip())
            line = indent + word
        else:
            line = f"{line} {word}"
    return [*lines, line]


def _iter_words(text: str, width: int) -> Iterator[str]:
    for word in text.split(" "):
        rest = word
        while count_columns(rest) > width:
            piece = _take_columns(rest, width)
            yield piece
            rest = rest[len(piece) :]
        yield rest
