"""Open a session: from its specification to the components that its mode needs."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import Executor
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, cast

import structlog
from msgspec import Struct, field

from runreel import __version__
from runreel.config.schema import Config, Limits
from runreel.core.bind.bound_values import ClientValues
from runreel.core.cassette import CassetteHeader, Codec
from runreel.core.match.matching import Matching
from runreel.core.match.rules import MatchRules
from runreel.core.page_links import PageLinks
from runreel.core.record.buffers import MemoryBudget
from runreel.core.redact.vault import Vault
from runreel.core.replay.clean_calls import CleanCalls
from runreel.core.replay.restore import Bindings
from runreel.dialects import build_finder
from runreel.errors import UsageError
from runreel.model import Mode
from runreel.shell.process.gc_pause import MANY, exempt_from_gc, pause_gc
from runreel.shell.process.redaction import (
    build_comparing_redactor,
    build_redaction_rules,
    build_redactor,
)
from runreel.shell.process.uncancellable import run_in_worker
from runreel.shell.record.backlog import Backlog
from runreel.shell.replay.player import Player
from runreel.shell.replay.queries import QueryBuilder, SharedVault
from runreel.shell.server.activity import Activity
from runreel.shell.session.session import (
    Session,
    SessionSpec,
    log_notes,
)
from runreel.shell.store.names import DEFAULT_SESSION
from runreel.shell.store.reader import CassetteReader

if TYPE_CHECKING:
    from runreel.core.record.seal import Sealer
    from runreel.shell.record.recorder import Recorder
    from runreel.shell.record.upstream import Upstream
    from runreel.shell.record.write_queue import WriteQueue
    from runreel.shell.store.writer import CassetteWriter

log = structlog.get_logger()


class ServerResources(Struct, frozen=True):
    """Resources that all sessions of a server share."""

    budget: MemoryBudget
    """Limit on the bytes of bodies held in memory."""
    backlog: Backlog
    """The exchanges that are to be stored."""
    pool: Executor | None = None
    """Threads for work on cassettes; None: the event loop's default executor."""
    activity: Activity | None = None
    """Gets the outcome of calls that are stored; None: nobody can follow the server."""
    links: PageLinks = field(default_factory=PageLinks)
    """Addresses for log lines and reports."""

    @classmethod
    def build(
        cls,
        limits: Limits,
        pool: Executor | None = None,
        activity: Activity | None = None,
        links: PageLinks | None = None,
    ) -> ServerResources:
        """Return the resources within these limits."""
        budget = MemoryBudget(limits.max_memory)
        return cls(budget, Backlog(limits), pool, activity, links or PageLinks())


async def open_session(
    spec: SessionSpec, resources: ServerResources, *, now_ns: Callable[[], int] = time.time_ns
) -> Session:
    """Open the cassette and return a session that can answer requests.

    Raises ``RunreelError`` if the cassette cannot be opened or the mode needs an upstream.
    """
    if spec.mode is not Mode.REPLAY and not spec.config.upstream:
        raise UsageError(
            f"{spec.mode.value} needs the real API: give its URL as upstream, or set it in "
            "config.toml"
        )
    exit_stack = AsyncExitStack()
    try:
        return await _OPENERS[spec.mode](_Opener(spec, resources, exit_stack, now_ns))
    except BaseException:
        await exit_stack.aclose()
        raise


