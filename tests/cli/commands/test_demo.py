"""``runreel demo``, its conversation, and the sample cassette that it recorded."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from runreel.cli import run
from runreel.cli.commands import demo as command
from runreel.config import Config, RedactSettings, Speed
from runreel.core.cassette import CassetteHeader
from runreel.demo import CONVERSATION, ConversationStep, Turn, compare_conversations, converse, loop
from runreel.errors import RunreelError
from runreel.model import Answer, End, Frame, Request
from runreel.shell.replay.player import Player
from runreel.shell.session.opening import build_player
from runreel.shell.store import CassetteReader, CassetteWriter
from runreel.simulator import serve_simulator
from support.logs import restore_logging
from support.process import STEP_TIMEOUT, RunningProcess, run_runreel, start_runreel
from support.proxy import read_exchanges, serve_replay
from support.upstream import ABORT, LAST_CHUNK, STREAM_HEAD, Script, encode_chunks, serve_scripts

pytestmark = pytest.mark.slow

SAMPLE = Path(__file__).parents[3] / "cassettes" / "demo.cassette"
SECTIONS = ["Recording", "The simulator is stopped", "Comparing", "The cassette", "Try next"]


async def test_it_reports_every_step(tmp_path: Path) -> None:
    ended = await run_runreel("demo", cwd=tmp_path, env={"PYTHONIOENCODING": "ascii"})
    assert (ended.code, ended.errors) == (0, "")
    assert ended.output.isascii(), "characters that the terminal cannot show are escaped"
    assert "\x1b" not in ended.output, "no colour on a pipe"
    assert "DIFFERENT" not in ended.output
    assert ended.output.count("the same: ") == 2
    assert [line for line in SECTIONS if f"\n{line}" in ended.output] == SECTIONS
    live, replay = (
        re.findall(rf"^ *{side} \| (.*)$", ended.output, re.M) for side in ("live", "replay")
    )
    assert live == replay
    assert 'get_weather: {"city":"Lisbon"}' in live
    assert r"Hello from the simulator \U0001f44b" in live[0]


APIS = [
    ("agents", ["agents.sessions.create", "agents.sessions.events.stream"]),
    ("responses", ["responses.create", "responses.retrieve"]),
]


@pytest.mark.parametrize(("api", "operations"), APIS, ids=[row[0] for row in APIS])
async def test_it_demonstrates_other_apis(tmp_path: Path, api: str, operations: list[str]) -> None:
    ended = await run_runreel("demo", "--api", api, cwd=tmp_path)
    assert (ended.code, ended.errors) == (0, "")
    assert ended.output.count("the same: ") == 2
    live, replay = (
        re.findall(rf"^ *{side} \| (.*)$", ended.output, re.M) for side in ("live", "replay")
    )
    assert live == replay
    assert live[-2] == "Your function says “18 °C, a light breeze from the sea”."
    heads = [each.head for each in read_exchanges(tmp_path / "cassettes" / "first.cassette")]
    assert {head.dialect for head in heads} == {api}
    assert set(operations) <= {head.operation for head in heads}
    assert not any(head.problems for head in heads)


async def test_a_message_is_posted_while_the_stream_of_a_session_is_open(tmp_path: Path) -> None:
    await run_runreel("demo", "--api", "agents", cwd=tmp_path)
    heads = [each.head for each in read_exchanges(tmp_path / "cassettes" / "first.cassette")]
    numbers = {head.operation: head.number for head in heads}
    stream = heads[numbers["agents.sessions.events.stream"] - 1]
    posted = heads[numbers["agents.sessions.events.create"] - 1]
    ended_ns = stream.timings.started_ns + stream.timings.end_us * 1000
    assert stream.timings.started_ns < posted.timings.started_ns < ended_ns
    assert stream.end is End.CLIENT_LEFT


@pytest.fixture(autouse=True)
def _restore_logging() -> Iterator[None]:
    with restore_logging():
        yield


@pytest.fixture
def demo_output(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> str:
    """Return the output of the command, run in an empty folder with a simulator without delays."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(command, "EVENT_DELAY", 0.0)
    assert run(["demo"]) == 0
    return capsys.readouterr().out


def test_the_cassette_is_at_the_printed_path_and_alone(demo_output: str, tmp_path: Path) -> None:
    folder = tmp_path / "cassettes"
    [path] = folder.iterdir()
    exchanges = read_exchanges(path)
    size = f"{path.stat().st_size / 1024:.1f} KiB"
    assert f"cassettes/first.cassette: {len(exchanges)} exchanges, {size}\n" in demo_output
    assert [stat.S_IMODE(each.stat().st_mode) for each in (folder, path)] == [0o700, 0o600]


