"""A server that answers one stream, with nothing but aiohttp: beside the start of ``runreel``."""

from __future__ import annotations

import asyncio

from aiohttp import web


async def answer(request: web.Request) -> web.StreamResponse:
    """Answer with a stream of 60 events."""
    await request.read()
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    for number in range(60):
        await response.write(b"data: %d\n\n" % number)
    await response.write_eof()
    return response


async def main() -> None:
    """Serve on a free port of 127.0.0.1 until the process is killed."""
    app = web.Application()
    app.router.add_post("/{path:.*}", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(f"listening on http://127.0.0.1:{runner.addresses[0][1]}", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
