"""The values of a trace: what an exchange says, as its API means it.

All are frozen. Positions are offsets into the stored bytes of a body; times are whole microseconds
since the arrival of the request (names in ``_us``). Numbers of events and blocks count from 1.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from runreel.model import End, Problem

STALL_US = 2_000_000
"""Microseconds without an event, from which on a stream is said to stall."""


class EventKind(StrEnum):
    """The part that an event plays in its stream."""

    CONTENT = "content"
    """It adds to a block of the transcript."""
    META = "meta"
    """It adds no text: a role, an empty delta, a status, only ``id:`` or ``retry:``."""
    COMMENT = "comment"
    """A comment of the event stream that is not known as a sign of life."""
    KEEPALIVE = "keepalive"
    """A sign of life: an empty comment, ``: ping``, ``event: ping``."""
    USAGE = "usage"
    """It reports tokens, and adds no text."""
    TERMINAL = "terminal"
    """The API's own mark that the answer is whole, such as ``[DONE]`` or ``message_stop``."""
    ERROR = "error"
    """An error within the stream."""
    UNREADABLE = "unreadable"
    """Its data is cut off, or is not what the API sends."""


class BlockKind(StrEnum):
    """The kind of a block of a transcript."""

    TEXT = "text"
    REASONING = "reasoning"
    REFUSAL = "refusal"
    TOOL_CALL = "tool_call"
    TOOL_OUTPUT = "tool_output"
    CODE = "code"
    LOGS = "logs"
    CITATION = "citation"
    MEDIA = "media"
    """An image, audio or file: its type, size and digest, never its bytes."""
    ERROR = "error"
    """The message of an error that the API reports."""


class TraceEvent(NamedTuple):
    """One event of a stream."""

    number: int
    at_us: int
    """Arrival of its last byte."""
    gap_us: int
    """Microseconds since the previous event or, for the first one, since the request."""
    start: int
    end: int
    """Range of the event in the answer's body."""
    first_frame: int
    last_frame: int
    """Indices of the frames in which it begins and ends."""
    name: str
    """Name of the event: of the event stream, else the ``type`` in its data; may be empty."""
    kind: EventKind
    blocks: tuple[int, ...]
    """Numbers of the blocks that it adds to, or repeats."""
    text: str
    """The text that it adds; for others a short summary, such as a status or an id."""


class TextPiece(NamedTuple):
    """A part of a block's text, and the bytes that it was read from."""

    event: int
    """Number of the event; 0 in a body that is not a stream."""
    start: int
    end: int
    """Range in the body, without the quotes of a JSON string. Of an event that is in base64, it is
    the range of the base64."""
    text_start: int
    text_end: int
    """Range in the text of the block, in characters."""


class TraceBlock(NamedTuple):
    """One block of a transcript."""

    number: int
    kind: BlockKind
    owner: str
    """The API's own key of the output it belongs to: ``choice 0``, ``msg_1``, ``output 2``; ids
    are the server's. Empty if the answer has only one."""
    role: str
    """``assistant``, ``user``, ``system``, ``tool`` …; empty if the API does not say."""
    name: str
    """Name of the tool, title of the citation, media type; else empty."""
    call_id: str
    """Id that ties a tool's call to its output; else empty."""
    text: str
    """The text; for a call its arguments, as JSON text or plain text."""
    pieces: tuple[TextPiece, ...]
    """In the order of the text. Empty for what was not read from one place."""
    type: str = ""
    """The API's own type of a tool or part: ``function``, ``file_search`` …; may be empty."""


class TraceUsage(NamedTuple):
    """Tokens as the API reported them; None for what it did not report."""

    requested_model: str = ""
    answered_model: str = ""
    input_tokens: int | None = None
    cached_tokens: int | None = None
    """Part of the input that came from a cache. Anthropic does not count it as input."""
    output_tokens: int | None = None
    reasoning_tokens: int | None = None
    """Part of the output."""
    total_tokens: int | None = None


class TraceTiming(NamedTuple):
    """Arrival times of the parts of an answer; None for what did not happen."""

    first_byte_us: int | None
    """First byte of the body."""
    first_content_us: int | None
    """First event with content; None for an answer that is not a stream."""
    last_content_us: int | None
    end_us: int
    gaps_us: tuple[int, ...]
    """Microseconds between successive events, without the time to the first one."""
    stalls: tuple[int, ...]
    """Numbers of the events that came after a gap of more than ``STALL_US``."""
    content_events: int
    is_token_per_event: bool
    """False if the API sends more, or less, than one token in an event."""


class TraceEnd(NamedTuple):
    """The end of an answer."""

    connection: End
    is_whole: bool
    """True if the stored answer is everything that its framing announced."""
    terminal_event: int
    """Number of the API's own terminal event; 0 if none came."""
    needs_terminal: bool
    """True if the API ends such a stream with an event of its own."""
    error: str
    """Message of an error in the body or the stream; empty if none."""
    status: str
    """Last status or finish reason that the API reported: ``completed``, ``stop`` …"""

    @property
    def is_alarm(self) -> bool:
        """True if the answer is cut off or reports an error.

        A client that leaves after the terminal event is no alarm, and neither is an answer that
        was read to its end.
        """
        is_cut = not self.is_whole if self.terminal_event == 0 else False
        lacks_end = self.needs_terminal and self.terminal_event == 0
        return bool(self.error) or is_cut or lacks_end


class Trace(NamedTuple):
    """Everything that an exchange says."""

    number: int
    """Number of the exchange in its cassette."""
    dialect: str
    operation: str
    is_stream: bool
    ids: tuple[tuple[str, str], ...]
    """Ids in request and answer by name, such as ``thread_id``, ``response_id``."""
    conversation: tuple[TraceBlock, ...]
    """The messages of the request, with their roles; the pieces are ranges of its body."""
    events: tuple[TraceEvent, ...]
    """Events of the answer; empty if it is not a stream."""
    blocks: tuple[TraceBlock, ...]
    """The transcript of the answer."""
    usage: TraceUsage
    timing: TraceTiming
    end: TraceEnd
    problems: tuple[Problem, ...]
    """Of the request as stored, and of the stream: ``events[3]`` as path."""


class TraceRun(NamedTuple):
    """The exchanges that belong together by the API's ids."""

    id: str
    """``run_1``, ``resp_1`` (the first of a chain), ``sess_1`` …"""
    name: str
    """Name of the id: ``run_id``, ``response_id``, ``session_id``, ``thread_id``."""
    numbers: tuple[int, ...]
    """Numbers of the exchanges, in the order of their requests."""
