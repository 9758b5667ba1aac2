"""Numbers that look like personal data and are not: the bytes around a match give them away.

The check digit of a card number fits one in ten random numbers, so 2 in 100 random decimals have a
fraction that could be a card number. A rule sees only what it matches; this filter also sees what
stands before and after it.
"""

from __future__ import annotations

import re

_GAP = rb"(?:[ ]|\xc2\xa0|\xe2\x80\xaf)"
"""A space between groups of digits, also a non-breaking or a narrow one."""

_match_digits = re.compile(rb"[+-]?[0-9]++(?:%b{1,2}[0-9]++)*+" % _GAP).fullmatch
"""A number as it may be written in a text: with a sign, and spaces between groups of digits."""

_match_decimal = re.compile(rb"\+?0\.[0-9]+|\+[2-689]\.[0-9]+").fullmatch
"""A decimal that is no phone number: none has a single zero before a dot, and the only country
codes of one digit are 1 and 7 (ITU-T E.164)."""

_INSIDE_NUMBER = re.compile(
    rb"(?:[0-9]\.?|[0-9]\.?[eE][+-]?"  # digits, a decimal point, an exponent
    rb"|(?:\A|[^0-9A-Za-z_.)\]\x80-\xff]|\\[nrt])\.)\Z"  # a decimal point without digits before it
)
_SIGN = re.compile(rb"(?:\A|[\s\[({<,;:=|\"'`\\+-]|\\[nrt])[+-]\Z")
"""A sign before digits; in ``id-4242`` it is a hyphen."""
_MAX_BEFORE = 4
"""Bytes before a match that decide whether it is inside a number."""

_OPEN_FRACTION = re.compile(rb"(?:(?:\A|[^0-9.])0\.[0-9]{0,20}|[0-9]\.?[eE][+-]?)\Z")
"""A number up to somewhere in its fraction, or up to its exponent. With other digits before it, a
point may as well be the full stop of a sentence."""
_FIRST_DIGIT = re.compile(rb"[eE]?[+-]?[0-9]")
_LONGEST_FRACTION = 24
"""Bytes before an offset that decide whether it is in a fraction."""

_REST_OF_NUMBER = re.compile(rb"[0-9]|\.[0-9]|(?:\.?[eE])[+-]?[0-9]")

_match_four_parts = re.compile(rb"[0-9]{1,3}(?:\.[0-9]{1,3}){3}").fullmatch
_VERSION_LABEL = re.compile(
    rb"(?i)(?:version|(?:\b|_)ver\.?|release|firmware|build)['\"\\]{0,4}[ ]?[:=]{0,2}[ ]?"
    rb"['\"\\]{0,4}v?\Z|(?:[^=]==|[<>~!]=|\^)[ ]?v?\Z"
)
_ADDRESS_LABEL = re.compile(
    rb"(?i)(?:ip|ipv4|addr|address|host|src|dst|server|client|peer)[ ]?[=!]="
)
"""Filters of addresses, as in ``ip.src==81.2.69.142``."""

_LONGEST_PLAIN_CARD = 16
"""Digits. A few cards of UnionPay have up to 19, but so have random 64-bit numbers, which are far
more common: there a label or spaces must tell that it is a card."""
_CARD_LABEL = re.compile(
    rb"(?i)card|\bpan\b|union[ _-]?pay|debit|credit|payment|maestro|kart|carte|tarjeta"
    rb"|cart(?:ao|\xc3\xa3o)|\xe5\x8d\xa1"
)
_LABEL_WITHIN = 48
"""Bytes before a number in which a label is looked for."""

_WORD = re.compile(
    rb"(?i:the|this|that|and|but|for|you|yes|no|not|now|it|its|in|if|is|we|my|me|so|to|of|on|or|"
    rb"as|at|by|an|do|he|hi|ok|all|are|can|has|how|let|may|new|one|our|out|see|she|use|was|who|why)"
    rb"|(?=.{4,16}\Z)[A-Z]?[a-z]?(?:[b-df-hj-np-tv-xz]{0,2}[aeiouy]{1,2})+[a-z]{0,2}"
)
"""A rest that is a word, and not the end of a key: a frequent one, or one that can be spoken."""


def is_look_alike(data: bytes, start: int, end: int) -> bool:
    """Return whether personal data that a rule has matched is only a number, or part of one.

    An address of four parts may be a version. Text with other characters, such as an email address
    or a phone number with hyphens, never is a look-alike.
    """
    matched = data[start:end]
    if _match_four_parts(matched):
        return _is_version(data, start)
    if not _match_digits(matched):
        return _match_decimal(matched) is not None
    return _is_part_of_number(data, start, end) or _is_long_identifier(data, start, end)


def is_in_fraction(data: bytes, start: int) -> bool:
    """Return whether the digits at this offset go on with a fraction or an exponent."""
    digit = _FIRST_DIGIT.match(data, start)
    if digit is None:
        return False
    before = data[max(digit.end() - 1 - _LONGEST_FRACTION, 0) : digit.end() - 1]
    return _OPEN_FRACTION.search(before) is not None


def _is_part_of_number(data: bytes, start: int, end: int) -> bool:
    """Return whether the digits go on before or after the match, or have a sign before them."""
    before = data[max(start - _MAX_BEFORE, 0) : start]
    if _INSIDE_NUMBER.search(before) or _REST_OF_NUMBER.match(data, end):
        return True
    return _is_plain(data, start, end) and _SIGN.search(before) is not None


def _is_version(data: bytes, start: int) -> bool:
    """Return whether a label or a comparison before four parts tells that they are a version."""
    before = data[max(start - _LABEL_WITHIN, 0) : start]
    return _VERSION_LABEL.search(before) is not None and _ADDRESS_LABEL.search(before) is None


def _is_long_identifier(data: bytes, start: int, end: int) -> bool:
    """Return whether the digits are more than nearly all cards have, without a card's label."""
    if end - start <= _LONGEST_PLAIN_CARD or not _is_plain(data, start, end):
        return False
    return _CARD_LABEL.search(data, max(start - _LABEL_WITHIN, 0), start) is None


def _is_plain(data: bytes, start: int, end: int) -> bool:
    """Return whether the match is digits alone."""
    return data[start:end].isdigit()


def is_word(rest: bytes) -> bool:
    """Return whether the rest of a match is more likely a word than the end of a secret."""
    return _WORD.fullmatch(rest) is not None
