"""Finding records: what is whole survives and what is not is told, whatever happens to a file."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib import import_module
from itertools import accumulate, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runreel.core.cassette import (
    CassetteContents,
    CassetteHeader,
    Codec,
    Damage,
    Record,
    TornTail,
    decode_answer,
    encode_exchange,
    encode_header,
    encode_retraction,
    read_contents,
    salvage_contents,
    scan_records,
)
from runreel.core.cassette.contents import MAX_DAMAGES
from runreel.core.cassette.record import PREFIX, encode_record
from runreel.errors import CorruptCassetteError
from runreel.model import Exchange
from support.build import make_answer, make_cassette, make_exchange, make_header, make_request

HEADER = encode_header(make_header())


@cache
def exchange(number: int) -> Exchange:
    request = make_request(target=b"/r", headers=((b"A", b"b"),), body=b"{}")
    answer = make_answer(b"data: %d\n\n" % number, headers=((b"C", b"d"),))
    return make_exchange(number, request=request, answer=answer)


RECORDS = (
    encode_exchange(exchange(1)),
    encode_exchange(exchange(2), codec=Codec.ZLIB),
    encode_exchange(exchange(4)),
    encode_retraction(4),
    encode_exchange(exchange(3)),
)
NUMBERS = (1, 2, 4, None, 3)
"""The exchange that each record holds; None: the retraction of 4."""
CASSETTE = make_cassette(*RECORDS)
STARTS = tuple(accumulate(map(len, RECORDS), initial=len(HEADER)))


class Bytes:
    """A file in memory; refuses to be read behind its end."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def __call__(self, offset: int, length: int) -> bytes:
        assert 0 <= offset <= offset + length <= len(self.data)
        return self.data[offset : offset + length]


def contents_of(data: bytes) -> CassetteContents:
    return read_contents(Bytes(data), len(data))


def readable(data: bytes, contents: CassetteContents) -> dict[int, Exchange]:
    """All exchanges that can be read, by number; damaged answers are left out."""
    whole = {}
    for stored in contents.exchanges:
        try:
            answer = decode_answer(stored, data[stored.body_offset : stored.end])
        except CorruptCassetteError:
            continue
        whole[stored.head.number] = Exchange(stored.head, answer)
    return whole


def test_the_whole_file_reads() -> None:
    contents = contents_of(CASSETTE)

    assert readable(CASSETTE, contents) == {number: exchange(number) for number in (1, 2, 3)}
    assert (contents.torn, contents.damages, contents.next_number) == (None, (), 5)


def test_a_cut_at_any_byte_costs_the_torn_record_only() -> None:
    for end in range(len(HEADER), len(CASSETTE)):
        data = CASSETTE[:end]
        contents = contents_of(data)

        whole = [number for number, stop in zip(NUMBERS, STARTS[1:], strict=True) if stop <= end]
        kept = {1, 2, 3, 4}.intersection(whole) - ({4} if None in whole else set())
        assert readable(data, contents) == {number: exchange(number) for number in kept}
        begin = max(start for start in STARTS if start <= end)
        assert contents.torn == (None if begin == end else TornTail(begin, end - begin))
        assert contents.damages == ()


def flips() -> Iterator[tuple[int, int, bytes]]:
    """Each bit behind the header turned over, with the record it is in, and its byte in there."""
    for place, (start, stop) in enumerate(pairwise(STARTS)):
        for at in range(start, stop):
            for bit in range(8):
                data = bytearray(CASSETTE)
                data[at] ^= 1 << bit
                yield place, at - start, bytes(data)


def test_a_flipped_bit_is_told_and_costs_its_record_only() -> None:
    body_size = contents_of(HEADER + RECORDS[2]).exchanges[0].body_size
    for place, at, data in flips():
        contents = contents_of(data)
        found = readable(data, contents)

        hit = NUMBERS[place]
        whole = {1, 2, 3} - {hit} | ({4} if hit is None else set())
        assert found == {number: exchange(number) for number in whole}
        answer_is_bad = len(found) < len(contents.exchanges)
        told = answer_is_bad or contents.damages or contents.torn
        in_retracted_answer = hit == 4 and at >= len(RECORDS[place]) - body_size
        assert told or in_retracted_answer
        assert contents.torn is None or place == len(RECORDS) - 1


def test_a_flipped_bit_of_a_retraction_is_told() -> None:
    for place, _, data in flips():
        if NUMBERS[place] is None:
            (damage,) = contents_of(data).damages
            assert (damage.offset, damage.length) == (STARTS[place], len(RECORDS[place]))


def test_a_flipped_bit_outside_the_lengths_is_told_of_that_record_exactly() -> None:
    start, stop = STARTS[0], STARTS[1]
    data = bytearray(CASSETTE)
    data[start + 1] ^= 1

    (damage,) = contents_of(bytes(data)).damages

    assert damage == Damage(start, stop - start, "no record begins here")


def test_two_damaged_neighbours_are_told_apart() -> None:
    data = bytearray(CASSETTE)
    for place in (1, 2):
        data[STARTS[place] + PREFIX.size] ^= 1

    damages = contents_of(bytes(data)).damages

    assert [damage.offset for damage in damages] == [STARTS[1], STARTS[2]]
    assert {damage.reason for damage in damages} == {"its checksum does not match"}


