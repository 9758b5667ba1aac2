from __future__ import annotations

import pytest

from runreel.core.placeholder import (
    PLACEHOLDER,
    find_placeholders,
    format_placeholder,
    get_kind,
    zero_numbers,
)

PLACEHOLDERS = [
    ("one word", "key", 1, b"REDACTED-key-1"),
    ("several words", "openai-api-key", 12, b"REDACTED-openai-api-key-12"),
    ("an email address", "email", 3, b"REDACTED-email-3@redacted.invalid"),
]


@pytest.mark.parametrize(
    ("reason", "kind", "number", "placeholder"), PLACEHOLDERS, ids=[row[0] for row in PLACEHOLDERS]
)
def test_a_placeholder_has_a_kind_and_a_number(
    reason: str, kind: str, number: int, placeholder: bytes
) -> None:
    assert format_placeholder(kind, number) == placeholder
    assert PLACEHOLDER.fullmatch(placeholder)
    assert get_kind(placeholder) == kind


def test_placeholders_are_found_in_their_order() -> None:
    assert find_placeholders(b"REDACTED-b-2, REDACTED-a-1@redacted.invalid REDACTED- x") == [
        b"REDACTED-b-2",
        b"REDACTED-a-1@redacted.invalid",
    ]
    assert find_placeholders(b"none") == []


NUMBERS = [
    ("a number", b"<REDACTED-a-12>", b"<REDACTED-a-0>"),
    ("a suffix is dropped", b"REDACTED-email-7@redacted.invalid", b"REDACTED-email-0"),
    ("no number", b"REDACTED-a-", b"REDACTED-a-"),
    ("too long a number", b"REDACTED-a-1234567890", b"REDACTED-a-1234567890"),
    ("no placeholder", b"x-12", b"x-12"),
]


@pytest.mark.parametrize(("reason", "data", "expected"), NUMBERS, ids=[row[0] for row in NUMBERS])
def test_zero_numbers(reason: str, data: bytes, expected: bytes) -> None:
    assert zero_numbers(data) == expected
