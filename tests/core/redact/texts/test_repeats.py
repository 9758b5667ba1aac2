from __future__ import annotations

import pytest

from runreel.core.redact.texts.repeats import EventBatch, EventRepeats, RepeatedEvent

BODY = b"ab<1>cd<22>e|??|ab<>cd<3>e|ab<4444>cd<5>e|no<1>no"
"""Events with slots in brackets, and one that no other repeats."""

REPEATS = EventRepeats(
    [
        RepeatedEvent(0, 13, [(2, 5), (7, 11)], [EventBatch((16, 27), [(20, 35), (25, 40)])]),
        RepeatedEvent(42, 49, [(2, 5)], []),
    ]
)

PARTS = [
    ("before all slots", b"ab", 2),
    ("a part of that", b"b", 2),
    ("between slots", b"cd", 2),
    ("after them", b"e|", 2),
    ("in a slot", b"22", 0),
    ("across a slot", b"b<1>c", 0),
    ("into one", b"d<2", 0),
    ("across events", b"|??|", 0),
    ("in an event that is not repeated", b"??", 0),
    ("in one without repetitions", b"no", 0),
]


@pytest.mark.parametrize(("reason", "part", "count"), PARTS, ids=[c[0] for c in PARTS])
def test_repetitions_of_a_part_are_found(reason: str, part: bytes, count: int) -> None:
    start = BODY.index(part)
    offsets = [start + shift for shift in REPEATS.iter_shifts(start, start + len(part))]
    assert [BODY[at : at + len(part)] for at in offsets] == [part] * count
    assert len({start, *offsets}) == count + 1


def test_without_repeated_events_there_are_no_repetitions() -> None:
    assert list(EventRepeats([]).iter_shifts(0, 1)) == []
