"""The inspector's API: ``/-/api/…``, as docs/inspector-api.md describes it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple, TypeAlias

import msgspec
from aiohttp.web_request import BaseRequest

from runreel.core.report.documents import ReportDocument
from runreel.errors import FilterError, RunreelError, UsageError
from runreel.shell.inspector.endpoints.comparison import TooMuchError, compare_recordings
from runreel.shell.inspector.endpoints.exchanges import build_exchange, copy_exchange
from runreel.shell.inspector.endpoints.figures import build_runs, compute_stats
from runreel.shell.inspector.endpoints.lists import (
    check_filter,
    list_exchanges,
    list_recordings,
)
from runreel.shell.inspector.endpoints.misses import build_misses
from runreel.shell.inspector.endpoints.parameters import Parameters
from runreel.shell.inspector.entry import API_PREFIX
from runreel.shell.inspector.index.library import InspectorLibrary, UnknownRecordingError
from runreel.shell.inspector.live import LiveApi
from runreel.shell.inspector.page_files import PAGE_HEADERS
from runreel.shell.process.uncancellable import run_in_worker
from runreel.shell.server.activity import Activity
from runreel.shell.server.admin import error_response
from runreel.shell.server.connection import JsonResponse, RawResponse, WholeResponse

DocumentBuilder: TypeAlias = Callable[[InspectorLibrary, Parameters], ReportDocument]
"""Builds the answer to a request, in a worker thread. May raise ``RunreelError``."""


class ApiRoute(NamedTuple):
    """An endpoint."""

    build: DocumentBuilder
    is_quick: bool = False
    """True if it takes at most a tenth of a second."""


_ROUTES: Mapping[str, ApiRoute] = {
    "recordings": ApiRoute(list_recordings, is_quick=True),
    "exchanges": ApiRoute(list_exchanges, is_quick=True),
    "filter": ApiRoute(check_filter, is_quick=True),
    "x": ApiRoute(build_exchange),
    "runs": ApiRoute(build_runs),
    "stats": ApiRoute(compute_stats),
    "diff": ApiRoute(compare_recordings),
    "misses": ApiRoute(build_misses),
}

_ERRORS: Mapping[type[RunreelError], tuple[int, str]] = {
    UnknownRecordingError: (404, "runreel_not_found"),
    FilterError: (400, "runreel_bad_filter"),
    UsageError: (400, "runreel_bad_query"),
    TooMuchError: (422, "runreel_too_much"),
    RunreelError: (422, "runreel_unreadable"),
}
"""Status and code of each kind of error; the first kind that fits counts."""

_COPY_TYPES = {"har": b"application/json", "raw": b"application/octet-stream"}
"""Media types of copies that are no plain text."""
_PLAIN = b"text/plain; charset=utf-8"


class InspectorApi:
    """Answers requests for one source of recordings."""

    def __init__(self, library: InspectorLibrary, activity: Activity) -> None:
        """Start no thread yet; ``close`` must be called in the end."""
        self._library = library
        # One thread each: a long comparison does not make the list wait, and both leave the
        # processor to the traffic.
        self._quick = ThreadPoolExecutor(1, "runreel-inspector")
        self._slow = ThreadPoolExecutor(1, "runreel-inspector-slow")
        self._live = LiveApi(library, activity, self._quick)

    def close(self) -> None:
        """End the threads once they are idle."""
        self._quick.shutdown(wait=False, cancel_futures=True)
        self._slow.shutdown(wait=False, cancel_futures=True)

    async def handle(self, request: BaseRequest) -> RawResponse:
        """Answer one request below ``API_PREFIX``."""
        if request.method not in {"GET", "HEAD"}:
            message = f"Method {request.method} is not allowed here; use GET or HEAD"
            extra = ((b"Allow", b"GET, HEAD"), *PAGE_HEADERS)
            return error_response(request, 405, "runreel_bad_method", message, extra=extra)
        try:
            return await self._answer(request)
        except RunreelError as error:
            status, code = next(_ERRORS[kind] for kind in _ERRORS if isinstance(error, kind))
            return error_response(request, status, code, str(error), extra=PAGE_HEADERS)

    async def _answer(self, request: BaseRequest) -> RawResponse:
        parameters = Parameters(request, API_PREFIX)
        name = parameters.segments[0]
        if name == "live" and request.method == "GET":
            after = parameters.take("after")
            parameters.end()
            return await self._live.handle(request, after)
        if name == "x" and len(parameters.segments) == 4 and parameters.segments[3] == "copy":
            return await run_in_worker(lambda: self._build_copy(request, parameters), self._slow)
        route = _ROUTES.get(name)
        if route is None:
            raise UnknownRecordingError(f"no such endpoint; see {API_PREFIX}recordings")

        def build() -> RawResponse:
            data = encode_document(route.build(self._library, parameters))
            return JsonResponse(request, 200, data, extra=(_NO_STORE, *PAGE_HEADERS))

        return await run_in_worker(build, self._quick if route.is_quick else self._slow)

    def _build_copy(self, request: BaseRequest, parameters: Parameters) -> RawResponse:
        """Return an exchange in the form of another tool; no browser shows it as a page."""
        name, data = copy_exchange(self._library, parameters)
        headers = (
            (b"Content-Type", _COPY_TYPES.get(name, _PLAIN)),
            (b"Content-Length", b"%d" % len(data)),
            (b"Content-Disposition", b"attachment"),
            _NO_STORE,
            *PAGE_HEADERS,
        )
        return WholeResponse(request, 200, headers, data)


_NO_STORE = (b"Cache-Control", b"no-store")


def encode_document(document: ReportDocument) -> bytes:
    """Return a document as JSON. Texts with half of a surrogate pair are escaped."""
    try:
        return msgspec.json.encode(document)
    except (UnicodeEncodeError, OverflowError, TypeError):
        return json.dumps(document).encode()
