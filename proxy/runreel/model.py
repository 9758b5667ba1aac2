"""The values that all other modules work with: requests, answers, frames, exchanges.

All are frozen. Data from the wire is ``bytes``, because header values and targets need not be text
in any encoding. Times are whole microseconds since the arrival of the request (names in ``_us``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple, TypeAlias, overload

from msgspec import Struct, field

Headers: TypeAlias = tuple[tuple[bytes, bytes], ...]
"""Name and value pairs, with the order, duplicates and letter case of the wire."""

Scalar: TypeAlias = str | int | float | bool | None


class Mode(StrEnum):
    """The way in which a session handles requests."""

    RECORD = "record"
    REPLAY = "replay"
    AUTO = "auto"
    PASSTHROUGH = "passthrough"


class End(StrEnum):
    """The end of an answer, as the recorder saw it."""

    COMPLETE = "complete"
    """The upstream sent everything that its framing announced."""
    RESET = "reset"
    """The upstream reset the connection (TCP RST)."""
    CLOSED = "closed"
    """The upstream closed the connection (TCP FIN) before the announced end of the body."""
    TIMEOUT = "timeout"
    """The upstream sent nothing for longer than ``read_timeout``."""
    CLIENT_LEFT = "client_left"
    """The client closed its connection before the answer ended."""
    SHUTDOWN = "shutdown"
    """The proxy was stopped before the answer ended."""


class OmittedReason(StrEnum):
    """The reason why a body is not in the cassette."""

    MAX_BODY = "max_body"
    """The body was larger than ``max_body``."""
    MAX_MEMORY = "max_memory"
    """All bodies in flight together exceeded ``max_memory``."""
    ENCODING = "encoding"
    """The content encoding could not be decoded, so the body could not be redacted."""


class Frame(NamedTuple):
    """One piece of a body as it arrived from the wire."""

    dt_us: int
    """Microseconds since the request arrived."""
    length: int
    """Length in bytes; 0 if only the end of a chunk arrived."""
    end_of_chunk: bool
    """True if an HTTP chunk ended with this piece (RFC 9112, section 7.1)."""


class FrameTable(Sequence[Frame]):
    """Frames in columns, equal to a tuple of the same frames.

    As objects, sixty frames would take 20 us each time that they are read, and a million 130 MB.
    """

    def __init__(self, times: Sequence[int], lengths: Sequence[int], ends: bytes) -> None:
        """Initialize the table; ``ends`` has a zero or a one for each frame."""
        self.times = times
        self.lengths = lengths
        self.ends = ends

    def __len__(self) -> int:
        """Return the number of frames."""
        return len(self.ends)

    def __iter__(self) -> Iterator[Frame]:
        """Yield the frames."""
        return map(Frame._make, zip(self.times, self.lengths, map(bool, self.ends), strict=True))

    @overload
    def __getitem__(self, index: int) -> Frame: ...
    @overload
    def __getitem__(self, index: slice) -> FrameTable: ...
    def __getitem__(self, index: int | slice) -> Frame | FrameTable:
        """Return a frame, or a table of some."""
        if isinstance(index, slice):
            return FrameTable(self.times[index], self.lengths[index], self.ends[index])
        return Frame(self.times[index], self.lengths[index], bool(self.ends[index]))

    def __eq__(self, other: object) -> bool:
        """Return whether the other one is a table or a tuple of the same frames."""
        return isinstance(other, (FrameTable, tuple)) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        """Return the hash of the tuple that it is equal to."""
        return hash(tuple(self))


def list_times(frames: Sequence[Frame]) -> Sequence[int]:
    """Return the time of each frame."""
    return frames.times if isinstance(frames, FrameTable) else [frame.dt_us for frame in frames]


def list_lengths(frames: Sequence[Frame]) -> Sequence[int]:
    """Return the length of each frame."""
    return frames.lengths if isinstance(frames, FrameTable) else [frame.length for frame in frames]


def list_ends(frames: Sequence[Frame]) -> Sequence[int]:
    """Return for each frame whether a chunk ended with it: a one, or else a zero."""
    if isinstance(frames, FrameTable):
        return frames.ends
    return bytes(frame.end_of_chunk for frame in frames)


class Request(Struct, frozen=True):
    """A request as the client sent it, without hop-by-hop headers and ``Host``."""

    method: str
    target: bytes
    """Path and query in origin form, as sent (RFC 9112, section 3.2.1)."""
    headers: Headers
    body: bytes = b""
    omitted: OmittedReason | None = None
    """Set if the body was not kept; ``body`` is empty then."""
    digest: str = ""
    """Identity of an omitted body: its length on the wire and, unless it is short, its SHA-256
    (see ``core.http.body_digest``). Empty if the body was kept, or no digest was computed."""


class PlaceholderMark(NamedTuple):
    """The position of a placeholder in an answer and the encoding of its value; never the value."""

    header: int
    """Index of the header in ``Answer.headers``; -1 for the body."""
    placeholder: bytes
    encoding: str
    """Name of the value's encoding (see ``core.redact.encoding``); empty if it has no name."""
    pieces: tuple[int, ...]
    """Three numbers for each piece, in order: its offset in the stored bytes, the length of the
    part of the placeholder in it, and the length of the part of the value that was there."""


