"""Skeletons: the parts of an event that its repetitions share, with slots for the other parts.

An event of a stream and its skeleton, with slots in brackets::

    data: {"id": "msg_1", "seq": 7, "delta": "Hel"}
    data: {"id": "msg_1", ["seq": 7,] "delta": "[Hel]"}

A number is stored with its name, so that it is searched as a value of that name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from operator import add
from typing import NamedTuple, TypeAlias, TypeVar

from runreel.core.redact.texts.repeats import EventBatch, RepeatedEvent
from runreel.core.redact.texts.text import TextBuilder

PIECE = re.compile(rb'(?:[^"\\\r\n]++|\\.)*+')
"""Matches the content of a JSON string."""
NOISE = re.compile(rb"[A-Za-z0-9]{0,64}+")
"""Matches the random letters of padding."""
NUMBER = re.compile(rb"-?[0-9][0-9.eE+-]*+")
NAME = re.compile(rb'"[^"\r\n]*+"\s*+:\s*+\Z')
"""Matches the name of a member right before its value."""

_COLUMN_PATTERNS: Mapping[re.Pattern[bytes], re.Pattern[bytes]] = {
    PIECE: re.compile(rb'(?:[^"\\\r]++|\\.)*+'),
    **{
        pattern: re.compile(b"%b(?:\n%b)*+" % (pattern.pattern, pattern.pattern))
        for pattern in (NOISE, NUMBER)
    },
}
"""The same for the values of one slot in many events, joined by line ends; no value has one."""

_Range: TypeAlias = tuple[int, int]
_T = TypeVar("_T")


class Slot(NamedTuple):
    """A place in a skeleton where events may differ."""

    prefix: bytes
    """The bytes between the slot before, or the event's start, and this slot's value."""
    name_length: int
    """Length of the member name that is stored together with the slot's value."""
    pattern: re.Pattern[bytes]
    """Matches the values that the slot may have."""
    text: TextBuilder | None
    """The text that the values are added to; None for noise, which needs no search."""


class _Column(NamedTuple):
    """The values of one slot in a batch of events, as they are stored."""

    parts: Sequence[bytes]
    """Each value, with its name and the byte after it if it has a name."""
    origins: Sequence[int]
    """Offsets of the parts in the body."""
    ends: Sequence[int]


class Skeleton(NamedTuple):
    """An event with slots."""

    slots: Sequence[Slot]
    tail: bytes
    """The bytes after the last slot."""
    event: RepeatedEvent
    """The event that it was made of, and the events that have matched it."""

    def match(self, raw: bytes) -> list[_Range] | None:
        """Return the range of each slot in an event; None if the event does not match."""
        if not raw.endswith(self.tail):
            return None
        ranges: list[_Range] = []
        at = 0
        for prefix, name_length, pattern, _ in self.slots:
            value = pattern.match(raw, at + len(prefix)) if raw.startswith(prefix, at) else None
            if value is None:
                return None
            start, at = value.span()
            # The byte after a named value goes with it: it separates the value from the next one.
            ranges.append((start - name_length, at + 1 if name_length else at))
        return ranges if at + len(self.tail) == len(raw) else None

    def add(self, raw: bytes, event_start: int, ranges: Sequence[_Range]) -> None:
        """Store the slot values of an event found at ``ranges``, as ``match`` returns them."""
        ends = [(event_start + end,) for _, end in ranges]
        self.event.batches.append(EventBatch((event_start,), ends))
        for (start, end), slot in zip(ranges, self.slots, strict=True):
            if slot.text is not None:
                slot.text.add(raw[start:end], event_start + start)

    def select_batch(self, events: Sequence[bytes]) -> Sequence[bytes]:
        """Return the first of these events, as far as they begin and end as the skeleton does."""
        head, tail = self.slots[0].prefix, self.tail
        are_alike = [raw.startswith(head) and raw.endswith(tail) for raw in events]
        return events if all(are_alike) else events[: are_alike.index(False)]

    def add_batch(self, events: Sequence[bytes], batch_start: int) -> bool:
        """Store the slot values of a batch of adjacent events, if all of them match.

        Does the same as ``match`` and ``add`` for one event after the other, in far fewer steps:
        one for each slot of the batch. Returns False, and stores nothing, if an event does not
        match.
        """
        values = self._split_batch(events)
        if values is None:
            return False
        starts = list(accumulate(map(len, events[:-1]), initial=batch_start))
        columns = list(self._build_columns(values, starts))
        self.event.batches.append(EventBatch(starts, [column.ends for column in columns]))
        for text in dict.fromkeys(slot.text for slot in self.slots if slot.text is not None):
            pairs = zip(columns, self.slots, strict=True)
            chosen = [column for column, slot in pairs if slot.text is text]
            parts = _interleave([column.parts for column in chosen])
            text.add_all(parts, _interleave([column.origins for column in chosen]))
        return True

    def _split_batch(self, events: Sequence[bytes]) -> list[list[bytes]] | None:
        """Return for each slot its values in all events; None if an event does not match."""
        head, *prefixes = (slot.prefix for slot in self.slots)
        start, tail_length = len(head), len(self.tail)
        if min(map(len, events)) < start + tail_length:
            return None
        rests = [raw[start : len(raw) - tail_length] for raw in events]
        values: list[list[bytes]] = []
        for prefix in prefixes:
            partitions = [rest.partition(prefix) for rest in rests]
            values.append([value for value, _, _ in partitions])
            rests = [rest for _, separator, rest in partitions if separator]
        values.append(rests)
        columns = zip(self.slots, values, strict=True)
        are_alike = all(_matches_all(slot, column, len(events)) for slot, column in columns)
        return values if are_alike else None

    def _build_columns(
        self, values: Sequence[Sequence[bytes]], starts: Sequence[int]
    ) -> Iterator[_Column]:
        """Yield for each slot its values as they are stored; ``starts`` are those of the events."""
        following = [*(slot.prefix[:1] for slot in self.slots[1:]), self.tail[:1]]
        at = starts
        for slot, column, next_byte in zip(self.slots, values, following, strict=True):
            prefix_length, name_length = len(slot.prefix), slot.name_length
            origins = [offset + prefix_length for offset in at]
            at = list(map(add, origins, map(len, column)))
            if name_length:
                name = slot.prefix[-name_length:]
                parts = [b"%b%b%b" % (name, value, next_byte) for value in column]
                origins = [origin - name_length for origin in origins]
                yield _Column(parts, origins, [end + 1 for end in at])
            else:
                yield _Column(column, origins, at)


def _matches_all(slot: Slot, values: Sequence[bytes], count: int) -> bool:
    """Return whether these are ``count`` values, all of which the slot may have."""
    lines = b"\n".join(values)
    pattern = _COLUMN_PATTERNS[slot.pattern]
    return lines.count(b"\n") == count - 1 and pattern.fullmatch(lines) is not None


def _interleave(columns: Sequence[Sequence[_T]]) -> Sequence[_T]:
    """Return the first items of all columns, then the second ones, and so on."""
    if len(columns) == 1:
        return columns[0]
    return [item for row in zip(*columns, strict=True) for item in row]
