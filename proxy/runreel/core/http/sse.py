"""Lossless splitting of a stream into server-sent events, and parsing of events.

Events are interpreted as the WHATWG HTML standard says in "Interpreting an event stream"
(https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation), but
nothing is discarded: the raw events, joined, are the stream, including comments. Bytes are split
before they are decoded, so that only CR, LF and CRLF end a line.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable
from itertools import chain, pairwise
from operator import itemgetter
from typing import NamedTuple

from runreel.core.regex.lazy_pattern import compile_later

BOM = b"\xef\xbb\xbf"
_LF = ord("\n")

_BLANK_LINE = compile_later(rb"\n(?<![^\n]\n)|\r(?<![^\r\n]\r)\n?")
"""An end of line at the start of the buffer or right after another one. The LF of a CRLF does not
count by itself. The look-behind comes after the first byte, because ``re`` searches fast for
patterns that start with a fixed byte."""

_BLANK_LF_LINE = compile_later(rb"\n(?<![^\n]\n)")
"""The same for streams without CR, which are the most common: seven times as fast."""

_RETRY_DIGITS = 18
"""Maximum number of digits of a ``retry`` field; longer numbers are ignored, as slow to parse."""
_MAX_PLAIN = 1 << 20
"""Bytes of a body that is split by the fastest way, which takes twice the memory."""

_PLAIN_EVENT = compile_later(rb"(?:event: ([^\r\n]++)\n)?data: ([^\r\n]*+)\n\n")
"""An event as most servers send it."""


class SseEvent(NamedTuple):
    """A parsed event."""

    event: str
    """Name of the event; ``message`` if it has none."""
    data: str
    """The data lines joined with LF; bytes that are not UTF-8 become U+FFFD."""
    id: str | None
    """None if the event has no valid ``id`` field; an empty one resets the last event id."""
    retry: int | None
    """Reconnection time in milliseconds."""
    comments: tuple[str, ...]
    complete: bool
    """True if the event is ended by a blank line."""
    dispatched: bool
    """True if a browser would dispatch the event: it is complete and has a data field."""


class StreamEvent(NamedTuple):
    """An event and its position in the stream."""

    event: SseEvent
    offset: int
    """Offset in the body, in bytes."""
    length: int
    """Length in bytes, including the blank line."""
    last_event_id: str
    """Id of this event or, if it has none, of the last event before it that has one."""


class SseSplitter:
    """Splits a stream, fed in pieces of any size, after each blank line."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._searched = 0
        self._blank_line = _BLANK_LF_LINE

    def feed(self, data: bytes) -> list[bytes]:
        """Add the next bytes; return the raw events that they complete, with their blank lines.

        An event whose blank line ends in CR is returned only when the next byte is known, which may
        be the LF of a CRLF.
        """
        self._buffer += data
        if b"\r" in data:
            self._blank_line = _BLANK_LINE
        ends = self._find_ends()
        if not ends:
            return []
        complete = bytes(self._buffer[: ends[-1]])
        del self._buffer[: ends[-1]]
        self._searched -= ends[-1]
        return [complete[start:end] for start, end in pairwise(chain((0,), ends))]

    def finish(self) -> bytes:
        """Return the remaining bytes: an incomplete event, one that ends in CR, or nothing."""
        tail = bytes(self._buffer)
        self._buffer.clear()
        self._searched = 0
        return tail

    def _find_ends(self) -> array[int]:
        blanks = self._blank_line.finditer(self._buffer, self._searched)
        ends = array("q", map(re.Match.end, blanks))
        self._searched = len(self._buffer)
        may_be_half_a_crlf = ends and ends[-1] == self._searched and self._buffer[-1:] == b"\r"
        if may_be_half_a_crlf:
            self._searched = ends.pop() - 1
        return ends


def split_body(body: bytes) -> list[bytes]:
    """Return the raw events of a whole body, the last of which may be incomplete."""
    events = _split_plain(body) if len(body) <= _MAX_PLAIN and b"\r" not in body else None
    if events is None:
        splitter = SseSplitter()
        events = [*splitter.feed(body), splitter.finish()]
    return events if events[-1] else events[:-1]


def _split_plain(body: bytes) -> list[bytes] | None:
    """Return the events and what follows the last one; None if an end of line begins any."""
    *pieces, rest = body.split(b"\n\n")
    if not all(pieces) or _LF in map(itemgetter(0), pieces) or rest.startswith(b"\n"):
        return None
    return [*[piece + b"\n\n" for piece in pieces], rest]


def parse_event(raw: bytes, *, is_first: bool = False) -> SseEvent:
    """Parse a raw event, complete or not; the first one of a stream may start with a BOM."""
    plain = _PLAIN_EVENT.fullmatch(raw)
    if plain is not None:
        name, data = plain.groups(b"message")
        return SseEvent(_decode_text(name), _decode_text(data), None, None, (), True, True)
    return _parse_lines(raw, is_first=is_first)


def _parse_lines(raw: bytes, *, is_first: bool) -> SseEvent:
    lines = (raw.removeprefix(BOM) if is_first else raw).splitlines()
    name, data, last_id, retry, comments = "", bytearray(), None, None, []
    for line in lines:
        field, colon, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if field == b"data":
            data += value + b"\n"  # joining a list of them would take 80 bytes for each
        elif field == b"event":
            name = _decode_text(value)
        elif field == b"id" and b"\0" not in value:
            last_id = _decode_text(value)
        elif field == b"retry" and value.isdigit() and len(value) <= _RETRY_DIGITS:
            retry = int(value)
        elif colon and not field:
            comments.append(_decode_text(value))
    complete = lines[-1:] == [b""]
    return SseEvent(
        event=name or "message",
        data=_decode_text(data[:-1]),
        id=last_id,
        retry=retry,
        comments=tuple(comments),
        complete=complete,
        dispatched=complete and bool(data),
    )


def parse_events(body: bytes) -> list[StreamEvent]:
    """Parse a complete body. If the stream was cut off, its last event is not ``complete``."""
    return parse_raw_events(split_body(body))


def parse_raw_events(raw_events: Iterable[bytes]) -> list[StreamEvent]:
    """Parse all events of a stream, given as they are split by ``SseSplitter``."""
    events: list[StreamEvent] = []
    offset, last_event_id = 0, ""
    before: bytes | None = None
    for raw in filter(None, raw_events):
        if raw != before:
            event = parse_event(raw, is_first=offset == 0)
        before = raw if offset else None
        last_event_id = last_event_id if event.id is None else event.id
        events.append(StreamEvent(event, offset, len(raw), last_event_id))
        offset += len(raw)
    return events


def _decode_text(value: bytes | bytearray) -> str:
    return value.decode("utf-8", "replace")
