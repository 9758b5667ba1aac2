"""Recording of one exchange: data and times go in, the complete exchange comes out.

The recording keeps a copy of both bodies as long as the limits allow. Beyond them it discards the
bytes and still records the rest. It has no influence on the live stream.
"""

from __future__ import annotations

from enum import Enum, auto

from runreel.core.http.body_digest import BodyDigest
from runreel.core.http.wire import Framing, determine_framing
from runreel.core.record.buffers import BodyCopy, FrameColumns, MemoryBudget
from runreel.model import (
    Answer,
    End,
    Exchange,
    ExchangeHead,
    Headers,
    OmittedReason,
    Problem,
    Request,
    Timings,
)

_UPLOAD_CUT = "was not sent completely"
"""The beginning of the problem of a request whose body was never received completely."""

_LARGE_SIZE = 1 << 20
_MANY_FRAMES = 4096


def is_recorded_problem(problem: Problem) -> bool:
    """Return whether the recording itself noted the problem; a dialect finds all others."""
    return problem.message.startswith(_UPLOAD_CUT)


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


# An exchange that is being recorded is in one of three states:
#
#   WAITING    The request has arrived, and its body may still be arriving. There is no answer yet.
#   STREAMING  The head of the answer has arrived, and its body is arriving.
#   ENDED      The answer has ended, for one of the reasons in ``End``, and the exchange has been
#              returned. Nothing more is recorded.
#
# Each method of ``Recording`` that reports progress stands for one signal:
#
#   REQUEST_DATA  add_request_data()  A piece of the request's body was sent to the upstream.
#   ANSWER_HEAD   start_answer()      The status line and the headers of the answer have arrived.
#   ANSWER_DATA   add_answer_data()   A piece of the answer's body has arrived.
#   ANSWER_END    finish()            The answer is complete, or no more of it will arrive.
#
# Only the answer changes the state. The request's body is independent of it, since an upstream may
# answer before it has read the whole request (RFC 9112, section 9.5): REQUEST_DATA is allowed as
# long as the exchange has not ended, and add_request_data() ignores data that is sent later.
#
# A signal that is not in the table is a mistake of the caller and raises KeyError: no answer has
# two heads, data before its head, or anything after its end. An upstream that fails before it sends
# a head gives no signal at all; the recording is discarded.
#
# Example: a client creates a run, and the upstream resets the connection after the first event.
#
#   add_request_data(b'{"assistant_id": ')                           WAITING -> WAITING
#   add_request_data(b'"asst_1", "stream": true}')                   WAITING -> WAITING
#   start_answer(200, b"OK", headers, at_us=5000)                    WAITING -> STREAMING
#   add_answer_data(b"data: 1\n\n", end_of_chunk=True, at_us=6000)   STREAMING -> STREAMING
#   finish(End.RESET, whole=False, at_us=7000)                       STREAMING -> ENDED
#
# finish() returns the exchange, with both bodies and the frame (6000, 9, True).
TRANSITIONS: dict[RecordingState, dict[RecordingSignal, RecordingState]] = {
    RecordingState.WAITING: {
        RecordingSignal.REQUEST_DATA: RecordingState.WAITING,
        RecordingSignal.ANSWER_HEAD: RecordingState.STREAMING,
    },
    RecordingState.STREAMING: {
        RecordingSignal.REQUEST_DATA: RecordingState.STREAMING,
        RecordingSignal.ANSWER_DATA: RecordingState.STREAMING,
        RecordingSignal.ANSWER_END: RecordingState.ENDED,
    },
    RecordingState.ENDED: {},
}


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
        self._upload = BodyCopy()
        self._download = BodyCopy()
        self._frames = FrameColumns()
        self._head: tuple[int, bytes, Headers] = (0, b"", ())
        self._head_us = 0
        self.answer_size = 0
        """Bytes of the answer's body so far, also of those that are not kept."""
        self.answer_pieces = 0

    @property
    def memory_size(self) -> int:
        """Number of bytes reserved from the budget; the caller releases them with the exchange."""
        return self._upload.size + self._download.size

    @property
    def is_large(self) -> bool:
        """True if ``finish`` takes more than a few milliseconds."""
        digest = self._upload.digest
        waiting = digest.waiting_size if digest else 0
        return self.memory_size + waiting > _LARGE_SIZE or len(self._frames) > _MANY_FRAMES

    def add_request_data(self, data: bytes) -> None:
        """Add a piece of the request's body that was sent to the upstream."""
        if self._state is RecordingState.ENDED:
            return  # an upload may outlast its answer, which ended the recording
        self._transition(RecordingSignal.REQUEST_DATA)
        self._keep(self._upload, data)

    def mark_upload_cut(self, cause: str) -> None:
        """Note that the rest of the request's body was never received, because of ``cause``."""
        self._problems += (Problem("body", f"{_UPLOAD_CUT}: {cause}"),)

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
        self.answer_size += len(data)
        self.answer_pieces += 1
        if self._download.omitted is None:
            self._frames.add(len(data), end_of_chunk=end_of_chunk, dt_us=at_us)
        else:
            self._frames = FrameColumns()

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

    def _keep(self, copy: BodyCopy, data: bytes) -> None:
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

    def _omit(self, copy: BodyCopy, reason: OmittedReason) -> None:
        if copy is self._upload:
            copy.digest = BodyDigest()
            copy.digest.feed(copy.data)
        self._budget.release(copy.size)
        copy.data = bytearray()
        copy.size = 0
        copy.omitted = reason
