"""The control API: its documents, and its errors."""

from __future__ import annotations

import asyncio
import json
import threading
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from runreel.core.report.session_report import list_unplayed
from support.client import ask, build_get, build_post
from support.control import (
    ask_in_session,
    build_control_request,
    call_control,
    end_session,
    open_session,
)
from support.proxy import read_exchanges, record_bodies, serve_sessions
from support.upstream import build_ok, serve_scripts

RUN = build_post("/v1/threads/thread_1/runs", b'{"assistant_id": "asst_1"}')


async def test_a_session_is_created_shown_and_ended(tmp_path: Path) -> None:
    async with (
        serve_scripts([build_ok(b"live")]) as upstream,
        serve_sessions(tmp_path, upstream=upstream.url) as (url, _),
    ):
        settings = {"cassette": "suite/one", "name": "first", "mode": "record"}
        status, created = await call_control(url, "POST", "", settings)
        path = tmp_path / "suite" / "one.cassette"
        assert (status, created) == (
            201,
            {
                "name": "first",
                "base_url": f"{url}/@first",
                "cassette": str(path),
                "mode": "record",
                "upstream": upstream.url,
            },
        )
        assert (await ask_in_session(created["base_url"], RUN)).body == b"live"
        _, shown = await call_control(url, "GET", "/first")
        report = await end_session(url, "first")
        _, again = await call_control(url, "DELETE", "/first")
    assert shown["state"] == "open"
    assert (
        report
        == again
        == {
            **created,
            "state": "ended",
            "requests": 1,
            "recorded": 1,
            "lost": 0,
            "replayed": 0,
            "missed": 0,
            "played": [],
            "unplayed": [],
            "first_miss": None,
            "misses": [],
            "ok": True,
        }
    )
    [exchange] = read_exchanges(path)
    assert (exchange.head.request.target, exchange.head.session) == (
        b"/v1/threads/thread_1/runs",
        "first",
    )


async def test_a_recording_can_be_replayed_on_the_same_server_after_its_session_has_ended(
    tmp_path: Path,
) -> None:
    async with (
        serve_scripts([build_ok(b"live")]) as upstream,
        serve_sessions(tmp_path, upstream=upstream.url) as (url, _),
    ):
        live = await ask_in_session(await open_session(url, name="one", mode="all"), RUN)
        await end_session(url, "one")
        played = await ask_in_session(await open_session(url, name="one", mode="none"), RUN)
        report = await end_session(url, "one")
        assert len(upstream.requests) == 1
    assert live.body == played.body
    assert (report["mode"], report["replayed"], report["played"]) == ("replay", 1, [1])


async def test_a_report_lists_played_missed_and_unplayed_exchanges(tmp_path: Path) -> None:
    await record_bodies(tmp_path / "c.cassette", b"1", b"2", b"3")
    async with serve_sessions(tmp_path) as (url, _):
        base = await open_session(url, cassette="c")
        for path in ("/2", "/miss", "/also"):
            await ask_in_session(base, build_get(path))
        report = await end_session(url, "c")
        _, listed = await call_control(url, "GET")
    assert (report["replayed"], report["missed"], report["ok"]) == (1, 2, False)
    assert report["played"] == [2]
    assert report["unplayed"] == [
        {"number": number, "method": "GET", "path": f"/{number}", "operation": ""}
        for number in (1, 3)
    ]
    assert report["first_miss"] == report["misses"][0]
    assert "GET /miss: no exchange in" in report["first_miss"]["message"]
    assert [miss["path"] for miss in report["misses"]] == ["/miss", "/also"]
    assert listed == {"sessions": [report]}


async def test_a_session_can_ignore_more_than_the_server(tmp_path: Path) -> None:
    await record_bodies(tmp_path / "c.cassette", b"1")
    async with serve_sessions(tmp_path) as (url, _):
        strict = await open_session(url, cassette="c")
        lenient = await open_session(url, cassette="c", ignore=["query.t"])
        answers = [await ask_in_session(base, build_get("/1?t=2")) for base in (strict, lenient)]
        settings = {"cassette": "c", "ignore": ["query.t", "t"]}
        status, document = await call_control(url, "POST", "", settings)
    assert [answer.status for answer in answers] == [404, 200]
    assert status == 400
    assert "match.ignore: entry 2: must be a JSON path" in document["error"]["message"]


async def test_a_replay_names_the_upstream_of_its_recording(tmp_path: Path) -> None:
    async with serve_scripts([build_ok(b"1")]) as upstream, serve_sessions(tmp_path) as (url, _):
        await open_session(url, name="one", mode="record", upstream=upstream.url)
        await ask_in_session(f"{url}/@one", build_get("/1"))
        await end_session(url, "one")
        _, created = await call_control(url, "POST", "", {"cassette": "one"})
    assert created["upstream"] == upstream.url


