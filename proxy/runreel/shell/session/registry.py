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

from runreel.config import Config, Order, mode_of
from runreel.core.record.recording import Budget
from runreel.core.report.session_report import SessionReport
from runreel.errors import CassetteLockedError, RunreelError, UsageError
from runreel.model import Mode
from runreel.shell.session.opening import Shared, opened
from runreel.shell.session.session import DEFAULT, Fate, Plan, Session
from runreel.shell.store import named, session_name

_WORKERS = 4
"""Threads for the cassettes of all sessions: sealing is Python's work, which one does at a time."""

_REPORTS = 1000
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
        self._open: dict[str, Session] = {}
        self._opening: dict[str, asyncio.Task[Session]] = {}
        self._recorded: dict[str, Path] = {}
        self._reports: dict[str, SessionReport] = {}
        self._ended: set[str] = set()
        self._is_closing = False
        self._pool = ThreadPoolExecutor(_WORKERS, "runreel-cassette")
        self._shared = Shared(Budget(config.limits.max_memory), self._pool)

    async def begin_default(self, path: Path) -> Session:
        """Make the session of requests that name none; raises ``RunreelError``."""
        self.default = await self._begin(self._plan(DEFAULT, path, self.config, None))
        return self.default

    async def begin(self, order: Order) -> Session:
        """Make the session that is ordered.

        Raises ``NameTakenError``; ``UsageError`` for names that are none; ``RunreelError`` if the
        cassette cannot be had.
        """
        path = named(order.cassette, self._folder)
        name = session_name(order.name) if order.name else self._free_name(path.stem)
        if name in self._open or name in self._opening:
            raise NameTakenError(
                f"there is an open session {name}: end it with DELETE /-/sessions/{name}, "
                "or choose another name"
            )
        plan = self._plan(name, path, order.config, order.append)
        return await self._begin(replace(plan, may_be_missing=order.may_be_missing))

    async def begin_named(self, name: str) -> Session:
        """Make the session of this plain name, with the cassette of this name.

        Raises ``RunreelError`` if the cassette cannot be had.
        """
        path = named(name, self._folder)
        return await self._begin(self._plan(name, path, self.config, None))

    def find(self, name: str) -> Session | None:
        """The open session of this name."""
        return self._open.get(name)

    async def found(self, name: str) -> Session | None:
        """The open session of this name, or the one that is being made."""
        task = self._opening.get(name)
        return self._open.get(name) if task is None else await asyncio.shield(task)

    def has_ended(self, name: str) -> bool:
        """Whether there was a session of this name, and is none."""
        return name in self._ended

    async def end(self, name: str, fate: Fate = Fate.KEEP) -> SessionReport:
        """End a session and report; of one that has ended, the same report again.

        Raises ``UnknownSessionError``; ``RunreelError`` if the cassette cannot be closed whole.
        """
        session = await self.found(name)
        if session is None:
            return self.report(name)
        try:
            return await session.end(fate)
        finally:
            self._forget(session)

    def report(self, name: str) -> SessionReport:
        """How the session stands, or how it ended; raises ``UnknownSessionError``."""
        session = self._open.get(name)
        if session is not None:
            return session.report()
        if name in self._reports:
            return self._reports[name]
        raise UnknownSessionError(f"there is no session {name[:200]!a}")

    def reports(self) -> Iterator[SessionReport]:
        """The reports of the open sessions, and of those that ended lately."""
        yield from (session.report() for session in self._open.values())
        yield from self._reports.values()

    async def close(self, fate: Fate = Fate.KEEP) -> None:
        """End all sessions, and begin none any more; raises the first error of their ends."""
        self._is_closing = True
        await asyncio.gather(*self._opening.values(), return_exceptions=True)
        ends = [self.end(name, fate) for name in tuple(self._open)]
        outcomes = await asyncio.gather(*ends, return_exceptions=True)
        self._pool.shutdown(wait=False)
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome

    def _plan(self, name: str, path: Path, config: Config, append: bool | None) -> Plan:
        mode = mode_of(config.mode, recorded=path.exists())
        if mode is not Mode.REPLAY:
            self._demand_another_upstream(config)
        return Plan(name, path, mode, config, append=self._append if append is None else append)

    def _demand_another_upstream(self, config: Config) -> None:
        upstream = urlsplit(config.upstream)
        own = {"localhost", "127.0.0.1", "::1", self.config.listen.host}
        if upstream.hostname in own and upstream.port == self.own_port:
            raise UsageError(f"the upstream {config.upstream} is the proxy's own address")

    async def _begin(self, plan: Plan) -> Session:
        if self._is_closing:
            raise StoppingError("runreel is shutting down, and begins no session any more")
        self._reserve(plan)
        # Whoever asked may leave; a session that is half made would be in nobody's hands.
        task = asyncio.ensure_future(self._made(plan))
        self._opening[plan.name] = task
        return await asyncio.shield(task)

    async def _made(self, plan: Plan) -> Session:
        try:
            session = await opened(plan, self._shared)
        except BaseException:
            self._recorded.pop(plan.name, None)
            raise
        finally:
            del self._opening[plan.name]
        self._open[plan.name] = session
        self._reports.pop(plan.name, None)
        self._ended.discard(plan.name)
        if plan.name == DEFAULT and self.default is not None:
            self.default = session
        return session

    def _reserve(self, plan: Plan) -> None:
        """Of two sessions of one server, the lock on the file would name the process only."""
        if not plan.records:
            return
        place = plan.path.resolve()
        holder = next((name for name, held in self._recorded.items() if held == place), None)
        if holder is not None:
            raise CassetteLockedError(
                f"{plan.path} is being recorded by the session {holder} of this server; end that "
                f"with DELETE /-/sessions/{holder}, or record elsewhere",
                path=plan.path,
            )
        self._recorded[plan.name] = place

    def _forget(self, session: Session) -> None:
        """Keep of an ended session its report alone; who waited for its end as well has done so."""
        plan = session.plan
        if self._open.get(plan.name) is not session:
            return
        del self._open[plan.name]
        self._recorded.pop(plan.name, None)
        self._ended.add(plan.name)
        report = self._reports[plan.name] = session.report()
        if len(self._reports) > _REPORTS:
            del self._reports[next(iter(self._reports))]
        self.lost += report.lost
        self.has_failed = self.has_failed or session.fails

    def _free_name(self, stem: str) -> str:
        taken = self._open.keys() | self._opening.keys() | self._ended | {DEFAULT}
        names = itertools.chain([stem], (f"{stem}-{number}" for number in itertools.count(2)))
        return next(name for name in names if name not in taken)
