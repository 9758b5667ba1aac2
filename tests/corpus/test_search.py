"""Encodings that the corpus's search reads, and texts that are not a leak."""

from __future__ import annotations

import pytest

from corpus.search import find_leftovers, read_every_way
from corpus.spellings import SPELLINGS, Spelling
from corpus.values import Dice

_TEMPLATE = "zz-live-{alnum:20}/{b64:12}"
SECRET, OTHER = (Dice("search", n).fill(_TEMPLATE) for n in range(2))


@pytest.mark.parametrize("spelling", SPELLINGS, ids=[one.name for one in SPELLINGS])
def test_every_spelling_is_decoded(spelling: Spelling) -> None:
    text = f'{{"note":"see {spelling.escape(spelling.text(SECRET))} there"}}'.encode()
    assert find_leftovers(SECRET, OTHER, read_every_way(text)) == [SECRET]


CASES = [
    ("its first half", f"x{SECRET[:20]}y", True),
    ("its second half, in upper-case hex", SECRET[20:].encode().hex().upper(), True),
    ("eight characters", f"x{SECRET[12:20]}y", True),
    ("seven characters", f"x{SECRET[12:19]}y", False),
    ("a prefix that all keys share", "zz-live-REDACTED", False),
    ("another key", OTHER, False),
]


@pytest.mark.parametrize(("why", "text", "leaks"), CASES, ids=[row[0] for row in CASES])
def test_a_piece_of_eight_characters_is_a_leak(why: str, text: str, leaks: bool) -> None:
    assert bool(find_leftovers(SECRET, OTHER, read_every_way(text.encode()))) is leaks
