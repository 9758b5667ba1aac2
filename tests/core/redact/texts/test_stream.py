from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runreel.core.dialect import Channels
from runreel.core.redact.texts.stream import Stream
from runreel.core.redact.texts.text import Text, TextKind

CHANNELS = Channels(
    pieces=frozenset({"text", "delta"}),
    discriminators=frozenset({"id"}),
    noise=frozenset({"noise"}),
)


def event(value: object, name: str = "") -> bytes:
    head = f"event: {name}\n" if name else ""
    return f"{head}data: {json.dumps(value)}\n\n".encode()


def make_stream(events: Sequence[bytes], channels: Channels = CHANNELS) -> Stream:
    stream = Stream(channels, lambda leaf: leaf.name == "password")
    for raw in events:
        stream.feed(raw)
    return stream


def join_channels(*events: bytes) -> list[bytes]:
    """Return the texts of channels of more than one piece."""
    return [text.data for text in make_stream(events).finish()[2:]]


APART: list[tuple[str, list[bytes], list[bytes]]] = [
    ("pieces of one text", [event({"text": "a"}), event({"text": "b"})], [b"ab"]),
    (
        "an array of pieces",
        [event({"text": ["a", "b"]}), event({"text": ["c", "d"]})],
        [b"ac", b"bd"],
    ),
    ("two members", [event({"text": "a", "delta": "b"})] * 2, [b"aa", b"bb"]),
    ("two names of events", [event({"text": "a"}, "x"), event({"text": "b"}, "y")], [b"a", b"b"]),
    ("two types", [event({"type": t, "text": t}) for t in "aba"], [b"aa", b"b"]),
    ("two messages", [event({"id": t, "text": t}) for t in "aba"], [b"aa", b"b"]),
    (
        "by index, wherever it stands in the array",
        [
            event({"c": [{"index": 0, "text": "a"}, {"index": 1, "text": "b"}]}),
            event({"c": [{"index": 1, "text": "c"}]}),
        ],
        [b"a", b"bc"],
    ),
    (
        "by place where there is no index",
        [event({"c": [{"text": "a"}, {"text": "b"}]}), event({"c": [{"text": "c"}]})],
        [b"ac", b"b"],
    ),
    ("an id that no text depends on", [event({"n": {"id": t}, "text": t}) for t in "ab"], [b"ab"]),
    ("a number is not a piece", [event({"text": 1})], []),
    ("a member beside a piece", [event({"other": "a", "text": "b"})], [b"b"]),
    ("any member of an unknown event", [event({"other": "a"}), event({"other": "b"})], [b"ab"]),
    ("a member that is constant", [event({"model": "a"})], []),
    ("an empty piece", [event({"text": ""}), event({"text": "a"})], [b"a"]),
    ("escapes stay", [event({"text": '"'}), event({"text": "\u00e9"})], [rb"\"\u00e9"]),
    ("a name with escapes", [b'{"te\\u0078t": "a"}', event({"text": "b"})], [b"ab"]),
    ("lines of JSON", [b'{"text": "a"}\n', b'{"text": "b"}\n'], [b"ab"]),
    ("data in several lines", [b'data: {"text":\ndata: "a"}\n\n', event({"text": "b"})], [b"ab"]),
    ("broken off in a piece", [event({"text": "a"}), b'data: {"text": "b'], [b"ab"]),
    ("lines of text", [b"data: a\n\n", b"data: b\n\n"], [b"ab"]),
    ("lines of one event", [b"data: a\ndata: b\n\n", b"data:c\n\n"], [b"a\nbc"]),
    ("lines of CRLF", [b"data: a\r\ndata: b\r\n\r\n"], [b"a\nb"]),
    ("lines of two names", [b"event: x\ndata: a\n\n", b"data: b\n\n"], [b"a", b"b"]),
    ("a BOM", [b"\xef\xbb\xbfdata: a\n\n", b"data: b\n\n"], [b"ab"]),
    ("tokens", [event({"logprobs": [{"token": "a"}, {"token": "b"}]})] * 2, [b"abab"]),
    (
        "tokens of two choices",
        [event({"c": [{"logprobs": {"content": [{"token": t}]}} for t in "ab"]})] * 2,
        [b"aa", b"bb"],
    ),
    ("alternatives to tokens", [event({"logprobs": [{"top": [{"token": "b"}]}]})], [b"b"]),
    ("log-probabilities without tokens", [event({"logprobs": None, "text": "a"})], [b"a"]),
]


@pytest.mark.parametrize(("reason", "events", "texts"), APART, ids=[c[0] for c in APART])
def test_channels(reason: str, events: list[bytes], texts: list[bytes]) -> None:
    assert join_channels(*events, *events) == [text * 2 for text in texts]


