"""One open folder, in which files are named without their path.

All that a writer does goes through the folder's descriptor, follows no symbolic link and never
replaces a file unasked, so nobody who swaps a path in between can lead it elsewhere.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from runreel.errors import StoreError

FOLDER_MODE = 0o700


class Folder:
    """A folder held open until ``close``."""

    def __init__(self, path: Path) -> None:
        self._fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)

    @classmethod
    def open_or_create(cls, path: Path) -> Folder:
        """The folder, made with its parents (0700 each) where it is missing."""
        missing = [folder for folder in (path, *path.parents) if not folder.exists()]
        for folder in reversed(missing):
            folder.mkdir(FOLDER_MODE, exist_ok=True)
        return cls(path)

    def close(self) -> None:
        """Gives the descriptor back."""
        os.close(self._fd)

    def sync(self) -> None:
        """Waits until names made, changed and removed are on disk."""
        os.fsync(self._fd)

    def create(self, name: str, mode: int) -> int:
        """A new file, open for reading and writing, whatever the umask is."""
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        fd = os.open(name, flags, mode, dir_fd=self._fd)
        os.fchmod(fd, mode)
        return fd

    def create_like(self, name: str, status: os.stat_result) -> int:
        """The same, with the permissions of another file and, where root asks, its owner."""
        fd = self.create(name, stat.S_IMODE(status.st_mode))
        if os.geteuid() == 0:
            os.fchown(fd, status.st_uid, status.st_gid)
        return fd

    def open(self, name: str, *, create_mode: int | None = None) -> int:
        """A file, open for reading and writing; made where it is missing if a mode is given."""
        flags = os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
        if create_mode is None:
            return os.open(name, flags, dir_fd=self._fd)
        return os.open(name, flags | os.O_CREAT, create_mode, dir_fd=self._fd)

    def find_status(self, name: str) -> os.stat_result | None:
        """What the name stands for, a symbolic link for itself; None where nothing has it."""
        try:
            return os.stat(name, dir_fd=self._fd, follow_symlinks=False)
        except FileNotFoundError:
            return None

    def has_regular_file(self, name: str) -> bool:
        """Whether the name is a regular file's; raises ``StoreError`` if it is another thing's."""
        status = self.find_status(name)
        if status is None or stat.S_ISREG(status.st_mode):
            return status is not None
        what = "a symbolic link" if stat.S_ISLNK(status.st_mode) else "not a regular file"
        raise StoreError(f"{name} is {what}; runreel writes cassettes to regular files only")

    def rename(self, old: str, new: str) -> None:
        """Gives a file a name, taking it from whichever file has it now."""
        os.rename(old, new, src_dir_fd=self._fd, dst_dir_fd=self._fd)

    def remove(self, name: str) -> None:
        """Takes a name away."""
        os.unlink(name, dir_fd=self._fd)

    def link_numbered(self, name: str, stem: str) -> str:
        """Gives the file a second name, the first free one of ``STEM-1``, ``STEM-2`` …"""
        number = 1
        while self.find_status(f"{stem}-{number}") is not None:
            number += 1
        kept = f"{stem}-{number}"
        os.link(name, kept, src_dir_fd=self._fd, dst_dir_fd=self._fd, follow_symlinks=False)
        return kept


@contextmanager
def translate_os_errors(path: Path) -> Iterator[None]:
    """Turns an ``OSError`` inside into a ``StoreError`` that names the cassette."""
    try:
        yield
    except OSError as error:
        raise StoreError(f"{path} cannot be written: {error.strerror}") from error
