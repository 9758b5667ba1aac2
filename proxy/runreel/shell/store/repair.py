"""Checking a whole cassette, and mending one so that no byte is lost that may still be of use."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from runreel import __version__
from runreel.core.cassette import (
    Contents,
    Damage,
    Header,
    Stored,
    Torn,
    decode_answer,
    encode_header,
    salvage_contents,
)
from runreel.errors import CorruptCassetteError
from runreel.shell.store.folder import Folder
from runreel.shell.store.reader import Pread, load, locating, open_to_read
from runreel.shell.store.record_file import RecordFile
from runreel.shell.store.replacement import locked_file, replacing

_BLOCK = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Report:
    """What a cassette holds, and what was found wrong with it."""

    path: Path
    exchanges: int
    """Those that count, and are whole."""
    retractions: int
    torn: Torn | None
    damages: tuple[Damage, ...]
    kept: Path | None = None
    """Where ``repair`` left the file as it was, if it had to take damaged stretches out."""

    @property
    def intact(self) -> bool:
        """Whether nothing is wrong."""
        return self.torn is None and not self.damages


def verify(path: Path) -> Report:
    """Reads and checks all of a cassette. Raises as ``CassetteReader.open`` does."""
    fd = open_to_read(path)
    try:
        return _report(fd, path, load(fd, path))
    finally:
        os.close(fd)


def repair(path: Path) -> Report:
    """Cuts a torn tail off and takes damaged stretches out; tells what ``verify`` would have told.

    Where something is taken out, the whole records go to a new file, which then takes the old one's
    name, and the old one stays beside it. An unusable header is replaced if exchanges follow it.
    Raises ``CassetteLockedError``, ``CassetteError`` where there is nothing to mend,
    ``StoreError`` where it cannot be written.
    """
    with locked_file(path) as (folder, fd):
        contents = _loaded_or_salvaged(fd, path)
        report = _report(fd, path, contents)
        if report.damages:
            return replace(report, kept=_rewritten(folder, fd, contents, report))
        if report.torn:
            _cut(fd, report.torn)
        return report


def _report(fd: int, path: Path, contents: Contents) -> Report:
    with locating(path):
        unreadable = tuple(_unreadable_answers(fd, contents.exchanges))
    return Report(
        path=path,
        exchanges=len(contents.exchanges) - len(unreadable),
        retractions=contents.retractions,
        torn=contents.torn,
        damages=tuple(sorted(contents.damages + unreadable)),
    )


def _unreadable_answers(fd: int, exchanges: Sequence[Stored]) -> Iterator[Damage]:
    read = Pread(fd)
    for stored in exchanges:
        try:
            decode_answer(stored, read(stored.body_offset, stored.body_size))
        except CorruptCassetteError as error:
            yield Damage(stored.offset, stored.end - stored.offset, str(error))


def _loaded_or_salvaged(fd: int, path: Path) -> Contents:
    try:
        return load(fd, path)
    except CorruptCassetteError:
        status = os.fstat(fd)
        header = Header(created_ns=status.st_mtime_ns, writer=f"runreel {__version__}")
        contents = salvage_contents(Pread(fd), status.st_size, header)
        if not contents.exchanges:
            raise
        return contents


def _rewritten(folder: Folder, fd: int, contents: Contents, report: Report) -> Path:
    """Puts a file of the whole records in the place of the damaged one; where that one is kept."""
    name = report.path.name
    with replacing(folder, name, written=f"{name}.repaired", like=os.fstat(fd)) as file:
        _copy(fd, file, contents, report.damages)
        file.sync()
        kept = folder.keep(name, f"{name}.damaged")
    return report.path.with_name(kept)


def _copy(fd: int, file: RecordFile, contents: Contents, damages: Sequence[Damage]) -> None:
    read = Pread(fd)
    if contents.header_size == 0:
        file.append(encode_header(contents.header))
    end = contents.torn.offset if contents.torn else os.fstat(fd).st_size
    for begin, stop in _intact_stretches(end, damages):
        for offset in range(begin, stop, _BLOCK):
            file.append(read(offset, min(_BLOCK, stop - offset)))


def _intact_stretches(end: int, damages: Sequence[Damage]) -> Iterator[tuple[int, int]]:
    begin = 0
    for damage in damages:
        yield begin, damage.offset
        begin = damage.offset + damage.length
    yield begin, end


def _cut(fd: int, torn: Torn) -> None:
    os.ftruncate(fd, torn.offset)
    os.fsync(fd)
