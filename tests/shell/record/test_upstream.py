"""The calling side: TLS is always verified, and errors say which of the two sides to look at."""

from __future__ import annotations

import asyncio
import ssl
from base64 import b64encode
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trustme
from aiohttp.client_proto import ResponseHandler

from runreel.errors import ConfigError, UpstreamError
from runreel.model import End, Headers
from runreel.shell.record.upstream import Upstream
from runreel.shell.record.upstream_connection import UpstreamConnection
from runreel.shell.record.upstream_response import UpstreamResponse
from support.upstream import ABORT, CLOSE, STALL, Script, ScriptedUpstream, serve_scripts

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@asynccontextmanager
async def tls_upstream(authority: trustme.CA) -> AsyncIterator[str]:
    """An upstream that answers ``ok`` over TLS."""
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


def upstream(
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
async def calling(
    *scripts: Script, base: str = "", read_timeout: float = 5
) -> AsyncIterator[tuple[ScriptedUpstream, Upstream]]:
    """A scripted upstream and the side that calls it, below the path ``base``."""
    async with serve_scripts(*scripts) as server:
        session = upstream(server.url + base, read_timeout=read_timeout)
        try:
            yield server, session
        finally:
            await session.close()


async def asked(
    session: Upstream, method: str = "GET", target: bytes = b"/", headers: Headers = ()
) -> bytes:
    """The body of the answer to a request that has none."""
    return await body_of(await session.send(method, target, headers, None))


async def body_of(answer: UpstreamResponse) -> bytes:
    """The whole body; the answer is closed."""
    body = b""
    come = asyncio.Event()
    answer.listen(come.set)
    while True:
        while (piece := answer.read_piece()) is not None:
            body += piece[0]
        if answer.find_end() is not None:
            answer.close()
            return body
        await come.wait()
        come.clear()


async def test_a_certificate_that_nobody_vouches_for_is_refused() -> None:
    async with tls_upstream(trustme.CA()) as url:
        session = upstream(url)
        with pytest.raises(UpstreamError, match=r"TLS certificate .* ca_file"):
            await session.send("GET", b"/", (), None)
        await session.close()


async def test_ca_file_vouches_for_it(tmp_path: Path) -> None:
    authority = trustme.CA()
    ca_file = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(ca_file))
    async with tls_upstream(authority) as url:
        session = upstream(url, str(ca_file))
        for _ in range(3):  # on one connection
            assert await asked(session) == b"ok"
        await session.close()


async def test_a_host_that_does_not_exist_is_named() -> None:
    session = upstream("http://nowhere.invalid")
    with pytest.raises(UpstreamError, match=r"nowhere.invalid .*could not be resolved"):
        await session.send("GET", b"/", (), None)
    await session.close()


@pytest.mark.parametrize("content", [None, "no certificate"])
async def test_a_ca_file_that_is_none_is_said_at_once(tmp_path: Path, content: str | None) -> None:
    ca_file = tmp_path / "ca.pem"
    if content is not None:
        ca_file.write_text(content)
    with pytest.raises(ConfigError, match="ca_file"):
        upstream("https://localhost", str(ca_file))


LINES = b" /base/x?y= HTTP/1.1\r\nHost: HOST\r\nB: 1\r\nb: caf\xe9\r\nB: 2"
HEADS = [
    ("GET", None, b"GET" + LINES),
    ("POST", None, b"POST" + LINES + b"\r\nContent-Length: 0"),
    ("POST", b"abc", b"POST" + LINES + b"\r\nContent-Length: 3"),
]


@pytest.mark.parametrize(("method", "body", "head"), HEADS)
async def test_a_request_goes_up_byte_for_byte_behind_the_configured_path(
    method: str, body: bytes | None, head: bytes
) -> None:
    headers = ((b"B", b"1"), (b"b", b"caf\xe9"), (b"B", b"2"))
    async with calling([OK], base="/base/") as (server, session):
        answer = await session.send(method, b"/x?y=", headers, body)
        assert await body_of(answer) == b"ok"
        host = server.url.removeprefix("http://").encode()
        assert server.requests == [head.replace(b"HOST", host) + b"\r\n\r\n" + (body or b"")]


