from __future__ import annotations

import pytest

from runreel.core.http.headers import (
    find_header,
    find_header_values,
    get_content_type,
    is_form,
)
from runreel.model import Headers

CASES: list[tuple[str, Headers, bytes, bool]] = [
    ("none", ((b"Accept", b"*/*"),), b"", False),
    (
        "the first of two",
        ((b"Content-Type", b"text/plain"), (b"content-type", b"application/json")),
        b"text/plain",
        False,
    ),
    ("any letter case", ((b"content-TYPE", b" text/Plain "),), b"text/Plain", False),
    (
        "a form, with parameters",
        ((b"Content-Type", b"Application/x-www-form-urlencoded; charset=utf-8"),),
        b"Application/x-www-form-urlencoded; charset=utf-8",
        True,
    ),
]


@pytest.mark.parametrize(("reason", "headers", "media", "form"), CASES, ids=[c[0] for c in CASES])
def test_the_content_type(reason: str, headers: Headers, media: bytes, form: bool) -> None:
    assert get_content_type(headers) == media
    assert is_form(headers) is form


def test_a_header_is_found_in_any_letter_case() -> None:
    headers = ((b"X", b"0"), (b"SET-Cookie", b"1"), (b"set-cookie", b"2"))
    assert find_header(headers, b"set-cookie") == b"1"
    assert find_header_values(headers, b"set-cookie") == [b"1", b"2"]
    assert find_header(headers, b"cookie") is None
    assert find_header_values(headers, b"cookie") == []
