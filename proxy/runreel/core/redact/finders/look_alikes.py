"""Numbers that look like personal data and are not: the bytes around a match give them away.

The check digit of a card number fits one in ten random numbers, so 2 in 100 random decimals have a
fraction that could be a card number, and 3 in 100 identifiers of 16 digits could be one. A version
may be written like an address, and the number of an order like a telephone number. A rule sees only
what it matches; this filter also sees what stands before and after it.
"""

from __future__ import annotations

import re
from functools import cached_property

from runreel.core.redact.rules.contexts import (
    ADDRESS_LABEL,
    AFTER_CARD,
    AFTER_VERSION,
    CALL,
    CARD_LABEL,
    CARD_MEMBER,
    COMPARED_ADDRESS,
    EXPIRY_AFTER,
    EXPIRY_BEFORE,
    HASH_LABEL,
    IDENTIFIER_LABEL,
    KEY_LABEL,
    LABEL_WITHIN,
    OPENING,
    PAYMENT_LABEL,
    SERIES_LABEL,
    TEXT_MEMBER,
    THING_LABEL,
    VERSION_LABEL,
)
from runreel.core.redact.rules.personal_checks import is_test_card
from runreel.core.regex.lazy_pattern import compile_later

_NUMBER_STARTS = b"+-0123456789"

_GAP = rb"(?:[ ]|\xc2\xa0|\xe2\x80\xaf)"
"""A space between groups of digits, also a non-breaking or a narrow one."""

_DIGITS = compile_later(rb"[+-]?[0-9]++(?:%b{1,2}[0-9]++)*+" % _GAP)
"""A number as it may be written in a text: with a sign, and spaces between groups of digits."""

_DECIMAL = compile_later(rb"\+?0\.[0-9]+|\+[2-689]\.[0-9]+")
"""A decimal that is no phone number: none has a single zero before a dot, and the only country
codes of one digit are 1 and 7 (ITU-T E.164)."""

_INSIDE_NUMBER = compile_later(
    rb"(?:[0-9]\.?|[0-9]\.?[eE][+-]?"  # digits, a decimal point, an exponent
    rb"|(?:\A|[^0-9A-Za-z_.)\]\x80-\xff]|\\[nrt])\.)\Z"  # a decimal point without digits before it
)
_SIGN = compile_later(rb"(?:\A|[\s\[({<,;:=|\"'`\\+-]|\\[nrt])[+-]\Z")
"""A sign before digits; in ``id-4242`` it is a hyphen."""

_OPEN_FRACTION = compile_later(rb"(?:(?:\A|[^0-9.])0\.[0-9]{0,20}|[0-9]\.?[eE][+-]?)\Z")
"""A number up to somewhere in its fraction, or up to its exponent. With other digits before it, a
point may as well be the full stop of a sentence."""
_FIRST_DIGIT = compile_later(rb"[eE]?[+-]?[0-9]")
_LONGEST_FRACTION = 24
"""Bytes before an offset that decide whether it is in a fraction."""

_REST_OF_NUMBER = compile_later(rb"[0-9]|\.[0-9]|(?:\.?[eE])[+-]?[0-9]")

_JOINED_BEFORE = compile_later(rb"(?:[A-Za-z0-9_][-/#]|[#@/]|\\\\)\Z")
"""The beginning of a longer name or path: ``ORD-``, ``orders/``, ``#``."""
_JOINED_AFTER = compile_later(rb"[-/:.@_][0-9A-Za-z]|@|%")
"""The continuation of a longer name or path: ``-b``, ``.json``."""
_NUMBER_BEFORE = compile_later(rb"[0-9][ \t\xa0-]{1,3}\Z")
_NUMBER_AFTER = compile_later(rb"(?:[ \t\xa0-]|\xc2\xa0){1,3}[0-9]")
"""A neighbour of a number in a row of numbers."""

_CELL_BEFORE = compile_later(rb"[,;|\t]\Z")
_CELL_AFTER = compile_later(rb"[,;|\t][^\s]")
"""The borders of a cell in a row of a table."""
_LINE_OF_DIGITS = compile_later(rb"[0-9]{6,}\r?\n\Z")
_NEXT_LINE_OF_DIGITS = compile_later(rb"\r?\n[0-9]{6,}\r?(?:\n|\Z)")
_MAX_TABLE = 8192
"""Bytes before a cell in which the names of the columns are looked for."""

