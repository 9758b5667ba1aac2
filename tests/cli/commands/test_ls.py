"""``runreel ls``: folders and cassettes, intact and damaged."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from runreel.cli import run
from runreel.cli.cassette_files import UnreadableCassette
from runreel.cli.exchange_table import build_exchange_table
from runreel.core.cassette import VERSION, encode_exchange
from runreel.errors import CassetteError
from runreel.model import End, Exchange, ExchangeHead, LedgerEntry, Problem, Timings
from runreel.shell.store import CassetteReader
from support.build import (
    STARTED_NS,
    make_answer,
    make_cassette,
    make_exchange,
    make_head,
    make_header,
    make_request,
)
from support.cases import flip_bit

UPSTREAM = "https://api.example.test"
HEADER = make_header(upstream=UPSTREAM)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def make_exchanges(*numbers: int) -> list[Exchange]:
    return [make_exchange(number) for number in numbers]


def write(path: str, *exchanges: Exchange) -> Path:
    file = Path(path)
    file.parent.mkdir(parents=True, exist_ok=True)
    records = map(encode_exchange, exchanges)
    file.write_bytes(make_cassette(*records, header=HEADER))
    return file


def test_a_folder_with_subfolders(capsys: pytest.CaptureFixture[str]) -> None:
    one = write("cassettes/one.cassette", *make_exchanges(1, 2))
    write("cassettes/sub/two.cassette")
    Path("cassettes/notes.txt").write_text("not listed")
    assert run(["ls"]) == 0
    captured = capsys.readouterr()
    names, first, second = (line.split() for line in captured.out.splitlines())
    created = "2023-11-14T22:13:20Z"
    assert names == ["NAME", "EXCHANGES", "BYTES", "CREATED", "UPSTREAM", "STATE"]
    assert first == ["one", "2", str(one.stat().st_size), created, UPSTREAM, "fine"]
    assert second[0] == "sub/two"
    assert captured.err == ""


def test_a_folder_below_the_cassette_folder(capsys: pytest.CaptureFixture[str]) -> None:
    write("cassettes/sub/two.cassette")
    assert run(["ls", "sub"]) == 0
    assert capsys.readouterr().out.splitlines()[1].split()[0] == "two"


def test_the_cassette_folder_is_a_setting(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RUNREEL_CASSETTES", "tapes")
    write("tapes/one.cassette", *make_exchanges(1))
    assert run(["ls"]) == 0
    assert "one" in capsys.readouterr().out
    assert run(["ls", "one"]) == 0
    assert "runs.create" in capsys.readouterr().out


EMPTY = [
    ("a missing folder", False, "The folder cassettes does not exist yet; record one with: "),
    ("an empty folder", True, "The folder cassettes contains no cassettes; record one with: "),
]


@pytest.mark.parametrize(("exists", "message"), [c[1:] for c in EMPTY], ids=[c[0] for c in EMPTY])
def test_no_cassettes(exists: bool, message: str, capsys: pytest.CaptureFixture[str]) -> None:
    if exists:
        Path("cassettes").mkdir()
    assert run(["ls"]) == 0
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith(message)


def test_every_state_of_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    whole = write("cassettes/fine.cassette", *make_exchanges(1, 2)).read_bytes()
    first_end = len(make_cassette(encode_exchange(make_exchange()), header=HEADER))
    Path("cassettes/torn.cassette").write_bytes(whole[:-1])
    Path("cassettes/damaged.cassette").write_bytes(flip_bit(whole, first_end + 30))
    Path("cassettes/newer.cassette").write_bytes(
        make_cassette(header=replace(make_header(), version=VERSION + 1))
    )
    Path("cassettes/other.cassette").write_bytes(b"PK\3\4")
    Path("cassettes/hidden.cassette").symlink_to("missing")
    assert run(["ls"]) == 1
    captured = capsys.readouterr()
    rows = [line.split(None, 2) for line in captured.out.splitlines()[1:]]
    assert [row[:2] for row in rows] == [
        ["damaged", "1"],
        ["fine", "2"],
        ["newer", "?"],
        ["other", "?"],
        ["torn", "1"],
    ]
    states = ["damaged", "fine", "newer format", "not a cassette", "torn tail"]
    assert all(row[2].endswith(state) for row, state in zip(rows, states, strict=True))
    assert f"at byte {first_end}, " in captured.err
    assert "runreel verify --repair cassettes/torn.cassette" in captured.err
    assert "cassettes/other.cassette: at byte 0: this is not a cassette" in captured.err
    assert f"cassettes/newer.cassette: it has format {VERSION + 1}" in captured.err


def test_json_of_a_folder(capsys: pytest.CaptureFixture[str]) -> None:
    whole = write("cassettes/a.cassette", *make_exchanges(1, 2)).read_bytes()
    end = len(make_cassette(encode_exchange(make_exchange()), header=HEADER))
    Path("cassettes/b.cassette").write_bytes(whole[: end + 7])
    Path("cassettes/c.cassette").write_bytes(b"")
    assert run(["ls", "--json"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert (document["schema_version"], document["folder"]) == (1, "cassettes")
    fine, torn, other = document["cassettes"]
    assert fine == {
        "name": "a",
        "path": "cassettes/a.cassette",
        "state": "fine",
        "exchanges": 2,
        "bytes": len(whole),
        "created": "2023-11-14T22:13:20.000Z",
        "writer": "runreel 0.1.0",
        "upstream": UPSTREAM,
        "torn": None,
        "damages": [],
    }
    assert (torn["state"], torn["torn"]) == ("torn tail", {"offset": end, "length": 7})
    assert other["state"] == "not a cassette"
    assert "the file is empty" in other["error"]


def test_an_unreadable_file() -> None:
    unreadable = UnreadableCassette(Path("a/x.cassette"), "x", CassetteError("it cannot be opened"))
    assert unreadable.to_row() == ("x", "?", "?", "?", "", "unreadable")
    assert unreadable.damage_lines == ["it cannot be opened"]


def test_the_exchanges_of_a_cassette(capsys: pytest.CaptureFixture[str]) -> None:
    write("it.cassette", *make_exchanges(1, 2))
    assert run(["ls", "it.cassette"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "#  AT ms  CALL         STATUS  BYTES  TOOK ms",
        "1      0  runs.create  200        26      2.5",
        "2      0  runs.create  200        26      2.5",
    ]


def test_json_of_a_cassette(capsys: pytest.CaptureFixture[str]) -> None:
    write("it.cassette", *make_exchanges(1, 2))
    assert run(["ls", "it.cassette", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["schema_version"], document["cassette"]) == (1, "it.cassette")
    assert document["state"] == "fine"
    assert [exchange["number"] for exchange in document["exchanges"]] == [1, 2]
    assert document["exchanges"][0]["events"] is None


def test_events_are_counted_on_request_only(capsys: pytest.CaptureFixture[str]) -> None:
    stream = make_answer(b"data: a\n\n: ping\n\n", b"data: [DONE]")
    write("it.cassette", make_exchange(1, answer=stream), make_exchange(2))
    assert run(["ls", "it.cassette", "--events"]) == 0
    header, first, _ = capsys.readouterr().out.splitlines()
    assert first.split()[header.split().index("EVENTS") - 1] == "3"  # "AT ms" is one column
    assert run(["ls", "it.cassette", "--events", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["exchanges"][0]["events"] == 3
    assert run(["ls", "it.cassette"]) == 0
    assert "EVENTS" not in capsys.readouterr().out


def forbid_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(reader: CassetteReader, number: int) -> None:
        raise AssertionError(f"answer {number} was read")

    monkeypatch.setattr(CassetteReader, "read_answer", fail)
    monkeypatch.setattr(CassetteReader, "read_exchange", fail)


def test_answers_are_not_read_in_a_hurry(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write("it.cassette", *make_exchanges(1, 2))
    forbid_reading(monkeypatch)
    assert run(["ls", "it.cassette", "--fast"]) == 0
    captured = capsys.readouterr()
    assert len(captured.out.splitlines()) == 1 + 2
    assert captured.err == ""


def test_very_many_answers_are_read_on_request_only(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write("it.cassette", *make_exchanges(1, 2))
    monkeypatch.setattr("runreel.cli.commands.ls._MAX_READ", 51)
    assert run(["ls", "it.cassette", "--events"]) == 0
    assert capsys.readouterr().err == ""
    forbid_reading(monkeypatch)
    assert run(["ls", "it.cassette"]) == 0
    assert capsys.readouterr().err == "The answers have 52 B; to see what they say: --events\n"


def test_intact_exchanges_are_listed_and_damage_is_reported(
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = write("it.cassette", *make_exchanges(1, 2))
    path.write_bytes(path.read_bytes()[:-1])
    end = len(make_cassette(encode_exchange(make_exchange()), header=HEADER))
    assert run(["ls", "it.cassette"]) == 1
    captured = capsys.readouterr()
    assert len(captured.out.splitlines()) == 1 + 1
    assert captured.err.splitlines() == [
        "runreel: it.cassette has a torn tail:",
        f"  at byte {end}, the last {path.stat().st_size - end} bytes: an incomplete record "
        "(its writing was interrupted, or is still going on)",
        "Cut the incomplete record off with: runreel verify --repair it.cassette",
    ]


def test_an_answer_whose_events_cannot_be_counted(capsys: pytest.CaptureFixture[str]) -> None:
    path = write(
        "it.cassette", make_exchange(1, answer=make_answer(b"data: mark\n\n")), *make_exchanges(2)
    )
    path.write_bytes(path.read_bytes().replace(b"data: mark", b"data: MARK"))
    assert run(["ls", "it.cassette", "--events"]) == 1
    captured = capsys.readouterr()
    first, second = captured.out.splitlines()[1:]
    assert "?" in first
    assert "?" not in second
    assert "answer of exchange 1: its checksum does not match" in captured.err


def test_no_such_cassette_or_folder(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["ls", "nothing"]) == 3
    assert "no cassette at cassettes/nothing.cassette" in capsys.readouterr().err
    assert run(["ls", "no/such/folder"]) == 3
    assert "no cassette at no/such/folder" in capsys.readouterr().err


def make_chat(*events: object, **head: Any) -> Exchange:
    """Build a streamed chat completion."""
    pieces = [b"data: %s\n\n" % json.dumps(event).encode() for event in events]
    answer = make_answer(*pieces, b"data: [DONE]\n\n")
    request = make_request(target=b"/v1/chat/completions", body=b'{"model": "m"}')
    return make_exchange(
        answer=answer, head=make_head(answer, request=request, operation="chat", **head)
    )


TEXT = {"model": "m-2026", "choices": [{"delta": {"content": "a"}}]}
USAGE = {"choices": [], "usage": {"prompt_tokens": 12, "completion_tokens": 3}}

STREAMS = [
    ("what an answer says", make_chat(TEXT, USAGE), ["m-2026", "200", "1.0", "12+3"]),
    ("an error in a stream", make_chat({"error": {"message": "no"}}), ["m", "200 error"]),
    (
        "a client that leaves after the end",
        make_chat(TEXT, end=End.CLIENT_LEFT, whole=False),
        ["m-2026", "200 client_left, whole", "1.0"],
    ),
]


@pytest.mark.parametrize(
    ("exchange", "cells"), [row[1:] for row in STREAMS], ids=[row[0] for row in STREAMS]
)
def test_what_answers_say(
    exchange: Exchange, cells: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    write("it.cassette", exchange)
    assert run(["ls", "it.cassette"]) == 0
    header, row = capsys.readouterr().out.splitlines()
    names = re.split(r"  +", header.strip())
    values = dict(zip(names, re.split(r"  +", row.strip()), strict=True))
    shown = [values[name] for name in ("MODEL", "STATUS", "FIRST ms", "TOKENS") if name in values]
    assert shown == cells


def test_json_of_what_answers_say(capsys: pytest.CaptureFixture[str]) -> None:
    write("it.cassette", make_chat(TEXT, USAGE))
    assert run(["ls", "it.cassette", "--json"]) == 0
    answered = json.loads(capsys.readouterr().out)["exchanges"][0]["answered"]
    assert (answered["model"], answered["first_content_us"]) == ("m-2026", 1000)
    assert answered["usage"]["input_tokens"] == 12
    assert answered["end"]["is_alarm"] is False
    assert run(["ls", "it.cassette", "--fast", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["exchanges"][0]["answered"] is None


def build_row(head: ExchangeHead, *others: ExchangeHead) -> dict[str, object]:
    columns, rows = build_exchange_table([head, *others], first_ns=STARTED_NS)
    return dict(zip(columns, rows[0], strict=True))


ROWS: list[tuple[str, ExchangeHead, str, object]] = [
    ("the operation", make_head(operation="runs.list"), "CALL", "runs.list"),
    (
        "the request line if the operation is unknown",
        make_head(operation="", request=make_request("GET", b"/x?\xe9")),
        "CALL",
        "GET /x?é",
    ),
    ("a complete answer", make_head(), "STATUS", "200"),
    ("an answer that was reset", make_head(end=End.RESET), "STATUS", "200 reset"),
    ("time since the first", make_head(timings=Timings(STARTED_NS + 1_999_999)), "AT ms", 1),
    ("the duration", make_head(timings=Timings(STARTED_NS, 1, 1_250)), "TOOK ms", 1.2),
    ("problems", make_head(problems=(Problem("a", "b"),) * 2), "PROBLEMS", 2),
    (
        "redacted values",
        make_head(ledger=(LedgerEntry("a", "b", 2), LedgerEntry("c", "d", 1))),
        "REDACTED",
        3,
    ),
]


@pytest.mark.parametrize(
    ("head", "column", "cell"), [c[1:] for c in ROWS], ids=[c[0] for c in ROWS]
)
def test_cells(head: ExchangeHead, column: str, cell: object) -> None:
    assert build_row(head)[column] == cell


def test_empty_columns_are_left_out() -> None:
    assert list(build_row(make_head())) == ["#", "AT ms", "CALL", "STATUS", "BYTES", "TOOK ms"]


def test_sessions_are_named_if_there_are_several() -> None:
    assert build_row(make_head(session="a"), make_head(session="b"))["SESSION"] == "a"
    assert "SESSION" not in build_row(make_head(session="a"), make_head(session="a"))


def write_with_statuses(path: str, *statuses: int) -> Path:
    exchanges = [
        make_exchange(number, answer=make_answer(status=status))
        for number, status in enumerate(statuses, start=1)
    ]
    return write(path, *exchanges)


def test_a_filter_selects_exchanges(capsys: pytest.CaptureFixture[str]) -> None:
    write_with_statuses("a.cassette", 200, 404, 200, 500)
    assert run(["ls", "./a.cassette", "--filter", "status:>=400", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert [each["number"] for each in document["exchanges"]] == [2, 4]
    assert run(["ls", "./a.cassette", "-f", "#1..2 or status:500"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == [
        "#",
        "1",
        "2",
        "4",
    ]


def test_a_mistake_in_a_filter_is_marked(capsys: pytest.CaptureFixture[str]) -> None:
    write_with_statuses("a.cassette", 200)
    assert run(["ls", "./a.cassette", "--filter", "stauts:200"]) == 2
    assert capsys.readouterr().err.splitlines() == [
        'runreel: there is no term "stauts"; did you mean "status"?',
        "  stauts:200",
        "  ^^^^^^",
    ]


def test_a_filter_needs_a_cassette(capsys: pytest.CaptureFixture[str]) -> None:
    write_with_statuses("cassettes/a.cassette", 200)
    assert run(["ls", "--filter", "status:200"]) == 2
    assert "needs one cassette" in capsys.readouterr().err


def test_a_filter_by_answers_reports_damage(capsys: pytest.CaptureFixture[str]) -> None:
    file = write_with_statuses("a.cassette", 200)
    data = file.read_bytes()
    file.write_bytes(flip_bit(data, len(data) - 60))
    assert run(["ls", "./a.cassette", "--filter", "text:done"]) == 1
    assert "checksum" in capsys.readouterr().err
