"""Uploads that are overtaken by their answer, or end early: stored whole, or marked."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from msgspec.structs import replace

from runreel.config import Config
from runreel.model import End, Exchange
from support.client import RawAnswer, RawClient, build_get, open_client
from support.proxy import LIMITS, RecordingProxy, read_exchanges, serve_recording
from support.upstream import LAST_CHUNK, encode_chunks

EARLY_STATUSES = (401, 413, 429)
PIECE = 1 << 16
CLOSING = b"\r\nConnection: close\r\n\r\n"


@asynccontextmanager
async def serve_early_answers(*, then: str = "read", stream: bool = False) -> AsyncIterator[str]:
    """Run an upstream that answers each head at once; yield its URL.

    ``then``: read the rest of the upload, ``close`` the sending side first, or ``reset`` the
    connection; ``stream``: leave the answer open.
    """

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        status = head.split(b" ")[1].rpartition(b"/")[2]
        length = b"Content-Length: 9" if stream else b"Content-Length: 2"
        writer.write(b"HTTP/1.1 " + status + b" Early\r\n" + length + CLOSING + b"{}")
        await writer.drain()
        if then == "reset":
            writer.transport.abort()  # with unread data in its socket the kernel sends RST
            return
        if then == "close":
            writer.write_eof()
        while await reader.read(PIECE):
            pass
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


def build_upload(size: int, status: int, *, chunked: bool) -> tuple[bytes, bytes, bytes]:
    """Return the head of an upload, its body, and this as it is sent."""
    body = b"0123456789abcde\n" * (size // 16)
    framing = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {len(body)}"
    head = build_get(f"/v1/files/{status}", framing, method="POST")
    if not chunked:
        return head, body, body
    pieces = (body[start : start + PIECE] for start in range(0, len(body), PIECE))
    return head, body, encode_chunks(*pieces) + LAST_CHUNK


async def upload(proxy: RecordingProxy, sent: bytes) -> RawAnswer:
    """Send all of a request, reading its answer meanwhile as most clients do."""
    async with open_client(proxy.url) as client:
        answer, _ = await asyncio.gather(client.read_answer(), client.send(sent))
        return answer


def is_marked(exchange: Exchange) -> bool:
    return [problem.path for problem in exchange.head.problems] == ["body"]


SIZES = [
    ("1 KB", 1 << 10, 20),
    ("64 KB", 1 << 16, 20),
    ("1 MB", 1 << 20, 6),
    ("10 MB", 10 << 20, 1),
]


@pytest.mark.slow
@pytest.mark.parametrize("then", ["read", "close"])
@pytest.mark.parametrize("chunked", [False, True], ids=["with a length", "in chunks"])
@pytest.mark.parametrize(("name", "size", "rounds"), SIZES, ids=[row[0] for row in SIZES])
async def test_an_upload_that_is_overtaken_by_its_answer_is_stored_whole(
    tmp_path: Path, name: str, size: int, rounds: int, chunked: bool, then: str
) -> None:
    path = tmp_path / "c.cassette"
    async with serve_early_answers(then=then) as url, serve_recording(url, path) as proxy:
        for status in EARLY_STATUSES * rounds:
            head, body, sent = build_upload(size, status, chunked=chunked)
            assert (await upload(proxy, head + sent)).status == status
    exchanges = read_exchanges(path)
    assert len(exchanges) == len(EARLY_STATUSES) * rounds
    for exchange in exchanges:
        assert exchange.head.request.body == body
        assert exchange.head.problems == ()


FAST_SERVER = """
import socket
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
while True:
    connection, _ = listener.accept()
    with connection:
        connection.recv(4096)
        connection.sendall(ANSWER)
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(65536):
            pass
""".replace("ANSWER", repr(b"HTTP/1.1 401 Early\r\nContent-Length: 2" + CLOSING + b"{}"))
"""An upstream in a process of its own. On uvloop its answers come before the upload's task runs."""


@pytest.mark.parametrize("chunked", [False, True], ids=["with a length", "in chunks"])
async def test_an_answer_may_come_before_the_upload_starts(tmp_path: Path, chunked: bool) -> None:
    path = tmp_path / "c.cassette"
    head, body, sent = build_upload(1 << 12, 401, chunked=chunked)
    server = await asyncio.create_subprocess_exec(
        sys.executable, "-c", FAST_SERVER, stdout=asyncio.subprocess.PIPE
    )
    try:
        assert server.stdout is not None
        url = f"http://127.0.0.1:{int(await server.stdout.readline())}"
        async with serve_recording(url, path) as proxy:
            for _ in range(100):
                async with open_client(proxy.url) as client:
                    await client.send(head)
                    answer, _ = await asyncio.gather(client.read_answer(), client.send(sent))
                    assert answer.status == 401
    finally:
        server.kill()
        await server.wait()
    assert {(each.head.request.body, each.head.problems) for each in read_exchanges(path)} == {
        (body, ())
    }


@pytest.mark.parametrize("chunked", [False, True], ids=["with a length", "in chunks"])
async def test_an_upload_is_whole_or_marked_when_the_upstream_resets(
    tmp_path: Path, chunked: bool
) -> None:
    path = tmp_path / "c.cassette"
    head, body, sent = build_upload(1 << 18, 413, chunked=chunked)
    async with serve_early_answers(then="reset") as url, serve_recording(url, path) as proxy:
        for _ in range(20):
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                await upload(proxy, head + sent)
    for exchange in read_exchanges(path):  # a reset before the head of the answer stores nothing
        assert exchange.head.request.body == body or is_marked(exchange)


async def start_upload(client: RawClient, *, chunked: bool) -> bytes:
    """Send the first half of an upload and read the head of its answer; return that half."""
    head, body, sent = build_upload(1 << 18, 413, chunked=chunked)
    await client.send(head + sent[: len(sent) // 2])
    await client.read_head()
    return body


@pytest.mark.parametrize("stream", [False, True], ids=["after the answer", "within the answer"])
@pytest.mark.parametrize("chunked", [False, True], ids=["with a length", "in chunks"])
async def test_an_upload_whose_client_leaves_is_marked(
    tmp_path: Path, chunked: bool, stream: bool
) -> None:
    path = tmp_path / "c.cassette"
    config = Config(limits=replace(LIMITS, drain_time=0.1))
    async with (
        serve_early_answers(stream=stream) as url,
        serve_recording(url, path, config=config) as proxy,
    ):
        async with open_client(proxy.url) as client:
            body = await start_upload(client, chunked=chunked)
        await proxy.recorder.in_flight.drain(5)
    [exchange] = read_exchanges(path)
    assert body.startswith(exchange.head.request.body)
    assert [str(problem.message) for problem in exchange.head.problems] == [
        "was not sent completely: the client left"
    ]


@pytest.mark.parametrize("stream", [False, True], ids=["after the answer", "within the answer"])
async def test_an_upload_that_a_shutdown_ends_is_marked(tmp_path: Path, stream: bool) -> None:
    path = tmp_path / "c.cassette"
    config = Config(limits=replace(LIMITS, shutdown_timeout=0.05))
    async with serve_early_answers(stream=stream) as url:
        async with serve_recording(url, path, config=config) as proxy:
            entered = open_client(proxy.url)
            body = await start_upload(await entered.__aenter__(), chunked=False)
        await entered.__aexit__(None, None, None)
    [exchange] = read_exchanges(path)
    assert body.startswith(exchange.head.request.body)
    assert [str(problem.message) for problem in exchange.head.problems] == [
        "was not sent completely: runreel was stopped"
    ]
    assert exchange.head.end is (End.SHUTDOWN if stream else End.COMPLETE)
