from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from runreel.core.http.body_digest import digest_body
from runreel.core.record.recording import (
    MAX_FRAMES,
    TRANSITIONS,
    MemoryBudget,
    Recording,
    RecordingSignal,
    RecordingState,
)
from runreel.model import End, Exchange, Frame, OmittedReason, Request

CHUNKED = ((b"Transfer-Encoding", b"chunked"),)


def recording(*, max_body: int = 1000, budget: MemoryBudget | None = None) -> Recording:
    return Recording(
        Request("POST", b"/v1/threads/t/runs", ()),
        number=3,
        session="default",
        started_ns=17,
        max_body=max_body,
        budget=budget or MemoryBudget(10_000),
    )


def test_what_happened_is_what_is_kept() -> None:
    made = recording()
    made.add_request_data(b"ab")
    made.add_request_data(b"c")
    made.start_answer(200, b"OK", CHUNKED, at_us=5)
    made.add_answer_data(b"xy", end_of_chunk=True, at_us=6)
    made.add_answer_data(b"z", end_of_chunk=False, at_us=9)
    exchange = made.finish(End.RESET, whole=False, at_us=11)
    assert exchange.head.request.body == b"abc"
    assert exchange.answer.body == b"xyz"
    assert exchange.answer.frames == (Frame(6, 2, True), Frame(9, 1, False))
    assert (exchange.head.end, exchange.head.whole) == (End.RESET, False)
    assert (exchange.head.timings.head_us, exchange.head.timings.end_us) == (5, 11)
    assert (exchange.head.number, exchange.head.timings.started_ns) == (3, 17)


def test_the_last_chunk_of_a_whole_answer_has_ended() -> None:
    made = recording()
    made.start_answer(200, b"OK", CHUNKED, at_us=5)
    made.add_answer_data(b"z", end_of_chunk=False, at_us=9)
    assert made.finish(End.COMPLETE, whole=True, at_us=11).answer.frames == (Frame(9, 1, True),)


def test_a_body_that_a_length_ends_has_no_chunks() -> None:
    made = recording()
    made.start_answer(200, b"OK", ((b"Content-Length", b"1"),), at_us=5)
    made.add_answer_data(b"z", end_of_chunk=False, at_us=9)
    assert made.finish(End.COMPLETE, whole=True, at_us=11).answer.frames == (Frame(9, 1, False),)


