"""Matches in assembled texts and in the rest of bodies, each with its place."""

from __future__ import annotations

import json
import re

import pytest

from runreel.core.grep.matches import TextMatch, find_matches
from runreel.core.trace.build import build_trace
from runreel.dialects import find_dialect
from runreel.model import Exchange
from support.build import make_answer, make_exchange, make_request

JSON = ((b"Content-Type", b"application/json"),)
SSE = ((b"Content-Type", b"text/event-stream"),)


def chunk(**delta: object) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": None}
    value = {"id": "c", "object": "chat.completion.chunk", "model": "m-1", "choices": [choice]}
    return b"data: " + json.dumps(value).encode() + b"\n\n"


def chat(*pieces: bytes) -> Exchange:
    body = {"model": "m-1", "messages": [{"role": "user", "content": "Where is my réfund?"}]}
    return make_exchange(
        1,
        request=make_request(
            target=b"/v1/chat/completions", body=json.dumps(body).encode(), headers=JSON
        ),
        answer=make_answer(*pieces, headers=SSE),
    )


STREAM = chat(chunk(content="Your re"), chunk(content="fu"), chunk(content="nd is 5 €"))


def find(pattern: str, exchange: Exchange = STREAM) -> list[TextMatch]:
    trace = build_trace(exchange, find_dialect(exchange.head.request))
    return list(find_matches(exchange, trace, re.compile(pattern)))


def test_a_text_in_many_events_is_one_text() -> None:
    (match,) = find("refund is")
    assert match.block is not None
    assert (match.message, match.block.kind, match.event, match.offset) == (
        "answer",
        "text",
        1,
        5,
    )
    assert (match.before, match.text, match.after) == ("Your ", "refund is", " 5 €")


def test_the_event_is_that_of_the_first_character() -> None:
    assert [match.event for match in find("fund")] == [0, 2]
    assert [match.event for match in find("€")] == [3]


def test_requests_are_searched_first() -> None:
    first, second = find("r.fund")
    assert (first.message, first.event) == ("request", 0)
    assert second.message == "answer"


def test_the_rest_of_a_body_is_searched_too_and_repetitions_are_given_once() -> None:
    matches = find('"m-1"')
    assert [(match.message, match.block, match.event) for match in matches] == [
        ("request", None, 0),
        ("answer", None, 1),
    ]


def test_offsets_in_bodies_are_bytes() -> None:
    answer = '{"é": "a needle", "∑": "😀 and a second needle"}'.encode()
    exchange = make_exchange(
        1, request=make_request("GET", b"/x", (), b""), answer=make_answer(answer, headers=JSON)
    )
    matches = find("needle", exchange)
    assert [match.offset for match in matches] == [
        answer.index(b"needle"),
        answer.rindex(b"needle"),
    ]


EMPTY = ["^", "z*", "(?=a)"]


@pytest.mark.parametrize("pattern", EMPTY)
def test_empty_matches_are_left_out(pattern: str) -> None:
    assert find(pattern, chat(chunk(content="abc"))) == []


def test_long_matches_are_folded() -> None:
    (match,) = find("a{9,}", chat(chunk(content="a" * 1000)))
    assert len(match.text) == 201
    assert match.text.endswith("…")
