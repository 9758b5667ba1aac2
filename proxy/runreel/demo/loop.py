"""The whole loop in one process, over real sockets: simulator, recording, replay.

The cassette takes its place only when it is whole: it is recorded in a folder of its own beside it,
which goes whatever happens.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from msgspec.structs import replace

from runreel.config import Address, Config, ReplaySettings, Speed, UpstreamUrl
from runreel.demo.client import Display, NoDisplay, converse
from runreel.demo.conversation import CONVERSATION, Turn
from runreel.errors import RunreelError
from runreel.model import Mode
from runreel.shell.record.recorder import Recorder
from runreel.shell.replay.player import Player
from runreel.shell.server.listener import listen
from runreel.shell.session.opening import build_player, open_recorder
from runreel.shell.store import CassetteReader
from runreel.shell.store.folder import Folder, translate_os_errors
from runreel.shell.store.lock import acquire_lock

KEY = "sk-test-demo-key-that-opens-nothing"
"""Sent while recording only, as a real key would be."""

_ANYWHERE = Address("127.0.0.1", 0)
_MAX_HEAD = 65_536
_GRACE = 3.0


def build_demo_config(config: Config) -> Config:
    """What the demo takes over from the user's settings: how cassettes are written, and the log.

    The log must not drown the story; and without headers of the proxy's own, all that a client sees
    can be compared.
    """
    return Config(
        cassette=config.cassette, log=replace(config.log, level="warning"), outcome_headers=False
    )


@dataclass(frozen=True, slots=True)
class DemoLoop:
    """Records and replays the demo's conversation."""

    path: Path
    """The cassette."""
    config: Config

    async def record(self, upstream: str, display: Display) -> tuple[Turn, ...]:
        """Hold the conversation with ``upstream`` through the recording proxy.

        Raises ``RunreelError`` if it does not come to its end; an old cassette stays then.
        """
        config = replace(self.config, upstream=UpstreamUrl(upstream))
        with stage_cassette(self.path) as path:
            async with open_recorder(config, path) as (recorder, archive), _serve(recorder) as url:
                turns = await converse(url, CONVERSATION, display=display, key=KEY)
            _raise_if_failed(turns[-1])
            if archive.lost:
                raise RunreelError(f"{archive.lost} exchanges were not stored; the log says why")
        return turns

    async def replay(self, speed: Speed, display: Display | None = None) -> tuple[Turn, ...]:
        """Hold the conversation with the cassette; each header is as it was, those of waits too."""
        settings = ReplaySettings(speed=speed, shorten_waits=False)
        config = replace(self.config, replay=settings)
        with CassetteReader.open(self.path) as reader:
            async with _serve(build_player(config, reader)) as url:
                return await converse(url, CONVERSATION, display=display or NoDisplay())


@asynccontextmanager
async def _serve(service: Recorder | Player) -> AsyncIterator[str]:
    """The proxy on a free port, as its URL; all answers have ended when the block has."""
    mode = Mode.RECORD if isinstance(service, Recorder) else Mode.REPLAY
    async with listen(service.handle, _ANYWHERE, mode=mode, max_head=_MAX_HEAD) as proxy:
        yield proxy.url
        await service.in_flight.drain(_GRACE)


def _raise_if_failed(turn: Turn) -> None:
    if turn.answer.status >= 400 or not turn.is_whole:
        raise RunreelError(
            f"the simulator answered {turn.answer.status} to {turn.line}: "
            "the conversation could not be recorded"
        )


@contextmanager
def stage_cassette(path: Path) -> Iterator[Path]:
    """Where to write what becomes the cassette at ``path`` if the block ends well.

    Raises ``CassetteLockedError`` if somebody is recording there, ``StoreError`` if no cassette can
    be had at ``path``.
    """
    with ExitStack() as held:
        with translate_os_errors(path):
            folder = acquire_lock(Folder.open_or_create(path.parent), path, held)
            folder.has_regular_file(path.name)
            place = TemporaryDirectory(prefix=f".{path.name}.", dir=path.parent)
        unfinished = Path(held.enter_context(place), path.name)
        yield unfinished
        with translate_os_errors(path):
            unfinished.rename(path)
            folder.sync()
