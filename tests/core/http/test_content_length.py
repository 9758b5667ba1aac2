from __future__ import annotations

import pytest

from runreel.core.http.content_length import adjust_content_length

CASES = [
    ("a longer body", b"Content-Length", b"10", 5, b"15"),
    ("a shorter body, any letter case", b"content-length", b"10", -5, b"5"),
    ("the same length keeps its digits", b"Content-Length", b"010", 0, b"010"),
    ("a value that is not a number stays", b"Content-Length", b"+10", 5, b"+10"),
    ("other headers stay", b"Content-Type", b"10", 5, b"10"),
]


@pytest.mark.parametrize(
    ("reason", "name", "value", "difference", "expected"), CASES, ids=[c[0] for c in CASES]
)
def test_the_length_changes_with_the_body(
    reason: str, name: bytes, value: bytes, difference: int, expected: bytes
) -> None:
    assert adjust_content_length(((name, value), (b"A", b"1")), difference) == (
        (name, expected),
        (b"A", b"1"),
    )
