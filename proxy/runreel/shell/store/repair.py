"""Verifying a cassette completely, and repairing one without losing data of use."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from runreel import __version__
from runreel.core.cassette import (
    CassetteContents,
    CassetteHeader,
    Damage,
    StoredExchange,
    TornTail,
    decode_answer,
    encode_header,
    salvage_contents,
)
from runreel.errors import CorruptCassetteError
from runreel.shell.store.folder import Folder
from runreel.shell.store.reader import ExactReader, add_path_to_errors, load_contents, open_to_read
from runreel.shell.store.record_file import RecordFile
from runreel.shell.store.replacement import open_locked, replace_file

_BLOCK_SIZE = 1024 * 1024


class VerifyReport(Struct, frozen=True):
    """The result of verifying or repairing one cassette."""

    path: Path
    exchanges: int
    """Number of undamaged exchanges, without retracted ones."""
    retractions: int
    torn: TornTail | None
    damages: tuple[Damage, ...]
    backup: Path | None = None
    """Path of the backup of the damaged file, if ``repair_cassette`` had to keep one."""

    @property
    def is_intact(self) -> bool:
        """True if the file has no damage and no torn tail."""
        return self.torn is None and not self.damages


def verify_cassette(path: Path) -> VerifyReport:
    """Read and check all records of a cassette; raises as ``CassetteReader.open`` does."""
    fd = open_to_read(path)
    try:
        return _build_report(fd, path, load_contents(fd, path))
    finally:
        os.close(fd)


def repair_cassette(path: Path) -> VerifyReport:
    """Cut off a torn tail and remove damage; return the report on the file before that.

    If damage is removed, the whole records are copied to a new file, which replaces the old one,
    and the old file is kept under another name. An unusable header is replaced if valid exchanges
    follow it.

    Raises ``CassetteLockedError``, ``CassetteError`` if the file is missing or beyond repair, and
    ``StoreError`` if it cannot be written.
    """
    with open_locked(path) as (folder, fd):
        contents = _load_or_salvage(fd, path)
        report = _build_report(fd, path, contents)
        if report.damages:
            return replace(report, backup=_rewrite(folder, fd, contents, report))
        if report.torn:
            _truncate(fd, report.torn)
        return report


def _build_report(fd: int, path: Path, contents: CassetteContents) -> VerifyReport:
    with add_path_to_errors(path):
        unreadable = tuple(_find_unreadable_answers(fd, contents.exchanges))
    return VerifyReport(
        path=path,
        exchanges=len(contents.exchanges) - len(unreadable),
        retractions=contents.retractions,
        torn=contents.torn,
        damages=tuple(sorted(contents.damages + unreadable)),
    )


def _find_unreadable_answers(fd: int, exchanges: Sequence[StoredExchange]) -> Iterator[Damage]:
    read = ExactReader(fd)
    for stored in exchanges:
        try:
            decode_answer(stored, read(stored.body_offset, stored.body_size))
        except CorruptCassetteError as error:
            yield Damage(stored.offset, stored.end - stored.offset, str(error))


def _load_or_salvage(fd: int, path: Path) -> CassetteContents:
    try:
        return load_contents(fd, path)
    except CorruptCassetteError:
        status = os.fstat(fd)
        header = CassetteHeader(created_ns=status.st_mtime_ns, writer=f"runreel {__version__}")
        contents = salvage_contents(ExactReader(fd), status.st_size, header)
        if not contents.exchanges:
            raise
        return contents


def _rewrite(folder: Folder, fd: int, contents: CassetteContents, report: VerifyReport) -> Path:
    """Replace the damaged file by one with the whole records; return the path of the backup."""
    name = report.path.name
    with replace_file(
        folder, name, temporary_name=f"{name}.repaired", old_status=os.fstat(fd)
    ) as file:
        _copy_intact(fd, file, contents, report.damages)
        file.sync()
        backup = folder.link_numbered(name, f"{name}.damaged")
    return report.path.with_name(backup)


def _copy_intact(
    fd: int, file: RecordFile, contents: CassetteContents, damages: Sequence[Damage]
) -> None:
    read = ExactReader(fd)
    if contents.header_size == 0:
        file.append(encode_header(contents.header))
    end = contents.torn.offset if contents.torn else os.fstat(fd).st_size
    for begin, stretch_end in _iter_intact_stretches(end, damages):
        for offset in range(begin, stretch_end, _BLOCK_SIZE):
            file.append(read(offset, min(_BLOCK_SIZE, stretch_end - offset)))


def _iter_intact_stretches(end: int, damages: Sequence[Damage]) -> Iterator[tuple[int, int]]:
    begin = 0
    for damage in damages:
        yield begin, damage.offset
        begin = damage.offset + damage.length
    yield begin, end


def _truncate(fd: int, torn: TornTail) -> None:
    os.ftruncate(fd, torn.offset)
    os.fsync(fd)
