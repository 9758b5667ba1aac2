"""Run a server, or a client command with a server: from its start to the exit code.

The steps: open the sessions, listen, wait for a stop signal or run the command, close, report.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from functools import cached_property, partial
from typing import TYPE_CHECKING

import structlog
from aiohttp.web_request import BaseRequest

from runreel.config import Config
from runreel.core.cors import CorsPolicy
from runreel.dialects import build_finder
from runreel.shell.inspector.page_files import API_PREFIX, PAGE_PATHS
from runreel.shell.process.lifecycle import StopSignals, catch_stop_signals, stop_on_eof
from runreel.shell.process.logs import release_lines
from runreel.shell.router import Router
from runreel.shell.serve_options import (
    LOST,
    TOKEN_VARIABLE,
    ReadyCallback,
    ServeOptions,
    ServeReporter,
    find_client_url,
    find_prefix,
    read_token,
    run_or_wait,
    warn_of_no_request,
)
from runreel.shell.server.access import is_loopback_address
from runreel.shell.server.admin import PREFIX
from runreel.shell.server.connection import RawResponse
from runreel.shell.server.files import StaticFolder
from runreel.shell.server.listener import Listener, listen
from runreel.shell.session.registry import Sessions
from runreel.shell.session.session import RecordingOutcome, Session

if TYPE_CHECKING:
    from runreel.shell.activity_api import ActivityApi
    from runreel.shell.control_api import ControlApi
    from runreel.shell.inspector.api import InspectorApi
    from runreel.shell.workers.crew import Crew, WorkerPlace
    from runreel.shell.workers.handover import Inbox

log = structlog.get_logger()

_ACTIVITY_PATH = f"{PREFIX}activity"


async def serve(
    options: ServeOptions,
    on_ready: ReadyCallback,
    reporter: ServeReporter | None = None,
    place: WorkerPlace | None = None,
) -> int:
    """Serve until a stop signal, or until the command has ended; return the exit code.

    The exit code is that of the command if it is not 0; else 3 if an exchange could not be stored;
    else 1 if the settings make a miss, an exchange left unplayed or no request a failure.
    ``place``: that of this process among the workers of one port, if there are several. Raises
    ``RunreelError`` if a cassette cannot be opened or the address is not available.
    """
    token = read_token(os.environ)
    crew = None if place is None else _build_crew(place, options)
    graceful = 2 if options.command else 1  # a second signal kills the command first
    async with (
        catch_stop_signals(graceful_signals=graceful) as stop,
        _open_sessions(options, crew) as sessions,
    ):
        stop.on_abort = partial(_abort, sessions)
        if options.lifeline is not None:
            stop_on_eof(stop, options.lifeline)
        session = await _create_default(options, sessions, crew)
        async with run_server(
            options.config,
            sessions,
            token,
            fd=options.fd,
            keep_alive=options.keep_alive,
            place=place,
            crew=crew,
        ) as listener:
            on_ready(listener.url)
            code = await _run_to_end(options, sessions, session, stop, listener, reporter=reporter)
    is_unused = place is None and not sessions.requests
    if is_unused:
        warn_of_no_request(options, listener.url)
    return code or _choose_exit_code(options, sessions, is_unused=is_unused)


async def _run_to_end(
    options: ServeOptions,
    sessions: Sessions,
    session: Session | None,
    stop: StopSignals,
    listener: Listener,
    *,
    reporter: ServeReporter | None,
) -> int:
    """Run the command, or wait for a stop signal; close the sessions, and return its exit code."""
    base_url = find_client_url(listener.url)
    upstream = session.upstream if session else options.config.upstream
    prefix = find_prefix(upstream)
    if reporter is not None:
        reporter.report_start(base_url + ("" if session else "/@NAME") + prefix, upstream)
    mode = session.spec.mode if session else None
    code = await run_or_wait(options, stop, base_url, prefix, mode)
    await listener.stop_accepting()
    is_failure = stop.is_orphaned or (code != 0 and not options.keep_on_failure)
    try:
        await sessions.close(RecordingOutcome.SET_ASIDE if is_failure else RecordingOutcome.KEEP)
    finally:
        if reporter is not None:
            reporter.report_end(await sessions.list_reports(), has_failed=is_failure)
    return code


def _choose_exit_code(options: ServeOptions, sessions: Sessions, *, is_unused: bool) -> int:
    """Return the exit code of a server whose command did not fail."""
    is_failed = sessions.has_failed or (is_unused and options.config.on_unused == "fail")
    return LOST if sessions.lost else int(is_failed)


def _build_crew(place: WorkerPlace, options: ServeOptions) -> Crew:
    from runreel.shell.workers.crew import Crew  # noqa: PLC0415 - for several workers only

    return Crew(place, max_body=options.config.limits.max_body)


def _open_inbox(place: WorkerPlace, listener: Listener) -> Inbox:
    from runreel.shell.workers.handover import Inbox  # noqa: PLC0415 - for several workers only

    return Inbox(place.inbox, listener.adopt)


@asynccontextmanager
async def _open_sessions(options: ServeOptions, crew: Crew | None) -> AsyncIterator[Sessions]:
    sessions = Sessions(
        options.config,
        options.folder,
        append=options.append,
        command=options.command,
        owns=_owns_all if crew is None else crew.owns,
        call_numbers=None if crew is None else crew.number_calls(),
    )
    try:
        yield sessions
    finally:
        await sessions.close()


def _abort(sessions: Sessions) -> int | None:
    """Log what an immediate exit drops; return the exit code if it drops exchanges."""
    release_lines()
    return LOST if sessions.drop_unwritten() else None


def _owns_all(_name: str) -> bool:
    return True


async def _create_default(
    options: ServeOptions, sessions: Sessions, crew: Crew | None
) -> Session | None:
    if options.cassette is None or (crew is not None and not crew.has_default):
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
    place: WorkerPlace | None = None,
    crew: Crew | None = None,
) -> AsyncIterator[Listener]:
    """Serve the sessions and their control API for the length of the block.

    ``token`` is the token of the control API, required if other machines can reach the address.
    ``fd``: the descriptor of a socket that is bound to the address. ``keep_alive``: False to close
    each connection after its first answer. ``place`` and ``crew``: those of a worker, if there are
    several. Raises ``RunreelError`` if the address is not available.
    """
    if not token and not is_loopback_address(config.listen.host):
        log.warning("control_is_off", listen=str(config.listen), why=f"{TOKEN_VARIABLE} is not set")
    with closing(_AdminApis(config, sessions, crew)) as admin:  # once all connections are closed
        async with listen(
            Router(sessions, crew).handle,
            config.listen,
            mode=config.mode,
            max_head=config.limits.max_head,
            admin_handler=admin.handle,
            open_paths=PAGE_PATHS,
            describe_health=sessions.describe_health,
            hosts=config.hosts,
            token=token,
            fd=fd,
            sockets=None if place is None else place.listeners,
            keep_alive=keep_alive,
            cors=CorsPolicy.build(config.cors.origins),
            files=StaticFolder.open(config.serve),
            find_dialect=build_finder(config.dialect),
        ) as listener:
            sessions.own_port = listener.port
            sessions.links.base_url = find_client_url(listener.url)
            inbox = None if place is None else _open_inbox(place, listener)
            try:
                yield listener
            finally:
                if inbox is not None:
                    inbox.close()


class _AdminApis:
    """The APIs of the proxy's own endpoints, each of which is imported for its first request."""

    def __init__(self, config: Config, sessions: Sessions, crew: Crew | None) -> None:
        self._config = config
        self._sessions = sessions
        self._crew = crew

    async def handle(self, request: BaseRequest) -> RawResponse:
        """Hand a request to the API that has it."""
        if request.raw_path.startswith(API_PREFIX):
            return await self._inspector.handle(request)
        if request.raw_path.partition("?")[0] == _ACTIVITY_PATH:
            return await self._activity.handle(request)
        return await self._control.handle(request)

    def close(self) -> None:
        """End the threads of the inspector, if it was asked for."""
        if "_inspector" in vars(self):
            self._inspector.close()

    @cached_property
    def _control(self) -> ControlApi:
        from runreel.shell.control_api import ControlApi  # noqa: PLC0415 - only if asked for

        return ControlApi(self._sessions, self._crew)

    @cached_property
    def _activity(self) -> ActivityApi:
        from runreel.shell.activity_api import ActivityApi  # noqa: PLC0415 - only if asked for

        return ActivityApi(self._sessions.activity, self._crew)

    @cached_property
    def _inspector(self) -> InspectorApi:
        from runreel.shell.inspector.api import InspectorApi  # noqa: PLC0415 - only if asked for
        from runreel.shell.inspector.sources.server_source import (  # noqa: PLC0415 - only if asked for
            ServerSource,
        )

        workers = self._crew.count if self._crew else 1
        source = ServerSource(self._sessions, self._config.mode, workers=workers)
        return InspectorApi(source, self._config, self._sessions.activity, self._crew)
