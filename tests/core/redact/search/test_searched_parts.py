from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runreel.core.redact.search import searched_parts
from runreel.core.redact.search.searched_parts import (
    SearchedParts,
    _iter_part_starts,
    may_cross_border,
)


class Word(NamedTuple):
    start: int
    end: int
    text: bytes


class Words:
    """A search for words, the number of which may increase, that notes what it has read."""

    def __init__(self, *words: bytes) -> None:
        self.words = list(words)
        self.parts: SearchedParts[Word] = SearchedParts()
        self.searched: list[bytes] = []

    def find(self, data: bytes) -> list[Word]:
        return self.parts.find(data, self._search, len(self.words))

    def _search(self, data: bytes, since: int) -> Iterator[Word]:
        self.searched.append(data)
        for word in self.words[since:]:
            for match in re.finditer(re.escape(word), data):
                yield Word(match.start(), match.end(), word)

    def find_in_all(self, data: bytes) -> list[Word]:
        return sorted(self._search(data, 0))


def make_object(number: int, text: str = "") -> str:
    return f'{{"role": "user", "content": "{number} {text} {"x" * 1100}"}}'


def make_body(objects: Sequence[str], tail: str = "]}") -> bytes:
    return ('{"messages": [' + ", ".join(objects) + tail).encode()


OBJECTS = [make_object(number, f"key{number}") for number in range(20)]


def test_only_the_end_of_a_text_that_grows_is_searched() -> None:
    search = Words(b"key")
    search.find(make_body(OBJECTS))
    search.searched.clear()
    grown = make_body([*OBJECTS, make_object(20, "key20")])
    assert search.find(grown) == search.find_in_all(grown)
    first = grown.index(b'{"role": "user", "content": "19 ') - 64
    assert search.searched[0] == grown[first:]


def test_the_same_text_is_not_searched_again() -> None:
    search = Words(b"key")
    body = make_body(OBJECTS)
    items = search.find(body)
    search.searched.clear()
    assert search.find(body) == items
    assert search.searched == []


CHANGED = [
    ("without its beginning", make_body(OBJECTS[7:])),
    ("in another order", make_body(OBJECTS[10:] + OBJECTS[:10])),
    ("with another end", make_body(OBJECTS, '], "model": "m"}')),
    ("with an object in the middle", make_body([*OBJECTS[:9], make_object(99), *OBJECTS[9:]])),
    ("behind something else", b'{"model": "m", ' + make_body(OBJECTS)[1:]),
]


@pytest.mark.parametrize("body", [pytest.param(body, id=name) for name, body in CHANGED])
def test_parts_that_return_elsewhere_are_not_searched_again(body: bytes) -> None:
    search = Words(b"key")
    search.find(make_body(OBJECTS))
    search.searched.clear()
    items = search.find(body)
    assert sum(map(len, search.searched)) < 12 * len(OBJECTS[0])
    assert items == search.find_in_all(body)


def test_small_objects_are_searched_in_groups() -> None:
    search = Words(b"key")
    small = [f'{{"role": "user", "content": "key{number}"}}' for number in range(400)]
    search.find(make_body(small))
    search.searched.clear()
    grown = make_body([*small, '{"role": "user", "content": "key400"}'])
    assert search.find(grown) == search.find_in_all(grown)
    assert len(search.searched[0]) < len(grown) // 4


def test_new_words_are_searched_for_in_the_parts_of_earlier_texts() -> None:
    search = Words(b"key1")
    body = make_body(OBJECTS)
    search.find(body)
    search.words.append(b"key7")
    assert search.find(body) == search.find_in_all(body)
    search.words.append(b"nowhere")
    search.searched.clear()
    assert len(search.find(body)) == len(search.find_in_all(body))


def test_what_is_found_twice_is_returned_once() -> None:
    parts: SearchedParts[Word] = SearchedParts()
    body = make_body(OBJECTS)
    for version in (1, 2, 3):
        items = parts.find(body, lambda data, _: [Word(0, 1, data[:1])], version)
        assert items == [Word(0, 1, b"{")]


def test_a_label_before_a_part_makes_it_another_part() -> None:
    search = Words(b"key")
    search.find(make_body(OBJECTS))
    count = len(search.parts._recent)
    first = search.searched[0].index(b"2 key2")
    border = next(start for start in _iter_part_starts(make_body(OBJECTS)) if start > first)
    body = make_body(OBJECTS)
    search.find(body[: border - 10] + b"card" + body[border - 6 :])
    assert len(search.parts._recent) == count + 2


def test_a_part_that_is_long_is_searched_again() -> None:
    search = Words(b"key")
    picture = make_body([f'{{"role": "user", "content": "key {"x" * (1 << 16)}"}}'])
    assert search.find(picture) == search.find(picture)
    assert len(search.searched) == 2


def test_a_text_that_is_very_long_is_searched_whole() -> None:
    search = Words(b"key")
    body = make_body([make_object(number, "key") for number in range(1_000)])
    assert search.find(body) == search.find(body) == search.find_in_all(body)
    assert search.searched == [body] * 3


def test_the_oldest_parts_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searched_parts, "_MAX_PARTS", 10)
    search = Words(b"key")
    for number in range(100):
        search.find(b"key %d" % number)
    assert len(search.parts._recent) + len(search.parts._older) <= 20
    search.searched.clear()
    search.find(b"key 99")
    assert search.searched == []


def test_parts_in_use_are_not_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searched_parts, "_MAX_PARTS", 10)
    search = Words(b"key")
    for number in range(100):
        search.find(b"key %d" % number)
        search.find(b"the same")
    assert search.searched.count(b"the same") == 1


CROSSING = [
    (b'a"}, {"b', True),
    (b'[1,{"a": 1}]', True),
    (b'{\n "a": {\n "b"', True),
    (b",\n{", True),
    (b'{"a":{"b"', False),
    (b"{{ password }}", False),
    (b"a,b", False),
    (b"", False),
]


@pytest.mark.parametrize(("data", "expected"), CROSSING)
def test_bytes_that_may_cross_a_border(data: bytes, *, expected: bool) -> None:
    assert may_cross_border(data) is expected


sizes = st.lists(st.tuples(st.integers(0, 1500), st.integers(0, 3)), max_size=12)


@given(texts=st.lists(sizes, min_size=1, max_size=6), spaces=st.sampled_from(("", " ", "\n  ")))
def test_parts_together_give_what_the_whole_text_gives(
    texts: Sequence[Sequence[tuple[int, int]]], spaces: str
) -> None:
    search = Words(b"key0")
    for number, text in enumerate(texts):
        objects = [f'{{{spaces}"a"{spaces}: "{"x" * size}key{key}"}}' for size, key in text]
        body = f"[{f'{spaces},{spaces}'.join(objects)}]".encode()
        assert sorted(search.find(body)) == search.find_in_all(body)
        if number < 3:
            search.words.append(b"key%d" % (number + 1))
