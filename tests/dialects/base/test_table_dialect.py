from __future__ import annotations

import pytest

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
    assert SHOPS.claims(request) is bool(call.summary)
    assert SHOPS.find_scope(request) == ""


def test_no_answer_is_known_to_create_a_thread() -> None:
    assert SHOPS.find_created_scope(make_answer(b'{"object": "thread", "id": "t"}')) == ""


def test_an_error_has_the_format_of_the_family() -> None:
    assert SHOPS.build_error("no", "miss") == b"miss: no"
