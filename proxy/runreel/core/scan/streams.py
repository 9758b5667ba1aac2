"""Items of a streamed answer: server-sent events, lines of JSON, or JSON values."""

from __future__ import annotations

from typing import NamedTuple

from runreel.core.http.stream_reader import read_stream
from runreel.model import Answer


class StreamItem(NamedTuple):
    """One server-sent event, one line or one value."""

    name: str
    """The event's name, or the line's prefix (``0:``); ``message`` if it has none."""
    data: str
    offset: int
    """Bytes from the start of the body."""
    length: int
    """Bytes of the raw item, with its line ends."""


def list_stream_items(answer: Answer) -> list[StreamItem]:
    """Return the items of an answer in order; together they are the body. Empty if no stream."""
    return [
        StreamItem(item.event.event, item.event.data, item.offset, item.length)
        for item in read_stream(answer.headers, answer.body) or ()
    ]
