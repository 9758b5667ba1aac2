"""One scalar of a JSON text, by its path and its offsets."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

LeafPath: TypeAlias = tuple[str | int, ...]
"""Names of members and indices in arrays, from the outermost."""


class Leaf(NamedTuple):
    """One scalar: a string without its quotes, a number, ``true``, ``false`` or ``null``."""

    path: LeafPath
    start: int
    end: int
    is_string: bool
    is_complete: bool
    """False for a string without its closing quote."""
    name_span: tuple[int, int] = (0, 0)
    """Start and end of the name of the member that it belongs to, without quotes."""

    @property
    def name(self) -> str:
        """The name of the member that holds the scalar, directly or in an array; may be empty."""
        if self.path and isinstance(self.path[-1], str):
            return self.path[-1]
        return next((step for step in reversed(self.path) if isinstance(step, str)), "")
