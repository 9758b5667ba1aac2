"""All sessions of one server: which one a request belongs to, making them, ending them."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.web_request import BaseRequest

from runreel.config import Config, Order, mode_of
from runreel.core.session_report import SessionReport
from runreel.errors import CassetteError, CassetteLockedError, RunreelError, UsageError
from runreel.shell.guard import is_foreign
from runreel.shell.intake import RefusedError, ended, head_of, session_of
from runreel.shell.opening import opened
from runreel.shell.session import DEFAULT, Fate, Plan, Session
from runreel.shell.store import named, session_name

_WORKERS = 4
"""Threads that seal and write, for all sessions together: one interpreter seals one at a time."""

_REPORTS = 1000
"""Ended sessions whose reports are kept."""


class NameTakenError(RunreelError):
    """A session of this name is open already."""


class UnknownSessionError(RunreelError):
    """There is no session of this name."""


class Sessions:
    """The sessions of one server, by name."""

    def __init__(self, config: Config, folder: Path, *, append: bool = False) -> None:
        """Cassettes are named in ``folder``; ``config`` and ``append`` are for who orders nothing.

        Must be made inside a running event loop, and ended by ``close``.
        """
        self.config = config
        self.own_port = config.listen.port
        self.has_failed = False
        """Whether a session that has ended should make the process's exit code 1."""
        self.lost = 0
        """Exchanges that ended sessions could not store."""
        self._folder = folder
        self._append = append
        self._default: Session | None = None
        self._open: dict[str, Session] = {}
        self._opening: dict[str, asyncio.Task[Session]] = {}
        self._recorded: dict[Path, str] = {}
        self._reports: dict[str, SessionReport] = {}
        self._ended: set[str] = set()
        self._pool = ThreadPoolExecutor(_WORKERS, "runreel-cassette")

    async def handle(self, request: BaseRequest) -> web.StreamResponse:
        """Answer a request in the session that its target names, or in the default one.

        Raises ``RefusedError`` where there is none, and none can be made.
        """
        name, path = session_of(request.raw_path)
        if path is None:
            session = self._default or self._refuse_nameless(request)
        else:
            session = self._open.get(name) or await self._continued(name, request, path)
        return await session.handle(request, path)

    async def begin_default(self, path: Path) -> Session:
        """Make the session of requests that name none; raises ``RunreelError``."""
        self._default = await self._begin(self._plan(DEFAULT, path, self.config, self._append))
        return self._default

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
        return await self._begin(self._plan(name, path, order.config, order.append))

    async def end(self, name: str, fate: Fate = Fate.KEEP) -> SessionReport:
        """End a session and report; of one that has ended, the same report again.

        Raises ``UnknownSessionError``; ``RunreelError`` if the cassette cannot be closed whole.
        """
        session = self._open.get(name)
        if session is None:
            return self.report(name)
        try:
            report = await session.end(fate)
        finally:
            self._forget(session)
        self._note(report, session.plan.config)
        return report

    def report(self, name: str) -> SessionReport:
        """How the session stands, or how it ended; raises ``UnknownSessionError``."""
        if name in self._open:
            return self._open[name].report()
        if name in self._reports:
            return self._reports[name]
        raise UnknownSessionError(f"there is no session {name[:200]}")

    def reports(self) -> Iterator[SessionReport]:
        """The reports of all open sessions, and of those that ended lately."""
        yield from (session.report() for session in self._open.values())
        yield from self._reports.values()

    async def close(self, fate: Fate = Fate.KEEP) -> None:
        """End all sessions; raises the first ``RunreelError`` among those of their ends."""
        await asyncio.gather(*self._opening.values(), return_exceptions=True)
        ends = [self.end(name, fate) for name in tuple(self._open)]
        outcomes = await asyncio.gather(*ends, return_exceptions=True)
        self._pool.shutdown(wait=False)
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome

    def _plan(self, name: str, path: Path, config: Config, append: bool) -> Plan:
        self._demand_another_upstream(config)
        mode = mode_of(config.mode, recorded=path.exists())
        return Plan(name, path, mode, config, append=append)

    def _demand_another_upstream(self, config: Config) -> None:
        upstream = urlsplit(config.upstream)
        own = {"localhost", "127.0.0.1", "::1", self.config.listen.host}
        if upstream.hostname in own and upstream.port == self.own_port:
            raise UsageError(f"the upstream {config.upstream} is the proxy's own address")

    async def _begin(self, plan: Plan) -> Session:
        task = asyncio.ensure_future(self._opened(plan))
        self._opening[plan.name] = task
        return await asyncio.shield(task)

    async def _opened(self, plan: Plan) -> Session:
        place = plan.path.resolve()
        try:
            if plan.records:
                self._reserve(place, plan)
            session = await opened(plan, pool=self._pool)
        except BaseException:
            self._release(place, plan)
            raise
        finally:
            del self._opening[plan.name]
        self._open[plan.name] = session
        if plan.name == DEFAULT and self._default is not None:
            self._default = session
        self._reports.pop(plan.name, None)
        self._ended.discard(plan.name)
        return session

    def _reserve(self, place: Path, plan: Plan) -> None:
        """Of two sessions of one server, the lock on the file would only name the process."""
        holder = self._recorded.setdefault(place, plan.name)
        if holder != plan.name:
            raise CassetteLockedError(
                f"{plan.path} is being recorded by the session {holder} of this server; end that "
                f"with DELETE /-/sessions/{holder}, or record elsewhere",
                path=plan.path,
            )

    def _release(self, place: Path, plan: Plan) -> None:
        if self._recorded.get(place) == plan.name:
            del self._recorded[place]

    def _forget(self, session: Session) -> None:
        plan = session.plan
        if self._open.get(plan.name) is session:
            del self._open[plan.name]
            self._release(plan.path.resolve(), plan)
            self._ended.add(plan.name)

    def _note(self, report: SessionReport, config: Config) -> None:
        if report.name in self._reports:
            return  # who asked for the end as well has noted it
        self._reports[report.name] = report
        while len(self._reports) > _REPORTS:
            del self._reports[next(iter(self._reports))]
        replay = config.replay
        is_missed = report.missed and (replay.strict or replay.on_miss == "fail")
        is_unplayed = report.fails_on_unplayed and report.unplayed
        self.has_failed = self.has_failed or bool(is_missed or is_unplayed)
        self.lost += report.lost

    def _free_name(self, stem: str) -> str:
        taken = self._open.keys() | self._opening.keys() | self._ended | {DEFAULT}
        names = itertools.chain([stem], (f"{stem}-{number}" for number in itertools.count(2)))
        return next(name for name in names if name not in taken)

    def _refuse_nameless(self, request: BaseRequest) -> Session:
        raise RefusedError(
            "This server has sessions by name only: put /@NAME in front of the path, in the base "
            "URL, or make a session with POST /-/sessions.",
            status=404,
            code="runreel_no_session",
            request=head_of(request),
        )

    async def _continued(self, name: str, request: BaseRequest, path: str) -> Session:
        """The session that is being opened or can be made under this name."""
        sent = head_of(request, path)
        try:
            name = session_name(name)
            if name in self._ended:
                raise ended(sent)
            if name in self._opening:
                return await asyncio.shield(self._opening[name])
            return self._open.get(name) or await self._begin_named(name, request)
        except RefusedError:
            raise
        except RunreelError as error:
            status = status_of(error)
            raise RefusedError(str(error), status=status, request=sent) from None

    async def _begin_named(self, name: str, request: BaseRequest) -> Session:
        if is_foreign(request):
            raise RefusedError("A page of another site cannot begin a session.", status=403)
        path = named(name, self._folder)
        return await self._begin(self._plan(name, path, self.config, self._append))


def status_of(error: RunreelError) -> int:
    """What to answer where a session cannot be made."""
    match error:
        case UsageError():
            return 400
        case CassetteLockedError() | NameTakenError():
            return 409
        case CassetteError():
            return 404
        case _:
            return 500
