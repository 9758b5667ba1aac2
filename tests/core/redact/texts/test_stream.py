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


def stream_of(events: Sequence[bytes], channels: Channels = CHANNELS) -> Stream:
    stream = Stream(channels, lambda leaf: leaf.name == "password")
    for raw in events:
        stream.feed(raw)
    return stream


def spoken(*events: bytes) -> list[bytes]:
    """What each channel says in more than one piece."""
    return [text.data for text in stream_of(events).finish()[2:]]


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
    ("an id that no text hangs on", [event({"n": {"id": t}, "text": t}) for t in "ab"], [b"ab"]),
    ("a number is no piece", [event({"text": 1})], []),
    ("a member beside a piece", [event({"other": "a", "text": "b"})], [b"b"]),
    ("any member of an unknown event", [event({"other": "a"}), event({"other": "b"})], [b"ab"]),
    ("a property of the whole", [event({"model": "a"})], []),
    ("an empty piece", [event({"text": ""}), event({"text": "a"})], [b"a"]),
    ("escapes stay", [event({"text": '"'}), event({"text": "\u00e9"})], [rb"\"\u00e9"]),
    ("a name with escapes", [b'{"te\\u0078t": "a"}', event({"text": "b"})], [b"ab"]),
    ("no event has a blank line", [b'{"text": "a"}\n', b'{"text": "b"}\n'], [b"ab"]),
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
    ("tokens that might have been", [event({"logprobs": [{"top": [{"token": "b"}]}]})], [b"b"]),
    ("log-probabilities without tokens", [event({"logprobs": None, "text": "a"})], [b"a"]),
]


@pytest.mark.parametrize(("reason", "events", "said"), APART, ids=[c[0] for c in APART])
def test_channels(reason: str, events: list[bytes], said: list[bytes]) -> None:
    assert spoken(*events, *events) == [text * 2 for text in said]


def test_how_texts_are_spelled() -> None:
    rest, numbers, *said = stream_of([event({"text": "a"}), b"data: b\n\n"] * 2).finish()
    assert (rest.kind, numbers.kind) == (TextKind.JSON, TextKind.PLAIN)
    assert [text.kind for text in said] == [TextKind.JSON_STRING, TextKind.PLAIN]


def test_what_comes_in_one_piece_stays_in_its_event() -> None:
    events = [event({"text": "a"}), b"data: b\n\n"]
    assert spoken(*events) == []
    assert stream_of(events).finish()[0].data == b"".join(events)


def test_a_comment_is_part_of_the_rest() -> None:
    events = [b": sk-1\nid: 7\ndata: a\n\n", b":\n\n", b"data: b\n\n", b""]
    rest, _, lines = stream_of(events).finish()
    assert rest.data == b": sk-1\nid: 7\ndata: \n\n:\n\ndata: \n\n"
    assert lines.data == b"ab"


# --- events that are alike

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
    ("noise that is none", {"text": "a", "noise": "a"}, {"text": "a", "noise": "sk-a"}),
    ("true for a number", {"x": 1, "text": "a"}, {"x": True, "text": "a"}),
    ("a number in quotes", {"x": 1, "text": "a"}, {"x": "1", "text": "a"}),
    ("an array for a piece", {"text": "a"}, {"text": ["a"]}),
    ("an index", {"x": [{"index": 0, "text": "a"}]}, {"x": [{"index": 1, "text": "a"}]}),
]


def rest_of(*values: object) -> tuple[bytes, bytes]:
    """What is in no channel when each event comes twice: events, and numbers of alike ones."""
    rest, numbers = stream_of([event(value) for value in values for _ in "ab"]).finish()[:2]
    return rest.data, numbers.data


@pytest.mark.parametrize(("reason", "one", "other", "own"), ALIKE, ids=[c[0] for c in ALIKE])
def test_of_alike_events_the_rest_holds_what_is_their_own(
    reason: str, one: object, other: object, own: bytes
) -> None:
    rest, numbers = rest_of(one)
    assert rest_of(one, other) == (rest, numbers + own * 2)


