"""The values that everything else speaks of: requests, answers, frames, exchanges.

All are frozen. Whatever came off the wire is ``bytes``, since header values and targets need not be
text in any encoding; times are whole microseconds since the request arrived (``dt_us``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple, TypeAlias

Headers: TypeAlias = tuple[tuple[bytes, bytes], ...]
"""Name and value pairs in the order, number and letter case of the wire."""

Scalar: TypeAlias = str | int | float | bool | None


class Mode(StrEnum):
    """What a session does with a request."""

    RECORD = "record"
    REPLAY = "replay"
    AUTO = "auto"
    PASSTHROUGH = "passthrough"


class End(StrEnum):
    """How an answer ended, as the recorder saw it."""

    COMPLETE = "complete"
    """The upstream sent all that its framing promised."""
    RESET = "reset"
    """The upstream broke the connection off (TCP RST)."""
    CLOSED = "closed"
    """The upstream closed the connection (TCP FIN) before it had sent what its framing promised."""
    TIMEOUT = "timeout"
    """The upstream fell silent for longer than ``read_timeout``."""
    CLIENT_LEFT = "client_left"
    """The client closed its connection before the answer had ended."""
    SHUTDOWN = "shutdown"
    """The proxy was told to stop before the answer had ended."""


class OmittedReason(StrEnum):
    """Why a body is not in the cassette."""

    MAX_BODY = "max_body"
    """It was larger than ``max_body``."""
    MAX_MEMORY = "max_memory"
    """All bodies in flight together were larger than ``max_memory``."""
    ENCODING = "encoding"
    """Its content encoding could not be decoded, so it could not be redacted either."""


class Frame(NamedTuple):
    """One piece of a body as it came off the wire."""

    dt_us: int
    """Microseconds since the request arrived."""
    length: int
    """Bytes; 0 where only the end of a chunk came."""
    end_of_chunk: bool
    """Whether an HTTP chunk ended with this piece (RFC 9112, section 7.1)."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request as the client sent it, less hop-by-hop headers and ``Host``."""

    method: str
    target: bytes
    """Path and query in origin form, as sent (RFC 9112, section 3.2.1)."""
    headers: Headers
    body: bytes = b""
    omitted: OmittedReason | None = None
    """Set where ``body`` is empty because it was not kept."""
    digest: str = ""
    """What tells an omitted body from others: its length as it came on the wire, and its SHA-256
    if it was not short (see ``core.http.body_digest``). Empty where the body is there, or none
    was taken."""


class PlaceholderMark(NamedTuple):
    """Where a placeholder stands in an answer, and how its value stood there: never the value."""

    header: int
    """The place of the header among the answer's; -1 for the body."""
    placeholder: bytes
    encoding: str
    """How the value was written (``core.redact.encoding``); empty where that has no name."""
    pieces: tuple[int, ...]
    """Three numbers for each piece, in order: where it begins in the stored bytes, how many bytes
    of the placeholder it holds, and how many bytes of the value it held."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as the upstream sent it, less hop-by-hop headers but for ``Transfer-Encoding``."""

    status: int
    reason: bytes
    headers: Headers
    body: bytes = b""
    """The body without chunk framing; the frames' lengths add up to its length."""
    frames: tuple[Frame, ...] = ()
    omitted: OmittedReason | None = None
    marks: tuple[PlaceholderMark, ...] = ()
    """Where placeholders stand; those in the body in the order of its bytes."""


@dataclass(frozen=True, slots=True)
class Timings:
    """When things happened: the clock's time of the request, and microseconds since."""

    started_ns: int
    """When the request arrived, in nanoseconds since 1970-01-01 UTC."""
    head_us: int = 0
    """Until the answer's head came."""
    end_us: int = 0
    """Until the answer ended."""


class Problem(NamedTuple):
    """One documented rule that a request breaks; it was forwarded and recorded all the same."""

    path: str
    """Where, in dotted form with array positions: ``additional_messages[0].role``."""
    message: str
    """What is wrong, without the offending value."""


class LedgerEntry(NamedTuple):
    """One entry of the redaction ledger: never the value."""

    rule: str
    where: str
    """``request.target``, ``request.headers.authorization``, ``answer.body`` …"""
    count: int  # type: ignore[assignment]  # hides the method of tuples, which nobody needs here


@dataclass(frozen=True, slots=True)
class ExchangeHead:
    """All of an exchange but its answer: what a cassette gives out without reading bodies."""

    number: int
    """The exchange's place in its cassette, counted from 1 in the order of the requests."""
    session: str
    request: Request
    status: int
    size: int
    """Length of the answer's stored body in bytes."""
    end: End
    whole: bool
    """Whether the stored answer is all that its framing promised: a recording that was drained
    after the client had left is whole."""
    timings: Timings
    dialect: str = ""
    operation: str = ""
    """What the call means: ``runs.create``, ``messages.list`` …; empty where no dialect knows."""
    summary: Mapping[str, Scalar] = field(default_factory=dict)
    """What a dialect reads out of the redacted exchange: ids, model, whether it streams."""
    problems: tuple[Problem, ...] = ()
    ledger: tuple[LedgerEntry, ...] = ()
    ruleset: str = ""
    """Names the redaction rules in force when this was stored."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its answer, with how the answer arrived and how it ended."""

    head: ExchangeHead
    answer: Answer
