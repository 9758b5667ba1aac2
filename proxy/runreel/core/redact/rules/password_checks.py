"""Checks that tell a password from a word, a placeholder or a piece of code."""

from __future__ import annotations

from runreel.core.redact.rules.checks import is_no_stand_in, is_random_token, is_term_or_words
from runreel.core.redact.rules.labels import SIGN
from runreel.core.redact.search.common_words import is_common_word
from runreel.core.regex.lazy_pattern import compile_later

_SIGN = compile_later(SIGN)
_LONG_WORD = compile_later(rb"[a-z]{8,32}")


def is_password(text: bytes) -> bool:
    """Return whether the text is a value, not a word, small number, date or algorithm's name.

    A long word in lower case is a value unless it is a common one: ``password: hunterhunter``.
    """
    is_rare_word = _LONG_WORD.fullmatch(text) is not None and not is_common_word(text)
    return (is_rare_word or not is_term_or_words(text)) and is_no_stand_in(text)


def is_password_with_signs(text: bytes) -> bool:
    """Return whether the text is a password, and so is its first piece: no word, name or type."""
    first = _SIGN.split(text, 1)[0]
    return is_password(text) and is_no_stand_in(first) and not is_term_or_words(first)


def is_key_with_signs(text: bytes) -> bool:
    """Return whether the text is such a password, and random without the signs in it."""
    joined = _SIGN.sub(b"", text)
    return joined != text and is_password_with_signs(text) and is_random_token(joined)


def is_password_with_letter(text: bytes) -> bool:
    """Return whether the text is a password and no number."""
    return is_password(text) and any(0x61 <= byte | 0x20 <= 0x7A for byte in text)


_FORM_WORDS = frozenset(
    b"string password passwd secret token required optional hidden invalid missing wrong weak"
    b" strong expired incorrect undefined default prompt sample number boolean object value values"
    b" example unknown failed changed updated reset forgot disabled enabled username confirm"
    b" redacted".split()
)


def is_quoted_password(text: bytes) -> bool:
    """Return whether a quoted text is a password, which may be a word in lower case."""
    if is_password(text):
        return True
    word = text.rstrip(b"!?")
    return (
        len(word) >= 6
        and word.isalpha()
        and word.islower()
        and word not in _FORM_WORDS
        and word.strip(b"x") != b""
    )
