"""Spans: which bytes of a text make way for which placeholder, and what that does to the frames.

Finders say where secrets stand in one text (a header's value, a target, a body, a channel);
whatever finds them, they are settled here and become edits of the bytes that came. All other bytes
stay as they were.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, pairwise
from typing import NamedTuple

from runreel.model import Frame

_ESCAPE = re.compile(rb'\\(?:u[0-9a-fA-F]{4}|["\\/bfnrt])')
_MAX_ESCAPE = 6
_MAX_BACKSLASHES = 64
"""Backslashes in a row, an even number, that tell whether the next one begins an escape."""


class Span(NamedTuple):
    """Bytes that make way for a placeholder, and the rule that says so."""

    start: int
    end: int
    placeholder: bytes
    rule: str


def merge_spans(spans: Iterable[Span], data: bytes) -> list[Span]:
    """The spans in order and apart: overlapping ones become one, which the longest (else the first)
    gives its placeholder."""
    apart: list[Span] = []
    whole = (_extend_to_escapes(span, data) for span in spans)
    for span in sorted(whole, key=lambda span: (span.start, -span.end)):
        if apart and span.start < apart[-1].end:
            apart[-1] = _merge(apart[-1], span)
        else:
            apart.append(span)
    return apart


class Edit(NamedTuple):
    """Bytes of a body that make way for others."""

    start: int
    end: int
    data: bytes


def build_edits(
    span: Span, ranges: Iterable[tuple[int, int]], frame_ends: Sequence[int]
) -> list[Edit]:
    """The span's placeholder, dealt out to the ranges of the body where the secret stood.

    A range is cut where a frame ends (``cuts``, rising), so that no frame ends within a piece. Each
    piece gets its share, and none becomes empty unless there are more of them than characters.
    """
    pieces = [piece for whole in ranges for piece in _split_range(*whole, frame_ends)]
    sizes = split_by_weight(len(span.placeholder), [end - start for start, end in pieces])
    ends = accumulate(sizes)
    return [
        Edit(start, end, span.placeholder[behind - size : behind])
        for (start, end), size, behind in zip(pieces, sizes, ends, strict=True)
    ]


def apply_edits(data: bytes, edits: Sequence[Edit]) -> bytes:
    """The data with all edits made; they are in order and apart."""
    if not edits:
        return data
    written = bytearray()
    read = 0
    for edit in edits:
        written += data[read : edit.start]
        written += edit.data
        read = edit.end
    written += data[read:]
    return bytes(written)


def adjust_frames(frames: Sequence[Frame], edits: Sequence[Edit]) -> tuple[Frame, ...]:
    """The frames of the rewritten body; one that ends within an edit shares it in proportion."""
    ends = _shift_offsets((0, *_iter_frame_ends(frames)), edits)
    lengths = (end - start for start, end in pairwise(ends))
    return tuple(
        frame._replace(length=length) for frame, length in zip(frames, lengths, strict=True)
    )


def get_frame_ends(frames: Sequence[Frame]) -> list[int]:
    """Where in the body each frame ends."""
    return list(_iter_frame_ends(frames))


def _split_range(start: int, end: int, frame_ends: Sequence[int]) -> Iterator[tuple[int, int]]:
    within = frame_ends[bisect_right(frame_ends, start) : bisect_left(frame_ends, end)]
    yield from pairwise((start, *dict.fromkeys(within), end))


def split_by_weight(size: int, weights: Sequence[int]) -> list[int]:
    """``size`` in whole parts by weight, one at least for each if there are enough."""
    if not any(weights):
        weights = [1] * len(weights)
    least = int(size >= len(weights))
    spare = size - least * len(weights)
    total = sum(weights)
    ends = [spare * reached // total for reached in accumulate(weights, initial=0)]
    return [least + end - start for start, end in pairwise(ends)]


def _merge(one: Span, other: Span) -> Span:
    longest = max(one, other, key=lambda span: span.end - span.start)
    return longest._replace(start=one.start, end=max(one.end, other.end))


def _extend_to_escapes(span: Span, data: bytes) -> Span:
    r"""The span, grown over a JSON escape that it would cut: ``nfoo`` in ``\nfoo``."""
    start = next(
        (at for at, end in _iter_escapes_at(data, span.start) if end > span.start), span.start
    )
    end = next((end for _, end in _iter_escapes_at(data, span.end) if end > span.end), span.end)
    return span._replace(start=start, end=end)


def _iter_escapes_at(data: bytes, position: int) -> Iterator[tuple[int, int]]:
    """The JSON escapes that begin shortly before the position, as start and end."""
    at = data.find(b"\\", max(position - _MAX_ESCAPE + 1, 0), position)
    if at < 0:
        return
    before = data[max(at - _MAX_BACKSLASHES, 0) : at]
    is_second_half = (len(before) - len(before.rstrip(b"\\"))) % 2 == 1
    for match in _ESCAPE.finditer(data, at + is_second_half, position + _MAX_ESCAPE):
        if match.start() < position:
            yield match.span()


def _iter_frame_ends(frames: Sequence[Frame]) -> Iterator[int]:
    return accumulate(frame.length for frame in frames)


def _shift_offsets(offsets: Iterable[int], edits: Sequence[Edit]) -> Iterator[int]:
    """Where each position, in rising order, stands once the edits are made."""
    rest = iter((*edits, None))
    edit = next(rest)
    shift = 0
    for position in offsets:
        while edit is not None and edit.end <= position:
            shift += len(edit.data) - (edit.end - edit.start)
            edit = next(rest)
        if edit is None or position <= edit.start:
            yield position + shift
        else:
            share = (position - edit.start) / (edit.end - edit.start)
            yield edit.start + shift + round(share * len(edit.data))
