"""Recording of one exchange: data and times go in, the complete exchange comes out.

The recording keeps a copy of both bodies as long as the limits allow. Beyond them it discards the
bytes and still records the rest. It has no influence on the live stream.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from enum import Enum, auto

from runreel.core.http.body_digest import BodyDigest
from runreel.core.http.wire import Framing, determine_framing
from runreel.model import (
    Answer,
    End,
    Exchange,
    ExchangeHead,
    Frame,
    Headers,
    OmittedReason,
    Problem,
    Request,
    Timings,
)

MAX_FRAMES = 1_000_000


class RecordingState(Enum):
    """State of an exchange that is being recorded."""

    WAITING = auto()
    STREAMING = auto()
    ENDED = auto()


class RecordingSignal(Enum):
    """Event in an exchange that is being recorded."""

    REQUEST_DATA = auto()
    ANSWER_HEAD = auto()
    ANSWER_DATA = auto()
    ANSWER_END = auto()


TRANSITIONS: dict[RecordingState, dict[RecordingSignal, RecordingState]] = {
    RecordingState.WAITING: {
        RecordingSignal.REQUEST_DATA: RecordingState.WAITING,
        RecordingSignal.ANSWER_HEAD: RecordingState.STREAMING,
    },
    RecordingState.STREAMING: {
        # An upstream may answer before the upload has ended.
        RecordingSignal.REQUEST_DATA: RecordingState.STREAMING,
        RecordingSignal.ANSWER_DATA: RecordingState.STREAMING,
        RecordingSignal.ANSWER_END: RecordingState.ENDED,
    },
    RecordingState.ENDED: {},
}


class MemoryBudget:
    """The number of bytes that all recordings together may hold."""

    def __init__(self, limit: int) -> None:
        self._left = limit

    def reserve(self, size: int) -> bool:
        """Reserve ``size`` bytes, or return False and reserve none."""
        if size > self._left:
            return False
        self._left -= size
        return True

    def release(self, size: int) -> None:
        """Return ``size`` reserved bytes to the budget."""
        self._left += size


@dataclass(slots=True)
class _BodyCopy:
    """The copy of one body, or the reason why it was discarded."""

    data: bytearray = field(default_factory=bytearray)
    size: int = 0
    omitted: OmittedReason | None = None
    digest: BodyDigest | None = None
    """Digest of a discarded request body, else None."""

    def release(self) -> bytes:
        """Return the body and free the copy; ``size`` stays."""
        body = bytes(self.data)
        self.data.clear()
        return body


class _FrameColumns:
    """The frames of one body, stored by column: as objects they would need too much memory."""

    def __init__(self) -> None:
        self._dt_us = array("Q")
        self._lengths = array("Q")
        self._ends = bytearray()

    def add(self, length: int, *, end_of_chunk: bool, dt_us: int) -> None:
        """Append a frame; beyond ``MAX_FRAMES``, extend the last one instead."""
        if len(self._ends) == MAX_FRAMES:
            self._lengths[-1] += length
            self._ends[-1] = end_of_chunk
            return
        self._dt_us.append(dt_us)
        self._lengths.append(length)
        self._ends.append(end_of_chunk)

    def close_last_chunk(self) -> None:
        """Mark the last frame, if there is one, as the end of a chunk."""
        if self._ends:
            self._ends[-1] = True

    def build_frames(self) -> tuple[Frame, ...]:
        """Return the frames in order."""
        return tuple(map(Frame, self._dt_us, self._lengths, map(bool, self._ends)))


class Recording:
    """The recording of one exchange in progress."""

    def __init__(
        self,
        request: Request,
        *,
        number: int,
        session: str,
        started_ns: int,
        max_body: int,
        budget: MemoryBudget,
        problems: tuple[Problem, ...] = (),
    ) -> None:
        """Start a recording.

        ``request`` has no body yet. ``max_body`` is the limit for both bodies together, in bytes.
        """
        self.number = number
        self._request = request
        self._session = session
        self._started_ns = started_ns
        self._max_body = max_body
        self._budget = budget
        self._problems = problems
        self._state = RecordingState.WAITING
        self._upload = _BodyCopy()
        self._download = _BodyCopy()
        self._frames = _FrameColumns()
        self._head: tuple[int, bytes, Headers] = (0, b"", ())
        self._head_us = 0

    @property
    def memory_size(self) -> int:
        """Number of bytes reserved from the budget; the caller releases them with the exchange."""
        return self._upload.size + self._download.size

    def add_request_data(self, data: bytes) -> None:
        """Add a piece of the request's body that was sent to the upstream."""
        if self._state is RecordingState.ENDED:
            return  # an upload may outlast its answer, which ended the recording
        self._transition(RecordingSignal.REQUEST_DATA)
        self._keep(self._upload, data)

    def mark_upload_cut(self) -> None:
        """Note that the answer arrived first, and the client never sent the rest of the request."""
        self._problems += (Problem("body", "was not sent completely: the answer came first"),)

    def start_answer(self, status: int, reason: bytes, headers: Headers, *, at_us: int) -> None:
        """Set the head of the answer, which arrived ``at_us`` microseconds after the request."""
        self._transition(RecordingSignal.ANSWER_HEAD)
        self._head = (status, reason, headers)
        self._head_us = at_us

    def add_answer_data(self, data: bytes, *, end_of_chunk: bool, at_us: int) -> None:
        """Add a piece of the answer's body; ``end_of_chunk``: an HTTP chunk ended with it."""
        if self._state is not RecordingState.STREAMING:  # the hot path skips the table
            self._transition(RecordingSignal.ANSWER_DATA)
        self._keep(self._download, data)
        if self._download.omitted is None:
            self._frames.add(len(data), end_of_chunk=end_of_chunk, dt_us=at_us)
        else:
            self._frames = _FrameColumns()

    def finish(self, end: End, *, whole: bool, at_us: int) -> Exchange:
        """End the recording and return the exchange.

        ``whole`` is true if the answer was everything that its framing announced.
        """
        self._transition(RecordingSignal.ANSWER_END)
        status, reason, headers = self._head
        if whole and determine_framing(self._request.method, status, headers) is Framing.CHUNKED:
            # aiohttp reports the end of the body, but not the end of the last chunk, if both arrive
            # in one read.
            self._frames.close_last_chunk()
        answer = Answer(
            status,
            reason,
            headers,
            self._download.release(),
            self._frames.build_frames(),
            self._download.omitted,
        )
        return Exchange(self._build_head(answer, end, whole=whole, end_us=at_us), answer)

    def _build_head(self, answer: Answer, end: End, *, whole: bool, end_us: int) -> ExchangeHead:
        return ExchangeHead(
            number=self.number,
            session=self._session,
            request=self._build_request(),
            status=answer.status,
            size=len(answer.body),
            end=end,
            whole=whole,
            timings=Timings(self._started_ns, self._head_us, end_us),
            problems=self._problems,
        )

    def _build_request(self) -> Request:
        request, upload = self._request, self._upload
        return Request(
            request.method,
            request.target,
            request.headers,
            upload.release(),
            upload.omitted,
            upload.digest.finish() if upload.digest else "",
        )

    def _transition(self, signal: RecordingSignal) -> None:
        self._state = TRANSITIONS[self._state][signal]

    def _keep(self, copy: _BodyCopy, data: bytes) -> None:
        if copy.omitted is None:
            reason = self._reserve(len(data))
            if reason is None:
                copy.data += data
                copy.size += len(data)
                return
            self._omit(copy, reason)
        if copy.digest is not None:
            copy.digest.feed(data)

    def _reserve(self, size: int) -> OmittedReason | None:
        """Reserve ``size`` bytes; return None, or the reason why they cannot be kept."""
        if self._upload.size + self._download.size + size > self._max_body:
            return OmittedReason.MAX_BODY
        return None if self._budget.reserve(size) else OmittedReason.MAX_MEMORY

    def _omit(self, copy: _BodyCopy, reason: OmittedReason) -> None:
        if copy is self._upload:
            copy.digest = BodyDigest()
            copy.digest.feed(copy.data)
        self._budget.release(copy.size)
        copy.data.clear()
        copy.size = 0
        copy.omitted = reason
