"""Search of a streamed answer for secrets: within one event, or split over several events.

Everything is searched twice: as it is, and with the pieces of each channel joined. A secret within
one event is reported with its place in the event. But a piece alone may mislead, since the second
half of a placeholder can look like an email address, and the fraction of a number like a card.
Therefore, in pieces that contain a part of a placeholder, or begin within a number, only matches in
the joined text count.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate, groupby
from typing import TypeAlias

from runreel.core.placeholder import PLACEHOLDER, PREFIX
from runreel.core.redact.finders.look_alikes import is_in_fraction
from runreel.core.redact.streams.sse_event import find_event_data
from runreel.core.redact.texts.json_leaves import LeafPath
from runreel.core.scan.channels import ChannelPiece, iter_channels
from runreel.core.scan.finders import LeakFinder
from runreel.core.scan.json_location import find_paths, is_logprob
from runreel.core.scan.leak import Confidence, LeakSpan
from runreel.core.scan.streams import StreamItem

_JSON = re.compile(rb"\s*+([{\[])")

EventPath: TypeAlias = tuple[int, LeafPath]
"""Number of an event, counted from 1, and a path in its JSON."""

LocatedSpan: TypeAlias = tuple[EventPath, LeakSpan]
"""The place where a secret begins, and its range in the body or in the joined text."""


class StreamScan:
    """The search of one streamed answer."""

    def __init__(
        self, body: bytes, items: Sequence[StreamItem], finder: LeakFinder, *, is_truncated: bool
    ) -> None:
        """``is_truncated``: the answer is incomplete, and may end within a secret."""
        self._body = body
        self._items = items
        self._finder = finder
        self._is_truncated = is_truncated
        self._texts = list(iter_channels(items))
        self._piece_paths = {(piece.event, piece.path) for text in self._texts for piece in text}
        self._placeholder_parts = {
            event_path for text in self._texts for event_path in _iter_placeholder_parts(text)
        }
        self._fractions = {
            event_path for text in self._texts for event_path in _iter_fractions(text)
        }

    def find(self) -> Iterator[LocatedSpan]:
        """Yield all secrets; one that is found both in an event and joined is yielded once."""
        joined = list(self.find_joined())
        joined_paths = {event_path for event_path, _ in joined}
        reported: set[EventPath] = set()
        for event_path, span in self._find_in_events():
            is_misread = event_path not in joined_paths and self._may_mislead(event_path, span)
            if is_misread or is_logprob(event_path[1]):
                continue
            reported.add(event_path)
            yield event_path, span
        yield from (each for each in joined if each[0] not in reported)
        if self._finder.has_paths:
            reported |= joined_paths
            yield from (each for each in self._find_at_paths() if each[0] not in reported)

    def _may_mislead(self, event_path: EventPath, span: LeakSpan) -> bool:
        """Return whether a secret that was found in one piece may be none in the joined text."""
        is_fraction = event_path in self._fractions and span.confidence is Confidence.PERSONAL
        return is_fraction or event_path in self._placeholder_parts

    def find_joined(self) -> Iterator[LocatedSpan]:
        """Yield the secrets in the joined texts of the channels."""
        for pieces in self._texts:
            ends = list(accumulate(len(piece.text) for piece in pieces))
            for span in self._finder.find_in_body(
                (), _join(pieces), is_truncated=self._is_truncated
            ):
                piece = pieces[bisect_right(ends, span.start)]
                yield (piece.event, piece.path), span

    def _find_in_events(self) -> Iterator[LocatedSpan]:
        """Yield the secrets in the body as it is; each is within one event."""
        starts = [item.offset for item in self._items]
        spans = self._finder.find_in_body(
            (), self._body, is_stream=True, is_truncated=self._is_truncated
        )
        for number, group in groupby(spans, lambda span: bisect_right(starts, span.start)):
            event_spans = list(group)
            paths = find_paths(self._match_json(number), [span.start for span in event_spans])
            for path, span in zip(paths, event_spans, strict=True):
                yield (number, path), span

    def _find_at_paths(self) -> Iterator[LocatedSpan]:
        """Yield the values at the users' paths; the pieces of a channel count as one value."""
        for number, item in enumerate(self._items, start=1):
            bracket, end = self._match_json(number), item.offset + item.length
            if bracket is None:
                continue
            for path, span in self._finder.find_at_paths(self._body, bracket.start(1), end):
                if (number, path) not in self._piece_paths:
                    yield (number, path), span
        for pieces in self._texts:
            whole_text = self._finder.find_text_at_path(pieces[0].path, _join(pieces))
            if whole_text is not None:
                yield (pieces[0].event, pieces[0].path), whole_text

    def _match_json(self, number: int) -> re.Match[bytes] | None:
        """Return the match whose group 1 is the first bracket of the event's JSON, if any."""
        item = self._items[number - 1]
        raw = self._body[item.offset : item.offset + item.length]
        _, ranges = find_event_data(raw)
        return _JSON.match(self._body, item.offset + ranges[0][0]) if ranges else None


def _iter_placeholder_parts(pieces: Sequence[ChannelPiece]) -> Iterator[EventPath]:
    """Yield the places of pieces that contain a part of a placeholder, but not all of it."""
    text = _join(pieces)
    if PREFIX in text:
        ends = list(accumulate(len(piece.text) for piece in pieces))
        for match in PLACEHOLDER.finditer(text):
            first, last = bisect_right(ends, match.start()), bisect_left(ends, match.end())
            if first < last:
                yield from ((each.event, each.path) for each in pieces[first : last + 1])


def _iter_fractions(pieces: Sequence[ChannelPiece]) -> Iterator[EventPath]:
    """Yield the places of pieces that begin within a fraction or an exponent."""
    text = _join(pieces)
    starts = accumulate((len(piece.text) for piece in pieces[:-1]), initial=0)
    for piece, start in zip(pieces, starts, strict=True):
        if is_in_fraction(text, start):
            yield piece.event, piece.path


def _join(pieces: Sequence[ChannelPiece]) -> bytes:
    """Return the joined text of the pieces."""
    return b"".join(piece.text for piece in pieces)
