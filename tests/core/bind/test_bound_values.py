"""Binding the client's own values, and putting them in answers."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runreel.core.bind.bound_values import (
    AnswerSwaps,
    ClientValues,
    PlaceSwap,
    is_distinctive_value,
    pair_header_values,
)
from runreel.core.bind.substitution import collect_text, substitute
from runreel.core.bound_places import BoundPlace, BoundRule, parse_place
from runreel.dialects.plain import Plain
from runreel.model import Headers, Request
from support.build import make_answer, make_frames, make_request
from support.requests import JSON

ONE, TWO, THREE = (f"{digit}c5ec7a8-1111-4a11-8111-111111111111" for digit in "123")
ID = parse_place(BoundPlace("$.id"))
CHANNELS = Plain().channels


def make_call(call_id: object, target: bytes = b"/x", headers: Headers = JSON) -> Request:
    return make_request(target=target, headers=headers, body=json.dumps({"id": call_id}).encode())


def bind(
    values: ClientValues,
    recorded: object,
    sent: object,
    is_echoed: Callable[[bytes], bool] = lambda value: True,
) -> AnswerSwaps:
    return values.bind(make_call(recorded), make_call(sent), [ID], is_echoed)


DISTINCTIVE = [
    ("a UUID", ONE, True),
    ("a name with a number", "corr-0017", True),
    ("a counter", "12345678901234567890", False),
    ("a word", "conversation", False),
    ("a short name", "a-1", False),
    ("a sentence", "the 1st of them", False),
    ("a placeholder of nothing", "", False),
]


@pytest.mark.parametrize(
    ("reason", "text", "expected"), DISTINCTIVE, ids=[row[0] for row in DISTINCTIVE]
)
def test_is_distinctive_value(reason: str, text: str, expected: bool) -> None:
    assert is_distinctive_value(text.encode()) is expected


HEADERS = [
    ("a UUID", ONE, TWO, [(ONE, TWO)]),
    ("with a prefix", f"req-{ONE}", f"req-{TWO}", [(ONE, TWO)]),
    ("with another prefix", f"req-{ONE}", f"run-{TWO}", []),
    (
        "parts of a trace",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "00-1af7651916cd43dd8448eb211c80319c-c7ad6b7169203331-01",
        [
            ("0af7651916cd43dd8448eb211c80319c", "1af7651916cd43dd8448eb211c80319c"),
            ("b7ad6b7169203331", "c7ad6b7169203331"),
        ],
    ),
    ("a version", "Client/1.2.3", "Client/1.3.0", []),
    ("a counter", "17", "18", []),
    ("a placeholder", "REDACTED-key-1", ONE, []),
    ("the same", ONE, ONE, []),
]


@pytest.mark.parametrize(
    ("reason", "recorded", "sent", "pairs"), HEADERS, ids=[row[0] for row in HEADERS]
)
def test_random_parts_of_headers(
    reason: str, recorded: str, sent: str, pairs: list[tuple[str, str]]
) -> None:
    old, new = (((b"X-Request-Id", value.encode()),) for value in (recorded, sent))
    found = [*pair_header_values(old, new)]
    assert found == [(one.encode(), other.encode()) for one, other in pairs]
    assert [*pair_header_values(((b"Last-Event-ID", ONE.encode()),), old)] == []


def test_requests_are_translated_to_recorded_values() -> None:
    values = ClientValues()
    assert values.translate(make_call(TWO)) == make_call(TWO)
    bind(values, ONE, TWO)
    target = f"/threads/{TWO}?a=x-{TWO}".encode()
    sent = make_request(target=target, body=f'{{"a": "lc_run--{TWO}"}}'.encode())
    translated = values.translate(sent)
    assert translated.target == target.replace(TWO.encode(), ONE.encode())
    assert translated.body == sent.body.replace(TWO.encode(), ONE.encode())
    coded = make_request(headers=((b"Content-Encoding", b"gzip"),), body=sent.body)
    assert values.translate(coded) is coded


def test_a_value_bound_anew_replaces_the_former_one() -> None:
    values = ClientValues()
    bind(values, ONE, TWO)
    assert bind(values, ONE, THREE).texts == ((ONE.encode(), THREE.encode()),)
    assert values.translate(make_call(TWO)) == make_call(TWO)
    assert values.translate(make_call(THREE)) == make_call(ONE)
    assert bind(values, ONE, ONE).texts == ()
    assert values.is_learnt(ONE.encode())
    assert values.is_bound(ONE.encode())


def test_a_header_that_is_not_echoed_is_not_remembered() -> None:
    values = ClientValues()
    old, new = (make_call(1, headers=((b"X-Id", text.encode()),)) for text in (ONE, TWO))
    assert not values.bind(old, new, [ID], lambda value: False)
    assert not values.is_bound(ONE.encode())


def test_a_session_remembers_a_limited_number_of_values() -> None:
    values = ClientValues()
    for number in range(1000):
        bind(values, f"recorded-{number:04}", f"sent-{number:04}")
    assert len(bind(values, 1, 1).texts) == 256
    assert not values.is_bound(b"recorded-0000")
    assert values.translate(make_call("sent-0000")) == make_call("sent-0000")
    assert values.translate(make_call("sent-0999")) == make_call("recorded-0999")


def test_a_word_that_a_client_sends_is_no_name_of_a_recorded_value() -> None:
    values = ClientValues()
    bind(values, ONE, "conversation")
    sent = make_request(body=b'{"text": "our conversation"}')
    assert values.translate(sent) is sent


def swap(recorded: object, sent: object, rule: BoundRule = ID) -> AnswerSwaps:
    return AnswerSwaps((PlaceSwap(rule, json.dumps(recorded), json.dumps(sent)),))


PLACES = [
    ("a number", b'{"id": 7, "n": 7}', 7, 12, b'{"id": 12, "n": 7}'),
    ("another value", b'{"id": 8}', 7, 12, b'{"id": 8}'),
    ("below the place", b'{"id": {"a": 7}, "b": {"id": 7}}', 7, 1, None),
    ("text of a number", b'{"id": "7"}', 7, 12, b'{"id": "7"}'),
    ("a string", b'{"id":"a"}', "a", 'b"\\', b'{"id":"b\\"\\\\"}'),
    ("another spelling", b'{"id": "\\u0061"}', "a", "b", b'{"id": "b"}'),
    ("events", b'data: {"id": 7}\n\ndata: {"id": 7}\n\n', 7, 1, b'data: {"id": 1}\n\n' * 2),
    ("lines", b'{"id": 7}\n{"id": 9}\n', 7, 10, b'{"id": 10}\n{"id": 9}\n'),
    ("an event of two lines", b'data: {"id":\ndata: 7}\n\n', 7, 8, b'data: {"id":\ndata: 8}\n\n'),
    ("no JSON", b"id: 7", 7, 8, b"id: 7"),
    ("half of JSON", b'{"id": 7, "a": "', 7, 8, b'{"id": 8, "a": "'),
]


@pytest.mark.parametrize(
    ("reason", "body", "recorded", "sent", "expected"), PLACES, ids=[row[0] for row in PLACES]
)
def test_values_at_their_places(
    reason: str, body: bytes, recorded: object, sent: object, expected: bytes | None
) -> None:
    answer = make_answer(body, headers=((b"Content-Length", b"%d" % len(body)),))
    swapped = substitute(answer, swap(recorded, sent), CHANNELS, whole=True)
    assert swapped.body == (body if expected is None else expected)
    assert swapped.headers == ((b"Content-Length", b"%d" % len(swapped.body)),)
    assert sum(frame.length for frame in swapped.frames) == len(swapped.body)


def test_a_header_of_the_same_name() -> None:
    rule = parse_place(BoundPlace("headers.x-seq"))
    answer = make_answer(b"4", headers=((b"X-SEQ", b"4"), (b"X-Other", b"4"), (b"x-seq", b"5")))
    swapped = substitute(answer, swap("4", "9", rule), CHANNELS, whole=True)
    assert swapped.headers == ((b"X-SEQ", b"9"), (b"X-Other", b"4"), (b"x-seq", b"5"))
    assert swapped.body == b"4"


def test_a_header_never_breaks() -> None:
    answer = make_answer(b"", headers=((b"Location", f"/x/{ONE}".encode()),))
    swaps = AnswerSwaps(texts=((ONE.encode(), b"a\r\nX: 1"),))
    assert substitute(answer, swaps, CHANNELS, whole=True) == answer


TOKEN = st.from_regex(r"[a-f][0-9a-f]{7,20}[0-9][a-z]", fullmatch=True)


@given(TOKEN, TOKEN, st.lists(st.integers(1, 40), max_size=6), st.text(max_size=10))
def test_values_wherever_they_are(old: str, new: str, cuts: list[int], other: str) -> None:
    def build(value: str) -> bytes:
        return json.dumps({"a": f"{other} {value}-{value}", "b": [value], value: 1}).encode()

    body = build(old)
    ends = sorted({min(cut, len(body)) for cut in cuts} | {len(body)})
    lengths = [end - start for start, end in zip([0, *ends], ends, strict=False)]
    answer = make_answer(
        body,
        headers=((b"Content-Length", b"%d" % len(body)), (b"X-Id", old.encode())),
        frames=make_frames(*lengths),
    )
    swaps = AnswerSwaps(texts=((old.encode(), new.encode()),))
    swapped = substitute(answer, swaps, CHANNELS, whole=True)
    if old in other:
        return
    assert json.loads(swapped.body) == json.loads(build(new))
    assert swapped.headers == (
        (b"Content-Length", b"%d" % len(swapped.body)),
        (b"X-Id", new.encode()),
    )
    assert sum(frame.length for frame in swapped.frames) == len(swapped.body)
    assert len(swapped.frames) == len(answer.frames)
    back = AnswerSwaps(texts=((new.encode(), old.encode()),))
    assert substitute(swapped, back, CHANNELS, whole=True).body == body


def test_the_text_of_an_answer_has_the_joined_deltas() -> None:
    events = (b'data: {"id": "a", "text": "%b"}\n\n' % text.encode() for text in ("1c5", "ec7"))
    assert b"1c5ec7" in collect_text(make_answer(*events), CHANNELS)
