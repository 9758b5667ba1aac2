from __future__ import annotations

import re

import pytest
from msgspec.structs import replace

from runreel.core.dialect import CallMeaning, Channels
from runreel.dialects.base.routes import Route, Routes
from runreel.dialects.base.table_dialect import TableDialect
from support.build import make_answer, make_request

SHOPS = TableDialect(
    name="shops",
    routes=Routes((Route("GET", "shops/{shop}", "shops.retrieve"),)),
    channels=Channels(frozenset({"text"})),
    format_error=lambda message, code: f"{code}: {message}".encode(),
)
CALLS = [
    ("a call", "GET", b"/v1/shops/s1", CallMeaning("shops.retrieve", "", {"shop": "s1"})),
    ("a method that the table lacks", "PUT", b"/shops/s1", CallMeaning("", "", {"shop": "s1"})),
    ("a path that it lacks", "GET", b"/houses", CallMeaning("", "")),
]


@pytest.mark.parametrize(
    ("reason", "method", "target", "call"), CALLS, ids=[row[0] for row in CALLS]
)
def test_the_meaning_of_a_call_is_read_from_the_table(
    reason: str, method: str, target: bytes, call: CallMeaning
) -> None:
    request = make_request(method, target)
    assert SHOPS.interpret(request) == call
    assert SHOPS.find_scope(request) == ""


def test_a_scope_and_members_of_the_body_are_in_the_meaning() -> None:
    shops = replace(SHOPS, conversations=("door", "shop"), summarized=("model", "stream", "items"))
    body = b'{"model": "m", "stream": true, "items": [1], "other": 2}'
    request = make_request("GET", b"/v1/shops/s1", body=body)
    call = CallMeaning("shops.retrieve", "s1", {"shop": "s1", "model": "m", "stream": True})
    assert shops.interpret(request) == call
    assert shops.find_scope(request) == shops.find_conversation(request) == "s1"
    assert replace(shops, is_ordered=False).find_scope(request) == ""


BODIES = [("none", b""), ("no object", b'["model"]'), ("cut off", b'{"model": "m", "s')]


@pytest.mark.parametrize(("reason", "body"), BODIES, ids=[row[0] for row in BODIES])
def test_a_body_that_is_not_an_object_adds_nothing(reason: str, body: bytes) -> None:
    shops = replace(SHOPS, summarized=("model",))
    assert shops.interpret(make_request("GET", b"/shops/s1", body=body)).summary == {"shop": "s1"}


def test_what_an_answer_creates() -> None:
    request, answer = make_request("GET", b"/shops/s1"), make_answer(b'{"id": "talk_1"}')
    assert SHOPS.find_created(request, answer) == ""
    shops = replace(SHOPS, created={"shops.retrieve": re.compile(rb'"id": "([^"]+)"')})
    assert shops.find_created(request, answer) == "talk_1"


def test_an_error_has_the_format_of_the_family() -> None:
    assert SHOPS.build_error("no", "miss") == b"miss: no"
