"""The inspector's API: ``/-/api/…``, as docs/inspector-api.md describes it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import msgspec
from aiohttp.web_request import BaseRequest

from runreel.config import Config
from runreel.core.report.documents import ReportDocument
from runreel.errors import RunreelError
from runreel.shell.inspector.endpoints.parameters import Parameters
from runreel.shell.inspector.merged_lists import (
    build_target,
    merge_lists,
    merge_pages,
    parse_places,
)
from runreel.shell.inspector.page_files import API_PREFIX
from runreel.shell.inspector.sources.errors import UnknownRecordingError, classify_error
from runreel.shell.inspector.sources.recordings import RecordingSource
from runreel.shell.process.uncancellable import run_in_worker
from runreel.shell.server.activity import Activity
from runreel.shell.server.admin import error_response
from runreel.shell.server.connection import SAFE_HEADERS, JsonResponse, RawResponse, WholeResponse
from runreel.shell.server.incoming_request import is_from_worker
from runreel.shell.workers.crew import Crew

if TYPE_CHECKING:
    from runreel.shell.inspector.index.library import InspectorLibrary
    from runreel.shell.inspector.live import LiveApi

DocumentBuilder: TypeAlias = Callable[["InspectorLibrary", Parameters], ReportDocument]
"""Builds the answer to a request, in a worker thread. May raise ``RunreelError``."""


class ApiRoute(NamedTuple):
    """An endpoint."""

    build: DocumentBuilder
    is_quick: bool = False
    """True if it takes at most a tenth of a second."""


class ApiParts(NamedTuple):
    """The parts of the API, which are imported when somebody opens the page."""

    library: InspectorLibrary
    live: LiveApi
    routes: Mapping[str, ApiRoute]
    copy: Callable[[InspectorLibrary, Parameters], tuple[str, bytes]]
    """Builds the format and the bytes of a copy."""


_READING_TIME = 60.0
"""Seconds after a request for which answers are read ahead."""
_SLICE = 0.01
_PAUSE = 0.002
_LIVE_PAUSE = 0.03
"""Seconds of reading, and of a pause after it: of a proxy, most of the time is for its traffic."""

_LISTS = frozenset({"misses", "recordings"})
"""Endpoints that answer with a list of this name, for all workers."""

_COPY_TYPES = {"har": b"application/json", "raw": b"application/octet-stream"}
"""Media types of copies that are no plain text."""
_PLAIN = b"text/plain; charset=utf-8"
_NO_STORE = (b"Cache-Control", b"no-store")


class InspectorApi:
    """Answers requests for one source of recordings."""

    def __init__(
        self,
        source: RecordingSource,
        config: Config,
        activity: Activity,
        crew: Crew | None = None,
    ) -> None:
        """Load nothing yet, and start no thread; ``close`` must be called in the end.

        ``crew``: the workers of this port, if there are several.
        """
        self._crew = crew
        self._source = source
        self._config = config
        self._activity = activity
        # One thread each: a long comparison does not make the list wait, and both leave the
        # processor to the traffic.
        self._quick = ThreadPoolExecutor(1, "runreel-inspector")
        self._slow = ThreadPoolExecutor(1, "runreel-inspector-slow")
        self._parts: ApiParts | None = None
        self._turn = asyncio.Lock()
        self._read_until = 0.0
        self._reader: asyncio.Future[None] | None = None

    def close(self) -> None:
        """End the threads once they are idle."""
        if self._reader is not None:
            self._reader.cancel()
        self._quick.shutdown(wait=False, cancel_futures=True)
        self._slow.shutdown(wait=False, cancel_futures=True)

    async def handle(self, request: BaseRequest) -> RawResponse:
        """Answer one request below ``API_PREFIX``."""
        if request.method not in {"GET", "HEAD"}:
            message = f"Method {request.method} is not allowed here; use GET or HEAD"
            extra = ((b"Allow", b"GET, HEAD"),)
            return error_response(request, 405, "runreel_bad_method", message, extra=extra)
        try:
            return await self._answer(request)
        except RunreelError as error:
            status, code = classify_error(error)
            return error_response(request, status, code, str(error))

    async def _answer(self, request: BaseRequest) -> RawResponse:
        parameters = Parameters(request.raw_path.removeprefix(API_PREFIX))
        if self._crew is not None and (recording := parameters.find_recording()):
            response = await self._crew.hand_over_known(request, recording)
            if response is not None:
                return response
        async with self._turn:
            if self._parts is None:
                self._parts = await run_in_worker(self._load, self._quick)
        return await self._answer_with(self._parts, request, parameters)

    async def _answer_with(
        self, parts: ApiParts, request: BaseRequest, parameters: Parameters
    ) -> RawResponse:
        name, last = parameters.segments[0], parameters.segments[-1]
        if name == "live" and request.method == "GET":
            after = parameters.take("after")
            parameters.end()
            return await parts.live.handle(request, after)
        if name == "x" and last == "copy":
            return await run_in_worker(
                lambda: _build_copy(request, *parts.copy(parts.library, parameters)), self._slow
            )
        route = parts.routes.get(name)
        if route is None:
            raise UnknownRecordingError(f"no such endpoint; see {API_PREFIX}recordings")
        self._read_ahead(parts.library)
        build = partial(route.build, parts.library)
        pool = self._quick if route.is_quick else self._slow
        if self._crew is None or is_from_worker(request) or parameters.find_recording():
            return await run_in_worker(lambda: _build_answer(request, build(parameters)), pool)
        if name == "exchanges":
            return await self._merge_pages(self._crew, request, build)
        document = await run_in_worker(lambda: build(parameters), pool)
        if name in _LISTS:
            others = await self._crew.ask_others(request)
            document = merge_lists(document, others, name)
        return await run_in_worker(lambda: _build_answer(request, document), pool)

    async def _merge_pages(
        self, crew: Crew, request: BaseRequest, build: Callable[[Parameters], ReportDocument]
    ) -> RawResponse:
        """Answer with a page of the exchanges of all workers."""
        path = request.raw_path
        places = parse_places(Parameters(path).take("after"), crew.count)
        targets = {
            worker: build_target(path, place)
            for worker, place in places.items()
            if isinstance(place, str)
        }
        own = targets.pop(crew.number, None)
        pages: dict[int, ReportDocument] = {}
        if own is not None:
            parameters = Parameters(own.removeprefix(API_PREFIX))
            pages[crew.number] = await run_in_worker(lambda: build(parameters), self._quick)
        pages |= await crew.ask(request, targets)
        return await run_in_worker(
            lambda: _build_answer(request, merge_pages(places, pages)), self._quick
        )

    def _read_ahead(self, library: InspectorLibrary) -> None:
        """Read all answers little by little, as long as somebody uses the page."""
        self._read_until = asyncio.get_running_loop().time() + _READING_TIME
        if self._reader is None or self._reader.done():
            self._reader = asyncio.ensure_future(self._read_all(library))

    async def _read_all(self, library: InspectorLibrary) -> None:
        pause = _LIVE_PAUSE if self._source.is_live else _PAUSE
        while asyncio.get_running_loop().time() < self._read_until:
            if not await run_in_worker(lambda: library.read_some(_SLICE), self._quick):
                return
            await asyncio.sleep(pause)

    def _load(self) -> ApiParts:
        """Import what the API needs, which would make each start of a proxy slower."""
        from runreel.shell.inspector.endpoints import (  # noqa: PLC0415 - only for the page
            comparison,
            exchanges,
            figures,
            filter_check,
            lists,
            misses,
        )
        from runreel.shell.inspector.index.library import InspectorLibrary  # noqa: PLC0415 - only for the page
        from runreel.shell.inspector.live import LiveApi  # noqa: PLC0415 - only for the page

        instance = self._crew.instance if self._crew else ""
        library = InspectorLibrary(self._source, self._config, instance)
        routes = {
            "recordings": ApiRoute(lists.list_recordings, is_quick=True),
            "exchanges": ApiRoute(lists.list_exchanges, is_quick=True),
            "filter": ApiRoute(filter_check.check_filter, is_quick=True),
            "x": ApiRoute(exchanges.build_exchange),
            "runs": ApiRoute(figures.build_runs),
            "stats": ApiRoute(figures.compute_stats),
            "diff": ApiRoute(comparison.compare_recordings),
            "misses": ApiRoute(misses.build_misses),
        }
        live = LiveApi(library, self._activity, self._quick, self._crew)
        return ApiParts(library, live, routes, exchanges.copy_exchange)


def _build_answer(request: BaseRequest, document: ReportDocument) -> RawResponse:
    data = encode_document(document)
    return JsonResponse(request, 200, data, extra=(_NO_STORE, *SAFE_HEADERS))


def _build_copy(request: BaseRequest, name: str, data: bytes) -> RawResponse:
    """Return an exchange in the form of another tool; no browser shows it as a page."""
    headers = (
        (b"Content-Type", _COPY_TYPES.get(name, _PLAIN)),
        (b"Content-Length", b"%d" % len(data)),
        (b"Content-Disposition", b"attachment"),
        _NO_STORE,
        *SAFE_HEADERS,
    )
    return WholeResponse(request, 200, headers, data)


def encode_document(document: ReportDocument) -> bytes:
    """Return a document as JSON. Texts with half of a surrogate pair are escaped."""
    try:
        return msgspec.json.encode(document)
    except (UnicodeEncodeError, OverflowError, TypeError):
        return json.dumps(document).encode()
