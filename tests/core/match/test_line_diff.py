from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runreel.core.match.line_diff import diff_lines

LONG = "x" * 200
CASES = [
    ("one line each", "a", "b", (0, ())),
    ("a line", "a\nb\nc", "a\nB\nc", (2, ("  a", "- b", "+ B", "  c"))),
    ("an added line", "a\nb", "a\nx\nb", (2, ("  a", "+ x", "  b"))),
    ("a line that is gone", "a\nx\nb", "a\nb", (2, ("  a", "- x", "  b"))),
    (
        "lines far from each other",
        "a\n1\n2\n3\n4\n5\nb",
        "A\n1\n2\n3\n4\n5\nB",
        (1, ("- a", "+ A", "  1", "  2", "  …", "  4", "  5", "- b", "+ B")),
    ),
    (
        "a long line, around its difference",
        f"a\n{LONG}y{LONG}",
        f"a\n{LONG}z{LONG}",
        (2, ("  a", f"- …{LONG[:20]}y{LONG[:78]}…", f"+ …{LONG[:20]}z{LONG[:78]}…")),
    ),
]


@pytest.mark.parametrize(("reason", "old", "new", "expected"), CASES, ids=[c[0] for c in CASES])
def test_diff_lines(reason: str, old: str, new: str, expected: tuple[int, tuple[str, ...]]) -> None:
    assert diff_lines(old, new) == expected


def test_many_lines_are_cut() -> None:
    one, other = ("\n".join(f"{letter}{n}" for n in range(1000)) for letter in "ab")
    lines = diff_lines(one, other).lines
    assert (len(lines), lines[-1]) == (33, "  …")


TEXTS = st.lists(st.sampled_from(["a", "b", "c"]), max_size=12).map("\n".join)


@given(TEXTS, TEXTS)
def test_a_diff_has_the_lines_of_both(one: str, other: str) -> None:
    lines = diff_lines(one, other).lines
    assert {line[2:] for line in lines if line[0] == "-"} <= set(one.split("\n"))
    assert {line[2:] for line in lines if line[0] == "+"} <= set(other.split("\n"))
    if "\n" in one + other and one != other:
        assert any(line[0] in "+-" for line in lines)
