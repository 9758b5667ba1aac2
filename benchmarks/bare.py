"""The servers beside runreel: handlers and a pass-through as an aiohttp user would write them.

Also the upstream of the recording rows. Run as ``python -m benchmarks.bare KIND [UPSTREAM]``; when
ready, each prints the same line as runreel.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import AsyncExitStack
from functools import cache
from itertools import cycle

import aiohttp
from aiohttp import web

from benchmarks.samples import EVENTS, GAP_US, LARGE_BODIES, RUN_OBJECT, make_event, make_stream
from benchmarks.unlike import UnlikeSamples

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

ALIKE_TARGET = "/v1/threads/thread_alike/runs"
AT_ONCE_TARGET = "/v1/threads/thread_at_once/runs"
HELD_TARGET = "/v1/threads/thread_held/runs"
HELD_EVENTS = 20
LARGE_TARGET = "/v1/large/"
_HOP_HEADERS = {"host", "connection", "transfer-encoding", "content-length", "keep-alive"}
_CHUNKS = make_stream()
_SAMPLES = UnlikeSamples()
_STREAMS_AT_ONCE = 100


async def answer_json(request: web.Request) -> web.StreamResponse:
    await request.read()
    return web.Response(body=RUN_OBJECT, content_type="application/json")


async def write_chunks(request: web.Request) -> web.StreamResponse:
    await request.read()
    return await _stream(request, _CHUNKS)


async def write_once(request: web.Request) -> web.StreamResponse:
    await request.read()
    return await _stream(request, [b"".join(_CHUNKS)])


async def _stream(request: web.Request, chunks: list[bytes]) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    for chunk in chunks:
        await response.write(chunk)
    await response.write_eof()
    return response


async def answer_as_upstream(request: web.Request) -> web.StreamResponse:
    """Send events with gaps between them, each with the time at which it is written.

    No two events are alike, except below ``ALIKE_TARGET``.
    """
    await request.read()
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    if request.path.startswith(LARGE_TARGET):
        await response.write(LARGE_BODIES[request.path.removeprefix(LARGE_TARGET)])
    elif request.path == AT_ONCE_TARGET:
        await response.write(next(_make_streams()))
    else:
        await _send_events(response, request.path)
    await response.write_eof()
    return response


async def _send_events(response: web.StreamResponse, target: str) -> None:
    make = make_event if target == ALIKE_TARGET else _SAMPLES.make_event
    is_held = target == HELD_TARGET
    for number in range(HELD_EVENTS if is_held else EVENTS):
        await response.write(make(number, time.monotonic_ns()))
        if not is_held:
            await asyncio.sleep(GAP_US / 1_000_000)
    if is_held:
        await asyncio.Event().wait()


@cache
def _make_streams() -> Iterator[bytes]:
    """Return an endless iterator of whole streams; making them takes longer than sending them."""
    return cycle([b"".join(_SAMPLES.iter_events()) for _ in range(_STREAMS_AT_ONCE)])


class PassThrough:
    """A reverse proxy that records nothing."""

    def __init__(self, session: aiohttp.ClientSession, base: str) -> None:
        self._session = session
        self._base = base

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Forward the request to the upstream, and write each piece of its answer at once."""
        async with self._session.request(
            request.method,
            self._base + request.path_qs,
            headers=_filter_headers(request.headers.items()),
            data=await request.read(),
        ) as answer:
            response = web.StreamResponse(
                status=answer.status, headers=_filter_headers(answer.headers.items())
            )
            await response.prepare(request)
            async for piece in answer.content.iter_any():
                await response.write(piece)
            await response.write_eof()
            return response


def _filter_headers(headers: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(name, value) for name, value in headers if name.lower() not in _HOP_HEADERS]


HANDLERS: dict[str, Handler] = {
    "json": answer_json,
    "many-writes": write_chunks,
    "one-write": write_once,
    "upstream": answer_as_upstream,
}


async def main(kind: str, base: str = "") -> None:
    """Serve on a free port of 127.0.0.1 until the process is killed."""
    async with AsyncExitStack() as stack:
        handler: Handler
        if kind == "pass-through":
            session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0), timeout=aiohttp.ClientTimeout(total=None)
            )
            handler = PassThrough(await stack.enter_async_context(session), base).handle
        else:
            handler = HANDLERS[kind]
        app = web.Application()
        app.router.add_post("/{path:.*}", handler)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0, backlog=2048).start()
        print(f"listening on http://127.0.0.1:{runner.addresses[0][1]}", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
