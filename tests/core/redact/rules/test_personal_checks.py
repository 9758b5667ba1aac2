from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runreel.core.redact.rules import personal_checks
from runreel.core.redact.rules.rule import SecretCheck

CASES: list[tuple[str, SecretCheck, bytes, bool]] = [
    ("an address", personal_checks.is_email, b"ann@example.org", True),
    ("a picture for sharp screens", personal_checks.is_email, b"icon@2x.png", False),
    ("the user of a code host", personal_checks.is_email, b"git@github.com", False),
    ("two dots in a row", personal_checks.is_email, b"a..b@example.org", False),
    ("ours", personal_checks.is_email, b"REDACTED-email-1@redacted.invalid", False),
    ("a country and enough digits", personal_checks.is_phone, b"+49 30 901820", True),
    ("no country", personal_checks.is_phone, b"+210 555 1234", False),
    ("too few digits", personal_checks.is_phone, b"+49 30 1", False),
    ("too many digits", personal_checks.is_phone, b"+49 30 90182012345678", False),
    ("a country after zeros", personal_checks.is_phone, b"0049 30 901820", True),
    ("no country after zeros", personal_checks.is_phone, b"008-6486192", False),
    ("a number within a country", personal_checks.is_phone, b"(415) 555-0132", True),
    ("part of a card's", personal_checks.is_phone, b"0139 6093 2498", False),
    ("seven digits", personal_checks.is_phone_of_a_label, b"555-0132", True),
    ("six digits", personal_checks.is_phone_of_a_label, b"555-012", False),
    ("a card", personal_checks.is_card, b"4111-1111-1111-1111", True),
    ("a wrong digit", personal_checks.is_card, b"4111-1111-1111-1112", False),
    ("nobody's first digit", personal_checks.is_card, b"1111111111111117", False),
    ("too long for its issuer", personal_checks.is_card, b"4111111111111111110", False),
    ("zeros", personal_checks.is_card, b"0" * 16, False),
    ("an account", personal_checks.is_iban, b"DE89 3704 0044 0532 0130 00", True),
    ("in lower case", personal_checks.is_iban, b"de89370400440532013000", True),
    ("a wrong check digit", personal_checks.is_iban, b"DE88370400440532013000", False),
    ("another length", personal_checks.is_iban, b"DE8937040044053201300", False),
    ("no country", personal_checks.is_iban, b"XX89370400440532013000", False),
    ("a number that was given out", personal_checks.is_ssn, b"536-22-1234", True),
    ("no area", personal_checks.is_ssn, b"000-22-1234", False),
    ("an area that is none", personal_checks.is_ssn, b"666-22-1234", False),
    ("no group", personal_checks.is_ssn, b"536-00-1234", False),
    ("no serial number", personal_checks.is_ssn, b"536-22-0000", False),
    ("a public address", personal_checks.is_address, b"81.2.69.142", True),
    ("one of the documentation", personal_checks.is_address, b"203.0.113.7", True),
    ("a private one", personal_checks.is_address, b"192.168.1.20", False),
    ("this host", personal_checks.is_address, b"127.0.0.1", False),
    ("a version", personal_checks.is_address, b"1.2.3.4", False),
    ("none", personal_checks.is_address, b"81.2.69.342", False),
    ("five numbers", personal_checks.is_address, b"81.2.69.14.2", False),
    ("a public one of six", personal_checks.is_address, b"2a02:2e0:3fe:1001:302::", True),
    ("one of the documentation of six", personal_checks.is_address, b"2001:db8::1", True),
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
def test_of_ten_last_digits_one_is_right(number: bytes) -> None:
    others = (number[:-1] + b"%d" % digit for digit in range(10))
    assert sum(map(personal_checks.is_card, others)) == 1
