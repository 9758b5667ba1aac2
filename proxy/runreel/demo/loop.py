"""Recording and replay of the demo's conversation in one process, over real sockets.

The cassette is recorded in a temporary folder beside its path and moved there when it is complete.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from msgspec.structs import replace

from runreel.config import Address, Config, ReplaySettings, Speed, UpstreamUrl
from runreel.demo.client import Display, NoDisplay, converse
from runreel.demo.conversation import CONVERSATION, ConversationStep, Turn
from runreel.errors import RunreelError
from runreel.model import Mode
from runreel.shell.record.recorder import Recorder
from runreel.shell.replay.player import Player
from runreel.shell.server.listener import listen
from runreel.shell.session.opening import build_player, open_recorder
from runreel.shell.store.folder import Folder, translate_os_errors
from runreel.shell.store.lock import acquire_lock
from runreel.shell.store.reader import CassetteReader

KEY = "sk-test-demo-key-that-opens-nothing"
"""A fake key, sent only during the recording, as a real one would be."""

_ANYWHERE = Address("127.0.0.1", 0)
_MAX_HEAD = 65_536
_GRACE = 3.0


def build_demo_config(config: Config) -> Config:
    """Return the settings of the demo: those of the user for cassettes and the log, else defaults.

    Only warnings are logged, so that the log does not hide the demo's output. The proxy adds no
    headers, so that all headers of the answers can be compared.
    """
    return Config(
        cassette=config.cassette, log=replace(config.log, level="warning"), outcome_headers=False
    )


@dataclass(frozen=True, slots=True)
class DemoLoop:
    """Recording and replay of the demo's conversation."""

    path: Path
    """The cassette."""
    config: Config
    steps: Sequence[ConversationStep] = CONVERSATION

    async def record(self, upstream: str, display: Display) -> tuple[Turn, ...]:
        """Hold the conversation with ``upstream`` through the recording proxy.

        Raises ``RunreelError`` if the conversation fails; a cassette that was there then stays.
        """
        config = replace(self.config, upstream=UpstreamUrl(upstream))
        with stage_cassette(self.path) as path:
            async with (
                open_recorder(config, path) as (recorder, write_queue),
                _serve(recorder) as url,
            ):
                turns = await converse(url, self.steps, display=display, key=KEY)
            _raise_if_failed(turns[-1])
            if write_queue.lost:
                raise RunreelError(
                    f"{write_queue.lost} exchanges were not stored; the log has the reason"
                )
        return turns

    async def replay(self, speed: Speed, display: Display | None = None) -> tuple[Turn, ...]:
        """Hold the conversation with the cassette; headers with waiting times are not shortened."""
        settings = ReplaySettings(speed=speed, shorten_waits=False)
        config = replace(self.config, replay=settings)
        with CassetteReader.open(self.path) as reader:
            async with _serve(build_player(config, reader)) as url:
                return await converse(url, self.steps, display=display or NoDisplay())


@asynccontextmanager
async def _serve(service: Recorder | Player) -> AsyncIterator[str]:
    """Run the proxy on a free port and yield its URL; at the end, wait until all answers end."""
    mode = Mode.RECORD if isinstance(service, Recorder) else Mode.REPLAY
    async with listen(service.handle, _ANYWHERE, mode=mode, max_head=_MAX_HEAD) as proxy:
        yield proxy.url
        await service.in_flight.drain(_GRACE)


def _raise_if_failed(turn: Turn) -> None:
    if turn.answer.status >= 400 or not turn.is_whole:
        raise RunreelError(
            f"the conversation could not be recorded: "
            f"the simulator answered {turn.line} with status {turn.answer.status}"
        )


@contextmanager
def stage_cassette(path: Path) -> Iterator[Path]:
    """Yield a temporary path; move the file there to ``path`` if the block succeeds.

    Raises ``CassetteLockedError`` if another process records to ``path``, ``StoreError`` if
    ``path`` cannot be written.
    """
    with ExitStack() as stack:
        with translate_os_errors(path):
            folder = acquire_lock(Folder.open_or_create(path.parent), path, stack)
            folder.has_regular_file(path.name)
            temporary = TemporaryDirectory(prefix=f".{path.name}.", dir=path.parent)
        temporary_path = Path(stack.enter_context(temporary), path.name)
        yield temporary_path
        with translate_os_errors(path):
            temporary_path.rename(path)
            folder.sync()