MARKS = (0x94, 0xCC, 1, 0xCE, 0, 0xC6, 0)
TAILS = [
    ("zeros, as a crashed file system leaves them", bytes(100), TornTail),
    ("zeros, fewer than a record's beginning", bytes(3), TornTail),
    ("zeros, more than a block", bytes(3_000_000), TornTail),
    ("zeros and something else", bytes(2_000_000) + b"\1", Damage),
    ("a few bytes of something else", b"abc", Damage),
    ("the first byte of a record", b"\x94", TornTail),
    ("the first bytes of a record", RECORDS[0][:12], TornTail),
    ("a head longer than any", PREFIX.pack(*MARKS[:-1], 2**31), Damage),
    ("a body longer than any", PREFIX.pack(*MARKS) + b"\xc6\x7f\0\0\0", Damage),
    ("a whole record but for its body", RECORDS[0][:-30], TornTail),
    ("text", b"It was a dark and stormy night; " * 10, Damage),
]  # fmt: skip


@pytest.mark.parametrize(("reason", "tail", "kind"), TAILS, ids=[c[0] for c in TAILS])
def test_a_tail_is_torn_only_if_a_writer_may_have_left_it(
    reason: str, tail: bytes, kind: type
) -> None:
    contents = contents_of(CASSETTE + tail)

    assert len(contents.exchanges) == 3
    found = contents.torn if kind is TornTail else contents.damages[0]
    assert found is not None
    assert type(found) is kind
    assert found[:2] == (len(CASSETTE), len(tail))


def test_garbage_between_records_is_one_damage_up_to_the_next() -> None:
    garbage = b"\x94\xcc\x94\xcc\x01\xce----\xc6" + b"x" * 2_000_000
    data = HEADER + RECORDS[0] + garbage + RECORDS[4]

    contents = contents_of(data)

    assert list(readable(data, contents)) == [1, 3]
    assert contents.damages == (Damage(STARTS[1], len(garbage), "no record begins here"),)


def test_an_unknown_kind_is_damage_that_names_it() -> None:
    record = encode_record(9, b"", b"")  # type: ignore[arg-type]  # that is the point
    (damage,) = contents_of(HEADER + RECORDS[0] + record).damages

    assert damage == Damage(STARTS[1], len(record), "its kind 9 is unknown")


def test_after_too_many_damages_the_rest_counts_as_one() -> None:
    data = HEADER + (b"x" * 40 + RECORDS[0]) * (MAX_DAMAGES + 5)

    damages = contents_of(data).damages

    assert len(damages) == MAX_DAMAGES
    assert sum(damage.length for damage in damages[-1:]) + damages[-1].offset == len(data)
    assert "too much is damaged" in damages[-1].reason


CUT = "its lengths lead behind the end of the file"


def test_a_search_in_vain_ends_and_nothing_is_torn_then() -> None:
    beginning = PREFIX.pack(*MARKS[:-1], 1_000_000)
    data = HEADER + beginning * 20_000 + RECORDS[0]

    contents = contents_of(data)

    assert contents.damages == (Damage(len(HEADER), len(data) - len(HEADER), CUT),)


def test_records_behind_an_unusable_header_can_be_salvaged() -> None:
    data = b"\0" + CASSETTE[1:]
    header = CassetteHeader(created_ns=1, writer="test")

    contents = salvage_contents(Bytes(data), len(data), header)

    assert contents.header == header
    assert contents.header_size == 0
    assert sorted(readable(data, contents)) == [1, 2, 3]
    assert contents.damages == (Damage(0, len(HEADER), "no record begins here"),)


@pytest.mark.parametrize("window", [1, 60, 10_000])
def test_how_much_is_read_at_once_does_not_matter(
    window: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = CASSETTE[: STARTS[1]] + b"garbage " * 200 + CASSETTE[STARTS[1] : -9]
    expected = contents_of(data)

    monkeypatch.setattr(import_module("runreel.core.cassette.scan"), "_WINDOW", window)
    monkeypatch.setattr(import_module("runreel.core.cassette.scan"), "_BLOCK", 512)

    assert contents_of(data) == expected
    assert (len(expected.damages), expected.torn is None) == (1, False)


pieces = st.lists(
    st.sampled_from((*RECORDS, RECORDS[0][:40], RECORDS[4][20:], b"\x94\xcc", bytes(30), b"abc")),
    max_size=8,
)


@given(pieces=pieces, cut=st.integers(0, 400))
def test_records_and_gaps_together_are_all_bytes(pieces: list[bytes], cut: int) -> None:
    data = b"".join(pieces)
    data = data[: max(0, len(data) - cut)]

    offset = 0
    for found in scan_records(Bytes(data), 0, len(data)):
        assert found.offset == offset
        offset = found.end if isinstance(found, Record) else found.offset + found.length
    assert offset == len(data)


@given(before=st.binary(max_size=30), after=st.binary(max_size=30))
def test_a_whole_record_is_found_wherever_it_stands(before: bytes, after: bytes) -> None:
    data = before + RECORDS[0] + after

    offsets = [
        found.offset
        for found in scan_records(Bytes(data), 0, len(data))
        if isinstance(found, Record)
    ]

    assert len(before) in offsets
