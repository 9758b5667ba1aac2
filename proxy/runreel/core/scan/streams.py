"""What an answer says bit by bit: its server-sent events, or its lines, each of JSON."""

from __future__ import annotations

import re
from itertools import accumulate
from typing import NamedTuple

from runreel.core.http import sse
from runreel.core.redact.texts.sse_event import PREFIX
from runreel.core.report.timeline import is_stream
from runreel.model import Answer

_LINES_OF_JSON = re.compile(rb"\s*+\{[^\r\n]*\}[ \t]*+[\r\n]++[ \t]*+\{")


class Said(NamedTuple):
    """One event, or one line."""

    name: str
    data: str
    offset: int
    """Bytes from the start of the body."""
    length: int


def said_in(answer: Answer) -> list[Said]:
    """All of it in order, without gap; empty where the answer is no stream."""
    if is_stream(answer):
        return [
            Said(item.event.event, item.event.data, item.offset, item.length)
            for item in sse.events(answer.body)
        ]
    if not (_LINES_OF_JSON.match(answer.body) or PREFIX.match(answer.body)):
        return []
    lines = answer.body.splitlines(keepends=True)
    offsets = accumulate(map(len, lines), initial=0)
    return [_line(line, offset) for line, offset in zip(lines, offsets, strict=False)]


def _line(line: bytes, offset: int) -> Said:
    """A line, and what its prefix calls it if it has one."""
    prefix = PREFIX.match(line)
    name, data = (prefix[1], line[prefix.end() :]) if prefix else (b"", line)
    return Said(name.decode(), data.decode("utf-8", "replace"), offset, len(line))
