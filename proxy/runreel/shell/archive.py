"""Finished exchanges on their way to the disk, off the event loop, in one thread.

The thread seals what has come, appends it in one go with one fsync, and only then is an exchange
acknowledged in the log. What cannot be redacted or written is lost, counted and reported: never
stored raw, and never in the way of a live answer.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from runreel.core.seal import Sealed, Sealer
from runreel.errors import RunreelError
from runreel.model import Exchange, Head
from runreel.shell.intake import path_of
from runreel.shell.store import AppendError, CassetteWriter

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Job:
    exchange: Exchange
    done: Callable[[], None]


class Archive:
    """Takes exchanges and stores them in the order in which they ended."""

    def __init__(self, sealer: Sealer, writer: CassetteWriter) -> None:
        """Starts its thread; must be made inside a running event loop and ended by ``close``."""
        self.recorded = 0
        self.lost = 0
        self._sealer = sealer
        self._writer = writer
        self._loop = asyncio.get_running_loop()
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="runreel-archive")
        self._thread.start()

    def put(self, exchange: Exchange, done: Callable[[], None]) -> None:
        """Store ``exchange`` soon; ``done`` is called in the event loop when its bytes are free."""
        self._jobs.put(_Job(exchange, done))

    async def close(self) -> None:
        """Store all that was put, report it, and end the thread; the writer stays open."""
        self._jobs.put(None)
        await asyncio.to_thread(self._thread.join)

    def _work(self) -> None:
        while batch := self._next_batch():
            self._store(batch)

    def _next_batch(self) -> list[_Job]:
        """All that waits, at least one; empty when the archive is closed."""
        batch: list[_Job] = []
        job = self._jobs.get()
        while job is not None:
            batch.append(job)
            if self._jobs.empty():
                return batch
            job = self._jobs.get()
        if batch:
            self._jobs.put(None)
        return batch

    def _store(self, batch: list[_Job]) -> None:
        sealed = [record for job in batch if (record := self._seal(job.exchange)) is not None]
        try:
            self._writer.append([each.record for each in sealed])
            stored = len(sealed)
        except AppendError as error:
            stored = error.stored
            for each in sealed[stored:]:
                self._tell(self._report_lost, each.head, str(error))
        for each in sealed[:stored]:
            self._tell(self._report_recorded, each.head)
        for job in batch:
            self._tell(job.done)

    def _seal(self, exchange: Exchange) -> Sealed | None:
        try:
            return self._sealer.seal(exchange)
        except RunreelError as error:
            cause = str(error)
        except Exception as error:  # whatever failed: nothing unredacted is written
            cause = f"redaction failed ({type(error).__name__})"
        self._tell(self._report_lost, exchange.head, cause)
        return None

    def _tell(self, report: Callable[..., None], *args: object) -> None:
        self._loop.call_soon_threadsafe(report, *args)

    def _report_recorded(self, head: Head) -> None:
        self.recorded += 1
        log.info(
            "exchange_recorded",
            exchange=head.number,
            method=head.request.method,
            path=path_of(head.request),
            operation=head.operation,
            status=head.status,
            bytes=head.size,
            seconds=round(head.timings.end_us / 1_000_000, 3),
            end=head.end.value,
            problems=len(head.problems),
            redacted=sum(hit.count for hit in head.ledger),
        )

    def _report_lost(self, head: Head, cause: str) -> None:
        self.lost += 1
        log.error("exchange_lost", exchange=head.number, method=head.request.method, cause=cause)
