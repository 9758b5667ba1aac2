"""Caches of the exchanges read last, within limits that all recordings share."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from runreel.core.inspector.condensed import condense_trace
from runreel.core.trace.model import Trace
from runreel.dialects.exchange_reading import ExchangeReading

T = TypeVar("T")

_TEXTS_SIZE = 64 * 1024**2
"""Characters of the texts that are kept for searches."""
_READINGS_SIZE = 32 * 1024**2
"""Bytes of the bodies of the exchanges that are kept whole."""
_OVERHEAD = 1000


class SizedCache(Generic[T]):
    """The values that were used last, up to a common size. Any thread may use it."""

    def __init__(self, size: int, measure: Callable[[T], int]) -> None:
        self._rest = size
        self._measure = measure
        self._items: OrderedDict[Hashable, tuple[T, int]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> T | None:
        """Return a value; None if it is not kept any more."""
        with self._lock:
            if key not in self._items:
                return None
            self._items.move_to_end(key)
            return self._items[key][0]

    def put(self, key: Hashable, value: T) -> None:
        """Keep a value, and drop those that were not used for the longest time."""
        size = self._measure(value) + _OVERHEAD
        with self._lock:
            self._rest += self._items.pop(key, (value, 0))[1]
            self._items[key] = value, size
            self._rest -= size
            while self._rest < 0 and self._items:
                _, (_, dropped) = self._items.popitem(last=False)
                self._rest += dropped


class ExchangeCaches:
    """The exchanges that were read last: some whole, and the texts of many."""

    def __init__(self, texts: int = _TEXTS_SIZE, readings: int = _READINGS_SIZE) -> None:
        """``texts`` is a number of characters, ``readings`` a number of bytes."""
        self.texts = SizedCache[Trace](texts, _measure_texts)
        self.readings = SizedCache[ExchangeReading](readings, _measure_reading)


def strip_trace(trace: Trace) -> Trace:
    """Return a trace with its texts, and without what no search needs."""
    return condense_trace(trace)._replace(
        conversation=tuple(block._replace(pieces=()) for block in trace.conversation),
        blocks=tuple(block._replace(pieces=()) for block in trace.blocks),
    )


def _measure_texts(trace: Trace) -> int:
    return sum(len(block.text) + 200 for block in (*trace.conversation, *trace.blocks))


def _measure_reading(reading: ExchangeReading) -> int:
    exchange = reading.exchange
    return 4 * (len(exchange.answer.body) + len(exchange.head.request.body))
