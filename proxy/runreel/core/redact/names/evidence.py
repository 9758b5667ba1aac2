"""The evidence that a value gives: checks of a value under a name that may announce a credential.

Each check gets the value without the escapes around it. ``Rule.check`` is of the same kind.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from runreel.core.redact.rules.password_checks import is_password
from runreel.core.redact.rules.randomness import has_rare_pairs
from runreel.core.redact.rules.rule import SecretCheck
from runreel.core.regex.lazy_pattern import compile_later

_SPACE = compile_later(rb"\s")
_TYPES = frozenset(
    b"string str text boolean bool integer int number float object array null none nil undefined"
    b" true false yes no on off required optional".split()
)
"""Texts of schemas, forms and flags."""

_MIN_LENGTH = 6
"""Bytes of a value that is a password rather than the number of a version."""
_MAX_LENGTH = 4096
"""Bytes that are examined; whatever is longer and secret has a form that a rule knows."""

_RUN = compile_later(rb"(?=(?:[A-Za-z]{0,14}[0-9]){2})(?=[0-9]{0,15}[A-Za-z])[A-Za-z0-9]{16}")
"""Sixteen letters and digits in a row, with at least two digits and a letter; words, UUIDs and
paths have no such run."""
_PART = compile_later(rb"[A-Za-z0-9]+")
_ALIKE = compile_later(rb"[A-Z]?[a-z]+|[A-Z]+|[0-9]+")
_MIN_PART = 8
_MIN_MIXED = 12
_MAX_ALIKE = 3.3
"""Characters. In random text letters, capitals and digits change after two on average; in words and
in the names of models and versions, after four."""
_OTHER = compile_later(
    rb"(?:[A-Za-z]+[:_-]{1,2})*[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}"
    rb"|[0-9]{8}T[0-9]{6}Z?|(?:data|arn):.*|https?://[^?#@]*",
    re.DOTALL,
)
"""UUIDs, times, names of AWS resources, and URLs without a query or user."""

_CHARACTERS = tuple(map(compile_later, (rb"[a-z]", rb"[A-Z]", rb"[0-9]")))
_ID = compile_later(rb"[A-Za-z]{2,12}[_-][^_-]+")
"""An id of an API: ``sess_…``."""

_DIGITS = compile_later(rb"[0-9]{3}[ -]?[0-9]{1,5}")
_USER_AND_PASSWORD = compile_later(rb"[^\s:/]{1,64}:([^\s:/].{4,})")
_CONNECTION = compile_later(
    rb"(?i)://[^\s/@:]*:[^\s/@]+@|://[^\s/@:]{16,}@|(?:password|pwd|key|secret|token|sig)=[^;&\s]"
)
_DIGEST = compile_later(
    rb"(?:[a-z0-9]{1,10}[=:])?(?:[0-9a-fA-F]{40}|[0-9a-fA-F]{64}|[0-9a-fA-F]{96}|[0-9a-fA-F]{128}"
    rb"|[A-Za-z0-9+/]{27}=|[A-Za-z0-9+/]{43}=|[A-Za-z0-9+/]{86}==)"
)
_PASSWORD_HASH = compile_later(rb"\$[0-9a-z-]{1,16}\$.{8,}|\{[A-Z0-9]{3,8}\}[A-Za-z0-9+/]{16,}=*")
_WORDS = compile_later(rb"[a-z]{3,12}(?:[ ,-][a-z]{3,12}){11,}")


def is_anything(text: bytes) -> bool:
    """Return True: the user, or a standard, says that the value is a credential."""
    return True


def is_no_type(text: bytes) -> bool:
    """Return whether the text is a value and not its type, or a flag, as ``"string"`` is."""
    return text.strip().lower() not in _TYPES


def is_no_word(text: bytes) -> bool:
    """Return whether the text has no spaces, and is no word, small number, date or code."""
    return _MIN_LENGTH <= len(text) <= _MAX_LENGTH and not _SPACE.search(text) and is_password(text)


def has_random_part(text: bytes) -> bool:
    """Return whether the text has no spaces, and a long part of it is random."""
    text = text[:_MAX_LENGTH]
    if _SPACE.search(text) or _OTHER.fullmatch(text):
        return False
    return _RUN.search(text) is not None or _changes_often(text)


def has_mixed_random_part(text: bytes) -> bool:
    """Return whether the text is random, with digits, capitals and other letters, and no id."""
    is_mixed = all(pattern.search(text, 0, _MAX_LENGTH) for pattern in _CHARACTERS)
    return is_mixed and has_random_part(text) and not _ID.fullmatch(text)


def is_code(text: bytes) -> bool:
    """Return whether the text is a row of four to eight digits, or no word."""
    return _DIGITS.fullmatch(text) is not None or is_no_word(text)


def is_account(text: bytes) -> bool:
    """Return whether the text is random, or a user and a password: ``ann:hunter2x``."""
    pair = _USER_AND_PASSWORD.fullmatch(text)
    return has_random_part(text) or (pair is not None and is_no_word(pair[1]))


def is_connection(text: bytes) -> bool:
    """Return whether the text is a URL or connection string with a password, or random."""
    return _CONNECTION.search(text) is not None or has_random_part(text)


def is_digest(text: bytes) -> bool:
    """Return whether the text has the length of a digest; signatures of other things are longer."""
    return _DIGEST.fullmatch(text) is not None


def is_password_hash(text: bytes) -> bool:
    """Return whether the text is the hash of a password, with its method and salt (crypt, LDAP)."""
    return _PASSWORD_HASH.fullmatch(text) is not None


def is_phrase(text: bytes) -> bool:
    """Return whether the text is twelve words or more."""
    return _WORDS.fullmatch(text) is not None


def _changes_often(text: bytes) -> bool:
    """Return whether letters, capitals and digits change, or letters follow, as in random text."""
    parts = [part for part in _PART.findall(text) if len(part) >= _MIN_PART]
    joined = b"".join(parts)
    if len(joined) < _MIN_MIXED or joined.isdigit() or joined.isalpha():
        return False
    changes = sum(len(_ALIKE.findall(part)) for part in parts)
    return len(joined) < _MAX_ALIKE * changes or has_rare_pairs(joined)


class CredentialField(NamedTuple):
    """The credential that a name announces."""

    kind: str
    """As in a placeholder: ``api-key``."""
    check: SecretCheck
    """The evidence that the value itself must give."""

    @property
    def is_certain(self) -> bool:
        """True if any value is a credential."""
        return self.check in (is_anything, is_no_type)

    @property
    def may_be_number(self) -> bool:
        """True if a number is a credential too."""
        return self.is_certain or self.check is is_code


FieldLookup: TypeAlias = Callable[[bytes], CredentialField | None]
"""A look-up of a name; None if it announces no credential."""
