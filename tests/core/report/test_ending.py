"""How an answer ended, in words."""

from __future__ import annotations

import pytest

from runreel.core.report.ending import describe_end
from runreel.core.report.timeline import build_timeline
from runreel.dialects import Plain
from runreel.model import Answer, End, OmittedReason
from support.build import make_answer, make_exchange, make_head

ONE = make_answer(b"data: a\n\n")
TWO = make_answer(b"data: a\n\n", b"data: b\n\n")
BROKEN = make_answer(b"data: a\n\n", b"data: b")
JSON = make_answer(b"{", headers=((b"Content-Type", b"application/json"),))
OMITTED = make_answer(omitted=OmittedReason.MAX_BODY)

CASES = [
    ("all came", TWO, End.COMPLETE, True, "complete"),
    ("a reset", TWO, End.RESET, False, "the upstream reset the connection after 2 events"),
    ("one event", ONE, End.TIMEOUT, False, "the upstream fell silent after 1 event"),
    (
        "in the middle of an event",
        BROKEN,
        End.SHUTDOWN,
        False,
        "the proxy was stopped after 1 event and a part of one",
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
        "the client left, and the rest was read",
        TWO,
        End.CLIENT_LEFT,
        True,
        "the client left; the answer was read to its end all the same",
    ),
    (
        "nobody knows after what",
        OMITTED,
        End.RESET,
        False,
        "the upstream reset the connection",
    ),
]


@pytest.mark.parametrize(
    ("answer", "end", "whole", "words"), [c[1:] for c in CASES], ids=[c[0] for c in CASES]
)
def test_words(answer: Answer, end: End, whole: bool, words: str) -> None:
    exchange = make_exchange(answer=answer, head=make_head(answer, end=end, whole=whole))
    assert describe_end(exchange, build_timeline(exchange, Plain())) == words
