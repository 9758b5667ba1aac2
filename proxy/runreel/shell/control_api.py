"""The control API: ``/-/sessions``, as docs/sessions.md describes it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import parse_qsl

from aiohttp.web_request import BaseRequest

from runreel.config import parse_order
from runreel.core.report.documents import Document
from runreel.core.report.session_report import SessionReport
from runreel.dialects.bodies import read_object
from runreel.errors import ConfigError, RunreelError
from runreel.model import Problem
from runreel.shell.router import status_of
from runreel.shell.server.admin import PREFIX, answered, refused
from runreel.shell.server.connection import OwnAnswer
from runreel.shell.server.incoming_request import invite_body, read_pieces
from runreel.shell.session.registry import Sessions, UnknownSessionError
from runreel.shell.session.session import Fate

PATH = f"{PREFIX}sessions"

_LARGEST = 65_536
"""Bytes of an order."""
_FATES = {"true": Fate.KEEP, "false": Fate.DISCARD}


class Control:
    """Makes, shows and ends the sessions of one server for the local user's programs."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    async def handle(self, request: BaseRequest) -> OwnAnswer:
        """Answer a request for a path that begins with ``PATH``."""
        path, _, query = request.raw_path.partition("?")
        is_one = path.startswith(f"{PATH}/")
        if path != PATH and not is_one:
            return refused(request, 404, "runreel_not_found", f"there is nothing here; try {PATH}")
        methods = self._one if is_one else self._all
        method = methods.get(request.method)
        if method is None:
            allowed = ", ".join(methods)
            message = f"{request.method} means nothing here; there are {allowed}"
            extra = ((b"Allow", allowed.encode()),)
            return refused(request, 405, "runreel_bad_method", message, extra=extra)
        try:
            return await method(self, request, path.removeprefix(f"{PATH}/"), query)
        except UnknownSessionError as error:
            return refused(request, 404, "runreel_no_session", str(error))
        except ConfigError as error:
            return refused(request, 400, "runreel_bad_order", str(error))
        except RunreelError as error:
            return refused(request, status_of(error), "runreel_refused", str(error))

    async def _list(self, request: BaseRequest, _name: str, _query: str) -> OwnAnswer:
        reports = [self._document(request, report) for report in self._sessions.reports()]
        return answered(request, 200, {"sessions": reports})

    async def _make(self, request: BaseRequest, _name: str, _query: str) -> OwnAnswer:
        if _media_type(request) != "application/json":
            message = "an order is JSON: send it with Content-Type: application/json"
            return refused(request, 415, "runreel_bad_type", message)
        invite_body(request)
        body = b"".join(await read_pieces(request, limit=_LARGEST))
        if len(body) > _LARGEST:
            message = f"an order has at most {_LARGEST} bytes"
            return refused(request, 413, "runreel_bad_order", message, close=True)
        order = read_object(body)
        if isinstance(order, Problem):
            raise ConfigError((f"the {order.path} {order.message}",))
        session = await self._sessions.begin(parse_order(order, self._sessions.config))
        report = session.report()
        made = self._document(request, report)
        told = {name: made[name] for name in ("name", "base_url", "cassette", "mode", "upstream")}
        return answered(request, 201, told)

    async def _show(self, request: BaseRequest, name: str, _query: str) -> OwnAnswer:
        return answered(request, 200, self._document(request, self._sessions.report(name)))

    async def _end(self, request: BaseRequest, name: str, query: str) -> OwnAnswer:
        report = await self._sessions.end(name, _fate(query))
        return answered(request, 200, self._document(request, report))

    _all: Mapping[str, Method] = {"GET": _list, "HEAD": _list, "POST": _make}
    _one: Mapping[str, Method] = {"GET": _show, "HEAD": _show, "DELETE": _end}

    def _document(self, request: BaseRequest, report: SessionReport) -> Document:
        """The report, with the base URL by which whoever asks reaches the server."""
        base_url = f"http://{request.headers['Host']}/@{report.name}"
        return {**report.document(), "base_url": base_url}


Method = Callable[[Control, BaseRequest, str, str], Awaitable[OwnAnswer]]


def _media_type(request: BaseRequest) -> str:
    return request.headers.get("Content-Type", "").partition(";")[0].strip().lower()


def _fate(query: str) -> Fate:
    """What ``keep=false`` asks for; raises ``ConfigError`` for any other query."""
    given = dict(parse_qsl(query, keep_blank_values=True))
    fate = _FATES.get(given.pop("keep", "true"))
    if given or fate is None:
        raise ConfigError(("the query may be keep=true or keep=false, and nothing else",))
    return fate
