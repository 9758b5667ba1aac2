"""The mode ``auto``: exchanges of the cassette are replayed, other requests are recorded."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from msgspec.structs import replace

from runreel.config import Config, Size
from runreel.config.values import BodySize
from runreel.shell.store import CassetteReader
from support.build import make_cassette, make_header
from support.client import RawAnswer, ask, build_get, build_post, open_client
from support.control import call_control, end_session, open_session
from support.proxy import LIMITS, read_exchanges, serve_recording, serve_sessions
from support.upstream import Script, ScriptedUpstream, build_ok, serve_scripts

AUTO = Config(limits=LIMITS, mode="auto")
MESSAGES = "/v1/threads/thread_1/messages"


async def record(path: Path, *calls: tuple[bytes, bytes]) -> None:
    """Record a cassette of these pairs of a request and the body of its answer."""
    scripts: list[Script] = [[build_ok(body)] for _, body in calls]
    async with serve_scripts(*scripts) as upstream, serve_recording(upstream.url, path) as proxy:
        for request, _ in calls:
            await ask(proxy.url, request)


async def run_session(
    folder: Path, upstream: ScriptedUpstream, *requests: bytes, config: Config = AUTO
) -> list[RawAnswer]:
    """Send the requests in one session of the cassette ``c``, end it and return the answers."""
    async with serve_sessions(folder, config=config, upstream=upstream.url) as (url, _):
        answers = [await ask(url, request.replace(b" /", b" /@c/", 1)) for request in requests]
        await end_session(url, "c")
    return answers


def get_outcomes(answers: list[RawAnswer]) -> list[bytes | None]:
    return [answer.find_header(b"x-runreel-outcome") for answer in answers]


async def test_recorded_requests_are_replayed_and_new_ones_are_added(tmp_path: Path) -> None:
    path = tmp_path / "c.cassette"
    await record(path, (build_get("/1"), b"old 1"), (build_get("/2"), b"old 2"))
    requests = [build_get("/2"), build_get("/new"), build_get("/1")]
    async with serve_scripts([build_ok(b"live")]) as upstream:
        first = await run_session(tmp_path, upstream, *requests)
        second = await run_session(tmp_path, upstream, *requests)
        assert len(upstream.requests) == 1
    assert [answer.body for answer in first] == [b"old 2", b"live", b"old 1"]
    assert get_outcomes(first) == [b"replayed", b"recorded", b"replayed"]
    assert [answer.body for answer in second] == [answer.body for answer in first]
    assert get_outcomes(second) == [b"replayed"] * 3
    assert [each.answer.body for each in read_exchanges(path)] == [b"old 1", b"old 2", b"live"]
    assert [each.head.number for each in read_exchanges(path)] == [1, 2, 3]


@pytest.mark.parametrize("version", [1, 2])
async def test_a_continued_cassette_keeps_its_version(tmp_path: Path, version: int) -> None:
    path = tmp_path / "c.cassette"
    path.write_bytes(make_cassette(header=replace(make_header(), version=version)))
    async with serve_scripts([build_ok(b"live")]) as upstream:
        await run_session(tmp_path, upstream, build_get("/new"))
    with CassetteReader.open(path) as reader:
        assert reader.header.version == version
        assert reader.read_answer(1).body == b"live"
    assert (b"columns" in path.read_bytes()) == (version == 2)


async def test_a_dummy_value_is_sent_to_the_upstream_and_does_not_match_a_placeholder(
    tmp_path: Path,
) -> None:
    path = tmp_path / "c.cassette"
    known, unknown = (
        build_post("/people", b'{"mail": "%s"}' % name) for name in (b"ann@example.org", b"?")
    )
    await record(path, (known, b"welcome"))
    async with serve_scripts([build_ok(b"no address")]) as upstream:
        first = await run_session(tmp_path, upstream, unknown, known)
        second = await run_session(tmp_path, upstream, unknown, known)
    assert get_outcomes(first) == [b"recorded", b"replayed"]
    assert get_outcomes(second) == [b"replayed", b"replayed"]
    assert [answer.body for answer in second] == [b"no address", b"welcome"]


async def test_without_a_cassette_every_request_is_recorded(tmp_path: Path) -> None:
    async with serve_scripts([build_ok(b"1")], [build_ok(b"2")]) as upstream:
        answers = await run_session(
            tmp_path, upstream, build_get("/x"), build_post("/y", b'{"a": 1}')
        )
        assert upstream.list_bodies() == [b"", b'{"a": 1}']
    assert get_outcomes(answers) == [b"recorded"] * 2
    assert len(read_exchanges(tmp_path / "c.cassette")) == 2


async def test_a_session_that_records_nothing_does_not_change_the_cassette(tmp_path: Path) -> None:
    path = tmp_path / "c.cassette"
    await record(path, (build_get("/1"), b"old"))
    before = path.stat()
    async with serve_scripts([build_ok(b"live")]) as upstream:
        await run_session(tmp_path, upstream, build_get("/1"))
    after = path.stat()
    assert (after.st_mtime_ns, after.st_ino, after.st_size) == (
        before.st_mtime_ns,
        before.st_ino,
        before.st_size,
    )


async def test_a_session_that_records_nothing_creates_no_file(tmp_path: Path) -> None:
    async with serve_sessions(tmp_path, config=AUTO, upstream="http://127.0.0.1:1") as (url, _):
        assert (await ask(url, build_get("/@c/x"))).status == 502
        await end_session(url, "c")
    assert list(tmp_path.iterdir()) == []


async def test_a_session_does_not_replay_its_own_recordings(tmp_path: Path) -> None:
    async with serve_scripts([build_ok(b"queued")], [build_ok(b"completed")]) as upstream:
        answers = await run_session(tmp_path, upstream, build_get("/poll"), build_get("/poll"))
    assert [answer.body for answer in answers] == [b"queued", b"completed"]


async def test_after_a_new_change_of_a_thread_all_its_requests_are_live(
    tmp_path: Path,
) -> None:
    await record(
        tmp_path / "c.cassette",
        (build_get(MESSAGES), b"none yet"),
        (build_get("/v1/threads/thread_2/messages"), b"of another"),
        (build_get("/v1/assistants"), b"of no thread"),
    )
    async with serve_scripts([build_ok(b"made")], [build_ok(b"one")]) as upstream:
        answers = await run_session(
            tmp_path,
            upstream,
            build_get(MESSAGES),
            build_post(MESSAGES, b'{"role": "user", "content": "new"}'),
            build_get(MESSAGES),
            build_get("/v1/threads/thread_2/messages"),
            build_get("/v1/assistants"),
        )
    assert [answer.body for answer in answers] == [
        b"none yet",
        b"made",
        b"one",
        b"of another",
        b"of no thread",
    ]


UPLOADS = [
    ("a body", build_post("/x", b'{"a": 1}'), b'{"a": 1}'),
    ("a body over max_body", build_post("/x", b"y" * 5_000), b"y" * 5_000),
    (
        "chunks",
        build_get("/x", "Transfer-Encoding: chunked", method="POST")
        + b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
        b"abcde",
    ),
]


@pytest.mark.parametrize(
    ("request_", "body"), [row[1:] for row in UPLOADS], ids=[row[0] for row in UPLOADS]
)
async def test_a_body_that_was_read_for_the_lookup_is_forwarded_whole(
    request_: bytes, body: bytes, tmp_path: Path
) -> None:
    limits = replace(LIMITS, max_body=BodySize(1_000), max_memory=Size(10_000))
    async with serve_scripts([build_ok(b"live")]) as upstream:
        config = replace(AUTO, limits=limits)
        [answer] = await run_session(tmp_path, upstream, request_, config=config)
        [sent] = upstream.list_bodies()
    if b"chunked" in request_:
        sizes = sent.split(b"\r\n")
        sent = b"".join(sizes[1::2])
    assert (answer.body, sent) == (b"live", body)
    [exchange] = read_exchanges(tmp_path / "c.cassette")
    stored = exchange.head.request
    assert stored.body == (body if len(body) <= 1_000 else b"")


async def test_a_client_that_expects_100_continue_gets_it_once(tmp_path: Path) -> None:
    async with (
        serve_scripts([build_ok(b"live")]) as upstream,
        serve_sessions(tmp_path, config=AUTO, upstream=upstream.url) as (url, _),
        open_client(url) as client,
    ):
        head, _, body = build_post("/@c/x", b'{"a": 1}').partition(b"\r\n\r\n")
        await client.send(head + b"\r\nExpect: 100-continue\r\n\r\n")
        assert (await client.read_head()).status == 100
        await client.send(body)
        assert (await client.read_answer()).body == b"live"


async def test_two_sessions_cannot_add_to_one_cassette(tmp_path: Path) -> None:
    await record(tmp_path / "c.cassette", (build_get("/1"), b"old"))
    async with serve_sessions(tmp_path, config=AUTO, upstream="http://127.0.0.1:1") as (url, _):
        await open_session(url, cassette="c", name="a")
        status, document = await call_control(url, "POST", "", {"cassette": "c", "name": "b"})
    assert (status, "session a" in document["error"]["message"]) == (409, True)


async def test_a_request_whose_session_ends_while_its_body_arrives_is_answered_with_gone(
    tmp_path: Path,
) -> None:
    async with (
        serve_scripts([build_ok(b"live")]) as upstream,
        serve_sessions(tmp_path, config=AUTO, upstream=upstream.url) as (url, _),
        open_client(url) as client,
    ):
        head, _, body = build_post("/@c/x", b'{"a": 1}').partition(b"\r\n\r\n")
        await client.send(head + b"\r\nExpect: 100-continue\r\n\r\n")
        assert (await client.read_head()).status == 100
        await end_session(url, "c")
        await client.send(body)
        answer = await client.read_answer()
        assert not upstream.requests
    assert answer.status == 410
    assert json.loads(answer.body)["error"]["code"] == "runreel_session_ended"


ONCE = [("no cassette yet", False, "auto"), ("a cassette", True, "replay")]


@pytest.mark.parametrize(
    ("exists", "mode"), [row[1:] for row in ONCE], ids=[row[0] for row in ONCE]
)
async def test_the_mode_once_records_only_if_there_is_no_cassette(
    exists: bool, mode: str, tmp_path: Path
) -> None:
    if exists:
        await record(tmp_path / "c.cassette", (build_get("/1"), b"old"))
    async with (
        serve_scripts([build_ok(b"live")]) as upstream,
        serve_sessions(tmp_path, config=replace(AUTO, mode="once"), upstream=upstream.url) as (
            url,
            _,
        ),
    ):
        answer = await ask(url, build_get("/@c/new"))
        report = await end_session(url, "c")
    assert report["mode"] == mode
    assert answer.status == (404 if exists else 200)


async def test_passthrough_stores_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = replace(AUTO, mode="passthrough")
    canary = "sk-test-canary-in-the-query"
    async with (
        serve_scripts([build_ok(b"live")]) as upstream,
        serve_sessions(tmp_path, config=config, upstream=upstream.url) as (url, _),
    ):
        answer = await ask(url, build_post(f"/@c/x?api-key={canary}", b'{"a": 1}'))
        report = await end_session(url, "c")
        assert canary.encode() in upstream.requests[0]
    assert (answer.body, answer.find_header(b"x-runreel-outcome")) == (b"live", b"passthrough")
    assert answer.find_header(b"x-runreel-exchange") is None
    assert (report["recorded"], report["ok"]) == (0, True)
    assert list(tmp_path.iterdir()) == []
    printed = capsys.readouterr().out
    assert "exchange_passed" in printed
    assert canary not in printed
