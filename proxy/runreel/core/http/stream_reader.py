r"""The one reader of streams: recognises a stream by its bytes, and splits it without loss.

A body is a stream if it is made of several events, in one of these framings:

=============  ==================================================================
framing        example
=============  ==================================================================
SSE            ``: hi\n\ndata: {"a": 1}\n\n`` (``sse``)
values         ``{"a": 1}\n{"a": 2}\n``, with or without line ends, also pretty-printed
sequence       ``\x1e{"a": 1}\n\x1e{"a": 2}\n`` (RFC 7464)
array          ``[{"a": 1},\n{"a": 2}]``, each object at the start of a line
typed lines    ``0:"a"\n1:"b"\n``, the data stream protocol of the AI SDK
messages       binary, with lengths and checksums (``message_stream``); the data of one that
               holds an event in base64 is that event (``packed_event``)
=============  ==================================================================

Servers often send a stream with the media type of a document, or with none. Therefore the media
type decides only where the bytes do not: for streams of a single event, or without any. A JSON
document is not a stream: nothing but a comma can stand between two objects in it, and JSON that is
printed on many lines is indented, so that no object of an array is at the start of a line.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from enum import Enum, auto
from itertools import accumulate, pairwise, repeat
from typing import NamedTuple, TypeAlias

from runreel.core.http import sse
from runreel.core.http.binary.message_stream import (
    MessageLayout,
    find_message_layout,
    get_message_name,
    is_message_stream,
    split_messages,
)
from runreel.core.http.binary.packed_event import find_packed_event
from runreel.core.http.headers import get_content_type
from runreel.core.http.sse import SseEvent, StreamEvent
from runreel.core.regex.lazy_pattern import compile_later
from runreel.model import Headers

MAX_EVENTS = 100_000
"""Most events of a stream that are read. Its bytes have no such limit."""
MAX_COMPARED_EVENTS = 50_000
"""The same where two streams are compared, which takes more than twice as long."""
TOO_MANY_EVENTS = "too_many_events"
"""Name of the event in the place of those that are not read."""

LAST_EVENTS = 100
"""Events that are read at the end of a longer stream: they report the usage, and end it."""
_SHOWN_DIGITS = 16

LINE_PREFIX = compile_later(rb"(?:\xef\xbb\xbf)?(?!id:)([0-9a-z]{1,2}):(?=[{\[\"])")
"""The type before a line of JSON in the data stream protocol of the AI SDK: ``0:"Hello"``."""

_LINE_MEDIA_TYPES = (b"ndjson", b"jsonl", b"json-seq")

_SSE_START = compile_later(
    rb"(?:\xef\xbb\xbf)?"
    rb"(?:[ \t]*+(?:\r\n?|\n)|(?::|(?:id|retry)(?=[:\r\n]))[^\r\n]*+(?:\r\n?|\n))*+"
    rb"(?:data|event):"
)
"""Comments, ids, reconnection times and blank lines, and then the first event. Anything else before
it is prose, which may contain such a line as well."""

_LEAD = compile_later(rb"(?:\xef\xbb\xbf)?[,\x1e \t\r\n]*+")
_OPENING = compile_later(rb"\[[ \t\r\n]*+(?=\{)")
"""The start of an array of objects."""

_ITEM_BORDER = compile_later(rb"[ \t\r\n]*+(?:(?<=[\r\n]),|,[ \t\r\n]*+(?<=[\r\n]))(?=\{)")
"""The comma between objects of an array, the second of which is at the start of a line."""

_BORDER_OF_OBJECTS = re.compile(
    rb"\}[ \t\r\n\x1e]*+(?:[{\[]|(?<=[\r\n]),\{|,[ \t\r\n]*+(?<=[\r\n])\{)"
)
_BORDER = compile_later(rb"\][ \t\r\n\x1e]*+[{\[]|" + _BORDER_OF_OBJECTS.pattern)
"""Necessary conditions of a second value: they are checked much faster than JSON is parsed."""

_OBJECT_LINES = compile_later(rb"(?:\{[^\r\n]*+(?<=\})\n)++(?:\{[^\r\n]*+\n?)?")
_BORDER_IN_LINE = compile_later(rb"\}[ \t\x1e]*+[{\[]")
"""Objects on lines of their own, the last of which may be cut off; none has two of them. This is
the most common framing but SSE, and checked without parsing the JSON."""

_END_OF_LINE = compile_later(rb"[ \t]*+(?:\r\n?|\n)?")
_BLANK_LINES = compile_later(rb"[ \t\r\n]*+")
_SEPARATOR = compile_later(rb"(?:[,\x1e][\x1e \t\r\n]*+)?")

_RESUME = compile_later(rb"[\r\n](?=[{\[\x1e,])")
"""The end of a line, after one with a broken value, where the next one may begin with a value."""

_LINE = compile_later(rb"[^\r\n]++(?:\r\n?|\n)?|[\r\n]++")

_MAX_BROKEN = 8
"""Broken values, after which a body is split into lines: each may cost as much as the rest."""

_DECODER = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=str, strict=False)
"""Accepts control characters and numbers of any length, since only borders are of interest."""


LazyEvent: TypeAlias = tuple[int, bytes, StreamEvent | None]
"""The offset of an event, its bytes, and what ``sse.parse_event`` still has to parse: None."""


class _Framing(Enum):
    """The way in which the events of a stream are told apart, as far as it matters to read them."""

    SSE = auto()
    RECORDS = auto()
    MESSAGES = auto()


class _RawStream(NamedTuple):
    """The events of a stream, which joined are the body."""

    framing: _Framing
    events: Sequence[bytes]


def split_stream(headers: Headers, body: bytes) -> Sequence[bytes] | None:
    """Return the raw events of a stream, which joined are the body; None if it is not a stream."""
    stream = _find_stream(headers, body)
    return None if stream is None else stream.events


def read_stream(
    headers: Headers, body: bytes, max_events: int = MAX_EVENTS
) -> list[StreamEvent] | None:
    """Return the events of a stream, which together cover the body; None if it is not a stream.

    The brackets around an array belong to its first and its last event. Of more than
    ``max_events`` events, those before the last ones are merged into one that is not read, whose
    name is ``TOO_MANY_EVENTS``.
    """
    stream = _find_stream(headers, body)
    return None if stream is None else _read_events(stream, body, max_events)


def read_stream_lazily(
    headers: Headers, body: bytes, max_events: int = MAX_EVENTS
) -> Iterable[LazyEvent] | None:
    """Return the events as ``read_stream`` does, but parse no SSE."""
    stream = _find_stream(headers, body)
    if stream is None:
        return None
    if stream.framing is _Framing.SSE and len(stream.events) <= max_events:
        offsets = accumulate(map(len, stream.events), initial=0)
        return zip(offsets, stream.events, repeat(None))
    events = _read_events(stream, body, max_events)
    return ((each.offset, body[each.offset : each.offset + each.length], each) for each in events)


def _read_events(stream: _RawStream, body: bytes, max_events: int) -> list[StreamEvent]:
    is_long = len(stream.events) > max_events
    events = _read_ends(stream, body, max_events) if is_long else _parse_events(stream)
    return _merge_brackets(events) if stream.framing is _Framing.RECORDS else events


def _parse_events(stream: _RawStream) -> list[StreamEvent]:
    if stream.framing is _Framing.SSE:
        return sse.parse_raw_events(stream.events)
    is_message = stream.framing is _Framing.MESSAGES
    return list((_iter_message_events if is_message else _iter_record_events)(stream.events))


def _read_ends(stream: _RawStream, body: bytes, max_events: int) -> list[StreamEvent]:
    """Return the first and the last events of a long stream, and one in the place of the others."""
    last = stream.events[-LAST_EVENTS:]
    events = _parse_events(stream._replace(events=stream.events[: max_events - LAST_EVENTS]))
    start, end = events[-1].offset + events[-1].length, len(body) - sum(map(len, last))
    merged = _describe_merged(len(stream.events) - max_events, body[start:end])
    events.append(StreamEvent(merged, start, end - start, events[-1].last_event_id))
    ending = _parse_events(stream._replace(events=last))
    return events + [each._replace(offset=end + each.offset) for each in ending]


def _describe_merged(count: int, raw: bytes) -> SseEvent:
    """Return the event that takes the place of others; it is equal if their bytes are."""
    digest = hashlib.sha256(raw).hexdigest()[:_SHOWN_DIGITS]
    return SseEvent(
        event=TOO_MANY_EVENTS,
        data=f"{count} more events, {len(raw)} bytes, sha256 {digest}",
        id=None,
        retry=None,
        comments=(),
        complete=False,
        dispatched=False,
    )


def find_record_data(raw: bytes) -> tuple[int, int]:
    """Return the range of the JSON in a raw event of a stream that is not SSE.

    It leaves out separators before the JSON, and the brackets around an array of events.
    """
    start, end = _measure_lead(raw), len(raw)
    if raw[start:].rstrip() == b"[":
        return end, end
    inner_end = len(raw.rstrip(b"], \t\r\n"))
    is_item = raw[start : start + 1] == b"{" and raw[:inner_end].endswith(b"}")
    return start, inner_end if is_item else end


def _find_stream(headers: Headers, body: bytes) -> _RawStream | None:
    if is_message_stream(body):
        return _RawStream(_Framing.MESSAGES, split_messages(body))
    values = _split_values(body)
    if values is not None:
        return _RawStream(_Framing.RECORDS, values)
    if _SSE_START.match(body):
        return _RawStream(_Framing.SSE, sse.split_body(body))
    if LINE_PREFIX.match(body, _measure_lead(body)):
        return _RawStream(_Framing.RECORDS, _LINE.findall(body))
    media_type = get_content_type(headers).lower()
    if media_type.startswith(b"text/event-stream"):
        return _RawStream(_Framing.SSE, sse.split_body(body))
    is_lines = any(name in media_type for name in _LINE_MEDIA_TYPES)
    return _RawStream(_Framing.RECORDS, _LINE.findall(body)) if is_lines else None


def _split_values(body: bytes) -> list[bytes] | None:
    """Return the values of a body, each with its separators; None unless there are at least two."""
    at = _measure_lead(body)
    first, is_sequence = body[at : at + 1], b"\x1e" in body[:at]
    border = _BORDER_OF_OBJECTS if first == b"{" else _BORDER
    is_alone = first in (b"{", b"[") and not is_sequence and border.search(body, at) is None
    if is_alone or first not in (b"{", b"[", b'"'):
        return None
    if _OBJECT_LINES.fullmatch(body) and _BORDER_IN_LINE.search(body) is None:
        return body.splitlines(keepends=True)
    starts = _ValueSplitter(body, at).find_starts()
    return [body[start:end] for start, end in pairwise([*starts, len(body)])] if starts else None


class _ValueSplitter:
    """Finds the values of a body that begins with one."""

    def __init__(self, body: bytes, at: int) -> None:
        """``at``: the offset of the first value."""
        self._body = body
        self._text = body.decode("latin-1")
        """The body with one character for each byte, so that the offsets are the same."""
        self._at = at
        self._starts = [0]
        self._value_count = 1
        self._broken_count = 0

    def find_starts(self) -> Sequence[int]:
        """Return the start of each value, and of what is between them.

        Return nothing if there is only one value, or if it continues as prose.
        """
        self._skip_opening()
        while self._skip_value() and self._skip_gap():
            pass
        return self._starts if self._value_count > 1 else ()

    def _skip_opening(self) -> None:
        """Skip the bracket of an array whose objects are events."""
        opening = _OPENING.match(self._body, self._at)
        end = None if opening is None else _find_value_end(self._text, opening.end())
        if opening is not None and end is not None and _ITEM_BORDER.match(self._body, end):
            self._at = opening.end()
            self._starts.append(self._at)

    def _skip_value(self) -> bool:
        """Skip a value or, if it is broken, the lines up to the next one; False if there is none.

        The first value must at least end like one.
        """
        end = _find_value_end(self._text, self._at)
        if end is None:
            self._broken_count += 1
            resumed = _RESUME.search(self._body, self._at)
            end = None if resumed is None else resumed.end()
            ends_like_one = self._body[self._at : end].rstrip().endswith((b"}", b"]", b'"'))
            if end is None or (self._value_count == 1 and not ends_like_one):
                return False
            if self._broken_count > _MAX_BROKEN:
                self._split_rest_into_lines()
                return False
        self._at = end
        return True

    def _skip_gap(self) -> bool:
        """Skip what is between two values; False at the end of the body, and before prose."""
        start = self._at
        for pattern in (_END_OF_LINE, _BLANK_LINES):
            start = _find_end(pattern, self._body, start)
            if self._starts[-1] < start < len(self._body):
                self._starts.append(start)
        start = _find_end(_SEPARATOR, self._body, start)
        first = self._body[start : start + 1]
        is_on_new_line = self._body[start - 1 : start] in (b"\n", b"\r", b"\x1e")
        if first in (b"{", b"[") or (first == b'"' and is_on_new_line):
            self._value_count += 1
        elif first not in (b"", b"]") and not is_on_new_line:
            self._value_count = 0
        self._at = start
        return bool(first) and self._value_count > 0

    def _split_rest_into_lines(self) -> None:
        lines = _LINE.finditer(self._body, self._starts[-1])
        self._starts += [line.start() for line in lines][1:]


def _iter_record_events(events: Iterable[bytes]) -> Iterator[StreamEvent]:
    """Yield the events of a stream that is not SSE; each is complete if it is on a line."""
    offset = 0
    for raw in events:
        prefix = LINE_PREFIX.match(raw)
        start, end = find_record_data(raw) if prefix is None else (prefix.end(), len(raw))
        data = raw[start:end].strip()
        name = "message" if prefix is None else prefix[1].decode()
        complete = raw.endswith((b"\n", b"\r")) or _is_value(data)
        event = SseEvent(
            event=name,
            data=data.decode("utf-8", "replace"),
            id=None,
            retry=None,
            comments=(),
            complete=complete,
            dispatched=complete and bool(data),
        )
        yield StreamEvent(event, offset, len(raw), "")
        offset += len(raw)


def _iter_message_events(events: Iterable[bytes]) -> Iterator[StreamEvent]:
    """Yield the events of a stream of binary messages; each is complete if nothing is cut off."""
    offset = 0
    for raw in events:
        layout = find_message_layout(raw)
        name = b"" if layout is None else get_message_name(raw, layout)
        data = raw if layout is None else _get_message_data(raw, layout)
        complete = layout is not None and layout.length == len(raw)
        event = SseEvent(
            event=name.decode("utf-8", "replace") or "message",
            data=data.decode("utf-8", "replace"),
            id=None,
            retry=None,
            comments=(),
            complete=complete,
            dispatched=complete and bool(data),
        )
        yield StreamEvent(event, offset, len(raw), "")
        offset += len(raw)


def _get_message_data(raw: bytes, layout: MessageLayout) -> bytes:
    """Return the payload of a message, or the event that it holds in base64."""
    packed = find_packed_event(raw, layout)
    return raw[layout.headers_end : layout.payload_end] if packed is None else packed.data


def _merge_brackets(events: list[StreamEvent]) -> list[StreamEvent]:
    """Return the events of an array with its brackets in the first and the last event."""
    if len(events) > 1 and not events[0].event.data:
        first = events[1]._replace(offset=0, length=events[0].length + events[1].length)
        events = [first, *events[2:]]
        if events[-1].event.data == "]":
            last = events[-2]
            length = last.length + events[-1].length
            events[-2:] = [last._replace(length=length)]
    return events


def _measure_lead(body: bytes) -> int:
    """Return the length of the byte order mark, separators and blank lines before the data."""
    return _find_end(_LEAD, body, 0)


def _find_value_end(text: str, start: int) -> int | None:
    """Return the end of the JSON value at ``start``; None if there is none."""
    try:
        return _DECODER.raw_decode(text, start)[1]
    except (ValueError, RecursionError):
        return None


def _is_value(data: bytes) -> bool:
    return _find_value_end(data.decode("latin-1"), 0) == len(data)


def _find_end(pattern: re.Pattern[bytes], body: bytes, start: int) -> int:
    """Return the end of a pattern that matches anywhere."""
    match = pattern.match(body, start)
    return start if match is None else match.end()
