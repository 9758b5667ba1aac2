"""aiohttp's traps, one by one, with raw sockets on both sides, numbered as in docs/limits.md."""

from __future__ import annotations

import asyncio
import gzip
import socket
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from msgspec.structs import replace

from runreel.config import Config
from runreel.model import End
from support.client import ask, build_get, build_post, open_client
from support.proxy import LIMITS, read_exchanges, serve_recording, serve_replay
from support.upstream import ABORT, CLOSE, STALL, Script, ScriptEnd, serve_scripts

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
STREAM = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
EMPTY = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
BODILESS = [
    b"HTTP/1.1 204 No Content\r\n\r\n",
    b"HTTP/1.1 304 Not Modified\r\n\r\n",
    EMPTY,
]


async def test_g1_bodiless_answers_end_however_many_there_are(tmp_path: Path) -> None:
    path = tmp_path / "c.cassette"
    async with (
        serve_scripts(*([each] for each in BODILESS * 3)) as upstream,
        serve_recording(upstream.url, path) as proxy,
    ):
        for _ in range(9):
            answer = await asyncio.wait_for(ask(proxy.url, build_get("/v1/x")), 5)
            assert answer.body == b""
        for _ in range(3):
            head = build_get("/v1/x", method="HEAD")
            await asyncio.wait_for(ask(proxy.url, head, bodiless=True), 5)
    assert len(read_exchanges(path)) == 12


async def get_upstream_lines(tmp_path: Path, request: bytes) -> list[bytes]:
    """Send a request through the proxy; return the lines of the head that the upstream got."""
    async with (
        serve_scripts([OK]) as upstream,
        serve_recording(upstream.url, tmp_path / "c.cassette") as proxy,
    ):
        await ask(proxy.url, request)
        return upstream.list_heads()[0].split(b"\r\n")


async def test_g2_headers_given_twice_in_different_case_both_arrive(tmp_path: Path) -> None:
    lines = await get_upstream_lines(
        tmp_path, build_get("/v1/x", "X-One: 1", "x-one: 2", "X-ONE: 3")
    )
    assert [line for line in lines if line.lower().startswith(b"x-one")] == [
        b"X-One: 1",
        b"x-one: 2",
        b"X-ONE: 3",
    ]


async def test_g3_bytes_that_are_not_text_survive_in_answers(tmp_path: Path) -> None:
    script: Script = [b"HTTP/1.1 200 caf\xe9\r\nX-L: caf\xe9 \xff\r\nContent-Length: 0\r\n\r\n"]
    path = tmp_path / "c.cassette"
    async with serve_scripts(script) as upstream, serve_recording(upstream.url, path) as proxy:
        live = await ask(proxy.url, build_get("/v1/x"))
    async with serve_replay(path) as (url, _):
        played = await ask(url, build_get("/v1/x"))
    for answer in (live, played):
        assert answer.status_line == b"HTTP/1.1 200 caf\xe9"
        assert answer.find_header(b"x-l") == b"caf\xe9 \xff"


async def test_g3_bytes_that_are_not_text_survive_in_requests(tmp_path: Path) -> None:
    path = tmp_path / "c.cassette"
    request = b"GET /v1/x HTTP/1.1\r\nHost: h\r\nX-L: caf\xe9\r\nX-U: caf\xc3\xa9\r\n\r\n"
    async with serve_scripts([OK]) as upstream, serve_recording(upstream.url, path) as proxy:
        await ask(proxy.url, request)
        assert upstream.list_heads()[0].split(b"\r\n")[2:] == [
            b"X-L: caf\xe9",
            "X-U: café".encode(),
        ]
    [exchange] = read_exchanges(path)
    assert exchange.head.problems == ()
    assert (b"X-L", b"caf\xe9") in exchange.head.request.headers


async def test_g4_nothing_is_added_to_an_answer(tmp_path: Path) -> None:
    path = tmp_path / "c.cassette"
    config = Config(limits=LIMITS, outcome_headers=False)
    async with (
        serve_scripts([OK]) as upstream,
        serve_recording(upstream.url, path, config=config) as proxy,
    ):
        live = await ask(proxy.url, build_get("/v1/x"))
    async with serve_replay(path, config=config) as (url, _):
        played = await ask(url, build_get("/v1/x"))
    assert live.headers == played.headers == [(b"Content-Length", b"2")]


