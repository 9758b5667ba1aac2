"""The inspector's API: ``/-/api/…``, as docs/inspector-api.md describes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple, TypeAlias

from aiohttp.web_request import BaseRequest

from runreel.core.report.documents import ReportDocument
from runreel.errors import FilterError, RunreelError, UsageError
from runreel.shell.inspector.endpoints.lists import (
    build_exchange,
    check_filter,
    list_exchanges,
    list_recordings,
)
from runreel.shell.inspector.endpoints.parameters import Parameters
from runreel.shell.inspector.index.library import InspectorLibrary, UnknownRecordingError
from runreel.shell.inspector.live import LiveApi
from runreel.shell.inspector.page_files import PAGE_HEADERS
from runreel.shell.process.uncancellable import run_in_worker
from runreel.shell.server.activity import Activity
from runreel.shell.server.admin import PREFIX, error_response, json_response
from runreel.shell.server.connection import RawResponse

API_PREFIX = f"{PREFIX}api/"
"""Beginning of the path of every endpoint of the inspector."""

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
}


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
        except UnknownRecordingError as error:
            return _build_error(request, 404, "runreel_not_found", error)
        except FilterError as error:
            return _build_error(request, 400, "runreel_bad_filter", error)
        except UsageError as error:
            return _build_error(request, 400, "runreel_bad_query", error)
        except RunreelError as error:
            return _build_error(request, 422, "runreel_unreadable", error)

    async def _answer(self, request: BaseRequest) -> RawResponse:
        parameters = Parameters(request, API_PREFIX)
        name = parameters.segments[0]
        if name == "live" and request.method == "GET":
            after = parameters.take("after")
            parameters.end()
            return await self._live.handle(request, after)
        route = _ROUTES.get(name)
        if route is None:
            raise UnknownRecordingError(f"no such endpoint; see {API_PREFIX}recordings")

        def build() -> RawResponse:
            document = route.build(self._library, parameters)
            return json_response(request, 200, document, extra=PAGE_HEADERS)

        return await run_in_worker(build, self._quick if route.is_quick else self._slow)


def _build_error(request: BaseRequest, status: int, code: str, error: RunreelError) -> RawResponse:
    return error_response(request, status, code, str(error), extra=PAGE_HEADERS)
