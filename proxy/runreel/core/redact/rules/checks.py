"""Checks that tell a secret from a word, a placeholder or a piece of code.

A check gets the text that a pattern has matched, for rules whose pattern matches other texts too.
"""

from __future__ import annotations

import base64
import binascii
import re

_RUN = re.compile(rb"[A-Za-z0-9]+")
_FILLER = b"xX*0.-_#"
_YOUR_KEY_HERE = re.compile(rb"(?i)your[-_]|[-_]here$|REDACTED")
_STAND_IN = re.compile(
    rb"(?i)REDACTED|<|\$[({]|\{\{|^\{|%[({]|\*\*\*|\.\.\.|\xe2\x80\xa6"
    rb"|^[*.x#\xe2\x80\xa2\xa6\x97\x8f-]+$|^%[A-Z0-9_]+%?$|^your|[_-]here$"
    rb"|^(?:insert|enter|put|replace|add|some|fake|dummy|example)[_-]"
    rb"|^(?:xxx|todo|placeholder)(?:[^A-Za-z0-9]|$)|^(?:(?:id|src|type|env)=|(?:https?:)?//|file:|id_(?:rsa|dsa"
    rb"|ecdsa|ed25519))"
    rb"|\.(?:pem|key|json|txt|ya?ml|env|crt|p12|py|js|ts|go)$"
    rb"|^[a-z_]+_(?:password|passwd|pwd|token|secret|key)[0-9]?$"
)
"""Texts that people write in the place of a secret: ``<key>``, ``$KEY``, ``****``, ``key.pem``."""

_CODE = re.compile(
    rb"^[A-Z][A-Z0-9_]{2,}=|^\$[A-Z_][A-Z0-9_]*$|^[A-Za-z_][A-Za-z0-9_.]*[(\[]|^[&@!]?[a-z_]+[0-9]*(?:\.[a-z_]+[0-9]*)+$"
    rb"|^[a-z]+[A-Z][A-Za-z]*\.[A-Za-z.]+$|^[a-z]+(?:\?\.[A-Za-z_]+|\.[a-z]+(?:[A-Z][a-z]+)+)$"
    rb"|^\$[a-z]+(?:[A-Z][a-z]+)+$|^[A-Za-z_]+::|^(?:process\.env|os\.environ|self|this|config|settings"
    rb"|env)\."
    rb"|^(?:Optional|Secret|Hidden|Masked)?(?:str|Str|string|String)\b"
    rb"|^[~.]{0,2}(?:/[a-z0-9_.-]{1,40})+/?$|^[~.]{1,2}/|^/(?:Users|home|etc|var|usr|opt|tmp|mnt"
    rb"|srv)/"
)
"""Texts that source code has in the place of a secret: names, calls, types, paths."""

_TECHNICAL_TERM = re.compile(
    rb"(?i)^(?:(?:aws4-)?(?:hmac-)?sha-?[0-9]+|md5|base(?:32|58|64)|utf-?(?:8|16)|argon2|oauth-?2|aes-?[0-9]+|pbkdf2"
    rb"|x509"
    rb"|[rhep]s(?:256|384|512)|ed25519|rfc-?[0-9]+|2fa|(?:u?int|float|bytes|string|str)[0-9]+"
    rb"|[0-9]+-?(?:bit|byte|char|character|digit|day|hour|min|sec|month|year|step|way|letter"
    rb"|word)s?)"
    rb"(?:[^A-Za-z0-9]|$)"
)
"""Names of algorithms, types and units that contain digits: ``sha256``, ``utf-8``, ``8-bit``."""

_DATE_OR_NUMBER = re.compile(
    rb"^[0-9]{1,4}(?:[-/.:][0-9]{1,4}){1,5}(?:[T ][0-9:.Z+-]*)?$"
    rb"|^[0-9]{1,4}$|^[0-9]+(?:[.,][0-9]+)?(?:ms|s|m|h|d|kb|mb|gb|kib|mib|gib|%)$"
)
"""Dates, times, versions, small numbers, and numbers with a unit."""

_CHUNK = re.compile(rb"[-_./'&+]+")
_CAMEL_CASE_WORD = re.compile(rb"[A-Z]?[a-z]+|[A-Z]+")
_VOWEL = re.compile(rb"(?i)[aeiouy]")