class _Opener(Struct, frozen=True):
    """Opens the components of one session; ``exit_stack`` closes them at its end."""

    spec: SessionSpec
    resources: ServerResources
    exit_stack: AsyncExitStack
    now_ns: Callable[[], int]

    async def open_replay(self) -> Session:
        """Return a session with a player of the cassette."""
        is_empty = self.spec.may_be_missing and not self.spec.path.exists()
        reader = (
            CassetteReader.make_empty(self.spec.path) if is_empty else await self._open_reader()
        )
        player = self._build_player(reader)
        return Session(
            self.spec, player, self.exit_stack, self.resources.pool, player=player, reader=reader
        )

    async def open_record(self) -> Session:
        """Return a session with a recorder that writes to the cassette."""
        writer = await self._open_writer(append=self.spec.append)
        queue = self._build_write_queue(writer)
        recorder = self._build_recorder(queue, writer.next_number)
        return Session(
            self.spec,
            recorder,
            self.exit_stack,
            self.resources.pool,
            write_queue=queue,
            writer=writer,
        )

    async def open_auto(self) -> Session:
        """Return a session with a player, and a recorder that adds to the same cassette."""
        from runreel.shell.session.auto import AutoHandler  # noqa: PLC0415 - not for a replay

        writer = await self._open_writer(append=True)
        reader = await self._open_reader()
        # No wildcards: a request that differs in a placeholder can be sent to the upstream.
        player = self._build_player(reader, wildcards=False)
        queue = self._build_write_queue(writer)
        recorder = self._build_recorder(queue, writer.next_number)
        handler = AutoHandler(player, recorder, max_body=self.spec.config.limits.max_body)
        return Session(
            self.spec,
            handler,
            self.exit_stack,
            self.resources.pool,
            player=player,
            reader=reader,
            write_queue=queue,
            writer=writer,
        )

    async def open_passthrough(self) -> Session:
        """Return a session with a recorder that forwards and stores nothing."""
        recorder = self._build_recorder(None, 1)
        return Session(self.spec, recorder, self.exit_stack, self.resources.pool)

    async def _open_reader(self) -> CassetteReader:
        return await run_in_worker(self._open_reader_now, self.resources.pool)

    async def _open_writer(self, *, append: bool) -> CassetteWriter:
        writer = await run_in_worker(
            lambda: self._open_writer_now(append=append), self.resources.pool
        )
        log_notes(writer.notes, self.spec.path)
        return writer

    # What a worker opens, the worker also hands to the stack: if the waiting task is cancelled,
    # nobody gets the result.

    def _open_reader_now(self) -> CassetteReader:
        reader = _open_reader(self.spec.path)
        self.exit_stack.callback(reader.close)
        return reader

    def _open_writer_now(self, *, append: bool) -> CassetteWriter:
        spec = self.spec
        writer = _open_writer(spec.config, spec.path, append=append, now_ns=self.now_ns)
        self.exit_stack.callback(writer.discard)  # no effect if the session has closed it
        return writer

    def _build_player(self, reader: CassetteReader, *, wildcards: bool = True) -> Player:
        return build_player(
            self.spec.config,
            reader,
            session=self.spec.name,
            wildcards=wildcards,
            record_command=self.spec.record_command,
            links=self.resources.links,
            pool=self.resources.pool,
        )

    def _build_write_queue(self, writer: CassetteWriter) -> WriteQueue:
        from runreel.shell.record.write_queue import WriteQueue  # noqa: PLC0415 - not for a replay

        activity = self.resources.activity
        return WriteQueue(
            _build_sealer(self.spec.config, writer.version),
            writer,
            pool=self.resources.pool,
            session=self.spec.name,
            backlog=self.resources.backlog,
            links=self.resources.links,
            on_settled=None if activity is None else partial(activity.settle, self.spec.name),
        )

    def _build_recorder(self, queue: WriteQueue | None, first_number: int) -> Recorder:
        from runreel.shell.record.recorder import Recorder  # noqa: PLC0415 - not for a replay

        config = self.spec.config
        upstream = _build_upstream(config)
        self.exit_stack.push_async_callback(upstream.close)
        return Recorder(
            upstream,
            queue,
            config,
            session=self.spec.name,
            log_redactor=build_redactor(config, Vault(refuses_excess=False)),
            find_dialect=build_finder(config.dialect),
            budget=self.resources.budget,
            first_number=first_number,
            now_ns=self.now_ns,
        )


_OPENERS: dict[Mode, Callable[[_Opener], Awaitable[Session]]] = {
    Mode.REPLAY: _Opener.open_replay,
    Mode.RECORD: _Opener.open_record,
    Mode.AUTO: _Opener.open_auto,
    Mode.PASSTHROUGH: _Opener.open_passthrough,
}


