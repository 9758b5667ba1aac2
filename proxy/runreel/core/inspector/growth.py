"""The growth of an answer that is under way, as it is seen from time to time."""

from __future__ import annotations

from runreel.core.inspector.rows import draw_sparkline
from runreel.model import Frame

_MAX_SAMPLES = 96
"""Samples that are kept; then pairs of them are joined."""


class AnswerGrowth:
    """The sizes of an answer at several moments."""

    def __init__(self) -> None:
        self._size = 0
        self._samples: list[Frame] = []

    def add(self, size: int, at_us: int) -> bool:
        """Note the size at a moment; return False if it has not grown."""
        if size <= self._size:
            return False
        self._samples.append(Frame(at_us, size - self._size, end_of_chunk=False))
        self._size = size
        if len(self._samples) > _MAX_SAMPLES:
            pairs = zip(self._samples[::2], self._samples[1::2], strict=False)
            rest = self._samples[len(self._samples) // 2 * 2 :]
            self._samples = [
                second._replace(length=first.length + second.length) for first, second in pairs
            ]
            self._samples += rest
        return True

    def draw(self) -> bytes:
        """Return its sparkline so far."""
        return draw_sparkline(self._samples, self._samples[-1].dt_us if self._samples else 0)
