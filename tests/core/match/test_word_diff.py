from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runreel.core.match.ends import count_common_ends, count_common_prefix
from runreel.core.match.word_diff import diff_words

LONG = " ".join(map(str, range(300)))

CASES = [
    ("a word", "be a kind one", "be a terse one", "be a [-kind -]{+terse +}one"),
    ("a word more", "a b", "a c b", "a {+c +}b"),
    ("a word less", "a c b", "a b", "a [-c -]b"),
    ("nothing before", "", "a", "{+a+}"),
    (
        "words around",
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
        "long words: what they begin with alike is left out",
        "x" * 100 + "a",
        "x" * 100 + "b",
        "[-…xxxxxxxxxxxxxxxa-]{+…xxxxxxxxxxxxxxxb+}",
    ),
    ("a very long word", "a", "b" * 100, "[-a-]{+" + "b" * 59 + "…+}"),
    (
        "too many words to compare them all",
        LONG,
        f"z {LONG[10:]} z",
        "[-0 1 2 3 4 -]{+z +}5 6 7 8 …60 61 62 63 …",
    ),
    ("too long a text", "a" * 300_000, "b", ""),
]


@pytest.mark.parametrize(("why", "old", "new", "told"), CASES, ids=[c[0] for c in CASES])
def test_word_difference(why: str, old: str, new: str, told: str) -> None:
    assert diff_words(old, new) == told


TEXT = st.text("ab ", max_size=12)


@given(TEXT, TEXT)
def test_what_is_taken_out_and_put_in_makes_one_text_the_other(old: str, new: str) -> None:
    told = diff_words(old, new)
    kept, gone, come = "", "", ""
    for piece in (
        told.replace("[-", "\0-")
        .replace("-]", "\0")
        .replace("{+", "\0+")
        .replace("+}", "\0")
        .split("\0")
    ):
        gone += piece[1:] if piece.startswith("-") else "" if piece.startswith("+") else piece
        come += piece[1:] if piece.startswith("+") else "" if piece.startswith("-") else piece
    if "…" not in told:
        assert (gone, come) == (old, new)
    assert not kept


@given(st.lists(st.integers(0, 2)), st.lists(st.integers(0, 2)))
def test_the_ends_of_two_sequences_do_not_overlap(one: list[int], other: list[int]) -> None:
    first, rest = count_common_ends(one, other)
    assert first == count_common_prefix(one, other)
    assert one[:first] == other[:first]
    assert one[len(one) - rest :] == other[len(other) - rest :]
    assert first + rest <= min(len(one), len(other))
