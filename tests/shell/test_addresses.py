"""Redirects and other addresses of the upstream lead back to the proxy, live and at replay."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from msgspec.structs import replace
from structlog.testing import capture_logs

from runreel.config import Config
from support.client import ask, build_get
from support.proxy import LIMITS, read_exchanges, serve_sessions
from support.upstream import (
    CLOSE,
    LAST_CHUNK,
    STREAM_HEAD,
    build_ok,
    encode_chunks,
    serve_scripts,
)

RECORD = Config(limits=LIMITS, mode="record")


def build_redirect(location: str, *headers: bytes) -> bytes:
    lines = b"HTTP/1.1 307 Temporary Redirect", b"location: " + location.encode(), *headers
    return b"\r\n".join((*lines, b"Content-Length: 0", b"", b""))


LOCATIONS = [
    ("an absolute URL", "{upstream}/v1/there?a=1"),
    ("a path", "/v1/there?a=1"),
    ("a relative path", "there?a=1"),
]


@pytest.mark.parametrize(("why", "location"), LOCATIONS, ids=[row[0] for row in LOCATIONS])
@pytest.mark.parametrize("base", ["/v1", ""])
async def test_a_client_that_follows_a_redirect_stays_in_its_session(
    tmp_path: Path, why: str, location: str, base: str
) -> None:
    async def follow(url: str) -> httpx.Response:
        path = "/here" if base else "/v1/here"
        async with httpx.AsyncClient(follow_redirects=True, trust_env=False) as client:
            key = {"authorization": "Bearer test-canary-key-0001"}
            return await client.get(f"{url}/@a{path}", headers=key)

    async with serve_scripts() as upstream:
        target = location.format(upstream=upstream.url)
        upstream.scripts = [[build_redirect(target)], [build_ok(b"there")]]
        base_url = upstream.url + base
        async with serve_sessions(tmp_path, config=RECORD, upstream=base_url) as (url, _):
            live = await follow(url)
        assert [head.split(b" ")[1] for head in upstream.list_heads()] == [
            b"/v1/here",
            b"/v1/there?a=1",
        ]
        assert all(b"test-canary-key-0001" in head for head in upstream.list_heads())
    first, second = read_exchanges(tmp_path / "a.cassette")
    assert dict(first.answer.headers)[b"location"] == target.encode(), "as the upstream said"
    assert second.answer.body == b"there"
    async with serve_sessions(tmp_path) as (url, sessions):
        played = await follow(url)
        [report] = await sessions.list_reports()
        assert (report.replayed, report.missed) == (2, 0)
    assert (live.text, played.text) == ("there", "there")


async def test_nothing_else_of_an_answer_changes(tmp_path: Path) -> None:
    async with serve_scripts() as upstream:
        link = f'<{upstream.url}/v1/x?page=2>; rel="next", <https://b.test/>; rel="x"'.encode()
        lines = (b"X-Url: " + upstream.url.encode(), b"LINK: " + link, b"x-b: 1", b"X-A: 2")
        upstream.scripts = [[build_ok(upstream.url.encode(), *lines)]]
        async with serve_sessions(tmp_path, config=RECORD, upstream=upstream.url) as (url, _):
            live = await ask(url, build_get("/@a/v1/x"))
        async with serve_sessions(tmp_path) as (url, _):
            played = await ask(url, build_get("/@a/v1/x"))
        direct = [line.partition(b": ") for line in lines]
        expected = [(name, value) for name, _, value in direct]
        expected[1] = (b"LINK", link.replace(upstream.url.encode(), b"http://proxy.test/@a"))
    for answer in (live, played):
        assert answer.headers[:4] == expected
        assert answer.headers[4] == (b"Content-Length", b"%d" % len(upstream.url))
        assert answer.body == upstream.url.encode()


async def test_the_address_is_the_one_that_the_client_uses(tmp_path: Path) -> None:
    async with serve_scripts() as upstream:
        upstream.scripts = [[build_redirect(f"{upstream.url}/x")]]
        config = replace(RECORD, hosts=("other.test",))
        async with serve_sessions(tmp_path, config=config, upstream=upstream.url) as (url, _):
            for host, name in (("other.test:99", "/%40a"), ("proxy.test", "/@a")):
                request = build_get(f"{name}/y").replace(b"proxy.test", host.encode())
                answer = await ask(url, request)
                assert answer.find_header(b"location") == f"http://{host}{name}/x".encode()
            old = await ask(url, b"GET /@a/y HTTP/1.0\r\n\r\n")
            assert old.find_header(b"location") == b"/@a/x"


JSON = b"Content-Type: application/json"
REWRITE = replace(RECORD, rewrite_bodies=True)


def build_pages(base: str) -> bytes:
    return b'{"data": [], "next": "%b/v1/x?page=2", "text": "see %b/v1"}' % ((base.encode(),) * 2)


def build_stream(*pieces: bytes) -> bytes:
    head = STREAM_HEAD.replace(b"event-stream", b"event-stream; charset=utf-8")
    return head + encode_chunks(*pieces) + LAST_CHUNK


async def test_bodies_are_rewritten_by_a_setting(tmp_path: Path) -> None:
    endpoint = [b"event: endpoint\nda", b"ta: /v1/messages?id=1\n", b"\n: ping\n\n"]
    async with serve_scripts() as upstream:
        body = build_pages(upstream.url)
        upstream.scripts = [
            [build_ok(body, JSON)],
            [build_stream(*endpoint)],
            [build_ok(body, JSON)[:-5], CLOSE],
            [build_ok(b"{}", JSON)],
        ]
        paths = "/@a/v1/x", "/@a/v1/sse", "/@a/v1/cut", "/@a/v1/plain"
        async with serve_sessions(tmp_path, config=REWRITE, upstream=upstream.url) as (url, _):
            live = [await ask(url, build_get(path)) for path in paths]
        recorded = [each.answer.body for each in read_exchanges(tmp_path / "a.cassette")]
        assert recorded == [body, b"".join(endpoint), body[:-5], b"{}"], "as the upstream said"
        config = replace(REWRITE, mode="replay")
        async with serve_sessions(tmp_path, config=config) as (url, _):
            played = [await ask(url, build_get(path)) for path in paths]
    own = body.replace(upstream.url.encode() + b"/v1/x", b"http://proxy.test/@a/v1/x")
    for whole, stream, cut, plain in (live, played):
        assert (whole.body, cut.body, plain.body) == (own, own[:-5], b"{}")
        lengths = [answer.find_header(b"content-length") for answer in (whole, cut, plain)]
        assert lengths == [b"%d" % len(own), b"%d" % len(own), b"2"]
        assert (whole.ended, stream.ended, cut.ended) == ("complete", "complete", "closed")
        assert stream.body == b"".join(endpoint).replace(b"/v1/m", b"/@a/v1/m")
    assert len(played[1].chunks) == 3


async def test_without_the_setting_bodies_stay_and_a_warning_names_the_place(
    tmp_path: Path,
) -> None:
    async with serve_scripts() as upstream:
        body = build_pages(upstream.url)
        upstream.scripts = [[build_ok(body, JSON)]]
        with capture_logs() as logs:
            async with serve_sessions(tmp_path, config=RECORD, upstream=upstream.url) as (url, _):
                answers = [await ask(url, build_get(path)) for path in ("/@a/x", "/@a/x", "/@b/x")]
    assert [answer.body for answer in answers] == [body] * 3
    warnings = [each for each in logs if each["event"] == "address_in_body"]
    assert [(each["session"], each["place"]) for each in warnings] == [
        ("a", "$..next"),
        ("b", "$..next"),
    ]
    assert "rewrite_bodies = true" in warnings[0]["hint"]
