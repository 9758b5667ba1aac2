"""Writing cassettes: new ones, replacements, and continued ones."""

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


def build_record(number: int) -> Redacted:
    return Redacted(encode_exchange(make_exchange(number)))


def read_numbers(path: Path) -> list[int]:
    with CassetteReader.open(path) as cassette:
        cassette.raise_if_damaged()
        assert cassette.torn is None
        return [head.number for head in cassette.heads]


def list_names(folder: Path) -> set[str]:
    return {entry.name for entry in folder.iterdir()}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "x.cassette"


@pytest.fixture
def old(path: Path) -> Path:
    path.write_bytes(make_cassette(build_record(1), build_record(2)))
    return path


# --- new cassettes


def test_a_new_cassette_has_its_name_at_once(path: Path) -> None:
    writer = CassetteWriter.create(path, HEADER)
    writer.append([build_record(1), build_record(2)])

    assert read_numbers(path) == [1, 2]
    assert (writer.next_number, writer.notes) == (1, ())
    writer.close()
    assert list_names(path.parent) == {"x.cassette"}


def test_closing_twice_is_allowed_and_writing_after_it_is_an_error(path: Path) -> None:
    writer = CassetteWriter.create(path, HEADER)
    writer.close()
    writer.close()
    writer.discard()
    with pytest.raises(StoreError, match="is closed"):
        writer.append([build_record(1)])
    with pytest.raises(StoreError, match="is closed"):
        writer.write(build_record(1))
    assert read_numbers(path) == []


def test_a_discarded_new_cassette_is_removed(path: Path) -> None:
    writer = CassetteWriter.create(path, HEADER)
    writer.append([build_record(1)])
    writer.discard()
    assert list_names(path.parent) == set()


# --- replacements


def test_the_old_cassette_stays_until_the_replacement_is_complete(old: Path) -> None:
    writer = CassetteWriter.create(old, HEADER)
    writer.append([build_record(7)])

    assert read_numbers(old) == [1, 2]
    assert read_numbers(old.with_name("x.cassette.recording")) == [7]
    writer.close()
    assert read_numbers(old) == [7]
    assert list_names(old.parent) == {"x.cassette"}


def test_a_discarded_recording_leaves_the_old_cassette(old: Path) -> None:
    writer = CassetteWriter.create(old, HEADER)
    writer.append([build_record(7)])
    writer.discard()
    assert read_numbers(old) == [1, 2]
    assert list_names(old.parent) == {"x.cassette"}


def test_the_file_of_a_killed_recording_is_kept(old: Path) -> None:
    for content in (b"first", b"second"):
        old.with_name("x.cassette.recording").write_bytes(content)
        writer = CassetteWriter.create(old, HEADER)
        writer.close()

    (note,) = writer.notes
    assert "is kept as x.cassette.unfinished-2" in note
    assert old.with_name("x.cassette.unfinished-1").read_bytes() == b"first"
    assert old.with_name("x.cassette.unfinished-2").read_bytes() == b"second"
    assert read_numbers(old) == []


