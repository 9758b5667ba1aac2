"""Streams of events that open before the requests on which they report, recorded and replayed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from runreel.config import Speed
from runreel.model import End
from runreel.shell.replay.player import Player
from support.client import RawClient, ask, build_get, build_post, open_client
from support.proxy import read_exchanges, serve_recording, serve_replay
from support.upstream import STALL, STREAM_HEAD, Script, build_ok, encode_chunks, serve_scripts

BETA = "OpenAI-Beta: agents=v1"
EVENTS = "/v1/agents/sessions/sess_1/events"
OPEN = build_get(EVENTS, BETA)


def post(text: str) -> bytes:
    return build_post(EVENTS, b'{"events": [{"type": "%b"}]}' % text.encode(), BETA)


MESSAGE, RESULT = post("message"), post("tool_result")
ACCEPTED = b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n"
FIRST, SECOND, THIRD = (b'data: {"event_id": "%d"}\n\n' % number for number in (1, 2, 3))


async def talk(url: str, *, was_posted: list[asyncio.Event]) -> list[bytes]:
    """Open the stream, post a message and a tool's result, each after an event, and leave."""
    async with open_client(url) as stream:
        await stream.send(OPEN)
        await stream.read_head()
        chunks = [await stream.read_chunk()]
        for request, event in zip((MESSAGE, RESULT), was_posted, strict=True):
            assert (await ask(url, request)).status == 202
            event.set()
            chunks.append(await stream.read_chunk())
        return chunks


async def record(path: Path) -> None:
    was_posted = [asyncio.Event(), asyncio.Event()]
    stream: Script = [
        STREAM_HEAD + encode_chunks(FIRST),
        was_posted[0],
        encode_chunks(SECOND),
        was_posted[1],
        encode_chunks(THIRD),
        STALL,
    ]
    async with (
        serve_scripts(stream, [ACCEPTED]) as upstream,
        serve_recording(upstream.url, path) as proxy,
    ):
        assert await talk(proxy.url, was_posted=was_posted) == [FIRST, SECOND, THIRD]
        await asyncio.wait_for(upstream.client_gone.wait(), 5)


@asynccontextmanager
async def replay(path: Path, speed: Speed = Speed.INSTANT) -> AsyncIterator[tuple[str, Player]]:
    await record(path)
    async with serve_replay(path, speed=speed) as served:
        yield served


async def test_a_stream_that_never_ends_is_not_read_on_for_a_client_that_has_left(
    tmp_path: Path,
) -> None:
    path = tmp_path / "c.cassette"
    await record(path)  # else it would wait for ``drain_time``
    stream = read_exchanges(path)[0]
    assert stream.answer.body == FIRST + SECOND + THIRD
    assert (stream.head.end, stream.head.whole) == (End.CLIENT_LEFT, False)
    assert stream.head.operation == "agents.sessions.events.stream"


@pytest.mark.parametrize("speed", [Speed.INSTANT, Speed.RECORDED], ids=str)
async def test_stream_and_requests_are_served_at_once(tmp_path: Path, speed: Speed) -> None:
    async with replay(tmp_path / "c.cassette", speed) as (url, _):
        chunks = await talk(url, was_posted=[asyncio.Event(), asyncio.Event()])
    assert b"".join(chunks) == FIRST + SECOND + THIRD


async def read_now(client: RawClient) -> bytes:
    """Read one chunk, or nothing if none comes while everything that is ready runs."""
    try:
        return await asyncio.wait_for(client.read_chunk(), 0.2)
    except TimeoutError:
        return b""


async def test_no_event_comes_before_what_it_reports_on(tmp_path: Path) -> None:
    async with replay(tmp_path / "c.cassette") as (url, _), open_client(url) as stream:
        await stream.send(OPEN)
        await stream.read_head()
        assert await stream.read_chunk() == FIRST
        assert await read_now(stream) == b""
        await ask(url, MESSAGE)
        assert await stream.read_chunk() == SECOND
        assert await read_now(stream) == b""


async def test_it_stays_open_for_a_client_that_does_not_leave(tmp_path: Path) -> None:
    async with replay(tmp_path / "c.cassette") as (url, player), open_client(url) as stream:
        await stream.send(OPEN)
        await stream.read_head()
        await ask(url, MESSAGE)
        await ask(url, RESULT)
        data = b"".join([await stream.read_chunk() for _ in range(3)])
        assert data == FIRST + SECOND + THIRD
        assert await read_now(stream) == b""
        assert player.in_flight.list_numbers() == []
        await player.in_flight.drain(0)
        assert await stream.reader.read() == b""


