"""Traces as text, for golden files."""

from __future__ import annotations

import json
import re
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path

from runreel.core.dialect import Dialect
from runreel.core.http.stream_reader import split_stream
from runreel.core.trace.build import build_trace
from runreel.core.trace.model import Trace, TraceBlock
from runreel.dialects import find_dialect
from runreel.model import Headers, Request
from support.build import make_answer, make_exchange

STREAM: Headers = ((b"Content-Type", b"text/event-stream"),)
_BASE64 = re.compile("[A-Za-z0-9+/]{8,}={0,2}")
DOCUMENT: Headers = ((b"Content-Type", b"application/json"),)


def trace_body(
    request: Request, body: bytes, *, status: int = 200, dialect: Dialect | None = None
) -> Trace:
    """Return the trace of an exchange whose answer has one frame for each event.

    ``dialect`` is by default that of the request.
    """
    events = split_stream((), body)
    headers = DOCUMENT if events is None else STREAM
    answer = make_answer(*(events or [body]), headers=headers, status=status)
    exchange = make_exchange(request=request, answer=answer)
    return build_trace(exchange, dialect or find_dialect(request))


def trace_file(request: Request, path: Path) -> Trace:
    """Return the trace of an exchange whose answer is in a file."""
    return trace_body(request, path.read_bytes())


def iter_trace_lines(trace: Trace) -> Iterator[str]:
    """Yield a trace as lines: request, events, transcript, usage, timing, end, problems."""
    yield f"{trace.dialect} {trace.operation}".strip()
    yield f"ids {dict(trace.ids)}"
    yield from map(_format_block, trace.conversation)
    yield ""
    for event in trace.events:
        blocks = " ".join(map(str, event.blocks))
        ends = f"{event.number} {event.name or '-'} {event.kind} [{blocks}]"
        yield f"{ends} {event.text!r}"
    yield ""
    yield from map(_format_block, trace.blocks)
    yield ""
    usage = trace.usage._asdict()
    yield f"usage { ({name: value for name, value in usage.items() if value not in (None, '')}) }"
    timing = trace.timing
    yield f"first content {timing.first_content_us}, last {timing.last_content_us}"
    end = trace.end
    yield f"terminal event {end.terminal_event}, alarm {end.is_alarm}, status {end.status!r}"
    if end.error:
        yield f"error {end.error!r}"
    yield from (f"problem {path}: {message}" for path, message in trace.problems)


def _format_block(block: TraceBlock) -> str:
    labels = (block.owner, block.role, block.name, block.call_id)
    words = " ".join(filter(None, (str(block.kind), *labels)))
    events = sorted({piece.event for piece in block.pieces})
    where = f" of events {events[0]} to {events[-1]}" if events and events[-1] else ""
    return f"{block.number} {words}{where}: {block.text!r}"


def check_pieces(trace: Trace, request_body: bytes, answer_body: bytes) -> None:
    """Check that each piece is the JSON of the text that it stands for."""
    for body, blocks in ((request_body, trace.conversation), (answer_body, trace.blocks)):
        for block in blocks:
            for piece in block.pieces:
                raw = body[piece.start : piece.end].decode()
                text = block.text[piece.text_start : piece.text_end]
                is_packed = body.startswith(b"\0") and _BASE64.fullmatch(raw)
                assert text in (raw, _unquote(raw)) or (is_packed and _holds(raw, text)), (
                    raw,
                    text,
                )


def _holds(packed: str, text: str) -> bool:
    """Return whether an event that is in base64 has this text."""
    event = b64decode(packed).decode()
    return json.dumps(text, ensure_ascii=False)[1:-1] in event


def _unquote(raw: str) -> str:
    try:
        return str(json.loads(f'"{raw}"'))
    except ValueError:
        return json.dumps(json.loads(raw), ensure_ascii=False)