async def test_an_ipv6_host_is_named_in_brackets() -> None:
    heads: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(OK)
        writer.close()

    async with await asyncio.start_server(answer, "::1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        session = upstream(f"http://[::1]:{port}")
        assert await asked(session) == b"ok"
        await session.close()
    assert heads == [b"GET / HTTP/1.1\r\nHost: [::1]:%d\r\n\r\n" % port]


async def test_what_would_make_two_requests_of_one_is_not_sent() -> None:
    async with calling([OK]) as (server, session):
        with pytest.raises(UpstreamError, match="could not be asked"):
            await asked(session, headers=((b"X", b"1\r\n\r\nGET /evil HTTP/1.1"),))
        assert server.requests == []
        assert await asked(session) == b"ok"


async def test_interim_answers_are_skipped_however_they_come() -> None:
    gate = asyncio.Event()
    early = b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
    async with calling([early, gate, early + early + OK], [OK]) as (server, session):
        asking = asyncio.ensure_future(asked(session))
        await server.head_received.wait()
        gate.set()
        assert await asking == b"ok"
        assert await asked(session) == b"ok"
        assert server.connections == 1


async def test_an_answer_that_is_left_takes_its_connection_along() -> None:
    stream = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n"
    async with calling([stream, STALL], [OK]) as (server, session):
        (await session.send("GET", b"/", (), None)).close()
        await asyncio.wait_for(server.client_gone.wait(), 5)
        assert await asked(session) == b"ok"
        assert server.connections == 2


async def test_a_request_that_is_given_up_takes_its_connection_along() -> None:
    async with calling([STALL], [OK]) as (server, session):
        asking = asyncio.ensure_future(asked(session))
        await server.head_received.wait()
        asking.cancel()
        await asyncio.wait_for(server.client_gone.wait(), 5)
        assert asking.cancelled()
        assert await asked(session) == b"ok"


def told_by(
    monkeypatch: pytest.MonkeyPatch, owner: type[asyncio.BaseProtocol], method: str
) -> asyncio.Event:
    """Set as soon as the method of a protocol has been called."""
    called = asyncio.Event()
    original = getattr(owner, method)

    def telling(self: asyncio.BaseProtocol, *arguments: object) -> None:
        original(self, *arguments)
        called.set()

    monkeypatch.setattr(owner, method, telling)
    return called


async def test_what_nobody_asked_for_answers_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    idle = asyncio.Event()
    come = told_by(monkeypatch, ResponseHandler, "data_received")  # of a connection that is kept
    noise = b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n"
    async with calling([OK, idle, noise], [OK]) as (server, session):
        assert await asked(session) == b"ok"
        idle.set()
        await asyncio.wait_for(come.wait(), 5)
        answer = await session.send("POST", b"/", (), b"1")
        assert (answer.status, await body_of(answer)) == (200, b"ok")
        assert server.connections == 2


async def test_two_answers_to_one_request_are_one() -> None:
    async with calling([OK + OK.replace(b"ok", b"no")], [OK]) as (server, session):
        assert await asked(session) == b"ok"
        assert await asked(session) == b"ok"
        assert server.connections == 2


async def test_silence_before_the_head_counts_from_the_end_of_the_request() -> None:
    gate = asyncio.Event()

    async def slow() -> AsyncGenerator[bytes, None]:
        yield b"a"
        await gate.wait()
        yield b"b"

    async with calling([OK], [STALL], read_timeout=0.2) as (server, session):
        asyncio.get_running_loop().call_later(0.5, gate.set)
        answer = await session.send("POST", b"/", (), slow())
        assert await body_of(answer) == b"ok"
        assert server.list_bodies() == [b"1\r\na\r\n1\r\nb\r\n0\r\n\r\n"]
        with pytest.raises(UpstreamError, match="did not answer in time") as error:
            await asked(session)
        assert error.value.status == 504


async def test_an_upload_waits_for_an_upstream_that_takes_no_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given = 0
    stuck = told_by(monkeypatch, UpstreamConnection, "pause_writing")
    taken = asyncio.Event()

    async def endless() -> AsyncGenerator[bytes, None]:
        nonlocal given
        while given < 64_000_000:
            given += 1_000_000
            yield b"x" * 1_000_000

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await taken.wait()
        while not (await reader.read(2**20)).endswith(b"0\r\n\r\n"):
            pass
        writer.write(OK)
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        session = upstream(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        asking = asyncio.ensure_future(session.send("POST", b"/", (), endless()))
        await asyncio.wait_for(stuck.wait(), 5)
        assert given < 32_000_000  # what the kernel's buffers hold
        taken.set()
        assert await body_of(await asking) == b"ok"
        assert given == 64_000_000
        await session.close()


async def test_an_upload_that_fails_takes_nothing_from_an_answer_that_is_there() -> None:
    begun = asyncio.Event()

    async def failing() -> AsyncGenerator[bytes, None]:
        yield b"a"
        await begun.wait()
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
        session = upstream(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        answered = await session.send("POST", b"/", (), failing())
        begun.set()
        asyncio.get_running_loop().call_soon(more.set)
        assert await body_of(answered) == b"ab"
        assert answered.find_end() is End.COMPLETE
        await session.close()


@pytest.mark.parametrize("ending", [CLOSE, ABORT])
async def test_an_upload_that_fails_before_the_answer_is_no_answer(ending: object) -> None:
    async def failing() -> AsyncGenerator[bytes, None]:
        yield b"a"
        raise ConnectionResetError if ending is ABORT else RuntimeError

    async with calling([STALL]) as (server, session):
        with pytest.raises(UpstreamError, match=r"broke the connection off|could not be asked"):
            await session.send("PUT", b"/", (), failing())
        await asyncio.wait_for(server.client_gone.wait(), 5)
        assert server.connections == 1


class Proxy:
    """A proxy as HTTP_PROXY and HTTPS_PROXY name it; it keeps what it was told."""

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
        there, back = await asyncio.open_connection(host, int(port))
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        await asyncio.gather(_pumped(reader, back), _pumped(there, writer))
        return None


async def _pumped(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    try:
        while data := await source.read(65536):
            sink.write(data)
    except ConnectionError:
        pass  # the other side left
    sink.close()


@asynccontextmanager
async def proxied(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Proxy]:
    """The environment names a proxy, with a user and a password."""
    proxy = Proxy()
    async with await asyncio.start_server(proxy, "127.0.0.1", 0) as server:
        url = f"http://user:secret@127.0.0.1:{server.sockets[0].getsockname()[1]}"
        for name in ("no_proxy", "NO_PROXY"):
            monkeypatch.delenv(name, raising=False)
        for name in ("http_proxy", "https_proxy"):
            monkeypatch.setenv(name, url)
        yield proxy


CREDENTIALS = b"Proxy-Authorization: Basic " + b64encode(b"user:secret")


async def test_a_plain_upstream_is_asked_through_the_proxy_of_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with proxied(monkeypatch) as proxy:
        session = upstream("http://upstream.invalid:8080/base", trust_env=True)
        assert await body_of(await session.send("POST", b"/x", ((b"A", b"1"),), b"a")) == b"ok"
        await session.close()
    assert proxy.heads == [
        b"POST http://upstream.invalid:8080/base/x HTTP/1.1\r\nHost: upstream.invalid:8080\r\n"
        + CREDENTIALS
        + b"\r\nA: 1\r\nContent-Length: 1\r\n\r\n"
    ]


async def test_a_tls_upstream_is_asked_through_a_tunnel(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    authority = trustme.CA()
    ca_file = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(ca_file))
    async with proxied(monkeypatch) as proxy, tls_upstream(authority) as url:
        session = upstream(url, str(ca_file), trust_env=True)
        for _ in range(2):
            assert await asked(session) == b"ok"
        await session.close()
    [head] = proxy.heads
    host = url.removeprefix("https://").encode()
    assert head.startswith(b"CONNECT " + host + b" HTTP/1.1\r\n")
    assert CREDENTIALS in head


async def test_without_trust_env_no_proxy_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    async with proxied(monkeypatch) as proxy, calling([OK]) as (_, session):
        assert await asked(session) == b"ok"
    assert proxy.heads == []