async def test_a_cassette_that_may_be_missing_is_replayed_as_an_empty_one(tmp_path: Path) -> None:
    async with serve_sessions(tmp_path) as (url, _):
        status, refusal = await call_control(url, "POST", "", {"cassette": "c"})
        base = await open_session(url, cassette="c", may_be_missing=True)
        answer = await ask_in_session(base, build_get("/1"))
        report = await end_session(url, "c")
        assert list(tmp_path.iterdir()) == []
        await record_bodies(tmp_path / "c.cassette", b"1")
        played = await ask_in_session(
            await open_session(url, cassette="c", may_be_missing=True), build_get("/1")
        )
    assert (status, refusal["error"]["message"].split(";")[0]) == (
        404,
        f"no cassette at {tmp_path / 'c.cassette'}",
    )
    assert (answer.status, report["missed"], report["unplayed"]) == (404, 1, [])
    assert played.body == b"1"


async def test_a_session_without_a_name_is_named_after_its_cassette(tmp_path: Path) -> None:
    await record_bodies(tmp_path / "sub" / "c.cassette", b"1")
    async with serve_sessions(tmp_path) as (url, _):
        bases = [await open_session(url, cassette="sub/c") for _ in range(3)]
        answers = [await ask_in_session(base, build_get("/1")) for base in bases]
    assert [base.rpartition("@")[2] for base in bases] == ["c", "c-2", "c-3"]
    assert [answer.body for answer in answers] == [b"1"] * 3


MISTAKES: list[tuple[str, Any, list[str]]] = [
    ("not an object", [1], ["is JSON, but not an object"]),
    ("no cassette", {}, ["cassette: is missing"]),
    ("an unknown member", {"cassete": "c"}, ['did you mean "cassette"?', "is missing"]),
    (
        "several at once",
        {"cassette": 1, "mode": "nne", "speed": "x", "append": "yes", "strict": 1, "upstream": "u"},
        ["cassette: must", 'did you mean "none"?', "speed: must", "append", "strict", "upstream:"],
    ),
    (
        "a name that leaves the folder",
        {"cassette": "../c"},
        ["'../c' is not a valid cassette name"],
    ),
    ("an absolute path", {"cassette": "/etc/passwd"}, ["is not a valid cassette name"]),
    ("a session name with a slash", {"cassette": "c", "name": "a/b"}, ["'a/b' is not a valid"]),
    (
        "a record without an upstream",
        {"cassette": "c", "mode": "record"},
        ["record needs the real API"],
    ),
]


@pytest.mark.parametrize(
    ("settings", "fragments"), [row[1:] for row in MISTAKES], ids=[row[0] for row in MISTAKES]
)
async def test_one_error_names_every_mistake_in_the_settings(
    settings: object, fragments: list[str], tmp_path: Path
) -> None:
    async with serve_sessions(tmp_path / "cassettes") as (url, _):
        status, document = await call_control(url, "POST", "", settings)
    assert status == 400
    assert document["error"]["type"] == "runreel_error"
    for fragment in fragments:
        assert fragment in document["error"]["message"]
    assert list(tmp_path.iterdir()) == [], "no file was created"


BODIES = [
    ("not JSON", b"{", 400),
    ("not UTF-8", b'{"cassette": "\xff"}', 400),
    ("deeply nested", b"[" * 50_000, 400),
    ("a duplicate key", b'{"cassette": "a", "cassette": "b"}', 400),
    ("a very long number", b'{"cassette": ' + b"9" * 5_000 + b"}", 400),
    ("half a surrogate pair", b'{"cassette": "\\ud800"}', 400),
    ("too long", b" " * 70_000, 413),
]


