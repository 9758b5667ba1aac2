"""Keys of vendors that no other rule knows: a short prefix, and a long random rest.

``acme_live_`` and 32 random letters and digits are a key, whoever Acme is: today's vendors give
their keys a prefix so that scanners find them. Identifiers, hashes and names of files have the same
form. So the text is not a key if

- the rest is not random (``randomness``): a name, a date, a model's name;
- the rest is a hash, a UUID or a ULID, unless a word of the prefix announces a credential;
- a word of the prefix names what is identified (``thread_…``, ``cus_…``, ``sha256-…``);
- it is a part of a path or the name of a file;
- it is the value of a member, parameter or header whose name says that it identifies something, or
  that it is opaque (``"signature"``, ``"cursor"``).
"""

from __future__ import annotations

from runreel.core.redact.rules.identifiers import CREDENTIAL_WORDS, IDENTIFIED, PUBLIC
from runreel.core.redact.rules.key_rule import PREFIX_TRIGGER
from runreel.core.redact.rules.randomness import is_hex, is_mixed_run, is_random_run
from runreel.core.redact.rules.rule import Rule
from runreel.core.regex.lazy_pattern import compile_later

_OTHER = compile_later(rb"[^A-Za-z0-9_-]")
_SEPARATOR = compile_later(rb"[-_]+")

_MAX_WORDS = 5
"""Words of a prefix, or of the first pieces of a rest that contains ``-`` and ``_``."""
_WORD = compile_later(
    rb"[a-z]{1,12}[0-9]{0,3}|[A-Z]{1,12}[0-9]{0,3}|[A-Z]?[a-z]{1,12}|v?[0-9]{1,2}"
)
_IDENTIFIER = compile_later(rb"(?i)[0-7][0-9a-hjkmnp-tv-z]{25}|01[1-9a-z]{22,60}")
"""A ULID, and the identifiers of Anthropic."""
_MIN_REST = 20
_MIN_RUN = 16
_MIN_DIVIDED = 24
_MIN_SEGMENT = 7
_MIN_HEX = 28
"""Characters of the rest, of its first run without ``-`` and ``_``, of a rest that they divide, of
its segments on average, and of hexadecimal digits."""

_NAME_OF_IDENTIFIER = compile_later(
    rb"(?i)(?:id|uuid|guid|name|hash|sha[0-9]*|digest|etag|cursor|signature|fingerprint|checksum"
    rb"|integrity|version|model|ref|revision|commit|branch|trace|span|class|style|href|src|path|file"
    rb"|url|uri|encrypted_content|data|state|nonce|after|before|boundary|chunk|module|slug|type"
    rb"|object|resolved|image|tag|thread|run|step|message|session|conversation)s?"
    rb"['\"\\`]{0,8}[ ]{0,2}[:=][ ]{0,2}(?:\[[ ]?)?['\"\\`]{0,8}[_-]{0,2}\Z"
)
"""The name of a member, parameter or header, up to its value."""
_BEFORE = 48
"""Bytes before a match in which its name is looked for."""
_PART_OF_LONGER = compile_later(rb"[/@#.][_-]{0,2}\Z|[A-Za-z0-9][_-]{1,4}\Z")
"""A path or an address before the match, or other words of a longer text."""
_MORE_OF_TEXT = compile_later(rb"[ \t\r\n]|\\{1,8}[nrt]")
"""Space after a match at the beginning of a string: an identifier is all of its string."""
_FILE_EXTENSION = compile_later(rb"\.[a-z][a-z0-9]{0,5}(?:[^A-Za-z0-9._-]|\Z)")


def is_unlisted_key(text: bytes) -> bool:
    """Return whether the text is a prefix of words and a random rest, and no known identifier."""
    words: list[bytes] = []
    segments = [segment for segment in _SEPARATOR.split(_OTHER.split(text, 1)[0]) if segment]
    for index, segment in enumerate(segments):
        if index and len(segment) >= _MIN_RUN:
            rest = b"".join(segments[index:])
            is_long = len(rest) >= _MIN_REST or _announce_credential(words)
            return is_long and _is_key(words, segment)
        if index == _MAX_WORDS:
            break
        words.append(segment)
    return any(_is_divided_key(segments, first) for first in range(1, _MAX_WORDS))


def _is_divided_key(segments: list[bytes], first: int) -> bool:
    """Return whether the rest from a segment on is random, though ``-`` and ``_`` divide it.

    In base64url they are one character in 32.
    """
    rest = b"".join(segments[first:])
    is_rare = len(rest) >= _MIN_DIVIDED and len(rest) >= _MIN_SEGMENT * len(segments[first:])
    return is_rare and is_mixed_run(rest) and _is_key(segments[:first], rest)


def _is_key(words: list[bytes], rest: bytes) -> bool:
    if _WORD.fullmatch(words[0]) is None:
        return False
    lower = [word.lower() for word in words]
    if not PUBLIC.isdisjoint(lower):
        return False
    if _announce_credential(words):
        return is_random_run(rest) or (len(rest) >= _MIN_HEX and is_hex(rest))
    if not IDENTIFIED.isdisjoint(lower):
        return False
    return is_random_run(rest) and _IDENTIFIER.fullmatch(rest) is None


def _announce_credential(words: list[bytes]) -> bool:
    return any(word.lower() in CREDENTIAL_WORDS for word in words)


def has_no_other_meaning(data: bytes, start: int, end: int) -> bool:
    """Return False if the bytes around a match say that it is an identifier, a path or a file."""
    before = data[max(start - _BEFORE, 0) : start]
    is_in_text = before.endswith(b'"') and _MORE_OF_TEXT.match(data, end) is not None
    return (
        _PART_OF_LONGER.search(before) is None
        and _FILE_EXTENSION.match(data, end) is None
        and (is_in_text or _NAME_OF_IDENTIFIER.search(before) is None)
    )


UNLISTED = (
    Rule(
        "unlisted-key",
        "tokens",
        (),
        rb"(?:\[[0-9;]{1,8}m|\b_{0,4})([A-Za-z0-9]{1,16}[_-][A-Za-z0-9_-]{16,240}"
        rb"(?:\.[A-Za-z0-9_-]{16,240}){0,4}(?:[+/~|][A-Za-z0-9_+/~|-]{8,240})?={0,2})",
        check=is_unlisted_key,
        context=has_no_other_meaning,
        trigger=PREFIX_TRIGGER,
        is_general=True,
        window_before=48,
        matches=("acme_live_{alnum:32}", "qx-{alnum:24}"),
        non_matches=("cus_{alnum:24}",),
    ),
)