LIMITS = [
    ("an answer beyond max_body is let go", 4, 100, b"", b"12345", (None, OmittedReason.MAX_BODY)),
    ("both bodies count together", 6, 100, b"123", b"1234", (None, OmittedReason.MAX_BODY)),
    (
        "a request beyond it leaves room for the answer",
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
    ("why", "max_body", "memory", "up", "down", "omitted"), LIMITS, ids=[row[0] for row in LIMITS]
)
def test_limits(
    why: str,
    max_body: int,
    memory: int,
    up: bytes,
    down: bytes,
    omitted: tuple[OmittedReason | None, OmittedReason | None],
) -> None:
    made = recording(max_body=max_body, budget=MemoryBudget(memory))
    made.add_request_data(up)
    made.start_answer(200, b"OK", CHUNKED, at_us=0)
    made.add_answer_data(down, end_of_chunk=True, at_us=0)
    made.add_answer_data(b"", end_of_chunk=True, at_us=0)
    exchange = made.finish(End.COMPLETE, whole=True, at_us=0)
    assert (exchange.head.request.omitted, exchange.answer.omitted) == omitted
    assert exchange.head.request.body == (b"" if omitted[0] else up)
    assert exchange.answer.body == (b"" if omitted[1] else down)
    assert sum(frame.length for frame in exchange.answer.frames) == len(exchange.answer.body)


@given(st.lists(st.binary(max_size=8)), st.integers(0, 40), st.integers(0, 40))
def test_the_budget_is_whole_again_when_what_is_held_is_given_back(
    pieces: list[bytes], max_body: int, memory: int
) -> None:
    budget = MemoryBudget(memory)
    made = recording(max_body=max_body, budget=budget)
    made.start_answer(200, b"OK", CHUNKED, at_us=0)
    for piece in pieces:
        made.add_answer_data(piece, end_of_chunk=True, at_us=0)
    budget.release(made.reserved_bytes)
    assert budget.reserve(memory)
    assert not budget.reserve(1)


def test_frames_are_bounded_without_losing_a_byte(monkeypatch: pytest.MonkeyPatch) -> None:
    assert MAX_FRAMES == 1_000_000
    monkeypatch.setattr("runreel.core.record.recording.MAX_FRAMES", 2)
    made = recording()
    made.start_answer(200, b"OK", CHUNKED, at_us=0)
    for moment in range(4):
        made.add_answer_data(b"ab", end_of_chunk=moment == 3, at_us=moment)
    exchange = made.finish(End.COMPLETE, whole=True, at_us=4)
    assert exchange.answer.frames == (Frame(0, 2, False), Frame(1, 6, True))


def test_what_is_sent_after_the_end_is_not_part_of_the_record() -> None:
    budget = MemoryBudget(10)
    made = recording(budget=budget)
    made.start_answer(413, b"", (), at_us=0)
    made.finish(End.COMPLETE, whole=True, at_us=1)
    made.add_request_data(b"late")
    assert budget.reserve(10)


class Conversation(RuleBasedStateMachine):
    """Whatever happens in whatever order: nothing is recorded after the end."""

    def __init__(self) -> None:
        super().__init__()
        self.made = recording()
        self.state = RecordingState.WAITING
        self.exchange: Exchange | None = None

    def allowed(self, signal: RecordingSignal) -> bool:
        return signal in TRANSITIONS[self.state]

    @rule()
    def head(self) -> None:
        if self.allowed(RecordingSignal.ANSWER_HEAD):
            self.made.start_answer(200, b"OK", CHUNKED, at_us=0)
            self.state = RecordingState.STREAMING
        else:
            with pytest.raises(KeyError):
                self.made.start_answer(200, b"OK", CHUNKED, at_us=0)

    @rule(data=st.binary(max_size=3), end=st.booleans())
    def piece(self, data: bytes, end: bool) -> None:
        if self.allowed(RecordingSignal.ANSWER_DATA):
            self.made.add_answer_data(data, end_of_chunk=end, at_us=0)
        else:
            with pytest.raises(KeyError):
                self.made.add_answer_data(data, end_of_chunk=end, at_us=0)

    @rule()
    @precondition(lambda self: self.state is RecordingState.STREAMING)
    def end(self) -> None:
        self.exchange = self.made.finish(End.COMPLETE, whole=True, at_us=0)
        self.state = RecordingState.ENDED

    @rule(data=st.binary(max_size=3))
    def sent(self, data: bytes) -> None:
        held = self.made.reserved_bytes
        self.made.add_request_data(data)
        assert self.made.reserved_bytes == held + (
            0 if self.state is RecordingState.ENDED else len(data)
        )


TestConversation = Conversation.TestCase


DIGESTED = [
    ("beyond max_body", 1999, 10_000, [b"1" * 1000, b"2" * 1000, b"3" * 1000]),
    ("beyond max_memory", 10_000, 1999, [b"1" * 1000, b"2" * 1000, b"3" * 1000]),
    ("in one piece", 10, 10_000, [b"1" * 3000]),
]


@pytest.mark.parametrize(
    ("why", "max_body", "memory", "pieces"), DIGESTED, ids=[row[0] for row in DIGESTED]
)
def test_a_request_that_is_let_go_leaves_its_digest(
    why: str, max_body: int, memory: int, pieces: list[bytes]
) -> None:
    made = recording(max_body=max_body, budget=MemoryBudget(memory))
    for piece in pieces:
        made.add_request_data(piece)
    made.start_answer(200, b"OK", CHUNKED, at_us=0)
    made.add_answer_data(b"x" * 5000, end_of_chunk=True, at_us=0)
    request = made.finish(End.COMPLETE, whole=True, at_us=0).head.request
    assert (request.body, request.digest) == (b"", digest_body(b"".join(pieces)))


def test_a_request_that_is_kept_has_no_digest() -> None:
    made = recording()
    made.add_request_data(b"abc")
    made.start_answer(200, b"OK", CHUNKED, at_us=0)
    assert made.finish(End.COMPLETE, whole=True, at_us=0).head.request.digest == ""
