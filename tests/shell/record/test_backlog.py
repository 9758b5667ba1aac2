"""The backlog: a queue that falls behind is said, and new requests wait; nothing else does."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from structlog.testing import capture_logs

from runreel.config import Config
from runreel.config.schema import Limits
from runreel.config.values import Count, Size
from runreel.shell.record.backlog import Backlog
from runreel.shell.store import CassetteWriter
from support.client import ask, build_get, open_client
from support.proxy import LIMITS, RecordingProxy, read_exchanges, serve_recording
from support.upstream import (
    LAST_CHUNK,
    STREAM_HEAD,
    Script,
    ScriptedUpstream,
    build_ok,
    encode_chunks,
    serve_scripts,
)

SMALL = Limits(queue_length=Count(4), queue_bytes=Size(100), queue_age=10.0)


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def fill(backlog: Backlog, clock: Clock, excess: str) -> list[int]:
    """Exceed one limit; return the tickets."""
    if excess == "queue_length":
        return [backlog.add(1) for _ in range(5)]
    if excess == "queue_bytes":
        return [backlog.add(101)]
    first = backlog.add(1)
    clock.now = 10.5
    return [first, backlog.add(1)]


@pytest.mark.parametrize("excess", ["queue_length", "queue_bytes", "queue_age"])
async def test_a_backlog_beyond_a_limit_is_logged_once_and_so_is_its_end(excess: str) -> None:
    clock = Clock()
    backlog = Backlog(SMALL, clock)
    with capture_logs() as events:
        tickets = fill(backlog, clock, excess)
        assert backlog.is_behind
        more = backlog.add(1)
        for ticket in (*tickets, more):
            backlog.remove(ticket)
    assert not backlog.is_behind
    assert [event["event"] for event in events] == ["write_queue_behind", "write_queue_caught_up"]
    assert events[0]["limit"] == excess
    assert backlog.describe() == {"exchanges": 0, "bytes": 0, "age": 0.0, "waiting_requests": 0}


@pytest.mark.parametrize("excess", ["queue_length", "queue_bytes", "queue_age"])
async def test_a_request_waits_until_an_exchange_is_stored_while_a_limit_is_exceeded(
    excess: str,
) -> None:
    clock = Clock()
    backlog = Backlog(SMALL, clock)
    assert backlog.enqueue_request() is None
    tickets = [*fill(backlog, clock, excess), *(backlog.add(1000) for _ in range(3))]
    futures = [future for _ in range(6) if (future := backlog.enqueue_request())]
    assert len(futures) == backlog.waiting == 6
    for stored in (1, 2):
        backlog.remove(tickets.pop())
        assert [future.done() for future in futures] == [True] * stored + [False] * (6 - stored)
    while tickets:
        backlog.remove(tickets.pop())
    assert all(future.done() for future in futures)
    assert backlog.enqueue_request() is None


async def test_a_request_that_is_given_up_takes_nobodys_turn() -> None:
    backlog = Backlog(SMALL, Clock())
    tickets = [backlog.add(1) for _ in range(5)]
    gone, waiting = backlog.enqueue_request(), backlog.enqueue_request()
    assert gone is not None
    assert waiting is not None
    gone.cancel()
    backlog.remove(tickets[0])
    assert waiting.done()


async def test_an_exchange_that_is_not_written_is_said_though_nothing_else_happens() -> None:
    with capture_logs() as events:
        Backlog(replace(SMALL, queue_age=0.001)).add(1)
        while not events:  # noqa: ASYNC110 - a timer of the loop sets it
            await asyncio.sleep(0.001)
    assert [(event["event"], event["limit"]) for event in events] == [
        ("write_queue_behind", "queue_age")
    ]


@contextmanager
def hold_writes(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let no record be written in the block."""
    gate = threading.Event()
    write = CassetteWriter.write

    def write_when_open(writer: CassetteWriter, record: Any) -> int:
        assert gate.wait(30)
        return write(writer, record)

    monkeypatch.setattr(CassetteWriter, "write", write_when_open)
    try:
        yield
    finally:
        gate.set()


@pytest.fixture
def delayed(monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """Return an event that is set once a request waits for the backlog."""
    event = asyncio.Event()
    enqueue = Backlog.enqueue_request

    def enqueue_and_tell(backlog: Backlog) -> asyncio.Future[None] | None:
        future = enqueue(backlog)
        if future is not None:
            event.set()
        return future

    monkeypatch.setattr(Backlog, "enqueue_request", enqueue_and_tell)
    return event


@asynccontextmanager
async def serve_short_queue(
    path: Path, *scripts: Script
) -> AsyncIterator[tuple[RecordingProxy, ScriptedUpstream]]:
    """Record into a queue that is behind as soon as two exchanges are in it."""
    config = Config(limits=replace(LIMITS, queue_length=Count(1)))
    async with (
        serve_scripts(*scripts, [build_ok(b"x")]) as upstream,
        serve_recording(upstream.url, path, config=config) as proxy,
    ):
        yield proxy, upstream


async def fill_queue(proxy: RecordingProxy) -> None:
    """Record two exchanges: the next request waits."""
    for number in (1, 2):
        await ask(proxy.url, build_get(f"/{number}"))


async def test_new_requests_wait_before_they_are_forwarded_and_streams_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, delayed: asyncio.Event
) -> None:
    go_on = asyncio.Event()
    stream: Script = [STREAM_HEAD + encode_chunks(b"a"), go_on, encode_chunks(b"b") + LAST_CHUNK]
    path = tmp_path / "c.cassette"
    async with (
        serve_short_queue(path, stream) as (proxy, upstream),
        open_client(proxy.url) as client,
    ):
        with hold_writes(monkeypatch):
            await client.send(build_get("/stream"))
            await client.read_head()
            await fill_queue(proxy)
            waiting = asyncio.create_task(ask(proxy.url, build_get("/3")))
            await delayed.wait()
            assert await client.read_chunk() == b"a"
            go_on.set()
            assert await client.read_chunk() == b"b"
            assert not waiting.done()
            assert len(upstream.requests) == 3, "the one that waits was not forwarded"
        assert (await waiting).status == 200
    assert len(read_exchanges(path)) == 4


async def test_a_client_that_leaves_while_it_waits_is_not_forwarded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, delayed: asyncio.Event
) -> None:
    async with serve_short_queue(tmp_path / "c.cassette") as (proxy, upstream):
        with hold_writes(monkeypatch):
            await fill_queue(proxy)
            async with open_client(proxy.url) as client:
                await client.send(build_get("/gone"))
                await delayed.wait()
            await proxy.recorder.in_flight.drain(30)
        assert len(upstream.requests) == 2


async def test_a_request_that_waits_when_the_session_ends_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, delayed: asyncio.Event
) -> None:
    path = tmp_path / "c.cassette"
    async with serve_short_queue(path) as (proxy, _):
        with hold_writes(monkeypatch):
            await fill_queue(proxy)
            waiting = asyncio.create_task(ask(proxy.url, build_get("/3")))
            await delayed.wait()
            await proxy.recorder.in_flight.drain(0)
            assert (await waiting).status == 410
    assert len(read_exchanges(path)) == 2
