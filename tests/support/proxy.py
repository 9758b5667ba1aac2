"""The proxy in this process, on a real socket."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from msgspec.structs import replace

from runreel.config import Address, Config, Limits, ReplaySettings, Speed, UpstreamUrl
from runreel.model import Exchange, Mode
from runreel.shell.record.recorder import Recorder
from runreel.shell.record.write_queue import WriteQueue
from runreel.shell.replay.player import Player
from runreel.shell.serve import run_server
from runreel.shell.server.listener import Listener, listen
from runreel.shell.session.opening import build_player, open_recorder
from runreel.shell.session.registry import Sessions
from runreel.shell.store import CassetteReader
from support.client import ask, build_get
from support.upstream import Script, build_ok, serve_scripts

ANYWHERE = Address("127.0.0.1", 0)
LIMITS = Limits(connect_timeout=5.0, read_timeout=20.0, drain_time=5.0, shutdown_timeout=5.0)


@dataclass(frozen=True, slots=True)
class RecordingProxy:
    """A recording proxy."""

    url: str
    listener: Listener
    recorder: Recorder
    write_queue: WriteQueue


@asynccontextmanager
async def serve_recording(
    upstream: str, path: Path, *, config: Config | None = None, append: bool = False
) -> AsyncIterator[RecordingProxy]:
    """Record requests to ``upstream`` into ``path``; the cassette is complete after the block."""
    config = config or Config(limits=LIMITS)
    config = replace(config, listen=ANYWHERE, upstream=UpstreamUrl(upstream))
    async with (
        open_recorder(config, path, append=append) as (recorder, write_queue),
        listen(
            recorder.handle, config.listen, mode=Mode.RECORD, max_head=config.limits.max_head
        ) as listener,
    ):
        yield RecordingProxy(listener.url, listener, recorder, write_queue)
        await recorder.in_flight.drain(config.limits.shutdown_timeout)


@asynccontextmanager
async def serve_replay(
    path: Path, *, speed: Speed = Speed.INSTANT, config: Config | None = None
) -> AsyncIterator[tuple[str, Player]]:
    """Replay the cassette at ``path``; yield the base URL and the player."""
    config = config or Config(replay=ReplaySettings(speed=speed))
    with CassetteReader.open(path) as reader:
        player = build_player(config, reader)
        async with listen(
            player.handle, ANYWHERE, mode=Mode.REPLAY, max_head=config.limits.max_head
        ) as listener:
            yield listener.url, player


@asynccontextmanager
async def serve_sessions(
    folder: Path,
    *,
    config: Config | None = None,
    upstream: str = "",
    token: str = "",
    address: Address = ANYWHERE,
) -> AsyncIterator[tuple[str, Sessions]]:
    """Serve sessions with cassettes in ``folder``; yield the base URL and the sessions.

    All sessions are ended after the block.
    """
    config = config or Config(limits=LIMITS, mode="replay")
    config = replace(config, listen=address, upstream=UpstreamUrl(upstream))
    sessions = Sessions(config, folder)
    try:
        async with run_server(config, sessions, token) as listener:
            yield listener.url, sessions
            await sessions.close()
    finally:
        await sessions.close()


async def record_bodies(path: Path, *bodies: bytes) -> Path:
    """Record ``GET /1``, ``GET /2`` and so on, answered with these bodies; return ``path``."""
    scripts: list[Script] = [[build_ok(body)] for body in bodies]
    async with serve_scripts(*scripts) as upstream, serve_recording(upstream.url, path) as proxy:
        for number in range(1, len(bodies) + 1):
            await ask(proxy.url, build_get(f"/{number}"))
    return path


def read_exchanges(path: Path) -> list[Exchange]:
    """Read all exchanges of a cassette, in the order of their requests."""
    with CassetteReader.open(path) as reader:
        return [reader.read_exchange(head.number) for head in reader.heads]
