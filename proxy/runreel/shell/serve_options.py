"""The task of a serving process: its options, its command, its token."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol, TypeAlias
from urllib.parse import urlsplit

import structlog
from msgspec import Struct

from runreel.config import Config, resolve_mode
from runreel.core.client_variables import build_base_urls
from runreel.core.report.session_report import SessionReport
from runreel.errors import UsageError
from runreel.model import Mode
from runreel.shell.process.lifecycle import StopSignals, build_client_environment, run_command
from runreel.shell.process.logs import hold_lines, release_lines
from runreel.shell.session.session import BASE_URL_HINT

log = structlog.get_logger()

TOKEN_VARIABLE = "RUNREEL_TOKEN"  # noqa: S105 - the name of a variable
"""Environment variable with the token of the control API."""

_MIN_TOKEN_LENGTH = 16

_UNUSED_HINT = (
    "the command sent no request to runreel, although these variables led to it; for a client with "
    "a variable of its own add --env NAME=/PATH, for one with none set its base URL in the code "
    "(docs/clients.md)"
)

LOST = 3
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


class ServeOptions(Struct, frozen=True):
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
    workers: int = 1
    """Number of processes on the port."""
    lifeline: int | None = None
    """Descriptor of a pipe at whose end the server stops; None: there is none."""
    fd: int | None = None
    """Descriptor of a bound socket to listen on; None: bind one to ``config.listen``."""
    keep_alive: bool = True
    """False to close each connection after its first answer."""


def warn_of_no_request(options: ServeOptions, url: str) -> None:
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


def find_client_url(url: str) -> str:
    """Return the URL of a server for clients on this machine."""
    return url.replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//[::1]:")


def find_prefix(upstream: str) -> str:
    """Return the path that clients of OpenAI's API add to the proxy's URL."""
    return "" if urlsplit(upstream).path else "/v1"


async def run_or_wait(
    options: ServeOptions,
    stop: StopSignals,
    base_url: str,
    prefix: str,
    mode: Mode | None = None,
) -> int:
    """Run the command and return its exit code; without one, wait for a stop signal.

    ``mode`` is that of the default session, if there is one.
    """
    if not options.command:
        await stop.wait()
        return 0
    config = options.config
    hold_lines()
    log.info("listening", url=base_url)
    mode = mode or resolve_mode(config.mode, recorded=True)
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


def read_token(environ: Mapping[str, str]) -> str:
    """Return the token of the control API; raise ``UsageError`` if it could be guessed."""
    token = environ.get(TOKEN_VARIABLE, "")
    if token and (len(token) < _MIN_TOKEN_LENGTH or not token.isascii() or not token.isprintable()):
        raise UsageError(
            f"{TOKEN_VARIABLE} must have at least {_MIN_TOKEN_LENGTH} printable ASCII characters; "
            "make one with: python -c 'import secrets; print(secrets.token_urlsafe())'"
        )
    return token