def test_kinds_of_texts() -> None:
    rest, numbers, *others = make_stream([event({"text": "a"}), b"data: b\n\n"] * 2).finish()
    assert (rest.kind, numbers.kind) == (TextKind.JSON, TextKind.PLAIN)
    assert [text.kind for text in others] == [TextKind.JSON_STRING, TextKind.PLAIN]


def test_a_single_piece_stays_in_its_event() -> None:
    events = [event({"text": "a"}), b"data: b\n\n"]
    assert join_channels(*events) == []
    assert make_stream(events).finish()[0].data == b"".join(events)


def test_a_comment_is_part_of_the_rest() -> None:
    events = [b": sk-1\nid: 7\ndata: a\n\n", b":\n\n", b"data: b\n\n", b""]
    rest, _, lines = make_stream(events).finish()
    assert rest.data == b": sk-1\nid: 7\ndata: \n\n:\n\ndata: \n\n"
    assert lines.data == b"ab"


# --- events that repeat others

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
    rest, numbers = make_stream([event(value) for value in values for _ in "ab"]).finish()[:2]
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
    events = [event({"type": f"t{n % 20}", "text": "a"}) for n in range(60)]
    assert join_channels(*events) == [b"aaa"] * 20


SCALARS = st.sampled_from(["a", "b", 'sk-"1', 1, 23456789, -1.5, True, None])
NAMES = st.sampled_from(["text", "delta", "id", "type", "index", "noise", "x", "password"])
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=6,
)
RAWS = st.builds(event, st.dictionaries(NAMES, VALUES, max_size=4), st.sampled_from(["", "e"]))
LINES = st.text('data: evnt{"}\\\r\n', max_size=20).map(str.encode)


def list_ranges(text: Text) -> list[tuple[int, int]]:
    return list(text.iter_ranges(0, len(text.data)))


@given(st.lists(RAWS | LINES, max_size=8))
def test_no_byte_is_in_two_texts_and_each_is_a_byte_of_the_body(events: list[bytes]) -> None:
    body = b"".join(events)
    ranges: list[tuple[int, int]] = []
    for text in make_stream(events).finish():
        original = b"".join(body[start:end] for start, end in list_ranges(text))
        assert original.replace(b"\n", b"") == text.data.replace(b"\n", b"")
        assert list_ranges(text) == sorted(list_ranges(text))
        ranges += list_ranges(text)
    ranges.sort()
    assert all(one[1] <= other[0] for one, other in pairwise(ranges))


BESIDE = st.fixed_dictionaries({"text": st.text("ab", max_size=2)}, optional={"x": VALUES})
VALUE_BUILDERS = st.sampled_from([lambda n: f"own-{n}", lambda n: 1000 + n, lambda n: [1000 + n]])


@given(st.lists(BESIDE, max_size=6), VALUE_BUILDERS, st.booleans())
def test_the_values_of_slots_are_searched(
    values: list[dict[str, object]], build_value: Callable[[int], object], is_first: bool
) -> None:
    passwords = [{"password": build_value(number)} for number in range(len(values))]
    pairs = zip(passwords, values, strict=True)
    events = [event(one | other if is_first else other | one) for one, other in pairs]
    searched = b"".join(text.data for text in make_stream(events).finish())
    for password in passwords:
        assert json.dumps(password)[1:-1].encode() in searched


# --- batches of events


def describe_texts(stream: Stream) -> list[object]:
    """Return the texts of a stream, with the ranges of each byte in the body."""
    return [
        (
            text.data,
            text.kind,
            [list(text.iter_ranges_with_repeats(at, at + 1)) for at in range(len(text.data))],
        )
        for text in stream.finish()
    ]


def make_stream_at_once(events: Sequence[bytes]) -> Stream:
    stream = Stream(CHANNELS, lambda leaf: leaf.name == "password")
    stream.feed_all(events)
    return stream


NUMBERS = st.sampled_from([0, -7, 23456789, 2.5e-7])
PIECES = st.text('ab"\\\n\u00e9,', max_size=4) | st.sampled_from(['", "n": 1', "data: "])
BATCHES = st.lists(
    st.builds(
        lambda text, n, noise, m: event({"text": text, "n": n, "noise": noise, "m": m}),
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


@given(st.lists(BATCHES | st.lists(BROKEN | RAWS, max_size=2), max_size=4))
def test_events_fed_at_once_give_the_same_texts_as_one_by_one(batches: list[list[bytes]]) -> None:
    events = [raw for batch in batches for raw in batch]
    assert describe_texts(make_stream_at_once(events)) == describe_texts(make_stream(events))


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 255, 256, 257, 258, 700])
def test_a_batch_may_have_any_length(count: int) -> None:
    events = [event({"text": f"a{n}", "n": n}) for n in range(count)]
    assert describe_texts(make_stream_at_once(events)) == describe_texts(make_stream(events))