def is_key(text: bytes) -> bool:
    """Return whether a part of the text looks random; words with hyphens and rows of x do not."""
    if not text[-8:].strip(_FILLER) or _YOUR_KEY_HERE.search(text):
        return False
    runs = _RUN.findall(text)
    if any(map(_looks_random, runs)):
        return True
    classes = set().union(*map(_find_character_classes, runs))
    return len(classes) == 3 or ("digit" not in classes and not _is_words(text))


def is_key_after_dot(text: bytes) -> bool:
    """Return whether the part of the text after its last dot is a key, and not a file extension."""
    return is_key(text.rpartition(b".")[2])


def is_key_and_no_name(text: bytes) -> bool:
    """Return whether the text is a key and not a long name: after ``test_`` both are common."""
    return is_key(text) and not _is_words(text)


def _looks_random(run: bytes) -> bool:
    """Return whether a run of letters and digits is long, or shorter with mixed characters."""
    return len(run) >= 16 or (len(run) >= 8 and len(_find_character_classes(run)) > 1)


def _find_character_classes(run: bytes) -> set[str]:
    """Return which of ``lower``, ``upper`` and ``digit`` occur, without an initial capital."""
    classes = {
        "digit" if 0x30 <= byte <= 0x39 else "lower" for byte in run if not 0x41 <= byte <= 0x5A
    }
    return classes | {"upper" for byte in run[1:] if 0x41 <= byte <= 0x5A}


def _is_words(text: bytes) -> bool:
    """Return whether the text is a word, or words joined by hyphens, dots or camel case."""
    if not text.isascii():
        return text.decode("utf-8", "replace").strip("!?:*_").isalpha()
    chunks = _CHUNK.split(text.rstrip(b"!?:*_"))
    return all(chunk.isalpha() and _is_word(chunk) for chunk in chunks if chunk)


def _is_word(chunk: bytes) -> bool:
    """Return whether the letters are words in camel case: with vowels, and not too short."""
    words = _CAMEL_CASE_WORD.findall(chunk)
    is_pronounceable = all(len(word) < 4 or _VOWEL.search(word) for word in words)
    return is_pronounceable and (len(words) == 1 or len(chunk) >= 3.5 * len(words))


def is_no_stand_in(text: bytes) -> bool:
    """Return whether the text is a value, not a placeholder (``<key>``, ``$KEY``) and not code."""
    return not _STAND_IN.search(text) and not _CODE.search(text)


def is_term_or_words(text: bytes) -> bool:
    """Return whether the text is a number, a technical term or words, as often after a label."""
    is_term = _TECHNICAL_TERM.search(text) or _DATE_OR_NUMBER.search(text)
    return is_term is not None or _is_words(text)


def is_token(text: bytes) -> bool:
    """Return whether the text is such a value with letters, and has digits or is long."""
    is_value = not is_term_or_words(text) and is_no_stand_in(text)
    if not is_value or not text[-8:].strip(_FILLER):
        return False
    has_digit = any(0x30 <= byte <= 0x39 for byte in text)
    has_letter = any(0x61 <= byte | 0x20 <= 0x7A for byte in text)
    return has_letter and (has_digit or len(text) >= 10)


def is_random_token(text: bytes) -> bool:
    """Return whether the text is such a token, and a row of letters and digits looks random."""
    has_digit = any(0x30 <= byte <= 0x39 for byte in text)
    return has_digit and is_token(text) and any(map(_looks_random, _RUN.findall(text)))


def is_random(text: bytes) -> bool:
    """Return whether the text is mixed or hexadecimal enough to be a secret in any context."""
    digits = sum(0x30 <= byte <= 0x39 for byte in text)
    if digits < 1 + (len(text) < 28) or not is_token(text):
        return False
    return len(_find_character_classes(text)) == 3 or (
        len(text) >= 32 and not text.strip(b"0123456789abcdefABCDEF")
    )


def is_basic(text: bytes) -> bool:
    """Return whether the text is a user and a password in base64 (RFC 7617)."""
    unpadded = text.rstrip(b"=")
    try:
        plain = base64.b64decode(unpadded + b"=" * (-len(unpadded) % 4), validate=True)
    except binascii.Error:
        return False
    return b":" in plain and plain.isascii() and plain.decode("ascii").isprintable()