async def test_g5_order_case_and_duplicates_of_answer_headers_survive(tmp_path: Path) -> None:
    lines = [b"b: 2", b"B: 1", b"Set-Name: x", b"A: ", b"b: 3", b"Content-Length: 0"]
    script: Script = [b"HTTP/1.1 200 OK\r\n" + b"\r\n".join(lines) + b"\r\n\r\n"]
    path = tmp_path / "c.cassette"
    async with serve_scripts(script) as upstream, serve_recording(upstream.url, path) as proxy:
        live = await ask(proxy.url, build_get("/v1/x"))
    assert [name + b": " + value for name, value in live.headers[:6]] == lines
    assert list(read_exchanges(path)[0].answer.headers) == live.headers[:6]


async def test_g6_trailers_and_their_announcement_are_removed(tmp_path: Path) -> None:
    script: Script = [
        b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
        b"HTTP/1.1 200 OK\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"2;ext=1\r\nab\r\n0\r\nX-Sum: 1\r\n\r\n"
    ]
    path = tmp_path / "c.cassette"
    async with serve_scripts(script) as upstream, serve_recording(upstream.url, path) as proxy:
        answer = await ask(proxy.url, build_get("/v1/x"))
    assert (answer.status, answer.chunks, answer.ended) == (200, [b"ab"], "complete")
    assert answer.find_header(b"trailer") is None


@pytest.mark.parametrize(("ending", "end"), [(ABORT, End.RESET), (CLOSE, End.COMPLETE)])
async def test_g7_a_reset_is_distinguished_from_the_close_that_ends_a_body(
    tmp_path: Path, ending: ScriptEnd, end: End
) -> None:
    path = tmp_path / "c.cassette"
    script: Script = [b"HTTP/1.1 200 OK\r\n\r\nab", ending]
    async with serve_scripts(script) as upstream, serve_recording(upstream.url, path) as proxy:
        answer = await ask(proxy.url, build_get("/v1/x"))
    assert answer.ended == ("reset" if end is End.RESET else "closed")
    assert read_exchanges(path)[0].head.end is end


async def test_g8_a_cut_stream_is_cut_downstream_without_its_last_chunk(tmp_path: Path) -> None:
    script: Script = [STREAM + b"2\r\nab\r\n", CLOSE]
    async with (
        serve_scripts(script) as upstream,
        serve_recording(upstream.url, tmp_path / "c.cassette") as proxy,
        open_client(proxy.url) as client,
    ):
        await client.send(build_get("/v1/x"))
        await client.read_head()
        assert await client.reader.read() == b"2\r\nab\r\n"


async def test_g9_nothing_is_added_to_a_request(tmp_path: Path) -> None:
    lines = await get_upstream_lines(tmp_path, build_get("/v1/x", "X: 1"))
    assert [line.split(b":")[0] for line in lines[1:]] == [b"Host", b"X"]


TARGETS = ["/%41%2F%7e;x//y/../z/%2e%2e?q=%20+&a=b%26", "/v1//threads", "/%E2%82%AC", "/x?"]


@pytest.mark.parametrize("target", TARGETS)
async def test_g10_targets_pass_unchanged(tmp_path: Path, target: str) -> None:
    lines = await get_upstream_lines(tmp_path, build_get(target))
    assert lines[0] == f"GET {target} HTTP/1.1".encode()


@pytest.mark.parametrize(
    "target", ["http://169.254.169.254/x", "https://evil.test/", "*", "evil.test:443", "/@evil/x"]
)
async def test_g10_no_request_chooses_another_host(tmp_path: Path, target: str) -> None:
    path = tmp_path / "c.cassette"
    async with serve_scripts([OK]) as upstream, serve_recording(upstream.url, path) as proxy:
        answer = await ask(
            proxy.url, build_get(target, method="OPTIONS" if target == "*" else "GET")
        )
        assert answer.status in {400, 404}
        assert upstream.connections == 0


async def test_g10_a_foreign_host_header_is_not_forwarded(tmp_path: Path) -> None:
    path = tmp_path / "c.cassette"
    async with serve_scripts([OK]) as upstream, serve_recording(upstream.url, path) as proxy:
        await ask(proxy.url, b"GET //evil.test/x HTTP/1.1\r\nHost: evil.test\r\n\r\n")
        host = upstream.url.removeprefix("http://").encode()
        assert upstream.list_heads()[0] == b"GET //evil.test/x HTTP/1.1\r\nHost: " + host


