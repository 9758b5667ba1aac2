"""Counting, cutting and wrapping text by the columns of a terminal."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runreel.core.report.columns import count_columns, cut_end, cut_middle, wrap

TEXTS = st.text("aé漢\u0301 /", max_size=60)
WIDTHS = st.integers(min_value=5, max_value=200)

COUNTS = [("abc", 3), ("é", 1), ("漢字", 4), ("e\u0301", 1), ("", 0)]


@pytest.mark.parametrize(("text", "columns"), COUNTS)
def test_columns(text: str, columns: int) -> None:
    assert count_columns(text) == columns


CUTS = [
    ("what fits stays", "abcdef", 6, "abcdef", "abcdef"),
    ("one column too many", "abcdefg", 6, "abcde…", "ab…efg"),
    ("a path keeps its beginning and more of its end", "/v1/threads/t_1/runs", 10, None, None),
    ("half of a wide character does not fit", "漢字漢字", 6, "漢字…", "漢…字"),
]


@pytest.mark.parametrize(
    ("text", "width", "end", "middle"), [row[1:] for row in CUTS], ids=[row[0] for row in CUTS]
)
def test_a_cut_text(text: str, width: int, end: str | None, middle: str | None) -> None:
    assert cut_end(text, width) == (end or "/v1/threa…")
    assert cut_middle(text, width) == (middle or "/v1…1/runs")


@given(TEXTS, WIDTHS)
def test_a_cut_text_fits(text: str, width: int) -> None:
    for cut in (cut_end(text, width), cut_middle(text, width)):
        assert count_columns(cut) <= width
        assert cut == text or "…" in cut


@given(TEXTS, WIDTHS)
def test_wrapped_lines_fit_and_lose_no_word(text: str, width: int) -> None:
    lines = wrap(text, width)
    assert all(count_columns(line) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert wrap(text, None) == [text]


def test_further_lines_are_indented_and_the_first_keeps_its_own_indent() -> None:
    assert wrap("  one two three", 9, indent="    ") == ["  one two", "    three"]
    assert wrap("abcdefghij k", 6) == ["abcd", "  efgh", "  ij k"]
