"""Recording from an upstream that resets, stalls and splits its data in difficult places."""

from __future__ import annotations

import asyncio
import gzip
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import brotli
import pytest
from msgspec.structs import replace
from structlog.testing import capture_logs

from runreel.config import Config
from runreel.core.record.recording import Recording
from runreel.model import End, Exchange, Frame, OmittedReason
from support.client import RawAnswer, ask, build_get, build_post, open_client
from support.proxy import LIMITS, read_exchanges, serve_recording, serve_replay
from support.upstream import ABORT, CLOSE, STALL, Script, build_ok, encode_chunks, serve_scripts

STREAM = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n"
    b"Transfer-Encoding: chunked\r\nX-Request-Id: req_1\r\n\r\n"
)
LAST = b"0\r\n\r\n"
RUN = build_post("/v1/threads/thread_1/runs", b'{"assistant_id": "asst_1", "stream": true}')
OUTCOME_HEADERS = (b"x-runreel-outcome", b"x-runreel-exchange")


async def ask_while_recording(tmp_path: Path, request: bytes, *script: Script) -> RawAnswer:
    """Return the answer to one request, sent through a recording proxy."""
    async with (
        serve_scripts(*script) as upstream,
        serve_recording(upstream.url, tmp_path / "c.cassette") as proxy,
    ):
        return await ask(proxy.url, request, bodiless=request.startswith(b"HEAD"))


def without_outcome_headers(answer: RawAnswer) -> list[tuple[bytes, bytes]]:
    return [pair for pair in answer.headers if pair[0] not in OUTCOME_HEADERS]


async def test_each_event_arrives_before_the_upstream_sends_the_next(tmp_path: Path) -> None:
    read_one = asyncio.Event()
    script: Script = [
        STREAM + encode_chunks(b"data: 1\n\n"),
        read_one,
        encode_chunks(b"data: 2\n\n") + LAST,
    ]
    path = tmp_path / "c.cassette"
    async with (
        serve_scripts(script) as upstream,
        serve_recording(upstream.url, path) as proxy,
        open_client(proxy.url) as client,
    ):
        await client.send(RUN)
        await client.read_head()
        assert await client.read_chunk() == b"data: 1\n\n"
        read_one.set()
        assert await client.read_chunk() == b"data: 2\n\n"
        assert await client.read_chunk() == b""
    [exchange] = read_exchanges(path)
    assert exchange.answer.body == b"data: 1\n\ndata: 2\n\n"
    assert [frame[1:] for frame in exchange.answer.frames] == [(9, True), (9, True)]
    assert (exchange.head.end, exchange.head.whole) == (End.COMPLETE, True)
    assert exchange.head.operation == "runs.create"


