"""A miss is a consequence of an earlier one only if it depends on that one's answer."""

from __future__ import annotations

import json

import pytest

from runreel.core.explain.miss import explain_miss
from runreel.core.match.matching import Matching
from runreel.core.replay.candidate import Refusal, RefusalReason
from runreel.dialects import find_dialect
from runreel.model import ExchangeHead, Request
from support.build import make_head, make_request

CHAT = b"/v1/chat/completions"


def make_chat(*turns: str) -> Request:
    messages = [{"role": "user", "content": turn} for turn in turns]
    return make_request(target=CHAT, body=json.dumps({"messages": messages}).encode())


def make_response(text: str, previous: str | None = None) -> Request:
    body = {"input": text} | ({"previous_response_id": previous} if previous else {})
    return make_request(target=b"/v1/responses", body=json.dumps(body).encode())


def make_get(target: bytes) -> Request:
    return make_request("GET", target, body=b"")


RUN = make_request(target=b"/v1/threads/thread_1/runs", body=b'{"assistant_id": "asst_2"}')
EDITED = make_chat("Hello!")
ROWS = [
    ("the same thread", RUN, make_get(b"/v1/threads/thread_1/runs/run_1"), True),
    ("another thread", RUN, make_get(b"/v1/threads/thread_2/runs/run_1"), False),
    ("another call of no thread", RUN, make_get(b"/v1/models"), False),
    ("two prompts that have nothing in common", EDITED, make_chat("Good bye!"), False),
    ("a conversation that goes on", EDITED, make_chat("Hello!", "Hi", "Why?"), True),
    ("a conversation that begins otherwise", EDITED, make_chat("Hi!", "Hi", "Why?"), False),
    ("the same call again", EDITED, make_chat("Hello!"), False),
    ("an id that the client did not get", EDITED, make_get(b"/v1/responses/None"), True),
    ("an id that the client did not get, in Node", RUN, make_get(b"/v1/a/undefined/b"), True),
    ("a place that is called so", EDITED, make_get(b"/v1/nonesuch"), False),
    ("an answer to which the client does not refer", EDITED, make_response("c"), True),
]
RECORDED = [
    make_head(number=number, request=request)
    for number, request in enumerate(
        [
            make_request(target=b"/v1/threads/thread_1/runs", body=b'{"assistant_id": "asst_1"}'),
            make_get(b"/v1/threads/thread_1/runs/run_2"),
            make_chat("Hello"),
            make_chat("Hello", "Hi", "Why?"),
            make_response("b", "resp_1"),
        ],
        start=1,
    )
]


@pytest.mark.parametrize(
    ("reason", "first", "later", "expected"), ROWS, ids=[row[0] for row in ROWS]
)
def test_is_a_consequence(reason: str, first: Request, later: Request, expected: bool) -> None:
    matching = Matching(find_dialect)
    earlier = explain_miss(first, RECORDED, matching)
    miss = explain_miss(later, RECORDED, matching, earlier=[earlier])
    assert (miss.cause is not None) is expected
    message = miss.format_message("c", "")
    assert ("consequence of the session's first miss" in message) is expected


def test_a_change_that_was_missed_is_the_cause_of_a_refusal() -> None:
    heads: list[ExchangeHead] = [
        make_head(number=1, request=make_chat("Hello")),
        make_head(number=2, request=make_get(b"/v1/models")),
    ]
    matching = Matching(find_dialect)
    earlier = explain_miss(make_chat("Hello!"), heads, matching)
    refusal = Refusal(2, RefusalReason.FUTURE, 1)
    miss = explain_miss(
        make_get(b"/v1/models"), heads, matching, refusal=refusal, earlier=[earlier]
    )
    assert miss.cause == earlier


def test_the_cause_may_be_another_than_the_first_miss() -> None:
    matching = Matching(find_dialect)
    first = explain_miss(EDITED, RECORDED, matching)
    second = explain_miss(RUN, RECORDED, matching, earlier=[first])
    request = make_get(b"/v1/threads/thread_1/runs/run_1")
    miss = explain_miss(request, RECORDED, matching, earlier=[first, second])
    assert miss.cause == second
    assert "consequence of an earlier miss, POST /v1/threads/thread_1/runs" in (
        miss.format_message("c", "")
    )
    assert miss.to_document("c", "")["consequence"] is True
