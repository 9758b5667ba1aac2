"""``GET /-/activity`` and ``GET /-/sessions/NAME/exchanges/N``: what may be seen, and when."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
from aiohttp import web
from aiohttp.web_request import BaseRequest
from msgspec.structs import replace
from structlog.testing import capture_logs

from runreel.config import Address, Config
from runreel.dialects import find_dialect
from runreel.dialects.exchange_reading import read_exchange
from runreel.shell.activity_api import ActivityApi
from runreel.shell.server.activity import Activity
from runreel.shell.server.admin import json_response
from runreel.shell.server.listener import listen
from support.activity import follow
from support.client import ask, build_get, build_post, open_client
from support.control import call_control, end_session, open_session
from support.proxy import ANYWHERE, LIMITS, read_exchanges, record_bodies, serve_sessions
from support.upstream import LAST_CHUNK, STREAM_HEAD, Script, build_ok, encode_chunks, serve_scripts

RECORD = Config(limits=LIMITS, mode="record")
KEY = "sk-proj-Zq3Tt8vWx2LmN5rYb7KdGh4JpSuA9cEf"
EMAIL = "ann.secret@example.org"
PHRASE = "the launch is on Thursday"
BODY = json.dumps(
    {"assistant_id": "asst_1", "stream": True, "instructions": PHRASE, "api_key": KEY}
).encode()
RUN = build_post(
    f"/@a/v1/threads/thread_1/runs?api_key={KEY}&user={quote(EMAIL)}",
    BODY,
    f"Authorization: Bearer {KEY}",
    f"X-Note: {PHRASE}",
)
EVENT = f'event: thread.message.delta\ndata: {{"text": "{PHRASE}, {KEY}, {EMAIL}"}}\n\n'.encode()
HIDDEN = (KEY, KEY[:20], EMAIL, quote(EMAIL))


async def test_nothing_is_shown_of_a_call_before_it_is_sealed_and_no_secret_after_it(
    tmp_path: Path,
) -> None:
    gate = asyncio.Event()
    script: Script = [STREAM_HEAD + encode_chunks(EVENT), gate, encode_chunks(EVENT), LAST_CHUNK]
    async with (
        serve_scripts(script) as upstream,
        serve_sessions(tmp_path, config=RECORD, upstream=upstream.url) as (url, _),
        follow(url) as follower,
    ):
        async with open_client(url) as client:
            await client.send(RUN)
            await client.read_head()
            await client.read_chunk()
            kind, begin = await follower.read()
            early = await ask_document(url, "/a/exchanges/1")
            async with follow(url) as second:
                assert await second.read() == (kind, {**begin, "at": second_at(second.raw)})
            gate.set()
            while await client.read_chunk():
                pass
        [(end_kind, end)] = await follower.read_until("end")
        status, document = await ask_document(url, "/a/exchanges/1")
        seen = follower.raw.decode() + json.dumps(document)
    assert (kind, set(begin)) == ("begin", {"call", "at", "session", "method", "operation"})
    assert (begin["session"], begin["method"], begin["operation"]) == ("a", "POST", "runs.create")
    assert early[0] == 404
    assert end_kind == "end"
    assert {name: end[name] for name in ("outcome", "exchange", "status", "end", "path")} == {
        "outcome": "recorded",
        "exchange": 1,
        "status": 200,
        "end": "complete",
        "path": "/v1/threads/thread_1/runs",
    }
    assert [word for word in HIDDEN if word in seen] == []
    assert PHRASE not in follower.raw.decode()
    [stored] = read_exchanges(tmp_path / "a.cassette")
    first_ns = stored.head.timings.started_ns
    assert status == 200
    assert document["exchange"] == json.loads(
        json.dumps(read_exchange(stored, find_dialect).build_document(first_ns=first_ns))
    )


def second_at(raw: bytes) -> str:
    return str(json.loads(raw.decode().rpartition("data: ")[2].partition("\n")[0])["at"])


async def ask_document(url: str, path: str) -> tuple[int, dict[str, object]]:
    status, document = await call_control(url, "GET", path)
    return status, document


async def test_every_outcome_is_told_with_its_status(tmp_path: Path) -> None:
    await record_bodies(tmp_path / "c.cassette", b"1")
    async with (
        serve_scripts([build_ok(b"live")]) as upstream,
        serve_sessions(tmp_path, upstream=upstream.url) as (url, _),
        follow(url) as follower,
    ):
        await open_session(url, cassette="c")
        await open_session(url, name="p", mode="passthrough")
        await open_session(url, name="r", mode="record")
        requests = ("/@c/1", f"/@c/{EMAIL}", f"/@p/{EMAIL}", "/@r/x", "/y")
        for path in requests:
            await ask(url, build_get(path))
        ends = [(await follower.read_until("end"))[-1][1] for _ in requests]
        passed = await ask_document(url, "/p/exchanges/1")
    rows = [(end["session"], end["outcome"], end["exchange"], end["status"]) for end in ends]
    assert sorted(rows) == [
        ("", "refused", None, 404),
        ("c", "miss", None, 404),
        ("c", "replayed", 1, 200),
        ("p", "passed", None, 200),
        ("r", "recorded", 1, 200),
    ]
    assert {end["session"]: end["path"] for end in ends if end["path"]} == {"c": "/1", "r": "/x"}
    assert EMAIL not in follower.raw.decode()
    assert passed[0] == 404


async def test_a_follower_resumes_after_the_last_note_that_it_has_read(tmp_path: Path) -> None:
    await record_bodies(tmp_path / "c.cassette", b"1")
    async with serve_sessions(tmp_path) as (url, _):
        await open_session(url, cassette="c")
        async with follow(url) as first:
            await ask(url, build_get("/@c/1"))
            await first.read()
        await ask(url, build_get("/@c/1"))
        async with follow(url, f"Last-Event-ID: {first.last_id}") as second:
            notes = [await second.read() for _ in range(3)]
        async with follow(url, "Last-Event-ID: other-1") as third:
            await ask(url, build_get("/@c/1"))
            fresh = await third.read()
    assert [(kind, note["call"]) for kind, note in notes] == [("end", 1), ("begin", 2), ("end", 2)]
    assert (fresh[0], fresh[1]["call"]) == ("begin", 3)


async def test_a_follower_is_told_how_many_notes_it_has_missed(tmp_path: Path) -> None:
    await record_bodies(tmp_path / "c.cassette", b"1")
    async with serve_sessions(tmp_path) as (url, _):
        await open_session(url, cassette="c")
        async with follow(url) as first:
            await ask(url, build_get("/@c/1"))
            await first.read()
        async with open_client(url) as client:
            for _ in range(600):
                await client.send(build_get("/@c/1"))
                await client.read_answer()
        async with follow(url, f"Last-Event-ID: {first.last_id}") as second:
            note = await second.read()
    assert note == ("missed", {"notes": 201})


async def test_a_follower_that_reads_nothing_is_dropped() -> None:
    activity = Activity(find_dialect)
    api = ActivityApi(activity, patience=0.05)

    async def handle(request: BaseRequest) -> web.StreamResponse:
        if request.raw_path == "/follow":
            return await api.handle(request)
        activity.end(activity.begin(request, "x" * 1_000_000, None))
        return json_response(request, 200, {})

    async with (
        listen(handle, ANYWHERE, mode="replay", max_head=8190) as listener,
        open_client(listener.url) as follower,
        open_client(listener.url) as client,
    ):
        with capture_logs() as lines:
            await follower.send(build_get("/follow"))
            await follower.read_head()
            follower.writer.transport.pause_reading()  # type: ignore[attr-defined]
            while not lines:
                await client.send(build_get("/"))
                await client.read_answer()
    assert [line["event"] for line in lines] == ["activity_reader_dropped"]


async def test_the_stream_ends_with_the_server(tmp_path: Path) -> None:
    async with serve_sessions(tmp_path) as (url, sessions), follow(url) as follower:
        await sessions.close()
        assert await follower.read() == ("over", {})
        assert await follower.client.reader.read() == b""


REFUSED = [
    ("a page of another site", "GET", "/-/activity", ("Origin: http://evil.example",), "", 403),
    ("a foreign host name", "GET", "/-/activity", (), "evil.example", 403),
    ("a method that changes something", "POST", "/-/activity", (), "", 405),
    ("the same of an exchange", "DELETE", "/-/sessions/c/exchanges/1", (), "", 405),
    (
        "a page that reads an exchange",
        "GET",
        "/-/sessions/c/exchanges/1",
        ("Origin: null",),
        "",
        403,
    ),
    ("no such exchange", "GET", "/-/sessions/c/exchanges/9", (), "", 404),
    ("number zero", "GET", "/-/sessions/c/exchanges/0", (), "", 404),
    ("no such session", "GET", "/-/sessions/d/exchanges/1", (), "", 404),
]


@pytest.mark.parametrize(
    ("method", "path", "headers", "host", "status"),
    [row[1:] for row in REFUSED],
    ids=[row[0] for row in REFUSED],
)
async def test_a_follower_needs_the_access_of_the_control_api(
    tmp_path: Path, method: str, path: str, headers: tuple[str, ...], host: str, status: int
) -> None:
    await record_bodies(tmp_path / "c.cassette", b"1")
    async with serve_sessions(tmp_path) as (url, _):
        await open_session(url, cassette="c")
        lines = [f"{method} {path} HTTP/1.1", f"Host: {host or urlsplit(url).netloc}", *headers]
        answer = await ask(url, "\r\n".join(lines).encode() + b"\r\n\r\n")
    assert answer.status == status
    assert "error" in json.loads(answer.body)


async def test_beyond_the_loopback_a_follower_needs_the_token(tmp_path: Path) -> None:
    token = "a-token-of-sixteen-letters"
    address = Address("0.0.0.0", 0)
    async with serve_sessions(tmp_path, token=token, address=address) as (any_url, sessions):
        url = any_url.replace("0.0.0.0", "127.0.0.1")
        host = f"Host: {urlsplit(url).netloc}"
        plain = await ask(url, f"GET /-/activity HTTP/1.1\r\n{host}\r\n\r\n".encode())
        async with follow(url, f"Authorization: Bearer {token}") as follower:
            await sessions.close()
            note = await follower.read()
    assert plain.status == 401
    assert note[0] == "over"


async def test_an_exchange_of_an_ended_session_is_in_its_cassette_only(tmp_path: Path) -> None:
    config = replace(RECORD, mode="auto")
    async with (
        serve_scripts([build_ok(b"live")]) as upstream,
        serve_sessions(tmp_path, config=config, upstream=upstream.url) as (url, _),
        follow(url) as follower,
    ):
        for path in ("/@a/1", "/@a/2"):
            await ask(url, build_get(path))
            await follower.read_until("end")
        found = [await ask_document(url, f"/a/exchanges/{number}") for number in (1, 2, 3)]
        await end_session(url, "a")
        ended = await ask_document(url, "/a/exchanges/1")
    assert [status for status, _ in found] == [200, 200, 404]
    assert [document["exchange"]["target"] for _, document in found[:2]] == ["/1", "/2"]  # type: ignore[index]
    assert ended[0] == 404
