"""The simulator as an HTTP server.

It accepts any path prefix (``/v1``, ``/openai`` with ``?api-version=``, none) and any key. Each
event of a stream is sent at once, as one HTTP chunk.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from email.utils import formatdate
from itertools import count
from typing import TypeAlias
from urllib.parse import quote

from aiohttp import BodyPartReader, web

from runreel.config import Address
from runreel.shell.server.acceptor import Acceptor, bind_sockets
from runreel.shell.server.connection import ClientConnection, close_unused
from runreel.simulator.api import files, responses, runs
from runreel.simulator.api.agent_handlers import AgentHandlers, WebHandler
from runreel.simulator.api.agent_sessions import AgentSessions
from runreel.simulator.api.requests import ApiCall, JsonBody
from runreel.simulator.api.routes import ROUTES, Operation
from runreel.simulator.api_error import ApiError, make_missing_error
from runreel.simulator.events import BREAK, DONE, SimulatedEvent
from runreel.simulator.objects import JsonObject, dump_json
from runreel.simulator.state import SimulatorState

ResponseSignal: TypeAlias = Callable[[web.Request, web.StreamResponse], Awaitable[None]]

STATE = web.AppKey("state", SimulatorState)
DELAY = web.AppKey("delay", float)

PREFIX = "/{prefix:(?:[^/]+/)*}"
"""The path of a client's base URL, which may be any."""

MAX_BODY = 64 * 1024 * 1024
"""Largest body or uploaded file in bytes; both are kept in memory."""

SHUTDOWN_TIMEOUT = 1.0
"""Seconds that open streams have to end when the server stops."""

POLL_HEADERS = {"openai-poll-after-ms": "100"}
"""Headers that shorten the pause of the SDKs' ``create_and_poll``, by default a second."""


def create_app(*, now: Callable[[], float] = time.time, delay: float = 0.0) -> web.Application:
    """Build a simulator without any objects.

    ``now`` returns the time in seconds since 1970-01-01 UTC. ``delay`` is the time in seconds
    between two events of a stream.
    """
    app = web.Application(middlewares=[_answer_errors], client_max_size=MAX_BODY)
    app[STATE] = SimulatorState(now)
    app[DELAY] = delay
    app.on_response_prepare.append(_make_stamp(now))
    for method, path, operation in ROUTES:
        app.router.add_route(method, PREFIX + path, _make_handler(operation))
    handlers = AgentHandlers(AgentSessions(app[STATE]), delay)
    for method, path, handler in handlers.list_routes():
        app.router.add_route(method, PREFIX + path, handler)
    app.router.add_route("POST", PREFIX + "files", _upload_file)
    app.router.add_route("GET", PREFIX + "files/{file_id}/content", _download_file)
    return app


@asynccontextmanager
async def serve_simulator(
    host: str = "127.0.0.1",
    port: int = 0,
    now: Callable[[], float] = time.time,
    delay: float = 0.0,
) -> AsyncIterator[str]:
    """Serve a new simulator for the length of the block; yield its URL without a path.

    Port 0 selects a free port. ``now`` and ``delay`` are as for ``create_app``. Raises
    ``RunreelError`` if the address cannot be used.
    """
    runner = web.AppRunner(create_app(now=now, delay=delay), shutdown_timeout=SHUTDOWN_TIMEOUT)
    await runner.setup()
    try:
        server = runner.server
        assert server is not None, "set between setup and cleanup"  # noqa: S101
        sockets = await bind_sockets(Address(host, port))
        with closing(Acceptor(sockets, _Connections(server))) as acceptor:
            yield f"http://{Address(host, acceptor.port)}"
    finally:
        await runner.cleanup()


@dataclass(frozen=True, slots=True)
class _Connections:
    """The connections of the simulator; aiohttp's own class logs requests that it cannot parse."""

    server: web.Server

    def make_connection(self, on_closed: Callable[[], None]) -> ClientConnection:
        """Return the protocol of a new connection; ``on_closed`` is called when it is lost."""
        loop = asyncio.get_running_loop()
        connection = ClientConnection(self.server, loop=loop, access_log=None)  # type: ignore[arg-type]  # "none"
        connection.on_closed = on_closed
        return connection

    def make_room(self) -> None:
        """Close connections that are not used, and the others after their answer."""
        close_unused(self.server)


