"""The control API: ``/-/sessions``, as docs/sessions.md describes it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TypeAlias
from urllib.parse import parse_qsl

from aiohttp.web_request import BaseRequest

from runreel.config import parse_session_request
from runreel.core.regex.lazy_pattern import compile_later
from runreel.core.report.documents import SCHEMA_VERSION, ReportDocument
from runreel.core.report.session_report import SessionReport
from runreel.dialects import build_finder
from runreel.dialects.base.bodies import parse_object
from runreel.errors import ConfigError, RunreelError
from runreel.model import Exchange, Problem
from runreel.shell.process.uncancellable import run_in_worker
from runreel.shell.server.admin import PREFIX, error_response, json_response
from runreel.shell.server.connection import JsonResponse, RawResponse
from runreel.shell.server.incoming_request import read_body_start, send_continue
from runreel.shell.session.registry import Sessions, UnknownSessionError, get_error_status
from runreel.shell.session.session import RecordingOutcome, Session
from runreel.shell.store.names import SUFFIX
from runreel.shell.workers.crew import Crew

SESSIONS_PATH = f"{PREFIX}sessions"

_EXCHANGE_PATH = compile_later(f"{SESSIONS_PATH}/([^/]+)/exchanges/([1-9][0-9]{{0,15}})")

_MAX_BODY = 65_536
"""Bytes of the body of ``POST /-/sessions``."""

_OUTCOMES = {"true": RecordingOutcome.KEEP, "false": RecordingOutcome.DISCARD}


class ControlApi:
    """Creates, shows and ends the sessions of one server on request of local programs."""

    def __init__(self, sessions: Sessions, crew: Crew | None = None) -> None:
        """``crew``: the workers of this port, if there are several."""
        self._sessions = sessions
        self._crew = crew

    async def handle(self, request: BaseRequest) -> RawResponse:
        """Answer one request for an endpoint of the control API."""
        path, _, query = request.raw_path.partition("?")
        is_one = path.startswith(f"{SESSIONS_PATH}/")
        if path != SESSIONS_PATH and not is_one:
            message = f"no such endpoint; try {SESSIONS_PATH}"
            return error_response(request, 404, "runreel_not_found", message)
        methods = self._session_methods if is_one else self._collection_methods
        if _EXCHANGE_PATH.fullmatch(path):
            methods = self._exchange_methods
        method = methods.get(request.method)
        if method is None:
            return _build_method_error(request, list(methods))
        try:
            return await method(self, request, path.removeprefix(f"{SESSIONS_PATH}/"), query)
        except UnknownSessionError as error:
            return error_response(request, 404, "runreel_no_session", str(error))
        except ConfigError as error:
            return error_response(request, 400, "runreel_bad_order", str(error))
        except RunreelError as error:
            return error_response(request, get_error_status(error), "runreel_refused", str(error))

    async def _list_sessions(self, request: BaseRequest, _name: str, _query: str) -> JsonResponse:
        reports = await self._sessions.list_reports()
        others = [] if self._crew is None else await self._crew.list_sessions(request)

        def build() -> ReportDocument:
            documents = [*(_build_document(request, report) for report in reports), *others]
            return {"sessions": sorted(documents, key=lambda each: each["state"] == "ended")}

        return await self._respond(request, build)

    async def _create_session(self, request: BaseRequest, _name: str, _query: str) -> RawResponse:
        if _get_media_type(request) != "application/json":
            message = "send the session settings as JSON, with `Content-Type: application/json`"
            return error_response(request, 415, "runreel_bad_type", message)
        send_continue(request)
        body = b"".join(await read_body_start(request, limit=_MAX_BODY))
        if len(body) > _MAX_BODY:
            message = f"the session settings are longer than {_MAX_BODY} bytes"
            return error_response(request, 413, "runreel_bad_order", message, close=True)
        settings = parse_object(body)
        if isinstance(settings, Problem):
            raise ConfigError((f"the {settings.path} {settings.message}",))
        session_request = parse_session_request(settings, self._sessions.config)
        if self._crew is not None:
            name = session_request.name or Path(session_request.cassette).name
            response = await self._crew.hand_over(request, name.removesuffix(SUFFIX), body)
            if response is not None:
                return response
        session = await self._sessions.create(session_request)
        document = _build_document(request, await session.get_report())
        members = ("name", "base_url", "cassette", "mode", "upstream")
        return json_response(request, 201, {name: document[name] for name in members})

    async def _show_session(self, request: BaseRequest, name: str, _query: str) -> RawResponse:
        response = await self._hand_over(request, name)
        if response is not None:
            return response
        report = await self._sessions.get_report(name)
        return await self._respond(request, lambda: _build_document(request, report))

    async def _show_exchange(self, request: BaseRequest, path: str, _query: str) -> RawResponse:
        name, _, number = path.split("/")
        response = await self._hand_over(request, name)
        if response is not None:
            return response
        session = self._sessions.get(name)
        if session is None:
            message = f"no open session has the name {name[:200]!a}"
            raise UnknownSessionError(f"{message}; to read its cassette: runreel show")
        exchange = await session.read_exchange(int(number))
        if exchange is None:
            message = f"session {name} has stored no exchange {number}"
            return error_response(request, 404, "runreel_no_exchange", message)
        document = {"schema_version": SCHEMA_VERSION, "cassette": str(session.spec.path)}
        build = partial(_build_exchange_document, exchange, session)
        return await self._respond(request, lambda: {**document, "exchange": build()})

    async def _end_session(self, request: BaseRequest, name: str, query: str) -> RawResponse:
        response = await self._hand_over(request, name)
        if response is not None:
            return response
        report = await self._sessions.end(name, _parse_outcome(query))
        return await self._respond(request, lambda: _build_document(request, report))

    async def _hand_over(self, request: BaseRequest, name: str) -> RawResponse | None:
        """Hand a request over to the worker of a session; return None if that is this one."""
        return None if self._crew is None else await self._crew.hand_over_known(request, name)

    _collection_methods: Mapping[str, ControlMethod] = {
        "GET": _list_sessions,
        "HEAD": _list_sessions,
        "POST": _create_session,
    }
    _session_methods: Mapping[str, ControlMethod] = {
        "GET": _show_session,
        "HEAD": _show_session,
        "DELETE": _end_session,
    }

    _exchange_methods: Mapping[str, ControlMethod] = {
        "GET": _show_exchange,
        "HEAD": _show_exchange,
    }

    async def _respond(
        self, request: BaseRequest, build: Callable[[], ReportDocument]
    ) -> JsonResponse:
        """Return a response with a document, which a worker thread builds: reports may be long."""
        return await run_in_worker(lambda: json_response(request, 200, build()))


ControlMethod: TypeAlias = Callable[[ControlApi, BaseRequest, str, str], Awaitable[RawResponse]]
"""A method of ``ControlApi`` that answers a request; it gets the session's name and the query."""


