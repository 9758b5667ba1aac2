"""Writing a cassette: a new one, one to take an old one's place when it is whole, more of one.

What was written is in the file; when ``sync`` has returned it is on disk too, if ``fsync`` says so.
However the process dies, all of that is readable, and no old cassette is lost.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import ExitStack
from enum import Enum, auto
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from runreel.core.cassette import CassetteHeader, TornTail, encode_header
from runreel.errors import StoreError
from runreel.shell.store.folder import Folder, translate_os_errors
from runreel.shell.store.lock import acquire_lock
from runreel.shell.store.reader import build_damage_error, load_contents
from runreel.shell.store.record_file import RecordFile
from runreel.shell.store.replacement import open_locked

if TYPE_CHECKING:
    from runreel.core.redact import Redacted

FsyncPolicy: TypeAlias = Literal["exchange", "close", "never"]
"""When records are forced to disk: by each ``sync``, by ``close``, or when the system likes."""

FILE_MODE = 0o600


class AppendError(StoreError):
    """Not all could be written; the first ``stored`` since the last ``sync`` are in the file."""

    def __init__(self, message: str, *, stored: int) -> None:
        super().__init__(message)
        self.stored = stored


class _Origin(Enum):
    """How the file that is written stands to the cassette."""

    NEW = auto()
    """It is the cassette; there was none."""
    REPLACEMENT = auto()
    """It will be the cassette; the old one stays until then."""
    CONTINUED = auto()
    """It is the cassette that was there."""


class CassetteWriter:
    """A cassette open for appending, and locked against all other writers.

    ``notes`` tells what was found and put right on opening; ``next_number`` is the first number
    that the cassette had not used by then.
    """

    def __init__(
        self,
        path: Path,
        origin: _Origin,
        *,
        folder: Folder,
        file: RecordFile,
        exit_stack: ExitStack,
        fsync: FsyncPolicy,
        next_number: int = 1,
        notes: tuple[str, ...] = (),
    ) -> None:
        self.path = path
        self.next_number = next_number
        self.notes = notes
        self._origin = origin
        self._folder = folder
        self._file = file
        self._exit_stack = exit_stack
        self._fsync = fsync
        self._is_closed = False
        self._initial_end = file.end
        self._synced_end = file.end
        self._unsynced_records = 0

    @classmethod
    def create(
        cls,
        path: Path,
        header: CassetteHeader,
        *,
        mode: int = FILE_MODE,
        fsync: FsyncPolicy = "exchange",
    ) -> CassetteWriter:
        """A new cassette; an old one at ``path`` stays there until ``close`` puts the new one in.

        Raises ``CassetteLockedError``, or ``StoreError`` where no such file can be made.
        """
        encoded = encode_header(header)
        with translate_os_errors(path), ExitStack() as held:
            folder = acquire_lock(Folder.open_or_create(path.parent), path, held)
            notes = _keep_unfinished(folder, path.name)
            origin = _Origin.REPLACEMENT if folder.has_regular_file(path.name) else _Origin.NEW
            file = _create_file(folder, _find_file_name(path.name, origin), encoded, mode, fsync)
            held.callback(file.close)
            return cls(
                path,
                origin,
                folder=folder,
                file=file,
                exit_stack=held.pop_all(),
                fsync=fsync,
                notes=notes,
            )

    @classmethod
    def append_to(cls, path: Path, *, fsync: FsyncPolicy = "exchange") -> CassetteWriter:
        """The cassette at ``path``, to be continued; a torn tail is cut off and noted.

        Raises ``CassetteLockedError``; ``CassetteError`` where there is no cassette, or a damaged
        one; ``StoreError`` where it cannot be written.
        """
        with ExitStack() as held:
            folder, fd = held.enter_context(open_locked(path))
            file = RecordFile(fd, os.fstat(fd).st_size)
            contents = load_contents(fd, path)
            if contents.damages:
                raise build_damage_error(path, contents.damages)
            return cls(
                path,
                _Origin.CONTINUED,
                folder=folder,
                file=file,
                notes=_cut_torn_tail(file, contents.torn),
                exit_stack=held.pop_all(),
                fsync=fsync,
                next_number=contents.next_number,
            )

    def append(self, records: Iterable[Redacted]) -> None:
        """Writes the records in this order, up to the first that cannot be, and syncs them.

        Raises ``AppendError`` if not all could be stored; the writer stays usable.
        """
        try:
            for record in records:
                self.write(record)
        finally:
            self.sync()

    def write(self, record: Redacted) -> None:
        """Writes the record whole or not at all; it is stored when ``sync`` has returned.

        Raises ``AppendError`` if it could not be written; the writer stays usable.
        """
        self._raise_if_closed()
        try:
            self._file.append(record)
        except OSError as error:
            message = f"{self.path} did not take the record: {error.strerror}"
            raise AppendError(message, stored=self._unsynced_records) from error
        except StoreError as error:
            raise AppendError(str(error), stored=self._unsynced_records) from error
        self._unsynced_records += 1

    def sync(self) -> None:
        """Stores what was written since the last time, on disk if ``fsync`` says so.

        Raises ``AppendError`` if the disk refuses: all of that is taken back then.
        """
        self._raise_if_closed()
        self._unsynced_records = 0
        try:
            self._sync_file("exchange")
        except OSError as error:
            self._file.roll_back(self._synced_end)
            message = f"{self.path} could not be forced to disk: {error.strerror}"
            raise AppendError(message, stored=0) from error
        self._synced_end = self._file.end

    def close(self) -> None:
        """Ends the recording; a replacement becomes the cassette now, if all of it is sound.

        Raises ``StoreError`` otherwise: it stays beside the old one then.
        """
        if self._is_closed:
            return
        self._is_closed = True
        with translate_os_errors(self.path), self._exit_stack:
            self._file.raise_if_broken()
            self._sync_file("exchange", "close")
            if self._origin is _Origin.REPLACEMENT:
                self._folder.rename(_find_file_name(self.path.name, self._origin), self.path.name)
            if self._fsync != "never":
                self._folder.sync()

    def close_incomplete(self) -> tuple[str, ...]:
        """Ends a recording that lost exchanges; returns what there is to say of its file.

        A replacement does not take the old one's place: it is kept beside it.
        """
        if self._origin is not _Origin.REPLACEMENT or self._is_closed:
            self.close()
            return ()
        self._is_closed = True
        with translate_os_errors(self.path), self._exit_stack:
            self._sync_file("exchange", "close")
            return _keep_unfinished(self._folder, self.path.name)

    def discard(self) -> None:
        """Ends a recording that is not wanted: its file goes, an old cassette is as it was."""
        if self._is_closed:
            return
        self._is_closed = True
        with translate_os_errors(self.path), self._exit_stack:
            if self._origin is not _Origin.CONTINUED:
                self._folder.remove(_find_file_name(self.path.name, self._origin))
            elif self._file.end > self._initial_end:
                self._file.truncate(self._initial_end)

    def set_aside(self) -> tuple[str, ...]:
        """Ends a recording of something that failed; returns what there is to say of its file.

        An old cassette is as it was. The recording is kept beside it, until the next one that
        fails; what continued a cassette is cut off again. Where there was none, it is the cassette.
        """
        if self._is_closed or self._origin is _Origin.NEW:
            self.close()
            return ()
        if self._origin is _Origin.CONTINUED:
            self.discard()
            return ()
        self._is_closed = True
        failed = f"{self.path.name}.failed"
        with translate_os_errors(self.path), self._exit_stack:
            self._sync_file("exchange", "close")
            self._folder.rename(_find_file_name(self.path.name, self._origin), failed)
        return (f"what was recorded until the failure is kept as {failed}",)

    def _raise_if_closed(self) -> None:
        if self._is_closed:
            raise StoreError(f"{self.path} is closed; nothing can be appended")

    def _sync_file(self, *moments: FsyncPolicy) -> None:
        if self._fsync in moments:
            self._file.sync()


def _find_file_name(name: str, origin: _Origin) -> str:
    return f"{name}.recording" if origin is _Origin.REPLACEMENT else name


def _keep_unfinished(folder: Folder, name: str) -> tuple[str, ...]:
    """Moves what a killed recording left, which nobody writes any more: we hold the lock."""
    left = _find_file_name(name, _Origin.REPLACEMENT)
    if folder.find_status(left) is None:
        return ()
    kept = folder.link_numbered(left, f"{name}.unfinished")
    folder.remove(left)
    return (f"a recording that did not end whole is kept as {kept}",)


def _create_file(
    folder: Folder, name: str, header: bytes, mode: int, fsync: FsyncPolicy
) -> RecordFile:
    """A new file with its header, or none at all."""
    file = RecordFile(folder.create(name, mode), 0)
    try:
        file.append(header)
        if fsync == "exchange":
            file.sync()
            folder.sync()
    except OSError:
        file.close()
        folder.remove(name)
        raise
    return file


def _cut_torn_tail(file: RecordFile, torn: TornTail | None) -> tuple[str, ...]:
    if torn is None:
        return ()
    file.truncate(torn.offset)
    return (f"an incomplete record of {torn.length} bytes was cut off at byte {torn.offset}",)
