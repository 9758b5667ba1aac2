"""The pieces of a diff by words, and their notation as text."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class WordSpan(NamedTuple):
    """A piece of a diff by words."""

    operation: str
    """``=`` for what both texts have, ``-`` for what only the recorded one has, or ``+``."""
    text: str
    """The words, shortened."""


def format_words(spans: Iterable[WordSpan]) -> str:
    """Return a diff as text: ``… be a [-terse -]{+kind +}helper …``."""
    marks = {"=": ("", ""), "-": ("[-", "-]"), "+": ("{+", "+}")}
    return "".join(text.join(marks[operation]) for operation, text in spans)
