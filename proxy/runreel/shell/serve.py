"""A serving command from its start to its exit code: open, listen, run the command, end, report."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import structlog

from runreel.config import Config, mode_of
from runreel.errors import UsageError
from runreel.model import Mode
from runreel.shell.control_api import Control
from runreel.shell.process.lifecycle import (
    Stop,
    client_environment,
    run_command,
    stop_signals,
    stop_with_stdin,
)
from runreel.shell.router import Dispatch
from runreel.shell.server.access import is_loopback
from runreel.shell.server.listener import Listener, listening
from runreel.shell.session.registry import Sessions
from runreel.shell.session.session import Fate, Session

log = structlog.get_logger()

TOKEN = "RUNREEL_TOKEN"  # noqa: S105 - the name of a variable
_SHORTEST_TOKEN = 16

Announce = Callable[[str], None]
"""Called with the base URL when the server is ready."""


@dataclass(frozen=True, slots=True)
class Service:
    """What a command line asks for."""

    config: Config
    """``config.mode`` is the mode."""
    folder: Path
    """Where sessions by name have their cassettes."""
    cassette: Path | None
    """Of the default session; None: there is none."""
    append: bool = False
    command: Sequence[str] = ()
    """To be run; empty: serve until told to stop."""
    keep_on_failure: bool = False
    """Whether what was recorded takes its place although the command failed."""
    end_with_stdin: bool = False
    """Whether to stop as well when standard input ends."""


async def serve(service: Service, announce: Announce) -> int:
    """Serve until told to stop, or until the command has ended; return the exit code.

    Raises ``RunreelError`` if a cassette or the address cannot be had.
    """
    token = _token(os.environ)
    patience = 2 if service.command else 1  # a wrapped command takes one signal to be killed
    async with stop_signals(patience=patience) as stop, _sessions(service) as sessions:
        if service.end_with_stdin:
            stop_with_stdin(stop)
        session = await _default(service, sessions)
        async with serving(service.config, sessions, token) as listener:
            announce(listener.url)
            code = await _until_done(service, session, stop, listener)
            await listener.refuse_more()
            await sessions.close(Fate.SET_ASIDE if stop.is_orphaned else _fate(service, code))
    if code:
        return code
    return 3 if sessions.lost else int(sessions.has_failed)


@asynccontextmanager
async def _sessions(service: Service) -> AsyncIterator[Sessions]:
    sessions = Sessions(service.config, service.folder, append=service.append)
    try:
        yield sessions
    finally:
        await sessions.close()


async def _default(service: Service, sessions: Sessions) -> Session | None:
    if service.cassette is None:
        return None
    return await sessions.begin_default(service.cassette)


@asynccontextmanager
async def serving(config: Config, sessions: Sessions, token: str = "") -> AsyncIterator[Listener]:
    """Serve the sessions, and their control API, for the length of the block.

    ``token`` is asked for where others than this machine can reach the address. Raises
    ``RunreelError`` if the address cannot be had.
    """
    if not token and not is_loopback(config.listen.host):
        log.warning("control_is_off", listen=str(config.listen), why=f"{TOKEN} is not set")
    async with listening(
        Dispatch(sessions).handle,
        config.listen,
        mode=config.mode,
        max_head=config.limits.max_head,
        control=Control(sessions).handle,
        hosts=config.hosts,
        token=token,
    ) as listener:
        sessions.own_port = listener.port
        yield listener


async def _until_done(
    service: Service, session: Session | None, stop: Stop, listener: Listener
) -> int:
    if not service.command:
        await stop.wait()
        return 0
    config = service.config
    upstream = session.upstream if session else config.upstream
    mode = session.plan.mode if session else mode_of(config.mode, recorded=True)
    environment = client_environment(
        listener.url.replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//[::1]:"),
        prefix="" if urlsplit(upstream).path else "/v1",
        with_dummy_key=mode is Mode.REPLAY,
        environ=os.environ,
    )
    return await run_command(
        service.command, environment, stop, grace=config.limits.shutdown_timeout
    )


def _fate(service: Service, code: int) -> Fate:
    return Fate.SET_ASIDE if code and not service.keep_on_failure else Fate.KEEP


def _token(environ: Mapping[str, str]) -> str:
    """The token of the control API. Raises ``UsageError`` for one that can be guessed."""
    token = environ.get(TOKEN, "")
    if token and (len(token) < _SHORTEST_TOKEN or not token.isascii() or not token.isprintable()):
        raise UsageError(
            f"{TOKEN} must have at least {_SHORTEST_TOKEN} printable ASCII characters; make one "
            "with: python -c 'import secrets; print(secrets.token_urlsafe())'"
        )
    return token
