"""The sessions of one server: creating, finding, reporting and ending them.

Sessions share nothing but the limit on memory and the threads that work on cassettes. At most one
open session has a given name, and at most one records to a given cassette.
"""

from __future__ import annotations

import asyncio
import itertools
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import structlog

from runreel.config import Config, SessionRequest, resolve_mode
from runreel.core.page_links import PageLinks
from runreel.core.report.session_report import SessionReport
from runreel.dialects import build_finder
from runreel.errors import CassetteLockedError, MissingCassetteError, RunreelError, UsageError
from runreel.model import Mode
from runreel.shell.process.progress import report_progress
from runreel.shell.server.activity import Activity
from runreel.shell.session.opening import ServerResources, open_session
from runreel.shell.session.session import RecordingOutcome, Session, SessionSpec
from runreel.shell.store.names import DEFAULT_SESSION, parse_session_name, resolve_name

log = structlog.get_logger()

_WORKERS = 4
"""Threads for the cassettes of all sessions; few, since sealing holds the interpreter lock."""

_MAX_REPORTS = 1000
"""Number of ended sessions whose reports are kept."""


class NameTakenError(RunreelError):
    """An open session already has this name."""


class UnknownSessionError(RunreelError):
    """No session has this name."""


class StoppingError(RunreelError):
    """The server is shutting down; no new sessions can be created."""


