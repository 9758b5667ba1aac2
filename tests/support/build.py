"""Builders of values with defaults, so that a test names only the fields that matter to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from runreel.core.cassette import CassetteHeader, encode_header
from runreel.model import (
    Answer,
    End,
    Exchange,
    ExchangeHead,
    Frame,
    Headers,
    LedgerEntry,
    OmittedReason,
    Problem,
    Request,
    Scalar,
    Timings,
)

STARTED_NS = 1_700_000_000_000_000_000
"""2023-11-14 22:13:20 UTC: the arrival time of every built exchange's request."""


def make_request(
    method: str = "POST",
    target: bytes = b"/v1/threads/thread_1/runs",
    headers: Headers = ((b"Content-Type", b"application/json"),),
    body: bytes = b'{"assistant_id": "asst_1", "stream": true}',
    omitted: OmittedReason | None = None,
) -> Request:
    """Build a request, by default one that creates a streamed run."""
    return Request(method=method, target=target, headers=headers, body=body, omitted=omitted)


def make_frames(
    *lengths: int, step_us: int = 1_000, end_of_chunk: bool = True
) -> tuple[Frame, ...]:
    """Build a frame for each length, ``step_us`` microseconds apart, the first after one step."""
    return tuple(
        Frame(dt_us=step_us * number, length=length, end_of_chunk=end_of_chunk)
        for number, length in enumerate(lengths, start=1)
    )


def make_answer(
    *chunks: bytes,
    status: int = 200,
    reason: bytes = b"OK",
    headers: Headers = (
        (b"Content-Type", b"text/event-stream"),
        (b"Transfer-Encoding", b"chunked"),
    ),
    frames: Sequence[Frame] | None = None,
    omitted: OmittedReason | None = None,
) -> Answer:
    """Build an answer with a frame for each chunk; without chunks, a short stream."""
    pieces = chunks or (b"event: done\n", b"data: [DONE]\n\n")
    return Answer(
        status=status,
        reason=reason,
        headers=headers,
        body=b"" if omitted else b"".join(pieces),
        frames=make_frames(*map(len, pieces)) if frames is None else frames,
        omitted=omitted,
    )


def make_head(
    answer: Answer | None = None,
    *,
    number: int = 1,
    session: str = "default",
    request: Request | None = None,
    end: End = End.COMPLETE,
    whole: bool | None = None,
    timings: Timings | None = None,
    dialect: str = "assistants",
    operation: str = "runs.create",
    summary: Mapping[str, Scalar] | None = None,
    problems: tuple[Problem, ...] = (),
    ledger: tuple[LedgerEntry, ...] = (),
    ruleset: str = "",
) -> ExchangeHead:
    """Build the head of an exchange, with the status, size and times of ``answer``."""
    answer = make_answer() if answer is None else answer
    ended_us = max((frame.dt_us for frame in answer.frames), default=500) + 500
    return ExchangeHead(
        number=number,
        session=session,
        request=make_request() if request is None else request,
        status=answer.status,
        size=len(answer.body),
        end=end,
        whole=end is End.COMPLETE if whole is None else whole,
        timings=timings or Timings(started_ns=STARTED_NS, head_us=500, end_us=ended_us),
        dialect=dialect,
        operation=operation,
        summary={} if summary is None else summary,
        problems=problems,
        ledger=ledger,
        ruleset=ruleset,
    )


def make_exchange(
    number: int = 1,
    *,
    request: Request | None = None,
    answer: Answer | None = None,
    end: End = End.COMPLETE,
    session: str = "default",
    operation: str = "runs.create",
    head: ExchangeHead | None = None,
) -> Exchange:
    """Build an exchange; pass a ``head`` from ``make_head`` to set more of its fields."""
    answer = make_answer() if answer is None else answer
    head = head or make_head(
        answer, number=number, request=request, end=end, session=session, operation=operation
    )
    return Exchange(head=head, answer=answer)


def make_header(
    created_ns: int = STARTED_NS, writer: str = "runreel 0.1.0", upstream: str = ""
) -> CassetteHeader:
    """Build the header of a cassette."""
    return CassetteHeader(created_ns=created_ns, writer=writer, upstream=upstream)


def make_cassette(*records: bytes, header: CassetteHeader | None = None) -> bytes:
    """Return the bytes of a cassette with these encoded records."""
    return b"".join((encode_header(header or make_header()), *records))