@asynccontextmanager
async def open_recorder(
    config: Config, path: Path, *, append: bool = False, now_ns: Callable[[], int] = time.time_ns
) -> AsyncIterator[tuple[Recorder, WriteQueue]]:
    """Yield a recorder that writes to ``path``, and its write queue; then close the cassette.

    Raises ``RunreelError`` if the cassette cannot be opened.
    """
    spec = SessionSpec(DEFAULT_SESSION, path, Mode.RECORD, config, append=append)
    session = await open_session(spec, ServerResources.build(config.limits), now_ns=now_ns)
    try:
        yield cast("Recorder", session.handler), cast("WriteQueue", session.write_queue)
    finally:
        await session.end()


def build_player(
    config: Config,
    reader: CassetteReader,
    *,
    session: str = DEFAULT_SESSION,
    wildcards: bool = True,
    record_command: str = "",
    links: PageLinks | None = None,
    pool: Executor | None = None,
) -> Player:
    """Return a player of the cassette that ``reader`` has open; ``pool`` is that of ``Player``.

    Raises ``CorruptCassetteError`` if a record is damaged; a torn tail is only logged.
    """
    reader.raise_if_damaged()
    if reader.torn is not None:
        log.warning("torn_tail", cassette=str(reader.path), offset=reader.torn.offset)
    vault = SharedVault(refuses_excess=False)
    client_values = ClientValues()
    clean_calls = CleanCalls(build_redaction_rules(config).digest, vault)
    find_dialect = build_finder(config.dialect)
    matching = Matching(find_dialect, MatchRules.from_settings(config.match))
    queries = QueryBuilder(
        build_redactor(config, vault),
        build_redactor(config, vault),
        matching,
        client_values=client_values,
        clean_calls=clean_calls,
        max_body=config.limits.max_body,
        pool=pool,
    )
    return Player(
        reader,
        config,
        session=session,
        matching=matching,
        build_query=queries.build,
        client_values=client_values,
        clean_calls=clean_calls,
        bindings=Bindings(vault, matching.rules.mask) if config.replay.restore else None,
        find_dialect=find_dialect,
        wildcards=wildcards,
        redact_recorded=lambda request: (
            build_comparing_redactor(config).redact_request(request).request
        ),
        record_command=record_command,
        links=links,
        pool=pool,
    )


def _build_upstream(config: Config) -> Upstream:
    from runreel.shell.record.upstream import Upstream  # noqa: PLC0415 - not for a replay

    return Upstream(
        config.upstream,
        connect_timeout=config.limits.connect_timeout,
        read_timeout=config.limits.read_timeout,
        max_head=config.limits.max_head,
        ca_file=config.ca_file,
        trust_env=config.trust_env,
    )


def _build_sealer(config: Config, version: int) -> Sealer:
    from runreel.core.record.seal import Sealer  # noqa: PLC0415 - not for a replay

    redactor, finder = build_redactor(config, Vault()), build_finder(config.dialect)
    codec = Codec(config.cassette.compression)
    return Sealer(redactor, finder, config.limits.max_body, codec, version)


def _open_reader(path: Path) -> CassetteReader:
    with pause_gc():  # which would begin with the heads
        reader = CassetteReader.open(path)
        if len(reader.heads) >= MANY:
            exempt_from_gc()
    return reader


def _open_writer(
    config: Config, path: Path, *, append: bool, now_ns: Callable[[], int]
) -> CassetteWriter:
    from runreel.shell.store.writer import CassetteWriter  # noqa: PLC0415 - not for a replay

    fsync = config.cassette.fsync
    if append and path.exists():
        return CassetteWriter.append_to(path, fsync=fsync)
    header = CassetteHeader(now_ns(), f"runreel {__version__}", str(config.upstream))
    return CassetteWriter.create(path, header, mode=config.cassette.file_mode, fsync=fsync)
