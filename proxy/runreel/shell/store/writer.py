"""Writing a cassette: a new one, a replacement for an existing one, or the continuation of one.

A replacement is written under another name and gets the cassette's name when it is complete. After
``write`` a record is in the file, after ``sync`` it is on disk if the ``fsync`` policy asks for it.
Even if the process is killed, those records are readable and no old cassette is lost.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import ExitStack
from enum import Enum, auto
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from runreel.core.cassette import VERSION, CassetteHeader, TornTail, encode_header
from runreel.errors import StoreError
from runreel.model import Exchange, ExchangeHead
from runreel.shell.store.folder import Folder, translate_os_errors
from runreel.shell.store.lock import acquire_lock
from runreel.shell.store.reader import (
    build_damage_error,
    load_contents,
    read_exchange_at,
    read_head_at,
)
from runreel.shell.store.record_file import RecordFile
from runreel.shell.store.replacement import open_locked

if TYPE_CHECKING:
    from runreel.core.redact.redactor import Redacted

FsyncPolicy: TypeAlias = Literal["exchange", "close", "never"]
"""The time when records are forced to disk: at each ``sync``, at ``close``, or never explicitly."""

FILE_MODE = 0o600


class AppendError(StoreError):
    """A record could not be written.

    ``stored`` is the number of records since the last ``sync`` that are in the file.
    """

    def __init__(self, message: str, *, stored: int) -> None:
        super().__init__(message)
        self.stored = stored


class _Origin(Enum):
    """The relation of the written file to the cassette."""

    NEW = auto()
    """The file is the cassette; no older one existed."""
    REPLACEMENT = auto()
    """The file will replace the existing cassette at ``close``."""
    CONTINUED = auto()
    """The file is the existing cassette, to which records are appended."""


class CassetteWriter:
    """A cassette that is open for appending and locked against other writers.

    ``notes`` are messages about problems that were found and repaired on opening. ``next_number``
    is the first unused exchange number of the cassette when it was opened.
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
        version: int = VERSION,
    ) -> None:
        self.path = path
        self.version = version
        """Version of the format of the file."""
        self.next_number = next_number
        self.notes = notes
        self.is_kept = True
        """False once what was recorded is not part of the cassette, but removed or beside it."""
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
        """Create a cassette; an existing one at ``path`` is replaced by ``close``.

        Raises ``CassetteLockedError``, or ``StoreError`` if the file cannot be created.
        """
        encoded = encode_header(header)
        with translate_os_errors(path), ExitStack() as exit_stack:
            folder = acquire_lock(Folder.open_or_create(path.parent), path, exit_stack)
            notes = _keep_unfinished(folder, path.name)
            origin = _Origin.REPLACEMENT if folder.has_regular_file(path.name) else _Origin.NEW
            file_path = path.with_name(_find_file_name(path.name, origin))
            file = _create_file(folder, file_path, encoded, mode, fsync)
            exit_stack.callback(file.close)
            return cls(
                path,
                origin,
                folder=folder,
                file=file,
                exit_stack=exit_stack.pop_all(),
                fsync=fsync,
                notes=notes,
                version=header.version,
            )

    @classmethod
    def append_to(cls, path: Path, *, fsync: FsyncPolicy = "exchange") -> CassetteWriter:
        """Open the existing cassette at ``path`` for appending; cut off a torn tail.

        Raises ``CassetteLockedError``, ``CassetteError`` if the cassette is missing or damaged, and
        ``StoreError`` if it cannot be written.
        """
        with ExitStack() as exit_stack:
            folder, fd = exit_stack.enter_context(open_locked(path))
            file = RecordFile(fd, path, os.fstat(fd).st_size)
            contents = load_contents(fd, path)
            if contents.damages:
                raise build_damage_error(path, contents.damages)
            return cls(
                path,
                _Origin.CONTINUED,
                folder=folder,
                file=file,
                notes=_cut_torn_tail(file, contents.torn),
                exit_stack=exit_stack.pop_all(),
                fsync=fsync,
                next_number=contents.next_number,
                version=contents.header.version,
            )

    def append(self, records: Iterable[Redacted]) -> None:
        """Write and sync the records in order, up to the first that cannot be written.

        Raises ``AppendError`` if not all could be stored; the writer stays usable.
        """
        try:
            for record in records:
                self.write(record)
        finally:
            self.sync()

    def write(self, record: Redacted) -> int:
        """Write the record whole or not at all, and return its offset; ``sync`` must follow.

        Raises ``AppendError`` if it could not be written; the writer stays usable.
        """
        self._raise_if_closed()
        offset = self._file.end
        try:
            self._file.append(record)
        except OSError as error:
            message = f"{self.path}: the record could not be written: {error.strerror}"
            raise AppendError(message, stored=self._unsynced_records) from error
        except StoreError as error:
            raise AppendError(str(error), stored=self._unsynced_records) from error
        self._unsynced_records += 1
        return offset

    def read_exchange(self, offset: int) -> Exchange:
        """Read an exchange that has been written and synced, from any thread.

        Raises ``StoreError`` if the writer is closed, ``CorruptCassetteError`` if there is none.
        """
        with self._file.open_to_read() as fd:
            return read_exchange_at(fd, self.path, offset, self._synced_end)

    def read_head(self, offset: int) -> ExchangeHead:
        """Read the head of an exchange; as ``read_exchange``, without its answer."""
        with self._file.open_to_read() as fd:
            return read_head_at(fd, self.path, offset, self._synced_end)

    def sync(self) -> None:
        """Store the records written since the last call, on disk if the policy asks for it.

        Raises ``AppendError`` if ``fsync`` fails; these records are removed from the file then. So
        are those of a file that was deleted, which would be lost with it.
        """
        self._raise_if_closed()
        self._unsynced_records = 0
        try:
            self._file.raise_if_deleted()
            self._sync_file("exchange")
        except StoreError as error:
            self._file.roll_back(self._synced_end)
            raise AppendError(str(error), stored=0) from error
        except OSError as error:
            self._file.roll_back(self._synced_end)
            message = f"{self.path} could not be forced to disk: {error.strerror}"
            raise AppendError(message, stored=0) from error
        self._synced_end = self._file.end

    def close(self) -> None:
        """End the recording; a replacement replaces the old cassette.

        Raises ``StoreError`` if the file could not be written or may be incomplete. A replacement
        then stays beside the old cassette.
        """
        if self._is_closed:
            return
        self._is_closed = True
        with translate_os_errors(self.path), self._exit_stack:
            self._file.raise_if_broken()
            self._sync_file("exchange", "close")
            self._file.raise_if_moved()
            if self._origin is _Origin.REPLACEMENT:
                self._folder.rename(_find_file_name(self.path.name, self._origin), self.path.name)
            if self._fsync != "never":
                self._folder.sync()

    def close_incomplete(self) -> tuple[str, ...]:
        """End a recording that lost exchanges; return notes about its file.

        A replacement does not replace the old cassette; it is kept beside it.
        """
        if self._origin is not _Origin.REPLACEMENT or self._is_closed:
            self.close()
            return ()
        self._is_closed = True
        self.is_kept = False
        with translate_os_errors(self.path), self._exit_stack:
            self._sync_file("exchange", "close")
            self._file.raise_if_moved()
            return _keep_unfinished(self._folder, self.path.name)

    def discard(self) -> None:
        """End the recording and remove its records; an old cassette is left as it was."""
        if self._is_closed:
            return
        self._is_closed = True
        self.is_kept = False
        with translate_os_errors(self.path), self._exit_stack:
            if self._origin is not _Origin.CONTINUED and self._file.has_path:
                self._folder.remove(_find_file_name(self.path.name, self._origin))
            elif self._origin is _Origin.CONTINUED and self._file.end > self._initial_end:
                self._file.truncate(self._initial_end)

    def set_aside(self) -> tuple[str, ...]:
        """End the recording of a failed session; return notes about its file.

        A new cassette is kept. A replacement is kept as ``X.cassette.failed``, in place of an
        earlier one; the old cassette stays as it was. Appended records are removed again.
        """
        if self._is_closed or self._origin is _Origin.NEW:
            self.close()
            return ()
        if self._origin is _Origin.CONTINUED:
            self.discard()
            return ()
        self._is_closed = True
        self.is_kept = False
        failed = f"{self.path.name}.failed"
        with translate_os_errors(self.path), self._exit_stack:
            self._sync_file("exchange", "close")
            self._file.raise_if_moved()
            self._folder.rename(_find_file_name(self.path.name, self._origin), failed)
        return (f"the recording up to the failure is kept as {failed}",)

    def _raise_if_closed(self) -> None:
        if self._is_closed:
            raise StoreError(f"{self.path} is closed; nothing can be appended")

    def _sync_file(self, *moments: FsyncPolicy) -> None:
        if self._fsync in moments:
            self._file.sync()


