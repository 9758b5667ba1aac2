"""One session: its requests, its report and its end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable, Sequence
from concurrent.futures import Executor
from contextlib import AsyncExitStack
from enum import Enum, auto
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import structlog
from aiohttp.web_request import BaseRequest
from aiohttp.web_response import StreamResponse
from msgspec import Struct

from runreel.config import Config
from runreel.core.report.session_report import LoggedMiss, SessionReport, list_unplayed
from runreel.model import Exchange, ExchangeHead, Mode
from runreel.shell.process.logs import count_lost_lines
from runreel.shell.process.uncancellable import run_in_worker
from runreel.shell.replay.player import Player
from runreel.shell.replay.tally import Tally
from runreel.shell.server.activity import CallOutcome
from runreel.shell.server.in_flight import InFlight
from runreel.shell.server.incoming_request import read_head, session_ended_error
from runreel.shell.store.names import DEFAULT_SESSION
from runreel.shell.store.reader import CassetteReader

if TYPE_CHECKING:
    from runreel.shell.record.write_queue import WriteQueue
    from runreel.shell.store.writer import CassetteWriter

log = structlog.get_logger()

BASE_URL_HINT = "point the client's base URL at this server (docs/clients.md)"

_MAX_LOGGED_NUMBERS = 100


class RecordingOutcome(Enum):
    """The treatment of a recording at the end of its session."""

    KEEP = auto()
    """The recording replaces the cassette, or is added to it."""
    SET_ASIDE = auto()
    """The cassette stays as it was; the recording is kept beside it as ``NAME.cassette.failed``."""
    DISCARD = auto()
    """The cassette stays as it was; the recording is deleted."""


class SessionSpec(Struct, frozen=True):
    """The specification of a session to open."""

    name: str
    path: Path
    """Path of its cassette."""
    mode: Mode
    config: Config
    append: bool = False
    """True if ``record`` adds to an existing cassette."""
    may_be_missing: bool = False
    """In replay, treat a missing cassette as empty."""
    is_default: bool = False
    """True if requests that name no session belong to this one, as long as it is open."""
    record_command: str = ""
    """Command that records the cassette again, with ``{upstream}`` in it; empty: the usual one."""

    @property
    def is_recording(self) -> bool:
        """True if the session writes to its cassette."""
        return self.mode in {Mode.RECORD, Mode.AUTO}


class SessionHandler(Protocol):
    """The player, recorder or combination of both that answers a session's requests."""

    in_flight: InFlight

    async def handle(self, request: BaseRequest, path: str | None = None) -> StreamResponse:
        """Answer one request; ``path`` replaces its target if it had a session's prefix."""
        ...


