"""Relaying of an answer: backpressure, the read timeout, and the reuse of connections."""

from __future__ import annotations

import asyncio
import gc
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest
from msgspec.structs import replace

from runreel.config import Config
from runreel.model import End
from runreel.shell.record.body_relay import BodyRelay
from runreel.shell.record.relay import Relay
from runreel.shell.record.upstream_connection import UpstreamConnection
from runreel.shell.record.upstream_response import UpstreamResponse
from support.client import RawClient, ask, build_get, build_post, open_client
from support.proxy import LIMITS, RecordingProxy, read_exchanges, serve_recording
from support.upstream import CLOSE, LAST_CHUNK, STALL, Script, encode_chunks, serve_scripts

STREAM = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
PIECE = b"y" * 65536
MORE_THAN_THE_KERNEL_HOLDS = 40_000_000


class Flood:
    """An upstream that sends a large answer as fast as it is read, and counts its bytes."""

    def __init__(self) -> None:
        self.sent = 0
        self.stuck = asyncio.Event()
        """Set when nothing has been read for 0.3 seconds."""

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.transport.set_write_buffer_limits(0)
        writer.write(STREAM)
        while self.sent < MORE_THAN_THE_KERNEL_HOLDS:
            writer.write(encode_chunks(PIECE))
            self.sent += len(PIECE)
            await self._drain(writer)
        writer.write(LAST_CHUNK)
        writer.close()

    async def _drain(self, writer: asyncio.StreamWriter) -> None:
        try:
            await asyncio.wait_for(writer.drain(), 0.3)
        except TimeoutError:
            self.stuck.set()
            await writer.drain()


