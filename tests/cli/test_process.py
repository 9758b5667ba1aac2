"""The serving commands as processes: their output, their end, and the files that they leave."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import socket
from collections.abc import Sequence
from pathlib import Path

import pytest

from runreel.model import End
from support.client import ask, build_get, build_post, open_client
from support.process import STEP_TIMEOUT, run_runreel, start_runreel
from support.proxy import read_exchanges, serve_recording
from support.upstream import (
    LAST_CHUNK,
    STALL,
    STREAM_HEAD,
    Script,
    build_ok,
    encode_chunks,
    serve_scripts,
)

pytestmark = pytest.mark.slow

FIRST, SECOND = encode_chunks(b"data: 1\n\n"), encode_chunks(b"data: 2\n\n")
RUN = build_post("/v1/threads/thread_1/runs", b'{"assistant_id": "asst_1", "stream": true}')
HEALTH = b"GET /-/health HTTP/1.1\r\nHost: localhost\r\n\r\n"
ANYWHERE = ("--listen", "127.0.0.1:0")
NOWHERE = "http://127.0.0.1:1"
STOPPING = [signal.SIGINT, signal.SIGTERM]


async def record_cassette(path: Path, *scripts: Script) -> Path:
    """Record ``GET /1``, ``GET /2`` and so on, one exchange for each script."""
    async with serve_scripts(*scripts) as upstream, serve_recording(upstream.url, path) as proxy:
        for number in range(1, len(scripts) + 1):
            await ask(proxy.url, build_get(f"/{number}"))
    return path


async def wait_until_refused(url: str) -> None:
    """Wait until connections are refused, because the process has started to stop."""
    host, _, port = url.removeprefix("http://").partition(":")
    async with asyncio.timeout(STEP_TIMEOUT):
        while True:
            try:
                _, writer = await asyncio.open_connection(host, int(port))
                writer.close()
                await writer.wait_closed()
            except ConnectionRefusedError:
                return
            except ConnectionResetError:
                continue  # it was waiting in line when the socket closed


SERVING = [
    ("record", ("record", "new", "--upstream", NOWHERE, *ANYWHERE), ["session_ended"]),
    ("replay", ("replay", "old.cassette", *ANYWHERE), ["session_ended"]),
    ("simulate", ("simulate", *ANYWHERE), []),
]


@pytest.mark.parametrize("number", STOPPING, ids=[each.name for each in STOPPING])
@pytest.mark.parametrize(
    ("arguments", "summary"), [c[1:] for c in SERVING], ids=[c[0] for c in SERVING]
)
async def test_one_line_says_that_it_is_ready_and_a_signal_ends_it(
    arguments: Sequence[str], summary: list[str], number: signal.Signals, tmp_path: Path
) -> None:
    await record_cassette(tmp_path / "old.cassette", [build_ok(b"1")])
    async with start_runreel(*arguments, cwd=tmp_path) as process:
        await process.wait_until_ready()
        ended = await process.stop(number)
    assert ended.code == 0
    assert re.fullmatch(r"listening on http://127\.0\.0\.1:\d+\n", ended.output)
    assert [json.loads(line)["event"] for line in ended.errors.splitlines()] == summary


async def test_a_stream_that_ends_in_time_is_recorded_completely(tmp_path: Path) -> None:
    is_stopping = asyncio.Event()
    script: Script = [STREAM_HEAD + FIRST, is_stopping, SECOND + LAST_CHUNK]
    env = {"RUNREEL_LIMITS_SHUTDOWN_TIMEOUT": "30"}
    async with (
        serve_scripts(script) as upstream,
        start_runreel(
            "record", "c", "--upstream", upstream.url, *ANYWHERE, cwd=tmp_path, env=env
        ) as p,
        open_client(url := await p.wait_until_ready()) as client,
    ):
        await client.send(RUN)
        await client.read_head()
        assert await client.read_chunk() == b"data: 1\n\n"
        p.send(signal.SIGTERM)
        await wait_until_refused(url)
        is_stopping.set()
        assert [await client.read_chunk(), await client.read_chunk()] == [b"data: 2\n\n", b""]
        assert (await p.wait()).code == 0
    [exchange] = read_exchanges(tmp_path / "cassettes" / "c.cassette")
    assert exchange.answer.body == b"data: 1\n\ndata: 2\n\n"
    assert (exchange.head.end, exchange.head.whole) == (End.COMPLETE, True)


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
async def test_times_have_microseconds_with_every_event_loop(loop: str, tmp_path: Path) -> None:
    arguments = ("c", "--loop", loop, *ANYWHERE)
    async with (
        serve_scripts([STREAM_HEAD + FIRST + SECOND + LAST_CHUNK]) as upstream,
        start_runreel("record", *arguments, "--upstream", upstream.url, cwd=tmp_path) as process,
    ):
        await ask(await process.wait_until_ready(), RUN)
        assert (await process.stop()).code == 0
    [exchange] = read_exchanges(tmp_path / "cassettes" / "c.cassette")
    timings = exchange.head.timings
    moments = [timings.head_us, timings.end_us, *(frame.dt_us for frame in exchange.answer.frames)]
    assert any(moment % 1_000 for moment in moments)


@pytest.mark.parametrize("number", STOPPING, ids=[each.name for each in STOPPING])
async def test_a_stream_that_does_not_end_is_recorded_up_to_the_stop(
    number: signal.Signals, tmp_path: Path
) -> None:
    env = {"RUNREEL_LIMITS_SHUTDOWN_TIMEOUT": "0.1"}
    async with (
        serve_scripts([STREAM_HEAD + FIRST, STALL]) as upstream,
        start_runreel(
            "record", "c", "--upstream", upstream.url, *ANYWHERE, cwd=tmp_path, env=env
        ) as p,
        open_client(await p.wait_until_ready()) as client,
    ):
        await client.send(RUN)
        await client.read_head()
        assert await client.read_chunk() == b"data: 1\n\n"
        ended = await p.stop(number)
    [exchange] = read_exchanges(tmp_path / "cassettes" / "c.cassette")
    assert (exchange.head.end, exchange.answer.body) == (End.SHUTDOWN, b"data: 1\n\n")
    [recorded, summary] = [json.loads(line) for line in ended.errors.splitlines()]
    assert (ended.code, recorded["end"], summary["recorded"]) == (0, "shutdown", 1)


@pytest.mark.parametrize("number", STOPPING, ids=[each.name for each in STOPPING])
async def test_a_second_signal_ends_it_immediately(number: signal.Signals, tmp_path: Path) -> None:
    env = {"RUNREEL_LIMITS_SHUTDOWN_TIMEOUT": "3600"}
    async with (
        serve_scripts([STREAM_HEAD + FIRST, STALL]) as upstream,
        start_runreel(
            "record", "c", "--upstream", upstream.url, *ANYWHERE, cwd=tmp_path, env=env
        ) as p,
        open_client(url := await p.wait_until_ready()) as client,
    ):
        await client.send(RUN)
        await client.read_head()
        p.send(number)
        await wait_until_refused(url)
        assert (await p.stop(number)).code == 128 + number


async def test_a_port_that_is_in_use(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as occupied:
        address = f"127.0.0.1:{occupied.getsockname()[1]}"
        ended = await run_runreel(
            "record", "c", "--upstream", NOWHERE, "--listen", address, cwd=tmp_path
        )
    assert (ended.code, ended.output) == (3, "")
    assert f"cannot listen on {address}: Address already in use" in ended.errors
    assert "--listen" in ended.errors
    assert not (tmp_path / "cassettes" / "c.cassette").exists()


async def test_a_cassette_that_another_process_is_recording(tmp_path: Path) -> None:
    record = ("record", "c", "--upstream", NOWHERE, *ANYWHERE)
    async with start_runreel(*record, cwd=tmp_path) as holder:
        await holder.wait_until_ready()
        ended = await run_runreel(*record, cwd=tmp_path)
    assert (ended.code, ended.output) == (3, "")
    assert f"is being written by process {holder.process.pid}" in ended.errors


def flip_bit(path: Path, text: bytes) -> int:
    """Flip a bit at the start of ``text`` in a file, and return its offset."""
    data = bytearray(path.read_bytes())
    offset = data.index(text)
    data[offset] ^= 1
    path.write_bytes(data)
    return offset


async def test_a_damaged_cassette_is_reported_with_the_offset(tmp_path: Path) -> None:
    path = await record_cassette(tmp_path / "c.cassette", [build_ok(b"1")], [build_ok(b"2")])
    offset = flip_bit(path, b"GET")
    ended = await run_runreel("replay", path, *ANYWHERE, cwd=tmp_path)
    assert (ended.code, ended.output) == (3, "")
    assert 0 < find_byte(ended.errors) <= offset
    assert "runreel verify --repair" in ended.errors


async def test_a_damaged_answer_is_reported_with_the_offset_when_requested(tmp_path: Path) -> None:
    path = await record_cassette(
        tmp_path / "c.cassette", [build_ok(b"1" * 99)], [build_ok(b"2" * 99)]
    )
    offset = flip_bit(path, b"1" * 99)
    async with start_runreel("replay", path, *ANYWHERE, cwd=tmp_path) as process:
        url = await process.wait_until_ready()
        damaged, intact = await ask(url, build_get("/1")), await ask(url, build_get("/2"))
        ended = await process.stop()
    assert (damaged.status, damaged.find_header(b"x-runreel-outcome")) == (404, b"miss")
    assert 0 < find_byte(damaged.body.decode()) <= offset
    assert intact.body == b"2" * 99
    assert list_events(ended.errors) == [
        "exchange_unplayable",
        "exchange_replayed",
        "session_ended",
    ]
    assert find_byte(ended.errors) == find_byte(damaged.body.decode())


def find_byte(text: str) -> int:
    match = re.search(r"at byte (\d+)", text)
    assert match is not None, text
    return int(match[1])


REFUSED = [
    ("no cassette", ("replay", "none", *ANYWHERE), {}, 3, "runreel record cassettes/none.cassette"),
    ("an unknown option", ("replay", "c", "--sped", "2"), {}, 2, "--sped"),
    ("an invalid value", ("replay", "c", "--speed", "fast"), {}, 2, "--speed"),
    (
        "an unknown setting",
        ("replay", "c"),
        {"RUNREEL_LIMITS_MAX_BDY": "1"},
        2,
        "LIMITS_MAX_BODY",
    ),
    ("record without an upstream", ("record", "c"), {}, 2, "--upstream"),
    ("an invalid cassette name", ("record", "..", "--upstream", NOWHERE), {}, 2, "'..'"),
    ("an unknown command", ("recrod", "c"), {}, 2, 'did you mean "record"?'),
]


@pytest.mark.parametrize(
    ("arguments", "env", "code", "expected"), [c[1:] for c in REFUSED], ids=[c[0] for c in REFUSED]
)
async def test_invalid_usage_is_rejected_with_advice(
    arguments: Sequence[str], env: dict[str, str], code: int, expected: str, tmp_path: Path
) -> None:
    ended = await run_runreel(*arguments, cwd=tmp_path, env=env)
    assert (ended.code, ended.output) == (code, "")
    assert expected in ended.errors
    assert list(tmp_path.iterdir()) == [], "no file was created"


async def test_the_proxy_survives_an_unreachable_upstream(tmp_path: Path) -> None:
    async with start_runreel(
        "record", "c", "--upstream", NOWHERE, *ANYWHERE, cwd=tmp_path
    ) as process:
        url = await process.wait_until_ready()
        answers = [await ask(url, RUN), await ask(url, RUN), await ask(url, HEALTH)]
        ended = await process.stop()
    assert [answer.status for answer in answers] == [502, 502, 200]
    assert NOWHERE.encode() in answers[0].body
    assert ended.code == 0
    assert not (tmp_path / "cassettes" / "c.cassette").exists(), "nothing was recorded"


async def test_a_logged_exchange_survives_a_kill(tmp_path: Path) -> None:
    async with (
        serve_scripts(
            [build_ok(b"one")], [build_ok(b"two")], [STREAM_HEAD + FIRST, STALL]
        ) as upstream,
        start_runreel(
            "record", "c", "--upstream", upstream.url, *ANYWHERE, cwd=tmp_path
        ) as process,
    ):
        url = await process.wait_until_ready()
        for path in ("/1", "/2"):
            await ask(url, build_get(path))
            assert json.loads(await process.read_log_line())["event"] == "exchange_recorded"
        async with open_client(url) as client:
            await client.send(RUN)
            await client.read_head()
            assert await client.read_chunk() == b"data: 1\n\n"
            assert (await process.stop(signal.SIGKILL)).code == -signal.SIGKILL
    assert (await run_runreel("verify", "cassettes/c.cassette", cwd=tmp_path)).code == 0
    async with start_runreel("replay", "c", *ANYWHERE, cwd=tmp_path) as process:
        url = await process.wait_until_ready()
        answers = [
            await ask(url, build_get("/1")),
            await ask(url, build_get("/2")),
            await ask(url, RUN),
        ]
        assert (await process.stop()).code == 0
    assert [(answer.status, answer.body) for answer in answers[:2]] == [
        (200, b"one"),
        (200, b"two"),
    ]
    assert (answers[2].status, answers[2].find_header(b"x-runreel-outcome")) == (404, b"miss")


async def test_the_log_on_a_pipe_is_json_without_data_from_the_wire(tmp_path: Path) -> None:
    key, sent, received = (f"sk-test-canary-{part}" for part in ("header", "request", "answer"))
    request = build_post(
        "/v1/threads", f'{{"said": "{sent}"}}'.encode(), f"Authorization: Bearer {key}"
    )
    async with (
        serve_scripts([build_ok(received.encode())]) as upstream,
        start_runreel(
            "record", "c", "--upstream", upstream.url, *ANYWHERE, cwd=tmp_path
        ) as process,
    ):
        url = await process.wait_until_ready()
        for _ in range(3):
            assert (await ask(url, request)).body == received.encode()
        recorded = await process.stop()
    async with start_runreel("replay", "c", *ANYWHERE, cwd=tmp_path) as process:
        url = await process.wait_until_ready()
        for _ in range(3):
            assert (await ask(url, request)).body == received.encode()
        replayed = await process.stop()
    assert list_events(recorded.errors) == ["exchange_recorded"] * 3 + ["session_ended"]
    assert list_events(replayed.errors) == ["exchange_replayed"] * 3 + ["session_ended"]
    for canary in (key, sent, received):
        assert canary not in recorded.errors + replayed.errors


async def test_a_miss_is_logged_without_the_request_body(tmp_path: Path) -> None:
    body = "test-canary-request"
    await record_cassette(tmp_path / "c.cassette", [build_ok(b"1")])
    async with start_runreel("replay", "c.cassette", *ANYWHERE, cwd=tmp_path) as process:
        answer = await ask(await process.wait_until_ready(), build_post("/1", body.encode()))
        ended = await process.stop()
    assert (answer.status, list_events(ended.errors)) == (404, ["miss", "session_ended"])
    assert body not in ended.errors


def list_events(log: str) -> list[str]:
    return [json.loads(line)["event"] for line in log.splitlines()]


CHILDREN = [
    ("a success", ("true",), 0),
    ("a failure", ("sh", "-c", "exit 7"), 7),
    ("an end by a signal", ("sh", "-c", "kill -9 $$"), 137),
    ("a missing program", ("no-such-program",), 2),
]


@pytest.mark.parametrize(("child", "code"), [c[1:] for c in CHILDREN], ids=[c[0] for c in CHILDREN])
async def test_the_exit_code_is_that_of_the_wrapped_command(
    child: Sequence[str], code: int, tmp_path: Path
) -> None:
    await record_cassette(tmp_path / "c.cassette", [build_ok(b"1")])
    ended = await run_runreel("replay", "c.cassette", "--", *child, cwd=tmp_path)
    assert (ended.code, ended.output) == (code, "")


async def test_a_wrapped_command_has_standard_output_for_itself(tmp_path: Path) -> None:
    await record_cassette(tmp_path / "c.cassette", [build_ok(b"1")])
    show = ("sh", "-c", "echo $OPENAI_BASE_URL $OPENAI_API_KEY")
    ended = await run_runreel("replay", "c.cassette", "--", *show, cwd=tmp_path)
    key = os.environ.get("OPENAI_API_KEY", "runreel-needs-no-key")
    assert re.fullmatch(rf"http://127\.0\.0\.1:\d+/v1 {re.escape(key)}\n", ended.output)


async def test_a_proxy_is_not_its_own_upstream(tmp_path: Path) -> None:
    own = ("--listen", "127.0.0.1:7399", "--upstream", "http://localhost:7399")
    ended = await run_runreel("record", "c", *own, cwd=tmp_path)
    assert ended.code == 2
    assert "own address" in ended.errors
