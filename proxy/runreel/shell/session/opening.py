"""Opening a session: from its plan to what it holds."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import Executor
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import structlog

from runreel import __version__
from runreel.config import Config
from runreel.core.cassette import Codec, Header
from runreel.core.match import MatchRules
from runreel.core.record.recording import Budget
from runreel.core.record.seal import Sealer
from runreel.core.redact import Vault
from runreel.core.replay.restore import Bindings
from runreel.dialects import dialect_of
from runreel.errors import UsageError
from runreel.model import Mode
from runreel.shell.process.redaction import redactor_of
from runreel.shell.process.uncancellable import run_out
from runreel.shell.record.recorder import Recorder
from runreel.shell.record.upstream import Upstream
from runreel.shell.record.write_queue import Archive
from runreel.shell.replay.player import Player
from runreel.shell.session.auto import Auto
from runreel.shell.session.session import DEFAULT, Parts, Plan, Session, tell_notes
from runreel.shell.store import CassetteReader, CassetteWriter

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Shared:
    """What all sessions of a server draw on."""

    budget: Budget
    """Bytes of bodies that are held in memory."""
    pool: Executor | None = None
    """Lends workers to what touches the disk; None: the event loop's own does."""


async def opened(
    plan: Plan, shared: Shared, *, now_ns: Callable[[], int] = time.time_ns
) -> Session:
    """The session, ready to answer.

    Raises ``RunreelError`` if the cassette cannot be had, or an upstream is missing.
    """
    if plan.mode is not Mode.REPLAY and not plan.config.upstream:
        raise UsageError(
            f"{plan.mode.value} needs the real API: give its URL as upstream, or set it in "
            "config.toml"
        )
    held = AsyncExitStack()
    try:
        parts = await _OPENERS[plan.mode](_Opening(plan, held, shared, now_ns))
    except BaseException:
        await held.aclose()
        raise
    return Session(plan, parts, held, shared.pool)


@dataclass(frozen=True, slots=True)
class _Opening:
    """A session that is being opened; what ``held`` holds is given back at its end."""

    plan: Plan
    held: AsyncExitStack
    shared: Shared
    now_ns: Callable[[], int]

    async def replay(self) -> Parts:
        """A player."""
        is_empty = self.plan.may_be_missing and not self.plan.path.exists()
        reader = CassetteReader.absent(self.plan.path) if is_empty else await self._reader()
        player = replaying(self.plan.config, reader, session=self.plan.name)
        return Parts(player, player=player, reader=reader)

    async def record(self) -> Parts:
        """A recorder, with its archive."""
        writer = await self._writer(append=self.plan.append)
        archive = self._archive(writer)
        recorder = self._recorder(archive, writer.next_number)
        return Parts(recorder, archive=archive, writer=writer)

    async def auto(self) -> Parts:
        """Both."""
        writer = await self._writer(append=True)
        reader = await self._reader()
        # What equals the recorded but for a placeholder can be asked of the upstream itself.
        player = replaying(self.plan.config, reader, session=self.plan.name, wildcards=False)
        archive = self._archive(writer)
        recorder = self._recorder(archive, writer.next_number)
        service = Auto(player, recorder, max_body=self.plan.config.limits.max_body)
        return Parts(service, player=player, reader=reader, archive=archive, writer=writer)

    async def passthrough(self) -> Parts:
        """A recorder that keeps nothing."""
        return Parts(self._recorder(None, 1))

    async def _reader(self) -> CassetteReader:
        reader = await run_out(lambda: CassetteReader.open(self.plan.path), self.shared.pool)
        self.held.callback(reader.close)
        return reader

    async def _writer(self, *, append: bool) -> CassetteWriter:
        plan = self.plan
        writer = await run_out(
            lambda: _writer(plan.config, plan.path, append=append, now_ns=self.now_ns),
            self.shared.pool,
        )
        self.held.callback(writer.discard)  # unless the session has closed it by then
        tell_notes(writer.notes, plan.path)
        return writer

    def _archive(self, writer: CassetteWriter) -> Archive:
        return Archive(
            _sealer(self.plan.config), writer, pool=self.shared.pool, session=self.plan.name
        )

    def _recorder(self, archive: Archive | None, first_number: int) -> Recorder:
        config = self.plan.config
        upstream = _upstream(config)
        self.held.push_async_callback(upstream.close)
        return Recorder(
            upstream,
            archive,
            session=self.plan.name,
            log_redactor=redactor_of(config, Vault()),
            dialect_of=dialect_of,
            limits=config.limits,
            budget=self.shared.budget,
            first_number=first_number,
            now_ns=self.now_ns,
            outcome_headers=config.outcome_headers,
            preserve_encoding=config.preserve_encoding,
            record_errors=config.record_errors,
        )


_OPENERS: dict[Mode, Callable[[_Opening], Awaitable[Parts]]] = {
    Mode.REPLAY: _Opening.replay,
    Mode.RECORD: _Opening.record,
    Mode.AUTO: _Opening.auto,
    Mode.PASSTHROUGH: _Opening.passthrough,
}


@asynccontextmanager
async def recording(
    config: Config, path: Path, *, append: bool = False, now_ns: Callable[[], int] = time.time_ns
) -> AsyncIterator[tuple[Recorder, Archive]]:
    """A recorder that writes to ``path``; at the end of the block the cassette is whole and closed.

    Raises ``RunreelError`` if the cassette cannot be had.
    """
    plan = Plan(DEFAULT, path, Mode.RECORD, config, append=append)
    session = await opened(plan, Shared(Budget(config.limits.max_memory)), now_ns=now_ns)
    try:
        yield cast(Recorder, session.parts.service), cast(Archive, session.parts.archive)
    finally:
        await session.end()


def replaying(
    config: Config, reader: CassetteReader, *, session: str = DEFAULT, wildcards: bool = True
) -> Player:
    """A player of the cassette that ``reader`` has open.

    Raises ``CorruptCassetteError`` if a record of it is damaged; a torn tail is only reported.
    """
    reader.demand_intact()
    if reader.torn is not None:
        log.warning("torn_tail", cassette=str(reader.path), offset=reader.torn.offset)
    vault = Vault()
    return Player(
        reader,
        redactor=redactor_of(config, vault),
        bindings=Bindings(vault) if config.replay.restore else None,
        dialect_of=dialect_of,
        speed=config.replay.speed,
        max_body=config.limits.max_body,
        strict=config.replay.strict,
        shorten_waits=config.replay.shorten_waits,
        outcome_headers=config.outcome_headers,
        match_rules=MatchRules.of(config.match),
        wildcards=wildcards,
        session=session,
    )


def _upstream(config: Config) -> Upstream:
    return Upstream(
        config.upstream,
        connect_timeout=config.limits.connect_timeout,
        read_timeout=config.limits.read_timeout,
        max_head=config.limits.max_head,
        ca_file=config.ca_file,
        trust_env=config.trust_env,
    )


def _sealer(config: Config) -> Sealer:
    redactor = redactor_of(config, Vault())
    return Sealer(redactor, dialect_of, config.limits.max_body, Codec(config.cassette.compression))


def _writer(
    config: Config, path: Path, *, append: bool, now_ns: Callable[[], int]
) -> CassetteWriter:
    fsync = config.cassette.fsync
    if append and path.exists():
        return CassetteWriter.append_to(path, fsync=fsync)
    header = Header(now_ns(), f"runreel {__version__}", str(config.upstream))
    return CassetteWriter.create(path, header, mode=config.cassette.file_mode, fsync=fsync)
