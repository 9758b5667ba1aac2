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
from runreel.model import Answer, End, Frame, Head, Headers

LONGEST_PAUSE_US = 3_600_000_000
"""A cassette is untrusted input: no recorded moment holds a connection for longer than an hour."""

LARGEST_PIECE = 262_144
"""Bytes sent at once: more would wait in memory for a client that does not read."""


class Finish(Enum):
    """What happens to the connection after the last byte."""

    KEEP = "keep"
    CLOSE = "close"
    RESET = "reset"


@dataclass(frozen=True, slots=True)
class Cue:
    """Bytes to send at a moment, in microseconds since the request."""

    at_us: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Script:
    """All that is sent for one request."""

    cues: tuple[Cue, ...]
    finish: Finish

    def at_once(self) -> Script:
        """The same bytes without waiting: in one piece, or in as few as a slow client can take."""
        joined = b"".join(cue.data for cue in self.cues)
        starts = range(0, len(joined), LARGEST_PIECE)
        pieces = tuple(Cue(0, joined[start : start + LARGEST_PIECE]) for start in starts)
        return Script(pieces, self.finish)


def script(
    head: Head,
    answer: Answer,
    *,
    extra: Headers = (),
    http10: bool = False,
    keep_alive: bool = True,
) -> Script:
    """The bytes that a client gets for this exchange, with their recorded moments.

    ``extra`` headers follow the recorded ones. ``http10`` and ``keep_alive`` describe the client's
    request: HTTP/1.0 clients get no chunks.
    """
    method = head.request.method
    framed = wire.for_client(wire.framing(method, answer.status, answer.headers), http10=http10)
    lines = wire.head(
        answer.status,
        answer.reason,
        answer.headers + extra,
        framed=framed,
        http10=http10,
        keep_alive=keep_alive,
    )
    cues = [Cue(_clamped(head.timings.head_us), lines)]
    if framed is not Framing.NONE:
        cues += _body(answer, framed, whole=head.whole)
    if framed is Framing.CHUNKED and head.whole:
        cues.append(Cue(_clamped(head.timings.end_us), wire.LAST_CHUNK))
    elif not head.whole or framed is Framing.CLOSE:
        cues.append(Cue(_clamped(head.timings.end_us), b""))
    return Script(tuple(cues), _finish(head, framed, keep_alive=keep_alive))


def _finish(head: Head, framed: Framing, *, keep_alive: bool) -> Finish:
    if head.end is End.RESET:
        return Finish.RESET
    if not head.whole or framed is Framing.CLOSE or not keep_alive:
        return Finish.CLOSE
    return Finish.KEEP


def _body(answer: Answer, framed: Framing, *, whole: bool) -> Iterator[Cue]:
    start = 0
    for frames in _chunks(answer.frames):
        size = sum(frame.length for frame in frames)
        as_chunk = framed is Framing.CHUNKED and (whole or frames[-1].end_of_chunk)
        yield from _pieces(answer.body[start : start + size], frames, framed, as_chunk=as_chunk)
        start += size


def _chunks(frames: tuple[Frame, ...]) -> Iterator[list[Frame]]:
    """The frames grouped by the chunks they were part of; the last group may be unfinished."""
    group: list[Frame] = []
    for frame in frames:
        group.append(frame)
        if frame.end_of_chunk:
            yield group
            group = []
    if group:
        yield group


def _pieces(data: bytes, frames: list[Frame], framed: Framing, *, as_chunk: bool) -> Iterator[Cue]:
    start = 0
    for position, frame in enumerate(frames):
        piece = data[start : start + frame.length]
        start += frame.length
        if as_chunk and data:
            opening = b"%x\r\n" % len(data) if position == 0 else b""
            closing = b"\r\n" if position == len(frames) - 1 else b""
            piece = opening + piece + closing
        elif framed is Framing.CHUNKED and piece:
            piece = wire.chunk(piece)
        if piece:
            yield Cue(_clamped(frame.dt_us), piece)


def _clamped(at_us: int) -> int:
    return min(at_us, LONGEST_PAUSE_US)
