"""Finished exchanges on their way to the disk, off the event loop, in one thread.

The thread seals one exchange after the other and writes each at once; when nothing waits, or much
is written, all of that is forced to disk in one go, and only then acknowledged in the log. What
cannot be redacted or written is lost, counted and reported: never stored raw, and never in the way
of a live answer.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import structlog

from runreel.core.seal import Sealed, Sealer
from runreel.errors import RunreelError
from runreel.model import Exchange
from runreel.shell.reports import about
from runreel.shell.store import CassetteWriter

log = structlog.get_logger()

_BATCH = 1 << 20
"""Bytes after which what is written is forced to disk although more waits."""


@dataclass(frozen=True, slots=True)
class _Job:
    exchange: Exchange
    done: Callable[[], None]


class Archive:
    """Takes exchanges and stores them in the order in which they ended.

    All that was ``accepted`` is in the end either ``recorded`` or ``lost``.
    """

    def __init__(self, sealer: Sealer, writer: CassetteWriter) -> None:
        """Starts its thread; must be made inside a running event loop and ended by ``close``."""
        self.accepted = 0
        self.recorded = 0
        self.lost = 0
        self._sealer = sealer
        self._writer = writer
        self._loop = asyncio.get_running_loop()
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._written: list[dict[str, Any]] = []
        self._written_bytes = 0
        self._thread = threading.Thread(target=self._work, name="runreel-archive")
        self._thread.start()

    def put(self, exchange: Exchange, done: Callable[[], None]) -> None:
        """Store ``exchange`` soon; ``done`` is called in the event loop when its bytes are free."""
        self.accepted += 1
        self._jobs.put(_Job(exchange, done))

    async def close(self) -> None:
        """Store all that was put, report it, and end the thread; the writer stays open.

        It returns, or raises ``CancelledError``, only when the thread writes no more.
        """
        self._jobs.put(None)
        ended = self._loop.run_in_executor(None, self._thread.join)
        cancelled: asyncio.CancelledError | None = None
        while not ended.done():
            try:
                await asyncio.wait([ended])
            except asyncio.CancelledError as error:
                cancelled = error
        if cancelled is not None:
            raise cancelled

    def _work(self) -> None:
        while self._store_next():
            if self._jobs.empty() or self._written_bytes >= _BATCH:
                self._acknowledge()
        self._acknowledge()  # the end of the jobs may have stood behind the last one

    def _store_next(self) -> bool:
        """Seal and write one exchange, and let go of it; False when the archive is closed."""
        job = self._jobs.get()
        if job is None:
            return False
        try:
            self._write(self._sealer.seal(job.exchange))
        except Exception as error:  # whatever failed: nothing unredacted is written
            head = job.exchange.head
            self._tell(self._report_lost, head.number, head.request.method, _cause(error))
        finally:
            self._tell(job.done)
        return True

    def _write(self, sealed: Sealed) -> None:
        event = _event(sealed)
        self._writer.write(sealed.record)
        self._written.append(event)
        self._written_bytes += len(sealed.record)

    def _acknowledge(self) -> None:
        """Force what was written to disk, then report it."""
        written, self._written, self._written_bytes = self._written, [], 0
        if not written:
            return
        try:
            self._writer.sync()
        except Exception as error:  # whatever failed: nothing is acknowledged
            for event in written:
                self._tell(self._report_lost, event["exchange"], event["method"], _cause(error))
        else:
            for event in written:
                self._tell(self._report_recorded, event)

    def _tell(self, report: Callable[..., None], *args: object) -> None:
        with suppress(RuntimeError):  # a closed loop: nobody is left to be told
            self._loop.call_soon_threadsafe(report, *args)

    def _report_recorded(self, event: dict[str, Any]) -> None:
        self.recorded += 1
        report = log.warning if "omitted" in event else log.info
        report("exchange_recorded", **event)

    def _report_lost(self, number: int, method: str, cause: str) -> None:
        self.lost += 1
        log.error("exchange_lost", exchange=number, method=method, cause=cause)


def _event(sealed: Sealed) -> dict[str, Any]:
    head = sealed.head
    omitted = ", ".join(
        f"{part}:{why.value}"
        for part, why in (("request", head.request.omitted), ("answer", sealed.omitted))
        if why is not None
    )
    return {
        **about(head),
        "bytes": head.size,
        "seconds": round(head.timings.end_us / 1_000_000, 3),
        "problems": len(head.problems),
        "redacted": sum(hit.count for hit in head.ledger),
        **({"omitted": omitted} if omitted else {}),
    }


def _cause(error: Exception) -> str:
    """What may be said of an error: the text of one that is not ours may hold a secret."""
    if isinstance(error, RunreelError):
        return str(error)
    return f"it could not be redacted or written ({type(error).__name__})"
