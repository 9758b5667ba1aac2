from __future__ import annotations

import pytest

from runreel.core.http.headers import get_content_type, is_form
from runreel.model import Headers

CASES: list[tuple[str, Headers, bytes, bool]] = [
    ("none", ((b"Accept", b"*/*"),), b"", False),
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
