"""Cards and email addresses that no example has."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.values import compute_luhn_digit
from runreel.core.redact import Rules
from runreel.core.redact.finders.by_pattern import find_matches
from runreel.core.redact.texts.text import Text, TextKind

DETECTOR = Rules.build().detector

SEPARATORS = [
    *("", " ", "-", ".", "  ", " - ", "\n", "\r\n"),
    *("\u00a0", "\u202f", "\u2009", "\u2010", "\u2011", "\u2013", "\u2014"),
]
ISSUERS = {
    "4": 16, "51": 16, "55": 16, "2221": 16, "2720": 16, "34": 15, "37": 15, "300": 14, "36": 14,
    "6011": 16, "65": 16, "3528": 16, "62": 16,
}  # fmt: skip


def group_digits(digits: str, separator: str) -> str:
    """Return the digits in the groups that are printed on the card."""
    ends = {16: (4, 8, 12), 15: (4, 10), 14: (4, 10)}[len(digits)]
    starts = (0, *ends)
    return separator.join(
        digits[start:end] for start, end in zip(starts, (*ends, None), strict=True)
    )


@st.composite
def draw_card(draw: st.DrawFn) -> str:
    """Draw the digits of a card."""
    prefix, length = draw(st.sampled_from(sorted(ISSUERS.items())))
    count = length - len(prefix) - 1
    digits = prefix + draw(st.from_regex(rf"[0-9]{{{count}}}", fullmatch=True))
    return digits + compute_luhn_digit(digits)


def find_rules(text: str) -> list[tuple[str, str]]:
    matches = find_matches(Text(text.encode(), TextKind.PLAIN), DETECTOR)
    return [(match.rule.name, match.value.decode()) for match in matches]


@pytest.mark.parametrize("separator", SEPARATORS, ids=repr)
@settings(max_examples=25)
@given(draw_card())
def test_a_card_is_found_with_any_separator(separator: str, digits: str) -> None:
    card = group_digits(digits, separator)
    label = "" if separator else "my card, "
    assert ("card", card) in find_rules(f"It is {label}{card}.")


@given(draw_card(), st.sampled_from(["1", "22 ", "ORD-", "order no. ", "#", "id="]))
def test_a_card_is_no_part_of_another_number(digits: str, before: str) -> None:
    for separator in " -":
        text = before + group_digits(digits, separator)
        assert "card" not in [rule for rule, _ in find_rules(text)]


LOCAL_PARTS = ["ann", "ann.lee+tag", "o'neil", "müller", "иван", "משה", "山田", "用户1", "मीरा"]
DOMAINS = [
    *("example.com", "mail.example.co.uk", "exämple.de", "пример.рф", "例え.jp", "例子.公司"),
    *("xn--exmple-cua.com", "mail.xn--e1afmkfd.xn--p1ai", "उदाहरण.भारत", "예제.한국"),
]
AROUND = [("", ""), ("Ann <", ">"), ("mail ", ", please"), ("(", ")."), ("email=", "&n=1")]


@pytest.mark.parametrize("domain", DOMAINS)
@pytest.mark.parametrize("local", LOCAL_PARTS)
def test_an_address_in_any_script_is_found(local: str, domain: str) -> None:
    address = f"{local}@{domain}"
    for around in AROUND:
        assert ("email", address) in find_rules(address.join(around))


QUOTED = [
    ("with a space", '"~ann lee"@example.org~'),
    ("with an at sign", '"~ann@home"@example.org~'),
    ("with dots", '"~ann..lee."@example.org~'),
    ("in JSON", r'{"to": "\"~ann lee\"@example.org~"}'),
    ("in JSON in a string", r'{"a": "{\"to\": \"\\\"~ann lee\\\"@example.org~\"}"}'),
]


@pytest.mark.parametrize(("reason", "marked"), QUOTED, ids=[row[0] for row in QUOTED])
def test_a_quoted_local_part_is_found(reason: str, marked: str) -> None:
    before, address, _ = marked.split("~")
    matches = find_matches(Text(marked.replace("~", "").encode(), TextKind.JSON), DETECTOR)
    start = len(before)
    spans = {(match.start, match.end) for match in matches if match.rule.name == "email"}
    assert (start, start + len(address)) in spans
