"""``runreel tail``: its lines about a proxy that is running, its filter, and its end."""

from __future__ import annotations

import asyncio
import json
import signal
from pathlib import Path

import pytest

from runreel.cli import run
from runreel.config import Config
from support.client import ask, build_get, build_post
from support.control import open_session
from support.process import STEP_TIMEOUT, RunningProcess, run_runreel, start_runreel
from support.proxy import LIMITS, record_bodies, serve_sessions
from support.upstream import LAST_CHUNK, STREAM_HEAD, encode_chunks, serve_scripts

RECORD = Config(limits=LIMITS, mode="record")
KEY = "sk-proj-Zq3Tt8vWx2LmN5rYb7KdGh4JpSuA9cEf"
CHAT = build_post(
    f"/@a/v1/chat/completions?api_key={KEY}",
    json.dumps({"model": "gpt-4o", "stream": True, "messages": []}).encode(),
    f"Authorization: Bearer {KEY}",
)


def build_chunk(content: str, **more: object) -> bytes:
    choice = {"index": 0, "delta": {"content": content}, "finish_reason": None}
    chunk = {"object": "chat.completion.chunk", "id": "c1", "model": "gpt-4o-2024", **more}
    return b"data: " + json.dumps({"choices": [choice], **chunk}).encode() + b"\n\n"


OP = "chat.completions.create"
USAGE = {"prompt_tokens": 12, "completion_tokens": 3, "total_tokens": 15}
STREAM = (
    build_chunk("It is \x1b[31msunny"),
    build_chunk(f" {KEY}"),
    build_chunk("", usage=USAGE),
    b"data: [DONE]\n\n",
)
SCRIPT = [STREAM_HEAD + encode_chunks(*STREAM), LAST_CHUNK]


async def wait_for_follower(url: str, process: RunningProcess) -> None:
    """Make calls that do not exist, until the process prints one of them."""
    line = asyncio.ensure_future(process.read_line())
    while not line.done():
        await ask(url, build_get("/probe"))
        await asyncio.wait([line], timeout=0.1)


async def read_line_with(process: RunningProcess, word: str) -> str:
    while word not in (line := await process.read_line()):
        assert line
    return line


async def test_a_call_is_shown_at_its_begin_and_once_it_is_stored(tmp_path: Path) -> None:
    async with (
        serve_scripts(SCRIPT) as upstream,
        serve_sessions(tmp_path, config=RECORD, upstream=upstream.url) as (url, sessions),
        start_runreel("tail", url, "--events", cwd=tmp_path) as process,
    ):
        await wait_for_follower(url, process)
        await ask(url, CHAT)
        begin = await read_line_with(process, "POST")
        end = await read_line_with(process, "POST")
        rows = [await process.read_line() for _ in range(5)]
        await sessions.close()
        result = await process.wait()
    assert begin.split()[2:] == ["a", "POST", OP]
    assert end.split()[3:] == [
        *("POST", OP, "/v1/chat/completions", "recorded", "#1", "200", "gpt-4o-2024"),
        *("first", *end.split("first ")[1].split()),
    ]
    assert " 12+3 tokens " in end
    assert "'It is \\x1b[31msunny'" in rows[1]
    assert "REDACTED-" in rows[2]
    assert (result.code, result.errors) == (0, "")
    assert KEY not in result.output
    assert "\x1b" not in result.output


async def test_json_has_a_document_a_line(tmp_path: Path) -> None:
    async with (
        serve_scripts(SCRIPT) as upstream,
        serve_sessions(tmp_path, config=RECORD, upstream=upstream.url) as (url, sessions),
        start_runreel("tail", url, "--json", "--events", cwd=tmp_path) as process,
    ):
        await wait_for_follower(url, process)
        await ask(url, CHAT)
        await read_line_with(process, '"answered": {')
        [await process.read_line() for _ in range(4)]
        await sessions.close()
        result = await process.wait()
    documents = [json.loads(line) for line in result.output.splitlines()]
    kinds = [each["type"] for each in documents if each.get("exchange") == 1 or "at" in each]
    [end] = [each for each in documents if each.get("exchange") == 1 and each["type"] == "end"]
    assert kinds[-5:] == ["end", *["event"] * 4]
    assert end["answered"]["usage"]["output_tokens"] == 3
    assert KEY not in result.output


FILTERS = [
    ("the status", "status:404", ["miss"]),
    ("the path", "op:none or /2", ["replayed #2"]),
    ("a miss", "miss", ["miss"]),
    ("the status and the session that runs", "status:200", ["replayed #1", "replayed #2"]),
]


@pytest.mark.parametrize(
    ("filter_text", "outcomes"), [row[1:] for row in FILTERS], ids=[row[0] for row in FILTERS]
)
async def test_a_filter_chooses_the_ends(
    tmp_path: Path, filter_text: str, outcomes: list[str]
) -> None:
    await record_bodies(tmp_path / "c.cassette", b"1", b"2")
    async with (
        serve_sessions(tmp_path) as (url, sessions),
        start_runreel("tail", url, "-f", f"session:c ({filter_text})", cwd=tmp_path) as process,
    ):
        await open_session(url, cassette="c")
        async with asyncio.timeout(STEP_TIMEOUT):
            while not sessions.activity.has_followers:  # noqa: ASYNC110 - in another process
                await asyncio.sleep(0.02)
        for path in ("/1", "/nothing", "/2"):
            await ask(url, build_get(f"/@c{path}"))
        lines = [await process.read_line() for _ in outcomes]
        process.send(signal.SIGINT)
        result = await process.wait()
    assert [any(word in line for word in outcomes) for line in lines] == [True] * len(outcomes)
    assert len(result.output.splitlines()) == len(outcomes)
    assert (result.code, result.errors) == (0, "")


async def test_a_proxy_that_is_killed_ends_it_with_an_error(tmp_path: Path) -> None:
    await record_bodies(tmp_path / "c.cassette", b"1")
    async with start_runreel(
        "replay", "c.cassette", "--listen", "127.0.0.1:0", cwd=tmp_path, env={"NO_COLOR": "1"}
    ) as proxy:
        url = await proxy.wait_until_ready()
        async with start_runreel("tail", url, cwd=tmp_path) as process:
            await wait_for_follower(url, process)
            proxy.send(signal.SIGKILL)
            result = await process.wait()
    assert result.code == 3
    assert f"the connection to {url} is lost" in result.errors


MISTAKES = [
    ("nobody listens", ["tail", "http://127.0.0.1:9"], 3, "is the proxy running there?"),
    ("no URL", ["tail", "https://127.0.0.1"], 2, "is not the URL of a proxy"),
    ("a port that is none", ["tail", "http://a:b"], 2, "is not a URL"),
    ("a filter with a mistake", ["tail", "-f", "opp:x"], 2, "op"),
]


@pytest.mark.parametrize(
    ("arguments", "code", "message"), [row[1:] for row in MISTAKES], ids=[r[0] for r in MISTAKES]
)
def test_mistakes(
    arguments: list[str], code: int, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == code
    assert message in capsys.readouterr().err


async def test_a_server_that_is_no_runreel_is_named(tmp_path: Path) -> None:
    head = b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}"
    async with serve_scripts([head]) as other:
        result = await run_runreel("tail", other.url, cwd=tmp_path)
    assert result.code == 3
    assert "it answers 404, so it is no runreel" in result.errors
