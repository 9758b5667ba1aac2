"""Run a server, or a client command with a server: from its start to the exit code.

The steps: open the sessions, listen, wait for a stop signal or run the command, close, report.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol, TypeAlias
from urllib.parse import urlsplit

import structlog

from runreel.config import Config, resolve_mode
from runreel.core.client_variables import build_base_urls
from runreel.core.cors import CorsPolicy
from runreel.core.report.session_report import SessionReport
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
from runreel.shell.process.logs import hold_lines, release_lines
from runreel.shell.router import Router
from runreel.shell.server.access import is_loopback_address
from runreel.shell.server.files import StaticFolder
from runreel.shell.server.listener import Listener, listen
from runreel.shell.session.registry import Sessions
from runreel.shell.session.session import BASE_URL_HINT, RecordingOutcome, Session

log = structlog.get_logger()

TOKEN_VARIABLE = "RUNREEL_TOKEN"  # noqa: S105 - the name of a variable
"""Environment variable with the token of the control API."""

_MIN_TOKEN_LENGTH = 16

_UNUSED_HINT = (
    "the command sent no request to runreel, although these variables led to it; for a client with "
    "a variable of its own add --env NAME=/PATH, for one with none set its base URL in the code "
    "(docs/clients.md)"
)

_LOST = 3
"""Exit code if an exchange could not be stored, or was dropped."""

ReadyCallback: TypeAlias = Callable[[str], None]
"""Called with the base URL when the server is ready."""


class ServeReporter(Protocol):
    """Tells people of a server's start and end."""

    def report_start(self, base_url: str, upstream: str) -> None:
        """Report that the server listens.

        ``base_url`` is that of clients, with ``/v1`` unless the URL of the upstream has it.
        """
        ...

    def report_end(self, reports: Sequence[SessionReport], *, has_failed: bool) -> None:
        """Report the end; ``has_failed`` is True if recordings do not replace cassettes."""
        ...


@dataclass(frozen=True, slots=True)
class ServeOptions:
    """The options of a command line."""

    config: Config
    """The settings; ``config.mode`` is the mode."""
    folder: Path
    """Folder of the cassettes of sessions by name."""
    cassette: Path | None
    """Cassette of the default session; None: there is no such session."""
    append: bool = False
    """True if ``record`` adds to an existing cassette."""
    command: Sequence[str] = ()
    """Command to run; empty: serve until a stop signal."""
    keep_on_failure: bool = False
    """True to replace the cassette even if the command fails."""
    end_with_stdin: bool = False
    """True to stop also at the end of standard input."""
    fd: int | None = None
    """Descriptor of a bound socket to listen on; None: bind one to ``config.listen``."""
    keep_alive: bool = True
    """False to close each connection after its first answer."""


async def serve(
    options: ServeOptions, on_ready: ReadyCallback, reporter: ServeReporter | None = None
) -> int:
    """Serve until a stop signal, or until the command has ended; return the exit code.

    The exit code is that of the command if it is not 0; else 3 if an exchange could not be stored;
    else 1 if the settings make a miss, an exchange left unplayed or no request a failure. Raises
    ``RunreelError`` if a cassette cannot be opened or the address is not available.
    """
    token = _read_token(os.environ)
    graceful = 2 if options.command else 1  # a second signal kills the command first
    async with (
        catch_stop_signals(graceful_signals=graceful) as stop,
        _open_sessions(options) as sessions,
    ):
        stop.on_abort = partial(_abort, sessions)
        if options.end_with_stdin:
            stop_on_stdin_eof(stop)
        session = await _create_default(options, sessions)
        async with run_server(
            options.config, sessions, token, fd=options.fd, keep_alive=options.keep_alive
        ) as listener:
            on_ready(listener.url)
            base_url = _find_client_url(listener)
            upstream = session.upstream if session else options.config.upstream
            prefix = _find_prefix(upstream)
            if reporter is not None:
                reporter.report_start(base_url + ("" if session else "/@NAME") + prefix, upstream)
            code = await _run_or_wait(options, session, stop, base_url, prefix)
            await listener.stop_accepting()
            is_failure = stop.is_orphaned or (code != 0 and not options.keep_on_failure)
            outcome = RecordingOutcome.SET_ASIDE if is_failure else RecordingOutcome.KEEP
            try:
                await sessions.close(outcome)
            finally:
                if reporter is not None:
                    reporter.report_end(await sessions.list_reports(), has_failed=is_failure)
    is_unused = not sessions.requests
    if is_unused:
        _warn_of_no_request(options, listener.url)
    if code:
        return code
    is_failed = sessions.has_failed or (is_unused and options.config.on_unused == "fail")
    return _LOST if sessions.lost else int(is_failed)