_LONGEST_PLAIN_CARD = 16
"""Digits. A few cards of UnionPay have up to 19, but so have random 64-bit numbers, which are far
more common: there a label or spaces must tell that it is a card."""
_RARE = compile_later(rb"(?:2|3[05689]|5[06-9]|6)[0-9]+")
"""Digits of other issuers than Visa, Mastercard (51 to 55) and American Express. Their ranges are
so wide that of random numbers more would be cards, and only a label makes them one."""

_BARE_JSON = compile_later(rb"\"\s*+:\s*+\Z")

_NEXT_OBJECT = compile_later(rb"\}[ \t\r\n]*+,[ \t\r\n]*+(?=\{)")
"""The border of two objects in an array. The first has no label for what the second holds, and is
seldom searched again together with it (``searched_parts``)."""

_MAX_VERSION_PART = 49
"""Four numbers up to this one are more often a version or a section than an address."""
_OBJECT_IDENTIFIER = compile_later(rb"[12]\.[0-3]?[0-9]\.")
_PORT_OR_PREFIX = compile_later(rb":[0-9]{2,5}\b|/[0-9]{1,2}\b")
"""A port, or the length of a network's prefix, after an address."""
_START_OF_HASH = compile_later(rb"[0-9A-Za-z]:\Z")
_REST_OF_HASH = compile_later(rb":?[0-9A-Za-z]")


class _Surroundings:
    """A match in its text, with the bytes before and after it that decide what it is."""

    def __init__(self, data: bytes, start: int, end: int) -> None:
        self.data = data
        self.start = start
        self.end = end
        self.text = data[start:end]
        """The match itself."""

    @cached_property
    def before(self) -> bytes:
        """The bytes before it, in which its label may be."""
        return _get_before(self.data, self.start)

    @cached_property
    def after(self) -> bytes:
        """The bytes after it."""
        return self.data[self.end : self.end + LABEL_WITHIN]


def is_look_alike(data: bytes, start: int, end: int, rule: str) -> bool:
    """Return whether what a rule for personal data has matched is not personal data.

    It may be a number, or a part of one, or have a name that makes it something else.
    """
    if rule not in _REFUTATIONS and data[start] not in _NUMBER_STARTS:
        return False
    match = _Surroundings(data, start, end)
    is_number = _DIGITS.fullmatch(match.text) is not None
    if is_number and _is_part_of_number(match):
        return True
    if not is_number and _DECIMAL.fullmatch(match.text) is not None:
        return True
    refute = _REFUTATIONS.get(rule)
    return refute is not None and refute(match)


def is_in_fraction(data: bytes, start: int) -> bool:
    """Return whether the digits at this offset go on with a fraction or an exponent."""
    digit = _FIRST_DIGIT.match(data, start)
    if digit is None:
        return False
    before = data[max(digit.end() - 1 - _LONGEST_FRACTION, 0) : digit.end() - 1]
    return _OPEN_FRACTION.search(before) is not None


def depends_on_before(data: bytes, start: int) -> bool:
    """Return whether the bytes before this offset decide what the digits after it are.

    A piece of a text may begin here: then only the joined text tells a card from an order's number.
    """
    if is_in_fraction(data, start):
        return True
    before = _get_before(data, start)
    return any(label.search(before) for label in (IDENTIFIER_LABEL, VERSION_LABEL, HASH_LABEL))


def _get_before(data: bytes, start: int) -> bytes:
    """Return the bytes before an offset in which a label may be: never one in another object."""
    before = data[max(start - LABEL_WITHIN, 0) : start]
    return before[max((border.end() for border in _NEXT_OBJECT.finditer(before)), default=0) :]


def _is_part_of_number(match: _Surroundings) -> bool:
    """Return whether the digits go on before or after the match, or have a sign before them."""
    if _INSIDE_NUMBER.search(match.before) or _REST_OF_NUMBER.match(match.after):
        return True
    return match.text.isdigit() and _SIGN.search(match.before) is not None


def _is_no_card(match: _Surroundings) -> bool:
    """Return whether a number with a card's check digit is another one.

    Groups of digits are a card unless a label or a neighbour refutes it. Bare digits need a label,
    or a place where anything may be said; numbers of documentation are always a card.
    """
    if is_test_card(match.text):
        return False
    if _has_card_label(match) or _is_in_column(match, CARD_LABEL):
        return KEY_LABEL.search(match.before) is not None
    if _is_joined(match) or _is_in_row(match) or IDENTIFIER_LABEL.search(match.before):
        return True
    if not match.text.isdigit() or PAYMENT_LABEL.search(match.before):
        return False
    return _is_bare_identifier(match)