async def test_g11_an_encoded_request_is_forwarded_unchanged(tmp_path: Path) -> None:
    body = gzip.compress(b'{"assistant_id": "asst_1"}')
    path = tmp_path / "c.cassette"
    async with serve_scripts([OK]) as upstream, serve_recording(upstream.url, path) as proxy:
        await ask(proxy.url, build_post("/v1/threads/t/runs", body, "Content-Encoding: gzip"))
        assert upstream.list_bodies() == [body]
    assert read_exchanges(path)[0].head.request.body == b'{"assistant_id": "asst_1"}'
    async with serve_replay(path) as (url, _):
        again = build_post(
            "/v1/threads/t/runs",
            gzip.compress(b'{"assistant_id":"asst_1"}'),
            "Content-Encoding: gzip",
        )
        assert (await ask(url, again)).body == b"ok"


async def test_g12_the_limit_of_aiohttp_on_request_bodies_does_not_apply(tmp_path: Path) -> None:
    body = b"x" * 3_000_000
    path = tmp_path / "c.cassette"
    async with serve_scripts([OK]) as upstream, serve_recording(upstream.url, path) as proxy:
        assert (await ask(proxy.url, build_post("/v1/files", body))).status == 200
        assert upstream.list_bodies() == [body]
    assert read_exchanges(path)[0].head.request.body == body


async def test_g13_expect_is_answered_and_not_forwarded(tmp_path: Path) -> None:
    async with (
        serve_scripts([OK]) as upstream,
        serve_recording(upstream.url, tmp_path / "c.cassette") as proxy,
        open_client(proxy.url) as client,
    ):
        await client.send(
            build_get("/v1/files", "Content-Length: 2", "Expect: 100-continue", method="POST")
        )
        assert (await client.read_head()).status == 100
        await client.send(b"ab")
        assert (await client.read_answer()).body == b"ok"
        assert b"Expect" not in upstream.list_heads()[0]
        assert upstream.list_bodies() == [b"ab"]


async def test_g14_long_and_many_headers_pass_both_ways(tmp_path: Path) -> None:
    long = "x" * 20_000
    many = [f"X-{number}: 1" for number in range(300)]
    head = "\r\n".join(["HTTP/1.1 200 OK", f"Long: {long}", *many, "Content-Length: 0"])
    path = tmp_path / "c.cassette"
    async with (
        serve_scripts([head.encode() + b"\r\n\r\n"]) as upstream,
        serve_recording(upstream.url, path) as proxy,
    ):
        answer = await ask(proxy.url, build_get("/v1/x", f"Long: {long}", *many))
        assert len(upstream.list_heads()[0].split(b"\r\n")) == 303
    assert answer.find_header(b"long") == long.encode()
    assert len(answer.headers) == 304


async def test_g14_a_header_over_the_limit_is_refused_with_the_name_of_the_setting(
    tmp_path: Path,
) -> None:
    async with (
        serve_scripts([OK]) as upstream,
        serve_recording(upstream.url, tmp_path / "c.cassette") as proxy,
    ):
        answer = await ask(proxy.url, build_get("/v1/x", "Long: " + "x" * 70_000))
        assert upstream.connections == 0
    assert answer.status == 400
    assert b"limits.max_head" in answer.body


