"""``runreel diff``: agents recorded through a real proxy, and what is printed about them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from runreel.cli import run
from runreel.cli.diff.page import DiffPage
from runreel.core.diff.changes.model import (
    Change,
    ChangeKind,
    ChangePart,
    DiffVerdict,
    ExchangeDiff,
    RecordingDiff,
)
from runreel.core.http.stream_reader import split_stream
from runreel.core.word_spans import WordSpan
from runreel.model import Exchange
from support.build import make_answer, make_exchange, make_request
from support.cases import flip_bit
from support.client import ask, build_post
from support.process import start_runreel
from support.proxy import serve_recording
from support.recordings import (
    USUAL,
    Facts,
    Recorder,
    record_chat,
    record_program,
    write_recording,
)
from support.upstream import LAST_CHUNK, STREAM_HEAD, ScriptStep, encode_chunks, serve_scripts

DEMO = Path(__file__).parents[3] / "cassettes" / "demo.cassette"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def keep(events: list[bytes]) -> list[bytes]:
    return events


def drop_event(events: list[bytes]) -> list[bytes]:
    at = next(index for index, event in enumerate(events) if b"degrees" in event)
    return events[:at] + events[at + 1 :]


async def record_agent(
    path: Path,
    seed: int,
    facts: Facts = USUAL,
    *,
    edit: Callable[[list[bytes]], list[bytes]] = keep,
    pause_s: float = 0,
) -> None:
    """Record an agent that calls a tool; ``edit`` and the pause concern its last answer."""
    recorder = Recorder(seed, facts)
    recorder.cuts.seed(1)
    record_chat(recorder, with_tool=True)
    streams = [[*(split_stream((), each.answer.body) or ())] for each in recorder.exchanges]
    streams[-1] = edit(streams[-1])
    resumed = asyncio.Event()
    scripts: list[list[ScriptStep]] = [build_script(events) for events in streams]
    scripts[-1].insert(4, resumed)
    async with serve_scripts(*scripts) as upstream, serve_recording(upstream.url, path) as proxy:
        for number, exchange in enumerate(recorder.exchanges, start=1):
            if number == len(recorder.exchanges):
                asyncio.get_running_loop().call_later(pause_s, resumed.set)
            request = exchange.head.request
            await ask(proxy.url, build_post(request.target.decode(), request.body))


def build_script(events: Sequence[bytes]) -> list[ScriptStep]:
    return [STREAM_HEAD, *map(encode_chunks, events), LAST_CHUNK]


async def test_a_bad_run_is_told_from_a_good_one_with_one_command(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The case that took sixteen minutes by hand: an argument, an event, a pause."""
    await record_agent(Path("good.cassette"), 1)
    await record_agent(Path("again.cassette"), 2)
    assert run(["diff", "good.cassette", "again.cassette"]) == 0
    assert "2 exchanges: 0 behaviour, 0 wording, 2 equivalent" in capsys.readouterr().out
    bad = replace(USUAL, city="Porto")
    await record_agent(Path("bad.cassette"), 3, bad, edit=drop_event, pause_s=0.4)
    capsys.readouterr()
    assert run(["diff", "good.cassette", "bad.cassette", "--timing"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[2].startswith("First difference: #1 chat.completions.create, event ")
    assert lines[2].endswith("answer.tool_call[1].$.city (tool call get_weather)")
    titles = [line.split(",")[0].strip() for line in lines if line.startswith("  answer.")]
    assert titles == [
        "answer.tool_call[1].$.city (tool call get_weather)",
        "answer.events[7] missing (event chat.completion.chunk)",
        "answer.events[4].gap slower",
    ]
    assert "    - Lisbon" in lines
    assert "    + Porto" in lines


async def test_two_runs_against_a_server_that_counts_its_ids(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The simulator gives the first thread the first id, whichever agent asks for it."""
    questions = ["What is the weather in Lisbon?", "Write a haiku about tests."]
    await record_simulated(folder / "one.cassette", questions)
    await record_simulated(folder / "two.cassette", questions[::-1])
    assert run(["diff", "one.cassette", "two.cassette", "--ids"]) == 0
    output = capsys.readouterr().out
    assert "0 behaviour, 0 wording, " in output
    assert "thread_sim00000001 → thread_sim00000002" in output
    await record_simulated(folder / "other.cassette", [questions[1], "Write a haiku about bugs."])
    assert run(["diff", "one.cassette", "other.cassette"]) == 1
    assert "request.$.content" in capsys.readouterr().out


async def record_simulated(path: Path, questions: Sequence[str]) -> None:
    """Record two agents at the same time; the first question gets the first thread."""
    simulator = start_runreel(
        "simulate", "--listen", "127.0.0.1:0", "--delay", "0", cwd=path.parent
    )
    async with simulator as process:
        url = await process.wait_until_ready()
        async with serve_recording(url, path) as proxy:
            assistant = await post(proxy.url, "/v1/assistants", {"model": "gpt-4o"})
            threads = [await post(proxy.url, "/v1/threads", {}) for _ in questions]
            pairs = zip(threads, questions, strict=True)
            await asyncio.gather(
                *(
                    converse(proxy.url, thread["id"], assistant["id"], each)
                    for thread, each in pairs
                )
            )


async def converse(url: str, thread: str, assistant: str, question: str) -> None:
    await post(url, f"/v1/threads/{thread}/messages", {"role": "user", "content": question})
    body = json.dumps({"assistant_id": assistant, "stream": True}).encode()
    await ask(url, build_post(f"/v1/threads/{thread}/runs", body, "Authorization: Bearer any"))


async def post(url: str, path: str, body: object) -> Any:
    data = json.dumps(body).encode()
    answer = await ask(url, build_post(path, data, "Authorization: Bearer any"))
    assert answer.status == 200, answer.body
    return json.loads(answer.body)


@pytest.fixture
def pair(folder: Path) -> tuple[Path, Path]:
    """Write a good and a bad recording into the cassette folder."""
    (folder / "cassettes").mkdir()
    bad = replace(USUAL, city="Porto", answer="<b>Rain</b> `in` | Porto.\x1b[31m")
    good = write_recording(folder / "cassettes/good.cassette", record_program("assistants", 1))
    other = write_recording(folder / "cassettes/bad.cassette", record_program("assistants", 4, bad))
    return good, other


def read_json(capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capsys.readouterr().out)


def test_sides(pair: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    run_ids = [
        next(
            each.head.summary["run_id"]
            for each in record_program("assistants", seed)
            if "run_id" in each.head.summary
        )
        for seed in (1, 4)
    ]
    rows = [
        (["good", "bad"], 13),
        (["good:5", "bad:6"], 1),
        (["good:#5", f"{pair[1]}:6"], 1),
        (["good", "bad", "--filter", "op:runs.create"], 2),
        ([f"good:{run_ids[0]}", f"bad:{run_ids[1]}"], 8),
        (["good:5", "bad:6", "--run"], 5),
    ]
    for arguments, count in rows:
        run(["diff", *arguments, "--json"])
        assert len(read_json(capsys)["exchanges"]) == count, arguments


def test_a_file_name_may_have_a_colon(
    pair: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    Path("a:1.cassette").write_bytes(pair[0].read_bytes())
    assert run(["diff", "./a:1.cassette", "good"]) == 0
    capsys.readouterr()


CODES = [
    (["good", "good"], 0),
    (["good", "bad"], 1),
    (["good", "bad", "--fail-on", "behaviour"], 1),
    (["good:11", "bad:12", "--fail-on", "behaviour"], 0),
    (["good:11", "bad:12"], 1),
    (["good:1", "bad:1"], 0),
    (["good:1", "bad:1", "--fail-on", "equivalent"], 1),
    (["good", "bad", "--only", "usage,calls"], 0),
    (["good", "bad", "--only", "tools", "--only", "text"], 1),
    (["good", "bad", "--ignore", "answer"], 0),
]


@pytest.mark.parametrize(("arguments", "code"), CODES, ids=[" ".join(row[0]) for row in CODES])
def test_exit_codes(pair: tuple[Path, Path], arguments: list[str], code: int) -> None:
    assert run(["diff", *arguments]) == code


ERRORS = [
    (["good", "nothing"], 3, "no cassette at cassettes/nothing.cassette"),
    (["good:99", "bad"], 2, "has no exchange 99; to see all: runreel ls"),
    (["good:run_x", "bad"], 2, "no exchange belongs to such a run"),
    (["good", "bad", "--run"], 2, "--run needs an exchange of each run"),
    (["good", "bad", "--ignore", "$["], 2, "--ignore $[: a JSON path has a mistake"),
    (["good", "bad", "--ignore", "nonsense"], 2, "--ignore nonsense: write a JSON path"),
    (["good", "bad", "--only", "txt"], 2, 'there is no "txt"; the parts are calls, request'),
    (["good", "bad", "--filter", "stauts:1"], 2, 'did you mean "status"'),
    (["good"], 2, "Missing argument 'B'"),
]


@pytest.mark.parametrize(
    ("arguments", "code", "message"), ERRORS, ids=[" ".join(row[0]) for row in ERRORS]
)
def test_errors(
    pair: tuple[Path, Path],
    arguments: list[str],
    code: int,
    message: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(["diff", *arguments]) == code
    assert message in capsys.readouterr().err


def test_a_damaged_cassette(pair: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    data = pair[0].read_bytes()
    pair[0].write_bytes(flip_bit(data, len(data) - 1))
    assert run(["diff", "good", "bad"]) == 3
    assert "checksum does not match" in capsys.readouterr().err
    pair[0].write_bytes(b"not a cassette")
    assert run(["diff", "good", "bad"]) == 3


def test_markdown(pair: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["diff", "good", "bad", "--format", "md"]) == 1
    output = capsys.readouterr().out
    assert output.startswith("### Behaviour: `good` → `bad`\n")
    assert "**behaviour** \\#5 → \\#6 runs.create" in output
    assert "  - Lisbon\n  + Porto\n" in output
    assert "\x1b" not in output
    body = output.partition("```diff")[0]
    assert "<b>" not in body


def test_a_terminal_gets_colour_and_no_control_characters(
    pair: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.delenv("NO_COLOR", raising=False)
    run(["diff", "good", "bad"])
    output = capsys.readouterr().out
    assert "\x1b[31m    - Lisbon\x1b[0m" in output
    assert "\\x1b[31m" in output
    monkeypatch.setenv("NO_COLOR", "1")
    run(["diff", "good", "bad"])
    assert "\x1b" not in capsys.readouterr().out


def make_diff(*changes: Change) -> RecordingDiff:
    verdict = max((change.verdict for change in changes), default=DiffVerdict.IDENTICAL)
    return RecordingDiff((ExchangeDiff(1, 2, "call", verdict, changes),), {})


def make_change(left: str, right: str, words: str = "") -> Change:
    spans = (WordSpan("=", words),) if words else ()
    kind, part = ChangeKind.CHANGED, ChangePart.REQUEST
    return Change(part, kind, DiffVerdict.WORDING, "request.$.a", left, right, spans=spans)


def test_long_values_are_shortened_and_wrapped() -> None:
    diff = make_diff(make_change("word " * 200, "x" * 1000))
    lines = [*DiffPage(diff, "a", "b", full=False).iter_lines()]
    assert max(map(len, lines)) <= 100
    assert "--full shows all" in "\n".join(lines)
    full = "\n".join(DiffPage(diff, "a", "b", full=True).iter_lines())
    assert "".join(full.split()).count("x" * 1000) == 1


def test_hostile_recordings(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    deep = b"[" * 100_000
    texts = [
        deep,
        b'{"a": "\\ud800"}',
        b"\x00\xff",
        b'{"id": "' + b"a_" * 5000 + b'"}',
        b"",
        b"null",
    ]
    exchanges: list[Exchange] = []
    for text in texts:
        number = len(exchanges) + 1
        body = b"data: " + text.replace(b"\n", b"") + b"\n\n"
        request = make_request(target=b"/v1/chat/completions?\xff", body=text)
        exchanges.append(make_exchange(number, request=request, answer=make_answer(body, text)))
    changed = [replace_request(each, b"x" + each.head.request.body) for each in exchanges]
    write_recording(Path("one.cassette"), exchanges)
    write_recording(Path("two.cassette"), changed)
    for output_format in ("text", "json", "md"):
        assert run(["diff", "one.cassette", "two.cassette", "--format", output_format]) == 1
    assert run(["diff", "one.cassette", "one.cassette"]) == 0
    assert run(["show", "--all", "one.cassette"]) == 0
    assert "\x00" not in capsys.readouterr().out


def replace_request(exchange: Exchange, body: bytes) -> Exchange:
    request = replace(exchange.head.request, body=body)
    return Exchange(replace(exchange.head, request=request), exchange.answer)


def test_an_added_call_of_a_tool_is_not_compared_with_a_text_in_its_place(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(["diff", f"{DEMO}:4", f"{DEMO}:6", "--format", "json"]) == 1
    (exchange,) = json.loads(capsys.readouterr().out)["exchanges"]
    (added,) = (each for each in exchange["changes"] if each["label"].endswith("run.step.delta"))
    assert (added["kind"], added["to"], added["spans"]) == ("added", "get_weather", [])