class Session:
    """An open session; ``end`` closes it."""

    def __init__(
        self,
        spec: SessionSpec,
        handler: SessionHandler,
        exit_stack: AsyncExitStack,
        pool: Executor | None,
        *,
        player: Player | None = None,
        reader: CassetteReader | None = None,
        write_queue: WriteQueue | None = None,
        writer: CassetteWriter | None = None,
    ) -> None:
        """Answer requests with ``handler``; a component is None if the mode does not need it.

        The session takes over ``exit_stack``, which closes the components. ``pool``: threads for
        work on cassettes.
        """
        self.spec = spec
        self.handler = handler
        self.write_queue = write_queue
        self.has_ended = False
        self.requests = 0
        """Number of requests so far."""
        self._player = player
        self._reader = reader
        self._writer = writer
        self._exit_stack = exit_stack
        self._pool = pool
        self._handle = handler.handle
        self._is_discarded = False
        self._report: SessionReport | None = None
        """The report at the end."""
        self._end_task: asyncio.Task[SessionReport] | None = None

    @property
    def upstream(self) -> str:
        """URL of the real API; in replay, the one that the cassette was recorded from."""
        if self.spec.mode is Mode.REPLAY and self._reader is not None:
            return self._reader.header.upstream
        return self.spec.config.upstream

    def handle(self, request: BaseRequest, path: str | None = None) -> Awaitable[StreamResponse]:
        """Answer one request; ``path`` replaces its target if it had a session's prefix.

        Raises ``RefusedError`` if the session has ended.
        """
        if self._end_task is not None:
            raise session_ended_error(read_head(request, path))
        self.requests += 1
        return self._handle(request, path)

    async def get_report(self) -> SessionReport:
        """Return the report of the session so far, or that at its end.

        It lists all exchanges of the cassette, which takes long if there are many: a worker thread
        builds it.
        """
        if self._report is not None:
            return self._report
        return await run_in_worker(self._build_report, self._pool)

    def _build_report(self) -> SessionReport:
        queue, reader = self.write_queue, self._reader
        tally = self._player.tally if self._player else Tally()
        played = tuple(sorted(tally.played))
        return SessionReport(
            self.spec.name,
            self.spec.mode,
            str(self.spec.path),
            self.upstream,
            ended=self.has_ended,
            requests=self.requests,
            recorded=queue.recorded if queue and not self._is_discarded else 0,
            error_statuses=dict(queue.error_statuses) if queue else {},
            lost=queue.lost if queue else 0,
            is_kept=self._writer is None or self._writer.is_kept,
            replayed=tally.replayed,
            missed=tally.miss_count,
            misses=tuple(tally.misses.first_documents),
            logged_misses=tuple(tally.misses.list_kept()),
            played=played,
            unplayed=list_unplayed(reader.heads, frozenset(played)) if reader else (),
            fails_on_unplayed=self.spec.config.replay.on_unplayed == "fail",
            fails_on_unused=self.spec.config.on_unused == "fail",
        )

    async def read_exchange(self, number: int) -> Exchange | None:
        """Read an exchange as it is stored, in a worker thread; None: there is none.

        Raises ``RunreelError`` if it cannot be read.
        """
        return await run_in_worker(partial(self.read_exchange_now, number), self._pool)

    def read_exchange_now(self, number: int) -> Exchange | None:
        """Do the same from any thread."""
        reader, queue = self._reader, self.write_queue
        if reader is not None and reader.has_exchange(number):
            return reader.read_exchange(number)
        return None if queue is None else queue.read_exchange(number)

    def list_stored_numbers(self) -> Sequence[int]:
        """Return the numbers of the exchanges of its cassette, from any thread."""
        numbers = [head.number for head in self._reader.heads] if self._reader else []
        return [*numbers, *(self.write_queue.list_stored() if self.write_queue else ())]

    def find_head(self, number: int) -> ExchangeHead | None:
        """Return the head of an exchange that was in the cassette when the session began."""
        return None if self._reader is None else self._reader.find_head(number)

    def read_new_head(self, number: int) -> ExchangeHead | None:
        """Read the head of an exchange that this session has stored, from any thread."""
        return None if self.write_queue is None else self.write_queue.read_head(number)

    @property
    def exchange_count(self) -> int:
        """Number of exchanges that this session has stored."""
        return self.write_queue.recorded if self.write_queue else 0

    def find_outcome(self, number: int) -> str | None:
        """Return what has become of an exchange: ``recorded``, ``replayed``; None if nothing."""
        if self._player is not None and number in self._player.tally.played:
            return CallOutcome.REPLAYED.value
        is_old = self._reader is not None and self._reader.has_exchange(number)
        return None if is_old else CallOutcome.RECORDED.value

    def list_misses(self) -> Sequence[LoggedMiss]:
        """Return its misses, as far as they are kept."""
        return self._player.tally.misses.list_kept() if self._player else ()

    @property
    def first_ns(self) -> int:
        """Arrival of the first request of the cassette, in nanoseconds since 1970; 0: none."""
        if self._reader is not None and self._reader.heads:
            return self._reader.heads[0].timings.started_ns
        return (self.write_queue.first_ns if self.write_queue else None) or 0

    def list_unwritten(self) -> list[int]:
        """Return the numbers of the exchanges that are answered and not stored yet."""
        return self.write_queue.list_unwritten() if self.write_queue else []

    def list_unfinished(self) -> list[int]:
        """Return the numbers of the exchanges whose answers are being recorded."""
        return sorted(self.handler.in_flight.list_numbers()) if self.write_queue else []

    def is_failure(self, report: SessionReport) -> bool:
        """Return whether the settings make the session's misses and omissions a failure.

        That the default session was not used is judged with all others, at the end of the server.
        """
        settings = self.spec.config.replay
        is_missed = report.missed and (settings.strict or settings.on_miss == "fail")
        is_unused = report.fails_on_unused and not report.requests
        return bool(
            is_missed
            or (report.fails_on_unplayed and report.unplayed)
            or (is_unused and report.name != DEFAULT_SESSION)
        )

    async def end(self, outcome: RecordingOutcome = RecordingOutcome.KEEP) -> SessionReport:
        """Wait for answers in progress, close the cassette and return the report.

        Later calls return the same report. Raises ``RunreelError`` if the cassette cannot be
        completed and closed.
        """
        if self._end_task is None:
            self._end_task = asyncio.ensure_future(self._end(outcome))
        return await asyncio.shield(self._end_task)

    async def _end(self, outcome: RecordingOutcome) -> SessionReport:
        if self._player is not None:
            self._player.has_ended = True
        try:
            async with self._exit_stack:
                self._exit_stack.push_async_callback(self._close, outcome)
                await self.handler.in_flight.drain(self.spec.config.limits.shutdown_timeout)
        finally:
            self.has_ended = True
            if self._player is not None:
                self._player.tally.misses.trim()
            report = self._report = await run_in_worker(self._build_report, self._pool)
            _log_end(report, self.spec.config)
        return report

    async def _close(self, outcome: RecordingOutcome) -> None:
        queue, writer = self.write_queue, self._writer
        if queue is not None and writer is not None:
            await queue.close()
            self._is_discarded = outcome is RecordingOutcome.DISCARD
            notes = await run_in_worker(lambda: _close_cassette(writer, queue, outcome), self._pool)
            log_notes(notes, self.spec.path)


