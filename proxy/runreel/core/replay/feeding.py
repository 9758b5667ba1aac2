"""Answers that go on to report on what later requests do, such as the events of a session.

A client opens the stream of a session first, then posts a message, and gets in the stream what the
message leads to; it posts the results of tools that the stream asks for. At replay both are served
at once. What was recorded after such a request had come waits until the client has made it again,
so that the stream never tells what has not happened yet. Nothing waits for the end of anything.

The server never ends such a stream. If the client had left it, it stays open until a client leaves.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import takewhile

from runreel.core.dialect import Dialect
from runreel.core.replay.candidate import may_change_state
from runreel.core.replay.send_plan import MAX_PIECE, Finish, Gate, SendPlan, TimedBytes
from runreel.model import Answer, End, ExchangeHead

_MAX_GATES = 10_000
"""Requests that one answer waits for; a cassette is untrusted input."""


def is_fed(head: ExchangeHead, dialect: Dialect) -> bool:
    """Return whether the answer of an exchange reports on later requests."""
    return bool(dialect.fed) and dialect.interpret(head.request).operation in dialect.fed


def list_gates(
    head: ExchangeHead, answer: Answer, heads: Sequence[ExchangeHead], dialect: Dialect
) -> tuple[Gate, ...]:
    """Return the requests that the answer of a fed exchange waits for, in their order.

    ``heads`` are those of the whole cassette, in the order of their numbers. A request that was
    answered before a later one came is passed over if the client makes that one.
    """
    feeding = dialect.fed[dialect.interpret(head.request).operation]
    conversation = dialect.find_conversation(head.request)
    conversation = conversation or dialect.find_created(head.request, answer)
    later = [
        other
        for other in _iter_concurrent(head, heads)
        if _feeds(other, conversation, feeding, dialect)
    ][:_MAX_GATES]
    started_ns = head.timings.started_ns
    return tuple(
        Gate((each.timings.started_ns - started_ns) // 1000, _list_openers(each, later))
        for each in later
    )


def hold_back(
    plan: SendPlan, gates: Iterable[Gate], head: ExchangeHead, *, at_once: bool
) -> SendPlan:
    """Return the plan with its gates; the head of the answer waits for nothing.

    ``at_once``: send everything as early as the gates allow. A stream that the client had left
    stays open.
    """
    first, *rest = plan.pieces
    pieces = (first, *_add_gates(rest, list(gates)))
    finish = Finish.HOLD if head.end is End.CLIENT_LEFT and not head.whole else plan.finish
    return SendPlan(tuple(_iter_joined(pieces)) if at_once else pieces, finish)


def _iter_concurrent(head: ExchangeHead, heads: Sequence[ExchangeHead]) -> Iterator[ExchangeHead]:
    """Yield the exchanges that began while this one was under way."""
    started_ns = head.timings.started_ns
    ended_ns = started_ns + head.timings.end_us * 1000
    after = (other for other in heads if other.number > head.number)
    return takewhile(lambda other: other.timings.started_ns <= ended_ns, after)


def _feeds(
    other: ExchangeHead, conversation: str, feeding: frozenset[str], dialect: Dialect
) -> bool:
    """Return whether a stream of this conversation reports on what a request does."""
    request = other.request
    is_same = bool(conversation) and dialect.find_conversation(request) == conversation
    if not is_same or not may_change_state(request.method):
        return False
    return not feeding or dialect.interpret(request).operation in feeding


def _list_openers(head: ExchangeHead, later: Sequence[ExchangeHead]) -> frozenset[int]:
    ended_ns = head.timings.started_ns + head.timings.end_us * 1000
    passing = (each.number for each in later if each.timings.started_ns > ended_ns)
    return frozenset({head.number, *passing})


def _add_gates(pieces: Iterable[TimedBytes], gates: list[Gate]) -> Iterator[TimedBytes]:
    """Yield the pieces, each with the gates that were recorded before it."""
    gates.reverse()
    for piece in pieces:
        before = []
        while gates and gates[-1].at_us <= piece.at_us:
            before.append(gates.pop())
        yield TimedBytes(piece.at_us, piece.data, tuple(before))


def _iter_joined(pieces: Iterable[TimedBytes]) -> Iterator[TimedBytes]:
    """Yield the same bytes without delays: one piece for each gate, unless that is too large."""
    data = bytearray()
    gates: tuple[Gate, ...] = ()
    for piece in pieces:
        if piece.gates or len(data) > MAX_PIECE:
            yield TimedBytes(0, bytes(data), gates)
            data, gates = bytearray(), piece.gates
        data += piece.data
    yield TimedBytes(0, bytes(data), gates)
