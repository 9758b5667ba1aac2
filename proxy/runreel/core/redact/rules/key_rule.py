"""Rules for keys with a prefix, which is how nearly all vendors make theirs."""

from __future__ import annotations

import re
from collections.abc import Iterable

from msgspec.structs import replace

from runreel.core.redact.rules.checks import is_key
from runreel.core.redact.rules.rule import Rule, SecretCheck
from runreel.core.regex.lazy_pattern import compile_later

BORDER = rb"(?:\b|[_0-9A-Z]|\[[0-9;]{1,8}m)"
"""Before a prefix that occurs in words (``sk-`` in ``task-``): the beginning of a word, the end of
one that is written differently, or a colour of a terminal (ECMA-48, SGR). A prefix that occurs in
no word needs no border: the key after it is found wherever it stands."""
EDGE = rb"(?:\b|_|\[[0-9;]{1,8}m)"
"""The same, not after letters and digits: base64 contains every short prefix somewhere."""
BORDER_LENGTH = 24
"""Bytes: at most so long are a border and the prefix after it."""

_FREQUENT = (
    b"asst call chatcmpl event evt fc gen item msg req resp rs run step thread toolu".split()
)
"""Prefixes of the identifiers that streams repeat in each event."""

UUID = rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
UUID_EXAMPLE = "{hex:8}-{hex:4}-{hex:4}-{hex:4}-{hex:12}"

_BLOB = compile_later(rb"[A-Za-z0-9_-]{100}\Z")
"""So many characters of base64url in one piece are encoded data, which may have any key in it."""

_SHORT = 3
"""Characters: a prefix of so few occurs in words."""


def _exclude_endings(words: Iterable[bytes], ending: bytes = b"") -> bytes:
    """Return a pattern of the last letters of all words but these, and those that end like them.

    RE2 has no lookbehind, so the pattern spells out each way to differ from all of the words.
    """
    longer = [word for word in words if word.endswith(ending) and word != ending]
    letters = sorted({word[-len(ending) - 1 :][:1] for word in longer})
    others = b"(?:%b[^\\W_%b])%b" % (rb"\b|_|" if ending else b"", b"".join(letters), ending)
    is_word = ending in words
    deeper = (_exclude_endings(longer, letter + ending) for letter in letters)
    return b"|".join(([] if is_word else [others]) + [each for each in deeper if each])


PREFIX_TRIGGER = (
    rb"(?:%b)[_-](?:[A-Za-z0-9]{16}|[A-Za-z]{0,7}[0-9][A-Za-z0-9_-]{14}|[0-9a-f]{8}-[0-9a-f]{4}-)"
    % _exclude_endings(_FREQUENT)
)
"""The end of a prefix, and the beginning of a long rest: a quick pattern for rules whose prefix
occurs in words. It is the same for all of them, so that it is sought only once."""


def build_key_rule(
    name: str,
    prefixes: str,
    rest: bytes,
    example: str,
    *,
    group: str,
    before: bytes = b"",
    check: SecretCheck | None = is_key,
) -> Rule:
    """Return a rule for the keys that consist of one of the prefixes and a rest.

    ``before``: ``BORDER`` if the prefixes occur in words, ``EDGE`` if they occur in base64. Short
    prefixes have a border anyway.
    """
    alternatives = prefixes.split()
    starts = b"|".join(re.escape(prefix.encode()) for prefix in alternatives)
    key = b"(?:%b)(?:%b)" % (starts, rest)
    border = before or (BORDER if min(map(len, alternatives)) <= _SHORT else b"")
    has_trigger = border == BORDER and all(prefix.endswith(("_", "-")) for prefix in alternatives)
    keywords = dict.fromkeys(prefix.lower().encode() for prefix in alternatives)
    return Rule(
        name,
        group,
        () if has_trigger else tuple(keywords),
        b"%b(%b)" % (border, key) if border else key,
        check=None if UUID in rest else check,
        matches=tuple(prefix + example for prefix in alternatives),
        non_matches=tuple(f"{prefix}..." for prefix in alternatives),
        trigger=PREFIX_TRIGGER if has_trigger else b"",
        window_before=BORDER_LENGTH if border else 0,
    )


def is_outside_blob(text: bytes, start: int, _end: int) -> bool:
    """Return whether a key in the text is not a part of long encoded data before it."""
    return _BLOB.search(text[max(0, start - 100) : start]) is None


def keep_out_of_blobs(rule: Rule) -> Rule:
    """Return the rule with this check, if its keys begin with a prefix that occurs in such data."""
    has_border = rule.pattern.startswith((BORDER, EDGE))
    return replace(rule, context=is_outside_blob) if has_border and rule.context is None else rule
