"""Events of one shape, read together, give the same texts as events that are read one by one."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runreel.core.redact.streams.event_shape import EventShape, ShapeKey
from runreel.core.redact.streams.strands import AnyStrand, LooseStrings
from runreel.core.redact.streams.stream import Stream
from support.streams import CHANNELS, EVENTS, VALUES, make_event, split_at_once


class CarefulStream(Stream):
    """A stream whose events are read one by one."""

    def _find_shape(self, raw: bytes) -> EventShape | None:
        return None


def split_carefully(events: Sequence[bytes]) -> Stream:
    stream = CarefulStream(CHANNELS, lambda leaf: leaf.name == "password")
    stream.feed(events)
    return stream


def describe(stream: Stream) -> object:
    """Return the texts of a stream with their places, its strands and its labels."""
    rest, channels, strands = stream.finish()
    return (
        [(text.data, text.kind, [*text.iter_ranges(0, len(text.data))]) for text in channels],
        (rest.data, [*rest.iter_ranges(0, len(rest.data))]),
        sorted(
            (strand.name, pieces, strand.is_main)
            for strand in strands.list_varying()
            for pieces in list_strands(strand)
        ),
        strands.count_labels(),
    )


def list_strands(strand: AnyStrand) -> list[list[tuple[int, bytes]]]:
    """Return the pieces of a strand; loose strings are strands of one piece each."""
    pieces = [*strand.iter_pieces()]
    return [[piece] for piece in pieces] if isinstance(strand, LooseStrings) else [pieces]


NUMBERS = st.sampled_from([0, -7, 23456789, 2.5e-7])
PIECES = st.text('ab"\\\n\u00e9,', max_size=4) | st.sampled_from(['", "n": 1', "data: "])
ALIKE = st.lists(
    st.builds(
        lambda text, n, noise, m: make_event({"text": text, "id": n, "noise": noise, "m": m}),
        PIECES,
        NUMBERS,
        st.sampled_from(["", "Xy1", "x" * 65, "a-b"]),
        NUMBERS | PIECES,
    ),
    max_size=8,
)
BROKEN = st.sampled_from(
    [
        b'data: {"text": "a", "id": 1, "noise": "", "m": "2"}\n\n',
        b'data: {"text": "a"b", "id": 1, "noise": "", "m": 2}\n\n',
        b'data: {"text": "a\\", "id": 1, "noise": "", "m": 2}\n\n',
        b'data: {"text": "a", "id": 1, "noise": "", "m": 2}\n\n\n',
        b'data: {"text": "a", "id": 1}\n\n',
        b'data: {"text": "a\r", "id": 1, "noise": "", "m": 2}\n\n',
        b'data: {"text": "a", "x": ["\\": 5"]}\n\n',
        b"",
    ]
)


@given(st.lists(ALIKE | st.lists(BROKEN | EVENTS, max_size=2), max_size=4))
def test_texts_and_strands_are_the_same(batches: list[list[bytes]]) -> None:
    events = [raw for batch in batches for raw in batch]
    assert describe(split_at_once(events)) == describe(split_carefully(events))


@given(ALIKE | st.lists(BROKEN | EVENTS), ALIKE | st.lists(BROKEN | EVENTS))
def test_shapes_of_an_earlier_stream_change_nothing(
    earlier: list[bytes], later: list[bytes]
) -> None:
    shapes: dict[ShapeKey, EventShape] = {}
    for events in (earlier, later):
        stream = Stream(CHANNELS, lambda leaf: leaf.name == "password", shapes)
        stream.feed(events)
        assert describe(stream) == describe(split_carefully(events))


@pytest.mark.parametrize("count", [1, 2, 3, 255, 256, 257, 258, 700])
def test_there_may_be_any_number_of_events(count: int) -> None:
    events = [make_event({"id": f"m{n % 3}", "text": f"a{n}", "n": n}) for n in range(count)]
    assert describe(split_at_once(events)) == describe(split_carefully(events))


IDS = [
    ("each has its own", [f"m{n}" for n in range(9)], True),
    ("one comes again", [*(f"m{n}" for n in range(9)), "m0"], False),
    ("all are the same", ["m"] * 9, False),
]


@pytest.mark.parametrize(("reason", "ids", "is_loose"), IDS, ids=[each[0] for each in IDS])
def test_strings_with_ids_of_their_own_are_one_strand(
    reason: str, ids: list[str], is_loose: bool
) -> None:
    events = [make_event({"id": each, "text": f"a{n}"}) for n, each in enumerate(ids)]
    varying = split_at_once(events).finish().strands.list_varying()
    assert sum(isinstance(strand, LooseStrings) for strand in varying) == is_loose
    assert describe(split_at_once(events)) == describe(split_carefully(events))


@pytest.mark.parametrize("further", [{"x": 1}, {"message": {"x": 1}}])
def test_strings_are_divided_where_events_of_another_shape_have_the_same_ids(
    further: dict[str, object],
) -> None:
    events = [
        make_event({"id": f"m{n}", "text": f"{kind}{n}"} | (further if kind == "b" else {}))
        for kind in "ab"
        for n in range(9)
    ]
    stream = split_at_once(events)
    assert len(stream.finish().channels) == 9
    assert describe(split_at_once(events)) == describe(split_carefully(events))


def test_pieces_are_in_order_where_shapes_alternate() -> None:
    events = [make_event({"text": f"{n} ", **({"x": None} if n % 3 else {})}) for n in range(600)]
    [channel] = split_at_once(events).finish().channels
    assert channel.data.decode() == "".join(f"{n} " for n in range(600))


def test_there_may_be_many_shapes() -> None:
    events = [make_event({f"x{n}": n, "text": f"{n} "}) for n in range(3000)]
    [channel] = split_at_once(events * 2).finish().channels
    assert channel.data.decode() == "".join(f"{n} " for n in range(3000)) * 2


BESIDE = st.fixed_dictionaries({"text": st.text("ab", max_size=2)}, optional={"x": VALUES})
VALUE_BUILDERS = st.sampled_from([lambda n: f"own-{n}", lambda n: 1000 + n, lambda n: [1000 + n]])


@given(st.lists(BESIDE, min_size=1, max_size=6), VALUE_BUILDERS, st.booleans())
def test_the_condensed_rest_has_all_values_with_their_names(
    values: list[dict[str, object]], build_value: Callable[[int], object], is_first: bool
) -> None:
    passwords = [{"password": build_value(number)} for number in range(len(values) * 10)]
    pairs = zip(passwords, values * 10, strict=True)
    events = [make_event(one | other if is_first else other | one) for one, other in pairs]
    rest = split_at_once(events).finish().rest
    searched = rest.data if rest.condensed is None else rest.condensed.data
    for password in passwords:
        assert json.dumps(password)[1:-1].encode() in searched
    sample = rest.data if rest.condensed is None else rest.condensed.samples
    for name in {"password", *(name for value in values for name in value)}:
        assert json.dumps(name).encode() in sample


def test_the_condensed_rest_is_short_if_events_are_alike() -> None:
    events = [make_event({"id": "m", "n": n, "x": "b" * 200, "text": f"a{n}"}) for n in range(60)]
    rest = split_at_once(events).finish().rest
    assert rest.condensed is not None
    assert len(rest.condensed.data) * 5 < len(rest.data)
    assert rest.condensed.data.count(b"b" * 200) == 1


def test_without_likeness_there_is_no_condensed_rest() -> None:
    events = [make_event({f"x{n}": n, "text": f"a{n}"}) for n in range(60)]
    assert split_at_once(events).finish().rest.condensed is None
