from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runreel.core.redact.texts.joined_text import JoinedText, Owner
from runreel.core.redact.texts.text import NO_ORIGIN, TextKind
from support.streams import ListedPieces


def join(*rows: tuple[int, bytes, Owner], has_personal: bool = True) -> JoinedText:
    return JoinedText(ListedPieces(rows), has_personal=has_personal)


ONE, OTHER = Owner(1, "m1"), Owner(2, "m2")
SAME_IDS = Owner(3, "m1")
TEXT = join(
    (10, b"abc", ONE),
    (20, b"", OTHER),
    (30, b"de", ONE),
    (NO_ORIGIN, b"\n", ONE),
    (40, b"abf", SAME_IDS),
    (50, b"g", OTHER),
)

CROSSED = [
    ("within a piece", b"ab", False, False),
    ("pieces of one owner, and nothing of another one between them", b"cd", False, False),
    ("a line end", b"e\n", False, False),
    ("two owners of one message", b"e\nabf", True, False),
    ("two messages", b"fg", True, True),
    ("all", b"abcde\nabfg", True, True),
]


@pytest.mark.parametrize(("reason", "part", "owners", "ids"), CROSSED, ids=[c[0] for c in CROSSED])
def test_bytes_belong_to_one_text_or_to_several(
    reason: str, part: bytes, owners: bool, ids: bool
) -> None:
    start = TEXT.data.index(part)
    end = start + len(part)
    assert (TEXT.crosses_owners(start, end), TEXT.crosses_ids(start, end)) == (owners, ids)


OFFSETS = [
    ("the first byte", 10, 0),
    ("the last byte of a piece", 12, 2),
    ("the byte after it", 13, None),
    ("before all pieces", 9, None),
    ("at an empty piece", 20, None),
    ("in the piece before a line end", 31, 4),
    ("after it", 32, None),
    ("in the piece after a line end", 41, 7),
    ("the last byte of all", 50, 9),
    ("after it all", 51, None),
]


@pytest.mark.parametrize(("reason", "origin", "offset"), OFFSETS, ids=[c[0] for c in OFFSETS])
def test_a_byte_of_the_body_has_an_offset(reason: str, origin: int, offset: int | None) -> None:
    assert TEXT.find_offset(origin) == offset


BEGINNINGS = [
    ("the beginning of an earlier text", 6, 8, True),
    ("more than that", 6, 9, False),
    ("what no text begins with", 4, 5, False),
    ("the first text itself, which has none before it", 0, 2, False),
]


@pytest.mark.parametrize(
    ("reason", "start", "end", "repeats"), BEGINNINGS, ids=[c[0] for c in BEGINNINGS]
)
def test_a_text_may_begin_again(reason: str, start: int, end: int, repeats: bool) -> None:
    assert TEXT.repeats_beginning(start, end) is repeats


@given(st.lists(st.text("ab", max_size=80), min_size=1, max_size=6), st.data())
def test_a_beginning_is_compared_in_full(texts: list[str], data: st.DataObject) -> None:
    rows = [(100 * at, each.encode(), Owner(at, "m")) for at, each in enumerate(texts)]
    text = join(*rows)
    start = data.draw(st.integers(0, len(text.data)))
    end = data.draw(st.integers(start, len(text.data)))
    begins = [begin for begin in text.pieces.starts if begin < start]
    expected = any(text.data.startswith(text.data[start:end], begin) for begin in begins)
    assert text.repeats_beginning(start, end) is expected


def test_pieces_are_located_once_and_only_when_they_are_needed() -> None:
    rows = ListedPieces([(10, b"abc", ONE), (20, b"de", OTHER)])
    text = JoinedText(rows, has_personal=True)
    assert (text.data, text.kind, text.is_in_pieces) == (b"abcde", TextKind.JSON_STRING, True)
    assert rows.locate_count == 0
    assert [*text.iter_ranges(2, 4)] == [(12, 13), (20, 21)]
    assert text.crosses_owners(2, 4)
    assert rows.locate_count == 1


OWNERS = st.builds(Owner, st.integers(0, 2), st.sampled_from(["m1", "m2"]))
ROWS = st.lists(
    st.tuples(st.integers(1, 3), st.binary(max_size=3), OWNERS, st.booleans()), min_size=1
)


@given(ROWS)
def test_offsets_and_ranges_lead_back_to_the_body(
    gaps: list[tuple[int, bytes, Owner, bool]],
) -> None:
    body = b""
    rows: list[tuple[int, bytes, Owner]] = []
    for gap, data, owner, is_in_body in gaps:
        body += b"|" * gap
        rows.append((len(body) if is_in_body or not rows else NO_ORIGIN, data, owner))
        body += data if rows[-1][0] != NO_ORIGIN else b""
    text = join(*rows)
    offsets = [text.find_offset(at) for at in range(len(body) + 1)]
    known = [(at, offset) for at, offset in enumerate(offsets) if offset is not None]
    assert all(text.data[offset] == body[at] for at, offset in known)
    in_body = [data for origin, data, _ in rows if origin != NO_ORIGIN]
    assert len(known) == len(b"".join(in_body))
    ranges = [*text.iter_ranges(0, len(text.data))]
    assert [body[start:end] for start, end in ranges] == [data for data in in_body if data]


@given(ROWS, st.integers(0, 12), st.integers(1, 12))
def test_owners_are_those_of_the_bytes(
    gaps: list[tuple[int, bytes, Owner, bool]], start: int, length: int
) -> None:
    text = join(*((10 * at, data, owner) for at, (_, data, owner, _) in enumerate(gaps)))
    owners = [owner for _, data, owner, _ in gaps for _ in data][start : start + length]
    end = start + len(owners)
    assert text.crosses_owners(start, end) is (len({owner.number for owner in owners}) > 1)
    assert text.crosses_ids(start, end) is (len({owner.ids for owner in owners}) > 1)
