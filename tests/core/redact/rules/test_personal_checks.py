from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runreel.core.redact.rules import personal_checks
from runreel.core.redact.rules.rule import SecretCheck

CASES: list[tuple[str, SecretCheck, bytes, bool]] = [
    ("an address", personal_checks.is_email, b"ann@example.org", True),
    ("a file name", personal_checks.is_email, b"icon@2x.png", False),
    ("the user of a code host", personal_checks.is_email, b"git@github.com", False),
    ("two dots in a row", personal_checks.is_email, b"a..b@example.org", False),
    ("a quoted part", personal_checks.is_email, b'ann..lee"@example.org', True),
    (
        "a placeholder of runreel",
        personal_checks.is_email,
        b"REDACTED-email-1@redacted.invalid",
        False,
    ),
    ("a country code and enough digits", personal_checks.is_phone, b"+49 30 901820", True),
    ("an unknown country", personal_checks.is_phone, b"+210 555 1234", False),
    ("too few digits", personal_checks.is_phone, b"+49 30 1", False),
    ("too many digits", personal_checks.is_phone, b"+49 30 90182012345678", False),
    ("a country code after zeros", personal_checks.is_phone, b"0049 30 901820", True),
    ("no country code after zeros", personal_checks.is_phone, b"008-6486192", False),
    ("a number within a country", personal_checks.is_phone, b"(415) 555-0132", True),
    ("a part of a card number", personal_checks.is_phone, b"0139 6093 2498", False),
    ("seven digits", personal_checks.is_phone_of_a_label, b"555-0132", True),
    ("six digits", personal_checks.is_phone_of_a_label, b"555-012", False),
    ("a date of a label", personal_checks.is_phone_of_a_label, b"2026-11-25", False),
    ("groups of a number with a trunk zero", personal_checks.is_phone, b"(030) 9018200", True),
    ("a trunk zero before brackets", personal_checks.is_phone, b"0 (532) 123 45 67", True),
    ("groups of a date", personal_checks.is_phone, b"07-11-2026", False),
    ("groups of a postal code", personal_checks.is_phone, b"02139-4307", False),
    ("groups of a tax number", personal_checks.is_phone, b"012-34-5678", False),
    ("groups with dots", personal_checks.is_phone, b"010.1234.5678", True),
    ("a decimal with a zero", personal_checks.is_phone, b"05.6789010", False),
    ("a mobile number of Indonesia", personal_checks.is_phone, b"0812-1234-5678", True),
    ("a card", personal_checks.is_card, b"4111-1111-1111-1111", True),
    ("dots", personal_checks.is_card, b"4111.1111.1111.1111", True),
    ("line ends", personal_checks.is_card, b"4111\n1111\r\n1111\n1111", True),
    ("a line end in its middle", personal_checks.is_card, b"4111 1111\n1111 1111", True),
    ("two separators", personal_checks.is_card, b"4111 1111-1111 1111", False),
    ("of documentation", personal_checks.is_test_card, b"4242 4242 4242 4242", True),
    ("of nobody's documentation", personal_checks.is_test_card, b"4539578763621486", False),
    ("a wrong digit", personal_checks.is_card, b"4111-1111-1111-1112", False),
    ("a first digit of no issuer", personal_checks.is_card, b"1111111111111117", False),
    ("too long for its issuer", personal_checks.is_card, b"4111111111111111110", False),
    ("zeros", personal_checks.is_card, b"0" * 16, False),
    ("an account number", personal_checks.is_iban, b"DE89 3704 0044 0532 0130 00", True),
    ("in lower case", personal_checks.is_iban, b"de89370400440532013000", True),
    ("a wrong check digit", personal_checks.is_iban, b"DE88370400440532013000", False),
    ("another length", personal_checks.is_iban, b"DE8937040044053201300", False),
    ("an unknown country", personal_checks.is_iban, b"XX89370400440532013000", False),
    ("a valid number", personal_checks.is_ssn, b"536-22-1234", True),
    ("an area of zeros", personal_checks.is_ssn, b"000-22-1234", False),
    ("an area that is never issued", personal_checks.is_ssn, b"666-22-1234", False),
    ("a group of zeros", personal_checks.is_ssn, b"536-00-1234", False),
    ("a serial number of zeros", personal_checks.is_ssn, b"536-22-0000", False),
    ("a public address", personal_checks.is_address, b"81.2.69.142", True),
    ("an address of documentation", personal_checks.is_address, b"203.0.113.7", True),
    ("a private address", personal_checks.is_address, b"192.168.1.20", False),
    ("the loopback address", personal_checks.is_address, b"127.0.0.1", False),
    ("a group of receivers", personal_checks.is_address, b"239.255.255.250", False),
    ("a version", personal_checks.is_address, b"1.2.3.4", False),
    ("a number above 255", personal_checks.is_address, b"81.2.69.342", False),
    ("five numbers", personal_checks.is_address, b"81.2.69.14.2", False),
    ("a public IPv6 address", personal_checks.is_address, b"2a02:2e0:3fe:1001:302::", True),
    ("an IPv6 address of documentation", personal_checks.is_address, b"2001:db8::1", True),
    ("a time", personal_checks.is_address, b"2024:10:11", False),
]


@pytest.mark.parametrize(
    ("check", "text", "expected"),
    [c[1:] for c in CASES],
    ids=[f"{c[1].__name__}: {c[0]}" for c in CASES],
)
def test_a_check(check: SecretCheck, text: bytes, expected: bool) -> None:
    assert check(text) is expected


@given(st.from_regex(rb"4[0-9]{15}", fullmatch=True))
def test_exactly_one_of_ten_check_digits_is_right(number: bytes) -> None:
    others = (number[:-1] + b"%d" % digit for digit in range(10))
    assert sum(map(personal_checks.is_card, others)) == 1
