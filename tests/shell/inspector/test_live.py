"""The live stream of the inspector: what is told of a call, and when."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from structlog.testing import capture_logs

from runreel.config import Config, ReplaySettings, Speed
from runreel.core.cassette import encode_exchange
from support.activity import follow
from support.build import make_exchange
from support.client import ask, build_get, open_client
from support.control import open_session
from support.inspector import serve_inspector
from support.proxy import LIMITS, record_bodies, serve_sessions
from support.recordings import write_recording
from support.upstream import LAST_CHUNK, STREAM_HEAD, Script, build_ok, encode_chunks, serve_scripts

LIVE = "/-/api/live"
OTHERS = {"hello", "recordings", "progress"}
RECORD = Config(limits=LIMITS, mode="record")
SECRET = "sk-proj-Zq3Tt8vWx2LmN5rYb7KdGh4JpSuA9cEf"
EVENT = b'data: {"text": "%s"}\n\n' % SECRET.encode()


async def test_a_call_is_followed_from_its_first_byte_to_its_row(tmp_path: Path) -> None:
    gate = asyncio.Event()
    script: Script = [STREAM_HEAD + encode_chunks(EVENT), gate, encode_chunks(EVENT), LAST_CHUNK]
    async with (
        serve_scripts(script) as upstream,
        serve_sessions(tmp_path, config=RECORD, upstream=upstream.url) as (url, _),
        follow(url, path=LIVE) as follower,
        open_client(url) as client,
    ):
        await client.send(build_get(f"/@a/{SECRET}"))
        begin = (await follower.read_until("begin"))[-1][1]
        progress = (await follower.read_until("progress"))[-1][1]
        gate.set()
        [*_, (_, row), (_, end)] = await follower.read_until("end")
    assert begin["session"] == "a"
    assert progress == {
        "call": begin["call"],
        "recording": "a",
        "bytes": len(EVENT),
        "frames": 1,
        "duration_us": progress["duration_us"],
        "spark": [*[0] * 23, 100],
    }
    assert (row["call"], row["recording"], row["number"]) == (begin["call"], "a", 1)
    assert (row["outcome"], row["bytes"]) == ("recorded", end["bytes"])
    assert row["is_read"]
    assert (end["outcome"], end["exchange"]) == ("recorded", 1)
    assert SECRET not in follower.raw.decode()


async def test_a_reader_that_comes_back_gets_what_it_has_missed(tmp_path: Path) -> None:
    async with (
        serve_scripts([build_ok(b"1")], [build_ok(b"2")], [build_ok(b"3")]) as upstream,
        serve_sessions(tmp_path, config=RECORD, upstream=upstream.url) as (url, _),
    ):
        async with follow(url, path=LIVE) as first:
            await ask(url, build_get("/@a/1"))
            await first.read_until("end")
        await ask(url, build_get("/@a/2"))
        async with follow(url, f"Last-Event-ID: {first.last_id}", path=LIVE) as second:
            notes = await second.read_until("end")
        async with follow(url, path=f"{LIVE}?after={first.last_id}") as third:
            again = await third.read_until("end")
        async with follow(url, "Last-Event-ID: of-another-server", path=LIVE) as stranger:
            await ask(url, build_get("/@a/3"))
            fresh = await stranger.read_until("end")
    for each in (notes, again):
        assert [kind for kind, _ in each if kind not in OTHERS] == ["begin", "row", "end"]
        assert each[-1][1]["exchange"] == 2
    assert fresh[-1][1]["exchange"] == 3


async def test_misses_and_passed_calls_are_told_also_after_a_reload(tmp_path: Path) -> None:
    await record_bodies(tmp_path / "c.cassette", b"1")
    async with (
        serve_scripts([build_ok(b"live")]) as upstream,
        serve_sessions(tmp_path, upstream=upstream.url) as (url, _),
        follow(url, path=LIVE) as follower,
    ):
        await open_session(url, cassette="c")
        await open_session(url, name="p", mode="passthrough")
        await ask(url, build_get("/@c/2"))
        missed = await follower.read_until("end")
        await ask(url, build_get(f"/@p/{SECRET}?key={SECRET}"))
        [*_, (_, passed)] = await follower.read_until("end")
        async with follow(url, path=LIVE) as reload:
            ends = [(await reload.read_until("end"))[-1][1] for _ in range(2)]
    kinds = [kind for kind, _ in missed if kind not in OTHERS]
    assert kinds == ["begin", "miss", "end"]
    [miss] = [data for kind, data in missed if kind == "miss"]
    assert miss == {"recording": "c", "id": 1, "call": missed[-1][1]["call"]}
    assert (passed["outcome"], passed["path"], passed["exchange"]) == ("passed", None, None)
    assert [end["outcome"] for end in ends] == ["miss", "passed"]
    assert SECRET not in (follower.raw + reload.raw).decode()


async def test_a_replay_at_its_pace_makes_progress(tmp_path: Path) -> None:
    exchange = make_exchange(1)
    write_recording(tmp_path / "c.cassette", [exchange])
    config = Config(limits=LIMITS, mode="replay", replay=ReplaySettings(speed=Speed(0.0005)))
    async with (
        serve_sessions(tmp_path, config=config) as (url, _),
        follow(url, path=LIVE) as follower,
        open_client(url) as client,
    ):
        request = exchange.head.request
        head = f"POST /@c{request.target.decode()} HTTP/1.1\r\nHost: x\r\n"
        head += "".join(f"{name.decode()}: {value.decode()}\r\n" for name, value in request.headers)
        length = f"Content-Length: {len(request.body)}\r\n\r\n"
        await client.send((head + length).encode() + request.body)
        progress = (await follower.read_until("progress"))[-1][1]
    assert progress["bytes"] > 0


async def test_a_new_session_and_a_file_that_grows_are_told(tmp_path: Path) -> None:
    path = write_recording(tmp_path / "a.cassette", [make_exchange(1)])
    async with serve_sessions(tmp_path) as (url, _), follow(url, path=LIVE) as follower:
        await open_session(url, cassette="a")
        await follower.read_until("recordings")
    async with serve_inspector({"a": path}) as url, follow(url, path=LIVE) as follower:
        with path.open("ab") as file:
            file.write(encode_exchange(make_exchange(2)))
        [*_, (_, row)] = await follower.read_until("row")
    assert (row["recording"], row["number"], row["call"]) == ("a", 2, None)


async def test_it_ends_with_the_server(tmp_path: Path) -> None:
    async with serve_sessions(tmp_path) as (url, sessions), follow(url, path=LIVE) as follower:
        await sessions.close()
        assert await follower.read_until("over")
        assert json.dumps({}) in follower.raw.decode()


async def test_the_last_exchange_of_a_server_is_told_before_it_ends(tmp_path: Path) -> None:
    async with (
        serve_scripts([build_ok(b"1")]) as upstream,
        serve_sessions(tmp_path, config=RECORD, upstream=upstream.url) as (url, sessions),
        follow(url, path=LIVE) as follower,
    ):
        await ask(url, build_get("/@a/1"))
        with capture_logs() as events:
            await sessions.close()
            notes = await follower.read_until("over")
    kinds = [kind for kind, _ in notes if kind not in OTHERS]
    assert kinds == ["begin", "row", "end", "over"]
    assert not [event for event in events if event["event"] == "request_failed"]
