from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runreel.core.redact.search.word_index import MIN_WORD, WordIndex

SLICE = 512 * 8
"""Bytes of the data that are looked up in one go, in blocks of eight."""

CASES = [
    ("no words", [], b"x" * 99, []),
    ("no data", [b"abcdefg"], b"", []),
    ("the shortest word", [b"abcdefg"], b"xabcdefg", [(1, 8)]),
    ("a word that is all of the data", [b"0123456789abcdef"], b"0123456789abcdef", [(0, 16)]),
    ("two words that touch", [b"abcdefgh"], b"abcdefgh" * 2, [(0, 8), (8, 16)]),
    ("a word that overlaps itself", [b"abababab"], b"ababababab", [(0, 8), (2, 10)]),
    (
        "one in another",
        [b"abcdefgh", b"xabcdefghx" * 2],
        b"xabcdefghx" * 2,
        [(0, 20), (1, 9), (11, 19)],
    ),
    ("the beginning is missing", [b"0123456789abcdef"], b"123456789abcdef" * 2, []),
    ("the end is missing", [b"0123456789abcdef"], b"0123456789abcde", []),
    (
        "the end is missing, and what is left is a word whose block is another",
        [b"....abcdefgh5678____", b"....abcdefgh"],
        b"....abcdefgh",
        [(0, 12)],
    ),
    (
        "across two slices",
        [b"0123456789abcdef"],
        b"x" * (SLICE - 5) + b"0123456789abcdef",
        [(SLICE - 5, SLICE + 11)],
    ),
    (
        "in the rest",
        [b"0123456789abcdef"],
        b"x" * (SLICE + 3) + b"0123456789abcdef",
        [(SLICE + 3, SLICE + 19)],
    ),
    ("equal blocks at all alignments", [b"a" * 16], b"xx" + b"a" * 17, [(2, 18), (3, 19)]),
    ("bytes that are no text", [bytes(range(240, 256))], b"\0" + bytes(range(240, 256)), [(1, 17)]),
]


def make_index(words: Sequence[bytes]) -> WordIndex[bytes]:
    index: WordIndex[bytes] = WordIndex()
    for word in words:
        index.add(word, b"<" + word)
    return index


@pytest.mark.parametrize(
    ("reason", "words", "data", "ranges"), CASES, ids=[case[0] for case in CASES]
)
def test_words_are_found(
    reason: str, words: Sequence[bytes], data: bytes, ranges: Sequence[tuple[int, int]]
) -> None:
    index = make_index(words)
    occurrences = [(start, end, b"<" + data[start:end]) for start, end in ranges]
    assert sorted(index.find(data)) == occurrences
    assert sorted(index.find_one_by_one(data)) == occurrences


LETTERS = st.sampled_from([b"a", b"b", b"abcdefgh", b"01234567"])
DATA = st.lists(LETTERS, max_size=40).map(b"".join)


@given(st.sets(DATA.filter(lambda word: len(word) >= MIN_WORD), max_size=20), DATA, st.data())
def test_it_finds_what_a_naive_search_finds(
    words: set[bytes], data: bytes, draw: st.DataObject
) -> None:
    parts = draw.draw(st.lists(st.sampled_from([*words, data, b"a"]), max_size=4))
    text = b"".join(parts)
    naive = [
        (at, at + len(word), b"<" + word)
        for word in words
        for at in range(len(text))
        if text.startswith(word, at)
    ]
    index = make_index([*words])
    assert sorted(index.find(text)) == sorted(naive)
    assert sorted(index.find_one_by_one(text)) == sorted(naive)


def test_a_word_can_be_found_from_when_it_was_added() -> None:
    index = make_index([b"abcdefgh"])
    assert [*index.find(b"0123456789")] == []
    index.add(b"0123456789", b"new")
    assert [*index.find(b"0123456789")] == [(0, 10, b"new")]
    assert len(index) == 2
    assert b"0123456789" in index
    assert b"012345678" not in index


def test_shorter_words_are_refused() -> None:
    with pytest.raises(ValueError, match="6 bytes is too short, the least is 7"):
        make_index([b"abcdef"])


PREFIX = b"eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJodHRwczovL2V4YW1wbGUub3JnIn0."
NUMBERED = [
    ("the same beginning", lambda number: PREFIX + b"%040d" % number),
    ("the same end", lambda number: b"%040d" % number + PREFIX),
    (
        "the same beginning, many lengths",
        lambda number: PREFIX * (number % 50 + 1) + b"%09d" % number,
    ),
    ("short words", lambda number: b"key-%07d" % number),
]


@pytest.mark.slow
@pytest.mark.parametrize(("reason", "make_word"), NUMBERED, ids=[case[0] for case in NUMBERED])
def test_the_number_of_words_hardly_changes_the_work_of_a_search(
    reason: str, make_word: Callable[[int], bytes]
) -> None:
    data = b"".join(make_word(10**6 + number) for number in range(100)) + b"plain text " * 2_000
    few = make_index([make_word(number) for number in range(100)])
    many = make_index([make_word(number) for number in range(10_000)])
    assert list(many.find(data)) == []
    assert count_comparisons(many, data) <= 10 * (count_comparisons(few, data) + 100)


def count_comparisons(index: WordIndex[bytes], data: bytes) -> int:
    """Return how many ranges of the data a search compares with words."""
    return sum(len(set(table.locate_candidates(data))) for table in index._tables)


def test_the_words_of_one_index_on_are_searched_alone() -> None:
    index: WordIndex[str] = WordIndex()
    for word in (b"the first word", b"the other word"):
        index.add(word, word.decode())
    data = b"the other word and the first word"
    assert list(index.find_one_by_one(data, 1)) == [(0, 14, "the other word")]
    assert list(index.find_one_by_one(data, 2)) == []
