"""Events that are alike: what stays the same in all of them, and holes for what does not."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

from runreel.core.redact.texts.joined import Joined

PIECE = re.compile(rb'(?:[^"\\\r\n]++|\\.)*+')
NOISE = re.compile(rb"[A-Za-z0-9]{0,64}+")
NUMBER = re.compile(rb"-?[0-9][0-9.eE+-]*+")
NAME = re.compile(rb'"[^"\r\n]*+"\s*+:\s*+\Z')

_Span: TypeAlias = tuple[int, int]


class Hole(NamedTuple):
    """What may differ between events that are alike."""

    before: bytes
    """What stands between the hole before and this one."""
    name: int
    """How many bytes of that are the name of what stands in the hole, and go where it goes."""
    pattern: re.Pattern[bytes]
    text: Joined | None
    """Where that is; None: nowhere, it says nothing."""


class Template(NamedTuple):
    """An event with holes."""

    holes: Sequence[Hole]
    tail: bytes
    others: list[tuple[int, list[_Span]]]
    """Where in the body each event begins that has filled it, and its holes."""

    def fills(self, raw: bytes) -> list[_Span] | None:
        """Where the event's own stands in each hole; None for an event that is not alike."""
        if not raw.endswith(self.tail):
            return None
        spans: list[_Span] = []
        at = 0
        for before, name, pattern, _ in self.holes:
            own = pattern.match(raw, at + len(before)) if raw.startswith(before, at) else None
            if own is None:
                return None
            start, at = own.span()
            # With its name goes what ends it: else a number would run into the text behind it.
            spans.append((start - name, at + 1 if name else at))
        return spans if at + len(self.tail) == len(raw) else None

    def take(self, raw: bytes, origin: int, spans: list[_Span]) -> None:
        """Take the own of an event, which stands in these holes of it."""
        self.others.append((origin, spans))
        for (start, end), hole in zip(spans, self.holes, strict=True):
            if hole.text is not None:
                hole.text.add(raw[start:end], origin + start)