def test_the_suggested_commands_fit_the_cassette(demo_output: str, tmp_path: Path) -> None:
    suggestion = re.search(r"runreel show cassettes/first.cassette (\d+)\n", demo_output)
    assert suggestion is not None
    exchange = read_exchanges(tmp_path / "cassettes" / "first.cassette")[int(suggestion[1]) - 1]
    assert (exchange.head.number, exchange.head.operation) == (int(suggestion[1]), "runs.create")
    assert exchange.answer.body.endswith(b"data: [DONE]\n\n")
    assert "runreel replay cassettes/first.cassette --speed recorded\n" in demo_output
    assert "runreel record my-app --upstream " in demo_output


def test_the_folder_and_the_file_can_be_chosen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(command, "EVENT_DELAY", 0.0)
    monkeypatch.setenv("RUNREEL_CASSETTES", "kept/here")
    monkeypatch.setenv("RUNREEL_REDACT_FIELDS", "object")  # would make the replay differ
    assert run(["demo"]) == 0
    assert run(["demo", "a b.cassette"]) == 0
    assert (tmp_path / "kept" / "here" / "first.cassette").exists()
    assert (tmp_path / "a b.cassette").exists()


def test_it_replays_at_the_recorded_pace_and_then_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    speeds = []

    def open_noted(config: Config, reader: CassetteReader) -> Player:
        speeds.append(config.replay.speed)
        return build_player(config, reader)

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(command, "EVENT_DELAY", 0.0)
    monkeypatch.setattr(loop, "build_player", open_noted)
    assert run(["demo"]) == 0
    assert speeds == [Speed.RECORDED, Speed.INSTANT]


def test_a_difference_is_reported_and_sets_the_exit_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def open_another(config: Config, reader: CassetteReader) -> Player:
        reader.close()
        other = CassetteReader.open(SAMPLE)
        reader.close = other.close  # type: ignore[method-assign]  # the loop closes what it opened
        return build_player(config, other)

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(command, "EVENT_DELAY", 0.0)
    monkeypatch.setattr(loop, "build_player", open_another)
    assert run(["demo"]) == 1
    out = capsys.readouterr().out
    assert "DIFFERENT: replay and live conversation" in out
    assert "1  POST /v1/assistants: headers differ: " in out
    assert "the same: a second replay" in out


async def wait_for_text(process: RunningProcess, text: str) -> None:
    """Read lines until one contains the text."""
    while text not in (line := await process.read_line()):
        assert line, "the text was not printed"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
async def test_an_interrupted_recording_leaves_the_old_cassette(
    number: signal.Signals, tmp_path: Path
) -> None:
    shutil.copy(SAMPLE, tmp_path / "c.cassette")
    async with start_runreel("demo", "c.cassette", cwd=tmp_path) as process:
        await wait_for_text(process, "live | ")
        ended = await process.stop(number)
    assert (ended.code, ended.errors) == (130, "")
    assert [path.name for path in tmp_path.iterdir()] == ["c.cassette"]
    assert (tmp_path / "c.cassette").read_bytes() == SAMPLE.read_bytes()


