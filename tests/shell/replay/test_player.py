"""Replay: the same bytes each time, without the upstream."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import pytest
from msgspec.structs import replace

from runreel.config import (
    Address,
    Config,
    MatchSettings,
    RedactSettings,
    ReplaySettings,
    Speed,
    parse_session_request,
)
from runreel.core.cassette import encode_exchange
from runreel.core.explain.miss import explain_miss
from runreel.model import Exchange, Frame, Timings
from runreel.shell.serve import run_server
from runreel.shell.session.registry import Sessions
from support.build import make_answer, make_cassette, make_head, make_request
from support.client import RawAnswer, ask, build_get, build_post, open_client
from support.proxy import LIMITS, record_bodies, serve_recording, serve_replay
from support.upstream import ABORT, CLOSE, Script, build_ok, encode_chunks, serve_scripts

STREAM = b"HTTP/1.1 200 OK\r\nX-A: 1\r\nx-a: caf\xe9\r\nTransfer-Encoding: chunked\r\n\r\n"
LAST = b"0\r\n\r\n"
RUN = build_post("/v1/threads/thread_1/runs", b'{"assistant_id": "asst_1", "stream": true}')


def build_json_ok(body: bytes) -> bytes:
    return build_ok(body, b"Content-Type: application/json")


async def record(
    path: Path, *calls: tuple[bytes, Script], config: Config | None = None
) -> list[RawAnswer]:
    """Record these pairs of a request and an upstream script; return the live answers."""
    async with (
        serve_scripts(*(script for _, script in calls)) as upstream,
        serve_recording(upstream.url, path, config=config) as proxy,
    ):
        return [
            await ask(proxy.url, request, bodiless=request.startswith(b"HEAD"))
            for request, _ in calls
        ]


async def replay(path: Path, *requests: bytes, speed: Speed = Speed.INSTANT) -> list[RawAnswer]:
    async with serve_replay(path, speed=speed) as (url, _):
        return [
            await ask(url, request, bodiless=request.startswith(b"HEAD")) for request in requests
        ]


def are_same(live: RawAnswer, played: RawAnswer) -> bool:
    """Return whether two answers are equal except for the outcome header."""
    return (live.status_line, live.chunks, live.ended) == (
        played.status_line,
        played.chunks,
        played.ended,
    ) and [pair for pair in live.headers if pair[0] != b"x-runreel-outcome"] == [
        pair for pair in played.headers if pair[0] != b"x-runreel-outcome"
    ]


ANSWERS = [
    (
        "a stream, its chunks and odd headers",
        RUN,
        [STREAM + encode_chunks(b"a: 1\n", b"\nb") + LAST],
    ),
    ("a stream that was reset", RUN, [STREAM + encode_chunks(b"a"), ABORT]),
    ("a stream that was closed", RUN, [STREAM + encode_chunks(b"a"), CLOSE]),
    ("a content length", RUN, [build_ok(b"x" * 1000)]),
    (
        "a body shorter than its content length",
        RUN,
        [b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab", CLOSE],
    ),
    ("a body that ends with the connection", RUN, [b"HTTP/1.1 200 OK\r\n\r\nab", CLOSE]),
    ("no content", RUN, [b"HTTP/1.1 204 No Content\r\n\r\n"]),
    ("not modified", RUN, [b"HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n"]),
    ("HEAD", build_get("/x", method="HEAD"), [b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n"]),
    ("an error", RUN, [b"HTTP/1.1 599 Odd Reason\r\nContent-Length: 2\r\n\r\n{}"]),
]


@pytest.mark.parametrize("speed", [Speed.INSTANT, Speed.RECORDED], ids=str)
@pytest.mark.parametrize(("why", "request_", "script"), ANSWERS, ids=[row[0] for row in ANSWERS])
async def test_the_replayed_answer_is_the_live_one(
    tmp_path: Path, why: str, request_: bytes, script: Script, speed: Speed
) -> None:
    path = tmp_path / "c.cassette"
    [live] = await record(path, (request_, script))
    first, second = (
        await replay(path, request_, speed=speed),
        await replay(path, request_, speed=speed),
    )
    assert are_same(live, first[0])
    assert first == second
    assert first[0].find_header(b"x-runreel-outcome") == b"replayed"


async def test_an_instant_stream_is_sent_in_one_write(tmp_path: Path) -> None:
    path = tmp_path / "c.cassette"
    await record(path, (RUN, [STREAM + encode_chunks(*[b"data: x\n\n"] * 60) + LAST]))
    async with serve_replay(path) as (url, _), open_client(url) as client:
        await client.send(RUN)
        assert (await client.reader.read(65536)).endswith(LAST)


def write_paced_cassette(path: Path, *moments_us: int) -> None:
    """Write a cassette of one stream with a chunk at each of these moments."""
    frames = tuple(Frame(moment, 1, True) for moment in moments_us)
    answer = make_answer(b"x" * len(frames), frames=frames)
    timings = Timings(0, moments_us[0], moments_us[-1])
    head = make_head(answer, request=make_request(headers=()), timings=timings)
    path.write_bytes(make_cassette(encode_exchange(Exchange(head, answer))))


async def test_no_frame_is_sent_before_its_recorded_moment(tmp_path: Path) -> None:
    path = tmp_path / "c.cassette"
    write_paced_cassette(path, *range(5_000, 205_000, 20_000))
    async with serve_replay(path, speed=Speed.RECORDED) as (url, _), open_client(url) as client:
        started = time.monotonic()
        await client.send(RUN)
        await client.read_head()
        for number in range(10):
            assert await client.read_chunk() == b"x"
            assert time.monotonic() - started >= 0.005 + 0.02 * number


async def test_a_late_frame_does_not_delay_the_next_ones(tmp_path: Path) -> None:
    path = tmp_path / "c.cassette"
    write_paced_cassette(path, *range(0, 100_000, 100))
    async with serve_replay(path, speed=Speed.RECORDED) as (url, _), open_client(url) as client:
        started = time.monotonic()
        await client.send(RUN)
        await client.read_answer()
        # A pause of 0.1 ms takes a timer of the kernel ten times as long: summed up, over a second.
        assert 0.1 <= time.monotonic() - started < 0.7


async def test_speed_scales_the_pace(tmp_path: Path) -> None:
    path = tmp_path / "c.cassette"
    write_paced_cassette(path, 0, 4_000_000)
    started = time.monotonic()
    await replay(path, RUN, speed=Speed(40.0))
    assert 0.1 <= time.monotonic() - started < 2


async def test_an_answer_that_its_client_left_is_replayed_whole(tmp_path: Path) -> None:
    left = asyncio.Event()
    path = tmp_path / "c.cassette"
    async with (
        serve_scripts([STREAM + encode_chunks(b"1"), left, encode_chunks(b"2") + LAST]) as upstream,
        serve_recording(upstream.url, path) as proxy,
    ):
        async with open_client(proxy.url) as client:
            await client.send(RUN)
            await client.read_head()
            await client.read_chunk()
        left.set()
        await proxy.recorder.in_flight.drain(5)
    [played] = await replay(path, RUN)
    assert (played.chunks, played.ended) == ([b"1", b"2"], "complete")


async def test_repeated_requests_get_the_recorded_answers_in_order_then_the_last_one_again(
    tmp_path: Path,
) -> None:
    path = tmp_path / "c.cassette"
    poll = build_get("/v1/threads/thread_1/runs/run_1")
    await record(path, *((poll, [build_ok(state)]) for state in (b"queued", b"running", b"done")))
    played = await replay(path, *[poll] * 5)
    assert [answer.body for answer in played] == [b"queued", b"running", b"done", b"done", b"done"]


async def test_a_client_that_runs_again_sees_its_thread_from_the_beginning(
    tmp_path: Path,
) -> None:
    path = tmp_path / "c.cassette"
    thread = b'{"id": "thread_1", "object": "thread"}'
    poll = build_get("/v1/threads/thread_1/runs/run_1")
    calls = [
        (build_post("/v1/threads", b"{}"), thread),
        (RUN, b"run"),
        (poll, b"queued"),
        (poll, b"requires_action"),
        (build_post("/v1/threads/thread_1/runs/run_1/submit_tool_outputs", b"{}"), b"submitted"),
        (poll, b"completed"),
    ]
    await record(path, *((request, [build_json_ok(body)]) for request, body in calls))
    played = await replay(path, *[request for request, _ in calls] * 3)
    assert [answer.body for answer in played] == [body for _, body in calls] * 3


async def test_concurrent_identical_requests_get_different_answers(tmp_path: Path) -> None:
    path = tmp_path / "c.cassette"
    await record(path, *((RUN, [build_ok(b"%d" % number)]) for number in range(8)))
    async with serve_replay(path) as (url, _):
        answers = await asyncio.gather(*(ask(url, RUN) for _ in range(8)))
    assert sorted(answer.body for answer in answers) == [b"%d" % number for number in range(8)]


SAME_CALL = [
    ("key order and whitespace", b'{ "stream":true,\n"assistant_id":"asst_1" }', ()),
    (
        "another key in the header",
        b'{"assistant_id": "asst_1", "stream": true}',
        ("Authorization: Bearer x",),
    ),
]


@pytest.mark.parametrize(("why", "body", "headers"), SAME_CALL, ids=[row[0] for row in SAME_CALL])
async def test_the_same_call_in_another_form_matches(
    tmp_path: Path, why: str, body: bytes, headers: tuple[str, ...]
) -> None:
    path = tmp_path / "c.cassette"
    await record(path, (RUN, [build_ok(b"x")]))
    [played] = await replay(path, build_post("/v1/threads/thread_1/runs", body, *headers))
    assert played.body == b"x"


async def test_a_miss_names_the_differences_and_forbids_a_retry(tmp_path: Path) -> None:
    path = tmp_path / "c.cassette"
    await record(path, (RUN, [build_ok(b"x")]))
    [miss] = await replay(
        path, build_post("/v1/threads/thread_1/runs", b'{"assistant_id": "asst_2", "stream": true}')
    )
    error = json.loads(miss.body)["error"]
    assert miss.status == 404
    assert miss.find_header(b"x-should-retry") == b"false"
    assert miss.find_header(b"x-runreel-outcome") == b"miss"
    assert error["code"] == "runreel_miss"
    for word in (
        "POST /v1/threads/thread_1/runs",
        "c.cassette",
        "assistant_id",
        "asst_1",
        "asst_2",
    ):
        assert word in error["message"]


async def test_later_misses_name_the_first_one_as_their_cause(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "c.cassette"
    await record(path, (RUN, [build_ok(b"x")]))
    other = build_post("/v1/threads/thread_1/runs", b'{"assistant_id": "asst_2", "stream": true}')
    first, later = await replay(path, other, build_get("/v1/threads/thread_1/runs/run_1"))
    assert b"first miss" not in first.body
    assert b"consequence of the session's first miss, POST /v1/threads/thread_1/runs" in later.body
    assert "asst_2" not in capsys.readouterr().out


async def test_ignored_paths_do_not_count_and_need_no_new_recording(tmp_path: Path) -> None:
    path = tmp_path / "c.cassette"

    def run(request_id: str, at: int) -> bytes:
        body = json.dumps({"assistant_id": "asst_1", "metadata": {"request_id": request_id}})
        return build_post(f"/v1/threads/thread_1/runs?at={at}", body.encode(), f"X-Team: {at}")

    await record(path, (run("a", 1), [build_ok(b"x")]))
    for settings, status in (
        (MatchSettings(), 404),
        (MatchSettings(ignore=("$.metadata.request_id",)), 404),
        (MatchSettings(ignore=("$.metadata.request_id", "query.at")), 200),
        (MatchSettings(ignore=("$.metadata", "query.at"), headers=("x-team",)), 404),
    ):
        async with serve_replay(path, config=Config(match=settings)) as (url, _):
            assert (await ask(url, run("b", 2))).status == status


DATED = '{"instructions": "Today is %s. Be %s to ann.lee@example.org."}'


def build_dated(day: str, manner: str = "kind", *, name: str = "ann.lee@example.org") -> bytes:
    body = (DATED % (day, manner)).replace("ann.lee@example.org", name)
    return build_post(f"/v1/threads/thread_1/runs?at={day.replace(' ', '+')}", body.encode())


async def test_volatile_texts_do_not_count_and_the_log_says_which(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "c.cassette"
    day, next_day = "Mon Nov 30 2026", "Tue Dec 1 2026"
    await record(path, (build_dated(day), [build_json_ok(HELLO % b"ann.lee@example.org")]))
    config = Config(match=MatchSettings(volatile=("date",)))
    async with serve_replay(path, config=config) as (url, _):
        capsys.readouterr()
        assert (await ask(url, build_dated(day))).status == 200
        assert "passed_over" not in capsys.readouterr().out
        assert (await ask(url, build_dated(next_day))).status == 200
        out = capsys.readouterr().out
        assert "passed_over={'query.at': ['date'], '$.instructions': ['date']}" in out
        assert (await ask(url, build_dated(next_day, "terse"))).status == 404
    async with serve_replay(path) as (url, _):
        assert (await ask(url, build_dated(next_day))).status == 404


async def test_the_proposed_line_helps_a_day_later(tmp_path: Path) -> None:
    path = tmp_path / "c.cassette"
    await record(path, (build_dated("Mon Nov 30 2026"), [build_json_ok(b"{}")]))
    request = build_dated("Tue Dec 1 2026")
    [miss] = await replay(path, request)
    message = json.loads(miss.body)["error"]["message"]
    line = 'ignore = ["query.at"] and volatile = ["date"]'
    assert message.endswith(f"set under [runreel.match]: {line}")
    settings = MatchSettings(ignore=("query.at",), volatile=("date",))
    async with serve_replay(path, config=Config(match=settings)) as (url, _):
        assert (await ask(url, request)).status == 200


async def test_a_miss_that_new_redaction_rules_cause(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "c.cassette"
    request = build_post("/v1/threads/thread_1/runs", b'{"instructions": "the falcon project"}')
    await record(path, (request, [build_ok(b"x")]))
    capsys.readouterr()
    config = Config(redact=RedactSettings(literals=("falcon",)))
    async with serve_replay(path, config=config) as (url, _):
        answer = await ask(url, request)
    message = json.loads(answer.body)["error"]["message"]
    assert f"redact the cassette by today's rules: runreel redact {path}" in message
    assert "runreel record" not in message
    assert "falcon" not in message
    assert "outdated=True" in capsys.readouterr().out


async def test_a_miss_names_the_command_that_records_again(tmp_path: Path) -> None:
    path = tmp_path / "c.cassette"
    await record(path, (RUN, [build_ok(b"x")]))
    other = build_post("/v1/threads/thread_1/runs", b'{"assistant_id": "asst_2"}')
    sessions = Sessions(
        Config(mode="replay", listen=Address("127.0.0.1", 0)),
        tmp_path,
        command=["pytest", "-k", "a b"],
    )
    try:
        default = await sessions.create_default(path)
        named = await sessions.create_named("c")
        document = {"cassette": "c", "name": "d", "record_command": "npm test"}
        own = await sessions.create(parse_session_request(document, sessions.config))
        commands = [each.spec.record_command for each in (default, named, own)]
        async with run_server(sessions.config, sessions) as listener:
            message = json.loads((await ask(listener.url, other)).body)["error"]["message"]
    finally:
        await sessions.close()
    assert commands == [
        f"runreel record {path} --upstream {{upstream}} -- pytest -k 'a b'",
        f"runreel record {tmp_path} --upstream {{upstream}} -- pytest -k 'a b'",
        "npm test",
    ]
    upstream = default.upstream
    assert message.endswith(f"runreel record {path} --upstream {upstream} -- pytest -k 'a b'")


async def test_a_dummy_beside_a_volatile_text_is_restored(tmp_path: Path) -> None:
    path = tmp_path / "c.cassette"
    await record(path, (build_dated("2026-11-30"), [build_json_ok(HELLO % b"ann.lee@example.org")]))
    config = Config(match=MatchSettings(volatile=("date",)))
    async with serve_replay(path, config=config) as (url, _):
        answer = await ask(url, build_dated("2026-12-01", name="bob"))
    assert (answer.status, answer.body) == (200, HELLO % b"bob")


async def test_a_volatile_text_in_the_path_does_not_count(tmp_path: Path) -> None:
    path = tmp_path / "c.cassette"
    await record(path, (build_get("/v1/reports/2026-11-30/x"), [build_json_ok(b"{}")]))
    config = Config(match=MatchSettings(volatile=("date",)))
    async with serve_replay(path, config=config) as (url, _):
        assert (await ask(url, build_get("/v1/reports/2026-12-01/x"))).status == 200
        assert (await ask(url, build_get("/v1/reports/2026-12-01/y"))).status == 404


async def test_the_miss_of_a_past_state_names_its_exchange(tmp_path: Path) -> None:
    path = tmp_path / "c.cassette"
    poll = build_get("/v1/threads/thread_1/runs/run_1")
    await record(path, (poll, [build_ok(b"queued")]), (RUN, [build_ok(b"x")]))
    _, refusal = await replay(path, RUN, poll)
    assert refusal.status == 404
    assert b"Exchange 1 is the same call, but it was recorded before exchange 2" in refusal.body


async def test_a_request_for_an_unknown_path_is_a_miss(tmp_path: Path) -> None:
    path = tmp_path / "c.cassette"
    await record(path, (RUN, [build_ok(b"x")]))
    [miss] = await replay(path, build_get("/v1/elsewhere"))
    assert miss.status == 404
    assert b"/v1/elsewhere" in miss.body


async def test_strict_replay_does_not_repeat_an_exchange(tmp_path: Path) -> None:
    path = tmp_path / "c.cassette"
    await record(path, (RUN, [build_ok(b"x")]))
    config = Config(replay=ReplaySettings(strict=True))
    async with serve_replay(path, config=config) as (url, _):
        assert (await ask(url, RUN)).status == 200
        again = await ask(url, RUN)
    assert again.status == 404
    assert b"played already" in again.body


async def test_an_upload_is_read_to_its_end_and_matched(tmp_path: Path) -> None:
    path = tmp_path / "c.cassette"

    def upload(boundary: bytes) -> bytes:
        body = (
            b"--" + boundary + b'\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n'
            b"\r\n" + b"x" * 200_000 + b"\r\n--" + boundary + b"--\r\n"
        )
        kind = f"Content-Type: multipart/form-data; boundary={boundary.decode()}"
        length = f"Content-Length: {len(body)}"
        return build_get("/v1/files", kind, length, "Expect: 100-continue", method="POST") + body

    async with (
        serve_scripts([build_ok(b"file")]) as upstream,
        serve_recording(upstream.url, path) as proxy,
        open_client(proxy.url) as client,
    ):
        await client.send(upload(b"one"))
        assert (await client.read_head()).status == 100
        assert (await client.read_answer()).body == b"file"
    async with serve_replay(path) as (url, _), open_client(url) as client:
        await client.send(upload(b"other"))
        assert (await client.read_head()).status == 100
        assert (await client.read_answer()).body == b"file"


async def test_uploads_over_the_limit_match_by_their_path(tmp_path: Path) -> None:
    path = tmp_path / "c.cassette"
    config = Config(limits=replace(LIMITS, max_body=1000))
    kind, length = "Content-Type: multipart/form-data; boundary=", "Content-Length: 5000"
    one = build_get("/v1/files", f"{kind}one", length, method="POST") + b"x" * 5000
    other = build_get("/v1/files", f"{kind}other", length, method="POST") + b"y" * 5000
    await record(path, (one, [build_ok(b"file")]), config=config)
    async with serve_replay(path, config=config) as (url, _):
        assert (await ask(url, other)).body == b"file"


async def test_an_answer_recorded_without_its_body_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "c.cassette"
    config = Config(limits=replace(LIMITS, max_body=1000))
    await record(path, (RUN, [build_ok(b"x" * 5000)]), config=config)
    [answer] = await replay(path, RUN)
    assert answer.status == 404
    assert b"max_body" in answer.body
    assert answer.find_header(b"x-should-retry") == b"false"


async def test_a_shutdown_interrupts_a_paced_answer(tmp_path: Path) -> None:
    gate = asyncio.Event()
    path = tmp_path / "c.cassette"
    asyncio.get_running_loop().call_later(0.1, gate.set)
    await record(path, (RUN, [STREAM + encode_chunks(b"1"), gate, encode_chunks(b"2") + LAST]))
    async with (
        serve_replay(path, speed=Speed(0.01)) as (url, player),
        open_client(url) as client,
    ):
        await client.send(RUN)
        await client.read_head()
        assert await client.read_chunk() == b"1"
        await player.in_flight.drain(0.01)
        assert await client.reader.read() == b""


async def test_a_client_that_disconnects_during_an_upload_is_not_a_failure(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "c.cassette"
    await record(path, (RUN, [build_ok(b"x")]))
    async with serve_replay(path) as (url, player):
        async with open_client(url) as client:
            await client.send(RUN[:-5])
        assert (await ask(url, RUN)).body == b"x"
    assert player.tally.miss_count == 0
    assert "request_failed" not in capsys.readouterr().out


async def test_a_replay_opens_no_connection(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "c.cassette"
    await record(path, (RUN, [build_ok(b"x")]))
    async with serve_replay(path) as (url, _), open_client(url) as client:

        async def fail(*_: object, **__: object) -> None:
            pytest.fail("a replay opened a connection")

        loop = asyncio.get_running_loop()
        monkeypatch.setattr(loop, "create_connection", fail)
        monkeypatch.setattr(loop, "sock_connect", fail)
        await client.send(RUN)
        assert (await client.read_answer()).body == b"x"
        await client.send(build_get("/v1/missing"))
        assert (await client.read_answer()).status == 404


NOT_STORED = [
    ("over max_body", 1_000, ()),
    ("in an unknown content coding", 1_000_000, ("Content-Encoding: rot13",)),
]


@pytest.mark.parametrize(
    ("why", "max_body", "headers"), NOT_STORED, ids=[row[0] for row in NOT_STORED]
)
async def test_a_request_recorded_without_its_body_matches_only_the_same_body(
    tmp_path: Path, why: str, max_body: int, headers: tuple[str, ...]
) -> None:
    path = tmp_path / "c.cassette"
    config = Config(limits=replace(LIMITS, max_body=max_body))
    one, two, three = (
        build_post("/v1/files", body * 2_000, *headers) for body in (b"1", b"2", b"3")
    )
    await record(path, (one, [build_ok(b"first")]), (two, [build_ok(b"second")]), config=config)
    async with serve_replay(path, config=config) as (url, _):
        assert (await ask(url, two)).body == b"second"
        assert (await ask(url, one)).body == b"first"
        assert (await ask(url, three)).status == 404


async def test_a_path_with_other_percent_encoding_matches(tmp_path: Path) -> None:
    path = tmp_path / "c.cassette"
    await record(path, (build_get("/v1/files/a%7Eb"), [build_ok(b"file")]))
    [answer] = await replay(path, build_get("/v1/files/a~b"))
    assert answer.body == b"file"


async def test_a_secret_in_a_path_matches_even_if_its_placeholder_has_another_number(
    tmp_path: Path,
) -> None:
    path = tmp_path / "c.cassette"
    first = build_get("/v1/first", "api-key: test-canary-one-0001")
    second = build_get("/v1/bot/test-canary-two-0002/me", "api-key: test-canary-two-0002")
    await record(path, (first, [build_ok(b"1")]), (second, [build_ok(b"2")]))
    [answer] = await replay(path, second)
    assert answer.body == b"2"


MAIL = b'{"content": "I am %s"}'
HELLO = b'{"greeting": "hello %s"}'
CALLS = "/v1/people"


def build_person(name: bytes, path: str = CALLS) -> bytes:
    return build_post(path, MAIL % name)


async def record_two_people(path: Path) -> None:
    """Record two calls that differ in a mail address, and two later answers with one each."""
    people = b"ann.lee@example.org", b"ben.orr@example.org"
    calls = [(build_person(name), [build_json_ok(HELLO % name)]) for name in people]
    calls += [(build_get(f"/v1/{who}"), [build_json_ok(HELLO % people[who])]) for who in range(2)]
    await record(path, *calls)
    assert b"example.org" not in path.read_bytes()


async def test_a_value_of_the_client_is_restored_in_all_exchanges(tmp_path: Path) -> None:
    path = tmp_path / "c.cassette"
    await record_two_people(path)
    names = b"zoe.fox@example.net", b"yan@example.net"
    requests = [*map(build_person, names), build_get("/v1/0"), build_get("/v1/1")]
    answers = await replay(path, *requests)
    assert [answer.body for answer in answers] == [HELLO % name for name in (*names, *names)]


async def test_a_placeholder_without_a_value_stays(tmp_path: Path) -> None:
    path = tmp_path / "c.cassette"
    await record_two_people(path)
    [answer] = await replay(path, build_get("/v1/1"))
    assert answer.body == HELLO % b"REDACTED-email-2@redacted.invalid"


async def test_exchanges_consistent_with_the_values_so_far_are_preferred(tmp_path: Path) -> None:
    path = tmp_path / "c.cassette"
    later = [
        (build_person(name, "/v1/again"), [build_json_ok(HELLO % name)])
        for name in (b"b@b.org", b"a@a.org")
    ]
    first = [
        (build_person(name), [build_json_ok(HELLO % name)]) for name in (b"a@a.org", b"b@b.org")
    ]
    await record(path, *first, *later)
    requests = [
        build_person(b"x@x.org"),
        build_person(b"y@y.org"),
        build_person(b"x@x.org", "/v1/again"),
    ]
    async with serve_replay(path) as (url, player):
        answers = [await ask(url, request) for request in requests]
        assert player.tally.played == {1, 2, 4}
    assert answers[-1].body == HELLO % b"x@x.org"


def build_form(body: bytes) -> bytes:
    request = build_post(CALLS, body)
    return request.replace(b"application/json", b"application/x-www-form-urlencoded")


DUMMIES = [
    ("in JSON", build_person(b"ann.lee@example.org"), build_person(b"bob"), b"bob"),
    (
        "with an escape sequence",
        build_person(b"ann.lee@example.org"),
        build_person(b"b\\u00f6b"),
        "böb".encode(),
    ),
    (
        "in a query",
        build_get("/v1/people?mail=ann.lee@example.org"),
        build_get("/v1/people?mail=b%2Bb"),
        b"b+b",
    ),
    (
        "in a path",
        build_get("/v1/people/ann.lee@example.org/x"),
        build_get("/v1/people/bob/x"),
        b"bob",
    ),
    (
        "in a form",
        build_form(b"mail=ann.lee%40example.org&b=1"),
        build_form(b"mail=bob&b=1"),
        b"bob",
    ),
]


@pytest.mark.parametrize(("why", "live", "sent", "value"), DUMMIES, ids=[row[0] for row in DUMMIES])
async def test_a_dummy_value_matches_a_placeholder_and_is_restored(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    why: str,
    live: bytes,
    sent: bytes,
    value: bytes,
) -> None:
    path = tmp_path / "c.cassette"
    await record(path, (live, [build_json_ok(HELLO % b"ann.lee@example.org")]))
    capsys.readouterr()
    [answer] = await replay(path, sent)
    assert (answer.status, answer.body) == (200, HELLO % value)
    assert "wildcard" in capsys.readouterr().out, "the log says that a wildcard matched"


async def test_an_equal_request_is_preferred_to_a_wildcard(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "c.cassette"
    calls = [
        (build_person(name), [build_json_ok(HELLO % name)])
        for name in (b"ann.lee@example.org", b"bob")
    ]
    await record(path, *calls)
    async with serve_replay(path) as (url, player):
        await ask(url, build_person(b"bob"))
        assert player.tally.played == {2}
    assert "wildcard" not in capsys.readouterr().out


async def test_restoring_can_be_switched_off(tmp_path: Path) -> None:
    path = tmp_path / "c.cassette"
    await record_two_people(path)
    config = Config(replay=ReplaySettings(restore=False))
    async with serve_replay(path, config=config) as (url, _):
        for name in (b"zoe.fox@example.net", b"bob"):
            answer = await ask(url, build_person(name))
            assert b"REDACTED-email-" in answer.body
            assert name not in answer.body


async def test_a_dummy_value_must_be_a_single_word(tmp_path: Path) -> None:
    path = tmp_path / "c.cassette"
    await record_two_people(path)
    [answer] = await replay(path, build_post(CALLS, MAIL % b"bob or ben"))
    assert answer.status == 404


async def test_values_of_tool_outputs_in_another_order_are_restored_to_their_own(
    tmp_path: Path,
) -> None:
    path = tmp_path / "c.cassette"
    target = "/v1/threads/thread_1/runs/run_1/submit_tool_outputs"

    def build_outputs(*outputs: tuple[str, str]) -> bytes:
        items = [{"tool_call_id": call, "output": f"mail to {mail}"} for call, mail in outputs]
        return build_post(target, json.dumps({"tool_outputs": items}).encode())

    live = build_outputs(("a", "ann.lee@example.org"), ("b", "ben.orr@example.org"))
    await record(path, (live, [build_json_ok(HELLO % b"ann.lee@example.org")]))
    sent = build_outputs(("b", "ben@example.net"), ("a", "ann@example.net"))
    [answer] = await replay(path, sent)
    assert answer.body == HELLO % b"ann@example.net"


class Gate:
    """A call that waits, in whatever thread, until it is let through."""

    def __init__(self, call: Callable[..., object]) -> None:
        self.has_begun = threading.Event()
        self.opened = threading.Event()
        self._call = call

    def __call__(self, *arguments: object, **options: object) -> object:
        self.has_begun.set()
        assert self.opened.wait(10)
        return self._call(*arguments, **options)


SLOW_WORK = [
    ("the search for the nearest exchange", "core.explain.miss.explain_miss", "/unknown", 404),
    ("the bytes of a large answer", "shell.replay.send_plans.plan_sending", "/2", 200),
]


@pytest.mark.parametrize(
    ("why", "work", "path", "status"), SLOW_WORK, ids=[row[0] for row in SLOW_WORK]
)
async def test_other_clients_do_not_wait_for(
    tmp_path: Path, why: str, work: str, path: str, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    cassette = await record_bodies(tmp_path / "c.cassette", b"small", b"x" * 300_000)
    async with serve_replay(cassette) as (url, player):
        assert (await ask(url, build_get("/1"))).body == b"small"  # its plan is cached
        module, _, name = work.rpartition(".")
        gate = Gate(getattr(import_module(f"runreel.{module}"), name))
        monkeypatch.setattr(f"runreel.{work}", gate)
        slow = asyncio.create_task(ask(url, build_get(path)))
        await asyncio.to_thread(gate.has_begun.wait, 10)
        assert (await ask(url, build_get("/1"))).body == b"small"
        ending = asyncio.create_task(player.in_flight.drain(0))
        await asyncio.wait([ending], timeout=0)
        assert not slow.done()
        assert not ending.done(), "the end of the session waits: its report and its file are needed"
        gate.opened.set()
        assert (await slow).status == status
        await ending


async def test_misses_are_explained_in_their_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cassette = await record_bodies(tmp_path / "c.cassette", b"small")
    thread = "/v1/threads/thread_1"
    async with serve_replay(cassette) as (url, player):
        gate = Gate(explain_miss)
        monkeypatch.setattr("runreel.core.explain.miss.explain_miss", gate)
        first = asyncio.create_task(ask(url, build_get(f"{thread}/runs/first")))
        await asyncio.to_thread(gate.has_begun.wait, 10)
        others = [
            asyncio.create_task(ask(url, build_get(f"{thread}/runs/{number}")))
            for number in range(2, 5)
        ]
        gate.opened.set()
        await asyncio.gather(first, *others)
        documents = player.tally.misses.first_documents
    assert documents[0]["path"] == f"{thread}/runs/first"
    assert [miss["consequence"] for miss in documents] == [
        False,
        True,
        True,
        True,
    ]
