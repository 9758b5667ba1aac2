from __future__ import annotations

import pytest

from runreel.core.dialect import Call, Channels, Outline
from runreel.dialects.routes import Route, Routes
from runreel.dialects.table_dialect import Family
from support.build import make_answer, make_request

SHOPS = Family(
    name="shops",
    routes=Routes((Route("GET", "shops/{shop}", "shops.retrieve"),)),
    channels=Channels(frozenset({"text"}), frozenset()),
    shape=lambda message, code: f"{code}: {message}".encode(),
)
CALLS = [
    ("a call", "GET", b"/v1/shops/s1", Call("shops.retrieve", "", {"shop": "s1"})),
    ("a method that the table lacks", "PUT", b"/shops/s1", Call("", "", {"shop": "s1"})),
    ("a path that it lacks", "GET", b"/houses", Call("", "")),
]


@pytest.mark.parametrize(("reason", "method", "target", "call"), CALLS, ids=[c[0] for c in CALLS])
def test_a_call_is_what_the_table_says(reason: str, method: str, target: bytes, call: Call) -> None:
    request = make_request(method, target)
    assert SHOPS.read(request) == call
    assert SHOPS.claims(request) is bool(call.summary)
    assert SHOPS.scope(request) == ""


def test_it_says_nothing_of_an_answer() -> None:
    assert SHOPS.outline(make_request(), make_answer()) == Outline()


def test_an_error_has_the_familys_shape() -> None:
    assert SHOPS.error("no", "miss") == b"miss: no"
