"""The life of a serving process: told to stop, or done with the command it was started for."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

from runreel.errors import UsageError
from runreel.shell.process.rlimits import restore_inherited_limits

_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_DUMMY_KEY = "runreel-needs-no-key"


class StopSignals:
    """The signals by which the process was told to stop."""

    def __init__(self) -> None:
        self.signals: list[signal.Signals] = []
        self.is_orphaned = False
        """Whether it was the end of standard input that told, with the process that held it."""
        self._queue: asyncio.Queue[signal.Signals] = asyncio.Queue()

    def add(self, number: signal.Signals) -> None:
        """Note one more signal."""
        self.signals.append(number)
        self._queue.put_nowait(number)

    async def wait(self) -> signal.Signals:
        """The next signal."""
        return await self._queue.get()


def stop_on_stdin_eof(stop: StopSignals) -> None:
    """Tell ``stop`` when standard input ends, as it does with the process that holds its end."""
    loop = asyncio.get_running_loop()

    def orphaned() -> None:
        stop.is_orphaned = True
        stop.add(signal.SIGTERM)

    def watch() -> None:
        while os.read(0, 4096):
            pass
        with suppress(RuntimeError):  # the loop has ended before
            loop.call_soon_threadsafe(orphaned)

    threading.Thread(target=watch, daemon=True).start()


@asynccontextmanager
async def catch_stop_signals(*, graceful: int) -> AsyncIterator[StopSignals]:
    """Take SIGINT and SIGTERM as requests to stop; the one after ``patience`` of them ends it all.

    Nothing is closed then: what was acknowledged is on disk, and all else is lost.
    """
    loop = asyncio.get_running_loop()
    stop = StopSignals()

    def told(number: signal.Signals) -> None:
        if len(stop.signals) == graceful:
            os._exit(128 + number)
        stop.add(number)

    for number in _STOP_SIGNALS:
        loop.add_signal_handler(number, told, number)
    try:
        yield stop
    finally:
        for number in _STOP_SIGNALS:
            loop.remove_signal_handler(number)


async def run_command(
    command: Sequence[str], environment: Mapping[str, str], stop: StopSignals, *, grace: float
) -> int:
    """Run ``command`` to its end and return its exit code (128 + N if signal N ended it).

    A SIGTERM is passed on, and followed by SIGKILL after ``grace`` seconds. SIGINT comes from a
    terminal, which tells the command as well: it is left to end in its own time. A second signal
    kills it. Raises ``UsageError`` if it cannot be started.
    """
    try:
        with restore_inherited_limits():
            child = await asyncio.create_subprocess_exec(*command, env=environment)
    except OSError as error:
        raise UsageError(f"cannot run {command[0]}: {error.strerror}") from None
    ended = asyncio.ensure_future(child.wait())
    told = await _wait_for_signal(ended, stop.wait())
    if told is signal.SIGTERM:
        _send_signal(child.pid, signal.SIGTERM)
    if told is not None:
        await _wait_for_signal(
            ended, stop.wait(), seconds=grace if told is signal.SIGTERM else None
        )
        if not ended.done():
            _send_signal(child.pid, signal.SIGKILL)
    code = await ended
    return code if code >= 0 else 128 - code


async def _wait_for_signal(
    ended: asyncio.Future[int],
    next_signal: Coroutine[None, None, signal.Signals],
    *,
    seconds: float | None = None,
) -> signal.Signals | None:
    """The signal, if one came before the command ended and the seconds were over."""
    waiting = asyncio.ensure_future(next_signal)
    racing: set[asyncio.Future[Any]] = {ended, waiting}
    await asyncio.wait(racing, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    if waiting.done():
        return waiting.result()
    waiting.cancel()
    return None


def _send_signal(process: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):  # it has just ended by itself
        os.kill(process, number)


def build_client_environment(
    base_url: str, *, prefix: str, with_dummy_key: bool, environ: Mapping[str, str]
) -> dict[str, str]:
    """``environ`` with the variables by which SDKs find their server pointing at ``base_url``.

    ``prefix`` is what the clients of the upstream put in front of their paths (``/v1``).
    ``with_dummy_key`` fills in a key that is none, where the SDKs demand one and none is set.
    """
    pointed = {
        "OPENAI_BASE_URL": base_url + prefix,
        "AZURE_OPENAI_ENDPOINT": base_url,
        "ANTHROPIC_BASE_URL": base_url,
    }
    spared = environ.get("no_proxy") or environ.get("NO_PROXY", "")
    direct = ",".join(filter(None, (spared, "127.0.0.1", "localhost")))
    pointed |= {"NO_PROXY": direct, "no_proxy": direct}
    keys = ("OPENAI_API_KEY", "AZURE_OPENAI_API_KEY", "ANTHROPIC_API_KEY") if with_dummy_key else ()
    return {**dict.fromkeys(keys, _DUMMY_KEY), **environ, **pointed}
