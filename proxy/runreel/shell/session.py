"""A session from its start to its report: open the cassette, serve, settle, close.

What every command that serves has in common; the commands choose the cassette and the settings.
"""

from __future__ import annotations

import os
import time
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

import structlog
from aiohttp import web
from aiohttp.web_request import BaseRequest

from runreel import __version__
from runreel.config import Config
from runreel.core.cassette import Codec, Header
from runreel.core.redact import Redactor, Rules, Vault
from runreel.core.seal import Sealer
from runreel.dialects import dialect_of
from runreel.errors import UsageError
from runreel.model import Mode
from runreel.shell.archive import Archive
from runreel.shell.lifecycle import Stop, client_environment, run_command, stop_signals
from runreel.shell.logs import lost_lines
from runreel.shell.progress import Progress
from runreel.shell.record import Recorder
from runreel.shell.replay import Player
from runreel.shell.serving import listening
from runreel.shell.store import CassetteReader, CassetteWriter
from runreel.shell.upstream import Upstream

log = structlog.get_logger()


class Service(Protocol):
    """What answers requests: a recorder or a player."""

    progress: Progress

    async def handle(self, request: BaseRequest) -> web.StreamResponse:
        """Answer one request."""
        ...


Announce = Callable[[str], None]
"""Called with the base URL when the server is ready."""


async def record(
    config: Config, path: Path, *, append: bool, command: Sequence[str], announce: Announce
) -> int:
    """Record to ``path`` until told to stop, or until ``command`` has ended; return the exit code.

    Raises ``RunreelError`` if the cassette or the address cannot be had.
    """
    _demand_another_upstream(config)
    async with (
        stop_signals(patience=_patience(command)) as stop,
        recording(config, path, append=append) as (recorder, archive),
    ):
        code = await _serve(
            recorder,
            stop,
            config,
            Mode.RECORD,
            command=command,
            announce=announce,
            upstream=config.upstream,
        )
    return 3 if archive.lost and not code else code


async def replay(config: Config, path: Path, *, command: Sequence[str], announce: Announce) -> int:
    """Replay ``path`` until told to stop, or until ``command`` has ended; return the exit code.

    Raises ``RunreelError`` if the cassette cannot be read or the address cannot be had.
    """
    with CassetteReader.open(path) as reader:
        player = replaying(config, reader)
        async with stop_signals(patience=_patience(command)) as stop:
            code = await _serve(
                player,
                stop,
                config,
                Mode.REPLAY,
                command=command,
                announce=announce,
                upstream=reader.header.upstream,
            )
    log.info(
        "session_ended",
        cassette=str(path),
        replayed=player.replayed,
        missed=player.missed,
        unlogged=lost_lines(),
    )
    return code


def _demand_another_upstream(config: Config) -> None:
    upstream = urlsplit(config.upstream)
    own = {"localhost", "127.0.0.1", "::1", config.listen.host}
    if upstream.hostname in own and upstream.port == config.listen.port:
        raise UsageError(f"the upstream {config.upstream} is the proxy's own address")


def _patience(command: Sequence[str]) -> int:
    """Signals until the process ends at once: a wrapped command takes one to be killed."""
    return 2 if command else 1


async def _serve(
    service: Service,
    stop: Stop,
    config: Config,
    mode: Mode,
    *,
    command: Sequence[str],
    announce: Announce,
    upstream: str,
) -> int:
    async with listening(
        service.handle, config.listen, mode=mode, max_head=config.limits.max_head
    ) as listener:
        announce(listener.url)
        code = 0
        if command:
            code = await _run(command, stop, config, mode, url=listener.url, upstream=upstream)
        else:
            await stop.wait()
        await listener.refuse_more()
        await service.progress.settle(config.limits.shutdown_timeout)
    return code


async def _run(
    command: Sequence[str], stop: Stop, config: Config, mode: Mode, *, url: str, upstream: str
) -> int:
    environment = client_environment(
        url.replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//[::1]:"),
        prefix="" if urlsplit(upstream).path else "/v1",
        with_dummy_key=mode is Mode.REPLAY,
        environ=os.environ,
    )
    return await run_command(command, environment, stop, grace=config.limits.shutdown_timeout)


@asynccontextmanager
async def recording(
    config: Config, path: Path, *, append: bool = False, now_ns: Callable[[], int] = time.time_ns
) -> AsyncIterator[tuple[Recorder, Archive]]:
    """A recorder that writes to ``path``; at the end of the block the cassette is whole and closed.

    Raises ``RunreelError`` if the cassette cannot be had.
    """
    async with AsyncExitStack() as held:
        upstream = _upstream(config)
        held.push_async_callback(upstream.close)
        writer = _writer(config, path, append=append, now_ns=now_ns)
        archive = Archive(_sealer(config), writer)
        held.callback(_close, writer, archive, path)
        held.push_async_callback(archive.close)
        recorder = Recorder(
            upstream,
            archive,
            log_redactor=Redactor(_rules(config), Vault()),
            dialect_of=dialect_of,
            limits=config.limits,
            first_number=writer.next_number,
            now_ns=now_ns,
            outcome_headers=config.outcome_headers,
            preserve_encoding=config.preserve_encoding,
        )
        yield recorder, archive


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
    redactor = Redactor(_rules(config), Vault())
    return Sealer(redactor, dialect_of, config.limits.max_body, Codec(config.cassette.compression))


def _writer(
    config: Config, path: Path, *, append: bool, now_ns: Callable[[], int]
) -> CassetteWriter:
    fsync = config.cassette.fsync
    if append and path.exists():
        writer = CassetteWriter.append_to(path, fsync=fsync)
    else:
        header = Header(now_ns(), f"runreel {__version__}", str(config.upstream))
        writer = CassetteWriter.create(path, header, mode=config.cassette.file_mode, fsync=fsync)
    _note(writer.notes, path)
    return writer


def _close(writer: CassetteWriter, archive: Archive, path: Path) -> None:
    log.info(
        "session_ended",
        cassette=str(path),
        recorded=archive.recorded,
        lost=archive.lost,
        unlogged=lost_lines(),
    )
    if not archive.accepted:
        writer.discard()  # a recording of nothing must not take the place of something
    elif archive.lost:
        _note(writer.close_incomplete(), path)
    else:
        writer.close()


def _note(notes: Iterable[str], path: Path) -> None:
    for note in notes:
        log.warning("cassette_note", cassette=str(path), note=note)


def replaying(config: Config, reader: CassetteReader) -> Player:
    """A player of the cassette that ``reader`` has open.

    Raises ``CorruptCassetteError`` if a record of it is damaged; a torn tail is only reported.
    """
    reader.demand_intact()
    if reader.torn is not None:
        log.warning("torn_tail", cassette=str(reader.path), offset=reader.torn.offset)
    return Player(
        reader,
        redactor=Redactor(_rules(config), Vault()),
        dialect_of=dialect_of,
        speed=config.replay.speed,
        max_body=config.limits.max_body,
        strict=config.replay.strict,
        outcome_headers=config.outcome_headers,
    )


def _rules(config: Config) -> Rules:
    redact = config.redact
    return Rules.extended(headers=redact.headers, query=redact.query, fields=redact.fields)
