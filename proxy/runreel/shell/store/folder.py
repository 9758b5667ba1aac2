"""An open folder, in which files are opened, renamed and removed by name alone.

A writer uses only the folder's descriptor, does not follow symbolic links and never replaces a file
by accident. So replacing a part of the path meanwhile cannot redirect it to another place.
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
    """A folder that is open until ``close``."""

    def __init__(self, path: Path) -> None:
        """Open the existing folder at ``path``; raises ``OSError``."""
        self._fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)

    @classmethod
    def open_or_create(cls, path: Path) -> Folder:
        """Open the folder at ``path``; create it and its parents (mode 0700) if missing."""
        missing = [folder for folder in (path, *path.parents) if not folder.exists()]
        for folder in reversed(missing):
            folder.mkdir(FOLDER_MODE, exist_ok=True)
        return cls(path)

    def close(self) -> None:
        """Close the descriptor."""
        os.close(self._fd)

    def sync(self) -> None:
        """Wait until created, renamed and removed names are on disk."""
        os.fsync(self._fd)

    def create(self, name: str, mode: int) -> int:
        """Create a file with exactly this mode, whatever the umask is; return its descriptor.

        It is open for reading and writing. Raises ``FileExistsError`` if the name is in use.
        """
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        fd = os.open(name, flags, mode, dir_fd=self._fd)
        os.fchmod(fd, mode)
        return fd

    def create_like(self, name: str, status: os.stat_result) -> int:
        """Create a file with another file's permissions and, if run by root, its owner."""
        fd = self.create(name, stat.S_IMODE(status.st_mode))
        if os.geteuid() == 0:
            os.fchown(fd, status.st_uid, status.st_gid)
        return fd

    def open(self, name: str, *, create_mode: int | None = None) -> int:
        """Open a file for reading and writing; with ``create_mode``, create it if missing."""
        flags = os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
        if create_mode is None:
            return os.open(name, flags, dir_fd=self._fd)
        return os.open(name, flags | os.O_CREAT, create_mode, dir_fd=self._fd)

    def find_status(self, name: str) -> os.stat_result | None:
        """Return the ``lstat`` result of this name, or None if it does not exist."""
        try:
            return os.stat(name, dir_fd=self._fd, follow_symlinks=False)
        except FileNotFoundError:
            return None

    def has_regular_file(self, name: str) -> bool:
        """Return whether a regular file has this name; raise ``StoreError`` if another type has.

        Other types are symbolic links, folders, devices and the like.
        """
        status = self.find_status(name)
        if status is None or stat.S_ISREG(status.st_mode):
            return status is not None
        kind = "a symbolic link" if stat.S_ISLNK(status.st_mode) else "not a regular file"
        raise StoreError(f"{name} is {kind}; runreel writes cassettes to regular files only")

    def rename(self, old: str, new: str) -> None:
        """Rename a file, replacing the file that has the new name."""
        os.rename(old, new, src_dir_fd=self._fd, dst_dir_fd=self._fd)

    def remove(self, name: str) -> None:
        """Remove a file."""
        os.unlink(name, dir_fd=self._fd)

    def link_numbered(self, name: str, stem: str) -> str:
        """Link the file to the first free name of ``STEM-1``, ``STEM-2`` …; return this name."""
        number = 1
        while self.find_status(f"{stem}-{number}") is not None:
            number += 1
        new = f"{stem}-{number}"
        os.link(name, new, src_dir_fd=self._fd, dst_dir_fd=self._fd, follow_symlinks=False)
        return new


@contextmanager
def translate_os_errors(path: Path) -> Iterator[None]:
    """Raise an ``OSError`` of the block as a ``StoreError`` that names the cassette."""
    try:
        yield
    except OSError as error:
        raise StoreError(f"{path} cannot be written: {error.strerror}") from error
