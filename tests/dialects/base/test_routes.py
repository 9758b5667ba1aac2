from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runreel.dialects.base.routes import Route, Routes, parse_query

SHOPS = Routes(
    (
        Route("GET", "shops", "shops.list"),
        Route("POST", "shops", "shops.create"),
        Route("POST", "shops/near", "shops.find"),
        Route("GET", "shops/{shop}", "shops.retrieve"),
        Route("GET", "shops/{shop}/files", "shops.files.list"),
        Route("GET", "shops/{shop}/doors", "shops.doors.list"),
        Route("GET", "files/{file}", "files.retrieve"),
        Route("GET", "files", "files.list"),
        Route("GET", "open/hours", "hours.list"),
        Route("GET", "open/hours/{day}", "hours.retrieve"),
    )
)

MATCHES: list[tuple[str, bytes, str, dict[str, str]]] = [
    ("no prefix", b"/shops", "shops.list", {}),
    ("a prefix", b"/v1/shops", "shops.list", {}),
    ("a long prefix", b"/a/b/c/shops/s1", "shops.retrieve", {"shop": "s1"}),
    ("an absolute target", b"http://host/v1/shops", "shops.list", {}),
    ("a query does not count", b"/v1/shops?x=/files", "shops.list", {}),
    ("a final slash does not count", b"/v1/shops/", "shops.list", {}),
    ("a doubled slash before it", b"/v1//shops/s1", "shops.retrieve", {"shop": "s1"}),
    ("a collection within another", b"/shops/s1/doors", "shops.doors.list", {"shop": "s1"}),
    ("the longest pattern wins", b"/shops/s1/files", "shops.files.list", {"shop": "s1"}),
    ("an id is decoded", b"/shops/a%2Fb%20c", "shops.retrieve", {"shop": "a/b c"}),
    ("an id that is not UTF-8", b"/shops/%ff\xfe", "shops.retrieve", {"shop": "\ufffd\ufffd"}),
    ("an id after two literals", b"/v1/open/hours/monday", "hours.retrieve", {"day": "monday"}),
    ("a literal may be encoded", b"/sh%6fps", "shops.list", {}),
    (
        "a prefix that ends like a collection",
        b"/x/shops/shops/s1",
        "shops.retrieve",
        {"shop": "s1"},
    ),
]

MISSES = [
    ("the root", b"/"),
    ("nothing", b""),
    ("only a query", b"?shops"),
    ("an unknown name", b"/v1/houses"),
    ("an empty id", b"/v1/shops//doors"),
    ("more after it", b"/v1/shops/s1/unknown"),
    ("the asterisk of OPTIONS", b"*"),
]


@pytest.mark.parametrize(
    ("reason", "target", "operation", "ids"), MATCHES, ids=[row[0] for row in MATCHES]
)
def test_a_target_that_matches(
    reason: str, target: bytes, operation: str, ids: dict[str, str]
) -> None:
    match = SHOPS.find(target)
    assert match is not None
    assert (match.operations["GET"], match.ids) == (operation, ids)


@pytest.mark.parametrize(("reason", "target"), MISSES, ids=[row[0] for row in MISSES])
def test_a_target_that_does_not_match(reason: str, target: bytes) -> None:
    assert SHOPS.find(target) is None


def test_a_literal_wins_over_an_id() -> None:
    match = SHOPS.find(b"/shops/near")
    assert match is not None
    assert (match.operations, match.ids) == ({"POST": "shops.find"}, {})


def test_a_match_has_an_operation_for_each_method() -> None:
    match = SHOPS.find(b"/shops")
    assert match is not None
    assert match.operations == {"GET": "shops.list", "POST": "shops.create"}


@given(st.binary(max_size=40) | st.text(alphabet="/%?shops{}.2f", max_size=40).map(str.encode))
def test_no_target_raises(target: bytes) -> None:
    match = SHOPS.find(target)
    assert match is None or match.operations


QUERIES = [
    ("none", b"/a", []),
    ("empty", b"/a?", []),
    (
        "in order, twice, decoded",
        b"/a?b=1&c%5B%5D=x%20y&b=2",
        [("b", "1"), ("c[]", "x y"), ("b", "2")],
    ),
    ("no value", b"/a?b&c=", [("b", ""), ("c", "")]),
    ("not UTF-8", b"/a?b=\xff%fe", [("b", "\ufffd\ufffd")]),
]


@pytest.mark.parametrize(("reason", "target", "expected"), QUERIES, ids=[row[0] for row in QUERIES])
def test_a_query_is_parsed(reason: str, target: bytes, expected: list[tuple[str, str]]) -> None:
    assert parse_query(target) == expected
