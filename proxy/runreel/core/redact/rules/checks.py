"""What tells a secret from a word, a placeholder or a piece of code that stands in its place.

Checks get what a pattern found. They are used where the shape alone says too little.
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
"""What people write where a secret belongs."""

_CODE = re.compile(
    rb"^[A-Z][A-Z0-9_]{2,}=|^\$[A-Z_][A-Z0-9_]*$|^[A-Za-z_][A-Za-z0-9_.]*[(\[]|^[&@!]?[a-z_]+[0-9]*(?:\.[a-z_]+[0-9]*)+$"
    rb"|^[a-z]+[A-Z][A-Za-z]*\.[A-Za-z.]+$|^(?:process\.env|os\.environ|self|this|config|settings"
    rb"|env)\."
    rb"|^(?:Optional|Secret|Hidden|Masked)?(?:str|Str|string|String)\b"
    rb"|^[~.]{0,2}(?:/[a-z0-9_.-]{1,40})+/?$|^[~.]{1,2}/|^/(?:Users|home|etc|var|usr|opt|tmp|mnt"
    rb"|srv)/"
)
"""What stands there in programs: names, calls, types, paths."""

_TECHNICAL_TERM = re.compile(
    rb"(?i)^(?:sha-?[0-9]+|md5|base(?:32|58|64)|utf-?(?:8|16)|argon2|oauth-?2|aes-?[0-9]+|pbkdf2"
    rb"|x509"
    rb"|[rhep]s(?:256|384|512)|ed25519|rfc-?[0-9]+|2fa|(?:u?int|float|bytes|string|str)[0-9]+"
    rb"|[0-9]+-?(?:bit|byte|char|character|digit|day|hour|min|sec|month|year|step|way|letter"
    rb"|word)s?)"
    rb"(?:[^A-Za-z0-9]|$)"
)
"""Names of methods, types and measures that have digits in them."""

_DATE_OR_NUMBER = re.compile(
    rb"^[0-9]{1,4}(?:[-/.:][0-9]{1,4}){1,5}(?:[T ][0-9:.Z+-]*)?$"
    rb"|^[0-9]{1,4}$|^[0-9]+(?:[.,][0-9]+)?(?:ms|s|m|h|d|kb|mb|gb|kib|mib|gib|%)$"
)
"""Dates, times, versions, small numbers, and numbers with a unit."""

_CHUNK = re.compile(rb"[-_./'&+]+")
_CAMEL_CASE_WORD = re.compile(rb"[A-Z]?[a-z]+|[A-Z]+")
_VOWEL = re.compile(rb"(?i)[aeiouy]")


def is_key(text: bytes) -> bool:
    """Whether a piece of it looks drawn by lot: no words with hyphens, no row of x."""
    if not text[-8:].strip(_FILLER) or _YOUR_KEY_HERE.search(text):
        return False
    runs = _RUN.findall(text)
    kinds = set().union(*map(_find_character_classes, runs))
    has_odd_words = "digit" not in kinds and not _is_words(text)
    return any(map(_looks_random, runs)) or len(kinds) == 3 or has_odd_words


def is_key_and_no_name(text: bytes) -> bool:
    """The same behind a word such as ``test_``, where a long name may stand."""
    return is_key(text) and not _is_words(text)


def _looks_random(run: bytes) -> bool:
    return len(run) >= 16 or (len(run) >= 8 and len(_find_character_classes(run)) > 1)


def _find_character_classes(run: bytes) -> set[str]:
    """Lower case, upper case, digits: what is in it; a capital at its beginning is none."""
    kinds = {
        "digit" if 0x30 <= byte <= 0x39 else "lower" for byte in run if not 0x41 <= byte <= 0x5A
    }
    return kinds | {"upper" for byte in run[1:] if 0x41 <= byte <= 0x5A}


def _is_words(text: bytes) -> bool:
    """Whether it is a word, or several with hyphens, dots or capitals between them."""
    chunks = _CHUNK.split(text.rstrip(b"!?:*_"))
    return all(chunk.isalpha() and _is_word(chunk) for chunk in chunks if chunk)


def _is_word(chunk: bytes) -> bool:
    humps = _CAMEL_CASE_WORD.findall(chunk)
    is_spoken = all(len(hump) < 4 or _VOWEL.search(hump) for hump in humps)
    return is_spoken and (len(humps) == 1 or len(chunk) >= 3.5 * len(humps))


def is_no_stand_in(text: bytes) -> bool:
    """Whether it is a value: no placeholder such as ``<key>`` or ``$KEY``, and no code."""
    return not _STAND_IN.search(text) and not _CODE.search(text)


def is_password(text: bytes) -> bool:
    """Whether it is a value that is no word, no small number, no date and no method's name."""
    is_other = _TECHNICAL_TERM.search(text) or _DATE_OR_NUMBER.search(text) or _is_words(text)
    return not is_other and is_no_stand_in(text)


def is_token(text: bytes) -> bool:
    """Whether it is such a value, and long or with letters and digits."""
    if not is_password(text) or not text[-8:].strip(_FILLER):
        return False
    has_digit = any(0x30 <= byte <= 0x39 for byte in text)
    has_letter = any(0x61 <= byte | 0x20 <= 0x7A for byte in text)
    return has_letter and (has_digit or len(text) >= 10)


def is_random(text: bytes) -> bool:
    """Whether it is long and mixed, or hexadecimal, so that no label need say what it is."""
    digits = sum(0x30 <= byte <= 0x39 for byte in text)
    if digits < 1 + (len(text) < 28) or not is_token(text):
        return False
    return len(_find_character_classes(text)) == 3 or (
        len(text) >= 32 and not text.strip(b"0123456789abcdefABCDEF")
    )


_FORM_WORDS = frozenset(
    b"string password passwd secret token required optional hidden invalid missing wrong weak"
    b" strong expired incorrect undefined default prompt sample number boolean object value values"
    b" example unknown failed changed updated reset forgot disabled enabled username confirm"
    b" redacted".split()
)


def is_quoted_password(text: bytes) -> bool:
    """The same for what stands in quotes: there a word in lower case is a value too."""
    if is_password(text):
        return True
    word = text.rstrip(b"!?")
    return len(word) >= 6 and word.isalpha() and word.islower() and word not in _FORM_WORDS


def is_basic(text: bytes) -> bool:
    """Whether it is a user and a password in base64 (RFC 7617)."""
    unpadded = text.rstrip(b"=")
    try:
        plain = base64.b64decode(unpadded + b"=" * (-len(unpadded) % 4), validate=True)
    except binascii.Error:
        return False
    return b":" in plain and plain.isascii() and plain.decode("ascii").isprintable()
