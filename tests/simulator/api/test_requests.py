"""Type checks of bodies."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from runreel.simulator.api.requests import JsonBody
from runreel.simulator.api_error import ApiError

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
