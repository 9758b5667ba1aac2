"""The control API: ``/-/sessions``, as docs/sessions.md describes it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import parse_qsl

from aiohttp.web_request import BaseRequest

from runreel.config import parse_session_request
from runreel.core.report.documents import ReportDocument
from runreel.core.report.session_report import SessionReport
from runreel.dialects.bodies import parse_object
from runreel.errors import ConfigError, RunreelError
from runreel.model import Problem
from runreel.shell.router import get_error_status
from runreel.shell.server.admin import PREFIX, error_response, json_response
from runreel.shell.server.connection import JsonResponse
from runreel.shell.server.incoming_request import read_body_start, send_continue
from runreel.shell.session.registry import Sessions, UnknownSessionError
from runreel.shell.session.session import RecordingOutcome

SESSIONS_PATH = f"{PREFIX}sessions"

_MAX_BODY = 65_536
"""Bytes of an order."""
_OUTCOMES = {"true": RecordingOutcome.KEEP, "false": RecordingOutcome.DISCARD}


class ControlApi:
    """Makes, shows and ends the sessions of one server for the local user's programs."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    async def handle(self, request: BaseRequest) -> JsonResponse:
        """Answer a request for a path that begins with ``PATH``."""
        path, _, query = request.raw_path.partition("?")
        is_one = path.startswith(f"{SESSIONS_PATH}/")
        if path != SESSIONS_PATH and not is_one:
            return error_response(
                request, 404, "runreel_not_found", f"there is nothing here; try {SESSIONS_PATH}"
            )
        methods = self._session_methods if is_one else self._collection_methods
        method = methods.get(request.method)
        if method is None:
            allowed = ", ".join(methods)
            message = f"{request.method} means nothing here; there are {allowed}"
            extra = ((b"Allow", allowed.encode()),)
            return error_response(request, 405, "runreel_bad_method", message, extra=extra)
        try:
            return await method(self, request, path.removeprefix(f"{SESSIONS_PATH}/"), query)
        except UnknownSessionError as error:
            return error_response(request, 404, "runreel_no_session", str(error))
        except ConfigError as error:
            return error_response(request, 400, "runreel_bad_order", str(error))
        except RunreelError as error:
            return error_response(request, get_error_status(error), "runreel_refused", str(error))

    async def _list_sessions(self, request: BaseRequest, _name: str, _query: str) -> JsonResponse:
        reports = [
            self._build_document(request, report) for report in self._sessions.iter_reports()
        ]
        return json_response(request, 200, {"sessions": reports})

    async def _create_session(self, request: BaseRequest, _name: str, _query: str) -> JsonResponse:
        if _get_media_type(request) != "application/json":
            message = "an order is JSON: send it with Content-Type: application/json"
            return error_response(request, 415, "runreel_bad_type", message)
        send_continue(request)
        body = b"".join(await read_body_start(request, limit=_MAX_BODY))
        if len(body) > _MAX_BODY:
            message = f"an order has at most {_MAX_BODY} bytes"
            return error_response(request, 413, "runreel_bad_order", message, close=True)
        order = parse_object(body)
        if isinstance(order, Problem):
            raise ConfigError((f"the {order.path} {order.message}",))
        session = await self._sessions.create(parse_session_request(order, self._sessions.config))
        report = session.build_report()
        made = self._build_document(request, report)
        told = {name: made[name] for name in ("name", "base_url", "cassette", "mode", "upstream")}
        return json_response(request, 201, told)

    async def _show_session(self, request: BaseRequest, name: str, _query: str) -> JsonResponse:
        return json_response(
            request, 200, self._build_document(request, self._sessions.get_report(name))
        )

    async def _end_session(self, request: BaseRequest, name: str, query: str) -> JsonResponse:
        report = await self._sessions.end(name, _parse_outcome(query))
        return json_response(request, 200, self._build_document(request, report))

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

    def _build_document(self, request: BaseRequest, report: SessionReport) -> ReportDocument:
        """The report, with the base URL by which whoever asks reaches the server."""
        base_url = f"http://{request.headers['Host']}/@{report.name}"
        return {**report.to_document(), "base_url": base_url}


ControlMethod = Callable[[ControlApi, BaseRequest, str, str], Awaitable[JsonResponse]]


def _get_media_type(request: BaseRequest) -> str:
    return request.headers.get("Content-Type", "").partition(";")[0].strip().lower()


def _parse_outcome(query: str) -> RecordingOutcome:
    """What ``keep=false`` asks for; raises ``ConfigError`` for any other query."""
    given = dict(parse_qsl(query, keep_blank_values=True))
    fate = _OUTCOMES.get(given.pop("keep", "true"))
    if given or fate is None:
        raise ConfigError(("the query may be keep=true or keep=false, and nothing else",))
    return fate