@asynccontextmanager
async def open_flood(
    path: Path, *, config: Config | None = None
) -> AsyncIterator[tuple[Flood, RecordingProxy, RawClient]]:
    """Open a client with small buffers that has not read any of a flood yet."""
    flood = Flood()
    server = await asyncio.start_server(flood, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server, serve_recording(url, path, config=config) as proxy:
        sock = socket.socket()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        host, port = proxy.url.removeprefix("http://").split(":")
        sock.connect((host, int(port)))
        reader, writer = await asyncio.open_connection(sock=sock, limit=65536)
        client = RawClient(reader, writer)
        await client.send(build_get("/v1/x"))
        try:
            yield flood, proxy, client
        finally:
            client.close()


@pytest.mark.slow
async def test_a_client_that_does_not_read_pauses_the_upstream(tmp_path: Path) -> None:
    path = tmp_path / "c.cassette"
    async with open_flood(path) as (flood, _, client):
        await asyncio.wait_for(flood.stuck.wait(), 10)
        assert flood.sent < MORE_THAN_THE_KERNEL_HOLDS / 2  # it fits into the kernel's buffers
        answer = await client.read_answer()
    assert len(answer.body) == MORE_THAN_THE_KERNEL_HOLDS // len(PIECE) * len(PIECE) + len(PIECE)
    assert answer.ended == "complete"
    [exchange] = read_exchanges(path)
    assert exchange.answer.body == answer.body
    assert (exchange.head.end, exchange.head.whole) == (End.COMPLETE, True)


@pytest.mark.slow
async def test_waiting_for_a_slow_client_is_not_an_upstream_timeout(tmp_path: Path) -> None:
    config = Config(limits=replace(LIMITS, read_timeout=0.2))
    path = tmp_path / "c.cassette"
    async with open_flood(path, config=config) as (flood, _, client):
        await asyncio.wait_for(flood.stuck.wait(), 10)
        pause_over = asyncio.Event()
        asyncio.get_running_loop().call_later(0.6, pause_over.set)  # three times the read timeout
        await pause_over.wait()
        assert (await client.read_answer()).ended == "complete"
    assert read_exchanges(path)[0].head.end is End.COMPLETE


@pytest.mark.slow
async def test_a_client_that_leaves_without_reading_does_not_cut_the_recording(
    tmp_path: Path,
) -> None:
    path = tmp_path / "c.cassette"
    async with open_flood(path) as (flood, proxy, client):
        await asyncio.wait_for(flood.stuck.wait(), 10)
        client.close()
        await proxy.recorder.in_flight.drain(10)
        assert flood.sent >= MORE_THAN_THE_KERNEL_HOLDS
    [exchange] = read_exchanges(path)
    assert (exchange.head.end, exchange.head.whole) == (End.CLIENT_LEFT, True)


@pytest.mark.slow
async def test_the_read_timeout_runs_again_when_the_client_has_caught_up(tmp_path: Path) -> None:
    config = Config(limits=replace(LIMITS, read_timeout=0.2))
    path = tmp_path / "c.cassette"
    pieces = [encode_chunks(PIECE)] * 200
    async with (
        serve_scripts([STREAM, *pieces, STALL]) as upstream,
        serve_recording(upstream.url, path, config=config) as proxy,
        open_client(proxy.url) as client,
    ):
        await client.send(build_get("/v1/x"))
        answer = await asyncio.wait_for(client.read_answer(), 10)
    assert (len(answer.body), answer.ended) == (200 * len(PIECE), "closed")
    assert read_exchanges(path)[0].head.end is End.TIMEOUT


ANSWERS = [
    ("all at once", [OK], b"ok"),
    ("chunks, the last alone", [STREAM + encode_chunks(b"ok"), LAST_CHUNK], b"ok"),
    (
        "a chunk in two pieces, its end alone",
        [STREAM + b"2\r\no", b"k", b"\r\n", LAST_CHUNK],
        b"ok",
    ),
    ("a length, byte by byte", [OK[:-2], b"o", b"k"], b"ok"),
    ("no body", [b"HTTP/1.1 204 No Content\r\n\r\n"], b""),
]


def put_gates_between(steps: list[bytes]) -> Script:
    """Return a script in which each step waits for a gate; the gates open one by one."""
    script: list[bytes | asyncio.Event] = []
    loop = asyncio.get_running_loop()
    for number, step in enumerate(steps):
        gate = asyncio.Event()
        loop.call_later(0.02 * number, gate.set)
        script += [gate, step]
    return script


@pytest.mark.parametrize(("why", "steps", "body"), ANSWERS, ids=[row[0] for row in ANSWERS])
async def test_a_connection_is_reused_after_its_answer_was_received(
    tmp_path: Path, why: str, steps: list[bytes], body: bytes
) -> None:
    path = tmp_path / "c.cassette"
    async with (
        serve_scripts(
            put_gates_between(steps), put_gates_between(steps), put_gates_between(steps)
        ) as upstream,
        serve_recording(upstream.url, path) as proxy,
    ):
        for _ in range(3):
            answer = await asyncio.wait_for(ask(proxy.url, build_get("/v1/x")), 5)
            assert (answer.body, answer.ended) == (body, "complete")
        assert upstream.connections == 1
    assert [exchange.answer.body for exchange in read_exchanges(path)] == [body] * 3


async def test_an_end_of_a_chunk_that_is_received_later_is_recorded(tmp_path: Path) -> None:
    path = tmp_path / "c.cassette"
    read_one, read_two = asyncio.Event(), asyncio.Event()
    script: Script = [
        STREAM + b"4\r\nab",
        read_one,
        b"cd",
        read_two,
        b"\r\n",
        encode_chunks(b"e") + LAST_CHUNK,
    ]
    async with (
        serve_scripts(script) as upstream,
        serve_recording(upstream.url, path) as proxy,
        open_client(proxy.url) as client,
    ):
        await client.send(build_get("/v1/x"))
        await client.read_head()
        assert await client.read_chunk() == b"ab"
        read_one.set()
        assert await client.read_chunk() == b"cd"
        read_two.set()
        assert await client.read_chunk() == b"e"
        assert await client.read_chunk() == b""
    frames = read_exchanges(path)[0].answer.frames
    assert [frame[1:] for frame in frames] == [(2, False), (2, False), (0, True), (1, True)]


NOT_REUSABLE = [
    ("it says close", [b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok"]),
    ("it is HTTP/1.0", [b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok"]),
]


@pytest.mark.parametrize(("why", "script"), NOT_REUSABLE, ids=[row[0] for row in NOT_REUSABLE])
async def test_a_connection_that_is_to_be_closed_is_not_reused(
    tmp_path: Path, why: str, script: Script
) -> None:
    async with (
        serve_scripts(script) as upstream,
        serve_recording(upstream.url, tmp_path / "c.cassette") as proxy,
    ):
        for _ in range(2):
            assert (await ask(proxy.url, build_get("/v1/x"))).body == b"ok"
        assert upstream.connections == 2


async def test_an_error_while_recording_fails_only_that_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: object, **_kwargs: object) -> None:
        raise RuntimeError

    path = tmp_path / "c.cassette"
    async with serve_scripts([OK]) as upstream, serve_recording(upstream.url, path) as proxy:
        with monkeypatch.context() as patch:
            patch.setattr("runreel.core.record.recording.Recording.add_answer_data", fail)
            assert (await ask(proxy.url, build_get("/v1/x"))).status == 500
        assert (await ask(proxy.url, build_get("/v1/x"))).body == b"ok"


def find_relay_objects() -> list[object]:
    """Return the living objects of relays, including those in reference cycles."""
    return [
        each
        for each in gc.get_objects()
        if isinstance(each, (Relay, BodyRelay, UpstreamResponse, UpstreamConnection))
    ]


@contextmanager
def gc_disabled() -> Iterator[None]:
    """Disable the garbage collector after one collection."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


async def test_a_finished_answer_leaves_no_reference_cycles(tmp_path: Path) -> None:
    scripts: list[Script] = [[OK], [STREAM + encode_chunks(b"ok") + LAST_CHUNK], [STREAM, CLOSE]]
    async with (
        serve_scripts(*scripts) as upstream,
        serve_recording(upstream.url, tmp_path / "c.cassette") as proxy,
    ):
        with gc_disabled():
            for _ in scripts:
                await ask(proxy.url, build_post("/v1/x", b"{}"))
            await proxy.recorder.in_flight.drain(5)
            assert find_relay_objects() == []


STATES: list[tuple[str, Script, bytes]] = [
    ("before the head", [STALL], build_get("/v1/x")),
    ("within the answer's body", [STREAM + encode_chunks(b"a"), STALL], build_get("/v1/x")),
    (
        "within the request's body",
        [STALL],
        build_get("/v1/x", "Content-Length: 9", method="POST") + b"abc",
    ),
]


@pytest.mark.slow
@pytest.mark.parametrize("leaves", [True, False], ids=["the client leaves", "shutdown"])
@pytest.mark.parametrize(("why", "script", "request_"), STATES, ids=[row[0] for row in STATES])
async def test_an_end_in_any_state_leaves_no_task_or_object_behind(
    tmp_path: Path, why: str, script: Script, request_: bytes, leaves: bool
) -> None:
    config = Config(limits=replace(LIMITS, drain_time=0.05))
    async with (
        serve_scripts(script) as upstream,
        serve_recording(upstream.url, tmp_path / "c.cassette", config=config) as proxy,
        open_client(proxy.url) as client,
    ):
        tasks_before = asyncio.all_tasks()
        await client.send(request_)
        await upstream.head_received.wait()
        if leaves:
            client.close()
        await proxy.recorder.in_flight.drain(5 if leaves else 0)
        await asyncio.wait_for(upstream.client_gone.wait(), 5)
        tasks = [task for task in asyncio.all_tasks() - tasks_before if "runreel" in repr(task)]
        async with asyncio.timeout(5):
            await asyncio.gather(*tasks, return_exceptions=True)
        gc.collect()  # an error and its traceback are a reference cycle
        assert find_relay_objects() == []
