from __future__ import annotations

import pytest

from runreel.core.redact.texts.repeats import EventBatch, EventRepeats, RepeatedEvent

BODY = b"ab<1>cd<22>e|??|ab<>cd<3>e|ab<4444>cd<5>e|no<1>no"
"""Events with holes in brackets, and one that is like no other."""

REPEATS = EventRepeats(
    [
        RepeatedEvent(0, 13, [(2, 5), (7, 11)], [EventBatch((16, 27), [(20, 35), (25, 40)])]),
        RepeatedEvent(42, 49, [(2, 5)], []),
    ]
)

STAND = [
    ("before all holes", b"ab", 2),
    ("a part of that", b"b", 2),
    ("between holes", b"cd", 2),
    ("behind them", b"e|", 2),
    ("in a hole", b"22", 0),
    ("over a hole", b"b<1>c", 0),
    ("into one", b"d<2", 0),
    ("over events", b"|??|", 0),
    ("in an event that is not repeated", b"??", 0),
    ("in one that nothing is like", b"no", 0),
]


@pytest.mark.parametrize(("reason", "what", "count"), STAND, ids=[c[0] for c in STAND])
def test_where_else_the_same_bytes_stand(reason: str, what: bytes, count: int) -> None:
    start = BODY.index(what)
    places = [start + shift for shift in REPEATS.iter_shifts(start, start + len(what))]
    assert [BODY[at : at + len(what)] for at in places] == [what] * count
    assert len({start, *places}) == count + 1


def test_nothing_is_repeated_where_nothing_is() -> None:
    assert list(EventRepeats([]).iter_shifts(0, 1)) == []
