"""The proxy in this process, on a real socket, in front of any upstream."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from msgspec.structs import replace

from runreel.config import Address, Config, Limits, ReplaySettings, Speed, Upstream
from runreel.model import Exchange, Mode
from runreel.shell.record.recorder import Recorder
from runreel.shell.record.write_queue import Archive
from runreel.shell.replay.player import Player
from runreel.shell.serve import serving
from runreel.shell.server.listener import Listener, listening
from runreel.shell.session.opening import recording, replaying
from runreel.shell.session.registry import Sessions
from runreel.shell.store import CassetteReader
from support.client import ask, get
from support.upstream import Script, scripted

ANYWHERE = Address("127.0.0.1", 0)
LIMITS = Limits(connect_timeout=5.0, read_timeout=20.0, drain_time=5.0, shutdown_timeout=5.0)


@dataclass(frozen=True, slots=True)
class RecordingProxy:
    """A proxy that records."""

    url: str
    listener: Listener
    recorder: Recorder
    archive: Archive


@asynccontextmanager
async def recording_proxy(
    upstream: str, path: Path, *, config: Config | None = None, append: bool = False
) -> AsyncIterator[RecordingProxy]:
    """Record what goes to ``upstream`` into ``path``; at the end the cassette is whole."""
    config = config or Config(limits=LIMITS)
    config = replace(config, listen=ANYWHERE, upstream=Upstream(upstream))
    async with (
        recording(config, path, append=append) as (recorder, archive),
        listening(
            recorder.handle, config.listen, mode=Mode.RECORD, max_head=config.limits.max_head
        ) as listener,
    ):
        yield RecordingProxy(listener.url, listener, recorder, archive)
        await recorder.progress.settle(config.limits.shutdown_timeout)


@asynccontextmanager
async def replaying_proxy(
    path: Path, *, speed: Speed = Speed.INSTANT, config: Config | None = None
) -> AsyncIterator[tuple[str, Player]]:
    """Replay ``path``; yields the base URL and the player."""
    config = config or Config(replay=ReplaySettings(speed=speed))
    with CassetteReader.open(path) as reader:
        player = replaying(config, reader)
        async with listening(
            player.handle, ANYWHERE, mode=Mode.REPLAY, max_head=config.limits.max_head
        ) as listener:
            yield listener.url, player


@asynccontextmanager
async def sessions_proxy(
    folder: Path,
    *,
    config: Config | None = None,
    upstream: str = "",
    token: str = "",
    address: Address = ANYWHERE,
) -> AsyncIterator[tuple[str, Sessions]]:
    """Serve sessions by name, with cassettes in ``folder``; yields the base URL and the sessions.

    At the end all sessions have ended.
    """
    config = config or Config(limits=LIMITS, mode="replay")
    config = replace(config, listen=address, upstream=Upstream(upstream))
    sessions = Sessions(config, folder)
    try:
        async with serving(config, sessions, token) as listener:
            yield listener.url, sessions
            await sessions.close()
    finally:
        await sessions.close()


def ok(body: bytes) -> bytes:
    """An answer of an upstream."""
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)


async def recorded(path: Path, *bodies: bytes) -> Path:
    """A cassette of ``GET /1``, ``GET /2`` and so on, one for each body."""
    scripts: list[Script] = [[ok(body)] for body in bodies]
    async with scripted(*scripts) as upstream, recording_proxy(upstream.url, path) as proxy:
        for number in range(1, len(bodies) + 1):
            await ask(proxy.url, get(f"/{number}"))
    return path


def exchanges(path: Path) -> list[Exchange]:
    """All exchanges of a cassette, in the order of their requests."""
    with CassetteReader.open(path) as reader:
        return [reader.exchange(head.number) for head in reader.heads]
