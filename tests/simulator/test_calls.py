"""Type checks of bodies, and pages of lists."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runreel.simulator.calls import ApiError, JsonBody, build_page
from runreel.simulator.objects import ModelObject

Read = Callable[[JsonBody], object]

INVALID: list[tuple[str, bytes, Read, str | None]] = [
    ("not JSON", b"{", lambda body: body, None),
    ("not UTF-8", b'"\xff"', lambda body: body, None),
    ("not an object", b"[]", lambda body: body, None),
    ("not a number", b'{"a": NaN}', lambda body: body, None),
    ("nested too deeply", b"[" * 100_000, lambda body: body, None),
    ("missing", b"{}", lambda body: body.require_text("a"), "a"),
    ("null is missing", b'{"a": null}', lambda body: body.require_text("a"), "a"),
    ("not a string", b'{"a": 1}', lambda body: body.get_text("a"), "a"),
    ("not an integer", b'{"a": 1.5}', lambda body: body.get_integer("a"), "a"),
    ("a boolean is not an integer", b'{"a": true}', lambda body: body.get_integer("a"), "a"),
    ("a boolean is not a number", b'{"a": true}', lambda body: body.get_number("a", 0.0), "a"),
    ("not a boolean", b'{"a": 1}', lambda body: body.get_flag("a", default=True), "a"),
    ("a field that is not an object", b'{"a": []}', lambda body: body.get_object("a"), "a"),
    ("not an array", b'{"a": {}}', lambda body: body.get_objects("a"), "a"),
    ("not an array of objects", b'{"a": [{}, 1]}', lambda body: body.get_objects("a"), "a"),
]

VALID: list[tuple[str, bytes, Read, object]] = [
    ("an empty body is an empty object", b"", lambda body: body.fields, {}),
    ("a text", b'{"a": "x"}', lambda body: body.get_text("a"), "x"),
    ("an absent text", b"{}", lambda body: body.get_text("a", "y"), "y"),
    ("a null text", b'{"a": null}', lambda body: body.get_text("a", "y"), "y"),
    ("an empty text is a text", b'{"a": ""}', lambda body: body.get_text("a", "y"), ""),
    ("a whole number is a number", b'{"a": 0}', lambda body: body.get_number("a", 1.0), 0.0),
    ("a fraction", b'{"a": 0.5}', lambda body: body.get_number("a", 1.0), 0.5),
    ("false", b'{"a": false}', lambda body: body.get_flag("a", default=True), False),
    ("objects", b'{"a": [{}]}', lambda body: body.get_objects("a"), [{}]),
]


@pytest.mark.parametrize(
    ("data", "read", "param"), [row[1:] for row in INVALID], ids=[row[0] for row in INVALID]
)
def test_a_bad_body_is_an_error(data: bytes, read: Read, param: str | None) -> None:
    with pytest.raises(ApiError) as raised:
        read(JsonBody.parse(data))
    error: Any = raised.value.body["error"]
    assert (raised.value.status, error["type"]) == (400, "invalid_request_error")
    assert error["param"] == param
    assert set(error) == {"message", "type", "param", "code"}


@pytest.mark.parametrize(
    ("data", "read", "value"), [row[1:] for row in VALID], ids=[row[0] for row in VALID]
)
def test_a_field_is_read(data: bytes, read: Read, value: object) -> None:
    assert read(JsonBody.parse(data)) == value


FIVE = [ModelObject(id=name, created=0) for name in "abcde"]

PAGES: list[tuple[str, dict[str, str], str, bool]] = [
    ("the newest first", {}, "edcba", False),
    ("the oldest first", {"order": "asc"}, "abcde", False),
    ("the first page", {"limit": "2"}, "ed", True),
    ("the next page", {"limit": "2", "after": "d"}, "cb", True),
    ("the last page", {"limit": "2", "after": "b"}, "a", False),
    ("nothing after the last", {"after": "a"}, "", False),
    ("the page before", {"limit": "2", "before": "b"}, "dc", True),
    ("all before", {"before": "b", "order": "asc"}, "a", False),
    ("between two", {"after": "e", "before": "b", "limit": "1"}, "d", True),
]


@pytest.mark.parametrize(
    ("query", "ids", "more"), [row[1:] for row in PAGES], ids=[row[0] for row in PAGES]
)
def test_a_page(query: dict[str, str], ids: str, more: bool) -> None:
    page: Any = build_page(FIVE, query)
    assert "".join(item["id"] for item in page["data"]) == ids
    assert page["has_more"] is more
    assert page["first_id"] == (ids[0] if ids else None)
    assert page["last_id"] == (ids[-1] if ids else None)


@pytest.mark.parametrize(
    "query",
    [
        {"order": "up"},
        {"limit": "0"},
        {"limit": "101"},
        {"limit": "-1"},
        {"limit": "9" * 5000},
        {"after": "x"},
        {"before": "x"},
    ],
    ids=str,
)
def test_a_bad_query_is_an_error(query: dict[str, str]) -> None:
    with pytest.raises(ApiError) as raised:
        build_page(FIVE, query)
    assert raised.value.status == 400


@given(st.integers(1, 5), st.sampled_from(["asc", "desc"]))
def test_pages_joined_are_the_list(limit: int, order: str) -> None:
    ids: list[str] = []
    query = {"limit": str(limit), "order": order}
    more = True
    while more:
        page: Any = build_page(FIVE, query)
        ids += [item["id"] for item in page["data"]]
        query["after"], more = ids[-1], page["has_more"]
    assert "".join(ids) == ("abcde" if order == "asc" else "edcba")