def _make_stamp(now: Callable[[], float]) -> ResponseSignal:
    """Give every answer the headers of the real API; counted or read from the given clock."""
    numbers = count(1)

    async def stamp(_request: web.Request, answer: web.StreamResponse) -> None:
        answer.headers["Date"] = formatdate(now(), usegmt=True)
        answer.headers["Server"] = "runreel-simulator"
        answer.headers["openai-version"] = "2020-10-01"
        answer.headers["openai-processing-ms"] = "12"
        answer.headers["x-request-id"] = f"req_sim{next(numbers):08d}"

    return stamp


@web.middleware
async def _answer_errors(request: web.Request, handler: WebHandler) -> web.StreamResponse:
    """Answer ``ApiError`` and aiohttp's own errors in the API's error format."""
    try:
        _check_key(request)
        return await handler(request)
    except ApiError as refusal:
        return _make_json_response(refusal.body, refusal.status, refusal.headers)
    except web.HTTPException as error:
        message = f"{error.reason}: {request.method} {request.path}"
        return _make_json_response(ApiError(error.status, message).body, error.status)


def _check_key(request: web.Request) -> None:
    if "Authorization" in request.headers or "api-key" in request.headers:
        return
    raise ApiError(
        401,
        "You didn't provide an API key. Send any key in the header Authorization or api-key.",
    )


def _make_handler(operation: Operation) -> WebHandler:
    headers = POLL_HEADERS if operation is runs.retrieve_run else {}
    end = b"" if operation is responses.create_response else DONE

    async def handle(request: web.Request) -> web.StreamResponse:
        body = JsonBody.parse(await request.read()) if request.method == "POST" else JsonBody()
        answer = operation(request.app[STATE], ApiCall(request.match_info, request.query, body))
        if isinstance(answer, Mapping):
            return _make_json_response(answer, headers=headers)
        return await _send_stream(request, answer, end)

    return handle


def _make_json_response(
    body: JsonObject, status: int = 200, headers: Mapping[str, str] | None = None
) -> web.Response:
    return web.Response(
        body=dump_json(body, indent=2),
        status=status,
        headers=headers,
        content_type="application/json",
    )


async def _send_stream(
    request: web.Request, events: Iterator[SimulatedEvent], end: bytes
) -> web.StreamResponse:
    """Send each event at once, then ``end``; if the client disconnects, the run still goes on."""
    answer = web.StreamResponse(headers={"Cache-Control": "no-cache"})
    answer.content_type, answer.charset = "text/event-stream", "utf-8"
    try:
        await answer.prepare(request)
        for event in events:
            if event is BREAK:
                return _break_off(request, answer)
            await answer.write(event.encode())
            await asyncio.sleep(request.app[DELAY])
        await answer.write(end)
    finally:
        for _ in events:
            pass
    return answer


def _break_off(request: web.Request, answer: web.StreamResponse) -> web.StreamResponse:
    """Close the connection after the data written so far; the last chunk is never sent."""
    if request.transport is not None:
        request.transport.close()
    return answer


async def _upload_file(request: web.Request) -> web.StreamResponse:
    if request.content_type != "multipart/form-data":
        raise ApiError(
            400, "Upload a file as multipart/form-data with the parts 'file' and 'purpose'."
        )
    try:
        filename, content, purpose = await _read_parts(request)
    except ValueError as error:
        raise ApiError(400, f"We could not read your upload: {error}") from error
    if content is None or purpose is None:
        raise make_missing_error("file" if content is None else "purpose")
    return _make_json_response(files.create_file(request.app[STATE], purpose, filename, content))


async def _read_parts(request: web.Request) -> tuple[str, bytes | None, str | None]:
    """Return the file name, the content and the purpose of an upload; None for a missing part."""
    filename, content, purpose = "", None, None
    async for part in await request.multipart():
        if isinstance(part, BodyPartReader) and part.name == "file":
            filename, content = part.filename or "upload", await _read_content(part)
        elif isinstance(part, BodyPartReader) and part.name == "purpose":
            purpose = await part.text()
    return filename, content, purpose


async def _read_content(part: BodyPartReader) -> bytes:
    content = bytearray()
    while chunk := await part.read_chunk():
        content += chunk
        if len(content) > MAX_BODY:
            raise ApiError(413, f"The file is larger than {MAX_BODY} bytes.", param="file")
    return bytes(content)


async def _download_file(request: web.Request) -> web.StreamResponse:
    state = request.app[STATE]
    file = state.get_file(request.match_info)
    name = quote(file.filename, safe="", errors="surrogateescape")
    return web.Response(
        body=state.contents[file.id],
        headers={"Content-Disposition": f"attachment; filename*=UTF-8''{name}"},
        content_type="application/octet-stream",
    )
