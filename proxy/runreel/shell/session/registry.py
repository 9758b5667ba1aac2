"""All sessions of one server: making them, ending them, and what there is to say of them.

They share nothing but the limit on memory and the threads that work on cassettes. Of each name
there is at most one open session, and of each cassette at most one that records.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from runreel.config import Config, SessionRequest, resolve_mode
from runreel.core.record.recording import MemoryBudget
from runreel.core.report.session_report import SessionReport
from runreel.errors import CassetteLockedError, RunreelError, UsageError
from runreel.model import Mode
from runreel.shell.session.opening import ServerResources, open_session
from runreel.shell.session.session import DEFAULT_SESSION, RecordingOutcome, Session, SessionSpec
from runreel.shell.store import parse_session_name, resolve_name

_WORKERS = 4
"""Threads for the cassettes of all sessions: sealing is Python's work, which one does at a time."""

_MAX_REPORTS = 1000
"""Ended sessions whose reports are kept."""


class NameTakenError(RunreelError):
    """A session of this name is open already."""


class UnknownSessionError(RunreelError):
    """There is no session of this name."""


class StoppingError(RunreelError):
    """The server is about to end, and begins no session any more."""


class Sessions:
    """The sessions of one server, by name."""

    def __init__(self, config: Config, folder: Path, *, append: bool = False) -> None:
        """Cassettes are named in ``folder``; ``config`` and ``append`` hold where nothing is said.

        To be ended by ``close``.
        """
        self.config = config
        self.own_port = config.listen.port
        """To be set when the server has got it."""
        self.default: Session | None = None
        """The session of requests that name none."""
        self.has_failed = False
        """Whether a session has ended of which the settings say that it fails the process."""
        self.lost = 0
        """Exchanges that ended sessions could not store."""
        self._folder = folder
        self._append = append
        self._open_sessions: dict[str, Session] = {}
        self._opening_tasks: dict[str, asyncio.Task[Session]] = {}
        self._recorded_paths: dict[str, Path] = {}
        self._reports: dict[str, SessionReport] = {}
        self._ended_names: set[str] = set()
        self._is_closing = False
        self._pool = ThreadPoolExecutor(_WORKERS, "runreel-cassette")
        self._resources = ServerResources(MemoryBudget(config.limits.max_memory), self._pool)

    async def create_default(self, path: Path) -> Session:
        """Make the session of requests that name none; raises ``RunreelError``."""
        self.default = await self._create(
            self._build_spec(DEFAULT_SESSION, path, self.config, None)
        )
        return self.default

    async def create(self, request: SessionRequest) -> Session:
        """Make the session that is ordered.

        Raises ``NameTakenError``; ``UsageError`` for names that are none; ``RunreelError`` if the
        cassette cannot be had.
        """
        path = resolve_name(request.cassette, self._folder)
        name = parse_session_name(request.name) if request.name else self._find_free_name(path.stem)
        if name in self._open_sessions or name in self._opening_tasks:
            raise NameTakenError(
                f"there is an open session {name}: end it with DELETE /-/sessions/{name}, "
                "or choose another name"
            )
        plan = self._build_spec(name, path, request.config, request.append)
        return await self._create(replace(plan, may_be_missing=request.may_be_missing))

    async def create_named(self, name: str) -> Session:
        """Make the session of this plain name, with the cassette of this name.

        Raises ``RunreelError`` if the cassette cannot be had.
        """
        path = resolve_name(name, self._folder)
        return await self._create(self._build_spec(name, path, self.config, None))

    def get(self, name: str) -> Session | None:
        """The open session of this name."""
        return self._open_sessions.get(name)

    async def get_or_wait(self, name: str) -> Session | None:
        """The open session of this name, or the one that is being made."""
        task = self._opening_tasks.get(name)
        return self._open_sessions.get(name) if task is None else await asyncio.shield(task)

    def has_ended(self, name: str) -> bool:
        """Whether there was a session of this name, and is none."""
        return name in self._ended_names

    async def end(
        self, name: str, outcome: RecordingOutcome = RecordingOutcome.KEEP
    ) -> SessionReport:
        """End a session and report; of one that has ended, the same report again.

        Raises ``UnknownSessionError``; ``RunreelError`` if the cassette cannot be closed whole.
        """
        session = await self.get_or_wait(name)
        if session is None:
            return self.get_report(name)
        try:
            return await session.end(outcome)
        finally:
            self._unregister(session)

    def get_report(self, name: str) -> SessionReport:
        """How the session stands, or how it ended; raises ``UnknownSessionError``."""
        session = self._open_sessions.get(name)
        if session is not None:
            return session.build_report()
        if name in self._reports:
            return self._reports[name]
        raise UnknownSessionError(f"there is no session {name[:200]!a}")

    def iter_reports(self) -> Iterator[SessionReport]:
        """The reports of the open sessions, and of those that ended lately."""
        yield from (session.build_report() for session in self._open_sessions.values())
        yield from self._reports.values()

    async def close(self, outcome: RecordingOutcome = RecordingOutcome.KEEP) -> None:
        """End all sessions, and begin none any more; raises the first error of their ends."""
        self._is_closing = True
        await asyncio.gather(*self._opening_tasks.values(), return_exceptions=True)
        ends = [self.end(name, outcome) for name in tuple(self._open_sessions)]
        results = await asyncio.gather(*ends, return_exceptions=True)
        self._pool.shutdown(wait=False)
        for result in results:
            if isinstance(result, BaseException):
                raise result

    def _build_spec(
        self, name: str, path: Path, config: Config, append: bool | None
    ) -> SessionSpec:
        mode = resolve_mode(config.mode, recorded=path.exists())
        if mode is not Mode.REPLAY:
            self._check_upstream(config)
        return SessionSpec(
            name, path, mode, config, append=self._append if append is None else append
        )

    def _check_upstream(self, config: Config) -> None:
        upstream = urlsplit(config.upstream)
        own = {"localhost", "127.0.0.1", "::1", self.config.listen.host}
        if upstream.hostname in own and upstream.port == self.own_port:
            raise UsageError(f"the upstream {config.upstream} is the proxy's own address")

    async def _create(self, spec: SessionSpec) -> Session:
        if self._is_closing:
            raise StoppingError("runreel is shutting down, and begins no session any more")
        self._reserve_cassette(spec)
        # Whoever asked may leave; a session that is half made would be in nobody's hands.
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
        if spec.name == DEFAULT_SESSION and self.default is not None:
            self.default = session
        return session

    def _reserve_cassette(self, spec: SessionSpec) -> None:
        """Of two sessions of one server, the lock on the file would name the process only."""
        if not spec.is_recording:
            return
        place = spec.path.resolve()
        holder = next((name for name, held in self._recorded_paths.items() if held == place), None)
        if holder is not None:
            raise CassetteLockedError(
                f"{spec.path} is being recorded by the session {holder} of this server; end that "
                f"with DELETE /-/sessions/{holder}, or record elsewhere",
                path=spec.path,
            )
        self._recorded_paths[spec.name] = place

    def _unregister(self, session: Session) -> None:
        """Keep of an ended session its report alone; who waited for its end as well has done so."""
        plan = session.spec
        if self._open_sessions.get(plan.name) is not session:
            return
        del self._open_sessions[plan.name]
        self._recorded_paths.pop(plan.name, None)
        self._ended_names.add(plan.name)
        report = self._reports[plan.name] = session.build_report()
        if len(self._reports) > _MAX_REPORTS:
            del self._reports[next(iter(self._reports))]
        self.lost += report.lost
        self.has_failed = self.has_failed or session.is_failure

    def _find_free_name(self, stem: str) -> str:
        taken = (
            self._open_sessions.keys()
            | self._opening_tasks.keys()
            | self._ended_names
            | {DEFAULT_SESSION}
        )
        names = itertools.chain([stem], (f"{stem}-{number}" for number in itertools.count(2)))
        return next(name for name in names if name not in taken)