class Sessions:
    """The sessions of one server, by name."""

    def __init__(
        self,
        config: Config,
        folder: Path,
        *,
        append: bool = False,
        command: Sequence[str] = (),
        owns: Callable[[str], bool] = lambda name: True,
        call_numbers: Iterator[int] | None = None,
    ) -> None:
        """Open no session yet; ``folder`` is that of the cassettes of sessions by name.

        ``config`` and ``append`` are the defaults for settings that a new session leaves out.
        ``command`` is the one that the server runs, if any. ``owns`` tells whether a session of a
        name may be created in this process; ``call_numbers`` are those of its calls. The caller
        must await ``close``.
        """
        self.config = config
        self.own_port = config.listen.port
        """Port of this server; the caller sets it after binding port 0."""
        self.default: Session | None = None
        """The session of requests that name no session."""
        self._own_default: Session | None = None
        """The session of the command line, which is the default while no other one is."""
        self.has_failed = False
        """True if an ended session is a failure by its settings."""
        self.lost = 0
        """Number of exchanges that ended sessions could not store."""
        self.requests = 0
        """Number of requests that came, also of those that no session answered."""
        self._owns = owns
        self._folder = folder
        self._append = append
        self._command = command
        self._open_sessions: dict[str, Session] = {}
        self._opening_tasks: dict[str, asyncio.Task[Session]] = {}
        self._recorded_paths: dict[str, Path] = {}
        self._reports: dict[str, SessionReport] = {}
        self._ended_names: set[str] = set()
        self._is_closing = False
        self.activity = Activity(build_finder(config.dialect), call_numbers=call_numbers)
        self._pool = ThreadPoolExecutor(_WORKERS, "runreel-cassette")
        self.links = PageLinks()
        """Addresses of the inspector's page; the caller sets the URL of the server."""
        self._resources = ServerResources.build(
            config.limits, self._pool, self.activity, self.links
        )

    async def create_default(self, path: Path) -> Session:
        """Create the default session, with the cassette at ``path``; raises ``RunreelError``."""
        self._own_default = await self._create(self._build_spec(DEFAULT_SESSION, path))
        self._choose_default()
        return self._own_default

    async def create(self, request: SessionRequest) -> Session:
        """Create a session as requested over the control API.

        Raises ``NameTakenError``, ``UsageError`` for an invalid name, or ``RunreelError`` if the
        cassette cannot be opened.
        """
        path = resolve_name(request.cassette, self._folder)
        name = parse_session_name(request.name) if request.name else self._find_free_name(path.stem)
        if name in self._open_sessions or name in self._opening_tasks:
            raise NameTakenError(
                f"session {name} is open already: end it with DELETE /-/sessions/{name}, "
                "or choose another name"
            )
        return await self._create(self._build_spec(name, path, request))

    async def create_named(self, name: str) -> Session:
        """Create a session with the cassette of the same name and the server's settings.

        Raises ``RunreelError`` if the cassette cannot be opened.
        """
        path = resolve_name(name, self._folder)
        return await self._create(self._build_spec(name, path))

    def get(self, name: str) -> Session | None:
        """Return the open session of this name; None: there is none."""
        return self._open_sessions.get(name)

    @property
    def open_sessions(self) -> Mapping[str, Session]:
        """The open sessions by name."""
        return self._open_sessions

    @property
    def final_reports(self) -> Mapping[str, SessionReport]:
        """The reports of ended sessions by name, in the order of their ends."""
        return self._reports

    async def get_or_wait(self, name: str) -> Session | None:
        """Return the open session of this name; if it is being opened, wait for that.

        Returns None if there is no such session.
        """
        task = self._opening_tasks.get(name)
        return self._open_sessions.get(name) if task is None else await asyncio.shield(task)

    def has_ended(self, name: str) -> bool:
        """Return whether a session of this name has ended, and no new one was created."""
        return name in self._ended_names

    async def end(
        self, name: str, outcome: RecordingOutcome = RecordingOutcome.KEEP
    ) -> SessionReport:
        """End a session and return its report; of an ended session, return the same report again.

        Raises ``UnknownSessionError``, or ``RunreelError`` if the cassette cannot be completed and
        closed.
        """
        session = await self.get_or_wait(name)
        if session is None:
            return await self.get_report(name)
        try:
            return await session.end(outcome)
        finally:
            self._unregister(session, await session.get_report())

    async def get_report(self, name: str) -> SessionReport:
        """Return the report of an open or ended session; raises ``UnknownSessionError``."""
        session = self._open_sessions.get(name)
        if session is not None:
            return await session.get_report()
        if name in self._reports:
            return self._reports[name]
        raise UnknownSessionError(f"no session has the name {name[:200]!a}")

    async def list_reports(self) -> list[SessionReport]:
        """Return the reports of the open sessions, then of those that have ended."""
        names = self._open_sessions.keys()
        reports = [await session.get_report() for session in tuple(self._open_sessions.values())]
        return [*reports, *(each for each in self._reports.values() if each.name not in names)]

    async def close(self, outcome: RecordingOutcome = RecordingOutcome.KEEP) -> None:
        """End all sessions and create no more. Raises the first error after all have ended."""
        self._is_closing = True
        await asyncio.gather(*self._opening_tasks.values(), return_exceptions=True)
        ends = [self.end(name, outcome) for name in tuple(self._open_sessions)]
        async with report_progress(lambda: self._resources.backlog.length):
            results = await asyncio.gather(*ends, return_exceptions=True)
        self.activity.close()
        self._pool.shutdown(wait=False)
        for result in results:
            if isinstance(result, BaseException):
                raise result

    def describe_health(self) -> dict[str, object]:
        """Return what the health response says about the work of all sessions."""
        return {"write_queue": self._resources.backlog.describe()}

    def drop_unwritten(self) -> int:
        """Log the exchanges that are dropped if the process exits now.

        Return the number of those whose answers were complete.
        """
        dropped = 0
        for name, session in self._open_sessions.items():
            numbers, unfinished = session.list_unwritten(), session.list_unfinished()
            dropped += len(numbers)
            if numbers or unfinished:
                log.error(
                    "exchanges_dropped",
                    session=name,
                    count=len(numbers),
                    exchanges=numbers,
                    unfinished=unfinished,
                )
        return dropped

    def _build_spec(
        self, name: str, path: Path, request: SessionRequest | None = None
    ) -> SessionSpec:
        """Return the specification of a session; without a request, by the server's settings."""
        config = self.config if request is None else request.config
        mode = resolve_mode(config.mode, recorded=path.exists())
        if mode is not Mode.REPLAY:
            self._check_upstream(config)
        command = self._build_record_command(path if name == DEFAULT_SESSION else self._folder)
        if request is None:
            return SessionSpec(name, path, mode, config, self._append, record_command=command)
        is_default = request.is_default
        append = self._append if request.append is None else request.append
        command = request.record_command or command
        return SessionSpec(
            name, path, mode, config, append, request.may_be_missing, is_default, command
        )

    def _build_record_command(self, path: Path) -> str:
        """Return the command that records a cassette, or a folder of them, by the same client."""
        if not self._command:
            return ""
        command = shlex.join(self._command)
        return f"runreel record {shlex.quote(str(path))} --upstream {{upstream}} -- {command}"

    def _check_upstream(self, config: Config) -> None:
        upstream = urlsplit(config.upstream)
        own = {"localhost", "127.0.0.1", "::1", self.config.listen.host}
        if upstream.hostname in own and upstream.port == self.own_port:
            raise UsageError(
                f"the upstream {config.upstream} is the proxy's own address; use the real API's URL"
            )

    async def _create(self, spec: SessionSpec) -> Session:
        if self._is_closing:
            raise StoppingError("runreel is shutting down; no new sessions can be created")
        self._reserve_cassette(spec)
        # Shielded: if the caller is cancelled, the session still opens, and ``close`` will end it.
        task = asyncio.ensure_future(self._open_and_register(spec))
        self._opening_tasks[spec.name] = task
        return await asyncio.shield(task)

    async def _open_and_register(self, spec: SessionSpec) -> Session:
        try:
            session = await open_session(spec, self._resources)
        except BaseException:
            self._recorded_paths.pop(spec.name, None)
            raise
        finally:
            del self._opening_tasks[spec.name]
        self._open_sessions[spec.name] = session
        self._reports.pop(spec.name, None)
        self._ended_names.discard(spec.name)
        if spec.name == DEFAULT_SESSION and self._own_default is not None:
            self._own_default = session
        self._choose_default()
        return session

    def _reserve_cassette(self, spec: SessionSpec) -> None:
        """Raise ``CassetteLockedError`` if another session of this server records to the cassette.

        The lock on the file is not enough: its message names the process, not the session.
        """
        if not spec.is_recording:
            return
        path = spec.path.resolve()
        holder = next((name for name, each in self._recorded_paths.items() if each == path), None)
        if holder is not None:
            raise CassetteLockedError(
                f"the session {holder} of this server is recording to {spec.path}; end it with "
                f"DELETE /-/sessions/{holder}, or record to another cassette",
                path=spec.path,
            )
        self._recorded_paths[spec.name] = path

    def _unregister(self, session: Session, report: SessionReport) -> None:
        """Keep only the report of an ended session. Safe to call twice."""
        name = session.spec.name
        if self._open_sessions.get(name) is not session:
            return
        del self._open_sessions[name]
        self._recorded_paths.pop(name, None)
        self._ended_names.add(name)
        self._reports[name] = report
        if len(self._reports) > _MAX_REPORTS:
            del self._reports[next(iter(self._reports))]
        self.lost += report.lost
        self._choose_default()
        self.has_failed = self.has_failed or session.is_failure(report)

    def _choose_default(self) -> None:
        """Make the newest open session that wants to be the default one that."""
        wanting = (each for each in self._open_sessions.values() if each.spec.is_default)
        self.default = next(reversed(list(wanting)), self._own_default)

    def _find_free_name(self, stem: str) -> str:
        """Return ``stem``, or ``stem-2`` and so on: the first that no session has or had."""
        used = (
            self._open_sessions.keys()
            | self._opening_tasks.keys()
            | self._ended_names
            | {DEFAULT_SESSION}
        )
        names = itertools.chain([stem], (f"{stem}-{number}" for number in itertools.count(2)))
        return next(name for name in names if name not in used and self._owns(name))


def get_error_status(error: RunreelError) -> int:
    """Return the HTTP status for an error from creating or ending a session."""
    match error:
        case UsageError():
            return 400
        case CassetteLockedError() | NameTakenError():
            return 409
        case MissingCassetteError():
            return 404
        case StoppingError():
            return 503
        case _:
            return 500
