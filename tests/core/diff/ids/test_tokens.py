"""Tokens in which two texts may differ."""

from __future__ import annotations

import pytest

from runreel.core.diff.ids.tokens import Clocks, TokenRole, classify, pair_tokens

DAY_US = 86_400_000_000
SAME, LATER = Clocks(0), Clocks(3 * DAY_US)

MOMENTS = [
    ("dates as far apart as the recordings", LATER, "2026-11-27", "2026-11-30", True),
    ("other dates", LATER, "2026-11-27", "2026-12-03", False),
    ("a date of the same day is never folded", SAME, "2026-11-27", "2026-11-28", False),
    ("times", LATER, "2026-11-27T10:00:00Z", "2026-11-30T10:00:30Z", True),
    ("times in zones", LATER, "2026-11-27T10:00:00+02:00", "2026-11-30T08:00:30Z", True),
    ("other times", LATER, "2026-11-27T10:00:00Z", "2026-11-30T11:00:00Z", False),
    ("seconds since 1970", LATER, "1764500000", "1764759200", True),
    ("thousandths of them", LATER, "1764500000123", "1764759201123", True),
    ("other seconds", LATER, "1764500000", "1764500001", False),
    ("a date that does not exist", LATER, "2026-11-27", "2026-13-39", False),
    ("a date and a time", LATER, "2026-11-27", "2026-11-30T00:00:00Z", False),
    ("numbers", LATER, "27", "30", False),
]


@pytest.mark.parametrize(
    ("why", "clocks", "left", "right", "are_equal"), MOMENTS, ids=[row[0] for row in MOMENTS]
)
def test_moments(why: str, clocks: Clocks, left: str, right: str, are_equal: bool) -> None:
    assert clocks.are_equal_moments(left, right) is are_equal
    pairs = pair_tokens(f"on {left}, at noon", f"on {right}, at noon", clocks)
    assert (pairs == []) is are_equal


ROLES = [
    ("placeholders of one kind", "REDACTED-email-1", "REDACTED-email-7", TokenRole.LOOK),
    ("placeholders of two kinds", "REDACTED-email-1", "REDACTED-phone-1", TokenRole.USE),
    (
        "UUIDs",
        "0b3e2a9c-6f1d-4f57-9a53-0d2b6f5f1a11",
        "7c9d1f00-aaaa-4bbb-8ccc-123456789abc",
        TokenRole.LOOK,
    ),
    ("generated ids", "req_8fK2xA91LmQ0z", "req_7aB1cD23eF45g", TokenRole.LOOK),
    ("of other objects", "req_8fK2xA91LmQ0z", "run_7aB1cD23eF45g", TokenRole.USE),
    ("words", "sunny", "cloudy", TokenRole.USE),
    ("order numbers", "A-1001", "A-1002", TokenRole.USE),
    ("long words", "internationalization1", "internationalisation2", TokenRole.USE),
    ("models", "claude-3-5-sonnet-20240620", "claude-3-5-sonnet-20241022", TokenRole.USE),
]


@pytest.mark.parametrize(("why", "left", "right", "role"), ROLES, ids=[row[0] for row in ROLES])
def test_what_looks_generated(why: str, left: str, right: str, role: TokenRole) -> None:
    assert classify(left, right) is role


def test_texts_are_paired_token_by_token() -> None:
    pairs = pair_tokens("see (a_1), a_1 and b-2.", "see (x_9), x_9 and b-2.", SAME)
    assert [(pair.left, pair.right) for pair in pairs or ()] == [("a_1", "x_9")]
    assert pair_tokens("a b", "a  b", SAME) is None
    assert pair_tokens("a b", "a", SAME) is None


def test_long_texts_are_compared_where_they_differ() -> None:
    text = "word " * 100_000
    pairs = pair_tokens(f"{text}a1 {text}", f"{text}b2 {text}", SAME)
    assert [(pair.left, pair.right) for pair in pairs or ()] == [("a1", "b2")]
    assert pair_tokens("a " * 600_000, "b " * 600_000, SAME) is None
