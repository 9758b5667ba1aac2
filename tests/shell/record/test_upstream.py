"""Requests to the upstream: TLS is always verified, and errors say what failed."""

from __future__ import annotations

import asyncio
import errno
import os
import ssl
import time
from base64 import b64encode
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import trustme
from aiohttp import TCPConnector
from aiohttp.client_proto import ResponseHandler
from structlog.testing import capture_logs

from runreel.errors import ConfigError, UpstreamError
from runreel.model import End, Headers
from runreel.shell.process.rlimits import SHORT_OF_RESOURCES
from runreel.shell.record.upstream import Upstream
from runreel.shell.record.upstream_connection import UpstreamConnection
from runreel.shell.record.upstream_response import UpstreamResponse
from support.upstream import ABORT, CLOSE, STALL, Script, ScriptedUpstream, serve_scripts

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@asynccontextmanager
async def serve_tls(authority: trustme.CA) -> AsyncIterator[str]:
    """Run an upstream that answers ``ok`` over TLS; yield its URL."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                await reader.readuntil(b"\r\n\r\n")
                writer.write(OK)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()  # the test is over

    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context)
    async with server:
        yield f"https://localhost:{server.sockets[0].getsockname()[1]}"


def build_upstream(
    url: str, ca_file: str = "", *, read_timeout: float = 5, trust_env: bool = False
) -> Upstream:
    return Upstream(
        url,
        connect_timeout=5,
        read_timeout=read_timeout,
        max_head=8192,
        ca_file=ca_file,
        trust_env=trust_env,
    )


@asynccontextmanager
async def open_upstream(
    *scripts: Script, base: str = "", read_timeout: float = 5
) -> AsyncIterator[tuple[ScriptedUpstream, Upstream]]:
    """Run a scripted upstream; yield it and the ``Upstream`` for the path ``base``."""
    async with serve_scripts(*scripts) as server:
        client = build_upstream(server.url + base, read_timeout=read_timeout)
        try:
            yield server, client
        finally:
            await client.close()


async def fetch(
    client: Upstream, method: str = "GET", target: bytes = b"/", headers: Headers = ()
) -> bytes:
    """Send a request without a body; return the body of the answer."""
    return await read_body(await client.send(method, target, headers, None))


async def read_body(response: UpstreamResponse) -> bytes:
    """Return the whole body and close the response."""
    body = b""
    has_data = asyncio.Event()
    response.listen(has_data.set)
    while True:
        while (piece := response.read_piece()) is not None:
            body += piece[0]
        if response.find_end() is not None:
            response.close()
            return body
        await has_data.wait()
        has_data.clear()


async def test_a_certificate_of_an_unknown_authority_is_rejected() -> None:
    async with serve_tls(trustme.CA()) as url:
        client = build_upstream(url)
        with pytest.raises(UpstreamError, match=r"TLS certificate .* ca_file"):
            await client.send("GET", b"/", (), None)
        await client.close()


async def test_a_certificate_of_the_authority_in_ca_file_is_accepted(tmp_path: Path) -> None:
    authority = trustme.CA()
    ca_file = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(ca_file))
    async with serve_tls(authority) as url:
        client = build_upstream(url, str(ca_file))
        for _ in range(3):  # on one connection
            assert await fetch(client) == b"ok"
        await client.close()


async def test_a_host_that_does_not_exist_is_reported() -> None:
    client = build_upstream("http://nowhere.invalid")
    with pytest.raises(UpstreamError, match=r"nowhere.invalid .*could not be resolved"):
        await client.send("GET", b"/", (), None)
    await client.close()


@pytest.mark.parametrize("content", [None, "no certificate"])
async def test_an_invalid_ca_file_is_an_error(tmp_path: Path, content: str | None) -> None:
    ca_file = tmp_path / "ca.pem"
    if content is not None:
        ca_file.write_text(content)
    with pytest.raises(ConfigError, match="ca_file"):
        build_upstream("https://localhost", str(ca_file))


HEAD_LINES = b" /base/x?y= HTTP/1.1\r\nHost: HOST\r\nB: 1\r\nb: caf\xe9\r\nB: 2"
HEADS = [
    ("GET", None, b"GET" + HEAD_LINES),
    ("POST", None, b"POST" + HEAD_LINES + b"\r\nContent-Length: 0"),
    ("POST", b"abc", b"POST" + HEAD_LINES + b"\r\nContent-Length: 3"),
]


@pytest.mark.parametrize(("method", "body", "head"), HEADS)
async def test_a_request_is_sent_byte_for_byte_below_the_configured_path(
    method: str, body: bytes | None, head: bytes
) -> None:
    headers = ((b"B", b"1"), (b"b", b"caf\xe9"), (b"B", b"2"))
    async with open_upstream([OK], base="/base/") as (server, client):
        answer = await client.send(method, b"/x?y=", headers, body)
        assert await read_body(answer) == b"ok"
        host = server.url.removeprefix("http://").encode()
        assert server.requests == [head.replace(b"HOST", host) + b"\r\n\r\n" + (body or b"")]


async def test_an_ipv6_host_is_sent_in_brackets() -> None:
    heads: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(OK)
        writer.close()

    async with await asyncio.start_server(answer, "::1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        client = build_upstream(f"http://[::1]:{port}")
        assert await fetch(client) == b"ok"
        await client.close()
    assert heads == [b"GET / HTTP/1.1\r\nHost: [::1]:%d\r\n\r\n" % port]


async def test_a_header_that_contains_a_second_request_is_not_sent() -> None:
    async with open_upstream([OK]) as (server, client):
        with pytest.raises(UpstreamError, match="the request failed"):
            await fetch(client, headers=((b"X", b"1\r\n\r\nGET /evil HTTP/1.1"),))
        assert server.requests == []
        assert await fetch(client) == b"ok"


async def test_interim_responses_are_skipped() -> None:
    gate = asyncio.Event()
    early = b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
    async with open_upstream([early, gate, early + early + OK], [OK]) as (server, client):
        request = asyncio.ensure_future(fetch(client))
        await server.head_received.wait()
        gate.set()
        assert await request == b"ok"
        assert await fetch(client) == b"ok"
        assert server.connections == 1


async def test_closing_an_unfinished_response_closes_its_connection() -> None:
    stream = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n"
    async with open_upstream([stream, STALL], [OK]) as (server, client):
        (await client.send("GET", b"/", (), None)).close()
        await asyncio.wait_for(server.client_gone.wait(), 5)
        assert await fetch(client) == b"ok"
        assert server.connections == 2


async def test_cancelling_a_request_closes_its_connection() -> None:
    async with open_upstream([STALL], [OK]) as (server, client):
        request = asyncio.ensure_future(fetch(client))
        await server.head_received.wait()
        request.cancel()
        await asyncio.wait_for(server.client_gone.wait(), 5)
        assert request.cancelled()
        assert await fetch(client) == b"ok"


def event_on_call(
    monkeypatch: pytest.MonkeyPatch, owner: type[asyncio.BaseProtocol], method: str
) -> asyncio.Event:
    """Return an event that is set when the method of the protocol is called."""
    called = asyncio.Event()
    original = getattr(owner, method)

    def call_and_set(self: asyncio.BaseProtocol, *arguments: object) -> None:
        original(self, *arguments)
        called.set()

    monkeypatch.setattr(owner, method, call_and_set)
    return called


async def test_data_on_an_idle_connection_is_not_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    idle = asyncio.Event()
    has_data = event_on_call(monkeypatch, ResponseHandler, "data_received")  # on an idle connection
    unrequested = b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n"
    async with open_upstream([OK, idle, unrequested], [OK]) as (server, client):
        assert await fetch(client) == b"ok"
        idle.set()
        await asyncio.wait_for(has_data.wait(), 5)
        answer = await client.send("POST", b"/", (), b"1")
        assert (answer.status, await read_body(answer)) == (200, b"ok")
        assert server.connections == 2


async def test_a_request_is_sent_again_on_a_new_connection_not_on_another_kept_one() -> None:
    connections = 0
    all_open = asyncio.Event()

    async def answer_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        await reader.readuntil(b"\r\n\r\n")
        if connections == 3:
            all_open.set()
        await all_open.wait()
        writer.write(OK)
        await reader.read(1)  # the next request, which is too late
        writer.close()

    async with await asyncio.start_server(answer_once, "127.0.0.1", 0) as server:
        client = build_upstream(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        await asyncio.gather(*(fetch(client) for _ in range(3)))
        assert await fetch(client) == b"ok"
        assert connections == 4
        await client.close()


@pytest.mark.parametrize(
    ("seconds", "connections"),
    [(1.0, 1), (1.9, 2), (4.98, 2)],
    ids=["kept", "gunicorn is about to close", "Node and uvicorn are about to close"],
)
async def test_an_idle_connection_is_dropped_before_servers_close_it(
    monkeypatch: pytest.MonkeyPatch, seconds: float, connections: int
) -> None:
    async with open_upstream([OK]) as (server, client):
        assert await fetch(client) == b"ok"
        now = time.monotonic()
        monkeypatch.setattr("aiohttp.connector.monotonic", lambda: now + seconds)
        assert await fetch(client) == b"ok"
        assert server.connections == connections


async def test_a_second_answer_to_one_request_is_ignored() -> None:
    async with open_upstream([OK + OK.replace(b"ok", b"no")], [OK]) as (server, client):
        assert await fetch(client) == b"ok"
        assert await fetch(client) == b"ok"
        assert server.connections == 2


async def test_the_timeout_before_the_head_runs_from_the_end_of_the_request() -> None:
    gate = asyncio.Event()

    async def slow() -> AsyncGenerator[bytes, None]:
        yield b"a"
        await gate.wait()
        yield b"b"

    async with open_upstream([OK], [STALL], read_timeout=0.2) as (server, client):
        asyncio.get_running_loop().call_later(0.5, gate.set)
        answer = await client.send("POST", b"/", (), slow())
        assert await read_body(answer) == b"ok"
        assert server.list_bodies() == [b"1\r\na\r\n1\r\nb\r\n0\r\n\r\n"]
        with pytest.raises(UpstreamError, match="did not answer in time") as error:
            await fetch(client)
        assert error.value.status == 504


async def test_a_request_body_waits_for_a_slow_upstream(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sent = 0
    paused = event_on_call(monkeypatch, UpstreamConnection, "pause_writing")
    may_read = asyncio.Event()

    async def endless() -> AsyncGenerator[bytes, None]:
        nonlocal sent
        while sent < 64_000_000:
            sent += 1_000_000
            yield b"x" * 1_000_000

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await may_read.wait()
        while not (await reader.read(2**20)).endswith(b"0\r\n\r\n"):
            pass
        writer.write(OK)
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        client = build_upstream(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        request = asyncio.ensure_future(client.send("POST", b"/", (), endless()))
        await asyncio.wait_for(paused.wait(), 5)
        assert sent < 32_000_000  # it fits into the kernel's buffers
        may_read.set()
        assert await read_body(await request) == b"ok"
        assert sent == 64_000_000
        await client.close()


async def test_a_failing_request_body_does_not_affect_an_answer_that_has_begun() -> None:
    has_head = asyncio.Event()

    async def failing() -> AsyncGenerator[bytes, None]:
        yield b"a"
        await has_head.wait()
        raise ConnectionResetError

    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    more = asyncio.Event()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(head + b"1\r\na\r\n")
        await more.wait()
        writer.write(b"1\r\nb\r\n0\r\n\r\n")
        await reader.read()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        client = build_upstream(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        response = await client.send("POST", b"/", (), failing())
        has_head.set()
        asyncio.get_running_loop().call_soon(more.set)
        assert await read_body(response) == b"ab"
        assert response.find_end() is End.COMPLETE
        await client.close()


@pytest.mark.parametrize("ending", [CLOSE, ABORT])
async def test_a_request_body_that_fails_before_the_answer_is_an_error(ending: object) -> None:
    async def failing() -> AsyncGenerator[bytes, None]:
        yield b"a"
        raise ConnectionResetError if ending is ABORT else RuntimeError

    async with open_upstream([STALL]) as (server, client):
        message = r"closed the connection unexpectedly|the request failed"
        with pytest.raises(UpstreamError, match=message):
            await client.send("PUT", b"/", (), failing())
        await asyncio.wait_for(server.client_gone.wait(), 5)
        assert server.connections == 1


class Proxy:
    """An HTTP proxy that keeps the heads of its requests and answers, or opens a tunnel."""

    def __init__(self) -> None:
        self.heads: list[bytes] = []

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        self.heads.append(head)
        if not head.startswith(b"CONNECT "):
            writer.write(OK)
            await reader.read()
            return writer.close()
        host, _, port = head.split(b" ")[1].decode().partition(":")
        upstream_reader, upstream_writer = await asyncio.open_connection(host, int(port))
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        await asyncio.gather(_copy(reader, upstream_writer), _copy(upstream_reader, writer))
        return None


async def _copy(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    try:
        while data := await source.read(65536):
            sink.write(data)
    except ConnectionError:
        pass  # the other side left
    sink.close()


@asynccontextmanager
async def proxy_in_environment(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Proxy]:
    """Run a proxy that the environment names, with a user and a password."""
    proxy = Proxy()
    async with await asyncio.start_server(proxy, "127.0.0.1", 0) as server:
        url = f"http://user:secret@127.0.0.1:{server.sockets[0].getsockname()[1]}"
        for name in ("no_proxy", "NO_PROXY"):
            monkeypatch.delenv(name, raising=False)
        for name in ("http_proxy", "https_proxy"):
            monkeypatch.setenv(name, url)
        yield proxy


CREDENTIALS = b"Proxy-Authorization: Basic " + b64encode(b"user:secret")


async def test_an_http_upstream_is_called_through_the_proxy_of_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with proxy_in_environment(monkeypatch) as proxy:
        client = build_upstream("http://upstream.invalid:8080/base", trust_env=True)
        assert await read_body(await client.send("POST", b"/x", ((b"A", b"1"),), b"a")) == b"ok"
        await client.close()
    assert proxy.heads == [
        b"POST http://upstream.invalid:8080/base/x HTTP/1.1\r\nHost: upstream.invalid:8080\r\n"
        + CREDENTIALS
        + b"\r\nA: 1\r\nContent-Length: 1\r\n\r\n"
    ]


async def test_a_tls_upstream_is_called_through_a_tunnel(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    authority = trustme.CA()
    ca_file = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(ca_file))
    async with proxy_in_environment(monkeypatch) as proxy, serve_tls(authority) as url:
        client = build_upstream(url, str(ca_file), trust_env=True)
        for _ in range(2):
            assert await fetch(client) == b"ok"
        await client.close()
    [head] = proxy.heads
    host = url.removeprefix("https://").encode()
    assert head.startswith(b"CONNECT " + host + b" HTTP/1.1\r\n")
    assert CREDENTIALS in head


async def test_without_trust_env_no_proxy_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    async with proxy_in_environment(monkeypatch) as proxy, open_upstream([OK]) as (_, client):
        assert await fetch(client) == b"ok"
    assert proxy.heads == []


@pytest.mark.parametrize("number", sorted(SHORT_OF_RESOURCES))
async def test_a_request_waits_for_a_descriptor_and_the_log_says_so(
    number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runreel.shell.record.upstream._RETRY_SECONDS", 0.001)
    failures = [number, number]
    connect = TCPConnector._create_direct_connection

    async def fail_at_first(connector: Any, request: Any, *rest: Any, **options: Any) -> Any:
        if failures:
            error = OSError(failures.pop(), "no text")
            raise aiohttp.ClientConnectorError(request.connection_key, error)
        return await connect(connector, request, *rest, **options)

    monkeypatch.setattr(TCPConnector, "_create_direct_connection", fail_at_first)
    with capture_logs() as events:
        async with open_upstream([OK]) as (_, upstream):
            assert await fetch(upstream) == b"ok"
    assert [(each["event"], each["reason"]) for each in events] == [
        ("upstream_waits_for_descriptors", os.strerror(number))
    ]


async def test_a_request_that_gets_no_descriptor_in_time_fails_with_the_reason(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def fail(_connector: Any, request: Any, *_rest: Any, **_options: Any) -> Any:
        raise aiohttp.ClientConnectorError(request.connection_key, OSError(errno.EMFILE, ""))

    monkeypatch.setattr(TCPConnector, "_create_direct_connection", fail)
    async with open_upstream([OK]) as (_, upstream):
        monkeypatch.setattr(upstream, "_connect_timeout", 0)
        with pytest.raises(UpstreamError, match=r"could not be reached \(Too many open files"):
            await fetch(upstream)
