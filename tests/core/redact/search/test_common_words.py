from __future__ import annotations

import pytest

from runreel.core.redact.search.common_words import is_common_word

WORDS = [
    ("a word", b"important", True),
    ("with a capital", b"Important", True),
    ("in capitals", b"IMPORTANT", True),
    ("with a digit, as the fields of a form", b"password1", True),
    ("a word of technical texts", b"hostname", True),
    ("the name of a product, which is its first password", b"postgres", True),
    ("two words", b"hunterhunter", False),
    ("a rare word", b"swordfish", False),
    ("with a number", b"password123", False),
    ("letters", b"qwertzuiop", False),
    ("digits", b"12345678", False),
    ("a part of a word", b"importan", False),
    ("nothing", b"", False),
]


@pytest.mark.parametrize(("value", "expected"), [w[1:] for w in WORDS], ids=[w[0] for w in WORDS])
def test_is_common_word(value: bytes, *, expected: bool) -> None:
    assert is_common_word(value) is expected
