"""Checks that redaction changes only secrets: not structure, order, times or any other byte."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import Any
from urllib.parse import quote, quote_plus

from corpus.joining import (
    NOT_JSON,
    Channels,
    Piece,
    Record,
    collect_channels,
    join_pieces,
    parse_json,
    split_records,
)
from corpus.spellings import escape_plain
from corpus.writing import Escape
from runreel.model import Answer, Exchange, Headers

Payloads = tuple[str, ...]
"""The texts of an exchange that contain its secrets, encoded as in the case."""

Extent = tuple[int, int]
"""Start and end offset in a text."""

_LOOSE = "logprobs"
"""Member of log-probabilities, which repeat the text by token and may be removed."""

_TOKENS = b'"top_logprobs"'
_MARK = "REDACTED"
_BLANK = re.compile(rb"\r\n\r\n|\n\n")


def find_shape_faults(before: Exchange, after: Exchange, payloads: Payloads) -> Iterator[str]:
    """Yield a description of each change of structure."""
    yield from _find_line_faults(before, after)
    yield from _find_frame_faults(before.answer, after.answer)
    for name, old, new in (
        ("request body", before.head.request.body, after.head.request.body),
        ("answer body", before.answer.body, after.answer.body),
    ):
        yield from (f"{name}: {fault}" for fault in _find_body_faults(old, new, payloads))


def find_joined_faults(before: bytes, after: bytes) -> Iterator[str]:
    """Yield a description of each pair of texts that were equal before, and differ after."""
    old, new = collect_channels(before), collect_channels(after)
    if old.keys() != new.keys():
        return
    texts = {path: join_pieces(pieces) for path, pieces in old.items() if _LOOSE not in path}
    for path, text in texts.items():
        equals = [one for one, other in texts.items() if other == text and one != path]
        if len(old[path]) > 1 and len(text) > 1:
            yield from (
                f"the joined text of {path[-4:]} no longer equals {one[-4:]}"
                for one in equals
                if join_pieces(new[path]) != join_pieces(new[one])
            )


def find_touched(before: bytes, after: bytes, payloads: Payloads, escape: Escape) -> Iterator[str]:
    """Yield a description of each change outside of the payloads."""
    old, new = collect_channels(before), collect_channels(after)
    spellings = list(_iter_spellings(payloads, escape))
    spans = {
        path: [
            span
            for spelling in spellings
            for span in _find_occurrences(join_pieces(pieces), spelling)
        ]
        for path, pieces in old.items()
    }
    holders = {
        piece.record
        for path, pieces in old.items()
        for piece in pieces
        if _find_overlapping(piece, spans[path])
    }
    old_records = split_records(before)
    broken = {place for place, record in enumerate(old_records) if _is_broken(record)}
    for place, (one, other) in enumerate(zip(old_records, split_records(after), strict=False)):
        if place in holders or any(spelling.encode() in one.raw for spelling in spellings):
            if _TOKENS not in one.raw:
                yield from _find_touched_text(one.raw, other.raw, spellings)
        elif one.raw != other.raw and place not in broken:
            yield f"record {place} holds nothing secret: {one.raw!r} became {other.raw!r}"
    for path, pieces in old.items():
        if _LOOSE not in path:
            pairs = zip(pieces, new.get(path, ()), strict=False)
            whole = (pair for pair in pairs if pair[0].record not in broken)
            yield from _find_touched_pieces(whole, spans[path])


def _is_broken(record: Record) -> bool:
    """Return whether the record is truncated JSON, of which nothing can be expected."""
    return record.data is NOT_JSON and record.text.startswith(("{", "["))


def _find_touched_pieces(
    pairs: Iterable[tuple[Piece, Piece]], spans: Sequence[Extent]
) -> Iterator[str]:
    for one, other in pairs:
        before, after = _split_unchanged(one, spans)
        if not (other.text.startswith(before) and other.text.endswith(after)):
            yield f"{one.text!r} became {other.text!r}"


def _find_occurrences(text: str, spelling: str) -> Iterator[Extent]:
    """Yield each span of a spelling in the text, also one that the end of the text cuts off."""
    yield from (match.span() for match in re.finditer(re.escape(spelling), text))
    begin_lengths = [
        length for length in range(1, len(spelling)) if text.endswith(spelling[:length])
    ]
    if begin_lengths:
        yield len(text) - begin_lengths[-1], len(text)


def _iter_spellings(payloads: Payloads, escape: Escape) -> Iterator[str]:
    """Yield the payloads in the encodings that the places use."""
    for text in payloads:
        yield from {text, escape(text), escape(escape_plain(text)), html.escape(text)}
        yield from {quote(text, safe=""), quote_plus(text)}


def _find_overlapping(piece: Piece, spans: Sequence[Extent]) -> list[Extent]:
    end = piece.start + len(piece.text)
    return [span for span in spans if span[0] < end and span[1] > piece.start]


def _split_unchanged(piece: Piece, spans: Sequence[Extent]) -> tuple[str, str]:
    """Return the parts of a piece before and after the range that may change."""
    overlapping = _find_overlapping(piece, spans)
    if not overlapping:
        return piece.text, ""
    first = max(min(start for start, _ in overlapping) - piece.start, 0)
    last = max(behind for _, behind in overlapping) - piece.start
    return piece.text[:first], piece.text[last:]


def _find_touched_text(before: bytes, after: bytes, spellings: Sequence[str]) -> Iterator[str]:
    """Yield a description if bytes around the whole payloads changed."""
    longest_first = sorted(spellings, key=len, reverse=True)
    pattern = b"|".join(re.escape(spelling.encode()) for spelling in longest_first)
    parts = re.split(pattern, before)
    position = 0
    for part in parts if len(parts) > 1 else ():
        start = after.find(part, position)
        if start < 0:
            yield f"bytes around it changed: {part[:60]!r} ..."
            return
        position = start + len(part)


def _find_line_faults(before: Exchange, after: Exchange) -> Iterator[str]:
    old, new = before.head.request, after.head.request
    if old.method != new.method or old.target.count(b"&") != new.target.count(b"&"):
        yield "the request line has another shape"
    for name, was, now in (
        ("request", old.headers, new.headers),
        ("answer", before.answer.headers, after.answer.headers),
    ):
        if _list_names(was) != _list_names(now):
            yield f"other headers in the {name}"
    yield from _find_length_faults(after.answer.headers, after.answer.body, "answer")
    yield from _find_length_faults(new.headers, new.body, "request")


def _list_names(headers: Headers) -> list[bytes]:
    return [name for name, _ in headers if name.lower() != b"content-encoding"]


def _find_length_faults(headers: Headers, body: bytes, what: str) -> Iterator[str]:
    for name, value in headers:
        if name.lower() == b"content-length" and int(value) != len(body):
            yield f"the {what}'s Content-Length is {value.decode()}, its body has {len(body)}"


def _find_frame_faults(before: Answer, after: Answer) -> Iterator[str]:
    if before.body and not after.body:
        yield "the answer lost its body"
    times = [[(frame.dt_us, frame.end_of_chunk) for frame in one.frames] for one in (before, after)]
    if times[0] != times[1]:
        yield "other frames or times"
        return
    if sum(frame.length for frame in after.frames) != len(after.body):
        yield "the frames' lengths do not add up to the body"
        return
    if any(name.lower() == b"content-encoding" for name, _ in before.headers):
        return
    old, new = _find_ends(before), _find_ends(after)
    if len(old[0]) != len(new[0]):
        return  # reported as a fault of the body
    aligned = [_align(*ends) for ends in (old, new)]
    if aligned[0] != aligned[1]:
        yield "a frame no longer ends with the event with which it ended"


def _find_ends(answer: Answer) -> tuple[list[int], list[int]]:
    ends = [blank.end() for blank in _BLANK.finditer(answer.body)]
    return ends, list(accumulate(frame.length for frame in answer.frames))


def _align(events: Sequence[int], frames: Sequence[int]) -> list[tuple[int, int]]:
    places = {end: place for place, end in enumerate(events)}
    return [(place, places[end]) for place, end in enumerate(frames) if end in places]


def _find_body_faults(before: bytes, after: bytes, payloads: Payloads) -> Iterator[str]:
    if before == after:
        return
    old, new = split_records(before), split_records(after)
    if len(old) != len(new):
        yield f"{len(old)} events or lines became {len(new)}"
        return
    for place, (one, other) in enumerate(zip(old, new, strict=True)):
        yield from (
            f"record {place}: {fault}" for fault in _find_record_faults(one, other, payloads)
        )
    yield from _find_inner_faults(collect_channels(before), collect_channels(after), payloads)


def _find_record_faults(old: Record, new: Record, payloads: Payloads) -> Iterator[str]:
    if old.fields != new.fields:
        yield "another name, id or comment"
    if not isinstance(old.data, str | dict | list):
        return  # a single digit is a piece of a text
    if new.data is NOT_JSON:
        yield "is no longer JSON"
    elif _build_skeleton(old.data, payloads) != _build_skeleton(new.data, payloads):
        yield "JSON of another structure"


def _find_inner_faults(old: Channels, new: Channels, payloads: Payloads) -> Iterator[str]:
    """Yield a description of each change of JSON in a text, such as a function's arguments."""
    for path, pieces in old.items():
        inner = parse_json(join_pieces(pieces))
        if not isinstance(inner, dict | list) or path not in new:
            continue
        now = parse_json(join_pieces(new[path]))
        if now is NOT_JSON:
            yield f"the text of {path} is no longer JSON"
        elif _build_skeleton(inner, payloads) != _build_skeleton(now, payloads):
            yield f"the text of {path} is JSON of another structure"


def _build_skeleton(value: Any, payloads: Payloads) -> Any:
    """Return the structure of JSON: all but the strings, and but a number that is the secret."""
    if isinstance(value, dict):
        return [
            (
                _mask_name(name, payloads),
                None if name == _LOOSE else _build_skeleton(inner, payloads),
            )
            for name, inner in value.items()
        ]
    if isinstance(value, list):
        return [_build_skeleton(inner, payloads) for inner in value]
    if isinstance(value, str):
        return "text"
    is_secret = isinstance(value, int) and (str(value) in payloads or value == 0)
    return "number" if is_secret else value


def _mask_name(name: str, payloads: Payloads) -> str:
    is_secret = _MARK in name or any(text in name for text in payloads)
    return "*" if is_secret else name
