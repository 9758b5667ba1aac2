from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runreel.core.redact.body.beginnings import Beginnings
from runreel.core.redact.texts.text import Pieces, Text, TextKind

KEY = b"tok_" + b"a1B2c3D4e5F6"
OTHER = b"tok_" + b"a1B2c3D4xxxx"


def build_text(*parts: bytes) -> Text:
    origins = [100 * at for at in range(len(parts))]
    pieces = Pieces(origins, [*map(len, parts)])
    return Text(b"".join(parts), TextKind.JSON_STRING, pieces)


SHOWN: list[tuple[str, list[bytes], list[bytes], list[tuple[bytes, bytes]]]] = [
    ("at the end", [KEY], [b"my " + KEY[:12]], [(KEY[:12], KEY)]),
    ("where a word ends", [KEY], [b"my " + KEY[:12] + b", I say"], [(KEY[:12], KEY)]),
    ("where a piece ends", [KEY], [b"my " + KEY[:12], b"More"], [(KEY[:12], KEY)]),
    ("in several pieces", [KEY], [b"my " + KEY[:6], KEY[6:12], b"More"], [(KEY[:12], KEY)]),
    ("again and again", [KEY], [KEY[:9], KEY[:12]], [(KEY[:9], KEY), (KEY[:12], KEY)]),
    ("where another word goes on", [KEY], [b"my " + KEY[:12] + b"More"], []),
    ("the whole value is no beginning", [KEY], [KEY], []),
    ("too short", [b"a1B2c3D4e5F6"], [b"a1B2c3D"], []),
    ("just long enough", [b"a1B2c3D4e5F6"], [b"a1B2c3D4"], [(b"a1B2c3D4", b"a1B2c3D4e5F6")]),
    ("a prefix that all keys of a kind have", [b"sk-proj-live-aB3dE"], [b"sk-proj-live-"], []),
    (
        "one letter more than that",
        [b"sk-proj-live-aB3dE"],
        [b"sk-proj-live-a"],
        [(b"sk-proj-live-a", b"sk-proj-live-aB3dE")],
    ),
    ("a word", [b"password7331"], [b"password"], []),
    ("more than a word", [b"password7331"], [b"password7"], [(b"password7", b"password7331")]),
    ("a value of one word has no beginning", [b"passwordsafe"], [b"passwords"], []),
    ("a short value has none", [b"a1B2c3"], [b"a1B2"], []),
    ("of two values, the one that is there", [KEY, OTHER], [OTHER[:14]], [(OTHER[:14], OTHER)]),
    ("no values", [], [KEY], []),
]


@pytest.mark.parametrize(
    ("reason", "values", "parts", "beginnings"), SHOWN, ids=[c[0] for c in SHOWN]
)
def test_beginnings_are_found_where_a_word_or_a_piece_ends(
    reason: str,
    values: list[bytes],
    parts: list[bytes],
    beginnings: list[tuple[bytes, bytes]],
) -> None:
    text = build_text(*parts)
    found_parts = [
        (text.data[start:end], value) for start, end, value in Beginnings(values).find(text)
    ]
    assert found_parts == beginnings


VALUES = st.lists(st.text("ab1", min_size=9, max_size=14).map(str.encode), max_size=4)
PARTS = st.lists(st.text("ab1 ", max_size=12).map(str.encode), min_size=1, max_size=4)


@given(VALUES, PARTS)
def test_whatever_is_found_is_the_beginning_of_a_value(
    values: list[bytes], parts: list[bytes]
) -> None:
    text = build_text(*parts)
    for start, end, value in Beginnings(values).find(text):
        beginning = text.data[start:end]
        assert value in values
        assert len(beginning) >= 8
        assert value.startswith(beginning)
        assert beginning != value
        assert not text.data[end : end + 1].isalnum() or end in text.pieces.starts


@given(st.text("ab1", min_size=9, max_size=30), st.integers(8, 30))
def test_every_snapshot_that_shows_enough_of_a_value_is_found(value: str, shown: int) -> None:
    key = b"1-" + value.encode()
    snapshot = key[: min(shown, len(key) - 1)]
    assert [*Beginnings([key]).find(build_text(snapshot, b"more"))] == [(0, len(snapshot), key)]


def measure_search(count: int) -> float:
    """Return the processor time of a search for so many values that begin alike."""
    values = [b"4111 1111 1111 %06d" % number for number in range(count)]
    text = build_text(b", ".join(values))
    started = time.process_time()
    assert not [*Beginnings(values).find(text)]
    return time.process_time() - started


def test_values_that_begin_alike_take_a_time_in_proportion_to_their_number() -> None:
    assert measure_search(16_000) < 30 * measure_search(2_000)
