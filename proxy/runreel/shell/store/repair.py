"""Checking a whole cassette, and mending one so that no byte is lost that may still be of use."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

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


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """What a cassette holds, and what was found wrong with it."""

    path: Path
    exchanges: int
    """Those that count, and are whole."""
    retractions: int
    torn: TornTail | None
    damages: tuple[Damage, ...]
    backup: Path | None = None
    """Where ``repair`` left the file as it was, if it had to take damaged stretches out."""

    @property
    def is_intact(self) -> bool:
        """Whether nothing is wrong."""
        return self.torn is None and not self.damages


def verify_cassette(path: Path) -> VerifyReport:
    """Reads and checks all of a cassette. Raises as ``CassetteReader.open`` does."""
    fd = open_to_read(path)
    try:
        return _build_report(fd, path, load_contents(fd, path))
    finally:
        os.close(fd)


def repair_cassette(path: Path) -> VerifyReport:
    """Cuts a torn tail off and takes damaged stretches out; tells what ``verify`` would have told.

    Where something is taken out, the whole records go to a new file, which then takes the old one's
    name, and the old one stays beside it. An unusable header is replaced if exchanges follow it.
    Raises ``CassetteLockedError``, ``CassetteError`` where there is nothing to mend,
    ``StoreError`` where it cannot be written.
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
    """Puts a file of the whole records in the place of the damaged one; where that one is kept."""
    name = report.path.name
    with replace_file(
        folder, name, temporary_name=f"{name}.repaired", old_status=os.fstat(fd)
    ) as file:
        _copy_intact(fd, file, contents, report.damages)
        file.sync()
        kept = folder.link_numbered(name, f"{name}.damaged")
    return report.path.with_name(kept)


def _copy_intact(
    fd: int, file: RecordFile, contents: CassetteContents, damages: Sequence[Damage]
) -> None:
    read = ExactReader(fd)
    if contents.header_size == 0:
        file.append(encode_header(contents.header))
    end = contents.torn.offset if contents.torn else os.fstat(fd).st_size
    for begin, stop in _iter_intact_stretches(end, damages):
        for offset in range(begin, stop, _BLOCK_SIZE):
            file.append(read(offset, min(_BLOCK_SIZE, stop - offset)))


def _iter_intact_stretches(end: int, damages: Sequence[Damage]) -> Iterator[tuple[int, int]]:
    begin = 0
    for damage in damages:
        yield begin, damage.offset
        begin = damage.offset + damage.length
    yield begin, end


def _truncate(fd: int, torn: TornTail) -> None:
    os.ftruncate(fd, torn.offset)
    os.fsync(fd)