class Answer(Struct, frozen=True):
    """An answer as the upstream sent it; of hop-by-hop headers, only ``Transfer-Encoding``."""

    status: int
    reason: bytes
    headers: Headers
    body: bytes = b""
    """The body without chunk framing; the frames' lengths add up to its length."""
    frames: Sequence[Frame] = ()
    omitted: OmittedReason | None = None
    marks: tuple[PlaceholderMark, ...] = ()
    """Positions of placeholders; those in the body are sorted by offset."""


class Timings(Struct, frozen=True):
    """The time of the request, and the delays until the answer began and ended."""

    started_ns: int
    """Arrival of the request, in nanoseconds since 1970-01-01 UTC."""
    head_us: int = 0
    """Microseconds until the head of the answer arrived."""
    end_us: int = 0
    """Microseconds until the answer ended."""


class Problem(NamedTuple):
    """A documented API rule that a request breaks; the request was forwarded anyway."""

    path: str
    """Location in the request, in dotted form with array indices: ``messages[0].role``."""
    message: str
    """Description of the mistake, without the offending value."""


class LedgerEntry(NamedTuple):
    """An entry of the redaction ledger: the matches of a rule in one place, never their values."""

    rule: str
    where: str
    """Place such as ``request.target``, ``request.headers.authorization`` or ``answer.body``."""
    count: int  # type: ignore[assignment]  # hides tuple.count, which is not needed here


class ExchangeHead(Struct, frozen=True):
    """The part of an exchange that a cassette returns without reading the answer."""

    number: int
    """Position of the exchange in its cassette, counted from 1 in the order of the requests."""
    session: str
    request: Request
    status: int
    size: int
    """Length of the answer's stored body in bytes."""
    end: End
    whole: bool
    """True if the stored answer is everything that its framing announced. An answer that was read
    to its end after the client had left is whole."""
    timings: Timings
    dialect: str = ""
    operation: str = ""
    """Meaning of the call, such as ``runs.create`` or ``messages.list``; empty if unknown."""
    summary: Mapping[str, Scalar] = field(default_factory=dict)
    """Facts that a dialect found in the redacted exchange, such as ids and the model."""
    problems: tuple[Problem, ...] = ()
    ledger: tuple[LedgerEntry, ...] = ()
    ruleset: str = ""
    """Identifier of the redaction rules in force when the exchange was stored."""


class Exchange(Struct, frozen=True):
    """One request and its answer, with the timing and the end of the answer."""

    head: ExchangeHead
    answer: Answer
