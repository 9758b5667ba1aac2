"""Events that are alike: what stays the same in all of them, and holes for what does not."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from operator import add
from typing import NamedTuple, TypeAlias, TypeVar

from runreel.core.redact.texts.joined import TextBuilder
from runreel.core.redact.texts.repeats import EventBatch

PIECE = re.compile(rb'(?:[^"\\\r\n]++|\\.)*+')
NOISE = re.compile(rb"[A-Za-z0-9]{0,64}+")
NUMBER = re.compile(rb"-?[0-9][0-9.eE+-]*+")
NAME = re.compile(rb'"[^"\r\n]*+"\s*+:\s*+\Z')

_COLUMN_PATTERNS: Mapping[re.Pattern[bytes], re.Pattern[bytes]] = {
    PIECE: re.compile(rb'(?:[^"\\\r]++|\\.)*+'),
    **{own: re.compile(b"%b(?:\n%b)*+" % (own.pattern, own.pattern)) for own in (NOISE, NUMBER)},
}
"""The same for what stands in one hole of many events, a line for each: none of it ends a line."""

_Range: TypeAlias = tuple[int, int]
_T = TypeVar("_T")


class Slot(NamedTuple):
    """What may differ between events that are alike."""

    prefix: bytes
    """What stands between the hole before and this one."""
    name_length: int
    """How many bytes of that are the name of what stands in the hole, and go where it goes."""
    pattern: re.Pattern[bytes]
    text: TextBuilder | None
    """Where that is; None: nowhere, it says nothing."""


class _Column(NamedTuple):
    """What stands in one hole of events that follow each other, with its name and what ends it."""

    parts: Sequence[bytes]
    origins: Sequence[int]
    ends: Sequence[int]


class Skeleton(NamedTuple):
    """An event with holes."""

    slots: Sequence[Slot]
    tail: bytes
    batches: list[EventBatch]
    """The events that have filled it."""

    def match(self, raw: bytes) -> list[_Range] | None:
        """Where the event's own stands in each hole; None for an event that is not alike."""
        if not raw.endswith(self.tail):
            return None
        spans: list[_Range] = []
        at = 0
        for before, name, pattern, _ in self.slots:
            own = pattern.match(raw, at + len(before)) if raw.startswith(before, at) else None
            if own is None:
                return None
            start, at = own.span()
            # With its name goes what ends it: else a number would run into the text behind it.
            spans.append((start - name, at + 1 if name else at))
        return spans if at + len(self.tail) == len(raw) else None

    def add(self, raw: bytes, origin: int, spans: list[_Range]) -> None:
        """Take the own of an event, which stands in these holes of it."""
        self.batches.append(EventBatch((origin,), [(origin + end,) for _, end in spans]))
        for (start, end), hole in zip(spans, self.slots, strict=True):
            if hole.text is not None:
                hole.text.add(raw[start:end], origin + start)

    def select_batch(self, events: Sequence[bytes]) -> Sequence[bytes]:
        """The first of these events, as far as they begin and end as those that are alike."""
        first, tail = self.slots[0].prefix, self.tail
        are_alike = [raw.startswith(first) and raw.endswith(tail) for raw in events]
        return events if all(are_alike) else events[: are_alike.index(False)]

    def add_batch(self, events: Sequence[bytes], origin: int) -> bool:
        """Take the events of a ``row``, as ``fills`` and ``take`` would one by one but in far fewer
        steps; or none of them, unless all are alike."""
        owns = self._split_batch(events)
        if owns is None:
            return False
        begun = list(accumulate(map(len, events[:-1]), initial=origin))
        columns = list(self._build_columns(owns, begun))
        self.batches.append(EventBatch(begun, [column.ends for column in columns]))
        for text in dict.fromkeys(hole.text for hole in self.slots if hole.text is not None):
            own = [c for c, hole in zip(columns, self.slots, strict=True) if hole.text is text]
            text.add_all(_interleave([c.parts for c in own]), _interleave([c.origins for c in own]))
        return True

    def _split_batch(self, events: Sequence[bytes]) -> list[list[bytes]] | None:
        """What stands in each hole, for all events; None if one of them is not alike."""
        first, *others = (hole.prefix for hole in self.slots)
        begin, end = len(first), len(self.tail)
        if min(map(len, events)) < begin + end:
            return None
        rests = [raw[begin : len(raw) - end] for raw in events]
        owns: list[list[bytes]] = []
        for before in others:
            parted = [rest.partition(before) for rest in rests]
            owns.append([own for own, _, _ in parted])
            rests = [rest for _, found, rest in parted if found]
        owns.append(rests)
        filled = zip(self.slots, owns, strict=True)
        are_alike = all(_matches_all(hole, own, len(events)) for hole, own in filled)
        return owns if are_alike else None

    def _build_columns(
        self, owns: Sequence[Sequence[bytes]], begun: Sequence[int]
    ) -> Iterator[_Column]:
        behind = [*(hole.prefix[:1] for hole in self.slots[1:]), self.tail[:1]]
        at = begun
        for (before, name, _, _), own, after in zip(self.slots, owns, behind, strict=True):
            length = len(before)
            starts = [each + length for each in at]
            at = list(map(add, starts, map(len, own)))
            if name:
                called = before[-name:]
                parts = [b"%b%b%b" % (called, each, after) for each in own]
                yield _Column(parts, [each - name for each in starts], [end + 1 for end in at])
            else:
                yield _Column(own, starts, at)


def _matches_all(hole: Slot, own: Sequence[bytes], count: int) -> bool:
    """Whether this is the own of so many events."""
    lines = b"\n".join(own)
    return lines.count(b"\n") == count - 1 and bool(_COLUMN_PATTERNS[hole.pattern].fullmatch(lines))


def _interleave(columns: Sequence[Sequence[_T]]) -> Sequence[_T]:
    """The first of each, then the second of each."""
    if len(columns) == 1:
        return columns[0]
    return [each for row in zip(*columns, strict=True) for each in row]