def _close_cassette(
    writer: CassetteWriter, queue: WriteQueue, outcome: RecordingOutcome
) -> tuple[str, ...]:
    """Close the cassette; return notes for the user."""
    if outcome is RecordingOutcome.DISCARD or queue.accepted == queue.lost:
        writer.discard()  # an empty recording must not replace a cassette
        return ()
    if outcome is RecordingOutcome.SET_ASIDE:
        return writer.set_aside()
    if queue.lost:
        return writer.close_incomplete()
    writer.close()
    return ()


def log_notes(notes: Iterable[str], path: Path) -> None:
    """Log notes about the cassette at ``path``, such as what was repaired."""
    for note in notes:
        log.warning("cassette_note", cassette=str(path), note=note)


def _log_end(report: SessionReport, config: Config) -> None:
    session_log = log.bind(session=report.name, cassette=report.cassette)
    if report.unplayed and config.replay.on_unplayed != "ignore":
        numbers = [each.number for each in report.unplayed[:_MAX_LOGGED_NUMBERS]]
        session_log.warning("exchanges_unplayed", exchanges=numbers, count=len(report.unplayed))
    if not report.requests and config.on_unused != "ignore":
        if report.name == DEFAULT_SESSION:
            session_log = session_log.bind(hint=f"no request came; {BASE_URL_HINT}")
        else:
            hint = f"no client used its base URL, which ends in /@{report.name} (docs/clients.md)"
            session_log.warning("session_unused", hint=hint)
    write = session_log.warning if report.missed or report.lost else session_log.info
    write(
        "session_ended",
        mode=report.mode.value,
        recorded=report.recorded,
        lost=report.lost,
        replayed=report.replayed,
        missed=report.missed,
        unplayed=len(report.unplayed),
        unlogged=count_lost_lines(),
    )
