"""A cassette in a file, which may grow or be replaced while it is shown."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from runreel.core.cassette.damage_report import classify_state, iter_damage_lines
from runreel.core.cassette.scan import Damage, TornTail
from runreel.core.report.documents import ReportDocument, format_time
from runreel.errors import CassetteError, RunreelError
from runreel.model import Exchange, ExchangeHead
from runreel.shell.inspector.sources.recordings import SessionlessRecording
from runreel.shell.process.gc_pause import pause_gc
from runreel.shell.store.reader import CassetteReader

_PATIENCE = 10
"""A file is read again after this many times of what reading it took before."""


class CassetteRecording(SessionlessRecording):
    """The exchanges of one cassette, read again when the file changes."""

    def __init__(
        self, name: str, path: Path, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Read nothing yet; ``refresh`` does."""
        self.name = name
        self.path = path
        self.generation = 0
        self._clock = clock
        self._lock = threading.Lock()
        self._reader = CassetteReader.make_empty(path)
        self._heads: dict[int, ExchangeHead] = {}
        self._numbers: Sequence[int] = ()
        self._status: tuple[int, int, int] | None = None
        self._next_check = 0.0
        self._has_begun = False
        self.error = ""

    @property
    def first_ns(self) -> int:
        """Arrival of its first request, in nanoseconds since 1970; 0 if it is empty."""
        heads = self._reader.heads
        return heads[0].timings.started_ns if heads else 0

    @property
    def upstream(self) -> str:
        """URL of the API that was recorded; may be empty."""
        return self._reader.header.upstream

    def refresh(self) -> bool:
        """Read the file if it has changed; return whether it had."""
        started = self._clock()
        if started < self._next_check:
            return False
        status = _read_status(self.path)
        if self._has_begun and status == self._status:
            return False
        self._has_begun = True
        self._open(status)
        took = self._clock() - started
        self._next_check = started + took * (1 + _PATIENCE)
        return True

    def _open(self, status: tuple[int, int, int] | None) -> None:
        before, self._status = self._status, status
        is_same_file = before is not None and status is not None and before[0] == status[0]
        old = self._reader
        try:
            with pause_gc():
                reader = CassetteReader.open(self.path)
            self.error = ""
        except RunreelError as error:
            reader = CassetteReader.make_empty(self.path)
            self.error = str(error)
        heads = {head.number: head for head in reader.heads}
        if not (is_same_file and heads.keys() >= self._heads.keys()):
            self.generation += 1
        with self._lock:  # another thread may be reading from it
            old.close()
            self._reader, self._heads, self._numbers = reader, heads, tuple(heads)

    def list_numbers(self) -> Sequence[int]:
        """Return the numbers of its exchanges, in ascending order."""
        return self._numbers

    def read_head(self, number: int) -> ExchangeHead:
        """Return the head of an exchange. Raises ``CassetteError`` if there is none."""
        try:
            return self._heads[number]
        except KeyError:
            raise CassetteError(f"{self.path} has no exchange {number}", path=self.path) from None

    def read_exchange(self, number: int) -> Exchange:
        """Return an exchange. Raises ``RunreelError`` if it cannot be read."""
        with self._lock:
            return self._reader.read_exchange(number)

    def describe(self) -> ReportDocument:
        """Return its entry in the list of recordings."""
        reader = self._reader
        return {
            "name": self.name,
            "kind": "cassette",
            "cassette": str(self.path),
            "mode": None,
            "state": self.state,
            "created": format_time(reader.header.created_ns) if not self.error else None,
            "exchanges": len(self._numbers),
            "bytes": 0 if self._status is None else self._status[1],
            "upstream": reader.header.upstream,
            "damage": [*self._list_damage()],
        }

    @property
    def state(self) -> str:
        """``fine``, ``torn tail``, ``damaged`` or ``unreadable``."""
        if self.error:
            return "unreadable"
        return classify_state(self._reader.torn, self._reader.damage)

    def _list_damage(self) -> Sequence[str]:
        if self.error:
            return self.error.splitlines()
        return [*iter_damage_lines(self._reader.torn, self._reader.damage)]

    def list_gaps(self) -> tuple[TornTail | None, Sequence[Damage]]:
        """Return the incomplete end of the file, and what is damaged in it."""
        return self._reader.torn, self._reader.damage

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._reader.close()


def _read_status(path: Path) -> tuple[int, int, int] | None:
    """Return what changes with the file: its identity, size, and time of change; None: no file."""
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns
