"""Descriptions of the end of an answer."""

from __future__ import annotations

import pytest

from runreel.core.report.ending import describe_end
from runreel.dialects import find_dialect
from runreel.dialects.exchange_reading import read_exchange
from runreel.model import Answer, End, OmittedReason
from support.build import make_answer, make_exchange, make_head, make_request

ONE = make_answer(b"data: a\n\n")
TWO = make_answer(b"data: a\n\n", b"data: b\n\n")
INCOMPLETE = make_answer(b"data: a\n\n", b"data: b")
JSON = make_answer(b"{", headers=((b"Content-Type", b"application/json"),))
OMITTED = make_answer(omitted=OmittedReason.MAX_BODY)

CASES = [
    ("complete", TWO, End.COMPLETE, True, "complete"),
    ("a reset", TWO, End.RESET, False, "the upstream reset the connection after 2 events"),
    ("one event", ONE, End.TIMEOUT, False, "the upstream stopped sending after 1 event"),
    (
        "within an event",
        INCOMPLETE,
        End.SHUTDOWN,
        False,
        "the proxy was stopped after 1 event and part of another",
    ),
    (
        "not a stream",
        JSON,
        End.CLOSED,
        False,
        "the upstream closed the unfinished answer after 1 byte",
    ),
    ("the client left", ONE, End.CLIENT_LEFT, False, "the client left after 1 event"),
    (
        "the client left, and the rest was recorded",
        TWO,
        End.CLIENT_LEFT,
        True,
        "the client left; the rest of the answer was still recorded",
    ),
    (
        "an omitted body",
        OMITTED,
        End.RESET,
        False,
        "the upstream reset the connection",
    ),
]


@pytest.mark.parametrize(
    ("answer", "end", "whole", "description"), [c[1:] for c in CASES], ids=[c[0] for c in CASES]
)
def test_the_end_is_described(answer: Answer, end: End, whole: bool, description: str) -> None:
    request = make_request("GET", b"/other", body=b"")
    exchange = make_exchange(
        answer=answer, head=make_head(answer, request=request, end=end, whole=whole)
    )
    reading = read_exchange(exchange, find_dialect)
    assert describe_end(exchange, reading.events, reading.trace.end) == description


DONE = b"event: done\ndata: [DONE]\n\n"

MARKS = [
    ("all", make_answer(b": hi\n\n", DONE), End.COMPLETE, True, "complete"),
    (
        "a client that leaves after the API's end",
        make_answer(b": hi\n\n", DONE),
        End.CLIENT_LEFT,
        False,
        "the client left after 2 events; event 2 had ended the stream",
    ),
    (
        "a stream that just stops",
        make_answer(b"data: {}\n\n"),
        End.COMPLETE,
        True,
        "complete, without the event that ends such a stream",
    ),
    (
        "an error",
        make_answer(b'event: error\ndata: {"message": "no"}\n\n'),
        End.COMPLETE,
        True,
        "complete",
    ),
]


@pytest.mark.parametrize(
    ("answer", "end", "whole", "description"), [c[1:] for c in MARKS], ids=[c[0] for c in MARKS]
)
def test_the_end_of_a_known_api(answer: Answer, end: End, whole: bool, description: str) -> None:
    exchange = make_exchange(answer=answer, head=make_head(answer, end=end, whole=whole))
    reading = read_exchange(exchange, find_dialect)
    assert describe_end(exchange, reading.events, reading.trace.end) == description
