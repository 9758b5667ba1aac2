"""Spans: which bytes of a text make way for which placeholder, and what that does to the frames.

Finders say where secrets stand in one text (a header's value, a target, a body); whatever finds
them, they are settled and written here. All other bytes stay as they were.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from runreel.model import Frame

_ESCAPE = re.compile(rb'\\(?:u[0-9a-fA-F]{4}|["\\/bfnrt])')
_ESCAPE_LENGTH = 6
_LONGEST_RUN = 64
"""Backslashes in a row, an even number, that tell whether the next one begins an escape."""


class Span(NamedTuple):
    """Bytes that make way for a placeholder, and the rule that says so."""

    start: int
    end: int
    placeholder: bytes
    rule: str


def settled(spans: Iterable[Span], data: bytes) -> list[Span]:
    """The spans in order and apart: overlapping ones become one, which the longest (else the first)
    gives its placeholder."""
    apart: list[Span] = []
    whole = (_whole_escapes(span, data) for span in spans)
    for span in sorted(whole, key=lambda span: (span.start, -span.end)):
        if apart and span.start < apart[-1].end:
            apart[-1] = _union(apart[-1], span)
        else:
            apart.append(span)
    return apart


def rewritten(data: bytes, spans: Sequence[Span]) -> bytes:
    """The data with a placeholder in place of each settled span."""
    if not spans:
        return data
    pieces: list[bytes] = []
    read = 0
    for span in spans:
        pieces += (data[read : span.start], span.placeholder)
        read = span.end
    return b"".join((*pieces, data[read:]))


def reframed(frames: Sequence[Frame], spans: Sequence[Span]) -> tuple[Frame, ...]:
    """The frames of the rewritten body; a placeholder over several is shared out in proportion."""
    ends = _moved((0, *_ends(frames)), spans)
    lengths = (end - start for start, end in pairwise(ends))
    return tuple(
        frame._replace(length=length) for frame, length in zip(frames, lengths, strict=True)
    )


def _union(one: Span, other: Span) -> Span:
    longest = max(one, other, key=lambda span: span.end - span.start)
    return longest._replace(start=one.start, end=max(one.end, other.end))


def _whole_escapes(span: Span, data: bytes) -> Span:
    r"""The span, grown over a JSON escape that it would cut: ``nfoo`` in ``\nfoo``."""
    start = next((at for at, end in _escapes(data, span.start) if end > span.start), span.start)
    end = next((end for _, end in _escapes(data, span.end) if end > span.end), span.end)
    return span._replace(start=start, end=end)


def _escapes(data: bytes, position: int) -> Iterator[tuple[int, int]]:
    """The JSON escapes that begin shortly before the position, as start and end."""
    at = data.find(b"\\", max(position - _ESCAPE_LENGTH + 1, 0), position)
    if at < 0:
        return
    before = data[max(at - _LONGEST_RUN, 0) : at]
    is_second_half = (len(before) - len(before.rstrip(b"\\"))) % 2 == 1
    for match in _ESCAPE.finditer(data, at + is_second_half, position + _ESCAPE_LENGTH):
        if match.start() < position:
            yield match.span()


def _ends(frames: Sequence[Frame]) -> Iterator[int]:
    end = 0
    for frame in frames:
        end += frame.length
        yield end


def _moved(positions: Iterable[int], spans: Sequence[Span]) -> Iterator[int]:
    """Where each position, in rising order, stands once the spans are rewritten."""
    rest = iter((*spans, None))
    span = next(rest)
    shift = 0
    for position in positions:
        while span is not None and span.end <= position:
            shift += len(span.placeholder) - (span.end - span.start)
            span = next(rest)
        if span is None or position <= span.start:
            yield position + shift
        else:
            share = (position - span.start) / (span.end - span.start)
            yield span.start + shift + round(share * len(span.placeholder))