def _has_card_label(match: _Surroundings) -> bool:
    """Return whether a word for a card is near, or the month in which it expires."""
    before = CARD_LABEL.search(match.before) or EXPIRY_BEFORE.search(match.before)
    after = AFTER_CARD.match(match.after) or EXPIRY_AFTER.match(match.after)
    return (before or after) is not None


def _is_bare_identifier(match: _Surroundings) -> bool:
    """Return whether bare digits without a label are where identifiers are, not where words are."""
    if len(match.text) > _LONGEST_PLAIN_CARD or _RARE.fullmatch(match.text):
        return True
    if CARD_MEMBER.search(match.before):
        return False
    if _BARE_JSON.search(match.before) or not OPENING.search(match.before):
        return True
    if _LINE_OF_DIGITS.search(match.before) or _NEXT_LINE_OF_DIGITS.match(match.after):
        return True
    if match.before.endswith(b'"') and not TEXT_MEMBER.search(match.before):
        return True
    return _CELL_AFTER.match(match.after) is not None or _is_item(match)


def _is_item(match: _Surroundings) -> bool:
    """Return whether it is one of several strings in an array of JSON."""
    quote = match.before.rstrip(b"\\")[-1:]
    if quote != b'"' or match.after.lstrip(b"\\")[:1] != b'"':
        return False
    before = match.before.rstrip(b"\\")[:-1].rstrip()[-1:]
    return before == b"," or (before == b"[" and match.after.lstrip(b'\\"')[:1] == b",")


def _is_no_phone(match: _Surroundings) -> bool:
    """Return whether a national telephone number is the number of a thing, or a part of a row.

    A number with an area code in parentheses is that of no thing.
    """
    if match.text.startswith(b"+"):
        return False
    if _is_joined(match) or _is_in_row(match):
        return True
    if match.text.startswith(b"("):
        return False
    if SERIES_LABEL.search(match.before):
        return True
    if THING_LABEL.search(match.before):
        return CALL.search(match.before) is None
    return _is_in_column(match, THING_LABEL)


def _is_joined(match: _Surroundings) -> bool:
    """Return whether the match is a part of a longer name, file name or path."""
    before = _JOINED_BEFORE.search(match.before)
    return before is not None or _JOINED_AFTER.match(match.after) is not None


def _is_in_row(match: _Surroundings) -> bool:
    """Return whether the match has another number next to it."""
    before = _NUMBER_BEFORE.search(match.before)
    return before is not None or _NUMBER_AFTER.match(match.after) is not None


def _is_in_column(match: _Surroundings, label: re.Pattern[bytes]) -> bool:
    """Return whether it is a cell of a table whose first line has this label in its column."""
    first = max(match.start - _MAX_TABLE, 0)
    table = match.data[first : match.start].rpartition(b"\n\n")[2]
    head, _, rows = table.partition(b"\n")
    row = rows.rpartition(b"\n")[2]
    border = _CELL_BEFORE.search(row) or _CELL_AFTER.match(match.after)
    if border is None:
        return False
    delimiter = border[0][:1]
    names = head.split(delimiter)
    index = row.count(delimiter)
    return len(names) > max(index, 1) and label.search(names[index]) is not None


def _is_version(match: _Surroundings) -> bool:
    """Return whether four numbers are a version, a section or an object identifier."""
    if _INSIDE_NUMBER.search(match.before) or _REST_OF_NUMBER.match(match.after):
        return True
    if _PORT_OR_PREFIX.match(match.after) or COMPARED_ADDRESS.search(match.before):
        return False
    if VERSION_LABEL.search(match.before) or AFTER_VERSION.match(match.after):
        return True
    if ADDRESS_LABEL.search(match.before):
        return False
    parts = match.text.split(b".")
    is_small = all(len(part) < 3 and int(part) <= _MAX_VERSION_PART for part in parts)
    return is_small or _OBJECT_IDENTIFIER.match(match.text) is not None


def _is_hash(match: _Surroundings) -> bool:
    """Return whether groups of hexadecimal digits are a hash, or a part of one."""
    is_part = _REST_OF_HASH.match(match.after) or _START_OF_HASH.search(match.before)
    return is_part is not None or HASH_LABEL.search(match.before) is not None


_REFUTATIONS = {
    "card": _is_no_card,
    "phone": _is_no_phone,
    "ipv4": _is_version,
    "ipv6": _is_hash,
}
"""For each rule that needs one: a function that tells look-alikes by their surroundings."""
