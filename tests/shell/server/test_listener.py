"""Listening, and the proxy's own paths."""

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


async def upstreams(request: BaseRequest) -> web.StreamResponse:
    """Stands for what is the upstream's."""
    if request.raw_path == "/break":
        raise RuntimeError("sk-test-canary")
    return JsonResponse(request, 200, b'"upstream"')


def serving(port: int = 0) -> AbstractAsyncContextManager[Listener]:
    return listen(upstreams, Address("127.0.0.1", port), mode=Mode.REPLAY, max_head=8192)


OWN = [
    ("health", b"GET /-/health HTTP/1.1\r\nHost: 127.0.0.1:1\r\n\r\n", 200),
    ("by the name localhost", b"GET /-/health HTTP/1.1\r\nHost: LOCALHOST:1\r\n\r\n", 200),
    ("without a port", b"GET /-/health HTTP/1.1\r\nHost: localhost\r\n\r\n", 200),
    ("a foreign name (DNS rebinding)", b"GET /-/health HTTP/1.1\r\nHost: evil.test\r\n\r\n", 403),
    ("a name that is none", b"GET /-/x HTTP/1.1\r\nHost: [::1\r\n\r\n", 403),
    ("a name that only begins alike", b"GET /-/x HTTP/1.1\r\nHost: localhost.evil\r\n\r\n", 403),
    ("nothing there", b"GET /-/nothing HTTP/1.1\r\nHost: localhost\r\n\r\n", 404),
    ("writing is not asking", b"POST /-/health HTTP/1.1\r\nHost: localhost\r\n\r\n", 404),
    ("all else is the upstream's", build_get("/-"), 200),
]


@pytest.mark.parametrize(("why", "request_", "status"), OWN, ids=[row[0] for row in OWN])
async def test_own_paths(why: str, request_: bytes, status: int) -> None:
    async with serving() as listener:
        assert (await ask(listener.url, request_)).status == status


async def test_health_tells_the_mode() -> None:
    async with serving() as listener:
        answer = await ask(
            listener.url, build_get("/-/health").replace(b"proxy.test", b"localhost")
        )
    assert json.loads(answer.body)["mode"] == "replay"


async def test_a_failing_handler_is_answered_without_its_message(
    capsys: pytest.CaptureFixture[str],
) -> None:
    async with serving() as listener:
        answer = await ask(listener.url, build_get("/break"))
    printed = capsys.readouterr().out
    assert answer.status == 500
    assert b"RuntimeError" in answer.body
    assert b"canary" not in answer.body
    assert "canary" not in printed
    assert "where=" in printed


async def test_a_taken_port_is_an_error_that_names_it() -> None:
    async with serving() as listener:
        port = int(listener.url.rpartition(":")[2])
        with pytest.raises(RunreelError, match=f"127.0.0.1:{port}.*--listen"):
            async with serving(port):
                pytest.fail("two servers on one port")


async def test_a_server_that_stops_takes_no_more_requests_on_open_connections() -> None:
    async with serving() as listener, open_client(listener.url) as client:
        await client.send(build_get("/x"))
        assert (await client.read_answer()).status == 200
        await listener.stop_accepting()
        await client.send(build_get("/x"))
        answer = await client.read_answer()
        assert (answer.status, answer.find_header(b"connection")) == (503, b"close")
        assert await client.reader.read() == b""


async def test_a_server_that_stops_says_that_it_is_not_ready() -> None:
    own = "HTTP/1.1\r\nHost: localhost\r\n\r\n"
    async with serving() as listener, open_client(listener.url) as client:

        async def asked(what: str) -> tuple[int, str]:
            await client.send(f"GET /-/{what} {own}".encode())
            answer = await client.read_answer()
            return answer.status, json.loads(answer.body)["status"]

        before = [await asked("health"), await asked("ready")]
        await listener.stop_accepting()
        after = [await asked("health"), await asked("ready")]
        await client.send(f"DELETE /-/sessions/x {own}".encode())
        assert (await client.read_answer()).status == 503
    assert before == [(200, "ok"), (200, "ok")]
    assert after == [(200, "stopping"), (503, "stopping")]


async def test_who_is_refused_keeps_nobody_else_waiting() -> None:
    async with serving() as listener, open_client(listener.url) as idle:
        await idle.send(b"GET / HTTP/1.1\r\n")
        assert (await asyncio.wait_for(ask(listener.url, build_get("/x")), 5)).status == 200
