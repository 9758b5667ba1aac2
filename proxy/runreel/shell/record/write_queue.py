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

from runreel.core.record.seal import Sealed, Sealer
from runreel.errors import RunreelError
from runreel.model import Exchange
from runreel.shell.process.gc_pause import collector_paused
from runreel.shell.process.log_fields import about
from runreel.shell.process.uncancellable import outlast
from runreel.shell.store import CassetteWriter

log = structlog.get_logger()

_BATCH = 1 << 20
"""Bytes, taken and written, after which these are let go and forced to disk although more waits."""


@dataclass(frozen=True, slots=True)
class _Job:
    exchange: Exchange
    done: Callable[[], None]


class Archive:
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
        self._working: asyncio.Future[None] | None = None
        self._written: list[dict[str, Any]] = []
        self._batch_bytes = 0
        self._free: list[Callable[[], None]] = []

    def put(self, exchange: Exchange, done: Callable[[], None]) -> None:
        """Store ``exchange`` soon; ``done`` is called in the event loop when its bytes are free."""
        self.accepted += 1
        self._jobs.append(_Job(exchange, done))
        if self._working is None:
            self._work_on()

    async def close(self) -> None:
        """Store all that was put, and report it; the writer stays open.

        It returns, or raises ``CancelledError``, only when no worker writes any more.
        """
        await outlast(lambda: self._working)

    def _work_on(self) -> None:
        self._working = self._loop.run_in_executor(self._pool, self._work)
        self._working.add_done_callback(self._worked)

    def _worked(self, _worker: asyncio.Future[None]) -> None:
        # A batch may leave some, and what was put while the worker left it may not have seen.
        self._working = None
        free, self._free = self._free, []
        if self._jobs:
            self._work_on()
        for done in free:
            done()

    def _work(self) -> None:
        while self._jobs and self._batch_bytes < _BATCH:
            self._store(self._jobs.popleft())
        self._acknowledge()

    def _store(self, job: _Job) -> None:
        """Seal and write one exchange, and let go of it."""
        head, answer = job.exchange.head, job.exchange.answer
        self._batch_bytes += len(head.request.body) + len(answer.body)
        try:
            # A full collection among the pieces of a large answer holds every live stream up.
            with collector_paused():
                sealed = self._sealer.seal(job.exchange)
            self._write(sealed)
        except Exception as error:  # whatever failed: nothing unredacted is written
            self._report_lost(head.number, head.request.method, _cause(error))
        finally:
            self._free.append(job.done)

    def _write(self, sealed: Sealed) -> None:
        event = _event(sealed)
        self._writer.write(sealed.record)
        self._written.append(event)
        self._batch_bytes += len(sealed.record)

    def _acknowledge(self) -> None:
        """Force what was written to disk, then report it."""
        written, self._written, self._batch_bytes = self._written, [], 0
        if not written:
            return
        try:
            self._writer.sync()
        except Exception as error:  # whatever failed: nothing is acknowledged
            for event in written:
                self._report_lost(event["exchange"], event["method"], _cause(error))
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
