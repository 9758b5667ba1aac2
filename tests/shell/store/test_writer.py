"""Writing cassettes: new ones, in place of old ones, and on from where one ended."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from runreel.core.cassette import encode_exchange, encode_retraction
from runreel.core.redact import Redacted
from runreel.errors import CassetteError, CorruptCassetteError, StoreError
from runreel.shell.store import AppendError, CassetteReader, CassetteWriter
from support.build import make_cassette, make_exchange, make_header

HEADER = make_header()


def record(number: int) -> Redacted:
    return Redacted(encode_exchange(make_exchange(number)))


def numbers(path: Path) -> list[int]:
    with CassetteReader.open(path) as cassette:
        cassette.raise_if_damaged()
        assert cassette.torn is None
        return [head.number for head in cassette.heads]


def names(folder: Path) -> set[str]:
    return {entry.name for entry in folder.iterdir()}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "x.cassette"


@pytest.fixture
def old(path: Path) -> Path:
    path.write_bytes(make_cassette(record(1), record(2)))
    return path


# --- new


def test_a_new_cassette_is_in_place_at_once(path: Path) -> None:
    writer = CassetteWriter.create(path, HEADER)
    writer.append([record(1), record(2)])

    assert numbers(path) == [1, 2]
    assert (writer.next_number, writer.notes) == (1, ())
    writer.close()
    assert names(path.parent) == {"x.cassette"}


def test_closing_twice_is_closing(path: Path) -> None:
    writer = CassetteWriter.create(path, HEADER)
    writer.close()
    writer.close()
    writer.discard()
    with pytest.raises(StoreError, match="is closed"):
        writer.append([record(1)])
    with pytest.raises(StoreError, match="is closed"):
        writer.write(record(1))
    assert numbers(path) == []


def test_a_discarded_new_cassette_is_gone(path: Path) -> None:
    writer = CassetteWriter.create(path, HEADER)
    writer.append([record(1)])
    writer.discard()
    assert names(path.parent) == set()


# --- in place of an old one


def test_the_old_cassette_stays_until_the_new_one_is_whole(old: Path) -> None:
    writer = CassetteWriter.create(old, HEADER)
    writer.append([record(7)])

    assert numbers(old) == [1, 2]
    assert numbers(old.with_name("x.cassette.recording")) == [7]
    writer.close()
    assert numbers(old) == [7]
    assert names(old.parent) == {"x.cassette"}


def test_a_discarded_recording_leaves_the_old_cassette(old: Path) -> None:
    writer = CassetteWriter.create(old, HEADER)
    writer.append([record(7)])
    writer.discard()
    assert numbers(old) == [1, 2]
    assert names(old.parent) == {"x.cassette"}


def test_what_a_killed_recording_left_is_kept(old: Path) -> None:
    for content in (b"first", b"second"):
        old.with_name("x.cassette.recording").write_bytes(content)
        writer = CassetteWriter.create(old, HEADER)
        writer.close()

    (note,) = writer.notes
    assert "is kept as x.cassette.unfinished-2" in note
    assert old.with_name("x.cassette.unfinished-1").read_bytes() == b"first"
    assert old.with_name("x.cassette.unfinished-2").read_bytes() == b"second"
    assert numbers(old) == []


def test_a_recording_that_cannot_be_forced_to_disk_does_not_replace(
    old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = CassetteWriter.create(old, HEADER, fsync="close")
    writer.append([record(7)])
    monkeypatch.setattr(os, "fsync", failing(errno.EIO))

    with pytest.raises(StoreError, match=r"x.cassette cannot be written: Input/output error"):
        writer.close()

    monkeypatch.undo()
    assert numbers(old) == [1, 2]
    assert numbers(old.with_name("x.cassette.recording")) == [7]


# --- on from where one ended


def test_appending_goes_on_with_the_numbers(old: Path) -> None:
    writer = CassetteWriter.append_to(old)
    assert (writer.next_number, writer.notes) == (3, ())
    writer.append([record(3), Redacted(encode_retraction(1))])
    writer.close()

    assert numbers(old) == [2, 3]
    assert old.read_bytes().startswith(make_cassette(record(1), record(2)))


def test_a_torn_tail_is_cut_off_and_noted(old: Path) -> None:
    whole = old.read_bytes()
    old.write_bytes(whole + record(3)[:60])

    writer = CassetteWriter.append_to(old)
    assert writer.notes == (f"an incomplete record of 60 bytes was cut off at byte {len(whole)}",)
    assert writer.next_number == 3
    writer.append([record(3)])
    writer.close()
    assert numbers(old) == [1, 2, 3]


def test_nothing_is_appended_to_a_damaged_cassette(old: Path) -> None:
    data = bytearray(old.read_bytes())
    data[len(make_cassette()) + 20] ^= 1
    old.write_bytes(data)

    with pytest.raises(CorruptCassetteError, match="runreel verify --repair"):
        CassetteWriter.append_to(old)
    assert old.read_bytes() == data
    assert names(old.parent) == {"x.cassette"}


def test_a_discarded_continuation_leaves_the_cassette_as_it_was(old: Path) -> None:
    before = old.read_bytes()
    writer = CassetteWriter.append_to(old)
    writer.append([record(3)])
    writer.discard()
    assert old.read_bytes() == before


def test_there_must_be_something_to_append_to(path: Path) -> None:
    with pytest.raises(CassetteError, match=r"no cassette at"):
        CassetteWriter.append_to(path)
    assert names(path.parent) == set()


# --- a disk that says no


def failing(code: int) -> Callable[..., int]:
    def fail(*_: object) -> int:
        raise OSError(code, os.strerror(code))

    return fail


def filling(room: int) -> Callable[[int, memoryview, int], int]:
    """``os.pwrite`` on a disk with room for so many bytes more."""
    real = os.pwrite
    left = room

    def pwrite(fd: int, data: memoryview, offset: int) -> int:
        nonlocal left
        if not left:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        written = real(fd, data[:left], offset)
        left -= written
        return written

    return pwrite


def test_a_full_disk_costs_what_does_not_fit_and_nothing_else(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = CassetteWriter.create(path, HEADER)
    monkeypatch.setattr(os, "pwrite", filling(len(record(1)) + 50))

    with pytest.raises(AppendError, match=r"did not take the record: No space left") as caught:
        writer.append([record(1), record(2), record(3)])
    assert caught.value.stored == 1
    assert numbers(path) == [1]

    monkeypatch.undo()
    writer.append([record(2)])
    writer.close()
    assert numbers(path) == [1, 2]


def test_records_that_cannot_be_forced_to_disk_are_not_stored(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = CassetteWriter.create(path, HEADER)
    writer.append([record(1)])
    monkeypatch.setattr(os, "fsync", failing(errno.EIO))

    with pytest.raises(AppendError, match="not be forced to disk: Input/output error") as caught:
        writer.append([record(2), record(3)])

    assert caught.value.stored == 0
    assert numbers(path) == [1]


def test_what_was_not_synced_is_taken_back_when_it_cannot_be(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = CassetteWriter.create(path, HEADER)
    writer.write(record(1))
    writer.sync()
    writer.write(record(2))
    with monkeypatch.context() as full:
        full.setattr(os, "pwrite", filling(50))
        with pytest.raises(AppendError) as caught:
            writer.write(record(3))
    assert caught.value.stored == 1
    assert numbers(path) == [1, 2]

    monkeypatch.setattr(os, "fsync", failing(errno.EIO))
    with pytest.raises(AppendError) as caught:
        writer.sync()
    assert caught.value.stored == 0
    assert numbers(path) == [1]

    monkeypatch.undo()
    writer.write(record(4))
    writer.sync()
    writer.close()
    assert numbers(path) == [1, 4]


def test_half_a_record_that_cannot_be_taken_back_ends_the_writing(
    old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = CassetteWriter.create(old, HEADER)
    monkeypatch.setattr(os, "pwrite", filling(50))
    monkeypatch.setattr(os, "ftruncate", failing(errno.EIO))
    with pytest.raises(AppendError, match="did not take the record: No space left"):
        writer.append([record(1)])
    monkeypatch.undo()

    with pytest.raises(AppendError, match=r"nothing more is appended.*runreel verify --repair"):
        writer.append([record(1)])
    with pytest.raises(StoreError, match="nothing more is appended"):
        writer.close()
    assert numbers(old) == [1, 2]


def test_a_cassette_whose_header_cannot_be_written_is_not_begun(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runreel.shell.store.lock._write_holder", lambda fd: None)
    monkeypatch.setattr(os, "pwrite", filling(30))
    with pytest.raises(StoreError, match=r"x.cassette cannot be written: No space left"):
        CassetteWriter.create(path, HEADER)
    assert names(path.parent) == set()


def test_a_lock_that_cannot_be_signed_is_not_held(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "pwrite", failing(errno.ENOSPC))
    with pytest.raises(StoreError, match=r"x.cassette cannot be written: No space left"):
        CassetteWriter.create(path, HEADER)
    monkeypatch.undo()

    CassetteWriter.create(path, HEADER).close()
    assert names(path.parent) == {"x.cassette"}


SYNCS = [("exchange", True, True), ("close", False, True), ("never", False, False)]


@pytest.mark.parametrize(("fsync", "by_append", "by_close"), SYNCS, ids=[c[0] for c in SYNCS])
def test_records_are_forced_to_disk_when_the_setting_says(
    fsync: str, by_append: bool, by_close: bool, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[int] = []
    monkeypatch.setattr(os, "fsync", calls.append)
    writer = CassetteWriter.create(path, HEADER, fsync=fsync)  # type: ignore[arg-type]  # a row
    calls.clear()

    writer.append([record(1), record(2)])
    assert len(calls) == by_append
    calls.clear()
    writer.close()
    assert bool(calls) == by_close


# --- who may read, and what is not written to


@pytest.mark.usefixtures("open_umask")
def test_files_are_0600_in_folders_of_0700_whatever_the_umask(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "x.cassette"
    writers = [CassetteWriter.create(path, HEADER)]
    lock = path.with_name(".x.cassette.lock")

    modes = {entry: stat.S_IMODE(entry.stat().st_mode) for entry in (path, lock, path.parent)}
    assert modes == {path: 0o600, lock: 0o600, path.parent: 0o700}
    assert stat.S_IMODE(path.parent.parent.stat().st_mode) == 0o700
    writers[0].close()


def test_the_mode_is_the_given_one_whatever_the_umask(path: Path) -> None:
    before = os.umask(0o077)
    CassetteWriter.create(path, HEADER, mode=0o644).close()
    os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o644


def linked(path: Path, canary: Path) -> None:
    path.symlink_to(canary)


def piped(path: Path, canary: Path) -> None:
    os.mkfifo(path)


REFUSED = [("a symbolic link", linked), ("not a regular file", piped)]


@pytest.mark.parametrize(("what", "make"), REFUSED, ids=[c[0] for c in REFUSED])
def test_only_regular_files_are_written(
    what: str, make: Callable[[Path, Path], None], path: Path
) -> None:
    canary = path.with_name("canary")
    canary.write_bytes(make_cassette())
    make(path, canary)

    with pytest.raises(StoreError, match=what):
        CassetteWriter.create(path, HEADER)
    with pytest.raises(StoreError, match=what):
        CassetteWriter.append_to(path)
    assert canary.read_bytes() == make_cassette()
    assert names(path.parent) == {"x.cassette", "canary"}


def test_a_link_put_in_place_during_a_recording_is_not_followed(old: Path) -> None:
    canary = old.with_name("canary")
    canary.write_bytes(b"untouched")
    writer = CassetteWriter.create(old, HEADER)
    writer.append([record(7)])
    old.unlink()
    old.symlink_to(canary)

    writer.close()

    assert canary.read_bytes() == b"untouched"
    assert numbers(old) == [7]
    assert not old.is_symlink()


def test_a_link_left_as_a_recording_is_set_aside_as_a_link(old: Path) -> None:
    canary = old.with_name("canary")
    canary.write_bytes(b"untouched")
    old.with_name("x.cassette.recording").symlink_to(canary)

    CassetteWriter.create(old, HEADER).close()

    assert canary.read_bytes() == b"untouched"
    assert old.with_name("x.cassette.unfinished-1").is_symlink()


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StoreError, match="cannot be written: Not a directory"):
        CassetteWriter.create(tmp_path / "file" / "x.cassette", HEADER)


def test_all_files_are_given_back(old: Path) -> None:
    before = os.listdir("/dev/fd")
    CassetteWriter.create(old, HEADER).close()
    CassetteWriter.append_to(old).discard()
    old.write_bytes(b"x")
    with pytest.raises(CorruptCassetteError):
        CassetteWriter.append_to(old)
    assert os.listdir("/dev/fd") == before


def test_a_replacement_that_lost_something_does_not_take_the_old_ones_place(tmp_path: Path) -> None:
    path = tmp_path / "c.cassette"
    old = CassetteWriter.create(path, make_header())
    old.append([Redacted(encode_exchange(make_exchange(1)))])
    old.close()
    before = path.read_bytes()
    new = CassetteWriter.create(path, make_header())
    new.append([Redacted(encode_exchange(make_exchange(7)))])
    [note] = new.close_incomplete()
    assert path.read_bytes() == before
    kept = tmp_path / "c.cassette.unfinished-1"
    assert kept.name in note
    with CassetteReader.open(kept) as reader:
        assert [head.number for head in reader.heads] == [7]
    assert new.close_incomplete() == ()


def test_a_new_cassette_that_lost_something_stays_where_it_is(tmp_path: Path) -> None:
    path = tmp_path / "c.cassette"
    new = CassetteWriter.create(path, make_header())
    new.append([Redacted(encode_exchange(make_exchange(7)))])
    assert new.close_incomplete() == ()
    with CassetteReader.open(path) as reader:
        assert [head.number for head in reader.heads] == [7]


# --- of something that failed


def test_a_recording_of_a_failure_is_kept_beside_the_old_cassette(old: Path) -> None:
    for number in (7, 8):
        writer = CassetteWriter.create(old, HEADER)
        writer.append([record(number)])
        assert writer.set_aside() == (
            "what was recorded until the failure is kept as x.cassette.failed",
        )
        assert numbers(old) == [1, 2]
        assert numbers(old.with_name("x.cassette.failed")) == [number], "the last failure's only"
    assert names(old.parent) == {"x.cassette", "x.cassette.failed"}


def test_a_first_recording_of_a_failure_takes_no_cassettes_place(path: Path) -> None:
    writer = CassetteWriter.create(path, HEADER)
    writer.append([record(1)])
    assert writer.set_aside() == ()
    assert numbers(path) == [1]
    assert names(path.parent) == {path.name}


def test_what_a_failure_added_is_cut_off_again(old: Path) -> None:
    before = old.read_bytes()
    writer = CassetteWriter.append_to(old)
    writer.append([record(3)])
    assert writer.set_aside() == ()
    writer.set_aside()
    assert old.read_bytes() == before
    assert names(old.parent) == {"x.cassette"}
