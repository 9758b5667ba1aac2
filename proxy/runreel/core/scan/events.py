"""The secrets in an answer that comes bit by bit: within one event, or split over several.

What stands in one event is told with its place there. But a piece of a text may mislead: the end of
a placeholder looks like an address. What it says joined decides that.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate, groupby
from typing import TypeAlias

from runreel.core.redact import PLACEHOLDER
from runreel.core.redact.texts.json_leaves import LeafPath
from runreel.core.scan.channels import ChannelPiece, iter_channels
from runreel.core.scan.finders import LeakFinder
from runreel.core.scan.json_location import find_paths, is_logprob
from runreel.core.scan.leak import LeakSpan
from runreel.core.scan.streams import StreamItem

_JSON_OF_LINE = re.compile(rb"^(?:data: ?|[0-9a-z]{1,2}:)?([{\[])", re.MULTILINE)

EventPath: TypeAlias = tuple[int, LeafPath]
"""An event's number, counted from 1, and a path in it."""

LocatedSpan: TypeAlias = tuple[EventPath, LeakSpan]
"""A secret, and the place that it begins in; the span is of the body, or of the joined text."""


class StreamScan:
    """One answer, taken apart."""

    def __init__(
        self, body: bytes, items: Sequence[StreamItem], finder: LeakFinder, *, is_cut: bool
    ) -> None:
        """``is_cut``: the answer breaks off, perhaps in the middle of a secret."""
        self._body = body
        self._items = items
        self._finder = finder
        self._is_cut = is_cut
        self._texts = list(iter_channels(items))
        self._piece_paths = {(piece.event, piece.path) for text in self._texts for piece in text}
        self._placeholder_parts = {
            place for text in self._texts for place in _iter_placeholder_parts(text)
        }

    def find(self) -> Iterator[LocatedSpan]:
        """All secrets, each once."""
        joined = list(self.find_joined())
        begun = {place for place, _ in joined}
        told: set[EventPath] = set()
        for place, span in self._find_in_events():
            is_misread = place in self._placeholder_parts and place not in begun
            if is_misread or is_logprob(place[1]):
                continue
            told.add(place)
            yield place, span
        yield from (found for found in joined if found[0] not in told)
        if self._finder.has_paths:
            told |= begun
            yield from (found for found in self._find_at_paths() if found[0] not in told)

    def find_joined(self) -> Iterator[LocatedSpan]:
        """The secrets in the texts that came in pieces."""
        for pieces in self._texts:
            ends = list(accumulate(len(piece.text) for piece in pieces))
            for span in self._finder.find_in_body((), _join(pieces), is_cut=self._is_cut):
                piece = pieces[bisect_right(ends, span.start)]
                yield (piece.event, piece.path), span

    def _find_in_events(self) -> Iterator[LocatedSpan]:
        starts = [item.offset for item in self._items]
        spans = self._finder.find_in_body((), self._body, is_stream=True, is_cut=self._is_cut)
        for number, group in groupby(spans, lambda span: bisect_right(starts, span.start)):
            within = list(group)
            paths = find_paths(self._match_json(number), [span.start for span in within])
            for path, span in zip(paths, within, strict=True):
                yield (number, path), span

    def _find_at_paths(self) -> Iterator[LocatedSpan]:
        """What stands at the users' paths: joined where it came in pieces."""
        for number, item in enumerate(self._items, start=1):
            first, end = self._match_json(number), item.offset + item.length
            meant = self._finder.find_at_paths(self._body, first.start(1), end) if first else ()
            for path, span in meant:
                if (number, path) not in self._piece_paths:
                    yield (number, path), span
        for pieces in self._texts:
            span_of_all = self._finder.find_text_at_path(pieces[0].path, _join(pieces))
            if span_of_all is not None:
                yield (pieces[0].event, pieces[0].path), span_of_all

    def _match_json(self, number: int) -> re.Match[bytes] | None:
        """Where the JSON of an event begins, if it holds any."""
        item = self._items[number - 1]
        return _JSON_OF_LINE.search(self._body, item.offset, item.offset + item.length)


def _iter_placeholder_parts(pieces: Sequence[ChannelPiece]) -> Iterator[EventPath]:
    """The pieces that hold a part of a placeholder, but not all of it."""
    text = _join(pieces)
    if b"REDACTED-" in text:
        ends = list(accumulate(len(piece.text) for piece in pieces))
        for match in PLACEHOLDER.finditer(text):
            first, last = bisect_right(ends, match.start()), bisect_left(ends, match.end())
            if first < last:
                yield from ((each.event, each.path) for each in pieces[first : last + 1])


def _join(pieces: Sequence[ChannelPiece]) -> bytes:
    return b"".join(piece.text for piece in pieces)
