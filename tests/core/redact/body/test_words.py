from __future__ import annotations

import pytest

from runreel.core.redact.body.words import is_word

RESTS = [
    ("a frequent word", b"the", True),
    ("in capitals", b"THE", True),
    ("a word that can be spoken", b"Please", True),
    ("of four letters", b"Keep", True),
    ("a call in a program", b"run()", True),
    ("the beginning of a call", b"print(", True),
    ("a key with a bracket", b"x9(", False),
    ("nothing", b"", False),
    ("letters that nobody can speak", b"xKqw", False),
    ("letters and digits", b"ab3d", False),
    ("three letters that are no frequent word", b"abe", False),
    ("two words", b"the key", False),
    ("a capital within it", b"pleAse", False),
    ("too long for a word", b"ba" * 9, False),
]


@pytest.mark.parametrize(("reason", "rest", "word"), RESTS, ids=[c[0] for c in RESTS])
def test_a_rest_is_a_word_or_not(reason: str, rest: bytes, word: bool) -> None:
    assert is_word(rest) is word