async def test_a_second_client_gets_the_stream_as_well(tmp_path: Path) -> None:
    async with replay(tmp_path / "c.cassette") as (url, _):
        for _ in range(2):
            chunks = await talk(url, was_posted=[asyncio.Event(), asyncio.Event()])
            assert b"".join(chunks) == FIRST + SECOND + THIRD


async def test_other_streams_end_as_they_were_recorded(tmp_path: Path) -> None:
    path = tmp_path / "c.cassette"
    async with (
        serve_scripts([build_ok(b"data: 1\n\n")]) as upstream,
        serve_recording(upstream.url, path) as proxy,
    ):
        await ask(proxy.url, build_get("/v1/agents/sessions/sess_1/items", BETA))
    async with serve_replay(path) as (url, _):
        answer = await ask(url, build_get("/v1/agents/sessions/sess_1/items", BETA))
    assert answer.ended == "complete"


async def test_results_of_the_older_transport_of_mcp_wait_for_their_calls(tmp_path: Path) -> None:
    path = tmp_path / "c.cassette"
    opening = build_get("/sse", "Accept: text/event-stream")
    endpoint = b"event: endpoint\r\ndata: /messages/?session_id=5ca1ab1e\r\n\r\n"
    result = b'event: message\r\ndata: {"jsonrpc":"2.0","id":1,"result":{}}\r\n\r\n'
    call = b'{"jsonrpc":"2.0","id":1,"method":"tools/list"}'
    message = build_post("/messages/?session_id=5ca1ab1e", call)
    was_posted = asyncio.Event()
    stream: Script = [
        STREAM_HEAD + encode_chunks(endpoint),
        was_posted,
        encode_chunks(result),
        STALL,
    ]

    async def talk_to(url: str) -> list[bytes]:
        async with open_client(url) as client:
            await client.send(opening)
            await client.read_head()
            chunks = [await client.read_chunk()]
            assert (await ask(url, message)).status == 202
            was_posted.set()
            return [*chunks, await client.read_chunk()]

    async with (
        serve_scripts(stream, [ACCEPTED]) as upstream,
        serve_recording(upstream.url, path) as proxy,
    ):
        assert await talk_to(proxy.url) == [endpoint, result]
        await asyncio.wait_for(upstream.client_gone.wait(), 5)
    async with serve_replay(path) as (url, _):
        assert await talk_to(url) == [endpoint, result]


async def say(url: str, name: bytes, was_posted: asyncio.Event) -> list[bytes]:
    """Open the stream, post a message with an address, and read two more events."""
    async with open_client(url) as stream:
        await stream.send(OPEN)
        await stream.read_head()
        chunks = [await stream.read_chunk()]
        body = b'{"events": [{"text": "Mail %b@example.org."}]}' % name
        await ask(url, build_post(EVENTS, body, BETA))
        was_posted.set()
        return chunks + [await stream.read_chunk() for _ in range(2)]


def report(name: bytes) -> list[bytes]:
    return [
        FIRST,
        b'data: {"text": "I mail %b@exam"}\n\n' % name,
        b'data: {"text": "ple.org."}\n\n',
    ]


@pytest.mark.parametrize("speed", [Speed.INSTANT, Speed.RECORDED], ids=str)
async def test_events_have_the_values_of_the_requests_that_they_report_on(
    tmp_path: Path, speed: Speed
) -> None:
    path = tmp_path / "c.cassette"
    was_posted = asyncio.Event()
    first, *events = (encode_chunks(event) for event in report(b"ann"))
    async with (
        serve_scripts([STREAM_HEAD + first, was_posted, *events, STALL], [ACCEPTED]) as upstream,
        serve_recording(upstream.url, path) as proxy,
    ):
        assert await say(proxy.url, b"ann", was_posted) == report(b"ann")
    assert b"ann@" not in path.read_bytes()
    async with serve_replay(path, speed=speed) as (url, _):
        assert b"".join(await say(url, b"zoe", was_posted)) == b"".join(report(b"zoe"))
