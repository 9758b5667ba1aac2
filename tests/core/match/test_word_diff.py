from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runreel.core.match.json_diff import count_common_ends, count_common_prefix
from runreel.core.match.word_diff import diff_words
from runreel.core.word_spans import format_words

LONG = " ".join(map(str, range(300)))

CASES = [
    ("a word", "be a kind one", "be a terse one", "be a [-kind -]{+terse +}one"),
    ("an additional word", "a b", "a c b", "a {+c +}b"),
    ("a missing word", "a c b", "a b", "a [-c -]b"),
    ("nothing before", "", "a", "{+a+}"),
    (
        "words around a change",
        "1 2 3 4 5 a 6 7 8 9 0",
        "1 2 3 4 5 b 6 7 8 9 0",
        "…2 3 4 5 [-a -]{+b +}6 7 8 9 …",
    ),
    (
        "two places",
        "a 1 2 3 4 5 6 7 8 9 b",
        "c 1 2 3 4 5 6 7 8 9 d",
        "[-a -]{+c +}1 2 3 4 …6 7 8 9 [-b-]{+d+}",
    ),
    ("two places near each other", "a 1 b", "c 1 d", "[-a -]{+c +}1 [-b-]{+d+}"),
    ("lines", "a\nb\n", "a\nc\n", "a\n[-b\n-]{+c\n+}"),
    (
        "long words without their common beginning",
        "x" * 100 + "a",
        "x" * 100 + "b",
        "[-…xxxxxxxxxxxxxxxa-]{+…xxxxxxxxxxxxxxxb+}",
    ),
    ("a very long word", "a", "b" * 100, "[-a-]{+" + "b" * 59 + "…+}"),
    (
        "more words than are compared",
        LONG,
        f"z {LONG[10:]} z",
        "[-0 1 2 3 4 -]{+z +}5 6 7 8 …60 61 62 63 …",
    ),
    (
        "a very long text without words",
        "a" * 300_000,
        "b",
        "[-" + "a" * 59 + "…-]{+b+}",
    ),
    (
        "a word in a very long text",
        "x " * 150_000 + "a " + "y " * 150_000,
        "x " * 150_000 + "b " + "y " * 150_000,
        "…x x x x [-a -]{+b +}y y y y …",
    ),
    (
        "a character in a very long word",
        "x" * 150_000 + "a" + "y" * 150_000,
        "x" * 150_000 + "b" + "y" * 150_000,
        f"…[-…{'x' * 15}a{'y' * 43}…-]{{+…{'x' * 15}b{'y' * 43}…+}}…",
    ),
]


@pytest.mark.parametrize(("reason", "old", "new", "diff"), CASES, ids=[c[0] for c in CASES])
def test_diff_words(reason: str, old: str, new: str, diff: str) -> None:
    assert format_words(diff_words(old, new)) == diff


TEXT = st.text("ab ", max_size=12)


@given(TEXT, TEXT)
def test_a_diff_contains_both_texts(old: str, new: str) -> None:
    diff = format_words(diff_words(old, new))
    recorded, sent = "", ""
    for piece in (
        diff.replace("[-", "\0-")
        .replace("-]", "\0")
        .replace("{+", "\0+")
        .replace("+}", "\0")
        .split("\0")
    ):
        recorded += piece[1:] if piece.startswith("-") else "" if piece.startswith("+") else piece
        sent += piece[1:] if piece.startswith("+") else "" if piece.startswith("-") else piece
    if "…" not in diff:
        assert (recorded, sent) == (old, new)


@given(st.lists(st.integers(0, 2)), st.lists(st.integers(0, 2)))
def test_common_ends_do_not_overlap(one: list[int], other: list[int]) -> None:
    prefix, suffix = count_common_ends(one, other)
    assert prefix == count_common_prefix(one, other)
    assert one[:prefix] == other[:prefix]
    assert one[len(one) - suffix :] == other[len(other) - suffix :]
    assert prefix + suffix <= min(len(one), len(other))
