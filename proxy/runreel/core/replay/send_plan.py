"""What bytes to send for an exchange, and when.

Sending follows the recorded frames: the chunks are the recorded chunks, and the end is the recorded
end.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from runreel.core.http import wire
from runreel.core.http.wire import Framing
from runreel.model import Answer, End, ExchangeHead, Frame, Headers

MAX_PAUSE_US = 3_600_000_000
"""A cassette is untrusted input: no recorded moment holds a connection for longer than an hour."""

MAX_PIECE = 262_144
"""Bytes sent at once: more would wait in memory for a client that does not read."""


class Finish(Enum):
    """What happens to the connection after the last byte."""

    KEEP = "keep"
    CLOSE = "close"
    RESET = "reset"


@dataclass(frozen=True, slots=True)
class TimedBytes:
    """Bytes to send at a moment, in microseconds since the request."""

    at_us: int
    data: bytes


@dataclass(frozen=True, slots=True)
class SendPlan:
    """All that is sent for one request."""

    pieces: tuple[TimedBytes, ...]
    finish: Finish

    def without_delays(self) -> SendPlan:
        """The same bytes without waiting: in one piece, or in as few as a slow client can take."""
        joined = b"".join(cue.data for cue in self.pieces)
        starts = range(0, len(joined), MAX_PIECE)
        pieces = tuple(TimedBytes(0, joined[start : start + MAX_PIECE]) for start in starts)
        return SendPlan(pieces, self.finish)


def plan_sending(
    head: ExchangeHead,
    answer: Answer,
    *,
    extra: Headers = (),
    http10: bool = False,
    keep_alive: bool = True,
) -> SendPlan:
    """The bytes that a client gets for this exchange, with their recorded moments.

    ``extra`` headers follow the recorded ones. ``http10`` and ``keep_alive`` describe the client's
    request: HTTP/1.0 clients get no chunks.
    """
    method = head.request.method
    framed = wire.choose_client_framing(
        wire.determine_framing(method, answer.status, answer.headers), http10=http10
    )
    lines = wire.format_answer_head(
        answer.status,
        answer.reason,
        answer.headers + extra,
        framing=framed,
        http10=http10,
        keep_alive=keep_alive,
    )
    cues = [TimedBytes(_clamp(head.timings.head_us), lines)]
    if framed is not Framing.NONE:
        cues += _iter_body(answer, framed, whole=head.whole)
    if framed is Framing.CHUNKED and head.whole:
        cues.append(TimedBytes(_clamp(head.timings.end_us), wire.LAST_CHUNK))
    elif not head.whole or framed is Framing.CLOSE:
        cues.append(TimedBytes(_clamp(head.timings.end_us), b""))
    return SendPlan(tuple(cues), _choose_finish(head, framed, keep_alive=keep_alive))


def _choose_finish(head: ExchangeHead, framing: Framing, *, keep_alive: bool) -> Finish:
    if head.end is End.RESET:
        return Finish.RESET
    if not head.whole or framing is Framing.CLOSE or not keep_alive:
        return Finish.CLOSE
    return Finish.KEEP


def _iter_body(answer: Answer, framing: Framing, *, whole: bool) -> Iterator[TimedBytes]:
    start = 0
    for frames in _group_by_chunk(answer.frames):
        size = sum(frame.length for frame in frames)
        as_chunk = framing is Framing.CHUNKED and (whole or frames[-1].end_of_chunk)
        yield from _iter_pieces(
            answer.body[start : start + size], frames, framing, as_chunk=as_chunk
        )
        start += size


def _group_by_chunk(frames: tuple[Frame, ...]) -> Iterator[list[Frame]]:
    """The frames grouped by the chunks they were part of; the last group may be unfinished."""
    group: list[Frame] = []
    for frame in frames:
        group.append(frame)
        if frame.end_of_chunk:
            yield group
            group = []
    if group:
        yield group


def _iter_pieces(
    data: bytes, frames: list[Frame], framing: Framing, *, as_chunk: bool
) -> Iterator[TimedBytes]:
    start = 0
    for position, frame in enumerate(frames):
        piece = data[start : start + frame.length]
        start += frame.length
        if as_chunk and data:
            opening = b"%x\r\n" % len(data) if position == 0 else b""
            closing = b"\r\n" if position == len(frames) - 1 else b""
            piece = opening + piece + closing
        elif framing is Framing.CHUNKED and piece:
            piece = wire.format_chunk(piece)
        if piece:
            yield TimedBytes(_clamp(frame.dt_us), piece)


def _clamp(at_us: int) -> int:
    return min(at_us, MAX_PAUSE_US)
