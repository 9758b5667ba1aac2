"""The open file of a writer, which contains whole records only."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from runreel.errors import StoreError


class RecordFile:
    """A file to which records are appended whole or not at all, even if the disk is full.

    ``end`` is the offset after the last record, which is also the size of the file.
    """

    def __init__(self, fd: int, path: Path, end: int = 0) -> None:
        """Append to ``fd`` at the offset ``end``; ``close`` closes it. ``path`` is for messages."""
        self.end = end
        self._fd = fd
        self._path = path
        self._is_broken = False
        self._is_closed = False
        self._reading = Lock()

    def append(self, record: bytes) -> None:
        """Append one record; on ``OSError``, restore the file's previous size first.

        Raises ``StoreError`` as ``raise_if_broken`` does.
        """
        self.raise_if_broken()
        try:
            self._write(record)
        except OSError:
            self.roll_back(self.end)
            raise
        self.end += len(record)

    def roll_back(self, end: int) -> None:
        """Truncate the file to ``end``; as long as that fails, the file takes no records."""
        self.end = end
        try:
            self.truncate(end)
        except OSError:
            self._is_broken = True
        else:
            self._is_broken = False

    def truncate(self, end: int) -> None:
        """Truncate the file to ``end``; raises ``OSError``."""
        os.ftruncate(self._fd, end)
        self.end = end

    def sync(self) -> None:
        """Wait until all records are on disk."""
        os.fsync(self._fd)

    @property
    def has_path(self) -> bool:
        """True if the file is still at its path, neither moved away nor replaced nor deleted."""
        try:
            return os.path.samestat(os.lstat(self._path), os.fstat(self._fd))
        except OSError:
            return False

    def raise_if_deleted(self) -> None:
        """Raise ``StoreError`` if nothing would be left of the file once it is closed."""
        if os.fstat(self._fd).st_nlink == 0 and not self.has_path:
            raise StoreError(
                f"{self._path} was deleted while it was written, so nothing more can be stored in "
                "it; record again"
            )

    def raise_if_moved(self) -> None:
        """Raise ``StoreError`` if the file is not at its path any more."""
        self.raise_if_deleted()
        if not self.has_path:
            raise StoreError(
                f"{self._path} was moved or replaced while it was written; the recording is in the "
                "file that was moved, if it still exists"
            )

    @contextmanager
    def open_to_read(self) -> Iterator[int]:
        """Yield the descriptor, which stays open for the block; raises ``StoreError`` if it is not.

        Any thread may do this, one at a time.
        """
        with self._reading:
            if self._is_closed:
                raise StoreError(f"{self._path} is closed")
            yield self._fd

    def close(self) -> None:
        """Close the descriptor, once nobody reads from it."""
        with self._reading:
            self._is_closed = True
            os.close(self._fd)

    def raise_if_broken(self) -> None:
        """Raise ``StoreError`` if the file may end with an incomplete record.

        If its size could not be restored before, try again.
        """
        if self._is_broken:
            self.roll_back(self.end)
        if self._is_broken:
            raise StoreError(
                f"{self._path}: a failed write left an incomplete record, so recording stopped; "
                f"repair the file with: runreel verify --repair {self._path}"
            )

    def _write(self, record: bytes) -> None:
        """Write the record; the kernel may write a part before it reports a full disk."""
        rest = memoryview(record)
        offset = self.end
        while rest:
            written = os.pwrite(self._fd, rest, offset)
            rest = rest[written:]
            offset += written