def _build_document(request: BaseRequest, report: SessionReport) -> ReportDocument:
    """Return the report, with a base URL on the host that this client used."""
    base_url = f"http://{request.headers['Host']}/@{report.name}"
    return {**report.to_document(), "base_url": base_url}


def _build_exchange_document(exchange: Exchange, session: Session) -> ReportDocument:
    from runreel.dialects.exchange_reading import read_exchange  # noqa: PLC0415 - not for a replay

    reading = read_exchange(exchange, build_finder(session.spec.config.dialect))
    return reading.build_document(first_ns=session.first_ns)


def _build_method_error(request: BaseRequest, allowed: list[str]) -> JsonResponse:
    *others, last = allowed
    message = f"Method {request.method} is not allowed here; use {', '.join(others)} or {last}"
    extra = ((b"Allow", ", ".join(allowed).encode()),)
    return error_response(request, 405, "runreel_bad_method", message, extra=extra)


def _get_media_type(request: BaseRequest) -> str:
    return request.headers.get("Content-Type", "").partition(";")[0].strip().lower()


def _parse_outcome(query: str) -> RecordingOutcome:
    """Parse ``keep=true`` or ``keep=false``; raise ``ConfigError`` for any other query."""
    parameters = dict(parse_qsl(query, keep_blank_values=True))
    outcome = _OUTCOMES.get(parameters.pop("keep", "true"))
    if parameters or outcome is None:
        raise ConfigError(("the query may be keep=true or keep=false, nothing else",))
    return outcome
