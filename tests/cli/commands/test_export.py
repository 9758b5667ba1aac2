"""``runreel export``: the formats, what they come from, and what goes back in."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from runreel.cli import run
from runreel.core.cassette import encode_exchange
from support.build import (
    make_answer,
    make_cassette,
    make_exchange,
    make_head,
    make_header,
    make_request,
)
from support.proxy import read_exchanges

EVENTS = (b"event: a\ndata: 1\n\n", b": ping\n\n", b"id: 7\ndata: {}\n\n")
SSE = ((b"Content-Type", b"text/event-stream"), (b"Transfer-Encoding", b"chunked"))
KEYED = ((b"Authorization", b"Bearer REDACTED-authorization-1"),)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    stream = make_exchange(
        1,
        request=make_request(target=b"/v1/threads/t/runs", headers=KEYED),
        answer=make_answer(*EVENTS, headers=SSE),
    )
    answer = make_answer(b"{}", headers=((b"Content-Type", b"application/json"),))
    request = make_request("GET", b"/v1/x?a=b", (), b"")
    head = make_head(answer, number=2, request=request, dialect="", operation="")
    plain = make_exchange(answer=answer, head=head)
    data = make_cassette(
        encode_exchange(stream), encode_exchange(plain), header=make_header(upstream="https://h")
    )
    (tmp_path / "a.cassette").write_bytes(data)
    return tmp_path


def test_a_stream_byte_for_byte(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert run(["export", "a.cassette", "1", "--to", "sse"]) == 0
    assert capfdbinary.readouterr().out == b"".join(EVENTS)


def test_lines_have_the_times_of_the_events(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["export", "a.cassette", "--to", "jsonl"]) == 0
    lines = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    assert [(line["exchange"], line["event"], line["at_us"]) for line in lines[:3]] == [
        (1, 1, 1000),
        (1, 2, 2000),
        (1, 3, 3000),
    ]
    assert [line["data"] for line in lines[:3]] == ["1", "", "{}"]
    assert (lines[0]["name"], lines[1]["comments"], lines[2]["id"]) == ("a", ["ping"], "7")
    assert (lines[3]["exchange"], lines[3]["event"], lines[3]["data"]) == (2, 0, "{}")


def test_keys_come_from_the_environment(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["export", "a.cassette", "1", "--to", "curl"]) == 0
    command = capfd.readouterr().out
    assert "$OPENAI_API_KEY" in command
    assert "REDACTED" not in command
    assert command.endswith(" https://h/v1/threads/t/runs\n")


def test_har_goes_back_in_with_the_same_bytes_and_times(folder: Path) -> None:
    assert run(["export", "a.cassette", "--to", "har", "-o", "a.har"]) == 0
    document = json.loads((folder / "a.har").read_text())
    assert document["log"]["version"] == "1.2"
    messages = document["log"]["entries"][0]["_eventSourceMessages"]
    assert [message["data"] for message in messages] == ["1", "{}"]
    assert run(["import", "a.har", "--to", "again"]) == 0
    before, after = (
        read_exchanges(folder / "a.cassette"),
        read_exchanges(folder / "again/a.cassette"),
    )
    assert [each.answer.body for each in after] == [each.answer.body for each in before]
    assert [each.head.request.target for each in after] == [b"/v1/threads/t/runs", b"/v1/x?a=b"]
    starts = [[each.head.timings.started_ns // 1000 for each in side] for side in (before, after)]
    assert starts[0] == starts[1]


SELECTIONS = [
    ("all", [], [1, 2]),
    ("one", ["2"], [2]),
    ("a range", ["1..2"], [1, 2]),
    ("a filter", ["-f", "status:200 #2"], [2]),
    ("both", ["1", "-f", "#1..2"], [1]),
]


@pytest.mark.parametrize(
    ("why", "arguments", "numbers"), SELECTIONS, ids=[r[0] for r in SELECTIONS]
)
def test_selection(why: str, arguments: list[str], numbers: list[int], folder: Path) -> None:
    assert run(["export", "a.cassette", *arguments, "--to", "har", "-o", "a.har"]) == 0
    entries = json.loads((folder / "a.har").read_text())["log"]["entries"]
    assert [int(each["comment"].split()[1].rstrip(",")) for each in entries] == numbers


MISTAKES = [
    ("no exchange", ["9", "--to", "har"], 2, "no exchange is selected"),
    ("no number", ["x", "--to", "har"], 2, "#x"),
    ("no stream", ["2", "--to", "sse"], 2, "exchange 2 is not a stream"),
    ("no call of OpenAI's", ["2", "--to", "openai-python"], 2, "use --to curl"),
    ("no folder", ["1", "--to", "har", "-o", "missing/a.har"], 3, "missing/a.har"),
]


@pytest.mark.parametrize(
    ("why", "arguments", "code", "message"), MISTAKES, ids=[row[0] for row in MISTAKES]
)
def test_mistakes(
    why: str, arguments: list[str], code: int, message: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(["export", "a.cassette", *arguments]) == code
    assert message in capfd.readouterr().err
