from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from runreel.core.http.body_digest import digest_body
from runreel.core.record.buffers import MemoryBudget
from runreel.core.record.recording import (
    TRANSITIONS,
    Recording,
    RecordingSignal,
    RecordingState,
)
from runreel.model import End, Exchange, Frame, OmittedReason, Request

CHUNKED = ((b"Transfer-Encoding", b"chunked"),)


def make_recording(*, max_body: int = 1000, budget: MemoryBudget | None = None) -> Recording:
    return Recording(
        Request("POST", b"/v1/threads/t/runs", ()),
        number=3,
        session="default",
        started_ns=17,
        max_body=max_body,
        budget=budget or MemoryBudget(10_000),
    )


def test_a_finished_recording_has_all_data_and_times() -> None:
    recording = make_recording()
    recording.add_request_data(b"ab")
    recording.add_request_data(b"c")
    recording.start_answer(200, b"OK", CHUNKED, at_us=5)
    recording.add_answer_data(b"xy", end_of_chunk=True, at_us=6)
    recording.add_answer_data(b"z", end_of_chunk=False, at_us=9)
    exchange = recording.finish(End.RESET, whole=False, at_us=11)
    assert exchange.head.request.body == b"abc"
    assert exchange.answer.body == b"xyz"
    assert exchange.answer.frames == (Frame(6, 2, True), Frame(9, 1, False))
    assert (exchange.head.end, exchange.head.whole) == (End.RESET, False)
    assert (exchange.head.timings.head_us, exchange.head.timings.end_us) == (5, 11)
    assert (exchange.head.number, exchange.head.timings.started_ns) == (3, 17)


def test_a_whole_answer_ends_its_last_chunk() -> None:
    recording = make_recording()
    recording.start_answer(200, b"OK", CHUNKED, at_us=5)
    recording.add_answer_data(b"z", end_of_chunk=False, at_us=9)
    assert recording.finish(End.COMPLETE, whole=True, at_us=11).answer.frames == (
        Frame(9, 1, True),
    )


def test_a_body_with_a_length_has_no_chunks() -> None:
    recording = make_recording()
    recording.start_answer(200, b"OK", ((b"Content-Length", b"1"),), at_us=5)
    recording.add_answer_data(b"z", end_of_chunk=False, at_us=9)
    assert recording.finish(End.COMPLETE, whole=True, at_us=11).answer.frames == (
        Frame(9, 1, False),
    )


LIMITS = [
    (
        "an answer beyond max_body is discarded",
        4,
        100,
        b"",
        b"12345",
        (None, OmittedReason.MAX_BODY),
    ),
    (
        "the limit is for both bodies together",
        6,
        100,
        b"123",
        b"1234",
        (None, OmittedReason.MAX_BODY),
    ),
    (
        "a discarded request leaves room for the answer",
        4,
        100,
        b"12345",
        b"1",
        (OmittedReason.MAX_BODY, None),
    ),
    ("beyond max_memory", 100, 4, b"", b"12345", (None, OmittedReason.MAX_MEMORY)),
    ("exactly at both limits is kept", 5, 5, b"12", b"345", (None, None)),
]


@pytest.mark.parametrize(
    ("reason", "max_body", "memory", "request_body", "answer_body", "omitted"),
    LIMITS,
    ids=[row[0] for row in LIMITS],
)
def test_limits(
    reason: str,
    max_body: int,
    memory: int,
    request_body: bytes,
    answer_body: bytes,
    omitted: tuple[OmittedReason | None, OmittedReason | None],
) -> None:
    recording = make_recording(max_body=max_body, budget=MemoryBudget(memory))
    recording.add_request_data(request_body)
    recording.start_answer(200, b"OK", CHUNKED, at_us=0)
    recording.add_answer_data(answer_body, end_of_chunk=True, at_us=0)
    recording.add_answer_data(b"", end_of_chunk=True, at_us=0)
    exchange = recording.finish(End.COMPLETE, whole=True, at_us=0)
    assert (exchange.head.request.omitted, exchange.answer.omitted) == omitted
    assert exchange.head.request.body == (b"" if omitted[0] else request_body)
    assert exchange.answer.body == (b"" if omitted[1] else answer_body)
    assert sum(frame.length for frame in exchange.answer.frames) == len(exchange.answer.body)


