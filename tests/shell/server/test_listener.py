"""Listening on an address, and the proxy's own endpoints."""

from __future__ import annotations

import asyncio
import json
from contextlib import AbstractAsyncContextManager

import pytest
from aiohttp import web
from aiohttp.web_request import BaseRequest

from runreel.config import Address
from runreel.errors import RunreelError
from runreel.model import Mode
from runreel.shell.server.connection import JsonResponse
from runreel.shell.server.listener import Listener, listen
from support.client import ask, build_get, open_client


async def answer_as_upstream(request: BaseRequest) -> web.StreamResponse:
    """Answer requests that are not for the proxy itself."""
    if request.raw_path == "/break":
        raise RuntimeError("sk-test-canary")
    return JsonResponse(request, 200, b'"upstream"')


def serve_upstream(port: int = 0) -> AbstractAsyncContextManager[Listener]:
    return listen(answer_as_upstream, Address("127.0.0.1", port), mode=Mode.REPLAY, max_head=8192)


OWN = [
    ("health", b"GET /-/health HTTP/1.1\r\nHost: 127.0.0.1:1\r\n\r\n", 200),
    ("the name localhost", b"GET /-/health HTTP/1.1\r\nHost: LOCALHOST:1\r\n\r\n", 200),
    ("without a port", b"GET /-/health HTTP/1.1\r\nHost: localhost\r\n\r\n", 200),
    ("a foreign name (DNS rebinding)", b"GET /-/health HTTP/1.1\r\nHost: evil.test\r\n\r\n", 403),
    ("an invalid name", b"GET /-/x HTTP/1.1\r\nHost: [::1\r\n\r\n", 403),
    ("a name that begins like ours", b"GET /-/x HTTP/1.1\r\nHost: localhost.evil\r\n\r\n", 403),
    ("an unknown endpoint", b"GET /-/nothing HTTP/1.1\r\nHost: localhost\r\n\r\n", 404),
    ("a method that is not allowed", b"POST /-/health HTTP/1.1\r\nHost: localhost\r\n\r\n", 404),
    ("a path on the upstream", build_get("/-"), 200),
]


@pytest.mark.parametrize(("why", "request_", "status"), OWN, ids=[row[0] for row in OWN])
async def test_the_proxys_own_endpoints(why: str, request_: bytes, status: int) -> None:
    async with serve_upstream() as listener:
        assert (await ask(listener.url, request_)).status == status


async def test_health_reports_the_mode() -> None:
    async with serve_upstream() as listener:
        answer = await ask(
            listener.url, build_get("/-/health").replace(b"proxy.test", b"localhost")
        )
    assert json.loads(answer.body)["mode"] == "replay"


async def test_the_response_to_a_failed_request_does_not_repeat_the_error(
    capsys: pytest.CaptureFixture[str],
) -> None:
    async with serve_upstream() as listener:
        answer = await ask(listener.url, build_get("/break"))
    printed = capsys.readouterr().out
    assert answer.status == 500
    assert b"RuntimeError" in answer.body
    assert b"canary" not in answer.body
    assert "canary" not in printed
    assert "where=" in printed


async def test_a_port_in_use_is_an_error_that_names_it() -> None:
    async with serve_upstream() as listener:
        port = int(listener.url.rpartition(":")[2])
        with pytest.raises(RunreelError, match=f"127.0.0.1:{port}.*--listen"):
            async with serve_upstream(port):
                pytest.fail("two servers on one port")


async def test_a_server_that_is_stopping_refuses_requests_on_open_connections() -> None:
    async with serve_upstream() as listener, open_client(listener.url) as client:
        await client.send(build_get("/x"))
        assert (await client.read_answer()).status == 200
        await listener.stop_accepting()
        await client.send(build_get("/x"))
        answer = await client.read_answer()
        assert (answer.status, answer.find_header(b"connection")) == (503, b"close")
        assert await client.reader.read() == b""


async def test_a_server_that_is_stopping_is_not_ready() -> None:
    version_and_host = "HTTP/1.1\r\nHost: localhost\r\n\r\n"
    async with serve_upstream() as listener, open_client(listener.url) as client:

        async def ask_state(endpoint: str) -> tuple[int, str]:
            await client.send(f"GET /-/{endpoint} {version_and_host}".encode())
            answer = await client.read_answer()
            return answer.status, json.loads(answer.body)["status"]

        before = [await ask_state("health"), await ask_state("ready")]
        await listener.stop_accepting()
        after = [await ask_state("health"), await ask_state("ready")]
        await client.send(f"DELETE /-/sessions/x {version_and_host}".encode())
        assert (await client.read_answer()).status == 503
    assert before == [(200, "ok"), (200, "ok")]
    assert after == [(200, "stopping"), (503, "stopping")]


async def test_an_idle_connection_does_not_delay_others() -> None:
    async with serve_upstream() as listener, open_client(listener.url) as idle:
        await idle.send(b"GET / HTTP/1.1\r\n")
        assert (await asyncio.wait_for(ask(listener.url, build_get("/x")), 5)).status == 200
