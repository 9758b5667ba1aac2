from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from runreel.core.http.body_digest import digest_of
from runreel.core.record.recording import MAX_FRAMES, TRANSITIONS, Budget, Recording, Signal, State
from runreel.model import End, Exchange, Frame, Omitted, Request

CHUNKED = ((b"Transfer-Encoding", b"chunked"),)


def recording(*, max_body: int = 1000, budget: Budget | None = None) -> Recording:
    return Recording(
        Request("POST", b"/v1/threads/t/runs", ()),
        number=3,
        session="default",
        started_ns=17,
        max_body=max_body,
        budget=budget or Budget(10_000),
    )


def test_what_happened_is_what_is_kept() -> None:
    made = recording()
    made.sent(b"ab")
    made.sent(b"c")
    made.head(200, b"OK", CHUNKED, at_us=5)
    made.piece(b"xy", end_of_chunk=True, at_us=6)
    made.piece(b"z", end_of_chunk=False, at_us=9)
    exchange = made.end(End.RESET, whole=False, at_us=11)
    assert exchange.head.request.body == b"abc"
    assert exchange.answer.body == b"xyz"
    assert exchange.answer.frames == (Frame(6, 2, True), Frame(9, 1, False))
    assert (exchange.head.end, exchange.head.whole) == (End.RESET, False)
    assert (exchange.head.timings.head_us, exchange.head.timings.end_us) == (5, 11)
    assert (exchange.head.number, exchange.head.timings.started_ns) == (3, 17)


def test_the_last_chunk_of_a_whole_answer_has_ended() -> None:
    made = recording()
    made.head(200, b"OK", CHUNKED, at_us=5)
    made.piece(b"z", end_of_chunk=False, at_us=9)
    assert made.end(End.COMPLETE, whole=True, at_us=11).answer.frames == (Frame(9, 1, True),)


def test_a_body_that_a_length_ends_has_no_chunks() -> None:
    made = recording()
    made.head(200, b"OK", ((b"Content-Length", b"1"),), at_us=5)
    made.piece(b"z", end_of_chunk=False, at_us=9)
    assert made.end(End.COMPLETE, whole=True, at_us=11).answer.frames == (Frame(9, 1, False),)


LIMITS = [
    ("an answer beyond max_body is let go", 4, 100, b"", b"12345", (None, Omitted.MAX_BODY)),
    ("both bodies count together", 6, 100, b"123", b"1234", (None, Omitted.MAX_BODY)),
    (
        "a request beyond it leaves room for the answer",
        4,
        100,
        b"12345",
        b"1",
        (Omitted.MAX_BODY, None),
    ),
    ("beyond max_memory", 100, 4, b"", b"12345", (None, Omitted.MAX_MEMORY)),
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
    omitted: tuple[Omitted | None, Omitted | None],
) -> None:
    made = recording(max_body=max_body, budget=Budget(memory))
    made.sent(up)
    made.head(200, b"OK", CHUNKED, at_us=0)
    made.piece(down, end_of_chunk=True, at_us=0)
    made.piece(b"", end_of_chunk=True, at_us=0)
    exchange = made.end(End.COMPLETE, whole=True, at_us=0)
    assert (exchange.head.request.omitted, exchange.answer.omitted) == omitted
    assert exchange.head.request.body == (b"" if omitted[0] else up)
    assert exchange.answer.body == (b"" if omitted[1] else down)
    assert sum(frame.length for frame in exchange.answer.frames) == len(exchange.answer.body)


@given(st.lists(st.binary(max_size=8)), st.integers(0, 40), st.integers(0, 40))
def test_the_budget_is_whole_again_when_what_is_held_is_given_back(
    pieces: list[bytes], max_body: int, memory: int
) -> None:
    budget = Budget(memory)
    made = recording(max_body=max_body, budget=budget)
    made.head(200, b"OK", CHUNKED, at_us=0)
    for piece in pieces:
        made.piece(piece, end_of_chunk=True, at_us=0)
    budget.give(made.held)
    assert budget.take(memory)
    assert not budget.take(1)


def test_frames_are_bounded_without_losing_a_byte(monkeypatch: pytest.MonkeyPatch) -> None:
    assert MAX_FRAMES == 1_000_000
    monkeypatch.setattr("runreel.core.record.recording.MAX_FRAMES", 2)
    made = recording()
    made.head(200, b"OK", CHUNKED, at_us=0)
    for moment in range(4):
        made.piece(b"ab", end_of_chunk=moment == 3, at_us=moment)
    exchange = made.end(End.COMPLETE, whole=True, at_us=4)
    assert exchange.answer.frames == (Frame(0, 2, False), Frame(1, 6, True))


def test_what_is_sent_after_the_end_is_not_part_of_the_record() -> None:
    budget = Budget(10)
    made = recording(budget=budget)
    made.head(413, b"", (), at_us=0)
    made.end(End.COMPLETE, whole=True, at_us=1)
    made.sent(b"late")
    assert budget.take(10)


class Conversation(RuleBasedStateMachine):
    """Whatever happens in whatever order: nothing is recorded after the end."""

    def __init__(self) -> None:
        super().__init__()
        self.made = recording()
        self.state = State.WAITING
        self.exchange: Exchange | None = None

    def allowed(self, signal: Signal) -> bool:
        return signal in TRANSITIONS[self.state]

    @rule()
    def head(self) -> None:
        if self.allowed(Signal.HEAD):
            self.made.head(200, b"OK", CHUNKED, at_us=0)
            self.state = State.STREAMING
        else:
            with pytest.raises(KeyError):
                self.made.head(200, b"OK", CHUNKED, at_us=0)

    @rule(data=st.binary(max_size=3), end=st.booleans())
    def piece(self, data: bytes, end: bool) -> None:
        if self.allowed(Signal.PIECE):
            self.made.piece(data, end_of_chunk=end, at_us=0)
        else:
            with pytest.raises(KeyError):
                self.made.piece(data, end_of_chunk=end, at_us=0)

    @rule()
    @precondition(lambda self: self.state is State.STREAMING)
    def end(self) -> None:
        self.exchange = self.made.end(End.COMPLETE, whole=True, at_us=0)
        self.state = State.ENDED

    @rule(data=st.binary(max_size=3))
    def sent(self, data: bytes) -> None:
        held = self.made.held
        self.made.sent(data)
        assert self.made.held == held + (0 if self.state is State.ENDED else len(data))


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
    made = recording(max_body=max_body, budget=Budget(memory))
    for piece in pieces:
        made.sent(piece)
    made.head(200, b"OK", CHUNKED, at_us=0)
    made.piece(b"x" * 5000, end_of_chunk=True, at_us=0)
    request = made.end(End.COMPLETE, whole=True, at_us=0).head.request
    assert (request.body, request.digest) == (b"", digest_of(b"".join(pieces)))


def test_a_request_that_is_kept_has_no_digest() -> None:
    made = recording()
    made.sent(b"abc")
    made.head(200, b"OK", CHUNKED, at_us=0)
    assert made.end(End.COMPLETE, whole=True, at_us=0).head.request.digest == ""
