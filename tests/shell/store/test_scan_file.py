"""Every byte of a file is looked at, whole or not."""

from __future__ import annotations

from pathlib import Path

import pytest

from runreel.core.cassette import Codec, encode_exchange, encode_retraction
from runreel.core.redact import Rules
from runreel.core.scan import LeakScanner
from runreel.errors import CassetteError, CassetteVersionError, CorruptCassetteError
from runreel.shell.store.scan_file import ScanResult, scan_file
from support.build import make_answer, make_cassette, make_exchange, make_head, make_header
from support.secrets import KEY

RULES = Rules.build()
SECRET = make_answer(b"the key is " + KEY.encode())
CLEAN, LEAKY = make_exchange(1), make_exchange(2, answer=SECRET)
RECORDS = [encode_exchange(CLEAN), encode_exchange(LEAKY)]
WHOLE = make_cassette(*RECORDS)
BEGIN, MIDDLE = len(make_cassette()), len(make_cassette(RECORDS[0]))


def scanned(tmp_path: Path, data: bytes) -> ScanResult:
    path = tmp_path / "x.cassette"
    path.write_bytes(data)
    return scan_file(path, LeakScanner(RULES, max_body=100_000), RULES.digest)


def places(findings: ScanResult) -> list[tuple[int | None, str]]:
    return [(sighting.exchange, sighting.leak.place) for sighting in findings.findings]


def test_a_whole_cassette(tmp_path: Path) -> None:
    findings = scanned(tmp_path, WHOLE)
    [sighting] = findings.findings
    assert (sighting.exchange, sighting.offset, sighting.length) == (2, MIDDLE, len(RECORDS[1]))
    assert (sighting.leak.rule, sighting.leak.place) == ("openai-api-key", "answer.body")
    assert (findings.exchanges, findings.torn, findings.damages) == (2, None, [])
    assert KEY not in repr(findings)


def flipped(place: int) -> bytes:
    return WHOLE[:place] + bytes([WHOLE[place] ^ 1]) + WHOLE[place + 1 :]


NOT_WHOLE = [
    ("a record that was not finished", WHOLE[:-4], (None, "torn tail"), 1),
    ("a head whose checksum fails", flipped(MIDDLE + 30), (None, "damaged bytes"), 1),
    ("an answer whose checksum fails", flipped(len(WHOLE) - 1), (None, "damaged bytes"), 1),
    ("a header that cannot be read", flipped(3), (2, "answer.body"), 2),
    (
        "bytes between records",
        make_cassette(RECORDS[0], b"junk " + KEY.encode(), RECORDS[0]),
        (None, "damaged bytes"),
        2,
    ),
]


@pytest.mark.parametrize(
    ("data", "place", "read"), [c[1:] for c in NOT_WHOLE], ids=[c[0] for c in NOT_WHOLE]
)
def test_what_is_not_whole_is_searched_as_it_lies_there(
    data: bytes, place: tuple[int | None, str], read: int, tmp_path: Path
) -> None:
    findings = scanned(tmp_path, data)
    assert places(findings) == [place]
    assert findings.exchanges == read
    assert findings.damages or findings.torn


@pytest.mark.parametrize("at", [0, 1 << 20, (1 << 20) - 50, (1 << 21) - 1, 3_000_000])
def test_damage_of_any_size_is_searched_and_each_find_told_once(at: int, tmp_path: Path) -> None:
    junk = bytearray(b" " * 3_100_000)
    junk[at : at + len(KEY)] = KEY.encode()
    [sighting] = scanned(tmp_path, make_cassette(RECORDS[0], bytes(junk), RECORDS[0])).findings
    assert sighting.offset + sighting.leak.offset == MIDDLE + at
    assert sighting.leak.length == len(KEY)


def test_compressed_answers_and_retracted_exchanges_are_read(tmp_path: Path) -> None:
    record = encode_exchange(LEAKY, codec=Codec.ZLIB)
    assert b"zlib" in record
    findings = scanned(tmp_path, make_cassette(record, encode_retraction(2)))
    assert places(findings) == [(2, "answer.body")]


def test_a_header_is_looked_at(tmp_path: Path) -> None:
    header = make_header(upstream=f"https://h.example/{KEY}")
    assert places(scanned(tmp_path, make_cassette(header=header))) == [(None, "header")]


def test_exchanges_under_other_rules_are_counted(tmp_path: Path) -> None:
    today = make_exchange(head=make_head(number=2, ruleset=RULES.digest))
    findings = scanned(tmp_path, make_cassette(RECORDS[0], encode_exchange(today)))
    assert (findings.exchanges, findings.outdated) == (2, 1)


UNREADABLE = [
    ("no cassette", b"hello", CorruptCassetteError),
    ("an empty file", b"", CorruptCassetteError),
]


@pytest.mark.parametrize(
    ("data", "error"), [c[1:] for c in UNREADABLE], ids=[c[0] for c in UNREADABLE]
)
def test_what_is_no_cassette_is_refused(
    data: bytes, error: type[CassetteError], tmp_path: Path
) -> None:
    with pytest.raises(error):
        scanned(tmp_path, data)


def test_a_newer_format_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as newer:
        newer.setattr("runreel.core.cassette.header.VERSION", 2)
        data = make_cassette(*RECORDS)
    with pytest.raises(CassetteVersionError, match="upgrade runreel"):
        scanned(tmp_path, data)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(CassetteError, match="no cassette at"):
        scan_file(tmp_path / "x", LeakScanner(RULES, max_body=1), "")
