"""Spans: which bytes of a text are replaced by which placeholder, and the edits that follow.

Finders report spans of one text (a header's value, a target, a body, a channel). Here overlapping
spans are merged, turned into edits of the body, and the frames are adjusted to the new lengths. All
other bytes stay as they were.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, pairwise
from typing import NamedTuple

from runreel.core.http.binary.message_stream import is_message_stream, mend
from runreel.core.regex.lazy_pattern import compile_later
from runreel.model import Frame, list_lengths

_ESCAPE = compile_later(rb'\\(?:u[0-9a-fA-F]{4}|["\\/bfnrt])')
_MAX_ESCAPE = 6
"""Bytes."""
_MAX_BACKSLASHES = 64
"""Backslashes that are counted before a backslash, to tell whether it begins an escape. Even, so
that a longer run is taken for an even number of them."""


class Span(NamedTuple):
    """Bytes of a text that a placeholder replaces, and the rule that found them."""

    start: int
    end: int
    placeholder: bytes
    rule: str


def merge_spans(spans: Iterable[Span], data: bytes) -> list[Span]:
    """Return the spans of ``data`` in order, overlapping ones merged and no JSON escape cut.

    Merged spans get the placeholder of the longest, of equally long ones that of the first.
    """
    merged: list[Span] = []
    if b"\\" in data:
        spans = [_extend_to_escapes(span, data) for span in spans]
    for span in sorted(spans, key=lambda span: (span.start, -span.end)):
        if merged and span.start < merged[-1].end:
            merged[-1] = _merge(merged[-1], span)
        else:
            merged.append(span)
    return merged


class Edit(NamedTuple):
    """A range of a body, and the bytes that replace it."""

    start: int
    end: int
    data: bytes


def build_edits(
    span: Span, ranges: Iterable[tuple[int, int]], frame_ends: Sequence[int]
) -> list[Edit]:
    """Distribute the span's placeholder over the ranges of the body that held the secret.

    Ranges are split at ``frame_ends`` (ascending), so that no frame ends within an edit. Each edit
    gets a share in proportion to its length, at least one byte while there are enough:
    ``REDACTED-x-1`` over ranges of 2 and 4 bytes becomes ``REDA`` and ``CTED-x-1``.
    """
    pieces = [piece for whole in ranges for piece in _split_range(*whole, frame_ends)]
    if len(pieces) == 1:
        return [Edit(*pieces[0], span.placeholder)]
    sizes = split_by_weight(len(span.placeholder), [end - start for start, end in pieces])
    share_ends = accumulate(sizes)
    return [
        Edit(start, end, span.placeholder[share_end - size : share_end])
        for (start, end), size, share_end in zip(pieces, sizes, share_ends, strict=True)
    ]


def apply_edits(data: bytes, edits: Sequence[Edit]) -> bytes:
    """Return the data with all edits made; they are in order and do not overlap.

    Lengths and checksums of a binary stream of events are adjusted to them.
    """
    if not edits:
        return data
    edited = _replace_ranges(data, edits)
    return mend(data, edited, edits) if is_message_stream(data) else edited


def _replace_ranges(data: bytes, edits: Sequence[Edit]) -> bytes:
    result = bytearray()
    position = 0
    for edit in edits:
        result += data[position : edit.start]
        result += edit.data
        position = edit.end
    result += data[position:]
    return bytes(result)


def adjust_frames(frames: Sequence[Frame], edits: Sequence[Edit]) -> tuple[Frame, ...]:
    """Return the frames of the edited body.

    The new bytes of an edit that crosses a frame's end are shared in proportion.
    """
    ends = _shift_offsets((0, *_iter_frame_ends(frames)), edits)
    lengths = (end - start for start, end in pairwise(ends))
    return tuple(
        frame._replace(length=length) for frame, length in zip(frames, lengths, strict=True)
    )


def get_frame_ends(frames: Sequence[Frame]) -> list[int]:
    """Return the offset in the body where each frame ends."""
    return list(_iter_frame_ends(frames))


def _split_range(start: int, end: int, frame_ends: Sequence[int]) -> Iterable[tuple[int, int]]:
    """Return the parts of a range, split where a frame ends within it."""
    inner = frame_ends[bisect_right(frame_ends, start) : bisect_left(frame_ends, end)]
    return pairwise((start, *dict.fromkeys(inner), end)) if inner else ((start, end),)


def split_by_weight(size: int, weights: Sequence[int]) -> list[int]:
    """Split ``size`` into whole parts by weight, each at least 1 if ``size`` allows it."""
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
    r"""Extend the span over a JSON escape that it would cut: ``nfoo`` in ``\nfoo``."""
    at_start = _iter_escapes_at(data, span.start)
    at_end = _iter_escapes_at(data, span.end)
    start = next((start for start, end in at_start if end > span.start), span.start)
    end = next((end for _, end in at_end if end > span.end), span.end)
    return span._replace(start=start, end=end)


def _iter_escapes_at(data: bytes, position: int) -> Iterator[tuple[int, int]]:
    """Yield start and end of the JSON escapes that begin in the few bytes before the position."""
    at = data.find(b"\\", max(position - _MAX_ESCAPE + 1, 0), position)
    if at < 0:
        return
    before = data[max(at - _MAX_BACKSLASHES, 0) : at]
    is_second_half = (len(before) - len(before.rstrip(b"\\"))) % 2 == 1
    for match in _ESCAPE.finditer(data, at + is_second_half, position + _MAX_ESCAPE):
        if match.start() < position:
            yield match.span()


def _iter_frame_ends(frames: Sequence[Frame]) -> Iterator[int]:
    return accumulate(list_lengths(frames))


def _shift_offsets(offsets: Iterable[int], edits: Sequence[Edit]) -> Iterator[int]:
    """Yield the place of each offset, in ascending order, once the edits are made."""
    rest = iter((*edits, None))
    edit = next(rest)
    shift = 0
    for offset in offsets:
        while edit is not None and edit.end <= offset:
            shift += len(edit.data) - (edit.end - edit.start)
            edit = next(rest)
        if edit is None or offset <= edit.start:
            yield offset + shift
        else:
            share = (offset - edit.start) / (edit.end - edit.start)
            yield edit.start + shift + round(share * len(edit.data))
