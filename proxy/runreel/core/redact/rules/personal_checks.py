"""Checks of personal data: checksums, countries, kinds of network addresses."""

from __future__ import annotations

import re
from ipaddress import ip_address, ip_network

_LENGTHS = """
    15 NO  16 BE  18 DK FI FO GL NL SD  19 MK SI  20 AT BA EE KZ LT LU XK MN  21 CH HR LI LV
    22 BG BH CR DE GB GE IE ME RS VA  23 AE GI IL IQ TL OM SO  24 AD CZ ES MD PK RO SA SE SK TN VG
    25 LY PT ST  26 IS TR  27 FR GR IT MC MR SM BI DJ  28 AL AZ BY CY DO GT HU LB NI PL SV
    29 BR EG PS QA UA  30 JO KW MU YE  31 MT SC  32 LC  33 RU
"""


def _parse_iban_lengths() -> dict[str, int]:
    """Return the length of an IBAN by country."""
    lengths, length = {}, 0
    for word in _LENGTHS.split():
        if word.isdigit():
            length = int(word)
        else:
            lengths[word] = length
    return lengths


IBAN_LENGTHS = _parse_iban_lengths()
"""Number of characters of an IBAN, by country (SWIFT's IBAN registry)."""

_NOT_DIGITS = re.compile(rb"[^0-9]+")
_LINE_ENDS = {b"\n", b"\r\n"}
_NOT_ALPHANUMERIC = re.compile(rb"[^0-9A-Za-z]+")

ISSUERS = (
    rb"4[0-9]{15}|5[1-5][0-9]{14}|2(?:22[1-9]|2[3-9][0-9]|[3-6][0-9]{2}|7[01][0-9]"
    rb"|720)[0-9]{12}"
    rb"|3[47][0-9]{13}|3(?:0[0-5]|[689][0-9])[0-9]{11}|35(?:2[89]|[3-8][0-9])[0-9]{12}"
    rb"|62[0-9]{14,17}|(?:50|5[6-9]|6[0-9])[0-9]{14}"
)
"""Card numbers of Visa, Mastercard, American Express, Diners, JCB, UnionPay, Discover and Maestro:
first digits and lengths (ISO/IEC 7812). Longer numbers are identifiers of something else."""

_match_issuer = re.compile(ISSUERS).fullmatch

_COUNTRY_CODES = re.compile(
    rb"[17]|2(?:[07]|1[1-8]|[2-4][0-9]|5[0-8]|6[0-9]|9[0179])|3(?:[0-469]|[578][0-9])"
    rb"|4(?:[013-9]|2[0-9])"
    rb"|5(?:[1-8]|[09][0-9])|6(?:[0-6]|[789][0-9])|8(?:[1246]|[0578][0-9])|9(?:[0-58]|[679][0-9])"
)
"""Country codes: the digits after the plus sign (ITU-T E.164)."""

_NO_DOMAINS = frozenset(
    b"png jpg jpeg gif svg webp ico css js mjs ts tsx jsx py rb go rs json yaml yml toml md htm"
    b" html lock whl gz zip tgz jar so dll exe txt local localhost lan".split()
)
"""Last parts of texts in which an ``@`` makes no address: suffixes of file names with a scale or a
version, and names of private networks."""

_NO_ADDRESSES = b"git@", b"://", b"redacted-"
"""Beginnings of other texts with an ``@``: users of hosts, URLs, runreel's own placeholders."""

_EXAMPLE_NETWORKS = tuple(
    map(ip_network, ["192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32"])
)


_TEST_CARDS = frozenset(
    b"4111111111111111 4242424242424242 4012888888881881 4000056655665556 4000002500003155"
    b" 4000000000000002 4000000000009995 4222222222222220 5555555555554444 5105105105105100"
    b" 5200828282828210 2223003122003222 2223000048400011 5454545454545454 378282246310005"
    b" 371449635398431 378734493671000 6011111111111117 6011000990139424 6011981111111113"
    b" 3056930009020004 36227206271667 30569309025904 38520000023237 3530111333300000"
    b" 3566002020360505 6200000000000005 6205500000000000004 6759649826438453".split()
)
"""Numbers that payment providers document for tests."""

_match_three_fours = re.compile(rb"(?!08[0-9]{2}-[0-9]{4}-)(?:[0-9]{4}[ -]){2}[0-9]{4}").fullmatch
"""Twelve digits in groups of four: part of a card's number or of another identifier, except for
Indonesia's mobile numbers."""

_match_decimal = re.compile(rb"\+[0-9]{1,3}\.[0-9]{4,}").fullmatch
_match_not_phone = re.compile(
    rb"\+[0-9]{4,}\.[0-9]+|\+[12][0-9]{3}-[01][0-9]-[0-3][0-9].*|[0-9]?\.0.*"
    rb"|[0-9A-Fa-f]{2}(?:[ ]{1,2}[0-9A-Fa-f]{2}){6,}",
    re.DOTALL,
).fullmatch
"""Decimal numbers, dates in added lines of a diff, coordinates of a drawing (SVG), bytes in hex."""

