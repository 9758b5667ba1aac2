from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runreel.dialects.base.bodies import parse_object
from runreel.model import OmittedReason, Problem

GOOD: list[tuple[str, bytes, dict[str, object]]] = [
    ("an empty object", b"{}", {}),
    ("blanks around it", b" \r\n{}\t", {}),
    ("text beyond ASCII", '{"a": "ü😀\u2028"}'.encode(), {"a": "ü😀\u2028"}),
    ("a surrogate pair, escaped", b'{"a": "\\ud83d\\ude00"}', {"a": "😀"}),
    ("one name in two objects", b'{"a": {"a": 1}}', {"a": {"a": 1}}),
    ("a large integer stays exact", b'{"a": 1180591620717411303424}', {"a": 2**70}),
    ("a backslash before a u", b'{"a": "\\\\ud800"}', {"a": "\\ud800"}),
]

BAD = [
    ("empty", b"", "is empty"),
    ("blank", b" \n", "is empty"),
    ("not JSON", b'{"a": 1,\n oops}', "line 2, column 2"),
    ("cut off", b'{"a": "x', "not JSON"),
    ("more after it", b"{}{}", "not JSON"),
    ("a BOM", b"\xef\xbb\xbf{}", "not JSON"),
    ("a form", b"a=1&b=2", "not JSON"),
    ("UTF-16", '{"a": 1}'.encode("utf-16"), "not UTF-8"),
    ("bytes that are not UTF-8", b'{"a": "\xff"}', "not UTF-8 text (byte 7)"),
    ("a surrogate in bytes", b'{"a": "\xed\xa0\x80"}', "not UTF-8"),
    ("an array", b"[{}]", "not an object"),
    ("a string", b'"a"', "not an object"),
    ("null", b"null", "not an object"),
    ("a field twice", b'{"a": 1, "a": 1}', "twice"),
    ("a field twice further in", b'{"a": [{"b": 1, "b": 2}]}', "twice"),
    ("a field twice, once escaped", b'{"a": 1, "\\u0061": 2}', "twice"),
    ("NaN", b'{"a": NaN}', "NaN"),
    ("minus infinity", b'{"a": -Infinity}', "-Infinity"),
    ("half a surrogate pair", b'{"a": "\\ud800"}', "surrogate"),
    ("half a surrogate pair in a name", b'{"\\uDC00": 1}', "surrogate"),
    ("200,000 arrays", b'{"a": ' + b"[" * 200_000, "nested"),
    ("200,000 objects", b'{"a": ' * 200_000, "nested"),
    ("5,000 digits", b'{"a": ' + b"7" * 5_000 + b"}", "digits"),
]


@pytest.mark.parametrize(("reason", "body", "expected"), GOOD, ids=[row[0] for row in GOOD])
def test_an_object_is_parsed(reason: str, body: bytes, expected: dict[str, object]) -> None:
    assert parse_object(body) == expected


@pytest.mark.parametrize(("reason", "body", "message"), BAD, ids=[row[0] for row in BAD])
def test_any_other_body_is_one_problem(reason: str, body: bytes, message: str) -> None:
    problem = parse_object(body)
    assert isinstance(problem, Problem)
    assert problem.path == "body"
    assert message in problem.message


@pytest.mark.parametrize("omitted", OmittedReason)
def test_a_body_that_was_not_stored(omitted: OmittedReason) -> None:
    problem = parse_object(b"", omitted)
    assert isinstance(problem, Problem)
    assert "neither stored nor checked" in problem.message


def test_a_problem_does_not_quote_the_body() -> None:
    problem = parse_object(b'{"a": "sk-test-canary-1", "a": sk-test-canary-2}')
    assert isinstance(problem, Problem)
    assert "canary" not in problem.message


@given(st.binary(max_size=60) | st.text(alphabet='{}[]":,\\ud80e1aN', max_size=60).map(str.encode))
def test_no_body_raises(body: bytes) -> None:
    result = parse_object(body)
    assert isinstance(result, Problem) or result == json.loads(body)
