"""An upstream that answers as the APIs of several vendors do, with the streams of golden files."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from types import MappingProxyType
from typing import NamedTuple, TypeAlias

from aiohttp import web

from runreel.core.http.stream_reader import split_stream
from support.golden import GOLDEN

WebHandler: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]

UUID = "1c5ec7a8-1111-4a11-8111-111111111111"
RUN = "1c5ec7a8-2222-7a22-8222-222222222222"


class VendorStream(NamedTuple):
    """A stream of one API."""

    path: str
    case: str
    media_type: str
    headers: Mapping[str, str] = MappingProxyType({})


STREAMS = (
    VendorStream("/v1/messages", "anthropic/text-and-tool/stream.sse", "text/event-stream"),
    VendorStream(
        "/{version}/models/model-a:streamGenerateContent",
        "gemini/sse/stream.sse",
        "text/event-stream",
    ),
    VendorStream(
        f"/threads/{UUID}/runs/stream",
        "langgraph/messages/stream.sse",
        "text/event-stream",
        {
            "Content-Location": f"/threads/{UUID}/runs/{RUN}",
            "Location": f"/threads/{UUID}/runs/{RUN}/stream",
        },
    ),
    VendorStream("/api/chat", "ollama/lines-of-json/stream.sse", "application/x-ndjson"),
    VendorStream(
        "/model/{model}/converse-stream",
        "bedrock/text-and-tool/stream.bin",
        "application/vnd.amazon.eventstream",
    ),
    VendorStream("/v1/chat/completions", "chat/two-choices/stream.sse", "text/event-stream"),
)

DOCUMENTS = (
    ("POST", "/v1/messages/count_tokens", b'{"input_tokens": 9}'),
    ("GET", f"/threads/{UUID}/runs/{RUN}", b'{"run_id": "%b", "status": "success"}' % RUN.encode()),
    (
        "POST",
        f"/threads/{UUID}/runs/wait",
        b'\n\n{"messages": [{"type": "ai", "content": "Done.", "id": "m1"}]}',
    ),
)


@asynccontextmanager
async def serve_vendors() -> AsyncIterator[str]:
    """Serve all streams for the length of the block; yield the base URL."""
    app = web.Application()
    for stream in STREAMS:
        app.router.add_post(stream.path, _make_handler(stream))
    for method, path, body in DOCUMENTS:
        app.router.add_route(method, path, _make_document_handler(body))
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()


def _make_handler(stream: VendorStream) -> WebHandler:
    async def handle(request: web.Request) -> web.StreamResponse:
        body = (GOLDEN / stream.case).read_bytes()
        answer = web.StreamResponse(headers={"Content-Type": stream.media_type, **stream.headers})
        await answer.prepare(request)
        for event in split_stream((), body) or [body]:
            await answer.write(event)
            await asyncio.sleep(0)
        return answer

    return handle


def _make_document_handler(body: bytes) -> WebHandler:
    async def handle(request: web.Request) -> web.StreamResponse:
        return web.Response(body=body, content_type="application/json")

    return handle