_PHONE_GROUPS = {
    *("2-7", "2-8", "3-6", "3-7", "3-8", "4-6", "4-7", "4-8", "5-6", "5-7", "6-5", "2-3-4"),
    *(
        "2-4-4",
        "3-3-3",
        "3-3-4",
        "3-4-4",
        "4-2-4",
        "4-3-3",
        "4-3-4",
        "4-4-3",
        "4-4-4",
        "4-4-5",
        "5-3-3",
    ),
    *("2-3-2-2", "2-3-3-2", "3-2-2-2", "3-3-2-2", "3-3-2-3", "3-3-3-2", "4-2-2-2", "4-3-2-2"),
    *("2-2-2-2-2", "4-2-2-2-2"),
}
"""Lengths of the groups of a national number with a trunk zero. Dates (2-2-4), postal codes (5-4)
and tax numbers (3-2-4) have others."""
_DOTTED_GROUPS = {"2-2-2-2-2", "3-3-4", "3-4-4", "4-3-4"}
"""The same with dots between the groups; others are decimals and addresses."""
_match_date = re.compile(
    rb"[0-9]{4}([-/.])[0-9]{2}\1[0-9]{2}.*|[0-9]{2}([-/.])[0-9]{2}\2[0-9]{4}.*"
).fullmatch


_match_unassigned = re.compile(
    rb"(?:[2-9](?:9[0-9]|11)[-.][0-9]{3}|[2-9][0-9]{2}[-.](?:[01][0-9]{2}|[2-9]11))[-.][0-9]{4}"
).fullmatch
"""Numbers with hyphens or dots that the North American plan does not assign: area codes with a 9 in
the middle, and offices that begin with 0 or 1 (ATIS-0300051)."""


def is_email(text: bytes) -> bool:
    """Return whether the text is the email address of a person or organisation."""
    lower = text.lower()
    if lower.startswith(_NO_ADDRESSES) or lower.rpartition(b".")[2] in _NO_DOMAINS:
        return False
    local, _, domain = lower.rpartition(b"@")
    if domain == b"redacted.invalid":
        return False
    return local.endswith(b'"') or (b".." not in local and local.strip(b"._%+'-!$^~") != b"")


def is_phone(text: bytes) -> bool:
    """Return whether the text has a phone number's count of digits, and a country code (E.164)."""
    groups = _NOT_DIGITS.sub(b" ", text.replace(b"(0)", b"")).split()
    count = sum(map(len, groups))
    if _match_three_fours(text) or _match_not_phone(text) or _match_unassigned(text):
        return False
    if text.startswith(b"+") and not _match_decimal(text):
        return 8 <= count <= 15 and _COUNTRY_CODES.match(b"".join(groups)) is not None
    if text.startswith(b"00"):
        return 10 <= count <= 17 and _COUNTRY_CODES.fullmatch(groups[0][2:]) is not None
    if text.lstrip(b"(").startswith(b"0"):
        return _has_phone_groups(text.lstrip(b"("))
    return 9 <= count <= 11


def _has_phone_groups(text: bytes) -> bool:
    """Return whether a number with a trunk zero has the groups of some country."""
    groups = _NOT_DIGITS.sub(b" ", re.sub(rb"\A0[ ]?\(", b"0", text)).split()
    shape = "-".join(str(len(group)) for group in groups)
    return shape in (_DOTTED_GROUPS if b"." in text else _PHONE_GROUPS)


def is_phone_of_a_label(text: bytes) -> bool:
    """Return whether the text has enough digits for a local phone number, 7 to 15; not a date."""
    return 7 <= len(_NOT_DIGITS.sub(b"", text)) <= 15 and not _match_date(text)


def is_test_card(text: bytes) -> bool:
    """Return whether the text is a number of documentation, such as 4111 1111 1111 1111."""
    return _NOT_DIGITS.sub(b"", text) in _TEST_CARDS


def is_card(text: bytes) -> bool:
    """Return whether first digits and length are an issuer's, and the check digit is right."""
    digits = _NOT_DIGITS.sub(b"", text)
    if _match_issuer(digits) is None or not _has_luhn_digit(digits):
        return False
    return len(set(digits)) > 1 and _has_one_separator(text)


def _has_one_separator(text: bytes) -> bool:
    """Return whether all groups of digits have the same separator, or a line end in its place."""
    gaps = {gap.strip(b" ") or b" " for gap in _NOT_DIGITS.findall(text)}
    return len(gaps - _LINE_ENDS) <= 1


def _has_luhn_digit(digits: bytes) -> bool:
    """Return whether the last digit is the Luhn check digit (ISO/IEC 7812-1, annex B)."""
    doubled = (2 * (digit - 0x30) for digit in digits[-2::-2])
    total = sum(digit - 0x30 for digit in digits[-1::-2]) + sum(
        each // 10 + each % 10 for each in doubled
    )
    return total % 10 == 0


def is_iban(text: bytes) -> bool:
    """Return whether the length fits the country and the check digits are right (ISO 13616)."""
    plain = _NOT_ALPHANUMERIC.sub(b"", text).upper().decode("ascii")
    if IBAN_LENGTHS.get(plain[:2]) != len(plain):
        return False
    return int("".join(str(int(character, 36)) for character in plain[4:] + plain[:4])) % 97 == 1


def is_ssn(text: bytes) -> bool:
    """Return whether the number can have been issued: no part is zero, the first is not 666."""
    area, group, serial = _NOT_DIGITS.sub(b"-", text).split(b"-")
    return area not in {b"000", b"666"} and group != b"00" and serial != b"0000"


def is_address(text: bytes) -> bool:
    """Return whether the text is an IP address that may identify a person.

    These are public addresses and those of documentation, 203.0.113.7 and 2001:db8::1, which stand
    for public ones (RFC 5737, RFC 3849). Four single digits are more often a version number, and
    so is 120.0.0.0, as Chrome has it.
    """
    try:
        address = ip_address(text.decode("ascii"))
    except ValueError:
        return False
    is_example = any(address in network for network in _EXAMPLE_NETWORKS)
    is_version = len(text) <= len("1.2.3.4") or text.endswith(b".0.0")
    is_public = address.is_global and not address.is_multicast
    return (is_public or is_example) and not is_version
