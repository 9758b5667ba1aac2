"""Mistakes in a filter: the reason, the place, and the nearest right word."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from runreel.core.report.visible import escape_line
from runreel.errors import FilterError

_WIDTH = 72
"""Characters shown of a filter around a mistake."""


def build_filter_error(
    text: str, reason: str, start: int, end: int, suggestion: str = ""
) -> FilterError:
    """Return the error for a mistake in ``text``, with a line that marks the range.

    ``suggestion`` is the word that is probably meant.
    """
    end = max(end, start + 1)
    first = max(0, min(start, end - _WIDTH // 2) - _WIDTH // 2)
    shown = text[first : first + _WIDTH]
    lead = "…" if first else ""
    trail = "…" if first + _WIDTH < len(text) else ""
    offset = len(lead + escape_line(text[first:start]))
    marked = max(1, len(escape_line(shown[start - first : end - first])))
    lines = (reason, f"  {lead}{escape_line(shown)}{trail}", f"  {' ' * offset}{'^' * marked}")
    return FilterError("\n".join(lines), reason=reason, start=start, end=end, suggestion=suggestion)


def find_nearest(word: str, known: Iterable[str]) -> str:
    """Return the most similar known word; empty if none is similar."""
    nearest = get_close_matches(word.lower(), sorted(known), n=1)
    return nearest[0] if nearest else ""


def suggest(word: str) -> str:
    """Return the question whether ``word`` is meant; empty for an empty one."""
    return f'; did you mean "{word}"?' if word else ""
