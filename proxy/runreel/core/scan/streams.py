"""Items of a streamed answer: server-sent events, or lines of JSON."""

from __future__ import annotations

import re
from itertools import accumulate
from typing import NamedTuple

from runreel.core.http import sse
from runreel.core.redact.texts.sse_event import LINE_PREFIX
from runreel.model import Answer

_LINES_OF_JSON = re.compile(rb"\s*+\{[^\r\n]*\}[ \t]*+[\r\n]++[ \t]*+\{")


class StreamItem(NamedTuple):
    """One server-sent event, or one line."""

    name: str
    """The event's name, or the line's prefix (``0:``); empty if it has none."""
    data: str
    offset: int
    """Bytes from the start of the body."""
    length: int
    """Bytes of the raw item, with its line ends."""


def list_stream_items(answer: Answer) -> list[StreamItem]:
    """Return the items of an answer in order; together they are the body. Empty if no stream."""
    if sse.is_event_stream(answer.headers, answer.body):
        return [
            StreamItem(item.event.event, item.event.data, item.offset, item.length)
            for item in sse.parse_events(answer.body)
        ]
    if not (_LINES_OF_JSON.match(answer.body) or LINE_PREFIX.match(answer.body)):
        return []
    lines = answer.body.splitlines(keepends=True)
    offsets = accumulate(map(len, lines), initial=0)
    return [_parse_line(line, offset) for line, offset in zip(lines, offsets, strict=False)]


def _parse_line(line: bytes, offset: int) -> StreamItem:
    """Parse a line of JSON, perhaps with a prefix."""
    prefix = LINE_PREFIX.match(line)
    name, data = (prefix[1], line[prefix.end() :]) if prefix else (b"", line)
    return StreamItem(name.decode(), data.decode("utf-8", "replace"), offset, len(line))
