"""Plan the bytes to send for a recorded exchange, and the moment of each piece.

The plan follows the recorded frames: the client gets the recorded chunks and the recorded end.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import Enum
from itertools import accumulate, compress, pairwise

from msgspec import Struct

from runreel.core.http import wire
from runreel.core.http.wire import Framing
from runreel.model import Answer, End, ExchangeHead, Frame, Headers, list_ends, list_lengths

MAX_PAUSE_US = 3_600_000_000
"""Latest moment of a piece, one hour: a cassette is untrusted input, and a recorded moment must not
hold a connection for longer."""

MAX_PIECE = 262_144
"""Bytes sent at once; more would wait in memory if the client does not read."""


class Finish(Enum):
    """Treatment of the connection after the last byte."""

    KEEP = "keep"
    CLOSE = "close"
    RESET = "reset"
    HOLD = "hold"
    """It stays open until the client closes it."""


class Gate(Struct, frozen=True):
    """A request that the rest of an answer waits for, since it reports on what that does."""

    at_us: int
    """Moment at which it was recorded, in microseconds since the request that is answered."""
    openers: frozenset[int]
    """Numbers of its exchange, and of those that a client makes only after it."""


class TimedBytes(Struct, frozen=True):
    """Bytes and the moment to send them, in microseconds since the request."""

    at_us: int
    data: bytes
    gates: tuple[Gate, ...] = ()
    """The condition to wait for before that moment."""


class SendPlan(Struct, frozen=True):
    """Everything to send for one request."""

    pieces: tuple[TimedBytes, ...]
    """In the order of their moments; an empty last piece delays the end of the connection."""
    finish: Finish


def plan_sending(
    head: ExchangeHead,
    answer: Answer,
    *,
    extra: Headers = (),
    http10: bool = False,
    keep_alive: bool = True,
    at_once: bool = False,
) -> SendPlan:
    """Return the bytes to send for this exchange, with their recorded moments.

    The ``extra`` headers follow the recorded ones. ``http10`` and ``keep_alive`` describe the
    client's request: HTTP/1.0 clients get no chunks. ``at_once``: send the same bytes immediately,
    in pieces of ``MAX_PIECE``.
    """
    method = head.request.method
    framing = wire.choose_client_framing(
        wire.determine_framing(method, answer.status, answer.headers), http10=http10
    )
    answer_head = wire.format_answer_head(
        answer.status,
        answer.reason,
        answer.headers + extra,
        framing=framing,
        http10=http10,
        keep_alive=keep_alive,
    )
    if at_once:
        pieces = _split(answer_head + _join_body(answer, framing, whole=head.whole))
    else:
        body = _iter_timed_body(head, answer, framing)
        pieces = (TimedBytes(_clamp(head.timings.head_us), answer_head), *body)
    return SendPlan(pieces, _choose_finish(head, framing, keep_alive=keep_alive))


def _split(data: bytes) -> tuple[TimedBytes, ...]:
    starts = range(0, len(data), MAX_PIECE)
    return tuple(TimedBytes(0, data[start : start + MAX_PIECE]) for start in starts)


def _join_body(answer: Answer, framing: Framing, *, whole: bool) -> bytes:
    """Return the body in its framing: the bytes of ``_iter_timed_body`` without their moments."""
    if framing is Framing.NONE:
        return b""
    if framing is not Framing.CHUNKED:
        return answer.body
    borders = pairwise(_list_chunk_borders(answer.frames, whole=whole))
    data = answer.body
    chunks = [b"%x\r\n%b\r\n" % (end - at, data[at:end]) for at, end in borders if at < end]
    return b"".join((*chunks, wire.LAST_CHUNK if whole else b""))


def _list_chunk_borders(frames: Sequence[Frame], *, whole: bool) -> list[int]:
    """Return the offsets in the body between which there is a chunk, see ``_iter_pieces``."""
    if not frames:
        return [0]
    ends = list(accumulate(list_lengths(frames)))
    borders = [0, *compress(ends, list_ends(frames))]
    if whole:
        return borders + ends[-1:]
    return borders + [end for end in ends if end > borders[-1]]


def _iter_timed_body(head: ExchangeHead, answer: Answer, framing: Framing) -> Iterator[TimedBytes]:
    if framing is not Framing.NONE:
        yield from _iter_body(answer, framing, whole=head.whole)
    if framing is Framing.CHUNKED and head.whole:
        yield TimedBytes(_clamp(head.timings.end_us), wire.LAST_CHUNK)
    elif not head.whole or framing is Framing.CLOSE:
        yield TimedBytes(_clamp(head.timings.end_us), b"")


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
        is_chunk = framing is Framing.CHUNKED and (whole or frames[-1].end_of_chunk)
        data = answer.body[start : start + size]
        yield from _iter_pieces(data, frames, framing, as_chunk=is_chunk)
        start += size


def _group_by_chunk(frames: Sequence[Frame]) -> Iterator[list[Frame]]:
    """Group the frames by the HTTP chunk they belong to; the last group may be incomplete."""
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
    """Split the data of one group at its frames.

    ``as_chunk`` sends the group as one HTTP chunk in pieces: ``3\\r\\nab``, then ``c\\r\\n``. An
    incomplete group is sent as one chunk per frame instead, so that no length is promised which
    the recording does not keep.
    """
    start = 0
    for index, frame in enumerate(frames):
        piece = data[start : start + frame.length]
        start += frame.length
        if as_chunk and data:
            opening = b"%x\r\n" % len(data) if index == 0 else b""
            closing = b"\r\n" if index == len(frames) - 1 else b""
            piece = opening + piece + closing
        elif framing is Framing.CHUNKED and piece:
            piece = wire.format_chunk(piece)
        if piece:
            yield TimedBytes(_clamp(frame.dt_us), piece)


def _clamp(at_us: int) -> int:
    return min(at_us, MAX_PAUSE_US)
