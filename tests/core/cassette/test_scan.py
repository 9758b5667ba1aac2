"""Search for records: complete ones are found and all others are reported, in any damaged file."""

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
def make_numbered_exchange(number: int) -> Exchange:
    request = make_request(target=b"/r", headers=((b"A", b"b"),), body=b"{}")
    answer = make_answer(b"data: %d\n\n" % number, headers=((b"C", b"dd"),))
    return make_exchange(number, request=request, answer=answer)


RECORDS = (
    encode_exchange(make_numbered_exchange(1)),
    encode_exchange(make_numbered_exchange(2), codec=Codec.ZLIB),
    encode_exchange(make_numbered_exchange(4)),
    encode_retraction(4),
    encode_exchange(make_numbered_exchange(3)),
)
NUMBERS = (1, 2, 4, None, 3)
"""The exchange that each record holds; None: the retraction of 4."""
CASSETTE = make_cassette(*RECORDS)
STARTS = tuple(accumulate(map(len, RECORDS), initial=len(HEADER)))


class Bytes:
    """A file in memory; reading past its end fails the test."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def __call__(self, offset: int, length: int) -> bytes:
        assert 0 <= offset <= offset + length <= len(self.data)
        return self.data[offset : offset + length]


def read_cassette(data: bytes) -> CassetteContents:
    return read_contents(Bytes(data), len(data))


def read_exchanges(data: bytes, contents: CassetteContents) -> dict[int, Exchange]:
    """Read all exchanges with intact answers, by number."""
    whole = {}
    for stored in contents.exchanges:
        try:
            answer = decode_answer(stored, data[stored.body_offset : stored.end])
        except CorruptCassetteError:
            continue
        whole[stored.head.number] = Exchange(stored.head, answer)
    return whole


def test_an_undamaged_file_is_read_completely() -> None:
    contents = read_cassette(CASSETTE)

    assert read_exchanges(CASSETTE, contents) == {
        number: make_numbered_exchange(number) for number in (1, 2, 3)
    }
    assert (contents.torn, contents.damages, contents.next_number) == (None, (), 5)


def test_truncation_at_any_byte_loses_only_the_torn_record() -> None:
    for end in range(len(HEADER), len(CASSETTE)):
        data = CASSETTE[:end]
        contents = read_cassette(data)

        whole = [number for number, stop in zip(NUMBERS, STARTS[1:], strict=True) if stop <= end]
        numbers = {1, 2, 3, 4}.intersection(whole) - ({4} if None in whole else set())
        assert read_exchanges(data, contents) == {
            number: make_numbered_exchange(number) for number in numbers
        }
        begin = max(start for start in STARTS if start <= end)
        assert contents.torn == (None if begin == end else TornTail(begin, end - begin))
        assert contents.damages == ()


def iter_flips() -> Iterator[tuple[int, int, bytes]]:
    """Yield the cassette with each bit flipped, after the record of the bit and its byte in it."""
    for index, (start, stop) in enumerate(pairwise(STARTS)):
        for at in range(start, stop):
            for bit in range(8):
                data = bytearray(CASSETTE)
                data[at] ^= 1 << bit
                yield index, at - start, bytes(data)


@pytest.mark.slow
def test_a_flipped_bit_is_reported_and_loses_only_its_record() -> None:
    body_size = read_cassette(HEADER + RECORDS[2]).exchanges[0].body_size
    for index, at, data in iter_flips():
        contents = read_cassette(data)
        exchanges = read_exchanges(data, contents)

        damaged = NUMBERS[index]
        whole = {1, 2, 3} - {damaged} | ({4} if damaged is None else set())
        assert exchanges == {number: make_numbered_exchange(number) for number in whole}
        answer_is_bad = len(exchanges) < len(contents.exchanges)
        is_reported = answer_is_bad or contents.damages or contents.torn
        in_retracted_answer = damaged == 4 and at >= len(RECORDS[index]) - body_size
        assert is_reported or in_retracted_answer
        assert contents.torn is None or index == len(RECORDS) - 1


def test_a_flipped_bit_of_a_retraction_is_reported() -> None:
    for index, _, data in iter_flips():
        if NUMBERS[index] is None:
            (damage,) = read_cassette(data).damages
            assert (damage.offset, damage.length) == (STARTS[index], len(RECORDS[index]))


def test_a_flipped_bit_outside_the_lengths_damages_exactly_that_record() -> None:
    start, stop = STARTS[0], STARTS[1]
    data = bytearray(CASSETTE)
    data[start + 1] ^= 1

    (damage,) = read_cassette(bytes(data)).damages

    assert damage == Damage(start, stop - start, "no record begins here")


def test_two_adjacent_damaged_records_are_reported_separately() -> None:
    data = bytearray(CASSETTE)
    for index in (1, 2):
        data[STARTS[index] + PREFIX.size] ^= 1

    damages = read_cassette(bytes(data)).damages

    assert [damage.offset for damage in damages] == [STARTS[1], STARTS[2]]
    assert {damage.reason for damage in damages} == {"its checksum does not match"}


MARKS = (0x94, 0xCC, 1, 0xCE, 0, 0xC6, 0)
TAILS = [
    ("zeros, as a crashed file system leaves them", bytes(100), TornTail),
    ("zeros, fewer than the start of a record", bytes(3), TornTail),
    ("zeros, more than a block", bytes(3_000_000), TornTail),
    ("zeros and another byte", bytes(2_000_000) + b"\1", Damage),
    ("a few other bytes", b"abc", Damage),
    ("the first byte of a record", b"\x94", TornTail),
    ("the first bytes of a record", RECORDS[0][:12], TornTail),
    ("a head that is too long", PREFIX.pack(*MARKS[:-1], 2**31), Damage),
    ("a body that is too long", PREFIX.pack(*MARKS) + b"\xc6\x7f\0\0\0", Damage),
    ("a record without all of its body", RECORDS[0][:-30], TornTail),
    ("text", b"It was a dark and stormy night; " * 10, Damage),
]  # fmt: skip


@pytest.mark.parametrize(("reason", "tail", "kind"), TAILS, ids=[c[0] for c in TAILS])
def test_a_tail_is_torn_only_if_an_interrupted_write_can_explain_it(
    reason: str, tail: bytes, kind: type
) -> None:
    contents = read_cassette(CASSETTE + tail)

    assert len(contents.exchanges) == 3
    gap = contents.torn if kind is TornTail else contents.damages[0]
    assert gap is not None
    assert type(gap) is kind
    assert gap[:2] == (len(CASSETTE), len(tail))


def test_garbage_between_records_is_one_damage() -> None:
    garbage = b"\x94\xcc\x94\xcc\x01\xce----\xc6" + b"x" * 2_000_000
    data = HEADER + RECORDS[0] + garbage + RECORDS[4]

    contents = read_cassette(data)

    assert list(read_exchanges(data, contents)) == [1, 3]
    assert contents.damages == (Damage(STARTS[1], len(garbage), "no record begins here"),)


def test_an_unknown_kind_is_damage_with_the_kind_in_its_reason() -> None:
    record = encode_record(9, b"", b"")  # type: ignore[arg-type]  # the mistake under test
    (damage,) = read_cassette(HEADER + RECORDS[0] + record).damages

    assert damage == Damage(STARTS[1], len(record), "its kind 9 is unknown")


def test_after_too_many_damages_the_rest_of_the_file_is_one_damage() -> None:
    data = HEADER + (b"x" * 40 + RECORDS[0]) * (MAX_DAMAGES + 5)

    damages = read_cassette(data).damages

    assert len(damages) == MAX_DAMAGES
    assert sum(damage.length for damage in damages[-1:]) + damages[-1].offset == len(data)
    assert "too much is damaged" in damages[-1].reason


CUT_OFF = "its lengths extend past the end of the file"


def test_the_effort_of_a_search_is_bounded_and_then_nothing_is_torn() -> None:
    start = PREFIX.pack(*MARKS[:-1], 1_000_000)
    data = HEADER + start * 20_000 + RECORDS[0]

    contents = read_cassette(data)

    assert contents.damages == (Damage(len(HEADER), len(data) - len(HEADER), CUT_OFF),)


def test_records_after_an_unusable_header_can_be_salvaged() -> None:
    data = b"\0" + CASSETTE[1:]
    header = CassetteHeader(created_ns=1, writer="test")

    contents = salvage_contents(Bytes(data), len(data), header)

    assert contents.header == header
    assert contents.header_size == 0
    assert sorted(read_exchanges(data, contents)) == [1, 2, 3]
    assert contents.damages == (Damage(0, len(HEADER), "no record begins here"),)


@pytest.mark.parametrize("window", [1, 60, 10_000])
def test_the_sizes_of_reads_do_not_change_the_result(
    window: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = CASSETTE[: STARTS[1]] + b"garbage " * 200 + CASSETTE[STARTS[1] : -9]
    expected = read_cassette(data)

    monkeypatch.setattr(import_module("runreel.core.cassette.scan"), "_WINDOW", window)
    monkeypatch.setattr(import_module("runreel.core.cassette.scan"), "_BLOCK", 512)

    assert read_cassette(data) == expected
    assert (len(expected.damages), expected.torn is None) == (1, False)


pieces = st.lists(
    st.sampled_from((*RECORDS, RECORDS[0][:40], RECORDS[4][20:], b"\x94\xcc", bytes(30), b"abc")),
    max_size=8,
)


@given(pieces=pieces, cut=st.integers(0, 400))
def test_records_and_gaps_cover_all_bytes(pieces: list[bytes], cut: int) -> None:
    data = b"".join(pieces)
    data = data[: max(0, len(data) - cut)]

    offset = 0
    for item in scan_records(Bytes(data), 0, len(data)):
        assert item.offset == offset
        offset = item.end if isinstance(item, Record) else item.offset + item.length
    assert offset == len(data)


@given(before=st.binary(max_size=30), after=st.binary(max_size=30))
def test_a_complete_record_is_found_between_any_bytes(before: bytes, after: bytes) -> None:
    data = before + RECORDS[0] + after

    offsets = [
        item.offset for item in scan_records(Bytes(data), 0, len(data)) if isinstance(item, Record)
    ]

    assert len(before) in offsets