def _find_file_name(name: str, origin: _Origin) -> str:
    return f"{name}.recording" if origin is _Origin.REPLACEMENT else name


def _keep_unfinished(folder: Folder, name: str) -> tuple[str, ...]:
    """Rename the replacement that a killed or incomplete recording left; return a note.

    The caller holds the lock, so no process is writing the file.
    """
    recording = _find_file_name(name, _Origin.REPLACEMENT)
    if folder.find_status(recording) is None:
        return ()
    unfinished = folder.link_numbered(recording, f"{name}.unfinished")
    folder.remove(recording)
    return (f"an incomplete recording is kept as {unfinished}",)


def _create_file(
    folder: Folder, path: Path, header: bytes, mode: int, fsync: FsyncPolicy
) -> RecordFile:
    """Create a file with its header; remove it again if that fails."""
    file = RecordFile(folder.create(path.name, mode), path)
    try:
        file.append(header)
        if fsync == "exchange":
            file.sync()
            folder.sync()
    except OSError:
        file.close()
        folder.remove(path.name)
        raise
    return file


def _cut_torn_tail(file: RecordFile, torn: TornTail | None) -> tuple[str, ...]:
    if torn is None:
        return ()
    file.truncate(torn.offset)
    return (f"an incomplete record of {torn.length} bytes was cut off at byte {torn.offset}",)