def test_it_stops_when_its_output_is_closed(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "runreel", "demo", "c.cassette"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.wait(STEP_TIMEOUT) == 141
    assert list(tmp_path.iterdir()) == []


def test_a_cassette_that_is_being_recorded_is_not_changed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "c.cassette"
    writer = CassetteWriter.create(path, CassetteHeader(0, "test", "http://127.0.0.1:1"))
    before = path.read_bytes()
    assert run(["demo", str(path)]) == 3
    assert "is being written by process" in capsys.readouterr().err
    assert path.read_bytes() == before
    writer.discard()


def test_a_folder_is_not_a_cassette(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "c.cassette").mkdir()
    assert run(["demo", str(tmp_path / "c.cassette")]) == 3
    assert "not a regular file" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["c.cassette"]


async def test_a_failed_conversation_leaves_no_cassette(tmp_path: Path) -> None:
    demo = loop.DemoLoop(tmp_path / "c.cassette", loop.build_demo_config(Config()))
    refusal = b"HTTP/1.1 500 Oh\r\nContent-Length: 2\r\n\r\n{}"
    async with serve_scripts([refusal]) as upstream:
        with pytest.raises(RunreelError, match="answered POST /v1/assistants with status 500"):
            await demo.record(upstream.url, Listener())
    assert list(tmp_path.iterdir()) == []


async def test_an_exchange_that_cannot_be_stored_leaves_no_cassette(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_OPERATION", "runs.create")  # the name of a call, in every record
    unstorable = RedactSettings(environment=("SECRET_OPERATION",))
    demo = loop.DemoLoop(tmp_path / "c.cassette", Config(redact=unstorable))
    async with serve_simulator() as simulator:
        with pytest.raises(RunreelError, match="exchanges were not stored"):
            await demo.record(simulator, Listener())
    assert list(tmp_path.iterdir()) == []


ASK = ConversationStep("ask", "POST", "/v1/threads/thread_1/runs", {"assistant_id": "asst_1"})
POLL = ConversationStep("poll", "GET", "/v1/threads/thread_1/runs/run_1", until="completed")


def build_delta(text: str) -> bytes:
    content = [{"index": 0, "type": "text", "text": {"value": text}}]
    data = {"id": "m", "object": "thread.message.delta", "delta": {"content": content}}
    event = b"event: thread.message.delta\ndata: %s\n\n" % json.dumps(data).encode()
    return encode_chunks(event)


def build_run_answer(status: str) -> bytes:
    body = json.dumps({"id": "run_1", "object": "thread.run", "status": status}).encode()
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nopenai-poll-after-ms: 1\r\n"
    return head + b"Content-Length: %d\r\n\r\n" % len(body) + body


class Listener:
    """A display that collects the texts, and signals the first one."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.has_text = asyncio.Event()

    def show_answer(self, title: str, operation: str, status: int) -> None:
        self.texts.append(f"{operation} {status}")

    def show_text(self, text: str) -> None:
        self.texts.append(text)
        self.has_text.set()

    def finish_answer(self) -> None:
        self.texts.append("end")


async def test_each_piece_is_shown_before_the_next_is_sent() -> None:
    listener = Listener()
    script: Script = [
        STREAM_HEAD + build_delta("Hel"),
        listener.has_text,
        build_delta("lo") + LAST_CHUNK,
    ]
    async with serve_scripts(script) as upstream:
        [turn] = await converse(upstream.url, [ASK], display=listener)
    assert listener.texts == ["runs.create 200", "Hel", "lo", "end"]
    assert [frame.end_of_chunk for frame in turn.answer.frames] == [True, True]


ENDINGS: list[tuple[str, list[Script], list[tuple[int, bool]]]] = [
    (
        "a run is polled until it is completed",
        [
            [build_run_answer("queued")],
            [build_run_answer("in_progress")],
            [build_run_answer("completed")],
        ],
        [(200, True)] * 4,
    ),
    ("polling is limited", [[build_run_answer("queued")]], [(200, True)] * 20),
    (
        "an error ends it",
        [[b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}"]],
        [(404, True)],
    ),
    ("an incomplete stream ends it", [[STREAM_HEAD + build_delta("Hel"), ABORT]], [(200, False)]),
]


@pytest.mark.parametrize(
    ("scripts", "turns"), [case[1:] for case in ENDINGS], ids=[case[0] for case in ENDINGS]
)
async def test_the_end_of_a_conversation(
    scripts: list[Script], turns: list[tuple[int, bool]]
) -> None:
    async with serve_scripts(*scripts) as upstream:
        conversation = await converse(upstream.url, [POLL, ASK], display=Listener())
    assert [(turn.answer.status, turn.is_whole) for turn in conversation][: len(turns)] == turns


async def test_the_server_gets_the_name_of_an_unknown_id() -> None:
    steps = [
        ConversationStep("create", "POST", "/v1/threads", {}),
        ConversationStep("read", "GET", "/v1/threads/{thread_id}"),
    ]
    async with serve_scripts([b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"]) as upstream:
        await converse(upstream.url, steps, display=Listener())
    assert upstream.list_heads()[1].startswith(b"GET /v1/threads/thread_id HTTP/1.1")


TURN = Turn(
    Request("GET", b"/v1/x", ()),
    Answer(200, b"OK", ((b"A", b"1"),), b"abcd", (Frame(10, 2, True), Frame(20, 2, True))),
    is_whole=True,
)


def change_answer(**changes: object) -> Turn:
    return replace(TURN, answer=replace(TURN.answer, **changes))


DIFFERENCES = [
    ("nothing", [TURN], []),
    (
        "times are not compared here",
        [change_answer(frames=(Frame(9, 2, True), Frame(9, 2, True)))],
        [],
    ),
    (
        "pieces of one chunk are not boundaries",
        [change_answer(frames=(Frame(1, 1, False), Frame(1, 1, True), Frame(1, 2, True)))],
        [],
    ),
    ("a turn is missing", [], ["only the first conversation has this turn"]),
    (
        "the request",
        [replace(TURN, request=Request("GET", b"/y", ()))],
        ["the request differs: GET /y"],
    ),
    ("status", [change_answer(status=404, reason=b"No")], ["status 200 b'OK', then 404 b'No'"]),
    ("reason", [change_answer(reason=b"Fine")], ["status 200 b'OK', then 200 b'Fine'"]),
    ("a header", [change_answer(headers=((b"A", b"2"),))], ["headers differ: 'A: 1', then 'A: 2'"]),
    (
        "its letter case",
        [change_answer(headers=((b"a", b"1"),))],
        ["headers differ: 'A: 1', then 'a: 1'"],
    ),
    ("one header less", [change_answer(headers=())], ["headers differ: 'A: 1', then none"]),
    ("a byte", [change_answer(body=b"abCd")], ["bodies of 4 and 4 bytes differ from byte 2 on"]),
    (
        "one byte less",
        [change_answer(body=b"abc")],
        ["bodies of 4 and 3 bytes differ from byte 3 on"],
    ),
    (
        "chunks, joined",
        [change_answer(frames=(Frame(20, 4, True),))],
        ["2 chunks, then 1, or other chunk boundaries"],
    ),
    ("the end", [replace(TURN, is_whole=False)], ["only the first answer is complete"]),
]


@pytest.mark.parametrize(
    ("second", "expected"),
    [case[1:] for case in DIFFERENCES],
    ids=[case[0] for case in DIFFERENCES],
)
def test_differences(second: list[Turn], expected: list[str]) -> None:
    assert list(compare_conversations([TURN], second).differences) == [
        f"1  GET /v1/x: {each}" for each in expected
    ]


def test_counts_and_pace() -> None:
    later = change_answer(frames=(Frame(13, 2, True), Frame(15, 2, True)))
    compared = compare_conversations([TURN, TURN], [TURN, later])
    assert (compared.answers, compared.size, compared.chunks) == (2, 8, 4)
    assert compared.slip_us == 5


async def test_the_sample_answers_the_complete_conversation() -> None:
    exchanges = read_exchanges(SAMPLE)
    async with serve_replay(SAMPLE, speed=Speed.INSTANT) as (url, player):
        turns = await converse(url, CONVERSATION, display=Listener())
    assert (player.tally.replayed, player.tally.miss_count) == (len(exchanges), 0)
    answers = [(exchange.answer.status, exchange.answer.body) for exchange in exchanges]
    assert [(turn.answer.status, turn.answer.body) for turn in turns] == answers


async def test_the_sample_is_served_by_the_command_line_to_any_client(tmp_path: Path) -> None:
    serve = ("replay", SAMPLE, "--listen", "127.0.0.1:0")
    async with start_runreel(*serve, cwd=tmp_path) as process:
        url = await process.wait_until_ready()
        turns = await converse(url, CONVERSATION, display=Listener())
        received = await curl(f"{url}/v1/threads/thread_sim00000001/runs")
        assert (await process.stop()).code == 0
    assert [turn.answer.status for turn in turns] == [200] * len(read_exchanges(SAMPLE))
    assert received == turns[3].answer.body


async def curl(url: str) -> bytes:
    """Create a streamed run with the curl program, and return the body of the answer."""
    body = '{"assistant_id": "asst_sim00000001", "stream": true}'
    process = await asyncio.create_subprocess_exec(
        "curl", "-sN", url, "-H", "Content-Type: application/json", "-d", body,
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, _ = await process.communicate()
    return out


def test_the_sample_has_every_kind_of_run() -> None:
    operations = [exchange.head.operation for exchange in read_exchanges(SAMPLE)]
    assert operations.count("runs.create") == 3
    assert operations.count("runs.retrieve") >= 2
    assert {"assistants.create", "threads.create", "messages.create", "messages.list"} < {
        *operations
    }
    assert "runs.submit_tool_outputs" in operations


def test_the_sample_is_small_and_contains_nothing_private() -> None:
    data = SAMPLE.read_bytes()
    assert len(data) < 100_000
    assert loop.KEY.encode() not in data
    assert b"REDACTED-authorization-1" in data
    assert re.findall(rb"/(?:root|home|Users|tmp|var)/", data) == []
    assert re.findall(rb"https?://(?!127\.0\.0\.1:)", data) == []
