from __future__ import annotations

import pytest
from msgspec.structs import replace

from runreel.core.replay.feeding import hold_back, is_fed, list_gates
from runreel.core.replay.send_plan import Finish, Gate, SendPlan, TimedBytes
from runreel.dialects import find_dialect
from runreel.model import End, ExchangeHead, Headers, Request, Timings
from support.build import STARTED_NS, make_answer, make_head, make_request

AGENTS: Headers = ((b"OpenAI-Beta", b"agents=v1"),)
SESSION = b"/v1/agents/sessions/sess_1"


def ask(method: str, target: bytes, body: bytes = b"") -> Request:
    return make_request(method, target, AGENTS, body)


STREAM = ask("GET", SESSION + b"/events")
POST = ask("POST", SESSION + b"/events")


def at(number: int, request: Request, start_ms: int, end_ms: int) -> ExchangeHead:
    """Build an exchange between two moments, in milliseconds since the first request."""
    timings = Timings(STARTED_NS + start_ms * 1_000_000, 0, (end_ms - start_ms) * 1000)
    return make_head(number=number, request=request, timings=timings, end=End.CLIENT_LEFT)


CREATE = ask("POST", b"/v1/agents/sessions", b'{"stream": true}')
CREATED = make_answer(b'data: {"session":{"id":"sess_1"}}\n\n')

GATES = [
    ("a message", STREAM, [at(2, POST, 5, 7)], [Gate(5000, frozenset({2}))]),
    ("what came before it", STREAM, [at(0, POST, -5, -2)], []),
    ("what came after it had ended", STREAM, [at(2, POST, 101, 102)], []),
    ("a read", STREAM, [at(2, ask("GET", SESSION), 5, 7)], []),
    (
        "another session",
        STREAM,
        [at(2, ask("POST", b"/v1/agents/sessions/sess_2/events"), 5, 7)],
        [],
    ),
    (
        "a later one passes an earlier one over",
        STREAM,
        [at(2, POST, 5, 7), at(3, POST, 8, 9)],
        [Gate(5000, frozenset({2, 3})), Gate(8000, frozenset({3}))],
    ),
    (
        "one that came at the same time does not",
        STREAM,
        [at(2, POST, 5, 7), at(3, POST, 6, 9)],
        [Gate(5000, frozenset({2})), Gate(6000, frozenset({3}))],
    ),
    ("the session of the answer", CREATE, [at(2, POST, 5, 7)], [Gate(5000, frozenset({2}))]),
]


@pytest.mark.parametrize(
    ("reason", "request_", "others", "gates"), GATES, ids=[row[0] for row in GATES]
)
def test_a_stream_waits_for_the_requests_that_feed_it(
    reason: str, request_: Request, others: list[ExchangeHead], gates: list[Gate]
) -> None:
    head = at(1, request_, 0, 100)
    dialect = find_dialect(request_)
    assert is_fed(head, dialect)
    assert list_gates(head, CREATED, [head, *others], dialect) == tuple(gates)


def test_the_answer_to_a_call_waits_for_what_its_client_answers_alone() -> None:
    session: Headers = ((b"mcp-session-id", b"s1"),)
    call, response, other = (
        make_request("POST", b"/mcp", session, body)
        for body in (
            b'{"jsonrpc": "2.0", "id": 1, "method": "tools/call"}',
            b'{"jsonrpc": "2.0", "id": 1, "result": {}}',
            b'{"jsonrpc": "2.0", "id": 2, "method": "tools/call"}',
        )
    )
    head = at(1, call, 0, 100)
    heads = [head, at(2, other, 3, 4), at(3, response, 5, 6)]
    gates = list_gates(head, make_answer(), heads, find_dialect(call))
    assert gates == (Gate(5000, frozenset({3})),)


def test_other_answers_wait_for_nothing() -> None:
    request = make_request()
    assert not is_fed(make_head(request=request), find_dialect(request))
    assert not is_fed(at(1, ask("GET", SESSION), 0, 1), find_dialect(STREAM))


PLAN = SendPlan(
    tuple(TimedBytes(number * 1000, b"%d" % number) for number in range(6)), Finish.CLOSE
)
TWO = (Gate(500, frozenset({2})), Gate(2500, frozenset({3})))


def test_pieces_are_held_back_and_keep_their_moments() -> None:
    plan = hold_back(PLAN, TWO, make_head(end=End.COMPLETE), at_once=False)
    assert [piece.gates for piece in plan.pieces] == [(), TWO[:1], (), TWO[1:], (), ()]
    assert [piece.at_us for piece in plan.pieces] == [piece.at_us for piece in PLAN.pieces]
    assert plan.finish is Finish.CLOSE


def test_at_once_a_piece_goes_to_the_next_gate() -> None:
    plan = hold_back(PLAN, TWO, make_head(end=End.CLIENT_LEFT), at_once=True)
    assert plan.pieces == (
        TimedBytes(0, b"0"),
        TimedBytes(0, b"12", TWO[:1]),
        TimedBytes(0, b"345", TWO[1:]),
    )
    assert plan.finish is Finish.HOLD


def test_the_head_of_an_answer_waits_for_nothing() -> None:
    plan = hold_back(PLAN, [Gate(0, frozenset({2}))], make_head(), at_once=True)
    assert [piece.gates for piece in plan.pieces] == [(), (Gate(0, frozenset({2})),)]


def test_a_stream_that_was_read_to_its_end_is_not_held_open() -> None:
    head = replace(make_head(end=End.CLIENT_LEFT), whole=True)
    assert hold_back(PLAN, (), head, at_once=True).finish is Finish.CLOSE
