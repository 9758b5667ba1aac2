"""The end of a serving process: by a signal, or with the command that it was started for."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

from runreel.core.client_variables import build_base_urls, build_dummy_keys
from runreel.errors import UsageError
from runreel.shell.process.logs import flush_log
from runreel.shell.process.rlimits import restore_inherited_limits

_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class StopSignals:
    """The signals to stop that the process has received."""

    def __init__(self) -> None:
        self.signals: list[signal.Signals] = []
        self.is_orphaned = False
        """True if the pipe from the parent process has ended, as it does when that ends."""
        self.on_abort: Callable[[], int | None] = lambda: None
        """Called before an immediate exit; returns its code, or None for that of the signal."""
        self._queue: asyncio.Queue[signal.Signals] = asyncio.Queue()

    def add(self, number: signal.Signals) -> None:
        """Add a signal, which ``wait`` will return."""
        self.signals.append(number)
        self._queue.put_nowait(number)

    async def wait(self) -> signal.Signals:
        """Await and return the next signal."""
        return await self._queue.get()


def stop_on_eof(stop: StopSignals, fd: int) -> None:
    """Add SIGTERM to ``stop`` when a pipe ends, because the process at its other end has ended."""
    loop = asyncio.get_running_loop()

    def on_eof() -> None:
        stop.is_orphaned = True
        stop.add(signal.SIGTERM)

    def watch() -> None:
        while os.read(fd, 4096):
            pass
        with suppress(RuntimeError):  # the loop is closed already
            loop.call_soon_threadsafe(on_eof)

    threading.Thread(target=watch, daemon=True).start()


@asynccontextmanager
async def catch_stop_signals(*, graceful_signals: int) -> AsyncIterator[StopSignals]:
    """Collect SIGINT and SIGTERM; exit immediately at the first after ``graceful_signals`` of them.

    That exit closes nothing: exchanges that were logged as recorded are on disk, others are lost.
    ``StopSignals.on_abort`` can list them.
    """
    loop = asyncio.get_running_loop()
    stop = StopSignals()

    def on_signal(number: signal.Signals) -> None:
        if len(stop.signals) == graceful_signals:
            code = stop.on_abort() or 128 + number
            flush_log()
            os._exit(code)
        stop.add(number)

    for number in _STOP_SIGNALS:
        loop.add_signal_handler(number, on_signal, number)
    try:
        yield stop
    finally:
        for number in _STOP_SIGNALS:
            loop.remove_signal_handler(number)


async def run_command(
    command: Sequence[str], environment: Mapping[str, str], stop: StopSignals, *, grace: float
) -> int:
    """Run ``command`` to its end and return its exit code (128 + N if signal N ended it).

    SIGTERM is forwarded to the command and followed by SIGKILL after ``grace`` seconds. SIGINT is
    not forwarded, because the terminal sends it to the command as well. A second signal kills the
    command. Raises ``UsageError`` if the command cannot be started.
    """
    try:
        with restore_inherited_limits():
            child = await asyncio.create_subprocess_exec(*command, env=environment)
    except OSError as error:
        raise UsageError(f"cannot run {command[0]}: {error.strerror}") from None
    ended = asyncio.ensure_future(child.wait())
    received = await _wait_for_signal(ended, stop.wait())
    if received is signal.SIGTERM:
        _send_signal(child.pid, signal.SIGTERM)
    if received is not None:
        seconds = grace if received is signal.SIGTERM else None
        await _wait_for_signal(ended, stop.wait(), seconds=seconds)
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
    """Return the next signal, or None if the command or the ``seconds`` end before it."""
    signal_task = asyncio.ensure_future(next_signal)
    futures: set[asyncio.Future[Any]] = {ended, signal_task}
    await asyncio.wait(futures, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    if signal_task.done():
        return signal_task.result()
    signal_task.cancel()
    return None


def _send_signal(process: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):  # the process has just ended
        os.kill(process, number)


def build_client_environment(
    base_url: str,
    *,
    prefix: str,
    with_dummy_key: bool,
    environ: Mapping[str, str],
    extra: Iterable[str] = (),
) -> dict[str, str]:
    """Return ``environ`` with the variables that make the vendors' SDKs call ``base_url``.

    ``prefix`` is that of OpenAI's SDK: ``/v1``, or nothing if the upstream's URL includes the path.
    ``with_dummy_key`` sets each missing API key to a dummy, because the SDKs refuse to run without.
    ``extra``: entries of the setting ``env``.
    """
    variables = build_base_urls(base_url, has_path=not prefix, extra=extra)
    no_proxy = environ.get("no_proxy") or environ.get("NO_PROXY", "")
    no_proxy = ",".join(filter(None, (no_proxy, "127.0.0.1", "localhost")))
    variables |= {"NO_PROXY": no_proxy, "no_proxy": no_proxy}
    keys = build_dummy_keys(environ) if with_dummy_key else {}
    return {**environ, **keys, **variables}
