"""One session from its beginning to its report: what it holds open, who answers, how it ends."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable
from concurrent.futures import Executor
from contextlib import AsyncExitStack
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from typing import Protocol

import structlog
from aiohttp import web
from aiohttp.web_request import BaseRequest

from runreel.config import Config
from runreel.core.report.session_report import SessionReport, unplayed
from runreel.model import Mode
from runreel.shell.process.logs import lost_lines
from runreel.shell.process.uncancellable import run_out
from runreel.shell.record.write_queue import Archive
from runreel.shell.replay.player import Player
from runreel.shell.server.in_flight import Progress
from runreel.shell.server.incoming_request import ended, head_of
from runreel.shell.store import CassetteReader, CassetteWriter

log = structlog.get_logger()

DEFAULT = "default"
"""The name of the session that requests without a session's name belong to."""

_NAMED_AT_MOST = 100


class Fate(Enum):
    """What becomes of a recording at its end."""

    KEEP = auto()
    SET_ASIDE = auto()
    """It is kept beside the cassette, which stays as it was."""
    DISCARD = auto()


@dataclass(frozen=True, slots=True)
class Plan:
    """A session to be opened."""

    name: str
    path: Path
    """Of its cassette."""
    mode: Mode
    config: Config
    append: bool = False
    may_be_missing: bool = False
    """Whether a replay of no cassette is one of an empty one."""

    @property
    def records(self) -> bool:
        """Whether it writes to its cassette."""
        return self.mode in {Mode.RECORD, Mode.AUTO}


class Service(Protocol):
    """What answers a session's requests."""

    progress: Progress

    async def handle(self, request: BaseRequest, path: str | None = None) -> web.StreamResponse:
        """Answer one request, whose target ``path`` stands for."""
        ...


@dataclass(frozen=True, slots=True)
class Parts:
    """What a session is made of; what its mode does not need is None."""

    service: Service
    player: Player | None = None
    reader: CassetteReader | None = None
    archive: Archive | None = None
    writer: CassetteWriter | None = None


class Session:
    """A session that is open until ``end``."""

    def __init__(
        self, plan: Plan, parts: Parts, held: AsyncExitStack, pool: Executor | None
    ) -> None:
        """``held`` gives back what the parts hold; ``pool`` lends a worker to close it."""
        self.plan = plan
        self.parts = parts
        self.has_ended = False
        self._is_discarded = False
        self._held = held
        self._pool = pool
        self._handle = parts.service.handle
        self._ending: asyncio.Task[SessionReport] | None = None

    @property
    def upstream(self) -> str:
        """The real API behind it; in replay, the one behind its cassette."""
        reader = self.parts.reader
        if self.plan.mode is Mode.REPLAY and reader is not None:
            return reader.header.upstream
        return self.plan.config.upstream

    def handle(
        self, request: BaseRequest, path: str | None = None
    ) -> Awaitable[web.StreamResponse]:
        """Answer one request, whose target ``path`` stands for.

        Raises ``RefusedError`` if the session has ended.
        """
        if self._ending is not None:
            raise ended(head_of(request, path))
        return self._handle(request, path)

    def report(self) -> SessionReport:
        """How it stands."""
        archive, player, reader = self.parts.archive, self.parts.player, self.parts.reader
        return SessionReport(
            self.plan.name,
            self.plan.mode,
            str(self.plan.path),
            self.upstream,
            ended=self.has_ended,
            recorded=archive.recorded if archive and not self._is_discarded else 0,
            lost=archive.lost if archive else 0,
            replayed=player.replayed if player else 0,
            missed=player.missed if player else 0,
            misses=tuple(player.misses) if player else (),
            played=tuple(sorted(player.played)) if player else (),
            unplayed=unplayed(reader.heads, player.played) if reader and player else (),
            fails_on_unplayed=self.plan.config.replay.on_unplayed == "fail",
        )

    @property
    def fails(self) -> bool:
        """Whether the settings say that what happened here fails the process."""
        settings, report = self.plan.config.replay, self.report()
        is_missed = report.missed and (settings.strict or settings.on_miss == "fail")
        return bool(is_missed or (report.fails_on_unplayed and report.unplayed))

    async def end(self, fate: Fate = Fate.KEEP) -> SessionReport:
        """Let answers in progress end, close everything, and report; the same however often.

        Raises ``RunreelError`` if the cassette cannot be closed whole.
        """
        if self._ending is None:
            self._ending = asyncio.ensure_future(self._end(fate))
        return await asyncio.shield(self._ending)

    async def _end(self, fate: Fate) -> SessionReport:
        if self.parts.player is not None:
            self.parts.player.ended = True
        try:
            async with self._held:
                self._held.push_async_callback(self._close, fate)
                await self.parts.service.progress.settle(self.plan.config.limits.shutdown_timeout)
        finally:
            self.has_ended = True
            report = self.report()
            _tell_end(report, self.plan.config)
        return report

    async def _close(self, fate: Fate) -> None:
        archive, writer = self.parts.archive, self.parts.writer
        if archive is not None and writer is not None:
            await archive.close()
            self._is_discarded = fate is Fate.DISCARD
            notes = await run_out(lambda: _closed(writer, archive, fate), self._pool)
            tell_notes(notes, self.plan.path)


def _closed(writer: CassetteWriter, archive: Archive, fate: Fate) -> tuple[str, ...]:
    """Close the cassette; returns what there is to say of it."""
    if fate is Fate.DISCARD or archive.accepted == archive.lost:
        writer.discard()  # a recording of nothing must not take the place of something
        return ()
    if fate is Fate.SET_ASIDE:
        return writer.set_aside()
    if archive.lost:
        return writer.close_incomplete()
    writer.close()
    return ()


def tell_notes(notes: Iterable[str], path: Path) -> None:
    """Log what was found, or done, to the cassette at ``path``."""
    for note in notes:
        log.warning("cassette_note", cassette=str(path), note=note)


def _tell_end(report: SessionReport, config: Config) -> None:
    told = log.bind(session=report.name, cassette=report.cassette)
    if report.unplayed and config.replay.on_unplayed != "ignore":
        numbers = [each.number for each in report.unplayed[:_NAMED_AT_MOST]]
        told.warning("exchanges_unplayed", exchanges=numbers, count=len(report.unplayed))
    tell = told.warning if report.missed or report.lost else told.info
    tell(
        "session_ended",
        mode=report.mode.value,
        recorded=report.recorded,
        lost=report.lost,
        replayed=report.replayed,
        missed=report.missed,
        unplayed=len(report.unplayed),
        unlogged=lost_lines(),
    )
