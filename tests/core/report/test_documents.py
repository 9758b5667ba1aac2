"""Exchanges and cassettes as JSON documents."""

from __future__ import annotations

import json
import math
from base64 import b64decode

import pytest

from runreel.core.cassette import Damage, TornTail
from runreel.core.http.stream_reader import read_stream
from runreel.core.report.documents import (
    MAX_DEPTH,
    TOO_DEEP,
    build_cassette_document,
    build_damage_document,
    build_exchange_document,
    build_head_document,
    decode_utf8_or_latin1,
    format_time,
    to_plain_json,
)
from runreel.core.trace.build import build_trace
from runreel.dialects import Plain
from runreel.model import Exchange, LedgerEntry, OmittedReason, Problem
from support.build import (
    STARTED_NS,
    make_answer,
    make_exchange,
    make_frames,
    make_head,
    make_header,
    make_request,
)


def build_document(exchange: Exchange, **run: object) -> dict[str, object]:
    document = build_exchange_document(
        exchange,
        first_ns=STARTED_NS,
        events=read_stream(exchange.answer.headers, exchange.answer.body) or (),
        trace=build_trace(exchange, Plain()),
        run=run or None,
    )
    parsed: dict[str, object] = json.loads(json.dumps(document, allow_nan=False))
    return parsed


TIMES = [
    (0, "milliseconds", "1970-01-01T00:00:00.000Z"),
    (STARTED_NS + 1_999_999, "milliseconds", "2023-11-14T22:13:20.001Z"),
    (STARTED_NS, "seconds", "2023-11-14T22:13:20Z"),
    (2**63 - 1, "seconds", "2262-04-11T23:47:16Z"),
]


@pytest.mark.parametrize(("ns", "precision", "text"), TIMES, ids=[c[2] for c in TIMES])
def test_times(ns: int, precision: str, text: str) -> None:
    assert format_time(ns, precision=precision) == text


def test_bytes_of_a_head_are_decoded_as_utf_8_or_latin_1() -> None:
    assert decode_utf8_or_latin1("é".encode()) == "é"
    assert decode_utf8_or_latin1(b"\xe9") == "é"


def test_the_document_of_a_cassette_and_its_damage() -> None:
    document = build_cassette_document(
        make_header(upstream="http://up"), TornTail(5, 3), [Damage(1, 2, "why")]
    )
    assert document == {
        "created": "2023-11-14T22:13:20.000Z",
        "writer": "runreel 0.1.0",
        "upstream": "http://up",
        "torn": {"offset": 5, "length": 3},
        "damages": [{"offset": 1, "length": 2, "reason": "why"}],
    }
    assert build_damage_document(None, ()) == {"torn": None, "damages": []}


def test_the_document_of_an_exchange_in_a_list() -> None:
    head = make_head(
        summary={"model": "m"},
        problems=(Problem("a", "b"),),
        ledger=(LedgerEntry("headers", "request.headers.authorization", 2),),
    )
    document = build_head_document(head, first_ns=STARTED_NS - 2_000)
    assert document["after_us"] == 2
    assert document["events"] is None
    assert document["summary"] == {"model": "m"}
    assert document["problems"] == [{"path": "a", "message": "b"}]
    assert document["redactions"] == [
        {"rule": "headers", "where": "request.headers.authorization", "count": 2}
    ]


def test_the_full_document_includes_that_of_a_list() -> None:
    exchange = make_exchange()
    head_document = build_head_document(exchange.head, first_ns=STARTED_NS)
    assert head_document.keys() <= build_document(exchange).keys()


def test_utf_8_is_given_as_text_and_other_bytes_in_base64() -> None:
    request = make_request(target=b"/\xe9", body=b"\xff\x00")
    document = build_document(make_exchange(request=request, answer=make_answer("é".encode())))
    sent, answer = document["request"], document["answer"]
    assert isinstance(sent, dict)
    assert isinstance(answer, dict)
    assert sent["target"] == "/é"
    assert b64decode(sent["body"]["base64"]) == b"\xff\x00"
    assert answer["body"] == {"size": 2, "omitted": None, "text": "é"}
    assert answer["frames"] == [{"at_us": 1000, "length": 2, "end_of_chunk": True}]


def test_an_omitted_body_has_its_reason() -> None:
    document = build_document(make_exchange(answer=make_answer(omitted=OmittedReason.MAX_BODY)))
    answer = document["answer"]
    assert isinstance(answer, dict)
    assert answer["body"] == {"size": 0, "omitted": "max_body", "text": ""}


def test_events_have_their_times_and_their_data() -> None:
    exchange = make_exchange(answer=make_answer(b"event: a\nid: 1\ndata: b\n\n", b": c"))
    document = build_document(exchange)
    assert document["events"] == 2
    assert document["timeline"] == [
        {
            "number": 1,
            "at_us": 1000,
            "gap_us": 1000,
            "offset": 0,
            "length": 24,
            "event": "a",
            "data": "b",
            "id": "1",
            "retry": None,
            "comments": [],
            "complete": True,
            "dispatched": True,
            "last_event_id": "1",
            "gist": "b",
            "kind": "content",
            "blocks": [],
        },
        {
            "number": 2,
            "at_us": 2000,
            "gap_us": 1000,
            "offset": 24,
            "length": 3,
            "event": "message",
            "data": "",
            "id": None,
            "retry": None,
            "comments": ["c"],
            "complete": False,
            "dispatched": False,
            "last_event_id": "1",
            "gist": ": c",
            "kind": "comment",
            "blocks": [],
        },
    ]


def nest(levels: int) -> object:
    value: object = 1
    for _ in range(levels):
        value = [value]
    return value


def test_values_that_are_nested_too_deeply_are_left_out() -> None:
    assert to_plain_json(nest(MAX_DEPTH)) == nest(MAX_DEPTH)
    assert TOO_DEEP in json.dumps(to_plain_json(nest(MAX_DEPTH + 1)))
    assert to_plain_json({"a": nest(900)}, levels=2) == {"a": [TOO_DEEP]}


def test_numbers_that_json_lacks_become_text() -> None:
    document = build_document(
        make_exchange(), fields={"temperature": math.inf, "x": [math.nan, 1.5, None]}
    )
    assert document["run"] == {"fields": {"temperature": "inf", "x": ["nan", 1.5, None]}}


def test_the_frames_beyond_a_limit_are_given_as_one() -> None:
    frames = make_frames(*[1] * 100_003, step_us=1)
    exchange = make_exchange(answer=make_answer(b"x" * 100_003, frames=frames))
    document = build_document(exchange)
    answer = document["answer"]
    assert isinstance(answer, dict)
    last = answer["frames"][-1]
    assert len(answer["frames"]) == 100_001
    assert (last["at_us"], last["length"]) == (frames[-1].dt_us, 3)
