"""Verifying and repairing: whole records stay, damage is reported and a backup is kept."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from runreel.core.cassette import Damage, TornTail, encode_exchange, encode_retraction
from runreel.errors import CassetteError, CorruptCassetteError, StoreError
from runreel.shell.store import CassetteReader, VerifyReport, repair_cassette, verify_cassette
from support.build import make_cassette, make_exchange, make_header

HEADER = make_cassette()
RECORDS = [encode_exchange(make_exchange(number)) for number in (1, 2, 3)]
SIZE = len(RECORDS[0])
WHOLE = make_cassette(*RECORDS, encode_retraction(3))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "x.cassette"
    path.write_bytes(WHOLE)
    return path


def flip(path: Path, *offsets: int) -> bytes:
    data = bytearray(path.read_bytes())
    for offset in offsets:
        data[offset] ^= 1
    path.write_bytes(data)
    return bytes(data)


def read_numbers(path: Path) -> list[int]:
    with CassetteReader.open(path) as cassette:
        return [head.number for head in cassette.heads]


def list_names(folder: Path) -> set[str]:
    return {entry.name for entry in folder.iterdir()}


def test_a_whole_cassette_is_intact_and_is_not_changed(path: Path) -> None:
    for check in (verify_cassette, repair_cassette):
        report = check(path)
        assert report == VerifyReport(path, exchanges=2, retractions=1, torn=None, damages=())
        assert report.is_intact
        assert path.read_bytes() == WHOLE


def test_a_torn_tail_is_reported_and_cut_off(path: Path) -> None:
    path.write_bytes(WHOLE + RECORDS[0][:30])
    for check in (verify_cassette, repair_cassette):
        report = check(path)
        assert report.torn == TornTail(len(WHOLE), 30)
        assert not report.is_intact

    assert path.read_bytes() == WHOLE
    assert list_names(path.parent) == {"x.cassette"}


DAMAGES = [
    ("a head", len(HEADER) + 20, "its checksum does not match"),
    ("an answer", len(HEADER) + SIZE - 1, "answer of exchange 1: its checksum does not match"),
    ("the beginning of a record", len(HEADER), "no record begins here"),
]


@pytest.mark.parametrize(("reason", "offset", "message"), DAMAGES, ids=[c[0] for c in DAMAGES])
def test_a_damaged_record_is_reported_and_removed(
    reason: str, offset: int, message: str, path: Path
) -> None:
    damaged_data = flip(path, offset)
    path.chmod(0o640)
    damages = (Damage(len(HEADER), SIZE, message),)
    assert verify_cassette(path) == VerifyReport(
        path, exchanges=1, retractions=1, torn=None, damages=damages
    )
    assert path.read_bytes() == damaged_data

    report = repair_cassette(path)

    assert (report.damages, report.backup) == (damages, path.with_name("x.cassette.damaged-1"))
    assert path.read_bytes() == make_cassette(*RECORDS[1:], encode_retraction(3))
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert path.with_name("x.cassette.damaged-1").read_bytes() == damaged_data
    assert verify_cassette(path).is_intact


def test_damage_before_a_torn_tail_is_removed_with_it(path: Path) -> None:
    path.write_bytes(WHOLE + RECORDS[0][:30])
    flip(path, len(HEADER) + SIZE + 20)

    report = repair_cassette(path)

    assert (len(report.damages), report.torn) == (1, TornTail(len(WHOLE), 30))
    assert path.read_bytes() == make_cassette(RECORDS[0], RECORDS[2], encode_retraction(3))


def test_each_repair_keeps_a_backup(path: Path) -> None:
    first = flip(path, len(HEADER) + 20)
    repair_cassette(path)
    second = flip(path, len(HEADER) + 20)
    repair_cassette(path)

    assert path.with_name("x.cassette.damaged-1").read_bytes() == first
    assert path.with_name("x.cassette.damaged-2").read_bytes() == second
    assert read_numbers(path) == []


def test_an_unusable_header_is_replaced(path: Path) -> None:
    flip(path, 3)
    with pytest.raises(CorruptCassetteError):
        verify_cassette(path)

    report = repair_cassette(path)

    assert report.damages[0].offset == 0
    assert read_numbers(path) == [1, 2]
    assert path.read_bytes().endswith(WHOLE[len(HEADER) :])


def test_a_header_with_keys_of_the_future_is_kept_as_it_is(path: Path) -> None:
    header = make_cassette(header=make_header(upstream="http://a")) + RECORDS[0]
    path.write_bytes(header + RECORDS[1])
    flip(path, len(header) + 20)
    repair_cassette(path)
    assert path.read_bytes() == header


def test_a_file_without_exchanges_is_not_repaired(path: Path) -> None:
    path.write_bytes(b"my notes, which are no cassette\n")
    with pytest.raises(CorruptCassetteError, match="not a cassette"):
        repair_cassette(path)
    assert path.read_bytes() == b"my notes, which are no cassette\n"
    assert list_names(path.parent) == {"x.cassette"}


def test_a_missing_cassette_is_an_error(tmp_path: Path) -> None:
    for check in (verify_cassette, repair_cassette):
        with pytest.raises(CassetteError, match="no cassette at"):
            check(tmp_path / "x.cassette")


def test_a_repair_that_fails_changes_nothing(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    damaged_data = flip(path, len(HEADER) + 20)
    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(StoreError, match="No space left"):
        repair_cassette(path)

    assert path.read_bytes() == damaged_data
    assert list_names(path.parent) == {"x.cassette"}


def test_the_temporary_file_of_a_killed_repair_is_replaced(path: Path) -> None:
    flip(path, len(HEADER) + 20)
    path.with_name("x.cassette.repaired").write_bytes(b"half a copy")
    repair_cassette(path)
    assert read_numbers(path) == [2]
    assert list_names(path.parent) == {"x.cassette", "x.cassette.damaged-1"}


def test_a_link_is_not_repaired(path: Path) -> None:
    link = path.with_name("link.cassette")
    link.symlink_to(path)
    with pytest.raises(StoreError, match="a symbolic link"):
        repair_cassette(link)
