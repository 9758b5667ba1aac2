"""What runreel is measured against: handlers and a pass-through as an aiohttp user writes them.

Also the upstream of the recording rows. Run as ``python -m benchmarks.bare KIND [UPSTREAM]``; each
prints the line that runreel prints when it is ready.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable, Iterable
from contextlib import AsyncExitStack

import aiohttp
from aiohttp import web

from benchmarks.samples import EVENTS, GAP_US, LARGE_BODIES, RUN_OBJECT, event, stream

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

HELD_TARGET = "/v1/threads/thread_held/runs"
HELD_EVENTS = 20
LARGE_TARGET = "/v1/large/"
_NOT_PASSED_ON = {"host", "connection", "transfer-encoding", "content-length", "keep-alive"}
_CHUNKS = stream()


async def json_answer(request: web.Request) -> web.StreamResponse:
    await request.read()
    return web.Response(body=RUN_OBJECT, content_type="application/json")


async def many_writes(request: web.Request) -> web.StreamResponse:
    await request.read()
    return await _streamed(request, _CHUNKS)


async def one_write(request: web.Request) -> web.StreamResponse:
    await request.read()
    return await _streamed(request, [b"".join(_CHUNKS)])


async def _streamed(request: web.Request, chunks: list[bytes]) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    for chunk in chunks:
        await response.write(chunk)
    await response.write_eof()
    return response


async def upstream(request: web.Request) -> web.StreamResponse:
    """Events with gaps between them, each with the moment in which it is written."""
    await request.read()
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    if request.path == HELD_TARGET:
        for number in range(HELD_EVENTS):
            await response.write(event(number, time.monotonic_ns()))
        await asyncio.Event().wait()
    if request.path.startswith(LARGE_TARGET):
        await response.write(LARGE_BODIES[request.path.removeprefix(LARGE_TARGET)])
        await response.write_eof()
        return response
    for number in range(EVENTS):
        await response.write(event(number, time.monotonic_ns()))
        await asyncio.sleep(GAP_US / 1_000_000)
    await response.write_eof()
    return response


class PassThrough:
    """A reverse proxy that records nothing."""

    def __init__(self, session: aiohttp.ClientSession, base: str) -> None:
        self._session = session
        self._base = base

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Ask the upstream, and write each piece of its answer when it comes."""
        async with self._session.request(
            request.method,
            self._base + request.path_qs,
            headers=_passed_on(request.headers.items()),
            data=await request.read(),
        ) as answer:
            response = web.StreamResponse(
                status=answer.status, headers=_passed_on(answer.headers.items())
            )
            await response.prepare(request)
            async for piece in answer.content.iter_any():
                await response.write(piece)
            await response.write_eof()
            return response


def _passed_on(headers: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(name, value) for name, value in headers if name.lower() not in _NOT_PASSED_ON]


HANDLERS: dict[str, Handler] = {
    "json": json_answer,
    "many-writes": many_writes,
    "one-write": one_write,
    "upstream": upstream,
}


async def main(kind: str, base: str = "") -> None:
    """Serve on a free port of 127.0.0.1 until the process is killed."""
    async with AsyncExitStack() as held:
        handler: Handler
        if kind == "pass-through":
            session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0), timeout=aiohttp.ClientTimeout(total=None)
            )
            handler = PassThrough(await held.enter_async_context(session), base).handle
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
