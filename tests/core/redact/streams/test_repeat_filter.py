from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runreel.core.redact.streams import stream as stream_module
from runreel.core.redact.streams.repeat_filter import RepeatFilter
from runreel.core.redact.streams.stream import Stream
from runreel.core.redact.texts.json_leaves import Leaf
from runreel.core.redact.texts.text import TextBuilder
from support.streams import EVENTS, VALUES, list_texts, make_event, split_at_once, split_one_by_one

ALIKE = [
    ("a piece", {"text": "first"}, {"text": 'second "\u00e9\n'}, b""),
    ("a number", {"n": 1, "text": "a"}, {"n": -2.5e7, "text": "b"}, b'"n": -25000000.0,'),
    ("a number at the end", {"text": "a", "n": 1}, {"text": "b", "n": 23}, b'"n": 23}'),
    ("a password", {"password": 1, "text": "a"}, {"password": 12, "text": ""}, b'"password": 12,'),
    ("noise", {"text": "a", "noise": "Xy1"}, {"text": "b", "noise": ""}, b""),
]
OTHERS = [
    ("a string", {"x": "a", "text": "a"}, {"x": "b", "text": "a"}),
    ("a name", {"x": 1, "text": "a"}, {"y": 1, "text": "a"}),
    ("a number of an array", {"x": [1, 2], "text": "a"}, {"x": [1, 3], "text": "a"}),
    ("a member more", {"text": "a"}, {"text": "a", "x": 1}),
    ("a member less", {"text": "a", "x": 1}, {"text": "a"}),
    ("noise with other characters", {"text": "a", "noise": "a"}, {"text": "a", "noise": "sk-a"}),
    ("true for a number", {"x": 1, "text": "a"}, {"x": True, "text": "a"}),
    ("a number in quotes", {"x": 1, "text": "a"}, {"x": "1", "text": "a"}),
    ("an array for a piece", {"text": "a"}, {"text": ["a"]}),
    ("an index", {"x": [{"index": 0, "text": "a"}]}, {"x": [{"index": 1, "text": "a"}]}),
]


def join_rest(*values: object) -> tuple[bytes, bytes]:
    """Return the rest and the numbers of a stream in which each event comes twice."""
    rest, numbers = split_one_by_one(
        [make_event(value) for value in values for _ in "ab"]
    ).finish()[:2]
    return rest.data, numbers.data


@pytest.mark.parametrize(("reason", "one", "other", "slot"), ALIKE, ids=[c[0] for c in ALIKE])
def test_of_an_event_that_repeats_another_only_the_slots_are_searched(
    reason: str, one: object, other: object, slot: bytes
) -> None:
    rest, numbers = join_rest(one)
    assert join_rest(one, other) == (rest, numbers + slot * 2)


@pytest.mark.parametrize(("reason", "one", "other"), OTHERS, ids=[c[0] for c in OTHERS])
def test_an_event_that_repeats_none_is_part_of_the_rest(
    reason: str, one: object, other: object
) -> None:
    assert join_rest(one, other)[0] == join_rest(one)[0] + join_rest(other)[0]


def test_many_kinds_of_events_may_alternate() -> None:
    events = [make_event({"type": f"t{n % 20}", "text": "a"}) for n in range(60)]
    channels = split_one_by_one(events).finish().channels
    assert [text.data for text in channels] == [b"aaa"] * 20


BESIDE = st.fixed_dictionaries({"text": st.text("ab", max_size=2)}, optional={"x": VALUES})
VALUE_BUILDERS = st.sampled_from([lambda n: f"own-{n}", lambda n: 1000 + n, lambda n: [1000 + n]])


@given(st.lists(BESIDE, max_size=6), VALUE_BUILDERS, st.booleans())
def test_the_values_of_slots_are_searched(
    values: list[dict[str, object]], build_value: Callable[[int], object], is_first: bool
) -> None:
    passwords = [{"password": build_value(number)} for number in range(len(values))]
    pairs = zip(passwords, values, strict=True)
    events = [make_event(one | other if is_first else other | one) for one, other in pairs]
    searched = b"".join(text.data for text in list_texts(split_one_by_one(events)))
    for password in passwords:
        assert json.dumps(password)[1:-1].encode() in searched


def describe_texts(stream: Stream) -> list[object]:
    """Return the texts of a stream, with the ranges of each byte in the body."""
    return [
        (
            text.data,
            text.kind,
            [list(text.iter_ranges_with_repeats(at, at + 1)) for at in range(len(text.data))],
        )
        for text in list_texts(stream)
    ]


NUMBERS = st.sampled_from([0, -7, 23456789, 2.5e-7])
PIECES = st.text('ab"\\\n\u00e9,', max_size=4) | st.sampled_from(['", "n": 1', "data: "])
BATCHES = st.lists(
    st.builds(
        lambda text, n, noise, m: make_event({"text": text, "n": n, "noise": noise, "m": m}),
        PIECES,
        NUMBERS,
        st.sampled_from(["", "Xy1", "x" * 64, "x" * 65, "a-b"]),
        NUMBERS,
    ),
    max_size=8,
)
BROKEN = st.sampled_from(
    [
        b'data: {"text": "a", "n": 1, "noise": "", "m": "2"}\n\n',
        b'data: {"text": "a"b", "n": 1, "noise": "", "m": 2}\n\n',
        b'data: {"text": "a\\", "n": 1, "noise": "", "m": 2}\n\n',
        b'data: {"text": "a", "n": 1, "noise": "", "m": 2}\n\n\n',
        b'data: {"text": "a", "n": 1}\n\n',
        b'data: {"text": "a\r", "n": 1, "noise": "", "m": 2}\n\n',
        b"",
    ]
)


@pytest.mark.slow
@given(st.lists(BATCHES | st.lists(BROKEN | EVENTS, max_size=2), max_size=4))
def test_events_fed_at_once_give_the_same_texts_as_one_by_one(batches: list[list[bytes]]) -> None:
    events = [raw for batch in batches for raw in batch]
    assert describe_texts(split_at_once(events)) == describe_texts(split_one_by_one(events))


@pytest.mark.slow
@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 255, 256, 257, 258, 700])
def test_a_batch_may_have_any_length(count: int) -> None:
    events = [make_event({"text": f"a{n}", "n": n}) for n in range(count)]
    assert describe_texts(split_at_once(events)) == describe_texts(split_one_by_one(events))


class NoFilter(RepeatFilter):
    """A filter that absorbs nothing."""

    def remember(
        self, raw: bytes, offset: int, leaves: Iterable[Leaf], piece: Leaf, channel: TextBuilder
    ) -> None:
        """Remember nothing."""


def list_channels(events: Sequence[bytes]) -> list[tuple[bytes, list[tuple[int, int]]]]:
    """Return the channels of a stream, with the ranges of their pieces in the body."""
    texts = split_at_once(events).finish().channels
    return [(text.data, list(text.iter_ranges(0, len(text.data)))) for text in texts]


@given(st.lists(BATCHES | st.lists(BROKEN | EVENTS, max_size=2), max_size=4))
def test_channels_are_the_same_without_the_filter(batches: list[list[bytes]]) -> None:
    events = [raw for batch in batches for raw in batch]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stream_module, "RepeatFilter", NoFilter)
        unfiltered = list_channels(events)
    assert list_channels(events) == unfiltered
