"""Scanning a file: every byte is scanned, whether the file is whole or damaged."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from runreel.core.cassette import Codec, encode_exchange, encode_retraction
from runreel.core.redact import Rules
from runreel.core.scan import LeakScanner
from runreel.dialects import find_dialect
from runreel.errors import CassetteError, CassetteVersionError, CorruptCassetteError
from runreel.shell.store.scan_file import ScanResult, scan_file
from support.build import make_answer, make_cassette, make_exchange, make_head, make_header
from support.cases import flip_bit
from support.secrets import KEY

RULES = Rules.build()
SECRET = make_answer(b"the key is " + KEY.encode())
CLEAN, LEAKY = make_exchange(1), make_exchange(2, answer=SECRET)
RECORDS = [encode_exchange(CLEAN), encode_exchange(LEAKY)]
WHOLE = make_cassette(*RECORDS)
BEGIN, MIDDLE = len(make_cassette()), len(make_cassette(RECORDS[0]))


def scan_data(tmp_path: Path, data: bytes) -> ScanResult:
    path = tmp_path / "x.cassette"
    path.write_bytes(data)
    return scan_file(path, LeakScanner(RULES, max_body=100_000), RULES.digest, find_dialect)


def list_places(result: ScanResult) -> list[tuple[int | None, str]]:
    return [(finding.exchange, finding.leak.place) for finding in result.findings]


def test_a_leak_in_a_whole_cassette_is_found(tmp_path: Path) -> None:
    result = scan_data(tmp_path, WHOLE)
    [finding] = result.findings
    assert (finding.exchange, finding.offset, finding.length) == (2, MIDDLE, len(RECORDS[1]))
    assert (finding.leak.rule, finding.leak.place) == ("openai-api-key", "answer.body")
    assert (result.exchanges, result.torn, result.damages) == (2, None, [])
    assert KEY not in repr(result)


NOT_WHOLE = [
    ("an incomplete record", WHOLE[:-4], (None, "torn tail"), 1),
    ("a head whose checksum fails", flip_bit(WHOLE, MIDDLE + 30), (None, "damaged bytes"), 1),
    ("an answer whose checksum fails", flip_bit(WHOLE, len(WHOLE) - 1), (None, "damaged bytes"), 1),
    ("a header that cannot be read", flip_bit(WHOLE, 3), (2, "answer.body"), 2),
    (
        "bytes between records",
        make_cassette(RECORDS[0], b"junk " + KEY.encode(), RECORDS[0]),
        (None, "damaged bytes"),
        2,
    ),
]


@pytest.mark.parametrize(
    ("data", "place", "exchanges"), [c[1:] for c in NOT_WHOLE], ids=[c[0] for c in NOT_WHOLE]
)
def test_bytes_that_are_not_a_valid_record_are_scanned(
    data: bytes, place: tuple[int | None, str], exchanges: int, tmp_path: Path
) -> None:
    result = scan_data(tmp_path, data)
    assert list_places(result) == [place]
    assert result.exchanges == exchanges
    assert result.damages or result.torn


@pytest.mark.parametrize("at", [0, 1 << 20, (1 << 20) - 50, (1 << 21) - 1, 3_000_000])
def test_damage_of_any_size_is_scanned_and_each_leak_found_once(at: int, tmp_path: Path) -> None:
    junk = bytearray(b" " * 3_100_000)
    junk[at : at + len(KEY)] = KEY.encode()
    [finding] = scan_data(tmp_path, make_cassette(RECORDS[0], bytes(junk), RECORDS[0])).findings
    assert finding.offset + finding.leak.offset == MIDDLE + at
    assert finding.leak.length == len(KEY)


def test_compressed_answers_and_retracted_exchanges_are_scanned(tmp_path: Path) -> None:
    record = encode_exchange(LEAKY, codec=Codec.ZLIB)
    assert b"zlib" in record
    result = scan_data(tmp_path, make_cassette(record, encode_retraction(2)))
    assert list_places(result) == [(2, "answer.body")]


def test_the_header_is_scanned(tmp_path: Path) -> None:
    header = make_header(upstream=f"https://h.example/{KEY}")
    assert list_places(scan_data(tmp_path, make_cassette(header=header))) == [(None, "header")]


def test_exchanges_recorded_with_other_rules_are_counted(tmp_path: Path) -> None:
    current = make_exchange(head=make_head(number=2, ruleset=RULES.digest))
    result = scan_data(tmp_path, make_cassette(RECORDS[0], encode_exchange(current)))
    assert (result.exchanges, result.outdated) == (2, 1)


UNREADABLE = [
    ("not a cassette", b"hello", CorruptCassetteError),
    ("an empty file", b"", CorruptCassetteError),
]


@pytest.mark.parametrize(
    ("data", "error"), [c[1:] for c in UNREADABLE], ids=[c[0] for c in UNREADABLE]
)
def test_a_file_that_is_not_a_cassette_is_rejected(
    data: bytes, error: type[CassetteError], tmp_path: Path
) -> None:
    with pytest.raises(error):
        scan_data(tmp_path, data)


def test_a_newer_format_is_rejected(tmp_path: Path) -> None:
    data = make_cassette(*RECORDS, header=replace(make_header(), version=3))
    with pytest.raises(CassetteVersionError, match="upgrade runreel"):
        scan_data(tmp_path, data)


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CassetteError, match="no cassette at"):
        scan_file(tmp_path / "x", LeakScanner(RULES, max_body=1), "", find_dialect)