MALFORMED = [
    (
        "two lengths",
        b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    ),
    (
        "a length and chunks",
        b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ),
    ("a blank before the colon", b"GET / HTTP/1.1\r\nHost: h\r\nX : 1\r\n\r\n"),
    ("a bare carriage return", b"GET / HTTP/1.1\r\nHost: h\r\nX: a\rb\r\n\r\n"),
    ("a NUL in a value", b"GET / HTTP/1.1\r\nHost: h\r\nX: a\0b\r\n\r\n"),
    ("raw bytes in the path", b"GET /caf\xe9 HTTP/1.1\r\nHost: h\r\n\r\n"),
    ("an unknown method", b"get / HTTP/1.1\r\nHost: h\r\n\r\n"),
    ("no host", b"GET / HTTP/1.1\r\n\r\n"),
    (
        "chunks in HTTP/1.0",
        b"POST / HTTP/1.0\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ),
    ("TLS on the plain port", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"),
    ("HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
]


@pytest.mark.parametrize(("why", "request_"), MALFORMED, ids=[row[0] for row in MALFORMED])
async def test_g15_g25_malformed_requests_are_refused_and_the_server_keeps_running(
    tmp_path: Path, why: str, request_: bytes
) -> None:
    path = tmp_path / "c.cassette"
    async with serve_scripts([OK]) as upstream, serve_recording(upstream.url, path) as proxy:
        answer = await ask(proxy.url, request_)
        assert 400 <= answer.status < 500
        assert b'"error"' in answer.body
        assert upstream.connections == 0
        assert (await ask(proxy.url, build_get("/v1/x"))).status == 200


async def test_g15_an_answer_with_control_characters_is_forwarded(tmp_path: Path) -> None:
    script: Script = [b"HTTP/1.1 200 OK\r\nX: a\x01b\r\nContent-Length: 0\r\n\r\n"]
    path = tmp_path / "c.cassette"
    async with serve_scripts(script) as upstream, serve_recording(upstream.url, path) as proxy:
        answer = await ask(proxy.url, build_get("/v1/x"))
    assert answer.find_header(b"x") == b"a\x01b"


async def test_g16_a_coded_transfer_keeps_its_name(tmp_path: Path) -> None:
    body = gzip.compress(b"hello")
    script: Script = [
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"
        + b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    ]
    path = tmp_path / "c.cassette"
    async with serve_scripts(script) as upstream, serve_recording(upstream.url, path) as proxy:
        answer = await ask(proxy.url, build_get("/v1/x"))
    assert answer.find_header(b"transfer-encoding") == b"gzip, chunked"
    assert answer.body == body
    assert read_exchanges(path)[0].answer.body == b"hello"


CANARY = "sk-test-canary-0123456789abcdefghij"


async def test_g17_no_error_repeats_a_credential(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    requests = [
        build_get("/v1/x", f"Authorization: Bearer {CANARY}"),
        build_get(f"/v1/x?api_key={CANARY}"),
        build_get("/v1/x", f"Authorization: Bearer {CANARY}\0"),
        build_get("/v1/x", f"Authorization : Bearer {CANARY}"),
        build_get("/v1/x", f"Authorization: Bearer {CANARY}" + "y" * 70_000),
        f"GET /v1/x?api_key={CANARY} HTTP/9.9\r\n\r\n".encode(),
    ]
    scripts = [[b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n"]]
    path = tmp_path / "c.cassette"
    async with serve_scripts(*scripts) as upstream, serve_recording(upstream.url, path) as proxy:
        answers = [await ask(proxy.url, request) for request in requests]
    captured = capfd.readouterr()
    assert all(answer.status >= 400 for answer in answers)
    assert CANARY not in captured.out + captured.err
    assert not any(CANARY.encode() in answer.body for answer in answers)


async def test_g18_a_post_is_never_sent_twice(tmp_path: Path) -> None:
    async with (
        serve_scripts([OK], [CLOSE], [OK]) as upstream,
        serve_recording(upstream.url, tmp_path / "c.cassette") as proxy,
    ):
        assert (await ask(proxy.url, build_post("/v1/x", b"1"))).status == 200
        assert (await ask(proxy.url, build_post("/v1/x", b"2"))).status == 502
        assert upstream.list_bodies() == [b"1", b"2"]


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "DELETE"])
async def test_g18_an_idempotent_request_is_sent_a_second_time(tmp_path: Path, method: str) -> None:
    request = build_get("/v1/x", method=method)
    async with (
        serve_scripts([OK], [CLOSE], [EMPTY], [CLOSE], [CLOSE]) as upstream,
        serve_recording(upstream.url, tmp_path / "c.cassette") as proxy,
    ):
        assert (await ask(proxy.url, build_get("/v1/x"))).status == 200
        assert (await ask(proxy.url, request, bodiless=method == "HEAD")).status == 200
        assert len(upstream.requests) == 3
        assert (await ask(proxy.url, request, bodiless=method == "HEAD")).status == 502
        assert len(upstream.requests) == 5


@pytest.mark.slow
async def test_g19_more_than_a_hundred_streams_are_open_at_once(tmp_path: Path) -> None:
    release = asyncio.Event()
    script: Script = [STREAM + b"1\r\na\r\n", release, b"0\r\n\r\n"]
    async with (
        serve_scripts(script) as upstream,
        serve_recording(upstream.url, tmp_path / "c.cassette") as proxy,
        AsyncExitStack() as stack,
    ):
        clients = [await stack.enter_async_context(open_client(proxy.url)) for _ in range(120)]
        for client in clients:
            await client.send(build_get("/v1/x"))
        for client in clients:
            await client.read_head()
            assert await client.read_chunk() == b"a"
        release.set()
        for client in clients:
            assert await client.read_chunk() == b""


async def test_g19_the_timeout_bounds_silence_and_not_length(tmp_path: Path) -> None:
    config = Config(limits=replace(LIMITS, read_timeout=0.5))
    gates = [asyncio.Event() for _ in range(4)]
    for number, gate in enumerate(gates, start=1):
        asyncio.get_running_loop().call_later(0.2 * number, gate.set)
    pieces = [step for gate in gates for step in (gate, b"1\r\na\r\n")]
    async with (
        serve_scripts([STREAM, *pieces, b"0\r\n\r\n"]) as upstream,
        serve_recording(upstream.url, tmp_path / "c.cassette", config=config) as proxy,
    ):
        answer = await ask(proxy.url, build_get("/v1/x"))
    assert (answer.body, answer.ended) == (b"aaaa", "complete")


async def test_g20_cookies_stay_with_the_client(tmp_path: Path) -> None:
    answer = b"HTTP/1.1 200 OK\r\nSet-Cookie: a=1; Path=/\r\nContent-Length: 0\r\n\r\n"
    async with (
        serve_scripts([answer]) as upstream,
        serve_recording(upstream.url, tmp_path / "c.cassette") as proxy,
    ):
        first = await ask(proxy.url, build_get("/v1/x"))
        await ask(proxy.url, build_get("/v1/x"))
        assert b"cookie" not in upstream.list_heads()[1].lower()
    assert first.find_header(b"set-cookie") == b"a=1; Path=/"


async def test_g21_bytes_after_the_content_length_make_an_answer_invalid(tmp_path: Path) -> None:
    script: Script = [b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nabEXTRA", CLOSE]
    async with (
        serve_scripts(script) as upstream,
        serve_recording(upstream.url, tmp_path / "c.cassette") as proxy,
    ):
        answer = await ask(proxy.url, build_get("/v1/x"))
    assert answer.status == 502
    assert b"not HTTP/1.1" in answer.body


async def test_g22_an_http10_client_gets_the_body_without_chunks(tmp_path: Path) -> None:
    path = tmp_path / "c.cassette"
    request = b"GET /v1/x HTTP/1.0\r\n\r\n"
    async with (
        serve_scripts([STREAM + b"1\r\na\r\n1\r\nb\r\n0\r\n\r\n"]) as upstream,
        serve_recording(upstream.url, path) as proxy,
    ):
        live = await ask(proxy.url, request)
    async with serve_replay(path) as (url, _):
        played = await ask(url, request)
    for answer in (live, played):
        assert (answer.body, answer.ended) == (b"ab", "closed")
        assert answer.find_header(b"transfer-encoding") is None


async def test_g23_a_client_that_leaves_early_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "c.cassette"
    async with serve_scripts([OK]) as upstream, serve_recording(upstream.url, path) as proxy:
        async with open_client(proxy.url) as client:
            await client.send(build_get("/v1/files", "Content-Length: 10", method="POST") + b"abc")
            await upstream.head_received.wait()
        await asyncio.wait_for(upstream.client_gone.wait(), 5)
        assert (await ask(proxy.url, build_get("/v1/x"))).status == 200
    assert [each.head.request.method for each in read_exchanges(path)] == ["GET"]


async def test_g24_a_stop_does_not_wait_for_open_streams(tmp_path: Path) -> None:
    config = Config(limits=replace(LIMITS, shutdown_timeout=0.1))
    loop = asyncio.get_running_loop()
    async with (
        serve_scripts([STREAM + b"1\r\na\r\n", STALL]) as upstream,
        serve_recording(upstream.url, tmp_path / "c", config=config) as proxy,
        open_client(proxy.url) as client,
    ):
        await client.send(build_get("/v1/x"))
        await client.read_head()
        started = loop.time()
        await proxy.recorder.in_flight.drain(0.1)
        assert loop.time() - started < 2


@pytest.mark.slow
async def test_g24_a_client_that_does_not_read_cannot_delay_a_stop(tmp_path: Path) -> None:
    config = Config(limits=replace(LIMITS, shutdown_timeout=0.2))
    flood = [b"%x\r\n%s\r\n" % (100_000, b"y" * 100_000)] * 400
    path = tmp_path / "c.cassette"
    async with serve_scripts([STREAM, *flood]) as upstream:
        async with serve_recording(upstream.url, path, config=config) as proxy:
            host, port = proxy.url.removeprefix("http://").split(":")
            idle = socket.create_connection((host, int(port)))
            idle.sendall(build_get("/v1/x"))
            await upstream.head_received.wait()
        idle.close()
    assert read_exchanges(path)[0].head.end is End.SHUTDOWN
