"""``/@NAME`` in a base URL: a session for each client."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path

import pytest
from msgspec.structs import replace

from runreel.config import Config
from runreel.shell.server.incoming_request import split_session
from support.client import ask, build_get, build_post
from support.control import call_control, end_session, open_session
from support.proxy import LIMITS, read_exchanges, serve_sessions
from support.upstream import build_ok, serve_scripts

RECORD = Config(limits=LIMITS, mode="record")


TARGETS = [
    ("no session", "/v1/x?a=/@b", "", None),
    ("a session", "/@a/v1/x", "a", "/v1/x"),
    ("its root", "/@a", "a", "/"),
    ("a query behind its root", "/@a?b=c", "a", "/?b=c"),
    ("an at sign that a client has encoded", "/%40a/v1/x", "a", "/v1/x"),
    ("an empty name", "/@/v1", "", "/v1"),
    ("slashes stay", "/@a//v1", "a", "//v1"),
    ("a fragment stays, and is refused later", "/@a#b", "a", "/#b"),
    ("a path that looks encoded", "/@/%40a/x", "", "/%40a/x"),
    ("one session only", "/@a/@b/x", "a", "/@b/x"),
]


@pytest.mark.parametrize(
    ("target", "name", "path"), [row[1:] for row in TARGETS], ids=[row[0] for row in TARGETS]
)
def test_a_target_names_its_session(target: str, name: str, path: str | None) -> None:
    assert split_session(target) == (name, path)


async def test_a_base_url_isolates_a_client(tmp_path: Path) -> None:
    async with (
        serve_scripts([build_ok(b"one")], [build_ok(b"two")]) as upstream,
        serve_sessions(tmp_path, config=RECORD, upstream=upstream.url) as (url, _),
    ):
        for name in ("a", "b"):
            await ask(url, build_post(f"/@{name}/v1/x?q=1", b"{}"))
        assert [head.split(b"\r\n")[0] for head in upstream.list_heads()] == [
            b"POST /v1/x?q=1 HTTP/1.1"
        ] * 2, "the session is not forwarded"
    for name, body in (("a", b"one"), ("b", b"two")):
        [exchange] = read_exchanges(tmp_path / f"{name}.cassette")
        assert (exchange.head.request.target, exchange.answer.body) == (b"/v1/x?q=1", body)
        assert exchange.head.session == name
    async with serve_sessions(tmp_path) as (url, _):
        answers = [await ask(url, build_post(f"/@{name}/v1/x?q=1", b"{}")) for name in ("b", "a")]
    assert [answer.body for answer in answers] == [b"two", b"one"]


async def test_sessions_of_one_cassette_have_cursors_of_their_own(tmp_path: Path) -> None:
    async with (
        serve_scripts([build_ok(b"1")], [build_ok(b"2")]) as upstream,
        serve_sessions(tmp_path, config=RECORD, upstream=upstream.url) as (url, _),
    ):
        for _ in range(2):
            await ask(url, build_get("/@c/x"))
    async with serve_sessions(tmp_path) as (url, _):
        for name in ("one", "two"):
            await open_session(url, cassette="c", name=name)
        bodies = [
            (await ask(url, build_get(f"/@{name}/x"))).body for name in ("one", "two", "one", "two")
        ]
    assert bodies == [b"1", b"1", b"2", b"2"]


async def test_concurrent_first_requests_create_one_session(tmp_path: Path) -> None:
    async with (
        serve_scripts([build_ok(b"1")]) as upstream,
        serve_sessions(tmp_path, config=RECORD, upstream=upstream.url) as (url, sessions),
    ):
        answers = await asyncio.gather(*(ask(url, build_get(f"/@c/{n}")) for n in range(20)))
        assert [answer.status for answer in answers] == [200] * 20
        assert [report.name for report in await sessions.list_reports()] == ["c"]
    assert len(read_exchanges(tmp_path / "c.cassette")) == 20


async def test_a_request_after_the_end_is_answered_with_gone(tmp_path: Path) -> None:
    async with (
        serve_scripts([build_ok(b"1")]) as upstream,
        serve_sessions(tmp_path, config=RECORD, upstream=upstream.url) as (url, _),
    ):
        await ask(url, build_get("/@c/x"))
        await end_session(url, "c")
        before = (tmp_path / "c.cassette").read_bytes()
        late = await ask(url, build_post("/@c/v1/threads", b"{}"))
        assert len(upstream.requests) == 1
        assert (tmp_path / "c.cassette").read_bytes() == before
        await open_session(url, name="c", mode="replay")
        again = await ask(url, build_get("/@c/x"))
    assert (late.status, late.find_header(b"x-should-retry")) == (410, b"false")
    error = json.loads(late.body)["error"]
    assert error["code"] == "runreel_session_ended"
    assert "POST /-/sessions" in error["message"]
    assert again.body == b"1"


REFUSED = [
    ("two dots", "/@../x", 400),
    ("encoded dots", "/@%2e%2e/x", 400),
    ("an encoded slash", "/@a%2fb/x", 400),
    ("an empty name", "/@/x", 400),
    ("a hidden name", "/@.x/x", 400),
    ("a device name", "/@con/x", 400),
    ("a long name", f"/@{'a' * 200}/x", 400),
    ("a letter that is not ASCII", "/@%C3%A9/x", 400),
    ("a second session after the first", "/@a/@b/x", 400),
    ("the proxy's own path after a session", "/@a/-/health", 400),
    ("a fragment", "/@a#/x", 400),
    ("no session, and no default session", "/v1/x", 404),
    ("a missing cassette", "/@none/x", 404),
    ("a missing folder", "/@none", 404),
]


@pytest.mark.parametrize(
    ("target", "status"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED]
)
async def test_a_request_without_a_session_is_refused_and_creates_nothing(
    target: str, status: int, tmp_path: Path
) -> None:
    async with serve_sessions(tmp_path / "cassettes") as (url, sessions):
        answer = await ask(url, build_get(target))
        assert await sessions.list_reports() == []
    assert (answer.status, answer.find_header(b"x-should-retry")) == (status, b"false")
    assert json.loads(answer.body)["error"]["message"]
    assert list(tmp_path.iterdir()) == []


async def test_a_symbolic_link_cannot_lead_out_of_the_folder(tmp_path: Path) -> None:
    outside, folder = tmp_path / "outside", tmp_path / "cassettes"
    outside.mkdir()
    folder.mkdir()
    (folder / "sub").symlink_to(outside)
    (folder / "c.cassette").symlink_to(outside / "c.cassette")
    async with serve_sessions(folder, config=RECORD, upstream="http://127.0.0.1:1") as (url, _):
        by_name = await ask(url, build_get("/@c/x"))
        by_request, _ = await call_control(url, "POST", "", {"cassette": "sub/c"})
    assert (by_name.status, by_request) == (400, 400)
    assert list(outside.iterdir()) == []


PAGES = [
    ("of another site", ["Origin: http://evil.example"]),
    ("without an origin", ["Sec-Fetch-Site: cross-site"]),
    ("whose host name resolves to this address", ["Sec-Fetch-Site: same-origin"]),
    ("that seems to be of the proxy", ["Origin: http://proxy.test"]),
]


@pytest.mark.parametrize("headers", [row[1] for row in PAGES], ids=[row[0] for row in PAGES])
async def test_a_web_page_cannot_create_a_session(headers: list[str], tmp_path: Path) -> None:
    async with (
        serve_scripts([build_ok(b"1")]) as upstream,
        serve_sessions(tmp_path, config=RECORD, upstream=upstream.url) as (url, _),
    ):
        before = await ask(url, build_get("/@c/x", *headers))
        await open_session(url, name="c")
        after = await ask(url, build_get("/@c/x", *headers))
    assert (before.status, after.status) == (403, 200)


async def test_a_broken_cassette_is_not_treated_as_a_missing_one(tmp_path: Path) -> None:
    (tmp_path / "c.cassette").write_bytes(b"not a cassette")
    (tmp_path / "d.cassette").mkdir()
    async with serve_sessions(tmp_path) as (url, _):
        for name in ("c", "d"):
            answer = await ask(url, build_get(f"/@{name}/x"))
            assert (answer.status, answer.find_header(b"x-should-retry")) == (500, b"false")
            assert (await call_control(url, "POST", "", {"cassette": name}))[0] == 500


async def test_a_cassette_that_another_server_is_recording_is_a_conflict(tmp_path: Path) -> None:
    nowhere = "http://127.0.0.1:1"
    async with (
        serve_sessions(tmp_path, config=RECORD, upstream=nowhere) as (one, _),
        serve_sessions(tmp_path, config=RECORD, upstream=nowhere) as (two, _),
    ):
        await open_session(one, name="c")
        answer = await ask(two, build_get("/@c/x"))
    assert (answer.status, answer.find_header(b"x-should-retry")) == (409, b"false")
    assert f"is being written by process {os.getpid()}".encode() in answer.body


async def test_a_session_records_with_the_servers_settings(tmp_path: Path) -> None:
    config = replace(RECORD, record_errors=False)
    error = b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n"
    async with (
        serve_scripts([error], [build_ok(b"1")]) as upstream,
        serve_sessions(tmp_path, config=config, upstream=upstream.url) as (url, _),
    ):
        answers = [await ask(url, build_get("/@c/x")) for _ in range(2)]
    outcomes = [answer.find_header(b"x-runreel-outcome") for answer in answers]
    assert outcomes == [b"passthrough", b"recorded"]
    [exchange] = read_exchanges(tmp_path / "c.cassette")
    assert exchange.head.status == 200