def test_a_replacement_that_cannot_be_forced_to_disk_does_not_replace(
    old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = CassetteWriter.create(old, HEADER, fsync="close")
    writer.append([build_record(7)])
    monkeypatch.setattr(os, "fsync", fail_with(errno.EIO))

    with pytest.raises(StoreError, match=r"x.cassette cannot be written: Input/output error"):
        writer.close()

    monkeypatch.undo()
    assert read_numbers(old) == [1, 2]
    assert read_numbers(old.with_name("x.cassette.recording")) == [7]


# --- continued cassettes


def test_appending_continues_the_numbers(old: Path) -> None:
    writer = CassetteWriter.append_to(old)
    assert (writer.next_number, writer.notes) == (3, ())
    writer.append([build_record(3), Redacted(encode_retraction(1))])
    writer.close()

    assert read_numbers(old) == [2, 3]
    assert old.read_bytes().startswith(make_cassette(build_record(1), build_record(2)))


def test_a_torn_tail_is_cut_off_and_noted(old: Path) -> None:
    whole = old.read_bytes()
    old.write_bytes(whole + build_record(3)[:60])

    writer = CassetteWriter.append_to(old)
    assert writer.notes == (f"an incomplete record of 60 bytes was cut off at byte {len(whole)}",)
    assert writer.next_number == 3
    writer.append([build_record(3)])
    writer.close()
    assert read_numbers(old) == [1, 2, 3]


def test_nothing_is_appended_to_a_damaged_cassette(old: Path) -> None:
    data = bytearray(old.read_bytes())
    data[len(make_cassette()) + 20] ^= 1
    old.write_bytes(data)

    with pytest.raises(CorruptCassetteError, match="runreel verify --repair"):
        CassetteWriter.append_to(old)
    assert old.read_bytes() == data
    assert list_names(old.parent) == {"x.cassette"}


def test_discarding_removes_the_appended_records(old: Path) -> None:
    before = old.read_bytes()
    writer = CassetteWriter.append_to(old)
    writer.append([build_record(3)])
    writer.discard()
    assert old.read_bytes() == before


def test_appending_to_a_missing_cassette_is_an_error(path: Path) -> None:
    with pytest.raises(CassetteError, match=r"no cassette at"):
        CassetteWriter.append_to(path)
    assert list_names(path.parent) == set()


# --- disk errors


def fail_with(code: int) -> Callable[..., int]:
    def fail(*_: object) -> int:
        raise OSError(code, os.strerror(code))

    return fail


def fill_disk(room: int) -> Callable[[int, memoryview, int], int]:
    """Return an ``os.pwrite`` for a disk on which ``room`` bytes are free."""
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


def test_a_full_disk_loses_only_the_records_that_do_not_fit(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = CassetteWriter.create(path, HEADER)
    monkeypatch.setattr(os, "pwrite", fill_disk(len(build_record(1)) + 50))

    with pytest.raises(
        AppendError, match=r"the record could not be written: No space left"
    ) as caught:
        writer.append([build_record(1), build_record(2), build_record(3)])
    assert caught.value.stored == 1
    assert read_numbers(path) == [1]

    monkeypatch.undo()
    writer.append([build_record(2)])
    writer.close()
    assert read_numbers(path) == [1, 2]


def test_records_that_cannot_be_forced_to_disk_are_not_stored(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = CassetteWriter.create(path, HEADER)
    writer.append([build_record(1)])
    monkeypatch.setattr(os, "fsync", fail_with(errno.EIO))

    with pytest.raises(AppendError, match="not be forced to disk: Input/output error") as caught:
        writer.append([build_record(2), build_record(3)])

    assert caught.value.stored == 0
    assert read_numbers(path) == [1]


def test_records_are_removed_again_if_they_cannot_be_synced(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = CassetteWriter.create(path, HEADER)
    writer.write(build_record(1))
    writer.sync()
    writer.write(build_record(2))
    with monkeypatch.context() as patch:
        patch.setattr(os, "pwrite", fill_disk(50))
        with pytest.raises(AppendError) as caught:
            writer.write(build_record(3))
    assert caught.value.stored == 1
    assert read_numbers(path) == [1, 2]

    monkeypatch.setattr(os, "fsync", fail_with(errno.EIO))
    with pytest.raises(AppendError) as caught:
        writer.sync()
    assert caught.value.stored == 0
    assert read_numbers(path) == [1]

    monkeypatch.undo()
    writer.write(build_record(4))
    writer.sync()
    writer.close()
    assert read_numbers(path) == [1, 4]


def test_an_incomplete_record_that_cannot_be_removed_ends_the_recording(
    old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = CassetteWriter.create(old, HEADER)
    monkeypatch.setattr(os, "pwrite", fill_disk(50))
    monkeypatch.setattr(os, "ftruncate", fail_with(errno.EIO))
    with pytest.raises(AppendError, match="the record could not be written: No space left"):
        writer.append([build_record(1)])
    monkeypatch.undo()
    monkeypatch.setattr(os, "ftruncate", fail_with(errno.EIO))

    advice = r"left an incomplete record.*runreel verify --repair \S+x.cassette.recording"
    with pytest.raises(AppendError, match=advice):
        writer.append([build_record(1)])
    with pytest.raises(StoreError, match="left an incomplete record"):
        writer.close()
    assert read_numbers(old) == [1, 2]


def test_an_incomplete_record_is_removed_as_soon_as_that_is_possible(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = CassetteWriter.create(path, HEADER)
    writer.append([build_record(1)])
    monkeypatch.setattr(os, "pwrite", fill_disk(50))
    monkeypatch.setattr(os, "ftruncate", fail_with(errno.EIO))
    for _ in range(2):
        with pytest.raises(AppendError):
            writer.append([build_record(2)])
    monkeypatch.undo()

    writer.append([build_record(3)])
    writer.close()

    assert read_numbers(path) == [1, 3]


def test_a_cassette_whose_header_cannot_be_written_is_removed(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runreel.shell.store.lock._write_holder", lambda fd: None)
    monkeypatch.setattr(os, "pwrite", fill_disk(30))
    with pytest.raises(StoreError, match=r"x.cassette cannot be written: No space left"):
        CassetteWriter.create(path, HEADER)
    assert list_names(path.parent) == set()


def test_a_lock_whose_holder_cannot_be_written_is_released(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "pwrite", fail_with(errno.ENOSPC))
    with pytest.raises(StoreError, match=r"x.cassette cannot be written: No space left"):
        CassetteWriter.create(path, HEADER)
    monkeypatch.undo()

    CassetteWriter.create(path, HEADER).close()
    assert list_names(path.parent) == {"x.cassette"}


SYNCS = [("exchange", True, True), ("close", False, True), ("never", False, False)]


@pytest.mark.parametrize(("fsync", "by_append", "by_close"), SYNCS, ids=[c[0] for c in SYNCS])
def test_records_are_forced_to_disk_as_the_policy_says(
    fsync: str, by_append: bool, by_close: bool, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[int] = []
    monkeypatch.setattr(os, "fsync", calls.append)
    writer = CassetteWriter.create(path, HEADER, fsync=fsync)  # type: ignore[arg-type]  # a row of a table
    calls.clear()

    writer.append([build_record(1), build_record(2)])
    assert len(calls) == by_append
    calls.clear()
    writer.close()
    assert bool(calls) == by_close


# --- permissions and file types


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


def make_link(path: Path, canary: Path) -> None:
    path.symlink_to(canary)


def make_pipe(path: Path, canary: Path) -> None:
    os.mkfifo(path)


REJECTED = [("a symbolic link", make_link), ("not a regular file", make_pipe)]


@pytest.mark.parametrize(("kind", "make"), REJECTED, ids=[c[0] for c in REJECTED])
def test_only_regular_files_are_written(
    kind: str, make: Callable[[Path, Path], None], path: Path
) -> None:
    canary = path.with_name("canary")
    canary.write_bytes(make_cassette())
    make(path, canary)

    with pytest.raises(StoreError, match=kind):
        CassetteWriter.create(path, HEADER)
    with pytest.raises(StoreError, match=kind):
        CassetteWriter.append_to(path)
    assert canary.read_bytes() == make_cassette()
    assert list_names(path.parent) == {"x.cassette", "canary"}


def test_a_link_created_during_a_recording_is_not_followed(old: Path) -> None:
    canary = old.with_name("canary")
    canary.write_bytes(b"untouched")
    writer = CassetteWriter.create(old, HEADER)
    writer.append([build_record(7)])
    old.unlink()
    old.symlink_to(canary)

    writer.close()

    assert canary.read_bytes() == b"untouched"
    assert read_numbers(old) == [7]
    assert not old.is_symlink()


def test_a_link_with_the_name_of_a_recording_is_renamed_and_not_followed(old: Path) -> None:
    canary = old.with_name("canary")
    canary.write_bytes(b"untouched")
    old.with_name("x.cassette.recording").symlink_to(canary)

    CassetteWriter.create(old, HEADER).close()

    assert canary.read_bytes() == b"untouched"
    assert old.with_name("x.cassette.unfinished-1").is_symlink()


def test_a_folder_that_cannot_be_created_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StoreError, match="cannot be written: Not a directory"):
        CassetteWriter.create(tmp_path / "file" / "x.cassette", HEADER)


def test_all_files_are_closed(old: Path) -> None:
    before = os.listdir("/dev/fd")
    CassetteWriter.create(old, HEADER).close()
    CassetteWriter.append_to(old).discard()
    old.write_bytes(b"x")
    with pytest.raises(CorruptCassetteError):
        CassetteWriter.append_to(old)
    assert os.listdir("/dev/fd") == before


def test_an_incomplete_replacement_does_not_replace_the_old_cassette(tmp_path: Path) -> None:
    path = tmp_path / "c.cassette"
    old = CassetteWriter.create(path, make_header())
    old.append([Redacted(encode_exchange(make_exchange(1)))])
    old.close()
    before = path.read_bytes()
    new = CassetteWriter.create(path, make_header())
    new.append([Redacted(encode_exchange(make_exchange(7)))])
    [note] = new.close_incomplete()
    assert path.read_bytes() == before
    unfinished = tmp_path / "c.cassette.unfinished-1"
    assert unfinished.name in note
    with CassetteReader.open(unfinished) as reader:
        assert [head.number for head in reader.heads] == [7]
    assert new.close_incomplete() == ()


def test_an_incomplete_new_cassette_keeps_its_name(tmp_path: Path) -> None:
    path = tmp_path / "c.cassette"
    new = CassetteWriter.create(path, make_header())
    new.append([Redacted(encode_exchange(make_exchange(7)))])
    assert new.close_incomplete() == ()
    with CassetteReader.open(path) as reader:
        assert [head.number for head in reader.heads] == [7]


# --- recordings of failed sessions


def test_a_replacement_of_a_failed_session_is_kept_beside_the_old_cassette(old: Path) -> None:
    for number in (7, 8):
        writer = CassetteWriter.create(old, HEADER)
        writer.append([build_record(number)])
        assert writer.set_aside() == (
            "the recording up to the failure is kept as x.cassette.failed",
        )
        assert read_numbers(old) == [1, 2]
        assert read_numbers(old.with_name("x.cassette.failed")) == [number], (
            "only that of the last failure"
        )
    assert list_names(old.parent) == {"x.cassette", "x.cassette.failed"}


def test_a_new_cassette_of_a_failed_session_keeps_its_name(path: Path) -> None:
    writer = CassetteWriter.create(path, HEADER)
    writer.append([build_record(1)])
    assert writer.set_aside() == ()
    assert read_numbers(path) == [1]
    assert list_names(path.parent) == {path.name}


def test_records_appended_by_a_failed_session_are_removed(old: Path) -> None:
    before = old.read_bytes()
    writer = CassetteWriter.append_to(old)
    writer.append([build_record(3)])
    assert writer.set_aside() == ()
    writer.set_aside()
    assert old.read_bytes() == before
    assert list_names(old.parent) == {"x.cassette"}


def test_a_deleted_file_takes_no_more_records(path: Path) -> None:
    writer = CassetteWriter.create(path, HEADER)
    writer.append([build_record(1)])
    path.unlink()

    with pytest.raises(AppendError, match=r"x.cassette was deleted while it was written") as caught:
        writer.append([build_record(2)])
    assert caught.value.stored == 0
    with pytest.raises(StoreError, match=r"was deleted while it was written.*record again"):
        writer.close()
    assert list_names(path.parent) == set()


@pytest.mark.parametrize("is_replaced", [False, True], ids=["moved", "replaced"])
def test_a_file_that_was_moved_away_keeps_its_records(path: Path, is_replaced: bool) -> None:
    writer = CassetteWriter.create(path, HEADER)
    writer.append([build_record(1)])
    moved = path.rename(path.with_name("moved.cassette"))
    if is_replaced:
        path.write_bytes(b"of somebody else")
    writer.append([build_record(2)])

    with pytest.raises(StoreError, match=r"x.cassette was moved or replaced while"):
        writer.close()
    assert read_numbers(moved) == [1, 2]
    assert not is_replaced or path.read_bytes() == b"of somebody else"


@pytest.mark.parametrize("end", ["close", "close_incomplete", "set_aside", "discard"])
def test_no_file_of_somebody_else_takes_the_place_of_a_cassette(old: Path, end: str) -> None:
    writer = CassetteWriter.create(old, HEADER)
    writer.append([build_record(3)])
    recording = old.with_name("x.cassette.recording")
    recording.rename(old.with_name("moved.cassette"))
    recording.write_bytes(b"of somebody else")

    if end == "discard":
        writer.discard()
    else:
        with pytest.raises(StoreError, match=r"x.cassette.recording was moved or replaced"):
            getattr(writer, end)()

    assert recording.read_bytes() == b"of somebody else"
    assert read_numbers(old) == [1, 2]
    assert read_numbers(old.with_name("moved.cassette")) == [3]
