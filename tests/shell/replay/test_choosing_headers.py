"""Headers that choose an answer, at replay: another value is another call."""

from __future__ import annotations

from pathlib import Path

import pytest

from runreel.config import Config, ReplaySettings
from support.client import ask, build_get
from support.proxy import serve_recording, serve_replay
from support.upstream import build_ok, serve_scripts

EVENTS = b"Content-Type: text/event-stream"
WHOLE, REST = b"id: 1\ndata: a\n\nid: 2\ndata: b\n\n", b"id: 2\ndata: b\n\n"

CALLS = [
    ("a stream that is resumed", [(), ("Last-Event-ID: 1",)], EVENTS),
    ("ranges", [("Range: bytes=0-9",), ("Range: bytes=10-",)], b"X: 1"),
    ("a condition", [(), ('If-None-Match: "a"',)], b"X: 1"),
    ("a language", [("Accept-Language: de",), ("Accept-Language: en",)], b"Vary: accept-language"),
]


async def record(path: Path, calls: list[tuple[str, ...]], answer_header: bytes) -> None:
    """Record calls with these headers, and two different answers."""
    scripts = [[build_ok(body, answer_header)] for body in (WHOLE, REST)]
    async with serve_scripts(*scripts) as upstream, serve_recording(upstream.url, path) as proxy:
        for headers in calls:
            await ask(proxy.url, build_get("/v1/x", *headers))


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize(("why", "calls", "header"), CALLS, ids=[row[0] for row in CALLS])
async def test_each_call_gets_its_own_answer_in_any_order(
    tmp_path: Path, why: str, calls: list[tuple[str, ...]], header: bytes, strict: bool
) -> None:
    path = tmp_path / "c.cassette"
    await record(path, calls, header)
    config = Config(replay=ReplaySettings(strict=strict))
    async with serve_replay(path, config=config) as (url, _):
        bodies = [(await ask(url, build_get("/v1/x", *headers))).body for headers in calls[::-1]]
        other = await ask(url, build_get("/v1/x", "Last-Event-ID: 9", "Accept-Language: fr"))
    assert bodies == [REST, WHOLE]
    assert other.status == 404
    assert b"headers." in other.body


async def test_another_type_is_a_miss_that_names_the_header(tmp_path: Path) -> None:
    path = tmp_path / "c.cassette"
    await record(path, [("Accept: text/event-stream",)], EVENTS)
    async with serve_replay(path) as (url, _):
        answers = [
            await ask(url, build_get("/v1/x", *headers))
            for headers in [("Accept: application/json",), ("Accept: */*",), ()]
        ]
    assert [answer.status for answer in answers] == [404, 200, 200]
    assert b'headers.accept: recorded \\"text/event-stream\\", sent' in answers[0].body