ENDS = [
    (
        "a stream to its end",
        [STREAM + encode_chunks(b"a", b"b") + LAST],
        "complete",
        End.COMPLETE,
        True,
    ),
    (
        "a reset within a stream",
        [STREAM + encode_chunks(b"a", b"b"), ABORT],
        "reset",
        End.RESET,
        False,
    ),
    (
        "a close within a stream",
        [STREAM + encode_chunks(b"a", b"b"), CLOSE],
        "closed",
        End.CLOSED,
        False,
    ),
    (
        "a close within a chunk, whose data is kept",
        [STREAM + encode_chunks(b"a") + b"5\r\nb", CLOSE],
        "closed",
        End.CLOSED,
        False,
    ),
    (
        "a body shorter than its Content-Length",
        [b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab", CLOSE],
        "closed",
        End.CLOSED,
        False,
    ),
    (
        "a body that ends with the connection",
        [b"HTTP/1.1 200 OK\r\n\r\nab", CLOSE],
        "closed",
        End.COMPLETE,
        True,
    ),
    (
        "a body that ends with the connection, but by a reset",
        [b"HTTP/1.1 200 OK\r\n\r\nab", ABORT],
        "reset",
        End.RESET,
        False,
    ),
    (
        "a stream without [DONE] is complete if its framing is",
        [STREAM + encode_chunks(b"ab") + LAST],
        "complete",
        End.COMPLETE,
        True,
    ),
]


@pytest.mark.parametrize(
    ("why", "script", "seen", "end", "whole"), ENDS, ids=[row[0] for row in ENDS]
)
async def test_an_answer_ends_for_the_client_as_at_the_upstream(
    tmp_path: Path, why: str, script: Script, seen: str, end: End, whole: bool
) -> None:
    answer = await ask_while_recording(tmp_path, RUN, script)
    [exchange] = read_exchanges(tmp_path / "c.cassette")
    assert answer.body == exchange.answer.body == b"ab"
    assert answer.ended == seen
    assert (exchange.head.end, exchange.head.whole) == (end, whole)
    assert sum(frame.length for frame in exchange.answer.frames) == 2


async def test_an_invalid_chunk_ends_the_answer(tmp_path: Path) -> None:
    read_one = asyncio.Event()
    path = tmp_path / "c.cassette"
    script: Script = [STREAM + encode_chunks(b"ab"), read_one, b"ZZ\r\n", STALL]
    async with (
        serve_scripts(script) as upstream,
        serve_recording(upstream.url, path) as proxy,
        open_client(proxy.url) as client,
    ):
        await client.send(RUN)
        await client.read_head()
        assert await client.read_chunk() == b"ab"
        read_one.set()
        assert await asyncio.wait_for(client.reader.read(), 5) == b""
    [exchange] = read_exchanges(path)
    assert exchange.answer.body == b"ab"
    assert (exchange.head.end, exchange.head.whole) == (End.CLOSED, False)


PLAIN = [
    ("JSON", build_get("/v1/models"), build_ok(b'{"data": []}', b"Content-Type: application/json")),
    ("an empty body", build_get("/v1/models"), build_ok(b"")),
    ("a binary download", build_get("/v1/files/file_1/content"), build_ok(bytes(range(256)) * 40)),
    ("no content", build_get("/v1/x", method="DELETE"), b"HTTP/1.1 204 No Content\r\nX: 1\r\n\r\n"),
    (
        "not modified, with a Content-Length but no body",
        build_get("/v1/x", 'If-None-Match: "a"'),
        b'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\nContent-Length: 9\r\n\r\n',
    ),
    ("HEAD", build_get("/v1/x", method="HEAD"), b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"),
    ("OPTIONS", build_get("/v1/x", method="OPTIONS"), build_ok(b"", b"Allow: GET, POST")),
    (
        "a redirect, which is not followed",
        build_get("/v1/x"),
        b"HTTP/1.1 307 Temporary Redirect\r\nLocation: https://elsewhere.invalid/\r\n"
        b"Content-Length: 0\r\n\r\n",
    ),
    (
        "too many requests",
        RUN,
        b"HTTP/1.1 429 Too Many Requests\r\nretry-after: 7\r\nContent-Length: 2\r\n\r\n{}",
    ),
    (
        "a server error with a strange status and no reason",
        RUN,
        b"HTTP/1.1 599 \r\nContent-Length: 4\r\n\r\noops",
    ),
]


@pytest.mark.parametrize(("why", "request_", "response"), PLAIN, ids=[row[0] for row in PLAIN])
async def test_answers_are_relayed_byte_for_byte(
    tmp_path: Path, why: str, request_: bytes, response: bytes
) -> None:
    answer = await ask_while_recording(tmp_path, request_, [response])
    head, _, body = response.partition(b"\r\n\r\n")
    status_line, *lines = head.split(b"\r\n")
    assert answer.status_line == status_line
    assert without_outcome_headers(answer) == [tuple(line.split(b": ", 1)) for line in lines]
    assert answer.body == body
    [exchange] = read_exchanges(tmp_path / "c.cassette")
    assert exchange.answer.body == body
    assert b" ".join([b"HTTP/1.1", b"%d" % exchange.answer.status, exchange.answer.reason]) == (
        status_line
    )


ENCODINGS = [
    ("gzip", gzip.compress(b"data: secretless\n\n" * 50)),
    ("br", brotli.compress(b"data: secretless\n\n" * 50)),
]


@pytest.mark.parametrize(("coding", "body"), ENCODINGS, ids=[row[0] for row in ENCODINGS])
async def test_an_encoded_answer_is_relayed_encoded_and_stored_decoded(
    tmp_path: Path, coding: str, body: bytes
) -> None:
    script: Script = [
        b"HTTP/1.1 200 OK\r\nContent-Encoding: " + coding.encode() + b"\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n" + encode_chunks(body[:20], body[20:]) + LAST
    ]
    path = tmp_path / "c.cassette"
    async with serve_scripts(script) as upstream, serve_recording(upstream.url, path) as proxy:
        answer = await ask(proxy.url, build_get("/v1/x", "Accept-Encoding: gzip, br"))
        assert b"Accept-Encoding: identity" in upstream.list_heads()[0]
    assert answer.chunks == [body[:20], body[20:]]
    assert answer.find_header(b"content-encoding") == coding.encode()
    [exchange] = read_exchanges(path)
    assert exchange.answer.body == b"data: secretless\n\n" * 50
    assert b"content-encoding" not in [name.lower() for name, _ in exchange.answer.headers]
    assert sum(frame.length for frame in exchange.answer.frames) == len(exchange.answer.body)
    assert len(exchange.answer.frames) == 2


async def test_preserve_encoding_forwards_the_clients_accept_encoding(tmp_path: Path) -> None:
    config = Config(preserve_encoding=True, limits=LIMITS)
    path = tmp_path / "c.cassette"
    async with (
        serve_scripts([build_ok(b"x")]) as upstream,
        serve_recording(upstream.url, path, config=config) as proxy,
    ):
        await ask(proxy.url, build_get("/v1/x", "Accept-Encoding: gzip, br"))
        assert b"Accept-Encoding: gzip, br" in upstream.list_heads()[0]


async def test_preserve_encoding_does_not_ask_for_what_cannot_be_decoded(tmp_path: Path) -> None:
    config = Config(preserve_encoding=True, limits=LIMITS)
    async with (
        serve_scripts([build_ok(b"x")]) as upstream,
        serve_recording(upstream.url, tmp_path / "c.cassette", config=config) as proxy,
    ):
        await ask(proxy.url, build_get("/v1/x", "Accept-Encoding: dcb, zstd;q=0.9, br;q=0.5"))
        assert b"Accept-Encoding: zstd;q=0.9, br;q=0.5" in upstream.list_heads()[0]


async def test_a_request_body_is_forwarded_while_the_client_still_sends(tmp_path: Path) -> None:
    async with (
        serve_scripts([build_ok(b"{}")]) as upstream,
        serve_recording(upstream.url, tmp_path / "c.cassette") as proxy,
        open_client(proxy.url) as client,
    ):
        await client.send(build_get("/v1/files", "Content-Length: 6", method="POST") + b"abc")
        await (
            upstream.head_received.wait()
        )  # the upstream has the head, and the client still has bytes
        await client.send(b"def")
        assert (await client.read_answer()).status == 200
        assert upstream.list_bodies() == [b"abcdef"]


async def answer_early(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer as an upstream that does not read the body first."""
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 401 No\r\nContent-Length: 2\r\n\r\n{}")
    await reader.read()
    writer.close()


async def test_a_request_that_is_answered_early_is_recorded_completely(tmp_path: Path) -> None:
    path = tmp_path / "c.cassette"
    body = b"x" * 300_000

    async with await asyncio.start_server(answer_early, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with serve_recording(url, path) as proxy, open_client(proxy.url) as client:
            length = f"Content-Length: {len(body)}"
            await client.send(build_get("/v1/files", length, method="POST") + body[:1000])
            assert (await client.read_answer()).status == 401
            await client.send(body[1000:])
            await proxy.recorder.in_flight.drain(5)
    [exchange] = read_exchanges(path)
    assert exchange.head.request.body == body
    assert exchange.head.problems == ()


async def test_a_request_that_does_not_end_after_its_answer_has_a_problem(tmp_path: Path) -> None:
    path = tmp_path / "c.cassette"
    config = Config(limits=replace(LIMITS, drain_time=0.1))

    async with await asyncio.start_server(answer_early, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with (
            serve_recording(url, path, config=config) as proxy,
            open_client(proxy.url) as client,
        ):
            await client.send(build_get("/v1/files", "Content-Length: 9", method="POST") + b"abc")
            assert (await client.read_answer()).status == 401
            await proxy.recorder.in_flight.drain(5)
    [exchange] = read_exchanges(path)
    assert exchange.head.request.body == b"abc"
    assert [problem.path for problem in exchange.head.problems] == ["body"]


UPLOADS = [
    ("a body received with its head", "POST", b"abc"),
    ("an empty body", "POST", b""),
    ("an idempotent method", "PUT", b"abc"),
    ("a body longer than one read", "POST", b"x" * 1_000_000),
]


@pytest.mark.parametrize(("reason", "method", "body"), UPLOADS, ids=[c[0] for c in UPLOADS])
async def test_a_request_body_is_sent_with_its_length(
    reason: str, method: str, body: bytes, tmp_path: Path
) -> None:
    request = build_get("/v1/files", f"Content-Length: {len(body)}", method=method) + body
    path = tmp_path / "c.cassette"
    async with (
        serve_scripts([build_ok(b"{}")]) as upstream,
        serve_recording(upstream.url, path) as proxy,
    ):
        await ask(proxy.url, request)
        assert upstream.list_bodies() == [body]
        [head] = upstream.list_heads()
    assert head.lower().count(b"content-length: %d" % len(body)) == 1
    assert b"transfer-encoding" not in head.lower()
    assert read_exchanges(path)[0].head.request.body == body


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
async def test_a_request_body_is_not_sent_again_when_the_connection_breaks(
    method: str, tmp_path: Path
) -> None:
    request = build_get("/v1/files", "Content-Length: 3", method=method) + b"abc"
    async with (
        serve_scripts([build_ok(b"{}")], [CLOSE]) as upstream,
        serve_recording(upstream.url, tmp_path / "c.cassette") as proxy,
    ):
        assert (await ask(proxy.url, request)).status == 200
        assert (await ask(proxy.url, request)).status == 502
        assert len(upstream.requests) == 2


async def test_a_head_is_relayed_before_its_body(tmp_path: Path) -> None:
    read_head = asyncio.Event()
    script: Script = [STREAM, read_head, encode_chunks(b"data: 1\n\n") + LAST]
    async with (
        serve_scripts(script) as upstream,
        serve_recording(upstream.url, tmp_path / "c.cassette") as proxy,
        open_client(proxy.url) as client,
    ):
        await client.send(RUN)
        await client.read_head()
        read_head.set()
        assert await client.read_chunk() == b"data: 1\n\n"


async def test_a_chunked_request_stays_chunked(tmp_path: Path) -> None:
    request = build_get("/v1/files", "Transfer-Encoding: chunked", method="POST") + encode_chunks(
        b"ab", b"c"
    )
    path = tmp_path / "c.cassette"
    async with (
        serve_scripts([build_ok(b"{}")]) as upstream,
        serve_recording(upstream.url, path) as proxy,
    ):
        await ask(proxy.url, request + LAST)
        assert upstream.list_bodies() == [encode_chunks(b"ab", b"c") + LAST]
    assert read_exchanges(path)[0].head.request.body == b"abc"


async def test_a_body_beyond_the_limit_is_relayed_and_marked_as_omitted(tmp_path: Path) -> None:
    config = Config(limits=replace(LIMITS, max_body=100_000))
    big = b"x" * 300_000
    path = tmp_path / "c.cassette"
    async with (
        serve_scripts([build_ok(big)], [build_ok(b"small")]) as upstream,
        serve_recording(upstream.url, path, config=config) as proxy,
    ):
        assert (await ask(proxy.url, build_get("/v1/big"))).body == big
        assert (await ask(proxy.url, build_post("/v1/files", big))).body == b"small"
        assert upstream.list_bodies()[1] == big
    download, upload = read_exchanges(path)
    assert (download.answer.omitted, download.answer.body) == (OmittedReason.MAX_BODY, b"")
    assert (upload.head.request.omitted, upload.head.request.body) == (OmittedReason.MAX_BODY, b"")
    assert upload.answer.body == b"small"


async def test_events_of_several_megabytes_are_relayed(tmp_path: Path) -> None:
    event = b"data: " + b"x" * 5_000_000 + b"\n\n"
    answer = await ask_while_recording(
        tmp_path, RUN, [STREAM + encode_chunks(event, b"data: [DONE]\n\n") + LAST]
    )
    assert answer.body == event + b"data: [DONE]\n\n"
    [exchange] = read_exchanges(tmp_path / "c.cassette")
    assert exchange.answer.body == answer.body
    assert sum(frame.end_of_chunk for frame in exchange.answer.frames) == 2


async def test_a_client_that_leaves_does_not_cut_the_recording(tmp_path: Path) -> None:
    client_left = asyncio.Event()
    script: Script = [
        STREAM + encode_chunks(b"data: 1\n\n"),
        client_left,
        encode_chunks(b"data: 2\n\n") + LAST,
    ]
    path = tmp_path / "c.cassette"
    async with serve_scripts(script) as upstream, serve_recording(upstream.url, path) as proxy:
        async with open_client(proxy.url) as client:
            await client.send(RUN)
            await client.read_head()
            await client.read_chunk()
        client_left.set()
        await proxy.recorder.in_flight.drain(5)
    [exchange] = read_exchanges(path)
    assert exchange.answer.body == b"data: 1\n\ndata: 2\n\n"
    assert (exchange.head.end, exchange.head.whole) == (End.CLIENT_LEFT, True)


async def test_draining_ends_at_its_time_limit(tmp_path: Path) -> None:
    config = Config(limits=replace(LIMITS, drain_time=0.05))
    path = tmp_path / "c.cassette"
    async with (
        serve_scripts([STREAM + encode_chunks(b"data: 1\n\n"), STALL]) as upstream,
        serve_recording(upstream.url, path, config=config) as proxy,
    ):
        async with open_client(proxy.url) as client:
            await client.send(RUN)
            await client.read_head()
            await client.read_chunk()
        await upstream.client_gone.wait()
    [exchange] = read_exchanges(path)
    assert (exchange.head.end, exchange.head.whole) == (End.CLIENT_LEFT, False)
    assert exchange.answer.body == b"data: 1\n\n"


async def test_draining_ends_at_its_size_limit(tmp_path: Path) -> None:
    client_left = asyncio.Event()
    config = Config(limits=replace(LIMITS, drain_bytes=1000))
    path = tmp_path / "c.cassette"
    flood = [encode_chunks(b"y" * 900)] * 50
    async with (
        serve_scripts(
            [STREAM + encode_chunks(b"data: 1\n\n"), client_left, *flood, STALL]
        ) as upstream,
        serve_recording(upstream.url, path, config=config) as proxy,
    ):
        async with open_client(proxy.url) as client:
            await client.send(RUN)
            await client.read_head()
            await client.read_chunk()
        client_left.set()
        await upstream.client_gone.wait()
    [exchange] = read_exchanges(path)
    assert (exchange.head.end, exchange.head.whole) == (End.CLIENT_LEFT, False)
    assert len(exchange.answer.body) < 45_000


async def test_a_stalled_upstream_times_out(tmp_path: Path) -> None:
    config = Config(limits=replace(LIMITS, read_timeout=0.2))
    path = tmp_path / "c.cassette"
    async with (
        serve_scripts([STREAM + encode_chunks(b"data: 1\n\n"), STALL]) as upstream,
        serve_recording(upstream.url, path, config=config) as proxy,
    ):
        answer = await ask(proxy.url, RUN)
    assert (answer.body, answer.ended) == (b"data: 1\n\n", "closed")
    [exchange] = read_exchanges(path)
    assert (exchange.head.end, exchange.head.whole) == (End.TIMEOUT, False)


async def test_a_shutdown_records_the_data_received_so_far(tmp_path: Path) -> None:
    config = Config(limits=replace(LIMITS, shutdown_timeout=0.05))
    path = tmp_path / "c.cassette"
    async with serve_scripts([STREAM + encode_chunks(b"data: 1\n\n"), STALL]) as upstream:
        async with serve_recording(upstream.url, path, config=config) as proxy:
            client = open_client(proxy.url)
            connection = await client.__aenter__()
            await connection.send(RUN)
            await connection.read_head()
            await connection.read_chunk()
        assert await connection.reader.read() == b""
        await client.__aexit__(None, None, None)
    [exchange] = read_exchanges(path)
    assert (exchange.head.end, exchange.head.whole) == (End.SHUTDOWN, False)
    assert exchange.answer.body == b"data: 1\n\n"


FAILURES = [
    ("a close without an answer", [CLOSE], 502, b"closed the connection before it answered"),
    ("a reset without an answer", [ABORT], 502, b"closed the connection unexpectedly"),
    ("another protocol", [b"SSH-2.0-x\r\n\r\n"], 502, b"not HTTP/1.1"),
    ("no answer", [STALL], 504, b"did not answer in time"),
]


@pytest.mark.parametrize(
    ("why", "script", "status", "message"), FAILURES, ids=[row[0] for row in FAILURES]
)
async def test_a_failing_upstream_is_named_and_nothing_is_recorded(
    tmp_path: Path, why: str, script: Script, status: int, message: bytes
) -> None:
    config = Config(limits=replace(LIMITS, read_timeout=0.2))
    path = tmp_path / "c.cassette"
    async with (
        serve_scripts(script) as upstream,
        serve_recording(upstream.url, path, config=config) as proxy,
    ):
        answer = await ask(proxy.url, RUN)
        assert upstream.url.encode() in answer.body
    assert answer.status == status
    assert message in answer.body
    assert b'"code": "runreel_upstream_failed"' in answer.body
    assert answer.find_header(b"x-runreel-outcome") == b"error"
    assert not path.exists()


async def test_an_upstream_that_does_not_listen_is_reported(tmp_path: Path) -> None:
    async with serve_scripts([build_ok(b"")]) as upstream:
        url = upstream.url
    async with serve_recording(url, tmp_path / "c.cassette") as proxy:
        answer = await ask(proxy.url, RUN)
    assert answer.status == 502
    assert b"could not be reached (Connection refused)" in answer.body


async def test_exchanges_are_numbered_in_the_order_of_their_requests(tmp_path: Path) -> None:
    second_done = asyncio.Event()
    slow: Script = [STREAM + encode_chunks(b"slow"), second_done, LAST]
    path = tmp_path / "c.cassette"
    async with (
        serve_scripts(slow, [build_ok(b"quick")]) as upstream,
        serve_recording(upstream.url, path) as proxy,
        open_client(proxy.url) as client,
    ):
        await client.send(RUN)
        await client.read_head()
        await client.read_chunk()
        quick = await ask(proxy.url, build_get("/v1/quick"))
        assert quick.find_header(b"x-runreel-exchange") == b"2"
        second_done.set()
        assert await client.read_chunk() == b""
    assert [exchange.answer.body for exchange in read_exchanges(path)] == [b"slow", b"quick"]


async def test_fifty_concurrent_runs_are_recorded_separately(tmp_path: Path) -> None:
    path = tmp_path / "c.cassette"
    script: Script = [STREAM + encode_chunks(*(b"data: %d\n\n" % n for n in range(20))) + LAST]
    async with serve_scripts(script) as upstream, serve_recording(upstream.url, path) as proxy:
        answers = await asyncio.gather(*(ask(proxy.url, RUN) for _ in range(50)))
    assert {answer.body for answer in answers} == {answers[0].body}
    exchanges = read_exchanges(path)
    assert [exchange.head.number for exchange in exchanges] == list(range(1, 51))
    assert {exchange.answer.body for exchange in exchanges} == {answers[0].body}


async def test_one_client_connection_serves_many_requests(tmp_path: Path) -> None:
    path = tmp_path / "c.cassette"
    async with (
        serve_scripts([STREAM + encode_chunks(b"a") + LAST]) as upstream,
        serve_recording(upstream.url, path) as proxy,
        open_client(proxy.url) as client,
    ):
        for _ in range(3):
            await client.send(RUN)
            assert (await client.read_answer()).body == b"a"
        assert upstream.connections == 1
    assert len(read_exchanges(path)) == 3


async def test_append_continues_the_numbers_of_the_cassette(tmp_path: Path) -> None:
    path = tmp_path / "c.cassette"
    async with serve_scripts([build_ok(b"1")], [build_ok(b"2")]) as upstream:
        for append in (False, True):
            async with serve_recording(upstream.url, path, append=append) as proxy:
                await ask(proxy.url, build_get("/v1/x"))
    assert [(exchange.head.number, exchange.answer.body) for exchange in read_exchanges(path)] == [
        (1, b"1"),
        (2, b"2"),
    ]


async def test_an_empty_recording_does_not_replace_the_cassette(tmp_path: Path) -> None:
    path = tmp_path / "c.cassette"
    async with serve_scripts([build_ok(b"1")]) as upstream:
        async with serve_recording(upstream.url, path) as proxy:
            await ask(proxy.url, build_get("/v1/x"))
        async with serve_recording(upstream.url, path):
            pass
    assert [exchange.answer.body for exchange in read_exchanges(path)] == [b"1"]
    assert [entry.name for entry in tmp_path.iterdir()] == ["c.cassette"]


async def test_frames_have_the_times_at_which_the_upstream_sent_them(tmp_path: Path) -> None:
    read_one = asyncio.Event()
    path = tmp_path / "c.cassette"
    script: Script = [STREAM + encode_chunks(b"1"), read_one, encode_chunks(b"2") + LAST]
    async with (
        serve_scripts(script) as upstream,
        serve_recording(upstream.url, path) as proxy,
        open_client(proxy.url) as client,
    ):
        await client.send(RUN)
        await client.read_head()
        await client.read_chunk()
        read_one.set()
        await client.read_chunk()
        await client.read_chunk()
    [exchange] = read_exchanges(path)
    times_us = [frame.dt_us for frame in exchange.answer.frames]
    assert 0 < exchange.head.timings.head_us <= times_us[0] < times_us[1]
    assert times_us[1] <= exchange.head.timings.end_us
    assert exchange.answer.frames[0] == Frame(times_us[0], 1, True)


CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"
BODILESS = [
    ("no content", build_get("/v1/x", method="DELETE"), 204, b"HTTP/1.1 204 No Content\r\n"),
    ("not modified", build_get("/v1/x"), 304, b"HTTP/1.1 304 Not Modified\r\n"),
    ("an answer to HEAD", build_get("/v1/x", method="HEAD"), 200, b"HTTP/1.1 200 OK\r\n"),
    (
        "no content, after an interim answer",
        build_get("/v1/x"),
        204,
        b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 204 No Content\r\n",
    ),
]
ARRIVALS: list[tuple[str, Callable[[bytes], list[bytes]]]] = [
    ("together with its head", lambda data: [data]),
    ("after its head", lambda data: [data[: -len(LAST)], data[-len(LAST) :]]),
    ("byte by byte", lambda data: [data[place : place + 1] for place in range(len(data))]),
    ("with chunks that hold data", lambda data: [data[: -len(LAST)] + encode_chunks(b"x") + LAST]),
]


@pytest.mark.parametrize(("name", "split"), ARRIVALS, ids=[row[0] for row in ARRIVALS])
@pytest.mark.parametrize(
    ("why", "request_", "status", "start"), BODILESS, ids=[row[0] for row in BODILESS]
)
async def test_the_chunks_of_an_answer_that_has_no_body_are_ignored(
    tmp_path: Path,
    why: str,
    request_: bytes,
    status: int,
    start: bytes,
    name: str,
    split: Callable[[bytes], list[bytes]],
) -> None:
    path = tmp_path / "c.cassette"
    is_head = request_.startswith(b"HEAD")
    follow_up = build_post("/v1/next", b"{}")
    script: Script = split(start + CHUNKED + LAST)
    answers = []
    async with (
        serve_scripts(script, [build_ok(b"next")]) as upstream,
        serve_recording(upstream.url, path) as proxy,
        open_client(proxy.url) as client,
    ):
        for request, bodiless in ((request_, is_head), (follow_up, False)):
            await client.send(request)
            answers.append(await client.read_answer(bodiless=bodiless))
    async with serve_replay(path) as (url, _):
        answers += [await ask(url, request_, bodiless=is_head), await ask(url, follow_up)]
    assert [answer.status for answer in answers] == [status, 200] * 2
    assert [answer.body for answer in answers] == [b"", b"next"] * 2
    if status == 204:
        assert answers[0].find_header(b"transfer-encoding") is None
    assert [each.head.whole for each in read_exchanges(path)] == [True, True]


@pytest.mark.parametrize("label", [b"none", b"identity", b"utf-8", b"gzip", b"br"])
async def test_a_plain_answer_with_a_wrong_label_is_redacted_and_replayed(
    tmp_path: Path, label: bytes
) -> None:
    body = b'{"id": "run_1", "email": "ann@example.org"}'
    answer = build_ok(body, b"Content-Type: application/json", b"Content-Encoding: " + label)
    path = tmp_path / "c.cassette"
    async with serve_scripts([answer]) as upstream, serve_recording(upstream.url, path) as proxy:
        live = await ask(proxy.url, build_get("/v1/x"))
    async with serve_replay(path) as (url, _):
        replayed = await ask(url, build_get("/v1/x"))
    assert live.body == body
    [exchange] = read_exchanges(path)
    assert exchange.answer.omitted is None
    assert b"ann@example.org" not in exchange.answer.body
    assert replayed.body == exchange.answer.body
    assert replayed.find_header(b"content-encoding") == label


SIGNED = "Authorization: AWS4-HMAC-SHA256 Credential=AK, SignedHeaders=host;x-amz-date, Signature=0"


@pytest.mark.parametrize(
    ("header", "status", "hints"),
    [(SIGNED, 403, 1), (SIGNED, 200, 0), ("Authorization: Bearer key", 403, 0)],
    ids=["refused", "accepted", "not signed"],
)
async def test_a_signature_for_another_host_has_a_hint(
    tmp_path: Path, header: str, status: int, hints: int
) -> None:
    answer = b"HTTP/1.1 %d X\r\nContent-Length: 0\r\n\r\n" % status
    with capture_logs() as events:
        async with (
            serve_scripts([answer]) as upstream,
            serve_recording(upstream.url, tmp_path / "c.cassette") as proxy,
        ):
            await ask(proxy.url, build_get("/model/x/converse", header, method="POST"))
    logged = [event["hint"] for event in events if event["event"] == "signature_covers_host"]
    assert len(logged) == hints
    assert all("bearer key" in hint for hint in logged)


BASES = [
    ("the upstream has /v1 as well", "/v1", "/v1/chat/completions", 404, 1),
    ("the client's library adds it", "", "/v1/v1/messages", 405, 1),
    ("it is missing", "", "/chat/completions", 404, 1),
    ("an upstream that takes it", "/v1", "/v1/chat/completions", 200, 1),
    ("an upstream that takes less", "", "/chat/completions", 200, 0),
    ("an error of the upstream", "", "/chat/completions", 500, 0),
    ("another error", "", "/v1/chat/completions", 404, 0),
]


@pytest.mark.parametrize(
    ("base", "path", "status", "hints"), [row[1:] for row in BASES], ids=[row[0] for row in BASES]
)
async def test_a_mistake_in_the_base_url_has_one_hint(
    tmp_path: Path, base: str, path: str, status: int, hints: int
) -> None:
    answer = b"HTTP/1.1 %d X\r\nContent-Length: 0\r\n\r\n" % status
    with capture_logs() as events:
        async with (
            serve_scripts([answer], [answer]) as upstream,
            serve_recording(upstream.url + base, tmp_path / "c.cassette") as proxy,
        ):
            for _ in range(2):
                await ask(proxy.url, build_get(path, method="POST"))
    logged = [event for event in events if event["event"] == "base_url_mistake"]
    assert len(logged) == hints
    for event in logged:
        assert (event["status"], event["path"]) == (status, path)
        assert "base URL to http://proxy.test" in event["hint"]


async def test_others_do_not_wait_while_a_large_exchange_is_put_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    has_begun, gate = threading.Event(), threading.Event()
    finish = Recording.finish

    def finish_when_open(recording: Recording, *arguments: Any, **options: Any) -> Exchange:
        if recording.is_large:
            has_begun.set()
            assert gate.wait(10)
        return finish(recording, *arguments, **options)

    monkeypatch.setattr(Recording, "finish", finish_when_open)
    path = tmp_path / "c.cassette"
    size = 3 << 20
    async with (
        serve_scripts([build_ok(b"x" * size)], [build_ok(b"y")]) as upstream,
        serve_recording(upstream.url, path, config=Config()) as proxy,
    ):
        large = await ask(proxy.url, build_get("/large"))
        assert len(large.body) == size, "its client does not wait either"
        assert await asyncio.to_thread(has_begun.wait, 10)
        assert (await ask(proxy.url, build_get("/small"))).body == b"y"
        gate.set()
    assert [each.head.size for each in read_exchanges(path)] == [size, 1]
