"""The growth of an answer that is under way, as it is seen from time to time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from runreel.core.inspector.rows import draw_sparkline
from runreel.model import Frame

_MAX_SAMPLES = 96
"""Samples that are kept, at equal distances; up to twice as many for a while."""


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
        if len(self._samples) > 2 * _MAX_SAMPLES:
            self._samples = [*_join_close(self._samples, at_us // _MAX_SAMPLES + 1)]
        return True

    def draw(self) -> bytes:
        """Return its sparkline so far."""
        return draw_sparkline(self._samples, self._samples[-1].dt_us if self._samples else 0)


def _join_close(samples: Iterable[Frame], width_us: int) -> Iterator[Frame]:
    """Yield one sample for each part of the time, which has the sizes of all that are in it."""
    for _, group in groupby(samples, key=lambda sample: sample.dt_us // width_us):
        *others, last = group
        yield last._replace(length=last.length + sum(sample.length for sample in others))
