"""The open file of a writer: whole records up to ``end``, and nothing behind it."""

from __future__ import annotations

import os

from runreel.errors import StoreError


class RecordFile:
    """Appends records whole or not at all, and stays usable when the disk is full."""

    def __init__(self, fd: int, end: int) -> None:
        self.end = end
        self._fd = fd
        self._is_broken = False

    def append(self, record: bytes) -> None:
        """One record, in one write; on ``OSError`` the file is as it was before."""
        self.raise_if_broken()
        try:
            self._write(record)
        except OSError:
            self.roll_back(self.end)
            raise
        self.end += len(record)

    def roll_back(self, end: int) -> None:
        """Cuts off all behind ``end``; if even that fails, nothing more is appended."""
        try:
            self.truncate(end)
        except OSError:
            self._is_broken = True

    def truncate(self, end: int) -> None:
        """Makes the file end here."""
        os.ftruncate(self._fd, end)
        self.end = end

    def sync(self) -> None:
        """Waits until all records are on disk."""
        os.fsync(self._fd)

    def close(self) -> None:
        """Gives the descriptor back."""
        os.close(self._fd)

    def raise_if_broken(self) -> None:
        """Raises ``StoreError`` if half a record may stand at the end."""
        if self._is_broken:
            raise StoreError(
                "half a record could not be taken back after a failed write, so nothing more is "
                "appended; cut it off with: runreel verify --repair"
            )

    def _write(self, record: bytes) -> None:
        """The kernel may take a part only, before it says that the disk is full."""
        rest = memoryview(record)
        offset = self.end
        while rest:
            written = os.pwrite(self._fd, rest, offset)
            rest = rest[written:]
            offset += written
