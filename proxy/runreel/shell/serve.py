"""A serving command from its start to its exit code: open, listen, run the command, end, report."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import structlog

from runreel.config import Config, resolve_mode
from runreel.errors import UsageError
from runreel.model import Mode
from runreel.shell.control_api import ControlApi
from runreel.shell.process.lifecycle import (
    StopSignals,
    build_client_environment,
    catch_stop_signals,
    run_command,
    stop_on_stdin_eof,
)
from runreel.shell.router import Router
from runreel.shell.server.access import is_loopback_address
from runreel.shell.server.listener import Listener, listen
from runreel.shell.session.registry import Sessions
from runreel.shell.session.session import RecordingOutcome, Session

log = structlog.get_logger()

TOKEN_VARIABLE = "RUNREEL_TOKEN"  # noqa: S105 - the name of a variable
_MIN_TOKEN_LENGTH = 16

ReadyCallback = Callable[[str], None]
"""Called with the base URL when the server is ready."""


@dataclass(frozen=True, slots=True)
class ServeOptions:
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


async def serve(options: ServeOptions, on_ready: ReadyCallback) -> int:
    """Serve until told to stop, or until the command has ended; return the exit code.

    Raises ``RunreelError`` if a cassette or the address cannot be had.
    """
    token = _read_token(os.environ)
    patience = 2 if options.command else 1  # a wrapped command takes one signal to be killed
    async with catch_stop_signals(graceful=patience) as stop, _open_sessions(options) as sessions:
        if options.end_with_stdin:
            stop_on_stdin_eof(stop)
        session = await _create_default(options, sessions)
        async with run_server(options.config, sessions, token) as listener:
            on_ready(listener.url)
            code = await _run_or_wait(options, session, stop, listener)
            await listener.stop_accepting()
            await sessions.close(
                RecordingOutcome.SET_ASIDE if stop.is_orphaned else _choose_outcome(options, code)
            )
    if code:
        return code
    return 3 if sessions.lost else int(sessions.has_failed)


@asynccontextmanager
async def _open_sessions(options: ServeOptions) -> AsyncIterator[Sessions]:
    sessions = Sessions(options.config, options.folder, append=options.append)
    try:
        yield sessions
    finally:
        await sessions.close()


async def _create_default(options: ServeOptions, sessions: Sessions) -> Session | None:
    if options.cassette is None:
        return None
    return await sessions.create_default(options.cassette)


@asynccontextmanager
async def run_server(
    config: Config, sessions: Sessions, token: str = ""
) -> AsyncIterator[Listener]:
    """Serve the sessions, and their control API, for the length of the block.

    ``token`` is asked for where others than this machine can reach the address. Raises
    ``RunreelError`` if the address cannot be had.
    """
    if not token and not is_loopback_address(config.listen.host):
        log.warning("control_is_off", listen=str(config.listen), why=f"{TOKEN_VARIABLE} is not set")
    async with listen(
        Router(sessions).handle,
        config.listen,
        mode=config.mode,
        max_head=config.limits.max_head,
        admin_handler=ControlApi(sessions).handle,
        hosts=config.hosts,
        token=token,
    ) as listener:
        sessions.own_port = listener.port
        yield listener


async def _run_or_wait(
    options: ServeOptions, session: Session | None, stop: StopSignals, listener: Listener
) -> int:
    if not options.command:
        await stop.wait()
        return 0
    config = options.config
    upstream = session.upstream if session else config.upstream
    mode = session.spec.mode if session else resolve_mode(config.mode, recorded=True)
    environment = build_client_environment(
        listener.url.replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//[::1]:"),
        prefix="" if urlsplit(upstream).path else "/v1",
        with_dummy_key=mode is Mode.REPLAY,
        environ=os.environ,
    )
    return await run_command(
        options.command, environment, stop, grace=config.limits.shutdown_timeout
    )


def _choose_outcome(options: ServeOptions, exit_code: int) -> RecordingOutcome:
    return (
        RecordingOutcome.SET_ASIDE
        if exit_code and not options.keep_on_failure
        else RecordingOutcome.KEEP
    )


def _read_token(environ: Mapping[str, str]) -> str:
    """The token of the control API. Raises ``UsageError`` for one that can be guessed."""
    token = environ.get(TOKEN_VARIABLE, "")
    if token and (len(token) < _MIN_TOKEN_LENGTH or not token.isascii() or not token.isprintable()):
        raise UsageError(
            f"{TOKEN_VARIABLE} must have at least {_MIN_TOKEN_LENGTH} printable ASCII characters; "
            "make one with: python -c 'import secrets; print(secrets.token_urlsafe())'"
        )
    return token
