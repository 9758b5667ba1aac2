"""The lock on a cassette, which allows one writer at a time.

It is a ``flock`` on a hidden file beside the cassette, so the kernel releases it however the holder
ends. The file names the holder, for the error message of other writers.
"""

from __future__ import annotations

import fcntl
import os
import socket
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

from runreel.errors import CassetteLockedError
from runreel.shell.store.folder import Folder

_LOCK_MODE = 0o600


class CassetteLock:
    """The lock on one cassette, held from ``acquire`` to ``release``."""

    def __init__(self, folder: Folder, name: str, fd: int) -> None:
        self._folder = folder
        self._name = name
        self._fd = fd

    @classmethod
    def acquire(cls, folder: Folder, path: Path) -> CassetteLock:
        """Lock the cassette at ``path``; raises ``CassetteLockedError`` that names the holder."""
        name = f".{path.name}.lock"
        while True:
            with ExitStack() as exit_stack:
                fd = folder.open(name, create_mode=_LOCK_MODE)
                exit_stack.callback(os.close, fd)
                _flock(fd, path)
                if _has_name(folder, name, fd):
                    _write_holder(fd)
                    exit_stack.pop_all()
                    return cls(folder, name, fd)

    def release(self) -> None:
        """Remove the lock file while it is still locked, then unlock it."""
        try:
            if _has_name(self._folder, self._name, self._fd):
                self._folder.remove(self._name)
        finally:
            os.close(self._fd)


def acquire_lock(folder: Folder, path: Path, exit_stack: ExitStack) -> Folder:
    """Lock the cassette at ``path`` and return ``folder``; ``exit_stack`` releases both."""
    exit_stack.callback(folder.close)
    exit_stack.callback(CassetteLock.acquire(folder, path).release)
    return folder


def _flock(fd: int, path: Path) -> None:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = _describe_holder(os.pread(fd, 1024, 0))
        advice = "wait until it ends, or record to another cassette"
        message = f"{path} is being written by {holder}; {advice}"
        raise CassetteLockedError(message, path=path) from None


def _has_name(folder: Folder, name: str, fd: int) -> bool:
    """Return whether the file still has this name; another holder may have removed it."""
    status = folder.find_status(name)
    return status is not None and os.path.samestat(status, os.fstat(fd))


def _write_holder(fd: int) -> None:
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S")
    os.ftruncate(fd, 0)
    os.pwrite(fd, f"{os.getpid()} {socket.gethostname()} {now}\n".encode(), 0)


def _describe_holder(text: bytes) -> str:
    """Return the holder named in the lock file, whose text may be incomplete or invalid."""
    match text.decode(errors="replace").split():
        case [pid, host, since] if pid.isdigit() and host.isprintable() and since.isprintable():
            location = "" if host == socket.gethostname() else f" on {host}"
            return f"process {pid}{location} since {since.partition('T')[2]} UTC"
        case _:
            return "another process"
