"""A queue that seals finished exchanges and writes them to the cassette, outside the event loop.

While exchanges are queued, a worker thread seals (redacts and encodes) and writes them one by one.
When the queue is empty, or a batch is full, the worker forces the batch to disk with one ``fsync``
and only then logs its exchanges as recorded. The event loop is notified once per batch. An idle
queue holds no thread, so any number of queues may be open. The ``Backlog`` counts what is queued.
An exchange that cannot be redacted or written is lost: it is counted and logged, never stored raw,
and does not disturb live answers.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any, TypeAlias

import structlog
from msgspec.structs import replace

from runreel.config.schema import Limits
from runreel.core.page_links import PageLinks
from runreel.core.record.seal import SealedRecord, Sealer
from runreel.errors import RunreelError
from runreel.model import Exchange, ExchangeHead
from runreel.shell.process.gc_pause import pause_gc
from runreel.shell.process.heap import release_free_memory
from runreel.shell.process.log_fields import describe_exchange
from runreel.shell.process.logs import locate_error
from runreel.shell.process.uncancellable import wait_uncancelled
from runreel.shell.record.backlog import Backlog, measure_exchange
from runreel.shell.record.record_offsets import RecordOffsets
from runreel.shell.store.writer import CassetteWriter

log = structlog.get_logger()

_RECENT_HEADS = 256
"""Heads of exchanges that are kept, without bodies."""
_BATCH_SIZE = 1 << 20
"""Size at which a batch is full: bytes of bodies plus bytes written."""


SettledCallback: TypeAlias = Callable[[int, Mapping[str, object] | None], None]
"""Gets the number of an exchange and the fields of the log about it; None: it is lost."""


@dataclass(frozen=True, slots=True)
class _Job:
    exchange: Exchange
    release: Callable[[], None]


class WriteQueue:
    """A writer of exchanges in the order in which they were put.

    The counts satisfy ``accepted == recorded + lost`` after ``close``.
    """

    def __init__(
        self,
        sealer: Sealer,
        writer: CassetteWriter,
        *,
        pool: Executor | None = None,
        session: str = "default",
        backlog: Backlog | None = None,
        on_settled: SettledCallback | None = None,
        links: PageLinks | None = None,
    ) -> None:
        """Prepare to write to ``writer``; an event loop must be running.

        Work runs in ``pool`` (None: the event loop's default executor), in one worker at a time.
        ``backlog``: that of all queues of the server (None: one of its own). ``on_settled`` is
        called in the event loop for each exchange. ``links`` has the addresses of exchanges.
        ``close`` must be called in the end.
        """
        self._links = links or PageLinks()
        self._session = session
        self.backlog = backlog or Backlog(Limits())
        self.accepted = 0
        self.recorded = 0
        self.error_statuses = Counter[int]()
        """Numbers of recorded answers with status 400 and above, by status."""
        self.first_ns: int | None = None
        """Arrival of the first request, in nanoseconds since 1970; None: there was none."""
        self.lost = 0
        self._sealer = sealer
        self._writer = writer
        self._pool = pool
        self._log = log.bind(session=session)
        self._loop = asyncio.get_running_loop()
        self._jobs: deque[_Job] = deque()
        self._unwritten: dict[int, None] = {}
        self._worker: asyncio.Future[None] | None = None
        self._unsynced_events: list[tuple[dict[str, Any], int]] = []
        self._batch_bytes = 0
        self._released: list[Callable[[], None]] = []
        self._on_settled = on_settled
        self._settled: list[tuple[int, Mapping[str, object] | None]] = []
        self._offsets = RecordOffsets(writer.next_number)
        self._recent_heads: dict[int, ExchangeHead] = {}

    def put(self, exchange: Exchange, on_released: Callable[[], None]) -> None:
        """Queue ``exchange``; ``on_released`` is called in the event loop when it is freed."""
        self.accepted += 1
        if self.first_ns is None:
            self.first_ns = exchange.head.timings.started_ns
        self._unwritten[exchange.head.number] = None
        ticket = self.backlog.add(_measure_size(exchange))

        def release() -> None:
            self.backlog.remove(ticket)
            on_released()

        self._jobs.append(_Job(exchange, release))
        if self._worker is None:
            self._start_worker()

    def list_unwritten(self) -> list[int]:
        """Return the numbers of the exchanges that are neither recorded nor lost yet."""
        return list(self._unwritten)

    def read_exchange(self, number: int) -> Exchange | None:
        """Read an exchange that this queue has stored, from any thread; None: it has not.

        Raises ``RunreelError`` if the cassette is closed or damaged.
        """
        offset = self._offsets.get(number)
        return None if offset is None else self._writer.read_exchange(offset)

    def read_head(self, number: int) -> ExchangeHead | None:
        """Return the head of an exchange that this queue has stored; as ``read_exchange``.

        It may lack the body of the request.
        """
        head = self._recent_heads.get(number)
        if head is not None:
            return head
        offset = self._offsets.get(number)
        return None if offset is None else self._writer.read_head(offset)

    def _keep_head(self, head: ExchangeHead) -> None:
        """Keep the head of an exchange that is stored, for those who follow the server."""
        heads = self._recent_heads
        heads[head.number] = replace(head, request=replace(head.request, body=b""))
        if len(heads) > _RECENT_HEADS:
            del heads[next(iter(heads))]

    def list_stored(self) -> list[int]:
        """Return the numbers of the exchanges that this queue has stored, in ascending order."""
        return self._offsets.list_numbers()

    async def close(self) -> None:
        """Wait until all queued exchanges are stored and logged; the writer stays open.

        If the waiting task is cancelled, ``CancelledError`` is raised after the last write.
        """
        await wait_uncancelled(lambda: self._worker)

    def _start_worker(self) -> None:
        self._worker = self._loop.run_in_executor(self._pool, self._run_worker)
        self._worker.add_done_callback(self._on_worker_done)

    def _on_worker_done(self, _worker: asyncio.Future[None]) -> None:
        # A full batch leaves exchanges queued, and more may have been put as the worker ended.
        self._worker = None
        callbacks, self._released = self._released, []
        settled, self._settled = self._settled, []
        if self._jobs:
            self._start_worker()
        for release in callbacks:
            release()
        if self._on_settled is not None:
            for number, fields in settled:
                self._on_settled(number, fields)

    def _run_worker(self) -> None:
        while self._jobs and self._batch_bytes < _BATCH_SIZE:
            self._store(self._jobs.popleft())
        is_full = self._batch_bytes >= _BATCH_SIZE
        self._acknowledge()
        if is_full:  # taking a large body apart leaves much free memory between small blocks
            release_free_memory()

    def _store(self, job: _Job) -> None:
        """Seal and write one exchange, then release it; log it as lost if that fails."""
        head, answer = job.exchange.head, job.exchange.answer
        self._batch_bytes += len(head.request.body) + len(answer.body)
        try:
            # A full garbage collection over the pieces of a large answer would stall all streams.
            with pause_gc():
                sealed = self._sealer.seal(job.exchange)
            self._write(sealed)
        except Exception as error:  # of any kind: nothing unredacted is written
            self._report_lost(head.number, head.request.method, _describe_cause(error))
        finally:
            self._released.append(job.release)

    def _write(self, sealed: SealedRecord) -> None:
        event = _build_log_fields(sealed)
        link = self._links.build_exchange_link(self._session, sealed.head.number)
        if link:
            event["inspect"] = link
        offset = self._writer.write(sealed.record)
        if sealed.mistake is not None:
            self._report_mistake(sealed.head.number, sealed.mistake)
        self._keep_head(sealed.head)
        self._unsynced_events.append((event, offset))
        self._batch_bytes += len(sealed.record)

    def _acknowledge(self) -> None:
        """Force the written exchanges to disk, then log them as recorded, or as lost."""
        events, self._unsynced_events, self._batch_bytes = self._unsynced_events, [], 0
        if not events:
            return
        try:
            self._writer.sync()
        except Exception as error:  # of any kind: nothing is acknowledged
            for event, _ in events:
                self._report_lost(event["exchange"], event["method"], _describe_cause(error))
        else:
            for event, offset in events:
                self._offsets.set(event["exchange"], offset)
                self._report_recorded(event)

    def _report_recorded(self, event: dict[str, Any]) -> None:
        self.recorded += 1
        if event["status"] >= 400:
            self.error_statuses[event["status"]] += 1
        report = self._log.warning if "omitted" in event else self._log.info
        report("exchange_recorded", **event)
        self._unwritten.pop(event["exchange"], None)
        self._settled.append((event["exchange"], event))

    def _report_mistake(self, number: int, error: Exception) -> None:
        """Log a dialect's error, without its text, which may contain anything."""
        self._log.error(
            "dialect_failed", exchange=number, error=type(error).__name__, at=locate_error(error)
        )

    def _report_lost(self, number: int, method: str, cause: str) -> None:
        self.lost += 1
        self._log.error("exchange_lost", exchange=number, method=method, cause=cause)
        self._unwritten.pop(number, None)
        self._settled.append((number, None))


def _measure_size(exchange: Exchange) -> int:
    body_size = len(exchange.head.request.body) + len(exchange.answer.body)
    return measure_exchange(body_size, len(exchange.answer.frames))


def _build_log_fields(sealed: SealedRecord) -> dict[str, Any]:
    head = sealed.head
    omitted = ", ".join(
        f"{part}:{reason.value}"
        for part, reason in (("request", head.request.omitted), ("answer", sealed.omitted))
        if reason is not None
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
    """Return the error's text if it is our own; other texts may contain a secret."""
    if isinstance(error, RunreelError):
        return str(error)
    return f"the exchange could not be redacted or written ({type(error).__name__})"
