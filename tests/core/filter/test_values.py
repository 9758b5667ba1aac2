"""Patterns, comparisons and units of a filter."""

from __future__ import annotations

import time

import pytest

from runreel.core.filter.lexer import WordPart
from runreel.core.filter.values import (
    COUNT_UNITS,
    SIZE_UNITS,
    TIME_UNITS,
    TextPattern,
    parse_range,
)


def make_pattern(text: str, *, is_quoted: bool = False) -> TextPattern:
    return TextPattern([WordPart(text, 0, len(text), is_quoted)])


PATTERNS = [
    ("a name as a whole", "runs.create", "runs.create", True),
    ("without case", "RUNS.create", "runs.Create", True),
    ("not a part of it", "runs", "runs.create", False),
    ("a star for any characters", "runs.*", "runs.create", True),
    ("a star for none", "runs.*", "runs.", True),
    ("a dot is a dot", "runs.*", "runsXcreate", False),
    ("a question mark for one character", "gpt-?", "gpt-4", True),
    ("and for no more", "gpt-?", "gpt-4o", False),
    ("brackets stand for themselves", "a[bc]*", "a[bc]d", True),
    ("and are no class", "a[bc]*", "abd", False),
    ("line ends within", "a*b", "a\nb", True),
    ("letters that fold to two", "STRASSE*", "straße 1", True),
]


@pytest.mark.parametrize(
    ("why", "pattern", "text", "matches"), PATTERNS, ids=[row[0] for row in PATTERNS]
)
def test_patterns(why: str, pattern: str, text: str, matches: bool) -> None:
    assert make_pattern(pattern).matches(text) is matches


def test_a_pattern_within_a_text() -> None:
    assert make_pattern("fund").is_in("a Refund, please")
    assert make_pattern("re*please").is_in("a Refund, please!")
    assert not make_pattern("please*refund").is_in("a refund, please")


def test_wildcards_in_quotes_stand_for_themselves() -> None:
    assert make_pattern("a*?", is_quoted=True).is_in("xA*?y")
    assert not make_pattern("a*", is_quoted=True).is_in("abc")


def test_many_wildcards_take_linear_time() -> None:
    pattern = make_pattern("*a" * 60 + "b")
    began = time.process_time()
    assert not pattern.is_in("a" * 20_000)
    assert time.process_time() - began < 5


RANGES = [
    ("400", {"": 1}, [400], [399, 401]),
    ("=400", {"": 1}, [400], [399, 401]),
    (">400", {"": 1}, [401], [400]),
    (">=400", {"": 1}, [400], [399.5]),
    ("<400", {"": 1}, [399], [400]),
    ("<=400", {"": 1}, [400, 0], [401]),
    ("400..499", {"": 1}, [400, 499], [399, 500]),
    ("400..", {"": 1}, [400, 10**9], [399]),
    ("..2s", TIME_UNITS, [0, 2_000_000], [2_000_001]),
    (">2s", TIME_UNITS, [2_000_001], [2_000_000]),
    (">1.5ms", TIME_UNITS, [1501], [1500]),
    ("<2m", TIME_UNITS, [119_999_999], [120_000_000]),
    (">1MB", SIZE_UNITS, [1_000_001], [1_000_000]),
    (">=1KiB", SIZE_UNITS, [1024], [1023]),
    (">4k", COUNT_UNITS, [4001], [4000]),
]


@pytest.mark.parametrize(("text", "units", "inside", "outside"), RANGES)
def test_comparisons(
    text: str, units: dict[str, int], inside: list[float], outside: list[float]
) -> None:
    comparison = parse_range(text, units)
    assert all(map(comparison.matches, inside))
    assert not any(map(comparison.matches, outside))


WRONG = [
    ("abc", SIZE_UNITS, "write a number"),
    (">", SIZE_UNITS, "write a number"),
    ("-5", SIZE_UNITS, "write a number"),
    ("5..x", SIZE_UNITS, "write a number"),
    ("10", TIME_UNITS, "needs a unit here: us"),
    ("10x", TIME_UNITS, 'there is no unit "x" here; the units are us'),
    ("4k", {"": 1}, 'there is no unit "k" here; a plain number has no unit'),
    ("9" * 40, SIZE_UNITS, "write a number"),
]


@pytest.mark.parametrize(("text", "units", "reason"), WRONG)
def test_mistakes(text: str, units: dict[str, int], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse_range(text, units)