@pytest.mark.parametrize(("reason", "one", "other"), OTHERS, ids=[c[0] for c in OTHERS])
def test_an_event_that_is_not_alike_is_part_of_the_rest(
    reason: str, one: object, other: object
) -> None:
    assert rest_of(one, other)[0] == rest_of(one)[0] + rest_of(other)[0]


def test_many_kinds_of_events_may_come_in_turn() -> None:
    events = [event({"type": f"t{n % 20}", "text": "a"}) for n in range(60)]
    assert spoken(*events) == [b"aaa"] * 20


SCALARS = st.sampled_from(["a", "b", 'sk-"1', 1, 23456789, -1.5, True, None])
NAMES = st.sampled_from(["text", "delta", "id", "type", "index", "noise", "x", "password"])
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=6,
)
RAWS = st.builds(event, st.dictionaries(NAMES, VALUES, max_size=4), st.sampled_from(["", "e"]))
LINES = st.text('data: evnt{"}\\\r\n', max_size=20).map(str.encode)


def places(text: Text) -> list[tuple[int, int]]:
    return list(text.iter_ranges(0, len(text.data)))


@given(st.lists(RAWS | LINES, max_size=8))
def test_no_byte_is_in_two_texts_and_each_is_what_stands_there(events: list[bytes]) -> None:
    body = b"".join(events)
    taken: list[tuple[int, int]] = []
    for text in stream_of(events).finish():
        stood = b"".join(body[start:end] for start, end in places(text))
        assert stood.replace(b"\n", b"") == text.data.replace(b"\n", b"")
        assert places(text) == sorted(places(text))
        taken += places(text)
    taken.sort()
    assert all(one[1] <= other[0] for one, other in pairwise(taken))


BESIDE = st.fixed_dictionaries({"text": st.text("ab", max_size=2)}, optional={"x": VALUES})
OWN = st.sampled_from([lambda n: f"own-{n}", lambda n: 1000 + n, lambda n: [1000 + n]])


@given(st.lists(BESIDE, max_size=6), OWN, st.booleans())
def test_what_is_an_events_own_is_searched(
    values: list[dict[str, object]], own: Callable[[int], object], is_first: bool
) -> None:
    owns = [{"password": own(number)} for number in range(len(values))]
    pairs = zip(owns, values, strict=True)
    events = [event(one | value if is_first else value | one) for one, value in pairs]
    searched = b"".join(text.data for text in stream_of(events).finish())
    for one in owns:
        assert json.dumps(one)[1:-1].encode() in searched


# --- events in a row


def read_off(stream: Stream) -> list[object]:
    """What a stream's texts say, and where in the body each byte of them stands."""
    return [
        (
            text.data,
            text.kind,
            [list(text.iter_ranges_with_repeats(at, at + 1)) for at in range(len(text.data))],
        )
        for text in stream.finish()
    ]


def in_a_row(events: Sequence[bytes]) -> Stream:
    stream = Stream(CHANNELS, lambda leaf: leaf.name == "password")
    stream.feed_all(events)
    return stream


NUMBERS = st.sampled_from([0, -7, 23456789, 2.5e-7])
PIECES = st.text('ab"\\\n\u00e9,', max_size=4) | st.sampled_from(['", "n": 1', "data: "])
ROWS = st.lists(
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


@given(st.lists(ROWS | st.lists(BROKEN | RAWS, max_size=2), max_size=4))
def test_events_taken_at_once_say_what_they_say_one_by_one(rows: list[list[bytes]]) -> None:
    events = [raw for row in rows for raw in row]
    assert read_off(in_a_row(events)) == read_off(stream_of(events))


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 255, 256, 257, 258, 700])
def test_a_row_of_any_length_is_taken_whole(count: int) -> None:
    events = [event({"text": f"a{n}", "n": n}) for n in range(count)]
    assert read_off(in_a_row(events)) == read_off(stream_of(events))