def _warn_of_no_request(options: ServeOptions, url: str) -> None:
    """Log a warning, with the variables by which the client should have found the server.

    A server without a command may well be stopped before anybody has used it. There the hint is in
    the line about the end of its session, unless it is a failure.
    """
    on_unused = options.config.on_unused
    if not options.command:
        if on_unused == "fail":
            log.warning("no_request_came", url=url, hint=BASE_URL_HINT)
        return
    if on_unused == "ignore":
        return
    variables = build_base_urls(url, has_path=False, extra=options.config.env)
    log.warning("no_request_came", url=url, variables=list(variables), hint=_UNUSED_HINT)


@asynccontextmanager
async def _open_sessions(options: ServeOptions) -> AsyncIterator[Sessions]:
    sessions = Sessions(
        options.config, options.folder, append=options.append, command=options.command
    )
    try:
        yield sessions
    finally:
        await sessions.close()


def _abort(sessions: Sessions) -> int | None:
    """Log what an immediate exit drops; return the exit code if it drops exchanges."""
    release_lines()
    return _LOST if sessions.drop_unwritten() else None


async def _create_default(options: ServeOptions, sessions: Sessions) -> Session | None:
    if options.cassette is None:
        return None
    return await sessions.create_default(options.cassette)


@asynccontextmanager
async def run_server(
    config: Config,
    sessions: Sessions,
    token: str = "",
    *,
    fd: int | None = None,
    keep_alive: bool = True,
) -> AsyncIterator[Listener]:
    """Serve the sessions and their control API for the length of the block.

    ``token`` is the token of the control API, required if other machines can reach the address.
    ``fd``: the descriptor of a socket that is bound to the address. ``keep_alive``: False to close
    each connection after its first answer.
    Raises ``RunreelError`` if the address is not available.
    """
    if not token and not is_loopback_address(config.listen.host):
        log.warning("control_is_off", listen=str(config.listen), why=f"{TOKEN_VARIABLE} is not set")
    async with listen(
        Router(sessions).handle,
        config.listen,
        mode=config.mode,
        max_head=config.limits.max_head,
        admin_handler=ControlApi(sessions).handle,
        describe_health=sessions.describe_health,
        hosts=config.hosts,
        token=token,
        fd=fd,
        keep_alive=keep_alive,
        cors=CorsPolicy.build(config.cors.origins),
        files=StaticFolder.open(config.serve),
    ) as listener:
        sessions.own_port = listener.port
        yield listener


def _find_client_url(listener: Listener) -> str:
    """Return the URL for clients on this machine."""
    return listener.url.replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//[::1]:")


def _find_prefix(upstream: str) -> str:
    """Return the path that clients of OpenAI's API add to the proxy's URL."""
    return "" if urlsplit(upstream).path else "/v1"


async def _run_or_wait(
    options: ServeOptions, session: Session | None, stop: StopSignals, base_url: str, prefix: str
) -> int:
    """Run the command and return its exit code; without one, wait for a stop signal."""
    if not options.command:
        await stop.wait()
        return 0
    config = options.config
    hold_lines()
    log.info("listening", url=base_url)
    mode = session.spec.mode if session else resolve_mode(config.mode, recorded=True)
    environment = build_client_environment(
        base_url,
        prefix=prefix,
        with_dummy_key=mode is Mode.REPLAY,
        environ=os.environ,
        extra=config.env,
    )
    try:
        return await run_command(
            options.command, environment, stop, grace=config.limits.shutdown_timeout
        )
    finally:
        release_lines()


def _read_token(environ: Mapping[str, str]) -> str:
    """Return the token of the control API; raise ``UsageError`` if it could be guessed."""
    token = environ.get(TOKEN_VARIABLE, "")
    if token and (len(token) < _MIN_TOKEN_LENGTH or not token.isascii() or not token.isprintable()):
        raise UsageError(
            f"{TOKEN_VARIABLE} must have at least {_MIN_TOKEN_LENGTH} printable ASCII characters; "
            "make one with: python -c 'import secrets; print(secrets.token_urlsafe())'"
        )
    return token
