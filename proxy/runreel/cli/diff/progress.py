"""A line of progress on a terminal, for commands that take more than a second."""

from __future__ import annotations

import sys
import time

_DELAY = 1.0
"""Seconds before the line is shown."""
_INTERVAL = 0.2
_CLEAR_LINE = "\r\x1b[K"


class ProgressLine:
    """Shows how much is done, on standard error if that is a terminal."""

    def __init__(self, verb: str, total: int) -> None:
        """``verb``: such as ``comparing``."""
        self._verb = verb
        self._total = total
        self._done = 0
        self._next = time.monotonic() + _DELAY
        self._is_shown = False

    def advance(self) -> None:
        """Count one more."""
        self._done += 1
        now = time.monotonic()
        if now >= self._next and sys.stderr.isatty():
            self._next = now + _INTERVAL
            self._is_shown = True
            text = f"{self._verb} {self._done:,} of {self._total:,}"
            sys.stderr.write(f"{_CLEAR_LINE}{text}")
            sys.stderr.flush()

    def clear(self) -> None:
        """Remove the line."""
        if self._is_shown:
            sys.stderr.write(_CLEAR_LINE)
            sys.stderr.flush()
