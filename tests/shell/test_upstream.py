"""The calling side: TLS is always verified, and errors say which of the two sides to look at."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trustme

from runreel.errors import ConfigError, UpstreamError
from runreel.shell.incoming import Incoming
from runreel.shell.upstream import Upstream


@asynccontextmanager
async def tls_upstream(authority: trustme.CA) -> AsyncIterator[str]:
    """An upstream that answers ``ok`` over TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context)
    async with server:
        yield f"https://localhost:{server.sockets[0].getsockname()[1]}"


def upstream(url: str, ca_file: str = "") -> Upstream:
    return Upstream(url, connect_timeout=5, read_timeout=5, max_head=8192, ca_file=ca_file)


async def body_of(answer: Incoming) -> bytes:
    """The whole body; the answer is closed."""
    body = b""
    come = asyncio.Event()
    answer.listen(come.set)
    while True:
        while (piece := answer.next()) is not None:
            body += piece[0]
        if answer.end() is not None:
            await answer.close()
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
        answer = await session.send("GET", b"/", (), None)
        assert await body_of(answer) == b"ok"
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
