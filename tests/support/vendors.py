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


def _read_body(case: str) -> bytes:
    return (GOLDEN / case / "body.json").read_bytes()


class VendorStream(NamedTuple):
    """A stream of one API."""

    path: str
    case: str
    media_type: str
    headers: Mapping[str, str] = MappingProxyType({})


SESSION = "/v1/sessions/sesn_0001"
VERTEX = "/{version}/projects/p/locations/us-central1/publishers/google/models/model-a"

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
    VendorStream(
        "/model/{model}/invoke-with-response-stream",
        "bedrock/invoked-anthropic/stream.bin",
        "application/vnd.amazon.eventstream",
    ),
    VendorStream("/v1/chat/completions", "chat/two-choices/stream.sse", "text/event-stream"),
    VendorStream(f"{VERTEX}:streamGenerateContent", "gemini/sse/stream.sse", "text/event-stream"),
    VendorStream("/v2/chat", "cohere/text-and-tool/stream.sse", "text/event-stream"),
    VendorStream("/v1/conversations", "mistral/conversation/stream.sse", "text/event-stream"),
    VendorStream(
        "/v1/audio/transcriptions", "openai/transcription/stream.sse", "text/event-stream"
    ),
)

_AGENT = b"""{"id": "agent_0001", "type": "agent", "name": "Demo", "version": 1,
"model": {"id": "model-a"}, "tools": [], "created_at": "2026-01-01T00:00:00Z"}"""
_SESSION = b"""{"id": "sesn_0001", "type": "session", "status": "idle",
"environment_id": "env_0001",
"created_at": "2026-01-01T00:00:00Z"}"""

DOCUMENTS = (
    ("POST", "/v1/agents", _AGENT),
    ("POST", "/v1/sessions", _SESSION),
    ("POST", "/v1/embeddings", _read_body("traces/openai-embeddings")),
    ("POST", "/v2/embed", _read_body("traces/cohere-embed")),
    ("POST", "/{version}/models/model-a:batchEmbedContents", _read_body("traces/gemini-embed")),
    ("POST", "/v1/messages/count_tokens", b'{"input_tokens": 9}'),
    ("GET", f"/threads/{UUID}/runs/{RUN}", b'{"run_id": "%b", "status": "success"}' % RUN.encode()),
    (
        "POST",
        f"/threads/{UUID}/runs/wait",
        b'\n\n{"messages": [{"type": "ai", "content": "Done.", "id": "m1"}]}',
    ),
)


class ManagedSession:
    """A session of Anthropic's Managed Agents: its stream waits for an event, and never ends."""

    def __init__(self) -> None:
        self._has_event = asyncio.Event()

    async def take_event(self, request: web.Request) -> web.StreamResponse:
        """Take an event of the user, which begins a turn."""
        self._has_event.set()
        return web.json_response({"data": (await request.json())["events"]})

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """Send the events of the turn, once it has begun."""
        answer = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await answer.prepare(request)
        await self._has_event.wait()
        await answer.write((GOLDEN / "anthropic/session/stream.sse").read_bytes())
        while request.transport is not None and not request.transport.is_closing():  # noqa: ASYNC110 - it has no event
            await asyncio.sleep(0.01)
        return answer


@asynccontextmanager
async def serve_vendors() -> AsyncIterator[str]:
    """Serve all streams for the length of the block; yield the base URL."""
    app = web.Application()
    for stream in STREAMS:
        app.router.add_post(stream.path, _make_handler(stream))
    for method, path, body in DOCUMENTS:
        app.router.add_route(method, path, _make_document_handler(body))
    session = ManagedSession()
    app.router.add_post(f"{SESSION}/events", session.take_event)
    app.router.add_get(f"{SESSION}/events/stream", session.stream)
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
