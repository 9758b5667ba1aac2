"""Lossless splitting of a stream into server-sent events, and the reading of one.

What a stream means is the WHATWG HTML standard's "interpreting an event stream"
(https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation); here
nothing is thrown away on the way to it: the raw events, joined, are the stream, comments and all.
Bytes are split before they are decoded, so that only CR, LF and CRLF end a line.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import NamedTuple

BOM = b"\xef\xbb\xbf"

_BLANK_LINE = re.compile(rb"\n(?<![^\n]\n)|\r(?<![^\r\n]\r)\n?")
"""A line end at the start of the buffer, or right after another; the LF of a CRLF is none.

It looks back after its first byte, not before: a fixed first byte is what makes searching fast."""

_BLANK_LF_LINE = re.compile(rb"\n(?<![^\n]\n)")
"""The same where there is no CR: seven times as fast, and most streams have none."""

_RETRY_DIGITS = 18
"""More than enough milliseconds; a longer number is no time, and slow to read."""


class SseEvent(NamedTuple):
    """What one raw event says."""

    event: str
    """Its name; ``message`` where it has none."""
    data: str
    """The data lines joined with LF; U+FFFD stands where bytes were not UTF-8."""
    id: str | None
    """None where the event has no valid ``id`` field; an empty one resets the last event id."""
    retry: int | None
    """Reconnection time in milliseconds."""
    comments: tuple[str, ...]
    complete: bool
    """Whether the blank line that ends an event has come."""
    dispatched: bool
    """Whether a browser would hand it on: complete, and with at least one data field."""


class StreamEvent(NamedTuple):
    """One event and where it stands in its stream."""

    event: SseEvent
    offset: int
    """Bytes from the start of the body."""
    length: int
    """Bytes, with the blank line at its end."""
    last_event_id: str
    """The id in force: this event's, or that of the last one before it that had one."""


class SseSplitter:
    """Cuts a stream, fed in pieces of any size, after each blank line."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._searched = 0
        self._blank_line = _BLANK_LF_LINE

    def feed(self, data: bytes) -> list[bytes]:
        """Take in the next bytes; give out the events that they complete, blank lines included.

        An event whose blank line ends in CR is given out with the next byte, which may be the LF
        that belongs to it.
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
        return [complete[start:end] for start, end in pairwise([0, *ends])]

    def finish(self) -> bytes:
        """Give out what is left: an incomplete event, or one that ended in a CR, or nothing."""
        tail = bytes(self._buffer)
        self._buffer.clear()
        self._searched = 0
        return tail

    def _find_ends(self) -> list[int]:
        ends = [blank.end() for blank in self._blank_line.finditer(self._buffer, self._searched)]
        self._searched = len(self._buffer)
        may_be_half_a_crlf = ends and ends[-1] == self._searched and self._buffer[-1:] == b"\r"
        if may_be_half_a_crlf:
            self._searched = ends.pop() - 1
        return ends


def parse_event(raw: bytes, *, is_first: bool = False) -> SseEvent:
    """Read one raw event, complete or not; ``first`` says that it begins its stream (BOM)."""
    lines = (raw.removeprefix(BOM) if is_first else raw).splitlines()
    name, data, last_id, retry, comments = "", [], None, None, []
    for line in lines:
        field, colon, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if field == b"data":
            data.append(value)
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
        data=_decode_text(b"\n".join(data)),
        id=last_id,
        retry=retry,
        comments=tuple(comments),
        complete=complete,
        dispatched=complete and bool(data),
    )


def parse_events(body: bytes) -> list[StreamEvent]:
    """Read a whole body; the last event is not ``complete`` where the stream broke off in it."""
    splitter = SseSplitter()
    raws = [*splitter.feed(body), splitter.finish()]
    found: list[StreamEvent] = []
    offset, last_event_id = 0, ""
    for raw in filter(None, raws):
        event = parse_event(raw, is_first=offset == 0)
        last_event_id = last_event_id if event.id is None else event.id
        found.append(StreamEvent(event, offset, len(raw), last_event_id))
        offset += len(raw)
    return found


def _decode_text(value: bytes) -> str:
    return value.decode("utf-8", "replace")