@given(st.lists(st.binary(max_size=8)), st.integers(0, 40), st.integers(0, 40))
def test_releasing_the_reserved_bytes_restores_the_budget(
    pieces: list[bytes], max_body: int, memory: int
) -> None:
    budget = MemoryBudget(memory)
    recording = make_recording(max_body=max_body, budget=budget)
    recording.start_answer(200, b"OK", CHUNKED, at_us=0)
    for piece in pieces:
        recording.add_answer_data(piece, end_of_chunk=True, at_us=0)
    budget.release(recording.memory_size)
    assert budget.reserve(memory)
    assert not budget.reserve(1)


def test_request_data_after_the_end_is_not_recorded() -> None:
    budget = MemoryBudget(10)
    recording = make_recording(budget=budget)
    recording.start_answer(413, b"", (), at_us=0)
    recording.finish(End.COMPLETE, whole=True, at_us=1)
    recording.add_request_data(b"late")
    assert budget.reserve(10)


class Conversation(RuleBasedStateMachine):
    """Any signals in any order: those without a transition fail, and nothing follows the end."""

    def __init__(self) -> None:
        super().__init__()
        self.recording = make_recording()
        self.state = RecordingState.WAITING
        self.exchange: Exchange | None = None

    def is_allowed(self, signal: RecordingSignal) -> bool:
        return signal in TRANSITIONS[self.state]

    @rule()
    def start_answer(self) -> None:
        if self.is_allowed(RecordingSignal.ANSWER_HEAD):
            self.recording.start_answer(200, b"OK", CHUNKED, at_us=0)
            self.state = RecordingState.STREAMING
        else:
            with pytest.raises(KeyError):
                self.recording.start_answer(200, b"OK", CHUNKED, at_us=0)

    @rule(data=st.binary(max_size=3), end=st.booleans())
    def add_answer_data(self, data: bytes, end: bool) -> None:
        if self.is_allowed(RecordingSignal.ANSWER_DATA):
            self.recording.add_answer_data(data, end_of_chunk=end, at_us=0)
        else:
            with pytest.raises(KeyError):
                self.recording.add_answer_data(data, end_of_chunk=end, at_us=0)

    @rule()
    @precondition(lambda self: self.state is RecordingState.STREAMING)
    def end(self) -> None:
        self.exchange = self.recording.finish(End.COMPLETE, whole=True, at_us=0)
        self.state = RecordingState.ENDED

    @rule(data=st.binary(max_size=3))
    def add_request_data(self, data: bytes) -> None:
        reserved = self.recording.memory_size
        self.recording.add_request_data(data)
        assert self.recording.memory_size == reserved + (
            0 if self.state is RecordingState.ENDED else len(data)
        )


TestConversation = Conversation.TestCase


DIGESTED = [
    ("beyond max_body", 1999, 10_000, [b"1" * 1000, b"2" * 1000, b"3" * 1000]),
    ("beyond max_memory", 10_000, 1999, [b"1" * 1000, b"2" * 1000, b"3" * 1000]),
    ("in one piece", 10, 10_000, [b"1" * 3000]),
]


@pytest.mark.parametrize(
    ("reason", "max_body", "memory", "pieces"), DIGESTED, ids=[row[0] for row in DIGESTED]
)
def test_a_discarded_request_body_leaves_its_digest(
    reason: str, max_body: int, memory: int, pieces: list[bytes]
) -> None:
    recording = make_recording(max_body=max_body, budget=MemoryBudget(memory))
    for piece in pieces:
        recording.add_request_data(piece)
    recording.start_answer(200, b"OK", CHUNKED, at_us=0)
    recording.add_answer_data(b"x" * 5000, end_of_chunk=True, at_us=0)
    request = recording.finish(End.COMPLETE, whole=True, at_us=0).head.request
    assert (request.body, request.digest) == (b"", digest_body(b"".join(pieces)))


def test_a_stored_request_body_has_no_digest() -> None:
    recording = make_recording()
    recording.add_request_data(b"abc")
    recording.start_answer(200, b"OK", CHUNKED, at_us=0)
    assert recording.finish(End.COMPLETE, whole=True, at_us=0).head.request.digest == ""