@pytest.mark.parametrize(
    ("body", "status"), [row[1:] for row in BODIES], ids=[row[0] for row in BODIES]
)
async def test_a_hostile_body_is_refused_and_the_server_keeps_running(
    body: bytes, status: int, tmp_path: Path
) -> None:
    async with serve_sessions(tmp_path) as (url, _):
        head = b"POST /-/sessions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json"
        answer = await ask(url, head + b"\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        alive, _document = await call_control(url, "GET")
    assert (answer.status, alive) == (status, 200)
    assert set(json.loads(answer.body)["error"]) == {"message", "type", "code"}


ERRORS = [
    ("an unknown session", "GET", "/none", 404),
    ("ending an unknown session", "DELETE", "/none", 404),
    ("an unknown endpoint", "GET", "x", 404),
    ("a deeper path", "GET", "/a/b", 404),
    ("a method that is not allowed", "PUT", "", 405),
    ("a method that is not allowed on a session", "POST", "/none", 405),
    ("an unknown parameter", "DELETE", "/none?kep=false", 400),
    ("an invalid value", "DELETE", "/none?keep=maybe", 400),
]


@pytest.mark.parametrize(
    ("method", "path", "status"), [row[1:] for row in ERRORS], ids=[row[0] for row in ERRORS]
)
async def test_an_error_has_a_status_and_a_message(
    method: str, path: str, status: int, tmp_path: Path
) -> None:
    async with serve_sessions(tmp_path) as (url, _):
        answer = await ask(url, build_control_request(url, method, path))
    assert answer.status == status
    assert json.loads(answer.body)["error"]["message"]
    assert (answer.find_header(b"allow") is not None) == (status == 405)


async def test_a_name_in_use_and_a_cassette_in_use_are_conflicts(tmp_path: Path) -> None:
    async with (
        serve_scripts([build_ok(b"1")]) as upstream,
        serve_sessions(tmp_path, upstream=upstream.url) as (url, _),
    ):
        await open_session(url, cassette="c", name="a", mode="record")
        in_use, name_error = await call_control(url, "POST", "", {"cassette": "d", "name": "a"})
        locked, cassette_error = await call_control(
            url, "POST", "", {"cassette": "c", "mode": "record"}
        )
        await end_session(url, "a")
        freed, _ = await call_control(url, "POST", "", {"cassette": "c", "mode": "record"})
    assert (in_use, locked, freed) == (409, 409, 201)
    assert "DELETE /-/sessions/a" in name_error["error"]["message"]
    assert "the session a of this server is recording to" in cassette_error["error"]["message"]


async def test_keep_false_discards_the_recording(tmp_path: Path) -> None:
    path = await record_bodies(tmp_path / "c.cassette", b"good")
    before = path.read_bytes()
    async with (
        serve_scripts([build_ok(b"bad")]) as upstream,
        serve_sessions(tmp_path, upstream=upstream.url) as (url, _),
    ):
        for settings in ({"mode": "record"}, {"mode": "record", "append": True}, {"mode": "auto"}):
            base = await open_session(url, cassette="c", name="x", **settings)
            await ask_in_session(base, build_get("/new"))
            report = await end_session(url, "x", "?keep=false")
            assert report["recorded"] == 0, "only exchanges in the cassette count"
            assert path.read_bytes() == before, settings
    assert [each.name for each in tmp_path.iterdir()] == ["c.cassette"]


async def test_other_requests_do_not_wait_while_a_report_is_put_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await record_bodies(tmp_path / "one.cassette", b"x")
    has_begun, gate = threading.Event(), threading.Event()

    def list_when_open(*arguments: Any) -> Any:
        has_begun.set()
        assert gate.wait(10)
        return list_unplayed(*arguments)

    async with serve_sessions(tmp_path) as (url, _):
        await open_session(url, cassette="one")
        monkeypatch.setattr("runreel.shell.session.session.list_unplayed", list_when_open)
        for method, path in (("GET", "/one"), ("GET", ""), ("DELETE", "/one")):
            has_begun.clear()
            gate.clear()
            report = asyncio.create_task(call_control(url, method, path))
            assert await asyncio.to_thread(has_begun.wait, 10)
            answer = await ask(url, build_get("/-/health").replace(b"proxy.test", b"localhost"))
            assert answer.status == 200
            assert not report.done()
            gate.set()
            assert (await report)[0] == 200


async def test_a_default_session_gets_the_requests_that_name_none(tmp_path: Path) -> None:
    for name in ("a", "b", "own"):
        await record_bodies(tmp_path / f"{name}.cassette", name.encode())
    async with serve_sessions(tmp_path) as (url, sessions):

        async def read_answer() -> tuple[int, bytes]:
            answer = await ask(url, build_get("/1"))
            return answer.status, answer.body

        assert (await read_answer())[0] == 404
        await call_control(url, "POST", "", {"name": "a", "default": True})
        assert await read_answer() == (200, b"a")
        await call_control(url, "POST", "", {"name": "own"})
        await call_control(url, "POST", "", {"name": "b", "default": True})
        assert await read_answer() == (200, b"b")
        await end_session(url, "b")
        assert await read_answer() == (200, b"a")
        report = await end_session(url, "a")
        assert (report["requests"], report["replayed"], report["ok"]) == (2, 2, True)
        assert (await read_answer())[0] == 404
        await sessions.create_default(tmp_path / "own.cassette")
        await call_control(url, "POST", "", {"name": "a", "default": True})
        assert await read_answer() == (200, b"a")
        await end_session(url, "a")
        assert await read_answer() == (200, b"own")


@pytest.mark.parametrize(
    ("on_unused", "ok", "warned"), [("ignore", True, 0), ("warn", True, 1), ("fail", False, 1)]
)
async def test_a_session_without_a_request(
    tmp_path: Path, on_unused: str, ok: bool, warned: int
) -> None:
    await record_bodies(tmp_path / "a.cassette", b"1")
    with capture_logs() as events:
        async with serve_sessions(tmp_path) as (url, sessions):
            await call_control(url, "POST", "", {"name": "a", "on_unused": on_unused})
            report = await end_session(url, "a")
    assert (report["ok"], sessions.has_failed) == (ok, not ok)
    assert [each["event"] for each in events].count("session_unused") == warned
