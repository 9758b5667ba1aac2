"""What the corpus's search reads, and what it does not take for a leak."""

from __future__ import annotations

import pytest

from corpus.search import find_leftovers, read_every_way
from corpus.spellings import SPELLINGS, Spelling
from corpus.values import Dice

_TEMPLATE = "zz-live-{alnum:20}/{b64:12}"
SECRET, OTHER = (Dice("search", n).fill(_TEMPLATE) for n in range(2))


@pytest.mark.parametrize("spelling", SPELLINGS, ids=[one.name for one in SPELLINGS])
def test_every_spelling_is_read(spelling: Spelling) -> None:
    text = f'{{"note":"see {spelling.escape(spelling.text(SECRET))} there"}}'.encode()
    assert find_leftovers(SECRET, OTHER, read_every_way(text)) == [SECRET]


CASES = [
    ("its first half is left", f"x{SECRET[:20]}y", True),
    ("its second half is left, in capital hex", SECRET[20:].encode().hex().upper(), True),
    ("eight characters are left", f"x{SECRET[12:20]}y", True),
    ("seven are no leak", f"x{SECRET[12:19]}y", False),
    ("a prefix that all keys share is none", "zz-live-REDACTED", False),
    ("nor is another key", OTHER, False),
]


@pytest.mark.parametrize(("why", "text", "leaks"), CASES, ids=[row[0] for row in CASES])
def test_a_part_is_a_leak_from_eight_characters_on(why: str, text: str, leaks: bool) -> None:
    assert bool(find_leftovers(SECRET, OTHER, read_every_way(text.encode()))) is leaks
