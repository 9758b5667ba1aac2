"""The life of a serving process: told to stop, or done with the command it was started for."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

from runreel.errors import UsageError

_STOPPING = (signal.SIGINT, signal.SIGTERM)
_OPEN_FILES = 65_536
_DUMMY_KEY = "runreel-needs-no-key"


def allow_many_connections() -> None:
    """Raise the limit on open files as far as it goes: a recorded stream takes two."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _OPEN_FILES if most == resource.RLIM_INFINITY else min(_OPEN_FILES, most)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))


@asynccontextmanager
async def stop_signals() -> AsyncIterator[asyncio.Event]:
    """An event that the first SIGINT or SIGTERM sets; the second ends the process at once."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()

    def told(number: signal.Signals) -> None:
        if stop.is_set():
            os._exit(128 + number)
        stop.set()

    for number in _STOPPING:
        loop.add_signal_handler(number, told, number)
    try:
        yield stop
    finally:
        for number in _STOPPING:
            loop.remove_signal_handler(number)


async def run_command(
    command: Sequence[str], environment: Mapping[str, str], stop: asyncio.Event
) -> int:
    """Run ``command`` to its end and return its exit code (128 + N if signal N ended it).

    When ``stop`` is set the command gets a SIGTERM. Raises ``UsageError`` if it cannot be started.
    """
    try:
        child = await asyncio.create_subprocess_exec(*command, env=environment)
    except OSError as error:
        raise UsageError(f"cannot run {command[0]}: {error.strerror}") from None
    ended = asyncio.ensure_future(child.wait())
    told = asyncio.ensure_future(stop.wait())
    await asyncio.wait({ended, told}, return_when=asyncio.FIRST_COMPLETED)
    told.cancel()
    if not ended.done():
        child.terminate()
    code = await ended
    return code if code >= 0 else 128 - code


def client_environment(
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
    direct = ",".join(filter(None, (environ.get("NO_PROXY", ""), "127.0.0.1", "localhost")))
    keys = ("OPENAI_API_KEY", "AZURE_OPENAI_API_KEY", "ANTHROPIC_API_KEY") if with_dummy_key else ()
    return {**dict.fromkeys(keys, _DUMMY_KEY), **environ, **pointed, "NO_PROXY": direct}
