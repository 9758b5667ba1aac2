"""Finished exchanges on their way to the disk, off the event loop, one after the other.

While anything waits, a worker of a pool seals one exchange after the other and writes each at once;
when nothing waits, or much was taken, all of that is forced to disk in one go, and only then
acknowledged in the log. The event loop hears of it once a batch. An idle archive holds no thread,
so that any number may be open. What cannot be redacted or written is lost, counted and reported:
never stored raw, and never in the way of a live answer.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

import structlog

from runreel.core.record.seal import SealedRecord, Sealer
from runreel.errors import RunreelError
from runreel.model import Exchange
from runreel.shell.process.gc_pause import pause_gc
from runreel.shell.process.log_fields import describe_exchange
from runreel.shell.process.uncancellable import wait_uncancelled
from runreel.shell.store import CassetteWriter

log = structlog.get_logger()

_BATCH_SIZE = 1 << 20
"""Bytes, taken and written, after which these are let go and forced to disk although more waits."""


@dataclass(frozen=True, slots=True)
class _Job:
    exchange: Exchange
    on_released: Callable[[], None]


class WriteQueue:
    """Takes exchanges and stores them in the order in which they ended.

    All that was ``accepted`` is in the end either ``recorded`` or ``lost``.
    """

    def __init__(
        self,
        sealer: Sealer,
        writer: CassetteWriter,
        *,
        pool: Executor | None = None,
        session: str = "default",
    ) -> None:
        """``pool`` lends its workers (None: the event loop's own pool does); at most one at a time.

        Must be made inside a running event loop, and ended by ``close``.
        """
        self.accepted = 0
        self.recorded = 0
        self.lost = 0
        self._sealer = sealer
        self._writer = writer
        self._pool = pool
        self._log = log.bind(session=session)
        self._loop = asyncio.get_running_loop()
        self._jobs: deque[_Job] = deque()
        self._worker: asyncio.Future[None] | None = None
        self._unsynced_events: list[dict[str, Any]] = []
        self._batch_bytes = 0
        self._released: list[Callable[[], None]] = []

    def put(self, exchange: Exchange, on_released: Callable[[], None]) -> None:
        """Store ``exchange`` soon; ``done`` is called in the event loop when its bytes are free."""
        self.accepted += 1
        self._jobs.append(_Job(exchange, on_released))
        if self._worker is None:
            self._start_worker()

    async def close(self) -> None:
        """Store all that was put, and report it; the writer stays open.

        It returns, or raises ``CancelledError``, only when no worker writes any more.
        """
        await wait_uncancelled(lambda: self._worker)

    def _start_worker(self) -> None:
        self._worker = self._loop.run_in_executor(self._pool, self._run_worker)
        self._worker.add_done_callback(self._on_worker_done)

    def _on_worker_done(self, _worker: asyncio.Future[None]) -> None:
        # A batch may leave some, and what was put while the worker left it may not have seen.
        self._worker = None
        free, self._released = self._released, []
        if self._jobs:
            self._start_worker()
        for done in free:
            done()

    def _run_worker(self) -> None:
        while self._jobs and self._batch_bytes < _BATCH_SIZE:
            self._store(self._jobs.popleft())
        self._acknowledge()

    def _store(self, job: _Job) -> None:
        """Seal and write one exchange, and let go of it."""
        head, answer = job.exchange.head, job.exchange.answer
        self._batch_bytes += len(head.request.body) + len(answer.body)
        try:
            # A full collection among the pieces of a large answer holds every live stream up.
            with pause_gc():
                sealed = self._sealer.seal(job.exchange)
            self._write(sealed)
        except Exception as error:  # whatever failed: nothing unredacted is written
            self._report_lost(head.number, head.request.method, _describe_cause(error))
        finally:
            self._released.append(job.on_released)

    def _write(self, sealed: SealedRecord) -> None:
        event = _build_log_fields(sealed)
        self._writer.write(sealed.record)
        self._unsynced_events.append(event)
        self._batch_bytes += len(sealed.record)

    def _acknowledge(self) -> None:
        """Force what was written to disk, then report it."""
        written, self._unsynced_events, self._batch_bytes = self._unsynced_events, [], 0
        if not written:
            return
        try:
            self._writer.sync()
        except Exception as error:  # whatever failed: nothing is acknowledged
            for event in written:
                self._report_lost(event["exchange"], event["method"], _describe_cause(error))
        else:
            for event in written:
                self._report_recorded(event)

    def _report_recorded(self, event: dict[str, Any]) -> None:
        self.recorded += 1
        report = self._log.warning if "omitted" in event else self._log.info
        report("exchange_recorded", **event)

    def _report_lost(self, number: int, method: str, cause: str) -> None:
        self.lost += 1
        self._log.error("exchange_lost", exchange=number, method=method, cause=cause)


def _build_log_fields(sealed: SealedRecord) -> dict[str, Any]:
    head = sealed.head
    omitted = ", ".join(
        f"{part}:{why.value}"
        for part, why in (("request", head.request.omitted), ("answer", sealed.omitted))
        if why is not None
    )
    return {
        **describe_exchange(head),
        "bytes": head.size,
        "seconds": round(head.timings.end_us / 1_000_000, 3),
        "problems": len(head.problems),
        "redacted": sum(hit.count for hit in head.ledger),
        **({"omitted": omitted} if omitted else {}),
    }


def _describe_cause(error: Exception) -> str:
    """What may be said of an error: the text of one that is not ours may hold a secret."""
    if isinstance(error, RunreelError):
        return str(error)
    return f"it could not be redacted or written ({type(error).__name__})"
