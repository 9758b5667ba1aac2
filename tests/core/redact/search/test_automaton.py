from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runreel.core.redact.search.automaton import Automaton

CASES = [
    ("one word", {b"ab": 1}, b"xabx", [(1, 3, 1)]),
    ("twice", {b"ab": 1}, b"abab", [(0, 2, 1), (2, 4, 1)]),
    ("one within another", {b"abc": 1, b"b": 2}, b"abc", [(0, 3, 1), (1, 2, 2)]),
    ("bytes that are no text", {b"\xff\x00": 1}, b"\xc3\xff\x00", [(1, 3, 1)]),
    ("no words", {}, b"ab", []),
    ("across two slices", {b"ab": 1}, b"x" * 65_535 + b"ab", [(65_535, 65_537, 1)]),
    (
        "at the end of a slice",
        {b"ab": 1},
        b"x" * 65_534 + b"abab",
        [(65_534, 65_536, 1)] * 1 + [(65_536, 65_538, 1)],
    ),
]


@pytest.mark.parametrize(
    ("reason", "words", "data", "occurrences"), CASES, ids=[c[0] for c in CASES]
)
def test_words_are_found(
    reason: str, words: dict[bytes, int], data: bytes, occurrences: list[tuple[int, int, int]]
) -> None:
    assert sorted(Automaton(words).find(data)) == occurrences


def test_letter_case_is_ignored_on_request() -> None:
    assert list(Automaton({b"key": 0}).find(b"my KeY", lower=True)) == [(3, 6, 0)]
    assert list(Automaton({b"key": 0}).find(b"my KeY")) == []


WORDS = st.sets(st.binary(min_size=1, max_size=3).map(lambda word: bytes(b % 3 for b in word)))


@given(WORDS, st.binary(max_size=30).map(lambda data: bytes(b % 3 for b in data)))
def test_it_finds_what_a_naive_search_finds(words: set[bytes], data: bytes) -> None:
    naive = {
        (at, at + len(word), word)
        for word in words
        for at in range(len(data))
        if data.startswith(word, at)
    }
    assert set(Automaton({word: word for word in words}).find(data)) == naive


PARTS = [
    ("a word at each border", [(1, 4), (6, 8)], [(1, 3), (6, 8)]),
    ("a word across a border", [(2, 6)], [(4, 6)]),
    ("an empty part", [(4, 4)], []),
    ("no parts", [], []),
    ("a part of several slices", [(5, 140_000)], [(6, 8), (65_540, 65_542), (131_076, 131_078)]),
]


@pytest.mark.parametrize(
    ("parts", "occurrences"), [c[1:] for c in PARTS], ids=[c[0] for c in PARTS]
)
def test_only_the_parts_are_searched(
    parts: list[tuple[int, int]], occurrences: list[tuple[int, int]]
) -> None:
    data = bytearray(b"x" * 140_000)
    for start in (1, 4, 6, 65_540, 131_076):
        data[start : start + 2] = b"ab"
    words = Automaton({b"ab": 0}).find(bytes(data), parts)
    assert [(start, end) for start, end, _ in words] == occurrences
