"""The worker of each session, in a file that all workers share.

Lines ``WORKER NAME`` are only added, so a worker reads what others have added since it last looked.
Sessions are spread evenly, in the order in which they are first asked for.
"""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager


class SessionPlaces:
    """Finds the worker of a session. To be made before the workers are forked."""

    def __init__(self, count: int) -> None:
        """Spread sessions over ``count`` workers."""
        self._loads = [0] * count
        """Number of names of each worker."""
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - open as long as the process
        self._size = 0
        self._workers: dict[str, int] = {}

    def close(self) -> None:
        """Close the file in this process."""
        self._file.close()

    def get(self, name: str) -> int | None:
        """Return the worker of a session; None if nobody has asked for one of this name."""
        if name not in self._workers:
            self._read()
        return self._workers.get(name)

    def find(self, name: str) -> int:
        """Return the worker of a session: a new one goes to the worker with the fewest."""
        if name not in self._workers:
            with self._lock():
                self._read()
                if name not in self._workers:
                    self._write(name, self._loads.index(min(self._loads)))
        return self._workers[name]

    def claim(self, name: str, worker: int) -> bool:
        """Return whether a session belongs to this worker; a new one does from now on."""
        if name not in self._workers:
            with self._lock():
                self._read()
                if name not in self._workers:
                    self._write(name, worker)
        return self._workers[name] == worker

    def _write(self, name: str, worker: int) -> None:
        line = f"{worker} {name}\n".encode()
        os.pwrite(self._file.fileno(), line, self._size)
        self._add(line)

    def _read(self) -> None:
        fd = self._file.fileno()
        added = os.pread(fd, os.fstat(fd).st_size - self._size, self._size)
        self._add(added[: added.rfind(b"\n") + 1])  # another process may be writing the rest

    def _add(self, lines: bytes) -> None:
        self._size += len(lines)
        for line in lines.decode().splitlines():
            worker, _, name = line.partition(" ")
            self._workers[name] = int(worker)
            self._loads[int(worker)] += 1

    @contextmanager
    def _lock(self) -> Iterator[None]:
        # Of this kind of lock, processes with one open file hold one each; of flock's, they do not.
        fcntl.lockf(self._file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.lockf(self._file, fcntl.LOCK_UN)
