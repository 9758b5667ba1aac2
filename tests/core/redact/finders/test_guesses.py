from __future__ import annotations

import pytest

from runreel.core.redact.finders.guesses import cut_off_name, trim_guess

GUESSES = [
    ("a literal in an array", '"password": ~[null~]', None),
    ("a literal after white space", '"password": [\n  ~false~]', None),
    ("empty arrays", '"password": ~[[]~', None),
    ("a number in arrays", '"password": ~[[1234567~]]', "1234567"),
    ("JSON in a string", r"\"password\": ~[null~]", None),
    ("a value in quotes", '"password": "~hunter2x~"', "hunter2x"),
    ("a value without quotes", '"password": ~hunter2x~', "hunter2x"),
    ("a bracket in prose", "password: ~[hunter2x~", "[hunter2x"),
    ("a literal in prose", "password: ~null~", "null"),
    ("the query of a URL", "https://h/x;access_token=~S1?case=1~", "S1"),
    ("the query of a path", "GET /x;v=1;access_token=~S1?case=1~", "S1"),
    ("a question mark in a query", "https://h/x?a=1;access_token=~S1?case=1~", "S1?case=1"),
    ("a question mark in a connection string", "Server=x;Password=~S1?case=1~", "S1?case=1"),
    ("the same of JDBC", "jdbc:x://h:1;user=a;password=~S1?case=1~", "S1?case=1"),
    ("a question mark at the start", "https://h/x;access_token=~?case=1~", "?case=1"),
]


@pytest.mark.parametrize(("reason", "marked", "expected"), GUESSES, ids=[c[0] for c in GUESSES])
def test_a_guess_ends_where_its_notation_says(
    reason: str, marked: str, expected: str | None
) -> None:
    before, guess, after = (part.encode() for part in marked.split("~"))
    data = before + guess + after
    start, end = trim_guess(data, len(before), len(before) + len(guess))
    assert data[start:end].decode() == (expected or "")


NAMES = [
    ("the name of another value", "password=~a1;b2;Server~=x", "a1;b2"),
    ("only the name of another value", "password=~a1;sslMode~=x", ""),
    ("a sign before no name", "password=~a1;b2~ x", "a1;b2"),
    ("a last piece with digits", "password=~a1;b2;c3Qz~: x", "a1;b2;c3Qz"),
]


@pytest.mark.parametrize(("reason", "marked", "expected"), NAMES, ids=[c[0] for c in NAMES])
def test_the_name_of_the_next_value_is_cut_off(reason: str, marked: str, expected: str) -> None:
    before, guess, after = (part.encode() for part in marked.split("~"))
    data = before + guess + after
    start, end = cut_off_name(data, len(before), len(before) + len(guess))
    assert data[start:end].decode() == expected
